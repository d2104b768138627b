/* check_atapi.c - the CD/DVD-ROM drive: PACKET protocol, packet commands, sense, tray.
 *
 * Clause numbers: ATA/ATAPI-6 (T13/1410D) for the protocol, MMC-3 (NCITS 360) and SPC-2 for the packets.
 */
#include "ata_rig.h"
#include "devices/atapi.h"
#include "devices/cd_sector.h"

#define READY (DRDY | DSC)
#define SECTORS 1000 /* of the disc, 2048 bytes */

enum { FEATURES = ERR, REASON = COUNT };

struct cd_rig {
	struct rig *r;
	struct atapi cd;
	struct block_mem *disc;
};

static u8 data[65536];
static u32 ndata;
static int nblocks;
static u32 block_size[64]; /* byte counts of the DRQ blocks */

static struct cd_rig *new_rig(bool with_disc)
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

static void free_rig(struct cd_rig *c)
{
	block_close(&c->disc->b);
	rig_free(c->r);
	free(c);
}

/* The packet is written, the drive busy. `limit`: byte count limit. */
static void start(struct cd_rig *c, const u8 *packet, u32 limit, u8 features)
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
static u8 finish(struct cd_rig *c)
{
	struct rig *r = c->r;
	ndata = 0;
	nblocks = 0;
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
		ck_assert_int_lt(nblocks, 64);
		block_size[nblocks++] = n;
		for (u32 i = 0; i < n; i += 2) {
			u16 w = (u16)bus_in(&r->bus, DATA, 2);
			memcpy(data + ndata + i, &w, i + 1 < n ? 2 : 1);
		}
		ndata += n;
	}
}

static u8 packet(struct cd_rig *c, const u8 *p, u32 limit)
{
	start(c, p, limit, 0);
	return finish(c);
}

#define PACKET(c, ...) packet(c, (const u8[12]){__VA_ARGS__}, 0xfffe)

static void check_sense(struct cd_rig *c, int key, int asc, int ascq)
{
	u8 status = packet(c, (const u8[12]){0x03, 0, 0, 0, 18}, 0xfffe);
	ck_assert_uint_eq(status & ERRBIT, 0);
	ck_assert_uint_eq(ndata, 18);
	ck_assert_uint_eq(data[0] & 0x7f, 0x70);
	ck_assert_uint_eq(data[7], 10);
	ck_assert_int_eq(data[2] & 15, key);
	ck_assert_int_eq(data[12], asc);
	ck_assert_int_eq(data[13], ascq);
}

static void good(u8 status)
{
	ck_assert_uint_eq(status & (ERRBIT | DRQ | BSY | DRDY), DRDY);
}

/* CHECK CONDITION, the sense key in the error register, and the sense data. */
static void bad(struct cd_rig *c, u8 status, int key, int asc, int ascq)
{
	ck_assert_uint_eq(status & (ERRBIT | DRQ | BSY | DRDY), DRDY | ERRBIT);
	ck_assert_int_eq(in(c->r, ERR) >> 4, key);
	check_sense(c, key, asc, ascq);
}

/* The reset's unit attention is out of the way. */
static struct cd_rig *ready_rig(void)
{
	struct cd_rig *c = new_rig(true);
	bad(c, PACKET(c, 0x00), 6, 0x29, 0);
	good(PACKET(c, 0x00));
	return c;
}

