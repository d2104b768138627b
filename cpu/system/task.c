/* task.c - the hardware task switch: JMP, CALL, INT, IRET; 16- and 32-bit TSSs.
 *
 * SDM 3A 7.3 (the 14 steps and the commit point), table 7-1 (checks), table 7-2 (busy bit,
 * NT, back link), 17.3.1.4 (T bit). Before the commit point everything is checked
 * and probed and nothing changes; after it faults belong to the new task: cpu.ip is
 * then its EIP, and segment registers not yet qualified are unusable.
 * Not in any manual: a 16-bit TSS loads the lower halves of EAX..EDI, upper halves
 * stay; CR3 is loaded only with paging on.
 */
#include "cpu/system/internal.h"

#define DR7_LOCAL 0x155u /* L0..L3, LE */
#define DR6_BT (1u << 15)
#define ALL_FLAGS (FL_ARITH | EF_TF | EF_IF | EF_DF | EF_IOPL | EF_NT | EF_RF | EF_VM | EF_AC | EF_VIF | EF_VIP | EF_ID)

struct tss_layout {
	u8 size;                             /* of a field */
	u8 ip, flags, regs, segs, nsegs, ldt; /* offsets; nsegs: 4 or 6, in enum seg_reg's order */
	u8 save_first, save_last;            /* what a switch away writes */
	u32 min_limit;
};

static const struct tss_layout layouts[2] = {
	{2, 0x0e, 0x10, 0x12, 0x22, 4, 0x2a, 0x0e, 0x29, 0x2b}, /* SDM 3A figure 7-10 */
	{4, 0x20, 0x24, 0x28, 0x48, 6, 0x60, 0x20, 0x5f, 0x67}, /* figure 7-2 */
};
#define TSS32_CR3 0x1c
#define TSS32_T 0x64

struct tss_image {
	u64 cr3, ip, flags, reg[8], sel[6], ldt, trap;
};

/* One switch on its way. */
struct switching {
	const struct task_switch *t;
	const struct tss_layout *from, *to;
	struct segment tss; /* the new one */
	u64 raw;
	bool is32;
};

static bool nests(const struct task_switch *t)
{
	return t->reason == TASK_CALL || t->reason == TASK_INT;
}

/* ---- before the commit point ------------------------------------------------------------- */

static int read_new_tss(struct cpu *c, const struct sysregs *s, struct switching *w)
{
	u16 sel = w->t->selector;
	u32 ext = w->t->ext;
	bool returns = w->t->reason == TASK_IRET;
	int vec = returns ? VEC_TS : VEC_GP;
	if (sel_is_null(sel))
		return fail(c, vec, ext, "null TSS selector", "SDM 3A table 7-1");
	if (sel & 4)
		return fail(c, vec, sel_error(sel, ext), "TSS selector into the LDT", "SDM 3A table 7-1");
	if (desc_read(c, s, sel, vec, ext, &w->raw))
		return -1;
	int type = raw_type(w->raw);
	int want16 = returns ? SYS_TSS16_BUSY : SYS_TSS16, want32 = returns ? SYS_TSS32_BUSY : SYS_TSS32;
	if (raw_is_segment(w->raw) || (type != want16 && type != want32))
		return fail(c, vec, sel_error(sel, ext), returns ? "back link is not a busy TSS" : "not an available TSS",
			    "SDM 3A table 7-1");
	if (!raw_present(w->raw))
		return fail(c, VEC_NP, sel_error(sel, ext), "TSS not present", "SDM 3A table 7-1");
	w->is32 = type & SYS_32;
	w->to = &layouts[w->is32];
	w->raw |= (u64)SYS_BUSY << 40;
	desc_unpack(sel, w->raw, &w->tss);
	if (w->tss.limit < w->to->min_limit)
		return fail(c, VEC_TS, sel_error(sel, ext), "TSS limit too small", "SDM 3A table 7-1");
	return 0;
}

static int probe(struct cpu *c, lin_t lin, u32 len, enum access acc)
{
	if (mmu_probe(c->mmu, lin & c->mmu->lin_mask, len, acc) == 0)
		return 0;
	cpu_raise_pf(c);
	return -1;
}

/* Step 5: both TSSs and the descriptors that change are there. */
static int probe_all(struct cpu *c, const struct sysregs *s, struct switching *w)
{
	const struct segment *old = &s->tr;
	w->from = &layouts[old->attr & SYS_32 ? 1 : 0];
	if (!(old->attr & SEG_P) || old->limit < w->from->save_last)
		return fail(c, VEC_TS, sel_error(old->sel, w->t->ext), "old TSS too small to save the task", "SDM 3A 7.3");
	if (probe(c, old->base + w->from->save_first, w->from->save_last - w->from->save_first + 1u, ACC_WRITE) ||
	    probe(c, w->tss.base, w->to->min_limit + 1, ACC_READ))
		return -1;
	if (nests(w->t) && probe(c, w->tss.base, 2, ACC_WRITE))
		return -1;
	if (!nests(w->t) && probe(c, s->gdtr.base + (old->sel & 0xfff8u) + 5, 1, ACC_WRITE))
		return -1;
	if (w->t->reason != TASK_IRET && probe(c, s->gdtr.base + (w->tss.sel & 0xfff8u) + 5, 1, ACC_WRITE))
		return -1;
	return 0;
}

