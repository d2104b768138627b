/* check_vga_modes.c - each standard graphics mode and mode X, drawn and compared with a model that
 * knows only where the documentation puts a pixel in the processor's address space. */
#include "tests/devices/check_vga_modes.h"

static struct rig *r;

static void setup(void)
{
	r = rig_new();
}

static void teardown(void)
{
	free(r);
}

static void render(int width, int height, int par_num, int par_den)
{
	ck_assert(vga_render(&r->vga, &r->frame));
	ck_assert_int_eq(r->frame.width, width);
	ck_assert_int_eq(r->frame.height, height);
	ck_assert_int_eq(r->frame.par_num, par_num);
	ck_assert_int_eq(r->frame.par_den, par_den);
}

static void fill_window(u8 *shadow, gpa_t first, u32 len)
{
	u32 state = 1;
	for (u32 i = 0; i < len; i++)
		shadow[i] = noise(&state);
	for (u32 i = 0; i < len; i += 4)
		bus_write(&r->bus, first + i, 4, shadow[i] | shadow[i + 1] << 8 | shadow[i + 2] << 16 | (u32)shadow[i + 3] << 24);
}

/* Four planes of 64 KB through the map mask. */
static void fill_planes(u8 shadow[4][0x10000])
{
	u32 state = 2;
	for (int plane = 0; plane < 4; plane++) {
		put_seq(r, 2, (u8)(1 << plane));
		for (u32 i = 0; i < 0x10000; i++) {
			shadow[plane][i] = noise(&state);
			bus_write(&r->bus, 0xa0000 + i, 1, shadow[plane][i]);
		}
	}
	put_seq(r, 2, 0xf);
}

static int plane_pixel(u8 shadow[4][0x10000], u32 address, int x)
{
	int value = 0;
	for (int plane = 0; plane < 4; plane++)
		value |= (shadow[plane][address & 0xffff] >> (7 - (x & 7)) & 1) << plane;
	return value;
}

static void expect(int x, int y, int dac)
{
	if (pixel_at(r, x, y) != dac_pixel(dac))
		ck_abort_msg("pixel %d,%d is %06x, not %06x", x, y, pixel_at(r, x, y), dac_pixel(dac));
}

/* CGA: even lines at 0, odd lines at 2000h, four pixels a byte, the leftmost in bits 7-6. */
START_TEST(mode_4_shows_two_bits_a_pixel_in_two_banks)
{
	static u8 mem[0x4000];
	const struct mode *m = set_mode(r, 4);
	fill_window(mem, 0xb8000, sizeof mem);
	render(320, 200, 5, 6);
	for (int y = 0; y < 200; y++)
		for (int x = 0; x < 320; x++) {
			int value = mem[(y & 1) * 0x2000 + y / 2 * 80 + x / 4] >> (6 - 2 * (x & 3)) & 3;
			expect(x, y, m->attr[value]);
		}
}
END_TEST

START_TEST(mode_6_shows_one_bit_a_pixel_in_two_banks)
{
	static u8 mem[0x4000];
	set_mode(r, 6);
	fill_window(mem, 0xb8000, sizeof mem);
	render(640, 200, 5, 12);
	for (int y = 0; y < 200; y++)
		for (int x = 0; x < 640; x++) {
			int on = mem[(y & 1) * 0x2000 + y / 2 * 80 + x / 8] >> (7 - (x & 7)) & 1;
			expect(x, y, on ? 0x17 : 0);
		}
}
END_TEST

static void check_planar(int number, int width, int height, int par_num, int par_den)
{
	static u8 planes[4][0x10000];
	const struct mode *m = set_mode(r, number);
	fill_planes(planes);
	render(width, height, par_num, par_den);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			expect(x, y, m->attr[plane_pixel(planes, (u32)(y * width / 8 + x / 8), x)]);
}

START_TEST(mode_d_shows_four_planes)
{
	check_planar(0xd, 320, 200, 5, 6);
}
END_TEST

START_TEST(mode_e_shows_four_planes)
{
	check_planar(0xe, 640, 200, 5, 12);
}
END_TEST

