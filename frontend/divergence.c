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

static int find(const struct options *o, u64 max_ns, struct lockstep_result *result, char *error)
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

int divergence_find(const struct options *o, u64 max_ns, char sentence[512], char *error)
{
	struct lockstep_result result;
	int found = find(o, max_ns, &result, error);
	if (found >= 0)
		snprintf(sentence, 512, "%s", result.sentence);
	return found;
}

int divergence_print(const struct options *o, u64 max_ns, FILE *out, char *error)
{
	struct lockstep_result result;
	int found = find(o, max_ns, &result, error);
	if (found < 0)
		return -1;
	if (!found)
		fprintf(out, "bare and classic were equal to the end.\n");
	else
		fprintf(out, "%s\n\nAfter %llu instructions, in both the same:\n%s\n\nWhat differs behind it:\n%s", result.sentence,
			(unsigned long long)result.count, result.insn, result.difference);
	return found;
}
