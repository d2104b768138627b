/* lower.h - from decoded instructions to uops: the choice of handlers. */
#ifndef CPU_LOWER_H
#define CPU_LOWER_H

#include "cpu/block.h"

/* Uops one instruction may take: itself and two link slots. */
#define UOPS_PER_INSN 3

/* Does this instruction end a block? */
bool ends_block(const struct insn *in);
/* A near branch carries its own link slots; any other end of a block is followed by a fall-through uop. */
bool is_near_branch(const struct insn *in);

/* Writes the uops of `in` at `u`: returns how many (1..UOPS_PER_INSN). `off` is its place in the page; `live`: the FL_* that
 * somebody may still look at behind it. */
int lower(struct cpu *c, const struct insn *in, u32 off, u32 mode, u32 live, struct uop *u);

/* The FL_* live in front of `in`, given those live behind it. Barriers make all live. */
u32 flags_live(const struct insn *in, u32 live);

/* An uncounted uop that ends a block without a branch: goes on at page offset `off`. */
void lower_fall_through(u32 off, u32 mode, struct uop *u);
/* An instruction that decode refused: #UD or #GP(0). */
void lower_invalid(enum decode_result why, u32 off, int len, struct uop *u);

/* Flags in a link slot's dst. */
enum {
	SLOT_TAKEN = 1,   /* a branch target: outside the CS limit it faults at the branch */
	SLOT_NO_LINK = 2, /* in a block that must not be chained */
};

/* The handler of a dropped block's first uop. */
void h_stale(struct cpu *c, const struct uop *u, s64 left);

/* By family: NULL when there is none for this form (see exec_*.c). */
struct form {
	const struct insn *in;
	u8 av;      /* enum addr_variant */
	bool flags; /* flags are needed */
	bool ss32;  /* 32-bit stack */
};
enum addr_variant { AV_BD, AV_FULL, AV_16, AV_COUNT };

uop_fn exec_alu(const struct form *f);
uop_fn exec_shift(const struct form *f);
uop_fn exec_mov(const struct form *f);
uop_fn exec_stack(const struct form *f);
uop_fn exec_branch(const struct form *f);
uop_fn exec_muldiv(const struct form *f);
uop_fn exec_bits(const struct form *f);
uop_fn exec_bcd(const struct form *f);
uop_fn exec_string(const struct form *f);
uop_fn exec_misc(const struct form *f);
uop_fn exec_fpu(const struct form *f);
void fpu_general(struct cpu *c, const struct uop *u, s64 left);
void simd_fxsave(struct cpu *c, const struct uop *u, s64 left);
/* What the x87 handlers expect in a uop: see cpu/fpu/internal.h. */
void fpu_operands(const struct insn *in, struct uop *u);
/* These also fill in the operands. */
uop_fn exec_bmi(const struct form *f, struct uop *u);
uop_fn exec_simd(const struct form *f, struct uop *u);

/* A short way for a frequent sensitive instruction (exec_system.c, exec_segment.c); NULL: none. */
uop_fn exec_system(const struct insn *in, bool ss32);
uop_fn exec_segment(const struct insn *in, u32 seg, u32 mode);

/* Rewrites n decoded instructions of a block, all valid, into cheaper equal ones (peephole.c). */
void peephole(struct insn *in, int n);

/* One handler for a pair of instructions, put into the first one's uop; NULL: run them one by one. */
uop_fn exec_fused(const struct insn *first, const struct insn *second);

void h_sys(struct cpu *c, const struct uop *u, s64 left);
void h_sys_told(struct cpu *c, const struct uop *u, s64 left);
void h_sys_innocuous(struct cpu *c, const struct uop *u, s64 left);
void h_exit(struct cpu *c, const struct uop *u, s64 left);
void h_exit_x87(struct cpu *c, const struct uop *u, s64 left);    /* FNSTENV, FNSAVE: an exit, then the instruction itself */
void h_exit_fxsave(struct cpu *c, const struct uop *u, s64 left); /* likewise */
void h_critical(struct cpu *c, const struct uop *u, s64 left);    /* critical=trap: #GP(0) */
void h_ud(struct cpu *c, const struct uop *u, s64 left);
void h_too_long(struct cpu *c, const struct uop *u, s64 left);
void h_fall_through(struct cpu *c, const struct uop *u, s64 left);

#endif
