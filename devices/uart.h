/* uart.h - a 16550A serial port.
 *
 *   base+0 RBR/THR (DLL)  +1 IER (DLM)  +2 IIR/FCR  +3 LCR        char_sink `out` <-- TX
 *   base+4 MCR  +5 LSR  +6 MSR  +7 SCR                            uart_receive()  --> RX
 *
 * National Semiconductor PC16550D data sheet. 1.8432 MHz crystal; bytes take the time of their
 * start, data, parity and stop bits in both directions. As in a PC, `irq` passes only with
 * MCR.OUT2; so it does in loopback, as in the PC's combined I/O chips. A divisor of 0 counts as
 * 65536. Not emulated: the wire itself (errors come from a break only), DMA mode pins, the
 * one-character delay of THRE after a lone byte, phases shorter than a bit, writes to LSR and MSR.
 */
#ifndef DEVICES_UART_H
#define DEVICES_UART_H

#include "base/fifo.h"
#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "bus/sink.h"

/* for uart_set_modem: the bits of MSR */
enum uart_modem { UART_CTS = 0x10, UART_DSR = 0x20, UART_RI = 0x40, UART_DCD = 0x80 };

struct uart_regs {
	u64 tx_ns;      /* the transmitter's next step; CLOCK_NEVER: idle */
	u64 rx_ns;      /* when the byte on the wire is complete; CLOCK_NEVER: none */
	u64 timeout_ns; /* character time-out; CLOCK_NEVER: not counting */
	struct fifo tx, rx;
	struct fifo rx_errors; /* LSR error bits of each byte in rx */
	u8 ier, fcr, lcr, mcr, lsr, msr, scr;
	u8 dll, dlm;
	u8 tsr, tx_shifting; /* the byte being sent; false: tx_ns is when THR moves to TSR */
	u8 rsr, rsr_errors;  /* the byte being received */
	u8 rbr;              /* what the receiver buffer shows when nothing is there */
	u8 modem;            /* input pins, as MSR bits */
	u8 thre_pending, timeout_pending;
};

struct uart {
	struct uart_regs r;
	struct clock *clock;
	struct log *log;
	struct line irq;
	struct char_sink out;
	/* told when uart_receive can take a byte again; may be NULL */
	void (*room)(void *opaque);
	void *room_opaque;
	struct timer tx_timer, rx_timer, timeout_timer;
};

/* iobase 3F8h, 2F8h, ... */
void uart_init(struct uart *u, struct bus *bus, struct clock *clock, struct log *log, u16 iobase);
void uart_reset(struct uart *u);
void uart_restore(struct uart *u);

/* A byte arrives from outside. False: the wire is busy or the receiver full, offer it again
 * when `room` is called. Nothing is ever lost here; overruns happen in loopback only. */
bool uart_receive(struct uart *u, u8 byte);
bool uart_receive_break(struct uart *u);
bool uart_can_receive(const struct uart *u);

/* The input pins, enum uart_modem; at power-on CTS, DSR and DCD are active. */
void uart_set_modem(struct uart *u, u8 pins);

#endif
