/* atapi.h - an ATAPI CD/DVD-ROM drive; see atapi.c.
 *
 *   struct ata <── struct ata_device_ops ── struct atapi ──> struct block (the disc's user data)
 *                                              │
 *                 tray, lock, sense, mode pages ┘
 */
#ifndef DEVICES_ATAPI_H
#define DEVICES_ATAPI_H

#include "devices/ata.h"

#define CD_SECTOR 2048
#define ATAPI_PACKET 12
#define ATAPI_DATA 4096 /* an answer, a parameter list, or one sector with all its headers */

enum atapi_mode_sizes { MODE_01_SIZE = 12, MODE_0D_SIZE = 8, MODE_0E_SIZE = 16 };

/* What a guest can change. */
struct atapi_regs {
	u8 phase;             /* enum atapi_phase */
	u8 packet[ATAPI_PACKET];
	u8 dma;               /* the data of this command go through the bus master */
	u8 medium;            /* a disc is in the drive or lies on the open tray */
	u8 tray_open;
	u8 prevent;           /* PREVENT ALLOW MEDIUM REMOVAL: bit 0 as set, bit 1 persistent */
	u8 attention;         /* enum atapi_attention: what waits to be reported */
	u8 events;            /* enum atapi_event: the same for GET EVENT STATUS NOTIFICATION */
	u8 key, asc, ascq;    /* sense data of the last command */
	u8 sense_valid;       /* sense_lba is meant */
	u8 parts;             /* of a sector, enum atapi_parts */
	u8 c2, subchannel;    /* READ CD: what follows the parts */
	u16 limit;            /* bytes in a DRQ block at most */
	u16 speed;            /* kB/s, SET CD SPEED */
	u32 sense_lba;
	u64 left;             /* bytes of this command not yet offered to, or taken from, the host */
	u32 pos, end;         /* of data */
	u32 lba;              /* of the next sector */
	u32 sectors;          /* still to read */
	u32 head;             /* just behind the last sector read */
	u8 mode_01[MODE_01_SIZE], mode_0d[MODE_0D_SIZE], mode_0e[MODE_0E_SIZE];
	u8 data[ATAPI_DATA];
};

struct atapi {
	struct atapi_regs r;
	struct ata_drive *drive;
	struct block *disc; /* the caller's; NULL: none */
	struct log *log;
};

/* Before the machine starts: an empty drive at unit 0 or 1 of the channel. */
void atapi_init(struct atapi *c, struct ata *ata, int unit, struct log *log);
/* After the registers were loaded; the disc must be the one that was in. */
void atapi_restore(struct atapi *c);

/* By the user. The disc stays the caller's; one that was in must have been taken out. */
void atapi_insert(struct atapi *c, struct block *disc);
/* False: the guest has locked the tray; it is told that the button was pressed. `force` is the paper clip. */
bool atapi_eject(struct atapi *c, bool force);

/* No disc or an open tray: false. */
bool atapi_ready(const struct atapi *c);

#endif
