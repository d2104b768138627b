/* hpet.c - the high precision event timers; see hpet.h. Numbers in comments are sections of the IA-PC HPET specification. */
#include "devices/hpet.h"

#include <string.h>

#include "base/bits.h"

enum { GCAP_ID = 0x000, GEN_CONF = 0x010, GINTR_STA = 0x020, MAIN_CNT = 0x0f0, TIMER0 = 0x100, WINDOW_BYTES = 0x400 };
enum { TN_CONF = 0x00, TN_COMPARATOR = 0x08, TN_FSB = 0x10, TN_SIZE = 0x20 }; /* within a timer's registers */

/* 2.3.4: vendor, legacy replacement, 64-bit counter, number of timers, revision */
#define CAPABILITIES (0x80860000u | BIT(15) | BIT(13) | (HPET_TIMERS - 1) << 8 | 1)
#define PERIOD_FS (HPET_TICK_NS * 1000000u)

#define CONF_ENABLE BIT(0)
#define CONF_LEGACY BIT(1)
#define CONF_WRITABLE (CONF_ENABLE | CONF_LEGACY)

/* Tn_CONF, 2.3.8 */
#define TN_LEVEL BIT(1)
#define TN_INT_ENABLE BIT(2)
#define TN_PERIODIC BIT(3)
#define TN_PERIODIC_CAP BIT(4)
#define TN_SIZE_CAP BIT(5)
#define TN_VAL_SET BIT(6)
#define TN_32BIT BIT(8)
#define TN_ROUTE_SHIFT 9
#define TN_ROUTE (31u << TN_ROUTE_SHIFT)
#define TN_WRITABLE (TN_LEVEL | TN_INT_ENABLE | TN_PERIODIC | TN_VAL_SET | TN_32BIT)
#define TN_CAPABILITIES (TN_PERIODIC_CAP | TN_SIZE_CAP)

enum { TO_IRQ0 = 0, TO_IRQ8 = 8, NOWHERE = -1 };
#define FIRST_PIN 20
#define PINS 4
#define ROUTES (0xfu << FIRST_PIN) /* INT_ROUTE_CAP */

#define OUT_RISES 2 /* hpet_timer_regs.out: hpet_update is to make a rising edge */

/* ---- the counter and the matches ------------------------------------------------------------------------- */

static bool enabled(const struct hpet *h)
{
	return h->r.config & CONF_ENABLE;
}

static u64 counter(const struct hpet *h)
{
	return enabled(h) ? h->r.counter + (clock_now(h->clock) - h->r.counted_ns) / HPET_TICK_NS : h->r.counter;
}

static u64 width(const struct hpet_timer_regs *t)
{
	return t->config & TN_32BIT ? 0xffffffff : ~0ull;
}

static bool periodic(const struct hpet_timer_regs *t)
{
	return t->config & TN_PERIODIC;
}

/* The counter's value at the first match at or after `from`. */
static u64 next_match(const struct hpet_timer_regs *t)
{
	return t->from + ((t->comparator - t->from) & width(t));
}

/* Does a match do anything outside? 2.3.8: without INT_ENB a level-type timer still sets its status bit. */
static bool is_watched(const struct hpet_timer_regs *t)
{
	return t->config & (TN_LEVEL | TN_INT_ENABLE);
}

static void match(struct hpet *h, int n)
{
	struct hpet_timer_regs *t = &h->r.timer[n];
	if (t->config & TN_LEVEL)
		h->r.status |= BIT(n);
	else if (t->config & TN_INT_ENABLE)
		t->out = OUT_RISES;
}

/* Matches up to the present. Several of one periodic timer are one. */
static void catch_up(struct hpet *h, int n)
{
	struct hpet_timer_regs *t = &h->r.timer[n];
	u64 now = counter(h), at = next_match(t);
	if (!enabled(h) || at > now || at < t->from)
		return;
	match(h, n);
	if (periodic(t) && t->period) {
		u64 periods = (now - at) / t->period + 1;
		t->comparator = (t->comparator + periods * t->period) & width(t);
		t->from = at + (periods - 1) * t->period + 1;
	} else {
		t->from = now + 1;
	}
}

/* Periodic timers that only move their comparator need no event: they catch up before somebody looks. Linux leaves one so. */
static void look(struct hpet *h)
{
	for (int n = 0; n < HPET_TIMERS; n++)
		if (periodic(&h->r.timer[n]) && !is_watched(&h->r.timer[n]))
			catch_up(h, n);
}

/* ---- outputs --------------------------------------------------------------------------------------------------- */

static int level_of(const struct hpet *h, int n)
{
	const struct hpet_timer_regs *t = &h->r.timer[n];
	if (!enabled(h) || !(t->config & TN_INT_ENABLE))
		return 0;
	return t->config & TN_LEVEL ? h->r.status >> n & 1 : t->out;
}

