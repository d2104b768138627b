/* trail.c - the last instructions before a stop, as text. */
#include <stdio.h>

#include "cpu/disasm.h"
#include "cpu/trail.h"
#include "machine/pc.h"

void pc_print_trail(struct machine *m, void *file)
{
	FILE *f = file;
	struct trail_insn insn[MACHINE_TRAIL];
	int n = trail_get(&m->cpu, insn, MACHINE_TRAIL);
	fprintf(f, "last %d instructions (EIP, physical address):\n", n);
	for (int i = 0; i < n; i++) {
		char text[128] = "(not decoded from memory)";
		const u8 *p = insn[i].gpa == ~0ull ? NULL : physmem_read_ptr(&m->ram, insn[i].gpa);
		if (p)
			disasm_text(p, (size_t)insn[i].len, insn[i].is32 ? DEC_32 : DEC_16, insn[i].ip, text, sizeof text);
		fprintf(f, "  %08llx  %08llx  %s\n", (unsigned long long)insn[i].ip, (unsigned long long)insn[i].gpa, text);
	}
}
