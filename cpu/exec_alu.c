/* exec_alu.c - ADD OR ADC SBB AND SUB XOR CMP TEST, INC DEC NEG NOT.
 *
 * SDM 2A/2B. One body per shape (alu_rr, alu_rm ...), specialised by constants:
 * operation, width, addressing variant, whether flags are needed, hot or cold.
 */
#include "cpu/exec.h"

/* The operation on `n`-bit values that are zero-extended in a and b. */
INLINE u32 alu(struct cpu *c, int op, int n, u32 a, u32 b, bool flags)
{
	u32 mask = ~0u >> (32 - n), r, v = 0;
	switch (op) {
	case OP_ADD: r = (a + b) & mask; v = (a & b) | ((a | b) & ~r); break;
	case OP_ADC: r = (a + b + cf_get(c)) & mask; v = (a & b) | ((a | b) & ~r); break;
	case OP_SBB: r = (a - b - cf_get(c)) & mask; v = (~a & b) | ((~a | b) & r); break;
	case OP_SUB:
	case OP_CMP: r = (a - b) & mask; v = (~a & b) | ((~a | b) & r); break;
	case OP_AND:
	case OP_TEST: r = a & b; break;
	case OP_OR: r = a | b; break;
	default: r = a ^ b; break;
	}
	if (flags) {
		c->fl_res = sext(r, n);
		c->fl_cc = cc_align(v, n);
	}
	return r;
}

INLINE bool alu_writes(int op)
{
	return op != OP_CMP && op != OP_TEST;
}

INLINE void alu_rr(HANDLER_ARGS, int op, int n, bool flags)
{
	u32 r = alu(c, op, n, rd_n(c, u->dst, n), rd_n(c, u->src, n), flags);
	if (alu_writes(op))
		wr_n(c, u->dst, n, r);
	return next(c, u, left);
}

INLINE void alu_ri(HANDLER_ARGS, int op, int n, bool flags)
{
	u32 r = alu(c, op, n, rd_n(c, u->dst, n), u->imm, flags);
	if (alu_writes(op))
		wr_n(c, u->dst, n, r);
	return next(c, u, left);
}

INLINE void alu_rm(HANDLER_ARGS, int op, int n, int av, bool flags, enum twin twin, uop_fn miss)
{
	u32 b;
	if (!load_at(c, u, left, ea_select(c, u, av), n, twin, &b))
		return miss(c, u, left);
	u32 r = alu(c, op, n, rd_n(c, u->dst, n), b, flags);
	if (alu_writes(op))
		wr_n(c, u->dst, n, r);
	return finish(c, u, left, twin);
}

/* Memory destination; the source is a register or the immediate. */
INLINE void alu_mx(HANDLER_ARGS, int op, int n, int av, bool flags, bool is_imm, enum twin twin, uop_fn miss)
{
	u32 ea = ea_select(c, u, av), a, b = is_imm ? u->imm : rd_n(c, u->src, n);
	if (!alu_writes(op)) {
		if (!load_at(c, u, left, ea, n, twin, &a))
			return miss(c, u, left);
		alu(c, op, n, a, b, flags);
		return finish(c, u, left, twin);
	}
	struct place at;
	if (!rmw_open(c, u, left, ea, n, twin, &at, &a))
		return miss(c, u, left);
	rmw_close(c, u, &at, n, twin, alu(c, op, n, a, b, flags));
	return finish(c, u, left, twin);
}


