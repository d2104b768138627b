/* exec_bmi.c - counting, extracting and depositing bits: POPCNT LZCNT TZCNT, BMI1,
 * BMI2, ADCX ADOX, CRC32, MOVBE. SDM 2 by mnemonic.
 *
 * Three-operand forms: dst is the first operand, src the E operand when it is a
 * register, imm the offset of the VEX.vvvv register (RORX: the count). Undefined flags
 * are as recorded on a recent Intel processor: what is not named is cleared.
 */
#include "cpu/exec.h"

/* ---- flags ------------------------------------------------------------------------------- */

/* SF and ZF of the result, CF */
INLINE void result_flags(struct cpu *c, u32 r, bool cf)
{
	flags_set_arith(c, (cf ? FL_CF : 0) | (r ? 0 : FL_ZF) | (r >> 31 ? FL_SF : 0));
}

/* ---- two operands, 16 or 32 bits ------------------------------------------------------------ */

INLINE u32 count(struct cpu *c, int op, int n, u32 v)
{
	u32 r;
	switch (op) {
	case OP_POPCNT:
		flags_set_arith(c, v ? 0 : FL_ZF);
		return (u32)__builtin_popcount(v);
	case OP_TZCNT: r = v ? (u32)__builtin_ctz(v) : (u32)n; break;
	default: r = v ? (u32)__builtin_clz(v) - (u32)(32 - n) : (u32)n; break;
	}
	flags_set_arith(c, (v ? 0 : FL_CF) | (r ? 0 : FL_ZF));
	return r;
}

INLINE void count_r(HANDLER_ARGS, int op, int n)
{
	wr_n(c, u->dst, n, count(c, op, n, rd_n(c, u->src, n)));
	return next(c, u, left);
}

INLINE void count_m(HANDLER_ARGS, int op, int n, enum twin twin, uop_fn miss)
{
	u32 v;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &v))
		return miss(c, u, left);
	wr_n(c, u->dst, n, count(c, op, n, v));
	return finish(c, u, left, twin);
}

