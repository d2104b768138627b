/* msr.c - RDMSR and WRMSR: the model-specific registers of a P6 (SDM 4 chapter 2).
 *
 * A register exists when the model announces its feature; all others raise #GP(0).
 * Not emulated: what MTRRs and PAT do to caching, event counting, branch records,
 * microcode updates (accepted and ignored: 8Bh reads as the model's revision whatever
 * was written). Machine check has no banks: nothing here can break.
 */
#include "cpu/system/internal.h"

enum msr {
	MSR_P5_MC_ADDR = 0x0, MSR_P5_MC_TYPE = 0x1, MSR_TSC = 0x10, MSR_PLATFORM_ID = 0x17, MSR_APIC_BASE = 0x1b,
	MSR_EBL_CR_POWERON = 0x2a, MSR_UPDT_TRIG = 0x79, MSR_BIOS_SIGN_ID = 0x8b, MSR_PERFCTR0 = 0xc1,
	MSR_PERFCTR1 = 0xc2, MSR_MTRRCAP = 0xfe, MSR_ARCH_CAPABILITIES = 0x10a, MSR_SYSENTER_CS = 0x174, MSR_SYSENTER_ESP = 0x175,
	MSR_SYSENTER_EIP = 0x176, MSR_MCG_CAP = 0x179, MSR_MCG_STATUS = 0x17a, MSR_EVNTSEL0 = 0x186,
	MSR_EVNTSEL1 = 0x187, MSR_MISC_ENABLE = 0x1a0, MSR_DEBUGCTL = 0x1d9, MSR_MTRR_VAR = 0x200,
	MSR_MTRR_FIX64K = 0x250, MSR_MTRR_FIX16K = 0x258, MSR_MTRR_FIX4K = 0x268, MSR_PAT = 0x277,
	MSR_MTRR_DEF = 0x2ff, MSR_TSC_DEADLINE = 0x6e0,
};
#define MSR_EFER 0xc0000080u
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u
#define MSR_FMASK 0xc0000084u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_TSC_AUX 0xc0000103u

#define VAR_RANGES 8
#define PHYS_MASK 0xfffffffffull /* 36 bits: SDM 3A 11.11.3 */

static const char msr_ref[] = "SDM 4 2";

static enum step no_msr(struct cpu *c)
{
	return gp(c, 0, "model-specific register that does not exist", msr_ref);
}

static enum step bad_value(struct cpu *c)
{
	return gp(c, 0, "reserved bits or value written to a model-specific register", msr_ref);
}

static int family(const struct cpu_model *m)
{
	return m->signature >> 8 & 15;
}

static bool has_misc_enable(const struct cpu_model *m) /* Pentium M and later, Pentium 4 */
{
	return family(m) == 15 || (family(m) == 6 && ((m->signature >> 4 & 15) >= 13 || m->signature >> 16 & 15));
}

/* IA32_MISC_ENABLE, SDM 4 table 2-2: fast strings (0) and the xTPR message (23) are switches without an effect here. The
 * rest is as the model was built and writes do not change it: no performance monitoring (7), BTS (11) and PEBS (12) are
 * unavailable, no MONITOR (18), no limit on CPUID leaves (22), execute-disable not disabled (34). */
#define MISC_ENABLE_WRITABLE 0x800001ull

static bool is_mtrr_type(u64 t) /* UC WC WT WP WB: SDM 3A table 11-8 */
{
	return t == 0 || t == 1 || (t >= 4 && t <= 6);
}

/* The MTRR a number names, or NULL. *fixed: eight type bytes */
static u64 *mtrr_register(struct sysregs *s, u32 n, bool *fixed)
{
	*fixed = true;
	if (n == MSR_MTRR_FIX64K)
		return &s->mtrr_fix[0];
	if (n == MSR_MTRR_FIX16K || n == MSR_MTRR_FIX16K + 1)
		return &s->mtrr_fix[1 + n - MSR_MTRR_FIX16K];
	if (n >= MSR_MTRR_FIX4K && n < MSR_MTRR_FIX4K + 8)
		return &s->mtrr_fix[3 + n - MSR_MTRR_FIX4K];
	*fixed = false;
	if (n >= MSR_MTRR_VAR && n < MSR_MTRR_VAR + 2 * VAR_RANGES)
		return &s->mtrr_var[n - MSR_MTRR_VAR];
	return n == MSR_MTRR_DEF ? &s->mtrr_def : NULL;
}

static enum step write_mtrr(struct cpu *c, u32 n, u64 *reg, bool fixed, u64 v)
{
	if (fixed) {
		for (int i = 0; i < 64; i += 8)
			if (!is_mtrr_type(v >> i & 0xff))
				return bad_value(c);
	} else if (n == MSR_MTRR_DEF) {
		if ((v & ~0xcffull) || !is_mtrr_type(v & 0xff))
			return bad_value(c);
	} else if (n & 1) { /* PHYSMASKn */
		if (v & ~(PHYS_MASK & ~0x7ffull))
			return bad_value(c);
	} else if ((v & ~(PHYS_MASK & ~0xf00ull)) || !is_mtrr_type(v & 0xff)) { /* PHYSBASEn */
		return bad_value(c);
	}
	*reg = v;
	return STEP_NEXT;
}

