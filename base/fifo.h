/* fifo.h - a byte queue of fixed size, for UARTs, keyboards and the like. */
#ifndef BASE_FIFO_H
#define BASE_FIFO_H

#include "base/types.h"

#define FIFO_MAX 256

struct fifo {
	u8 data[FIFO_MAX];
	u16 head, count;
	u16 size; /* capacity in use, 1..FIFO_MAX */
};

static inline void fifo_init(struct fifo *f, int size)
{
	*f = (struct fifo){.size = (u16)size};
}

static inline void fifo_clear(struct fifo *f)
{
	f->head = f->count = 0;
}

static inline bool fifo_full(const struct fifo *f)
{
	return f->count == f->size;
}

/* Returns false, and drops the byte, when the queue is full. */
static inline bool fifo_put(struct fifo *f, u8 v)
{
	if (fifo_full(f))
		return false;
	f->data[(f->head + f->count++) % f->size] = v;
	return true;
}

/* The queue must not be empty. */
static inline u8 fifo_get(struct fifo *f)
{
	u8 v = f->data[f->head];
	f->head = (u16)((f->head + 1) % f->size);
	f->count--;
	return v;
}

static inline u8 fifo_peek(const struct fifo *f)
{
	return f->data[f->head];
}

#endif
