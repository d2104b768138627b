/* stats.c - what the counters add up to. */
#include "vmm/vmm.h"

u64 vmm_exits(const struct vmm *v, enum exit_reason reason)
{
	u64 n = 0;
	if (reason != EXIT_INSTRUCTION)
		return v->stats.exits[reason];
	for (int op = 0; op < OP_COUNT; op++)
		for (int ring = 0; ring < VMM_RINGS; ring++)
			n += v->stats.instruction[op][ring];
	return n;
}

u64 vmm_exits_total(const struct vmm *v)
{
	u64 n = 0;
	for (int i = 0; i < EXIT_REASONS; i++)
		n += vmm_exits(v, (enum exit_reason)i);
	return n;
}
