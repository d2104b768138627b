/* lockstep.h - one guest twice, under `bare` and under `classic`: where do they part?
 *
 * Both run in step. A difference can arise only behind a critical instruction that
 * classic runs on hw, or in the frame of an event; there everything a guest could
 * see is compared, so that the FIRST difference is found, even one that vanishes again.
 * Both are deterministic: each side can be shown just before and after it.
 */
#ifndef MACHINE_LOCKSTEP_H
#define MACHINE_LOCKSTEP_H

#include "machine/machine.h"

struct lockstep_config {
	u64 max_ns;     /* give up after so much virtual time */
	/* Called for every machine that is made: before, to set its sinks (a script's tick), and after. May be NULL. A machine's
	 * input must depend on what it is told through them only. */
	void (*sinks)(void *opaque, struct machine_sinks *sinks);
	void (*prepare)(void *opaque, struct machine *m);
	void *opaque;
	void (*progress)(void *opaque, u64 ns); /* may be NULL */
};

struct lockstep_result {
	bool diverged;
	bool bare_ended;      /* bare stopped first: nothing to compare with */
	u64 count;            /* instructions before the one that made the difference */
	char insn[160];       /* that instruction, with its address */
	char place[40], code[112]; /* the same: CS:IP, and its text */
	char sentence[512];   /* what it did, and what came of it */
	char difference[1024]; /* registers and memory that differ behind it, a line each */
};

/* 0, or -1 with `error` (MACHINE_ERROR bytes). `config` describes the guest; its technique is ignored. Images are opened
 * as snapshots: nothing is written to them. */
int machine_lockstep(const struct machine_config *config, const struct lockstep_config *how, struct lockstep_result *out,
		     char *error);

#endif
