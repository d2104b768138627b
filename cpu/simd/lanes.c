/* lanes.c - integer arithmetic and logic, lane by lane: the same functions for MMX
 * and XMM, since a lane sees no other lane. SDM 1 9.4, 11.4; SDM 2 by mnemonic.
 */
#include "cpu/simd/simd.h"

/* No control flow here: each line names an expression of a and b in lanes of type T. */
#define LANES(name, T, expression) \
	static vec name(vec va, vec vb, u32 imm, struct cpu *c) \
	{ \
		T a = (T)va, b = (T)vb; \
		(void)imm, (void)c, (void)a, (void)b; \
		return (vec)(expression); \
	}

/* ---- addition and subtraction -------------------------------------------------------------- */

LANES(paddb, v16u8, a + b)
LANES(paddw, v8u16, a + b)
LANES(paddd, v4u32, a + b)
LANES(paddq, vec, a + b)
LANES(psubb, v16u8, a - b)
LANES(psubw, v8u16, a - b)
LANES(psubd, v4u32, a - b)
LANES(psubq, vec, a - b)

/* Saturation. Unsigned: a carry makes all ones, a borrow zero. */
LANES(paddusb, v16u8, (a + b) | (v16u8)((v16u8)(a + b) < a))
LANES(paddusw, v8u16, (a + b) | (v8u16)((v8u16)(a + b) < a))
LANES(psubusb, v16u8, (a - b) & (v16u8)(a >= b))
LANES(psubusw, v8u16, (a - b) & (v8u16)(a >= b))

/* Signed: on overflow the sign of a says which end. */
static inline v16u8 clamp8(v16u8 a, v16u8 sum, v16u8 overflow)
{
	v16u8 end = (v16u8)((v16s8)a >> 7) ^ 0x7f, hit = (v16u8)((v16s8)overflow >> 7);
	return (sum & ~hit) | (end & hit);
}

static inline v8u16 clamp16(v8u16 a, v8u16 sum, v8u16 overflow)
{
	v8u16 end = (v8u16)((v8s16)a >> 15) ^ 0x7fff, hit = (v8u16)((v8s16)overflow >> 15);
	return (sum & ~hit) | (end & hit);
}

LANES(paddsb, v16u8, clamp8(a, a + b, (a ^ (a + b)) & (b ^ (a + b))))
LANES(paddsw, v8u16, clamp16(a, a + b, (a ^ (a + b)) & (b ^ (a + b))))
LANES(psubsb, v16u8, clamp8(a, a - b, (a ^ b) & (a ^ (a - b))))
LANES(psubsw, v8u16, clamp16(a, a - b, (a ^ b) & (a ^ (a - b))))

/* ---- logic, comparison ------------------------------------------------------------------------ */

LANES(pand, vec, a & b)
LANES(pandn, vec, ~a & b)
LANES(por, vec, a | b)
LANES(pxor, vec, a ^ b)
LANES(pcmpeqb, v16u8, a == b)
LANES(pcmpeqw, v8u16, a == b)
LANES(pcmpeqd, v4u32, a == b)
LANES(pcmpeqq, vec, a == b)
LANES(pcmpgtb, v16s8, a > b)
LANES(pcmpgtw, v8s16, a > b)
LANES(pcmpgtd, v4s32, a > b)
LANES(pcmpgtq, v2s64, a > b)

#define PICK(T, mask) (((T)va & (T)(mask)) | ((T)vb & ~(T)(mask)))
LANES(pminub, v16u8, PICK(v16u8, a < b))
LANES(pminuw, v8u16, PICK(v8u16, a < b))
LANES(pminud, v4u32, PICK(v4u32, a < b))
LANES(pminsb, v16s8, PICK(v16u8, a < b))
LANES(pminsw, v8s16, PICK(v8u16, a < b))
LANES(pminsd, v4s32, PICK(v4u32, a < b))
LANES(pmaxub, v16u8, PICK(v16u8, a > b))
LANES(pmaxuw, v8u16, PICK(v8u16, a > b))
LANES(pmaxud, v4u32, PICK(v4u32, a > b))
LANES(pmaxsb, v16s8, PICK(v16u8, a > b))
LANES(pmaxsw, v8s16, PICK(v8u16, a > b))
LANES(pmaxsd, v4s32, PICK(v4u32, a > b))

