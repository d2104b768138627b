/* soft80.c - 80-bit add, subtract, multiply, divide, square root, compare; rounding.
 *
 * SDM 1 4.8.4 (rounding), 4.9.1 and 8.5 (exceptions), table 4-7 (NaNs). Tininess is
 * found after rounding; an unmasked overflow or underflow wraps the exponent by
 * 24576 (8.5.4, 8.5.5).
 */
#include "cpu/fpu/soft80.h"

#include "cpu/fpu/soft80_inline.h"

/* ---- what a pattern means -------------------------------------------------------------- */

enum f80_class f80_classify(struct f80 v)
{
	s32 exp = f80_exp(v);
	if (exp == 0)
		return v.mant ? F80_DENORMAL : F80_ZERO;
	if (!(v.mant >> 63))
		return F80_UNSUPPORTED;
	if (exp != F80_INF)
		return F80_NORMAL;
	if (v.mant == F80_TOP)
		return F80_INFINITE;
	return v.mant & F80_QUIET ? F80_QNAN : F80_SNAN;
}

static bool is_nan(enum f80_class k)
{
	return k == F80_QNAN || k == F80_SNAN;
}

static struct f80 larger_nan(struct f80 a, struct f80 b)
{
	if (a.mant != b.mant)
		return a.mant > b.mant ? a : b;
	return a.se < b.se ? a : b; /* equal digits: the positive one */
}

struct f80 soft80_nan(struct f80 a, struct f80 b)
{
	enum f80_class ka = f80_classify(a), kb = f80_classify(b);
	if (ka == F80_UNSUPPORTED || kb == F80_UNSUPPORTED)
		return f80_invalid();
	u32 flags = ka == F80_SNAN || kb == F80_SNAN ? FSW_IE : 0;
	struct f80 r;
	a.mant |= F80_QUIET;
	b.mant |= F80_QUIET;
	if (!is_nan(ka))
		r = b;
	else if (!is_nan(kb))
		r = a;
	else if (ka == kb)
		r = larger_nan(a, b);
	else
		r = ka == F80_QNAN ? a : b; /* one of each: the quiet one */
	return f80_flagged(r, flags);
}

u64 soft80_normalise(u64 mant, s32 *exp)
{
	int n = __builtin_clzll(mant);
	if (*exp == 0)
		*exp = 1;
	*exp -= n;
	return mant << n;
}

/* ---- rounding ------------------------------------------------------------------------------ */

struct rounded {
	u64 mant;
	s32 exp;
	u32 flags;
};

/* As if exponents had no limits. */
static struct rounded round_unbounded(u32 sign, s32 exp, u64 hi, u64 lo, u32 cw)
{
	u32 kept = f80_bits_kept(cw);
	u64 ulp = 1ull << (64 - kept), rest = kept == 64 ? lo : hi << kept | (lo != 0);
	struct rounded r = {hi & ~(ulp - 1), exp, rest ? FSW_PE : 0};
	if (f80_rounds_up(sign, rest, r.mant & ulp, cw)) {
		r.flags |= FSW_C1;
		r.mant += ulp;
		if (!r.mant) {
			r.mant = F80_TOP;
			r.exp++;
		}
	}
	return r;
}

static struct f80 overflowed(u32 sign, struct rounded r, u32 cw)
{
	if (!(cw & FSW_OE))
		return f80_flagged(f80_make(sign, (u32)(r.exp - F80_WRAP) & 0x7fff, r.mant), r.flags | FSW_OE);
	u32 rc = cw & FCW_RC;
	if (rc == FCW_NEAREST || rc == (sign ? FCW_DOWN : FCW_UP))
		return f80_flagged(f80_make(sign, F80_INF, F80_TOP), FSW_OE | FSW_PE | FSW_C1);
	u64 largest = ~0ull << (64 - f80_bits_kept(cw));
	return f80_flagged(f80_make(sign, F80_INF - 1, largest), FSW_OE | FSW_PE);
}

