/* guard.c - one TLB look-up for all accesses of a block near one register.
 *
 * Code for few registers lives on its stack: PUSH, POP, [ESP + x], [EBP - x]. The
 * first of several such accesses looks the whole range up, and RBX keeps the
 * distance from linear to host addresses for the others, each of which then is one
 * host instruction. A range that lies in two pages, or in a page that not all of
 * them may access, leaves the block for its handlers; where that happens the block
 * is translated again, without guards.
 */
#include "cpu/translate/internal.h"

#define REACH 1024 /* bytes between the first and the last that are looked up together */

#define FAR 65536  /* displacements beyond it wrap around 4 GB */

/* ---- what an instruction does to a register -------------------------------------------------------- */

enum effect { KEEPS, SHIFTS, CLOBBERS };

static bool is_reg(const struct operand *o, int r)
{
	return o->kind == OPND_REG && o->reg == r;
}

static enum effect shift_by(s64 n, s32 *shift)
{
	*shift = (s32)n;
	return n > -REACH && n < REACH ? SHIFTS : CLOBBERS;
}

/* PUSH, POP and LEAVE on register r */
static enum effect stack_effect(const struct insn *in, int r, s32 *shift)
{
	bool is_target = in->op == OP_POP && is_reg(&in->o[0], r);
	if (in->op == OP_LEAVE)
		return r == RSP || r == RBP ? CLOBBERS : KEEPS;
	if (r != RSP || is_target)
		return is_target ? CLOBBERS : KEEPS;
	return shift_by(in->op == OP_PUSH ? -in->opsize : in->opsize, shift);
}

/* An operation whose first operand is register r */
static enum effect target_effect(const struct insn *in, int r, s32 *shift)
{
	s64 imm = (s32)in->imm;
	if (in->opsize != 4)
		return CLOBBERS;
	switch (in->op) {
	case OP_ADD: return in->o[1].kind == OPND_IMM ? shift_by(imm, shift) : CLOBBERS;
	case OP_SUB: return in->o[1].kind == OPND_IMM ? shift_by(-imm, shift) : CLOBBERS;
	case OP_INC: return shift_by(1, shift);
	case OP_DEC: return shift_by(-1, shift);
	case OP_LEA:
		return in->base == r && in->index == REG_NONE && in->addrsize == 4 ? shift_by(in->disp, shift) : CLOBBERS;
	default: return CLOBBERS;
	}
}

static enum effect effect_on(const struct insn *in, int r, s32 *shift)
{
	*shift = 0;
	switch (in->op) {
	case OP_PUSH: case OP_POP: case OP_LEAVE: return stack_effect(in, r, shift);
	case OP_CMP: case OP_TEST: case OP_NOP: case OP_JCC: case OP_JMP: return KEEPS;
	case OP_MUL: case OP_IMUL1: case OP_DIV: case OP_IDIV: case OP_CBW: case OP_CWD:
		return r == RAX || r == RDX ? CLOBBERS : KEEPS;
	case OP_XCHG: return is_reg(&in->o[0], r) || is_reg(&in->o[1], r) ? CLOBBERS : KEEPS;
	case OP_ADD: case OP_OR: case OP_ADC: case OP_SBB: case OP_AND: case OP_SUB: case OP_XOR: case OP_INC: case OP_DEC:
	case OP_NEG: case OP_NOT: case OP_ROL: case OP_ROR: case OP_SHL: case OP_SHR: case OP_SAR: case OP_SHLD: case OP_SHRD:
	case OP_IMUL: case OP_MOV: case OP_MOVZX: case OP_MOVSX: case OP_LEA: case OP_BSWAP: case OP_SETCC: case OP_CMOVCC:
		return is_reg(&in->o[0], r) ? target_effect(in, r, shift) : KEEPS;
	default: return CLOBBERS;
	}
}

/* ---- what it accesses ---------------------------------------------------------------------------------- */

struct range {
	s32 lo, hi; /* offsets from the register as it was at the guard */
	bool write;
	int accesses;
};

static void include(struct range *g, s32 at, int size, bool write)
{
	g->lo = g->accesses && g->lo < at ? g->lo : at;
	g->hi = g->accesses && g->hi > at + size ? g->hi : at + size;
	g->write |= write;
	g->accesses++;
}

static bool is_plain(const struct tr *t, const struct insn *in)
{
	return in->has_mem && in->addrsize == 4 && in->base != REG_NONE && in->index == REG_NONE && in->disp > -FAR &&
	       in->disp < FAR && is_flat_segment(t, in->seg);
}

