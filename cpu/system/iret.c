/* iret.c - IRET in all its forms. SDM 2 IRET; SDM 3A 6.12.1, 7.4 (nested task), 20.2.3
 * (to and from virtual-8086 mode), 20.3 (VME).
 *
 * NMIs are unblocked as soon as the instruction may execute, even if it then faults
 * (SDM 3A 6.7.1, 3C 27.2.3).
 */
#include "cpu/system/internal.h"

#define FLAGS_16 (FL_ARITH | EF_TF | EF_DF | EF_NT)
#define FLAGS_32 (FLAGS_16 | EF_RF | EF_AC | EF_ID)

struct iret_frame {
	u64 ip, cs, flags, sp;
};

static int pop_frame(struct cpu *c, const struct sysregs *s, int size, struct iret_frame *p)
{
	u64 sp = c->r[RSP];
	/* As recorded: FLAGS first, IP last (which of several faults is reported); of CS only the word */
	if (stack_read(c, s, sp + 2 * (u64)size, size, &p->flags) || stack_read(c, s, sp + (u64)size, 2, &p->cs) ||
	    stack_read(c, s, sp, size, &p->ip))
		return -1;
	p->sp = stack_behind(s, sp, 3 * size);
	return 0;
}

/* From here on NMIs may come; one may wait. */
static void unblock_nmi(struct cpu *c, struct sysregs *s)
{
	if (s->nmi_blocked)
		c->attention |= ATT_STOP;
	s->nmi_blocked = 0;
}

/* Real mode and v86 mode: the return stays in the mode. */
static enum step iret_real(struct cpu *c, struct sysregs *s, int size)
{
	struct iret_frame p;
	u32 mask = (size == 2 ? FLAGS_16 : FLAGS_32) | EF_IF;
	bool virtual_if = false;
	if (sys_real(s)) {
		mask |= EF_IOPL;
	} else if (sys_iopl(s) < 3) {
		if (!sys_vme(s) || size != 2)
			return gp(c, 0, "IRET in virtual-8086 mode with IOPL < 3", "SDM 2 IRET");
		virtual_if = true;
	}
	unblock_nmi(c, s);
	if (pop_frame(c, s, size, &p))
		return STEP_FAULT;
	if (virtual_if) {
		if ((p.flags & EF_TF) || ((p.flags & EF_IF) && (s->eflags & EF_VIP)))
			return gp(c, 0, "IRET sets TF, or IF while VIP is set (VME)", "SDM 2 IRET");
		p.flags |= p.flags & EF_IF ? EF_VIF : 0; /* a 16-bit image: bit 19 was 0 */
		mask = (mask & ~(u32)EF_IF) | EF_VIF;
	}
	if (p.ip > s->seg[SEG_CS].limit)
		return gp(c, 0, "return beyond the code segment's limit", "SDM 2 IRET");
	stack_set(c, &s->seg[SEG_SS], p.sp);
	cs_commit_real(c, s, (u16)p.cs);
	flags_write(c, s, (u32)p.flags, mask);
	c->next_ip = p.ip;
	return STEP_IP;
}

static enum step iret_to_v86(struct cpu *c, struct sysregs *s, struct iret_frame *p)
{
	static const u8 order[] = {SEG_SS, SEG_ES, SEG_DS, SEG_FS, SEG_GS};
	u64 sp, sel[ARRAY_LEN(order)];
	if (stack_pop(c, s, &p->sp, 4, &sp))
		return STEP_FAULT;
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (stack_pop(c, s, &p->sp, 4, &sel[i]))
			return STEP_FAULT;
	if (p->ip > 0xffff)
		return gp(c, 0, "return to virtual-8086 mode beyond 64 KB", "SDM 2 IRET");
	flags_write(c, s, (u32)p->flags, FLAGS_32 | EF_IF | EF_IOPL | EF_VM | EF_VIF | EF_VIP);
	s->cpl = 3;
	cs_commit_real(c, s, (u16)p->cs);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		seg_load_real(s, order[i], (u16)sel[i]);
	c->r[RSP] = sp;
	c->next_ip = p->ip;
	return virtual_interrupt_check(c, s);
}

static enum step iret_task(struct cpu *c, struct sysregs *s)
{
	u64 link;
	if (!(s->tr.attr & SEG_P) || s->tr.limit < 1)
		return cpu_raise(c, VEC_TS, sel_error(s->tr.sel, 0), "TSS without a back link", "SDM 2 IRET");
	if (sup_load(c, s->tr.base, 2, &link))
		return STEP_FAULT;
	struct task_switch t = {.selector = (u16)link, .reason = TASK_IRET, .return_ip = c->next_ip};
	return task_switch(c, s, &t);
}

static enum step iret_protected(struct cpu *c, struct sysregs *s, int size)
{
	struct iret_frame p;
	if (s->eflags & EF_NT)
		return iret_task(c, s);
	if (pop_frame(c, s, size, &p))
		return STEP_FAULT;
	if (size == 4 && s->cpl == 0 && (p.flags & EF_VM))
		return iret_to_v86(c, s, &p);
	u32 mask = size == 2 ? FLAGS_16 : FLAGS_32; /* by the CPL before the return */
	if (s->cpl <= sys_iopl(s))
		mask |= EF_IF;
	if (s->cpl == 0)
		mask |= EF_IOPL | (size == 4 ? EF_VIF | EF_VIP : 0);
	struct far_return r = {.cs = (u16)p.cs, .ip = p.ip, .sp = p.sp, .size = size};
	if (far_return(c, s, &r))
		return STEP_FAULT;
	flags_write(c, s, (u32)p.flags, mask);
	return virtual_interrupt_check(c, s);
}

enum step sys_iret(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	if (!sys_protected(s))
		return iret_real(c, s, u->x.sys.opsize);
	unblock_nmi(c, s);
	return iret_protected(c, s, u->x.sys.opsize);
}
