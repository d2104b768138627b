/* alu.c - ADD OR ADC SBB AND SUB XOR CMP TEST, INC DEC NEG NOT as host code; cpu/exec_alu.c is the reference. */
#include "cpu/translate/internal.h"

#define ALL_BUT_AF (FL_ARITH & ~FL_AF)

static enum host_alu host_op(int op)
{
	static const u8 ops[] = {A_ADD, A_OR, A_ADC, A_SBB, A_AND, A_SUB, A_XOR, A_CMP, A_AND /* TEST */};
	return ops[op - OP_ADD];
}

static bool is_logic(int op)
{
	return op == OP_AND || op == OP_OR || op == OP_XOR || op == OP_TEST;
}

static bool takes_carry(int op)
{
	return op == OP_ADC || op == OP_SBB;
}

/* The second operand: a host register, or the constant `imm`. */
struct source {
	bool is_imm;
	int h;
	struct flag_ref ref; /* where it will still be found behind the instruction */
	u32 imm;
};

static void apply(struct tr *t, int size, enum host_alu op, struct rm dst, const struct source *s)
{
	if (s->is_imm)
		e_alu_imm(&t->e, size, op, dst, s->imm);
	else
		e_alu_mr(&t->e, size, op, dst, s->h);
}

/* Flags of a + b or a - b where neither operand is certain to survive: both into struct cpu, before the operation. */
static void save_operands(struct tr *t, int a, struct source *s)
{
	if (!t->live)
		return;
	e_store(&t->e, 4, CPU_FIELD(fl_a), a);
	if (s->is_imm)
		return;
	if (s->ref.kind != REF_REG) {
		e_store(&t->e, 4, CPU_FIELD(fl_b), s->h);
		s->ref = ref_stored();
	}
}

/* A second operand in a scratch register goes where the flags will find it. */
static void save_source(struct tr *t, int op, struct source *s)
{
	if (s->is_imm || s->ref.kind != REF_NONE || !t->live || is_logic(op) || takes_carry(op))
		return;
	e_store(&t->e, 4, CPU_FIELD(fl_b), s->h);
	s->ref = ref_stored();
}

/* dst op= source, on a whole guest register `g` (16 or 32 bits, or its low byte). */
static void on_register(struct tr *t, int op, int size, int g, struct source *s)
{
	struct rm dst = rm_reg(guest_reg(g));
	bool same = !s->is_imm && s->ref.kind == REF_REG && s->ref.reg == g;
	save_source(t, op, s);
	if (op == OP_CMP) {
		apply(t, size, A_CMP, dst, s);
		flags_set(t, FK_SUB, size, 0, ref_reg(g), s->ref, FL_ARITH);
		return;
	}
	t->dirty |= 1u << g;
	if (same && size == 4 && (op == OP_XOR || op == OP_SUB)) {
		apply(t, size, A_XOR, dst, s);
		flags_set(t, FK_LOGIC, size, 0, ref_imm(0), ref_none(), ALL_BUT_AF);
	} else if (is_logic(op)) {
		apply(t, size, host_op(op), dst, s);
		flags_set(t, FK_LOGIC, size, 0, ref_reg(g), ref_none(), ALL_BUT_AF);
	} else if (takes_carry(op)) {
		apply(t, size, host_op(op), dst, s);
		flags_capture(t, size);
	} else if (same) {
		s->ref = ref_none();
		save_operands(t, guest_reg(g), s);
		apply(t, size, host_op(op), dst, s);
		flags_set(t, op == OP_ADD ? FK_ADD : FK_SUB, size, 0, ref_stored(), s->ref, FL_ARITH);
	} else {
		apply(t, size, host_op(op), dst, s);
		flags_set(t, op == OP_ADD ? FK_ADD_TO : FK_SUB_FROM, size, 0, ref_reg(g), s->ref, FL_ARITH);
	}
}

/* The same on a copy in ECX: the first operand was AH..BH or memory. The result is left in ECX. */
static void on_copy(struct tr *t, int op, int size, struct source *s)
{
	struct rm dst = rm_reg(H_CX);
	if (is_logic(op)) {
		apply(t, size, host_op(op), dst, s);
		if (t->live)
			e_store(&t->e, 4, CPU_FIELD(fl_a), H_CX);
		flags_set(t, FK_LOGIC, size, 0, ref_stored(), ref_none(), ALL_BUT_AF);
	} else if (takes_carry(op)) {
		apply(t, size, host_op(op), dst, s);
	} else {
		save_operands(t, H_CX, s);
		apply(t, size, host_op(op), dst, s);
		flags_set(t, op == OP_ADD ? FK_ADD : FK_SUB, size, 0, ref_stored(), s->ref, FL_ARITH);
	}
}

