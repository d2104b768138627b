/* trial.c - running one instruction on the bare core.
 *
 * The block of one instruction is looked up, decoded and lowered as ever; then its
 * handler runs with the watch on. Faults are recorded, not delivered: they are
 * outcomes. A software interrupt is delivered by its own semantics (cpu/system/).
 */
#include "classify/trial.h"

#include <string.h>

#include "base/bits.h"
#include "classify/watch.h"
#include "cpu/block.h"

#define COUNT 1000 /* instructions that ran before; any number */

/* ---- putting operands in place ----------------------------------------------------------- */

static void put_words(u8 *to, u32 len, u32 value)
{
	for (u32 i = 0; i + 4 <= len; i += 4) {
		store16(to + i, (u16)value);
		store16(to + i + 2, (u16)value);
	}
}

static void put_stack(u8 *stack, u32 len, const struct scenario *sc, int item)
{
	const u32 frame[] = {AT_FAR, sc->value, sc->image, AT_STACK + 0x80, sc->ss, 0, 0, 0, 0};
	memset(stack, 0, len);
	if (!sc->frame) {
		store32(stack, sc->value);
		store32(stack + 4, sc->value);
		return;
	}
	for (u32 i = 0; i < ARRAY_LEN(frame); i++)
		store_n(stack + i * (u32)item, item, frame[i]);
}

void trial_prepare(struct world *w, const struct form *f, const struct scenario *sc)
{
	u8 code[16], data[512], stack[64];
	struct form_addresses a = {AT_DATA, AT_FAR};
	memset(code, 0x90, sizeof code);
	form_encode(f, &a, sc->value, code);
	if (memcmp(w->base[0] + AT_CODE, code, sizeof code) != 0)
		world_poke(w, AT_CODE, code, sizeof code);
	put_words(data, sizeof data, sc->value);
	if (memcmp(w->base[0] + AT_DATA, data, sizeof data) != 0)
		world_poke(w, AT_DATA, data, sizeof data);
	put_stack(stack, sizeof stack, sc, f->opsize == 2 ? 2 : 4);
	world_poke(w, AT_STACK, stack, sizeof stack);
}

/* ---- the state before ------------------------------------------------------------------------ */

static void enter_mmu(struct mmu *m, const struct sysregs *s)
{
	if (m->cr0 != s->cr0 || m->cr4 != s->cr4 || m->efer != s->efer)
		mmu_set_mode(m, s->cr0, s->cr4, s->efer);
	if (m->cr3 != s->cr3)
		mmu_set_cr3(m, s->cr3);
}

static void set_registers(struct cpu *c, const struct setup *t)
{
	const struct scenario *sc = t->sc;
	memset(c->r, 0, sizeof c->r);
	c->r[RAX] = sc->a, c->r[RBX] = sc->b, c->r[RCX] = sc->c, c->r[RDX] = sc->d;
	c->r[RSP] = AT_STACK, c->r[RBP] = AT_FRAME, c->r[RSI] = AT_SOURCE, c->r[RDI] = AT_DESTINATION;
	c->df = 0;
	flags_set_arith(c, sc->arith);
}

static void set_world(struct world *w, const struct setup *t, enum machine_mode mode)
{
	struct cpu *c = &w->c;
	int cpl = t->who == USER ? t->k->u : t->k->s;
	w->around = (struct surroundings){.tsc = 5000, .port_value = 0x5aa5c33c, .signature = 0x68a};
	w->s = world_sysregs(t->k, mode, cpl, t->moved);
	if (t->sc->if_clear)
		w->s.eflags &= ~(u32)EF_IF;
	if (t->change != CHANGE_NONE)
		change_apply(t->change, &w->s, &w->around);
	w->model.signature = w->around.signature;
	set_registers(c, t);
	c->fpu = w->fpu;
	c->fpu.fcs = mode == MM_PROTECTED ? w->s.seg[SEG_CS].sel : 0; /* left by an earlier x87 instruction of this program */
	c->simd = w->simd;
	c->ip = AT_CODE;
	c->count = COUNT;
	c->limit = COUNT + 1;
	c->left = 1;
	c->attention = c->faulted = c->mid_rep = c->window = 0;
	c->dr6_pending = 0;
	c->simd_raised = 0;
	c->fpu_ferr = c->fpu_ignne = 0;
	memset(&c->fault, 0, sizeof c->fault);
	w->faulted = false;
	w->ports = (struct port_log){0};
	enter_mmu(&w->m, &w->s);
	ctx_update(c);
	c->tlb = &w->m.none; /* every access goes the complete way, whatever ran before: what it looks at is seen */
}

/* ---- the run --------------------------------------------------------------------------------- */

static void execute(struct world *w, struct watch *watch)
{
	struct cpu *c = &w->c;
	struct code_block *b = code_find(c, BM_ONE);
	if (!b) { /* the fetch faulted */
		w->faulted = true;
		return;
	}
	const struct uop *u = b->uops;
	c->resume = NULL;
	watch_begin(watch);
	u->fn(c, u, 0);
	watch_end();
	while ((u = c->resume)) { /* the way out of the block */
		c->resume = NULL;
		u->fn(c, u, c->left);
	}
	simd_host_off(c);
}

