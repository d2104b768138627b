/* pci.c - PCI configuration space and interrupt pins; see pci.h. */
#include "bus/pci.h"

#include <assert.h>
#include <string.h>

#include "base/bits.h"

#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_MASK 0x80fffffcu
#define BAR_NONE 0xffffffffu

/* ---- registers ------------------------------------------------------------------------------------------ */

u32 pci_get(const struct pci_function *f, int reg, int size)
{
	u32 v = 0;
	for (int i = 0; i < size; i++)
		v |= (u32)f->r.config[(reg + i) & 255] << (8 * i);
	return v;
}

void pci_put(struct pci_function *f, int reg, int size, u32 value)
{
	for (int i = 0; i < size; i++)
		f->r.config[(reg + i) & 255] = (u8)(value >> (8 * i));
}

void pci_define(struct pci_function *f, int reg, int size, u32 value, u32 writable)
{
	for (int i = 0; i < size; i++) {
		f->power_on[reg + i] = (u8)(value >> (8 * i));
		f->writable[reg + i] = (u8)(writable >> (8 * i));
		f->r.config[reg + i] = f->power_on[reg + i];
	}
}

void pci_define_clearable(struct pci_function *f, int reg, int size, u32 clearable)
{
	for (int i = 0; i < size; i++)
		f->clearable[reg + i] = (u8)(clearable >> (8 * i));
}

static int bar_register(int bar)
{
	return bar == PCI_ROM_BAR ? PCI_ROM : PCI_BAR0 + 4 * bar;
}

void pci_define_bar(struct pci_function *f, int bar, u32 size, enum pci_bar_kind kind)
{
	f->bar[bar] = (struct pci_bar){.size = size};
	if (bar == PCI_ROM_BAR)
		pci_define(f, PCI_ROM, 4, 0, ~(size - 1) | 1);
	else
		pci_define(f, bar_register(bar), 4, kind, ~(size - 1));
}

void pci_define_pin(struct pci_function *f, int pin)
{
	pci_define(f, PCI_INTERRUPT_PIN, 1, (u32)pin, 0);
}

void pci_function_init(struct pci_function *f, u16 vendor, u16 device, u32 class_code, u8 revision, const struct pci_ops *ops,
                       void *opaque)
{
	*f = (struct pci_function){.ops = ops, .opaque = opaque};
	pci_define(f, PCI_VENDOR, 2, vendor, 0);
	pci_define(f, PCI_DEVICE, 2, device, 0);
	pci_define(f, PCI_COMMAND, 2, 0, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	pci_define(f, PCI_REVISION, 1, revision, 0);
	pci_define(f, PCI_CLASS, 1, class_code, 0);
	pci_define(f, PCI_CLASS + 1, 2, class_code >> 8, 0);
	pci_define(f, PCI_INTERRUPT_LINE, 1, 0, 0xff);
}

void pci_plug(struct pci_bus *p, struct pci_function *f, int slot, int function)
{
	assert(slot < PCI_SLOTS && function < PCI_FUNCTIONS && !p->function[slot][function]);
	p->function[slot][function] = f;
	f->bus = p;
	f->slot = (u8)slot;
}

/* ---- where the BARs decode --------------------------------------------------------------------------------- */

/* BAR_NONE: nowhere. An address of 0 and one that ends at 4 GB are what sizing leaves behind, and decode nothing. */
static u32 bar_target(const struct pci_function *f, int bar)
{
	const struct pci_bar *b = &f->bar[bar];
	u32 value = pci_get(f, bar_register(bar), 4), command = pci_get(f, PCI_COMMAND, 2);
	bool io = bar != PCI_ROM_BAR && value & PCI_BAR_IO;
	u32 base = value & ~(b->size - 1);
	if (!b->size || !(command & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)))
		return BAR_NONE;
	if (bar == PCI_ROM_BAR && !(value & 1))
		return BAR_NONE;
	if (!base || base + b->size == 0 || (io && (u64)base + b->size > BUS_PORTS))
		return BAR_NONE;
	return base;
}

static void move_bars(struct pci_function *f)
{
	for (int i = 0; i <= PCI_ROM_BAR; i++) {
		struct pci_bar *b = &f->bar[i];
		u32 target = bar_target(f, i);
		bool enable = target != BAR_NONE;
		if (b->enabled == enable && (!enable || b->base == target))
			continue;
		if (b->enabled && f->ops && f->ops->bar_moved)
			f->ops->bar_moved(f->opaque, i, b->base, false);
		b->enabled = enable;
		b->base = enable ? target : 0;
		if (enable && f->ops && f->ops->bar_moved)
			f->ops->bar_moved(f->opaque, i, target, true);
	}
}

static void tell_written(struct pci_function *f, int reg, int len)
{
	if (f->ops && f->ops->written)
		f->ops->written(f->opaque, reg, len);
}

/* ---- interrupt pins ------------------------------------------------------------------------------------------- */

int pci_pirq_of(int slot, int pin)
{
	return (slot + pin - 2) & 3; /* slot 1 INTA# -> PIRQA# */
}

