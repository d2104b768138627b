/* jump.c - entering and clearing the jump cache. See jump.h.
 *
 * The entries of a page lie all over the table (the index is a xor), so a page's are found by a scan of those in use. Most pages
 * that lose their mapping hold no code: a bit for each page says so without a scan. SDM 3A 4.10.4.1: INVLPG and page faults concern one
 * page, of whatever size, global or not; MOV CR3 all that are not global; changes of CR0, CR4 and EFER all. What a write to a watched
 * table concerns, the MMU knows or narrows down (mmu/shadow_sync.c).
 */
#include "cpu/jump.h"

#include "cpu/block.h"

void jump_init(struct code *code)
{
	for (unsigned i = 0; i < JUMP_SIZE; i++)
		code->jump[i].key = JUMP_NONE;
}

/* ---- bits ------------------------------------------------------------------------------------- */

static bool bit_of(const struct jump_bits *b, unsigned n)
{
	return b->w[n / 64] >> n % 64 & 1;
}

static void bit_set(struct jump_bits *b, unsigned n)
{
	b->w[n / 64] |= 1ull << n % 64;
	b->words |= 1ull << n / 64;
}

static void bit_clear(struct jump_bits *b, unsigned n)
{
	u64 left = b->w[n / 64] &= ~(1ull << n % 64);

	b->words &= ~((u64)!left << n / 64);
}

static void bits_clear(struct jump_bits *b)
{
	for (u64 words = b->words; words; words &= words - 1)
		b->w[__builtin_ctzll(words)] = 0;
	b->words = 0;
}

/* ---- entries ----------------------------------------------------------------------------------- */

static unsigned page_bit(lin_t lin)
{
	return lin >> 12 & 4095;
}

static unsigned region_bit(lin_t lin)
{
	return (u32)lin >> 22;
}

void jump_enter(struct code *code, lin_t lin, u32 mode, struct code_block *block, const struct fetch *f)
{
	struct jump *j = jump_slot(code->jump, lin);
	struct jump_set *s = &code->jump_set[f->global];
	unsigned at = (unsigned)(j - code->jump);

	*j = (struct jump){jump_key(lin, mode), block};
	if (bit_of(&code->jump_set[!f->global].used, at))
		bit_clear(&code->jump_set[!f->global].used, at);
	bit_set(&s->used, at);
	bit_set(&s->page, page_bit(lin));
	bit_set(&s->region, region_bit(lin));
	if (f->large)
		bit_set(&s->large, region_bit(lin));
}

static void clear_set(struct code *code, struct jump_set *s)
{
	for (u64 words = s->used.words; words; words &= words - 1) {
		unsigned w = (unsigned)__builtin_ctzll(words);

		for (u64 bits = s->used.w[w]; bits; bits &= bits - 1)
			code->jump[w * 64 + (unsigned)__builtin_ctzll(bits)].key = JUMP_NONE;
		s->used.w[w] = 0;
	}
	s->used.words = 0;
	bits_clear(&s->page);
	bits_clear(&s->region);
	bits_clear(&s->large);
}

/* Takes out the entries whose IP, under `mask`, is that of `lin`. */
static void clear_like(struct code *code, struct jump_set *s, lin_t lin, u32 mask)
{
	for (u64 words = s->used.words; words; words &= words - 1) {
		unsigned w = (unsigned)__builtin_ctzll(words);

		for (u64 bits = s->used.w[w]; bits; bits &= bits - 1) {
			unsigned at = w * 64 + (unsigned)__builtin_ctzll(bits);
			struct jump *j = &code->jump[at];

			if (((u32)j->key ^ (u32)lin) & mask)
				continue;
			j->key = JUMP_NONE;
			bit_clear(&s->used, at);
		}
	}
}

static void clear_region(struct code *code, struct jump_set *s, lin_t lin)
{
	if (!bit_of(&s->region, region_bit(lin)))
		return;
	clear_like(code, s, lin, ~0u << 22);
	bit_clear(&s->region, region_bit(lin));
	bit_clear(&s->large, region_bit(lin));
}

/* All that shares the page's bit goes, so that the bit is true again. */
static void clear_page(struct code *code, struct jump_set *s, lin_t lin)
{
	if (bit_of(&s->page, page_bit(lin))) {
		clear_like(code, s, lin, 4095u << 12);
		bit_clear(&s->page, page_bit(lin));
	}
	if (bit_of(&s->large, region_bit(lin)))
		clear_region(code, s, lin);
}

static void clear_alike(struct code *code, struct jump_set *s, lin_t lin)
{
	bool any = false;

	for (unsigned n = page_bit(lin) % 512; n < 4096; n += 512) {
		if (!bit_of(&s->page, n))
			continue;
		bit_clear(&s->page, n);
		any = true;
	}
	if (any)
		clear_like(code, s, lin, 511u << 12);
}

void jump_forget(struct code *code, enum mapping_change what, lin_t lin)
{
	switch (what) {
	case MAPPING_PAGE:
		clear_page(code, &code->jump_set[0], lin);
		clear_page(code, &code->jump_set[1], lin);
		break;
	case MAPPING_ALIKE:
		clear_alike(code, &code->jump_set[0], lin);
		clear_alike(code, &code->jump_set[1], lin);
		break;
	case MAPPING_REGION:
		clear_region(code, &code->jump_set[0], lin);
		clear_region(code, &code->jump_set[1], lin);
		break;
	case MAPPING_ALL:
		clear_set(code, &code->jump_set[1]);
		/* fall through */
	case MAPPING_NOT_GLOBAL:
		clear_set(code, &code->jump_set[0]);
	}
}
