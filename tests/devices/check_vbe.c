/* check_vbe.c - the VBE registers, the card's PCI side, pixels of all depths.
 *
 * Expected: Bochs VBE display API (vbe_display_api.txt); QEMU, docs/specs/standard-vga; VESA E-EDID release A. Pixels are
 * computed here from the formats of VBE Core Functions 3.0, "Direct Color fields".
 */
#include "tests/devices/check_vga_modes.h"

#include "base/bits.h"

#define LFB 0xe0000000u
#define REGS 0xfebf0000u

struct card {
	struct rig rig;
	struct pci_bus pci;
	u8 rom[1024];
	u64 lfb_base, lfb_size;
	int lfb_moves;
	u32 big[1700 * 2];
};

static struct card *c;
static struct rig *r;

static void lfb_moved(void *opaque, u64 base, u64 size)
{
	(void)opaque;
	c->lfb_base = base;
	c->lfb_size = size;
	c->lfb_moves++;
}

static void setup(void)
{
	c = calloc(1, sizeof *c);
	r = &c->rig;
	bus_init(&r->bus);
	clock_init(&r->clock, 100);
	log_init(&r->log, LOG_ERROR);
	r->log.emit = rig_quiet;
	vga_init(&r->vga, &r->bus, &r->clock, &r->log, r->vram);
	r->vga.map_changed = rig_map_changed;
	r->vga.map_opaque = r;
	r->vga.lfb_moved = lfb_moved;
	r->crtc = 0x3b4;
	r->frame = (struct frame){.pixels = r->pixels, .stride_pixels = 800, .max_width = 800, .max_height = 600};
	memset(c->rom, 0x5a, sizeof c->rom);
	pci_init(&c->pci, &r->bus);
	vga_plug(&r->vga, &c->pci, 2, c->rom, sizeof c->rom);
	set_mode(r, 3);
}

static void teardown(void)
{
	free(c);
}

static void set_vbe(int index, u16 value)
{
	bus_out(&r->bus, 0x1ce, 2, (u32)index);
	bus_out(&r->bus, 0x1cf, 2, value);
}

static u16 get_vbe(int index)
{
	bus_out(&r->bus, 0x1ce, 2, (u32)index);
	return (u16)bus_in(&r->bus, 0x1cf, 2);
}

static void mode(u16 x, u16 y, u16 bpp, u16 flags)
{
	set_vbe(4, 0);
	set_vbe(1, x), set_vbe(2, y), set_vbe(3, bpp);
	set_vbe(4, flags | 1);
}

static u32 config(int reg, int size)
{
	bus_out(&r->bus, 0xcf8, 4, 0x80001000u | (reg & 0xfc));
	return bus_in(&r->bus, (u16)(0xcfc + (reg & 3)), size);
}

static void set_config(int reg, int size, u32 value)
{
	bus_out(&r->bus, 0xcf8, 4, 0x80001000u | (reg & 0xfc));
	bus_out(&r->bus, (u16)(0xcfc + (reg & 3)), size, value);
}

static u32 pixel(int x, int y)
{
	return r->pixels[y * 800 + x];
}

START_TEST(registers_read_back_and_refuse_what_does_not_fit)
{
	ck_assert_uint_eq(get_vbe(0), 0xb0c5);
	set_vbe(0, 0xb0c2);
	ck_assert_uint_eq(get_vbe(0), 0xb0c2);
	set_vbe(0, 0xb0c6);
	ck_assert_uint_eq(get_vbe(0), 0xb0c2);
	ck_assert_uint_eq(get_vbe(10), 256); /* 16 MB */
	set_vbe(1, 1024), set_vbe(2, 768), set_vbe(3, 16);
	set_vbe(1, 2561), set_vbe(2, 1601), set_vbe(3, 17), set_vbe(1, 0), set_vbe(2, 0);
	ck_assert_uint_eq(get_vbe(1), 1024);
	ck_assert_uint_eq(get_vbe(2), 768);
	ck_assert_uint_eq(get_vbe(3), 16);
	set_vbe(4, 0x41);
	ck_assert_uint_eq(get_vbe(4), 0x41);
	set_vbe(1, 640), set_vbe(3, 8); /* not while it is on */
	ck_assert_uint_eq(get_vbe(1), 1024);
	ck_assert_uint_eq(get_vbe(3), 16);
	ck_assert_uint_eq(get_vbe(6), 1024);
	ck_assert_uint_eq(get_vbe(7), (16 << 20) / 2048);
	set_vbe(4, 0x43); /* capabilities */
	ck_assert_uint_eq(get_vbe(1), 2560);
	ck_assert_uint_eq(get_vbe(2), 1600);
	ck_assert_uint_eq(get_vbe(3), 32);
	set_vbe(4, 0);
	set_vbe(3, 0); /* the first interface's: 8 */
	ck_assert_uint_eq(get_vbe(3), 8);
	ck_assert_uint_eq(get_vbe(99), 0);
	ck_assert_uint_eq(bus_in(&r->bus, 0x1ce, 2), 99);
}
END_TEST

