/* run.c - the loops that run blocks, and the ways out of a handler.
 *
 * The fast loop: find a block, enter it; handlers then go from uop to uop and
 * from block to block by tail calls, until something needs the loop again. The
 * observed loop runs one instruction at a time with hooks, TF, RF and debug
 * registers between (docs/engine.md section 3).
 */
#include "cpu/exec.h"
#include "cpu/system.h"
#include "cpu/translate/translate.h"

/* ---- leaving a handler ----------------------------------------------------------------------- */

void sync_state(HANDLER_ARGS)
{
	c->ip = uop_ip(c, u);
	c->next_ip = c->ip + (u64)uop_len(u);
	c->count = c->limit - (u64)left - u->rem;
}

COLD void h_fault(HANDLER_ARGS)
{
	if (c->fault.new_context) /* a task switch was past its commit point: ip and next_ip are the new task's */
		c->count = c->limit - (u64)left - u->rem;
	else
		sync_state(c, u, left);
	c->left = left + u->rem - 1; /* a delivery takes the time of one instruction: nothing can loop for free */
	c->faulted = 1;
	simd_host_off(c);
	c->hooks.exception(c->hooks.opaque);
}

void leave_to(struct cpu *c, const struct uop *u, s64 left, u64 ip)
{
	c->ip = ip;
	c->left = left + u->rem - 1;
}

void leave_after(HANDLER_ARGS)
{
	leave_to(c, u, left, uop_ip(c, u) + (u64)uop_len(u));
}

void leave_repeat(HANDLER_ARGS)
{
	leave_to(c, u, left, uop_ip(c, u));
	c->mid_rep = 1;
}

COLD void branch_fault(HANDLER_ARGS)
{
	cpu_raise(c, VEC_GP, 0, "branch target outside the CS limit", "SDM 2A JMP, CALL; 2B RET");
	return h_fault(c, u, left);
}

void jump_to(struct cpu *c, const struct uop *u, s64 left, u64 ip)
{
	lin_t lin = (u32)(c->xseg[SEG_CS].base + ip);
	const struct jump *j = jump_at(c->code, lin);
	left += u->rem - 1;
	if (likely(j->key == jump_key(lin, c->mode)) && left >= j->block->n &&
	    !c->attention) {
		c->ip_base = ip - (lin & 0xfff);
		trail_note(c, j->block, left);
		return go_on(c, j->block->uops, left - j->block->n);
	}
	c->ip = ip;
	c->left = left;
}

/* A slot that has no successor yet, or not enough instructions left for it. */
COLD void link_to(struct cpu *c, const struct uop *u, s64 left, const struct uop *slot)
{
	u32 ip = link_ip(c, slot);
	if ((slot->dst & SLOT_TAKEN) && ip > c->cs_limit)
		return branch_fault(c, u, left);
	bool same_page = slot->imm < PAGE_SIZE && ip == (u32)(c->ip_base + slot->imm);
	if (!same_page && ip <= c->cs_limit && !(slot->dst & SLOT_NO_LINK))
		return jump_to(c, u, left, ip);
	c->ip = ip;
	c->left = left;
	if ((slot->dst & SLOT_NO_LINK) || slot->x.next || !same_page || c->attention)
		return;
	u64 flushes = c->code->stats.flushes;
	struct code_block *b = code_find(c, 0);
	/* A fault is left to the loop, which looks again. A block of a cut page is never linked. */
	if (b && !(b->key & BM_CAREFUL) && b != c->code->scratch && flushes == c->code->stats.flushes)
		((struct uop *)slot)->x.next = b;
}

void h_fall_through(HANDLER_ARGS)
{
	return follow(c, u, left, u);
}

/* The block was dropped after it was chained: take back what its entry counted. */
void h_stale(HANDLER_ARGS)
{
	const struct code_block *b = (const struct code_block *)((const char *)u - offsetof(struct code_block, uops));
	c->ip = uop_ip(c, u);
	c->left = left + b->n;
}

void h_ud(HANDLER_ARGS)
{
	cpu_raise_plain(c, VEC_UD, "no such instruction on this processor", "SDM 3A 6.15 #UD");
	return h_fault(c, u, left);
}

COLD void h_critical(HANDLER_ARGS)
{
	cpu_raise_critical(c);
	return h_fault(c, u, left);
}

void h_too_long(HANDLER_ARGS)
{
	cpu_raise(c, VEC_GP, 0, "instruction longer than 15 bytes", "SDM 3A 6.15 #GP");
	return h_fault(c, u, left);
}

/* ---- sensitive instructions ------------------------------------------------------------------- */

/* Time has gone by within the instruction: the run's end is that much nearer. */
static s64 take_wait(HANDLER_ARGS)
{
	u32 wait = c->wait;
	c->wait = 0;
	c->limit -= wait;
	trail_waited(c, left + u->rem, wait);
	return left - wait;
}