static u32 be16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static u32 be32(const u8 *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static void check_cd_sectors(const u8 *p, u32 lba, int n)
{
	check_sectors(p, (u64)lba * 4, n * 4);
}

/* --- ATA ------------------------------------------------------------------------- */

static void check_signature(struct rig *r)
{
	ck_assert_uint_eq(in(r, COUNT), 1);
	ck_assert_uint_eq(in(r, LOW), 1);
	ck_assert_uint_eq(in(r, MID), 0x14);
	ck_assert_uint_eq(in(r, HIGH), 0xeb);
}

START_TEST(a_reset_shows_the_packet_signature_and_no_drdy)
{
	struct cd_rig *c = new_rig(false);
	check_signature(c->r); /* 9.12 */
	ck_assert_uint_eq(in(c->r, ERR), 1);
	ck_assert_uint_eq(in(c->r, STATUS), 0);
	out(c->r, MID, 0);
	out(c->r, CONTROL, 4);
	out(c->r, CONTROL, 0);
	wait_ready(c->r);
	check_signature(c->r);
	free_rig(c);
}
END_TEST

START_TEST(identify_device_is_aborted_with_the_signature)
{
	struct cd_rig *c = new_rig(false);
	const u8 commands[] = {0xec, 0x20};
	for (int i = 0; i < 2; i++) {
		out(c->r, MID, 0);
		ck_assert_uint_eq(simple(c->r, commands[i]), READY | ERRBIT);
		ck_assert_uint_eq(in(c->r, ERR), 4);
		check_signature(c->r);
	}
	free_rig(c);
}
END_TEST

START_TEST(identify_packet_device_tells_a_cdrom)
{
	struct cd_rig *c = new_rig(false);
	u16 w[256];
	u8 sum = 0;
	out(c->r, CMD, 0xa1);
	ck_assert_uint_eq(wait_ready(c->r), READY | DRQ);
	ck_assert_int_eq(c->r->irq, 1);
	in(c->r, STATUS);
	read_words(c->r, w, 256);
	ck_assert_uint_eq(in(c->r, ALT), READY);
	ck_assert_uint_eq(w[0], 0x85c0); /* 8.16.8: 10b, type 5, removable, DRQ in 50 us, 12 bytes */
	ck_assert_int_eq(memcmp(w + 27, "ATDNMED DVR-MO  ", 16), 0);
	ck_assert_uint_eq(w[49] & 0x0100, 0); /* no bus master here */
	ck_assert_uint_eq(w[82] & 0x0210, 0x0210); /* PACKET, DEVICE RESET */
	for (int i = 0; i < 512; i++)
		sum = (u8)(sum + ((u8 *)w)[i]);
	ck_assert_uint_eq(sum, 0);
	free_rig(c);
}
END_TEST

START_TEST(device_reset_ends_a_busy_command_without_an_interrupt)
{
	struct cd_rig *c = ready_rig();
	start(c, (const u8[12]){0x28, 0, 0, 0, 0, 10, 0, 0, 4}, 2048, 0);
	out(c->r, CMD, 0x08);
	ck_assert_uint_eq(in(c->r, ALT) & BSY, BSY);
	ck_assert_uint_eq(wait_ready(c->r), 0);
	ck_assert_int_eq(c->r->irq, 0); /* 9.11 */
	check_signature(c->r);
	pass(c->r, 100000000);
	ck_assert_uint_eq(in(c->r, ALT), 0);
	ck_assert_int_eq(c->r->irq, 0);
	bad(c, PACKET(c, 0x00), 6, 0x29, 0);
	free_rig(c);
}
END_TEST

START_TEST(commands_of_disks_are_aborted)
{
	struct cd_rig *c = new_rig(false);
	const u8 commands[] = {0x00, 0x10, 0x30, 0x70, 0x91, 0xc4, 0xc8, 0xe4, 0xe7, 0xf8, 0x33};
	for (size_t i = 0; i < sizeof commands; i++) {
		ck_assert_uint_eq(simple(c->r, commands[i]), READY | ERRBIT);
		ck_assert_uint_eq(in(c->r, ERR), 4);
	}
	out(c->r, FEATURES, 0x03);
	out(c->r, COUNT, 0x0c);
	ck_assert_uint_eq(simple(c->r, 0xef), READY);
	out(c->r, FEATURES, 0x82); /* no write cache */
	ck_assert_uint_eq(simple(c->r, 0xef), READY | ERRBIT);
	free_rig(c);
}
END_TEST

START_TEST(check_power_mode_works)
{
	struct cd_rig *c = new_rig(false);
	ck_assert_uint_eq(simple(c->r, 0xe5), READY);
	ck_assert_uint_eq(in(c->r, COUNT), 0xff);
	free_rig(c);
}
END_TEST

START_TEST(overlap_and_dma_without_a_bus_master_are_aborted)
{
	struct cd_rig *c = new_rig(false);
	for (u8 features = 1; features <= 3; features++) {
		out(c->r, FEATURES, features);
		ck_assert_uint_eq(simple(c->r, 0xa0), READY | ERRBIT);
		ck_assert_uint_eq(in(c->r, ERR), 4);
	}
	free_rig(c);
}
END_TEST

/* --- blocks -------------------------------------------------------------------------- */

START_TEST(the_byte_count_limit_cuts_the_blocks)
{
	struct cd_rig *c = ready_rig();
	const u8 read2[12] = {0x28, 0, 0, 0, 0, 100, 0, 0, 2};
	good(packet(c, read2, 2048));
	ck_assert_int_eq(nblocks, 2);
	check_cd_sectors(data, 100, 2);
	good(packet(c, read2, 1000)); /* 4 x 1000 + 96 */
	ck_assert_int_eq(nblocks, 5);
	ck_assert_uint_eq(block_size[0], 1000);
	ck_assert_uint_eq(block_size[4], 96);
	check_cd_sectors(data, 100, 2);
	good(packet(c, read2, 1001)); /* odd and not the last: one less (8.24.4) */
	ck_assert_uint_eq(block_size[0], 1000);
	check_cd_sectors(data, 100, 2);
	free_rig(c);
}
END_TEST

START_TEST(an_odd_last_block_has_its_true_count)
{
	struct cd_rig *c = ready_rig();
	good(packet(c, (const u8[12]){0x12, 0, 0, 0, 5}, 0xfffe));
	ck_assert_uint_eq(ndata, 5);
	free_rig(c);
}
END_TEST

START_TEST(a_byte_count_limit_of_zero_is_aborted_if_there_are_data)
{
	struct cd_rig *c = ready_rig();
	start(c, (const u8[12]){0x12, 0, 0, 0, 36}, 0, 0);
	ck_assert_uint_eq(wait_ready(c->r) & (DRQ | ERRBIT), ERRBIT);
	ck_assert_uint_eq(in(c->r, ERR), 4);
	in(c->r, STATUS);
	good(packet(c, (const u8[12]){0x00}, 0));
	free_rig(c);
}
END_TEST

/* --- dma ------------------------------------------------------------------------------- */

struct sink {
	u8 mem[16384];
	int at, room;
};

static int sink_move(void *opaque, u8 *buf, int len, int to_memory)
{
	struct sink *s = opaque;
	int n = len < s->room ? len : s->room;
	ck_assert_int_eq(to_memory, 1);
	memcpy(s->mem + s->at, buf, (size_t)n);
	s->at += n;
	s->room -= n;
	return n;
}

START_TEST(a_packet_with_dma_goes_through_the_bus_master)
{
	struct cd_rig *c = ready_rig();
	struct sink *s = calloc(1, sizeof *s);
	c->r->ata.dma.move = sink_move;
	c->r->ata.dma.opaque = s;
	s->room = 5000; /* then the engine is not there */
	start(c, (const u8[12]){0x28, 0, 0, 0, 0, 7, 0, 0, 6}, 0, 1);
	pass(c->r, 100000000);
	ck_assert_int_eq(s->at, 5000);
	ck_assert_int_eq(c->r->irq, 0);
	ck_assert_uint_eq(in(c->r, ALT) & BSY, BSY);
	s->room = 16384 - 5000;
	ata_dma_kick(&c->r->ata);
	good(finish(c));
	ck_assert_int_eq(nblocks, 0);
	ck_assert_int_eq(s->at, 6 * 2048);
	check_cd_sectors(s->mem, 7, 6);
	free(s);
	free_rig(c);
}
END_TEST

/* --- sense ----------------------------------------------------------------------------- */

START_TEST(the_reset_is_reported_once)
{
	struct cd_rig *c = new_rig(true);
	good(PACKET(c, 0x12, 0, 0, 0, 36)); /* INQUIRY does not report it */
	bad(c, PACKET(c, 0x25), 6, 0x29, 0);
	good(PACKET(c, 0x25));
	free_rig(c);
}
END_TEST

START_TEST(request_sense_reports_a_pending_attention_itself)
{
	struct cd_rig *c = new_rig(true);
	check_sense(c, 6, 0x29, 0);
	check_sense(c, 0, 0, 0);
	good(PACKET(c, 0x00));
	free_rig(c);
}
END_TEST

START_TEST(unknown_packets_are_illegal)
{
	struct cd_rig *c = ready_rig();
	u8 status = PACKET(c, 0x2a); /* WRITE(10) */
	ck_assert_uint_eq(in(c->r, ERR), 0x54); /* illegal request, ABRT */
	bad(c, status, 5, 0x20, 0);
	free_rig(c);
}
END_TEST

START_TEST(an_empty_drive_says_so)
{
	struct cd_rig *c = new_rig(false);
	const u8 ops[] = {0x00, 0x25, 0x28, 0x2b, 0x42, 0x43, 0x44, 0x45, 0x51, 0xa8, 0xbe};
	bad(c, PACKET(c, 0x00), 6, 0x29, 0);
	for (size_t i = 0; i < sizeof ops; i++)
		bad(c, PACKET(c, ops[i]), 2, 0x3a, 1);
	good(PACKET(c, 0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 64));
	ck_assert_uint_eq(data[2], 0x70); /* door closed, no disc */
	good(PACKET(c, 0x46, 0, 0, 0, 0, 0, 0, 0, 64));
	ck_assert_uint_eq(be16(data + 6), 0); /* no current profile */
	free_rig(c);
}
END_TEST

START_TEST(blocks_beyond_the_disc_are_out_of_range)
{
	struct cd_rig *c = ready_rig();
	bad(c, PACKET(c, 0x28, 0, 0, 0, 0x03, 0xe8, 0, 0, 1), 5, 0x21, 0);
	bad(c, PACKET(c, 0xa8, 0, 0, 0, 0x03, 0xe7, 0, 0, 0, 2), 5, 0x21, 0);
	bad(c, PACKET(c, 0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 5, 0x21, 0);
	bad(c, PACKET(c, 0x2b, 0, 0, 0, 0x03, 0xe8), 5, 0x21, 0);
	good(PACKET(c, 0x28, 0, 0, 0, 0x03, 0xe8, 0, 0, 0)); /* no blocks */
	ck_assert_uint_eq(ndata, 0);
	good(PACKET(c, 0x28, 0, 0, 0, 0x03, 0xe7, 0, 0, 1));
	check_cd_sectors(data, 999, 1);
	free_rig(c);
}
END_TEST

START_TEST(a_read_error_of_the_image_is_a_medium_error_with_its_address)
{
	struct cd_rig *c = ready_rig();
	c->disc->bad_sector = 12 * 4 + 1;
	u8 status = PACKET(c, 0x28, 0, 0, 0, 0, 10, 0, 0, 4);
	ck_assert_uint_eq(ndata, 2 * 2048); /* the good ones in front of it */
	check_cd_sectors(data, 10, 2);
	ck_assert_uint_eq(status & ERRBIT, ERRBIT);
	check_sense(c, 3, 0x11, 0);
	ck_assert_uint_eq(data[0], 0xf0);
	ck_assert_uint_eq(be32(data + 3), 12);
	free_rig(c);
}
END_TEST

/* --- the disc ------------------------------------------------------------------------------ */

START_TEST(capacity_is_the_last_block)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x25));
	ck_assert_uint_eq(ndata, 8);
	ck_assert_uint_eq(be32(data), SECTORS - 1);
	ck_assert_uint_eq(be32(data + 4), 2048);
	free_rig(c);
}
END_TEST

