/* build.c - from counters to a report: the facts and tables of one run. */
#include "report/build.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/block.h"
#include "cpu/sdm.h"

#define SITES_LISTED 500
#define SITES_SHOWN 40
#define CRITICAL_LISTED 100
#define CRITICAL_SHOWN 25

static const char *const class_names[CLASSES] = {"innocuous", "visibility", "critical", "privileged"};
const struct report_column operation_column = {"operation", "operation", COLUMN_KEY};
static const char *const mode_ids[CPU_MODES] = {"real", "v86", "ring0", "ring1", "ring2", "ring3"};

/* Under classic instructions are counted by what runs them: hw. */
static const char *mode_title(const struct vmm *v, u32 mode)
{
	static const char *const titles[2][CPU_MODES] = {
		{"real mode", "v86 mode", "ring 0", "ring 1", "ring 2", "ring 3"},
		{"real mode", "v86 mode", "hw ring 0", "hw ring 1 (guest 0/1)", "hw ring 2", "hw ring 3"},
	};
	return titles[v->technique == TECH_CLASSIC][mode];
}

int mode_columns(const struct vmm *v, struct report_column *col, int n, u32 flags)
{
	for (u32 i = 0; i < CPU_MODES; i++)
		col[n++] = (struct report_column){mode_ids[i], mode_title(v, i), COLUMN_OPTIONAL};
	col[n++] = (struct report_column){"total", "total", flags};
	return n;
}

u64 put_modes(struct report_cell *row, const u64 n[CPU_MODES])
{
	u64 total = 0;
	for (int i = 0; i < CPU_MODES; i++) {
		cell_count(&row[i], n[i]);
		total += n[i];
	}
	cell_count(&row[CPU_MODES], total);
	return total;
}

static double per_1000(u64 n, u64 count)
{
	return count ? 1000.0 * (double)n / (double)count : 0.0;
}

static u64 exits_total(const struct machine *m)
{
	return m->vmm.technique == TECH_BARE ? 0 : vmm_exits_total(&m->vmm);
}

/* ---- tables ------------------------------------------------------------------------------------------- */

static void add_classes(struct collector *c, struct report *r)
{
	struct report_column col[REPORT_COLUMNS] = {{"class", "class", 0}};
	u64 n[CLASSES][CPU_MODES], all[CPU_MODES];
	int columns = mode_columns(&c->m->vmm, col, 1, COLUMN_BAR);
	col[columns++] = (struct report_column){"percent", "%", 0};
#define CLASSES_NOTE \
	"Privileged: traps when deprivileged (IOPL 0, no I/O bitmap, CR4's knobs off; real mode with v86's privilege). Critical: sensitive, " \
	"and does not trap. Visibility: touches no system state but reveals the processor. Innocuous: the rest."
	struct report_table *t = report_table(r, "classes", "Instructions by class, mode and ring",
		c->m->vmm.technique == TECH_CLASSIC ? CLASSES_NOTE " Rings are hw's, the processor's: the guest's ring 0 runs in ring 1." : CLASSES_NOTE,
		columns, col);
	vmm_class_counts(&c->m->vmm, n);
	cpu_mode_counts(&c->m->cpu, all);
	for (int k = 0; k <= CLASSES; k++) {
		struct report_cell *row = report_row(r, t);
		cell_text(r, &row[0], "%s", k == CLASSES ? "all" : class_names[k]);
		u64 total = put_modes(row + 1, k == CLASSES ? all : n[k]);
		cell_real(&row[columns - 1], per_1000(total, c->m->cpu.count) / 10, 3);
	}
}

static void add_reasons(struct collector *c, struct report *r)
{
	static const char *const names[EXIT_REASONS] = {"instruction", "exception", "interrupt", "NMI", "memory-mapped I/O"};
	const struct vmm *v = &c->m->vmm;
	struct report_column col[REPORT_COLUMNS] = {{"reason", "reason", 0}};
	int columns = mode_columns(&c->m->vmm, col, 1, COLUMN_BAR);
	col[columns++] = (struct report_column){"per_1000", "per 1,000 instructions", 0};
	struct report_table *t = report_table(r, "reasons", v->technique == TECH_BARE ? "Events by reason (no monitor: nothing exits)" : "VM exits by reason",
		NULL, columns, col);
	for (int i = 0; i < EXIT_REASONS; i++) {
		u64 n[CPU_MODES];
		struct report_cell *row = report_row(r, t);
		for (int k = 0; k < CPU_MODES; k++)
			n[k] = vmm_exits_in(v, (enum exit_reason)i, (enum cpu_mode_index)k);
		cell_text(r, &row[0], "%s", names[i]);
		u64 total = put_modes(row + 1, n);
		cell_real(&row[columns - 1], per_1000(total, c->m->cpu.count), 3);
	}
}

