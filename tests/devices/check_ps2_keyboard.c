/* check_ps2_keyboard.c - the keyboard on its cable: codes of all three sets, commands, repeat.
 *
 * Expected codes: IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101/102-key)",
 * and Microsoft, "Keyboard Scan Code Specification".
 */
#include "devices/ps2_keyboard.h"

#include <stdio.h>
#include <string.h>

#include "devices/i8042.h"
#include "devices/ps2_scancodes.h"
#include "tests/devices/chip_bench.h"

#define MS 1000000ull

enum {
	K_A = 0x04, K_B = 0x05, K_1 = 0x1e, K_ENTER = 0x28, K_ESC = 0x29, K_CAPS = 0x39, K_F7 = 0x40,
	K_PRINT = 0x46, K_PAUSE = 0x48, K_INSERT = 0x49, K_DELETE = 0x4c, K_UP = 0x52, K_KP_SLASH = 0x54,
	K_KP_8 = 0x60, K_EURO2 = 0x64, K_LCTRL = 0xe0, K_LSHIFT, K_LALT, K_LGUI, K_RCTRL, K_RSHIFT, K_RALT,
};

static struct bench b;
static struct ps2_keyboard kb;
static struct ps2_port port;
static struct probe ready;

static void setup(void)
{
	bench_init(&b);
	ps2_keyboard_init(&kb, &b.clock, &b.log);
	kb.ready = probe_line(&ready, &b.clock);
	port = ps2_keyboard_port(&kb);
}

static char text[512];

/* Everything the keyboard has to send, as hexadecimal bytes. */
static const char *sent(void)
{
	text[0] = 0;
	while (port.has_data(port.opaque)) {
		size_t at = strlen(text);
		if (at > sizeof text - 4)
			break;
		snprintf(text + at, sizeof text - at, "%s%02X", at ? " " : "", port.read(port.opaque));
	}
	return text;
}

static const char *tell(u8 byte)
{
	ck_assert(port.write(port.opaque, byte));
	return sent();
}

static void press(u8 usage)
{
	ps2_keyboard_key(&kb, usage, true);
}

static void release(u8 usage)
{
	ps2_keyboard_key(&kb, usage, false);
}

static void use_set(u8 set)
{
	ck_assert_str_eq(tell(0xf0), "FA");
	ck_assert_str_eq(tell(set), "FA");
}

static void expect_key(u8 usage, const char *make, const char *brk)
{
	press(usage);
	ck_assert_str_eq(sent(), make);
	release(usage);
	ck_assert_str_eq(sent(), brk);
}

START_TEST(set_2_is_the_default)
{
	expect_key(K_A, "1C", "F0 1C");
	expect_key(K_F7, "83", "F0 83");
	expect_key(K_ENTER, "5A", "F0 5A");
	expect_key(0x58, "E0 5A", "E0 F0 5A"); /* keypad Enter */
	expect_key(K_RCTRL, "E0 14", "E0 F0 14");
	expect_key(K_LGUI, "E0 1F", "E0 F0 1F");
	expect_key(0x65, "E0 2F", "E0 F0 2F");
	expect_key(K_UP, "E0 75", "E0 F0 75");
	expect_key(K_EURO2, "61", "F0 61");
	expect_key(0x90, "F2", ""); /* Lang 1: make only */
}
END_TEST

START_TEST(set_1_breaks_with_bit_7)
{
	use_set(1);
	expect_key(K_A, "1E", "9E");
	expect_key(K_F7, "41", "C1");
	expect_key(K_RALT, "E0 38", "E0 B8");
	expect_key(K_DELETE, "E0 53", "E0 D3");
	expect_key(K_PAUSE, "E1 1D 45 E1 9D C5", "");
	expect_key(K_PRINT, "E0 2A E0 37", "E0 B7 E0 AA");
}
END_TEST

START_TEST(set_3_has_one_code_a_key_and_breaks_by_type)
{
	use_set(3);
	expect_key(K_A, "1C", "");         /* typematic */
	expect_key(K_LCTRL, "11", "F0 11"); /* make/break */
	expect_key(K_CAPS, "14", "F0 14");
	expect_key(K_RCTRL, "58", "");      /* make only */
	expect_key(K_UP, "63", "");
	expect_key(K_PAUSE, "62", "");
	expect_key(K_PRINT, "57", "");
	expect_key(K_ESC, "08", "");
	expect_key(0x56, "84", "");
}
END_TEST

