/* loader.h - the loader card: carries the files of -kernel and -initrd into the guest's memory.
 *
 *   5C0h PART     RW  which part the other registers speak of; written while a transfer runs: ignored
 *   5C4h SIZE     RO  its length in bytes; 0: there is no such part
 *   5C8h ADDRESS  RW  guest-physical address that it will be written to
 *   5CCh CONTROL  W   bit 0: start      R  bit 0: a transfer runs
 *
 * With a ROM it is a PCI card too (1234:7444, no class), for BIOSes that look for option ROMs only behind the PCI register 30h;
 * its ports stay where they are.
 *
 * There is no such chip; it is the hardware half of `-kernel` and is in the machine only then. It masters the bus: a
 * transfer takes a microsecond and one more nanosecond for each byte, at the end of which everything is in memory. Its
 * software half is an option ROM (bios/loader), guest code like any other; the parts outlive a reset, so that a guest
 * that reboots is loaded again. 32-bit accesses only.
 */
#ifndef DEVICES_LOADER_H
#define DEVICES_LOADER_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/pci.h"

#define LOADER_PORT 0x5c0
#define LOADER_PARTS 128

struct loader_part {
	const u8 *data;
	u32 size;
};

struct loader_regs {
	u32 part, address;
	u32 busy;
};

struct loader {
	struct loader_regs r;
	struct loader_part parts[LOADER_PARTS];
	struct clock *clock;
	struct timer done;
	struct bus *bus;
	struct pci_function pci;
	const u8 *rom; /* behind PCI register 30h */
	u32 rom_len;
	void (*write_mem)(void *opaque, gpa_t gpa, const void *buf, int len);
	void *mem_opaque;
};

void loader_init(struct loader *l, struct bus *bus, struct clock *clock, struct log *log);
/* Makes it a PCI card. `rom`: its expansion ROM's image, that stays. */
void loader_plug(struct loader *l, struct pci_bus *pci, int slot, const u8 *rom, u32 rom_len);
void loader_reset(struct loader *l);

#endif
