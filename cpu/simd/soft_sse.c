/* soft_sse.c - see soft_sse.h. SDM 1 4.8.3 (values), 4.8.4 (rounding), 4.9 (exceptions),
 * 11.5.2 (conditions and masked responses), 10.2.3 (DAZ, FTZ).
 *
 * A finite number is taken apart into sign, exponent and a 64-bit significand whose
 * top bit is set: sig * 2^(exp - 63). Results come back through put(), which rounds
 * once; bits that fell off earlier are kept as a one in the lowest place ("jammed").
 */
#include "cpu/simd/soft_sse.h"

typedef unsigned __int128 u128;

#define INLINE static inline __attribute__((always_inline))

enum kind { ZERO, FINITE, INFINITE, QUIET, SIGNALLING };

struct number {
	u64 sig;
	s32 exp;
	u32 sign;
	enum kind kind;
	bool denormal;
};

enum { TO_NEAREST, DOWN, UP, CHOP };

INLINE u32 mant_bits(enum soft_format f)
{
	return f == F32 ? 23 : 52;
}

INLINE s32 bias(enum soft_format f)
{
	return f == F32 ? 127 : 1023;
}

INLINE s32 top_exp(enum soft_format f)
{
	return f == F32 ? 255 : 2047;
}

INLINE u64 infinity(enum soft_format f)
{
	return (u64)top_exp(f) << mant_bits(f);
}

INLINE u64 quiet_bit(enum soft_format f)
{
	return 1ull << (mant_bits(f) - 1);
}

INLINE u64 signed_zero(enum soft_format f, u32 sign)
{
	return sign ? soft_sign(f) : 0;
}

INLINE u32 rounding(const struct soft *s)
{
	return s->mxcsr >> MXCSR_RC_SHIFT & 3;
}

INLINE u64 indefinite(struct soft *s, enum soft_format f)
{
	s->flags |= MXCSR_IE;
	return soft_sign(f) | infinity(f) | quiet_bit(f);
}

/* ---- taking apart ---------------------------------------------------------------------------- */

INLINE struct number get(const struct soft *s, enum soft_format f, u64 bits)
{
	u32 m = mant_bits(f);
	u64 mant = bits & ((1ull << m) - 1);
	s32 e = (s32)(bits >> m) & top_exp(f);
	struct number n = {.sign = bits & soft_sign(f) ? 1 : 0, .kind = FINITE};
	if (e == top_exp(f)) {
		n.kind = mant == 0 ? INFINITE : mant & quiet_bit(f) ? QUIET : SIGNALLING;
	} else if (e != 0) {
		n.sig = (mant | 1ull << m) << (63 - m);
		n.exp = e - bias(f);
	} else if (mant == 0 || (s->mxcsr & MXCSR_DAZ)) {
		n.kind = ZERO;
	} else {
		u32 lead = (u32)__builtin_clzll(mant);
		n.sig = mant << lead;
		n.exp = 64 - bias(f) - (s32)m - (s32)lead;
		n.denormal = true;
	}
	return n;
}

INLINE bool is_nan(const struct number *n)
{
	return n->kind >= QUIET;
}

/* One operand is a NaN: the first that is one, made quiet. SDM 1 table 4-7 */
INLINE u64 nan_result(struct soft *s, enum soft_format f, u64 a, const struct number *x, u64 b, const struct number *y)
{
	if (x->kind == SIGNALLING || y->kind == SIGNALLING)
		s->flags |= MXCSR_IE;
	return (is_nan(x) ? a : b) | quiet_bit(f);
}

INLINE void note_denormals(struct soft *s, const struct number *x, const struct number *y)
{
	if (x->denormal || y->denormal)
		s->flags |= MXCSR_DE;
}

/* ---- rounding ----------------------------------------------------------------------------------- */

