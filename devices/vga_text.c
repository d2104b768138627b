/* vga_text.c - the text modes: character, attribute and font to dots; the screen as characters.
 *
 * IBM PS/2 Hardware Interface Technical Reference, Video Subsystems: plane 0 has the characters,
 * plane 1 the attributes, plane 2 eight fonts of 256 characters of 32 bytes. Attribute bit 3
 * chooses the font (sequencer 3) as well as the intensity; attributes with foreground 1 or 9 on
 * background 0 are underlined on the row of CRTC 14 - out of the character's reach in the colour
 * modes as the BIOS sets them.
 */
#include "devices/vga_internal.h"

struct text_style {
	u32 font[2];         /* plane addresses, by attribute bit 3 */
	u32 cursor;          /* address counter */
	bool cursor_shown;   /* on this scan line, in this phase */
	int cursor_skew;
	bool blink, visible; /* attribute bit 7 blinks; blinking characters are shown in this phase */
	bool line_graphics;
	bool underline; /* on this scan line */
};

/* The eight fonts lie at 0, 16, 32, 48, 8, 24, 40 and 56 KB. */
static u32 font_address(u32 select)
{
	return (select & 3) << 14 | (select >> 2) << 13;
}

static bool cursor_enabled(const struct vga *v)
{
	u32 start = v->r.crtc[CRTC_CURSOR_START], end = v->r.crtc[CRTC_CURSOR_END] & 0x1f;
	return !(start & 0x20) && (start & 0x1f) <= end;
}

static bool cursor_on_row(const struct vga *v, u32 row)
{
	return cursor_enabled(v) && row >= (v->r.crtc[CRTC_CURSOR_START] & 0x1fu) &&
	       row <= (v->r.crtc[CRTC_CURSOR_END] & 0x1fu);
}

static u32 cursor_address(const struct vga *v)
{
	return (u32)v->r.crtc[CRTC_CURSOR_HIGH] << 8 | v->r.crtc[CRTC_CURSOR_LOW];
}

static struct text_style text_style(const struct vga *v, const struct vga_scan *s, u64 frames)
{
	u32 map = v->r.seq[SEQ_CHAR_MAP];
	u8 mode = v->r.attr[ATTR_MODE];
	struct text_style t = {
		.cursor = cursor_address(v),
		.cursor_shown = cursor_on_row(v, s->row) && vga_cursor_phase(frames),
		.cursor_skew = v->r.crtc[CRTC_CURSOR_END] >> 5 & 3,
		.blink = mode & ATTR_MODE_BLINK,
		.visible = vga_char_phase(frames),
		.line_graphics = mode & ATTR_MODE_LINE_GRAPHICS,
		.underline = s->row == (v->r.crtc[CRTC_UNDERLINE] & 0x1fu),
	};
	if (v->r.seq[SEQ_MEMORY] & SEQ_MEMORY_EXTENDED) {
		t.font[0] = font_address((map & 3) | (map >> 2 & 4));
		t.font[1] = font_address((map >> 2 & 3) | (map >> 3 & 4));
	}
	return t;
}

static void draw_cell(u32 glyph, u8 fg, u8 bg, u8 *dots, int width)
{
	for (int i = 0; i < width; i++)
		dots[i] = glyph & (0x100u >> i) ? fg : bg;
}

/* The nine dots of a character's scan line, leftmost in bit 8. */
static u32 glyph_line(const struct vga *v, const struct text_style *t, u32 ch, u32 attr, u32 row)
{
	u32 w = vga_planes(v, t->font[attr >> 3 & 1] + ch * 32 + row);
	u32 glyph = (w >> 16 & 0xff) << 1;
	if (t->line_graphics && (ch & 0xe0) == 0xc0)
		glyph |= glyph >> 1 & 1;
	if (t->blink && attr & 0x80 && !t->visible)
		glyph = 0;
	if (t->underline && (attr & 0x77) == 0x01)
		glyph = 0x1ff;
	return glyph;
}

