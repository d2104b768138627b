/*
 * PCI at POST: every function of bus 0 gets places for its base address registers, its decoders on and an interrupt line
 * (PCI Local Bus Specification 2.2, 6.2.5.1 and 6.2.4). Not here: functions behind bridges to other buses, expansion
 * ROMs but the VGA's (chipset.c).
 */
#include "bios.h"
#include "debug.h"
#include "farmem.h"
#include "pci.h"
#include "platform.h"

/* Where the next one goes. Prefetchable memory grows from E0000000h, other from F0000000h but small ones from FEB00000h. */
struct places {
	u32 io, prefetch, memory, small;
};

#define SMALL_MAX 0x10000
#define PREFETCH_END PCI_MEMORY_FIRST
#define MEMORY_END PCI_SMALL_FIRST
#define IO_END 0x10000

#define BAR_IO 1
#define BAR_64 4
#define BAR_PREFETCH 8

/* The address register of mechanism #1 reads back, and a host bridge stands behind it. */
int pci_present(void)
{
	u32 old = inl(0xcf8);
	int yes;

	outl(0xcf8, 0x80000000);
	yes = inl(0xcf8) == 0x80000000 && inw(0xcfc) != 0xffff;
	outl(0xcf8, old);
	return yes;
}

/* PIRQA and C have one interrupt, B and D another; INTA# of device 1 is PIRQA, and each device begins one further. */
u8 pci_irq_of(u32 device, u32 pin) { return PIRQ_A_IRQ + ((device + pin) & 1); }

/* The next multiple of size in a window, or 0 when it is full. */
static u32 take(u32 *next, u32 end, u32 size)
{
	u32 at = (*next + size - 1) & ~(size - 1);

	if (at < *next || end - at < size || at >= end)
		return 0;
	*next = at + size;
	return at;
}

/* Size a register by writing ones; returns what it takes to decode it, 0 for none. */
static u32 place_bar(u32 bdf, u32 reg, struct places *p)
{
	u32 mask, size, at;

	pci_write32(bdf, reg, 0xffffffff);
	mask = pci_read32(bdf, reg);
	pci_write32(bdf, reg, 0);
	if (mask == 0 || mask == 0xffffffff)
		return 0;
	if (mask & BAR_IO) {
		size = (~(mask & ~3u) + 1) & 0xffff;
		at = size ? take(&p->io, IO_END, size) : 0;
	} else {
		size = ~(mask & ~15u) + 1;
		if (size == 0)
			return 0;
		if (mask & BAR_PREFETCH)
			at = take(&p->prefetch, PREFETCH_END, size);
		else if (size <= SMALL_MAX)
			at = take(&p->small, PCI_SMALL_END, size);
		else
			at = take(&p->memory, MEMORY_END, size);
	}
	if (at == 0) {
		DEBUG("PCI %x register %x: no room for %x\n", bdf, reg, size);
		return 0;
	}
	pci_write32(bdf, reg, at);
	return mask & BAR_IO ? COMMAND_IO : COMMAND_MEMORY;
}

/* A register of 64 bits stays below 4 GB. */
static int is_64(u32 bdf, u32 reg) { return (pci_read32(bdf, reg) & 7) == BAR_64; }

static u32 place_all(u32 bdf, struct places *p)
{
	u32 decode = 0, last = (pci_read8(bdf, PCI_HEADER) & 0x7f) == 0 ? PCI_BAR + 6 * 4 : PCI_BAR + 2 * 4;

	for (u32 reg = PCI_BAR; reg < last; reg += 4) {
		decode |= place_bar(bdf, reg, p);
		if (is_64(bdf, reg)) {
			reg += 4;
			pci_write32(bdf, reg, 0);
		}
	}
	return decode;
}

static void function_init(u32 bdf, struct places *p)
{
	u16 command = pci_read16(bdf, PCI_COMMAND);
	u32 class = pci_read32(bdf, PCI_CLASS) >> 16, decode;
	u8 pin = pci_read8(bdf, PCI_PIN);

	if (class == 0x0600 || class == 0x0601)         /* host and ISA bridges decode what they must */
		return;
	pci_write16(bdf, PCI_COMMAND, command & (u16)~(COMMAND_IO | COMMAND_MEMORY));
	decode = place_all(bdf, p);
	if (class == 0x0101 || class == 0x0300)         /* IDE and VGA: the AT's ports too */
		decode |= COMMAND_IO;
	if (decode) {
		pci_write8(bdf, PCI_LATENCY, 0x20);
		decode |= COMMAND_MASTER;
	}
	pci_write16(bdf, PCI_COMMAND, command | (u16)decode);
	if (pin >= 1 && pin <= 4)
		pci_write8(bdf, PCI_LINE, pci_irq_of(bdf >> 3, pin));
	DEBUG("PCI 0:%x.%u %x class %x\n", bdf >> 3, bdf & 7, pci_read32(bdf, PCI_ID), class);
}

void pci_init(void)
{
	struct places p;

	LOCAL_FROM_ROM(p, { PCI_IO_FIRST, PCI_PREFETCH_FIRST, PCI_MEMORY_FIRST, PCI_SMALL_FIRST });
	for (u32 bdf = 0; bdf < PCI_FUNCTIONS; bdf++) {
		if (pci_exists(bdf))
			function_init(bdf, &p);
	}
}
