/* lockstep.c - the first difference between `bare` and `classic`; see lockstep.h. */
#include "machine/lockstep.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cpu/block.h"
#include "machine/pc.h"

#define CHUNK_NS 50000000u
#define AFTERMATH 20000000u /* how far behind the difference its consequence is looked for */
#define PATIENCE_NS 1000000000ull /* and for so long in virtual time */

struct pair {
	struct machine *m[2]; /* bare, classic */
};

static const enum machine_technique techniques[2] = {MACHINE_BARE, MACHINE_CLASSIC};

static void pair_free(struct pair *p)
{
	machine_free(p->m[0]);
	machine_free(p->m[1]);
	p->m[0] = p->m[1] = NULL;
}

static int pair_new(struct pair *p, const struct machine_config *config, const struct lockstep_config *how, char *error)
{
	p->m[0] = p->m[1] = NULL;
	for (int i = 0; i < 2; i++) {
		struct machine_config c = *config;
		c.technique = techniques[i];
		c.icount = c.snapshot = true;
		struct machine_sinks sinks = {0};
		if (how->sinks)
			how->sinks(how->opaque, &sinks);
		p->m[i] = machine_new(&c, &sinks, error);
		if (!p->m[i]) {
			pair_free(p);
			return -1;
		}
		if (how->prepare)
			how->prepare(how->opaque, p->m[i]);
	}
	return 0;
}

/* Runs up to `insns` more; idle time is skipped. false: the machine ended, or halts with interrupts off. */
static bool go_on(struct machine *m, u64 insns)
{
	switch (machine_run(m, insns)) {
	case MACHINE_IDLE:
		if (machine_next_event_ns(m) == CLOCK_NEVER || !(m->vmm.guest.eflags & EF_IF))
			return false;
		machine_skip_to(m, machine_next_event_ns(m));
		return true;
	case MACHINE_STOPPED:
	case MACHINE_EXITED: return false;
	default: return true;
	}
}

/* Runs to an exact count. false: it cannot be reached. */
static bool run_to(struct machine *m, u64 count)
{
	while (machine_count(m) < count)
		if (!go_on(m, count - machine_count(m)))
			return false;
	return true;
}

/* Runs to a virtual time: equal machines stop at the same instruction. false: the machine ended. */
static bool run_to_ns(struct machine *m, u64 ns)
{
	while (machine_now_ns(m) < ns) {
		u64 insns = clock_count_at(&m->clock, ns) - machine_count(m);
		if (!go_on(m, insns ? insns : 1))
			return false;
	}
	return true;
}

static bool equal(const struct pair *p)
{
	return machine_count(p->m[0]) == machine_count(p->m[1]) && machine_hash_registers(p->m[0]) == machine_hash_registers(p->m[1]) &&
	       !memcmp(p->m[0]->ram.ram, p->m[1]->ram.ram, p->m[0]->ram.ram_size);
}

/* ---- where they may part ------------------------------------------------------------------------ */

/* Two machines in the same state stay so as long as everything exits or touches neither M nor R. So classic is stopped
 * behind each critical instruction that ran on hw, and behind each event, whose frame the VMM built; nowhere else can the first
 * difference arise, but in what has no traits (FNSTENV): that is looked for by halving. */
struct suspect {
	struct machine *m;
	bool seen;
};

static void suspect_direct(void *opaque, const struct uop *u)
{
	struct suspect *s = opaque;
	const struct vmm *v = &s->m->vmm;
	if (vmm_class(v, (enum op)u->x.sys.op, (enum cpu_mode_index)s->m->cpu.mode_index) != CLASS_CRITICAL)
		return;
	s->seen = true;
	vmm_stop(&s->m->vmm);
}

static void suspect_event(void *opaque, const struct event *ev, const struct fault *f)
{
	struct suspect *s = opaque;
	(void)ev, (void)f;
	s->seen = true;
	vmm_stop(&s->m->vmm);
}

