/* verify.c - `-verify hw`: does hw agree with the policy?
 *
 * Before a routine emulates an instruction on guest, the same instruction runs on
 * a copy of hw, with stores held back. A privileged one must fault there, for that
 * is what makes it exit; a critical one must not, for that is why it is critical.
 * Faults that only compression causes (SS with RPL 0 at CPL 1, far transfers to
 * ring 0, INT n through the VMM's IDT) are neither: they are counted as artefacts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "vmm/vmm.h"

enum verdict { MUST_FAULT, MUST_NOT_FAULT, EITHER };

/* From the traits and hw's state: IOPL is 0, the I/O bitmap all ones, CR4's knobs off. */
static enum verdict expected(enum op op, u32 traits, const struct sysregs *hw)
{
	if (traits & (T_CPL0 | T_IO))
		return MUST_FAULT;
	if (sys_protected(hw) ? traits & T_IOPL : traits & (T_IOPL | T_IOPL_V86))
		return MUST_FAULT;
	switch (op) {
	case OP_PUSHF: case OP_POPF: case OP_SGDT: case OP_SIDT: case OP_SLDT: case OP_STR: case OP_SMSW: case OP_LAR: case OP_LSL:
	case OP_VERR: case OP_VERW: case OP_ARPL: case OP_MOV_FROM_SREG: case OP_PUSH_SREG: case OP_CPUID: case OP_RDTSC:
		return MUST_NOT_FAULT;
	default: return EITHER;
	}
}

/* What an instruction may change in struct cpu. */
struct saved {
	u64 r[16], fl_res, fl_cc, ip, next_ip;
	struct fault fault;
	struct tlb *tlb;
	u8 df, ctx_dirty, attention;
};

/* Runs the instruction on `state` as the processor would, and takes everything back. *fault: what it raised. */
static enum step dry_run(struct vmm *v, struct sysregs *state, const struct uop *u, struct fault *fault)
{
	struct cpu *c = v->cpu;
	struct saved s = {.fl_res = c->fl_res, .fl_cc = c->fl_cc, .ip = c->ip, .next_ip = c->next_ip, .fault = c->fault,
	       .tlb = c->tlb, .df = c->df, .ctx_dirty = c->ctx_dirty, .attention = c->attention};
	__builtin_memcpy(s.r, c->r, sizeof s.r);
	c->dry_run = 1;
	c->tlb = &c->mmu->none;
	c->fault = (struct fault){0};
	enum step step = sys_table[u->x.sys.op](c, state, u);
	*fault = c->fault;
	c->dry_run = 0;
	__builtin_memcpy(c->r, s.r, sizeof s.r);
	c->fl_res = s.fl_res, c->fl_cc = s.fl_cc, c->ip = s.ip, c->next_ip = s.next_ip, c->fault = s.fault;
	c->tlb = s.tlb, c->df = s.df, c->ctx_dirty = s.ctx_dirty, c->attention = s.attention;
	return step;
}

static void disagree(const struct vmm *v, const struct uop *u, const char *what, const struct fault *f)
{
	fprintf(stderr, "tandem: -verify hw: %s at %04x:%08llx, guest CPL %d: %s (%s)\n", op_name((enum op)u->x.sys.op),
		v->guest.seg[SEG_CS].sel, (unsigned long long)v->cpu->ip, v->guest.cpl, what, f->why ? f->why : "no fault");
	abort();
}

/* Memory faults say nothing about privilege. */
static bool is_memory_trap(const struct fault *f)
{
	return f->vec == VEC_PF || f->vec == VEC_SS || f->vec == VEC_AC;
}

/* hw for this experiment: deprivileged real mode has v86's privilege, whatever the semantics of its loads. */
static void make_hw(const struct sysregs *guest, struct sysregs *hw)
{
	vmm_compress(guest, hw);
	hw->idtr.limit = 0; /* INT n arrives at the VMM: a fault is as good */
	if (sys_real(hw)) {
		hw->cr0 |= CR0_PE;
		hw->eflags |= EF_VM;
	}
}

void vmm_verify_exit(struct vmm *v, const struct uop *u)
{
	enum op op = (enum op)u->x.sys.op;
	struct sysregs hw, guest = v->guest;
	struct fault on_hw, on_guest;
	make_hw(&v->guest, &hw);
	enum verdict want = expected(op, v->op_traits[op], &hw);
	enum step step = dry_run(v, &hw, u, &on_hw);
	v->stats.verified++;
	if (step == STEP_FAULT && is_memory_trap(&on_hw))
		return;
	if (want == MUST_FAULT && step != STEP_FAULT)
		disagree(v, u, "privileged, but hw executes it", &on_hw);
	if (step != STEP_FAULT || want == MUST_FAULT)
		return;
	if (want == EITHER)
		v->stats.artefacts++;
	else if (dry_run(v, &guest, u, &on_guest) != STEP_FAULT) /* a fault that the guest has coming is no disagreement */
		disagree(v, u, "critical, but hw faults", &on_hw);
}