/* Every way in which a system function or a VMM routine can end. */
INLINE void sys_done(HANDLER_ARGS, enum step step)
{
	if (unlikely(step == STEP_FAULT))
		return h_fault(c, u, left);
	if (likely(step == STEP_NEXT)) {
		if (likely(!(c->ctx_dirty | c->attention | c->wait)))
			return next(c, u, left);
		if (c->wait)
			left = take_wait(c, u, left);
		if (c->ctx_dirty | c->attention || left < 0)
			return leave_after(c, u, left);
		return next(c, u, left);
	}
	if (c->wait)
		left = take_wait(c, u, left);
	if (step == STEP_REPEAT)
		return leave_repeat(c, u, left);
	if (c->ctx_dirty) {
		c->left = left + u->rem - 1;
		ctx_update(c);
	}
	if (unlikely(c->next_ip > c->cs_limit || c->observed))
		return leave_to(c, u, left, c->next_ip);
	return jump_to(c, u, left, c->next_ip);
}

INLINE enum step run_on_hw(struct cpu *c, const struct uop *u)
{
	enum step step = sys_table[u->x.sys.op](c, c->hw, u);
	if (unlikely(step == STEP_FAULT) && c->hw != c->guest)
		step = c->hooks.refused(c->hooks.opaque, u);
	return step;
}

/* Directly, on hw, with the processor's own checks. */
void h_sys(HANDLER_ARGS)
{
	sync_state(c, u, left);
	if (likely(c->hooks.direct))
		c->hooks.direct[u->x.sys.op][c->mode_index]++;
	return sys_done(c, u, left, run_on_hw(c, u));
}

/* The same for an observer who wants to know first. */
COLD void h_sys_told(HANDLER_ARGS)
{
	sync_state(c, u, left);
	c->hooks.on_direct(c->hooks.opaque, u);
	return h_sys(c, u, left);
}

/* The same for the forms that are innocuous (PUSH DS): nothing is counted. */
void h_sys_innocuous(HANDLER_ARGS)
{
	sync_state(c, u, left);
	return sys_done(c, u, left, run_on_hw(c, u));
}

/* To the VMM, whose routine emulates it on guest. */
void h_exit(HANDLER_ARGS)
{
	const struct cpu_hooks *h = &c->hooks;
	u32 op = u->x.sys.op;
	sync_state(c, u, left);
	h->exits[op][c->mode_index]++;
	simd_host_off(c);
	if (unlikely(h->on_exit))
		h->on_exit(h->opaque, u);
	return sys_done(c, u, left, h->routine[op](c, c->guest, u));
}

/* Not in cpu/system/: the VMM's routine says whether the guest may, and the unit's own handler does it. */
COLD static bool exit_first(HANDLER_ARGS)
{
	const struct cpu_hooks *h = &c->hooks;
	u32 op = u->x.sys.op;
	sync_state(c, u, left);
	h->exits[op][c->mode_index]++;
	simd_host_off(c);
	if (h->on_exit)
		h->on_exit(h->opaque, u);
	return h->routine[op](c, c->guest, u) != STEP_FAULT;
}

void h_exit_x87(HANDLER_ARGS)
{
	if (!exit_first(c, u, left))
		return h_fault(c, u, left);
	return fpu_general(c, u, left);
}

void h_exit_fxsave(HANDLER_ARGS)
{
	if (!exit_first(c, u, left))
		return h_fault(c, u, left);
	return simd_fxsave(c, u, left);
}

/* ---- loops ---------------------------------------------------------------------------------------- */

static void call_handler(struct cpu *c, const struct uop *u, s64 left)
{
	if (c->code->translator)
		translator_enter(c, u, left);
	else
		u->fn(c, u, left);
}

static void enter(struct cpu *c, const struct uop *u, s64 left)
{
#ifdef TANDEM_TRAMPOLINE
	c->resume = NULL;
	call_handler(c, u, left);
	while ((u = c->resume)) {
		c->resume = NULL;
		call_handler(c, u, c->left);
	}
#else
	call_handler(c, u, left);
#endif
}

/* The fetch at c->ip faulted: cpu.fault is set. */
static void fetch_fault(struct cpu *c)
{
	c->count = c->limit - (u64)c->left;
	c->next_ip = c->ip;
	c->left--;
	c->faulted = 1;
	simd_host_off(c);
	c->hooks.exception(c->hooks.opaque);
}

static struct code_block *find(struct cpu *c)
{
	struct code_block *b = code_find(c, 0);
	if (b && b->n > c->left) /* clipped: blocks of one */
		b = code_find(c, BM_ONE);
	return b;
}

