/* json.c - a report as one JSON object (RFC 8259); docs/reports.md has its shape. Text is UTF-8 with control characters escaped. */
#include "report/model.h"

static void string(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(f, "\\u%04x", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}

static void value(FILE *f, const struct report_cell *c)
{
	char buf[64];
	if (c->kind == CELL_NONE)
		fputs("null", f);
	else if (c->kind == CELL_TEXT)
		string(f, cell_string(c, buf, sizeof buf));
	else
		fputs(cell_string(c, buf, sizeof buf), f);
}

static void write_table(const struct report_table *t, FILE *f)
{
	fprintf(f, "    \"%s\": [", t->id);
	for (int row = 0; row < t->nrows; row++) {
		fprintf(f, "%s\n      {", row ? "," : "");
		for (int i = 0; i < t->ncolumns; i++) {
			fprintf(f, "%s\"%s\": ", i ? ", " : "", t->column[i].id);
			value(f, &t->cell[row * t->ncolumns + i]);
		}
		fputc('}', f);
	}
	fprintf(f, "%s]", t->nrows ? "\n    " : "");
}

static void write_step(const struct flow_step *s, const char *const lanes[FLOW_LANES], FILE *f)
{
	fprintf(f, "        {\"from\": \"%s\", \"to\": \"%s\", \"ring\": %d, \"hw_ring\": %d, \"count\": %llu, \"where\": ",
		lanes[s->from], lanes[s->to], s->ring, s->hw, (unsigned long long)s->count);
	string(f, s->where);
	fprintf(f, ", \"code\": ");
	string(f, s->code);
	fprintf(f, ", \"what\": ");
	string(f, s->what);
	fprintf(f, ", \"text\": ");
	string(f, s->text);
	fputc('}', f);
}

static void write_flows(const struct report *r, FILE *f)
{
	const char *const lanes[FLOW_LANES] = {"device", "program", r->vmm_lane, "handler"};
	bool first = true;
	fprintf(f, "  \"flows\": {");
	for (int i = 0; i < FLOW_KINDS; i++) {
		const struct flow *w = &r->flow[i];
		if (!w->any)
			continue;
		fprintf(f, "%s\n    \"%s\": {\"title\": ", first ? "" : ",", report_flow_ids[i]);
		string(f, w->title);
		fprintf(f, ", \"steps\": [\n");
		for (int k = 0; k < w->nsteps; k++) {
			write_step(&w->step[k], lanes, f);
			fprintf(f, "%s\n", k + 1 < w->nsteps ? "," : "");
		}
		fprintf(f, "      ]}");
		first = false;
	}
	fprintf(f, "%s},\n", first ? "" : "\n  ");
}

void report_write_json(const struct report *r, FILE *f)
{
	fprintf(f, "{\n  \"title\": ");
	string(f, r->title);
	fprintf(f, ",\n  \"summary\": {");
	for (int i = 0; i < r->nfacts; i++) {
		fprintf(f, "%s\n    \"%s\": ", i ? "," : "", r->fact[i].id);
		value(f, &r->fact[i].value);
	}
	fprintf(f, "\n  },\n");
	if (r->has_divergence) {
		fprintf(f, "  \"divergence\": {\"found\": %s, \"text\": ", r->divergence_found ? "true" : "false");
		string(f, r->divergence);
		fprintf(f, "},\n");
	}
	if (r->has_flows)
		write_flows(r, f);
	fprintf(f, "  \"tables\": {\n");
	for (int i = 0; i < r->ntables; i++) {
		write_table(&r->table[i], f);
		fprintf(f, "%s\n", i + 1 < r->ntables ? "," : "");
	}
	fprintf(f, "  }\n}\n");
}