/* Bare to where classic stands: the same instruction, the same time (idle time takes none), and what waits there taken. */
static bool catch_up(struct machine *bare, const struct machine *classic)
{
	if (!run_to(bare, machine_count(classic)))
		return false;
	while (machine_now_ns(bare) < machine_now_ns(classic))
		if (!go_on(bare, 0))
			return false;
	machine_run(bare, 0);
	return true;
}

/* Both to virtual time `ns`, compared at every suspect. 1: they differ now and did not at *good, 0: equal, -1: bare ended, equal */
static int step_together(struct pair *p, u64 ns, u64 *good)
{
	struct suspect s = {.m = p->m[1]};
	int result = 0;
	vmm_observe(&p->m[1]->vmm, &s, suspect_event, NULL);
	vmm_observe_direct(&p->m[1]->vmm, suspect_direct);
	while (result == 0 && machine_now_ns(p->m[1]) < ns) {
		u64 insns = clock_count_at(&p->m[1]->clock, ns) - machine_count(p->m[1]);
		s.seen = false;
		bool alive = go_on(p->m[1], insns ? insns : 1);
		if (alive && !s.seen)
			continue;
		machine_run(p->m[1], 0); /* what waits at this boundary is taken, as bare takes it */
		bool bare = catch_up(p->m[0], p->m[1]);
		if (!equal(p))
			result = 1;
		else if (!alive || !bare)
			result = -1;
		else
			*good = machine_count(p->m[1]);
	}
	vmm_observe(&p->m[1]->vmm, NULL, NULL, NULL);
	vmm_observe_direct(&p->m[1]->vmm, NULL);
	return result;
}

/* The largest count in [lo, hi) at which both are equal; they are at lo and are not at hi. */
static int bisect(const struct machine_config *config, const struct lockstep_config *how, u64 lo, u64 hi, u64 *at, char *error)
{
	while (hi - lo > 1) {
		struct pair p;
		u64 mid = lo + (hi - lo) / 2;
		if (pair_new(&p, config, how, error))
			return -1;
		bool first = run_to(p.m[0], mid), second = run_to(p.m[1], mid); /* always both */
		if (first && second && equal(&p))
			lo = mid;
		else
			hi = mid;
		pair_free(&p);
	}
	*at = lo;
	return 0;
}

/* ---- words ---------------------------------------------------------------------------------- */

static void add(char *text, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text + n, size - n, fmt, ap);
	va_end(ap);
}