/* Steps 6 to 8, 10: busy bits, the old state, the back link. All of it has been probed. */
static int save_old(struct cpu *c, const struct sysregs *s, const struct switching *w)
{
	const struct tss_layout *l = w->from;
	lin_t base = s->tr.base;
	u32 flags = flags_get(c, s) | w->t->eflags_set;
	if (w->t->reason == TASK_IRET)
		flags &= ~(u32)EF_NT;
	if (!nests(w->t) && desc_set_busy(c, s, s->tr.sel, false))
		return -1;
	if (sup_store(c, base + l->ip, l->size, w->t->return_ip) || sup_store(c, base + l->flags, l->size, flags))
		return -1;
	for (u32 i = 0; i < 8; i++)
		if (sup_store(c, base + l->regs + i * l->size, l->size, c->r[i]))
			return -1;
	for (u32 i = 0; i < l->nsegs; i++) /* a selector's upper half in the TSS stays */
		if (sup_store(c, base + l->segs + i * l->size, 2, s->seg[i].sel))
			return -1;
	if (nests(w->t) && sup_store(c, w->tss.base, 2, s->tr.sel))
		return -1;
	return w->t->reason != TASK_IRET ? desc_set_busy(c, s, w->tss.sel, true) : 0;
}

static int read_image(struct cpu *c, const struct switching *w, struct tss_image *m)
{
	const struct tss_layout *l = w->to;
	lin_t base = w->tss.base;
	*m = (struct tss_image){0};
	if (sup_load(c, base + l->ip, l->size, &m->ip) || sup_load(c, base + l->flags, l->size, &m->flags) ||
	    sup_load(c, base + l->ldt, 2, &m->ldt))
		return -1;
	for (u32 i = 0; i < 8; i++)
		if (sup_load(c, base + l->regs + i * l->size, l->size, &m->reg[i]))
			return -1;
	for (u32 i = 0; i < l->nsegs; i++)
		if (sup_load(c, base + l->segs + i * l->size, 2, &m->sel[i]))
			return -1;
	if (!w->is32)
		return 0;
	return sup_load(c, base + TSS32_CR3, 4, &m->cr3) || sup_load(c, base + TSS32_T, 2, &m->trap) ? -1 : 0;
}

/* ---- the commit point, and after ------------------------------------------------------------ */

/* Steps 9, 11, 12. Only a bad PDPTE can fail. */
static int load_state(struct cpu *c, struct sysregs *s, const struct switching *w, const struct tss_image *m)
{
	s->tr = w->tss;
	s->cr0 |= CR0_TS;
	s->dr[7] &= ~(u64)DR7_LOCAL;
	flags_write(c, s, (u32)m->flags | (nests(w->t) ? EF_NT : 0), ALL_FLAGS);
	for (int i = 0; i < 8; i++)
		reg_set(c, (u8)(i * 8), w->to->size, m->reg[i]);
	for (int i = 0; i < 6; i++)
		seg_set_null(&s->seg[i], (u16)m->sel[i]);
	seg_set_null(&s->ldtr, (u16)m->ldt);
	s->cpl = sys_v86(s) ? 3 : m->sel[SEG_CS] & 3;
	c->ip = c->next_ip = m->ip;
	paging_changed(c, s);
	if (w->is32 && (s->cr0 & CR0_PG) && sys_set_cr3(c, s, m->cr3) == STEP_FAULT)
		return -1;
	return 0;
}

static int load_ldt(struct cpu *c, struct sysregs *s, u32 ext)
{
	u16 sel = s->ldtr.sel;
	u64 raw;
	if (sel_is_null(sel))
		return 0;
	if (sel & 4)
		return fail(c, VEC_TS, sel_error(sel, ext), "new task's LDT selector is into an LDT", "SDM 3A table 7-1");
	if (desc_read(c, s, sel, VEC_TS, ext, &raw))
		return -1;
	if (raw_is_segment(raw) || raw_type(raw) != SYS_LDT)
		return fail(c, VEC_TS, sel_error(sel, ext), "new task's LDT is not an LDT", "SDM 3A table 7-1");
	if (!raw_present(raw))
		return fail(c, VEC_TS, sel_error(sel, ext), "new task's LDT not present", "SDM 3A table 7-1");
	desc_unpack(sel, raw, &s->ldtr);
	return 0;
}

static int check_cs(struct cpu *c, const struct sysregs *s, u16 sel, u32 ext, u64 *raw)
{
	int rpl = sel & 3;
	if (sel_is_null(sel))
		return fail(c, VEC_TS, ext, "new task's CS is null", "SDM 3A table 7-1");
	if (desc_read(c, s, sel, VEC_TS, ext, raw))
		return -1;
	if (!raw_is_code(*raw))
		return fail(c, VEC_TS, sel_error(sel, ext), "new task's CS is not code", "SDM 3A table 7-1");
	if (raw_is_conforming(*raw) ? raw_dpl(*raw) > rpl : raw_dpl(*raw) != rpl)
		return fail(c, VEC_TS, sel_error(sel, ext), "new task's CS.DPL does not fit its RPL", "SDM 3A table 7-1");
	return 0;
}

