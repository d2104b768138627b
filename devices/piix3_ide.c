/* piix3_ide.c - the PIIX3's IDE function; see piix3_ide.h. Section numbers are the data sheet's (290550). */
#include "devices/piix3_ide.h"

#include <string.h>

#include "base/bits.h"

#define SLOT 1
#define FUNCTION 1

#define PCICMD_WRITABLE (PCI_COMMAND_IO | PCI_COMMAND_MASTER)
#define PCISTS_RESET 0x0280      /* fast back-to-back, medium DEVSEL# timing */
#define PCISTS_CLEARABLE 0x3800
#define PCISTS_MASTER_ABORT 0x2000
#define PCI_LATENCY 0x0d

#define BMIBA_BAR 4
#define BMIBA_SIZE 16

#define IDETIM 0x40 /* primary, 42h secondary */
#define SIDETIM 0x44
#define IDETIM_DECODE 0x8000

/* 2.7; of each channel */
enum { BMIC = 0, BMIS = 2, BMIDTP = 4, CHANNEL_SIZE = 8 };
enum { BMIC_START = 0x01, BMIC_TO_MEMORY = 0x08 };
enum { BMIS_ACTIVE = 0x01, BMIS_ERROR = 0x02, BMIS_INTERRUPT = 0x04, BMIS_CAPABLE = 0x60 };

#define PRD_SIZE 8
#define PRD_LAST 0x80000000u

/* ---- the bus master ------------------------------------------------------------------------------------------------- */

