/* soft_sse.h - 32- and 64-bit floating point in integers: the same bits and flags
 * on any host. SDM 1 4.8, 11.5 and appendix E.
 *
 * A number is its bit pattern in a u64; `f` says which format. What an operation
 * needs of MXCSR, and the flags that it raises, are in struct soft. Under an unmasked
 * exception the result means nothing: the instruction faults.
 */
#ifndef CPU_SIMD_SOFT_SSE_H
#define CPU_SIMD_SOFT_SSE_H

#include "cpu/simd/simd.h"

enum soft_format { F32, F64 };

struct soft {
	u32 mxcsr;
	u32 flags; /* MXCSR_IE ... */
};

static inline u64 soft_sign(enum soft_format f)
{
	return f == F32 ? 1ull << 31 : 1ull << 63;
}

u64 soft_add(struct soft *s, enum soft_format f, u64 a, u64 b);
u64 soft_sub(struct soft *s, enum soft_format f, u64 a, u64 b);
u64 soft_mul(struct soft *s, enum soft_format f, u64 a, u64 b);
u64 soft_div(struct soft *s, enum soft_format f, u64 a, u64 b);
u64 soft_sqrt(struct soft *s, enum soft_format f, u64 b);
u64 soft_min(struct soft *s, enum soft_format f, u64 a, u64 b);
u64 soft_max(struct soft *s, enum soft_format f, u64 a, u64 b);

enum soft_order { SOFT_LESS = 1, SOFT_EQUAL = 2, SOFT_GREATER = 4, SOFT_UNORDERED = 8 };
/* signalling: a quiet NaN is an invalid operand, too */
enum soft_order soft_compare(struct soft *s, enum soft_format f, u64 a, u64 b, bool signalling);

/* To an integer, as a floating-point number. imm8 of ROUNDPS: bits 1..0 rounding, 2: by MXCSR, 3: no PE. */
u64 soft_round(struct soft *s, enum soft_format f, u64 b, u32 imm);
u64 soft_from_int(struct soft *s, enum soft_format f, s64 v);
/* Out of range or NaN: IE and the integer indefinite 80000000. */
u32 soft_to_int32(struct soft *s, enum soft_format f, u64 b, bool truncate);
u64 soft_widen(struct soft *s, u64 b);  /* 32 to 64 bits */
u64 soft_narrow(struct soft *s, u64 b); /* 64 to 32 bits */

/* Approximations of 12 bits, of our own making (SDM 2: relative error below 1.5 * 2^-12): no exceptions. */
u32 soft_rcp(u32 b);
u32 soft_rsqrt(u32 b);

#endif
