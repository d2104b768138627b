/* Debug exceptions where the processor is in the middle of something: REP, MOV SS, STI. SDM 3B 17.2, 17.3; SDM 3A 6.8.3. Each test runs
 * under trap and bare. */
#include "tests/vmm/rig.h"

static const enum technique techniques[] = {TECH_TRAP, TECH_BARE};
#define BOTH for (int k = 0; k < 2; k++)

static void set_breakpoint(struct vm *t, int n, u32 at, u32 rw, u32 len)
{
	struct sysregs *s = vm_regs(t);
	s->dr[n] = at;
	s->dr[7] |= 2ull << 2 * n | (u64)(rw | len << 2) << (16 + 4 * n);
	ctx_update(&t->r->c);
}

static void set_tf(struct vm *t)
{
	vm_regs(t)->eflags |= EF_TF;
	ctx_update(&t->r->c);
}

static u32 dr6(struct vm *t)
{
	u32 v = (u32)vm_regs(t)->dr[6];
	vm_regs(t)->dr[6] = 0xffff0ff0;
	return v & 0xe00f;
}

/* MOV ECX,3; MOV EDI,40000; MOV ESI,41000 : 15 bytes */
#define SETUP "\xb9\x03\0\0\0\xbf\0\0\x04\0\xbe\0\x10\x04\0"

/* 17.3.1.4: a trap after each iteration; 17.3.1.1: RF is pushed as 1 after all but the last. */
START_TEST(single_step_traps_after_each_element_of_a_rep)
{
	BOTH {
		struct vm *t = VM(techniques[k], SETUP "\xf3\xa4\x90");
		set_tf(t);
		for (int i = 0; i < 3; i++)
			expect_event(t, VEC_DB);
		for (u32 i = 0; i < 3; i++) {
			ck_assert_uint_eq(dr6(t), 0x4000);
			expect_event(t, VEC_DB);
			expect_frame(t, i < 2 ? 15 : 17, i < 2);
			ck_assert_uint_eq(t->r->c.r[RCX], 2 - i);
			ck_assert_uint_eq(t->r->c.r[RDI], AT_VARS + i + 1);
		}
		expect_event(t, VEC_DB);
		expect_frame(t, 18, 0);
		vm_free(t);
	}
}
END_TEST

/* 17.3.1.2: data breakpoints are traps; in a REP after the iteration that met them. */
START_TEST(a_data_breakpoint_traps_after_the_element_that_met_it)
{
	BOTH {
		struct vm *t = VM(techniques[k], SETUP "\xf3\xab\x90");
		set_breakpoint(t, 1, AT_VARS + 4, 1, 0); /* one byte, writes */
		set_breakpoint(t, 2, AT_VARS + 8, 3, 3); /* four bytes, both ways */
		expect_event(t, VEC_DB);
		expect_frame(t, 15, 1);
		ck_assert_uint_eq(dr6(t), 2);
		ck_assert_uint_eq(t->r->c.r[RCX], 1);
		expect_event(t, VEC_DB);
		expect_frame(t, 17, 0);
		ck_assert_uint_eq(dr6(t), 4);
		expect_event(t, PROGRAM_END);
		vm_free(t);
	}
}
END_TEST

START_TEST(a_read_meets_only_breakpoints_for_both_ways)
{
	BOTH {
		struct vm *t = VM(techniques[k], SETUP "\x8a\x06\x8a\x46\x08\xa6\xac\x90"); /* MOV AL,[ESI]; MOV AL,[ESI+8]; CMPSB; LODSB */
		set_breakpoint(t, 0, 0x41000, 1, 0);
		set_breakpoint(t, 3, 0x41008, 3, 0);
		set_breakpoint(t, 2, 0x41001, 3, 0);
		expect_event(t, VEC_DB);
		expect_frame(t, 20, 0); /* the second MOV */
		ck_assert_uint_eq(dr6(t), 8);
		expect_event(t, VEC_DB);
		expect_frame(t, 22, 0); /* LODSB; CMPSB reads 41000 */
		ck_assert_uint_eq(dr6(t), 4);
		expect_event(t, PROGRAM_END);
		vm_free(t);
	}
}
END_TEST

