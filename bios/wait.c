/*
 * Waiting. A wait ends by ticks (INT 08h, 54.9 ms each) where interrupts run; where IRQ 0 is masked it ends by the
 * number of reads of port 61h, none of which is faster than an ISA cycle. Port 61h bit 4 changes with each refresh
 * request, every 15.1 us (AT Technical Reference, system board).
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

#define READS_PER_TICK 50000

static int ticks_run(void) { return !(inb(0x21) & 1); }

void timeout_start(struct timeout *t, u32 ticks)
{
	t->start = BDA->ticks;
	t->limit = ticks;
	t->reads = 0;
}

int timeout_over(struct timeout *t)
{
	u32 now = BDA->ticks;

	if (now < t->start)             /* midnight */
		t->start = now;
	if (now - t->start > t->limit)
		return 1;
	(void)inb(0x61);
	return ++t->reads > t->limit * READS_PER_TICK;
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
	u8 last = inb(0x61) & 0x10;

	while (periods--) {
		for (u32 n = 0; n < 100 && (inb(0x61) & 0x10) == last; n++)
			;
		last ^= 0x10;
	}
}
