/* Far JMP, CALL and RET: every CPL, RPL, DPL against tables read off SDM 3A 5.8; gates, stack switches, restart. */
#include "system_rig.h"

/* A row for each DPL; groups for CPL 0..3, in each RPL 0..3 */
static const char *const direct_rule[4] = { /* 5.8.1.1, nonconforming: DPL = CPL, RPL <= CPL */
	"1000 0000 0000 0000",
	"0000 1100 0000 0000",
	"0000 0000 1110 0000",
	"0000 0000 0000 1111",
};
static const char *const conforming_rule[4] = { /* 5.8.1.2: DPL <= CPL, RPL does not matter */
	"1111 1111 1111 1111",
	"0000 1111 1111 1111",
	"0000 0000 1111 1111",
	"0000 0000 0000 1111",
};
static const char *const gate_rule[4] = { /* 5.8.4: DPL of the gate >= CPL and RPL */
	"1000 0000 0000 0000",
	"1100 1100 0000 0000",
	"1110 1110 1110 0000",
	"1111 1111 1111 1111",
};
/* RETF, SDM 2 RET: RPL >= CPL; DPL = RPL (conforming: DPL <= RPL). For each DPL, CPL groups by RPL */
static const char *const ret_rule[4] = {
	"1000 0000 0000 0000",
	"0100 0100 0000 0000",
	"0010 0010 0010 0000",
	"0001 0001 0001 0001",
};
static const char *const ret_conforming_rule[4] = {
	"1111 0111 0011 0001",
	"0111 0111 0011 0001",
	"0011 0011 0011 0001",
	"0001 0001 0001 0001",
};

static bool allowed(const char *const rule[4], int cpl, int rpl, int dpl)
{
	return rule[dpl][cpl * 5 + rpl] == '1';
}

static bool is_code(int kind)
{
	return kind == K_CODE || kind == K_CONFORMING || kind == K_EXEC_ONLY || kind == K_CODE16;
}

START_TEST(direct_transfers_stay_at_their_level)
{
	struct rig *r = rig_new();
	for (int i = 0; i < 4 * 16 * K_COUNT * 2; i++) {
		int cpl = i & 3, rpl = i >> 2 & 3, dpl = i >> 4 & 3, kind = (i >> 6) % K_COUNT;
		enum op op = (i >> 6) / K_COUNT ? OP_CALL_FAR : OP_JMP_FAR;
		rig_protect(r, cpl);
		u16 sel = (u16)(SEL(kind, dpl) | rpl), old_cs = r->s.seg[SEG_CS].sel;
		bool ok = is_code(kind) && allowed(kind == K_CONFORMING ? conforming_rule : direct_rule, cpl, rpl, dpl);
		u64 sp = r->c.r[RSP];
		struct before b = rig_before(r);
		enum step step = rig_far(r, op, 4, sel, 0x12345678);
		if (!ok) {
			expect_fault(r, step, VEC_GP, sel & ~3);
			expect_unchanged(r, &b);
		} else {
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_uint_eq(r->c.next_ip, 0x12345678);
			ck_assert_int_eq(r->s.cpl, cpl);
			ck_assert_uint_eq(r->s.seg[SEG_CS].sel, (sel & ~3u) | (u32)cpl); /* RPL becomes CPL */
			ck_assert_uint_eq(r->c.r[RSP], op == OP_CALL_FAR ? sp - 8 : sp);
			if (op == OP_CALL_FAR) {
				ck_assert_uint_eq(stack32(r, 0), 0x102);
				ck_assert_uint_eq(stack32(r, 1), old_cs);
			}
		}
	}
	rig_free(r);
}
END_TEST

