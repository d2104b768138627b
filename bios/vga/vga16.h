/*
 * vga16.h - the small world in which the video BIOS's C code lives.
 *
 * The C files are compiled with -m16: 16-bit segments, 32-bit registers. While C code runs DS = ES = SS (the caller's
 * stack segment), so that pointers to local variables work; everything else is reached explicitly: the ROM's own tables
 * through CS (rom8/rom16), guest memory through GS (peek/poke). There is no writable data: an option ROM has none, its
 * state is the BIOS data area at 0040:0049..0066, 0084..008A and 00A8.
 *
 * Source: IBM PS/2 and PC BIOS Interface Technical Reference (1991), INT 10h and the BIOS data area.
 */
#ifndef VGA16_H
#define VGA16_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

/* The caller's registers as entry.S lays them on the stack, lowest address first. */
struct regs {
	u16 gs, fs, es, ds;
	union { u32 edi; u16 di; };
	union { u32 esi; u16 si; };
	union { u32 ebp; u16 bp; };
	u32 esp;
	union { u32 ebx; u16 bx; struct { u8 bl, bh; }; };
	union { u32 edx; u16 dx; struct { u8 dl, dh; }; };
	union { u32 ecx; u16 cx; struct { u8 cl, ch; }; };
	union { u32 eax; u16 ax; struct { u8 al, ah; }; };
};

struct far_ptr { u16 off, seg; };

/* ---- Segments ------------------------------------------------------------------------------------------------- */
#define SEG_IVT		0x0000
#define SEG_BDA		0x0040
#define SEG_PLANAR	0xA000
#define SEG_MONO	0xB000
#define SEG_COLOUR	0xB800

/* ---- BIOS data area, offsets from 0040:0000 ------------------------------------------------------------------- */
#define BDA_EQUIPMENT	0x10
#define BDA_MODE	0x49
#define BDA_COLS	0x4A
#define BDA_PAGE_SIZE	0x4C
#define BDA_PAGE_START	0x4E
#define BDA_CURSOR_POS	0x50	/* eight words, row in the high byte */
#define BDA_CURSOR_TYPE	0x60
#define BDA_PAGE	0x62
#define BDA_CRTC	0x63
#define BDA_MODE_REG	0x65
#define BDA_PALETTE_REG	0x66
#define BDA_ROWS	0x84	/* rows - 1 */
#define BDA_CHAR_HEIGHT	0x85
#define BDA_VIDEO_CTL	0x87
#define BDA_SWITCHES	0x88
#define BDA_MODE_CTL	0x89
#define BDA_DCC_INDEX	0x8A
#define BDA_SAVE_PTR	0xA8

#define VCTL_NO_CURSOR_EMULATION	0x01
#define VCTL_MONO			0x02
#define VCTL_256K			0x60
#define VCTL_NO_CLEAR			0x80

#define MCTL_VGA		0x01
#define MCTL_GRAY		0x02
#define MCTL_MONO		0x04
#define MCTL_KEEP_PALETTE	0x08
#define MCTL_400_LINES		0x10
#define MCTL_200_LINES		0x80

/* ---- Ports ---------------------------------------------------------------------------------------------------- */
#define P_ATTR		0x3C0
#define P_ATTR_READ	0x3C1
#define P_MISC		0x3C2
#define P_SLEEP		0x3C3
#define P_SEQ		0x3C4
#define P_PEL_MASK	0x3C6
#define P_DAC_READ	0x3C7
#define P_DAC_WRITE	0x3C8
#define P_DAC_DATA	0x3C9
#define P_MISC_READ	0x3CC
#define P_GFX		0x3CE

