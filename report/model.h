/* model.h - what a report says, apart from how it is written.
 *
 *   collect.c, frontend ──> struct report: facts, tables, flows ──> text.c csv.c json.c html.c
 *
 * Every number is put here once; the writers only lay it out, so that the formats agree.
 */
#ifndef REPORT_MODEL_H
#define REPORT_MODEL_H

#include <stdio.h>

#include "base/types.h"

#define REPORT_COLUMNS 16
#define REPORT_TABLES 16
#define REPORT_FACTS 40
#define REPORT_ERROR 512

enum cell_kind { CELL_NONE, CELL_TEXT, CELL_COUNT, CELL_REAL };

struct report_cell {
	u8 kind, decimals;
	u64 count;
	double real;
	char *text; /* owned */
};

enum { COLUMN_BAR = 1 /* worth a bar in the picture */, COLUMN_CODE = 2 /* an address or an instruction */,
       COLUMN_OPTIONAL = 4 /* text and HTML leave it out where all is 0 or empty */,
       COLUMN_KEY = 8 /* for machines: JSON and CSV alone have it */ };

struct report_column {
	const char *id;    /* of JSON and CSV: small letters and _ */
	const char *title;
	u32 flags;
};

struct report_table {
	const char *id, *title, *note; /* static strings; note may be NULL */
	int ncolumns;
	struct report_column column[REPORT_COLUMNS];
	struct report_cell *cell; /* nrows * ncolumns */
	int nrows, room;
	int shown; /* rows that text and paper show; 0: all */
	bool of_divergence; /* text and HTML show it behind the sentence of the silent difference */
};

struct report_fact {
	const char *id, *title;
	struct report_cell value;
	bool head; /* one of the few that stand at the top */
};

/* ---- flows: one real occurrence, step by step --------------------------------------------------- */

enum flow_kind { FLOW_SYSCALL, FLOW_INTERRUPT, FLOW_PRIVILEGED, FLOW_KINDS };
enum flow_lane { LANE_DEVICE, LANE_PROGRAM, LANE_VMM, LANE_HANDLER, FLOW_LANES };

#define FLOW_STEPS 12
#define FLOW_TEXT 320
#define FLOW_CODE 112

struct flow_step {
	u8 from, to;   /* enum flow_lane; equal: something done in place */
	s8 ring, hw;   /* the guest ring that `to` runs in, and the processor's; -1: not the guest */
	u64 count;     /* instructions executed before */
	char where[64]; /* CS:IP, with the symbol */
	char what[64];  /* in a few words: the arrow's label */
	char text[FLOW_TEXT];
	char code[FLOW_CODE]; /* the instruction there, or "" */
};

struct flow {
	bool any;
	int rank; /* how telling the occurrence is */
	char title[96];
	int nsteps;
	struct flow_step step[FLOW_STEPS];
};

struct report {
	char title[160], subtitle[160];
	const char *vmm_lane; /* who stands between: "VMM", or "processor" where there is none */
	struct report_fact fact[REPORT_FACTS];
	int nfacts;
	struct report_table table[REPORT_TABLES];
	int ntables;
	bool has_flows;
	struct flow flow[FLOW_KINDS];
	bool has_divergence, divergence_found;
	char divergence[1024];
	bool no_memory;
	struct report_cell scratch[REPORT_COLUMNS]; /* where writes go once memory is out */
};

extern const char *const report_flow_ids[FLOW_KINDS];
extern const char *const report_flow_titles[FLOW_KINDS];

void report_init(struct report *r, const char *title);
void report_free(struct report *r);

/* The sentence of a silent difference, with what is said before it; what was there already stands behind it. */
void report_set_divergence(struct report *r, const char *before, const char *sentence);

struct report_cell *report_fact(struct report *r, const char *id, const char *title);
struct report_table *report_table(struct report *r, const char *id, const char *title, const char *note, int ncolumns,
				  const struct report_column *column);
/* A new row of ncolumns cells; never NULL. */
struct report_cell *report_row(struct report *r, struct report_table *t);

void cell_text(struct report *r, struct report_cell *c, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void cell_count(struct report_cell *c, u64 n);
void cell_real(struct report_cell *c, double v, int decimals);
/* Must text and HTML show this column? */
bool report_column_used(const struct report_table *t, int column);
/* The cell as text, the same in every format. "" for none. Counts have no separators. */
const char *cell_string(const struct report_cell *c, char *buf, size_t size);

/* ---- writers ------------------------------------------------------------------------------------------ */

enum report_format { REPORT_TEXT, REPORT_CSV, REPORT_JSON, REPORT_HTML };

/* By the name's end: .html .htm .json .csv .txt. -1: none of these. */
int report_format_of(const char *path);
void report_write(const struct report *r, enum report_format format, FILE *f);
/* 0, or -1 with "file: reason" (REPORT_ERROR bytes). */
int report_save(const struct report *r, const char *path, char *error);

void report_write_text(const struct report *r, FILE *f);
void report_write_csv(const struct report *r, FILE *f);
void report_write_json(const struct report *r, FILE *f);
void report_write_html(const struct report *r, FILE *f);
void report_write_diagram(const struct report *r, const struct flow *w, FILE *f); /* svg.c: one flow */

/* Writes text with & < > " escaped. */
void report_html_text(FILE *f, const char *text);

#endif
