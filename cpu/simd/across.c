/* across.c - integer operations that look across lanes: horizontal sums, products
 * summed in pairs, sums of differences, byte shifts, PTEST. SDM 2 by mnemonic.
 *
 * Where the MMX form differs it is the same text for half as many lanes.
 */
#include "cpu/simd/simd.h"

#define INLINE static inline __attribute__((always_inline))
#define UNUSED (void)imm, (void)c

/* ---- products summed in pairs ------------------------------------------------------------- */

static vec pmaddwd(vec va, vec vb, u32 imm, struct cpu *c)
{
	v8s16 a = (v8s16)va, b = (v8s16)vb;
	v4u32 r = {0};
	UNUSED;
	for (int i = 0; i < 4; i++)
		r[i] = (u32)(a[2 * i] * b[2 * i]) + (u32)(a[2 * i + 1] * b[2 * i + 1]);
	return (vec)r;
}

INLINE s16 clamp16(s32 v)
{
	return (s16)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
}

static vec pmaddubsw(vec va, vec vb, u32 imm, struct cpu *c)
{
	v16u8 a = (v16u8)va;
	v16s8 b = (v16s8)vb;
	v8s16 r = {0};
	UNUSED;
	for (int i = 0; i < 8; i++)
		r[i] = clamp16(a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1]);
	return (vec)r;
}

/* ---- sums of absolute differences ------------------------------------------------------------- */

INLINE u32 distance(u8 a, u8 b)
{
	return a > b ? (u32)(a - b) : (u32)(b - a);
}

static vec psadbw(vec va, vec vb, u32 imm, struct cpu *c)
{
	v16u8 a = (v16u8)va, b = (v16u8)vb;
	vec r = {0};
	UNUSED;
	for (int i = 0; i < 16; i++)
		r[i / 8] += distance(a[i], b[i]);
	return r;
}

static vec mpsadbw(vec va, vec vb, u32 imm, struct cpu *c)
{
	v16u8 a = (v16u8)va, b = (v16u8)vb;
	v8u16 r = {0};
	u32 from = imm >> 2 & 1 ? 4 : 0, block = 4 * (imm & 3);
	(void)c;
	for (u32 i = 0; i < 8; i++)
		for (u32 k = 0; k < 4; k++)
			r[i] = (u16)(r[i] + distance(a[from + i + k], b[block + k]));
	return (vec)r;
}

static vec phminposuw(vec va, vec vb, u32 imm, struct cpu *c)
{
	v8u16 b = (v8u16)vb;
	u32 at = 0;
	UNUSED;
	(void)va;
	for (u32 i = 1; i < 8; i++)
		at = b[i] < b[at] ? i : at;
	return simd_low(b[at] | at << 16);
}

/* ---- horizontal sums ------------------------------------------------------------------------------ */

enum horizontal { ADD, SUB, ADD_CLAMPED, SUB_CLAMPED };

INLINE u16 pair16(s16 x, s16 y, enum horizontal how)
{
	switch (how) {
	case ADD: return (u16)(x + y);
	case SUB: return (u16)(x - y);
	case ADD_CLAMPED: return (u16)clamp16(x + y);
	default: return (u16)clamp16(x - y);
	}
}

/* n: lanes of a register; the lower half of the result comes from a, the upper from b */
INLINE vec words(vec va, vec vb, int n, enum horizontal how)
{
	v8s16 a = (v8s16)va, b = (v8s16)vb;
	v8u16 r = {0};
	for (int i = 0; i < n / 2; i++) {
		r[i] = pair16(a[2 * i], a[2 * i + 1], how);
		r[n / 2 + i] = pair16(b[2 * i], b[2 * i + 1], how);
	}
	return (vec)r;
}

INLINE vec dwords(vec va, vec vb, int n, enum horizontal how)
{
	v4u32 a = (v4u32)va, b = (v4u32)vb, r = {0};
	for (int i = 0; i < n / 2; i++) {
		r[i] = how == ADD ? a[2 * i] + a[2 * i + 1] : a[2 * i] - a[2 * i + 1];
		r[n / 2 + i] = how == ADD ? b[2 * i] + b[2 * i + 1] : b[2 * i] - b[2 * i + 1];
	}
	return (vec)r;
}

#define HORIZONTAL(name, kind, n, how) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { UNUSED; return kind(a, b, n, how); }
HORIZONTAL(phaddw, words, 8, ADD) HORIZONTAL(phaddw_mmx, words, 4, ADD)
HORIZONTAL(phsubw, words, 8, SUB) HORIZONTAL(phsubw_mmx, words, 4, SUB)
HORIZONTAL(phaddsw, words, 8, ADD_CLAMPED) HORIZONTAL(phaddsw_mmx, words, 4, ADD_CLAMPED)
HORIZONTAL(phsubsw, words, 8, SUB_CLAMPED) HORIZONTAL(phsubsw_mmx, words, 4, SUB_CLAMPED)
HORIZONTAL(phaddd, dwords, 4, ADD) HORIZONTAL(phaddd_mmx, dwords, 2, ADD)
HORIZONTAL(phsubd, dwords, 4, SUB) HORIZONTAL(phsubd_mmx, dwords, 2, SUB)

/* ---- the register as one number --------------------------------------------------------------------- */

static vec psrldq(vec a, vec b, u32 imm, struct cpu *c)
{
	UNUSED;
	u64 n = b[0];
	if (n >= 16)
		return (vec){0};
	if (n >= 8)
		return (vec){a[1] >> 8 * (n - 8), 0};
	return n ? (vec){a[0] >> 8 * n | a[1] << (64 - 8 * n), a[1] >> 8 * n} : a;
}

static vec pslldq(vec a, vec b, u32 imm, struct cpu *c)
{
	UNUSED;
	u64 n = b[0];
	if (n >= 16)
		return (vec){0};
	if (n >= 8)
		return (vec){0, a[0] << 8 * (n - 8)};
	return n ? (vec){a[0] << 8 * n, a[1] << 8 * n | a[0] >> (64 - 8 * n)} : a;
}

static vec ptest(vec a, vec b, u32 imm, struct cpu *c)
{
	vec both = a & b, rest = ~a & b;
	(void)imm;
	flags_set_arith(c, (both[0] | both[1] ? 0 : FL_ZF) | (rest[0] | rest[1] ? 0 : FL_CF));
	return a;
}

/* ---- the table ---------------------------------------------------------------------------------------- */

#define BOTH(NAME, fn, mmx) [OP_##NAME - SIMD_FIRST] = {fn, mmx, 0, 0}

const struct simd_op *simd_across(u16 op)
{
	static const struct simd_op table[SIMD_COUNT] = {
		BOTH(PMADDWD, pmaddwd, pmaddwd), BOTH(PMADDUBSW, pmaddubsw, pmaddubsw),
		BOTH(PSADBW, psadbw, psadbw), BOTH(MPSADBW, mpsadbw, 0), BOTH(PHMINPOSUW, phminposuw, 0),
		BOTH(PHADDW, phaddw, phaddw_mmx), BOTH(PHSUBW, phsubw, phsubw_mmx),
		BOTH(PHADDSW, phaddsw, phaddsw_mmx), BOTH(PHSUBSW, phsubsw, phsubsw_mmx),
		BOTH(PHADDD, phaddd, phaddd_mmx), BOTH(PHSUBD, phsubd, phsubd_mmx),
		BOTH(PSRLDQ, psrldq, 0), BOTH(PSLLDQ, pslldq, 0), BOTH(PTEST, ptest, 0),
	};
	const struct simd_op *o = &table[op - SIMD_FIRST];
	return o->fn ? o : NULL;
}
