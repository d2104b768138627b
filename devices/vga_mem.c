/* vga_mem.c - the VGA's memory as the processor sees it: windows, addressing, write and read modes.
 *
 * IBM PS/2 Hardware Interface Technical Reference, Video Subsystems: sequencer (map mask, memory
 * mode), graphics controller. The data path is done on 32-bit words, one byte a plane, so that all
 * four planes go through set/reset, function, bit mask and map mask together.
 *
 *   value -> rotate -> set/reset -> function (latch) -> bit mask (latch) -> map mask -> planes
 *
 * Not emulated: the 64 KB limit of sequencer 4 bit 1 (every VGA has 256 KB); wait states.
 */
#include "devices/vga_internal.h"

struct place {
	u8 *word;   /* the four planes' bytes */
	u32 planes; /* a byte a plane: those that the address lets take part */
};

static u32 chain4_address(u32 a)
{
	return (a & 0xfffc) | (a >> 14 & 3);
}

/* GC 6 bit 1 takes A0 for the choice of the plane and puts something else in its place. */
static u32 planar_address(const struct vga *v, u32 a)
{
	if (!(v->r.gfx[GFX_MISC] & GFX_MISC_CHAIN_ODD_EVEN))
		return a & 0xffff;
	u32 low = v->window_len == VGA_WINDOW_SIZE ? a >> 16 & 1 : v->odd_page;
	return (a & 0xfffe) | low;
}

static struct place write_place(struct vga *v, u32 a)
{
	u8 mode = v->r.seq[SEQ_MEMORY];
	if (mode & SEQ_MEMORY_CHAIN4)
		return (struct place){v->planes + 4 * vga_plane_slot(chain4_address(a)), 0xffu << 8 * (a & 3)};
	u32 planes = mode & SEQ_MEMORY_SEQUENTIAL ? ~0u : a & 1 ? 0xff00ff00u : 0x00ff00ffu;
	return (struct place){v->planes + 4 * vga_plane_slot(planar_address(v, a)), planes};
}

static u32 rotate_right(u32 value, u32 count)
{
	value &= 0xff;
	return (value >> count | value << (8 - count)) & 0xff;
}

/* What the four planes would be given, before the map mask. */
static u32 data_path(const struct vga *v, u32 value)
{
	u32 data, mask = v->bit_mask, rotated = rotate_right(value, v->r.gfx[GFX_ROTATE] & 7);
	switch (v->r.gfx[GFX_MODE] & 3) {
	case 0:
		data = (rotated * 0x01010101u & ~v->set_reset_enable) | (v->set_reset & v->set_reset_enable);
		break;
	case 1:
		return v->r.latch;
	case 2:
		data = vga_spread(value);
		break;
	default:
		data = v->set_reset;
		mask &= rotated * 0x01010101u;
		break;
	}
	switch (v->r.gfx[GFX_ROTATE] >> 3 & 3) {
	case 1:
		data &= v->r.latch;
		break;
	case 2:
		data |= v->r.latch;
		break;
	case 3:
		data ^= v->r.latch;
		break;
	}
	return (data & mask) | (v->r.latch & ~mask);
}

static void merge(u8 *word, u32 planes, u32 data)
{
	store32(word, (load32(word) & ~planes) | (data & planes));
}

static void write_general(struct vga *v, u32 a, int size, u32 value)
{
	for (int i = 0; i < size; i++, value >>= 8) {
		struct place p = write_place(v, a + (u32)i);
		merge(p.word, p.planes & v->map_mask, data_path(v, value));
	}
}

/* The plane bytes of a character and its attribute: odd/even, planes 0 and 1, nothing in the way. */
static u8 *text_word(struct vga *v, u32 a)
{
	return v->planes + 4 * vga_plane_slot((a & 0xfffe) | v->odd_page);
}

static void write_text(struct vga *v, u32 a, int size, u32 value)
{
	if (a & 1 || size == 1) {
		for (int i = 0; i < size; i++, a++, value >>= 8)
			text_word(v, a)[a & 1] = (u8)value;
		return;
	}
	store16(text_word(v, a), (u16)value);
	if (size == 4)
		store16(text_word(v, a + 2), (u16)(value >> 16));
}

/* Chain-4 with nothing in the way: 16 KB blocks of consecutive bytes. */
static u8 *chain4_byte(struct vga *v, u32 a)
{
	return v->planes + (a & 0xffff) + ((a >> 14 & 3) << 16);
}

