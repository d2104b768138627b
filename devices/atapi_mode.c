/* atapi_mode.c - MODE SENSE(10) and MODE SELECT(10) (SPC-2 7.9, 7.11; pages: MMC-3 6.3, SFF-8020i).
 *
 *   01h read error recovery   retries, what to do about errors
 *   0Dh CD-ROM                inactivity time, units of an M:S:F address
 *   0Eh CD audio control      ports and volumes, kept although there is no audio
 *   2Ah capabilities          read only
 *
 * No block descriptors; nothing is saved over a reset.
 */
#include <string.h>

#include "devices/atapi_internal.h"

#define HEADER 8
#define ALL_PAGES 0x3f

enum page_control { PC_CURRENT, PC_CHANGEABLE, PC_DEFAULT, PC_SAVED };

/* code, length, then: */
static const u8 default_01[MODE_01_SIZE] = {0x01, 10, 0x00, 3};
static const u8 changeable_01[MODE_01_SIZE] = {0x01, 10, 0xff, 0xff};
static const u8 default_0d[MODE_0D_SIZE] = {0x0d, 6, 0, 0, 0, 60, 0, 75};
static const u8 changeable_0d[MODE_0D_SIZE] = {0x0d, 6, 0, 0x0f};
/* Immed; output port 0 from channel 0, port 1 from channel 1, full volume */
static const u8 default_0e[MODE_0E_SIZE] = {0x0e, 14, 0x04, 0, 0, 0, 0, 75, 1, 0xff, 2, 0xff};
static const u8 changeable_0e[MODE_0E_SIZE] = {0x0e, 14, 0x06, 0, 0, 0, 0, 0, 0x0f, 0xff, 0x0f, 0xff};

struct page {
	u8 code;
	u8 size;
	const u8 *defaults, *changeable;
};

static const struct page pages[] = {
	{0x01, MODE_01_SIZE, default_01, changeable_01},
	{0x0d, MODE_0D_SIZE, default_0d, changeable_0d},
	{0x0e, MODE_0E_SIZE, default_0e, changeable_0e},
};
#define PAGES 3

static u8 *current(struct atapi *c, int page)
{
	return page == 0 ? c->r.mode_01 : page == 1 ? c->r.mode_0d : c->r.mode_0e;
}

void atapi_mode_defaults(struct atapi *c)
{
	for (int i = 0; i < PAGES; i++)
		memcpy(current(c, i), pages[i].defaults, pages[i].size);
}

/* MMC-3 6.3.11: CD/DVD capabilities and mechanical status. */
#define CAPABILITIES 28
static void put_capabilities(const struct atapi *c, u8 *p, enum page_control pc)
{
	memset(p, 0, CAPABILITIES);
	p[0] = 0x2a;
	p[1] = CAPABILITIES - 2;
	if (pc == PC_CHANGEABLE)
		return;
	p[2] = 0x08; /* reads DVD-ROM */
	p[4] = 0x40; /* multi-session */
	p[5] = 0x10; /* C2 pointers */
	p[6] = (u8)(0x29 | (c->r.prevent ? 0x02 : 0)); /* tray, ejects, can be locked */
	put_be16(p + 8, CD_SPEED);
	put_be16(p + 12, ATA_BUFFER / 1024); /* buffer, KB */
	put_be16(p + 14, c->r.speed);
}

static u32 put_page(struct atapi *c, u8 *p, int page, enum page_control pc)
{
	const u8 *from = pc == PC_CURRENT ? current(c, page) : pc == PC_DEFAULT ? pages[page].defaults : pages[page].changeable;
	memcpy(p, from, pages[page].size);
	return pages[page].size;
}

/* SFF-8020i: 120 mm data disc, door closed without disc, door open. */
static u8 medium_type(const struct atapi *c)
{
	return c->r.tray_open ? 0x71 : c->r.medium ? 0x01 : 0x70;
}

void atapi_mode_sense(struct atapi *c)
{
	u8 *p = c->r.data, code = c->r.packet[2] & 0x3f;
	enum page_control pc = (enum page_control)(c->r.packet[2] >> 6);
	u32 len = HEADER;
	if (pc == PC_SAVED) {
		atapi_illegal(c, SENSE_NOT_SAVABLE);
		return;
	}
	for (int i = 0; i < PAGES; i++)
		if (code == pages[i].code || code == ALL_PAGES)
			len += put_page(c, p + len, i, pc);
	if (code == 0x2a || code == ALL_PAGES) {
		put_capabilities(c, p + len, pc);
		len += CAPABILITIES;
	}
	if (len == HEADER || c->r.packet[3]) {
		atapi_illegal(c, SENSE_INVALID_FIELD);
		return;
	}
	memset(p, 0, HEADER);
	put_be16(p, len - 2);
	p[2] = medium_type(c);
	atapi_answer(c, len, be16(c->r.packet + 7));
}

/* --- MODE SELECT ------------------------------------------------------------------------------ */

/* PF must be set, nothing can be saved. */
void atapi_mode_select(struct atapi *c)
{
	u32 len = be16(c->r.packet + 7);
	if ((c->r.packet[1] & 0x11) != 0x10 || len > ATAPI_DATA)
		atapi_illegal(c, SENSE_INVALID_FIELD);
	else if (!len)
		atapi_good(c);
	else
		atapi_receive(c, len);
}

static int page_of(u8 code)
{
	for (int i = 0; i < PAGES; i++)
		if (pages[i].code == code)
			return i;
	return -1;
}

/* A page of the list; 0, or what is wrong. Reserved and fixed bits must be as MODE SENSE gave them. */
static u32 check_page(struct atapi *c, const u8 *p, u32 room)
{
	int page = page_of(p[0] & 0x3f);
	if (page < 0 || room < 2)
		return page < 0 ? SENSE_INVALID_PARAMETER : SENSE_LIST_LENGTH;
	if (p[1] != pages[page].size - 2)
		return SENSE_INVALID_PARAMETER;
	if (room < pages[page].size)
		return SENSE_LIST_LENGTH;
	for (int i = 2; i < pages[page].size; i++)
		if ((p[i] ^ current(c, page)[i]) & ~pages[page].changeable[i])
			return SENSE_INVALID_PARAMETER;
	return 0;
}

/* All of the list or nothing of it. */
void atapi_parameters(struct atapi *c)
{
	const u8 *p = c->r.data;
	u32 len = c->r.end, wrong = len < HEADER ? SENSE_LIST_LENGTH : be16(p + 6) ? SENSE_INVALID_PARAMETER : 0;
	for (u32 at = HEADER; !wrong && at < len; at += p[at + 1] + 2u)
		wrong = check_page(c, p + at, len - at);
	if (wrong) {
		atapi_illegal(c, (enum sense_code)wrong);
		return;
	}
	for (u32 at = HEADER; at < len; at += p[at + 1] + 2u) {
		int page = page_of(p[at] & 0x3f); /* one of them: check_page */
		if (page >= 0)
			memcpy(current(c, page) + 2, p + at + 2, pages[page].size - 2u);
	}
	atapi_good(c);
}
