/* misc.c - processor and time: CPUID RDTSC RDTSCP RDPMC HLT INVD, SYSENTER, SYSEXIT, and
 * what no model has.
 *
 * SDM 2 (each instruction), SDM 3B 17.17 (TSC). Not emulated: counting of events by
 * the performance counters (they read what was written), cache contents.
 */
#include "cpu/system/internal.h"

u64 sys_tsc(struct cpu *c, const struct sysregs *s)
{
	simd_host_off(c);
	return (c->hooks.tsc ? c->hooks.tsc(c->hooks.opaque) : c->count) + s->tsc_offset;
}

static void set_edx_eax(struct cpu *c, u64 value)
{
	c->r[RAX] = (u32)value;
	c->r[RDX] = value >> 32;
}

enum step sys_cpuid(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	struct cpuid_result r = cpuid(c->model, s, (u32)c->r[RAX], (u32)c->r[RCX]);
	c->r[RAX] = r.eax;
	c->r[RBX] = r.ebx;
	c->r[RCX] = r.ecx;
	c->r[RDX] = r.edx;
	return STEP_NEXT;
}

static bool tsc_forbidden(struct cpu *c, const struct sysregs *s)
{
	if (!(s->cr4 & CR4_TSD) || s->cpl == 0)
		return false;
	gp(c, 0, "time-stamp counter read with CR4.TSD set and CPL > 0", "SDM 2 RDTSC");
	return true;
}

enum step sys_rdtsc(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	if (tsc_forbidden(c, s))
		return STEP_FAULT;
	set_edx_eax(c, sys_tsc(c, s));
	return STEP_NEXT;
}

enum step sys_rdtscp(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	if (!model_has(c, ISA_RDTSCP))
		return ud(c, "RDTSCP on a model without it", "SDM 2 RDTSCP");
	if (tsc_forbidden(c, s))
		return STEP_FAULT;
	set_edx_eax(c, sys_tsc(c, s));
	c->r[RCX] = s->tsc_aux;
	return STEP_NEXT;
}

enum step sys_rdpmc(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	u32 counter = (u32)c->r[RCX];
	if (!(s->cr4 & CR4_PCE) && s->cpl != 0)
		return gp(c, 0, "RDPMC with CR4.PCE clear and CPL > 0", "SDM 2 RDPMC");
	if (counter >= ARRAY_LEN(s->perf_counter))
		return gp(c, 0, "RDPMC of a counter that does not exist", "SDM 2 RDPMC");
	set_edx_eax(c, s->perf_counter[counter]);
	return STEP_NEXT;
}

enum step sys_hlt(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	if (s->cpl != 0)
		return gp(c, 0, "HLT with CPL > 0", "SDM 2 HLT");
	s->activity = ACT_HALTED;
	c->attention |= ATT_STOP;
	return STEP_NEXT;
}

/* INVD and WBINVD: there are no caches to lose or write back. */
enum step sys_invd(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	if (s->cpl != 0)
		return gp(c, 0, "INVD or WBINVD with CPL > 0", "SDM 2 INVD");
	return STEP_NEXT;
}

enum step sys_undefined(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)s;
	(void)u;
	return ud(c, "instruction that this model does not have", "SDM 2");
}

/* ---- fast system calls (SDM 2 SYSENTER, SYSEXIT) ------------------------------------ */

static void flat_segment(struct segment *seg, u16 sel, int type, int dpl)
{
	seg->sel = sel;
	seg->base = 0;
	seg->limit = 0xffffffff;
	seg->attr = (u16)(type | SEG_S | dpl << SEG_DPL_SHIFT | SEG_P | SEG_DB | SEG_G);
}

static void fast_transfer(struct cpu *c, struct sysregs *s, u16 cs, int cpl, u64 ip, u64 sp)
{
	flat_segment(&s->seg[SEG_CS], (u16)(cs | cpl), SEG_CODE | SEG_RW | SEG_A, cpl);
	flat_segment(&s->seg[SEG_SS], (u16)((cs + 8) | cpl), SEG_RW | SEG_A, cpl);
	s->cpl = (u8)cpl;
	c->r[RSP] = (u32)sp;
	c->next_ip = (u32)ip;
	ctx_changed(c);
}

enum step sys_sysenter(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	if (!model_has(c, ISA_SEP))
		return ud(c, "SYSENTER on a model without it", "SDM 2 SYSENTER");
	if (sys_real(s))
		return gp(c, 0, "SYSENTER in real mode", "SDM 2 SYSENTER");
	if (!(s->sysenter_cs & 0xfffc))
		return gp(c, 0, "SYSENTER with a null SYSENTER_CS", "SDM 2 SYSENTER");
	flags_write(c, s, 0, EF_VM | EF_IF | EF_RF);
	fast_transfer(c, s, (u16)(s->sysenter_cs & 0xfffc), 0, s->sysenter_eip, s->sysenter_esp);
	return STEP_IP;
}

enum step sys_sysexit(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	if (!model_has(c, ISA_SEP))
		return ud(c, "SYSEXIT on a model without it", "SDM 2 SYSEXIT");
	if (sys_real(s) || s->cpl != 0)
		return gp(c, 0, "SYSEXIT in real mode or with CPL > 0", "SDM 2 SYSEXIT");
	if (!(s->sysenter_cs & 0xfffc))
		return gp(c, 0, "SYSEXIT with a null SYSENTER_CS", "SDM 2 SYSEXIT");
	fast_transfer(c, s, (u16)((s->sysenter_cs & 0xfffc) + 16), 3, c->r[RDX], c->r[RCX]);
	return STEP_IP;
}
