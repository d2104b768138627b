/* check_atapi.c - the CD/DVD-ROM drive: ATA commands, PACKET protocol, its transfers, sense.
 *
 * Clause numbers: ATA/ATAPI-6 (T13/1410D) for the protocol, MMC-3 (NCITS 360) and SPC-2 for the packets.
 */
#include "atapi_rig.h"

/* --- ATA ------------------------------------------------------------ */

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

/* --- blocks ------------------------------------------------------------ */

START_TEST(the_byte_count_limit_cuts_the_blocks)
{
	struct cd_rig *c = ready_rig();
	const u8 read2[12] = {0x28, 0, 0, 0, 0, 100, 0, 0, 2};
	good(packet(c, read2, 2048));
	ck_assert_int_eq(c->nblocks, 2);
	check_cd_sectors(c->data, 100, 2);
	good(packet(c, read2, 1000)); /* 4 x 1000 + 96 */
	ck_assert_int_eq(c->nblocks, 5);
	ck_assert_uint_eq(c->block_size[0], 1000);
	ck_assert_uint_eq(c->block_size[4], 96);
	check_cd_sectors(c->data, 100, 2);
	good(packet(c, read2, 1001)); /* odd and not the last: one less (8.24.4) */
	ck_assert_uint_eq(c->block_size[0], 1000);
	check_cd_sectors(c->data, 100, 2);
	free_rig(c);
}
END_TEST

START_TEST(an_odd_last_block_has_its_true_count)
{
	struct cd_rig *c = ready_rig();
	good(packet(c, (const u8[12]){0x12, 0, 0, 0, 5}, 0xfffe));
	ck_assert_uint_eq(c->ndata, 5);
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

/* --- dma ------------------------------------------------------------ */

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
	ck_assert_int_eq(c->nblocks, 0);
	ck_assert_int_eq(s->at, 6 * 2048);
	check_cd_sectors(s->mem, 7, 6);
	free(s);
	free_rig(c);
}
END_TEST

/* --- sense ------------------------------------------------------------ */

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
	ck_assert_uint_eq(c->data[2], 0x70); /* door closed, no disc */
	good(PACKET(c, 0x46, 0, 0, 0, 0, 0, 0, 0, 64));
	ck_assert_uint_eq(be16(c->data + 6), 0); /* no current profile */
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
	ck_assert_uint_eq(c->ndata, 0);
	good(PACKET(c, 0x28, 0, 0, 0, 0x03, 0xe7, 0, 0, 1));
	check_cd_sectors(c->data, 999, 1);
	free_rig(c);
}
END_TEST

START_TEST(a_read_error_of_the_image_is_a_medium_error_with_its_address)
{
	struct cd_rig *c = ready_rig();
	c->disc->bad_sector = 12 * 4 + 1;
	u8 status = PACKET(c, 0x28, 0, 0, 0, 0, 10, 0, 0, 4);
	ck_assert_uint_eq(c->ndata, 2 * 2048); /* the good ones in front of it */
	check_cd_sectors(c->data, 10, 2);
	ck_assert_uint_eq(status & ERRBIT, ERRBIT);
	check_sense(c, 3, 0x11, 0);
	ck_assert_uint_eq(c->data[0], 0xf0);
	ck_assert_uint_eq(be32(c->data + 3), 12);
	free_rig(c);
}
END_TEST

/* --- anything ------------------------------------------------------------ */

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
	tcase_add_test(t, no_packet_hangs_the_drive);
	suite_add_tcase(s, t);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
