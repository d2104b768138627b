/* vga_regs.c - the VGA's ports; see vga.h.
 *
 * IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, for the registers and their
 * reserved bits (which read as zero); Inmos IMS G171 data sheet for the DAC's address register,
 * which is one for reading and writing and stands one further after a read address was set.
 *
 * Not emulated: sequencer 7 (reset of the horizontal counter, undocumented); CRTC 10-11 as light
 * pen (they read as zero when CRTC 3 bit 7 is 0).
 */
#include "devices/vga_internal.h"

static const u8 seq_mask[SEQ_COUNT] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};
static const u8 gfx_mask[GFX_COUNT] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
static const u8 attr_mask[ATTR_COUNT] = {
	0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
	0xef, 0xff, 0x3f, 0x0f, 0x0f,
};
static const u8 crtc_mask[CRTC_COUNT] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0x3f, 0x7f, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xef, 0xff,
};

/* 46E8: bit 3 enables, bit 4 is setup mode, in which only port 102 answers. */
bool vga_decodes(const struct vga *v)
{
	return v->r.enable_3c3 & 1 && v->r.enable_102 & 1 && (v->r.enable_46e8 & 0x18) == 0x08;
}

static void seq_write(struct vga *v, u8 value)
{
	int i = v->r.seq_index;
	if (i >= SEQ_COUNT)
		return;
	v->r.seq[i] = value & seq_mask[i];
	if (i == SEQ_CLOCKING) {
		if (value & (CLOCKING_LOAD_2 | CLOCKING_LOAD_4))
			log_once(v->log, "vga", "serialiser loads every 2nd or 4th clock are not drawn");
		vga_update_timing(v);
	} else if (i == SEQ_MAP_MASK || i == SEQ_MEMORY) {
		vga_update_memory(v);
	}
}

static void gfx_write(struct vga *v, u8 value)
{
	int i = v->r.gfx_index;
	if (i >= GFX_COUNT)
		return;
	v->r.gfx[i] = value & gfx_mask[i];
	vga_update_memory(v);
}

static void attr_write(struct vga *v, u8 value)
{
	v->r.attr_data_next ^= 1;
	if (v->r.attr_data_next) {
		v->r.attr_index = value & 0x3f;
		return;
	}
	int i = v->r.attr_index & 0x1f;
	/* the palette belongs to the display while PAS is 1 */
	if (i >= ATTR_COUNT || (i < ATTR_MODE && v->r.attr_index & ATTR_INDEX_PAS))
		return;
	v->r.attr[i] = value & attr_mask[i];
}

static u8 attr_read(const struct vga *v)
{
	int i = v->r.attr_index & 0x1f;
	return i < ATTR_COUNT ? v->r.attr[i] : 0;
}

static void retrace_control_write(struct vga *v, u8 value)
{
	vga_settle(v);
	v->r.crtc[CRTC_V_RETRACE_END] = value;
	if (!(value & V_RETRACE_END_NOT_CLEAR))
		v->r.retrace_irq = 0;
	vga_update_timing(v);
	vga_update_irq(v);
}

static void crtc_write(struct vga *v, u8 value)
{
	int i = v->r.crtc_index;
	if (i >= CRTC_COUNT)
		return;
	value &= crtc_mask[i];
	if (i <= CRTC_OVERFLOW && v->r.crtc[CRTC_V_RETRACE_END] & V_RETRACE_END_PROTECT) {
		if (i != CRTC_OVERFLOW)
			return;
		value = (v->r.crtc[i] & ~0x10) | (value & 0x10); /* line compare bit 8 is free */
	}
	if (i == CRTC_V_RETRACE_END) {
		retrace_control_write(v, value);
		return;
	}
	if (i == CRTC_START_HIGH || i == CRTC_START_LOW)
		vga_settle(v);
	v->r.crtc[i] = value;
	vga_update_timing(v);
}

static u8 crtc_read(const struct vga *v)
{
	int i = v->r.crtc_index;
	bool light_pen = !(v->r.crtc[CRTC_H_BLANK_END] & 0x80);
	if (i >= CRTC_COUNT || (light_pen && (i == CRTC_V_RETRACE_START || i == CRTC_V_RETRACE_END)))
		return 0;
	return v->r.crtc[i];
}

static void dac_fetch(struct vga *v)
{
	memcpy(v->r.dac_value, v->r.dac[v->r.dac_address++], sizeof v->r.dac_value);
}

