/* html_survey.c - one configuration in the HTML report. */
#include <stdlib.h>
#include <string.h>

#include "classify/html.h"

/* ---- theorems ---------------------------------------------------------------------------------- */

static void because(FILE *out, const struct survey *s, const struct group *g, int n, int theorem)
{
	const char *comma = "";
	for (int i = 0; i < n; i++) {
		const struct verdict *decides = NULL;
		for (int j = 0; j < s->n && !decides; j++)
			if (s->v[j].f->op == g[i].op && !strcmp(s->v[j].f->row->mnemonic, g[i].mnemonic) &&
			    theorem_decided_by(theorem, &s->v[j]))
				decides = &s->v[j];
		if (!decides)
			continue;
		const char *family = form_family(decides->f);
		fputs(comma, out);
		html_text(out, family);
		comma = "; ";
	}
}

static void theorems(FILE *out, const struct survey *s, const struct group *g, int n)
{
	for (int t = 1; t <= 3; t++) {
		bool holds = theorem_holds(s, t);
		const char *note = theorem_note(s, t);
		fprintf(out, "<p><b>Theorem %d</b> <span class=\"%s\">%s</span> <span class=\"dim\">(%s)</span>. %s", t,
			holds ? "holds" : "fails", holds ? "holds" : "fails", theorem_text(t), note ? note : "");
		if (!holds && t != 2) {
			fprintf(out, " It fails because these are %s and do not trap: ", t == 3 ? "user sensitive" : "sensitive");
			because(out, s, g, n, t);
			fputs(".", out);
		}
		fputs("</p>\n", out);
	}
}

/* ---- verdicts --------------------------------------------------------------------------------------- */

/* The class that tells, and those of no interest beside it. */
static bool is_shown(const struct verdict *v, enum form_class class)
{
	return v && (class == CLASS_CRITICAL || class == CLASS_BOTH || class == CLASS_PRIVILEGED ||
		     (class == CLASS_INNOCUOUS && (verdict_extended(v) || verdict_visible(v))));
}

static void members(FILE *out, const struct survey *s, const struct group *g, enum form_class class)
{
	const char *comma = "", *name;
	int at = 0;
	if (g->count[class] == g->forms) {
		fprintf(out, "all %d", g->forms);
		return;
	}
	fprintf(out, "%d of %d: ", g->count[class], g->forms);
	while ((name = group_member(s, g, class, &at))) {
		fputs(comma, out);
		html_text(out, name);
		comma = "; ";
	}
}

static const char *column(const struct verdict *v)
{
	if (v->class != CLASS_INNOCUOUS)
		return class_name((enum form_class)v->class);
	return verdict_extended(v) ? "sensitive in the extended sense" : "reveals time or processor";
}

/* It may be broken between its parts. */
static void breakable(FILE *out, const char *id)
{
	char part[128];
	for (size_t n; *id; id += n) {
		n = strcspn(id, ":");
		n += id[n] == ':';
		snprintf(part, sizeof part, "%.*s", (int)n, id);
		html_text(out, part);
		fputs("<wbr>", out);
	}
}

static void verdict_row(FILE *out, const struct survey *s, const struct group *g, const struct verdict *v)
{
	char words[700], id[128], vectors[64], touched[700];
	const char *family = form_family(v->f);
	words_sensitivity(v, words, sizeof words);
	words_vectors(v->trap_vectors, vectors, sizeof vectors);
	words_touched(v->read, v->written, touched, sizeof touched);
	witness_id(&s->names, v, verdict_main_kind(v), id, sizeof id);
	fputs("<tr><td><b>", out);
	html_text(out, family);
	fprintf(out, "</b></td><td class=\"%s\">%s</td><td>", v->class == CLASS_CRITICAL ? "critical" : v->class == CLASS_BOTH ? "both" : "",
		column(v));
	members(out, s, g, (enum form_class)v->class);
	fputs("</td><td>", out);
	html_text(out, words);
	fprintf(out, "</td><td>%s</td><td class=\"n\">%u</td><td class=\"dim\">", vectors, g->pairs);
	html_text(out, touched);
	fputs("</td><td class=\"id\"><a href=\"#w:", out);
	html_text(out, id);
	fputs("\">", out);
	breakable(out, id);
	fputs("</a></td></tr>\n", out);
}

