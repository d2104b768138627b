/* uop.h - one decoded instruction, ready to run, and the blocks they form.
 *
 * The layout is docs/engine.md section 2: 32 bytes, registers as byte offsets into
 * struct cpu, no absolute IP.
 */
#ifndef CPU_UOP_H
#define CPU_UOP_H

#include "base/types.h"

struct cpu;
struct uop;
struct code_block;
struct simd_op;

/* `left`: instructions that may still run after this block (docs/engine.md section 3). */
typedef void (*uop_fn)(struct cpu *c, const struct uop *u, s64 left);

enum {
	UF_MEM = 1,    /* the E operand is in memory (base, index, disp, seg); else it is register `dst` */
	UF_LOCK = 2,
	UF_REP = 4,    /* F3 */
	UF_REPNE = 8,  /* F2 */
	UF_DIRECT = 16, /* policy: run on hw with the processor's own checks; clear: VM exit */
	UF_INNOCUOUS = 32 /* with UF_DIRECT: not even counted */
};

/* Of a system uop (cpu/system/): what the decoder found. */
struct uop_sys {
	u16 op;       /* enum op */
	u16 imm2;     /* selector of a direct far pointer, ENTER's level */
	u8 opsize;    /* 1, 2, 4 (8) */
	u8 addrsize;  /* 2, 4 (8) */
	u8 flags;     /* UF_* */
	u8 digit;     /* ModRM.reg as it stands: number of the segment, control, debug register; segment of PUSH/POP/LxS */
};

#define UOP_ADDR16 4 /* in seg_scale: the effective address wraps at 64 KB */

struct uop {
	uop_fn fn;
	union {
		struct code_block *next; /* chained successor, NULL: not linked yet */
		struct uop_sys sys;
		const struct simd_op *simd; /* of a vector uop: cpu/simd/simd.h */
		uop_fn handler;          /* its own, where fn leads into translated code (not a block's first uop's) */
	} x;
	u32 imm;
	s32 disp;
	u8 dst, src;    /* byte offsets into struct cpu: E register, G register */
	u8 base, index; /* byte offsets; CPU_ZERO for none */
	u8 seg_scale;   /* segment number << 5 (= its byte offset in cpu.xseg) | UOP_ADDR16 | scale shift */
	u8 rem;         /* instructions left in the block, with this one */
	u16 loc;        /* offset of the instruction in its page << 4 | length */
};

_Static_assert(sizeof(struct uop) == 32, "a uop is half a cache line");

static inline u32 uop_off(const struct uop *u)
{
	return u->loc >> 4;
}

static inline int uop_len(const struct uop *u)
{
	return u->loc & 15;
}

static inline int uop_seg(const struct uop *u)
{
	return u->seg_scale >> 5;
}

#endif
