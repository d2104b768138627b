/* forms.h - every instruction form that the decoder knows: row of the opcode table x operand form x operand size. */
#ifndef CLASSIFY_FORMS_H
#define CLASSIFY_FORMS_H

#include "cpu/insn.h"

/* What stands behind opcode, ModRM and displacement, to be filled in for each experiment. */
enum tail { TAIL_NONE, TAIL_IMM, TAIL_FAR, TAIL_ADDRESS };

struct form {
	const struct opcode *row;
	u8 mode;      /* enum decode_mode */
	u8 opsize;    /* bytes; 1 for byte forms */
	u8 has_mem;   /* the explicit operand is in memory */
	u8 has_modrm;
	u8 op_differs; /* there are forms of several operand sizes: the name says which */
	u8 head[12];  /* prefixes, opcode, ModRM, displacement */
	u8 head_len;
	u8 tail;      /* enum tail */
	u8 tail_len;
	u16 op;       /* enum op */
	char key[24];      /* "8C/1.r32": stable, unique within a mode */
	char operands[40]; /* "RvMw,CS reg 32": the table's codes, the operand form, the operand size; for machines */
	char name[48];     /* "MOV m16, CS": as the SDM writes it */
	char text[64];     /* the same, with the operand size where two forms share a name: "MOV m16, CS (16-bit)" */
};

struct forms {
	struct form *at;
	int n;
	int skipped_long; /* rows that exist in 64-bit mode only */
};

/* Offsets in the segment that encodings point at. */
struct form_addresses {
	u32 data; /* the memory operand */
	u32 code; /* where far pointers lead */
};

/* All forms of one decoder mode (DEC_16 or DEC_32). -1: no memory. */
int forms_make(struct forms *f, enum decode_mode mode, const struct form_addresses *a);
void forms_free(struct forms *f);
const struct form *forms_find(const struct forms *f, const char *key);

/* The instruction's bytes with immediates made from `value`; returns the length. */
int form_encode(const struct form *f, const struct form_addresses *a, u32 value, u8 out[16]);

#endif
