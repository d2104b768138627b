/*
 * INT 14h: serial ports (8250/16550 UART). AH=00h-05h; PS/2 BIOS Interface Technical Reference. Polled.
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

#define THR 0
#define IER 1
#define LCR 3
#define MCR 4
#define LSR 5
#define MSR 6

#define LSR_DR 0x01
#define LSR_THRE 0x20
#define MSR_CTS 0x10
#define MSR_DSR 0x20

#define STATUS_TIMEOUT 0x80

static void set_divisor(u16 port, u16 divisor, u8 format)
{
	outb(port + LCR, format | 0x80);
	outb(port + THR, (u8)divisor);
	outb(port + IER, (u8)(divisor >> 8));
	outb(port + LCR, format);
	outb(port + IER, 0);
}

static void status(struct regs *r, u16 port)
{
	r->ah = inb(port + LSR);
	r->al = inb(port + MSR);
}

/* AH=00h: AL: bits 7-5 rate (110 to 9600), 4-3 parity, 2 stop bits, 1-0 length, the last five as in the LCR. */
static void handle_1400(struct regs *r, u16 port)
{
	set_divisor(port, baud_table[r->al >> 5], r->al & 0x1f);
	status(r, port);
}

/* True when all bits of mask are set in a register; false after the port's time, in units of about a second. */
static int wait_for(u16 port, u8 mask, u8 seconds)
{
	struct timeout t;

	sti();
	timeout_start(&t, seconds * (u32)TICKS_PER_SECOND);
	while ((inb(port) & mask) != mask) {
		if (timeout_over(&t))
			return 0;
	}
	return 1;
}

/* AH=01h: with DTR and RTS, when DSR and CTS are there. */
static void handle_1401(struct regs *r, u16 port, u8 seconds)
{
	outb(port + MCR, (inb(port + MCR) & 0x10) | 0x03);
	if (!wait_for(port + MSR, MSR_DSR | MSR_CTS, seconds) || !wait_for(port + LSR, LSR_THRE, seconds)) {
		r->ah = inb(port + LSR) | STATUS_TIMEOUT;
		return;
	}
	r->ah = inb(port + LSR);
	outb(port + THR, r->al);
}

/* AH=02h: with DTR; the errors of LSR in AH. */
static void handle_1402(struct regs *r, u16 port, u8 seconds)
{
	outb(port + MCR, (inb(port + MCR) & 0x10) | 0x01);
	if (!wait_for(port + LSR, LSR_DR, seconds)) {
		r->ah = inb(port + LSR) | STATUS_TIMEOUT;
		return;
	}
	r->ah = inb(port + LSR) & 0x1e;
	r->al = inb(port + THR);
}

/* AH=04h: AL break, BH parity, BL stop bits, CH length - 5, CL rate (0: 110 to 8: 19200). */
static void handle_1404(struct regs *r, u16 port)
{
	static const u8 ROM parities[] = { 0x00, 0x08, 0x18, 0x28, 0x38 };
	u8 format = (u8)((r->bh < 5 ? parities[r->bh] : 0) | (r->bl & 1) << 2 | (r->ch & 3) | (r->al & 1) << 6);

	set_divisor(port, r->cl < 8 ? baud_table[r->cl] : 6, format);
	status(r, port);
}

/* AH=05h: AL=0 reads, AL=1 writes the modem control register. */
static void handle_1405(struct regs *r, u16 port)
{
	if (r->al == 1)
		outb(port + MCR, r->bl);
	else
		r->bl = inb(port + MCR);
	status(r, port);
}

void handle_14(struct regs *r)
{
	u16 port = r->dx < 4 ? BDA->com[r->dx] : 0;
	u8 seconds = r->dx < 4 ? BDA->com_timeout[r->dx] : 0;

	if (!port) {
		r->ah = STATUS_TIMEOUT;
		return;
	}
	switch (r->ah) {
	case 0x00: handle_1400(r, port); break;
	case 0x01: handle_1401(r, port, seconds); break;
	case 0x02: handle_1402(r, port, seconds); break;
	case 0x03: status(r, port); break;
	case 0x04: handle_1404(r, port); break;
	case 0x05: handle_1405(r, port); break;
	default: r->ah = STATUS_TIMEOUT; break;
	}
}
