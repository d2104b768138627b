/* flags.h - the arithmetic flags in translated code.
 *
 * Most flags are never looked at. So an instruction notes only how they could be
 * computed: its kind and two operands, as registers or constants (pending). When
 * an operand is about to change, or the block is left, three stores write them to
 * struct cpu (fl_kind, fl_a, fl_b: stored); flags_settle turns these into the
 * form that handlers know (cpu.h, fl_res and fl_cc) when one of them takes over.
 */
#ifndef CPU_TRANSLATE_FLAGS_H
#define CPU_TRANSLATE_FLAGS_H

#include "base/types.h"

struct cpu;
struct tr;

enum flag_kind {
	FK_SETTLED, /* fl_res and fl_cc hold them */
	FK_ADD,     /* a + b */
	FK_SUB,     /* a - b */
	FK_LOGIC,   /* the result a; CF OF AF are 0 */
	FK_ADD_TO,  /* (result - b) + b; a is the result */
	FK_SUB_FROM, /* (result + b) - b; a is the result */
	FK_INC,     /* a is the result, b the old CF */
	FK_DEC,
	FK_HOST,    /* a: AX after LAHF and SETO AL */
	FK_SHL,     /* a shifted by the count in fl_kind, 1..31 */
	FK_SHR,
	FK_SAR,
	FK_MUL,     /* a: low half of the product; it does not fit when b is not 0 */
	FK_IMUL,    /* a, b: both halves of a signed product */
	FK_COUNT
};

/* fl_kind: kind * 3 + size index (8, 16, 32 bits) | count << 8; 0 is settled. */
#define FLAG_WORD(kind, size_index, count) (((u32)(kind) * 3 + (u32)(size_index)) | (u32)(count) << 8)

enum flag_ref_kind { REF_NONE, REF_REG, REF_IMM, REF_STORED /* already in fl_a or fl_b */ };

struct flag_ref {
	u8 kind;
	u8 reg; /* of the guest */
	u32 imm;
};

enum flag_place {
	FLAGS_UNKNOWN, /* in struct cpu, of any kind */
	FLAGS_STORED,  /* in struct cpu, of this kind */
	FLAGS_PENDING,
	FLAGS_DEAD,    /* nobody will look */
};

struct flag_state {
	u8 place, kind, size_index, count;
	struct flag_ref a, b;
};

static inline struct flag_ref ref_reg(int reg)
{
	return (struct flag_ref){REF_REG, (u8)reg, 0};
}

static inline struct flag_ref ref_imm(u32 v)
{
	return (struct flag_ref){REF_IMM, 0, v};
}

static inline struct flag_ref ref_stored(void)
{
	return (struct flag_ref){REF_STORED, 0, 0};
}

static inline struct flag_ref ref_none(void)
{
	return (struct flag_ref){REF_NONE, 0, 0};
}

/* The present instruction has set all flags that are still live so; `host`: FL_* that the host's flags show. */
void flags_set(struct tr *t, enum flag_kind kind, int size, u32 count, struct flag_ref a, struct flag_ref b, u32 host);
/* It has left them in the host's flags, all of them: they are captured (RAX is clobbered). */
void flags_capture(struct tr *t, int size);
/* Writes pending flags to struct cpu. The host's stay. */
void flags_store(struct tr *t);
/* Makes the host's flags show the guest's, those in `mask`. Clobbers RAX; RCX and RSI, too, where the kind is not known. */
void flags_to_host(struct tr *t, u32 mask);
/* Emits what computes the host's flags from fl_a and fl_b; false: this kind needs flags_settle. */
bool flags_from_memory(struct tr *t, int kind, int size_index);
/* EBX = CF, 0 or 1 */
void flags_cf_to_bx(struct tr *t);

/* FL_* that a condition looks at, by the low nibble of the opcode */
u32 cond_flags(int cond);

/* Called from host code: stored flags of any kind take the handlers' form. */
void flags_settle(struct cpu *c);

#endif
