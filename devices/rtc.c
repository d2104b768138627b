/* rtc.c - the MC146818A; see rtc.h. Names in quotes are headings of its data sheet. */
#include "devices/rtc.h"

#include <string.h>

#include "base/bits.h"

enum {
	SECONDS = 0, SECONDS_ALARM = 1,
	MINUTES = 2, MINUTES_ALARM = 3,
	HOURS = 4, HOURS_ALARM = 5,
	WEEKDAY = 6, DAY = 7, MONTH = 8, YEAR = 9,
	REG_A = 10, REG_B = 11, REG_C = 12, REG_D = 13,
};

#define A_UIP 0x80
#define A_DV 0x70
#define A_DV_32KHZ 0x20
#define A_RS 0x0f
#define B_SET 0x80
#define B_PIE 0x40
#define B_AIE 0x20
#define B_UIE 0x10
#define B_SQWE 0x08
#define B_DM 0x04 /* 1: binary */
#define B_24 0x02
#define C_IRQF 0x80
#define C_PF 0x40
#define C_AF 0x20
#define C_UF 0x10
#define D_VRT 0x80
#define HOUR_PM 0x80
#define ALARM_ANY 0xc0

#define UIP_NS 2228000u        /* 244 us + 1984 us ("Update cycle") */
#define FIRST_UPDATE_NS 500000000u /* after the divider leaves reset ("Divider control") */
/* 32,768 Hz: 64 ticks take 1,953,125 ns */
#define TICKS 64u
#define TICKS_NS 1953125u

static bool running(const struct rtc *rtc)
{
	return (rtc->r.cmos[REG_A] & A_DV) == A_DV_32KHZ;
}

/* --- the calendar --- */

static int from_format(const struct rtc *rtc, u8 v)
{
	return rtc->r.cmos[REG_B] & B_DM ? v : (v >> 4) * 10 + (v & 15);
}

static u8 to_format(const struct rtc *rtc, int v)
{
	return (u8)(rtc->r.cmos[REG_B] & B_DM ? v : v / 10 << 4 | v % 10);
}

/* Adds one to a register that counts first..last; true if it wrapped. */
static bool increment(struct rtc *rtc, int reg, int first, int last)
{
	int v = from_format(rtc, rtc->r.cmos[reg]);
	bool wraps = v >= last;
	rtc->r.cmos[reg] = to_format(rtc, wraps ? first : v + 1);
	return wraps;
}

/* 12 AM, 1 AM .. 11 AM, 12 PM, 1 PM .. 11 PM */
static bool increment_hour(struct rtc *rtc)
{
	u8 *reg = &rtc->r.cmos[HOURS];
	if (rtc->r.cmos[REG_B] & B_24)
		return increment(rtc, HOURS, 0, 23);
	u8 pm = *reg & HOUR_PM;
	int v = from_format(rtc, *reg & (u8)~HOUR_PM);
	v = v >= 12 ? 1 : v + 1;
	if (v == 12)
		pm ^= HOUR_PM;
	*reg = to_format(rtc, v) | pm;
	return v == 12 && !pm;
}

static int days_in_month(const struct rtc *rtc)
{
	static const u8 days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int month = from_format(rtc, rtc->r.cmos[MONTH]), year = from_format(rtc, rtc->r.cmos[YEAR]);
	if (month < 1 || month > 12)
		return 31;
	return days[month - 1] + (month == 2 && year % 4 == 0);
}

static void next_second(struct rtc *rtc)
{
	if (!increment(rtc, SECONDS, 0, 59) || !increment(rtc, MINUTES, 0, 59) || !increment_hour(rtc))
		return;
	increment(rtc, WEEKDAY, 1, 7);
	if (!increment(rtc, DAY, 1, days_in_month(rtc)) || !increment(rtc, MONTH, 1, 12))
		return;
	increment(rtc, YEAR, 0, 99);
}

static bool alarm_matches(const struct rtc *rtc)
{
	for (int reg = SECONDS; reg <= HOURS; reg += 2) {
		u8 want = rtc->r.cmos[reg + 1];
		if ((want & ALARM_ANY) != ALARM_ANY && want != rtc->r.cmos[reg])
			return false;
	}
	return true;
}

/* --- periodic interrupt --- */

/* In ticks of 32,768 Hz; 0: none ("Rate selection") */
static u64 period(const struct rtc *rtc)
{
	int rs = rtc->r.cmos[REG_A] & A_RS;
	if (!rs || !running(rtc))
		return 0;
	return 1ull << (rs < 3 ? rs + 6 : rs - 1);
}