static void compare_registers(const struct pair *p, char *text, size_t size)
{
	static const char *const names[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
	static const char *const segs[6] = {"ES", "CS", "SS", "DS", "FS", "GS"};
	const struct cpu *a = &p->m[0]->cpu, *b = &p->m[1]->cpu;
	const struct sysregs *sa = &p->m[0]->vmm.guest, *sb = &p->m[1]->vmm.guest;
	for (int i = 0; i < 8; i++)
		if (a->r[i] != b->r[i])
			add(text, size, "%s: bare %08x, classic %08x\n", names[i], (u32)a->r[i], (u32)b->r[i]);
	if (a->ip != b->ip)
		add(text, size, "EIP: bare %08x, classic %08x\n", (u32)a->ip, (u32)b->ip);
	if (flags_get(a, sa) != flags_get(b, sb))
		add(text, size, "EFLAGS (as the guest believes): bare %08x, classic %08x\n", flags_get(a, sa), flags_get(b, sb));
	for (int i = 0; i < 6; i++)
		if (sa->seg[i].sel != sb->seg[i].sel)
			add(text, size, "%s: bare %04x, classic %04x\n", segs[i], sa->seg[i].sel, sb->seg[i].sel);
	if (sa->cpl != sb->cpl)
		add(text, size, "CPL: bare %d, classic %d\n", sa->cpl, sb->cpl);
}

static void compare_memory(const struct pair *p, char *text, size_t size)
{
	const u8 *a = p->m[0]->ram.ram, *b = p->m[1]->ram.ram;
	u64 len = p->m[0]->ram.ram_size;
	int shown = 0;
	for (u64 i = 0; i < len && shown < 4; i += 4)
		if (load32(a + i) != load32(b + i)) {
			add(text, size, "memory %08llx: bare %08x, classic %08x\n", (unsigned long long)i, load32(a + i), load32(b + i));
			shown++;
		}
}

/* What went wrong, by the instruction: the lecture's words. */
static const char *explain(enum op op, const struct pair *p)
{
	u32 fa = flags_get(&p->m[0]->cpu, &p->m[0]->vmm.guest), fb = flags_get(&p->m[1]->cpu, &p->m[1]->vmm.guest);
	switch (op) {
	case OP_POPF:
		return (fa ^ fb) & EF_IF ? (fa & EF_IF ? "dropped IF: interrupts stay off" : "left IF as it was: interrupts stay on")
					 : "did not change what it should have";
	case OP_IRET: return (fa ^ fb) & EF_IF ? "did not restore IF" : "returned with the processor's privilege, not the guest's";
	case OP_PUSHF: return "pushed the processor's IF and IOPL, not the guest's";
	case OP_SGDT: return "stored the monitor's GDTR, not the guest's";
	case OP_SIDT: return "stored the monitor's IDTR, not the guest's";
	case OP_SLDT: return "showed the monitor's LDT selector";
	case OP_STR: return "showed the monitor's task register";
	case OP_SMSW: return "showed the processor's CR0, not the guest's";
	case OP_LAR: case OP_LSL: case OP_VERR: case OP_VERW: return "judged the shadow descriptor at CPL 1";
	case OP_MOV_FROM_SREG: case OP_PUSH_SREG: return "showed a selector with RPL 1: the guest's ring 0 runs in ring 1";
	case OP_CALL_FAR: return "pushed CS with RPL 1: the guest's ring 0 runs in ring 1";
	default: return "did what the processor does in ring 1, not what it does in ring 0";
	}
}

/* ---- what came of it -------------------------------------------------------------------------- */

struct first_interrupt {
	struct machine *m;
	u64 count;
	int vec; /* -1: none yet */
};

static void note_interrupt(void *opaque, const struct event *ev, const struct fault *f)
{
	struct first_interrupt *n = opaque;
	(void)f;
	if (ev->kind != EV_EXTERNAL || n->vec >= 0)
		return;
	n->vec = ev->vec;
	n->count = n->m->cpu.count;
	vmm_stop(&n->m->vmm);
}

static void look_for_interrupt(struct machine *m, u64 until, struct first_interrupt *n)
{
	*n = (struct first_interrupt){.m = m, .vec = -1};
	vmm_observe(&m->vmm, n, note_interrupt, NULL);
	u64 end = machine_now_ns(m) + PATIENCE_NS; /* a machine that halts counts nothing */
	while (n->vec < 0 && machine_count(m) < until && machine_now_ns(m) < end)
		if (!go_on(m, until - machine_count(m)))
			break;
	vmm_observe(&m->vmm, NULL, NULL, NULL);
}

static void tell_consequence(struct pair *p, u64 at, char *text, size_t size)
{
	struct first_interrupt a, b;
	look_for_interrupt(p->m[0], at + AFTERMATH, &a);
	look_for_interrupt(p->m[1], a.vec >= 0 ? a.count + AFTERMATH : at + AFTERMATH, &b);
	if (a.vec < 0)
		return;
	const char *who = a.vec == 8 || a.vec == 0x20 ? "the timer interrupt" : "the interrupt";
	if (b.vec < 0)
		add(text, size, "; %s (vector %02x) that bare delivered %llu instructions later never came", who, a.vec,
		    (unsigned long long)(a.count - at));
	else if (b.vec != a.vec || b.count != a.count)
		add(text, size, "; %s (vector %02x) came %llu instructions later under bare, vector %02x %llu later under classic", who,
		    a.vec, (unsigned long long)(a.count - at), b.vec, (unsigned long long)(b.count - at));
}

/* The difference is in the frame of an event that was delivered behind the instruction. */
static bool tell_frame(const struct pair *p, const struct first_interrupt *ev, unsigned cs, unsigned ip, char *text, size_t size)
{
	if (ev->vec < 0 || p->m[0]->cpu.ip != p->m[1]->cpu.ip)
		return false;
	snprintf(text, size, "The frame of interrupt %02x, taken behind %04X:%04X, shows CS with RPL 1: the guest's ring 0 runs in ring 1",
		 ev->vec, cs, ip);
	return true;
}

static int describe(const struct machine_config *config, const struct lockstep_config *how, struct lockstep_result *out,
		    char *error)
{
	struct pair p;
	struct insn in;
	if (pair_new(&p, config, how, error))
		return -1;
	run_to(p.m[0], out->count);
	run_to(p.m[1], out->count);
	struct machine *m = p.m[1];
	vmm_pull(&m->vmm);
	lin_t lin = (m->vmm.guest.seg[SEG_CS].base + m->cpu.ip) & m->cpu.lin_mask;
	pc_disassemble(m, m->vmm.guest.seg[SEG_CS].sel, m->cpu.ip, lin, out->insn, sizeof out->insn);
	insn_at(&m->cpu, &in);
	u8 bytes[15];
	pc_instruction(m, m->cpu.ip, lin, bytes, out->code, sizeof out->code);
	snprintf(out->place, sizeof out->place, m->cpu.ip > 0xffff ? "%04x:%08llx" : "%04x:%04llx", m->vmm.guest.seg[SEG_CS].sel,
		 (unsigned long long)m->cpu.ip);
	unsigned cs = m->vmm.guest.seg[SEG_CS].sel, ip = (u32)m->cpu.ip;
	struct first_interrupt ev;
	look_for_interrupt(p.m[0], out->count + 1, &ev);
	run_to(p.m[0], out->count + 1);
	run_to(p.m[1], out->count + 1);
	vmm_pull(&m->vmm);
	compare_registers(&p, out->difference, sizeof out->difference);
	compare_memory(&p, out->difference, sizeof out->difference);
	if (!tell_frame(&p, &ev, cs, ip, out->sentence, sizeof out->sentence))
		snprintf(out->sentence, sizeof out->sentence, "%s at %04X:%04X %s", in.row ? in.row->mnemonic : "the instruction",
			 cs, ip, explain((enum op)in.op, &p));
	tell_consequence(&p, out->count, out->sentence, sizeof out->sentence);
	add(out->sentence, sizeof out->sentence, ".");
	pair_free(&p);
	return 0;
}

int machine_lockstep(const struct machine_config *config, const struct lockstep_config *how, struct lockstep_result *out,
		     char *error)
{
	struct pair p;
	u64 ns = 0, good = 0, bad;
	memset(out, 0, sizeof *out);
	if (pair_new(&p, config, how, error))
		return -1;
	int apart = 0;
	do {
		good = machine_count(p.m[0]);
		if (ns >= how->max_ns || out->bare_ended) {
			pair_free(&p);
			return 0;
		}
		ns += CHUNK_NS;
		apart = step_together(&p, ns, &good);
		if (apart > 0)
			break;
		out->bare_ended = apart < 0 || !run_to_ns(p.m[0], ns);
		if (how->progress)
			how->progress(how->opaque, ns);
	} while (equal(&p));
	bad = machine_count(p.m[0]) > machine_count(p.m[1]) ? machine_count(p.m[0]) : machine_count(p.m[1]);
	if (apart > 0 && bad > good) /* behind the last equal suspect: the one before `bad` */
		good = bad - 1;
	pair_free(&p);
	out->diverged = true;
	if (bisect(config, how, good, bad, &out->count, error))
		return -1;
	return describe(config, how, out, error);
}
