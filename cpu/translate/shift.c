/* shift.c - ROL ROR SHL SHR SAR, SHLD SHRD as host code; cpu/exec_shift.c is the reference.
 *
 * Where the count is 0 flags stay, and rotates change CF and OF only: with flags that are still live these are left to
 * their handlers, but for the most frequent forms.
 */
#include "cpu/translate/internal.h"

static enum host_shift host_op(int op)
{
	static const u8 ops[] = {S_ROL, S_ROR, S_RCL, S_RCR, S_SHL, S_SHR, S_SAR};
	return ops[op - OP_ROL];
}

static enum flag_kind flags_of(int op)
{
	return op == OP_SHL ? FK_SHL : op == OP_SHR ? FK_SHR : FK_SAR;
}

/* A register changes, and flags that stay as they are; where nobody looks at them behind this, they are gone. */
static void keeps_flags(struct tr *t, int reg)
{
	if (t->live)
		before_write(t, reg);
	else
		t->flags.place = FLAGS_DEAD;
	t->dirty |= 1u << reg;
}

/* SHL SHR SAR of a register by a constant. What the host leaves in OF is not the guest's, but for a count of 1. */
static bool shift_imm(struct tr *t, int op, int size, u32 count)
{
	const struct operand *d = &t->in->o[0];
	enum flag_kind kind = flags_of(op);
	u32 host = FL_ZF | FL_SF | FL_PF | (count < 8u * (u32)size ? FL_CF : 0) | (count == 1 ? FL_OF : 0);
	if (!count || is_high(d))
		return false;
	if (d->kind == OPND_MEM) {
		struct rm m = emit_operand(t, size, true);
		e_load(&t->e, size, H_CX, m);
		if (t->live)
			e_store(&t->e, 4, CPU_FIELD(fl_a), H_CX);
		e_shift(&t->e, size, host_op(op), rm_reg(H_CX), count);
		e_store(&t->e, size, m, H_CX);
	} else {
		if (t->live)
			e_store(&t->e, 4, CPU_FIELD(fl_a), guest_reg(d->reg));
		e_shift(&t->e, size, host_op(op), rm_reg(guest_reg(d->reg)), count);
		t->dirty |= 1u << d->reg;
	}
	flags_set(t, kind, size, count, ref_stored(), ref_none(), host);
	return true;
}

/* By CL, 32 bits: the flags keep their old form if the count is 0, so that they must be in struct cpu. */
static bool shift_cl(struct tr *t, int op)
{
	const struct operand *d = &t->in->o[0];
	enum flag_kind kind = flags_of(op);
	int g = guest_reg(d->reg);
	if (d->kind != OPND_REG || t->in->opsize != 4)
		return false;
	if (t->live)
		flags_store(t);
	e_mov(&t->e, 4, H_CX, guest_reg(RCX));
	t->dirty |= 1u << d->reg;
	if (!t->live) {
		e_shift_cl(&t->e, 4, host_op(op), rm_reg(g));
		t->flags.place = FLAGS_DEAD;
		return true;
	}
	e_alu_imm(&t->e, 4, A_AND, rm_reg(H_CX), 31);
	u8 *none = e_jcc(&t->e, CC_E);
	e_store(&t->e, 4, CPU_FIELD(fl_a), g);
	e_shift_cl(&t->e, 4, host_op(op), rm_reg(g));
	e_shift(&t->e, 4, S_SHL, rm_reg(H_CX), 8);
	e_alu_imm(&t->e, 4, A_OR, rm_reg(H_CX), FLAG_WORD(kind, size_index(4), 0));
	e_store(&t->e, 4, CPU_FIELD(fl_kind), H_CX);
	e_patch(&t->e, none);
	t->flags = (struct flag_state){.place = FLAGS_UNKNOWN};
	t->e.host = 0;
	return true;
}

