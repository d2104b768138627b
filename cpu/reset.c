/* reset.c - bringing a processor up, RESET and INIT (SDM 3A table 9-1). */
#include "cpu/block.h"
#include "cpu/cpu.h"
#include "cpu/cpuid.h"

#include <string.h>

int cpu_init(struct cpu *c, struct mmu *mmu, struct sysregs *guest, struct sysregs *hw)
{
	memset(c, 0, sizeof *c);
	c->mmu = mmu;
	c->guest = guest;
	c->hw = hw;
	c->model = &cpu_model_default;
	c->tlb = &mmu->sup;
	c->simd_gate = GATE_MXCSR;
	return code_init(c);
}

void cpu_free(struct cpu *c)
{
	code_free(c);
}

static struct segment reset_segment(void)
{
	return (struct segment){.limit = 0xffff, .attr = SEG_P | SEG_S | SEG_RW | SEG_A};
}

void cpu_reset(struct cpu *c)
{
	struct sysregs *s = c->guest;
	memset(s, 0, sizeof *s);
	memset(c->r, 0, sizeof c->r);
	c->r[RDX] = c->model->signature;
	for (int i = 0; i < 6; i++)
		s->seg[i] = reset_segment();
	s->seg[SEG_CS].sel = 0xf000;
	s->seg[SEG_CS].base = 0xffff0000;
	s->seg[SEG_CS].attr |= SEG_CODE;
	s->ldtr = (struct segment){.limit = 0xffff, .attr = SEG_P | 2};
	s->tr = (struct segment){.limit = 0xffff, .attr = SEG_P | 11};
	s->gdtr.limit = s->idtr.limit = 0xffff;
	s->cr0 = CR0_CD | CR0_NW | CR0_ET;
	s->eflags = EF_FIXED;
	s->dr[6] = 0xffff0ff0;
	s->dr[7] = 0x400;
	s->apic_base = 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_BSP;
	s->pat = 0x0007040600070406;
	s->misc_enable = 0x1801; /* fast strings; no BTS, no PEBS */
	if (c->hw != s)
		*c->hw = *s;
	fpu_reset(c);
	simd_host_off(c);
	c->simd = (struct simd){.mxcsr = 0x1f80};
	c->df = 0;
	c->ip = 0xfff0;
	flags_set_arith(c, 0);
	mmu_reset(c->mmu);
	c->mmu->no_pse36 = !(c->model->f1_edx & CPUID_PSE36);
	mmu_set_mode(c->mmu, s->cr0, s->cr4, s->efer);
	ctx_update(c);
	code_remapped(c, MAPPING_ALL, 0);
}

/* What SDM 3A table 9-1 leaves as it was. EFER is cleared, as AMD's table 14-1 has it: it goes with CR0.PG. */
static void keep_over_init(struct sysregs *s, const struct sysregs *was)
{
	s->cr0 = (s->cr0 & ~(u64)(CR0_CD | CR0_NW)) | (was->cr0 & (CR0_CD | CR0_NW));
	s->sysenter_cs = was->sysenter_cs;
	s->sysenter_esp = was->sysenter_esp;
	s->sysenter_eip = was->sysenter_eip;
	s->tsc_offset = was->tsc_offset;
	s->tsc_aux = was->tsc_aux;
	s->apic_base = was->apic_base;
	s->pat = was->pat;
	s->misc_enable = was->misc_enable;
	s->star = was->star;
	s->lstar = was->lstar;
	s->cstar = was->cstar;
	s->fmask = was->fmask;
	s->kernel_gs_base = was->kernel_gs_base;
	s->mtrr_def = was->mtrr_def;
	memcpy(s->mtrr_fix, was->mtrr_fix, sizeof s->mtrr_fix);
	memcpy(s->mtrr_var, was->mtrr_var, sizeof s->mtrr_var);
	memcpy(s->perf_counter, was->perf_counter, sizeof s->perf_counter);
	memcpy(s->perf_select, was->perf_select, sizeof s->perf_select);
}

void cpu_soft_reset(struct cpu *c)
{
	struct sysregs was = *c->guest;
	simd_host_off(c);
	struct fpu fpu = c->fpu;
	struct simd simd = c->simd;
	cpu_reset(c);
	c->fpu = fpu;
	c->simd = simd;
	keep_over_init(c->guest, &was);
	if (c->hw != c->guest)
		*c->hw = *c->guest;
	mmu_set_mode(c->mmu, c->guest->cr0, c->guest->cr4, c->guest->efer);
	ctx_update(c);
}
