/* shuffle.c - interleaving, packing, permuting, aligning. SDM 2 by mnemonic. */
#include "cpu/simd/simd.h"

#define INLINE static inline __attribute__((always_inline))
#define UNUSED (void)imm, (void)c

/* ---- interleaving: n bytes or words or dwords of a half, first from a ------------------------ */

INLINE vec bytes_mixed(vec va, vec vb, int from, int n)
{
	v16u8 a = (v16u8)va, b = (v16u8)vb, r = {0};
	for (int i = 0; i < n; i++) {
		r[2 * i] = a[from + i];
		r[2 * i + 1] = b[from + i];
	}
	return (vec)r;
}

INLINE vec words_mixed(vec va, vec vb, int from, int n)
{
	v8u16 a = (v8u16)va, b = (v8u16)vb, r = {0};
	for (int i = 0; i < n; i++) {
		r[2 * i] = a[from + i];
		r[2 * i + 1] = b[from + i];
	}
	return (vec)r;
}

INLINE vec dwords_mixed(vec va, vec vb, int from, int n)
{
	v4u32 a = (v4u32)va, b = (v4u32)vb, r = {0};
	for (int i = 0; i < n; i++) {
		r[2 * i] = a[from + i];
		r[2 * i + 1] = b[from + i];
	}
	return (vec)r;
}

#define MIXED(name, kind, from, n) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { UNUSED; return kind(a, b, from, n); }
MIXED(punpcklbw, bytes_mixed, 0, 8) MIXED(punpcklbw_mmx, bytes_mixed, 0, 4)
MIXED(punpckhbw, bytes_mixed, 8, 8) MIXED(punpckhbw_mmx, bytes_mixed, 4, 4)
MIXED(punpcklwd, words_mixed, 0, 4) MIXED(punpcklwd_mmx, words_mixed, 0, 2)
MIXED(punpckhwd, words_mixed, 4, 4) MIXED(punpckhwd_mmx, words_mixed, 2, 2)
MIXED(punpckldq, dwords_mixed, 0, 2) MIXED(punpckldq_mmx, dwords_mixed, 0, 1)
MIXED(punpckhdq, dwords_mixed, 2, 2) MIXED(punpckhdq_mmx, dwords_mixed, 1, 1)

static vec punpcklqdq(vec a, vec b, u32 imm, struct cpu *c)
{
	UNUSED;
	return (vec){a[0], b[0]};
}

static vec punpckhqdq(vec a, vec b, u32 imm, struct cpu *c)
{
	UNUSED;
	return (vec){a[1], b[1]};
}

/* ---- packing: n lanes of each, with saturation --------------------------------------------------- */

INLINE s32 clamp(s32 v, s32 low, s32 high)
{
	return v < low ? low : v > high ? high : v;
}

INLINE vec words_packed(vec va, vec vb, int n, s32 low, s32 high)
{
	v8s16 a = (v8s16)va, b = (v8s16)vb;
	v16u8 r = {0};
	for (int i = 0; i < n; i++) {
		r[i] = (u8)clamp(a[i], low, high);
		r[n + i] = (u8)clamp(b[i], low, high);
	}
	return (vec)r;
}

INLINE vec dwords_packed(vec va, vec vb, int n, s32 low, s32 high)
{
	v4s32 a = (v4s32)va, b = (v4s32)vb;
	v8u16 r = {0};
	for (int i = 0; i < n; i++) {
		r[i] = (u16)clamp(a[i], low, high);
		r[n + i] = (u16)clamp(b[i], low, high);
	}
	return (vec)r;
}

#define PACKED(name, kind, n, low, high) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { UNUSED; return kind(a, b, n, low, high); }
PACKED(packsswb, words_packed, 8, -128, 127) PACKED(packsswb_mmx, words_packed, 4, -128, 127)
PACKED(packuswb, words_packed, 8, 0, 255) PACKED(packuswb_mmx, words_packed, 4, 0, 255)
PACKED(packssdw, dwords_packed, 4, -32768, 32767) PACKED(packssdw_mmx, dwords_packed, 2, -32768, 32767)
PACKED(packusdw, dwords_packed, 4, 0, 65535)

/* ---- permuting by an immediate: two bits a lane ------------------------------------------------------- */

static vec pshufd(vec va, vec vb, u32 imm, struct cpu *c)
{
	v4u32 b = (v4u32)vb;
	(void)va, (void)c;
	return (vec)(v4u32){b[imm & 3], b[imm >> 2 & 3], b[imm >> 4 & 3], b[imm >> 6 & 3]};
}

