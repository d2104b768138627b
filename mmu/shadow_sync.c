/* shadow_sync.c - trace faults: the guest wrote to a table that the shadow watches.
 *
 * Drops the sptes made from the bytes written, in every role of the page, then judges whether watching still pays
 * (docs/architecture.md, "Rules of the shadow MMU"). A table entry that was not present is never in the shadow nor in
 * the TLB (SDM 3A 4.10.2.3), so making it present changes nothing here.
 */
#include "mmu/shadow.h"

static void drop_region(struct mmu *m, lin_t lin)
{
	tlb_drop_region(m, lin);
	mmu_changed(m, MAPPING_REGION, lin);
}

/* Drops one spte and what the TLB and the processor hold from it. */
static void drop_spte(struct mmu *m, struct shadow_node *n, unsigned at)
{
	lin_t lin = n->lin + ((lin_t)at << 12);

	n->spte[at] = 0;
	if (n->level == 1 && n->many_lins) {
		tlb_drop_alike(m, (lin_t)at << 12);
		mmu_changed(m, MAPPING_ALIKE, (lin_t)at << 12);
	} else if (n->level == 1) {
		if (n->lin == NO_LIN)
			return;
		tlb_drop_page(m, lin);
		mmu_changed(m, MAPPING_PAGE, lin);
	} else if (n->level == 2 && (n->key & 3) == PAGING_32) {
		drop_region(m, (lin_t)at << 22);
	} else if (n->level == 2 && (n->key & 3) == PAGING_PAE) {
		for (lin_t quarter = 0; quarter < 4; quarter++) /* whose PDPTE leads here is not known */
			drop_region(m, quarter << 30 | (lin_t)at << 21);
	} else {
		tlb_flush(m, false);
		mmu_changed(m, MAPPING_ALL, 0);
	}
}

static void drop_range(struct mmu *m, struct shadow_node *n, gpa_t gpa, u32 len)
{
	unsigned size = shadow_entry_size(n);
	unsigned first = (unsigned)(gpa & ~PAGE_MASK) / size, last = (unsigned)((gpa + len - 1) & ~PAGE_MASK) / size;

	for (unsigned at = first; at <= last; at++)
		if (n->spte[at] & PTE_P)
			drop_spte(m, n, at);
}

/* An upper table written again and again without a use between is no table any more. */
static bool is_abandoned(struct shadow *s, struct shadow_node *n)
{
	if (n->stamp > n->wrote)
		n->writes = 0;
	n->wrote = s->now;
	return ++n->writes >= SHADOW_UPPER_WRITES;
}

/* A last-level table written often between two CR3 loads is better treated as hardware does: stale until told. */
static bool is_busy(struct shadow *s, struct shadow_node *n)
{
	if (n->epoch != s->epoch) {
		n->epoch = s->epoch;
		n->writes = 0;
	}
	if (n->writes < UINT16_MAX)
		n->writes++;
	return n->writes >= s->leaf_writes;
}

static void make_loose(struct shadow *s, struct shadow_node *n)
{
	bool was_worth_it = s->epoch - n->since > SHADOW_PATIENCE;

	if (was_worth_it)
		n->patience = 1;
	else if (n->patience < SHADOW_PATIENCE)
		n->patience *= 2;
	n->is_loose = true;
	n->epoch = n->since = s->epoch;
	s->loose++;
}

/* Returns true when a node was dropped, whose TLB entries nobody watches now. */
static bool judge(struct mmu *m, u64 page)
{
	struct shadow *s = m->shadow;
	bool dropped = false, has_upper = false, has_busy = false;
	u16 next;

	for (u16 i = s->role[page]; i; i = next) {
		struct shadow_node *n = &s->node[i];

		next = n->next_role;
		if (n->level == 1) {
			has_busy |= is_busy(s, n);
		} else if (is_abandoned(s, n)) {
			shadow_drop_node(m, i);
			dropped = true;
		} else {
			has_upper = true;
		}
	}
	s->now++;
	if (!has_busy || has_upper)
		return dropped;
	for (u16 i = s->role[page]; i; i = s->node[i].next_role)
		make_loose(s, &s->node[i]);
	m->pm->attr[page] &= (u8)~PG_TABLE;
	return dropped;
}

void shadow_written(void *mmu, gpa_t gpa, u32 len)
{
	struct mmu *m = mmu;
	struct shadow *s = m->shadow;
	u64 page = gpa / PAGE_SIZE;

	m->stats.trace_faults++;
	for (u16 i = s->role[page]; i; i = s->node[i].next_role)
		drop_range(m, &s->node[i], gpa, len);
	if (judge(m, page)) {
		tlb_flush(m, false);
		mmu_changed(m, MAPPING_ALL, 0);
	}
}
