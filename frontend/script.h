/* script.h - what a -script file says, and doing it in step with the guest; see script.c. */
#ifndef FRONTEND_SCRIPT_H
#define FRONTEND_SCRIPT_H

#include <stdio.h>

#include "frontend/typist.h"
#include "machine/machine.h"

#define SCRIPT_FAILED 2 /* exit status */
#define SCRIPT_WAIT_S 60

enum script_verb {
	SCRIPT_WAIT, SCRIPT_EXPECT, SCRIPT_TYPE, SCRIPT_KEY, SCRIPT_SLEEP, SCRIPT_SCREENSHOT, SCRIPT_INSERT, SCRIPT_EJECT,
	SCRIPT_MOUSE, SCRIPT_POWERBUTTON, SCRIPT_REGS, SCRIPT_HASH, SCRIPT_QUIT,
};

struct script_line {
	int number;
	enum script_verb verb;
	char *text;  /* of wait, expect, type, key; the file of screenshot and insert */
	u64 ns;      /* of wait and sleep */
	int value;   /* drive, or the status of quit */
	int dx, dy, dz; /* of mouse: right, down, the wheel down */
	u8 buttons;     /* enum machine_button, from here on */
};

struct script {
	char *path;
	struct script_line *lines;
	int nlines;
	/* at work */
	int at;
	bool begun; /* lines[at] has set `deadline` */
	u64 deadline;
	int dx, dy; /* what the mouse has still to move */
	int status;
	struct typist typist;
	FILE *out, *err;
};

/* NULL with "file: reason" or "file:line: reason" in `error` (OPTIONS_ERROR bytes). */
struct script *script_load(const char *path, char *error);
/* The same from memory, for tests; `path` is for messages. */
struct script *script_parse(const char *path, const char *text, char *error);
void script_free(struct script *s);

/* script_run.c: every 10 ms of virtual time, on the machine's thread. False: the run is over, with s->status. */
bool script_tick(struct script *s, struct machine *m);

/* The text screen as UTF-8 lines, with U+E000 at the cursor if asked for. -1: no text. `out` is cut off at `size`. */
enum screen_cursor { SCREEN_PLAIN, SCREEN_WITH_CURSOR };
int script_screen(const struct machine *m, enum screen_cursor cursor, char *out, size_t size);
#define SCRIPT_CURSOR "\xee\x80\x80"

#endif