START_TEST(toc_has_one_data_track)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x43, 0, 0, 0, 0, 0, 0, 0, 100));
	const u8 lba[] = {0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, 0, 0, 0x03, 0xe8};
	ck_assert_uint_eq(ndata, sizeof lba);
	ck_assert_int_eq(memcmp(data, lba, sizeof lba), 0);
	good(PACKET(c, 0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100)); /* M:S:F, from the lead-out */
	const u8 msf[] = {0, 10, 1, 1, 0, 0x14, 0xaa, 0, 0, 0, 15, 25}; /* 1150 frames */
	ck_assert_uint_eq(ndata, sizeof msf);
	ck_assert_int_eq(memcmp(data, msf, sizeof msf), 0);
	good(PACKET(c, 0x43, 0, 1, 0, 0, 0, 0, 0, 100)); /* sessions */
	ck_assert_uint_eq(ndata, 12);
	ck_assert_uint_eq(data[6], 1);
	good(PACKET(c, 0x43, 0, 0, 0, 0, 0, 0, 0, 100, 0x40)); /* SFF-8020i's place of the format */
	ck_assert_uint_eq(ndata, 12);
	good(PACKET(c, 0x43, 2, 2, 0, 0, 0, 1, 0, 100)); /* raw */
	ck_assert_uint_eq(ndata, 4 + 4 * 11);
	ck_assert_uint_eq(data[4 + 3], 0xa0);
	ck_assert_uint_eq(data[4 + 22 + 9], 15); /* lead-out, seconds */
	bad(c, PACKET(c, 0x43, 0, 0, 0, 0, 0, 5, 0, 100), 5, 0x24, 0);
	bad(c, PACKET(c, 0x43, 0, 7, 0, 0, 0, 0, 0, 100), 5, 0x24, 0);
	free_rig(c);
}
END_TEST

