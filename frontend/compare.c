/* compare.c - one guest under several techniques, side by side.
 *
 * Each run is the same: -icount, images as a snapshot, no display, the script's keys at the same instructions. So the counts
 * and the state at the end must be equal, unless the technique is one that lets the guest see the difference. Then two
 * machines go in step, from the last equal checkpoint one instruction at a time, to the first that differs.
 */
#include "frontend/compare.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frontend/divergence.h"
#include "frontend/options.h"
#include "frontend/script.h"
#include "report/registers.h"
#include "report/report.h"

#define CHECK_INSNS 1000000u
#define TECHNIQUES 3
#define DEFAULT_SECONDS 10
#define LOCKSTEP_SECONDS 60 /* of a script, unless -seconds says so */

static const char *const technique_names[TECHNIQUES] = {"trap", "bare", "classic"}; /* by enum machine_technique */

struct task {
	struct options o;
	int technique[TECHNIQUES], ntechniques;
	enum report_format format;
	const char *output; /* NULL: stdout */
	u64 limit_ns;
	bool lockstep; /* only the first difference of bare and classic */
};

/* A machine that runs here, on this thread. */
struct run {
	struct machine *m;
	struct script *script;
	bool over;
	const char *ended;
	int status;
};

struct result {
	struct report_counts counts;
	double seconds; /* of processor time */
	u64 hash, final; /* of everything, of the registers */
	u64 *check;
	int nchecks;
	char ended[80];
	char title[128];
};

static int complain(const char *error)
{
	fprintf(stderr, "tandem: %s\n", error);
	return -1;
}

/* ---- one run --------------------------------------------------------------------------------------------- */

static void on_tick(void *opaque)
{
	struct run *r = opaque;
	if (!r->m || r->over || !r->script || script_tick(r->script, r->m))
		return;
	r->over = true;
	r->status = r->script->status;
	r->ended = r->status ? "script failed" : "script";
	machine_leave(r->m);
}

static void run_close(struct run *r)
{
	machine_free(r->m);
	script_free(r->script);
	*r = (struct run){0};
}

static int run_open(struct run *r, const struct task *t, int technique)
{
	struct machine_config config = t->o.machine;
	struct machine_sinks sinks = {.opaque = r, .tick = on_tick};
	char error[OPTIONS_ERROR];
	*r = (struct run){.ended = "time"};
	config.technique = (enum machine_technique)technique;
	if (t->o.script) {
		r->script = script_load(t->o.script, error);
		if (!r->script)
			return complain(error);
		r->script->out = r->script->err = stderr;
	}
	r->m = machine_new(&config, &sinks, error);
	if (!r->m) {
		run_close(r);
		return complain(error);
	}
	return 0;
}

/* Until that many instructions have been executed, or the run is over. */
static void run_to(struct run *r, u64 count, u64 limit_ns)
{
	while (!r->over && machine_count(r->m) < count) {
		enum machine_state state = machine_run(r->m, count - machine_count(r->m));
		u64 next = machine_next_event_ns(r->m);
		if (machine_now_ns(r->m) >= limit_ns && !r->over) {
			r->over = true;
		} else if (state == MACHINE_IDLE && !r->over) {
			if (next == ~0ull || next > limit_ns)
				next = limit_ns;
			machine_skip_to(r->m, next);
		} else if (state == MACHINE_STOPPED || state == MACHINE_EXITED) {
			r->over = true;
			r->ended = state == MACHINE_STOPPED ? "triple fault" : "guest";
		}
	}
}

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int note_checkpoint(struct run *r, struct result *k)
{
	struct registers regs;
	u64 *check = realloc(k->check, (size_t)(k->nchecks + 1) * sizeof *check);
	if (!check)
		return complain("not enough memory");
	k->check = check;
	registers_get(r->m, &regs);
	k->check[k->nchecks++] = registers_hash(&regs);
	return 0;
}

