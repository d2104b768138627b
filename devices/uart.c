/* uart.c - the 16550A; see uart.h. Names in quotes are headings of the PC16550D data sheet. */
#include "devices/uart.h"

#include <string.h>

#include "base/bits.h"

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR };

#define IER_RX 0x01
#define IER_TX 0x02
#define IER_LINE 0x04
#define IER_MODEM 0x08

#define IIR_NONE 0x01
#define IIR_MODEM 0x00
#define IIR_TX 0x02
#define IIR_RX 0x04
#define IIR_LINE 0x06
#define IIR_TIMEOUT 0x0c
#define IIR_FIFO 0xc0

#define FCR_ENABLE 0x01
#define FCR_CLEAR_RX 0x02
#define FCR_CLEAR_TX 0x04
#define FCR_KEPT 0xc9

#define LCR_WORD 0x03
#define LCR_STOP 0x04
#define LCR_PARITY 0x08
#define LCR_BREAK 0x40
#define LCR_DLAB 0x80

#define MCR_DTR 0x01
#define MCR_RTS 0x02
#define MCR_OUT1 0x04
#define MCR_OUT2 0x08
#define MCR_LOOP 0x10
#define MCR_KEPT 0x1f

#define LSR_DR 0x01
#define LSR_OE 0x02
#define LSR_FE 0x08
#define LSR_BI 0x10
#define LSR_THRE 0x20
#define LSR_TEMT 0x40
#define LSR_FIFO_ERROR 0x80
#define LSR_ERRORS 0x1e

#define MSR_DELTAS 0x0f
#define MSR_TERI 0x04

#define FIFO_DEPTH 16
#define DIVISOR_POWER_ON 12 /* 9600 baud, what a BIOS sets; the chip has anything */

static bool fifo_mode(const struct uart *u)
{
	return u->r.fcr & FCR_ENABLE;
}

static bool looped(const struct uart *u)
{
	return u->r.mcr & MCR_LOOP;
}

/* --- time --- */

/* A bit takes divisor * 16 / 1.8432 MHz = divisor * 78125/9 ns. */
static u64 half_bits_ns(const struct uart *u, u64 half_bits)
{
	u64 divisor = (u64)u->r.dlm << 8 | u->r.dll;
	if (divisor == 0)
		divisor = 65536;
	return half_bits * divisor * 78125 / 18;
}

/* start, 5..8 data, parity, 1, 1.5 or 2 stop bits ("Line control register") */
static u64 char_ns(const struct uart *u)
{
	u64 half_bits = 2 + 2 * (5 + (u->r.lcr & LCR_WORD)) + 2;
	if (u->r.lcr & LCR_PARITY)
		half_bits += 2;
	if (u->r.lcr & LCR_STOP)
		half_bits += u->r.lcr & LCR_WORD ? 2 : 1;
	return half_bits_ns(u, half_bits);
}

static u8 word_mask(const struct uart *u)
{
	return (u8)(0xff >> (3 - (u->r.lcr & LCR_WORD)));
}

/* --- outputs --- */

static int trigger(const struct uart *u)
{
	static const u8 levels[4] = {1, 4, 8, 14};
	return fifo_mode(u) ? levels[u->r.fcr >> 6] : 1;
}

/* The interrupt of highest priority ("Interrupt identification register", table). */
static u8 interrupt_id(const struct uart *u)
{
	u8 ier = u->r.ier;
	if ((ier & IER_LINE) && (u->r.lsr & LSR_ERRORS))
		return IIR_LINE;
	if ((ier & IER_RX) && u->r.rx.count >= trigger(u))
		return IIR_RX;
	if ((ier & IER_RX) && u->r.timeout_pending)
		return IIR_TIMEOUT;
	if ((ier & IER_TX) && u->r.thre_pending)
		return IIR_TX;
	if ((ier & IER_MODEM) && (u->r.msr & MSR_DELTAS))
		return IIR_MODEM;
	return IIR_NONE;
}

static void set_timer(struct uart *u, struct timer *t, u64 due)
{
	if (t->due_ns != due)
		timer_set(u->clock, t, due);
}

