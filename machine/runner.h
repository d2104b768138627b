/* runner.h - a machine on a thread of its own.
 *
 * The runner's thread is the only one that touches the machine. It keeps virtual
 * time in step with the host's (unless -icount), sleeps while the guest halts, and
 * at each turn serves what other threads have posted: keys, calls, a picture.
 */
#ifndef MACHINE_RUNNER_H
#define MACHINE_RUNNER_H

#include "machine/machine.h"

struct runner;

#define RUNNER_MAX_WIDTH 2560 /* of a picture: what the VGA's and the VBE's registers can ask for */
#define RUNNER_MAX_HEIGHT 1600

enum runner_end { RUNNER_QUIT, RUNNER_GUEST_EXIT, RUNNER_TRIPLE_FAULT };

struct runner_config {
	bool paused;      /* -S: wait for runner_pause(r, false) */
	bool no_reboot;   /* a guest's reset ends the run */
	bool icount;      /* as in the machine's configuration: no pacing */
	u32 mips;         /* the same: the most when paced; 0: no limit */
	bool no_shutdown; /* stay when the guest is done, so that it can be looked at */
	/* called on the runner's thread just before it ends */
	void (*ended)(void *opaque, enum runner_end why);
	/* called on the runner's thread when the guest has triple-faulted, before the reset or the end; may be NULL */
	void (*triple_fault)(void *opaque, struct machine *m);
	void *opaque;
};

/* Starts the thread. NULL: the host gave no thread. */
struct runner *runner_start(struct machine *m, const struct runner_config *config);
/* Asks the thread to end and waits for it, frees r; the machine stays. Returns why the run ended. */
enum runner_end runner_join(struct runner *r);
/* Waits until the run ends by itself or by runner_quit. */
enum runner_end runner_wait(struct runner *r);
void runner_quit(struct runner *r); /* from any thread, the runner's included */

void runner_key(struct runner *r, u8 hid_usage, bool down);
void runner_mouse(struct runner *r, int dx, int dy, int dz, u8 buttons); /* as machine_mouse */
void runner_pause(struct runner *r, bool paused);
bool runner_paused(struct runner *r);

/* Runs fn on the runner's thread between two slices, and waits until it is done. */
void runner_call(struct runner *r, void (*fn)(struct machine *m, void *arg), void *arg);

/* Copies the newest picture into f (as machine_render would) if it is newer than *id; asks for the next one. Never blocks
 * for longer than the copy. Returns false when there is none newer. */
bool runner_picture(struct runner *r, struct frame *f, u64 *id);

/* Samples for the sound device's callback; silence fills what is missing. Always the same rate. */
void runner_audio(struct runner *r, s16 *samples, int n, int rate);

struct runner_speed {
	double mips;          /* instructions per host second, in millions */
	double exits_per_s;
	double time_ratio;    /* virtual seconds per host second */
};
struct runner_speed runner_speed(struct runner *r); /* over the last second or so */

#endif
