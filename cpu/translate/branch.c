/* branch.c - JMP Jcc CALL RET as host code, and the ways from block to block; cpu/exec_branch.c is the reference.
 *
 * Two ways lead on: through a link slot within the page (follow() in exec.h), and
 * through the jump cache by linear IP (jump_to() in run.c). Both test the countdown,
 * note the entry in the trail and enter with the guest's registers in the host's.
 */
#include "cpu/translate/internal.h"

_Static_assert(sizeof(struct jump) == 16 && offsetof(struct code, jump) == 0, "an index is the entry's number times 16");
_Static_assert(sizeof(struct trail_entry) == 24, "an index is left % 32 times 24");

/* Notes the entry of the block in RAX. Clobbers RSI, RBX. ip_base: a host register that holds it, or H_NONE. */
static void note_entry(struct tr *t, int ip_base)
{
	struct emit *e = &t->e;
	s32 trail = (s32)offsetof(struct cpu, trail);
	e_mov(e, 4, H_SI, H_LEFT);
	e_alu_imm(e, 4, A_AND, rm_reg(H_SI), TRAIL_SLOTS - 1);
	e_lea(e, 4, H_SI, rm_full(H_SI, H_SI, 1, 0)); /* times 3 ... */
	if (ip_base == H_NONE) {
		ip_base = H_BX;
		e_load(e, 8, H_BX, CPU_FIELD(ip_base));
	}
	e_store(e, 8, rm_full(H_CPU, H_SI, 3, trail + (s32)offsetof(struct trail_entry, block)), H_AX);
	e_store(e, 8, rm_full(H_CPU, H_SI, 3, trail + (s32)offsetof(struct trail_entry, left)), H_LEFT);
	e_store(e, 8, rm_full(H_CPU, H_SI, 3, trail + (s32)offsetof(struct trail_entry, ip_base)), ip_base);
}

/* The block in RAX, with RCX instructions, is entered. */
static void enter_block(struct tr *t, int ip_base)
{
	note_entry(t, ip_base);
	e_alu(&t->e, 8, A_SUB, H_LEFT, rm_reg(H_CX));
	e_jmp_rm(&t->e, rm_at(H_AX, (s32)offsetof(struct code_block, body)));
}

/* To the block that a link slot already leads to. It never leads elsewhere, but the block may be dropped: its body then is the
 * interpreter's way out, which wants the flags. */
static void follow_known(struct tr *t, const struct uop *slot, const struct code_block *b)
{
	struct emit *e = &t->e;
	if (t->flags.place == FLAGS_PENDING && b->kills_flags && b->key != BLOCK_STALE) {
		e_alu_imm(e, 4, A_CMP, rm_abs(&b->key), (u32)BLOCK_STALE);
		leave_if_to(t, e_jcc(e, CC_E), link_to, slot);
	} else {
		flags_store(t);
	}
	e_alu_imm(e, 8, A_CMP, rm_reg(H_LEFT), b->n);
	leave_if_to(t, e_jcc(e, CC_L), link_to, slot);
	e_lea(e, 8, H_AX, rm_abs(b));
	note_entry(t, H_NONE);
	e_alu_imm(e, 8, A_SUB, rm_reg(H_LEFT), b->n);
	e_jmp_rm(e, rm_abs(&b->body));
}

/* Through a link slot. */
static void follow_slot(struct tr *t, const struct uop *slot)
{
	struct emit *e = &t->e;
	if (slot->x.next) {
		follow_known(t, slot, slot->x.next);
		return;
	}
	flags_store(t);
	e_load(e, 8, H_AX, rm_abs(&slot->x.next));
	e_test(e, 8, H_AX, H_AX);
	leave_if_to(t, e_jcc(e, CC_E), link_to, slot);
	e_movzx(e, H_CX, rm_at(H_AX, (s32)offsetof(struct code_block, n)), 2);
	e_alu(e, 8, A_CMP, H_LEFT, rm_reg(H_CX));
	leave_if_to(t, e_jcc(e, CC_L), link_to, slot);
	enter_block(t, H_NONE);
}

/* To the IP in RAX (zero-extended, not above the CS limit), by the jump cache. Where it does not know: to link_to for a direct
 * branch's slot, else to jump_to with RCX = IP. */
