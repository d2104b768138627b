/* ata_identify.c - the 256 words of IDENTIFY DEVICE (ATA/ATAPI-6 clause 8.15), and the part of them that
 * packet devices have in common with disks (8.16). */
#include <string.h>

#include "base/bits.h"
#include "devices/ata_internal.h"

/* Words of text hold the first character in the high byte. */
static void put_text(u16 *w, const char *text, int words)
{
	for (int i = 0; i < words; i++)
		w[i] = (u16)((u8)text[2 * i] << 8 | (u8)text[2 * i + 1]);
}

void ata_identify_texts(const struct ata_drive *d, u16 *w)
{
	put_text(w + 10, d->serial, 10);
	put_text(w + 23, d->firmware, 4);
	put_text(w + 27, d->model, 20);
}

static void put32(u16 *w, u32 v)
{
	w[0] = (u16)v;
	w[1] = (u16)(v >> 16);
}

static void geometry(const struct ata_drive *d, u16 *w)
{
	const struct ata_drive_regs *r = d->r;
	u32 chs = (u32)r->cur_cylinders * r->cur_heads * r->cur_spt;
	w[1] = d->cylinders;
	w[3] = d->heads;
	w[6] = d->spt;
	w[53] = 0x0007; /* words 54-58, 64-70 and 88 are valid */
	w[54] = r->cur_cylinders;
	w[55] = r->cur_heads;
	w[56] = r->cur_spt;
	put32(w + 57, chs);
	put32(w + 60, r->max > 0x0fffffff ? 0x0fffffff : (u32)r->max);
	put32(w + 100, (u32)r->max);
	put32(w + 102, (u32)(r->max >> 32));
}

void ata_identify_modes(const struct ata_drive *d, u16 *w)
{
	const struct ata_drive_regs *r = d->r;
	w[49] = 0x2e00; /* standard standby timer, IORDY and its switch, LBA */
	w[50] = 0x4000;
	w[51] = 0x0200; /* PIO mode 2 by cycle time alone */
	w[64] = 0x0003; /* PIO modes 3 and 4 */
	w[65] = w[66] = w[67] = w[68] = 120; /* ns */
	if (!d->ata->dma.move)
		return;
	w[49] |= 0x0100;
	w[63] = 0x0007; /* multiword DMA 0-2 */
	w[88] = 0x003f; /* Ultra DMA 0-5 */
	if (r->dma_mode >> 3 == 4)
		w[63] |= (u16)(0x0100 << (r->dma_mode & 7));
	else
		w[88] |= (u16)(0x0100 << (r->dma_mode & 7));
	w[93] = d->unit ? 0x6b00 : 0x600b; /* 80-wire cable, number set by jumper, passed */
}

static void command_sets(const struct ata_drive_regs *r, u16 *w)
{
	w[47] = 0x8000 | ATA_BUFFER_SECTORS;
	w[59] = r->multiple ? 0x0100 | r->multiple : 0;
	w[80] = 0x007e; /* ATA-1 to ATA/ATAPI-6 */
	w[82] = 0x7468; /* NOP, buffer, host protected area, look-ahead, write cache, power */
	w[83] = 0x7400; /* FLUSH CACHE (EXT), 48-bit address */
	w[84] = 0x4000;
	w[85] = (u16)(0x7408 | r->look_ahead << 6 | r->write_cache << 5);
	w[86] = 0x3400;
	w[87] = 0x4000;
}

/* Word 255: A5h, and a byte that makes the sum of all 512 zero. */
void ata_identify_checksum(u8 *buf)
{
	u8 sum = 0;
	buf[510] = 0xa5;
	for (int i = 0; i < 511; i++)
		sum = (u8)(sum + buf[i]);
	buf[511] = (u8)-sum;
}

void ata_cmd_identify(struct ata_drive *d)
{
	u16 w[256] = {0};
	w[0] = 0x0040; /* not removable */
	ata_identify_texts(d, w);
	geometry(d, w);
	ata_identify_modes(d, w);
	command_sets(d->r, w);
	memcpy(d->r->buf, w, sizeof w);
	ata_identify_checksum(d->r->buf);
	ata_data_in(d, SECTOR_SIZE);
}
