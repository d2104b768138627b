/* check_shadow.c - the shadow stays true: CR3 loads, INVLPG, global pages, traces, loose tables, eviction, and a long
 * random run against a second walker. SDM 3A 4.10 says what may be stale; the shadow promises more.
 */
#include <stdio.h>

#include "tests/mmu/rig.h"

static const gpa_t DIR_A = 0x100000, DIR_B = 0x101000;

/* Two spaces: 1000 differs, 400000 is a shared table */
static struct rig *two_spaces(void)
{
	struct rig *r = rig_new();

	rig_map(r, DIR_A, 0x1000, 0x801000, 7);
	rig_map(r, DIR_B, 0x1000, 0x802000, 7);
	rig_map(r, DIR_A, 0x400000, 0x803000, 0x107); /* G */
	rig_put32(r, DIR_B + 4, rig_get32(r, DIR_A + 4));
	store32(r->pm.ram + 0x801000, 'A');
	store32(r->pm.ram + 0x802000, 'B');
	store32(r->pm.ram + 0x803000, 'G');
	store32(r->pm.ram + 0x804000, 'H');
	rig_paging(r, DIR_A, RIG_PG_WP, 0, 0);
	return r;
}

START_TEST(a_million_switches_between_two_spaces_walk_nothing)
{
	struct rig *r = two_spaces();
	u64 walks = 0, v;
	int wrong = 0;

	for (int i = -2; i < 1000000; i++) {
		if (!i)
			walks = r->m.stats.walks;
		mmu_set_cr3(&r->m, i & 1 ? DIR_B : DIR_A);
		wrong += mmu_load(&r->m, 0x1000, 4, ACC_READ, &v) || v != (i & 1 ? 'B' : 'A');
		wrong += mmu_load(&r->m, 0x400000, 4, ACC_READ, &v) || v != 'G';
	}
	ck_assert_int_eq(wrong, 0);
	ck_assert_uint_eq(r->m.stats.walks, walks);
	rig_free(r);
}
END_TEST

START_TEST(cr3_loads_and_invlpg_change_the_generation)
{
	struct rig *r = two_spaces();
	int changes = r->changes;
	u64 g = r->m.generation;

	mmu_set_cr3(&r->m, DIR_B);
	ck_assert_uint_gt(r->m.generation, g);
	g = r->m.generation;
	mmu_invlpg(&r->m, 0x1000);
	ck_assert_uint_gt(r->m.generation, g);
	g = r->m.generation;
	mmu_set_a20(&r->m, false);
	ck_assert_uint_gt(r->m.generation, g);
	ck_assert_int_ge(r->changes, changes + 3);
	g = r->m.generation;
	mmu_set_mode(&r->m, RIG_PG_WP | 8, 0, 0); /* TS is nothing to the MMU */
	ck_assert_uint_eq(r->m.generation, g);
	rig_free(r);
}
END_TEST

START_TEST(a_table_write_is_seen_at_once_and_in_the_other_space)
{
	struct rig *r = two_spaces();
	gpa_t pte = rig_pte_at(r, DIR_A, 0x400000);
	u64 g;

	rig_map(r, DIR_A, 0x2000, pte & PAGE_MASK, 7);
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'G');
	mmu_set_cr3(&r->m, DIR_B);
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'G');
	mmu_set_cr3(&r->m, DIR_A);
	g = r->m.generation;
	rig_store(r, 0x2000, 4, 0x804007);
	ck_assert_uint_gt(r->m.generation, g);
	ck_assert_uint_eq(r->m.stats.trace_faults, 1);
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'H');
	mmu_set_cr3(&r->m, DIR_B);
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'H');
	g = r->m.generation;
	rig_put32(r, pte + 4, 0x803007); /* was not present: nothing may lead elsewhere */
	ck_assert_uint_eq(r->m.generation, g);
	rig_put32(r, pte, 0);
	ck_assert_uint_gt(r->m.generation, g);
	ck_assert_int_eq(mmu_probe(&r->m, 0x400000, 1, ACC_READ), -1);
	rig_free(r);
}
END_TEST

