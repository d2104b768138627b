/* pci_bench.h - configuration cycles as a processor makes them, for tests of what is on the PCI bus. */
#ifndef TESTS_DEVICES_PCI_BENCH_H
#define TESTS_DEVICES_PCI_BENCH_H

#include "bus/pci.h"
#include "tests/devices/chip_bench.h"

static inline u16 pci_select(struct bench *b, int slot, int function, int reg)
{
	bus_out(&b->bus, 0xcf8, 4, 0x80000000u | (u32)slot << 11 | (u32)function << 8 | (u32)(reg & 0xfc));
	return (u16)(0xcfc + (reg & 3));
}

static inline u32 pci_read(struct bench *b, int slot, int function, int reg, int size)
{
	u16 port = pci_select(b, slot, function, reg);
	return bus_in(&b->bus, port, size);
}

static inline void pci_write(struct bench *b, int slot, int function, int reg, int size, u32 value)
{
	u16 port = pci_select(b, slot, function, reg);
	bus_out(&b->bus, port, size, value);
}

/* What of a register a guest can set: written with all ones and with zeros. */
static inline u32 pci_writable(struct bench *b, int slot, int function, int reg, int size)
{
	u32 before = pci_read(b, slot, function, reg, size), ones, zeros;
	pci_write(b, slot, function, reg, size, ~0u);
	ones = pci_read(b, slot, function, reg, size);
	pci_write(b, slot, function, reg, size, 0);
	zeros = pci_read(b, slot, function, reg, size);
	pci_write(b, slot, function, reg, size, before);
	return ones & ~zeros;
}

#endif
