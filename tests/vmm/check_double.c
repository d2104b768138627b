/* Faults while an event is being delivered: table 6-5 of SDM 3A in full, shutdown, and faults past a task switch's commit point. Each test
 * runs under trap and bare. */
#include "tests/vmm/rig.h"

static const enum technique techniques[] = {TECH_TRAP, TECH_BARE};
#define BOTH for (int k = 0; k < 2; k++)

enum { NO_PAGE = 0x300000, NO_GDT_PAGE = 0x10000, SEL_NO_PAGE = NO_GDT_PAGE - AT_GDT, SEL_ABSENT = SEL_FREE };

/* Identical but for two pages; the GDT's limit reaches into one of them. */
static void map_pages(struct vm *t)
{
	struct sysregs *s = vm_regs(t);
	u8 *ram = t->r->ram;
	store32(ram + 0x100000, 0x101007);
	for (u32 i = 0; i < 1024; i++)
		store32(ram + 0x101000 + 4 * i, i << 12 | (i == NO_PAGE >> 12 || i == NO_GDT_PAGE >> 12 ? 6 : 7));
	s->gdtr.limit = 0xffff;
	s->cr3 = 0x100000;
	mmu_set_cr3(&t->r->m, s->cr3);
	ck_assert_int_eq(sys_set_cr0(&t->r->c, s, s->cr0 | CR0_PG), STEP_NEXT);
	set_desc(t->r, SEL_ABSENT, make_desc(0, 0xfffff, kind_attr(K_DATA, 0) & ~(u32)SEG_P));
	ctx_update(&t->r->c);
}

enum kind { BENIGN, CONTRIBUTORY, PAGE };

static const struct first {
	int vec;
	enum kind kind;
	const char *code;
	size_t n;
	u32 at; /* of the instruction that raises it; traps: behind it */
} firsts[] = {
	{VEC_DE, CONTRIBUTORY, "\x31\xc9\xf7\xf1", 4, 2},
	{VEC_BP, BENIGN, "\xcc", 1, 1},
	{VEC_UD, BENIGN, "\x0f\x0b", 2, 0},
	{VEC_NM, BENIGN, "\xd9\xd0", 2, 0},
	{VEC_TS, CONTRIBUTORY, "\xcf", 1, 0}, /* IRET with NT and no back link */
	{VEC_NP, CONTRIBUTORY, "\xb8\x18\x01\0\0\x8e\xd8", 7, 5},
	{VEC_SS, CONTRIBUTORY, "\xb8\x18\x01\0\0\x8e\xd0", 7, 5},
	{VEC_GP, CONTRIBUTORY, "\xb8\xf0\x01\0\0\x8e\xd8", 7, 5},
	{VEC_PF, PAGE, "\xa1\0\0\x30\0", 5, 0},
};

static struct vm *first_vm(enum technique technique, const struct first *f)
{
	struct vm *t = vm_new(technique, f->code, f->n);
	map_pages(t);
	if (f->vec == VEC_NM)
		vm_regs(t)->cr0 |= CR0_TS;
	if (f->vec == VEC_TS)
		vm_regs(t)->eflags |= EF_NT;
	ctx_update(&t->r->c);
	return t;
}

/* Ways to break a gate, and what a delivery through it meets */
static const struct second {
	int vec;
	enum kind kind;
} seconds[] = {{VEC_NP, CONTRIBUTORY}, {VEC_GP, CONTRIBUTORY}, {VEC_PF, PAGE}};

static void break_gate(struct vm *t, int vec, int with)
{
	u32 handler = AT_HANDLERS + 16u * (u32)vec;
	u64 gate = make_gate(with == VEC_PF ? SEL_NO_PAGE : with == VEC_GP ? 0 : SEL(K_CODE, 0), handler, 14, 3, 0);
	set_idt(t->r, vec, with == VEC_NP ? gate & ~(1ull << 47) : gate);
}

static bool makes_double(enum kind a, enum kind b)
{
	return (a == CONTRIBUTORY && b == CONTRIBUTORY) || (a == PAGE && b != BENIGN);
}

/* The error code that the second exception carries: SDM 3A 6.13. INT3 is not external. */
static u32 second_error(int first, int second)
{
	u32 ext = first != VEC_BP;
	if (second == VEC_NP)
		return (u32)first * 8 + 2 + ext;
	return second == VEC_GP ? ext : 0; /* null selector; a supervisor's read of an absent page */
}

START_TEST(the_double_fault_table_holds)
{
	BOTH for (size_t i = 0; i < ARRAY_LEN(firsts); i++)
		for (size_t j = 0; j < ARRAY_LEN(seconds); j++) {
			struct vm *t = first_vm(techniques[k], &firsts[i]);
			int a = firsts[i].vec, b = seconds[j].vec;
			bool doubles = makes_double(firsts[i].kind, seconds[j].kind);
			break_gate(t, a, b);
			expect_event(t, doubles ? VEC_DF : b);
			ck_assert_uint_eq(vm_stack(t, 0), doubles ? 0 : second_error(a, b));
			ck_assert_uint_eq(vm_stack(t, 1), AT_CODE + firsts[i].at - (a == VEC_BP));
			if (b == VEC_PF)
				ck_assert_uint_eq(vm_regs(t)->cr2, AT_GDT + SEL_NO_PAGE);
			vm_free(t);
		}
}
END_TEST

