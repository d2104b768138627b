/* check_vga_mem.c - windows, addressing, latches, write modes 0-3 and read modes 0-1.
 *
 * The general test compares with a bit-by-bit model of the graphics controller's description in the
 * IBM PS/2 Hardware Interface Technical Reference, for arbitrary registers.
 */
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

static u32 rd(u32 a, int size)
{
	return bus_read(&r->bus, a, size);
}

static void wr(u32 a, int size, u32 value)
{
	bus_write(&r->bus, a, size, value);
}

static void expect_planes(u32 address, int p0, int p1, int p2, int p3)
{
	ck_assert_int_eq(vga_plane_byte(&r->vga, 0, address), p0);
	ck_assert_int_eq(vga_plane_byte(&r->vga, 1, address), p1);
	ck_assert_int_eq(vga_plane_byte(&r->vga, 2, address), p2);
	ck_assert_int_eq(vga_plane_byte(&r->vga, 3, address), p3);
}

START_TEST(windows_are_selected_by_graphics_6)
{
	static const u32 first[4] = {0xa0000, 0xa0000, 0xb0000, 0xb8000}, len[4] = {0x20000, 0x10000, 0x8000, 0x8000};
	set_mode(r, 0x12);
	for (u8 n = 0; n < 4; n++) {
		put_gfx(r, 6, (u8)(1 | n << 2));
		for (u32 a = 0xa0000; a < 0xc0000; a += 0x1000) {
			bool inside = a - first[n] < len[n];
			wr(a + 5, 1, 0x42);
			ck_assert_int_eq(rd(a + 5, 1), inside ? 0x42 : 0xff);
		}
		wr(first[n] + len[n] - 2, 4, 0x01020304);
		ck_assert_uint_eq(rd(first[n] + len[n] - 2, 4), 0xffff0304);
	}
}
END_TEST

START_TEST(memory_answers_only_when_misc_enables_it)
{
	set_mode(r, 0x12);
	wr(0xa0000, 1, 0x11);
	outb(r, 0x3c2, 0xe1);
	ck_assert_int_eq(rd(0xa0000, 1), 0xff);
	wr(0xa0000, 1, 0x22);
	outb(r, 0x3c2, 0xe3);
	ck_assert_int_eq(rd(0xa0000, 1), 0x11);
}
END_TEST

START_TEST(text_writes_characters_to_plane_0_and_attributes_to_plane_1)
{
	set_mode(r, 3);
	wr(0xb8000, 4, 0x44332211);
	wr(0xb8005, 4, 0x88776655); /* odd address */
	expect_planes(0, 0x11, 0x22, 0, 0);
	expect_planes(2, 0x33, 0x44, 0, 0);
	expect_planes(4, 0x00, 0x55, 0, 0);
	expect_planes(6, 0x66, 0x77, 0, 0);
	expect_planes(8, 0x88, 0x00, 0, 0);
	expect_planes(1, 0, 0, 0, 0);
	ck_assert_uint_eq(rd(0xb8000, 4), 0x44332211);
	ck_assert_uint_eq(rd(0xb8005, 4), 0x88776655);
}
END_TEST

/* Misc bit 5 chooses the even or the odd plane addresses. */
START_TEST(page_bit_replaces_address_bit_0_of_odd_even_accesses)
{
	set_mode(r, 3);
	outb(r, 0x3c2, 0x47);
	wr(0xb8000, 2, 0xbbaa);
	expect_planes(0, 0, 0, 0, 0);
	expect_planes(1, 0xaa, 0xbb, 0, 0);
	put_gfx(r, 6, 0x02); /* 128 KB: A16 takes its place */
	wr(0xa0010, 2, 0xddcc);
	wr(0xb0010, 2, 0xffee);
	expect_planes(0x10, 0xcc, 0xdd, 0, 0);
	expect_planes(0x11, 0xee, 0xff, 0, 0);
	ck_assert_uint_eq(rd(0xa0010, 2), 0xddcc);
	ck_assert_uint_eq(rd(0xb0010, 2), 0xffee);
}
END_TEST

