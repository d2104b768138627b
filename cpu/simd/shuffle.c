/* shuffle.c - interleaving, packing, permuting, aligning. SDM 2 by mnemonic. */
#include "cpu/simd/simd.h"

#define INLINE static inline __attribute__((always_inline))
#define UNUSED (void)imm, (void)c

/* ---- interleaving: lanes of a half, first from a. Lane n + i of the pair is lane i of b. --------- */

#define MIXED(name, T, ...) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) \
	{ \
		UNUSED; \
		return (vec)__builtin_shufflevector((T)a, (T)b, __VA_ARGS__); \
	}
MIXED(punpcklbw, v16u8, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
MIXED(punpckhbw, v16u8, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
MIXED(punpcklwd, v8u16, 0, 8, 1, 9, 2, 10, 3, 11)
MIXED(punpckhwd, v8u16, 4, 12, 5, 13, 6, 14, 7, 15)
MIXED(punpckldq, v4u32, 0, 4, 1, 5)
MIXED(punpckhdq, v4u32, 2, 6, 3, 7)

/* The MMX forms: the low half of the low ones is the whole of theirs; the high ones take the other half of it. */
#define MIXED_MMX(low_name, high_name, fn) \
	static vec low_name(vec a, vec b, u32 imm, struct cpu *c) { return simd_low(fn(a, b, imm, c)[0]); } \
	static vec high_name(vec a, vec b, u32 imm, struct cpu *c) { return simd_low(fn(a, b, imm, c)[1]); }
MIXED_MMX(punpcklbw_mmx, punpckhbw_mmx, punpcklbw) MIXED_MMX(punpcklwd_mmx, punpckhwd_mmx, punpcklwd)
MIXED_MMX(punpckldq_mmx, punpckhdq_mmx, punpckldq)

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

INLINE vec bytes_chosen(vec a, vec b, u32 n)
{
	u8 from[16], which[16], to[16] = {0};
	memcpy(from, &a, 16);
	memcpy(which, &b, 16);
	for (u32 i = 0; i < n; i++)
		to[i] = which[i] & 0x80 ? 0 : from[which[i] & (n - 1)];
	memcpy(&a, to, 16);
	return a;
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
