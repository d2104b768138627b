/* interrupt.c - delivery of interrupts and exceptions, and INT n, INT3, INT1, INTO.
 *
 *   real mode: IVT ── protected mode, v86: IDT ──┬ task gate ── task.c
 *                                                └ interrupt, trap gate: same level, inner ring, v86 -> ring 0
 *   v86, INT n: by CR4.VME, IOPL and the redirection bitmap also to the 8086 program's IVT
 *
 * SDM 3A chapter 6, SDM 2 INT, SDM 3A 20.3 (table 20-2: methods 1 to 6). Not here: 64-bit gates,
 * double faults (who nests faults decides; this only reports the second one).
 */
#include "cpu/system/internal.h"

#define DR7_GD (1u << 13)

/* One delivery on its way. */
struct delivery {
	const struct event *ev;
	u32 ext;    /* EXT bit of nested errors: 0 for INT n, INT3, INTO */
	u32 image;  /* EFLAGS to push */
	u64 gate;
	int size;   /* of pushed items */
	u16 cs;
	u64 cs_raw;
};

static bool is_software(const struct event *ev) /* with a DPL check, and EXT = 0: SDM 3A 6.13 */
{
	return ev->kind == EV_INT_N || ev->kind == EV_INT3 || ev->kind == EV_INTO;
}

/* Faults push RF = 1 (SDM 3B 17.3.1.1): not #DB (by who raised it), #BP, #OF, #DF, #MC. */
static bool is_fault(const struct event *ev)
{
	const u32 not_faults = 1u << VEC_DB | 1u << VEC_NMI | 1u << VEC_BP | 1u << VEC_OF | 1u << VEC_DF | 1u << VEC_MC;
	return ev->kind == EV_EXCEPTION && ev->vec < 32 && !(not_faults >> ev->vec & 1);
}

static enum step delivered(struct cpu *c, struct sysregs *s, const struct event *ev, u64 ip)
{
	if (ev->vec == VEC_DB && (ev->kind == EV_EXCEPTION || ev->kind == EV_INT1))
		s->dr[7] &= ~(u64)DR7_GD; /* SDM 3B 17.2.4 */
	s->shadow = SHADOW_NONE;
	s->activity = ACT_ACTIVE;
	c->next_ip = ip;
	ctx_changed(c);
	return STEP_IP;
}

/* ---- through an IVT -------------------------------------------------------------------- */

/* Pushes FLAGS CS IP as words and goes to the vector at `lin`. Clears TF, RF and what `clear` says. */
static enum step through_ivt(struct cpu *c, struct sysregs *s, const struct delivery *d, lin_t lin, u32 clear)
{
	u64 ip, cs;
	struct frame f;
	if (sup_load(c, lin, 2, &ip) || sup_load(c, lin + 2, 2, &cs))
		return STEP_FAULT;
	frame_begin_on(&f, &s->seg[SEG_SS], c->r[RSP], 2, s->cpl, VEC_SS, 0);
	if (frame_push(c, &f, d->image) || frame_push(c, &f, s->seg[SEG_CS].sel) ||
	    frame_push(c, &f, d->ev->return_ip) || frame_commit(c, &f))
		return STEP_FAULT;
	stack_set(c, f.ss, f.sp);
	cs_commit_real(c, s, (u16)cs);
	flags_write(c, s, 0, clear | EF_TF | EF_RF);
	return delivered(c, s, d->ev, ip);
}

static enum step deliver_real(struct cpu *c, struct sysregs *s, const struct delivery *d)
{
	u32 offset = d->ev->vec * 4u;
	if (offset + 3 > s->idtr.limit)
		return gp(c, offset * 2 + ERR_IDT + d->ext, "vector beyond the interrupt table's limit", "SDM 2 INT");
	return through_ivt(c, s, d, s->idtr.base + offset, EF_IF | EF_AC);
}

/* SDM 3A 20.3.3: the bitmap lies below the I/O permission bitmap. 1: to the 8086 program, 0: not, -1: fault */
static int redirected(struct cpu *c, const struct sysregs *s, u8 vec)
{
	u64 io_base, bits;
	if (!sys_vme(s))
		return 0;
	if (!(s->tr.attr & SYS_32) || s->tr.limit < 0x67)
		return fail(c, VEC_GP, 0, "no TSS for the interrupt redirection bitmap", "SDM 3A 20.3.3");
	if (sup_load(c, s->tr.base + 0x66, 2, &io_base))
		return -1;
	u64 at = io_base - 32 + vec / 8;
	if (io_base < 32 || at > s->tr.limit)
		return fail(c, VEC_GP, 0, "redirection bitmap outside the TSS", "SDM 3A 20.3.3");
	if (sup_load(c, s->tr.base + at, 1, &bits))
		return -1;
	return !(bits >> (vec & 7) & 1);
}

