/* check_fdc.c - the floppy controller's registers, control commands and drives.
 *
 * Page and section numbers: Intel 82077AA data sheet, 290166-007.
 */
#include "fdc_rig.h"

/* --- reset and polling (3.2, 7.4) ------------------------------------------- */

START_TEST(after_a_reset_one_interrupt_and_four_polling_states_are_reported)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ck_assert_uint_eq(in(r, MSR), 0x00);
	out(r, DOR, 0x0c);
	ck_assert_int_eq(r->irq, 0);
	u64 ns = wait_irq(r);
	ck_assert_uint_ge(ns, 1);
	ck_assert_uint_le(ns, 1 * MS);
	ck_assert_uint_eq(in(r, MSR), 0x80);
	for (int i = 0; i < 4; i++) {
		command(r, 1, 0x08);
		EXPECT(r, 2, (u8)(0xc0 | i), 0);
		ck_assert_int_eq(r->irq, 0);
	}
	command(r, 1, 0x08);
	EXPECT(r, 1, 0x80);
	ck_assert_int_eq(r->irqs, 1);
	rig_free(r);
}
END_TEST

START_TEST(the_reset_of_dsr_clears_itself)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	out(r, DSR, 0x80);
	ck_assert_uint_eq(in(r, MSR), 0x00);
	wait_irq(r);
	ck_assert_int_eq(r->irq, 1);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0xc0, 0);
	rig_free(r);
}
END_TEST

START_TEST(the_irq_is_gated_by_dor_bit_3)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	out(r, DOR, 0x04);
	pass(r, 1 * MS);
	ck_assert_int_eq(r->irq, 0);
	out(r, DOR, 0x0c);
	ck_assert_int_eq(r->irq, 1);
	out(r, DOR, 0x04);
	ck_assert_int_eq(r->irq, 0);
	rig_free(r);
}
END_TEST

START_TEST(a_reset_in_the_middle_of_a_command_ends_it)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	insert(r, 0, 2880);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	pass(r, 100000);
	out(r, DOR, 0x18);
	out(r, DOR, 0x1c);
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0xc0, 0);
	pass(r, 1000 * MS);
	ck_assert_int_eq(r->dma_pos, 0);
	rig_free(r);
}
END_TEST

START_TEST(registers_read_back_as_in_at_mode)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ck_assert_uint_eq(in(r, 0x3f0), 0xff); /* SRA and SRB are not driven: 2.1.1, 2.1.2 */
	ck_assert_uint_eq(in(r, 0x3f1), 0xff);
	out(r, DOR, 0x2d);
	ck_assert_uint_eq(in(r, DOR), 0x2d);
	out(r, TDR, 0xff);
	ck_assert_uint_eq(in(r, TDR) & 3, 3);
	fdc_reset(&r->fdc);
	ck_assert_uint_eq(in(r, DOR), 0);
	ck_assert_uint_eq(in(r, TDR) & 3, 0);
	rig_free(r);
}
END_TEST

/* --- commands without data (table 5-1, 5.2) ---------------------------------- */

START_TEST(version_is_90h_and_part_id_is_unknown)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	command(r, 1, 0x10);
	EXPECT(r, 1, 0x90);
	command(r, 1, 0x18); /* only from the 82078 on */
	EXPECT(r, 1, 0x80);
	command(r, 1, 0x1f);
	EXPECT(r, 1, 0x80);
	rig_free(r);
}
END_TEST

START_TEST(a_command_takes_time_and_rqm_is_low_meanwhile)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	command(r, 1, 0x10);
	ck_assert_uint_eq(in(r, MSR), 0x10);
	pass(r, 20000);
	ck_assert_uint_eq(in(r, MSR), 0xd0);
	rig_free(r);
}
END_TEST

START_TEST(dumpreg_shows_what_the_other_commands_set)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	command(r, 4, 0x13, 0, 0x57, 0x2a); /* CONFIGURE: EIS, FIFO on, no polling, threshold 8, track 42 */
	pass(r, 20000);
	command(r, 2, 0x12, 0x86); /* PERPENDICULAR: OW, D0, GAP */
	pass(r, 20000);
	command(r, 2, 0x12, 0x3d); /* without OW the drive bits stay */
	pass(r, 20000);
	command(r, 1, 0x94); /* LOCK */
	EXPECT(r, 1, 0x10);
	seek(r, 0, 5);
	command(r, 1, 0x0e);
	EXPECT(r, 10, 5, 0, 0, 0, 0xdf, 0x02, 0, 0x85, 0x57, 0x2a);
	rig_free(r);
}
END_TEST

