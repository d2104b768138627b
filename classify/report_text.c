/* report_text.c - the report for a terminal: verdicts first, then what they rest on. */
#include <stdlib.h>
#include <string.h>

#include "classify/report.h"

/* ---- one configuration ---------------------------------------------------------------------- */

/* Families of which some form decides theorem n, wrapped. */
static void print_because(const struct survey *s, const struct group *g, int n, int theorem, FILE *out)
{
	int column = 0;
	for (int i = 0; i < n; i++) {
		int forms = 0;
		const struct form *f = NULL;
		for (int j = 0; j < s->n; j++)
			if (s->v[j].f->op == g[i].op && !strcmp(s->v[j].f->row->mnemonic, g[i].mnemonic) &&
			    theorem_decided_by(theorem, &s->v[j])) {
				forms++;
				f = s->v[j].f;
			}
		if (!f)
			continue;
		const char *family = form_family(f);
		if (column == 0 || column + strlen(family) > 96) {
			fprintf(out, "%s      ", column ? ";\n" : "");
			column = 6;
		} else {
			fprintf(out, "; ");
		}
		column += fprintf(out, "%s", family) + 2;
	}
	if (column)
		fprintf(out, "\n");
}

static void print_theorems(const struct survey *s, const struct group *g, int n, FILE *out)
{
	for (int t = 1; t <= 3; t++) {
		bool holds = theorem_holds(s, t);
		const char *note = theorem_note(s, t);
		fprintf(out, "  Theorem %d %s (%s).%s%s\n", t, holds ? "HOLDS" : "FAILS", theorem_text(t), note ? " " : "", note ? note : "");
		if (holds || t == 2)
			continue;
		fprintf(out, "    Because these are %s and do not trap:\n", t == 3 ? "user sensitive" : "sensitive");
		print_because(s, g, n, t, out);
	}
}

static void print_circles(const struct survey *s, FILE *out)
{
	struct circles c = survey_circles(s);
	fprintf(out,
		"  Forms: %d in all; privileged only %d, privileged and sensitive %d, sensitive only (critical) %d, neither %d,\n"
		"         undefined in this mode %d, not on this model %d.\n"
		"         Beyond the strict column: %d sensitive in the extended sense without a trap, %d reveal time or processor.\n"
		"  Evidence: %llu pairs of states, %llu runs.\n",
		s->n, c.privileged, c.both, c.critical, c.outside, c.undefined, c.unclassified, c.critical_extended, c.visible,
		(unsigned long long)s->pairs, (unsigned long long)s->runs);
}

/* Which forms they are, when not all of a family are of the class. */
static void print_members(const struct survey *s, const struct group *g, enum form_class class, FILE *out)
{
	const char *comma = "      these: ", *name;
	int at = 0;
	if (g->count[class] == g->forms)
		return;
	while ((name = group_member(s, g, class, &at))) {
		fprintf(out, "%s%s", comma, name);
		comma = "; ";
	}
	fprintf(out, "\n");
}

static void print_class(const struct survey *s, const struct group *g, int n, enum form_class class, FILE *out)
{
	fprintf(out, "\n  %c%s\n", class_name(class)[0] - 32, class_name(class) + 1);
	for (int i = 0; i < n; i++) {
		const struct verdict *v = g[i].first[class];
		char words[700], id[128], count[16];
		if (!v)
			continue;
		const char *family = form_family(v->f);
		words_sensitivity(v, words, sizeof words);
		witness_id(&s->names, v, verdict_main_kind(v), id, sizeof id);
		snprintf(count, sizeof count, "%d/%d", g[i].count[class], g[i].forms);
		fprintf(out, "    %-18s %7s forms  %s\n      %s\n", family, count, id, *words ? words : "touches nothing that counts");
		print_members(s, &g[i], class, out);
	}
}

/* Outside of the strict column: ports, interrupt state, the processor; time and identity. */
static void print_beyond_strict(const struct survey *s, const struct group *g, int n, FILE *out)
{
	fprintf(out, "\n  Not sensitive in the strict column, but without a trap\n");
	for (int i = 0; i < n; i++) {
		const struct verdict *v = g[i].first[CLASS_INNOCUOUS];
		char words[700], id[128];
		if (!v || (!verdict_extended(v) && !verdict_visible(v)))
			continue;
		const char *family = form_family(v->f);
		words_sensitivity(v, words, sizeof words);
		witness_id(&s->names, v, verdict_main_kind(v), id, sizeof id);
		fprintf(out, "    %-18s %-14s %s\n      %s\n", family, "", id, words);
	}
}

/* Innocuous families: the pairs tried and the fields touched. */
static void print_innocuous(const struct group *g, int n, FILE *out)
{
	char words[600];
	int quiet = 0;
	fprintf(out, "\n  Innocuous (pairs tried; fields of M and R ever touched by any of the instruction's forms)\n");
	for (int i = 0; i < n; i++) {
		const struct verdict *v = g[i].first[CLASS_INNOCUOUS];
		if (!v)
			continue;
		if (!g[i].read && !g[i].written) {
			quiet++;
			continue;
		}
		const char *family = form_family(v->f);
		words_touched(g[i].read, g[i].written, words, sizeof words);
		fprintf(out, "    %-18s %8u pairs  %s\n", family, g[i].pairs, words);
	}
	fprintf(out, "    and %d instructions that touched none:", quiet);
	int column = 0;
	for (int i = 0; i < n; i++)
		if (g[i].first[CLASS_INNOCUOUS] && !g[i].read && !g[i].written) {
			if (column++ % 12 == 0)
				fprintf(out, "\n     ");
			fprintf(out, " %s", g[i].mnemonic);
		}
	fprintf(out, "\n");
}