static void dac_address_write(struct vga *v, u8 value, bool reading)
{
	v->r.dac_address = value;
	v->r.dac_phase = 0;
	v->r.dac_reading = reading;
	if (reading)
		dac_fetch(v);
}

static u8 dac_data_read(struct vga *v)
{
	u8 value = v->r.dac_value[v->r.dac_phase++];
	if (v->r.dac_phase == 3) {
		v->r.dac_phase = 0;
		dac_fetch(v);
	}
	return value;
}

static void dac_data_write(struct vga *v, u8 value)
{
	v->r.dac_value[v->r.dac_phase++] = vga_dac_is_8bit(v) ? value : value & 0x3f;
	if (v->r.dac_phase == 3) {
		v->r.dac_phase = 0;
		memcpy(v->r.dac[v->r.dac_address++], v->r.dac_value, sizeof v->r.dac_value);
	}
}

/* Bit 7: the vertical interrupt's latch. Bit 4: the comparators behind the DAC, 1 while all three
 * guns are below about half of full scale (a colour monitor is attached). */
static u8 status0(const struct vga *v)
{
	const u8 *rgb = v->r.dac[v->r.attr[ATTR_OVERSCAN] & v->r.dac_mask];
	u8 half = vga_dac_is_8bit(v) ? 0x7c : 0x1f;
	bool low = rgb[0] < half && rgb[1] < half && rgb[2] < half;
	return (u8)((vga_irq_latch(v) ? 0x80 : 0) | (low ? 0x10 : 0));
}

static void misc_write(struct vga *v, u8 value)
{
	v->r.misc = value & 0xef;
	if (MISC_CLOCK(value) > 1)
		log_once(v->log, "vga", "no external dot clock: 25.175 MHz is used");
	vga_update_timing(v);
	vga_update_memory(v);
}

/* 3B4/3B5/3BA or 3D4/3D5/3DA, whichever misc bit 0 selects. */
static bool crtc_port(const struct vga *v, u16 port)
{
	return (port & 0x3f0) == (v->r.misc & MISC_COLOUR_PORTS ? 0x3d0 : 0x3b0);
}

static u8 crtc_port_read(struct vga *v, u16 port)
{
	if (!crtc_port(v, port))
		return 0xff;
	switch (port & 0xf) {
	case 0x4:
		return v->r.crtc_index;
	case 0x5:
		return crtc_read(v);
	case 0xa:
		v->r.attr_data_next = 0;
		return vga_status1(v);
	default:
		return 0xff;
	}
}

static void crtc_port_write(struct vga *v, u16 port, u8 value)
{
	if (!crtc_port(v, port))
		return;
	switch (port & 0xf) {
	case 0x4:
		v->r.crtc_index = value & 0x1f;
		break;
	case 0x5:
		crtc_write(v, value);
		break;
	case 0xa:
		v->r.feature = value & 0x0b;
		break;
	}
}

u8 vga_port_read(struct vga *v, u16 port)
{
	if (port == 0x3c3)
		return v->r.enable_3c3;
	if (!vga_decodes(v))
		return 0xff;
	switch (port) {
	case 0x3c0:
		return v->r.attr_index;
	case 0x3c1:
		return attr_read(v);
	case 0x3c2:
		return status0(v);
	case 0x3c4:
		return v->r.seq_index;
	case 0x3c5:
		return v->r.seq_index < SEQ_COUNT ? v->r.seq[v->r.seq_index] : 0;
	case 0x3c6:
		return v->r.dac_mask;
	case 0x3c7:
		return v->r.dac_reading ? 3 : 0;
	case 0x3c8:
		return v->r.dac_address;
	case 0x3c9:
		return dac_data_read(v);
	case 0x3ca:
		return v->r.feature;
	case 0x3cc:
		return v->r.misc;
	case 0x3ce:
		return v->r.gfx_index;
	case 0x3cf:
		return v->r.gfx_index < GFX_COUNT ? v->r.gfx[v->r.gfx_index] : 0;
	default:
		return crtc_port_read(v, port);
	}
}

