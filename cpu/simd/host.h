/* host.h - floating point by the host's own SSE2 unit. Correct only between simd_enter
 * and simd_host_off: the host's MXCSR then is the guest's, with all exceptions masked.
 *
 * One instruction each, in assembly: a compiler would take arithmetic for free of
 * side effects and move it across the loads and stores of MXCSR.
 */
#ifndef CPU_SIMD_HOST_H
#define CPU_SIMD_HOST_H

#include "cpu/simd/simd.h"

#if SIMD_HOST_FPU

#define HOST(fn) host_##fn

/* a = a op b */
#define HOST_TWO(name) \
	static inline __attribute__((always_inline)) vec host_##name(vec a, vec b, u32 imm, struct cpu *c) \
	{ \
		(void)imm, (void)c; \
		__asm__ volatile(#name " %1, %0" : "+x"(a) : "x"(b)); \
		return a; \
	}
HOST_TWO(addps) HOST_TWO(addpd) HOST_TWO(addss) HOST_TWO(addsd)
HOST_TWO(subps) HOST_TWO(subpd) HOST_TWO(subss) HOST_TWO(subsd)
HOST_TWO(mulps) HOST_TWO(mulpd) HOST_TWO(mulss) HOST_TWO(mulsd)
HOST_TWO(divps) HOST_TWO(divpd) HOST_TWO(divss) HOST_TWO(divsd)
HOST_TWO(minps) HOST_TWO(minpd) HOST_TWO(minss) HOST_TWO(minsd)
HOST_TWO(maxps) HOST_TWO(maxpd) HOST_TWO(maxss) HOST_TWO(maxsd)
/* these write a, or the low part of it, from b alone */
HOST_TWO(sqrtps) HOST_TWO(sqrtpd) HOST_TWO(sqrtss) HOST_TWO(sqrtsd)
HOST_TWO(cvtdq2ps) HOST_TWO(cvtdq2pd) HOST_TWO(cvtps2dq) HOST_TWO(cvttps2dq) HOST_TWO(cvtpd2dq) HOST_TWO(cvttpd2dq)
HOST_TWO(cvtps2pd) HOST_TWO(cvtpd2ps) HOST_TWO(cvtss2sd) HOST_TWO(cvtsd2ss)

#define HOST_FROM_INT(name) \
	static inline __attribute__((always_inline)) vec host_##name(vec a, vec b, u32 imm, struct cpu *c) \
	{ \
		(void)imm, (void)c; \
		__asm__ volatile(#name "l %1, %0" : "+x"(a) : "r"((u32)b[0])); \
		return a; \
	}
HOST_FROM_INT(cvtsi2ss) HOST_FROM_INT(cvtsi2sd)

#define HOST_TO_INT(name) \
	static inline __attribute__((always_inline)) vec host_##name(vec a, vec b, u32 imm, struct cpu *c) \
	{ \
		u32 r; \
		(void)a, (void)imm, (void)c; \
		__asm__ volatile(#name " %1, %0" : "=r"(r) : "x"(b)); \
		return simd_low(r); \
	}
HOST_TO_INT(cvtss2si) HOST_TO_INT(cvttss2si) HOST_TO_INT(cvtsd2si) HOST_TO_INT(cvttsd2si)

/* ZF PF CF, in their EFLAGS places, as the result */
#define HOST_TO_FLAGS(name) \
	static inline __attribute__((always_inline)) vec host_##name(vec a, vec b, u32 imm, struct cpu *c) \
	{ \
		u8 zf, pf, cf; \
		(void)imm, (void)c; \
		__asm__ volatile(#name " %4, %3" : "=@ccz"(zf), "=@ccp"(pf), "=@ccc"(cf) : "x"(a), "x"(b)); \
		return simd_low((u64)(cf | pf << 2 | zf << 6)); \
	}
HOST_TO_FLAGS(comiss) HOST_TO_FLAGS(comisd) HOST_TO_FLAGS(ucomiss) HOST_TO_FLAGS(ucomisd)

/* The predicate is part of the instruction. */
#define HOST_PREDICATE(name, n) case n: __asm__ volatile(#name " $" #n ", %1, %0" : "+x"(a) : "x"(b)); return a;
#define HOST_COMPARE(name) \
	static inline vec host_##name(vec a, vec b, u32 imm, struct cpu *c) \
	{ \
		(void)c; \
		switch (imm & 7) { \
			HOST_PREDICATE(name, 0) HOST_PREDICATE(name, 1) HOST_PREDICATE(name, 2) HOST_PREDICATE(name, 3) \
			HOST_PREDICATE(name, 4) HOST_PREDICATE(name, 5) HOST_PREDICATE(name, 6) HOST_PREDICATE(name, 7) \
		} \
		return a; \
	}
HOST_COMPARE(cmpps) HOST_COMPARE(cmppd) HOST_COMPARE(cmpss) HOST_COMPARE(cmpsd)

#else
#define HOST(fn) 0
#endif

#endif
