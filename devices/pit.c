/* pit.c - the 8254's ports, its outputs and its one timer; see pit.h. */
#include "devices/pit.h"

#include <string.h>

#include "base/bits.h"

#define CONTROL_PORT 3
#define READ_BACK 3         /* "counter" of the control word */
#define READ_BACK_NO_COUNT 0x20
#define READ_BACK_NO_STATUS 0x10
#define EDGES_AT_ONCE 64    /* of OUT0, told one by one */

static u64 now_tick(const struct pit *pit)
{
	return pit_ns_to_tick(clock_now(pit->clock));
}

/* Brings a counter to the present. Every edge of OUT0 on the way is told to the interrupt
 * controller, also when a slow instruction stepped over two of them. */
static void catch_up(struct pit *pit, int n)
{
	struct pit_counter *c = &pit->r.counter[n];
	u64 tick = now_tick(pit);
	for (int i = 0; n == 0 && i < EDGES_AT_ONCE; i++) {
		u64 edge = pit_counter_next_edge(c);
		if (edge > tick)
			break;
		pit_counter_run(c, edge);
		line_set(&pit->irq0, c->out);
	}
	pit_counter_run(c, tick);
}

static void pit_update(struct pit *pit)
{
	const struct pit_counter *c = &pit->r.counter[0];
	line_set(&pit->irq0, c->out);
	u64 edge = pit_counter_next_edge(c);
	u64 due = edge == PIT_NO_EDGE ? CLOCK_NEVER : pit_tick_to_ns(edge);
	if (due != pit->timer.due_ns)
		timer_set(pit->clock, &pit->timer, due);
}

static void fire(void *opaque)
{
	struct pit *pit = opaque;
	catch_up(pit, 0);
	pit_update(pit);
}

static void changed(struct pit *pit, int n)
{
	if (n == 0)
		pit_update(pit);
	if (n == 2 && pit->counter2_changed)
		pit->counter2_changed(pit->counter2_opaque);
}

static void read_back(struct pit *pit, u8 v)
{
	for (int n = 0; n < 3; n++) {
		if (!(v & BIT(n + 1)))
			continue;
		catch_up(pit, n);
		if (!(v & READ_BACK_NO_COUNT))
			pit_counter_latch(&pit->r.counter[n]);
		if (!(v & READ_BACK_NO_STATUS))
			pit_counter_latch_status(&pit->r.counter[n]);
	}
}

static void pit_write(void *opaque, u32 offset, int size, u32 value)
{
	struct pit *pit = opaque;
	u8 v = (u8)value;
	int n = offset == CONTROL_PORT ? v >> 6 : (int)offset;
	(void)size;
	if (n == READ_BACK) {
		read_back(pit, v);
		return;
	}
	struct pit_counter *c = &pit->r.counter[n];
	catch_up(pit, n);
	if (offset != CONTROL_PORT) {
		pit_counter_write(c, v);
	} else if (v & 0x30) {
		pit_counter_control(c, v & 0x3f);
	} else {
		pit_counter_latch(c);
		return;
	}
	changed(pit, n);
}

static u32 pit_read(void *opaque, u32 offset, int size)
{
	struct pit *pit = opaque;
	(void)size;
	if (offset == CONTROL_PORT)
		return 0xff; /* "no operation (3-state)" */
	catch_up(pit, (int)offset);
	return pit_counter_read(&pit->r.counter[offset]);
}

static const struct io_ops pit_ops = {pit_read, pit_write, 1};

void pit_set_gate2(struct pit *pit, int level)
{
	if (pit->r.counter[2].gate == !!level)
		return;
	catch_up(pit, 2);
	pit_counter_set_gate(&pit->r.counter[2], level);
	changed(pit, 2);
}

int pit_out(struct pit *pit, int counter)
{
	catch_up(pit, counter);
	return pit->r.counter[counter].out;
}

int pit_refresh_toggle(struct pit *pit)
{
	catch_up(pit, 1);
	return pit->r.counter[1].rises & 1;
}

/* The data sheet leaves the state undefined until a control word is written. */
static void power_on(struct pit *pit)
{
	memset(&pit->r, 0, sizeof pit->r);
	for (int n = 0; n < 3; n++) {
		struct pit_counter *c = &pit->r.counter[n];
		c->tick = now_tick(pit);
		c->gate = n != 2;
		pit_counter_control(c, n == 1 ? 0x14 : 0x30); /* refresh; a silent mode 0 */
	}
	pit_counter_write(&pit->r.counter[1], 18);
}

void pit_init(struct pit *pit, struct bus *bus, struct clock *clock, struct log *log)
{
	memset(pit, 0, sizeof *pit);
	pit->clock = clock;
	pit->log = log;
	timer_init(&pit->timer, fire, pit);
	power_on(pit);
	bus_add_ports(bus, 0x40, 4, &pit_ops, pit);
}

void pit_reset(struct pit *pit)
{
	power_on(pit);
	pit_update(pit);
	changed(pit, 2);
}

void pit_restore(struct pit *pit)
{
	pit_update(pit);
	changed(pit, 2);
}