/* Wired-OR: a PIRQ is active while any function pulls it. */
static void drive_pirq(struct pci_bus *p, int pirq)
{
	int level = 0;
	for (int slot = 0; slot < PCI_SLOTS; slot++)
		for (int n = 0; n < PCI_FUNCTIONS; n++) {
			const struct pci_function *f = p->function[slot][n];
			int pin = f ? f->r.config[PCI_INTERRUPT_PIN] : 0;
			if (pin && pci_pirq_of(slot, pin) == pirq)
				level |= f->r.intx && !(pci_get(f, PCI_COMMAND, 2) & PCI_COMMAND_INTX_OFF);
		}
	line_set(&p->pirq[pirq], level);
}

void pci_set_intx(struct pci_function *f, int level)
{
	int pin = f->r.config[PCI_INTERRUPT_PIN];
	level = level != 0;
	if (!pin || f->r.intx == level)
		return;
	f->r.intx = (u8)level;
	drive_pirq(f->bus, pci_pirq_of(f->slot, pin));
}

/* ---- configuration cycles ---------------------------------------------------------------------------------------- */

static void config_write(struct pci_function *f, int reg, int len, u32 value)
{
	for (int i = 0; i < len; i++) {
		u8 byte = (u8)(value >> (8 * i)), keep = f->r.config[reg + i];
		keep &= (u8)~(byte & f->clearable[reg + i]);
		f->r.config[reg + i] = (u8)((keep & ~f->writable[reg + i]) | (byte & f->writable[reg + i]));
	}
	move_bars(f);
	tell_written(f, reg, len);
	int pin = f->r.config[PCI_INTERRUPT_PIN];
	if (pin && f->r.intx && reg <= PCI_COMMAND + 1 && reg + len > PCI_COMMAND)
		drive_pirq(f->bus, pci_pirq_of(f->slot, pin));
}

static struct pci_function *addressed(const struct pci_bus *p)
{
	u32 a = p->r.address;
	if (!(a & ADDRESS_ENABLE) || a >> 16 & 0xff)
		return NULL;
	return p->function[a >> 11 & 31][a >> 8 & 7];
}

static u32 data_read(void *opaque, u32 offset, int size)
{
	const struct pci_bus *p = opaque;
	const struct pci_function *f = addressed(p);
	return f ? pci_get(f, (int)((p->r.address & 0xfc) + offset), size) : ~0u;
}

static void data_write(void *opaque, u32 offset, int size, u32 value)
{
	struct pci_bus *p = opaque;
	struct pci_function *f = addressed(p);
	if (f)
		config_write(f, (int)((p->r.address & 0xfc) + offset), size, value);
}

/* Only doubleword accesses reach the address register; others pass through to the ISA bus. */
static u32 address_read(void *opaque, u32 offset, int size)
{
	const struct pci_bus *p = opaque;
	u32 v = 0;
	if (size == 4)
		return p->r.address;
	if (!p->behind)
		return ~0u;
	for (int i = 0; i < size; i++)
		v |= (p->behind->read(p->behind_opaque, offset + (u32)i, 1) & 0xff) << (8 * i);
	return v;
}

static void address_write(void *opaque, u32 offset, int size, u32 value)
{
	struct pci_bus *p = opaque;
	if (size == 4)
		p->r.address = value & ADDRESS_MASK;
	else if (p->behind)
		for (int i = 0; i < size; i++)
			p->behind->write(p->behind_opaque, offset + (u32)i, 1, value >> (8 * i) & 0xff);
}

void pci_add_behind(struct pci_bus *p, const struct io_ops *ops, void *opaque)
{
	p->behind = ops;
	p->behind_opaque = opaque;
}

void pci_init(struct pci_bus *p, struct bus *bus)
{
	static const struct io_ops address = {address_read, address_write, 4 | IO_ON_PCI}, data = {data_read, data_write, 4 | IO_ON_PCI};
	*p = (struct pci_bus){0};
	bus_add_ports(bus, 0xcf8, 4, &address, p);
	bus_add_ports(bus, 0xcfc, 4, &data, p);
}

void pci_reset(struct pci_bus *p)
{
	p->r = (struct pci_bus_regs){0};
	for (int slot = 0; slot < PCI_SLOTS; slot++)
		for (int n = 0; n < PCI_FUNCTIONS; n++) {
			struct pci_function *f = p->function[slot][n];
			if (!f)
				continue;
			memcpy(f->r.config, f->power_on, sizeof f->r.config);
			f->r.intx = 0;
			move_bars(f);
			tell_written(f, 0, 256);
		}
	for (int i = 0; i < 4; i++)
		drive_pirq(p, i);
}

void pci_restore(struct pci_bus *p)
{
	for (int slot = 0; slot < PCI_SLOTS; slot++)
		for (int n = 0; n < PCI_FUNCTIONS; n++)
			if (p->function[slot][n]) {
				move_bars(p->function[slot][n]);
				tell_written(p->function[slot][n], 0, 256);
			}
	for (int i = 0; i < 4; i++)
		drive_pirq(p, i);
}
