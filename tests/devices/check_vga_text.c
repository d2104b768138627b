/* check_vga_text.c - the text modes, drawn with a font loaded the way a BIOS does and compared with
 * a model that knows characters, attributes, fonts and the cursor, but no plane. */
#include "tests/devices/check_vga_modes.h"

static struct rig *r;
static u8 font[8][256][32]; /* by the number that sequencer 3 takes */
static u8 screen[32768];
static struct vga_text_info info;

static void setup(void)
{
	r = rig_new();
}

static void teardown(void)
{
	free(r);
}

static void begin_font_access(void)
{
	put_seq(r, 2, 0x04);
	put_seq(r, 4, 0x06);
	put_gfx(r, 5, 0x00);
	put_gfx(r, 6, 0x04);
}

static void end_font_access(const struct mode *m)
{
	put_seq(r, 2, m->seq[1]);
	put_seq(r, 4, m->seq[3]);
	put_gfx(r, 5, m->gfx[5]);
	put_gfx(r, 6, m->gfx[6]);
}

/* IBM, character map select: where in plane 2 the eight fonts lie, in KB. */
static const u32 font_kb[8] = {0, 16, 32, 48, 8, 24, 40, 56};

static void load_fonts(const struct mode *m)
{
	u32 state = 3;
	begin_font_access();
	for (int n = 0; n < 8; n++)
		for (int ch = 0; ch < 256; ch++)
			for (int row = 0; row < 32; row++) {
				font[n][ch][row] = noise(&state);
				bus_write(&r->bus, 0xa0000 + font_kb[n] * 1024 + (u32)(ch * 32 + row), 1, font[n][ch][row]);
			}
	end_font_access(m);
}

static gpa_t base(void)
{
	return r->crtc == 0x3b4 ? 0xb0000 : 0xb8000;
}

/* Through all access sizes. */
static void fill_screen(void)
{
	u32 state = 4;
	for (u32 i = 0; i < sizeof screen; i++)
		screen[i] = noise(&state);
	for (u32 i = 0; i < sizeof screen; i += 8) {
		const u8 *s = screen + i;
		bus_write(&r->bus, base() + i, 1, s[0]);
		bus_write(&r->bus, base() + i + 1, 1, s[1]);
		bus_write(&r->bus, base() + i + 2, 2, s[2] | (u32)s[3] << 8);
		bus_write(&r->bus, base() + i + 4, 4, s[4] | s[5] << 8 | s[6] << 16 | (u32)s[7] << 24);
	}
}

static const struct mode *set_text(int number)
{
	const struct mode *m = set_mode(r, number);
	load_fonts(m);
	fill_screen();
	put_crtc(r, 0x0a, 0x20);
	return m;
}

struct model {
	int cols, width, height; /* of the screen in characters, of a character in dots and lines */
	int font0, font1;        /* for attribute bit 3 = 0 and 1 */
	bool blink, hidden, line_graphics;
	int underline;           /* row, -1: none */
	int cursor, cursor_first, cursor_last;
};

/* The attribute (0-15) of a dot. */
static int model_dot(const struct model *t, int x, int y)
{
	int cell = y / t->height * t->cols + x / t->width, row = y % t->height, dot = x % t->width;
	int ch = screen[2 * cell], attr = screen[2 * cell + 1];
	int fg = attr & 15, bg = t->blink ? attr >> 4 & 7 : attr >> 4;
	const u8 *glyph = font[attr & 8 ? t->font1 : t->font0][ch];
	if (cell == t->cursor && row >= t->cursor_first && row <= t->cursor_last)
		return fg;
	if (row == t->underline && (attr & 0x07) == 1 && (attr & 0x70) == 0)
		return fg;
	if (t->blink && attr >= 0x80 && t->hidden)
		return bg;
	if (dot == 8)
		return t->line_graphics && ch >= 0xc0 && ch <= 0xdf && glyph[row] % 2 ? fg : bg;
	return glyph[row] >> (7 - dot) & 1 ? fg : bg;
}