/* The classes that an operation had in the modes it was met in. */
static void class_list(const struct vmm *v, int op, const u64 n[CPU_MODES], char *text, size_t size)
{
	u32 seen = 0;
	text[0] = '\0';
	for (int k = 0; k < CPU_MODES; k++) {
		enum insn_class class = vmm_class(v, (enum op)op, (enum cpu_mode_index)k);
		size_t len = strlen(text);
		if (!n[k] || (seen >> class & 1))
			continue;
		seen |= 1u << class;
		snprintf(text + len, size - len, "%s%s", len ? ", " : "", class_names[class]);
	}
}

struct ranked {
	u64 total;
	int op;
};

static int by_total(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return x->op - y->op;
}

static void add_ops(struct collector *c, struct report *r, const char *id, const char *title, const char *text, const u64 (*n)[CPU_MODES])
{
	struct report_column col[REPORT_COLUMNS] = {{"instruction", "instruction", COLUMN_CODE}, {"class", "class", 0}};
	struct ranked list[OP_COUNT];
	char classes[80];
	int count = 0, columns = mode_columns(&c->m->vmm, col, 2, COLUMN_BAR);
	col[columns++] = operation_column;
	struct report_table *t = report_table(r, id, title, text, columns, col);
	for (int op = 0; op < OP_COUNT; op++) {
		u64 total = 0;
		for (int k = 0; k < CPU_MODES; k++)
			total += n[op][k];
		if (total)
			list[count++] = (struct ranked){total, op};
	}
	qsort(list, (size_t)count, sizeof *list, by_total);
	for (int i = 0; i < count; i++) {
		struct report_cell *row = report_row(r, t);
		class_list(&c->m->vmm, list[i].op, n[list[i].op], classes, sizeof classes);
		cell_text(r, &row[0], "%s", sdm_op((enum op)list[i].op));
		cell_text(r, &row[1], "%s", classes);
		put_modes(row + 2, n[list[i].op]);
		cell_text(r, &row[columns - 1], "%s", op_name((enum op)list[i].op));
	}
}

enum insn_class site_class(const struct collector *c, const struct site *s)
{
	u32 op = site_what(s);
	return op >= SITE_VECTOR ? CLASS_INNOCUOUS : vmm_class(&c->m->vmm, (enum op)op, (enum cpu_mode_index)site_mode(s));
}

static void put_site(struct collector *c, struct report *r, struct report_cell *row, const struct site *s, u64 all)
{
	char name[120];
	u32 what = site_what(s);
	cell_text(r, &row[0], "%08llx", (unsigned long long)site_lin(s));
	cell_text(r, &row[1], s->ip > 0xffff ? "%04x:%08x" : "%04x:%04x", s->cs, s->ip);
	cell_text(r, &row[2], "%s", symbols_name(c->symbols, site_lin(s), name, sizeof name));
	if (what == SITE_MMIO_READ || what == SITE_MMIO_WRITE)
		cell_text(r, &row[3], what == SITE_MMIO_READ ? "memory-mapped read" : "memory-mapped write");
	else if (what >= SITE_VECTOR)
		cell_text(r, &row[3], "exception %u", what - SITE_VECTOR);
	else
		cell_text(r, &row[3], "%s", sdm_op((enum op)what));
	cell_text(r, &row[4], "%s", what >= SITE_VECTOR ? "-" : class_names[site_class(c, s)]);
	cell_text(r, &row[5], "%s", mode_title(&c->m->vmm, site_mode(s)));
	cell_count(&row[6], s->count);
	cell_real(&row[7], all ? 100.0 * (double)s->count / (double)all : 0.0, 2);
	cell_text(r, &row[8], "%s", what >= SITE_VECTOR ? "" : op_name((enum op)what));
}

static const struct report_column site_columns[] = {
	{"linear", "linear address", COLUMN_CODE}, {"place", "CS:IP", COLUMN_CODE}, {"symbol", "symbol", COLUMN_CODE | COLUMN_OPTIONAL},
	{"instruction", "instruction", COLUMN_CODE}, {"class", "class", 0}, {"mode", "mode", 0}, {"count", "count", COLUMN_BAR},
	{"percent", "%", 0}, {"operation", "operation", COLUMN_KEY},
};