static bool is_excluded(const struct fault *f)
{
	switch (f->vec) {
	case VEC_PF: case VEC_DE: case VEC_BR: case VEC_MF: case VEC_XM: case VEC_AC:
		return true;
	default:
		return false;
	}
}

static void observe(struct world *w, struct outcome *o, u64 generation)
{
	struct cpu *c = &w->c;
	o->ending = !w->faulted ? END_DONE : is_excluded(&c->fault) ? END_EXCLUDED : END_TRAP;
	o->fault = c->fault;
	memcpy(o->r, c->r, sizeof o->r);
	o->flags = flags_arith(c) | (c->df ? EF_DF : 0) | (w->s.eflags & (EF_TF | EF_AC | EF_ID | EF_RF));
	o->ip = c->ip;
	o->fpu = c->fpu;
	o->simd = c->simd;
	o->after = w->s;
	o->ports = w->ports;
	o->halted = w->s.activity != ACT_ACTIVE;
	o->caches = w->m.generation != generation;
}

static void run_in(struct world *w, const struct setup *t, enum machine_mode mode, struct outcome *o, struct stored *stored,
		   int max, int *nstored)
{
	struct watch watch = {.sys = (const char *)&w->s, .cpu = (const char *)&w->c,
			      .model = (const char *)&w->model.signature, .map = &w->map};
	set_world(w, t, mode);
	o->before = w->s;
	u64 generation = w->m.generation;
	execute(w, &watch);
	observe(w, o, generation);
	o->read = watch.read;
	o->written = (watch.written & ~fields_of_kind(FK_DERIVED)) | (o->ending == END_DONE ? fields_differ(&o->before, &o->after) : 0);
	if (nstored)
		*nstored = world_changes(w, t->moved && t->k->mode != KM_REAL && mode != MM_REAL, stored, max);
	o->storage = world_restore(w, t->moved);
	if (mode == MM_REAL && t->moved) /* without paging the program stays where it is; only its tables have moved */
		o->storage += world_restore(w, false);
}

/* Real mode's semantics with virtual-8086 mode's privilege: what faults there faults, all else is as in real mode. */
static void run_deprived(struct world *w, const struct setup *t, struct outcome *o, struct stored *stored, int max, int *nstored)
{
	struct outcome checked;
	run_in(w, t, MM_V86, &checked, NULL, 0, NULL);
	run_in(w, t, MM_REAL, o, stored, max, nstored);
	if (checked.ending == END_TRAP && o->ending == END_DONE) {
		o->ending = END_TRAP;
		o->fault = checked.fault;
		o->read |= checked.read;
	}
}

void trial_run(struct world *w, const struct setup *t, struct outcome *o, struct stored *stored, int max, int *nstored)
{
	enum machine_mode mode = t->k->mode == KM_PROTECTED		  ? MM_PROTECTED
				 : t->k->mode == KM_V86 && t->who == USER ? MM_V86
									  : MM_REAL;
	if (t->k->mode == KM_DEPRIVED && t->who == USER)
		run_deprived(w, t, o, stored, max, nstored);
	else
		run_in(w, t, mode, o, stored, max, nstored);
}

/* ---- comparing ----------------------------------------------------------------------------------- */

static bool fpu_differs(const struct outcome *a, const struct outcome *b)
{
	struct fpu x = a->fpu, y = b->fpu;
	x.fcs = y.fcs = 0; /* hidden until an instruction stores it: that one is sensitive */
	x.fds = y.fds = 0;
	return memcmp(&x, &y, sizeof x) != 0 || memcmp(&a->simd, &b->simd, sizeof a->simd) != 0;
}

static bool segments_differ(const struct sysregs *a, const struct sysregs *b)
{
	if (sys_protected(a) || sys_protected(b))
		return false;
	for (int i = 0; i < 6; i++)
		if (a->seg[i].sel != b->seg[i].sel)
			return true;
	return false;
}

u32 outcome_differs(const struct outcome *a, const struct outcome *b)
{
	u32 d = 0;
	d |= memcmp(a->r, b->r, sizeof a->r) != 0 ? DIFF_REGISTERS : 0;
	d |= a->flags != b->flags ? DIFF_FLAGS : 0;
	d |= a->ip != b->ip ? DIFF_IP : 0;
	d |= a->storage != b->storage ? DIFF_STORAGE : 0;
	d |= fpu_differs(a, b) ? DIFF_FPU : 0;
	return d | (segments_differ(&a->after, &b->after) ? DIFF_SEGMENTS : 0);
}

/* Outside of protected mode a segment's base is its selector times 16: the register is the program's, not the system's. */
field_set outcome_changed(const struct outcome *o)
{
	field_set d = fields_differ(&o->before, &o->after);
	if (!sys_protected(&o->before) && !sys_protected(&o->after))
		d &= ~FIELDS_SEGMENTS;
	return d;
}

const char *vector_name(int vec)
{
	static const char *const names[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9", "#TS",
					    "#NP", "#SS", "#GP", "#PF", "15", "#MF", "#AC", "#MC", "#XM"};
	return vec >= 0 && vec < (int)ARRAY_LEN(names) ? names[vec] : "?";
}
