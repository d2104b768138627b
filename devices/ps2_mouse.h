/* ps2_mouse.h - a PS/2 mouse: IBM's two- or three-button one, with the wheel and five buttons of Microsoft's when asked for.
 *
 *   movement, buttons, wheel --> counters --> (sample timer | EBh) --> packet of 3 or 4 bytes --> ps2_port
 *
 *        bit 7  6  5  4  3  2  1  0
 *   1        YO XO YS XS 1  M  R  L     overflow, sign, buttons
 *   2        X7 ................ X0     right is positive
 *   3        Y7 ................ Y0     up is positive
 *   4        Z7 ................ Z0     ID 3: -8..7, towards the user is positive
 *            0  0  B5 B4 Z3 .... Z0     ID 4
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Mouse"; Synaptics TouchPad Interfacing Guide (510-000080), chapter 3,
 * for commands in all modes; Microsoft's "Enhanced PS/2 input devices" for IDs 3 and 4, which the sample rates 200, 100, 80
 * and 200, 200, 80 in a row turn on. After power-on the basic assurance test has already been passed and reported.
 * Not emulated: the rare ID 5 and other vendors' knocks.
 */
#ifndef DEVICES_PS2_MOUSE_H
#define DEVICES_PS2_MOUSE_H

#include "base/fifo.h"
#include "base/log.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "devices/ps2_port.h"

#define PS2_MOUSE_BAT_NS 350000000u /* 300..500 ms */

enum ps2_button { PS2_LEFT = 1, PS2_RIGHT = 2, PS2_MIDDLE = 4, PS2_BUTTON_4 = 8, PS2_BUTTON_5 = 16 };

struct ps2_mouse_regs {
	u64 sample_ns; /* next packet in stream mode; CLOCK_NEVER: nothing to report */
	u64 sampled_ns; /* when the last one was made */
	u64 bat_ns;    /* end of the self-test; CLOCK_NEVER: not in it */
	struct fifo answers; /* to commands; they go out before packets */
	struct fifo packet;
	s32 x, y, z;   /* the counters: -255..255, z -8..7 */
	s32 x_rest, y_rest; /* movement below one count, in quarters */
	u8 x_over, y_over;
	u8 buttons;    /* enum ps2_button, as they are */
	u8 reported;   /* as in the last packet */
	u8 later, has_later; /* buttons after a change that was not reported yet: a short click is not lost */
	u8 rate, resolution, scale_2;
	u8 remote, wrap, enabled;
	u8 id;         /* 0, 3 or 4 */
	u8 knock[2];   /* the two rates before the present one */
	u8 command;    /* waits for its argument; 0: none */
	u8 bad;        /* the last byte was answered with FE */
	u8 last[4], last_len; /* for FE */
};

struct ps2_mouse {
	struct ps2_mouse_regs r;
	struct clock *clock;
	struct log *log;
	struct line ready; /* to i8042_data_ready */
	struct timer sample_timer, bat_timer;
};

void ps2_mouse_init(struct ps2_mouse *mo, struct clock *clock, struct log *log);
void ps2_mouse_reset(struct ps2_mouse *mo); /* power-on */
void ps2_mouse_restore(struct ps2_mouse *mo);

/* The cable's end, for i8042_attach. */
struct ps2_port ps2_mouse_port(struct ps2_mouse *mo);

/* The hand: dx to the right, dy away from the user, dz towards the user (notches); in counts of a quarter millimetre, the
 * default resolution. `buttons` are those that are down now. */
void ps2_mouse_move(struct ps2_mouse *mo, int dx, int dy, int dz, u8 buttons);

#endif