START_TEST(gates_open_by_their_own_dpl_and_rpl)
{
	struct rig *r = rig_new();
	for (int i = 0; i < 4 * 16 * 2; i++) {
		int cpl = i & 3, rpl = i >> 2 & 3, dpl = i >> 4 & 3;
		rig_protect(r, cpl);
		u16 sel = (u16)(SEL_FREE | rpl);
		/* to conforming ring 0 code: the target is always allowed */
		set_desc(r, SEL_FREE, make_gate(SEL(K_CONFORMING, 0), 0x6000, 12, dpl, 0));
		enum step step = rig_far(r, i >> 6 ? OP_CALL_FAR : OP_JMP_FAR, 4, sel, 0xdead);
		if (allowed(gate_rule, cpl, rpl, dpl)) {
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_uint_eq(r->c.next_ip, 0x6000); /* the gate's offset, not the operand's */
			ck_assert_int_eq(r->s.cpl, cpl);
		} else {
			expect_fault(r, step, VEC_GP, SEL_FREE);
		}
	}
	rig_free(r);
}
END_TEST

START_TEST(gates_lead_to_code_by_privilege)
{
	struct rig *r = rig_new();
	for (int i = 0; i < 4 * 4 * K_COUNT * 2; i++) {
		int cpl = i & 3, dpl = i >> 2 & 3, kind = (i >> 4) % K_COUNT;
		bool call = (i >> 4) / K_COUNT;
		rig_protect(r, cpl);
		u16 code = SEL(kind, dpl);
		set_desc(r, SEL_FREE, make_gate(code | 3, 0x6000, 12, 3, 0));
		/* 5.8.4, table 5-1: CALL: DPL <= CPL; JMP nonconforming: DPL = CPL */
		bool ok = is_code(kind) && (call || kind == K_CONFORMING ? dpl <= cpl : dpl == cpl);
		int new_cpl = call && kind != K_CONFORMING ? dpl : cpl;
		enum step step = rig_far(r, call ? OP_CALL_FAR : OP_JMP_FAR, 4, SEL_FREE | 3, 0);
		if (ok) {
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_int_eq(r->s.cpl, new_cpl);
			ck_assert_uint_eq(r->s.seg[SEG_CS].sel, code | (u32)new_cpl);
		} else {
			expect_fault(r, step, VEC_GP, code);
		}
	}
	rig_free(r);
}
END_TEST

/* From ring 3 to ring 0 through a gate of the given type and parameter count. */
static struct rig *inner_call(int type, int count)
{
	struct rig *r = rig_new_protected(3);
	set_desc(r, SEL_FREE, make_gate(SEL(K_CODE, 0), 0x66666, type, 3, count));
	for (int i = count; i > 0; i--)
		push_n(r, type == 12 ? 4 : 2, 0x11110000u * (u32)i + (u32)i);
	return r;
}

START_TEST(a_32_bit_gate_switches_the_stack_and_copies_parameters)
{
	for (int count = 0; count < 32; count += 31) {
		struct rig *r = inner_call(12, count);
		u32 old_sp = (u32)r->c.r[RSP];
		ck_assert_int_eq(rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), STEP_IP);
		ck_assert_uint_eq(r->c.r[RSP], STACK_TOP(0) - 16u - 4u * (u32)count);
		ck_assert_uint_eq(stack32(r, 0), 0x102);
		ck_assert_uint_eq(stack32(r, 1), SEL(K_CODE, 3) | 3);
		for (int i = 1; i <= count; i++)
			ck_assert_uint_eq(stack32(r, 1 + i), 0x11110000u * (u32)i + (u32)i);
		ck_assert_uint_eq(stack32(r, 2 + count), old_sp);
		ck_assert_uint_eq(stack32(r, 3 + count), SEL(K_DATA, 3) | 3);
		ck_assert_uint_eq(r->c.next_ip, 0x66666);
		ck_assert_int_eq(r->s.cpl, 0);
		ck_assert_uint_eq(r->s.seg[SEG_SS].sel, SEL(K_DATA, 0));
		ck_assert(get_desc(r, SEL(K_DATA, 0)) >> 40 & 1);
		/* and back: RETF with the parameters */
		struct uop ret = {.imm = (u32)count * 4};
		ck_assert_int_eq(rig_run(r, OP_RETF, &ret), STEP_IP);
		ck_assert_uint_eq(r->c.r[RSP], old_sp + 4u * (u32)count);
		ck_assert_int_eq(r->s.cpl, 3);
		rig_free(r);
	}
}
END_TEST

