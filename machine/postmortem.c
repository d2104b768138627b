/* postmortem.c - what a triple fault leaves behind, in words.
 *
 * The chain of exceptions with their reasons, the walk of CR2, the IDT entries that
 * were used, and the instructions that led there.
 */
#include <stdio.h>

#include "base/bits.h"
#include "machine/pc.h"

static void print_chain(const struct machine *m, FILE *f)
{
	const struct vmm *v = &m->vmm;
	u64 first = v->nhistory > VMM_HISTORY ? v->nhistory - VMM_HISTORY : 0;
	fprintf(f, "exceptions, the last one last:\n");
	for (u64 i = first; i < v->nhistory; i++) {
		const struct vmm_fault_note *n = &v->history[i % VMM_HISTORY];
		fprintf(f, "  %s vector %d", n->nested ? "  while delivering it:" : "", n->fault.vec);
		if (n->fault.has_error)
			fprintf(f, " error %04x", n->fault.error);
		if (n->fault.vec == VEC_PF)
			fprintf(f, " cr2 %08llx", (unsigned long long)n->fault.cr2);
		fprintf(f, " at %04x:%08llx CPL %d, instruction %llu: %s (%s)\n", n->cs, (unsigned long long)n->ip, n->cpl,
			(unsigned long long)n->count, n->fault.why ? n->fault.why : "?", n->fault.ref ? n->fault.ref : "?");
	}
}

static void print_gate(const struct machine *m, FILE *f, int vec)
{
	const struct sysregs *s = &m->vmm.guest;
	int size = s->cr0 & CR0_PE ? 8 : 4;
	u8 raw[8] = {0};
	if ((u32)(vec * size + size - 1) > s->idtr.limit) {
		fprintf(f, "  entry %d lies outside the IDT's limit %04x\n", vec, s->idtr.limit);
		return;
	}
	for (int i = 0; i < size; i++) {
		gpa_t gpa;
		const u8 *p;
		if (mmu_peek_gpa(&m->mmu, s->idtr.base + (u64)(vec * size + i), &gpa) || !(p = physmem_read_ptr(&m->ram, gpa))) {
			fprintf(f, "  entry %d cannot be read\n", vec);
			return;
		}
		raw[i] = *p;
	}
	if (size == 4)
		fprintf(f, "  entry %d: %04x:%04x\n", vec, load16(raw + 2), load16(raw));
	else
		fprintf(f, "  entry %d: %04x:%08x type %02x DPL %d %s\n", vec, load16(raw + 2),
			load16(raw) | (u32)load16(raw + 6) << 16, raw[5] & 0x1f, raw[5] >> 5 & 3,
			raw[5] & 0x80 ? "present" : "not present");
}

static void print_gates(const struct machine *m, FILE *f)
{
	const struct vmm *v = &m->vmm;
	u64 first = v->nhistory > VMM_HISTORY ? v->nhistory - VMM_HISTORY : 0;
	u32 seen = 0;
	fprintf(f, "IDT base %08llx limit %04x\n", (unsigned long long)v->guest.idtr.base, v->guest.idtr.limit);
	for (u64 i = first; i < v->nhistory; i++) {
		int vec = v->history[i % VMM_HISTORY].fault.vec & 31;
		if (!(seen >> vec & 1))
			print_gate(m, f, vec);
		seen |= 1u << vec;
	}
	print_gate(m, f, VEC_DF);
}

void machine_print_postmortem(struct machine *m, void *file)
{
	FILE *f = file;
	char text[1024];
	fprintf(f, "triple fault: the processor has shut down\n");
	print_chain(m, f);
	if (m->vmm.guest.cr0 & CR0_PG) {
		mmu_describe_walk(&m->mmu, m->vmm.guest.cr2, text, sizeof text);
		fprintf(f, "walk of CR2 %08llx:\n%s", (unsigned long long)m->vmm.guest.cr2, text);
	}
	print_gates(m, f);
	machine_print_regs(m, f);
	pc_print_trail(m, f);
}