static void write_chain4(struct vga *v, u32 a, int size, u32 value)
{
	if ((a & 0x3fff) + (u32)size <= 0x4000) {
		store_n(chain4_byte(v, a), size, value);
		return;
	}
	for (int i = 0; i < size; i++, a++, value >>= 8)
		*chain4_byte(v, a) = (u8)value;
}

/* Write mode 0 with nothing in the way, to any set of planes. */
static void write_planes(struct vga *v, u32 a, int size, u32 value)
{
	for (int i = 0; i < size; i++, a++, value >>= 8)
		merge(v->planes + 4 * vga_plane_slot(a & 0xffff), v->map_mask, (value & 0xff) * 0x01010101u);
}

/* A VBE mode's bank: plain memory. */
static void write_bank(struct vga *v, u32 a, int size, u32 value)
{
	store_n(v->direct_at + a, size, value);
	v->r.vbe.used = 1;
}

static u32 read_bank(struct vga *v, u32 a, int size)
{
	return (u32)load_n(v->direct_at + a, size);
}

static void write_latches(struct vga *v, u32 a, int size, u32 value)
{
	(void)value;
	for (int i = 0; i < size; i++, a++)
		merge(v->planes + 4 * vga_plane_slot(a & 0xffff), v->map_mask, v->r.latch);
}

static u32 read_place(struct vga *v, u32 a, u32 *plane)
{
	if (v->r.seq[SEQ_MEMORY] & SEQ_MEMORY_CHAIN4) {
		*plane = a & 3;
		return chain4_address(a);
	}
	*plane = v->r.gfx[GFX_READ_MAP] & 3;
	if (v->r.gfx[GFX_MODE] & GFX_MODE_ODD_EVEN)
		*plane = (*plane & 2) | (a & 1);
	return planar_address(v, a);
}

/* Read mode 1: ones where all the planes that count have the colour asked for. */
static u32 color_compare(const struct vga *v)
{
	u32 differ = (v->r.latch ^ v->compare) & v->compare_care;
	differ |= differ >> 16;
	return ~(differ | differ >> 8) & 0xff;
}

static u32 read_general(struct vga *v, u32 a, int size)
{
	u32 value = 0, plane;
	for (int i = 0; i < size; i++) {
		v->r.latch = vga_planes(v, read_place(v, a + (u32)i, &plane));
		bool compare = v->r.gfx[GFX_MODE] & GFX_MODE_READ_COMPARE;
		u32 byte = compare ? color_compare(v) : v->r.latch >> 8 * plane & 0xff;
		value |= byte << 8 * i;
	}
	return value;
}

static u32 read_text(struct vga *v, u32 a, int size)
{
	u32 value = 0;
	for (int i = 0; i < size; i++, a++)
		value |= (u32)text_word(v, a)[a & 1] << 8 * i;
	v->r.latch = load32(text_word(v, a - 1));
	return value;
}

static u32 read_chain4(struct vga *v, u32 a, int size)
{
	u32 value = 0;
	if ((a & 0x3fff) + (u32)size <= 0x4000)
		value = (u32)load_n(chain4_byte(v, a), size);
	else
		for (int i = 0; i < size; i++)
			value |= (u32)*chain4_byte(v, a + (u32)i) << 8 * i;
	v->r.latch = load32(chain4_byte(v, (a + (u32)size - 1) & ~3u));
	return value;
}

/* Nothing but the map mask changes what is written. */
static bool write_is_plain(const struct vga *v)
{
	const u8 *g = v->r.gfx;
	return !(g[GFX_MODE] & 3) && !g[GFX_ROTATE] && !g[GFX_SET_RESET_ENABLE] && g[GFX_BIT_MASK] == 0xff;
}

/* Odd/even the way text modes use it, in a window without A16. */
static bool is_text_addressing(const struct vga *v)
{
	return v->r.gfx[GFX_MISC] & GFX_MISC_CHAIN_ODD_EVEN && v->window_len != VGA_WINDOW_SIZE &&
	       !(v->r.seq[SEQ_MEMORY] & SEQ_MEMORY_CHAIN4);
}

static void choose_write(struct vga *v)
{
	u8 mode = v->r.seq[SEQ_MEMORY], map = v->r.seq[SEQ_MAP_MASK];
	bool plain = write_is_plain(v);
	bool planar = mode & SEQ_MEMORY_SEQUENTIAL && !(mode & SEQ_MEMORY_CHAIN4) &&
		      !(v->r.gfx[GFX_MISC] & GFX_MISC_CHAIN_ODD_EVEN);
	v->write = write_general;
	if (plain && mode & SEQ_MEMORY_CHAIN4 && map == 0xf)
		v->write = write_chain4;
	else if (plain && planar)
		v->write = write_planes;
	else if (plain && is_text_addressing(v) && !(mode & SEQ_MEMORY_SEQUENTIAL) && map == 3)
		v->write = write_text;
	else if (planar && (v->r.gfx[GFX_MODE] & 3) == 1)
		v->write = write_latches;
}