START_TEST(a_16_bit_gate_pushes_words_and_uses_a_16_bit_offset)
{
	struct rig *r = inner_call(4, 2);
	u32 old_sp = (u32)r->c.r[RSP];
	ck_assert_int_eq(rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), STEP_IP);
	ck_assert_uint_eq(r->c.r[RSP], STACK_TOP(0) - 12);
	static const int at[] = {0, 1, 2, 3, 4, 5};
	u16 expected[] = {0x102, SEL(K_CODE, 3) | 3, 1, 2, (u16)old_sp, SEL(K_DATA, 3) | 3};
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(load16(r->ram + r->c.r[RSP] + 2 * at[i]), expected[i]);
	ck_assert_uint_eq(r->c.next_ip, 0x6666);
	rig_free(r);
}
END_TEST

START_TEST(faults_of_an_inner_call_leave_everything)
{
	static const struct {
		u16 ss;
		u32 attr; /* of SEL_FREE + 8, when ss names it */
		u8 vec;
		u16 error;
	} cases[] = {
		/* SDM 2 CALL, MORE-PRIVILEGE */
		{0, 0, VEC_TS, 0},
		{0x1000, 0, VEC_TS, 0x1000},
		{SEL(K_DATA, 0) | 3, 0, VEC_TS, SEL(K_DATA, 0)},
		{SEL(K_DATA, 1), 0, VEC_TS, SEL(K_DATA, 1)},
		{SEL(K_READ_ONLY, 0), 0, VEC_TS, SEL(K_READ_ONLY, 0)},
		{SEL(K_CODE, 0), 0, VEC_TS, SEL(K_CODE, 0)},
		{SEL_FREE + 8, SEG_S | SEG_RW, VEC_SS, SEL_FREE + 8}, /* not present */
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig *r = inner_call(12, 0);
		store32(r->ram + AT_TSS + 8, cases[i].ss);
		set_desc(r, SEL_FREE + 8, make_desc(0, 0xfffff, cases[i].attr));
		struct before b = rig_before(r);
		expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), cases[i].vec, cases[i].error);
		expect_unchanged(r, &b);
		rig_free(r);
	}
}
END_TEST

START_TEST(an_inner_stack_without_room_faults_with_its_selector)
{
	struct rig *r = inner_call(12, 3);
	set_desc(r, SEL_FREE + 8, make_desc(0, 0xffff, SEG_P | SEG_S | SEG_RW | SEG_DB));
	store32(r->ram + AT_TSS + 8, SEL_FREE + 8);
	for (u32 sp = 0; sp <= 28; sp += 4) { /* 3 parameters and 16 bytes */
		store32(r->ram + AT_TSS + 4, sp);
		struct before b = rig_before(r);
		enum step step = rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0);
		if (sp == 28) {
			ck_assert_int_eq(step, STEP_IP);
		} else {
			expect_fault(r, step, VEC_SS, SEL_FREE + 8);
			expect_unchanged(r, &b);
		}
	}
	rig_free(r);
}
END_TEST

START_TEST(a_short_tss_cannot_switch_stacks)
{
	struct rig *r = inner_call(12, 0);
	r->s.tr.limit = 8; /* SDM 2 CALL: 4 + 5 > limit */
	expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), VEC_TS, SEL_TSS);
	r->s.tr.limit = 9;
	ck_assert_int_eq(rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), STEP_IP);
	rig_free(r);
}
END_TEST