static int measure(const struct task *t, int technique, struct result *k)
{
	struct run r;
	struct registers regs;
	if (run_open(&r, t, technique))
		return -1;
	double begin = cpu_seconds();
	while (!r.over) {
		run_to(&r, (u64)(k->nchecks + 1) * CHECK_INSNS, t->limit_ns);
		if (!r.over && note_checkpoint(&r, k)) {
			run_close(&r);
			return -1;
		}
	}
	k->seconds = cpu_seconds() - begin;
	k->hash = machine_hash(r.m);
	registers_get(r.m, &regs);
	k->final = registers_hash(&regs);
	report_count(r.m, &k->counts);
	snprintf(k->title, sizeof k->title, "%s", machine_title(r.m));
	if (r.status)
		snprintf(k->ended, sizeof k->ended, "%s (status %d)", r.ended, r.status);
	else
		snprintf(k->ended, sizeof k->ended, "%s", r.ended);
	run_close(&r);
	return 0;
}

/* ---- the first difference ------------------------------------------------------------------------------------ */

struct difference {
	bool any;
	u64 count;
	char place[40], code[112], what[320];
};

/* Both stand before instruction `from`; up to `to`. */
static void step_together(struct run *a, struct run *b, const struct task *t, u64 from, u64 to, struct difference *d)
{
	struct registers x, y;
	for (u64 n = from; n < to && !a->over && !b->over; n++) {
		bool looked = false;
		registers_get(a->m, &x);
		registers_get(b->m, &y);
		if (memcmp(&x, &y, sizeof x))
			looked = true;
		if (looked || n == from) /* the place costs more than the step: found again below */
			registers_place(a->m, d->place, sizeof d->place, d->code, sizeof d->code);
		if (looked) {
			d->any = true;
			d->count = n;
			registers_difference(&x, &y, d->what, sizeof d->what);
			return;
		}
		run_to(a, n + 1, t->limit_ns);
		run_to(b, n + 1, t->limit_ns);
	}
}

/* After `before` both are equal, after before + 1 they are not: what that instruction was. */
static int describe(const struct task *t, const int technique[2], u64 before, struct difference *d)
{
	struct run a, b;
	struct registers x, y;
	if (run_open(&a, t, technique[0]))
		return -1;
	if (run_open(&b, t, technique[1])) {
		run_close(&a);
		return -1;
	}
	run_to(&a, before, t->limit_ns);
	run_to(&b, before, t->limit_ns);
	registers_place(a.m, d->place, sizeof d->place, d->code, sizeof d->code);
	run_to(&a, before + 1, t->limit_ns);
	run_to(&b, before + 1, t->limit_ns);
	registers_get(a.m, &x);
	registers_get(b.m, &y);
	registers_difference(&x, &y, d->what, sizeof d->what);
	run_close(&a);
	run_close(&b);
	return 0;
}