/* v / 2^shift as an integer */
INLINE u64 round_shift(u64 v, u32 shift, u32 sign, u32 mode, bool *inexact)
{
	u64 q = shift < 64 ? v >> shift : 0;
	u64 rest = shift < 64 ? v & ((1ull << shift) - 1) : shift == 64 ? v : v != 0; /* beyond 64: less than a half */
	u64 half = shift == 0 ? 0 : shift <= 64 ? 1ull << (shift - 1) : 2;
	*inexact = rest != 0;
	if (rest == 0)
		return q;
	switch (mode) {
	case TO_NEAREST: return q + (rest > half || (rest == half && (q & 1)));
	case DOWN: return q + sign;
	case UP: return q + !sign;
	default: return q;
	}
}

/* Unmasked, the handler would get the result with its exponent wrapped: inexact only if rounding made it so. */
INLINE u64 overflowed(struct soft *s, enum soft_format f, u32 sign, bool inexact)
{
	u32 mode = rounding(s);
	bool to_infinity = mode == TO_NEAREST || mode == (sign ? DOWN : UP);
	bool masked = s->mxcsr & (MXCSR_OE << MXCSR_MASKS_SHIFT);
	s->flags |= MXCSR_OE | (masked || inexact ? MXCSR_PE : 0);
	return signed_zero(f, sign) | (infinity(f) - !to_infinity);
}

/* Tiny after rounding: SDM 1 4.9.1.5 */
INLINE u64 underflowed(struct soft *s, enum soft_format f, u32 sign, s32 e, u64 sig, bool inexact)
{
	if (!(s->mxcsr & (MXCSR_UE << MXCSR_MASKS_SHIFT))) {
		s->flags |= MXCSR_UE | (inexact ? MXCSR_PE : 0);
		return signed_zero(f, sign);
	}
	if (s->mxcsr & MXCSR_FTZ) {
		s->flags |= MXCSR_UE | MXCSR_PE;
		return signed_zero(f, sign);
	}
	u64 r = round_shift(sig, 63 - mant_bits(f) + (u32)(1 - e), sign, rounding(s), &inexact);
	if (inexact)
		s->flags |= MXCSR_UE | MXCSR_PE;
	return signed_zero(f, sign) | r;
}

INLINE u64 put(struct soft *s, enum soft_format f, u32 sign, s32 exp, u64 sig)
{
	u32 m = mant_bits(f);
	bool inexact;
	u64 r = round_shift(sig, 63 - m, sign, rounding(s), &inexact);
	s32 e = exp + bias(f), rounded_e = e + (s32)(r >> (m + 1));
	if (rounded_e <= 0)
		return underflowed(s, f, sign, e, sig, inexact);
	if (rounded_e >= top_exp(f))
		return overflowed(s, f, sign, inexact);
	if (inexact)
		s->flags |= MXCSR_PE;
	r = r >> (m + 1) ? 0 : r & ((1ull << m) - 1);
	return signed_zero(f, sign) | (u64)rounded_e << m | r;
}

/* A significand of any position, not 0 */
INLINE u64 put_any(struct soft *s, enum soft_format f, u32 sign, s32 exp, u64 sig)
{
	s32 lead = __builtin_clzll(sig);
	return put(s, f, sign, exp - lead, sig << lead);
}

/* ---- addition -------------------------------------------------------------------------------------- */

INLINE u64 shifted_jam(u64 v, u32 by)
{
	return by == 0 ? v : by < 64 ? v >> by | (v << (64 - by) != 0) : v != 0;
}

INLINE u64 add_finite(struct soft *s, enum soft_format f, struct number x, struct number y)
{
	if (x.exp < y.exp || (x.exp == y.exp && x.sig < y.sig)) {
		struct number t = x;
		x = y;
		y = t;
	}
	u64 low = shifted_jam(y.sig >> 1, (u32)(x.exp - y.exp)), high = x.sig >> 1;
	u64 sum = x.sign == y.sign ? high + low : high - low;
	if (sum == 0)
		return signed_zero(f, rounding(s) == DOWN);
	return put_any(s, f, x.sign, x.exp + 1, sum);
}

