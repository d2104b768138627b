/* internal.h - what the x87 instructions in cpu/fpu share: registers, exceptions,
 * operands. SDM 1 chapter 8.
 *
 * A uop of an x87 instruction: x.sys.op the operation, x.sys.digit the format of its
 * memory operand, dst and src the numbers i of ST(i) as operands 1 and 2, imm the
 * eleven bits of FOP.
 *
 * The instructions are plain functions, called by fpu_general (general.c) after #NM
 * and #MF; the common ones also have a hot handler (hot_*.c) for the common case.
 */
#ifndef CPU_FPU_INTERNAL_H
#define CPU_FPU_INTERNAL_H

#include "base/bits.h"
#include "cpu/cpu.h"
#include "cpu/fpu/soft80.h"

enum fpu_format { FMT_NONE, FMT_F32, FMT_F64, FMT_F80, FMT_I16, FMT_I32, FMT_I64, FMT_BCD };

/* 0, or -1 with cpu.fault set and nothing changed. */
typedef int (*fpu_fn)(struct cpu *c, const struct uop *u);

/* ---- registers ------------------------------------------------------------------------- */

static inline u32 fpu_number(const struct cpu *c, u32 i)
{
	return ((u32)(c->fpu.sw >> FSW_TOP_SHIFT) + i) & 7;
}

static inline bool fpu_is_empty(const struct cpu *c, u32 i)
{
	return !(c->fpu.valid >> fpu_number(c, i) & 1);
}

static inline struct f80 fpu_get(const struct cpu *c, u32 i)
{
	const struct x87_reg *r = &c->fpu.r[fpu_number(c, i)];
	return (struct f80){r->mant, r->se, 0};
}

static inline void fpu_put(struct cpu *c, u32 i, struct f80 v)
{
	u32 n = fpu_number(c, i);
	c->fpu.r[n].mant = v.mant;
	c->fpu.r[n].se = (u16)v.se;
	c->fpu.valid |= (u8)(1 << n);
}

static inline void fpu_free(struct cpu *c, u32 i)
{
	c->fpu.valid &= (u8)~(1u << fpu_number(c, i));
}

static inline void fpu_rotate(struct cpu *c, u32 by) /* TOP += by */
{
	c->fpu.sw = (u16)((c->fpu.sw & ~FSW_TOP) | fpu_number(c, by) << FSW_TOP_SHIFT);
}

static inline void fpu_pop(struct cpu *c)
{
	fpu_free(c, 0);
	fpu_rotate(c, 1);
}

static inline void fpu_push(struct cpu *c, struct f80 v)
{
	fpu_rotate(c, 7);
	fpu_put(c, 0, v);
}

/* ---- exceptions: general.c ------------------------------------------------------------------- */

/* Raises flags (FSW_*, with C1 and condition codes; the old C1 goes). True: the instruction goes on with its result;
 * false: an unmasked exception found before computing stops it. */
bool fpu_signal(struct cpu *c, u32 flags);
/* The same for an instruction whose result is stored to memory: unmasked overflow and underflow stop it, too. */
bool fpu_signal_store(struct cpu *c, u32 flags);
#define STACK_UNDERFLOW (FSW_IE | FSW_SF)
#define STACK_OVERFLOW (FSW_IE | FSW_SF | FSW_C1)

/* ---- operands: operand.c ------------------------------------------------------------------------ */

/* The memory operand as it stands: a signalling NaN stays one; flags: DE for a denormal. */
int fpu_load(struct cpu *c, const struct uop *u, struct f80 *v);
/* `n` bytes in units of `unit`; a store changes nothing unless all of it succeeds. */
int fpu_load_bytes(struct cpu *c, const struct uop *u, void *to, int n, int unit);
int fpu_store_bytes(struct cpu *c, const struct uop *u, const void *from, int n, int unit);

/* ---- the instructions ------------------------------------------------------------------------------ */

/* arith.c */
int fpu_arith(struct cpu *c, const struct uop *u);
int fpu_fsqrt(struct cpu *c, const struct uop *u);
int fpu_frndint(struct cpu *c, const struct uop *u);
int fpu_fscale(struct cpu *c, const struct uop *u);
int fpu_fprem(struct cpu *c, const struct uop *u);
int fpu_fxtract(struct cpu *c, const struct uop *u);
/* move.c */
int fpu_fld(struct cpu *c, const struct uop *u);
int fpu_fst(struct cpu *c, const struct uop *u);
int fpu_fstpnce(struct cpu *c, const struct uop *u);
int fpu_fist(struct cpu *c, const struct uop *u);
int fpu_fbstp(struct cpu *c, const struct uop *u);
int fpu_fxch(struct cpu *c, const struct uop *u);
int fpu_fcmov(struct cpu *c, const struct uop *u);
int fpu_constant(struct cpu *c, const struct uop *u);
int fpu_sign(struct cpu *c, const struct uop *u);
int fpu_ffree(struct cpu *c, const struct uop *u);
int fpu_turn(struct cpu *c, const struct uop *u);
/* compare.c */
int fpu_fcom(struct cpu *c, const struct uop *u);
int fpu_fcomi(struct cpu *c, const struct uop *u);
int fpu_ftst(struct cpu *c, const struct uop *u);
int fpu_fxam(struct cpu *c, const struct uop *u);
/* control.c */
int fpu_nothing(struct cpu *c, const struct uop *u);
int fpu_fninit(struct cpu *c, const struct uop *u);
int fpu_fnclex(struct cpu *c, const struct uop *u);
int fpu_fnstsw(struct cpu *c, const struct uop *u);
int fpu_fnstcw(struct cpu *c, const struct uop *u);
int fpu_fldcw(struct cpu *c, const struct uop *u);
/* environment.c */
int fpu_fnstenv(struct cpu *c, const struct uop *u);
int fpu_fldenv(struct cpu *c, const struct uop *u);
int fpu_fnsave(struct cpu *c, const struct uop *u);
int fpu_frstor(struct cpu *c, const struct uop *u);
/* transcendental.c */
int fpu_f2xm1(struct cpu *c, const struct uop *u);
int fpu_fyl2x(struct cpu *c, const struct uop *u);
int fpu_fpatan(struct cpu *c, const struct uop *u);
int fpu_trig(struct cpu *c, const struct uop *u);

#endif
