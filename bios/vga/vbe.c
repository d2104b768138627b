/*
 * vbe.c - INT 10h AH=4Fh: dispatch, modes (4F02h, 4F03h), state (4F04h), windows (4F05h).
 *
 * VESA BIOS Extension (VBE) Core Functions Standard 3.0, on the registers of Bochs (VBE display API). The adapter itself is the
 * memory of what mode is on. Not here: refresh rates (4F0Bh; bit 11 of the mode is ignored), text in VBE modes.
 */
#include "vbe.h"

void vbe_window_call(struct regs *r);

/* ---- 4F02h, 4F03h ----------------------------------------------------------------------------------------------------- */
static u8 set_mode(struct regs *r)
{
	u16 keep = r->bx & 0x8000, linear = r->bx & 0x4000;
	struct vbe_mode m;

	if (!(r->bx & 0x100)) {
		if (!mode_find(r->bl & 0x7F))
			return VBE_FAILED;
		mode_set((u8)(r->bl | (keep ? 0x80 : 0)));
		return VBE_DONE;
	}
	if (!vbe_mode_find(r->bx & 0x1FF, &m) || (linear && m.bpp == 4))
		return VBE_FAILED;
	mode_set((u8)((m.bpp == 4 ? 0x12 : 0x13) | 0x80));
	dispi_write(DISPI_ENABLE, 0);
	dispi_write(DISPI_XRES, m.width);
	dispi_write(DISPI_YRES, m.height);
	dispi_write(DISPI_BPP, m.bpp);
	dispi_write(DISPI_ENABLE, (u16)(DISPI_ENABLED | (linear ? DISPI_LFB : 0) | (keep ? DISPI_NOCLEARMEM : 0)));
	dispi_write(DISPI_BANK, 0);
	bda8_set(BDA_VIDEO_CTL, (u8)((bda8(BDA_VIDEO_CTL) & ~VCTL_NO_CLEAR) | (keep ? VCTL_NO_CLEAR : 0)));
	return VBE_DONE;
}

static u8 get_mode(struct regs *r)
{
	u16 enable = dispi_read(DISPI_ENABLE), width = dispi_read(DISPI_XRES), height = dispi_read(DISPI_YRES), at = 0;
	u8 bpp = (u8)dispi_read(DISPI_BPP);
	struct vbe_mode m;

	r->bx = bda8(BDA_MODE);
	if (!(enable & DISPI_ENABLED))
		return VBE_DONE;
	while (vbe_mode_next(&at, &m))
		if (m.width == width && m.height == height && m.bpp == bpp)
			r->bx = m.number;
	r->bx |= (enable & DISPI_LFB ? 0x4000 : 0) | (enable & DISPI_NOCLEARMEM ? 0x8000 : 0);
	return VBE_DONE;
}

/* ---- 4F04h --------------------------------------------------------------------------------------------------------------- */
/* Our part of the buffer: nine registers, from XRES on. What INT 10h AH=1Ch saves comes behind it. */
#define SAVED_REGISTERS 9
#define SAVED_BYTES 64

static void save_dispi(u16 seg, u16 off)
{
	u16 i;

	for (i = 0; i < SAVED_REGISTERS; i++)
		poke16(seg, (u16)(off + 2 * i), dispi_read((u16)(DISPI_XRES + i)));
}

static void restore_dispi(u16 seg, u16 off)
{
	u16 i, enable = peek16(seg, (u16)(off + 2 * (DISPI_ENABLE - DISPI_XRES)));

	dispi_write(DISPI_ENABLE, 0);
	for (i = DISPI_XRES; i < DISPI_ENABLE; i++)
		dispi_write(i, peek16(seg, (u16)(off + 2 * (i - DISPI_XRES))));
	dispi_write(DISPI_ENABLE, (u16)(enable | DISPI_NOCLEARMEM));
	for (i = DISPI_BANK; i <= DISPI_Y_OFFSET; i++)
		if (i != DISPI_VIRT_HEIGHT)
			dispi_write(i, peek16(seg, (u16)(off + 2 * (i - DISPI_XRES))));
	dispi_write(DISPI_ENABLE, enable);
}

static u8 save_restore(struct regs *r)
{
	struct regs vga = *r;

	if (r->dl > 2 || !(r->cx & 15))
		return VBE_FAILED;
	vga.al = r->dl;
	vga.bx = (u16)(r->bx + SAVED_BYTES);
	vga.cx = r->cx & 7;
	if (r->dl == 2 && r->cx & 9)
		dispi_write(DISPI_ENABLE, 0);		/* the VGA comes first */
	if (vga.cx)
		int10_save_restore(&vga);
	if (r->dl == 0)
		r->bx = (u16)((vga.cx ? vga.bx : 0) + SAVED_BYTES / 64);
	else if (r->dl == 1)
		save_dispi(r->es, r->bx);
	else if (r->cx & 9)
		restore_dispi(r->es, r->bx);
	return VBE_DONE;
}

/* ---- 4F05h --------------------------------------------------------------------------------------------------------------- */
static u8 window(struct regs *r)
{
	u16 enable = dispi_read(DISPI_ENABLE);

	if (r->bl != 0 || r->bh > 1)
		return VBE_FAILED;
	if (!(enable & DISPI_ENABLED) || enable & DISPI_LFB)
		return VBE_NOT_NOW;
	if (r->bh == 1) {
		r->dx = dispi_read(DISPI_BANK);
		return VBE_DONE;
	}
	dispi_write(DISPI_BANK, r->dx);
	return dispi_read(DISPI_BANK) == r->dx ? VBE_DONE : VBE_FAILED;
}

/* Far-called through the mode's WinFuncPtr: no AX to tell it. */
void vbe_window_call(struct regs *r)
{
	r->ax = (u16)(window(r) << 8 | 0x4F);
}

/* ---- INT 10h AH=4Fh ------------------------------------------------------------------------------------------------------- */
void vbe_dispatch(struct regs *r)
{
	u8 result;

	if (!vbe_present())
		return;
	switch (r->al) {
	case 0x00: result = vbe_controller_info(r); break;
	case 0x01: result = vbe_mode_info(r); break;
	case 0x02: result = set_mode(r); break;
	case 0x03: result = get_mode(r); break;
	case 0x04: result = save_restore(r); break;
	case 0x05: result = window(r); break;
	case 0x06: result = vbe_line_length(r); break;
	case 0x07: result = vbe_display_start(r); break;
	case 0x08: result = vbe_dac_width(r); break;
	case 0x09: result = vbe_palette(r); break;
	case 0x0A: result = vbe_protected_mode(r); break;
	case 0x10: result = vbe_power(r); break;
	case 0x15: result = vbe_ddc(r); break;
	default: return;				/* AL is not 4Fh: no such function */
	}
	r->ax = (u16)(result << 8 | 0x4F);
}