/* A register or constant as the second operand; AH..BH come into `temp`. */
static struct source source_of(struct tr *t, const struct operand *o, int temp)
{
	if (o->kind == OPND_IMM)
		return (struct source){.is_imm = true, .imm = t->u->imm, .ref = ref_imm(t->u->imm)};
	return (struct source){.h = operand_reg(t, o, temp), .ref = is_high(o) ? ref_none() : ref_reg(o->reg)};
}

static bool writes(int op)
{
	return op != OP_CMP && op != OP_TEST;
}

/* From where flags_cf_to_bx put it. */
static void restore_carry(struct tr *t)
{
	e_bt(&t->e, rm_reg(H_BX), 0);
}

/* AH..BH as the destination. */
static void to_high(struct tr *t, int op, struct source *s)
{
	const struct operand *d = &t->in->o[0];
	if (!s->is_imm && s->ref.kind == REF_REG && s->ref.reg == d->reg && writes(op))
		s->ref = ref_none(); /* ADD AH, AL: the register changes */
	operand_reg(t, d, H_CX);
	if (takes_carry(op))
		restore_carry(t);
	on_copy(t, op, 1, s);
	if (takes_carry(op))
		flags_capture(t, 1);
	if (!writes(op))
		return;
	write_operand(t, d, 1, H_CX);
	t->dirty |= 1u << d->reg;
	t->e.host = 0;
}

static void test_register(struct tr *t, int size, int g, struct source *s)
{
	bool same = !s->is_imm && s->ref.kind == REF_REG && s->ref.reg == g;
	if (same) {
		e_test(&t->e, size, guest_reg(g), guest_reg(g));
		flags_set(t, FK_LOGIC, size, 0, ref_reg(g), ref_none(), ALL_BUT_AF);
		return;
	}
	if (!t->live) {
		flags_set(t, FK_LOGIC, size, 0, ref_none(), ref_none(), 0);
		return;
	}
	e_mov(&t->e, 4, H_CX, guest_reg(g));
	on_copy(t, OP_TEST, size, s);
}

static bool reg_first(struct tr *t, int op, int size)
{
	const struct operand *d = &t->in->o[0];
	bool any_high = is_high(d) || is_high(&t->in->o[1]);
	if (any_high && takes_carry(op))
		flags_cf_to_bx(t);
	struct source s = source_of(t, &t->in->o[1], H_SI);
	if (is_high(d)) {
		to_high(t, op, &s);
	} else if (op == OP_TEST) {
		test_register(t, size, d->reg, &s);
	} else {
		if (takes_carry(op) && any_high)
			restore_carry(t);
		else if (takes_carry(op))
			flags_to_host(t, FL_CF);
		on_register(t, op, size, d->reg, &s);
	}
	return true;
}

/* CF is needed behind the probe, which clobbers the host's flags: it waits in EBX. */
static bool save_carry(struct tr *t, int op)
{
	if (!takes_carry(op))
		return false;
	flags_cf_to_bx(t);
	return true;
}

static bool from_memory(struct tr *t, int op, int size)
{
	const struct operand *d = &t->in->o[0];
	bool carry = save_carry(t, op);
	struct source s = {.h = H_SI, .ref = ref_none()};
	struct rm m = emit_operand(t, size, false);
	if (size < 4)
		e_movzx(&t->e, H_SI, m, size);
	else
		e_load(&t->e, 4, H_SI, m);
	if (is_high(d))
		operand_reg(t, d, H_CX);
	if (carry)
		restore_carry(t);
	if (is_high(d)) {
		on_copy(t, op, 1, &s);
		if (carry)
			flags_capture(t, 1);
		write_operand(t, d, 1, H_CX);
		t->dirty |= 1u << d->reg;
		t->e.host = 0;
		return true;
	}
	on_register(t, op, size, d->reg, &s);
	return true;
}

static bool to_memory(struct tr *t, int op, int size)
{
	const struct operand *o = &t->in->o[1];
	bool carry = save_carry(t, op);
	struct rm m = emit_operand(t, size, writes(op));
	struct source s = source_of(t, o, H_SI);
	if (size < 4)
		e_movzx(&t->e, H_CX, m, size);
	else
		e_load(&t->e, 4, H_CX, m);
	if (carry)
		restore_carry(t);
	on_copy(t, op, size, &s);
	if (writes(op))
		e_store(&t->e, size, m, H_CX);
	if (carry)
		flags_capture(t, size);
	return true;
}