START_TEST(virtual_sizes_and_offsets_stay_within_the_memory)
{
	mode(1024, 768, 32, 0x40);
	set_vbe(6, 1000);
	ck_assert_uint_eq(get_vbe(6), 1024);
	set_vbe(6, 2048);
	ck_assert_uint_eq(get_vbe(7), 2048);
	set_vbe(8, 1024), set_vbe(9, 1280);
	ck_assert_uint_eq(get_vbe(8), 1024);
	ck_assert_uint_eq(get_vbe(9), 1280);
	set_vbe(8, 1025), set_vbe(9, 1281);
	ck_assert_uint_eq(get_vbe(8), 1024);
	ck_assert_uint_eq(get_vbe(9), 1280);
	set_vbe(6, 65535); /* 768 lines of it do not fit */
	ck_assert_uint_ge((u32)get_vbe(7), 768);
	ck_assert_uint_le((u32)get_vbe(6) * 4 * 768, 16u << 20);
	set_vbe(5, 255);
	ck_assert_uint_eq(get_vbe(5), 255);
	set_vbe(5, 256);
	ck_assert_uint_eq(get_vbe(5), 255);
	mode(2560, 1600, 32, 0);
	ck_assert_uint_eq(get_vbe(4) & 1, 1);
	ck_assert_uint_eq(get_vbe(5), 0);
	ck_assert_uint_eq(get_vbe(9), 0);
}
END_TEST

/* One pixel of each format. */
START_TEST(every_depth_shows_its_pixels)
{
	mode(640, 480, 15, 0xc0);
	store16(r->vram + 2 * (640 * 3 + 5), 0x7c00 | 17 << 5 | 1);
	ck_assert(vga_render(&r->vga, &r->frame));
	ck_assert_int_eq(r->frame.width, 640);
	ck_assert_int_eq(r->frame.height, 480);
	ck_assert_int_eq(r->frame.par_num, r->frame.par_den);
	ck_assert_uint_eq(pixel(5, 3), 0xff8c08);
	mode(640, 480, 16, 0xc0);
	store16(r->vram + 2 * (640 * 3 + 5), 0xf800 | 33 << 5 | 2);
	vga_render(&r->vga, &r->frame);
	ck_assert_uint_eq(pixel(5, 3), 0xff8610);
	mode(640, 480, 24, 0xc0);
	memcpy(r->vram + 3 * (640 * 3 + 5), "\x11\x22\x33", 3);
	vga_render(&r->vga, &r->frame);
	ck_assert_uint_eq(pixel(5, 3), 0x332211);
	mode(640, 480, 32, 0xc0);
	store32(r->vram + 4 * (640 * 3 + 5), 0xff445566);
	vga_render(&r->vga, &r->frame);
	ck_assert_uint_eq(pixel(5, 3), 0x445566);
	mode(640, 480, 8, 0xc0);
	r->vram[640 * 3 + 5] = 200;
	outb(r, 0x3c8, 200), outb(r, 0x3c9, 63), outb(r, 0x3c9, 32), outb(r, 0x3c9, 1);
	vga_render(&r->vga, &r->frame);
	ck_assert_uint_eq(pixel(5, 3), 0xff8204);
	mode(640, 480, 4, 0x40);
	outb(r, 0x3c4, 2), outb(r, 0x3c5, 15), outb(r, 0x3c4, 4), outb(r, 0x3c5, 6);
	outb(r, 0x3ce, 5), outb(r, 0x3cf, 2), outb(r, 0x3ce, 8), outb(r, 0x3cf, 0x04), outb(r, 0x3ce, 6), outb(r, 0x3cf, 5);
	bus_write(&r->bus, 0xa0000 + 80 * 3, 1, 12); /* write mode 2: pixel 5 of the byte */
	vga_render(&r->vga, &r->frame);
	ck_assert_uint_ne(pixel(5, 3), pixel(4, 3));
	ck_assert_uint_eq(r->vram[4 * ((80 * 3) >> 2) + 3] & 4, 4); /* vga_plane_slot, plane 3 */
}
END_TEST

START_TEST(offsets_pan_over_the_virtual_screen)
{
	mode(640, 480, 16, 0x40);
	set_vbe(6, 800);
	store16(r->vram + 2 * (800 * 100 + 50), 0x07e0);
	set_vbe(8, 40), set_vbe(9, 90);
	vga_render(&r->vga, &r->frame);
	ck_assert_uint_eq(pixel(10, 10), 0x00ff00);
	ck_assert_uint_eq(pixel(11, 10), 0);
}
END_TEST

