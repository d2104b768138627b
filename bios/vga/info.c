/*
 * info.c - INT 10h AH=12h (alternate select), 1Ah (display combination), 1Bh (functionality/state), 1Ch (save/restore).
 *
 * IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=12h, 1Ah..1Ch. Not done: AH=12h BL=20h (another print screen routine:
 * the system's is good for any number of rows) and BL=35h (display switch: needs a second adapter with its own BIOS).
 */
#include "vga16.h"

static void scan_lines_select(u8 code)
{
	u8 ctl = bda8(BDA_MODE_CTL) & (u8)~(MCTL_200_LINES | MCTL_400_LINES);
	u8 switches = bda8(BDA_SWITCHES) & 0xF0;

	if (code == 0)
		ctl |= MCTL_200_LINES;
	else if (code == 2)
		ctl |= MCTL_400_LINES;
	bda8_set(BDA_MODE_CTL, ctl);
	bda8_set(BDA_SWITCHES, switches | (code == 0 ? 8 : 9));
}

/* A flag of the data area that is set when AL = `on`. */
static void flag_select(u16 where, u8 mask, u8 al, u8 on)
{
	u8 flags = bda8(where);

	bda8_set(where, al == on ? flags | mask : flags & (u8)~mask);
}

/* AH = 12h; the functions from 30h on answer AL = 12h. */
void int10_alternate(struct regs *r)
{
	u8 al = r->al;

	switch (r->bl) {
	case 0x10:
		r->bh = bda8(BDA_VIDEO_CTL) & VCTL_MONO ? 1 : 0;
		r->bl = 3;			/* 256 KB */
		r->ch = bda8(BDA_SWITCHES) >> 4;
		r->cl = bda8(BDA_SWITCHES) & 0x0F;
		return;
	case 0x30:
		if (al > 2)
			return;
		scan_lines_select(al);
		break;
	case 0x31: flag_select(BDA_MODE_CTL, MCTL_KEEP_PALETTE, al, 1); break;
	case 0x32:
		outb(P_MISC, (u8)((inb(P_MISC_READ) & ~2) | (al == 0 ? 2 : 0)));
		break;
	case 0x33: flag_select(BDA_MODE_CTL, MCTL_GRAY, al, 0); break;
	case 0x34: flag_select(BDA_VIDEO_CTL, VCTL_NO_CURSOR_EMULATION, al, 1); break;
	case 0x36:
		reg_write(P_SEQ, 1, (u8)((reg_read(P_SEQ, 1) & ~0x20) | (al == 1 ? 0x20 : 0)));
		break;
	default: return;
	}
	r->al = 0x12;
}

static u16 display_codes(void)
{
	u8 index = bda8(BDA_DCC_INDEX);

	return index < rom8(dcc_table) ? rom16(dcc_table + 4 + 2 * index) : 0xFFFF;
}

/* AH = 1Ah */
void int10_display_combination(struct regs *r)
{
	u8 i, count = rom8(dcc_table);

	if (r->al == 0) {
		r->bx = display_codes();
	} else if (r->al == 1) {
		for (i = 0; i < count; i++)
			if (rom16(dcc_table + 4 + 2 * i) == r->bx)
				bda8_set(BDA_DCC_INDEX, i);
	} else {
		return;
	}
	r->al = 0x1A;
}

static u16 colours(const struct screen *s)
{
	switch (s->kind) {
	case KIND_TEXT: return s->mode == 7 ? 0 : 16;
	case KIND_CGA: return s->bits == 1 ? 2 : 4;
	case KIND_PLANAR: return s->mode == 0x0F ? 0 : s->bits == 1 ? 2 : 16;
	default: return 256;
	}
}

static u8 lines_code(const struct screen *s)
{
	if (s->kind == KIND_TEXT)
		return scan_lines() == 200 ? 0 : scan_lines() == 350 ? 1 : 2;
	return s->mode == 0x11 || s->mode == 0x12 ? 3 : s->mode == 0x0F || s->mode == 0x10 ? 1 : 0;
}

/* AH = 1Bh: 64 bytes at ES:DI. */
void int10_functionality(struct regs *r)
{
	struct screen s;
	u16 seg = r->es, off = r->di;
	u8 ctl = bda8(BDA_MODE_CTL), maps = reg_read(P_SEQ, 3);
	const struct mode_info *m = mode_find(bda8(BDA_MODE));

	if (r->bx != 0)
		return;
	screen_get(&s);
	fill8(seg, off, 0, 64);
	poke_far(seg, off, ROM_OFF(functionality), rom_seg());
	copy8(seg, (u16)(off + 4), SEG_BDA, BDA_MODE, 30);
	poke8(seg, (u16)(off + 0x22), (u8)s.rows);
	poke16(seg, (u16)(off + 0x23), s.height);
	poke16(seg, (u16)(off + 0x25), display_codes());
	poke16(seg, (u16)(off + 0x27), colours(&s));
	poke8(seg, (u16)(off + 0x29), m ? rom8(&m->pages) : 1);
	poke8(seg, (u16)(off + 0x2A), lines_code(&s));
	poke8(seg, (u16)(off + 0x2B), (u8)((maps & 3) | (maps & 0x10) >> 2));
	poke8(seg, (u16)(off + 0x2C), (u8)((maps >> 2 & 3) | (maps & 0x20) >> 3));
	poke8(seg, (u16)(off + 0x2D), (u8)(1 | (ctl & (MCTL_GRAY | MCTL_KEEP_PALETTE)) |
		(bda8(BDA_VIDEO_CTL) & VCTL_MONO ? 4 : 0) |
		(bda8(BDA_VIDEO_CTL) & VCTL_NO_CURSOR_EMULATION ? 0 : 0x10) | (attr_read(0x10) & 8 ? 0x20 : 0)));
	poke8(seg, (u16)(off + 0x31), 3);		/* 256 KB */
	poke8(seg, (u16)(off + 0x32), 0x20);		/* the DCC extension is active */
	r->al = 0x1B;
}

