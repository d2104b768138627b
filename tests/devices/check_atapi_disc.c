/* check_atapi_disc.c - what the CD/DVD-ROM drive tells of its disc, and READ CD.
 *
 * MMC-3 (NCITS 360) for the packets, ECMA-130 for the frames of a CD.
 */
#include "atapi_rig.h"

/* --- the disc ------------------------------------------------------------ */

START_TEST(capacity_is_the_last_block)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x25));
	ck_assert_uint_eq(c->ndata, 8);
	ck_assert_uint_eq(be32(c->data), SECTORS - 1);
	ck_assert_uint_eq(be32(c->data + 4), 2048);
	free_rig(c);
}
END_TEST

START_TEST(toc_has_one_data_track)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x43, 0, 0, 0, 0, 0, 0, 0, 100));
	const u8 lba[] = {0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, 0, 0, 0x03, 0xe8};
	ck_assert_uint_eq(c->ndata, sizeof lba);
	ck_assert_int_eq(memcmp(c->data, lba, sizeof lba), 0);
	good(PACKET(c, 0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100)); /* M:S:F, from the lead-out */
	const u8 msf[] = {0, 10, 1, 1, 0, 0x14, 0xaa, 0, 0, 0, 15, 25}; /* 1150 frames */
	ck_assert_uint_eq(c->ndata, sizeof msf);
	ck_assert_int_eq(memcmp(c->data, msf, sizeof msf), 0);
	good(PACKET(c, 0x43, 0, 1, 0, 0, 0, 0, 0, 100)); /* sessions */
	ck_assert_uint_eq(c->ndata, 12);
	ck_assert_uint_eq(c->data[6], 1);
	good(PACKET(c, 0x43, 0, 0, 0, 0, 0, 0, 0, 100, 0x40)); /* SFF-8020i's place of the format */
	ck_assert_uint_eq(c->ndata, 12);
	good(PACKET(c, 0x43, 2, 2, 0, 0, 0, 1, 0, 100)); /* raw */
	ck_assert_uint_eq(c->ndata, 4 + 4 * 11);
	ck_assert_uint_eq(c->data[4 + 3], 0xa0);
	ck_assert_uint_eq(c->data[4 + 22 + 9], 15); /* lead-out, seconds */
	bad(c, PACKET(c, 0x43, 0, 0, 0, 0, 0, 5, 0, 100), 5, 0x24, 0);
	bad(c, PACKET(c, 0x43, 0, 7, 0, 0, 0, 0, 0, 100), 5, 0x24, 0);
	free_rig(c);
}
END_TEST

START_TEST(the_allocation_length_cuts_an_answer)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x43, 0, 0, 0, 0, 0, 0, 0, 4));
	ck_assert_uint_eq(c->ndata, 4);
	ck_assert_uint_eq(be16(c->data), 18); /* of all that there is */
	good(PACKET(c, 0x43));
	ck_assert_uint_eq(c->ndata, 0);
	free_rig(c);
}
END_TEST

START_TEST(disc_information_is_of_a_finished_disc)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x51, 0, 0, 0, 0, 0, 0, 0, 34));
	ck_assert_uint_eq(c->ndata, 34);
	ck_assert_uint_eq(be16(c->data), 32);
	ck_assert_uint_eq(c->data[2], 0x0e);
	free_rig(c);
}
END_TEST

START_TEST(read_header_and_subchannel_tell_the_position)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x44, 2, 0, 0, 0, 75, 0, 0, 8));
	ck_assert_uint_eq(c->data[0], 1);
	ck_assert_uint_eq(be32(c->data + 4), 0x00000300); /* 0:03:00 */
	good(PACKET(c, 0x28, 0, 0, 0, 0, 20, 0, 0, 1));
	good(PACKET(c, 0x42, 0, 0x40, 1, 0, 0, 0, 0, 16));
	ck_assert_uint_eq(c->data[1], 0x15);
	ck_assert_uint_eq(be16(c->data + 2), 12);
	ck_assert_uint_eq(be32(c->data + 8), 20);
	ck_assert_uint_eq(be32(c->data + 12), 20);
	free_rig(c);
}
END_TEST

/* --- READ CD ------------------------------------------------------------ */

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
	ck_assert_uint_eq(c->ndata, 2 * 2352);
	const u8 start_of[] = {0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0x00, 0x03, 0x26, 1}; /* frame 251, in BCD */
	const u8 *frame = c->data + 2352;
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
		ck_assert_uint_eq(c->ndata, table[i].bytes);
	}
	good(PACKET(c, 0xb9, 0, 0, 0, 2, 30, 0, 2, 32, 0x10)); /* by M:S:F: blocks 30 and 31 */
	check_cd_sectors(c->data, 30, 2);
	ck_assert_uint_eq(c->ndata, 4096);
	good(PACKET(c, 0xbe, 0, 0, 0, 0, 75, 0, 0, 1, 0x10, 2)); /* with Q */
	ck_assert_uint_eq(c->ndata, 2064);
	const u8 q[] = {0x41, 1, 1, 0, 1, 0, 0, 0, 3, 0};
	ck_assert_int_eq(memcmp(c->data + 2048, q, sizeof q), 0);
	bad(c, PACKET(c, 0xbe, 0, 0, 0, 0, 30, 0, 0, 1, 0x90), 5, 0x24, 0); /* sync and data do not touch */
	bad(c, PACKET(c, 0xbe, 0x04, 0, 0, 0, 30, 0, 0, 1, 0x10), 5, 0x64, 0); /* CD-DA */
	free_rig(c);
}
END_TEST

/* --- DVD ------------------------------------------------------------ */

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
	ck_assert_uint_eq(be32(c->data), 4149999);
	good(PACKET(c, 0x46, 0, 0, 0, 0, 0, 0, 0, 8));
	ck_assert_uint_eq(be16(c->data + 6), 0x10);
	good(PACKET(c, 0xad, 0, 0, 0, 0, 0, 0, 0, 8, 4)); /* 2048 bytes and their header */
	ck_assert_uint_eq(c->ndata, 2052);
	ck_assert_uint_eq(be32(c->data + 4 + 8), 0x30000 + 4149999); /* last sector of the data area */
	good(PACKET(c, 0xa8, 0, 0, 0x3f, 0x52, 0xef, 0, 0, 0, 1)); /* the last block: 4149999 */
	ck_assert_uint_eq(load64(c->data), 4149999ull * 4);
	start(c, (const u8[12]){0xa8, 0, 0, 0, 0, 0, 0, 0x3f, 0x52, 0xf0}, 0x8000, 0); /* all of it: more than 2^32 bytes */
	ck_assert_uint_eq(wait_ready(c->r) & (DRQ | ERRBIT), DRQ);
	ck_assert(c->cd.r.left > 0xffffffffull);
	atapi_eject(&c->cd, true);
	free_rig(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("atapi_disc");
	TCase *t = tcase_create("atapi_disc");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, capacity_is_the_last_block);
	tcase_add_test(t, toc_has_one_data_track);
	tcase_add_test(t, the_allocation_length_cuts_an_answer);
	tcase_add_test(t, disc_information_is_of_a_finished_disc);
	tcase_add_test(t, read_header_and_subchannel_tell_the_position);
	tcase_add_test(t, read_cd_gives_the_whole_frame);
	tcase_add_test(t, read_cd_gives_the_parts_asked_for);
	tcase_add_test(t, more_than_a_cd_holds_is_a_dvd);
	suite_add_tcase(s, t);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
