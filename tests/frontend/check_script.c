/* check_script.c - scripts on a machine that only remembers: reading, timing, keys, failures. */
#define _GNU_SOURCE
#include <check.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "frontend/keymap.h"
#include "frontend/options.h"
#include "frontend/script.h"
#include "tests/frontend/fake_machine.h"

static struct machine m;
static struct script *s;
static char error[OPTIONS_ERROR], *out, *err;
static size_t out_size, err_size;

static void load(const char *text)
{
	fake_init(&m);
	s = script_parse("t", text, error);
	ck_assert_msg(s != NULL, "%s", error);
	s->out = open_memstream(&out, &out_size);
	s->err = open_memstream(&err, &err_size);
}

static void unload(void)
{
	fclose(s->out);
	fclose(s->err);
	free(out);
	free(err);
	script_free(s);
}

/* Up to n ticks; returns how many it took until the script ended the run, or n + 1. */
static int run(int n)
{
	for (int i = 1; i <= n; i++) {
		m.ns += 10000000;
		bool on = script_tick(s, &m);
		fflush(s->out);
		fflush(s->err);
		if (!on)
			return i;
	}
	return n + 1;
}

static void keys_are(const char *want)
{
	char keys[1024];
	fake_keys(&m, keys, sizeof keys);
	ck_assert_str_eq(keys, want);
}

static void refuses(const char *text, const char *words)
{
	ck_assert_ptr_null(script_parse("t", text, error));
	ck_assert_msg(strstr(error, words), "'%s' is not in '%s'", words, error);
}

START_TEST(comments_and_blank_lines_do_nothing)
{
	load("# first\n\n   \t\r\nquit 7 # now\n");
	ck_assert_int_eq(run(3), 1);
	ck_assert_int_eq(s->status, 7);
	unload();
}
END_TEST

/* USB HID Usage Tables 1.12, section 10: a = 04, i = 0c, 1 = 1e, Enter = 28, Left Shift = e1 */
START_TEST(type_presses_and_releases_one_movement_a_tick)
{
	load("type \"aI!\\n\"\nquit\n");
	ck_assert_int_eq(run(20), 13);
	keys_are("+04 -04 +e1 +0c -0c -e1 +e1 +1e -1e -e1 +28 -28 ");
	for (int i = 1; i < m.nkeys; i++)
		ck_assert_int_eq(m.keys[i].ns - m.keys[i - 1].ns, 10000000);
	unload();
}
END_TEST

START_TEST(characters_beyond_ascii_are_typed_by_number)
{
	load("type \"\xc3\xa4\"\nquit\n"); /* a-umlaut: 132 of CP437; keypad 1 = 59, 3 = 5b, 2 = 5a */
	run(20);
	keys_are("+e2 +59 -59 +5b -5b +5a -5a -e2 ");
	unload();
}
END_TEST

START_TEST(key_presses_in_order_and_releases_in_reverse)
{
	load("key ctrl-alt-del f10\nquit\n");
	run(20);
	keys_are("+e0 +e2 +4c -4c -e2 -e0 +43 -43 ");
	unload();
}
END_TEST

START_TEST(wait_goes_on_when_the_text_appears)
{
	load("wait \"A:\\>\"\nquit 3\n");
	ck_assert_int_eq(run(10), 11);
	fake_print(&m, 24, 0, "A:\\>");
	ck_assert_int_eq(run(1), 1);
	ck_assert_int_eq(s->status, 3);
	unload();
}
END_TEST

START_TEST(a_wait_that_fails_prints_the_screen_and_has_status_2)
{
	load("# a line before\nwait \"B:\\>\" 0.5\nquit 0\n");
	fake_print(&m, 3, 2, "Not ready");
	ck_assert_int_eq(run(100), 51);
	ck_assert_int_eq(s->status, 2);
	ck_assert_ptr_nonnull(strstr(err, "tandem: t:2: \"B:\\\\>\" did not appear within 0.5 s"));
	ck_assert_ptr_nonnull(strstr(err, "  Not ready\n"));
	unload();
}
END_TEST

START_TEST(the_cursor_can_be_part_of_the_text)
{
	load("wait \"A:\\>\\_\"\nquit\n");
	fake_print(&m, 0, 0, "A:\\>ver");
	m.text.cursor_row = 0, m.text.cursor_col = 7;
	ck_assert_int_eq(run(5), 6);
	fake_print(&m, 2, 0, "A:\\>");
	m.text.cursor_row = 2, m.text.cursor_col = 4;
	ck_assert_int_eq(run(5), 1);
	unload();
}
END_TEST

