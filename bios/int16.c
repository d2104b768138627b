/*
 * INT 16h: keys for programs. AH=00h-03h, 05h, 09h, 10h-12h. IBM PS/2 BIOS Interface Technical Reference.
 * Not here: AH=0Ah (keyboard id) and the 122-key functions 20h-22h; they come back unchanged.
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

/* False if there is no key. */
int key_peek(u16 *key)
{
	u16 head = BDA->key_head;

	if (head == BDA->key_tail)
		return 0;
	*key = far_read16(BDA_SEG, head);
	return 1;
}

void key_take(void)
{
	u16 next = (u16)(BDA->key_head + 2);

	BDA->key_head = next == BDA->key_end ? BDA->key_start : next;
}

/* What a key is for a program that knows the 84-key keyboard; false if it does not exist there. */
static int key_for_84(u16 *key)
{
	u8 scan = (u8)(*key >> 8), c = (u8)*key;

	if (scan == 0xe0) {                     /* keypad Enter and / */
		*key = c == '/' ? 0x3500 | c : 0x1c00 | c;
		return 1;
	}
	if (scan > 0x84)
		return 0;
	if (scan && c == 0xf0)
		return 0;
	if (scan && c == 0xe0)
		*key = (u16)(scan << 8);
	return 1;
}

/* Wait for a key, asleep between interrupts; operating systems hook INT 15h AX=9002h to do something else. */
static void wait_key(u16 *key)
{
	int told = 0;

	for (;;) {
		cli();
		if (key_peek(key))
			return;
		if (!told) {
			struct regs busy = { .eax = 0x9002 };
			told = 1;
			call_int(0x15, &busy);
			continue;
		}
		sti_hlt();
	}
}

static void read_key(struct regs *r, int enhanced)
{
	u16 key;

	do {
		wait_key(&key);
		key_take();
	} while (!enhanced && !key_for_84(&key));
	r->ax = key;
}

static void test_key(struct regs *r, int enhanced)
{
	u16 key;

	cli();
	for (;;) {
		if (!key_peek(&key)) {
			r->flags |= FLAG_ZF;
			break;
		}
		if (enhanced || key_for_84(&key)) {
			r->ax = key;
			r->flags &= (u16)~FLAG_ZF;
			break;
		}
		key_take();
	}
	r->flags |= FLAG_IF;            /* as RETF 2 after STI did; programs loop on this one with interrupts off */
}

static void handle_1600(struct regs *r) { read_key(r, 0); }
static void handle_1601(struct regs *r) { test_key(r, 0); }
static void handle_1602(struct regs *r) { r->al = BDA->shift; }

/* AL=05h: rate and delay of the repeating keys to the keyboard; its ACKs are dropped by INT 09h. */
static void handle_1603(struct regs *r)
{
	if (r->al != 5)
		return;
	kbd_send(0xf3);
	sti();
	delay_15us(300);
	kbd_send((r->bl & 0x1f) | (r->bh & 3) << 5);
}

static void handle_1605(struct regs *r)
{
	cli();
	r->al = key_put(r->cx) ? 0 : 1;
}

/* What there is: get (0) and set (3) the repeat rate, AH=10h-12h (5). */
static void handle_1609(struct regs *r) { r->al = 0x24; }

static void handle_1610(struct regs *r) { read_key(r, 1); }
static void handle_1611(struct regs *r) { test_key(r, 1); }

/* AH: right Ctrl and Alt from 40:96 in bits 2 and 3, left ones from 40:18, SysRq in bit 7. */
static void handle_1612(struct regs *r)
{
	u8 down = BDA->shift_down;

	r->al = BDA->shift;
	r->ah = (u8)((down & 0x73) | (BDA->key_mode & 0x0c) | (down & DOWN_SYSRQ ? 0x80 : 0));
}

void handle_16(struct regs *r)
{
	kbd_update_leds();
	switch (r->ah) {
	case 0x00: handle_1600(r); break;
	case 0x01: handle_1601(r); break;
	case 0x02: handle_1602(r); break;
	case 0x03: handle_1603(r); break;
	case 0x05: handle_1605(r); break;
	case 0x09: handle_1609(r); break;
	case 0x10: handle_1610(r); break;
	case 0x11: handle_1611(r); break;
	case 0x12: handle_1612(r); break;
	}
}