static void verdicts(FILE *out, const struct survey *s, const struct group *g, int n)
{
	static const u8 order[] = {CLASS_CRITICAL, CLASS_BOTH, CLASS_PRIVILEGED, CLASS_INNOCUOUS};
	fputs("<h3>Privileged, sensitive, critical</h3>\n<table class=\"sort verdicts\"><thead><tr><th>instruction</th><th>class</th><th>forms</th>"
	      "<th>sensitivity</th><th>user state faults</th><th class=\"n\">pairs</th><th>fields of M and R touched</th><th>witness</th></tr></thead><tbody>\n", out);
	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (int i = 0; i < n; i++)
			if (is_shown(g[i].first[order[k]], (enum form_class)order[k]))
				verdict_row(out, s, &g[i], g[i].first[order[k]]);
	fputs("</tbody></table>\n", out);
}

static bool is_plain(const struct group *g)
{
	return g->first[CLASS_INNOCUOUS] && !is_shown(g->first[CLASS_INNOCUOUS], CLASS_INNOCUOUS);
}

/* One row for all instructions that touched the same fields. */
static void innocuous_row(FILE *out, const struct group *g, int n, int first)
{
	char touched[700], excuses[1200];
	const char *comma = "";
	u32 pairs = 0;
	int forms = 0;
	words_touched(g[first].read, g[first].written, touched, sizeof touched);
	words_excuses(g[first].read, g[first].written, excuses, sizeof excuses);
	fputs("<tr><td>", out);
	for (int i = first; i < n; i++) {
		if (!is_plain(&g[i]) || g[i].read != g[first].read || g[i].written != g[first].written)
			continue;
		const char *family = form_family(g[i].first[CLASS_INNOCUOUS]->f);
		fputs(comma, out);
		html_text(out, family);
		comma = "; ";
		pairs += g[i].pairs;
		forms += g[i].count[CLASS_INNOCUOUS];
	}
	fprintf(out, "</td><td class=\"n\">%d</td><td class=\"n\">%u</td><td>", forms, pairs);
	html_text(out, touched);
	fputs("</td><td class=\"dim\">", out);
	html_text(out, g[first].read | g[first].written ? excuses : "");
	fputs("</td></tr>\n", out);
}

static bool touched_before(const struct group *g, int i)
{
	for (int j = 0; j < i; j++)
		if (is_plain(&g[j]) && g[j].read == g[i].read && g[j].written == g[i].written)
			return true;
	return false;
}

static void innocuous(FILE *out, const struct group *g, int n)
{
	fputs("<details><summary>Innocuous: pairs tried, fields touched, and why they do not count</summary>\n<table class=\"sort\"><thead><tr>"
	      "<th>instructions</th><th class=\"n\">forms</th><th class=\"n\">pairs tried</th><th>fields of M and R ever touched</th>"
	      "<th>why that does not count</th></tr></thead><tbody>\n", out);
	for (int i = 0; i < n; i++)
		if (is_plain(&g[i]) && !touched_before(g, i))
			innocuous_row(out, g, n, i);
	fputs("</tbody></table></details>\n", out);
}

static void rest(FILE *out, const struct group *g, int n, enum form_class class, const char *title)
{
	int count = 0;
	for (int i = 0; i < n; i++)
		count += g[i].first[class] != NULL;
	if (!count)
		return;
	fprintf(out, "<details><summary>%s: %d instructions</summary><p>", title, count);
	for (int i = 0; i < n; i++)
		if (g[i].first[class])
			fprintf(out, "%s ", g[i].mnemonic);
	fputs("</p></details>\n", out);
}

/* ---- comparison --------------------------------------------------------------------------------------- */

static void comparison_list(FILE *out, const struct survey *s, const struct truth_list *l)
{
	fputs("<div><h3>", out);
	html_text(out, l->title);
	fputs("</h3><p class=\"dim\">", out);
	html_text(out, l->source);
	fputs("</p><table class=\"sort\"><thead><tr><th>listed</th><th>derived</th><th class=\"n\">forms</th><th>why not</th></tr></thead><tbody>\n", out);
	for (int i = 0; i < l->n; i++) {
		struct truth_result r = truth_check(s, &l->at[i]);
		const char *word = r.critical	    ? "critical"
				   : r.privileged   ? "privileged"
				   : r.undefined    ? "undefined in this mode"
				   : r.unclassified ? "not on this model"
						    : "innocuous";
		fputs("<tr><td>", out);
		html_text(out, l->at[i].name);
		const char *note = truth_difference(l, &l->at[i], &r);
		fprintf(out, "</td><td class=\"%s\">%s</td><td class=\"n\">%d of %d</td><td class=\"dim\">%s</td></tr>\n",
			r.critical ? "critical" : "", word, r.critical ? r.critical : r.privileged, r.forms, note ? note : "");
	}
	fputs("</tbody></table></div>\n", out);
}

