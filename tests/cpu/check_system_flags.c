/* EFLAGS: what PUSHF, POPF, CLI, STI and IRET do by mode, CPL, IOPL, VME and PVI. Tables of SDM 2 (POPF, CLI, STI, IRET)
 * and SDM 3A 20.3, 20.4.
 */
#include "system_rig.h"

#define ALL 0x003f7fd5u /* every defined flag */
#define POPPED 0x003f7fd7u
#define ARITH_DF (FL_ARITH | EF_DF)

static u32 eflags(const struct rig *r)
{
	return flags_get(&r->c, &r->s);
}

/* POPF of `image` with EFLAGS `before`: which bits changed? */
static enum step popf(struct rig *r, int size, u32 before, u32 image, u32 *after)
{
	flags_set_arith(&r->c, before);
	r->c.df = before & EF_DF ? 1 : 0;
	r->s.eflags = (before & ~(u32)ARITH_DF) | EF_FIXED;
	push_n(r, size, image);
	enum step step = rig_op(r, OP_POPF, size);
	*after = eflags(r);
	return step;
}

/* SDM 2 POPF, table "Effect of POPF/POPFD on the EFLAGS Register", PE = 0 and PE = 1, VM = 0. Which flags can change? */
static u32 popf_writable(bool real, int cpl, int iopl, int size)
{
	u32 can = FL_ARITH | EF_TF | EF_DF | EF_NT;
	if (size == 4)
		can |= EF_AC | EF_ID;
	if (real || cpl == 0)
		return can | EF_IOPL | EF_IF;
	return cpl <= iopl ? can | EF_IF : can;
}

START_TEST(popf_changes_what_cpl_and_iopl_allow)
{
	for (int i = 0; i < 4 * 4 * 2; i++) {
		int cpl = i & 3, iopl = i >> 2 & 3, size = i & 16 ? 4 : 2;
		u32 can = popf_writable(false, cpl, iopl, size), after, base = EF_FIXED | (u32)iopl << 12;
		struct rig *r = rig_new_protected(cpl);
		/* setting everything */
		ck_assert_int_eq(popf(r, size, base, ALL, &after), STEP_NEXT);
		ck_assert_uint_eq(after, ((base & ~can) | (ALL & can)) | EF_FIXED);
		/* clearing everything; RF is always cleared, VM cannot be set here */
		u32 full = (ALL & ~(u32)(EF_VM | EF_RF | EF_IOPL)) | base;
		ck_assert_int_eq(popf(r, size, full, 0, &after), STEP_NEXT);
		ck_assert_uint_eq(after, (full & ~can) | EF_FIXED);
		rig_free(r);
	}
}
END_TEST

START_TEST(popf_in_real_mode_changes_all_but_virtual_flags)
{
	for (int size = 2; size <= 4; size += 2) {
		struct rig *r = rig_new();
		u32 can = popf_writable(true, 0, 0, size), after;
		ck_assert_int_eq(popf(r, size, EF_FIXED, ALL, &after), STEP_NEXT);
		ck_assert_uint_eq(after, (ALL & can) | EF_FIXED);
		rig_free(r);
	}
}
END_TEST

START_TEST(popf_clears_rf)
{
	struct rig *r = rig_new_protected(0);
	u32 after;
	popf(r, 4, EF_FIXED | EF_RF, EF_RF, &after);
	ck_assert_uint_eq(after, EF_FIXED);
	rig_free(r);
}
END_TEST

