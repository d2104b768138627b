/* check_vga_regs.c - ports, read-back, DAC, protection, retrace timing, latching, interrupt.
 *
 * Register bits: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems; DAC: Inmos IMS
 * G171 data sheet; frequencies: 31.47 kHz, 70.1 Hz and 59.9 Hz, from the same IBM reference.
 */
#include "tests/devices/check_vga_modes.h"

#include "devices/vga_internal.h"

static struct rig *r;

static void setup(void)
{
	r = rig_new();
}

static void teardown(void)
{
	free(r);
}

START_TEST(registers_keep_their_bits_and_reserved_ones_are_zero)
{
	static const u8 seq[8] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e, 0, 0, 0};
	static const u8 gfx[16] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
	static const u8 attr_upper[5] = {0xef, 0xff, 0x3f, 0x0f, 0x0f};
	outb(r, 0x3c2, 0xff);
	ck_assert_int_eq(inb(r, 0x3cc), 0xef);
	outb(r, 0x3da, 0xff);
	ck_assert_int_eq(inb(r, 0x3ca), 0x0b);
	for (u8 i = 0; i < 8; i++) {
		put_seq(r, i, 0xff);
		ck_assert_int_eq(get(r, 0x3c4, i), seq[i]);
	}
	for (u8 i = 0; i < 16; i++) {
		put_gfx(r, i, 0xff);
		ck_assert_int_eq(get(r, 0x3ce, i), gfx[i]);
	}
	for (u8 i = 0; i < 0x15; i++) {
		inb(r, 0x3da);
		outb(r, 0x3c0, i);
		outb(r, 0x3c0, 0xff);
		ck_assert_int_eq(inb(r, 0x3c1), i < 16 ? 0x3f : attr_upper[i - 16]);
	}
	outb(r, 0x3c4, 0xff);
	ck_assert_int_eq(inb(r, 0x3c4), 7);
	outb(r, 0x3ce, 0xff);
	ck_assert_int_eq(inb(r, 0x3ce), 15);
}
END_TEST

START_TEST(crtc_answers_at_3b4_or_3d4_as_misc_says)
{
	outb(r, 0x3c2, 0x00);
	put(r, 0x3b4, 0x0c, 0x12);
	ck_assert_int_eq(get(r, 0x3b4, 0x0c), 0x12);
	ck_assert_int_eq(inb(r, 0x3d5), 0xff);
	put(r, 0x3d4, 0x0c, 0x34);
	ck_assert_int_eq(get(r, 0x3b4, 0x0c), 0x12);
	outb(r, 0x3c2, 0x01);
	ck_assert_int_eq(get(r, 0x3d4, 0x0c), 0x12);
	ck_assert_int_eq(inb(r, 0x3b5), 0xff);
	ck_assert_int_eq(inb(r, 0x3ba), 0xff);
}
END_TEST

START_TEST(crtc_0_to_7_are_protected_but_for_line_compare_bit_8)
{
	set_mode(r, 3); /* ends with protection on */
	for (u8 i = 0; i < 8; i++)
		put_crtc(r, i, 0x00);
	for (u8 i = 0; i < 7; i++)
		ck_assert_int_eq(get(r, r->crtc, i), mode_table(3)->crtc[i]);
	ck_assert_int_eq(get(r, r->crtc, 7), 0x0f);
	put_crtc(r, 7, 0x10);
	ck_assert_int_eq(get(r, r->crtc, 7), 0x1f);
	put_crtc(r, 0x11, 0x0e);
	put_crtc(r, 0, 0x77);
	ck_assert_int_eq(get(r, r->crtc, 0), 0x77);
}
END_TEST

START_TEST(crtc_10_and_11_are_readable_when_crtc_3_says_so)
{
	set_mode(r, 3);
	ck_assert_int_eq(get(r, r->crtc, 0x10), 0x9c);
	put_crtc(r, 0x11, 0x0e);
	put_crtc(r, 0x03, 0x01);
	ck_assert_int_eq(get(r, r->crtc, 0x10), 0);
	ck_assert_int_eq(get(r, r->crtc, 0x11), 0);
}
END_TEST

