/* cpuid.h - processor models: what CPUID says, and which instruction groups exist. */
#ifndef CPU_CPUID_H
#define CPU_CPUID_H

#include "cpu/insn.h"

struct cpu_model {
	const char *name; /* "pentium3" */
	u32 max_leaf, signature; /* CPUID.0:EAX, CPUID.1:EAX */
	u32 f1_edx, f1_ecx;      /* CPUID.1 feature bits, without those that follow CR4 or the APIC state */
	char vendor[13];
	u64 isa; /* bit i: enum isa i exists; what is not there raises #UD */
};

/* NULL: no such model. */
const struct cpu_model *cpu_model_find(const char *name);
extern const struct cpu_model cpu_model_default;

struct cpuid_result {
	u32 eax, ebx, ecx, edx;
};
struct cpuid_result cpuid(const struct cpu_model *m, u64 cr4, u32 leaf, u32 subleaf);

#endif
