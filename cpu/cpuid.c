/* cpuid.c - the leaves of CPUID, from a model (cpu_models.c). SDM 2 CPUID.
 *
 * Not here: leaves 3 (serial number), 5, 6, 9, A (all zero: nothing to report), B and beyond.
 */
#include "cpu/cpuid.h"

#include <string.h>

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
		r.ebx = m->brand | (m->f1_edx & CPUID_CLFLUSH ? 8 << 8 : 0); /* lines of 64 bytes */
		r.edx = m->f1_edx;
		r.ecx = m->f1_ecx;
		if ((m->f1_ecx & CPUID1_XSAVE) && (cr4 >> 18 & 1))
			r.ecx |= CPUID1_OSXSAVE;
		break;
	case 2: /* SDM 2 table 3-12 */
		r = (struct cpuid_result){m->caches[0], m->caches[1], m->caches[2], m->caches[3]};
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

/* Deterministic cache parameters: 32K + 32K first-level, 4M second-level, lines of 64 bytes. SDM 2 CPUID.4 */
static struct cpuid_result cache_leaf(u32 subleaf)
{
	static const struct {
		u32 type, level, ways, sets;
	} caches[] = {{1, 1, 8, 64}, {2, 1, 8, 64}, {3, 2, 16, 4096}};
	struct cpuid_result r = {0};
	if (subleaf >= ARRAY_LEN(caches))
		return r;
	r.eax = caches[subleaf].type | caches[subleaf].level << 5 | 1 << 8; /* self-initialising */
	r.ebx = 63 | (caches[subleaf].ways - 1) << 22;
	r.ecx = caches[subleaf].sets - 1;
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
	if (leaf == 4)
		return cache_leaf(subleaf);
	if (leaf == 7 && subleaf != 0)
		return (struct cpuid_result){0};
	return basic_leaf(m, cr4, leaf);
}
