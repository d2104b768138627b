/* The jump cache under paging: after INVLPG, MOV CR3, a page fault or a write to a watched table the program that runs is the one that the
 * tables lead to, and code of global pages is still found after MOV CR3. Expectations: SDM 3A 4.10.2.4 and 4.10.4.1.
 */
#include "tests/cpu/system_rig.h"

#include "cpu/block.h"
#include "mmu/shadow.h"

enum { DIR_A = 0x100000, DIR_B = 0x102000, LOW = 0x101000, TABLE = 0x103000, OTHER_TABLE = 0x104000, WIN = 0x400000, ONE = 0x20000, TWO = 0x21000, STACK = 0x18000 };
enum { P = 7, G = 0x100, PS = 0x80 };

static void put(struct rig *r, u32 at, u32 v)
{
	phys_write(&r->pm, at, &v, 4);
}

/* Two directories share the first 2 MB and a window at 4 MB. At ONE and TWO, INC EBX or ADD EBX,5 on both sides of a jump
 * to the next line, so that the jump cache is used. */
static struct rig *runner(u32 cr4)
{
	struct rig *r = rig_new_protected(0);
	rig_run_programs(r);
	for (u32 i = 0; i < 512; i++)
		put(r, LOW + 4 * i, i << 12 | P);
	for (u32 dir = DIR_A; dir <= DIR_B; dir += DIR_B - DIR_A) {
		put(r, dir, LOW | P);
		put(r, dir + 4, TABLE | P);
	}
	phys_write(&r->pm, ONE, "\x43\xb8\x40\0\x40\0\xff\xe0", 8);        /* INC EBX; MOV EAX,400040h; JMP EAX */
	phys_write(&r->pm, ONE + 0x40, "\x43\xf4", 2);
	phys_write(&r->pm, TWO, "\x83\xc3\x05\xb8\x40\0\x40\0\xff\xe0", 10); /* ADD EBX,5 ... */
	phys_write(&r->pm, TWO + 0x40, "\x83\xc3\x05\xf4", 4);
	r->s.cr3 = DIR_A;
	r->s.cr4 |= cr4;
	mmu_set_cr3(&r->m, r->s.cr3);
	ck_assert_int_eq(sys_set_cr0(&r->c, &r->s, r->s.cr0 | CR0_PG), STEP_NEXT);
	mmu_set_mode(&r->m, r->s.cr0, r->s.cr4, r->s.efer);
	ctx_update(&r->c);
	return r;
}

/* From WIN until HLT: what EBX has become; -1 after an exception. */
static int run(struct rig *r)
{
	memset(r->c.r, 0, sizeof r->c.r);
	r->c.r[RSP] = STACK;
	r->c.ip = WIN;
	r->c.attention = 0;
	r->s.activity = ACT_ACTIVE;
	r->last_port = 0;
	cpu_run(&r->c, r->c.count + 1000);
	return r->last_port ? -1 : (int)r->c.r[RBX];
}

static bool is_cached(struct rig *r, lin_t lin)
{
	return jump_at(r->c.code, lin)->key == jump_key(lin, r->c.mode);
}

START_TEST(code_of_a_global_page_is_still_found_after_mov_cr3)
{
	for (u32 pge = 0; pge <= CR4_PGE; pge += CR4_PGE)
		for (u32 g = 0; g <= G; g += G) {
			struct rig *r = runner(pge);
			put(r, TABLE, ONE | P | g);
			ck_assert_int_eq(run(r), 2);
			ck_assert(is_cached(r, WIN) && is_cached(r, WIN + 0x40));
			mmu_set_cr3(&r->m, DIR_B);
			ck_assert_int_eq(is_cached(r, WIN), pge && g);
			ck_assert_int_eq(is_cached(r, WIN + 0x40), pge && g);
			ck_assert_int_eq(run(r), 2);
			rig_free(r);
		}
}
END_TEST

START_TEST(a_page_that_stops_to_be_global_goes_with_mov_cr3)
{
	struct rig *r = runner(CR4_PGE);
	put(r, TABLE, ONE | P | G);
	ck_assert_int_eq(run(r), 2);
	put(r, TABLE, ONE | P);
	mmu_invlpg(&r->m, WIN);
	ck_assert_int_eq(run(r), 2);
	mmu_set_cr3(&r->m, DIR_B);
	ck_assert(!is_cached(r, WIN));
	put(r, TABLE, ONE | P | G);
	mmu_invlpg(&r->m, WIN);
	ck_assert_int_eq(run(r), 2);
	mmu_set_cr3(&r->m, DIR_A);
	ck_assert(is_cached(r, WIN));
	rig_free(r);
}
END_TEST

/* Every way to exchange the page, on a global one and not; in a table that is watched, and in one that the guest writes often. */
START_TEST(an_exchanged_page_brings_its_code)
{
	for (u32 variant = 0; variant < 4; variant++) {
		struct rig *r = runner(CR4_PGE);
		u32 g = variant & 1 ? G : 0;
		r->m.shadow->leaf_writes = variant & 2 ? 1 : ~0u;
		for (u32 i = 0; i < 60; i++) {
			put(r, TABLE, (i & 1 ? TWO : ONE) | P | g);
			if (i % 3 == 0 || g)
				mmu_invlpg(&r->m, WIN + i);
			else
				mmu_set_cr3(&r->m, i % 3 == 1 ? DIR_A : DIR_B);
			ck_assert_int_eq(run(r), i & 1 ? 10 : 2);
			if (i % 5 == 0)
				mmu_set_cr3(&r->m, i & 2 ? DIR_A : DIR_B);
		}
		rig_free(r);
	}
}
END_TEST

