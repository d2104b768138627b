/* exec_fused.c - CMP or TEST and the Jcc behind it as one handler.
 *
 * Both keep their uops: u is the comparison, u + 1 the branch with its two link
 * slots, so that counts, places and faults are those of two instructions. The
 * flags are stored (somebody may look at them behind the branch), but the
 * condition comes from the operands, not from the stored form.
 */
#include "cpu/exec.h"

/* The condition (low nibble of the opcode) after a - b = r, or for `logic` after an AND that gave r. Without OF and PF. */
INLINE bool holds(int cond, int n, u32 a, u32 b, u32 r, bool logic)
{
	bool below = !logic && a < b;
	s64 sa = (s64)sext(a, n), sb = (s64)sext(b, n), sr = (s64)sext(r, n);
	bool v;
	switch (cond >> 1) {
	case 1: v = below; break;
	case 2: v = r == 0; break;
	case 3: v = below || r == 0; break;
	case 4: v = sr < 0; break;
	case 6: v = logic ? sr < 0 : sa < sb; break;
	default: v = logic ? sr <= 0 : sa <= sb; break;
	}
	return v != (cond & 1);
}

INLINE void branch(HANDLER_ARGS, bool taken)
{
	if (taken)
		return follow(c, u + 1, left, u + 2);
	return follow(c, u + 1, left, u + 3);
}

INLINE void cmp_jcc(HANDLER_ARGS, int n, bool is_imm, int cond)
{
	u32 a = rd_n(c, u->dst, n), b = is_imm ? u->imm & ~0u >> (32 - n) : rd_n(c, u->src, n);
	cmp_flags(c, n, a, b);
	return branch(c, u, left, holds(cond, n, a, b, (a - b) & ~0u >> (32 - n), false));
}

INLINE void test_jcc(HANDLER_ARGS, int n, bool is_imm, int cond)
{
	u32 r = rd_n(c, u->dst, n) & (is_imm ? u->imm & ~0u >> (32 - n) : rd_n(c, u->src, n));
	c->fl_res = sext(r, n);
	c->fl_cc = 0;
	return branch(c, u, left, holds(cond, n, 0, 0, r, true));
}

#define FUSED_COND(kind, n, cond) \
	HANDLER(kind##n##_rr_##cond, kind##_jcc, n, false, cond) HANDLER(kind##n##_ri_##cond, kind##_jcc, n, true, cond)
#define FUSED_SIZE(kind, n) \
	FUSED_COND(kind, n, 2) FUSED_COND(kind, n, 3) FUSED_COND(kind, n, 4) FUSED_COND(kind, n, 5) FUSED_COND(kind, n, 6) \
	FUSED_COND(kind, n, 7) FUSED_COND(kind, n, 8) FUSED_COND(kind, n, 9) FUSED_COND(kind, n, 12) FUSED_COND(kind, n, 13) \
	FUSED_COND(kind, n, 14) FUSED_COND(kind, n, 15)
FUSED_SIZE(cmp, 8) FUSED_SIZE(cmp, 16) FUSED_SIZE(cmp, 32) FUSED_SIZE(test, 8) FUSED_SIZE(test, 16) FUSED_SIZE(test, 32)

/* By condition; O, NO, P and NP are rare and stay two handlers. */
#define FUSED_ROW(name) \
	{NULL, NULL, name##_2, name##_3, name##_4, name##_5, name##_6, name##_7, name##_8, name##_9, NULL, NULL, name##_12, \
	 name##_13, name##_14, name##_15}
#define FUSED_ROWS(kind) \
	{{FUSED_ROW(kind##8_rr), FUSED_ROW(kind##8_ri)}, {FUSED_ROW(kind##16_rr), FUSED_ROW(kind##16_ri)}, \
	 {FUSED_ROW(kind##32_rr), FUSED_ROW(kind##32_ri)}}

uop_fn exec_fused(const struct insn *first, const struct insn *second)
{
	static const uop_fn rows[2][3][2][16] = {FUSED_ROWS(cmp), FUSED_ROWS(test)}; /* [op][width][immediate][condition] */
	const struct operand *a = &first->o[0], *b = &first->o[1];
	if (second->op != OP_JCC || (first->op != OP_CMP && first->op != OP_TEST) || a->kind != OPND_REG || first->opsize > 4)
		return NULL;
	if (b->kind != OPND_REG && b->kind != OPND_IMM)
		return NULL;
	return rows[first->op == OP_TEST][size_index(first->opsize)][b->kind == OPND_IMM][second->cond];
}