START_TEST(attribute_flip_flop_is_reset_by_reading_status_1)
{
	set_mode(r, 3);
	outb(r, 0x3c0, 0x11); /* set_mode leaves it expecting data */
	inb(r, 0x3da);
	outb(r, 0x3c0, 0x11);
	outb(r, 0x3c0, 0x55);
	outb(r, 0x3c0, 0x12);
	outb(r, 0x3c0, 0x07);
	inb(r, 0x3da);
	outb(r, 0x3c0, 0x31);
	ck_assert_int_eq(inb(r, 0x3c0), 0x31);
	ck_assert_int_eq(inb(r, 0x3c1), 0x55);
	inb(r, 0x3da);
	outb(r, 0x3c0, 0x32);
	ck_assert_int_eq(inb(r, 0x3c1), 0x07);
}
END_TEST

START_TEST(palette_cannot_be_written_while_the_display_uses_it)
{
	set_mode(r, 3);
	inb(r, 0x3da);
	outb(r, 0x3c0, 0x23);
	outb(r, 0x3c0, 0x3f);
	ck_assert_int_eq(inb(r, 0x3c1), 0x03);
	outb(r, 0x3c0, 0x31); /* other registers can */
	outb(r, 0x3c0, 0x3f);
	ck_assert_int_eq(inb(r, 0x3c1), 0x3f);
}
END_TEST

START_TEST(dac_writes_three_bytes_and_goes_on)
{
	outb(r, 0x3c8, 0xff);
	for (u8 i = 1; i <= 6; i++)
		outb(r, 0x3c9, i | 0xc0);
	ck_assert_int_eq(inb(r, 0x3c8), 1);
	ck_assert_int_eq(inb(r, 0x3c7), 0);
	outb(r, 0x3c7, 0xff);
	ck_assert_int_eq(inb(r, 0x3c7), 3);
	for (u8 i = 1; i <= 6; i++)
		ck_assert_int_eq(inb(r, 0x3c9), i);
}
END_TEST

START_TEST(dac_address_is_one_further_after_a_read_address)
{
	put_dac(r, 5, 1, 2, 3);
	put_dac(r, 6, 4, 5, 6);
	outb(r, 0x3c7, 5);
	ck_assert_int_eq(inb(r, 0x3c8), 6);
	inb(r, 0x3c9);
	outb(r, 0x3c7, 6); /* starts again with red */
	ck_assert_int_eq(inb(r, 0x3c9), 4);
}
END_TEST

START_TEST(dac_keeps_an_incomplete_colour_to_itself)
{
	put_dac(r, 5, 1, 2, 3);
	outb(r, 0x3c8, 5);
	outb(r, 0x3c9, 9);
	outb(r, 0x3c9, 9);
	outb(r, 0x3c7, 5);
	ck_assert_int_eq(inb(r, 0x3c9), 1);
	outb(r, 0x3c6, 0x3f);
	ck_assert_int_eq(inb(r, 0x3c6), 0x3f);
}
END_TEST

START_TEST(sense_bit_tells_a_bright_colour_from_a_dark_one)
{
	outb(r, 0x3c6, 0xff);
	put_dac(r, 0, 0x04, 0x12, 0x04);
	ck_assert_int_eq(inb(r, 0x3c2) & 0x10, 0x10);
	put_dac(r, 0, 0x04, 0x3f, 0x04);
	ck_assert_int_eq(inb(r, 0x3c2) & 0x10, 0);
}
END_TEST

static void expect_answers(bool yes)
{
	ck_assert_int_eq(inb(r, 0x3cc) == 0xff, !yes);
	ck_assert_int_eq(bus_read(&r->bus, 0xb8000, 1) == 0xff, !yes);
}

