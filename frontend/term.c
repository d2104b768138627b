/* term.c - -display term: the guest's text screen in the terminal, and its keys from there.
 *
 * The terminal is /dev/tty, so that stdin and stdout may be something else. Messages and the
 * results of scripts appear when the screen has been given back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "frontend/host_tty.h"
#include "frontend/screenshot.h"
#include "frontend/session.h"
#include "frontend/term_keys.h"
#include "frontend/term_screen.h"

#define REFRESH_MS 33
#define ESC_MS 50 /* a sequence comes at once; a lone ESC is a key */
#define NOTICE_MS 4000
#define GRAPHICS_MS 500
#define CTRL_A 1
#define ENTER_SCREEN "\033[?1049h\033[?7l\033[0m\033[2J"
#define LEAVE_SCREEN "\033[0m\033[?25h\033[?7h\033[2J\033[?1049l"

struct term {
	struct session *s;
	struct host_tty tty;
	struct term_keys keys;
	struct term_screen screen;
	/* fetched from the machine */
	struct machine_text text;
	bool is_text;
	u64 picture_id;
	struct frame frame; /* only its size matters, and screenshots */
	char title[128];
	/* of this display */
	bool after_ctrl_a, help, dirty, hung_up;
	u32 notice_id;
	s64 notice_until, graphics_due, status_due, last_input;
	char notice[SESSION_NOTICE];
};

static s64 now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (s64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void send(struct term *t, const char *bytes, size_t n)
{
	while (n && !t->hung_up) {
		ssize_t done = write(t->tty.fd, bytes, n);
		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
		} else if (done < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){.fd = t->tty.fd, .events = POLLOUT}, 1, 100);
		} else if (done < 0 && errno != EINTR) {
			t->hung_up = true;
		}
	}
}

/* ---- the guest's screen ------------------------------------------------------------------------------------ */

static void fetch(struct machine *m, void *arg)
{
	struct term *t = arg;
	u64 id = machine_picture_id(m);
	snprintf(t->title, sizeof t->title, "%s", machine_title(m));
	if (id == t->picture_id && !t->dirty && t->is_text)
		return;
	t->picture_id = id;
	t->is_text = machine_text_cells(m, &t->text);
	t->dirty = true;
	if (t->is_text || now_ms() < t->graphics_due)
		return;
	t->graphics_due = now_ms() + GRAPHICS_MS;
	t->frame.on = machine_render(m, &t->frame);
}

static void draw_centred(struct term *t, int row, u8 attr, const char *text)
{
	term_screen_print(&t->screen, row, (t->screen.cols - (int)strlen(text)) / 2, attr, text);
}

static void draw_help(struct term *t)
{
	static const char *const lines[] = {
		"                                      ",
		"   Ctrl-A x        quit               ",
		"   Ctrl-A p        pause or go on     ",
		"   Ctrl-A r        reset              ",
		"   Ctrl-A d        Ctrl+Alt+Del       ",
		"   Ctrl-A b        power button       ",
		"   Ctrl-A s        screenshot (PNG)   ",
		"   Ctrl-A Ctrl-A   Ctrl-A             ",
		"                                      ",
		"   ESC and a key is Alt with the key  ",
		"                                      ",
	};
	int n = (int)ARRAY_LEN(lines), top = (t->screen.rows - n) / 2;
	for (int i = 0; i < n; i++)
		draw_centred(t, (top < 0 ? 0 : top) + i, 0x70, lines[i]);
	t->screen.cursor_row = -1;
}

/* Below the guest's screen; over its last row only while there is something new to tell. */
static void draw_status(struct term *t, int rows_used)
{
	char line[TERM_MAX_COLS + 1], left[SESSION_NOTICE + 160];
	int row = t->screen.rows - 1;
	bool notice = now_ms() < t->notice_until;
	struct runner_speed speed = runner_speed(t->s->r);
	if (rows_used > row && !notice)
		return;
	if (notice)
		snprintf(left, sizeof left, " %s", t->notice);
	else if (runner_paused(t->s->r))
		snprintf(left, sizeof left, " %s - paused, Ctrl-A p goes on", t->title);
	else
		snprintf(left, sizeof left, " %s - %.1f MIPS - %.0f exits/s", t->title, speed.mips, speed.exits_per_s);
	int width = t->screen.cols, room = width - 14;
	if (room < (int)strlen(left) || room < 0)
		snprintf(line, sizeof line, "%-*.*s", width, width, left);
	else
		snprintf(line, sizeof line, "%-*.*sCtrl-A h help ", room, room, left);
	term_screen_print(&t->screen, row, 0, 0x30, line);
}

static void draw(struct term *t)
{
	char line[120];
	int rows = 0;
	term_screen_clear(&t->screen);
	if (t->is_text) {
		rows = term_screen_guest(&t->screen, &t->text);
	} else if (t->frame.on) {
		snprintf(line, sizeof line, "graphics mode, %d x %d: a terminal cannot show it", t->frame.width, t->frame.height);
		draw_centred(t, t->screen.rows / 2, 0x0f, line);
	} else {
		draw_centred(t, t->screen.rows / 2, 0x08, "the screen is off");
	}
	draw_status(t, rows);
	if (t->help)
		draw_help(t);
	term_screen_update(&t->screen);
	send(t, t->screen.out, t->screen.out_len);
	t->dirty = false;
}

