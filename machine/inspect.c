/* inspect.c - registers, statistics and the post-mortem, in words. */
#include <stdio.h>

#include "cpu/block.h"
#include "cpu/sdm.h"
#include "cpu/translate/translate.h"
#include "machine/pc.h"

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

/* Only the modes that occurred have a column. */
struct modes {
	u64 total[CPU_MODES];
};

static void print_header(FILE *f, const struct modes *k, const char *title)
{
	static const char *const names[CPU_MODES] = {"real", "v86", "ring0", "ring1", "ring2", "ring3"};
	fprintf(f, "\n%-30s", title);
	for (int i = 0; i < CPU_MODES; i++)
		if (k->total[i])
			fprintf(f, " %13s", names[i]);
	fprintf(f, " %13s\n", "total");
}

static void print_row(FILE *f, const struct modes *k, const char *name, const u64 n[CPU_MODES])
{
	u64 total = 0;
	fprintf(f, "  %-28s", name);
	for (int i = 0; i < CPU_MODES; i++) {
		total += n[i];
		if (k->total[i])
			fprintf(f, " %13llu", (unsigned long long)n[i]);
	}
	fprintf(f, " %13llu\n", (unsigned long long)total);
}

static bool any(const u64 n[CPU_MODES])
{
	return n[0] | n[1] | n[2] | n[3] | n[4] | n[5];
}

static void print_classes(FILE *f, const struct machine *m, const struct modes *k)
{
	static const char *const names[CLASSES] = {"innocuous", "visibility", "critical", "privileged"};
	u64 n[CLASSES][CPU_MODES];
	vmm_class_counts(&m->vmm, n);
	print_header(f, k, "instructions by class");
	for (int i = 0; i < CLASSES; i++)
		print_row(f, k, names[i], n[i]);
	print_row(f, k, "all", k->total);
}

static void print_exits(FILE *f, const struct vmm *v, const struct modes *k)
{
	static const char *const reasons[EXIT_REASONS] = {"instruction", "exception", "interrupt", "NMI", "memory-mapped I/O"};
	print_header(f, k, v->technique == TECH_BARE ? "events by reason (no monitor)" : "VM exits by reason");
	for (int i = 0; i < EXIT_REASONS; i++) {
		u64 n[CPU_MODES];
		for (int mode = 0; mode < CPU_MODES; mode++)
			n[mode] = vmm_exits_in(v, (enum exit_reason)i, (enum cpu_mode_index)mode);
		if (any(n))
			print_row(f, k, reasons[i], n);
	}
}

static void print_ops(FILE *f, const struct modes *k, const char *title, const u64 (*n)[CPU_MODES])
{
	bool header = false;
	for (int op = 0; op < OP_COUNT; op++) {
		if (!any(n[op]))
			continue;
		if (!header)
			print_header(f, k, title);
		header = true;
		print_row(f, k, sdm_op((enum op)op), n[op]);
	}
}

static void print_exceptions(FILE *f, const struct vmm_stats *s)
{
	bool header = false;
	for (int i = 0; i < 32; i++) {
		if (!s->exceptions[i])
			continue;
		fprintf(f, "%s  vector %-21d %13llu\n", header ? "" : "\nexceptions delivered\n", i, (unsigned long long)s->exceptions[i]);
		header = true;
	}
}

static void print_translator(FILE *f, const struct translator *x)
{
	if (!x) {
		fprintf(f, "translated: nothing, this host does not allow it\n");
		return;
	}
	const struct translate_stats *s = translator_stats(x);
	fprintf(f, "translated: %llu blocks of %llu instructions, %llu of them by handlers, into %llu KB; %llu blocks declined\n",
		(unsigned long long)s->blocks, (unsigned long long)s->insns, (unsigned long long)s->handlers,
		(unsigned long long)s->bytes / 1024, (unsigned long long)s->declined);
}

void machine_print_stats(const struct machine *m, double host_seconds, void *file)
{
	FILE *f = file;
	const struct vmm_stats *s = &m->vmm.stats;
	const struct mmu_stats *u = &m->mmu.stats;
	const struct code_stats *b = &m->cpu.code->stats;
	u64 count = m->cpu.count;
	struct modes k;
	fprintf(f, "technique %s: %llu instructions in %.2f s, %.1f MIPS, %.2f s of virtual time\n",
		vmm_technique_name(m->vmm.technique), (unsigned long long)count, host_seconds,
		host_seconds > 0 ? (double)count / host_seconds / 1e6 : 0.0, (double)clock_now(&m->clock) / 1e9);
	cpu_mode_counts(&m->cpu, k.total);
	print_translator(f, m->cpu.code->translator);
	print_classes(f, m, &k);
	print_exits(f, &m->vmm, &k);
	print_ops(f, &k, "exits by instruction", s->instruction);
	print_ops(f, &k, "run directly, with traits", s->direct);
	print_exceptions(f, s);
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