static void add_sites(struct collector *c, struct report *r, const struct site *list, int n)
{
	bool bare = c->m->vmm.technique == TECH_BARE;
	u64 all = 0;
	struct report_table *t = report_table(r, "sites", bare ? "Where the sensitive instructions are" : "Where the guest exits",
		"Instructions that exit or are sensitive, exceptions and accesses to devices' memory, by linear address and mode; the share is of all "
		"of these. CS:IP as first met.",
		ARRAY_LEN(site_columns), site_columns);
	t->shown = SITES_SHOWN;
	for (int i = 0; i < n; i++)
		all += list[i].count;
	for (int i = 0; i < n && i < SITES_LISTED; i++)
		put_site(c, r, report_row(r, t), &list[i], all);
}

static void add_critical(struct collector *c, struct report *r, const struct site *list, int n)
{
	u64 all = 0;
	struct report_table *t = report_table(r, "critical_sites", "The top critical sites",
		"Places where a VMM that traps only privileged instructions would not notice: sensitive, and the processor does not trap.",
		ARRAY_LEN(site_columns), site_columns);
	t->shown = CRITICAL_SHOWN;
	for (int i = 0; i < n; i++)
		all += site_class(c, &list[i]) == CLASS_CRITICAL ? list[i].count : 0;
	for (int i = 0; i < n && t->nrows < CRITICAL_LISTED; i++)
		if (site_class(c, &list[i]) == CLASS_CRITICAL)
			put_site(c, r, report_row(r, t), &list[i], all);
}

static void add_vectors(struct collector *c, struct report *r)
{
	static const char *const names[32] = {
		"#DE divide error", "#DB debug", "NMI", "#BP breakpoint", "#OF overflow", "#BR bound", "#UD invalid opcode", "#NM no coprocessor",
		"#DF double fault", "", "#TS invalid TSS", "#NP not present", "#SS stack", "#GP general protection", "#PF page fault", "",
		"#MF x87", "#AC alignment", "#MC machine check", "#XM SIMD",
	};
	static const struct report_column col[] = {{"vector", "vector", 0}, {"kind", "kind", 0}, {"name", "name", 0}, {"count", "count", COLUMN_BAR}};
	struct report_table *t = report_table(r, "vectors", "Exceptions and hardware interrupts delivered", NULL, ARRAY_LEN(col), col);
	for (int vec = 0; vec < 256; vec++) {
		u64 n[2] = {vec < 32 ? c->m->vmm.stats.exceptions[vec] : 0, c->interrupts[vec]};
		for (int k = 0; k < 2; k++) {
			if (!n[k])
				continue;
			struct report_cell *row = report_row(r, t);
			cell_count(&row[0], (u64)vec);
			cell_text(r, &row[1], "%s", k ? "interrupt" : "exception");
			cell_text(r, &row[2], "%s", k || !names[vec] ? "" : names[vec]);
			cell_count(&row[3], n[k]);
		}
	}
}

/* ---- facts -------------------------------------------------------------------------------------------------- */

static void count_fact(struct report *r, const char *id, const char *title, u64 n)
{
	cell_count(report_fact(r, id, title), n);
}

static void head_fact(struct report *r)
{
	r->fact[r->nfacts - 1].head = true;
}

static void add_time(struct collector *c, struct report *r, double seconds)
{
	const struct machine *m = c->m;
	u64 count = m->cpu.count;
	cell_text(r, report_fact(r, "guest", "guest"), "%s", m->title);
	cell_text(r, report_fact(r, "technique", "technique"), "%s", vmm_technique_name(m->vmm.technique));
	head_fact(r);
	count_fact(r, "instructions", "instructions", count);
	head_fact(r);
	count_fact(r, "exits", "VM exits", exits_total(m));
	head_fact(r);
	cell_real(report_fact(r, "exits_per_1000", "exits per 1,000 instructions"), per_1000(exits_total(m), count), 3);
	head_fact(r);
	cell_real(report_fact(r, "virtual_seconds", "virtual seconds"), (double)clock_now(&m->clock) / 1e9, 3);
	cell_real(report_fact(r, "host_seconds", "host seconds"), seconds, 3);
	head_fact(r);
	cell_real(report_fact(r, "mips", "million instructions a second"), seconds > 0 ? (double)count / seconds / 1e6 : 0.0, 1);
	head_fact(r);
}

