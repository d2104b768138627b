/* exec_branch.c - JMP CALL RET (near), Jcc, LOOPcc, JCXZ. SDM 2A/2B.
 *
 * A direct branch's uop is followed by link slots: u[1] leads to the target, u[2]
 * (conditional ones) behind the branch. Slots hold imm = the page offset to go to,
 * src = the operand size that masks IP, x.next = the chained block. Every target
 * is checked against the CS limit before anything changes (#GP(0) at the branch).
 */
#include "cpu/cond.h"
#include "cpu/exec.h"

/* A target within the page is below the limit: blocks of cut pages are never chained (BM_CAREFUL). */
INLINE void branch_taken(HANDLER_ARGS)
{
	return follow(c, u, left, u + 1);
}

static void jmp_rel(HANDLER_ARGS)
{
	return branch_taken(c, u, left);
}

INLINE void jcc(HANDLER_ARGS, int cond)
{
	if (cond_holds(c, cond))
		return follow(c, u, left, u + 1);
	return follow(c, u, left, u + 2);
}

#define JCC(n) HANDLER(jcc_##n, jcc, n)
JCC(0) JCC(1) JCC(2) JCC(3) JCC(4) JCC(5) JCC(6) JCC(7)
JCC(8) JCC(9) JCC(10) JCC(11) JCC(12) JCC(13) JCC(14) JCC(15)
static const uop_fn jcc_rows[16] = {
	jcc_0, jcc_1, jcc_2, jcc_3, jcc_4, jcc_5, jcc_6, jcc_7,
	jcc_8, jcc_9, jcc_10, jcc_11, jcc_12, jcc_13, jcc_14, jcc_15,
};

/* ---- LOOP, JCXZ: the address size chooses CX or ECX ----------------------------------------------- */

INLINE u32 counter(const struct cpu *c, const struct uop *u)
{
	return u->seg_scale & UOP_ADDR16 ? rd16(c, 8 * RCX) : rd32(c, 8 * RCX);
}

/* The target is checked before the counter changes; a far slot may fault, so the counter goes back first. */
INLINE void loop(HANDLER_ARGS, int op)
{
	u32 n = counter(c, u) - 1;
	bool is16 = u->seg_scale & UOP_ADDR16;
	bool taken = is16 ? (u16)n != 0 : n != 0;
	if (op == OP_LOOPE)
		taken = taken && flag_zf(c);
	if (op == OP_LOOPNE)
		taken = taken && !flag_zf(c);
	if (taken && unlikely(link_ip(c, u + 1) > c->cs_limit))
		return branch_fault(c, u, left);
	if (is16)
		wr16(c, 8 * RCX, n);
	else
		wr32(c, 8 * RCX, n);
	return follow(c, u, left, taken ? u + 1 : u + 2);
}
HANDLER(h_loop, loop, OP_LOOP)
HANDLER(h_loope, loop, OP_LOOPE)
HANDLER(h_loopne, loop, OP_LOOPNE)

static void h_jcxz(HANDLER_ARGS)
{
	return follow(c, u, left, counter(c, u) ? u + 2 : u + 1);
}

/* ---- CALL, RET, indirect JMP ------------------------------------------------------------------------ */

/* Pushes `v` (n bits): false when the short way fails. ss32 is the stack's size. */
INLINE bool push(HANDLER_ARGS, int n, bool ss32, enum twin twin, u32 v)
{
	u32 size = (u32)n / 8, sp = rd32(c, 8 * RSP) - size;
	u32 ea = ss32 ? sp : (u16)sp;
	if (twin == HOT) {
		u8 *p;
		if (!hot_ptr(c, SEG_SS << 5, ea, size, true, &p))
			return false;
		host_set(p, n, v);
	} else {
		sync_state(c, u, left);
		if (mem_store(c, SEG_SS, ea, (int)size, v))
			return false;
	}
	if (ss32)
		wr32(c, 8 * RSP, sp);
	else
		wr16(c, 8 * RSP, sp);
	return true;
}

/* A call to outside the CS limit: a fault of the push goes before #GP, as recorded. */
COLD static void call_outside(HANDLER_ARGS, int n, bool ss32)
{
	u32 size = (u32)n / 8, sp = rd32(c, 8 * RSP) - size;
	sync_state(c, u, left);
	if (mem_probe_store(c, SEG_SS, ss32 ? sp : (u16)sp, (int)size))
		return h_fault(c, u, left);
	return branch_fault(c, u, left);
}

INLINE void call_rel(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	if (unlikely(link_ip(c, u + 1) > c->cs_limit))
		return call_outside(c, u, left, n, ss32);
	u32 ret = (u32)(c->ip_base + uop_off(u) + (u32)uop_len(u));
	if (!push(c, u, left, n, ss32, twin, ret))
		return miss(c, u, left);
	if (twin == TWIN_COLD && c->attention)
		return leave_to(c, u, left, link_ip(c, u + 1));
	return follow(c, u, left, u + 1);
}