static void follow_ip(struct tr *t, const struct uop *slot)
{
	struct emit *e = &t->e;
	const void *miss = slot ? (const void *)link_to : (const void *)jump_to;
	int lin = H_AX;
	if (!t->flat) {
		lin = H_SI;
		e_load(e, 4, H_SI, rm_at(H_CPU, (s32)(offsetof(struct cpu, xseg[SEG_CS].base))));
		e_alu(e, 4, A_ADD, H_SI, rm_reg(H_AX));
	}
	e_mov(e, 4, H_BX, lin);
	e_shift(e, 4, S_SHR, rm_reg(H_BX), 12);
	e_alu(e, 4, A_XOR, H_BX, rm_reg(lin));
	e_alu_imm(e, 4, A_AND, rm_reg(H_BX), (1u << JUMP_BITS) - 1);
	e_shift(e, 4, S_SHL, rm_reg(H_BX), 4);
	e_alu(e, 8, A_ADD, H_BX, CPU_FIELD(code));
	if (t->flat) {
		e_mov_imm64(e, H_SI, jump_key(0, t->mode));
		e_alu(e, 8, A_OR, H_SI, rm_reg(H_AX));
	} else {
		e_mov_imm64(e, H_CX, jump_key(0, t->mode));
		e_alu(e, 8, A_OR, H_SI, rm_reg(H_CX));
	}
	e_mov(e, 4, H_CX, H_AX);
	e_alu(e, 8, A_CMP, H_SI, rm_at(H_BX, (s32)offsetof(struct jump, key)));
	leave_if_to(t, e_jcc(e, CC_NE), miss, slot);
	e_load(e, 8, H_BX, rm_at(H_BX, (s32)offsetof(struct jump, block)));
	/* ip_base = IP - (lin & 0xfff) */
	if (t->flat) {
		e_alu_imm(e, 4, A_AND, rm_reg(H_AX), (u32)PAGE_MASK);
	} else {
		e_alu_imm(e, 4, A_AND, rm_reg(H_SI), PAGE_SIZE - 1);
		e_alu(e, 8, A_SUB, H_AX, rm_reg(H_SI));
	}
	e_movzx(e, H_SI, rm_at(H_BX, (s32)offsetof(struct code_block, n)), 2);
	e_alu(e, 8, A_CMP, H_LEFT, rm_reg(H_SI));
	leave_if_to(t, e_jcc(e, CC_L), miss, slot);
	e_mov(e, 4, H_CX, H_SI);
	e_store(e, 8, CPU_FIELD(ip_base), H_AX);
	e_op(e, 8, 0x87, H_AX, rm_reg(H_BX), 0); /* xchg: RAX = block, RBX = ip_base */
	enter_block(t, H_BX);
}

/* RAX = where a slot in another page leads to */
static void slot_ip(struct tr *t, const struct uop *slot)
{
	e_load(&t->e, 4, H_AX, CPU_FIELD(ip_base));
	e_alu_imm(&t->e, 4, A_ADD, rm_reg(H_AX), slot->imm);
	if (slot->src == 2)
		e_movzx(&t->e, H_AX, rm_reg(H_AX), 2);
}

static void limit_check(struct tr *t, int h)
{
	if (t->flat)
		return;
	e_alu(&t->e, 4, A_CMP, h, CPU_FIELD(cs_limit));
	leave_if(t, e_jcc(&t->e, CC_A));
}

/* The instruction is done but for IP. */
static void go_to_slot(struct tr *t, const struct uop *slot)
{
	if (slot->imm < PAGE_SIZE || (slot->dst & SLOT_NO_LINK)) {
		follow_slot(t, slot);
		return;
	}
	flags_store(t);
	slot_ip(t, slot);
	if (!t->flat) {
		e_alu(&t->e, 4, A_CMP, H_AX, CPU_FIELD(cs_limit));
		leave_if_to(t, e_jcc(&t->e, CC_A), link_to, slot);
	}
	follow_ip(t, slot);
}

void translate_fall_through(struct tr *t)
{
	go_to_slot(t, t->u);
}

