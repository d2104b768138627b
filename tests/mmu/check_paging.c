/* check_paging.c - access rights, error codes, A and D, formats: SDM 3A 4.3 to 4.8. */
#include "tests/mmu/rig.h"

/* SDM 3A 4.6.1, without SMEP and SMAP: which data accesses a translation with these rights allows */
static const struct {
	u8 user, write; /* the U/S and R/W bits, each the AND over all levels */
	u8 sup_read, sup_write_wp0, sup_write_wp1, user_read, user_write;
} rights[] = {
	{0, 0,  1, 1, 0,  0, 0},
	{0, 1,  1, 1, 1,  0, 0},
	{1, 0,  1, 1, 0,  1, 0},
	{1, 1,  1, 1, 1,  1, 1},
};

static bool allowed(u32 both, int acc, bool wp)
{
	int row = (both & 4 ? 2 : 0) + (both & 2 ? 1 : 0);

	if (acc & ACC_USER)
		return acc & ACC_WRITE ? rights[row].user_write : rights[row].user_read;
	if (acc & ACC_WRITE)
		return wp ? rights[row].sup_write_wp1 : rights[row].sup_write_wp0;
	return rights[row].sup_read;
}

static const enum access accesses[] = {ACC_READ, ACC_WRITE, ACC_EXEC, ACC_USER, ACC_USER | ACC_WRITE, ACC_USER | ACC_EXEC};

struct combination {
	u32 pde, pte;
	bool pse, wp;
	enum access acc;
};

static const lin_t LIN = 0x00c05000;
static const gpa_t DIR = 0x100000, TABLE = 0x101000, PAGE = 0x800000 + 0x5000;

static int any_access(struct rig *r, lin_t lin, enum access acc)
{
	struct fetch f;
	u64 v;

	if (acc & ACC_WRITE)
		return mmu_store(&r->m, lin, 2, acc, 0x1234);
	if (acc & ACC_EXEC)
		return mmu_fetch(&r->m, lin, acc, &f);
	return mmu_load(&r->m, lin, 2, acc, &v);
}

/* The value of one combination is checked without Check's macros: they are slow, and these are many. */
static const char *try_combination(struct rig *r, const struct combination *c)
{
	bool large = c->pse && c->pde & 0x80;
	bool present = c->pde & 1 && (large || c->pte & 1);
	u32 both = large ? c->pde : c->pde & c->pte;
	bool ok = present && allowed(both, c->acc, c->wp);
	u32 error = (present ? 1 : 0) | (c->acc & ACC_WRITE ? 2 : 0) | (c->acc & ACC_USER ? 4 : 0);
	u32 ad = c->acc & ACC_WRITE ? 0x60 : 0x20;

	rig_put32(r, DIR + (LIN >> 22) * 4, c->pde);
	rig_put32(r, TABLE + (LIN >> 12 & 1023) * 4, c->pte);
	mmu_set_mode(&r->m, 0x80000001 | (c->wp ? 1u << 16 : 0), c->pse ? 0x10 : 0, 0);
	if ((any_access(r, LIN, c->acc) == 0) != ok)
		return "allowed or not";
	if (!ok && (r->m.fault.error != error || r->m.fault.cr2 != LIN))
		return "error code or CR2";
	if (rig_get32(r, DIR + (LIN >> 22) * 4) != (c->pde | (!ok ? 0 : large ? ad : 0x20)))
		return "A and D of the directory entry";
	if (rig_get32(r, TABLE + (LIN >> 12 & 1023) * 4) != (c->pte | (!ok || large ? 0 : ad)))
		return "A and D of the table entry";
	return NULL;
}