/* SDM 3A 4.10.4.1: MOV CR3 alone suffices for pages that are not global, whatever it loads. */
START_TEST(a_change_without_invlpg_is_seen_after_mov_cr3)
{
	for (u32 writes = 1; writes <= 1000; writes += 999) {
		struct rig *r = two_spaces();
		gpa_t pte = rig_pte_at(r, DIR_A, 0x1000);

		r->m.shadow->leaf_writes = writes; /* 1: the table is loose after the first */
		for (u32 i = 0; i < 40; i++) {
			ck_assert_uint_eq(rig_load(r, 0x1000, 4), i & 1 ? 'H' : 'A');
			rig_put32(r, pte, (i & 1 ? 0x801000 : 0x804000) | 7);
			if (i & 2)
				mmu_set_cr3(&r->m, DIR_B);
			if (i & 4 && i & 2)
				ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'B');
			mmu_set_cr3(&r->m, DIR_A);
		}
		rig_put32(r, pte, 0);
		mmu_set_cr3(&r->m, DIR_A);
		ck_assert_int_eq(mmu_probe(&r->m, 0x1000, 1, ACC_READ), -1);
		rig_free(r);
	}
}
END_TEST

START_TEST(a_directory_entry_drops_its_own_pages_only)
{
	struct rig *r = two_spaces();

	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'G');
	rig_put32(r, DIR_A + 4, 0);
	ck_assert_int_eq(r->change, MAPPING_REGION);
	ck_assert_uint_eq(r->change_lin, 0x400000);
	ck_assert_uint_eq(tlb_at(&r->m.sup, 0x1000)->read, 0x1000);
	ck_assert_int_eq(mmu_probe(&r->m, 0x400000, 1, ACC_READ), -1);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	rig_free(r);
}
END_TEST

START_TEST(a_table_in_two_places_drops_a_page_in_both)
{
	struct rig *r = two_spaces();
	gpa_t pte = rig_pte_at(r, DIR_A, 0x400000);

	rig_put32(r, DIR_A + 12, rig_get32(r, DIR_A + 4));
	for (int i = 0; i < 8; i++) {
		u32 wanted = i & 1 ? 'H' : 'G';

		ck_assert_uint_eq(rig_load(r, i & 2 ? 0xc00000 : 0x400000, 4), wanted);
		ck_assert_uint_eq(rig_load(r, i & 2 ? 0x400000 : 0xc00000, 4), wanted);
		ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
		rig_put32(r, pte, (i & 1 ? 0x803000 : 0x804000) | 7);
		ck_assert_int_eq(r->change, MAPPING_ALIKE);
		ck_assert_uint_eq(tlb_at(&r->m.sup, 0x1000)->read, 0x1000);
	}
	rig_free(r);
}
END_TEST

START_TEST(a_page_written_before_it_became_a_table_is_watched)
{
	struct rig *r = two_spaces();

	rig_map(r, DIR_A, 0x2000, 0x810000, 7);
	rig_store(r, 0x2000, 4, 0x803007);
	ck_assert_int_eq(mmu_store(&r->m, 0x2004, 4, ACC_USER, 0x804007), 0);
	ck_assert_uint_eq(tlb_at(&r->m.sup, 0x2000)->write, 0x2000);
	rig_put32(r, DIR_A + 8, 0x810007);
	ck_assert_uint_eq(rig_load(r, 0x800000, 4), 'G');
	ck_assert_uint_eq(rig_load(r, 0x801000, 4), 'H');
	rig_store(r, 0x2000, 4, 0x804007);
	ck_assert_uint_eq(rig_load(r, 0x800000, 4), 'H');
	ck_assert_int_eq(mmu_store(&r->m, 0x2004, 4, ACC_USER, 0x803007), 0);
	ck_assert_uint_eq(rig_load(r, 0x801000, 4), 'G');
	rig_free(r);
}
END_TEST

START_TEST(odd_writes_drop_every_entry_they_touch)
{
	struct rig *r = two_spaces();
	gpa_t pte = rig_pte_at(r, DIR_A, 0x1000);
	u32 flip[2] = {0x804007, 0x803007};

	rig_map(r, DIR_A, 0x2000, 0x802000, 7);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 'B');
	/* three bytes across the border of two entries: 00801027 00802027 */
	phys_write(&r->pm, pte + 2, "\x80\x00\x07", 3);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 'B');
	ck_assert_uint_eq(rig_get32(r, pte + 4), 0x802027);
	phys_write(&r->pm, pte, flip, 8);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'H');
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 'G');
	phys_write(&r->pm, pte + 1, "\x10", 1);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	rig_free(r);
}
END_TEST

