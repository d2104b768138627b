/* typist.h - types: key movements in a queue, one for each tick (10 ms of virtual time).
 *
 * The queue may be filled from any thread; it is emptied on the machine's, so that what
 * a script types arrives at exact instructions.
 */
#ifndef FRONTEND_TYPIST_H
#define FRONTEND_TYPIST_H

#include <pthread.h>

#include "machine/machine.h"

#define TYPIST_MAX (1 << 18) /* movements */

struct key_move {
	u8 usage;
	bool down;
};

struct typist {
	pthread_mutex_t lock;
	struct key_move *moves; /* `size` places, a power of two */
	u32 size, head, count;
};

void typist_init(struct typist *t);
void typist_free(struct typist *t);

/* Presses the keys in order and releases them in reverse. False: the queue is full. */
bool typist_chord(struct typist *t, const u8 *usages, int n);
bool typist_release(struct typist *t, u8 usage);

/* UTF-8 text as on a US keyboard; what it does not have, by Alt and its CP437 number on the keypad.
 * Unknown characters are left out. Returns how many were. */
int typist_text(struct typist *t, const char *utf8);

/* Makes the next movement, if any. Returns false when nothing was left to do. */
bool typist_tick(struct typist *t, struct machine *m);
void typist_clear(struct typist *t);

/* The next character of a UTF-8 string, and moves on; 0 at its end, U+FFFD for a broken one. */
u32 utf8_next(const char **text);
/* Whether the user's locale is UTF-8 (after setlocale). */
bool utf8_locale(void);
/* Writes c; returns 1 to 3 bytes. */
int utf8_put(u16 c, char *out);
/* The CP437 code of a Unicode character, -1: none. */
int cp437_find(u32 c);

#endif
