/* flows.c - following one system call, one hardware interrupt and one privileged instruction through the machine.
 *
 * A first occurrence is taken, and a more telling one (from ring 3 rather than real mode) in its place when it comes. While
 * one is followed the observed loop runs, so that its steps are seen; what the guest does is the same in both loops. A
 * handler that takes too long is given up, a few times for each kind.
 */
#include "report/collect.h"

#include <string.h>

#include "cpu/sdm.h"

#define LONGEST 50000 /* instructions of a handler that are followed */
#define FAILURES 8

/* ---- who runs where --------------------------------------------------------------------------------------- */

/* Where hw is not guest (technique classic), the mode is hw's: ring 1 is the guest's ring 0. */
static int guest_mode(const struct cpu *p)
{
	return p->hw != p->guest && p->mode_index == CPU_MODE_RING0 + 1 ? CPU_MODE_RING0 : p->mode_index;
}

static int guest_ring(const struct cpu *p)
{
	int mode = guest_mode(p);
	return mode == CPU_MODE_REAL ? 0 : mode == CPU_MODE_V86 ? 3 : mode - CPU_MODE_RING0;
}

/* Ring compression, docs/virtualization.md 2. */
static int hw_ring(const struct machine *m)
{
	int ring = guest_ring(&m->cpu);
	if (m->vmm.technique == TECH_BARE)
		return ring;
	return m->cpu.mode_index < CPU_MODE_RING0 ? 3 : ring ? ring : 1;
}

static bool is_bare(const struct collector *c)
{
	return c->m->vmm.technique == TECH_BARE;
}

static lin_t linear(const struct cpu *p)
{
	return (u32)(p->xseg[SEG_CS].base + p->ip);
}

static u64 stack_pointer(const struct cpu *p)
{
	return p->hw->seg[SEG_SS].attr & SEG_DB ? (u32)p->r[RSP] : (u16)p->r[RSP];
}

static const char *mode_name(const struct cpu *p)
{
	static const char *const names[CPU_MODES] = {"real mode", "virtual-8086 mode", "ring 0", "ring 1", "ring 2", "ring 3"};
	return names[guest_mode(p)];
}

/* ---- steps ---------------------------------------------------------------------------------------------------- */

static struct flow_step *add_step(struct capture *k, int from, int to, u64 count)
{
	struct flow *w = &k->work;
	struct flow_step *s = &w->step[w->nsteps < FLOW_STEPS ? w->nsteps++ : FLOW_STEPS - 1];
	*s = (struct flow_step){.from = (u8)from, .to = (u8)to, .ring = -1, .hw = -1, .count = count};
	return s;
}

static void put_place(const struct collector *c, struct flow_step *s, u16 cs, u64 ip, lin_t lin)
{
	char name[40];
	u8 bytes[15];
	symbols_name(c->symbols, lin, name, sizeof name);
	snprintf(s->where, sizeof s->where, c->m->cpu.mode & BM_CS32 ? "%04x:%08llx%s%s" : "%04x:%04llx%s%s", cs,
		 (unsigned long long)ip, name[0] ? " " : "", name);
	pc_instruction(c->m, ip, lin, bytes, s->code, sizeof s->code);
}

/* The step happens at the present instruction. */
static void put_here(const struct collector *c, struct flow_step *s)
{
	const struct cpu *p = &c->m->cpu;
	put_place(c, s, p->hw->seg[SEG_CS].sel, p->ip, linear(p));
	s->ring = (s8)guest_ring(p);
	s->hw = (s8)hw_ring(c->m);
}

static void begin(struct collector *c, enum flow_kind kind, int rank)
{
	struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	k->active = true;
	k->entered = false;
	k->kind = kind;
	memset(&k->work, 0, sizeof k->work);
	k->work.any = true;
	k->work.rank = rank;
	k->was_real = p->mode_index == CPU_MODE_REAL;
	k->ret_cpl = (u8)guest_ring(p);
	k->ret_cs = p->hw->seg[SEG_CS].sel;
	k->ret_sp = stack_pointer(p);
	k->began = p->count;
	k->last_exit = ~0ull;
	k->ntally = 0;
	k->nexits = k->interrupted = 0;
	machine_observe_steps(c->m, true);
}