/* Set 1 of the whole keyboard in the order of the usages 04h..65h; E0 keys with bit 8. */
static const u16 set1_table[] = {
	0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26, 0x32, /* A-M */
	0x31, 0x18, 0x19, 0x10, 0x13, 0x1f, 0x14, 0x16, 0x2f, 0x11, 0x2d, 0x15, 0x2c, /* N-Z */
	0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,                   /* 1-0 */
	0x1c, 0x01, 0x0e, 0x0f, 0x39, 0x0c, 0x0d, 0x1a, 0x1b, 0x2b, 0x2b, 0x27, 0x28, 0x29, 0x33, 0x34, 0x35,
	0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x57, 0x58, /* Caps, F1-F12 */
	0, 0x46, 0, 0x152, 0x147, 0x149, 0x153, 0x14f, 0x151, 0x14d, 0x14b, 0x150, 0x148,
	0x45, 0x135, 0x37, 0x4a, 0x4e, 0x11c, 0x4f, 0x50, 0x51, 0x4b, 0x4c, 0x4d, 0x47, 0x48, 0x49, 0x52, 0x53,
	0x56, 0x15d,
};

START_TEST(every_key_has_its_code_of_the_standard_table)
{
	use_set(1);
	for (size_t i = 0; i < ARRAY_LEN(set1_table); i++) {
		char make[16], brk[16];
		u16 code = set1_table[i];
		if (!code)
			continue;
		snprintf(make, sizeof make, "%s%02X", code & 0x100 ? "E0 " : "", code & 0xff);
		snprintf(brk, sizeof brk, "%s%02X", code & 0x100 ? "E0 " : "", (code & 0xff) | 0x80);
		expect_key((u8)(4 + i), make, brk);
	}
}
END_TEST

START_TEST(set_2_translated_by_the_8042_is_set_1)
{
	for (int i = 0; i < 256; i++)
		if (ps2_keys[i].set2)
			ck_assert_uint_eq(ps2_translate(ps2_keys[i].set2), ps2_keys[i].set1);
}
END_TEST

START_TEST(no_two_keys_share_a_code)
{
	for (int i = 0; i < 256; i++)
		for (int j = i + 1; j < 256; j++) {
			const struct ps2_key *p = &ps2_keys[i], *q = &ps2_keys[j];
			if (!p->set2 || !q->set2 || (i == 0x31 && j == 0x32)) /* Europe 1 replaces backslash */
				continue;
			bool same2 = p->set2 == q->set2 && (p->flags & KEY_E0) == (q->flags & KEY_E0);
			/* Pause's code is Num Lock's; F24 and Lang 5 are known twins outside this table */
			if (!(i == K_PAUSE || j == K_PAUSE))
				ck_assert_msg(!same2, "%02x and %02x", i, j);
			ck_assert_msg(!p->set3 || p->set3 != q->set3, "set 3: %02x and %02x", i, j);
		}
}
END_TEST

START_TEST(pause_sends_make_and_break_together_and_ctrl_makes_it_break)
{
	expect_key(K_PAUSE, "E1 14 77 E1 F0 14 F0 77", "");
	press(K_LCTRL);
	sent();
	expect_key(K_PAUSE, "E0 7E E0 F0 7E", "");
}
END_TEST

START_TEST(print_screen_wears_a_shift_unless_a_modifier_is_down)
{
	expect_key(K_PRINT, "E0 12 E0 7C", "E0 F0 7C E0 F0 12");
	press(K_RSHIFT);
	sent();
	expect_key(K_PRINT, "E0 7C", "E0 F0 7C");
	release(K_RSHIFT);
	press(K_LALT);
	sent();
	expect_key(K_PRINT, "84", "F0 84");
}
END_TEST