static void check_screen(const struct mode *m, const struct model *t, int height)
{
	ck_assert(vga_render(&r->vga, &r->frame));
	ck_assert_int_eq(r->frame.width, t->cols * t->width);
	ck_assert_int_eq(r->frame.height, height);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < t->cols * t->width; x++)
			if (pixel_at(r, x, y) != dac_pixel(m->attr[model_dot(t, x, y)]))
				ck_abort_msg("pixel %d,%d is %06x, not attribute %d", x, y, pixel_at(r, x, y), model_dot(t, x, y));
}

static struct model standard_model(int cols)
{
	return (struct model){.cols = cols, .width = 9, .height = 16, .blink = true, .line_graphics = true,
			      .underline = -1, .cursor = -1};
}

START_TEST(mode_3_shows_80_columns_of_9_by_16)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	check_screen(m, &t, 400);
	ck_assert_int_eq(r->frame.par_num, 20);
	ck_assert_int_eq(r->frame.par_den, 27);
}
END_TEST

START_TEST(mode_1_shows_40_columns_of_9_by_16)
{
	const struct mode *m = set_text(1);
	struct model t = standard_model(40);
	check_screen(m, &t, 400);
}
END_TEST

/* Mode 7: underline on row 13, attributes 01 and 09 with or without blinking. */
START_TEST(mode_7_underlines_foreground_1_on_background_0)
{
	const struct mode *m = set_text(7);
	struct model t = standard_model(80);
	t.underline = 13;
	check_screen(m, &t, 400);
}
END_TEST

START_TEST(eight_dot_characters_have_no_ninth)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	put_seq(r, 1, 0x01);
	t.width = 8;
	check_screen(m, &t, 400);
}
END_TEST

START_TEST(ninth_dot_is_background_without_line_graphics)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	put_attr(r, 0x10, 0x08);
	t.line_graphics = false;
	check_screen(m, &t, 400);
}
END_TEST

START_TEST(attribute_bit_7_is_background_intensity_without_blinking)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	put_attr(r, 0x10, 0x04);
	t.blink = false;
	check_screen(m, &t, 400);
}
END_TEST

START_TEST(blinking_characters_vanish_for_16_frames_of_32)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	u64 frame = CLOCK_SECOND * 900 * 449 / 28322000;
	for (int f = 0; f < 64; f += 8) {
		t.hidden = f & 16;
		rig_run_to(r, (u64)f * frame + frame / 2);
		check_screen(m, &t, 400);
	}
}
END_TEST

START_TEST(attribute_bit_3_chooses_between_two_fonts)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	for (int a = 0; a < 8; a++) {
		t.font1 = a;
		t.font0 = 7 - a;
		put_seq(r, 3, (u8)((t.font0 & 3) | (t.font0 & 4) << 2 | (t.font1 & 3) << 2 | (t.font1 & 4) << 3));
		check_screen(m, &t, 400);
	}
}
END_TEST

START_TEST(font_height_sets_the_number_of_rows)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	put_crtc(r, 0x09, 0x47);
	t.height = 8;
	check_screen(m, &t, 400);
	ck_assert(vga_text_cells(&r->vga, &info));
	ck_assert_int_eq(info.rows, 50);
	put_crtc(r, 0x09, 0x5f);
	t.height = 32;
	t.underline = 31; /* within reach now, even in a colour mode */
	check_screen(m, &t, 400);
}
END_TEST

START_TEST(double_scanned_text_is_drawn_once)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	put_crtc(r, 0x09, 0xc7);
	t.height = 8;
	check_screen(m, &t, 200);
	ck_assert(vga_text_cells(&r->vga, &info));
	ck_assert_int_eq(info.rows, 25);
}
END_TEST

static void set_cursor(int cell, u8 first, u8 last)
{
	put_crtc(r, 0x0a, first);
	put_crtc(r, 0x0b, last);
	put_crtc(r, 0x0e, (u8)(cell >> 8));
	put_crtc(r, 0x0f, (u8)cell);
}

