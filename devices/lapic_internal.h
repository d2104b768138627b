/* lapic_internal.h - between lapic.c (interrupts), lapic_timer.c and lapic_page.c (registers). */
#ifndef DEVICES_LAPIC_INTERNAL_H
#define DEVICES_LAPIC_INTERNAL_H

#include "base/bits.h"
#include "devices/lapic.h"

#define LVT_MASKED BIT(16)
#define LVT_REMOTE_IRR BIT(14)
#define LVT_LEVEL BIT(15)
#define LVT_TIMER_MODE 17 /* two bits: enum timer_mode */
#define SVR_ENABLE BIT(8)

enum timer_mode { TIMER_ONE_SHOT, TIMER_PERIODIC, TIMER_DEADLINE };

/* ESR, 11.5.3 */
enum {
	ESR_SEND_VECTOR = 1 << 5,
	ESR_RECEIVE_VECTOR = 1 << 6,
	ESR_REGISTER = 1 << 7,
};

static inline bool lapic_on(const struct lapic *l)
{
	return l->config.present && (l->r.base & LAPIC_BASE_ENABLE);
}

static inline int lvt_delivery(u32 lvt)
{
	return lvt >> 8 & 7;
}

void lapic_update(struct lapic *l); /* the outputs, from the registers */
void lapic_pins_changed(struct lapic *l); /* LINT0, LINT1 or what they lead to */
void lapic_error(struct lapic *l, u32 esr_bits);
void lapic_local(struct lapic *l, enum lapic_lvt entry); /* an internal source asks */
void lapic_end_of_interrupt(struct lapic *l);
void lapic_send_ipi(struct lapic *l);
u32 lapic_ppr(const struct lapic *l);
u32 lapic_apr(const struct lapic *l);

/* lapic_timer.c */
void lapic_timer_init(struct lapic *l);
void lapic_timer_update(struct lapic *l); /* sets the timer for the next interrupt */
void lapic_timer_load(struct lapic *l, u32 initial);
void lapic_timer_divide(struct lapic *l, u32 divide);
void lapic_timer_set_lvt(struct lapic *l, u32 value);
u32 lapic_timer_count(struct lapic *l);

/* lapic_page.c */
void lapic_map(struct lapic *l);

#endif
