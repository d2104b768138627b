/* report_json.c - the classification as JSON; the format is documented in docs/classify.md and stable. */
#include <string.h>

#include "classify/report.h"

static void string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void member(FILE *out, const char *name, const char *value)
{
	fprintf(out, "\"%s\": ", name);
	string(out, value);
}

static const char *boolean(bool b)
{
	return b ? "true" : "false";
}

static void knobs(FILE *out, const struct knobs *k)
{
	static const char *const modes[] = {"real", "real-deprivileged", "v86", "protected"};
	fprintf(out, "\"k\": {");
	member(out, "mode", modes[k->mode]);
	if (knobs_has_user(k))
		fprintf(out, ", \"cpl\": [%d, %d]", k->s, k->u);
	else
		fprintf(out, ", \"cpl\": [%d]", k->s);
	fprintf(out, ", \"iopl\": %d, ", k->iopl);
	member(out, "io_bitmap", k->io_map == IO_DENY ? "deny" : "even");
	fprintf(out, ", \"vme\": %s, \"pvi\": %s, \"tsd\": %s, \"pce\": %s, \"umip\": %s", boolean(k->vme), boolean(k->pvi),
		boolean(k->tsd), boolean(k->pce), boolean(k->umip));
	fprintf(out, ", \"cpuid_faulting\": %s, \"critical_trap\": %s}", boolean(k->cpuid_fault), boolean(k->critical_trap));
}

/* Families may come back in the table: each is named once. */
static bool named_before(const struct survey *s, int n, int i)
{
	const struct form *f = s->v[i].f;
	for (int j = 0; j < i; j++)
		if (s->v[j].f->op == f->op && !strcmp(s->v[j].f->row->mnemonic, f->row->mnemonic) &&
		    theorem_decided_by(n, &s->v[j]))
			return true;
	return false;
}

static void theorem(FILE *out, const struct survey *s, int n)
{
	const char *note = theorem_note(s, n), *comma = "";
	fprintf(out, "\"%d\": {\"holds\": %s, \"because\": [", n, boolean(theorem_holds(s, n)));
	for (int i = 0; i < s->n; i++) {
		if (!theorem_decided_by(n, &s->v[i]) || named_before(s, n, i))
			continue;
		const char *family = form_family(s->v[i].f);
		fprintf(out, "%s", comma);
		string(out, family);
		comma = ", ";
	}
	fprintf(out, "]");
	if (note) {
		fprintf(out, ", ");
		member(out, "note", note);
	}
	fprintf(out, "}");
}

static void circles(FILE *out, const struct survey *s)
{
	struct circles c = survey_circles(s);
	fprintf(out,
		"\"circles\": {\"privileged_only\": %d, \"privileged_and_sensitive\": %d, \"critical\": %d, \"outside\": %d, "
		"\"undefined\": %d, \"unclassified\": %d, \"critical_extended\": %d, \"visible\": %d, \"user_critical\": %d}",
		c.privileged, c.both, c.critical, c.outside, c.undefined, c.unclassified, c.critical_extended, c.visible,
		c.user_critical);
}

static void behaviour(FILE *out, const struct verdict *v)
{
	const struct {
		bool is;
		const char *name;
	} kinds[] = {{v->location[0] || v->location[1], "location"}, {v->resource[0] || v->resource[1], "resource"},
		     {v->mode, "mode"}};
	const char *comma = "";
	fprintf(out, "\"behaviour\": [");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].is) {
			fprintf(out, "%s\"%s\"", comma, kinds[i].name);
			comma = ", ";
		}
	fprintf(out, "]");
}

static void touched(FILE *out, const struct verdict *v)
{
	const char *comma = "";
	fprintf(out, "\"touched\": [");
	for (int i = 0; i < F_COUNT; i++) {
		bool r = fields_have(v->read, i), w = fields_have(v->written, i);
		if (!r && !w)
			continue;
		fprintf(out, "%s\"%s:%s%s\"", comma, field_name(i), r ? "r" : "", w ? "w" : "");
		comma = ", ";
	}
	fprintf(out, "]");
}

static void depends(FILE *out, const struct verdict *v)
{
	const char *comma = "";
	fprintf(out, "\"depends_on\": [");
	for (int i = 0; i < changes_count; i++)
		if (v->matters >> i & 1) {
			fprintf(out, "%s\"%s\"", comma, changes[i].name);
			comma = ", ";
		}
	fprintf(out, "]");
}