START_TEST(enable_ports_switch_everything_off_and_on)
{
	set_mode(r, 3);
	expect_answers(true);
	outb(r, 0x3c3, 0);
	ck_assert_int_eq(inb(r, 0x3c3), 0);
	expect_answers(false);
	outb(r, 0x3c3, 1);
	expect_answers(true);
	outb(r, 0x46e8, 0x06);
	expect_answers(false);
	outb(r, 0x46e8, 0x16); /* setup mode, as an adapter's BIOS starts */
	outb(r, 0x102, 0x00);
	ck_assert_int_eq(inb(r, 0x102), 0);
	outb(r, 0x46e8, 0x0e);
	expect_answers(false);
	ck_assert_int_eq(inb(r, 0x102), 0xff);
	outb(r, 0x46e8, 0x16);
	outb(r, 0x102, 0x01);
	outb(r, 0x46e8, 0x0e);
	expect_answers(true);
}
END_TEST

/* Polls status 1 in steps, as a program would, for the moments when `bit` rises. */
static u64 next_rise(u8 bit, u64 step)
{
	while (inb(r, r->crtc + 6) & bit)
		rig_run(r, step);
	while (!(inb(r, r->crtc + 6) & bit))
		rig_run(r, step);
	return clock_now(&r->clock);
}

static void check_rates(int number, double frame_hz, int display_lines, double line_khz)
{
	set_mode(r, number);
	u64 first = next_rise(8, 100), second = next_rise(8, 100);
	ck_assert_double_eq_tol(1e9 / (double)(second - first), frame_hz, 0.05);

	/* between two retraces bit 0 rises at the end of every displayed line */
	int lines = 0;
	u64 line[2] = {0};
	while (inb(r, r->crtc + 6) & 8)
		rig_run(r, 100);
	for (int old = 1; !(inb(r, r->crtc + 6) & 8); rig_run(r, 100)) {
		int now = inb(r, r->crtc + 6) & 1;
		if (now && !old) {
			line[0] = line[1];
			line[1] = clock_now(&r->clock);
			lines++;
		}
		old = now;
	}
	ck_assert_int_eq(lines, display_lines);
	ck_assert_double_eq_tol(1e6 / (double)(line[1] - line[0]), line_khz, 0.2);
}

START_TEST(text_mode_retraces_at_70_hz)
{
	check_rates(3, 70.09, 400, 31.47);
}
END_TEST

START_TEST(forty_columns_retrace_at_70_hz_too)
{
	check_rates(1, 70.09, 400, 31.47);
}
END_TEST

START_TEST(mode_13_retraces_at_70_hz)
{
	check_rates(0x13, 70.09, 400, 31.47);
}
END_TEST

START_TEST(mode_12_retraces_at_60_hz)
{
	check_rates(0x12, 59.94, 480, 31.47);
}
END_TEST

START_TEST(monochrome_mode_reports_at_3ba)
{
	check_rates(7, 70.09, 400, 31.47);
}
END_TEST

/* Two lines: 9C to 9E (CRTC 10 and 11). */
START_TEST(vertical_retrace_lasts_as_programmed)
{
	set_mode(r, 3);
	u64 start = next_rise(8, 50);
	while (inb(r, 0x3da) & 8)
		rig_run(r, 50);
	ck_assert_double_eq_tol((double)(clock_now(&r->clock) - start), 2 * 900 / 28.322e6 * 1e9, 200);
	put_crtc(r, 0x17, 0x23); /* hardware reset: no retraces */
	for (int i = 0; i < 1000; i++, rig_run(r, 20000))
		ck_assert_int_eq(inb(r, 0x3da) & 8, 0);
}
END_TEST

