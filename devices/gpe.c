/* gpe.c - general-purpose events without sources; see gpe.h. */
#include "devices/gpe.h"

#include <string.h>

#define GPE_EN 2
#define GPE_PORTS 4

static u32 gpe_read(void *opaque, u32 offset, int size)
{
	const struct gpe *g = opaque;
	(void)size;
	return offset < GPE_EN ? 0 : g->r.enable[offset - GPE_EN];
}

static void gpe_write(void *opaque, u32 offset, int size, u32 value)
{
	struct gpe *g = opaque;
	(void)size;
	if (offset >= GPE_EN)
		g->r.enable[offset - GPE_EN] = (u8)value;
}

static const struct io_ops gpe_ops = {gpe_read, gpe_write, 1 | IO_ON_PCI};

void gpe_init(struct gpe *g, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)clock, (void)log;
	memset(g, 0, sizeof *g);
	bus_add_ports(bus, GPE_PORT, GPE_PORTS, &gpe_ops, g);
}

void gpe_reset(struct gpe *g)
{
	memset(&g->r, 0, sizeof g->r);
}
