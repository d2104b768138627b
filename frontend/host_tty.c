/* host_tty.c - raw mode that does not outlive the program.
 *
 * A small child process waits for the end of a pipe. When this process ends without
 * having restored the terminal (a crash, SIGKILL), the child does it.
 */
#define _GNU_SOURCE
#include "frontend/host_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	while (left) {
		ssize_t n = write(fd, text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		left -= (size_t)n;
	}
}

static void restore(const struct host_tty *t)
{
	write_all(t->fd, t->farewell);
	tcsetattr(t->fd, TCSANOW, &t->saved);
}

static void close_others(int a, int b)
{
	long max = sysconf(_SC_OPEN_MAX);
	for (int fd = 0; fd < (max > 0 && max < 4096 ? max : 4096); fd++)
		if (fd != a && fd != b)
			close(fd);
}

/* The child. It must outlive signals that the whole process group gets, and write from the background. */
static _Noreturn void guard(const struct host_tty *t, int pipe_end)
{
	char c;
	ssize_t n;
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTTOU, SIGTSTP, SIGPIPE};
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		signal(ignored[i], SIG_IGN);
	close_others(t->fd, pipe_end);
	do
		n = read(pipe_end, &c, 1);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		restore(t);
	_exit(0);
}

static int set_raw(const struct host_tty *t, enum host_tty_mode mode)
{
	struct termios raw = t->saved;
	cfmakeraw(&raw);
	if (mode != HOST_TTY_KEYS)
		raw.c_oflag |= t->saved.c_oflag & (OPOST | ONLCR);
	if (mode == HOST_TTY_SIGNALS)
		raw.c_lflag |= ISIG;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return tcsetattr(t->fd, TCSANOW, &raw);
}

int host_tty_open(struct host_tty *t, int fd, enum host_tty_mode mode, const char *farewell)
{
	int ends[2];
	*t = (struct host_tty){.fd = fd, .farewell = farewell};
	if (tcgetattr(fd, &t->saved) || pipe2(ends, O_CLOEXEC))
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		guard(t, ends[0]);
	close(ends[0]);
	t->pipe = ends[1];
	if (pid < 0 || set_raw(t, mode)) {
		close(ends[1]);
		return -1;
	}
	t->guard = pid;
	return 0;
}

void host_tty_close(struct host_tty *t)
{
	if (!t->guard)
		return;
	restore(t);
	write_all(t->pipe, "k");
	close(t->pipe);
	while (waitpid(t->guard, NULL, 0) < 0 && errno == EINTR)
		;
	t->guard = 0;
}
