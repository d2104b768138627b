/* exec_mov.c - MOV MOVZX MOVSX LEA XCHG, CBW CWD BSWAP XLAT, SETcc CMOVcc.
 * SDM 2A/2B. No flags are written here.
 */
#include "cpu/cond.h"
#include "cpu/exec.h"

INLINE void mov_rr(HANDLER_ARGS, int n)
{
	wr_n(c, u->dst, n, rd_n(c, u->src, n));
	return next(c, u, left);
}

INLINE void mov_ri(HANDLER_ARGS, int n)
{
	wr_n(c, u->dst, n, u->imm);
	return next(c, u, left);
}

/* Loads `from` bits, writes `to` bits, extending by sign or zero. */
INLINE void mov_rm(HANDLER_ARGS, int from, int to, bool is_signed, int av, enum twin twin, uop_fn miss)
{
	u32 v;
	if (!load_at(c, u, left, ea_select(c, u, av), from, twin, &v))
		return miss(c, u, left);
	wr_n(c, u->dst, to, is_signed ? (u32)sext(v, from) : v);
	return finish(c, u, left, twin);
}

INLINE void movx_rr(HANDLER_ARGS, int from, int to, bool is_signed)
{
	u32 v = rd_n(c, u->src, from);
	wr_n(c, u->dst, to, is_signed ? (u32)sext(v, from) : v);
	return next(c, u, left);
}

INLINE void mov_mx(HANDLER_ARGS, int n, bool is_imm, int av, enum twin twin, uop_fn miss)
{
	if (!store_at(c, u, left, ea_select(c, u, av), n, twin, is_imm ? u->imm : rd_n(c, u->src, n)))
		return miss(c, u, left);
	return finish(c, u, left, twin);
}