/* More than the manual promises: the shadow notices a write to a table that it watches, and says so to all. The table is in
 * one place or in two; or it is the directory that is written. */
START_TEST(a_write_to_a_watched_table_is_seen_without_invlpg)
{
	for (u32 places = 0; places < 3; places++) {
		struct rig *r = runner(0);
		u64 v;
		r->m.shadow->leaf_writes = ~0u;
		put(r, DIR_A + 12, TABLE | P);
		put(r, TABLE, ONE | P);
		put(r, OTHER_TABLE, TWO | P);
		for (u32 i = 0; i < 20; i++) {
			if (places)
				put(r, TABLE, (i & 1 ? TWO : ONE) | P);
			else
				put(r, DIR_A + 4, (i & 1 ? OTHER_TABLE : TABLE) | P);
			if (places == 2)
				ck_assert_int_eq(mmu_load(&r->m, 3 * WIN, 1, ACC_READ, &v), 0);
			ck_assert_int_eq(run(r), i & 1 ? 10 : 2);
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(invlpg_of_one_page_leaves_the_others)
{
	struct rig *r = runner(CR4_PGE);
	put(r, TABLE, ONE | P | G);
	ck_assert_int_eq(run(r), 2);
	mmu_invlpg(&r->m, WIN + 0x1000);
	ck_assert(is_cached(r, WIN) && is_cached(r, WIN + 0x40));
	mmu_invlpg(&r->m, WIN + 0xfff);
	ck_assert(!is_cached(r, WIN) && !is_cached(r, WIN + 0x40));
	rig_free(r);
}
END_TEST

/* 4.10.4.1: INVLPG drops the whole large page that its operand lies in. */
START_TEST(invlpg_anywhere_in_a_large_page_drops_its_code)
{
	struct rig *r = runner(CR4_PGE | CR4_PSE);
	put(r, DIR_A + 4, PS | P | G);
	memcpy(r->ram, "\x43\xf4", 2);
	ck_assert_int_eq(run(r), 1);
	mmu_set_cr3(&r->m, DIR_A);
	ck_assert(is_cached(r, WIN));
	mmu_invlpg(&r->m, WIN + 0x800000);
	ck_assert(is_cached(r, WIN));
	mmu_invlpg(&r->m, WIN + 0x3ff000);
	ck_assert(!is_cached(r, WIN));
	put(r, DIR_A + 4, TABLE | P);
	put(r, TABLE, TWO | P);
	mmu_invlpg(&r->m, WIN + 0x3ff000);
	ck_assert_int_eq(run(r), 10);
	rig_free(r);
}
END_TEST

/* The TLB has lost the page long before (its place was taken), the table is not watched: the fault alone tells. */
START_TEST(a_page_fault_drops_the_code_of_its_page)
{
	for (u32 g = 0; g <= G; g += G) {
		struct rig *r = runner(CR4_PGE);
		u64 v;
		r->m.shadow->leaf_writes = 1;
		put(r, TABLE, TWO | P | g);
		ck_assert_int_eq(run(r), 10);
		put(r, TABLE, ONE | P | g); /* makes the table loose */
		mmu_invlpg(&r->m, WIN);
		ck_assert_int_eq(run(r), 2);
		ck_assert_int_eq(mmu_load(&r->m, 0, 4, ACC_READ, &v), 0); /* shares WIN's place in the TLB */
		put(r, TABLE, 0);
		mmu_invlpg(&r->m, 0);
		r->m.shadow->epoch++; /* its entries in the shadow are old, as after a CR3 load */
		ck_assert_int_eq(mmu_load(&r->m, WIN, 4, ACC_READ, &v), -1);
		put(r, TABLE, TWO | P | g);
		ck_assert_int_eq(run(r), 10);
		rig_free(r);
	}
}
END_TEST

START_TEST(a_shorter_code_segment_is_heeded)
{
	struct rig *r = runner(0);
	put(r, TABLE, ONE | P);
	ck_assert_int_eq(run(r), 2);
	r->s.seg[SEG_CS].limit = WIN + 0x40;
	ctx_update(&r->c);
	ck_assert_int_eq(run(r), -1); /* HLT lies behind the limit */
	ck_assert_int_eq(r->c.fault.vec, VEC_GP);
	r->s.seg[SEG_CS].limit = ~0u;
	ctx_update(&r->c);
	ck_assert_int_eq(run(r), 2);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("jump cache");
	TCase *t = tcase_create("jump");
	suite_add_tcase(s, t);
	tcase_add_test(t, code_of_a_global_page_is_still_found_after_mov_cr3);
	tcase_add_test(t, a_page_that_stops_to_be_global_goes_with_mov_cr3);
	tcase_add_test(t, an_exchanged_page_brings_its_code);
	tcase_add_test(t, a_write_to_a_watched_table_is_seen_without_invlpg);
	tcase_add_test(t, invlpg_of_one_page_leaves_the_others);
	tcase_add_test(t, invlpg_anywhere_in_a_large_page_drops_its_code);
	tcase_add_test(t, a_page_fault_drops_the_code_of_its_page);
	tcase_add_test(t, a_shorter_code_segment_is_heeded);
	return rig_main(s);
}