/* INT n in v86 mode: methods 5 and 6 are done here, 2 and 3 fault, 1 and 4 go on to the IDT (STEP_NEXT). */
static enum step v86_int_n(struct cpu *c, struct sysregs *s, struct delivery *d)
{
	int redirect = redirected(c, s, d->ev->vec);
	if (redirect < 0)
		return STEP_FAULT;
	if (!redirect) {
		if (sys_iopl(s) < 3)
			return gp(c, 0, "INT n in virtual-8086 mode with IOPL < 3", "SDM 3A 20.3.3");
		return STEP_NEXT;
	}
	lin_t lin = d->ev->vec * 4u;
	if (sys_iopl(s) == 3)
		return through_ivt(c, s, d, lin, EF_IF);
	d->image = (d->image & ~(u32)EF_IF) | EF_IOPL | (s->eflags & EF_VIF ? EF_IF : 0);
	return through_ivt(c, s, d, lin, EF_VIF);
}

/* ---- through an IDT --------------------------------------------------------------------- */

static u32 idt_error(const struct delivery *d)
{
	return d->ev->vec * 8u + ERR_IDT + d->ext;
}

static int read_gate(struct cpu *c, const struct sysregs *s, struct delivery *d)
{
	const u32 gates = 1u << SYS_TASK_GATE | 1u << SYS_INT16 | 1u << SYS_TRAP16 | 1u << SYS_INT32 | 1u << SYS_TRAP32;
	u32 offset = d->ev->vec * 8u;
	if (offset + 7 > s->idtr.limit)
		return fail(c, VEC_GP, idt_error(d), "vector beyond the IDT's limit", "SDM 3A 6.12.1");
	if (sup_load(c, s->idtr.base + offset, 8, &d->gate))
		return -1;
	if (raw_is_segment(d->gate) || !(gates >> raw_type(d->gate) & 1))
		return fail(c, VEC_GP, idt_error(d), "IDT entry is not a gate", "SDM 3A 6.11");
	if (is_software(d->ev) && raw_dpl(d->gate) < s->cpl)
		return fail(c, VEC_GP, idt_error(d), "software interrupt with CPL above the gate's DPL", "SDM 3A 6.12.1.2");
	if (!raw_present(d->gate))
		return fail(c, VEC_NP, idt_error(d), "interrupt gate not present", "SDM 3A 6.12.1");
	return 0;
}

static int read_handler(struct cpu *c, const struct sysregs *s, struct delivery *d)
{
	d->cs = gate_selector(d->gate);
	if (sel_is_null(d->cs))
		return fail(c, VEC_GP, d->ext, "null code selector in an interrupt gate", "SDM 2 INT");
	if (desc_read(c, s, d->cs, VEC_GP, d->ext, &d->cs_raw))
		return -1;
	if (!raw_is_code(d->cs_raw) || raw_dpl(d->cs_raw) > s->cpl)
		return fail(c, VEC_GP, sel_error(d->cs, d->ext), "handler is not code, or of outer privilege", "SDM 2 INT");
	if (!raw_present(d->cs_raw))
		return fail(c, VEC_NP, sel_error(d->cs, d->ext), "handler's code segment not present", "SDM 2 INT");
	return 0;
}

static int check_handler_ip(struct cpu *c, const struct delivery *d)
{
	struct segment cs;
	desc_unpack(0, d->cs_raw, &cs);
	if (gate_offset(d->gate) <= cs.limit)
		return 0;
	return fail(c, VEC_GP, d->ext, "handler beyond its code segment's limit", "SDM 2 INT");
}

/* EFLAGS, CS, IP and the error code, on whatever stack */
static int push_event(struct cpu *c, const struct sysregs *s, const struct delivery *d, struct frame *f)
{
	if (frame_push(c, f, d->image) || frame_push(c, f, s->seg[SEG_CS].sel) || frame_push(c, f, d->ev->return_ip))
		return -1;
	return d->ev->has_error ? frame_push(c, f, d->ev->error) : 0;
}

static enum step enter_handler(struct cpu *c, struct sysregs *s, const struct delivery *d, int cpl)
{
	bool is_interrupt_gate = !(raw_type(d->gate) & 1);
	cs_commit(c, s, d->cs, d->cs_raw, cpl);
	flags_write(c, s, 0, EF_TF | EF_VM | EF_RF | EF_NT | (is_interrupt_gate ? EF_IF : 0));
	return delivered(c, s, d->ev, gate_offset(d->gate));
}

static enum step same_level(struct cpu *c, struct sysregs *s, struct delivery *d)
{
	struct frame f;
	frame_begin_on(&f, &s->seg[SEG_SS], c->r[RSP], d->size, s->cpl, VEC_SS, d->ext);
	if (push_event(c, s, d, &f) || check_handler_ip(c, d) || desc_touch(c, s, d->cs, &d->cs_raw) ||
	    frame_commit(c, &f))
		return STEP_FAULT;
	stack_set(c, f.ss, f.sp);
	return enter_handler(c, s, d, s->cpl);
}