START_TEST(the_dac_has_eight_bits_when_asked)
{
	mode(320, 200, 8, 0x60);
	outb(r, 0x3c8, 7), outb(r, 0x3c9, 0xfe), outb(r, 0x3c9, 0x81), outb(r, 0x3c9, 3);
	outb(r, 0x3c7, 7);
	ck_assert_uint_eq(inb(r, 0x3c9), 0xfe);
	r->vram[0] = 7;
	vga_render(&r->vga, &r->frame);
	ck_assert_uint_eq(pixel(0, 0), 0xfe8103);
	ck_assert_int_eq(r->frame.par_num * 6, r->frame.par_den * 5); /* 320 x 200 on 4 : 3 */
	set_vbe(4, 0x41);
	outb(r, 0x3c7, 7);
	ck_assert_uint_eq(inb(r, 0x3c9), 0x3f);
}
END_TEST

START_TEST(the_window_shows_the_bank_and_is_direct)
{
	mode(1024, 768, 8, 0);
	set_vbe(5, 3);
	bus_write(&r->bus, 0xa1234, 4, 0x11223344);
	ck_assert_uint_eq(load32(r->vram + 0x31234), 0x11223344);
	ck_assert_uint_eq(bus_read(&r->bus, 0xa1234, 4), 0x11223344);
	ck_assert_ptr_eq(vga_direct(&r->vga, 0xa2000), r->vram + 0x32000);
	ck_assert_ptr_null(vga_direct(&r->vga, 0xb0000));
	ck_assert_uint_eq(bus_read(&r->bus, 0xb8000, 1), 0xff);
	int before = r->map_changes;
	set_vbe(5, 4);
	ck_assert_int_eq(r->map_changes, before + 1);
	set_vbe(4, 0);
	ck_assert_ptr_null(vga_direct(&r->vga, 0xa0000));
}
END_TEST

START_TEST(enabling_clears_the_memory_unless_told_not_to)
{
	mode(640, 480, 8, 0);
	r->vram[5] = r->vram[VGA_VRAM_SIZE - 1] = 1;
	mode(640, 480, 8, 0x80);
	ck_assert_uint_eq(r->vram[5], 1);
	mode(640, 480, 8, 0);
	ck_assert_uint_eq(r->vram[5] | r->vram[VGA_VRAM_SIZE - 1], 0);
	struct vga_text_info t;
	ck_assert(!vga_text_cells(&r->vga, &t));
	set_vbe(4, 0);
	ck_assert(vga_text_cells(&r->vga, &t));
}
END_TEST

START_TEST(a_mode_too_large_does_not_begin)
{
	mode(2560, 1600, 32, 0);
	ck_assert_uint_eq(get_vbe(4) & 1, 1);
	set_vbe(4, 0);
	mode(2560, 1600, 4, 0); /* 512000 bytes in each of four planes: fits */
	ck_assert_uint_eq(get_vbe(4) & 1, 1);
	vga_render(&r->vga, &r->frame); /* cut off */
	ck_assert_int_eq(r->frame.width, 800);
	ck_assert_int_eq(r->frame.height, 600);
}
END_TEST

START_TEST(the_card_is_1234_1111_with_its_bars)
{
	ck_assert_uint_eq(config(0, 4), 0x11111234);
	ck_assert_uint_eq(config(8, 4), 0x03000002);
	set_config(0x10, 4, ~0u), set_config(0x18, 4, ~0u), set_config(0x30, 4, ~0u);
	ck_assert_uint_eq(config(0x10, 4), 0xff000008);
	ck_assert_uint_eq(config(0x18, 4), 0xfffff000);
	ck_assert_uint_eq(config(0x30, 4), 0xfffff801);
	ck_assert_uint_eq(config(0x14, 4), 0);
	set_config(0x10, 4, LFB), set_config(0x18, 4, REGS), set_config(0x30, 4, 0xfeb00001);
	ck_assert_int_eq(c->lfb_moves, 0);
	set_config(4, 2, 3);
	ck_assert_uint_eq(c->lfb_base, LFB);
	ck_assert_uint_eq(c->lfb_size, VGA_VRAM_SIZE);
	ck_assert_uint_eq(bus_read(&r->bus, 0xfeb00010, 2), 0x5a5a);
	ck_assert_uint_eq(bus_read(&r->bus, 0xfeb00400, 4), ~0u);
	set_config(4, 2, 0);
	ck_assert_uint_eq(c->lfb_size, 0);
	ck_assert_uint_eq(bus_read(&r->bus, 0xfeb00010, 2), 0xffff);
}
END_TEST

