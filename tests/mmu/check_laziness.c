/* check_laziness.c - what may be stale in a TLB, and for how long: SDM 3A 4.10. An old translation may live until INVLPG, MOV CR3 or a
 * change of the mode, and never after; what was not present is never cached (4.10.2.1); rights that were given may fault once
 * more (4.10.4.3). Each test runs with the table watched, and loose (as a TLB); tests/vmm/check_paged_code.c has the guest's view. */
#include "tests/mmu/rig.h"

enum { WATCHED, LOOSE, WAYS };
enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, G = 0x100 };

static const gpa_t DIR = 0x100000, DIR_OTHER = 0x101000;
static const u64 PGE = 0x80;

static u32 frame_value(gpa_t frame)
{
	return (u32)(frame >> 12) ^ 0xfeed0000;
}

/* Frames 800000-80F000 say who they are; 1000-10000 are mapped to 801000 up in a table that is watched or loose. */
static struct rig *lazy_rig(int way, u64 cr4)
{
	struct rig *r = rig_new();
	for (gpa_t f = 0x800000; f < 0x820000; f += PAGE_SIZE)
		store32(r->pm.ram + f, frame_value(f));
	for (lin_t lin = 0x1000; lin <= 0x10000; lin += PAGE_SIZE)
		rig_map(r, DIR, lin, 0x800000 + lin, P | W | U);
	rig_put32(r, DIR_OTHER, rig_get32(r, DIR));
	rig_paging(r, DIR, RIG_PG_WP, cr4, 0);
	rig_load(r, 0x10000, 4);
	gpa_t unused = rig_pte_at(r, DIR, 0x300000);
	for (int i = 0; way == LOOSE && i < SHADOW_LEAF_WRITES; i++)
		rig_put32(r, unused, 0);
	ck_assert_int_eq(!!(r->pm.attr[unused >> 12] & PG_TABLE), way == WATCHED);
	return r;
}

static void expect_frame_at(struct rig *r, lin_t lin, gpa_t frame)
{
	ck_assert_uint_eq(rig_load(r, lin, 4), frame_value(frame));
}

static void expect_either(struct rig *r, lin_t lin, gpa_t a, gpa_t b)
{
	u64 v = rig_load(r, lin, 4);
	ck_assert(v == frame_value(a) || v == frame_value(b));
}

static void expect_pf(struct rig *r, lin_t lin, int acc, u32 error)
{
	ck_assert_int_eq(mmu_probe(&r->m, lin, 1, (enum access)acc), -1);
	ck_assert_uint_eq(r->m.fault.error, error);
	ck_assert_uint_eq(r->m.fault.cr2, lin);
}

static int try(struct rig *r, lin_t lin, int acc)
{
	return mmu_probe(&r->m, lin, 1, (enum access)acc);
}

START_TEST(a_moved_page_is_old_until_invlpg_at_most)
{
	struct rig *r = lazy_rig(_i, 0);
	expect_frame_at(r, 0x1000, 0x801000);
	rig_map(r, DIR, 0x1000, 0x812000, P | W | U);
	expect_either(r, 0x1000, 0x801000, 0x812000);
	mmu_invlpg(&r->m, 0x1abc);
	expect_frame_at(r, 0x1000, 0x812000);
	rig_free(r);
}
END_TEST

START_TEST(a_moved_page_is_old_until_a_cr3_load_at_most)
{
	struct rig *r = lazy_rig(_i, 0);
	expect_frame_at(r, 0x1000, 0x801000);
	expect_frame_at(r, 0x2000, 0x802000);
	rig_map(r, DIR, 0x1000, 0x812000, P | W | U);
	rig_map(r, DIR, 0x2000, 0x813000, P | W | U);
	mmu_set_cr3(&r->m, DIR); /* the same value flushes too */
	expect_frame_at(r, 0x1000, 0x812000);
	expect_frame_at(r, 0x2000, 0x813000);
	rig_map(r, DIR, 0x2000, 0x814000, P | W | U);
	mmu_set_cr3(&r->m, DIR_OTHER); /* shares the table */
	expect_frame_at(r, 0x2000, 0x814000);
	rig_free(r);
}
END_TEST