/* MSR from the pins, or from MCR in loopback ("Modem control register", bit 4). */
static void update_modem(struct uart *u)
{
	u8 pins = u->r.modem, mcr = u->r.mcr;
	if (looped(u))
		pins = (u8)((mcr & MCR_RTS ? UART_CTS : 0) | (mcr & MCR_DTR ? UART_DSR : 0) |
		            (mcr & MCR_OUT1 ? UART_RI : 0) | (mcr & MCR_OUT2 ? UART_DCD : 0));
	u8 changed = (pins ^ u->r.msr) & (u8)~MSR_DELTAS;
	u8 deltas = (u8)(changed >> 4 & ~MSR_TERI);
	if (changed & u->r.msr & UART_RI)
		deltas |= MSR_TERI; /* only its trailing edge */
	u->r.msr = pins | (u->r.msr & MSR_DELTAS) | deltas;
}

static void uart_update(struct uart *u)
{
	update_modem(u);
	u->r.lsr = (u8)((u->r.lsr & ~LSR_DR) | (u->r.rx.count ? LSR_DR : 0));
	line_set(&u->irq, (u->r.mcr & MCR_OUT2) && interrupt_id(u) != IIR_NONE);
	set_timer(u, &u->tx_timer, u->r.tx_ns);
	set_timer(u, &u->rx_timer, u->r.rx_ns);
	set_timer(u, &u->timeout_timer, u->r.timeout_ns);
}

/* --- receiver --- */

bool uart_can_receive(const struct uart *u)
{
	int depth = fifo_mode(u) ? FIFO_DEPTH : 1;
	return !looped(u) && u->r.rx_ns == CLOCK_NEVER && u->r.rx.count < depth;
}

static void tell_room(struct uart *u)
{
	if (u->room && uart_can_receive(u))
		u->room(u->room_opaque);
}

/* "FIFO interrupt mode operation": four character times after the last receive or read */
static void restart_timeout(struct uart *u)
{
	bool counts = fifo_mode(u) && u->r.rx.count;
	u->r.timeout_pending = 0;
	u->r.timeout_ns = counts ? clock_now(u->clock) + 4 * char_ns(u) : CLOCK_NEVER;
}

/* The errors of a byte show in LSR when it gets to the top. */
static void reveal_errors(struct uart *u)
{
	if (u->r.rx.count)
		u->r.lsr |= fifo_peek(&u->r.rx_errors);
}

/* A whole byte has come in from the wire or the loop. */
static void received(struct uart *u, u8 byte, u8 errors)
{
	if (u->r.rx.count >= (fifo_mode(u) ? FIFO_DEPTH : 1)) {
		u->r.lsr |= LSR_OE;
		if (fifo_mode(u))
			return; /* the FIFO keeps what it has; without it the old byte is overwritten */
		fifo_clear(&u->r.rx);
		fifo_clear(&u->r.rx_errors);
	}
	fifo_put(&u->r.rx, byte & word_mask(u));
	fifo_put(&u->r.rx_errors, errors);
	if (u->r.rx.count == 1)
		reveal_errors(u);
	restart_timeout(u);
}

static void rx_done(void *opaque)
{
	struct uart *u = opaque;
	u->r.rx_ns = CLOCK_NEVER;
	received(u, u->r.rsr, u->r.rsr_errors);
	uart_update(u);
	tell_room(u);
}

static bool start_receive(struct uart *u, u8 byte, u8 errors)
{
	if (!uart_can_receive(u))
		return false;
	u->r.rsr = byte;
	u->r.rsr_errors = errors;
	u->r.rx_ns = clock_now(u->clock) + char_ns(u);
	uart_update(u);
	return true;
}

bool uart_receive(struct uart *u, u8 byte)
{
	return start_receive(u, byte, 0);
}

bool uart_receive_break(struct uart *u)
{
	return start_receive(u, 0, LSR_BI | LSR_FE);
}

static void timed_out(void *opaque)
{
	struct uart *u = opaque;
	u->r.timeout_ns = CLOCK_NEVER;
	u->r.timeout_pending = u->r.rx.count > 0;
	uart_update(u);
}

