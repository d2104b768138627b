/* inspect.c - registers, statistics and the post-mortem, in words. */
#include <stdio.h>

#include "cpu/block.h"
#include "machine/pc.h"

static const char *const technique_names[] = {"bare", "trap", "classic"}; /* by enum technique */
static const char *const seg_names[6] = {"ES", "CS", "SS", "DS", "FS", "GS"};

static void print_segment(FILE *f, const char *name, const struct segment *s)
{
	fprintf(f, "%-4s %04x base %08llx limit %08x attr %04x\n", name, s->sel, (unsigned long long)s->base, s->limit, s->attr);
}

void machine_print_regs(const struct machine *m, void *file)
{
	FILE *f = file;
	const struct cpu *c = &m->cpu;
	const struct sysregs *s = &m->vmm.guest;
	static const char *const names[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
	static const u8 order[8] = {RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP};
	u32 fl = flags_get(c, s);
	for (int i = 0; i < 8; i++)
		fprintf(f, "%s=%08x%c", names[order[i]], (u32)c->r[order[i]], i % 4 == 3 ? '\n' : ' ');
	fprintf(f, "EIP=%08x EFL=%08x [%c%c%c%c%c%c%c] CPL=%d count=%llu\n", (u32)c->ip, fl, fl & FL_OF ? 'O' : '-',
		fl & EF_DF ? 'D' : '-', fl & FL_SF ? 'S' : '-', fl & FL_ZF ? 'Z' : '-', fl & FL_AF ? 'A' : '-',
		fl & FL_PF ? 'P' : '-', fl & FL_CF ? 'C' : '-', s->cpl, (unsigned long long)c->count);
	for (int i = 0; i < 6; i++)
		print_segment(f, seg_names[i], &s->seg[i]);
	print_segment(f, "LDT", &s->ldtr);
	print_segment(f, "TR", &s->tr);
	fprintf(f, "GDT  base %08llx limit %04x\nIDT  base %08llx limit %04x\n", (unsigned long long)s->gdtr.base,
		s->gdtr.limit, (unsigned long long)s->idtr.base, s->idtr.limit);
	fprintf(f, "CR0=%08llx CR2=%08llx CR3=%08llx CR4=%08llx\n", (unsigned long long)s->cr0, (unsigned long long)s->cr2,
		(unsigned long long)s->cr3, (unsigned long long)s->cr4);
}

/* ---- -stats -------------------------------------------------------------------------------------- */

static void print_modes(FILE *f, const struct machine *m)
{
	static const char *const names[CPU_MODES] = {"real mode", "virtual-8086", "ring 0", "ring 1", "ring 2", "ring 3"};
	u64 counts[CPU_MODES];
	cpu_mode_counts(&m->cpu, counts);
	fprintf(f, "\ninstructions by mode\n");
	for (int i = 0; i < CPU_MODES; i++)
		if (counts[i])
			fprintf(f, "  %-16s %14llu  %5.1f %%\n", names[i], (unsigned long long)counts[i],
				100.0 * (double)counts[i] / (double)m->cpu.count);
}

static void print_exits(FILE *f, const struct vmm *v)
{
	const struct vmm_stats *s = &v->stats;
	static const char *const reasons[EXIT_REASONS] = {"instruction", "exception", "interrupt", "NMI", "memory-mapped I/O"};
	fprintf(f, "\nVM exits by reason\n");
	for (int i = 0; i < EXIT_REASONS; i++)
		if (vmm_exits(v, (enum exit_reason)i))
			fprintf(f, "  %-18s %14llu\n", reasons[i], (unsigned long long)vmm_exits(v, (enum exit_reason)i));
	fprintf(f, "\nsensitive instructions       direct  exits: ring 0     ring 1     ring 2     ring 3\n");
	for (int op = 0; op < OP_COUNT; op++) {
		const u64 *n = s->instruction[op];
		if (s->direct[op] | n[0] | n[1] | n[2] | n[3])
			fprintf(f, "  %-16s %16llu %14llu %10llu %10llu %10llu\n", op_name((enum op)op),
				(unsigned long long)s->direct[op], (unsigned long long)n[0], (unsigned long long)n[1],
				(unsigned long long)n[2], (unsigned long long)n[3]);
	}
}

static u64 sum_sensitive(const struct vmm_stats *s)
{
	u64 n = 0;
	for (int op = 0; op < OP_COUNT; op++)
		n += s->direct[op] + s->instruction[op][0] + s->instruction[op][1] + s->instruction[op][2] + s->instruction[op][3];
	return n;
}

void machine_print_stats(const struct machine *m, double host_seconds, void *file)
{
	FILE *f = file;
	const struct vmm_stats *s = &m->vmm.stats;
	const struct mmu_stats *u = &m->mmu.stats;
	const struct code_stats *b = &m->cpu.code->stats;
	u64 sensitive = sum_sensitive(s), count = m->cpu.count;
	fprintf(f, "technique %s: %llu instructions in %.2f s, %.1f MIPS, %.2f s of virtual time\n",
		technique_names[m->vmm.technique], (unsigned long long)count, host_seconds,
		host_seconds > 0 ? (double)count / host_seconds / 1e6 : 0.0, (double)clock_now(&m->clock) / 1e9);
	fprintf(f, "\ninstructions by class\n  %-16s %14llu\n  %-16s %14llu\n", "innocuous",
		(unsigned long long)(count > sensitive ? count - sensitive : 0), "sensitive", (unsigned long long)sensitive);
	print_modes(f, m);
	print_exits(f, &m->vmm);
	fprintf(f, "\nexceptions delivered\n");
	for (int i = 0; i < 32; i++)
		if (s->exceptions[i])
			fprintf(f, "  vector %-9d %14llu\n", i, (unsigned long long)s->exceptions[i]);
	fprintf(f, "\nshadow MMU: %llu true faults, %llu hidden faults, %llu trace faults, %llu guest walks, %llu TLB fills\n",
		(unsigned long long)u->true_faults, (unsigned long long)u->hidden_faults, (unsigned long long)u->trace_faults,
		(unsigned long long)u->walks, (unsigned long long)u->tlb_fills);
	if (s->verified)
		fprintf(f, "hw verified: %llu exits as expected, %llu artefacts of compression\n", (unsigned long long)s->verified,
			(unsigned long long)s->artefacts);
	else if (s->artefacts)
		fprintf(f, "faults on hw that only compression causes: %llu\n", (unsigned long long)s->artefacts);
	fprintf(f, "code cache: %llu blocks built (%llu uops), %llu invalidated, %llu flushes\n", (unsigned long long)b->built,
		(unsigned long long)b->uops, (unsigned long long)b->dropped, (unsigned long long)b->flushes);
}
