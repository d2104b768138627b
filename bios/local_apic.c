/*
 * The local APIC, where the processor has one: "virtual wire", so that the 8259A's interrupts come through LINT0 (SDM 3A,
 * 10.4 and 10.5; after a reset every LVT entry is masked). Processors without CPUID have none.
 */
#include "bios.h"
#include "debug.h"
#include "platform.h"

#define APIC LOCAL_APIC
#define APIC_SVR 0x0f0
#define APIC_LINT0 0x350
#define APIC_LINT1 0x360

#define SVR_ENABLE 0x100
#define LVT_EXTINT 0x700
#define LVT_NMI 0x400

void local_apic_init(void)
{
	if (!(cpu_features() & CPU_APIC))
		return;
	DEBUG("local APIC: virtual wire\n");
	phys_write32(APIC + APIC_SVR, (phys_read32(APIC + APIC_SVR) & ~0xffu) | SVR_ENABLE | 0xff);
	phys_write32(APIC + APIC_LINT0, LVT_EXTINT);
	phys_write32(APIC + APIC_LINT1, LVT_NMI);
}