START_TEST(cursor_covers_its_rows_with_the_foreground)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	t.cursor = 12 * 80 + 79;
	t.cursor_first = 13;
	t.cursor_last = 14;
	set_cursor(t.cursor, 13, 14);
	check_screen(m, &t, 400);
	set_cursor(t.cursor, 0, 31);
	t.cursor_first = 0;
	t.cursor_last = 15;
	check_screen(m, &t, 400);
}
END_TEST

START_TEST(cursor_blinks_8_frames_on_and_8_off)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	u64 frame = CLOCK_SECOND * 900 * 449 / 28322000;
	set_cursor(81, 2, 5);
	t.cursor_first = 2;
	t.cursor_last = 5;
	for (int f = 0; f < 32; f += 4) {
		t.cursor = f & 8 ? -1 : 81;
		t.hidden = f & 16;
		rig_run_to(r, (u64)f * frame + frame / 2);
		check_screen(m, &t, 400);
	}
}
END_TEST

START_TEST(cursor_is_absent_when_off_or_its_start_is_below_its_end)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	set_cursor(5, 0x2d, 0x0e);
	check_screen(m, &t, 400);
	set_cursor(5, 0x0e, 0x0d);
	check_screen(m, &t, 400);
	ck_assert(vga_text_cells(&r->vga, &info));
	ck_assert(!info.cursor_visible);
}
END_TEST

START_TEST(cursor_skew_moves_it_to_the_right_and_off_the_line)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	t.cursor = 85;
	t.cursor_last = 3;
	set_cursor(83, 0, 0x43);
	check_screen(m, &t, 400);
	t.cursor = -1;
	for (int row = 0; row < 24; row += 6) {
		set_cursor(80 * row + 79, 0, 0x23);
		check_screen(m, &t, 400);
	}
}
END_TEST

/* With nine dots 8 means none and 0 one dot (IBM, horizontal PEL panning). */
START_TEST(panning_of_nine_dot_text_counts_from_8)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	for (int pan = 0; pan < 9; pan++) {
		int dots = pan == 8 ? 0 : pan + 1;
		put_attr(r, 0x13, (u8)pan);
		ck_assert(vga_render(&r->vga, &r->frame));
		for (int y = 0; y < 400; y++)
			for (int x = 0; x < 710; x++)
				ck_assert_uint_eq(pixel_at(r, x, y), dac_pixel(m->attr[model_dot(&t, x + dots, y)]));
	}
}
END_TEST

START_TEST(preset_row_scan_scrolls_smoothly)
{
	const struct mode *m = set_text(3);
	struct model t = standard_model(80);
	put_crtc(r, 0x08, 5);
	ck_assert(vga_render(&r->vga, &r->frame));
	for (int y = 0; y < 395; y++)
		for (int x = 0; x < 720; x += 7)
			ck_assert_uint_eq(pixel_at(r, x, y), dac_pixel(m->attr[model_dot(&t, x, y + 5)]));
	ck_assert(vga_text_cells(&r->vga, &info));
	ck_assert_int_eq(info.rows, 26);
}
END_TEST

START_TEST(text_cells_follow_start_address_and_cursor)
{
	set_text(3);
	put_crtc(r, 0x0c, 0x01);
	put_crtc(r, 0x0d, 0x40); /* 4 rows of 80 */
	rig_run(r, CLOCK_SECOND / 50);
	set_cursor(320 + 80 * 7 + 9, 13, 14);
	ck_assert(vga_text_cells(&r->vga, &info));
	ck_assert_int_eq(info.cols, 80);
	ck_assert_int_eq(info.rows, 25);
	for (int i = 0; i < 2000; i++)
		ck_assert_int_eq(info.cells[i], screen[640 + 2 * i] | screen[641 + 2 * i] << 8);
	ck_assert_int_eq(info.cursor_row, 7);
	ck_assert_int_eq(info.cursor_col, 9);
	ck_assert(info.cursor_visible);
}
END_TEST

