/* keymap.c - the US keyboard as HID usages (USB HID Usage Tables 1.12, section 10).
 *
 * Key names are those of QEMU's sendkey, and some plainer ones.
 */
#include "frontend/keymap.h"

#include <stdio.h>
#include <string.h>

/* The printing keys from usage 1Eh on, without and with Shift; '\n' etc. stand for the keys without a character. */
static const char plain[] = "1234567890\n\033\b\t -=[]\\#;'`,./";
static const char shifted[] = "!@#$%^&*()\n\033\b\t _+{}|~:\"~<>?";
#define KEY_NON_US_HASH 0x32

u8 keymap_char(u32 c, bool *shift)
{
	*shift = c >= 'A' && c <= 'Z';
	if (c >= 'a' && c <= 'z')
		return (u8)(KEY_A + (c - 'a'));
	if (*shift)
		return (u8)(KEY_A + (c - 'A'));
	if (c == '\r')
		c = '\n';
	for (u8 i = 0; plain[i]; i++) {
		if (KEY_1 + i == KEY_NON_US_HASH)
			continue;
		*shift = c != (u8)plain[i];
		if (c == (u8)plain[i] || c == (u8)shifted[i])
			return (u8)(KEY_1 + i);
	}
	return 0;
}

static const struct key_name {
	const char *name;
	u8 usage;
} names[] = {
	{"ctrl", KEY_CTRL},   {"shift", KEY_SHIFT},   {"alt", KEY_ALT},    {"win", KEY_WIN},       {"meta_l", KEY_WIN},
	{"ctrl_r", KEY_RIGHT_CTRL}, {"shift_r", KEY_RIGHT_SHIFT}, {"alt_r", KEY_RIGHT_ALT}, {"altgr", KEY_RIGHT_ALT},
	{"meta_r", KEY_RIGHT_WIN},  {"menu", 0x65},
	{"enter", KEY_ENTER}, {"ret", KEY_ENTER},     {"return", KEY_ENTER}, {"esc", KEY_ESC},     {"escape", KEY_ESC},
	{"backspace", KEY_BACKSPACE}, {"tab", KEY_TAB}, {"space", KEY_SPACE}, {"spc", KEY_SPACE},
	{"minus", KEY_MINUS}, {"equal", 0x2e},        {"bracket_left", 0x2f}, {"bracket_right", 0x30},
	{"backslash", 0x31},  {"semicolon", 0x33},    {"apostrophe", 0x34}, {"grave_accent", 0x35}, {"comma", 0x36},
	{"dot", 0x37},        {"slash", 0x38},        {"less", 0x64},
	{"caps_lock", KEY_CAPS}, {"caps", KEY_CAPS},  {"num_lock", KEY_NUM}, {"num", KEY_NUM},
	{"scroll_lock", KEY_SCROLL}, {"scroll", KEY_SCROLL}, {"print", KEY_PRINT}, {"sysrq", KEY_PRINT},
	{"pause", KEY_PAUSE}, {"insert", KEY_INSERT}, {"ins", KEY_INSERT}, {"delete", KEY_DELETE}, {"del", KEY_DELETE},
	{"home", KEY_HOME},   {"end", KEY_END},       {"pgup", KEY_PAGE_UP}, {"pageup", KEY_PAGE_UP},
	{"pgdn", KEY_PAGE_DOWN}, {"pagedown", KEY_PAGE_DOWN},
	{"up", KEY_UP},       {"down", KEY_DOWN},     {"left", KEY_LEFT},  {"right", KEY_RIGHT},
	{"kp_divide", 0x54},  {"kp_multiply", 0x55},  {"kp_subtract", 0x56}, {"kp_add", 0x57}, {"kp_enter", 0x58},
	{"kp_decimal", 0x63},
};

u8 keymap_name(const char *name)
{
	int n;
	char tail;
	bool shift;
	if (sscanf(name, "f%2d%c", &n, &tail) == 1 && n >= 1 && n <= 12)
		return (u8)(KEY_F1 + n - 1);
	if (sscanf(name, "kp_%1d%c", &n, &tail) == 1 && n >= 0)
		return (u8)(n ? KEY_PAD_1 + n - 1 : KEY_PAD_0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].usage;
	if (name[0] <= ' ' || name[1])
		return 0;
	u8 usage = keymap_char((u8)name[0], &shift);
	return shift ? 0 : usage;
}

int keymap_chord(const char *text, u8 usages[KEYMAP_CHORD])
{
	int n = 0;
	for (;;) {
		char name[24];
		size_t len = strcspn(text, "-");
		if (len == 0 || len >= sizeof name || n == KEYMAP_CHORD)
			return 0;
		memcpy(name, text, len);
		name[len] = '\0';
		usages[n] = keymap_name(name);
		if (!usages[n++])
			return 0;
		if (!text[len])
			return n;
		text += len + 1;
	}
}
