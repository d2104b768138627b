/* stats.c - what the counters add up to. */
#include "vmm/vmm.h"

#include <string.h>

u64 vmm_exits_in(const struct vmm *v, enum exit_reason reason, enum cpu_mode_index mode)
{
	u64 n = 0;
	if (reason != EXIT_INSTRUCTION)
		return v->stats.exits[reason][mode];
	for (int op = 0; op < OP_COUNT; op++)
		n += v->stats.instruction[op][mode];
	return n;
}

u64 vmm_exits(const struct vmm *v, enum exit_reason reason)
{
	u64 n = 0;
	for (int mode = 0; mode < CPU_MODES; mode++)
		n += vmm_exits_in(v, reason, (enum cpu_mode_index)mode);
	return n;
}

u64 vmm_exits_total(const struct vmm *v)
{
	u64 n = 0;
	for (int i = 0; i < EXIT_REASONS; i++)
		n += vmm_exits(v, (enum exit_reason)i);
	return n;
}

void vmm_class_counts(const struct vmm *v, u64 out[CLASSES][CPU_MODES])
{
	const struct vmm_stats *s = &v->stats;
	memset(out, 0, sizeof(u64) * CLASSES * CPU_MODES);
	cpu_mode_counts(v->cpu, out[CLASS_INNOCUOUS]);
	for (int op = 0; op < OP_COUNT; op++)
		for (int mode = 0; mode < CPU_MODES; mode++) {
			u64 n = s->instruction[op][mode] + s->direct[op][mode];
			enum insn_class k = vmm_class(v, (enum op)op, (enum cpu_mode_index)mode);
			out[CLASS_INNOCUOUS][mode] -= k == CLASS_INNOCUOUS ? 0 : n;
			out[k][mode] += k == CLASS_INNOCUOUS ? 0 : n;
		}
}
