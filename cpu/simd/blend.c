/* blend.c - single lanes in and out, blending, widening. SDM 2 by mnemonic.
 *
 * PINSRx, PEXTRx, INSERTPS, EXTRACTPS; BLENDxx, PBLENDxx; PMOVSX, PMOVZX. What
 * goes to a general register or to memory is the low part of the result.
 */
#include "cpu/simd/simd.h"

#define UNUSED (void)imm, (void)c

/* ---- in ------------------------------------------------------------------------------------- */

static vec pinsrb(vec va, vec vb, u32 imm, struct cpu *c)
{
	v16u8 a = (v16u8)va;
	(void)c;
	a[imm & 15] = (u8)vb[0];
	return (vec)a;
}

static vec pinsrw(vec va, vec vb, u32 imm, struct cpu *c)
{
	v8u16 a = (v8u16)va;
	(void)c;
	a[imm & 7] = (u16)vb[0];
	return (vec)a;
}

static vec pinsrw_mmx(vec va, vec vb, u32 imm, struct cpu *c)
{
	return pinsrw(va, vb, imm & 3, c);
}

static vec pinsrd(vec va, vec vb, u32 imm, struct cpu *c)
{
	v4u32 a = (v4u32)va;
	(void)c;
	a[imm & 3] = (u32)vb[0];
	return (vec)a;
}

/* Memory is one dword: it lies in lane 0, whatever the immediate says about the source (see insertps_memory). */
static vec insertps(vec va, vec vb, u32 imm, struct cpu *c)
{
	v4u32 a = (v4u32)va;
	(void)c;
	a[imm >> 4 & 3] = ((v4u32)vb)[imm >> 6 & 3];
	for (u32 i = 0; i < 4; i++)
		if (imm >> i & 1)
			a[i] = 0;
	return (vec)a;
}

static vec insertps_memory(vec a, vec b, u32 imm, struct cpu *c)
{
	return insertps(a, b, imm & 0x3f, c);
}

/* ---- out --------------------------------------------------------------------------------------- */

static vec pextrb(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)a, (void)c;
	return simd_low(((v16u8)b)[imm & 15]);
}

static vec pextrw(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)a, (void)c;
	return simd_low(((v8u16)b)[imm & 7]);
}

static vec pextrw_mmx(vec a, vec b, u32 imm, struct cpu *c)
{
	return pextrw(a, b, imm & 3, c);
}

static vec pextrd(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)a, (void)c;
	return simd_low(((v4u32)b)[imm & 3]);
}

/* ---- blending: lanes of b where the mask says so ----------------------------------------------- */

static vec mix(vec a, vec b, vec mask)
{
	return (a & ~mask) | (b & mask);
}

static vec blendps(vec a, vec b, u32 imm, struct cpu *c)
{
	v4u32 bits = {imm & 1, imm >> 1 & 1, imm >> 2 & 1, imm >> 3 & 1};
	(void)c;
	return mix(a, b, (vec)-bits);
}

static vec blendpd(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)c;
	return (vec){imm & 1 ? b[0] : a[0], imm & 2 ? b[1] : a[1]};
}

static vec pblendw(vec a, vec b, u32 imm, struct cpu *c)
{
	v8u16 mask = {0};
	(void)c;
	for (u32 i = 0; i < 8; i++)
		mask[i] = imm >> i & 1 ? 0xffff : 0;
	return mix(a, b, (vec)mask);
}

/* By the sign bits of XMM0 */
static vec pblendvb(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)imm;
	return mix(a, b, (vec)((v16s8)simd_get(c, 0) >> 7));
}

static vec blendvps(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)imm;
	return mix(a, b, (vec)((v4s32)simd_get(c, 0) >> 31));
}

static vec blendvpd(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)imm;
	return mix(a, b, (vec)((v2s64)simd_get(c, 0) >> 63));
}

/* ---- widening: lanes of type F of b become lanes of type T ------------------------------------------ */

#define WIDENED(name, F, T, element, n) \
	static vec name(vec a, vec vb, u32 imm, struct cpu *c) \
	{ \
		F b = (F)vb; \
		T r = {0}; \
		UNUSED, (void)a; \
		for (int i = 0; i < n; i++) \
			r[i] = (element)b[i]; \
		return (vec)r; \
	}
WIDENED(pmovsxbw, v16s8, v8s16, s16, 8) WIDENED(pmovzxbw, v16u8, v8u16, u16, 8)
WIDENED(pmovsxbd, v16s8, v4s32, s32, 4) WIDENED(pmovzxbd, v16u8, v4u32, u32, 4)
WIDENED(pmovsxbq, v16s8, v2s64, s64, 2) WIDENED(pmovzxbq, v16u8, vec, u64, 2)
WIDENED(pmovsxwd, v8s16, v4s32, s32, 4) WIDENED(pmovzxwd, v8u16, v4u32, u32, 4)
WIDENED(pmovsxwq, v8s16, v2s64, s64, 2) WIDENED(pmovzxwq, v8u16, vec, u64, 2)
WIDENED(pmovsxdq, v4s32, v2s64, s64, 2) WIDENED(pmovzxdq, v4u32, vec, u64, 2)

/* ---- the table ----------------------------------------------------------------------------------------- */

#define XMM(NAME, fn) [OP_##NAME - SIMD_FIRST] = {fn, 0, 0, 0}
#define BOTH(NAME, fn, mmx) [OP_##NAME - SIMD_FIRST] = {fn, mmx, 0, 0}

const struct simd_op *simd_blend(u16 op)
{
	static const struct simd_op table[SIMD_COUNT] = {
		XMM(PINSRB, pinsrb), BOTH(PINSRW, pinsrw, pinsrw_mmx), XMM(PINSRD, pinsrd), XMM(INSERTPS, insertps),
		XMM(PEXTRB, pextrb), BOTH(PEXTRW, pextrw, pextrw_mmx), XMM(PEXTRD, pextrd), XMM(EXTRACTPS, pextrd),
		XMM(BLENDPS, blendps), XMM(BLENDPD, blendpd), XMM(PBLENDW, pblendw),
		XMM(PBLENDVB, pblendvb), XMM(BLENDVPS, blendvps), XMM(BLENDVPD, blendvpd),
		XMM(PMOVSXBW, pmovsxbw), XMM(PMOVSXBD, pmovsxbd), XMM(PMOVSXBQ, pmovsxbq),
		XMM(PMOVSXWD, pmovsxwd), XMM(PMOVSXWQ, pmovsxwq), XMM(PMOVSXDQ, pmovsxdq),
		XMM(PMOVZXBW, pmovzxbw), XMM(PMOVZXBD, pmovzxbd), XMM(PMOVZXBQ, pmovzxbq),
		XMM(PMOVZXWD, pmovzxwd), XMM(PMOVZXWQ, pmovzxwq), XMM(PMOVZXDQ, pmovzxdq),
	};
	const struct simd_op *o = &table[op - SIMD_FIRST];
	return o->fn ? o : NULL;
}

const struct simd_op *simd_insertps_memory(void)
{
	static const struct simd_op o = {insertps_memory, 0, 0, 0};
	return &o;
}
