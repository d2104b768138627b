/*
 * text.c - INT 10h cursor, page, teletype and string services: everything that works in characters and never in bits.
 *
 * IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=01h..03h, 05h, 08h..0Ah, 0Eh, 13h. Not done: a cursor in graphics modes
 * (the VGA has none).
 */
#include "vga16.h"

static u8 text_mode(void)
{
	u8 mode = bda8(BDA_MODE);

	return mode <= 3 || mode == 7;
}

/*
 * A program that thinks of a CGA gives lines 0..7; with cursor emulation they are stretched to the real cell: the two
 * underline rows stay two rows thick, one line above the bottom of the cell; the upper ones scale.
 */
static u8 cursor_line(u8 line, u8 height, u8 bottom)
{
	if (line >= 6)
		return (u8)(height - (line == 6 ? 3 : 2));
	return (u8)((line + bottom) * height / 8 - bottom);
}

void cursor_shape(u8 start, u8 end)
{
	u16 crtc = bda16(BDA_CRTC);
	u8 height = bda8(BDA_CHAR_HEIGHT);

	bda16_set(BDA_CURSOR_TYPE, (u16)(start << 8 | end));
	if (!(bda8(BDA_VIDEO_CTL) & VCTL_NO_CURSOR_EMULATION) && text_mode() && height > 8 && !(start & 0x20) &&
	    (start & 0x1F) < 8 && (end & 0x1F) < 8) {
		u8 whole = (start & 0x1F) == 0 && (end & 0x1F) == 7;

		start = (u8)((start & 0x60) | cursor_line(start & 0x1F, height, 0));
		end = whole ? (u8)(height - 1) : cursor_line(end & 0x1F, height, 1);
	}
	reg_write(crtc, 0x0A, start);
	reg_write(crtc, 0x0B, end);
}

void cursor_set(u8 page, u8 row, u8 col)
{
	u16 crtc = bda16(BDA_CRTC), at;

	if (page > 7)
		return;
	bda16_set((u16)(BDA_CURSOR_POS + 2 * page), (u16)(row << 8 | col));
	if (page != bda8(BDA_PAGE) || !text_mode())
		return;
	at = (u16)((bda16(BDA_PAGE_START) >> 1) + row * bda16(BDA_COLS) + col);
	reg_write(crtc, 0x0E, (u8)(at >> 8));
	reg_write(crtc, 0x0F, (u8)at);
}

void page_select(u8 page)
{
	u16 crtc = bda16(BDA_CRTC), start, pos;

	if (page > 7)
		return;
	start = (u16)(page * bda16(BDA_PAGE_SIZE));
	bda16_set(BDA_PAGE_START, start);
	bda8_set(BDA_PAGE, page);
	if (bda8(BDA_MODE) < 0x0D)
		start >>= 1;		/* the CRTC counts words in these modes */
	reg_write(crtc, 0x0C, (u8)(start >> 8));
	reg_write(crtc, 0x0D, (u8)start);
	pos = bda16((u16)(BDA_CURSOR_POS + 2 * page));
	cursor_set(page, (u8)(pos >> 8), (u8)pos);
}

/* A short tone from the speaker; the length comes from the refresh toggle of port 61h (15 us), bounded for machines without. */
static void bell(void)
{
	u16 toggles = 0, reads = 0;
	u8 saved = inb(0x61), last = saved;

	outb(0x43, 0xB6);
	outb(0x42, 0x33);		/* 1,193,182 Hz / 533h = 896 Hz */
	outb(0x42, 0x05);
	outb(0x61, saved | 3);
	while (toggles < 12000 && reads < 60000) {
		u8 now = inb(0x61);

		if ((now ^ last) & 0x10)
			toggles++;
		last = now;
		reads++;
	}
	outb(0x61, saved & (u8)~3);
}

/* The attribute that a new line gets: that of the last cell in text modes, black in graphics. */
static u8 fill_attribute(const struct screen *s, u8 page, u8 row, u8 col)
{
	return s->kind == KIND_TEXT ? (u8)(char_read(s, page, row, col) >> 8) : 0;
}

void teletype(u8 ch, u8 page, u8 colour)
{
	struct screen s;
	u16 pos;
	u8 row, col;

	if (page > 7)
		page = bda8(BDA_PAGE);
	screen_get(&s);
	pos = bda16((u16)(BDA_CURSOR_POS + 2 * page));
	row = (u8)(pos >> 8);
	col = (u8)pos;
	switch (ch) {
	case 7:
		bell();
		return;
	case 8:
		if (col)
			col--;
		break;
	case 10:
		row++;
		break;
	case 13:
		col = 0;
		break;
	default:
		char_write(&s, page, row, col, ch, s.kind == KIND_TEXT ? COLOUR_KEEP : colour, 1);
		if (++col >= s.cols) {
			col = 0;
			row++;
		}
	}
	if (row >= s.rows) {
		row = (u8)(s.rows - 1);
		scroll_window(page, 0, 0, row, (u8)(s.cols - 1), 1, fill_attribute(&s, page, row, col), 0);
	}
	cursor_set(page, row, col);
}

/* AH = 09h, 0Ah */
void int10_write_chars(struct regs *r, u8 with_attribute)
{
	struct screen s;
	u8 page = r->bh;
	u16 pos;

	screen_get(&s);
	if (s.kind == KIND_LINEAR || page > 7)
		page = 0;
	pos = bda16((u16)(BDA_CURSOR_POS + 2 * page));
	char_write(&s, page, (u8)(pos >> 8), (u8)pos, r->al, with_attribute || s.kind != KIND_TEXT ? r->bl : COLOUR_KEEP, r->cx);
}

/* AH = 08h */
void int10_read_char(struct regs *r)
{
	struct screen s;
	u8 page = r->bh & 7;
	u16 pos;

	screen_get(&s);
	pos = bda16((u16)(BDA_CURSOR_POS + 2 * page));
	r->ax = char_read(&s, page, (u8)(pos >> 8), (u8)pos);
}

/* AH = 13h: AL bit 0 moves the cursor, bit 1 says that each character is followed by its attribute. */
void int10_string(struct regs *r)
{
	struct screen s;
	u8 page = r->bh & 7, colour = r->bl;
	u16 i, off = r->bp, saved = bda16((u16)(BDA_CURSOR_POS + 2 * page));

	if (r->al > 3 || r->cx == 0)
		return;
	screen_get(&s);
	cursor_set(page, r->dh, r->dl);
	for (i = 0; i < r->cx; i++) {
		u8 ch = peek8(r->es, off++);
		u16 pos = bda16((u16)(BDA_CURSOR_POS + 2 * page));

		if (r->al & 2)
			colour = peek8(r->es, off++);
		if (ch != 7 && ch != 8 && ch != 10 && ch != 13)
			char_write(&s, page, (u8)(pos >> 8), (u8)pos, ch, colour, 1);
		teletype(ch, page, colour);
	}
	if (!(r->al & 1))
		cursor_set(page, (u8)(saved >> 8), (u8)saved);
}