START_TEST(the_cursor_may_stand_behind_the_end_of_a_row)
{
	char text[4096];
	load("quit\n");
	fake_print(&m, 0, 0, "x");
	m.text.cursor_row = 0, m.text.cursor_col = 3;
	script_screen(&m, SCREEN_WITH_CURSOR, text, sizeof text);
	ck_assert_int_eq(strncmp(text, "x  " SCRIPT_CURSOR "\n\n", 8), 0);
	unload();
}
END_TEST

START_TEST(expect_looks_once)
{
	load("expect \"ready\"\n");
	m.is_text = false;
	ck_assert_int_eq(run(5), 1);
	ck_assert_int_eq(s->status, 2);
	ck_assert_ptr_nonnull(strstr(err, "is not on the screen"));
	ck_assert_ptr_nonnull(strstr(err, "shows no text"));
	unload();
}
END_TEST

START_TEST(sleep_lasts_virtual_time)
{
	load("sleep 0.25\nquit\n");
	ck_assert_int_eq(run(100), 26);
	unload();
}
END_TEST

START_TEST(hash_and_regs_go_to_the_output)
{
	load("hash\nregs\nquit\n");
	run(1);
	ck_assert_str_eq(out, "000012345711313c\nEAX=00000000\n"); /* 123456789abc + 989680 (10 ms) */
	unload();
}
END_TEST

START_TEST(the_power_button_is_pressed_once_a_line)
{
	load("powerbutton\nsleep 0.05\npowerbutton\n");
	run(1);
	ck_assert_int_eq(m.power_button, 1);
	run(20);
	ck_assert_int_eq(m.power_button, 2);
	unload();
}
END_TEST

START_TEST(floppies_go_in_and_out)
{
	load("insert fdb \"my disk.img\"\neject fda\ninsert fda missing.img\n");
	ck_assert_int_eq(run(5), 1);
	ck_assert_str_eq(m.inserted, "1:my disk.img");
	ck_assert_int_eq(m.ejected, 'a');
	ck_assert_int_eq(s->status, 2);
	ck_assert_ptr_nonnull(strstr(err, "tandem: t:3: insert: missing.img: not there"));
	unload();
}
END_TEST

START_TEST(discs_go_in_and_out)
{
	load("insert cdrom disc.iso\neject cdrom\n");
	run(5);
	ck_assert_str_eq(m.inserted, "2:disc.iso");
	ck_assert_int_eq(m.ejected, 'a' + MACHINE_CDROM);
	unload();
}
END_TEST

START_TEST(the_mouse_moves_in_steps_that_no_counter_overflows)
{
	load("mouse 300 -200 left-middle 3\nmouse 0 0\nmouse 1 1 none\n");
	for (int i = 0; i < 3; i++)
		script_tick(s, &m);
	ck_assert_int_le(m.mouse_x, 3 * 64);
	ck_assert_uint_eq(m.mouse_buttons, MACHINE_LEFT | MACHINE_MIDDLE);
	run(30);
	ck_assert_int_eq(m.mouse_x, 301);
	ck_assert_int_eq(m.mouse_y, -199);
	ck_assert_int_eq(m.mouse_z, 3);
	ck_assert_uint_eq(m.mouse_buttons, 0);
	unload();
}
END_TEST

START_TEST(a_screenshot_is_a_png_file_or_a_failure)
{
	char dir[] = "/tmp/tandem-script-XXXXXX", text[256], path[128];
	u8 head[24];
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s.png", dir);
	snprintf(text, sizeof text, "screenshot %s\nscreenshot %s/none/s.png\n", path, dir);
	load(text);
	ck_assert_int_eq(run(5), 1);
	ck_assert_int_eq(s->status, 2);
	FILE *f = fopen(path, "rb");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fread(head, 1, 24, f), 24);
	fclose(f);
	ck_assert_int_eq(memcmp(head, "\x89PNG\r\n\x1a\n", 8), 0); /* PNG specification, 5.2 */
	ck_assert_int_eq(head[19], 4); /* IHDR: width, height */
	ck_assert_int_eq(head[23], 2);
	unlink(path);
	rmdir(dir);
	unload();
}
END_TEST

