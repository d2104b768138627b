/* check_ps2_mouse.c - the mouse on its cable: packets, modes, commands, IDs; and behind the 8042.
 *
 * Expected values: IBM PS/2 Hardware Interface Technical Reference, "Mouse"; Synaptics TouchPad Interfacing Guide,
 * chapter 3; Microsoft, "Enhanced PS/2 input devices".
 */
#include "devices/ps2_mouse.h"

#include <stdio.h>
#include <string.h>

#include "devices/i8042.h"
#include "tests/devices/chip_bench.h"

#define MS 1000000ull

static struct bench b;
static struct ps2_mouse mo;
static struct ps2_port port;
static struct probe ready;

static void setup(void)
{
	bench_init(&b);
	ps2_mouse_init(&mo, &b.clock, &b.log);
	mo.ready = probe_line(&ready, &b.clock);
	port = ps2_mouse_port(&mo);
}

static char text[256];

static const char *sent(void)
{
	text[0] = 0;
	for (size_t at = 0; port.has_data(port.opaque) && at < sizeof text - 4; at = strlen(text))
		snprintf(text + at, sizeof text - at, "%s%02X", at ? " " : "", port.read(port.opaque));
	return text;
}

static const char *tell(u8 byte)
{
	ck_assert(port.write(port.opaque, byte));
	return sent();
}

static const char *tell2(u8 byte, u8 value)
{
	ck_assert_str_eq(tell(byte), "FA");
	return tell(value);
}

/* What comes within a tenth of a second, taken as it comes. */
static const char *streamed(void)
{
	static char all[512];
	all[0] = 0;
	for (int i = 0; i < 100; i++) {
		bench_run(&b, MS);
		const char *more = sent();
		size_t at = strlen(all);
		if (*more)
			snprintf(all + at, sizeof all - at, "%s%s", at ? " | " : "", more);
	}
	return all;
}

static void move(int dx, int dy)
{
	ps2_mouse_move(&mo, dx, dy, 0, mo.r.buttons);
}

static void buttons(u8 b_)
{
	ps2_mouse_move(&mo, 0, 0, 0, b_);
}

START_TEST(it_says_nothing_until_enabled)
{
	move(3, 4);
	buttons(PS2_LEFT);
	ck_assert_str_eq(streamed(), "");
	buttons(0);
	ck_assert_str_eq(tell(0xf4), "FA");
	ck_assert_str_eq(streamed(), ""); /* a command clears the counters */
	move(3, 4);
	ck_assert_str_eq(streamed(), "08 03 04");
	ck_assert_int_gt(ready.rises, 0);
}
END_TEST

START_TEST(packets_have_sign_buttons_and_overflow)
{
	tell(0xf4);
	move(-1, -2);
	ck_assert_str_eq(streamed(), "38 FF FE");
	move(255, -255);
	ck_assert_str_eq(streamed(), "28 FF 01");
	move(256, -300);
	ck_assert_str_eq(streamed(), "E8 FF 01");
	move(0, -1);
	ck_assert_str_eq(streamed(), "28 00 FF");
	buttons(PS2_LEFT);
	ck_assert_str_eq(streamed(), "09 00 00");
	buttons(PS2_RIGHT | PS2_MIDDLE);
	ck_assert_str_eq(streamed(), "0E 00 00");
	buttons(PS2_RIGHT | PS2_MIDDLE | PS2_BUTTON_4); /* it has none */
	ck_assert_str_eq(streamed(), "");
	buttons(0);
	ck_assert_str_eq(streamed(), "08 00 00");
}
END_TEST

START_TEST(movements_between_two_samples_are_one_packet)
{
	ck_assert_str_eq(tell2(0xf3, 10), "FA");
	tell(0xf4);
	bench_run(&b, 100 * MS);
	move(1, 0);
	bench_run(&b, 2 * MS);
	ck_assert_str_eq(sent(), "08 01 00");
	for (int i = 0; i < 9; i++) {
		move(1, 1);
		bench_run(&b, 10 * MS);
	}
	ck_assert_str_eq(sent(), "");
	bench_run(&b, 15 * MS);
	ck_assert_str_eq(sent(), "08 09 09");
}
END_TEST

