/*
 * INT 13h for fixed disks (DL >= 80h) by cylinder, head and sector, and the way to the extensions (int13_edd.c). AT Technical
 * Reference, BIOS listing; PS/2 BIOS Interface Technical Reference, INT 13h; ATA/ATAPI-6.
 */
#include "ata.h"
#include "atapi.h"
#include "bios.h"
#include "io.h"

void disk_finish(struct regs *r, u8 status)
{
	BDA->disk_status = status;
	r->ah = status;
	if (status)
		set_cf(r);
	else
		clear_cf(r);
}

/* CH and bits 7-6 of CL: cylinder; CL bits 5-0: sector from 1; DH: head. False if the disk has no such place. */
static int chs_to_lba(const struct regs *r, const struct drive *d, u32 *lba)
{
	u32 cylinder = r->ch | (u32)(r->cl & 0xc0) << 2, sector = r->cl & 0x3f, head = r->dh;

	if (cylinder >= d->log_cylinders || head >= d->log_heads || sector == 0 || sector > d->log_sectors)
		return 0;
	*lba = (cylinder * d->log_heads + head) * d->log_sectors + sector - 1;
	return 1;
}

/* AH=00h: all drives; the diskettes too. */
static void handle_1300(struct regs *r, const struct drive *d)
{
	struct regs floppies = { .eax = 0 };

	call_int(0x40, &floppies);
	sti();
	disk_finish(r, ata_reset_channel(d));
}

static void handle_1301(struct regs *r)
{
	r->ah = BDA->disk_status;
	BDA->disk_status = 0;
	if (r->ah)
		set_cf(r);
	else
		clear_cf(r);
}

static void transfer(struct regs *r, const struct drive *d, enum disk_op op)
{
	u32 lba, done;
	u8 status;

	if (r->al == 0 || r->al > 128) {
		disk_finish(r, DISK_BAD_FUNCTION);
		return;
	}
	if (!chs_to_lba(r, d, &lba)) {
		disk_finish(r, DISK_NO_SECTOR);
		return;
	}
	status = ata_transfer(d, op, lba, r->al, r->es, r->bx, &done);
	r->al = (u8)done;
	disk_finish(r, status);
}

static void handle_1302(struct regs *r, const struct drive *d) { transfer(r, d, DISK_READ); }
static void handle_1303(struct regs *r, const struct drive *d) { transfer(r, d, DISK_WRITE); }
static void handle_1304(struct regs *r, const struct drive *d) { transfer(r, d, DISK_VERIFY); }

/* AH=05h: an ATA disk keeps its format; the track's sectors become zeros, as new ones would be. */
static void handle_1305(struct regs *r, const struct drive *d)
{
	u32 lba, done;

	r->cl = (r->cl & 0xc0) | 1;
	if (!chs_to_lba(r, d, &lba))
		disk_finish(r, DISK_NO_SECTOR);
	else
		disk_finish(r, ata_transfer(d, DISK_ZERO, lba, d->log_sectors, 0, 0, &done));
}

/* AH=08h: last cylinder, head, sector, number of disks. */
static void handle_1308(struct regs *r, const struct drive *d)
{
	u16 last = d->log_cylinders - 1;

	r->al = 0;
	r->ch = (u8)last;
	r->cl = (u8)((last >> 2 & 0xc0) | d->log_sectors);
	r->dh = (u8)(d->log_heads - 1);
	r->dl = BDA->disk_count;
	disk_finish(r, DISK_OK);
}

/* AH=09h: the drive learns its geometry; one with LBA has nothing to learn. */
static void handle_1309(struct regs *r, const struct drive *d)
{
	if (d->flags & DRIVE_LBA)
		disk_finish(r, DISK_OK);
	else
		disk_finish(r, ata_simple(d, ATA_CMD_SET_PARAMETERS, (u8)d->sectors, (u8)(d->heads - 1)));
}

static void transfer_long(struct regs *r, const struct drive *d, int write)
{
	u32 lba;

	if (r->al != 1)
		disk_finish(r, DISK_BAD_FUNCTION);
	else if (!chs_to_lba(r, d, &lba))
		disk_finish(r, DISK_NO_SECTOR);
	else
		disk_finish(r, ata_long(d, write, lba, r->es, r->bx));
}

