/* pic.c - the 8259A pair; see pic.h.
 *
 * Names in quotes are headings of the 8259A data sheet (231468).
 */
#include "devices/pic.h"

#include <string.h>

#define ICW1_IC4 0x01
#define ICW1_SNGL 0x02
#define ICW1_ADI 0x04
#define ICW1_LTIM 0x08
#define ICW1_INIT 0x10
#define ICW4_8086 0x01
#define ICW4_AEOI 0x02
#define ICW4_SFNM 0x10
#define OCW3_SELECT 0x08
#define OCW3_RIS 0x01
#define OCW3_RR 0x02
#define OCW3_POLL 0x04
#define OCW3_SMM 0x20
#define OCW3_ESMM 0x40

#define MASTER 0
#define SLAVE 1
#define CASCADE 2 /* the master's input that the slave drives */

/* The inputs that may be level-triggered: not IRQ 0, 1, 2, 8, 13 (82371SB 2.5.5). */
static const u8 elcr_mask[2] = {0xf8, 0xde};

static u8 requests(const struct pic_chip_regs *c)
{
	return (u8)((c->edge & ~c->elcr) | (c->lines & c->elcr));
}

/* The inputs from the highest priority to the lowest: the first one set in `bits`, or -1. */
static int first_by_priority(const struct pic_chip_regs *c, u8 bits)
{
	for (int i = 1; i <= 8; i++) {
		int n = (c->lowest + i) & 7;
		if (bits & BIT(n))
			return n;
	}
	return -1;
}

/* The input that asks for the processor now, or -1. */
static int requested(const struct pic_chip_regs *c, bool is_master)
{
	if (c->expect)
		return -1;
	u8 asking = (u8)(requests(c) & ~c->imr);
	if (!asking)
		return -1;
	/* Special mask mode: what is masked does not hold back the others ("Special mask mode"). */
	u8 serving = c->special_mask ? (u8)(c->isr & ~c->imr) : c->isr;
	/* "The special fully nested mode": a slave in service may ask again for a higher input of its own. */
	u8 again = is_master && (c->icw4 & ICW4_SFNM) && !(c->icw1 & ICW1_SNGL) ? c->icw3 : 0;
	for (int i = 1; i <= 8; i++) {
		int n = (c->lowest + i) & 7;
		if ((asking & BIT(n)) && !(serving & BIT(n) & ~again))
			return n;
		if (serving & BIT(n))
			return -1;
	}
	return -1;
}

static void set_input(struct pic_chip_regs *c, int n, int level)
{
	u8 bit = (u8)BIT(n);
	if (!level) {
		c->lines &= (u8)~bit;
		c->edge &= (u8)~bit; /* a request must stay until it is acknowledged ("Edge and level triggered modes") */
	} else if (!(c->lines & bit)) {
		c->lines |= bit;
		c->edge |= bit;
	}
}

static void pic_update(struct pic *pic)
{
	set_input(&pic->r.chip[MASTER], CASCADE, requested(&pic->r.chip[SLAVE], false) >= 0);
	line_set(&pic->intr, pic_pending(pic));
}

bool pic_pending(const struct pic *pic)
{
	return requested(&pic->r.chip[MASTER], true) >= 0;
}

void pic_set_irq(void *opaque, int irq, int level)
{
	struct pic *pic = opaque;
	if (irq < 0 || irq > 15 || irq == CASCADE || (pic->r.chip[irq >> 3].lines >> (irq & 7) & 1) == (level != 0))
		return;
	set_input(&pic->r.chip[irq >> 3], irq & 7, level != 0);
	pic_update(pic);
}

/* --- acknowledge --- */

/* What INTA does to one chip: returns the input, 7 for the default ("Edge and level triggered modes"). */
static int acknowledge(struct pic_chip_regs *c, bool is_master)
{
	int n = requested(c, is_master);
	if (n < 0)
		return 7;
	c->isr |= (u8)BIT(n);
	c->edge &= (u8)~BIT(n);
	if (c->icw4 & ICW4_AEOI) {
		c->isr &= (u8)~BIT(n);
		if (c->rotate_on_aeoi)
			c->lowest = (u8)n;
	}
	return n;
}