/* 17.2.4: with CR4.DE, R/W = 10 means ports; the trap comes behind the instruction, or behind the element. */
START_TEST(a_port_breakpoint_needs_de_and_traps)
{
	BOTH for (int de = 0; de < 2; de++) {
		struct vm *t = VM(techniques[k], "\xe6\x80\xe4\x83\xe5\x7f\xe6\x84\xb9\x02\0\0\0\x66\xba\x82\0\xf3\x6e\x90");
		vm_regs(t)->cr4 = de ? CR4_DE : 0;
		set_breakpoint(t, 0, 0x80, 2, 3); /* OUT 80; IN AL,83; IN EAX,7F (7F to 82); not OUT 84; OUTSB to 82, twice */
		if (de) {
			static const u32 behind[] = {2, 4, 6, 17, 19};
			for (u32 i = 0; i < ARRAY_LEN(behind); i++) {
				expect_event(t, VEC_DB);
				expect_frame(t, behind[i], i == 3);
				ck_assert_uint_eq(dr6(t), 1);
			}
		}
		expect_event(t, PROGRAM_END);
		vm_free(t);
	}
}
END_TEST

/* 17.3.1.1: a fault, once before the whole REP: with RF the handler holds it off for all elements. */
START_TEST(an_instruction_breakpoint_on_a_rep_faults_once)
{
	BOTH {
		struct vm *t = VM(techniques[k], SETUP "\xf3\xaa\x90");
		set_breakpoint(t, 0, AT_CODE + 15, 0, 0);
		expect_event(t, VEC_DB);
		expect_frame(t, 15, 0);
		ck_assert_uint_eq(dr6(t), 1);
		ck_assert_uint_eq(t->r->c.r[RCX], 3);
		vm_set_stack(t, 2, vm_stack(t, 2) | EF_RF);
		expect_event(t, PROGRAM_END);
		ck_assert_uint_eq(t->r->c.r[RCX], 0);
		ck_assert_uint_eq(vm_regs(t)->eflags & EF_RF, 0);
		vm_free(t);
	}
}
END_TEST

/* The same with a single step between: RF comes from the frame of each trap. */
START_TEST(rf_survives_single_steps_within_a_rep)
{
	BOTH {
		struct vm *t = VM(techniques[k], SETUP "\xf3\xaa\x90");
		set_breakpoint(t, 0, AT_CODE + 15, 0, 0);
		expect_event(t, VEC_DB);
		dr6(t);
		vm_set_stack(t, 2, vm_stack(t, 2) | EF_RF | EF_TF);
		for (u32 i = 0; i < 3; i++) {
			expect_event(t, VEC_DB);
			ck_assert_uint_eq(dr6(t), 0x4000);
			ck_assert_uint_eq(t->r->c.r[RCX], 2 - i);
			expect_frame(t, i < 2 ? 15 : 17, i < 2);
		}
		vm_free(t);
	}
}
END_TEST

/* An interrupt between two elements pushes RF = 1, so that the breakpoint does not come again. */
START_TEST(an_interrupt_within_a_rep_keeps_the_breakpoint_off)
{
	BOTH {
		struct vm *t = VM(techniques[k], SETUP "\xf3\xaa\x90");
		set_breakpoint(t, 0, AT_CODE + 15, 0, 0);
		vm_regs(t)->eflags |= EF_IF;
		expect_event(t, VEC_DB);
		dr6(t);
		vm_set_stack(t, 2, vm_stack(t, 2) | EF_RF);
		t->steps = 3; /* IRET, two elements */
		ck_assert_int_eq(vm_next(t), NOTHING);
		ck_assert_uint_eq(t->r->c.r[RCX], 1);
		t->vector = 0x40;
		vmm_set_intr(&t->v, 0, 1);
		t->steps = 100;
		expect_event(t, 0x40);
		expect_frame(t, 15, 1);
		expect_event(t, PROGRAM_END);
		vm_free(t);
	}
}
END_TEST

/* ---- MOV SS (6.8.3) ---------------------------------------------------------------------------------------- */

/* MOV EAX,SS; then MOV SS,EAX; NOP; NOP */
#define LOAD_SS "\x8c\xd0\x8e\xd0\x90\x90"

START_TEST(mov_ss_holds_a_single_step_off_until_the_next_instruction_is_done)
{
	BOTH {
		struct vm *t = VM(techniques[k], LOAD_SS);
		set_tf(t);
		expect_event(t, VEC_DB);
		expect_frame(t, 2, 0);
		expect_event(t, VEC_DB);
		expect_frame(t, 5, 0);
		vm_free(t);
	}
}
END_TEST

