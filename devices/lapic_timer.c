/* lapic_timer.c - the local APIC's timer: one-shot, periodic, TSC deadline. SDM 3A 11.5.4.
 *
 * The count is not decremented: `count` was its value at `counted_ns`, and whoever looks brings both to the present.
 * A host-side timer is set only while an interrupt is to come.
 */
#include "devices/lapic_internal.h"

static enum timer_mode mode(const struct lapic *l)
{
	return l->r.lvt[LVT_TIMER] >> LVT_TIMER_MODE & 3;
}

/* Nanoseconds a count takes: divide by 2, 4, ... 128, 1 (figure 11-10; bits 3, 1, 0) */
static u64 tick_ns(const struct lapic *l)
{
	u32 code = (l->r.divide >> 1 & 4) | (l->r.divide & 3);
	return (u64)LAPIC_TICK_NS << ((code + 1) & 7);
}

/* Brings the count to the present; true if it has reached zero on the way. */
static bool catch_up(struct lapic *l)
{
	if (!l->r.count)
		return false;
	u64 tick = tick_ns(l), ticks = (clock_now(l->clock) - l->r.counted_ns) / tick;
	l->r.counted_ns += ticks * tick;
	if (ticks < l->r.count) {
		l->r.count -= (u32)ticks;
		return false;
	}
	u64 beyond = ticks - l->r.count;
	if (mode(l) == TIMER_PERIODIC && l->r.initial_count)
		l->r.count = (u32)(l->r.initial_count - beyond % l->r.initial_count);
	else
		l->r.count = 0;
	return true;
}

/* The virtual time at which the TSC reaches the deadline. */
static u64 deadline_ns(const struct lapic *l)
{
	u64 now = clock_now(l->clock), tsc = now + l->r.tsc_offset;
	u64 left = l->r.tsc_deadline > tsc ? l->r.tsc_deadline - tsc : 0;
	return left < CLOCK_NEVER - now ? now + left : CLOCK_NEVER;
}

static u64 next_ns(const struct lapic *l)
{
	if (!lapic_on(l))
		return CLOCK_NEVER;
	if (mode(l) == TIMER_DEADLINE) /* disarms itself also when masked */
		return l->r.tsc_deadline ? deadline_ns(l) : CLOCK_NEVER;
	if (!l->r.count || (l->r.lvt[LVT_TIMER] & LVT_MASKED))
		return CLOCK_NEVER;
	return l->r.counted_ns + l->r.count * tick_ns(l);
}

void lapic_timer_update(struct lapic *l)
{
	u64 due = next_ns(l);
	if (due != l->timer.due_ns)
		timer_set(l->clock, &l->timer, due);
}

static void fire(void *opaque)
{
	struct lapic *l = opaque;
	bool expired = mode(l) == TIMER_DEADLINE ? deadline_ns(l) <= clock_now(l->clock) : catch_up(l);
	if (expired && mode(l) == TIMER_DEADLINE)
		l->r.tsc_deadline = 0;
	if (expired)
		lapic_local(l, LVT_TIMER);
	lapic_timer_update(l);
}

void lapic_timer_init(struct lapic *l)
{
	timer_init(&l->timer, fire, l);
}

void lapic_timer_load(struct lapic *l, u32 initial)
{
	if (mode(l) == TIMER_DEADLINE)
		return;
	l->r.initial_count = l->r.count = initial;
	l->r.counted_ns = clock_now(l->clock);
	lapic_timer_update(l);
}

/* The count goes on from where it is, at the new speed. */
void lapic_timer_divide(struct lapic *l, u32 divide)
{
	catch_up(l);
	l->r.divide = divide;
	lapic_timer_update(l);
}

u32 lapic_timer_count(struct lapic *l)
{
	catch_up(l);
	return l->r.count;
}

/* 11.5.4.1: going to TSC-deadline mode or leaving it disarms the timer. */
void lapic_timer_set_lvt(struct lapic *l, u32 value)
{
	catch_up(l);
	bool was_deadline = mode(l) == TIMER_DEADLINE;
	l->r.lvt[LVT_TIMER] = value;
	if (was_deadline != (mode(l) == TIMER_DEADLINE)) {
		l->r.count = 0;
		l->r.tsc_deadline = 0;
	}
	lapic_timer_update(l);
}

/* ---- IA32_TSC_DEADLINE ---------------------------------------------------------------------------- */

u64 lapic_deadline(void *lapic)
{
	const struct lapic *l = lapic;
	return l->r.tsc_deadline;
}

/* In the other modes it reads zero and writes are ignored. */
void lapic_set_deadline(void *lapic, u64 tsc)
{
	struct lapic *l = lapic;
	if (!lapic_on(l) || mode(l) != TIMER_DEADLINE)
		return;
	l->r.tsc_deadline = tsc;
	lapic_timer_update(l);
}

void lapic_set_tsc_offset(void *lapic, u64 offset)
{
	struct lapic *l = lapic;
	l->r.tsc_offset = offset;
	lapic_timer_update(l);
}
