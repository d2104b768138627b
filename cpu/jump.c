/* jump.c - entering and clearing the jump cache. See jump.h.
 *
 * The entries of a page lie all over the table (the index is a xor), so a page's are found by a scan of those in use. Most pages
 * that lose their mapping hold no code: a bit for each page says so without a scan. SDM 3A 4.10.4.1: INVLPG and page faults concern one
 * page, of whatever size, global or not; MOV CR3 all that are not global; changes of CR0, CR4 and EFER all.
 */
#include "cpu/jump.h"

#include <string.h>

#include "cpu/block.h"

void jump_init(struct code *code)
{
	for (unsigned i = 0; i < JUMP_SIZE; i++)
		code->jump[i].key = JUMP_NONE;
}

static unsigned page_class(lin_t lin)
{
	return lin >> 12 & (JUMP_PAGE_CLASSES - 1);
}

static unsigned region(lin_t lin)
{
	return (u32)lin >> 22;
}

static bool bit_of(const u64 *map, unsigned n)
{
	return map[n / 64] >> n % 64 & 1;
}

static void bit_set(u64 *map, unsigned n)
{
	map[n / 64] |= 1ull << n % 64;
}

static void bit_clear(u64 *map, unsigned n)
{
	map[n / 64] &= ~(1ull << n % 64);
}

static void set_remove(struct jump_set *s, unsigned at)
{
	bit_clear(s->used, at);
	if (!s->used[at / 64])
		bit_clear(&s->words, at / 64);
}

void jump_enter(struct code *code, lin_t lin, u32 mode, struct code_block *block, const struct fetch *f)
{
	struct jump *j = jump_slot(code->jump, lin);
	struct jump_set *s = &code->jump_set[f->global];
	unsigned at = (unsigned)(j - code->jump);

	*j = (struct jump){jump_key(lin, mode), block};
	set_remove(&code->jump_set[!f->global], at);
	bit_set(s->used, at);
	bit_set(&s->words, at / 64);
	bit_set(s->page, page_class(lin));
	if (f->large)
		bit_set(s->large, region(lin));
}

static void clear_set(struct code *code, struct jump_set *s)
{
	if (!s->words)
		return;
	for (u64 words = s->words; words; words &= words - 1) {
		unsigned w = (unsigned)__builtin_ctzll(words);

		for (u64 bits = s->used[w]; bits; bits &= bits - 1)
			code->jump[w * 64 + (unsigned)__builtin_ctzll(bits)].key = JUMP_NONE;
		s->used[w] = 0;
	}
	s->words = 0;
	memset(s->page, 0, sizeof s->page);
	memset(s->large, 0, sizeof s->large);
}

/* Takes out the entries whose IP, under `mask`, is that of `lin`. */
static void clear_like(struct code *code, struct jump_set *s, lin_t lin, u32 mask)
{
	for (u64 words = s->words; words; words &= words - 1) {
		unsigned w = (unsigned)__builtin_ctzll(words);

		for (u64 bits = s->used[w]; bits; bits &= bits - 1) {
			unsigned at = w * 64 + (unsigned)__builtin_ctzll(bits);
			struct jump *j = &code->jump[at];

			if (((u32)j->key ^ (u32)lin) & mask)
				continue;
			j->key = JUMP_NONE;
			set_remove(s, at);
		}
	}
}

/* Everything of the class or the region goes, so that its bit is true again. */
static void clear_page(struct code *code, struct jump_set *s, lin_t lin)
{
	if (bit_of(s->page, page_class(lin))) {
		clear_like(code, s, lin, (JUMP_PAGE_CLASSES - 1) << 12);
		bit_clear(s->page, page_class(lin));
	}
	if (bit_of(s->large, region(lin))) {
		clear_like(code, s, lin, ~0u << 22);
		bit_clear(s->large, region(lin));
	}
}

void jump_forget(struct code *code, enum mapping_change what, lin_t lin)
{
	switch (what) {
	case MAPPING_PAGE:
		clear_page(code, &code->jump_set[0], lin);
		clear_page(code, &code->jump_set[1], lin);
		break;
	case MAPPING_ALL:
		clear_set(code, &code->jump_set[1]);
		/* fall through */
	case MAPPING_NOT_GLOBAL:
		clear_set(code, &code->jump_set[0]);
	}
}
