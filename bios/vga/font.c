/*
 * font.c - INT 10h AH=11h: character generator.
 *
 * IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=11h. Text fonts live in plane 2, eight blocks of 256 glyphs of
 * 32 bytes; graphics fonts are pointers at INT 1Fh and INT 43h. The fonts themselves are made by mkfont from font/.
 * The 9-dot alternate tables (BH=05h, 07h) are empty: no glyph of ours needs a ninth dot.
 */
#include "vga16.h"

/* Make plane 2 readable and writable at A000:0000, linearly. */
static void font_access(void)
{
	reg_write(P_SEQ, 0, 1);
	reg_write(P_SEQ, 2, 4);
	reg_write(P_SEQ, 4, 7);
	reg_write(P_SEQ, 0, 3);
	reg_write(P_GFX, 4, 2);
	reg_write(P_GFX, 5, 0);
	reg_write(P_GFX, 6, 4);
}

static void font_release(void)
{
	reg_write(P_SEQ, 0, 1);
	reg_write(P_SEQ, 2, 3);
	reg_write(P_SEQ, 4, 3);
	reg_write(P_SEQ, 0, 3);
	reg_write(P_GFX, 4, 0);
	reg_write(P_GFX, 5, 0x10);
	reg_write(P_GFX, 6, inb(P_MISC_READ) & 1 ? 0x0E : 0x0A);
}

/* Blocks 0..3 are 16 KB apart, blocks 4..7 lie 8 KB behind them. */
static u16 block_offset(u8 block)
{
	return (u16)((block & 3) << 14 | (block & 4) << 11);
}

void font_load(u16 seg, u16 off, u16 first, u16 count, u8 height, u8 block)
{
	u16 at = (u16)(block_offset(block) + first * 32);

	if (height == 0 || height > 32)
		return;
	font_access();
	for (; count && first < 256; count--, first++) {
		copy8(SEG_PLANAR, at, seg, off, height);
		fill8(SEG_PLANAR, (u16)(at + height), 0, (u16)(32 - height));
		at = (u16)(at + 32);
		off = (u16)(off + height);
	}
	font_release();
}

static const u8 *font_of_height(u8 height)
{
	return height == 16 ? font_8x16 : height == 14 ? font_8x14 : font_8x8;
}

void font_load_rom(u8 height, u8 block)
{
	font_load(rom_seg(), ROM_OFF(font_of_height(height)), 0, 256, height, block);
}

/* AL = 1xh: fit the CRTC and the data area to a new character height. */
static void text_height_set(u8 height)
{
	u16 crtc = bda16(BDA_CRTC), lines = scan_lines(), visible, bytes;
	u8 rows, overflow;

	if (height == 0 || height > 32)
		return;
	rows = (u8)(lines / height);
	visible = (u16)(rows * height * (lines == 200 ? 2 : 1) - 1);
	reg_write(crtc, 0x09, (u8)((reg_read(crtc, 0x09) & 0xE0) | (height - 1)));
	reg_write(crtc, 0x12, (u8)visible);
	overflow = reg_read(crtc, 0x07) & (u8)~0x42;
	reg_write(crtc, 0x07, (u8)(overflow | (visible >> 8 & 1) << 1 | (visible >> 9 & 1) << 6));
	reg_write(crtc, 0x14, bda8(BDA_MODE) == 7 ? height - 1 : 0x1F);

	bda8_set(BDA_ROWS, (u8)(rows - 1));
	bda16_set(BDA_CHAR_HEIGHT, height);
	bytes = (u16)(rows * bda16(BDA_COLS) * 2);
	bda16_set(BDA_PAGE_SIZE, (u16)((bytes + 0x7FF) & 0xF800));
	if (height > 8)
		cursor_shape(6, 7);
	else
		cursor_shape((u8)(height - 2), (u8)(height - 1));
}

/* AL = 0xh and 1xh */
static void text_font(struct regs *r)
{
	u8 height = 0, program = r->al & 0x10;

	switch (r->al & 0x0F) {
	case 0:
		height = r->bh;
		font_load(r->es, r->bp, r->dx, r->cx, height, r->bl);
		break;
	case 1: height = 14; break;
	case 2: height = 8; break;
	case 4: height = 16; break;
	case 3:
		if (!program)
			reg_write(P_SEQ, 3, r->bl & 0x3F);
		return;
	default: return;
	}
	if (r->al & 0x0F)
		font_load_rom(height, r->bl);
	if (program)
		text_height_set(height);
}

/* AL = 21h..24h: the number of rows comes as a code, or in DL. */
static void graphics_font(struct regs *r)
{
	u8 rows, height;

	switch (r->al) {
	case 0x21:
		height = (u8)r->cx;
		set_vector(0x43, r->bp, r->es);
		break;
	case 0x22: height = 14; break;
	case 0x23: height = 8; break;
	case 0x24: height = 16; break;
	default: return;
	}
	if (r->al != 0x21)
		set_vector(0x43, ROM_OFF(font_of_height(height)), rom_seg());
	switch (r->bl) {
	case 0: rows = r->dl; break;
	case 1: rows = 14; break;
	case 3: rows = 43; break;
	default: rows = 25;
	}
	bda16_set(BDA_CHAR_HEIGHT, height);
	bda8_set(BDA_ROWS, (u8)(rows - 1));
}

/* AL = 30h */
static void font_information(struct regs *r)
{
	struct far_ptr p = { 0, rom_seg() };

	switch (r->bh) {
	case 0: p = peek_far(SEG_IVT, 0x1F * 4); break;
	case 1: p = peek_far(SEG_IVT, 0x43 * 4); break;
	case 2: p.off = ROM_OFF(font_8x14); break;
	case 3: p.off = ROM_OFF(font_8x8); break;
	case 4: p.off = ROM_OFF(font_8x8 + 128 * 8); break;
	case 6: p.off = ROM_OFF(font_8x16); break;
	case 5:
	case 7: p.off = ROM_OFF(font_no_alternates); break;
	default: return;
	}
	r->es = p.seg;
	r->bp = p.off;
	r->cx = bda16(BDA_CHAR_HEIGHT);
	r->dl = bda8(BDA_ROWS);
}

void int10_font(struct regs *r)
{
	if (r->al < 0x20)
		text_font(r);
	else if (r->al == 0x20)
		set_vector(0x1F, r->bp, r->es);
	else if (r->al == 0x30)
		font_information(r);
	else
		graphics_font(r);
}
