/* port92.c - system control port A; see port92.h. */
#include "devices/port92.h"

#include <string.h>

#define FAST_INIT 0x01
#define ALT_A20 0x02

static u32 port92_read(void *opaque, u32 offset, int size)
{
	struct port92 *p = opaque;
	(void)offset, (void)size;
	return p->r.value;
}

static void port92_write(void *opaque, u32 offset, int size, u32 value)
{
	struct port92 *p = opaque;
	bool pulse = (value & FAST_INIT) && !(p->r.value & FAST_INIT);
	(void)offset, (void)size;
	p->r.value = value & (FAST_INIT | ALT_A20);
	line_set(&p->a20, !!(value & ALT_A20));
	if (pulse) {
		line_set(&p->reset, 1);
		line_set(&p->reset, 0);
	}
}

static const struct io_ops port92_ops = {port92_read, port92_write, 1};

void port92_init(struct port92 *p, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)clock, (void)log;
	memset(p, 0, sizeof *p);
	bus_add_ports(bus, 0x92, 1, &port92_ops, p);
}

void port92_reset(struct port92 *p)
{
	p->r.value = 0;
	line_set(&p->a20, 0);
}

void port92_restore(struct port92 *p)
{
	line_set(&p->a20, !!(p->r.value & ALT_A20));
}
