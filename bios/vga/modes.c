/*
 * modes.c - INT 10h AH=00h: set a video mode, from the video parameter table to the chip and the BIOS data area.
 *
 * IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=00h. Honours: bit 7 of AL (keep the memory), the parameter table
 * pointer of 0040:00A8, the scan line choice of AH=12h BL=30h, default palette loading of BL=31h, gray summing of BL=33h.
 * Not honoured: the font and palette override tables of 0040:00A8.
 */
#include "vga16.h"

const struct mode_info *mode_find(u8 mode)
{
	const struct mode_info *m;

	for (m = mode_table; rom8(&m->mode) != 0xFF; m++)
		if (rom8(&m->mode) == mode)
			return m;
	return 0;
}

/* Scan lines of text modes as chosen through AH=12h BL=30h. */
u16 scan_lines(void)
{
	u8 ctl = bda8(BDA_MODE_CTL);

	if (ctl & MCTL_200_LINES)
		return 200;
	return ctl & MCTL_400_LINES ? 400 : 350;
}

void screen_get(struct screen *s)
{
	const struct mode_info *m;

	s->mode = bda8(BDA_MODE);
	m = mode_find(s->mode);
	if (!m)
		m = mode_table + 3;
	s->kind = rom8(&m->kind);
	s->bits = rom8(&m->bits);
	s->segment = rom16(&m->segment);
	s->cols = bda16(BDA_COLS);
	s->rows = (u16)(bda8(BDA_ROWS) + 1);
	s->height = bda8(BDA_CHAR_HEIGHT);
}

static u8 params_entry(const struct mode_info *m)
{
	switch (scan_lines()) {
	case 200: return rom8(&m->entry);
	case 350: return rom8(&m->entry_350);
	default: return rom8(&m->entry_400);
	}
}

/* Sequencer, miscellaneous output, CRTC, attribute and graphics registers from one table entry; the screen is dark after it. */
static void chip_program(struct far_ptr vpt)
{
	u16 seg = vpt.seg, off = vpt.off, crtc;
	u8 i, misc = peek8(seg, (u16)(off + VPT_MISC));

	inb(attr_status_port());
	outb(P_ATTR, 0);			/* screen off while the palette is written */
	reg_write(P_SEQ, 0, 1);
	for (i = 0; i < 4; i++) {
		u8 value = peek8(seg, (u16)(off + VPT_SEQ + i));

		reg_write(P_SEQ, (u8)(i + 1), i == 0 ? value | 0x20 : value);
	}
	outb(P_MISC, misc);
	outb(P_SLEEP, 1);
	reg_write(P_SEQ, 0, 3);

	crtc = misc & 1 ? 0x3D4 : 0x3B4;
	bda16_set(BDA_CRTC, crtc);
	reg_write(crtc, 0x11, 0);		/* lift the write protection of registers 0..7 */
	for (i = 0; i < 25; i++)
		reg_write(crtc, i, peek8(seg, (u16)(off + VPT_CRTC + i)));

	for (i = 0; i < 20; i++)
		attr_write(i, peek8(seg, (u16)(off + VPT_ATTR + i)));
	attr_write(0x14, 0);
	for (i = 0; i < 9; i++)
		reg_write(P_GFX, i, peek8(seg, (u16)(off + VPT_GFX + i)));
	outb(P_PEL_MASK, 0xFF);
}

static void memory_clear(const struct mode_info *m)
{
	u16 seg = rom16(&m->segment);

	switch (rom8(&m->kind)) {
	case KIND_TEXT:
		fill16(seg, 0, 0x0720, 0x4000);
		break;
	case KIND_CGA:
		fill16(seg, 0, 0, 0x4000);
		break;
	default:
		reg_write(P_SEQ, 2, 0x0F);
		fill16(seg, 0, 0, 0x8000);
	}
}