START_TEST(chain_4_takes_the_plane_from_the_low_address_bits)
{
	set_mode(r, 0x13);
	wr(0xa0000, 4, 0x44332211);
	expect_planes(0, 0x11, 0x22, 0x33, 0x44);
	wr(0xa3ffe, 4, 0x88776655); /* across 16 KB */
	expect_planes(0x3ffc, 0, 0, 0x55, 0x66);
	expect_planes(0x4001, 0x77, 0x88, 0, 0);
	ck_assert_uint_eq(rd(0xa3ffe, 4), 0x88776655);
	put_seq(r, 2, 0x5);
	wr(0xa0000, 4, 0xddccbbaa);
	expect_planes(0, 0xaa, 0x22, 0xcc, 0x44);
}
END_TEST

START_TEST(chain_4_pages_can_be_mapped_directly)
{
	set_mode(r, 0x12);
	ck_assert_ptr_null(vga_direct(&r->vga, 0xa0000));
	int changes = r->map_changes;
	set_mode(r, 0x13);
	ck_assert_int_gt(r->map_changes, changes);
	for (u32 page = 0xa0000; page < 0xb0000; page += 0x1000) {
		u8 *p = vga_direct(&r->vga, page + 0x123);
		ck_assert_ptr_nonnull(p);
		for (u32 i = 0; i < 0x1000; i += 0xfff) {
			wr(page + i, 1, page >> 12 ^ i);
			ck_assert_int_eq(p[i], (u8)(page >> 12 ^ i));
		}
	}
	ck_assert_ptr_null(vga_direct(&r->vga, 0xb0000));
	ck_assert_ptr_null(vga_direct(&r->vga, 0x9f000));
	changes = r->map_changes;
	put_seq(r, 2, 0x7);
	ck_assert_int_eq(r->map_changes, changes + 1);
	ck_assert_ptr_null(vga_direct(&r->vga, 0xa0000));
}
END_TEST

static void fill_latches(u32 planes)
{
	put_gfx(r, 5, 0);
	put_gfx(r, 8, 0xff);
	for (int p = 0; p < 4; p++) {
		put_seq(r, 2, (u8)(1 << p));
		wr(0xa0100, 1, planes >> 8 * p & 0xff);
	}
	put_seq(r, 2, 0xf);
	rd(0xa0100, 1);
}

START_TEST(write_mode_0_rotates_and_masks)
{
	set_mode(r, 0x12);
	fill_latches(0xff00ff00);
	put_gfx(r, 3, 0x03);
	put_gfx(r, 8, 0xf0);
	wr(0xa0000, 1, 0x0f); /* rotated right by three: E1 */
	expect_planes(0, 0xe0, 0xef, 0xe0, 0xef);
}
END_TEST

START_TEST(write_mode_0_sets_planes_by_set_reset)
{
	set_mode(r, 0x12);
	put_gfx(r, 0, 0x02);
	put_gfx(r, 1, 0x03);
	wr(0xa0000, 1, 0x3c);
	expect_planes(0, 0x00, 0xff, 0x3c, 0x3c);
}
END_TEST

START_TEST(functions_combine_with_the_latches)
{
	set_mode(r, 0x12);
	for (int f = 0; f < 4; f++) {
		static const u8 expected[4] = {0x3c, 0x0c, 0x3f, 0x33}; /* 3C with 0F */
		put_gfx(r, 3, 0);
		fill_latches(0x0f0f0f0f);
		put_gfx(r, 3, (u8)(f << 3));
		wr(0xa0000, 1, 0x3c);
		expect_planes(0, expected[f], expected[f], expected[f], expected[f]);
	}
}
END_TEST

START_TEST(write_mode_1_copies_the_latches)
{
	set_mode(r, 0x12);
	fill_latches(0x44332211);
	put_gfx(r, 5, 1);
	put_gfx(r, 8, 0x00);
	put_seq(r, 2, 0xb);
	wr(0xa0000, 2, 0xffff);
	expect_planes(0, 0x11, 0x22, 0x00, 0x44);
	expect_planes(1, 0x11, 0x22, 0x00, 0x44);
}
END_TEST

START_TEST(write_mode_2_writes_a_colour)
{
	set_mode(r, 0x12);
	fill_latches(0x55555555);
	put_gfx(r, 5, 2);
	put_gfx(r, 8, 0x0f);
	wr(0xa0000, 1, 0xa);
	expect_planes(0, 0x50, 0x5f, 0x50, 0x5f);
}
END_TEST

