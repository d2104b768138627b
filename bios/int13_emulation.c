/*
 * INT 13h while a boot image on CD-ROM stands for diskette A or disk 80h; the drives that it displaces move up by one.
 * "El Torito" Bootable CD-ROM Format Specification 1.0, sections 1.5, 3 and 4 (AH=4Ah-4Dh).
 *
 * The image is read only. A disk's geometry is where its only partition ends. Not here: images of disks by block number
 * (AH=41h-48h), 40:75 counting the displaced disk.
 */
#include "emulation.h"

#include "bda.h"
#include "bios.h"
#include "floppy_media.h"
#include "io.h"

#define FUNCTION_WRITE_PROTECTED 0x03

/* Scratch for a disk's first sector, free while something is booted. */
#define SCRATCH_SEG 0x0800
#define PARTITION 0x1be

void emulation_get(struct emulation *e) { copy_from_far(e, BDA->ebda, OFFSET(struct ebda, emulation), sizeof(*e)); }
void emulation_put(const struct emulation *e) { copy_to_far(BDA->ebda, OFFSET(struct ebda, emulation), e, sizeof(*e)); }

/* ---- beginning and end ------------------------------------------------------------------------------------------- */

static void set_geometry(struct emulation *e, u16 cylinders, u16 heads, u16 sectors)
{
	u16 last = cylinders - 1;

	e->cylinders = cylinders;
	e->heads = heads;
	e->sectors = sectors;
	e->total = (u32)cylinders * heads * sectors;
	e->packet.cylinders = (u8)last;
	e->packet.sectors = (u8)(sectors | (last >> 2 & 0xc0));
	e->packet.heads = (u8)(heads - 1);
}

/* The partition that is there: its last head, sector and cylinder. */
static u8 disk_geometry(const struct drive *cd, struct emulation *e)
{
	u32 done;
	u8 status = atapi_read_512(cd, e->packet.image * 4, 1, SCRATCH_SEG, 0, &done), sectors;

	if (status)
		return status;
	for (u16 at = PARTITION; at < PARTITION + 64; at += 16) {
		sectors = far_read8(SCRATCH_SEG, at + 6);
		if (!far_read8(SCRATCH_SEG, at + 4) || !(sectors & 0x3f))
			continue;
		set_geometry(e, (u16)((far_read8(SCRATCH_SEG, at + 7) | (sectors & 0xc0) << 2) + 1), far_read8(SCRATCH_SEG, at + 5) + 1u,
			     sectors & 0x3f);
		return DISK_OK;
	}
	return DISK_BAD_PARAMETERS;
}

/* INT 13h for the image from now on. */
static void hook(struct emulation *e)
{
	if (!e->active) {
		e->old_int13 = far_read32(0, 0x13 * 4);
		e->old_equipment = BDA->equipment;
	}
	e->active = 1;
	if (e->packet.drive == 0) {
		u32 floppies = floppy_count();
		BDA->equipment = (u16)((e->old_equipment & ~0x00c0u) | EQUIP_FLOPPY | (floppies > 3 ? 3 : floppies) << 6);
	}
	emulation_put(e);
	vector_set(0x13, BIOS_SEG, ENTRY_OFFSET(int13_emulation));
}

/* e->packet says what is to be shown; its drive and geometry are filled in. */
u8 emulation_start(const struct drive *cd, struct emulation *e)
{
	u8 media = e->packet.media & 0x0f, status = DISK_OK;

	emulation_describe(cd, e);
	if (media > MEDIA_DISK || media == MEDIA_NONE)
		return DISK_BAD_FUNCTION;
	e->packet.drive = media == MEDIA_DISK ? 0x80 : 0x00;
	if (media == MEDIA_DISK)
		status = disk_geometry(cd, e);
	else
		set_geometry(e, 80, 2, media == MEDIA_1200K ? 15 : media == MEDIA_1440K ? 18 : 36);
	if (!status)
		hook(e);
	return status;
}

/* Where the CD-ROM is. */
void emulation_describe(const struct drive *cd, struct emulation *e)
{
	e->packet.size = sizeof(e->packet);
	e->packet.controller = cd->channel >> 1;
	e->packet.device = cd->channel & 1;
}

