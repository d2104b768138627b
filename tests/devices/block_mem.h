/* block_mem.h - an image in memory for the tests, with errors on request. */
#ifndef TESTS_DEVICES_BLOCK_MEM_H
#define TESTS_DEVICES_BLOCK_MEM_H

#include <stdlib.h>
#include <string.h>

#include "devices/block.h"

struct block_mem {
	struct block b;
	u8 *data;
	u64 bad_sector; /* reading or writing it fails */
	int reads, writes, flushes;
};

static int block_mem_read(struct block *b, u64 sector, u32 count, void *buf)
{
	struct block_mem *m = (struct block_mem *)b;
	m->reads++;
	if (m->bad_sector - sector < count)
		return -EIO;
	memcpy(buf, m->data + sector * SECTOR_SIZE, (size_t)count * SECTOR_SIZE);
	return 0;
}

static int block_mem_write(struct block *b, u64 sector, u32 count, const void *buf)
{
	struct block_mem *m = (struct block_mem *)b;
	m->writes++;
	if (m->bad_sector - sector < count)
		return -ENOSPC;
	memcpy(m->data + sector * SECTOR_SIZE, buf, (size_t)count * SECTOR_SIZE);
	return 0;
}

static int block_mem_flush(struct block *b)
{
	((struct block_mem *)b)->flushes++;
	return 0;
}

static void block_mem_close(struct block *b)
{
	free(((struct block_mem *)b)->data);
	free(b);
}

/* What a byte of a fresh image holds: its sector shows in it. */
static inline u8 block_mem_pattern(u64 sector, int i)
{
	return (u8)(sector * 7 + (u64)i * 3 + (sector >> 8));
}

static inline struct block_mem *block_mem_new(u64 sectors)
{
	static const struct block_ops ops = {block_mem_read, block_mem_write, block_mem_flush, block_mem_close};
	struct block_mem *m = calloc(1, sizeof *m);
	m->b = (struct block){.ops = &ops, .sectors = sectors, .name = "memory"};
	m->data = malloc(sectors * SECTOR_SIZE);
	m->bad_sector = ~0ull;
	for (u64 s = 0; s < sectors; s++)
		for (int i = 0; i < SECTOR_SIZE; i++)
			m->data[s * SECTOR_SIZE + (u64)i] = block_mem_pattern(s, i);
	return m;
}

#endif