static u64 periods_now(const struct rtc *rtc)
{
	u64 p = period(rtc);
	return p ? (clock_now(rtc->clock) - rtc->r.divider_ns) * TICKS / TICKS_NS / p : 0;
}

/* Sets PF for the periods that have gone by since somebody looked. */
static void note_periods(struct rtc *rtc)
{
	u64 n = periods_now(rtc);
	if (n > rtc->r.periods_seen)
		rtc->r.cmos[REG_C] |= C_PF;
	rtc->r.periods_seen = n;
}

/* --- outputs --- */

static void set_timer(struct rtc *rtc, struct timer *t, u64 due)
{
	if (t->due_ns != due)
		timer_set(rtc->clock, t, due);
}

static void rtc_update(struct rtc *rtc)
{
	u8 *c = &rtc->r.cmos[REG_C];
	bool irq = *c & rtc->r.cmos[REG_B] & (C_PF | C_AF | C_UF);
	*c = (u8)((*c & ~C_IRQF) | (irq ? C_IRQF : 0));
	line_set(&rtc->irq8, irq);

	u64 due = CLOCK_NEVER, p = period(rtc);
	if (p && (rtc->r.cmos[REG_B] & B_PIE) && !(*c & C_PF))
		due = rtc->r.divider_ns + ((rtc->r.periods_seen + 1) * p * TICKS_NS + TICKS - 1) / TICKS;
	set_timer(rtc, &rtc->periodic_timer, due);
	set_timer(rtc, &rtc->update_timer, rtc->r.next_update_ns);
}

static void update_cycle(void *opaque)
{
	struct rtc *rtc = opaque;
	u64 now = clock_now(rtc->clock);
	while (rtc->r.next_update_ns <= now) {
		rtc->r.next_update_ns += CLOCK_SECOND;
		if (rtc->r.cmos[REG_B] & B_SET)
			continue;
		next_second(rtc);
		rtc->r.cmos[REG_C] |= C_UF;
		if (alarm_matches(rtc))
			rtc->r.cmos[REG_C] |= C_AF;
	}
	rtc_update(rtc);
}

static void periodic(void *opaque)
{
	struct rtc *rtc = opaque;
	note_periods(rtc);
	rtc_update(rtc);
}

/* --- registers --- */

static bool update_in_progress(const struct rtc *rtc)
{
	u64 now = clock_now(rtc->clock), next = rtc->r.next_update_ns;
	return next != CLOCK_NEVER && !(rtc->r.cmos[REG_B] & B_SET) && now < next && next - now <= UIP_NS;
}

static void write_a(struct rtc *rtc, u8 v)
{
	bool ran = running(rtc);
	u64 old_period = period(rtc);
	note_periods(rtc);
	rtc->r.cmos[REG_A] = v & (u8)~A_UIP;
	if (running(rtc) && !ran) {
		rtc->r.divider_ns = clock_now(rtc->clock);
		rtc->r.next_update_ns = rtc->r.divider_ns + FIRST_UPDATE_NS;
	} else if (!running(rtc)) {
		rtc->r.next_update_ns = CLOCK_NEVER;
		if ((v & A_DV) < A_DV_32KHZ)
			log_once(rtc->log, "rtc", "divider set for another crystal; the clock stops");
	}
	if (period(rtc) != old_period || !ran)
		rtc->r.periods_seen = periods_now(rtc);
}

static void write_b(struct rtc *rtc, u8 v)
{
	if (v & B_SET)
		v &= (u8)~B_UIE; /* "SET going high clears UIE" */
	rtc->r.cmos[REG_B] = v;
}

static void data_write(struct rtc *rtc, u8 v)
{
	note_periods(rtc);
	switch (rtc->r.index) {
	case REG_A:
		write_a(rtc, v);
		break;
	case REG_B:
		write_b(rtc, v);
		break;
	case REG_C:
	case REG_D:
		return; /* read-only */
	default:
		rtc->r.cmos[rtc->r.index] = v;
		return;
	}
	rtc_update(rtc);
}

static u8 data_read(struct rtc *rtc)
{
	u8 v = rtc->r.cmos[rtc->r.index];
	switch (rtc->r.index) {
	case REG_A:
		return v | (update_in_progress(rtc) ? A_UIP : 0);
	case REG_C:
		note_periods(rtc);
		rtc_update(rtc);
		v = rtc->r.cmos[REG_C];
		rtc->r.cmos[REG_C] = 0;
		rtc_update(rtc);
		return v;
	default:
		return v;
	}
}

