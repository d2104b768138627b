/* ferr.h - the coprocessor error logic of the PC/AT, as the PIIX3 has it.
 *
 *   FERR# (processor) --> latch --> `irq13`
 *   F0h W, any value: the latch is cleared; `ignne` is active from then on until FERR# goes away
 *   F1h W: the same. On the AT it also reset the 80287; processors with a unit of their own have no such pin.
 *   Reads: all ones.
 *
 * 82371SB (PIIX3) 2.5.8 "Coprocessor Error Register"; SDM 1 8.7.2 and D.2 (the circuit around FERR# and IGNNE#).
 */
#ifndef DEVICES_FERR_H
#define DEVICES_FERR_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"

struct ferr_regs {
	u8 input; /* level of FERR# */
	u8 latch; /* IRQ13 */
	u8 ignne;
};

struct ferr {
	struct ferr_regs r;
	struct line irq13, ignne;
};

void ferr_init(struct ferr *f, struct bus *bus, struct clock *clock, struct log *log);
void ferr_reset(struct ferr *f);
void ferr_restore(struct ferr *f);
/* The processor's FERR#, a level; fits struct line.set. */
void ferr_set(void *ferr, int n, int level);

#endif
