/* tlb.c - the software TLB: translation on a miss, filling, flushing.
 *
 * SDM 3A 4.10. Two TLBs by privilege, direct mapped by linear page. A bitmap of filled entries makes a flush cost what
 * is in there; another marks global pages (CR4.PGE), which a CR3 load leaves alone, a third the splinters of large
 * pages, which INVLPG has to find. Not emulated: PCIDs.
 */
#include "mmu/tlb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "mmu/shadow.h"

/* ---- flushing ----------------------------------------------------------------------- */

static const struct tlb_entry empty = {TLB_NEVER, TLB_NEVER, TLB_NEVER, 0};

void tlb_init(struct tlb *t)
{
	for (unsigned i = 0; i < TLB_SIZE; i++)
		t->e[i] = empty;
}

static struct tlb_use *use_of(struct mmu *m, bool is_user)
{
	return is_user ? &m->user_use : &m->sup_use;
}

static void flush_one(struct tlb *t, struct tlb_use *use, bool keep_global)
{
	for (unsigned w = 0; w < ARRAY_LEN(use->w); w++) {
		u64 kept = keep_global ? use->w[w].global : 0;

		for (u64 bits = use->w[w].filled & ~kept; bits; bits &= bits - 1)
			t->e[w * 64 + (unsigned)__builtin_ctzll(bits)] = empty;
		use->w[w].filled &= kept;
		use->w[w].global &= kept;
		use->w[w].large &= kept;
	}
}

void tlb_flush(struct mmu *m, bool keep_global)
{
	m->stats.flushes++;
	flush_one(&m->sup, &m->sup_use, keep_global);
	flush_one(&m->user, &m->user_use, keep_global);
}

void tlb_flush_sup(struct mmu *m)
{
	m->stats.flushes++;
	flush_one(&m->sup, &m->sup_use, false);
}

void tlb_drop_page(struct mmu *m, lin_t lin)
{
	*tlb_at(&m->sup, lin) = empty;
	*tlb_at(&m->user, lin) = empty;
}

void tlb_drop_alike(struct mmu *m, lin_t lin)
{
	tlb_drop_page(m, lin);
	tlb_drop_page(m, lin ^ 512 * PAGE_SIZE); /* the TLB has two places for them */
}

static bool entry_in(const struct tlb_entry *e, lin_t first, lin_t last)
{
	return (e->read >= first && e->read <= last) || (e->write >= first && e->write <= last) ||
	       (e->exec >= first && e->exec <= last);
}

/* All entries of `1 << shift` bytes around `lin`, or the splinters among them. */
static void drop_around(struct mmu *m, lin_t lin, unsigned shift, bool only_large)
{
	lin_t first = lin & (~0ull << shift), last = first | ~(~0ull << shift);

	for (int is_user = 0; is_user < 2; is_user++) {
		struct tlb_use *use = use_of(m, is_user);
		struct tlb *t = mmu_tlb(m, is_user);

		for (unsigned w = 0; w < ARRAY_LEN(use->w); w++)
			for (u64 bits = only_large ? use->w[w].large : use->w[w].filled; bits; bits &= bits - 1) {
				struct tlb_entry *e = &t->e[w * 64 + (unsigned)__builtin_ctzll(bits)];

				if (entry_in(e, first, last))
					*e = empty;
			}
	}
}

void tlb_drop_large(struct mmu *m, lin_t lin, unsigned shift)
{
	drop_around(m, lin, shift, true);
}

void tlb_drop_region(struct mmu *m, lin_t lin)
{
	m->stats.flushes++;
	drop_around(m, lin, 22, false);
}

void tlb_drop_writes(struct mmu *m, gpa_t gpa)
{
	u8 *attr = &m->pm->attr[gpa / PAGE_SIZE];
	u64 host = (u64)(uintptr_t)(m->pm->ram + (gpa & PAGE_MASK));

	if (!(*attr & PG_WTAG))
		return;
	*attr &= (u8)~PG_WTAG;
	for (int is_user = 0; is_user < 2; is_user++) {
		struct tlb_use *use = use_of(m, is_user);
		struct tlb *t = mmu_tlb(m, is_user);

		for (unsigned w = 0; w < ARRAY_LEN(use->w); w++)
			for (u64 bits = use->w[w].filled; bits; bits &= bits - 1) {
				struct tlb_entry *e = &t->e[w * 64 + (unsigned)__builtin_ctzll(bits)];

				if (e->write + e->addend == host)
					e->write |= TLB_SLOW;
			}
	}
}

void tlb_retag(struct mmu *m, struct tlb_entry *e, gpa_t gpa)
{
	u8 *attr = &m->pm->attr[gpa / PAGE_SIZE];

	if (*attr & PG_SLOW || !(e->write & TLB_SLOW))
		return;
	*attr |= PG_WTAG;
	e->write &= ~TLB_SLOW;
}

