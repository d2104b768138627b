/* atapi_cmd.c - the packet commands of a CD/DVD-ROM drive: the table, and those that
 * concern the drive and its tray (MMC-3, NCITS 360; SPC-2 for INQUIRY, REQUEST SENSE).
 *
 * A pending unit attention is reported, once, by the first command that is not one of
 * INQUIRY, REQUEST SENSE, GET CONFIGURATION and GET EVENT STATUS NOTIFICATION.
 */
#include <string.h>

#include "devices/atapi_internal.h"

enum packet_flags {
	ANY_TIME = 1,  /* leaves a unit attention pending */
	NEEDS_DISC = 2,
};

struct packet_command {
	void (*run)(struct atapi *c);
	u8 flags;
};

/* --- sense --------------------------------------------------------------------------------- */

void atapi_set_sense(struct atapi *c, enum sense_key key, enum sense_code code)
{
	c->r.key = (u8)key;
	c->r.asc = (u8)(code >> 8);
	c->r.ascq = (u8)code;
	c->r.sense_valid = 0;
}

void atapi_no_medium(struct atapi *c)
{
	atapi_fail(c, KEY_NOT_READY, c->r.tray_open ? SENSE_NO_MEDIUM_OPEN : SENSE_NO_MEDIUM_CLOSED);
}

u32 atapi_sectors(const struct atapi *c)
{
	u64 n = c->disc ? c->disc->sectors / (CD_SECTOR / SECTOR_SIZE) : 0;
	return n > 0x7fffffff ? 0x7fffffff : (u32)n;
}

/* The attention that comes first, which then is no longer pending. */
static enum sense_code take_attention(struct atapi *c)
{
	if (c->r.attention & ATTENTION_RESET) {
		c->r.attention = 0; /* whoever hears of a reset looks at the disc again as well */
		return SENSE_RESET;
	}
	c->r.attention = 0;
	return SENSE_MEDIUM_CHANGED;
}

/* SPC-2 7.20, fixed format. */
static void cmd_request_sense(struct atapi *c)
{
	u8 *p = c->r.data;
	if (!c->r.key && c->r.attention)
		atapi_set_sense(c, KEY_UNIT_ATTENTION, take_attention(c));
	memset(p, 0, 18);
	p[0] = c->r.sense_valid ? 0xf0 : 0x70;
	p[2] = c->r.key;
	if (c->r.sense_valid)
		put_be32(p + 3, c->r.sense_lba);
	p[7] = 10;
	p[12] = c->r.asc;
	p[13] = c->r.ascq;
	atapi_set_sense(c, KEY_NONE, 0);
	atapi_answer(c, 18, c->r.packet[4]);
}

/* --- the drive ------------------------------------------------------------------------------- */

static void cmd_test_unit_ready(struct atapi *c)
{
	atapi_good(c);
}

