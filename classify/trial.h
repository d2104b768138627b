/* trial.h - one instruction, run once in a state, and what came of it. */
#ifndef CLASSIFY_TRIAL_H
#define CLASSIFY_TRIAL_H

#include "classify/world.h"

/* ---- operands ------------------------------------------------------------------------ */

/* One set of operand values: the same for every instruction, in all places where it may look for its operands. */
struct scenario {
	const char *name;
	u32 a, b, c, d;   /* EAX EBX ECX EDX */
	u32 value;        /* memory operand (repeated as words) and immediates */
	bool frame;       /* stack: a frame {IP, CS = value, flags, SP, SS ...}; else `value` on top */
	u32 image;        /* the frame's flags */
	u16 ss;           /* the frame's SS */
	bool if_clear;    /* EFLAGS.IF = 0 to begin with */
	u32 arith;        /* arithmetic flags to begin with */
};

/* All for a configuration; user-ring selectors follow its CPL pair. Returns how many. */
#define SCENARIOS_MAX 48
int scenarios_make(const struct knobs *k, struct scenario out[SCENARIOS_MAX]);

/* Puts the form's bytes and the scenario's operands into the world. */
void trial_prepare(struct world *w, const struct form *f, const struct scenario *sc);

/* ---- states --------------------------------------------------------------------------- */

enum who { SUPER, USER };

struct setup {
	const struct knobs *k;
	const struct form *f;
	const struct scenario *sc;
	enum who who;
	bool moved;
	int change;          /* index into changes, CHANGE_NONE, CHANGE_ALL */
};

enum ending { END_DONE, END_TRAP, END_EXCLUDED /* a memory or arithmetic trap */ };

struct outcome {
	u8 ending;         /* enum ending */
	struct fault fault; /* of a trap */
	u64 r[8];
	u32 flags;         /* arithmetic, DF, and TF AC ID RF */
	u64 ip;
	u64 storage;       /* hash of what was stored, 0: nothing */
	struct fpu fpu;
	struct simd simd;
	struct sysregs before, after;
	struct port_log ports;
	bool halted, caches; /* the processor stopped; translations were dropped */
	field_set read, written;
};

/* Runs it. `stored`: if not NULL, filled with the stores (up to `max`), *nstored says how many. */
void trial_run(struct world *w, const struct setup *t, struct outcome *o, struct stored *stored, int max, int *nstored);

/* ---- comparing -------------------------------------------------------------------------- */

enum difference { DIFF_REGISTERS = 1, DIFF_FLAGS = 2, DIFF_IP = 4, DIFF_STORAGE = 8, DIFF_FPU = 16, DIFF_SEGMENTS = 32 };
/* What differs between the results of two completed runs: enum difference. Segment registers count as the program's
 * own where they are (outside of protected mode). */
u32 outcome_differs(const struct outcome *a, const struct outcome *b);
/* Fields of M and R that the run changed, outside of what belongs to the program. */
field_set outcome_changed(const struct outcome *o);

const char *vector_name(int vec);

#endif
