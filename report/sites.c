/* sites.c - counts by place; see sites.h. Linear probing, at most half full; a guest with more than a million places loses the rest. */
#include "report/sites.h"

#include <stdlib.h>

#define FIRST 4096u
#define LAST (1u << 21)

int sites_init(struct sites *s)
{
	*s = (struct sites){.slot = calloc(FIRST, sizeof *s->slot), .mask = FIRST - 1};
	return s->slot ? 0 : -1;
}

void sites_free(struct sites *s)
{
	free(s->slot);
	*s = (struct sites){0};
}

static struct site *place(struct sites *s, u64 key)
{
	u32 i = site_hash(key) & s->mask;
	while (s->slot[i].key)
		i = (i + 1) & s->mask;
	return &s->slot[i];
}

static bool grow(struct sites *s)
{
	struct sites bigger = {.mask = 2 * s->mask + 1, .used = s->used, .lost = s->lost};
	if (bigger.mask >= LAST || !(bigger.slot = calloc((size_t)bigger.mask + 1, sizeof *bigger.slot)))
		return false;
	for (u32 i = 0; i <= s->mask; i++)
		if (s->slot[i].key)
			*place(&bigger, s->slot[i].key) = s->slot[i];
	free(s->slot);
	*s = bigger;
	return true;
}

struct site *sites_add(struct sites *s, u64 key)
{
	if (2 * s->used > s->mask && !grow(s)) {
		s->lost++;
		return NULL;
	}
	s->used++;
	return place(s, key);
}

static int by_count(const void *a, const void *b)
{
	const struct site *x = a, *y = b;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

struct site *sites_sorted(const struct sites *s, int *n)
{
	struct site *list = s->used ? malloc(s->used * sizeof *list) : NULL;
	*n = 0;
	if (!list)
		return NULL;
	for (u32 i = 0; i <= s->mask; i++)
		if (s->slot[i].key)
			list[(*n)++] = s->slot[i];
	qsort(list, (size_t)*n, sizeof *list, by_count);
	return list;
}