static void clear_rx(struct uart *u)
{
	fifo_clear(&u->r.rx);
	fifo_clear(&u->r.rx_errors);
	restart_timeout(u);
}

static u8 read_rbr(struct uart *u)
{
	if (u->r.rx.count) {
		u->r.rbr = fifo_get(&u->r.rx);
		fifo_get(&u->r.rx_errors);
		reveal_errors(u);
		restart_timeout(u);
	}
	return u->r.rbr;
}

/* --- transmitter --- */

static void thr_empty(struct uart *u)
{
	u->r.lsr |= LSR_THRE;
	u->r.thre_pending = 1;
}

static void write_thr(struct uart *u, u8 v)
{
	if (!fifo_mode(u))
		fifo_clear(&u->r.tx); /* THR is overwritten */
	fifo_put(&u->r.tx, v);
	u->r.lsr &= (u8)~(LSR_THRE | LSR_TEMT);
	u->r.thre_pending = 0;
	if (u->r.tx_ns == CLOCK_NEVER) { /* the shift register takes it with the next bit clock */
		u->r.tx_shifting = 0;
		u->r.tx_ns = clock_now(u->clock) + half_bits_ns(u, 2);
	}
}

/* The byte in the shift register is out. */
static void sent(struct uart *u)
{
	if (u->r.lcr & LCR_BREAK)
		return; /* the line was held down all the time */
	if (looped(u))
		received(u, u->r.tsr, 0);
	else
		sink_put(&u->out, u->r.tsr);
}

static void tx_step(void *opaque)
{
	struct uart *u = opaque;
	u64 now = clock_now(u->clock);
	while (u->r.tx_ns <= now) {
		if (u->r.tx_shifting)
			sent(u);
		u->r.tx_shifting = u->r.tx.count > 0;
		if (u->r.tx_shifting) {
			u->r.tsr = fifo_get(&u->r.tx) & word_mask(u);
			u->r.tx_ns += char_ns(u);
			if (u->r.tx.count == 0)
				thr_empty(u);
		} else {
			u->r.tx_ns = CLOCK_NEVER;
			u->r.lsr |= LSR_TEMT;
		}
	}
	uart_update(u);
}

static void clear_tx(struct uart *u)
{
	fifo_clear(&u->r.tx);
	if (!(u->r.lsr & LSR_THRE))
		thr_empty(u);
}

/* --- registers --- */

static void write_ier(struct uart *u, u8 v)
{
	/* Enabling the transmitter's interrupt while THR is empty raises it. */
	if ((v & IER_TX) && !(u->r.ier & IER_TX) && (u->r.lsr & LSR_THRE))
		u->r.thre_pending = 1;
	u->r.ier = v & 0x0f;
}

static void write_fcr(struct uart *u, u8 v)
{
	bool toggled = (v ^ u->r.fcr) & FCR_ENABLE;
	u->r.fcr = v & FCR_ENABLE ? v & FCR_KEPT : 0; /* the rest counts only with bit 0 */
	if (toggled || ((v & FCR_ENABLE) && (v & FCR_CLEAR_RX)))
		clear_rx(u);
	if (toggled || ((v & FCR_ENABLE) && (v & FCR_CLEAR_TX)))
		clear_tx(u);
}

static void write_lcr(struct uart *u, u8 v)
{
	bool new_break = (v & LCR_BREAK) && !(u->r.lcr & LCR_BREAK);
	u->r.lcr = v;
	if (new_break && looped(u) && u->r.rx_ns == CLOCK_NEVER) { /* the receiver sees it a character later */
		u->r.rsr = 0;
		u->r.rsr_errors = LSR_BI | LSR_FE;
		u->r.rx_ns = clock_now(u->clock) + char_ns(u);
	}
}

