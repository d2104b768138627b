/* Delivery of events: IVT, gates, stack switches, error codes, virtual-8086 mode, VME redirection; IRET's long forms.
 * SDM 3A chapter 6 and 20, SDM 2 INT and IRET.
 */
#include "system_rig.h"

enum { TRAP32 = 15, INT32 = 14, INT16 = 6, HANDLER = 0x6000 };

static enum step int_n(struct rig *r, int vec)
{
	struct uop u = {.imm = (u32)vec};
	return rig_run(r, OP_INT, &u);
}

static enum step deliver(struct rig *r, struct event ev)
{
	memset(&r->c.fault, 0, sizeof r->c.fault);
	enum step step = sys_deliver(&r->c, &r->s, &ev);
	if (r->c.ctx_dirty)
		ctx_update(&r->c);
	return step;
}

static struct event exception(int vec, u32 error)
{
	return (struct event){.kind = EV_EXCEPTION, .vec = (u8)vec, .has_error = true, .error = error, .return_ip = 0x100};
}

START_TEST(real_mode_pushes_three_words_and_clears_if_tf_ac)
{
	struct rig *r = rig_new();
	store32(r->ram + 4 * 0x21, 0x12345678);
	r->s.seg[SEG_CS].sel = 0x7;
	r->s.eflags |= EF_IF | EF_TF | EF_AC | EF_IOPL | EF_NT;
	flags_set_arith(&r->c, FL_CF);
	ck_assert_int_eq(int_n(r, 0x21), STEP_IP);
	ck_assert_uint_eq(r->c.next_ip, 0x5678);
	ck_assert_uint_eq(r->s.seg[SEG_CS].base, 0x12340);
	ck_assert_uint_eq(stack16(r, 0), 0x102);
	ck_assert_uint_eq(stack16(r, 1), 7);
	ck_assert_uint_eq(stack16(r, 2), 0x7303);
	ck_assert_uint_eq(r->s.eflags, EF_FIXED | EF_IOPL | EF_NT); /* SDM 2 INT, REAL-ADDRESS-MODE */
	r->s.idtr.limit = 4 * 0x21 + 2;
	ck_assert_int_eq(int_n(r, 0x21), STEP_FAULT);
	ck_assert_uint_eq(r->c.fault.vec, VEC_GP);
	rig_free(r);
}
END_TEST

START_TEST(real_mode_exceptions_push_no_error_code)
{
	struct rig *r = rig_new();
	ck_assert_int_eq(deliver(r, exception(VEC_GP, 0x1234)), STEP_IP);
	ck_assert_uint_eq(r->c.r[RSP], 0x8000 - 6);
	rig_free(r);
}
END_TEST

START_TEST(gates_of_the_same_level_push_by_their_size)
{
	for (int type = INT16; type <= TRAP32; type += TRAP32 - INT16) {
		struct rig *r = rig_new_protected(0);
		int size = type == TRAP32 ? 4 : 2;
		u64 sp = r->c.r[RSP];
		set_idt(r, 13, make_gate(SEL(K_CODE, 0), 0x26000, type, 0, 0));
		r->s.eflags |= EF_IF | EF_TF | EF_NT | EF_IOPL;
		flags_set_arith(&r->c, 0);
		ck_assert_int_eq(deliver(r, exception(13, 0xabc)), STEP_IP);
		ck_assert_uint_eq(r->c.r[RSP], sp - 4 * (u64)size);
		const u8 *p = r->ram + r->c.r[RSP];
		ck_assert_uint_eq(load_n(p, size), 0xabc);
		ck_assert_uint_eq(load_n(p + size, size), 0x100);
		ck_assert_uint_eq(load_n(p + 2 * size, size), SEL(K_CODE, 0));
		/* a fault: RF is set in a 32-bit image (SDM 3B 17.3.1.1) */
		ck_assert_uint_eq(load_n(p + 3 * size, size), size == 4 ? 0x17302 : 0x7302);
		/* TF, NT go; IF only through an interrupt gate: 6.12.1.3 */
		ck_assert_uint_eq(r->s.eflags, EF_FIXED | EF_IOPL | (type == TRAP32 ? EF_IF : 0));
		ck_assert_uint_eq(r->c.next_ip, size == 4 ? 0x26000 : 0x6000);
		rig_free(r);
	}
}
END_TEST