/* ---- averages, signs -------------------------------------------------------------------------- */

LANES(pavgb, v16u8, (a | b) - ((a ^ b) >> 1)) /* (a + b + 1) / 2 */
LANES(pavgw, v8u16, (a | b) - ((a ^ b) >> 1))

/* m is all ones where the sign changes: ~x + 1 there */
#define NEGATE(x, m) (((x) ^ (m)) - (m))
LANES(pabsb, v16u8, NEGATE(b, (v16u8)((v16s8)b >> 7)))
LANES(pabsw, v8u16, NEGATE(b, (v8u16)((v8s16)b >> 15)))
LANES(pabsd, v4u32, NEGATE(b, (v4u32)((v4s32)b >> 31)))
LANES(psignb, v16u8, NEGATE(a, (v16u8)((v16s8)b >> 7)) & ~(v16u8)(b == 0))
LANES(psignw, v8u16, NEGATE(a, (v8u16)((v8s16)b >> 15)) & ~(v8u16)(b == 0))
LANES(psignd, v4u32, NEGATE(a, (v4u32)((v4s32)b >> 31)) & ~(v4u32)(b == 0))

/* ---- multiplication ------------------------------------------------------------------------------ */

LANES(pmullw, v8u16, a * b)
LANES(pmulld, v4u32, a * b)
LANES(pmuludq, vec, (a & 0xffffffff) * (b & 0xffffffff))
LANES(pmuldq, vec, (vec)((v2s64)(a << 32) >> 32) * (vec)((v2s64)(b << 32) >> 32))

static vec pmulhw(vec va, vec vb, u32 imm, struct cpu *c)
{
	v8s16 a = (v8s16)va, b = (v8s16)vb, r = {0};
	(void)imm, (void)c;
	for (int i = 0; i < 8; i++)
		r[i] = (s16)((s32)a[i] * b[i] >> 16);
	return (vec)r;
}

static vec pmulhuw(vec va, vec vb, u32 imm, struct cpu *c)
{
	v8u16 a = (v8u16)va, b = (v8u16)vb, r = {0};
	(void)imm, (void)c;
	for (int i = 0; i < 8; i++)
		r[i] = (u16)((u32)a[i] * b[i] >> 16);
	return (vec)r;
}

static vec pmulhrsw(vec va, vec vb, u32 imm, struct cpu *c)
{
	v8s16 a = (v8s16)va, b = (v8s16)vb;
	v8u16 r = {0};
	(void)imm, (void)c;
	for (int i = 0; i < 8; i++)
		r[i] = (u16)((((s32)a[i] * b[i] >> 14) + 1) >> 1);
	return (vec)r;
}

/* ---- shifts: all lanes by the low 64 bits of b, which may be an immediate ------------------------- */

#define COUNT(bits) (vb[0] < (bits) ? (int)vb[0] : 0)
#define IN_RANGE(bits) ((vec){vb[0] < (bits) ? ~0ull : 0, vb[0] < (bits) ? ~0ull : 0})
LANES(psrlw, v8u16, (vec)(a >> COUNT(16)) & IN_RANGE(16))
LANES(psrld, v4u32, (vec)(a >> COUNT(32)) & IN_RANGE(32))
LANES(psrlq, vec, (a >> COUNT(64)) & IN_RANGE(64))
LANES(psllw, v8u16, (vec)(a << COUNT(16)) & IN_RANGE(16))
LANES(pslld, v4u32, (vec)(a << COUNT(32)) & IN_RANGE(32))
LANES(psllq, vec, (a << COUNT(64)) & IN_RANGE(64))
LANES(psraw, v8s16, a >> (vb[0] < 16 ? (int)vb[0] : 15))
LANES(psrad, v4s32, a >> (vb[0] < 32 ? (int)vb[0] : 31))

