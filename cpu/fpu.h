/* fpu.h - the state of the x87 unit and of the vector registers.
 *
 * SDM 1 chapters 8 (x87), 9 (MMX), 10 (SSE). The x87 registers are the physical
 * ones, R0..R7; ST(i) is R[(TOP + i) & 7]. MMX register i is the mantissa of R[i].
 */
#ifndef CPU_FPU_H
#define CPU_FPU_H

#include "base/types.h"

struct cpu;

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

/* Control word bits that can be written, and the reserved one that reads 1. */
#define FCW_WRITABLE 0x1f3f
#define FCW_FIXED 0x40

/* struct cpu.fpu_gate: why an x87 instruction must look closer. */
enum {
	FPU_GATE_CR0 = 1,       /* CR0.EM or TS */
	FPU_GATE_PENDING = 2,   /* an unmasked exception: SW.ES */
	FPU_GATE_PRECISION = 4, /* the precision exception is unmasked */
};

/* After any change of fpu.cw, of the exceptions in fpu.sw, or of CR0: computes ES and B, FERR#, the gate. */
void fpu_update(struct cpu *c);
void fpu_reset(struct cpu *c);

#endif
