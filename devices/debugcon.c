/* debugcon.c - the debug console; see debugcon.h. */
#include "devices/debugcon.h"

#include <string.h>

static u32 debugcon_read(void *opaque, u32 offset, int size)
{
	(void)opaque, (void)offset, (void)size;
	return DEBUGCON_READBACK;
}

static void debugcon_write(void *opaque, u32 offset, int size, u32 value)
{
	struct debugcon *d = opaque;
	(void)offset, (void)size;
	sink_put(&d->out, (u8)value);
}

static const struct io_ops debugcon_ops = {debugcon_read, debugcon_write, 1 | IO_ON_PCI};

void debugcon_init(struct debugcon *d, struct bus *bus, struct clock *clock, struct log *log, u16 iobase)
{
	(void)clock, (void)log;
	memset(d, 0, sizeof *d);
	bus_add_ports(bus, iobase, 1, &debugcon_ops, d);
}
