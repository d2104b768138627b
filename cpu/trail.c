/* trail.c - the last instructions, put together from the noted block entries; see trail.h. */
#include "cpu/trail.h"

#include <string.h>

void trail_clear(struct cpu *c)
{
	memset(c->trail, 0, sizeof c->trail);
}

void trail_rebase(struct cpu *c, s64 delta)
{
	struct trail_entry old[TRAIL_SLOTS];
	memcpy(old, c->trail, sizeof old);
	trail_clear(c);
	for (int i = 0; i < TRAIL_SLOTS; i++)
		if (old[i].block) {
			old[i].left += delta;
			c->trail[old[i].left & (TRAIL_SLOTS - 1)] = old[i];
		}
}

void trail_waited(struct cpu *c, s64 at, u32 wait)
{
	for (s64 left = at; left < at + BLOCK_MAX; left++) {
		struct trail_entry *e = &c->trail[left & (TRAIL_SLOTS - 1)];
		if (e->left == left) {
			e->left -= wait;
			return;
		}
	}
}

/* The entry with the largest `left` below `below`: the next one in time. */
static const struct trail_entry *next_entry(const struct cpu *c, s64 below)
{
	const struct trail_entry *best = NULL;
	for (int i = 0; i < TRAIL_SLOTS; i++) {
		const struct trail_entry *e = &c->trail[i];
		if (e->block && e->left < below && (!best || e->left > best->left))
			best = e;
	}
	return best;
}

static void append(struct trail_insn *out, int *n, int max, const struct trail_insn *in)
{
	if (*n == max) {
		memmove(out, out + 1, (size_t)(max - 1) * sizeof *out);
		--*n;
	}
	out[(*n)++] = *in;
}

int trail_get(const struct cpu *c, struct trail_insn *out, int max)
{
	s64 below = INT64_MAX, now = (s64)(c->limit - c->count);
	const struct trail_entry *e;
	int n = 0;
	while ((e = next_entry(c, below))) {
		const struct code_block *b = e->block;
		const struct trail_entry *after = next_entry(c, e->left);
		s64 ran = e->left - (after ? after->left : now - 1); /* the last block may have stopped half-way */
		const struct uop *u = b->uops;
		u8 rem = 0;
		for (s64 i = 0; i < ran && u < b->uops + b->nuops; u++) {
			if (u->rem == rem || !uop_len(u)) /* link slots */
				continue;
			rem = u->rem;
			append(out, &n, max, &(struct trail_insn){
				.ip = (u32)(e->ip_base + uop_off(u)),
				.gpa = b->key == BLOCK_STALE ? ~0ull : (b->key >> BLOCK_MODE_BITS & ~0xfffull) | uop_off(u),
				.len = uop_len(u),
				.is32 = b->key & BM_CS32,
			});
			i++;
		}
		below = e->left;
	}
	return n;
}