START_TEST(global_pages_stay_over_cr3_loads_and_go_with_invlpg_and_pge)
{
	struct rig *r = two_spaces();
	u64 fills;

	mmu_set_mode(&r->m, RIG_PG_WP, 0x80, 0);
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'G');
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	mmu_set_cr3(&r->m, DIR_B);
	fills = r->m.stats.tlb_fills;
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'G');
	ck_assert_uint_eq(r->m.stats.tlb_fills, fills);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'B');
	/* a write to the table reaches the retained entry */
	rig_put32(r, rig_pte_at(r, DIR_A, 0x400000), 0x804107);
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'H');
	mmu_set_cr3(&r->m, DIR_A);
	mmu_invlpg(&r->m, 0x400000);
	fills = r->m.stats.tlb_fills;
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'H');
	ck_assert_uint_eq(r->m.stats.tlb_fills, fills + 1);
	mmu_set_mode(&r->m, RIG_PG_WP, 0, 0);
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'H');
	ck_assert_uint_eq(r->m.stats.tlb_fills, fills + 2);
	mmu_set_cr3(&r->m, DIR_A); /* without PGE, G means nothing */
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 'H');
	ck_assert_uint_eq(r->m.stats.tlb_fills, fills + 3);
	rig_free(r);
}
END_TEST

START_TEST(invlpg_drops_every_splinter_of_a_large_page)
{
	struct rig *r = rig_new();
	u64 fills;

	rig_put32(r, DIR_A + 4, 0x800083);
	rig_put32(r, DIR_A + 8, 0xc00083);
	rig_paging(r, DIR_A, RIG_PG_WP, 0x10, 0);
	for (u32 i = 0; i < 8; i++)
		rig_load(r, 0x400000 + i * 0x11000, 4);
	rig_load(r, 0x8ff000, 4);
	mmu_invlpg(&r->m, 0x7ff123);
	fills = r->m.stats.tlb_fills;
	rig_load(r, 0x8ff000, 4);
	ck_assert_uint_eq(r->m.stats.tlb_fills, fills);
	for (u32 i = 0; i < 8; i++)
		rig_load(r, 0x400000 + i * 0x11000, 4);
	ck_assert_uint_eq(r->m.stats.tlb_fills, fills + 8);
	/* a write to the directory needs no INVLPG */
	store32(r->pm.ram + 0xc00000, 5);
	rig_put32(r, DIR_A + 4, 0xc00083);
	ck_assert_uint_eq(rig_load(r, 0x400000, 4), 5);
	rig_free(r);
}
END_TEST

/* ---- loose tables ---- */

/* The page table of 1000 goes loose: many writes to it that change nothing. */
static gpa_t loosen(struct rig *r)
{
	gpa_t pte = rig_pte_at(r, DIR_A, 0x1000);

	rig_load(r, 0x1000, 4);
	for (int i = 0; i < SHADOW_LEAF_WRITES; i++) {
		ck_assert(r->pm.attr[pte >> 12] & PG_TABLE);
		rig_put32(r, pte + 0x800, 0);
	}
	ck_assert(!(r->pm.attr[pte >> 12] & PG_TABLE));
	rig_load(r, 0x1000, 4);
	return pte;
}

START_TEST(a_table_that_is_written_often_becomes_a_tlb)
{
	struct rig *r = two_spaces();
	gpa_t pte = loosen(r);
	u64 traces = r->m.stats.trace_faults;
	u64 walks = r->m.stats.walks;

	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	ck_assert_uint_eq(r->m.stats.walks, walks);
	rig_put32(r, pte, 0x803007);
	ck_assert_uint_eq(r->m.stats.trace_faults, traces);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A'); /* stale, as on hardware */
	mmu_invlpg(&r->m, 0x1000);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'G');
	rig_put32(r, pte, 0x804007);
	mmu_set_cr3(&r->m, DIR_A);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'H');
	rig_put32(r, pte, 0x801007);
	mmu_set_mode(&r->m, RIG_PG_WP, 0x80, 0);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	rig_free(r);
}
END_TEST

START_TEST(a_cr3_load_makes_all_of_a_loose_table_new)
{
	struct rig *r = two_spaces();
	gpa_t pte = rig_pte_at(r, DIR_A, 0x1000);

	rig_put32(r, pte + 4, 0x804007);
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 'H');
	loosen(r);
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 'H');
	rig_put32(r, pte, 0x803007);
	rig_put32(r, pte + 4, 0x802007);
	mmu_set_cr3(&r->m, DIR_A);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'G');
	ck_assert_uint_eq(r->m.shadow->loose, 1);
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 'B');
	rig_free(r);
}
END_TEST

