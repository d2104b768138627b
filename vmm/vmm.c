/* vmm.c - the monitor's own loop: time, interrupts, HLT, and the processor between.
 *
 * An interrupt is taken at an instruction boundary when IF is set and no shadow of
 * STI or MOV SS covers the next instruction (SDM 3A 6.8). The loop tells the
 * processor how far it may run: to the next timer, or to the end of a shadow.
 */
#include "vmm/vmm.h"

#include <string.h>

void vmm_init(struct vmm *v, struct cpu *cpu, struct bus *bus, struct clock *clock, enum technique technique)
{
	memset(v, 0, sizeof *v);
	v->cpu = cpu;
	v->bus = bus;
	v->clock = clock;
	v->technique = technique;
	for (int i = 0; i < opcode_count; i++)
		v->op_traits[opcode_table[i].op] |= opcode_table[i].traits;
	vmm_install_hooks(v);
}

void vmm_reset(struct vmm *v)
{
	v->nmi_pending = 0;
	v->shutdown = 0;
	cpu_reset(v->cpu);
	vmm_push(v);
	ctx_update(v->cpu);
	cpu_stop(v->cpu);
}

void vmm_soft_reset(struct vmm *v)
{
	vmm_pull(v);
	v->nmi_pending = 0;
	v->shutdown = 0;
	cpu_soft_reset(v->cpu);
	vmm_push(v);
	ctx_update(v->cpu);
	cpu_stop(v->cpu);
}

void vmm_stop(struct vmm *v)
{
	v->stop = 1;
	cpu_stop(v->cpu);
}

/* ---- lines ------------------------------------------------------------------------------------- */

void vmm_set_intr(void *vmm, int n, int level)
{
	struct vmm *v = vmm;
	(void)n;
	v->intr = (u8)level;
	v->cpu->window = (u8)level;
	if (level)
		cpu_stop(v->cpu);
}

void vmm_set_nmi(void *vmm, int n, int level)
{
	struct vmm *v = vmm;
	(void)n;
	if (level) {
		v->nmi_pending = 1;
		cpu_stop(v->cpu);
	}
}

void vmm_set_ignne(void *vmm, int n, int level)
{
	struct vmm *v = vmm;
	(void)n;
	v->cpu->fpu_ignne = (u8)level;
}

/* ---- interrupts at a boundary ------------------------------------------------------------------------ */

/* Returns true while an interrupt shadow covers the next instruction. */
static bool in_shadow(struct vmm *v)
{
	struct sysregs *g = &v->guest;
	if (g->shadow == SHADOW_NONE)
		return false;
	if (v->cpu->count < g->shadow_end)
		return true;
	g->shadow = SHADOW_NONE;
	return false;
}

static void take_interrupt(struct vmm *v)
{
	struct event ev = {.kind = EV_EXTERNAL, .return_ip = v->cpu->ip, .rf = v->cpu->mid_rep};
	v->stats.exits[EXIT_INTERRUPT][v->cpu->mode_index]++;
	v->stats.interrupts++;
	ev.vec = (u8)v->ack(v->ack_opaque);
	if (v->on_event)
		v->on_event(v->observer, &ev, NULL);
	vmm_inject(v, &ev);
}

static void take_nmi(struct vmm *v)
{
	struct event ev = {.kind = EV_NMI, .vec = VEC_NMI, .return_ip = v->cpu->ip, .rf = v->cpu->mid_rep};
	v->stats.exits[EXIT_NMI][v->cpu->mode_index]++;
	v->stats.nmis++;
	v->nmi_pending = 0;
	v->guest.nmi_blocked = 1;
	if (v->on_event)
		v->on_event(v->observer, &ev, NULL);
	vmm_inject(v, &ev);
}

/* Takes what may be taken now. Returns the count at which to look again: a pending event waits for a shadow's end. */
static u64 poll_events(struct vmm *v)
{
	struct sysregs *g = &v->guest;
	bool wants_nmi = v->nmi_pending && !g->nmi_blocked, wants_intr = v->intr && (g->eflags & EF_IF);
	if (!wants_nmi && !wants_intr)
		return CLOCK_NEVER;
	if (in_shadow(v) && g->activity == ACT_ACTIVE)
		return g->shadow_end;
	if (wants_nmi)
		take_nmi(v);
	else
		take_interrupt(v);
	return CLOCK_NEVER;
}

/* ---- the loop --------------------------------------------------------------------------------------------- */

static u64 min_count(u64 a, u64 b)
{
	return a < b ? a : b;
}

enum vmm_result vmm_run(struct vmm *v, u64 until)
{
	struct cpu *c = v->cpu;
	struct clock *k = v->clock;
	while (!v->stop) {
		k->count = c->count;
		if (k->next_due_ns <= clock_now(k)) {
			clock_run(k);
			continue;
		}
		if (v->shutdown)
			return VMM_SHUTDOWN;
		vmm_pull(v);
		u64 again = poll_events(v);
		if (v->stop) /* an observer of the event */
			continue;
		if (v->guest.activity == ACT_HALTED)
			return VMM_IDLE;
		if (c->count >= until)
			return VMM_BUDGET;
		c->attention = 0;
		cpu_run(c, min_count(min_count(until, again), clock_count_at(k, k->next_due_ns)));
	}
	v->stop = 0;
	return VMM_STOPPED;
}
