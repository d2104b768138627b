/* term_keys.c - bytes from a terminal to keys.
 *
 * ECMA-48 control sequences as xterm sends them ("XTerm Control Sequences": PC-style function
 * keys with modifiers), those of the Linux console (console_codes(4)), UTF-8, and ESC before a
 * key for Alt. Not decoded: mouse reports, the kitty and modifyOtherKeys protocols.
 */
#include "frontend/term_keys.h"

#include <string.h>

#include "frontend/keymap.h"
#include "frontend/typist.h"

#define ESC 0x1b
enum { SHIFT = 1, ALT = 2, CTRL = 4 }; /* as in xterm's parameter, less one */

static void emit(struct term_keys *t, u8 usage, int modifiers)
{
	struct term_key k = {.n = 0};
	if (!usage)
		return;
	if (modifiers & CTRL)
		k.usages[k.n++] = KEY_CTRL;
	if (modifiers & ALT)
		k.usages[k.n++] = KEY_ALT;
	if (modifiers & SHIFT)
		k.usages[k.n++] = KEY_SHIFT;
	k.usages[k.n++] = usage;
	t->key(t->opaque, &k);
}

static void emit_control(struct term_keys *t, u8 c, int modifiers)
{
	static const u8 rest[] = {0x31, 0x30, KEY_1 + 5, KEY_MINUS}; /* Ctrl with \ ] 6 - */
	if (c == 0)
		emit(t, KEY_1 + 1, modifiers | CTRL);
	else if (c == '\b')
		emit(t, KEY_BACKSPACE, modifiers);
	else if (c == '\t')
		emit(t, KEY_TAB, modifiers);
	else if (c == '\r' || c == '\n')
		emit(t, KEY_ENTER, modifiers);
	else if (c == ESC)
		emit(t, KEY_ESC, modifiers);
	else if (c <= 26)
		emit(t, (u8)(KEY_A + c - 1), modifiers | CTRL);
	else
		emit(t, rest[c - 28], modifiers | CTRL);
}

static void emit_char(struct term_keys *t, u32 c, int modifiers)
{
	bool shift;
	if (c < 0x20) {
		emit_control(t, (u8)c, modifiers);
	} else if (c == 0x7f) {
		emit(t, KEY_BACKSPACE, modifiers);
	} else if (c < 0x7f) {
		u8 usage = keymap_char(c, &shift);
		emit(t, usage, modifiers | (shift ? SHIFT : 0));
	} else {
		struct term_key k = {.n = 0, .ch = c};
		t->key(t->opaque, &k);
	}
}

/* ---- sequences -------------------------------------------------------------------------------------------- */

/* The last byte of CSI and SS3 sequences. */
static u8 final_key(u8 c)
{
	switch (c) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'E': return KEY_PAD_1 + 4;
	case 'F': return KEY_END;
	case 'H': return KEY_HOME;
	case 'M': return KEY_ENTER; /* SS3: of the keypad */
	case 'P': return KEY_F1;
	case 'Q': return KEY_F1 + 1;
	case 'R': return KEY_F1 + 2;
	case 'S': return KEY_F1 + 3;
	default: return 0;
	}
}

/* CSI n ~ */
static u8 tilde_key(int n)
{
	static const u8 keys[] = {
		[1] = KEY_HOME, [2] = KEY_INSERT, [3] = KEY_DELETE, [4] = KEY_END, [5] = KEY_PAGE_UP, [6] = KEY_PAGE_DOWN,
		[7] = KEY_HOME, [8] = KEY_END, [11] = KEY_F1, [12] = KEY_F1 + 1, [13] = KEY_F1 + 2, [14] = KEY_F1 + 3,
		[15] = KEY_F1 + 4, [17] = KEY_F1 + 5, [18] = KEY_F1 + 6, [19] = KEY_F1 + 7, [20] = KEY_F1 + 8,
		[21] = KEY_F1 + 9, [23] = KEY_F11, [24] = KEY_F12,
	};
	return n >= 0 && n < (int)sizeof keys ? keys[n] : 0;
}

/* p: after "ESC [", n bytes with the final one. */
static void emit_csi(struct term_keys *t, const u8 *p, int n)
{
	int param[2] = {0, 0}, at = 0;
	for (int i = 0; i < n - 1; i++) {
		if (p[i] == ';')
			at++;
		else if (p[i] >= '0' && p[i] <= '9' && at < 2 && param[at] < 1000)
			param[at] = param[at] * 10 + (p[i] - '0');
		else if (p[i] < '0' || p[i] > '9')
			return;
	}
	int modifiers = param[1] > 1 ? (param[1] - 1) & 7 : 0;
	u8 last = p[n - 1];
	if (last == 'Z')
		emit(t, KEY_TAB, SHIFT);
	else if (last == '~')
		emit(t, tilde_key(param[0]), modifiers);
	else if (last != 'M')
		emit(t, final_key(last), modifiers);
}

/* Bytes that the first sequence in pending takes, 0: it is not complete. Emits it. */
static int escape_sequence(struct term_keys *t)
{
	const u8 *p = t->pending;
	if (t->n < 2)
		return 0;
	if (p[1] == ESC) {
		emit(t, KEY_ESC, 0);
		return 1;
	}
	if (p[1] != '[' && p[1] != 'O') {
		if (p[1] >= 0x80)
			return 1; /* Alt with something that has no key */
		emit_char(t, p[1], ALT);
		return 2;
	}
	if (t->n < 3)
		return 0;
	if (p[1] == 'O') {
		emit(t, final_key(p[2]), 0);
		return 3;
	}
	if (p[2] == '[') { /* Linux console: F1 to F5 */
		if (t->n < 4)
			return 0;
		emit(t, p[3] >= 'A' && p[3] <= 'E' ? (u8)(KEY_F1 + p[3] - 'A') : 0, 0);
		return 4;
	}
	for (int i = 2; i < t->n; i++)
		if (p[i] >= 0x40 && p[i] <= 0x7e) {
			emit_csi(t, p + 2, i - 1);
			return i + 1;
		}
	return t->n == TERM_KEYS_PENDING ? t->n : 0;
}

static int utf8_sequence(struct term_keys *t)
{
	u8 first = t->pending[0];
	int want = first < 0xc0 || first >= 0xf8 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	char text[5] = {0};
	const char *p = text;
	if (t->n < want)
		return 0;
	memcpy(text, t->pending, (size_t)want);
	u32 c = utf8_next(&p);
	if (c != 0xfffd)
		emit_char(t, c, 0);
	return want;
}

static int one_sequence(struct term_keys *t)
{
	if (t->pending[0] == ESC)
		return escape_sequence(t);
	if (t->pending[0] >= 0x80)
		return utf8_sequence(t);
	emit_char(t, t->pending[0], 0);
	return 1;
}

static void drop(struct term_keys *t, int used)
{
	t->n -= used;
	memmove(t->pending, t->pending + used, (size_t)t->n);
}

void term_keys_feed(struct term_keys *t, u8 byte)
{
	int used;
	t->pending[t->n++] = byte;
	while (t->n && (used = one_sequence(t)))
		drop(t, used);
	if (t->n == TERM_KEYS_PENDING)
		t->n = 0;
}

void term_keys_timeout(struct term_keys *t)
{
	if (!t->n)
		return;
	if (t->n == 1 && t->pending[0] == ESC)
		emit(t, KEY_ESC, 0);
	else if (t->n == 2 && t->pending[0] == ESC)
		emit_char(t, t->pending[1], ALT);
	t->n = 0;
}
