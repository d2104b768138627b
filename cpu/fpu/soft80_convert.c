/* soft80_convert.c - between 80 bits and single, double, integers, packed decimal.
 *
 * SDM 1 4.2, 4.8.4; FIST, FBSTP: SDM 2A. Narrowing rounds as RC says, whatever PC
 * says. An unmasked overflow or underflow of a narrowing has no result: callers
 * store nothing then (SDM 1 8.5.4).
 */
#include "cpu/fpu/soft80.h"
#include "cpu/fpu/soft80_inline.h"

/* ---- binary formats -------------------------------------------------------------------- */

struct format {
	int digits; /* with the leading one */
	s32 bias, largest; /* largest: the exponent of infinity */
};

static const struct format single = {24, 127, 255}, wide = {53, 1023, 2047};

static u64 pack(const struct format *f, u32 sign, s32 exp, u64 fraction)
{
	int bits = f->digits - 1;
	u64 top = (u64)sign << (f->digits == 24 ? 31 : 63);
	return top | (u64)exp << bits | (fraction & ((1ull << bits) - 1));
}

static struct f80 widen(const struct format *f, u32 sign, s32 exp, u64 fraction)
{
	u64 mant = fraction << (64 - f->digits);
	if (exp == f->largest) {
		return f80_make(sign, F80_INF, mant | F80_TOP); /* signalling NaNs stay so: their user quiets them */
	}
	if (exp)
		return f80_make(sign, (u32)(exp - f->bias + F80_BIAS), mant | F80_TOP);
	if (!mant)
		return f80_make(sign, 0, 0);
	mant = soft80_normalise(mant, &exp);
	return f80_flagged(f80_make(sign, (u32)(exp - f->bias + F80_BIAS), mant), FSW_DE);
}

struct f80 soft80_from_f32(u32 v)
{
	return widen(&single, v >> 31, (s32)(v >> 23 & 0xff), v & 0x7fffff);
}

struct f80 soft80_from_f64(u64 v)
{
	return widen(&wide, (u32)(v >> 63), (s32)(v >> 52 & 0x7ff), v & 0xfffffffffffffull);
}

/* hi (top bit set), cut to `digits` and rounded; *carry: it became the next power of two, digits 100..0 */
static u64 cut(u32 sign, u64 hi, u64 lo, int digits, u32 cw, u32 *flags, s32 *carry)
{
	u64 kept = hi >> (64 - digits), rest = hi << digits | (lo != 0);
	*flags = rest ? FSW_PE : 0;
	*carry = 0;
	if (f80_rounds_up(sign, rest, kept & 1, cw)) {
		*flags |= FSW_C1;
		kept++;
		*carry = (s32)(kept >> digits);
	}
	return kept;
}

static struct soft80_bits narrow_overflow(const struct format *f, u32 sign, u32 cw)
{
	u32 rc = cw & FCW_RC;
	if (!(cw & FSW_OE))
		return (struct soft80_bits){0, FSW_OE};
	if (rc == FCW_NEAREST || rc == (sign ? FCW_DOWN : FCW_UP))
		return (struct soft80_bits){pack(f, sign, f->largest, 0), FSW_OE | FSW_PE | FSW_C1};
	return (struct soft80_bits){pack(f, sign, f->largest - 1, ~0ull), FSW_OE | FSW_PE};
}

static struct soft80_bits narrow_underflow(const struct format *f, u32 sign, s32 exp, u64 mant, u32 cw)
{
	u32 flags;
	s32 carry;
	cut(sign, mant, 0, f->digits, cw, &flags, &carry);
	bool tiny = exp + carry < 1;
	if (tiny && !(cw & FSW_UE))
		return (struct soft80_bits){0, FSW_UE};
	u128 x = f80_shift_jam((u128)mant << 64, exp > -100 ? (u32)(1 - exp) : 101);
	u64 kept = cut(sign, (u64)(x >> 64), (u64)x, f->digits, cw, &flags, &carry);
	if ((flags & FSW_PE) && tiny)
		flags |= FSW_UE;
	return (struct soft80_bits){pack(f, sign, (s32)(kept >> (f->digits - 1)), kept), flags};
}