START_TEST(the_allocation_length_cuts_an_answer)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x43, 0, 0, 0, 0, 0, 0, 0, 4));
	ck_assert_uint_eq(ndata, 4);
	ck_assert_uint_eq(be16(data), 18); /* of all that there is */
	good(PACKET(c, 0x43));
	ck_assert_uint_eq(ndata, 0);
	free_rig(c);
}
END_TEST

START_TEST(disc_information_is_of_a_finished_disc)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x51, 0, 0, 0, 0, 0, 0, 0, 34));
	ck_assert_uint_eq(ndata, 34);
	ck_assert_uint_eq(be16(data), 32);
	ck_assert_uint_eq(data[2], 0x0e);
	free_rig(c);
}
END_TEST

START_TEST(read_header_and_subchannel_tell_the_position)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x44, 2, 0, 0, 0, 75, 0, 0, 8));
	ck_assert_uint_eq(data[0], 1);
	ck_assert_uint_eq(be32(data + 4), 0x00000300); /* 0:03:00 */
	good(PACKET(c, 0x28, 0, 0, 0, 0, 20, 0, 0, 1));
	good(PACKET(c, 0x42, 0, 0x40, 1, 0, 0, 0, 0, 16));
	ck_assert_uint_eq(data[1], 0x15);
	ck_assert_uint_eq(be16(data + 2), 12);
	ck_assert_uint_eq(be32(data + 8), 20);
	ck_assert_uint_eq(be32(data + 12), 20);
	free_rig(c);
}
END_TEST