START_TEST(rf_is_pushed_for_faults_only)
{
	/* SDM 3A table 6-1: class of each exception. F: fault, T: trap or abort or interrupt */
	static const char class[20] = "FT-TTFFFT-FFFFF-FFTF";
	for (int vec = 0; vec < 20; vec++) {
		if (class[vec] == '-')
			continue;
		struct rig *r = rig_new_protected(0);
		set_idt(r, vec, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 0, 0));
		struct event ev = {.kind = EV_EXCEPTION, .vec = (u8)vec};
		ck_assert_int_eq(deliver(r, ev), STEP_IP);
		ck_assert_uint_eq(stack32(r, 2) >> 16 & 1, class[vec] == 'F');
		ev.kind = EV_EXTERNAL;
		ck_assert_int_eq(deliver(r, ev), STEP_IP);
		ck_assert_uint_eq(stack32(r, 2) >> 16 & 1, 0);
		rig_free(r);
	}
}
END_TEST

START_TEST(software_interrupts_need_the_gates_dpl)
{
	for (int i = 0; i < 16; i++) {
		int cpl = i & 3, dpl = i >> 2;
		struct rig *r = rig_new_protected(cpl);
		for (int vec = 1; vec < 0x31; vec++)
			set_idt(r, vec, make_gate(SEL(K_CONFORMING, 0), HANDLER, TRAP32, dpl, 0));
		bool ok = cpl <= dpl; /* SDM 3A 6.12.1.2 */
		flags_set_arith(&r->c, FL_OF);
		static const struct {
			enum op op;
			int vec;
		} ops[] = {{OP_INT, 0x30}, {OP_INT3, 3}, {OP_INTO, 4}};
		for (int k = 0; k < 3; k++) {
			struct uop u = {.imm = 0x30};
			enum step step = rig_run(r, ops[k].op, &u);
			if (ok)
				ck_assert_int_eq(step, STEP_IP);
			else
				expect_fault(r, step, VEC_GP, ops[k].vec * 8 + 2); /* IDT bit, no EXT */
		}
		/* INT1, exceptions and external interrupts do not look at it */
		ck_assert_int_eq(rig_op(r, OP_INT1, 4), STEP_IP);
		ck_assert_int_eq(deliver(r, exception(13, 0)), STEP_IP);
		ck_assert_int_eq(deliver(r, (struct event){.kind = EV_EXTERNAL, .vec = 0x30}), STEP_IP);
		rig_free(r);
	}
}
END_TEST

START_TEST(into_without_overflow_does_nothing)
{
	struct rig *r = rig_new();
	flags_set_arith(&r->c, 0);
	ck_assert_int_eq(rig_op(r, OP_INTO, 2), STEP_NEXT);
	rig_free(r);
}
END_TEST

/* Every fault of a delivery, as INT n (EXT = 0) and as an external interrupt (EXT = 1): SDM 3A 6.13 */
static void expect_delivery_fault(struct rig *r, int vec, u32 error)
{
	struct before b = rig_before(r);
	expect_fault(r, int_n(r, 0x30), vec, error);
	expect_unchanged(r, &b);
	expect_fault(r, deliver(r, (struct event){.kind = EV_EXTERNAL, .vec = 0x30}), vec, error | 1);
	expect_unchanged(r, &b);
}

START_TEST(bad_idt_entries_fault_with_the_idt_bit)
{
	struct rig *r = rig_new_protected(0);
	for (int type = 0; type < 16; type++) { /* gates are 5, 6, 7, 14, 15: SDM 3A table 3-2 */
		set_idt(r, 0x30, make_gate(SEL(K_CODE, 0), HANDLER, type, 0, 0));
		if (type != 5 && type != 6 && type != 7 && type != 14 && type != 15)
			expect_delivery_fault(r, VEC_GP, 0x182);
	}
	set_idt(r, 0x30, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 0, 0) & ~(1ull << 47));
	expect_delivery_fault(r, VEC_NP, 0x182);
	r->s.idtr.limit = 0x30 * 8 + 6;
	expect_delivery_fault(r, VEC_GP, 0x182);
	rig_free(r);
}
END_TEST

