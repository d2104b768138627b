/* shadow.c - shadow page tables: nodes, their pool, filling. See shadow.h and docs/architecture.md.
 *
 * After Adams and Agesen (2006): the shadow caches what walks found, and traces on the guest's tables keep it true.
 * Only tables that lie wholly in plain RAM are shadowed; what leads through ROM, a hole or a card's memory (a window) is
 * walked at each TLB miss.
 */
#include "mmu/shadow.h"

#include <stdlib.h>
#include <string.h>

int shadow_init(struct mmu *m, u16 nodes)
{
	struct shadow *s = calloc(1, sizeof *s);

	m->shadow = s;
	if (!s)
		return -1;
	s->nodes = nodes;
	s->ram_pages = m->pm->ram_size / PAGE_SIZE;
	s->node = calloc(nodes, sizeof *s->node);
	s->role = calloc(s->ram_pages, sizeof *s->role);
	if (!s->node || !s->role) {
		shadow_free(m);
		return -1;
	}
	s->leaf_writes = SHADOW_LEAF_WRITES;
	for (u16 i = nodes - 1; i > 0; i--) {
		s->node[i].next_role = s->free;
		s->free = i;
	}
	return 0;
}

void shadow_free(struct mmu *m)
{
	if (!m->shadow)
		return;
	free(m->shadow->node);
	free(m->shadow->role);
	free(m->shadow);
	m->shadow = NULL;
}

void shadow_new_space(struct mmu *m)
{
	m->shadow->epoch++;
	memset(m->shadow->top, 0, sizeof m->shadow->top);
}

/* ---- watching ----------------------------------------------------------------------- */

static void clear_sptes(struct shadow_node *n)
{
	memset(n->spte, 0, PAGE_SIZE / shadow_entry_size(n) * sizeof n->spte[0]);
}

/* All roles of a page are true from here on, and its writes are seen. */
static void watch_page(struct mmu *m, gpa_t gpa)
{
	struct shadow *s = m->shadow;
	u8 *attr = &m->pm->attr[gpa / PAGE_SIZE];

	for (u16 i = s->role[gpa / PAGE_SIZE]; i; i = s->node[i].next_role) {
		struct shadow_node *n = &s->node[i];

		if (!n->is_loose)
			continue;
		clear_sptes(n);
		n->is_loose = false;
		n->writes = 0;
		n->epoch = n->since = s->epoch;
		s->loose--;
	}
	if (!(*attr & PG_TABLE)) {
		*attr |= PG_TABLE;
		tlb_drop_writes(m, gpa);
	}
}

/* ---- the pool ----------------------------------------------------------------------- */

void shadow_drop_node(struct mmu *m, u16 index)
{
	struct shadow *s = m->shadow;
	struct shadow_node *n = &s->node[index];
	u16 *link = &s->role[n->gpa / PAGE_SIZE];
	bool is_watched = false;

	while (*link != index)
		link = &s->node[*link].next_role;
	*link = n->next_role;
	for (u16 i = s->role[n->gpa / PAGE_SIZE]; i; i = s->node[i].next_role)
		is_watched |= !s->node[i].is_loose;
	if (!is_watched)
		m->pm->attr[n->gpa / PAGE_SIZE] &= (u8)~PG_TABLE;
	s->loose -= n->is_loose;
	for (size_t i = 0; i < ARRAY_LEN(s->top); i++)
		if (s->top[i] == index)
			s->top[i] = 0;
	n->level = 0;
	n->is_loose = false;
	n->serial++;
	n->next_role = s->free;
	s->free = index;
	s->used--;
}

