/* interrupts.c - the way of an interrupt from the controllers to the processor.
 *
 *   irq n ──┬──> 8259A pair ── INTR ──┬──> LINT0 ─┐
 *           │                         └──> pin 0  │ local APIC ──> INTR, NMI of the core
 *           └──> I/O APIC pin n (irq 0: pin 2) ───┤
 *   port 61h ── port 70h bit 7 ──────────> LINT1 ─┘
 *   PIT, RTC ──> HPET (legacy replacement) ──> irq 0, irq 8
 *
 * A processor without local APIC, or with it disabled in IA32_APIC_BASE, has INTR and NMI where LINT0 and LINT1 were: the
 * local APIC's chip does that too.
 */
#include "machine/pc.h"

/* ---- INTR and the acknowledge cycle ------------------------------------------------------------------------ */

static void set_intr(void *opaque, int n, int level)
{
	struct machine *m = opaque;
	(void)n;
	lapic_set_lint(&m->lapic, 0, level);
	ioapic_set_pin(&m->ioapic, 0, level);
}

static int acknowledge(void *opaque)
{
	struct machine *m = opaque;
	int vector = lapic_ack(&m->lapic);
	if (vector != LAPIC_EXTINT_ACK)
		return vector;
	vector = pic_ack(&m->pic);
	/* INT falls at the first INTA pulse, and rises again where another request waits (231468): an edge for the I/O APIC. */
	ioapic_set_pin(&m->ioapic, 0, 0);
	ioapic_set_pin(&m->ioapic, 0, pic_pending(&m->pic));
	return vector;
}

/* ---- NMI ----------------------------------------------------------------------------------------------------- */

static void nmi_update(struct machine *m)
{
	lapic_set_lint(&m->lapic, 1, m->nmi_level && !m->nmi_masked);
}

static void set_nmi(void *opaque, int n, int level)
{
	struct machine *m = opaque;
	(void)n;
	m->nmi_level = (u8)level;
	nmi_update(m);
}

static void set_nmi_mask(void *opaque, int n, int level)
{
	struct machine *m = opaque;
	(void)n;
	m->nmi_masked = (u8)level;
	nmi_update(m);
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

static bool deliver(void *opaque, const struct apic_message *message)
{
	return lapic_receive(opaque, message);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void pc_build_interrupts(struct machine *m)
{
	struct lapic_config config = {
		.present = m->cpu_model.f1_edx & CPUID_APIC,
		.tsc_deadline = m->cpu_model.f1_ecx & CPUID1_TSC_DEADLINE,
	};
	lapic_init(&m->lapic, &m->bus, &m->clock, &m->log, &config);
	ioapic_init(&m->ioapic, &m->bus, &m->clock, &m->log);
	hpet_init(&m->hpet, &m->bus, &m->clock, &m->log);
}

static void wire_local_apic(struct machine *m)
{
	m->lapic.intr = (struct line){.set = vmm_set_intr, .opaque = &m->vmm};
	m->lapic.nmi = (struct line){.set = vmm_set_nmi, .opaque = &m->vmm};
	m->lapic.ready = (struct line){.set = ioapic_retry, .opaque = &m->ioapic};
	m->lapic.eoi = ioapic_eoi;
	m->lapic.eoi_opaque = &m->ioapic;
	m->vmm.ack = acknowledge;
	m->vmm.ack_opaque = m;
	m->vmm.apic = (struct vmm_apic){&m->lapic, lapic_set_base, lapic_deadline, lapic_set_deadline, lapic_set_tsc_offset};
}

void pc_wire_interrupts(struct machine *m)
{
	wire_local_apic(m);
	m->ioapic.deliver = deliver;
	m->ioapic.deliver_opaque = &m->lapic;
	m->pic.intr = (struct line){.set = set_intr, .opaque = m};
	m->port61.nmi = (struct line){.set = set_nmi, .opaque = m};
	m->rtc.nmi_mask = (struct line){.set = set_nmi_mask, .opaque = m};
	m->pit.irq0 = (struct line){.set = hpet_set_input, .opaque = &m->hpet, .n = HPET_IN_PIT};
	m->hpet.irq0 = pc_irq(m, 0, IRQ_ISA);
	m->hpet.irq8 = pc_irq(m, 8, IRQ_ISA);
	m->hpet.pin = (struct line){.set = ioapic_set_pin, .opaque = &m->ioapic};
}
