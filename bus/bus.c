/* bus.c - dispatch of port and memory-mapped accesses; see bus.h. */
#include "bus/bus.h"

#include <assert.h>
#include <string.h>

void bus_init(struct bus *bus)
{
	memset(bus, 0, sizeof *bus);
	memset(bus->port_map, BUS_NO_REGION, sizeof bus->port_map);
}

void bus_add_ports(struct bus *bus, u16 first, int count, const struct io_ops *ops, void *opaque)
{
	assert(bus->nport < BUS_MAX_REGIONS && first + count <= BUS_PORTS);
	bus->port[bus->nport] = (struct io_region){first, (u64)count, ops, opaque};
	memset(bus->port_map + first, bus->nport, (size_t)count);
	bus->nport++;
}

void bus_add_mmio(struct bus *bus, gpa_t first, u64 len, const struct io_ops *ops, void *opaque)
{
	assert(bus->nmmio < BUS_MAX_REGIONS);
	bus->mmio[bus->nmmio++] = (struct io_region){first, len, ops, opaque};
}

static bool remove_region(struct io_region *list, int *n, u64 first, const void *opaque)
{
	for (int i = *n - 1; i >= 0; i--)
		if (list[i].first == first && list[i].opaque == opaque) {
			memmove(&list[i], &list[i + 1], (size_t)(*n - i - 1) * sizeof list[0]);
			(*n)--;
			return true;
		}
	return false;
}

void bus_remove_ports(struct bus *bus, u16 first, void *opaque)
{
	if (!remove_region(bus->port, &bus->nport, first, opaque))
		return;
	memset(bus->port_map, BUS_NO_REGION, sizeof bus->port_map);
	for (int i = 0; i < bus->nport; i++)
		memset(bus->port_map + bus->port[i].first, i, (size_t)bus->port[i].len);
}

void bus_remove_mmio(struct bus *bus, gpa_t first, void *opaque)
{
	remove_region(bus->mmio, &bus->nmmio, first, opaque);
	bus->last_mmio = 0;
}

static int widest(const struct io_ops *ops)
{
	return ops->max_size & ~IO_ON_PCI;
}

static u32 region_read(const struct io_region *r, u32 offset, int size)
{
	int step = widest(r->ops);
	if (size <= step)
		return r->ops->read(r->opaque, offset, size);
	u32 v = 0;
	for (int i = 0; i < size; i += step)
		v |= r->ops->read(r->opaque, offset + (u32)i, step) << (8 * i);
	return v;
}

static void region_write(const struct io_region *r, u32 offset, int size, u32 value)
{
	int step = widest(r->ops);
	if (size <= step) {
		r->ops->write(r->opaque, offset, size, value);
		return;
	}
	u32 mask = ~0u >> (32 - 8 * step);
	for (int i = 0; i < size; i += step)
		r->ops->write(r->opaque, offset + (u32)i, step, value >> (8 * i) & mask);
}

static const struct io_region *port_region(const struct bus *bus, u16 port)
{
	u8 i = bus->port_map[port];
	return i == BUS_NO_REGION ? NULL : &bus->port[i];
}

/* All bytes of the access belong to one region, or it is taken apart into bytes. */
static bool in_one_region(const struct bus *bus, u16 port, int size)
{
	for (int i = 1; i < size; i++)
		if (bus->port_map[(u16)(port + i)] != bus->port_map[port])
			return false;
	return true;
}

/* What nobody claims on PCI goes to the ISA bus, answered there or not. */
static u32 cycle_ns(const struct io_region *r)
{
	return r && r->ops->max_size & IO_ON_PCI ? 0 : ISA_CYCLE_NS;
}

u32 bus_in(struct bus *bus, u16 port, int size)
{
	u32 v = 0;
	const struct io_region *r = port_region(bus, port);
	bus->waited_ns = cycle_ns(r);
	if (in_one_region(bus, port, size)) {
		v = r ? region_read(r, port - (u32)r->first, size) : ~0u;
	} else {
		for (int i = 0; i < size; i++) {
			u16 p = (u16)(port + i);
			r = port_region(bus, p);
			v |= (r ? region_read(r, p - (u32)r->first, 1) & 0xff : 0xff) << (8 * i);
		}
	}
	v &= ~0u >> (32 - 8 * size);
	if (bus->watch)
		bus->watch(bus->watch_opaque, port, size, v, false);
	return v;
}

void bus_out(struct bus *bus, u16 port, int size, u32 value)
{
	const struct io_region *r = port_region(bus, port);
	bus->waited_ns = cycle_ns(r);
	if (bus->watch)
		bus->watch(bus->watch_opaque, port, size, value, true);
	if (in_one_region(bus, port, size)) {
		if (r)
			region_write(r, port - (u32)r->first, size, value);
		return;
	}
	for (int i = 0; i < size; i++) {
		u16 p = (u16)(port + i);
		r = port_region(bus, p);
		if (r)
			region_write(r, p - (u32)r->first, 1, value >> (8 * i) & 0xff);
	}
}

static const struct io_region *mmio_region(struct bus *bus, gpa_t gpa)
{
	const struct io_region *r = &bus->mmio[bus->last_mmio];
	if (bus->nmmio && gpa - r->first < r->len)
		return r;
	for (int i = bus->nmmio - 1; i >= 0; i--) {
		r = &bus->mmio[i];
		if (gpa - r->first < r->len) {
			bus->last_mmio = i;
			return r;
		}
	}
	return NULL;
}

u32 bus_read(struct bus *bus, gpa_t gpa, int size)
{
	const struct io_region *r = mmio_region(bus, gpa);
	return (r ? region_read(r, (u32)(gpa - r->first), size) : ~0u) & ~0u >> (32 - 8 * size);
}

void bus_write(struct bus *bus, gpa_t gpa, int size, u32 value)
{
	const struct io_region *r = mmio_region(bus, gpa);
	if (r)
		region_write(r, (u32)(gpa - r->first), size, value);
}