static inline u8 inb(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outb(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(u16 port, u16 value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline u16 inw(u16 port)
{
	u16 value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* Write register `index` of one of the index/data port pairs (sequencer, graphics controller, CRTC). */
static inline void reg_write(u16 port, u8 index, u8 value)
{
	outw(port, (u16)(index | value << 8));
}

static inline u8 reg_read(u16 port, u8 index)
{
	outb(port, index);
	return inb((u16)(port + 1));
}

/* ---- Memory --------------------------------------------------------------------------------------------------- */
static inline u8 peek8(u16 seg, u16 off)
{
	u8 value;

	__asm__ volatile("movw %w1, %%gs\n\tmovb %%gs:(%2), %0" : "=q"(value) : "r"(seg), "r"((u32)off) : "memory");
	return value;
}

static inline u16 peek16(u16 seg, u16 off)
{
	u16 value;

	__asm__ volatile("movw %w1, %%gs\n\tmovw %%gs:(%2), %0" : "=r"(value) : "r"(seg), "r"((u32)off) : "memory");
	return value;
}

static inline void poke8(u16 seg, u16 off, u8 value)
{
	__asm__ volatile("movw %w0, %%gs\n\tmovb %1, %%gs:(%2)" : : "r"(seg), "q"(value), "r"((u32)off) : "memory");
}

static inline void poke16(u16 seg, u16 off, u16 value)
{
	__asm__ volatile("movw %w0, %%gs\n\tmovw %1, %%gs:(%2)" : : "r"(seg), "r"(value), "r"((u32)off) : "memory");
}

/* Tables of this ROM; the pointer is an offset in the code segment. */
static inline u8 rom8(const void *p)
{
	u8 value;

	__asm__("movb %%cs:(%1), %0" : "=q"(value) : "r"(p));
	return value;
}

static inline u16 rom16(const void *p)
{
	u16 value;

	__asm__("movw %%cs:(%1), %0" : "=r"(value) : "r"(p));
	return value;
}

static inline u16 rom_seg(void)
{
	u16 value;

	__asm__("movw %%cs, %0" : "=r"(value));
	return value;
}

#define ROM_OFF(object) ((u16)(u32)(object))

static inline void fill8(u16 seg, u16 off, u8 value, u16 count)
{
	u32 edi = off, ecx = count;

	__asm__ volatile("pushw %%es\n\tmovw %w2, %%es\n\trep stosb\n\tpopw %%es"
			 : "+D"(edi), "+c"(ecx) : "r"(seg), "a"(value) : "memory");
}

static inline void fill16(u16 seg, u16 off, u16 value, u16 count)
{
	u32 edi = off, ecx = count;

	__asm__ volatile("pushw %%es\n\tmovw %w2, %%es\n\trep stosw\n\tpopw %%es"
			 : "+D"(edi), "+c"(ecx) : "r"(seg), "a"(value) : "memory");
}

/* Upward copies; DS is left as it was, so nothing in between may touch the stack. */
static inline void copy8(u16 dseg, u16 doff, u16 sseg, u16 soff, u16 count)
{
	u32 edi = doff, esi = soff, ecx = count;

	__asm__ volatile("pushw %%es\n\tpushw %%ds\n\tmovw %w3, %%es\n\tmovw %w4, %%ds\n\trep movsb\n\tpopw %%ds\n\tpopw %%es"
			 : "+D"(edi), "+S"(esi), "+c"(ecx) : "r"(dseg), "r"(sseg) : "memory");
}

static inline u8 bda8(u16 off) { return peek8(SEG_BDA, off); }
static inline u16 bda16(u16 off) { return peek16(SEG_BDA, off); }
static inline void bda8_set(u16 off, u8 value) { poke8(SEG_BDA, off, value); }
static inline void bda16_set(u16 off, u16 value) { poke16(SEG_BDA, off, value); }

static inline struct far_ptr peek_far(u16 seg, u16 off)
{
	struct far_ptr p = { peek16(seg, off), peek16(seg, (u16)(off + 2)) };

	return p;
}

static inline void poke_far(u16 seg, u16 off, u16 target_off, u16 target_seg)
{
	poke16(seg, off, target_off);
	poke16(seg, (u16)(off + 2), target_seg);
}

static inline void set_vector(u8 vector, u16 off, u16 seg)
{
	poke_far(SEG_IVT, (u16)(vector * 4), off, seg);
}

/* ---- Modes (modes.c, modes_table.c) --------------------------------------------------------------------------- */
enum memory_kind { KIND_TEXT, KIND_CGA, KIND_PLANAR, KIND_LINEAR };

struct mode_info {
	u8 mode;
	u8 kind;		/* enum memory_kind */
	u8 bits;		/* bits per pixel: text 0, CGA 2 or 1, planar 4, mode 11h 1, mode 13h 8 */
	u8 palette;		/* enum dac_set */
	u8 entry;		/* video parameter table entry: text with 200 lines, or the only one */
	u8 entry_350, entry_400;
	u8 pages;
	u16 segment;
	u8 mode_reg, palette_reg;	/* what a CGA's ports 3D8h and 3D9h would hold: BDA 65h and 66h */
};

/* Offsets in a 64-byte entry of the video parameter table. */
#define VPT_COLS	0
#define VPT_ROWS	1
#define VPT_HEIGHT	2
#define VPT_PAGE	3
#define VPT_SEQ		5
#define VPT_MISC	9
#define VPT_CRTC	10
#define VPT_ATTR	35
#define VPT_GFX		55
#define VPT_SIZE	64

extern const u8 video_params[][VPT_SIZE];
extern const struct mode_info mode_table[];
extern const u8 cga_params[];
extern const u8 functionality[];
extern const u8 save_pointers[], save_pointers2[], dcc_table[];

const struct mode_info *mode_find(u8 mode);
void mode_set(u8 al);
u16 scan_lines(void);

/* The current mode's description, fetched from the ROM once per call. */
struct screen {
	u8 mode, kind, bits, height;
	u16 cols, rows, segment;
};

void screen_get(struct screen *s);

/* ---- Palette and DAC (palette.c) ------------------------------------------------------------------------------ */
enum dac_set { DAC_CGA, DAC_EGA, DAC_MONO, DAC_256 };

u16 attr_status_port(void);
void attr_write(u8 index, u8 value);
u8 attr_read(u8 index);
void dac_load(u8 set);
void dac_gray(u16 first, u16 count);
void int10_palette(struct regs *r);
void int10_cga_palette(struct regs *r);

/* ---- Text and characters (text.c, glyphs.c, scroll.c) ----------------------------------------------------------- */
void cursor_shape(u8 start, u8 end);
void cursor_set(u8 page, u8 row, u8 col);
void page_select(u8 page);
void teletype(u8 ch, u8 page, u8 colour);
void int10_write_chars(struct regs *r, u8 with_attribute);
void int10_read_char(struct regs *r);
void int10_string(struct regs *r);

#define COLOUR_KEEP	0x100	/* text modes: leave the attribute byte as it is */

void char_write(const struct screen *s, u8 page, u8 row, u8 col, u8 ch, u16 colour, u16 count);
u16 char_read(const struct screen *s, u8 page, u8 row, u8 col);

void pixel_write(u8 page, u16 x, u16 y, u8 colour);
u8 pixel_read(u8 page, u16 x, u16 y);

void scroll_window(u8 page, u8 top, u8 left, u8 bottom, u8 right, u8 lines, u8 attribute, u8 down);

/* ---- Fonts (font.c) ------------------------------------------------------------------------------------------- */
extern const u8 font_8x16[], font_8x14[], font_8x8[], font_no_alternates[];

void font_load(u16 seg, u16 off, u16 first, u16 count, u8 height, u8 block);
void font_load_rom(u8 height, u8 block);
void int10_font(struct regs *r);

/* ---- The rest ------------------------------------------------------------------------------------------------- */
void int10_alternate(struct regs *r);
void int10_display_combination(struct regs *r);
void int10_functionality(struct regs *r);
void int10_save_restore(struct regs *r);
void vbe_dispatch(struct regs *r);	/* vbe.c */

#endif
