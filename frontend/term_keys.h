/* term_keys.h - what a terminal sends, as keys; see term_keys.c. */
#ifndef FRONTEND_TERM_KEYS_H
#define FRONTEND_TERM_KEYS_H

#include "base/types.h"

#define TERM_KEYS_PENDING 32

/* One key with its modifiers in the order of pressing, or (n == 0) a character that a US keyboard does not have. */
struct term_key {
	u8 usages[4];
	int n;
	u32 ch;
};

struct term_keys {
	u8 pending[TERM_KEYS_PENDING];
	int n;
	void (*key)(void *opaque, const struct term_key *key);
	void *opaque;
};

void term_keys_feed(struct term_keys *t, u8 byte);
/* Nothing came for a while: a lone ESC is the Esc key. */
void term_keys_timeout(struct term_keys *t);

#endif
