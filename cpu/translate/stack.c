/* stack.c - PUSH POP LEAVE as host code; cpu/exec_stack.c is the reference. */
#include "cpu/translate/internal.h"

struct rm emit_stack(struct tr *t, int reg, s32 offset, int size, bool write)
{
	struct rm m = rm_at(H_AX, 0);
	if ((t->mode & BM_SS32) && is_flat_segment(t, SEG_SS) && guard_access(t, reg, offset, size, write, &m))
		return m;
	e_lea(&t->e, 4, H_AX, rm_at(guest_reg(reg), offset));
	if (!(t->mode & BM_SS32))
		e_movzx(&t->e, H_AX, rm_reg(H_AX), 2);
	emit_probe(t, SEG_SS, size, write);
	return m;
}

/* ESP (SP) += offset */
void emit_move_sp(struct tr *t, s32 offset)
{
	e_lea(&t->e, t->mode & BM_SS32 ? 4 : 2, guest_reg(RSP), rm_at(guest_reg(RSP), offset));
	t->dirty |= 1u << RSP;
}

/* The second look-up leaves only RBX alone. */
static bool push_memory(struct tr *t, int size)
{
	struct rm from = emit_operand(t, size, false);
	take_bx(t);
	e_load(&t->e, size, H_BX, from);
	struct rm to = emit_stack(t, RSP, -size, size, true);
	e_store(&t->e, size, to, H_BX);
	emit_move_sp(t, -size);
	return true;
}

static bool push(struct tr *t)
{
	const struct operand *s = &t->in->o[0];
	int size = t->in->opsize;
	if (size > 4)
		return false;
	before_write(t, RSP);
	if (s->kind == OPND_MEM)
		return push_memory(t, size);
	struct rm m = emit_stack(t, RSP, -size, size, true);
	if (s->kind == OPND_IMM)
		e_store_imm(&t->e, size, m, t->u->imm);
	else
		e_store(&t->e, size, m, guest_reg(s->reg));
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
	e_load(&t->e, size, H_CX, emit_stack(t, RSP, 0, size, false));
	emit_move_sp(t, size);
	e_mov(&t->e, size, guest_reg(d->reg), H_CX);
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
	struct rm m = emit_stack(t, RBP, 0, size, false);
	e_lea(&t->e, t->mode & BM_SS32 ? 4 : 2, guest_reg(RSP), rm_at(guest_reg(RBP), size));
	e_load(&t->e, size, guest_reg(RBP), m);
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
