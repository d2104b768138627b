/* session.c - opening, running and closing one machine with all that hangs on it.
 *
 * Signals come through a descriptor, so that no handler and no global is needed: INT, TERM
 * and HUP end the run (status 128 + number), USR1 pauses it or lets it go on.
 */
#define _GNU_SOURCE
#include "frontend/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "frontend/divergence.h"
#include "frontend/keymap.h"
#include "frontend/sinks.h"

static u64 host_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* ---- opening ---------------------------------------------------------------------------------------------- */

static int fail(char *error, const char *thing, const char *why)
{
	snprintf(error, OPTIONS_ERROR, "%.300s: %s", thing, why);
	return -1;
}

static void signal_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGWINCH);
}

static int open_signals(struct session *s, char *error)
{
	sigset_t set;
	signal_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0 || pipe2(s->events, O_CLOEXEC | O_NONBLOCK))
		return fail(error, "signals", strerror(errno));
	return 0;
}

static int open_channels(struct session *s, char *error)
{
	const struct options *o = s->o;
	bool keys = o->display == DISPLAY_NONE;
	for (int i = 0; i < MACHINE_SERIALS; i++)
		if (channel_open(&s->serial[i], &o->serial[i], "-serial", CHANNEL_BOTH_WAYS, keys, error))
			return -1;
	sinks_connect(s);
	return channel_open(&s->debugcon, &o->debugcon, "-debugcon", CHANNEL_OUTPUT_ONLY, false, error);
}

static int open_log(struct session *s, char *error)
{
	const char *path = s->o->log_file;
	if (!s->o->log_items)
		return 0;
	s->log = path ? fopen(path, "ae") : stderr; /* emptied when all else is open, too */
	if (!s->log)
		return fail(error, path, strerror(errno));
	if (path)
		setvbuf(s->log, NULL, _IOFBF, 1 << 18);
	machine_set_log(s->m, s->o->log_items, s->o->log_lo, s->o->log_hi);
	return 0;
}

static int open_report(struct session *s, char *error)
{
	const struct options *o = s->o;
	if (!o->report)
		return 0;
	if (o->symbols && !(s->symbols = symbols_load(o->symbols, error)))
		return -1;
	s->collector = collector_new(s->m, s->symbols);
	return s->collector ? 0 : fail(error, o->report, "not enough memory for the report");
}

/* With the display in the terminal, other output waits for its end. */
static int open_output(struct session *s, char *error)
{
	s->out = stdout;
	s->err = stderr;
	if (s->o->display != DISPLAY_TERM)
		return 0;
	if (isatty(STDOUT_FILENO))
		s->out = open_memstream(&s->kept_out, &s->kept_out_size);
	if (isatty(STDERR_FILENO))
		s->err = open_memstream(&s->kept_err, &s->kept_err_size);
	return s->out && s->err ? 0 : fail(error, "memory", strerror(errno));
}

static int open_all(struct session *s, char *error)
{
	struct machine_sinks sinks;
	const struct options *o = s->o;
	if (open_output(s, error))
		return -1;
	if (o->script) {
		s->script = script_load(o->script, error);
		if (!s->script)
			return -1;
		s->script->out = s->out;
		s->script->err = s->err;
	}
	if (open_signals(s, error)) /* before a full disk can raise one */
		return -1;
	sinks_init(&sinks, s);
	s->m = machine_new(&o->machine, &sinks, error);
	if (!s->m || open_log(s, error) || open_report(s, error) || open_channels(s, error))
		return -1;
	if (s->log && s->log != stderr && ftruncate(fileno(s->log), 0) && errno != EINVAL) /* EINVAL: a pipe or device */
		return fail(error, o->log_file, strerror(errno));
	return 0;
}

