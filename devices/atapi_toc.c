/* atapi_toc.c - what is on the disc: one session of one data track, finished (MMC-3: READ TOC/PMA/ATIP, READ DISC
 * INFORMATION, READ TRACK INFORMATION, READ SUB-CHANNEL, READ DVD STRUCTURE). No ATIP, PMA, CD-TEXT, catalogue
 * number or ISRC.
 */
#include <string.h>

#include "devices/atapi_internal.h"
#include "devices/cd_sector.h"

#define LEAD_OUT 0xaa
#define ADR_CONTROL 0x14 /* Q mode 1: position; data track, copying prohibited */

void atapi_put_address(u8 *to, u32 lba, bool msf)
{
	if (msf) {
		to[0] = 0;
		cd_msf(to + 1, lba);
	} else {
		put_be32(to, lba);
	}
}

/* --- READ TOC ----------------------------------------------------------------------------- */

static u8 *put_track(u8 *p, u8 track, u32 lba, bool msf)
{
	p[0] = 0;
	p[1] = ADR_CONTROL;
	p[2] = track;
	p[3] = 0;
	atapi_put_address(p + 4, lba, msf);
	return p + 8;
}

/* Format 0: tracks from the one in byte 6 on; AAh is the lead-out. */
static u8 *toc_tracks(const struct atapi *c, u8 *p, bool msf)
{
	u8 first = c->r.packet[6];
	if (first > 1 && first != LEAD_OUT)
		return NULL;
	if (first <= 1)
		p = put_track(p, 1, 0, msf);
	return put_track(p, LEAD_OUT, atapi_sectors(c), msf);
}

/* Format 1: the first track of the last session. */
static u8 *toc_sessions(u8 *p, bool msf)
{
	return put_track(p, 1, 0, msf);
}

static u8 *put_raw(u8 *p, u8 point, u8 m, u8 s, u8 f)
{
	memset(p, 0, 11);
	p[0] = 1; /* session */
	p[1] = ADR_CONTROL;
	p[3] = point;
	p[8] = m;
	p[9] = s;
	p[10] = f;
	return p + 11;
}

/* Format 2: the entries of the lead-in's Q channel; always M:S:F. */
static u8 *toc_raw(const struct atapi *c, u8 *p)
{
	u8 end[3], start[3];
	if (c->r.packet[6] > 1)
		return NULL;
	cd_msf(end, atapi_sectors(c));
	cd_msf(start, 0);
	p = put_raw(p, 0xa0, 1, 0, 0); /* first track; CD-ROM */
	p = put_raw(p, 0xa1, 1, 0, 0); /* last track */
	p = put_raw(p, 0xa2, end[0], end[1], end[2]);
	return put_raw(p, 1, start[0], start[1], start[2]);
}

