/*
 * POST: the ATA disks of both channels, their geometry as the drive has it and as INT 13h shows it, the fixed disk
 * parameter tables (INT 41h, INT 46h). ATA/ATAPI-6, IDENTIFY DEVICE; PS/2 BIOS Interface Technical Reference for the tables.
 */
#include "ata.h"
#include "bios.h"
#include "debug.h"
#include "io.h"

#define MAX_CYLINDERS 1024

struct channel {
	u16 io, control;
	u8 irq;
};

static const struct channel ROM channels[] = {
	{ 0x1f0, 0x3f6, 14 },
	{ 0x170, 0x376, 15 },
};

/* Registers that keep what is written: there is a device. */
static int answers(const struct drive *d)
{
	outb(d->io + ATA_DEVICE, d->select);
	for (int n = 0; n < 4; n++)
		(void)inb(d->control);
	if (inb(d->control) == 0xff)
		return 0;
	outb(d->io + ATA_COUNT, 0x55);
	outb(d->io + ATA_LBA_LOW, 0xaa);
	return inb(d->io + ATA_COUNT) == 0x55 && inb(d->io + ATA_LBA_LOW) == 0xaa;
}

/* IDENTIFY; 1: disk, 2: packet device, 0: none. */
static int identify(const struct drive *d, u16 *id)
{
	int kind = 1;
	u8 status = ata_select(d);

	if (status)
		return 0;
	outb(d->io + ATA_COMMAND, ATA_CMD_IDENTIFY);
	for (int n = 0; n < 4; n++)
		(void)inb(d->control);
	if (inb(d->io + ATA_STATUS) == 0)
		return 0;
	status = ata_wait_data(d);
	if (status) {
		if (inb(d->io + ATA_LBA_MID) != 0x14 || inb(d->io + ATA_LBA_HIGH) != 0xeb)
			return 0;
		kind = 2;
		outb(d->io + ATA_COMMAND, ATA_CMD_IDENTIFY_PACKET);
		for (int n = 0; n < 4; n++)
			(void)inb(d->control);
		if (ata_wait_data(d))
			return 0;
	}
	port_to_far(d->io + ATA_DATA, stack_segment(), (u16)(u32)id, 256);
	return kind;
}

/*
 * What INT 13h shows: the drive's own cylinders if 1024 are enough; with LBA, 63 sectors and the fewest heads that make it
 * so ("LBA-assisted"); without, heads doubled and cylinders halved.
 */
static void set_logical_geometry(struct drive *d)
{
	u32 cylinders = d->cylinders, heads = d->heads, sectors = d->sectors, total;

	if (cylinders > MAX_CYLINDERS || !cylinders || !heads || !sectors) {
		if (d->flags & DRIVE_LBA) {
			total = d->total_hi ? 0xffffffff : d->total_lo;
			sectors = 63;
			for (heads = 16; heads < 128 && total / 63 / heads >= MAX_CYLINDERS; heads *= 2)
				;
			if (heads == 128 && total / 63 / heads >= MAX_CYLINDERS)
				heads = 255;
			cylinders = total / 63 / heads;
		} else {
			while (cylinders > MAX_CYLINDERS && heads < 128) {
				cylinders /= 2;
				heads *= 2;
			}
		}
	}
	d->log_cylinders = (u16)(cylinders > MAX_CYLINDERS ? MAX_CYLINDERS : cylinders ? cylinders : 1);
	d->log_heads = (u16)heads;
	d->log_sectors = (u16)sectors;
}

/* IDENTIFY words 1, 3, 6: geometry; 49 bit 9: LBA; 60-61: sectors; 83 bit 10 with 15-14 = 01: 48-bit; 100-103. */
static void take_identity(struct drive *d, const u16 *id)
{
	d->cylinders = id[1];
	d->heads = id[3];
	d->sectors = id[6];
	d->total_lo = (u32)id[1] * id[3] * id[6];
	d->total_hi = 0;
	if (id[49] & 0x0200) {
		d->flags |= DRIVE_LBA;
		d->select |= 0x40;
		d->total_lo = id[60] | (u32)id[61] << 16;
		if ((id[83] & 0xc400) == 0x4400) {
			d->flags |= DRIVE_LBA48;
			d->total_lo = id[100] | (u32)id[101] << 16;
			d->total_hi = id[102] | (u32)id[103] << 16;
		}
	}
	set_logical_geometry(d);
}

