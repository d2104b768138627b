/* derive.c - pairs of runs, and what they show. Popek and Goldberg 1974; docs/virtualization.md section 1.
 *
 * For each scenario: the supervisor state and the user state; both again with everything
 * moved; both with all resource registers changed at once; and both with each resource
 * register changed that the first run has touched (what is not read cannot matter: the
 * run with everything changed checks that).
 */
#include "classify/derive.h"

#include <stdio.h>
#include <string.h>

#include "cpu/system.h"

const char *kind_name(enum kind kind)
{
	static const char *const names[KIND_COUNT] = {"privileged", "control", "location", "resource", "mode",
						      "effect",     "depends", "visible",  "innocuous"};
	return names[kind];
}

const char *class_name(enum form_class c)
{
	static const char *const names[CLASS_COUNT] = {"innocuous", "privileged",  "privileged and sensitive",
						       "critical",  "undefined", "unclassified"};
	return names[c];
}

void experiment_begin(struct experiment *e, struct world *w, const struct knobs *k, const struct cpu_model *model)
{
	e->w = w;
	e->k = k;
	e->nscenarios = scenarios_make(k, e->scenarios);
	world_configure(w, k, model);
}

/* ---- runs ------------------------------------------------------------------------------- */

static void run(struct experiment *e, struct verdict *v, int scenario, enum who who, bool moved, int change,
		struct outcome *o)
{
	struct setup t = {.k = e->k, .f = v->f, .sc = &e->scenarios[scenario], .who = who, .moved = moved, .change = change};
	trial_run(e->w, &t, o, NULL, 0, NULL);
	v->runs++;
	v->read |= o->read;
	v->written |= o->written;
}

static void found(struct verdict *v, enum kind kind, enum who who, int scenario, int change)
{
	struct witness *w = &v->witness[kind];
	bool better = w->found && w->who == SUPER && who == USER; /* the user state's is the one that hurts a VMM */
	if (!w->found || better)
		*w = (struct witness){true, (u8)who, (u8)scenario, (s16)change};
}

/* ---- what one completed run shows -------------------------------------------------------- */

/* `change`: what was changed in the state that it began in. */
static void judge_control(struct verdict *v, const struct outcome *o, int scenario, enum who who, int change)
{
	field_set changed = outcome_changed(o);
	field_set strict = changed & (fields_of_kind(FK_M) | fields_of_kind(FK_R));
	if (o->ending != END_DONE)
		return;
	if (strict) {
		v->control[who] = true;
		v->changed |= strict;
		found(v, KIND_CONTROL, who, scenario, change);
	}
	if ((changed & ~strict) || o->ports.n || o->halted || o->caches) {
		v->effect[who] = true;
		found(v, KIND_EFFECT, who, scenario, change);
	}
}

/* ---- what pairs show ------------------------------------------------------------------------ */

static void judge_privilege(const struct experiment *e, struct verdict *v, int scenario, u32 *trapped, u32 *passed)
{
	const struct outcome *s = &e->base[SUPER], *u = &e->base[USER];
	if (s->ending == END_EXCLUDED || u->ending == END_EXCLUDED)
		return;
	v->pairs++;
	if (u->ending == END_TRAP)
		v->trap_vectors |= 1u << (u->fault.vec & 31);
	if (s->ending == END_DONE && u->ending == END_TRAP) {
		++*trapped;
		found(v, KIND_PRIVILEGED, USER, scenario, CHANGE_NONE);
	}
	if (u->ending != END_DONE)
		return;
	++*passed;
	if (s->ending == END_TRAP || outcome_differs(s, u)) {
		v->mode = true;
		found(v, KIND_MODE, USER, scenario, CHANGE_NONE);
	} else {
		found(v, KIND_INNOCUOUS, USER, scenario, CHANGE_NONE);
	}
}

/* The base run and `e->other`, in one mode. */
static bool pair_differs(struct experiment *e, struct verdict *v, enum who who)
{
	const struct outcome *a = &e->base[who], *b = &e->other;
	if (a->ending == END_EXCLUDED || b->ending == END_EXCLUDED)
		return false;
	v->pairs++;
	return a->ending == END_DONE && b->ending == END_DONE && outcome_differs(a, b);
}

static void judge_moved(struct experiment *e, struct verdict *v, int scenario, enum who who)
{
	run(e, v, scenario, who, true, CHANGE_NONE, &e->other);
	if (!pair_differs(e, v, who))
		return;
	v->location[who] = true;
	found(v, KIND_LOCATION, who, scenario, CHANGE_NONE);
}

static void judge_change(struct experiment *e, struct verdict *v, int scenario, enum who who, int change)
{
	run(e, v, scenario, who, false, change, &e->other);
	judge_control(v, &e->other, scenario, who, change);
	if (!pair_differs(e, v, who))
		return;
	v->matters |= 1ull << change;
	switch (changes[change].domain) {
	case DOM_STRICT:
		v->resource[who] = true;
		found(v, KIND_RESOURCE, who, scenario, change);
		break;
	case DOM_TIME:
	case DOM_PROCESSOR:
		v->visible[who] = true;
		found(v, KIND_VISIBLE, who, scenario, change);
		break;
	default:
		v->depends[who] = true;
		found(v, KIND_DEPENDS, who, scenario, change);
	}
}

/* Is it worth while? What a run has not touched cannot have mattered to it. */
static bool may_matter(const struct experiment *e, enum who who, int change)
{
	const struct outcome *o = &e->base[who];
	if (changes[change].field == F_COUNT)
		return o->ports.n > 0;
	return fields_have(o->read | o->written, changes[change].field);
}