/* Does the memory operand's instruction write it? */
static bool writes_memory(const struct insn *in)
{
	return in->o[0].kind == OPND_MEM && in->op != OP_CMP && in->op != OP_TEST && in->op != OP_PUSH && in->op != OP_CALL &&
	       in->op != OP_JMP && in->op != OP_MUL && in->op != OP_IMUL1 && in->op != OP_DIV && in->op != OP_IDIV;
}

static int memory_size(const struct insn *in)
{
	for (int i = 0; i < 2; i++)
		if (in->o[i].kind == OPND_MEM && in->o[i].size)
			return in->o[i].size;
	return in->opsize;
}

/* Adds the accesses of one instruction that go by register r, which has moved by `delta`. */
static void add_accesses(const struct tr *t, const struct insn *in, int r, s32 delta, struct range *g)
{
	if (in->op != OP_LEA && is_plain(t, in) && in->base == r)
		include(g, in->disp + delta, memory_size(in), writes_memory(in));
	if (r == RSP && (in->op == OP_PUSH || in->op == OP_CALL))
		include(g, delta - in->opsize, in->opsize, true);
	if (r == RSP && (in->op == OP_POP || in->op == OP_RET))
		include(g, delta, in->opsize, false);
	if (r == RBP && in->op == OP_LEAVE)
		include(g, delta, in->opsize, false);
}

static struct range look_ahead(const struct tr *t, int r)
{
	struct range g = {0};
	s32 delta = 0, shift;
	for (int i = 0; i < t->rest; i++) {
		struct range with = g;
		add_accesses(t, &t->in[i], r, delta, &with);
		if (with.hi - with.lo > REACH)
			break;
		g = with;
		enum effect e = effect_on(&t->in[i], r, &shift);
		if (e == CLOBBERS)
			break;
		delta += shift;
	}
	return g;
}

/* ---- the guard -------------------------------------------------------------------------------------------- */

/* Is it more than a TLB miss, so that it will happen again? */
static bool is_in_vain(const struct cpu *c, const struct guard_site *s)
{
	lin_t first = (u32)c->r[s->reg] + (u64)(s64)s->lo, last = first + s->len - 1;
	const struct tlb_entry *e = tlb_at(c->tlb, (u32)first);
	bool is_crossing = (first ^ last) & PAGE_MASK;
	return is_crossing || first >> 32 || (e->read == (first & PAGE_MASK) && s->write);
}

/* The handler of an instruction whose guard failed. */
static void h_guard_failed(struct cpu *c, const struct uop *u, s64 left, const struct guard_site *s)
{
	struct code_block *b = s->block;
	struct translator *x = c->code->translator;
	uop_fn handler = translator_handler(x, b, u);
	if (is_in_vain(c, s) && b->key != BLOCK_STALE)
		translator_unguard(x, b);
	return handler(c, u, left);
}

static void start(struct tr *t, int r, const struct range *g)
{
	struct emit *e = &t->e;
	s32 len = g->hi - g->lo;
	struct rm addend;
	e_lea(e, 8, H_AX, rm_at(guest_reg(r), g->lo)); /* 64 bits: what leaves the 4 GB is in no page */
	u8 *miss = emit_look_up(t, len, g->write, &addend);
	struct guard_site site = {t->b, g->lo, (u16)len, (u8)r, g->write};
	leave_by_guard(t, miss, (const void *)h_guard_failed, &site);
	e_load(e, 8, H_BX, addend);
	t->guard = (struct guard){.active = true, .reg = (u8)r, .lo = g->lo, .hi = g->hi, .write = g->write};
}

static bool covers(const struct guard *g, int r, s32 disp, int size, bool write)
{
	return g->active && g->reg == r && disp + g->delta >= g->lo && disp + g->delta + size <= g->hi && (g->write || !write);
}

bool guard_access(struct tr *t, int r, s32 disp, int size, bool write, struct rm *m)
{
	if (!t->may_guard || t->bx_taken)
		return false;
	if (!covers(&t->guard, r, disp, size, write)) {
		struct range g = look_ahead(t, r);
		if (g.accesses < 2)
			return false;
		if (t->guard.active && look_ahead(t, t->guard.reg).accesses > g.accesses)
			return false; /* the present one is of more use */
		start(t, r, &g);
		if (!covers(&t->guard, r, disp, size, write)) {
			t->guard.active = false;
			return false;
		}
	}
	*m = rm_full(H_BX, guest_reg(r), 0, disp);
	return true;
}

bool guard_operand(struct tr *t, int size, bool write, struct rm *m)
{
	return is_plain(t, t->in) && guard_access(t, t->in->base, t->in->disp, size, write, m);
}

void guard_after(struct tr *t)
{
	s32 shift;
	if (!t->guard.active)
		return;
	if (effect_on(t->in, t->guard.reg, &shift) == CLOBBERS)
		t->guard.active = false;
	t->guard.delta += shift;
}
