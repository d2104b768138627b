/* block_overlay.c - a disk whose writes do not reach the image below.
 *
 *   read --> sector's bit set?  yes --> store
 *                               no  --> base
 *   write -----------------------------> store, then the bit
 *
 * The store has the size of the base and is sparse on the host, so the cost is
 * bounded by the disk's size plus one bit a sector. A write that fails sets no
 * bits: sectors that were not in the store keep showing the base. Nothing is kept
 * when the overlay is closed.
 */
#include "devices/block_overlay.h"

#include <stdlib.h>
#include <string.h>

struct block_overlay {
	struct block b;
	struct block *base, *store;
	u64 words; /* of the bitmap */
	u64 map[]; /* one bit a sector: it is in the store */
};

static struct block_overlay *overlay_of(struct block *b)
{
	return CONTAINER_OF(b, struct block_overlay, b);
}

static bool in_store(const struct block_overlay *o, u64 sector)
{
	return o->map[sector / 64] >> (sector % 64) & 1;
}

static int overlay_read(struct block *b, u64 sector, u32 count, void *buf)
{
	struct block_overlay *o = overlay_of(b);
	char *p = buf;
	while (count) {
		bool stored = in_store(o, sector);
		u32 run = 1;
		while (run < count && in_store(o, sector + run) == stored)
			run++;
		int err = block_read(stored ? o->store : o->base, sector, run, p);
		if (err)
			return err;
		sector += run;
		count -= run;
		p += (size_t)run * SECTOR_SIZE;
	}
	return 0;
}

static int overlay_write(struct block *b, u64 sector, u32 count, const void *buf)
{
	struct block_overlay *o = overlay_of(b);
	int err = block_write(o->store, sector, count, buf);
	if (err)
		return err;
	for (u32 i = 0; i < count; i++)
		o->map[(sector + i) / 64] |= 1ull << ((sector + i) % 64);
	return 0;
}

static void overlay_close(struct block *b)
{
	struct block_overlay *o = overlay_of(b);
	block_close(o->base);
	block_close(o->store);
	free(o);
}

/* No flush: what is thrown away at the end need not be on stable storage. */
static const struct block_ops overlay_ops = {overlay_read, overlay_write, NULL, overlay_close};

struct block *block_overlay_new(struct block *base, struct block *store)
{
	u64 words = (base->sectors + 63) / 64;
	struct block_overlay *o = NULL;
	if (store && store->sectors >= base->sectors)
		o = calloc(1, sizeof *o + (size_t)words * sizeof o->map[0]);
	if (!o) {
		block_close(base);
		block_close(store);
		return NULL;
	}
	o->b = (struct block){.ops = &overlay_ops, .sectors = base->sectors, .name = base->name};
	o->base = base;
	o->store = store;
	o->words = words;
	return &o->b;
}

bool block_is_overlay(const struct block *b)
{
	return b->ops == &overlay_ops;
}

u64 block_overlay_next(const struct block *b, u64 from)
{
	const struct block_overlay *o = CONTAINER_OF((struct block *)(uintptr_t)b, struct block_overlay, b);
	if (from >= b->sectors)
		return b->sectors;
	u64 word = from / 64, bits = o->map[word] & ~0ull << (from % 64);
	while (!bits && ++word < o->words)
		bits = o->map[word];
	return bits ? word * 64 + (u64)__builtin_ctzll(bits) : b->sectors;
}

void block_overlay_revert(struct block *b)
{
	struct block_overlay *o = overlay_of(b);
	memset(o->map, 0, (size_t)o->words * sizeof o->map[0]);
}
