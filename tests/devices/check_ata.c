/* check_ata.c - the ATA channel's registers, resets and the disk's commands without data.
 *
 * Clause numbers: ATA/ATAPI-6, T13/1410D.
 */
#include "ata_rig.h"

#define DISK 20160 /* 20 cylinders of 16 x 63 */

/* --- presence, selection, signature ------------------------------------------- */

START_TEST(an_empty_channel_floats)
{
	struct rig *r = rig_new(0, 0);
	ck_assert_uint_eq(in(r, STATUS), 0x7f); /* DD7 is pulled down: 4.1 */
	ck_assert_uint_eq(in(r, ALT), 0x7f);
	ck_assert_uint_eq(bus_in(&r->bus, DATA, 2) & 0x80, 0);
	out(r, COUNT, 0x55);
	ck_assert_uint_eq(in(r, COUNT), 0x7f);
	out(r, CMD, 0xec);
	out(r, CONTROL, 4);
	out(r, CONTROL, 0);
	pass(r, 1000000000);
	ck_assert_int_eq(r->irqs, 0);
	rig_free(r);
}
END_TEST

START_TEST(device_0_answers_for_an_absent_device_1_with_status_0)
{
	struct rig *r = rig_new(DISK, 0);
	out(r, DEV, 0xb0);
	ck_assert_uint_eq(in(r, STATUS), 0); /* 9.16.1 */
	ck_assert_uint_eq(in(r, ALT), 0);
	out(r, LOW, 0xaa);
	ck_assert_uint_eq(in(r, LOW), 0xaa);
	ck_assert_uint_eq(in(r, DEV), 0xb0);
	out(r, CMD, 0xec); /* ignored */
	pass(r, 100000000);
	ck_assert_int_eq(r->irqs, 0);
	ck_assert_uint_eq(in(r, STATUS), 0);
	out(r, DEV, 0xa0);
	ck_assert_uint_eq(in(r, STATUS), DRDY | DSC);
	rig_free(r);
}
END_TEST

START_TEST(nobody_answers_for_an_absent_device_0)
{
	struct rig *r = rig_new(0, DISK);
	ck_assert_uint_eq(in(r, STATUS), 0x7f);
	out(r, DEV, 0xb0);
	ck_assert_uint_eq(in(r, STATUS), DRDY | DSC);
	rig_free(r);
}
END_TEST

static void check_signature(struct rig *r, int unit)
{
	out(r, DEV, (u8)(0xa0 | unit << 4));
	ck_assert_uint_eq(in(r, COUNT), 1); /* 9.12 */
	ck_assert_uint_eq(in(r, LOW), 1);
	ck_assert_uint_eq(in(r, MID), 0);
	ck_assert_uint_eq(in(r, HIGH), 0);
	ck_assert_uint_eq(in(r, ERR), 1);
	ck_assert_uint_eq(in(r, STATUS), DRDY | DSC);
}

START_TEST(power_on_leaves_the_signature)
{
	struct rig *r = rig_new(DISK, DISK);
	check_signature(r, 0);
	check_signature(r, 1);
	rig_free(r);
}
END_TEST

START_TEST(srst_resets_both_devices_and_selects_device_0)
{
	struct rig *r = rig_new(DISK, DISK);
	address(r, 1, 5, 1);
	out(r, CMD, 0x20);
	pass(r, 1000);
	out(r, CONTROL, 0x04);
	ck_assert_uint_eq(in(r, STATUS) & BSY, BSY);
	pass(r, 100000000);
	ck_assert_uint_eq(in(r, STATUS) & BSY, BSY); /* as long as SRST is set: 9.2 */
	out(r, COUNT, 7);
	out(r, CONTROL, 0x00);
	ck_assert_uint_eq(in(r, STATUS) & BSY, BSY);
	ck_assert_uint_eq(wait_ready(r), DRDY | DSC);
	ck_assert_uint_eq(in(r, DEV), 0);
	ck_assert_int_eq(r->irqs, 0);
	check_signature(r, 0);
	check_signature(r, 1);
	rig_free(r);
}
END_TEST

