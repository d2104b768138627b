/* survey.c - every form under every configuration asked for, on several threads. */
#include "classify/survey.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- running -------------------------------------------------------------------------------- */

struct job {
	struct classification *c;
	atomic_int next;   /* survey to take */
	atomic_int failed;
};

static bool is_present(const struct classification *c, const struct form *f)
{
	return c->present[f->row - opcode_table];
}

static void derive_all(struct classification *c, struct survey *s, struct experiment *e)
{
	for (int i = 0; i < s->n; i++) {
		experiment_derive(e, &s->forms->at[i], is_present(c, &s->forms->at[i]), &s->v[i]);
		s->pairs += s->v[i].pairs;
		s->runs += s->v[i].runs;
	}
}

/* The options of the processor. critical=trap as a knob: what is critical without it, found by the same experiment. */
static void set_model(struct classification *c, struct survey *s, struct experiment *e, struct world *w)
{
	struct cpu_model faulting;
	s->model = c->model;
	if (s->k->cpuid_fault)
		cpu_trap_operation(&s->model, OP_CPUID);
	if (!s->k->critical_trap)
		return;
	faulting = s->model;
	experiment_begin(e, w, s->k, &s->model);
	derive_all(c, s, e);
	for (int i = 0; i < s->n; i++)
		if (verdict_critical(&s->v[i]))
			cpu_trap_operation(&faulting, s->v[i].f->op);
	s->model = faulting;
	s->pairs = s->runs = 0;
}

static void *worker(void *opaque)
{
	struct job *job = opaque;
	struct classification *c = job->c;
	struct world *w = malloc(sizeof *w);
	struct experiment *e = malloc(sizeof *e);
	if (!w || !e || world_init(w)) {
		atomic_store(&job->failed, 1);
		free(w);
		free(e);
		return NULL;
	}
	for (int i; (i = atomic_fetch_add(&job->next, 1)) < c->n;) {
		struct survey *s = &c->at[i];
		set_model(c, s, e, w);
		experiment_begin(e, w, s->k, &s->model);
		derive_all(c, s, e);
	}
	world_free(w);
	free(w);
	free(e);
	return NULL;
}

/* Which rows does the core execute? Asked in ring 0 of protected mode, where everything that exists can run. */
static int find_present(struct classification *c)
{
	const struct knobs *k = knobs_find("protected");
	struct cpu_model everything = world_everything();
	struct world *w = malloc(sizeof *w);
	struct experiment *e = malloc(sizeof *e);
	c->present = calloc((size_t)opcode_count, sizeof *c->present);
	int failed = !w || !e || !c->present || world_init(w);
	if (!failed) {
		experiment_begin(e, w, k, &everything);
		for (int i = 0; i < c->forms[DEC_32].n; i++) {
			const struct form *f = &c->forms[DEC_32].at[i];
			if (!is_present(c, f))
				c->present[f->row - opcode_table] = experiment_present(e, f);
		}
		world_free(w);
	}
	free(w);
	free(e);
	return failed ? -1 : 0;
}

static int open_surveys(struct classification *c, const struct knobs *const *k, int n)
{
	c->at = calloc((size_t)n, sizeof *c->at);
	if (!c->at)
		return -1;
	c->n = n;
	for (int i = 0; i < n; i++) {
		struct survey *s = &c->at[i];
		s->k = k[i];
		s->forms = &c->forms[k[i]->mode == KM_PROTECTED ? DEC_32 : DEC_16];
		s->n = s->forms->n;
		s->v = calloc((size_t)s->n, sizeof *s->v);
		s->names.k = k[i];
		s->names.nscenarios = scenarios_make(k[i], s->names.scenarios);
		if (!s->v)
			return -1;
	}
	return 0;
}

