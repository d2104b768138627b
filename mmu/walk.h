/* walk.h - the walk of the guest's page tables, and the bits of SDM 3A chapter 4. Private to mmu/ and its tests. */
#ifndef MMU_WALK_H
#define MMU_WALK_H

#include "mmu/mmu.h"

/* entries: SDM 3A tables 4-4 to 4-20 */
#define PTE_P 0x1ull
#define PTE_W 0x2ull
#define PTE_U 0x4ull
#define PTE_A 0x20ull
#define PTE_D 0x40ull
#define PTE_PS 0x80ull
#define PTE_G 0x100ull
#define PTE_NX (1ull << 63)

/* #PF error code: SDM 3A figure 4-12 */
#define PF_P 0x1u
#define PF_W 0x2u
#define PF_U 0x4u
#define PF_RSVD 0x8u
#define PF_I 0x10u

#define CR0_PG (1ull << 31)
#define CR0_CD (1ull << 30)
#define CR0_NW (1ull << 29)
#define CR0_WP (1ull << 16)
#define CR4_PSE (1ull << 4)
#define CR4_PAE (1ull << 5)
#define CR4_PGE (1ull << 7)
#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)
#define EFER_LMA (1ull << 10)
#define EFER_NXE (1ull << 11)

/* MAXPHYADDR: what CPUID reports with PSE-36 */
#define PHYS_BITS 36
#define PHYS_MASK ((1ull << PHYS_BITS) - 1)

/* Where a linear page leads. */
struct leaf {
	gpa_t gpa; /* of the byte asked for, before A20 */
	u64 flags; /* W U NX combined over the levels; G D PS of the leaf entry */
	bool loose; /* came from a table that is not watched: may be as old as a TLB entry */
};

enum walk_result { WALK_OK, WALK_ABSENT, WALK_RESERVED };

#define WALK_LEVELS 4

struct walk {
	enum walk_result result;
	int level; /* of the last entry looked at: 1 is the page table; PAE's latched PDPTE is 3 */
	struct {
		gpa_t gpa; /* of the entry, after A20 */
		u64 gpte;
	} step[WALK_LEVELS + 1]; /* by level */
	struct leaf leaf;        /* of WALK_OK */
};

static inline unsigned paging_index_bits(const struct paging *p)
{
	return p->format == PAGING_32 ? 10 : 9;
}

static inline unsigned paging_entry_size(const struct paging *p)
{
	return p->format == PAGING_32 ? 4 : 8;
}

static inline unsigned paging_shift(const struct paging *p, int level)
{
	return 12 + paging_index_bits(p) * (unsigned)(level - 1);
}

/* Reads the guest's tables and changes nothing. */
void walk_guest(const struct physmem *pm, const struct paging *p, lin_t lin, struct walk *w);

/* Is the access allowed by these flags (SDM 3A 4.6.1)? */
bool walk_allows(const struct mmu *m, u64 flags, enum access acc);

/* Does the access fault? Then *error is the error code of the #PF. */
bool walk_faults(const struct mmu *m, const struct walk *w, enum access acc, u32 *error);

#endif
