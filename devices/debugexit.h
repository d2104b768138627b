/* debugexit.h - a port that ends the emulator: writing v asks for exit status (v << 1) | 1.
 *
 * The convention of QEMU's isa-debug-exit (usual ports: 501h, F4h), four byte ports wide; there
 * is no such chip. Reads give zero.
 */
#ifndef DEVICES_DEBUGEXIT_H
#define DEVICES_DEBUGEXIT_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"

struct debugexit {
	void (*exit)(void *opaque, int status);
	void *opaque;
};

void debugexit_init(struct debugexit *d, struct bus *bus, struct clock *clock, struct log *log, u16 iobase);

#endif
