/* report.h - a classification as text, JSON, CSV or HTML. docs/classify.md describes the formats. */
#ifndef CLASSIFY_REPORT_H
#define CLASSIFY_REPORT_H

#include "classify/truth.h"
#include "classify/words.h"

void report_text(const struct classification *c, FILE *out);
void report_json(const struct classification *c, FILE *out);
void report_csv(const struct classification *c, FILE *out);
int report_html(const struct classification *c, FILE *out); /* -1: no memory for the witnesses' runs */

/* flips.c: forms whose class differs from the base configuration's, by family. */
struct flip {
	const char *family;
	u8 from, to; /* enum form_class */
	int forms;
};
#define FLIPS_MAX 256
/* Of `s` against `base`; writes at most `max`, returns how many. */
int flips_find(const struct survey *base, const struct survey *s, struct flip *out, int max);

/* Theorem n (1, 2, 3): does it hold, and the families that decide it (up to `size` bytes). */
bool theorem_holds(const struct survey *s, int n);
bool theorem_decided_by(int n, const struct verdict *v);
const char *theorem_text(int n);
const char *theorem_note(const struct survey *s, int n); /* what else there is to say, or NULL */

#endif