START_TEST(a_page_that_was_not_present_is_never_remembered)
{
	struct rig *r = lazy_rig(_i, 0);
	for (int i = 0; i < 20; i++) {
		rig_map(r, DIR, 0x1000, 0, 0);
		mmu_invlpg(&r->m, 0x1000);
		expect_pf(r, 0x1000, ACC_READ, 0);
		expect_pf(r, 0x1000, ACC_WRITE | ACC_USER, 6);
		rig_map(r, DIR, 0x1000, 0x810000 + PAGE_SIZE * (gpa_t)(i % 8), P | W | U); /* no INVLPG */
		expect_frame_at(r, 0x1000, 0x810000 + PAGE_SIZE * (gpa_t)(i % 8));
	}
	rig_free(r);
}
END_TEST

START_TEST(a_table_that_was_not_present_is_never_remembered)
{
	struct rig *r = lazy_rig(_i, 0);
	expect_pf(r, 0x800000, ACC_READ, 0);
	rig_map(r, DIR, 0x800000, 0x815000, P | W | U);
	expect_frame_at(r, 0x800000, 0x815000);
	u32 pde = rig_get32(r, DIR);
	rig_put32(r, DIR, 0);
	mmu_invlpg(&r->m, 0x3000);
	expect_pf(r, 0x3000, ACC_READ, 0);
	rig_put32(r, DIR, pde);
	expect_frame_at(r, 0x3000, 0x803000);
	rig_free(r);
}
END_TEST

/* 4.10.2.1: nor is an entry with reserved bits set. Bit 21 of a 4 MB page's is one (figure 4-4). */
START_TEST(reserved_bits_are_never_remembered)
{
	struct rig *r = lazy_rig(_i, 0x10);
	rig_put32(r, DIR + 4 * 3, 0x800000 | 1u << 21 | 0x80 | P | W | U);
	expect_pf(r, 0xc00000, ACC_READ, 9);
	rig_put32(r, DIR + 4 * 3, 0x800000 | 0x80 | P | W | U);
	expect_frame_at(r, 0xc05000, 0x805000);
	rig_free(r);
}
END_TEST

START_TEST(a_removed_page_may_answer_until_invlpg_and_not_after)
{
	struct rig *r = lazy_rig(_i, 0);
	expect_frame_at(r, 0x1000, 0x801000);
	rig_map(r, DIR, 0x1000, 0x801000, W | U);
	if (try(r, 0x1000, ACC_READ))
		ck_assert_uint_eq(r->m.fault.error, 0);
	mmu_invlpg(&r->m, 0x1000);
	expect_pf(r, 0x1000, ACC_READ, 0);
	rig_free(r);
}
END_TEST

START_TEST(given_rights_fault_once_more_at_most)
{
	static const struct { u32 before; int acc; } cases[] = {
		{P | U, ACC_WRITE}, {P | U, ACC_WRITE | ACC_USER}, {P | W, ACC_READ | ACC_USER}, {P, ACC_WRITE | ACC_USER}, {P | W, ACC_EXEC | ACC_USER},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig *r = lazy_rig(_i, 0);
		rig_map(r, DIR, 0x1000, 0x801000, cases[i].before);
		mmu_invlpg(&r->m, 0x1000);
		expect_frame_at(r, 0x1000, 0x801000);
		ck_assert_int_eq(try(r, 0x1000, cases[i].acc), -1);
		rig_map(r, DIR, 0x1000, 0x801000, P | W | U);
		if (try(r, 0x1000, cases[i].acc)) /* spurious, 4.10.4.3; a page fault invalidates what raised it, 4.10.4.1 */
			ck_assert_int_eq(try(r, 0x1000, cases[i].acc), 0);
		rig_free(r);
	}
}
END_TEST

