/* script.c - reading a script: one command a line, '#' begins a comment.
 *
 *   wait "text" [seconds]   expect "text"      type "text"     key ctrl-alt-del ...   sleep seconds
 *   screenshot F.png        insert fda F.img   eject fda       regs   hash   quit [status]
 *   mouse dx dy [left-right [wheel]]           powerbutton
 *
 * In quotes: \n \t \e \b \" \\, and \_ for the cursor in wait and expect; before any other
 * character a backslash is itself ("A:\>").
 */
#include "frontend/script.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/keymap.h"
#include "frontend/options.h"

#define SCRIPT_MAX (1 << 20)
#define SECONDS_MAX 1e6
#define MOUSE_MAX 10000

struct parser {
	const char *p; /* rest of the line */
	char *why;
};

static bool bad(struct parser *ps, const char *reason)
{
	snprintf(ps->why, OPTIONS_ERROR, "%s", reason);
	return false;
}

static void skip_blanks(struct parser *ps)
{
	ps->p += strspn(ps->p, " \t\r");
}

static bool at_end(struct parser *ps)
{
	skip_blanks(ps);
	return !*ps->p || *ps->p == '#';
}

static void escape(char c, char **to)
{
	static const char from[] = "nteb\"\\", into[] = "\n\t\033\b\"\\";
	const char *known = strchr(from, c);
	if (c == '_') {
		memcpy(*to, SCRIPT_CURSOR, 3);
		*to += 3;
	} else if (known) {
		*(*to)++ = into[known - from];
	} else {
		*(*to)++ = '\\';
		*(*to)++ = c;
	}
}

/* A text in quotes, into memory of its own. */
static bool quoted(struct parser *ps, char **out)
{
	skip_blanks(ps);
	if (*ps->p != '"')
		return bad(ps, "a text in quotes is missing");
	char *to = *out = malloc(2 * strlen(ps->p) + 1);
	if (!to)
		return bad(ps, "not enough memory");
	for (ps->p++; *ps->p && *ps->p != '"'; ps->p++) {
		if (*ps->p == '\\' && ps->p[1])
			escape(*++ps->p, &to);
		else
			*to++ = *ps->p;
	}
	*to = '\0';
	if (*ps->p++ != '"')
		return bad(ps, "the closing quote is missing");
	return true;
}

/* A word, or a text in quotes. */
static bool word(struct parser *ps, const char *what, char **out)
{
	if (at_end(ps)) {
		snprintf(ps->why, OPTIONS_ERROR, "%s is missing", what);
		return false;
	}
	if (*ps->p == '"')
		return quoted(ps, out);
	size_t n = strcspn(ps->p, " \t\r");
	*out = strndup(ps->p, n);
	ps->p += n;
	return *out || bad(ps, "not enough memory");
}

static bool seconds(struct parser *ps, u64 *ns)
{
	char *end;
	errno = 0;
	skip_blanks(ps);
	double v = strtod(ps->p, &end);
	if (end == ps->p || (*end && !strchr(" \t\r#", *end)))
		return bad(ps, "the time must be a number of seconds");
	if (!isfinite(v) || v < 0 || v > SECONDS_MAX)
		return bad(ps, "the time must be 0 to 1000000 seconds");
	ps->p = end;
	*ns = (u64)(v * 1e9);
	return true;
}

static bool drive(struct parser *ps, int *value)
{
	char *name = NULL;
	bool ok = word(ps, "the drive", &name);
	if (ok && strcmp(name, "fda") && strcmp(name, "fdb") && strcmp(name, "cdrom"))
		ok = bad(ps, "the drive must be fda, fdb or cdrom");
	*value = !ok ? 0 : name[0] == 'c' ? MACHINE_CDROM : name[2] == 'b';
	free(name);
	return ok;
}

/* ---- one function for each command ----------------------------------------------------------------------- */

static bool parse_wait(struct parser *ps, struct script_line *l)
{
	l->ns = SCRIPT_WAIT_S * 1000000000ull;
	return quoted(ps, &l->text) && (l->text[0] || bad(ps, "the text is empty")) && (at_end(ps) || seconds(ps, &l->ns));
}

