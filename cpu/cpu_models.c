/* cpu_models.c - the processor models, and "-cpu NAME,+FEATURE,-FEATURE". SDM 2 CPUID, SDM 4.
 *
 * A model announces what the core can do, no more; what it does not announce raises
 * #UD. docs/cpu-models.md says who has what, and why. Not built, thus in no model:
 * MONITOR, RDRAND, XSAVE and AVX, long mode, performance monitoring of any version.
 */
#include "cpu/cpuid.h"

#include <stdio.h>
#include <string.h>

#define I(name) (1ull << ISA_##name)
#define ISA_TO_486 (I(86) | I(186) | I(286) | I(386) | I(486) | I(FPU))
#define ISA_PENTIUM (ISA_TO_486 | I(P5) | I(TSC) | I(MSR) | I(CX8))
#define ISA_PENTIUM3 (ISA_PENTIUM | I(P6) | I(SEP) | I(MMX) | I(FXSR) | I(SSE))
#define ISA_CORE2 (ISA_PENTIUM3 | I(SSE2) | I(SSE3) | I(SSSE3) | I(PREFETCHW))
#define ISA_ATOM (ISA_CORE2 | I(MOVBE))
#define ISA_MAX \
	(ISA_ATOM | I(SSE41) | I(SSE42) | I(POPCNT) | I(LZCNT) | I(BMI1) | I(BMI2) | I(ADX) | I(AES) | I(PCLMUL) | I(SHA) | \
		I(RDTSCP) | I(SMAP))
#define PENTIUM_EDX (CPUID_FPU | CPUID_VME | CPUID_DE | CPUID_PSE | CPUID_TSC | CPUID_MSR | CPUID_MCE | CPUID_CX8 | CPUID_APIC)
#define P6_EDX (PENTIUM_EDX | CPUID_PAE | CPUID_SEP | CPUID_MTRR | CPUID_PGE | CPUID_MCA | CPUID_CMOV | CPUID_PAT | CPUID_MMX | CPUID_FXSR | CPUID_SSE)
#define PENTIUM3_EDX (P6_EDX | CPUID_PSE36)
#define ATOM_EDX (P6_EDX | CPUID_CLFLUSH | CPUID_SSE2)
#define CORE2_EDX (ATOM_EDX | CPUID_PSE36)
#define CORE2_ECX (CPUID1_SSE3 | CPUID1_SSSE3)
#define ATOM_ECX (CORE2_ECX | CPUID1_MOVBE)
#define MAX_ECX (ATOM_ECX | CPUID1_PCLMUL | CPUID1_SSE41 | CPUID1_SSE42 | CPUID1_POPCNT | CPUID1_TSC_DEADLINE | CPUID1_AES)
#define MAX_7EBX (CPUID7_BMI1 | CPUID7_SMEP | CPUID7_BMI2 | CPUID7_ADX | CPUID7_SMAP | CPUID7_SHA)

/* IA32_ARCH_CAPABILITIES (SDM 4 table 2-2) of a core that executes nothing but what the program says: not affected by RDCL
 * (0), SSB (4), MDS (5), machine checks on page-size changes (6), TAA (8), MMIO stale data (13..15), BHI (20), post-barrier
 * RSB (24), GDS (26), RFDS (27), ITS (62); the L1 needs no flush (3). */
#define NOT_AFFECTED 0x400000000d10e179ull

/* The Atom N270 (Diamondville): the last of Intel's PC processors without long mode, and one that executes in order. */
#define MODEL_ATOM \
	{ \
		.name = "atom", \
		.max_leaf = 10, \
		.signature = 0x106c2, \
		.f1_edx = ATOM_EDX, \
		.f1_ecx = ATOM_ECX, \
		.caches = {0x4fba5901, 0x0e3080c0, 0, 0}, \
		.cache = {{1, 1, 6, 64}, {2, 1, 8, 64}, {3, 2, 8, 1024}}, /* 24K + 32K, 512K */ \
		.max_extended = 0x80000008, \
		.e1_edx = CPUIDE_NX, \
		.microcode = 0x218, \
		.vendor = "GenuineIntel", \
		.isa = ISA_ATOM, \
	}

/* What a machine has when nobody asks for a model */
const struct cpu_model cpu_model_default = MODEL_ATOM;

