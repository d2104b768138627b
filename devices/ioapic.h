/* ioapic.h - the I/O APIC: 24 inputs, and a message for each that asks.
 *
 *   8259 INTR ──> pin 0          ┌──────────────────┐
 *   irq 1, 3..15 ──> pins 1, 3.. │ redirection table├─ messages ──> `deliver`: the local APIC
 *   irq 0 ──> pin 2              │ 24 x 64 bits     │<─ end of interrupt ── ioapic_eoi
 *   HPET ──> pins 20..23         └──────────────────┘
 *   FEC00000h select, FEC00010h window, FEC00040h EOI
 *
 * Intel 82093AA data sheet (290566); the EOI register that version 20h has: 82801BA (ICH2) data sheet 8.5.
 * Its pins get logical levels (1 = asserted) whatever the wire's polarity on a board would be: the polarity bit is stored
 * and does nothing. Registers are 32 bits wide; narrower reads give their bytes, narrower writes reach the select register
 * only. An edge on a masked pin is lost (3.2.4). Delivery modes other than fixed and lowest priority act on edges
 * whatever the trigger mode says.
 * Not emulated: the three-wire bus and its arbitration (messages arrive at once), the base address relocation of the PIIX3.
 */
#ifndef DEVICES_IOAPIC_H
#define DEVICES_IOAPIC_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "devices/apic_message.h"

#define IOAPIC_BASE 0xfec00000u
#define IOAPIC_PINS 24

struct ioapic_regs {
	u64 entry[IOAPIC_PINS]; /* the redirection table */
	u32 lines;              /* level of each pin */
	u32 id, arbitration;    /* bits 27..24 */
	u8 select;
};

struct ioapic {
	struct ioapic_regs r;
	/* false: nobody accepted it */
	bool (*deliver)(void *opaque, const struct apic_message *m);
	void *deliver_opaque;
};

void ioapic_init(struct ioapic *a, struct bus *bus, struct clock *clock, struct log *log);
void ioapic_reset(struct ioapic *a);
void ioapic_restore(struct ioapic *a);

void ioapic_set_pin(void *ioapic, int pin, int level); /* fits struct line.set */
void ioapic_eoi(void *ioapic, int vector);
/* With level 1: messages that were refused are sent again. Fits struct line.set. */
void ioapic_retry(void *ioapic, int n, int level);

#endif