static void end(struct collector *c, bool complete)
{
	struct capture *k = &c->capture;
	k->active = false;
	machine_observe_steps(c->m, false);
	if (complete)
		c->best[k->kind] = k->work;
	else
		k->failures[k->kind]++;
}

static bool wanted(const struct collector *c, enum flow_kind kind, int rank)
{
	return rank > c->best[kind].rank && c->capture.failures[kind] < FAILURES;
}

/* ---- a system call ------------------------------------------------------------------------------------------------ */

static bool in_rom(const struct cpu *p)
{
	lin_t lin = linear(p);
	return lin >= 0xc0000 && lin < 0x100000;
}

static int call_rank(const struct cpu *p, int vec)
{
	switch (guest_mode(p)) {
	case CPU_MODE_REAL: return in_rom(p) ? 1 : vec == 0x21 ? 12 : 8;
	case CPU_MODE_V86: return 30;
	case CPU_MODE_RING0: return 20;
	default: return 40;
	}
}

static void start_call(struct collector *c, const struct uop *u)
{
	struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	bool sysenter = u->x.sys.op == OP_SYSENTER;
	k->vec = sysenter ? 0 : (u8)u->imm;
	begin(c, FLOW_SYSCALL, call_rank(p, k->vec));
	k->ret_ip = p->next_ip;
	struct flow_step *s = add_step(k, LANE_PROGRAM, LANE_VMM, p->count);
	put_here(c, s);
	if (sysenter)
		snprintf(s->what, sizeof s->what, "SYSENTER");
	else
		snprintf(s->what, sizeof s->what, "INT %02Xh", k->vec);
	if (k->vec == 0x21 && p->mode_index <= CPU_MODE_V86)
		snprintf(k->work.title, sizeof k->work.title, "INT 21h, function %02Xh, from %s", (unsigned)(p->r[RAX] >> 8 & 0xff), mode_name(p));
	else
		snprintf(k->work.title, sizeof k->work.title, "%s from %s", s->what, mode_name(p));
	snprintf(s->text, sizeof s->text,
		 is_bare(c) ? "A program in %s calls the system. The processor itself looks into the interrupt table."
			    : "A program in %s calls the system. The instruction exits to the VMM before it has changed anything.",
		 mode_name(p));
}

/* ---- a privileged instruction -------------------------------------------------------------------------------------- */

static int op_weight(u32 op)
{
	switch (op) {
	case OP_MOV_TO_CR: return 9;
	case OP_LGDT: case OP_LIDT: case OP_LTR: case OP_LLDT: return 8;
	case OP_CLTS: return 6;
	case OP_CLI: case OP_STI: return 5;
	case OP_OUT: case OP_IN: return 3;
	default: return 1;
	}
}

/* Only where the guest is allowed it: else it would be a fault, another flow. */
static int privileged_rank(const struct collector *c, u32 op)
{
	const struct cpu *p = &c->m->cpu;
	enum cpu_mode_index mode = (enum cpu_mode_index)guest_mode(p);
	if (mode != CPU_MODE_REAL && mode != CPU_MODE_RING0)
		return 0;
	int rank = (mode == CPU_MODE_REAL ? 0 : 20) + op_weight(op) + (in_rom(p) ? 0 : 4);
	if (rank <= c->best[FLOW_PRIVILEGED].rank || op == OP_INT || op == OP_IRET)
		return 0;
	return vmm_class(&c->m->vmm, (enum op)op, mode) == CLASS_PRIVILEGED ? rank : 0;
}

static const char *why_privileged(u32 traits)
{
	return traits & T_IO ? "an I/O bitmap of all ones" : traits & T_CPL0 ? "a CPL other than 0" : "IOPL 0";
}

