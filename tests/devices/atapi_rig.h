/* atapi_rig.h - a CD/DVD-ROM drive on a channel of the test's own, and the host's side of the PACKET protocol (ATA/ATAPI-6, 9.8). */
#ifndef TESTS_DEVICES_ATAPI_RIG_H
#define TESTS_DEVICES_ATAPI_RIG_H

#include "ata_rig.h"
#include "devices/atapi.h"

#define READY (DRDY | DSC)
#define SECTORS 1000 /* of the disc, 2048 bytes */

enum { FEATURES = ERR, REASON = COUNT };

struct cd_rig {
	struct rig *r;
	struct atapi cd;
	struct block_mem *disc;
	u8 data[65536]; /* that the last packet gave */
	u32 ndata;
	int nblocks;
	u32 block_size[64]; /* byte counts of the DRQ blocks */
};

static inline struct cd_rig *new_rig(bool with_disc)
{
	struct cd_rig *c = calloc(1, sizeof *c);
	c->r = rig_new(0, 0);
	atapi_init(&c->cd, &c->r->ata, 0, &c->r->log);
	c->disc = block_mem_new(SECTORS * 4);
	c->disc->b.read_only = true;
	if (with_disc)
		atapi_insert(&c->cd, &c->disc->b);
	ata_reset(&c->r->ata); /* as the machine does at power-on */
	pass(c->r, 10000000);
	return c;
}

static inline void free_rig(struct cd_rig *c)
{
	block_close(&c->disc->b);
	rig_free(c->r);
	free(c);
}

/* The packet is written, the drive busy. `limit`: byte count limit. */
static inline void start(struct cd_rig *c, const u8 *packet, u32 limit, u8 features)
{
	struct rig *r = c->r;
	u16 w[6];
	memcpy(w, packet, sizeof w);
	out(r, DEV, 0xa0);
	out(r, FEATURES, features);
	out(r, MID, (u8)limit);
	out(r, HIGH, (u8)(limit >> 8));
	out(r, CMD, 0xa0);
	ck_assert_uint_eq(wait_ready(r) & (DRQ | ERRBIT), DRQ);
	ck_assert_int_eq(r->irq, 0); /* IDENTIFY PACKET DEVICE word 0 says so */
	ck_assert_uint_eq(in(r, REASON) & 3, 1);
	write_words(r, w, 6);
	ck_assert_uint_eq(in(r, ALT) & (BSY | DRQ), BSY);
}

/* Takes the blocks that come; returns the final status. 9.9: INTRQ for each block and at the end. */
static inline u8 finish(struct cd_rig *c)
{
	struct rig *r = c->r;
	c->ndata = 0;
	c->nblocks = 0;
	for (;;) {
		u8 status = wait_ready(r);
		ck_assert_int_eq(r->irq, 1);
		in(r, STATUS);
		ck_assert_int_eq(r->irq, 0);
		if (!(status & DRQ)) {
			ck_assert_uint_eq(in(r, REASON) & 3, 3);
			return status;
		}
		ck_assert_uint_eq(in(r, REASON) & 3, 2);
		u32 n = in(r, MID) | (u32)in(r, HIGH) << 8;
		ck_assert_int_lt(c->nblocks, 64);
		c->block_size[c->nblocks++] = n;
		for (u32 i = 0; i < n; i += 2) {
			u16 w = (u16)bus_in(&r->bus, DATA, 2);
			memcpy(c->data + c->ndata + i, &w, i + 1 < n ? 2 : 1);
		}
		c->ndata += n;
	}
}

static inline u8 packet(struct cd_rig *c, const u8 *p, u32 limit)
{
	start(c, p, limit, 0);
	return finish(c);
}

#define PACKET(c, ...) packet(c, (const u8[12]){__VA_ARGS__}, 0xfffe)

static inline void check_sense(struct cd_rig *c, int key, int asc, int ascq)
{
	u8 status = packet(c, (const u8[12]){0x03, 0, 0, 0, 18}, 0xfffe);
	ck_assert_uint_eq(status & ERRBIT, 0);
	ck_assert_uint_eq(c->ndata, 18);
	ck_assert_uint_eq(c->data[0] & 0x7f, 0x70);
	ck_assert_uint_eq(c->data[7], 10);
	ck_assert_int_eq(c->data[2] & 15, key);
	ck_assert_int_eq(c->data[12], asc);
	ck_assert_int_eq(c->data[13], ascq);
}

static inline void good(u8 status)
{
	ck_assert_uint_eq(status & (ERRBIT | DRQ | BSY | DRDY), DRDY);
}

/* CHECK CONDITION, the sense key in the error register, and the sense data. */
static inline void bad(struct cd_rig *c, u8 status, int key, int asc, int ascq)
{
	ck_assert_uint_eq(status & (ERRBIT | DRQ | BSY | DRDY), DRDY | ERRBIT);
	ck_assert_int_eq(in(c->r, ERR) >> 4, key);
	check_sense(c, key, asc, ascq);
}

/* The reset's unit attention is out of the way. */
static inline struct cd_rig *ready_rig(void)
{
	struct cd_rig *c = new_rig(true);
	bad(c, PACKET(c, 0x00), 6, 0x29, 0);
	good(PACKET(c, 0x00));
	return c;
}

static inline u32 be16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static inline u32 be32(const u8 *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static inline void check_cd_sectors(const u8 *p, u32 lba, int n)
{
	check_sectors(p, (u64)lba * 4, n * 4);
}

#endif
