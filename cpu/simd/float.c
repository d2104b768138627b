/* float.c - floating-point arithmetic and comparison on vectors: the portable way,
 * and the table with both. SDM 1 10.4, 11.4, 12.3; SDM 2 by mnemonic.
 *
 * Scalar forms compute lane 0 and take the rest from a. Not here: the host's way (host.c).
 */
#include "cpu/simd/host.h"
#include "cpu/simd/soft_sse.h"

#define INLINE static inline __attribute__((always_inline))

typedef u64 (*lane_fn)(struct soft *s, enum soft_format f, u64 a, u64 b);

INLINE struct soft soft_begin(const struct cpu *c)
{
	return (struct soft){c->simd.mxcsr, 0};
}

INLINE u64 lane(vec v, enum soft_format f, u32 i)
{
	return f == F32 ? ((v4u32)v)[i] : v[i];
}

INLINE vec with_lane(vec v, enum soft_format f, u32 i, u64 x)
{
	v4u32 w = (v4u32)v;
	if (f == F32) {
		w[i] = (u32)x;
		return (vec)w;
	}
	v[i] = x;
	return v;
}

/* n lanes of a and b */
INLINE vec each(struct cpu *c, vec a, vec b, enum soft_format f, u32 n, lane_fn fn)
{
	struct soft s = soft_begin(c);
	vec r = a;
	for (u32 i = 0; i < n; i++)
		r = with_lane(r, f, i, fn(&s, f, lane(a, f, i), lane(b, f, i)));
	c->simd_raised |= s.flags;
	return r;
}

#define ARITHMETIC(name, lane) \
	static vec name##ps(vec a, vec b, u32 imm, struct cpu *c) { (void)imm; return each(c, a, b, F32, 4, lane); } \
	static vec name##pd(vec a, vec b, u32 imm, struct cpu *c) { (void)imm; return each(c, a, b, F64, 2, lane); } \
	static vec name##ss(vec a, vec b, u32 imm, struct cpu *c) { (void)imm; return each(c, a, b, F32, 1, lane); } \
	static vec name##sd(vec a, vec b, u32 imm, struct cpu *c) { (void)imm; return each(c, a, b, F64, 1, lane); }
ARITHMETIC(add, soft_add) ARITHMETIC(sub, soft_sub) ARITHMETIC(mul, soft_mul) ARITHMETIC(div, soft_div)
ARITHMETIC(min, soft_min) ARITHMETIC(max, soft_max)

static u64 root_of_b(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	(void)a;
	return soft_sqrt(s, f, b);
}

ARITHMETIC(sqrt, root_of_b)

/* ---- comparison -------------------------------------------------------------------------------- */

/* The eight predicates of imm8: which orders are true, and do quiet NaNs signal? SDM 2A table 3-1 */
INLINE u64 compare_lane(struct soft *s, enum soft_format f, u64 a, u64 b, u32 predicate)
{
	static const u8 orders[4] = {SOFT_EQUAL, SOFT_LESS, SOFT_LESS | SOFT_EQUAL, SOFT_UNORDERED};
	bool signalling = (predicate & 3) == 1 || (predicate & 3) == 2;
	bool hit = soft_compare(s, f, a, b, signalling) & orders[predicate & 3];
	return hit != (bool)(predicate & 4) ? ~0ull : 0;
}

INLINE vec compare(struct cpu *c, vec a, vec b, u32 imm, enum soft_format f, u32 n)
{
	struct soft s = soft_begin(c);
	vec r = a;
	for (u32 i = 0; i < n; i++)
		r = with_lane(r, f, i, compare_lane(&s, f, lane(a, f, i), lane(b, f, i), imm & 7));
	c->simd_raised |= s.flags;
	return r;
}

#define COMPARE(name, f, n) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { return compare(c, a, b, imm, f, n); }
COMPARE(cmpps, F32, 4) COMPARE(cmppd, F64, 2) COMPARE(cmpss, F32, 1) COMPARE(cmpsd, F64, 1)