/* ---- one operand -------------------------------------------------------------------------------- */

/* The flag that INC and DEC keep, found again behind them. */
static struct flag_ref kept_carry(struct tr *t)
{
	const struct flag_state *f = &t->flags;
	bool known = f->place == FLAGS_PENDING || f->place == FLAGS_STORED;
	if (!(t->live & FL_CF))
		return ref_imm(0);
	if (known && f->kind == FK_LOGIC)
		return ref_imm(0);
	if (known && (f->kind == FK_INC || f->kind == FK_DEC) && f->b.kind != REF_REG)
		return f->b;
	flags_cf_to_bx(t);
	return ref_none(); /* in EBX; the caller stores it */
}

static struct flag_ref settle_carry(struct tr *t, struct flag_ref b)
{
	if (b.kind != REF_NONE)
		return b;
	e_store(&t->e, 4, CPU_FIELD(fl_b), H_BX);
	return ref_stored();
}

static bool inc_dec(struct tr *t, int op, int size)
{
	const struct operand *d = &t->in->o[0];
	enum flag_kind kind = op == OP_INC ? FK_INC : FK_DEC;
	struct flag_ref b = kept_carry(t);
	struct rm m = {0};
	if (d->kind == OPND_MEM) {
		m = emit_operand(t, size, true);
		if (size < 4)
			e_movzx(&t->e, H_CX, m, size);
		else
			e_load(&t->e, 4, H_CX, m);
	} else if (is_high(d)) {
		operand_reg(t, d, H_CX);
	} else {
		u32 host = t->e.host & FL_CF;
		b = settle_carry(t, b);
		e_incdec(&t->e, size, op == OP_DEC, rm_reg(guest_reg(d->reg)));
		t->dirty |= 1u << d->reg;
		flags_set(t, kind, size, 0, ref_reg(d->reg), b, host | (FL_ARITH & ~FL_CF));
		return true;
	}
	b = settle_carry(t, b);
	e_incdec(&t->e, size, op == OP_DEC, rm_reg(H_CX));
	if (t->live)
		e_store(&t->e, 4, CPU_FIELD(fl_a), H_CX);
	if (d->kind == OPND_MEM) {
		e_store(&t->e, size, m, H_CX);
		flags_set(t, kind, size, 0, ref_stored(), b, FL_ARITH & ~FL_CF);
		return true;
	}
	write_operand(t, d, 1, H_CX);
	t->dirty |= 1u << d->reg;
	flags_set(t, kind, size, 0, ref_stored(), b, 0);
	return true;
}

static bool neg_not(struct tr *t, int op, int size)
{
	const struct operand *d = &t->in->o[0];
	int digit = op == OP_NOT ? 2 : 3, h;
	struct rm m = {0};
	if (d->kind == OPND_MEM) {
		m = emit_operand(t, size, true);
		e_load(&t->e, size, H_CX, m);
		h = H_CX;
	} else {
		if (op == OP_NOT)
			before_write(t, d->reg);
		h = operand_reg(t, d, H_CX);
	}
	if (op == OP_NEG && t->live)
		e_store(&t->e, 4, CPU_FIELD(fl_b), h);
	e_unary(&t->e, size, digit, rm_reg(h));
	u32 host = FL_ARITH;
	if (d->kind == OPND_MEM) {
		e_store(&t->e, size, m, h);
	} else {
		t->dirty |= 1u << d->reg;
		if (is_high(d)) {
			write_operand(t, d, 1, h);
			host = 0;
		}
	}
	if (op == OP_NEG)
		flags_set(t, FK_SUB, size, 0, ref_imm(0), ref_stored(), host);
	return true;
}

bool translate_alu(struct tr *t)
{
	const struct insn *in = t->in;
	int op = in->op, size = in->opsize;
	if (op < OP_ADD || op > OP_NOT || size > 4)
		return false;
	if (op >= OP_INC)
		return op <= OP_DEC ? inc_dec(t, op, size) : neg_not(t, op, size);
	if (in->o[0].kind == OPND_MEM)
		return to_memory(t, op, size);
	return in->o[1].kind == OPND_MEM ? from_memory(t, op, size) : reg_first(t, op, size);
}
