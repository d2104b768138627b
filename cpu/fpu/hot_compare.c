/* hot_compare.c - FCOM FUCOM FCOMI FUCOMI FTST: handlers. See hot.h. For numbers, ordered and
 * unordered comparison are the same.
 */
#include "cpu/fpu/hot.h"

INLINE void drop_tops(struct cpu *c, u32 top, u32 n)
{
	if (n > 0)
		drop(c, top);
	if (n > 1)
		drop(c, (top + 1) & 7);
}

INLINE void compare_r(HANDLER_ARGS, u32 pops)
{
	u32 top = top_of(c), s = (top + u->dst) & 7;
	struct f80 x = value_of(c, top), y = value_of(c, s);
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)) || unlikely(!is_there(c, s)) ||
	    unlikely(!is_number(x)) || unlikely(!is_number(y)))
		return fpu_general(c, u, left);
	drop_tops(c, top, pops);
	set_status_cc(c, f80_compare_normal(x, y), (top + pops) & 7);
	note_instruction(c, u);
	return next(c, u, left);
}
HANDLER(fcom_r, compare_r, 0)
HANDLER(fcomp_r, compare_r, 1)
HANDLER(fcompp_r, compare_r, 2)

INLINE void compare_m(HANDLER_ARGS, enum fpu_format format, u32 pops, int av)
{
	struct f80 y;
	u32 top = top_of(c), ea = ea_of(c, u, av);
	struct f80 x = value_of(c, top);
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)) || unlikely(!is_number(x)) ||
	    unlikely(!hot_operand(c, u, ea, format, &y)))
		return fpu_general(c, u, left);
	drop_tops(c, top, pops);
	set_status_cc(c, f80_compare_normal(x, y), (top + pops) & 7);
	note_operand(c, u, ea);
	return next(c, u, left);
}

INLINE void compare_flags(HANDLER_ARGS, u32 pops)
{
	u32 top = top_of(c), s = (top + u->src) & 7;
	struct f80 x = value_of(c, top), y = value_of(c, s);
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)) || unlikely(!is_there(c, s)) ||
	    unlikely(!is_number(x)) || unlikely(!is_number(y)))
		return fpu_general(c, u, left);
	u32 cc = f80_compare_normal(x, y);
	drop_tops(c, top, pops);
	set_status(c, 0, (top + pops) & 7);
	/* ZF = C3, CF = C0; PF, SF, OF, AF are 0: cpu.h says how. 0 has even parity, 1 has odd. */
	c->fl_res = !(cc & FSW_C3);
	c->fl_cc = cc_make(cc >> 8 & 1, 0) | (u64)!!(cc & FSW_C3) << 32;
	note_instruction(c, u);
	return next(c, u, left);
}
HANDLER(fcomi, compare_flags, 0)
HANDLER(fcomip, compare_flags, 1)

static void ftst(HANDLER_ARGS)
{
	u32 top = top_of(c);
	struct f80 x = value_of(c, top);
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)) || unlikely(!is_number(x)))
		return fpu_general(c, u, left);
	set_status_cc(c, !x.mant ? FSW_C3 : x.se >> 15 ? FSW_C0 : 0, top);
	note_instruction(c, u);
	return next(c, u, left);
}

#define COMPARE_M(format, name, pops) \
	HANDLER(name##_##format##_AV_BD, compare_m, FMT_##format, pops, AV_BD) \
	HANDLER(name##_##format##_AV_FULL, compare_m, FMT_##format, pops, AV_FULL) \
	HANDLER(name##_##format##_AV_16, compare_m, FMT_##format, pops, AV_16)
COMPARE_M(F32, fcom, 0) COMPARE_M(F64, fcom, 0) COMPARE_M(F32, fcomp, 1) COMPARE_M(F64, fcomp, 1)

static const uop_fn rows[2][2][AV_COUNT] = { /* [pops][double] */
	{ROW_AV(fcom_F32), ROW_AV(fcom_F64)},
	{ROW_AV(fcomp_F32), ROW_AV(fcomp_F64)},
};

uop_fn fpu_hot_compare(const struct form *f)
{
	const struct insn *in = f->in;
	switch (in->op) {
	case OP_FCOM: return in->has_mem ? rows[0][in->o[0].size == 8][f->av] : fcom_r;
	case OP_FCOMP: return in->has_mem ? rows[1][in->o[0].size == 8][f->av] : fcomp_r;
	case OP_FUCOM: return fcom_r;
	case OP_FUCOMP: return fcomp_r;
	case OP_FCOMPP: case OP_FUCOMPP: return fcompp_r;
	case OP_FCOMI: case OP_FUCOMI: return fcomi;
	case OP_FCOMIP: case OP_FUCOMIP: return fcomip;
	case OP_FTST: return ftst;
	default: return NULL;
	}
}