START_TEST(lock_keeps_the_fifo_settings_over_a_software_reset)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	command(r, 4, 0x13, 0, 0x57, 0x2a);
	pass(r, 20000);
	command(r, 1, 0x94);
	EXPECT(r, 1, 0x10);
	out(r, DOR, 0x18);
	ready(r, RATE_500);
	command(r, 1, 0x0e);
	EXPECT(r, 10, 0, 0, 0, 0, 0xdf, 0x02, 0, 0x80, 0x07, 0x2a);
	command(r, 1, 0x14); /* UNLOCK */
	EXPECT(r, 1, 0x00);
	out(r, DOR, 0x18);
	ready(r, RATE_500);
	command(r, 1, 0x0e);
	EXPECT(r, 10, 0, 0, 0, 0, 0xdf, 0x02, 0, 0x00, 0x20, 0x00);
	rig_free(r);
}
END_TEST

START_TEST(sense_drive_status_shows_the_lines_of_the_drive)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	struct block_mem *m = insert(r, 0, 2880);
	command(r, 2, 0x04, 0x00);
	EXPECT(r, 1, 0x38); /* track 0, and two bits that are always set: 6.4 */
	m->b.read_only = true;
	seek(r, 0, 3);
	command(r, 2, 0x04, 0x04);
	EXPECT(r, 1, 0x6c); /* write protected, head 1, not at track 0 */
	out(r, DOR, 0x1d); /* drive 1 does not exist */
	command(r, 2, 0x04, 0x01);
	EXPECT(r, 1, 0x29);
	rig_free(r);
}
END_TEST

/* --- head movement (5.2.2, 5.2.3, 5.2.12) ------------------------------------- */

START_TEST(a_seek_takes_its_steps_and_ends_with_an_interrupt)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	command(r, 3, 0x0f, 0x04, 10); /* the head bit does not show in ST0: 5.2.4 */
	pass(r, 1 * MS);
	ck_assert_uint_eq(in(r, MSR), 0x81); /* ready for commands, drive 0 busy */
	u64 ns = wait_irq(r);
	ck_assert_uint_ge(ns, 28 * MS); /* SRT D: 3 ms at 500 kbit/s */
	ck_assert_uint_le(ns, 31 * MS);
	ck_assert_uint_eq(in(r, MSR), 0x80);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x20, 10);
	ck_assert_int_eq(r->irq, 0);
	ck_assert_uint_eq(r->fdc.r.drive[0].cyl, 10);
	command(r, 3, 0x0f, 0x00, 10); /* already there */
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x20, 10);
	rig_free(r);
}
END_TEST

START_TEST(recalibrate_goes_to_track_0_in_up_to_79_steps)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	seek(r, 0, 82);
	command(r, 2, 0x07, 0);
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x70, 0); /* 79 pulses are not enough: 5.2.2 */
	command(r, 2, 0x07, 0);
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x20, 0);
	ck_assert_uint_eq(r->fdc.r.drive[0].cyl, 0);
	rig_free(r);
}
END_TEST

START_TEST(recalibrate_of_an_absent_drive_is_an_equipment_check)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	out(r, DOR, 0x2d);
	command(r, 2, 0x07, 1);
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x71, 0);
	rig_free(r);
}
END_TEST

START_TEST(relative_seek_counts_from_where_the_head_is)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	seek(r, 0, 10);
	command(r, 3, 0xcf, 0, 5); /* inward */
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x20, 15);
	command(r, 3, 0x8f, 0, 3); /* outward */
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x20, 12);
	command(r, 3, 0x8f, 0, 20); /* beyond track 0: EC, ST0 bit 4 */
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x70, 0);
	rig_free(r);
}
END_TEST

START_TEST(a_seek_that_ends_during_a_result_phase_is_reported_after_it)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_1440K);
	ready(r, RATE_500);
	command(r, 3, 0x0f, 0, 1);
	pass(r, 20000);
	command(r, 1, 0x10);
	pass(r, 100 * MS);
	ck_assert_int_eq(r->irq, 0);
	EXPECT(r, 1, 0x90);
	ck_assert_int_eq(r->irq, 1);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x20, 1);
	rig_free(r);
}
END_TEST

/* --- the disk change line ------------------------------------------------------ */