START_TEST(execute_device_diagnostic_goes_to_both_and_interrupts_once)
{
	struct rig *r = rig_new(DISK, DISK);
	address(r, 1, 0x123456, 9);
	out(r, CMD, 0x90);
	ck_assert_uint_eq(r->ata.r.drive[0].status & BSY, BSY);
	ck_assert_uint_eq(r->ata.r.drive[1].status & BSY, BSY);
	pass(r, 10000000);
	ck_assert_int_eq(r->irqs, 1);
	ck_assert_uint_eq(in(r, DEV) & 0x10, 0);
	check_signature(r, 0);
	check_signature(r, 1);
	ck_assert_int_eq(r->irq, 0);
	rig_free(r);
}
END_TEST

START_TEST(writes_reach_both_devices_and_hob_shows_the_older)
{
	struct rig *r = rig_new(DISK, DISK);
	out(r, COUNT, 0x12);
	out(r, COUNT, 0x34);
	for (int unit = 0; unit < 2; unit++) {
		out(r, DEV, (u8)(0xa0 | unit << 4));
		ck_assert_uint_eq(in(r, COUNT), 0x34);
		out(r, CONTROL, 0x80);
		ck_assert_uint_eq(in(r, COUNT), 0x12);
		out(r, LOW, 1); /* any write clears HOB: 6.20 */
		ck_assert_uint_eq(in(r, COUNT), 0x34);
	}
	rig_free(r);
}
END_TEST

/* --- interrupts ------------------------------------------------------------------ */

START_TEST(reading_status_acknowledges_and_reading_alternate_status_does_not)
{
	struct rig *r = rig_new(DISK, 0);
	out(r, CMD, 0xe5);
	wait_ready(r);
	ck_assert_int_eq(r->irq, 1);
	in(r, ALT);
	ck_assert_int_eq(r->irq, 1);
	in(r, STATUS);
	ck_assert_int_eq(r->irq, 0);
	rig_free(r);
}
END_TEST

START_TEST(nien_holds_the_interrupt_back_until_it_is_cleared)
{
	struct rig *r = rig_new(DISK, 0);
	out(r, CONTROL, 0x02);
	out(r, CMD, 0xe5);
	wait_ready(r);
	ck_assert_int_eq(r->irq, 0);
	out(r, CONTROL, 0x00);
	ck_assert_int_eq(r->irq, 1);
	out(r, CONTROL, 0x02);
	ck_assert_int_eq(r->irq, 0);
	in(r, STATUS);
	out(r, CONTROL, 0x00);
	ck_assert_int_eq(r->irq, 0);
	rig_free(r);
}
END_TEST

START_TEST(only_the_selected_device_drives_the_interrupt)
{
	struct rig *r = rig_new(DISK, DISK);
	out(r, CMD, 0xe5);
	wait_ready(r);
	ck_assert_int_eq(r->irq, 1);
	out(r, DEV, 0xb0);
	ck_assert_int_eq(r->irq, 0);
	in(r, STATUS);
	out(r, DEV, 0xa0);
	ck_assert_int_eq(r->irq, 1);
	rig_free(r);
}
END_TEST

START_TEST(a_new_command_clears_a_pending_interrupt)
{
	struct rig *r = rig_new(DISK, 0);
	out(r, CMD, 0xe5);
	wait_ready(r);
	out(r, CMD, 0xe5);
	ck_assert_int_eq(r->irq, 0);
	out(r, CMD, 0x00); /* ignored while busy */
	ck_assert_uint_eq(wait_ready(r), DRDY | DSC);
	rig_free(r);
}
END_TEST

/* --- IDENTIFY (8.15) ---------------------------------------------------------------- */

START_TEST(identify_describes_the_disk)
{
	struct rig *r = rig_new(DISK, 0);
	u16 w[256];
	u8 sum = 0;
	identify(r, w);
	ck_assert_uint_eq(w[0], 0x0040);
	ck_assert_uint_eq(w[1], 20);
	ck_assert_uint_eq(w[3], 16);
	ck_assert_uint_eq(w[6], 63);
	ck_assert_uint_eq(w[27], 'T' << 8 | 'A');
	ck_assert_uint_eq(w[46], ' ' << 8 | ' ');
	ck_assert_uint_eq(w[47], 0x8010);
	ck_assert_uint_eq(w[49] & 0x0300, 0x0200); /* LBA, no DMA */
	ck_assert_uint_eq(w[53], 7);
	ck_assert_uint_eq(w[54] * w[55] * w[56], DISK);
	ck_assert_uint_eq(w[57] | (u32)w[58] << 16, DISK);
	ck_assert_uint_eq(w[59], 0);
	ck_assert_uint_eq(w[60] | (u32)w[61] << 16, DISK);
	ck_assert_uint_eq(w[63], 0);
	ck_assert_uint_eq(w[80] & 0x40, 0x40); /* ATA/ATAPI-6 */
	ck_assert_uint_eq(w[83] & 0xc400, 0x4400); /* valid, 48-bit */
	ck_assert_uint_eq(w[84] & 0xc000, 0x4000);
	ck_assert_uint_eq(w[87] & 0xc000, 0x4000);
	ck_assert_uint_eq(w[100] | (u32)w[101] << 16, DISK);
	for (int i = 0; i < 256; i++)
		sum = (u8)(sum + (w[i] & 0xff) + (w[i] >> 8));
	ck_assert_uint_eq(w[255] & 0xff, 0xa5);
	ck_assert_uint_eq(sum, 0);
	rig_free(r);
}
END_TEST

