/* collect.c - the hooks: a few nanoseconds at each exit, nothing elsewhere. */
#include "report/collect.h"

#include <stdlib.h>

/* cs and ip of hw, which is what runs; under bare and trap it is the guest's. */
static void count(struct collector *c, u32 what)
{
	const struct cpu *p = &c->m->cpu;
	u64 lin = (u32)(p->xseg[SEG_CS].base + p->ip);
	sites_count(&c->sites, site_key(lin, what, p->mode_index), p->hw->seg[SEG_CS].sel, p->ip);
}

static void tell_exit(void *opaque, const struct uop *u)
{
	struct collector *c = opaque;
	count(c, u->x.sys.op);
	flows_instruction(c, u, true);
}

static void tell_direct(void *opaque, const struct uop *u)
{
	struct collector *c = opaque;
	count(c, u->x.sys.op);
	flows_instruction(c, u, false);
}

static void tell_event(void *opaque, const struct event *ev, const struct fault *f)
{
	struct collector *c = opaque;
	if (ev->kind == EV_EXCEPTION)
		count(c, SITE_VECTOR + ev->vec);
	else if (ev->kind == EV_EXTERNAL)
		c->interrupts[ev->vec]++;
	flows_event(c, ev, f);
}

static void tell_mmio(void *opaque, bool is_write)
{
	count(opaque, is_write ? SITE_MMIO_WRITE : SITE_MMIO_READ);
}

static void tell_step(void *opaque, const struct insn *in)
{
	flows_step(opaque, in);
}

struct collector *collector_new(struct machine *m, const struct symbols *symbols)
{
	struct collector *c = calloc(1, sizeof *c);
	if (!c || sites_init(&c->sites)) {
		free(c);
		return NULL;
	}
	c->m = m;
	c->symbols = symbols;
	machine_observe(m, &(struct machine_observer){
		.opaque = c,
		.exit = tell_exit,
		.direct = tell_direct,
		.event = tell_event,
		.mmio = tell_mmio,
		.step = tell_step,
	});
	return c;
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	machine_observe(c->m, NULL);
	sites_free(&c->sites);
	free(c);
}