static void changed(FILE *out, const struct verdict *v)
{
	const char *comma = "";
	fprintf(out, "\"changes\": [");
	for (int i = 0; i < F_COUNT; i++)
		if (fields_have(v->changed, i)) {
			fprintf(out, "%s\"%s\"", comma, field_name(i));
			comma = ", ";
		}
	fprintf(out, "]");
}

static void witnesses(FILE *out, const struct survey *s, const struct verdict *v)
{
	char id[128];
	const char *comma = "";
	witness_id(&s->names, v, verdict_main_kind(v), id, sizeof id);
	member(out, "witness", id);
	fprintf(out, ", \"witnesses\": {");
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (!v->witness[kind].found)
			continue;
		witness_id(&s->names, v, (enum kind)kind, id, sizeof id);
		fprintf(out, "%s", comma);
		member(out, kind_name((enum kind)kind), id);
		comma = ", ";
	}
	fprintf(out, "}");
}

static void form(FILE *out, const struct survey *s, const struct verdict *v)
{
	char vectors[64];
	fprintf(out, "{");
	member(out, "form", v->f->key);
	fprintf(out, ", ");
	member(out, "mnemonic", v->f->row->mnemonic);
	fprintf(out, ", ");
	member(out, "operands", v->f->operands);
	fprintf(out, ", ");
	member(out, "operation", op_name((enum op)v->f->op));
	fprintf(out, ", ");
	member(out, "instruction", v->f->text);
	fprintf(out, ", ");
	member(out, "class", class_name((enum form_class)v->class));
	fprintf(out, ", \"privileged\": %s, \"control\": %s, ", boolean(v->privileged), boolean(v->control[0] || v->control[1]));
	behaviour(out, v);
	fprintf(out, ", \"user\": %s, \"supervisor\": %s, \"critical\": %s", boolean(verdict_sensitive_in(v, USER)),
		boolean(verdict_sensitive_in(v, SUPER)), boolean(v->class == CLASS_CRITICAL));
	fprintf(out, ", \"extended\": %s, \"visibility\": %s, \"traps_partly\": %s, ", boolean(verdict_extended(v)),
		boolean(verdict_visible(v)), boolean(v->traps_partly));
	words_vectors(v->trap_vectors, vectors, sizeof vectors);
	member(out, "user_faults", vectors);
	fprintf(out, ", \"pairs\": %u, \"runs\": %u, ", v->pairs, v->runs);
	touched(out, v);
	fprintf(out, ", ");
	changed(out, v);
	fprintf(out, ", ");
	depends(out, v);
	fprintf(out, ", ");
	witnesses(out, s, v);
	if (v->why) {
		fprintf(out, ", ");
		member(out, "why", v->why);
	}
	fprintf(out, "}");
}

static void configuration(FILE *out, const struct classification *c, const struct survey *s)
{
	fprintf(out, "{");
	member(out, "name", s->k->name);
	fprintf(out, ", ");
	member(out, "title", s->k->title);
	if (c->processor) {
		fprintf(out, ", ");
		member(out, "processor", c->processor);
	}
	fprintf(out, ",\n ");
	knobs(out, s->k);
	fprintf(out, ",\n \"theorems\": {");
	for (int n = 1; n <= 3; n++) {
		theorem(out, s, n);
		fprintf(out, n < 3 ? ",\n  " : "},\n ");
	}
	circles(out, s);
	fprintf(out, ",\n \"pairs\": %llu, \"runs\": %llu,\n \"forms\": [\n", (unsigned long long)s->pairs,
		(unsigned long long)s->runs);
	for (int i = 0; i < s->n; i++) {
		fprintf(out, "  ");
		form(out, s, &s->v[i]);
		fprintf(out, i + 1 < s->n ? ",\n" : "\n");
	}
	fprintf(out, " ]}");
}

void report_json(const struct classification *c, FILE *out)
{
	fprintf(out, "{\"configurations\": [\n");
	for (int i = 0; i < c->n; i++) {
		configuration(out, c, &c->at[i]);
		fprintf(out, i + 1 < c->n ? ",\n" : "\n");
	}
	fprintf(out, "]}\n");
}
