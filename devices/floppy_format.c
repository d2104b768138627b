/* floppy_format.c - the table of floppy formats; see floppy_format.h.
 *
 * Sizes and data rates: IBM PC/AT Technical Reference, diskette drives; 82077AA
 * data sheet, section 1.2, for the 2.88M format.
 */
#include "devices/floppy_format.h"

static const struct floppy_format formats[] = {
	/* sectors cyl heads spt  kbit 5.25" drive           name */
	{  320,    40, 1,    8,   250, 1,    FLOPPY_360K,  "160K" },
	{  360,    40, 1,    9,   250, 1,    FLOPPY_360K,  "180K" },
	{  640,    40, 2,    8,   250, 1,    FLOPPY_360K,  "320K" },
	{  720,    40, 2,    9,   250, 1,    FLOPPY_360K,  "360K" },
	{ 1440,    80, 2,    9,   250, 0,    FLOPPY_720K,  "720K" },
	{ 2400,    80, 2,   15,   500, 1,    FLOPPY_1200K, "1.2M" },
	{ 2880,    80, 2,   18,   500, 0,    FLOPPY_1440K, "1.44M" },
	{ 5760,    80, 2,   36,  1000, 0,    FLOPPY_2880K, "2.88M" },
};

const struct floppy_format *floppy_format_by_sectors(u64 sectors)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (formats[i].sectors == sectors)
			return &formats[i];
	return NULL;
}

enum floppy_drive_type floppy_drive_for(u64 sectors)
{
	const struct floppy_format *f = floppy_format_by_sectors(sectors);
	return f ? (enum floppy_drive_type)f->drive : FLOPPY_1440K;
}