/* The slave's INT falls at every acknowledge, and may rise again at once. */
static int acknowledge_slave(struct pic *pic)
{
	int n = acknowledge(&pic->r.chip[SLAVE], false);
	set_input(&pic->r.chip[MASTER], CASCADE, 0);
	return n;
}

static int vector(const struct pic_chip_regs *c, int n)
{
	if (c->icw4 & ICW4_8086)
		return (c->icw2 & 0xf8) | n;
	/* MCS-80 mode: an 8086 takes the low byte of the CALL's address for the vector ("Initialization command words"). */
	return c->icw1 & ICW1_ADI ? (c->icw1 & 0xe0) | n << 2 : (c->icw1 & 0xc0) | n << 3;
}

int pic_ack(struct pic *pic)
{
	struct pic_chip_regs *m = &pic->r.chip[MASTER];
	struct pic_chip_regs *s = &pic->r.chip[SLAVE];
	bool real = pic_pending(pic);
	int n = acknowledge(m, true);
	int v = vector(m, n);
	if (real && !(m->icw1 & ICW1_SNGL) && (m->icw3 & BIT(n))) {
		/* The master puts n on the cascade lines; whoever has that number answers. */
		v = 0xff;
		if (!s->expect && (s->icw3 & 7) == n)
			v = vector(s, acknowledge_slave(pic));
	}
	pic_update(pic);
	return v;
}

/* --- the registers --- */

static void write_icw1(struct pic *pic, struct pic_chip_regs *c, u8 v)
{
	/* "ICW1": edge sense, IMR, priorities, special mask mode and status read are set back. */
	c->icw1 = v;
	c->expect = 2;
	c->edge = c->imr = c->isr = 0;
	c->lowest = 7;
	c->special_mask = c->read_isr = c->poll = c->rotate_on_aeoi = 0;
	c->icw3 = c == &pic->r.chip[SLAVE] ? 7 : 0;
	c->icw4 = 0;
	if (v & ICW1_LTIM)
		log_once(pic->log, "pic", "ICW1 asks for level mode; the ELCR decides instead");
}

static void write_icw(struct pic *pic, struct pic_chip_regs *c, u8 v)
{
	int next = 0;
	switch (c->expect) {
	case 2:
		c->icw2 = v;
		next = c->icw1 & ICW1_SNGL ? 4 : 3;
		break;
	case 3:
		c->icw3 = v;
		next = 4;
		break;
	case 4:
		c->icw4 = v;
		if (!(v & ICW4_8086))
			log_once(pic->log, "pic", "MCS-80 mode");
		break;
	default: /* before the first ICW1 */
		return;
	}
	c->expect = (u8)(next == 4 && !(c->icw1 & ICW1_IC4) ? 0 : next);
}

/* End of interrupt for the input of highest priority in service; returns it, or -1. */
static int nonspecific_eoi(struct pic_chip_regs *c)
{
	/* In special mask mode masked inputs are left alone ("Special mask mode"). */
	int n = first_by_priority(c, c->special_mask ? (u8)(c->isr & ~c->imr) : c->isr);
	if (n >= 0)
		c->isr &= (u8)~BIT(n);
	return n;
}

static void write_ocw2(struct pic_chip_regs *c, u8 v)
{
	int level = v & 7, n;
	switch (v >> 5) { /* R, SL, EOI ("OCW2") */
	case 0: /* rotate in automatic EOI mode: clear */
		c->rotate_on_aeoi = 0;
		break;
	case 1: /* non-specific EOI */
		nonspecific_eoi(c);
		break;
	case 2: /* no operation */
		break;
	case 3: /* specific EOI */
		c->isr &= (u8)~BIT(level);
		break;
	case 4: /* rotate in automatic EOI mode: set */
		c->rotate_on_aeoi = 1;
		break;
	case 5: /* rotate on non-specific EOI */
		n = nonspecific_eoi(c);
		if (n >= 0)
			c->lowest = (u8)n;
		break;
	case 6: /* set priority */
		c->lowest = (u8)level;
		break;
	case 7: /* rotate on specific EOI */
		c->isr &= (u8)~BIT(level);
		c->lowest = (u8)level;
		break;
	}
}