/* The jump `taken` leads to u[1], falling through to u[2]. */
static void go_either_way(struct tr *t, u8 *taken)
{
	struct flag_state flags = t->flags;
	go_to_slot(t, t->u + 2);
	e_patch(&t->e, taken);
	t->flags = flags;
	go_to_slot(t, t->u + 1);
}

static bool jcc(struct tr *t)
{
	flags_to_host(t, cond_flags(t->in->cond));
	go_either_way(t, e_jcc(&t->e, t->in->cond));
	return true;
}

/* LOOP and JCXZ within the page: what lies outside may fault before the counter changes. */
static bool loop(struct tr *t)
{
	bool is16 = t->in->addrsize == 2, counts = t->in->op == OP_LOOP;
	int cx = guest_reg(RCX), size = is16 ? 2 : 4;
	if (!t->flat && t->u[1].imm >= PAGE_SIZE)
		return false;
	flags_store(t);
	if (counts) {
		e_lea(&t->e, size, cx, rm_at(cx, -1));
		t->dirty |= 1u << RCX;
	}
	e_test(&t->e, size, cx, cx);
	go_either_way(t, e_jcc(&t->e, counts ? CC_NE : CC_E));
	return true;
}

/* Pushes the return address, `size` bytes. */
static void push_return(struct tr *t, int size)
{
	struct rm m = emit_stack(t, RSP, -size, size, true);
	e_load(&t->e, 4, H_CX, CPU_FIELD(ip_base));
	e_alu_imm(&t->e, 4, A_ADD, rm_reg(H_CX), uop_off(t->u) + (u32)uop_len(t->u));
	e_store(&t->e, size, m, H_CX);
	emit_move_sp(t, -size);
}

/* The target of an indirect branch into EBX, checked. */
static void target_to_bx(struct tr *t, int size)
{
	const struct operand *o = &t->in->o[0];
	if (o->kind == OPND_MEM) {
		struct rm m = emit_operand(t, size, false);
		if (size == 2)
			e_movzx(&t->e, H_BX, m, 2);
		else
			e_load(&t->e, 4, H_BX, m);
	} else if (size == 2) {
		e_movzx(&t->e, H_BX, rm_reg(guest_reg(o->reg)), 2);
	} else {
		e_mov(&t->e, 4, H_BX, guest_reg(o->reg));
	}
	take_bx(t);
	limit_check(t, H_BX);
}

static bool call(struct tr *t)
{
	const struct uop *slot = t->u + 1;
	bool is_direct = t->in->o[0].kind == OPND_REL;
	int size = t->in->opsize;
	flags_store(t);
	if (!is_direct) {
		target_to_bx(t, size);
	} else if (!t->flat) {
		slot_ip(t, slot);
		limit_check(t, H_AX);
	}
	push_return(t, size);
	if (is_direct) {
		go_to_slot(t, slot);
	} else {
		e_mov(&t->e, 4, H_AX, H_BX);
		follow_ip(t, NULL);
	}
	return true;
}

static bool jmp(struct tr *t)
{
	if (t->in->o[0].kind == OPND_REL) {
		go_to_slot(t, t->u + 1);
		return true;
	}
	flags_store(t);
	target_to_bx(t, t->in->opsize);
	e_mov(&t->e, 4, H_AX, H_BX);
	follow_ip(t, NULL);
	return true;
}

static bool ret(struct tr *t)
{
	int size = t->in->opsize;
	flags_store(t);
	struct rm m = emit_stack(t, RSP, 0, size, false);
	if (size == 2)
		e_movzx(&t->e, H_AX, m, 2);
	else
		e_load(&t->e, 4, H_AX, m);
	limit_check(t, H_AX);
	emit_move_sp(t, size + (s32)t->u->imm);
	follow_ip(t, NULL);
	return true;
}

bool translate_branch(struct tr *t)
{
	if (t->in->opsize > 4)
		return false;
	switch (t->in->op) {
	case OP_JCC: return jcc(t);
	case OP_JMP: return jmp(t);
	case OP_CALL: return call(t);
	case OP_RET: return ret(t);
	case OP_LOOP:
	case OP_JCXZ: return loop(t);
	default: return false;
	}
}
