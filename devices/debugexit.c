/* debugexit.c - the port that ends the emulator; see debugexit.h. */
#include "devices/debugexit.h"

#include <string.h>

#define PORTS 4

static u32 debugexit_read(void *opaque, u32 offset, int size)
{
	(void)opaque, (void)offset, (void)size;
	return 0;
}

static void debugexit_write(void *opaque, u32 offset, int size, u32 value)
{
	struct debugexit *d = opaque;
	(void)offset, (void)size;
	if (d->exit)
		d->exit(d->opaque, (int)(value << 1 & 0x7fffffff) | 1);
}

static const struct io_ops debugexit_ops = {debugexit_read, debugexit_write, 4 | IO_ON_PCI};

void debugexit_init(struct debugexit *d, struct bus *bus, struct clock *clock, struct log *log, u16 iobase)
{
	(void)clock, (void)log;
	memset(d, 0, sizeof *d);
	bus_add_ports(bus, iobase, PORTS, &debugexit_ops, d);
}