START_TEST(mov_ss_holds_a_breakpoint_on_the_next_instruction_off)
{
	BOTH {
		struct vm *t = VM(techniques[k], LOAD_SS);
		set_breakpoint(t, 0, AT_CODE + 4, 0, 0);
		set_breakpoint(t, 1, AT_CODE + 5, 0, 0);
		expect_event(t, VEC_DB);
		expect_frame(t, 5, 0);
		ck_assert_uint_eq(dr6(t), 2);
		vm_free(t);
	}
}
END_TEST

/* MOV SS,[40000] meets a data breakpoint: the trap waits for the next instruction, and is not lost. */
START_TEST(a_data_breakpoint_of_mov_ss_comes_after_the_next_instruction)
{
	BOTH {
		struct vm *t = VM(techniques[k], "\x8e\x15\0\0\x04\0\x90\x90");
		store16(t->r->ram + AT_VARS, (u16)SEL(K_DATA, 0));
		set_breakpoint(t, 0, AT_VARS, 3, 1);
		expect_event(t, VEC_DB);
		expect_frame(t, 7, 0);
		ck_assert_uint_eq(dr6(t), 1);
		expect_event(t, PROGRAM_END);
		vm_free(t);
	}
}
END_TEST

/* When that one is a software interrupt, the trap comes before the handler's first instruction. */
START_TEST(a_held_data_breakpoint_meets_the_handler_of_an_int)
{
	BOTH {
		struct vm *t = VM(techniques[k], "\x8e\x15\0\0\x04\0\xcd\x44\x90");
		store16(t->r->ram + AT_VARS, (u16)SEL(K_DATA, 0));
		set_breakpoint(t, 0, AT_VARS, 3, 1);
		expect_event(t, VEC_DB);
		ck_assert_uint_eq(vm_stack(t, 0), AT_HANDLERS + 16 * 0x44);
		ck_assert_uint_eq(dr6(t), 1);
		expect_event(t, 0x44);
		expect_frame(t, 8, 0);
		vm_free(t);
	}
}
END_TEST

START_TEST(interrupts_wait_behind_mov_ss_and_sti)
{
	static const struct {
		const char *code;
		size_t n;
		u32 at; /* where they come */
		bool nmi;
	} cases[] = {
		{"\x8c\xd0\xfb\x90\x90", 5, 4, false},         /* STI; NOP */
		{"\x8c\xd0\x8e\xd0\x90\x90", 6, 5, true},      /* MOV SS; NOP */
		{"\x8c\xd0\x8e\xd0\x8e\xd0\x90\x90", 8, 6, true}, /* of two loads only the first holds them off */
		{"\x8c\xd0\xfb\xfa\x90\x90", 6, 7, false},     /* STI; CLI: never. NOP NOP HLT */
	};
	BOTH for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct vm *t = vm_new(techniques[k], cases[i].code, cases[i].n);
		t->steps = cases[i].nmi ? 2 : 1;
		ck_assert_int_eq(vm_next(t), NOTHING);
		t->steps = 100;
		t->vector = 0x41;
		if (cases[i].nmi)
			vmm_set_nmi(&t->v, 0, 1);
		else
			vmm_set_intr(&t->v, 0, 1);
		if (cases[i].at > 6) {
			expect_event(t, PROGRAM_END);
		} else {
			expect_event(t, cases[i].nmi ? VEC_NMI : 0x41);
			expect_frame(t, cases[i].at, 0);
		}
		vm_free(t);
	}
}
END_TEST

START_TEST(sti_hlt_waits_and_returns_behind_the_hlt)
{
	BOTH {
		struct vm *t = VM(techniques[k], "\xfb\xf4\x90");
		expect_event(t, PROGRAM_END); /* idle */
		ck_assert_uint_eq(t->r->c.ip, AT_CODE + 2);
		t->vector = 0x42;
		vmm_set_intr(&t->v, 0, 1);
		vm_regs(t)->activity = ACT_HALTED;
		ck_assert_int_eq(vmm_run(&t->v, t->r->c.count + 100), VMM_IDLE);
		ck_assert_uint_eq(t->r->c.ip, AT_HANDLERS + 16 * 0x42 + 1);
		expect_frame(t, 2, 0);
		vm_free(t);
	}
}
END_TEST

START_TEST(popf_that_sets_tf_steps_the_instruction_after_it)
{
	BOTH {
		struct vm *t = VM(techniques[k], "\x9c\x80\x4c\x24\x01\x01\x9d\x90\xcd\x43\x90"); /* PUSHF; OR [ESP+1],1; POPF; NOP; INT 43 */
		expect_event(t, VEC_DB);
		expect_frame(t, 8, 0);
		expect_event(t, 0x43); /* the delivery clears TF: no trap at the handler's first instruction */
		ck_assert_uint_eq(vm_regs(t)->eflags & EF_TF, 0);
		expect_frame(t, 10, 0);
		ck_assert_uint_eq(vm_stack(t, 2) >> 8 & 1, 1);
		expect_event(t, VEC_DB); /* after the IRET: behind the NOP */
		expect_frame(t, 11, 0);
		vm_free(t);
	}
}
END_TEST