static void start_privileged(struct collector *c, const struct uop *u, int rank)
{
	struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	u32 op = u->x.sys.op;
	begin(c, FLOW_PRIVILEGED, rank);
	k->ret_ip = p->next_ip;
	k->before = *p->guest;
	k->before_rax = p->r[RAX];
	k->port = u->x.sys.imm2 ? (u8)u->imm : (u16)p->r[RDX]; /* of IN and OUT */
	struct flow_step *s = add_step(k, LANE_PROGRAM, is_bare(c) ? LANE_PROGRAM : LANE_VMM, p->count);
	put_here(c, s);
	snprintf(s->what, sizeof s->what, "%s", sdm_op((enum op)op));
	snprintf(k->work.title, sizeof k->work.title, "%s in %s", sdm_op((enum op)op), mode_name(p));
	if (is_bare(c))
		snprintf(s->text, sizeof s->text, "The guest may do this in %s, and the processor does it: there is no monitor.", mode_name(p));
	else
		snprintf(s->text, sizeof s->text,
			 "The guest believes to be in %s; the processor runs it in ring %d, where %s forbids this instruction. It exits to the VMM.",
			 mode_name(p), hw_ring(c->m), why_privileged(c->m->vmm.op_traits[op]));
	k->last.op = (u16)op;
}

static void note(char *text, size_t size, const char *name, u64 was, u64 is)
{
	size_t n = strlen(text);
	if (was != is)
		snprintf(text + n, size - n, "%s%s %llx -> %llx", n ? ", " : "", name, (unsigned long long)was, (unsigned long long)is);
}

/* What the instruction changed in M and R, in words. */
static void differences(const struct collector *c, char *text, size_t size)
{
	const struct capture *k = &c->capture;
	const struct sysregs *a = &k->before, *b = c->m->cpu.guest;
	text[0] = '\0';
	note(text, size, "IF", a->eflags >> 9 & 1, b->eflags >> 9 & 1);
	note(text, size, "CR0", a->cr0, b->cr0);
	note(text, size, "CR3", a->cr3, b->cr3);
	note(text, size, "CR4", a->cr4, b->cr4);
	note(text, size, "GDT base", a->gdtr.base, b->gdtr.base);
	note(text, size, "GDT limit", a->gdtr.limit, b->gdtr.limit);
	note(text, size, "IDT base", a->idtr.base, b->idtr.base);
	note(text, size, "IDT limit", a->idtr.limit, b->idtr.limit);
	note(text, size, "TR", a->tr.sel, b->tr.sel);
	note(text, size, "LDTR", a->ldtr.sel, b->ldtr.sel);
	if (k->last.op == OP_OUT)
		snprintf(text, size, "%llx goes to port %x", (unsigned long long)(k->before_rax & 0xff), k->port);
	if (k->last.op == OP_IN)
		snprintf(text, size, "AL = %llx comes from port %x", (unsigned long long)(c->m->cpu.r[RAX] & 0xff), k->port);
	if (!text[0])
		snprintf(text, size, "nothing that was not so before");
}

static void finish_privileged(struct collector *c)
{
	struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	char changed[200];
	int lane = is_bare(c) ? LANE_PROGRAM : LANE_VMM;
	differences(c, changed, sizeof changed);
	struct flow_step *s = add_step(k, lane, lane, k->began);
	snprintf(s->what, sizeof s->what, is_bare(c) ? "executed" : "routine");
	snprintf(s->text, sizeof s->text, is_bare(c) ? "In the processor's state: %s." : "The routine does the same to the guest's state, not to the processor's: %s.",
		 changed);
	s = add_step(k, lane, LANE_PROGRAM, p->count);
	put_here(c, s);
	snprintf(s->what, sizeof s->what, "go on");
	snprintf(s->text, sizeof s->text, "The next instruction. %s", is_bare(c) ? "" : "The exit has taken no virtual time.");
	end(c, true);
}

/* ---- a hardware interrupt -------------------------------------------------------------------------------------------- */

static int irq_of(const struct machine *m, int vec)
{
	for (int i = 0; i < 2; i++)
		if ((vec & 0xf8) == (m->pic.r.chip[i].icw2 & 0xf8))
			return 8 * i + (vec & 7);
	return -1;
}