START_TEST(bad_handlers_fault_with_their_selector)
{
	struct rig *r = rig_new_protected(0);
	static const struct {
		u16 sel;
		u8 vec;
		u16 error;
	} cases[] = {
		/* SDM 2 INT, TRAP-OR-INTERRUPT-GATE */
		{0, VEC_GP, 0},
		{0x1000, VEC_GP, 0x1000},
		{SEL(K_DATA, 0), VEC_GP, SEL(K_DATA, 0)},
		{SEL(K_CODE, 1), VEC_GP, SEL(K_CODE, 1)}, /* DPL > CPL */
		{SEL_TSS, VEC_GP, SEL_TSS},
		{SEL_FREE, VEC_NP, SEL_FREE},
	};
	set_desc(r, SEL_FREE, make_desc(0, 0xfffff, kind_attr(K_CODE, 0) & ~SEG_P));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		set_idt(r, 0x30, make_gate(cases[i].sel, HANDLER, INT32, 0, 0));
		expect_delivery_fault(r, cases[i].vec, cases[i].error);
	}
	/* beyond its limit: #GP(EXT) */
	set_desc(r, SEL_FREE, make_desc(0, 0xfff, kind_attr(K_CODE, 0) & ~SEG_G));
	set_idt(r, 0x30, make_gate(SEL_FREE, 0x1000, INT32, 0, 0));
	expect_delivery_fault(r, VEC_GP, 0);
	rig_free(r);
}
END_TEST

START_TEST(an_inner_handler_gets_the_tss_stack)
{
	for (int cpl = 1; cpl < 4; cpl++) {
		for (int to = 0; to < cpl; to++) {
			struct rig *r = rig_new_protected(cpl);
			u64 old_sp = r->c.r[RSP];
			set_idt(r, 14, make_gate(SEL(K_CODE, to), HANDLER, INT32, 0, 0));
			ck_assert_int_eq(deliver(r, exception(14, 6)), STEP_IP);
			ck_assert_uint_eq(r->c.r[RSP], STACK_TOP(to) - 24u);
			ck_assert_uint_eq(stack32(r, 0), 6);
			ck_assert_uint_eq(stack32(r, 1), 0x100);
			ck_assert_uint_eq(stack32(r, 2), SEL(K_CODE, cpl) | (u32)cpl);
			ck_assert_uint_eq(stack32(r, 4), old_sp);
			ck_assert_uint_eq(stack32(r, 5), SEL(K_DATA, cpl) | (u32)cpl);
			ck_assert_int_eq(r->s.cpl, to);
			ck_assert_uint_eq(r->s.seg[SEG_CS].sel, SEL(K_CODE, to) | (u32)to);
			/* and back */
			r->c.r[RSP] += 4;
			ck_assert_int_eq(rig_op(r, OP_IRET, 4), STEP_IP);
			ck_assert_int_eq(r->s.cpl, cpl);
			ck_assert_uint_eq(r->c.r[RSP], old_sp);
			ck_assert_uint_eq(r->c.next_ip, 0x100);
			rig_free(r);
		}
	}
}
END_TEST

START_TEST(inner_stack_faults_carry_ext)
{
	struct rig *r = rig_new_protected(3);
	set_idt(r, 0x30, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 3, 0));
	static const struct {
		u16 ss;
		u8 vec;
		u16 error;
	} cases[] = {
		{0, VEC_TS, 0},
		{0x1000, VEC_TS, 0x1000},
		{SEL(K_DATA, 0) | 1, VEC_TS, SEL(K_DATA, 0)},
		{SEL(K_DATA, 3), VEC_TS, SEL(K_DATA, 3)},
		{SEL(K_READ_ONLY, 0), VEC_TS, SEL(K_READ_ONLY, 0)},
		{SEL_FREE, VEC_SS, SEL_FREE},
	};
	set_desc(r, SEL_FREE, make_desc(0, 0xfffff, kind_attr(K_DATA, 0) & ~SEG_P));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		store32(r->ram + AT_TSS + 8, cases[i].ss);
		expect_delivery_fault(r, cases[i].vec, cases[i].error);
	}
	set_desc(r, SEL_FREE, make_desc(0, 0xfff, kind_attr(K_DATA, 0) & ~SEG_G));
	store32(r->ram + AT_TSS + 8, SEL_FREE);
	store32(r->ram + AT_TSS + 4, 0x1004); /* beyond the limit */
	expect_delivery_fault(r, VEC_SS, SEL_FREE);
	r->s.tr.limit = 8;
	expect_delivery_fault(r, VEC_TS, SEL_TSS);
	rig_free(r);
}
END_TEST

