/* hpet.h - the high precision event timers: a 64-bit counter of 100 MHz and three comparators at FED00000h.
 *
 *   PIT OUT0 ──> in 0 ─┬─ legacy replacement ──> `irq0`   timer 0 instead of the PIT
 *   RTC IRQ  ──> in 1 ─┴─────────────────────> `irq8`   timer 1 instead of the RTC
 *   timers ────────────── INT_ROUTE ─────────> `pin`    inputs 20..23 of the I/O APIC
 *
 * IA-PC HPET specification 1.0a; sections in hpet.c are its. Every timer is of 64 bits and periodic. An interrupt of edge
 * type rises at the match and falls just before the next one: an 8259A wants its request to stay until acknowledged.
 * Registers are read and written as dwords (a 64-bit access is two); narrower reads give their bytes, narrower or
 * unaligned writes go nowhere. In periodic mode VAL_SET covers one write of the comparator: one dword in 32-bit mode, the
 * low dword and a high one that follows it otherwise.
 * Not emulated: FSB interrupts, the 64-bit counter's wrap (5845 years).
 */
#ifndef DEVICES_HPET_H
#define DEVICES_HPET_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"

#define HPET_BASE 0xfed00000u
#define HPET_TIMERS 3
#define HPET_TICK_NS 10u

enum { HPET_IN_PIT, HPET_IN_RTC };

struct hpet_timer_regs {
	u64 comparator;
	u64 period;     /* last value written in periodic mode, added at each match */
	u64 from;       /* the counter's value from which on a match counts */
	u32 config;
	u8 out;         /* edge type: its level */
	u8 set_high;    /* the high half of a comparator that VAL_SET covers comes next */
};

struct hpet_regs {
	u64 counter;    /* its value at counted_ns; while halted, its value */
	u64 counted_ns;
	u32 config;     /* GEN_CONF */
	u32 status;     /* GINTR_STA */
	struct hpet_timer_regs timer[HPET_TIMERS];
	u8 in[2];       /* levels of PIT and RTC */
};

struct hpet {
	struct hpet_regs r;
	struct clock *clock;
	struct line irq0, irq8;
	struct line pin; /* n is replaced by the number of the I/O APIC's input */
	struct timer timer; /* the next match of any */
};

void hpet_init(struct hpet *h, struct bus *bus, struct clock *clock, struct log *log);
void hpet_reset(struct hpet *h);
void hpet_restore(struct hpet *h);

void hpet_set_input(void *hpet, int n, int level); /* n: HPET_IN_*; fits struct line.set */

#endif