START_TEST(write_mode_3_uses_the_data_as_a_mask)
{
	set_mode(r, 0x12);
	fill_latches(0x55555555);
	put_gfx(r, 0, 0x5);
	put_gfx(r, 5, 3);
	put_gfx(r, 3, 4);
	put_gfx(r, 8, 0xfc);
	wr(0xa0000, 1, 0xf0); /* rotated 0F, masked 0C */
	expect_planes(0, 0x5d, 0x51, 0x5d, 0x51);
}
END_TEST

START_TEST(read_mode_1_compares_colours)
{
	set_mode(r, 0x12);
	for (int x = 0; x < 8; x++) { /* colours 0 to 7 from the left */
		put_gfx(r, 8, (u8)(0x80 >> x));
		rd(0xa0000, 1);
		put_gfx(r, 5, 2);
		wr(0xa0000, 1, (u32)x);
		put_gfx(r, 5, 0);
	}
	put_gfx(r, 5, 8);
	put_gfx(r, 2, 5);
	ck_assert_int_eq(rd(0xa0000, 1), 0x04);
	put_gfx(r, 7, 0xe); /* plane 0 does not matter */
	ck_assert_int_eq(rd(0xa0000, 1), 0x0c);
	put_gfx(r, 7, 0);
	ck_assert_int_eq(rd(0xa0000, 1), 0xff);
}
END_TEST

START_TEST(last_byte_of_a_wide_read_is_in_the_latches)
{
	set_mode(r, 3);
	wr(0xb8000, 4, 0x44332211);
	rd(0xb8000, 4);
	ck_assert_uint_eq(r->vga.r.latch, 0x4433);
	rd(0xb8000, 2);
	ck_assert_uint_eq(r->vga.r.latch, 0x2211);
	set_mode(r, 0x13);
	wr(0xa0004, 4, 0x88776655);
	rd(0xa0004, 1);
	ck_assert_uint_eq(r->vga.r.latch, 0x88776655);
}
END_TEST

/* The model: planes as arrays, one bit at a time. */
static struct {
	u8 plane[4][0x10000], latch[4];
	u8 seq[5], gfx[9], misc;
} model;

/* Plane address and the planes an address lets take part. */
static u32 model_address(u32 a, bool is_write, int *planes)
{
	u32 window = model.gfx[6] >> 2 & 3;
	if (model.seq[4] & 8) {
		*planes = 1 << (a & 3);
		return (a & 0xfffc) + (a >> 14 & 3);
	}
	bool odd_even = is_write ? !(model.seq[4] & 4) : model.gfx[5] & 0x10;
	*planes = odd_even ? (a & 1 ? 0xa : 0x5) : 0xf;
	if (model.gfx[6] & 2)
		return (a & 0xfffe) + (window == 0 ? a >> 16 & 1 : model.misc & 0x20 ? 0 : 1);
	return a & 0xffff;
}

static int model_bit(int plane, int bit, u8 value)
{
	int mode = model.gfx[5] & 3, rotate = model.gfx[3] & 7;
	int latch = model.latch[plane] >> bit & 1, rotated = value >> ((bit + rotate) & 7) & 1;
	int data, mask = model.gfx[8] >> bit & 1, set = model.gfx[0] >> plane & 1;
	if (mode == 1)
		return latch;
	if (mode == 0)
		data = model.gfx[1] >> plane & 1 ? set : rotated;
	else if (mode == 2)
		data = value >> plane & 1;
	else {
		data = set;
		mask = mask && rotated;
	}
	switch (model.gfx[3] >> 3) {
	case 1:
		data = data && latch;
		break;
	case 2:
		data = data || latch;
		break;
	case 3:
		data = data != latch;
		break;
	}
	return mask ? data : latch;
}

static void model_write(u32 a, u8 value)
{
	int planes;
	u32 address = model_address(a, true, &planes);
	for (int p = 0; p < 4; p++) {
		u8 byte = 0;
		for (int bit = 0; bit < 8; bit++)
			byte |= (u8)(model_bit(p, bit, value) << bit);
		if (planes >> p & 1 && model.seq[2] >> p & 1)
			model.plane[p][address] = byte;
	}
}

