/*
 * vbe_info.c - VBE functions that tell: 4F00h controller, 4F01h mode, 4F0Ah protected-mode interface, 4F15h
 * the monitor's EDID.
 *
 * VBE Core Functions Standard 3.0; VBE/DDC Standard 1.1. The frame buffer is where PCI has put it; without a PCI card it is at
 * E0000000h, as Bochs's and QEMU's ISA adapters have it.
 */
#include "vbe.h"

static inline u32 inl(u16 port)
{
	u32 value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outl(u16 port, u32 value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static void poke32(u16 seg, u16 off, u32 value)
{
	poke16(seg, off, (u16)value);
	poke16(seg, (u16)(off + 2), (u16)(value >> 16));
}

u8 vbe_present(void)
{
	return (dispi_read(DISPI_ID) & 0xFFF0) == 0xB0C0;
}

u32 vbe_memory(void)
{
	return dispi_read(DISPI_ID) >= 0xB0C5 ? (u32)dispi_read(DISPI_MEMORY_64K) << 16 : 4u << 20;
}

static u32 pci_read(u32 slot, u32 reg)
{
	outl(0xCF8, 0x80000000 | slot << 11 | reg);
	return inl(0xCFC);
}

/* 0: the card decodes nothing at present. */
static u32 frame_buffer(void)
{
	u32 slot, saved = inl(0xCF8), base = 0xE0000000;

	for (slot = 0; slot < 32; slot++)
		if (pci_read(slot, 0) == 0x11111234) {
			base = pci_read(slot, 4) & 2 ? pci_read(slot, 0x10) & ~15u : 0;
			break;
		}
	outl(0xCF8, saved);
	return base;
}

/* ---- 4F00h -------------------------------------------------------------------------------------------------------- */
static const char oem_name[] = "Tandem VBE", vendor_name[] = "Tandem", product_name[] = "Bochs/QEMU display adapter",
	product_revision[] = "1.0";

#define MODE_LIST 0x22		/* in the block's reserved part: 111 words */

u8 vbe_controller_info(struct regs *r)
{
	u16 seg = r->es, off = r->di, at = 0, list = (u16)(off + MODE_LIST);
	u8 vbe2 = peek16(seg, off) == 0x4256 && peek16(seg, (u16)(off + 2)) == 0x3245;	/* "VBE2" */
	struct vbe_mode m;

	fill8(seg, off, 0, vbe2 ? 512 : 256);
	poke16(seg, off, 0x4556);			/* "VESA" */
	poke16(seg, (u16)(off + 2), 0x4153);
	poke16(seg, (u16)(off + 4), 0x0300);
	poke_far(seg, (u16)(off + 6), ROM_OFF(oem_name), rom_seg());
	poke16(seg, (u16)(off + 10), 1);		/* the DAC can have eight bits */
	poke_far(seg, (u16)(off + 14), list, seg);
	poke16(seg, (u16)(off + 18), (u16)(vbe_memory() >> 16));
	if (vbe2) {
		poke16(seg, (u16)(off + 20), 0x0100);
		poke_far(seg, (u16)(off + 22), ROM_OFF(vendor_name), rom_seg());
		poke_far(seg, (u16)(off + 26), ROM_OFF(product_name), rom_seg());
		poke_far(seg, (u16)(off + 30), ROM_OFF(product_revision), rom_seg());
	}
	for (; vbe_mode_next(&at, &m); list = (u16)(list + 2))
		poke16(seg, list, m.number);
	poke16(seg, list, 0xFFFF);
	return VBE_DONE;
}

/* ---- 4F01h -------------------------------------------------------------------------------------------------------- */
/* Sizes and positions of red, green, blue and what is left, for 15, 16, 24, 32 bits. */
static const u8 fields[4][8] = {
	{ 5, 10, 5, 5, 5, 0, 1, 15 },
	{ 5, 11, 6, 5, 5, 0, 0, 0 },
	{ 8, 16, 8, 8, 8, 0, 0, 0 },
	{ 8, 16, 8, 8, 8, 0, 8, 24 },
};

static void poke_fields(u16 seg, u16 off, u8 bpp)
{
	u8 i, row = bpp == 15 ? 0 : bpp == 16 ? 1 : bpp == 24 ? 2 : 3;

	for (i = 0; i < 8; i++)
		poke8(seg, (u16)(off + i), rom8(&fields[row][i]));
}

extern const u8 vbe_window_far[];

u8 vbe_mode_info(struct regs *r)
{
	u16 seg = r->es, off = r->di, pitch, pages;
	u32 lfb, bytes;
	struct vbe_mode m;

	if (!vbe_mode_find(r->cx & 0x1FF, &m))
		return VBE_FAILED;
	lfb = m.bpp == 4 ? 0 : frame_buffer();
	pitch = (u16)vbe_pitch(m.width, m.bpp);
	bytes = (u32)pitch * m.height;
	pages = (u16)((vbe_memory() >> (m.bpp == 4 ? 2 : 0)) / bytes - 1);
	pages = pages > 255 ? 255 : pages;
	fill8(seg, off, 0, 256);
	poke16(seg, off, lfb ? 0x9B : 0x1B);		/* supported, all fields here, colour, graphics; linear */
	poke8(seg, (u16)(off + 2), 7);			/* window A: there, readable, writable */
	poke16(seg, (u16)(off + 4), 64);
	poke16(seg, (u16)(off + 6), 64);
	poke16(seg, (u16)(off + 8), SEG_PLANAR);
	poke_far(seg, (u16)(off + 12), ROM_OFF(vbe_window_far), rom_seg());
	poke16(seg, (u16)(off + 16), pitch);
	poke16(seg, (u16)(off + 18), m.width);
	poke16(seg, (u16)(off + 20), m.height);
	poke16(seg, (u16)(off + 22), 16 << 8 | 8);	/* a character */
	poke8(seg, (u16)(off + 24), m.bpp == 4 ? 4 : 1);
	poke8(seg, (u16)(off + 25), m.bpp);
	poke8(seg, (u16)(off + 26), 1);
	poke8(seg, (u16)(off + 27), m.bpp == 4 ? 3 : m.bpp == 8 ? 4 : 6);	/* planar, packed, direct colour */
	poke8(seg, (u16)(off + 29), (u8)pages);
	poke8(seg, (u16)(off + 30), 1);
	if (m.bpp > 8) {
		poke_fields(seg, (u16)(off + 31), m.bpp);
		poke_fields(seg, (u16)(off + 54), m.bpp);
		poke8(seg, (u16)(off + 39), m.bpp == 32 || m.bpp == 15 ? 2 : 0);	/* the rest is free for use */
	}
	poke32(seg, (u16)(off + 40), lfb);
	poke16(seg, (u16)(off + 50), pitch);
	poke8(seg, (u16)(off + 52), (u8)pages);
	poke8(seg, (u16)(off + 53), (u8)pages);
	poke32(seg, (u16)(off + 62), 300000000);	/* the fastest pixel clock */
	return VBE_DONE;
}

/* ---- 4F0Ah -------------------------------------------------------------------------------------------------------- */
u8 vbe_protected_mode(struct regs *r)
{
	if (r->bl != 0)
		return VBE_FAILED;
	r->es = rom_seg();
	r->di = ROM_OFF(vbe_pm);
	r->cx = (u16)(ROM_OFF(vbe_pm_end) - ROM_OFF(vbe_pm));
	return VBE_DONE;
}

/* ---- 4F15h -------------------------------------------------------------------------------------------------------- */
/* One controller, one block. There is no VDIF (BL=02h). */
u8 vbe_ddc(struct regs *r)
{
	if (r->cx != 0)
		return VBE_FAILED;
	if (r->bl == 0) {
		r->bh = 1;				/* a second for a block */
		r->bl = 2;				/* DDC2 */
		return VBE_DONE;
	}
	if (r->bl != 1 || r->dx != 0)
		return VBE_FAILED;
	copy8(r->es, r->di, rom_seg(), ROM_OFF(vbe_edid), sizeof vbe_edid);
	return VBE_DONE;
}
