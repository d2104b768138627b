/* check_virtual_flags.c - 8086 programs and CPL 3 code with virtual interrupts, run as whole instructions: STI, CLI, PUSHF, POPF, INT n
 * and IRET with and without CR4.VME and CR4.PVI, VIF, VIP and the redirection bitmap. SDM 3A 20.2, 20.3 (table 20-2), 20.4, and SDM 2 at
 * each instruction. Under trap and bare. */
#include <string.h>

#include "tests/vmm/rig.h"

static const enum technique techniques[] = {TECH_TRAP, TECH_BARE};
#define BOTH for (int k = 0; k < 2; k++)

enum { V86_CS = AT_CODE >> 4, V86_SS = 0x5000, V86_SP = 0x1000, ISR_IP = 0x200, VECTOR = 0x30 };

/* The program at CS:0 ends in HLT, which always faults in v86 mode: the frame of #GP shows where, and EFLAGS. */
static struct vm *v86(int k, int iopl, u32 cr4, u32 flags, const char *code, size_t n)
{
	struct vm *t = vm_new(techniques[k], code, n);
	struct sysregs *s = vm_regs(t);
	s->cr4 = cr4;
	mmu_set_mode(&t->r->m, s->cr0, s->cr4, s->efer);
	s->eflags = EF_FIXED | EF_VM | EF_IF | (u32)iopl << EF_IOPL_SHIFT | flags;
	s->cpl = 3;
	for (int i = 0; i < 6; i++)
		seg_load_real(s, i, i == SEG_CS ? V86_CS : i == SEG_SS ? V86_SS : 0x700);
	t->r->c.r[RSP] = V86_SP;
	t->r->c.ip = 0;
	store32(t->r->ram + 4 * VECTOR, (u32)V86_CS << 16 | ISR_IP);
	ctx_update(&t->r->c);
	return t;
}
#define V86(k, iopl, cr4, flags, code) v86(k, iopl, cr4, flags, code, sizeof(code) - 1)

/* On the program's stack: word n below its first top. */
static u16 pushed(const struct vm *t, int n)
{
	return load16(t->r->ram + (V86_SS << 4) + V86_SP - 2 * n);
}

/* #GP(0) at `ip`, with what EFLAGS holds of VIF, VIP and IF, and SP. */
#define expect_gp(t, at, want)                                                                                                  \
	do {                                                                                                                    \
		ck_assert_int_eq(vm_next(t), VEC_GP);                                                                           \
		ck_assert_uint_eq(vm_stack(t, 0), 0);                                                                           \
		ck_assert_uint_eq(vm_stack(t, 1), at);                                                                          \
		ck_assert_uint_eq(vm_stack(t, 3) & (EF_VIF | EF_VIP | EF_IF), want);                                            \
	} while (0)

static void redirect(struct vm *t, int vec, bool to_program)
{
	u8 *at = t->r->ram + AT_TSS + 0x88 - 32 + vec / 8, bit = (u8)(1u << (vec & 7));
	*at = (u8)(to_program ? *at & ~bit : *at | bit);
}

START_TEST(with_vme_sti_and_cli_move_vif_and_pushf_shows_it_as_if)
{
	BOTH for (int iopl = 0; iopl < 3; iopl++) {
		struct vm *t = V86(k, iopl, CR4_VME, 0, "\xfb\x9c\xfa\x9c\xfb"); /* STI, PUSHF, CLI, PUSHF, STI */
		expect_gp(t, 5, EF_VIF | EF_IF);
		ck_assert_uint_eq(pushed(t, 1) & 0x3200, 0x3200); /* SDM 2 PUSHF: IOPL shows as 3 */
		ck_assert_uint_eq(pushed(t, 2) & 0x3200, 0x3000);
		vm_free(t);
		t = V86(k, iopl, CR4_VME, EF_VIF, "\xfa");
		expect_gp(t, 1, EF_IF);
		vm_free(t);
	}
}
END_TEST

START_TEST(with_vip_pending_sti_faults_and_cli_does_not)
{
	BOTH {
		struct vm *t = V86(k, 0, CR4_VME, EF_VIP, "\xfa\xfb"); /* CLI, STI */
		expect_gp(t, 1, EF_VIP | EF_IF);
		vm_free(t);
	}
}
END_TEST

