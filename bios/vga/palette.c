/*
 * palette.c - INT 10h AH=10h (palette registers and DAC) and AH=0Bh (CGA background and palette), default DAC contents.
 *
 * IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=0Bh and AH=10h; attribute controller and DAC as in the IBM
 * PS/2 Hardware Interface Technical Reference, "Video Subsystem".
 */
#include "vga16.h"

/* Reading it sends the next write of 3C0h to the index. */
u16 attr_status_port(void)
{
	return inb(P_MISC_READ) & 1 ? 0x3DA : 0x3BA;
}

/* Leaves the display off (index bit 5 clear): attr_done() ends a series. */
void attr_write(u8 index, u8 value)
{
	inb(attr_status_port());
	outb(P_ATTR, index);
	outb(P_ATTR, value);
}

static void attr_done(void)
{
	inb(attr_status_port());
	outb(P_ATTR, 0x20);
}

u8 attr_read(u8 index)
{
	u8 value;

	inb(attr_status_port());
	outb(P_ATTR, index);
	value = inb(P_ATTR_READ);
	attr_done();
	return value;
}

/* ---- DAC ------------------------------------------------------------------------------------------------------ */
static void dac_write(u8 red, u8 green, u8 blue)
{
	outb(P_DAC_DATA, red);
	outb(P_DAC_DATA, green);
	outb(P_DAC_DATA, blue);
}

static void dac_select(u8 index)
{
	outb(P_DAC_WRITE, index);
}

/* A colour of the CGA's monitor: bit 3 intensity, red, green, blue; dark yellow is shown as brown. */
static void dac_write_rgbi(u8 i)
{
	u8 base = i & 8 ? 0x15 : 0, green = base;

	if (i & 2)
		green = (u8)(i == 6 ? 0x15 : base + 0x2A);
	dac_write((u8)(base + (i & 4 ? 0x2A : 0)), green, (u8)(base + (i & 1 ? 0x2A : 0)));
}

/* A colour of the EGA's monitor: two bits each, the secondary ones (bits 3..5) worth one third. */
static void dac_write_ega(u8 i)
{
	dac_write((u8)((i & 4 ? 0x2A : 0) + (i & 0x20 ? 0x15 : 0)), (u8)((i & 2 ? 0x2A : 0) + (i & 0x10 ? 0x15 : 0)),
		  (u8)((i & 1 ? 0x2A : 0) + (i & 8 ? 0x15 : 0)));
}

static const u8 gray_ramp[16] = {
	0x00, 0x05, 0x08, 0x0B, 0x0E, 0x11, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2D, 0x32, 0x38, 0x3F,
};

/* Mode 13h, colours 32..247: three intensities x three saturations, each a circle of 24 hues between these five levels. */
static const u8 hue_levels[9][5] = {
	{ 0x00, 0x10, 0x1F, 0x2F, 0x3F }, { 0x1F, 0x27, 0x2F, 0x37, 0x3F }, { 0x2D, 0x31, 0x36, 0x3A, 0x3F },
	{ 0x00, 0x07, 0x0E, 0x15, 0x1C }, { 0x0E, 0x11, 0x15, 0x18, 0x1C }, { 0x14, 0x16, 0x18, 0x1A, 0x1C },
	{ 0x00, 0x04, 0x08, 0x0C, 0x10 }, { 0x08, 0x0A, 0x0C, 0x0E, 0x10 }, { 0x0B, 0x0C, 0x0D, 0x0F, 0x10 },
};

/* A component's level around the circle: up for four steps, full for eight, down for four, none for eight. */
static u8 hue_step(u8 position)
{
	if (position < 4)
		return position;
	if (position <= 12)
		return 4;
	return position < 16 ? (u8)(16 - position) : 0;
}

static void dac_write_hue(const u8 *levels, u8 hue)
{
	u8 red = hue_step(hue), green = hue_step((u8)((hue + 16) % 24)), blue = hue_step((u8)((hue + 8) % 24));

	dac_write(rom8(levels + red), rom8(levels + green), rom8(levels + blue));
}

static void dac_load_256(void)
{
	u8 i, hue;

	for (i = 0; i < 16; i++)
		dac_write_rgbi(i);
	for (i = 0; i < 16; i++) {
		u8 level = rom8(gray_ramp + i);

		dac_write(level, level, level);
	}
	for (i = 0; i < 9; i++)
		for (hue = 0; hue < 24; hue++)
			dac_write_hue(hue_levels[i], hue);
	for (i = 0; i < 8; i++)
		dac_write(0, 0, 0);
}

void dac_load(u8 set)
{
	u16 i;

	dac_select(0);
	if (set == DAC_256) {
		dac_load_256();
		return;
	}
	for (i = 0; i < 64; i++) {
		if (set == DAC_CGA) {
			dac_write_rgbi((u8)((i & 7) | (i & 0x10) >> 1));
		} else if (set == DAC_EGA) {
			dac_write_ega((u8)i);
		} else {
			u8 level = (u8)((i & 8 ? 0x2A : 0) + ((i & 0x18) == 0x18 ? 0x15 : 0));

			dac_write(level, level, level);
		}
	}
	for (; i < 256; i++)
		dac_write(0, 0, 0);
}

