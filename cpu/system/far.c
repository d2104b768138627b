/* far.c - far JMP, CALL and RET in all modes, through segments, call gates, task gates
 * and TSSs. SDM 2 JMP, CALL, RET; SDM 3A 5.8 (privilege checks, gates, stack switch).
 *
 * Order: every check and probe, then memory, then registers. Not here: 64-bit gates.
 */
#include "cpu/system/internal.h"

enum far_kind { FAR_JMP, FAR_CALL };

static int far_operand(struct cpu *c, const struct uop *u, u16 *sel, u64 *offset)
{
	int size = u->x.sys.opsize;
	u64 value, mask = u->x.sys.addrsize == 2 ? 0xffff : 0xffffffff;
	if (!(u->x.sys.flags & UF_MEM)) {
		*sel = u->x.sys.imm2;
		*offset = size == 2 ? u->imm & 0xffff : u->imm;
		return 0;
	}
	u64 ea = uop_ea(c, u);
	if (mem_load(c, uop_seg(u), ea, size, offset) ||
	    mem_load(c, uop_seg(u), (ea + (u64)size) & mask, 2, &value))
		return -1;
	*sel = (u16)value;
	return 0;
}

static int check_ip(struct cpu *c, u64 ip, u32 limit)
{
	if (ip <= limit)
		return 0;
	return fail(c, VEC_GP, 0, "target beyond the code segment's limit", "SDM 3A 5.3");
}

static int check_ip_in(struct cpu *c, u64 ip, u64 raw)
{
	struct segment cs;
	desc_unpack(0, raw, &cs);
	return check_ip(c, ip, cs.limit);
}

/* Pushes CS and the return IP on the present stack; writes nothing yet. */
static int push_return(struct cpu *c, const struct sysregs *s, struct frame *f, int size)
{
	frame_begin(f, c, s, size);
	return frame_push(c, f, s->seg[SEG_CS].sel) || frame_push(c, f, c->next_ip) ? -1 : 0;
}

static enum step far_real(struct cpu *c, struct sysregs *s, int size, u16 sel, u64 offset, enum far_kind kind)
{
	struct frame f;
	if (kind == FAR_CALL && push_return(c, s, &f, size))
		return STEP_FAULT;
	if (check_ip(c, offset, s->seg[SEG_CS].limit))
		return STEP_FAULT;
	if (kind == FAR_CALL) {
		if (frame_commit(c, &f))
			return STEP_FAULT;
		stack_set(c, f.ss, f.sp);
	}
	cs_commit_real(c, s, sel);
	c->next_ip = offset;
	return STEP_IP;
}

/* To a code segment at the present CPL, all privilege checks done. `size` of the pushed items */
static enum step far_same_level(struct cpu *c, struct sysregs *s, u16 sel, u64 raw, u64 offset, int size,
				enum far_kind kind)
{
	struct frame f;
	if (!raw_present(raw))
		return cpu_raise(c, VEC_NP, sel_error(sel, 0), "code segment not present", "SDM 3A 6.15");
	if (kind == FAR_CALL && push_return(c, s, &f, size))
		return STEP_FAULT;
	if (check_ip_in(c, offset, raw) || desc_touch(c, s, sel, &raw))
		return STEP_FAULT;
	if (kind == FAR_CALL) {
		if (frame_commit(c, &f))
			return STEP_FAULT;
		stack_set(c, f.ss, f.sp);
	}
	cs_commit(c, s, sel, raw, s->cpl);
	c->next_ip = offset;
	return STEP_IP;
}

static enum step far_to_code(struct cpu *c, struct sysregs *s, int size, u16 sel, u64 raw, u64 offset,
			     enum far_kind kind)
{
	int dpl = raw_dpl(raw);
	if (raw_is_conforming(raw)) {
		if (dpl > s->cpl)
			return gp(c, sel_error(sel, 0), "conforming code with DPL > CPL", "SDM 3A 5.8.1.2");
	} else {
		if ((sel & 3) > s->cpl)
			return gp(c, sel_error(sel, 0), "nonconforming code with RPL > CPL", "SDM 3A 5.8.1.1");
		if (dpl != s->cpl)
			return gp(c, sel_error(sel, 0), "nonconforming code with DPL != CPL", "SDM 3A 5.8.1.1");
	}
	return far_same_level(c, s, sel, raw, offset, size, kind);
}

/* ---- gates ------------------------------------------------------------------------ */

/* Copies `count` parameters from the present stack to the new one. */
static int copy_parameters(struct cpu *c, const struct sysregs *s, struct frame *f, int count)
{
	u64 mask = stack_mask(&s->seg[SEG_SS]), value;
	for (int i = count - 1; i >= 0; i--) {
		u64 ea = (c->r[RSP] + (u64)(i * f->size)) & mask;
		if (mem_load(c, SEG_SS, ea, f->size, &value) || frame_push(c, f, value))
			return -1;
	}
	return 0;
}

