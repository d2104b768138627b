/* serial.c - the host's ends of serial lines: stdio, a file, a pseudo-terminal, TCP.
 *
 * All of it is served from the machine's 10 ms tick and never waits for a peer: what a
 * pty or a TCP peer does not take in time is lost beyond CHANNEL_OUT bytes, as on a wire without
 * handshake. Files and stdout are written with waiting, so that nothing is lost there.
 */
#define _GNU_SOURCE
#include "frontend/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int refuse(const struct channel *c, char *error, const char *what, const char *why)
{
	snprintf(error, OPTIONS_ERROR, "%s: %.300s: %s", c->name, what, why);
	return -1;
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

static int open_stdio(struct channel *c, enum channel_use use, bool with_keys, char *error)
{
	c->out = STDOUT_FILENO;
	if (use == CHANNEL_OUTPUT_ONLY)
		return 0;
	c->in = STDIN_FILENO;
	if (!isatty(STDIN_FILENO))
		return 0;
	c->keys = with_keys;
	if (host_tty_open(&c->tty, STDIN_FILENO, with_keys ? HOST_TTY_STREAM : HOST_TTY_SIGNALS, ""))
		return refuse(c, error, "stdio", strerror(errno));
	return 0;
}

static int open_file(struct channel *c, char *error)
{
	c->out = open(c->spec.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
	if (c->out < 0)
		return refuse(c, error, c->spec.path, strerror(errno));
	fcntl(c->out, F_SETFL, fcntl(c->out, F_GETFL) & ~O_NONBLOCK);
	return 0;
}

static int open_pty(struct channel *c, char *error)
{
	struct termios raw;
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, c->spec.path, sizeof c->spec.path)) {
		refuse(c, error, "pty", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	c->keeper = open(c->spec.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->keeper >= 0 && !tcgetattr(c->keeper, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(c->keeper, TCSANOW, &raw);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	c->in = c->out = fd;
	return 0;
}

static void be_prompt(int fd)
{
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

/* Tries one address; returns a socket, or -1 with errno. */
static int open_address(struct channel *c, const struct addrinfo *a)
{
	int on = 1, fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
	if (fd < 0)
		return -1;
	bool server = c->spec.kind == CHANNEL_TCP_SERVER;
	if (server)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (server ? !bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, 1) : !connect(fd, a->ai_addr, a->ai_addrlen))
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int open_tcp(struct channel *c, char *error)
{
	char what[160];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *a;
	bool server = c->spec.kind == CHANNEL_TCP_SERVER;
	hints.ai_flags = server ? AI_PASSIVE : 0;
	snprintf(what, sizeof what, "tcp:%s:%s", c->spec.host, c->spec.port);
	int e = getaddrinfo(c->spec.host[0] ? c->spec.host : NULL, c->spec.port, &hints, &list);
	if (e)
		return refuse(c, error, what, gai_strerror(e));
	int fd = -1;
	for (a = list; a && fd < 0; a = a->ai_next)
		fd = open_address(c, a);
	e = errno;
	freeaddrinfo(list);
	if (fd < 0)
		return refuse(c, error, what, strerror(e));
	be_prompt(fd);
	if (server)
		c->listener = fd;
	else
		c->in = c->out = fd;
	return 0;
}

int channel_open(struct channel *c, const struct channel_spec *spec, const char *name, enum channel_use use, bool with_keys,
                 char *error)
{
	*c = (struct channel){.spec = *spec, .name = name, .in = -1, .out = -1, .listener = -1, .keeper = -1};
	switch (spec->kind) {
	case CHANNEL_STDIO:
		return open_stdio(c, use, with_keys, error);
	case CHANNEL_FILE:
		return open_file(c, error);
	case CHANNEL_PTY:
		return open_pty(c, error);
	case CHANNEL_TCP:
	case CHANNEL_TCP_SERVER:
		return open_tcp(c, error);
	default:
		return 0;
	}
}

void channel_announce(const struct channel *c, void *file)
{
	if (c->spec.kind == CHANNEL_PTY)
		fprintf(file, "tandem: %s: the port is %s\n", c->name, c->spec.path);
	else if (c->spec.kind == CHANNEL_TCP_SERVER)
		fprintf(file, "tandem: %s: waiting for a connection to %s:%s\n", c->name, c->spec.host, c->spec.port);
}

/* ---- moving bytes ------------------------------------------------------------------------------------------- */

static bool is_patient(const struct channel *c)
{
	return c->spec.kind == CHANNEL_FILE || c->spec.kind == CHANNEL_STDIO;
}

static void hang_up(struct channel *c)
{
	if (c->in > STDERR_FILENO)
		close(c->in);
	if (c->out > STDERR_FILENO && c->out != c->in)
		close(c->out);
	c->in = c->out = -1;
	c->out_len = 0;
}

/* Returns an errno that ends this channel's output, or 0. */
static int flush(struct channel *c)
{
	size_t done = 0;
	int error = 0;
	while (done < c->out_len && !error) {
		ssize_t n = write(c->out, c->out_buf + done, c->out_len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && is_patient(c))
			poll(&(struct pollfd){.fd = c->out, .events = POLLOUT}, 1, 100);
		else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		else if (n < 0 && errno != EINTR)
			error = errno;
	}
	memmove(c->out_buf, c->out_buf + done, c->out_len - done);
	c->out_len -= done;
	return error;
}

static int flush_or_fail(struct channel *c)
{
	int error = c->out_len && c->out >= 0 ? flush(c) : 0;
	if (!error)
		return 0;
	bool first = !c->failed;
	if (is_patient(c)) {
		c->out = -1; /* the descriptor of stdio is not ours to close */
		c->failed = true;
		return first ? error : 0;
	}
	hang_up(c);
	return 0;
}

void channel_put(struct channel *c, u8 byte)
{
	if (c->out < 0)
		return;
	if (c->out_len == CHANNEL_OUT && is_patient(c) && flush(c))
		c->out_len = 0; /* told by the next poll */
	if (c->out_len < CHANNEL_OUT)
		c->out_buf[c->out_len++] = byte;
}

static void accept_one(struct channel *c)
{
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (c->in >= 0) { /* one at a time */
		close(fd);
		return;
	}
	be_prompt(fd);
	c->in = c->out = fd;
	c->out_len = c->in_len = c->in_at = 0;
}

/* Commands are seen even while the guest takes no input: then the bytes between them are lost. */
static void take(struct channel *c, const u8 *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((!c->keys || !c->filter || c->filter(c->opaque, bytes[i])) && c->in_len < CHANNEL_IN)
			c->in_buf[c->in_len++] = bytes[i];
}

static void fill(struct channel *c)
{
	struct pollfd p = {.fd = c->in, .events = POLLIN};
	u8 bytes[256];
	memmove(c->in_buf, c->in_buf + c->in_at, c->in_len - c->in_at);
	c->in_len -= c->in_at;
	c->in_at = 0;
	size_t room = c->keys ? sizeof bytes : CHANNEL_IN - c->in_len;
	if (c->in < 0 || !room || poll(&p, 1, 0) <= 0 || !p.revents)
		return;
	ssize_t n = read(c->in, bytes, room < sizeof bytes ? room : sizeof bytes);
	if (n > 0) {
		take(c, bytes, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR && errno != EIO)) {
		if (is_patient(c))
			c->in = -1;
		else
			hang_up(c);
	}
}

int channel_poll(struct channel *c)
{
	if (c->listener >= 0)
		accept_one(c);
	fill(c);
	return flush_or_fail(c);
}

bool channel_peek(const struct channel *c, u8 *byte)
{
	if (c->in_at >= c->in_len)
		return false;
	*byte = c->in_buf[c->in_at];
	return true;
}

void channel_drop(struct channel *c)
{
	c->in_at++;
}

void channel_close(struct channel *c)
{
	if (c->out >= 0)
		flush(c);
	hang_up(c);
	if (c->listener >= 0)
		close(c->listener);
	if (c->keeper >= 0)
		close(c->keeper);
	c->listener = c->keeper = -1;
	host_tty_close(&c->tty);
}