static double now(void)
{
	struct timespec t;
	timespec_get(&t, TIME_UTC);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_threads(struct classification *c, int threads)
{
	struct job job = {.c = c};
	pthread_t id[64];
	int started = 0;
	if (threads > (int)ARRAY_LEN(id))
		threads = ARRAY_LEN(id);
	for (; started < threads - 1; started++)
		if (pthread_create(&id[started], NULL, worker, &job))
			break;
	worker(&job);
	for (int i = 0; i < started; i++)
		pthread_join(id[i], NULL);
	return atomic_load(&job.failed) ? -1 : 0;
}

int classification_run(struct classification *c, const struct knobs *const *k, int n, const char *processor, int threads, char *error)
{
	const struct form_addresses a = {AT_DATA, AT_FAR};
	double begin = now();
	memset(c, 0, sizeof *c);
	c->model = world_everything();
	c->processor = processor;
	if (processor && cpu_model_parse(processor, &c->model, error, CLASSIFY_ERROR))
		return -1;
	snprintf(error, CLASSIFY_ERROR, "not enough memory");
	if (forms_make(&c->forms[DEC_16], DEC_16, &a) || forms_make(&c->forms[DEC_32], DEC_32, &a) || find_present(c) ||
	    open_surveys(c, k, n) || run_threads(c, threads)) {
		classification_free(c);
		return -1;
	}
	c->seconds = now() - begin;
	return 0;
}

void classification_free(struct classification *c)
{
	for (int i = 0; i < c->n; i++)
		free(c->at[i].v);
	free(c->at);
	free(c->present);
	forms_free(&c->forms[0]);
	forms_free(&c->forms[1]);
	memset(c, 0, sizeof *c);
}

const struct survey *classification_find(const struct classification *c, const char *name)
{
	for (int i = 0; i < c->n; i++)
		if (!strcmp(c->at[i].k->name, name))
			return &c->at[i];
	return NULL;
}

void survey_reopen(const struct survey *s, struct world *w, struct experiment *e)
{
	experiment_begin(e, w, s->k, &s->model);
}

/* ---- conclusions ------------------------------------------------------------------------------- */

struct circles survey_circles(const struct survey *s)
{
	struct circles r = {0};
	int *const counts[CLASS_COUNT] = {&r.outside, &r.privileged, &r.both, &r.critical, &r.undefined, &r.unclassified};
	for (int i = 0; i < s->n; i++) {
		const struct verdict *v = &s->v[i];
		bool hidden = v->privileged || v->class == CLASS_CRITICAL;
		++*counts[v->class];
		r.critical_extended += !hidden && verdict_extended(v);
		r.visible += !hidden && !verdict_extended(v) && verdict_visible(v);
		r.user_critical += !v->privileged && verdict_sensitive_in(v, USER);
	}
	return r;
}

static struct group *group_of(struct group *out, int n, const struct form *f)
{
	for (int i = n - 1; i >= 0; i--)
		if (out[i].op == f->op && !strcmp(out[i].mnemonic, f->row->mnemonic))
			return &out[i];
	return NULL;
}

int survey_groups(const struct survey *s, struct group *out, int max)
{
	int n = 0;
	for (int i = 0; i < s->n; i++) {
		const struct verdict *v = &s->v[i];
		struct group *g = group_of(out, n, v->f);
		if (!g) {
			if (n == max)
				return n;
			g = &out[n++];
			*g = (struct group){.op = v->f->op, .mnemonic = v->f->row->mnemonic};
		}
		g->forms++;
		g->count[v->class]++;
		if (!g->first[v->class])
			g->first[v->class] = v;
		g->pairs += v->pairs;
		g->read |= v->read;
		g->written |= v->written;
		g->changed |= v->changed;
		g->matters |= v->matters;
	}
	return n;
}

static bool is_member(const struct survey *s, const struct group *g, enum form_class class, int i)
{
	const struct form *f = s->v[i].f;
	return s->v[i].class == class && f->op == g->op && !strcmp(f->row->mnemonic, g->mnemonic);
}

const char *group_member(const struct survey *s, const struct group *g, enum form_class class, int *at)
{
	for (; *at < s->n; ++*at)
		if (is_member(s, g, class, *at)) {
			int i = (*at)++;
			bool both_sizes = *at < s->n && is_member(s, g, class, *at) && !strcmp(s->v[i].f->name, s->v[*at].f->name);
			*at += both_sizes;
			return both_sizes ? s->v[i].f->name : s->v[i].f->text;
		}
	return NULL;
}