START_TEST(a_db_handler_finds_general_detect_off)
{
	struct rig *r = rig_new_protected(0);
	set_idt(r, 1, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 0, 0));
	r->s.dr[7] |= 1 << 13;
	expect_fault(r, rig_reg(r, OP_MOV_FROM_DR, 4, 0, 0), VEC_DB, 0);
	ck_assert_uint_eq(r->c.fault.dr6, 1 << 13); /* BD */
	ck_assert(!r->c.fault.has_error);
	deliver(r, (struct event){.kind = EV_EXCEPTION, .vec = 1});
	ck_assert_uint_eq(r->s.dr[7], 0x400); /* SDM 3B 17.2.4 */
	rig_free(r);
}
END_TEST

/* ---- virtual-8086 mode --------------------------------------------------------------- */

START_TEST(v86_events_go_to_ring_0_with_all_segments)
{
	struct rig *r = rig_new_v86(3);
	set_idt(r, 0x30, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 3, 0));
	for (int i = 0; i < 6; i++)
		r->s.seg[i].sel = (u16)(0x600 + i);
	ck_assert_int_eq(int_n(r, 0x30), STEP_IP);
	ck_assert_uint_eq(r->c.r[RSP], STACK_TOP(0) - 36u);
	static const u32 expected[] = {0x102, 0x601, 0x23002, 0x1000, 0x602, 0x600, 0x603, 0x604, 0x605};
	for (int i = 0; i < 9; i++)
		ck_assert_uint_eq(stack32(r, i) & (i == 2 ? ~(u32)FL_ARITH : ~0u), expected[i]);
	ck_assert_uint_eq(r->s.eflags & EF_VM, 0);
	ck_assert_int_eq(r->s.cpl, 0);
	ck_assert_uint_eq(r->s.seg[SEG_DS].attr | r->s.seg[SEG_GS].attr | r->s.seg[SEG_ES].sel, 0);
	/* and back through IRET: SDM 2, RETURN-TO-VIRTUAL-8086-MODE */
	ck_assert_int_eq(rig_op(r, OP_IRET, 4), STEP_IP);
	ck_assert_int_eq(r->s.cpl, 3);
	for (int i = 0; i < 6; i++) {
		ck_assert_uint_eq(r->s.seg[i].sel, (unsigned)(0x600 + i));
		ck_assert_uint_eq(r->s.seg[i].base, (unsigned)(0x6000 + 16 * i));
		ck_assert_uint_eq(r->s.seg[i].limit, 0xffff);
	}
	ck_assert_uint_eq(r->c.r[RSP], 0x1000);
	ck_assert_uint_eq(r->c.next_ip, 0x102);
	rig_free(r);
}
END_TEST

START_TEST(v86_handlers_must_be_nonconforming_ring_0)
{
	static const u16 sels[] = {SEL(K_CODE, 1), SEL(K_CODE, 3), SEL(K_CONFORMING, 0)};
	struct rig *r = rig_new_v86(3);
	for (size_t i = 0; i < ARRAY_LEN(sels); i++) { /* SDM 2 INT: #GP(selector) */
		set_idt(r, 0x30, make_gate(sels[i], HANDLER, INT32, 3, 0));
		expect_delivery_fault(r, VEC_GP, sels[i]);
	}
	rig_free(r);
}
END_TEST

