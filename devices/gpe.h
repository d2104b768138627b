/* gpe.h - a block of sixteen general-purpose events that nothing raises, at AFE0h.
 *
 *   +0 +1 GPE0_STS  a write of 1 clears; no source is connected: always 0
 *   +2 +3 GPE0_EN   RW
 *
 * ACPI 1.0, 4.7.4.3. There is no such chip: it is where the tables built into SeaBIOS say that PCI slots tell of cards put in and taken
 * out. Where nothing answers, all events seem to be raised, and an operating system gives up all PCI devices. Only with -bios.
 */
#ifndef DEVICES_GPE_H
#define DEVICES_GPE_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"

#define GPE_PORT 0xafe0

struct gpe_regs {
	u8 enable[2];
};

struct gpe {
	struct gpe_regs r;
};

void gpe_init(struct gpe *g, struct bus *bus, struct clock *clock, struct log *log);
void gpe_reset(struct gpe *g);

#endif
