/* exec_shift.c - ROL ROR RCL RCR SHL SHR SAR SHLD SHRD. SDM 2B.
 *
 * Counts are masked to 5 bits; a count of 0 changes no flag. OF is defined for a
 * count of 1 only; with any other, recorded processors set it as if it were 1, but
 * for register rotates by an immediate and whole turns through carry: OF stays.
 */
#include "cpu/cond.h"
#include "cpu/exec.h"

INLINE void set_logic(struct cpu *c, int n, u32 r, u32 cf, u32 of)
{
	c->fl_res = sext(r, n);
	c->fl_cc = cc_make(cf & 1, of & 1);
}

INLINE u32 rotate(struct cpu *c, int op, int n, u32 a, u32 count, bool flags, bool keep_of)
{
	u32 mask = ~0u >> (32 - n), top = (u32)n - 1, k = count & top, r;
	if (op == OP_ROL) {
		r = k ? (a << k | a >> ((u32)n - k)) & mask : a;
		if (flags)
			set_cf_of(c, r, keep_of ? of_get(c) : (a >> top) ^ (a >> (top - 1)));
	} else {
		r = k ? (a >> k | a << ((u32)n - k)) & mask : a;
		if (flags)
			set_cf_of(c, r >> top, keep_of ? of_get(c) : (a >> top) ^ a);
	}
	return r;
}

/* Through carry: n + 1 bits rotate. */
INLINE u32 rotate_carry(struct cpu *c, int op, int n, u32 a, u32 count)
{
	u32 top = (u32)n - 1, mask = ~0u >> (32 - n), k = count % ((u32)n + 1);
	u64 wide = (u64)cf_get(c) << n | a;
	if (!k) /* whole turns */
		return a;
	u64 all = ~0ull >> (64 - (n + 1));
	u32 left_k = op == OP_RCL ? k : (u32)n + 1 - k;
	wide = (wide << left_k | wide >> ((u32)n + 1 - left_k)) & all;
	u32 r = (u32)wide & mask, cf = (u32)(wide >> n);
	set_cf_of(c, cf, (a >> top) ^ (op == OP_RCL ? a >> (top - 1) : cf_get(c)));
	return r;
}

INLINE u32 shift(struct cpu *c, int op, int n, u32 a, u32 count, bool flags)
{
	u32 mask = ~0u >> (32 - n), top = (u32)n - 1, r, cf, of;
	switch (op) {
	case OP_SHL: {
		u64 wide = (u64)a << count;
		r = (u32)wide & mask;
		cf = (u32)(wide >> n);
		of = (a >> top) ^ (a >> (top - 1));
		break;
	}
	case OP_SHR:
		r = (u32)((u64)a >> count);
		cf = (u32)((u64)a >> (count - 1));
		of = a >> top;
		break;
	default: {
		s64 wide = (s64)sext(a, n);
		r = (u32)(wide >> count) & mask;
		cf = (u32)(wide >> (count - 1));
		of = 0;
		break;
	}
	}
	if (flags)
		set_logic(c, n, r, cf, of);
	return r;
}

/* count is 1..31 */
INLINE u32 shift_any(struct cpu *c, int op, int n, u32 a, u32 count, bool flags)
{
	if (op == OP_ROL || op == OP_ROR)
		return rotate(c, op, n, a, count, flags, false);
	if (op == OP_RCL || op == OP_RCR)
		return rotate_carry(c, op, n, a, count);
	return shift(c, op, n, a, count, flags);
}

INLINE void shift_ri(HANDLER_ARGS, int op, int n, bool flags)
{
	u32 a = rd_n(c, u->dst, n);
	if (op == OP_ROL || op == OP_ROR)
		wr_n(c, u->dst, n, rotate(c, op, n, a, u->imm, flags, u->imm != 1));
	else
		wr_n(c, u->dst, n, shift_any(c, op, n, a, u->imm, flags));
	return next(c, u, left);
}

INLINE void shift_rc(HANDLER_ARGS, int op, int n)
{
	u32 count = rd8(c, 8 * RCX) & 31;
	u32 a = rd_n(c, u->dst, n);
	wr_n(c, u->dst, n, count ? shift_any(c, op, n, a, count, true) : a);
	return next(c, u, left);
}

/* In memory; a count of 0 still writes. */
INLINE void shift_m(HANDLER_ARGS, int op, int n, bool by_cl, enum twin twin, uop_fn miss)
{
	struct place at;
	u32 a, count = by_cl ? rd8(c, 8 * RCX) & 31 : u->imm;
	if (!rmw_open(c, u, left, ea_any(c, u), n, twin, &at, &a))
		return miss(c, u, left);
	rmw_close(c, u, &at, n, twin, count ? shift_any(c, op, n, a, count, true) : a);
	return finish(c, u, left, twin);
}

