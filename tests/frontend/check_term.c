/* check_term.c - the terminal display's two halves: keys from bytes, bytes from a screen; and fitting pictures. */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "frontend/fit.h"
#include "frontend/term_keys.h"
#include "frontend/term_screen.h"
#include "tests/frontend/fake_machine.h"

static struct term_keys keys;
static char got[512];

static void on_key(void *opaque, const struct term_key *k)
{
	size_t n = strlen(got);
	(void)opaque;
	if (!k->n)
		n += (size_t)snprintf(got + n, sizeof got - n, "u%x", (unsigned)k->ch);
	for (int i = 0; i < k->n; i++)
		n += (size_t)snprintf(got + n, sizeof got - n, "%s%02x", i ? "-" : "", k->usages[i]);
	snprintf(got + n, sizeof got - n, " ");
}

static const char *decode(const char *bytes, size_t n)
{
	keys = (struct term_keys){.key = on_key};
	got[0] = '\0';
	for (size_t i = 0; i < n; i++)
		term_keys_feed(&keys, (u8)bytes[i]);
	return got;
}

#define DECODE(text) decode(text, sizeof(text) - 1)

/* Usages: USB HID Usage Tables 1.12, section 10. Sequences: "XTerm Control Sequences", console_codes(4). */
START_TEST(letters_and_control_characters_are_keys)
{
	ck_assert_str_eq(DECODE("a"), "04 ");
	ck_assert_str_eq(DECODE("A!"), "e1-04 e1-1e ");
	ck_assert_str_eq(DECODE("\r\t\x7f\b"), "28 2b 2a 2a ");
	ck_assert_str_eq(DECODE("\x03\x1a"), "e0-06 e0-1d ");
	ck_assert_str_eq(decode("\0", 1), "e0-1f ");
	ck_assert_str_eq(DECODE("\x1c\x1d\x1e\x1f"), "e0-31 e0-30 e0-23 e0-2d ");
}
END_TEST

START_TEST(function_and_cursor_keys_of_xterm_and_linux)
{
	ck_assert_str_eq(DECODE("\033[A\033[B\033[C\033[D\033OH\033[F"), "52 51 4f 50 4a 4d ");
	ck_assert_str_eq(DECODE("\033OP\033OQ\033OR\033OS"), "3a 3b 3c 3d ");
	ck_assert_str_eq(DECODE("\033[[A\033[[E"), "3a 3e ");
	ck_assert_str_eq(DECODE("\033[15~\033[17~\033[21~\033[23~\033[24~"), "3e 3f 43 44 45 ");
	ck_assert_str_eq(DECODE("\033[2~\033[3~\033[5~\033[6~\033[1~\033[4~"), "49 4c 4b 4e 4a 4d ");
	ck_assert_str_eq(DECODE("\033[Z"), "e1-2b ");
}
END_TEST

START_TEST(modifiers_come_as_a_parameter)
{
	ck_assert_str_eq(DECODE("\033[1;5A"), "e0-52 ");
	ck_assert_str_eq(DECODE("\033[1;2P"), "e1-3a ");
	ck_assert_str_eq(DECODE("\033[3;3~"), "e2-4c ");
	ck_assert_str_eq(DECODE("\033[1;8D"), "e0-e2-e1-50 ");
}
END_TEST

START_TEST(escape_before_a_key_is_alt_and_alone_is_escape)
{
	ck_assert_str_eq(DECODE("\033x"), "e2-1b ");
	ck_assert_str_eq(DECODE("\033X"), "e2-e1-1b ");
	ck_assert_str_eq(DECODE("\033"), "");
	term_keys_timeout(&keys);
	ck_assert_str_eq(got, "29 ");
	DECODE("\033[");
	term_keys_timeout(&keys);
	ck_assert_str_eq(got, "e2-2f ");
	DECODE("\033\033");
	term_keys_timeout(&keys);
	ck_assert_str_eq(got, "29 29 ");
}
END_TEST

START_TEST(other_characters_are_passed_on_as_themselves)
{
	ck_assert_str_eq(DECODE("\xc3\xa4\xe2\x94\x80z"), "ue4 u2500 1d ");
}
END_TEST

START_TEST(nonsense_is_swallowed)
{
	ck_assert_str_eq(DECODE("\033[<35;10;10M\033[?1;2c\033[999~\033[1;2;3;4;5Aa\xff\xc3z"), "e1-52 04 ");
	char flood[200];
	memset(flood, '1', sizeof flood);
	memcpy(flood, "\033[", 2);
	decode(flood, sizeof flood);
	ck_assert_int_lt(keys.n, TERM_KEYS_PENDING);
}
END_TEST

/* ---- the screen ----------------------------------------------------------------------------------------------- */

static struct machine m;
static struct term_screen screen;

static const char *update(void)
{
	term_screen_update(&screen);
	screen.out[screen.out_len] = '\0';
	return screen.out;
}