static bool is_master(const struct piix3_ide *p)
{
	return pci_get(&p->pci, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

static void abort_transfer(struct piix3_ide *p, struct piix3_ide_channel_regs *r)
{
	r->status = (u8)((r->status & ~BMIS_ACTIVE) | BMIS_ERROR);
	r->left = 0;
	pci_put(&p->pci, PCI_STATUS, 2, pci_get(&p->pci, PCI_STATUS, 2) | PCISTS_MASTER_ABORT);
}

/* A pointer moves on inside its 64 KB. */
static u32 advance(u32 address, u32 by)
{
	return (address & 0xffff0000u) | ((address + by) & 0xffff);
}

/* The next physical region descriptor; false: its memory did not answer. */
static bool fetch(struct piix3_ide *p, struct piix3_ide_channel_regs *r)
{
	u8 prd[PRD_SIZE];
	if (!p->read_mem(p->mem_opaque, r->next, prd, 4) || !p->read_mem(p->mem_opaque, advance(r->next, 4), prd + 4, 4)) {
		abort_transfer(p, r);
		return false;
	}
	u32 count = load32(prd + 4);
	r->next = advance(r->next, PRD_SIZE);
	r->address = load32(prd) & ~1u;
	r->left = count & 0xfffe ? count & 0xfffe : 0x10000;
	r->last = count & PRD_LAST ? 1 : 0;
	return true;
}

static bool transfer(struct piix3_ide *p, u32 address, u8 *buf, int len, int to_memory)
{
	return to_memory ? p->write_mem(p->mem_opaque, address, buf, len) : p->read_mem(p->mem_opaque, address, buf, len);
}

/* As much as the region at hand takes, and its 64 KB. */
static int move_some(struct piix3_ide *p, struct piix3_ide_channel_regs *r, u8 *buf, int len, int to_memory)
{
	u32 n = (u32)len < r->left ? (u32)len : r->left, to_boundary = 0x10000 - (r->address & 0xffff);
	n = n < to_boundary ? n : to_boundary;
	if (!transfer(p, r->address, buf, (int)n, to_memory)) {
		abort_transfer(p, r);
		return 0;
	}
	r->address = advance(r->address, n);
	r->left -= n;
	if (!r->left && r->last)
		r->status &= (u8)~BMIS_ACTIVE;
	return (int)n;
}

/* The channel's device has data, or wants some. A master that goes the other way does not answer. */
int piix3_ide_move(void *opaque, u8 *buf, int len, int to_memory)
{
	const struct piix3_ide_channel *channel = opaque;
	struct piix3_ide *p = channel->ide;
	struct piix3_ide_channel_regs *r = &p->r.channel[channel->n];
	int done = 0;
	if (!is_master(p) || !!(r->command & BMIC_TO_MEMORY) != !!to_memory)
		return 0;
	while (done < len && r->status & BMIS_ACTIVE) {
		if (r->left || fetch(p, r))
			done += move_some(p, r, buf + done, len - done, to_memory);
	}
	return done;
}

static void kick(struct piix3_ide *p, int n)
{
	if (p->kick && p->r.channel[n].status & BMIS_ACTIVE && is_master(p))
		p->kick(p->channel_opaque, n);
}

/* ---- interrupts ----------------------------------------------------------------------------------------------------- */

/* The status bit takes the rising edge, whoever caused it. */
void piix3_ide_irq(void *opaque, int n, int level)
{
	struct piix3_ide *p = opaque;
	level = level != 0;
	if (level && !p->r.intrq[n])
		p->r.channel[n].status |= BMIS_INTERRUPT;
	p->r.intrq[n] = (u8)level;
	line_set(&p->irq[n], level);
}

/* ---- the registers at BMIBA ------------------------------------------------------------------------------------------ */

static u8 read8(const struct piix3_ide_channel_regs *r, u32 reg)
{
	switch (reg) {
	case BMIC:
		return r->command;
	case BMIS:
		return r->status;
	case BMIDTP: case BMIDTP + 1: case BMIDTP + 2: case BMIDTP + 3:
		return (u8)(r->table >> (8 * (reg - BMIDTP)));
	default:
		return 0;
	}
}

/* START rising begins with the table's first descriptor; falling, the place is lost. */
static void write_command(struct piix3_ide *p, int n, u8 v)
{
	struct piix3_ide_channel_regs *r = &p->r.channel[n];
	bool was = r->command & BMIC_START, starts = v & BMIC_START;
	r->command = v & (BMIC_START | BMIC_TO_MEMORY);
	if (starts == was)
		return;
	r->left = 0;
	if (!starts) {
		r->status &= (u8)~BMIS_ACTIVE;
		return;
	}
	r->next = r->table;
	r->status |= BMIS_ACTIVE;
	kick(p, n);
}

static void write8(struct piix3_ide *p, int n, u32 reg, u8 v)
{
	struct piix3_ide_channel_regs *r = &p->r.channel[n];
	u32 shift = 8 * (reg - BMIDTP);
	switch (reg) {
	case BMIC:
		write_command(p, n, v);
		break;
	case BMIS:
		r->status = (u8)((r->status & ~BMIS_CAPABLE & ~(v & (BMIS_INTERRUPT | BMIS_ERROR))) | (v & BMIS_CAPABLE));
		break;
	case BMIDTP: case BMIDTP + 1: case BMIDTP + 2: case BMIDTP + 3:
		r->table = (r->table & ~(0xffu << shift)) | (u32)v << shift;
		r->table &= ~3u;
		break;
	default:
		break;
	}
}

static u32 master_read(void *opaque, u32 offset, int size)
{
	const struct piix3_ide *p = opaque;
	u32 v = 0;
	for (u32 i = 0; i < (u32)size; i++) {
		u32 at = (offset + i) % BMIBA_SIZE;
		v |= (u32)read8(&p->r.channel[at / CHANNEL_SIZE], at % CHANNEL_SIZE) << (8 * i);
	}
	return v;
}

static void master_write(void *opaque, u32 offset, int size, u32 value)
{
	for (u32 i = 0; i < (u32)size; i++) {
		u32 at = (offset + i) % BMIBA_SIZE;
		write8(opaque, (int)(at / CHANNEL_SIZE), at % CHANNEL_SIZE, (u8)(value >> (8 * i)));
	}
}

/* ---- configuration ---------------------------------------------------------------------------------------------------- */

static void bar_moved(void *opaque, int bar, u32 base, bool enabled)
{
	static const struct io_ops master = {master_read, master_write, 4 | IO_ON_PCI};
	struct piix3_ide *p = opaque;
	if (bar != BMIBA_BAR)
		return;
	if (enabled)
		bus_add_ports(p->bus, (u16)base, BMIBA_SIZE, &master, p);
	else
		bus_remove_ports(p->bus, (u16)base, p);
}

/* 2.3.3, 2.3.9: both the function's I/O space and the channel must be enabled. */
static void update_decode(struct piix3_ide *p)
{
	bool io = pci_get(&p->pci, PCI_COMMAND, 2) & PCI_COMMAND_IO;
	for (int n = 0; n < PIIX3_IDE_CHANNELS; n++)
		if (p->decode)
			p->decode(p->channel_opaque, n, io && pci_get(&p->pci, IDETIM + 2 * n, 2) & IDETIM_DECODE);
}

static void written(void *opaque, int reg, int len)
{
	struct piix3_ide *p = opaque;
	bool command = reg < PCI_COMMAND + 2 && reg + len > PCI_COMMAND;
	if (command || (reg < IDETIM + 4 && reg + len > IDETIM))
		update_decode(p);
	for (int n = 0; command && n < PIIX3_IDE_CHANNELS; n++)
		kick(p, n);
}

/* ---- life -------------------------------------------------------------------------------------------------------------- */

void piix3_ide_init(struct piix3_ide *p, struct pci_bus *pci, struct bus *bus, struct log *log)
{
	static const struct pci_ops ops = {.bar_moved = bar_moved, .written = written};
	struct pci_function *f = &p->pci;
	(void)log;
	memset(p, 0, sizeof *p);
	p->bus = bus;
	for (int n = 0; n < PIIX3_IDE_CHANNELS; n++)
		p->channel[n] = (struct piix3_ide_channel){p, n};
	pci_function_init(f, 0x8086, 0x7010, 0x010180, 0, &ops, p);
	pci_define(f, PCI_COMMAND, 2, 0, PCICMD_WRITABLE);
	pci_define(f, PCI_STATUS, 2, PCISTS_RESET, 0);
	pci_define_clearable(f, PCI_STATUS, 2, PCISTS_CLEARABLE);
	pci_define(f, PCI_LATENCY, 1, 0, 0xf0);
	pci_define(f, PCI_INTERRUPT_LINE, 1, 0, 0); /* 14 and 15 always: no pin */
	pci_define_bar(f, BMIBA_BAR, BMIBA_SIZE, PCI_BAR_IO);
	pci_define(f, IDETIM, 2, 0, 0xffff);
	pci_define(f, IDETIM + 2, 2, 0, 0xffff);
	pci_define(f, SIDETIM, 1, 0, 0xff);
	pci_plug(pci, f, SLOT, FUNCTION);
}

void piix3_ide_reset(struct piix3_ide *p)
{
	memset(p->r.channel, 0, sizeof p->r.channel); /* INTRQ is what the devices drive */
}

void piix3_ide_restore(struct piix3_ide *p)
{
	update_decode(p);
	for (int n = 0; n < PIIX3_IDE_CHANNELS; n++)
		line_set(&p->irq[n], p->r.intrq[n]);
}
