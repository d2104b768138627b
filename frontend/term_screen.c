/* term_screen.c - turning a wanted screen into as few terminal commands as is simple.
 *
 * ECMA-48: CUP, SGR with the 16 colours (90-97 for the bright ones, as xterm has them).
 * Bit 7 of an attribute is shown as blinking, the state in which a VGA BIOS leaves it.
 */
#include "frontend/term_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/typist.h"

#define CELL_BYTES 48 /* at most, with movement and colours */

bool term_screen_resize(struct term_screen *t, int rows, int cols)
{
	rows = rows < 1 ? 1 : rows > TERM_MAX_ROWS ? TERM_MAX_ROWS : rows;
	cols = cols < 1 ? 1 : cols > TERM_MAX_COLS ? TERM_MAX_COLS : cols;
	size_t n = (size_t)rows * (size_t)cols;
	struct term_cell *want = calloc(n, sizeof *want), *shown = calloc(n, sizeof *shown);
	size_t size = n * CELL_BYTES + 256;
	char *out = malloc(size);
	if (!want || !shown || !out) {
		free(want);
		free(shown);
		free(out);
		return false;
	}
	term_screen_free(t);
	t->want = want;
	t->shown = shown;
	t->out = out;
	t->out_size = size;
	t->rows = rows;
	t->cols = cols;
	t->all = true;
	return true;
}

void term_screen_free(struct term_screen *t)
{
	free(t->want);
	free(t->shown);
	free(t->out);
	t->want = t->shown = NULL;
	t->out = NULL;
}

void term_screen_clear(struct term_screen *t)
{
	for (int i = 0; i < t->rows * t->cols; i++)
		t->want[i] = (struct term_cell){' ', 0x07};
	t->cursor_row = -1;
}

void term_screen_print(struct term_screen *t, int row, int col, u8 attr, const char *utf8)
{
	u32 c;
	while (row >= 0 && row < t->rows && (c = utf8_next(&utf8))) {
		int code = c < 0x80 ? (int)c : cp437_find(c);
		if (col >= 0 && col < t->cols)
			t->want[row * t->cols + col] = (struct term_cell){(u8)(code < 0 ? '?' : code), attr};
		col++;
	}
}

int term_screen_guest(struct term_screen *t, const struct machine_text *text)
{
	int rows = text->rows < t->rows ? text->rows : t->rows, cols = text->cols < t->cols ? text->cols : t->cols;
	int top = text->cursor_row >= rows ? text->cursor_row - rows + 1 : 0;
	for (int r = 0; r < rows; r++)
		for (int c = 0; c < cols; c++) {
			u16 cell = text->cells[(r + top) * text->cols + c];
			t->want[r * t->cols + c] = (struct term_cell){(u8)cell, (u8)(cell >> 8)};
		}
	if (text->cursor_visible && text->cursor_row >= top && text->cursor_col >= 0 && text->cursor_col < t->cols) {
		t->cursor_row = text->cursor_row - top;
		t->cursor_col = text->cursor_col;
	}
	return rows;
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

static void put(struct term_screen *t, const char *text)
{
	size_t n = strlen(text);
	if (t->out_len + n < t->out_size) {
		memcpy(t->out + t->out_len, text, n);
		t->out_len += n;
	}
}

static void move_to(struct term_screen *t, int row, int col)
{
	char text[32];
	if (t->at_row == row && t->at_col == col)
		return;
	snprintf(text, sizeof text, "\033[%d;%dH", row + 1, col + 1);
	put(t, text);
	t->at_row = row;
	t->at_col = col;
}

static void set_attr(struct term_screen *t, u8 attr)
{
	static const u8 ansi[8] = {0, 4, 2, 6, 1, 5, 3, 7};
	char text[32];
	if (t->at_attr == attr)
		return;
	snprintf(text, sizeof text, "\033[0%s;%d;%dm", attr & 0x80 ? ";5" : "", (attr & 8 ? 90 : 30) + ansi[attr & 7],
	         40 + ansi[attr >> 4 & 7]);
	put(t, text);
	t->at_attr = attr;
}

/* For terminals without UTF-8: lines and blocks of CP437 in ASCII. */
static char plain_char(u8 code)
{
	if (code >= 0x20 && code < 0x7f)
		return (char)code;
	if (code == 0 || code == 0xff)
		return ' ';
	if (code == 0xb3 || code == 0xba)
		return '|';
	if (code == 0xc4)
		return '-';
	if (code == 0xcd)
		return '=';
	if (code >= 0xb4 && code <= 0xda)
		return '+';
	return (code >= 0xb0 && code <= 0xb2) || (code >= 0xdb && code <= 0xdf) ? '#' : '?';
}

static void put_cell(struct term_screen *t, struct term_cell c)
{
	char text[5] = {0};
	set_attr(t, c.attr);
	if (t->utf8)
		text[utf8_put(machine_cp437(c.code), text)] = '\0';
	else
		text[0] = plain_char(c.code);
	put(t, text);
	t->at_col++;
}

void term_screen_update(struct term_screen *t)
{
	t->out_len = 0;
	t->at_row = t->at_col = t->at_attr = -1;
	if (t->all)
		put(t, "\033[0m\033[2J");
	for (int i = 0; i < t->rows * t->cols; i++) {
		struct term_cell w = t->want[i], s = t->shown[i];
		if (!t->all && w.code == s.code && w.attr == s.attr)
			continue;
		if (!t->out_len || (t->all && i == 0))
			put(t, "\033[?25l");
		move_to(t, i / t->cols, i % t->cols);
		put_cell(t, w);
		t->shown[i] = w;
	}
	t->all = false;
	if (t->cursor_row >= 0) {
		move_to(t, t->cursor_row, t->cursor_col);
		put(t, "\033[?25h");
	} else {
		put(t, "\033[?25l");
	}
}
