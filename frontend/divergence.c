/* divergence.c - the lock step of bare and classic (machine/lockstep.h), with a script's keys. */
#include "frontend/divergence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/script.h"
#include "machine/lockstep.h"

/* Every machine that is made has its own copy of the script. */
struct follower {
	struct machine *m;
	struct script *script;
	bool over;
	struct follower *next;
};

struct followers {
	const char *path;
	struct follower *first;
	FILE *nowhere; /* what the script prints */
};

static void on_tick(void *opaque)
{
	struct follower *f = opaque;
	if (f->m && !f->over)
		f->over = !script_tick(f->script, f->m);
}

static void connect(void *opaque, struct machine_sinks *sinks)
{
	struct followers *all = opaque;
	char error[OPTIONS_ERROR];
	struct follower *f = calloc(1, sizeof *f);
	if (!f || !(f->script = script_load(all->path, error))) {
		free(f);
		return;
	}
	f->script->out = f->script->err = all->nowhere;
	f->next = all->first;
	all->first = f;
	sinks->tick = on_tick;
	sinks->opaque = f;
}

static void prepare(void *opaque, struct machine *m)
{
	struct followers *all = opaque;
	if (all->first && !all->first->m)
		all->first->m = m;
}

int divergence_find(const struct options *o, u64 max_ns, struct lockstep_result *result, char *error)
{
	struct followers all = {.path = o->script, .nowhere = o->script ? fopen("/dev/null", "w") : NULL};
	struct lockstep_config how = {.max_ns = max_ns, .opaque = &all};
	if (all.nowhere) {
		how.sinks = connect;
		how.prepare = prepare;
	}
	int failed = machine_lockstep(&o->machine, &how, result, error);
	while (all.first) {
		struct follower *next = all.first->next;
		script_free(all.first->script);
		free(all.first);
		all.first = next;
	}
	if (all.nowhere)
		fclose(all.nowhere);
	return failed ? -1 : result->diverged;
}

/* A line "NAME: bare X, classic Y" of the lock step's difference. */
static void add_line(struct report *r, struct report_table *t, const char *line, int len)
{
	const char *end = line + len, *name = memchr(line, ':', (size_t)len), *comma = memchr(line, ',', (size_t)len);
	const char *bare = name ? strstr(name, "bare ") : NULL, *classic = comma ? strstr(comma, "classic ") : NULL;
	if (!bare || !classic || bare > comma || classic > end)
		return;
	struct report_cell *row = report_row(r, t);
	cell_text(r, &row[0], "%.*s", (int)(name - line), line);
	cell_text(r, &row[1], "%.*s", (int)(comma - bare - 5), bare + 5);
	cell_text(r, &row[2], "%.*s", (int)(end - classic - 8), classic + 8);
}

void divergence_report(struct report *r, int found, const struct lockstep_result *result)
{
	static const struct report_column col[] = {{"what", "behind it", 0}, {"bare", "bare", COLUMN_CODE}, {"classic", "classic", COLUMN_CODE}};
	if (!found) {
		report_set_divergence(r, "Nothing that a guest can see: in step with bare, classic was equal to the end.", "");
		r->divergence_found = false;
		return;
	}
	report_set_divergence(r, "The first difference: ", result->sentence);
	struct report_table *t = report_table(r, "first_difference", "The first difference of bare and classic",
		"From the lock step, which compares registers and all memory.", ARRAY_LEN(col), col);
	t->of_divergence = true;
	struct report_cell *row = report_row(r, t);
	cell_text(r, &row[0], "instructions before it");
	cell_text(r, &row[1], "%llu", (unsigned long long)result->count);
	cell_text(r, &row[2], "%llu", (unsigned long long)result->count);
	row = report_row(r, t);
	cell_text(r, &row[0], "the instruction");
	for (int i = 1; i < 3; i++)
		cell_text(r, &row[i], "%s %s", result->place, result->code);
	for (const char *p = result->difference; *p;) {
		int len = (int)strcspn(p, "\n");
		add_line(r, t, p, len);
		p += len + (p[len] == '\n');
	}
}

int divergence_print(const struct options *o, u64 max_ns, FILE *out, char *error)
{
	struct lockstep_result result;
	int found = divergence_find(o, max_ns, &result, error);
	if (found < 0)
		return -1;
	if (!found)
		fprintf(out, "bare and classic were equal to the end.\n");
	else
		fprintf(out, "%s\n\nAfter %llu instructions, in both the same:\n%s\n\nWhat differs behind it:\n%s", result.sentence,
			(unsigned long long)result.count, result.insn, result.difference);
	return found;
}
