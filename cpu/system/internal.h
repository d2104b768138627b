/* internal.h - what the files of cpu/system/ share among themselves.
 *
 * Nobody outside this folder includes it. Exceptions: functions returning
 * `enum step` use gp() and friends, those returning int use fail().
 */
#ifndef CPU_SYSTEM_INTERNAL_H
#define CPU_SYSTEM_INTERNAL_H

#include "cpu/cpuid.h"
#include "cpu/mem_short.h"
#include "cpu/system.h"

/* Low bits of a selector error code (SDM 3A 6.13) */
enum { ERR_EXT = 1, ERR_IDT = 2 };

/* System descriptor types (SDM 3A table 3-2) */
enum {
	SYS_TSS16 = 1, SYS_LDT = 2, SYS_TSS16_BUSY = 3, SYS_CALL16 = 4, SYS_TASK_GATE = 5, SYS_INT16 = 6,
	SYS_TRAP16 = 7, SYS_TSS32 = 9, SYS_TSS32_BUSY = 11, SYS_CALL32 = 12, SYS_INT32 = 14, SYS_TRAP32 = 15,
};
#define SYS_BUSY 2 /* the bit of a TSS type */
#define SYS_32 8   /* the bit of a gate or TSS type */

static inline enum step gp(struct cpu *c, u32 error, const char *why, const char *ref)
{
	return cpu_raise(c, VEC_GP, error, why, ref);
}

static inline int fail(struct cpu *c, int vec, u32 error, const char *why, const char *ref)
{
	cpu_raise(c, vec, error, why, ref);
	return -1;
}

static inline enum step ud(struct cpu *c, const char *why, const char *ref)
{
	return cpu_raise_plain(c, VEC_UD, why, ref);
}

static inline bool sel_is_null(u16 sel)
{
	return (sel & 0xfffc) == 0;
}

static inline u32 sel_error(u16 sel, u32 ext)
{
	return (sel & 0xfffcu) | ext;
}

static inline bool model_has(const struct cpu *c, enum isa isa)
{
	return c->model->isa >> isa & 1;
}

/* ---- descriptors (descriptor.c) ------------------------------------------------- */

/* Raw descriptor fields */
static inline int raw_type(u64 raw)
{
	return raw >> 40 & 15;
}
static inline bool raw_is_segment(u64 raw) /* code or data, as opposed to system */
{
	return raw >> 44 & 1;
}
static inline int raw_dpl(u64 raw)
{
	return raw >> 45 & 3;
}
static inline bool raw_present(u64 raw)
{
	return raw >> 47 & 1;
}
static inline bool raw_is_code(u64 raw)
{
	return raw_is_segment(raw) && (raw_type(raw) & SEG_CODE);
}
static inline bool raw_is_conforming(u64 raw)
{
	return raw_is_code(raw) && (raw_type(raw) & SEG_EC);
}
static inline bool raw_is_writable_data(u64 raw)
{
	return raw_is_segment(raw) && !(raw_type(raw) & SEG_CODE) && (raw_type(raw) & SEG_RW);
}
static inline bool raw_is_readable(u64 raw) /* data or readable code */
{
	return raw_is_segment(raw) && (!(raw_type(raw) & SEG_CODE) || (raw_type(raw) & SEG_RW));
}
static inline u16 gate_selector(u64 raw)
{
	return (u16)(raw >> 16);
}
static inline u32 gate_offset(u64 raw)
{
	u32 low = raw & 0xffff;
	return raw_type(raw) & SYS_32 ? low | (u32)(raw >> 32 & 0xffff0000) : low;
}