void mmu_page_attr_changed(struct mmu *m, gpa_t gpa)
{
	if (gpa < PHYSMEM_TOP && m->pm->attr[gpa / PAGE_SIZE] & PG_SLOW)
		tlb_drop_writes(m, gpa);
}

void mmu_watch_window(struct mmu *m, int n)
{
	const struct physmem_window *w = &m->pm->window[n];
	u64 host = (u64)(uintptr_t)(m->pm->ram + w->base);

	for (u64 page = w->base / PAGE_SIZE; page < (w->base + w->len) / PAGE_SIZE; page++)
		m->pm->attr[page] |= PG_CLEAN;
	for (int is_user = 0; is_user < 2; is_user++) {
		struct tlb_use *use = use_of(m, is_user);
		struct tlb *t = mmu_tlb(m, is_user);

		for (unsigned i = 0; i < ARRAY_LEN(use->w); i++)
			for (u64 bits = use->w[i].filled; bits; bits &= bits - 1) {
				struct tlb_entry *e = &t->e[i * 64 + (unsigned)__builtin_ctzll(bits)];

				if (!(e->write & ~PAGE_MASK) && e->write + e->addend - host < w->len)
					e->write |= TLB_SLOW;
			}
	}
}

void mmu_changed(struct mmu *m, enum mapping_change what, lin_t lin)
{
	m->generation++;
	if (m->hooks.mapping_changed)
		m->hooks.mapping_changed(m->hooks.opaque, what, lin);
}

/* ---- filling ------------------------------------------------------------------------ */

/* The write tag of a writable page at `host`; its host address tells where it is at home. */
static inline u64 write_tag(struct mmu *m, lin_t page, const u8 *host)
{
	u8 *attr = &m->pm->attr[physmem_home(m->pm, host) / PAGE_SIZE];

	if (*attr & PG_SLOW)
		return page | TLB_SLOW;
	if (!(*attr & PG_WTAG))
		*attr |= PG_WTAG;
	return page;
}

/* `gpa` after A20. Pages without memory for reading get no entry: their accesses come here each time. */
static inline void tlb_fill(struct mmu *m, lin_t lin, gpa_t gpa, u64 flags, enum access acc)
{
	bool is_user = acc & ACC_USER;
	unsigned at = lin / PAGE_SIZE % TLB_SIZE;
	struct tlb_entry *e = &mmu_tlb(m, is_user)->e[at];
	struct tlb_use *use = use_of(m, is_user);
	lin_t page = lin & PAGE_MASK;
	const u8 *host = physmem_read_ptr(m->pm, gpa & PAGE_MASK);
	u64 bit = 1ull << at % 64;
	bool is_global = flags & PTE_G && m->cr4 & CR4_PGE;

	if (!host)
		return;
	e->read = e->exec = page;
	e->write = TLB_NEVER;
	e->addend = (u64)(uintptr_t)host - page;
	if (flags & PTE_D && (flags & PTE_W || (!is_user && !(m->cr0 & CR0_WP))) &&
	    physmem_write_ptr(m->pm, gpa & PAGE_MASK) == host)
		e->write = write_tag(m, page, host);
	if (flags & PTE_NX)
		e->exec = TLB_NEVER;
	if (!is_user && flags & PTE_U) {
		if (m->cr4 & CR4_SMEP)
			e->exec = TLB_NEVER;
		/* explicit and implicit accesses share the TLB, but EFLAGS.AC only frees the first */
		if (m->cr4 & CR4_SMAP)
			e->read = e->write = TLB_NEVER;
	}
	use->w[at / 64].filled |= bit;
	use->w[at / 64].global = (use->w[at / 64].global & ~bit) | (is_global ? bit : 0);
	use->w[at / 64].large = (use->w[at / 64].large & ~bit) | (flags & PTE_PS ? bit : 0);
	m->large_filled |= (flags & PTE_PS) != 0;
}

static void verify_fill(const struct mmu *m, lin_t lin, const struct leaf *leaf)
{
	struct walk w;
	u64 differ;

	walk_guest(m->pm, &m->paging, lin, &w);
	if (w.result == WALK_OK) {
		differ = (w.leaf.flags ^ leaf->flags) & (PTE_W | PTE_U | PTE_NX | PTE_G | PTE_PS);
		differ |= leaf->flags & ~w.leaf.flags & PTE_D;
		differ |= w.leaf.gpa ^ leaf->gpa;
		if (!differ)
			return;
	}
	fprintf(stderr, "mmu: the shadow is wrong about linear %" PRIx64 " (cr3 %" PRIx64 "):\n", lin, m->cr3);
	fprintf(stderr, "  shadow: gpa %" PRIx64 " flags %" PRIx64 "\n", leaf->gpa, leaf->flags);
	if (w.result == WALK_OK)
		fprintf(stderr, "  tables: gpa %" PRIx64 " flags %" PRIx64 "\n", w.leaf.gpa, w.leaf.flags);
	else
		fprintf(stderr, "  tables: %s at level %d\n", w.result == WALK_ABSENT ? "not present" : "reserved bits",
			w.level);
	abort();
}