START_TEST(text_cells_follow_a_split_screen)
{
	set_text(3);
	put_crtc(r, 0x0d, 0x50);
	put_crtc(r, 0x18, 159); /* ten rows, then address 0 */
	put_crtc(r, 0x11, 0x0e);
	put_crtc(r, 0x07, 0x0f);
	put_crtc(r, 0x09, 0x0f);
	rig_run(r, CLOCK_SECOND / 50);
	ck_assert(vga_text_cells(&r->vga, &info));
	ck_assert_int_eq(info.rows, 25);
	ck_assert_int_eq(info.cells[0], screen[160] | screen[161] << 8);
	ck_assert_int_eq(info.cells[800], screen[0] | screen[1] << 8);
}
END_TEST

START_TEST(text_screen_is_utf8_without_trailing_spaces)
{
	static const char line[] = "C:\\>\x81 \xdb";
	static char out[8192];
	set_mode(r, 3);
	for (u32 i = 0; i < 2000; i++)
		bus_write(&r->bus, 0xb8000 + 2 * i, 2, 0x0720);
	for (u32 i = 0; line[i]; i++)
		bus_write(&r->bus, 0xb8000 + 160 + 2 * i, 1, (u8)line[i]);
	int len = vga_text_screen(&r->vga, out, sizeof out);
	ck_assert_int_eq(len, (int)strlen(out));
	ck_assert_int_eq(strncmp(out, "\nC:\\>\xc3\xbc \xe2\x96\x88\n\n", 13), 0);
	ck_assert_int_eq(len, 10 + 25);
	len = vga_text_screen(&r->vga, out, 8);
	ck_assert_int_eq(len, 1);
	ck_assert_str_eq(out, "\n");
	set_mode(r, 0x12);
	ck_assert_int_eq(vga_text_screen(&r->vga, out, sizeof out), -1);
}
END_TEST

START_TEST(picture_id_changes_with_the_picture_only)
{
	u64 frame = CLOCK_SECOND * 900 * 449 / 28322000;
	set_text(3);
	rig_run_to(r, frame + frame / 2);
	u64 id = vga_picture_id(&r->vga);
	vga_render(&r->vga, &r->frame);
	rig_run(r, 4 * frame);
	ck_assert(vga_picture_id(&r->vga) == id);
	rig_run(r, 4 * frame);
	ck_assert(vga_picture_id(&r->vga) != id);
	rig_run(r, 24 * frame);
	ck_assert(vga_picture_id(&r->vga) == id);
	bus_write(&r->bus, 0xb8000, 1, 1);
	ck_assert(vga_picture_id(&r->vga) != id);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("text");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, mode_3_shows_80_columns_of_9_by_16);
	tcase_add_test(tc, mode_1_shows_40_columns_of_9_by_16);
	tcase_add_test(tc, mode_7_underlines_foreground_1_on_background_0);
	tcase_add_test(tc, eight_dot_characters_have_no_ninth);
	tcase_add_test(tc, ninth_dot_is_background_without_line_graphics);
	tcase_add_test(tc, attribute_bit_7_is_background_intensity_without_blinking);
	tcase_add_test(tc, blinking_characters_vanish_for_16_frames_of_32);
	tcase_add_test(tc, attribute_bit_3_chooses_between_two_fonts);
	tcase_add_test(tc, font_height_sets_the_number_of_rows);
	tcase_add_test(tc, double_scanned_text_is_drawn_once);
	tcase_add_test(tc, cursor_covers_its_rows_with_the_foreground);
	tcase_add_test(tc, cursor_blinks_8_frames_on_and_8_off);
	tcase_add_test(tc, cursor_is_absent_when_off_or_its_start_is_below_its_end);
	tcase_add_test(tc, cursor_skew_moves_it_to_the_right_and_off_the_line);
	tcase_add_test(tc, panning_of_nine_dot_text_counts_from_8);
	tcase_add_test(tc, preset_row_scan_scrolls_smoothly);
	tcase_add_test(tc, text_cells_follow_start_address_and_cursor);
	tcase_add_test(tc, text_cells_follow_a_split_screen);
	tcase_add_test(tc, text_screen_is_utf8_without_trailing_spaces);
	tcase_add_test(tc, picture_id_changes_with_the_picture_only);
	return run_suite("vga text", tc);
}
