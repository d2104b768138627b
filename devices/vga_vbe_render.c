/* vga_vbe_render.c - the picture of a VBE mode: 4, 8, 15, 16, 24 or 32 bits a pixel from linear memory.
 *
 *    4  planar, as a VGA's mode 12h, through the palette     16  rrrrrggg gggbbbbb
 *    8  through the DAC                                      24  bytes blue, green, red
 *   15  .rrrrrgg gggbbbbb                                    32  and one unused
 *
 * Bochs VBE display API. Pixels are square but for 200 and 400 lines, which a monitor shows as high as its others.
 */
#include "devices/vga_internal.h"

static u32 expand5(u32 v)
{
	v &= 31;
	return v << 3 | v >> 2;
}

static u32 expand6(u32 v)
{
	v &= 63;
	return v << 2 | v >> 4;
}

static u32 swap16(u32 v)
{
	return (v >> 8 | v << 8) & 0xffff;
}

static u32 rgb(u32 r, u32 g, u32 b)
{
	return r << 16 | g << 8 | b;
}

static void line_4(const struct vga *v, u32 at, int width, u32 *out, const u32 *color)
{
	for (int x = 0; x < width; x++) {
		u32 pixel = v->r.vbe.x_offset + (u32)x, address = at + pixel / 8;
		u32 w = load32(v->mem + (address >> 16) * VGA_MEM_SIZE + 4 * vga_plane_slot(address & 0xffff));
		u32 b = w >> (7 - pixel % 8);
		out[x] = color[(b & 1) | (b >> 7 & 2) | (b >> 14 & 4) | (b >> 21 & 8)];
	}
}

static void line_8(const u8 *p, int width, u32 *out, const u32 *color)
{
	for (int x = 0; x < width; x++)
		out[x] = color[p[x]];
}

static void line_15(const struct vga *v, const u8 *p, int width, u32 *out)
{
	for (int x = 0; x < width; x++) {
		u32 w = load16(p + 2 * x);
		w = v->r.vbe.big_endian ? swap16(w) : w;
		out[x] = rgb(expand5(w >> 10), expand5(w >> 5), expand5(w));
	}
}

static void line_16(const struct vga *v, const u8 *p, int width, u32 *out)
{
	for (int x = 0; x < width; x++) {
		u32 w = load16(p + 2 * x);
		w = v->r.vbe.big_endian ? swap16(w) : w;
		out[x] = rgb(expand5(w >> 11), expand6(w >> 5), expand5(w));
	}
}

static void line_24(const struct vga *v, const u8 *p, int width, u32 *out)
{
	int r = v->r.vbe.big_endian ? 0 : 2;
	for (int x = 0; x < width; x++, p += 3)
		out[x] = rgb(p[r], p[1], p[2 - r]);
}

static void line_32(const struct vga *v, const u8 *p, int width, u32 *out)
{
	for (int x = 0; x < width; x++) {
		u32 w = load32(p + 4 * x);
		out[x] = (v->r.vbe.big_endian ? __builtin_bswap32(w) : w) & 0xffffff;
	}
}

static void colors(const struct vga *v, u32 *color)
{
	if (v->r.vbe.bpp == 4)
		for (u32 i = 0; i < 16; i++)
			color[i] = vga_dac_color(v, (v->r.attr[i & v->r.attr[ATTR_PLANES]] & 63) | (v->r.attr[ATTR_COLOR] & 12) << 4);
	else if (v->r.vbe.bpp == 8)
		for (u32 i = 0; i < 256; i++)
			color[i] = vga_dac_color(v, i);
}

static void size(const struct vga *v, struct frame *f)
{
	int width = v->r.vbe.xres, height = v->r.vbe.yres;
	bool tall = (width == 320 && height == 200) || (width == 640 && height == 400);
	f->par_num = tall ? 5 : 1; /* 4 * 200 : 3 * 320 */
	f->par_den = tall ? 6 : 1;
	f->width = width < f->max_width ? width : f->max_width;
	f->height = height < f->max_height ? height : f->max_height;
}

/* What the offsets allow always lies within the memory. */
static void line(const struct vga *v, int y, int width, u32 *out, const u32 *color)
{
	const struct vga_vbe_regs *r = &v->r.vbe;
	u32 at = (u32)(r->y_offset + y) * vga_vbe_pitch(v);
	const u8 *p = v->mem + at + (r->bpp == 4 ? 0 : r->x_offset * ((r->bpp + 7u) / 8));
	switch (r->bpp) {
	case 4:
		line_4(v, at, width, out, color);
		break;
	case 8:
		line_8(p, width, out, color);
		break;
	case 15:
		line_15(v, p, width, out);
		break;
	case 16:
		line_16(v, p, width, out);
		break;
	case 24:
		line_24(v, p, width, out);
		break;
	default:
		line_32(v, p, width, out);
		break;
	}
}

bool vga_vbe_render(const struct vga *v, struct frame *f)
{
	u32 color[256];
	size(v, f);
	colors(v, color);
	f->on = v->r.attr_index & ATTR_INDEX_PAS && !(v->r.seq[SEQ_CLOCKING] & CLOCKING_SCREEN_OFF);
	for (int y = 0; y < f->height; y++) {
		u32 *out = f->pixels + (size_t)y * (size_t)f->stride_pixels;
		if (f->on)
			line(v, y, f->width, out, color);
		else
			memset(out, 0, (size_t)f->width * sizeof *out);
	}
	return f->on;
}
