/* ps2_keyboard.h - an IBM enhanced keyboard (101/102 keys and later ones) on a PS/2 port.
 *
 *   HID usage (page 07h) --> scan code set 1, 2 or 3 --> 16-byte buffer --> ps2_port
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101/102-key)". Emulated: sets
 * 1-3, commands ED-FF, typematic repeat, key types of set 3, overrun, the shift codes that the
 * grey keys send around themselves, Pause and Print Screen with their Ctrl/Alt forms.
 * After power-on the basic assurance test has already been passed and reported.
 * A make code that finds the buffer full is replaced by the overrun code.
 */
#ifndef DEVICES_PS2_KEYBOARD_H
#define DEVICES_PS2_KEYBOARD_H

#include "base/fifo.h"
#include "base/log.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "devices/ps2_port.h"

#define PS2_KEYBOARD_BAT_NS 300000000u /* 300..500 ms */
#define PS2_KEYBOARD_BUFFER 16

enum ps2_led { PS2_LED_SCROLL = 1, PS2_LED_NUM = 2, PS2_LED_CAPS = 4 };

struct ps2_keyboard_regs {
	u64 repeat_ns; /* next typematic repeat; CLOCK_NEVER: none */
	u64 bat_ns;    /* end of the self-test; CLOCK_NEVER: not in it */
	struct fifo answers; /* to commands; they go out before key codes */
	struct fifo codes;
	u8 down[32];      /* a bit for each usage */
	u8 type[256];     /* set 3: key type of each usage, TYPE_x of ps2_scancodes.h */
	u8 set;           /* 1..3 */
	u8 leds;          /* enum ps2_led */
	u8 typematic;     /* argument of F3 */
	u8 scanning;
	u8 command;       /* waits for its argument; 0: none */
	u8 last_sent;     /* for FE */
	u8 repeat_usage;  /* the key that repeats; 0: none */
};

struct ps2_keyboard {
	struct ps2_keyboard_regs r;
	struct clock *clock;
	struct log *log;
	struct line ready; /* to i8042_data_ready */
	struct timer repeat_timer, bat_timer;
};

void ps2_keyboard_init(struct ps2_keyboard *kb, struct clock *clock, struct log *log);
void ps2_keyboard_reset(struct ps2_keyboard *kb); /* power-on */
void ps2_keyboard_restore(struct ps2_keyboard *kb);

/* The cable's end, for i8042_attach. */
struct ps2_port ps2_keyboard_port(struct ps2_keyboard *kb);

/* A key moves; repeated `down` of a key that is down changes nothing. */
void ps2_keyboard_key(struct ps2_keyboard *kb, u8 hid_usage, bool down);

static inline u8 ps2_keyboard_leds(const struct ps2_keyboard *kb)
{
	return kb->r.leds;
}

#endif