static int push_v86_segments(struct cpu *c, const struct sysregs *s, struct frame *f)
{
	static const u8 order[] = {SEG_GS, SEG_FS, SEG_DS, SEG_ES};
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (frame_push(c, f, s->seg[order[i]].sel))
			return -1;
	return 0;
}

/* With a stack switch; from v86 mode (always to ring 0) the data segments go too. */
static enum step inner_level(struct cpu *c, struct sysregs *s, struct delivery *d)
{
	static const u8 data[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
	int cpl = raw_dpl(d->cs_raw);
	bool from_v86 = sys_v86(s);
	struct inner_stack in;
	struct frame f;
	if (inner_stack_read(c, s, cpl, d->ext, &in))
		return STEP_FAULT;
	frame_begin_on(&f, &in.ss, in.sp, d->size, cpl, VEC_SS, sel_error(in.ss.sel, d->ext));
	if ((from_v86 && push_v86_segments(c, s, &f)) || frame_push(c, &f, s->seg[SEG_SS].sel) ||
	    frame_push(c, &f, c->r[RSP]) || push_event(c, s, d, &f) || check_handler_ip(c, d))
		return STEP_FAULT;
	if (desc_touch(c, s, in.ss.sel, &in.raw) || desc_touch(c, s, d->cs, &d->cs_raw) || frame_commit(c, &f))
		return STEP_FAULT;
	desc_unpack(in.ss.sel, in.raw, &s->seg[SEG_SS]);
	stack_set(c, &s->seg[SEG_SS], f.sp);
	for (size_t i = 0; from_v86 && i < ARRAY_LEN(data); i++)
		seg_set_null(&s->seg[data[i]], 0);
	return enter_handler(c, s, d, cpl);
}

static enum step through_gate(struct cpu *c, struct sysregs *s, struct delivery *d)
{
	if (read_handler(c, s, d))
		return STEP_FAULT;
	d->size = raw_type(d->gate) & SYS_32 ? 4 : 2;
	bool is_inner = !raw_is_conforming(d->cs_raw) && raw_dpl(d->cs_raw) < s->cpl;
	if (sys_v86(s) && (!is_inner || raw_dpl(d->cs_raw) != 0))
		return gp(c, sel_error(d->cs, d->ext), "handler for virtual-8086 mode is not ring 0", "SDM 3A 20.3.1.1");
	return is_inner ? inner_level(c, s, d) : same_level(c, s, d);
}

static enum step through_task_gate(struct cpu *c, struct sysregs *s, const struct delivery *d)
{
	const struct event *ev = d->ev;
	struct task_switch t = {
		.selector = gate_selector(d->gate), .reason = TASK_INT, .return_ip = ev->return_ip,
		.eflags_set = d->image & EF_RF, .ext = d->ext, .has_error = ev->has_error, .error = ev->error,
	};
	enum step step = task_switch(c, s, &t);
	return step == STEP_IP ? delivered(c, s, ev, c->next_ip) : step;
}

enum step sys_deliver(struct cpu *c, struct sysregs *s, const struct event *ev)
{
	struct delivery d = {.ev = ev, .ext = is_software(ev) ? 0 : ERR_EXT, .image = flags_get(c, s)};
	if (is_fault(ev) || ev->rf)
		d.image |= EF_RF;
	if (sys_real(s))
		return deliver_real(c, s, &d);
	if (sys_v86(s) && ev->kind == EV_INT_N) {
		enum step step = v86_int_n(c, s, &d);
		if (step != STEP_NEXT)
			return step;
	}
	if (read_gate(c, s, &d))
		return STEP_FAULT;
	return raw_type(d.gate) == SYS_TASK_GATE ? through_task_gate(c, s, &d) : through_gate(c, s, &d);
}

/* ---- the instructions ------------------------------------------------------------------- */

static enum step software(struct cpu *c, struct sysregs *s, enum event_kind kind, u8 vec)
{
	struct event ev = {.kind = (u8)kind, .vec = vec, .return_ip = c->next_ip};
	enum step step = sys_deliver(c, s, &ev);
	if (step == STEP_IP)
		c->faulted = 1; /* no single-step trap behind it: SDM 3B 17.3.1.4 */
	return step;
}

enum step sys_int(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return software(c, s, EV_INT_N, (u8)u->imm);
}

enum step sys_int3(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	return software(c, s, EV_INT3, VEC_BP);
}

enum step sys_int1(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	return software(c, s, EV_INT1, VEC_DB);
}

enum step sys_into(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	(void)u;
	return flags_arith(c) & FL_OF ? software(c, s, EV_INTO, VEC_OF) : STEP_NEXT;
}