START_TEST(mode_10_shows_four_planes)
{
	check_planar(0x10, 640, 350, 35, 48);
}
END_TEST

START_TEST(mode_12_shows_four_planes)
{
	check_planar(0x12, 640, 480, 1, 1);
}
END_TEST

/* Any plane lights a pixel: all but palette entry 0 are white (IBM's table). */
START_TEST(mode_11_is_black_and_white)
{
	check_planar(0x11, 640, 480, 1, 1);
}
END_TEST

/* Mode F: planes 0 and 2 are 00 black, 01 video, 10 blinking video, 11 intensified (IBM). */
START_TEST(mode_f_has_black_video_blinking_and_intensified_pixels)
{
	static u8 planes[4][0x10000];
	static const int shown[2][4] = {{0, 8, 0x18, 0x18}, {0, 8, 0, 0x18}};
	set_mode(r, 0xf);
	fill_planes(planes);
	for (int phase = 0; phase < 2; phase++) {
		render(640, 350, 35, 48);
		for (int y = 0; y < 350; y++)
			for (int x = 0; x < 640; x++) {
				int p = plane_pixel(planes, (u32)(y * 80 + x / 8), x);
				expect(x, y, shown[phase][(p & 1) | (p >> 1 & 2)]);
			}
		rig_run(r, CLOCK_SECOND * 16 / 70);
	}
}
END_TEST

START_TEST(colour_graphics_blink_inverts_bit_3_of_bright_pixels)
{
	static u8 planes[4][0x10000];
	const struct mode *m = set_mode(r, 0xd);
	put_attr(r, 0x10, 0x09);
	fill_planes(planes);
	rig_run(r, CLOCK_SECOND * 16 / 70);
	render(320, 200, 5, 6);
	for (int x = 0; x < 320; x++)
		expect(x, 3, m->attr[plane_pixel(planes, (u32)(3 * 40 + x / 8), x) & 7]);
}
END_TEST

START_TEST(mode_13_is_one_byte_a_pixel)
{
	static u8 mem[0x10000];
	set_mode(r, 0x13);
	fill_window(mem, 0xa0000, sizeof mem);
	render(320, 200, 5, 6);
	for (int y = 0; y < 200; y++)
		for (int x = 0; x < 320; x++)
			expect(x, y, mem[y * 320 + x]);
}
END_TEST

/* The start address counts doublewords there: 80 are one line. */
START_TEST(mode_13_scrolls_by_four_pixels_a_step)
{
	static u8 mem[0x10000];
	set_mode(r, 0x13);
	fill_window(mem, 0xa0000, sizeof mem);
	put_crtc(r, 0x0d, 83);
	rig_run(r, CLOCK_SECOND / 60);
	render(320, 200, 5, 6);
	for (int y = 0; y < 199; y++)
		for (int x = 0; x < 320; x++)
			expect(x, y, mem[(y + 1) * 320 + x + 12]);
}
END_TEST

/* M. Abrash's mode X: mode 13h unchained, byte mode, 480 lines. */
static void set_mode_x(void)
{
	static const u8 crtc[][2] = {
		{0x11, 0x0c}, {0x06, 0x0d}, {0x07, 0x3e}, {0x09, 0x41}, {0x10, 0xea}, {0x11, 0xac},
		{0x12, 0xdf}, {0x14, 0x00}, {0x15, 0xe7}, {0x16, 0x06}, {0x17, 0xe3},
	};
	set_mode(r, 0x13);
	put_seq(r, 4, 0x06);
	outb(r, 0x3c2, 0xe3);
	for (size_t i = 0; i < ARRAY_LEN(crtc); i++)
		put_crtc(r, crtc[i][0], crtc[i][1]);
}

/* Pixel x,y is in plane x mod 4 at y * width/4 + x/4. */
static void check_unchained(int width, int height)
{
	static u8 planes[4][0x10000];
	fill_planes(planes);
	ck_assert(vga_render(&r->vga, &r->frame));
	ck_assert_int_eq(r->frame.width, width);
	ck_assert_int_eq(r->frame.height, height);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			expect(x, y, planes[x & 3][y * width / 4 + x / 4]);
}

