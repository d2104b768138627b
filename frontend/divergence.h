/* divergence.h - what a VMM that traps only privileged instructions first gets wrong with this guest. */
#ifndef FRONTEND_DIVERGENCE_H
#define FRONTEND_DIVERGENCE_H

#include <stdio.h>

#include "frontend/options.h"
#include "machine/lockstep.h"
#include "report/model.h"

/* Runs the guest under bare and classic in step, with o's script, up to that virtual time. Returns 1 with the result, 0 when
 * they never part, -1 with `error` (OPTIONS_ERROR bytes). */
int divergence_find(const struct options *o, u64 max_ns, struct lockstep_result *result, char *error);

/* Into a report: the sentence, and a table with both states. found: what divergence_find returned, 0 or 1 */
void divergence_report(struct report *r, int found, const struct lockstep_result *result);

/* The same, in words with both states, to `out`. */
int divergence_print(const struct options *o, u64 max_ns, FILE *out, char *error);

#endif
