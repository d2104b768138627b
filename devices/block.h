/* block.h - a disk or floppy image as an array of 512-byte sectors.
 *
 *   fdc, ata --> block_read/write/flush --> struct block_ops of
 *       block_file     a raw image in a file of the host
 *       block_overlay  writes kept apart from the image below (-snapshot)
 *
 * Every function returns 0 or a negative errno. The drive turns an error into
 * what its data sheet has for it; the host's user was already told, once per
 * image, by the driver at the bottom.
 */
#ifndef DEVICES_BLOCK_H
#define DEVICES_BLOCK_H

#include <errno.h>

#include "base/types.h"

#define SECTOR_SIZE 512
#define SECTOR_SHIFT 9

struct block;

struct block_ops {
	int (*read)(struct block *b, u64 sector, u32 count, void *buf);
	int (*write)(struct block *b, u64 sector, u32 count, const void *buf);
	int (*flush)(struct block *b); /* what was written is on stable storage; may be NULL */
	void (*close)(struct block *b); /* frees b itself */
};

/* The first member of what a driver allocates. */
struct block {
	const struct block_ops *ops;
	u64 sectors;
	bool read_only;
	const char *name; /* for messages and the user interface; owned by the driver */
};

/* The whole range is inside the image, or nothing is transferred and -EINVAL comes back. */
static inline bool block_has(const struct block *b, u64 sector, u32 count)
{
	return sector <= b->sectors && count <= b->sectors - sector;
}

static inline int block_read(struct block *b, u64 sector, u32 count, void *buf)
{
	return block_has(b, sector, count) ? b->ops->read(b, sector, count, buf) : -EINVAL;
}

static inline int block_write(struct block *b, u64 sector, u32 count, const void *buf)
{
	if (b->read_only)
		return -EROFS;
	return block_has(b, sector, count) ? b->ops->write(b, sector, count, buf) : -EINVAL;
}

static inline int block_flush(struct block *b)
{
	return b->ops->flush ? b->ops->flush(b) : 0;
}

static inline void block_close(struct block *b)
{
	if (b)
		b->ops->close(b);
}

#endif
