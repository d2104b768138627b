/* stack.c - PUSH POP LEAVE as host code; cpu/exec_stack.c is the reference. */
#include "cpu/translate/internal.h"

/* RAX = ESP + offset as an offset into the stack segment */
void emit_stack_ea(struct tr *t, int reg, s32 offset)
{
	e_lea(&t->e, 4, H_AX, rm_at(guest_reg(reg), offset));
	if (!(t->mode & BM_SS32))
		e_movzx(&t->e, H_AX, rm_reg(H_AX), 2);
}

/* ESP (SP) += offset */
void emit_move_sp(struct tr *t, s32 offset)
{
	e_lea(&t->e, t->mode & BM_SS32 ? 4 : 2, guest_reg(RSP), rm_at(guest_reg(RSP), offset));
	t->dirty |= 1u << RSP;
}

static bool push(struct tr *t)
{
	const struct operand *s = &t->in->o[0];
	int size = t->in->opsize;
	if (size > 4)
		return false;
	before_write(t, RSP);
	if (s->kind == OPND_MEM) {
		emit_operand(t, size, false);
		e_load(&t->e, size, H_BX, rm_at(H_AX, 0));
	}
	emit_stack_ea(t, RSP, -size);
	emit_probe(t, SEG_SS, size, true);
	if (s->kind == OPND_IMM)
		e_store_imm(&t->e, size, rm_at(H_AX, 0), t->u->imm);
	else
		e_store(&t->e, size, rm_at(H_AX, 0), s->kind == OPND_MEM ? H_BX : guest_reg(s->reg));
	emit_move_sp(t, -size);
	return true;
}

/* POP SP keeps what was popped. */
static bool pop(struct tr *t)
{
	const struct operand *d = &t->in->o[0];
	int size = t->in->opsize;
	if (size > 4 || d->kind != OPND_REG)
		return false;
	before_write(t, RSP);
	before_write(t, d->reg);
	emit_stack_ea(t, RSP, 0);
	emit_probe(t, SEG_SS, size, false);
	emit_move_sp(t, size);
	e_load(&t->e, size, guest_reg(d->reg), rm_at(H_AX, 0));
	t->dirty |= 1u << d->reg;
	return true;
}

/* ESP = EBP, then POP EBP. With a 16-bit stack only SP comes from BP. */
static bool leave(struct tr *t)
{
	int size = t->in->opsize;
	if (size > 4)
		return false;
	before_write(t, RSP);
	before_write(t, RBP);
	emit_stack_ea(t, RBP, 0);
	emit_probe(t, SEG_SS, size, false);
	e_lea(&t->e, t->mode & BM_SS32 ? 4 : 2, guest_reg(RSP), rm_at(guest_reg(RBP), size));
	e_load(&t->e, size, guest_reg(RBP), rm_at(H_AX, 0));
	t->dirty |= 1u << RSP | 1u << RBP;
	return true;
}

bool translate_stack(struct tr *t)
{
	switch (t->in->op) {
	case OP_PUSH: return t->in->o[0].kind <= OPND_IMM && push(t);
	case OP_POP: return pop(t);
	case OP_LEAVE: return leave(t);
	default: return false;
	}
}
