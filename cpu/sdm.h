/* sdm.h - instructions as the SDM writes them, for readers; enum op's own names (op_name) are for machines. */
#ifndef CPU_SDM_H
#define CPU_SDM_H

#include "cpu/insn.h"

/* An operation: "POPF", "MOV CRn, r32", "SMSW r/m16". The operands are there where one mnemonic has several meanings,
 * and for system instructions of one form. */
const char *sdm_op(enum op op);

/* The same, but with the row's own mnemonic where several share an operation: "LES", "JO". */
const char *sdm_row(const struct opcode *row);

/* A decoded instruction's form: "MOV r32, CS", "ADD m16, imm8", "IRETD". Where the manual has no word for the operand size ("PUSH CS"),
 * forms of both sizes have one name. */
void sdm_form(const struct insn *in, char *out, size_t size);

#endif
