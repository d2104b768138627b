/* ata_disk.c - an ATA disk: geometry, the addresses in its registers, access to
 * its image (ATA/ATAPI-6 clause 6.2, annex B; ATA-1 for CHS).
 *
 * The default translation is 16 heads, 63 sectors and at most 16383 cylinders;
 * what lies above is reached by LBA. INITIALIZE DEVICE PARAMETERS sets another.
 */
#include <stdio.h>
#include <string.h>

#include "devices/ata_internal.h"

/* An image smaller than one such cylinder has one head and short tracks. */
static void default_geometry(struct ata_drive *d)
{
	u64 n = d->block->sectors;
	d->heads = n < 16 * 63 ? 1 : 16;
	d->spt = (u16)(n < 63 ? n : 63);
	u64 cylinders = n / ((u64)d->heads * d->spt);
	d->cylinders = (u16)(cylinders > 16383 ? 16383 : cylinders);
}

static void set_text(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%-*s", (int)size - 1, text);
}

void ata_set_names(struct ata_drive *d, const char *model, const char *serial, const char *firmware)
{
	set_text(d->model, sizeof d->model, model);
	set_text(d->serial, sizeof d->serial, serial);
	set_text(d->firmware, sizeof d->firmware, firmware);
}

void ata_attach_disk(struct ata *a, int unit, struct block *block, const char *model, const char *serial)
{
	struct ata_drive *d = &a->drive[unit];
	char made_up[21];
	snprintf(made_up, sizeof made_up, "TD%08u-%d", (unsigned)(block->sectors % 100000000), unit);
	d->block = block;
	ata_set_names(d, model ? model : "TANDEM HARDDISK", serial ? serial : made_up, "1.0");
	default_geometry(d);
	if (block->read_only)
		log_msg(a->log, LOG_WARN, "ata", "%s is read-only: the guest's writes will fail", block->name);
	ata_attach(a, unit, ATA_DISK);
	d->r->max = block->sectors;
}

/* After power-on, and after a software reset that does not keep the settings. */
void ata_disk_defaults(struct ata_drive *d)
{
	d->r->cur_cylinders = d->cylinders;
	d->r->cur_heads = d->heads;
	d->r->cur_spt = d->spt;
	d->r->multiple = 0;
	d->r->write_cache = d->r->look_ahead = 1;
	d->r->pio_mode = 0x0c; /* flow control, mode 4 */
	if (!d->r->max)
		d->r->max = d->block->sectors;
	if (!d->r->dma_mode)
		d->r->dma_mode = 0x22; /* multiword mode 2 */
}

static u64 chs_to_lba(const struct ata_drive_regs *r, u32 cyl, u32 head, u32 sector)
{
	return ((u64)cyl * r->cur_heads + head) * r->cur_spt + sector - 1;
}

/* The address in the registers. False: CHS outside of the translation. */
bool ata_get_address(const struct ata_drive *d, int ext, u64 *lba)
{
	const struct ata_drive_regs *r = d->r;
	u64 low24 = r->low[0] | (u64)r->mid[0] << 8 | (u64)r->high[0] << 16;
	if (ext) {
		*lba = low24 | (u64)r->low[1] << 24 | (u64)r->mid[1] << 32 | (u64)r->high[1] << 40;
		return true;
	}
	if (r->device & DEVICE_LBA) {
		*lba = low24 | (u64)(r->device & DEVICE_HEAD) << 24;
		return true;
	}
	u32 cyl = r->mid[0] | (u32)r->high[0] << 8, head = r->device & DEVICE_HEAD, sector = r->low[0];
	*lba = chs_to_lba(r, cyl, head, sector);
	return sector && sector <= r->cur_spt && head < r->cur_heads && cyl < r->cur_cylinders;
}

void ata_put_address(struct ata_drive *d, int ext, u64 lba)
{
	struct ata_drive_regs *r = d->r;
	u32 head = (u32)(lba >> 24) & DEVICE_HEAD;
	if (ext) {
		r->low[1] = (u8)(lba >> 24);
		r->mid[1] = (u8)(lba >> 32);
		r->high[1] = (u8)(lba >> 40);
	} else if (!(r->device & DEVICE_LBA)) {
		u64 track = lba / r->cur_spt;
		head = (u32)(track % r->cur_heads);
		lba = lba % r->cur_spt + 1 + (track / r->cur_heads << 8);
	}
	r->low[0] = (u8)lba;
	r->mid[0] = (u8)(lba >> 8);
	r->high[0] = (u8)(lba >> 16);
	if (!ext)
		r->device = (u8)((r->device & ~DEVICE_HEAD) | head);
}

u32 ata_get_count(const struct ata_drive *d, int ext)
{
	u32 n = d->r->count[0] | (ext ? (u32)d->r->count[1] << 8 : 0);
	return n ? n : (ext ? 65536 : 256);
}

void ata_put_count(struct ata_drive *d, int ext, u32 count)
{
	d->r->count[0] = (u8)count;
	if (ext)
		d->r->count[1] = (u8)(count >> 8);
}

/* Takes address and count for a read, write or verify; false: the command has failed. */
bool ata_start_transfer(struct ata_drive *d)
{
	int ext = ata_command_flags(d) & ATA_EXT;
	if (!ata_get_address(d, ext, &d->r->lba)) {
		ata_fail(d, ATA_IDNF);
		return false;
	}
	d->r->left = ata_get_count(d, ext);
	return true;
}

/* Whether the next sectors are all there; if not, the command has failed and the
 * registers show the first that is not. */
bool ata_range_ok(struct ata_drive *d, u32 sectors)
{
	u64 lba = d->r->lba, max = d->r->max;
	if (lba <= max && sectors <= max - lba)
		return true;
	ata_put_address(d, ata_command_flags(d) & ATA_EXT, lba < max ? max : lba);
	ata_fail(d, ATA_IDNF);
	return false;
}

static void failed_at(struct ata_drive *d)
{
	int ext = ata_command_flags(d) & ATA_EXT;
	ata_put_address(d, ext, d->r->lba);
	ata_put_count(d, ext, d->r->left);
}

/* Between buffer and image; false: the command has failed. */
bool ata_disk_read(struct ata_drive *d, u32 sectors)
{
	if (!ata_range_ok(d, sectors))
		return false;
	if (block_read(d->block, d->r->lba, sectors, d->r->buf) == 0)
		return true;
	failed_at(d);
	ata_fail(d, ATA_UNC);
	return false;
}

bool ata_disk_write(struct ata_drive *d, u32 sectors)
{
	if (!ata_range_ok(d, sectors))
		return false;
	if (block_write(d->block, d->r->lba, sectors, d->r->buf) == 0)
		return true;
	failed_at(d);
	ata_fault(d);
	return false;
}

/* The sectors are done: the registers show the last of them and what is left. */
void ata_disk_advance(struct ata_drive *d, u32 sectors)
{
	int ext = ata_command_flags(d) & ATA_EXT;
	d->r->lba += sectors;
	d->r->left -= sectors;
	d->r->head_lba = d->r->lba;
	ata_put_address(d, ext, d->r->lba - 1);
	ata_put_count(d, ext, d->r->left);
}

/* How long the next sectors take to reach, from here, and to read or write. */
u64 ata_access_ns(struct ata_drive *d, u32 sectors)
{
	u64 ns = ata_wake(d) + (d->r->lba == d->r->head_lba ? ATA_TRACK_NS : ATA_SEEK_NS);
	return ns + (u64)sectors * ATA_SECTOR_NS;
}
