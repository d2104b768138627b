/* vga_internal.h - register names and helpers shared by the VGA's own files; see vga.h. */
#ifndef DEVICES_VGA_INTERNAL_H
#define DEVICES_VGA_INTERNAL_H

#include "base/bits.h"
#include "devices/vga.h"

enum vga_seq { SEQ_RESET, SEQ_CLOCKING, SEQ_MAP_MASK, SEQ_CHAR_MAP, SEQ_MEMORY, SEQ_COUNT };

#define CLOCKING_8_DOTS 0x01
#define CLOCKING_LOAD_2 0x04
#define CLOCKING_HALF 0x08
#define CLOCKING_LOAD_4 0x10
#define CLOCKING_SCREEN_OFF 0x20
#define SEQ_MEMORY_EXTENDED 0x02
#define SEQ_MEMORY_SEQUENTIAL 0x04
#define SEQ_MEMORY_CHAIN4 0x08

enum vga_gfx {
	GFX_SET_RESET, GFX_SET_RESET_ENABLE, GFX_COMPARE, GFX_ROTATE, GFX_READ_MAP,
	GFX_MODE, GFX_MISC, GFX_COMPARE_CARE, GFX_BIT_MASK, GFX_COUNT
};

#define GFX_MODE_READ_COMPARE 0x08
#define GFX_MODE_ODD_EVEN 0x10
#define GFX_MODE_INTERLEAVE 0x20
#define GFX_MODE_256 0x40
#define GFX_MISC_GRAPHICS 0x01
#define GFX_MISC_CHAIN_ODD_EVEN 0x02

enum vga_crtc {
	CRTC_H_TOTAL, CRTC_H_DISPLAY_END, CRTC_H_BLANK_START, CRTC_H_BLANK_END, CRTC_H_RETRACE_START,
	CRTC_H_RETRACE_END, CRTC_V_TOTAL, CRTC_OVERFLOW, CRTC_PRESET_ROW, CRTC_MAX_SCAN,
	CRTC_CURSOR_START, CRTC_CURSOR_END, CRTC_START_HIGH, CRTC_START_LOW, CRTC_CURSOR_HIGH,
	CRTC_CURSOR_LOW, CRTC_V_RETRACE_START, CRTC_V_RETRACE_END, CRTC_V_DISPLAY_END, CRTC_OFFSET,
	CRTC_UNDERLINE, CRTC_V_BLANK_START, CRTC_V_BLANK_END, CRTC_MODE, CRTC_LINE_COMPARE, CRTC_COUNT
};

#define V_RETRACE_END_NOT_CLEAR 0x10
#define V_RETRACE_END_IRQ_OFF 0x20
#define V_RETRACE_END_PROTECT 0x80
#define UNDERLINE_COUNT_BY_4 0x20
#define UNDERLINE_DOUBLEWORD 0x40
#define CRTC_MODE_ROW_BIT0_OFF 0x01 /* 0: row scan bit 0 replaces address bit 13 */
#define CRTC_MODE_ROW_BIT1_OFF 0x02 /* 0: row scan bit 1 replaces address bit 14 */
#define CRTC_MODE_V_TIMES_2 0x04
#define CRTC_MODE_COUNT_BY_2 0x08
#define CRTC_MODE_WRAP_15 0x20
#define CRTC_MODE_BYTE 0x40
#define CRTC_MODE_SYNC 0x80

enum vga_attr { ATTR_MODE = 0x10, ATTR_OVERSCAN, ATTR_PLANES, ATTR_PANNING, ATTR_COLOR, ATTR_COUNT };

#define ATTR_INDEX_PAS 0x20 /* palette address source: the display uses the palette */
#define ATTR_MODE_GRAPHICS 0x01
#define ATTR_MODE_MONO 0x02
#define ATTR_MODE_LINE_GRAPHICS 0x04
#define ATTR_MODE_BLINK 0x08
#define ATTR_MODE_PAN_COMPAT 0x20
#define ATTR_MODE_PIXEL_2_DOTS 0x40
#define ATTR_MODE_P54_SELECT 0x80

#define MISC_COLOUR_PORTS 0x01
#define MISC_RAM_ENABLE 0x02
#define MISC_CLOCK(misc) ((misc) >> 2 & 3)
#define MISC_EVEN_PAGE 0x20

/* Where the four bytes of a plane address are, in 4-byte words of a block of planes; vga.h says why. */
static inline u32 vga_plane_slot(u32 address)
{
	return (address & 0xfffc) >> 2 | (address & 3) << 14;
}

