/*
 * glyphs.c - characters and pixels in display memory: text cells, CGA's interleaved banks, EGA planes, mode 13h's bytes.
 *
 * IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=08h..0Ah, 0Ch, 0Dh. Bit 7 of the colour means XOR in graphics modes
 * other than 13h. Glyphs come from the font at INT 43h; in modes 4..6 the characters 80h..FFh come from INT 1Fh.
 */
#include "vga16.h"

static u16 cell_offset(const struct screen *s, u8 page, u8 row, u8 col)
{
	return (u16)(page * bda16(BDA_PAGE_SIZE) + (row * s->cols + col) * 2);
}

/* One scan line of a glyph. */
static u8 glyph_line(const struct screen *s, u8 ch, u8 line)
{
	struct far_ptr font = peek_far(SEG_IVT, 0x43 * 4);

	if (s->kind == KIND_CGA && ch >= 128) {
		font = peek_far(SEG_IVT, 0x1F * 4);
		ch = (u8)(ch - 128);
	}
	return peek8(font.seg, (u16)(font.off + ch * s->height + line));
}

/* ---- CGA: two banks of 80-byte lines --------------------------------------------------------------------------- */
static u16 cga_line(u16 y)
{
	return (u16)((y >> 1) * 80 + (y & 1 ? 0x2000 : 0));
}

/* Eight one-bit pixels become eight two-bit pixels of a colour. */
static u16 cga_spread(u8 bits, u8 colour)
{
	u16 out = 0;
	u8 i;

	for (i = 0; i < 8; i++) {
		out = (u16)(out << 2);
		if (bits & (0x80 >> i))
			out |= colour & 3;
	}
	return out;
}

static void cga_poke(u16 off, u8 value, u8 exclusive)
{
	poke8(SEG_COLOUR, off, exclusive ? peek8(SEG_COLOUR, off) ^ value : value);
}

static void cga_char(const struct screen *s, u8 row, u8 col, u8 ch, u8 colour)
{
	u8 i, exclusive = colour & 0x80;

	for (i = 0; i < s->height; i++) {
		u8 bits = glyph_line(s, ch, i);
		u16 off = cga_line((u16)(row * s->height + i));

		if (s->bits == 1) {
			cga_poke((u16)(off + col), colour & 1 ? bits : 0, exclusive);
		} else {
			u16 wide = cga_spread(bits, colour);

			cga_poke((u16)(off + 2 * col), (u8)(wide >> 8), exclusive);
			cga_poke((u16)(off + 2 * col + 1), (u8)wide, exclusive);
		}
	}
}

/* ---- Planes ---------------------------------------------------------------------------------------------------- */
static void planar_default(void)
{
	reg_write(P_GFX, 0, 0);
	reg_write(P_GFX, 1, 0);
	reg_write(P_GFX, 3, 0);
	reg_write(P_GFX, 5, 0);
	reg_write(P_GFX, 8, 0xFF);
	reg_write(P_SEQ, 2, 0x0F);
}

static void planar_char(const struct screen *s, u8 page, u8 row, u8 col, u8 ch, u8 colour)
{
	u16 off = (u16)(page * bda16(BDA_PAGE_SIZE) + row * s->height * s->cols + col);
	u8 i;

	reg_write(P_SEQ, 2, 0x0F);
	if (colour & 0x80)
		reg_write(P_GFX, 3, 0x18);
	reg_write(P_GFX, 5, 2);			/* write mode 2: the byte is a colour, the bit mask says where */
	for (i = 0; i < s->height; i++, off = (u16)(off + s->cols)) {
		u8 bits = glyph_line(s, ch, i);

		reg_write(P_GFX, 8, bits);
		peek8(SEG_PLANAR, off);
		poke8(SEG_PLANAR, off, colour & 0x0F);
		if (!(colour & 0x80)) {
			reg_write(P_GFX, 8, (u8)~bits);
			peek8(SEG_PLANAR, off);
			poke8(SEG_PLANAR, off, 0);
		}
	}
	planar_default();
}

/* ---- Mode 13h -------------------------------------------------------------------------------------------------- */
static void linear_char(const struct screen *s, u8 row, u8 col, u8 ch, u8 colour)
{
	u16 off = (u16)(row * s->height * 320 + col * 8);
	u8 i, j;

	for (i = 0; i < s->height; i++, off = (u16)(off + 320)) {
		u8 bits = glyph_line(s, ch, i);

		for (j = 0; j < 8; j++)
			poke8(SEG_PLANAR, (u16)(off + j), bits & (0x80 >> j) ? colour : 0);
	}
}

/* ---- Characters ------------------------------------------------------------------------------------------------ */
static void text_chars(const struct screen *s, u16 off, u8 ch, u16 colour, u16 count)
{
	if (!(colour & COLOUR_KEEP)) {
		fill16(s->segment, off, (u16)(ch | colour << 8), count);
		return;
	}
	for (; count; count--, off = (u16)(off + 2))
		poke8(s->segment, off, ch);
}