START_TEST(with_vme_popf_and_iret_load_vif)
{
	static const struct { u32 before; u16 image; bool faults; u32 after; } cases[] = {
		{0, 0x0200, false, EF_VIF}, {EF_VIF, 0x0000, false, 0}, {EF_VIP, 0x0000, false, EF_VIP},
		{EF_VIP, 0x0200, true, EF_VIP}, {0, 0x0100, true, 0}, {EF_VIF, 0x3000, false, 0}, {0, 0x7ed7 & ~0x100, false, EF_VIF},
	};
	BOTH for (size_t i = 0; i < ARRAY_LEN(cases) * 2; i++) {
		u16 image = cases[i / 2].image;
		char popf[] = {0x68, (char)image, (char)(image >> 8), (char)0x9d};
		char iret[] = {0x68, (char)image, (char)(image >> 8), 0x68, 0, V86_CS >> 8, 0x68, 10, 0, (char)0xcf};
		bool is_iret = i & 1;
		struct vm *t = is_iret ? v86(k, 1, CR4_VME, cases[i / 2].before, iret, sizeof iret)
		                       : v86(k, 1, CR4_VME, cases[i / 2].before, popf, sizeof popf);
		u32 end = is_iret ? 10 : 4, at = is_iret ? 9 : 3;
		expect_gp(t, cases[i / 2].faults ? at : end, cases[i / 2].after | EF_IF);
		ck_assert_uint_eq(vm_stack(t, 3) & EF_IOPL, 1u << EF_IOPL_SHIFT);
		ck_assert_uint_eq(vm_stack(t, 4), V86_SP - (cases[i / 2].faults ? is_iret ? 6 : 2 : 0));
		vm_free(t);
	}
}
END_TEST

/* SDM 2: the 32-bit forms know no VME. */
START_TEST(with_vme_the_32_bit_forms_still_fault)
{
	static const char *const forms[] = {"\x66\x9c", "\x66\x9d", "\x66\xcf"};
	BOTH for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct vm *t = v86(k, 2, CR4_VME, EF_VIF, forms[i], 2);
		expect_gp(t, 0, EF_VIF | EF_IF);
		ck_assert_uint_eq(vm_stack(t, 4), V86_SP);
		vm_free(t);
	}
}
END_TEST

START_TEST(without_vme_all_six_fault_below_iopl_3)
{
	static const char *const forms[] = {"\xfb", "\xfa", "\x9c", "\x9d", "\xcf", "\xcd\x30"};
	BOTH for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		for (int iopl = 0; iopl < 3; iopl++) {
			struct vm *t = v86(k, iopl, 0, 0, forms[i], strlen(forms[i]));
			expect_gp(t, 0, EF_IF);
			vm_free(t);
		}
}
END_TEST

START_TEST(with_iopl_3_the_program_has_if_itself)
{
	BOTH for (int vme = 0; vme < 2; vme++) {
		struct vm *t = V86(k, 3, vme ? CR4_VME : 0, EF_VIF, "\xfa\x9c\xfb\x9c\xfa"); /* CLI, PUSHF, STI, PUSHF, CLI */
		expect_gp(t, 5, EF_VIF);
		ck_assert_uint_eq(pushed(t, 1) & 0x3200, 0x3000);
		ck_assert_uint_eq(pushed(t, 2) & 0x3200, 0x3200);
		vm_free(t);
	}
}
END_TEST

/* Method 6 (IOPL < 3) and 5 (IOPL 3): into the program's own handler and back, which restores the flag it changed. */
START_TEST(a_redirected_int_goes_to_the_program_and_iret_brings_it_back)
{
	BOTH for (int iopl = 0; iopl < 4; iopl++) {
		struct vm *t = V86(k, iopl, CR4_VME, 0, "\xfb\xcd\x30"); /* STI, INT 30h */
		vm_poke(t, AT_CODE + ISR_IP, "\x9c\x58\xcf", 3);         /* PUSHF, POP AX, IRET */
		redirect(t, VECTOR, true);
		expect_gp(t, 3, EF_IF | (iopl < 3 ? EF_VIF : 0));
		ck_assert_uint_eq(pushed(t, 1) & 0x3200, 0x3200);
		ck_assert_uint_eq(pushed(t, 2), V86_CS);
		ck_assert_uint_eq(pushed(t, 3), 3);
		ck_assert_uint_eq(t->r->c.r[RAX] & 0x200, 0); /* off inside */
		ck_assert_uint_eq(vm_stack(t, 4), V86_SP);
		vm_free(t);
	}
}
END_TEST

START_TEST(an_int_that_is_not_redirected_goes_to_the_monitor)
{
	BOTH for (int iopl = 0; iopl < 4; iopl++) {
		struct vm *t = V86(k, iopl, CR4_VME, EF_VIF, "\xcd\x30");
		redirect(t, VECTOR, false);
		if (iopl < 3) { /* method 3 */
			expect_gp(t, 0, EF_VIF | EF_IF);
		} else { /* methods 1 and 4 */
			expect_event(t, VECTOR);
			ck_assert_uint_eq(vm_stack(t, 0), 2);
			ck_assert_uint_eq(vm_stack(t, 2) & EF_VM, EF_VM);
		}
		vm_free(t);
	}
}
END_TEST

/* SDM 3A 20.3.3: the bitmap is for INT n alone; a gap before it is a fault. */
START_TEST(int3_is_not_redirected_and_a_missing_bitmap_faults)
{
	BOTH {
		struct vm *t = V86(k, 0, CR4_VME, 0, "\xcc");
		redirect(t, 3, true);
		expect_event(t, 3);
		vm_free(t);
		t = V86(k, 0, CR4_VME, 0, "\xcd\x30");
		store16(t->r->ram + AT_TSS + 0x66, 0x3000); /* the bitmap's byte for 30h is within, its last is not */
		vm_regs(t)->tr.limit = 0x2fe0;
		expect_gp(t, 0, EF_IF);
		vm_free(t);
	}
}
END_TEST