static u32 rtc_read(void *opaque, u32 offset, int size)
{
	(void)size;
	return offset ? data_read(opaque) : 0xff; /* the index is write-only */
}

static void rtc_write(void *opaque, u32 offset, int size, u32 value)
{
	struct rtc *rtc = opaque;
	(void)size;
	if (offset) {
		data_write(rtc, (u8)value);
		return;
	}
	rtc->r.index = value & 0x7f;
	rtc->r.nmi_masked = (u8)(value >> 7 & 1);
	line_set(&rtc->nmi_mask, rtc->r.nmi_masked);
}

static const struct io_ops rtc_ops = {rtc_read, rtc_write, 1};

/* --- life --- */

/* Days since 1970-01-01 to a date, by years and months: a loop of at most some centuries. */
static void set_date(struct rtc *rtc, s64 days)
{
	int year = 1970, month = 1;
	rtc->r.cmos[WEEKDAY] = to_format(rtc, (int)((days % 7 + 7 + 4) % 7) + 1); /* 1970-01-01: Thursday, 5 */
	if (days < 0 || days > 365 * 8000)
		days = 0;
	for (;;) {
		bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
		int length = leap ? 366 : 365;
		if (days < length)
			break;
		days -= length;
		year++;
	}
	rtc->r.cmos[YEAR] = to_format(rtc, year % 100);
	rtc->r.cmos[RTC_CENTURY] = to_format(rtc, year / 100);
	for (;; month++) {
		rtc->r.cmos[MONTH] = to_format(rtc, month);
		int length = days_in_month(rtc); /* wrong in the February of 2100, as the chip is */
		if (days < length || month == 12)
			break;
		days -= length;
	}
	rtc->r.cmos[DAY] = to_format(rtc, (int)days + 1);
}

static void set_time(struct rtc *rtc, s64 seconds)
{
	s64 day = 24 * 60 * 60;
	s64 days = (seconds < 0 ? seconds - day + 1 : seconds) / day;
	int rest = (int)(seconds - days * day);
	rtc->r.cmos[SECONDS] = to_format(rtc, rest % 60);
	rtc->r.cmos[MINUTES] = to_format(rtc, rest / 60 % 60);
	rtc->r.cmos[HOURS] = to_format(rtc, rest / 3600);
	set_date(rtc, days);
}

void rtc_init(struct rtc *rtc, struct bus *bus, struct clock *clock, struct log *log, const struct rtc_config *config)
{
	memset(rtc, 0, sizeof *rtc);
	rtc->clock = clock;
	rtc->log = log;
	timer_init(&rtc->update_timer, update_cycle, rtc);
	timer_init(&rtc->periodic_timer, periodic, rtc);
	rtc->r.cmos[REG_A] = A_DV_32KHZ | 6; /* what a BIOS sets: 1024 Hz */
	rtc->r.cmos[REG_B] = B_24;
	rtc->r.cmos[REG_D] = D_VRT;
	set_time(rtc, config->base_seconds);
	rtc->r.divider_ns = clock_now(clock);
	rtc->r.next_update_ns = rtc->r.divider_ns + CLOCK_SECOND;
	timer_set(clock, &rtc->update_timer, rtc->r.next_update_ns);
	bus_add_ports(bus, 0x70, 2, &rtc_ops, rtc);
}

void rtc_reset(struct rtc *rtc)
{
	note_periods(rtc);
	rtc->r.cmos[REG_B] &= (u8)~(B_PIE | B_AIE | B_UIE | B_SQWE);
	rtc->r.cmos[REG_C] = 0;
	rtc->r.nmi_masked = 0;
	line_set(&rtc->nmi_mask, 0);
	rtc_update(rtc);
}

void rtc_restore(struct rtc *rtc)
{
	line_set(&rtc->nmi_mask, rtc->r.nmi_masked);
	rtc_update(rtc);
}

void rtc_set_cmos(struct rtc *rtc, int index, u8 value)
{
	rtc->r.cmos[index & (RTC_CMOS_SIZE - 1)] = value;
}

u8 rtc_get_cmos(const struct rtc *rtc, int index)
{
	return rtc->r.cmos[index & (RTC_CMOS_SIZE - 1)];
}
