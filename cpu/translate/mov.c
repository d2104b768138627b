/* mov.c - MOV MOVZX MOVSX LEA XCHG, CWDE CDQ BSWAP, SETcc CMOVcc, NOP as host code; cpu/exec_mov.c is the reference. */
#include "cpu/translate/internal.h"

/* The destination register changes, but no flags. */
static void target(struct tr *t, const struct operand *d)
{
	before_write(t, d->reg);
	t->dirty |= 1u << d->reg;
}

static bool mov_to_reg(struct tr *t, const struct operand *d, const struct operand *s, int size)
{
	target(t, d);
	if (s->kind == OPND_IMM) {
		u32 v = t->u->imm;
		if (size == 4) {
			e_mov_imm(&t->e, guest_reg(d->reg), v);
			return true;
		}
		e_mov_imm(&t->e, H_CX, v);
		write_operand(t, d, size, H_CX);
		return true;
	}
	write_operand(t, d, size, operand_reg(t, s, H_CX));
	return true;
}

static bool mov_load(struct tr *t, const struct operand *d, int size)
{
	target(t, d);
	struct rm m = emit_operand(t, size, false);
	if (is_high(d)) {
		e_movzx(&t->e, H_CX, m, 1);
		write_operand(t, d, 1, H_CX);
	} else {
		e_load(&t->e, size, guest_reg(d->reg), m);
	}
	return true;
}

static bool mov_store(struct tr *t, const struct operand *s, int size)
{
	struct rm m = emit_operand(t, size, true);
	if (s->kind == OPND_IMM)
		e_store_imm(&t->e, size, m, t->u->imm);
	else
		e_store(&t->e, size, m, operand_reg(t, s, H_CX));
	return true;
}

static bool mov(struct tr *t)
{
	const struct operand *d = &t->in->o[0], *s = &t->in->o[1];
	int size = d->size ? d->size : t->in->opsize;
	if (size > 4 || d->kind > OPND_IMM || s->kind > OPND_IMM)
		return false;
	if (d->kind == OPND_MEM)
		return mov_store(t, s, size);
	return s->kind == OPND_MEM ? mov_load(t, d, size) : mov_to_reg(t, d, s, size);
}

static void extend(struct tr *t, int dst, struct rm m, int from)
{
	if (t->in->op == OP_MOVSX)
		e_movsx(&t->e, dst, m, from);
	else
		e_movzx(&t->e, dst, m, from);
}

/* To 32 bits straight into the register, to 16 by way of ECX. */
static bool movx(struct tr *t)
{
	const struct operand *d = &t->in->o[0], *s = &t->in->o[1];
	if (d->size > 4 || s->size > 2)
		return false;
	struct rm m;
	target(t, d);
	if (s->kind == OPND_MEM)
		m = emit_operand(t, s->size, false);
	else
		m = rm_reg(operand_reg(t, s, H_CX));
	if (d->size == 4) {
		extend(t, guest_reg(d->reg), m, s->size);
		return true;
	}
	extend(t, H_CX, m, s->size);
	e_mov(&t->e, 2, guest_reg(d->reg), H_CX);
	return true;
}

static bool lea(struct tr *t)
{
	const struct operand *d = &t->in->o[0];
	int size = t->in->opsize;
	if (size > 4 || t->in->addrsize > 4)
		return false;
	target(t, d);
	if (size == 4 && t->in->addrsize == 4) {
		emit_ea_to(t, guest_reg(d->reg));
		return true;
	}
	emit_ea_to(t, H_AX);
	e_mov(&t->e, size, guest_reg(d->reg), H_AX);
	return true;
}

/* With memory it is rare, and locked. */
static bool xchg(struct tr *t)
{
	const struct operand *a = &t->in->o[0], *b = &t->in->o[1];
	int size = t->in->opsize;
	if (a->kind != OPND_REG || b->kind != OPND_REG || size > 4)
		return false;
	target(t, a);
	target(t, b);
	e_mov(&t->e, 4, H_CX, operand_reg(t, a, H_CX));
	e_mov(&t->e, 4, H_AX, operand_reg(t, b, H_AX));
	write_operand(t, a, size, H_AX);
	write_operand(t, b, size, H_CX);
	return true;
}

/* CWDE and CDQ */
static bool widen(struct tr *t)
{
	if (t->in->opsize != 4)
		return false;
	int dst = t->in->op == OP_CBW ? RAX : RDX;
	before_write(t, dst);
	t->dirty |= 1u << dst;
	if (dst == RAX) {
		e_movsx(&t->e, guest_reg(RAX), rm_reg(guest_reg(RAX)), 2);
	} else {
		e_mov(&t->e, 4, guest_reg(RDX), guest_reg(RAX));
		e_shift(&t->e, 4, S_SAR, rm_reg(guest_reg(RDX)), 31);
	}
	return true;
}

static bool bswap(struct tr *t)
{
	const struct operand *d = &t->in->o[0];
	if (t->in->opsize != 4)
		return false;
	target(t, d);
	e_bswap(&t->e, guest_reg(d->reg));
	return true;
}

static bool setcc(struct tr *t)
{
	const struct operand *d = &t->in->o[0];
	if (d->kind != OPND_REG)
		return false;
	flags_to_host(t, cond_flags(t->in->cond));
	target(t, d);
	if (!is_high(d)) {
		e_setcc(&t->e, t->in->cond, guest_reg(d->reg));
		return true;
	}
	e_setcc(&t->e, t->in->cond, H_CX);
	write_operand(t, d, 1, H_CX);
	return true;
}

/* Memory is read, and may fault, whatever the condition. */
static bool cmov(struct tr *t)
{
	const struct operand *d = &t->in->o[0], *s = &t->in->o[1];
	int size = t->in->opsize, h = s->kind == OPND_MEM ? H_BX : guest_reg(s->reg);
	if (size > 4)
		return false;
	if (s->kind == OPND_MEM) {
		struct rm m = emit_operand(t, size, false);
		take_bx(t);
		e_load(&t->e, size, H_BX, m);
	}
	flags_to_host(t, cond_flags(t->in->cond));
	target(t, d);
	e_cmov(&t->e, size, t->in->cond, guest_reg(d->reg), h);
	return true;
}

bool translate_mov(struct tr *t)
{
	switch (t->in->op) {
	case OP_MOV: return mov(t);
	case OP_MOVZX:
	case OP_MOVSX: return movx(t);
	case OP_LEA: return lea(t);
	case OP_XCHG: return xchg(t);
	case OP_CBW:
	case OP_CWD: return widen(t);
	case OP_BSWAP: return bswap(t);
	case OP_SETCC: return setcc(t);
	case OP_CMOVCC: return cmov(t);
	case OP_NOP: return true;
	default: return false;
	}
}