static void show(int rows, int cols)
{
	fake_init(&m);
	memset(&screen, 0, sizeof screen);
	screen.utf8 = true;
	ck_assert(term_screen_resize(&screen, rows, cols));
	term_screen_clear(&screen);
	term_screen_guest(&screen, &m.text);
	update();
}

START_TEST(only_changes_are_sent)
{
	show(25, 80);
	ck_assert_str_eq(update(), "\033[?25l");
	fake_print(&m, 2, 4, "ab");
	m.text.cells[2 * 80 + 5] = 0x1e84; /* yellow on blue: 93, 44 */
	term_screen_guest(&screen, &m.text);
	ck_assert_str_eq(update(), "\033[?25l\033[3;5H\033[0;37;40ma\033[0;93;44m\xc3\xa4\033[?25l");
	ck_assert_str_eq(update(), "\033[?25l");
	term_screen_free(&screen);
}
END_TEST

START_TEST(the_cursor_is_shown_where_it_is)
{
	show(25, 80);
	m.text.cursor_row = 24, m.text.cursor_col = 79, m.text.cursor_visible = true;
	term_screen_guest(&screen, &m.text);
	ck_assert_str_eq(update(), "\033[25;80H\033[?25h");
	term_screen_free(&screen);
}
END_TEST

START_TEST(a_small_terminal_shows_the_part_with_the_cursor)
{
	show(10, 40);
	fake_print(&m, 24, 0, "prompt");
	m.text.cursor_row = 24, m.text.cursor_col = 6, m.text.cursor_visible = true;
	term_screen_clear(&screen);
	ck_assert_int_eq(term_screen_guest(&screen, &m.text), 10);
	ck_assert_str_eq(update(), "\033[?25l\033[10;1H\033[0;37;40mprompt\033[?25h");
	term_screen_free(&screen);
}
END_TEST

START_TEST(a_terminal_without_utf8_gets_ascii)
{
	show(25, 80);
	screen.utf8 = false;
	m.text.cells[0] = 0x07c4, m.text.cells[1] = 0x0784, m.text.cells[2] = 0x07db;
	term_screen_guest(&screen, &m.text);
	ck_assert_str_eq(update(), "\033[?25l\033[1;1H\033[0;37;40m-?#\033[?25l");
	term_screen_free(&screen);
}
END_TEST

/* ---- the window's picture --------------------------------------------------------------------------------------- */

static void fits(int w, int h, int num, int den, int ww, int wh, enum fit_mode mode, struct fit_rect want)
{
	struct frame f = {.width = w, .height = h, .par_num = num, .par_den = den};
	struct fit_rect r = fit_picture(&f, ww, wh, mode);
	ck_assert_msg(r.x == want.x && r.y == want.y && r.w == want.w && r.h == want.h, "%dx%d in %dx%d: %d,%d %dx%d", w, h, ww, wh,
	              r.x, r.y, r.w, r.h);
}

START_TEST(vga_pictures_are_4_to_3_in_any_window)
{
	fits(720, 400, 20, 27, 960, 720, FIT_ASPECT, (struct fit_rect){0, 0, 960, 720});
	fits(320, 200, 5, 6, 1000, 300, FIT_ASPECT, (struct fit_rect){300, 0, 400, 300});
	fits(640, 480, 1, 1, 300, 1000, FIT_ASPECT, (struct fit_rect){0, 387, 300, 225});
}
END_TEST

START_TEST(integer_scaling_makes_all_pixels_equal)
{
	fits(320, 200, 5, 6, 1000, 700, FIT_INTEGER, (struct fit_rect){20, 50, 960, 600});
	fits(720, 400, 20, 27, 960, 720, FIT_INTEGER, (struct fit_rect){120, 160, 720, 400});
	fits(720, 400, 20, 27, 400, 300, FIT_INTEGER, (struct fit_rect){0, 0, 400, 300}); /* too small: as in FIT_ASPECT */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("term");
	TCase *t = tcase_create("term");
	tcase_add_test(t, letters_and_control_characters_are_keys);
	tcase_add_test(t, function_and_cursor_keys_of_xterm_and_linux);
	tcase_add_test(t, modifiers_come_as_a_parameter);
	tcase_add_test(t, escape_before_a_key_is_alt_and_alone_is_escape);
	tcase_add_test(t, other_characters_are_passed_on_as_themselves);
	tcase_add_test(t, nonsense_is_swallowed);
	tcase_add_test(t, only_changes_are_sent);
	tcase_add_test(t, the_cursor_is_shown_where_it_is);
	tcase_add_test(t, a_small_terminal_shows_the_part_with_the_cursor);
	tcase_add_test(t, a_terminal_without_utf8_gets_ascii);
	tcase_add_test(t, vga_pictures_are_4_to_3_in_any_window);
	tcase_add_test(t, integer_scaling_makes_all_pixels_equal);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
