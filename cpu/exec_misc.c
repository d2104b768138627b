/* exec_misc.c - flag operations, NOPs, CMPXCHG CMPXCHG8B XADD, BOUND, CLFLUSH. SDM 2A/2B. */
#include "cpu/cond.h"
#include "cpu/exec.h"

static void nop(HANDLER_ARGS)
{
	return next(c, u, left);
}

static void lahf(HANDLER_ARGS)
{
	wr8(c, 8 * RAX + 1, (flags_arith(c) & 0xd5) | 2);
	return next(c, u, left);
}

static void sahf(HANDLER_ARGS)
{
	flags_set_arith(c, (flags_arith(c) & FL_OF) | (rd8(c, 8 * RAX + 1) & 0xd5));
	return next(c, u, left);
}

static void salc(HANDLER_ARGS)
{
	wr8(c, 8 * RAX, flag_cf(c) ? 0xff : 0);
	return next(c, u, left);
}

INLINE void change_cf(HANDLER_ARGS, u32 cf)
{
	set_cf(c, cf);
	return next(c, u, left);
}
HANDLER(clc, change_cf, 0)
HANDLER(stc, change_cf, 1)
HANDLER(cmc, change_cf, cf_get(c) ^ 1)

INLINE void set_df(HANDLER_ARGS, u8 df)
{
	c->df = df;
	return next(c, u, left);
}
HANDLER(cld, set_df, 0)
HANDLER(std, set_df, 1)

/* ---- CMPXCHG, XADD ----------------------------------------------------------------------------- */

INLINE void cmpxchg_r(HANDLER_ARGS, int n)
{
	u32 acc = rd_n(c, 8 * RAX, n), a = rd_n(c, u->dst, n);
	cmp_flags(c, n, acc, a);
	if (acc == a)
		wr_n(c, u->dst, n, rd_n(c, u->src, n));
	else
		wr_n(c, 8 * RAX, n, a);
	return next(c, u, left);
}

/* The destination is always written: with the old value when the comparison fails. */
INLINE void cmpxchg_m(HANDLER_ARGS, int n, enum twin twin, uop_fn miss)
{
	struct place at;
	u32 acc = rd_n(c, 8 * RAX, n), a;
	if (!rmw_open(c, u, left, ea_any(c, u), n, twin, &at, &a))
		return miss(c, u, left);
	rmw_close(c, u, &at, n, twin, acc == a ? rd_n(c, u->src, n) : a);
	cmp_flags(c, n, acc, a);
	if (acc != a)
		wr_n(c, 8 * RAX, n, a);
	return finish(c, u, left, twin);
}

INLINE void xadd_r(HANDLER_ARGS, int n)
{
	u32 a = rd_n(c, u->dst, n), b = rd_n(c, u->src, n);
	add_flags(c, n, a, b);
	wr_n(c, u->src, n, a);
	wr_n(c, u->dst, n, a + b);
	return next(c, u, left);
}

INLINE void xadd_m(HANDLER_ARGS, int n, enum twin twin, uop_fn miss)
{
	struct place at;
	u32 a, b = rd_n(c, u->src, n);
	if (!rmw_open(c, u, left, ea_any(c, u), n, twin, &at, &a))
		return miss(c, u, left);
	rmw_close(c, u, &at, n, twin, a + b);
	add_flags(c, n, a, b);
	wr_n(c, u->src, n, a);
	return finish(c, u, left, twin);
}

