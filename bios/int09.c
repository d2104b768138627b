/*
 * INT 09h, IRQ 1: one byte from the keyboard. Keeps the shift states (40:17, 40:18, 40:96), drives the LEDs (40:97), knows
 * the keys that do something (Ctrl-Alt-Del, Ctrl-Break, Pause, Print Screen, SysRq, Alt with keypad numbers) and puts the
 * others into the buffer. AT Technical Reference, BIOS listing; scan codes: set 1, as the 8042 translates them.
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

#define SCAN_BREAK 0x80
#define SCAN_CTRL 0x1d
#define SCAN_LEFT_SHIFT 0x2a
#define SCAN_RIGHT_SHIFT 0x36
#define SCAN_PRINT 0x37
#define SCAN_ALT 0x38
#define SCAN_CAPS 0x3a
#define SCAN_NUM 0x45
#define SCAN_SCROLL 0x46
#define SCAN_INSERT 0x52
#define SCAN_DELETE 0x53
#define SCAN_SYSRQ 0x54

void key_buffer_clear(void)
{
	BDA->key_head = BDA->key_start;
	BDA->key_tail = BDA->key_start;
}

/* False if the buffer is full. */
int key_put(u16 key)
{
	u16 tail = BDA->key_tail, next = (u16)(tail + 2);

	if (next == BDA->key_end)
		next = BDA->key_start;
	if (next == BDA->key_head)
		return 0;
	far_write16(BDA_SEG, tail, key);
	BDA->key_tail = next;
	return 1;
}

/* The 84-key and the 101-key word for it: a short tone. Port 61h bits 0-1 join timer channel 2 to the speaker. */
static void beep(void)
{
	u8 was = inb(0x61);

	outb(0x43, 0xb6);
	outb(0x42, 0x33);
	outb(0x42, 0x05);
	outb(0x61, was | 3);
	delay_15us(2000);
	outb(0x61, was);
}

static void put_or_beep(u16 key)
{
	if (!key_put(key))
		beep();
}

static void restart(void)
{
	BDA->reset_flag = 0x1234;
	cmos_write(CMOS_SHUTDOWN, 0);
	kbd_command(0xfe);
	__asm__ volatile("ljmpw $0xf000, $0xfff0");
}

static void ctrl_break(void)
{
	struct regs user = { .ds = BDA_SEG };

	key_buffer_clear();
	BDA->ctrl_break = 0x80;
	kbd_command(0xae);
	call_int(0x1b, &user);
	key_put(0);
}

/* Pause: stay in here with interrupts on until INT 09h, nested, has seen another key. */
static void pause(void)
{
	if (BDA->shift_down & DOWN_PAUSE)
		return;
	BDA->shift_down |= DOWN_PAUSE;
	for (;;) {
		cli();
		if (!(BDA->shift_down & DOWN_PAUSE))
			break;
		timeout_nap();
	}
}

static void call_15(u16 ax)
{
	struct regs r = { .eax = ax };

	call_int(0x15, &r);
}

static void print_screen(void)
{
	struct regs r = { .eax = 0 };

	call_int(0x05, &r);
}

/* A key with two bits: held down in *down (40:18 or 40:96), either of the pair held in 40:17. */
static void hold_ctrl(int e0, int release)
{
	if (e0)
		BDA->key_mode = (u8)((BDA->key_mode & ~KEY_MODE_RIGHT_CTRL) | (release ? 0 : KEY_MODE_RIGHT_CTRL));
	else
		BDA->shift_down = (u8)((BDA->shift_down & ~DOWN_LEFT_CTRL) | (release ? 0 : DOWN_LEFT_CTRL));
	if ((BDA->key_mode & KEY_MODE_RIGHT_CTRL) || (BDA->shift_down & DOWN_LEFT_CTRL))
		BDA->shift |= SHIFT_CTRL;
	else
		BDA->shift &= (u8)~SHIFT_CTRL;
}

static void hold_alt(int e0, int release)
{
	if (e0)
		BDA->key_mode = (u8)((BDA->key_mode & ~KEY_MODE_RIGHT_ALT) | (release ? 0 : KEY_MODE_RIGHT_ALT));
	else
		BDA->shift_down = (u8)((BDA->shift_down & ~DOWN_LEFT_ALT) | (release ? 0 : DOWN_LEFT_ALT));
	if ((BDA->key_mode & KEY_MODE_RIGHT_ALT) || (BDA->shift_down & DOWN_LEFT_ALT)) {
		BDA->shift |= SHIFT_ALT;
		return;
	}
	BDA->shift &= (u8)~SHIFT_ALT;
	if (BDA->alt_number) {
		u8 c = BDA->alt_number;
		BDA->alt_number = 0;
		put_or_beep(c);
	}
}

static void hold_shift(u8 bit, int release)
{
	if (release)
		BDA->shift &= (u8)~bit;
	else
		BDA->shift |= bit;
}

/* A lock turns over when its key goes down, not when that repeats; bits 4-7 are the same in 40:17 and 40:18. */
static void lock(u8 bit, int release)
{
	if (release) {
		BDA->shift_down &= (u8)~bit;
	} else if (!(BDA->shift_down & bit)) {
		BDA->shift_down |= bit;
		BDA->shift ^= bit;
		kbd_update_leds();
	}
}

