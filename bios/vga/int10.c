/*
 * int10.c - power-on initialisation of the video BIOS and the dispatch of INT 10h.
 *
 * IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h. Registers other than the documented results are kept, because entry.S
 * reloads them all from struct regs. AH=04h (light pen) answers "not triggered": a VGA has none.
 */
#include "vga16.h"

void vga_init(struct regs *r);
void int10_dispatch(struct regs *r);
extern const u8 vga_int10[];

/* 0040:00A8: parameter table, no dynamic save area, no font overrides, the secondary table with the display codes. */
static void save_pointer_set(void)
{
	bda16_set(BDA_SAVE_PTR, ROM_OFF(save_pointers));
	bda16_set(BDA_SAVE_PTR + 2, rom_seg());
}

void vga_init(struct regs *r)
{
	struct far_ptr old = peek_far(SEG_IVT, 0x10 * 4);

	(void)r;
	if (old.seg != rom_seg())
		set_vector(0x42, old.off, old.seg);
	set_vector(0x10, ROM_OFF(vga_int10), rom_seg());
	set_vector(0x1D, ROM_OFF(cga_params), rom_seg());
	bda16_set(BDA_EQUIPMENT, (u16)((bda16(BDA_EQUIPMENT) & ~0x30) | 0x20));
	bda8_set(BDA_VIDEO_CTL, VCTL_256K);
	bda8_set(BDA_SWITCHES, 0xF9);
	bda8_set(BDA_MODE_CTL, MCTL_VGA | MCTL_400_LINES);
	bda8_set(BDA_DCC_INDEX, 2);
	save_pointer_set();
	mode_set(3);
}

/* AH = 00h: AL answers 20h for modes above 7, 3Fh for mode 6, 30h for the others. */
static void int10_set_mode(struct regs *r)
{
	u8 mode = r->al & 0x7F;

	mode_set(r->al);
	r->al = mode > 7 ? 0x20 : mode == 6 ? 0x3F : 0x30;
}

static void int10_cursor_get(struct regs *r)
{
	r->cx = bda16(BDA_CURSOR_TYPE);
	r->dx = bda16((u16)(BDA_CURSOR_POS + 2 * (r->bh & 7)));
}

static void int10_state(struct regs *r)
{
	r->al = (u8)(bda8(BDA_MODE) | (bda8(BDA_VIDEO_CTL) & VCTL_NO_CLEAR));
	r->ah = (u8)bda16(BDA_COLS);
	r->bh = bda8(BDA_PAGE);
}

void int10_dispatch(struct regs *r)
{
	switch (r->ah) {
	case 0x00: int10_set_mode(r); break;
	case 0x01: cursor_shape(r->ch, r->cl); break;
	case 0x02: cursor_set(r->bh, r->dh, r->dl); break;
	case 0x03: int10_cursor_get(r); break;
	case 0x04: r->ah = 0; break;
	case 0x05: page_select(r->al); break;
	case 0x06:
	case 0x07:
		scroll_window(bda8(BDA_PAGE), r->ch, r->cl, r->dh, r->dl, r->al, r->bh, r->ah == 7);
		break;
	case 0x08: int10_read_char(r); break;
	case 0x09: int10_write_chars(r, 1); break;
	case 0x0A: int10_write_chars(r, 0); break;
	case 0x0B: int10_cga_palette(r); break;
	case 0x0C: pixel_write(r->bh, r->cx, r->dx, r->al); break;
	case 0x0D: r->al = pixel_read(r->bh, r->cx, r->dx); break;
	case 0x0E: teletype(r->al, bda8(BDA_PAGE), r->bl); break;
	case 0x0F: int10_state(r); break;
	case 0x10: int10_palette(r); break;
	case 0x11: int10_font(r); break;
	case 0x12: int10_alternate(r); break;
	case 0x13: int10_string(r); break;
	case 0x1A: int10_display_combination(r); break;
	case 0x1B: int10_functionality(r); break;
	case 0x1C: int10_save_restore(r); break;
	case 0x4F: vbe_dispatch(r); break;
	}
}