/* --- READ CD --------------------------------------------------------------------------------- */

/* The two sums of a code word of the Reed-Solomon product code are 0 (ECMA-130 annex A). */
static u8 times(u8 a, u8 b)
{
	u8 sum = 0;
	for (; b; b >>= 1) {
		sum ^= b & 1 ? a : 0;
		a = (u8)(a << 1 ^ (a & 0x80 ? 0x1d : 0));
	}
	return sum;
}

static void check_word(const u8 *bytes, int n, int step)
{
	u8 sum = 0, weighted = 0, alpha = 1;
	for (int i = n - 1; i >= 0; i--) {
		sum ^= bytes[i * step];
		weighted ^= times(bytes[i * step], alpha);
		alpha = times(alpha, 2);
	}
	ck_assert_uint_eq(sum, 0);
	ck_assert_uint_eq(weighted, 0);
}

START_TEST(read_cd_gives_the_whole_frame)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0xbe, 0x08, 0, 0, 0, 100, 0, 0, 2, 0xf8));
	ck_assert_uint_eq(ndata, 2 * 2352);
	const u8 start_of[] = {0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0x00, 0x03, 0x26, 1}; /* frame 251, in BCD */
	const u8 *frame = data + 2352;
	ck_assert_int_eq(memcmp(frame, start_of, 16), 0);
	check_cd_sectors(frame + 16, 101, 1);
	for (int column = 0; column < 86; column++) /* P: 26 words, 86 bytes apart */
		check_word(frame + 12 + column, 26, 86);
	for (int diagonal = 0; diagonal < 52; diagonal++) { /* Q: 43 along the diagonal, then two behind all */
		u8 word[45];
		for (int i = 0; i < 43; i++)
			word[i] = frame[12 + ((diagonal / 2 * 86 + 88 * i) % (26 * 86)) + diagonal % 2];
		word[43] = frame[2248 + diagonal];
		word[44] = frame[2300 + diagonal];
		check_word(word, 45, 1);
	}
	u32 crc = 0; /* with the EDC itself the remainder is 0 */
	for (int i = 0; i < 2068; i++)
		for (int bit = 0; bit < 8; bit++) {
			u32 odd = (crc ^ frame[i] >> bit) & 1;
			crc = crc >> 1 ^ (odd ? 0xd8018001u : 0);
		}
	ck_assert_uint_eq(crc, 0);
	free_rig(c);
}
END_TEST

START_TEST(read_cd_gives_the_parts_asked_for)
{
	struct cd_rig *c = ready_rig();
	static const struct { u8 parts; u32 bytes; } table[] = {
		{0x10, 2048}, {0x00, 0}, {0x20, 4}, {0x80, 12}, {0xa0, 16}, {0x30, 2052}, {0x18, 2336}, {0x38, 2340}, {0xb0, 2064}, {0x12, 2048 + 294},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		good(PACKET(c, 0xbe, 0, 0, 0, 0, 30, 0, 0, 1, table[i].parts));
		ck_assert_uint_eq(ndata, table[i].bytes);
	}
	good(PACKET(c, 0xb9, 0, 0, 0, 2, 30, 0, 2, 32, 0x10)); /* by M:S:F: blocks 30 and 31 */
	check_cd_sectors(data, 30, 2);
	ck_assert_uint_eq(ndata, 4096);
	good(PACKET(c, 0xbe, 0, 0, 0, 0, 75, 0, 0, 1, 0x10, 2)); /* with Q */
	ck_assert_uint_eq(ndata, 2064);
	const u8 q[] = {0x41, 1, 1, 0, 1, 0, 0, 0, 3, 0};
	ck_assert_int_eq(memcmp(data + 2048, q, sizeof q), 0);
	bad(c, PACKET(c, 0xbe, 0, 0, 0, 0, 30, 0, 0, 1, 0x90), 5, 0x24, 0); /* sync and data do not touch */
	bad(c, PACKET(c, 0xbe, 0x04, 0, 0, 0, 30, 0, 0, 1, 0x10), 5, 0x64, 0); /* CD-DA */
	free_rig(c);
}
END_TEST

