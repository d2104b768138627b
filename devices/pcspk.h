/* pcspk.h - the PC speaker: counter 2 of the timer ANDed with bit 1 of port 61h, as samples.
 *
 *   pit counter 2 OUT --+
 *                       AND --> loudspeaker
 *   port 61h bit 1 -----+
 *
 * Every time the guest touches counter 2, its gate or the data bit, the speaker queues an event:
 * (virtual time, copy of the counter, data bit). A front end pulls samples; each is the mean of the
 * wire's level over the sample's time (a box filter), so that pulse-width tricks are heard too.
 *
 * Contract: single-threaded. pcspk_render runs on the thread that runs the machine, or under a
 * lock that keeps the machine still. The queue is bounded; when it is full the oldest event
 * is folded into the renderer's state (sound that nobody pulled is lost, never the last state).
 * Nothing here is guest-visible, so nothing of the queue is saved.
 * A first-order high-pass at 20 Hz stands for the coupling capacitor: a constant level is silence.
 * Not emulated: the cone's inertia.
 */
#ifndef DEVICES_PCSPK_H
#define DEVICES_PCSPK_H

#include "devices/pit.h"

#define PCSPK_QUEUE 4096
#define PCSPK_AMPLITUDE 8192

struct pcspk_event {
	u64 ns;
	struct pit_counter counter;
	u8 data;
};

struct pcspk_regs {
	u8 data; /* port 61h bit 1 */
};

struct pcspk {
	struct pcspk_regs r;
	struct clock *clock;
	struct pit *pit;
	/* the renderer */
	struct pcspk_event queue[PCSPK_QUEUE];
	u32 head, count;
	struct pcspk_event now; /* in force at `next_ns` */
	u64 next_ns;            /* start of the next sample */
	u64 next_frac;          /* of a ns, in 1/rate */
	s32 last_level, output; /* of the high-pass, in 1/256 of a sample unit */
};

void pcspk_init(struct pcspk *s, struct clock *clock, struct pit *pit);
void pcspk_reset(struct pcspk *s);
void pcspk_restore(struct pcspk *s);

void pcspk_set_data(struct pcspk *s, int level);

/* Up to n mono samples at `rate` Hz, never beyond the present virtual time; returns how many.
 * Consecutive calls continue where the last one ended. Within -PCSPK_AMPLITUDE..PCSPK_AMPLITUDE,
 * 0 while the speaker is silent. rate: 1000..1000000. */
int pcspk_render(struct pcspk *s, s16 *samples, int n, int rate);

/* Forgets what was not pulled: the next sample starts now. */
void pcspk_catch_up(struct pcspk *s);

#endif