static u8 model_read(u32 a)
{
	int planes, selected = model.gfx[4] & 3;
	u32 address = model_address(a, false, &planes);
	for (int p = 0; p < 4; p++)
		model.latch[p] = model.plane[p][address];
	if (model.gfx[5] & 8) {
		u8 equal = 0xff;
		for (int p = 0; p < 4; p++)
			for (int bit = 0; bit < 8; bit++)
				if (model.gfx[7] >> p & 1 && (model.latch[p] >> bit & 1) != (model.gfx[2] >> p & 1))
					equal &= (u8)~(1 << bit);
		return equal;
	}
	if (model.seq[4] & 8)
		selected = a & 3;
	else if (model.gfx[5] & 0x10)
		selected = (selected & 2) + (a & 1);
	return model.latch[selected];
}

static void random_register(u32 *state)
{
	static const u8 gfx_mask[9] = {0xf, 0xf, 0xf, 0x1f, 3, 0x1b, 0xe, 0xf, 0xff};
	u8 what = noise(state) % 12, value = noise(state);
	if (what < 9) {
		if (what >= 1 && value & 0x80) /* the plain cases deserve their share */
			value = what == 8 ? 0xff : what == 5 ? value & 0x10 : what == 6 ? value & 0xe : 0;
		model.gfx[what] = value & gfx_mask[what];
		put_gfx(r, what, model.gfx[what]);
	} else if (what == 9) {
		model.seq[2] = value & 0x40 ? 0xf : value & 0x20 ? 3 : value & 0xf;
		put_seq(r, 2, model.seq[2]);
	} else if (what == 10) {
		model.seq[4] = value & 0xe;
		put_seq(r, 4, model.seq[4]);
	} else {
		model.misc = (value & 0x20) | 0x03;
		outb(r, 0x3c2, model.misc);
	}
}

START_TEST(any_access_in_any_mode_agrees_with_the_model)
{
	static const u32 first[4] = {0, 0, 0x10000, 0x18000}, len[4] = {0x20000, 0x10000, 0x8000, 0x8000};
	u32 state = 5;
	memset(&model, 0, sizeof model);
	model.misc = 3;
	outb(r, 0x3c2, 3);
	for (int i = 0; i < 400000; i++) {
		if (noise(&state) < 60)
			random_register(&state);
		int n = model.gfx[6] >> 2 & 3, size = 1 << noise(&state) % 3;
		/* few addresses, so that reads meet what was written; around block limits too */
		u32 a = (noise(&state) & 0x1f) + (u32)(noise(&state) & 7) * 0x4000 - 16;
		a = (a & (len[n] - 1)) > len[n] - 4 ? 0 : a & (len[n] - 1);
		u32 value = noise(&state) | noise(&state) << 8 | noise(&state) << 16 | (u32)noise(&state) << 24;
		if (noise(&state) & 1) {
			wr(0xa0000 + first[n] + a, size, value);
			for (int k = 0; k < size; k++)
				model_write(a + (u32)k, (u8)(value >> 8 * k));
		} else {
			u32 expected = 0;
			for (int k = 0; k < size; k++)
				expected |= (u32)model_read(a + (u32)k) << 8 * k;
			ck_assert_uint_eq(rd(0xa0000 + first[n] + a, size), expected);
		}
	}
	for (u32 a = 0; a < 0x10000; a++)
		expect_planes(a, model.plane[0][a], model.plane[1][a], model.plane[2][a], model.plane[3][a]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, windows_are_selected_by_graphics_6);
	tcase_add_test(tc, memory_answers_only_when_misc_enables_it);
	tcase_add_test(tc, text_writes_characters_to_plane_0_and_attributes_to_plane_1);
	tcase_add_test(tc, page_bit_replaces_address_bit_0_of_odd_even_accesses);
	tcase_add_test(tc, chain_4_takes_the_plane_from_the_low_address_bits);
	tcase_add_test(tc, chain_4_pages_can_be_mapped_directly);
	tcase_add_test(tc, write_mode_0_rotates_and_masks);
	tcase_add_test(tc, write_mode_0_sets_planes_by_set_reset);
	tcase_add_test(tc, functions_combine_with_the_latches);
	tcase_add_test(tc, write_mode_1_copies_the_latches);
	tcase_add_test(tc, write_mode_2_writes_a_colour);
	tcase_add_test(tc, write_mode_3_uses_the_data_as_a_mask);
	tcase_add_test(tc, read_mode_1_compares_colours);
	tcase_add_test(tc, last_byte_of_a_wide_read_is_in_the_latches);
	tcase_add_test(tc, any_access_in_any_mode_agrees_with_the_model);
	return run_suite("vga memory", tc);
}