struct session *session_open(const struct options *o, char *error)
{
	struct session *s = calloc(1, sizeof *s);
	if (!s) {
		fail(error, "memory", strerror(errno));
		return NULL;
	}
	s->o = o;
	s->signals = s->events[0] = s->events[1] = -1;
	atomic_init(&s->status, -1);
	typist_init(&s->typist);
	pthread_mutex_init(&s->notice_lock, NULL);
	const struct channel_spec none = {.kind = CHANNEL_NONE};
	for (int i = 0; i < MACHINE_SERIALS; i++)
		channel_open(&s->serial[i], &none, "", CHANNEL_BOTH_WAYS, false, error);
	channel_open(&s->debugcon, &none, "", CHANNEL_OUTPUT_ONLY, false, error);
	if (open_all(s, error)) {
		session_close(s);
		return NULL;
	}
	return s;
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static void on_end(void *opaque, enum runner_end why)
{
	struct session *s = opaque;
	(void)why;
	while (write(s->events[1], "e", 1) < 0 && errno == EINTR)
		;
}

/* A guest that faults for ever would fill the terminal. */
static void on_triple_fault(void *opaque, struct machine *m)
{
	struct session *s = opaque;
	bool stops = s->o->no_reboot;
	if (s->triple_faults++ < 3) {
		session_tell(s, "triple fault: the guest is %s", stops ? "stopped" : "reset");
		machine_print_postmortem(m, s->err);
		fflush(s->err);
	} else if (s->triple_faults == 4) {
		session_tell(s, "triple fault again; further ones are not told");
	}
}

int session_start(struct session *s, char *error)
{
	const struct options *o = s->o;
	struct runner_config config = {
		.paused = true, /* until s->r is there for the sinks */
		.no_reboot = o->no_reboot,
		.no_shutdown = o->no_shutdown,
		.icount = o->machine.icount,
		.mips = o->machine.mips,
		.ended = on_end,
		.triple_fault = on_triple_fault,
		.opaque = s,
	};
	for (int i = 0; i < MACHINE_SERIALS; i++)
		channel_announce(&s->serial[i], s->err);
	fflush(s->err);
	s->started_ns = host_ns();
	s->r = runner_start(s->m, &config);
	if (!s->r)
		return fail(error, "machine", "the host has no thread or memory for it");
	if (!o->paused)
		runner_pause(s->r, false);
	return 0;
}

void session_quit(struct session *s, int status)
{
	int open = -1;
	atomic_compare_exchange_strong(&s->status, &open, status); /* the first reason counts */
	if (s->r)
		runner_quit(s->r);
}

static bool take_signals(struct session *s)
{
	struct signalfd_siginfo info;
	bool resized = false;
	while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGWINCH)
			resized = true;
		else if (info.ssi_signo == SIGUSR1)
			session_toggle_pause(s);
		else
			session_quit(s, 128 + (int)info.ssi_signo);
	}
	return resized;
}

int session_wait(struct session *s, int fd, int timeout_ms)
{
	struct pollfd p[3] = {{s->signals, POLLIN, 0}, {s->events[0], POLLIN, 0}, {fd, POLLIN, 0}};
	int result = 0;
	char c;
	if (poll(p, 3, timeout_ms) <= 0)
		return 0;
	if (p[0].revents && take_signals(s))
		result |= SESSION_RESIZED;
	if (p[1].revents && read(s->events[0], &c, 1) == 1)
		result |= SESSION_ENDED;
	if (p[2].revents)
		result |= SESSION_INPUT;
	return result;
}

/* ---- telling ------------------------------------------------------------------------------------------------ */

void session_tell(struct session *s, const char *fmt, ...)
{
	va_list ap;
	pthread_mutex_lock(&s->notice_lock);
	va_start(ap, fmt);
	vsnprintf(s->notice, sizeof s->notice, fmt, ap);
	va_end(ap);
	s->notice_id++;
	fprintf(s->err, "tandem: %s\n", s->notice);
	fflush(s->err);
	pthread_mutex_unlock(&s->notice_lock);
}

bool session_notice(struct session *s, u32 *id, char text[SESSION_NOTICE])
{
	pthread_mutex_lock(&s->notice_lock);
	bool newer = *id != s->notice_id;
	memcpy(text, s->notice, SESSION_NOTICE);
	*id = s->notice_id;
	pthread_mutex_unlock(&s->notice_lock);
	return newer;
}

/* ---- what every display can do -------------------------------------------------------------------------------- */

void session_toggle_pause(struct session *s)
{
	runner_pause(s->r, !runner_paused(s->r));
}

static void reset(struct machine *m, void *arg)
{
	(void)arg;
	machine_reset(m);
}

static void power_button(struct machine *m, void *arg)
{
	(void)arg;
	machine_power_button(m);
}

void session_reset(struct session *s)
{
	typist_clear(&s->typist);
	runner_call(s->r, reset, NULL);
}

void session_power_button(struct session *s)
{
	runner_call(s->r, power_button, NULL);
}

void session_ctrl_alt_del(struct session *s)
{
	static const u8 keys[] = {KEY_CTRL, KEY_ALT, KEY_DELETE};
	typist_chord(&s->typist, keys, 3);
}

struct title {
	char *text;
	size_t size;
};

static void copy_title(struct machine *m, void *arg)
{
	struct title *t = arg;
	snprintf(t->text, t->size, "%s", machine_title(m));
}