START_TEST(null_and_missing_targets_fault)
{
	struct rig *r = rig_new_protected(0);
	expect_fault(r, rig_far(r, OP_JMP_FAR, 4, 3, 0), VEC_GP, 0);
	expect_fault(r, rig_far(r, OP_JMP_FAR, 4, 0x1000, 0), VEC_GP, 0x1000);
	set_desc(r, SEL_FREE, make_desc(0, 0xfffff, kind_attr(K_CODE, 0) & ~SEG_P));
	expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), VEC_NP, SEL_FREE);
	set_desc(r, SEL_FREE, make_gate(0, 0, 12, 0, 0));
	expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), VEC_GP, 0);
	set_desc(r, SEL_FREE, make_gate(SEL(K_CODE, 0), 0, 12, 0, 0) & ~(1ull << 47));
	expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), VEC_NP, SEL_FREE);
	/* LDT, interrupt and trap gates, reserved types: SDM 2 JMP */
	static const int types[] = {0, 2, 6, 7, 8, 10, 13, 14, 15};
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		set_desc(r, SEL_FREE, make_gate(SEL(K_CODE, 0), 0, types[i], 0, 0));
		expect_fault(r, rig_far(r, OP_JMP_FAR, 4, SEL_FREE, 0), VEC_GP, SEL_FREE);
	}
	rig_free(r);
}
END_TEST

START_TEST(the_target_must_lie_inside_the_code_segment)
{
	struct rig *r = rig_new_protected(0);
	set_desc(r, SEL_FREE, make_desc(0, 0xfff, (kind_attr(K_CODE, 0) & ~SEG_G)));
	ck_assert_int_eq(rig_far(r, OP_JMP_FAR, 4, SEL_FREE, 0xfff), STEP_IP);
	rig_load(r, SEG_CS, SEL(K_CODE, 0));
	struct before b = rig_before(r);
	expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0x1000), VEC_GP, 0);
	expect_unchanged(r, &b);
	rig_free(r);
}
END_TEST

START_TEST(retf_returns_to_the_same_or_an_outer_level)
{
	struct rig *r = rig_new();
	for (int i = 0; i < 4 * 16 * K_COUNT; i++) {
		int cpl = i & 3, rpl = i >> 2 & 3, dpl = i >> 4 & 3, kind = i >> 6;
		rig_protect(r, cpl);
		u16 sel = (u16)(SEL(kind, dpl) | rpl);
		bool ok = is_code(kind) && allowed(kind == K_CONFORMING ? ret_conforming_rule : ret_rule, cpl, rpl, dpl);
		u64 top = r->c.r[RSP];
		push32(r, SEL(K_DATA, rpl) | (u32)rpl);
		push32(r, 0x7000);
		push32(r, 0xaaaa); /* skipped on both stacks */
		push32(r, sel);
		push32(r, 0x1234);
		struct uop u = {.imm = 4};
		struct before b = rig_before(r);
		enum step step = rig_run(r, OP_RETF, &u);
		if (!ok) {
			expect_fault(r, step, VEC_GP, sel & ~3);
			expect_unchanged(r, &b);
		} else {
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_uint_eq(r->c.next_ip, 0x1234);
			ck_assert_int_eq(r->s.cpl, rpl);
			ck_assert_uint_eq(r->s.seg[SEG_CS].sel, sel);
			ck_assert_uint_eq(r->c.r[RSP], rpl == cpl ? top - 8 : 0x7004);
			/* SDM 3A 5.8.6: inner data segments go on an outer return */
			ck_assert_uint_eq(r->s.seg[SEG_DS].attr == 0, rpl != cpl);
		}
	}
	rig_free(r);
}
END_TEST

