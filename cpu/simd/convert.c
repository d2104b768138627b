/* convert.c - conversions between integers and floating point, the portable way, and
 * the table with both. SDM 1 11.4.1.6, 11.4.4; SDM 2 by mnemonic.
 *
 * The MMX forms are the same functions on the low half. Only 32-bit integers: the
 * forms with REX.W belong to 64-bit mode.
 */
#include "cpu/simd/host.h"
#include "cpu/simd/soft_sse.h"

#define INLINE static inline __attribute__((always_inline))

INLINE struct soft soft_begin(const struct cpu *c)
{
	return (struct soft){c->simd.mxcsr, 0};
}

INLINE vec soft_end(struct cpu *c, const struct soft *s, vec r)
{
	c->simd_raised |= s->flags;
	return r;
}

/* ---- from integers --------------------------------------------------------------------------- */

INLINE vec ints_to_ps(struct cpu *c, vec a, vec b, u32 n)
{
	struct soft s = soft_begin(c);
	v4u32 r = (v4u32)a;
	for (u32 i = 0; i < n; i++)
		r[i] = (u32)soft_from_int(&s, F32, ((v4s32)b)[i]);
	return soft_end(c, &s, (vec)r);
}

static vec cvtdq2ps(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)imm;
	return ints_to_ps(c, a, b, 4);
}

static vec cvtpi2ps(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)imm;
	return ints_to_ps(c, a, b, 2);
}

static vec cvtsi2ss(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)imm;
	return ints_to_ps(c, a, b, 1);
}

/* To 64 bits all are exact. */
static vec cvtdq2pd(vec a, vec b, u32 imm, struct cpu *c)
{
	struct soft s = soft_begin(c);
	(void)a, (void)imm;
	return (vec){soft_from_int(&s, F64, ((v4s32)b)[0]), soft_from_int(&s, F64, ((v4s32)b)[1])};
}

static vec cvtsi2sd(vec a, vec b, u32 imm, struct cpu *c)
{
	struct soft s = soft_begin(c);
	(void)imm;
	return (vec){soft_from_int(&s, F64, ((v4s32)b)[0]), a[1]};
}

/* ---- to integers -------------------------------------------------------------------------------- */

INLINE vec ps_to_ints(struct cpu *c, vec b, u32 n, bool truncate)
{
	struct soft s = soft_begin(c);
	v4u32 r = {0};
	for (u32 i = 0; i < n; i++)
		r[i] = soft_to_int32(&s, F32, ((v4u32)b)[i], truncate);
	return soft_end(c, &s, (vec)r);
}

INLINE vec pd_to_ints(struct cpu *c, vec b, u32 n, bool truncate)
{
	struct soft s = soft_begin(c);
	v4u32 r = {0};
	for (u32 i = 0; i < n; i++)
		r[i] = soft_to_int32(&s, F64, b[i], truncate);
	return soft_end(c, &s, (vec)r);
}

#define TO_INTS(name, kind, n, truncate) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { (void)a, (void)imm; return kind(c, b, n, truncate); }
TO_INTS(cvtps2dq, ps_to_ints, 4, false) TO_INTS(cvttps2dq, ps_to_ints, 4, true)
TO_INTS(cvtps2pi, ps_to_ints, 2, false) TO_INTS(cvttps2pi, ps_to_ints, 2, true)
TO_INTS(cvtss2si, ps_to_ints, 1, false) TO_INTS(cvttss2si, ps_to_ints, 1, true)
TO_INTS(cvtpd2dq, pd_to_ints, 2, false) TO_INTS(cvttpd2dq, pd_to_ints, 2, true)
TO_INTS(cvtsd2si, pd_to_ints, 1, false) TO_INTS(cvttsd2si, pd_to_ints, 1, true)

/* ---- between formats -------------------------------------------------------------------------------- */

static vec cvtps2pd(vec a, vec b, u32 imm, struct cpu *c)
{
	struct soft s = soft_begin(c);
	(void)imm;
	a = (vec){soft_widen(&s, ((v4u32)b)[0]), soft_widen(&s, ((v4u32)b)[1])};
	return soft_end(c, &s, a);
}

static vec cvtpd2ps(vec a, vec b, u32 imm, struct cpu *c)
{
	struct soft s = soft_begin(c);
	(void)imm;
	u64 low = soft_narrow(&s, b[0]), high = soft_narrow(&s, b[1]);
	a = simd_low(low | high << 32);
	return soft_end(c, &s, a);
}

static vec cvtss2sd(vec a, vec b, u32 imm, struct cpu *c)
{
	struct soft s = soft_begin(c);
	(void)imm;
	a[0] = soft_widen(&s, ((v4u32)b)[0]);
	return soft_end(c, &s, a);
}

static vec cvtsd2ss(vec a, vec b, u32 imm, struct cpu *c)
{
	struct soft s = soft_begin(c);
	(void)imm;
	a[0] = (a[0] & ~0xffffffffull) | soft_narrow(&s, b[0]);
	return soft_end(c, &s, a);
}

/* ---- the table ------------------------------------------------------------------------------------------ */

#define ROW(NAME, fn) [OP_##NAME - SIMD_FIRST] = {fn, 0, HOST(fn), true}

const struct simd_op *simd_convert(u16 op)
{
	static const struct simd_op table[SIMD_COUNT] = {
		ROW(CVTDQ2PS, cvtdq2ps), ROW(CVTSI2SS, cvtsi2ss), ROW(CVTSI2SD, cvtsi2sd), ROW(CVTDQ2PD, cvtdq2pd),
		[OP_CVTPI2PS - SIMD_FIRST] = {cvtpi2ps, 0, 0, true}, [OP_CVTPI2PD - SIMD_FIRST] = {cvtdq2pd, 0, 0, true},
		ROW(CVTPS2DQ, cvtps2dq), ROW(CVTTPS2DQ, cvttps2dq), ROW(CVTSS2SI, cvtss2si), ROW(CVTTSS2SI, cvttss2si),
		[OP_CVTPS2PI - SIMD_FIRST] = {cvtps2pi, 0, 0, true}, [OP_CVTTPS2PI - SIMD_FIRST] = {cvttps2pi, 0, 0, true},
		ROW(CVTPD2DQ, cvtpd2dq), ROW(CVTTPD2DQ, cvttpd2dq), ROW(CVTSD2SI, cvtsd2si), ROW(CVTTSD2SI, cvttsd2si),
		[OP_CVTPD2PI - SIMD_FIRST] = {cvtpd2dq, 0, 0, true}, [OP_CVTTPD2PI - SIMD_FIRST] = {cvttpd2dq, 0, 0, true},
		ROW(CVTPS2PD, cvtps2pd), ROW(CVTPD2PS, cvtpd2ps), ROW(CVTSS2SD, cvtss2sd), ROW(CVTSD2SS, cvtsd2ss),
	};
	const struct simd_op *o = &table[op - SIMD_FIRST];
	return o->fn ? o : NULL;
}