void emulation_end(void)
{
	struct emulation e;

	emulation_get(&e);
	if (!e.active)
		return;
	vector_set(0x13, (u16)(e.old_int13 >> 16), (u16)e.old_int13);
	BDA->equipment = e.old_equipment;
	e.active = 0;
	emulation_put(&e);
}

/* ---- AH=4Ah-4Dh --------------------------------------------------------------------------------------------------- */

static u8 start_from(struct regs *r, const struct drive *cd, struct emulation *e)
{
	copy_from_far(&e->packet, r->ds, r->si, sizeof(e->packet));
	if (e->packet.size < sizeof(e->packet))
		return DISK_BAD_FUNCTION;
	return emulation_start(cd, e);
}

/* AX=4B00h ends the emulation (also for DL=7Fh), 4B01h only tells. */
static u8 end_or_tell(struct regs *r, struct emulation *e)
{
	copy_to_far(r->ds, r->si, &e->packet, sizeof(e->packet));
	if (r->al == 0)
		emulation_end();
	return DISK_OK;
}

static u8 start_and_boot(struct regs *r, const struct drive *cd, struct emulation *e)
{
	u32 done;
	u16 seg;
	u8 status = start_from(r, cd, e);

	if (status)
		return status;
	seg = e->packet.load_seg ? e->packet.load_seg : 0x07c0;
	status = atapi_read_512(cd, e->packet.image * 4, e->packet.count, seg, 0, &done);
	if (status)
		return status;
	EBDA_WRITE8(stack_busy, 0);
	boot_jump(e->packet.drive, seg == 0x07c0 ? 0x7c00 : (u32)seg << 16);
}

/* Packet: 08h, sectors, far pointer, first sector. */
static u8 read_catalog(struct regs *r, const struct drive *cd, const struct emulation *e)
{
	u32 buffer = far_read32(r->ds, (u16)(r->si + 2)), first = far_read16(r->ds, (u16)(r->si + 6)), done;

	if (r->al || !e->catalog)
		return DISK_BAD_FUNCTION;
	return atapi_read(cd, e->catalog + first, far_read8(r->ds, (u16)(r->si + 1)), (u16)(buffer >> 16), (u16)buffer, &done);
}

/* False: not one of these functions. */
int emulation_call(struct regs *r, const struct drive *cd)
{
	struct emulation e;
	u8 status = DISK_BAD_FUNCTION;

	if (r->ah < 0x4a || r->ah > 0x4d)
		return 0;
	emulation_get(&e);
	if (!e.packet.size) {           /* nothing was booted from it */
		e.packet.drive = CD_DRIVE;
		emulation_describe(cd, &e);
	}
	if (r->ah == 0x4a && r->al == 0)
		status = start_from(r, cd, &e);
	else if (r->ah == 0x4b && r->al <= 1)
		status = end_or_tell(r, &e);
	else if (r->ah == 0x4c && r->al == 0)
		status = start_and_boot(r, cd, &e);
	else if (r->ah == 0x4d)
		status = read_catalog(r, cd, &e);
	disk_finish(r, status);
	return 1;
}

/* ---- the image ------------------------------------------------------------------------------------------------------ */

static void finish(struct regs *r, const struct emulation *e, u8 status)
{
	disk_finish(r, status);
	if (e->packet.drive == 0)
		BDA->floppy_status = status;
}

static void transfer(struct regs *r, const struct emulation *e, const struct drive *cd)
{
	u32 cylinder = r->ch | (u32)(r->cl & 0xc0) << 2, sector = r->cl & 0x3f, lba, done = r->al;
	u8 status = DISK_NO_SECTOR;

	lba = (cylinder * e->heads + r->dh) * e->sectors + sector - 1;
	if (r->al == 0 || r->al > 128)
		status = DISK_BAD_FUNCTION;
	else if (cylinder < e->cylinders && r->dh < e->heads && sector && sector <= e->sectors && lba + r->al <= e->total)
		status = r->ah == 0x02 ? atapi_read_512(cd, e->packet.image * 4 + lba, r->al, r->es, r->bx, &done) : DISK_OK;
	r->al = status && r->ah != 0x02 ? 0 : (u8)done;
	if (status == DISK_NO_SECTOR || status == DISK_BAD_FUNCTION)
		r->al = 0;
	finish(r, e, status);
}

