/* derive.h - from pairs of runs to Popek and Goldberg's classes, one instruction form at a time. */
#ifndef CLASSIFY_DERIVE_H
#define CLASSIFY_DERIVE_H

#include "classify/trial.h"

/* What a pair of runs can show. Each kind has its own witness. */
enum kind {
	KIND_PRIVILEGED, /* supervisor completes, user traps */
	KIND_CONTROL,    /* M or R changed */
	KIND_LOCATION,   /* everything moved together: another result */
	KIND_RESOURCE,   /* one resource register changed: another result */
	KIND_MODE,       /* supervisor and user: both complete and differ, or only the supervisor state traps */
	KIND_EFFECT,     /* extended: ports, interrupt state, processor */
	KIND_DEPENDS,    /* extended: result depends on ports, interrupt state */
	KIND_VISIBLE,    /* result depends on time or on the processor */
	KIND_INNOCUOUS,  /* a pair that agrees, to be looked at */
	KIND_COUNT
};
const char *kind_name(enum kind kind);

/* A pair that shows something; enough to run it again. */
struct witness {
	bool found;
	u8 who;      /* enum who: the state it was found in (KIND_MODE, KIND_PRIVILEGED: both) */
	u8 scenario;
	s16 change;  /* index into changes, CHANGE_NONE, CHANGE_ALL: what differs in the pair; of KIND_CONTROL in both states */
};

enum form_class {
	CLASS_INNOCUOUS,    /* neither privileged nor sensitive */
	CLASS_PRIVILEGED,   /* privileged, not sensitive */
	CLASS_BOTH,         /* privileged and sensitive */
	CLASS_CRITICAL,     /* sensitive, not privileged */
	CLASS_UNDEFINED,    /* raises #UD in every state of this configuration */
	CLASS_UNCLASSIFIED, /* the core does not execute it */
	CLASS_COUNT
};
const char *class_name(enum form_class c);

struct verdict {
	const struct form *f;
	u8 class;            /* enum form_class, in the strict column */
	bool privileged;
	bool traps_partly;   /* some user states trap where the supervisor's completes, others do not */
	bool control[2], location[2], resource[2]; /* strict, by enum who */
	bool mode;
	bool effect[2], depends[2]; /* extended, besides */
	bool visible[2];
	u32 pairs, runs;
	u32 completed[2];    /* scenarios in which it completes */
	u32 trap_vectors;    /* bit set of what it raised in user state */
	field_set read, written; /* in any run */
	field_set changed;   /* strict fields of M and R that it changed */
	u64 matters;         /* bit set of changes that made a difference */
	const char *why;     /* of CLASS_UNCLASSIFIED */
	struct witness witness[KIND_COUNT];
};

static inline bool verdict_behaviour(const struct verdict *v, enum who who)
{
	return v->location[who] || v->resource[who];
}
static inline bool verdict_sensitive_in(const struct verdict *v, enum who who) /* user or supervisor sensitive */
{
	return v->control[who] || verdict_behaviour(v, who);
}
static inline bool verdict_sensitive(const struct verdict *v)
{
	return verdict_sensitive_in(v, SUPER) || verdict_sensitive_in(v, USER) || v->mode;
}
static inline bool verdict_critical(const struct verdict *v)
{
	return verdict_sensitive(v) && !v->privileged;
}
static inline bool verdict_extended(const struct verdict *v) /* sensitive in the extended sense */
{
	return verdict_sensitive(v) || v->effect[0] || v->effect[1] || v->depends[0] || v->depends[1];
}
static inline bool verdict_visible(const struct verdict *v)
{
	return v->visible[0] || v->visible[1];
}

struct experiment {
	struct world *w;
	const struct knobs *k;
	struct scenario scenarios[SCENARIOS_MAX];
	int nscenarios;
	/* the outcomes in hand */
	struct outcome base[2], other;
};

void experiment_begin(struct experiment *e, struct world *w, const struct knobs *k, const struct cpu_model *model);
/* present: does the core execute this row at all? (survey.c asks once) */
void experiment_derive(struct experiment *e, const struct form *f, bool present, struct verdict *v);
/* Does any state of ring 0 in protected mode execute the form? */
bool experiment_present(struct experiment *e, const struct form *f);

/* The two states of a witness's pair. */
void witness_setups(const struct experiment *e, const struct form *f, enum kind kind, const struct witness *wit,
		    struct setup *a, struct setup *b);
/* What decides first: the witness to show for a verdict. */
enum kind verdict_main_kind(const struct verdict *v);
/* "protected:9D.32:control:flags-set:user" */
void witness_id(const struct experiment *e, const struct verdict *v, enum kind kind, char *out, size_t size);

#endif
