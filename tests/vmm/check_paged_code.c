/* check_paged_code.c - a guest that changes its own page tables, as whole instructions: MOV to an entry, INVLPG, MOV CR3, a page fault and the
 * return from it. SDM 3A 4.10.4; tests/mmu/check_laziness.c has the rest. With the table watched and loose, under trap and bare. */
#include <string.h>

#include "tests/vmm/rig.h"

static const enum technique techniques[] = {TECH_TRAP, TECH_BARE};

enum { DIR = 0x100000, TABLE = 0x101000, PAGE_AT = 0x180000, PTE_AT = TABLE + 4 * (PAGE_AT >> 12) };

/* Writes another entry 64 times while the table is in use: it becomes loose. */
#define LOOSEN "\xb9\x40\0\0\0\xc7\x05\xfc\x1f\x10\0\0\0\0\0\xa1\0\0\x18\0\xe2\xef"
#define MAP(low, high) "\xc7\x05\0\x16\x10\0" low high "\x18\0" /* MOV DWORD [101600], */
#define INVLPG "\x0f\x01\x3d\0\0\x18\0"
#define CHANGES                                                                                          \
	"\xa1\0\0\x18\0" MAP("\x07", "\x90") INVLPG "\x8b\x1d\0\0\x18\0" MAP("\x07", "\xa0") \
	"\x0f\x20\xd9\x0f\x22\xd9\x8b\x0d\0\0\x18\0" MAP("\x06", "\xb0") INVLPG "\x8b\x15\0\0\x18\0"

static struct vm *paged(enum technique technique, const char *code, size_t n)
{
	struct vm *t = vm_new(technique, code, n);
	struct sysregs *s = vm_regs(t);
	store32(t->r->ram + DIR, TABLE | 7);
	for (u32 i = 0; i < 1024; i++)
		store32(t->r->ram + TABLE + 4 * i, i << 12 | 7);
	for (u32 i = 0x180; i < 0x190; i++)
		store32(t->r->ram + (i << 12), i);
	s->cr3 = DIR;
	mmu_set_cr3(&t->r->m, s->cr3);
	ck_assert_int_eq(sys_set_cr0(&t->r->c, s, s->cr0 | CR0_PG | CR0_WP), STEP_NEXT);
	ctx_update(&t->r->c);
	return t;
}

static void expect_changes(struct vm *t)
{
	const u64 *r = t->r->c.r;
	expect_event(t, VEC_PF);
	ck_assert_uint_lt(t->r->m.stats.trace_faults, 16); /* of the 64 writes of LOOSEN few were seen */
	ck_assert_uint_eq(vm_stack(t, 0), 0);
	ck_assert_uint_eq(vm_regs(t)->cr2, PAGE_AT);
	ck_assert_uint_eq(r[RAX], 0x180);
	ck_assert_uint_eq(r[RBX], 0x189); /* after INVLPG */
	ck_assert_uint_eq(r[RCX], 0x18a); /* after MOV CR3 */
	u32 present = 0x18b007;
	phys_write(&t->r->pm, PTE_AT, &present, 4); /* what the handler would do, without INVLPG: 4.10.2.1 */
	expect_event(t, PROGRAM_END);
	ck_assert_uint_eq(r[RDX], 0x18b);
	ck_assert_uint_eq(load32(t->r->ram + PTE_AT), 0x18b027); /* A */
}

START_TEST(a_guest_sees_its_changes_after_invlpg_and_cr3_loads)
{
	struct vm *t = paged(techniques[_i], CHANGES, sizeof CHANGES - 1);
	expect_changes(t);
	vm_free(t);
}
END_TEST

START_TEST(a_guest_sees_them_when_the_table_is_a_tlb_too)
{
	struct vm *t = paged(techniques[_i], LOOSEN CHANGES, sizeof LOOSEN CHANGES - 1);
	expect_changes(t);
	vm_free(t);
}
END_TEST

/* Without PCIDs announced CR4.PCIDE is reserved (SDM 3A 2.5), and INVPCID is no instruction. */
START_TEST(pcide_and_invpcid_are_not_there)
{
	static const char pcide[] = "\xb8\0\0\x02\0\x0f\x22\xe0", invpcid[] = "\x66\x0f\x38\x82\x00";
	struct vm *t = paged(techniques[_i], pcide, sizeof pcide - 1);
	expect_event(t, VEC_GP);
	ck_assert_uint_eq(vm_stack(t, 1), AT_CODE + 5);
	vm_free(t);
	t = paged(techniques[_i], invpcid, sizeof invpcid - 1);
	expect_event(t, VEC_UD);
	vm_free(t);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vmm paged code");
	TCase *t = tcase_create("paged code");
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	tcase_add_loop_test(t, a_guest_sees_its_changes_after_invlpg_and_cr3_loads, 0, ARRAY_LEN(techniques));
	tcase_add_loop_test(t, a_guest_sees_them_when_the_table_is_a_tlb_too, 0, ARRAY_LEN(techniques));
	tcase_add_loop_test(t, pcide_and_invpcid_are_not_there, 0, ARRAY_LEN(techniques));
	return rig_main(s);
}