/* Between two elements of a REP, and right behind MOV SS, there is no instruction breakpoint (SDM 3B 17.3.1.1, 3A 6.8.3). */
static bool breakpoints_held(const struct cpu *c)
{
	const struct sysregs *s = c->hw;
	return c->mid_rep || (s->shadow == SHADOW_MOV_SS && c->limit - (u64)c->left < s->shadow_end);
}

/* DR0..DR3 as instruction breakpoints, SDM 3B 17.2.4; RF holds them off for one instruction. */
static bool hits_breakpoint(struct cpu *c)
{
	const struct sysregs *s = c->guest;
	lin_t lin = (c->xseg[SEG_CS].base + c->ip) & c->lin_mask;
	u32 hits = 0;
	if (!(s->dr[7] & 0xff) || (c->hw->eflags & EF_RF) || breakpoints_held(c))
		return false;
	for (int i = 0; i < 4; i++)
		if ((s->dr[7] >> (2 * i) & 3) && !(s->dr[7] >> (16 + 4 * i) & 3) && s->dr[i] == lin)
			hits |= 1u << i;
	if (!hits)
		return false;
	cpu_raise_plain(c, VEC_DB, "instruction breakpoint", "SDM 3B 17.3.1.1");
	c->fault.dr6 = hits;
	return true;
}

/* The traps that follow an instruction: single step, data breakpoints. */
static void trap_after(struct cpu *c, bool single_step)
{
	u64 dr6 = c->dr6_pending | (single_step ? 1u << 14 : 0);
	c->dr6_pending = 0;
	if (!dr6)
		return;
	cpu_raise_plain(c, VEC_DB, single_step ? "single step (TF)" : "data breakpoint", "SDM 3B 17.3.1");
	c->fault.is_trap = true;
	c->fault.dr6 = dr6;
	c->next_ip = c->ip;
	c->count = c->limit - (u64)c->left;
	c->hooks.exception(c->hooks.opaque);
}

static void clear_rf(struct cpu *c)
{
	c->guest->eflags &= ~(u32)EF_RF;
	c->hw->eflags &= ~(u32)EF_RF;
	ctx_changed(c);
}

static void step_observed(struct cpu *c)
{
	struct insn in;
	bool single_step = c->hw->eflags & EF_TF, had_rf = c->hw->eflags & EF_RF;
	if (hits_breakpoint(c))
		return fetch_fault(c);
	struct code_block *b = code_find(c, BM_ONE);
	if (!b)
		return fetch_fault(c);
	c->count = c->limit - (u64)c->left;
	if (c->hooks.before) {
		insn_at(c, &in);
		if (!c->hooks.before(c->hooks.opaque, &in)) {
			c->attention |= ATT_STOP;
			return;
		}
	}
	trail_note(c, b, c->left);
	s64 spare = c->left - 1; /* one instruction, one REP element */
	c->limit -= (u64)spare;
	c->faulted = 0;
	c->mid_rep = 0;
	u32 held = c->dr6_pending; /* by MOV SS */
	u8 shadow_before = c->hw->shadow;
	u64 shadow_end = c->hw->shadow_end;
	enter(c, b->uops, 0);
	simd_host_off(c);
	c->limit += (u64)spare;
	c->left += spare;
	c->count = c->limit - (u64)c->left;
	if (c->hooks.after)
		c->hooks.after(c->hooks.opaque, c->hooks.before ? &in : NULL);
	if (c->faulted) { /* what was held comes before the handler's first instruction */
		c->dr6_pending = held;
		if (held && c->guest->activity != ACT_SHUTDOWN)
			trap_after(c, false);
		return;
	}
	if (had_rf && !c->mid_rep)
		clear_rf(c);
	/* MOV SS holds traps off until the next instruction is done: a single step is gone, a data breakpoint waits (SDM 3A
	 * 6.8.3). */
	bool began_shadow = c->hw->shadow == SHADOW_MOV_SS &&
			    (shadow_before != SHADOW_MOV_SS || shadow_end != c->hw->shadow_end);
	if (!began_shadow)
		trap_after(c, single_step);
}

void cpu_run(struct cpu *c, u64 limit)
{
	trail_rebase(c, (s64)(limit - c->limit));
	c->limit = limit;
	c->left = (s64)(limit - c->count);
	while (c->left > 0 && !(c->attention & ATT_STOP)) {
		c->attention = 0;
		if (c->ctx_dirty)
			ctx_update(c);
		if (c->observed) {
			step_observed(c);
			continue;
		}
		struct code_block *b = find(c);
		c->mid_rep = 0;
		if (b) {
			trail_note(c, b, c->left);
			enter(c, b->uops, c->left - b->n);
		} else {
			fetch_fault(c);
		}
	}
	simd_host_off(c);
	if (c->ctx_dirty)
		ctx_update(c);
	c->count = c->limit - (u64)c->left;
}

void cpu_stop(struct cpu *c)
{
	c->attention |= ATT_STOP;
}
