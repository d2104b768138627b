/* check_mmu_speed.c - prints what the paths of the MMU cost on this host; fails only if a count is wrong. */
#include <stdio.h>

#include "tests/mmu/rig.h"

#define WIN 0x40000000u
#define PAGES 4096

static void report(const char *what, double seconds, double times)
{
	printf("  %-52s %8.1f ns\n", what, seconds / times * 1e9);
}

static struct rig *spaces(gpa_t dir[2])
{
	struct rig *r = rig_new();

	r->m.verify = false;
	for (int s = 0; s < 2; s++) {
		dir[s] = rig_table(r);
		for (u32 i = 0; i < PAGES; i++)
			rig_map(r, dir[s], WIN + i * PAGE_SIZE, 0x800000 + i * PAGE_SIZE, 7);
	}
	rig_paging(r, dir[0], RIG_PG_WP, 0, 0);
	return r;
}

START_TEST(tlb_misses_are_served_from_the_shadow)
{
	gpa_t dir[2];
	struct rig *r = spaces(dir);
	u64 walks, v, sum = 0;
	double t;

	for (u32 i = 0; i < PAGES; i++)
		rig_store(r, WIN + i * PAGE_SIZE + (i * 68 & 0xffc), 4, i);
	walks = r->m.stats.walks;
	t = rig_seconds();
	for (int p = 0; p < 100; p++)
		for (u32 i = 0; i < PAGES; i++) {
			mmu_load(&r->m, WIN + i * PAGE_SIZE + (i * 68 & 0xffc), 4, ACC_READ, &v);
			sum += v;
		}
	report("TLB miss served from the shadow (4096 pages)", rig_seconds() - t, 100.0 * PAGES);
	ck_assert_uint_eq(r->m.stats.walks, walks);
	ck_assert_uint_eq(sum, 100ull * PAGES * (PAGES - 1) / 2);
	t = rig_seconds();
	for (int i = 0; i < 1000000; i++)
		mmu_load(&r->m, WIN, 4, ACC_READ, &v);
	report("TLB hit through mmu_load", rig_seconds() - t, 1e6);
	rig_free(r);
}
END_TEST

START_TEST(a_million_cr3_loads_walk_nothing)
{
	gpa_t dir[2];
	struct rig *r = spaces(dir);
	u64 walks = 0, v;
	double t = 0;

	for (int i = -2; i < 1000000; i++) {
		if (i == 0) {
			walks = r->m.stats.walks;
			t = rig_seconds();
		}
		mmu_set_cr3(&r->m, dir[i & 1]);
		mmu_load(&r->m, WIN, 4, ACC_READ, &v);
	}
	report("CR3 load and one page after it", rig_seconds() - t, 1e6);
	ck_assert_uint_eq(r->m.stats.walks, walks);
	for (int i = -2; i < 100000; i++) {
		if (i == 0)
			t = rig_seconds();
		mmu_set_cr3(&r->m, dir[i & 1]);
		for (u32 k = 0; k < 12; k++)
			mmu_load(&r->m, WIN + k * PAGE_SIZE, 4, ACC_READ, &v);
	}
	report("CR3 load and twelve pages after it", rig_seconds() - t, 1e5);
	rig_free(r);
}
END_TEST

START_TEST(hidden_faults_and_true_faults)
{
	gpa_t dir[2];
	struct rig *r = spaces(dir);
	double t, spent = 0;
	u64 v;

	for (int p = 0; p < 20; p++) {
		mmu_flush_all(&r->m);
		t = rig_seconds();
		for (u32 i = 0; i < PAGES; i++)
			mmu_load(&r->m, WIN + i * PAGE_SIZE, 4, ACC_READ, &v);
		spent += rig_seconds() - t;
	}
	report("hidden fault (walk, shadow and TLB filled)", spent, 20.0 * PAGES);
	t = rig_seconds();
	for (int i = 0; i < 1000000; i++)
		mmu_load(&r->m, 0x80000000u, 4, ACC_READ, &v);
	report("true fault, directory entry not present", rig_seconds() - t, 1e6);
	rig_free(r);
}
END_TEST

