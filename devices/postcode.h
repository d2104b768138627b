/* postcode.h - the POST code display at port 80h.
 *
 * Port 80h is an unused page register of the DMA controller too: initialise this after
 * dma8237, whose latch it then shadows; reading gives the last byte written either way.
 */
#ifndef DEVICES_POSTCODE_H
#define DEVICES_POSTCODE_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/sink.h"

struct postcode_regs {
	u8 code;
	u32 writes; /* how many there were */
};

struct postcode {
	struct postcode_regs r;
	struct char_sink out; /* optional: told every code */
};

void postcode_init(struct postcode *p, struct bus *bus, struct clock *clock, struct log *log);
void postcode_reset(struct postcode *p);
void postcode_restore(struct postcode *p);

static inline u8 postcode_last(const struct postcode *p)
{
	return p->r.code;
}

#endif