START_TEST(a_packet_that_nobody_takes_holds_up_the_next)
{
	tell(0xf4);
	move(1, 0);
	bench_run(&b, 50 * MS);
	move(2, 0);
	bench_run(&b, 50 * MS);
	move(200, 0);
	bench_run(&b, 50 * MS);
	move(200, 0);
	ck_assert_str_eq(streamed(), "08 01 00 | 48 FF 00");
}
END_TEST

START_TEST(a_click_shorter_than_a_sample_is_two_packets)
{
	tell(0xf4);
	bench_run(&b, 100 * MS);
	move(1, 0);
	bench_run(&b, MS);
	ck_assert_str_eq(sent(), "08 01 00");
	buttons(PS2_LEFT);
	buttons(0);
	ck_assert_str_eq(streamed(), "09 00 00 | 08 00 00");
	buttons(PS2_LEFT);
	buttons(PS2_LEFT | PS2_RIGHT);
	buttons(PS2_LEFT);
	ck_assert_str_eq(streamed(), "09 00 00");
}
END_TEST

START_TEST(remote_mode_answers_when_read)
{
	ck_assert_str_eq(tell(0xf0), "FA");
	tell(0xf4);
	move(5, 6);
	ck_assert_str_eq(streamed(), "");
	ck_assert_str_eq(tell(0xeb), "FA 08 05 06");
	ck_assert_str_eq(tell(0xeb), "FA 08 00 00");
	ck_assert_str_eq(tell(0xe9), "FA 60 02 64");
	ck_assert_str_eq(tell(0xea), "FA");
	move(1, 1);
	ck_assert_str_eq(streamed(), "08 01 01");
}
END_TEST

START_TEST(wrap_mode_echoes_all_but_its_end_and_reset)
{
	ck_assert_str_eq(tell(0xee), "FA");
	ck_assert_str_eq(tell(0xf4), "F4");
	ck_assert_str_eq(tell(0x12), "12");
	ck_assert_str_eq(tell(0xfe), "FE");
	ck_assert_str_eq(tell(0xec), "FA");
	ck_assert_str_eq(tell(0xf2), "FA 00");
	tell(0xee);
	ck_assert_str_eq(tell(0xff), "FA");
	bench_run(&b, 500 * MS);
	ck_assert_str_eq(sent(), "AA 00");
	ck_assert_str_eq(tell(0xf2), "FA 00");
}
END_TEST

START_TEST(reset_restores_the_defaults_after_its_test)
{
	tell(0xf4);
	tell(0xe7);
	tell2(0xe8, 3);
	tell2(0xf3, 200);
	ck_assert_str_eq(tell(0xe9), "FA 30 03 C8");
	ck_assert_str_eq(tell(0xff), "FA");
	ck_assert(!port.write(port.opaque, 0xf4)); /* deaf while it tests itself */
	bench_run(&b, 299 * MS);
	ck_assert_str_eq(sent(), "");
	bench_run(&b, 201 * MS);
	ck_assert_str_eq(sent(), "AA 00");
	ck_assert_str_eq(tell(0xe9), "FA 00 02 64");
	tell(0xf4);
	tell(0xe7);
	ck_assert_str_eq(tell(0xf6), "FA");
	ck_assert_str_eq(tell(0xe9), "FA 00 02 64");
}
END_TEST

START_TEST(status_shows_the_buttons_in_its_own_order)
{
	buttons(PS2_LEFT);
	ck_assert_str_eq(tell(0xe9), "FA 04 02 64");
	buttons(PS2_RIGHT);
	ck_assert_str_eq(tell(0xe9), "FA 01 02 64");
	buttons(PS2_MIDDLE);
	ck_assert_str_eq(tell(0xe9), "FA 02 02 64");
}
END_TEST

