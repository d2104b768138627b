/* ferr.c - coprocessor errors: FERR#, IRQ13, IGNNE#; see ferr.h. */
#include "devices/ferr.h"

#include <string.h>

static void ferr_update(struct ferr *f)
{
	line_set(&f->irq13, f->r.latch);
	line_set(&f->ignne, f->r.ignne);
}

void ferr_set(void *ferr, int n, int level)
{
	struct ferr *f = ferr;
	(void)n;
	if (level && !f->r.input)
		f->r.latch = 1;
	if (!level)
		f->r.ignne = 0;
	f->r.input = level != 0;
	ferr_update(f);
}

static u32 ferr_read(void *opaque, u32 offset, int size)
{
	(void)opaque, (void)offset, (void)size;
	return 0xff;
}

static void ferr_write(void *opaque, u32 offset, int size, u32 value)
{
	struct ferr *f = opaque;
	(void)offset, (void)size, (void)value;
	f->r.latch = 0;
	f->r.ignne = f->r.input;
	ferr_update(f);
}

static const struct io_ops ferr_ops = {ferr_read, ferr_write, 1};

void ferr_init(struct ferr *f, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)clock, (void)log;
	memset(f, 0, sizeof *f);
	bus_add_ports(bus, 0xf0, 2, &ferr_ops, f);
}

void ferr_reset(struct ferr *f)
{
	f->r = (struct ferr_regs){.input = f->r.input};
	ferr_update(f);
}

void ferr_restore(struct ferr *f)
{
	ferr_update(f);
}
