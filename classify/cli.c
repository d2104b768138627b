/* cli.c - the command line of `tandem classify`. */
#include "classify/classify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "classify/report.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_HTML };

struct request {
	const struct knobs *k[64];
	int n;
	enum format format;
	const char *file, *replay, *processor;
	int threads;
	bool quiet;
};

static const char help[] =
	"Usage: tandem classify [options]\n"
	"Derives Popek and Goldberg's classes of every instruction by running it in pairs of states.\n"
	"\n"
	"  -K NAME[,NAME..]      configurations to classify under (default: protected); list: all their names\n"
	"  --all                 all of them\n"
	"  -cpu MODEL[,OPTION..] the processor, as tandem -cpu takes it (default: one with every instruction);\n"
	"                        max,critical=trap: the imaginary x86 on which critical instructions fault\n"
	"  --format FORMAT       text (default), json, csv or html\n"
	"  -o FILE               write the report to FILE\n"
	"  --replay ID           run one witness again, step by step in words\n"
	"  --threads N           default: one for each processor\n"
	"  -h                    this text\n"
	"\n"
	"docs/classify.md describes the formats, docs/is-x86-virtualizable.md the method.\n";

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "tandem classify: %s: %s\n", what, why);
	return -1;
}

static void list_configurations(void)
{
	for (int i = 0; i < knobs_count; i++)
		printf("%-24s %s\n", knobs_all[i].name, knobs_all[i].title);
}

static int add_configuration(struct request *r, const char *name)
{
	const struct knobs *k = knobs_find(name);
	if (!k)
		return refuse(name, "no such configuration; -K list names them");
	for (int i = 0; i < r->n; i++)
		if (r->k[i] == k)
			return 0;
	r->k[r->n++] = k;
	return 0;
}

static int add_configurations(struct request *r, const char *names)
{
	char name[64];
	while (*names) {
		size_t n = strcspn(names, ",");
		snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), names);
		if (add_configuration(r, name))
			return -1;
		names += n + (names[n] == ',');
	}
	return 0;
}

static int set_format(struct request *r, const char *name)
{
	static const char *const names[] = {"text", "json", "csv", "html"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], name)) {
			r->format = (enum format)i;
			return 0;
		}
	return refuse(name, "no such format; there are text, json, csv and html");
}

/* The configuration that a witness ID begins with. */
static int set_replay(struct request *r, const char *id)
{
	char name[64];
	snprintf(name, sizeof name, "%.*s", (int)strcspn(id, ":"), id);
	r->replay = id;
	return add_configuration(r, name);
}

/* One option; *i moves over its value. 0, 1: done (help was printed), -1: refused */
static int option(struct request *r, int argc, char **argv, int *i)
{
	const char *o = argv[*i];
	if (o[0] == '-' && o[1] == '-')
		o++;
	const char *value = *i + 1 < argc ? argv[*i + 1] : NULL;
	if (!strcmp(o, "-h") || !strcmp(o, "-help"))
		return fputs(help, stdout) < 0 ? -1 : 1;
	if (!strcmp(o, "-all")) {
		for (int k = 0; k < knobs_count; k++)
			add_configuration(r, knobs_all[k].name);
		return 0;
	}
	if (!value)
		return refuse(argv[*i], "no such option, or its value is missing");
	++*i;
	if (!strcmp(o, "-K") && !strcmp(value, "list"))
		return list_configurations(), 1;
	if (!strcmp(o, "-K"))
		return add_configurations(r, value);
	if (!strcmp(o, "-format"))
		return set_format(r, value);
	if (!strcmp(o, "-replay"))
		return set_replay(r, value);
	if (!strcmp(o, "-cpu")) {
		r->processor = value;
		return 0;
	}
	if (!strcmp(o, "-o")) {
		r->file = value;
		return 0;
	}
	if (!strcmp(o, "-threads") && atoi(value) > 0) {
		r->threads = atoi(value);
		return 0;
	}
	return refuse(argv[*i - 1], "no such option, or a value it does not take");
}

static int write_report(const struct request *r, const struct classification *c, FILE *out)
{
	if (r->replay)
		return replay_id(c, r->replay, out) ? refuse(r->replay, "no such witness") : 0;
	switch (r->format) {
	case FORMAT_TEXT: report_text(c, out); return 0;
	case FORMAT_JSON: report_json(c, out); return 0;
	case FORMAT_CSV: report_csv(c, out); return 0;
	case FORMAT_HTML: return report_html(c, out);
	}
	return 0;
}

static int run(const struct request *r)
{
	struct classification c;
	char error[CLASSIFY_ERROR];
	FILE *out = r->file ? fopen(r->file, "w") : stdout;
	if (!out)
		return refuse(r->file, "cannot be written");
	if (classification_run(&c, r->k, r->n, r->processor, r->threads, error)) {
		if (r->file)
			fclose(out);
		return refuse("cannot begin", error);
	}
	int result = write_report(r, &c, out);
	if ((r->file ? fclose(out) : fflush(out)) && !result)
		result = refuse(r->file ? r->file : "stdout", "cannot be written");
	classification_free(&c);
	return result;
}

int classify_main(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct request r = {.threads = processors > 0 ? (int)processors : 1};
	for (int i = 1; i < argc; i++) {
		int result = option(&r, argc, argv, &i);
		if (result)
			return result < 0;
	}
	if (r.n == 0)
		add_configuration(&r, "protected");
	return run(&r) != 0;
}