START_TEST(grey_keys_hide_shift_and_num_lock)
{
	press(K_LSHIFT);
	sent();
	expect_key(K_INSERT, "E0 F0 12 E0 70", "E0 F0 70 E0 12");
	expect_key(K_KP_SLASH, "E0 F0 12 E0 4A", "E0 F0 4A E0 12");
	press(K_RSHIFT);
	sent();
	expect_key(K_UP, "E0 F0 12 E0 F0 59 E0 75", "E0 F0 75 E0 12 E0 59");
	release(K_LSHIFT);
	release(K_RSHIFT);
	sent();
	tell(0xed), tell(PS2_LED_NUM);
	expect_key(K_UP, "E0 12 E0 75", "E0 F0 75 E0 F0 12");
	expect_key(K_KP_SLASH, "E0 4A", "E0 F0 4A");
	press(K_LSHIFT);
	sent();
	expect_key(K_UP, "E0 75", "E0 F0 75");
	expect_key(K_KP_8, "75", "F0 75");
}
END_TEST

START_TEST(a_repeated_down_and_an_unknown_usage_do_nothing)
{
	press(K_A);
	sent();
	press(K_A);
	ck_assert_str_eq(sent(), "");
	for (int i = 0; i < 256; i++) {
		if (ps2_keys[i].set2)
			continue;
		expect_key((u8)i, "", "");
	}
}
END_TEST

START_TEST(leds_are_set_and_readable)
{
	ck_assert_str_eq(tell(0xed), "FA");
	ck_assert_str_eq(tell(0x05), "FA");
	ck_assert_uint_eq(ps2_keyboard_leds(&kb), PS2_LED_SCROLL | PS2_LED_CAPS);
	tell(0xed);
	ck_assert_str_eq(tell(0xee), "EE"); /* a command instead of the option */
	ck_assert_uint_eq(ps2_keyboard_leds(&kb), 5);
}
END_TEST

START_TEST(echo_id_and_unknown_commands_answer)
{
	ck_assert_str_eq(tell(0xee), "EE");
	ck_assert_str_eq(tell(0xf2), "FA AB 83");
	ck_assert_str_eq(tell(0xef), "FE");
	ck_assert_str_eq(tell(0xf1), "FE");
	ck_assert_str_eq(tell(0x12), "FE");
}
END_TEST

START_TEST(f0_tells_and_selects_the_set)
{
	tell(0xf0);
	ck_assert_str_eq(tell(0), "FA 02");
	use_set(3);
	tell(0xf0);
	ck_assert_str_eq(tell(0), "FA 03");
	tell(0xf0);
	ck_assert_str_eq(tell(4), "FE");
}
END_TEST

START_TEST(resend_repeats_the_last_byte)
{
	press(K_A);
	sent();
	ck_assert_str_eq(tell(0xfe), "1C");
	ck_assert_str_eq(tell(0xee), "EE");
	ck_assert_str_eq(tell(0xfe), "EE");
}
END_TEST

START_TEST(f5_stops_scanning_and_f4_starts_it)
{
	ck_assert_str_eq(tell(0xf5), "FA");
	press(K_A);
	ck_assert_str_eq(sent(), "");
	ck_assert_str_eq(tell(0xf4), "FA");
	release(K_A);
	ck_assert_str_eq(sent(), "F0 1C");
	press(K_A); /* waits in the buffer; F4 clears it */
	ck_assert_str_eq(tell(0xf4), "FA");
	release(K_A);
	ck_assert_str_eq(tell(0xf6), "FA"); /* F6 as well, and goes on scanning */
	press(K_B);
	ck_assert_str_eq(sent(), "32");
}
END_TEST

START_TEST(a_reset_acknowledges_then_passes_the_test)
{
	use_set(3);
	tell(0xed), tell(7);
	ck_assert_str_eq(tell(0xff), "FA");
	press(K_A);
	ck_assert(!port.write(port.opaque, 0xee)); /* deaf while it tests itself */
	bench_run(&b, PS2_KEYBOARD_BAT_NS - 1);
	ck_assert_str_eq(sent(), "");
	bench_run(&b, 1);
	ck_assert_str_eq(sent(), "AA");
	ck_assert_uint_eq(ps2_keyboard_leds(&kb), 0);
	release(K_A);
	ck_assert_str_eq(sent(), "F0 1C");
}
END_TEST

