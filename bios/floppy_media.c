/*
 * What is in a diskette drive: drive types from CMOS, data rates to try, double stepping, the change line, and the media
 * byte 40:90/91 (AT Technical Reference, BIOS listing; PS/2 BIOS Interface Technical Reference, data areas):
 *
 *   bits 7-6 rate, 5 double step, 4 established, 2-0: 0-2 trying 360K in 360K, 360K in 1.2M, 1.2M; 3-5 the same,
 *   established; 7 anything else (720K, 1.44M, 2.88M)
 */
#include "floppy_media.h"

#include "bda.h"
#include "bios.h"
#include "io.h"

/* Parameter tables that AH=08h and AH=18h point to, in the format of INT 1Eh. */
static const u8 ROM params_360[] = { 0xdf, 0x02, 0x25, 0x02, 9, 0x2a, 0xff, 0x50, 0xf6, 0x0f, 0x08 };
static const u8 ROM params_360_in_1200[] = { 0xdf, 0x02, 0x25, 0x02, 9, 0x23, 0xff, 0x50, 0xf6, 0x0f, 0x08 };
static const u8 ROM params_1200[] = { 0xdf, 0x02, 0x25, 0x02, 15, 0x1b, 0xff, 0x54, 0xf6, 0x0f, 0x08 };
static const u8 ROM params_720[] = { 0xdf, 0x02, 0x25, 0x02, 9, 0x2a, 0xff, 0x50, 0xf6, 0x0f, 0x08 };
static const u8 ROM params_1440[] = { 0xaf, 0x02, 0x25, 0x02, 18, 0x1b, 0xff, 0x6c, 0xf6, 0x0f, 0x08 };
static const u8 ROM params_2880[] = { 0xaf, 0x02, 0x25, 0x02, 36, 0x1b, 0xff, 0x53, 0xf6, 0x0f, 0x08 };

/* By drive type; for each the media it reads, best first. */
static const struct floppy_format ROM formats[] = {
	/* type  cylinders sectors rate  step  media */
	{ 1, 40, 9, RATE_250K, 0, 3, params_360 },
	{ 2, 80, 15, RATE_500K, 0, 5, params_1200 },
	{ 2, 40, 9, RATE_300K, 1, 4, params_360_in_1200 },
	{ 2, 40, 9, RATE_250K, 1, 4, params_360_in_1200 },
	{ 3, 80, 9, RATE_250K, 0, 7, params_720 },
	{ 4, 80, 18, RATE_500K, 0, 7, params_1440 },
	{ 4, 80, 9, RATE_250K, 0, 7, params_720 },
	{ 5, 80, 36, RATE_1M, 0, 7, params_2880 },
	{ 5, 80, 18, RATE_500K, 0, 7, params_1440 },
	{ 5, 80, 9, RATE_250K, 0, 7, params_720 },
};

/* 1: 360K, 2: 1.2M, 3: 720K, 4: 1.44M, 5: 2.88M; 0: none. */
u8 floppy_type(u8 drive)
{
	u8 types = cmos_read(CMOS_FLOPPY_TYPES), type;

	if (drive > 1)
		return 0;
	type = drive ? types & 0x0f : types >> 4;
	return type == 6 ? 5 : type > 5 ? 0 : type;
}

u8 floppy_count(void) { return (u8)((floppy_type(0) != 0) + (floppy_type(1) != 0)); }

/* The n-th format that a drive reads, or 0 after the last. */
const struct floppy_format ROM *floppy_format(u8 type, u32 n)
{
	for (u32 i = 0; i < COUNT(formats); i++) {
		if (formats[i].type == type && n-- == 0)
			return &formats[i];
	}
	return 0;
}

void floppy_set_media(u8 drive, const struct floppy_format ROM *f, int double_step)
{
	BDA->floppy_media[drive] = (u8)(f->rate << 6 | (double_step ? MEDIA_DOUBLE_STEP : 0) | MEDIA_ESTABLISHED | f->media);
}

/*
 * A 360K diskette in an 80-cylinder drive has every second cylinder: after two steps the sectors say cylinder 1. Leaves
 * the answer of READ ID at cylinder 2 in *status.
 */
static int needs_double_step(u8 drive, u8 *status)
{
	*status = fdc_seek(drive, 0, 2);
	if (!*status)
		*status = fdc_read_id(drive, 0);
	return !*status && BDA->fdc_result[3] == 1;
}

/* Find the rate at which the sector marks can be read. */
u8 floppy_detect(u8 drive)
{
	u8 type = floppy_type(drive), status = FLOPPY_TIMEOUT;
	const struct floppy_format ROM *f;

	BDA->floppy_media[drive] = 0;
	for (u32 n = 0; (f = floppy_format(type, n)) != 0; n++) {
		int double_step = 0;
		fdc_set_rate(drive, f->rate);
		status = fdc_seek(drive, 0, 0);
		if (!status)
			status = fdc_read_id(drive, 0);
		if (!status && f->double_step)
			double_step = needs_double_step(drive, &status);
		if (!status) {
			floppy_set_media(drive, f, double_step);
			return FLOPPY_OK;
		}
		if (status == FLOPPY_TIMEOUT || status == FLOPPY_CONTROLLER)
			fdc_reset();
	}
	return status;
}

/*
 * The change line is up: forget the medium and make the head step, which takes the line down if there is a diskette.
 * Returns FLOPPY_CHANGED, or FLOPPY_TIMEOUT for an empty drive.
 */
u8 floppy_clear_change(u8 drive)
{
	BDA->floppy_media[drive] &= (u8)~(MEDIA_ESTABLISHED | MEDIA_DOUBLE_STEP);
	fdc_reset();
	fdc_seek(drive, 0, 1);
	fdc_seek(drive, 0, 0);
	return fdc_changed() ? FLOPPY_TIMEOUT : FLOPPY_CHANGED;
}
