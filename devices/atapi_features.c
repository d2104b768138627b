/* atapi_features.c - GET CONFIGURATION and GET EVENT STATUS NOTIFICATION (MMC-3 5.6, 5.7, 6.1, 6.2): how a host
 * learns what the drive can do with the disc that is in, and that one came or went.
 */
#include <string.h>

#include "devices/atapi_internal.h"

enum { PROFILE_CD_ROM = 0x0008, PROFILE_DVD_ROM = 0x0010 };
enum { REQUEST_ALL, REQUEST_CURRENT, REQUEST_ONE };

#define EVENT_CLASS_MEDIA 4

/* 0: no disc */
static u32 profile(const struct atapi *c)
{
	if (!atapi_ready(c))
		return 0;
	return atapi_sectors(c) > CD_MAX_SECTORS ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

/* --- features: each with its number, version and flags, then its data ------------------------------- */

enum { CURRENT = 1, PERSISTENT = 2 };

static u8 *feature(u8 *p, u32 number, int version, int flags, int len)
{
	put_be16(p, number);
	p[2] = (u8)(version << 2 | flags);
	p[3] = (u8)len;
	memset(p + 4, 0, (size_t)len);
	return p + 4;
}

static u8 *put_profiles(const struct atapi *c, u8 *p)
{
	p = feature(p, 0x0000, 0, PERSISTENT | CURRENT, 8);
	put_be16(p, PROFILE_DVD_ROM);
	p[2] = profile(c) == PROFILE_DVD_ROM;
	put_be16(p + 4, PROFILE_CD_ROM);
	p[6] = profile(c) == PROFILE_CD_ROM;
	return p + 8;
}

static u8 *put_core(const struct atapi *c, u8 *p)
{
	(void)c;
	p = feature(p, 0x0001, 0, PERSISTENT | CURRENT, 4);
	put_be32(p, 2); /* ATAPI */
	return p + 4;
}

static u8 *put_morphing(const struct atapi *c, u8 *p)
{
	(void)c;
	return feature(p, 0x0002, 0, PERSISTENT | CURRENT, 4) + 4; /* events only when polled */
}

static u8 *put_removable(const struct atapi *c, u8 *p)
{
	(void)c;
	p = feature(p, 0x0003, 0, PERSISTENT | CURRENT, 4);
	p[0] = 0x29; /* tray, ejects, can be locked */
	return p + 4;
}

static u8 *put_random_readable(const struct atapi *c, u8 *p)
{
	p = feature(p, 0x0010, 0, profile(c) ? CURRENT : 0, 8);
	put_be32(p, CD_SECTOR);
	put_be16(p + 4, 1); /* blocks in a readable unit */
	return p + 8;
}

static u8 *put_multi_read(const struct atapi *c, u8 *p)
{
	return feature(p, 0x001d, 0, profile(c) == PROFILE_CD_ROM ? CURRENT : 0, 0);
}

static u8 *put_cd_read(const struct atapi *c, u8 *p)
{
	p = feature(p, 0x001e, 1, profile(c) == PROFILE_CD_ROM ? CURRENT : 0, 4);
	p[0] = 0x02; /* C2 pointers */
	return p + 4;
}

static u8 *put_dvd_read(const struct atapi *c, u8 *p)
{
	return feature(p, 0x001f, 0, profile(c) == PROFILE_DVD_ROM ? CURRENT : 0, 0);
}

static u8 *put_power(const struct atapi *c, u8 *p)
{
	(void)c;
	return feature(p, 0x0100, 0, PERSISTENT | CURRENT, 0);
}

struct feature {
	u16 number;
	u8 *(*put)(const struct atapi *c, u8 *p);
};

static const struct feature features[] = {
	{0x0000, put_profiles}, {0x0001, put_core},       {0x0002, put_morphing}, {0x0003, put_removable}, {0x0010, put_random_readable},
	{0x001d, put_multi_read}, {0x001e, put_cd_read}, {0x001f, put_dvd_read}, {0x0100, put_power},
};

void atapi_get_configuration(struct atapi *c)
{
	u8 *start = c->r.data, *p = start + 8, request = c->r.packet[1] & 3;
	u32 from = be16(c->r.packet + 2);
	if (request > REQUEST_ONE) {
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	memset(start, 0, 8);
	for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
		u8 *end = features[i].put(c, p);
		bool number = request == REQUEST_ONE ? features[i].number == from : features[i].number >= from;
		if (number && (request != REQUEST_CURRENT || p[2] & CURRENT))
			p = end;
	}
	u32 len = (u32)(p - start);
	put_be32(start, len - 4);
	put_be16(start + 6, profile(c));
	atapi_answer(c, len, be16(c->r.packet + 7));
}

/* --- events ------------------------------------------------------------------------------------------ */

/* The media events (6.7 media class): button first, then the order in which a disc is changed; each once. */
static u8 take_media_event(struct atapi *c)
{
	static const struct { u8 flag, code; } order[] = {{EVENT_EJECT_BUTTON, 1}, {EVENT_REMOVED, 3}, {EVENT_NEW, 2}};
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (c->r.events & order[i].flag) {
			c->r.events &= (u8)~order[i].flag;
			return order[i].code;
		}
	return 0;
}

void atapi_get_event_status(struct atapi *c)
{
	u8 *p = c->r.data;
	u32 room = be16(c->r.packet + 7);
	if (!(c->r.packet[1] & 1)) { /* only polling */
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	memset(p, 0, 8);
	p[3] = 1 << EVENT_CLASS_MEDIA; /* the classes there are */
	if (!(c->r.packet[4] & 1 << EVENT_CLASS_MEDIA)) {
		put_be16(p, 2);
		p[2] = 0x80; /* no event of these classes is available */
		atapi_answer(c, 4, room);
		return;
	}
	put_be16(p, 6);
	p[2] = EVENT_CLASS_MEDIA;
	if (room > 4) /* else the event is not told and stays */
		p[4] = take_media_event(c);
	p[5] = (u8)((c->r.medium ? 2 : 0) | (c->r.tray_open ? 1 : 0));
	atapi_answer(c, 8, room);
}