START_TEST(mode_x_320_by_240_has_square_pixels)
{
	set_mode_x();
	check_unchained(320, 240);
	ck_assert_int_eq(r->frame.par_num, 1);
	ck_assert_int_eq(r->frame.par_den, 1);
}
END_TEST

START_TEST(mode_x_320_by_400_shows_every_scan_line)
{
	set_mode(r, 0x13);
	put_seq(r, 4, 0x06);
	put_crtc(r, 0x09, 0x40);
	put_crtc(r, 0x14, 0x00);
	put_crtc(r, 0x17, 0xe3);
	check_unchained(320, 400);
}
END_TEST

START_TEST(mode_x_360_by_480_uses_the_28_mhz_clock)
{
	static const u8 crtc[][2] = {
		{0x00, 0x6b}, {0x01, 0x59}, {0x02, 0x5a}, {0x03, 0x8e}, {0x04, 0x5e}, {0x05, 0x8a}, {0x13, 0x2d}, {0x09, 0x40},
	};
	set_mode_x();
	outb(r, 0x3c2, 0xe7);
	put_crtc(r, 0x11, 0x2c);
	for (size_t i = 0; i < ARRAY_LEN(crtc); i++)
		put_crtc(r, crtc[i][0], crtc[i][1]);
	check_unchained(360, 480);
}
END_TEST

/* Chain-4 puts A15-A14 into the plane address's low bits, where doubleword mode reads them. */
START_TEST(unchained_memory_holds_chain_4_pixels_at_every_fourth_address)
{
	set_mode(r, 0x13);
	for (u32 a = 0; a < 0x10000; a += 0x1235)
		bus_write(&r->bus, 0xa0000 + a, 1, 0x5a);
	for (u32 a = 0; a < 0x10000; a += 0x1235)
		ck_assert_int_eq(vga_plane_byte(&r->vga, a & 3, (a & 0xfffc) | a >> 14), 0x5a);
}
END_TEST

START_TEST(panning_shifts_a_planar_screen_to_the_left_by_dots)
{
	static u8 planes[4][0x10000];
	const struct mode *m = set_mode(r, 0xd);
	put_crtc(r, 0x13, 0x15); /* 42 bytes a line: a virtual screen of 336 pixels */
	put_attr(r, 0x13, 5);
	fill_planes(planes);
	render(320, 200, 5, 6);
	for (int y = 0; y < 200; y++)
		for (int x = 0; x < 320; x++)
			expect(x, y, m->attr[plane_pixel(planes, (u32)(y * 42 + (x + 5) / 8), x + 5)]);
}
END_TEST

/* With 8-bit pixels 0, 2, 4 and 6 are zero to three pixels (IBM, PEL panning). */
START_TEST(panning_by_two_is_one_pixel_of_256_colours)
{
	static u8 planes[4][0x10000];
	set_mode_x();
	put_crtc(r, 0x13, 0x29);
	put_attr(r, 0x13, 6);
	fill_planes(planes);
	ck_assert(vga_render(&r->vga, &r->frame));
	for (int x = 0; x < 320; x++)
		expect(x, 7, planes[(x + 3) & 3][7 * 82 + (x + 3) / 4]);
}
END_TEST

START_TEST(byte_panning_starts_up_to_three_bytes_further)
{
	static u8 planes[4][0x10000];
	const struct mode *m = set_mode(r, 0xe);
	put_crtc(r, 0x08, 0x60);
	fill_planes(planes);
	ck_assert(vga_render(&r->vga, &r->frame));
	for (int x = 0; x < 640; x++)
		expect(x, 9, m->attr[plane_pixel(planes, (u32)(9 * 80 + 3 + x / 8), x)]);
}
END_TEST

