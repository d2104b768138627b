/* wide.c - sums, quotients and rounding of 128-bit floating point; see wide.h. */
#include "cpu/fpu/wide.h"

#include "cpu/fpu/soft80_inline.h"

struct wide wide_add(struct wide a, struct wide b)
{
	if (!a.mant || !b.mant)
		return a.mant ? a : b;
	if (a.exp < b.exp || (a.exp == b.exp && a.mant < b.mant)) {
		struct wide t = a;
		a = b;
		b = t;
	}
	s32 d = a.exp - b.exp;
	u128 y = f80_shift_jam(b.mant, (u32)d);
	if (a.sign != b.sign)
		return wide_make(a.sign, a.exp, a.mant - y);
	u128 sum = a.mant + y;
	if (sum >= y)
		return wide_make(a.sign, a.exp, sum);
	return wide_make(a.sign, a.exp + 1, sum >> 1 | (u128)1 << 127 | (sum & 1));
}

/* One 64-bit digit of a / b, a < b; *a becomes the remainder, moved up by a digit */
static u64 next_digit(u128 *a, u128 b)
{
	u64 bh = (u64)(b >> 64), bl = (u64)b;
	u64 q = (u64)(*a >> 64) >= bh ? ~0ull : (u64)(*a / bh);
	/* q * b and a * 2^64 have 192 bits: upper 128 and lower 64 */
	u128 low = (u128)q * bl, high = (u128)q * bh + (u64)(low >> 64);
	u64 last = (u64)low;
	while (high > *a || (high == *a && last)) {
		q--;
		high -= (u128)bh + (last < bl);
		last -= bl;
	}
	*a = ((*a - high) << 64) - last;
	return q;
}

struct wide wide_div(struct wide a, struct wide b)
{
	s32 exp = a.exp - b.exp;
	u128 rem = a.mant, q;
	bool over = rem >= b.mant;
	if (over)
		rem -= b.mant;
	u64 hi = next_digit(&rem, b.mant), lo = next_digit(&rem, b.mant);
	q = (u128)hi << 64 | lo;
	if (over) /* the digit in front of the point */
		return wide_make(a.sign ^ b.sign, exp, q >> 1 | (u128)1 << 127 | (q & 1) | (rem != 0));
	return wide_make(a.sign ^ b.sign, exp - 1, q | (rem != 0));
}

u128 wide_fraction(struct wide a)
{
	if (!a.mant || a.exp < -128)
		return 0;
	return a.mant >> (-1 - a.exp);
}

struct f80 wide_round(struct wide a, bool exact, u32 cw)
{
	if (!a.mant)
		return f80_make(a.sign, 0, 0);
	u64 lo = (u64)a.mant | !exact;
	return soft80_round(a.sign, a.exp + F80_BIAS, (u64)(a.mant >> 64), lo, cw | FCW_PC_64);
}