void char_write(const struct screen *s, u8 page, u8 row, u8 col, u8 ch, u16 colour, u16 count)
{
	if (s->kind == KIND_TEXT) {
		text_chars(s, cell_offset(s, page, row, col), ch, colour, count);
		return;
	}
	for (; count && row < s->rows; count--) {
		if (s->kind == KIND_CGA)
			cga_char(s, row, col, ch, (u8)colour);
		else if (s->kind == KIND_PLANAR)
			planar_char(s, page, row, col, ch, (u8)colour);
		else
			linear_char(s, row, col, ch, (u8)colour);
		if (++col >= s->cols) {
			col = 0;
			row++;
		}
	}
}

/* One scan line of a cell as bits: a pixel counts when it is not background. */
static u8 cell_line(const struct screen *s, u8 page, u8 row, u8 col, u8 line)
{
	u16 y = (u16)(row * s->height + line), off;
	u8 i, bits = 0;

	switch (s->kind) {
	case KIND_CGA:
		if (s->bits == 1)
			return peek8(SEG_COLOUR, (u16)(cga_line(y) + col));
		for (i = 0; i < 8; i++)
			bits = (u8)(bits << 1 | (pixel_read(page, (u16)(col * 8 + i), y) != 0));
		return bits;
	case KIND_PLANAR:
		/* read mode 1 compares with colour 0: equal pixels read as ones */
		off = (u16)(page * bda16(BDA_PAGE_SIZE) + y * s->cols + col);
		reg_write(P_GFX, 2, 0);
		reg_write(P_GFX, 7, s->bits == 1 ? 1 : 0x0F);
		reg_write(P_GFX, 5, 8);
		bits = (u8)~peek8(SEG_PLANAR, off);
		reg_write(P_GFX, 5, 0);
		reg_write(P_GFX, 7, s->mode == 0x0F ? 5 : s->bits == 1 ? 1 : 0x0F);
		return bits;
	default:
		for (i = 0; i < 8; i++)
			bits = (u8)(bits << 1 | (peek8(SEG_PLANAR, (u16)(y * 320 + col * 8 + i)) != 0));
		return bits;
	}
}

/* Character in the low byte, attribute in the high one; 0 when no glyph matches. */
u16 char_read(const struct screen *s, u8 page, u8 row, u8 col)
{
	u8 cell[32], i, height = s->height > 32 ? 32 : s->height;
	u16 ch;

	if (s->kind == KIND_TEXT)
		return peek16(s->segment, cell_offset(s, page, row, col));
	for (i = 0; i < height; i++)
		cell[i] = cell_line(s, page, row, col, i);
	for (ch = 0; ch < 256; ch++) {
		for (i = 0; i < height && glyph_line(s, (u8)ch, i) == cell[i]; i++)
			;
		if (i == height)
			return ch;
	}
	return 0;
}

/* ---- Pixels ---------------------------------------------------------------------------------------------------- */
static void cga_pixel(const struct screen *s, u16 x, u16 y, u8 colour)
{
	u8 shift = s->bits == 1 ? 7 - (x & 7) : 6 - 2 * (x & 3), mask = (u8)((s->bits == 1 ? 1 : 3) << shift);
	u16 off = (u16)(cga_line(y) + (s->bits == 1 ? x >> 3 : x >> 2));
	u8 value = (u8)((colour << shift) & mask), old = peek8(SEG_COLOUR, off);

	poke8(SEG_COLOUR, off, colour & 0x80 ? old ^ value : (u8)((old & ~mask) | value));
}

static u16 planar_offset(const struct screen *s, u8 page, u16 x, u16 y)
{
	return (u16)(page * bda16(BDA_PAGE_SIZE) + y * s->cols + (x >> 3));
}

void pixel_write(u8 page, u16 x, u16 y, u8 colour)
{
	struct screen s;
	u16 off;

	screen_get(&s);
	switch (s.kind) {
	case KIND_CGA:
		cga_pixel(&s, x, y, colour);
		break;
	case KIND_PLANAR:
		off = planar_offset(&s, page, x, y);
		reg_write(P_SEQ, 2, 0x0F);
		reg_write(P_GFX, 5, 2);
		reg_write(P_GFX, 8, (u8)(0x80 >> (x & 7)));
		if (colour & 0x80)
			reg_write(P_GFX, 3, 0x18);
		peek8(SEG_PLANAR, off);
		poke8(SEG_PLANAR, off, colour & 0x0F);
		planar_default();
		break;
	case KIND_LINEAR:
		poke8(SEG_PLANAR, (u16)(y * 320 + x), colour);
		break;
	}
}

u8 pixel_read(u8 page, u16 x, u16 y)
{
	struct screen s;
	u8 plane, colour = 0, byte;

	screen_get(&s);
	switch (s.kind) {
	case KIND_CGA:
		byte = peek8(SEG_COLOUR, (u16)(cga_line(y) + (s.bits == 1 ? x >> 3 : x >> 2)));
		return s.bits == 1 ? byte >> (7 - (x & 7)) & 1 : byte >> (6 - 2 * (x & 3)) & 3;
	case KIND_PLANAR:
		for (plane = 0; plane < 4; plane++) {
			reg_write(P_GFX, 4, plane);
			byte = peek8(SEG_PLANAR, planar_offset(&s, page, x, y));
			colour |= (u8)((byte >> (7 - (x & 7)) & 1) << plane);
		}
		reg_write(P_GFX, 4, 0);
		return colour;
	case KIND_LINEAR:
		return peek8(SEG_PLANAR, (u16)(y * 320 + x));
	}
	return 0;
}