static void refresh(struct term *t)
{
	s64 now = now_ms();
	if (session_notice(t->s, &t->notice_id, t->notice)) {
		t->notice_until = now + NOTICE_MS;
		t->dirty = true;
	}
	if (now >= t->status_due) {
		t->status_due = now + 1000;
		t->dirty = true;
	}
	runner_call(t->s->r, fetch, t);
	if (t->dirty)
		draw(t);
}

static bool fit_size(struct term *t)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	if (ioctl(t->tty.fd, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	t->dirty = true;
	return term_screen_resize(&t->screen, size.ws_row, size.ws_col);
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static void on_key(void *opaque, const struct term_key *k)
{
	struct term *t = opaque;
	char text[8] = {0};
	if (k->n) {
		typist_chord(&t->s->typist, k->usages, k->n);
	} else if (k->ch < 0x10000) {
		utf8_put((u16)k->ch, text);
		typist_text(&t->s->typist, text);
	}
}

static void render(struct machine *m, void *arg)
{
	struct term *t = arg;
	t->frame.on = machine_render(m, &t->frame);
}

static void screenshot(struct term *t)
{
	char path[32], why[OPTIONS_ERROR];
	runner_call(t->s->r, render, t);
	if (screenshot_numbered(&t->frame, path, why))
		session_tell(t->s, "screenshot: %.200s", why);
	else
		session_tell(t->s, "screenshot: %s", path);
}

static void command(struct term *t, u8 c)
{
	switch (c) {
	case CTRL_A:
		term_keys_feed(&t->keys, CTRL_A);
		break;
	case 'x':
		session_quit(t->s, 0);
		break;
	case 'p':
		session_toggle_pause(t->s);
		t->status_due = 0;
		break;
	case 'r':
		session_reset(t->s);
		break;
	case 'd':
		session_ctrl_alt_del(t->s);
		break;
	case 'b':
		session_power_button(t->s);
		break;
	case 's':
		screenshot(t);
		break;
	default:
		t->help = true;
		break;
	}
	t->dirty = true;
}

static void take_byte(struct term *t, u8 c)
{
	if (t->help && !t->after_ctrl_a && c != CTRL_A) {
		t->help = false;
		t->dirty = true;
	} else if (t->after_ctrl_a) {
		t->after_ctrl_a = t->help = false;
		command(t, c);
	} else if (c == CTRL_A) {
		t->after_ctrl_a = true;
	} else {
		term_keys_feed(&t->keys, c);
	}
}

static void take_input(struct term *t)
{
	u8 bytes[256];
	ssize_t n = read(t->tty.fd, bytes, sizeof bytes);
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		t->hung_up = true;
	for (ssize_t i = 0; i < n; i++)
		take_byte(t, bytes[i]);
	t->last_input = now_ms();
}

/* ---- the run ------------------------------------------------------------------------------------------------- */

static void loop(struct term *t)
{
	for (;;) {
		int events = session_wait(t->s, t->tty.fd, REFRESH_MS);
		if (events & SESSION_ENDED)
			return;
		if (events & SESSION_RESIZED)
			fit_size(t);
		if (events & SESSION_INPUT)
			take_input(t);
		if (t->keys.n && now_ms() - t->last_input >= ESC_MS)
			term_keys_timeout(&t->keys);
		if (t->hung_up)
			session_quit(t->s, 1);
		refresh(t);
	}
}

static int refuse(char *error, const char *why)
{
	snprintf(error, OPTIONS_ERROR, "-display term: %s", why);
	return -1;
}

static int open_terminal(struct term *t, char *error)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return refuse(error, "there is no terminal");
	t->frame.stride_pixels = t->frame.max_width = RUNNER_MAX_WIDTH;
	t->frame.max_height = RUNNER_MAX_HEIGHT;
	t->frame.pixels = calloc((size_t)RUNNER_MAX_WIDTH * RUNNER_MAX_HEIGHT, sizeof *t->frame.pixels);
	t->tty.fd = fd;
	if (!t->frame.pixels || !fit_size(t)) {
		close(fd);
		return refuse(error, "not enough memory");
	}
	if (host_tty_open(&t->tty, fd, HOST_TTY_KEYS, LEAVE_SCREEN)) {
		close(fd);
		return refuse(error, strerror(errno));
	}
	return 0;
}

static int run(struct term *t, char *error)
{
	t->screen.utf8 = utf8_locale();
	t->keys.key = on_key;
	t->keys.opaque = t;
	if (open_terminal(t, error))
		return -1;
	int result = session_start(t->s, error);
	if (!result) {
		send(t, ENTER_SCREEN, strlen(ENTER_SCREEN));
		loop(t);
	}
	host_tty_close(&t->tty);
	close(t->tty.fd);
	return result;
}

int term_run(struct session *s, char *error)
{
	struct term *t = calloc(1, sizeof *t);
	if (!t)
		return refuse(error, "not enough memory");
	t->s = s;
	int result = run(t, error);
	term_screen_free(&t->screen);
	free(t->frame.pixels);
	free(t);
	return result;
}