static bool parse_expect(struct parser *ps, struct script_line *l)
{
	return quoted(ps, &l->text) && (l->text[0] || bad(ps, "the text is empty"));
}

static bool parse_type(struct parser *ps, struct script_line *l)
{
	bool shift;
	u32 c;
	if (!quoted(ps, &l->text))
		return false;
	for (const char *p = l->text; (c = utf8_next(&p));)
		if (!keymap_char(c, &shift) && cp437_find(c) < 0) {
			snprintf(ps->why, OPTIONS_ERROR, "the character U+%04X cannot be typed", (unsigned)c);
			return false;
		}
	return true;
}

/* The groups stay in one text, each checked. */
static bool parse_key(struct parser *ps, struct script_line *l)
{
	u8 usages[KEYMAP_CHORD];
	if (at_end(ps))
		return bad(ps, "a key is missing");
	size_t n = strlen(ps->p), used = 0;
	l->text = calloc(1, n + 2);
	if (!l->text)
		return bad(ps, "not enough memory");
	while (!at_end(ps)) {
		char *chord = l->text + used;
		n = strcspn(ps->p, " \t\r");
		memcpy(chord, ps->p, n);
		ps->p += n;
		if (!keymap_chord(chord, usages)) {
			snprintf(ps->why, OPTIONS_ERROR, "'%.100s' is not a key, nor keys joined by '-'", chord);
			return false;
		}
		used += n;
		l->text[used++] = ' ';
	}
	l->text[used - 1] = '\0';
	return true;
}

static bool parse_sleep(struct parser *ps, struct script_line *l)
{
	return seconds(ps, &l->ns);
}

static bool whole_number(struct parser *ps, const char *what, int *value)
{
	char *end;
	skip_blanks(ps);
	long v = strtol(ps->p, &end, 10);
	if (end == ps->p || (*end && !strchr(" \t\r#", *end)) || v < -MOUSE_MAX || v > MOUSE_MAX) {
		snprintf(ps->why, OPTIONS_ERROR, "%s must be a number from -%d to %d", what, MOUSE_MAX, MOUSE_MAX);
		return false;
	}
	ps->p = end;
	*value = (int)v;
	return true;
}

/* Names joined by '-'. */
static bool parse_buttons(struct parser *ps, u8 *buttons)
{
	static const char *const names[] = {"left", "right", "middle", "4", "5", "none"}; /* by bit */
	do {
		size_t n = strcspn(ps->p += *ps->p == '-', " \t\r#-"), i = 0;
		while (i < ARRAY_LEN(names) && (strlen(names[i]) != n || strncmp(names[i], ps->p, n)))
			i++;
		if (i == ARRAY_LEN(names))
			return bad(ps, "the buttons must be none, or of left, right, middle, 4, 5 joined by '-'");
		*buttons |= (u8)(1u << i & 31);
		ps->p += n;
	} while (*ps->p == '-');
	return true;
}

static bool parse_mouse(struct parser *ps, struct script_line *l)
{
	if (!whole_number(ps, "the way to the right", &l->dx) || !whole_number(ps, "the way down", &l->dy))
		return false;
	return at_end(ps) || (parse_buttons(ps, &l->buttons) && (at_end(ps) || whole_number(ps, "the wheel", &l->dz)));
}

static bool parse_screenshot(struct parser *ps, struct script_line *l)
{
	return word(ps, "the file", &l->text);
}

static bool parse_insert(struct parser *ps, struct script_line *l)
{
	return drive(ps, &l->value) && word(ps, "the image", &l->text);
}

static bool parse_eject(struct parser *ps, struct script_line *l)
{
	return drive(ps, &l->value);
}

static bool parse_nothing(struct parser *ps, struct script_line *l)
{
	(void)ps, (void)l;
	return true;
}

static bool parse_quit(struct parser *ps, struct script_line *l)
{
	char *end;
	if (at_end(ps))
		return true;
	long v = strtol(ps->p, &end, 10);
	if (end == ps->p || (*end && !strchr(" \t\r#", *end)) || v < 0 || v > 255)
		return bad(ps, "the status must be 0 to 255");
	ps->p = end;
	l->value = (int)v;
	return true;
}