START_TEST(a_loose_table_is_watched_again_and_then_survives_switches)
{
	struct rig *r = two_spaces();
	gpa_t pte = loosen(r);
	u64 walks;

	for (int i = 0; i < 2 * SHADOW_PATIENCE; i++) {
		mmu_set_cr3(&r->m, i & 1 ? DIR_B : DIR_A);
		rig_load(r, 0x1000, 4);
	}
	ck_assert(r->pm.attr[pte >> 12] & PG_TABLE);
	ck_assert_uint_eq(r->m.shadow->loose, 0);
	walks = r->m.stats.walks;
	for (int i = 0; i < 100; i++) {
		mmu_set_cr3(&r->m, i & 1 ? DIR_B : DIR_A);
		rig_load(r, 0x1000, 4);
	}
	ck_assert_uint_eq(r->m.stats.walks, walks);
	rig_free(r);
}
END_TEST

START_TEST(invlpg_reaches_a_loose_table_that_was_unlinked_and_comes_back)
{
	struct rig *r = two_spaces();
	gpa_t pte = rig_pte_at(r, DIR_A, 0x1000);
	u32 pde = rig_get32(r, DIR_A);

	rig_put32(r, pte + 4, 0x804007);
	loosen(r);
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 'H');
	rig_put32(r, pte, 0x803007); /* not traced */
	rig_put32(r, pte + 4, 0x802007);
	rig_put32(r, DIR_A, 0);
	mmu_invlpg(&r->m, 0x1000);
	mmu_invlpg(&r->m, 0x2000);
	ck_assert_int_eq(mmu_probe(&r->m, 0x1000, 1, ACC_READ), -1);
	rig_put32(r, DIR_A, pde);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'G');
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 'B');
	rig_free(r);
}
END_TEST

START_TEST(a_directory_that_became_data_is_watched_no_more)
{
	struct rig *r = two_spaces();
	u32 pde = rig_get32(r, DIR_A);

	rig_load(r, 0x1000, 4);
	for (int i = 0; i < SHADOW_UPPER_WRITES; i++)
		rig_put32(r, DIR_A + 0x800, 0x12345678);
	ck_assert(!(r->pm.attr[DIR_A >> 12] & PG_TABLE));
	rig_put32(r, DIR_A + 0x800, 0);
	/* the TLB did not keep what nobody watches */
	rig_put32(r, DIR_A, rig_get32(r, DIR_B));
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'B');
	rig_put32(r, DIR_A, pde);
	mmu_set_cr3(&r->m, DIR_A);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	ck_assert(r->pm.attr[DIR_A >> 12] & PG_TABLE);
	rig_free(r);
}
END_TEST

/* ---- tables elsewhere, eviction ---- */

START_TEST(tables_in_rom_are_walked_each_time)
{
	struct rig *r = rig_new();
	u8 *rom = calloc(1, 0x20000);
	u64 walks, v;

	store32(rom, 0xfffe1007);         /* directory at fffe0000 */
	store32(rom + 0x1000 + 4, 0x801007); /* table at fffe1000 */
	physmem_set_rom(&r->pm, rom, 0x20000);
	rig_paging(r, 0xfffe0000, RIG_PG_WP, 0, 0);
	rig_store(r, 0x1000, 4, 12);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 12);
	walks = r->m.stats.walks;
	mmu_invlpg(&r->m, 0x1000);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 12);
	ck_assert_uint_eq(r->m.stats.walks, walks + 1);
	ck_assert_uint_eq(r->m.shadow->used, 0);
	ck_assert_uint_eq(load32(rom + 0x1004), 0x801007);
	/* and a directory in a hole: all ones, the table address fffff000, in ROM */
	mmu_set_cr3(&r->m, 0xd0000000);
	ck_assert_int_eq(mmu_load(&r->m, 0x1000, 4, ACC_READ, &v), -1);
	rig_free(r);
	free(rom);
}
END_TEST

