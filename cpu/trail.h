/* trail.h - which instructions ran last: for the post-mortem.
 *
 * Every block entry is noted in slot `left` mod 32. As `left` falls by one with
 * each instruction, the blocks of the last 32 instructions have slots of their
 * own: two stores and no counter, and the record is complete.
 */
#ifndef CPU_TRAIL_H
#define CPU_TRAIL_H

#include "cpu/block.h"

static inline void trail_note(struct cpu *c, const struct code_block *b, s64 left)
{
	struct trail_entry *e = &c->trail[left & (TRAIL_SLOTS - 1)];
	e->block = b;
	e->left = left;
	e->ip_base = c->ip_base;
}

/* The countdown starts anew from another limit: `delta` more instructions than it said. */
void trail_rebase(struct cpu *c, s64 delta);
/* Within the running block, in the instruction at countdown `at`, the countdown fell by `wait`: so did the block's entry, for what
 * comes after. A multiple of TRAIL_SLOTS, so that every entry keeps its slot. */
void trail_waited(struct cpu *c, s64 at, u32 wait);
/* The blocks are gone. */
void trail_clear(struct cpu *c);

struct trail_insn {
	u64 ip;
	gpa_t gpa; /* of its first byte */
	int len;
	bool is32; /* 32-bit code segment */
};

/* The last instructions that began, up to `max`, oldest first; returns how many. The last one is at cpu.ip or faulted. */
int trail_get(const struct cpu *c, struct trail_insn *out, int max);

#endif