START_TEST(taken_rights_hold_after_invlpg)
{
	static const struct { u32 after; int acc; u32 error; } cases[] = {
		{P | U, ACC_WRITE, 3}, {P | U, ACC_WRITE | ACC_USER, 7}, {P | W, ACC_READ | ACC_USER, 5}, {P, ACC_WRITE | ACC_USER, 7},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig *r = lazy_rig(_i, 0);
		ck_assert_int_eq(try(r, 0x1000, cases[i].acc), 0);
		rig_map(r, DIR, 0x1000, 0x801000, cases[i].after);
		try(r, 0x1000, cases[i].acc);
		mmu_invlpg(&r->m, 0x1000);
		expect_pf(r, 0x1000, cases[i].acc, cases[i].error);
		rig_free(r);
	}
}
END_TEST

/* 4.8: a cleared bit may stay clear while the old translation is used; after INVLPG the next access sets it. */
START_TEST(accessed_and_dirty_are_set_again_after_invlpg)
{
	struct rig *r = lazy_rig(_i, 0);
	gpa_t pte = rig_pte_at(r, DIR, 0x1000);
	ck_assert_uint_eq(rig_get32(r, pte) & (A | D), 0);
	rig_load(r, 0x1000, 4);
	ck_assert_uint_eq(rig_get32(r, pte) & (A | D), A);
	rig_store(r, 0x1000, 4, frame_value(0x801000)); /* D at the first write, also where the translation is cached */
	ck_assert_uint_eq(rig_get32(r, pte) & (A | D), A | D);
	rig_put32(r, pte, 0x801000 | P | W | U);
	rig_store(r, 0x1000, 4, 1);
	mmu_invlpg(&r->m, 0x1000);
	rig_put32(r, pte, 0x801000 | P | W | U);
	mmu_invlpg(&r->m, 0x1000);
	rig_load(r, 0x1000, 4);
	ck_assert_uint_eq(rig_get32(r, pte) & (A | D), A);
	rig_store(r, 0x1000, 4, 2);
	ck_assert_uint_eq(rig_get32(r, pte) & (A | D), A | D);
	rig_put32(r, pte, 0x801000 | P | W | U | A);
	mmu_set_cr3(&r->m, DIR);
	rig_store(r, 0x1000, 4, 3);
	ck_assert_uint_eq(rig_get32(r, pte) & D, D);
	rig_free(r);
}
END_TEST

START_TEST(a_refused_access_sets_no_dirty)
{
	struct rig *r = lazy_rig(_i, 0);
	gpa_t pte = rig_pte_at(r, DIR, 0x1000);
	rig_put32(r, pte, 0x801000 | P | U);
	mmu_invlpg(&r->m, 0x1000);
	expect_pf(r, 0x1000, ACC_WRITE, 3);
	ck_assert_uint_eq(rig_get32(r, pte) & D, 0);
	rig_free(r);
}
END_TEST

START_TEST(global_pages_may_survive_cr3_loads_and_nothing_else)
{
	for (int pge = 0; pge < 2; pge++) {
		struct rig *r = lazy_rig(_i, pge ? PGE : 0);
		rig_map(r, DIR, 0x1000, 0x801000, P | W | U | G);
		mmu_invlpg(&r->m, 0x1000);
		expect_frame_at(r, 0x1000, 0x801000);
		rig_map(r, DIR, 0x1000, 0x812000, P | W | U | G);
		mmu_set_cr3(&r->m, DIR);
		if (pge)
			expect_either(r, 0x1000, 0x801000, 0x812000);
		else
			expect_frame_at(r, 0x1000, 0x812000); /* 4.10.2.4: G means nothing without CR4.PGE */
		mmu_invlpg(&r->m, 0x1000);
		expect_frame_at(r, 0x1000, 0x812000);
		rig_map(r, DIR, 0x1000, 0x813000, P | W | U | G);
		mmu_set_mode(&r->m, RIG_PG_WP, pge ? 0 : PGE, 0); /* 4.10.4.1: a change of PGE drops all */
		expect_frame_at(r, 0x1000, 0x813000);
		rig_map(r, DIR, 0x1000, 0x814000, P | W | U | G);
		mmu_set_mode(&r->m, 1, PGE, 0);
		mmu_set_mode(&r->m, RIG_PG_WP, PGE, 0); /* PG off and on */
		expect_frame_at(r, 0x1000, 0x814000);
		rig_free(r);
	}
}
END_TEST

