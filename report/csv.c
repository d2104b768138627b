/* csv.c - a report as comma-separated values (RFC 4180): blocks, each with its own header line.
 *
 * The first column of every line is the block's name, so that one block is `grep ^NAME,`.
 */
#include "report/model.h"

#include <string.h>

static void field(FILE *f, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

static void write_table(const struct report_table *t, FILE *f)
{
	char buf[64];
	fprintf(f, "\r\nsection");
	for (int i = 0; i < t->ncolumns; i++)
		fprintf(f, ",%s", t->column[i].id);
	fprintf(f, "\r\n");
	for (int row = 0; row < t->nrows; row++) {
		fputs(t->id, f);
		for (int i = 0; i < t->ncolumns; i++) {
			fputc(',', f);
			field(f, cell_string(&t->cell[row * t->ncolumns + i], buf, sizeof buf));
		}
		fprintf(f, "\r\n");
	}
}

static void write_flow(const struct flow *w, const char *id, const char *vmm_lane, FILE *f)
{
	const char *const lanes[FLOW_LANES] = {"device", "program", vmm_lane, "handler"};
	for (int i = 0; i < w->nsteps; i++) {
		const struct flow_step *s = &w->step[i];
		fprintf(f, "flow,%s,%d,%s,%s,%d,%d,%llu,", id, i + 1, lanes[s->from], lanes[s->to], s->ring, s->hw, (unsigned long long)s->count);
		field(f, s->where);
		fputc(',', f);
		field(f, s->code);
		fputc(',', f);
		field(f, s->what);
		fputc(',', f);
		field(f, s->text);
		fprintf(f, "\r\n");
	}
}

void report_write_csv(const struct report *r, FILE *f)
{
	char buf[64];
	fprintf(f, "section,key,value\r\nsummary,title,");
	field(f, r->title);
	fprintf(f, "\r\n");
	for (int i = 0; i < r->nfacts; i++) {
		fprintf(f, "summary,%s,", r->fact[i].id);
		field(f, cell_string(&r->fact[i].value, buf, sizeof buf));
		fprintf(f, "\r\n");
	}
	if (r->has_divergence) {
		fprintf(f, "summary,divergence,");
		field(f, r->divergence);
		fprintf(f, "\r\n");
	}
	for (int i = 0; i < r->ntables; i++)
		write_table(&r->table[i], f);
	if (r->has_flows)
		fprintf(f, "\r\nsection,flow,step,from,to,ring,hw_ring,count,where,code,what,text\r\n");
	for (int i = 0; r->has_flows && i < FLOW_KINDS; i++)
		if (r->flow[i].any)
			write_flow(&r->flow[i], report_flow_ids[i], r->vmm_lane, f);
}