#define ALU_AV(OP, n, AV) \
	HANDLER(OP##n##_rm_##AV, alu_rm, OP_##OP, n, AV, true, HOT, OP##n##_rm_cold) \
	HANDLER(OP##n##_mr_##AV, alu_mx, OP_##OP, n, AV, true, false, HOT, OP##n##_mr_cold) \
	HANDLER(OP##n##_mi_##AV, alu_mx, OP_##OP, n, AV, true, true, HOT, OP##n##_mi_cold) \
	HANDLER(OP##n##_rm_##AV##_nf, alu_rm, OP_##OP, n, AV, false, HOT, OP##n##_rm_cold) \
	HANDLER(OP##n##_mr_##AV##_nf, alu_mx, OP_##OP, n, AV, false, false, HOT, OP##n##_mr_cold) \
	HANDLER(OP##n##_mi_##AV##_nf, alu_mx, OP_##OP, n, AV, false, true, HOT, OP##n##_mi_cold)

#define ALU_SIZE(OP, n) \
	HANDLER(OP##n##_rr, alu_rr, OP_##OP, n, true) \
	HANDLER(OP##n##_ri, alu_ri, OP_##OP, n, true) \
	HANDLER(OP##n##_rr_nf, alu_rr, OP_##OP, n, false) \
	HANDLER(OP##n##_ri_nf, alu_ri, OP_##OP, n, false) \
	COLD HANDLER(OP##n##_rm_cold, alu_rm, OP_##OP, n, AV_ANY, true, TWIN_COLD, h_fault) \
	COLD HANDLER(OP##n##_mr_cold, alu_mx, OP_##OP, n, AV_ANY, true, false, TWIN_COLD, h_fault) \
	COLD HANDLER(OP##n##_mi_cold, alu_mx, OP_##OP, n, AV_ANY, true, true, TWIN_COLD, h_fault) \
	ALU_AV(OP, n, AV_BD) ALU_AV(OP, n, AV_FULL) ALU_AV(OP, n, AV_16)

#define ALU_OP(OP) ALU_SIZE(OP, 8) ALU_SIZE(OP, 16) ALU_SIZE(OP, 32)

ALU_OP(ADD) ALU_OP(OR) ALU_OP(ADC) ALU_OP(SBB) ALU_OP(AND) ALU_OP(SUB) ALU_OP(XOR) ALU_OP(CMP) ALU_OP(TEST)

/* By flags needed. */
#define ROW_AV_NF(name) {name##_AV_BD_nf, name##_AV_FULL_nf, name##_AV_16_nf}
#define ALU_ROW(OP, n) \
	{{OP##n##_rr_nf, OP##n##_rr}, {OP##n##_ri_nf, OP##n##_ri}, \
	 {ROW_AV_NF(OP##n##_rm), ROW_AV(OP##n##_rm)}, \
	 {ROW_AV_NF(OP##n##_mr), ROW_AV(OP##n##_mr)}, \
	 {ROW_AV_NF(OP##n##_mi), ROW_AV(OP##n##_mi)}}
#define ALU_ROWS(OP) {ALU_ROW(OP, 8), ALU_ROW(OP, 16), ALU_ROW(OP, 32)}

struct alu_row {
	uop_fn rr[2], ri[2];
	uop_fn rm[2][AV_COUNT], mr[2][AV_COUNT], mi[2][AV_COUNT];
};

static const struct alu_row alu_rows[][3] = {
	ALU_ROWS(ADD), ALU_ROWS(OR), ALU_ROWS(ADC), ALU_ROWS(SBB), ALU_ROWS(AND),
	ALU_ROWS(SUB), ALU_ROWS(XOR), ALU_ROWS(CMP), ALU_ROWS(TEST),
};

/* ---- one operand ------------------------------------------------------------------------------ */

INLINE u32 unary(struct cpu *c, int op, int n, u32 a, bool flags)
{
	u32 mask = ~0u >> (32 - n), r, v;
	switch (op) {
	case OP_INC: r = (a + 1) & mask; v = a & ~r; break;
	case OP_DEC: r = (a - 1) & mask; v = ~a & r; break;
	case OP_NEG: r = (0 - a) & mask; v = a | r; break;
	default: return ~a & mask;
	}
	if (!flags)
		return r;
	v = cc_align(v, n);
	if (op != OP_NEG) { /* CF stays: exchange bit 31, and flip bit 30 with it to keep OF */
		u32 differs = (v ^ (u32)c->fl_cc) & BIT(31);
		v ^= differs | differs >> 1;
	}
	c->fl_res = sext(r, n);
	c->fl_cc = v;
	return r;
}

INLINE void unary_r(HANDLER_ARGS, int op, int n, bool flags)
{
	wr_n(c, u->dst, n, unary(c, op, n, rd_n(c, u->dst, n), flags));
	return next(c, u, left);
}

INLINE void unary_m(HANDLER_ARGS, int op, int n, int av, enum twin twin, uop_fn miss)
{
	struct place at;
	u32 a;
	if (!rmw_open(c, u, left, ea_select(c, u, av), n, twin, &at, &a))
		return miss(c, u, left);
	rmw_close(c, u, &at, n, twin, unary(c, op, n, a, true));
	return finish(c, u, left, twin);
}

#define UNARY_SIZE(OP, n) \
	HANDLER(OP##n##_r, unary_r, OP_##OP, n, true) \
	HANDLER(OP##n##_r_nf, unary_r, OP_##OP, n, false) \
	COLD HANDLER(OP##n##_m_cold, unary_m, OP_##OP, n, AV_ANY, TWIN_COLD, h_fault) \
	HANDLER(OP##n##_m_AV_BD, unary_m, OP_##OP, n, AV_BD, HOT, OP##n##_m_cold) \
	HANDLER(OP##n##_m_AV_FULL, unary_m, OP_##OP, n, AV_FULL, HOT, OP##n##_m_cold) \
	HANDLER(OP##n##_m_AV_16, unary_m, OP_##OP, n, AV_16, HOT, OP##n##_m_cold)
#define UNARY_OP(OP) UNARY_SIZE(OP, 8) UNARY_SIZE(OP, 16) UNARY_SIZE(OP, 32)

UNARY_OP(INC) UNARY_OP(DEC) UNARY_OP(NEG) UNARY_OP(NOT)

#define UNARY_ROW(OP, n) {{OP##n##_r_nf, OP##n##_r}, ROW_AV(OP##n##_m)}
#define UNARY_ROWS(OP) {UNARY_ROW(OP, 8), UNARY_ROW(OP, 16), UNARY_ROW(OP, 32)}

static const struct {
	uop_fn r[2], m[AV_COUNT];
} unary_rows[][3] = {UNARY_ROWS(INC), UNARY_ROWS(DEC), UNARY_ROWS(NEG), UNARY_ROWS(NOT)};

/* ---- choice ---------------------------------------------------------------------------------------- */

uop_fn exec_alu(const struct form *f)
{
	const struct insn *in = f->in;
	int size = size_index(in->opsize);
	bool mem_dst = in->o[0].kind == OPND_MEM, mem_src = in->o[1].kind == OPND_MEM;
	if (in->op >= OP_INC && in->op <= OP_NOT) {
		int i = in->op - OP_INC;
		return mem_dst ? unary_rows[i][size].m[f->av] : unary_rows[i][size].r[f->flags];
	}
	const struct alu_row *row = &alu_rows[in->op - OP_ADD][size];
	bool is_imm = in->o[1].kind == OPND_IMM;
	if (mem_dst)
		return is_imm ? row->mi[f->flags][f->av] : row->mr[f->flags][f->av];
	if (mem_src)
		return row->rm[f->flags][f->av];
	return is_imm ? row->ri[f->flags] : row->rr[f->flags];
}