/* ---- NMI (6.7.1) -------------------------------------------------------------------------------------------- */

START_TEST(an_nmi_is_held_until_iret_and_only_one_is_kept)
{
	BOTH {
		struct vm *t = VM(techniques[k], "\x90\x90\x90");
		vmm_set_nmi(&t->v, 0, 1);
		expect_event(t, VEC_NMI);
		expect_frame(t, 0, 0);
		vmm_set_nmi(&t->v, 0, 1);
		vmm_set_nmi(&t->v, 0, 1);
		t->steps = 0;
		ck_assert_int_eq(vm_next(t), NOTHING); /* still in the handler */
		t->steps = 100;
		expect_event(t, VEC_NMI); /* right behind the IRET */
		expect_frame(t, 0, 0);
		expect_event(t, PROGRAM_END);
		ck_assert_uint_eq(t->v.stats.nmis, 2);
		vm_free(t);
	}
}
END_TEST

START_TEST(an_iret_that_faults_lets_nmis_in)
{
	BOTH {
		struct vm *t = VM(techniques[k], "\x90\x90\x90");
		vmm_set_nmi(&t->v, 0, 1);
		expect_event(t, VEC_NMI);
		vmm_set_nmi(&t->v, 0, 1);
		vm_set_stack(t, 1, 0xfff8); /* CS beyond the GDT */
		expect_event(t, VEC_NMI);
		ck_assert_uint_eq(vm_stack(t, 0), AT_HANDLERS + 16 * VEC_GP); /* met at the first instruction of #GP's handler */
		expect_event(t, VEC_GP);
		ck_assert_uint_eq(vm_stack(t, 0), 0xfff8);
		vm_free(t);
	}
}
END_TEST

START_TEST(a_blocked_nmi_wakes_nobody_and_a_free_one_does)
{
	BOTH {
		struct vm *t = VM(techniques[k], "\x90\x90\x90");
		vm_regs(t)->nmi_blocked = 1;
		vmm_set_nmi(&t->v, 0, 1);
		expect_event(t, PROGRAM_END);
		vm_regs(t)->nmi_blocked = 0;
		vm_regs(t)->activity = ACT_HALTED; /* and wake a halted processor */
		ck_assert_int_eq(vmm_run(&t->v, t->r->c.count + 100), VMM_IDLE);
		ck_assert_uint_eq(t->r->c.ip, AT_HANDLERS + 16 * VEC_NMI + 1);
		expect_frame(t, 4, 0);
		vm_free(t);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vmm debug");
	TCase *t = tcase_create("debug");
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	tcase_add_test(t, single_step_traps_after_each_element_of_a_rep);
	tcase_add_test(t, a_data_breakpoint_traps_after_the_element_that_met_it);
	tcase_add_test(t, a_read_meets_only_breakpoints_for_both_ways);
	tcase_add_test(t, a_port_breakpoint_needs_de_and_traps);
	tcase_add_test(t, an_instruction_breakpoint_on_a_rep_faults_once);
	tcase_add_test(t, rf_survives_single_steps_within_a_rep);
	tcase_add_test(t, an_interrupt_within_a_rep_keeps_the_breakpoint_off);
	tcase_add_test(t, mov_ss_holds_a_single_step_off_until_the_next_instruction_is_done);
	tcase_add_test(t, mov_ss_holds_a_breakpoint_on_the_next_instruction_off);
	tcase_add_test(t, a_data_breakpoint_of_mov_ss_comes_after_the_next_instruction);
	tcase_add_test(t, a_held_data_breakpoint_meets_the_handler_of_an_int);
	tcase_add_test(t, interrupts_wait_behind_mov_ss_and_sti);
	tcase_add_test(t, sti_hlt_waits_and_returns_behind_the_hlt);
	tcase_add_test(t, popf_that_sets_tf_steps_the_instruction_after_it);
	tcase_add_test(t, an_nmi_is_held_until_iret_and_only_one_is_kept);
	tcase_add_test(t, an_iret_that_faults_lets_nmis_in);
	tcase_add_test(t, a_blocked_nmi_wakes_nobody_and_a_free_one_does);
	return rig_main(s);
}
