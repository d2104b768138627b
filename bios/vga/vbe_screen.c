/*
 * vbe_screen.c - VBE functions on the mode that is on: 4F06h scan line length, 4F07h display start, 4F08h DAC width, 4F09h palette.
 *
 * VBE Core Functions Standard 3.0. Not here: 4F07h BL=03h.. (stereo), secondary palettes.
 */
#include "vbe.h"

#define RETRACE 8
#define PATIENCE 0xFFFF		/* reads of the status; a screen that is off may never get there */

static u8 is_on(void)
{
	return dispi_read(DISPI_ENABLE) & DISPI_ENABLED;
}

static u8 depth(void)
{
	return (u8)dispi_read(DISPI_BPP);
}

static void wait_retrace(void)
{
	u16 port = attr_status_port(), n;

	for (n = PATIENCE; n && inb(port) & RETRACE; n--)
		;
	for (n = PATIENCE; n && !(inb(port) & RETRACE); n--)
		;
}

/* Pixels of a line of so many bytes, upwards. */
static u16 pixels_of(u16 bytes)
{
	u16 each = (u16)((depth() + 7) / 8);

	return depth() == 4 ? (u16)(bytes * 8) : (u16)((bytes + each - 1) / each);
}

u8 vbe_line_length(struct regs *r)
{
	u16 width = r->bl == 2 ? pixels_of(r->cx) : r->cx, now, xres = dispi_read(DISPI_XRES), yres = dispi_read(DISPI_YRES);
	u32 widest = (vbe_memory() >> (depth() == 4 ? 2 : 0)) / yres / vbe_pitch(8, depth()) * 8;

	if (r->bl > 3)
		return VBE_FAILED;
	if (!is_on())
		return VBE_NOT_NOW;
	if (r->bl == 3) {
		now = widest > 0xFFF8 ? 0xFFF8 : (u16)widest;
		while (vbe_pitch(now, depth()) > 0xFFFF)
			now = (u16)(now - 8);
	} else {
		if (!(r->bl & 1)) {
			width = width < xres ? xres : (u16)((width + 7) & ~7);
			if (width > widest)
				return VBE_NOT_HERE;
			dispi_write(DISPI_VIRT_WIDTH, width);
		}
		now = dispi_read(DISPI_VIRT_WIDTH);
	}
	r->bx = (u16)vbe_pitch(now, depth());
	r->cx = now;
	r->dx = (u16)((vbe_memory() >> (depth() == 4 ? 2 : 0)) / r->bx);
	return VBE_DONE;
}

static u8 set_start(u16 x, u16 y)
{
	dispi_write(DISPI_X_OFFSET, x);
	dispi_write(DISPI_Y_OFFSET, y);
	return dispi_read(DISPI_X_OFFSET) == x && dispi_read(DISPI_Y_OFFSET) == y ? VBE_DONE : VBE_FAILED;
}

u8 vbe_display_start(struct regs *r)
{
	u16 pitch = (u16)vbe_pitch(dispi_read(DISPI_VIRT_WIDTH), depth());

	if (!is_on())
		return VBE_NOT_NOW;
	switch (r->bl) {
	case 0x80:
		wait_retrace();
		/* fall through */
	case 0x00:
		return set_start(r->cx, r->dx);
	case 0x01:
		r->bh = 0;
		r->cx = dispi_read(DISPI_X_OFFSET);
		r->dx = dispi_read(DISPI_Y_OFFSET);
		return VBE_DONE;
	case 0x82:
		wait_retrace();
		/* fall through */
	case 0x02:					/* ECX: the offset in bytes */
		return set_start(pixels_of((u16)(r->ecx % pitch)), (u16)(r->ecx / pitch));
	default:
		return VBE_FAILED;
	}
}

u8 vbe_dac_width(struct regs *r)
{
	u16 enable = dispi_read(DISPI_ENABLE);

	if (r->bl > 1)
		return VBE_FAILED;
	if (enable & DISPI_ENABLED && depth() > 8)
		return VBE_NOT_NOW;
	if (r->bl == 0) {
		enable &= (u16)~DISPI_8BIT_DAC;
		enable |= r->bh >= 8 ? DISPI_8BIT_DAC : 0;
		dispi_write(DISPI_ENABLE, (u16)(enable | DISPI_NOCLEARMEM));
		enable = dispi_read(DISPI_ENABLE);
	}
	r->bh = enable & DISPI_8BIT_DAC ? 8 : 6;
	return VBE_DONE;
}

/* Four bytes a colour: blue, green, red, none. */
u8 vbe_palette(struct regs *r)
{
	u16 seg = r->es, at = r->di, n;

	if ((r->bl & 0x7F) > 1)
		return r->bl < 4 ? VBE_NOT_HERE : VBE_FAILED;
	if (r->dx > 255 || r->cx > 256 - r->dx)
		return VBE_FAILED;
	if (r->bl & 0x80)
		wait_retrace();
	outb(r->bl & 1 ? P_DAC_READ : P_DAC_WRITE, r->dl);
	for (n = r->cx; n; n--, at = (u16)(at + 4)) {
		if (r->bl & 1) {
			poke8(seg, (u16)(at + 2), inb(P_DAC_DATA));
			poke8(seg, (u16)(at + 1), inb(P_DAC_DATA));
			poke8(seg, at, inb(P_DAC_DATA));
			poke8(seg, (u16)(at + 3), 0);
		} else {
			outb(P_DAC_DATA, peek8(seg, (u16)(at + 2)));
			outb(P_DAC_DATA, peek8(seg, (u16)(at + 1)));
			outb(P_DAC_DATA, peek8(seg, at));
		}
	}
	return VBE_DONE;
}
