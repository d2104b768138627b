/* port92.h - port 92h, the "system control port A" of the PS/2, as the PIIX3 has it.
 *
 *   1 ALT_A20   RW --> `a20` (the machine ORs it with the 8042's)
 *   0 FAST_INIT RW --> `reset`, level 1 for a moment when the bit goes from 0 to 1
 *
 * 82371SB (PIIX3) 2.5.7. Bits 7..2 read as zero.
 */
#ifndef DEVICES_PORT92_H
#define DEVICES_PORT92_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"

struct port92_regs {
	u8 value;
};

struct port92 {
	struct port92_regs r;
	struct line a20, reset;
};

void port92_init(struct port92 *p, struct bus *bus, struct clock *clock, struct log *log);
void port92_reset(struct port92 *p);
void port92_restore(struct port92 *p);

#endif
