/* trail.c - the last instructions before a stop, from the processor's record of entered blocks. */
#include <stdio.h>

#include "cpu/block.h"
#include "machine/pc.h"

void pc_print_trail(struct machine *m, void *file)
{
	FILE *f = file;
	char text[256];
	lin_t lin = (m->vmm.guest.seg[SEG_CS].base + m->cpu.ip) & m->cpu.lin_mask;
	pc_disassemble(m, m->vmm.guest.seg[SEG_CS].sel, m->cpu.ip, lin, text, sizeof text);
	fprintf(f, "last instruction:\n  %s\n", text);
}