static void all_combinations(struct rig *r)
{
	struct combination c;
	const char *wrong;

	for (u32 i = 0; i < 16 * 8 * 4 * 6; i++) {
		/* the frame suits both a table and a 4 MB page: a large page's bits 21:17 are reserved */
		c.pde = (i & 7) | (i & 8 ? 0x80 | 0x800000 : (u32)TABLE);
		c.pte = (u32)PAGE | (i >> 4 & 7);
		c.pse = i >> 7 & 1;
		c.wp = i >> 8 & 1;
		c.acc = accesses[i >> 9];
		if (c.pde & 0x80 && !c.pse)
			c.pde = (c.pde & 0xfff) | (u32)TABLE;
		wrong = try_combination(r, &c);
		ck_assert_msg(!wrong, "%s: pde %x pte %x pse %d wp %d access %d", wrong, c.pde, c.pte, c.pse, c.wp, c.acc);
	}
}

START_TEST(every_combination_of_rights_follows_sdm_4_6)
{
	struct rig *r = rig_new();

	mmu_set_cr3(&r->m, DIR);
	all_combinations(r);
	rig_free(r);
}
END_TEST

START_TEST(every_combination_of_rights_holds_under_the_loosest_shadow)
{
	/* with tables that go loose at the first write, the flush of each mode change is what keeps them true */
	struct rig *r = rig_new();
	struct combination c = {.pde = (u32)TABLE | 7, .acc = ACC_READ, .wp = true};

	r->m.shadow->leaf_writes = 1;
	mmu_set_cr3(&r->m, DIR);
	for (u32 i = 0; i < 8 * 6; i++) {
		const char *wrong;

		c.pte = (u32)PAGE | (i & 7);
		c.acc = accesses[i >> 3];
		mmu_set_cr3(&r->m, DIR);
		wrong = try_combination(r, &c);
		ck_assert_msg(!wrong, "%s: pte %x access %d", wrong, c.pte, c.acc);
	}
	rig_free(r);
}
END_TEST

START_TEST(a_and_d_are_set_again_after_the_guest_clears_them)
{
	struct rig *r = rig_new();
	gpa_t pte = TABLE + (LIN >> 12 & 1023) * 4, pde = DIR + (LIN >> 22) * 4;

	rig_put32(r, pde, (u32)TABLE | 7);
	rig_put32(r, pte, (u32)PAGE | 7);
	rig_paging(r, DIR, RIG_PG_WP, 0, 0);
	for (int i = 0; i < 5; i++) {
		rig_load(r, LIN, 4);
		ck_assert_uint_eq(rig_get32(r, pte), PAGE | 0x27);
		rig_store(r, LIN, 4, 1);
		ck_assert_uint_eq(rig_get32(r, pte), PAGE | 0x67);
		ck_assert_uint_eq(rig_get32(r, pde), TABLE | 0x27);
		/* the watch sees it: no INVLPG needed */
		rig_put32(r, pte, (u32)PAGE | 7);
		rig_put32(r, pde, (u32)TABLE | 7);
	}
	rig_free(r);
}
END_TEST

START_TEST(a_self_mapped_directory_is_table_and_directory_at_once)
{
	struct rig *r = rig_new();
	const lin_t self = 0xffc00000, dir_at = 0xfffff000;
	gpa_t pt = TABLE;

	rig_put32(r, DIR + 1023 * 4, (u32)DIR | 3);
	rig_put32(r, DIR + 3 * 4, (u32)pt | 3);
	rig_put32(r, pt + 5 * 4, (u32)PAGE | 3);
	rig_put32(r, pt + 6 * 4, 0x900000 | 3);
	store32(r->pm.ram + 0x900000, 0xabcd);
	rig_paging(r, DIR, RIG_PG_WP, 0, 0);
	rig_store(r, LIN, 4, 77);
	ck_assert_uint_eq(rig_load(r, dir_at + 3 * 4, 4), pt | 0x23);
	ck_assert_uint_eq(rig_load(r, self + 3 * PAGE_SIZE + 5 * 4, 4), PAGE | 0x63);
	/* through the window the PTE is changed, and the page is another */
	rig_store(r, self + 3 * PAGE_SIZE + 5 * 4, 4, 0x900003);
	ck_assert_uint_eq(rig_load(r, LIN, 4), 0xabcd);
	/* a new table through the directory's own window */
	rig_put32(r, 0x102000 + 5 * 4, (u32)PAGE | 3);
	rig_store(r, dir_at + 3 * 4, 4, 0x102003);
	ck_assert_uint_eq(rig_load(r, LIN, 4), 77);
	ck_assert_uint_eq(rig_load(r, self + 3 * PAGE_SIZE + 5 * 4, 4), PAGE | 0x23);
	/* the window itself goes: PDE 1023 is also the PTE of dir_at */
	rig_store(r, dir_at + 1023 * 4, 4, 0);
	ck_assert_int_eq(mmu_store(&r->m, dir_at, 4, ACC_WRITE, 0), -1);
	ck_assert_uint_eq(r->m.fault.error, 2);
	ck_assert_uint_eq(rig_load(r, LIN, 4), 77);
	rig_free(r);
}
END_TEST

