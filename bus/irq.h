/* irq.h - a wire from one chip to another, as a value.
 *
 * A chip that drives an output owns a struct line, installed by the machine; the
 * other end's function is called on every line_set, also without a change (the
 * receiver compares). An unconnected line (set == NULL) goes nowhere.
 */
#ifndef BUS_IRQ_H
#define BUS_IRQ_H

#include "base/types.h"

struct line {
	void (*set)(void *opaque, int n, int level);
	void *opaque;
	int n; /* which input of the receiver */
};

static inline void line_set(const struct line *l, int level)
{
	if (l->set)
		l->set(l->opaque, l->n, level);
}

#endif
