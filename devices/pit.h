/* pit.h - the 8254 interval timer at 40h..43h.
 *
 *   1.193182 MHz --> counter 0 --OUT0--> `irq0`
 *                    counter 1 --OUT1--> refresh (port 61h bit 4)
 *                    counter 2 --OUT2--> speaker, port 61h bit 5;  GATE2 <-- port 61h bit 0
 *
 * Intel 8254 data sheet (231164). All six modes, BCD, latch and read-back commands. The clock is
 * 14.31818 MHz / 12 = 105/88 MHz, derived from the virtual nanoseconds without rounding drift.
 * Counters are advanced lazily, when somebody looks; a timer is set only for the edges of OUT0.
 * Counter 1 is found programmed for refresh (mode 2, 18) at power-on, as a BIOS leaves it.
 * Not emulated: a count of 1 in modes 2 and 3 (illegal) leaves OUT where it is.
 */
#ifndef DEVICES_PIT_H
#define DEVICES_PIT_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"

/* One counter as a value: the speaker keeps copies and lets them run on by themselves. */
struct pit_counter {
	u64 tick;      /* the state below is that after this many clock pulses */
	u64 rises;     /* rising edges of OUT so far */
	u32 ce;        /* counting element, binary: 0..65536 (0..10000 in BCD) */
	u32 current;   /* the count in force, 1..65536 */
	u16 cr;        /* count register, as written */
	u16 ol;        /* output latch */
	u8 control;    /* bits 5..0 of the last control word */
	u8 mode;       /* 0..5 */
	u8 gate, out;
	u8 null_count; /* CR was written and is not in CE yet */
	u8 load;       /* the next pulse loads CE */
	u8 running;    /* CE was loaded since the control word */
	u8 armed;      /* modes 0, 1, 4, 5: the terminal count is still to come */
	u8 halted;     /* mode 0: between the two bytes of a count */
	u8 write_msb, read_msb; /* the second byte of a pair comes next */
	u8 lsb;        /* the first byte of a pair, until the second comes */
	u8 latched;    /* OL holds a latched count */
	u8 status_latched, status;
};

struct pit_regs {
	struct pit_counter counter[3];
};

struct pit {
	struct pit_regs r;
	struct clock *clock;
	struct log *log;
	struct line irq0;
	struct timer timer; /* the next edge of OUT0 */
	/* called after anything that changes the course of counter 2; may be NULL */
	void (*counter2_changed)(void *opaque);
	void *counter2_opaque;
};

void pit_init(struct pit *pit, struct bus *bus, struct clock *clock, struct log *log);
void pit_reset(struct pit *pit);
void pit_restore(struct pit *pit);

void pit_set_gate2(struct pit *pit, int level);
int pit_out(struct pit *pit, int counter);         /* level of OUTn now */
int pit_refresh_toggle(struct pit *pit);           /* flips with every pulse of OUT1 */

/* pit_counter.c: one counter, for whoever keeps a copy */
#define PIT_NO_EDGE (~0ull)
u64 pit_ns_to_tick(u64 ns);   /* clock pulses that have happened by `ns` */
u64 pit_tick_to_ns(u64 tick); /* the first ns at which `tick` pulses have happened */
void pit_counter_run(struct pit_counter *c, u64 tick);
u64 pit_counter_next_edge(const struct pit_counter *c); /* tick at which OUT changes next, PIT_NO_EDGE */
void pit_counter_set_gate(struct pit_counter *c, int level);
void pit_counter_control(struct pit_counter *c, u8 control); /* control word, bits 5..0, RW != 0 */
void pit_counter_write(struct pit_counter *c, u8 byte);
u8 pit_counter_read(struct pit_counter *c);
void pit_counter_latch(struct pit_counter *c);
void pit_counter_latch_status(struct pit_counter *c);

#endif