START_TEST(large_pages_lead_to_36_bit_addresses_and_check_reserved_bits)
{
	struct rig *r = rig_new();
	u64 v;

	rig_put32(r, DIR + 4, 0x400000 | 0x83);             /* linear 400000 */
	rig_put32(r, DIR + 8, 0x400000 | 0x83 | 1u << 13);  /* linear 800000: bit 32 of the address */
	rig_put32(r, DIR + 12, 0x400000 | 0x83 | 1u << 17); /* linear c00000: reserved */
	rig_put32(r, DIR + 16, 0x400000 | 0x83 | 1u << 12); /* linear 1000000: PAT, no reserved bit */
	rig_paging(r, DIR, RIG_PG_WP, 0x10, 0);
	store32(r->pm.ram + 0x412344, 0x5a5a);
	ck_assert_uint_eq(rig_load(r, 0x412344, 4), 0x5a5a);
	ck_assert_uint_eq(rig_load(r, 0x1012344, 4), 0x5a5a);
	rig_load(r, 0x812344, 4); /* SDM 3A table 4-4: bits 16:13 are 35:32 */
	ck_assert_int_eq(r->io.reads, 1);
	ck_assert_uint_eq(r->io.gpa[0], 0x100412344);
	ck_assert_int_eq(mmu_load(&r->m, 0xc12344, 4, ACC_USER, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 0xd); /* P, U, RSVD */
	rig_store(r, 0x412344, 4, 1);
	ck_assert_uint_eq(rig_get32(r, DIR + 4), 0x4000e3);
	r->m.no_pse36 = true; /* then bits 21:13 are reserved: SDM 3A table 4-4 */
	mmu_set_mode(&r->m, RIG_PG_WP, 0, 0);
	mmu_set_mode(&r->m, RIG_PG_WP, 0x10, 0);
	mmu_flush_all(&r->m);
	ck_assert_int_eq(mmu_load(&r->m, 0x812344, 4, ACC_USER, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 0xd);
	ck_assert_uint_eq(rig_load(r, 0x1012344, 4), 1);
	rig_free(r);
}
END_TEST

/* PAE: PDPT 100000, PD 101000, PT 102000 */
static struct rig *pae(u64 efer)
{
	struct rig *r = rig_new();

	rig_put64(r, 0x100000, 0x101001);
	rig_put64(r, 0x100018, 0x101001);                  /* c0000000: the same directory */
	rig_put64(r, 0x101000, 0x102007);                  /* 0: a table */
	rig_put64(r, 0x101008, 0x400087);                  /* 200000: 2 MB */
	rig_put64(r, 0x101010, 0x400087 | 1 << 13);        /* 400000: reserved */
	rig_put64(r, 0x102000, 0x800007);                  /* 0 */
	rig_put64(r, 0x102008, 0x801007 | 1ull << 63);     /* 1000: NX */
	rig_put64(r, 0x102010, 0x802007 | 1ull << 40);     /* 2000: reserved */
	rig_put64(r, 0x102018, 0x803007 | 1ull << 32);     /* 3000: above 4 GB */
	rig_paging(r, 0x100000, RIG_PG_WP, 0x20, efer);
	return r;
}

START_TEST(pae_walks_latched_pdptes_and_64_bit_entries)
{
	struct rig *r = pae(1 << 11);
	struct fetch f;
	u64 v;

	store32(r->pm.ram + 0x800010, 1111);
	store32(r->pm.ram + 0x523450, 2222);
	ck_assert_uint_eq(rig_load(r, 0x10, 4), 1111);
	ck_assert_uint_eq(rig_load(r, 0xc0000010, 4), 1111);
	ck_assert_uint_eq(rig_load(r, 0x323450, 4), 2222);
	ck_assert_int_eq(mmu_load(&r->m, 0x400000, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 9);
	ck_assert_int_eq(mmu_load(&r->m, 0x2000, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 9);
	ck_assert_int_eq(mmu_load(&r->m, 0x40000000, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 0);
	rig_load(r, 0x3000, 4);
	ck_assert_uint_eq(r->io.gpa[0], 0x100803000);
	/* execute-disable: SDM 3A 4.6.1, error code bit 4 */
	ck_assert_int_eq(mmu_fetch(&r->m, 0x10, ACC_USER, &f), 0);
	ck_assert_uint_eq(f.gpa, 0x800010);
	rig_load(r, 0x1000, 4);
	ck_assert_int_eq(mmu_fetch(&r->m, 0x1000, ACC_USER, &f), -1);
	ck_assert_uint_eq(r->m.fault.error, 0x15);
	/* the PDPTEs are registers: memory may change, until CR3 is loaded (SDM 3A 4.4.1) */
	rig_put64(r, 0x100000, 0);
	ck_assert_uint_eq(rig_load(r, 0x10, 4), 1111);
	mmu_set_cr3(&r->m, 0x100000);
	ck_assert_int_eq(mmu_load(&r->m, 0x10, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(rig_load(r, 0xc0000010, 4), 1111);
	rig_free(r);
}
END_TEST

START_TEST(one_pae_directory_at_two_places_is_synced_at_both)
{
	struct rig *r = pae(0);

	store32(r->pm.ram + 0x800010, 1111);
	store32(r->pm.ram + 0x900010, 3333);
	ck_assert_uint_eq(rig_load(r, 0x10, 4), 1111);
	ck_assert_uint_eq(rig_load(r, 0xc0000010, 4), 1111);
	rig_put64(r, 0x102000, 0x900007);
	ck_assert_uint_eq(rig_load(r, 0x10, 4), 3333);
	ck_assert_uint_eq(rig_load(r, 0xc0000010, 4), 3333);
	rig_free(r);
}
END_TEST

START_TEST(a_table_of_two_formats_is_read_anew_in_each)
{
	/* page 100000 is a PAE page table for 1000 (in a hole above 4 GB), and a 32-bit directory and table at once: the
	 * high half of a PAE entry is an odd 32-bit entry, whose A is bit 37 of the PAE entry */
	struct rig *r = rig_new();
	u64 v;

	rig_put64(r, 0x101000, 0x102001);
	rig_put64(r, 0x102000, 0x100007);
	rig_put64(r, 0x100008, 0x100800007);
	rig_put32(r, 0x103000, 0x100007);
	rig_paging(r, 0x101000, RIG_PG_WP, 0x20, 0);
	rig_load(r, 0x1000, 4);
	ck_assert_int_eq(r->io.reads, 1);
	rig_paging(r, 0x103000, RIG_PG_WP, 0, 0);
	rig_load(r, 0x3000, 4);
	ck_assert_uint_eq(rig_get32(r, 0x10000c), 0x21);
	rig_paging(r, 0x101000, RIG_PG_WP, 0x20, 0);
	ck_assert_int_eq(mmu_load(&r->m, 0x1000, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 9);
	rig_free(r);
}
END_TEST

START_TEST(pae_checks_reserved_bits_of_pdptes_and_of_bit_63_without_nxe)
{
	struct rig *r = pae(0);
	u64 v;

	ck_assert_int_eq(mmu_load(&r->m, 0x1000, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 9);
	ck_assert(mmu_pdptes_ok(&r->m, 0x100000));
	rig_put64(r, 0x100008, 0x101003); /* bit 1 */
	ck_assert(!mmu_pdptes_ok(&r->m, 0x100000));
	rig_put64(r, 0x100008, 0x101002); /* not present: nothing is checked */
	ck_assert(mmu_pdptes_ok(&r->m, 0x100000));
	rig_free(r);
}
END_TEST

START_TEST(four_levels_combine_rights_over_all)
{
	struct rig *r = rig_new();
	const lin_t lin = 0xffff8000c0605123; /* 256, 3, 3, 5 */
	u64 v;

	rig_put64(r, 0x100000 + 256 * 8, 0x101007);
	rig_put64(r, 0x101000 + 3 * 8, 0x102007);
	rig_put64(r, 0x102000 + 3 * 8, 0x103007);
	rig_put64(r, 0x103000 + 5 * 8, 0x804007);
	rig_paging(r, 0x100000, RIG_PG_WP, 0x20, 1 << 10 | 1 << 11);
	rig_store(r, lin, 8, 0x1122334455667788);
	ck_assert_uint_eq(load64(r->pm.ram + 0x804123), 0x1122334455667788);
	ck_assert_uint_eq(load64(r->pm.ram + 0x103000 + 5 * 8), 0x804067);
	ck_assert_uint_eq(load64(r->pm.ram + 0x100000 + 256 * 8), 0x101027);
	for (int level = 0; level < 4; level++) {
		static const gpa_t at[] = {0x100800, 0x101018, 0x102018, 0x103028};
		u64 old = load64(r->pm.ram + at[level]);

		ck_assert_int_eq(mmu_load(&r->m, lin, 4, ACC_USER, &v), 0);
		rig_put64(r, at[level], old & ~4ull);
		ck_assert_int_eq(mmu_load(&r->m, lin, 4, ACC_USER, &v), -1);
		ck_assert_uint_eq(r->m.fault.error, 5);
		rig_put64(r, at[level], old & ~2ull);
		ck_assert_int_eq(mmu_store(&r->m, lin, 4, ACC_WRITE, 0), -1);
		ck_assert_uint_eq(r->m.fault.error, 3);
		rig_put64(r, at[level], old | 1ull << 50);
		ck_assert_int_eq(mmu_load(&r->m, lin, 4, ACC_READ, &v), -1);
		ck_assert_uint_eq(r->m.fault.error, 9);
		rig_put64(r, at[level], old);
	}
	rig_put64(r, 0x101018, 0x102087); /* 1 GB pages: not in this processor, PS is reserved */
	ck_assert_int_eq(mmu_load(&r->m, lin, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 9);
	rig_free(r);
}
END_TEST

START_TEST(smep_and_smap_keep_the_supervisor_out_of_user_pages)
{
	struct rig *r = rig_new();
	struct fetch f;
	u64 v;

	rig_map(r, DIR, 0x1000, 0x801000, 7);
	rig_map(r, DIR, 0x2000, 0x802000, 3);
	rig_paging(r, DIR, RIG_PG_WP, 0, 0);
	ck_assert_int_eq(mmu_fetch(&r->m, 0x1000, ACC_EXEC, &f), 0);
	mmu_set_mode(&r->m, RIG_PG_WP, 1 << 20, 0);
	rig_load(r, 0x1000, 4);
	ck_assert_int_eq(mmu_fetch(&r->m, 0x1000, ACC_EXEC, &f), -1);
	ck_assert_uint_eq(r->m.fault.error, 0x11);
	ck_assert_int_eq(mmu_fetch(&r->m, 0x1000, ACC_EXEC | ACC_USER, &f), 0);
	ck_assert_int_eq(mmu_fetch(&r->m, 0x2000, ACC_EXEC, &f), 0);
	mmu_set_mode(&r->m, RIG_PG_WP, 1 << 21, 0);
	ck_assert_int_eq(mmu_load(&r->m, 0x1000, 4, ACC_READ, &v), -1);
	ck_assert_uint_eq(r->m.fault.error, 1);
	/* EFLAGS.AC frees explicit accesses, and leaves nothing behind for implicit ones */
	ck_assert_int_eq(mmu_load(&r->m, 0x1000, 4, ACC_READ | ACC_AC, &v), 0);
	ck_assert_int_eq(mmu_store(&r->m, 0x1000, 4, ACC_WRITE | ACC_AC, 5), 0);
	ck_assert_int_eq(mmu_load(&r->m, 0x1000, 4, ACC_READ, &v), -1);
	ck_assert_int_eq(mmu_load(&r->m, 0x1000, 4, ACC_USER, &v), 0);
	ck_assert_int_eq(mmu_fetch(&r->m, 0x1000, ACC_EXEC, &f), 0);
	rig_free(r);
}
END_TEST

START_TEST(wp_changes_what_the_supervisor_may_write_at_once)
{
	struct rig *r = rig_new();

	rig_map(r, DIR, 0x1000, 0x801000, 5);
	rig_paging(r, DIR, 0x80000001, 0, 0);
	rig_store(r, 0x1000, 4, 1);
	mmu_set_mode(&r->m, RIG_PG_WP, 0, 0);
	ck_assert_int_eq(mmu_store(&r->m, 0x1000, 4, ACC_WRITE, 2), -1);
	ck_assert_uint_eq(r->m.fault.error, 3);
	mmu_set_mode(&r->m, 0x80000001, 0, 0);
	rig_store(r, 0x1000, 4, 3);
	ck_assert_int_eq(mmu_store(&r->m, 0x1000, 4, ACC_USER, 2), -1);
	ck_assert_uint_eq(r->m.fault.error, 7);
	rig_free(r);
}
END_TEST

START_TEST(a_walk_is_described_in_words)
{
	struct rig *r = rig_new();
	char text[512], tiny[8];

	rig_map(r, DIR, 0x1000, 0x801000, 5);
	rig_paging(r, DIR, RIG_PG_WP, 0, 0);
	mmu_describe_walk(&r->m, 0x1234, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "PDE"));
	ck_assert_ptr_nonnull(strstr(text, "read-only user"));
	ck_assert_ptr_nonnull(strstr(text, "-> gpa 00801234 (RAM)"));
	mmu_describe_walk(&r->m, 0x2234, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "not present"));
	mmu_describe_walk(&r->m, 0x2234, tiny, sizeof tiny);
	ck_assert_uint_lt(strlen(tiny), sizeof tiny);
	ck_assert_uint_eq(rig_get32(r, DIR) & 0x20, 0); /* no side effect */
	rig_free(r);
}
END_TEST

static TCase *rights_case(void)
{
	TCase *t = tcase_create("rights, A and D");

	tcase_add_test(t, every_combination_of_rights_follows_sdm_4_6);
	tcase_add_test(t, every_combination_of_rights_holds_under_the_loosest_shadow);
	tcase_add_test(t, a_and_d_are_set_again_after_the_guest_clears_them);
	tcase_add_test(t, a_self_mapped_directory_is_table_and_directory_at_once);
	tcase_add_test(t, smep_and_smap_keep_the_supervisor_out_of_user_pages);
	tcase_add_test(t, wp_changes_what_the_supervisor_may_write_at_once);
	return t;
}

static TCase *formats(void)
{
	TCase *t = tcase_create("formats");

	tcase_add_test(t, large_pages_lead_to_36_bit_addresses_and_check_reserved_bits);
	tcase_add_test(t, pae_walks_latched_pdptes_and_64_bit_entries);
	tcase_add_test(t, one_pae_directory_at_two_places_is_synced_at_both);
	tcase_add_test(t, a_table_of_two_formats_is_read_anew_in_each);
	tcase_add_test(t, pae_checks_reserved_bits_of_pdptes_and_of_bit_63_without_nxe);
	tcase_add_test(t, four_levels_combine_rights_over_all);
	tcase_add_test(t, a_walk_is_described_in_words);
	return t;
}

int main(void)
{
	static TCase *(*const cases[])(void) = {rights_case, formats};

	return rig_run(cases, ARRAY_LEN(cases), "paging");
}
