/* clock.c - virtual time; see clock.h. */
#include "bus/clock.h"

void clock_init(struct clock *c, u32 insns_per_us)
{
	*c = (struct clock){.next_due_ns = CLOCK_NEVER};
	c->ns_per_insn = 1000u * CLOCK_SCALE / insns_per_us;
}

/* In 1/CLOCK_SCALE ns since the base. 2^64 / 65536 ns are 78 hours: rebased by clock_run. */
static u64 since_base(const struct clock *c)
{
	return (c->count - c->base_count) * c->ns_per_insn + c->base_frac;
}

u64 clock_now(const struct clock *c)
{
	return c->base_ns + since_base(c) / CLOCK_SCALE;
}

static void rebase(struct clock *c)
{
	u64 t = since_base(c);
	c->base_ns += t / CLOCK_SCALE;
	c->base_frac = t % CLOCK_SCALE;
	c->base_count = c->count;
}

void clock_set_rate(struct clock *c, u32 ns_per_insn)
{
	rebase(c);
	c->ns_per_insn = ns_per_insn;
	c->wait_ns = 0;
	c->wait_insns = 0;
}

void clock_skip_to(struct clock *c, u64 ns)
{
	if (ns <= clock_now(c))
		return;
	rebase(c);
	c->base_ns = ns;
	c->base_frac = 0;
}

u64 clock_count_at(const struct clock *c, u64 ns)
{
	if (ns == CLOCK_NEVER)
		return CLOCK_NEVER;
	if (ns <= clock_now(c))
		return c->count;
	u64 delta = ns - c->base_ns;
	if (delta > CLOCK_NEVER / CLOCK_SCALE - 1)
		return CLOCK_NEVER;
	u64 want = delta * CLOCK_SCALE - c->base_frac;
	return c->base_count + (want + c->ns_per_insn - 1) / c->ns_per_insn;
}

static void recompute(struct clock *c)
{
	u64 before = c->next_due_ns;
	c->next_due_ns = CLOCK_NEVER;
	for (int i = 0; i < c->ntimers; i++)
		if (c->timers[i]->due_ns < c->next_due_ns)
			c->next_due_ns = c->timers[i]->due_ns;
	if (c->next_due_ns < before && c->earlier)
		c->earlier(c->earlier_opaque);
}

static void unlink_timer(struct clock *c, struct timer *t)
{
	for (int i = 0; i < c->ntimers; i++)
		if (c->timers[i] == t) {
			c->timers[i] = c->timers[--c->ntimers];
			break;
		}
	t->due_ns = CLOCK_NEVER;
}

void timer_set(struct clock *c, struct timer *t, u64 due_ns)
{
	if (timer_is_set(t))
		unlink_timer(c, t);
	if (due_ns != CLOCK_NEVER && c->ntimers < CLOCK_MAX_TIMERS) {
		t->due_ns = due_ns;
		t->order = c->next_order++;
		c->timers[c->ntimers++] = t;
	}
	recompute(c);
}

void timer_cancel(struct clock *c, struct timer *t)
{
	if (!timer_is_set(t))
		return;
	unlink_timer(c, t);
	recompute(c);
}

static struct timer *first_due(const struct clock *c, u64 now)
{
	struct timer *best = NULL;
	for (int i = 0; i < c->ntimers; i++) {
		struct timer *t = c->timers[i];
		if (t->due_ns > now)
			continue;
		if (!best || t->due_ns < best->due_ns || (t->due_ns == best->due_ns && t->order < best->order))
			best = t;
	}
	return best;
}

void clock_run(struct clock *c)
{
	u64 now = clock_now(c);
	struct timer *t;
	rebase(c);
	/* A timer that sets itself again for a past time fires at the next boundary, not now. */
	for (int budget = c->ntimers; budget > 0 && (t = first_due(c, now)); budget--) {
		unlink_timer(c, t);
		t->fire(t->opaque);
	}
	recompute(c);
}