START_TEST(position_within_the_frame_survives_a_change_of_timing)
{
	set_mode(r, 3);
	rig_run(r, CLOCK_SECOND);
	next_rise(8, 50);
	u64 frames = vga_frame_count(&r->vga);
	put_crtc(r, 0x12, 0x8e);
	put_crtc(r, 0x11, 0x0e);
	put_crtc(r, 0x06, 0xc0);
	ck_assert_int_eq(inb(r, 0x3da) & 8, 8);
	ck_assert(vga_frame_count(&r->vga) == frames);
}
END_TEST

START_TEST(start_address_is_taken_at_vertical_retrace)
{
	static struct vga_text_info t;
	set_mode(r, 3);
	for (u32 i = 0; i < 4000; i++)
		bus_write(&r->bus, 0xb8000 + 2 * i, 2, i & 0xff);
	next_rise(8, 1000);
	rig_run(r, 2000000); /* into the next frame */
	put_crtc(r, 0x0d, 0x07);
	put_crtc(r, 0x0c, 0x01);
	vga_text_cells(&r->vga, &t);
	ck_assert_int_eq(t.cells[0], 0);
	put_crtc(r, 0x0d, 0x09); /* the last one before the retrace counts */
	next_rise(8, 100);
	put_crtc(r, 0x0d, 0x0b); /* too late */
	vga_text_cells(&r->vga, &t);
	ck_assert_int_eq(t.cells[0], 0x09);
	ck_assert_int_eq(t.cells[1], 0x0a);
	next_rise(8, 100);
	vga_text_cells(&r->vga, &t);
	ck_assert_int_eq(t.cells[0], 0x0b);
}
END_TEST

START_TEST(looking_does_not_change_the_registers)
{
	static struct vga_regs before;
	static struct vga_text_info t;
	set_mode(r, 3);
	put_crtc(r, 0x0d, 0x07);
	put_crtc(r, 0x11, 0x9e);
	for (int i = 0; i < 10; i++) {
		rig_run(r, 5000000);
		memcpy(&before, &r->vga.r, sizeof before);
		vga_render(&r->vga, &r->frame);
		vga_text_cells(&r->vga, &t);
		vga_picture_id(&r->vga);
		ck_assert_mem_eq(&before, &r->vga.r, sizeof before);
	}
}
END_TEST

/* CRTC 11: bit 4 = 0 clears the latch, bit 5 = 1 keeps it from the line. */
START_TEST(vertical_interrupt_is_latched_until_cleared)
{
	set_mode(r, 3);
	rig_run(r, CLOCK_SECOND / 10);
	ck_assert_int_eq(r->irq_rises, 0);
	put_crtc(r, 0x11, 0x9e);
	next_rise(8, 1000);
	ck_assert_int_eq(r->irq_level, 1);
	ck_assert_int_eq(inb(r, 0x3c2) & 0x80, 0x80);
	rig_run(r, CLOCK_SECOND / 10);
	ck_assert_int_eq(r->irq_rises, 1);
	put_crtc(r, 0x11, 0x8e);
	ck_assert_int_eq(r->irq_level, 0);
	ck_assert_int_eq(inb(r, 0x3c2) & 0x80, 0);
	put_crtc(r, 0x11, 0x9e);
	rig_run(r, CLOCK_SECOND / 60);
	ck_assert_int_eq(r->irq_rises, 2);
}
END_TEST

START_TEST(vertical_interrupt_can_be_polled_without_the_line)
{
	set_mode(r, 3);
	put_crtc(r, 0x11, 0xbe);
	rig_run(r, CLOCK_SECOND / 60);
	ck_assert_int_eq(r->irq_rises, 0);
	ck_assert_int_eq(inb(r, 0x3c2) & 0x80, 0x80);
	put_crtc(r, 0x11, 0x9e); /* still pending: the line rises */
	ck_assert_int_eq(r->irq_level, 1);
}
END_TEST

