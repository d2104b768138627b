/* model.c - building a report, and writing it to a file. */
#include "report/model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const report_flow_ids[FLOW_KINDS] = {"system_call", "hardware_interrupt", "privileged_instruction"};
const char *const report_flow_titles[FLOW_KINDS] = {"A system call", "A hardware interrupt", "A privileged instruction"};

void report_init(struct report *r, const char *title)
{
	memset(r, 0, sizeof *r);
	snprintf(r->title, sizeof r->title, "%s", title);
	r->vmm_lane = "VMM";
}

void report_free(struct report *r)
{
	for (int i = 0; i < r->nfacts; i++)
		free(r->fact[i].value.text);
	for (int i = 0; i < r->ntables; i++) {
		struct report_table *t = &r->table[i];
		for (int k = 0; k < t->nrows * t->ncolumns; k++)
			free(t->cell[k].text);
		free(t->cell);
	}
	for (int i = 0; i < REPORT_COLUMNS; i++)
		free(r->scratch[i].text);
	memset(r, 0, sizeof *r);
}

void report_set_divergence(struct report *r, const char *before, const char *sentence)
{
	char already[sizeof r->divergence];
	memcpy(already, r->divergence, sizeof already);
	r->has_divergence = r->divergence_found = true;
	snprintf(r->divergence, sizeof r->divergence, "%s%s%s%.*s", before, sentence, already[0] ? " " : "", (int)sizeof already / 2, already);
}

struct report_cell *report_fact(struct report *r, const char *id, const char *title)
{
	if (r->nfacts == REPORT_FACTS)
		return &r->scratch[0];
	struct report_fact *f = &r->fact[r->nfacts++];
	f->id = id;
	f->title = title;
	return &f->value;
}

struct report_table *report_table(struct report *r, const char *id, const char *title, const char *note, int ncolumns,
				  const struct report_column *column)
{
	struct report_table *t = &r->table[r->ntables < REPORT_TABLES ? r->ntables++ : REPORT_TABLES - 1];
	t->id = id;
	t->title = title;
	t->note = note;
	t->ncolumns = ncolumns;
	memcpy(t->column, column, (size_t)ncolumns * sizeof *column);
	return t;
}

struct report_cell *report_row(struct report *r, struct report_table *t)
{
	if (t->nrows == t->room) {
		int room = t->room ? 2 * t->room : 16;
		struct report_cell *cell = realloc(t->cell, (size_t)room * (size_t)t->ncolumns * sizeof *cell);
		if (!cell) {
			r->no_memory = true;
			return r->scratch;
		}
		t->cell = cell;
		t->room = room;
	}
	struct report_cell *row = t->cell + t->nrows++ * t->ncolumns;
	memset(row, 0, (size_t)t->ncolumns * sizeof *row);
	return row;
}

void cell_text(struct report *r, struct report_cell *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	free(c->text);
	c->kind = CELL_TEXT;
	c->text = strdup(text);
	r->no_memory |= !c->text;
}

void cell_count(struct report_cell *c, u64 n)
{
	c->kind = CELL_COUNT;
	c->count = n;
}

void cell_real(struct report_cell *c, double v, int decimals)
{
	c->kind = CELL_REAL;
	c->real = v;
	c->decimals = (u8)decimals;
}

bool report_column_used(const struct report_table *t, int column)
{
	if (t->column[column].flags & COLUMN_KEY)
		return false;
	if (!(t->column[column].flags & COLUMN_OPTIONAL))
		return true;
	for (int row = 0; row < t->nrows; row++) {
		const struct report_cell *c = &t->cell[row * t->ncolumns + column];
		if (c->kind == CELL_TEXT ? c->text && c->text[0] : c->kind == CELL_COUNT ? c->count != 0 : c->kind != CELL_NONE)
			return true;
	}
	return false;
}

const char *cell_string(const struct report_cell *c, char *buf, size_t size)
{
	switch (c->kind) {
	case CELL_TEXT: return c->text ? c->text : "";
	case CELL_COUNT: snprintf(buf, size, "%llu", (unsigned long long)c->count); return buf;
	case CELL_REAL: snprintf(buf, size, "%.*f", c->decimals, c->real); return buf;
	default: return "";
	}
}

/* ---- files ------------------------------------------------------------------------------------------- */

int report_format_of(const char *path)
{
	static const struct {
		const char *end;
		enum report_format format;
	} known[] = {{".html", REPORT_HTML}, {".htm", REPORT_HTML}, {".json", REPORT_JSON}, {".csv", REPORT_CSV}, {".txt", REPORT_TEXT}};
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot && i < ARRAY_LEN(known); i++)
		if (!strcmp(dot, known[i].end))
			return (int)known[i].format;
	return -1;
}

void report_write(const struct report *r, enum report_format format, FILE *f)
{
	static void (*const writer[])(const struct report *, FILE *) = {
		[REPORT_TEXT] = report_write_text,
		[REPORT_CSV] = report_write_csv,
		[REPORT_JSON] = report_write_json,
		[REPORT_HTML] = report_write_html,
	};
	writer[format](r, f);
}

static int fail(char *error, const char *path, const char *why)
{
	snprintf(error, REPORT_ERROR, "%.300s: %.200s", path, why);
	return -1;
}

int report_save(const struct report *r, const char *path, char *error)
{
	int format = report_format_of(path);
	if (format < 0)
		return fail(error, path, "the name must end in .html, .json, .csv or .txt");
	if (r->no_memory)
		return fail(error, path, "not enough memory for the report");
	FILE *f = fopen(path, "we");
	if (!f)
		return fail(error, path, strerror(errno));
	report_write(r, (enum report_format)format, f);
	bool failed = ferror(f);
	errno = 0;
	failed |= fclose(f) != 0;
	return failed ? fail(error, path, errno ? strerror(errno) : "cannot be written") : 0;
}
