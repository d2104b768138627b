/* vga_vbe.c - what the adapter has beyond a VGA: the VBE registers of Bochs, and the PCI card of QEMU around them.
 *
 * Bochs VBE display API (vbe_display_api.txt); QEMU, "QEMU Standard VGA" (docs/specs/standard-vga).
 *
 *   1CE index, 1CF data (words)            BAR 0  16 MB of memory, prefetchable
 *    0 ID B0C0..B0C5    6 virtual width    BAR 2  4 KB: 000 the monitor's EDID
 *    1 width            7 virtual height              400 ports 3C0..3DF, bytes
 *    2 height           8 x offset                    500 the registers at the left, words
 *    3 bits a pixel     9 y offset                    600 size (8), 604 byte order: 1E1E1E1E or BEBEBEBE
 *    4 enable           A memory / 64 KB   ROM    the video BIOS
 *    5 bank
 *
 * Width, height and depth change only while the mode is off; enabling resets virtual size, offsets and bank. A value that
 * does not fit leaves its register as it was. The card answers at the VGA's legacy addresses whatever its command register
 * says, as QEMU's does. Not emulated: 32 KB granularity of banks, separate read and write banks, the DDC register (0Bh).
 */
#include "devices/vga_internal.h"

#define ID_FIRST 0xb0c0
#define ID_LAST 0xb0c5
#define FLAGS (VBE_ENABLED | VBE_GETCAPS | VBE_8BIT_DAC | VBE_LFB | VBE_NOCLEARMEM)

#define MMIO_SIZE 0x1000
#define MMIO_VGA 0x400
#define MMIO_VBE 0x500
#define MMIO_QEMU 0x600
#define LITTLE_ENDIAN_MARK 0x1e1e1e1eu
#define BIG_ENDIAN_MARK 0xbebebebeu

enum { BAR_MEMORY = 0, BAR_REGISTERS = 2 };

/* ---- sizes ---------------------------------------------------------------------------------- */

static u32 pitch_of(u32 bpp, u32 width)
{
	return bpp == 4 ? width / 8 : width * ((bpp + 7) / 8);
}

/* With 4 bits a pixel a plane has a quarter of the memory. */
static u32 capacity(u32 bpp)
{
	return bpp == 4 ? VGA_VRAM_SIZE / 4 : VGA_VRAM_SIZE;
}

u32 vga_vbe_pitch(const struct vga *v)
{
	return pitch_of(v->r.vbe.bpp, v->r.vbe.virt_width);
}

static u32 virt_height(const struct vga *v)
{
	u32 pitch = vga_vbe_pitch(v), lines = pitch ? capacity(v->r.vbe.bpp) / pitch : 0;
	return lines < 0xffff ? lines : 0xffff;
}

static bool is_depth(u32 bpp)
{
	return bpp == 4 || bpp == 8 || bpp == 15 || bpp == 16 || bpp == 24 || bpp == 32;
}

/* ---- writes ------------------------------------------------------------------------------------ */

/* The palette keeps its colours when the DAC changes its width. */
static void dac_width(struct vga *v, bool is_8bit)
{
	u8 *c = v->r.dac[0];
	if (is_8bit == vga_dac_is_8bit(v))
		return;
	for (size_t i = 0; i < sizeof v->r.dac; i++)
		c[i] = is_8bit ? (u8)(c[i] << 2 | c[i] >> 4) : c[i] >> 2;
}

static void begin_mode(struct vga *v, u16 flags)
{
	struct vga_vbe_regs *r = &v->r.vbe;
	r->virt_width = r->bpp == 4 ? r->xres & (u16)~7 : r->xres;
	r->x_offset = r->y_offset = r->bank = 0;
	if (!(flags & VBE_NOCLEARMEM))
		memset(v->mem, 0, r->used ? VGA_VRAM_SIZE : VGA_MEM_SIZE);
	r->used = 1;
}

static void enable_write(struct vga *v, u16 value)
{
	struct vga_vbe_regs *r = &v->r.vbe;
	bool was_on = vga_vbe_on(v);
	value &= FLAGS;
	dac_width(v, value & VBE_8BIT_DAC);
	if (value & VBE_ENABLED && pitch_of(r->bpp, r->xres) * r->yres > capacity(r->bpp)) {
		log_once(v->log, "vga", "VBE mode %d x %d x %d does not fit into the memory", r->xres, r->yres, r->bpp);
		value &= (u16)~VBE_ENABLED;
	}
	if (value & VBE_ENABLED && !was_on)
		begin_mode(v, value);
	r->enable = value;
	if (!(value & VBE_ENABLED))
		r->bank = 0;
}

