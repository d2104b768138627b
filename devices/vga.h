/* vga.h - the IBM Video Graphics Array, with the VBE registers of Bochs and 16 MB of memory.
 *
 * Follows the IBM PS/2 Hardware Interface Technical Reference, Video Subsystems (1992), for the
 * registers, and the Inmos IMS G171 data sheet for the palette DAC. What goes beyond a VGA follows the
 * interface of Bochs (its VBE display API) and QEMU's standard VGA (docs/specs/standard-vga); see
 * vga_vbe.c.
 *
 *    3B4/5 3D4/5  CRTC             -- misc bit 0 chooses 3Bx (mono) or 3Dx (colour)
 *    3BA/3DA      status 1 (in), feature control (out)
 *    3C0/1        attribute        3C6-3C9   DAC           irq ----> IRQ 9 (vertical retrace)
 *    3C2/3CC      misc, status 0   3CA       feature control (in)
 *    3C3, 46E8, 102  enable        3CE/F     graphics      A0000-BFFFF  memory windows
 *    3C4/5        sequencer                                           A0000-AFFFF  a bank of 64 KB
 *    1CE, 1CF     VBE index, data                                     PCI BAR 0    all 16 MB
 *
 * The CRTC's counters are not simulated: their position, the retrace bits, the latching of the
 * start address at vertical retrace and the blink phases are computed from virtual time when
 * somebody asks. A picture is made from the registers and the memory as they are at the moment of
 * vga_render(), which changes nothing a guest could see.
 *
 * Not emulated: changes of registers in the middle of a frame; the overscan border; loading the
 * serialisers every second or fourth character clock (sequencer 1 bits 2 and 4); the light pen;
 * the pixel feedback bits of status 1 outside of the border; an external dot clock (it runs at
 * 25.175 MHz); memory wait states.
 *
 * Memory layout (vga_plane_slot in vga_internal.h): the four planes' bytes of one address are one
 * 32-bit word, so that the latches are one load and every planar write is one read-modify-write.
 * The words are ordered by the plane address rotated right by two. The real chip's chain-4 puts
 * A15-A14 where A1-A0 were (as the CRTC's doubleword mode wants it), so that with this order every
 * 16 KB of a chain-4 window are 16 KB of consecutive bytes here, on page boundaries: vga_direct().
 * Text (odd/even) is not linear in it, but each character with its attribute is one 16-bit store.
 *
 * The planes are the first 256 KB of the same memory that VBE modes show linearly: what one leaves
 * there the other shows as rubbish, in this order of words. In 4-bit VBE modes bank n is the planes
 * in bytes n * 256 KB up. Enabling a VBE mode clears the memory unless told not to.
 */
#ifndef DEVICES_VGA_H
#define DEVICES_VGA_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "bus/pci.h"
#include "devices/frame.h"

#define VGA_MEM_SIZE 0x40000 /* the planes */
#define VGA_VRAM_SIZE (16u << 20)
#define VGA_VBE_MAX_X 2560
#define VGA_VBE_MAX_Y 1600
#define VGA_WINDOW 0xa0000
#define VGA_WINDOW_SIZE 0x20000

struct vga_vbe_regs {
	u16 index, id;
	u16 xres, yres, bpp, enable, bank, virt_width, x_offset, y_offset;
	u8 big_endian; /* QEMU's: pixels in the other byte order */
	u8 used;       /* more than the planes' memory has been written: it counts for the state hash */
};

struct vga_regs {
	u8 misc, feature;
	u8 enable_3c3, enable_46e8, enable_102;
	u8 seq_index, seq[8];
	u8 gfx_index, gfx[16];
	u8 crtc_index, crtc[32];
	u8 attr_index; /* with bit 5, the palette address source */
	u8 attr_data_next; /* the flip-flop: 1: the next write to 3C0 is data */
	u8 attr[32];
	u8 dac_mask, dac_address, dac_reading, dac_phase, dac_value[3];
	u8 dac[256][3]; /* 6 bits each, or 8 when VBE says so */
	u8 retrace_irq; /* the vertical interrupt's latch, as of retrace_armed_ns */
	u32 latch;      /* plane 0 in the low byte */
	u32 start;      /* the latched start address, as of start_written_ns */
	u64 start_written_ns;
	u64 retrace_armed_ns;
	u64 epoch_ns;   /* a moment at which a frame began */
	u64 frames;     /* complete frames before the epoch */
	struct vga_vbe_regs vbe;
};