/* Registers that are plain storage: NULL if `n` is not one of them. *writable: bits that may be set */
static u64 *plain_register(struct cpu *c, struct sysregs *s, u32 n, u64 *writable)
{
	const struct cpu_model *m = c->model;
	bool p6 = model_has(c, ISA_P6), sep = m->f1_edx & CPUID_SEP, lm = m->e1_edx & CPUIDE_LM;
	bool star = m->e1_edx & CPUIDE_SYSCALL;
	*writable = 0xffffffff;
	switch (n) {
	case MSR_SYSENTER_CS:
		return sep ? &s->sysenter_cs : NULL;
	case MSR_SYSENTER_ESP:
		*writable = lm ? ~0ull : *writable;
		return sep ? &s->sysenter_esp : NULL;
	case MSR_SYSENTER_EIP:
		*writable = lm ? ~0ull : *writable;
		return sep ? &s->sysenter_eip : NULL;
	case MSR_EVNTSEL0:
	case MSR_EVNTSEL1:
		return p6 ? &s->perf_select[n - MSR_EVNTSEL0] : NULL;
	case MSR_DEBUGCTL:
		*writable = 0x7f;
		return p6 ? &s->debugctl : NULL;
	case MSR_STAR:
		*writable = ~0ull;
		return star ? &s->star : NULL;
	case MSR_LSTAR:
		*writable = ~0ull;
		return lm ? &s->lstar : NULL;
	case MSR_CSTAR:
		*writable = ~0ull;
		return lm ? &s->cstar : NULL;
	case MSR_FMASK:
		return lm ? &s->fmask : NULL;
	case MSR_KERNEL_GS_BASE:
		*writable = ~0ull;
		return lm ? &s->kernel_gs_base : NULL;
	case MSR_TSC_AUX:
		return model_has(c, ISA_RDTSCP) ? &s->tsc_aux : NULL;
	default:
		return NULL;
	}
}

static enum step read_msr(struct cpu *c, struct sysregs *s, u32 n, u64 *v)
{
	const struct cpu_model *m = c->model;
	bool p6 = model_has(c, ISA_P6), mca = m->f1_edx & CPUID_MCA, fixed;
	u64 writable, *reg = plain_register(c, s, n, &writable);
	if (!reg && (m->f1_edx & CPUID_MTRR))
		reg = mtrr_register(s, n, &fixed);
	if (reg) {
		*v = *reg;
		return STEP_NEXT;
	}
	switch (n) {
	case MSR_P5_MC_ADDR:
	case MSR_P5_MC_TYPE:
		*v = 0;
		return m->f1_edx & CPUID_MCE ? STEP_NEXT : no_msr(c);
	case MSR_TSC:
		*v = sys_tsc(c, s);
		return m->f1_edx & CPUID_TSC ? STEP_NEXT : no_msr(c);
	case MSR_PLATFORM_ID:
	case MSR_EBL_CR_POWERON:
		*v = 0;
		return p6 ? STEP_NEXT : no_msr(c);
	case MSR_BIOS_SIGN_ID:
		*v = (u64)m->microcode << 32;
		return p6 ? STEP_NEXT : no_msr(c);
	case MSR_APIC_BASE:
		*v = s->apic_base;
		return m->f1_edx & CPUID_APIC ? STEP_NEXT : no_msr(c);
	case MSR_TSC_DEADLINE:
		if (!(m->f1_ecx & CPUID1_TSC_DEADLINE))
			return no_msr(c);
		*v = c->hooks.tsc_deadline ? c->hooks.tsc_deadline(c->hooks.opaque) : 0;
		return STEP_NEXT;
	case MSR_PERFCTR0:
	case MSR_PERFCTR1:
		*v = s->perf_counter[n - MSR_PERFCTR0];
		return p6 ? STEP_NEXT : no_msr(c);
	case MSR_MTRRCAP:
		*v = 0x500 | VAR_RANGES; /* WC, fixed ranges: SDM 3A figure 11-5 */
		return m->f1_edx & CPUID_MTRR ? STEP_NEXT : no_msr(c);
	case MSR_ARCH_CAPABILITIES:
		*v = m->arch_caps;
		return m->f7_edx & CPUID7_ARCH_CAPABILITIES ? STEP_NEXT : no_msr(c);
	case MSR_MISC_ENABLE:
		*v = s->misc_enable;
		return has_misc_enable(m) ? STEP_NEXT : no_msr(c);
	case MSR_MCG_CAP:
	case MSR_MCG_STATUS:
		*v = 0; /* no banks */
		return mca ? STEP_NEXT : no_msr(c);
	case MSR_PAT:
		*v = s->pat;
		return m->f1_edx & CPUID_PAT ? STEP_NEXT : no_msr(c);
	case MSR_EFER:
		*v = s->efer;
		return m->e1_edx ? STEP_NEXT : no_msr(c);
	default:
		return no_msr(c);
	}
}