#define RM_SIZE(name, n) \
	HANDLER(name##n##_rr, name##_r, n) \
	COLD HANDLER(name##n##_mr_cold, name##_m, n, TWIN_COLD, h_fault) \
	HANDLER(name##n##_mr, name##_m, n, HOT, name##n##_mr_cold)
RM_SIZE(cmpxchg, 8) RM_SIZE(cmpxchg, 16) RM_SIZE(cmpxchg, 32)
RM_SIZE(xadd, 8) RM_SIZE(xadd, 16) RM_SIZE(xadd, 32)
#define RM_ROWS(name) {{name##8_rr, name##8_mr}, {name##16_rr, name##16_mr}, {name##32_rr, name##32_mr}}

static __attribute__((noinline)) int cmpxchg8b_do(struct cpu *c, const struct uop *u)
{
	u64 want = (u64)rd32(c, 8 * RDX) << 32 | rd32(c, 8 * RAX), have;
	u64 fresh = (u64)rd32(c, 8 * RCX) << 32 | rd32(c, 8 * RBX);
	int seg = uop_seg(u);
	u32 ea = ea_any(c, u);
	if (mem_probe_store(c, seg, ea, 8) || mem_load(c, seg, ea, 8, &have))
		return -1;
	mem_store(c, seg, ea, 8, have == want ? fresh : have);
	flags_set_arith(c, (flags_arith(c) & ~(u32)FL_ZF) | (have == want ? FL_ZF : 0));
	if (have != want) {
		wr32(c, 8 * RAX, (u32)have);
		wr32(c, 8 * RDX, (u32)(have >> 32));
	}
	return 0;
}

static void cmpxchg8b(HANDLER_ARGS)
{
	sync_state(c, u, left);
	if (cmpxchg8b_do(c, u))
		return h_fault(c, u, left);
	return finish(c, u, left, TWIN_COLD);
}

/* 0: inside the bounds; -1: a fault is raised. */
static __attribute__((noinline)) int bound_do(struct cpu *c, const struct uop *u, int n)
{
	int seg = uop_seg(u), size = n / 8;
	u32 ea = ea_any(c, u), mask = u->seg_scale & UOP_ADDR16 ? 0xffff : 0xffffffff;
	u64 low, high;
	s64 index = (s64)sext(rd_n(c, u->dst, n), n);
	if (mem_load(c, seg, ea, size, &low))
		return -1;
	bool below = index < (s64)sext((u32)low, n); /* then the upper bound is not read */
	if (!below && mem_load(c, seg, (ea + (u32)size) & mask, size, &high))
		return -1;
	if (!below && index <= (s64)sext((u32)high, n))
		return 0;
	cpu_raise_plain(c, VEC_BR, "index outside the bounds", "SDM 2A BOUND");
	return -1;
}

INLINE void bound(HANDLER_ARGS, int n)
{
	sync_state(c, u, left);
	if (bound_do(c, u, n))
		return h_fault(c, u, left);
	return next(c, u, left);
}
HANDLER(bound16, bound, 16)
HANDLER(bound32, bound, 32)

/* The checks of a byte load, but execute-only segments will do: SDM 2A CLFLUSH. Memory needs no flushing. */
static __attribute__((noinline)) int clflush_do(struct cpu *c, const struct uop *u)
{
	struct segment s = c->hw->seg[uop_seg(u)];
	lin_t lin;
	s.attr |= s.attr & SEG_CODE ? SEG_RW : 0;
	if (seg_linear(c, &s, ea_any(c, u), 1, ACC_READ, uop_seg(u) == SEG_SS ? VEC_SS : VEC_GP, 0, &lin))
		return -1;
	if (mmu_probe(c->mmu, lin, 1, c->acc) == 0)
		return 0;
	cpu_raise_pf(c);
	return -1;
}

static void clflush(HANDLER_ARGS)
{
	sync_state(c, u, left);
	if (clflush_do(c, u))
		return h_fault(c, u, left);
	return next(c, u, left);
}

uop_fn exec_misc(const struct form *f)
{
	static const uop_fn cmpxchg_rows[3][2] = RM_ROWS(cmpxchg), xadd_rows[3][2] = RM_ROWS(xadd);
	const struct insn *in = f->in;
	int size = size_index(in->opsize);
	switch (in->op) {
	case OP_NOP: case OP_PAUSE: case OP_PREFETCH: case OP_LFENCE: case OP_MFENCE: case OP_SFENCE:
		return nop;
	case OP_LAHF: return lahf;
	case OP_SAHF: return sahf;
	case OP_SALC: return salc;
	case OP_CLC: return clc;
	case OP_STC: return stc;
	case OP_CMC: return cmc;
	case OP_CLD: return cld;
	case OP_STD: return std;
	case OP_CMPXCHG: return cmpxchg_rows[size][in->has_mem];
	case OP_XADD: return xadd_rows[size][in->has_mem];
	case OP_CMPXCHG8B: return cmpxchg8b;
	case OP_CLFLUSH: return clflush;
	case OP_BOUND: return size == 1 ? bound16 : bound32;
	default: return NULL;
	}
}
