/* sinks.h - what a machine tells a session; see sinks.c. */
#ifndef FRONTEND_SINKS_H
#define FRONTEND_SINKS_H

#include "frontend/session.h"

void sinks_init(struct machine_sinks *sinks, struct session *s);
void sinks_connect(struct session *s); /* when the channels are open */

/* Serves the channels while the guest stands still; for runner_call. */
void sinks_poll(struct machine *m, void *session);

#endif
