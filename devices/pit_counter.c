/* pit_counter.c - one counter of the 8254 as a value that runs through time; see pit.h.
 *
 * Everything is counted in pulses of the 1.193182 MHz clock. A counter is a state at a pulse
 * number; pit_counter_run moves it forward in a handful of steps however far that is, by taking
 * whole periods at once. Headings in quotes are those of the 8254 data sheet (231164).
 */
#include "devices/pit.h"

#define CONTROL_BCD 0x01
#define RW(control) ((control) >> 4 & 3)
#define RW_LSB 1
#define RW_MSB 2
#define RW_BOTH 3

/* 105/88 MHz: 105 pulses take exactly 88000 ns. */
#define PULSES 105u
#define PULSES_NS 88000u

u64 pit_ns_to_tick(u64 ns)
{
	return ns / PULSES_NS * PULSES + ns % PULSES_NS * PULSES / PULSES_NS;
}

u64 pit_tick_to_ns(u64 tick)
{
	return tick / PULSES * PULSES_NS + (tick % PULSES * PULSES_NS + PULSES - 1) / PULSES;
}

static u32 modulus(const struct pit_counter *c)
{
	return c->control & CONTROL_BCD ? 10000 : 65536;
}

static u32 from_bcd(u32 v)
{
	return (v >> 12) * 1000 + (v >> 8 & 15) * 100 + (v >> 4 & 15) * 10 + (v & 15);
}

static u32 to_bcd(u32 v)
{
	return v / 1000 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10;
}

/* The count register's value as a number of pulses; 0 is the largest. */
static u32 written_count(const struct pit_counter *c)
{
	u32 n = c->control & CONTROL_BCD ? from_bcd(c->cr) % 10000 : c->cr;
	return n ? n : modulus(c);
}

/* What CE shows on the bus. */
static u16 shown(const struct pit_counter *c)
{
	u32 n = c->ce % modulus(c);
	return (u16)(c->control & CONTROL_BCD ? to_bcd(n) : n);
}

static void raise_out(struct pit_counter *c)
{
	c->rises += !c->out;
	c->out = 1;
}

/* CR goes into CE. In mode 3 CE counts by two from the even number below ("Mode 3"). */
static void reload(struct pit_counter *c)
{
	c->current = written_count(c);
	c->null_count = 0;
	c->ce = c->mode == 3 ? c->current & ~1u : c->current;
}

/* The pulse that loads CE. */
static void load(struct pit_counter *c)
{
	reload(c);
	c->load = 0;
	c->running = c->armed = 1;
	if (c->mode == 1)
		c->out = 0;
	else if (c->mode != 0)
		raise_out(c);
}

/* --- counting --- */

/* Modes 0, 1, 4, 5: down, past zero to the top. Returns how many of the n pulses came after the
 * terminal count, PIT_NO_EDGE if it was not reached. */
static u64 count_down(struct pit_counter *c, u64 n)
{
	u32 top = modulus(c), from = c->ce ? c->ce : top;
	if (n < from) {
		c->ce = from - (u32)n;
		return PIT_NO_EDGE;
	}
	n -= from;
	c->ce = n % top ? top - (u32)(n % top) : 0;
	return n;
}

/* Modes 0 and 1: OUT rises with the terminal count. */
static void run_once(struct pit_counter *c, u64 n)
{
	if (count_down(c, n) != PIT_NO_EDGE && c->armed) {
		c->armed = 0;
		raise_out(c);
	}
}

/* Modes 4 and 5: OUT is low for the pulse of the terminal count. */
static void run_strobe(struct pit_counter *c, u64 n)
{
	u64 after = count_down(c, n);
	if (after == PIT_NO_EDGE || !c->armed)
		return;
	c->armed = 0;
	c->out = 0;
	if (after > 0)
		raise_out(c);
}

/* Mode 2: from the count down to 1, where OUT is low, then again from the count. */
static void run_rate(struct pit_counter *c, u64 n)
{
	while (n >= c->ce) {
		n -= c->ce;
		if (c->current != 1)
			c->out = 0; /* on the way, at 1 */
		reload(c);
		raise_out(c);
		if (c->current == 1)
			return; /* illegal: OUT stays high */
		c->rises += n / c->current;
		n %= c->current;
	}
	c->ce -= (u32)n;
	if (c->ce == 1 && c->current != 1)
		c->out = 0;
}

/* Mode 3: pulses until the end of the half period; the high half of an odd count is one longer. */
static u32 half_left(const struct pit_counter *c)
{
	return c->ce / 2 + (c->out && (c->current & 1));
}

static void run_square(struct pit_counter *c, u64 n)
{
	while (n >= half_left(c)) {
		n -= half_left(c);
		reload(c);
		if (c->current == 1) {
			raise_out(c);
			return; /* illegal: OUT stays high */
		}
		if (c->out)
			c->out = 0;
		else
			raise_out(c);
		c->rises += n / c->current;
		n %= c->current;
	}
	c->ce -= 2 * (u32)n;
}