START_TEST(many_spaces_are_evicted_and_come_back_true)
{
	struct rig *r = rig_new();
	enum { SPACES = 1500 };
	gpa_t dir[SPACES];
	int wrong = 0;

	for (u32 i = 0; i < SPACES; i++) {
		dir[i] = rig_table(r);
		rig_map(r, dir[i], 0x1000, 0x1000000 + (i & 255) * PAGE_SIZE, 7);
		if (i < 256)
			store32(r->pm.ram + 0x1000000 + i * PAGE_SIZE, i);
	}
	rig_paging(r, dir[0], RIG_PG_WP, 0, 0);
	for (u32 round = 0; round < 3; round++)
		for (u32 i = 0; i < SPACES; i++) {
			u64 v;

			mmu_set_cr3(&r->m, dir[i]);
			wrong += mmu_load(&r->m, 0x1000, 4, ACC_READ, &v) || v != (i & 255);
			/* a table that is not in use meanwhile changes */
			rig_map(r, dir[(i + 700) % SPACES], 0x1000, 0x1000000 + ((i + 700) % SPACES & 255) * PAGE_SIZE, 7);
		}
	ck_assert_int_eq(wrong, 0);
	ck_assert_uint_lt(r->m.shadow->used, SHADOW_NODES);
	ck_assert_uint_gt(r->m.stats.walks, SPACES * 2);
	rig_free(r);
}
END_TEST

START_TEST(eviction_leaves_no_tlb_entry_and_no_old_link_behind)
{
	/* one 4-level space with more page tables than nodes: the directories above stay, the tables go */
	struct rig *r = rig_new();
	enum { TABLES = SHADOW_NODES + 300 };
	const gpa_t tables = 0x400000, slot = 8 * 5;
	u64 g, v;
	int wrong = 0;

	rig_put64(r, DIR_A, 0x101007);
	for (u32 i = 0; i < TABLES; i++) {
		if (i % 512 == 0)
			rig_put64(r, 0x101000 + i / 512 * 8, (0x102000 + i / 512 * PAGE_SIZE) | 7);
		rig_put64(r, 0x102000 + i * 8, (tables + i * PAGE_SIZE) | 7);
		rig_put64(r, tables + i * PAGE_SIZE + (i ? 0 : slot), (0x1000000 + (i & 255) * PAGE_SIZE) | 7);
		if (i < 256)
			store32(r->pm.ram + 0x1000000 + i * PAGE_SIZE, i);
	}
	rig_paging(r, DIR_A, RIG_PG_WP, 0x20, 1 << 10);
	ck_assert_uint_eq(rig_load(r, 0x5000, 4), 0);
	g = r->m.generation;
	for (u64 i = 1; i < TABLES; i++)
		wrong += mmu_load(&r->m, i << 21, 4, ACC_READ, &v) || v != (i & 255);
	ck_assert_uint_gt(r->m.generation, g);
	/* the table of 5000 is not watched any more, and not in the TLB either */
	ck_assert(!(r->pm.attr[tables >> 12] & PG_TABLE));
	rig_put64(r, tables + slot, 0x1009007);
	ck_assert_uint_eq(rig_load(r, 0x5000, 4), 9);
	for (u64 i = 1; i < TABLES; i++)
		wrong += mmu_load(&r->m, i << 21, 4, ACC_READ, &v) || v != (i & 255);
	ck_assert_int_eq(wrong, 0);
	rig_free(r);
}
END_TEST

START_TEST(the_least_recently_used_go_first)
{
	struct rig *r = two_spaces();
	u64 walks;

	rig_load(r, 0x1000, 4);
	for (u32 i = 0; i < 3000; i++) {
		gpa_t dir = 0x400000 + (i & 1023) * 0x2000;

		rig_put32(r, dir, (u32)(dir + 0x1000) | 7);
		rig_put32(r, dir + 0x1000 + 4, 0x801007);
		mmu_set_cr3(&r->m, dir);
		rig_load(r, 0x1000, 4);
		mmu_set_cr3(&r->m, DIR_A);
		walks = r->m.stats.walks;
		rig_load(r, 0x1000, 4);
		ck_assert_uint_eq(r->m.stats.walks, walks);
	}
	rig_free(r);
}
END_TEST

START_TEST(a_mode_change_and_back_keeps_the_shadow)
{
	struct rig *r = two_spaces();
	u64 walks;

	rig_load(r, 0x1000, 4);
	walks = r->m.stats.walks;
	mmu_set_mode(&r->m, 1, 0, 0);
	ck_assert_uint_eq(rig_load(r, 0x801000, 4), 'A');
	mmu_set_mode(&r->m, RIG_PG_WP, 0, 0);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 'A');
	ck_assert_uint_eq(r->m.stats.walks, walks);
	rig_free(r);
}
END_TEST

