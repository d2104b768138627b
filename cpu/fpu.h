/* fpu.h - the state of the x87 unit and of the vector registers.
 *
 * SDM 1 chapters 8 (x87), 9 (MMX), 10 (SSE). The x87 registers are the physical
 * ones, R0..R7; ST(i) is R[(TOP + i) & 7]. MMX register i is the mantissa of R[i].
 */
#ifndef CPU_FPU_H
#define CPU_FPU_H

#include "base/types.h"

struct x87_reg { /* as a host long double lies in memory */
	u64 mant;
	u16 se; /* sign and exponent */
	u16 pad[3];
};

struct fpu {
	struct x87_reg r[8];
	u16 cw, sw; /* TOP is bits 13..11 of sw */
	u8 valid;   /* bit i: R[i] is not empty (FXSAVE's abridged tag word) */
	u8 pad;
	u16 fop;    /* last instruction: opcode, */
	u64 fip, fdp; /* pointers, */
	u16 fcs, fds; /* and selectors */
};

union vec128 {
	u8 b[16];
	u16 w[8];
	u32 d[4];
	u64 q[2];
	float s[4];
	double f[2];
};

struct simd {
	union vec128 xmm[16];
	u32 mxcsr;
};

#endif
