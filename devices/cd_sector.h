/* cd_sector.h - the frame of a mode 1 sector of a CD-ROM; see cd_sector.c. */
#ifndef DEVICES_CD_SECTOR_H
#define DEVICES_CD_SECTOR_H

#include "base/types.h"

#define CD_FRAME 2352  /* sync, header, user data, EDC, zeros, ECC */
#define CD_SYNC 12
#define CD_HEADER 4
#define CD_USER 2048
#define CD_ECC 288     /* EDC, 8 zeros, P and Q parity */
#define CD_PREGAP 150  /* frames before logical block 0: 2 seconds */

/* Minutes, seconds, frames of a logical block; binary. */
void cd_msf(u8 msf[3], u32 lba);
u32 cd_lba(const u8 msf[3]);

/* Builds the rest around frame[16..2064), the user data of block lba. */
void cd_frame(u8 frame[CD_FRAME], u32 lba);

#endif
