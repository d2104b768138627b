/* soft80_inline.h - the common cases of 80-bit arithmetic, in line for the hot handlers.
 *
 * Operands are normal numbers or zeros, the result is normal or zero: all else is
 * soft80.c's. The precision of cw holds.
 */
#ifndef CPU_FPU_SOFT80_INLINE_H
#define CPU_FPU_SOFT80_INLINE_H

#include "cpu/fpu/soft80.h"

#define F80_INLINE static inline __attribute__((always_inline))

F80_INLINE u32 f80_bits_kept(u32 cw) /* 64, 53, 24; the reserved PC 1 is 64 */
{
	u32 pc = cw & FCW_PC;
	return pc == FCW_PC_24 ? 24 : pc == FCW_PC_53 ? 53 : 64;
}

/* Does rounding go away from zero? rest: the digits cut off, left-aligned with a sticky last bit. */
F80_INLINE bool f80_rounds_up(u32 sign, u64 rest, bool odd, u32 cw)
{
	u32 rc = cw & FCW_RC;
	if (rc == FCW_NEAREST)
		return rest > F80_TOP || (rest == F80_TOP && odd);
	return rest && rc == (sign ? FCW_DOWN : FCW_UP);
}

/* hi's top bit is set. False in *ok: the exponent left the normal range. */
F80_INLINE struct f80 f80_round_normal(u32 sign, s32 exp, u64 hi, u64 lo, u32 cw, bool *ok)
{
	u32 flags = 0;
	if (__builtin_expect((cw & (FCW_PC | FCW_RC)) == (FCW_PC_64 | FCW_NEAREST), 1)) {
		u64 up = (lo >> 63) & ((lo << 1 != 0) | (hi & 1));
		flags = (lo ? FSW_PE : 0) | (u32)up << 9;
		hi += up;
		u64 carry = hi == 0;
		hi |= carry << 63;
		exp += (s32)carry;
	} else {
		u32 kept = f80_bits_kept(cw);
		u64 ulp = 1ull << (64 - kept), rest = kept == 64 ? lo : hi << kept | (lo != 0);
		hi &= ~(ulp - 1);
		if (rest)
			flags = FSW_PE;
		if (f80_rounds_up(sign, rest, hi & ulp, cw)) {
			flags |= FSW_C1;
			hi += ulp;
			if (!hi) {
				hi = F80_TOP;
				exp++;
			}
		}
	}
	*ok = (u32)(exp - 1) < 0x7ffe;
	return (struct f80){hi, sign << 15 | ((u32)exp & 0x7fff), flags};
}

F80_INLINE struct f80 f80_mul_normal(struct f80 a, struct f80 b, u32 cw, bool *ok)
{
	u32 sign = (a.se ^ b.se) >> 15 & 1;
	u128 p = (u128)a.mant * b.mant;
	s32 exp = f80_exp(a) + f80_exp(b) - F80_BIAS + 1;
	u64 hi = (u64)(p >> 64), lo = (u64)p;
	u32 low = !(hi >> 63); /* the product of two numbers in [1,2) is in [1,4) */
	hi = hi << low | (low & lo >> 63);
	lo <<= low;
	return f80_round_normal(sign, exp - (s32)low, hi, lo, cw, ok);
}

/* x shifted right, what falls out kept as a sticky last bit */
F80_INLINE u128 f80_shift_jam(u128 x, u32 n)
{
	if (n < 64)
		return n ? x >> n | ((u64)x << (64 - n) != 0) : x;
	if (n < 127)
		return x >> n | (x << (128 - n) != 0);
	return x != 0;
}

/* b's sign is changed already for a subtraction */
F80_INLINE struct f80 f80_add_normal(struct f80 a, struct f80 b, u32 cw, bool *ok)
{
	if (f80_exp(a) < f80_exp(b)) {
		struct f80 t = a;
		a = b;
		b = t;
	}
	s32 exp = f80_exp(a);
	u32 d = (u32)(exp - f80_exp(b)), sign = f80_sign(a);
	u64 bhi, blo;
	if (__builtin_expect(d < 64, 1)) {
		bhi = b.mant >> d;
		blo = b.mant << 1 << (63 - d);
	} else {
		bhi = 0;
		blo = d == 64 ? b.mant : d < 127 ? b.mant >> (d - 64) | (b.mant << (128 - d) != 0) : 1;
	}
	if ((a.se ^ b.se) >> 15) {
		u128 r = ((u128)a.mant << 64) - ((u128)bhi << 64 | blo);
		if ((s64)(u64)(r >> 64) < 0 && d == 0) {
			r = -r;
			sign ^= 1;
		}
		u64 hi = (u64)(r >> 64), lo = (u64)r;
		if (hi == 0) {
			if (lo == 0) {
				*ok = true;
				return f80_make((cw & FCW_RC) == FCW_DOWN, 0, 0);
			}
			hi = lo;
			lo = 0;
			exp -= 64;
		}
		u32 n = (u32)__builtin_clzll(hi);
		hi = hi << n | lo >> 1 >> (63 - n);
		return f80_round_normal(sign, exp - (s32)n, hi, lo << n, cw, ok);
	}
	u64 hi = a.mant + bhi;
	if (hi < bhi) {
		blo = blo >> 1 | (blo & 1) | hi << 63;
		hi = hi >> 1 | F80_TOP;
		exp++;
	}
	return f80_round_normal(sign, exp, hi, blo, cw, ok);
}

/* Finite normal numbers and zeros only: C3 C2 C0. */
F80_INLINE u32 f80_compare_normal(struct f80 a, struct f80 b)
{
	bool az = !a.mant, bz = !b.mant;
	if (az && bz)
		return FSW_C3;
	bool less;
	if (az || bz)
		less = az ? !(b.se >> 15) : a.se >> 15;
	else if ((a.se ^ b.se) >> 15)
		less = a.se >> 15;
	else if (a.se != b.se)
		less = (a.se < b.se) ^ (a.se >> 15);
	else if (a.mant != b.mant)
		less = (a.mant < b.mant) ^ (a.se >> 15);
	else
		return FSW_C3;
	return less ? FSW_C0 : 0;
}

/* 0: zero or normal, converted; else the number is left to soft80_from_*. */
F80_INLINE struct f80 f80_from_f64_normal(u64 v, bool *ok)
{
	u32 exp = (u32)(v >> 52) & 0x7ff;
	*ok = exp - 1 < 0x7fe || !(v << 1);
	return (struct f80){exp ? F80_TOP | v << 11 : 0, ((u32)(v >> 63) << 15) | (exp ? exp + 0x3c00 : 0), 0};
}

F80_INLINE struct f80 f80_from_f32_normal(u32 v, bool *ok)
{
	u32 exp = v >> 23 & 0xff;
	*ok = exp - 1 < 0xfe || !(v << 1);
	return (struct f80){exp ? F80_TOP | (u64)v << 40 : 0, (v >> 31) << 15 | (exp ? exp + 0x3f80 : 0), 0};
}

F80_INLINE struct f80 f80_from_s64(s64 v)
{
	if (!v)
		return f80_make(0, 0, 0);
	u64 mag = v < 0 ? 0 - (u64)v : (u64)v;
	u32 n = (u32)__builtin_clzll(mag);
	return f80_make(v < 0, F80_BIAS + 63 - n, mag << n);
}

#endif
