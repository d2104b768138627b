/* control.c - control registers: MOV CRn, LMSW, SMSW, CLTS, INVLPG.
 *
 * SDM 3A 2.5 (the bits), SDM 2 MOV (checks), 4.4.1 (PDPTEs). Long mode's own checks are
 * here as far as they concern CR0, CR4 and EFER; 64-bit code itself is not.
 */
#include "cpu/system/internal.h"
#include "mmu/physmem.h"

#define CR0_DEFINED                                                                                                    \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG)
#define MSW_WRITABLE (CR0_PE | CR0_MP | CR0_EM | CR0_TS)

void paging_changed(struct cpu *c, struct sysregs *s)
{
	mmu_set_mode(c->mmu, s->cr0, s->cr4, s->efer);
	ctx_changed(c);
}

/* PAE outside long mode: the four PDPTEs are read, and checked, when they are loaded (SDM 3A 4.4.1). */
static int check_pdptes(struct cpu *c, u64 cr0, u64 cr3, u64 cr4, u64 efer)
{
	u64 entry[4];
	if (!(cr0 & CR0_PG) || !(cr4 & CR4_PAE) || (efer & EFER_LMA))
		return 0;
	phys_read(c->mmu->pm, cr3 & 0xffffffe0, entry, sizeof entry);
	for (int i = 0; i < 4; i++)
		if ((entry[i] & 1) && (entry[i] & 0xfffffff0000001e6))
			return fail(c, VEC_GP, 0, "reserved bit set in a PDPTE", "SDM 3A 4.4.1");
	return 0;
}

static enum step check_cr0(struct cpu *c, const struct sysregs *s, u64 value)
{
	if (value >> 32)
		return gp(c, 0, "upper half of CR0 not zero", "SDM 2 MOV CR");
	if ((value & CR0_PG) && !(value & CR0_PE))
		return gp(c, 0, "CR0.PG set with PE clear", "SDM 2 MOV CR");
	if ((value & CR0_NW) && !(value & CR0_CD))
		return gp(c, 0, "CR0.NW set with CD clear", "SDM 2 MOV CR");
	bool starts_paging = (value & CR0_PG) && !(s->cr0 & CR0_PG);
	if (starts_paging && (s->efer & EFER_LME)) {
		if (!(s->cr4 & CR4_PAE))
			return gp(c, 0, "long mode entered with CR4.PAE clear", "SDM 3A 9.8.5");
		if (s->seg[SEG_CS].attr & SEG_L)
			return gp(c, 0, "long mode entered with CS.L set", "SDM 3A 9.8.5");
	}
	return STEP_NEXT;
}

enum step sys_set_cr0(struct cpu *c, struct sysregs *s, u64 value)
{
	u64 efer = s->efer;
	if (check_cr0(c, s, value) == STEP_FAULT)
		return STEP_FAULT;
	value = (value & CR0_DEFINED) | CR0_ET; /* reserved bits are ignored, ET is wired: SDM 3A 2.5 */
	if (!(value & CR0_PG))
		efer &= ~(u64)EFER_LMA;
	else if (efer & EFER_LME)
		efer |= EFER_LMA;
	u64 changed = value ^ s->cr0;
	if ((changed & (CR0_PG | CR0_CD | CR0_NW)) && check_pdptes(c, value, s->cr3, s->cr4, efer))
		return STEP_FAULT;
	s->cr0 = value;
	s->efer = efer;
	if (!(value & CR0_PE))
		s->cpl = 0;
	paging_changed(c, s);
	return STEP_NEXT;
}

enum step sys_set_cr3(struct cpu *c, struct sysregs *s, u64 value)
{
	if (check_pdptes(c, s->cr0, value, s->cr4, s->efer))
		return STEP_FAULT;
	s->cr3 = s->efer & EFER_LMA ? value : (u32)value;
	mmu_set_cr3(c->mmu, s->cr3);
	return STEP_NEXT;
}

/* The bits of CR4 that the model knows; all others are reserved: SDM 3A 2.5 */
static u64 cr4_defined(const struct cpu_model *m)
{
	static const struct {
		u32 feature, bits;
	} rules[] = {
		{CPUID_VME, CR4_VME | CR4_PVI}, {CPUID_DE, CR4_DE},   {CPUID_PSE, CR4_PSE}, {CPUID_TSC, CR4_TSD},
		{CPUID_PAE, CR4_PAE},           {CPUID_MCE, CR4_MCE}, {CPUID_PGE, CR4_PGE}, {CPUID_FXSR, CR4_OSFXSR},
		{CPUID_SSE, CR4_OSXMMEXCPT},
	};
	u64 bits = m->isa >> ISA_P6 & 1 ? CR4_PCE : 0;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		bits |= m->f1_edx & rules[i].feature ? rules[i].bits : 0;
	bits |= m->f7_ebx & CPUID7_FSGSBASE ? CR4_FSGSBASE : 0;
	bits |= m->f7_ebx & CPUID7_SMEP ? CR4_SMEP : 0;
	bits |= m->f7_ebx & CPUID7_SMAP ? CR4_SMAP : 0;
	bits |= m->f7_ecx & CPUID7_UMIP ? CR4_UMIP : 0;
	return bits;
}

