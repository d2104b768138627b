/* internal.h - the translator's own: one block on its way into host code.
 *
 * Host registers while translated code runs:
 *   R8..R15  the guest's EAX ECX EDX EBX ESP EBP ESI EDI, upper halves zero
 *   RDI cpu, RDX left, RBP the TLB of the present privilege
 *   RAX RCX RSI scratch; RBX the guard's (guard.c), else scratch that memory.c leaves alone
 * Handlers get RDI, RSI = uop, RDX, with the guest's registers stored in struct cpu.
 */
#ifndef CPU_TRANSLATE_INTERNAL_H
#define CPU_TRANSLATE_INTERNAL_H

#include <stddef.h>

#include "cpu/exec.h"
#include "cpu/translate/emit.h"
#include "cpu/translate/flags.h"
#include "cpu/translate/translate.h"

enum { H_LEFT = H_DX, H_CPU = H_DI, H_TLB = H_BP };

#define CPU_FIELD(f) rm_at(H_CPU, (s32)offsetof(struct cpu, f))

/* Pieces of code that all blocks share (stubs.c). */
struct stubs {
	void (*enter)(struct cpu *c, const struct uop *u, s64 left); /* called from C */
	const void *leave;      /* stores all registers, settles the flags, jumps to RAX(cpu, RSI, left, RCX) */
	const void *leave_clean; /* the same with the registers stored */
	const void *block;      /* enters the untranslated block in RAX */
	const void *host_flags; /* call: the host's flags become the guest's, all but AF; clobbers RAX RCX RSI */
	const void *settle;     /* call: fl_kind becomes 0; clobbers RAX RCX RSI and flags */
};

struct translator {
	u8 *write, *run;  /* the code's memory, mapped twice */
	size_t size, used, stubs_end;
	u8 *map;          /* all of it: code, then the arena */
	size_t map_size;
	u32 hot;
	bool full;
	struct stubs stubs;
	struct translate_stats stats;
	u64 unguarded[64]; /* blocks whose guards fail too often, by a hash of their place */
};

/* One look-up for several accesses near a register (guard.c). */
struct guard {
	bool active, write;
	u8 reg;
	s32 lo, hi;  /* the range, from the register as it was at the look-up */
	s32 delta;   /* how far it has moved since */
};

/* What a guard that failed knows of itself: lies among the code. */
struct guard_site {
	struct code_block *block;
	s32 lo;
	u16 len;
	u8 reg;
	bool write;
};

/* A way out of the block's straight line, written behind it. */
struct cold {
	u8 *from;           /* the jump to patch */
	const struct uop *u; /* whom it leaves to ... */
	const void *handler; /* ... by this function */
	const struct uop *slot; /* its fourth argument, or NULL: RCX as it stands */
	struct guard_site site; /* with a block: its fourth argument */
	u32 dirty;          /* registers that differ from struct cpu */
	struct flag_state flags;
};

#define COLD_MAX 8 /* per instruction: a call through memory has 7 */

struct tr {
	struct emit e;
	struct cpu *c;
	struct translator *x;
	struct code_block *b;
	u32 mode;
	bool flat;        /* BM_FLAT: no segment checks for ES CS SS DS */
	const struct insn *in;
	struct uop *u;    /* its uop */
	uop_fn handler;   /* u->fn before anything was replaced */
	u32 live_before, live; /* FL_* that somebody may look at before and behind `in` */
	u32 dirty;        /* guest registers that differ from struct cpu, by bit */
	struct flag_state flags;
	struct guard guard;
	bool may_guard;
	bool bx_taken;    /* by the present instruction: no guard may begin in it */
	int rest;         /* instructions from `in` to the end of the block */
	struct cold cold[BLOCK_MAX * COLD_MAX];
	int ncold;
	bool too_many;    /* ways out: the block stays with the handlers */
};

static inline int guest_reg(int r)
{
	return H_GUEST + r;
}

/* ---- translate.c --------------------------------------------------------------------------- */

/* The jump at `from` leaves to the present instruction's handler, with everything as it was before it. */
void leave_if(struct tr *t, u8 *from);
/* ... to a function of the same form with a fourth argument (NULL: what RCX holds). */
void leave_if_to(struct tr *t, u8 *from, const void *fn, const struct uop *slot);
/* ... of a guard. */
void leave_by_guard(struct tr *t, u8 *from, const void *fn, const struct guard_site *site);
/* The instruction is about to change a guest register and not the flags that depend on it. */
void before_write(struct tr *t, int reg);

/* ---- memory.c: RAX RCX RSI are clobbered -------------------------------------------------------- */

/* host register `h` = effective address of the memory operand */
void emit_ea_to(struct tr *t, int h);
/* RAX: linear address, 64 bits. Looks [RAX, RAX + bytes) up in the TLB: returns the jump that a miss takes, and where the distance to
 * host addresses is, as long as RCX stays. */
u8 *emit_look_up(struct tr *t, int bytes, bool write, struct rm *addend);
/* RAX: effective address -> host address of `size` bytes that may be read (written) */
void emit_probe(struct tr *t, int seg, int size, bool write);
/* Both, for the memory operand of `in`: where it is. It may depend on the base register's present value. */
struct rm emit_operand(struct tr *t, int size, bool write);
bool is_flat_segment(const struct tr *t, int seg);

/* guard.c: is there a guard for these accesses, or may one begin here? Then *m is the place. */
bool guard_access(struct tr *t, int reg, s32 disp, int size, bool write, struct rm *m);
bool guard_operand(struct tr *t, int size, bool write, struct rm *m);
static inline void guard_end(struct tr *t)
{
	t->guard.active = false;
}

/* The present instruction needs RBX. */
static inline void take_bx(struct tr *t)
{
	guard_end(t);
	t->bx_taken = true;
}
/* Behind each instruction that has code. */
void guard_after(struct tr *t);

/* ---- operands ------------------------------------------------------------------------------------- */

/* The host register whose low bytes hold a register operand: the guest's own, or `temp` for AH..BH (clobbers flags). */
int operand_reg(struct tr *t, const struct operand *o, int temp);
/* Writes the low bytes of host register `h` to a register operand. Clobbers the flags and perhaps RCX for AH..BH. */
void write_operand(struct tr *t, const struct operand *o, int size, int h);

static inline bool is_high(const struct operand *o)
{
	return o->kind == OPND_REG && o->size == 1 && o->high;
}

/* ---- families: false: no code for this form, and nothing was emitted ---------------------------------- */

/* stack.c: [reg + offset] in the stack segment; ESP (SP) += offset */
struct rm emit_stack(struct tr *t, int reg, s32 offset, int size, bool write);
void emit_move_sp(struct tr *t, s32 offset);

bool translate_alu(struct tr *t);
bool translate_mov(struct tr *t);
bool translate_stack(struct tr *t);
bool translate_shift(struct tr *t);
bool translate_muldiv(struct tr *t);
/* Those that end the block, with the way on. */
bool translate_branch(struct tr *t);
void translate_fall_through(struct tr *t);

bool stubs_write(struct translator *x);

#endif