/* Made narrower where the screen's lines would not fit below each other. */
static void virt_width_write(struct vga *v, u32 width)
{
	struct vga_vbe_regs *r = &v->r.vbe;
	u32 bytes = pitch_of(r->bpp, 8); /* of eight pixels */
	u32 widest = capacity(r->bpp) / r->yres / bytes * 8;
	width = width < r->xres ? r->xres : width > widest ? widest : width;
	r->virt_width = (u16)(r->bpp == 4 ? width & ~7u : width);
	if (r->x_offset + r->xres > r->virt_width)
		r->x_offset = 0;
	if (r->y_offset + r->yres > virt_height(v))
		r->y_offset = 0;
}

static void set_while_off(const struct vga *v, u16 *reg, u16 value, bool fits)
{
	if (!vga_vbe_on(v) && fits)
		*reg = value;
}

static void vbe_write(struct vga *v, u32 index, u16 value)
{
	struct vga_vbe_regs *r = &v->r.vbe;
	switch (index) {
	case VBE_ID:
		if (value >= ID_FIRST && value <= ID_LAST)
			r->id = value;
		return;
	case VBE_XRES:
		set_while_off(v, &r->xres, value, value >= 8 && value <= VGA_VBE_MAX_X);
		break;
	case VBE_YRES:
		set_while_off(v, &r->yres, value, value >= 1 && value <= VGA_VBE_MAX_Y);
		break;
	case VBE_BPP:
		value = value ? value : 8;
		set_while_off(v, &r->bpp, value, is_depth(value));
		break;
	case VBE_ENABLE:
		enable_write(v, value);
		break;
	case VBE_BANK:
		if (value < capacity(r->bpp) >> 16)
			r->bank = value;
		break;
	case VBE_VIRT_WIDTH:
		virt_width_write(v, value);
		break;
	case VBE_X_OFFSET:
		if (value + r->xres <= r->virt_width)
			r->x_offset = value;
		break;
	case VBE_Y_OFFSET:
		if (value + r->yres <= virt_height(v))
			r->y_offset = value;
		break;
	}
	v->generation++;
	vga_update_memory(v);
}

static u16 vbe_read(const struct vga *v, u32 index)
{
	const struct vga_vbe_regs *r = &v->r.vbe;
	bool caps = r->enable & VBE_GETCAPS;
	switch (index) {
	case VBE_ID:
		return r->id;
	case VBE_XRES:
		return caps ? VGA_VBE_MAX_X : r->xres;
	case VBE_YRES:
		return caps ? VGA_VBE_MAX_Y : r->yres;
	case VBE_BPP:
		return caps ? 32 : r->bpp;
	case VBE_ENABLE:
		return r->enable;
	case VBE_BANK:
		return r->bank;
	case VBE_VIRT_WIDTH:
		return r->virt_width;
	case VBE_VIRT_HEIGHT:
		return (u16)virt_height(v);
	case VBE_X_OFFSET:
		return r->x_offset;
	case VBE_Y_OFFSET:
		return r->y_offset;
	case VBE_MEMORY_64K:
		return VGA_VRAM_SIZE >> 16;
	default:
		return 0;
	}
}

/* ---- ports ---------------------------------------------------------------------------------------- */

/* Words; a byte reads the low half, and is not enough to write. Offset 2 is a second data port for who aligns words. */
static u32 port_read(void *opaque, u32 offset, int size)
{
	const struct vga *v = opaque;
	(void)size;
	return offset == 0 ? v->r.vbe.index : vbe_read(v, v->r.vbe.index);
}

static void port_write(void *opaque, u32 offset, int size, u32 value)
{
	struct vga *v = opaque;
	if (size != 2)
		return;
	if (offset == 0)
		v->r.vbe.index = (u16)value;
	else
		vbe_write(v, v->r.vbe.index, (u16)value);
}

static const struct io_ops port_ops = {port_read, port_write, 2 | IO_ON_PCI};

/* ---- the card's registers in memory ------------------------------------------------------------------ */

static u32 byte_read(struct vga *v, u32 at)
{
	u32 mark = v->r.vbe.big_endian ? BIG_ENDIAN_MARK : LITTLE_ENDIAN_MARK;
	if (at < sizeof vga_edid)
		return vga_edid[at];
	if (at >= MMIO_VGA && at < MMIO_VGA + 0x20)
		return vga_port_read(v, (u16)(at - MMIO_VGA + 0x3c0));
	if (at >= MMIO_VBE && at < MMIO_VBE + 2 * VBE_COUNT)
		return vbe_read(v, (at - MMIO_VBE) / 2) >> 8 * (at & 1) & 0xff;
	if (at >= MMIO_QEMU && at < MMIO_QEMU + 4)
		return at == MMIO_QEMU ? 8 : 0;
	if (at >= MMIO_QEMU + 4 && at < MMIO_QEMU + 8)
		return mark & 0xff;
	return at < MMIO_VGA ? 0 : 0xff;
}