/* Where a timer's interrupt goes: TO_IRQ0, TO_IRQ8, a pin of the I/O APIC, or nowhere. */
static int route(const struct hpet *h, int n)
{
	if ((h->r.config & CONF_LEGACY) && n < 2)
		return n ? TO_IRQ8 : TO_IRQ0;
	u32 pin = h->r.timer[n].config >> TN_ROUTE_SHIFT & 31;
	return BIT(pin) & ROUTES ? (int)pin : NOWHERE;
}

static void drive(const struct hpet *h, int where, int level)
{
	if (where == TO_IRQ0)
		line_set(&h->irq0, level);
	else if (where == TO_IRQ8)
		line_set(&h->irq8, level);
	else if (where != NOWHERE && h->pin.set)
		h->pin.set(h->pin.opaque, where, level);
}

/* Timers that share a pin are ORed. */
static int wired_or(const struct hpet *h, int where)
{
	int level = 0;
	for (int n = 0; n < HPET_TIMERS; n++)
		if (route(h, n) == where)
			level |= level_of(h, n) != 0;
	return level;
}

static void make_edges(struct hpet *h)
{
	for (int n = 0; n < HPET_TIMERS; n++) {
		struct hpet_timer_regs *t = &h->r.timer[n];
		if (t->out != OUT_RISES)
			continue;
		t->out = 0;
		drive(h, route(h, n), wired_or(h, route(h, n)));
		t->out = 1;
	}
}

static void drive_outputs(struct hpet *h)
{
	bool legacy = h->r.config & CONF_LEGACY;
	make_edges(h);
	drive(h, TO_IRQ0, legacy ? wired_or(h, TO_IRQ0) : h->r.in[HPET_IN_PIT]);
	drive(h, TO_IRQ8, legacy ? wired_or(h, TO_IRQ8) : h->r.in[HPET_IN_RTC]);
	for (int pin = FIRST_PIN; pin < FIRST_PIN + PINS; pin++)
		drive(h, pin, wired_or(h, pin));
}

static void set_timer(struct hpet *h)
{
	u64 due = CLOCK_NEVER, now = clock_now(h->clock), count = counter(h);
	for (int n = 0; n < HPET_TIMERS && enabled(h); n++) {
		const struct hpet_timer_regs *t = &h->r.timer[n];
		u64 at = next_match(t), left = at > count ? at - count : 0;
		if (!is_watched(t) || at < t->from || left > (CLOCK_NEVER - now) / HPET_TICK_NS - 1)
			continue;
		u64 ns = now - (now - h->r.counted_ns) % HPET_TICK_NS + left * HPET_TICK_NS;
		due = ns < due ? ns : due;
	}
	if (due != h->timer.due_ns)
		timer_set(h->clock, &h->timer, due);
}

static void hpet_update(struct hpet *h)
{
	drive_outputs(h);
	set_timer(h);
}

static void fire(void *opaque)
{
	struct hpet *h = opaque;
	for (int n = 0; n < HPET_TIMERS; n++)
		if (is_watched(&h->r.timer[n]))
			catch_up(h, n);
	hpet_update(h);
}

