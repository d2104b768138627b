/* block.h - decoded code: blocks of uops, found by physical address and mode.
 *
 * A block is the uops of consecutive bytes within one page, up to a branch, a page's
 * end or BLOCK_MAX instructions. Rules: docs/architecture.md, "decoded code".
 */
#ifndef CPU_BLOCK_H
#define CPU_BLOCK_H

#include "cpu/cpu.h"
#include "cpu/jump.h"

#define BLOCK_MAX 32 /* instructions in a block */

struct code_block {
	u64 key;             /* block_key(): gpa after A20, and mode; BLOCK_STALE when dropped */
	struct code_block *hash;  /* next in the hash chain */
	struct code_block *page;  /* next block of the same guest page */
	u16 n;               /* instructions: what `left` loses on entry */
	u16 off, bytes;      /* place in the page */
	u16 nuops;
	bool kills_flags;    /* it sets all arithmetic flags before anybody can look at the old ones */
	u32 runs;            /* entries while it is cold, then failures of its guards (cpu/translate/) */
	uop_fn first;        /* its first uop's own handler */
	const void *body;    /* where translated code enters it */
	struct uop uops[];
};

#define BLOCK_STALE (~0ull)

#define BLOCK_MODE_BITS 10 /* enum block_mode, in the low bits of the key */

static inline u64 block_key(gpa_t gpa, u32 mode)
{
	return gpa << BLOCK_MODE_BITS | mode;
}

#define HASH_BITS 15

struct code_stats {
	u64 built, dropped, flushes, uops;
};

struct code {
	struct jump jump[JUMP_SIZE]; /* the first member: translated code looks here */
	struct jump_set jump_set[2]; /* [1]: of global pages */
	struct code_block *hash[1 << HASH_BITS];
	struct code_block **page; /* by page number, of all 4 GB: list of its blocks */
	u32 *granules;       /* by page number: which 128-byte granules hold decoded code */
	u64 pages;
	u8 *arena;
	size_t arena_size, arena_used;
	struct code_block *scratch; /* for instructions that straddle pages or lie in a hole: never cached */
	struct translator *translator; /* cpu/translate/translate.h; NULL: none on this host */
	u32 block_max;       /* -d block=N: 1..BLOCK_MAX instructions (the event rule's test) */
	struct code_stats stats;
};

int code_init(struct cpu *c);
void code_free(struct cpu *c);
void code_flush(struct cpu *c);

/* The block at c->ip in the present world with extra mode bits (BM_ONE); built if need be. NULL: c->fault is set. Sets
 * c->ip_base. */
struct code_block *code_find(struct cpu *c, u32 extra_mode);

/* Decodes a block's instructions once more: returns how many, with the FL_* live behind each of them (`live`); 0 if one of
 * them is not valid. The block must not have been dropped. */
int block_insns(struct cpu *c, const struct code_block *b, struct insn *in, u32 *live);

/* Decodes the instruction at c->ip afresh, for observers. */
void insn_at(struct cpu *c, struct insn *in);

/* Linear pages may lead elsewhere: the running block is left at the next boundary. For the MMU's mapping_changed hook. */
void code_remapped(struct cpu *c, enum mapping_change what, lin_t lin);

/* [gpa, gpa+len) is about to change: drop the blocks that it touches. Installed as physmem's code_written hook. */
void code_written(void *cpu, gpa_t gpa, u32 len);

static inline struct jump *jump_at(struct code *code, lin_t lin)
{
	return jump_slot(code->jump, lin);
}

#endif
