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
 * Frames that the VMM builds carry hw's RPL, as frames that hw builds would. Guest
 * rings 0 and 1 share hw ring 1: a defect of the technique, not of this file.
 */
#include "vmm/vmm.h"

/* EFLAGS bits that a program at CPL 1 or 3 changes on hw directly. */
#define EF_DIRECT (EF_TF | EF_NT | EF_AC | EF_ID | EF_RF)

/* The inverse of vmm_compress: DPL 1 back to 0, and the RPL of CS and SS. */
static void decompress_segments(struct sysregs *g)
{
	for (int i = 0; i < 6; i++) {
		struct segment *s = &g->seg[i];
		if (s->attr && seg_dpl(s) == 1)
			s->attr &= (u16)~SEG_DPL;
		if ((i == SEG_CS || i == SEG_SS) && (s->sel & 3) == 1)
			s->sel &= (u16)~1;
	}
}

void vmm_pull(struct vmm *v)
{
	struct sysregs *g = &v->guest;
	const struct sysregs *h = &v->hw;
	if (v->technique != TECH_CLASSIC)
		return;
	for (int i = 0; i < 6; i++)
		g->seg[i] = h->seg[i];
	if (sys_protected(h)) {
		g->cpl = h->cpl == 1 ? 0 : h->cpl;
		if (h->cpl == 1)
			decompress_segments(g);
	}
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
	if (v->technique == TECH_CLASSIC && sys_protected(&v->guest) && v->guest.cpl == 0)
		v->guest.seg[SEG_CS].sel |= 1;
}

/* Every exit's routine: the semantics on guest, between pull and push. */
static enum step emulate(struct cpu *c, struct sysregs *guest, const struct uop *u)
{
	struct vmm *v = c->hooks.opaque;
	vmm_pull(v);
	enum step step = sys_table[u->x.sys.op](c, guest, u);
	if (step != STEP_FAULT)
		vmm_push(v);
	return step;
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
		v->classic_routine[op] = sys_table[op] ? emulate : NULL;
	v->cpu->hooks.routine = v->classic_routine;
	v->cpu->hooks.refused = refused;
	v->cpu->hw = &v->hw;
}