void hpet_set_input(void *hpet, int n, int level)
{
	struct hpet *h = hpet;
	h->r.in[n & 1] = level != 0;
	if (!(h->r.config & CONF_LEGACY))
		line_set(n & 1 ? &h->irq8 : &h->irq0, level);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static u64 read_timer(const struct hpet *h, int n, u32 reg)
{
	const struct hpet_timer_regs *t = &h->r.timer[n];
	switch (reg) {
	case TN_CONF: return (t->config & ~TN_VAL_SET) | TN_CAPABILITIES | (u64)ROUTES << 32;
	case TN_COMPARATOR: return t->comparator;
	default: return 0; /* no FSB */
	}
}

static u64 read64(const struct hpet *h, u32 reg)
{
	if (reg >= TIMER0)
		return reg < TIMER0 + HPET_TIMERS * TN_SIZE ? read_timer(h, (int)((reg - TIMER0) / TN_SIZE), reg % TN_SIZE) : 0;
	switch (reg) {
	case GCAP_ID: return CAPABILITIES | (u64)PERIOD_FS << 32;
	case GEN_CONF: return h->r.config;
	case GINTR_STA: return h->r.status;
	case MAIN_CNT: return counter(h);
	default: return 0;
	}
}

static u32 hpet_read(void *opaque, u32 offset, int size)
{
	(void)size;
	look(opaque);
	u64 v = read64(opaque, offset & ~7u);
	return (u32)(v >> 8 * (offset & 7));
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static u64 put_half(u64 old, u32 value, bool high)
{
	return high ? (u32)old | (u64)value << 32 : (old & 0xffffffff00000000) | value;
}

/* A match counts from now on, the present value of the counter included. */
static void start_anew(struct hpet *h, int n)
{
	h->r.timer[n].from = counter(h);
}

static void write_config(struct hpet *h, u32 value)
{
	bool was = enabled(h);
	u64 now = counter(h);
	h->r.config = value & CONF_WRITABLE;
	for (int n = 0; n < HPET_TIMERS; n++)
		h->r.timer[n].out = 0;
	if (enabled(h) == was)
		return;
	h->r.counter = now;
	h->r.counted_ns = clock_now(h->clock);
	for (int n = 0; n < HPET_TIMERS; n++)
		start_anew(h, n);
}

/* 2.3.7: should be written while halted; when not, it goes on from there. */
static void write_counter(struct hpet *h, u32 value, bool high)
{
	h->r.counter = put_half(counter(h), value, high);
	h->r.counted_ns = clock_now(h->clock);
	for (int n = 0; n < HPET_TIMERS; n++)
		start_anew(h, n);
}

static void write_timer_config(struct hpet *h, int n, u32 value)
{
	struct hpet_timer_regs *t = &h->r.timer[n];
	u32 was = t->config, pin = (value & TN_ROUTE) >> TN_ROUTE_SHIFT;
	u32 kept = BIT(pin) & ROUTES ? value & TN_ROUTE : was & TN_ROUTE; /* 2.3.8: what it cannot do does not stick */
	t->config = (value & TN_WRITABLE) | kept;
	if (!periodic(t))
		t->config &= ~TN_VAL_SET;
	t->comparator &= width(t);
	t->period &= width(t);
	if ((was ^ t->config) & TN_LEVEL) {
		h->r.status &= ~BIT(n);
		t->out = 0;
	}
	if (!(t->config & TN_INT_ENABLE))
		t->out = 0;
	if ((was ^ t->config) & (TN_32BIT | TN_PERIODIC | TN_INT_ENABLE | TN_LEVEL))
		t->from = counter(h) + 1; /* only a write of the comparator may match at once */
}

/* 2.3.9: in periodic mode a write sets the period, and with VAL_SET the comparator (accumulator) as well. */
static void write_comparator(struct hpet *h, int n, u32 value, bool high)
{
	struct hpet_timer_regs *t = &h->r.timer[n];
	bool set = (t->config & TN_VAL_SET) || (high && t->set_high);
	if (!periodic(t) || set)
		t->comparator = put_half(t->comparator, value, high) & width(t);
	if (periodic(t))
		t->period = put_half(t->period, value, high) & width(t);
	if (!periodic(t) || set)
		start_anew(h, n);
	t->set_high = set && !high && !(t->config & TN_32BIT);
	t->config &= ~TN_VAL_SET;
}

static void write_timer(struct hpet *h, int n, u32 reg, u32 value, bool high)
{
	if (is_watched(&h->r.timer[n]))
		catch_up(h, n);
	if (reg == TN_COMPARATOR) {
		write_comparator(h, n, value, high);
		return;
	}
	h->r.timer[n].set_high = 0;
	if (reg == TN_CONF && !high)
		write_timer_config(h, n, value);
}

static void hpet_write(void *opaque, u32 offset, int size, u32 value)
{
	struct hpet *h = opaque;
	u32 reg = offset & ~7u;
	bool high = offset & 4;
	if (size != 4 || offset & 3)
		return;
	look(h);
	if (reg >= TIMER0 && reg < TIMER0 + HPET_TIMERS * TN_SIZE)
		write_timer(h, (int)((reg - TIMER0) / TN_SIZE), reg % TN_SIZE, value, high);
	else if (reg == GEN_CONF && !high)
		write_config(h, value);
	else if (reg == GINTR_STA && !high)
		h->r.status &= ~value;
	else if (reg == MAIN_CNT)
		write_counter(h, value, high);
	hpet_update(h);
}

static const struct io_ops hpet_ops = {hpet_read, hpet_write, 4};

/* ---- life ------------------------------------------------------------------------------------------------------------ */

static void power_on(struct hpet *h)
{
	u8 pit = h->r.in[HPET_IN_PIT], rtc = h->r.in[HPET_IN_RTC]; /* what others drive does not change */
	memset(&h->r, 0, sizeof h->r);
	h->r.in[HPET_IN_PIT] = pit;
	h->r.in[HPET_IN_RTC] = rtc;
	for (int n = 0; n < HPET_TIMERS; n++)
		h->r.timer[n].comparator = ~0ull;
}

void hpet_init(struct hpet *h, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)log;
	memset(h, 0, sizeof *h);
	h->clock = clock;
	timer_init(&h->timer, fire, h);
	power_on(h);
	bus_add_mmio(bus, HPET_BASE, WINDOW_BYTES, &hpet_ops, h);
}

void hpet_reset(struct hpet *h)
{
	power_on(h);
	hpet_update(h);
}

void hpet_restore(struct hpet *h)
{
	hpet_update(h);
}