/* Table 47 of SPC-2; no vital product data. */
static void cmd_inquiry(struct atapi *c)
{
	u8 *p = c->r.data;
	if (c->r.packet[1] & 3 || c->r.packet[2]) {
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	memset(p, 0, 36);
	p[0] = 0x05; /* CD-ROM device */
	p[1] = 0x80; /* removable medium */
	p[3] = 0x21; /* ATAPI, response format of the standard's table */
	p[4] = 31;
	memcpy(p + 8, "TANDEM  DVD-ROM         1.0 ", 28);
	atapi_answer(c, 36, c->r.packet[4]);
}

/* MECHANISM STATUS: no changer, so no slot tables. */
static void cmd_mechanism_status(struct atapi *c)
{
	u8 *p = c->r.data;
	memset(p, 0, 8);
	p[1] = c->r.tray_open ? 0x10 : 0;
	p[2] = (u8)(c->r.head >> 16);
	p[3] = (u8)(c->r.head >> 8);
	p[4] = (u8)c->r.head;
	p[5] = 1; /* slots */
	atapi_answer(c, 8, be16(c->r.packet + 8));
}

/* FFFFh: as fast as it can. */
static void cmd_set_cd_speed(struct atapi *c)
{
	u32 speed = be16(c->r.packet + 2);
	c->r.speed = (u16)(speed > CD_SPEED ? CD_SPEED : speed < 176 ? 176 : speed);
	atapi_good(c);
}

/* --- tray ------------------------------------------------------------------------------------ */

static void open_tray(struct atapi *c)
{
	if (c->r.prevent) {
		atapi_illegal(c, SENSE_REMOVAL_PREVENTED);
		return;
	}
	if (!c->r.tray_open && c->r.medium)
		c->r.events = (u8)((c->r.events & ~EVENT_NEW) | EVENT_REMOVED);
	c->r.tray_open = 1;
	c->r.attention &= (u8)~ATTENTION_MEDIUM;
	atapi_good_after(c, CD_TRAY_NS);
}

static void close_tray(struct atapi *c)
{
	if (c->r.tray_open && c->r.medium) {
		c->r.events = (u8)((c->r.events & ~EVENT_REMOVED) | EVENT_NEW);
		c->r.attention |= ATTENTION_MEDIUM;
	}
	c->r.tray_open = 0;
	atapi_good_after(c, CD_TRAY_NS);
}

/* Byte 4: power condition, LoEj, Start. The power conditions make no difference here. */
static void cmd_start_stop(struct atapi *c)
{
	u8 v = c->r.packet[4], power = v >> 4;
	if (power > 5 || power == 4)
		atapi_illegal(c, SENSE_INVALID_FIELD);
	else if (power)
		atapi_good(c);
	else if ((v & 3) == 2)
		open_tray(c);
	else if ((v & 3) == 3)
		close_tray(c);
	else if (v & 1 && !atapi_ready(c))
		atapi_no_medium(c);
	else
		atapi_good(c);
}

/* Bit 0 prevent, bit 1 persistent: two locks, of which either holds the tray. */
static void cmd_prevent_allow(struct atapi *c)
{
	u8 bit = c->r.packet[4] & 2 ? 2 : 1;
	if (c->r.packet[4] & 1)
		c->r.prevent |= bit;
	else
		c->r.prevent &= (u8)~bit;
	atapi_good(c);
}

/* --- audio: every track is data ---------------------------------------------------------------- */

static void play(struct atapi *c, u32 start, u32 length)
{
	if (start >= atapi_sectors(c) && start != 0xffffffff)
		atapi_illegal(c, SENSE_OUT_OF_RANGE);
	else if (length)
		atapi_illegal(c, SENSE_ILLEGAL_MODE);
	else
		atapi_good(c);
}

static void cmd_play_10(struct atapi *c)
{
	play(c, be32(c->r.packet + 2), be16(c->r.packet + 7));
}

static void cmd_play_12(struct atapi *c)
{
	play(c, be32(c->r.packet + 2), be32(c->r.packet + 6));
}

static void cmd_play_msf(struct atapi *c)
{
	atapi_illegal(c, SENSE_ILLEGAL_MODE);
}

static void cmd_pause_resume(struct atapi *c)
{
	atapi_illegal(c, SENSE_SEQUENCE);
}

static void cmd_stop_play(struct atapi *c)
{
	atapi_good(c);
}

/* --- the table ---------------------------------------------------------------------------------- */

static const struct packet_command commands[256] = {
	[0x00] = {cmd_test_unit_ready, NEEDS_DISC},
	[0x03] = {cmd_request_sense, ANY_TIME},
	[0x12] = {cmd_inquiry, ANY_TIME},
	[0x1b] = {cmd_start_stop, 0},
	[0x1e] = {cmd_prevent_allow, 0},
	[0x25] = {atapi_read_capacity, NEEDS_DISC},
	[0x28] = {atapi_read_10, NEEDS_DISC},
	[0x2b] = {atapi_seek, NEEDS_DISC},
	[0x42] = {atapi_read_subchannel, NEEDS_DISC},
	[0x43] = {atapi_read_toc, NEEDS_DISC},
	[0x44] = {atapi_read_header, NEEDS_DISC},
	[0x45] = {cmd_play_10, NEEDS_DISC},
	[0x46] = {atapi_get_configuration, ANY_TIME},
	[0x47] = {cmd_play_msf, NEEDS_DISC},
	[0x4a] = {atapi_get_event_status, ANY_TIME},
	[0x4b] = {cmd_pause_resume, NEEDS_DISC},
	[0x4e] = {cmd_stop_play, NEEDS_DISC},
	[0x51] = {atapi_read_disc_information, NEEDS_DISC},
	[0x52] = {atapi_read_track_information, NEEDS_DISC},
	[0x55] = {atapi_mode_select, 0},
	[0x5a] = {atapi_mode_sense, 0},
	[0xa5] = {cmd_play_12, NEEDS_DISC},
	[0xa8] = {atapi_read_12, NEEDS_DISC},
	[0xad] = {atapi_read_dvd_structure, NEEDS_DISC},
	[0xb9] = {atapi_read_cd_msf, NEEDS_DISC},
	[0xbb] = {cmd_set_cd_speed, 0},
	[0xbd] = {cmd_mechanism_status, 0},
	[0xbe] = {atapi_read_cd, NEEDS_DISC},
};

void atapi_execute(struct atapi *c)
{
	u8 op = c->r.packet[0];
	const struct packet_command *k = &commands[op];
	if (k->run != cmd_request_sense)
		atapi_set_sense(c, KEY_NONE, 0);
	if (!k->run)
		atapi_illegal(c, SENSE_INVALID_COMMAND);
	else if (c->r.attention && !(k->flags & ANY_TIME))
		atapi_fail(c, KEY_UNIT_ATTENTION, take_attention(c));
	else if (k->flags & NEEDS_DISC && !atapi_ready(c))
		atapi_no_medium(c);
	else
		k->run(c);
}
