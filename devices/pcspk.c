/* pcspk.c - the PC speaker's event queue and renderer; see pcspk.h. */
#include "devices/pcspk.h"

#include <string.h>

#define UNIT 256 /* the filter's fixed point */
#define CORNER 126 /* 2 pi * 20 Hz */

/* The oldest event comes into force. */
static void take_event(struct pcspk *s)
{
	s->now = s->queue[s->head];
	s->head = (s->head + 1) % PCSPK_QUEUE;
	s->count--;
}

static void put_event(struct pcspk *s)
{
	if (s->count == PCSPK_QUEUE)
		take_event(s);
	struct pcspk_event *e = &s->queue[(s->head + s->count++) % PCSPK_QUEUE];
	e->ns = clock_now(s->clock);
	e->counter = s->pit->r.counter[2];
	e->data = s->r.data;
}

static void counter_changed(void *opaque)
{
	put_event(opaque);
}

void pcspk_set_data(struct pcspk *s, int level)
{
	level = level != 0;
	if (s->r.data == level)
		return;
	s->r.data = (u8)level;
	put_event(s);
}

/* For how many of the ns from..to the wire is high, by the event in force. */
static u64 high_time(struct pcspk_event *e, u64 from, u64 to)
{
	u64 high = 0;
	if (!e->data)
		return 0;
	pit_counter_run(&e->counter, pit_ns_to_tick(from));
	while (from < to) {
		u64 edge = pit_counter_next_edge(&e->counter);
		u64 edge_ns = edge == PIT_NO_EDGE ? to : pit_tick_to_ns(edge);
		u64 end = edge_ns < to ? edge_ns : to;
		if (e->counter.out && end > from)
			high += end - from;
		from = end;
		if (edge_ns < to)
			pit_counter_run(&e->counter, edge);
	}
	return high;
}

static s16 render_one(struct pcspk *s, u64 from, u64 to)
{
	u64 high = 0, t = from;
	while (s->count && s->queue[s->head].ns < to) {
		u64 at = s->queue[s->head].ns;
		if (at > t) {
			high += high_time(&s->now, t, at);
			t = at;
		}
		take_event(s);
	}
	high += high_time(&s->now, t, to);
	return (s16)(high * PCSPK_AMPLITUDE / (to - from));
}

static s16 high_pass(struct pcspk *s, s16 level, int rate)
{
	s32 x = level * UNIT;
	s->output += x - s->last_level;
	s->last_level = x;
	s32 y = s->output / UNIT;
	s32 leak = (s32)((s64)s->output * CORNER / rate);
	if (leak == 0)
		leak = s->output; /* below the last bit: silence */
	s->output -= leak;
	if (y > PCSPK_AMPLITUDE)
		y = PCSPK_AMPLITUDE;
	if (y < -PCSPK_AMPLITUDE)
		y = -PCSPK_AMPLITUDE;
	return (s16)y;
}

int pcspk_render(struct pcspk *s, s16 *samples, int n, int rate)
{
	u64 now = clock_now(s->clock), step = CLOCK_SECOND / (u64)rate, rest = CLOCK_SECOND % (u64)rate;
	int i;
	for (i = 0; i < n; i++) {
		u64 frac = s->next_frac + rest;
		u64 to = s->next_ns + step + frac / (u64)rate;
		if (to > now)
			break;
		samples[i] = high_pass(s, render_one(s, s->next_ns, to), rate);
		s->next_ns = to;
		s->next_frac = frac % (u64)rate;
	}
	return i;
}

void pcspk_catch_up(struct pcspk *s)
{
	while (s->count)
		take_event(s);
	s->next_ns = clock_now(s->clock);
	s->next_frac = 0;
}

void pcspk_init(struct pcspk *s, struct clock *clock, struct pit *pit)
{
	memset(s, 0, sizeof *s);
	s->clock = clock;
	s->pit = pit;
	pit->counter2_changed = counter_changed;
	pit->counter2_opaque = s;
	s->now.counter = pit->r.counter[2];
}

void pcspk_reset(struct pcspk *s)
{
	pcspk_set_data(s, 0);
}

void pcspk_restore(struct pcspk *s)
{
	s->count = 0;
	put_event(s);
	pcspk_catch_up(s);
}