/* --- tray and events ------------------------------------------------------------------------------ */

static void check_event(struct cd_rig *c, int code, int status)
{
	good(PACKET(c, 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8));
	ck_assert_uint_eq(ndata, 8);
	ck_assert_uint_eq(data[2], 4);
	ck_assert_uint_eq(data[3], 0x10);
	ck_assert_int_eq(data[4] & 15, code);
	ck_assert_int_eq(data[5], status);
}

START_TEST(a_changed_disc_is_reported_once)
{
	struct cd_rig *c = ready_rig();
	check_event(c, 2, 2);
	ck_assert(atapi_eject(&c->cd, false));
	bad(c, PACKET(c, 0x00), 2, 0x3a, 2);
	check_event(c, 3, 1);
	atapi_insert(&c->cd, &c->disc->b);
	bad(c, PACKET(c, 0x28, 0, 0, 0, 0, 1, 0, 0, 1), 6, 0x28, 0);
	good(PACKET(c, 0x28, 0, 0, 0, 0, 1, 0, 0, 1));
	check_event(c, 2, 2);
	check_event(c, 0, 2);
	bad(c, PACKET(c, 0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8), 5, 0x24, 0); /* not polled */
	good(PACKET(c, 0x4a, 1, 0, 0, 0x02, 0, 0, 0, 8));
	ck_assert_uint_eq(data[2], 0x80);
	free_rig(c);
}
END_TEST

START_TEST(a_locked_tray_stays_closed)
{
	struct cd_rig *c = ready_rig();
	check_event(c, 2, 2);
	good(PACKET(c, 0x1e, 0, 0, 0, 1));
	bad(c, PACKET(c, 0x1b, 0, 0, 0, 2), 5, 0x53, 2);
	ck_assert(!atapi_eject(&c->cd, false));
	check_event(c, 1, 2); /* the button */
	good(PACKET(c, 0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 64));
	ck_assert_uint_eq(data[8 + 6] & 3, 3); /* locked */
	good(PACKET(c, 0x1e));
	good(PACKET(c, 0x1b, 0, 0, 0, 2));
	good(PACKET(c, 0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8));
	ck_assert_uint_eq(data[1] & 0x10, 0x10);
	bad(c, PACKET(c, 0x00), 2, 0x3a, 2);
	good(PACKET(c, 0x1b, 0, 0, 0, 3)); /* the disc was still on the tray */
	bad(c, PACKET(c, 0x00), 6, 0x28, 0);
	good(PACKET(c, 0x00));
	free_rig(c);
}
END_TEST

START_TEST(a_disc_taken_away_in_the_middle_of_a_read_ends_it)
{
	struct cd_rig *c = ready_rig();
	start(c, (const u8[12]){0x28, 0, 0, 0, 0, 10, 0, 0, 60}, 2048, 0);
	ck_assert_uint_eq(wait_ready(c->r) & DRQ, DRQ);
	atapi_eject(&c->cd, true);
	u8 status = finish(c);
	ck_assert_int_eq(nblocks, 1);
	bad(c, status, 2, 0x3a, 2);
	free_rig(c);
}
END_TEST

START_TEST(playing_a_data_track_is_refused)
{
	struct cd_rig *c = ready_rig();
	bad(c, PACKET(c, 0x45, 0, 0, 0, 0, 0, 0, 0, 10), 5, 0x64, 0);
	bad(c, PACKET(c, 0x47, 0, 0, 0, 2, 0, 0, 3, 0), 5, 0x64, 0);
	bad(c, PACKET(c, 0x4b, 0, 0, 0, 0, 0, 0, 0, 1), 5, 0x2c, 0);
	good(PACKET(c, 0x4e));
	free_rig(c);
}
END_TEST

/* --- mode pages and configuration ------------------------------------------------------------------ */

/* A MODE SELECT with the list in `list`. */
static u8 select_pages(struct cd_rig *c, const u8 *list, u8 len)
{
	u16 w[64] = {0};
	memcpy(w, list, len);
	start(c, (const u8[12]){0x55, 0x10, 0, 0, 0, 0, 0, 0, len}, 0xfffe, 0);
	u8 status = wait_ready(c->r);
	if (status & DRQ) {
		ck_assert_uint_eq(in(c->r, REASON) & 3, 0); /* data from the host */
		ck_assert_uint_eq(in(c->r, MID) | in(c->r, HIGH) << 8, len);
		ck_assert_int_eq(c->r->irq, 1);
		in(c->r, STATUS);
		write_words(c->r, w, (len + 1) / 2);
	}
	return finish(c);
}

