/* theorems.c - what the classes mean for a VMM, and which knob moves which instruction. Popek and Goldberg 1974. */
#include <stdio.h>
#include <string.h>

#include "classify/report.h"

bool theorem_decided_by(int n, const struct verdict *v)
{
	if (v->privileged)
		return false;
	return n == 3 ? verdict_sensitive_in(v, USER) : verdict_sensitive(v);
}

bool theorem_holds(const struct survey *s, int n)
{
	if (!knobs_has_user(s->k))
		return false;
	for (int i = 0; i < s->n; i++)
		if (theorem_decided_by(n, &s->v[i]))
			return false;
	return true;
}

const char *theorem_text(int n)
{
	switch (n) {
	case 1: return "every sensitive instruction is privileged: a VMM can be built";
	case 2: return "theorem 1 holds and the VMM can be built without timing dependencies: it can run on itself";
	default: return "every user-sensitive instruction is privileged: a hybrid VMM, which interprets all supervisor code, can be built";
	}
}

const char *theorem_note(const struct survey *s, int n)
{
	if (!knobs_has_user(s->k))
		return "Real mode has no user mode: nothing can be privileged.";
	if (n != 2 || !theorem_holds(s, 1))
		return NULL;
	for (int i = 0; i < s->n; i++)
		if (verdict_visible(&s->v[i]) && !s->v[i].privileged)
			return "Time can be read without a trap: the VMM in the VM must not depend on it.";
	return "Nothing reads time without a trap.";
}

static struct flip *flip_of(struct flip *out, int n, const char *family, u8 from, u8 to)
{
	for (int i = 0; i < n; i++)
		if (out[i].from == from && out[i].to == to && !strcmp(out[i].family, family))
			return &out[i];
	return NULL;
}

int flips_find(const struct survey *base, const struct survey *s, struct flip *out, int max)
{
	int n = 0;
	if (base->forms != s->forms)
		return 0;
	for (int i = 0; i < s->n; i++) {
		u8 from = base->v[i].class, to = s->v[i].class;
		if (from == to)
			continue;
		const char *family = form_family(s->v[i].f);
		struct flip *f = flip_of(out, n, family, from, to);
		if (!f && n < max) {
			f = &out[n++];
			*f = (struct flip){.family = family, .from = from, .to = to};
		}
		if (f)
			f->forms++;
	}
	return n;
}
