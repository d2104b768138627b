/* Drive types, media and the change line: floppy_media.c. */
#ifndef BIOS_FLOPPY_MEDIA_H
#define BIOS_FLOPPY_MEDIA_H

#include "fdc.h"
#include "types.h"

#define MEDIA_DOUBLE_STEP 0x20
#define MEDIA_ESTABLISHED 0x10

struct floppy_format {
	u8 type;                /* drive type as in CMOS 10h */
	u8 cylinders, sectors;
	u8 rate;
	u8 double_step;         /* may be needed */
	u8 media;               /* bits 2-0 of 40:90 */
	const u8 ROM *params;
};

const struct floppy_format ROM *floppy_format(u8 type, u32 n);
void floppy_set_media(u8 drive, const struct floppy_format ROM *f, int double_step);
u8 floppy_detect(u8 drive);
u8 floppy_clear_change(u8 drive);

#endif
