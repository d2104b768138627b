/* lapic.c - the local APIC's interrupts: from pins and messages to the processor; see lapic.h. Sections: SDM 3A. */
#include <string.h>

#include "devices/lapic_internal.h"

#define ICR_VECTOR 0xff
#define ICR_LOGICAL BIT(11)
#define ICR_ASSERT BIT(14)
#define ICR_LEVEL BIT(15)
#define FIRST_VECTOR 16 /* 0..15 are illegal: 11.5.2 */
#define BROADCAST 0xff

/* ---- 256-bit registers ------------------------------------------------------------------------------- */

static void set_bit(u32 *reg, int n)
{
	reg[n >> 5] |= BIT(n & 31);
}

static void clear_bit(u32 *reg, int n)
{
	reg[n >> 5] &= ~BIT(n & 31);
}

static bool get_bit(const u32 *reg, int n)
{
	return reg[n >> 5] >> (n & 31) & 1;
}

/* -1: none */
static int highest(const u32 *reg)
{
	for (int i = 7; i >= 0; i--)
		if (reg[i])
			return i * 32 + 31 - __builtin_clz(reg[i]);
	return -1;
}

static u32 class_of(int vector)
{
	return vector < 0 ? 0 : (u32)vector & 0xf0;
}

/* ---- priorities ------------------------------------------------------------------------------------------ */

/* 11.8.3.1: the processor priority is the higher of the task's class and that of what is in service. */
u32 lapic_ppr(const struct lapic *l)
{
	u32 serving = class_of(highest(l->r.isr));
	return (l->r.tpr & 0xf0) >= serving ? l->r.tpr & 0xff : serving;
}

/* 11.6.2.4 */
u32 lapic_apr(const struct lapic *l)
{
	u32 task = l->r.tpr & 0xf0, serving = class_of(highest(l->r.isr)), asking = class_of(highest(l->r.irr));
	if (task >= asking && task > serving)
		return l->r.tpr & 0xff;
	u32 both = task & serving;
	return both > asking ? both : asking;
}

/* The vector that may be given to the processor now, or -1. */
static int deliverable(const struct lapic *l)
{
	int v = highest(l->r.irr);
	return v >= 0 && class_of(v) > (lapic_ppr(l) & 0xf0) ? v : -1;
}

static bool pin_is_extint(const struct lapic *l, int pin)
{
	u32 lvt = l->r.lvt[LVT_LINT0 + pin];
	return l->r.lint[pin] && !(lvt & LVT_MASKED) && lvt_delivery(lvt) == APIC_EXTINT;
}

static bool wants_inta(const struct lapic *l)
{
	return l->r.extint || pin_is_extint(l, 0) || pin_is_extint(l, 1);
}

void lapic_update(struct lapic *l)
{
	line_set(&l->intr, lapic_on(l) ? wants_inta(l) || deliverable(l) >= 0 : l->r.lint[0]);
}

int lapic_ack(struct lapic *l)
{
	int v = LAPIC_EXTINT_ACK;
	if (lapic_on(l) && wants_inta(l)) {
		l->r.extint = 0;
	} else if (lapic_on(l)) {
		v = deliverable(l);
		if (v < 0) /* 11.9: withdrawn meanwhile */
			return (int)(l->r.svr & 0xff);
		clear_bit(l->r.irr, v);
		set_bit(l->r.isr, v);
	}
	lapic_update(l);
	return v;
}

/* ---- what arrives ------------------------------------------------------------------------------------------ */

static void pulse(const struct line *line)
{
	line_set(line, 1);
	line_set(line, 0);
}

/* 11.8.4: into the IRR. False: not accepted. */
static bool accept(struct lapic *l, int vector, bool level)
{
	if (!(l->r.svr & SVR_ENABLE)) /* 11.4.7.2 */
		return false;
	if (vector < FIRST_VECTOR) {
		lapic_error(l, ESR_RECEIVE_VECTOR);
		return false;
	}
	set_bit(l->r.irr, vector);
	if (level)
		set_bit(l->r.tmr, vector);
	else
		clear_bit(l->r.tmr, vector);
	return true;
}

