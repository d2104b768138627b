/* ata_pio.c - PIO data transfers: DRQ blocks and the commands made of them
 * (ATA/ATAPI-6 clauses 9.5 and 9.6, PIO data-in and data-out).
 *
 *   in:  command, BSY | DRQ + INTRQ, host reads a block | BSY ... | last block: ready, no INTRQ
 *   out: command, BSY | DRQ, host writes a block | BSY, INTRQ + DRQ ... | last block: INTRQ, ready
 *
 * A block is one sector, or r->multiple of them for the MULTIPLE commands. A
 * block that would pass the end of the disk fails as a whole (IDNF).
 */
#include "devices/ata_internal.h"

void ata_data_in(struct ata_drive *d, u32 bytes)
{
	d->r->pos = 0;
	d->r->end = bytes;
	d->r->transfer = ATA_TRANSFER_IN;
	d->r->status = ATA_READY | ATA_DRQ;
	d->r->intrq = 1;
}

void ata_data_out(struct ata_drive *d, u32 bytes, int intrq)
{
	d->r->pos = 0;
	d->r->end = bytes;
	d->r->transfer = ATA_TRANSFER_OUT;
	d->r->status = ATA_READY | ATA_DRQ;
	if (intrq)
		d->r->intrq = 1;
}

static u32 block_sectors(const struct ata_drive *d)
{
	u32 n = ata_command_flags(d) & ATA_MULTI ? d->r->multiple : 1;
	return n < d->r->left ? n : d->r->left;
}

static void await_block(struct ata_drive *d, enum ata_action action)
{
	d->r->block = block_sectors(d);
	ata_begin(d, action, ata_access_ns(d, d->r->block));
}

/* A MULTIPLE command needs SET MULTIPLE MODE before it. */
static bool multiple_ok(struct ata_drive *d)
{
	if (!(ata_command_flags(d) & ATA_MULTI) || d->r->multiple)
		return true;
	ata_fail(d, ATA_ABRT);
	return false;
}

void ata_cmd_read(struct ata_drive *d)
{
	if (multiple_ok(d) && ata_start_transfer(d))
		await_block(d, ATA_ACTION_LOAD);
}

void ata_load(struct ata_drive *d)
{
	u32 n = d->r->block;
	if (!ata_disk_read(d, n))
		return;
	ata_disk_advance(d, n);
	ata_data_in(d, n * SECTOR_SIZE);
}

void ata_cmd_write(struct ata_drive *d)
{
	if (!multiple_ok(d) || !ata_start_transfer(d))
		return;
	d->r->block = block_sectors(d);
	if (ata_range_ok(d, d->r->block))
		ata_data_out(d, d->r->block * SECTOR_SIZE, 0);
}

/* The write cache, if it is on, is that of the host; FLUSH CACHE empties it. */
void ata_store(struct ata_drive *d)
{
	u32 n = d->r->block;
	if (!ata_disk_write(d, n))
		return;
	if (!d->r->write_cache && block_flush(d->block)) {
		ata_fault(d);
		return;
	}
	ata_disk_advance(d, n);
	if (!d->r->left) {
		ata_done(d);
		return;
	}
	d->r->block = block_sectors(d);
	if (ata_range_ok(d, d->r->block))
		ata_data_out(d, d->r->block * SECTOR_SIZE, 1);
}

/* --- verify -------------------------------------------------------------- */

#define VERIFY_SECTORS 256 /* checked at a time */

static u32 verify_sectors(const struct ata_drive *d)
{
	return d->r->left < VERIFY_SECTORS ? d->r->left : VERIFY_SECTORS;
}

void ata_cmd_verify(struct ata_drive *d)
{
	if (ata_start_transfer(d))
		ata_begin(d, ATA_ACTION_VERIFY, ata_access_ns(d, verify_sectors(d)));
}

void ata_verify_some(struct ata_drive *d)
{
	for (u32 todo = verify_sectors(d); todo;) {
		u32 n = todo < ATA_BUFFER_SECTORS ? todo : ATA_BUFFER_SECTORS;
		if (d->r->lba < d->r->max && n > d->r->max - d->r->lba)
			n = (u32)(d->r->max - d->r->lba);
		if (!ata_disk_read(d, n))
			return;
		ata_disk_advance(d, n);
		todo -= n;
	}
	if (d->r->left)
		ata_begin(d, ATA_ACTION_VERIFY, ata_access_ns(d, verify_sectors(d)));
	else
		ata_done(d);
}

/* --- buffer -------------------------------------------------------------- */

void ata_cmd_read_buffer(struct ata_drive *d)
{
	ata_data_in(d, SECTOR_SIZE);
}

void ata_cmd_write_buffer(struct ata_drive *d)
{
	ata_data_out(d, SECTOR_SIZE, 0);
}

/* --- the host has taken, or filled, a whole block ------------------------- */

static void disk_in_done(struct ata_drive *d)
{
	if (d->r->left) {
		await_block(d, ATA_ACTION_LOAD);
		return;
	}
	d->r->status = ATA_READY;
	d->r->idle_since_ns = clock_now(d->ata->clock);
}

void ata_block_done(struct ata_drive *d)
{
	int was = d->r->transfer;
	d->r->transfer = ATA_TRANSFER_NONE;
	d->r->pos = d->r->end = 0;
	if (d->ops)
		d->ops->data_done(d);
	else if (was == ATA_TRANSFER_IN)
		disk_in_done(d);
	else if (ata_command_flags(d) & ATA_OUT)
		ata_begin(d, ATA_ACTION_STORE, ata_access_ns(d, d->r->block));
	else /* WRITE BUFFER */
		ata_begin(d, ATA_ACTION_DONE, ATA_COMMAND_NS);
}
