/* hot.h - the common x87 instructions in the common case, as handlers of their own.
 *
 * The case: nothing closes the gate (CR0, pending exceptions), registers are there,
 * numbers are normal or zero, results are normal, memory is reached by the short way.
 * Only the precision exception may come up, and it is masked. All else: fpu_general.
 */
#ifndef CPU_FPU_HOT_H
#define CPU_FPU_HOT_H

#include "cpu/exec.h"
#include "cpu/fpu/internal.h"
#include "cpu/fpu/soft80_inline.h"


uop_fn fpu_hot_arith(const struct form *f);
uop_fn fpu_hot_move(const struct form *f);
uop_fn fpu_hot_compare(const struct form *f);

INLINE u32 top_of(const struct cpu *c)
{
	return (u32)c->fpu.sw >> FSW_TOP_SHIFT & 7;
}

INLINE bool is_there(const struct cpu *c, u32 number)
{
	return c->fpu.valid >> number & 1;
}

INLINE struct f80 value_of(const struct cpu *c, u32 number)
{
	return (struct f80){c->fpu.r[number].mant, c->fpu.r[number].se, 0};
}

INLINE void set_value(struct cpu *c, u32 number, struct f80 v)
{
	c->fpu.r[number].mant = v.mant;
	c->fpu.r[number].se = (u16)v.se;
}

/* C1 goes, flags come; TOP becomes `top`. */
INLINE void set_status(struct cpu *c, u32 flags, u32 top)
{
	c->fpu.sw = (u16)((c->fpu.sw & ~(FSW_C1 | FSW_TOP)) | flags | top << FSW_TOP_SHIFT);
}

INLINE void set_status_cc(struct cpu *c, u32 flags, u32 top)
{
	c->fpu.sw = (u16)((c->fpu.sw & ~(FSW_CC | FSW_TOP)) | flags | top << FSW_TOP_SHIFT);
}

INLINE void drop(struct cpu *c, u32 number)
{
	c->fpu.valid &= (u8)~(1u << number);
}

INLINE void note_instruction(struct cpu *c, const struct uop *u)
{
	c->fpu.fop = (u16)u->imm;
	c->fpu.fip = uop_ip(c, u);
	c->fpu.fcs = (u16)c->xseg[SEG_CS].sel;
}

INLINE void note_operand(struct cpu *c, const struct uop *u, u32 ea)
{
	const struct xseg *x = (const struct xseg *)((const u8 *)c->xseg + (u->seg_scale & 0xe0));
	note_instruction(c, u);
	c->fpu.fdp = ea;
	c->fpu.fds = (u16)x->sel;
}

INLINE bool is_number(struct f80 v) /* normal or zero */
{
	return f80_is_normal(v) || f80_is_zero(v);
}

/* A memory operand: single, double or integer. False: not the common case. */
INLINE bool hot_operand(struct cpu *c, const struct uop *u, u32 ea, enum fpu_format format, struct f80 *v)
{
	u8 *p;
	bool ok = true;
	u32 size = format == FMT_I16 ? 2 : format == FMT_F32 || format == FMT_I32 ? 4 : 8;
	if (!hot_read(c, u, ea, size, &p))
		return false;
	switch (format) {
	case FMT_F32: *v = f80_from_f32_normal(load32(p), &ok); break;
	case FMT_F64: *v = f80_from_f64_normal(load64(p), &ok); break;
	case FMT_I16: *v = f80_from_s64((s16)load16(p)); break;
	case FMT_I32: *v = f80_from_s64((s32)load32(p)); break;
	default: *v = f80_from_s64((s64)load64(p)); break;
	}
	return ok;
}

#endif