static void print_rest(const struct group *g, int n, enum form_class class, const char *title, FILE *out)
{
	int column = 0;
	for (int i = 0; i < n; i++) {
		if (!g[i].first[class])
			continue;
		if (column == 0)
			fprintf(out, "\n  %s\n   ", title);
		else if (column % 12 == 0)
			fprintf(out, "\n   ");
		column++;
		fprintf(out, " %s", g[i].mnemonic);
	}
	if (column)
		fprintf(out, "\n");
}

/* ---- comparison with what others found ---------------------------------------------------------- */

static const char *outcome_word(const struct truth_result *r)
{
	return r->critical	       ? "critical"
	       : r->privileged		? "privileged"
	       : r->undefined		? "undefined in this mode"
	       : r->unclassified	? "not on this model"
					: "innocuous";
}

static void print_list(const struct survey *s, const struct truth_list *l, FILE *out)
{
	fprintf(out, "\n  %s (%s)\n", l->title, l->source);
	for (int i = 0; i < l->n; i++) {
		struct truth_result r = truth_check(s, &l->at[i]);
		const char *note = truth_difference(l, &l->at[i], &r);
		fprintf(out, "    %-30s %-24s %d of %d forms%s%s\n", l->at[i].name, outcome_word(&r),
			r.critical ? r.critical : r.privileged, r.forms, note ? ": " : "", note ? note : "");
	}
}

static void print_beyond(const struct group *g, int n, const struct truth_list *l, bool critical, FILE *out)
{
	for (int i = 0; i < n; i++) {
		const char *note;
		const struct verdict *v = truth_beyond(l, &g[i], critical, &note);
		if (!v)
			continue;
		const char *family = form_family(v->f);
		fprintf(out, "    %-18s %s\n", family, note ? note : "");
	}
}

static void print_comparison(const struct survey *s, const struct group *g, int n, FILE *out)
{
	print_list(s, &truth_robin_irvine, out);
	fprintf(out, "  Derived critical, but not in that list:\n");
	print_beyond(g, n, &truth_robin_irvine, true, out);
	print_list(s, &truth_sdm_cpl0, out);
	fprintf(out, "  Derived privileged, but not in that list:\n");
	print_beyond(g, n, &truth_sdm_cpl0, false, out);
}

static void print_survey(const struct survey *s, bool full, struct group *g, FILE *out)
{
	char knobs[200];
	int n = survey_groups(s, g, GROUPS_MAX);
	words_knobs(s->k, knobs, sizeof knobs);
	fprintf(out, "\nK = %s: %s\n  %s\n", s->k->name, s->k->title, knobs);
	print_theorems(s, g, n, out);
	print_circles(s, out);
	if (!full)
		return;
	print_class(s, g, n, CLASS_CRITICAL, out);
	print_class(s, g, n, CLASS_BOTH, out);
	print_class(s, g, n, CLASS_PRIVILEGED, out);
	print_beyond_strict(s, g, n, out);
	print_innocuous(g, n, out);
	print_rest(g, n, CLASS_UNDEFINED, "Undefined (#UD in every state of this configuration)", out);
	print_rest(g, n, CLASS_UNCLASSIFIED, "Not on this model (the opcode table names them; no processor model of the core has them, so nothing can be tried)", out);
	print_comparison(s, g, n, out);
}

/* ---- several ----------------------------------------------------------------------------------------- */

static void print_flips(const struct classification *c, FILE *out)
{
	static const char heading[] = "\nWhich knob moves which instruction\n";
	bool any = false;
	for (int i = 0; i < c->n; i++) {
		const struct survey *s = &c->at[i], *base = s->k->base ? classification_find(c, s->k->base) : NULL;
		struct flip *f = base ? calloc(FLIPS_MAX, sizeof *f) : NULL;
		if (!f)
			continue;
		int n = flips_find(base, s, f, FLIPS_MAX);
		fprintf(out, "%s  %s (%s instead of %s)%s\n", any ? "" : heading, s->k->knob, s->k->name, base->k->name,
			n ? "" : ": nothing");
		any = true;
		for (int j = 0; j < n; j++)
			fprintf(out, "    %-18s %s -> %s (%d form%s)\n", f[j].family, class_name((enum form_class)f[j].from),
				class_name((enum form_class)f[j].to), f[j].forms, f[j].forms == 1 ? "" : "s");
		free(f);
	}
}

void report_text(const struct classification *c, FILE *out)
{
	struct group *g = calloc(GROUPS_MAX, sizeof *g);
	if (!g)
		return;
	fprintf(out, "Is x86 virtualizable? Popek and Goldberg's classes, derived by running every instruction in pairs of states.\n"
		     "Each line names a witness: tandem classify --replay ID shows both runs step by step.\n");
	if (c->processor)
		fprintf(out, "Processor: -cpu %s (name it with --replay, too)\n", c->processor);
	for (int i = 0; i < c->n; i++)
		print_survey(&c->at[i], c->n == 1, g, out);
	print_flips(c, out);
	free(g);
}
