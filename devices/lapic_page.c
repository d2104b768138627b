/* lapic_page.c - the page of registers of the local APIC. SDM 3A 11.4.1, table 11-1. */
#include "devices/lapic_internal.h"

enum reg {
	REG_ID = 0x02, REG_VERSION = 0x03, REG_TPR = 0x08, REG_APR = 0x09, REG_PPR = 0x0a, REG_EOI = 0x0b, REG_RRD = 0x0c,
	REG_LDR = 0x0d, REG_DFR = 0x0e, REG_SVR = 0x0f, REG_ISR = 0x10, REG_TMR = 0x18, REG_IRR = 0x20, REG_ESR = 0x28,
	REG_ICR_LOW = 0x30, REG_ICR_HIGH = 0x31, REG_LVT_TIMER = 0x32, REG_LVT_ERROR = 0x37, REG_INITIAL_COUNT = 0x38,
	REG_CURRENT_COUNT = 0x39, REG_DIVIDE = 0x3e,
};

#define VERSION 0x14 /* integrated, as Pentium 4 and later: 11.4.8 */
#define SVR_WRITABLE 0x3ffu /* vector, enable, focus */
#define ICR_WRITABLE 0xccfffu /* no delivery status: an IPI leaves at once */
#define DIVIDE_WRITABLE 0xbu

/* What software may set in each LVT entry: figure 11-8 */
static const u32 lvt_writable[LVT_COUNT] = {
	[LVT_TIMER] = 0x700ff,
	[LVT_THERMAL] = 0x107ff,
	[LVT_PERF] = 0x107ff,
	[LVT_LINT0] = 0x1a7ff,
	[LVT_LINT1] = 0x1a7ff,
	[LVT_ERROR] = 0x100ff,
};

static void illegal_register(struct lapic *l)
{
	lapic_error(l, ESR_REGISTER);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static u32 read_register(struct lapic *l, u32 reg)
{
	if (reg >= REG_ISR && reg < REG_ESR) {
		const u32 *bits = reg < REG_TMR ? l->r.isr : reg < REG_IRR ? l->r.tmr : l->r.irr;
		return bits[reg & 7];
	}
	if (reg >= REG_LVT_TIMER && reg <= REG_LVT_ERROR)
		return l->r.lvt[reg - REG_LVT_TIMER];
	switch (reg) {
	case REG_ID: return l->r.id;
	case REG_VERSION: return VERSION | (LVT_COUNT - 1) << 16;
	case REG_TPR: return l->r.tpr;
	case REG_APR: return lapic_apr(l);
	case REG_PPR: return lapic_ppr(l);
	case REG_LDR: return l->r.ldr;
	case REG_DFR: return l->r.dfr;
	case REG_SVR: return l->r.svr;
	case REG_ESR: return l->r.esr;
	case REG_ICR_LOW: return l->r.icr_low;
	case REG_ICR_HIGH: return l->r.icr_high;
	case REG_INITIAL_COUNT: return l->r.initial_count;
	case REG_CURRENT_COUNT: return lapic_timer_count(l);
	case REG_DIVIDE: return l->r.divide;
	case REG_EOI: case REG_RRD: return 0; /* write-only; no remote reads */
	default: illegal_register(l); return 0;
	}
}

static u32 page_read(void *opaque, u32 offset, int size)
{
	struct lapic *l = opaque;
	u32 at = offset & 15;
	if (at + (u32)size > 4)
		return 0;
	return read_register(l, offset >> 4) >> 8 * at;
}

/* ---- writing -------------------------------------------------------------------------------------------- */

static void write_lvt(struct lapic *l, int entry, u32 value)
{
	u32 writable = lvt_writable[entry];
	if (entry == LVT_TIMER && !l->config.tsc_deadline)
		writable &= ~BIT(LVT_TIMER_MODE + 1);
	value = (value & writable) | (l->r.lvt[entry] & LVT_REMOTE_IRR);
	if (!(l->r.svr & SVR_ENABLE)) /* 11.4.7.2 */
		value |= LVT_MASKED;
	if (entry == LVT_TIMER) {
		lapic_timer_set_lvt(l, value);
		return;
	}
	bool is_level = (value & LVT_LEVEL) && lvt_delivery(value) == APIC_FIXED;
	l->r.lvt[entry] = is_level ? value : value & ~LVT_REMOTE_IRR;
	if (entry == LVT_LINT0 || entry == LVT_LINT1)
		lapic_pins_changed(l);
}

static void write_svr(struct lapic *l, u32 value)
{
	bool was_on = l->r.svr & SVR_ENABLE;
	l->r.svr = value & SVR_WRITABLE;
	if (l->r.svr & SVR_ENABLE) {
		if (!was_on) {
			line_set(&l->ready, 1);
			line_set(&l->ready, 0);
		}
		return;
	}
	for (int i = 0; i < LVT_COUNT; i++)
		write_lvt(l, i, l->r.lvt[i]);
}

/* 11.5.3: a write gives what was found since the last one, and begins anew. */
static void write_esr(struct lapic *l)
{
	l->r.esr = l->r.errors;
	l->r.errors = 0;
}

static void write_register(struct lapic *l, u32 reg, u32 value)
{
	if (reg >= REG_LVT_TIMER && reg <= REG_LVT_ERROR) {
		write_lvt(l, (int)(reg - REG_LVT_TIMER), value);
		return;
	}
	switch (reg) {
	case REG_ID: l->r.id = value & 0xff000000; break;
	case REG_TPR: l->r.tpr = value & 0xff; break;
	case REG_EOI: lapic_end_of_interrupt(l); break;
	case REG_LDR: l->r.ldr = value & 0xff000000; break;
	case REG_DFR: l->r.dfr = value | 0x0fffffff; break;
	case REG_SVR: write_svr(l, value); break;
	case REG_ESR: write_esr(l); break;
	case REG_ICR_HIGH: l->r.icr_high = value & 0xff000000; break;
	case REG_ICR_LOW:
		l->r.icr_low = value & ICR_WRITABLE;
		lapic_send_ipi(l);
		break;
	case REG_INITIAL_COUNT: lapic_timer_load(l, value); break;
	case REG_DIVIDE: lapic_timer_divide(l, value & DIVIDE_WRITABLE); break;
	case REG_VERSION: case REG_APR: case REG_PPR: case REG_RRD: case REG_CURRENT_COUNT: break; /* read-only */
	default:
		if (reg < REG_ISR || reg >= REG_ESR)
			illegal_register(l);
		break;
	}
	lapic_update(l);
}

static void page_write(void *opaque, u32 offset, int size, u32 value)
{
	if (size == 4 && !(offset & 15))
		write_register(opaque, offset >> 4, value);
}

static const struct io_ops page_ops = {page_read, page_write, 4};

/* Puts the page where IA32_APIC_BASE says: 11.4.5 */
void lapic_map(struct lapic *l)
{
	u64 want = lapic_on(l) ? l->r.base & ~(u64)(LAPIC_PAGE - 1) : CLOCK_NEVER;
	if (want == l->mapped)
		return;
	if (l->mapped != CLOCK_NEVER)
		bus_remove_mmio(l->bus, l->mapped, l);
	if (want != CLOCK_NEVER)
		bus_add_mmio(l->bus, want, LAPIC_PAGE, &page_ops, l);
	l->mapped = want;
}