START_TEST(scaling_2_to_1_bends_what_is_streamed_only)
{
	static const int in[] = {1, 2, 3, 4, 5, 6, 7, 100, -3, -6}, out[] = {1, 1, 3, 6, 9, 12, 14, 200, -3, -12};
	char want[16];
	tell(0xf4);
	tell(0xe7);
	for (size_t i = 0; i < ARRAY_LEN(in); i++) {
		move(in[i], 0);
		snprintf(want, sizeof want, "%02X %02X 00", in[i] < 0 ? 0x18 : 0x08, out[i] & 0xff);
		ck_assert_str_eq(streamed(), want);
	}
	move(200, 0);
	ck_assert_str_eq(streamed(), "48 FF 00");
	tell(0xf0);
	move(5, 0);
	ck_assert_str_eq(tell(0xeb), "FA 08 05 00");
}
END_TEST

START_TEST(resolution_scales_and_keeps_the_rest)
{
	tell(0xf0);
	tell2(0xe8, 0);
	move(5, -5);
	ck_assert_str_eq(tell(0xeb), "FA 28 01 FF");
	move(3, -3);
	ck_assert_str_eq(tell(0xeb), "FA 28 01 FF");
	tell2(0xe8, 3);
	move(5, 0);
	ck_assert_str_eq(tell(0xeb), "FA 08 0A 00");
}
END_TEST

START_TEST(bad_bytes_are_asked_for_again_then_an_error)
{
	ck_assert_str_eq(tell(0x10), "FE");
	ck_assert_str_eq(tell(0xed), "FC");
	ck_assert_str_eq(tell(0xe8), "FA");
	ck_assert_str_eq(tell(4), "FE");
	ck_assert_str_eq(tell(1), "FA"); /* the argument again, right this time */
	ck_assert_str_eq(tell(0xf3), "FA");
	ck_assert_str_eq(tell(50), "FE");
	ck_assert_str_eq(tell(50), "FC");
	ck_assert_str_eq(tell(0xe9), "FA 00 01 64");
	ck_assert_str_eq(tell(0xf3), "FA");
	ck_assert_str_eq(tell(0xe9), "FA 00 01 64"); /* another command instead of the argument */
	ck_assert_str_eq(tell(60), "FE");
}
END_TEST

START_TEST(resend_repeats_the_last_packet)
{
	ck_assert_str_eq(tell(0xe9), "FA 00 02 64");
	ck_assert_str_eq(tell(0xfe), "00 02 64");
	ck_assert_str_eq(tell(0xf4), "FA");
	ck_assert_str_eq(tell(0xfe), "FA");
	move(7, 0);
	ck_assert_str_eq(streamed(), "08 07 00");
	ck_assert_str_eq(tell(0xfe), "08 07 00");
	ck_assert_str_eq(streamed(), "");
}
END_TEST

START_TEST(three_rates_turn_the_wheel_on)
{
	ps2_mouse_move(&mo, 0, 0, 1, 0);
	tell2(0xf3, 200), tell2(0xf3, 100), tell2(0xf3, 80);
	ck_assert_str_eq(tell(0xf2), "FA 03");
	tell(0xf4);
	ps2_mouse_move(&mo, 1, 2, -1, PS2_LEFT);
	ck_assert_str_eq(streamed(), "09 01 02 FF");
	ps2_mouse_move(&mo, 0, 0, 20, PS2_LEFT);
	ck_assert_str_eq(streamed(), "09 00 00 07");
	tell(0xf0);
	ck_assert_str_eq(tell(0xeb), "FA 09 00 00 00");
	tell(0xff);
	bench_run(&b, 500 * MS);
	ck_assert_str_eq(sent(), "AA 00");
	ck_assert_str_eq(tell(0xf2), "FA 00");
}
END_TEST

