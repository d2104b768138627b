/* vga_render.c - the picture: the CRTC's walk down the screen and the attribute controller.
 *
 * IBM PS/2 Hardware Interface Technical Reference, Video Subsystems: CRT controller, attribute
 * controller, video DAC.
 *
 *   address, row --> text or graphics line (4 bits a dot) --> plane enable --> palette -->
 *   colour select --> DAC mask --> DAC --> RGB
 *
 * Scan lines that a graphics mode shows twice or more (double scan, or a character height above
 * one that nothing depends on) become one line of the picture; the pixel aspect makes up for it.
 */
#include "devices/vga_internal.h"

struct picture {
	int chars, dots_per_pixel;
	int lines_per_row; /* scan lines per line of the picture */
	int pan;           /* dots */
	u64 frames;
	u32 color[256];    /* by dot (4 bits), or by two dots (8 bits) */
};

bool vga_screen_on(const struct vga *v)
{
	return (v->r.seq[SEQ_RESET] & 3) == 3 && !(v->r.seq[SEQ_CLOCKING] & CLOCKING_SCREEN_OFF) &&
	       v->r.attr_index & ATTR_INDEX_PAS && v->r.crtc[CRTC_MODE] & CRTC_MODE_SYNC;
}

static u32 line_compare(const struct vga *v)
{
	const u8 *crtc = v->r.crtc;
	u32 line = crtc[CRTC_LINE_COMPARE] | (crtc[CRTC_OVERFLOW] & 0x10u) << 4 | (crtc[CRTC_MAX_SCAN] & 0x40u) << 3;
	return crtc[CRTC_MODE] & CRTC_MODE_V_TIMES_2 ? 2 * line + 1 : line;
}

void vga_scan_begin(const struct vga *v, struct vga_scan *s)
{
	u32 preset = v->r.crtc[CRTC_PRESET_ROW];
	*s = (struct vga_scan){
		.address = (vga_start_address(v) + (preset >> 5)) & 0xffff,
		.row = preset & 0x1f,
	};
}

void vga_scan_next(const struct vga *v, struct vga_scan *s)
{
	u8 height = v->r.crtc[CRTC_MAX_SCAN];
	if (s->line++ == line_compare(v)) {
		bool keep_bytes = !(v->r.attr[ATTR_MODE] & ATTR_MODE_PAN_COMPAT);
		s->address = keep_bytes ? v->r.crtc[CRTC_PRESET_ROW] >> 5 : 0;
		s->row = 0;
		s->repeated = false;
		s->split = true;
		return;
	}
	if (height & 0x80 && !s->repeated) {
		s->repeated = true;
		return;
	}
	s->repeated = false;
	if (s->row == (height & 0x1fu)) {
		s->row = 0;
		s->address = (s->address + 2u * v->r.crtc[CRTC_OFFSET]) & 0xffff;
	} else {
		s->row = (s->row + 1) & 0x1f;
	}
}

/* From the address counter to the plane address: byte, word and doubleword mode, row scan bits. */
u32 vga_display_address(const struct vga *v, u32 counter, u32 row)
{
	u8 mode = v->r.crtc[CRTC_MODE];
	u32 a = counter & 0xffff;
	if (v->r.crtc[CRTC_UNDERLINE] & UNDERLINE_DOUBLEWORD)
		a = a << 2 | (a >> 12 & 3);
	else if (!(mode & CRTC_MODE_BYTE))
		a = a << 1 | (a >> (mode & CRTC_MODE_WRAP_15 ? 15 : 13) & 1);
	if (!(mode & CRTC_MODE_ROW_BIT0_OFF))
		a = (a & ~0x2000u) | (row & 1) << 13;
	if (!(mode & CRTC_MODE_ROW_BIT1_OFF))
		a = (a & ~0x4000u) | (row >> 1 & 1) << 14;
	return a & 0xffff;
}

static int rgb8(int six)
{
	return six << 2 | six >> 4;
}

u32 vga_dac_color(const struct vga *v, u32 index)
{
	const u8 *c = v->r.dac[index & v->r.dac_mask];
	if (vga_dac_is_8bit(v))
		return (u32)(c[0] << 16 | c[1] << 8 | c[2]);
	return (u32)(rgb8(c[0]) << 16 | rgb8(c[1]) << 8 | rgb8(c[2]));
}

/* In graphics modes blinking inverts bit 3: of pixels that have it, in monochrome of all. */
static u32 palette_input(const struct vga *v, u32 dot, u64 frames)
{
	u8 mode = v->r.attr[ATTR_MODE];
	u32 a = dot & v->r.attr[ATTR_PLANES] & 15;
	bool inverted = mode & ATTR_MODE_GRAPHICS && mode & ATTR_MODE_BLINK && !vga_char_phase(frames);
	return inverted && (a & 8 || mode & ATTR_MODE_MONO) ? a ^ 8 : a;
}

static u32 color_of_dot(const struct vga *v, u32 dot, u64 frames)
{
	u32 a = v->r.attr[palette_input(v, dot, frames)], select = v->r.attr[ATTR_COLOR];
	if (v->r.attr[ATTR_MODE] & ATTR_MODE_P54_SELECT)
		a = (a & 15) | (select & 3) << 4;
	return vga_dac_color(v, a | (select & 12) << 4);
}