START_TEST(a_fault_in_the_delivery_of_a_double_fault_shuts_down)
{
	BOTH for (size_t j = 0; j < ARRAY_LEN(seconds); j++) {
		struct vm *t = first_vm(techniques[k], &firsts[0]);
		break_gate(t, VEC_DE, VEC_NP);
		break_gate(t, VEC_DF, seconds[j].vec);
		expect_event(t, SHUTDOWN);
		ck_assert_int_eq(vm_regs(t)->activity, ACT_SHUTDOWN);
		ck_assert_uint_eq(t->v.stats.triple_faults, 1);
		ck_assert_uint_eq(t->r->c.r[RSP], STACK_TOP(0) - 0x100); /* nothing was pushed */
		vm_free(t);
	}
}
END_TEST

/* Interrupts and NMIs are of no class: what their delivery meets comes as itself, with EXT. */
START_TEST(an_interrupt_never_makes_a_double_fault)
{
	BOTH for (size_t j = 0; j < ARRAY_LEN(seconds); j++)
		for (int is_nmi = 0; is_nmi < 2; is_nmi++) {
			struct vm *t = VM(techniques[k], "\x90");
			map_pages(t);
			t->vector = is_nmi ? VEC_NMI : 0x40;
			break_gate(t, t->vector, seconds[j].vec);
			vm_regs(t)->eflags |= EF_IF;
			if (is_nmi)
				vmm_set_nmi(&t->v, 0, 1);
			else
				vmm_set_intr(&t->v, 0, 1);
			expect_event(t, seconds[j].vec);
			ck_assert_uint_eq(vm_stack(t, 0), second_error(t->vector, seconds[j].vec));
			ck_assert_uint_eq(vm_stack(t, 1), AT_CODE);
			vm_free(t);
		}
}
END_TEST

/* A third and fourth exception: #PF's gate leads to #NP, one class after the other. */
START_TEST(a_chain_of_faults_ends_at_the_first_handler_that_works)
{
	BOTH {
		struct vm *t = first_vm(techniques[k], &firsts[2]); /* #UD, benign */
		break_gate(t, VEC_UD, VEC_PF);
		break_gate(t, VEC_PF, VEC_NP);
		expect_event(t, VEC_DF); /* #UD, #PF: one after the other. #PF, #NP: double */
		ck_assert_uint_eq(vm_stack(t, 1), AT_CODE);
		ck_assert_uint_eq(t->v.stats.exceptions[VEC_DF], 1);
		vm_free(t);
	}
}
END_TEST

/* ---- past a task switch's commit point (7.3) ------------------------------------------------------------------- */

enum { NEW_EIP = AT_CODE + 0x80, BAD_SS = SEL(K_READ_ONLY, 3) | 3 };

/* Vector 45 is a task gate to a task of ring 3 whose SS is read-only: #TS arises in the new task. */
static void make_bad_task(struct vm *t)
{
	u8 *tss = t->r->ram + AT_TSS2;
	store32(tss + 4, STACK_TOP(1));
	store32(tss + 8, SEL(K_DATA, 0));
	store32(tss + 0x20, NEW_EIP);
	store32(tss + 0x24, EF_FIXED);
	store32(tss + 0x38, STACK_TOP(3));
	store32(tss + 0x4c, SEL(K_CODE, 3) | 3);
	store32(tss + 0x50, BAD_SS);
	set_idt(t->r, 0x45, make_gate(SEL_TSS2, 0, 5, 3, 0));
}

START_TEST(a_fault_past_the_commit_point_returns_to_the_new_task)
{
	BOTH for (int way = 0; way < 3; way++) {
		struct vm *t = way == 0 ? VM(techniques[k], "\xcd\x45") : way == 1 ? VM(techniques[k], "\x90") : VM(techniques[k], "\x0f\x0b");
		make_bad_task(t);
		if (way == 1) {
			vm_regs(t)->eflags |= EF_IF;
			t->vector = 0x45;
			vmm_set_intr(&t->v, 0, 1);
		}
		if (way == 2)
			set_idt(t->r, VEC_UD, make_gate(SEL_TSS2, 0, 5, 3, 0));
		expect_event(t, VEC_TS);
		ck_assert_uint_eq(vm_stack(t, 0), (BAD_SS & 0xfffc) | (way > 0)); /* EXT */
		ck_assert_uint_eq(vm_stack(t, 1), NEW_EIP);
		ck_assert_uint_eq(vm_stack(t, 2), SEL(K_CODE, 3) | 3);
		ck_assert_uint_eq(vm_regs(t)->tr.sel, SEL_TSS2);
		/* what the old task will go on with was saved: behind INT n, at the others */
		ck_assert_uint_eq(load32(t->r->ram + AT_TSS + 0x20), AT_CODE + (way == 0 ? 2 : 0));
		vm_free(t);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vmm double faults");
	TCase *t = tcase_create("double");
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	tcase_add_test(t, the_double_fault_table_holds);
	tcase_add_test(t, a_fault_in_the_delivery_of_a_double_fault_shuts_down);
	tcase_add_test(t, an_interrupt_never_makes_a_double_fault);
	tcase_add_test(t, a_chain_of_faults_ends_at_the_first_handler_that_works);
	tcase_add_test(t, a_fault_past_the_commit_point_returns_to_the_new_task);
	return rig_main(s);
}
