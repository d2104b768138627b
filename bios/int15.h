/* The parts of INT 15h. */
#ifndef BIOS_INT15_H
#define BIOS_INT15_H

#include "types.h"

#define INT15_UNSUPPORTED 0x86

void handle_1524(struct regs *r);
void handle_1583(struct regs *r);
void handle_1586(struct regs *r);
void handle_1587(struct regs *r);
void handle_1588(struct regs *r);
void handle_15c2(struct regs *r);
void handle_15e801(struct regs *r);
void handle_15e820(struct regs *r);

#endif
