/* classic.c - technique `classic`: what a VMM on a real Pentium gets, which traps
 * only what the processor traps.
 *
 * The guest's ring 0 runs in hw ring 1. Privileged instructions fault and are
 * emulated on guest; critical ones run on hw and see, or silently fail to change,
 * hw's state. What direct execution changed (segments, CPL, TF, NT ...) is pulled
 * into guest before the VMM looks at it, and what a routine changed is pushed back.
 * A fault on hw is retried on guest: if the guest would fault too it is the
 * guest's, else an artefact of compression, and emulated.
 *
 * On a processor with critical=trap the critical instructions fault, too, and are
 * emulated: then hw shows through nowhere, and guest is what it is under `bare`.
 *
 * Frames that the VMM builds carry hw's RPL, as frames that hw builds would. Guest
 * rings 0 and 1 share hw ring 1: a defect of the technique, not of this file.
 */
#include "vmm/vmm.h"

#include <string.h>

/* EFLAGS bits that a program at CPL 1 or 3 changes on hw directly. */
#define EF_DIRECT (EF_TF | EF_NT | EF_AC | EF_ID | EF_RF)

/* The inverse of vmm_compress: DPL 1 back to 0, and the RPL of CS and SS. */
static void decompress_segment(struct segment *s, int i)
{
	if (s->attr && seg_dpl(s) == 1)
		s->attr &= (u16)~SEG_DPL;
	if ((i == SEG_CS || i == SEG_SS) && (s->sel & 3) == 1)
		s->sel &= (u16)~1;
}

/* Only what has changed since it was pushed: hw's ring 1 is the guest's ring 0 or 1, which only the VMM knows. */
static void pull_segments(struct sysregs *g, const struct sysregs *h)
{
	struct sysregs pushed;
	vmm_compress(g, &pushed);
	bool ring1 = sys_protected(h) && h->cpl == 1;
	if (sys_protected(h) && h->cpl != pushed.cpl)
		g->cpl = ring1 ? 0 : h->cpl;
	for (int i = 0; i < 6; i++) {
		if (!memcmp(&h->seg[i], &pushed.seg[i], sizeof h->seg[i]))
			continue;
		g->seg[i] = h->seg[i];
		if (ring1 && g->cpl == 0)
			decompress_segment(&g->seg[i], i);
	}
}

void vmm_pull(struct vmm *v)
{
	struct sysregs *g = &v->guest;
	const struct sysregs *h = &v->hw;
	if (v->technique != TECH_CLASSIC)
		return;
	pull_segments(g, h);
	g->eflags = (g->eflags & ~(u32)EF_DIRECT) | (h->eflags & EF_DIRECT);
	g->shadow = h->shadow;
	g->shadow_end = h->shadow_end;
	g->nmi_blocked = h->nmi_blocked;
}

void vmm_push(struct vmm *v)
{
	if (v->technique != TECH_CLASSIC)
		return;
	vmm_compress(&v->guest, &v->hw);
	ctx_changed(v->cpu);
}

void vmm_frame_view(struct vmm *v)
{
	if (v->technique == TECH_CLASSIC && !cpu_traps_critical(v->cpu->model, OP_IRET, true) && sys_protected(&v->guest) && v->guest.cpl == 0)
		v->guest.seg[SEG_CS].sel |= 1;
}

/* critical=trap: the guest's processor has the same rule as ours. Above its own ring 0 the fault is the guest's. */
static bool is_guests_fault(const struct cpu *c, const struct sysregs *guest, u16 op)
{
	return guest->cpl > 0 && !sys_real(guest) && cpu_traps_critical(c->model, op, sys_protected(guest));
}

/* Every exit's routine: the semantics on guest, between pull and push. */
static enum step emulate(struct cpu *c, struct sysregs *guest, const struct uop *u)
{
	struct vmm *v = c->hooks.opaque;
	vmm_pull(v);
	if (is_guests_fault(c, guest, u->x.sys.op))
		return cpu_raise_critical(c);
	enum step step = sys_table[u->x.sys.op](c, guest, u);
	if (step != STEP_FAULT)
		vmm_push(v);
	return step;
}

/* The x87 unit's: may the guest? Then the unit does it. */
static enum step permit(struct cpu *c, struct sysregs *guest, const struct uop *u)
{
	vmm_pull(c->hooks.opaque);
	return is_guests_fault(c, guest, u->x.sys.op) ? cpu_raise_critical(c) : STEP_NEXT;
}

/* The processor's hook: hw refused what it was given to run directly. */
static enum step refused(void *opaque, const struct uop *u)
{
	struct vmm *v = opaque;
	enum step step = emulate(v->cpu, &v->guest, u);
	if (step != STEP_FAULT)
		v->stats.artefacts++;
	return step;
}

void vmm_classic_install(struct vmm *v)
{
	for (int op = 0; op < OP_COUNT; op++)
		v->classic_routine[op] = sys_table[op] ? emulate : permit;
	v->cpu->hooks.routine = v->classic_routine;
	v->cpu->hooks.refused = refused;
	v->cpu->hw = &v->hw;
	v->cpu->guest_pointers = cpu_traps_critical(v->cpu->model, OP_FNSTENV, true);
}