/* Replace colours by their luminance: 30% red, 59% green, 11% blue (AH=10h AL=1Bh). */
void dac_gray(u16 first, u16 count)
{
	for (; count; count--, first++) {
		u16 sum;
		u8 level;

		outb(P_DAC_READ, (u8)first);
		sum = (u16)(inb(P_DAC_DATA) * 77);
		sum = (u16)(sum + inb(P_DAC_DATA) * 151);
		sum = (u16)(sum + inb(P_DAC_DATA) * 28 + 0x80);
		level = (u8)(sum >> 8 > 0x3F ? 0x3F : sum >> 8);
		dac_select((u8)first);
		dac_write(level, level, level);
	}
}

static void dac_block_write(struct regs *r)
{
	u16 i, off = r->dx, count = r->cx;

	dac_select(r->bl);
	for (i = 0; i < count; i++, off = (u16)(off + 3))
		dac_write(peek8(r->es, off), peek8(r->es, (u16)(off + 1)), peek8(r->es, (u16)(off + 2)));
	if (bda8(BDA_MODE_CTL) & MCTL_GRAY)
		dac_gray(r->bx, count);
}

static void dac_block_read(struct regs *r)
{
	u16 i, off = r->dx;

	outb(P_DAC_READ, r->bl);
	for (i = 0; i < (u16)(r->cx * 3); i++)
		poke8(r->es, off++, inb(P_DAC_DATA));
}

/* BL = 0: BH selects four pages of 64 or sixteen of 16 colours; BL = 1: BH is the page. */
static void colour_page_set(struct regs *r)
{
	u8 mode = attr_read(0x10);

	if (r->bl == 0)
		attr_write(0x10, (u8)((mode & 0x7F) | (r->bh & 1) << 7));
	else if (r->bl == 1)
		attr_write(0x14, (u8)(mode & 0x80 ? r->bh & 0x0F : (r->bh & 3) << 2));
	attr_done();
}

static void colour_page_get(struct regs *r)
{
	u8 sixteen = attr_read(0x10) >> 7, page = attr_read(0x14) & 0x0F;

	r->bl = sixteen;
	r->bh = sixteen ? page : page >> 2;
}

static void blink_set(u8 on)
{
	u8 mode = attr_read(0x10), reg = bda8(BDA_MODE_REG);

	attr_write(0x10, on ? mode | 8 : mode & (u8)~8);
	attr_done();
	bda8_set(BDA_MODE_REG, on ? reg | 0x20 : reg & (u8)~0x20);
}

static void palette_write_all(struct regs *r)
{
	u8 i;

	for (i = 0; i < 16; i++)
		attr_write(i, peek8(r->es, (u16)(r->dx + i)));
	attr_write(0x11, peek8(r->es, (u16)(r->dx + 16)));
	attr_done();
}

static void palette_read_all(struct regs *r)
{
	u8 i;

	for (i = 0; i < 16; i++)
		poke8(r->es, (u16)(r->dx + i), attr_read(i));
	poke8(r->es, (u16)(r->dx + 16), attr_read(0x11));
}

/* AL = 10h..1Bh */
static void int10_dac(struct regs *r)
{
	switch (r->al) {
	case 0x10:
		dac_select(r->bl);
		dac_write(r->dh, r->ch, r->cl);
		if (bda8(BDA_MODE_CTL) & MCTL_GRAY)
			dac_gray(r->bl, 1);
		break;
	case 0x12: dac_block_write(r); break;
	case 0x13: colour_page_set(r); break;
	case 0x15:
		outb(P_DAC_READ, r->bl);
		r->dh = inb(P_DAC_DATA);
		r->ch = inb(P_DAC_DATA);
		r->cl = inb(P_DAC_DATA);
		break;
	case 0x17: dac_block_read(r); break;
	case 0x18: outb(P_PEL_MASK, r->bl); break;
	case 0x19: r->bl = inb(P_PEL_MASK); break;
	case 0x1A: colour_page_get(r); break;
	case 0x1B: dac_gray(r->bx, r->cx); break;
	}
}

void int10_palette(struct regs *r)
{
	switch (r->al) {
	case 0x00:
		if (r->bl <= 0x14) {
			attr_write(r->bl, r->bh);
			attr_done();
		}
		break;
	case 0x01:
		attr_write(0x11, r->bh);
		attr_done();
		break;
	case 0x02: palette_write_all(r); break;
	case 0x03: blink_set(r->bl & 1); break;
	case 0x07:
		if (r->bl <= 0x14)
			r->bh = attr_read(r->bl);
		break;
	case 0x08: r->bh = attr_read(0x11); break;
	case 0x09: palette_read_all(r); break;
	default: int10_dac(r);
	}
}

/* AH=0Bh: BH = 0 sets border and (graphics) background from BL, BH = 1 chooses one of the two CGA palettes by BL bit 0. */
void int10_cga_palette(struct regs *r)
{
	u8 i, reg = bda8(BDA_PALETTE_REG), mode = bda8(BDA_MODE), four = mode == 4 || mode == 5;

	if (r->bh == 0) {
		u8 colour = (u8)((r->bl & 7) | (r->bl & 8) << 1);

		reg = (u8)((reg & 0xE0) | (r->bl & 0x1F));
		attr_write(0x11, colour);
		if (mode > 3 && mode != 7)
			attr_write(0, colour);
		for (i = 1; four && i < 4; i++) {
			u8 old = attr_read(i);

			attr_write(i, (u8)((old & ~0x10) | (r->bl & 0x10)));
		}
	} else {
		reg = (u8)((reg & ~0x20) | (r->bl & 1) << 5);
		for (i = 1; four && i < 4; i++)
			attr_write(i, (u8)(i * 2 + (r->bl & 1) + (reg & 0x10)));
	}
	attr_done();
	bda8_set(BDA_PALETTE_REG, reg);
}
