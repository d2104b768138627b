/* i440fx.h - the 82441FX PCI and memory controller (PMC): the host bridge, slot 0 of the PCI bus.
 *
 *   PAM0-6 (59h-5Fh) ─┐
 *   SMRAM (72h) ──────┴─> `map`: where the processor's accesses to A0000h-FFFFFh go, DRAM or the bus
 *   TRC (93h) ──────────> `hard_reset`, `init`
 *
 * Intel 440FX PCIset data sheet (290549), register description. The configuration mechanism itself is bus/pci.[ch].
 * Emulated: every register with its reset value and what a write keeps; PAM; SMRAM as far as it goes without system
 * management mode: with SMRAME and DOPEN set and DCLS clear the DRAM at A0000h-BFFFFh is there for everybody, and DLCK
 * locks. Not emulated: SMM itself, the DRAM rows' boundaries and the hole at 512 KB or 15 MB (FDHC), timing, parity, deturbo mode;
 * their registers only remember.
 */
#ifndef DEVICES_I440FX_H
#define DEVICES_I440FX_H

#include "base/log.h"
#include "bus/pci.h"

/* Which accesses of the processor DRAM answers; 0: the PCI bus does. */
enum i440fx_map { I440FX_READ = 1, I440FX_WRITE = 2 };

struct i440fx {
	struct pci_function pci; /* all its registers are in configuration space */
	u8 attributes[14];       /* what `map` was last told: the 13 segments of the PAM registers, SMRAM */
	u8 told;                 /* ... anything at all */
	u8 trc;                  /* the last value of TRC, for its edge */
	/* Told only of changes. [gpa, gpa + len) is page aligned. */
	void (*map)(void *opaque, u32 gpa, u32 len, enum i440fx_map how);
	void *map_opaque;
	struct line hard_reset, init;
};

void i440fx_init(struct i440fx *f, struct pci_bus *bus, struct log *log);
void i440fx_reset(struct i440fx *f); /* after pci_reset */
void i440fx_restore(struct i440fx *f);

#endif