static int interrupt_rank(const struct collector *c)
{
	const struct cpu *p = &c->m->cpu;
	int awake = p->guest->activity == ACT_ACTIVE ? 2 : 0;
	switch (guest_mode(p)) {
	case CPU_MODE_REAL: return 1 + awake + (in_rom(p) ? 0 : 4);
	case CPU_MODE_V86: return 30 + awake;
	case CPU_MODE_RING0: return 20 + awake;
	default: return 40 + awake;
	}
}

static void start_interrupt(struct collector *c, u8 vec, int rank)
{
	static const char *const sources[16] = {
		"timer", "keyboard", "cascade", "COM2", "COM1", "", "floppy controller", "", "clock (RTC)", "VGA", "", "", "mouse",
		"", "first ATA channel", "second ATA channel",
	};
	struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	int irq = irq_of(c->m, vec);
	begin(c, FLOW_INTERRUPT, rank);
	k->vec = vec;
	k->ret_ip = p->ip;
	snprintf(k->work.title, sizeof k->work.title, "IRQ %d (%s) in %s", irq, irq < 0 ? "?" : sources[irq], mode_name(p));
	struct flow_step *s = add_step(k, LANE_DEVICE, LANE_VMM, p->count);
	snprintf(s->what, sizeof s->what, "IRQ %d", irq);
	snprintf(s->text, sizeof s->text, "The %s asks; the interrupt controller raises INTR and, asked for it, names vector %02Xh.",
		 irq < 0 || !sources[irq][0] ? "device" : sources[irq], vec);
	s = add_step(k, LANE_PROGRAM, LANE_VMM, p->count);
	put_here(c, s);
	snprintf(s->what, sizeof s->what, "stopped");
	snprintf(s->text, sizeof s->text, "%s %s. IF is 1%s, so the interrupt is taken between two instructions%s",
		 p->guest->activity == ACT_HALTED ? "The guest stands at HLT in" : "The guest runs in", mode_name(p),
		 is_bare(c) ? "" : " in the guest's flags", is_bare(c) ? "." : ": an exit, whatever IF is on the processor.");
}

/* ---- handlers: of calls and interrupts ---------------------------------------------------------------------------------- */

static void enter_handler(struct collector *c)
{
	struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	bool inner = guest_ring(p) < k->ret_cpl;
	struct flow_step *s = add_step(k, LANE_VMM, LANE_HANDLER, p->count);
	put_here(c, s);
	snprintf(s->what, sizeof s->what, "vector %02Xh", k->vec);
	if (k->was_real)
		snprintf(s->text, sizeof s->text,
			 "%s pushes FLAGS, CS and IP on the guest's stack, clears IF, and goes to the address in entry %02Xh of the interrupt vector table.",
			 is_bare(c) ? "The processor" : "The VMM", k->vec);
	else
		snprintf(s->text, sizeof s->text, "%s reads gate %02Xh of the guest's IDT%s, pushes %sEFLAGS, CS and EIP, and goes to the gate's address.",
			 is_bare(c) ? "The processor" : "The VMM", k->vec, inner ? ", takes the inner stack from the guest's TSS" : "",
			 inner ? "SS, ESP, " : "");
	k->entered = true;
	k->entry_count = p->count;
}

static void tally(struct capture *k, u16 op)
{
	k->nexits++;
	for (int i = 0; i < k->ntally; i++)
		if (k->tally[i].op == op) {
			k->tally[i].n++;
			return;
		}
	if (k->ntally < (int)ARRAY_LEN(k->tally)) {
		k->tally[k->ntally].op = op;
		k->tally[k->ntally++].n = 1;
	}
}

static void describe_handler(const struct collector *c, struct flow_step *s)
{
	const struct capture *k = &c->capture;
	size_t n = (size_t)snprintf(s->text, sizeof s->text, "%llu instructions", (unsigned long long)(c->m->cpu.count - k->entry_count));
	if (k->interrupted)
		n += (size_t)snprintf(s->text + n, sizeof s->text - n, ", interrupted %u times", k->interrupted);
	if (!is_bare(c))
		n += (size_t)snprintf(s->text + n, sizeof s->text - n, "; %u exits on the way", k->nexits);
	for (int i = 0; i < k->ntally && n < sizeof s->text; i++)
		n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%s%u %s", i ? "; " : is_bare(c) ? "; sensitive: " : ": ", k->tally[i].n,
				      sdm_op((enum op)k->tally[i].op));
	if (n < sizeof s->text)
		snprintf(s->text + n, sizeof s->text - n, ".");
}