/* ---- AH = 1Ch --------------------------------------------------------------------------------------------------- */
/* Sizes in bytes: registers; data area (30 + 7 + 4 + 12 bytes of vectors); DAC with mask, direction and colour select. */
#define SAVE_HARDWARE	(1 + 4 + 25 + 21 + 9)
#define SAVE_DATA	(30 + 7 + 4 + 12)
#define SAVE_DAC	(1 + 1 + 768)

/* A cursor in the caller's buffer; the same walk saves and restores. */
struct stream {
	u16 seg, off;
	u8 restore;
};

static void stream_memory(struct stream *b, u16 seg, u16 off, u8 count)
{
	if (b->restore)
		copy8(seg, off, b->seg, b->off, count);
	else
		copy8(b->seg, b->off, seg, off, count);
	b->off = (u16)(b->off + count);
}

static void stream_indexed(struct stream *b, u16 port, u8 first, u8 count)
{
	u8 i;

	for (i = first; i < first + count; i++, b->off++) {
		if (b->restore)
			reg_write(port, i, peek8(b->seg, b->off));
		else
			poke8(b->seg, b->off, reg_read(port, i));
	}
}

static void stream_hardware(struct stream *b)
{
	u16 crtc;
	u8 i;

	/* miscellaneous output first: it decides where the CRTC is */
	if (b->restore)
		outb(P_MISC, peek8(b->seg, b->off));
	else
		poke8(b->seg, b->off, inb(P_MISC_READ));
	crtc = peek8(b->seg, b->off++) & 1 ? 0x3D4 : 0x3B4;
	if (b->restore)
		reg_write(P_SEQ, 0, 1);
	stream_indexed(b, P_SEQ, 1, 4);
	if (b->restore) {
		reg_write(P_SEQ, 0, 3);
		reg_write(crtc, 0x11, 0);
	}
	stream_indexed(b, crtc, 0, 25);
	for (i = 0; i < 21; i++, b->off++) {
		if (b->restore)
			attr_write(i, peek8(b->seg, b->off));
		else
			poke8(b->seg, b->off, attr_read(i));
	}
	stream_indexed(b, P_GFX, 0, 9);
	inb(attr_status_port());
	outb(P_ATTR, 0x20);
}

static void stream_data_area(struct stream *b)
{
	stream_memory(b, SEG_BDA, BDA_MODE, 30);
	stream_memory(b, SEG_BDA, BDA_ROWS, 7);
	stream_memory(b, SEG_BDA, BDA_SAVE_PTR, 4);
	stream_memory(b, SEG_IVT, 0x10 * 4, 4);
	stream_memory(b, SEG_IVT, 0x1F * 4, 4);
	stream_memory(b, SEG_IVT, 0x43 * 4, 4);
}

static void stream_dac(struct stream *b)
{
	u16 i;

	if (b->restore) {
		outb(P_PEL_MASK, peek8(b->seg, b->off++));
		attr_write(0x14, peek8(b->seg, b->off++));
		inb(attr_status_port());
		outb(P_ATTR, 0x20);
		outb(P_DAC_WRITE, 0);
	} else {
		poke8(b->seg, b->off++, inb(P_PEL_MASK));
		poke8(b->seg, b->off++, attr_read(0x14));
		outb(P_DAC_READ, 0);
	}
	for (i = 0; i < 768; i++, b->off++) {
		if (b->restore)
			outb(P_DAC_DATA, peek8(b->seg, b->off));
		else
			poke8(b->seg, b->off, inb(P_DAC_DATA));
	}
}

/* AL = 0 size, 1 save, 2 restore; CX bit 0 hardware, 1 data area, 2 DAC; ES:BX buffer. */
void int10_save_restore(struct regs *r)
{
	struct stream b = { r->es, r->bx, r->al == 2 };
	u16 bytes = (u16)((r->cx & 1 ? SAVE_HARDWARE : 0) + (r->cx & 2 ? SAVE_DATA : 0) + (r->cx & 4 ? SAVE_DAC : 0));

	if (r->al > 2 || !(r->cx & 7))
		return;
	if (r->al == 0) {
		r->bx = (u16)((bytes + 63) / 64);
	} else {
		if (r->cx & 1)
			stream_hardware(&b);
		if (r->cx & 2)
			stream_data_area(&b);
		if (r->cx & 4)
			stream_dac(&b);
	}
	r->al = 0x1C;
}
