/* ata_dma.c - READ DMA and WRITE DMA: the device's side of a bus master transfer
 * (ATA/ATAPI-6 clauses 9.7 and 9.8).
 *
 * A buffer of sectors at a time goes through the hook that the bus master
 * installs (struct ata_dma). When the engine takes less than it was offered the
 * device waits, with DMARQ up, until ata_dma_kick or a reset.
 */
#include "devices/ata_internal.h"

static u32 chunk_sectors(const struct ata_drive *d)
{
	u32 n = d->r->left < ATA_BUFFER_SECTORS ? d->r->left : ATA_BUFFER_SECTORS;
	if (d->r->lba < d->r->max && n > d->r->max - d->r->lba)
		n = (u32)(d->r->max - d->r->lba);
	return n;
}

static void await_chunk(struct ata_drive *d)
{
	d->r->block = chunk_sectors(d);
	d->r->pos = 0;
	d->r->end = d->r->block * SECTOR_SIZE;
	ata_begin(d, ATA_ACTION_DMA, ata_access_ns(d, d->r->block));
}

void ata_cmd_dma(struct ata_drive *d)
{
	if (!d->ata->dma.move)
		ata_fail(d, ATA_ABRT);
	else if (ata_start_transfer(d))
		await_chunk(d);
}

/* Moves what is left of the chunk; false: the engine stopped in the middle. */
static bool move(struct ata_drive *d, int to_memory)
{
	struct ata_drive_regs *r = d->r;
	const struct ata_dma *dma = &d->ata->dma;
	int len = (int)(r->end - r->pos);
	int n = dma->move(dma->opaque, r->buf + r->pos, len, to_memory);
	r->pos += (u32)(n < 0 ? 0 : n > len ? len : n);
	if (r->pos == r->end)
		return true;
	r->transfer = ATA_TRANSFER_DMA_WAIT;
	return false;
}

void ata_dma_some(struct ata_drive *d)
{
	bool out = ata_command_flags(d) & ATA_OUT;
	u32 n = d->r->block;
	if (!out && d->r->pos == 0 && !ata_disk_read(d, n))
		return;
	if (out && d->r->pos == 0 && !ata_range_ok(d, n))
		return;
	if (!move(d, !out))
		return;
	if (out && !ata_disk_write(d, n))
		return;
	if (out && !d->r->write_cache && block_flush(d->block)) {
		ata_fault(d);
		return;
	}
	ata_disk_advance(d, n);
	if (d->r->left)
		await_chunk(d);
	else
		ata_done(d);
}

void ata_dma_kick(struct ata *a)
{
	for (int i = 0; i < 2; i++)
		if (a->r.drive[i].transfer == ATA_TRANSFER_DMA_WAIT)
			ata_begin(&a->drive[i], a->drive[i].ops ? ATA_ACTION_DEVICE : ATA_ACTION_DMA, ATA_TRACK_NS);
}