/* The line after the compare value is the first of address 0. */
static void check_split(bool reset_pan)
{
	static u8 planes[4][0x10000];
	const struct mode *m = set_mode(r, 0x10);
	put_crtc(r, 0x0c, 0x40); /* starts at 4000h */
	put_crtc(r, 0x18, 99);
	put_crtc(r, 0x07, 0x0f); /* line compare bit 8 */
	put_crtc(r, 0x09, 0x00); /* and 9 */
	put_crtc(r, 0x08, 0x20); /* eleven dots in all */
	put_attr(r, 0x13, 3);
	put_attr(r, 0x10, reset_pan ? 0x21 : 0x01);
	fill_planes(planes);
	rig_run(r, CLOCK_SECOND / 60);
	ck_assert(vga_render(&r->vga, &r->frame));
	for (int y = 0; y < 350; y++)
		for (int x = 0; x < 600; x++) {
			int px = x + (y >= 100 && reset_pan ? 0 : 11);
			u32 line = y < 100 ? 0x4000 + (u32)y * 80 : (u32)(y - 100) * 80;
			expect(x, y, m->attr[plane_pixel(planes, line + (u32)px / 8, px)]);
		}
}

START_TEST(split_screen_shows_address_zero_below_the_line_compare)
{
	check_split(false);
}
END_TEST

START_TEST(split_screen_can_stop_the_panning)
{
	check_split(true);
}
END_TEST

/* An odd number of scan lines above the split in a double-scanned mode needs all scan lines. */
START_TEST(split_between_doubled_lines_is_shown_to_the_scan_line)
{
	static u8 mem[0x10000];
	set_mode(r, 0x13);
	fill_window(mem, 0xa0000, sizeof mem);
	put_crtc(r, 0x18, 100); /* 101 scan lines above */
	put_crtc(r, 0x07, 0x0f);
	put_crtc(r, 0x09, 0x01);
	render(320, 400, 5, 3);
	expect(17, 100, mem[50 * 320 + 17]);
	expect(17, 101, mem[17]);
	expect(17, 102, mem[17]);
	expect(17, 103, mem[320 + 17]);
}
END_TEST

START_TEST(vertical_times_two_doubles_the_lines)
{
	set_mode(r, 0x12);
	put_crtc(r, 0x11, 0x0c);
	put_crtc(r, 0x17, 0xe7);
	put_crtc(r, 0x06, 0x04);
	put_crtc(r, 0x07, 0x11);
	put_crtc(r, 0x12, 0xef);
	put_crtc(r, 0x10, 0xf5);
	render(640, 480, 1, 1);
	ck_assert_uint_eq(r->vga.timing.lines, 524);
}
END_TEST

START_TEST(colour_select_replaces_the_upper_palette_bits)
{
	set_mode(r, 0x12);
	bus_write(&r->bus, 0xa0000, 1, 0xff); /* colour 15: palette 3F */
	put_attr(r, 0x14, 0x0c);
	ck_assert(vga_render(&r->vga, &r->frame));
	expect(0, 0, 0xff);
	put_attr(r, 0x10, 0x81);
	put_attr(r, 0x14, 0x06);
	ck_assert(vga_render(&r->vga, &r->frame));
	expect(0, 0, 0x6f);
}
END_TEST

START_TEST(plane_enable_and_dac_mask_select_what_is_seen)
{
	set_mode(r, 0x12);
	bus_write(&r->bus, 0xa0000, 1, 0xff);
	put_attr(r, 0x12, 0x09);
	ck_assert(vga_render(&r->vga, &r->frame));
	expect(0, 0, 0x39);
	outb(r, 0x3c6, 0x0f);
	ck_assert(vga_render(&r->vga, &r->frame));
	expect(0, 0, 0x09);
}
END_TEST

static bool is_on(void)
{
	bool on = vga_render(&r->vga, &r->frame);
	ck_assert_int_eq(on, r->frame.on);
	if (!on)
		ck_assert_uint_eq(pixel_at(r, 0, 0), 0);
	return on;
}

START_TEST(screen_is_dark_after_power_on_and_when_switched_off)
{
	ck_assert(!is_on());
	set_mode(r, 0x12);
	ck_assert(is_on());
	put_seq(r, 1, 0x21);
	ck_assert(!is_on());
	put_seq(r, 1, 0x01);
	ck_assert(is_on());
	inb(r, 0x3da);
	outb(r, 0x3c0, 0x00); /* palette taken from the display */
	ck_assert(!is_on());
	outb(r, 0x3c0, 0x00);
	outb(r, 0x3c0, 0x20);
	ck_assert(is_on());
	put_seq(r, 0, 1);
	ck_assert(!is_on());
}
END_TEST

