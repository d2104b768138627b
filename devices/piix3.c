/* piix3.c - the PIIX3's ISA bridge; see piix3.h. Names of registers are the data sheet's (290550). */
#include "devices/piix3.h"

#include <string.h>

#include "base/bits.h"

#define SLOT 1
#define MULTIFUNCTION 0x80

#define PCICMD_HARDWIRED 0x0007 /* I/O, memory, bus master */
#define PCICMD_WRITABLE 0x0108  /* SERR# enable, special cycles */
#define PCISTS_RESET 0x0200     /* medium DEVSEL# timing */
#define PCISTS_CLEARABLE 0x7800

#define PIRQRC 0x60
#define ROUTE_DISABLED 0x80

enum { RC_RCPU = 0x04, RC_SRST = 0x02 };
#define RESET_CONTROL 1 /* CF9h, from CF8h */

/* PIRQRC: IRQ 0, 1, 2, 8 and 13 are reserved. */
#define ROUTABLE 0xdef8

struct piix3_register {
	u8 reg, size;
	u16 reset, writable;
};

static const struct piix3_register registers[] = {
	{0x4c, 1, 0x4d, 0xff},     /* IORT */
	{0x4e, 2, 0x0003, 0x01f7}, /* XBCS */
	{0x60, 1, 0x80, 0x8f}, {0x61, 1, 0x80, 0x8f}, {0x62, 1, 0x80, 0x8f}, {0x63, 1, 0x80, 0x8f}, /* PIRQRCA-D */
	{0x69, 1, 0x02, 0xfe},     /* TOM */
	{0x6a, 2, 0x0000, 0x80d0}, /* MSTAT */
	{0x70, 1, 0x80, 0xef},     /* MBIRQ0 */
	{0x76, 1, 0x0c, 0x87}, {0x77, 1, 0x0c, 0x87}, /* MBDMA0, 1 */
	{0x78, 2, 0x0002, 0xffff}, /* PCSC */
	{0x80, 1, 0x00, 0x7f},     /* APICBASE */
	{0x82, 1, 0x00, 0x0f},     /* DLC */
	{0xa0, 1, 0x08, 0x1f},     /* SMICNTL */
	{0xa2, 2, 0x0000, 0x00ff}, /* SMIEN */
	{0xa4, 2, 0x0000, 0xffff}, {0xa6, 2, 0x0000, 0xffff}, /* SEE */
	{0xa8, 1, 0x0f, 0xff},     /* FTMR */
	{0xac, 1, 0x00, 0xff},     /* CTLTMRL */
	{0xae, 1, 0x00, 0xff},     /* CTLTMRH */
};

/* ---- interrupt routing --------------------------------------------------------------------------------------- */

static void piix3_update(struct piix3 *p)
{
	u32 levels = 0;
	for (int i = 0; i < 4; i++) {
		u8 route = p->pci.r.config[PIRQRC + i];
		if (p->r.pirq & BIT(i) && !(route & ROUTE_DISABLED))
			levels |= 1u << (route & 15);
	}
	for (int n = 0; n < 16; n++)
		if (ROUTABLE & BIT(n))
			line_set(&p->irq[n], levels >> n & 1);
	for (int i = 0; i < 4; i++)
		line_set(&p->pirq[i], p->r.pirq >> i & 1);
}

void piix3_set_pirq(void *opaque, int n, int level)
{
	struct piix3 *p = opaque;
	u8 bit = (u8)BIT(n), now = (u8)(level ? p->r.pirq | bit : p->r.pirq & ~bit);
	if (now == p->r.pirq)
		return;
	p->r.pirq = now;
	piix3_update(p);
}

static void written(void *opaque, int reg, int len)
{
	struct piix3 *p = opaque;
	if (reg < PIRQRC + 4 && reg + len > PIRQRC)
		piix3_update(p);
}

/* ---- CF9h: RC, reset control ------------------------------------------------------------------------------ */

static u32 behind_read(void *opaque, u32 offset, int size)
{
	const struct piix3 *p = opaque;
	(void)size;
	return offset == RESET_CONTROL ? p->r.reset_control : ~0u;
}

/* RCPU rising starts the reset that SRST chooses: of the whole board, or INIT of the processor. */
static void behind_write(void *opaque, u32 offset, int size, u32 value)
{
	struct piix3 *p = opaque;
	(void)size;
	if (offset != RESET_CONTROL)
		return;
	bool rises = value & RC_RCPU && !(p->r.reset_control & RC_RCPU);
	p->r.reset_control = value & (RC_RCPU | RC_SRST);
	if (rises) {
		const struct line *line = value & RC_SRST ? &p->hard_reset : &p->init;
		line_set(line, 1);
		line_set(line, 0);
	}
}

void piix3_init(struct piix3 *p, struct pci_bus *bus, struct log *log)
{
	static const struct pci_ops ops = {.written = written};
	static const struct io_ops behind = {behind_read, behind_write, 1};
	(void)log;
	memset(p, 0, sizeof *p);
	pci_function_init(&p->pci, 0x8086, 0x7000, 0x060100, 0, &ops, p);
	pci_define(&p->pci, PCI_COMMAND, 2, PCICMD_HARDWIRED, PCICMD_WRITABLE);
	pci_define(&p->pci, PCI_STATUS, 2, PCISTS_RESET, 0);
	pci_define_clearable(&p->pci, PCI_STATUS, 2, PCISTS_CLEARABLE);
	pci_define(&p->pci, PCI_HEADER_TYPE, 1, MULTIFUNCTION, 0);
	pci_define(&p->pci, PCI_INTERRUPT_LINE, 1, 0, 0);
	for (size_t i = 0; i < ARRAY_LEN(registers); i++)
		pci_define(&p->pci, registers[i].reg, registers[i].size, registers[i].reset, registers[i].writable);
	pci_plug(bus, &p->pci, SLOT, 0);
	pci_add_behind(bus, &behind, p);
}

void piix3_reset(struct piix3 *p)
{
	p->r.reset_control = 0; /* the PIRQs are what others drive */
	piix3_update(p);
}

void piix3_restore(struct piix3 *p)
{
	piix3_update(p);
}
