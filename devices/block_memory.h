/* block_memory.h - a disk in memory, filled from an image that stays as it is. */
#ifndef DEVICES_BLOCK_MEMORY_H
#define DEVICES_BLOCK_MEMORY_H

#include "devices/block.h"

/* `size` in bytes, a multiple of 512; writes change a private copy only. NULL: no memory. name must stay. */
struct block *block_memory_new(const char *name, const u8 *image, u64 size);

#endif
