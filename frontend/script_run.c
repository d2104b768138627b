/* script_run.c - doing what a script says, every 10 ms of virtual time.
 *
 * A tick comes at an exact instruction, so with -icount a script meets the guest in the same
 * state at each run. Times are the guest's; a typed key is one movement a tick.
 */
#include <stdlib.h>
#include <string.h>

#include "frontend/keymap.h"
#include "frontend/options.h"
#include "frontend/screenshot.h"
#include "frontend/script.h"

#define MOUSE_STEP 60 /* counts in 10 ms; at 8 counts a millimetre and scaling 2:1 less than 255 */
#define MOUSE_PAUSE_NS 30000000u
#define SCREEN_MAX (3 * MACHINE_TEXT_CELLS + 4096)

/* ---- the screen as text --------------------------------------------------------------------------------- */

static bool is_blank(u16 cell)
{
	return (cell & 0xff) == ' ' || (cell & 0xff) == 0;
}

/* One row without its trailing spaces; `mark`: the column of the cursor, -1 none. */
static size_t put_row(const u16 *cells, int cols, int mark, char *out)
{
	size_t n = 0;
	while (cols > 0 && cols > mark && is_blank(cells[cols - 1]))
		cols--;
	for (int c = 0; c <= cols; c++) {
		if (c == mark) {
			memcpy(out + n, SCRIPT_CURSOR, 3);
			n += 3;
		}
		if (c < cols)
			n += (size_t)utf8_put(machine_cp437((u8)cells[c]), out + n);
	}
	out[n++] = '\n';
	return n;
}

int script_screen(const struct machine *m, enum screen_cursor cursor, char *out, size_t size)
{
	struct machine_text *t = malloc(sizeof *t);
	size_t n = 0;
	out[0] = '\0';
	if (!t || !machine_text_cells(m, t)) {
		free(t);
		return -1;
	}
	for (int row = 0; row < t->rows && n + 3 * (size_t)t->cols + 5 < size; row++)
		n += put_row(t->cells + row * t->cols, t->cols,
		             cursor == SCREEN_WITH_CURSOR && row == t->cursor_row ? t->cursor_col : -1, out + n);
	out[n] = '\0';
	free(t);
	return (int)n;
}

static bool on_screen(const struct machine *m, const char *text)
{
	char *screen = malloc(SCREEN_MAX);
	enum screen_cursor cursor = strstr(text, SCRIPT_CURSOR) ? SCREEN_WITH_CURSOR : SCREEN_PLAIN;
	bool found = screen && script_screen(m, cursor, screen, SCREEN_MAX) >= 0 && strstr(screen, text);
	free(screen);
	return found;
}

static void print_screen(const struct machine *m, FILE *f)
{
	char *screen = malloc(SCREEN_MAX);
	int n = screen ? script_screen(m, SCREEN_PLAIN, screen, SCREEN_MAX) : -1;
	if (n < 0) {
		fprintf(f, "(the screen shows no text)\n");
	} else {
		while (n > 1 && screen[n - 1] == '\n' && screen[n - 2] == '\n')
			n--;
		fprintf(f, "---- screen ----\n%.*s----------------\n", n, screen);
	}
	free(screen);
}

/* ---- commands ---------------------------------------------------------------------------------------------- */

enum progress { NEXT, AGAIN, OVER };

static void complain(struct script *s, const struct script_line *l, const char *what)
{
	fprintf(s->err, "tandem: %s:%d: %s\n", s->path, l->number, what);
	s->status = SCRIPT_FAILED;
}

/* Writes the text as the script has it. */
static void print_quoted(FILE *f, const char *text)
{
	static const char special[] = "\n\t\033\b\"\\", name[] = "nteb\"\\";
	fputc('"', f);
	for (; *text; text++) {
		const char *p = strchr(special, *text);
		if (!strncmp(text, SCRIPT_CURSOR, 3)) {
			fputs("\\_", f);
			text += 2;
		} else if (p) {
			fprintf(f, "\\%c", name[p - special]);
		} else {
			fputc(*text, f);
		}
	}
	fputc('"', f);
}

static enum progress missing(struct script *s, const struct script_line *l, struct machine *m)
{
	fprintf(s->err, "tandem: %s:%d: ", s->path, l->number);
	print_quoted(s->err, l->text);
	if (l->verb == SCRIPT_WAIT)
		fprintf(s->err, " did not appear within %g s\n", (double)l->ns / 1e9);
	else
		fprintf(s->err, " is not on the screen\n");
	print_screen(m, s->err);
	s->status = SCRIPT_FAILED;
	return OVER;
}

/* Returns true when the time that line began with is over. */
static bool time_over(struct script *s, const struct script_line *l, struct machine *m)
{
	u64 now = machine_now_ns(m);
	if (!s->begun) {
		s->begun = true;
		s->deadline = now + l->ns;
	}
	return now >= s->deadline;
}

