/* soft80.h - 80-bit arithmetic in integers: the same bits and flags on any host.
 *
 * SDM 1 4.2 (formats), 4.8 (special values), 8.4 and 8.5 (exceptions). Numbers are
 * passed and returned by value; a result carries the flags that it raised, in their
 * places of the status word, with C1 = rounded up. `cw` is the guest's control
 * word: rounding, precision, and which of overflow and underflow are unmasked
 * (their results differ). Nothing here knows of the register stack.
 *
 * Where several exceptions meet, an unmasked invalid operation, denormal operand or
 * division by zero makes the result meaningless: callers then drop it.
 */
#ifndef CPU_FPU_SOFT80_H
#define CPU_FPU_SOFT80_H

#include "base/types.h"

/* Status word */
enum {
	FSW_IE = 1, FSW_DE = 2, FSW_ZE = 4, FSW_OE = 8, FSW_UE = 16, FSW_PE = 32, FSW_SF = 64, FSW_ES = 128,
	FSW_C0 = 1 << 8, FSW_C1 = 1 << 9, FSW_C2 = 1 << 10, FSW_TOP = 7 << 11, FSW_C3 = 1 << 14, FSW_B = 1 << 15,
	FSW_EXCEPTIONS = 63, FSW_CC = FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3,
};
#define FSW_TOP_SHIFT 11

/* Control word */
enum {
	FCW_PC = 3 << 8, FCW_PC_24 = 0, FCW_PC_53 = 2 << 8, FCW_PC_64 = 3 << 8,
	FCW_RC = 3 << 10, FCW_NEAREST = 0, FCW_DOWN = 1 << 10, FCW_UP = 2 << 10, FCW_CHOP = 3 << 10,
	FCW_INFINITY = 1 << 12,
};

struct f80 {
	u64 mant;
	u32 se;    /* sign and exponent, 16 bits */
	u32 flags; /* of a result */
};

typedef unsigned __int128 u128;

#define F80_SIGN 0x8000u
#define F80_TOP 0x8000000000000000ull /* the integer bit J */
#define F80_QUIET 0x4000000000000000ull
#define F80_BIAS 0x3fff
#define F80_INF 0x7fff
#define F80_WRAP 0x6000 /* what an unmasked overflow or underflow adds to the exponent */

/* What a bit pattern means. */
enum f80_class { F80_ZERO, F80_NORMAL, F80_DENORMAL /* and pseudo-denormal */, F80_INFINITE, F80_QNAN, F80_SNAN, F80_UNSUPPORTED };

static inline struct f80 f80_make(u32 sign, u32 exp, u64 mant)
{
	return (struct f80){mant, sign << 15 | exp, 0};
}

static inline struct f80 f80_flagged(struct f80 v, u32 flags)
{
	v.flags = flags;
	return v;
}

static inline u32 f80_sign(struct f80 v)
{
	return v.se >> 15;
}

static inline s32 f80_exp(struct f80 v)
{
	return (s32)(v.se & 0x7fff);
}

static inline bool f80_is_normal(struct f80 v)
{
	return (v.se & 0x7fff) - 1 < 0x7ffe && v.mant >> 63;
}

static inline bool f80_is_zero(struct f80 v)
{
	return !((v.se & 0x7fff) | v.mant);
}

/* The QNaN "indefinite": the answer to every masked invalid operation. */
static inline struct f80 f80_invalid(void)
{
	return (struct f80){F80_TOP | F80_QUIET, 0xffff, FSW_IE};
}

enum f80_class f80_classify(struct f80 v);

/* ---- arithmetic: rounded to the precision of cw ---- */
struct f80 soft80_add(struct f80 a, struct f80 b, u32 cw);
struct f80 soft80_sub(struct f80 a, struct f80 b, u32 cw);
struct f80 soft80_mul(struct f80 a, struct f80 b, u32 cw);
struct f80 soft80_div(struct f80 a, struct f80 b, u32 cw);
struct f80 soft80_sqrt(struct f80 a, u32 cw);

/* ---- always to 64 bits ---- */
struct f80 soft80_rint(struct f80 a, u32 cw);
struct f80 soft80_scale(struct f80 a, struct f80 b, u32 cw);
/* FPREM, FPREM1 (nearest): flags hold C0, C1, C3 = quotient bits, C2 = incomplete, too. */
enum f80_rem { F80_REM_CHOP, F80_REM_NEAREST };
struct f80 soft80_rem(struct f80 a, struct f80 b, enum f80_rem kind, u32 cw);
/* FXTRACT: significand and exponent of a. */
struct f80 soft80_significand(struct f80 a);
struct f80 soft80_exponent(struct f80 a);

/* Rounds a value (-1)^sign * hi.lo * 2^(exp - bias - 63), hi's top bit set, to the precision of cw. */
struct f80 soft80_round(u32 sign, s32 exp, u64 hi, u64 lo, u32 cw);
/* The answer of a two-operand operation when at least one is a NaN or unsupported; one operand: pass it twice. */
struct f80 soft80_nan(struct f80 a, struct f80 b);
/* A denormal's digits moved up: exp may then be negative. */
u64 soft80_normalise(u64 mant, s32 *exp);

/* ---- compare: C3 C2 C0 in flags' places, with IE and DE. quiet: FUCOM, no IE for QNaNs ---- */
u32 soft80_compare(struct f80 a, struct f80 b, bool quiet);

/* ---- conversions ---- */
struct f80 soft80_from_f32(u32 v);
struct f80 soft80_from_f64(u64 v);
struct f80 soft80_from_int(s64 v);
struct soft80_bits {
	u64 bits;
	u32 flags;
};
struct soft80_bits soft80_to_f32(struct f80 a, u32 cw);
struct soft80_bits soft80_to_f64(struct f80 a, u32 cw);
/* bytes: 2, 4, 8. Out of range: the integer indefinite and IE. */
struct soft80_bits soft80_to_int(struct f80 a, int bytes, u32 cw);
/* Packed decimal: low eight bytes in bits, the upper two through `high`. */
struct soft80_bits soft80_to_bcd(struct f80 a, u32 cw, u16 *high);
struct f80 soft80_from_bcd(u64 low, u16 high);

#endif
