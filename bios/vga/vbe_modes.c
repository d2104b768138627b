/*
 * vbe_modes.c - the VBE modes: numbers by size and depth, the monitor's EDID.
 *
 * 100h-11Bh: VESA BIOS Extension 1.2; 11Ch-14Ch and 175h-192h: as in the VGA BIOS of Bochs, where it has them. A mode is on offer
 * if it fits into the adapter's memory.
 */
#include "vbe.h"

#define NONE 0xFF

/* width, height; number less 100h for 4, 8, 15, 16, 24, 32 bits a pixel */
const struct vbe_size vbe_sizes[] = {
	{  320,  200, { NONE, 0x46, 0x0D, 0x0E, 0x0F, 0x40 } },
	{  320,  240, { NONE, 0x50, 0x51, 0x52, 0x53, 0x54 } },
	{  400,  300, { NONE, 0x55, 0x56, 0x57, 0x58, 0x59 } },
	{  512,  384, { NONE, 0x5A, 0x5B, 0x5C, 0x5D, 0x5E } },
	{  640,  400, { NONE, 0x00, 0x5F, 0x60, 0x61, 0x41 } },
	{  640,  480, { NONE, 0x01, 0x10, 0x11, 0x12, 0x42 } },
	{  800,  600, { 0x02, 0x03, 0x13, 0x14, 0x15, 0x43 } },
	{ 1024,  768, { 0x04, 0x05, 0x16, 0x17, 0x18, 0x44 } },
	{ 1152,  864, { NONE, 0x48, 0x49, 0x4A, 0x4B, 0x4C } },
	{ 1280,  720, { NONE, 0x62, 0x63, 0x8D, 0x8E, 0x8F } },
	{ 1280,  768, { NONE, 0x64, 0x65, 0x75, 0x76, 0x77 } },
	{ 1280,  800, { NONE, 0x66, 0x67, 0x78, 0x79, 0x7A } },
	{ 1280,  960, { NONE, 0x68, 0x69, 0x7B, 0x7C, 0x7D } },
	{ 1280, 1024, { 0x06, 0x07, 0x19, 0x1A, 0x1B, 0x45 } },
	{ 1400, 1050, { NONE, 0x6A, 0x6B, 0x81, 0x82, 0x83 } },
	{ 1440,  900, { NONE, 0x6C, 0x6D, 0x7E, 0x7F, 0x80 } },
	{ 1600, 1200, { NONE, 0x1C, 0x1D, 0x1E, 0x1F, 0x47 } },
	{ 1680, 1050, { NONE, 0x6E, 0x6F, 0x84, 0x85, 0x86 } },
	{ 1920, 1080, { NONE, 0x70, 0x71, 0x90, 0x91, 0x92 } },
	{ 1920, 1200, { NONE, 0x72, 0x73, 0x87, 0x88, 0x89 } },
	{ 2560, 1600, { NONE, NONE, NONE, 0x8A, 0x8B, 0x8C } },
	{ 0, 0, { 0 } },
};

static const u8 depths[6] = { 4, 8, 15, 16, 24, 32 };

/* Bytes of a line, with 4 bits a pixel in each plane. */
u32 vbe_pitch(u16 width, u8 bpp)
{
	return bpp == 4 ? width / 8u : (u32)width * ((bpp + 7u) / 8);
}

/* The next mode that the adapter can show, in the order of the table; `at` counts sizes times depths. */
u16 vbe_mode_next(u16 *at, struct vbe_mode *m)
{
	const struct vbe_size *s;
	u8 low, d;

	for (;; (*at)++) {
		s = &vbe_sizes[*at / 6];
		d = (u8)(*at % 6);
		m->width = rom16(&s->width);
		m->height = rom16(&s->height);
		if (!m->width)
			return 0;
		m->bpp = rom8(&depths[d]);
		low = rom8(&s->number[d]);
		if (low == NONE || vbe_pitch(m->width, m->bpp) * m->height > vbe_memory() >> (m->bpp == 4 ? 2 : 0))
			continue;
		(*at)++;
		m->number = (u16)(0x100 + low);
		return m->number;
	}
}

u16 vbe_mode_find(u16 number, struct vbe_mode *m)
{
	u16 at = 0;

	while (vbe_mode_next(&at, m))
		if (m->number == number)
			return number;
	return 0;
}

/* The monitor that comes with the adapter: the same bytes as in its registers. */
const u8 vbe_edid[128] = {
#include "vga_edid.def"
};