static const struct cpu_model models[] = {
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
	{
		.name = "pentiummmx",
		.max_leaf = 1,
		.signature = 0x543, /* P55C, stepping B1 */
		.f1_edx = PENTIUM_EDX | CPUID_MMX,
		.vendor = "GenuineIntel",
		.isa = ISA_PENTIUM | I(MMX),
	},
	{
		.name = "pentium3",
		.max_leaf = 2,
		.signature = 0x68a, /* Coppermine, stepping D0 */
		.f1_edx = PENTIUM3_EDX,
		.brand = 2, /* SDM 2 table 3-14: Pentium III */
		.caches = {0x03020101, 0, 0, 0x0c040882}, /* TLBs, 16K + 16K first-level, 256K second-level cache */
		.microcode = 1,
		.vendor = "GenuineIntel",
		.isa = ISA_PENTIUM3,
	},
	MODEL_ATOM,
	{
		.name = "core2",
		.max_leaf = 10,
		.signature = 0x6fb, /* Merom, stepping G0 */
		.f1_edx = CORE2_EDX,
		.f1_ecx = CORE2_ECX,
		.caches = {0x05b0b101, 0x005657f0, 0, 0x2cb43049},
		.cache = {{1, 1, 8, 64}, {2, 1, 8, 64}, {3, 2, 16, 4096}}, /* 32K + 32K, 4M */
		.max_extended = 0x80000008,
		.e1_edx = CPUIDE_NX,
		.microcode = 0xba,
		.vendor = "GenuineIntel",
		.isa = ISA_CORE2,
	},
	{
		.name = "max", /* all there is, on an Atom of a later stepping */
		.max_leaf = 10,
		.signature = 0x106ca,
		.f1_edx = CORE2_EDX,
		.f1_ecx = MAX_ECX,
		.f7_ebx = MAX_7EBX,
		.f7_ecx = CPUID7_UMIP,
		.f7_edx = CPUID7_ARCH_CAPABILITIES,
		.caches = {0x4fba5901, 0x0e3080c0, 0, 0},
		.cache = {{1, 1, 6, 64}, {2, 1, 8, 64}, {3, 2, 8, 1024}},
		.max_extended = 0x80000008,
		.e1_edx = CPUIDE_NX | CPUIDE_RDTSCP,
		.e1_ecx = CPUIDE_LZCNT | CPUIDE_PREFETCHW,
		.e7_edx = CPUIDP_INVARIANT_TSC,
		.microcode = 0x107,
		.arch_caps = NOT_AFFECTED,
		.vendor = "GenuineIntel",
		.isa = ISA_MAX,
	},
};

static const struct cpu_model *find_model(const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(models); i++)
		if (strlen(models[i].name) == n && !memcmp(models[i].name, name, n))
			return &models[i];
	return NULL;
}

const struct cpu_model *cpu_model_find(const char *name)
{
	return find_model(name, strlen(name));
}

/* ---- features -------------------------------------------------------------------------- */

enum word { F1_EDX, F1_ECX, F7_EBX, F7_ECX, F7_EDX, E1_EDX, E1_ECX, E7_EDX };

struct feature {
	const char *name;
	u8 word; /* enum word */
	u32 bit;
	u64 isa;
	const char *needs[2];
};

static const struct feature features[] = {
	{"fpu", F1_EDX, CPUID_FPU, I(FPU), {0}},
	{"vme", F1_EDX, CPUID_VME, 0, {0}},
	{"de", F1_EDX, CPUID_DE, 0, {0}},
	{"pse", F1_EDX, CPUID_PSE, 0, {0}},
	{"tsc", F1_EDX, CPUID_TSC, I(TSC), {0}},
	{"msr", F1_EDX, CPUID_MSR, I(MSR), {0}},
	{"pae", F1_EDX, CPUID_PAE, 0, {0}},
	{"mce", F1_EDX, CPUID_MCE, 0, {0}},
	{"cx8", F1_EDX, CPUID_CX8, I(CX8), {0}},
	{"apic", F1_EDX, CPUID_APIC, 0, {"msr"}},
	{"sep", F1_EDX, CPUID_SEP, I(SEP), {"msr"}},
	{"mtrr", F1_EDX, CPUID_MTRR, 0, {"msr"}},
	{"pge", F1_EDX, CPUID_PGE, 0, {0}},
	{"mca", F1_EDX, CPUID_MCA, 0, {"mce", "msr"}},
	{"cmov", F1_EDX, CPUID_CMOV, I(P6), {0}}, /* and what else the P6 brought: FCMOV, FCOMI, RDPMC */
	{"pat", F1_EDX, CPUID_PAT, 0, {"msr"}},
	{"pse36", F1_EDX, CPUID_PSE36, 0, {"pse"}},
	{"clflush", F1_EDX, CPUID_CLFLUSH, 0, {0}},
	{"mmx", F1_EDX, CPUID_MMX, I(MMX), {"fpu"}},
	{"fxsr", F1_EDX, CPUID_FXSR, I(FXSR), {"fpu"}},
	{"sse", F1_EDX, CPUID_SSE, I(SSE), {"mmx", "fxsr"}},
	{"sse2", F1_EDX, CPUID_SSE2, I(SSE2), {"sse"}},
	{"sse3", F1_ECX, CPUID1_SSE3, I(SSE3), {"sse2"}},
	{"pclmulqdq", F1_ECX, CPUID1_PCLMUL, I(PCLMUL), {"sse2"}},
	{"ssse3", F1_ECX, CPUID1_SSSE3, I(SSSE3), {"sse3"}},
	{"sse4.1", F1_ECX, CPUID1_SSE41, I(SSE41), {"ssse3"}},
	{"sse4.2", F1_ECX, CPUID1_SSE42, I(SSE42), {"sse4.1"}},
	{"movbe", F1_ECX, CPUID1_MOVBE, I(MOVBE), {0}},
	{"popcnt", F1_ECX, CPUID1_POPCNT, I(POPCNT), {0}},
	{"tsc-deadline", F1_ECX, CPUID1_TSC_DEADLINE, 0, {"apic", "tsc"}},
	{"aes", F1_ECX, CPUID1_AES, I(AES), {"sse2"}},
	{"bmi1", F7_EBX, CPUID7_BMI1, I(BMI1), {0}},
	{"smep", F7_EBX, CPUID7_SMEP, 0, {0}},
	{"bmi2", F7_EBX, CPUID7_BMI2, I(BMI2), {0}},
	{"adx", F7_EBX, CPUID7_ADX, I(ADX), {0}},
	{"smap", F7_EBX, CPUID7_SMAP, I(SMAP), {0}},
	{"sha", F7_EBX, CPUID7_SHA, I(SHA), {"sse2"}},
	{"umip", F7_ECX, CPUID7_UMIP, 0, {0}},
	{"arch-capabilities", F7_EDX, CPUID7_ARCH_CAPABILITIES, 0, {"msr"}},
	{"nx", E1_EDX, CPUIDE_NX, 0, {"pae", "msr"}},
	{"rdtscp", E1_EDX, CPUIDE_RDTSCP, I(RDTSCP), {"tsc"}},
	{"lzcnt", E1_ECX, CPUIDE_LZCNT, I(LZCNT), {0}},
	{"prefetchw", E1_ECX, CPUIDE_PREFETCHW, I(PREFETCHW), {0}},
	{"invtsc", E7_EDX, CPUIDP_INVARIANT_TSC, 0, {"tsc"}},
};