/* Bits 31 and 30 of fl_cc both flip when CF does, so that OF stays (cpu.h). Host: CF is the new one. */
static void replace_cf(struct tr *t)
{
	struct emit *e = &t->e;
	e_setcc(e, CC_B, H_AX);
	e_movzx(e, H_AX, rm_reg(H_AX), 1);
	e_load(e, 4, H_CX, CPU_FIELD(fl_cc));
	e_shift(e, 4, S_SHL, rm_reg(H_AX), 31);
	e_alu(e, 4, A_XOR, H_AX, rm_reg(H_CX));
	e_alu_imm(e, 4, A_AND, rm_reg(H_AX), BIT(31));
	e_mov(e, 4, H_CX, H_AX);
	e_shift(e, 4, S_SHR, rm_reg(H_CX), 1);
	e_alu(e, 4, A_OR, H_AX, rm_reg(H_CX));
	e_alu_mr(e, 4, A_XOR, CPU_FIELD(fl_cc), H_AX);
}

static void settle(struct tr *t)
{
	bool is_settled = t->flags.place == FLAGS_STORED && t->flags.kind == FK_SETTLED;
	flags_store(t);
	if (!is_settled)
		e_call(&t->e, t->x->stubs.settle);
	t->flags = (struct flag_state){.place = FLAGS_STORED, .kind = FK_SETTLED};
}

/* ROL, ROR of a register by a constant above 1: OF stays. */
static bool rotate_imm(struct tr *t, int op, int size, u32 count)
{
	const struct operand *d = &t->in->o[0];
	if (d->kind != OPND_REG || is_high(d) || !(count & (8u * (u32)size - 1)) || (t->live && count == 1))
		return false;
	keeps_flags(t, d->reg);
	if (t->live)
		settle(t);
	e_shift(&t->e, size, host_op(op), rm_reg(guest_reg(d->reg)), count);
	if (t->live)
		replace_cf(t);
	t->e.host = 0;
	return true;
}

static bool rotate_cl(struct tr *t, int op)
{
	const struct operand *d = &t->in->o[0];
	if (d->kind != OPND_REG || t->in->opsize != 4 || t->live)
		return false;
	keeps_flags(t, d->reg);
	e_mov(&t->e, 4, H_CX, guest_reg(RCX));
	e_shift_cl(&t->e, 4, host_op(op), rm_reg(guest_reg(d->reg)));
	return true;
}

/* SHLD, SHRD of 32-bit registers, where nobody looks at the flags. */
static bool shift_double(struct tr *t)
{
	const struct operand *d = &t->in->o[0], *s = &t->in->o[1], *n = &t->in->o[2];
	u32 opcode = t->in->op == OP_SHLD ? 0x0fa4 : 0x0fac;
	if (d->kind != OPND_REG || t->in->opsize != 4 || t->live)
		return false;
	keeps_flags(t, d->reg);
	if (n->kind == OPND_IMM) {
		e_op(&t->e, 4, opcode, guest_reg(s->reg), rm_reg(guest_reg(d->reg)), 1);
		e8(&t->e, (u32)t->in->imm & 31);
	} else {
		e_mov(&t->e, 4, H_CX, guest_reg(RCX));
		e_op(&t->e, 4, opcode + 1, guest_reg(s->reg), rm_reg(guest_reg(d->reg)), 0);
	}
	t->e.host = 0;
	return true;
}

bool translate_shift(struct tr *t)
{
	const struct insn *in = t->in;
	bool by_cl = in->o[1].kind == OPND_REG;
	if (in->op == OP_SHLD || in->op == OP_SHRD)
		return shift_double(t);
	if (in->op < OP_ROL || in->op > OP_SAR || in->opsize > 4)
		return false;
	switch (in->op) {
	case OP_SHL:
	case OP_SHR:
	case OP_SAR: return by_cl ? shift_cl(t, in->op) : shift_imm(t, in->op, in->opsize, t->u->imm & 31);
	case OP_ROL:
	case OP_ROR: return by_cl ? rotate_cl(t, in->op) : rotate_imm(t, in->op, in->opsize, t->u->imm & 31);
	default: return false;
	}
}