/* 4.10.4.1: INVLPG drops the cached directory entries of all addresses, so a page not used before goes through the new table. */
START_TEST(invlpg_of_any_page_makes_directory_entries_new)
{
	struct rig *r = lazy_rig(_i, 0);
	gpa_t table = rig_table(r);
	for (u32 i = 0; i < 16; i++)
		rig_put32(r, table + 4 * i, (0x810000 + PAGE_SIZE * i) | P | W | U);
	expect_frame_at(r, 0x1000, 0x801000);
	rig_put32(r, DIR, (u32)table | P | W | U);
	mmu_invlpg(&r->m, 0x700000);
	expect_frame_at(r, 0x5000, 0x815000);
	mmu_invlpg(&r->m, 0x1000);
	expect_frame_at(r, 0x1000, 0x811000);
	rig_free(r);
}
END_TEST

/* Without PCIDE bits 11-5 and 2-0 of CR3 are ignored: they name no other space (table 4-12 is for PCIDE alone). */
START_TEST(the_low_bits_of_cr3_separate_nothing)
{
	struct rig *r = lazy_rig(_i, 0);
	for (u32 low = 0; low < 0x1000; low += 0x111) {
		mmu_set_cr3(&r->m, DIR | low);
		rig_map(r, DIR, 0x1000, 0x810000 + ((low & 7) << 12), P | W | U);
		mmu_set_cr3(&r->m, DIR | (low ^ 0xfff));
		expect_frame_at(r, 0x1000, 0x810000 + ((low & 7) << 12));
		expect_frame_at(r, 0x2000, 0x802000);
	}
	rig_free(r);
}
END_TEST

/* ---- at random, against all that 4.10 allows ---------------------------------------------------------------- */

#define PAGES 8
#define HISTORY 4096

/* What a processor may have cached of a page: every entry that was present since it was last invalidated. */
struct memory_of {
	u32 pte[HISTORY];
	int n;
};

struct lazy {
	struct rig *r;
	struct memory_of page[PAGES];
	u64 seed;
};

static u32 rnd(struct lazy *z, u32 n)
{
	z->seed = z->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(z->seed >> 33) % n;
}

static gpa_t pte_of(struct lazy *z, int page)
{
	return rig_pte_at(z->r, DIR, 0x1000 + PAGE_SIZE * (lin_t)page);
}

/* Only the present entry is left; global ones stay over a CR3 load. */
static void invalidate(struct lazy *z, int page, bool keep_global)
{
	struct memory_of *m = &z->page[page];
	int kept = 0;
	for (int i = 0; i < m->n; i++)
		if (keep_global && m->pte[i] & G)
			m->pte[kept++] = m->pte[i];
	m->n = kept;
	m->pte[m->n++] = rig_get32(z->r, pte_of(z, page));
}

/* 0: allowed; else the error code. CR0.WP is set. */
static u32 outcome(u32 pte, int acc)
{
	u32 error = (acc & ACC_WRITE ? 2 : 0) | (acc & ACC_USER ? 4 : 0);
	if (!(pte & P))
		return error | 0x100;
	bool bad = (acc & ACC_USER && !(pte & U)) || (acc & ACC_WRITE && !(pte & W));
	return bad ? error | 1 : 0;
}

