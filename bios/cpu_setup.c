/*
 * What CPUID announces, and the memory types: MTRRs by default write-back, uncached where no RAM is (SDM 3A, 11.11). The
 * fixed ones say: RAM below A0000h, ROM copies write-protected, tables write-back, the rest of A0000h-FFFFFh uncached.
 */
#include "bda.h"
#include "bios.h"
#include "platform.h"

#define MTRR_CAP 0x0fe
#define MTRR_BASE(n) (0x200 + 2 * (n))
#define MTRR_MASK(n) (0x201 + 2 * (n))
#define MTRR_FIX_64K 0x250
#define MTRR_FIX_16K_80 0x258
#define MTRR_FIX_16K_A0 0x259
#define MTRR_FIX_4K(n) (0x268 + (n))            /* 32 KB each from C0000h */
#define MTRR_DEFAULT 0x2ff

#define CAP_FIXED 0x100
#define DEFAULT_ON 0x800
#define DEFAULT_FIXED 0x400
#define MASK_VALID 0x800

#define UC 0x00000000
#define WP 0x05050505
#define WB 0x06060606
#define TYPE_WB 6

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

/* EAX, EBX and EDX of a leaf, all 0 without CPUID. */
static void cpuid(u32 leaf, u32 *eax, u32 *ebx, u32 *edx)
{
	u32 ecx = 0;

	*eax = *ebx = *edx = 0;
	if (!has_cpuid())
		return;
	*eax = leaf;
	__asm__ volatile("cpuid" : "+a"(*eax), "=b"(*ebx), "+c"(ecx), "=d"(*edx));
}

u32 cpu_signature(void)
{
	u32 eax, ebx, edx;

	cpuid(1, &eax, &ebx, &edx);
	return eax;
}

u32 cpu_features(void)
{
	u32 eax, ebx, edx;

	cpuid(1, &eax, &ebx, &edx);
	return edx;
}

u8 cpu_apic_id(void)
{
	u32 eax, ebx, edx;

	cpuid(1, &eax, &ebx, &edx);
	return (u8)(ebx >> 24);
}

/* Bits 35-32 and up of a mask: those of the physical address. */
static u32 mask_high(void)
{
	u32 eax, ebx, edx, bits = 36;

	cpuid(0x80000000, &eax, &ebx, &edx);
	if (eax >= 0x80000008 && eax < 0x80010000) {
		cpuid(0x80000008, &eax, &ebx, &edx);
		bits = eax & 0xff;
	}
	return bits <= 32 ? 0 : bits >= 64 ? 0xffffffff : (1u << (bits - 32)) - 1;
}

static u32 rdmsr(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low;
}

static void wrmsr(u32 msr, u32 low, u32 high) { __asm__ volatile("wrmsr" : : "c"(msr), "a"(low), "d"(high)); }

static void fixed_init(void)
{
	wrmsr(MTRR_FIX_64K, WB, WB);
	wrmsr(MTRR_FIX_16K_80, WB, WB);
	wrmsr(MTRR_FIX_16K_A0, UC, UC);
	for (u32 n = 0; n < 6; n++) {
		u32 low = findings.option_roms >> (2 * n) & 1 ? WP : UC;
		u32 high = findings.option_roms >> (2 * n + 1) & 1 ? WP : UC;
		wrmsr(MTRR_FIX_4K(n), low, n == 5 ? WB : high);
	}
	wrmsr(MTRR_FIX_4K(6), WP, WP);
	wrmsr(MTRR_FIX_4K(7), WP, WP);
}

/* For the shadowed machine only; without it the types of a reset, all uncached, are right. */
void mtrr_init(void)
{
	u32 cap, variable, base = memory_end() > 0xc0000000 ? 0xe0000000 : 0xc0000000;

	if (!findings.chipset || !(cpu_features() & CPU_MSR) || !(cpu_features() & CPU_MTRR))
		return;
	cap = rdmsr(MTRR_CAP);
	variable = cap & 0xff;
	wrmsr(MTRR_DEFAULT, 0, 0);
	if (cap & CAP_FIXED)
		fixed_init();
	for (u32 n = 1; n < variable; n++)
		wrmsr(MTRR_MASK(n), 0, 0);
	if (variable) {
		wrmsr(MTRR_BASE(0), base, 0);
		wrmsr(MTRR_MASK(0), base | MASK_VALID, mask_high());
		wrmsr(MTRR_DEFAULT, DEFAULT_ON | (cap & CAP_FIXED ? DEFAULT_FIXED : 0) | TYPE_WB, 0);
	}
}