START_TEST(identify_of_a_huge_disk_has_limits)
{
	struct rig *r = rig_new(DISK, 0);
	u16 w[256];
	struct block big = r->disk[0]->b;
	big.sectors = 0x123456789; /* only the size is looked at */
	ata_attach_disk(&r->ata, 0, &big, "BIG", "S1");
	pass(r, 10000000);
	identify(r, w);
	ck_assert_uint_eq(w[1], 16383);
	ck_assert_uint_eq(w[60] | (u32)w[61] << 16, 0x0fffffff);
	ck_assert_uint_eq(w[100] | (u64)w[101] << 16 | (u64)w[102] << 32, 0x123456789);
	rig_free(r);
}
END_TEST

START_TEST(what_a_disk_does_not_know_is_aborted)
{
	static const u8 codes[] = {0x00, 0x01, 0x08, 0x25, 0x50, 0x92, 0xa0, 0xa1, 0xb0, 0xc8, 0xca, 0xf1, 0xff};
	struct rig *r = rig_new(DISK, 0);
	for (size_t i = 0; i < sizeof codes; i++) {
		ck_assert_uint_eq(simple(r, codes[i]), DRDY | DSC | ERRBIT);
		ck_assert_uint_eq(in(r, ERR), 0x04);
	}
	ck_assert_uint_eq(simple(r, 0xe5), DRDY | DSC); /* and the error is gone */
	rig_free(r);
}
END_TEST

/* --- the other commands ---------------------------------------------------------------- */

START_TEST(set_multiple_takes_powers_of_two_up_to_16)
{
	struct rig *r = rig_new(DISK, 0);
	u16 w[256];
	out(r, COUNT, 8);
	ck_assert_uint_eq(simple(r, 0xc6), DRDY | DSC);
	identify(r, w);
	ck_assert_uint_eq(w[59], 0x0108);
	out(r, COUNT, 3);
	ck_assert_uint_eq(simple(r, 0xc6), DRDY | DSC | ERRBIT);
	out(r, COUNT, 32);
	ck_assert_uint_eq(simple(r, 0xc6), DRDY | DSC | ERRBIT);
	identify(r, w);
	ck_assert_uint_eq(w[59], 0);
	rig_free(r);
}
END_TEST

START_TEST(initialize_device_parameters_sets_the_translation)
{
	struct rig *r = rig_new(DISK, 0);
	u16 w[256];
	out(r, DEV, 0xa7); /* 8 heads */
	out(r, COUNT, 32);
	ck_assert_uint_eq(simple(r, 0x91), DRDY | DSC);
	identify(r, w);
	ck_assert_uint_eq(w[54], DISK / 256);
	ck_assert_uint_eq(w[55], 8);
	ck_assert_uint_eq(w[56], 32);
	ck_assert_uint_eq(w[3], 16);
	out(r, COUNT, 0);
	ck_assert_uint_eq(simple(r, 0x91), DRDY | DSC | ERRBIT);
	rig_free(r);
}
END_TEST