/* ---- the random run ----
 *
 * Eight directories and tables chosen from 16 pages that also point at each other, mapped as data too; every kind of
 * entry; writes by both ways, of odd sizes; CR3 loads, mode changes. Each access is foretold by the second walker.
 */

struct random_run {
	struct rig *r;
	u64 state;
	bool loose; /* tables may go loose: INVLPG before what is compared */
};

static u32 rnd(struct random_run *x)
{
	x->state = x->state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(x->state >> 33);
}

#define POOL 0x100000u
#define POOL_PAGES 16

static u32 random_entry(struct random_run *x)
{
	u32 flags = (rnd(x) & 0x160) | (rnd(x) % 4 ? 7 : rnd(x) & 7), frame = POOL + rnd(x) % POOL_PAGES * PAGE_SIZE;

	switch (rnd(x) % 8) {
	case 0: /* a large page: over the pool, sometimes with reserved bits */
		return (flags | 0x80) | (rnd(x) % 4 ? 0 : 1u << (12 + rnd(x) % 10));
	case 1:
		return flags | (0x800000 + rnd(x) % 64 * PAGE_SIZE);
	case 2:
		return rnd(x) % 4 ? flags | frame : rnd(x);
	default:
		return flags | frame;
	}
}

static u32 random_lin(struct random_run *x)
{
	/* few directory and table indexes, so that entries are found again */
	return (rnd(x) % 6) << 22 | (rnd(x) % 6) << 12 | (rnd(x) % 3 ? rnd(x) & 0xff0 : rnd(x) & 31);
}

static void random_table_write(struct random_run *x)
{
	gpa_t at = POOL + rnd(x) % POOL_PAGES * PAGE_SIZE + (rnd(x) % 6) * 4;
	u32 v = random_entry(x);

	if (rnd(x) % 8 == 0)
		phys_write(&x->r->pm, at + rnd(x) % 4, &v, 1 + rnd(x) % 4);
	else
		phys_write(&x->r->pm, at, &v, 4);
}

static const char *random_access(struct random_run *x)
{
	struct mmu *m = &x->r->m;
	static const int sizes[] = {1, 2, 4, 4, 4, 8};
	int size = sizes[rnd(x) % 6], acc = (int)(rnd(x) & 5), got;
	u32 lin = random_lin(x) & ~7u;
	struct expect want;
	u64 v = random_entry(x), loaded = 0;
	gpa_t gpa;

	if (x->loose)
		mmu_invlpg(m, lin);
	want = expect32(x->r, lin, acc);
	if (rnd(x) % 4 == 0)
		got = mmu_probe(m, lin, (u32)size, (enum access)acc);
	else if (acc & ACC_WRITE && rnd(x) % 4 == 0)
		got = mmu_store(m, lin, size, (enum access)acc, v);
	else
		got = mmu_load(m, lin, size, (enum access)acc, &loaded); /* with ACC_WRITE: read to modify */
	if ((got < 0) != want.faults)
		return want.faults ? "no fault" : "a fault";
	if (want.faults)
		return m->fault.error == want.error && m->fault.cr2 == lin ? NULL : "error code or CR2";
	if (mmu_peek_gpa(m, lin, &gpa) < 0 || gpa != want.gpa)
		/* the store itself may have changed the tables that it went through */
		return acc & ACC_WRITE ? NULL : "address";
	return NULL;
}

static const char *random_contents(struct random_run *x)
{
	struct mmu *m = &x->r->m;
	u32 lin = random_lin(x) & ~7u;
	struct expect want;
	u64 v, held;

	if (x->loose)
		mmu_invlpg(m, lin);
	want = expect32(x->r, lin, ACC_READ);
	if (want.faults || !physmem_read_ptr(&x->r->pm, want.gpa))
		return NULL;
	if (mmu_load(m, lin, 8, ACC_READ, &v) < 0)
		return "a fault";
	held = load64(physmem_read_ptr(&x->r->pm, want.gpa)); /* after A and D were set */
	return v == held ? NULL : "contents";
}

static void random_space(struct random_run *x)
{
	static const u64 cr0s[] = {0x80000001, 0x80010001}, cr4s[] = {0, 0x10, 0x80, 0x90};

	/* with PGE, a global entry of one space may answer in the next: only INVLPG makes them comparable */
	if (rnd(x) % 8 == 0)
		mmu_set_mode(&x->r->m, cr0s[rnd(x) % 2], cr4s[rnd(x) % (x->loose ? 4 : 2)], 0);
	mmu_set_cr3(&x->r->m, POOL + rnd(x) % 8 * PAGE_SIZE);
}

