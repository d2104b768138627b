/* i8042.c - the keyboard controller; see i8042.h. */
#include "devices/i8042.h"

#include <string.h>

#include "base/bits.h"
#include "devices/ps2_scancodes.h"

#define STATUS_OBF 0x01
#define STATUS_IBF 0x02
#define STATUS_SYS 0x04
#define STATUS_A2 0x08 /* the last write was a command */
#define STATUS_UNLOCKED 0x10
#define STATUS_AUXB 0x20
#define STATUS_TIMEOUT 0x40

/* the command byte, ram[0] */
#define CB_KEYBOARD_IRQ 0x01
#define CB_MOUSE_IRQ 0x02
#define CB_SYS 0x04
#define CB_KEYBOARD_OFF 0x10
#define CB_MOUSE_OFF 0x20
#define CB_TRANSLATE 0x40

#define OUT_NOT_RESET 0x01
#define OUT_A20 0x02
#define OUT_KEYBOARD_IRQ 0x10
#define OUT_MOUSE_IRQ 0x20
#define OUT_POWER_ON 0xcf

/* Lines idle, 256K jumper, manufacturing jumper off, colour display, lock open. */
#define INPUT_PORT 0xb3

#define RESEND 0xfe
#define BREAK_PREFIX 0xf0
#define ANSWERS_MAX 16

enum source { NOTHING, CONTROLLER, KEYBOARD, MOUSE };

/* --- the output buffer and where it is filled from --- */

static bool port_has_data(const struct i8042 *k, int n)
{
	u8 off = n == I8042_MOUSE ? CB_MOUSE_OFF : CB_KEYBOARD_OFF;
	return !(k->r.ram[0] & off) && k->port[n].has_data && k->port[n].has_data(k->port[n].opaque);
}

/* Who may send next. The controller's own answer stops a device in mid-byte; it sends again. */
static enum source next_source(const struct i8042 *k)
{
	if (k->r.status & STATUS_OBF)
		return NOTHING;
	if (k->r.answers.count)
		return CONTROLLER;
	if (k->r.deliver_ns != CLOCK_NEVER && k->r.source == KEYBOARD && port_has_data(k, I8042_KEYBOARD))
		return KEYBOARD;
	if (k->r.deliver_ns != CLOCK_NEVER && k->r.source == MOUSE && port_has_data(k, I8042_MOUSE))
		return MOUSE;
	int first = !k->r.last_port; /* take turns */
	if (port_has_data(k, first))
		return first == I8042_MOUSE ? MOUSE : KEYBOARD;
	if (port_has_data(k, !first))
		return first == I8042_MOUSE ? KEYBOARD : MOUSE;
	return NOTHING;
}

static void schedule(struct i8042 *k)
{
	enum source next = next_source(k);
	if (next == NOTHING)
		k->r.deliver_ns = CLOCK_NEVER;
	else if (k->r.deliver_ns == CLOCK_NEVER || next != k->r.source)
		k->r.deliver_ns = clock_now(k->clock) + (next == CONTROLLER ? I8042_ANSWER_NS : PS2_BYTE_NS);
	k->r.source = (u8)next;
	if (k->deliver_timer.due_ns != k->r.deliver_ns)
		timer_set(k->clock, &k->deliver_timer, k->r.deliver_ns);
}

/* The output port's pins. */
static u8 output_port(const struct i8042 *k)
{
	u8 v = k->r.output_port & (u8)~(OUT_KEYBOARD_IRQ | OUT_MOUSE_IRQ);
	if (k->r.status & STATUS_OBF) {
		bool mouse = k->r.status & STATUS_AUXB;
		if (mouse && (k->r.ram[0] & CB_MOUSE_IRQ))
			v |= OUT_MOUSE_IRQ;
		if (!mouse && (k->r.ram[0] & CB_KEYBOARD_IRQ))
			v |= OUT_KEYBOARD_IRQ;
	}
	return v & (u8)~k->r.pulsed;
}

static void i8042_update(struct i8042 *k)
{
	schedule(k);
	if (k->pulse_timer.due_ns != k->r.pulse_until_ns)
		timer_set(k->clock, &k->pulse_timer, k->r.pulse_until_ns);
	u8 v = output_port(k);
	line_set(&k->irq1, !!(v & OUT_KEYBOARD_IRQ));
	line_set(&k->irq12, !!(v & OUT_MOUSE_IRQ));
	line_set(&k->a20, !!(v & OUT_A20));
	line_set(&k->reset, !(v & OUT_NOT_RESET));
}

static void answer(struct i8042 *k, u8 byte, u8 status)
{
	if (fifo_put(&k->r.answers, byte))
		fifo_put(&k->r.answer_status, status);
}

