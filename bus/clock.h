/* clock.h - virtual time and the timers that run on it.
 *
 * Time is derived from the number of executed instructions and from nothing
 * else (docs/architecture.md, the event rule):
 *
 *     now [ns] = base_ns + (count - base_count) * ns_per_insn
 *
 * Waits (HLT, bus cycles) move the base.
 *
 * `count` is kept up to date by the processor before anything outside of it can
 * look. A chip that wants something to happen later sets a timer; timers fire
 * between instructions, in the order of their due time and, for equal times, in
 * the order in which they were set.
 */
#ifndef BUS_CLOCK_H
#define BUS_CLOCK_H

#include "base/types.h"

#define CLOCK_MAX_TIMERS 64
#define CLOCK_NEVER (~0ull)
#define CLOCK_SECOND 1000000000ull
#define CLOCK_SCALE 65536u /* ns_per_insn is a fixed-point number with 16 fraction bits */

struct timer {
	void (*fire)(void *opaque);
	void *opaque;
	u64 due_ns; /* CLOCK_NEVER: not set */
	u64 order;
};

struct clock {
	u64 count;       /* instructions executed since power-on (HLT included as skipped time) */
	u64 base_count;
	u64 base_ns;
	u64 base_frac;   /* of a nanosecond, in 1/CLOCK_SCALE */
	u32 ns_per_insn; /* in 1/CLOCK_SCALE ns */
	u32 wait_ns, wait_insns; /* the last wait, and how long it was; forgotten when the rate changes */
	u64 next_order;
	struct timer *timers[CLOCK_MAX_TIMERS]; /* unordered; `ntimers` of them are set */
	int ntimers;
	u64 next_due_ns; /* the smallest due_ns, CLOCK_NEVER if none */
	/* told whenever next_due_ns became earlier, so that the processor stops in time */
	void (*earlier)(void *opaque);
	void *earlier_opaque;
};

/* insns_per_us: virtual speed in instructions per microsecond (MIPS), 1..10000 */
void clock_init(struct clock *c, u32 insns_per_us);

u64 clock_now(const struct clock *c); /* virtual ns since power-on */

/* Changes the speed from this instruction on; time stays continuous. Unit 1/CLOCK_SCALE ns. */
void clock_set_rate(struct clock *c, u32 ns_per_insn);

/* The processor waits for `ns` (a bus cycle), rounded down to whole `unit`s of instructions: time goes on as if so many had been
 * executed. Returns how many; each instruction count of a later event is now that much smaller. `unit` is a constant. */
static inline u32 clock_wait(struct clock *c, u32 ns, u32 unit)
{
	if (ns != c->wait_ns) {
		c->wait_ns = ns;
		c->wait_insns = (u32)((u64)ns * CLOCK_SCALE / c->ns_per_insn) / unit * unit;
	}
	c->base_count -= c->wait_insns;
	return c->wait_insns;
}

/* Skips time: from now on the clock shows at least `ns` (a halted processor). */
void clock_skip_to(struct clock *c, u64 ns);

/* The first instruction count at which now >= ns. */
u64 clock_count_at(const struct clock *c, u64 ns);

static inline void timer_init(struct timer *t, void (*fire)(void *), void *opaque)
{
	*t = (struct timer){.fire = fire, .opaque = opaque, .due_ns = CLOCK_NEVER};
}

/* (Re)sets a timer to an absolute virtual time; a time in the past fires at the next boundary. */
void timer_set(struct clock *c, struct timer *t, u64 due_ns);
void timer_cancel(struct clock *c, struct timer *t);

static inline bool timer_is_set(const struct timer *t)
{
	return t->due_ns != CLOCK_NEVER;
}

/* Fires every timer that is due at the present count. */
void clock_run(struct clock *c);

#endif