START_TEST(a_script_may_end_and_let_the_guest_run)
{
	load("sleep 0\n");
	ck_assert_int_eq(run(50), 51);
	unload();
}
END_TEST

START_TEST(errors_name_the_file_and_the_line)
{
	refuses("\nfrob\n", "t:2: 'frob' is not a command");
	refuses("wait\n", "t:1: wait: a text in quotes is missing");
	refuses("wait \"a\n", "the closing quote is missing");
	refuses("wait \"a\" soon\n", "must be a number");
	refuses("wait \"\"\n", "the text is empty");
	refuses("wait \"a\" -1\n", "0 to 1000000");
	refuses("wait \"a\" 1 2\n", "after the end");
	refuses("key ctrl-x-frob\n", "is not a key");
	refuses("key ctrl-\n", "is not a key");
	refuses("type \"\xe4\xbd\xa0\"\n", "U+4F60 cannot be typed");
	refuses("insert hda x\n", "must be fda, fdb or cdrom");
	refuses("insert fda\n", "the image is missing");
	refuses("screenshot\n", "the file is missing");
	refuses("mouse 5\n", "the way down must be a number from -10000 to 10000");
	refuses("mouse 5 5 up\n", "the buttons must be none");
	refuses("mouse 5 5 left 1 2\n", "after the end");
	refuses("quit 256\n", "0 to 255");
	refuses("waits \"a\"\n", "is not a command");
}
END_TEST

START_TEST(names_and_characters_have_their_usages)
{
	static const struct {
		const char *name;
		u8 usage;
	} keys[] = {{"a", 0x04}, {"0", 0x27}, {"f1", 0x3a}, {"f12", 0x45}, {"kp_0", 0x62}, {"kp_9", 0x61}, {"kp_enter", 0x58},
	            {"[", 0x2f}, {"spc", 0x2c}, {"pgdn", 0x4e}, {"up", 0x52}, {"altgr", 0xe6}, {"f13", 0}, {"f0", 0}, {"{", 0}, {"A", 0}, {"", 0}};
	static const char plain[] = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ \n\t\b\033";
	bool shift;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		ck_assert_msg(keymap_name(keys[i].name) == keys[i].usage, "%s", keys[i].name);
	for (const char *p = plain; *p; p++) {
		ck_assert_msg(keymap_char((u8)*p, &shift), "%02x", *p);
		ck_assert_msg(!shift, "%02x", *p);
	}
	for (const char *p = "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?"; *p; p++) {
		ck_assert_msg(keymap_char((u8)*p, &shift), "%c", *p);
		ck_assert_msg(shift, "%c", *p);
	}
	ck_assert_int_eq(keymap_char('#', &shift), 0x20);
	ck_assert_int_eq(keymap_char('\\', &shift), 0x31);
	ck_assert_int_eq(keymap_char(0xe4, &shift), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("script");
	TCase *t = tcase_create("script");
	tcase_add_test(t, comments_and_blank_lines_do_nothing);
	tcase_add_test(t, type_presses_and_releases_one_movement_a_tick);
	tcase_add_test(t, characters_beyond_ascii_are_typed_by_number);
	tcase_add_test(t, key_presses_in_order_and_releases_in_reverse);
	tcase_add_test(t, wait_goes_on_when_the_text_appears);
	tcase_add_test(t, a_wait_that_fails_prints_the_screen_and_has_status_2);
	tcase_add_test(t, the_cursor_can_be_part_of_the_text);
	tcase_add_test(t, the_cursor_may_stand_behind_the_end_of_a_row);
	tcase_add_test(t, expect_looks_once);
	tcase_add_test(t, sleep_lasts_virtual_time);
	tcase_add_test(t, hash_and_regs_go_to_the_output);
	tcase_add_test(t, the_power_button_is_pressed_once_a_line);
	tcase_add_test(t, floppies_go_in_and_out);
	tcase_add_test(t, discs_go_in_and_out);
	tcase_add_test(t, the_mouse_moves_in_steps_that_no_counter_overflows);
	tcase_add_test(t, a_screenshot_is_a_png_file_or_a_failure);
	tcase_add_test(t, a_script_may_end_and_let_the_guest_run);
	tcase_add_test(t, errors_name_the_file_and_the_line);
	tcase_add_test(t, names_and_characters_have_their_usages);
	suite_add_tcase(suite, t);
	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