/* Where does the descriptor lie? false: outside its table's limit, or there is no LDT. */
bool desc_address(const struct sysregs *s, u16 sel, lin_t *lin);
/* Sets the accessed bit of a code or data descriptor in memory when it is clear, and in *raw. 0 or -1 (#PF) */
int desc_touch(struct cpu *c, const struct sysregs *s, u16 sel, u64 *raw);
/* Sets or clears the busy bit of a TSS descriptor in the GDT. 0 or -1 (#PF) */
int desc_set_busy(struct cpu *c, const struct sysregs *s, u16 sel, bool busy);
/* Reads and qualifies a stack segment for privilege `cpl`: all faults but not-present are `vec`(sel). Leaves memory alone. */
int stack_segment_read(struct cpu *c, const struct sysregs *s, u16 sel, int cpl, int vec, u32 ext, u64 *raw);
/* Invalidates DS ES FS GS that the new, outer CPL may not keep (SDM 3A 5.8.6) */
void seg_drop_inner(struct cpu *c, struct sysregs *s);
void seg_set_null(struct segment *seg, u16 sel);
/* Puts a code segment in place: selector with RPL = cpl, CPL, context. */
void cs_commit(struct cpu *c, struct sysregs *s, u16 sel, u64 raw, int cpl);
/* Real and v86 mode: a far transfer's CS. */
void cs_commit_real(struct cpu *c, struct sysregs *s, u16 sel);

/* ---- stacks (stack.c) ------------------------------------------------------------- */

#define FRAME_MAX 48

/* Values on their way to a stack: pushed in order, checked at once, written by frame_commit only. */
struct frame {
	const struct segment *ss;
	u64 sp;
	u64 mask;      /* 0xffff with SS.B = 0 */
	int size;      /* of each item */
	bool present_stack; /* the loaded SS at the present CPL: context rules, alignment, breakpoints */
	enum access user;   /* ACC_USER or 0, when not present_stack */
	int vec;
	u32 error;
	int n;
	u64 at[FRAME_MAX]; /* effective or linear address */
	u64 value[FRAME_MAX];
};

/* The present stack. */
void frame_begin(struct frame *f, const struct cpu *c, const struct sysregs *s, int size);
/* Some other stack, or the present one for an event: `vec`(error) if a push does not fit. */
void frame_begin_on(struct frame *f, const struct segment *ss, u64 sp, int size, int cpl, int vec, u32 error);
/* 0, or -1 with the fault raised; nothing is written. */
int frame_push(struct cpu *c, struct frame *f, u64 value);
/* Cannot fault any more. Sets no register. */
int frame_commit(struct cpu *c, const struct frame *f);

static inline u64 stack_mask(const struct segment *ss)
{
	return ss->attr & SEG_DB ? 0xffffffff : 0xffff;
}

/* Reads an item of the present stack. */
static inline int stack_read(struct cpu *c, const struct sysregs *s, u64 sp, int size, u64 *value)
{
	return mem_load_short(c, SEG_SS, sp & stack_mask(&s->seg[SEG_SS]), size, value);
}

/* The stack pointer `bytes` further on. */
static inline u64 stack_behind(const struct sysregs *s, u64 sp, int bytes)
{
	u64 mask = stack_mask(&s->seg[SEG_SS]);
	return (sp & ~mask) | ((sp + (u64)bytes) & mask);
}

/* Pops from the present stack without moving it: *sp runs along. */
static inline int stack_pop(struct cpu *c, const struct sysregs *s, u64 *sp, int size, u64 *value)
{
	if (stack_read(c, s, *sp, size, value))
		return -1;
	*sp = stack_behind(s, *sp, size);
	return 0;
}

/* Writes SP or ESP as SS.B of `ss` says; the upper half stays with 16-bit stacks. */
static inline void stack_set(struct cpu *c, const struct segment *ss, u64 sp)
{
	if (ss->attr & SEG_DB)
		c->r[RSP] = (u32)sp;
	else
		store16(&c->r[RSP], (u16)sp);
}

/* Pushes one item on the present stack. 0 or -1 */
static inline int stack_push(struct cpu *c, const struct sysregs *s, int size, u64 value)
{
	const struct segment *ss = &s->seg[SEG_SS];
	u64 sp = c->r[RSP] - (u64)size;
	if (mem_store_short(c, SEG_SS, sp & stack_mask(ss), size, value))
		return -1;
	stack_set(c, ss, sp);
	return 0;
}

/* The stack that the TSS holds for privilege `cpl` (0..2), qualified: #TS, #NP, #SS with `ext`. Nothing changes. */
struct inner_stack {
	struct segment ss;
	u64 raw, sp;
};
int inner_stack_read(struct cpu *c, const struct sysregs *s, int cpl, u32 ext, struct inner_stack *in);