static bool deliver(struct lapic *l, int delivery, int vector, bool level)
{
	bool accepted = true;
	switch (delivery) {
	case APIC_FIXED:
	case APIC_LOWEST: /* there is only one to choose */
		accepted = accept(l, vector, level);
		break;
	case APIC_NMI:
		pulse(&l->nmi);
		break;
	case APIC_INIT:
		pulse(&l->init);
		break;
	case APIC_EXTINT:
		accepted = l->r.svr & SVR_ENABLE;
		l->r.extint |= accepted;
		break;
	case APIC_SMI:
		log_once(l->log, "lapic", "a system-management interrupt was ignored");
		break;
	default: /* a SIPI to a processor that does not wait for it: 9.4.3; and what is reserved */
		break;
	}
	lapic_update(l);
	return accepted;
}

/* Errors are kept until ESR is written, and only then may the next one interrupt: 11.5.3 */
void lapic_error(struct lapic *l, u32 esr_bits)
{
	bool first = !l->r.errors;
	l->r.errors |= esr_bits;
	if (first)
		lapic_local(l, LVT_ERROR);
}

void lapic_local(struct lapic *l, enum lapic_lvt entry)
{
	u32 lvt = l->r.lvt[entry];
	if (!lapic_on(l) || (lvt & LVT_MASKED))
		return;
	bool has_mode = entry != LVT_TIMER && entry != LVT_ERROR;
	deliver(l, has_mode ? lvt_delivery(lvt) : APIC_FIXED, lvt & 0xff, false);
}

/* ---- pins ---------------------------------------------------------------------------------------------------- */

/* A fixed interrupt of LINT0 may be level-triggered: then remote IRR holds it back until its EOI. LINT1 cannot (11.5.1). */
static bool is_level_pin(const struct lapic *l, int pin)
{
	u32 lvt = l->r.lvt[LVT_LINT0 + pin];
	return pin == 0 && (lvt & LVT_LEVEL) && lvt_delivery(lvt) == APIC_FIXED;
}

static void look_at_level_pin(struct lapic *l)
{
	u32 *lvt = &l->r.lvt[LVT_LINT0];
	if (!is_level_pin(l, 0) || !l->r.lint[0] || (*lvt & (LVT_MASKED | LVT_REMOTE_IRR)))
		return;
	if (deliver(l, APIC_FIXED, *lvt & 0xff, true))
		*lvt |= LVT_REMOTE_IRR;
}

static void rising_pin(struct lapic *l, int pin)
{
	u32 lvt = l->r.lvt[LVT_LINT0 + pin];
	if (!lapic_on(l)) {
		if (pin == 1)
			pulse(&l->nmi);
		return;
	}
	if (lvt_delivery(lvt) != APIC_EXTINT && !is_level_pin(l, pin))
		lapic_local(l, LVT_LINT0 + pin);
}

void lapic_pins_changed(struct lapic *l)
{
	if (lapic_on(l))
		look_at_level_pin(l);
	lapic_update(l);
}

void lapic_set_lint(void *lapic, int n, int level)
{
	struct lapic *l = lapic;
	if (l->r.lint[n & 1] == (level != 0))
		return;
	l->r.lint[n & 1] = level != 0;
	if (level)
		rising_pin(l, n & 1);
	lapic_pins_changed(l);
}