enum step sys_set_cr4(struct cpu *c, struct sysregs *s, u64 value)
{
	if (value & ~cr4_defined(c->model))
		return gp(c, 0, "reserved bit of CR4 set", "SDM 2 MOV CR");
	if ((s->efer & EFER_LMA) && !(value & CR4_PAE))
		return gp(c, 0, "CR4.PAE cleared in long mode", "SDM 2 MOV CR");
	u64 changed = value ^ s->cr4;
	if ((changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)) && check_pdptes(c, s->cr0, s->cr3, value, s->efer))
		return STEP_FAULT;
	s->cr4 = value;
	paging_changed(c, s);
	return STEP_NEXT;
}

enum step sys_set_efer(struct cpu *c, struct sysregs *s, u64 value)
{
	const struct cpu_model *m = c->model;
	u64 defined = (m->e1_edx & CPUIDE_SYSCALL ? EFER_SCE : 0) | (m->e1_edx & CPUIDE_NX ? EFER_NXE : 0) |
		      (m->e1_edx & CPUIDE_LM ? EFER_LME | EFER_LMA : 0);
	if (value & ~defined)
		return gp(c, 0, "reserved bit of EFER set", "SDM 3A 2.2.1");
	if (((value ^ s->efer) & EFER_LME) && (s->cr0 & CR0_PG))
		return gp(c, 0, "EFER.LME changed with paging on", "SDM 3A 2.2.1");
	s->efer = (value & ~(u64)EFER_LMA) | (s->efer & EFER_LMA);
	paging_changed(c, s);
	return STEP_NEXT;
}

/* ---- instructions ------------------------------------------------------------------- */

static bool cr_exists(struct cpu *c, int n)
{
	if (n == 0 || n == 2 || n == 3 || (n == 4 && cr4_defined(c->model)))
		return true;
	ud(c, "control register that does not exist", "SDM 2 MOV CR");
	return false;
}

enum step sys_mov_from_cr(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	int n = u->x.sys.digit;
	if (!cr_exists(c, n))
		return STEP_FAULT;
	if (s->cpl != 0)
		return gp(c, 0, "MOV from a control register with CPL > 0", "SDM 2 MOV CR");
	reg_set(c, u->dst, 4, n == 0 ? s->cr0 : n == 2 ? s->cr2 : n == 3 ? s->cr3 : s->cr4);
	return STEP_NEXT;
}

enum step sys_mov_to_cr(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u64 value = reg_get(c, u->dst, 4);
	if (!cr_exists(c, u->x.sys.digit))
		return STEP_FAULT;
	if (s->cpl != 0)
		return gp(c, 0, "MOV to a control register with CPL > 0", "SDM 2 MOV CR");
	switch (u->x.sys.digit) {
	case 0:
		return sys_set_cr0(c, s, value);
	case 2:
		s->cr2 = value;
		return STEP_NEXT;
	case 3:
		return sys_set_cr3(c, s, value);
	default:
		return sys_set_cr4(c, s, value);
	}
}

enum step sys_lmsw(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u64 value;
	if (s->cpl != 0)
		return gp(c, 0, "LMSW with CPL > 0", "SDM 2 LMSW");
	if (uop_load_e(c, u, 2, &value))
		return STEP_FAULT;
	value |= s->cr0 & CR0_PE; /* PE can be set, not cleared */
	return sys_set_cr0(c, s, (s->cr0 & ~(u64)MSW_WRITABLE) | (value & MSW_WRITABLE));
}

enum step sys_smsw(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	if ((s->cr4 & CR4_UMIP) && s->cpl != 0)
		return gp(c, 0, "SMSW with CR4.UMIP set and CPL > 0", "SDM 2 SMSW");
	int size = u->x.sys.flags & UF_MEM ? 2 : u->x.sys.opsize;
	return uop_store_e(c, u, size, s->cr0) ? STEP_FAULT : STEP_NEXT;
}

enum step sys_clts(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	if (s->cpl != 0)
		return gp(c, 0, "CLTS with CPL > 0", "SDM 2 CLTS");
	s->cr0 &= ~(u64)CR0_TS;
	ctx_changed(c);
	return STEP_NEXT;
}

enum step sys_invlpg(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	if (!(u->x.sys.flags & UF_MEM))
		return ud(c, "INVLPG with a register operand", "SDM 2 INVLPG");
	if (s->cpl != 0)
		return gp(c, 0, "INVLPG with CPL > 0", "SDM 2 INVLPG");
	int seg = uop_seg(u);
	u64 base = seg == SEG_NONE ? 0 : s->seg[seg].base;
	mmu_invlpg(c->mmu, (base + uop_ea(c, u)) & c->mmu->lin_mask);
	return STEP_NEXT;
}
