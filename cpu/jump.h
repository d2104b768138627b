/* jump.h - the jump cache: from linear IP and mode to the block, for what chains cannot reach.
 *
 * One compare decides a look-up, so an entry is taken out as soon as it may be wrong. Two sets know which entries are
 * in use, apart for global pages (CR4.PGE), which MOV CR3 leaves alone (SDM 3A 4.10.4): a clear costs what is in there.
 */
#ifndef CPU_JUMP_H
#define CPU_JUMP_H

#include "mmu/mmu.h"

#define JUMP_BITS 12
#define JUMP_SIZE (1u << JUMP_BITS)
#define JUMP_NONE (~0ull) /* a key that no place has */

struct code_block;

struct jump {
	u64 key; /* jump_key() or JUMP_NONE */
	struct code_block *block;
};

/* 4096 bits that are quickly cleared: bit n of `words` tells that w[n] is not 0. */
struct jump_bits {
	u64 words;
	u64 w[64];
};

/* Entries of one kind, and where they come from; the latter may name more than there is. */
struct jump_set {
	struct jump_bits used;
	struct jump_bits page;  /* linear pages with entries, modulo 4096 */
	struct jump_bits region; /* of 4 MB with entries */
	struct jump_bits large; /* of 4 MB (no large page is larger outside long mode) with entries that come from large pages */
};

static inline u64 jump_key(lin_t lin, u32 mode)
{
	return (u64)mode << 32 | (u32)lin;
}

static inline struct jump *jump_slot(struct jump *table, lin_t lin)
{
	return &table[(lin ^ lin >> 12) & (JUMP_SIZE - 1)];
}

struct code;

void jump_init(struct code *code);
/* The block of the page that `f` describes, at `lin` in `mode`. */
void jump_enter(struct code *code, lin_t lin, u32 mode, struct code_block *block, const struct fetch *f);
/* Linear pages may lead elsewhere: takes out what is concerned. */
void jump_forget(struct code *code, enum mapping_change what, lin_t lin);

#endif
