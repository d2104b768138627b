/* flags.c - pending, stored and settled flags; see flags.h. */
#include "cpu/translate/internal.h"

#define A_PLACE CPU_FIELD(fl_a)
#define B_PLACE CPU_FIELD(fl_b)
#define NO_AF (FL_ARITH & ~FL_AF)

/* ---- at run time ------------------------------------------------------------------------------- */

/* INC and DEC: CF is `cf`, the rest of the carry vector v. */
static void set_keeping_cf(struct cpu *c, int n, u32 r, u32 v, u32 cf)
{
	v = cc_align(v, n);
	u32 differs = (v ^ cf << 31) & BIT(31);
	c->fl_res = sext(r, n);
	c->fl_cc = v ^ (differs | differs >> 1);
}

static void set_shift(struct cpu *c, int n, u32 r, u32 cf, u32 of)
{
	c->fl_res = sext(r, n);
	c->fl_cc = cc_make(cf & 1, of & 1);
}

static void settle_shift(struct cpu *c, int kind, int n, u32 a, u32 count)
{
	u32 top = (u32)n - 1;
	u64 wide;
	switch (kind) {
	case FK_SHL:
		wide = (u64)a << count;
		set_shift(c, n, (u32)wide, (u32)(wide >> n), (a >> top) ^ (a >> (top - 1)));
		break;
	case FK_SHR:
		set_shift(c, n, a >> count, a >> (count - 1), a >> top);
		break;
	default:
		wide = sext(a, n);
		set_shift(c, n, (u32)((s64)wide >> count), (u32)((s64)wide >> (count - 1)), 0);
		break;
	}
}

/* As cpu/exec_muldiv.c has them: ZF stays clear. */
static void settle_mul(struct cpu *c, int n, u32 low, bool overflow)
{
	u64 res = sext(low, n);
	c->fl_res = res ? res : 0x100;
	c->fl_cc = cc_make(overflow, overflow);
}

static void settle_host(struct cpu *c, u32 ax)
{
	u32 eflags = (ax >> 8 & (FL_SF | FL_ZF | FL_AF | FL_PF | FL_CF)) | (ax & 1 ? FL_OF : 0);
	flags_set_arith(c, eflags);
}

void flags_settle(struct cpu *c)
{
	u32 word = c->fl_kind, kind = (word & 0xff) / 3, count = word >> 8;
	int n = 8 << (word & 0xff) % 3;
	u32 mask = ~0u >> (32 - n), a = c->fl_a & mask, b = c->fl_b & mask;
	c->fl_kind = 0;
	switch (kind) {
	case FK_ADD: add_flags(c, n, a, b); break;
	case FK_SUB: cmp_flags(c, n, a, b); break;
	case FK_LOGIC:
		c->fl_res = sext(a, n);
		c->fl_cc = 0;
		break;
	case FK_ADD_TO: add_flags(c, n, (a - b) & mask, b); break;
	case FK_SUB_FROM: cmp_flags(c, n, (a + b) & mask, b); break;
	case FK_INC: set_keeping_cf(c, n, a, (a - 1) & ~a & mask, c->fl_b & 1); break;
	case FK_DEC: set_keeping_cf(c, n, a, ~(a + 1) & a & mask, c->fl_b & 1); break;
	case FK_HOST: settle_host(c, c->fl_a); break;
	case FK_SHL:
	case FK_SHR:
	case FK_SAR: settle_shift(c, (int)kind, n, a, count & 31); break;
	case FK_MUL: settle_mul(c, n, a, b != 0); break;
	case FK_IMUL: settle_mul(c, n, a, b != (sext(a, n) >> 63 ? mask : 0)); break;
	default: break;
	}
}

/* ---- at translation time --------------------------------------------------------------------------- */

static bool same_flags_known(const struct tr *t)
{
	return t->flags.place == FLAGS_PENDING || t->flags.place == FLAGS_STORED;
}

void flags_set(struct tr *t, enum flag_kind kind, int size, u32 count, struct flag_ref a, struct flag_ref b, u32 host)
{
	t->flags = (struct flag_state){
		.place = t->live ? FLAGS_PENDING : FLAGS_DEAD,
		.kind = (u8)kind,
		.size_index = (u8)size_index(size),
		.count = (u8)count,
		.a = a,
		.b = b,
	};
	t->e.host = host;
}

void flags_capture(struct tr *t, int size)
{
	if (t->live) {
		e_lahf(&t->e);
		e_setcc(&t->e, CC_O, H_AX);
		e_store(&t->e, 4, A_PLACE, H_AX);
	}
	flags_set(t, FK_HOST, size, 0, ref_stored(), ref_none(), FL_ARITH);
}

static void store_ref(struct tr *t, struct rm place, struct flag_ref r)
{
	if (r.kind == REF_REG)
		e_store(&t->e, 4, place, guest_reg(r.reg));
	else if (r.kind == REF_IMM)
		e_store_imm(&t->e, 4, place, r.imm);
}