static void handle_130a(struct regs *r, const struct drive *d) { transfer_long(r, d, 0); }
static void handle_130b(struct regs *r, const struct drive *d) { transfer_long(r, d, 1); }

/* AH=0Ch: there is such a place; an ATA disk moves its heads when it likes. */
static void handle_130c(struct regs *r, const struct drive *d)
{
	u32 lba;

	r->cl = (r->cl & 0xc0) | 1;
	disk_finish(r, chs_to_lba(r, d, &lba) ? DISK_OK : DISK_SEEK);
}

static void handle_130d(struct regs *r, const struct drive *d) { disk_finish(r, ata_reset_channel(d)); }

/* AH=10h: selected, not busy, ready. */
static void handle_1310(struct regs *r, const struct drive *d)
{
	u8 status = ata_select(d);

	if (!status && !(inb(d->io + ATA_STATUS) & ATA_DRDY))
		status = DISK_NOT_READY;
	disk_finish(r, status);
}

/* AH=11h: RECALIBRATE is gone since ATA-4; a drive that aborts it is at its place anyway. */
static void handle_1311(struct regs *r, const struct drive *d)
{
	u8 status = ata_simple(d, ATA_CMD_RECALIBRATE, 0, 0);

	disk_finish(r, status == DISK_TIMEOUT || status == DISK_SEEK ? status : DISK_OK);
}

/* AH=14h: EXECUTE DEVICE DIAGNOSTIC; 01h in the error register is "passed". */
static void handle_1314(struct regs *r, const struct drive *d)
{
	u8 status = ata_select(d);

	if (!status) {
		outb(d->io + ATA_COMMAND, ATA_CMD_DIAGNOSTIC);
		for (int n = 0; n < 4; n++)
			(void)inb(d->control);
		status = ata_wait_done(d);
		if (!status && (inb(d->io + ATA_ERROR) & 0x7f) != 0x01)
			status = DISK_CONTROLLER;
	}
	r->al = 0;
	disk_finish(r, status);
}

/* AH=15h: 3 is a fixed disk; CX:DX its sectors. */
static void handle_1315(struct regs *r, const struct drive *d)
{
	u32 sectors = (u32)d->log_cylinders * d->log_heads * d->log_sectors;

	r->cx = (u16)(sectors >> 16);
	r->dx = (u16)sectors;
	disk_finish(r, DISK_OK);
	r->ah = 3;
}

static void no_drive(struct regs *r)
{
	u8 function = r->ah;

	if (function == 0x15) {
		disk_finish(r, DISK_OK);
		r->cx = r->dx = 0;
		return;
	}
	if (function == 0x08) {
		r->cx = 0;
		r->dx = BDA->disk_count;
	}
	disk_finish(r, function == 0x08 ? DISK_BAD_PARAMETERS : DISK_BAD_FUNCTION);
}

void handle_13(struct regs *r)
{
	struct drive d;

	sti();
	if (r->dl == CD_DRIVE && cd_get(&d)) {
		handle_cd(r, &d);
		return;
	}
	if (!drive_get(r->dl, &d)) {
		no_drive(r);
		return;
	}
	switch (r->ah) {
	case 0x00: handle_1300(r, &d); break;
	case 0x01: handle_1301(r); break;
	case 0x02: handle_1302(r, &d); break;
	case 0x03: handle_1303(r, &d); break;
	case 0x04: handle_1304(r, &d); break;
	case 0x05: handle_1305(r, &d); break;
	case 0x08: handle_1308(r, &d); break;
	case 0x09: handle_1309(r, &d); break;
	case 0x0a: handle_130a(r, &d); break;
	case 0x0b: handle_130b(r, &d); break;
	case 0x0c: handle_130c(r, &d); break;
	case 0x0d: handle_130d(r, &d); break;
	case 0x10: handle_1310(r, &d); break;
	case 0x11: handle_1311(r, &d); break;
	case 0x14: handle_1314(r, &d); break;
	case 0x15: handle_1315(r, &d); break;
	case 0x41 ... 0x49: handle_edd(r, &d); break;
	default: disk_finish(r, DISK_BAD_FUNCTION); break;
	}
}