void pit_counter_run(struct pit_counter *c, u64 tick)
{
	if (tick <= c->tick)
		return;
	u64 n = tick - c->tick;
	c->tick = tick;
	if (c->load) {
		load(c);
		n--;
	}
	if (c->mode >= 4 && n > 0)
		raise_out(c); /* the strobe ends, with or without GATE */
	if (!c->running || c->halted || n == 0)
		return;
	switch (c->mode) {
	case 0:
		if (c->gate)
			run_once(c, n);
		break;
	case 1:
		run_once(c, n);
		break;
	case 2:
		if (c->gate)
			run_rate(c, n);
		break;
	case 3:
		if (c->gate)
			run_square(c, n);
		break;
	case 4:
		if (c->gate)
			run_strobe(c, n);
		break;
	case 5:
		run_strobe(c, n);
		break;
	}
}

/* --- looking ahead --- */

/* Pulses until OUT changes when CE is loaded and counts; 0: never. */
static u32 pulses_to_edge(const struct pit_counter *c)
{
	u32 whole = c->ce ? c->ce : modulus(c);
	switch (c->mode) {
	case 0:
		return c->armed && c->gate && !c->halted ? whole : 0;
	case 1:
		return c->armed ? whole : 0;
	case 2:
		if (!c->gate || c->current == 1)
			return 0;
		return c->out ? c->ce - 1 : 1;
	case 3:
		return c->gate && c->current != 1 ? half_left(c) : 0;
	default:
		return c->armed && (c->gate || c->mode == 5) ? whole : 0;
	}
}

u64 pit_counter_next_edge(const struct pit_counter *c)
{
	struct pit_counter ahead = *c;
	/* A pulse that does more than count: simply try it. */
	bool stuck = c->current == 1 && c->null_count && (c->mode == 2 || c->mode == 3);
	if (c->load || stuck || (c->mode >= 4 && !c->out)) {
		pit_counter_run(&ahead, c->tick + 1);
		if (ahead.out != c->out)
			return ahead.tick;
	}
	u32 n = ahead.running ? pulses_to_edge(&ahead) : 0;
	return n ? ahead.tick + n : PIT_NO_EDGE;
}

/* --- what the processor and the gate do between two pulses --- */

void pit_counter_control(struct pit_counter *c, u8 control)
{
	u8 mode = control >> 1 & 7;
	c->control = control & 0x3f;
	c->mode = mode > 5 ? mode - 4 : mode; /* modes 2 and 3 have a don't-care bit */
	c->null_count = 1;
	c->load = c->running = c->armed = c->halted = 0;
	c->write_msb = c->read_msb = c->latched = c->status_latched = 0;
	if (c->mode == 0)
		c->out = 0;
	else
		raise_out(c);
}

/* A complete count was written. */
static void count_written(struct pit_counter *c, u16 count)
{
	c->cr = count;
	c->null_count = 1;
	c->halted = 0;
	/* Modes 1 and 5 wait for the trigger; 2 and 3 for the end of the (half) period ("Write
	 * operations", and "new counts" of each mode). */
	if (c->mode == 0 || c->mode == 4 || ((c->mode == 2 || c->mode == 3) && !c->running))
		c->load = 1;
}

void pit_counter_write(struct pit_counter *c, u8 byte)
{
	if (c->mode == 0) {
		c->out = 0; /* at once, with the first byte */
		c->armed = 0;
	}
	switch (RW(c->control)) {
	case RW_LSB:
		count_written(c, byte);
		break;
	case RW_MSB:
		count_written(c, (u16)(byte << 8));
		break;
	case RW_BOTH:
		if (c->write_msb) {
			count_written(c, (u16)(byte << 8 | c->lsb));
		} else {
			c->lsb = byte;
			if (c->mode == 0) {
				c->halted = 1;
				c->load = 0;
			}
		}
		c->write_msb = !c->write_msb;
		break;
	}
}

u8 pit_counter_read(struct pit_counter *c)
{
	if (c->status_latched) {
		c->status_latched = 0;
		return c->status;
	}
	u16 v = c->latched ? c->ol : shown(c);
	switch (RW(c->control)) {
	case RW_LSB:
		c->latched = 0;
		return (u8)v;
	case RW_MSB:
		c->latched = 0;
		return (u8)(v >> 8);
	default:
		c->read_msb = !c->read_msb;
		if (c->read_msb)
			return (u8)v;
		c->latched = 0;
		return (u8)(v >> 8);
	}
}

void pit_counter_latch(struct pit_counter *c)
{
	if (c->latched)
		return; /* the first one counts until it is read ("Counter latch command") */
	c->ol = shown(c);
	c->latched = 1;
}

void pit_counter_latch_status(struct pit_counter *c)
{
	if (c->status_latched)
		return;
	c->status = (u8)(c->out << 7 | c->null_count << 6 | c->control);
	c->status_latched = 1;
}

void pit_counter_set_gate(struct pit_counter *c, int level)
{
	level = level != 0;
	if (level == c->gate)
		return;
	c->gate = (u8)level;
	switch (c->mode) {
	case 1:
	case 5:
		if (level)
			c->load = 1;
		break;
	case 2:
	case 3:
		if (!level)
			raise_out(c); /* at once */
		else if (c->running)
			c->load = 1;
		break;
	}
}
