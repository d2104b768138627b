/* flags.c - EFLAGS with its system bits: PUSHF, POPF, CLI, STI, CLAC, STAC.
 *
 * SDM 2 POPF (table "Effect of POPF/POPFD on the EFLAGS Register"), CLI, STI (tables of
 * decisions by PE, VM, IOPL, CPL, PVI, VME); SDM 3A 20.3 (VME) and 20.4 (PVI).
 */
#include "cpu/system/internal.h"

#define EF_SYSTEM (EF_TF | EF_IF | EF_IOPL | EF_NT | EF_RF | EF_VM | EF_AC | EF_VIF | EF_VIP | EF_ID)

void shadow_begin(struct cpu *c, struct sysregs *s, u8 kind)
{
	/* Of several loads of SS in a row only the first holds off interrupts: SDM 3A 6.8.3 */
	bool goes_on = s->shadow == SHADOW_MOV_SS && c->count < s->shadow_end;
	if (kind == SHADOW_MOV_SS && goes_on)
		return;
	s->shadow = kind;
	s->shadow_end = c->count + 2;
	if (c->window)
		c->attention |= ATT_STOP;
}

/* The part of flags_write that is in sysregs. */
static inline void write_system(struct cpu *c, struct sysregs *s, u32 value, u32 mask)
{
	mask &= EF_SYSTEM;
	if (!c->model->max_leaf) /* no CPUID, no ID flag: SDM 1 3.4.3.3 */
		mask &= ~(u32)EF_ID;
	u32 old = s->eflags;
	s->eflags = (old & ~mask) | (value & mask) | EF_FIXED;
	u32 changed = old ^ s->eflags;
	if (changed & (EF_TF | EF_RF | EF_VM | EF_AC))
		ctx_changed(c);
	if ((changed & s->eflags & EF_IF) && c->window)
		c->attention |= ATT_STOP;
}

void flags_write(struct cpu *c, struct sysregs *s, u32 value, u32 mask)
{
	if (mask & FL_ARITH)
		flags_set_arith(c, (flags_arith(c) & ~mask) | (value & mask & FL_ARITH));
	if (mask & EF_DF)
		c->df = value & EF_DF ? 1 : 0;
	write_system(c, s, value, mask);
}

/* v86 mode: are the IOPL-sensitive instructions out of reach, and may VIF stand in for IF? */
static bool v86_below_iopl(const struct sysregs *s)
{
	return sys_v86(s) && sys_iopl(s) < 3;
}

enum step sys_pushf(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u32 image = flags_get(c, s) & ~(u32)(EF_VM | EF_RF);
	if (v86_below_iopl(s)) {
		if (!sys_vme(s) || u->x.sys.opsize != 2)
			return gp(c, 0, "PUSHF in virtual-8086 mode with IOPL < 3", "SDM 2 PUSHF");
		image = (image & ~(u32)EF_IF) | EF_IOPL | (s->eflags & EF_VIF ? EF_IF : 0);
	}
	return stack_push(c, s, u->x.sys.opsize, image) ? STEP_FAULT : STEP_NEXT;
}

/* What POPF may change outside v86 mode with IOPL < 3, besides the arithmetic flags and DF. */
static u32 popf_mask(const struct sysregs *s, int opsize)
{
	u32 mask = EF_TF | EF_NT | EF_RF;
	if (opsize != 2)
		mask |= EF_AC | EF_ID;
	if (s->cpl == 0)
		mask |= EF_IOPL | EF_IF;
	else if (s->cpl <= sys_iopl(s))
		mask |= EF_IF;
	return mask;
}

enum step sys_popf(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	int size = u->x.sys.opsize;
	u64 sp = c->r[RSP], value;
	u32 mask = popf_mask(s, size);
	bool virtual_if = false;
	if (v86_below_iopl(s)) {
		if (!sys_vme(s) || size != 2)
			return gp(c, 0, "POPF in virtual-8086 mode with IOPL < 3", "SDM 2 POPF");
		virtual_if = true;
	}
	if (stack_pop(c, s, &sp, size, &value))
		return STEP_FAULT;
	if (virtual_if) {
		if ((value & EF_TF) || ((value & EF_IF) && (s->eflags & EF_VIP)))
			return gp(c, 0, "POPF sets TF, or IF while VIP is set (VME)", "SDM 2 POPF");
		value = (value & ~(u64)EF_VIF) | (value & EF_IF ? EF_VIF : 0);
		mask = (mask & ~(u32)(EF_IF | EF_IOPL)) | EF_VIF;
	}
	flags_set_arith(c, (u32)value);
	c->df = value >> 10 & 1;
	write_system(c, s, (u32)value & ~(u32)EF_RF, mask);
	stack_set(c, &s->seg[SEG_SS], sp);
	return STEP_NEXT;
}

enum if_rule { IF_REAL, IF_VIRTUAL, IF_FAULT };

/* SDM 2 CLI, table "Decision Table for CLI Results"; STI has the same but for VIP. */
static enum if_rule if_rule(const struct sysregs *s)
{
	if (sys_real(s))
		return IF_REAL;
	if (sys_iopl(s) >= s->cpl) /* CPL is 3 in v86 mode */
		return IF_REAL;
	if (sys_v86(s))
		return sys_vme(s) ? IF_VIRTUAL : IF_FAULT;
	return s->cpl == 3 && (s->cr4 & CR4_PVI) ? IF_VIRTUAL : IF_FAULT;
}

enum step sys_cli(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	switch (if_rule(s)) {
	case IF_REAL:
		write_system(c, s, 0, EF_IF);
		return STEP_NEXT;
	case IF_VIRTUAL:
		flags_write(c, s, 0, EF_VIF);
		return STEP_NEXT;
	default:
		return gp(c, 0, "CLI with CPL > IOPL", "SDM 2 CLI");
	}
}

enum step sys_sti(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	switch (if_rule(s)) {
	case IF_REAL:
		if (s->eflags & EF_IF)
			return STEP_NEXT;
		write_system(c, s, EF_IF, EF_IF);
		shadow_begin(c, s, SHADOW_STI);
		return STEP_NEXT;
	case IF_VIRTUAL:
		if (s->eflags & EF_VIP)
			return gp(c, 0, "STI while VIP is set", "SDM 2 STI");
		flags_write(c, s, EF_VIF, EF_VIF);
		return STEP_NEXT;
	default:
		return gp(c, 0, "STI with CPL > IOPL", "SDM 2 STI");
	}
}

static enum step set_ac(struct cpu *c, struct sysregs *s, u32 value)
{
	if (!model_has(c, ISA_SMAP))
		return ud(c, "CLAC or STAC on a model without SMAP", "SDM 2 CLAC");
	if (s->cpl != 0) /* so in virtual-8086 mode, too */
		return ud(c, "CLAC or STAC with CPL > 0", "SDM 2 CLAC");
	write_system(c, s, value, EF_AC);
	return STEP_NEXT;
}

enum step sys_clac(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	return set_ac(c, s, 0);
}

enum step sys_stac(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	return set_ac(c, s, EF_AC);
}