static void data_area_set(const struct mode_info *m, u8 mode, u8 keep, struct far_ptr vpt)
{
	u8 i, ctl = bda8(BDA_VIDEO_CTL) & (u8)~VCTL_NO_CLEAR;
	u8 mono = peek8(vpt.seg, (u16)(vpt.off + VPT_MISC)) & 1 ? 0 : VCTL_MONO;

	bda8_set(BDA_MODE, mode);
	bda16_set(BDA_COLS, peek8(vpt.seg, vpt.off));
	bda8_set(BDA_ROWS, peek8(vpt.seg, (u16)(vpt.off + VPT_ROWS)));
	bda16_set(BDA_CHAR_HEIGHT, peek8(vpt.seg, (u16)(vpt.off + VPT_HEIGHT)));
	bda16_set(BDA_PAGE_SIZE, peek16(vpt.seg, (u16)(vpt.off + VPT_PAGE)));
	bda16_set(BDA_PAGE_START, 0);
	for (i = 0; i < 8; i++)
		bda16_set((u16)(BDA_CURSOR_POS + 2 * i), 0);
	bda8_set(BDA_PAGE, 0);
	bda8_set(BDA_MODE_REG, rom8(&m->mode_reg));
	bda8_set(BDA_PALETTE_REG, rom8(&m->palette_reg));
	bda8_set(BDA_VIDEO_CTL, (u8)((ctl & ~VCTL_MONO) | keep | mono));
}

static void graphics_font_set(u8 height)
{
	const u8 *font = height == 16 ? font_8x16 : height == 14 ? font_8x14 : font_8x8;

	set_vector(0x1F, ROM_OFF(font_8x8 + 128 * 8), rom_seg());
	set_vector(0x43, ROM_OFF(font), rom_seg());
}

/* A linear frame buffer mode of a Bochs or QEMU adapter hides the VGA until it is switched off. */
static void dispi_disable(void)
{
	outw(0x1CE, 0);
	if ((inw(0x1CF) & 0xFFF0) != 0xB0C0)
		return;
	outw(0x1CE, 4);
	outw(0x1CF, 0);
}

void mode_set(u8 al)
{
	u8 mode = al & 0x7F, keep = al & 0x80, set, height;
	const struct mode_info *m = mode_find(mode);
	struct far_ptr vpt, save;

	if (!m)
		return;
	save = peek_far(SEG_BDA, BDA_SAVE_PTR);
	vpt = peek_far(save.seg, save.off);
	if (!(save.seg | save.off) || !(vpt.seg | vpt.off)) {
		vpt.seg = rom_seg();
		vpt.off = ROM_OFF(video_params);
	}
	vpt.off = (u16)(vpt.off + params_entry(m) * VPT_SIZE);
	height = peek8(vpt.seg, (u16)(vpt.off + VPT_HEIGHT));

	dispi_disable();
	chip_program(vpt);
	set = rom8(&m->palette);
	if (set == DAC_EGA && rom8(&m->kind) == KIND_TEXT && scan_lines() == 200)
		set = DAC_CGA;
	if (!(bda8(BDA_MODE_CTL) & MCTL_KEEP_PALETTE)) {
		dac_load(set);
		if (bda8(BDA_MODE_CTL) & MCTL_GRAY)
			dac_gray(0, 256);
	}
	if (!keep)
		memory_clear(m);
	data_area_set(m, mode, keep, vpt);
	graphics_font_set(rom8(&m->kind) == KIND_TEXT ? 8 : height);
	if (rom8(&m->kind) == KIND_TEXT) {
		font_load_rom(height, 0);
		reg_write(P_SEQ, 3, 0);
	}
	bda16_set(BDA_CURSOR_TYPE, 0x0607);
	if (rom8(&m->kind) == KIND_TEXT)
		cursor_shape(6, 7);
	cursor_set(0, 0, 0);

	reg_write(P_SEQ, 1, peek8(vpt.seg, (u16)(vpt.off + VPT_SEQ)));
	inb(attr_status_port());
	outb(P_ATTR, 0x20);
}
