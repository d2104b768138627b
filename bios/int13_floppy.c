/*
 * INT 13h for diskettes (DL < 80h), INT 40h once there is another kind of drive. AT Technical Reference, BIOS listing; PS/2 BIOS
 * Interface Technical Reference, INT 13h. 160K to 2.88M; sector size and last sector come from the table of INT 1Eh, so
 * that programs can use other formats.
 */
#include "bda.h"
#include "bios.h"
#include "floppy_media.h"
#include "io.h"

static void finish(struct regs *r, u8 status)
{
	BDA->floppy_status = status;
	r->ah = status;
	if (status)
		set_cf(r);
	else
		clear_cf(r);
}

/* AH=00h */
static void handle_4000(struct regs *r)
{
	finish(r, fdc_reset());
}

/* AH=01h: what the last operation said; does not change it. */
static void handle_4001(struct regs *r)
{
	r->ah = BDA->floppy_status;
	if (r->ah)
		set_cf(r);
	else
		clear_cf(r);
}

/*
 * The last sector of the track for the FDC. It is the table's, unless the caller asks for sectors beyond it; then the
 * medium has longer tracks than the table knows.
 */
static u8 last_sector(u8 drive, u8 first, u8 count)
{
	u8 last = fdc_param(PARAM_LAST_SECTOR);
	u32 end = (u32)first + count - 1;

	if (end <= last)
		return last;
	if (first > last)
		return (u8)end;
	return BDA->floppy_media[drive] >> 6 == RATE_1M && last == 18 ? 36 : last;
}

static u8 physical_cylinder(u8 drive, u8 cylinder)
{
	return BDA->floppy_media[drive] & MEDIA_DOUBLE_STEP ? (u8)(cylinder * 2) : cylinder;
}

/* Motor, change line, medium: all that comes before a transfer. */
static u8 prepare(u8 drive, int writing)
{
	fdc_motor_on(drive, writing);
	if (floppy_type(drive) != 1 && fdc_changed())
		return floppy_clear_change(drive);
	if (!(BDA->floppy_media[drive] & MEDIA_ESTABLISHED))
		return floppy_detect(drive);
	fdc_set_rate(drive, BDA->floppy_media[drive] >> 6);
	return FLOPPY_OK;
}

static u8 transfer(struct regs *r, u8 command, u8 mode)
{
	u8 drive = r->dl, head = r->dh & 1, size = fdc_param(PARAM_SIZE_CODE) & 7;
	u8 bytes[9] = { command, (u8)(head << 2 | drive), r->ch, r->dh, r->cl, size, last_sector(drive, r->cl, r->al),
			fdc_param(PARAM_GAP), fdc_param(PARAM_DATA_LENGTH) };
	u8 status = dma_setup(mode, r->es, r->bx, (u32)r->al << 7 << size);

	if (status)
		return status;
	status = fdc_seek(drive, head, physical_cylinder(drive, r->ch));
	return status ? status : fdc_command(bytes, sizeof(bytes));
}

/* Sectors that went over, from the place where the FDC stopped. */
static u8 sectors_done(struct regs *r)
{
	u8 per_track = fdc_param(PARAM_LAST_SECTOR);
	int done = BDA->fdc_result[5] - r->cl;

	if (BDA->fdc_result[4] != r->dh)
		done += per_track;
	if (BDA->fdc_result[3] != r->ch)
		done += per_track;
	return done < 0 || done > r->al ? 0 : (u8)done;
}

/* Wrong data rate shows as a missing address mark: look at the medium once more before giving up. */
static u8 attempt(struct regs *r, u8 command, u8 mode)
{
	u8 status = FLOPPY_OK;

	for (int tries = 0; tries < 2; tries++) {
		status = prepare(r->dl, command == FDC_WRITE);
		if (status)
			return status;
		status = transfer(r, command, mode);
		if (status == FLOPPY_TIMEOUT || status == FLOPPY_CONTROLLER) {
			fdc_reset();
		} else if (status == FLOPPY_NO_ADDRESS_MARK || status == FLOPPY_SEEK) {
			BDA->floppy_recal &= (u8)~(1u << r->dl);
			BDA->floppy_media[r->dl] &= (u8)~MEDIA_ESTABLISHED;
		} else {
			break;
		}
	}
	return status;
}

static void read_write(struct regs *r, u8 command, u8 mode)
{
	u8 status, count = r->al;

	if (r->al == 0 || r->cl == 0) {
		finish(r, FLOPPY_BAD_FUNCTION);
		return;
	}
	BDA->floppy_motor = (u8)((BDA->floppy_motor & 0x7f) | (command == FDC_WRITE ? 0x80 : 0));
	status = attempt(r, command, mode);
	fdc_motor_timer();
	if (status == FLOPPY_OK)
		r->al = count;
	else if (status == FLOPPY_NO_SECTOR || status == FLOPPY_CRC || status == FLOPPY_NO_ADDRESS_MARK)
		r->al = sectors_done(r);
	else
		r->al = 0;
	finish(r, status);
}

static void handle_4002(struct regs *r) { read_write(r, FDC_READ, DMA_TO_MEMORY); }
static void handle_4003(struct regs *r) { read_write(r, FDC_WRITE, DMA_FROM_MEMORY); }
static void handle_4004(struct regs *r) { read_write(r, FDC_READ, DMA_VERIFY); }