static int load_cs_ss(struct cpu *c, struct sysregs *s, u32 ext)
{
	u16 cs = s->seg[SEG_CS].sel, ss = s->seg[SEG_SS].sel;
	u64 cs_raw, ss_raw;
	if (check_cs(c, s, cs, ext, &cs_raw) || stack_segment_read(c, s, ss, s->cpl, VEC_TS, ext, &ss_raw))
		return -1;
	if (desc_touch(c, s, ss, &ss_raw))
		return -1;
	desc_unpack(ss, ss_raw, &s->seg[SEG_SS]);
	if (!raw_present(cs_raw))
		return fail(c, VEC_NP, sel_error(cs, ext), "new task's CS not present", "SDM 3A table 7-1");
	if (desc_touch(c, s, cs, &cs_raw))
		return -1;
	cs_commit(c, s, cs, cs_raw, s->cpl);
	return 0;
}

static int load_data(struct cpu *c, struct sysregs *s, int seg, u32 ext)
{
	u16 sel = s->seg[seg].sel;
	u64 raw;
	if (sel_is_null(sel))
		return 0;
	if (desc_read(c, s, sel, VEC_TS, ext, &raw))
		return -1;
	if (!raw_is_readable(raw))
		return fail(c, VEC_TS, sel_error(sel, ext), "new task's data segment not readable", "SDM 3A table 7-1");
	if (!raw_is_conforming(raw) && (raw_dpl(raw) < s->cpl || raw_dpl(raw) < (sel & 3)))
		return fail(c, VEC_TS, sel_error(sel, ext), "new task's data segment has DPL < CPL or RPL", "SDM 3A table 7-1");
	if (!raw_present(raw))
		return fail(c, VEC_NP, sel_error(sel, ext), "new task's data segment not present", "SDM 3A table 7-1");
	if (desc_touch(c, s, sel, &raw))
		return -1;
	desc_unpack(sel, raw, &s->seg[seg]);
	return 0;
}

/* Step 13 */
static int load_segments(struct cpu *c, struct sysregs *s, u32 ext)
{
	static const u8 data[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};
	if (load_ldt(c, s, ext))
		return -1;
	if (sys_v86(s)) {
		for (int i = 0; i < 6; i++)
			seg_load_real(s, i, s->seg[i].sel);
		return 0;
	}
	if (load_cs_ss(c, s, ext))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(data); i++)
		if (load_data(c, s, data[i], ext))
			return -1;
	return 0;
}

static int push_error(struct cpu *c, struct sysregs *s, const struct switching *w)
{
	struct frame f;
	frame_begin_on(&f, &s->seg[SEG_SS], c->r[RSP], w->to->size, s->cpl, VEC_SS, w->t->ext);
	if (frame_push(c, &f, w->t->error) || frame_commit(c, &f))
		return -1;
	stack_set(c, f.ss, f.sp);
	return 0;
}

/* Step 14: everything that the new task meets before its first instruction */
static enum step begin_task(struct cpu *c, struct sysregs *s, const struct switching *w, const struct tss_image *m)
{
	if (load_segments(c, s, w->t->ext) || (w->t->has_error && push_error(c, s, w)))
		return STEP_FAULT;
	if (m->ip > s->seg[SEG_CS].limit)
		return gp(c, w->t->ext, "new task's EIP beyond its code segment's limit", "SDM 2 JMP");
	if (m->trap & 1) {
		cpu_raise_plain(c, VEC_DB, "T bit of the new TSS", "SDM 3B 17.3.1.4");
		c->fault.is_trap = true;
		c->fault.dr6 = DR6_BT;
		return STEP_FAULT;
	}
	return virtual_interrupt_check(c, s);
}

enum step task_switch(struct cpu *c, struct sysregs *s, const struct task_switch *t)
{
	struct switching w = {.t = t};
	struct tss_image m;
	if (read_new_tss(c, s, &w) || probe_all(c, s, &w) || save_old(c, s, &w) || read_image(c, &w, &m))
		return STEP_FAULT;
	enum step step = load_state(c, s, &w, &m) ? STEP_FAULT : begin_task(c, s, &w, &m);
	if (step == STEP_FAULT)
		c->fault.new_context = true;
	ctx_changed(c);
	return step;
}

enum step sys_task_switch(struct cpu *c, struct sysregs *s, u16 selector, enum task_reason why, u64 return_ip,
			  bool has_error, u32 error)
{
	struct task_switch t = {.selector = selector, .reason = (u8)why, .return_ip = return_ip,
				.ext = why == TASK_INT ? ERR_EXT : 0, .has_error = has_error, .error = error};
	return task_switch(c, s, &t);
}