/* SDM 3A 5.8.5: stack switch */
static enum step call_inner(struct cpu *c, struct sysregs *s, u64 gate, u16 sel, u64 raw)
{
	int dpl = raw_dpl(raw), size = raw_type(gate) & SYS_32 ? 4 : 2;
	struct inner_stack in;
	struct frame f;
	if (inner_stack_read(c, s, dpl, 0, &in))
		return STEP_FAULT;
	frame_begin_on(&f, &in.ss, in.sp, size, dpl, VEC_SS, sel_error(in.ss.sel, 0));
	if (frame_push(c, &f, s->seg[SEG_SS].sel) || frame_push(c, &f, c->r[RSP]) ||
	    copy_parameters(c, s, &f, gate >> 32 & 31) || frame_push(c, &f, s->seg[SEG_CS].sel) ||
	    frame_push(c, &f, c->next_ip))
		return STEP_FAULT;
	if (check_ip_in(c, gate_offset(gate), raw))
		return STEP_FAULT;
	if (desc_touch(c, s, in.ss.sel, &in.raw) || desc_touch(c, s, sel, &raw) || frame_commit(c, &f))
		return STEP_FAULT;
	desc_unpack(in.ss.sel, in.raw, &s->seg[SEG_SS]);
	stack_set(c, &s->seg[SEG_SS], f.sp);
	cs_commit(c, s, sel, raw, dpl);
	c->next_ip = gate_offset(gate);
	return STEP_IP;
}

/* Rights to use a gate or TSS at all: 0 or -1 */
static int check_gate(struct cpu *c, const struct sysregs *s, u16 sel, u64 gate)
{
	if (raw_dpl(gate) < s->cpl || raw_dpl(gate) < (sel & 3))
		return fail(c, VEC_GP, sel_error(sel, 0), "CPL or RPL above the gate's DPL", "SDM 3A 5.8.4");
	return 0;
}

static int check_gate_present(struct cpu *c, u16 sel, u64 gate)
{
	if (raw_present(gate))
		return 0;
	return fail(c, VEC_NP, sel_error(sel, 0), "gate not present", "SDM 3A 6.15");
}

static enum step far_call_gate(struct cpu *c, struct sysregs *s, u16 gate_sel, u64 gate, enum far_kind kind)
{
	u16 sel = gate_selector(gate);
	u64 raw;
	if (check_gate(c, s, gate_sel, gate) || check_gate_present(c, gate_sel, gate))
		return STEP_FAULT;
	if (sel_is_null(sel))
		return gp(c, 0, "null code selector in a call gate", "SDM 3A 5.8.4");
	if (desc_read(c, s, sel, VEC_GP, 0, &raw))
		return STEP_FAULT;
	if (!raw_is_code(raw))
		return gp(c, sel_error(sel, 0), "call gate to something that is not code", "SDM 3A 5.8.4");
	bool needs_same = kind == FAR_JMP && !raw_is_conforming(raw);
	if (raw_dpl(raw) > s->cpl || (needs_same && raw_dpl(raw) != s->cpl))
		return gp(c, sel_error(sel, 0), "call gate to code of another privilege", "SDM 3A 5.8.4");
	if (!raw_is_conforming(raw) && raw_dpl(raw) < s->cpl) {
		if (!raw_present(raw))
			return cpu_raise(c, VEC_NP, sel_error(sel, 0), "code segment not present", "SDM 3A 6.15");
		return call_inner(c, s, gate, sel, raw);
	}
	return far_same_level(c, s, sel, raw, gate_offset(gate), raw_type(gate) & SYS_32 ? 4 : 2, kind);
}

static enum step far_task(struct cpu *c, struct sysregs *s, u16 tss, enum far_kind kind)
{
	struct task_switch t = {
		.selector = tss, .reason = kind == FAR_CALL ? TASK_CALL : TASK_JMP, .return_ip = c->next_ip};
	return task_switch(c, s, &t);
}

static enum step far_protected(struct cpu *c, struct sysregs *s, int size, u16 sel, u64 offset, enum far_kind kind)
{
	u64 raw;
	if (sel_is_null(sel))
		return gp(c, 0, "far transfer to a null selector", "SDM 2 JMP");
	if (desc_read(c, s, sel, VEC_GP, 0, &raw))
		return STEP_FAULT;
	if (raw_is_code(raw))
		return far_to_code(c, s, size, sel, raw, offset, kind);
	if (raw_is_segment(raw))
		return gp(c, sel_error(sel, 0), "far transfer to a data segment", "SDM 2 JMP");
	switch (raw_type(raw)) {
	case SYS_CALL16:
	case SYS_CALL32:
		return far_call_gate(c, s, sel, raw, kind);
	case SYS_TASK_GATE:
		if (check_gate(c, s, sel, raw) || check_gate_present(c, sel, raw))
			return STEP_FAULT;
		return far_task(c, s, gate_selector(raw), kind);
	case SYS_TSS16:
	case SYS_TSS32:
	case SYS_TSS16_BUSY:
	case SYS_TSS32_BUSY:
		if (check_gate(c, s, sel, raw))
			return STEP_FAULT;
		return far_task(c, s, sel, kind);
	default:
		return gp(c, sel_error(sel, 0), "far transfer to a descriptor of the wrong type", "SDM 2 JMP");
	}
}