static inline u32 vga_planes(const struct vga *v, u32 address)
{
	return load32(v->mem + 4 * vga_plane_slot(address));
}

/* One bit a plane -> one byte a plane. */
static inline u32 vga_spread(u32 bits)
{
	return ((bits & 1) | (bits & 2) << 7 | (bits & 4) << 14 | (bits & 8) << 21) * 0xff;
}

static inline bool vga_is_graphics(const struct vga *v)
{
	return v->r.gfx[GFX_MISC] & GFX_MISC_GRAPHICS;
}

static inline int vga_char_dots(const struct vga *v)
{
	return v->r.seq[SEQ_CLOCKING] & CLOCKING_8_DOTS ? 8 : 9;
}

/* vga_regs.c */
bool vga_decodes(const struct vga *v);

static inline int vga_gcd(int a, int b)
{
	while (b) {
		int r = a % b;
		a = b;
		b = r;
	}
	return a;
}

/* vga_vbe.c: registers of Bochs and QEMU, PCI */
enum vga_vbe_index {
	VBE_ID, VBE_XRES, VBE_YRES, VBE_BPP, VBE_ENABLE, VBE_BANK, VBE_VIRT_WIDTH, VBE_VIRT_HEIGHT, VBE_X_OFFSET, VBE_Y_OFFSET,
	VBE_MEMORY_64K, VBE_COUNT
};

#define VBE_ENABLED 0x01
#define VBE_GETCAPS 0x02
#define VBE_8BIT_DAC 0x20
#define VBE_LFB 0x40
#define VBE_NOCLEARMEM 0x80

static inline bool vga_vbe_on(const struct vga *v)
{
	return v->r.vbe.enable & VBE_ENABLED;
}
static inline bool vga_dac_is_8bit(const struct vga *v)
{
	return v->r.vbe.enable & VBE_8BIT_DAC;
}
u32 vga_vbe_pitch(const struct vga *v); /* bytes from line to line; with 4 bits a pixel in each plane */
void vga_vbe_init(struct vga *v, struct bus *bus);
void vga_vbe_reset(struct vga *v);
void vga_vbe_restore(struct vga *v);

/* vga_regs.c: for the same registers elsewhere */
u8 vga_port_read(struct vga *v, u16 port);
void vga_port_write(struct vga *v, u16 port, u8 value);

/* vga_vbe_render.c */
bool vga_vbe_render(const struct vga *v, struct frame *f);
u32 vga_dac_color(const struct vga *v, u32 index);

/* vga_edid.c: the monitor's 128 bytes */
extern const u8 vga_edid[128];

/* vga_mem.c */
extern const struct io_ops vga_mem_ops;
void vga_update_memory(struct vga *v); /* after any register that steers memory accesses */

/* vga_timing.c */
void vga_compute_timing(struct vga *v);
void vga_update_timing(struct vga *v); /* after any register that steers the counters */
void vga_update_irq(struct vga *v);
void vga_retrace_fire(void *opaque);
void vga_settle(struct vga *v); /* before a change of start address or interrupt control */
u32 vga_start_address(const struct vga *v);
bool vga_irq_latch(const struct vga *v);
u8 vga_status1(const struct vga *v);
u64 vga_frame_count(const struct vga *v);
static inline bool vga_cursor_phase(u64 frames) /* IBM: blinks every 16 frames */
{
	return !(frames & 8);
}
static inline bool vga_char_phase(u64 frames) /* and characters every 32 */
{
	return !(frames & 16);
}

/* vga_render.c: the CRTC's walk down the screen, one call a scan line */
struct vga_scan {
	u32 line, address, row; /* scan line, address counter of its first character, row scan counter */
	bool repeated;          /* the second of a doubled line */
	bool split;             /* below the line compare */
};
void vga_scan_begin(const struct vga *v, struct vga_scan *s);
void vga_scan_next(const struct vga *v, struct vga_scan *s);
u32 vga_display_address(const struct vga *v, u32 counter, u32 row);
bool vga_screen_on(const struct vga *v);

/* The lines, as one attribute (4 bits) a dot: `chars` characters of vga_char_dots(). */
#define VGA_LINE_DOTS (258 * 9)
void vga_text_line(const struct vga *v, const struct vga_scan *s, u64 frames, int chars, u8 *dots);
void vga_gfx_line(const struct vga *v, const struct vga_scan *s, int chars, u8 *dots);

#endif
