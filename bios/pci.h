/*
 * PCI configuration space by mechanism #1 (PCI Local Bus Specification 2.2, 3.2.2.3.2), for code of 16 and of 32 bits.
 * A function is named as INT 1Ah does it: bus << 8 | device << 3 | function.
 */
#ifndef BIOS_PCI_H
#define BIOS_PCI_H

#include "io.h"
#include "types.h"

#define PCI_ID 0x00
#define PCI_COMMAND 0x04
#define PCI_CLASS 0x08          /* revision in bits 7-0, class code above */
#define PCI_LATENCY 0x0d
#define PCI_HEADER 0x0e
#define PCI_BAR 0x10
#define PCI_ROM 0x30
#define PCI_LINE 0x3c
#define PCI_PIN 0x3d

#define COMMAND_IO 1
#define COMMAND_MEMORY 2
#define COMMAND_MASTER 4
#define HEADER_MULTI 0x80

#define PCI_FUNCTIONS 0x100     /* of bus 0, the only one that POST knows */
#define PCI_PIRQ_LINKS 4

#define I440FX 0x12378086
#define PIIX3_ISA 0x70008086
#define PIIX3_IDE 0x70108086
#define PIIX4_PM 0x71138086

static inline void pci_select(u32 bdf, u32 reg) { outl(0xcf8, 0x80000000 | bdf << 8 | (reg & 0xfc)); }

static inline u32 pci_read32(u32 bdf, u32 reg)
{
	pci_select(bdf, reg);
	return inl(0xcfc);
}

static inline u16 pci_read16(u32 bdf, u32 reg)
{
	pci_select(bdf, reg);
	return inw((u16)(0xcfc + (reg & 2)));
}

static inline u8 pci_read8(u32 bdf, u32 reg)
{
	pci_select(bdf, reg);
	return inb((u16)(0xcfc + (reg & 3)));
}

static inline void pci_write32(u32 bdf, u32 reg, u32 value)
{
	pci_select(bdf, reg);
	outl(0xcfc, value);
}

static inline void pci_write16(u32 bdf, u32 reg, u16 value)
{
	pci_select(bdf, reg);
	outw((u16)(0xcfc + (reg & 2)), value);
}

static inline void pci_write8(u32 bdf, u32 reg, u8 value)
{
	pci_select(bdf, reg);
	outb((u16)(0xcfc + (reg & 3)), value);
}

/* Functions 1-7 answer for function 0 where there is only that one: they do not count. */
static inline int pci_exists(u32 bdf)
{
	if ((bdf & 7) && !(pci_read8(bdf & ~7u, PCI_HEADER) & HEADER_MULTI))
		return 0;
	return pci_read16(bdf, PCI_ID) != 0xffff;
}

#endif
