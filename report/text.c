/* text.c - a report as plain text, at most about 120 columns. */
#include "report/model.h"

#include <string.h>

/* ---- tables ------------------------------------------------------------------------------------------- */

/* Characters, not bytes. */
static int width_of(const char *text)
{
	int n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void pad(FILE *f, int n)
{
	for (; n > 0; n--)
		fputc(' ', f);
}

static bool is_number(const struct report_cell *c)
{
	return c->kind == CELL_COUNT || c->kind == CELL_REAL;
}

static void put(FILE *f, const char *text, int width, bool right)
{
	int space = width - width_of(text);
	if (right)
		pad(f, space);
	fputs(text, f);
	if (!right)
		pad(f, space);
}

static void wrap(FILE *f, const char *text, int indent, int width)
{
	int column = 0;
	while (*text) {
		size_t n = strcspn(text, " ");
		if (column && column + 1 + (int)n > width) {
			fputc('\n', f);
			column = 0;
		}
		if (!column)
			pad(f, indent);
		fprintf(f, "%s%.*s", column ? " " : "", (int)n, text);
		column += (int)n + (column != 0);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', f);
}

static void heading(FILE *f, const char *text)
{
	fprintf(f, "\n%s\n", text);
	for (int n = width_of(text); n > 0; n--)
		fputc('-', f);
	fputc('\n', f);
}

static void write_rows(const struct report_table *t, int rows, const int *width, FILE *f)
{
	char buf[64];
	for (int i = 0; i < t->ncolumns; i++)
		if (width[i]) {
			pad(f, i ? 2 : 0);
			put(f, t->column[i].title, width[i], is_number(&t->cell[i]));
		}
	fputc('\n', f);
	for (int row = 0; row < rows; row++) {
		for (int i = 0; i < t->ncolumns; i++) {
			const struct report_cell *c = &t->cell[row * t->ncolumns + i];
			if (width[i]) {
				pad(f, i ? 2 : 0);
				put(f, cell_string(c, buf, sizeof buf), width[i], is_number(&t->cell[i]));
			}
		}
		fputc('\n', f);
	}
}

static void write_table(const struct report_table *t, FILE *f)
{
	int width[REPORT_COLUMNS] = {0}, rows = t->shown && t->shown < t->nrows ? t->shown : t->nrows;
	char buf[64];
	heading(f, t->title);
	if (t->note)
		wrap(f, t->note, 0, 110);
	if (!t->nrows) {
		fprintf(f, "none\n");
		return;
	}
	for (int i = 0; i < t->ncolumns; i++) {
		if (!report_column_used(t, i))
			continue;
		width[i] = width_of(t->column[i].title);
		for (int row = 0; row < rows; row++) {
			int w = width_of(cell_string(&t->cell[row * t->ncolumns + i], buf, sizeof buf));
			width[i] = w > width[i] ? w : width[i];
		}
	}
	write_rows(t, rows, width, f);
	if (rows < t->nrows)
		fprintf(f, "(%d more; .csv and .json have %d)\n", t->nrows - rows, t->nrows);
}

/* ---- flows ------------------------------------------------------------------------------------------------- */

#define LANE_WIDTH 17
#define LANE_MIDDLE 8

static bool lane_used(const struct flow *w, int lane)
{
	for (int i = 0; i < w->nsteps; i++)
		if (w->step[i].from == lane || w->step[i].to == lane)
			return true;
	return false;
}

/* Where each lane's line stands; -1: not in this flow. Returns the width. */
static int place_lanes(const struct flow *w, int at[FLOW_LANES])
{
	int n = 0;
	for (int lane = 0; lane < FLOW_LANES; lane++)
		at[lane] = lane_used(w, lane) ? LANE_WIDTH * n++ + LANE_MIDDLE : -1;
	return n * LANE_WIDTH;
}

static void lifelines(char *line, int width, const int at[FLOW_LANES])
{
	memset(line, ' ', (size_t)width);
	line[width] = '\0';
	for (int lane = 0; lane < FLOW_LANES; lane++)
		if (at[lane] >= 0)
			line[at[lane]] = '|';
}

static void arrow(char *line, int from, int to, const char *label)
{
	int lo = from < to ? from : to, hi = from < to ? to : from, len = (int)strlen(label);
	for (int i = lo + 1; i < hi; i++)
		line[i] = '-';
	if (to > from)
		line[hi - 1] = '>';
	else
		line[lo + 1] = '<';
	if (len > hi - lo - 3)
		len = hi - lo - 3;
	if (len > 0)
		memcpy(line + lo + 1 + (hi - lo - 1 - len) / 2, label, (size_t)len);
}

static void write_step(const struct flow_step *s, int number, int width, const int at[FLOW_LANES], FILE *f)
{
	char line[FLOW_LANES * LANE_WIDTH + 1], place[256] = "", rings[64] = "";
	lifelines(line, width, at);
	if (s->from == s->to) {
		int len = (int)strlen(s->what);
		len = len < LANE_WIDTH - 4 ? len : LANE_WIDTH - 4;
		line[at[s->from] - len / 2 - 1] = '[';
		memcpy(line + at[s->from] - len / 2, s->what, (size_t)len);
		line[at[s->from] - len / 2 + len] = ']';
	} else {
		arrow(line, at[s->from], at[s->to], s->what);
	}
	if (s->ring >= 0)
		snprintf(rings, sizeof rings, "  (guest ring %d, hw ring %d)", s->ring, s->hw);
	if (s->where[0])
		snprintf(place, sizeof place, "%s  %s%s", s->where, s->code, rings);
	fprintf(f, "%2d  %s #%llu  %s\n", number, line, (unsigned long long)s->count, place);
	lifelines(line, width, at);
	for (const char *p = s->text; *p;) { /* wrapped beside the lines */
		size_t n = strlen(p), max = 70;
		if (n > max)
			for (n = max; n > 20 && p[n] != ' '; n--)
				;
		fprintf(f, "    %s   %.*s\n", line, (int)n, p);
		p += n;
		p += strspn(p, " ");
	}
}

static void write_flow(const struct report *r, int kind, FILE *f)
{
	const struct flow *w = &r->flow[kind];
	const char *const names[FLOW_LANES] = {"device", "guest: program", r->vmm_lane, "guest: handler"};
	char title[192], line[FLOW_LANES * LANE_WIDTH + 1];
	int at[FLOW_LANES], width = place_lanes(w, at);
	snprintf(title, sizeof title, "%s%s%s", report_flow_titles[kind], w->any ? ": " : "", w->title);
	heading(f, title);
	if (!w->any) {
		fprintf(f, "none was met, or none came back in time\n");
		return;
	}
	memset(line, ' ', (size_t)width);
	line[width] = '\0';
	for (int lane = 0; lane < FLOW_LANES; lane++)
		if (at[lane] >= 0) {
			int len = (int)strlen(names[lane]);
			memcpy(line + at[lane] - len / 2, names[lane], (size_t)len);
		}
	fprintf(f, "    %s instruction, place\n", line);
	for (int i = 0; i < w->nsteps; i++)
		write_step(&w->step[i], i + 1, width, at, f);
}

void report_write_text(const struct report *r, FILE *f)
{
	char buf[64];
	int width = 0;
	fprintf(f, "%s\n", r->title);
	for (int n = width_of(r->title); n > 0; n--)
		fputc('=', f);
	fprintf(f, "\n%s%s\n", r->subtitle, r->subtitle[0] ? "\n" : "");
	for (int i = 0; i < r->nfacts; i++) {
		int w = width_of(r->fact[i].title);
		width = w > width ? w : width;
	}
	for (int i = 0; i < r->nfacts; i++) {
		put(f, r->fact[i].title, width + 2, false);
		fprintf(f, "%s\n", cell_string(&r->fact[i].value, buf, sizeof buf));
	}
	if (r->has_divergence) {
		heading(f, "What a VMM that traps only privileged instructions gets wrong");
		wrap(f, r->divergence, 0, 110);
	}
	for (int i = r->ntables; i-- > 0;)
		if (r->table[i].of_divergence)
			write_table(&r->table[i], f);
	for (int i = 0; i < r->ntables; i++)
		if (!r->table[i].of_divergence)
			write_table(&r->table[i], f);
	for (int i = 0; r->has_flows && i < FLOW_KINDS; i++)
		write_flow(r, i, f);
}
