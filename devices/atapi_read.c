/* atapi_read.c - what reads the disc: READ(10), READ(12), READ CD, READ CD MSF, READ CAPACITY, READ HEADER, SEEK
 * (MMC-3, NCITS 360). Every block is a mode 1 block of 2048 bytes; the rest of its frame is made by
 * cd_sector.c. Sub-channel data of READ CD: Q only, as 16 bytes; C2 pointers are all good.
 */
#include <string.h>

#include "devices/atapi_internal.h"
#include "devices/cd_sector.h"

static bool range_ok(struct atapi *c, u32 lba, u32 count)
{
	u32 all = atapi_sectors(c);
	if (lba <= all && count <= all - lba && (lba < all || !count))
		return true;
	atapi_illegal(c, SENSE_OUT_OF_RANGE);
	c->r.sense_valid = 1;
	c->r.sense_lba = lba < all ? all : lba;
	return false;
}

/* --- a sector into the stream ---------------------------------------------------------------- */

/* Table of READ CD: C2 pointers alone, or with the block's byte of them. */
static u32 c2_bytes(u8 c2)
{
	return c2 == 1 ? 294 : c2 == 2 ? 296 : 0;
}

static u32 sector_bytes(const struct atapi *c)
{
	u8 p = c->r.parts;
	return (p & PART_SYNC ? CD_SYNC : 0) + (p & PART_HEADER ? CD_HEADER : 0) + (p & PART_USER ? CD_USER : 0) +
	       (p & PART_ECC ? CD_ECC : 0) + c2_bytes(c->r.c2) + (c->r.subchannel ? 16 : 0);
}

static u8 *take(u8 *to, const u8 *frame, u32 at, u32 n)
{
	memcpy(to, frame + at, n);
	return to + n;
}

static u8 bcd(u32 v)
{
	return (u8)(v / 10 % 10 << 4 | v % 10);
}

/* Table 356 of MMC-3: ADR and control, track, index, relative and absolute time in BCD. */
static u8 *put_q(u8 *to, u32 lba)
{
	u8 absolute[3];
	memset(to, 0, 16);
	cd_msf(absolute, lba);
	to[0] = 0x41; /* data track, mode 1 Q */
	to[1] = to[2] = 1;
	to[3] = bcd(lba / (60 * 75));
	to[4] = bcd(lba / 75 % 60);
	to[5] = bcd(lba % 75);
	for (int i = 0; i < 3; i++)
		to[7 + i] = bcd(absolute[i]);
	return to + 16;
}

bool atapi_next_sector(struct atapi *c)
{
	u8 frame[CD_FRAME], *to = c->r.data, parts = c->r.parts;
	u32 lba = c->r.lba;
	if (!c->r.sectors || !atapi_ready(c) || !c->disc ||
	    block_read(c->disc, (u64)lba * (CD_SECTOR / SECTOR_SIZE), CD_SECTOR / SECTOR_SIZE, frame + CD_SYNC + CD_HEADER))
		return false;
	if (parts & ~PART_USER)
		cd_frame(frame, lba);
	if (parts & PART_SYNC)
		to = take(to, frame, 0, CD_SYNC);
	if (parts & PART_HEADER)
		to = take(to, frame, CD_SYNC, CD_HEADER);
	if (parts & PART_USER)
		to = take(to, frame, CD_SYNC + CD_HEADER, CD_USER);
	if (parts & PART_ECC)
		to = take(to, frame, CD_SYNC + CD_HEADER + CD_USER, CD_ECC);
	memset(to, 0, c2_bytes(c->r.c2));
	to += c2_bytes(c->r.c2);
	if (c->r.subchannel)
		to = put_q(to, lba);
	c->r.pos = 0;
	c->r.end = (u32)(to - c->r.data);
	c->r.sectors--;
	c->r.head = ++c->r.lba;
	return true;
}

