/* observe.c - what others are told: the `-d` log, instruction by instruction, and the observer of a report.
 *
 * in_asm and exec and cpu need a hook before each instruction; int, exits and io are
 * told by the monitor and the bus and cost nothing while they are off. Lines go to
 * the machine's trace sink.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/bits.h"
#include "cpu/block.h"
#include "cpu/disasm.h"
#include "machine/pc.h"

#define PER_INSTRUCTION (MLOG_IN_ASM | MLOG_EXEC | MLOG_CPU)

static void line(struct machine *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void line(struct machine *m, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (m->sinks.trace)
		m->sinks.trace(m->sinks.opaque, text);
}

static lin_t linear_ip(const struct machine *m)
{
	return (m->vmm.guest.seg[SEG_CS].base + m->cpu.ip) & m->cpu.lin_mask;
}

static bool filtered_out(const struct machine *m)
{
	lin_t at = linear_ip(m);
	return at < m->log_lo || at > m->log_hi;
}

/* Reads code bytes without side effects; returns how many. */
static int peek_code(const struct machine *m, lin_t lin, u8 *out, int max)
{
	for (int i = 0; i < max; i++) {
		gpa_t gpa;
		const u8 *p;
		if (mmu_peek_gpa(&m->mmu, (lin + (u64)i) & m->cpu.lin_mask, &gpa) || !(p = physmem_read_ptr(&m->ram, gpa)))
			return i;
		out[i] = *p;
	}
	return max;
}

int pc_instruction(const struct machine *m, u64 ip, lin_t lin, u8 bytes[15], char *text, size_t size)
{
	int n = peek_code(m, lin, bytes, 15);
	int len = n ? disasm_text(bytes, (size_t)n, m->cpu.mode & BM_CS32 ? DEC_32 : DEC_16, ip, text, size) : 0;
	if (!len)
		snprintf(text, size, n ? "(no instruction)" : "(cannot be read)");
	return len;
}

void pc_disassemble(const struct machine *m, u16 cs, u64 ip, lin_t lin, char *text, size_t size)
{
	u8 bytes[15];
	char insn[128];
	char hex[32] = "";
	int len = pc_instruction(m, ip, lin, bytes, insn, sizeof insn);
	for (int i = 0; i < len && i < 10; i++)
		snprintf(hex + 2 * i, sizeof hex - 2 * (size_t)i, "%02x", bytes[i]);
	snprintf(text, size, "%04x:%08llx  %-20s  %s", cs, (unsigned long long)ip, hex, insn);
}

static void log_cpu(struct machine *m)
{
	const struct cpu *c = &m->cpu;
	line(m, "    eax=%08x ebx=%08x ecx=%08x edx=%08x esi=%08x edi=%08x ebp=%08x esp=%08x efl=%08x cpl=%d", (u32)c->r[RAX],
	     (u32)c->r[RBX], (u32)c->r[RCX], (u32)c->r[RDX], (u32)c->r[RSI], (u32)c->r[RDI], (u32)c->r[RBP], (u32)c->r[RSP],
	     flags_get(c, &m->vmm.guest), m->vmm.guest.cpl);
}

static bool before(void *opaque, const struct insn *in)
{
	struct vmm *v = opaque;
	struct machine *m = CONTAINER_OF(v, struct machine, vmm);
	char text[256];
	if (m->observer.stepping && m->observer.step)
		m->observer.step(m->observer.opaque, in);
	if (!(m->log_items & PER_INSTRUCTION) || filtered_out(m))
		return true;
	if (m->log_items & (MLOG_EXEC | MLOG_IN_ASM)) {
		pc_disassemble(m, v->guest.seg[SEG_CS].sel, m->cpu.ip, linear_ip(m), text, sizeof text);
		line(m, "%12llu %s", (unsigned long long)m->cpu.count, text);
	}
	if (m->log_items & MLOG_CPU)
		log_cpu(m);
	return true;
}

static const char *const kinds[] = {"hardware interrupt", "NMI", "exception", "INT n", "INT3", "INTO", "INT1"};

static void on_event(void *opaque, const struct event *ev, const struct fault *f)
{
	struct machine *m = opaque;
	if (m->observer.event)
		m->observer.event(m->observer.opaque, ev, f);
	if (!(m->log_items & MLOG_INT))
		return;
	u16 cs = m->vmm.guest.seg[SEG_CS].sel;
	if (f)
		line(m, "%12llu int: %s %02x error %x at %04x:%08llx cr2 %08llx: %s (%s)", (unsigned long long)m->cpu.count,
		     kinds[ev->kind], ev->vec, f->error, cs, (unsigned long long)m->cpu.ip, (unsigned long long)f->cr2,
		     f->why ? f->why : "?", f->ref ? f->ref : "?");
	else
		line(m, "%12llu int: %s %02x at %04x:%08llx", (unsigned long long)m->cpu.count, kinds[ev->kind], ev->vec, cs,
		     (unsigned long long)m->cpu.ip);
}

static void on_exit(void *opaque, const struct uop *u)
{
	struct machine *m = opaque;
	if (m->observer.exit)
		m->observer.exit(m->observer.opaque, u);
	if (m->log_items & MLOG_EXITS)
		line(m, "%12llu exit: %s at %04x:%08llx cpl %d", (unsigned long long)m->cpu.count,
		     op_name((enum op)u->x.sys.op), m->vmm.guest.seg[SEG_CS].sel, (unsigned long long)m->cpu.ip, m->vmm.guest.cpl);
}

static void on_direct(void *opaque, const struct uop *u)
{
	struct machine *m = opaque;
	m->observer.direct(m->observer.opaque, u);
}

static void on_mmio(void *opaque, bool is_write)
{
	struct machine *m = opaque;
	m->observer.mmio(m->observer.opaque, is_write);
}

static void on_port(void *opaque, u16 port, int size, u32 value, bool is_write)
{
	struct machine *m = opaque;
	line(m, "%12llu io: %s %04x size %d value %0*x", (unsigned long long)m->cpu.count, is_write ? "out" : "in ", port, size,
	     2 * size, value);
}

void pc_update_observers(struct machine *m)
{
	u32 items = m->log_items;
	const struct machine_observer *o = &m->observer;
	vmm_observe(&m->vmm, m, (items & MLOG_INT) || o->event ? on_event : NULL, (items & MLOG_EXITS) || o->exit ? on_exit : NULL);
	vmm_observe_direct(&m->vmm, o->direct ? on_direct : NULL);
	vmm_observe_mmio(&m->vmm, o->mmio ? on_mmio : NULL);
	m->bus.watch = items & MLOG_IO ? on_port : NULL;
	m->bus.watch_opaque = m;
	m->cpu.hooks.before = (items & PER_INSTRUCTION) || o->stepping ? before : NULL;
	ctx_update(&m->cpu);
	m->cpu.attention |= ATT_LEAVE;
}

void machine_set_log(struct machine *m, u32 items, u64 lo, u64 hi)
{
	m->log_items = items;
	m->log_lo = lo;
	m->log_hi = hi;
	pc_update_observers(m);
}

void machine_observe(struct machine *m, const struct machine_observer *o)
{
	m->observer = o ? *o : (struct machine_observer){0};
	code_flush(&m->cpu); /* who is told is decided when an instruction is decoded */
	pc_update_observers(m);
}

void machine_observe_steps(struct machine *m, bool stepping)
{
	if (m->observer.stepping == stepping)
		return;
	m->observer.stepping = stepping;
	pc_update_observers(m);
}
