/* rtc.h - the MC146818A real-time clock with 128 bytes of CMOS RAM at 70h, 71h.
 *
 *   70h W  bit 7: NMI off --> `nmi_mask`;  bits 6..0: index
 *   71h RW the byte at the index                             --> `irq8`
 *
 * Motorola MC146818A data sheet. Time registers count in whatever format register B names and
 * are not converted when the format changes, as in the chip. Update cycle: UIP rises 2228 us
 * before the registers change (244 us + 1984 us), update-ended comes with the change.
 * Not emulated: daylight saving (the bit is stored), square-wave output, crystals other than
 * 32.768 kHz (DV other than 010: divider stopped). The century byte (32h) is RAM, filled at init.
 */
#ifndef DEVICES_RTC_H
#define DEVICES_RTC_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"

#define RTC_CMOS_SIZE 128
#define RTC_CENTURY 0x32

struct rtc_config {
	s64 base_seconds; /* the date at virtual time 0, in seconds since 1970-01-01 00:00, as local time */
};

struct rtc_regs {
	u64 next_update_ns; /* CLOCK_NEVER: divider in reset */
	u64 divider_ns;     /* when the divider chain was at zero */
	u64 periods_seen;   /* periods since then that PF has told about */
	u8 index;           /* bits 6..0 of port 70h */
	u8 nmi_masked;
	u8 cmos[RTC_CMOS_SIZE]; /* 0..9 time, 10..13 registers A..D, then RAM */
};

struct rtc {
	struct rtc_regs r;
	struct clock *clock;
	struct log *log;
	struct line irq8;
	struct line nmi_mask; /* level 1: NMIs are masked */
	struct timer update_timer, periodic_timer;
};

void rtc_init(struct rtc *rtc, struct bus *bus, struct clock *clock, struct log *log, const struct rtc_config *config);
void rtc_reset(struct rtc *rtc); /* RESET pin: time and RAM stay */
void rtc_restore(struct rtc *rtc);

/* What the machine's configuration puts into CMOS; index 0..127, no side effects. */
void rtc_set_cmos(struct rtc *rtc, int index, u8 value);
u8 rtc_get_cmos(const struct rtc *rtc, int index);

static inline bool rtc_nmi_masked(const struct rtc *rtc)
{
	return rtc->r.nmi_masked;
}

#endif