void session_title(struct session *s, char *text, size_t size)
{
	runner_call(s->r, copy_title, &(struct title){text, size});
}

struct insertion {
	int drive, result;
	const char *path;
	char error[MACHINE_ERROR];
};

static void insert(struct machine *m, void *arg)
{
	struct insertion *i = arg;
	i->result = machine_insert(m, i->drive, i->path, i->error);
}

/* NAME.iso is a CD, anything else a floppy for drive A. */
int session_drop(struct session *s, const char *path)
{
	return session_insert(s, is_cd_name(path) ? MACHINE_CDROM : 0, path);
}

int session_insert(struct session *s, int drive, const char *path)
{
	struct insertion i = {.drive = drive, .path = path};
	runner_call(s->r, insert, &i);
	if (i.result)
		session_tell(s, "%.200s", i.error);
	else if (drive == MACHINE_CDROM)
		session_tell(s, "CD-ROM: %.200s", path);
	else
		session_tell(s, "drive %c: %.200s", 'A' + drive, path);
	return i.result;
}

/* ---- closing -------------------------------------------------------------------------------------------------- */

static int exit_status(struct session *s, enum runner_end why)
{
	int status = atomic_load(&s->status);
	if (status >= 0)
		return status;
	if (why == RUNNER_TRIPLE_FAULT)
		return SESSION_TRIPLE_FAULT;
	return why == RUNNER_GUEST_EXIT ? machine_exit_status(s->m) & 0xff : 0;
}

/* Returns -1 when the file did not take everything. */
static int close_file(FILE *f, const char *name)
{
	bool failed = ferror(f);
	bool keep = f == stdout || f == stderr;
	errno = 0;
	if (keep ? fflush(f) : fclose(f))
		failed = true;
	if (failed)
		fprintf(stderr, "tandem: %s: %s\n", name, errno ? strerror(errno) : "cannot be written");
	return failed ? -1 : 0;
}

/* Shows what was kept back for the terminal's sake. */
static void release_output(FILE *kept, char **text, FILE *to)
{
	if (!kept || kept == to)
		return;
	fclose(kept);
	if (*text)
		fputs(*text, to);
	free(*text);
}

static int close_outputs(struct session *s)
{
	int result = 0;
	release_output(s->out, &s->kept_out, stdout);
	release_output(s->err, &s->kept_err, stderr);
	if (s->log && close_file(s->log, s->o->log_file ? s->o->log_file : "stderr"))
		result = -1;
	if (close_file(stdout, "stdout"))
		result = -1;
	return result;
}

/* A run that repeats itself can be run again in step with bare. */
static void add_divergence(struct session *s, struct report *r)
{
	struct lockstep_result result;
	char error[OPTIONS_ERROR];
	if (s->o->machine.technique != MACHINE_CLASSIC || !s->o->machine.icount)
		return;
	int found = divergence_find(s->o, machine_now_ns(s->m), &result, error);
	if (found >= 0)
		divergence_report(r, found, &result);
	else
		fprintf(stderr, "tandem: %s\n", error);
}

static int write_report(struct session *s, double seconds)
{
	char error[REPORT_ERROR];
	struct report *r = malloc(sizeof *r);
	if (!r) {
		fprintf(stderr, "tandem: %s: not enough memory for the report\n", s->o->report);
		return -1;
	}
	collector_report(s->collector, seconds, r);
	add_divergence(s, r);
	int result = report_save(r, s->o->report, error);
	if (result)
		fprintf(stderr, "tandem: %s\n", error);
	report_free(r);
	free(r);
	return result;
}

int session_close(struct session *s)
{
	bool failed = false;
	int status = 0;
	double seconds = (double)(host_ns() - s->started_ns) / 1e9;
	if (s->r)
		status = exit_status(s, runner_join(s->r));
	for (int i = 0; i < MACHINE_SERIALS; i++)
		channel_close(&s->serial[i]);
	channel_close(&s->debugcon);
	if (s->r && s->o->stats)
		machine_print_stats(s->m, seconds, s->out);
	if (s->r && s->collector)
		failed = write_report(s, seconds) != 0;
	collector_free(s->collector);
	symbols_free(s->symbols);
	machine_free(s->m);
	script_free(s->script);
	typist_free(&s->typist);
	if ((close_outputs(s) || failed) && status == 0)
		status = 1;
	for (int i = 0; i < 2; i++)
		if (s->events[i] >= 0)
			close(s->events[i]);
	if (s->signals >= 0)
		close(s->signals);
	pthread_mutex_destroy(&s->notice_lock);
	free(s);
	return status;
}