START_TEST(int_n_in_v86_follows_the_six_methods)
{
	/* SDM 3A table 20-2. P: protected-mode handler, 8: the 8086 program's, G: #GP(0) */
	for (int i = 0; i < 4 * 2 * 2; i++) {
		int iopl = i & 3;
		bool vme = i & 4, bit = i & 8;
		char expected = !vme ? (iopl == 3 ? 'P' : 'G') : !bit ? '8' : iopl == 3 ? 'P' : 'G';
		struct rig *r = rig_new_v86(iopl);
		r->s.cr4 = vme ? CR4_VME : 0;
		r->s.eflags |= EF_VIF | EF_TF;
		flags_set_arith(&r->c, 0);
		store32(r->ram + 4 * 0x30, 0x12345678);
		set_idt(r, 0x30, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 3, 0));
		r->ram[AT_TSS + 0x88 - 32 + 6] = bit ? 1 : 0;
		enum step step = int_n(r, 0x30);
		if (expected == 'G') {
			expect_fault(r, step, VEC_GP, 0);
		} else if (expected == 'P') {
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_uint_eq(r->s.eflags & EF_VM, 0);
		} else {
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_uint_eq(r->s.seg[SEG_CS].base, 0x12340);
			ck_assert_uint_eq(r->c.next_ip, 0x5678);
			ck_assert_uint_eq(stack16(r, 0), 0x102);
			ck_assert_uint_eq(stack16(r, 1), 0x600);
			/* method 6 shows VIF as IF and IOPL as 3; method 5 pushes FLAGS */
			ck_assert_uint_eq(stack16(r, 2), iopl == 3 ? 0x3102 : 0x3302);
			u32 left = EF_FIXED | EF_VM | (u32)iopl << 12 | (iopl == 3 ? EF_VIF : 0);
			ck_assert_uint_eq(r->s.eflags, left);
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(int3_and_into_in_v86_do_not_look_at_iopl)
{
	struct rig *r = rig_new_v86(0);
	set_idt(r, 3, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 3, 0));
	ck_assert_int_eq(rig_op(r, OP_INT3, 2), STEP_IP);
	ck_assert_int_eq(r->s.cpl, 0);
	rig_free(r);
}
END_TEST

START_TEST(iret_to_v86_needs_cpl_0_and_a_target_below_64k)
{
	struct rig *r = rig_new_protected(0);
	for (int i = 0; i < 6; i++)
		push32(r, 0x600);
	push32(r, EF_VM | EF_FIXED);
	push32(r, 0x600);
	push32(r, 0x10000);
	struct before b = rig_before(r);
	expect_fault(r, rig_op(r, OP_IRET, 4), VEC_GP, 0);
	expect_unchanged(r, &b);
	rig_free(r);
	/* at CPL 1 VM in the image means nothing: CS 0x601 is looked up in the GDT */
	r = rig_new_protected(1);
	push32(r, EF_VM | EF_FIXED);
	push32(r, 0x601);
	push32(r, 0);
	expect_fault(r, rig_op(r, OP_IRET, 4), VEC_GP, 0x600);
	rig_free(r);
}
END_TEST

START_TEST(vif_with_vip_faults_in_the_v86_task)
{
	struct rig *r = rig_new_protected(0);
	r->s.cr4 = CR4_VME;
	for (int i = 0; i < 5; i++)
		push32(r, 0x600);
	push32(r, 0x1000);
	push32(r, EF_VM | EF_FIXED | EF_VIF | EF_VIP);
	push32(r, 0x600);
	push32(r, 0x123);
	expect_fault(r, rig_op(r, OP_IRET, 4), VEC_GP, 0); /* SDM 3A 20.3.2 */
	ck_assert(r->c.fault.new_context);
	ck_assert_uint_eq(r->c.ip, 0x123);
	ck_assert_uint_eq(r->s.eflags & EF_VM, EF_VM);
	rig_free(r);
}
END_TEST

START_TEST(delivery_ends_halt_and_shadow)
{
	struct rig *r = rig_new();
	ck_assert_int_eq(rig_op(r, OP_HLT, 2), STEP_NEXT);
	ck_assert_int_eq(r->s.activity, ACT_HALTED);
	ck_assert_int_ne(r->c.attention, 0);
	r->s.shadow = SHADOW_STI;
	deliver(r, (struct event){.kind = EV_EXTERNAL, .vec = 8});
	ck_assert_int_eq(r->s.activity, ACT_ACTIVE);
	ck_assert_int_eq(r->s.shadow, SHADOW_NONE);
	rig_free(r);
}
END_TEST

/* ---- paging ---------------------------------------------------------------------------- */

/* Identity map of 2 MB at 100000, user; page `hole` not present. */
static void turn_paging_on(struct rig *r, u32 hole)
{
	store32(r->ram + 0x100000, 0x101007);
	for (u32 i = 0; i < 512; i++)
		store32(r->ram + 0x101000 + 4 * i, i << 12 | (i << 12 == hole ? 0 : 7));
	r->s.cr3 = 0x100000;
	mmu_set_cr3(&r->m, r->s.cr3);
	r->s.cr0 |= CR0_PG;
	mmu_set_mode(&r->m, r->s.cr0, r->s.cr4, r->s.efer);
	ctx_update(&r->c);
}

START_TEST(a_page_fault_inside_a_delivery_changes_nothing)
{
	static const u32 holes[] = {AT_IDT, AT_GDT, AT_TSS, AT_STACK(0)};
	for (size_t i = 0; i < ARRAY_LEN(holes); i++) {
		struct rig *r = rig_new_protected(3);
		set_idt(r, 0x30, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 3, 0));
		turn_paging_on(r, holes[i]);
		struct before b = rig_before(r);
		ck_assert_int_eq(int_n(r, 0x30), STEP_FAULT);
		ck_assert_uint_eq(r->c.fault.vec, VEC_PF);
		/* supervisor accesses: U is clear; only the stack is written (SDM 3A 4.7) */
		ck_assert_uint_eq(r->c.fault.error, holes[i] == AT_STACK(0) ? 2 : 0);
		ck_assert_uint_eq(r->c.fault.cr2 & ~0xfffull, holes[i]);
		expect_unchanged(r, &b);
		rig_free(r);
	}
}
END_TEST