static void random_run(u64 seed, bool loose, int steps)
{
	struct random_run x = {rig_new(), seed, loose};
	const char *wrong = NULL;
	int i;

	x.r->m.shadow->leaf_writes = loose ? 2 : ~0u;
	for (i = 0; i < 400; i++)
		random_table_write(&x);
	rig_paging(x.r, POOL, RIG_PG_WP, 0x10, 0);
	for (i = 0; i < steps && !wrong; i++) {
		u32 what = rnd(&x) % 64;

		if (what < 2 + 5 * (seed & 1)) /* odd seeds: many writes */
			random_table_write(&x);
		else if (what == 12)
			random_space(&x);
		else if (what == 13)
			mmu_invlpg(&x.r->m, random_lin(&x));
		else if (what < 24)
			wrong = random_contents(&x);
		else
			wrong = random_access(&x);
	}
	ck_assert_msg(!wrong, "%s at step %d of seed %d", wrong, i, (int)seed);
	printf("  random run %d%s: %llu walks, %llu fills, %llu traces, %llu true faults\n", (int)seed,
	       loose ? " (loose)" : "", (unsigned long long)x.r->m.stats.walks,
	       (unsigned long long)x.r->m.stats.tlb_fills, (unsigned long long)x.r->m.stats.trace_faults,
	       (unsigned long long)x.r->m.stats.true_faults);
	rig_free(x.r);
}

/* ---- PAE and 4-level: no second walker, but what the TLB and the shadow say must be what a fresh walk says ---- */

static u64 random_entry64(struct random_run *x)
{
	u64 e = (rnd(x) & 0x60) | (rnd(x) % 8 ? 7 : rnd(x) & 7);

	if (rnd(x) % 64 == 0)
		e |= 1ull << (rnd(x) % 64);
	if (rnd(x) % 16 == 0)
		return e | 0x80 | rnd(x) % 4 << 21;
	return e | (rnd(x) % 16 ? POOL + rnd(x) % POOL_PAGES * PAGE_SIZE : 0x800000 + rnd(x) % 64 * PAGE_SIZE);
}

static const char *random_step64(struct random_run *x)
{
	struct mmu *m = &x->r->m;
	int acc = (int)(rnd(x) & 7), got;
	lin_t lin = (lin_t)(rnd(x) % 3) << 30 | (rnd(x) % 4) << 21 | (rnd(x) % 4) << 12 | (rnd(x) & 0xff8);
	struct walk w;
	u32 error = 0;
	bool faults;
	u64 v = random_entry64(x), at = POOL + rnd(x) % POOL_PAGES * PAGE_SIZE + rnd(x) % 4 * 8;

	if (rnd(x) % 32 == 0) {
		phys_write(&x->r->pm, at + (rnd(x) % 8 ? 0 : 4), &v, rnd(x) % 8 ? 8 : 4);
		return NULL;
	}
	if (rnd(x) % 64 == 0) {
		at &= ~0xfffull;
		mmu_set_cr3(m, mmu_pdptes_ok(m, at) ? at : POOL);
		return NULL;
	}
	if ((acc & 3) == 3)
		acc &= ~ACC_WRITE;
	if (x->loose)
		mmu_invlpg(m, lin);
	walk_guest(&x->r->pm, &m->paging, lin, &w);
	faults = walk_faults(m, &w, (enum access)acc, &error);
	got = mmu_probe(m, lin, 8, (enum access)acc);
	if ((got < 0) != faults)
		return faults ? "no fault" : "a fault";
	if (faults)
		return m->fault.error == error ? NULL : "error code";
	if (acc & (ACC_WRITE | ACC_EXEC) || !physmem_read_ptr(&x->r->pm, w.leaf.gpa))
		return NULL;
	if (mmu_load(m, lin, 8, (enum access)acc, &v) < 0)
		return "a fault";
	return v == load64(physmem_read_ptr(&x->r->pm, w.leaf.gpa)) ? NULL : "contents";
}

