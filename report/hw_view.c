/* hw_view.c - technique classic: the critical instructions that ran directly, and what the guest got from them.
 *
 * Each looked at, or silently failed to change, what the processor is in (hw), not what the guest believes. Whether the two
 * differed at that moment is not said here: the lock step with bare (machine/lockstep.h) says where it first mattered.
 */
#include "report/build.h"

#include <string.h>

#include "cpu/sdm.h"

/* hw under compression: docs/virtualization.md 2. */
static const char *what_it_got(enum op op)
{
	switch (op) {
	case OP_PUSHF: return "pushed hw's flags: IF 1, IOPL 0";
	case OP_POPF: return "IF and IOPL stayed as they were: no fault tells the monitor";
	case OP_IRET: return "took CS and RPL from a frame of hw's; IF and IOPL stayed";
	case OP_CLI: case OP_STI: return "changed hw's interrupt flag at most";
	case OP_SGDT: return "stored the address of the monitor's GDT";
	case OP_SIDT: return "stored the address of the monitor's IDT";
	case OP_SLDT: return "stored the monitor's LDT selector";
	case OP_STR: return "stored the monitor's TSS selector";
	case OP_SMSW: return "stored hw's CR0";
	case OP_LAR: case OP_LSL: case OP_VERR: case OP_VERW: return "judged the shadow descriptor (DPL 1) at hw's CPL";
	case OP_MOV_FROM_SREG: case OP_PUSH_SREG: return "the selector that hw holds: RPL 1 in CS and SS";
	case OP_MOV_TO_SREG: case OP_POP_SREG: case OP_LXS:
		return "loaded the shadow descriptor, checked at hw's CPL";
	case OP_CALL_FAR: return "pushed hw's CS, with RPL 1";
	case OP_JMP_FAR: case OP_RETF: return "loaded CS from the shadow table, checked at hw's CPL";
	case OP_INT: case OP_INT3: case OP_INTO: case OP_INT1: return "went through hw's IDT";
	default: return "what the processor is in, not what the guest believes";
	}
}

/* Those of an operation that were critical where they ran directly. */
static u64 direct_critical(const struct vmm *v, int op, u64 n[CPU_MODES])
{
	u64 total = 0;
	for (int k = 0; k < CPU_MODES; k++) {
		u64 direct = v->stats.direct[op][k];
		n[k] = direct && vmm_class(v, (enum op)op, (enum cpu_mode_index)k) == CLASS_CRITICAL ? direct : 0;
		total += n[k];
	}
	return total;
}

struct ranked {
	u64 total;
	u64 n[CPU_MODES];
	int op;
};

/* Most frequent first; returns how many. */
static int rank(const struct vmm *v, struct ranked list[OP_COUNT])
{
	int count = 0;
	for (int op = 0; op < OP_COUNT; op++) {
		struct ranked x = {.op = op};
		int at = count;
		if (!(x.total = direct_critical(v, op, x.n)))
			continue;
		for (; at > 0 && list[at - 1].total < x.total; at--)
			list[at] = list[at - 1];
		list[at] = x;
		count++;
	}
	return count;
}

static const struct site *first_site(const struct collector *c, const struct site *sorted, int n, int op)
{
	for (int i = 0; i < n; i++)
		if ((int)site_what(&sorted[i]) == op && site_class(c, &sorted[i]) == CLASS_CRITICAL)
			return &sorted[i];
	return NULL;
}

void hw_view_add(struct collector *c, struct report *r, const struct site *sorted, int n)
{
	struct report_column col[REPORT_COLUMNS] = {{"instruction", "instruction", COLUMN_CODE}, {"got", "what the guest got", 0}};
	int columns = mode_columns(&c->m->vmm, col, 2, COLUMN_BAR);
	col[columns++] = (struct report_column){"place", "most often at", COLUMN_CODE};
	col[columns++] = (struct report_column){"symbol", "symbol", COLUMN_CODE | COLUMN_OPTIONAL};
	col[columns++] = operation_column;
	struct report_table *t = report_table(r, "hw_view", "Critical instructions that ran directly, on hw",
		"No trap, so the monitor did not see them. Each is wrong where hw and what the guest believes differ.", columns, col);
	struct ranked list[OP_COUNT];
	int count = rank(&c->m->vmm, list);
	t->of_divergence = true;
	for (int i = 0; i < count; i++) {
		char name[120];
		const struct site *s = first_site(c, sorted, n, list[i].op);
		struct report_cell *row = report_row(r, t);
		cell_text(r, &row[0], "%s", sdm_op((enum op)list[i].op));
		cell_text(r, &row[1], "%s", what_it_got((enum op)list[i].op));
		put_modes(row + 2, list[i].n);
		if (s)
			cell_text(r, &row[columns - 3], s->ip > 0xffff ? "%04x:%08x" : "%04x:%04x", s->cs, s->ip);
		else
			cell_text(r, &row[columns - 3], "%s", "");
		cell_text(r, &row[columns - 1], "%s", op_name((enum op)list[i].op));
		cell_text(r, &row[columns - 2], "%s", s ? symbols_name(c->symbols, site_lin(s), name, sizeof name) : "");
	}
}

void hw_view_summary(const struct collector *c, char *text, size_t size)
{
	struct ranked list[OP_COUNT];
	u64 total = 0;
	int count = rank(&c->m->vmm, list);
	for (int i = 0; i < count; i++)
		total += list[i].total;
	if (!total) {
		snprintf(text, size, "No critical instruction ran directly in this run: everything sensitive trapped.");
		return;
	}
	snprintf(text, size, "%llu critical instructions ran directly in this run and met hw, not what the guest believes:", (unsigned long long)total);
	for (int i = 0; i < count && i < 6; i++) {
		size_t len = strlen(text);
		snprintf(text + len, size - len, "%s %s %llu", i ? ";" : "", sdm_op((enum op)list[i].op), (unsigned long long)list[i].total);
	}
	size_t len = strlen(text);
	snprintf(text + len, size - len, "%s.%s", count > 6 ? " and others" : "",
		 c->m->config.icount ? "" : " Which of them made the first difference, a run with -icount tells, which can be repeated in step with bare; "
					    "so does `tandem compare -techniques bare,classic`.");
}