START_TEST(set_features_changes_what_identify_says)
{
	struct rig *r = rig_new(DISK, 0);
	u16 w[256];
	static const struct {
		u8 feature, count;
		u8 ok;
	} f[] = {{0x02, 0, 1}, {0x82, 0, 1}, {0x55, 0, 1}, {0x66, 0, 1}, {0x03, 0x00, 1}, {0x03, 0x0c, 1},
	         {0x03, 0x0d, 0}, {0x03, 0x22, 0}, {0x03, 0x42, 0}, {0x05, 1, 0}, {0x99, 0, 0}};
	for (size_t i = 0; i < ARRAY_LEN(f); i++) {
		out(r, ERR, f[i].feature);
		out(r, COUNT, f[i].count);
		ck_assert_msg((simple(r, 0xef) & ERRBIT) == !f[i].ok, "feature %02x count %02x", f[i].feature, f[i].count);
	}
	identify(r, w);
	ck_assert_uint_eq(w[85] & 0x60, 0);
	ck_assert_int_eq(r->disk[0]->flushes, 1);
	out(r, CONTROL, 4); /* 66h: kept over a software reset */
	out(r, CONTROL, 0);
	wait_ready(r);
	identify(r, w);
	ck_assert_uint_eq(w[85] & 0x60, 0);
	out(r, ERR, 0xcc);
	simple(r, 0xef);
	out(r, CONTROL, 4);
	out(r, CONTROL, 0);
	wait_ready(r);
	identify(r, w);
	ck_assert_uint_eq(w[85] & 0x60, 0x60);
	rig_free(r);
}
END_TEST

START_TEST(power_modes_are_reported_by_check_power_mode)
{
	struct rig *r = rig_new(DISK, 0);
	simple(r, 0xe5);
	ck_assert_uint_eq(in(r, COUNT), 0xff);
	simple(r, 0xe1);
	simple(r, 0xe5);
	ck_assert_uint_eq(in(r, COUNT), 0x80);
	simple(r, 0xe0);
	simple(r, 0xe5);
	ck_assert_uint_eq(in(r, COUNT), 0x00);
	out(r, COUNT, 1); /* IDLE with a standby timer of 5 s */
	simple(r, 0xe3);
	pass(r, 4000000000);
	simple(r, 0xe5);
	ck_assert_uint_eq(in(r, COUNT), 0x80);
	pass(r, 2000000000);
	simple(r, 0xe5);
	ck_assert_uint_eq(in(r, COUNT), 0x00);
	u64 start = clock_now(&r->clock);
	address(r, 0, 100, 1);
	simple(r, 0x40);
	ck_assert_uint_ge(clock_now(&r->clock) - start, 100000000); /* it had to spin up */
	simple(r, 0xe5);
	ck_assert_uint_eq(in(r, COUNT), 0xff);
	simple(r, 0xe6); /* SLEEP: only a reset helps */
	out(r, CMD, 0xe5);
	pass(r, 100000000);
	ck_assert_int_eq(r->irq, 0);
	out(r, CONTROL, 4);
	out(r, CONTROL, 0);
	wait_ready(r);
	ck_assert_uint_eq(simple(r, 0xe5), DRDY | DSC);
	rig_free(r);
}
END_TEST

START_TEST(seek_recalibrate_and_flush_end_well)
{
	struct rig *r = rig_new(DISK, 0);
	address(r, 0, DISK - 1, 1);
	ck_assert_uint_eq(simple(r, 0x70), DRDY | DSC);
	address(r, 0, DISK, 1);
	ck_assert_uint_eq(simple(r, 0x7f), DRDY | DSC | ERRBIT);
	ck_assert_uint_eq(in(r, ERR), 0x10);
	ck_assert_uint_eq(simple(r, 0x10), DRDY | DSC);
	ck_assert_uint_eq(simple(r, 0x1f), DRDY | DSC);
	ck_assert_uint_eq(simple(r, 0xe7), DRDY | DSC);
	ck_assert_uint_eq(simple(r, 0xea), DRDY | DSC);
	ck_assert_int_eq(r->disk[0]->flushes, 2);
	rig_free(r);
}
END_TEST

START_TEST(set_max_hides_the_end_of_the_disk)
{
	struct rig *r = rig_new(DISK, 0);
	u16 w[256];
	address(r, 0, 9999, 0);
	ck_assert_uint_eq(simple(r, 0xf9), DRDY | DSC | ERRBIT); /* READ NATIVE MAX must come before: 8.47 */
	out(r, DEV, 0xe0);
	ck_assert_uint_eq(simple(r, 0xf8), DRDY | DSC);
	ck_assert_uint_eq(in(r, LOW) | in(r, MID) << 8 | in(r, HIGH) << 16, DISK - 1);
	address(r, 0, 9999, 0);
	ck_assert_uint_eq(simple(r, 0xf9), DRDY | DSC);
	identify(r, w);
	ck_assert_uint_eq(w[60], 10000);
	address(r, 0, 10000, 1);
	ck_assert_uint_eq(simple(r, 0x40), DRDY | DSC | ERRBIT);
	ck_assert_uint_eq(in(r, ERR), 0x10);
	ata_reset(&r->ata); /* not kept: count bit 0 was 0 */
	pass(r, 10000000);
	identify(r, w);
	ck_assert_uint_eq(w[60], DISK);
	simple(r, 0x27); /* and the 48-bit way, kept */
	address48(r, 0, 4999, 1);
	ck_assert_uint_eq(simple(r, 0x37), DRDY | DSC);
	ata_reset(&r->ata);
	pass(r, 10000000);
	identify(r, w);
	ck_assert_uint_eq(w[100], 5000);
	rig_free(r);
}
END_TEST

