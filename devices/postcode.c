/* postcode.c - the POST code display; see postcode.h. */
#include "devices/postcode.h"

#include <string.h>

static u32 postcode_read(void *opaque, u32 offset, int size)
{
	struct postcode *p = opaque;
	(void)offset, (void)size;
	return p->r.code;
}

static void postcode_write(void *opaque, u32 offset, int size, u32 value)
{
	struct postcode *p = opaque;
	(void)offset, (void)size;
	p->r.code = (u8)value;
	p->r.writes++;
	sink_put(&p->out, p->r.code);
}

static const struct io_ops postcode_ops = {postcode_read, postcode_write, 1};

void postcode_init(struct postcode *p, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)clock, (void)log;
	memset(p, 0, sizeof *p);
	bus_add_ports(bus, 0x80, 1, &postcode_ops, p);
}

void postcode_reset(struct postcode *p)
{
	memset(&p->r, 0, sizeof p->r);
}

void postcode_restore(struct postcode *p)
{
	(void)p; /* no outputs, nothing pending */
}
