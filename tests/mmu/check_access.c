/* check_access.c - accesses that are not simple: crossing, wrapping, holes, ROM, watched code; and physical memory. */
#include "tests/mmu/rig.h"

static const gpa_t DIR = 0x100000;

/* 1000 -> 801000, 2000 -> 805000 (not beside it), 3000 absent, 4000 read-only, top page -> 806000 */
static struct rig *paged(void)
{
	struct rig *r = rig_new();

	rig_map(r, DIR, 0x0000, 0x800000, 7);
	rig_map(r, DIR, 0x1000, 0x801000, 7);
	rig_map(r, DIR, 0x2000, 0x805000, 7);
	rig_map(r, DIR, 0x4000, 0x807000, 5);
	rig_map(r, DIR, 0x5000, 0x808000, 7);
	rig_map(r, DIR, 0xfffff000, 0x806000, 7);
	rig_paging(r, DIR, RIG_PG_WP, 0, 0);
	return r;
}

START_TEST(accesses_of_every_size_cross_pages)
{
	struct rig *r = paged();

	for (int size = 1; size <= 8; size++)
		for (lin_t lin = 0x1ff0; lin < 0x2008; lin++) {
			u64 v = 0x8877665544332211ull & size_mask(size);

			rig_store(r, 0x1ff0, 8, 0);
			rig_store(r, 0x1ff8, 8, 0);
			rig_store(r, 0x2000, 8, 0);
			rig_store(r, 0x2008, 8, 0);
			rig_store(r, lin, size, (size < 8 ? ~0ull << 8 * size : 0) | v);
			ck_assert_uint_eq(rig_load(r, lin, size), v);
			for (int i = 0; i < size; i++) {
				gpa_t gpa = lin + (gpa_t)i < 0x2000 ? 0x800000 + lin + (gpa_t)i : 0x803000 + lin + (gpa_t)i;

				ck_assert_uint_eq(r->pm.ram[gpa], v >> 8 * i & 0xff);
			}
			if (lin + (gpa_t)size < 0x2008)
				ck_assert_uint_eq(rig_load(r, lin + (gpa_t)size, 1), 0);
		}
	rig_free(r);
}
END_TEST