/* exp < 1: denormal, unless rounding makes it the smallest normal number */
static struct f80 underflowed(u32 sign, s32 exp, u64 hi, u64 lo, u32 cw)
{
	struct rounded r = round_unbounded(sign, exp, hi, lo, cw);
	bool tiny = r.exp < 1;
	if (tiny && !(cw & FSW_UE))
		return f80_flagged(f80_make(sign, (u32)(r.exp + F80_WRAP) & 0x7fff, r.mant), r.flags | FSW_UE);
	u32 shift = exp > -200 ? (u32)(1 - exp) : 200;
	u128 x = f80_shift_jam((u128)hi << 64 | lo, shift);
	r = round_unbounded(sign, 0, (u64)(x >> 64), (u64)x, cw);
	if (r.flags & FSW_PE && tiny)
		r.flags |= FSW_UE;
	return f80_flagged(f80_make(sign, (u32)(r.mant >> 63), r.mant), r.flags);
}

struct f80 soft80_round(u32 sign, s32 exp, u64 hi, u64 lo, u32 cw)
{
	if (exp < 1)
		return underflowed(sign, exp, hi, lo, cw);
	struct rounded r = round_unbounded(sign, exp, hi, lo, cw);
	if (r.exp >= F80_INF)
		return overflowed(sign, r, cw);
	return f80_flagged(f80_make(sign, (u32)r.exp, r.mant), r.flags);
}

/* ---- the four operations --------------------------------------------------------------------- */

/* A finite nonzero operand, its digits normalised. */
struct number {
	u64 mant;
	s32 exp;
};

static struct number number_of(struct f80 v)
{
	struct number n = {v.mant, f80_exp(v)};
	if (n.exp == 0 || !(n.mant >> 63))
		n.mant = soft80_normalise(n.mant, &n.exp);
	return n;
}

/* DE when either operand is denormal */
static u32 denormal_flag(enum f80_class a, enum f80_class b)
{
	return a == F80_DENORMAL || b == F80_DENORMAL ? FSW_DE : 0;
}

static bool is_special(enum f80_class k) /* NaN or unsupported */
{
	return k >= F80_QNAN;
}

static struct f80 or_flags(struct f80 v, u32 flags)
{
	v.flags |= flags;
	return v;
}

/* Rounds what is already a number: a sum with zero. */
static struct f80 round_number(struct f80 v, u32 cw)
{
	struct number n = number_of(v);
	return soft80_round(f80_sign(v), n.exp, n.mant, 0, cw);
}

static struct f80 add_numbers(struct f80 fa, struct f80 fb, u32 cw)
{
	struct number a = number_of(fa), b = number_of(fb);
	u32 sign = f80_sign(fa);
	bool differ = sign != f80_sign(fb);
	if (a.exp < b.exp || (a.exp == b.exp && a.mant < b.mant)) {
		struct number t = a;
		a = b;
		b = t;
		sign = f80_sign(fb);
	}
	u128 x = (u128)a.mant << 64, y = f80_shift_jam((u128)b.mant << 64, (u32)(a.exp - b.exp));
	s32 exp = a.exp;
	if (!differ) {
		u128 sum = x + y;
		if (sum < x) {
			sum = f80_shift_jam(sum, 1) | (u128)1 << 127;
			exp++;
		}
		return soft80_round(sign, exp, (u64)(sum >> 64), (u64)sum, cw);
	}
	u128 d = x - y;
	if (!d)
		return f80_make((cw & FCW_RC) == FCW_DOWN, 0, 0);
	u64 hi = (u64)(d >> 64);
	int n = hi ? __builtin_clzll(hi) : 64 + __builtin_clzll((u64)d);
	d <<= n;
	return soft80_round(sign, exp - n, (u64)(d >> 64), (u64)d, cw);
}

static struct f80 add_special(struct f80 a, struct f80 b, enum f80_class ka, enum f80_class kb, u32 cw)
{
	if (is_special(ka) || is_special(kb))
		return soft80_nan(a, b);
	u32 de = denormal_flag(ka, kb);
	if (ka == F80_INFINITE && kb == F80_INFINITE)
		return f80_sign(a) == f80_sign(b) ? f80_flagged(a, 0) : f80_invalid();
	if (ka == F80_INFINITE || kb == F80_INFINITE)
		return f80_flagged(ka == F80_INFINITE ? a : b, de);
	if (ka == F80_ZERO && kb == F80_ZERO)
		return f80_make(f80_sign(a) == f80_sign(b) ? f80_sign(a) : (cw & FCW_RC) == FCW_DOWN, 0, 0);
	if (ka == F80_ZERO || kb == F80_ZERO)
		return or_flags(round_number(ka == F80_ZERO ? b : a, cw), de);
	return or_flags(add_numbers(a, b, cw), de);
}