START_TEST(restored_registers_carry_on_where_they_were)
{
	set_mode(r, 0x13);
	for (u32 a = 0; a < 0x10000; a += 4)
		bus_write(&r->bus, 0xa0000 + a, 4, a * 2654435761u);
	put_crtc(r, 0x11, 0x9e);
	rig_run(r, 3000000);
	struct rig *copy = rig_new();
	copy->crtc = r->crtc;
	copy->vga.r = r->vga.r;
	memcpy(copy->vram, r->vram, VGA_MEM_SIZE);
	copy->clock.base_ns = clock_now(&r->clock);
	vga_restore(&copy->vga);
	for (int i = 0; i < 3; i++) {
		rig_run(r, 7000000);
		rig_run(copy, 7000000);
		ck_assert_int_eq(r->irq_level, copy->irq_level);
		ck_assert_mem_eq(&r->vga.r, &copy->vga.r, sizeof r->vga.r);
	}
	ck_assert(vga_render(&r->vga, &r->frame) && vga_render(&copy->vga, &copy->frame));
	ck_assert_mem_eq(r->pixels, copy->pixels, sizeof r->pixels);
	ck_assert_ptr_nonnull(vga_direct(&copy->vga, 0xa0000));
	free(copy);
}
END_TEST

START_TEST(reset_clears_the_registers_and_drops_the_interrupt)
{
	set_mode(r, 3);
	put_crtc(r, 0x11, 0x1e);
	rig_run(r, CLOCK_SECOND / 60);
	ck_assert_int_eq(r->irq_level, 1);
	bus_write(&r->bus, 0xb8000, 1, 0x41);
	vga_reset(&r->vga);
	ck_assert_int_eq(r->irq_level, 0);
	ck_assert_int_eq(inb(r, 0x3cc), 0);
	ck_assert_int_eq(get(r, 0x3b4, 0x11), 0);
	ck_assert_int_eq(vga_plane_byte(&r->vga, 0, 0), 0x41);
	ck_assert(!vga_render(&r->vga, &r->frame));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("registers");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, registers_keep_their_bits_and_reserved_ones_are_zero);
	tcase_add_test(tc, crtc_answers_at_3b4_or_3d4_as_misc_says);
	tcase_add_test(tc, crtc_0_to_7_are_protected_but_for_line_compare_bit_8);
	tcase_add_test(tc, crtc_10_and_11_are_readable_when_crtc_3_says_so);
	tcase_add_test(tc, attribute_flip_flop_is_reset_by_reading_status_1);
	tcase_add_test(tc, palette_cannot_be_written_while_the_display_uses_it);
	tcase_add_test(tc, dac_writes_three_bytes_and_goes_on);
	tcase_add_test(tc, dac_address_is_one_further_after_a_read_address);
	tcase_add_test(tc, dac_keeps_an_incomplete_colour_to_itself);
	tcase_add_test(tc, sense_bit_tells_a_bright_colour_from_a_dark_one);
	tcase_add_test(tc, enable_ports_switch_everything_off_and_on);
	tcase_add_test(tc, text_mode_retraces_at_70_hz);
	tcase_add_test(tc, forty_columns_retrace_at_70_hz_too);
	tcase_add_test(tc, mode_13_retraces_at_70_hz);
	tcase_add_test(tc, mode_12_retraces_at_60_hz);
	tcase_add_test(tc, monochrome_mode_reports_at_3ba);
	tcase_add_test(tc, vertical_retrace_lasts_as_programmed);
	tcase_add_test(tc, position_within_the_frame_survives_a_change_of_timing);
	tcase_add_test(tc, start_address_is_taken_at_vertical_retrace);
	tcase_add_test(tc, looking_does_not_change_the_registers);
	tcase_add_test(tc, vertical_interrupt_is_latched_until_cleared);
	tcase_add_test(tc, vertical_interrupt_can_be_polled_without_the_line);
	tcase_add_test(tc, restored_registers_carry_on_where_they_were);
	tcase_add_test(tc, reset_clears_the_registers_and_drops_the_interrupt);
	return run_suite("vga registers", tc);
}
