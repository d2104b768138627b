/*
 * Boot from a CD-ROM without emulation. "El Torito" Bootable CD-ROM Format Specification 1.0, section 2 (boot catalog), on
 * ISO 9660 (ECMA-119 8.2, boot record). Not here: diskette and disk emulation, and the choice among several entries.
 */
#include "atapi.h"
#include "bios.h"
#include "debug.h"

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
static const char ROM *find_entry(const struct drive *d)
{
	if (atapi_ready(d) != DISK_OK)
		return ROMSTR("no disc");
	if (!read_scratch(d, BOOT_RECORD) || !matches(1, ROMSTR("CD001")) || !matches(7, ROMSTR("EL TORITO SPECIFICATION")))
		return ROMSTR("not bootable");
	if (!read_scratch(d, far_read32(SCRATCH_SEG, 0x47)) || !catalog_valid() || far_read8(SCRATCH_SEG, 0x20) != 0x88)
		return ROMSTR("no boot catalog");
	if (far_read8(SCRATCH_SEG, 0x21) & 0x0f)
		return ROMSTR("needs emulation, which this BIOS does not have");
	return 0;
}

/* Returns only if there is nothing to boot. */
void boot_cd(void)
{
	struct drive d;
	const char ROM *problem;
	u32 image, done;
	u16 seg, count;

	if (!cd_get(&d))
		return;
	problem = find_entry(&d);
	if (problem) {
		SCREEN(": %s\n", problem);
		return;
	}
	seg = far_read16(SCRATCH_SEG, 0x22);
	count = far_read16(SCRATCH_SEG, 0x26);
	image = far_read32(SCRATCH_SEG, 0x28);
	if (!seg)
		seg = DEFAULT_SEG;
	far_write32(BDA->ebda, OFFSET(struct ebda, cd_image), image);
	far_write16(BDA->ebda, OFFSET(struct ebda, cd_segment), seg);
	far_write16(BDA->ebda, OFFSET(struct ebda, cd_count), count);
	DEBUG("\nCD: %u sectors of 512 bytes from %u to segment %x", (u32)count, image, (u32)seg);
	if (atapi_read(&d, image, (u16)((count + 3) / 4), seg, 0, &done)) {
		SCREEN(": cannot be read\n");
		return;
	}
	SCREEN("\n");
	boot_jump(CD_DRIVE, seg == DEFAULT_SEG ? 0x7c00 : (u32)seg << 16);
}
