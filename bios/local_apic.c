/*
 * The local APIC, where the processor has one: "virtual wire", so that the 8259A's interrupts come through LINT0 (SDM 3A,
 * 10.4 and 10.5; after a reset every LVT entry is masked). Processors without CPUID have none.
 */
#include "bios.h"
#include "debug.h"

#define APIC 0xfee00000
#define APIC_SVR 0x0f0
#define APIC_LINT0 0x350
#define APIC_LINT1 0x360

#define SVR_ENABLE 0x100
#define LVT_EXTINT 0x700
#define LVT_NMI 0x400

u32 phys_read32(u32 address);
void phys_write32(u32 address, u32 value);

#define EFLAGS_ID 0x00200000

/* Processors that know CPUID let EFLAGS.ID change. */
static int has_cpuid(void)
{
	u32 before, after;

	__asm__ volatile("pushfl\n\tpopl %0\n\tmovl %0, %1\n\txorl %2, %1\n\tpushl %1\n\tpopfl\n\t"
			 "pushfl\n\tpopl %1\n\tpushl %0\n\tpopfl"
			 : "=&r"(before), "=&r"(after) : "i"(EFLAGS_ID));
	return ((before ^ after) & EFLAGS_ID) != 0;
}

static int has_apic(void)
{
	u32 eax = 1, ebx, ecx, edx;

	if (!has_cpuid())
		return 0;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	return edx >> 9 & 1;
}

void local_apic_init(void)
{
	if (!has_apic())
		return;
	DEBUG("local APIC: virtual wire\n");
	phys_write32(APIC + APIC_SVR, (phys_read32(APIC + APIC_SVR) & ~0xffu) | SVR_ENABLE | 0xff);
	phys_write32(APIC + APIC_LINT0, LVT_EXTINT);
	phys_write32(APIC + APIC_LINT1, LVT_NMI);
}