START_TEST(three_other_rates_bring_five_buttons)
{
	tell2(0xf3, 200), tell2(0xf3, 100), tell2(0xf3, 80);
	tell2(0xf3, 200), tell2(0xf3, 200), tell2(0xf3, 80);
	ck_assert_str_eq(tell(0xf2), "FA 04");
	tell(0xf4);
	ps2_mouse_move(&mo, 0, 0, -2, PS2_BUTTON_4);
	ck_assert_str_eq(streamed(), "08 00 00 1E");
	ps2_mouse_move(&mo, 0, 0, 3, PS2_BUTTON_5);
	ck_assert_str_eq(streamed(), "08 00 00 23");
	tell2(0xf3, 100), tell2(0xf3, 200), tell2(0xf3, 80);
	ck_assert_str_eq(tell(0xf2), "FA 04");
}
END_TEST

START_TEST(behind_the_8042_it_raises_irq_12)
{
	struct i8042 k;
	struct probe irq12;
	char got[32] = "";
	i8042_init(&k, &b.bus, &b.clock, &b.log);
	k.irq12 = probe_line(&irq12, &b.clock);
	i8042_attach(&k, I8042_MOUSE, port);
	mo.ready = (struct line){.set = i8042_data_ready, .opaque = &k, .n = I8042_MOUSE};
	out8(&b, 0x64, 0x60), out8(&b, 0x60, 0x02);
	out8(&b, 0x64, 0xd4), out8(&b, 0x60, 0xf4);
	bench_run(&b, 20 * MS);
	ck_assert_uint_eq(in8(&b, 0x64) & 0x21, 0x21);
	ck_assert_uint_eq(in8(&b, 0x60), 0xfa);
	move(1, -1);
	for (int i = 0; i < 3; i++) {
		bench_run(&b, 20 * MS);
		ck_assert_int_eq(irq12.level, 1);
		snprintf(got + strlen(got), 4, "%02X ", in8(&b, 0x60));
	}
	ck_assert_str_eq(got, "28 01 FF ");
	ck_assert_int_eq(irq12.rises, 4);
}
END_TEST

START_TEST(restored_it_carries_on)
{
	tell(0xf4);
	move(3, 3);
	static struct ps2_mouse copy;
	ps2_mouse_init(&copy, &b.clock, &b.log);
	copy.r = mo.r;
	mo.r.enabled = 0;
	ps2_mouse_restore(&copy);
	port = ps2_mouse_port(&copy);
	ck_assert_str_eq(streamed(), "08 03 03");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, it_says_nothing_until_enabled);
	tcase_add_test(tc, packets_have_sign_buttons_and_overflow);
	tcase_add_test(tc, movements_between_two_samples_are_one_packet);
	tcase_add_test(tc, a_packet_that_nobody_takes_holds_up_the_next);
	tcase_add_test(tc, a_click_shorter_than_a_sample_is_two_packets);
	tcase_add_test(tc, remote_mode_answers_when_read);
	tcase_add_test(tc, wrap_mode_echoes_all_but_its_end_and_reset);
	tcase_add_test(tc, reset_restores_the_defaults_after_its_test);
	tcase_add_test(tc, status_shows_the_buttons_in_its_own_order);
	tcase_add_test(tc, scaling_2_to_1_bends_what_is_streamed_only);
	tcase_add_test(tc, resolution_scales_and_keeps_the_rest);
	tcase_add_test(tc, bad_bytes_are_asked_for_again_then_an_error);
	tcase_add_test(tc, resend_repeats_the_last_packet);
	tcase_add_test(tc, three_rates_turn_the_wheel_on);
	tcase_add_test(tc, three_other_rates_bring_five_buttons);
	tcase_add_test(tc, behind_the_8042_it_raises_irq_12);
	tcase_add_test(tc, restored_it_carries_on);
}

int main(void)
{
	return bench_main("PS/2 mouse", add);
}
