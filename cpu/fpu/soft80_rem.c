/* soft80_rem.c - FPREM, FPREM1, FSCALE, FXTRACT. SDM 2A.
 *
 * An incomplete remainder takes off 2^(D - N) times the divisor, where Intel's
 * processors choose N = 32 + (D mod 32).
 */
#include "cpu/fpu/soft80.h"
#include "cpu/fpu/soft80_inline.h"

static bool is_special(enum f80_class k)
{
	return k >= F80_QNAN;
}

static u32 denormal_flag(enum f80_class a, enum f80_class b)
{
	return a == F80_DENORMAL || b == F80_DENORMAL ? FSW_DE : 0;
}

struct division {
	u64 rem, quotient; /* quotient: the low bits */
};

/* a * 2^n divided by b, digit by digit; a < b holds before */
static struct division divide(u64 a, u64 b, int n)
{
	struct division d = {a, 0};
	for (; n > 0; n--) {
		bool over = d.rem >> 63;
		d.rem <<= 1;
		d.quotient <<= 1;
		if (over || d.rem >= b) {
			d.rem -= b;
			d.quotient |= 1;
		}
	}
	return d;
}

static u32 quotient_flags(u64 q)
{
	return (q & 1 ? FSW_C1 : 0) | (q & 2 ? FSW_C3 : 0) | (q & 4 ? FSW_C0 : 0);
}

static struct f80 pack_remainder(u32 sign, s32 exp, u64 mant, u32 cw, u32 flags)
{
	if (!mant)
		return f80_flagged(f80_make(sign, 0, 0), flags);
	int n = __builtin_clzll(mant);
	struct f80 r = soft80_round(sign, exp - n, mant << n, 0, cw | FCW_PC_64);
	r.flags = (r.flags & ~(u32)FSW_C1) | flags;
	return r;
}

static struct f80 finite_rem(struct f80 a, u64 am, s32 ae, u64 bm, s32 be, enum f80_rem kind, u32 cw, u32 de)
{
	s32 d = ae - be;
	u32 sign = f80_sign(a);
	if (d < -1 || (d < 0 && kind == F80_REM_CHOP)) /* |a| < |b| / 2: it is its own remainder */
		return pack_remainder(sign, ae, am, cw, de);
	if (d >= 64) {
		int n = 32 | (d & 31);
		struct division part = {am, 0};
		if (part.rem >= bm)
			part.rem -= bm;
		part = divide(part.rem, bm, n);
		return pack_remainder(sign, be + d - n, part.rem, cw, de | FSW_C2);
	}
	struct division q = {am, 0};
	if (d < 0) { /* d = -1: in units of half b's last digit, a is am and b is 2 bm */
		if (am <= bm)
			return pack_remainder(sign, ae, am, cw, de);
		return pack_remainder(!sign, be - 1, 2 * bm - am, cw, de | quotient_flags(1)); /* < bm: fits */
	}
	if (q.rem >= bm) {
		q.rem -= bm;
		q.quotient = 1;
	}
	u64 first = q.quotient;
	q = divide(q.rem, bm, d);
	q.quotient |= first << d;
	if (kind == F80_REM_NEAREST) {
		u64 other = bm - q.rem;
		if (q.rem > other || (q.rem == other && (q.quotient & 1))) {
			q.rem = other;
			q.quotient++;
			sign = !sign;
		}
	}
	if (!q.rem)
		sign = f80_sign(a);
	return pack_remainder(sign, be, q.rem, cw, de | quotient_flags(q.quotient));
}

