/* inject.c - exceptions and interrupts into the guest. SDM 3A chapter 6.
 *
 * Everything goes to the VMM first; it delivers through the guest's own IVT or IDT
 * (sys_deliver), and combines faults that arise on the way: benign, contributory
 * and page faults give the second exception, #DF, or shutdown (table 6-5).
 */
#include "vmm/vmm.h"

enum fault_class { BENIGN, CONTRIBUTORY, PAGE_FAULT };

static enum fault_class class_of(int vec)
{
	switch (vec) {
	case VEC_DE: case VEC_TS: case VEC_NP: case VEC_SS: case VEC_GP: return CONTRIBUTORY;
	case VEC_PF: return PAGE_FAULT;
	default: return BENIGN;
	}
}

/* Does `second`, met while delivering `first`, make a double fault? */
static bool is_double(int first, int second)
{
	enum fault_class a = class_of(first), b = class_of(second);
	return (a == CONTRIBUTORY && b == CONTRIBUTORY) || (a == PAGE_FAULT && b != BENIGN);
}

static void note(struct vmm *v, bool nested)
{
	struct cpu *c = v->cpu;
	v->history[v->nhistory++ % VMM_HISTORY] = (struct vmm_fault_note){
		.fault = c->fault,
		.ip = c->ip,
		.count = c->count,
		.cs = v->guest.seg[SEG_CS].sel,
		.cpl = v->guest.cpl,
		.nested = nested,
	};
}

static void enter_shutdown(struct vmm *v)
{
	v->stats.triple_faults++;
	v->guest.activity = ACT_SHUTDOWN;
	v->shutdown = 1;
	cpu_stop(v->cpu);
}

/* State that an exception carries besides its frame. */
static void set_fault_registers(struct vmm *v, const struct fault *f)
{
	if (f->vec == VEC_PF)
		v->guest.cr2 = f->cr2;
	if (f->vec == VEC_DB) {
		v->guest.dr[6] = (v->guest.dr[6] & ~15ull) | f->dr6;
		v->guest.dr[7] &= ~(1ull << 13); /* GD */
	}
}

static bool has_error_code(int vec)
{
	return vec == VEC_DF || (vec >= VEC_TS && vec <= VEC_PF) || vec == VEC_AC;
}

void vmm_inject(struct vmm *v, const struct event *first)
{
	struct cpu *c = v->cpu;
	struct event ev = *first;
	bool is_exception = ev.kind == EV_EXCEPTION;
	int outer = is_exception ? ev.vec : -1;
	v->guest.activity = ACT_ACTIVE;
	vmm_pull(v);
	vmm_frame_view(v);
	while (sys_deliver(c, &v->guest, &ev) == STEP_FAULT) {
		struct fault f = c->fault;
		note(v, true);
		if (outer == VEC_DF) {
			enter_shutdown(v);
			return;
		}
		set_fault_registers(v, &f);
		int vec = f.vec;
		if (outer >= 0 && is_double(outer, vec))
			vec = VEC_DF;
		v->stats.exceptions[vec & 31]++;
		ev = (struct event){
			.kind = EV_EXCEPTION,
			.vec = (u8)vec,
			.has_error = has_error_code(vec),
			.error = vec == VEC_DF ? 0 : f.error,
			/* past a task switch's commit point the fault is the new task's: SDM 3A 7.3 */
			.return_ip = f.new_context ? c->ip : ev.return_ip,
		};
		outer = vec;
		if (v->on_event)
			v->on_event(v->observer, &ev, &f);
	}
	c->ip = c->next_ip;
	c->mid_rep = 0;
	vmm_push(v);
	if (c->ctx_dirty)
		ctx_update(c);
}

/* The processor's hook: cpu.fault arose. */
void vmm_exception(void *opaque)
{
	struct vmm *v = opaque;
	struct cpu *c = v->cpu;
	struct fault f = c->fault;
	note(v, false);
	v->stats.exits[EXIT_EXCEPTION][c->mode_index]++;
	v->stats.exceptions[f.vec & 31]++;
	set_fault_registers(v, &f);
	struct event ev = {
		.kind = EV_EXCEPTION,
		.vec = f.vec,
		.has_error = f.has_error && has_error_code(f.vec),
		.error = f.error,
		.return_ip = f.is_trap ? c->next_ip : c->ip,
		.rf = f.is_trap && c->mid_rep, /* SDM 3B 17.3.1.1 */
	};
	if (v->on_event)
		v->on_event(v->observer, &ev, &f);
	vmm_inject(v, &ev);
}