static struct soft80_bits narrow(const struct format *f, struct f80 a, u32 cw)
{
	u32 sign = f80_sign(a), flags;
	s32 exp = f80_exp(a), carry;
	switch (f80_classify(a)) {
	case F80_ZERO: return (struct soft80_bits){pack(f, sign, 0, 0), 0};
	case F80_INFINITE: return (struct soft80_bits){pack(f, sign, f->largest, 0), 0};
	case F80_UNSUPPORTED: return (struct soft80_bits){pack(f, 1, f->largest, 1ull << (f->digits - 2)), FSW_IE};
	case F80_QNAN: return (struct soft80_bits){pack(f, sign, f->largest, a.mant >> (64 - f->digits)), 0};
	case F80_SNAN:
		return (struct soft80_bits){pack(f, sign, f->largest, (a.mant | F80_QUIET) >> (64 - f->digits)), FSW_IE};
	case F80_DENORMAL: a.mant = soft80_normalise(a.mant, &exp); break;
	case F80_NORMAL: break;
	}
	exp += f->bias - F80_BIAS;
	if (exp < 1)
		return narrow_underflow(f, sign, exp, a.mant, cw);
	u64 kept = cut(sign, a.mant, 0, f->digits, cw, &flags, &carry);
	if (exp + carry >= f->largest)
		return narrow_overflow(f, sign, cw);
	return (struct soft80_bits){pack(f, sign, exp + carry, kept), flags};
}

struct soft80_bits soft80_to_f32(struct f80 a, u32 cw)
{
	return narrow(&single, a, cw);
}

struct soft80_bits soft80_to_f64(struct f80 a, u32 cw)
{
	return narrow(&wide, a, cw);
}

/* ---- integers ----------------------------------------------------------------------------- */

struct f80 soft80_from_int(s64 v)
{
	return f80_from_s64(v);
}

/* The magnitude, rounded to a whole number of at most 64 bits; *large: it has more. Finite numbers. */
static u64 whole(struct f80 a, u32 cw, u32 *flags, bool *large)
{
	s32 exp = f80_exp(a) - F80_BIAS;
	*flags = 0;
	*large = exp > 63;
	if (*large || !a.mant)
		return 0;
	u128 x = f80_shift_jam((u128)a.mant << 64, exp < -2 ? 66 : (u32)(63 - exp));
	u64 v = (u64)(x >> 64), rest = (u64)x;
	if (rest)
		*flags = FSW_PE;
	if (f80_rounds_up(f80_sign(a), rest, v & 1, cw)) {
		*flags |= FSW_C1;
		v++;
		*large = !v;
	}
	return v;
}

static bool is_finite(struct f80 a)
{
	enum f80_class k = f80_classify(a);
	return k <= F80_DENORMAL;
}

struct soft80_bits soft80_to_int(struct f80 a, int bytes, u32 cw)
{
	struct soft80_bits none = {1ull << (8 * bytes - 1), FSW_IE};
	u32 flags;
	bool large;
	if (!is_finite(a))
		return none;
	u64 v = whole(a, cw, &flags, &large);
	u64 limit = (1ull << (8 * bytes - 1)) - !f80_sign(a);
	if (large || v > limit)
		return none;
	return (struct soft80_bits){f80_sign(a) ? 0 - v : v, flags};
}

struct f80 soft80_rint(struct f80 a, u32 cw)
{
	enum f80_class k = f80_classify(a);
	u32 flags;
	bool large;
	if (k >= F80_QNAN)
		return soft80_nan(a, a);
	if (k == F80_ZERO || k == F80_INFINITE || f80_exp(a) >= F80_BIAS + 63)
		return f80_flagged(a, 0);
	u64 v = whole(a, cw, &flags, &large);
	struct f80 r = f80_make(f80_sign(a), 0, 0);
	if (v) { /* below 2^63, or exactly that after rounding */
		int n = __builtin_clzll(v);
		r = f80_make(f80_sign(a), (u32)(F80_BIAS + 63 - n), v << n);
	}
	return f80_flagged(r, flags | (k == F80_DENORMAL ? FSW_DE : 0));
}

/* ---- packed decimal: eighteen digits and a sign --------------------------------------------- */

struct soft80_bits soft80_to_bcd(struct f80 a, u32 cw, u16 *high)
{
	u32 flags;
	bool large = true;
	u64 v = is_finite(a) ? whole(a, cw, &flags, &large) : 0, low = 0;
	if (large || v > 999999999999999999ull) {
		*high = 0xffff;
		return (struct soft80_bits){0xc000000000000000ull, FSW_IE};
	}
	for (int i = 0; i < 64; i += 4, v /= 10)
		low |= v % 10 << i;
	*high = (u16)(f80_sign(a) << 15 | (v / 10) << 4 | v % 10);
	return (struct soft80_bits){low, flags};
}

struct f80 soft80_from_bcd(u64 low, u16 high)
{
	u64 v = (high >> 4 & 15u) * 10u + (high & 15u);
	for (int i = 60; i >= 0; i -= 4)
		v = v * 10 + (low >> i & 15);
	struct f80 r = f80_from_s64((s64)v);
	r.se |= high & F80_SIGN;
	return r;
}
