/* cpuid.c - the leaves of CPUID, from a model (cpu_models.c). SDM 2 CPUID.
 *
 * Leaves 3 (serial number), 5, 6, 9, A and 80000005 are zero: there is nothing to report. Not here: B and beyond.
 */
#include "cpu/cpuid.h"

#include <string.h>

static u32 text32(const char *text)
{
	u32 v;
	memcpy(&v, text, sizeof v);
	return v;
}

static struct cpuid_result basic_leaf(const struct cpu_model *m, const struct sysregs *s, u32 leaf)
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
		r.ebx = m->brand | (m->f1_edx & CPUID_CLFLUSH ? 8 << 8 : 0); /* lines of 64 bytes; APIC ID 0 */
		r.edx = m->f1_edx;
		r.ecx = m->f1_ecx;
		if (s && !(s->apic_base & APIC_BASE_ENABLE)) /* SDM 3A 11.4.3 */
			r.edx &= ~(u32)CPUID_APIC;
		if ((m->f1_ecx & CPUID1_XSAVE) && s && (s->cr4 >> 18 & 1))
			r.ecx |= CPUID1_OSXSAVE;
		break;
	case 2: /* SDM 2 table 3-12 */
		r = (struct cpuid_result){m->caches[0], m->caches[1], m->caches[2], m->caches[3]};
		break;
	case 7:
		r.ebx = m->f7_ebx;
		r.ecx = m->f7_ecx;
		r.edx = m->f7_edx;
		break;
	default:
		break;
	}
	return r;
}

/* Deterministic cache parameters, SDM 2 CPUID.4. No sharing: one processor. */
static struct cpuid_result cache_leaf(const struct cpu_model *m, u32 subleaf)
{
	struct cpuid_result r = {0};
	if (subleaf >= ARRAY_LEN(m->cache) || !m->cache[subleaf].type)
		return r;
	const struct cpu_cache *cache = &m->cache[subleaf];
	r.eax = cache->type | cache->level << 5u | 1 << 8; /* self-initialising */
	r.ebx = 63 | (cache->ways - 1u) << 22;
	r.ecx = cache->sets - 1u;
	return r;
}

/* The second-level cache as 80000006 says it: lines of 64 bytes, associativity in a code, size in KB. */
static u32 second_level(const struct cpu_model *m)
{
	const struct cpu_cache *l2 = &m->cache[2];
	u32 code = l2->ways == 16 ? 8 : l2->ways == 8 ? 6 : 0;
	return l2->type ? 64 | code << 12 | (u32)l2->ways * l2->sets / 16 << 16 : 0;
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
	} else if (leaf == 0x80000006) {
		r.ecx = second_level(m);
	} else if (leaf == 0x80000007) {
		r.edx = m->e7_edx;
	} else if (leaf == 0x80000008) {
		r.eax = m->e1_edx & CPUIDE_LM ? 0x3024 : 0x2024; /* linear 48 or 32, physical 36 bits */
	}
	return r;
}

struct cpuid_result cpuid(const struct cpu_model *m, const struct sysregs *s, u32 leaf, u32 subleaf)
{
	if (m->max_extended && leaf >= 0x80000000 && leaf <= m->max_extended)
		return extended_leaf(m, leaf);
	if (leaf > m->max_leaf) /* beyond the last leaf Intel processors answer with the last one */
		leaf = m->max_leaf;
	if (leaf == 4)
		return cache_leaf(m, subleaf);
	if (leaf == 7 && subleaf != 0)
		return (struct cpuid_result){0};
	return basic_leaf(m, s, leaf);
}
