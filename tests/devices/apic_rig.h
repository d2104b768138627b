/* apic_rig.h - a local APIC and an I/O APIC on one bench, with a processor that is two probes. */
#ifndef TESTS_DEVICES_APIC_RIG_H
#define TESTS_DEVICES_APIC_RIG_H

#include "devices/ioapic.h"
#include "devices/lapic.h"
#include "tests/devices/chip_bench.h"

#define EXTINT LAPIC_EXTINT_ACK

/* Registers of the page: SDM 3A table 11-1 */
enum {
	A_ID = 0x20, A_VERSION = 0x30, A_TPR = 0x80, A_APR = 0x90, A_PPR = 0xa0, A_EOI = 0xb0, A_RRD = 0xc0, A_LDR = 0xd0,
	A_DFR = 0xe0, A_SVR = 0xf0, A_ISR = 0x100, A_TMR = 0x180, A_IRR = 0x200, A_ESR = 0x280, A_ICR = 0x300, A_ICR_HIGH = 0x310,
	A_TIMER = 0x320, A_THERMAL = 0x330, A_PERF = 0x340, A_LINT0 = 0x350, A_LINT1 = 0x360, A_ERROR = 0x370,
	A_INITIAL = 0x380, A_CURRENT = 0x390, A_DIVIDE = 0x3e0,
};

static struct bench b;
static struct lapic apic;
static struct ioapic io;
static struct probe intr, nmi, init;

static inline u32 rd(u32 reg)
{
	return bus_read(&b.bus, LAPIC_DEFAULT_BASE + reg, 4);
}

static inline void wr(u32 reg, u32 value)
{
	bus_write(&b.bus, LAPIC_DEFAULT_BASE + reg, 4, value);
}

static inline u32 io_rd(u32 reg)
{
	bus_write(&b.bus, IOAPIC_BASE, 4, reg);
	return bus_read(&b.bus, IOAPIC_BASE + 0x10, 4);
}

static inline void io_wr(u32 reg, u32 value)
{
	bus_write(&b.bus, IOAPIC_BASE, 4, reg);
	bus_write(&b.bus, IOAPIC_BASE + 0x10, 4, value);
}

static inline void io_entry(int pin, u32 low, u32 high)
{
	io_wr(0x11 + 2 * (u32)pin, high);
	io_wr(0x10 + 2 * (u32)pin, low);
}

static inline bool rig_deliver(void *opaque, const struct apic_message *m)
{
	return lapic_receive(opaque, m);
}

static inline void rig_init(bool tsc_deadline)
{
	bench_init(&b);
	lapic_init(&apic, &b.bus, &b.clock, &b.log, &(struct lapic_config){.present = true, .tsc_deadline = tsc_deadline});
	ioapic_init(&io, &b.bus, &b.clock, &b.log);
	apic.intr = probe_line(&intr, &b.clock);
	apic.nmi = probe_line(&nmi, &b.clock);
	apic.init = probe_line(&init, &b.clock);
	apic.ready = (struct line){ioapic_retry, &io, 0};
	apic.eoi = ioapic_eoi;
	apic.eoi_opaque = &io;
	io.deliver = rig_deliver;
	io.deliver_opaque = &apic;
	lapic_reset(&apic);
	ioapic_reset(&io);
}

static inline void turn_on(void)
{
	wr(A_SVR, 0x1ff);
}

static inline bool message(int delivery, int vector, u8 destination, bool logical)
{
	return lapic_receive(&apic, &(struct apic_message){(u8)vector, (u8)delivery, destination, logical, false});
}

static inline bool requested(int vector)
{
	return rd(A_IRR + 0x10 * ((u32)vector >> 5)) >> (vector & 31) & 1;
}

static inline bool in_service(int vector)
{
	return rd(A_ISR + 0x10 * ((u32)vector >> 5)) >> (vector & 31) & 1;
}

#endif
