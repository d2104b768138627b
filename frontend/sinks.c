/* sinks.c - the machine's outputs, and its 10 ms tick: channels, script, pasted keys.
 *
 * All of this runs on the machine's thread. The order within a tick is fixed, so that a
 * scripted run is the same each time.
 */
#include "frontend/sinks.h"

#include <string.h>

#define CTRL_A 1

static void on_serial(void *opaque, int port, u8 byte)
{
	struct session *s = opaque;
	channel_put(&s->serial[port], byte);
}

static void on_debugcon(void *opaque, u8 byte)
{
	struct session *s = opaque;
	channel_put(&s->debugcon, byte);
}

static void on_log(void *opaque, int level, const char *text)
{
	struct session *s = opaque;
	(void)level;
	session_tell(s, "%s", text);
}

static void on_trace(void *opaque, const char *line)
{
	struct session *s = opaque;
	size_t n = strlen(line);
	if (!s->log)
		return;
	fputs(line, s->log);
	if (n == 0 || line[n - 1] != '\n')
		fputc('\n', s->log);
}

/* ---- input from the host's terminal --------------------------------------------------------------------------- */

static void print_keys(struct session *s)
{
	fprintf(s->err, "\nCtrl-A x quit, h help, p pause or go on, r reset, d Ctrl+Alt+Del, Ctrl-A send Ctrl-A\n");
	fflush(s->err);
}

/* A key after Ctrl-A. Returns true when it is for the guest. */
static bool command_key(struct session *s, u8 key)
{
	switch (key) {
	case CTRL_A:
		return true;
	case 'x':
		session_quit(s, 0);
		break;
	case 'p':
		session_toggle_pause(s);
		break;
	case 'r':
		session_reset(s);
		break;
	case 'd':
		session_ctrl_alt_del(s);
		break;
	default:
		print_keys(s);
		break;
	}
	return false;
}

static bool filter_key(void *opaque, u8 byte)
{
	struct session *s = opaque;
	if (s->after_ctrl_a) {
		s->after_ctrl_a = false;
		return command_key(s, byte);
	}
	s->after_ctrl_a = byte == CTRL_A;
	return !s->after_ctrl_a;
}

static void feed_port(struct session *s, int port)
{
	struct channel *c = &s->serial[port];
	u8 byte;
	while (channel_peek(c, &byte) && machine_serial_put(s->m, port, byte))
		channel_drop(c);
}

static void on_serial_room(void *opaque, int port)
{
	struct session *s = opaque;
	feed_port(s, port);
}

/* ---- the tick ------------------------------------------------------------------------------------------------- */

static void poll_channel(struct session *s, struct channel *c)
{
	int error = channel_poll(c);
	if (error)
		session_tell(s, "%s: %s: output is lost from here on", c->name, strerror(error));
}

void sinks_poll(struct machine *m, void *session)
{
	struct session *s = session;
	(void)m;
	for (int i = 0; i < MACHINE_SERIALS; i++) {
		poll_channel(s, &s->serial[i]);
		feed_port(s, i);
	}
	poll_channel(s, &s->debugcon);
}

static void on_tick(void *opaque)
{
	struct session *s = opaque;
	sinks_poll(s->m, s);
	if (s->script && !s->script_over && !script_tick(s->script, s->m)) {
		s->script_over = true;
		session_quit(s, s->script->status);
		machine_leave(s->m); /* at this instruction, so that counts repeat themselves, too */
	}
	typist_tick(&s->typist, s->m);
}

void sinks_init(struct machine_sinks *sinks, struct session *s)
{
	*sinks = (struct machine_sinks){
		.opaque = s,
		.serial = on_serial,
		.serial_room = on_serial_room,
		.debugcon = on_debugcon,
		.log = on_log,
		.tick = on_tick,
		.trace = on_trace,
	};
}

void sinks_connect(struct session *s)
{
	for (int i = 0; i < MACHINE_SERIALS; i++) {
		s->serial[i].filter = filter_key;
		s->serial[i].opaque = s;
	}
}