static void uart_write(void *opaque, u32 offset, int size, u32 value)
{
	struct uart *u = opaque;
	u8 v = (u8)value;
	bool dlab = u->r.lcr & LCR_DLAB;
	(void)size;
	switch (offset) {
	case RBR_THR:
		if (dlab)
			u->r.dll = v;
		else
			write_thr(u, v);
		break;
	case IER:
		if (dlab)
			u->r.dlm = v;
		else
			write_ier(u, v);
		break;
	case IIR_FCR:
		write_fcr(u, v);
		break;
	case LCR:
		write_lcr(u, v);
		break;
	case MCR:
		u->r.mcr = v & MCR_KEPT;
		break;
	case SCR:
		u->r.scr = v;
		break;
	default:
		log_once(u->log, "uart", "write to a status register (+%u)", (unsigned)offset);
	}
	uart_update(u);
	if (offset == IIR_FCR || offset == MCR)
		tell_room(u);
}

static u8 read_iir(struct uart *u)
{
	u8 id = interrupt_id(u);
	if (id == IIR_TX)
		u->r.thre_pending = 0;
	return id | (fifo_mode(u) ? IIR_FIFO : 0);
}

static bool error_in_fifo(const struct uart *u)
{
	const struct fifo *f = &u->r.rx_errors;
	for (int i = 0; i < f->count; i++)
		if (f->data[(f->head + i) % f->size])
			return true;
	return false;
}

static u8 read_lsr(struct uart *u)
{
	u8 v = u->r.lsr;
	if (fifo_mode(u) && error_in_fifo(u))
		v |= LSR_FIFO_ERROR;
	u->r.lsr &= (u8)~LSR_ERRORS;
	if (u->r.rx_errors.count)
		u->r.rx_errors.data[u->r.rx_errors.head] = 0; /* told */
	return v;
}

static u8 read_register(struct uart *u, u32 offset)
{
	bool dlab = u->r.lcr & LCR_DLAB;
	u8 v;
	switch (offset) {
	case RBR_THR:
		return dlab ? u->r.dll : read_rbr(u);
	case IER:
		return dlab ? u->r.dlm : u->r.ier;
	case IIR_FCR:
		return read_iir(u);
	case LCR:
		return u->r.lcr;
	case MCR:
		return u->r.mcr;
	case LSR:
		return read_lsr(u);
	case MSR:
		v = u->r.msr;
		u->r.msr &= (u8)~MSR_DELTAS;
		return v;
	default:
		return u->r.scr;
	}
}

static u32 uart_read(void *opaque, u32 offset, int size)
{
	struct uart *u = opaque;
	(void)size;
	u8 v = read_register(u, offset);
	uart_update(u);
	if (offset == RBR_THR)
		tell_room(u);
	return v;
}

static const struct io_ops uart_ops = {uart_read, uart_write, 1};

/* --- life --- */

/* "Master reset": divisor and scratch register keep what they hold. */
static void master_reset(struct uart *u)
{
	u->r.tx_ns = u->r.rx_ns = u->r.timeout_ns = CLOCK_NEVER;
	fifo_init(&u->r.tx, FIFO_DEPTH);
	fifo_init(&u->r.rx, FIFO_DEPTH);
	fifo_init(&u->r.rx_errors, FIFO_DEPTH);
	u->r.ier = u->r.fcr = u->r.lcr = u->r.mcr = 0;
	u->r.lsr = LSR_THRE | LSR_TEMT;
	u->r.msr = u->r.modem;
	u->r.tx_shifting = u->r.thre_pending = u->r.timeout_pending = 0;
}

void uart_init(struct uart *u, struct bus *bus, struct clock *clock, struct log *log, u16 iobase)
{
	memset(u, 0, sizeof *u);
	u->clock = clock;
	u->log = log;
	timer_init(&u->tx_timer, tx_step, u);
	timer_init(&u->rx_timer, rx_done, u);
	timer_init(&u->timeout_timer, timed_out, u);
	u->r.modem = UART_CTS | UART_DSR | UART_DCD;
	u->r.dll = DIVISOR_POWER_ON;
	master_reset(u);
	bus_add_ports(bus, iobase, 8, &uart_ops, u);
}

void uart_reset(struct uart *u)
{
	master_reset(u);
	uart_update(u);
	tell_room(u);
}

void uart_restore(struct uart *u)
{
	uart_update(u);
	tell_room(u);
}

void uart_set_modem(struct uart *u, u8 pins)
{
	u->r.modem = pins & (UART_CTS | UART_DSR | UART_RI | UART_DCD);
	uart_update(u);
}