static void add_memory(struct collector *c, struct report *r)
{
	const struct mmu_stats *u = &c->m->mmu.stats;
	const struct code_stats *b = &c->m->cpu.code->stats;
	count_fact(r, "true_faults", "page faults: true (the guest's own)", u->true_faults);
	count_fact(r, "hidden_faults", "page faults: hidden (shadow filled)", u->hidden_faults);
	count_fact(r, "trace_faults", "page faults: trace (writes to watched tables)", u->trace_faults);
	count_fact(r, "guest_walks", "walks of the guest's tables", u->walks);
	count_fact(r, "tlb_fills", "TLB fills", u->tlb_fills);
	count_fact(r, "blocks_built", "blocks decoded", b->built);
	count_fact(r, "uops", "uops in them", b->uops);
	count_fact(r, "blocks_invalidated", "blocks invalidated", b->dropped);
	count_fact(r, "cache_flushes", "flushes of the block cache", b->flushes);
}

static void add_rest(struct collector *c, struct report *r, int nsites)
{
	const struct vmm_stats *s = &c->m->vmm.stats;
	count_fact(r, "places", "places that exited or were sensitive", (u64)nsites);
	count_fact(r, "triple_faults", "triple faults", s->triple_faults);
	if (s->verified)
		count_fact(r, "verified", "exits tried on hw first", s->verified);
	if (s->verified || c->m->vmm.technique == TECH_CLASSIC)
		count_fact(r, "artefacts", "artefacts of compression", s->artefacts);
}

static void add_divergence(struct collector *c, struct report *r)
{
	u64 n[CLASSES][CPU_MODES], critical = 0;
	vmm_class_counts(&c->m->vmm, n);
	for (int k = 0; k < CPU_MODES; k++)
		critical += n[CLASS_CRITICAL][k];
	r->has_divergence = true;
	if (c->m->vmm.technique == TECH_CLASSIC)
		hw_view_summary(c, r->divergence, sizeof r->divergence);
	else if (critical)
		snprintf(r->divergence, sizeof r->divergence,
			 "Nothing here: under %s critical instructions give what the guest expects. A VMM that traps only privileged ones would not have "
			 "seen %llu instructions, listed below by place; technique classic is that VMM, and `tandem compare` names its first difference.",
			 vmm_technique_name(c->m->vmm.technique), (unsigned long long)critical);
	else
		snprintf(r->divergence, sizeof r->divergence, "Nothing: no critical instruction was executed in this run. In real and v86 mode all that is sensitive traps.");
}

void collector_report(struct collector *c, double seconds, struct report *r)
{
	const struct vmm *v = &c->m->vmm;
	char title[160];
	int n;
	struct site *list = sites_sorted(&c->sites, &n);
	snprintf(title, sizeof title, "%s under %s", c->m->title, vmm_technique_name(v->technique));
	report_init(r, title);
	snprintf(r->subtitle, sizeof r->subtitle, "%s", v->technique == TECH_BARE ? "No monitor: the guest runs on the processor itself."
		: v->technique == TECH_TRAP ? "Trap and emulate under ring compression; critical instructions exit, too."
					    : "A monitor that traps only privileged instructions, as on a real Pentium.");
	r->vmm_lane = v->technique == TECH_BARE ? "processor" : "VMM";
	add_time(c, r, seconds);
	add_memory(c, r);
	add_rest(c, r, n);
	add_classes(c, r);
	add_reasons(c, r);
	if (v->technique == TECH_CLASSIC)
		hw_view_add(c, r, list, n);
	add_ops(c, r, "exits_by_instruction", "Exits by instruction", NULL, v->stats.instruction);
	add_ops(c, r, "direct_by_instruction", "Instructions with system traits that ran directly",
		"Outside protected mode a segment load or far transfer is innocuous; all else in this table is not.", v->stats.direct);
	add_sites(c, r, list, n);
	add_critical(c, r, list, n);
	add_vectors(c, r);
	add_divergence(c, r);
	r->has_flows = true;
	memcpy(r->flow, c->best, sizeof r->flow);
	free(list);
}

void report_count(const struct machine *m, struct report_counts *k)
{
	u64 n[CLASSES][CPU_MODES];
	*k = (struct report_counts){
		.instructions = m->cpu.count,
		.exits = exits_total(m),
		.true_faults = m->mmu.stats.true_faults,
		.hidden_faults = m->mmu.stats.hidden_faults,
		.trace_faults = m->mmu.stats.trace_faults,
		.virtual_seconds = (double)clock_now(&m->clock) / 1e9,
	};
	for (int i = 0; i < EXIT_REASONS; i++)
		k->exits_by_reason[i] = vmm_exits(&m->vmm, (enum exit_reason)i);
	vmm_class_counts(&m->vmm, n);
	for (int i = 0; i < CLASSES; i++)
		for (int mode = 0; mode < CPU_MODES; mode++)
			k->classes[i] += n[i][mode];
	for (int i = 0; i < 32; i++)
		k->exceptions += m->vmm.stats.exceptions[i];
}