START_TEST(popf_in_v86_mode_needs_iopl_3_or_vme_and_16_bits)
{
	for (int i = 0; i < 16; i++) {
		int iopl = i & 3, size = i & 4 ? 4 : 2;
		bool vme = i & 8;
		struct rig *r = rig_new_v86(iopl);
		u32 base = EF_FIXED | EF_VM | (u32)iopl << 12, after, image = ALL & ~(u32)EF_TF;
		r->s.cr4 = vme ? CR4_VME : 0;
		enum step step = popf(r, size, base, image, &after);
		if (iopl == 3) {
			u32 can = FL_ARITH | EF_DF | EF_NT | EF_IF | (size == 4 ? EF_AC | EF_ID : 0);
			ck_assert_int_eq(step, STEP_NEXT);
			ck_assert_uint_eq(after, (base & ~can) | (image & can));
		} else if (vme && size == 2) { /* IF goes to VIF */
			ck_assert_int_eq(step, STEP_NEXT);
			ck_assert_uint_eq(after, base | ARITH_DF | EF_NT | EF_VIF);
		} else {
			expect_fault(r, step, VEC_GP, 0);
			ck_assert_uint_eq(after, base);
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(popf_with_vme_faults_on_tf_and_on_if_with_vip)
{
	struct rig *r = rig_new_v86(0);
	u32 after, base = EF_FIXED | EF_VM;
	r->s.cr4 = CR4_VME;
	expect_fault(r, popf(r, 2, base, EF_TF, &after), VEC_GP, 0);
	expect_fault(r, popf(r, 2, base | EF_VIP, EF_IF, &after), VEC_GP, 0);
	ck_assert_int_eq(popf(r, 2, base | EF_VIP | EF_VIF, 0, &after), STEP_NEXT);
	ck_assert_uint_eq(after, base | EF_VIP);
	rig_free(r);
}
END_TEST

START_TEST(pushf_shows_vif_as_if_with_vme)
{
	for (int i = 0; i < 16; i++) {
		int iopl = i & 3, size = i & 4 ? 4 : 2;
		bool vme = i & 8;
		struct rig *r = rig_new_v86(iopl);
		r->s.cr4 = vme ? CR4_VME : 0;
		r->s.eflags |= EF_VIF | EF_RF | EF_AC;
		enum step step = rig_op(r, OP_PUSHF, size);
		if (iopl == 3) { /* VM and RF show as 0: SDM 2 PUSHF */
			ck_assert_int_eq(step, STEP_NEXT);
			u32 seen = size == 4 ? load32(r->ram + 0x8000 + r->c.r[RSP]) : stack16(r, 0);
			ck_assert_uint_eq(seen & ~(u32)FL_ARITH, size == 4 ? 0xc3002 : 0x3002);
		} else if (vme && size == 2) {
			ck_assert_int_eq(step, STEP_NEXT);
			ck_assert_uint_eq(stack16(r, 0) & ~FL_ARITH, 0x3202);
		} else {
			expect_fault(r, step, VEC_GP, 0);
		}
		rig_free(r);
	}
}
END_TEST

/* SDM 2 CLI and STI, the decision tables: 'I' IF, 'V' VIF, 'G' #GP. */
static char if_target(int mode, int cpl, int iopl, bool vme, bool pvi)
{
	if (mode == 0) /* real */
		return 'I';
	if (mode == 1) /* protected */
		return iopl >= cpl ? 'I' : cpl == 3 && pvi ? 'V' : 'G';
	return iopl == 3 ? 'I' : vme ? 'V' : 'G';
}

START_TEST(cli_and_sti_go_to_if_vif_or_fault)
{
	for (int i = 0; i < 3 * 4 * 4 * 4; i++) {
		int mode = i % 3, cpl = i / 3 & 3, iopl = i / 12 & 3;
		bool vme = i / 48 & 1, pvi = i / 48 & 2;
		struct rig *r = mode == 0 ? rig_new() : mode == 1 ? rig_new_protected(cpl) : rig_new_v86(iopl);
		char target = if_target(mode, cpl, iopl, vme, pvi);
		r->s.cr4 = (vme ? CR4_VME : 0) | (pvi ? CR4_PVI : 0);
		r->s.eflags |= (u32)iopl << 12;
		u32 base = r->s.eflags, bit = target == 'I' ? EF_IF : EF_VIF;
		enum step step = rig_op(r, OP_STI, 4);
		if (target == 'G') {
			expect_fault(r, step, VEC_GP, 0);
			expect_fault(r, rig_op(r, OP_CLI, 4), VEC_GP, 0);
			ck_assert_uint_eq(r->s.eflags, base);
		} else {
			ck_assert_int_eq(step, STEP_NEXT);
			ck_assert_uint_eq(r->s.eflags, base | bit);
			r->s.eflags |= EF_IF | EF_VIF;
			ck_assert_int_eq(rig_op(r, OP_CLI, 4), STEP_NEXT);
			ck_assert_uint_eq(r->s.eflags, base | (bit ^ EF_IF ^ EF_VIF));
		}
		if (target == 'V') { /* SDM 3A 20.3.2: pending */
			r->s.eflags = base | EF_VIP;
			expect_fault(r, rig_op(r, OP_STI, 4), VEC_GP, 0);
			ck_assert_int_eq(rig_op(r, OP_CLI, 4), STEP_NEXT);
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(sti_begins_a_shadow_of_one_instruction_and_opens_the_window)
{
	struct rig *r = rig_new();
	r->c.window = 1;
	r->c.attention = 0;
	ck_assert_int_eq(rig_op(r, OP_STI, 2), STEP_NEXT);
	ck_assert_int_eq(r->s.shadow, SHADOW_STI);
	ck_assert_uint_eq(r->s.shadow_end, 1002);
	ck_assert_int_ne(r->c.attention, 0);
	/* with IF already set nothing is held off */
	r->s.shadow = SHADOW_NONE;
	r->s.shadow_end = 0;
	ck_assert_int_eq(rig_op(r, OP_STI, 2), STEP_NEXT);
	ck_assert_int_eq(r->s.shadow, SHADOW_NONE);
	rig_free(r);
}
END_TEST

/* ---- IRET's flags -------------------------------------------------------------- */

static void push_iret(struct rig *r, int size, u16 cs, u32 ip, u32 flags)
{
	push_n(r, size, flags);
	push_n(r, size, cs);
	push_n(r, size, ip);
}

START_TEST(iret_at_the_same_level_changes_what_cpl_and_iopl_allow)
{
	for (int i = 0; i < 32; i++) {
		int cpl = i & 3, iopl = i >> 2 & 3, size = i & 16 ? 4 : 2;
		struct rig *r = rig_new_protected(cpl);
		/* SDM 2 IRET, "RETURN-TO-SAME-PRIVILEGE-LEVEL" */
		u32 can = FL_ARITH | EF_TF | EF_DF | EF_NT;
		can |= size == 4 ? EF_RF | EF_AC | EF_ID : 0;
		can |= cpl <= iopl ? EF_IF : 0;
		can |= cpl == 0 ? EF_IOPL : 0;
		can |= cpl == 0 && size == 4 ? EF_VIF | EF_VIP : 0;
		u32 base = EF_FIXED | (u32)iopl << 12, image = ALL & ~(u32)(cpl == 0 ? EF_VM : 0);
		flags_set_arith(&r->c, 0);
		r->s.eflags = base;
		push_iret(r, size, (u16)(SEL(K_CODE, cpl) | cpl), 0x1234, image);
		r->s.nmi_blocked = 1;
		ck_assert_int_eq(rig_op(r, OP_IRET, size), STEP_IP);
		ck_assert_uint_eq(r->c.next_ip, 0x1234);
		ck_assert_uint_eq(eflags(r), (base & ~can) | (image & can) | EF_FIXED);
		ck_assert_int_eq(r->s.nmi_blocked, 0);
		rig_free(r);
	}
}
END_TEST

START_TEST(iret_to_an_outer_level_uses_the_old_cpl_for_its_flags)
{
	struct rig *r = rig_new_protected(0);
	push32(r, SEL(K_DATA, 3) | 3);
	push32(r, 0x9000);
	push_iret(r, 4, SEL(K_CODE, 3) | 3, 0x1234, EF_IF | EF_IOPL | EF_FIXED);
	ck_assert_int_eq(rig_op(r, OP_IRET, 4), STEP_IP);
	ck_assert_uint_eq(r->s.eflags, EF_IF | EF_IOPL | EF_FIXED);
	ck_assert_int_eq(r->s.cpl, 3);
	rig_free(r);
}
END_TEST

START_TEST(iret_in_real_mode_keeps_the_virtual_flags)
{
	for (int size = 2; size <= 4; size += 2) {
		struct rig *r = rig_new();
		push_iret(r, size, 0x1234, 0x5678, ALL);
		ck_assert_int_eq(rig_op(r, OP_IRET, size), STEP_IP);
		/* SDM 2 IRET: (image AND 257FD5) OR (EFLAGS AND 1A0000) */
		ck_assert_uint_eq(eflags(r), (size == 4 ? ALL & 0x257fd5 : 0x7fd5) | EF_FIXED);
		ck_assert_uint_eq(r->s.seg[SEG_CS].base, 0x12340);
		ck_assert_uint_eq(r->c.next_ip, 0x5678);
		ck_assert_uint_eq(r->c.r[RSP], 0x8000);
		rig_free(r);
	}
}
END_TEST

START_TEST(iret_in_v86_mode_follows_iopl_and_vme)
{
	for (int i = 0; i < 16; i++) {
		int iopl = i & 3, size = i & 4 ? 4 : 2;
		bool vme = i & 8;
		struct rig *r = rig_new_v86(iopl);
		u32 base = EF_FIXED | EF_VM | (u32)iopl << 12, image = ALL & ~(u32)(EF_TF | EF_VM);
		r->s.cr4 = vme ? CR4_VME : 0;
		flags_set_arith(&r->c, 0);
		push_n(r, 2, 0); /* align */
		push_n(r, 2, 0);
		push_iret(r, size, 0x100, 0x5678, image);
		enum step step = rig_op(r, OP_IRET, size);
		if (iopl == 3) {
			u32 can = FL_ARITH | EF_DF | EF_NT | EF_IF | (size == 4 ? EF_AC | EF_ID | EF_RF : 0);
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_uint_eq(eflags(r), base | (image & can));
		} else if (vme && size == 2) {
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_uint_eq(eflags(r), base | ARITH_DF | EF_NT | EF_VIF);
		} else {
			expect_fault(r, step, VEC_GP, 0);
			ck_assert_uint_eq(eflags(r), base);
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(iret_with_vme_faults_on_tf_and_on_if_with_vip)
{
	struct rig *r = rig_new_v86(0);
	r->s.cr4 = CR4_VME;
	push_iret(r, 2, 0x100, 0, EF_TF);
	expect_fault(r, rig_op(r, OP_IRET, 2), VEC_GP, 0);
	r->s.eflags |= EF_VIP;
	push_iret(r, 2, 0x100, 0, EF_IF);
	expect_fault(r, rig_op(r, OP_IRET, 2), VEC_GP, 0);
	rig_free(r);
}
END_TEST

START_TEST(clac_and_stac_write_ac_at_cpl_0_only)
{
	struct cpu_model m;
	for (int cpl = 0; cpl < 4; cpl++) {
		struct rig *r = rig_new_protected(cpl);
		expect_fault(r, rig_op(r, OP_STAC, 4), VEC_UD, 0); /* the default model has no SMAP: SDM 2 STAC */
		rig_model(r, &m, "max");
		if (cpl == 0) {
			ck_assert_int_eq(rig_op(r, OP_STAC, 4), STEP_NEXT);
			ck_assert_uint_eq(r->s.eflags & EF_AC, EF_AC);
			ck_assert_uint_eq(r->c.acc, ACC_AC);
			ck_assert_int_eq(rig_op(r, OP_CLAC, 4), STEP_NEXT);
			ck_assert_uint_eq(r->s.eflags & EF_AC, 0);
			ck_assert_uint_eq(r->c.acc, 0);
		} else {
			expect_fault(r, rig_op(r, OP_STAC, 4), VEC_UD, 0);
			expect_fault(r, rig_op(r, OP_CLAC, 4), VEC_UD, 0);
		}
		rig_free(r);
	}
	struct rig *v86 = rig_new_v86(3), *real = rig_new();
	rig_model(v86, &m, "max");
	real->c.model = &m;
	expect_fault(v86, rig_op(v86, OP_STAC, 2), VEC_UD, 0);
	ck_assert_int_eq(rig_op(real, OP_STAC, 2), STEP_NEXT);
	rig_free(v86);
	rig_free(real);
}
END_TEST

/* SDM 3A 4.6.1: EFLAGS.AC frees explicit supervisor accesses to user pages; implicit ones (descriptors) it does not. */
START_TEST(smap_tells_explicit_from_implicit_accesses)
{
	struct rig *r = rig_new_protected(0);
	struct cpu_model m;
	u64 v;
	rig_model(r, &m, "max");
	store32(r->ram + 0x100000, 0x101007);
	for (u32 i = 0; i < 256; i++)
		store32(r->ram + 0x101000 + 4 * i, i << 12 | (i == AT_LDT >> 12 ? 7 : 3)); /* the LDT's page is a user page */
	r->s.cr3 = 0x100000;
	mmu_set_cr3(&r->m, r->s.cr3);
	r->s.cr4 = CR4_SMAP;
	ck_assert_int_eq(sys_set_cr0(&r->c, &r->s, r->s.cr0 | CR0_PG), STEP_NEXT);
	ctx_update(&r->c);
	set_desc(r, 4, make_desc(0, 0xfffff, kind_attr(K_DATA, 0) | SEG_A));
	ck_assert_int_eq(mem_load(&r->c, SEG_DS, AT_LDT, 4, &v), -1);
	ck_assert_uint_eq(r->c.fault.vec, VEC_PF);
	ck_assert_uint_eq(r->c.fault.error, 1);
	rig_op(r, OP_STAC, 4);
	ck_assert_int_eq(mem_load(&r->c, SEG_DS, AT_LDT, 4, &v), 0);
	ck_assert_int_eq(mem_store(&r->c, SEG_DS, AT_LDT + 8, 4, 1), 0);
	ck_assert_int_eq(seg_load(&r->c, &r->s, SEG_ES, 4), -1); /* reads the LDT */
	ck_assert_uint_eq(r->c.fault.vec, VEC_PF);
	rig_op(r, OP_CLAC, 4);
	ck_assert_int_eq(mem_load(&r->c, SEG_DS, AT_LDT, 4, &v), -1);
	rig_free(r);
}
END_TEST

START_TEST(the_486_without_cpuid_has_no_id_flag)
{
	struct rig *r = rig_new_protected(0);
	struct cpu_model plain = cpu_model_default;
	u32 after;
	plain.max_leaf = 0;
	r->c.model = &plain;
	popf(r, 4, EF_FIXED, ALL, &after);
	ck_assert_uint_eq(after & EF_ID, 0);
	ck_assert_uint_ne(after & EF_AC, 0);
	rig_free(r);
}
END_TEST

START_TEST(a_full_stack_faults_before_anything_changes)
{
	struct rig *r = rig_new();
	r->c.r[RSP] = 1; /* 2 bytes at FFFF: beyond the limit */
	expect_fault(r, rig_op(r, OP_PUSHF, 2), VEC_SS, 0);
	ck_assert_uint_eq(r->c.r[RSP], 1);
	r->c.r[RSP] = 0xffff;
	expect_fault(r, rig_op(r, OP_POPF, 2), VEC_SS, 0);
	expect_fault(r, rig_op(r, OP_IRET, 2), VEC_SS, 0);
	ck_assert_uint_eq(r->c.r[RSP], 0xffff);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpu/system flags");
	TCase *t = tcase_create("flags");
	suite_add_tcase(suite, t);
	tcase_add_test(t, popf_changes_what_cpl_and_iopl_allow);
	tcase_add_test(t, popf_in_real_mode_changes_all_but_virtual_flags);
	tcase_add_test(t, popf_clears_rf);
	tcase_add_test(t, popf_in_v86_mode_needs_iopl_3_or_vme_and_16_bits);
	tcase_add_test(t, popf_with_vme_faults_on_tf_and_on_if_with_vip);
	tcase_add_test(t, pushf_shows_vif_as_if_with_vme);
	tcase_add_test(t, cli_and_sti_go_to_if_vif_or_fault);
	tcase_add_test(t, sti_begins_a_shadow_of_one_instruction_and_opens_the_window);
	tcase_add_test(t, iret_at_the_same_level_changes_what_cpl_and_iopl_allow);
	tcase_add_test(t, iret_to_an_outer_level_uses_the_old_cpl_for_its_flags);
	tcase_add_test(t, iret_in_real_mode_keeps_the_virtual_flags);
	tcase_add_test(t, iret_in_v86_mode_follows_iopl_and_vme);
	tcase_add_test(t, iret_with_vme_faults_on_tf_and_on_if_with_vip);
	tcase_add_test(t, clac_and_stac_write_ac_at_cpl_0_only);
	tcase_add_test(t, smap_tells_explicit_from_implicit_accesses);
	tcase_add_test(t, the_486_without_cpuid_has_no_id_flag);
	tcase_add_test(t, a_full_stack_faults_before_anything_changes);
	return rig_main(suite);
}
