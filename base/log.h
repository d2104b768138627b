/* log.h - what the emulator has to tell its user that is not guest output.
 *
 * One struct log per machine. Messages carry the part's name. `log_once` is for
 * what a guest may repeat a million times (an unimplemented register): each
 * (part, format) pair is told once, then counted.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/types.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define LOG_ONCE_SLOTS 256

struct log {
	void (*emit)(void *opaque, enum log_level level, const char *text);
	void *opaque;
	enum log_level level; /* messages above this level are dropped */
	const char *seen[LOG_ONCE_SLOTS];
	int nseen;
};

/* Sends everything up to `level` to stderr until `emit` is replaced. */
void log_init(struct log *log, enum log_level level);

void log_msg(struct log *log, enum log_level level, const char *part, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* As log_msg at LOG_WARN, but each `fmt` (compared by address) only once. */
void log_once(struct log *log, const char *part, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
