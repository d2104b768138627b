/* cpuid.c - the processor models and their CPUID leaves. SDM 2 CPUID, SDM 4.
 *
 * A model announces what the core can do, no more. Not yet announced, because not
 * yet built: MMX, SSE, FXSR, PAE, APIC, MTRR, MCE.
 */
#include "cpu/cpuid.h"

#include <string.h>

#define I(name) (1ull << ISA_##name)
#define ISA_TO_486 (I(86) | I(186) | I(286) | I(386) | I(486) | I(FPU))
#define ISA_PENTIUM (ISA_TO_486 | I(P5) | I(TSC) | I(MSR) | I(CX8))
#define ISA_PENTIUM3 (ISA_PENTIUM | I(P6) | I(SEP))
#define PENTIUM_EDX (CPUID_FPU | CPUID_VME | CPUID_DE | CPUID_PSE | CPUID_TSC | CPUID_MSR | CPUID_CX8)
#define PENTIUM3_EDX (PENTIUM_EDX | CPUID_SEP | CPUID_PGE | CPUID_CMOV)

const struct cpu_model cpu_model_default = {
	.name = "pentium3",
	.max_leaf = 2,
	.signature = 0x68a, /* Coppermine, stepping D0 */
	.f1_edx = PENTIUM3_EDX,
	.vendor = "GenuineIntel",
	.isa = ISA_PENTIUM3,
};

static const struct cpu_model others[] = {
	{
		.name = "486",
		.max_leaf = 1,
		.signature = 0x480, /* DX4: the last 486, with CPUID and VME */
		.f1_edx = CPUID_FPU | CPUID_VME,
		.vendor = "GenuineIntel",
		.isa = ISA_TO_486,
	},
	{
		.name = "pentium",
		.max_leaf = 1,
		.signature = 0x52c, /* P54C, stepping C2 */
		.f1_edx = PENTIUM_EDX,
		.vendor = "GenuineIntel",
		.isa = ISA_PENTIUM,
	},
};

const struct cpu_model *cpu_model_find(const char *name)
{
	if (!strcmp(name, cpu_model_default.name))
		return &cpu_model_default;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!strcmp(name, others[i].name))
			return &others[i];
	return NULL;
}

static u32 text32(const char *text)
{
	u32 v;
	memcpy(&v, text, sizeof v);
	return v;
}

static struct cpuid_result basic_leaf(const struct cpu_model *m, u64 cr4, u32 leaf)
{
	struct cpuid_result r = {0};
	switch (leaf) {
	case 0:
		r.eax = m->max_leaf;
		r.ebx = text32(m->vendor);
		r.edx = text32(m->vendor + 4);
		r.ecx = text32(m->vendor + 8);
		break;
	case 1:
		r.eax = m->signature;
		r.edx = m->f1_edx;
		r.ecx = m->f1_ecx;
		if ((m->f1_ecx & CPUID1_XSAVE) && (cr4 >> 18 & 1))
			r.ecx |= CPUID1_OSXSAVE;
		break;
	case 2: /* TLBs, 16K + 16K first-level and 256K second-level cache: SDM 2 table 3-12 */
		r.eax = 0x03020101;
		r.edx = 0x0c040882;
		break;
	case 7:
		r.ebx = m->f7_ebx;
		r.ecx = m->f7_ecx;
		break;
	default:
		break;
	}
	return r;
}

static struct cpuid_result extended_leaf(const struct cpu_model *m, u32 leaf)
{
	static const char brand[48] = "Tandem virtual CPU";
	struct cpuid_result r = {0};
	if (leaf == 0x80000000) {
		r.eax = m->max_extended;
	} else if (leaf == 0x80000001) {
		r.edx = m->e1_edx;
		r.ecx = m->e1_ecx;
	} else if (leaf >= 0x80000002 && leaf <= 0x80000004) {
		const char *p = brand + 16 * (leaf - 0x80000002);
		r = (struct cpuid_result){text32(p), text32(p + 4), text32(p + 8), text32(p + 12)};
	} else if (leaf == 0x80000008) {
		r.eax = m->e1_edx & CPUIDE_LM ? 0x3024 : 0x2024; /* linear 48 or 32, physical 36 bits */
	}
	return r;
}

struct cpuid_result cpuid(const struct cpu_model *m, u64 cr4, u32 leaf, u32 subleaf)
{
	if (m->max_extended && leaf >= 0x80000000 && leaf <= m->max_extended)
		return extended_leaf(m, leaf);
	if (leaf > m->max_leaf) /* beyond the last leaf Intel processors answer with the last one */
		leaf = m->max_leaf;
	if (leaf == 7 && subleaf != 0)
		return (struct cpuid_result){0};
	return basic_leaf(m, cr4, leaf);
}
