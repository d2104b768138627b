/* cpuid.h - processor models: what CPUID says, and which instruction groups exist. */
#ifndef CPU_CPUID_H
#define CPU_CPUID_H

#include <stddef.h>

#include "cpu/insn.h"
#include "cpu/sysregs.h"

/* CPUID.1:EDX */
enum {
	CPUID_FPU = 1 << 0, CPUID_VME = 1 << 1, CPUID_DE = 1 << 2, CPUID_PSE = 1 << 3, CPUID_TSC = 1 << 4,
	CPUID_MSR = 1 << 5, CPUID_PAE = 1 << 6, CPUID_MCE = 1 << 7, CPUID_CX8 = 1 << 8, CPUID_APIC = 1 << 9,
	CPUID_SEP = 1 << 11, CPUID_MTRR = 1 << 12, CPUID_PGE = 1 << 13, CPUID_MCA = 1 << 14, CPUID_CMOV = 1 << 15,
	CPUID_PAT = 1 << 16, CPUID_PSE36 = 1 << 17, CPUID_CLFLUSH = 1 << 19, CPUID_MMX = 1 << 23, CPUID_FXSR = 1 << 24, CPUID_SSE = 1 << 25,
	CPUID_SSE2 = 1 << 26,
};
/* CPUID.1:ECX */
enum {
	CPUID1_SSE3 = 1 << 0, CPUID1_PCLMUL = 1 << 1, CPUID1_SSSE3 = 1 << 9, CPUID1_SSE41 = 1 << 19, CPUID1_SSE42 = 1 << 20,
	CPUID1_MOVBE = 1 << 22, CPUID1_POPCNT = 1 << 23, CPUID1_TSC_DEADLINE = 1 << 24, CPUID1_AES = 1 << 25, CPUID1_XSAVE = 1 << 26, CPUID1_OSXSAVE = 1 << 27,
};
/* CPUID.7:EBX */
enum {
	CPUID7_FSGSBASE = 1 << 0, CPUID7_BMI1 = 1 << 3, CPUID7_SMEP = 1 << 7, CPUID7_BMI2 = 1 << 8, CPUID7_ADX = 1 << 19,
	CPUID7_SMAP = 1 << 20, CPUID7_SHA = 1 << 29,
};
enum { CPUID7_UMIP = 1 << 2 };              /* CPUID.7:ECX */
enum { CPUID7_ARCH_CAPABILITIES = 1 << 29 }; /* CPUID.7:EDX */
enum { CPUIDE_LZCNT = 1 << 5, CPUIDE_PREFETCHW = 1 << 8 }; /* 80000001:ECX */
enum { CPUIDE_SYSCALL = 1 << 11, CPUIDE_NX = 1 << 20, CPUIDE_RDTSCP = 1 << 27, CPUIDE_LM = 1 << 29 }; /* 80000001:EDX */
enum { CPUIDP_INVARIANT_TSC = 1 << 8 }; /* 80000007:EDX */

/* A cache as CPUID.4 describes it; lines have 64 bytes. */
struct cpu_cache {
	u8 type, level, ways; /* type 1: data, 2: instructions, 3: unified; 0: no such cache */
	u16 sets;
};

struct cpu_model {
	const char *name; /* "pentium3" */
	u32 max_leaf, signature; /* CPUID.0:EAX, CPUID.1:EAX */
	u32 f1_edx, f1_ecx;      /* CPUID.1 feature bits, without those that follow CR4 or the APIC state */
	u32 brand;               /* CPUID.1:EBX, the brand index */
	u32 caches[4];           /* CPUID.2 */
	struct cpu_cache cache[3]; /* CPUID.4, with max_leaf >= 4, and 80000006 */
	u32 f7_ebx, f7_ecx, f7_edx; /* CPUID.7.0, with max_leaf >= 7 */
	u32 max_extended;        /* CPUID.80000000:EAX, 0: no extended leaves */
	u32 e1_edx, e1_ecx;      /* CPUID.80000001 */
	u32 e7_edx;              /* CPUID.80000007 */
	u32 microcode;           /* revision, MSR 8Bh; P6 and later */
	u64 arch_caps;           /* IA32_ARCH_CAPABILITIES, where announced */
	char vendor[13];
	u64 isa; /* bit i: enum isa i exists; what is not there raises #UD */
	u64 critical[(OP_COUNT + 63) / 64]; /* bit by enum op: raises #GP(0) above ring 0 (critical.c); zero on real processors */
};

/* cpu_models.c: NULL: no such model. */
const struct cpu_model *cpu_model_find(const char *name);
/* "NAME[,+FEATURE|,-FEATURE|,critical=trap[:MNEMONIC,..]]...": 0, or -1 with one line in `error`. A feature brings, or takes
 * along, those that need it. */
int cpu_model_parse(const char *text, struct cpu_model *out, char *error, size_t size);
extern const struct cpu_model cpu_model_default;

/* critical.c: does the operation fault above ring 0 of protected mode, or in virtual-8086 mode? */
bool cpu_traps_critical(const struct cpu_model *m, u16 op, bool is_protected);
void cpu_trap_operation(struct cpu_model *m, u16 op);
void cpu_trap_all_critical(struct cpu_model *m);
/* "critical=trap[:MNEMONIC[,MNEMONIC]..]" at the beginning of `text`: its length, or 0 with one line in `error`. */
bool cpu_critical_item(const char *item, size_t n);
size_t cpu_critical_parse(struct cpu_model *m, const char *text, char *error, size_t size);

struct cpuid_result {
	u32 eax, ebx, ecx, edx;
};
/* `s`: some bits follow CR4 and IA32_APIC_BASE; NULL: as after RESET */
struct cpuid_result cpuid(const struct cpu_model *m, const struct sysregs *s, u32 leaf, u32 subleaf);

#endif