#define COUNT_SIZE(OP, n) \
	HANDLER(OP##n##_r, count_r, OP_##OP, n) \
	COLD HANDLER(OP##n##_m_cold, count_m, OP_##OP, n, TWIN_COLD, h_fault) \
	HANDLER(OP##n##_m, count_m, OP_##OP, n, HOT, OP##n##_m_cold)
#define COUNT_OP(OP) COUNT_SIZE(OP, 16) COUNT_SIZE(OP, 32)
COUNT_OP(POPCNT) COUNT_OP(TZCNT) COUNT_OP(LZCNT)

INLINE u32 swapped(u32 v, int n)
{
	return n == 16 ? __builtin_bswap16((u16)v) : __builtin_bswap32(v);
}

INLINE void movbe_load(HANDLER_ARGS, int n, enum twin twin, uop_fn miss)
{
	u32 v;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &v))
		return miss(c, u, left);
	wr_n(c, u->dst, n, swapped(v, n));
	return finish(c, u, left, twin);
}

INLINE void movbe_store(HANDLER_ARGS, int n, enum twin twin, uop_fn miss)
{
	if (!store_at(c, u, left, ea_any(c, u), n, twin, swapped(rd_n(c, u->dst, n), n)))
		return miss(c, u, left);
	return finish(c, u, left, twin);
}

#define MOVBE_SIZE(n) \
	COLD HANDLER(load##n##_be_cold, movbe_load, n, TWIN_COLD, h_fault) HANDLER(load##n##_be, movbe_load, n, HOT, load##n##_be_cold) \
	COLD HANDLER(store##n##_be_cold, movbe_store, n, TWIN_COLD, h_fault) HANDLER(store##n##_be, movbe_store, n, HOT, store##n##_be_cold)
MOVBE_SIZE(16) MOVBE_SIZE(32)

/* ---- CRC32: 11EDC6F41, bits reflected -------------------------------------------------------------- */

static __attribute__((noinline)) u32 crc32c(u32 crc, u32 v, int bits)
{
	crc ^= v;
	for (int i = 0; i < bits; i++)
		crc = crc >> 1 ^ (0x82f63b78 & (0u - (crc & 1)));
	return crc;
}

INLINE void crc_r(HANDLER_ARGS, int n)
{
	wr32(c, u->dst, crc32c(rd32(c, u->dst), rd_n(c, u->src, n), n));
	return next(c, u, left);
}

INLINE void crc_m(HANDLER_ARGS, int n, enum twin twin, uop_fn miss)
{
	u32 v;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &v))
		return miss(c, u, left);
	wr32(c, u->dst, crc32c(rd32(c, u->dst), v, n));
	return finish(c, u, left, twin);
}

#define CRC_SIZE(n) \
	HANDLER(crc##n##_r, crc_r, n) \
	COLD HANDLER(crc##n##_m_cold, crc_m, n, TWIN_COLD, h_fault) HANDLER(crc##n##_m, crc_m, n, HOT, crc##n##_m_cold)
CRC_SIZE(8) CRC_SIZE(16) CRC_SIZE(32)

/* ---- ADCX, ADOX: two carry chains ---------------------------------------------------------------------- */

INLINE void add_chain(struct cpu *c, const struct uop *u, int op, u32 e)
{
	u32 cf = cf_get(c), of = (u32)(c->fl_cc >> 31 ^ c->fl_cc >> 30) & 1;
	u64 sum = (u64)rd32(c, u->dst) + e + (op == OP_ADCX ? cf : of);
	u32 carry = (u32)(sum >> 32);
	wr32(c, u->dst, (u32)sum);
	c->fl_cc = (c->fl_cc & ~(u64)0xc0000000) | (op == OP_ADCX ? cc_make(carry, of) : cc_make(cf, carry));
}

/* ---- three operands --------------------------------------------------------------------------------------- */

static __attribute__((noinline)) u32 deposit(u32 v, u32 mask)
{
	u32 r = 0;
	for (; mask; mask &= mask - 1, v >>= 1)
		if (v & 1)
			r |= mask & (0u - mask);
	return r;
}

static __attribute__((noinline)) u32 extract(u32 v, u32 mask)
{
	u32 r = 0;
	for (u32 bit = 1; mask; mask &= mask - 1, bit <<= 1)
		if (v & mask & (0u - mask))
			r |= bit;
	return r;
}

INLINE u32 bit_field(u32 v, u32 control)
{
	u32 start = control & 0xff, len = control >> 8 & 0xff;
	v = start < 32 ? v >> start : 0;
	return len < 32 ? v & ((1u << len) - 1) : v;
}

/* e: the E operand, b: the VEX.vvvv register or RORX's count */
INLINE void vex_op(struct cpu *c, const struct uop *u, int op, u32 e, u32 b)
{
	u32 r, n = b & 31;
	switch (op) {
	case OP_ANDN: r = ~b & e; result_flags(c, r, 0); break;
	case OP_BLSR: r = e & (e - 1); result_flags(c, r, e == 0); break;
	case OP_BLSMSK: r = e ^ (e - 1); result_flags(c, r, e == 0); break;
	case OP_BLSI: r = e & (0u - e); result_flags(c, r, e != 0); break;
	case OP_BZHI: n = b & 0xff; r = n < 32 ? e & ((1u << n) - 1) : e; result_flags(c, r, n > 31); break;
	case OP_BEXTR: r = bit_field(e, b); flags_set_arith(c, r ? 0 : FL_ZF); break;
	case OP_PDEP: r = deposit(b, e); break;
	case OP_PEXT: r = extract(b, e); break;
	case OP_RORX: r = n ? e >> n | e << (32 - n) : e; break;
	case OP_SARX: r = (u32)((s32)e >> n); break;
	case OP_SHLX: r = e << n; break;
	default: r = e >> n; break;
	}
	wr32(c, u->dst, r);
}

/* MULX: the low half first; the same register twice gets the high half */
INLINE void mulx(struct cpu *c, const struct uop *u, u32 e)
{
	u64 product = (u64)rd32(c, 8 * RDX) * e;
	wr32(c, (u8)u->imm, (u32)product);
	wr32(c, u->dst, (u32)(product >> 32));
}

INLINE void any_op(struct cpu *c, const struct uop *u, int op, u32 e)
{
	if (op == OP_ADCX || op == OP_ADOX)
		add_chain(c, u, op, e);
	else if (op == OP_MULX)
		mulx(c, u, e);
	else
		vex_op(c, u, op, e, op == OP_RORX ? u->imm : rd32(c, (u8)u->imm));
}

INLINE void any_r(HANDLER_ARGS, int op)
{
	any_op(c, u, op, rd32(c, u->src));
	return next(c, u, left);
}

INLINE void any_m(HANDLER_ARGS, int op, enum twin twin, uop_fn miss)
{
	u32 e;
	if (!load_at(c, u, left, ea_any(c, u), 32, twin, &e))
		return miss(c, u, left);
	any_op(c, u, op, e);
	return finish(c, u, left, twin);
}

#define ANY(OP) \
	HANDLER(OP##_r, any_r, OP_##OP) \
	COLD HANDLER(OP##_m_cold, any_m, OP_##OP, TWIN_COLD, h_fault) HANDLER(OP##_m, any_m, OP_##OP, HOT, OP##_m_cold)
ANY(ANDN) ANY(BLSR) ANY(BLSMSK) ANY(BLSI) ANY(BZHI) ANY(BEXTR) ANY(PDEP) ANY(PEXT) ANY(MULX) ANY(RORX) ANY(SARX) ANY(SHLX)
ANY(SHRX) ANY(ADCX) ANY(ADOX)

/* ---- the choice --------------------------------------------------------------------------------------------- */

static uop_fn three_operands(const struct insn *in)
{
#define ROW(OP) {OP_##OP, {OP##_r, OP##_m}}
	static const struct {
		u16 op;
		uop_fn fn[2];
	} rows[] = {
		ROW(ANDN), ROW(BLSR), ROW(BLSMSK), ROW(BLSI), ROW(BZHI), ROW(BEXTR), ROW(PDEP), ROW(PEXT), ROW(MULX), ROW(RORX),
		ROW(SARX), ROW(SHLX), ROW(SHRX), ROW(ADCX), ROW(ADOX),
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].op == in->op)
			return rows[i].fn[in->has_mem];
	return NULL;
}

/* Which of operands 2 and 3 is E, which the register of VEX.vvvv? */
static void fill_operands(const struct insn *in, struct uop *u)
{
	bool e_first = in->op == OP_BZHI || in->op == OP_BEXTR || in->op == OP_SHLX || in->op == OP_SARX || in->op == OP_SHRX;
	const struct operand *e = &in->o[e_first || in->op == OP_RORX ? 1 : 2], *b = &in->o[e_first ? 2 : 1];
	if (in->noperands != 3)
		return;
	u->src = e->kind == OPND_REG ? (u8)(e->reg * 8) : 0;
	if (in->op != OP_RORX)
		u->imm = b->reg * 8u;
}

uop_fn exec_bmi(const struct form *f, struct uop *u)
{
	static const uop_fn counts[3][2][2] = {
		{{POPCNT16_r, POPCNT16_m}, {POPCNT32_r, POPCNT32_m}},
		{{TZCNT16_r, TZCNT16_m}, {TZCNT32_r, TZCNT32_m}},
		{{LZCNT16_r, LZCNT16_m}, {LZCNT32_r, LZCNT32_m}},
	};
	static const uop_fn movbe[2][2] = {{load16_be, load32_be}, {store16_be, store32_be}};
	static const uop_fn crc[2][3] = {{crc8_r, crc16_r, crc32_r}, {crc8_m, crc16_m, crc32_m}};
	const struct insn *in = f->in;
	int wide = in->opsize == 4;
	switch (in->op) {
	case OP_POPCNT: return counts[0][wide][in->has_mem];
	case OP_TZCNT: return counts[1][wide][in->has_mem];
	case OP_LZCNT: return counts[2][wide][in->has_mem];
	case OP_MOVBE: return movbe[in->o[0].kind == OPND_MEM][wide];
	case OP_CRC32: return crc[in->has_mem][size_index(in->o[1].size)];
	default: break;
	}
	uop_fn fn = three_operands(in);
	if (fn)
		fill_operands(in, u);
	return fn;
}