/* 11.8.5 */
void lapic_end_of_interrupt(struct lapic *l)
{
	int v = highest(l->r.isr);
	if (v < 0)
		return;
	clear_bit(l->r.isr, v);
	if (get_bit(l->r.tmr, v)) {
		u32 *lint0 = &l->r.lvt[LVT_LINT0];
		if ((*lint0 & LVT_REMOTE_IRR) && (int)(*lint0 & 0xff) == v)
			*lint0 &= ~LVT_REMOTE_IRR;
		if (l->eoi)
			l->eoi(l->eoi_opaque, v);
		look_at_level_pin(l);
	}
	lapic_update(l);
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

/* 11.6.2.2: flat, a bit an APIC; cluster, four bits of cluster and four of APIC. */
static bool logical_match(const struct lapic *l, u8 mda)
{
	u8 id = (u8)(l->r.ldr >> 24);
	if (mda == BROADCAST)
		return true;
	if (l->r.dfr >> 28 == 15)
		return mda & id;
	return (mda >> 4 == id >> 4 || mda >> 4 == 15) && (mda & id & 15);
}

static bool is_for_me(const struct lapic *l, bool logical, u8 destination)
{
	return logical ? logical_match(l, destination) : destination == BROADCAST || destination == l->r.id >> 24;
}

bool lapic_receive(struct lapic *l, const struct apic_message *m)
{
	return lapic_on(l) && is_for_me(l, m->logical, m->destination) && deliver(l, m->delivery, m->vector, m->level);
}

/* 11.6.1, tables 11-3 and 11-4: a shorthand that includes the sender makes sense for fixed interrupts only. */
void lapic_send_ipi(struct lapic *l)
{
	enum { TO_DESTINATION, TO_SELF, TO_ALL, TO_OTHERS } shorthand = l->r.icr_low >> 18 & 3;
	int delivery = l->r.icr_low >> 8 & 7, vector = l->r.icr_low & ICR_VECTOR;
	bool level = l->r.icr_low & ICR_LEVEL, assert_level = l->r.icr_low & ICR_ASSERT;
	bool fixed = delivery == APIC_FIXED || delivery == APIC_LOWEST;
	if (fixed && vector < FIRST_VECTOR) {
		lapic_error(l, ESR_SEND_VECTOR);
		return;
	}
	/* INIT level de-assert only sets arbitration IDs; other level-triggered IPIs are edges, or nothing. */
	if ((level && !assert_level) || delivery == APIC_EXTINT || delivery == 3 || shorthand == TO_OTHERS)
		return;
	if (shorthand == TO_SELF || shorthand == TO_ALL) {
		if (delivery != APIC_FIXED)
			return;
	} else if (!is_for_me(l, l->r.icr_low & ICR_LOGICAL, (u8)(l->r.icr_high >> 24))) {
		return;
	}
	deliver(l, delivery, vector, false);
}

/* ---- life ---------------------------------------------------------------------------------------------------------- */

/* 11.4.7.1; what others drive does not change */
static void power_on(struct lapic *l)
{
	u64 base = l->r.base, offset = l->r.tsc_offset;
	u8 lint[2] = {l->r.lint[0], l->r.lint[1]};
	memset(&l->r, 0, sizeof l->r);
	l->r.base = base;
	l->r.tsc_offset = offset;
	l->r.lint[0] = lint[0];
	l->r.lint[1] = lint[1];
	l->r.dfr = 0xffffffff;
	l->r.svr = 0xff;
	for (int i = 0; i < LVT_COUNT; i++)
		l->r.lvt[i] = LVT_MASKED;
}

void lapic_set_base(void *lapic, u64 value)
{
	struct lapic *l = lapic;
	bool was = lapic_on(l);
	l->r.base = value;
	if (was && !lapic_on(l))
		power_on(l);
	lapic_map(l);
	lapic_timer_update(l);
	lapic_update(l);
}

u64 lapic_cr8(const struct lapic *l)
{
	return l->r.tpr >> 4 & 15;
}

void lapic_set_cr8(struct lapic *l, u64 value)
{
	l->r.tpr = (u32)(value & 15) << 4;
	lapic_update(l);
}

void lapic_init(struct lapic *l, struct bus *bus, struct clock *clock, struct log *log, const struct lapic_config *config)
{
	memset(l, 0, sizeof *l);
	l->bus = bus;
	l->clock = clock;
	l->log = log;
	l->config = *config;
	l->mapped = CLOCK_NEVER;
	lapic_timer_init(l);
	l->r.base = LAPIC_DEFAULT_BASE | LAPIC_BASE_ENABLE | LAPIC_BASE_BSP;
	power_on(l);
	lapic_map(l);
}

void lapic_reset(struct lapic *l)
{
	l->r.tsc_offset = 0; /* RESET clears the TSC's: SDM 3A table 9-1 */
	power_on(l);
	lapic_set_base(l, LAPIC_DEFAULT_BASE | LAPIC_BASE_ENABLE | LAPIC_BASE_BSP);
}

void lapic_soft_reset(struct lapic *l)
{
	u32 id = l->r.id;
	power_on(l);
	l->r.id = id;
	lapic_timer_update(l);
	lapic_update(l);
}

void lapic_restore(struct lapic *l)
{
	lapic_map(l);
	lapic_timer_update(l);
	lapic_update(l);
}