void flags_store(struct tr *t)
{
	struct flag_state *f = &t->flags;
	if (f->place != FLAGS_PENDING)
		return;
	store_ref(t, A_PLACE, f->a);
	store_ref(t, B_PLACE, f->b);
	e_store_imm(&t->e, 4, CPU_FIELD(fl_kind), FLAG_WORD(f->kind, f->size_index, f->count));
	f->place = FLAGS_STORED;
	f->a = f->a.kind == REF_NONE ? f->a : ref_stored();
	f->b = f->b.kind == REF_NONE ? f->b : ref_stored();
}

/* op temp, ref */
static void alu_ref(struct tr *t, int size, enum host_alu op, int temp, struct flag_ref r, struct rm place)
{
	if (r.kind == REF_IMM)
		e_alu_imm(&t->e, size, op, rm_reg(temp), r.imm);
	else
		e_alu(&t->e, size, op, temp, r.kind == REF_REG ? rm_reg(guest_reg(r.reg)) : place);
}

/* The host register that holds a: the guest's, or RAX, loaded. */
static int a_reg(struct tr *t, const struct flag_state *f, bool to_change)
{
	if (f->a.kind == REF_REG && !to_change)
		return guest_reg(f->a.reg);
	if (f->a.kind == REF_REG)
		e_mov(&t->e, 4, H_AX, guest_reg(f->a.reg));
	else if (f->a.kind == REF_IMM)
		e_mov_imm(&t->e, H_AX, f->a.imm);
	else
		e_load(&t->e, 4, H_AX, A_PLACE);
	return H_AX;
}

static void carry_from_b(struct tr *t, struct flag_ref b)
{
	if (b.kind == REF_IMM)
		e8(&t->e, b.imm & 1 ? 0xf9 : 0xf8); /* STC, CLC */
	else if (b.kind == REF_REG)
		e_bt(&t->e, rm_reg(guest_reg(b.reg)), 0);
	else
		e_bt(&t->e, B_PLACE, 0);
}

/* Recomputes the host's flags from the operands; false: no short way. */
static bool recompute(struct tr *t, const struct flag_state *f)
{
	int size = 1 << f->size_index, a;
	switch (f->kind) {
	case FK_ADD:
		a = a_reg(t, f, true);
		alu_ref(t, size, A_ADD, a, f->b, B_PLACE);
		break;
	case FK_SUB:
		a = a_reg(t, f, false);
		alu_ref(t, size, A_CMP, a, f->b, B_PLACE);
		break;
	case FK_LOGIC:
		a = a_reg(t, f, false);
		e_test(&t->e, size, a, a);
		break;
	case FK_ADD_TO:
		a = a_reg(t, f, true);
		alu_ref(t, size, A_SUB, a, f->b, B_PLACE);
		alu_ref(t, size, A_ADD, a, f->b, B_PLACE);
		break;
	case FK_SUB_FROM:
		a = a_reg(t, f, true);
		alu_ref(t, size, A_ADD, a, f->b, B_PLACE);
		alu_ref(t, size, A_CMP, a, f->b, B_PLACE);
		break;
	case FK_INC:
	case FK_DEC:
		a = a_reg(t, f, true);
		e_alu_imm(&t->e, size, f->kind == FK_INC ? A_SUB : A_ADD, rm_reg(a), 1);
		carry_from_b(t, f->b);
		e_incdec(&t->e, size, f->kind == FK_DEC, rm_reg(a));
		break;
	case FK_HOST:
		a_reg(t, f, true);
		e_flags_from_ax(&t->e);
		break;
	default: return false;
	}
	t->e.host = NO_AF;
	return true;
}

bool flags_from_memory(struct tr *t, int kind, int size_index)
{
	struct flag_state f = {.kind = (u8)kind, .size_index = (u8)size_index, .a = ref_stored(), .b = ref_stored()};
	return recompute(t, &f);
}

void flags_to_host(struct tr *t, u32 mask)
{
	if ((t->e.host & mask) == mask)
		return;
	if (same_flags_known(t) && recompute(t, &t->flags))
		return;
	flags_store(t);
	e_call(&t->e, t->x->stubs.host_flags);
	t->e.host = NO_AF;
}

/* SETB does not disturb the host's flags, so that one capture serves several. */
void flags_cf_to_bx(struct tr *t)
{
	take_bx(t);
	if (same_flags_known(t) && t->flags.kind == FK_LOGIC) {
		e_mov_imm(&t->e, H_BX, 0);
		return;
	}
	flags_to_host(t, FL_CF);
	e_setcc(&t->e, CC_B, H_BX);
	e_movzx(&t->e, H_BX, rm_reg(H_BX), 1);
}

u32 cond_flags(int cond)
{
	static const u32 masks[8] = {FL_OF, FL_CF, FL_ZF, FL_CF | FL_ZF, FL_SF, FL_PF, FL_SF | FL_OF, FL_ZF | FL_SF | FL_OF};
	return masks[cond >> 1];
}
