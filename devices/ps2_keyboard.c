/* ps2_keyboard.c - the keyboard: keys to codes, commands, repeat; see ps2_keyboard.h.
 *
 * Names in quotes are headings of the IBM PS/2 Hardware Interface Technical Reference.
 */
#include "devices/ps2_keyboard.h"

#include <string.h>

#include "base/bits.h"
#include "devices/ps2_scancodes.h"

#define ACK 0xfa
#define RESEND 0xfe
#define BAT_OK 0xaa
#define FIRST_COMMAND 0xed
#define TYPEMATIC_DEFAULT 0x2b /* 500 ms, 10.9 a second */
#define ANSWERS_MAX 16
#define SEQUENCE_MAX 16

/* The codes of one key movement, put into the buffer together or not at all. */
struct sequence {
	u8 code[SEQUENCE_MAX];
	int len;
};

enum move { MAKE, BREAK };

static bool is_down(const struct ps2_keyboard *kb, u8 usage)
{
	return kb->r.down[usage >> 3] & BIT(usage & 7);
}

static bool either_down(const struct ps2_keyboard *kb, u8 left, u8 right)
{
	return is_down(kb, left) || is_down(kb, right);
}

static bool in_bat(const struct ps2_keyboard *kb)
{
	return kb->r.bat_ns != CLOCK_NEVER;
}

static bool has_data(void *opaque)
{
	const struct ps2_keyboard *kb = opaque;
	/* While a command waits for its option byte, key codes wait too. */
	return kb->r.answers.count || (kb->r.codes.count && !kb->r.command);
}

static void set_timer(struct ps2_keyboard *kb, struct timer *t, u64 due)
{
	if (t->due_ns != due)
		timer_set(kb->clock, t, due);
}

static void ps2_keyboard_update(struct ps2_keyboard *kb)
{
	set_timer(kb, &kb->repeat_timer, kb->r.repeat_ns);
	set_timer(kb, &kb->bat_timer, kb->r.bat_ns);
	line_set(&kb->ready, has_data(kb));
}

/* --- codes --- */

static void add(struct sequence *s, u8 code)
{
	if (s->len < SEQUENCE_MAX)
		s->code[s->len++] = code;
}

/* One code of set 1 or 2, with its prefixes. */
static void add_code(const struct ps2_keyboard *kb, struct sequence *s, const struct ps2_key *key, u8 prefix,
                     enum move m)
{
	if (prefix)
		add(s, prefix);
	if (kb->r.set == 1) {
		add(s, m == BREAK ? key->set1 | 0x80 : key->set1);
	} else {
		if (m == BREAK)
			add(s, 0xf0);
		add(s, key->set2);
	}
}

/* "Keyboard scan codes": the shift codes around a grey key. They pretend the shift state in which
 * its keypad twin would mean the same. `opening`: before the make code, else after the break code. */
static void add_shifts(const struct ps2_keyboard *kb, struct sequence *s, u8 flags, bool opening)
{
	static const u8 shifts[2] = {USAGE_LEFT_SHIFT, USAGE_RIGHT_SHIFT};
	bool shift = either_down(kb, USAGE_LEFT_SHIFT, USAGE_RIGHT_SHIFT);
	bool num = (kb->r.leds & PS2_LED_NUM) && (flags & KEY_GREY);
	if (num && !shift)
		add_code(kb, s, &ps2_keys[USAGE_LEFT_SHIFT], 0xe0, opening ? MAKE : BREAK);
	for (int i = 0; i < 2 && !num; i++)
		if (is_down(kb, shifts[i]))
			add_code(kb, s, &ps2_keys[shifts[i]], 0xe0, opening ? BREAK : MAKE);
}

/* Print Screen is the keypad's * with the left shift key around it; Alt makes it System Request. */
static void add_print_screen(const struct ps2_keyboard *kb, struct sequence *s, enum move m)
{
	static const struct ps2_key system_request = {.set1 = 0x54, .set2 = 0x84};
	const struct ps2_key *key = &ps2_keys[USAGE_PRINT_SCREEN];
	const struct ps2_key *shift_key = &ps2_keys[USAGE_LEFT_SHIFT];
	if (either_down(kb, USAGE_LEFT_ALT, USAGE_RIGHT_ALT)) {
		add_code(kb, s, &system_request, 0, m);
		return;
	}
	bool alone = !either_down(kb, USAGE_LEFT_CTRL, USAGE_RIGHT_CTRL) &&
	             !either_down(kb, USAGE_LEFT_SHIFT, USAGE_RIGHT_SHIFT);
	if (alone && m == MAKE)
		add_code(kb, s, shift_key, 0xe0, MAKE);
	add_code(kb, s, key, 0xe0, m);
	if (alone && m == BREAK)
		add_code(kb, s, shift_key, 0xe0, BREAK);
}

