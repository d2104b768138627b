/* check_windows.c - a card's memory inside the guest-physical space: moving, overlaps, banks, told writes, code, tables. */
#include "tests/mmu/rig.h"

#define VRAM (1u << 20)
#define AT 0xe0000000u

struct told {
	int n;
	gpa_t last;
};

static void written(void *opaque, gpa_t gpa)
{
	struct told *t = opaque;

	t->n++;
	t->last = gpa;
}

static struct rig *with_window(struct told *t)
{
	struct rig *r = rig_new();

	ck_assert_int_eq(physmem_add_window(&r->pm, VRAM), 0);
	*t = (struct told){0};
	r->pm.hooks.window_opaque = t;
	r->pm.hooks.window_written = written;
	return r;
}

static void move(struct rig *r, u64 base, u64 size)
{
	physmem_move_window(&r->pm, 0, base, size);
	mmu_flush_all(&r->m);
}

START_TEST(a_window_is_memory_exactly_while_it_decodes)
{
	struct told t;
	struct rig *r = with_window(&t);
	u8 *vram = r->pm.window[0].host;

	rig_store(r, AT, 4, 1);
	ck_assert_int_eq(r->io.writes, 1);
	move(r, AT, VRAM);
	rig_store(r, AT + 0x12345, 4, 0xcafe1234);
	ck_assert_uint_eq(load32(vram + 0x12345), 0xcafe1234);
	store32(vram + VRAM - 4, 77);
	ck_assert_uint_eq(rig_load(r, AT + VRAM - 4, 4), 77);
	ck_assert_int_eq(r->io.reads + r->io.writes, 1);
	rig_load(r, AT + VRAM, 4);
	ck_assert_int_eq(r->io.reads, 1);
	move(r, 0xd0000000, VRAM);
	ck_assert_uint_eq(rig_load(r, 0xd0012345, 4), 0xcafe1234);
	rig_load(r, AT + 0x12345, 4);
	ck_assert_int_eq(r->io.reads, 2);
	move(r, 0, 0);
	rig_load(r, 0xd0012345, 4);
	ck_assert_int_eq(r->io.reads, 3);
	ck_assert_uint_eq(load32(vram + 0x12345), 0xcafe1234);
	rig_free(r);
}
END_TEST

START_TEST(ram_the_top_and_other_windows_go_first)
{
	struct told t;
	struct rig *r = with_window(&t);
	u32 v = 0;

	store32(r->pm.ram + RIG_RAM - 0x1000, 0x11111111);
	move(r, RIG_RAM - 0x80000, VRAM);
	ck_assert_uint_eq(rig_load(r, RIG_RAM - 0x1000, 4), 0x11111111);
	rig_store(r, RIG_RAM, 4, 0x22222222);
	ck_assert_uint_eq(load32(r->pm.window[0].host + 0x80000), 0x22222222);
	move(r, 0x100000, VRAM);
	ck_assert_uint_eq(rig_load(r, RIG_RAM - 0x1000, 4), 0x11111111);
	move(r, PHYSMEM_WINDOW_TOP - 0x80000, VRAM);
	rig_load(r, PHYSMEM_WINDOW_TOP, 4);
	ck_assert_int_eq(r->io.reads, 1);
	move(r, AT, VRAM);
	ck_assert_int_eq(physmem_add_window(&r->pm, 4 * VRAM), 1);
	physmem_move_window(&r->pm, 1, AT - VRAM, 4 * VRAM);
	mmu_flush_all(&r->m);
	store32(r->pm.window[0].host, 5);
	store32(r->pm.window[1].host, 6);
	phys_read(&r->pm, AT, &v, 4);
	ck_assert_uint_eq(v, 5);
	phys_read(&r->pm, AT - VRAM, &v, 4);
	ck_assert_uint_eq(v, 6);
	rig_free(r);
}
END_TEST

