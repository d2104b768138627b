/* port61.c - system control port B; see port61.h. */
#include "devices/port61.h"

#include <string.h>

#include "base/bits.h"

#define GATE2 0x01
#define SPEAKER_DATA 0x02
#define SERR_OFF 0x04
#define IOCHK_OFF 0x08
#define REFRESH_BIT 4
#define OUT2_BIT 5
#define IOCHK_NMI 0x40
#define SERR_NMI 0x80
#define WRITABLE 0x0f

static void port61_update(struct port61 *p)
{
	if (p->r.control & SERR_OFF)
		p->r.status &= (u8)~SERR_NMI;
	if (p->r.control & IOCHK_OFF)
		p->r.status &= (u8)~IOCHK_NMI;
	pit_set_gate2(p->pit, p->r.control & GATE2);
	pcspk_set_data(p->speaker, !!(p->r.control & SPEAKER_DATA));
	line_set(&p->nmi, p->r.status != 0);
}

static u32 port61_read(void *opaque, u32 offset, int size)
{
	struct port61 *p = opaque;
	(void)offset, (void)size;
	u32 live = (u32)pit_refresh_toggle(p->pit) << REFRESH_BIT | (u32)pit_out(p->pit, 2) << OUT2_BIT;
	return p->r.control | p->r.status | live;
}

static void port61_write(void *opaque, u32 offset, int size, u32 value)
{
	struct port61 *p = opaque;
	(void)offset, (void)size;
	p->r.control = value & WRITABLE;
	port61_update(p);
}

void port61_set_error(void *opaque, int n, int level)
{
	struct port61 *p = opaque;
	if (!level)
		return; /* the cause stays latched until its enable bit clears it */
	if (n == PORT61_SERR && !(p->r.control & SERR_OFF))
		p->r.status |= SERR_NMI;
	if (n == PORT61_IOCHK && !(p->r.control & IOCHK_OFF))
		p->r.status |= IOCHK_NMI;
	port61_update(p);
}

static const struct io_ops port61_ops = {port61_read, port61_write, 1};

void port61_init(struct port61 *p, struct bus *bus, struct clock *clock, struct log *log, struct pit *pit,
                 struct pcspk *speaker)
{
	(void)clock, (void)log;
	memset(p, 0, sizeof *p);
	p->pit = pit;
	p->speaker = speaker;
	bus_add_ports(bus, 0x61, 1, &port61_ops, p);
}

void port61_reset(struct port61 *p)
{
	memset(&p->r, 0, sizeof p->r);
	port61_update(p);
}

void port61_restore(struct port61 *p)
{
	port61_update(p);
}