static void fill_output(struct i8042 *k, u8 byte, u8 status)
{
	k->r.data = byte;
	k->r.status = (u8)((k->r.status & STATUS_A2) | STATUS_OBF | status);
}

/* Watches for the password (make codes only); true while the keyboard is locked. */
static bool still_locked(struct i8042 *k, u8 code)
{
	if (!k->r.locked || code & 0x80)
		return k->r.locked;
	if (code != k->r.password[k->r.password_pos])
		k->r.password_pos = 0;
	if (code == k->r.password[k->r.password_pos] && ++k->r.password_pos == k->r.password_len)
		k->r.locked = 0;
	return true; /* the last character is not passed on either */
}

static void from_keyboard(struct i8042 *k, u8 byte)
{
	if (k->r.ram[0] & CB_TRANSLATE) {
		if (byte == BREAK_PREFIX) {
			k->r.break_next = 0x80;
			return;
		}
		byte = ps2_translate(byte) | k->r.break_next;
		k->r.break_next = 0;
	}
	if (!still_locked(k, byte))
		fill_output(k, byte, 0);
}

static void deliver(void *opaque)
{
	struct i8042 *k = opaque;
	enum source from = next_source(k);
	k->r.deliver_ns = CLOCK_NEVER;
	if (from != NOTHING && from == k->r.source) {
		int port = from == MOUSE ? I8042_MOUSE : I8042_KEYBOARD;
		u8 byte = from == CONTROLLER ? fifo_get(&k->r.answers) : k->port[port].read(k->port[port].opaque);
		if (from == CONTROLLER) {
			fill_output(k, byte, fifo_get(&k->r.answer_status));
		} else {
			k->r.last_port = (u8)port;
			if (from == KEYBOARD)
				from_keyboard(k, byte);
			else if (!k->r.locked)
				fill_output(k, byte, STATUS_AUXB);
		}
	}
	i8042_update(k);
}

static void pulse_end(void *opaque)
{
	struct i8042 *k = opaque;
	k->r.pulsed = 0;
	k->r.pulse_until_ns = CLOCK_NEVER;
	i8042_update(k);
}

void i8042_data_ready(void *opaque, int port, int level)
{
	(void)port, (void)level;
	i8042_update(opaque);
}

/* --- commands --- */

/* To a device; one that does not clock the byte in shows as a time-out. */
static void send(struct i8042 *k, int n, u8 byte)
{
	if (n == I8042_KEYBOARD) {
		k->r.ram[0] &= (u8)~CB_KEYBOARD_OFF; /* sending enables the interface */
		k->r.break_next = 0;
	}
	if (!k->port[n].write || !k->port[n].write(k->port[n].opaque, byte))
		answer(k, RESEND, n == I8042_MOUSE ? STATUS_TIMEOUT | STATUS_AUXB : STATUS_TIMEOUT);
}

static void self_test(struct i8042 *k)
{
	fifo_clear(&k->r.answers);
	fifo_clear(&k->r.answer_status);
	k->r.break_next = 0;
	k->r.ram[0] |= CB_SYS;
	answer(k, 0x55, 0);
}

static void pulse(struct i8042 *k, u8 low_bits)
{
	if (!low_bits)
		return;
	k->r.pulsed = low_bits;
	k->r.pulse_until_ns = clock_now(k->clock) + I8042_PULSE_NS;
}

static void command(struct i8042 *k, u8 v)
{
	u8 *cb = &k->r.ram[0];
	k->r.command = k->r.poll = 0;
	switch (v) {
	case 0x20 ... 0x3f:
		answer(k, k->r.ram[v & 0x1f], 0);
		break;
	case 0x60 ... 0x7f: /* these want a byte in port 60h */
	case 0xd1:
	case 0xd2:
	case 0xd3:
	case 0xd4:
		k->r.command = v;
		break;
	case 0xa4: /* is there a password? */
		answer(k, k->r.password_len ? 0xfa : 0xf1, 0);
		break;
	case 0xa5: /* load it, up to a zero byte */
		k->r.command = v;
		k->r.password_len = 0;
		break;
	case 0xa6: /* ask for it */
		k->r.locked = k->r.password_len > 0;
		k->r.password_pos = 0;
		break;
	case 0xa7:
		*cb |= CB_MOUSE_OFF;
		break;
	case 0xa8:
		*cb &= (u8)~CB_MOUSE_OFF;
		break;
	case 0xa9: /* interface tests: the lines are fine */
	case 0xab:
		answer(k, 0x00, 0);
		break;
	case 0xaa:
		self_test(k);
		break;
	case 0xad:
		*cb |= CB_KEYBOARD_OFF;
		break;
	case 0xae:
		*cb &= (u8)~CB_KEYBOARD_OFF;
		break;
	case 0xc0:
		answer(k, INPUT_PORT, 0);
		break;
	case 0xc1:
	case 0xc2:
		k->r.poll = v;
		break;
	case 0xd0:
		answer(k, output_port(k), 0);
		break;
	case 0xe0: /* the clock lines: low while disabled */
		answer(k, (*cb & CB_KEYBOARD_OFF ? 0 : 1) | (*cb & CB_MOUSE_OFF ? 0 : 2), 0);
		break;
	case 0xf0 ... 0xff:
		pulse(k, ~v & 0x0f);
		break;
	default:
		log_once(k->log, "i8042", "unknown command %02xh", v);
	}
}

