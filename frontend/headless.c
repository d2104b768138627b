/* headless.c - -display none: nothing is shown; the run ends by itself, by a script or by a signal. */
#include "frontend/session.h"

#include "frontend/sinks.h"

#define PAUSE_POLL_MS 100

int headless_run(struct session *s, char *error)
{
	if (session_start(s, error))
		return -1;
	while (!(session_wait(s, -1, PAUSE_POLL_MS) & SESSION_ENDED))
		if (runner_paused(s->r)) /* no ticks now: keys such as Ctrl-A p must still be read */
			runner_call(s->r, sinks_poll, s);
	return 0;
}