/* Drops an entry of `page`. */
static void forget(struct tlb_entry *e, lin_t page)
{
	if (e->read == page || e->exec == page || (e->write & ~TLB_SLOW) == page)
		*e = empty;
}

/* SDM 3A 4.10.4.1: a page fault invalidates what is cached for its address. A loose table's entry can be old, and so can what it left
 * in the TLB of global pages, or for the other privilege, or with the processor. */
static int report_fault(struct mmu *m, lin_t lin, u32 error)
{
	lin_t page = lin & PAGE_MASK;

	forget(tlb_at(&m->sup, page), page);
	forget(tlb_at(&m->user, page), page);
	if (m->shadow->loose)
		shadow_invlpg(m, lin);
	mmu_changed(m, MAPPING_PAGE, lin);
	m->fault.cr2 = lin;
	m->fault.error = error;
	return -1;
}

/* Sets bits 5 (A) and 6 (D) of an entry, both in its first byte. Does not trip the watch: the shadow knows. */
static void set_accessed(struct mmu *m, gpa_t gpa, u64 *gpte, u8 bits)
{
	gpa_t home;
	u8 *at;

	if ((*gpte & bits) == bits)
		return;
	at = physmem_write_ptr(m->pm, gpa);
	if (!at)
		return; /* ROM or a hole */
	home = physmem_home(m->pm, at);
	if (m->pm->attr[home / PAGE_SIZE] & PG_CLEAN)
		physmem_note_window(m->pm, home);
	if (m->pm->attr[home / PAGE_SIZE] & PG_CODE && m->pm->hooks.code_written)
		m->pm->hooks.code_written(m->pm->hooks.opaque, home, 1);
	*gpte |= bits;
	*at = (u8)*gpte;
}

static int walk_and_fill(struct mmu *m, lin_t lin, enum access acc, struct leaf *leaf)
{
	int top = m->paging.levels;
	struct walk w;
	u32 error;

	m->stats.walks++;
	walk_guest(m->pm, &m->paging, lin, &w);
	if (walk_faults(m, &w, acc, &error)) {
		m->stats.true_faults++;
		return report_fault(m, lin, error);
	}
	for (int level = top; level >= w.level; level--)
		set_accessed(m, w.step[level].gpa, &w.step[level].gpte,
			     (u8)(level == w.level && acc & ACC_WRITE ? PTE_A | PTE_D : PTE_A));
	/* an entry in ROM stays as it is: then there is no D, no write tag, and each write comes here again */
	w.leaf.flags |= w.step[w.level].gpte & PTE_D;
	m->stats.hidden_faults++;
	shadow_fill(m, lin, &w);
	*leaf = w.leaf;
	return 0;
}

int mmu_translate(struct mmu *m, lin_t lin, enum access acc, gpa_t *gpa)
{
	struct leaf leaf = {.gpa = lin, .flags = PTE_W | PTE_U | PTE_D};

	m->stats.tlb_fills++;
	if (m->paging.format == PAGING_NONE) {
		/* nothing protects a page */
	} else if (!shadow_lookup(m, lin, &leaf) || !walk_allows(m, leaf.flags, acc) ||
		   (acc & ACC_WRITE && !(leaf.flags & PTE_D))) {
		if (walk_and_fill(m, lin, acc, &leaf) < 0)
			return -1;
	} else if (m->verify && !leaf.loose) {
		verify_fill(m, lin, &leaf);
	}
	*gpa = leaf.gpa & m->pm->a20_mask;
	tlb_fill(m, lin, *gpa, leaf.flags, acc);
	return 0;
}

int mmu_check(struct mmu *m, lin_t lin, enum access acc)
{
	struct leaf leaf;
	struct walk w;
	u32 error;

	if (m->paging.format == PAGING_NONE)
		return 0;
	if (shadow_lookup(m, lin, &leaf) && walk_allows(m, leaf.flags, acc))
		return 0;
	m->stats.walks++;
	walk_guest(m->pm, &m->paging, lin, &w);
	if (!walk_faults(m, &w, acc, &error))
		return 0;
	m->stats.true_faults++;
	return report_fault(m, lin, error);
}