static u32 mmio_read(void *opaque, u32 offset, int size)
{
	u32 value = 0;
	for (int i = 0; i < size; i++)
		value |= byte_read(opaque, offset + (u32)i) << 8 * i;
	return value;
}

static void mmio_write(void *opaque, u32 offset, int size, u32 value)
{
	struct vga *v = opaque;
	if (offset == MMIO_QEMU + 4 && size == 4) {
		if (value == LITTLE_ENDIAN_MARK || value == BIG_ENDIAN_MARK)
			v->r.vbe.big_endian = value == BIG_ENDIAN_MARK;
		v->generation++;
		return;
	}
	for (int i = 0; i < size; i++, value >>= 8) {
		u32 at = offset + (u32)i;
		if (at >= MMIO_VGA && at < MMIO_VGA + 0x20)
			vga_port_write(v, (u16)(at - MMIO_VGA + 0x3c0), (u8)value);
		else if (at >= MMIO_VBE && at < MMIO_VBE + 2 * VBE_COUNT && !(at & 1))
			vbe_write(v, (at - MMIO_VBE) / 2, (u16)(i + 1 < size ? value : value & 0xff));
	}
}

static const struct io_ops mmio_ops = {mmio_read, mmio_write, 4};

static u32 rom_read(void *opaque, u32 offset, int size)
{
	const struct vga *v = opaque;
	return offset + (u32)size <= v->rom_len ? (u32)load_n(v->rom + offset, size) : ~0u;
}

static void rom_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)opaque, (void)offset, (void)size, (void)value;
}

static const struct io_ops rom_ops = {rom_read, rom_write, 4};

/* ---- PCI ------------------------------------------------------------------------------------------------ */

static void bar_moved(void *opaque, int bar, u32 base, bool enabled)
{
	struct vga *v = opaque;
	if (bar == BAR_MEMORY) {
		if (v->lfb_moved)
			v->lfb_moved(v->lfb_opaque, enabled ? base : 0, enabled ? VGA_VRAM_SIZE : 0);
	} else if (!enabled) {
		bus_remove_mmio(v->bus, base, v);
	} else if (bar == BAR_REGISTERS) {
		bus_add_mmio(v->bus, base, MMIO_SIZE, &mmio_ops, v);
	} else {
		bus_add_mmio(v->bus, base, v->pci.bar[PCI_ROM_BAR].size, &rom_ops, v);
	}
}

void vga_plug(struct vga *v, struct pci_bus *pci, int slot, const u8 *rom, u32 rom_len)
{
	u32 rom_size = 2048; /* the smallest there is (PCI 2.2, 6.2.5.2) */
	static const struct pci_ops ops = {.bar_moved = bar_moved};
	pci_function_init(&v->pci, 0x1234, 0x1111, 0x030000, 2, &ops, v);
	pci_define_bar(&v->pci, BAR_MEMORY, VGA_VRAM_SIZE, PCI_BAR_PREFETCH);
	pci_define_bar(&v->pci, BAR_REGISTERS, MMIO_SIZE, PCI_BAR_MEMORY);
	if (rom) {
		v->rom = rom;
		v->rom_len = rom_len;
		while (rom_size < rom_len)
			rom_size *= 2;
		pci_define_bar(&v->pci, PCI_ROM_BAR, rom_size, PCI_BAR_MEMORY);
	}
	pci_plug(pci, &v->pci, slot, 0);
}

/* ---- life -------------------------------------------------------------------------------------------------- */

void vga_vbe_init(struct vga *v, struct bus *bus)
{
	bus_add_ports(bus, 0x1ce, 4, &port_ops, v);
}

/* Registers that a guest could not have made are the default ones. */
void vga_vbe_restore(struct vga *v)
{
	const struct vga_vbe_regs *r = &v->r.vbe;
	bool size = r->xres >= 8 && r->xres <= VGA_VBE_MAX_X && r->yres >= 1 && r->yres <= VGA_VBE_MAX_Y && is_depth(r->bpp);
	if (!size || r->bank >= capacity(r->bpp) >> 16 ||
	    (vga_vbe_on(v) && (r->x_offset + r->xres > r->virt_width || r->y_offset + r->yres > virt_height(v))))
		vga_vbe_reset(v);
}

void vga_vbe_reset(struct vga *v)
{
	u8 used = v->r.vbe.used;
	v->r.vbe = (struct vga_vbe_regs){.id = ID_LAST, .xres = 640, .yres = 480, .bpp = 8, .virt_width = 640, .used = used};
}
