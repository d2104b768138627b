/* term_screen.h - a grid of coloured characters in a terminal, of which only changes are sent; see term_screen.c. */
#ifndef FRONTEND_TERM_SCREEN_H
#define FRONTEND_TERM_SCREEN_H

#include "machine/machine.h"

#define TERM_MAX_COLS 512
#define TERM_MAX_ROWS 256

/* `code` of CP437, `attr` as in text modes. */
struct term_cell {
	u8 code, attr;
};

struct term_screen {
	int rows, cols; /* of the terminal */
	struct term_cell *want, *shown;
	bool all; /* nothing that is shown counts */
	bool utf8;
	int cursor_row, cursor_col; /* wanted; row -1: hidden */
	char *out;
	size_t out_len, out_size;
	int at_row, at_col, at_attr; /* of the terminal, while sending; -1: unknown */
};

/* False: not enough memory. */
bool term_screen_resize(struct term_screen *t, int rows, int cols);
void term_screen_free(struct term_screen *t);

/* Filling the wanted picture: start with clear. */
void term_screen_clear(struct term_screen *t);
void term_screen_print(struct term_screen *t, int row, int col, u8 attr, const char *utf8);
/* The guest's screen from the top left; when there are too few rows, the part with the cursor. Returns the rows used. */
int term_screen_guest(struct term_screen *t, const struct machine_text *text);

/* What must be sent to the terminal now, out_len bytes at t->out. */
void term_screen_update(struct term_screen *t);

#endif
