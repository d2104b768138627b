/* bus.h - the I/O ports and the memory-mapped registers of the machine.
 *
 *   processor --(vmm)--> bus_in/out ----> struct io_ops of a chip, by port
 *                        bus_read/write -> struct io_ops of a chip, by address
 *
 * A chip sees (opaque, offset from its first port or byte, size, value) and never
 * who asks. An access wider than the chip takes is split into several of its
 * widest size at ascending offsets, low byte first, as the ISA bus does. Reads
 * that nobody answers give all ones; such writes go nowhere.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "base/types.h"

struct io_ops {
	u32 (*read)(void *opaque, u32 offset, int size);              /* size 1, 2 or 4 bytes */
	void (*write)(void *opaque, u32 offset, int size, u32 value); /* value is zero-extended */
	int max_size; /* widest access the chip takes: 1, 2 or 4; | IO_ON_PCI */
};

#define IO_ON_PCI 8 /* ports claimed on the PCI bus: quicker than ISA_CYCLE_NS */

struct io_region {
	u64 first, len;
	const struct io_ops *ops;
	void *opaque;
};

/* An 8-bit cycle on the ISA bus: 6 clocks of 8.33 MHz. Software counts on it as a short delay (OUT 80h), and the PIT needs
 * one between its programming and its first count. */
#define ISA_CYCLE_NS 720

#define BUS_MAX_REGIONS 128
#define BUS_PORTS 65536
#define BUS_NO_REGION 0xff

struct bus {
	struct io_region port[BUS_MAX_REGIONS];
	struct io_region mmio[BUS_MAX_REGIONS];
	int nport, nmmio;
	u8 port_map[BUS_PORTS]; /* port -> index in `port`, BUS_NO_REGION = nobody */
	int last_mmio;          /* the region that answered last */
	u32 waited_ns;          /* how long the last port access held the processor up */
	/* called before every port access that reaches a chip or nobody; may be NULL (the `-d io` log) */
	void (*watch)(void *opaque, u16 port, int size, u32 value, bool is_write);
	void *watch_opaque;
};

void bus_init(struct bus *bus);

/* A later registration wins over an earlier one for the same port. */
void bus_add_ports(struct bus *bus, u16 first, int count, const struct io_ops *ops, void *opaque);
/* Regions should not overlap; where a guest makes them, one of the two answers. */
void bus_add_mmio(struct bus *bus, gpa_t first, u64 len, const struct io_ops *ops, void *opaque);

/* Takes back what was added with the same first port (address) and opaque; what it had covered answers again. */
void bus_remove_ports(struct bus *bus, u16 first, void *opaque);
void bus_remove_mmio(struct bus *bus, gpa_t first, void *opaque);

u32 bus_in(struct bus *bus, u16 port, int size);
void bus_out(struct bus *bus, u16 port, int size, u32 value);

u32 bus_read(struct bus *bus, gpa_t gpa, int size); /* size 1, 2, 4 */
void bus_write(struct bus *bus, gpa_t gpa, int size, u32 value);

#endif
