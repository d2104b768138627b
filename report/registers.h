/* registers.h - the registers of a machine between two instructions, to be compared with another's. */
#ifndef REPORT_REGISTERS_H
#define REPORT_REGISTERS_H

#include "machine/machine.h"

#define REGISTERS 34

/* As the guest believes them: general registers, IP, flags, selectors and bases, control and table registers, CPL, and the
 * four bytes on top of the stack. */
struct registers {
	u64 v[REGISTERS];
};

void registers_get(struct machine *m, struct registers *r);
u64 registers_hash(const struct registers *r);
/* "ESP 1ff0 / 1ff4, ..." of those that differ. */
void registers_difference(const struct registers *a, const struct registers *b, char *text, size_t size);
/* The instruction that comes next: "0008:00014971" and its text. */
void registers_place(struct machine *m, char *place, size_t place_size, char *code, size_t code_size);

#endif
