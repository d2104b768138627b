/* piix3.h - the 82371SB (PIIX3), function 0: the bridge from PCI to ISA, slot 1 of the PCI bus.
 *
 *   PIRQA#..PIRQD# ── PIRQRCA-D (60h-63h) ──> `irq[0..15]`, which the machine ORs with the ISA's
 *   CF9h reset control ──> `hard_reset`, `init`
 *
 * Intel 82371FB/82371SB (PIIX/PIIX3) data sheet (290550), 2, register description. Other parts of the
 * chip are files of their own: pic, pit, dma8237, port61, port92, ferr, and the IDE function.
 * Emulated: every register with its reset value and what a write keeps, interrupt routing, reset control. Not emulated: what XBCS,
 * IORT, TOM, MSTAT, MBIRQ0, MBDMA, PCSC, APICBASE and the SMI registers control; they only remember. An input of the
 * interrupt controller that a PIRQ is routed to still listens to its ISA pin.
 */
#ifndef DEVICES_PIIX3_H
#define DEVICES_PIIX3_H

#include "base/log.h"
#include "bus/pci.h"

struct piix3_regs {
	u8 pirq;          /* levels of PIRQA#..PIRQD#, 1: active */
	u8 reset_control; /* CF9h */
};

struct piix3 {
	struct piix3_regs r;
	struct pci_function pci;
	struct line irq[16]; /* only those that a PIRQ can be routed to are ever driven */
	struct line pirq[4]; /* as they came in: for an I/O APIC */
	struct line hard_reset, init;
};

void piix3_init(struct piix3 *p, struct pci_bus *bus, struct log *log);
void piix3_reset(struct piix3 *p); /* after pci_reset */
void piix3_restore(struct piix3 *p);

/* PIRQ n (0..3); fits struct line.set. */
void piix3_set_pirq(void *piix3, int n, int level);

#endif