/* The byte that a command waited for. */
static void argument(struct i8042 *k, u8 v)
{
	u8 cmd = k->r.command;
	k->r.command = 0;
	switch (cmd) {
	case 0xa5:
		if (v != 0 && k->r.password_len < I8042_PASSWORD_MAX) {
			k->r.password[k->r.password_len++] = v;
			k->r.command = cmd;
		}
		break;
	case 0xd1:
		k->r.output_port = v;
		break;
	case 0xd2:
		answer(k, v, 0);
		break;
	case 0xd3:
		answer(k, v, STATUS_AUXB);
		break;
	case 0xd4:
		send(k, I8042_MOUSE, v);
		break;
	default: /* 60h..7Fh */
		k->r.ram[cmd & 0x1f] = cmd == 0x60 ? v & 0x7f : v;
	}
}

/* --- ports --- */

static u8 read_status(const struct i8042 *k)
{
	u8 v = k->r.status | STATUS_UNLOCKED;
	if (clock_now(k->clock) < k->r.busy_until_ns)
		v |= STATUS_IBF;
	if (k->r.ram[0] & CB_SYS)
		v |= STATUS_SYS;
	if (k->r.poll)
		v = (u8)((v & 0x0f) | (k->r.poll == 0xc1 ? INPUT_PORT << 4 & 0xf0 : INPUT_PORT & 0xf0));
	return v;
}

static u32 data_read(void *opaque, u32 offset, int size)
{
	struct i8042 *k = opaque;
	(void)offset, (void)size;
	k->r.status &= STATUS_A2; /* AUXB and TIMEOUT go with their byte */
	i8042_update(k);
	return k->r.data;
}

static u32 status_read(void *opaque, u32 offset, int size)
{
	(void)offset, (void)size;
	return read_status(opaque);
}

static void data_write(void *opaque, u32 offset, int size, u32 value)
{
	struct i8042 *k = opaque;
	(void)offset, (void)size;
	k->r.status &= (u8)~STATUS_A2;
	k->r.busy_until_ns = clock_now(k->clock) + I8042_BUSY_NS;
	if (k->r.command)
		argument(k, (u8)value);
	else
		send(k, I8042_KEYBOARD, (u8)value);
	i8042_update(k);
}

static void command_write(void *opaque, u32 offset, int size, u32 value)
{
	struct i8042 *k = opaque;
	(void)offset, (void)size;
	k->r.status |= STATUS_A2;
	k->r.busy_until_ns = clock_now(k->clock) + I8042_BUSY_NS;
	command(k, (u8)value);
	i8042_update(k);
}

static const struct io_ops data_ops = {data_read, data_write, 1};
static const struct io_ops command_ops = {status_read, command_write, 1};

/* --- life --- */

static void power_on(struct i8042 *k)
{
	memset(&k->r, 0, sizeof k->r);
	k->r.deliver_ns = k->r.pulse_until_ns = CLOCK_NEVER;
	k->r.ram[0] = CB_KEYBOARD_OFF | CB_MOUSE_OFF;
	k->r.output_port = OUT_POWER_ON;
	k->r.last_port = I8042_MOUSE; /* the keyboard goes first */
	fifo_init(&k->r.answers, ANSWERS_MAX);
	fifo_init(&k->r.answer_status, ANSWERS_MAX);
}

void i8042_init(struct i8042 *k, struct bus *bus, struct clock *clock, struct log *log)
{
	memset(k, 0, sizeof *k);
	k->clock = clock;
	k->log = log;
	timer_init(&k->deliver_timer, deliver, k);
	timer_init(&k->pulse_timer, pulse_end, k);
	power_on(k);
	bus_add_ports(bus, 0x60, 1, &data_ops, k);
	bus_add_ports(bus, 0x64, 1, &command_ops, k);
}

void i8042_attach(struct i8042 *k, int port, struct ps2_port device)
{
	k->port[port & 1] = device;
}

void i8042_reset(struct i8042 *k)
{
	power_on(k);
	i8042_update(k);
}

void i8042_restore(struct i8042 *k)
{
	i8042_update(k);
}