void atapi_read_toc(struct atapi *c)
{
	u8 *p = c->r.data, *end = NULL;
	u8 format = c->r.packet[2] & 0x0f;
	bool msf = c->r.packet[1] & 2;
	if (!format)
		format = c->r.packet[9] >> 6; /* where SFF-8020i had it */
	p[2] = p[3] = 1; /* first and last track, or session */
	if (format == 0)
		end = toc_tracks(c, p + 4, msf);
	else if (format == 1)
		end = toc_sessions(p + 4, msf);
	else if (format == 2)
		end = toc_raw(c, p + 4);
	if (!end) {
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	u32 len = (u32)(end - p);
	put_be16(p, len - 2);
	atapi_answer(c, len, be16(c->r.packet + 7));
}

/* --- disc and track -------------------------------------------------------------------------- */

void atapi_read_disc_information(struct atapi *c)
{
	u8 *p = c->r.data;
	if (c->r.packet[1] & 7) {
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	memset(p, 0, 34);
	put_be16(p, 32);
	p[2] = 0x0e; /* last session complete, disc complete, not erasable */
	p[3] = 1;    /* first track */
	p[4] = 1;    /* sessions */
	p[5] = p[6] = 1; /* first and last track of the last session */
	p[7] = 0x20; /* unrestricted use */
	memset(p + 16, 0xff, 8); /* nothing can be added: no lead-in or lead-out to come */
	atapi_answer(c, 34, be16(c->r.packet + 7));
}

/* By address (0), track (1) or session (2). */
void atapi_read_track_information(struct atapi *c)
{
	u8 *p = c->r.data, by = c->r.packet[1] & 3;
	u32 what = be32(c->r.packet + 2);
	if (by == 3 || (by && what != 1) || (!by && what >= atapi_sectors(c))) {
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	memset(p, 0, 36);
	put_be16(p, 34);
	p[2] = p[3] = 1; /* track, session */
	p[5] = 0x04;     /* data track */
	p[6] = 0x01;     /* mode 1 */
	put_be32(p + 24, atapi_sectors(c));
	atapi_answer(c, 36, be16(c->r.packet + 7));
}

/* --- READ SUB-CHANNEL -------------------------------------------------------------------------- */

static void put_position(const struct atapi *c, u8 *p, bool msf)
{
	u32 lba = c->r.head ? c->r.head - 1 : 0;
	p[1] = ADR_CONTROL;
	p[2] = p[3] = 1; /* track, index */
	atapi_put_address(p + 4, lba, msf);
	atapi_put_address(p + 8, lba, msf);
	if (msf) { /* relative to the track: no pregap */
		p[9] = (u8)(lba / (60 * 75));
		p[10] = (u8)(lba / 75 % 60);
		p[11] = (u8)(lba % 75);
	}
}

void atapi_read_subchannel(struct atapi *c)
{
	u8 *p = c->r.data, format = c->r.packet[3];
	u32 len = 4;
	memset(p, 0, 24);
	p[1] = 0x15; /* no audio status to return */
	if (c->r.packet[2] & 0x40) {
		if (format < 1 || format > 3 || (format == 3 && c->r.packet[6] != 1)) {
			atapi_illegal(c, SENSE_INVALID_FIELD);
			return;
		}
		p[4] = format;
		len = format == 1 ? 16 : 24; /* catalogue number and ISRC: not valid */
		if (format == 1)
			put_position(c, p + 4, c->r.packet[1] & 2);
		if (format == 3) {
			p[5] = ADR_CONTROL;
			p[6] = 1;
		}
		put_be16(p + 2, len - 4);
	}
	atapi_answer(c, len, be16(c->r.packet + 7));
}

/* --- READ DVD STRUCTURE --------------------------------------------------------------------------- */

/* The physical format: DVD-ROM, 120 mm, one layer, from 30000h on. */
static u32 dvd_physical(const struct atapi *c, u8 *p)
{
	memset(p, 0, 2048);
	p[0] = 0x01;
	p[1] = 0x0f; /* no maximum rate specified */
	p[2] = 0x01; /* one layer, embossed */
	put_be32(p + 4, 0x30000);
	put_be32(p + 8, 0x30000 + atapi_sectors(c) - 1);
	return 2048;
}

static void put_structure(u8 *p, u8 format, u32 len)
{
	p[0] = format;
	p[1] = 0x40; /* readable */
	put_be16(p + 2, len);
}

void atapi_read_dvd_structure(struct atapi *c)
{
	u8 *p = c->r.data, format = c->r.packet[7];
	u32 len = 0;
	if (atapi_sectors(c) <= CD_MAX_SECTORS) { /* a CD: incompatible format */
		atapi_illegal(c, SENSE_INCOMPATIBLE);
		return;
	}
	memset(p + 4, 0, 2048);
	if (format == 0x00 && c->r.packet[6] == 0) {
		len = dvd_physical(c, p + 4);
	} else if (format == 0x01) { /* copyright: none */
		len = 4;
	} else if (format == 0xff) {
		put_structure(p + 4, 0x00, 2052);
		put_structure(p + 8, 0x01, 8);
		len = 8;
	} else {
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	put_be16(p, len + 2);
	p[2] = p[3] = 0;
	atapi_answer(c, len + 4, be16(c->r.packet + 8));
}