struct f80 soft80_add(struct f80 a, struct f80 b, u32 cw)
{
	enum f80_class ka = f80_classify(a), kb = f80_classify(b);
	if (ka == F80_NORMAL && kb == F80_NORMAL)
		return add_numbers(a, b, cw);
	return add_special(a, b, ka, kb, cw);
}

struct f80 soft80_sub(struct f80 a, struct f80 b, u32 cw)
{
	enum f80_class ka = f80_classify(a), kb = f80_classify(b);
	if (is_special(ka) || is_special(kb)) /* a NaN keeps its sign */
		return soft80_nan(a, b);
	b.se ^= F80_SIGN;
	return add_special(a, b, ka, kb, cw);
}

struct f80 soft80_mul(struct f80 a, struct f80 b, u32 cw)
{
	enum f80_class ka = f80_classify(a), kb = f80_classify(b);
	u32 sign = f80_sign(a) ^ f80_sign(b), de = denormal_flag(ka, kb);
	if (is_special(ka) || is_special(kb))
		return soft80_nan(a, b);
	if (ka == F80_INFINITE || kb == F80_INFINITE) {
		if (ka == F80_ZERO || kb == F80_ZERO)
			return f80_invalid();
		return f80_flagged(f80_make(sign, F80_INF, F80_TOP), de);
	}
	if (ka == F80_ZERO || kb == F80_ZERO)
		return f80_flagged(f80_make(sign, 0, 0), de);
	struct number x = number_of(a), y = number_of(b);
	u128 p = (u128)x.mant * y.mant;
	s32 exp = x.exp + y.exp - F80_BIAS + 1;
	if (!(p >> 127)) {
		p <<= 1;
		exp--;
	}
	return or_flags(soft80_round(sign, exp, (u64)(p >> 64), (u64)p, cw), de);
}

/* What a remainder below the divisor means to rounding: nothing, less than half, half, more. */
static u64 rest_of(u64 rem, u64 divisor)
{
	if (!rem)
		return 0;
	u64 other = divisor - rem;
	return rem < other ? 1 : rem == other ? F80_TOP : F80_TOP | 1;
}

struct f80 soft80_div(struct f80 a, struct f80 b, u32 cw)
{
	enum f80_class ka = f80_classify(a), kb = f80_classify(b);
	u32 sign = f80_sign(a) ^ f80_sign(b), de = denormal_flag(ka, kb);
	if (is_special(ka) || is_special(kb))
		return soft80_nan(a, b);
	if (ka == F80_INFINITE)
		return kb == F80_INFINITE ? f80_invalid() : f80_flagged(f80_make(sign, F80_INF, F80_TOP), de);
	if (kb == F80_INFINITE)
		return f80_flagged(f80_make(sign, 0, 0), de);
	if (kb == F80_ZERO)
		return ka == F80_ZERO ? f80_invalid() : f80_flagged(f80_make(sign, F80_INF, F80_TOP), FSW_ZE); /* goes before DE */
	if (ka == F80_ZERO)
		return f80_flagged(f80_make(sign, 0, 0), de);
	struct number x = number_of(a), y = number_of(b);
	s32 exp = x.exp - y.exp + F80_BIAS;
	u128 dividend = (u128)x.mant << 63;
	if (x.mant < y.mant) {
		dividend <<= 1;
		exp--;
	}
	u64 q = (u64)(dividend / y.mant);
	u64 rem = (u64)(dividend - (u128)q * y.mant);
	return or_flags(soft80_round(sign, exp, q, rest_of(rem, y.mant), cw), de);
}

static bool is_root(u64 r, u128 n)
{
	return (u128)r * r <= n && (r == ~0ull || (u128)(r + 1) * (r + 1) > n);
}

