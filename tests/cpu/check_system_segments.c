/* Segment registers and descriptors: every CPL, RPL and DPL against tables read off SDM 3A chapter 5. */
#include "system_rig.h"

/* A row for each DPL: four groups for CPL 0..3, in each RPL 0..3. '1': allowed */
static const char *const data_rule[4] = { /* SDM 3A 5.6: DPL >= CPL and DPL >= RPL */
	"1000 0000 0000 0000",
	"1100 1100 0000 0000",
	"1110 1110 1110 0000",
	"1111 1111 1111 1111",
};
static const char *const stack_rule[4] = { /* SDM 3A 5.7: CPL = RPL = DPL */
	"1000 0000 0000 0000",
	"0000 0100 0000 0000",
	"0000 0000 0010 0000",
	"0000 0000 0000 0001",
};

static bool allowed(const char *const rule[4], int cpl, int rpl, int dpl)
{
	return rule[dpl][cpl * 5 + rpl] == '1';
}

START_TEST(data_segments_load_by_cpl_rpl_dpl_and_type)
{
	static const u8 segs[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
	for (int cpl = 0; cpl < 4; cpl++) {
		struct rig *r = rig_new_protected(cpl);
		for (int i = 0; i < 4 * 4 * 4 * K_COUNT; i++) {
			int seg = segs[i & 3], rpl = i >> 2 & 3, dpl = i >> 4 & 3, kind = i >> 6;
			u16 sel = (u16)(SEL(kind, dpl) | rpl);
			bool ok = kind == K_CONFORMING || (kind != K_EXEC_ONLY && allowed(data_rule, cpl, rpl, dpl));
			struct before b = rig_before(r);
			enum step step = rig_reg(r, OP_MOV_TO_SREG, 2, seg, sel);
			if (ok) {
				ck_assert_int_eq(step, STEP_NEXT);
				ck_assert_uint_eq(r->s.seg[seg].sel, sel);
				ck_assert(get_desc(r, sel) >> 40 & 1); /* accessed: SDM 3A 3.4.5.1 */
				ck_assert_uint_eq(r->s.seg[seg].limit, 0xffffffff);
			} else {
				expect_fault(r, step, VEC_GP, sel & ~3);
				b.reg[RBX] = sel;
				expect_unchanged(r, &b);
			}
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(ss_loads_only_when_cpl_rpl_and_dpl_agree)
{
	for (int cpl = 0; cpl < 4; cpl++) {
		struct rig *r = rig_new_protected(cpl);
		for (int i = 0; i < 16 * K_COUNT; i++) {
			int rpl = i & 3, dpl = i >> 2 & 3, kind = i >> 4;
			u16 sel = (u16)(SEL(kind, dpl) | rpl);
			bool ok = kind == K_DATA && allowed(stack_rule, cpl, rpl, dpl);
			enum step step = rig_reg(r, OP_MOV_TO_SREG, 2, SEG_SS, sel);
			if (ok)
				ck_assert_int_eq(step, STEP_NEXT);
			else
				expect_fault(r, step, VEC_GP, sel & ~3);
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(a_null_selector_loads_into_data_segments_but_not_ss)
{
	struct rig *r = rig_new_protected(0);
	for (int rpl = 0; rpl < 4; rpl++) {
		ck_assert_int_eq(rig_reg(r, OP_MOV_TO_SREG, 2, SEG_DS, (u64)rpl), STEP_NEXT);
		ck_assert_uint_eq(r->s.seg[SEG_DS].attr, 0);
		ck_assert_uint_eq(r->s.seg[SEG_DS].sel, (unsigned)rpl);
		expect_fault(r, rig_reg(r, OP_MOV_TO_SREG, 2, SEG_SS, (u64)rpl), VEC_GP, 0); /* SDM 2 MOV */
	}
	/* and the null segment cannot be used: #GP(0), SDM 3A 5.4.1 */
	expect_fault(r, rig_mem(r, OP_LLDT, 2, 0, 0x100), VEC_GP, 0);
	rig_free(r);
}
END_TEST

START_TEST(not_present_segments_give_np_or_ss)
{
	struct rig *r = rig_new_protected(0);
	set_desc(r, SEL_FREE, make_desc(0, 0xfffff, (kind_attr(K_DATA, 0) & ~SEG_P)));
	expect_fault(r, rig_reg(r, OP_MOV_TO_SREG, 2, SEG_DS, SEL_FREE), VEC_NP, SEL_FREE);
	expect_fault(r, rig_reg(r, OP_MOV_TO_SREG, 2, SEG_SS, SEL_FREE), VEC_SS, SEL_FREE);
	/* type and privilege come before presence */
	set_desc(r, SEL_FREE, make_desc(0, 0xfffff, (kind_attr(K_EXEC_ONLY, 0) & ~SEG_P)));
	expect_fault(r, rig_reg(r, OP_MOV_TO_SREG, 2, SEG_DS, SEL_FREE), VEC_GP, SEL_FREE);
	rig_free(r);
}
END_TEST

START_TEST(selectors_beyond_a_table_fault_with_their_ti_bit)
{
	struct rig *r = rig_new_protected(0);
	u16 last = GDT_LIMIT - 7;
	set_desc(r, last, make_desc(0, 0xfffff, kind_attr(K_DATA, 0)));
	ck_assert_int_eq(rig_reg(r, OP_MOV_TO_SREG, 2, SEG_DS, last), STEP_NEXT);
	r->s.gdtr.limit--; /* one byte of the descriptor is now outside */
	expect_fault(r, rig_reg(r, OP_MOV_TO_SREG, 2, SEG_DS, last), VEC_GP, last);
	expect_fault(r, rig_reg(r, OP_MOV_TO_SREG, 2, SEG_DS, 0x1004), VEC_GP, 0x1004);
	set_desc(r, 0xffc, make_desc(0, 0xfffff, kind_attr(K_DATA, 0)));
	ck_assert_int_eq(rig_reg(r, OP_MOV_TO_SREG, 2, SEG_DS, 0xffc), STEP_NEXT);
	r->s.ldtr.attr = 0; /* no LDT */
	expect_fault(r, rig_reg(r, OP_MOV_TO_SREG, 2, SEG_DS, 0xffc), VEC_GP, 0xffc);
	rig_free(r);
}
END_TEST

START_TEST(mov_to_cs_and_to_no_register_is_undefined)
{
	struct rig *r = rig_new();
	static const u8 digits[] = {1, 6, 7};
	for (int i = 0; i < 3; i++)
		expect_fault(r, rig_reg(r, OP_MOV_TO_SREG, 2, digits[i], 0), VEC_UD, 0);
	expect_fault(r, rig_reg(r, OP_MOV_FROM_SREG, 2, 6, 0), VEC_UD, 0);
	rig_free(r);
}
END_TEST

START_TEST(real_mode_loads_keep_limit_and_rights)
{
	struct rig *r = rig_new();
	r->s.seg[SEG_FS].limit = 0xffffffff; /* "unreal" */
	r->s.seg[SEG_FS].attr = 0xc092;
	ck_assert_int_eq(rig_reg(r, OP_MOV_TO_SREG, 2, SEG_FS, 0x1234), STEP_NEXT);
	ck_assert_uint_eq(r->s.seg[SEG_FS].base, 0x12340);
	ck_assert_uint_eq(r->s.seg[SEG_FS].limit, 0xffffffff);
	ck_assert_uint_eq(r->s.seg[SEG_FS].attr, 0xc092);
	ck_assert_uint_eq(r->s.seg[SEG_FS].sel, 0x1234);
	rig_free(r);
}
END_TEST

START_TEST(virtual_8086_loads_set_limit_and_rights)
{
	struct rig *r = rig_new_v86(0);
	r->s.seg[SEG_FS].limit = 5;
	ck_assert_int_eq(rig_reg(r, OP_MOV_TO_SREG, 2, SEG_FS, 0x1234), STEP_NEXT);
	ck_assert_uint_eq(r->s.seg[SEG_FS].limit, 0xffff); /* SDM 3A 20.2.1 */
	ck_assert_uint_eq(r->s.seg[SEG_FS].attr, 0xf3);
	rig_free(r);
}
END_TEST

START_TEST(loading_ss_begins_a_shadow_but_lss_does_not)
{
	struct rig *r = rig_new();
	ck_assert_int_eq(rig_reg(r, OP_MOV_TO_SREG, 2, SEG_SS, 0), STEP_NEXT);
	ck_assert_int_eq(r->s.shadow, SHADOW_MOV_SS); /* SDM 3A 6.8.3 */
	ck_assert_uint_eq(r->s.shadow_end, 1002);
	r->c.count++; /* the second of two in a row does not prolong it */
	ck_assert_int_eq(rig_reg(r, OP_MOV_TO_SREG, 2, SEG_SS, 0), STEP_NEXT);
	ck_assert_uint_eq(r->s.shadow_end, 1002);
	r->s.shadow = SHADOW_NONE;
	ck_assert_int_eq(rig_mem(r, OP_LXS, 2, SEG_SS, 0x500), STEP_NEXT);
	ck_assert_int_eq(r->s.shadow, SHADOW_NONE);
	rig_free(r);
}
END_TEST

START_TEST(push_and_pop_of_segment_registers_move_sp_by_the_operand_size)
{
	struct rig *r = rig_new_protected(0);
	u64 sp = r->c.r[RSP];
	struct uop u = {.x.sys = {.opsize = 4, .digit = SEG_DS}};
	ck_assert_int_eq(rig_run(r, OP_PUSH_SREG, &u), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RSP], sp - 4);
	ck_assert_uint_eq(stack16(r, 0), SEL(K_DATA, 0));
	u.x.sys.digit = SEG_FS;
	ck_assert_int_eq(rig_run(r, OP_POP_SREG, &u), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RSP], sp);
	u.x.sys.opsize = 2;
	ck_assert_int_eq(rig_run(r, OP_PUSH_SREG, &u), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RSP], sp - 2);
	/* a fault leaves ESP: SDM 2 POP */
	store16(r->ram + r->c.r[RSP], 0x1000);
	expect_fault(r, rig_run(r, OP_POP_SREG, &u), VEC_GP, 0x1000);
	ck_assert_uint_eq(r->c.r[RSP], sp - 2);
	rig_free(r);
}
END_TEST

START_TEST(sixteen_bit_stacks_keep_the_upper_half_of_esp)
{
	struct rig *r = rig_new();
	r->c.r[RSP] = 0xabcd0000;
	struct uop u = {.x.sys = {.opsize = 2, .digit = SEG_ES}};
	ck_assert_int_eq(rig_run(r, OP_PUSH_SREG, &u), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RSP], 0xabcdfffe);
	ck_assert_int_eq(rig_run(r, OP_POP_SREG, &u), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RSP], 0xabcd0000);
	rig_free(r);
}
END_TEST

START_TEST(far_pointer_loads_set_register_and_segment_together)
{
	struct rig *r = rig_new_protected(0);
	store32(r->ram + 0x500, 0x11223344);
	store16(r->ram + 0x504, SEL(K_READ_ONLY, 0));
	ck_assert_int_eq(rig_mem(r, OP_LXS, 4, SEG_GS, 0x500), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RDX], 0x11223344);
	ck_assert_uint_eq(r->s.seg[SEG_GS].sel, SEL(K_READ_ONLY, 0));
	store16(r->ram + 0x504, 0x1000);
	r->c.r[RDX] = 7;
	expect_fault(r, rig_mem(r, OP_LXS, 4, SEG_GS, 0x500), VEC_GP, 0x1000);
	ck_assert_uint_eq(r->c.r[RDX], 7);
	rig_free(r);
}
END_TEST

static int zf(const struct rig *r)
{
	return flags_arith(&r->c) & FL_ZF ? 1 : 0;
}

/* Bits 19..16 of LAR, undefined in SDM 2, are the limit bits on processors: F here. */
START_TEST(lar_lsl_verr_verw_see_what_the_privilege_rules_show)
{
	for (int cpl = 0; cpl < 4; cpl++) {
		struct rig *r = rig_new_protected(cpl);
		for (int i = 0; i < 16 * K_COUNT; i++) {
			int rpl = i & 3, dpl = i >> 2 & 3, kind = i >> 4;
			u16 sel = (u16)(SEL(kind, dpl) | rpl);
			bool seen = kind == K_CONFORMING || allowed(data_rule, cpl, rpl, dpl);
			r->c.r[RDX] = 0x55;
			ck_assert_int_eq(rig_reg(r, OP_LAR, 4, 0, sel), STEP_NEXT);
			ck_assert_int_eq(zf(r), seen);
			ck_assert_uint_eq(r->c.r[RDX], seen ? (kind_attr(kind, dpl) << 8 & 0xf0ff00) | 0xf0000 : 0x55);
			ck_assert_int_eq(rig_reg(r, OP_LSL, 4, 0, sel), STEP_NEXT);
			ck_assert_int_eq(zf(r), seen);
			ck_assert_uint_eq(r->c.r[RDX], seen ? 0xffffffff : 0x55);
			ck_assert_int_eq(rig_reg(r, OP_VERR, 2, 0, sel), STEP_NEXT);
			ck_assert_int_eq(zf(r), seen && kind != K_EXEC_ONLY);
			ck_assert_int_eq(rig_reg(r, OP_VERW, 2, 0, sel), STEP_NEXT);
			ck_assert_int_eq(zf(r), seen && kind == K_DATA);
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(lar_and_lsl_know_the_system_types)
{
	struct rig *r = rig_new_protected(0);
	/* SDM 2, LAR and LSL: tables of valid types, legacy column */
	static const char lar[] = "0111110001011000", lsl[] = "0111000001010000";
	for (int type = 0; type < 16; type++) {
		set_desc(r, SEL_FREE, make_desc(0, 0x1234, (u32)(SEG_P | type)));
		rig_reg(r, OP_LAR, 4, 0, SEL_FREE);
		ck_assert_int_eq(zf(r), lar[type] - '0');
		rig_reg(r, OP_LSL, 4, 0, SEL_FREE);
		ck_assert_int_eq(zf(r), lsl[type] - '0');
		rig_reg(r, OP_VERR, 2, 0, SEL_FREE);
		ck_assert_int_eq(zf(r), 0);
	}
	rig_reg(r, OP_LAR, 4, 0, 0);
	ck_assert_int_eq(zf(r), 0);
	rig_reg(r, OP_LAR, 4, 0, 0xff00);
	ck_assert_int_eq(zf(r), 0);
	rig_free(r);
}
END_TEST

START_TEST(arpl_raises_the_rpl_only)
{
	struct rig *r = rig_new_protected(3);
	for (int i = 0; i < 16; i++) {
		int dst = i & 3, src = i >> 2;
		r->c.r[RDX] = 0x100 | (u64)src;
		rig_reg(r, OP_ARPL, 2, 0, 0xabcd1230 | (u64)dst);
		ck_assert_int_eq(zf(r), dst < src);
		ck_assert_uint_eq(r->c.r[RBX], 0xabcd1230u | (u32)(dst < src ? src : dst));
	}
	rig_free(r);
}
END_TEST

START_TEST(protected_mode_instructions_are_undefined_elsewhere)
{
	static const enum op ops[] = {OP_LAR, OP_LSL, OP_VERR, OP_VERW, OP_ARPL, OP_SLDT, OP_STR, OP_LLDT, OP_LTR};
	struct rig *real = rig_new(), *v86 = rig_new_v86(3);
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		expect_fault(real, rig_reg(real, ops[i], 2, 0, 0), VEC_UD, 0);
		expect_fault(v86, rig_reg(v86, ops[i], 2, 0, 0), VEC_UD, 0);
	}
	rig_free(real);
	rig_free(v86);
}
END_TEST

START_TEST(descriptor_table_registers_load_and_store)
{
	struct rig *r = rig_new();
	store16(r->ram + 0x500, 0x1234);
	store32(r->ram + 0x502, 0x89abcdef);
	ck_assert_int_eq(rig_mem(r, OP_LGDT, 4, 0, 0x500), STEP_NEXT);
	ck_assert_uint_eq(r->s.gdtr.base, 0x89abcdef);
	ck_assert_uint_eq(r->s.gdtr.limit, 0x1234);
	ck_assert_int_eq(rig_mem(r, OP_LIDT, 2, 0, 0x500), STEP_NEXT);
	ck_assert_uint_eq(r->s.idtr.base, 0xabcdef); /* SDM 2 LIDT: 24 bits */
	ck_assert_int_eq(rig_mem(r, OP_SGDT, 2, 0, 0x600), STEP_NEXT);
	ck_assert_uint_eq(load16(r->ram + 0x600), 0x1234);
	ck_assert_uint_eq(load32(r->ram + 0x602), 0x89abcdef);
	/* the limit check leaves nothing half-written */
	expect_fault(r, rig_mem(r, OP_SGDT, 4, 0, 0xfffc), VEC_GP, 0);
	ck_assert_uint_eq(load16(r->ram + 0xfffc), 0);
	rig_free(r);
	r = rig_new_protected(3);
	expect_fault(r, rig_mem(r, OP_LGDT, 4, 0, 0x500), VEC_GP, 0);
	ck_assert_int_eq(rig_mem(r, OP_SGDT, 4, 0, 0x500), STEP_NEXT);
	r->s.cr4 |= CR4_UMIP;
	static const enum op umip[] = {OP_SGDT, OP_SIDT, OP_SLDT, OP_STR, OP_SMSW};
	for (size_t i = 0; i < ARRAY_LEN(umip); i++)
		expect_fault(r, rig_mem(r, umip[i], 4, 0, 0x500), VEC_GP, 0);
	rig_free(r);
}
END_TEST

START_TEST(lldt_and_ltr_check_their_descriptors)
{
	struct rig *r = rig_new_protected(0);
	ck_assert_int_eq(rig_reg(r, OP_LLDT, 2, 0, SEL_LDT), STEP_NEXT);
	ck_assert_uint_eq(r->s.ldtr.base, AT_LDT);
	ck_assert_int_eq(rig_reg(r, OP_LLDT, 2, 0, 0), STEP_NEXT);
	ck_assert_uint_eq(r->s.ldtr.attr, 0);
	expect_fault(r, rig_reg(r, OP_LLDT, 2, 0, 0x104), VEC_GP, 0x104);
	expect_fault(r, rig_reg(r, OP_LLDT, 2, 0, SEL_TSS), VEC_GP, SEL_TSS);
	expect_fault(r, rig_reg(r, OP_LTR, 2, 0, SEL_TSS), VEC_GP, SEL_TSS); /* busy */
	expect_fault(r, rig_reg(r, OP_LTR, 2, 0, 0), VEC_GP, 0);
	ck_assert_int_eq(rig_reg(r, OP_LTR, 2, 0, SEL_TSS2), STEP_NEXT);
	ck_assert_uint_eq(get_desc(r, SEL_TSS2) >> 40 & 15, 11); /* busy now */
	ck_assert_uint_eq(r->s.tr.base, AT_TSS2);
	set_desc(r, SEL_TSS2, make_desc(AT_TSS2, 0x67, 9));
	expect_fault(r, rig_reg(r, OP_LTR, 2, 0, SEL_TSS2), VEC_NP, SEL_TSS2);
	rig_reg(r, OP_STR, 4, 0, 0xffffffff);
	ck_assert_uint_eq(r->c.r[RBX], SEL_TSS2); /* zero-extended */
	rig_free(r);
}
END_TEST

START_TEST(lsl_applies_the_granularity)
{
	struct rig *r = rig_new_protected(0);
	set_desc(r, SEL_FREE, make_desc(0, 0x12345, SEG_P | SEG_S | SEG_RW | SEG_G));
	rig_reg(r, OP_LSL, 4, 0, SEL_FREE);
	ck_assert_uint_eq(r->c.r[RDX], 0x12345fff); /* SDM 3A 3.4.5: G */
	r->c.r[RDX] = 0xdead0000;
	rig_reg(r, OP_LSL, 2, 0, SEL_FREE);
	ck_assert_uint_eq(r->c.r[RDX], 0xdead5fff);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpu/system segments");
	TCase *t = tcase_create("segments");
	suite_add_tcase(suite, t);
	tcase_add_test(t, data_segments_load_by_cpl_rpl_dpl_and_type);
	tcase_add_test(t, ss_loads_only_when_cpl_rpl_and_dpl_agree);
	tcase_add_test(t, a_null_selector_loads_into_data_segments_but_not_ss);
	tcase_add_test(t, not_present_segments_give_np_or_ss);
	tcase_add_test(t, selectors_beyond_a_table_fault_with_their_ti_bit);
	tcase_add_test(t, mov_to_cs_and_to_no_register_is_undefined);
	tcase_add_test(t, real_mode_loads_keep_limit_and_rights);
	tcase_add_test(t, virtual_8086_loads_set_limit_and_rights);
	tcase_add_test(t, loading_ss_begins_a_shadow_but_lss_does_not);
	tcase_add_test(t, push_and_pop_of_segment_registers_move_sp_by_the_operand_size);
	tcase_add_test(t, sixteen_bit_stacks_keep_the_upper_half_of_esp);
	tcase_add_test(t, far_pointer_loads_set_register_and_segment_together);
	tcase_add_test(t, lar_lsl_verr_verw_see_what_the_privilege_rules_show);
	tcase_add_test(t, lar_and_lsl_know_the_system_types);
	tcase_add_test(t, arpl_raises_the_rpl_only);
	tcase_add_test(t, protected_mode_instructions_are_undefined_elsewhere);
	tcase_add_test(t, descriptor_table_registers_load_and_store);
	tcase_add_test(t, lldt_and_ltr_check_their_descriptors);
	tcase_add_test(t, lsl_applies_the_granularity);
	return rig_main(suite);
}
