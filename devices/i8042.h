/* i8042.h - the keyboard controller at 60h, 64h, PS/2 kind.
 *
 *   60h RW data      keyboard (port 0) --> translation --+--> output buffer --> `irq1`
 *   64h R  status    mouse    (port 1) ------------------+                 \--> `irq12`
 *   64h W  command   output port: bit 0 --> `reset`, bit 1 --> `a20`
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller";
 * Intel UPI-42. Emulated: 20h-3Fh/60h-7Fh RAM, A4-A6 password, A7-A9, AA, AB, AD, AE, C0-C2,
 * D0-D4, E0, F0-FF. Not emulated: AC (diagnostic dump), parity errors, and the controller's own
 * running time: a command acts at once, IBF merely shows for I8042_BUSY_NS; an answer takes
 * I8042_ANSWER_NS and a byte from a device PS2_BYTE_NS on the wire.
 */
#ifndef DEVICES_I8042_H
#define DEVICES_I8042_H

#include "base/fifo.h"
#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "devices/ps2_port.h"

#define I8042_BUSY_NS 2000u
#define I8042_ANSWER_NS 10000u
#define I8042_PULSE_NS 6000u
#define PS2_BYTE_NS 800000u /* 11 bits at 13.75 kHz */

#define I8042_KEYBOARD 0
#define I8042_MOUSE 1
#define I8042_PASSWORD_MAX 16

struct i8042_regs {
	u64 busy_until_ns;  /* IBF */
	u64 deliver_ns;     /* when `source` reaches the output buffer; CLOCK_NEVER: nothing under way */
	u64 pulse_until_ns; /* end of an F0-FF pulse; CLOCK_NEVER: none */
	struct fifo answers;       /* of the controller itself, */
	struct fifo answer_status; /* and the status bits that come with each (AUXB, TIMEOUT) */
	u8 ram[32];         /* ram[0] is the command byte */
	u8 status;          /* OBF, A2, AUXB, TIMEOUT; the other bits are computed */
	u8 data;            /* output buffer */
	u8 output_port;     /* bits as latched; 4 and 5 are computed */
	u8 pulsed;          /* output bits that are pulled low at present */
	u8 command;         /* waits for its data byte; 0: none */
	u8 source;          /* what is being delivered: enum source in i8042.c */
	u8 last_port;       /* the device port served last */
	u8 break_next;      /* translation: F0h was seen */
	u8 poll;            /* C1h or C2h: bits 7..4 of the status show input-port bits; 0: not */
	u8 password[I8042_PASSWORD_MAX];
	u8 password_len, password_pos;
	u8 locked;          /* A6h: nothing passes until the password was typed */
};

struct i8042 {
	struct i8042_regs r;
	struct clock *clock;
	struct log *log;
	struct line irq1, irq12;
	struct line a20;   /* level 1: address line 20 passes */
	struct line reset; /* level 1: the processor is held in reset */
	struct timer deliver_timer, pulse_timer;
	struct ps2_port port[2];
};

void i8042_init(struct i8042 *k, struct bus *bus, struct clock *clock, struct log *log);
void i8042_reset(struct i8042 *k);
/* After the attached devices' registers were overwritten too: it asks them for data. */
void i8042_restore(struct i8042 *k);

/* Plugs a device into I8042_KEYBOARD or I8042_MOUSE. */
void i8042_attach(struct i8042 *k, int port, struct ps2_port device);

/* A device has bytes to send; fits struct line.set, n = port. */
void i8042_data_ready(void *i8042, int port, int level);

#endif
