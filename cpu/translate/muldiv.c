/* muldiv.c - MUL IMUL DIV IDIV of 32 bits, IMUL of two operands, as host code; cpu/exec_muldiv.c is the reference. */
#include "cpu/translate/internal.h"

/* The operand as a host register; memory is loaded into ECX. */
static int factor(struct tr *t, const struct operand *o, int size)
{
	if (o->kind == OPND_REG)
		return guest_reg(o->reg);
	e_load(&t->e, size, H_CX, emit_operand(t, size, false));
	return H_CX;
}

static bool mul_wide(struct tr *t)
{
	bool is_signed = t->in->op == OP_IMUL1;
	if (t->in->opsize != 4)
		return false;
	int h = factor(t, &t->in->o[0], 4);
	if (is_signed) {
		e_movsxd(&t->e, H_AX, guest_reg(RAX));
		e_movsxd(&t->e, H_CX, h);
		h = H_CX;
	} else {
		e_mov(&t->e, 4, H_AX, guest_reg(RAX));
	}
	e_imul(&t->e, 8, H_AX, rm_reg(h));
	e_mov(&t->e, 4, guest_reg(RAX), H_AX);
	e_shift(&t->e, 8, S_SHR, rm_reg(H_AX), 32);
	e_mov(&t->e, 4, guest_reg(RDX), H_AX);
	t->dirty |= 1u << RAX | 1u << RDX;
	flags_set(t, is_signed ? FK_IMUL : FK_MUL, 4, 0, ref_reg(RAX), ref_reg(RDX), 0);
	return true;
}

static bool imul(struct tr *t)
{
	const struct operand *d = &t->in->o[0];
	int size = t->in->opsize;
	if (size > 4 || d->kind != OPND_REG)
		return false;
	int h = factor(t, &t->in->o[1], size);
	if (t->in->noperands == 3)
		e_imul_imm(&t->e, size, guest_reg(d->reg), rm_reg(h), t->u->imm);
	else
		e_imul(&t->e, size, guest_reg(d->reg), rm_reg(h));
	t->dirty |= 1u << d->reg;
	if (t->live) {
		e_setcc(&t->e, CC_O, H_AX);
		e_movzx(&t->e, H_AX, rm_reg(H_AX), 1);
		e_store(&t->e, 4, CPU_FIELD(fl_b), H_AX);
	}
	flags_set(t, FK_MUL, size, 0, ref_reg(d->reg), ref_stored(), FL_CF | FL_OF);
	return true;
}

/* The handler takes whatever could make the host's instruction fault: #DE, and some that would not. */
static void divide_guard(struct tr *t, bool is_signed, int h)
{
	struct emit *e = &t->e;
	if (!is_signed) {
		e_alu(e, 4, A_CMP, guest_reg(RDX), rm_reg(h));
		leave_if(t, e_jcc(e, CC_AE));
		return;
	}
	e_mov(e, 4, H_AX, guest_reg(RAX)); /* EDX:EAX is EAX, extended, and the divisor neither 0 nor -1 */
	e_shift(e, 4, S_SAR, rm_reg(H_AX), 31);
	e_alu(e, 4, A_CMP, H_AX, rm_reg(guest_reg(RDX)));
	leave_if(t, e_jcc(e, CC_NE));
	e_lea(e, 4, H_AX, rm_at(h, 1));
	e_alu_imm(e, 4, A_CMP, rm_reg(H_AX), 1);
	leave_if(t, e_jcc(e, CC_BE));
}

static bool divide(struct tr *t)
{
	bool is_signed = t->in->op == OP_IDIV;
	if (t->in->opsize != 4)
		return false;
	before_write(t, RAX);
	before_write(t, RDX);
	int h = factor(t, &t->in->o[0], 4);
	divide_guard(t, is_signed, h);
	e_mov(&t->e, 8, H_SI, H_LEFT);
	e_mov(&t->e, 4, H_AX, guest_reg(RAX));
	e_mov(&t->e, 4, H_DX, guest_reg(RDX));
	e_unary(&t->e, 4, is_signed ? 7 : 6, rm_reg(h));
	e_mov(&t->e, 4, guest_reg(RAX), H_AX);
	e_mov(&t->e, 4, guest_reg(RDX), H_DX);
	e_mov(&t->e, 8, H_LEFT, H_SI);
	t->dirty |= 1u << RAX | 1u << RDX;
	return true;
}

bool translate_muldiv(struct tr *t)
{
	switch (t->in->op) {
	case OP_MUL:
	case OP_IMUL1: return mul_wide(t);
	case OP_IMUL: return imul(t);
	case OP_DIV:
	case OP_IDIV: return divide(t);
	default: return false;
	}
}