START_TEST(mode_pages_can_be_read_and_set)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x5a, 0, 0x3f, 0, 0, 0, 0, 1, 0));
	ck_assert_uint_eq(be16(data), ndata - 2);
	ck_assert_uint_eq(ndata, 8 + 12 + 8 + 16 + 28);
	u8 list[20] = {[8] = 0x01, 10, 0x20, 5};
	good(select_pages(c, list, 20));
	good(PACKET(c, 0x5a, 0, 0x01, 0, 0, 0, 0, 1, 0));
	ck_assert_uint_eq(data[8 + 2], 0x20);
	ck_assert_uint_eq(data[8 + 3], 5);
	good(PACKET(c, 0x5a, 0, 0x81, 0, 0, 0, 0, 1, 0)); /* default values */
	ck_assert_uint_eq(data[8 + 3], 3);
	bad(c, PACKET(c, 0x5a, 0, 0xc1, 0, 0, 0, 0, 1, 0), 5, 0x39, 0); /* saved values */
	bad(c, PACKET(c, 0x5a, 0, 0x05, 0, 0, 0, 0, 1, 0), 5, 0x24, 0);
	bad(c, select_pages(c, list, 14), 5, 0x1a, 0); /* the page is cut off */
	list[8] = 0x2a;
	bad(c, select_pages(c, list, 20), 5, 0x26, 0);
	ata_reset(&c->r->ata);
	pass(c->r, 10000000);
	check_sense(c, 6, 0x29, 0);
	good(PACKET(c, 0x5a, 0, 0x01, 0, 0, 0, 0, 1, 0));
	ck_assert_uint_eq(data[8 + 3], 3);
	free_rig(c);
}
END_TEST

START_TEST(the_configuration_names_the_profile)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x46, 0, 0, 0, 0, 0, 0, 1, 0));
	ck_assert_uint_eq(be32(data), ndata - 4);
	ck_assert_uint_eq(be16(data + 6), 8); /* CD-ROM */
	u32 last = 0, n = 0;
	for (u32 at = 8; at < ndata; at += 4u + data[at + 3], n++) {
		ck_assert(!n || be16(data + at) > last); /* ascending */
		last = be16(data + at);
	}
	ck_assert_uint_eq(n, 9);
	good(PACKET(c, 0x46, 2, 0, 0x1e, 0, 0, 0, 1, 0)); /* one feature: CD read */
	ck_assert_uint_eq(ndata, 16);
	ck_assert_uint_eq(be16(data + 8), 0x1e);
	ck_assert_uint_eq(data[10] & 1, 1);
	good(PACKET(c, 0x46, 1, 0, 0x1f, 0, 0, 0, 1, 0)); /* current ones from DVD read on: power management alone */
	ck_assert_uint_eq(ndata, 12);
	free_rig(c);
}
END_TEST

/* A disc of 8.5 GB that holds its sectors' numbers. */
static int numbers_read(struct block *b, u64 sector, u32 count, void *buf)
{
	(void)b;
	memset(buf, 0, (size_t)count * SECTOR_SIZE);
	for (u32 i = 0; i < count; i++)
		store64((u8 *)buf + i * SECTOR_SIZE, sector + i);
	return 0;
}

START_TEST(more_than_a_cd_holds_is_a_dvd)
{
	static const struct block_ops ops = {.read = numbers_read};
	struct block dvd = {.ops = &ops, .sectors = 4150000ull * 4, .read_only = true, .name = "dvd"};
	struct cd_rig *c = ready_rig();
	bad(c, PACKET(c, 0xad, 0, 0, 0, 0, 0, 0, 0, 8, 4), 5, 0x30, 2); /* not of a CD */
	atapi_eject(&c->cd, false);
	atapi_insert(&c->cd, &dvd);
	bad(c, PACKET(c, 0x00), 6, 0x28, 0);
	good(PACKET(c, 0x25));
	ck_assert_uint_eq(be32(data), 4149999);
	good(PACKET(c, 0x46, 0, 0, 0, 0, 0, 0, 0, 8));
	ck_assert_uint_eq(be16(data + 6), 0x10);
	good(PACKET(c, 0xad, 0, 0, 0, 0, 0, 0, 0, 8, 4)); /* 2048 bytes and their header */
	ck_assert_uint_eq(ndata, 2052);
	ck_assert_uint_eq(be32(data + 4 + 8), 0x30000 + 4149999); /* last sector of the data area */
	good(PACKET(c, 0xa8, 0, 0, 0x3f, 0x52, 0xef, 0, 0, 0, 1)); /* the last block: 4149999 */
	ck_assert_uint_eq(load64(data), 4149999ull * 4);
	start(c, (const u8[12]){0xa8, 0, 0, 0, 0, 0, 0, 0x3f, 0x52, 0xf0}, 0x8000, 0); /* all of it: more than 2^32 bytes */
	ck_assert_uint_eq(wait_ready(c->r) & (DRQ | ERRBIT), DRQ);
	ck_assert(c->cd.r.left > 0xffffffffull);
	atapi_eject(&c->cd, true);
	free_rig(c);
}
END_TEST