static enum step far_transfer(struct cpu *c, struct sysregs *s, const struct uop *u, enum far_kind kind)
{
	u16 sel;
	u64 offset;
	if (far_operand(c, u, &sel, &offset))
		return STEP_FAULT;
	if (sys_protected(s))
		return far_protected(c, s, u->x.sys.opsize, sel, offset, kind);
	return far_real(c, s, u->x.sys.opsize, sel, offset, kind);
}

enum step sys_jmp_far(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return far_transfer(c, s, u, FAR_JMP);
}

enum step sys_call_far(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return far_transfer(c, s, u, FAR_CALL);
}

/* ---- returns ------------------------------------------------------------------------ */

/* The code segment of a return: SDM 2 RET, IRET */
static int read_return_cs(struct cpu *c, const struct sysregs *s, u16 sel, u64 *raw)
{
	int rpl = sel & 3;
	if (sel_is_null(sel))
		return fail(c, VEC_GP, 0, "return to a null code selector", "SDM 2 RET");
	if (desc_read(c, s, sel, VEC_GP, 0, raw))
		return -1;
	if (!raw_is_code(*raw))
		return fail(c, VEC_GP, sel_error(sel, 0), "return to something that is not code", "SDM 2 RET");
	if (rpl < s->cpl)
		return fail(c, VEC_GP, sel_error(sel, 0), "return to an inner privilege level", "SDM 2 RET");
	if (raw_is_conforming(*raw) ? raw_dpl(*raw) > rpl : raw_dpl(*raw) != rpl)
		return fail(c, VEC_GP, sel_error(sel, 0), "return to code whose DPL does not fit its RPL", "SDM 2 RET");
	if (!raw_present(*raw))
		return fail(c, VEC_NP, sel_error(sel, 0), "code segment not present", "SDM 3A 6.15");
	return 0;
}

static int return_outer(struct cpu *c, struct sysregs *s, const struct far_return *r, u64 raw)
{
	int cpl = r->cs & 3;
	u64 mask = stack_mask(&s->seg[SEG_SS]);
	u64 sp = (r->sp & ~mask) | ((r->sp + r->skip) & mask);
	u64 new_sp, value, ss_raw;
	if (stack_pop(c, s, &sp, r->size, &new_sp) || stack_pop(c, s, &sp, r->size, &value))
		return -1;
	u16 ss = (u16)value;
	if (stack_segment_read(c, s, ss, cpl, VEC_GP, 0, &ss_raw) || check_ip_in(c, r->ip, raw))
		return -1;
	if (desc_touch(c, s, ss, &ss_raw) || desc_touch(c, s, r->cs, &raw))
		return -1;
	desc_unpack(ss, ss_raw, &s->seg[SEG_SS]);
	stack_set(c, &s->seg[SEG_SS], new_sp + r->skip);
	cs_commit(c, s, r->cs, raw, cpl);
	seg_drop_inner(c, s);
	return 0;
}

int far_return(struct cpu *c, struct sysregs *s, const struct far_return *r)
{
	u64 raw;
	if (read_return_cs(c, s, r->cs, &raw))
		return -1;
	if ((r->cs & 3) != s->cpl) {
		if (return_outer(c, s, r, raw))
			return -1;
	} else {
		if (check_ip_in(c, r->ip, raw) || desc_touch(c, s, r->cs, &raw))
			return -1;
		stack_set(c, &s->seg[SEG_SS], r->sp + r->skip);
		cs_commit(c, s, r->cs, raw, s->cpl);
	}
	c->next_ip = r->ip;
	return 0;
}

enum step sys_retf(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	struct far_return r = {.size = u->x.sys.opsize, .skip = u->imm & 0xffff, .sp = c->r[RSP]};
	u64 cs;
	/* As recorded: CS first (which of two faults is reported), and of its slot only the word */
	if (stack_read(c, s, r.sp + (u64)r.size, 2, &cs) || stack_read(c, s, r.sp, r.size, &r.ip))
		return STEP_FAULT;
	r.sp = stack_behind(s, r.sp, 2 * r.size);
	r.cs = (u16)cs;
	if (sys_protected(s))
		return far_return(c, s, &r) ? STEP_FAULT : STEP_IP;
	if (check_ip(c, r.ip, s->seg[SEG_CS].limit))
		return STEP_FAULT;
	stack_set(c, &s->seg[SEG_SS], r.sp + r.skip);
	cs_commit_real(c, s, r.cs);
	c->next_ip = r.ip;
	return STEP_IP;
}
