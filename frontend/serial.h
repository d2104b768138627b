/* serial.h - where the bytes of a serial port or the debug console end on the host; see serial.c. */
#ifndef FRONTEND_SERIAL_H
#define FRONTEND_SERIAL_H

#include "frontend/host_tty.h"
#include "frontend/options.h"

#define CHANNEL_OUT 65536
#define CHANNEL_IN 1024

struct channel {
	struct channel_spec spec;
	const char *name; /* the option, for messages */
	int in, out, listener; /* -1: none */
	int keeper;            /* pty: our hold on the guest's end, so that it does not hang up between users */
	u8 out_buf[CHANNEL_OUT], in_buf[CHANNEL_IN];
	size_t out_len, in_len, in_at;
	struct host_tty tty;
	bool keys; /* input is a terminal, and Ctrl-A is the way out */
	bool failed;
	/* asked about each byte from the host when `keys`; false: it is not for the guest */
	bool (*filter)(void *opaque, u8 byte);
	void *opaque;
};

enum channel_use { CHANNEL_BOTH_WAYS, CHANNEL_OUTPUT_ONLY };

/* 0, or -1 with `error` ("thing: reason", OPTIONS_ERROR bytes). with_keys: when input is a terminal, Ctrl-A is the
 * prefix of commands, and Ctrl-C goes to the guest. */
int channel_open(struct channel *c, const struct channel_spec *spec, const char *name, enum channel_use use, bool with_keys,
                 char *error);
void channel_close(struct channel *c);

/* Says where a pty or a server can be found, one line. */
void channel_announce(const struct channel *c, void *file /* FILE * */);

void channel_put(struct channel *c, u8 byte);

/* Moves bytes between the buffers and the host, never waits for a peer. Returns an errno when the host refuses for the
 * first time, else 0. */
int channel_poll(struct channel *c);

/* The next byte from the host; it stays until channel_drop. */
bool channel_peek(const struct channel *c, u8 *byte);
void channel_drop(struct channel *c);

#endif