/* Both halves of an 8-bit pixel go through the palette, which mode 13h sets to 0 to 15. */
static u32 color_of_pair(const struct vga *v, u32 pair, u64 frames)
{
	u32 high = v->r.attr[palette_input(v, pair >> 4, frames)] & 15;
	u32 low = v->r.attr[palette_input(v, pair & 15, frames)] & 15;
	return vga_dac_color(v, high << 4 | low);
}

/* Attribute 13h: with nine dots 8 is no panning and 0 to 7 are one to eight dots. */
static int panning(const struct vga *v)
{
	int pan = v->r.attr[ATTR_PANNING];
	if (vga_char_dots(v) == 9)
		return pan < 8 ? pan + 1 : 0;
	return pan & 7;
}

/* How many scan lines in a row are the same, whatever is in the memory. */
static int lines_per_row(const struct vga *v)
{
	u8 height = v->r.crtc[CRTC_MAX_SCAN], mode = v->r.crtc[CRTC_MODE];
	int n = height & 0x80 ? 2 : 1;
	bool rows_matter = !vga_is_graphics(v) || ~mode & (CRTC_MODE_ROW_BIT0_OFF | CRTC_MODE_ROW_BIT1_OFF);
	if (!rows_matter)
		n *= (height & 0x1f) + 1;
	bool split_between = line_compare(v) >= v->timing.display_lines || (line_compare(v) + 1) % (u32)n == 0;
	return split_between && !(v->r.crtc[CRTC_PRESET_ROW] & 0x1f) ? n : 1;
}

static void picture_init(const struct vga *v, struct picture *p)
{
	p->chars = v->r.crtc[CRTC_H_DISPLAY_END] + 1;
	p->dots_per_pixel = v->r.attr[ATTR_MODE] & ATTR_MODE_PIXEL_2_DOTS ? 2 : 1;
	p->lines_per_row = lines_per_row(v);
	p->pan = panning(v);
	p->frames = vga_frame_count(v);
	if (p->dots_per_pixel == 2)
		for (u32 i = 0; i < 256; i++)
			p->color[i] = color_of_pair(v, i, p->frames);
	else
		for (u32 i = 0; i < 16; i++)
			p->color[i] = color_of_dot(v, i, p->frames);
}

static void frame_size(struct frame *f, int width, int height)
{
	int num = 4 * height, den = 3 * width, d = vga_gcd(num, den);
	f->par_num = num / d;
	f->par_den = den / d;
	f->width = width < f->max_width ? width : f->max_width;
	f->height = height < f->max_height ? height : f->max_height;
}

static void render_line(const struct vga *v, const struct picture *p, const struct vga_scan *s, u32 *out, int width)
{
	u8 dots[VGA_LINE_DOTS];
	bool pan_off = s->split && v->r.attr[ATTR_MODE] & ATTR_MODE_PAN_COMPAT;
	const u8 *d = dots + (pan_off ? 0 : p->pan);
	if (vga_is_graphics(v))
		vga_gfx_line(v, s, p->chars + 1, dots);
	else
		vga_text_line(v, s, p->frames, p->chars + 1, dots);
	if (p->dots_per_pixel == 2)
		for (int x = 0; x < width; x++)
			out[x] = p->color[d[2 * x] << 4 | d[2 * x + 1]];
	else
		for (int x = 0; x < width; x++)
			out[x] = p->color[d[x]];
}

static void render_black(struct frame *f)
{
	for (int y = 0; y < f->height; y++)
		memset(f->pixels + (size_t)y * (size_t)f->stride_pixels, 0, (size_t)f->width * sizeof *f->pixels);
}

bool vga_render(const struct vga *v, struct frame *f)
{
	struct picture p;
	struct vga_scan s;
	if (vga_vbe_on(v))
		return vga_vbe_render(v, f);
	picture_init(v, &p);
	int lines = (int)v->timing.display_lines;
	int width = p.chars * vga_char_dots(v) / p.dots_per_pixel;
	frame_size(f, width, (lines + p.lines_per_row - 1) / p.lines_per_row);
	f->on = vga_screen_on(v);
	if (!f->on) {
		render_black(f);
		return false;
	}
	vga_scan_begin(v, &s);
	for (int y = 0; y < f->height; y++) {
		render_line(v, &p, &s, f->pixels + (size_t)y * (size_t)f->stride_pixels, f->width);
		for (int i = 0; i < p.lines_per_row; i++)
			vga_scan_next(v, &s);
	}
	return true;
}

u64 vga_picture_id(const struct vga *v)
{
	if (vga_vbe_on(v))
		return (u64)v->generation << 18;
	u64 frames = vga_frame_count(v);
	bool blinks = v->r.attr[ATTR_MODE] & ATTR_MODE_BLINK;
	u64 cursor = !vga_is_graphics(v) && vga_cursor_phase(frames), chars = blinks && vga_char_phase(frames);
	return (u64)v->generation << 18 | vga_start_address(v) << 2 | cursor << 1 | chars;
}
