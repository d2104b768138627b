/* pci.h - the PCI bus: configuration space by mechanism #1, base address registers, interrupt pins.
 *
 *   CF8h address ─┐   (its bytes pass through to who is behind: CF9h, the reset control)
 *   CFCh data ────┴─> struct pci_function: config[256], what a write may change
 *                        │ BAR or command register changed
 *                        └─> ops->bar_moved: the function (un)registers its ports or memory
 *   INTA#..INTD# of a slot ── swizzled ──> pirq[0..3], wired-OR ──> the router of the ISA bridge
 *
 * PCI Local Bus Specification 2.2, 3.2.2.3.2 (mechanism #1), 6.1 and 6.2 (configuration space). One bus, no
 * bridges to others: configuration cycles for them end with master abort and read all ones.
 */
#ifndef BUS_PCI_H
#define BUS_PCI_H

#include "bus/bus.h"
#include "bus/irq.h"

#define PCI_SLOTS 32
#define PCI_FUNCTIONS 8
#define PCI_BARS 6
#define PCI_ROM_BAR 6 /* the expansion ROM's, register 30h */

/* Registers of the type 0 header that functions set themselves. */
enum {
	PCI_VENDOR = 0x00,
	PCI_DEVICE = 0x02,
	PCI_COMMAND = 0x04,
	PCI_STATUS = 0x06,
	PCI_REVISION = 0x08,
	PCI_CLASS = 0x09, /* programming interface, subclass, class */
	PCI_HEADER_TYPE = 0x0e,
	PCI_BAR0 = 0x10,
	PCI_SUBSYSTEM = 0x2c, /* vendor, device */
	PCI_ROM = 0x30,
	PCI_INTERRUPT_LINE = 0x3c,
	PCI_INTERRUPT_PIN = 0x3d,
};

enum { PCI_COMMAND_IO = 1, PCI_COMMAND_MEMORY = 2, PCI_COMMAND_MASTER = 4, PCI_COMMAND_INTX_OFF = 0x400 };

enum pci_bar_kind { PCI_BAR_IO = 1, PCI_BAR_MEMORY = 0, PCI_BAR_PREFETCH = 8 }; /* the register's low bits */

struct pci_function;

struct pci_ops {
	/* BAR `bar` now decodes at `base`, or (enabled = false) no longer there. Called only when that changes: with false
	 * for the old place, then with true for the new one. May be NULL. */
	void (*bar_moved)(void *opaque, int bar, u32 base, bool enabled);
	/* A write changed config[] in [reg, reg + len); also after a reset, with all 256. May be NULL. */
	void (*written)(void *opaque, int reg, int len);
};

struct pci_bar {
	u32 size; /* bytes, a power of two; 0: not implemented */
	u32 base; /* where it decodes at present */
	bool enabled;
};

/* What a guest can change (all of it is in the state hash). */
struct pci_function_regs {
	u8 config[256]; /* little-endian; what reads give */
	u8 intx;        /* level of the function's interrupt pin */
};

struct pci_function {
	struct pci_function_regs r;
	u8 power_on[256]; /* config at reset */
	u8 writable[256]; /* bits that a write sets */
	u8 clearable[256]; /* bits that a write of 1 clears */
	struct pci_bar bar[PCI_BARS + 1];
	const struct pci_ops *ops;
	void *opaque;
	struct pci_bus *bus;
	u8 slot;
};

struct pci_bus_regs {
	u32 address; /* CF8h */
};

struct pci_bus {
	struct pci_bus_regs r;
	struct pci_function *function[PCI_SLOTS][PCI_FUNCTIONS];
	struct line pirq[4]; /* PIRQA#..PIRQD#, active = 1 */
	const struct io_ops *behind; /* takes what is no doubleword access at CF8h, byte by byte; offset from CF8h */
	void *behind_opaque;
};

void pci_init(struct pci_bus *p, struct bus *bus);
void pci_reset(struct pci_bus *p); /* every function's header too; chips reset their own parts after it */
void pci_restore(struct pci_bus *p);

/* Accesses at CF8h-CFBh of less than a doubleword are ordinary I/O (3.2.2.3.2): `ops` takes them as bytes. */
void pci_add_behind(struct pci_bus *p, const struct io_ops *ops, void *opaque);

/* ---- for chips ----------------------------------------------------------------------------------------- */

/* Fills in a type 0 header: the command register's I/O, memory and master bits and the interrupt line are writable, the
 * rest is not. class_code: class << 16 | subclass << 8 | interface. Then set further registers with the pci_define calls. */
void pci_function_init(struct pci_function *f, u16 vendor, u16 device, u32 class_code, u8 revision, const struct pci_ops *ops,
                       void *opaque);
/* A register of 1, 2 or 4 bytes: its value at reset and the bits that writes change. */
void pci_define(struct pci_function *f, int reg, int size, u32 value, u32 writable);
/* size: a power of two, at least 4 (I/O) or 16 (memory). bar PCI_ROM_BAR: the expansion ROM (kind ignored). */
void pci_define_bar(struct pci_function *f, int bar, u32 size, enum pci_bar_kind kind);
/* Status bits in a register that pci_define has set up: writing 1 clears them. */
void pci_define_clearable(struct pci_function *f, int reg, int size, u32 clearable);
void pci_define_pin(struct pci_function *f, int pin); /* 1..4: INTA#..INTD# */

/* Plugs it in. Function 0 of a slot with several must have header type bit 7 set by its owner. */
void pci_plug(struct pci_bus *p, struct pci_function *f, int slot, int function);

/* The function's interrupt pin; honours the command register's interrupt disable only where the function made it writable. */
void pci_set_intx(struct pci_function *f, int level);

u32 pci_get(const struct pci_function *f, int reg, int size);
void pci_put(struct pci_function *f, int reg, int size, u32 value); /* by the chip itself: no mask, no callbacks */

/* The PIRQ (0..3) that pin 1..4 of a slot reaches: the 440FX boards' swizzle. */
int pci_pirq_of(int slot, int pin);

#endif