/* Pause sends make and break together: Ctrl + Num Lock; with Ctrl it is Break (Scroll Lock, E0). */
static void add_pause(const struct ps2_keyboard *kb, struct sequence *s)
{
	static const struct ps2_key ctrl = {.set1 = 0x1d, .set2 = 0x14}, num = {.set1 = 0x45, .set2 = 0x77};
	static const struct ps2_key scroll = {.set1 = 0x46, .set2 = 0x7e};
	if (either_down(kb, USAGE_LEFT_CTRL, USAGE_RIGHT_CTRL)) {
		add_code(kb, s, &scroll, 0xe0, MAKE);
		add_code(kb, s, &scroll, 0xe0, BREAK);
		return;
	}
	add_code(kb, s, &ctrl, 0xe1, MAKE);
	add_code(kb, s, &num, 0, MAKE);
	add_code(kb, s, &ctrl, 0xe1, BREAK);
	add_code(kb, s, &num, 0, BREAK);
}

static void add_set3(const struct ps2_keyboard *kb, struct sequence *s, u8 usage, enum move m)
{
	u8 code = ps2_keys[usage].set3;
	if (code == 0 || (m == BREAK && !(kb->r.type[usage] & TYPE_BREAK)))
		return;
	if (m == BREAK)
		add(s, 0xf0);
	add(s, code);
}

static void key_codes(const struct ps2_keyboard *kb, struct sequence *s, u8 usage, enum move m)
{
	const struct ps2_key *key = &ps2_keys[usage];
	if (kb->r.set == 3) {
		add_set3(kb, s, usage, m);
	} else if (usage == USAGE_PRINT_SCREEN) {
		add_print_screen(kb, s, m);
	} else if (usage == USAGE_PAUSE) {
		if (m == MAKE)
			add_pause(kb, s);
	} else if (key->set2 && !(m == BREAK && (key->flags & KEY_MAKE_ONLY))) {
		bool grey = key->flags & (KEY_GREY | KEY_GREY_SLASH);
		if (grey && m == MAKE)
			add_shifts(kb, s, key->flags, true);
		add_code(kb, s, key, key->flags & KEY_E0 ? 0xe0 : 0, m);
		if (grey && m == BREAK)
			add_shifts(kb, s, key->flags, false);
	}
}

/* What a held key repeats: its make code without the shift codes. */
static void repeat_codes(const struct ps2_keyboard *kb, struct sequence *s, u8 usage)
{
	const struct ps2_key *key = &ps2_keys[usage];
	if (kb->r.set == 3)
		add_set3(kb, s, usage, MAKE);
	else if (usage == USAGE_PRINT_SCREEN && either_down(kb, USAGE_LEFT_ALT, USAGE_RIGHT_ALT))
		add_print_screen(kb, s, MAKE);
	else
		add_code(kb, s, key, key->flags & KEY_E0 ? 0xe0 : 0, MAKE);
}

static bool repeats(const struct ps2_keyboard *kb, u8 usage)
{
	const struct ps2_key *key = &ps2_keys[usage];
	if (kb->r.set == 3)
		return key->set3 && (kb->r.type[usage] & TYPE_TYPEMATIC);
	return key->set2 && !(key->flags & KEY_MAKE_ONLY);
}

/* The buffer has a 17th place for the overrun code ("Keyboard buffer"). */
static void put_codes(struct ps2_keyboard *kb, const struct sequence *s)
{
	struct fifo *f = &kb->r.codes;
	if (f->count + s->len <= PS2_KEYBOARD_BUFFER) {
		for (int i = 0; i < s->len; i++)
			fifo_put(f, s->code[i]);
		return;
	}
	u8 overrun = kb->r.set == 1 ? 0xff : 0x00;
	if (f->count == 0 || f->data[(f->head + f->count - 1) % f->size] != overrun)
		fifo_put(f, overrun);
}

