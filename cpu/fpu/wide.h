/* wide.h - floating point with a 128-bit significand, for the transcendental functions:
 * inexact in its last bits, the same on every host.
 */
#ifndef CPU_FPU_WIDE_H
#define CPU_FPU_WIDE_H

#include "cpu/fpu/soft80.h"

/* (-1)^sign * mant * 2^(exp - 127); mant's top bit is set, or the number is zero */
struct wide {
	u128 mant;
	s32 exp;
	u32 sign;
};

#define W(hi, lo) ((u128)(hi) << 64 | (lo))

/* The high half of a product: as fractions of one, a * b. */
static inline u128 mul_high(u128 a, u128 b)
{
	u64 ah = (u64)(a >> 64), al = (u64)a, bh = (u64)(b >> 64), bl = (u64)b;
	u128 m = (u128)ah * bl, n = (u128)al * bh, low = (u128)al * bl;
	u128 middle = (low >> 64) + (u64)m + (u64)n;
	return (u128)ah * bh + (m >> 64) + (n >> 64) + (middle >> 64);
}

static inline struct wide wide_make(u32 sign, s32 exp, u128 mant)
{
	if (!mant)
		return (struct wide){0, 0, sign};
	u64 hi = (u64)(mant >> 64);
	int n = hi ? __builtin_clzll(hi) : 64 + __builtin_clzll((u64)mant);
	return (struct wide){mant << n, exp - n, sign};
}

/* A finite number, nonzero */
static inline struct wide wide_from(struct f80 v)
{
	s32 exp = f80_exp(v);
	return wide_make(f80_sign(v), (exp ? exp : 1) - F80_BIAS, (u128)v.mant << 64);
}

static inline struct wide wide_mul(struct wide a, struct wide b)
{
	return wide_make(a.sign ^ b.sign, a.exp + b.exp + 1, mul_high(a.mant, b.mant));
}

struct wide wide_add(struct wide a, struct wide b);
struct wide wide_div(struct wide a, struct wide b);
/* The magnitude as a fraction of one: below 1 */
u128 wide_fraction(struct wide a);
/* To 80 bits. exact: the number is not an approximation */
struct f80 wide_round(struct wide a, bool exact, u32 cw);

/* ---- functions; arguments are finite and nonzero, unless said otherwise: functions.c, trig.c ---- */
struct wide wide_exp2m1(struct wide x); /* |x| <= 1 */
struct wide wide_log2(struct wide x, bool *exact); /* x > 0; zero for 1 */
struct wide wide_log2p1(struct wide x); /* x > -1 */
struct wide wide_atan2(struct wide y, struct wide x);
/* |x| < 2^63; pi has 66 bits */
struct sincos {
	struct wide sin, cos;
};
struct sincos wide_sincos(struct wide x);

#endif