START_TEST(an_outer_return_keeps_outer_and_conforming_segments)
{
	struct rig *r = rig_new_protected(0);
	rig_load(r, SEG_DS, SEL(K_DATA, 3));
	rig_load(r, SEG_ES, SEL(K_CONFORMING, 0));
	rig_load(r, SEG_FS, SEL(K_CODE, 0));
	rig_load(r, SEG_GS, SEL(K_DATA, 2));
	push32(r, SEL(K_DATA, 3) | 3);
	push32(r, 0x7000);
	push32(r, SEL(K_CODE, 3) | 3);
	push32(r, 0x1234);
	ck_assert_int_eq(rig_op(r, OP_RETF, 4), STEP_IP);
	ck_assert_uint_eq(r->s.seg[SEG_DS].sel, SEL(K_DATA, 3));
	ck_assert_uint_eq(r->s.seg[SEG_ES].sel, SEL(K_CONFORMING, 0));
	ck_assert_uint_eq(r->s.seg[SEG_FS].sel, 0);
	ck_assert_uint_eq(r->s.seg[SEG_GS].sel, 0);
	rig_free(r);
}
END_TEST

START_TEST(an_outer_return_checks_the_outer_stack)
{
	static const struct {
		u16 ss;
		u8 vec;
		u16 error;
	} cases[] = {
		/* SDM 2 RET, RETURN-TO-OUTER-PRIVILEGE-LEVEL */
		{3, VEC_GP, 0},
		{0x1003, VEC_GP, 0x1000},
		{SEL(K_DATA, 3), VEC_GP, SEL(K_DATA, 3)},
		{SEL(K_DATA, 2) | 3, VEC_GP, SEL(K_DATA, 2)},
		{SEL(K_READ_ONLY, 3) | 3, VEC_GP, SEL(K_READ_ONLY, 3)},
		{SEL_FREE | 3, VEC_SS, SEL_FREE},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig *r = rig_new_protected(0);
		set_desc(r, SEL_FREE, make_desc(0, 0xfffff, kind_attr(K_DATA, 3) & ~SEG_P));
		push32(r, cases[i].ss);
		push32(r, 0x7000);
		push32(r, SEL(K_CODE, 3) | 3);
		push32(r, 0x1234);
		struct before b = rig_before(r);
		expect_fault(r, rig_op(r, OP_RETF, 4), cases[i].vec, cases[i].error);
		expect_unchanged(r, &b);
		rig_free(r);
	}
}
END_TEST

START_TEST(real_mode_transfers_set_base_and_keep_limits)
{
	struct rig *r = rig_new();
	r->s.seg[SEG_CS].attr = 0x93;
	ck_assert_int_eq(rig_far(r, OP_CALL_FAR, 2, 0x1234, 0x5678), STEP_IP);
	ck_assert_uint_eq(r->s.seg[SEG_CS].base, 0x12340);
	ck_assert_uint_eq(r->s.seg[SEG_CS].attr, 0x93);
	ck_assert_uint_eq(r->c.next_ip, 0x5678);
	ck_assert_uint_eq(stack16(r, 0), 0x102);
	ck_assert_uint_eq(stack16(r, 1), 0);
	struct uop ret = {.imm = 6, .x.sys.opsize = 2};
	ck_assert_int_eq(rig_run(r, OP_RETF, &ret), STEP_IP);
	ck_assert_uint_eq(r->c.next_ip, 0x102);
	ck_assert_uint_eq(r->c.r[RSP], 0x8006);
	expect_fault(r, rig_far(r, OP_JMP_FAR, 4, 0, 0x10000), VEC_GP, 0);
	r->s.seg[SEG_CS].limit = 0xffffffff; /* "unreal" code */
	ck_assert_int_eq(rig_far(r, OP_JMP_FAR, 4, 0, 0x10000), STEP_IP);
	rig_free(r);
}
END_TEST

START_TEST(memory_pointers_hold_offset_then_selector)
{
	struct rig *r = rig_new();
	store32(r->ram + 0x500, 0x12345678);
	store16(r->ram + 0x504, 0x9abc);
	ck_assert_int_eq(rig_mem(r, OP_JMP_FAR, 2, 0, 0x500), STEP_IP);
	ck_assert_uint_eq(r->c.next_ip, 0x5678);
	ck_assert_uint_eq(r->s.seg[SEG_CS].sel, 0x1234);
	r->s.seg[SEG_CS].limit = 0xffffffff;
	ck_assert_int_eq(rig_mem(r, OP_JMP_FAR, 4, 0, 0x500), STEP_IP);
	ck_assert_uint_eq(r->c.next_ip, 0x12345678);
	ck_assert_uint_eq(r->s.seg[SEG_CS].sel, 0x9abc);
	rig_free(r);
}
END_TEST