/* ---- the table -------------------------------------------------------------------------------------- */

#define BOTH(NAME, fn) [OP_##NAME - SIMD_FIRST] = {fn, fn, 0, 0}
#define XMM(NAME, fn) [OP_##NAME - SIMD_FIRST] = {fn, 0, 0, 0}

const struct simd_op *simd_lanes(u16 op)
{
	static const struct simd_op table[SIMD_COUNT] = {
		BOTH(PADDB, paddb), BOTH(PADDW, paddw), BOTH(PADDD, paddd), BOTH(PADDQ, paddq),
		BOTH(PSUBB, psubb), BOTH(PSUBW, psubw), BOTH(PSUBD, psubd), BOTH(PSUBQ, psubq),
		BOTH(PADDSB, paddsb), BOTH(PADDSW, paddsw), BOTH(PADDUSB, paddusb), BOTH(PADDUSW, paddusw),
		BOTH(PSUBSB, psubsb), BOTH(PSUBSW, psubsw), BOTH(PSUBUSB, psubusb), BOTH(PSUBUSW, psubusw),
		BOTH(PAND, pand), BOTH(PANDN, pandn), BOTH(POR, por), BOTH(PXOR, pxor),
		XMM(ANDPS, pand), XMM(ANDPD, pand), XMM(ANDNPS, pandn), XMM(ANDNPD, pandn),
		XMM(ORPS, por), XMM(ORPD, por), XMM(XORPS, pxor), XMM(XORPD, pxor),
		BOTH(PCMPEQB, pcmpeqb), BOTH(PCMPEQW, pcmpeqw), BOTH(PCMPEQD, pcmpeqd), XMM(PCMPEQQ, pcmpeqq),
		BOTH(PCMPGTB, pcmpgtb), BOTH(PCMPGTW, pcmpgtw), BOTH(PCMPGTD, pcmpgtd), XMM(PCMPGTQ, pcmpgtq),
		BOTH(PMINUB, pminub), BOTH(PMINSW, pminsw), XMM(PMINSB, pminsb), XMM(PMINSD, pminsd),
		XMM(PMINUW, pminuw), XMM(PMINUD, pminud),
		BOTH(PMAXUB, pmaxub), BOTH(PMAXSW, pmaxsw), XMM(PMAXSB, pmaxsb), XMM(PMAXSD, pmaxsd),
		XMM(PMAXUW, pmaxuw), XMM(PMAXUD, pmaxud),
		BOTH(PAVGB, pavgb), BOTH(PAVGW, pavgw),
		BOTH(PSIGNB, psignb), BOTH(PSIGNW, psignw), BOTH(PSIGND, psignd),
		BOTH(PABSB, pabsb), BOTH(PABSW, pabsw), BOTH(PABSD, pabsd),
		BOTH(PMULLW, pmullw), BOTH(PMULHW, pmulhw), BOTH(PMULHUW, pmulhuw), BOTH(PMULHRSW, pmulhrsw),
		XMM(PMULLD, pmulld), BOTH(PMULUDQ, pmuludq), XMM(PMULDQ, pmuldq),
		BOTH(PSRLW, psrlw), BOTH(PSRLD, psrld), BOTH(PSRLQ, psrlq), BOTH(PSRAW, psraw), BOTH(PSRAD, psrad),
		BOTH(PSLLW, psllw), BOTH(PSLLD, pslld), BOTH(PSLLQ, psllq),
	};
	const struct simd_op *o = &table[op - SIMD_FIRST];
	return o->fn ? o : NULL;
}
