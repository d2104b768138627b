/* CD-ROM drives: packets (atapi.c), INT 13h for the boot drive E0h (int13_cd.c), El Torito (boot_cd.c,
 * int13_emulation.c). */
#ifndef BIOS_ATAPI_H
#define BIOS_ATAPI_H

#include "ata.h"

#define CD_DRIVE 0xe0
#define CD_SECTOR 2048

/* Statuses of INT 13h beyond those of ata.h. */
#define DISK_NO_MEDIUM 0x31

int cd_get(struct drive *d);
u8 atapi_ready(const struct drive *d);
u8 atapi_read(const struct drive *d, u32 lba, u16 count, u16 seg, u16 off, u32 *done);
u8 atapi_read_512(const struct drive *d, u32 lba, u16 count, u16 seg, u16 off, u32 *done);
u32 atapi_capacity(const struct drive *d);
void handle_cd(struct regs *r, const struct drive *d);

#endif