START_TEST(f7_to_fa_set_the_type_of_all_keys_in_set_3)
{
	use_set(3);
	ck_assert_str_eq(tell(0xf8), "FA");
	expect_key(K_A, "1C", "F0 1C");
	ck_assert_str_eq(tell(0xf9), "FA");
	expect_key(K_LCTRL, "11", "");
	ck_assert_str_eq(tell(0xfa), "FA");
	press(K_ESC);
	bench_run(&b, 510 * MS);
	ck_assert_str_eq(sent(), "08"); /* repeats wait for the buffer */
	bench_run(&b, 100 * MS);
	ck_assert_str_eq(sent(), "08");
	release(K_ESC);
	ck_assert_str_eq(sent(), "F0 08");
	ck_assert_str_eq(tell(0xf7), "FA");
	expect_key(K_ESC, "08", "");
	tell(0xf6); /* back to the defaults */
	expect_key(K_LCTRL, "11", "F0 11");
}
END_TEST

START_TEST(fb_to_fd_set_the_type_of_named_keys)
{
	use_set(3);
	ck_assert_str_eq(tell(0xfc), "FA");
	ck_assert_str_eq(tell(0x1c), "FA"); /* A */
	ck_assert_str_eq(tell(0x08), "FA"); /* Esc */
	ck_assert_str_eq(tell(0x02), "FE"); /* no such key */
	ck_assert_str_eq(tell(0xf4), "FA");
	expect_key(K_A, "1C", "F0 1C");
	expect_key(K_ESC, "08", "F0 08");
	expect_key(K_B, "32", "");
	tell(0xfd), tell(0x11);
	tell(0xf4);
	expect_key(K_LCTRL, "11", "");
	use_set(2); /* types do not matter in set 2 */
	expect_key(K_LCTRL, "14", "F0 14");
}
END_TEST

START_TEST(a_held_key_repeats_after_500_ms_at_10_9_a_second)
{
	press(K_UP);
	ck_assert_str_eq(sent(), "E0 75");
	bench_run(&b, 500 * MS - 1);
	ck_assert_str_eq(sent(), "");
	bench_run(&b, 1);
	ck_assert_str_eq(sent(), "E0 75");
	int n = 0;
	for (int i = 0; i < 1000; i++) {
		bench_run(&b, MS);
		n += sent()[0] != 0;
	}
	ck_assert_int_eq(n, 10); /* "Typematic": 2Bh is 500 ms, 10.9 per second */
	press(K_B);
	sent();
	bench_run(&b, 700 * MS);
	ck_assert_str_eq(sent(), "32"); /* the last key pressed */
	release(K_UP);
	sent();
	bench_run(&b, 100 * MS);
	ck_assert_str_eq(sent(), "32");
	release(K_B);
	sent();
	bench_run(&b, 1000 * MS);
	ck_assert_str_eq(sent(), "");
}
END_TEST

START_TEST(f3_sets_rate_and_delay)
{
	ck_assert_str_eq(tell(0xf3), "FA");
	ck_assert_str_eq(tell(0x00), "FA"); /* 250 ms, 30 a second */
	press(K_A);
	sent();
	bench_run(&b, 249 * MS);
	ck_assert_str_eq(sent(), "");
	int n = 0;
	for (int i = 0; i < 1000; i++) {
		bench_run(&b, MS);
		n += sent()[0] != 0;
	}
	ck_assert_int_eq(n, 30);
	tell(0xf3);
	ck_assert_str_eq(tell(0x80), "FE");
	release(K_A);
	tell(0xf3), tell(0x7f); /* 1 s, 2.0 a second */
	press(K_A);
	sent();
	bench_run(&b, 999 * MS);
	ck_assert_str_eq(sent(), "");
	bench_run(&b, 2 * MS);
	ck_assert_str_eq(sent(), "1C");
	bench_run(&b, 499 * MS);
	ck_assert_str_eq(sent(), "1C");
}
END_TEST

START_TEST(the_buffer_holds_16_and_marks_the_overrun)
{
	for (u8 i = 0; i < 20; i++)
		press(K_A + i);
	ck_assert_str_eq(sent(), "1C 32 21 23 24 2B 34 33 43 3B 42 4B 3A 31 44 4D 00");
	tell(0xff);
	bench_run(&b, PS2_KEYBOARD_BAT_NS);
	sent();
	use_set(1);
	for (u8 i = 0; i < 14; i++)
		release(K_A + i);
	press(K_PAUSE); /* six bytes go in together or not at all */
	ck_assert_str_eq(sent(), "9E B0 AE A0 92 A1 A2 A3 97 A4 A5 A6 B2 B1 FF");
}
END_TEST

