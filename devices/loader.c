/* loader.c - the loader card; see loader.h. */
#include "devices/loader.h"

#include "base/bits.h"

enum { REG_PART, REG_SIZE, REG_ADDRESS, REG_CONTROL, REGS };

#define CONTROL_RUN 1u
#define START_NS 1000u
#define CHUNK (1 << 20)

static u32 part_size(const struct loader *l)
{
	return l->r.part < LOADER_PARTS ? l->parts[l->r.part].size : 0;
}

static void done(void *opaque)
{
	struct loader *l = opaque;
	u32 size = part_size(l);
	const u8 *data = size ? l->parts[l->r.part].data : NULL;
	for (u32 at = 0; at < size; at += CHUNK) {
		u32 n = size - at < CHUNK ? size - at : CHUNK;
		l->write_mem(l->mem_opaque, (gpa_t)l->r.address + at, data + at, (int)n);
	}
	l->r.busy = 0;
}

static u32 loader_read(void *opaque, u32 offset, int size)
{
	const struct loader *l = opaque;
	if (size != 4 || offset % 4)
		return ~0u;
	switch (offset / 4) {
	case REG_PART:
		return l->r.part;
	case REG_SIZE:
		return part_size(l);
	case REG_ADDRESS:
		return l->r.address;
	default:
		return l->r.busy;
	}
}

static void loader_write(void *opaque, u32 offset, int size, u32 value)
{
	struct loader *l = opaque;
	if (size != 4 || offset % 4 || l->r.busy)
		return;
	switch (offset / 4) {
	case REG_PART:
		l->r.part = value;
		break;
	case REG_ADDRESS:
		l->r.address = value;
		break;
	case REG_CONTROL:
		if (!(value & CONTROL_RUN))
			break;
		l->r.busy = 1;
		timer_set(l->clock, &l->done, clock_now(l->clock) + START_NS + part_size(l));
		break;
	}
}

static const struct io_ops loader_ops = {loader_read, loader_write, 4 | IO_ON_PCI};

/* ---- PCI ------------------------------------------------------------------------------------------------ */

static u32 rom_read(void *opaque, u32 offset, int size)
{
	const struct loader *l = opaque;
	return offset + (u32)size <= l->rom_len ? (u32)load_n(l->rom + offset, size) : ~0u;
}

static void rom_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)opaque, (void)offset, (void)size, (void)value;
}

static const struct io_ops rom_ops = {rom_read, rom_write, 4};

static void bar_moved(void *opaque, int bar, u32 base, bool enabled)
{
	struct loader *l = opaque;
	if (enabled)
		bus_add_mmio(l->bus, base, l->pci.bar[bar].size, &rom_ops, l);
	else
		bus_remove_mmio(l->bus, base, l);
}

void loader_plug(struct loader *l, struct pci_bus *pci, int slot, const u8 *rom, u32 rom_len)
{
	static const struct pci_ops ops = {.bar_moved = bar_moved};
	u32 size = 2048; /* the smallest there is (PCI 2.2, 6.2.5.2) */
	while (size < rom_len)
		size *= 2;
	l->rom = rom;
	l->rom_len = rom_len;
	pci_function_init(&l->pci, 0x1234, 0x7444, 0xff0000, 1, &ops, l);
	pci_define_bar(&l->pci, PCI_ROM_BAR, size, PCI_BAR_MEMORY);
	pci_plug(pci, &l->pci, slot, 0);
}

/* ---- life ------------------------------------------------------------------------------------------------- */

void loader_init(struct loader *l, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)log;
	l->clock = clock;
	l->bus = bus;
	l->r = (struct loader_regs){0};
	timer_init(&l->done, done, l);
	bus_add_ports(bus, LOADER_PORT, REGS * 4, &loader_ops, l);
}

void loader_reset(struct loader *l)
{
	if (l->clock)
		timer_cancel(l->clock, &l->done);
	l->r = (struct loader_regs){0};
}
