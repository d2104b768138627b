/*
 * scroll.c - INT 10h AH=06h and 07h: move a window of character rows up or down and fill what becomes free.
 *
 * IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=06h, 07h. A window is moved line by line: a line is one text row or one
 * scan line. Planes move all at once through the latches (write mode 1).
 */
#include "vga16.h"

struct window {
	struct screen s;
	u16 base;		/* offset of the page */
	u16 left, width;	/* bytes in a line */
	u8 fill;
};

static u16 line_offset(const struct window *w, u16 line)
{
	u16 at = (u16)(w->base + w->left);

	switch (w->s.kind) {
	case KIND_TEXT: return (u16)(at + line * w->s.cols * 2);
	case KIND_CGA: return (u16)(at + (line >> 1) * 80 + (line & 1 ? 0x2000 : 0));
	case KIND_PLANAR: return (u16)(at + line * w->s.cols);
	default: return (u16)(at + line * 320);
	}
}

static void line_fill(const struct window *w, u16 line)
{
	if (w->s.kind == KIND_TEXT)
		fill16(w->s.segment, line_offset(w, line), (u16)(' ' | w->fill << 8), w->width >> 1);
	else
		fill8(w->s.segment, line_offset(w, line), w->fill, w->width);
}

/* The fill byte of a colour: in planes set/reset supplies it instead. */
static u8 fill_byte(const struct screen *s, u8 attribute)
{
	if (s->kind != KIND_CGA)
		return attribute;
	return s->bits == 1 ? (attribute & 1 ? 0xFF : 0) : (u8)((attribute & 3) * 0x55);
}

static void lines_move(const struct window *w, u16 first, u16 count, u16 distance, u8 down)
{
	u16 i;

	if (w->s.kind == KIND_PLANAR)
		reg_write(P_GFX, 5, 1);
	for (i = 0; i < count; i++) {
		u16 line = (u16)(down ? first + distance + count - 1 - i : first + i);
		u16 from = (u16)(down ? line - distance : line + distance);

		copy8(w->s.segment, line_offset(w, line), w->s.segment, line_offset(w, from), w->width);
	}
	if (w->s.kind == KIND_PLANAR)
		reg_write(P_GFX, 5, 0);
}

static void lines_fill(const struct window *w, u16 first, u16 count)
{
	u16 i;

	if (w->s.kind == KIND_PLANAR) {
		reg_write(P_GFX, 0, w->fill & 0x0F);
		reg_write(P_GFX, 1, 0x0F);
	}
	for (i = 0; i < count; i++)
		line_fill(w, (u16)(first + i));
	if (w->s.kind == KIND_PLANAR) {
		reg_write(P_GFX, 0, 0);
		reg_write(P_GFX, 1, 0);
	}
}

void scroll_window(u8 page, u8 top, u8 left, u8 bottom, u8 right, u8 lines, u8 attribute, u8 down)
{
	struct window w;
	u16 cell, first, height, distance;

	screen_get(&w.s);
	if (bottom >= w.s.rows)
		bottom = (u8)(w.s.rows - 1);
	if (right >= w.s.cols)
		right = (u8)(w.s.cols - 1);
	if (top > bottom || left > right)
		return;
	height = (u16)(bottom - top + 1);
	if (lines == 0 || lines > height)
		lines = (u8)height;

	w.base = w.s.kind == KIND_TEXT || w.s.kind == KIND_PLANAR ? (u16)(page * bda16(BDA_PAGE_SIZE)) : 0;
	cell = w.s.kind == KIND_TEXT || (w.s.kind == KIND_CGA && w.s.bits == 2) ? 2 : w.s.kind == KIND_LINEAR ? 8 : 1;
	w.left = (u16)(left * cell);
	w.width = (u16)((right - left + 1) * cell);
	w.fill = fill_byte(&w.s, attribute);

	first = top;
	distance = lines;
	if (w.s.kind != KIND_TEXT) {
		first = (u16)(first * w.s.height);
		height = (u16)(height * w.s.height);
		distance = (u16)(distance * w.s.height);
	}
	if (w.s.kind == KIND_PLANAR)
		reg_write(P_SEQ, 2, 0x0F);
	lines_move(&w, first, (u16)(height - distance), distance, down);
	lines_fill(&w, down ? first : (u16)(first + height - distance), distance);
}