static void random_run64(u64 seed, bool loose, u64 efer)
{
	struct random_run x = {rig_new(), seed, loose};
	const char *wrong = NULL;
	int i;

	x.r->m.shadow->leaf_writes = loose ? 2 : ~0u;
	for (i = 0; i < 400; i++) {
		u64 v = random_entry64(&x);

		phys_write(&x.r->pm, POOL + rnd(&x) % POOL_PAGES * PAGE_SIZE + rnd(&x) % 4 * 8, &v, 8);
	}
	for (i = 0; i < 4; i++) /* PAE: the first PDPTEs must be good */
		rig_put64(x.r, POOL + (gpa_t)i * 8, (POOL + 0x1000 + (gpa_t)i * 0x1000) | (efer & 1 << 10 ? 7 : 1));
	rig_paging(x.r, POOL, RIG_PG_WP, 0x20, efer);
	for (i = 0; i < 100000 && !wrong; i++)
		wrong = random_step64(&x);
	ck_assert_msg(!wrong, "%s at step %d of seed %d", wrong, i, (int)seed);
	printf("  random run %d%s, efer %x: %llu walks, %llu fills, %llu traces, %llu true faults\n", (int)seed,
	       loose ? " (loose)" : "", (unsigned)efer, (unsigned long long)x.r->m.stats.walks,
	       (unsigned long long)x.r->m.stats.tlb_fills, (unsigned long long)x.r->m.stats.trace_faults,
	       (unsigned long long)x.r->m.stats.true_faults);
	rig_free(x.r);
}

START_TEST(random_64_bit_tables_agree_with_fresh_walks)
{
	static const u64 efers[] = {0, 1 << 11, 1 << 10, 1 << 10 | 1 << 11};

	for (u64 seed = 21; seed < 29; seed++)
		random_run64(seed, seed & 1, efers[seed / 2 % 4]);
}
END_TEST

START_TEST(random_tables_and_accesses_agree_with_a_second_walker)
{
	for (u64 seed = 1; seed <= 6; seed++)
		random_run(seed, false, 100000);
}
END_TEST

START_TEST(random_loose_tables_agree_after_invlpg)
{
	for (u64 seed = 11; seed <= 16; seed++)
		random_run(seed, true, 100000);
}
END_TEST

static TCase *spaces(void)
{
	TCase *t = tcase_create("spaces and flushes");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_million_switches_between_two_spaces_walk_nothing);
	tcase_add_test(t, cr3_loads_and_invlpg_change_the_generation);
	tcase_add_test(t, a_table_write_is_seen_at_once_and_in_the_other_space);
	tcase_add_test(t, a_change_without_invlpg_is_seen_after_mov_cr3);
	tcase_add_test(t, a_directory_entry_drops_its_own_pages_only);
	tcase_add_test(t, a_table_in_two_places_drops_a_page_in_both);
	tcase_add_test(t, a_page_written_before_it_became_a_table_is_watched);
	tcase_add_test(t, odd_writes_drop_every_entry_they_touch);
	tcase_add_test(t, global_pages_stay_over_cr3_loads_and_go_with_invlpg_and_pge);
	tcase_add_test(t, invlpg_drops_every_splinter_of_a_large_page);
	tcase_add_test(t, a_mode_change_and_back_keeps_the_shadow);
	return t;
}

static TCase *watching(void)
{
	TCase *t = tcase_create("watching");

	tcase_add_test(t, a_table_that_is_written_often_becomes_a_tlb);
	tcase_add_test(t, a_cr3_load_makes_all_of_a_loose_table_new);
	tcase_add_test(t, a_loose_table_is_watched_again_and_then_survives_switches);
	tcase_add_test(t, invlpg_reaches_a_loose_table_that_was_unlinked_and_comes_back);
	tcase_add_test(t, a_directory_that_became_data_is_watched_no_more);
	tcase_add_test(t, tables_in_rom_are_walked_each_time);
	return t;
}

static TCase *eviction(void)
{
	TCase *t = tcase_create("eviction");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, many_spaces_are_evicted_and_come_back_true);
	tcase_add_test(t, eviction_leaves_no_tlb_entry_and_no_old_link_behind);
	tcase_add_test(t, the_least_recently_used_go_first);
	return t;
}

static TCase *randomized(void)
{
	TCase *t = tcase_create("random");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, random_tables_and_accesses_agree_with_a_second_walker);
	tcase_add_test(t, random_loose_tables_agree_after_invlpg);
	tcase_add_test(t, random_64_bit_tables_agree_with_fresh_walks);
	return t;
}

int main(void)
{
	static TCase *(*const cases[])(void) = {spaces, watching, eviction, randomized};

	return rig_run(cases, ARRAY_LEN(cases), "shadow");
}