static void send(struct atapi *c, u32 lba, u32 count)
{
	if (!range_ok(c, lba, count))
		return;
	c->r.lba = lba;
	c->r.sectors = count;
	atapi_send_sectors(c, sector_bytes(c));
}

/* --- READ ----------------------------------------------------------------------------------- */

static void read_blocks(struct atapi *c, u32 lba, u32 count)
{
	c->r.parts = PART_USER;
	c->r.c2 = c->r.subchannel = 0;
	send(c, lba, count);
}

void atapi_read_10(struct atapi *c)
{
	read_blocks(c, be32(c->r.packet + 2), be16(c->r.packet + 7));
}

void atapi_read_12(struct atapi *c)
{
	read_blocks(c, be32(c->r.packet + 2), be32(c->r.packet + 6));
}

/* --- READ CD --------------------------------------------------------------------------------- */

/* The parts of a mode 1 sector that byte 9 may ask for: only ones that touch each other. A
 * mode 1 sector has no subheader: asking for it gives nothing. */
static bool parts_ok(u8 parts)
{
	switch (parts & (PART_SYNC | PART_HEADER | PART_USER | PART_ECC)) {
	case 0:
	case PART_SYNC:
	case PART_HEADER:
	case PART_USER:
	case PART_SYNC | PART_HEADER:
	case PART_HEADER | PART_USER:
	case PART_USER | PART_ECC:
	case PART_SYNC | PART_HEADER | PART_USER:
	case PART_HEADER | PART_USER | PART_ECC:
	case PART_SYNC | PART_HEADER | PART_USER | PART_ECC:
		return true;
	default:
		return false;
	}
}

static void read_cd(struct atapi *c, u32 lba, u32 count)
{
	const u8 *p = c->r.packet;
	u8 type = p[1] >> 2 & 7, c2 = p[9] >> 1 & 3, subchannel = p[10] & 7;
	if (type > 5 || !parts_ok(p[9]) || c2 == 3 || (subchannel && subchannel != 2)) {
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	if (type && type != 2) { /* 0 any, 2 mode 1; CD-DA, mode 2 and its forms are not there */
		atapi_illegal(c, SENSE_ILLEGAL_MODE);
		return;
	}
	c->r.parts = p[9] & (PART_SYNC | PART_HEADER | PART_USER | PART_ECC);
	c->r.c2 = c2;
	c->r.subchannel = subchannel;
	send(c, lba, count);
}

void atapi_read_cd(struct atapi *c)
{
	read_cd(c, be32(c->r.packet + 2), be24(c->r.packet + 6));
}

/* From one time up to, not including, another. */
void atapi_read_cd_msf(struct atapi *c)
{
	u32 from = cd_lba(c->r.packet + 3), to = cd_lba(c->r.packet + 6);
	if (to < from || c->r.packet[4] > 59 || c->r.packet[5] > 74 || c->r.packet[7] > 59 || c->r.packet[8] > 74)
		atapi_illegal(c, SENSE_INVALID_FIELD);
	else
		read_cd(c, from, to - from);
}

/* --- addresses ------------------------------------------------------------------------------ */

void atapi_read_capacity(struct atapi *c)
{
	put_be32(c->r.data, atapi_sectors(c) - 1);
	put_be32(c->r.data + 4, CD_SECTOR);
	atapi_answer(c, 8, 8);
}

void atapi_read_header(struct atapi *c)
{
	u32 lba = be32(c->r.packet + 2);
	if (!range_ok(c, lba, 1))
		return;
	memset(c->r.data, 0, 8);
	c->r.data[0] = 1; /* data mode */
	atapi_put_address(c->r.data + 4, lba, c->r.packet[1] & 2);
	atapi_answer(c, 8, be16(c->r.packet + 7));
}

void atapi_seek(struct atapi *c)
{
	u32 lba = be32(c->r.packet + 2);
	if (!range_ok(c, lba, 1))
		return;
	c->r.head = lba;
	atapi_good_after(c, CD_SEEK_NS);
}
