/* simd.h - what the vector instructions are made of (SDM 1 chapters 9 to 12).
 *
 *   opcode row ──> struct simd_op (by operation: one function for XMM, one for MMX)
 *                        │
 *   handlers.c    load b ──> r = fn(a, b, imm) ──> write r        any form of operands
 *   hot.c         the same in line, for the most frequent ones
 *
 * Vectors travel by value; a value that is shorter than 16 bytes has zeros above
 * it. The functions of integer, shuffle and cipher families are pure. Those of the
 * floating-point families leave the exceptions they met in cpu.simd_raised.
 *
 * Floating point has two ways that give the same bits and flags: soft_sse.c, in
 * integers, on any host; and on x86-64 the host's own SSE unit with the guest's
 * rounding and all exceptions masked (mxcsr.c), taken while the guest masks all, too.
 */
#ifndef CPU_SIMD_SIMD_H
#define CPU_SIMD_SIMD_H

#include "cpu/cpu.h"
#include "cpu/lower.h"

typedef u64 vec __attribute__((vector_size(16)));
typedef s64 v2s64 __attribute__((vector_size(16)));
typedef u32 v4u32 __attribute__((vector_size(16)));
typedef s32 v4s32 __attribute__((vector_size(16)));
typedef u16 v8u16 __attribute__((vector_size(16)));
typedef s16 v8s16 __attribute__((vector_size(16)));
typedef u8 v16u8 __attribute__((vector_size(16)));
typedef s8 v16s8 __attribute__((vector_size(16)));

#if defined(__x86_64__) && !defined(TANDEM_SOFT_FPU)
#define SIMD_HOST_FPU 1
#else
#define SIMD_HOST_FPU 0
#endif

/* a: the destination's old value (0 where it is not a vector register); b: the source; imm: the immediate byte. */
typedef vec (*simd_fn)(vec a, vec b, u32 imm, struct cpu *c);

struct simd_op {
	simd_fn fn;   /* on XMM registers, and on memory and general registers with them */
	simd_fn mmx;  /* on MMX registers; NULL: there is no such form */
	simd_fn host; /* floating point, by the host's unit; NULL: always fn */
	bool is_float; /* may raise SIMD floating-point exceptions */
};

/* By family, NULL for operations of other families. The tables are indexed from the first vector operation. */
#define SIMD_FIRST OP_MOVUPS
#define SIMD_COUNT (OP_COUNT - SIMD_FIRST)
const struct simd_op *simd_lanes(u16 op);     /* lanes.c */
const struct simd_op *simd_across(u16 op);    /* across.c */
const struct simd_op *simd_shuffle(u16 op);   /* shuffle.c */
const struct simd_op *simd_blend(u16 op);     /* blend.c */
const struct simd_op *simd_insertps_memory(void);
const struct simd_op *simd_text(u16 op);      /* text.c */
const struct simd_op *simd_crypto(u16 op);    /* crypto.c */
const struct simd_op *simd_sha(u16 op);       /* sha.c */
const struct simd_op *simd_float(u16 op);     /* float.c */
const struct simd_op *simd_convert(u16 op);   /* convert.c */
const struct simd_op *simd_move(const struct insn *in); /* moves.c: these depend on the operands */

/* ---- MXCSR (mxcsr.c) ------------------------------------------------------------------- */

enum {
	MXCSR_IE = 1, MXCSR_DE = 2, MXCSR_ZE = 4, MXCSR_OE = 8, MXCSR_UE = 16, MXCSR_PE = 32,
	MXCSR_FLAGS = 63, MXCSR_PRE = MXCSR_IE | MXCSR_DE | MXCSR_ZE, MXCSR_POST = MXCSR_OE | MXCSR_UE | MXCSR_PE,
	MXCSR_DAZ = 1 << 6, MXCSR_MASKS = 63 << 7, MXCSR_MASKS_SHIFT = 7,
	MXCSR_RC_SHIFT = 13, MXCSR_RC = 3 << MXCSR_RC_SHIFT, MXCSR_FTZ = 1 << 15,
	MXCSR_RESET = 0x1f80, MXCSR_VALID = 0xffff,
};

