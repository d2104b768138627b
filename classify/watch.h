/* watch.h - which fields of M and R an instruction reads and writes, seen from outside of its semantics.
 *
 * The core's sources are compiled a second time with the compiler's thread-sanitizer
 * instrumentation: every load and store that is not of a local variable is preceded by
 * a call with its address. We link no sanitizer run-time; watch.c gives these calls and
 * looks whether the address lies in the processor under test.
 *
 *   cpu/ sources ── -fsanitize=thread ──> __tsan_read4(&s->cr0) ──> watch.c: F_CR0 was read
 *
 * cpu/ctx.c and mmu/ are compiled without it: the first copies everything into the
 * execution context after each change, the second is the address translation itself.
 */
#ifndef CLASSIFY_WATCH_H
#define CLASSIFY_WATCH_H

#include "classify/fields.h"

struct watch {
	const char *sys, *cpu; /* the structs under test */
	const char *model;     /* the processor's signature (4 bytes): F_IDENTITY */
	const struct field_map *map;
	field_set read, written;
};

/* Between the two, accesses of the calling thread are recorded in `w`. */
void watch_begin(struct watch *w);
void watch_end(void);

#endif