#define SHIFT_SIZE(OP, n) \
	HANDLER(OP##n##_ri, shift_ri, OP_##OP, n, true) \
	HANDLER(OP##n##_ri_nf, shift_ri, OP_##OP, n, false) \
	HANDLER(OP##n##_rc, shift_rc, OP_##OP, n) \
	COLD HANDLER(OP##n##_mi_cold, shift_m, OP_##OP, n, false, TWIN_COLD, h_fault) \
	COLD HANDLER(OP##n##_mc_cold, shift_m, OP_##OP, n, true, TWIN_COLD, h_fault) \
	HANDLER(OP##n##_mi, shift_m, OP_##OP, n, false, HOT, OP##n##_mi_cold) \
	HANDLER(OP##n##_mc, shift_m, OP_##OP, n, true, HOT, OP##n##_mc_cold)
#define SHIFT_OP(OP) SHIFT_SIZE(OP, 8) SHIFT_SIZE(OP, 16) SHIFT_SIZE(OP, 32)

SHIFT_OP(ROL) SHIFT_OP(ROR) SHIFT_OP(RCL) SHIFT_OP(RCR) SHIFT_OP(SHL) SHIFT_OP(SHR) SHIFT_OP(SAR)

#define SHIFT_ROW(OP, n) {{OP##n##_ri_nf, OP##n##_ri}, OP##n##_rc, OP##n##_mi, OP##n##_mc}
#define SHIFT_ROWS(OP) {SHIFT_ROW(OP, 8), SHIFT_ROW(OP, 16), SHIFT_ROW(OP, 32)}

struct shift_row {
	uop_fn ri[2], rc, mi, mc;
};
static const struct shift_row shift_rows[7][3] = {
	SHIFT_ROWS(ROL), SHIFT_ROWS(ROR), SHIFT_ROWS(RCL), SHIFT_ROWS(RCR), SHIFT_ROWS(SHL), SHIFT_ROWS(SHR), SHIFT_ROWS(SAR),
};

/* ---- SHLD, SHRD ---------------------------------------------------------------------------------- */

/* count 1..31; with 16 bits a count above 16 is undefined: the bits then come from a, b, a again. */
INLINE u32 shift_double(struct cpu *c, int op, int n, u32 a, u32 b, u32 count)
{
	u32 top = (u32)n - 1, mask = ~0u >> (32 - n), r, cf;
	if (n == 32) {
		u64 pair = op == OP_SHLD ? (u64)a << 32 | b : (u64)b << 32 | a;
		r = op == OP_SHLD ? (u32)(pair << count >> 32) : (u32)(pair >> count);
		cf = op == OP_SHLD ? a >> (32 - count) : a >> (count - 1);
	} else {
		u64 three = op == OP_SHLD ? (u64)a << 32 | (u64)b << 16 | a : (u64)a << 32 | (u64)b << 16 | a;
		r = (op == OP_SHLD ? (u32)(three << count >> 32) : (u32)(three >> count)) & mask;
		cf = op == OP_SHLD ? (u32)(three >> (48 - count)) : (u32)(three >> (count - 1));
	}
	set_logic(c, n, r, cf, (a >> top) ^ (op == OP_SHLD ? a >> (top - 1) : b));
	return r;
}

INLINE u32 double_count(const struct cpu *c, const struct uop *u, bool by_cl)
{
	return (by_cl ? rd8(c, 8 * RCX) : u->imm) & 31;
}

INLINE void double_r(HANDLER_ARGS, int op, int n, bool by_cl)
{
	u32 count = double_count(c, u, by_cl), a = rd_n(c, u->dst, n);
	wr_n(c, u->dst, n, count ? shift_double(c, op, n, a, rd_n(c, u->src, n), count) : a);
	return next(c, u, left);
}

INLINE void double_m(HANDLER_ARGS, int op, int n, bool by_cl, enum twin twin, uop_fn miss)
{
	struct place at;
	u32 count = double_count(c, u, by_cl), a;
	if (!rmw_open(c, u, left, ea_any(c, u), n, twin, &at, &a))
		return miss(c, u, left);
	rmw_close(c, u, &at, n, twin, count ? shift_double(c, op, n, a, rd_n(c, u->src, n), count) : a);
	return finish(c, u, left, twin);
}

#define DOUBLE_SIZE(OP, n) \
	HANDLER(OP##n##_r_imm, double_r, OP_##OP, n, false) \
	HANDLER(OP##n##_r_cl, double_r, OP_##OP, n, true) \
	COLD HANDLER(OP##n##_m_imm_cold, double_m, OP_##OP, n, false, TWIN_COLD, h_fault) \
	COLD HANDLER(OP##n##_m_cl_cold, double_m, OP_##OP, n, true, TWIN_COLD, h_fault) \
	HANDLER(OP##n##_m_imm, double_m, OP_##OP, n, false, HOT, OP##n##_m_imm_cold) \
	HANDLER(OP##n##_m_cl, double_m, OP_##OP, n, true, HOT, OP##n##_m_cl_cold)
DOUBLE_SIZE(SHLD, 16) DOUBLE_SIZE(SHLD, 32) DOUBLE_SIZE(SHRD, 16) DOUBLE_SIZE(SHRD, 32)

#define DOUBLE_ROW(OP, n) {{OP##n##_r_imm, OP##n##_r_cl}, {OP##n##_m_imm, OP##n##_m_cl}}
static const uop_fn double_rows[2][2][2][2] = { /* [op][width][memory][by CL] */
	{DOUBLE_ROW(SHLD, 16), DOUBLE_ROW(SHLD, 32)},
	{DOUBLE_ROW(SHRD, 16), DOUBLE_ROW(SHRD, 32)},
};

static void shift_by_zero(HANDLER_ARGS)
{
	return next(c, u, left);
}

uop_fn exec_shift(const struct form *f)
{
	const struct insn *in = f->in;
	bool is_mem = in->o[0].kind == OPND_MEM;
	if (in->op == OP_SHLD || in->op == OP_SHRD) {
		bool by_cl = in->o[2].kind == OPND_REG;
		return double_rows[in->op == OP_SHRD][in->opsize == 4][is_mem][by_cl];
	}
	if (in->op < OP_ROL || in->op > OP_SAR)
		return NULL;
	const struct shift_row *row = &shift_rows[in->op - OP_ROL][size_index(in->opsize)];
	bool by_cl = in->o[1].kind == OPND_REG;
	if (is_mem)
		return by_cl ? row->mc : row->mi;
	if (by_cl)
		return row->rc;
	if (in->o[1].kind == OPND_IMM && !(in->imm & 31))
		return shift_by_zero;
	return row->ri[f->flags];
}
