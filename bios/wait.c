/*
 * Waiting. Long waits end by ticks (INT 08h, 54.9 ms each), short ones by port 61h bit 4, which changes with each refresh
 * request, every 15.1 us (AT Technical Reference, system board). Neither counts loops, whose speed nobody knows; but should
 * the ticks or the bit stand still, loops end a wait all the same.
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

#define PERIODS_PER_TICK 3640
#define PATIENCE 4              /* by the refresh bit, a tick may take this much longer */
#define LOOPS_PER_PERIOD 200    /* when the bit stands still */

static int ticks_run(void) { return !(inb(0x21) & 1); }

void short_wait_start(struct short_wait *w)
{
	w->periods = 0;
	w->loops = 0;
	w->last = inb(0x61) & 0x10;
}

/*
 * Over after a number of 15 us periods. Where the bit changes with every read (QEMU), that is still one read of the port
 * and of what the caller looks at for each period.
 */
int short_wait_over(struct short_wait *w, u32 periods)
{
	u8 now = inb(0x61) & 0x10;

	if (now != w->last || ++w->loops >= LOOPS_PER_PERIOD) {
		w->last = now;
		w->loops = 0;
		w->periods++;
	}
	return w->periods > periods;
}

void timeout_start(struct timeout *t, u32 ticks)
{
	t->start = BDA->ticks;
	t->limit = ticks;
	short_wait_start(&t->periods);
}

int timeout_over(struct timeout *t)
{
	u32 now = BDA->ticks;

	if (now < t->start)             /* midnight */
		t->start = now;
	if (now - t->start > t->limit)
		return 1;
	return short_wait_over(&t->periods, t->limit * (PERIODS_PER_TICK * PATIENCE));
}

/*
 * Called with interrupts off, after the caller has seen that what it waits for has not come: sleeps until the next
 * interrupt, or only lets one in when no tick would wake us. Returns with interrupts off.
 */
void timeout_nap(void)
{
	if (ticks_run())
		sti_hlt();
	else
		sti_nop();
	cli();
}

void delay_15us(u32 periods)
{
	struct short_wait w;

	short_wait_start(&w);
	while (!short_wait_over(&w, periods))
		;
}