static const struct {
	const char *name;
	enum script_verb verb;
	bool (*parse)(struct parser *ps, struct script_line *l);
} commands[] = {
	{"wait",       SCRIPT_WAIT,       parse_wait},
	{"expect",     SCRIPT_EXPECT,     parse_expect},
	{"type",       SCRIPT_TYPE,       parse_type},
	{"key",        SCRIPT_KEY,        parse_key},
	{"sleep",      SCRIPT_SLEEP,      parse_sleep},
	{"mouse",      SCRIPT_MOUSE,      parse_mouse},
	{"screenshot", SCRIPT_SCREENSHOT, parse_screenshot},
	{"insert",     SCRIPT_INSERT,     parse_insert},
	{"eject",      SCRIPT_EJECT,      parse_eject},
	{"powerbutton", SCRIPT_POWERBUTTON, parse_nothing},
	{"regs",       SCRIPT_REGS,       parse_nothing},
	{"hash",       SCRIPT_HASH,       parse_nothing},
	{"quit",       SCRIPT_QUIT,       parse_quit},
};

/* ---- the file ------------------------------------------------------------------------------------------------ */

static bool parse_line(struct parser *ps, struct script_line *l)
{
	size_t n = strcspn(ps->p, " \t\r#\"");
	char reason[OPTIONS_ERROR];
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strlen(commands[i].name) != n || strncmp(ps->p, commands[i].name, n))
			continue;
		l->verb = commands[i].verb;
		ps->p += n;
		if (commands[i].parse(ps, l) && (at_end(ps) || bad(ps, "there is something after the end of the command")))
			return true;
		snprintf(reason, sizeof reason, "%s: %.400s", commands[i].name, ps->why);
		return bad(ps, reason);
	}
	snprintf(ps->why, OPTIONS_ERROR, "'%.*s' is not a command", (int)(n < 100 ? n : 100), ps->p);
	return false;
}

static bool add_line(struct script *s, char *line, int number, char *why)
{
	struct parser ps = {.p = line, .why = why};
	if (at_end(&ps))
		return true;
	struct script_line *lines = realloc(s->lines, (size_t)(s->nlines + 1) * sizeof *lines);
	if (!lines)
		return bad(&ps, "not enough memory");
	s->lines = lines;
	lines[s->nlines] = (struct script_line){.number = number};
	return parse_line(&ps, &lines[s->nlines++]);
}

static struct script *refuse(struct script *s, char *error, const char *path, int line, const char *why)
{
	if (line)
		snprintf(error, OPTIONS_ERROR, "%.200s:%d: %.280s", path, line, why);
	else
		snprintf(error, OPTIONS_ERROR, "%.200s: %.280s", path, why);
	script_free(s);
	return NULL;
}

struct script *script_parse(const char *path, const char *text, char *error)
{
	char why[OPTIONS_ERROR];
	struct script *s = calloc(1, sizeof *s);
	if (!s)
		return refuse(NULL, error, path, 0, "not enough memory");
	typist_init(&s->typist);
	s->out = stdout;
	s->err = stderr;
	s->path = strdup(path);
	for (int number = 1; *text; number++) {
		size_t n = strcspn(text, "\n");
		char *line = strndup(text, n);
		bool ok = line && add_line(s, line, number, why);
		free(line);
		if (!ok)
			return refuse(s, error, path, number, line ? why : "not enough memory");
		text += n + (text[n] == '\n');
	}
	return s;
}

struct script *script_load(const char *path, char *error)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return refuse(NULL, error, path, 0, strerror(errno));
	char *text = calloc(1, SCRIPT_MAX + 1);
	size_t n = text ? fread(text, 1, SCRIPT_MAX + 1, f) : 0;
	int failed = ferror(f) ? errno : 0;
	fclose(f);
	const char *why = !text ? "not enough memory" : failed ? strerror(failed) : n > SCRIPT_MAX ? "too large for a script" : NULL;
	if (!why) {
		text[n] = '\0';
		why = memchr(text, 0, n) ? "not a text file" : NULL;
	}
	struct script *s = why ? refuse(NULL, error, path, 0, why) : script_parse(path, text, error);
	free(text);
	return s;
}

void script_free(struct script *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->nlines; i++)
		free(s->lines[i].text);
	free(s->lines);
	free(s->path);
	typist_free(&s->typist);
	free(s);
}
