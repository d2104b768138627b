/* lapic.h - the local APIC of the processor, as xAPIC: one page of registers at FEE00000h.
 *
 *   8259 INTR ──> LINT0 ─┐            ┌─> `intr`  INTR of the processor's core
 *   NMI ────────> LINT1 ─┤  LVT       ├─> `nmi`
 *   timer, error ────────┤  IRR, ISR  ├─> `init`
 *   I/O APIC, IPIs ──────┘  TPR, PPR  └─> `eoi`   end of interrupt, to the I/O APIC
 *
 * SDM 3A chapter 11 ("APIC"); sections in the sources are of that chapter's 2023 numbering. One processor: an IPI
 * reaches it or nobody. The timer's input is a bus clock of 100 MHz. When IA32_APIC_BASE disables the APIC, LINT0 is
 * INTR and LINT1 is NMI, and the registers fall back to their state at RESET (11.4.3).
 *
 * Where the manual leaves it open: accesses that are not of 32 bits on a 16-byte boundary read their bytes of the
 * register's first dword or zeroes, and write nothing (11.4.1 calls them undefined). ExtINT, which knows no priority, goes
 * before fixed interrupts. Requests that wait when software clears SVR bit 8 are still given to the processor.
 * Lines carry logical levels (1 = asserted), thus the polarity bit of an LVT entry is stored and does nothing.
 *
 * Not emulated: x2APIC, SMI (an SMI message goes nowhere), thermal and performance interrupts (their LVT entries are
 * there, nothing raises them), arbitration, the P6's 4-bit IDs, sleeping in wait-for-SIPI (INIT restarts the one
 * processor, SIPI is ignored), a page relocated onto RAM (the RAM answers).
 */
#ifndef DEVICES_LAPIC_H
#define DEVICES_LAPIC_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "devices/apic_message.h"

#define LAPIC_DEFAULT_BASE 0xfee00000u
#define LAPIC_PAGE 4096u
#define LAPIC_TICK_NS 10u /* of the bus clock */
#define LAPIC_EXTINT_ACK (-1)

enum { LAPIC_BASE_BSP = 1 << 8, LAPIC_BASE_ENABLE = 1 << 11 }; /* IA32_APIC_BASE */

enum lapic_lvt { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };

struct lapic_regs {
	u64 base;         /* IA32_APIC_BASE */
	u64 tsc_deadline; /* IA32_TSC_DEADLINE, 0: disarmed */
	u64 tsc_offset;   /* TSC = virtual ns + offset */
	u64 counted_ns;   /* `count` is the timer's count at this time */
	u32 count;        /* 0: stopped */
	u32 initial_count, divide;
	u32 id, tpr, ldr, dfr, svr;
	u32 esr;          /* what reads give */
	u32 errors;       /* detected since the last write to ESR */
	u32 icr_low, icr_high;
	u32 lvt[LVT_COUNT];
	u32 isr[8], tmr[8], irr[8]; /* 256 bits each */
	u8 lint[2];       /* level of the pins */
	u8 extint;        /* a message of delivery mode ExtINT waits for its INTA */
};

struct lapic_config {
	bool present;      /* the processor has one; otherwise LINT0 is INTR and LINT1 is NMI */
	bool tsc_deadline; /* CPUID.1:ECX bit 24 */
};

struct lapic {
	struct lapic_regs r;
	struct lapic_config config;
	struct bus *bus;
	struct clock *clock;
	struct log *log;
	struct line intr, nmi; /* nmi: pulses */
	struct line init;      /* pulses: INIT was received */
	struct line ready;     /* pulses: interrupts are accepted from now on, whoever was refused may ask again */
	void (*eoi)(void *opaque, int vector); /* of a level-triggered interrupt: to all I/O APICs */
	void *eoi_opaque;
	struct timer timer;
	u64 mapped; /* where the page is on the bus, CLOCK_NEVER: nowhere */
};

void lapic_init(struct lapic *l, struct bus *bus, struct clock *clock, struct log *log, const struct lapic_config *config);
void lapic_reset(struct lapic *l);
void lapic_soft_reset(struct lapic *l); /* INIT: the ID and IA32_APIC_BASE stay (11.4.7.3) */
void lapic_restore(struct lapic *l);

/* Pins LINT0 and LINT1; fits struct line.set. */
void lapic_set_lint(void *lapic, int n, int level);

/* A message from the bus. False: not for this APIC, or not accepted. */
bool lapic_receive(struct lapic *l, const struct apic_message *m);

/* The processor takes what `intr` asks for: the vector, or LAPIC_EXTINT_ACK: run the 8259's INTA cycle. */
int lapic_ack(struct lapic *l);

/* ---- the registers that are not in the page ---------------------------------------------------------- */

void lapic_set_base(void *lapic, u64 value); /* IA32_APIC_BASE, checked by the processor */
u64 lapic_deadline(void *lapic);             /* IA32_TSC_DEADLINE */
void lapic_set_deadline(void *lapic, u64 tsc);
void lapic_set_tsc_offset(void *lapic, u64 offset);
u64 lapic_cr8(const struct lapic *l); /* 11.8.6.1: TPR bits 7..4 */
void lapic_set_cr8(struct lapic *l, u64 value);

#endif
