/* report_html.c - the report as one HTML file: answer, theorems per K, flips; then each configuration. */
#include <stdlib.h>
#include <string.h>

#include "classify/html.h"

void html_text(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '&': fputs("&amp;", out); break;
		case '"': fputs("&quot;", out); break;
		default: putc(*text, out);
		}
}

/* ---- the circles ----------------------------------------------------------------------------- */

static void region(FILE *out, int x, int forms, int instructions, const char *label)
{
	fprintf(out, "<text x=\"%d\" y=\"108\" text-anchor=\"middle\" font-size=\"26\" font-weight=\"600\">%d</text>", x, instructions);
	fprintf(out, "<text x=\"%d\" y=\"128\" text-anchor=\"middle\" font-size=\"12\">%s</text>", x, label);
	fprintf(out, "<text x=\"%d\" y=\"144\" text-anchor=\"middle\" font-size=\"11\" fill=\"#5c6470\">%d forms</text>\n", x, forms);
}

void html_circles(FILE *out, const struct survey *s, const struct group *g, int n)
{
	struct circles c = survey_circles(s);
	int instructions[CLASS_COUNT] = {0};
	for (int i = 0; i < n; i++)
		for (int k = 0; k < CLASS_COUNT; k++)
			instructions[k] += g[i].count[k] > 0;
	fprintf(out,
		"<svg viewBox=\"0 0 480 235\" width=\"480\" role=\"img\" aria-label=\"privileged and sensitive instructions\">\n"
		"<rect x=\"1\" y=\"1\" width=\"478\" height=\"233\" fill=\"none\" stroke=\"#c9cdd3\"/>\n"
		"<circle cx=\"180\" cy=\"118\" r=\"98\" fill=\"#1b6e3c\" fill-opacity=\".13\" stroke=\"#1b6e3c\"/>\n"
		"<circle cx=\"300\" cy=\"118\" r=\"98\" fill=\"#b3261e\" fill-opacity=\".13\" stroke=\"#b3261e\"/>\n"
		"<text x=\"60\" y=\"26\" font-size=\"14\" fill=\"#1b6e3c\">privileged</text>"
		"<text x=\"420\" y=\"26\" font-size=\"14\" text-anchor=\"end\" fill=\"#b3261e\">sensitive</text>\n");
	region(out, 140, c.privileged, instructions[CLASS_PRIVILEGED], "only privileged");
	region(out, 240, c.both, instructions[CLASS_BOTH], "both");
	region(out, 340, c.critical, instructions[CLASS_CRITICAL], "critical");
	fprintf(out, "<text x=\"240\" y=\"228\" text-anchor=\"middle\" font-size=\"11\" fill=\"#5c6470\">outside both: %d instructions, %d forms</text>\n</svg>\n",
		instructions[CLASS_INNOCUOUS], c.outside);
}

/* ---- overview ------------------------------------------------------------------------------------ */

static void theorem_cell(FILE *out, const struct survey *s, int n)
{
	bool holds = theorem_holds(s, n);
	fprintf(out, "<td class=\"%s\">%s</td>", holds ? "holds" : "fails", holds ? "holds" : "fails");
}

static int instructions_of(const struct group *g, int n, enum form_class class)
{
	int count = 0;
	for (int i = 0; i < n; i++)
		count += g[i].count[class] > 0;
	return count;
}

static void overview(FILE *out, const struct classification *c, struct group *g)
{
	fputs("<h2 id=\"overview\">Theorems by configuration</h2>\n<table class=\"sort\"><thead><tr><th>K</th><th>what it is</th>"
	      "<th>Theorem 1</th><th>Theorem 2</th><th>Theorem 3</th><th class=\"n\">critical instructions</th><th class=\"n\">critical forms</th>"
	      "<th class=\"n\">privileged forms</th><th class=\"n\">pairs of states</th></tr></thead><tbody>\n", out);
	for (int i = 0; i < c->n; i++) {
		const struct survey *s = &c->at[i];
		struct circles r = survey_circles(s);
		int n = survey_groups(s, g, GROUPS_MAX);
		fprintf(out, "<tr><td><a href=\"#%s\">%s</a></td><td>", s->k->name, s->k->name);
		html_text(out, s->k->title);
		fputs("</td>", out);
		for (int t = 1; t <= 3; t++)
			theorem_cell(out, s, t);
		fprintf(out, "<td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%llu</td></tr>\n",
			instructions_of(g, n, CLASS_CRITICAL), r.critical, r.privileged + r.both, (unsigned long long)s->pairs);
	}
	fputs("</tbody></table>\n<p class=\"dim\">An instruction is a mnemonic with one meaning (MOV from a segment register is one, MOV to "
	      "a control register another); a form is a row of the opcode table with one kind of operand and one operand size.</p>\n", out);
}

