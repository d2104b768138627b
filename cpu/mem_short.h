/* mem_short.h - memory access where one compare of each kind allows it.
 *
 * Handlers have their own form of this, specialised by constants (cpu/exec.h). This
 * one is for mem.c and the system functions.
 */
#ifndef CPU_MEM_SHORT_H
#define CPU_MEM_SHORT_H

#include "base/bits.h"
#include "cpu/cpu.h"

/* Host address of an access that one compare of each kind allows, or NULL. `none` as TLB never hits. */
static inline u8 *tlb_short_way(struct tlb *t, lin_t lin, int size, bool write)
{
	const struct tlb_entry *e = tlb_at(t, lin);
	if (((lin + (u64)size - 1) & PAGE_MASK) != (write ? e->write : e->read))
		return NULL;
	return (u8 *)(e->addend + lin);
}

static inline u8 *seg_short_way(struct cpu *c, int seg, u64 ea, int size, bool write)
{
	const struct xseg *x = &c->xseg[seg];
	if (ea + (u64)size > (write ? x->wlimit : x->rlimit))
		return NULL;
	return tlb_short_way(c->tlb, (x->base + ea) & c->lin_mask, size, write);
}

/* mem_load and mem_store with the short way in line. */
static inline int mem_load_short(struct cpu *c, int seg, u64 ea, int size, u64 *value)
{
	const u8 *p = seg_short_way(c, seg, ea, size, false);
	if (!p)
		return mem_load(c, seg, ea, size, value);
	*value = load_n(p, size);
	return 0;
}

static inline int mem_store_short(struct cpu *c, int seg, u64 ea, int size, u64 value)
{
	u8 *p = seg_short_way(c, seg, ea, size, true);
	if (!p)
		return mem_store(c, seg, ea, size, value);
	store_n(p, size, value);
	return 0;
}

#endif
