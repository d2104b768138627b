/* truth.h - published lists that the derived classes are compared with, never derived from. */
#ifndef CLASSIFY_TRUTH_H
#define CLASSIFY_TRUTH_H

#include "classify/survey.h"

struct truth_entry {
	const char *name; /* as the source prints it */
	u16 ops[6];       /* enum op: what of ours it means; OP_INVALID ends */
};

struct truth_list {
	const char *title, *source;
	const struct truth_entry *at;
	int n;
};

extern const struct truth_list truth_robin_irvine; /* sensitive and unprivileged, Pentium */
extern const struct truth_list truth_sdm_cpl0;     /* documented as executable at CPL 0 only */

bool truth_names(const struct truth_list *l, u16 op);
/* How an entry came out: its forms by class. */
struct truth_result {
	int forms, critical, privileged, undefined, unclassified;
	const struct verdict *witness; /* a critical form, else a privileged one */
};
struct truth_result truth_check(const struct survey *s, const struct truth_entry *e);

/* Why an entry did not come out as listed, in a sentence; NULL: it did. */
const char *truth_difference(const struct truth_list *l, const struct truth_entry *e, const struct truth_result *r);
/* Why an instruction differs from the lists, in a sentence; NULL: nothing to say. */
const char *truth_note_robin_irvine(u16 op);
const char *truth_note_sdm(u16 op);
/* What was derived critical (or privileged) for a group that the list does not name, with the note on it (or NULL); NULL: nothing. */
const struct verdict *truth_beyond(const struct truth_list *l, const struct group *g, bool critical, const char **note);

#endif
