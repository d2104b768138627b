/*
 * INT 1Ah: ticks since midnight (AH=00h, 01h) and the RTC (02h-07h), in BCD; AH=B1h is in pci_bios.c.
 * INT 11h and INT 12h, whose whole work is one word of the BDA, are here too. PS/2 BIOS Interface Technical Reference; MC146818 data sheet.
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

#define RTC_SECONDS 0x00
#define RTC_ALARM_SECONDS 0x01
#define RTC_MINUTES 0x02
#define RTC_ALARM_MINUTES 0x03
#define RTC_HOURS 0x04
#define RTC_ALARM_HOURS 0x05
#define RTC_WEEKDAY 0x06
#define RTC_DAY 0x07
#define RTC_MONTH 0x08
#define RTC_YEAR 0x09

#define A_UIP 0x80
#define B_SET 0x80
#define B_AIE 0x20
#define B_24H 0x02
#define B_DST 0x01
#define D_VALID 0x80

#define UPDATE_PERIODS 660      /* of 15 us: 10 ms */

void handle_11(struct regs *r) { r->ax = BDA->equipment; }
void handle_12(struct regs *r) { r->ax = BDA->base_kb; }

u8 bcd_to_binary(u8 bcd) { return (u8)((bcd >> 4) * 10 + (bcd & 0x0f)); }

/* Not while an update runs: with the 244 us before it, it takes up to 2.2 ms. False if there is no clock. */
static int rtc_ready(void)
{
	struct short_wait w;

	if (!(cmos_read(CMOS_RTC_D) & D_VALID))
		return 0;
	short_wait_start(&w);
	do {
		if (!(cmos_read(CMOS_RTC_A) & A_UIP))
			return 1;
	} while (!short_wait_over(&w, UPDATE_PERIODS));
	return 0;
}

static void rtc_stop(void) { cmos_write(CMOS_RTC_B, cmos_read(CMOS_RTC_B) | B_SET); }

static void handle_1a00(struct regs *r)
{
	u32 ticks = BDA->ticks;

	r->cx = (u16)(ticks >> 16);
	r->dx = (u16)ticks;
	r->al = BDA->midnight;
	BDA->midnight = 0;
}

static void handle_1a01(struct regs *r)
{
	BDA->ticks = (u32)r->cx << 16 | r->dx;
	BDA->midnight = 0;
}

/* CH:CL:DH time, DL: daylight saving. */
static void handle_1a02(struct regs *r)
{
	r->ch = cmos_read(RTC_HOURS);
	r->cl = cmos_read(RTC_MINUTES);
	r->dh = cmos_read(RTC_SECONDS);
	r->dl = cmos_read(CMOS_RTC_B) & B_DST;
}

static void handle_1a03(struct regs *r)
{
	rtc_stop();
	cmos_write(RTC_HOURS, r->ch);
	cmos_write(RTC_MINUTES, r->cl);
	cmos_write(RTC_SECONDS, r->dh);
	cmos_write(CMOS_RTC_B, (u8)((cmos_read(CMOS_RTC_B) & ~(B_SET | B_DST)) | B_24H | (r->dl & B_DST)));
}

/* CX year with century, DH month, DL day. */
static void handle_1a04(struct regs *r)
{
	r->ch = cmos_read(CMOS_CENTURY);
	r->cl = cmos_read(RTC_YEAR);
	r->dh = cmos_read(RTC_MONTH);
	r->dl = cmos_read(RTC_DAY);
}

/* Day of the week, Sunday 1, by Zeller's rule with March as the first month. */
static u8 weekday(u32 year, u32 month, u32 day)
{
	if (month < 3) {
		month += 12;
		year--;
	}
	return (u8)((day + (month + 1) * 13 / 5 + year + year / 4 - year / 100 + year / 400 + 6) % 7 + 1);
}

static void handle_1a05(struct regs *r)
{
	u32 year = bcd_to_binary(r->ch) * 100u + bcd_to_binary(r->cl);

	rtc_stop();
	cmos_write(CMOS_CENTURY, r->ch);
	cmos_write(RTC_YEAR, r->cl);
	cmos_write(RTC_MONTH, r->dh);
	cmos_write(RTC_DAY, r->dl);
	cmos_write(RTC_WEEKDAY, weekday(year, bcd_to_binary(r->dh), bcd_to_binary(r->dl)));
	cmos_write(CMOS_RTC_B, cmos_read(CMOS_RTC_B) & (u8)~B_SET);
}

/* An alarm that is set already stays, CF. */
static void handle_1a06(struct regs *r)
{
	if (cmos_read(CMOS_RTC_B) & B_AIE) {
		set_cf(r);
		return;
	}
	cmos_write(RTC_ALARM_HOURS, r->ch);
	cmos_write(RTC_ALARM_MINUTES, r->cl);
	cmos_write(RTC_ALARM_SECONDS, r->dh);
	(void)cmos_read(CMOS_RTC_C);
	cmos_write(CMOS_RTC_B, (u8)((cmos_read(CMOS_RTC_B) & ~B_SET) | B_AIE));
	irq_unmask(8);
}

static void handle_1a07(struct regs *r)
{
	(void)r;
	cmos_write(CMOS_RTC_B, cmos_read(CMOS_RTC_B) & (u8)~B_AIE);
}

void handle_1a(struct regs *r)
{
	u8 function = r->ah;

	if (function == 0xb1) {
		handle_1ab1(r);
		return;
	}
	if (function > 0x07) {
		set_cf(r);
		return;
	}
	if (function >= 0x02 && !rtc_ready()) {
		set_cf(r);
		return;
	}
	clear_cf(r);
	if (function >= 0x01 && function != 0x06)
		r->ah = 0;
	switch (function) {
	case 0x00: handle_1a00(r); break;
	case 0x01: handle_1a01(r); break;
	case 0x02: handle_1a02(r); break;
	case 0x03: handle_1a03(r); break;
	case 0x04: handle_1a04(r); break;
	case 0x05: handle_1a05(r); break;
	case 0x06: handle_1a06(r); break;
	case 0x07: handle_1a07(r); break;
	}
}
