/* exec_muldiv.c - MUL IMUL DIV IDIV. SDM 2A/2B.
 *
 * SF ZF AF PF are undefined after a multiplication; recorded processors set SF and
 * PF from the low half of the result and clear ZF and AF. Division leaves the
 * flags as they were.
 */
#include "cpu/exec.h"

/* CF = OF = the product does not fit in the low half. */
INLINE void mul_flags(struct cpu *c, int n, u32 low, bool overflow)
{
	u64 res = sext(low, n);
	if (!res) { /* ZF stays clear, SF = 0, PF = 1 */
		res = 0x100;
	}
	c->fl_res = res;
	c->fl_cc = cc_make(overflow, overflow);
}

INLINE void mul_wide(struct cpu *c, int n, bool is_signed, u32 b)
{
	u32 a = rd_n(c, 8 * RAX, n);
	u64 p = is_signed ? sext(a, n) * sext(b, n) : (u64)a * b;
	u32 mask = ~0u >> (32 - n), low = (u32)p & mask, high = (u32)(p >> n) & mask;
	bool overflow = is_signed ? p != sext(low, n) : high != 0;
	if (n == 8) {
		wr16(c, 8 * RAX, (u32)p);
	} else {
		wr_n(c, 8 * RAX, n, low);
		wr_n(c, 8 * RDX, n, high);
	}
	mul_flags(c, n, low, overflow);
}

INLINE void mul_r(HANDLER_ARGS, int n, bool is_signed)
{
	mul_wide(c, n, is_signed, rd_n(c, u->dst, n));
	return next(c, u, left);
}

INLINE void mul_m(HANDLER_ARGS, int n, bool is_signed, enum twin twin, uop_fn miss)
{
	u32 b;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &b))
		return miss(c, u, left);
	mul_wide(c, n, is_signed, b);
	return finish(c, u, left, twin);
}

INLINE void imul2(struct cpu *c, const struct uop *u, int n, u32 a, u32 b)
{
	u64 p = sext(a, n) * sext(b, n);
	u32 low = (u32)p & ~0u >> (32 - n);
	wr_n(c, u->dst, n, low);
	mul_flags(c, n, low, p != sext(low, n));
}

INLINE void imul_rr(HANDLER_ARGS, int n)
{
	imul2(c, u, n, rd_n(c, u->dst, n), rd_n(c, u->src, n));
	return next(c, u, left);
}

INLINE void imul_rri(HANDLER_ARGS, int n)
{
	imul2(c, u, n, rd_n(c, u->src, n), u->imm);
	return next(c, u, left);
}

INLINE void imul_rm(HANDLER_ARGS, int n, bool has_imm, enum twin twin, uop_fn miss)
{
	u32 b;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &b))
		return miss(c, u, left);
	imul2(c, u, n, has_imm ? u->imm : rd_n(c, u->dst, n), b);
	return finish(c, u, left, twin);
}

/* ---- division ------------------------------------------------------------------------------------- */

/* Returns false for #DE. */
INLINE bool div_wide(struct cpu *c, int n, bool is_signed, u32 d)
{
	u32 mask = ~0u >> (32 - n);
	u64 num = n == 8 ? rd16(c, 8 * RAX) : (u64)rd_n(c, 8 * RDX, n) << n | rd_n(c, 8 * RAX, n);
	u64 q, r;
	if (!(d & mask))
		return false;
	if (is_signed) {
		s64 sn = n == 32 ? (s64)num : n == 16 ? (s64)(s32)num : (s64)(s16)num, sd = (s64)sext(d, n);
		if (sd == -1 && sn == INT64_MIN)
			return false;
		s64 sq = sn / sd;
		if (sq != (s64)sext((u32)sq & mask, n))
			return false;
		q = (u64)sq;
		r = (u64)(sn % sd);
	} else {
		q = num / d;
		if (q > mask)
			return false;
		r = num % d;
	}
	if (n == 8) {
		wr16(c, 8 * RAX, (u32)(r & 0xff) << 8 | (u32)(q & 0xff));
	} else {
		wr_n(c, 8 * RAX, n, (u32)q);
		wr_n(c, 8 * RDX, n, (u32)r);
	}
	return true;
}