/* To EFLAGS: the flags are the result. SDM 2A COMISD */
INLINE vec compare_to_flags(struct cpu *c, vec a, vec b, enum soft_format f, bool signalling)
{
	struct soft s = soft_begin(c);
	enum soft_order o = soft_compare(&s, f, lane(a, f, 0), lane(b, f, 0), signalling);
	c->simd_raised |= s.flags;
	return simd_low(o == SOFT_UNORDERED ? FL_ZF | FL_PF | FL_CF : o == SOFT_LESS ? FL_CF : o == SOFT_EQUAL ? FL_ZF : 0);
}

#define TO_FLAGS(name, f, signalling) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { (void)imm; return compare_to_flags(c, a, b, f, signalling); }
TO_FLAGS(comiss, F32, true) TO_FLAGS(comisd, F64, true) TO_FLAGS(ucomiss, F32, false) TO_FLAGS(ucomisd, F64, false)

/* ---- across lanes -------------------------------------------------------------------------------------- */

static vec evens_ps(vec a, vec b)
{
	v4u32 x = (v4u32)a, y = (v4u32)b;
	return (vec)(v4u32){x[0], x[2], y[0], y[2]};
}

static vec odds_ps(vec a, vec b)
{
	v4u32 x = (v4u32)a, y = (v4u32)b;
	return (vec)(v4u32){x[1], x[3], y[1], y[3]};
}

#define EVENS_PD(a, b) ((vec){(a)[0], (b)[0]})
#define ODDS_PD(a, b) ((vec){(a)[1], (b)[1]})
#define PAIRS(name, fn, evens, odds) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { return fn(evens(a, b), odds(a, b), imm, c); }
PAIRS(haddps, addps, evens_ps, odds_ps) PAIRS(hsubps, subps, evens_ps, odds_ps)
PAIRS(haddpd, addpd, EVENS_PD, ODDS_PD) PAIRS(hsubpd, subpd, EVENS_PD, ODDS_PD)
#if SIMD_HOST_FPU
PAIRS(host_haddps, host_addps, evens_ps, odds_ps) PAIRS(host_hsubps, host_subps, evens_ps, odds_ps)
PAIRS(host_haddpd, host_addpd, EVENS_PD, ODDS_PD) PAIRS(host_hsubpd, host_subpd, EVENS_PD, ODDS_PD)
#endif

/* Even lanes subtract, odd lanes add. */
INLINE vec addsub(struct cpu *c, vec a, vec b, enum soft_format f, u32 n)
{
	struct soft s = soft_begin(c);
	vec r = a;
	for (u32 i = 0; i < n; i++)
		r = with_lane(r, f, i, (i & 1 ? soft_add : soft_sub)(&s, f, lane(a, f, i), lane(b, f, i)));
	c->simd_raised |= s.flags;
	return r;
}

static vec addsubps(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)imm;
	return addsub(c, a, b, F32, 4);
}

static vec addsubpd(vec a, vec b, u32 imm, struct cpu *c)
{
	(void)imm;
	return addsub(c, a, b, F64, 2);
}

/* An exception before computing stops the instruction at the step where it is found. */
static bool is_stopped(const struct soft *s)
{
	return s->flags & (~s->mxcsr >> MXCSR_MASKS_SHIFT) & MXCSR_FLAGS;
}

/* imm8: bits 7..4 which products, 3..0 where the sum goes. (0 + 1) + (2 + 3), SDM 2A DPPS; every lane adds for itself, and
 * which of two NaNs it keeps is as recorded: its neighbour's product, then its own pair. */
INLINE vec dot(struct cpu *c, vec a, vec b, u32 imm, enum soft_format f, u32 n)
{
	struct soft s = soft_begin(c);
	u64 p[4] = {0}, sum[4] = {0};
	vec r = {0};
	for (u32 i = 0; i < n; i++)
		if (imm >> (4 + i) & 1)
			p[i] = soft_mul(&s, f, lane(a, f, i), lane(b, f, i));
	for (u32 i = 0; i < n && !is_stopped(&s); i++)
		sum[i] = soft_add(&s, f, p[i ^ 1], p[i]);
	if (n == 4 && !is_stopped(&s))
		for (u32 i = 0; i < n; i++)
			p[i] = soft_add(&s, f, sum[i], sum[i ^ 2]);
	for (u32 i = 0; i < n; i++)
		r = with_lane(r, f, i, imm >> i & 1 ? (n == 4 ? p : sum)[i] : 0);
	c->simd_raised |= s.flags;
	return r;
}

