/* tlb.h - filling and flushing the software TLB. Private to mmu/. */
#ifndef MMU_TLB_H
#define MMU_TLB_H

#include "mmu/walk.h"

void tlb_init(struct tlb *t);
/* Both privileges. Entries of global pages stay if `keep_global`. */
void tlb_flush(struct mmu *m, bool keep_global);
void tlb_flush_sup(struct mmu *m);
/* The entry of one linear page, whatever it holds. */
void tlb_drop_page(struct mmu *m, lin_t lin);
/* All splinters of the large page of `1 << shift` bytes around `lin`. */
void tlb_drop_large(struct mmu *m, lin_t lin, unsigned shift);
/* The entries of all linear pages that lie in the same place of their 2 MB. */
void tlb_drop_alike(struct mmu *m, lin_t lin);
/* Both privileges, 4 MB around `lin`. */
void tlb_drop_region(struct mmu *m, lin_t lin);
/* Turns the write tags of a page of RAM into slow ones. */
void tlb_drop_writes(struct mmu *m, gpa_t gpa);

/* Makes the write tag of an entry fast again if nothing watches its page any more. */
void tlb_retag(struct mmu *m, struct tlb_entry *e, gpa_t gpa);

/* Is the entry at `lin` that of a global page, of a large one? Asked only while it is there. */
static inline void tlb_kind(const struct mmu *m, lin_t lin, bool is_user, struct fetch *out)
{
	const struct tlb_use *use = is_user ? &m->user_use : &m->sup_use;
	unsigned at = lin / PAGE_SIZE % TLB_SIZE;

	out->global = use->w[at / 64].global >> at % 64 & 1;
	out->large = use->w[at / 64].large >> at % 64 & 1;
}

/* Linear pages may lead elsewhere now: new generation, and tell the processor. */
void mmu_changed(struct mmu *m, enum mapping_change what, lin_t lin);

/* Translates with all side effects of an access (A, D, fills) to a guest-physical address after A20. -1: m->fault. */
int mmu_translate(struct mmu *m, lin_t lin, enum access acc, gpa_t *gpa);
/* Would the access fault (-1: m->fault)? No side effect. */
int mmu_check(struct mmu *m, lin_t lin, enum access acc);

#endif