void vga_port_write(struct vga *v, u16 port, u8 value)
{
	if (port == 0x3c3) {
		v->r.enable_3c3 = value & 1;
		vga_update_memory(v);
		return;
	}
	if (!vga_decodes(v))
		return;
	v->generation++;
	switch (port) {
	case 0x3c0:
		attr_write(v, value);
		break;
	case 0x3c2:
		misc_write(v, value);
		break;
	case 0x3c4:
		v->r.seq_index = value & 7;
		break;
	case 0x3c5:
		seq_write(v, value);
		break;
	case 0x3c6:
		v->r.dac_mask = value;
		break;
	case 0x3c7:
	case 0x3c8:
		dac_address_write(v, value, port == 0x3c7);
		break;
	case 0x3c9:
		dac_data_write(v, value);
		break;
	case 0x3ce:
		v->r.gfx_index = value & 0xf;
		break;
	case 0x3cf:
		gfx_write(v, value);
		break;
	default:
		crtc_port_write(v, port, value);
		break;
	}
}

static u32 mono_read(void *opaque, u32 offset, int size)
{
	(void)size;
	return vga_port_read(opaque, (u16)(0x3b0 + offset));
}

static void mono_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)size;
	vga_port_write(opaque, (u16)(0x3b0 + offset), (u8)value);
}

static u32 colour_read(void *opaque, u32 offset, int size)
{
	(void)size;
	return vga_port_read(opaque, (u16)(0x3c0 + offset));
}

static void colour_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)size;
	vga_port_write(opaque, (u16)(0x3c0 + offset), (u8)value);
}

/* Port 102, only in setup mode. */
static u32 setup_read(void *opaque, u32 offset, int size)
{
	const struct vga *v = opaque;
	(void)offset, (void)size;
	return v->r.enable_46e8 & 0x10 ? v->r.enable_102 : 0xff;
}

static void setup_write(void *opaque, u32 offset, int size, u32 value)
{
	struct vga *v = opaque;
	(void)offset, (void)size;
	if (v->r.enable_46e8 & 0x10)
		v->r.enable_102 = value & 1;
	vga_update_memory(v);
}

static u32 enable_read(void *opaque, u32 offset, int size)
{
	(void)opaque, (void)offset, (void)size;
	return 0xff; /* write-only */
}

static void enable_write(void *opaque, u32 offset, int size, u32 value)
{
	struct vga *v = opaque;
	(void)offset, (void)size;
	v->r.enable_46e8 = value & 0x1f;
	vga_update_memory(v);
}

static const struct io_ops mono_ops = {mono_read, mono_write, 1 | IO_ON_PCI};
static const struct io_ops colour_ops = {colour_read, colour_write, 1 | IO_ON_PCI};
static const struct io_ops setup_ops = {setup_read, setup_write, 1 | IO_ON_PCI};
static const struct io_ops enable_ops = {enable_read, enable_write, 1 | IO_ON_PCI};

static void power_on(struct vga *v)
{
	u8 *regs = (u8 *)&v->r;
	u8 used = v->r.vbe.used; /* the memory stays */
	memset(regs, 0, sizeof v->r);
	v->r.vbe.used = used;
	vga_vbe_reset(v);
	v->r.enable_3c3 = 1;
	v->r.enable_46e8 = 0x08;
	v->r.enable_102 = 1;
	v->r.epoch_ns = v->r.start_written_ns = v->r.retrace_armed_ns = clock_now(v->clock);
	vga_compute_timing(v);
	vga_update_memory(v);
	v->generation++;
}

void vga_init(struct vga *v, struct bus *bus, struct clock *clock, struct log *log, u8 *mem)
{
	memset(v, 0, sizeof *v);
	v->mem = mem;
	v->bus = bus;
	v->clock = clock;
	v->log = log;
	timer_init(&v->retrace_timer, vga_retrace_fire, v);
	power_on(v);
	bus_add_ports(bus, 0x102, 1, &setup_ops, v);
	bus_add_ports(bus, 0x3b0, 12, &mono_ops, v); /* 3BC-3BF belong to a printer port */
	bus_add_ports(bus, 0x3c0, 32, &colour_ops, v);
	bus_add_ports(bus, 0x46e8, 1, &enable_ops, v);
	bus_add_mmio(bus, VGA_WINDOW, VGA_WINDOW_SIZE, &vga_mem_ops, v);
	vga_vbe_init(v, bus);
}

void vga_reset(struct vga *v)
{
	power_on(v);
	vga_update_irq(v);
}

void vga_restore(struct vga *v)
{
	vga_vbe_restore(v);
	vga_compute_timing(v);
	vga_update_memory(v);
	vga_update_irq(v);
	v->generation++;
}
