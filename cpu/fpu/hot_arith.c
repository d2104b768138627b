/* hot_arith.c - FADD FMUL FSUB FSUBR FDIV FDIVR: handlers for registers, singles, doubles
 * and 32-bit integers. See hot.h.
 */
#include "cpu/fpu/hot.h"

#define NEGATED(v) ((struct f80){(v).mant, (v).se ^ F80_SIGN, 0})

/* A quotient below 2^64 of 128 bits by 64 */
INLINE u64 divide(u64 hi, u64 lo, u64 by, u64 *rem)
{
#if defined __x86_64__ && !defined TANDEM_SOFT_FPU
	u64 q;
	__asm__("divq %4" : "=a"(q), "=d"(*rem) : "a"(lo), "d"(hi), "r"(by) : "cc");
	return q;
#else
	u128 n = (u128)hi << 64 | lo;
	u64 q = (u64)(n / by);
	*rem = (u64)n - q * by;
	return q;
#endif
}

INLINE struct f80 div_normal(struct f80 a, struct f80 b, u32 cw, bool *ok)
{
	u64 below = a.mant < b.mant, rem;
	s32 exp = f80_exp(a) - f80_exp(b) + F80_BIAS - (s32)below;
	u64 hi = below ? a.mant : a.mant >> 1, lo = below ? 0 : a.mant << 63;
	u64 q = divide(hi, lo, b.mant, &rem), other = b.mant - rem;
	u64 rest = !rem ? 0 : rem < other ? 1 : rem == other ? F80_TOP : F80_TOP | 1;
	return f80_round_normal((a.se ^ b.se) >> 15 & 1, exp, q, rest, cw, ok);
}

/* One operand at least is zero, neither is special */
INLINE struct f80 with_zero(u32 op, struct f80 x, struct f80 y, u32 cw, bool *ok)
{
	bool xz = f80_is_zero(x), yz = f80_is_zero(y);
	u32 sign = (x.se ^ y.se) >> 15 & 1;
	*ok = false;
	switch (op) {
	case OP_FADD: case OP_FSUB: case OP_FSUBR:
		*ok = xz != yz && (cw & FCW_PC) == FCW_PC_64;
		if (op == OP_FADD)
			return xz ? y : x;
		return op == OP_FSUB ? (xz ? NEGATED(y) : x) : (yz ? NEGATED(x) : y);
	case OP_FMUL: *ok = true; break;
	case OP_FDIV: *ok = xz && !yz; break;
	default: *ok = yz && !xz; break;
	}
	return f80_make(sign, 0, 0);
}

INLINE struct f80 compute(u32 op, struct f80 x, struct f80 y, u32 cw, bool *ok)
{
	if (unlikely(!f80_is_normal(x)) || unlikely(!f80_is_normal(y))) {
		if (is_number(x) && is_number(y))
			return with_zero(op, x, y, cw, ok);
		*ok = false;
		return x;
	}
	switch (op) {
	case OP_FADD: return f80_add_normal(x, y, cw, ok);
	case OP_FSUB: return f80_add_normal(x, NEGATED(y), cw, ok);
	case OP_FSUBR: return f80_add_normal(y, NEGATED(x), cw, ok);
	case OP_FMUL: return f80_mul_normal(x, y, cw, ok);
	case OP_FDIV: return div_normal(x, y, cw, ok);
	default: return div_normal(y, x, cw, ok);
	}
}

INLINE void arith_r(HANDLER_ARGS, u32 op, bool pop)
{
	bool ok;
	u32 top = top_of(c), d = (top + u->dst) & 7, s = (top + u->src) & 7;
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, d)) || unlikely(!is_there(c, s)))
		return fpu_general(c, u, left);
	struct f80 r = compute(op, value_of(c, d), value_of(c, s), c->fpu.cw, &ok);
	if (unlikely(!ok))
		return fpu_general(c, u, left);
	set_value(c, d, r);
	if (pop)
		drop(c, top);
	set_status(c, r.flags, pop ? (top + 1) & 7 : top);
	note_instruction(c, u);
	return next(c, u, left);
}

INLINE void arith_m(HANDLER_ARGS, u32 op, enum fpu_format format, int av)
{
	bool ok;
	struct f80 y;
	u32 top = top_of(c), ea = ea_of(c, u, av);
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)) || unlikely(!hot_operand(c, u, ea, format, &y)))
		return fpu_general(c, u, left);
	struct f80 r = compute(op, value_of(c, top), y, c->fpu.cw, &ok);
	if (unlikely(!ok))
		return fpu_general(c, u, left);
	set_value(c, top, r);
	set_status(c, r.flags, top);
	note_operand(c, u, ea);
	return next(c, u, left);
}

#define ARITH_M(OP, format, AV) HANDLER(OP##_##format##_##AV, arith_m, OP_##OP, FMT_##format, AV)
#define ARITH(OP) \
	HANDLER(OP##_r, arith_r, OP_##OP, false) HANDLER(OP##_rp, arith_r, OP_##OP, true) \
	ARITH_M(OP, F32, AV_BD) ARITH_M(OP, F32, AV_FULL) ARITH_M(OP, F32, AV_16) \
	ARITH_M(OP, F64, AV_BD) ARITH_M(OP, F64, AV_FULL) ARITH_M(OP, F64, AV_16) \
	ARITH_M(OP, I32, AV_BD) ARITH_M(OP, I32, AV_FULL) ARITH_M(OP, I32, AV_16)
ARITH(FADD) ARITH(FMUL) ARITH(FSUB) ARITH(FSUBR) ARITH(FDIV) ARITH(FDIVR)

struct arith_row {
	uop_fn r, rp, f32[AV_COUNT], f64[AV_COUNT], i32[AV_COUNT];
};
#define ARITH_ROW(OP) {OP##_r, OP##_rp, ROW_AV(OP##_F32), ROW_AV(OP##_F64), ROW_AV(OP##_I32)}

static const struct arith_row rows[] = {
	ARITH_ROW(FADD), ARITH_ROW(FMUL), ARITH_ROW(FSUB), ARITH_ROW(FSUBR), ARITH_ROW(FDIV), ARITH_ROW(FDIVR),
};

uop_fn fpu_hot_arith(const struct form *f)
{
	const struct insn *in = f->in;
	if (in->op >= OP_FADD && in->op <= OP_FDIVR) {
		const struct arith_row *row = &rows[in->op - OP_FADD];
		return !in->has_mem ? row->r : in->o[0].size == 4 ? row->f32[f->av] : row->f64[f->av];
	}
	if (in->op >= OP_FADDP && in->op <= OP_FDIVRP)
		return rows[in->op - OP_FADDP].rp;
	if (in->op >= OP_FIADD && in->op <= OP_FIDIVR && in->o[0].size == 4)
		return rows[in->op - OP_FIADD].i32[f->av];
	return NULL;
}