/* --- the seam for ATAPI ------------------------------------------------------------------ */

/* A device that knows only A1h, and answers with one word. */
static bool packet_command(struct ata_drive *d)
{
	if (d->r->command != 0xa1)
		return false;
	store16(d->r->buf, 0x8580);
	d->r->pos = 0;
	d->r->end = 2;
	d->r->transfer = 1; /* in */
	d->r->status = 0x48;
	d->r->intrq = 1;
	return true;
}

static void packet_done(struct ata_drive *d)
{
	d->r->status = DRDY;
	*(int *)d->ops_opaque += 1;
}

START_TEST(a_packet_device_has_its_own_signature_and_commands)
{
	static const struct ata_device_ops ops = {.command = packet_command, .data_done = packet_done};
	struct rig *r = rig_new(DISK, 0);
	int done = 0;
	ata_attach_device(&r->ata, 1, &ops, &done);
	pass(r, 10000000);
	out(r, DEV, 0xb0);
	ck_assert_uint_eq(in(r, MID), 0x14); /* 9.12 */
	ck_assert_uint_eq(in(r, HIGH), 0xeb);
	ck_assert_uint_eq(in(r, STATUS), 0);
	ck_assert_uint_eq(simple(r, 0x20) & ERRBIT, ERRBIT);
	out(r, CMD, 0xa1);
	ck_assert_uint_eq(wait_ready(r), 0x48);
	ck_assert_uint_eq(bus_in(&r->bus, DATA, 2), 0x8580);
	ck_assert_int_eq(done, 1);
	rig_free(r);
}
END_TEST

START_TEST(the_lamp_is_on_while_a_command_runs)
{
	struct rig *r = rig_new(DISK, 0);
	ck_assert(!ata_busy(&r->ata));
	out(r, CMD, 0xe7);
	ck_assert(ata_busy(&r->ata));
	wait_ready(r);
	ck_assert(!ata_busy(&r->ata));
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ata");
	TCase *t = tcase_create("task file");
	tcase_add_test(t, an_empty_channel_floats);
	tcase_add_test(t, device_0_answers_for_an_absent_device_1_with_status_0);
	tcase_add_test(t, nobody_answers_for_an_absent_device_0);
	tcase_add_test(t, power_on_leaves_the_signature);
	tcase_add_test(t, srst_resets_both_devices_and_selects_device_0);
	tcase_add_test(t, execute_device_diagnostic_goes_to_both_and_interrupts_once);
	tcase_add_test(t, writes_reach_both_devices_and_hob_shows_the_older);
	tcase_add_test(t, reading_status_acknowledges_and_reading_alternate_status_does_not);
	tcase_add_test(t, nien_holds_the_interrupt_back_until_it_is_cleared);
	tcase_add_test(t, only_the_selected_device_drives_the_interrupt);
	tcase_add_test(t, a_new_command_clears_a_pending_interrupt);
	tcase_add_test(t, identify_describes_the_disk);
	tcase_add_test(t, identify_of_a_huge_disk_has_limits);
	tcase_add_test(t, what_a_disk_does_not_know_is_aborted);
	tcase_add_test(t, set_multiple_takes_powers_of_two_up_to_16);
	tcase_add_test(t, initialize_device_parameters_sets_the_translation);
	tcase_add_test(t, set_features_changes_what_identify_says);
	tcase_add_test(t, power_modes_are_reported_by_check_power_mode);
	tcase_add_test(t, seek_recalibrate_and_flush_end_well);
	tcase_add_test(t, set_max_hides_the_end_of_the_disk);
	tcase_add_test(t, a_packet_device_has_its_own_signature_and_commands);
	tcase_add_test(t, the_lamp_is_on_while_a_command_runs);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