/* Whatever the packet is, the drive ends with a status or asks for data. */
START_TEST(no_packet_hangs_the_drive)
{
	struct cd_rig *c = ready_rig();
	u32 seed = 1;
	for (int n = 0; n < 4000; n++) {
		u8 p[12];
		for (int i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			p[i] = (u8)(seed >> 24 & (i == 0 ? 0xff : seed >> 16));
		}
		p[7] &= 0; /* keep transfers short */
		p[6] &= 1;
		start(c, p, (seed >> 8 & 0xffff) | 1, 0);
		for (int block = 0; block < 70000; block++) {
			u8 status = wait_ready(c->r);
			if (!(status & DRQ))
				break;
			u32 len = in(c->r, MID) | (u32)in(c->r, HIGH) << 8;
			bool to_host = in(c->r, REASON) & 2;
			ck_assert_uint_gt(len, 0);
			for (u32 i = 0; i < len; i += 2) {
				if (to_host)
					bus_in(&c->r->bus, DATA, 2);
				else
					bus_out(&c->r->bus, DATA, 2, seed >> 8 & 0xffff);
			}
		}
		ck_assert_uint_eq(in(c->r, STATUS) & (BSY | DRQ), 0);
	}
	free_rig(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("atapi");
	TCase *t = tcase_create("atapi");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_reset_shows_the_packet_signature_and_no_drdy);
	tcase_add_test(t, identify_device_is_aborted_with_the_signature);
	tcase_add_test(t, identify_packet_device_tells_a_cdrom);
	tcase_add_test(t, device_reset_ends_a_busy_command_without_an_interrupt);
	tcase_add_test(t, commands_of_disks_are_aborted);
	tcase_add_test(t, check_power_mode_works);
	tcase_add_test(t, overlap_and_dma_without_a_bus_master_are_aborted);
	tcase_add_test(t, the_byte_count_limit_cuts_the_blocks);
	tcase_add_test(t, an_odd_last_block_has_its_true_count);
	tcase_add_test(t, a_byte_count_limit_of_zero_is_aborted_if_there_are_data);
	tcase_add_test(t, a_packet_with_dma_goes_through_the_bus_master);
	tcase_add_test(t, the_reset_is_reported_once);
	tcase_add_test(t, request_sense_reports_a_pending_attention_itself);
	tcase_add_test(t, unknown_packets_are_illegal);
	tcase_add_test(t, an_empty_drive_says_so);
	tcase_add_test(t, blocks_beyond_the_disc_are_out_of_range);
	tcase_add_test(t, a_read_error_of_the_image_is_a_medium_error_with_its_address);
	tcase_add_test(t, capacity_is_the_last_block);
	tcase_add_test(t, toc_has_one_data_track);
	tcase_add_test(t, the_allocation_length_cuts_an_answer);
	tcase_add_test(t, disc_information_is_of_a_finished_disc);
	tcase_add_test(t, read_header_and_subchannel_tell_the_position);
	tcase_add_test(t, read_cd_gives_the_whole_frame);
	tcase_add_test(t, read_cd_gives_the_parts_asked_for);
	tcase_add_test(t, a_changed_disc_is_reported_once);
	tcase_add_test(t, a_locked_tray_stays_closed);
	tcase_add_test(t, a_disc_taken_away_in_the_middle_of_a_read_ends_it);
	tcase_add_test(t, playing_a_data_track_is_refused);
	tcase_add_test(t, mode_pages_can_be_read_and_set);
	tcase_add_test(t, the_configuration_names_the_profile);
	tcase_add_test(t, more_than_a_cd_holds_is_a_dvd);
	tcase_add_test(t, no_packet_hangs_the_drive);
	suite_add_tcase(s, t);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
