/* rig.h - what the tests of mmu/ share: a machine of RAM and an MMU, a builder of page tables, and a second walker,
 * written from SDM 3A 4.3 to 4.7 and not from mmu/walk.c.
 */
#ifndef TESTS_MMU_RIG_H
#define TESTS_MMU_RIG_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bits.h"
#include "mmu/mmu.h"
#include "mmu/shadow.h"

#define RIG_RAM (32ull << 20)

struct io_log {
	int reads, writes, size[8];
	gpa_t gpa[8];
	u64 value[8];
};

struct rig {
	struct physmem pm;
	struct mmu m;
	struct io_log io;
	int code_writes, changes;
	enum mapping_change change; /* the last one */
	lin_t change_lin;
	gpa_t code_gpa;
	u32 code_len;
	u8 code_before; /* the byte at code_gpa when the hook was called */
	bool code_clears;
	gpa_t next_table;
};

static inline u64 rig_io_read(void *opaque, gpa_t gpa, int size)
{
	struct io_log *io = &((struct rig *)opaque)->io;

	if (io->reads + io->writes < 8) {
		io->gpa[io->reads + io->writes] = gpa;
		io->size[io->reads + io->writes] = size;
	}
	io->reads++;
	return 0x8877665544332211ull ^ gpa;
}

static inline void rig_io_write(void *opaque, gpa_t gpa, int size, u64 value)
{
	struct io_log *io = &((struct rig *)opaque)->io;

	if (io->reads + io->writes < 8) {
		io->gpa[io->reads + io->writes] = gpa;
		io->size[io->reads + io->writes] = size;
		io->value[io->reads + io->writes] = value;
	}
	io->writes++;
}

static inline void rig_changed(void *opaque, enum mapping_change what, lin_t lin)
{
	struct rig *r = opaque;

	r->changes++;
	r->change = what;
	r->change_lin = lin;
}

static inline void rig_code_written(void *opaque, gpa_t gpa, u32 len)
{
	struct rig *r = opaque;

	r->code_writes++;
	r->code_gpa = gpa;
	r->code_len = len;
	r->code_before = r->pm.ram[gpa];
	if (r->code_clears) {
		r->pm.attr[gpa >> 12] &= (u8)~PG_CODE;
		mmu_page_attr_changed(&r->m, gpa);
	}
}

static inline struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof *r);

	ck_assert_int_eq(physmem_init(&r->pm, RIG_RAM), 0);
	ck_assert_int_eq(mmu_init(&r->m, &r->pm), 0);
	r->pm.hooks.opaque = r;
	r->pm.hooks.code_written = rig_code_written;
	r->m.hooks = (struct mmu_hooks){r, rig_io_read, rig_io_write, rig_changed};
	r->m.verify = true;
	r->next_table = 0x200000;
	return r;
}

static inline void rig_free(struct rig *r)
{
	mmu_free(&r->m);
	physmem_free(&r->pm);
	free(r);
}

/* ---- building tables (32-bit paging unless said otherwise) ---- */

static inline gpa_t rig_table(struct rig *r)
{
	gpa_t at = r->next_table;

	r->next_table += PAGE_SIZE;
	return at;
}

static inline void rig_put32(struct rig *r, gpa_t at, u32 v)
{
	phys_write(&r->pm, at, &v, 4);
}

static inline u32 rig_get32(struct rig *r, gpa_t at)
{
	return load32(r->pm.ram + at);
}

static inline void rig_put64(struct rig *r, gpa_t at, u64 v)
{
	phys_write(&r->pm, at, &v, 8);
}

/* Where is the PTE of `lin`? Makes the page table if need be, with all rights in the PDE. */
static inline gpa_t rig_pte_at(struct rig *r, gpa_t dir, lin_t lin)
{
	gpa_t pde = dir + (lin >> 22) * 4;

	if (!(rig_get32(r, pde) & 1))
		rig_put32(r, pde, (u32)rig_table(r) | 7);
	return (rig_get32(r, pde) & 0xfffff000u) + (lin >> 12 & 1023) * 4;
}

static inline void rig_map(struct rig *r, gpa_t dir, lin_t lin, gpa_t gpa, u32 flags)
{
	rig_put32(r, rig_pte_at(r, dir, lin), (u32)gpa | flags);
}

#define RIG_PG_WP 0x80010001ull /* PG, WP, PE */

static inline void rig_paging(struct rig *r, gpa_t cr3, u64 cr0, u64 cr4, u64 efer)
{
	mmu_set_cr3(&r->m, cr3);
	mmu_set_mode(&r->m, cr0, cr4, efer);
}

static inline u64 rig_load(struct rig *r, lin_t lin, int size)
{
	u64 v = 0;

	ck_assert_int_eq(mmu_load(&r->m, lin, size, ACC_READ, &v), 0);
	return v;
}

static inline void rig_store(struct rig *r, lin_t lin, int size, u64 v)
{
	ck_assert_int_eq(mmu_store(&r->m, lin, size, ACC_WRITE, v), 0);
}

static inline double rig_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the second walker: 32-bit paging, from SDM 3A figure 4-2..4-4, 4.6.1 and 4.7 ---- */

static inline u32 phys32(const struct rig *r, gpa_t at)
{
	u32 v;

	phys_read(&r->pm, at, &v, 4);
	return v;
}

struct expect {
	bool faults;
	u32 error;
	gpa_t gpa;
};

static inline struct expect expect32(const struct rig *r, lin_t lin, int acc)
{
	bool user = acc & ACC_USER, write = acc & ACC_WRITE;
	bool wp = r->m.cr0 >> 16 & 1, pse = r->m.cr4 >> 4 & 1;
	struct expect x = {.faults = true, .error = (write ? 2u : 0) | (user ? 4u : 0)};
	u32 pde = phys32(r, (r->m.cr3 & 0xfffff000u) + (lin >> 22 << 2)), pte;
	bool can_write, can_user;

	if (!(pde & 1))
		return x;
	if (pse && pde & 0x80) {
		if (pde & 0x3e0000) { /* bits 21:17 */
			x.error |= 9;
			return x;
		}
		can_write = pde & 2;
		can_user = pde & 4;
		x.gpa = (pde & 0xffc00000u) + (lin & 0x3fffff) + ((gpa_t)(pde >> 13 & 15) << 32);
	} else {
		pte = phys32(r, (pde & 0xfffff000u) + ((lin >> 12 & 1023) << 2));
		if (!(pte & 1))
			return x;
		can_write = pde & pte & 2;
		can_user = pde & pte & 4;
		x.gpa = (pte & 0xfffff000u) + (lin & 0xfff);
	}
	x.faults = (user && !can_user) || (write && !can_write && (user || wp));
	x.error |= 1;
	return x;
}

static inline int rig_run(TCase *(*const cases[])(void), int n, const char *name)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	for (int i = 0; i < n; i++)
		suite_add_tcase(suite, cases[i]());
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#endif