/* Keys that change states. True if this was one and there is nothing more to do. */
static int state_key(u8 scan, int e0, int release)
{
	u8 shift = BDA->shift;

	switch (scan) {
	case SCAN_CTRL:
		hold_ctrl(e0, release);
		return 1;
	case SCAN_ALT:
		hold_alt(e0, release);
		return 1;
	case SCAN_LEFT_SHIFT:
		if (!e0)
			hold_shift(SHIFT_LEFT, release);
		return 1;
	case SCAN_RIGHT_SHIFT:
		if (!e0)
			hold_shift(SHIFT_RIGHT, release);
		return 1;
	case SCAN_CAPS:
		lock(SHIFT_CAPS, release);
		return 1;
	case SCAN_NUM:
		if (!release && (shift & SHIFT_CTRL))
			pause();
		else
			lock(SHIFT_NUM, release);
		return 1;
	case SCAN_SCROLL:
		if (!release && (shift & SHIFT_CTRL))
			ctrl_break();
		else if (!e0)
			lock(SHIFT_SCROLL, release);
		return 1;
	case SCAN_INSERT:
		if (release) {
			BDA->shift_down &= (u8)~SHIFT_INSERT;
		} else if (!(shift & (SHIFT_ALT | SHIFT_CTRL)) && !(BDA->shift_down & SHIFT_INSERT)) {
			int number = (shift & SHIFT_NUM) != 0;
			if (shift & (SHIFT_LEFT | SHIFT_RIGHT))
				number = !number;
			if (e0 || !number) {
				BDA->shift_down |= SHIFT_INSERT;
				BDA->shift ^= SHIFT_INSERT;
			}
		}
		return 0;
	case SCAN_SYSRQ:
		if (release != ((BDA->shift_down & DOWN_SYSRQ) == 0)) {
			BDA->shift_down ^= DOWN_SYSRQ;
			call_15(release ? 0x8501 : 0x8500);
		}
		return 1;
	}
	return 0;
}

/* The keypad's numbers 7 8 9 - 4 5 6 + 1 2 3 0 in the order of their scan codes; FFh: not a number. */
static const u8 ROM keypad_numbers[] = { 7, 8, 9, 0xff, 4, 5, 6, 0xff, 1, 2, 3, 0 };

static int alt_number(u8 scan)
{
	if (scan < 0x47 || scan - 0x47u >= COUNT(keypad_numbers) || keypad_numbers[scan - 0x47] == 0xff)
		return 0;
	BDA->alt_number = (u8)(BDA->alt_number * 10 + keypad_numbers[scan - 0x47]);
	return 1;
}

static void key_down(u8 scan, int e0)
{
	u8 shift = BDA->shift;
	u16 key;

	if (BDA->shift_down & DOWN_PAUSE) {
		BDA->shift_down &= (u8)~DOWN_PAUSE;
		return;
	}
	if ((shift & (SHIFT_CTRL | SHIFT_ALT)) == (SHIFT_CTRL | SHIFT_ALT) && scan == SCAN_DELETE)
		restart();
	if (scan == SCAN_PRINT && !(shift & SHIFT_CTRL) && (e0 || (shift & (SHIFT_LEFT | SHIFT_RIGHT)))) {
		print_screen();
		return;
	}
	if ((shift & SHIFT_ALT) && !e0 && alt_number(scan))
		return;
	BDA->alt_number = 0;
	key = kbd_translate(scan, shift, e0);
	if (key)
		put_or_beep(key);
}

/* FAh and FEh from the keyboard answer what kbd_update_leds() began. True if this byte was such an answer. */
static int led_answer(u8 byte)
{
	if (!(BDA->key_leds & LEDS_BUSY) || (byte != 0xfa && byte != 0xfe))
		return 0;
	if (byte == 0xfa && !(BDA->key_leds & LEDS_ACK)) {
		BDA->key_leds |= LEDS_ACK;
		kbd_send(BDA->key_leds & 7);
	} else {
		BDA->key_leds &= (u8)~(LEDS_BUSY | LEDS_ACK);
	}
	return 1;
}

/* INT 15h AH=4Fh may change the code or, with CF clear, take it away. False if it is gone. */
static int intercepted(u8 *byte)
{
	struct regs r = { .eax = 0x4f00 | *byte, .flags = FLAG_CF };

	call_int(0x15, &r);
	*byte = r.al;
	return !(r.flags & FLAG_CF);
}

static void scan_byte(u8 byte)
{
	u8 mode = BDA->key_mode;
	int release = (byte & SCAN_BREAK) != 0;
	u8 scan = byte & 0x7f;

	if (byte == 0xe0 || byte == 0xe1) {
		BDA->key_mode = (u8)((mode & ~(KEY_MODE_E0 | KEY_MODE_E1)) | (byte == 0xe0 ? KEY_MODE_E0 : KEY_MODE_E1));
		return;
	}
	if (byte == 0x00 || byte == 0xfa || byte == 0xfe || byte == 0xff)
		return;
	if (mode & KEY_MODE_E1) {       /* E1 1D 45: Pause goes down and never up */
		if (scan == SCAN_CTRL)
			return;
		BDA->key_mode = mode & (u8)~KEY_MODE_E1;
		if (scan == SCAN_NUM && !release)
			pause();
		return;
	}
	BDA->key_mode &= (u8)~KEY_MODE_E0;
	if (state_key(scan, (mode & KEY_MODE_E0) != 0, release))
		return;
	if (!release)
		key_down(scan, (mode & KEY_MODE_E0) != 0);
}

void handle_09(struct regs *r)
{
	u8 byte;
	int go_on;

	(void)r;
	if ((inb(0x64) & 0x21) != 0x01) {
		eoi_master();
		return;
	}
	byte = inb(0x60);
	go_on = !led_answer(byte) && !intercepted(&byte);
	eoi_master();           /* before the key does something: Pause and Print Screen stay in here for long */
	if (go_on)
		scan_byte(byte);
}
