/* host_tty.h - the terminal of the host in raw mode, and back whatever happens; see host_tty.c. */
#ifndef FRONTEND_HOST_TTY_H
#define FRONTEND_HOST_TTY_H

#include <sys/types.h>
#include <termios.h>

#include "base/types.h"

enum host_tty_mode {
	HOST_TTY_KEYS,   /* every key is passed on, output is ours alone */
	HOST_TTY_STREAM, /* every key is passed on, output is still processed (LF) */
	HOST_TTY_SIGNALS /* as STREAM, but Ctrl-C interrupts */
};

struct host_tty {
	int fd, pipe;
	pid_t guard; /* 0: not open */
	struct termios saved;
	const char *farewell;
};

/* `farewell` is written when the terminal is given back ("" for nothing). 0, or -1 with errno. Before any thread is started. */
int host_tty_open(struct host_tty *t, int fd, enum host_tty_mode mode, const char *farewell);
void host_tty_close(struct host_tty *t);

#endif