static vec dpps(vec a, vec b, u32 imm, struct cpu *c)
{
	return dot(c, a, b, imm, F32, 4);
}

static vec dppd(vec a, vec b, u32 imm, struct cpu *c)
{
	return dot(c, a, b, imm, F64, 2);
}

/* ---- rounding, approximations --------------------------------------------------------------------------------- */

INLINE vec rounded(struct cpu *c, vec a, vec b, u32 imm, enum soft_format f, u32 n)
{
	struct soft s = soft_begin(c);
	for (u32 i = 0; i < n; i++)
		a = with_lane(a, f, i, soft_round(&s, f, lane(b, f, i), imm));
	c->simd_raised |= s.flags;
	return a;
}

#define ROUND(name, f, n) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { return rounded(c, a, b, imm, f, n); }
ROUND(roundps, F32, 4) ROUND(roundpd, F64, 2) ROUND(roundss, F32, 1) ROUND(roundsd, F64, 1)

INLINE vec approximated(vec a, vec b, u32 n, u32 (*fn)(u32))
{
	v4u32 r = (v4u32)a;
	for (u32 i = 0; i < n; i++)
		r[i] = fn(((v4u32)b)[i]);
	return (vec)r;
}

#define APPROXIMATE(name, n, fn) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) { (void)imm, (void)c; return approximated(a, b, n, fn); }
APPROXIMATE(rcpps, 4, soft_rcp) APPROXIMATE(rcpss, 1, soft_rcp)
APPROXIMATE(rsqrtps, 4, soft_rsqrt) APPROXIMATE(rsqrtss, 1, soft_rsqrt)

/* ---- the table ---------------------------------------------------------------------------------------------------- */

#define ROW(NAME, fn) [OP_##NAME - SIMD_FIRST] = {fn, 0, HOST(fn), true}
#define SOFT_ROW(NAME, fn) [OP_##NAME - SIMD_FIRST] = {fn, 0, 0, true}
#define PURE_ROW(NAME, fn) [OP_##NAME - SIMD_FIRST] = {fn, 0, 0, false}
#define FOUR(NAME, fn) ROW(NAME##PS, fn##ps), ROW(NAME##PD, fn##pd), ROW(NAME##SS, fn##ss), ROW(NAME##SD, fn##sd)

const struct simd_op *simd_float(u16 op)
{
	static const struct simd_op table[SIMD_COUNT] = {
		FOUR(ADD, add), FOUR(SUB, sub), FOUR(MUL, mul), FOUR(DIV, div), FOUR(MIN, min), FOUR(MAX, max), FOUR(SQRT, sqrt),
		FOUR(CMP, cmp),
		ROW(COMISS, comiss), ROW(COMISD, comisd), ROW(UCOMISS, ucomiss), ROW(UCOMISD, ucomisd),
		ROW(HADDPS, haddps), ROW(HADDPD, haddpd), ROW(HSUBPS, hsubps), ROW(HSUBPD, hsubpd),
		SOFT_ROW(ADDSUBPS, addsubps), SOFT_ROW(ADDSUBPD, addsubpd), SOFT_ROW(DPPS, dpps), SOFT_ROW(DPPD, dppd),
		SOFT_ROW(ROUNDPS, roundps), SOFT_ROW(ROUNDPD, roundpd), SOFT_ROW(ROUNDSS, roundss), SOFT_ROW(ROUNDSD, roundsd),
		PURE_ROW(RCPPS, rcpps), PURE_ROW(RCPSS, rcpss), PURE_ROW(RSQRTPS, rsqrtps), PURE_ROW(RSQRTSS, rsqrtss),
	};
	const struct simd_op *o = &table[op - SIMD_FIRST];
	return o->fn ? o : NULL;
}