static void flips(FILE *out, const struct classification *c)
{
	struct flip *f = calloc(FLIPS_MAX, sizeof *f);
	if (!f)
		return;
	fputs("<h2 id=\"flips\">Which knob moves which instruction</h2>\n<table class=\"sort\"><thead><tr><th>knob</th><th>from K</th>"
	      "<th>to K</th><th>instruction</th><th>was</th><th>becomes</th><th class=\"n\">forms</th></tr></thead><tbody>\n", out);
	for (int i = 0; i < c->n; i++) {
		const struct survey *s = &c->at[i], *base = s->k->base ? classification_find(c, s->k->base) : NULL;
		int n = base ? flips_find(base, s, f, FLIPS_MAX) : 0;
		for (int j = 0; j < n; j++) {
			fprintf(out, "<tr><td>%s</td><td>%s</td><td>%s</td><td>", s->k->knob, base->k->name, s->k->name);
			html_text(out, f[j].family);
			fprintf(out, "</td><td>%s</td><td>%s</td><td class=\"n\">%d</td></tr>\n", class_name((enum form_class)f[j].from),
				class_name((enum form_class)f[j].to), f[j].forms);
		}
		if (base && !n)
			fprintf(out, "<tr><td>%s</td><td>%s</td><td>%s</td><td>nothing</td><td></td><td></td><td class=\"n\">0</td></tr>\n",
				s->k->knob, base->k->name, s->k->name);
	}
	fputs("</tbody></table>\n", out);
	free(f);
}

static void navigation(FILE *out, const struct classification *c)
{
	fputs("<nav><a href=\"#overview\">Theorems</a>", out);
	if (c->n > 1)
		fputs("<a href=\"#flips\">Knobs</a>", out);
	for (int i = 0; i < c->n; i++)
		fprintf(out, "<a href=\"#%s\">%s</a>", c->at[i].k->name, c->at[i].k->name);
	fputs("</nav>\n", out);
}

static const char introduction[] =
	"<p>Popek and Goldberg (1974): an instruction is <b>privileged</b> if it traps in user mode and not in supervisor mode, in every "
	"pair of states that differ in the mode only. It is <b>sensitive</b> if it changes the mode or the resource state without a trap "
	"(control sensitive), or if its result depends on them: on the mode, on where the program lies, on a resource register (behaviour "
	"sensitive). Sensitive and not privileged is <b>critical</b>: a monitor that only gets traps cannot see it. Theorem 1: without "
	"critical instructions a virtual machine monitor can be built.</p>\n"
	"<p>Here no table of known facts decides. Each form of each instruction was run, alone, by the emulator's processor core in pairs of "
	"machine states: supervisor and user, everything moved, each resource register changed. What differed is the verdict, and each verdict "
	"has a witness: <code>tandem classify --replay ID</code> runs it again.</p>\n";

int report_html(const struct classification *c, FILE *out)
{
	struct group *g = calloc(GROUPS_MAX, sizeof *g);
	struct world *w = malloc(sizeof *w);
	struct experiment *e = malloc(sizeof *e);
	if (!g || !w || !e || world_init(w)) {
		free(g);
		free(w);
		free(e);
		return -1;
	}
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
	      "<title>Is x86 virtualizable?</title>\n<style>\n", out);
	fputs(html_style, out);
	fputs("</style></head><body>\n<h1>Is x86 virtualizable?</h1>\n", out);
	navigation(out, c);
	fputs(introduction, out);
	if (c->processor) {
		fputs("<p>Processor: <code>-cpu ", out);
		html_text(out, c->processor);
		fputs("</code></p>\n", out);
	}
	overview(out, c, g);
	if (c->n > 1)
		flips(out, c);
	for (int i = 0; i < c->n; i++)
		html_survey(out, &c->at[i], g, w, e);
	fprintf(out, "<script>\n%s</script>\n</body></html>\n", html_script);
	world_free(w);
	free(g);
	free(w);
	free(e);
	return 0;
}