static void write_ocw3(struct pic_chip_regs *c, u8 v)
{
	if (v & OCW3_ESMM)
		c->special_mask = !!(v & OCW3_SMM);
	if (v & OCW3_POLL)
		c->poll = 1;
	else if (v & OCW3_RR)
		c->read_isr = v & OCW3_RIS;
}

static void pic_write(struct pic *pic, int chip, u32 offset, u32 value)
{
	struct pic_chip_regs *c = &pic->r.chip[chip];
	u8 v = (u8)value;
	if (offset == 0) {
		if (v & ICW1_INIT)
			write_icw1(pic, c, v);
		else if (v & OCW3_SELECT)
			write_ocw3(c, v);
		else
			write_ocw2(c, v);
	} else if (c->expect) {
		write_icw(pic, c, v);
	} else {
		c->imr = v;
	}
	pic_update(pic);
}

/* The read after a poll command acts as the acknowledge ("Poll command"). */
static u8 poll(struct pic *pic, int chip)
{
	struct pic_chip_regs *c = &pic->r.chip[chip];
	bool any = requested(c, chip == MASTER) >= 0;
	c->poll = 0;
	int n = chip == SLAVE && any ? acknowledge_slave(pic) : acknowledge(c, chip == MASTER);
	pic_update(pic);
	return (u8)(n | (any ? 0x80 : 0));
}

static u32 pic_read(struct pic *pic, int chip, u32 offset)
{
	struct pic_chip_regs *c = &pic->r.chip[chip];
	if (c->poll)
		return poll(pic, chip);
	if (offset == 1)
		return c->imr;
	return c->read_isr ? c->isr : requests(c);
}

static u32 master_read(void *opaque, u32 offset, int size)
{
	(void)size;
	return pic_read(opaque, MASTER, offset);
}

static void master_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)size;
	pic_write(opaque, MASTER, offset, value);
}

static u32 slave_read(void *opaque, u32 offset, int size)
{
	(void)size;
	return pic_read(opaque, SLAVE, offset);
}

static void slave_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)size;
	pic_write(opaque, SLAVE, offset, value);
}

static u32 elcr_read(void *opaque, u32 offset, int size)
{
	struct pic *pic = opaque;
	(void)size;
	return pic->r.chip[offset].elcr;
}

static void elcr_write(void *opaque, u32 offset, int size, u32 value)
{
	struct pic *pic = opaque;
	(void)size;
	pic->r.chip[offset].elcr = (u8)value & elcr_mask[offset];
	pic_update(pic);
}

static const struct io_ops master_ops = {master_read, master_write, 1};
static const struct io_ops slave_ops = {slave_read, slave_write, 1};
static const struct io_ops elcr_ops = {elcr_read, elcr_write, 1};

static void power_on(struct pic *pic)
{
	for (int i = 0; i < 2; i++) {
		u8 lines = pic->r.chip[i].lines; /* what others drive does not change */
		memset(&pic->r.chip[i], 0, sizeof pic->r.chip[i]);
		pic->r.chip[i].lines = lines;
		pic->r.chip[i].expect = 1;
		pic->r.chip[i].lowest = 7;
	}
}

void pic_init(struct pic *pic, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)clock;
	memset(pic, 0, sizeof *pic);
	pic->log = log;
	power_on(pic);
	bus_add_ports(bus, 0x20, 2, &master_ops, pic);
	bus_add_ports(bus, 0xa0, 2, &slave_ops, pic);
	bus_add_ports(bus, 0x4d0, 2, &elcr_ops, pic);
}

void pic_reset(struct pic *pic)
{
	power_on(pic);
	pic_update(pic);
}

void pic_restore(struct pic *pic)
{
	pic_update(pic);
}