static void choose_read(struct vga *v)
{
	const u8 *g = v->r.gfx;
	bool plain = !(g[GFX_MODE] & GFX_MODE_READ_COMPARE);
	v->read = read_general;
	if (plain && v->r.seq[SEQ_MEMORY] & SEQ_MEMORY_CHAIN4)
		v->read = read_chain4;
	else if (plain && is_text_addressing(v) && g[GFX_MODE] & GFX_MODE_ODD_EVEN && !(g[GFX_READ_MAP] & 2))
		v->read = read_text;
}

/* VBE modes have A0000 64 KB, else GC 6 bits 3-2: A0000 128 KB, A0000 64 KB, B0000 32 KB, B8000 32 KB. */
static void choose_window(struct vga *v)
{
	static const u32 first[4] = {0, 0, 0x10000, 0x18000}, len[4] = {0x20000, 0x10000, 0x8000, 0x8000};
	int n = vga_vbe_on(v) ? 1 : v->r.gfx[GFX_MISC] >> 2 & 3;
	v->window_first = first[n];
	v->window_len = v->r.misc & MISC_RAM_ENABLE && vga_decodes(v) ? len[n] : 0;
}

void vga_update_memory(struct vga *v)
{
	const u8 *g = v->r.gfx;
	u32 old_first = v->window_first, old_len = v->window_len;
	const u8 *old_at = v->direct_at;
	bool was_direct = v->direct, bank = vga_vbe_on(v) && v->r.vbe.bpp != 4;

	v->map_mask = vga_spread(v->r.seq[SEQ_MAP_MASK]);
	v->set_reset = vga_spread(g[GFX_SET_RESET]);
	v->set_reset_enable = vga_spread(g[GFX_SET_RESET_ENABLE]);
	v->compare = vga_spread(g[GFX_COMPARE]);
	v->compare_care = vga_spread(g[GFX_COMPARE_CARE]);
	v->bit_mask = g[GFX_BIT_MASK] * 0x01010101u;
	v->odd_page = v->r.misc & MISC_EVEN_PAGE ? 0 : 1;
	v->planes = v->mem + (vga_vbe_on(v) && !bank ? v->r.vbe.bank * VGA_MEM_SIZE : 0);
	v->direct_at = bank ? v->mem + v->r.vbe.bank * 0x10000u : NULL;
	choose_window(v);
	choose_write(v);
	choose_read(v);
	if (bank) {
		v->write = write_bank;
		v->read = read_bank;
	}
	v->direct = v->window_len && (bank || (v->write == write_chain4 && v->read == read_chain4));
	bool moved = old_first != v->window_first || old_len != v->window_len || old_at != v->direct_at;
	if (v->map_changed && (was_direct != v->direct || (v->direct && moved)))
		v->map_changed(v->map_opaque);
}

static void mem_write(void *opaque, u32 offset, int size, u32 value)
{
	struct vga *v = opaque;
	u32 a = offset - v->window_first;
	if (a < v->window_len && a + (u32)size <= v->window_len) {
		v->generation++;
		v->write(v, a, size, value);
		return;
	}
	for (int i = 0; i < size; i++, a++, value >>= 8)
		if (a < v->window_len) {
			v->generation++;
			v->write(v, a, 1, value & 0xff);
		}
}

static u32 mem_read(void *opaque, u32 offset, int size)
{
	struct vga *v = opaque;
	u32 a = offset - v->window_first, value = 0;
	if (a < v->window_len && a + (u32)size <= v->window_len)
		return v->read(v, a, size);
	for (int i = 0; i < size; i++, a++)
		value |= (a < v->window_len ? v->read(v, a, 1) : 0xff) << 8 * i;
	return value;
}

const struct io_ops vga_mem_ops = {mem_read, mem_write, 4};

u8 *vga_direct(struct vga *v, gpa_t gpa)
{
	u64 a = (gpa & ~0xfffull) - VGA_WINDOW - v->window_first;
	if (!v->direct || gpa < VGA_WINDOW || a >= v->window_len)
		return NULL;
	return v->direct_at ? v->direct_at + a : chain4_byte(v, (u32)a);
}

u8 vga_plane_byte(const struct vga *v, int plane, u32 address)
{
	return (u8)(vga_planes(v, address & 0xffff) >> 8 * (plane & 3));
}
