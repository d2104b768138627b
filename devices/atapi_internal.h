/* atapi_internal.h - what the files of the CD/DVD-ROM drive share.
 *
 *   atapi.c           ATA commands, the PACKET protocol, data blocks, reset
 *   atapi_cmd.c       the table of packet commands; sense, tray, lock, small ones
 *   atapi_read.c      READ, READ CD, READ CAPACITY, READ HEADER
 *   atapi_toc.c       READ TOC, READ DISC INFORMATION, READ SUB-CHANNEL
 *   atapi_mode.c      MODE SENSE, MODE SELECT
 *   atapi_features.c  GET CONFIGURATION, GET EVENT STATUS NOTIFICATION
 *   cd_sector.c       what a CD has around the 2048 bytes of user data
 */
#ifndef DEVICES_ATAPI_INTERNAL_H
#define DEVICES_ATAPI_INTERNAL_H

#include "devices/ata_internal.h"
#include "devices/atapi.h"

enum atapi_phase {
	ATAPI_IDLE,     /* no packet command */
	ATAPI_PACKET_IN, /* the host writes the packet */
	ATAPI_EXECUTE,  /* its latency */
	ATAPI_SEEK,     /* the next block is being read */
	ATAPI_DATA_IN,  /* the host takes a block */
	ATAPI_DATA_OUT, /* the host gives a block */
	ATAPI_MOVE_IN, ATAPI_MOVE_OUT, /* the same by bus master */
	ATAPI_PARAMETERS, /* the list is complete: use it */
	ATAPI_STATUS,   /* the end, good or bad */
	ATAPI_IDENTITY, /* the host takes IDENTIFY PACKET DEVICE */
};

enum atapi_attention { ATTENTION_RESET = 1, ATTENTION_MEDIUM = 2 };
enum atapi_event { EVENT_EJECT_BUTTON = 1, EVENT_REMOVED = 2, EVENT_NEW = 4 };

/* Interrupt reason, in the sector count register. */
enum { REASON_COMMAND = 1, REASON_TO_HOST = 2 };

enum sense_key {
	KEY_NONE = 0x0, KEY_NOT_READY = 0x2, KEY_MEDIUM_ERROR = 0x3, KEY_ILLEGAL_REQUEST = 0x5, KEY_UNIT_ATTENTION = 0x6,
};

/* Additional sense code and qualifier (MMC-3 annex A). */
enum sense_code {
	SENSE_UNRECOVERED_READ = 0x1100,
	SENSE_LIST_LENGTH = 0x1a00,
	SENSE_INVALID_COMMAND = 0x2000,
	SENSE_OUT_OF_RANGE = 0x2100,
	SENSE_INVALID_FIELD = 0x2400,
	SENSE_INVALID_PARAMETER = 0x2600,
	SENSE_MEDIUM_CHANGED = 0x2800,
	SENSE_RESET = 0x2900,
	SENSE_SEQUENCE = 0x2c00,
	SENSE_NOT_SAVABLE = 0x3900,
	SENSE_INCOMPATIBLE = 0x3002,
	SENSE_NO_MEDIUM_CLOSED = 0x3a01,
	SENSE_NO_MEDIUM_OPEN = 0x3a02,
	SENSE_REMOVAL_PREVENTED = 0x5302,
	SENSE_ILLEGAL_MODE = 0x6400,
};

/* Parts of a sector, in their order: READ CD byte 9. */
enum atapi_parts { PART_SYNC = 0x80, PART_SUBHEADER = 0x40, PART_HEADER = 0x20, PART_USER = 0x10, PART_ECC = 0x08 };

/* Virtual times: a drive with the disc in its cache, as in ata_internal.h. */
#define CD_SEEK_NS 200000
#define CD_SECTOR_NS 20000 /* each, 100 MB/s */
#define CD_TRAY_NS 1000000

#define CD_MAX_SECTORS (80 * 60 * 75) /* more: a DVD */
#define CD_SPEED 7056 /* kB/s, 40x */

/* atapi.c: how a packet command ends, or goes on. */
void atapi_good(struct atapi *c);
void atapi_fail(struct atapi *c, enum sense_key key, enum sense_code code);
void atapi_illegal(struct atapi *c, enum sense_code code);
void atapi_good_after(struct atapi *c, u64 ns);
/* r.data[0..len) to the host, as far as it allocated room for it */
void atapi_answer(struct atapi *c, u32 len, u32 allocated);
/* r.sectors from r.lba on, each of `bytes` */
void atapi_send_sectors(struct atapi *c, u32 bytes);
/* len bytes from the host to r.data; then atapi_parameters */
void atapi_receive(struct atapi *c, u32 len);

/* atapi_cmd.c */
void atapi_execute(struct atapi *c);
void atapi_no_medium(struct atapi *c);
u32 atapi_sectors(const struct atapi *c); /* on the disc */
void atapi_set_sense(struct atapi *c, enum sense_key key, enum sense_code code);

/* atapi_read.c */
void atapi_read_10(struct atapi *c);
void atapi_read_12(struct atapi *c);
void atapi_read_cd(struct atapi *c);
void atapi_read_cd_msf(struct atapi *c);
void atapi_read_capacity(struct atapi *c);
void atapi_read_header(struct atapi *c);
void atapi_seek(struct atapi *c);
/* The next sector to r.data; false: read error. */
bool atapi_next_sector(struct atapi *c);

/* atapi_toc.c */
void atapi_read_toc(struct atapi *c);
void atapi_read_disc_information(struct atapi *c);
void atapi_read_track_information(struct atapi *c);
void atapi_read_subchannel(struct atapi *c);
void atapi_read_dvd_structure(struct atapi *c);
/* An address of a TOC: four bytes, LBA or M:S:F. */
void atapi_put_address(u8 *to, u32 lba, bool msf);

/* atapi_mode.c */
void atapi_mode_defaults(struct atapi *c);
void atapi_mode_sense(struct atapi *c);
void atapi_mode_select(struct atapi *c);
void atapi_parameters(struct atapi *c);

/* atapi_features.c */
void atapi_get_configuration(struct atapi *c);
void atapi_get_event_status(struct atapi *c);

/* Numbers of packets and answers are big-endian. */
static inline u32 be16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static inline u32 be24(const u8 *p)
{
	return (u32)p[0] << 16 | be16(p + 1);
}

static inline u32 be32(const u8 *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static inline void put_be16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static inline void put_be32(u8 *p, u32 v)
{
	put_be16(p, v >> 16);
	put_be16(p + 2, v);
}

#endif