/* The root as the host's x87 sees it: a guess, which is_root judges; so any host gives the same answer. */
static u64 host_root(u128 n)
{
#if defined __x86_64__ && !defined TANDEM_SOFT_FPU
	bool odd = n >> 127;
	struct {
		u64 mant;
		u16 se, pad[3];
	} v = {(u64)(n >> (odd ? 64 : 63)), (u16)(F80_BIAS + 63 + (odd ? 64 : 63)), {0}};
	__asm__("fldt %0; fsqrt; fstpt %0" : "+m"(v) : : "st");
	return v.se == F80_BIAS + 63 ? v.mant : ~0ull; /* else it was rounded up to 2^64 */
#else
	(void)n;
	return 0;
#endif
}

/* The 64-bit root of a number of 127 or 128 bits: the root is then in [2^63, 2^64). 32 digits one by one, then a step
 * of Newton's, which doubles them. Not with the host's SSE unit: its flags belong to the guest. */
static u64 root(u128 n)
{
	u64 guess = host_root(n);
	if (is_root(guess, n))
		return guess;
	if (guess && is_root(guess - 1, n))
		return guess - 1;
	u64 rem = 0, half = 0, top = (u64)(n >> 64);
	for (int i = 0; i < 32; i++) {
		rem = rem << 2 | top >> 62;
		top <<= 2;
		u64 trial = half << 2 | 1;
		half <<= 1;
		if (rem >= trial) {
			rem -= trial;
			half |= 1;
		}
	}
	u128 r = half << 32 | 0xffffffff, sum = r + n / (u64)r;
	u64 v = sum >> 65 ? ~0ull : (u64)(sum >> 1);
	while ((u128)v * v > n)
		v--;
	while (v != ~0ull && (u128)(v + 1) * (v + 1) <= n)
		v++;
	return v;
}

struct f80 soft80_sqrt(struct f80 a, u32 cw)
{
	enum f80_class k = f80_classify(a);
	if (is_special(k))
		return soft80_nan(a, a);
	if (k == F80_ZERO)
		return f80_flagged(a, 0);
	if (f80_sign(a))
		return f80_invalid();
	if (k == F80_INFINITE)
		return f80_flagged(a, 0);
	struct number x = number_of(a);
	s32 e = x.exp - F80_BIAS;
	u128 n = (u128)x.mant << (e & 1 ? 64 : 63);
	u64 r = root(n);
	u128 rem = n - (u128)r * r; /* at most 2r; (r + 1/2)^2 = r^2 + r + 1/4 */
	u64 rest = !rem ? 0 : rem <= r ? 1 : F80_TOP | 1;
	s32 half = (e - (e & 1)) / 2;
	return or_flags(soft80_round(0, half + F80_BIAS, r, rest, cw), k == F80_DENORMAL ? FSW_DE : 0);
}

/* ---- compare --------------------------------------------------------------------------------- */

static int order_of_magnitudes(struct number a, struct number b)
{
	if (a.exp != b.exp)
		return a.exp < b.exp ? -1 : 1;
	return a.mant < b.mant ? -1 : a.mant > b.mant;
}

/* -1, 0, 1; an infinity is the largest number */
static int order(struct f80 a, struct f80 b, bool a_zero, bool b_zero)
{
	if (a_zero && b_zero)
		return 0;
	if (a_zero)
		return f80_sign(b) ? 1 : -1;
	if (b_zero || f80_sign(a) != f80_sign(b))
		return f80_sign(a) ? -1 : 1;
	int m = order_of_magnitudes(number_of(a), number_of(b));
	return f80_sign(a) ? -m : m;
}

u32 soft80_compare(struct f80 a, struct f80 b, bool quiet)
{
	enum f80_class ka = f80_classify(a), kb = f80_classify(b);
	if (is_special(ka) || is_special(kb)) {
		bool harmless = quiet && (ka < F80_QNAN || ka == F80_QNAN) && (kb < F80_QNAN || kb == F80_QNAN);
		return FSW_C3 | FSW_C2 | FSW_C0 | (harmless ? 0 : FSW_IE);
	}
	int o = order(a, b, ka == F80_ZERO, kb == F80_ZERO);
	return (o < 0 ? FSW_C0 : o == 0 ? FSW_C3 : 0) | denormal_flag(ka, kb);
}
