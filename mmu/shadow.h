/* shadow.h - shadow page tables: a tree of nodes, one for each guest table in use. Private to mmu/ and its tests.
 *
 *   top[] ──> node (gpa, level 2) ──spte──> node (gpa, level 1) ──spte──> page
 *                 ▲                            ▲
 *   role[page of RAM] ─── next_role ───────────┘     all nodes that stand for a guest page (self-mapped
 *                                                    directories have several): the reverse map
 *
 * A node is keyed by (table's gpa, level, paging key) and shared by all address spaces that use the table; a spte
 * holds the rights of its own level only, they are combined as in a hardware walk. A link to a child carries the
 * child's serial number, so that a node can be reused without looking for its parents.
 *
 * Watched (normal): the table's page has PG_TABLE, a write drops the sptes made from what was written.
 * Loose: a last-level table that the guest writes often. Not watched; its sptes live as TLB entries do, until INVLPG,
 * a CR3 load (`epoch`) or the node being linked anew.
 */
#ifndef MMU_SHADOW_H
#define MMU_SHADOW_H

#include "mmu/tlb.h"

#define SHADOW_NODES 2048  /* at 8 KB; Linux has about ten tables a process */
#define SHADOW_FAN_OUT 1024
#define SHADOW_LEAF_WRITES 8   /* watched writes within one epoch before a last-level table goes loose */
#define SHADOW_UPPER_WRITES 32 /* watched writes without a use before an upper table is dropped */
#define SHADOW_PATIENCE 64     /* most epochs before a loose table is watched again */

#define NO_LIN (~0ull)

struct shadow_node {
	gpa_t gpa;
	lin_t lin;   /* level 1: where its first page is in linear space, NO_LIN: not used yet */
	u64 stamp;   /* `now` when a fill last came through */
	u64 epoch;   /* loose: of its sptes; watched: of the write counter */
	u64 since;   /* epoch when it became watched, or loose */
	u64 wrote;   /* `now` of the last watched write */
	u32 serial;
	u16 next_role;
	u16 writes;
	u8 level; /* 0: free */
	u8 key;
	u8 patience;
	bool is_loose;
	bool many_lins; /* level 1: used at several linear addresses */
	u64 spte[SHADOW_FAN_OUT];
};

struct shadow {
	struct shadow_node *node; /* [0] is not used: index 0 means none */
	u16 *role;                /* first node of each page of RAM */
	u64 ram_pages;
	u64 now;   /* counts fills and watched writes: a clock for `stamp` */
	u64 epoch; /* counts CR3 loads */
	u32 leaf_writes; /* SHADOW_LEAF_WRITES, or a test's choice */
	u32 loose;       /* how many nodes are */
	u16 nodes, used, free; /* pool size, in use, head of the free list (by next_role) */
	u16 top[4];            /* of the current CR3: [0], or under PAE one for each PDPTE; 0: not looked up yet */
	u64 order[SHADOW_NODES]; /* scratch of the eviction */
};

int shadow_init(struct mmu *m, u16 nodes);
void shadow_free(struct mmu *m);
/* CR3 or mode changed: other tops, loose sptes are void. */
void shadow_new_space(struct mmu *m);
void shadow_drop_all(struct mmu *m);
void shadow_drop_node(struct mmu *m, u16 index);
u16 shadow_find_top(struct mmu *m, lin_t lin);
void shadow_note_lin(struct shadow_node *n, lin_t base);
/* Puts a walk's path into the shadow. The guest's A and D bits are set already. */
void shadow_fill(struct mmu *m, lin_t lin, const struct walk *w);
/* Drops a loose table's entry of `lin`. */
void shadow_invlpg(struct mmu *m, lin_t lin);
/* physmem's hook: a watched page was written. */
void shadow_written(void *mmu, gpa_t gpa, u32 len);

/* links: serial in bits 59..28, index in 27..12, rights as in a leaf */
#define SPTE_RIGHTS (PTE_P | PTE_W | PTE_U | PTE_NX)
#define SPTE_LEAF (SPTE_RIGHTS | PTE_D | PTE_PS | PTE_G)

static inline u16 spte_child(u64 spte)
{
	return (u16)(spte >> 12);
}

static inline u32 spte_serial(u64 spte)
{
	return (u32)(spte >> 28);
}

static inline u64 spte_link(u64 rights, u16 child, u32 serial)
{
	return rights | (u64)child << 12 | (u64)serial << 28;
}

static inline unsigned shadow_entry_size(const struct shadow_node *n)
{
	return (n->key & 3) == PAGING_32 ? 4 : 8;
}

/* The walk of the shadow: false when an entry is missing. `bits` and `levels` are constants at each use. */
static inline bool shadow_lookup_n(struct mmu *m, lin_t lin, unsigned bits, int levels, struct leaf *leaf)
{
	struct shadow *s = m->shadow;
	unsigned shift = 12 + bits * (unsigned)(levels - 1);
	u16 top = s->top[m->paging.format == PAGING_PAE ? lin >> 30 & 3 : 0];
	u64 all = PTE_W | PTE_U, any = 0, spte;
	struct shadow_node *n;
	int level = levels;

	if (!top && !(top = shadow_find_top(m, lin)))
		return false;
	for (n = &s->node[top];; level--, shift -= bits) {
		if (n->is_loose && n->epoch != s->epoch)
			return false;
		if (n->stamp != s->now)
			n->stamp = s->now;
		spte = n->spte[lin >> shift & ((1u << bits) - 1)];
		if (!(spte & PTE_P))
			return false;
		all &= spte;
		any |= spte;
		if (level == 1 || spte & PTE_PS)
			break;
		n = &s->node[spte_child(spte)];
		if (n->serial != spte_serial(spte))
			return false;
	}
	if (level == 1 && n->lin != (lin & (~0ull << (12 + bits))))
		shadow_note_lin(n, lin & (~0ull << (12 + bits)));
	leaf->gpa = (spte & PHYS_MASK & PAGE_MASK) + (lin & ((1ull << shift) - 1));
	leaf->flags = all | (any & PTE_NX) | (spte & (PTE_G | PTE_D | PTE_PS));
	leaf->loose = n->is_loose;
	return true;
}

static inline bool shadow_lookup(struct mmu *m, lin_t lin, struct leaf *leaf)
{
	switch (m->paging.format) {
	case PAGING_32:
		return shadow_lookup_n(m, lin, 10, 2, leaf);
	case PAGING_PAE:
		return shadow_lookup_n(m, lin, 9, 2, leaf);
	default:
		return shadow_lookup_n(m, lin, 9, 4, leaf);
	}
}

#endif