INLINE u64 add(struct soft *s, enum soft_format f, u64 a, u64 b, u32 flip)
{
	struct number x = get(s, f, a), y = get(s, f, b);
	if (is_nan(&x) || is_nan(&y))
		return nan_result(s, f, a, &x, b, &y);
	y.sign ^= flip;
	if (x.kind == INFINITE || y.kind == INFINITE) {
		if (x.kind == y.kind && x.sign != y.sign)
			return indefinite(s, f);
		note_denormals(s, &x, &y);
		return signed_zero(f, x.kind == INFINITE ? x.sign : y.sign) | infinity(f);
	}
	note_denormals(s, &x, &y);
	if (x.kind == ZERO && y.kind == ZERO)
		return signed_zero(f, x.sign == y.sign ? x.sign : rounding(s) == DOWN);
	if (x.kind == ZERO)
		return put(s, f, y.sign, y.exp, y.sig);
	if (y.kind == ZERO)
		return put(s, f, x.sign, x.exp, x.sig);
	return add_finite(s, f, x, y);
}

u64 soft_add(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	return f == F32 ? add(s, F32, a, b, 0) : add(s, F64, a, b, 0);
}

u64 soft_sub(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	return f == F32 ? add(s, F32, a, b, 1) : add(s, F64, a, b, 1);
}

/* ---- multiplication, division, square root ------------------------------------------------------------ */

INLINE u64 mul(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	struct number x = get(s, f, a), y = get(s, f, b);
	u32 sign = x.sign ^ y.sign;
	if (is_nan(&x) || is_nan(&y))
		return nan_result(s, f, a, &x, b, &y);
	if (x.kind == INFINITE || y.kind == INFINITE) {
		if (x.kind == ZERO || y.kind == ZERO)
			return indefinite(s, f);
		note_denormals(s, &x, &y);
		return signed_zero(f, sign) | infinity(f);
	}
	note_denormals(s, &x, &y);
	if (x.kind == ZERO || y.kind == ZERO)
		return signed_zero(f, sign);
	u128 product = (u128)x.sig * y.sig;
	return put_any(s, f, sign, x.exp + y.exp + 1, (u64)(product >> 64) | ((u64)product != 0));
}

u64 soft_mul(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	return f == F32 ? mul(s, F32, a, b) : mul(s, F64, a, b);
}

INLINE u64 divide(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	struct number x = get(s, f, a), y = get(s, f, b);
	u32 sign = x.sign ^ y.sign;
	if (is_nan(&x) || is_nan(&y))
		return nan_result(s, f, a, &x, b, &y);
	if ((x.kind == INFINITE && y.kind == INFINITE) || (x.kind == ZERO && y.kind == ZERO))
		return indefinite(s, f);
	if (y.kind == ZERO && x.kind == FINITE) {
		s->flags |= MXCSR_ZE;
		return signed_zero(f, sign) | infinity(f);
	}
	note_denormals(s, &x, &y);
	if (x.kind == INFINITE || y.kind == ZERO)
		return signed_zero(f, sign) | infinity(f);
	if (x.kind == ZERO || y.kind == INFINITE)
		return signed_zero(f, sign);
	u128 dividend = (u128)x.sig << 63;
	u64 q = (u64)(dividend / y.sig);
	return put_any(s, f, sign, x.exp - y.exp, q | (dividend % y.sig != 0));
}

u64 soft_div(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	return f == F32 ? divide(s, F32, a, b) : divide(s, F64, a, b);
}