static enum step write_pat(struct cpu *c, struct sysregs *s, u64 v)
{
	for (int i = 0; i < 64; i += 8) /* as MTRR types, and UC-: SDM 3A 11.12.2 */
		if (!is_mtrr_type(v >> i & 0xff) && (v >> i & 0xff) != 7)
			return bad_value(c);
	s->pat = v;
	return STEP_NEXT;
}

static enum step write_apic_base(struct cpu *c, struct sysregs *s, u64 v)
{
	if (v & ~(PHYS_MASK & ~0x6ffull)) /* SDM 3A 10.4.4 */
		return bad_value(c);
	s->apic_base = v;
	if (c->hooks.apic_base)
		c->hooks.apic_base(c->hooks.opaque, v);
	return STEP_NEXT;
}

/* Before the models of family 15 a write sets the low half only, and clears the upper: SDM 3B 17.17.3 */
static void write_tsc(struct cpu *c, struct sysregs *s, u64 v)
{
	if (!has_misc_enable(c->model))
		v = (u32)v;
	s->tsc_offset += v - sys_tsc(c, s);
	if (c->hooks.tsc_moved)
		c->hooks.tsc_moved(c->hooks.opaque, s->tsc_offset);
}

static enum step write_msr(struct cpu *c, struct sysregs *s, u32 n, u64 v)
{
	const struct cpu_model *m = c->model;
	bool p6 = model_has(c, ISA_P6), fixed;
	u64 writable, *reg = plain_register(c, s, n, &writable);
	if (reg) {
		if (v & ~writable)
			return bad_value(c);
		*reg = v;
		return STEP_NEXT;
	}
	if ((m->f1_edx & CPUID_MTRR) && (reg = mtrr_register(s, n, &fixed)))
		return write_mtrr(c, n, reg, fixed, v);
	switch (n) {
	case MSR_P5_MC_ADDR:
	case MSR_P5_MC_TYPE:
		return m->f1_edx & CPUID_MCE ? STEP_NEXT : no_msr(c);
	case MSR_TSC:
		if (!(m->f1_edx & CPUID_TSC))
			return no_msr(c);
		write_tsc(c, s, v);
		return STEP_NEXT;
	case MSR_EBL_CR_POWERON:
	case MSR_UPDT_TRIG:
	case MSR_BIOS_SIGN_ID:
		return p6 ? STEP_NEXT : no_msr(c);
	case MSR_APIC_BASE:
		return m->f1_edx & CPUID_APIC ? write_apic_base(c, s, v) : no_msr(c);
	case MSR_TSC_DEADLINE:
		if (!(m->f1_ecx & CPUID1_TSC_DEADLINE))
			return no_msr(c);
		if (c->hooks.set_tsc_deadline)
			c->hooks.set_tsc_deadline(c->hooks.opaque, v);
		return STEP_NEXT;
	case MSR_PERFCTR0:
	case MSR_PERFCTR1:
		if (!p6)
			return no_msr(c);
		/* 40 bits; a write gives 32, sign-extended: SDM 3B 18.6.8 */
		s->perf_counter[n - MSR_PERFCTR0] = (u64)(s64)(s32)(u32)v & 0xffffffffff;
		return STEP_NEXT;
	case MSR_MISC_ENABLE:
		if (!has_misc_enable(m))
			return no_msr(c);
		s->misc_enable = (s->misc_enable & ~MISC_ENABLE_WRITABLE) | (v & MISC_ENABLE_WRITABLE);
		return STEP_NEXT;
	case MSR_MCG_STATUS: /* never set, so all that can be written is what it holds */
		return m->f1_edx & CPUID_MCA ? STEP_NEXT : no_msr(c);
	case MSR_PAT:
		return m->f1_edx & CPUID_PAT ? write_pat(c, s, v) : no_msr(c);
	case MSR_EFER:
		return m->e1_edx ? sys_set_efer(c, s, v) : no_msr(c);
	default:
		return no_msr(c);
	}
}

static bool msr_forbidden(struct cpu *c, const struct sysregs *s)
{
	if (s->cpl == 0)
		return false;
	gp(c, 0, "RDMSR or WRMSR with CPL > 0", "SDM 2 RDMSR");
	return true;
}

enum step sys_rdmsr(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	u64 v = 0;
	if (msr_forbidden(c, s) || read_msr(c, s, (u32)c->r[RCX], &v) == STEP_FAULT)
		return STEP_FAULT;
	c->r[RAX] = (u32)v;
	c->r[RDX] = v >> 32;
	return STEP_NEXT;
}

enum step sys_wrmsr(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	if (msr_forbidden(c, s))
		return STEP_FAULT;
	return write_msr(c, s, (u32)c->r[RCX], (u64)(u32)c->r[RDX] << 32 | (u32)c->r[RAX]);
}
