/* check_atapi_media.c - the CD/DVD-ROM drive's tray, its events, mode pages and configuration.
 *
 * Clauses of MMC-3 (NCITS 360) and SPC-2.
 */
#include "atapi_rig.h"

/* --- tray and events ------------------------------------------------------------ */

static void check_event(struct cd_rig *c, int code, int status)
{
	good(PACKET(c, 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8));
	ck_assert_uint_eq(c->ndata, 8);
	ck_assert_uint_eq(c->data[2], 4);
	ck_assert_uint_eq(c->data[3], 0x10);
	ck_assert_int_eq(c->data[4] & 15, code);
	ck_assert_int_eq(c->data[5], status);
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
	ck_assert_uint_eq(c->data[2], 0x80);
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
	ck_assert_uint_eq(c->data[8 + 6] & 3, 3); /* locked */
	good(PACKET(c, 0x1e));
	good(PACKET(c, 0x1b, 0, 0, 0, 2));
	good(PACKET(c, 0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8));
	ck_assert_uint_eq(c->data[1] & 0x10, 0x10);
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
	ck_assert_int_eq(c->nblocks, 1);
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

/* --- mode pages and configuration ------------------------------------------------------------ */

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
	ck_assert_uint_eq(be16(c->data), c->ndata - 2);
	ck_assert_uint_eq(c->ndata, 8 + 12 + 8 + 16 + 28);
	u8 list[20] = {[8] = 0x01, 10, 0x20, 5};
	good(select_pages(c, list, 20));
	good(PACKET(c, 0x5a, 0, 0x01, 0, 0, 0, 0, 1, 0));
	ck_assert_uint_eq(c->data[8 + 2], 0x20);
	ck_assert_uint_eq(c->data[8 + 3], 5);
	good(PACKET(c, 0x5a, 0, 0x81, 0, 0, 0, 0, 1, 0)); /* default values */
	ck_assert_uint_eq(c->data[8 + 3], 3);
	bad(c, PACKET(c, 0x5a, 0, 0xc1, 0, 0, 0, 0, 1, 0), 5, 0x39, 0); /* saved values */
	bad(c, PACKET(c, 0x5a, 0, 0x05, 0, 0, 0, 0, 1, 0), 5, 0x24, 0);
	bad(c, select_pages(c, list, 14), 5, 0x1a, 0); /* the page is cut off */
	list[8] = 0x2a;
	bad(c, select_pages(c, list, 20), 5, 0x26, 0);
	ata_reset(&c->r->ata);
	pass(c->r, 10000000);
	check_sense(c, 6, 0x29, 0);
	good(PACKET(c, 0x5a, 0, 0x01, 0, 0, 0, 0, 1, 0));
	ck_assert_uint_eq(c->data[8 + 3], 3);
	free_rig(c);
}
END_TEST

START_TEST(the_configuration_names_the_profile)
{
	struct cd_rig *c = ready_rig();
	good(PACKET(c, 0x46, 0, 0, 0, 0, 0, 0, 1, 0));
	ck_assert_uint_eq(be32(c->data), c->ndata - 4);
	ck_assert_uint_eq(be16(c->data + 6), 8); /* CD-ROM */
	u32 last = 0, n = 0;
	for (u32 at = 8; at < c->ndata; at += 4u + c->data[at + 3], n++) {
		ck_assert(!n || be16(c->data + at) > last); /* ascending */
		last = be16(c->data + at);
	}
	ck_assert_uint_eq(n, 9);
	good(PACKET(c, 0x46, 2, 0, 0x1e, 0, 0, 0, 1, 0)); /* one feature: CD read */
	ck_assert_uint_eq(c->ndata, 16);
	ck_assert_uint_eq(be16(c->data + 8), 0x1e);
	ck_assert_uint_eq(c->data[10] & 1, 1);
	good(PACKET(c, 0x46, 1, 0, 0x1f, 0, 0, 0, 1, 0)); /* current ones from DVD read on: power management alone */
	ck_assert_uint_eq(c->ndata, 12);
	free_rig(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("atapi_media");
	TCase *t = tcase_create("atapi_media");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_changed_disc_is_reported_once);
	tcase_add_test(t, a_locked_tray_stays_closed);
	tcase_add_test(t, a_disc_taken_away_in_the_middle_of_a_read_ends_it);
	tcase_add_test(t, playing_a_data_track_is_refused);
	tcase_add_test(t, mode_pages_can_be_read_and_set);
	tcase_add_test(t, the_configuration_names_the_profile);
	suite_add_tcase(s, t);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