/* The table in the EBDA: with translation it has the logical geometry in front and the drive's own behind (signature A0h). */
static void write_disk_table(u8 number, const struct drive *d)
{
	u8 t[16] = { 0 };
	u16 at = (u16)(OFFSET(struct ebda, disk_table) + number * 16);
	u32 sum = 0;

	t[0] = (u8)d->log_cylinders;
	t[1] = (u8)(d->log_cylinders >> 8);
	t[2] = (u8)d->log_heads;
	t[8] = (u8)(0xc0 | (d->heads > 8 ? 0x08 : 0));
	t[12] = (u8)d->cylinders;
	t[13] = (u8)(d->cylinders >> 8);
	t[14] = (u8)d->log_sectors;
	t[5] = t[6] = 0xff;             /* no write precompensation */
	if (d->log_heads != d->heads || d->log_cylinders != d->cylinders) {
		t[3] = 0xa0;
		t[4] = (u8)d->sectors;
		t[9] = (u8)d->cylinders;
		t[10] = (u8)(d->cylinders >> 8);
		t[11] = (u8)d->heads;
		t[12] = t[0];
		t[13] = t[1];
		for (int n = 0; n < 15; n++)
			sum += t[n];
		t[15] = (u8)(0 - sum);
	}
	copy_to_far(BDA->ebda, at, t, sizeof(t));
	vector_set(number ? 0x46 : 0x41, BDA->ebda, at);
}

static void print_model(const u16 *id)
{
	char model[41];
	int length = 40;

	for (int n = 0; n < 20; n++) {
		model[n * 2] = (char)(id[27 + n] >> 8);
		model[n * 2 + 1] = (char)id[27 + n];
	}
	while (length && model[length - 1] == ' ')
		length--;
	model[length] = 0;
	SCREEN(" %S", model);
}

static void add_disk(struct drive *d, const u16 *id)
{
	u8 number = BDA->disk_count;

	take_identity(d, id);
	if (!d->total_lo && !d->total_hi)
		return;
	copy_to_far(BDA->ebda, (u16)(OFFSET(struct ebda, drive) + number * sizeof(*d)), d, sizeof(*d));
	irq_unmask(d->irq);             /* programs may want it; the BIOS polls */
	BDA->disk_count = number + 1;
	if (number < 2)
		write_disk_table(number, d);
	if (!(d->flags & DRIVE_LBA))
		ata_simple(d, ATA_CMD_SET_PARAMETERS, (u8)d->sectors, (u8)(d->heads - 1));
	SCREEN("Disk %x:", 0x80u + number);
	print_model(id);
	SCREEN(", %u MB\n", (d->total_lo >> 11) | (d->total_hi << 21));
	DEBUG("disk %x: %u/%u/%u shown as %u/%u/%u flags %x\n", 0x80u + number, d->cylinders, d->heads, d->sectors,
	      d->log_cylinders, d->log_heads, d->log_sectors, d->flags);
}

static void probe(u8 place)
{
	const struct channel ROM *c = &channels[place >> 1];
	struct drive d = { .io = c->io, .control = c->control, .irq = c->irq, .channel = place };
	u16 id[256];
	int kind;

	d.select = place & 1 ? 0xb0 : 0xa0;
	if (!answers(&d))
		return;
	kind = identify(&d, id);
	if (kind == 1) {
		add_disk(&d, id);
	} else if (kind == 2) {
		if (!far_read16(BDA->ebda, OFFSET(struct ebda, cd)))
			copy_to_far(BDA->ebda, OFFSET(struct ebda, cd), &d, sizeof(d));
		SCREEN("CD-ROM:");
		print_model(id);
		SCREEN("\n");
	}
}

void disks_probe(void)
{
	BDA->disk_count = 0;
	for (u8 place = 0; place < MAX_DRIVES; place++) {
		post_code((u8)(0x60 + place));
		probe(place);
	}
	BDA->disk_control = 0xc0;
	if (!BDA->disk_count && !far_read16(BDA->ebda, OFFSET(struct ebda, cd)))
		return;
	vector_set(0x40, BIOS_SEG, ENTRY_OFFSET(int40));        /* the diskettes make room */
	vector_set(0x13, BIOS_SEG, ENTRY_OFFSET(int13_entry));
}
