/*
 * INT 13h for the CD-ROM that was booted without emulation, drive E0h: EDD packets with 2048-byte sectors, and AH=4Ah-4Dh
 * (int13_emulation.c).
 * "El Torito" Bootable CD-ROM Format Specification 1.0, section 4 and figure 7; EDD 3.0.
 */
#include "atapi.h"
#include "bios.h"
#include "edd.h"
#include "emulation.h"
#include "io.h"

static void transfer(struct regs *r, const struct drive *d, int read)
{
	struct edd_packet p;
	u32 done = 0;
	u8 status = DISK_OK;

	copy_from_far(&p, r->ds, r->si, sizeof(p));
	if (p.size < 16 || p.count > 127 || p.lba >> 32) {
		disk_finish(r, DISK_BAD_FUNCTION);
		return;
	}
	if (read)
		status = atapi_read(d, (u32)p.lba, p.count, p.seg, p.off, &done);
	else if (p.lba + p.count > atapi_capacity(d))
		status = DISK_NO_SECTOR;
	if (read)
		far_write16(r->ds, (u16)(r->si + 2), (u16)done);
	disk_finish(r, status);
}

/* AH=48h: no geometry, removable. */
static void handle_1348(struct regs *r, const struct drive *d)
{
	struct edd_parameters p = { .bytes = CD_SECTOR };

	if (far_read16(r->ds, r->si) < EDD_PARAMETERS_V1) {
		disk_finish(r, DISK_BAD_FUNCTION);
		return;
	}
	p.size = EDD_PARAMETERS_V1;
	p.flags = EDD_NO_DMA_ERRORS | EDD_REMOVABLE;
	p.cylinders = p.heads = p.sectors = 0xffffffff;
	p.total = atapi_capacity(d);
	copy_to_far(r->ds, r->si, &p, p.size);
	disk_finish(r, DISK_OK);
}

void handle_cd(struct regs *r, const struct drive *d)
{
	switch (r->ah) {
	case 0x00: disk_finish(r, ata_reset_channel(d)); break;
	case 0x01:
		r->ah = BDA->disk_status;
		if (r->ah)
			set_cf(r);
		else
			clear_cf(r);
		break;
	case 0x10: disk_finish(r, atapi_ready(d)); break;
	case 0x15:
		disk_finish(r, DISK_OK);
		r->ah = 0x02;                   /* removable */
		break;
	case 0x41: edd_installed(r); break;
	case 0x42: transfer(r, d, 1); break;
	case 0x44:
	case 0x47: transfer(r, d, 0); break;
	case 0x48: handle_1348(r, d); break;
	default:
		if (!emulation_call(r, d))
			disk_finish(r, DISK_BAD_FUNCTION);
		break;
	}
}
