/* port61.h - port 61h, the "system control port B" of the AT.
 *
 *   7 SERR# happened   R    3 IOCHK# NMI off and cleared  RW
 *   6 IOCHK# happened  R    2 SERR# NMI off and cleared   RW
 *   5 OUT2             R    1 speaker data                RW --> pcspk
 *   4 refresh toggle   R    0 GATE2                       RW --> pit
 *
 * IBM PC/AT Technical Reference, system board I/O; 82371SB (PIIX3) 2.5.6 (NSC). `nmi` is the
 * request before the mask in port 70h bit 7, which the machine applies.
 */
#ifndef DEVICES_PORT61_H
#define DEVICES_PORT61_H

#include "bus/irq.h"
#include "devices/pcspk.h"
#include "devices/pit.h"

struct port61_regs {
	u8 control; /* bits 3..0 as written */
	u8 status;  /* bits 7, 6: latched NMI causes */
};

enum port61_source { PORT61_SERR, PORT61_IOCHK };

struct port61 {
	struct port61_regs r;
	struct pit *pit;
	struct pcspk *speaker;
	struct line nmi;
};

void port61_init(struct port61 *p, struct bus *bus, struct clock *clock, struct log *log, struct pit *pit,
                 struct pcspk *speaker);
void port61_reset(struct port61 *p);
void port61_restore(struct port61 *p);

/* An error of the bus, n = enum port61_source; latched while its NMI is enabled. Fits struct line.set. */
void port61_set_error(void *port61, int n, int level);

#endif