static void access_page(struct lazy *z, int page)
{
	struct memory_of *m = &z->page[page];
	lin_t lin = 0x1000 + PAGE_SIZE * (lin_t)page;
	int acc = (rnd(z, 2) ? ACC_WRITE : ACC_READ) | (rnd(z, 2) ? ACC_USER : 0);
	u64 v = 0;
	int r = acc & ACC_WRITE ? mmu_probe(&z->r->m, lin, 1, (enum access)acc) : mmu_load(&z->r->m, lin, 4, (enum access)acc, &v);
	u32 now = rig_get32(z->r, pte_of(z, page)), got = r ? z->r->m.fault.error | (z->r->m.fault.error & 1 ? 0 : 0x100) : 0;
	bool explained = false;
	for (int i = 0; i < m->n && !explained; i++)
		explained = outcome(m->pte[i], acc) == got && (r || acc & ACC_WRITE || v == frame_value(m->pte[i] & 0xfffff000));
	ck_assert_msg(explained, "page %d, access %d: %#x, value %#llx, entry %#x, %d in memory", page, acc, got, (unsigned long long)v, now, m->n);
	if (!r && m->n == 1) { /* nothing old: the bits must be there */
		ck_assert(now & A);
		ck_assert(!(acc & ACC_WRITE) || now & D);
	}
	if (r)
		invalidate(z, page, false);
}

static void change_page(struct lazy *z, int page)
{
	struct memory_of *m = &z->page[page];
	u32 pte = 0x810000 + (rnd(z, 16) << 12) + (rnd(z, 4) ? P : 0) + (rnd(z, 4) ? W : 0) + (rnd(z, 3) ? U : 0) + (rnd(z, 3) ? 0 : G);
	rig_put32(z->r, pte_of(z, page), pte);
	if (m->n && !(m->pte[m->n - 1] & P)) /* the entry that was not present is in no cache */
		m->n--;
	if (m->n < HISTORY)
		m->pte[m->n++] = pte;
}

START_TEST(random_changes_are_stale_no_longer_than_allowed)
{
	struct lazy z = {.r = lazy_rig(_i % WAYS, PGE), .seed = (u64)_i + 1};
	for (int p = 0; p < PAGES; p++)
		invalidate(&z, p, false);
	for (int i = 0; i < 60000; i++) {
		int page = (int)rnd(&z, PAGES);
		switch (rnd(&z, 12)) {
		case 0: case 1: case 2:
			change_page(&z, page);
			break;
		case 3: case 4:
			mmu_invlpg(&z.r->m, 0x1000 + PAGE_SIZE * (lin_t)page + rnd(&z, PAGE_SIZE));
			invalidate(&z, page, false);
			break;
		case 5:
			mmu_set_cr3(&z.r->m, rnd(&z, 2) ? DIR : DIR_OTHER);
			for (int p = 0; p < PAGES; p++)
				invalidate(&z, p, true);
			break;
		default:
			access_page(&z, page);
		}
	}
	rig_free(z.r);
}
END_TEST

static TCase *all(void)
{
	TCase *t = tcase_create("laziness");
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, a_moved_page_is_old_until_invlpg_at_most, 0, WAYS);
	tcase_add_loop_test(t, a_moved_page_is_old_until_a_cr3_load_at_most, 0, WAYS);
	tcase_add_loop_test(t, a_page_that_was_not_present_is_never_remembered, 0, WAYS);
	tcase_add_loop_test(t, a_table_that_was_not_present_is_never_remembered, 0, WAYS);
	tcase_add_loop_test(t, reserved_bits_are_never_remembered, 0, WAYS);
	tcase_add_loop_test(t, a_removed_page_may_answer_until_invlpg_and_not_after, 0, WAYS);
	tcase_add_loop_test(t, given_rights_fault_once_more_at_most, 0, WAYS);
	tcase_add_loop_test(t, taken_rights_hold_after_invlpg, 0, WAYS);
	tcase_add_loop_test(t, accessed_and_dirty_are_set_again_after_invlpg, 0, WAYS);
	tcase_add_loop_test(t, a_refused_access_sets_no_dirty, 0, WAYS);
	tcase_add_loop_test(t, global_pages_may_survive_cr3_loads_and_nothing_else, 0, WAYS);
	tcase_add_loop_test(t, invlpg_of_any_page_makes_directory_entries_new, 0, WAYS);
	tcase_add_loop_test(t, the_low_bits_of_cr3_separate_nothing, 0, WAYS);
	tcase_add_loop_test(t, random_changes_are_stale_no_longer_than_allowed, 0, 10 * WAYS);
	return t;
}

int main(void)
{
	static TCase *(*const cases[])(void) = {all};
	return rig_run(cases, 1, "laziness");
}
