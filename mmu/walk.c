/* walk.c - the walk of the guest's page tables: 2-level with PSE and PSE-36, PAE, 4-level.
 *
 * SDM 3A 4.3 (32-bit), 4.4 (PAE), 4.5 (4-level), 4.6 (access rights), 4.7 (error codes). One routine for all formats;
 * it has no side effect: A and D are set by its caller, when the access is known not to fault.
 * Not emulated: 1 GB pages (PS in a PDPTE is reserved), PCIDs, protection keys, 5 levels.
 */
#include "mmu/walk.h"

#include "base/bits.h"

static u64 bit_range(unsigned high, unsigned low)
{
	return (~0ull >> (63 - high)) & (~0ull << low);
}

/* Bits that must be 0 in a present entry. */
static u64 reserved_bits(const struct paging *p, int level, bool is_large)
{
	u64 bits;

	if (p->format == PAGING_32) /* PSE-36: bits 20:13 are address bits 39:32, as far as there are any (SDM 3A table 4-4) */
		return is_large ? bit_range(21, p->pse36 ? 17 : 13) : 0;
	bits = bit_range(p->format == PAGING_PAE ? 62 : 51, PHYS_BITS);
	if (!p->nxe)
		bits |= PTE_NX;
	if (is_large)
		bits |= level == 2 ? bit_range(20, 13) : PTE_PS;
	return bits;
}

static gpa_t frame_of(const struct paging *p, int level, u64 gpte)
{
	if (level == 1)
		return gpte & PHYS_MASK & PAGE_MASK;
	if (p->format == PAGING_32)
		return (gpte & 0xffc00000) | (gpte >> 13 & 0xf) << 32;
	return gpte & PHYS_MASK & ~bit_range(20, 0);
}

static u64 read_entry(const struct physmem *pm, gpa_t gpa, unsigned size)
{
	const u8 *at = physmem_read_ptr(pm, gpa);

	if (!at)
		return ~0ull >> (64 - 8 * size);
	return size == 4 ? load32(at) : load64(at);
}

static bool first_table(const struct paging *p, lin_t lin, struct walk *w, gpa_t *table)
{
	if (p->format == PAGING_PAE) {
		u64 pdpte = p->pdpte[lin >> 30 & 3];

		w->level = 3;
		w->step[3].gpa = (p->cr3 & 0xffffffe0) + (lin >> 30 & 3) * 8;
		w->step[3].gpte = pdpte;
		*table = pdpte & PHYS_MASK & PAGE_MASK;
		return pdpte & PTE_P;
	}
	*table = p->cr3 & PAGE_MASK & (p->format == PAGING_32 ? 0xffffffff : PHYS_MASK);
	return true;
}

void walk_guest(const struct physmem *pm, const struct paging *p, lin_t lin, struct walk *w)
{
	unsigned bits = paging_index_bits(p), size = paging_entry_size(p);
	u64 all = PTE_W | PTE_U, any = 0, gpte;
	gpa_t table;

	w->result = WALK_ABSENT;
	if (!first_table(p, lin, w, &table))
		return;
	for (int level = p->levels;; level--) {
		unsigned shift = 12 + bits * (unsigned)(level - 1);
		gpa_t at = (table + (lin >> shift & ((1u << bits) - 1)) * size) & pm->a20_mask;
		bool is_large;

		gpte = read_entry(pm, at, size);
		w->level = level;
		w->step[level].gpa = at;
		w->step[level].gpte = gpte;
		if (!(gpte & PTE_P))
			return;
		is_large = level > 1 && gpte & PTE_PS && (p->format != PAGING_32 || p->pse);
		if (gpte & reserved_bits(p, level, is_large)) {
			w->result = WALK_RESERVED;
			return;
		}
		all &= gpte;
		any |= gpte;
		if (level == 1 || is_large) {
			w->result = WALK_OK;
			w->leaf.gpa = frame_of(p, level, gpte) + (lin & ((1ull << shift) - 1));
			w->leaf.flags = all | (any & PTE_NX) | (gpte & (PTE_G | PTE_D)) | (is_large ? PTE_PS : 0);
			w->leaf.loose = false;
			return;
		}
		table = gpte & PAGE_MASK & (p->format == PAGING_32 ? 0xffffffff : PHYS_MASK);
	}
}

bool walk_allows(const struct mmu *m, u64 flags, enum access acc)
{
	if (acc & ACC_EXEC && flags & PTE_NX)
		return false;
	if (acc & ACC_USER)
		return flags & PTE_U && (!(acc & ACC_WRITE) || flags & PTE_W);
	if (acc & ACC_WRITE && !(flags & PTE_W) && m->cr0 & CR0_WP)
		return false;
	if (flags & PTE_U && m->cr4 & (CR4_SMEP | CR4_SMAP))
		return acc & ACC_EXEC ? !(m->cr4 & CR4_SMEP) : acc & ACC_AC || !(m->cr4 & CR4_SMAP);
	return true;
}

bool walk_faults(const struct mmu *m, const struct walk *w, enum access acc, u32 *error)
{
	u32 code = 0;

	if (w->result == WALK_OK && walk_allows(m, w->leaf.flags, acc))
		return false;
	if (w->result != WALK_ABSENT)
		code |= PF_P;
	if (w->result == WALK_RESERVED)
		code |= PF_RSVD;
	if (acc & ACC_WRITE)
		code |= PF_W;
	if (acc & ACC_USER)
		code |= PF_U;
	if (acc & ACC_EXEC && ((m->cr4 & CR4_PAE && m->efer & EFER_NXE) || m->cr4 & CR4_SMEP))
		code |= PF_I;
	*error = code;
	return true;
}