START_TEST(sysenter_and_sysexit_build_flat_segments)
{
	struct rig *r = rig_new_protected(3);
	expect_fault(r, rig_op(r, OP_SYSENTER, 4), VEC_GP, 0); /* SYSENTER_CS is null */
	r->s.sysenter_cs = 0x23;
	r->s.sysenter_esp = 0x7000;
	r->s.sysenter_eip = 0x6000;
	r->s.eflags |= EF_IF;
	ck_assert_int_eq(rig_op(r, OP_SYSENTER, 4), STEP_IP);
	ck_assert_uint_eq(r->s.seg[SEG_CS].sel, 0x20); /* SDM 2 SYSENTER */
	ck_assert_uint_eq(r->s.seg[SEG_SS].sel, 0x28);
	ck_assert_uint_eq(r->s.seg[SEG_CS].attr, 0xc09b);
	ck_assert_uint_eq(r->s.seg[SEG_SS].attr, 0xc093);
	ck_assert_uint_eq(r->s.eflags, EF_FIXED);
	ck_assert_uint_eq(r->c.r[RSP], 0x7000);
	ck_assert_uint_eq(r->c.next_ip, 0x6000);
	r->c.r[RDX] = 0x1111;
	r->c.r[RCX] = 0x2222;
	ck_assert_int_eq(rig_op(r, OP_SYSEXIT, 4), STEP_IP);
	ck_assert_uint_eq(r->s.seg[SEG_CS].sel, 0x33); /* +16, RPL 3 */
	ck_assert_uint_eq(r->s.seg[SEG_SS].sel, 0x3b);
	ck_assert_uint_eq(r->c.next_ip, 0x1111);
	ck_assert_uint_eq(r->c.r[RSP], 0x2222);
	expect_fault(r, rig_op(r, OP_SYSEXIT, 4), VEC_GP, 0); /* CPL 3 */
	rig_free(r);
	r = rig_new();
	r->s.sysenter_cs = 8;
	expect_fault(r, rig_op(r, OP_SYSENTER, 4), VEC_GP, 0);
	expect_fault(r, rig_op(r, OP_SYSEXIT, 4), VEC_GP, 0);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpu/system far");
	TCase *t = tcase_create("far");
	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, direct_transfers_stay_at_their_level);
	tcase_add_test(t, gates_open_by_their_own_dpl_and_rpl);
	tcase_add_test(t, gates_lead_to_code_by_privilege);
	tcase_add_test(t, a_32_bit_gate_switches_the_stack_and_copies_parameters);
	tcase_add_test(t, a_16_bit_gate_pushes_words_and_uses_a_16_bit_offset);
	tcase_add_test(t, faults_of_an_inner_call_leave_everything);
	tcase_add_test(t, an_inner_stack_without_room_faults_with_its_selector);
	tcase_add_test(t, a_short_tss_cannot_switch_stacks);
	tcase_add_test(t, null_and_missing_targets_fault);
	tcase_add_test(t, the_target_must_lie_inside_the_code_segment);
	tcase_add_test(t, retf_returns_to_the_same_or_an_outer_level);
	tcase_add_test(t, an_outer_return_keeps_outer_and_conforming_segments);
	tcase_add_test(t, an_outer_return_checks_the_outer_stack);
	tcase_add_test(t, real_mode_transfers_set_base_and_keep_limits);
	tcase_add_test(t, memory_pointers_hold_offset_then_selector);
	tcase_add_test(t, sysenter_and_sysexit_build_flat_segments);
	return rig_main(suite);
}
