/* debugcon.h - port E9h, or another: what a guest writes goes to `out`; a read gives E9h (a probe).
 *
 * The convention of Bochs and QEMU; there is no such chip.
 */
#ifndef DEVICES_DEBUGCON_H
#define DEVICES_DEBUGCON_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/sink.h"

#define DEBUGCON_PORT 0xe9 /* of Bochs and QEMU; SeaBIOS writes to 402h */
#define DEBUGCON_READBACK 0xe9

struct debugcon {
	struct char_sink out;
};

void debugcon_init(struct debugcon *d, struct bus *bus, struct clock *clock, struct log *log, u16 iobase);

#endif
