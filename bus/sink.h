/* sink.h - where a chip's bytes go (a serial port's output, port E9h). */
#ifndef BUS_SINK_H
#define BUS_SINK_H

#include "base/types.h"

struct char_sink {
	void (*put)(void *opaque, u8 byte);
	void *opaque;
};

static inline void sink_put(const struct char_sink *s, u8 byte)
{
	if (s->put)
		s->put(s->opaque, byte);
}

#endif
