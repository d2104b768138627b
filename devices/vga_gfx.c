/* vga_gfx.c - the serialisers: from plane bytes to dots in the graphics modes.
 *
 * IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, graphics mode register (GC 5).
 * Each character clock takes four bytes, one a plane, and gives eight dots of four bits:
 *
 *   planar       dot i: bit 7-i of every plane
 *   interleaved  dots 0-3: bit pairs of plane 0 (low) and 2 (high), dots 4-7: of planes 1 and 3
 *   256 colours  dots 2p, 2p+1: the high and the low half of plane p's byte
 *
 * What makes 8-bit pixels of two dots is the attribute controller (vga_render.c).
 */
#include "devices/vga_internal.h"

static void planar_dots(u32 w, u8 *dots)
{
	for (int i = 0; i < 8; i++) {
		u32 b = w >> (7 - i);
		dots[i] = (u8)((b & 1) | (b >> 7 & 2) | (b >> 14 & 4) | (b >> 21 & 8));
	}
}

static void interleaved_dots(u32 w, u8 *dots)
{
	for (int i = 0; i < 8; i++) {
		u32 pair = (w >> (i < 4 ? 0 : 8)) >> (6 - 2 * (i & 3));
		dots[i] = (u8)((pair & 3) | (pair >> 14 & 12));
	}
}

static void nibble_dots(u32 w, u8 *dots)
{
	for (int i = 0; i < 8; i++)
		dots[i] = w >> (4 * (i ^ 1)) & 15;
}

/* Character clocks per step of the address counter, as a shift. */
static int count_shift(const struct vga *v)
{
	if (v->r.crtc[CRTC_UNDERLINE] & UNDERLINE_COUNT_BY_4)
		return 2;
	return v->r.crtc[CRTC_MODE] & CRTC_MODE_COUNT_BY_2 ? 1 : 0;
}

void vga_gfx_line(const struct vga *v, const struct vga_scan *s, int chars, u8 *dots)
{
	int step = vga_char_dots(v), shift = count_shift(v);
	u8 mode = v->r.gfx[GFX_MODE];
	for (int c = 0; c < chars; c++, dots += step) {
		u32 counter = s->address + (u32)(c >> shift);
		u32 w = vga_planes(v, vga_display_address(v, counter, s->row));
		if (mode & GFX_MODE_256)
			nibble_dots(w, dots);
		else if (mode & GFX_MODE_INTERLEAVE)
			interleaved_dots(w, dots);
		else
			planar_dots(w, dots);
		if (step == 9)
			dots[8] = 0; /* the serialisers have run empty */
	}
}