INLINE u64 four_words(u64 v, u32 imm)
{
	u64 r = 0;
	for (u32 i = 0; i < 4; i++)
		r |= (v >> 16 * (imm >> 2 * i & 3) & 0xffff) << 16 * i;
	return r;
}

static vec pshuflw(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)a, (void)c;
	return (vec){four_words(b[0], imm), b[1]};
}

static vec pshufhw(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)a, (void)c;
	return (vec){b[0], four_words(b[1], imm)};
}

static vec shufps(vec va, vec vb, u32 imm, struct cpu *c)
{
	v4u32 a = (v4u32)va, b = (v4u32)vb;
	(void)c;
	return (vec)(v4u32){a[imm & 3], a[imm >> 2 & 3], b[imm >> 4 & 3], b[imm >> 6 & 3]};
}

static vec shufpd(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)c;
	return (vec){a[imm & 1], b[imm >> 1 & 1]};
}

/* ---- permuting by bytes ---------------------------------------------------------------------------------- */

INLINE vec bytes_chosen(vec va, vec vb, int n)
{
	v16u8 a = (v16u8)va, b = (v16u8)vb, r = {0};
	for (int i = 0; i < n; i++)
		r[i] = b[i] & 0x80 ? 0 : a[b[i] & (n - 1)];
	return (vec)r;
}

static vec pshufb(vec a, vec b, u32 imm, struct cpu *c)
{
	UNUSED;
	return bytes_chosen(a, b, 16);
}

static vec pshufb_mmx(vec a, vec b, u32 imm, struct cpu *c)
{
	UNUSED;
	return bytes_chosen(a, b, 8);
}

/* n bytes from byte imm of a:b on, a above b, zeros above a */
INLINE vec bytes_from(vec va, vec vb, u32 imm, u32 n)
{
	v16u8 a = (v16u8)va, b = (v16u8)vb, r = {0};
	for (u32 i = 0; i < n; i++) {
		u32 at = imm + i;
		r[i] = at < n ? b[at] : at < 2 * n ? a[at - n] : 0;
	}
	return (vec)r;
}

static vec palignr(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)c;
	return bytes_from(a, b, imm, 16);
}

static vec palignr_mmx(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)c;
	return bytes_from(a, b, imm, 8);
}

/* ---- the table --------------------------------------------------------------------------------------------- */

#define BOTH(NAME, fn, mmx) [OP_##NAME - SIMD_FIRST] = {fn, mmx, 0, 0}

const struct simd_op *simd_shuffle(u16 op)
{
	static const struct simd_op table[SIMD_COUNT] = {
		BOTH(PUNPCKLBW, punpcklbw, punpcklbw_mmx), BOTH(PUNPCKHBW, punpckhbw, punpckhbw_mmx),
		BOTH(PUNPCKLWD, punpcklwd, punpcklwd_mmx), BOTH(PUNPCKHWD, punpckhwd, punpckhwd_mmx),
		BOTH(PUNPCKLDQ, punpckldq, punpckldq_mmx), BOTH(PUNPCKHDQ, punpckhdq, punpckhdq_mmx),
		BOTH(PUNPCKLQDQ, punpcklqdq, 0), BOTH(PUNPCKHQDQ, punpckhqdq, 0),
		BOTH(UNPCKLPS, punpckldq, 0), BOTH(UNPCKHPS, punpckhdq, 0),
		BOTH(UNPCKLPD, punpcklqdq, 0), BOTH(UNPCKHPD, punpckhqdq, 0),
		BOTH(PACKSSWB, packsswb, packsswb_mmx), BOTH(PACKUSWB, packuswb, packuswb_mmx),
		BOTH(PACKSSDW, packssdw, packssdw_mmx), BOTH(PACKUSDW, packusdw, 0),
		BOTH(PSHUFD, pshufd, 0), BOTH(PSHUFLW, pshuflw, 0), BOTH(PSHUFHW, pshufhw, 0),
		BOTH(PSHUFW, pshuflw, pshuflw), BOTH(SHUFPS, shufps, 0), BOTH(SHUFPD, shufpd, 0),
		BOTH(PSHUFB, pshufb, pshufb_mmx), BOTH(PALIGNR, palignr, palignr_mmx),
	};
	const struct simd_op *o = &table[op - SIMD_FIRST];
	return o->fn ? o : NULL;
}