/* --- typematic --- */

/* "Set Typematic Rate/Delay (F3)" */
static u64 typematic_delay_ns(const struct ps2_keyboard *kb)
{
	return (u64)((kb->r.typematic >> 5 & 3) + 1) * 250000000;
}

static u64 typematic_period_ns(const struct ps2_keyboard *kb)
{
	u64 n = (8ull + (kb->r.typematic & 7)) << (kb->r.typematic >> 3 & 3);
	return n * CLOCK_SECOND / 240; /* in units of 4.17 ms */
}

static void stop_repeat(struct ps2_keyboard *kb)
{
	kb->r.repeat_usage = 0;
	kb->r.repeat_ns = CLOCK_NEVER;
}

static void repeat(void *opaque)
{
	struct ps2_keyboard *kb = opaque;
	struct sequence s = {.len = 0};
	if (kb->r.repeat_usage == 0)
		return;
	kb->r.repeat_ns += typematic_period_ns(kb);
	if (kb->r.codes.count == 0) { /* repeats do not pile up */
		repeat_codes(kb, &s, kb->r.repeat_usage);
		put_codes(kb, &s);
	}
	ps2_keyboard_update(kb);
}

void ps2_keyboard_key(struct ps2_keyboard *kb, u8 usage, bool down)
{
	struct sequence s = {.len = 0};
	if (is_down(kb, usage) == down)
		return;
	kb->r.down[usage >> 3] ^= (u8)BIT(usage & 7);
	if (!down && kb->r.repeat_usage == usage)
		stop_repeat(kb);
	if (kb->r.scanning && !in_bat(kb)) {
		key_codes(kb, &s, usage, down ? MAKE : BREAK);
		put_codes(kb, &s);
		if (down)
			stop_repeat(kb); /* the last key pressed is the one that repeats */
		if (down && repeats(kb, usage)) {
			kb->r.repeat_usage = usage;
			kb->r.repeat_ns = clock_now(kb->clock) + typematic_delay_ns(kb);
		}
	}
	ps2_keyboard_update(kb);
}

/* --- commands --- */

static void answer(struct ps2_keyboard *kb, u8 byte)
{
	fifo_put(&kb->r.answers, byte);
}

static void set_all_types(struct ps2_keyboard *kb, u8 type)
{
	memset(kb->r.type, type, sizeof kb->r.type);
}

static void defaults(struct ps2_keyboard *kb)
{
	for (int i = 0; i < 256; i++)
		kb->r.type[i] = ps2_keys[i].type3;
	kb->r.typematic = TYPEMATIC_DEFAULT;
}

static void clear_output(struct ps2_keyboard *kb)
{
	fifo_clear(&kb->r.codes);
	stop_repeat(kb);
}

static void start_bat(struct ps2_keyboard *kb)
{
	clear_output(kb);
	kb->r.bat_ns = clock_now(kb->clock) + PS2_KEYBOARD_BAT_NS;
}

static void bat_done(void *opaque)
{
	struct ps2_keyboard *kb = opaque;
	kb->r.bat_ns = CLOCK_NEVER;
	kb->r.set = 2;
	kb->r.leds = 0;
	kb->r.scanning = 1;
	defaults(kb);
	answer(kb, BAT_OK);
	ps2_keyboard_update(kb);
}

/* F0: 0 asks for the set in use, 1..3 select one. */
static void select_set(struct ps2_keyboard *kb, u8 v)
{
	kb->r.command = 0;
	if (v > 3) {
		answer(kb, RESEND);
		return;
	}
	answer(kb, ACK);
	if (v == 0) {
		answer(kb, kb->r.set);
		return;
	}
	clear_output(kb);
	kb->r.set = v;
}

/* FB..FD: the keys named by their set-3 code get a type, until the next command. */
static void set_key_type(struct ps2_keyboard *kb, u8 code)
{
	static const u8 types[3] = {TYPE_TYPEMATIC, TYPE_BREAK, TYPE_MAKE};
	bool found = false;
	for (int i = 0; i < 256 && code; i++)
		if (ps2_keys[i].set3 == code) {
			kb->r.type[i] = types[kb->r.command - 0xfb];
			found = true;
		}
	answer(kb, found ? ACK : RESEND);
}

