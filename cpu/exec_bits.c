/* exec_bits.c - BT BTS BTR BTC, BSF BSR. SDM 2A.
 *
 * With a register bit offset a memory operand reaches beyond its address: the
 * offset is signed and selects the word. BT changes CF only. BSF and BSR: ZF is
 * defined; the destination stays for a source of 0, as on all Intel processors.
 */
#include "cpu/cond.h"
#include "cpu/exec.h"

INLINE u32 bit_op(int op, u32 a, u32 bit)
{
	switch (op) {
	case OP_BTS: return a | bit;
	case OP_BTR: return a & ~bit;
	case OP_BTC: return a ^ bit;
	default: return a;
	}
}

INLINE void bt_r(HANDLER_ARGS, int op, int n, bool is_imm)
{
	u32 index = (is_imm ? u->imm : rd_n(c, u->src, n)) & ((u32)n - 1);
	u32 a = rd_n(c, u->dst, n);
	if (op != OP_BT)
		wr_n(c, u->dst, n, bit_op(op, a, 1u << index));
	set_cf(c, a >> index);
	return next(c, u, left);
}

INLINE u32 bt_ea(const struct cpu *c, const struct uop *u, int n, bool is_imm)
{
	u32 ea = ea_any(c, u);
	if (is_imm)
		return ea;
	s32 offset = (s32)sext(rd_n(c, u->src, n), n);
	ea += (u32)((offset >> (n == 16 ? 4 : 5)) * (n / 8));
	return u->seg_scale & UOP_ADDR16 ? (u16)ea : ea;
}

INLINE void bt_m(HANDLER_ARGS, int op, int n, bool is_imm, enum twin twin, uop_fn miss)
{
	u32 index = (is_imm ? u->imm : rd_n(c, u->src, n)) & ((u32)n - 1);
	u32 ea = bt_ea(c, u, n, is_imm), a;
	struct place at;
	if (op == OP_BT ? !load_at(c, u, left, ea, n, twin, &a) : !rmw_open(c, u, left, ea, n, twin, &at, &a))
		return miss(c, u, left);
	if (op != OP_BT)
		rmw_close(c, u, &at, n, twin, bit_op(op, a, 1u << index));
	set_cf(c, a >> index);
	return finish(c, u, left, twin);
}

#define BT_SIZE(OP, n) \
	HANDLER(OP##n##_rr, bt_r, OP_##OP, n, false) HANDLER(OP##n##_ri, bt_r, OP_##OP, n, true) \
	COLD HANDLER(OP##n##_mr_cold, bt_m, OP_##OP, n, false, TWIN_COLD, h_fault) \
	HANDLER(OP##n##_mr, bt_m, OP_##OP, n, false, HOT, OP##n##_mr_cold) \
	COLD HANDLER(OP##n##_mi_cold, bt_m, OP_##OP, n, true, TWIN_COLD, h_fault) \
	HANDLER(OP##n##_mi, bt_m, OP_##OP, n, true, HOT, OP##n##_mi_cold)
#define BT_OP(OP) BT_SIZE(OP, 16) BT_SIZE(OP, 32)
BT_OP(BT) BT_OP(BTS) BT_OP(BTR) BT_OP(BTC)

INLINE void scan(struct cpu *c, const struct uop *u, int n, bool reverse, u32 v)
{
	u32 index = 0;
	if (v)
		wr_n(c, u->dst, n, index = reverse ? 31 - (u32)__builtin_clz(v) : (u32)__builtin_ctz(v));
	/* ZF from the source; the undefined ones as recorded: PF of the index, CF OF SF AF clear */
	c->fl_res = v ? index | 0x100 : 0;
	c->fl_cc = 0;
}

INLINE void scan_r(HANDLER_ARGS, int n, bool reverse)
{
	scan(c, u, n, reverse, rd_n(c, u->src, n));
	return next(c, u, left);
}

INLINE void scan_m(HANDLER_ARGS, int n, bool reverse, enum twin twin, uop_fn miss)
{
	u32 v;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &v))
		return miss(c, u, left);
	scan(c, u, n, reverse, v);
	return finish(c, u, left, twin);
}

#define SCAN_SIZE(name, n, reverse) \
	HANDLER(name##n##_r, scan_r, n, reverse) \
	COLD HANDLER(name##n##_m_cold, scan_m, n, reverse, TWIN_COLD, h_fault) \
	HANDLER(name##n##_m, scan_m, n, reverse, HOT, name##n##_m_cold)
SCAN_SIZE(bsf, 16, false) SCAN_SIZE(bsf, 32, false) SCAN_SIZE(bsr, 16, true) SCAN_SIZE(bsr, 32, true)

#define BT_ROW(OP) {{OP##16_rr, OP##16_ri, OP##16_mr, OP##16_mi}, {OP##32_rr, OP##32_ri, OP##32_mr, OP##32_mi}}

uop_fn exec_bits(const struct form *f)
{
	static const uop_fn bt_rows[4][2][4] = {BT_ROW(BT), BT_ROW(BTS), BT_ROW(BTR), BT_ROW(BTC)};
	static const uop_fn scan_rows[2][2][2] = {{{bsf16_r, bsf16_m}, {bsf32_r, bsf32_m}}, {{bsr16_r, bsr16_m}, {bsr32_r, bsr32_m}}};
	const struct insn *in = f->in;
	int wide = in->opsize == 4;
	if (in->op >= OP_BT && in->op <= OP_BTC)
		return bt_rows[in->op - OP_BT][wide][(in->has_mem ? 2 : 0) + (in->o[1].kind == OPND_IMM)];
	if (in->op == OP_BSF || in->op == OP_BSR)
		return scan_rows[in->op == OP_BSR][wide][in->has_mem];
	return NULL;
}
