/* chip_bench.h - what a test of a single chip needs: a bus, a clock that shows exact
 * nanoseconds, a silent log, and wires that remember what happened on them.
 */
#ifndef TESTS_DEVICES_CHIP_BENCH_H
#define TESTS_DEVICES_CHIP_BENCH_H

#include <check.h>
#include <stdlib.h>

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"

struct bench {
	struct bus bus;
	struct clock clock;
	struct log log;
};

/* A wire's far end: counts the edges and keeps the times of the first of them. */
#define PROBE_EDGES 64
struct probe {
	struct clock *clock;
	int level, rises, falls, nedges;
	u64 edge_ns[PROBE_EDGES];
};

static inline void probe_set(void *opaque, int n, int level)
{
	struct probe *p = opaque;
	(void)n;
	level = !!level;
	if (level == p->level)
		return;
	p->level = level;
	if (level)
		p->rises++;
	else
		p->falls++;
	if (p->nedges < PROBE_EDGES && p->clock)
		p->edge_ns[p->nedges++] = clock_now(p->clock);
}

static inline struct line probe_line(struct probe *p, struct clock *clock)
{
	*p = (struct probe){.clock = clock};
	return (struct line){probe_set, p, 0};
}

static inline void bench_emit(void *opaque, enum log_level level, const char *text)
{
	(void)opaque, (void)level, (void)text;
}

static inline void bench_init(struct bench *b)
{
	bus_init(&b->bus);
	clock_init(&b->clock, 1000); /* an instruction takes one nanosecond */
	log_init(&b->log, LOG_ERROR);
	b->log.emit = bench_emit;
}

/* Lets the clock run to an absolute time, stopping at every timer on the way. */
static inline void bench_run_to(struct bench *b, u64 ns)
{
	while (b->clock.next_due_ns <= ns) {
		u64 at = clock_count_at(&b->clock, b->clock.next_due_ns);
		b->clock.count = at;
		clock_run(&b->clock);
	}
	u64 end = clock_count_at(&b->clock, ns);
	b->clock.count = end;
}

static inline void bench_run(struct bench *b, u64 ns)
{
	bench_run_to(b, clock_now(&b->clock) + ns);
}

static inline u8 in8(struct bench *b, u16 port)
{
	return (u8)bus_in(&b->bus, port, 1);
}

static inline void out8(struct bench *b, u16 port, u8 value)
{
	bus_out(&b->bus, port, 1, value);
}

/* Runs the suite; for a test's main(). */
static inline int bench_main(const char *name, void (*add)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	add(tc);
	suite_add_tcase(suite, tc);
	SRunner *sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