START_TEST(a_stack_across_a_missing_page_leaves_the_present_one_alone)
{
	struct rig *r = rig_new_protected(3);
	set_idt(r, 0x30, make_gate(SEL(K_CODE, 0), HANDLER, INT32, 3, 0));
	store32(r->ram + AT_TSS + 4, AT_STACK(0) + 8); /* two pushes fit, three do not */
	turn_paging_on(r, AT_STACK(0) - 0x1000);
	ck_assert_int_eq(int_n(r, 0x30), STEP_FAULT);
	ck_assert_uint_eq(r->c.fault.vec, VEC_PF);
	ck_assert_uint_eq(load64(r->ram + AT_STACK(0)), 0);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpu/system interrupt");
	TCase *t = tcase_create("interrupt");
	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, real_mode_pushes_three_words_and_clears_if_tf_ac);
	tcase_add_test(t, real_mode_exceptions_push_no_error_code);
	tcase_add_test(t, gates_of_the_same_level_push_by_their_size);
	tcase_add_test(t, rf_is_pushed_for_faults_only);
	tcase_add_test(t, software_interrupts_need_the_gates_dpl);
	tcase_add_test(t, into_without_overflow_does_nothing);
	tcase_add_test(t, bad_idt_entries_fault_with_the_idt_bit);
	tcase_add_test(t, bad_handlers_fault_with_their_selector);
	tcase_add_test(t, an_inner_handler_gets_the_tss_stack);
	tcase_add_test(t, inner_stack_faults_carry_ext);
	tcase_add_test(t, a_db_handler_finds_general_detect_off);
	tcase_add_test(t, v86_events_go_to_ring_0_with_all_segments);
	tcase_add_test(t, v86_handlers_must_be_nonconforming_ring_0);
	tcase_add_test(t, int_n_in_v86_follows_the_six_methods);
	tcase_add_test(t, int3_and_into_in_v86_do_not_look_at_iopl);
	tcase_add_test(t, iret_to_v86_needs_cpl_0_and_a_target_below_64k);
	tcase_add_test(t, vif_with_vip_faults_in_the_v86_task);
	tcase_add_test(t, delivery_ends_halt_and_shadow);
	tcase_add_test(t, a_page_fault_inside_a_delivery_changes_nothing);
	tcase_add_test(t, a_stack_across_a_missing_page_leaves_the_present_one_alone);
	return rig_main(suite);
}
