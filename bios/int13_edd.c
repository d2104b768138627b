/*
 * INT 13h AH=41h-49h, the enhanced disk drive extensions (BIOS Enhanced Disk Drive Specification 3.0; T13 D1386): packets
 * with a 64-bit block number. Fixed disk access and EDD subsets; locking and ejecting are not (nothing is removable).
 */
#include "ata.h"
#include "bios.h"
#include "edd.h"
#include "io.h"

/* AH=41h: version 3.0 (30h); subsets: bit 0 packets, bit 2 EDD. */
void edd_installed(struct regs *r)
{
	if (r->bx != 0x55aa) {
		disk_finish(r, DISK_BAD_FUNCTION);
		return;
	}
	disk_finish(r, DISK_OK);
	r->bx = 0xaa55;
	r->cx = 0x0005;
	r->ah = 0x30;
}

/* A flat 64-bit address follows a packet that says FFFF:FFFF; only what a real-mode pointer reaches can be had. */
static int flat_address(const struct regs *r, struct edd_packet *p)
{
	u32 low = far_read32(r->ds, (u16)(r->si + 16)), high = far_read32(r->ds, (u16)(r->si + 20));

	if (p->size < 24 || high || low >= 0x100000)
		return 0;
	p->seg = (u16)(low >> 4);
	p->off = low & 15;
	return 1;
}

static void transfer(struct regs *r, const struct drive *d, enum disk_op op)
{
	u64 total = d->total_lo | (u64)d->total_hi << 32;
	struct edd_packet p;
	u32 done = 0;
	u8 status;

	copy_from_far(&p, r->ds, r->si, sizeof(p));
	if (p.size < 16 || (op != DISK_VERIFY && p.count > 127) ||
	    (op != DISK_VERIFY && p.off == 0xffff && p.seg == 0xffff && !flat_address(r, &p))) {
		disk_finish(r, DISK_BAD_FUNCTION);
		return;
	}
	if (p.lba >= total || p.count > total - p.lba) {
		far_write16(r->ds, (u16)(r->si + 2), 0);
		disk_finish(r, DISK_NO_SECTOR);
		return;
	}
	status = ata_transfer(d, op, p.lba, p.count, p.seg, p.off, &done);
	far_write16(r->ds, (u16)(r->si + 2), (u16)done);
	disk_finish(r, status);
}

static void handle_1342(struct regs *r, const struct drive *d) { transfer(r, d, DISK_READ); }

/* AH=43h, AL: 0, 1 write; 2 write and verify. */
static void handle_1343(struct regs *r, const struct drive *d)
{
	if (r->al > 2) {
		disk_finish(r, DISK_BAD_FUNCTION);
		return;
	}
	transfer(r, d, DISK_WRITE);
	if (r->al == 2 && r->ah == 0)
		transfer(r, d, DISK_VERIFY);
}

static void handle_1344(struct regs *r, const struct drive *d) { transfer(r, d, DISK_VERIFY); }

/* AH=47h: there is such a block. */
static void handle_1347(struct regs *r, const struct drive *d)
{
	u64 total = d->total_lo | (u64)d->total_hi << 32;
	struct edd_packet p;

	copy_from_far(&p, r->ds, r->si, sizeof(p));
	disk_finish(r, p.lba < total ? DISK_OK : DISK_SEEK);
}

static u8 checksum(const void *data, u32 bytes)
{
	const u8 *p = data;
	u8 sum = 0;

	while (bytes--)
		sum = (u8)(sum + *p++);
	return (u8)(0 - sum);
}

/* The extension of the parameter table, in the EBDA: ports, interrupt, what the BIOS does with the disk. */
static void fill_config(const struct drive *d)
{
	u8 t[16] = { 0 };

	t[0] = (u8)d->io;
	t[1] = (u8)(d->io >> 8);
	t[2] = (u8)d->control;
	t[3] = (u8)(d->control >> 8);
	t[4] = (u8)((d->select & 0x50) | 0xa0);
	t[5] = 0xcb;                            /* as Phoenix's first tables had it */
	t[6] = d->irq;
	t[7] = 1;                               /* sectors in a block */
	t[10] = d->flags & DRIVE_LBA ? 0x10 : 0;
	if (d->log_heads != d->heads || d->log_cylinders != d->cylinders)
		t[10] |= 0x08;
	if (d->flags & DRIVE_LBA)
		t[11] = 0x02;                   /* translation: LBA-assisted, in bits 10-9 of the word */
	t[14] = 0x11;
	t[15] = checksum(t, 15);
	copy_to_far(BDA->ebda, OFFSET(struct ebda, edd_table), t, sizeof(t));
}

static void fill_path(struct edd_parameters *p, const struct drive *d)
{
	p->path_key = 0xbedd;
	p->path_size = 36;
	p->bus[0] = 'I';
	p->bus[1] = 'S';
	p->bus[2] = 'A';
	p->bus[3] = ' ';
	for (u32 n = 0; n < 8; n++)
		p->interface[n] = ' ';
	p->interface[0] = 'A';
	p->interface[1] = 'T';
	p->interface[2] = 'A';
	p->interface_path[0] = (u8)d->io;
	p->interface_path[1] = (u8)(d->io >> 8);
	p->device_path[0] = d->channel & 1;
	p->checksum = checksum((const u8 *)p + OFFSET(struct edd_parameters, path_key), 35);
}

/* AH=48h: as much as the caller's buffer takes. */
static void handle_1348(struct regs *r, const struct drive *d)
{
	struct edd_parameters p = { .bytes = 512 };
	u16 room = far_read16(r->ds, r->si);

	if (room < EDD_PARAMETERS_V1) {
		disk_finish(r, DISK_BAD_FUNCTION);
		return;
	}
	p.size = room >= EDD_PARAMETERS_V3 ? EDD_PARAMETERS_V3 : room >= EDD_PARAMETERS_V2 ? EDD_PARAMETERS_V2 : EDD_PARAMETERS_V1;
	p.flags = EDD_NO_DMA_ERRORS;
	p.cylinders = d->cylinders;
	p.heads = d->heads;
	p.sectors = d->sectors;
	if (!d->total_hi && d->total_lo / 63 / 16 <= 16383)
		p.flags |= EDD_GEOMETRY_VALID;
	p.total = d->total_lo | (u64)d->total_hi << 32;
	if (p.size >= EDD_PARAMETERS_V2) {
		fill_config(d);
		p.config_off = OFFSET(struct ebda, edd_table);
		p.config_seg = BDA->ebda;
	}
	if (p.size >= EDD_PARAMETERS_V3)
		fill_path(&p, d);
	copy_to_far(r->ds, r->si, &p, p.size);
	disk_finish(r, DISK_OK);
}

/* AH=49h: has the medium changed? It cannot. */
static void handle_1349(struct regs *r) { disk_finish(r, DISK_OK); }

void handle_edd(struct regs *r, const struct drive *d)
{
	switch (r->ah) {
	case 0x41: edd_installed(r); break;
	case 0x42: handle_1342(r, d); break;
	case 0x43: handle_1343(r, d); break;
	case 0x44: handle_1344(r, d); break;
	case 0x47: handle_1347(r, d); break;
	case 0x48: handle_1348(r, d); break;
	case 0x49: handle_1349(r); break;
	default: disk_finish(r, DISK_BAD_FUNCTION); break;   /* 45h lock, 46h eject */
	}
}
