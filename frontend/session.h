/* session.h - one run of the program: machine, runner, channels, script, and how it ends.
 *
 * main opens a session, a display (headless, terminal or window) works on it until it is
 * over, main closes it and has the exit status.
 */
#ifndef FRONTEND_SESSION_H
#define FRONTEND_SESSION_H

#include <stdatomic.h>
#include <stdio.h>

#include "frontend/options.h"
#include "frontend/script.h"
#include "frontend/serial.h"
#include "frontend/typist.h"
#include "machine/runner.h"
#include "report/report.h"

#define SESSION_TRIPLE_FAULT 3 /* exit status */
#define SESSION_NOTICE 256

struct session {
	const struct options *o;
	struct machine *m;
	struct runner *r;
	struct script *script; /* NULL: none; on the machine's thread */
	struct typist typist;  /* what the display pastes */
	struct channel serial[MACHINE_SERIALS], debugcon;
	FILE *log;             /* -D */
	struct collector *collector; /* -report; NULL: none */
	struct symbols *symbols;
	FILE *out, *err;       /* where results and messages go; kept back while a terminal display is on */
	char *kept_out, *kept_err;
	size_t kept_out_size, kept_err_size;
	int signals, events[2];
	atomic_int status;     /* -1: whatever the guest's end says */
	int triple_faults;
	bool script_over, after_ctrl_a;
	u64 started_ns;
	pthread_mutex_t notice_lock;
	char notice[SESSION_NOTICE]; /* for the display: the newest thing to tell */
	u32 notice_id;
};

/* Opens everything but the display, and does not run yet. NULL with `error`. */
struct session *session_open(const struct options *o, char *error);
/* Starts the guest. 0, or -1 with `error`. */
int session_start(struct session *s, char *error);
/* Ends the run if it has not ended; returns the exit status. */
int session_close(struct session *s);

/* Ends the run with that status. From any thread. */
void session_quit(struct session *s, int status);

enum session_event { SESSION_ENDED = 1, SESSION_RESIZED = 2, SESSION_INPUT = 4 };
/* Waits until the run has ended, the terminal was resized, or fd (-1: none) can be read; at most timeout_ms (-1: for
 * ever). Returns enum session_event bits. */
int session_wait(struct session *s, int fd, int timeout_ms);

/* Shows a message to the user: in the display, and on stderr. */
void session_tell(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Copies the newest notice if it is newer than *id. */
bool session_notice(struct session *s, u32 *id, char text[SESSION_NOTICE]);

/* What is being run, for titles. */
void session_title(struct session *s, char *text, size_t size);

/* What keys and menus of every display do. */
void session_toggle_pause(struct session *s);
void session_reset(struct session *s);
void session_power_button(struct session *s);
void session_ctrl_alt_del(struct session *s);
int session_drop(struct session *s, const char *path);
int session_insert(struct session *s, int drive, const char *path); /* tells the result */

/* The displays. Each works until the run is over: 0, or -1 with `error` when it could not begin. */
int headless_run(struct session *s, char *error);
int term_run(struct session *s, char *error);
int sdl_run(struct session *s, char *error);

#endif