static void judge_changes(struct experiment *e, struct verdict *v, int scenario, enum who who)
{
	bool explained = false;
	for (int i = 0; i < changes_count; i++) {
		if (!may_matter(e, who, i))
			continue;
		judge_change(e, v, scenario, who, i);
		explained |= v->matters >> i & 1;
	}
	run(e, v, scenario, who, false, CHANGE_ALL, &e->other);
	if (pair_differs(e, v, who) && !explained) {
		/* cannot happen unless the watch has missed a read */
		v->resource[who] = true;
		found(v, KIND_RESOURCE, who, scenario, CHANGE_ALL);
	}
}

static bool ends_in_ud(const struct outcome *o)
{
	return o->ending == END_TRAP && o->fault.vec == VEC_UD;
}

static void conclude(struct verdict *v, u32 trapped, u32 passed, bool only_ud)
{
	v->privileged = trapped > 0 && passed == 0;
	v->traps_partly = trapped > 0 && passed > 0;
	if (only_ud) /* how much is looked at before #UD is no matter of the instruction */
		v->read = v->written = 0;
	v->class = only_ud		  ? CLASS_UNDEFINED
		   : verdict_critical(v)  ? CLASS_CRITICAL
		   : verdict_sensitive(v) ? CLASS_BOTH
		   : v->privileged	  ? CLASS_PRIVILEGED
					  : CLASS_INNOCUOUS;
}

void experiment_derive(struct experiment *e, const struct form *f, bool present, struct verdict *v)
{
	u32 trapped = 0, passed = 0;
	bool only_ud = true, has_user = knobs_has_user(e->k);
	*v = (struct verdict){.f = f, .class = CLASS_UNCLASSIFIED};
	if (!present && f->op != OP_UD) {
		v->why = sys_table[f->op] ? "no processor model of the core has it" : "the core has no handler for it";
		return;
	}
	for (int i = 0; i < e->nscenarios; i++) {
		trial_prepare(e->w, f, &e->scenarios[i]);
		for (int who = SUPER; who <= (has_user ? USER : SUPER); who++) {
			run(e, v, i, who, false, CHANGE_NONE, &e->base[who]);
			only_ud &= ends_in_ud(&e->base[who]);
		}
		for (int who = SUPER; who <= (has_user ? USER : SUPER); who++)
			judge_control(v, &e->base[who], i, who, CHANGE_NONE);
		if (has_user)
			judge_privilege(e, v, i, &trapped, &passed);
		for (int who = SUPER; who <= (has_user ? USER : SUPER); who++) {
			if (e->base[who].ending == END_DONE) {
				v->completed[who]++;
				judge_moved(e, v, i, who);
				judge_changes(e, v, i, who);
				if (!has_user)
					found(v, KIND_INNOCUOUS, who, i, CHANGE_NONE);
			}
		}
	}
	conclude(v, trapped, passed, only_ud);
}

bool experiment_present(struct experiment *e, const struct form *f)
{
	struct verdict v = {.f = f};
	for (int i = 0; i < e->nscenarios; i++) {
		trial_prepare(e->w, f, &e->scenarios[i]);
		run(e, &v, i, SUPER, false, CHANGE_NONE, &e->other);
		if (!ends_in_ud(&e->other))
			return true;
	}
	return false;
}

/* ---- witnesses ------------------------------------------------------------------------------- */

void witness_setups(const struct experiment *e, const struct form *f, enum kind kind, const struct witness *wit,
		    struct setup *a, struct setup *b)
{
	*a = (struct setup){.k = e->k, .f = f, .sc = &e->scenarios[wit->scenario], .who = wit->who, .change = CHANGE_NONE};
	*b = *a;
	switch (kind) {
	case KIND_PRIVILEGED:
	case KIND_MODE:
	case KIND_INNOCUOUS:
		a->who = SUPER;
		break;
	case KIND_LOCATION:
		b->moved = true;
		break;
	case KIND_CONTROL:
	case KIND_EFFECT: /* one run; the other mode is shown beside it */
		a->change = b->change = wit->change;
		if (knobs_has_user(e->k))
			b->who = wit->who == USER ? SUPER : USER;
		break;
	default:
		b->change = wit->change;
	}
}

enum kind verdict_main_kind(const struct verdict *v)
{
	static const u8 user_first[] = {KIND_CONTROL, KIND_RESOURCE, KIND_LOCATION};
	if (v->class == CLASS_BOTH || v->class == CLASS_PRIVILEGED)
		return KIND_PRIVILEGED;
	if (v->class == CLASS_INNOCUOUS) {
		static const u8 weaker[] = {KIND_EFFECT, KIND_DEPENDS, KIND_VISIBLE};
		for (size_t i = 0; i < ARRAY_LEN(weaker); i++)
			if (v->witness[weaker[i]].found)
				return weaker[i];
		return KIND_INNOCUOUS;
	}
	for (size_t i = 0; i < ARRAY_LEN(user_first); i++)
		if (v->witness[user_first[i]].found && v->witness[user_first[i]].who == USER)
			return user_first[i];
	if (v->mode)
		return KIND_MODE;
	for (size_t i = 0; i < ARRAY_LEN(user_first); i++)
		if (v->witness[user_first[i]].found)
			return user_first[i];
	return KIND_INNOCUOUS;
}

void witness_id(const struct experiment *e, const struct verdict *v, enum kind kind, char *out, size_t size)
{
	const struct witness *w = &v->witness[kind];
	bool has_change = w->change != CHANGE_NONE;
	if (!w->found) {
		if (size)
			out[0] = 0;
		return;
	}
	snprintf(out, size, "%s:%s:%s:%s:%s%s%s", e->k->name, v->f->key, kind_name(kind), e->scenarios[w->scenario].name,
		 w->who == USER ? "user" : "supervisor", has_change ? ":" : "",
		 !has_change ? "" : w->change != CHANGE_ALL ? changes[w->change].name : "all");
}
