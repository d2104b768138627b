/* survey.h - all forms under one or several configurations, and what follows from them. */
#ifndef CLASSIFY_SURVEY_H
#define CLASSIFY_SURVEY_H

#include "classify/derive.h"
#include "cpu/sdm.h"

struct survey {
	const struct knobs *k;
	const struct forms *forms;
	struct verdict *v; /* parallel to forms->at */
	int n;
	struct cpu_model model; /* with what its options make fault above ring 0 */
	u64 pairs, runs;
	/* for names of scenarios in witness IDs */
	struct experiment names;
};

struct classification {
	struct forms forms[2]; /* by enum decode_mode: DEC_16, DEC_32 */
	bool *present;         /* by row of the opcode table */
	struct survey *at;
	int n;
	double seconds;
	struct cpu_model model;
	const char *processor; /* what -cpu said; NULL: every instruction there is */
};

/* Classifies under the given configurations, on as many threads as there are processors. `processor`: as -cpu takes it, or NULL
 * for one with every instruction. -1: no memory, or one line in `error` (CLASSIFY_ERROR bytes). */
#define CLASSIFY_ERROR 512
int classification_run(struct classification *c, const struct knobs *const *k, int n, const char *processor, int threads, char *error);
void classification_free(struct classification *c);
const struct survey *classification_find(const struct classification *c, const char *name); /* NULL: not among them */

/* Makes an experiment ready to re-run pairs of a survey in `w`. */
void survey_reopen(const struct survey *s, struct world *w, struct experiment *e);

/* ---- conclusions ------------------------------------------------------------------------ */

struct circles {
	int privileged, both, critical, outside; /* forms: only privileged, in both circles, only sensitive, in neither */
	int undefined, unclassified;
	int critical_extended; /* sensitive in the extended sense and not privileged, beyond `critical` */
	int visible;           /* reveals time or processor without a trap, beyond those */
	int user_critical;     /* user sensitive and not privileged */
};
struct circles survey_circles(const struct survey *s);

static inline bool survey_theorem1(const struct survey *s)
{
	return survey_circles(s).critical == 0;
}
static inline bool survey_theorem3(const struct survey *s)
{
	return survey_circles(s).user_critical == 0;
}

/* The verdicts of one mnemonic and operation taken together: what a reader counts as one instruction. */
struct group {
	u16 op;
	const char *mnemonic;
	int forms;
	int count[CLASS_COUNT];
	const struct verdict *first[CLASS_COUNT]; /* a verdict of each class */
	u32 pairs;
	field_set read, written, changed;
	u64 matters;
};
/* Writes at most `max` groups, in the table's order; returns how many there are. */
int survey_groups(const struct survey *s, struct group *out, int max);
#define GROUPS_MAX 1400

/* One form after the other of a group that is of a class, from *at = 0 on, as the SDM writes it; NULL: no more. */
const char *group_member(const struct survey *s, const struct group *g, enum form_class class, int *at);

/* A name that tells apart what one mnemonic stands for: "PUSH Sreg", "CALL far". */
static inline const char *form_family(const struct form *f)
{
	return sdm_row(f->row);
}

#endif
