/* translate.h - host code for blocks that run often.
 *
 *   block built ── h_warm counts its runs ── hot ──> translate_block
 *        │                                               │ writes code, replaces
 *        v                                               v the first uop's handler
 *   handlers, uop by uop  <── what it has no code for ── host code
 *
 * The interpreter stays the reference and does all that is rare: a translated
 * block leaves for the handler of any instruction that the translator does not
 * know, that misses the TLB or faults, and comes back behind it. Only innocuous
 * instructions are translated; a sensitive one is the same uop with the same exit
 * as before. Blocks, chains, countdown, jump cache and trail are the interpreter's,
 * so that nothing a guest sees, and no count, tells which of the two ran
 * (docs/translator.md).
 *
 * For x86-64 hosts. On others, and where the host refuses executable memory, there
 * is no translator and nothing else changes.
 */
#ifndef CPU_TRANSLATE_TRANSLATE_H
#define CPU_TRANSLATE_TRANSLATE_H

#include "cpu/block.h"

struct translate_stats {
	u64 blocks;    /* translated */
	u64 declined;  /* hot, but with too little that could be translated */
	u64 insns;     /* guest instructions in translated blocks */
	u64 handlers;  /* of these, left to their handlers */
	u64 bytes;     /* of host code */
};

#define TRANSLATE_HOT 32  /* runs of a block before it is translated */

struct translator;

/* NULL: not on this host. `arena_size` bytes for blocks come with it, near enough for its code to reach them. */
struct translator *translator_new(size_t arena_size, u8 **arena);
void translator_free(struct translator *x);
/* All blocks are gone. */
void translator_flush(struct translator *x);
/* Its memory is full: blocks must be flushed before the next one is built. */
bool translator_is_full(const struct translator *x);
const struct translate_stats *translator_stats(const struct translator *x);

/* Runs after which a block is translated: 0 at once, even blocks of one instruction (for tests); TRANSLATE_NEVER. */
#define TRANSLATE_NEVER (~0u)
void translator_set_hot(struct translator *x, u32 runs);

/* A block was built: prepares it to be entered by host code, and to be counted. */
void translator_watch(struct cpu *c, struct code_block *b);
/* A block was dropped: whoever enters it finds its first uop's handler. */
void translator_drop(struct translator *x, struct code_block *b);
/* A guard in the block failed: after many of these it will be translated without. */
void translator_unguard(struct translator *x, struct code_block *b);
/* The handler of a block's uop, whatever leads into translated code now. */
uop_fn translator_handler(const struct translator *x, const struct code_block *b, const struct uop *u);
/* Calls a uop's handler from C: host code may clobber registers that a C function must keep. */
void translator_enter(struct cpu *c, const struct uop *u, s64 left);

#endif