/* AH=05h: format a track; ES:BX has four bytes for each sector. */
static void handle_4005(struct regs *r)
{
	u8 drive = r->dl, head = r->dh & 1, sectors = fdc_param(PARAM_LAST_SECTOR);
	u8 bytes[6] = { FDC_FORMAT, (u8)(head << 2 | drive), fdc_param(PARAM_SIZE_CODE), sectors,
			fdc_param(PARAM_FORMAT_GAP), fdc_param(PARAM_FILL) };
	u8 status;

	fdc_motor_on(drive, 1);
	if (floppy_type(drive) != 1 && fdc_changed()) {
		status = floppy_clear_change(drive);
	} else {
		if (!(BDA->floppy_media[drive] & MEDIA_ESTABLISHED))    /* nobody said AH=17h or 18h: the drive's best */
			floppy_set_media(drive, floppy_format(floppy_type(drive), 0), 0);
		fdc_set_rate(drive, BDA->floppy_media[drive] >> 6);
		status = dma_setup(DMA_FROM_MEMORY, r->es, r->bx, sectors * 4u);
		if (!status)
			status = fdc_seek(drive, head, physical_cylinder(drive, r->ch));
		if (!status)
			status = fdc_command(bytes, sizeof(bytes));
	}
	fdc_motor_timer();
	finish(r, status);
}

/* AH=08h: what the drive can do at best. */
static void handle_4008(struct regs *r)
{
	u8 type = floppy_type(r->dl);
	const struct floppy_format ROM *f = floppy_format(type, 0);

	r->ax = 0;
	r->bx = type;
	r->cx = 0;
	r->dx = floppy_count();
	r->di = 0;
	r->es = 0;
	clear_cf(r);
	if (!f)
		return;
	r->ch = f->cylinders - 1;
	r->cl = f->sectors;
	r->dh = 1;
	r->es = BIOS_SEG;
	r->di = ENTRY_OFFSET(f->params);
}

/* AH=15h: 0 no drive, 1 without, 2 with change line. */
static void handle_4015(struct regs *r)
{
	u8 type = floppy_type(r->dl);

	r->ah = type == 0 ? 0 : type == 1 ? 1 : 2;
	clear_cf(r);
	BDA->floppy_status = 0;
}

/* AH=16h */
static void handle_4016(struct regs *r)
{
	u8 status = FLOPPY_OK;

	if (floppy_type(r->dl) == 1) {
		status = FLOPPY_CHANGED;        /* cannot know */
	} else {
		fdc_motor_on(r->dl, 0);
		if (fdc_changed())
			status = floppy_clear_change(r->dl);
		fdc_motor_timer();
	}
	finish(r, status);
}

/* AH=17h: the medium to format, by AL: 1 360K in 360K, 2 360K in 1.2M, 3 1.2M, 4 720K. */
static void handle_4017(struct regs *r)
{
	static const u8 ROM media[] = { 3, 4, 5, 7 };
	const struct floppy_format ROM *f;
	u32 n = 0;

	if (r->al < 1 || r->al > 4) {
		finish(r, FLOPPY_BAD_FUNCTION);
		return;
	}
	while ((f = floppy_format(floppy_type(r->dl), n++)) != 0) {
		if (f->media == media[r->al - 1] && (r->al != 4 || f->sectors == 9)) {
			floppy_set_media(r->dl, f, f->double_step);
			finish(r, FLOPPY_OK);
			return;
		}
	}
	finish(r, FLOPPY_BAD_FUNCTION);
}

/* AH=18h: the medium to format, by its last cylinder (CH) and sectors (CL). */
static void handle_4018(struct regs *r)
{
	const struct floppy_format ROM *f;
	u32 n = 0;

	while ((f = floppy_format(floppy_type(r->dl), n++)) != 0) {
		if (f->cylinders - 1 == r->ch && f->sectors == (r->cl & 0x3f)) {
			floppy_set_media(r->dl, f, f->double_step);
			r->es = BIOS_SEG;
			r->di = ENTRY_OFFSET(f->params);
			finish(r, FLOPPY_OK);
			return;
		}
	}
	finish(r, FLOPPY_UNKNOWN_MEDIA);
}

void handle_40(struct regs *r)
{
	sti();
	if (r->dl >= 0x80 && r->ah > 0x01) { /* a disk's number, but there is no disk: INT 13h leads straight here */
		finish(r, FLOPPY_BAD_FUNCTION);
		return;
	}
	if (r->ah != 0x08 && r->ah != 0x15 && r->ah > 0x01 && (r->dl > 1 || !floppy_type(r->dl))) {
		finish(r, r->dl > 1 ? FLOPPY_BAD_FUNCTION : FLOPPY_TIMEOUT);
		return;
	}
	switch (r->ah) {
	case 0x00: handle_4000(r); break;
	case 0x01: handle_4001(r); break;
	case 0x02: handle_4002(r); break;
	case 0x03: handle_4003(r); break;
	case 0x04: handle_4004(r); break;
	case 0x05: handle_4005(r); break;
	case 0x08: handle_4008(r); break;
	case 0x15: handle_4015(r); break;
	case 0x16: handle_4016(r); break;
	case 0x17: handle_4017(r); break;
	case 0x18: handle_4018(r); break;
	default: finish(r, FLOPPY_BAD_FUNCTION); break;
	}
}
