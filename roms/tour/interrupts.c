/*
 * interrupts.c - interrupt controllers, timer and keyboard, as far as the tour needs them.
 *
 * 8259A data sheet (ICW1..4, OCW1, EOI), 8254 data sheet (mode 2), IBM PS/2 Hardware Interface Technical Reference (keyboard
 * controller commands 20h, 60h). All lines are masked except while something waits for them.
 */
#include "tour.h"

#define PIT_HZ	1193182

static void (*timer)(struct frame *f);
static volatile u8 key_code, key_ready;

static void kbc_write(u16 port, u8 value)
{
	u32 tries;

	for (tries = 0; tries < 100000 && (inb(0x64) & 2); tries++)
		;
	outb(port, value);
}

static void kbc_drain(void)
{
	u32 tries;

	for (tries = 0; tries < 64 && (inb(0x64) & 1); tries++)
		inb(0x60);
}

/* Keyboard on, its interrupt on, translation to set 1 on; mouse off. */
static void keyboard_init(void)
{
	u32 tries;
	u8 command;

	kbc_drain();
	kbc_write(0x64, 0x20);
	for (tries = 0; tries < 100000 && !(inb(0x64) & 1); tries++)
		;
	command = inb(0x60);
	kbc_write(0x64, 0x60);
	kbc_write(0x60, (u8)((command & ~0x32) | 0x61));
	kbc_write(0x64, 0xAE);
}

void pic_init(void)
{
	outb(0x20, 0x11);
	outb(0xA0, 0x11);
	outb(0x21, 0x20);
	outb(0xA1, 0x28);
	outb(0x21, 4);
	outb(0xA1, 2);
	outb(0x21, 1);
	outb(0xA1, 1);
	outb(0x21, 0xFF);
	outb(0xA1, 0xFF);
	keyboard_init();
}

void irq_enable(u8 irq, u8 on)
{
	u8 mask = inb(0x21);

	outb(0x21, on ? mask & (u8)~(1 << irq) : mask | (u8)(1 << irq));
}

void timer_hook(void (*hook)(struct frame *f))
{
	timer = hook;
}

void timer_rate(u32 hertz)
{
	u32 count = PIT_HZ / hertz;

	outb(0x43, 0x34);
	outb(0x40, (u8)count);
	outb(0x40, (u8)(count >> 8));
}

/* Acknowledge first: the hooks may leave by user_leave() and never come back. */
void irq_handle(struct frame *f)
{
	if (f->vector >= 0x28)
		outb(0xA0, 0x20);
	outb(0x20, 0x20);
	if (f->vector == VEC_TIMER && timer)
		timer(f);
	if (f->vector == VEC_KEYBOARD && (inb(0x64) & 1)) {
		key_code = inb(0x60);
		key_ready = 1;
	}
}

/* Shift, Ctrl, Alt, the locks and the prefix of the grey keys: nobody means them as "a key". */
static int is_modifier(u8 code)
{
	return code == 0x1d || code == 0x2a || code == 0x36 || code == 0x38 || code == 0x3a || code == 0x45 || code == 0x46;
}

u8 key_wait(void)
{
	for (;;) {
		key_ready = 0;
		irq_enable(1, 1);
		while (!key_ready)
			__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
		irq_enable(1, 0);
		if (!(key_code & 0x80) && !is_modifier(key_code))
			return key_code;
	}
}
