/*
 * Time by the RTC: INT 15h AH=83h and 86h, and INT 70h (IRQ 8), which counts for them with the periodic interrupt, 1024
 * Hz, and calls INT 4Ah for the alarm. AT Technical Reference, BIOS listing; MC146818 data sheet.
 */
#include "bda.h"
#include "bios.h"
#include "int15.h"
#include "io.h"

#define B_PIE 0x40
#define C_PF 0x40
#define C_AF 0x20

#define PERIOD_US 976
#define WAIT_ACTIVE 0x01
#define WAIT_DONE 0x80
#define TICK_US 54925

static void periodic(int on)
{
	u8 b = cmos_read(CMOS_RTC_B);

	cmos_write(CMOS_RTC_B, (u8)(on ? b | B_PIE : b & ~B_PIE));
}

static void count_down(void)
{
	u32 left = BDA->wait_us;

	if (!(BDA->wait_active & WAIT_ACTIVE)) {
		periodic(0);
		return;
	}
	if (left > PERIOD_US) {
		BDA->wait_us = left - PERIOD_US;
		return;
	}
	BDA->wait_us = 0;
	BDA->wait_active &= (u8)~WAIT_ACTIVE;
	periodic(0);
	far_write8(BDA->wait_seg, BDA->wait_off, far_read8(BDA->wait_seg, BDA->wait_off) | WAIT_DONE);
}

void handle_70(struct regs *r)
{
	u8 what = cmos_read(CMOS_RTC_C) & cmos_read(CMOS_RTC_B);

	if (what & C_PF)
		count_down();
	if (what & C_AF) {
		struct regs user = { .ds = r->ds };
		call_int(0x4a, &user);
	}
	eoi_both();
}

static int wait_begin(u16 seg, u16 off, u32 us)
{
	cli();
	if (BDA->wait_active & WAIT_ACTIVE)
		return 0;
	BDA->wait_seg = seg;
	BDA->wait_off = off;
	BDA->wait_us = us;
	BDA->wait_active = WAIT_ACTIVE;
	irq_unmask(8);
	periodic(1);
	return 1;
}

static void busy(struct regs *r)
{
	r->ah = 0x83;
	set_cf(r);
}

/* AH=83h: AL=0: bit 7 of ES:BX will be set after CX:DX microseconds; AL=1: no more. */
void handle_1583(struct regs *r)
{
	if (r->al == 1) {
		cli();
		BDA->wait_active &= (u8)~WAIT_ACTIVE;
		periodic(0);
	} else if (r->al != 0) {
		r->ah = INT15_UNSUPPORTED;
		set_cf(r);
		return;
	} else if (!wait_begin(r->es, r->bx, (u32)r->cx << 16 | r->dx)) {
		busy(r);
		return;
	}
	r->ah = 0;
	clear_cf(r);
}

/* AH=86h: come back after CX:DX microseconds. */
void handle_1586(struct regs *r)
{
	u32 us = (u32)r->cx << 16 | r->dx;
	struct timeout t;

	if (!wait_begin(BDA_SEG, OFFSET(struct bda, wait_active), us)) {
		busy(r);
		return;
	}
	timeout_start(&t, us / TICK_US + 3);            /* should the RTC be in other hands */
	while (!(BDA->wait_active & WAIT_DONE) && !timeout_over(&t))
		timeout_nap();
	BDA->wait_active = 0;
	r->ah = 0;
	clear_cf(r);
}