#define MOV_SIZE(n) \
	HANDLER(mov##n##_rr, mov_rr, n) \
	HANDLER(mov##n##_ri, mov_ri, n) \
	COLD HANDLER(mov##n##_rm_cold, mov_rm, n, n, false, AV_ANY, TWIN_COLD, h_fault) \
	COLD HANDLER(mov##n##_mr_cold, mov_mx, n, false, AV_ANY, TWIN_COLD, h_fault) \
	COLD HANDLER(mov##n##_mi_cold, mov_mx, n, true, AV_ANY, TWIN_COLD, h_fault) \
	MOV_AV(n, AV_BD) MOV_AV(n, AV_FULL) MOV_AV(n, AV_16)
#define MOV_AV(n, AV) \
	HANDLER(mov##n##_rm_##AV, mov_rm, n, n, false, AV, HOT, mov##n##_rm_cold) \
	HANDLER(mov##n##_mr_##AV, mov_mx, n, false, AV, HOT, mov##n##_mr_cold) \
	HANDLER(mov##n##_mi_##AV, mov_mx, n, true, AV, HOT, mov##n##_mi_cold)

MOV_SIZE(8) MOV_SIZE(16) MOV_SIZE(32)

static const struct {
	uop_fn rr, ri, rm[AV_COUNT], mr[AV_COUNT], mi[AV_COUNT];
} mov_rows[3] = {
	{mov8_rr, mov8_ri, ROW_AV(mov8_rm), ROW_AV(mov8_mr), ROW_AV(mov8_mi)},
	{mov16_rr, mov16_ri, ROW_AV(mov16_rm), ROW_AV(mov16_mr), ROW_AV(mov16_mi)},
	{mov32_rr, mov32_ri, ROW_AV(mov32_rm), ROW_AV(mov32_mr), ROW_AV(mov32_mi)},
};

#define MOVX_KIND(name, from, to, is_signed) \
	HANDLER(name##_rr, movx_rr, from, to, is_signed) \
	COLD HANDLER(name##_cold, mov_rm, from, to, is_signed, AV_ANY, TWIN_COLD, h_fault) \
	HANDLER(name##_AV_BD, mov_rm, from, to, is_signed, AV_BD, HOT, name##_cold) \
	HANDLER(name##_AV_FULL, mov_rm, from, to, is_signed, AV_FULL, HOT, name##_cold) \
	HANDLER(name##_AV_16, mov_rm, from, to, is_signed, AV_16, HOT, name##_cold)

MOVX_KIND(movzx_8_16, 8, 16, false) MOVX_KIND(movzx_8_32, 8, 32, false) MOVX_KIND(movzx_16_32, 16, 32, false)
MOVX_KIND(movsx_8_16, 8, 16, true) MOVX_KIND(movsx_8_32, 8, 32, true) MOVX_KIND(movsx_16_32, 16, 32, true)

struct movx_row {
	uop_fn rr, rm[AV_COUNT];
};
#define MOVX_ROW(name) {name##_rr, ROW_AV(name)}
static const struct movx_row movx_rows[2][3] = { /* [signed][8->16, 8->32, 16->32] */
	{MOVX_ROW(movzx_8_16), MOVX_ROW(movzx_8_32), MOVX_ROW(movzx_16_32)},
	{MOVX_ROW(movsx_8_16), MOVX_ROW(movsx_8_32), MOVX_ROW(movsx_16_32)},
};

/* ---- LEA, XCHG ------------------------------------------------------------------------------- */

INLINE void lea(HANDLER_ARGS, int n, int av)
{
	wr_n(c, u->dst, n, ea_of(c, u, av));
	return next(c, u, left);
}

#define LEA_ROW(n) HANDLER(lea##n##_AV_BD, lea, n, AV_BD) HANDLER(lea##n##_AV_FULL, lea, n, AV_FULL) \
	HANDLER(lea##n##_AV_16, lea, n, AV_16)
LEA_ROW(16) LEA_ROW(32)
static const uop_fn lea_rows[2][AV_COUNT] = {ROW_AV(lea16), ROW_AV(lea32)};

INLINE void xchg_rr(HANDLER_ARGS, int n)
{
	u32 a = rd_n(c, u->dst, n), b = rd_n(c, u->src, n);
	wr_n(c, u->dst, n, b);
	wr_n(c, u->src, n, a);
	return next(c, u, left);
}

INLINE void xchg_mr(HANDLER_ARGS, int n, enum twin twin, uop_fn miss)
{
	struct place at;
	u32 a, b = rd_n(c, u->src, n);
	if (!rmw_open(c, u, left, ea_any(c, u), n, twin, &at, &a))
		return miss(c, u, left);
	rmw_close(c, u, &at, n, twin, b);
	wr_n(c, u->src, n, a);
	return finish(c, u, left, twin);
}

#define XCHG_SIZE(n) \
	HANDLER(xchg##n##_rr, xchg_rr, n) \
	COLD HANDLER(xchg##n##_mr_cold, xchg_mr, n, TWIN_COLD, h_fault) \
	HANDLER(xchg##n##_mr, xchg_mr, n, HOT, xchg##n##_mr_cold)
XCHG_SIZE(8) XCHG_SIZE(16) XCHG_SIZE(32)
static const uop_fn xchg_rows[3][2] = {{xchg8_rr, xchg8_mr}, {xchg16_rr, xchg16_mr}, {xchg32_rr, xchg32_mr}};

/* ---- CBW, CWD, BSWAP, XLAT ----------------------------------------------------------------------- */

static void cbw(HANDLER_ARGS)
{
	wr16(c, 8 * RAX, (u32)(s32)(s8)c->r[RAX]);
	return next(c, u, left);
}

static void cwde(HANDLER_ARGS)
{
	wr32(c, 8 * RAX, (u32)(s32)(s16)c->r[RAX]);
	return next(c, u, left);
}

static void cwd(HANDLER_ARGS)
{
	wr16(c, 8 * RDX, c->r[RAX] & 0x8000 ? 0xffff : 0);
	return next(c, u, left);
}

static void cdq(HANDLER_ARGS)
{
	wr32(c, 8 * RDX, c->r[RAX] & 0x80000000 ? ~0u : 0);
	return next(c, u, left);
}

static void bswap32(HANDLER_ARGS)
{
	wr32(c, u->dst, __builtin_bswap32(rd32(c, u->dst)));
	return next(c, u, left);
}

static void bswap16(HANDLER_ARGS) /* undefined; real processors clear the word */
{
	wr16(c, u->dst, 0);
	return next(c, u, left);
}

INLINE void xlat(HANDLER_ARGS, enum twin twin, uop_fn miss)
{
	u32 v, ea = rd32(c, 8 * RBX) + rd8(c, 8 * RAX);
	if (u->seg_scale & UOP_ADDR16)
		ea = (u16)ea;
	if (!load_at(c, u, left, ea, 8, twin, &v))
		return miss(c, u, left);
	wr8(c, 8 * RAX, v);
	return finish(c, u, left, twin);
}
COLD HANDLER(xlat_cold, xlat, TWIN_COLD, h_fault)
HANDLER(xlat_hot, xlat, HOT, xlat_cold)

/* ---- SETcc, CMOVcc --------------------------------------------------------------------------------- */

INLINE void setcc_r(HANDLER_ARGS, int cond)
{
	wr8(c, u->dst, cond_holds(c, cond));
	return next(c, u, left);
}

INLINE void setcc_m(HANDLER_ARGS, enum twin twin, uop_fn miss)
{
	if (!store_at(c, u, left, ea_any(c, u), 8, twin, cond_holds(c, u->imm)))
		return miss(c, u, left);
	return finish(c, u, left, twin);
}
COLD HANDLER(setcc_m_cold, setcc_m, TWIN_COLD, h_fault)
HANDLER(setcc_m_hot, setcc_m, HOT, setcc_m_cold)

/* With a 32-bit operand the upper half is cleared (in long mode) whether or not the condition holds. */
INLINE void cmov_rr(HANDLER_ARGS, int n)
{
	wr_n(c, u->dst, n, cond_holds(c, u->imm) ? rd_n(c, u->src, n) : rd_n(c, u->dst, n));
	return next(c, u, left);
}

INLINE void cmov_rm(HANDLER_ARGS, int n, enum twin twin, uop_fn miss)
{
	u32 v; /* read, and may fault, whatever the condition */
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &v))
		return miss(c, u, left);
	wr_n(c, u->dst, n, cond_holds(c, u->imm) ? v : rd_n(c, u->dst, n));
	return finish(c, u, left, twin);
}

#define CMOV_SIZE(n) \
	HANDLER(cmov##n##_rr, cmov_rr, n) \
	COLD HANDLER(cmov##n##_rm_cold, cmov_rm, n, TWIN_COLD, h_fault) \
	HANDLER(cmov##n##_rm, cmov_rm, n, HOT, cmov##n##_rm_cold)
CMOV_SIZE(16) CMOV_SIZE(32)

#define SETCC(n) HANDLER(setcc_##n, setcc_r, n)
SETCC(0) SETCC(1) SETCC(2) SETCC(3) SETCC(4) SETCC(5) SETCC(6) SETCC(7)
SETCC(8) SETCC(9) SETCC(10) SETCC(11) SETCC(12) SETCC(13) SETCC(14) SETCC(15)
static const uop_fn setcc_rows[16] = {
	setcc_0, setcc_1, setcc_2, setcc_3, setcc_4, setcc_5, setcc_6, setcc_7,
	setcc_8, setcc_9, setcc_10, setcc_11, setcc_12, setcc_13, setcc_14, setcc_15,
};

/* ---- choice ------------------------------------------------------------------------------------------ */

static uop_fn choose_mov(const struct form *f, int size)
{
	const struct insn *in = f->in;
	if (in->o[0].kind == OPND_MEM)
		return in->o[1].kind == OPND_IMM ? mov_rows[size].mi[f->av] : mov_rows[size].mr[f->av];
	if (in->o[1].kind == OPND_MEM)
		return mov_rows[size].rm[f->av];
	return in->o[1].kind == OPND_IMM ? mov_rows[size].ri : mov_rows[size].rr;
}

static uop_fn choose_movx(const struct form *f)
{
	const struct insn *in = f->in;
	int from = in->o[1].size, to = in->o[0].size;
	bool is_mem = in->o[1].kind == OPND_MEM;
	if (from == to) /* 66-prefixed MOVZX r16, r/m16 */
		return is_mem ? mov_rows[size_index(to)].rm[f->av] : mov_rows[size_index(to)].rr;
	const struct movx_row *row = &movx_rows[in->op == OP_MOVSX][from == 2 ? 2 : to == 2 ? 0 : 1];
	return is_mem ? row->rm[f->av] : row->rr;
}

uop_fn exec_mov(const struct form *f)
{
	const struct insn *in = f->in;
	int size = size_index(in->opsize);
	bool is_mem = in->o[0].kind == OPND_MEM || in->o[1].kind == OPND_MEM;
	switch (in->op) {
	case OP_MOV: return choose_mov(f, size_index(in->o[0].size ? in->o[0].size : in->opsize));
	case OP_MOVZX:
	case OP_MOVSX: return choose_movx(f);
	case OP_LEA: return lea_rows[size == 2][f->av];
	case OP_XCHG: return xchg_rows[size][is_mem];
	case OP_CBW: return size == 1 ? cbw : cwde;
	case OP_CWD: return size == 1 ? cwd : cdq;
	case OP_BSWAP: return size == 1 ? bswap16 : bswap32;
	case OP_XLAT: return xlat_hot;
	case OP_SETCC: return in->o[0].kind == OPND_MEM ? setcc_m_hot : setcc_rows[in->cond];
	case OP_CMOVCC: return is_mem ? (size == 1 ? cmov16_rm : cmov32_rm) : (size == 1 ? cmov16_rr : cmov32_rr);
	default: return NULL;
	}
}