static enum progress do_wait(struct script *s, const struct script_line *l, struct machine *m)
{
	bool late = time_over(s, l, m);
	if (on_screen(m, l->text))
		return NEXT;
	return late ? missing(s, l, m) : AGAIN;
}

static enum progress press(struct script *s, const struct script_line *l)
{
	u8 usages[KEYMAP_CHORD];
	char *text = strdup(l->text), *rest = text, *chord;
	bool ok = text;
	while (ok && (chord = strsep(&rest, " ")))
		ok = typist_chord(&s->typist, usages, keymap_chord(chord, usages));
	free(text);
	if (!ok)
		complain(s, l, "key: not enough memory");
	return ok ? NEXT : OVER;
}

static enum progress type(struct script *s, const struct script_line *l)
{
	if (!typist_text(&s->typist, l->text))
		return NEXT;
	complain(s, l, "type: the text is too long");
	return OVER;
}

static int step_of(int rest)
{
	return rest > MOUSE_STEP ? MOUSE_STEP : rest < -MOUSE_STEP ? -MOUSE_STEP : rest;
}

/* As a hand would: so far a tick, that no counter of the mouse runs over, and a pause in the end. */
static enum progress move_mouse(struct script *s, const struct script_line *l, struct machine *m)
{
	bool first = !s->begun;
	u64 now = machine_now_ns(m);
	if (first) {
		s->begun = true;
		s->dx = l->dx;
		s->dy = l->dy;
	}
	int dx = step_of(s->dx), dy = step_of(s->dy);
	if (!first && !dx && !dy)
		return now >= s->deadline ? NEXT : AGAIN;
	s->deadline = now + MOUSE_PAUSE_NS;
	machine_mouse(m, dx, dy, first ? l->dz : 0, l->buttons);
	s->dx -= dx;
	s->dy -= dy;
	return AGAIN;
}

static enum progress take_picture(struct script *s, const struct script_line *l, struct machine *m)
{
	char why[OPTIONS_ERROR], what[2 * OPTIONS_ERROR];
	if (!screenshot_machine(m, l->text, why))
		return NEXT;
	snprintf(what, sizeof what, "screenshot: %.400s: %s", l->text, why);
	complain(s, l, what);
	return OVER;
}

static enum progress insert(struct script *s, const struct script_line *l, struct machine *m)
{
	char why[MACHINE_ERROR], what[2 * MACHINE_ERROR];
	if (!machine_insert(m, l->value, l->text, why))
		return NEXT;
	snprintf(what, sizeof what, "insert: %s", why);
	complain(s, l, what);
	return OVER;
}

static enum progress eject(struct script *s, const struct script_line *l, struct machine *m)
{
	char why[MACHINE_ERROR], what[2 * MACHINE_ERROR];
	if (!machine_eject(m, l->value, why))
		return NEXT;
	snprintf(what, sizeof what, "eject: %s", why);
	complain(s, l, what);
	return OVER;
}

static enum progress perform(struct script *s, const struct script_line *l, struct machine *m)
{
	switch (l->verb) {
	case SCRIPT_WAIT:
		return do_wait(s, l, m);
	case SCRIPT_EXPECT:
		return on_screen(m, l->text) ? NEXT : missing(s, l, m);
	case SCRIPT_TYPE:
		return type(s, l);
	case SCRIPT_KEY:
		return press(s, l);
	case SCRIPT_SLEEP:
		return time_over(s, l, m) ? NEXT : AGAIN;
	case SCRIPT_MOUSE:
		return move_mouse(s, l, m);
	case SCRIPT_SCREENSHOT:
		return take_picture(s, l, m);
	case SCRIPT_INSERT:
		return insert(s, l, m);
	case SCRIPT_EJECT:
		return eject(s, l, m);
	case SCRIPT_POWERBUTTON:
		machine_power_button(m);
		return NEXT;
	case SCRIPT_REGS:
		machine_print_regs(m, s->out);
		fflush(s->out);
		return NEXT;
	case SCRIPT_HASH:
		fprintf(s->out, "%016llx\n", (unsigned long long)machine_hash(m));
		fflush(s->out);
		return NEXT;
	case SCRIPT_QUIT:
		s->status = l->value;
		return OVER;
	}
	return OVER;
}

bool script_tick(struct script *s, struct machine *m)
{
	if (typist_tick(&s->typist, m))
		return true;
	while (s->at < s->nlines) {
		enum progress p = perform(s, &s->lines[s->at], m);
		if (p == OVER)
			return false;
		if (p == AGAIN)
			return true;
		s->at++;
		s->begun = false;
		if (typist_tick(&s->typist, m))
			return true;
	}
	return true;
}
