/* keymap.h - key names and characters as HID usages (USB HID Usage Tables, keyboard page 07h). */
#ifndef FRONTEND_KEYMAP_H
#define FRONTEND_KEYMAP_H

#include "base/types.h"

enum key_usage {
	KEY_A = 0x04, KEY_1 = 0x1e, KEY_ENTER = 0x28, KEY_ESC, KEY_BACKSPACE, KEY_TAB, KEY_SPACE, KEY_MINUS,
	KEY_CAPS = 0x39, KEY_F1 = 0x3a, KEY_F11 = 0x44, KEY_F12, KEY_PRINT, KEY_SCROLL, KEY_PAUSE, KEY_INSERT, KEY_HOME,
	KEY_PAGE_UP, KEY_DELETE, KEY_END, KEY_PAGE_DOWN, KEY_RIGHT, KEY_LEFT, KEY_DOWN, KEY_UP, KEY_NUM,
	KEY_PAD_1 = 0x59, KEY_PAD_0 = 0x62,
	KEY_CTRL = 0xe0, KEY_SHIFT, KEY_ALT, KEY_WIN, KEY_RIGHT_CTRL, KEY_RIGHT_SHIFT, KEY_RIGHT_ALT, KEY_RIGHT_WIN,
};

/* A character on a US keyboard. Returns its usage and whether Shift is down; 0: there is no such key. */
u8 keymap_char(u32 c, bool *shift);

/* The key with that name ("a", "f10", "pgup", "kp_enter", "["); 0: none. */
u8 keymap_name(const char *name);

#define KEYMAP_CHORD 8
/* "ctrl-alt-del" as usages, in the order in which they are pressed. Returns how many, or 0 when a name is unknown. */
int keymap_chord(const char *text, u8 usages[KEYMAP_CHORD]);

#endif