START_TEST(the_first_write_to_a_page_is_told_again_after_each_watch)
{
	struct told t;
	struct rig *r = with_window(&t);
	u32 dma = 9;
	bool faulted;

	move(r, AT, VRAM);
	for (int i = 0; i < 8; i++)
		rig_store(r, AT + 0x3000 + (lin_t)i * 4, 4, 1);
	ck_assert_int_eq(t.n, 1);
	ck_assert_uint_eq(t.last & PAGE_MASK, AT + 0x3000);
	ck_assert_uint_eq(tlb_at(&r->m.sup, AT + 0x3000)->write, AT + 0x3000);
	rig_load(r, AT + 0x4000, 4);
	ck_assert_int_eq(t.n, 1);
	mmu_watch_window(&r->m, 0);
	rig_store(r, AT + 0x3000, 4, 2);
	rig_store(r, AT + 0x3000, 4, 2);
	ck_assert_int_eq(t.n, 2);
	mmu_watch_window(&r->m, 0);
	ck_assert_ptr_nonnull(mmu_run_ptr(&r->m, AT + 0x3000, ACC_WRITE, &faulted));
	ck_assert_int_eq(t.n, 3);
	mmu_watch_window(&r->m, 0);
	phys_write(&r->pm, AT + 0x3ffe, &dma, 4);
	ck_assert_int_eq(t.n, 5);
	ck_assert_uint_eq(t.last, AT + 0x4000);
	rig_free(r);
}
END_TEST

START_TEST(a_bank_is_another_view_of_the_window)
{
	struct told t;
	struct rig *r = with_window(&t);
	u8 *vram = r->pm.window[0].host;
	struct fetch f;

	move(r, AT, VRAM);
	physmem_map_bank(&r->pm, 0xa0000, 0x10000, AT + 0x20000);
	mmu_flush_pages(&r->m);
	rig_store(r, 0xa1234, 4, 0x1234);
	ck_assert_uint_eq(load32(vram + 0x21234), 0x1234);
	ck_assert_uint_eq(t.last, AT + 0x21234);
	ck_assert_int_eq(mmu_fetch(&r->m, 0xa1234, ACC_EXEC, &f), 0);
	ck_assert_uint_eq(f.gpa, AT + 0x21234);
	physmem_map_bank(&r->pm, 0xa0000, 0x10000, AT + 0x30000);
	mmu_flush_pages(&r->m);
	ck_assert_uint_eq(rig_load(r, 0xa1234, 4), 0);
	/* code seen through one view and written through the other */
	r->pm.attr[(AT + 0x31000) / PAGE_SIZE] |= PG_CODE;
	mmu_page_attr_changed(&r->m, AT + 0x31000);
	rig_store(r, 0xa1000, 2, 3);
	ck_assert_int_eq(r->code_writes, 1);
	ck_assert_uint_eq(r->code_gpa, AT + 0x31000);
	physmem_map_low(&r->pm, 0xa0000, 0x10000, LOW_HOLE, LOW_HOLE, NULL);
	mmu_flush_pages(&r->m);
	rig_load(r, 0xa1000, 1);
	ck_assert_int_eq(r->io.reads, 1);
	rig_free(r);
}
END_TEST

START_TEST(page_tables_in_a_window_are_walked_each_time)
{
	struct told t;
	struct rig *r = with_window(&t);
	u8 *vram = r->pm.window[0].host;

	move(r, AT, VRAM);
	store32(vram, (AT + 0x1000) | 7);
	store32(vram + 0x1000, 0x800000 | 7);
	store32(r->pm.ram + 0x800000, 8);
	store32(r->pm.ram + 0x900000, 9);
	rig_paging(r, AT, RIG_PG_WP, 0, 0);
	ck_assert_uint_eq(rig_load(r, 0, 4), 8);
	ck_assert_uint_eq(load32(vram + 0x1000) & 0x60, 0x20); /* A */
	store32(vram + 0x1000, 0x900000 | 7);
	mmu_invlpg(&r->m, 0);
	ck_assert_uint_eq(rig_load(r, 0, 4), 9);
	rig_free(r);
}
END_TEST

static TCase *windows(void)
{
	TCase *t = tcase_create("windows");

	tcase_add_test(t, a_window_is_memory_exactly_while_it_decodes);
	tcase_add_test(t, ram_the_top_and_other_windows_go_first);
	tcase_add_test(t, the_first_write_to_a_page_is_told_again_after_each_watch);
	tcase_add_test(t, a_bank_is_another_view_of_the_window);
	tcase_add_test(t, page_tables_in_a_window_are_walked_each_time);
	return t;
}

int main(void)
{
	static TCase *(*const cases[])(void) = {windows};

	return rig_run(cases, ARRAY_LEN(cases), "windows");
}