/* What comes from outside looks at IF, never at VIF; the monitor sets VIP, and the way back with VIF set faults. */
START_TEST(a_real_interrupt_ignores_vif_and_vip_with_vif_faults_on_return)
{
	BOTH {
		struct vm *t = V86(k, 0, CR4_VME, 0, "\x90\xfb");
		t->vector = 0x45;
		vmm_set_intr(&t->v, 0, 1);
		expect_event(t, 0x45);
		ck_assert_uint_eq(vm_stack(t, 2) & (EF_VM | EF_VIF | EF_IF), EF_VM | EF_IF);
		vm_set_stack(t, 2, vm_stack(t, 2) | EF_VIP);
		expect_gp(t, 1, EF_VIP | EF_IF); /* the program's STI tells the monitor */
		vm_set_stack(t, 3, vm_stack(t, 3) | EF_VIF);
		expect_gp(t, 1, EF_VIP | EF_VIF | EF_IF); /* before its next instruction, SDM 3A 20.3.2 */
		vm_free(t);
	}
}
END_TEST

/* ---- protected-mode virtual interrupts -------------------------------------------------------------------------------- */

static struct vm *ring(int k, int cpl, u32 cr4, u32 flags, const char *code, size_t n)
{
	struct vm *t = vm_new(techniques[k], code, n);
	struct sysregs *s = vm_regs(t);
	s->cr4 = cr4;
	mmu_set_mode(&t->r->m, s->cr0, s->cr4, s->efer);
	s->eflags = EF_FIXED | EF_IF | flags;
	s->cpl = (u8)cpl;
	for (int i = 0; i < 6; i++) {
		u16 sel = (u16)(SEL(i == SEG_CS ? K_CODE : K_DATA, cpl) | cpl);
		desc_unpack(sel, get_desc(t->r, sel), &s->seg[i]);
	}
	t->r->c.r[RSP] = STACK_TOP(cpl) - 0x100;
	ctx_update(&t->r->c);
	return t;
}

START_TEST(with_pvi_ring_3_has_vif_and_the_other_rings_fault)
{
	BOTH for (int cpl = 1; cpl < 4; cpl++)
		for (int pvi = 0; pvi < 2; pvi++) {
			bool virtual = pvi && cpl == 3;
			struct vm *t = ring(k, cpl, pvi ? CR4_PVI : CR4_VME, 0, "\xfb", 1); /* STI, and the HLT at the end */
			expect_gp(t, AT_CODE + (virtual ? 1 : 0), EF_IF | (virtual ? EF_VIF : 0));
			vm_free(t);
			t = ring(k, cpl, pvi ? CR4_PVI : CR4_VME, EF_VIF, "\xfa", 1);
			expect_gp(t, AT_CODE + (virtual ? 1 : 0), EF_IF | (virtual ? 0 : EF_VIF));
			vm_free(t);
			t = ring(k, cpl, pvi ? CR4_PVI : 0, EF_VIP, "\xfb", 1);
			expect_gp(t, AT_CODE, EF_IF | EF_VIP);
			vm_free(t);
		}
}
END_TEST

/* SDM 3A 20.4: PUSHF and POPF are as without PVI. */
START_TEST(pvi_leaves_pushf_and_popf_alone)
{
	BOTH {
		struct vm *t = ring(k, 3, CR4_PVI, 0, "\x9c\x58\x6a\x00\x9d", 5); /* PUSHFD, POP EAX, PUSH 0, POPFD */
		expect_gp(t, AT_CODE + 5, EF_IF);
		ck_assert_uint_eq(t->r->c.r[RAX] & (EF_IF | EF_IOPL), EF_IF);
		vm_free(t);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vmm virtual flags");
	TCase *t = tcase_create("virtual flags");
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	tcase_add_test(t, with_vme_sti_and_cli_move_vif_and_pushf_shows_it_as_if);
	tcase_add_test(t, with_vip_pending_sti_faults_and_cli_does_not);
	tcase_add_test(t, with_vme_popf_and_iret_load_vif);
	tcase_add_test(t, with_vme_the_32_bit_forms_still_fault);
	tcase_add_test(t, without_vme_all_six_fault_below_iopl_3);
	tcase_add_test(t, with_iopl_3_the_program_has_if_itself);
	tcase_add_test(t, a_redirected_int_goes_to_the_program_and_iret_brings_it_back);
	tcase_add_test(t, an_int_that_is_not_redirected_goes_to_the_monitor);
	tcase_add_test(t, int3_is_not_redirected_and_a_missing_bitmap_faults);
	tcase_add_test(t, a_real_interrupt_ignores_vif_and_vip_with_vif_faults_on_return);
	tcase_add_test(t, with_pvi_ring_3_has_vif_and_the_other_rings_fault);
	tcase_add_test(t, pvi_leaves_pushf_and_popf_alone);
	return rig_main(s);
}
