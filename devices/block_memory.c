/* block_memory.c - a disk in memory, for images that are built into the program. */
#include "devices/block_memory.h"

#include <stdlib.h>
#include <string.h>

struct block_memory {
	struct block b;
	u8 data[];
};

static u8 *at(struct block *b, u64 sector)
{
	return ((struct block_memory *)b)->data + sector * SECTOR_SIZE;
}

static int memory_read(struct block *b, u64 sector, u32 count, void *buf)
{
	memcpy(buf, at(b, sector), (size_t)count * SECTOR_SIZE);
	return 0;
}

static int memory_write(struct block *b, u64 sector, u32 count, const void *buf)
{
	memcpy(at(b, sector), buf, (size_t)count * SECTOR_SIZE);
	return 0;
}

static void memory_close(struct block *b)
{
	free(b);
}

struct block *block_memory_new(const char *name, const u8 *image, u64 size)
{
	static const struct block_ops ops = {memory_read, memory_write, NULL, memory_close};
	struct block_memory *m = malloc(sizeof *m + size);
	if (!m)
		return NULL;
	m->b = (struct block){.ops = &ops, .sectors = size / SECTOR_SIZE, .name = name};
	memcpy(m->data, image, size);
	return &m->b;
}