START_TEST(codes_wait_while_a_command_wants_its_option)
{
	tell(0xed);
	press(K_A);
	ck_assert_str_eq(sent(), "");
	ck_assert(port.write(port.opaque, 0));
	ck_assert_str_eq(sent(), "FA 1C");
}
END_TEST

START_TEST(the_controller_delivers_typed_keys_as_set_1)
{
	struct i8042 kbc;
	struct probe irq1;
	i8042_init(&kbc, &b.bus, &b.clock, &b.log);
	kbc.irq1 = probe_line(&irq1, &b.clock);
	i8042_attach(&kbc, I8042_KEYBOARD, port);
	kb.ready = (struct line){i8042_data_ready, &kbc, I8042_KEYBOARD};
	out8(&b, 0x64, 0x60);
	out8(&b, 0x60, 0x41);
	press(K_A);
	release(K_A);
	bench_run(&b, PS2_BYTE_NS);
	ck_assert_int_eq(irq1.level, 1);
	ck_assert_uint_eq(in8(&b, 0x60), 0x1e);
	bench_run(&b, 2 * PS2_BYTE_NS); /* F0 1C */
	ck_assert_uint_eq(in8(&b, 0x60), 0x9e);
	out8(&b, 0x60, 0xf2);
	bench_run(&b, PS2_BYTE_NS);
	ck_assert_uint_eq(in8(&b, 0x60), 0xfa);
	bench_run(&b, PS2_BYTE_NS);
	ck_assert_uint_eq(in8(&b, 0x60), 0xab);
	bench_run(&b, PS2_BYTE_NS);
	ck_assert_uint_eq(in8(&b, 0x60), 0x41); /* 83h, translated: the well-known AB 41 */
}
END_TEST

START_TEST(a_restored_keyboard_goes_on_repeating)
{
	press(K_A);
	sent();
	struct ps2_keyboard_regs saved = kb.r;
	ps2_keyboard_reset(&kb);
	kb.r = saved;
	ps2_keyboard_restore(&kb);
	bench_run(&b, 500 * MS);
	ck_assert_str_eq(sent(), "1C");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, set_2_is_the_default);
	tcase_add_test(tc, set_1_breaks_with_bit_7);
	tcase_add_test(tc, set_3_has_one_code_a_key_and_breaks_by_type);
	tcase_add_test(tc, every_key_has_its_code_of_the_standard_table);
	tcase_add_test(tc, set_2_translated_by_the_8042_is_set_1);
	tcase_add_test(tc, no_two_keys_share_a_code);
	tcase_add_test(tc, pause_sends_make_and_break_together_and_ctrl_makes_it_break);
	tcase_add_test(tc, print_screen_wears_a_shift_unless_a_modifier_is_down);
	tcase_add_test(tc, grey_keys_hide_shift_and_num_lock);
	tcase_add_test(tc, a_repeated_down_and_an_unknown_usage_do_nothing);
	tcase_add_test(tc, leds_are_set_and_readable);
	tcase_add_test(tc, echo_id_and_unknown_commands_answer);
	tcase_add_test(tc, f0_tells_and_selects_the_set);
	tcase_add_test(tc, resend_repeats_the_last_byte);
	tcase_add_test(tc, f5_stops_scanning_and_f4_starts_it);
	tcase_add_test(tc, a_reset_acknowledges_then_passes_the_test);
	tcase_add_test(tc, f7_to_fa_set_the_type_of_all_keys_in_set_3);
	tcase_add_test(tc, fb_to_fd_set_the_type_of_named_keys);
	tcase_add_test(tc, a_held_key_repeats_after_500_ms_at_10_9_a_second);
	tcase_add_test(tc, f3_sets_rate_and_delay);
	tcase_add_test(tc, the_buffer_holds_16_and_marks_the_overrun);
	tcase_add_test(tc, codes_wait_while_a_command_wants_its_option);
	tcase_add_test(tc, the_controller_delivers_typed_keys_as_set_1);
	tcase_add_test(tc, a_restored_keyboard_goes_on_repeating);
}

int main(void)
{
	return bench_main("ps2 keyboard", add);
}