static void parameters(struct regs *r, const struct emulation *e)
{
	u8 type = e->packet.media == MEDIA_1200K ? 2 : e->packet.media == MEDIA_1440K ? 4 : 5;
	const struct floppy_format ROM *f = floppy_format(type, 0);

	r->ax = 0;
	r->ch = e->packet.cylinders;
	r->cl = e->packet.sectors;
	r->dh = e->packet.heads;
	r->dl = (u8)((e->packet.drive ? BDA->disk_count : floppy_count()) + 1);
	if (e->packet.drive == 0) {
		r->bx = type;
		r->es = BIOS_SEG;
		r->di = ENTRY_OFFSET(f->params);
	}
	finish(r, e, DISK_OK);
}

/* AH=15h: a diskette without change line, or a disk of CX:DX sectors. */
static void drive_type(struct regs *r, const struct emulation *e)
{
	finish(r, e, DISK_OK);
	r->ah = 1;
	if (!e->packet.drive)
		return;
	r->ah = 3;
	r->cx = (u16)(e->total >> 16);
	r->dx = (u16)e->total;
}

static void image_call(struct regs *r, const struct emulation *e, const struct drive *cd)
{
	switch (r->ah) {
	case 0x00: case 0x0c: case 0x0d: case 0x10: case 0x11:
		finish(r, e, DISK_OK);
		break;
	case 0x01:
		r->ah = e->packet.drive ? BDA->disk_status : BDA->floppy_status;
		if (r->ah)
			set_cf(r);
		else
			clear_cf(r);
		break;
	case 0x02: case 0x04: transfer(r, e, cd); break;
	case 0x03: case 0x05:
		r->al = 0;
		finish(r, e, FUNCTION_WRITE_PROTECTED);
		break;
	case 0x08: parameters(r, e); break;
	case 0x15: drive_type(r, e); break;
	case 0x16: finish(r, e, e->packet.drive ? DISK_BAD_FUNCTION : DISK_OK); break;
	default: finish(r, e, DISK_BAD_FUNCTION); break;
	}
}

/* ---- all drives ------------------------------------------------------------------------------------------------------ */

/* The diskettes' own service, with the number that the drive has without the image. */
static void pass_floppy(struct regs *r, u8 shift)
{
	struct regs f = *r;

	f.dl = (u8)(r->dl - shift);
	call_int(0x40, &f);
	sti();
	if (r->ah == 0x08)
		r->dx = (u16)(f.dx + shift);
	r->eax = f.eax;
	r->ebx = f.ebx;
	r->ecx = f.ecx;
	r->edi = f.edi;
	r->es = f.es;
	r->flags = (u16)((r->flags & ~FLAG_CF) | (f.flags & FLAG_CF));
}

static void pass_disk(struct regs *r, u8 shift)
{
	u8 drive = r->dl, function = r->ah;

	if (drive == CD_DRIVE)
		shift = 0;
	r->dl = (u8)(drive - shift);
	handle_13(r);
	if (function == 0x08)
		r->dl = (u8)(r->dl + shift);
	else if (function != 0x15)
		r->dl = drive;
}

void handle_13_emulation(struct regs *r)
{
	struct emulation e;
	struct drive cd;

	sti();
	emulation_get(&e);
	if (!cd_get(&cd))
		return;
	if ((r->dl == e.packet.drive || r->dl == CD_DRIVE || (r->dl == 0x7f && r->ah == 0x4b)) && emulation_call(r, &cd))
		return;
	if (r->dl == e.packet.drive)
		image_call(r, &e, &cd);
	else if (r->dl < 0x80)
		pass_floppy(r, e.packet.drive == 0);
	else
		pass_disk(r, e.packet.drive == 0x80);
}