/* RETF and IRET to protected mode, same or outer privilege, after CS, IP (and EFLAGS) have been popped. */
struct far_return {
	u16 cs;
	u64 ip;
	u64 sp;   /* behind what was popped */
	u32 skip; /* RETF imm16: bytes of parameters, on both stacks */
	int size;
};
int far_return(struct cpu *c, struct sysregs *s, const struct far_return *r);

/* ---- the rest ------------------------------------------------------------------------ */

/* Begins an interrupt shadow over the next instruction (SHADOW_*). */
void shadow_begin(struct cpu *c, struct sysregs *s, u8 kind);
/* IOPL, VME and IF of the v86 and PVI rules: */
static inline bool sys_vme(const struct sysregs *s)
{
	return s->cr4 & CR4_VME;
}

/* VIF and VIP both set where they count: #GP before the next instruction (SDM 3A 20.3.2, 20.4). To be called when
 * cpu.next_ip and the new state are in place; the fault then belongs there. */
static inline enum step virtual_interrupt_check(struct cpu *c, const struct sysregs *s)
{
	bool counts = s->cpl == 3 && sys_iopl(s) < 3 && (s->cr4 & (sys_v86(s) ? CR4_VME : CR4_PVI));
	if (!counts || !(s->eflags & EF_VIF) || !(s->eflags & EF_VIP))
		return STEP_IP;
	c->ip = c->next_ip;
	gp(c, 0, "VIF and VIP both set", "SDM 3A 20.3.2");
	c->fault.new_context = true;
	return STEP_FAULT;
}

struct task_switch {
	u16 selector;
	u8 reason;      /* enum task_reason */
	u64 return_ip;  /* saved in the old TSS */
	u32 eflags_set; /* ORed into the saved image: RF of faults */
	u32 ext;        /* EXT bit of error codes */
	bool has_error;
	u32 error;      /* pushed on the new task's stack */
};
enum step task_switch(struct cpu *c, struct sysregs *s, const struct task_switch *t);

/* Tells the MMU of CR0, CR4, EFER after a change. */
void paging_changed(struct cpu *c, struct sysregs *s);
/* Checks (PDPTEs under PAE) and loads CR3. */
enum step sys_set_cr3(struct cpu *c, struct sysregs *s, u64 value);
enum step sys_set_cr4(struct cpu *c, struct sysregs *s, u64 value);
enum step sys_set_efer(struct cpu *c, struct sysregs *s, u64 value);
u64 sys_tsc(struct cpu *c, const struct sysregs *s);

/* ---- the instructions, by table.c ------------------------------------------------------ */

#define SYS(name) enum step sys_##name(struct cpu *c, struct sysregs *s, const struct uop *u)
SYS(pushf);
SYS(popf);
SYS(cli);
SYS(sti);
SYS(clac);
SYS(stac);
SYS(int);
SYS(int3);
SYS(int1);
SYS(into);
SYS(iret);
SYS(jmp_far);
SYS(call_far);
SYS(retf);
SYS(sysenter);
SYS(sysexit);
SYS(mov_from_sreg);
SYS(mov_to_sreg);
SYS(push_sreg);
SYS(pop_sreg);
SYS(lxs);
SYS(lar);
SYS(lsl);
SYS(verr);
SYS(verw);
SYS(arpl);
SYS(sgdt);
SYS(sidt);
SYS(sldt);
SYS(str);
SYS(smsw);
SYS(lgdt);
SYS(lidt);
SYS(lldt);
SYS(ltr);
SYS(lmsw);
SYS(clts);
SYS(mov_from_cr);
SYS(mov_to_cr);
SYS(mov_from_dr);
SYS(mov_to_dr);
SYS(invd);
SYS(invlpg);
SYS(rdmsr);
SYS(wrmsr);
SYS(rdtsc);
SYS(rdpmc);
SYS(rdtscp);
SYS(cpuid);
SYS(hlt);
SYS(in);
SYS(out);
SYS(ins);
SYS(outs);
SYS(undefined);
#undef SYS

#endif