static u32 *feature_word(struct cpu_model *m, enum word w)
{
	switch (w) {
	case F1_EDX: return &m->f1_edx;
	case F1_ECX: return &m->f1_ecx;
	case F7_EBX: return &m->f7_ebx;
	case F7_ECX: return &m->f7_ecx;
	case F7_EDX: return &m->f7_edx;
	case E1_EDX: return &m->e1_edx;
	case E1_ECX: return &m->e1_ecx;
	default: return &m->e7_edx;
	}
}

static const struct feature *find_feature(const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		if (strlen(features[i].name) == n && !memcmp(features[i].name, name, n))
			return &features[i];
	return NULL;
}

static void add(struct cpu_model *m, const struct feature *f)
{
	for (size_t i = 0; i < ARRAY_LEN(f->needs) && f->needs[i]; i++)
		add(m, find_feature(f->needs[i], strlen(f->needs[i])));
	*feature_word(m, (enum word)f->word) |= f->bit;
	m->isa |= f->isa;
}

static void take(struct cpu_model *m, const struct feature *f)
{
	*feature_word(m, (enum word)f->word) &= ~f->bit;
	m->isa &= ~f->isa;
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		for (size_t k = 0; k < ARRAY_LEN(f->needs) && features[i].needs[k]; k++)
			if (!strcmp(features[i].needs[k], f->name))
				take(m, &features[i]);
}

/* Leaves that the announced features lie in */
static void extend_leaves(struct cpu_model *m)
{
	if ((m->f7_ebx || m->f7_ecx || m->f7_edx) && m->max_leaf < 7)
		m->max_leaf = 7;
	if ((m->e1_edx || m->e1_ecx || m->e7_edx) && !m->max_extended)
		m->max_extended = 0x80000008;
	if (m->f7_edx & CPUID7_ARCH_CAPABILITIES)
		m->arch_caps = NOT_AFFECTED;
}

/* ---- the text ----------------------------------------------------------------------------- */

static int unknown_model(const char *name, size_t n, char *error, size_t size)
{
	int used = snprintf(error, size, "no processor model '%.*s'; there are", (int)n, name);
	for (size_t i = 0; i < ARRAY_LEN(models) && used > 0 && (size_t)used < size; i++)
		used += snprintf(error + used, size - (size_t)used, "%s %s", i ? "," : "", models[i].name);
	return -1;
}

static int change_feature(struct cpu_model *m, const char *text, size_t n, char *error, size_t size)
{
	const struct feature *f = n > 1 && (*text == '+' || *text == '-') ? find_feature(text + 1, n - 1) : NULL;
	if (!f) {
		snprintf(error, size, "'%.*s' is not + or - and a processor feature", (int)n, text);
		return -1;
	}
	if (*text == '+')
		add(m, f);
	else
		take(m, f);
	return 0;
}

int cpu_model_parse(const char *text, struct cpu_model *out, char *error, size_t size)
{
	size_t n = strcspn(text, ",");
	const struct cpu_model *base = find_model(text, n);
	if (!base)
		return unknown_model(text, n, error, size);
	*out = *base;
	for (text += n; *text; text += n) {
		text++;
		n = strcspn(text, ",");
		if (cpu_critical_item(text, n)) {
			n = cpu_critical_parse(out, text, error, size);
			if (!n)
				return -1;
		} else if (change_feature(out, text, n, error, size)) {
			return -1;
		}
	}
	extend_leaves(out);
	return 0;
}