struct f80 soft80_rem(struct f80 a, struct f80 b, enum f80_rem kind, u32 cw)
{
	enum f80_class ka = f80_classify(a), kb = f80_classify(b);
	if (is_special(ka) || is_special(kb))
		return soft80_nan(a, b);
	if (ka == F80_INFINITE || kb == F80_ZERO)
		return f80_invalid();
	u32 de = denormal_flag(ka, kb);
	if (ka == F80_ZERO)
		return f80_flagged(a, de);
	s32 ae = f80_exp(a), be = f80_exp(b);
	u64 am = a.mant, bm = b.mant;
	if (ka == F80_DENORMAL)
		am = soft80_normalise(am, &ae);
	if (kb == F80_INFINITE)
		return pack_remainder(f80_sign(a), ae, am, cw, de);
	if (kb == F80_DENORMAL)
		bm = soft80_normalise(bm, &be);
	return finite_rem(a, am, ae, bm, be, kind, cw, de);
}

/* ---- FSCALE --------------------------------------------------------------------------------- */

static struct f80 scale_by_infinity(struct f80 a, enum f80_class ka, bool down, u32 de)
{
	if (down) {
		if (ka == F80_INFINITE)
			return f80_invalid();
		return f80_flagged(f80_make(f80_sign(a), 0, 0), de);
	}
	if (ka == F80_ZERO)
		return f80_invalid();
	return f80_flagged(f80_make(f80_sign(a), F80_INF, F80_TOP), de);
}

struct f80 soft80_scale(struct f80 a, struct f80 b, u32 cw)
{
	enum f80_class ka = f80_classify(a), kb = f80_classify(b);
	u32 de = denormal_flag(ka, kb);
	if (is_special(ka) || is_special(kb))
		return soft80_nan(a, b);
	if (kb == F80_INFINITE)
		return scale_by_infinity(a, ka, f80_sign(b), de);
	if (ka == F80_ZERO || ka == F80_INFINITE)
		return f80_flagged(a, de);
	s32 exp = f80_exp(a), by = 0;
	u64 mant = a.mant;
	if (ka == F80_DENORMAL)
		mant = soft80_normalise(mant, &exp);
	s32 be = f80_exp(b) - F80_BIAS;
	if (be >= 16) /* beyond any exponent */
		by = 0x10000;
	else if (be >= 0)
		by = (s32)(b.mant >> (63 - be));
	exp += f80_sign(b) ? -by : by;
	if (exp >= F80_INF + F80_WRAP && !(cw & FSW_OE)) /* so far out that wrapping does not help */
		return f80_flagged(f80_make(f80_sign(a), F80_INF, F80_TOP), de | FSW_OE | FSW_PE | FSW_C1);
	if (exp + F80_WRAP < 1 && !(cw & FSW_UE))
		return f80_flagged(f80_make(f80_sign(a), 0, 0), de | FSW_UE | FSW_PE);
	struct f80 r = soft80_round(f80_sign(a), exp, mant, 0, cw | FCW_PC_64);
	r.flags |= de;
	return r;
}

/* ---- FXTRACT ---------------------------------------------------------------------------------- */

struct f80 soft80_significand(struct f80 a)
{
	enum f80_class k = f80_classify(a);
	s32 exp = 0;
	if (is_special(k))
		return soft80_nan(a, a);
	if (k == F80_ZERO)
		return f80_flagged(a, FSW_ZE);
	if (k == F80_INFINITE)
		return f80_flagged(a, 0);
	u64 mant = k == F80_DENORMAL ? soft80_normalise(a.mant, &exp) : a.mant;
	return f80_flagged(f80_make(f80_sign(a), F80_BIAS, mant), k == F80_DENORMAL ? FSW_DE : 0);
}

struct f80 soft80_exponent(struct f80 a)
{
	enum f80_class k = f80_classify(a);
	s32 exp = f80_exp(a);
	if (is_special(k))
		return soft80_nan(a, a);
	if (k == F80_ZERO)
		return f80_flagged(f80_make(1, F80_INF, F80_TOP), FSW_ZE);
	if (k == F80_INFINITE)
		return f80_make(0, F80_INF, F80_TOP);
	if (k == F80_DENORMAL)
		soft80_normalise(a.mant, &exp);
	return f80_flagged(f80_from_s64(exp - F80_BIAS), k == F80_DENORMAL ? FSW_DE : 0);
}