START_TEST(the_registers_are_in_memory_too)
{
	u8 sum = 0;
	set_config(0x18, 4, REGS), set_config(4, 2, 2);
	ck_assert_uint_eq(bus_read(&r->bus, REGS, 4), 0xffffff00); /* EDID: 00 FF FF FF FF FF FF 00 */
	for (u32 i = 0; i < 128; i++)
		sum = (u8)(sum + bus_read(&r->bus, REGS + i, 1));
	ck_assert_uint_eq(sum, 0);
	ck_assert_uint_eq(bus_read(&r->bus, REGS + 0x12, 2), 0x0301);
	bus_write(&r->bus, REGS + 0x502, 2, 800);
	bus_write(&r->bus, REGS + 0x504, 4, 24u << 16 | 600);
	ck_assert_uint_eq(get_vbe(1), 800);
	ck_assert_uint_eq(get_vbe(2), 600);
	ck_assert_uint_eq(bus_read(&r->bus, REGS + 0x506, 2), 24);
	bus_write(&r->bus, REGS + 0x400 + 8, 1, 9); /* 3C8 */
	ck_assert_uint_eq(inb(r, 0x3c8), 9);
	ck_assert_uint_eq(bus_read(&r->bus, REGS + 0x408, 1), 9);
	ck_assert_uint_eq(bus_read(&r->bus, REGS + 0x600, 4), 8);
	ck_assert_uint_eq(bus_read(&r->bus, REGS + 0x604, 4), 0x1e1e1e1e);
	bus_write(&r->bus, REGS + 0x604, 4, 0xbebebebe);
	bus_write(&r->bus, REGS + 0x604, 4, 5);
	ck_assert_uint_eq(bus_read(&r->bus, REGS + 0x604, 4), 0xbebebebe);
	mode(640, 480, 32, 0x40);
	store32(r->vram, 0x11223300);
	vga_render(&r->vga, &r->frame);
	ck_assert_uint_eq(pixel(0, 0), 0x332211);
}
END_TEST

START_TEST(a_picture_has_a_new_number_after_every_change)
{
	mode(640, 480, 32, 0x40);
	u64 id = vga_picture_id(&r->vga);
	rig_run(r, CLOCK_SECOND);
	ck_assert(vga_picture_id(&r->vga) == id); /* nothing blinks */
	vga_touch(&r->vga);
	ck_assert(vga_picture_id(&r->vga) != id);
	id = vga_picture_id(&r->vga);
	set_vbe(9, 1);
	ck_assert(vga_picture_id(&r->vga) != id);
}
END_TEST

START_TEST(no_value_of_any_register_leads_outside)
{
	u32 seed = 1;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1664525 + 1013904223;
		u16 value = (u16)(seed >> 16);
		if (seed & 0x400)
			value &= 0xfff;
		int index = (int)(seed >> 4) % 12;
		set_vbe(index, index == 3 ? (u16[]){4, 8, 15, 16, 24, 32}[value % 6] : index == 4 ? value | 0x80 : value);
		for (int k = 0; k < 11; k++)
			get_vbe(k);
		bus_write(&r->bus, 0xa0000 + (value | 0x3fu), 4, seed);
		bus_read(&r->bus, 0xaffff, 1);
		if (i % 64 == 0)
			vga_render(&r->vga, &r->frame);
	}
}
END_TEST

START_TEST(restored_nonsense_becomes_the_default)
{
	mode(640, 480, 16, 0x40);
	r->vga.r.vbe.y_offset = 60000;
	vga_restore(&r->vga);
	ck_assert_uint_eq(get_vbe(4), 0);
	mode(640, 480, 16, 0x40);
	vga_restore(&r->vga);
	ck_assert_uint_eq(get_vbe(4), 0x41);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("VBE");
	TCase *t = tcase_create("VBE");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, registers_read_back_and_refuse_what_does_not_fit);
	tcase_add_test(t, virtual_sizes_and_offsets_stay_within_the_memory);
	tcase_add_test(t, every_depth_shows_its_pixels);
	tcase_add_test(t, offsets_pan_over_the_virtual_screen);
	tcase_add_test(t, the_dac_has_eight_bits_when_asked);
	tcase_add_test(t, the_window_shows_the_bank_and_is_direct);
	tcase_add_test(t, enabling_clears_the_memory_unless_told_not_to);
	tcase_add_test(t, a_mode_too_large_does_not_begin);
	tcase_add_test(t, the_card_is_1234_1111_with_its_bars);
	tcase_add_test(t, the_registers_are_in_memory_too);
	tcase_add_test(t, a_picture_has_a_new_number_after_every_change);
	tcase_add_test(t, no_value_of_any_register_leads_outside);
	tcase_add_test(t, restored_nonsense_becomes_the_default);
	suite_add_tcase(suite, t);
	SRunner *sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
