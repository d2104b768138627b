/*
 * Boot from a CD-ROM: an image is loaded, or shown as a diskette or disk and booted from. "El Torito" Bootable CD-ROM Format Specification 1.0, section 2 (boot catalog), on
 * ISO 9660 (ECMA-119 8.2, boot record). Not here: the choice among several
 * entries.
 */
#include "atapi.h"
#include "bios.h"
#include "debug.h"
#include "emulation.h"

#define SCRATCH_SEG 0x0800      /* a sector at 0000:8000 while the boot image is looked for */
#define BOOT_RECORD 17
#define DEFAULT_SEG 0x07c0

static int matches(u16 off, const char ROM *text)
{
	for (; *text; off++, text++) {
		if (far_read8(SCRATCH_SEG, off) != (u8)*text)
			return 0;
	}
	return 1;
}

static int read_scratch(const struct drive *d, u32 lba)
{
	u32 done;

	return atapi_read(d, lba, 1, SCRATCH_SEG, 0, &done) == DISK_OK;
}

/* The words of the validation entry add up to 0. */
static int catalog_valid(void)
{
	u16 sum = 0;

	for (u16 off = 0; off < 32; off += 2)
		sum = (u16)(sum + far_read16(SCRATCH_SEG, off));
	return far_read8(SCRATCH_SEG, 0) == 0x01 && far_read16(SCRATCH_SEG, 0x1e) == 0xaa55 && sum == 0;
}

/* Find the initial entry; text says why there is none. */
static const char ROM *find_entry(const struct drive *d, u32 *catalog)
{
	if (atapi_ready(d) != DISK_OK)
		return ROMSTR("no disc");
	if (!read_scratch(d, BOOT_RECORD) || !matches(1, ROMSTR("CD001")) || !matches(7, ROMSTR("EL TORITO SPECIFICATION")))
		return ROMSTR("not bootable");
	*catalog = far_read32(SCRATCH_SEG, 0x47);
	if (!read_scratch(d, *catalog) || !catalog_valid() || far_read8(SCRATCH_SEG, 0x20) != 0x88)
		return ROMSTR("no boot catalog");
	if ((far_read8(SCRATCH_SEG, 0x21) & 0x0f) > MEDIA_DISK)
		return ROMSTR("unknown kind of boot image");
	return 0;
}

/* From the catalog's initial entry. */
static void take_entry(struct emulation *e)
{
	e->packet.media = far_read8(SCRATCH_SEG, 0x21) & 0x0f;
	e->packet.drive = CD_DRIVE;
	e->packet.load_seg = far_read16(SCRATCH_SEG, 0x22);
	e->packet.count = far_read16(SCRATCH_SEG, 0x26);
	e->packet.image = far_read32(SCRATCH_SEG, 0x28);
	if (!e->packet.load_seg)
		e->packet.load_seg = DEFAULT_SEG;
}

/* Returns only if there is nothing to boot. */
void boot_cd(void)
{
	struct drive d;
	struct emulation e = { .active = 0 };
	const char ROM *problem;
	u32 done, catalog;
	u16 seg;

	if (!cd_get(&d))
		return;
	problem = find_entry(&d, &catalog);
	if (problem) {
		SCREEN(": %s\n", problem);
		return;
	}
	take_entry(&e);
	e.catalog = catalog;
	emulation_describe(&d, &e);
	seg = e.packet.load_seg;
	DEBUG("\nCD: media %u, %u sectors of 512 bytes from %u to segment %x", (u32)e.packet.media, (u32)e.packet.count,
	      e.packet.image, (u32)seg);
	if (atapi_read_512(&d, e.packet.image * 4, e.packet.count, seg, 0, &done)) {
		SCREEN(": cannot be read\n");
		return;
	}
	if (e.packet.media == MEDIA_NONE) {
		emulation_put(&e);
	} else if (emulation_start(&d, &e)) {
		SCREEN(": no partition in the boot image\n");
		return;
	}
	SCREEN("\n");
	boot_jump(e.packet.drive, seg == DEFAULT_SEG ? 0x7c00 : (u32)seg << 16);
}