START_TEST(a_crossing_access_whose_second_page_faults_changes_nothing)
{
	struct rig *r = paged();
	u64 v;
	gpa_t pte = rig_pte_at(r, DIR, 0x2000);

	rig_store(r, 0x2ffc, 4, 0x11111111);
	rig_put32(r, pte, 0x805007);
	ck_assert_int_eq(mmu_store(&r->m, 0x2ffe, 4, ACC_WRITE, 0x22222222), -1);
	ck_assert_uint_eq(r->m.fault.cr2, 0x3000);
	ck_assert_uint_eq(r->m.fault.error, 2);
	ck_assert_uint_eq(load32(r->pm.ram + 0x805ffc), 0x11111111);
	ck_assert_uint_eq(rig_get32(r, pte), 0x805007); /* nor A and D */
	ck_assert_int_eq(mmu_load(&r->m, 0x2ffe, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(r->m.fault.cr2, 0x3000);
	/* the first page's fault comes first */
	ck_assert_int_eq(mmu_store(&r->m, 0x4ffe, 4, ACC_USER, 0x22222222), -1);
	ck_assert_uint_eq(r->m.fault.cr2, 0x4ffe);
	ck_assert_uint_eq(r->m.fault.error, 7);
	ck_assert_uint_eq(rig_load(r, 0x5000, 2), 0);
	/* read-only second page */
	ck_assert_int_eq(mmu_store(&r->m, 0x3ffe, 4, ACC_WRITE, 0x22222222), -1);
	ck_assert_uint_eq(r->m.fault.cr2, 0x3ffe);
	rig_free(r);
}
END_TEST

START_TEST(an_access_wraps_at_4_gb)
{
	struct rig *r = paged();

	rig_store(r, 0xfffffffe, 4, 0x44332211);
	ck_assert_uint_eq(load16(r->pm.ram + 0x806ffe), 0x2211);
	ck_assert_uint_eq(load16(r->pm.ram + 0x800000), 0x4433);
	ck_assert_uint_eq(rig_load(r, 0xfffffffe, 4), 0x44332211);
	ck_assert_uint_eq(rig_load(r, 0x1fffffffe, 4), 0x44332211); /* linear addresses have 32 bits */
	rig_free(r);
}
END_TEST

START_TEST(a_probe_sees_what_the_access_would_see)
{
	struct rig *r = paged();
	gpa_t pte = rig_pte_at(r, DIR, 0x1000);

	ck_assert_int_eq(mmu_probe(&r->m, 0x1800, 0x1000, ACC_READ), 0);
	ck_assert_uint_eq(rig_get32(r, pte) & 0x60, 0x20);
	ck_assert_int_eq(mmu_probe(&r->m, 0x1800, 0x1000, ACC_WRITE), 0);
	ck_assert_uint_eq(rig_get32(r, pte) & 0x60, 0x60);
	ck_assert_int_eq(mmu_probe(&r->m, 0x2800, 0x800, ACC_WRITE), 0);
	ck_assert_int_eq(mmu_probe(&r->m, 0x2800, 0x801, ACC_WRITE), -1);
	ck_assert_uint_eq(r->m.fault.cr2, 0x3000);
	ck_assert_int_eq(mmu_probe(&r->m, 0x4000, 8, ACC_WRITE), -1);
	ck_assert_int_eq(mmu_probe(&r->m, 0x4000, 8, ACC_READ), 0);
	ck_assert_int_eq(mmu_probe(&r->m, 0x3000, 0, ACC_READ), 0);
	rig_free(r);
}
END_TEST

START_TEST(holes_leave_through_the_hooks_in_pieces_of_the_bus)
{
	struct rig *r = rig_new();
	static const struct {
		int size, pieces[4];
	} rows[] = {{1, {1}}, {2, {2}}, {3, {2, 1}}, {4, {4}}, {5, {4, 1}}, {6, {4, 2}}, {7, {4, 2, 1}}, {8, {4, 4}}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int at = 0;

		memset(&r->io, 0, sizeof r->io);
		rig_store(r, 0xe0000010, rows[i].size, 0x8877665544332211);
		for (int n = 0; n < r->io.writes; n++) {
			int size = rows[i].pieces[n];

			ck_assert_int_eq(r->io.size[n], size);
			ck_assert_uint_eq(r->io.gpa[n], 0xe0000010 + (gpa_t)at);
			ck_assert_uint_eq(r->io.value[n], 0x8877665544332211 >> 8 * at & size_mask(size));
			at += size;
		}
		ck_assert_int_eq(at, rows[i].size);
	}
	ck_assert_uint_eq(rig_load(r, 0xb8000, 2), (0x2211 ^ 0xb8000) & 0xffff);
	/* half of it is RAM */
	memset(&r->io, 0, sizeof r->io);
	rig_store(r, 0x9fffe, 4, 0x44332211);
	ck_assert_int_eq(r->io.writes, 1);
	ck_assert_uint_eq(r->io.gpa[0], 0xa0000);
	ck_assert_uint_eq(r->io.value[0], 0x4433);
	ck_assert_uint_eq(load16(r->pm.ram + 0x9fffe), 0x2211);
	r->m.hooks.io_read = NULL;
	ck_assert_uint_eq(rig_load(r, 0xe0000000, 8), ~0ull);
	rig_free(r);
}
END_TEST

START_TEST(rom_is_read_at_the_top_and_below_1_mb_and_drops_writes)
{
	struct rig *r = rig_new();
	u8 *rom = calloc(1, 0x40000), byte = 0;
	struct fetch f;
	bool faulted;

	for (u32 i = 0; i < 0x40000; i += 4)
		store32(rom + i, i);
	physmem_set_rom(&r->pm, rom, 0x40000);
	mmu_flush_all(&r->m);
	ck_assert_uint_eq(rig_load(r, 0xfffffff0, 4), 0x3fff0);
	ck_assert_uint_eq(rig_load(r, 0xfffc0000, 4), 0);
	ck_assert_uint_eq(rig_load(r, 0xffff0, 4), 0x3fff0);
	ck_assert_uint_eq(rig_load(r, 0xe0000, 4), 0x20000);
	ck_assert(physmem_is_rom(&r->pm, 0xf0000) && physmem_is_rom(&r->pm, 0xfffffff0));
	ck_assert(!physmem_is_rom(&r->pm, 0xc0000) && !physmem_is_rom(&r->pm, 0x9f000));
	rig_store(r, 0xffff0, 4, 1);
	rig_store(r, 0xfffffff0, 4, 1);
	phys_write(&r->pm, 0xffff0, &byte, 1);
	ck_assert_uint_eq(rig_load(r, 0xffff0, 4), 0x3fff0);
	ck_assert_int_eq(r->io.writes, 0);
	ck_assert_int_eq(mmu_fetch(&r->m, 0xfffffff0, ACC_EXEC, &f), 0);
	ck_assert(f.gpa == 0xfffffff0 && load32(f.host) == 0x3fff0);
	ck_assert_int_eq(mmu_fetch(&r->m, 0xfffffff0, ACC_EXEC, &f), 0);
	ck_assert(f.gpa == 0xfffffff0 && load32(f.host) == 0x3fff0);
	ck_assert_ptr_null(mmu_run_ptr(&r->m, 0xf0000, ACC_WRITE, &faulted));
	ck_assert(!faulted);
	ck_assert_ptr_nonnull(mmu_run_ptr(&r->m, 0xf0000, ACC_READ, &faulted));
	/* PAM: first writes go to the RAM below, then reads come from there, then it is read-only */
	physmem_map_low(&r->pm, 0xf0000, 0x10000, LOW_ROM, LOW_RAM, NULL);
	mmu_flush_all(&r->m);
	ck_assert_uint_eq(rig_load(r, 0xffff0, 4), 0x3fff0);
	rig_store(r, 0xffff0, 4, 0x1234);
	ck_assert_uint_eq(rig_load(r, 0xffff0, 4), 0x3fff0);
	physmem_map_low(&r->pm, 0xf0000, 0x10000, LOW_RAM, LOW_ROM, NULL);
	mmu_flush_all(&r->m);
	ck_assert_uint_eq(rig_load(r, 0xffff0, 4), 0x1234);
	rig_store(r, 0xffff0, 4, 0x5678);
	ck_assert_uint_eq(rig_load(r, 0xffff0, 4), 0x1234);
	rig_free(r);
	free(rom);
}
END_TEST

START_TEST(the_a20_gate_folds_odd_megabytes)
{
	struct rig *r = rig_new();
	struct fetch f;
	gpa_t gpa;

	store32(r->pm.ram + 0x500, 1);
	store32(r->pm.ram + 0x100500, 2);
	ck_assert_uint_eq(rig_load(r, 0x100500, 4), 2);
	mmu_set_a20(&r->m, false);
	ck_assert_uint_eq(rig_load(r, 0x100500, 4), 1);
	ck_assert_int_eq(mmu_fetch(&r->m, 0x300500, ACC_EXEC, &f), 0);
	ck_assert_uint_eq(f.gpa, 0x200500);
	ck_assert_int_eq(mmu_peek_gpa(&r->m, 0x100500, &gpa), 0);
	ck_assert_uint_eq(gpa, 0x500);
	rig_store(r, 0x100500, 4, 3);
	mmu_set_a20(&r->m, true);
	ck_assert_uint_eq(rig_load(r, 0x100500, 4), 2);
	ck_assert_uint_eq(rig_load(r, 0x500, 4), 3);
	rig_free(r);
}
END_TEST

START_TEST(the_a20_gate_is_before_the_page_tables_too)
{
	struct rig *r = rig_new();

	/* the walker's own reads and the pages' addresses pass the gate */
	rig_map(r, 0x400000, 0x1000, 0x700000, 7);
	store32(r->pm.ram + 0x600000, 66);
	store32(r->pm.ram + 0x700000, 77);
	rig_paging(r, 0x500000, RIG_PG_WP, 0, 0);
	mmu_set_a20(&r->m, false);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 66);
	rig_store(r, 0x1000, 4, 67);
	/* watched at its folded address */
	rig_map(r, 0x400000, 0x1000, 0x800000, 7);
	ck_assert_uint_eq(rig_load(r, 0x1000, 4), 0);
	rig_free(r);
}
END_TEST

static void watch_code(struct rig *r, gpa_t gpa)
{
	r->pm.attr[gpa >> 12] |= PG_CODE;
	mmu_page_attr_changed(&r->m, gpa);
}

START_TEST(writes_to_code_are_told_before_they_happen)
{
	struct rig *r = paged();
	u32 dma = 0xdddddddd;
	bool faulted;

	rig_store(r, 0x1100, 4, 0x11);
	ck_assert_uint_eq(tlb_at(&r->m.sup, 0x1000)->write, 0x1000);
	ck_assert_ptr_nonnull(mmu_run_ptr(&r->m, 0x1100, ACC_WRITE, &faulted));
	watch_code(r, 0x801000);
	ck_assert_uint_ne(tlb_at(&r->m.sup, 0x1000)->write, 0x1000);
	ck_assert_ptr_null(mmu_run_ptr(&r->m, 0x1100, ACC_WRITE, &faulted));
	ck_assert(!faulted);
	rig_store(r, 0x1100, 4, 0x22);
	ck_assert_int_eq(r->code_writes, 1);
	ck_assert_uint_eq(r->code_gpa, 0x801100);
	ck_assert_uint_eq(r->code_len, 4);
	ck_assert_uint_eq(r->code_before, 0x11);
	ck_assert_uint_eq(rig_load(r, 0x1100, 4), 0x22);
	/* the other privilege's TLB, DMA, a crossing store */
	ck_assert_int_eq(mmu_store(&r->m, 0x1104, 2, ACC_USER, 1), 0);
	phys_write(&r->pm, 0x801108, &dma, 4);
	rig_store(r, 0x1ffd, 8, 1);
	ck_assert_int_eq(r->code_writes, 4);
	ck_assert_uint_eq(r->code_gpa, 0x801ffd);
	ck_assert_uint_eq(r->code_len, 3);
	/* when the hook says that no code is left, the page is as before */
	r->code_clears = true;
	rig_store(r, 0x1100, 4, 0x33);
	ck_assert_int_eq(r->code_writes, 5);
	ck_assert_uint_eq(tlb_at(&r->m.sup, 0x1000)->write, 0x1000);
	rig_store(r, 0x1100, 4, 0x44);
	ck_assert_int_eq(r->code_writes, 5);
	ck_assert_ptr_nonnull(mmu_run_ptr(&r->m, 0x1100, ACC_WRITE, &faulted));
	rig_free(r);
}
END_TEST

START_TEST(accessed_and_dirty_bits_written_into_code_are_told)
{
	struct rig *r = paged();
	gpa_t pte = rig_pte_at(r, DIR, 0x1000);

	watch_code(r, pte);
	rig_load(r, 0x1000, 4);
	ck_assert_int_eq(r->code_writes, 1);
	ck_assert_uint_eq(r->code_gpa, pte);
	ck_assert_uint_eq(r->m.stats.trace_faults, 0);
	rig_store(r, 0x1000, 4, 1);
	ck_assert_int_eq(r->code_writes, 2);
	rig_store(r, 0x1000, 4, 1);
	ck_assert_int_eq(r->code_writes, 2);
	rig_free(r);
}
END_TEST

START_TEST(physical_copies_cross_everything)
{
	struct rig *r = rig_new();
	u8 buf[0x3000];

	memset(buf, 0x77, sizeof buf);
	phys_write(&r->pm, 0x9f800, buf, 0x1000); /* runs into the hole */
	phys_read(&r->pm, 0x9f000, buf, 0x2000);
	ck_assert(buf[0x7ff] == 0 && buf[0x800] == 0x77 && buf[0xfff] == 0x77 && buf[0x1000] == 0xff);
	phys_write(&r->pm, RIG_RAM - 2, "abcd", 4);
	phys_read(&r->pm, RIG_RAM - 2, buf, 4);
	ck_assert(!memcmp(buf, "ab\xff\xff", 4));
	rig_free(r);
}
END_TEST

START_TEST(reset_turns_paging_off_and_keeps_the_statistics)
{
	struct rig *r = paged();
	u64 walks, generation;

	rig_store(r, 0x2000, 4, 9);
	walks = r->m.stats.walks;
	generation = r->m.generation;
	mmu_reset(&r->m);
	ck_assert_uint_eq(rig_load(r, 0x2000, 4), 0);
	ck_assert_uint_eq(rig_load(r, 0x805000, 4), 9);
	ck_assert_uint_eq(r->m.stats.walks, walks);
	ck_assert_uint_gt(r->m.generation, generation);
	rig_free(r);
}
END_TEST

static TCase *access_case(void)
{
	TCase *t = tcase_create("accesses");

	tcase_add_test(t, accesses_of_every_size_cross_pages);
	tcase_add_test(t, a_crossing_access_whose_second_page_faults_changes_nothing);
	tcase_add_test(t, an_access_wraps_at_4_gb);
	tcase_add_test(t, a_probe_sees_what_the_access_would_see);
	tcase_add_test(t, holes_leave_through_the_hooks_in_pieces_of_the_bus);
	tcase_add_test(t, writes_to_code_are_told_before_they_happen);
	tcase_add_test(t, accessed_and_dirty_bits_written_into_code_are_told);
	tcase_add_test(t, reset_turns_paging_off_and_keeps_the_statistics);
	return t;
}

static TCase *physical(void)
{
	TCase *t = tcase_create("physical memory");

	tcase_add_test(t, rom_is_read_at_the_top_and_below_1_mb_and_drops_writes);
	tcase_add_test(t, the_a20_gate_folds_odd_megabytes);
	tcase_add_test(t, the_a20_gate_is_before_the_page_tables_too);
	tcase_add_test(t, physical_copies_cross_everything);
	return t;
}

int main(void)
{
	static TCase *(*const cases[])(void) = {access_case, physical};

	return rig_run(cases, ARRAY_LEN(cases), "memory accesses");
}