void vga_text_line(const struct vga *v, const struct vga_scan *s, u64 frames, int chars, u8 *dots)
{
	struct text_style t = text_style(v, s, frames);
	int width = vga_char_dots(v);
	for (int c = 0; c < chars; c++, dots += width) {
		u32 counter = (s->address + (u32)c) & 0xffff;
		u32 w = vga_planes(v, vga_display_address(v, counter, s->row));
		u32 attr = w >> 8 & 0xff;
		u32 glyph = glyph_line(v, &t, w & 0xff, attr, s->row);
		if (t.cursor_shown && c >= t.cursor_skew && ((counter - (u32)t.cursor_skew) & 0xffff) == t.cursor)
			glyph = 0x1ff;
		draw_cell(glyph, attr & 15, (u8)(attr >> 4 & (t.blink ? 7 : 15)), dots, width);
	}
}

static void text_row(const struct vga *v, const struct vga_scan *s, struct vga_text_info *t)
{
	int skew = v->r.crtc[CRTC_CURSOR_END] >> 5 & 3;
	u32 column = (cursor_address(v) - s->address) & 0xffff;
	if (column + (u32)skew < (u32)t->cols) {
		t->cursor_row = t->rows;
		t->cursor_col = (int)column + skew;
	}
	for (int c = 0; c < t->cols; c++) {
		u32 counter = (s->address + (u32)c) & 0xffff;
		t->cells[t->rows * t->cols + c] = (u16)vga_planes(v, vga_display_address(v, counter, 0));
	}
	t->rows++;
}

bool vga_text_cells(const struct vga *v, struct vga_text_info *t)
{
	t->cols = v->r.crtc[CRTC_H_DISPLAY_END] + 1;
	t->rows = 0;
	t->cursor_row = t->cursor_col = -1;
	t->cursor_visible = false;
	if (!vga_screen_on(v) || vga_is_graphics(v) || vga_vbe_on(v))
		return false;

	struct vga_scan s;
	bool new_row = true;
	u32 max_row = v->r.crtc[CRTC_MAX_SCAN] & 0x1f;
	vga_scan_begin(v, &s);
	while (s.line < v->timing.display_lines && (t->rows + 1) * t->cols <= VGA_TEXT_MAX_CELLS) {
		u32 row_address = s.address;
		bool was_split = s.split;
		if (new_row)
			text_row(v, &s, t);
		vga_scan_next(v, &s);
		new_row = s.address != row_address || s.split != was_split || (s.row == 0 && !s.repeated);
	}
	u32 cursor_start = v->r.crtc[CRTC_CURSOR_START] & 0x1f;
	t->cursor_visible = t->cursor_row >= 0 && cursor_enabled(v) && cursor_start <= max_row;
	return true;
}

/* Appends one row, without its trailing spaces, if all of it fits. */
static bool append_row(const u16 *cells, int cols, char *out, size_t size, size_t *used)
{
	size_t n = *used;
	while (cols > 0 && ((cells[cols - 1] & 0xff) == ' ' || (cells[cols - 1] & 0xff) == 0))
		cols--;
	for (int c = 0; c < cols; c++) {
		char utf8[4];
		int len = cp437_utf8((u8)cells[c], utf8);
		if (n + (size_t)len + 2 > size)
			return false;
		memcpy(out + n, utf8, (size_t)len);
		n += (size_t)len;
	}
	if (n + 2 > size)
		return false;
	out[n++] = '\n';
	*used = n;
	return true;
}

int vga_text_screen(const struct vga *v, char *out, size_t size)
{
	struct vga_text_info t;
	size_t used = 0;
	if (!size || !vga_text_cells(v, &t))
		return -1;
	for (int row = 0; row < t.rows; row++)
		if (!append_row(t.cells + row * t.cols, t.cols, out, size, &used))
			break;
	out[used] = '\0';
	return (int)used;
}
