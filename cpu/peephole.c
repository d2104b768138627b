/* peephole.c - rewriting decoded instructions of a block into cheaper equal ones.
 *
 * A byte store into a register that is then read whole stalls the host's store
 * forwarding. Where the register's upper bits are known to be zero, MOV r8,[m] is
 * the same as MOVZX r32,[m], which writes it whole (docs/engine.md section 7).
 */
#include "cpu/lower.h"

static bool is_low_byte(const struct operand *o)
{
	return o->kind == OPND_REG && o->size == 1 && !o->high;
}

static bool fits_byte(u64 imm)
{
	return (u32)imm < 0x100;
}

/* Does the instruction leave zeros above bit 7 of its 32-bit destination register? */
static bool makes_narrow(const struct insn *in)
{
	const struct operand *d = &in->o[0], *s = &in->o[1];
	if (d->size != 4)
		return false;
	switch (in->op) {
	case OP_MOVZX: return s->size == 1;
	case OP_XOR: case OP_SUB: return s->kind == OPND_REG && s->reg == d->reg;
	case OP_MOV: case OP_AND: return s->kind == OPND_IMM && fits_byte(in->imm);
	default: return false;
	}
}

/* The registers (by bit) that are narrow behind `in`, given those before it. */
static u32 narrow_behind(const struct insn *in, u32 narrow)
{
	const struct operand *d = &in->o[0];
	switch (in->op) {
	case OP_CMP: case OP_TEST: case OP_NOP: return narrow;
	case OP_MOV: case OP_MOVZX: case OP_MOVSX: case OP_LEA: case OP_ADD: case OP_OR: case OP_ADC: case OP_SBB: case OP_AND:
	case OP_SUB: case OP_XOR: case OP_INC: case OP_DEC: case OP_NEG: case OP_NOT: case OP_SHL: case OP_SHR: case OP_SAR:
		break;
	default: return 0; /* writes who knows what */
	}
	if (d->kind != OPND_REG || is_low_byte(d))
		return narrow;
	u32 bit = 1u << d->reg; /* AH..BH are numbered as the register they are part of */
	return makes_narrow(in) ? narrow | bit : narrow & ~bit;
}

void peephole(struct insn *in, int n)
{
	u32 narrow = 0;
	for (int i = 0; i < n; i++) {
		struct insn *p = &in[i];
		if (p->op == OP_MOV && is_low_byte(&p->o[0]) && p->o[1].kind == OPND_MEM && (narrow >> p->o[0].reg & 1)) {
			p->op = OP_MOVZX;
			p->o[0].size = p->opsize = 4;
		}
		narrow = narrow_behind(p, narrow);
	}
}
