/* ps2_port.h - the serial cable between the 8042 and a keyboard or mouse, byte by byte.
 *
 * The device side fills in a struct ps2_port; i8042_attach plugs it in. The device tells through
 * its own `struct line ready` (set to i8042_data_ready, n = the port) that it has bytes; the
 * controller takes them one by one, at the speed of the wire, when it has room.
 */
#ifndef DEVICES_PS2_PORT_H
#define DEVICES_PS2_PORT_H

#include "base/types.h"

struct ps2_port {
	void *opaque; /* NULL functions: nothing is plugged in */
	bool (*write)(void *opaque, u8 byte); /* host to device; false: the device does not listen */
	bool (*has_data)(void *opaque);
	u8 (*read)(void *opaque);             /* takes the next byte; only if has_data */
};

#endif
