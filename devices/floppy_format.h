/* floppy_format.h - the PC's floppy formats and drives, as far as an image's size tells them. */
#ifndef DEVICES_FLOPPY_FORMAT_H
#define DEVICES_FLOPPY_FORMAT_H

#include "base/types.h"

/* The numbers are those of the CMOS byte 10h, one nibble a drive. */
enum floppy_drive_type {
	FLOPPY_NONE = 0,
	FLOPPY_360K = 1,  /* 5.25", 40 tracks, 300 rpm, 250 kbit/s, no change line */
	FLOPPY_1200K = 2, /* 5.25", 80 tracks, 360 rpm, 300 and 500 kbit/s */
	FLOPPY_720K = 3,  /* 3.5", 80 tracks, 300 rpm, 250 kbit/s */
	FLOPPY_1440K = 4, /* 3.5", 80 tracks, 300 rpm, 250 and 500 kbit/s */
	FLOPPY_2880K = 5, /* 3.5", 80 tracks, 300 rpm, 250, 500 and 1000 kbit/s */
};

struct floppy_format {
	u16 sectors; /* in the whole image */
	u8 cylinders, heads, sectors_per_track;
	u16 kbit;        /* MFM data rate at 300 rpm; 500 and more are high density */
	u8 inch525;      /* a 5.25" format: 1, a 3.5" format: 0 */
	u8 drive;        /* enum floppy_drive_type: the plainest drive that takes it */
	const char *name;
};

/* NULL if no format has that many sectors. */
const struct floppy_format *floppy_format_by_sectors(u64 sectors);

/* The drive type to configure for an image when the user named none. */
enum floppy_drive_type floppy_drive_for(u64 sectors);

#endif
