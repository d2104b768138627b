/*
 * INT 17h: printers, and INT 05h: the screen to the first printer. PS/2 BIOS Interface Technical Reference.
 *
 *   base+0 data     +1 status: 7 not busy, 6 not ACK, 5 no paper, 4 selected, 3 not error     +2 control: 3 select, 2 not
 *   init, 0 strobe
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

#define STATUS_TIMEOUT 0x01
#define STATUS_NOT_BUSY 0x80

/* ACK and error the other way round, as INT 17h shows them. */
static u8 status(u16 port) { return (inb(port + 1) ^ 0x48) & 0xf8; }

/* AH=00h */
static void handle_1700(struct regs *r, u16 port, u8 seconds)
{
	struct timeout t;

	sti();
	timeout_start(&t, seconds * (u32)TICKS_PER_SECOND);
	while (!(inb(port + 1) & STATUS_NOT_BUSY)) {
		if (timeout_over(&t)) {
			r->ah = status(port) | STATUS_TIMEOUT;
			return;
		}
	}
	outb(port, r->al);
	outb(port + 2, 0x0d);
	delay_15us(1);
	outb(port + 2, 0x0c);
	r->ah = status(port);
}

/* AH=01h: INIT# for at least 50 us. */
static void handle_1701(struct regs *r, u16 port)
{
	outb(port + 2, 0x08);
	delay_15us(6);
	outb(port + 2, 0x0c);
	r->ah = status(port);
}

void handle_17(struct regs *r)
{
	u16 port = r->dx < 3 ? BDA->lpt[r->dx] : 0;

	if (!port) {
		r->ah = STATUS_TIMEOUT | 0x30;
		return;
	}
	switch (r->ah) {
	case 0x00: handle_1700(r, port, BDA->lpt_timeout[r->dx]); break;
	case 0x01: handle_1701(r, port); break;
	case 0x02: r->ah = status(port); break;
	}
}

/* True if the printer failed. */
static int print_char(u8 c)
{
	struct regs r = { .eax = c };

	call_int(0x17, &r);
	return (r.ah & (STATUS_TIMEOUT | 0x20)) != 0;
}

static u8 char_at(u8 page, u8 row, u8 column)
{
	struct regs r = { .eax = 0x0200, .ebx = (u32)page << 8, .edx = (u32)row << 8 | column };

	call_int(0x10, &r);
	r.eax = 0x0800;
	r.ebx = (u32)page << 8;
	call_int(0x10, &r);
	return r.al ? r.al : ' ';
}

static int print_rows(u8 page, u8 rows, u8 columns)
{
	int failed = print_char('\r') || print_char('\n');

	for (u8 row = 0; row < rows && !failed; row++) {
		for (u8 column = 0; column < columns && !failed; column++)
			failed = print_char(char_at(page, row, column));
		failed = failed || print_char('\r') || print_char('\n');
	}
	return failed;
}

/* 0050:0000 says how it goes: 1 printing, 0 done, FFh failed. */
void handle_05(struct regs *r)
{
	u8 page = BDA->video_page, rows = BDA->video_rows ? (u8)(BDA->video_rows + 1) : 25;
	u16 cursor = BDA->cursor[page & 7];
	struct regs back = { .eax = 0x0200, .ebx = (u32)page << 8, .edx = cursor };

	(void)r;
	if (far_read8(0x50, 0) == 1)
		return;
	far_write8(0x50, 0, 1);
	sti();
	far_write8(0x50, 0, print_rows(page, rows, (u8)BDA->video_columns) ? 0xff : 0);
	call_int(0x10, &back);
}