/* The integer root of v, with whatever is left jammed into its lowest bit. */
static u64 root(u128 v)
{
	u128 r = 0, rest = v;
	for (u128 bit = (u128)1 << 126; bit; bit >>= 2) {
		if (rest >= r + bit) {
			rest -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return (u64)r | (rest != 0);
}

u64 soft_sqrt(struct soft *s, enum soft_format f, u64 b)
{
	struct number x = get(s, f, b);
	if (is_nan(&x))
		return nan_result(s, f, b, &x, b, &x);
	if (x.kind == ZERO)
		return signed_zero(f, x.sign);
	if (x.sign)
		return indefinite(s, f);
	note_denormals(s, &x, &x);
	if (x.kind == INFINITE)
		return b;
	bool odd = x.exp & 1;
	return put(s, f, 0, (x.exp - odd) / 2, root((u128)x.sig << (63 + odd)));
}

/* ---- comparison ------------------------------------------------------------------------------------------- */

INLINE enum soft_order order(const struct number *x, const struct number *y)
{
	if (x->kind == ZERO && y->kind == ZERO)
		return SOFT_EQUAL;
	if (x->sign != y->sign)
		return x->sign ? SOFT_LESS : SOFT_GREATER;
	s64 d = (s64)x->kind - (s64)y->kind; /* ZERO < FINITE < INFINITE */
	if (d == 0 && x->kind == FINITE)
		d = x->exp != y->exp ? x->exp - y->exp : x->sig > y->sig ? 1 : x->sig < y->sig ? -1 : 0;
	if (d == 0)
		return SOFT_EQUAL;
	return (d < 0) != x->sign ? SOFT_LESS : SOFT_GREATER;
}

enum soft_order soft_compare(struct soft *s, enum soft_format f, u64 a, u64 b, bool signalling)
{
	struct number x = get(s, f, a), y = get(s, f, b);
	if (is_nan(&x) || is_nan(&y)) {
		if (signalling || x.kind == SIGNALLING || y.kind == SIGNALLING)
			s->flags |= MXCSR_IE;
		return SOFT_UNORDERED;
	}
	note_denormals(s, &x, &y);
	return order(&x, &y);
}

/* MIN and MAX give b unless a is truly less (greater), also next to a NaN. A DAZ zero comes out as one. */
INLINE u64 choose(struct soft *s, enum soft_format f, u64 a, u64 b, enum soft_order wanted)
{
	struct number x = get(s, f, a), y = get(s, f, b);
	bool first = false;
	if (is_nan(&x) || is_nan(&y)) {
		s->flags |= MXCSR_IE;
	} else {
		note_denormals(s, &x, &y);
		first = order(&x, &y) == wanted;
	}
	if ((first ? x.kind : y.kind) == ZERO)
		return signed_zero(f, first ? x.sign : y.sign);
	return first ? a : b;
}

u64 soft_min(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	return choose(s, f, a, b, SOFT_LESS);
}

u64 soft_max(struct soft *s, enum soft_format f, u64 a, u64 b)
{
	return choose(s, f, a, b, SOFT_GREATER);
}

/* ---- integers -------------------------------------------------------------------------------------------------- */

u64 soft_round(struct soft *s, enum soft_format f, u64 b, u32 imm)
{
	struct number x = get(s, f, b);
	u32 mode = imm & 4 ? rounding(s) : imm & 3;
	bool inexact;
	if (is_nan(&x))
		return nan_result(s, f, b, &x, b, &x);
	if (x.kind == ZERO)
		return signed_zero(f, x.sign);
	if (x.kind == INFINITE || x.exp >= (s32)mant_bits(f))
		return b;
	u64 v = round_shift(x.sig, (u32)(x.exp < -2 ? 65 : 63 - x.exp), x.sign, mode, &inexact);
	if (inexact && !(imm & 8))
		s->flags |= MXCSR_PE;
	if (v == 0)
		return signed_zero(f, x.sign);
	u32 lead = (u32)__builtin_clzll(v), m = mant_bits(f);
	return signed_zero(f, x.sign) | (u64)(63 - (s32)lead + bias(f)) << m | (v << lead >> (63 - m) & ((1ull << m) - 1));
}

u64 soft_from_int(struct soft *s, enum soft_format f, s64 v)
{
	u64 magnitude = v < 0 ? 0 - (u64)v : (u64)v;
	return v ? put_any(s, f, v < 0, 63, magnitude) : 0;
}

u32 soft_to_int32(struct soft *s, enum soft_format f, u64 b, bool truncate)
{
	struct number x = get(s, f, b);
	bool inexact = false;
	u64 v = 0;
	if (x.kind > FINITE || (x.kind == FINITE && x.exp > 32)) {
		s->flags |= MXCSR_IE;
		return 0x80000000;
	}
	if (x.kind == FINITE)
		v = round_shift(x.sig, (u32)(x.exp < -2 ? 65 : 63 - x.exp), x.sign, truncate ? CHOP : rounding(s), &inexact);
	if (v > 0x7fffffff + (u64)x.sign) {
		s->flags |= MXCSR_IE;
		return 0x80000000;
	}
	if (inexact)
		s->flags |= MXCSR_PE;
	return x.sign ? 0u - (u32)v : (u32)v;
}

/* ---- between formats ------------------------------------------------------------------------------------------------ */

u64 soft_widen(struct soft *s, u64 b)
{
	struct number x = get(s, F32, b);
	note_denormals(s, &x, &x);
	switch (x.kind) {
	case ZERO: return signed_zero(F64, x.sign);
	case INFINITE: return signed_zero(F64, x.sign) | infinity(F64);
	case FINITE: return put(s, F64, x.sign, x.exp, x.sig);
	default:
		if (x.kind == SIGNALLING)
			s->flags |= MXCSR_IE;
		return signed_zero(F64, x.sign) | infinity(F64) | quiet_bit(F64) | (b & 0x7fffff) << 29;
	}
}

u64 soft_narrow(struct soft *s, u64 b)
{
	struct number x = get(s, F64, b);
	note_denormals(s, &x, &x);
	switch (x.kind) {
	case ZERO: return signed_zero(F32, x.sign);
	case INFINITE: return signed_zero(F32, x.sign) | infinity(F32);
	case FINITE: return put(s, F32, x.sign, x.exp, x.sig);
	default:
		if (x.kind == SIGNALLING)
			s->flags |= MXCSR_IE;
		return signed_zero(F32, x.sign) | infinity(F32) | quiet_bit(F32) | (b >> 29 & 0x7fffff);
	}
}

/* ---- approximations --------------------------------------------------------------------------------------------------- */

/* Special operands of both, SDM 2B RCPPS, RSQRTPS; denormals are zeros whatever DAZ says. */
INLINE bool approximate_special(u32 b, u32 *r)
{
	u32 sign = b & 0x80000000, magnitude = b & 0x7fffffff;
	if (magnitude > 0x7f800000)
		*r = b | 0x400000;
	else if (magnitude == 0x7f800000)
		*r = sign;
	else if (magnitude < 0x800000)
		*r = sign | 0x7f800000;
	else
		return false;
	return true;
}

/* The significand of a quotient or root, cut to 12 bits: r has its top bit at bit 12 or below. */
INLINE u32 approximate_result(u32 sign, s32 e, u32 sig13)
{
	return sign | (u32)e << 23 | (sig13 & 0xfff) << 11;
}

u32 soft_rcp(u32 b)
{
	u32 r;
	if (approximate_special(b, &r))
		return r;
	u32 sign = b & 0x80000000, m = (b & 0x7fffff) | 0x800000;
	s32 e = (s32)(b >> 23 & 0xff);
	/* 1 / (m / 2^23) lies in (1/2, 1]: thirteen bits of 2 / that, rounded */
	u64 q = ((1ull << 37) / m + 1) >> 1; /* 2^13 times the reciprocal */
	if (253 - e <= 0) /* denormal results become zeros, and so does 2^-126: as recorded */
		return sign;
	if (m == 0x800000)
		return approximate_result(sign, 254 - e, 0x1000);
	return approximate_result(sign, 253 - e, (u32)(q > 0x1fff ? 0x1fff : q));
}

u32 soft_rsqrt(u32 b)
{
	u32 r;
	if (approximate_special(b, &r))
		return (b & 0x7fffffff) <= 0x7f800000 && (b & 0x7fffffff) >= 0x800000 && (b & 0x80000000) ? 0xffc00000 : r;
	if (b & 0x80000000)
		return 0xffc00000;
	u32 m = (b & 0x7fffff) | 0x800000;
	s32 e = (s32)(b >> 23 & 0xff) - 127;
	bool odd = e & 1;
	/* m' = m * 2^odd / 2^23 in [1, 4): 1 / sqrt(m') in (1/2, 1]; its square times 2^26 is 2^49 / (m * 2^odd) */
	u64 q = root((u128)((1ull << 51) / ((u64)m << odd))) >> 1; /* 2^13 times the root */
	s32 re = 127 - (e - odd) / 2;
	if (m == 0x800000 && !odd)
		return approximate_result(0, re, 0x1000);
	return approximate_result(0, re - 1, (u32)(q > 0x1fff ? 0x1fff : q));
}