START_TEST(the_change_line_stays_until_a_step_with_a_disk)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_360K);
	ready(r, RATE_500);
	ck_assert_uint_eq(in(r, DIR) & 0x80, 0x80); /* empty drive */
	seek(r, 0, 1);
	ck_assert_uint_eq(in(r, DIR) & 0x80, 0x80);
	insert(r, 0, 2880);
	ck_assert_uint_eq(in(r, DIR) & 0x80, 0x80);
	command(r, 3, 0x0f, 0, 1); /* no step */
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0x20, 1);
	ck_assert_uint_eq(in(r, DIR) & 0x80, 0x80);
	seek(r, 0, 0);
	ck_assert_uint_eq(in(r, DIR) & 0x80, 0);
	block_close(fdc_eject(&r->fdc, 0));
	ck_assert_uint_eq(in(r, DIR) & 0x80, 0x80);
	out(r, DOR, 0x2d); /* a 360K drive has no such line */
	ck_assert_uint_eq(in(r, DIR) & 0x80, 0);
	out(r, DOR, 0x0e); /* nor has a missing drive */
	ck_assert_uint_eq(in(r, DIR) & 0x80, 0);
	rig_free(r);
}
END_TEST

START_TEST(insert_refuses_what_is_no_floppy_and_a_drive_in_use)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	struct block_mem *odd = block_mem_new(1000), *second = block_mem_new(2880);
	ck_assert(!fdc_insert(&r->fdc, 0, &odd->b));
	ck_assert(!fdc_insert(&r->fdc, 1, &second->b));
	ck_assert(!fdc_insert(&r->fdc, 2, &second->b));
	insert(r, 0, 2880);
	ck_assert(!fdc_insert(&r->fdc, 0, &second->b));
	ck_assert_ptr_null(fdc_eject(&r->fdc, 1));
	ck_assert_ptr_null(fdc_eject(&r->fdc, -1));
	block_close(&odd->b);
	block_close(&second->b);
	rig_free(r);
}
END_TEST

/* --- robustness ----------------------------------------------------------------- */

START_TEST(no_sequence_of_port_accesses_does_harm)
{
	u32 seed = 12345 + (u32)_i;
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_1200K);
	insert(r, 0, 2880);
	insert(r, 1, 720);
	out(r, DOR, 0x1c);
	for (int i = 0; i < 60000; i++) {
		seed = seed * 1664525 + 1013904223;
		u32 v = seed >> 8, what = v & 15;
		if (what < 10)
			out(r, FIFO, (u8)(v >> 8));
		else if (what < 12)
			in(r, FIFO);
		else if (what == 12)
			out(r, (u16)(0x3f0 + (v >> 4) % 8), (u8)(v >> 8 & (v >> 7 & 1 ? 0xff : 0x3f)));
		else if (what == 13)
			pass(r, v % 3000000);
		else if (what == 14 && (v >> 4) % 16 == 0)
			block_close(fdc_eject(&r->fdc, v >> 10 & 1));
		else if (what == 15 && (v >> 4) % 64 == 0)
			dma(r, v >> 12 & 1, (int)(v >> 13) % 40000);
		if (v % 997 == 0 && !r->fdc.media[0])
			insert(r, 0, v >> 20 & 1 ? 1440 : 2880);
		if (v % 101 == 0)
			out(r, DOR, (u8)(0x3c | (v >> 9 & 1)));
	}
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fdc");
	TCase *t = tcase_create("control");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, after_a_reset_one_interrupt_and_four_polling_states_are_reported);
	tcase_add_test(t, the_reset_of_dsr_clears_itself);
	tcase_add_test(t, the_irq_is_gated_by_dor_bit_3);
	tcase_add_test(t, a_reset_in_the_middle_of_a_command_ends_it);
	tcase_add_test(t, registers_read_back_as_in_at_mode);
	tcase_add_test(t, version_is_90h_and_part_id_is_unknown);
	tcase_add_test(t, a_command_takes_time_and_rqm_is_low_meanwhile);
	tcase_add_test(t, dumpreg_shows_what_the_other_commands_set);
	tcase_add_test(t, lock_keeps_the_fifo_settings_over_a_software_reset);
	tcase_add_test(t, sense_drive_status_shows_the_lines_of_the_drive);
	tcase_add_test(t, a_seek_takes_its_steps_and_ends_with_an_interrupt);
	tcase_add_test(t, recalibrate_goes_to_track_0_in_up_to_79_steps);
	tcase_add_test(t, recalibrate_of_an_absent_drive_is_an_equipment_check);
	tcase_add_test(t, relative_seek_counts_from_where_the_head_is);
	tcase_add_test(t, a_seek_that_ends_during_a_result_phase_is_reported_after_it);
	tcase_add_test(t, the_change_line_stays_until_a_step_with_a_disk);
	tcase_add_test(t, insert_refuses_what_is_no_floppy_and_a_drive_in_use);
	tcase_add_loop_test(t, no_sequence_of_port_accesses_does_harm, 0, 4);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
