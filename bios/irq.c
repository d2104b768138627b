/*
 * Hardware interrupts that belong to no other file: the timer (IRQ 0), the redirect of IRQ 9, the coprocessor (IRQ 13),
 * NMI, and those that nobody expects. AT Technical Reference, BIOS listing.
 */
#include "bda.h"
#include "bios.h"
#include "debug.h"
#include "io.h"

#define TICKS_PER_DAY 0x1800b0

/* NMI: parity and I/O check have no source worth stopping for; say so and go on. */
void handle_02(struct regs *r)
{
	(void)r;
	DEBUG("NMI, port 61h %x\n", inb(0x61));
}

/* IRQ 0: count, stop the diskette motors when their time is over, then INT 1Ch with DS = 40h as it has always been. */
void handle_08(struct regs *r)
{
	struct regs user = { .ds = BDA_SEG };
	u32 ticks = BDA->ticks + 1;

	(void)r;
	if (ticks >= TICKS_PER_DAY) {
		ticks = 0;
		BDA->midnight = 1;
	}
	BDA->ticks = ticks;
	if (BDA->floppy_count && --BDA->floppy_count == 0) {
		BDA->floppy_motor &= 0xf0;
		outb(0x3f2, 0x0c | (BDA->floppy_motor >> 4 & 3));
	}
	call_int(0x1c, &user);
	eoi_master();
}

/* IRQ 9 is what was IRQ 2 on the PC's bus. */
void handle_71(struct regs *r)
{
	struct regs user = { .ds = r->ds };

	outb(0xa0, 0x20);
	call_int(0x0a, &user);
}

/* IRQ 13: FERR# of the coprocessor; clear the latch and be the PC's NMI. */
void handle_75(struct regs *r)
{
	struct regs user = { .ds = r->ds };

	outb(0xf0, 0);
	eoi_both();
	call_int(0x02, &user);
}

/* Any other: if it is real, mask it so that it cannot come for ever; 40:6B tells which it was, FFh for none. */
void handle_irq(struct regs *r)
{
	u8 level;

	(void)r;
	outb(0x20, 0x0b);
	level = inb(0x20);
	if (level == 0) {
		BDA->last_irq = 0xff;
		return;
	}
	if (level & 0x04) {
		outb(0xa0, 0x0b);
		level = inb(0xa0);
		if (level) {
			outb(0xa1, inb(0xa1) | level);
			outb(0xa0, 0x20);
		}
	} else {
		outb(0x21, inb(0x21) | level);
	}
	eoi_master();
	BDA->last_irq = level;
}
