/* ps2_scancodes.h - the codes of every key of a PS/2 keyboard, by USB HID usage (page 07h).
 *
 * Facts from: Microsoft, "Keyboard Scan Code Specification" (sets 1 and 2, HID usages); IBM PS/2
 * Hardware Interface Technical Reference, "Keyboards (101/102-key)" (set 3 and its key types).
 */
#ifndef DEVICES_PS2_SCANCODES_H
#define DEVICES_PS2_SCANCODES_H

#include "base/types.h"

/* flags of a key, sets 1 and 2 */
enum {
	KEY_E0 = 1,         /* its codes have the prefix E0h */
	KEY_GREY = 2,       /* twin of a keypad key: cancels Num Lock and Shift around itself */
	KEY_GREY_SLASH = 4, /* likewise, but only Shift */
	KEY_MAKE_ONLY = 8,  /* no break code, no repeat */
};

/* Set 3: what a key does besides its make code. */
enum {
	TYPE_MAKE = 0,
	TYPE_TYPEMATIC = 1, /* repeats */
	TYPE_BREAK = 2,     /* has a break code */
	TYPE_ALL = 3,
};

/* Codes of 0 do not exist. */
struct ps2_key {
	u8 set1, set2, flags;
	u8 set3, type3;
};

extern const struct ps2_key ps2_keys[256];

/* usages that behave in a way of their own */
enum {
	USAGE_PRINT_SCREEN = 0x46,
	USAGE_PAUSE = 0x48,
	USAGE_LEFT_CTRL = 0xe0, USAGE_LEFT_SHIFT = 0xe1, USAGE_LEFT_ALT = 0xe2,
	USAGE_RIGHT_CTRL = 0xe4, USAGE_RIGHT_SHIFT = 0xe5, USAGE_RIGHT_ALT = 0xe6,
};

/* What the 8042 makes of a set-2 code (0..7Fh, and 83h, 84h): the set-1 code. */
u8 ps2_translate(u8 set2);

#endif