START_TEST(frame_larger_than_the_callers_is_cut_off)
{
	set_mode(r, 0x12);
	r->frame.max_width = 100;
	r->frame.max_height = 50;
	bus_write(&r->bus, 0xa0000 + 12, 2, 0xffff);
	render(100, 50, 1, 1);
	expect(99, 0, 0x3f);
	ck_assert_uint_eq(pixel_at(r, 100, 0), 0);
}
END_TEST

/* Any register contents: nothing may go wrong on the host. */
START_TEST(arbitrary_registers_do_no_harm)
{
	static const u16 ports[] = {0x3c0, 0x3c2, 0x3c5, 0x3cf, 0x3b5, 0x3d5, 0x3c9, 0x3c6};
	static struct vga_text_info text;
	u32 state = 7;
	put_seq(r, 0, 3);
	for (int i = 0; i < 20000; i++) {
		u16 port = ports[noise(&state) & 7];
		if (port == 0x3c5 || port == 0x3cf || port == 0x3b5 || port == 0x3d5)
			outb(r, port - 1, noise(&state));
		outb(r, port, noise(&state));
		u32 a = (u32)noise(&state) << 9 | noise(&state);
		bus_write(&r->bus, 0xa0000 + a, 1 << (i & 1), noise(&state));
		bus_read(&r->bus, 0xa0000 + a, 4);
		inb(r, 0x3c2);
		rig_run(r, 1000);
		if (i % 200)
			continue;
		put_seq(r, 0, 3);
		put_seq(r, 1, noise(&state) & 0xdf);
		put_crtc(r, 0x17, 0x80 | noise(&state));
		vga_render(&r->vga, &r->frame);
		vga_text_cells(&r->vga, &text);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("modes");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, mode_4_shows_two_bits_a_pixel_in_two_banks);
	tcase_add_test(tc, mode_6_shows_one_bit_a_pixel_in_two_banks);
	tcase_add_test(tc, mode_d_shows_four_planes);
	tcase_add_test(tc, mode_e_shows_four_planes);
	tcase_add_test(tc, mode_10_shows_four_planes);
	tcase_add_test(tc, mode_12_shows_four_planes);
	tcase_add_test(tc, mode_11_is_black_and_white);
	tcase_add_test(tc, mode_f_has_black_video_blinking_and_intensified_pixels);
	tcase_add_test(tc, colour_graphics_blink_inverts_bit_3_of_bright_pixels);
	tcase_add_test(tc, mode_13_is_one_byte_a_pixel);
	tcase_add_test(tc, mode_13_scrolls_by_four_pixels_a_step);
	tcase_add_test(tc, mode_x_320_by_240_has_square_pixels);
	tcase_add_test(tc, mode_x_320_by_400_shows_every_scan_line);
	tcase_add_test(tc, mode_x_360_by_480_uses_the_28_mhz_clock);
	tcase_add_test(tc, unchained_memory_holds_chain_4_pixels_at_every_fourth_address);
	tcase_add_test(tc, panning_shifts_a_planar_screen_to_the_left_by_dots);
	tcase_add_test(tc, panning_by_two_is_one_pixel_of_256_colours);
	tcase_add_test(tc, byte_panning_starts_up_to_three_bytes_further);
	tcase_add_test(tc, split_screen_shows_address_zero_below_the_line_compare);
	tcase_add_test(tc, split_screen_can_stop_the_panning);
	tcase_add_test(tc, split_between_doubled_lines_is_shown_to_the_scan_line);
	tcase_add_test(tc, vertical_times_two_doubles_the_lines);
	tcase_add_test(tc, colour_select_replaces_the_upper_palette_bits);
	tcase_add_test(tc, plane_enable_and_dac_mask_select_what_is_seen);
	tcase_add_test(tc, screen_is_dark_after_power_on_and_when_switched_off);
	tcase_add_test(tc, frame_larger_than_the_callers_is_cut_off);
	tcase_add_test(tc, arbitrary_registers_do_no_harm);
	return run_suite("vga modes", tc);
}