static void beyond(FILE *out, const struct group *g, int n, const struct truth_list *l, bool critical)
{
	fprintf(out, "<h3>Derived %s, but not in the list of %s</h3>\n<table class=\"sort\"><thead><tr><th>instruction</th><th>why</th></tr>"
		     "</thead><tbody>\n", critical ? "critical" : "privileged", critical ? "Robin and Irvine" : "the SDM");
	for (int i = 0; i < n; i++) {
		const char *note;
		const struct verdict *v = truth_beyond(l, &g[i], critical, &note);
		if (!v)
			continue;
		const char *family = form_family(v->f);
		fputs("<tr><td>", out);
		html_text(out, family);
		fputs("</td><td>", out);
		html_text(out, note ? note : "");
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

void html_comparison(FILE *out, const struct survey *s, const struct group *g, int n)
{
	fputs("<details><summary>Compared with what others found</summary>\n<div class=\"cols\">\n", out);
	comparison_list(out, s, &truth_robin_irvine);
	comparison_list(out, s, &truth_sdm_cpl0);
	fputs("</div>\n", out);
	beyond(out, g, n, &truth_robin_irvine, true);
	beyond(out, g, n, &truth_sdm_cpl0, false);
	fputs("</details>\n", out);
}

/* ---- witnesses -------------------------------------------------------------------------------------------- */

static void witness(FILE *out, const struct survey *s, struct experiment *e, const struct verdict *v)
{
	char id[128], *text = NULL;
	size_t size = 0;
	enum kind kind = verdict_main_kind(v);
	FILE *memory = open_memstream(&text, &size);
	if (!memory)
		return;
	if (v->witness[kind].found)
		replay_witness(e, v, kind, memory);
	fclose(memory);
	witness_id(&s->names, v, kind, id, sizeof id);
	fputs("<pre id=\"w:", out);
	html_text(out, id);
	fputs("\">", out);
	html_text(out, text);
	fputs("</pre>\n", out);
	free(text);
}

static void witnesses(FILE *out, const struct survey *s, const struct group *g, int n, struct world *w, struct experiment *e)
{
	survey_reopen(s, w, e);
	fputs("<details class=\"witnesses\"><summary>Witnesses</summary>\n", out);
	for (int i = 0; i < n; i++)
		for (int class = 0; class < CLASS_COUNT; class++)
			if (is_shown(g[i].first[class], (enum form_class)class))
				witness(out, s, e, g[i].first[class]);
	fputs("</details>\n", out);
}

void html_survey(FILE *out, const struct survey *s, struct group *g, struct world *w, struct experiment *e)
{
	char knobs[200];
	int n = survey_groups(s, g, GROUPS_MAX);
	words_knobs(s->k, knobs, sizeof knobs);
	fprintf(out, "<h2 class=\"k\" id=\"%s\">K = %s</h2>\n<p>", s->k->name, s->k->name);
	html_text(out, s->k->title);
	fputs(".<br><span class=\"dim\">", out);
	html_text(out, knobs);
	fputs("</span></p>\n<div class=\"cols\"><div>\n", out);
	theorems(out, s, g, n);
	fprintf(out, "<p class=\"dim\">%d forms, %llu pairs of states, %llu runs.</p></div><div>\n", s->n, (unsigned long long)s->pairs,
		(unsigned long long)s->runs);
	html_circles(out, s, g, n);
	fputs("</div></div>\n", out);
	verdicts(out, s, g, n);
	innocuous(out, g, n);
	rest(out, g, n, CLASS_UNDEFINED, "Undefined (#UD in every state of this configuration)");
	rest(out, g, n, CLASS_UNCLASSIFIED, "Not on this model (the opcode table names them; no processor model of the core has them, so nothing can be tried)");
	html_comparison(out, s, g, n);
	witnesses(out, s, g, n, w, e);
}
