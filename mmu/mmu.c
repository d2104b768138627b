/* mmu.c - the MMU's state: control registers as paging sees them, and the flushes that their changes imply.
 *
 * SDM 3A 4.1 (modes), 4.4.1 (PDPTE registers), 4.10.4.1 (what invalidates the TLBs).
 */
#include "mmu/mmu.h"

#include "base/bits.h"
#include "mmu/shadow.h"

int mmu_init(struct mmu *m, struct physmem *pm)
{
	*m = (struct mmu){.pm = pm, .lin_mask = 0xffffffff};
	tlb_init(&m->sup);
	tlb_init(&m->user);
	tlb_init(&m->none);
	if (shadow_init(m, SHADOW_NODES) < 0)
		return -1;
	pm->watch = (struct physmem_watch){m, shadow_written};
	return 0;
}

void mmu_free(struct mmu *m)
{
	if (m->pm)
		m->pm->watch = (struct physmem_watch){0};
	shadow_free(m);
}

void mmu_flush_all(struct mmu *m)
{
	shadow_drop_all(m);
	shadow_new_space(m);
	tlb_flush(m, false);
	mmu_changed(m, MAPPING_ALL, 0);
}

void mmu_flush_pages(struct mmu *m)
{
	tlb_flush(m, false);
	mmu_changed(m, MAPPING_ALL, 0);
}

void mmu_reset(struct mmu *m)
{
	m->cr0 = m->cr3 = m->cr4 = m->efer = 0;
	m->lin_mask = 0xffffffff;
	m->paging = (struct paging){0};
	m->fault = (struct mmu_fault){0};
	mmu_flush_all(m);
}

/* ---- modes -------------------------------------------------------------------------- */

static gpa_t pdpt_gpa(const struct mmu *m, u64 cr3, int i)
{
	return ((cr3 & 0xffffffe0) + (gpa_t)i * 8) & m->pm->a20_mask;
}

static u64 read_pdpte(const struct mmu *m, u64 cr3, int i)
{
	u64 pdpte;

	phys_read(m->pm, pdpt_gpa(m, cr3, i), &pdpte, sizeof pdpte);
	return pdpte;
}

bool mmu_pdptes_ok(const struct mmu *m, u64 cr3)
{
	/* SDM 3A table 4-8: bits 2:1, 8:5 and 63:MAXPHYADDR are reserved */
	const u64 reserved = 0x6 | 0x1e0 | ~PHYS_MASK;

	for (int i = 0; i < 4; i++) {
		u64 pdpte = read_pdpte(m, cr3, i);

		if (pdpte & PTE_P && pdpte & reserved)
			return false;
	}
	return true;
}

static void latch_pdptes(struct mmu *m)
{
	for (int i = 0; i < 4; i++)
		m->paging.pdpte[i] = read_pdpte(m, m->cr3, i);
}

static void set_paging(struct mmu *m)
{
	struct paging *p = &m->paging;

	p->format = !(m->cr0 & CR0_PG)	  ? PAGING_NONE
		    : !(m->cr4 & CR4_PAE) ? PAGING_32
		    : m->efer & EFER_LMA  ? PAGING_4LEVEL
					  : PAGING_PAE;
	p->levels = p->format == PAGING_4LEVEL ? 4 : 2;
	p->pse = p->format == PAGING_32 && m->cr4 & CR4_PSE;
	p->nxe = p->format > PAGING_32 && m->efer & EFER_NXE;
	p->pse36 = p->pse && !m->no_pse36;
	p->key = (u8)(p->format | p->pse << 2 | p->nxe << 3);
	p->cr3 = m->cr3;
}

/* A page that held tables of one format may hold tables of another: entries of different sizes would overlap. */
static void drop_other_format(struct mmu *m)
{
	struct shadow *s = m->shadow;

	for (u16 i = 1; s->used && i < s->nodes; i++)
		if (s->node[i].level && (s->node[i].key & 3) != m->paging.format)
			shadow_drop_node(m, i);
}

void mmu_set_mode(struct mmu *m, u64 cr0, u64 cr4, u64 efer)
{
	u64 d0 = m->cr0 ^ cr0, d4 = m->cr4 ^ cr4, de = m->efer ^ efer;
	u8 old_format = m->paging.format;
	u64 full0 = old_format == PAGING_PAE ? CR0_PG | CR0_CD | CR0_NW : CR0_PG;
	u64 full4 = CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP; /* these two reload the PDPTEs (SDM 3A 4.4.1) */

	m->cr0 = cr0;
	m->cr4 = cr4;
	m->efer = efer;
	m->lin_mask = efer & EFER_LMA ? ~0ull : 0xffffffff;
	if (d0 & full0 || d4 & full4 || de & (EFER_LMA | EFER_NXE)) {
		set_paging(m);
		if (m->paging.format == PAGING_PAE && (d0 & full0 || d4 & full4))
			latch_pdptes(m);
		if (m->paging.format != old_format && m->paging.format != PAGING_NONE)
			drop_other_format(m);
		shadow_new_space(m);
		tlb_flush(m, false);
		mmu_changed(m, MAPPING_ALL, 0);
	} else if (d0 & CR0_WP || d4 & CR4_SMAP) {
		tlb_flush_sup(m);
		mmu_changed(m, MAPPING_ALL, 0);
	}
}

void mmu_set_cr3(struct mmu *m, u64 cr3)
{
	m->cr3 = m->paging.cr3 = cr3;
	if (m->paging.format == PAGING_NONE)
		return;
	if (m->paging.format == PAGING_PAE)
		latch_pdptes(m);
	shadow_new_space(m);
	tlb_flush(m, true);
	mmu_changed(m, MAPPING_NOT_GLOBAL, 0);
}

void mmu_invlpg(struct mmu *m, lin_t lin)
{
	lin &= m->lin_mask;
	tlb_drop_page(m, lin);
	if (m->paging.format != PAGING_NONE) {
		if (m->large_filled)
			tlb_drop_large(m, lin, paging_shift(&m->paging, 2));
		if (m->shadow->loose)
			shadow_invlpg(m, lin);
	}
	mmu_changed(m, MAPPING_PAGE, lin);
}

void mmu_set_a20(struct mmu *m, bool enabled)
{
	u64 mask = enabled ? ~0ull : ~(1ull << 20);

	if (mask == m->pm->a20_mask)
		return;
	m->pm->a20_mask = mask;
	mmu_flush_all(m);
}