static int find_difference(const struct task *t, const int technique[2], const struct result *ka, const struct result *kb, struct difference *d)
{
	int equal = 0, n = ka->nchecks < kb->nchecks ? ka->nchecks : kb->nchecks;
	struct run a, b;
	*d = (struct difference){0};
	while (equal < n && ka->check[equal] == kb->check[equal])
		equal++;
	if (equal == n && ka->nchecks == kb->nchecks && ka->final == kb->final && ka->counts.instructions == kb->counts.instructions)
		return 0;
	if (run_open(&a, t, technique[0]))
		return -1;
	if (run_open(&b, t, technique[1])) {
		run_close(&a);
		return -1;
	}
	u64 from = (u64)equal * CHECK_INSNS;
	run_to(&a, from, t->limit_ns);
	run_to(&b, from, t->limit_ns);
	step_together(&a, &b, t, from, from + CHECK_INSNS + 1, d);
	run_close(&a);
	run_close(&b);
	return d->any && d->count ? describe(t, technique, --d->count, d) : 0;
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

struct side {
	struct report *r;
	struct report_table *t;
	const struct result *k;
	int n;
};

static struct report_cell *quantity(const struct side *s, const char *name)
{
	struct report_cell *row = report_row(s->r, s->t);
	cell_text(s->r, &row[0], "%s", name);
	return row + 1;
}

static void add_counts(const struct side *s, const char *name, size_t offset)
{
	struct report_cell *cell = quantity(s, name);
	for (int i = 0; i < s->n; i++) {
		u64 v;
		memcpy(&v, (const char *)&s->k[i].counts + offset, sizeof v);
		cell_count(&cell[i], v);
	}
}

#define COUNT(field) offsetof(struct report_counts, field)

static void add_rows(const struct side *s)
{
	static const struct {
		const char *name;
		size_t offset;
	} rows[] = {
		{"instructions", COUNT(instructions)},         {"innocuous", COUNT(classes[0])},
		{"visibility", COUNT(classes[1])},             {"critical", COUNT(classes[2])},
		{"privileged", COUNT(classes[3])},             {"VM exits", COUNT(exits)},
		{"instruction exits", COUNT(exits_by_reason[0])}, {"exceptions", COUNT(exits_by_reason[1])},
		{"hardware interrupts", COUNT(exits_by_reason[2])}, {"NMIs", COUNT(exits_by_reason[3])},
		{"memory-mapped I/O", COUNT(exits_by_reason[4])}, {"true faults", COUNT(true_faults)},
		{"hidden faults", COUNT(hidden_faults)},       {"trace faults", COUNT(trace_faults)},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		add_counts(s, rows[i].name, rows[i].offset);
	struct report_cell *per = quantity(s, "exits per 1,000 instructions"), *virtual, *host, *mips, *ratio;
	for (int i = 0; i < s->n; i++)
		cell_real(&per[i], s->k[i].counts.instructions ? 1000.0 * (double)s->k[i].counts.exits / (double)s->k[i].counts.instructions : 0, 3);
	virtual = quantity(s, "virtual seconds");
	for (int i = 0; i < s->n; i++)
		cell_real(&virtual[i], s->k[i].counts.virtual_seconds, 3);
	host = quantity(s, "host seconds (processor)");
	for (int i = 0; i < s->n; i++)
		cell_real(&host[i], s->k[i].seconds, 3);
	mips = quantity(s, "million instructions a second");
	for (int i = 0; i < s->n; i++)
		cell_real(&mips[i], s->k[i].seconds > 0 ? (double)s->k[i].counts.instructions / s->k[i].seconds / 1e6 : 0, 1);
	ratio = quantity(s, "time, the first = 1");
	for (int i = 0; i < s->n; i++)
		cell_real(&ratio[i], s->k[0].seconds > 0 ? s->k[i].seconds / s->k[0].seconds : 0, 2);
}

static void add_ends(const struct side *s)
{
	struct report_cell *ended = quantity(s, "ended by"), *hash, *same;
	for (int i = 0; i < s->n; i++)
		cell_text(s->r, &ended[i], "%s", s->k[i].ended);
	hash = quantity(s, "state hash at the end");
	for (int i = 0; i < s->n; i++)
		cell_text(s->r, &hash[i], "%016llx", (unsigned long long)s->k[i].hash);
	same = quantity(s, "state, against the first");
	for (int i = 0; i < s->n; i++)
		cell_text(s->r, &same[i], "%s", i == 0 ? "-" : s->k[i].hash == s->k[0].hash ? "equal" : "different");
}

/* classic's row is the lock step's, which looks at all memory, too. */
static void lockstep_difference(const struct lockstep_result *step, struct difference *d)
{
	size_t n = 0;
	*d = (struct difference){.any = true, .count = step->count};
	snprintf(d->place, sizeof d->place, "%s", step->place);
	snprintf(d->code, sizeof d->code, "%s", step->code);
	for (const char *p = step->difference; *p && n + 2 < sizeof d->what; p++) {
		const char line[] = {*p, 0}, *text = *p != '\n' ? line : p[1] ? "; " : "";
		n += (size_t)snprintf(d->what + n, sizeof d->what - n, "%s", text);
	}
}

static int add_differences(const struct task *t, struct report *r, const struct result *k, const struct lockstep_result *step)
{
	static const struct report_column col[] = {{"technique", "technique", 0}, {"count", "after", 0}, {"place", "CS:IP", COLUMN_CODE},
		{"code", "instruction", COLUMN_CODE}, {"registers", "what differs behind it", 0}};
	struct report_table *table = report_table(r, "differences", "The first difference",
		"Both machines in step: the first instruction behind which the guest sees something else, even if it makes no difference later. For "
		"classic: anything, against bare; else a register or the top of the stack (first technique / this one).",
		ARRAY_LEN(col), col);
	for (int i = 1; i < t->ntechniques; i++) {
		struct difference d;
		const int pair[2] = {t->technique[0], t->technique[i]};
		if (k[i].hash == k[0].hash)
			continue;
		if ((pair[0] == MACHINE_CLASSIC || pair[1] == MACHINE_CLASSIC) && step->diverged)
			lockstep_difference(step, &d);
		else if (find_difference(t, pair, &k[0], &k[i], &d))
			return -1;
		struct report_cell *row = report_row(r, table);
		cell_text(r, &row[0], "%s", technique_names[t->technique[i]]);
		if (!d.any) {
			cell_text(r, &row[4], "only memory or chips, at the end");
			continue;
		}
		cell_count(&row[1], d.count);
		cell_text(r, &row[2], "%s", d.place);
		cell_text(r, &row[3], "%s", d.code);
		cell_text(r, &row[4], "%s", d.what);
	}
	return 0;
}

/* Where classic is among them: bare and classic in lock step. 1 found, 0 not, -1 failed */
static int step_classic(const struct task *t, const struct result *k, struct lockstep_result *step)
{
	char error[OPTIONS_ERROR];
	*step = (struct lockstep_result){0};
	for (int i = 0; i < t->ntechniques; i++)
		if (t->technique[i] == MACHINE_CLASSIC) {
			int found = divergence_find(&t->o, (u64)(k[i].counts.virtual_seconds * 1e9), step, error);
			return found < 0 ? complain(error) : found;
		}
	return 0;
}

static bool has_classic(const struct task *t)
{
	for (int i = 0; i < t->ntechniques; i++)
		if (t->technique[i] == MACHINE_CLASSIC)
			return true;
	return false;
}

static int write_out(const struct task *t, const struct report *r)
{
	char error[REPORT_ERROR];
	if (t->output)
		return report_save(r, t->output, error) ? complain(error) : 0;
	report_write(r, t->format, stdout);
	return fflush(stdout) || ferror(stdout) ? complain("stdout: cannot be written") : 0;
}

static int compare(const struct task *t, struct result *k)
{
	struct report_column col[TECHNIQUES + 1] = {{"quantity", "quantity", 0}};
	for (int i = 0; i < t->ntechniques; i++) {
		col[i + 1] = (struct report_column){technique_names[t->technique[i]], technique_names[t->technique[i]], 0};
		if (measure(t, t->technique[i], &k[i]))
			return -1;
	}
	struct report *r = malloc(sizeof *r);
	char title[160];
	if (!r)
		return complain("not enough memory");
	snprintf(title, sizeof title, "%.120s, side by side", k[0].title);
	report_init(r, title);
	snprintf(r->subtitle, sizeof r->subtitle, "The same guest under each technique: -icount, snapshot, the same keys at the same instructions.");
	struct side s = {r, report_table(r, "comparison", "Techniques", NULL, t->ntechniques + 1, col), k, t->ntechniques};
	add_rows(&s);
	add_ends(&s);
	struct lockstep_result step;
	int found = step_classic(t, k, &step);
	int failed = found < 0 || add_differences(t, r, k, &step);
	if (!failed && has_classic(t))
		divergence_report(r, found, &step);
	failed = failed || write_out(t, r);
	report_free(r);
	free(r);
	return failed ? -1 : 0;
}

/* ---- the command line ------------------------------------------------------------------------------------------- */

static int parse_techniques(const char *list, struct task *t)
{
	t->ntechniques = 0;
	while (*list) {
		size_t n = strcspn(list, ",");
		int found = -1;
		for (int i = 0; i < TECHNIQUES; i++)
			if (strlen(technique_names[i]) == n && !strncmp(list, technique_names[i], n))
				found = i;
		for (int i = 0; i < t->ntechniques; i++)
			if (t->technique[i] == found)
				return complain("compare: -techniques: one is named twice");
		if (found < 0)
			return complain("compare: -techniques: must be a list of bare, trap and classic");
		t->technique[t->ntechniques++] = found;
		list += n + (list[n] == ',');
	}
	return t->ntechniques ? 0 : complain("compare: -techniques: the list is empty");
}

static int parse_format(const char *v, struct task *t)
{
	char name[32];
	snprintf(name, sizeof name, ".%.20s", v);
	int format = report_format_of(name);
	if (format < 0)
		return complain("compare: -format: must be txt, html, json or csv");
	t->format = (enum report_format)format;
	return 0;
}

static int own_option(const char *name, const char *v, struct task *t)
{
	char why[OPTIONS_ERROR];
	u64 seconds;
	if (!strcmp(name, "techniques"))
		return parse_techniques(v, t);
	if (!strcmp(name, "format"))
		return parse_format(v, t);
	if (!strcmp(name, "o")) {
		t->output = v;
		return report_format_of(v) < 0 ? complain("compare: -o: the name must end in .html, .json, .csv or .txt") : 0;
	}
	if (value_number(v, 100000, &seconds, why) || !seconds)
		return complain("compare: -seconds: must be a number of virtual seconds");
	t->limit_ns = seconds * 1000000000u;
	return 0;
}

/* Takes compare's own options out of argv; what is left is every run's. Returns its new length, or -1. */
static int take_own(int argc, char **argv, struct task *t)
{
	static const char *const own[] = {"techniques", "format", "o", "seconds"};
	int left = 1;
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + (argv[i][0] == '-') + (argv[i][0] == '-' && argv[i][1] == '-');
		size_t n = strcspn(name, "="), k = 0;
		if (argv[i][0] == '-' && !strcmp(name, "lockstep")) {
			t->lockstep = true;
			continue;
		}
		while (k < ARRAY_LEN(own) && (argv[i][0] != '-' || strlen(own[k]) != n || strncmp(own[k], name, n)))
			k++;
		if (k == ARRAY_LEN(own)) {
			argv[left++] = argv[i];
			continue;
		}
		const char *v = name[n] ? name + n + 1 : i + 1 < argc ? argv[++i] : NULL;
		if (!v)
			return complain("compare: a value is missing");
		if (own_option(own[k], v, t))
			return -1;
	}
	return left;
}

int compare_main(int argc, char **argv)
{
	struct task t = {.technique = {MACHINE_BARE, MACHINE_TRAP}, .ntechniques = 2, .format = REPORT_TEXT};
	struct result k[TECHNIQUES];
	char error[OPTIONS_ERROR];
	memset(k, 0, sizeof k);
	int left = take_own(argc, argv, &t);
	if (left < 0)
		return 1;
	switch (options_parse(&t.o, left, argv, error)) {
	case OPTIONS_BAD: complain(error); return 1;
	case OPTIONS_DONE: return 0;
	case OPTIONS_RUN: break;
	}
	if (!t.limit_ns)
		t.limit_ns = t.o.script ? ~0ull : DEFAULT_SECONDS * 1000000000ull;
	if (!t.o.machine.icount && !t.o.rtc_given)
		t.o.machine.rtc_base = RTC_ICOUNT;
	t.o.machine.icount = true;
	t.o.machine.snapshot = true;
	if (t.lockstep) { /* a script ends no machine here: time does */
		if (t.limit_ns == ~0ull)
			t.limit_ns = LOCKSTEP_SECONDS * 1000000000ull;
		return divergence_print(&t.o, t.limit_ns, stdout, error) < 0 ? (complain(error), 1) : 0;
	}
	int failed = compare(&t, k);
	for (int i = 0; i < TECHNIQUES; i++)
		free(k[i].check);
	return failed ? 1 : 0;
}