void shadow_drop_all(struct mmu *m)
{
	struct shadow *s = m->shadow;

	for (u16 i = 1; s->used && i < s->nodes; i++)
		if (s->node[i].level)
			shadow_drop_node(m, i);
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Frees the eighth of the pool that was not used for the longest time; never the path being filled (stamp = now). */
static void evict(struct mmu *m)
{
	struct shadow *s = m->shadow;
	int candidates = 0;

	for (u16 i = 1; i < s->nodes; i++)
		if (s->node[i].level && s->node[i].stamp != s->now)
			s->order[candidates++] = s->node[i].stamp << 16 | i;
	qsort(s->order, (size_t)candidates, sizeof s->order[0], compare_u64);
	for (int i = 0; i < candidates && i <= s->nodes / 8; i++)
		shadow_drop_node(m, (u16)s->order[i]);
	tlb_flush(m, false);
	mmu_changed(m, MAPPING_ALL, 0);
}

static u16 find_node(const struct shadow *s, gpa_t gpa, int level, u8 key)
{
	u16 i;

	if (gpa / PAGE_SIZE >= s->ram_pages)
		return 0;
	for (i = s->role[gpa / PAGE_SIZE]; i; i = s->node[i].next_role)
		if (s->node[i].level == level && s->node[i].key == key)
			break;
	return i;
}

static bool is_plain_ram(const struct physmem *pm, gpa_t gpa)
{
	u8 *ram = pm->ram + gpa;

	return gpa < pm->ram_size && physmem_read_ptr(pm, gpa) == ram && physmem_write_ptr(pm, gpa) == ram;
}

/* The node of a guest table, new if need be; 0: the table is not in plain RAM. */
static u16 get_node(struct mmu *m, gpa_t gpa, int level)
{
	struct shadow *s = m->shadow;
	struct shadow_node *n;
	u16 index = find_node(s, gpa, level, m->paging.key);

	if (index || !is_plain_ram(m->pm, gpa))
		return index;
	if (!s->free)
		evict(m);
	index = s->free;
	n = &s->node[index];
	s->free = n->next_role;
	s->used++;
	n->gpa = gpa;
	n->lin = NO_LIN;
	n->stamp = s->now;
	n->epoch = n->since = s->epoch;
	n->wrote = 0;
	n->writes = 0;
	n->level = (u8)level;
	n->key = m->paging.key;
	n->patience = 1;
	n->is_loose = n->many_lins = false;
	clear_sptes(n);
	n->next_role = s->role[gpa / PAGE_SIZE];
	s->role[gpa / PAGE_SIZE] = index;
	watch_page(m, gpa);
	return index;
}

static gpa_t top_gpa(const struct mmu *m, lin_t lin)
{
	const struct paging *p = &m->paging;
	u64 base = p->format == PAGING_PAE ? p->pdpte[lin >> 30 & 3] & PHYS_MASK
		 : p->format == PAGING_32  ? p->cr3 & 0xffffffff
					   : p->cr3 & PHYS_MASK;

	return base & PAGE_MASK & m->pm->a20_mask;
}

static u16 *top_slot(struct mmu *m, lin_t lin)
{
	return &m->shadow->top[m->paging.format == PAGING_PAE ? lin >> 30 & 3 : 0];
}

u16 shadow_find_top(struct mmu *m, lin_t lin)
{
	if (m->paging.format == PAGING_PAE && !(m->paging.pdpte[lin >> 30 & 3] & PTE_P))
		return 0;
	return *top_slot(m, lin) = find_node(m->shadow, top_gpa(m, lin), m->paging.levels, m->paging.key);
}

/* ---- filling ------------------------------------------------------------------------ */

void shadow_note_lin(struct shadow_node *n, lin_t base)
{
	if (n->lin == NO_LIN)
		n->lin = base;
	else
		n->many_lins = true;
}

/* A loose node is about to be used: after a CR3 load its sptes are void, and after some it is worth watching again. */
static void refresh_loose(struct mmu *m, struct shadow_node *n)
{
	struct shadow *s = m->shadow;

	if (n->epoch == s->epoch)
		return;
	if (s->epoch - n->since >= n->patience) {
		watch_page(m, n->gpa);
		return;
	}
	clear_sptes(n);
	n->epoch = s->epoch;
}

/* Makes the link from n's entry to the node of the next table. */
static struct shadow_node *link_child(struct mmu *m, struct shadow_node *n, unsigned at, u64 gpte, gpa_t table)
{
	struct shadow *s = m->shadow;
	u16 index = get_node(m, table, n->level - 1);
	struct shadow_node *child = &s->node[index];
	u64 link;

	if (!index)
		return NULL;
	link = spte_link(gpte & SPTE_RIGHTS, index, child->serial);
	if (n->spte[at] != link) {
		/* INVLPG could not reach the child while it was not linked here */
		if (child->is_loose)
			clear_sptes(child);
		n->spte[at] = link;
	}
	return child;
}

static u64 leaf_spte(const struct walk *w, lin_t lin, unsigned shift)
{
	u64 own = w->step[w->level].gpte & (SPTE_RIGHTS | PTE_D | PTE_G);

	return own | (w->leaf.flags & PTE_PS) | (w->leaf.gpa - (lin & ((1ull << shift) - 1)));
}

void shadow_fill(struct mmu *m, lin_t lin, const struct walk *w)
{
	struct shadow *s = m->shadow;
	const struct paging *p = &m->paging;
	unsigned bits = paging_index_bits(p);
	struct shadow_node *n;
	u16 *top = top_slot(m, lin);

	s->now++;
	if (!*top)
		*top = get_node(m, top_gpa(m, lin), p->levels);
	n = *top ? &s->node[*top] : NULL;
	for (int level = p->levels; n; level--) {
		unsigned shift = paging_shift(p, level);
		unsigned at = lin >> shift & ((1u << bits) - 1);

		n->stamp = s->now;
		if (n->is_loose)
			refresh_loose(m, n);
		if (level == w->level) {
			n->spte[at] = leaf_spte(w, lin, shift);
			if (level == 1 && n->lin != (lin & (~0ull << (12 + bits))))
				shadow_note_lin(n, lin & (~0ull << (12 + bits)));
			return;
		}
		n = link_child(m, n, at, w->step[level].gpte, w->step[level - 1].gpa & PAGE_MASK);
	}
}

void shadow_invlpg(struct mmu *m, lin_t lin)
{
	struct shadow *s = m->shadow;
	unsigned bits = paging_index_bits(&m->paging);
	u16 top = *top_slot(m, lin);
	struct shadow_node *n = &s->node[top];
	int level = m->paging.levels;

	if (!top && !(top = shadow_find_top(m, lin)))
		return;
	n = &s->node[top];
	for (; level > 1; level--) {
		u64 spte = n->spte[lin >> paging_shift(&m->paging, level) & ((1u << bits) - 1)];

		if (!(spte & PTE_P) || spte & PTE_PS)
			return;
		n = &s->node[spte_child(spte)];
		if (n->serial != spte_serial(spte))
			return;
	}
	if (n->is_loose)
		n->spte[lin >> 12 & ((1u << bits) - 1)] = 0;
}