/* Merges the exceptions that the last instruction raised; -1 with #XM or #UD raised when one is unmasked. */
int simd_exceptions(struct cpu *c);
/* Writes MXCSR; the value has been checked. */
void simd_set_mxcsr(struct cpu *c, u32 value);
/* May an instruction that touches such state run? STEP_FAULT: #UD, #NM or #MF raised; STEP_REPEAT: frozen by FERR#. */
enum step simd_usable(struct cpu *c, bool uses_xmm, bool uses_mmx);

/* ---- registers -------------------------------------------------------------------------- */

static inline vec simd_get(const struct cpu *c, u32 offset) /* offset: 16 times the number */
{
	vec v;
	memcpy(&v, (const u8 *)c->simd.xmm + offset, sizeof v);
	return v;
}

static inline void simd_set(struct cpu *c, u32 offset, vec v)
{
	memcpy((u8 *)c->simd.xmm + offset, &v, sizeof v);
}

static inline vec simd_low(u64 v)
{
	return (vec){v, 0};
}

static inline vec mmx_get(const struct cpu *c, u32 number)
{
	return simd_low(c->fpu.r[number].mant);
}

static inline void mmx_set(struct cpu *c, u32 number, vec v)
{
	c->fpu.r[number].mant = v[0];
	c->fpu.r[number].se = 0xffff;
}

/* What every MMX instruction does to the x87 state: TOP = 0, all registers valid. SDM 1 9.5.1 */
static inline void simd_mmx_state(struct cpu *c)
{
	c->fpu.sw &= (u16)~(7 << 11);
	c->fpu.valid = 0xff;
}

/* ---- memory (handlers.c) ------------------------------------------------------------------- */

/* `size` bytes, 1 to 16; is_aligned: 16 bytes must be aligned, or #GP(0). 0, or -1 with cpu.fault set. */
int simd_load(struct cpu *c, const struct uop *u, int size, bool is_aligned, vec *v);
int simd_store(struct cpu *c, const struct uop *u, int size, bool is_aligned, vec v);

/* ---- handlers --------------------------------------------------------------------------------- */

void h_simd(struct cpu *c, const struct uop *u, s64 left); /* any form, the complete way */
/* The end of a handler, by what its step function returned. */
void simd_finish(struct cpu *c, const struct uop *u, s64 left, enum step step);
/* FXSAVE and the like (state.c), or NULL. */
uop_fn simd_state_handler(const struct insn *in, struct uop *u);
/* The handler in line for this form, or NULL (hot.c). */
uop_fn simd_hot(const struct insn *in, const struct simd_op *op, u32 form);

/* How a uop's operands lie: in uop.imm above the immediate byte. */
enum simd_form {
	FORM_DST_SHIFT = 8, FORM_DST = 7 << 8,
	FORM_SRC_SHIFT = 11, FORM_SRC = 7 << 11,
	FORM_SIZE_SHIFT = 14, FORM_SIZE = 31 << 14, /* bytes of memory */
	FORM_ALIGNED = 1 << 19,
	FORM_MMX_FN = 1 << 20,  /* the MMX function */
	FORM_XMM = 1 << 21,     /* touches XMM state */
	FORM_MMX = 1 << 22,     /* touches MMX state */
	FORM_FLOAT = 1 << 23,
	FORM_KEEP = 1 << 24,    /* the destination is an operand only: flags, or the function's own business, come out */
};
enum simd_place { AT_NONE, AT_XMM, AT_MMX, AT_GPR, AT_MEM, AT_IMM };
#define FORM_DST_IS(place) ((u32)(place) << FORM_DST_SHIFT)
#define FORM_SRC_IS(place) ((u32)(place) << FORM_SRC_SHIFT)

static inline u32 form_size(u32 form)
{
	return (form & FORM_SIZE) >> FORM_SIZE_SHIFT;
}

#endif
