/* loader.c - the loader card; see loader.h. */
#include "devices/loader.h"

#include <string.h>

enum { REG_PART, REG_SIZE, REG_ADDRESS, REG_CONTROL, REGS };

#define CONTROL_RUN 1u
#define START_NS 1000u
#define CHUNK (1 << 20)

static u32 part_size(const struct loader *l)
{
	return l->r.part < LOADER_PARTS ? l->parts[l->r.part].size : 0;
}

static void done(void *opaque)
{
	struct loader *l = opaque;
	u32 size = part_size(l);
	const u8 *data = size ? l->parts[l->r.part].data : NULL;
	for (u32 at = 0; at < size; at += CHUNK) {
		u32 n = size - at < CHUNK ? size - at : CHUNK;
		l->write_mem(l->mem_opaque, (gpa_t)l->r.address + at, data + at, (int)n);
	}
	l->r.busy = 0;
}

static u32 loader_read(void *opaque, u32 offset, int size)
{
	const struct loader *l = opaque;
	if (size != 4 || offset % 4)
		return ~0u;
	switch (offset / 4) {
	case REG_PART:
		return l->r.part;
	case REG_SIZE:
		return part_size(l);
	case REG_ADDRESS:
		return l->r.address;
	default:
		return l->r.busy;
	}
}

static void loader_write(void *opaque, u32 offset, int size, u32 value)
{
	struct loader *l = opaque;
	if (size != 4 || offset % 4 || l->r.busy)
		return;
	switch (offset / 4) {
	case REG_PART:
		l->r.part = value;
		break;
	case REG_ADDRESS:
		l->r.address = value;
		break;
	case REG_CONTROL:
		if (!(value & CONTROL_RUN))
			break;
		l->r.busy = 1;
		timer_set(l->clock, &l->done, clock_now(l->clock) + START_NS + part_size(l));
		break;
	}
}

static const struct io_ops loader_ops = {loader_read, loader_write, 4 | IO_ON_PCI};

void loader_init(struct loader *l, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)log;
	l->clock = clock;
	l->r = (struct loader_regs){0};
	timer_init(&l->done, done, l);
	bus_add_ports(bus, LOADER_PORT, REGS * 4, &loader_ops, l);
}

void loader_reset(struct loader *l)
{
	if (l->clock)
		timer_cancel(l->clock, &l->done);
	l->r = (struct loader_regs){0};
}
