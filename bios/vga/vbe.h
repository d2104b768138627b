/*
 * vbe.h - what the files of the VBE share: the adapter's registers and the modes.
 *
 * VESA BIOS Extension (VBE) Core Functions Standard 3.0; Bochs VBE display API.
 */
#ifndef VBE_H
#define VBE_H

#include "vga16.h"

/* Registers behind 1CEh (index) and 1CFh (data). */
enum {
	DISPI_ID, DISPI_XRES, DISPI_YRES, DISPI_BPP, DISPI_ENABLE, DISPI_BANK, DISPI_VIRT_WIDTH, DISPI_VIRT_HEIGHT, DISPI_X_OFFSET,
	DISPI_Y_OFFSET, DISPI_MEMORY_64K
};

#define DISPI_ENABLED		0x01
#define DISPI_8BIT_DAC		0x20
#define DISPI_LFB		0x40
#define DISPI_NOCLEARMEM	0x80

static inline u16 dispi_read(u16 index)
{
	outw(0x1CE, index);
	return inw(0x1CF);
}

static inline void dispi_write(u16 index, u16 value)
{
	outw(0x1CE, index);
	outw(0x1CF, value);
}

struct vbe_size { u16 width, height; u8 number[6]; };
struct vbe_mode { u16 number, width, height; u8 bpp; };

extern const struct vbe_size vbe_sizes[];
extern const u8 vbe_edid[128];
extern const u8 vbe_pm[], vbe_pm_end[];			/* vbe_pm.S */

/* vbe_modes.c */
u32 vbe_pitch(u16 width, u8 bpp);
u16 vbe_mode_next(u16 *at, struct vbe_mode *m);		/* 0: no more */
u16 vbe_mode_find(u16 number, struct vbe_mode *m);	/* 0: not here */

/* vbe_info.c: what the adapter has */
u8 vbe_present(void);
u32 vbe_memory(void);					/* bytes */

/* The functions return what goes into AH: 0 done, 1 failed, 2 not with this hardware, 3 not in this mode. */
enum { VBE_DONE, VBE_FAILED, VBE_NOT_HERE, VBE_NOT_NOW };

u8 vbe_controller_info(struct regs *r);			/* 4F00 */
u8 vbe_mode_info(struct regs *r);			/* 4F01 */
u8 vbe_protected_mode(struct regs *r);			/* 4F0A */
u8 vbe_ddc(struct regs *r);				/* 4F15 */
u8 vbe_power(struct regs *r);				/* 4F10 */
u8 vbe_line_length(struct regs *r);			/* 4F06 */
u8 vbe_display_start(struct regs *r);			/* 4F07 */
u8 vbe_dac_width(struct regs *r);			/* 4F08 */
u8 vbe_palette(struct regs *r);				/* 4F09 */

#endif