/* What the CRTC registers mean in dots and lines; derived. */
struct vga_timing {
	u32 dot_hz; /* after the divider of sequencer 1 bit 3 */
	u32 line_dots, display_start, display_end; /* horizontal, in dots from the line's start */
	u32 lines, display_lines, retrace_start, retrace_lines;
};

struct vga {
	struct vga_regs r;
	u8 *mem; /* VGA_VRAM_SIZE bytes, belongs to the owner */
	/* wiring */
	struct pci_function pci;
	struct bus *bus;
	const u8 *rom; /* what the expansion ROM holds; NULL: none */
	u32 rom_len;
	/* BAR 0 decodes [base, base + size) as the memory from now on; size 0: nowhere. May be NULL */
	void (*lfb_moved)(void *opaque, u64 base, u64 size);
	void *lfb_opaque;
	struct clock *clock;
	struct log *log;
	struct line irq;
	void (*map_changed)(void *opaque); /* vga_direct() may now answer differently; may be NULL */
	void *map_opaque;
	/* derived from r by vga_update_*() */
	struct timer retrace_timer;
	struct vga_timing timing;
	u32 generation; /* grows with every change of memory or registers */
	bool direct;    /* vga_direct() has something to give */
	u32 window_first, window_len; /* within A0000-BFFFF; length 0: no memory decoded */
	u8 *planes;     /* within mem */
	u8 *direct_at;  /* where the window begins if it is direct and linear */
	void (*write)(struct vga *v, u32 a, int size, u32 value);
	u32 (*read)(struct vga *v, u32 a, int size);
	u32 map_mask, set_reset, set_reset_enable, bit_mask; /* a byte a plane */
	u32 compare, compare_care;
	u32 odd_page;   /* what replaces A0 when odd/even chains and the window is not 128 KB */
};

/* mem: VGA_VRAM_SIZE bytes, zeroed, that stay. */
void vga_init(struct vga *v, struct bus *bus, struct clock *clock, struct log *log, u8 *mem);
/* Makes it a PCI card too. `rom`: its expansion ROM's image, that stays; NULL: none. */
void vga_plug(struct vga *v, struct pci_bus *pci, int slot, const u8 *rom, u32 rom_len);
void vga_reset(struct vga *v);
void vga_restore(struct vga *v);

/* Draws the present screen. Returns false, with a black frame, when the screen is off. */
bool vga_render(const struct vga *v, struct frame *f);

/* Equal values mean an equal picture: generation, latched start address and blink phases. */
u64 vga_picture_id(const struct vga *v);

/* Must be called by whoever writes through a vga_direct() pointer or into the memory behind BAR 0. */
static inline void vga_touch(struct vga *v)
{
	v->generation++;
	v->r.vbe.used = 1;
}

/* The host's 4 KB behind the page at `gpa` if accesses to it are at present plain linear memory
 * (a bank of a VBE mode, or chain-4 with nothing in the way), else NULL. The answer holds until map_changed. A direct read
 * does not load the latches, which chain-4 software does not look at. */
u8 *vga_direct(struct vga *v, gpa_t gpa);

/* One byte of a plane, without side effects. */
u8 vga_plane_byte(const struct vga *v, int plane, u32 address);

/* The screen as characters: CP437 code in the low byte, attribute in the high byte. */
#define VGA_TEXT_MAX_CELLS 16384

struct vga_text_info {
	int cols, rows;
	int cursor_row, cursor_col; /* -1 when not on the screen */
	bool cursor_visible;        /* switched on and on the screen, whatever the blink phase */
	u16 cells[VGA_TEXT_MAX_CELLS];
};

/* Returns false in graphics modes and when the screen is off. */
bool vga_text_cells(const struct vga *v, struct vga_text_info *t);

/* The same as UTF-8 lines ended by '\n', trailing spaces removed, NUL-terminated; cut off when `size`
 * is too small. Returns the length in bytes, -1 when there is no text. */
int vga_text_screen(const struct vga *v, char *out, size_t size);

/* CP437 to Unicode, 00-1F and 7F as the symbols the screen shows; NUL is a space. */
u16 cp437_codepoint(u8 ch);
int cp437_utf8(u8 ch, char out[4]); /* returns the number of bytes, 1 to 3, not terminated */

#endif