COLD static void divide_error(HANDLER_ARGS)
{
	cpu_raise_plain(c, VEC_DE, "division by zero, or the quotient does not fit", "SDM 3A 6.15 #DE");
	return h_fault(c, u, left);
}

INLINE void div_r(HANDLER_ARGS, int n, bool is_signed)
{
	if (!div_wide(c, n, is_signed, rd_n(c, u->dst, n)))
		return divide_error(c, u, left);
	return next(c, u, left);
}

INLINE void div_m(HANDLER_ARGS, int n, bool is_signed, enum twin twin, uop_fn miss)
{
	u32 d;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &d))
		return miss(c, u, left);
	if (!div_wide(c, n, is_signed, d))
		return divide_error(c, u, left);
	return finish(c, u, left, twin);
}

#define MULDIV_SIZE(n) \
	HANDLER(mul##n##_r, mul_r, n, false) HANDLER(imul##n##_r, mul_r, n, true) \
	COLD HANDLER(mul##n##_m_cold, mul_m, n, false, TWIN_COLD, h_fault) \
	HANDLER(mul##n##_m, mul_m, n, false, HOT, mul##n##_m_cold) \
	COLD HANDLER(imul##n##_m_cold, mul_m, n, true, TWIN_COLD, h_fault) \
	HANDLER(imul##n##_m, mul_m, n, true, HOT, imul##n##_m_cold) \
	HANDLER(div##n##_r, div_r, n, false) HANDLER(idiv##n##_r, div_r, n, true) \
	COLD HANDLER(div##n##_m_cold, div_m, n, false, TWIN_COLD, h_fault) \
	HANDLER(div##n##_m, div_m, n, false, HOT, div##n##_m_cold) \
	COLD HANDLER(idiv##n##_m_cold, div_m, n, true, TWIN_COLD, h_fault) \
	HANDLER(idiv##n##_m, div_m, n, true, HOT, idiv##n##_m_cold)
MULDIV_SIZE(8) MULDIV_SIZE(16) MULDIV_SIZE(32)

#define IMUL_SIZE(n) \
	HANDLER(imul##n##_rr, imul_rr, n) HANDLER(imul##n##_rri, imul_rri, n) \
	COLD HANDLER(imul##n##_rm_cold, imul_rm, n, false, TWIN_COLD, h_fault) \
	HANDLER(imul##n##_rm, imul_rm, n, false, HOT, imul##n##_rm_cold) \
	COLD HANDLER(imul##n##_rmi_cold, imul_rm, n, true, TWIN_COLD, h_fault) \
	HANDLER(imul##n##_rmi, imul_rm, n, true, HOT, imul##n##_rmi_cold)
IMUL_SIZE(16) IMUL_SIZE(32)

#define BY_SIZE(name) {{name##8_r, name##8_m}, {name##16_r, name##16_m}, {name##32_r, name##32_m}}

static uop_fn choose_imul(const struct insn *in)
{
	static const uop_fn rows[2][2][2] = { /* [width][immediate][memory] */
		{{imul16_rr, imul16_rm}, {imul16_rri, imul16_rmi}},
		{{imul32_rr, imul32_rm}, {imul32_rri, imul32_rmi}},
	};
	return rows[in->opsize == 4][in->noperands == 3][in->o[1].kind == OPND_MEM];
}

uop_fn exec_muldiv(const struct form *f)
{
	static const uop_fn mul_rows[3][2] = BY_SIZE(mul), imul_rows[3][2] = BY_SIZE(imul);
	static const uop_fn div_rows[3][2] = BY_SIZE(div), idiv_rows[3][2] = BY_SIZE(idiv);
	const struct insn *in = f->in;
	int size = size_index(in->opsize), is_mem = in->has_mem;
	switch (in->op) {
	case OP_MUL: return mul_rows[size][is_mem];
	case OP_IMUL1: return imul_rows[size][is_mem];
	case OP_IMUL: return choose_imul(in);
	case OP_DIV: return div_rows[size][is_mem];
	case OP_IDIV: return idiv_rows[size][is_mem];
	default: return NULL;
	}
}