static void option(struct ps2_keyboard *kb, u8 v)
{
	switch (kb->r.command) {
	case 0xed:
		kb->r.leds = v & (PS2_LED_SCROLL | PS2_LED_NUM | PS2_LED_CAPS);
		kb->r.command = 0;
		answer(kb, ACK);
		break;
	case 0xf0:
		select_set(kb, v);
		break;
	case 0xf3:
		kb->r.command = 0;
		answer(kb, v & 0x80 ? RESEND : ACK);
		if (!(v & 0x80))
			kb->r.typematic = v;
		break;
	default:
		set_key_type(kb, v);
	}
}

static void command(struct ps2_keyboard *kb, u8 v)
{
	static const u8 all_types[4] = {TYPE_TYPEMATIC, TYPE_BREAK, TYPE_MAKE, TYPE_ALL};
	kb->r.command = 0;
	switch (v) {
	case 0xed: /* LEDs */
	case 0xf3: /* rate and delay */
		kb->r.command = v;
		break;
	case 0xf0: /* scan code set */
	case 0xfb: /* one key: typematic */
	case 0xfc: /* make/break */
	case 0xfd: /* make */
		clear_output(kb);
		kb->r.command = v;
		break;
	case 0xee: /* echo */
		answer(kb, 0xee);
		return;
	case 0xf2: /* read ID */
		answer(kb, ACK);
		answer(kb, 0xab);
		answer(kb, 0x83);
		return;
	case 0xf4: /* enable */
		clear_output(kb);
		kb->r.scanning = 1;
		break;
	case 0xf5: /* default disable */
	case 0xf6: /* set default */
		clear_output(kb);
		defaults(kb);
		if (v == 0xf5)
			kb->r.scanning = 0;
		break;
	case 0xf7 ... 0xfa: /* all keys: typematic, make/break, make, all three */
		clear_output(kb);
		set_all_types(kb, all_types[v - 0xf7]);
		break;
	case 0xff:
		start_bat(kb);
		break;
	default:
		answer(kb, RESEND);
		return;
	}
	answer(kb, ACK);
}

/* --- the cable --- */

static bool receive(void *opaque, u8 v)
{
	struct ps2_keyboard *kb = opaque;
	if (in_bat(kb))
		return false; /* it does not look at the lines ("Basic assurance test") */
	fifo_clear(&kb->r.answers); /* a new byte from the system ends what went before */
	if (v == RESEND)
		answer(kb, kb->r.last_sent);
	else if (kb->r.command && v < FIRST_COMMAND)
		option(kb, v);
	else
		command(kb, v);
	ps2_keyboard_update(kb);
	return true;
}

static u8 take(void *opaque)
{
	struct ps2_keyboard *kb = opaque;
	struct fifo *f = kb->r.answers.count ? &kb->r.answers : &kb->r.codes;
	if (f->count)
		kb->r.last_sent = fifo_get(f);
	return kb->r.last_sent;
}

struct ps2_port ps2_keyboard_port(struct ps2_keyboard *kb)
{
	return (struct ps2_port){.opaque = kb, .write = receive, .has_data = has_data, .read = take};
}

/* --- life --- */

static void power_on(struct ps2_keyboard *kb)
{
	u8 down[sizeof kb->r.down]; /* fingers stay where they are */
	memcpy(down, kb->r.down, sizeof down);
	memset(&kb->r, 0, sizeof kb->r);
	memcpy(kb->r.down, down, sizeof down);
	kb->r.bat_ns = kb->r.repeat_ns = CLOCK_NEVER;
	fifo_init(&kb->r.answers, ANSWERS_MAX);
	fifo_init(&kb->r.codes, PS2_KEYBOARD_BUFFER + 1);
	kb->r.set = 2;
	kb->r.scanning = 1;
	kb->r.last_sent = BAT_OK;
	defaults(kb);
}

void ps2_keyboard_init(struct ps2_keyboard *kb, struct clock *clock, struct log *log)
{
	memset(kb, 0, sizeof *kb);
	kb->clock = clock;
	kb->log = log;
	timer_init(&kb->repeat_timer, repeat, kb);
	timer_init(&kb->bat_timer, bat_done, kb);
	power_on(kb);
}

void ps2_keyboard_reset(struct ps2_keyboard *kb)
{
	power_on(kb);
	ps2_keyboard_update(kb);
}

void ps2_keyboard_restore(struct ps2_keyboard *kb)
{
	ps2_keyboard_update(kb);
}
