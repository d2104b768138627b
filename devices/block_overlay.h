/* block_overlay.h - writes kept apart from an image; see block_overlay.c. */
#ifndef DEVICES_BLOCK_OVERLAY_H
#define DEVICES_BLOCK_OVERLAY_H

#include "devices/block.h"

/* A writable view of `base`: what is written goes to `store`, which must have at
 * least as many sectors (block_file_scratch); `base` is only read. The overlay
 * owns both and closes them, also when it returns NULL for want of memory. */
struct block *block_overlay_new(struct block *base, struct block *store);

/* The first written sector at or after `from`, or the number of sectors: for
 * saving the difference in a snapshot. `b` must be an overlay. */
u64 block_overlay_next(const struct block *b, u64 from);

/* Forgets every write: the view equals `base` again. */
void block_overlay_revert(struct block *b);

bool block_is_overlay(const struct block *b);

#endif