static void leave_handler(struct collector *c)
{
	struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	bool exits = k->last_exit == k->last.count && !is_bare(c);
	struct flow_step *s = add_step(k, LANE_HANDLER, LANE_HANDLER, k->entry_count);
	snprintf(s->what, sizeof s->what, "handler");
	describe_handler(c, s);
	s = add_step(k, LANE_HANDLER, exits || is_bare(c) ? LANE_VMM : LANE_PROGRAM, k->last.count);
	put_place(c, s, k->last.cs, k->last.ip, k->last.lin);
	s->ring = k->last.ring;
	s->hw = k->last.hw;
	snprintf(s->what, sizeof s->what, "%s", sdm_op((enum op)k->last.op));
	snprintf(s->text, sizeof s->text, exits ? "The return is sensitive as well: another exit, and its routine works on the guest's state."
						: "The way back, executed by the processor.");
	s = add_step(k, exits || is_bare(c) ? LANE_VMM : LANE_PROGRAM, LANE_PROGRAM, p->count);
	put_here(c, s);
	snprintf(s->what, sizeof s->what, "return");
	snprintf(s->text, sizeof s->text, "Back in %s, %llu instructions later.", mode_name(p), (unsigned long long)(p->count - k->began));
	end(c, true);
}

static bool is_back(const struct collector *c)
{
	const struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	return p->ip == k->ret_ip && p->hw->seg[SEG_CS].sel == k->ret_cs && guest_ring(p) == k->ret_cpl && stack_pointer(p) == k->ret_sp;
}

/* ---- what the hooks tell ------------------------------------------------------------------------------------------------ */

void flows_instruction(struct collector *c, const struct uop *u, bool exits)
{
	struct capture *k = &c->capture;
	u16 op = u->x.sys.op;
	if (k->active) {
		if (k->entered && (exits || is_bare(c)))
			tally(k, op);
		if (exits)
			k->last_exit = c->m->cpu.count;
		return;
	}
	if ((op == OP_INT || op == OP_SYSENTER) && wanted(c, FLOW_SYSCALL, call_rank(&c->m->cpu, (u8)u->imm)))
		return start_call(c, u);
	if (c->best[FLOW_PRIVILEGED].rank < 33) { /* the best there is */
		int rank = privileged_rank(c, op);
		if (wanted(c, FLOW_PRIVILEGED, rank))
			start_privileged(c, u, rank);
	}
}

void flows_event(struct collector *c, const struct event *ev, const struct fault *f)
{
	struct capture *k = &c->capture;
	(void)f;
	if (k->active) {
		k->interrupted += ev->kind == EV_EXTERNAL && k->entered;
		if (!k->entered) /* another thing than what was expected */
			end(c, false);
		return;
	}
	if (ev->kind == EV_EXTERNAL && wanted(c, FLOW_INTERRUPT, interrupt_rank(c)))
		start_interrupt(c, ev->vec, interrupt_rank(c));
}

void flows_step(struct collector *c, const struct insn *in)
{
	struct capture *k = &c->capture;
	const struct cpu *p = &c->m->cpu;
	if (!k->active)
		return;
	if (k->kind == FLOW_PRIVILEGED)
		return finish_privileged(c);
	if (!k->entered)
		enter_handler(c);
	else if (is_back(c))
		return leave_handler(c);
	else if (p->count - k->entry_count > LONGEST)
		return end(c, false);
	k->last.op = in->op;
	k->last.cs = p->hw->seg[SEG_CS].sel;
	k->last.ip = p->ip;
	k->last.lin = linear(p);
	k->last.count = p->count;
	k->last.ring = (s8)guest_ring(p);
	k->last.hw = (s8)hw_ring(c->m);
}