START_TEST(trace_faults)
{
	gpa_t dir[2];
	struct rig *r = spaces(dir);
	double t, spent = 0;
	gpa_t pte = rig_pte_at(r, dir[0], WIN);
	u64 v;

	r->m.shadow->leaf_writes = ~0u;
	rig_map(r, dir[0], 0x1000, pte & PAGE_MASK, 3); /* the page table, seen at 1000 */
	mmu_load(&r->m, WIN, 4, ACC_READ, &v);
	rig_store(r, 0x1008, 4, 0x900007);
	t = rig_seconds();
	for (int i = 0; i < 1000000; i++)
		mmu_store(&r->m, 0x1008, 4, ACC_WRITE, 0x900007);
	report("trace fault, entry not in the shadow", rig_seconds() - t, 1e6);
	for (int i = 0; i < 200000; i++) {
		mmu_load(&r->m, WIN, 4, ACC_READ, &v);
		t = rig_seconds();
		mmu_store(&r->m, 0x1000, 4, ACC_WRITE, 0x900027);
		spent += rig_seconds() - t;
	}
	report("trace fault, entry dropped (clock included)", spent, 2e5);
	rig_free(r);
}
END_TEST

START_TEST(remapping_with_invlpg)
{
	gpa_t dir[2];
	struct rig *r = spaces(dir);
	gpa_t pte = rig_pte_at(r, dir[0], WIN);
	double t;
	u64 v;

	rig_map(r, dir[0], 0x1000, pte & PAGE_MASK, 3);
	t = rig_seconds();
	for (u32 i = 0; i < 1000000; i++) {
		mmu_store(&r->m, 0x1000, 4, ACC_WRITE, (0x800000 + (i & 63) * PAGE_SIZE) | 7);
		mmu_invlpg(&r->m, WIN);
		mmu_load(&r->m, WIN, 4, ACC_READ, &v);
		mmu_store(&r->m, WIN + 8, 4, ACC_WRITE, i);
	}
	report("write PTE, INVLPG, load, store (workload invlpg)", rig_seconds() - t, 1e6);
	rig_free(r);
}
END_TEST

START_TEST(demand_mapping)
{
	gpa_t dir[2];
	struct rig *r = spaces(dir);
	gpa_t pt = rig_pte_at(r, dir[0], 0x60000000) & PAGE_MASK;
	int faults = 0;
	double t;

	rig_map(r, dir[0], 0x1000, pt, 3);
	t = rig_seconds();
	for (u32 n = 0; n < 100; n++) {
		for (u32 i = 0; i < 1024; i++)
			mmu_store(&r->m, 0x1000 + i * 4, 4, ACC_WRITE, 0);
		mmu_set_cr3(&r->m, dir[0]);
		for (u32 i = 0; i < 1024; i++) {
			lin_t lin = 0x60000000 + i * PAGE_SIZE + 16;

			faults += mmu_store(&r->m, lin, 4, ACC_WRITE, i) < 0;
			mmu_store(&r->m, 0x1000 + i * 4, 4, ACC_WRITE, (0x800000 + (i & 63) * PAGE_SIZE) | 7);
			faults += mmu_store(&r->m, lin, 4, ACC_WRITE, i) < 0;
		}
	}
	report("clear, fault, map, store (workload pf-storm)", rig_seconds() - t, 100 * 1024);
	ck_assert_int_eq(faults, 100 * 1024);
	printf("  %-52s %8.3f\n", "  trace faults each", (double)r->m.stats.trace_faults / (100 * 1024));
	rig_free(r);
}
END_TEST

START_TEST(code_and_data_in_one_page)
{
	struct rig *r = rig_new();
	double t;

	rig_store(r, 0x5000, 4, 1);
	r->pm.attr[5] |= PG_CODE;
	mmu_page_attr_changed(&r->m, 0x5000);
	t = rig_seconds();
	for (int i = 0; i < 1000000; i++)
		mmu_store(&r->m, 0x5000, 4, ACC_WRITE, 1);
	report("store to a page with code", rig_seconds() - t, 1e6);
	ck_assert_int_eq(r->code_writes, 1000000);
	r->code_clears = true;
	t = rig_seconds();
	for (int i = 0; i < 1000000; i++) {
		mmu_store(&r->m, 0x5000, 4, ACC_WRITE, 1);
		r->pm.attr[5] |= PG_CODE;
		mmu_page_attr_changed(&r->m, 0x5000);
	}
	report("store drops the code, code comes back", rig_seconds() - t, 1e6);
	ck_assert_int_eq(r->code_writes, 2000000);
	rig_free(r);
}
END_TEST

static TCase *speed(void)
{
	TCase *t = tcase_create("speed");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, tlb_misses_are_served_from_the_shadow);
	tcase_add_test(t, a_million_cr3_loads_walk_nothing);
	tcase_add_test(t, hidden_faults_and_true_faults);
	tcase_add_test(t, trace_faults);
	tcase_add_test(t, remapping_with_invlpg);
	tcase_add_test(t, demand_mapping);
	tcase_add_test(t, code_and_data_in_one_page);
	return t;
}

int main(void)
{
	static TCase *(*const cases[])(void) = {speed};

	return rig_run(cases, ARRAY_LEN(cases), "what the MMU costs");
}