INLINE void call_ind(HANDLER_ARGS, int n, bool ss32, u32 target, enum twin twin, uop_fn miss)
{
	u32 ret = (u32)(c->ip_base + uop_off(u) + (u32)uop_len(u));
	if (unlikely(target > c->cs_limit))
		return call_outside(c, u, left, n, ss32);
	if (!push(c, u, left, n, ss32, twin, ret))
		return miss(c, u, left);
	return jump_to(c, u, left, target);
}

INLINE void call_r(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	return call_ind(c, u, left, n, ss32, rd_n(c, u->dst, n), twin, miss);
}

INLINE void call_m(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	u32 target;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &target))
		return miss(c, u, left);
	return call_ind(c, u, left, n, ss32, target, twin, miss);
}

INLINE void jmp_r(HANDLER_ARGS, int n)
{
	u32 target = rd_n(c, u->dst, n);
	if (unlikely(target > c->cs_limit))
		return branch_fault(c, u, left);
	return jump_to(c, u, left, target);
}

INLINE void jmp_m(HANDLER_ARGS, int n, enum twin twin, uop_fn miss)
{
	u32 target;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &target))
		return miss(c, u, left);
	if (unlikely(target > c->cs_limit))
		return branch_fault(c, u, left);
	return jump_to(c, u, left, target);
}

/* RET and RET imm16 (imm is 0 for the plain one). */
INLINE void ret(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	u32 size = (u32)n / 8, sp = rd32(c, 8 * RSP), target;
	u32 ea = ss32 ? sp : (u16)sp;
	if (twin == HOT) {
		u8 *p;
		if (!hot_ptr(c, SEG_SS << 5, ea, size, false, &p))
			return miss(c, u, left);
		target = host_get(p, n);
	} else {
		u64 v;
		sync_state(c, u, left);
		if (mem_load(c, SEG_SS, ea, (int)size, &v))
			return miss(c, u, left);
		target = (u32)v;
	}
	if (unlikely(target > c->cs_limit))
		return branch_fault(c, u, left);
	sp += size + u->imm;
	if (ss32)
		wr32(c, 8 * RSP, sp);
	else
		wr16(c, 8 * RSP, sp);
	return jump_to(c, u, left, target);
}

#define BRANCH_STACK(n, ss) \
	COLD HANDLER(call_rel_##n##_##ss##_cold, call_rel, n, ss == 32, TWIN_COLD, h_fault) \
	HANDLER(call_rel_##n##_##ss, call_rel, n, ss == 32, HOT, call_rel_##n##_##ss##_cold) \
	COLD HANDLER(call_r_##n##_##ss##_cold, call_r, n, ss == 32, TWIN_COLD, h_fault) \
	HANDLER(call_r_##n##_##ss, call_r, n, ss == 32, HOT, call_r_##n##_##ss##_cold) \
	COLD HANDLER(call_m_##n##_##ss##_cold, call_m, n, ss == 32, TWIN_COLD, h_fault) \
	HANDLER(call_m_##n##_##ss, call_m, n, ss == 32, HOT, call_m_##n##_##ss##_cold) \
	COLD HANDLER(ret_##n##_##ss##_cold, ret, n, ss == 32, TWIN_COLD, h_fault) \
	HANDLER(ret_##n##_##ss, ret, n, ss == 32, HOT, ret_##n##_##ss##_cold)
BRANCH_STACK(16, 16) BRANCH_STACK(16, 32) BRANCH_STACK(32, 16) BRANCH_STACK(32, 32)

#define BRANCH_IND(n) \
	HANDLER(jmp_r_##n, jmp_r, n) \
	COLD HANDLER(jmp_m_##n##_cold, jmp_m, n, TWIN_COLD, h_fault) \
	HANDLER(jmp_m_##n, jmp_m, n, HOT, jmp_m_##n##_cold)
BRANCH_IND(16) BRANCH_IND(32)

/* ---- choice --------------------------------------------------------------------------------------------- */

#define STACK_ROWS(name) {{name##_16_16, name##_16_32}, {name##_32_16, name##_32_32}}

uop_fn exec_branch(const struct form *f)
{
	static const uop_fn call_rel_rows[2][2] = STACK_ROWS(call_rel), call_r_rows[2][2] = STACK_ROWS(call_r);
	static const uop_fn call_m_rows[2][2] = STACK_ROWS(call_m), ret_rows[2][2] = STACK_ROWS(ret);
	const struct insn *in = f->in;
	int wide = in->opsize == 4;
	bool is_mem = in->o[0].kind == OPND_MEM, is_reg = in->o[0].kind == OPND_REG;
	switch (in->op) {
	case OP_JCC: return jcc_rows[in->cond];
	case OP_LOOP: return h_loop;
	case OP_LOOPE: return h_loope;
	case OP_LOOPNE: return h_loopne;
	case OP_JCXZ: return h_jcxz;
	case OP_RET: return ret_rows[wide][f->ss32];
	case OP_JMP:
		if (is_mem)
			return wide ? jmp_m_32 : jmp_m_16;
		return is_reg ? (wide ? jmp_r_32 : jmp_r_16) : jmp_rel;
	case OP_CALL:
		if (is_mem)
			return call_m_rows[wide][f->ss32];
		return is_reg ? call_r_rows[wide][f->ss32] : call_rel_rows[wide][f->ss32];
	default: return NULL;
	}
}
