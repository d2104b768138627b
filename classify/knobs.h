/* knobs.h - K: the configuration for which a classification holds.
 *
 * Popek and Goldberg's machine has one supervisor mode, one user mode and nothing
 * to configure. On x86 a class is conditional: it holds for a mode, a pair of
 * privilege levels, and the values of the bits that decide what traps.
 */
#ifndef CLASSIFY_KNOBS_H
#define CLASSIFY_KNOBS_H

#include "base/types.h"

enum kmode {
	KM_REAL,      /* real mode: there is no user mode */
	KM_DEPRIVED,  /* supervisor: real mode; user: real mode's semantics with virtual-8086 mode's privilege */
	KM_V86,       /* supervisor: real mode; user: virtual-8086 mode */
	KM_PROTECTED, /* the two levels of `s` and `u` */
};

enum io_map { IO_DENY, IO_EVEN /* the bitmap allows even ports */ };

struct knobs {
	const char *name;  /* what -K takes */
	const char *title; /* for people */
	u8 mode;           /* enum kmode */
	u8 s, u;           /* CPL of the supervisor and of the user state */
	u8 iopl;
	u8 io_map;         /* enum io_map */
	bool vme, pvi, tsd, pce, umip;
	bool cpuid_fault;   /* CPUID faults at CPL > 0: SDM 2 CPUID, MSR 140h */
	bool critical_trap; /* the imaginary processor: what is critical without this knob faults at CPL > 0 */
	const char *base;   /* the configuration that this one is compared with in the flips table; NULL: none */
	const char *knob;   /* what was turned, in words */
};

extern const struct knobs knobs_all[];
extern const int knobs_count;

const struct knobs *knobs_find(const char *name); /* NULL: none */

static inline bool knobs_has_user(const struct knobs *k)
{
	return k->mode != KM_REAL;
}

#endif
