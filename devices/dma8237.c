/* dma8237.c - the pair of 8237A DMA controllers; see dma8237.h. */
#include "devices/dma8237.h"

#include <string.h>

#include "base/bits.h"

#define COMMAND_MEM_TO_MEM 0x01
#define COMMAND_DISABLE 0x04
#define MODE_TYPE(mode) ((mode) >> 2 & 3)
#define MODE_AUTOINIT 0x10
#define MODE_DECREMENT 0x20
#define MODE_KIND(mode) ((mode) >> 6)
#define MODE_CASCADE 3
#define ALL_MASKED 0x0f
#define CASCADE_CHANNEL 4

/* register addresses A3..A0 */
enum {
	COMMAND = 8, REQUEST = 9, MASK_BIT = 10, MODE = 11,
	CLEAR_FLIP_FLOP = 12, MASTER_CLEAR = 13, CLEAR_MASK = 14, ALL_MASK = 15,
};

/* Which channel's address bits 23..16 the latch at 80h + n holds; -1: nobody's. */
static const s8 page_channel[16] = {-1, 2, 3, 1, -1, -1, -1, 0, -1, 6, 7, 5, -1, -1, -1, -1};

static const struct dma_channel_regs *channel_of(const struct dma *dma, int channel)
{
	return &dma->r.chip[channel >> 2].ch[channel & 3];
}

static bool passes(const struct dma *dma, int channel)
{
	const struct dma_chip_regs *c = &dma->r.chip[channel >> 2];
	return !(c->command & COMMAND_DISABLE) && !(c->mask & BIT(channel & 3));
}

static bool is_cascade(const struct dma *dma, int channel)
{
	return MODE_KIND(channel_of(dma, channel)->mode) == MODE_CASCADE;
}

bool dma_ready(const struct dma *dma, int channel)
{
	if (channel < 0 || channel > 7 || !passes(dma, channel) || is_cascade(dma, channel))
		return false;
	return channel > 3 || (passes(dma, CASCADE_CHANNEL) && is_cascade(dma, CASCADE_CHANNEL));
}

enum dma_direction dma_direction(const struct dma *dma, int channel)
{
	static const enum dma_direction by_type[4] = {DMA_VERIFY, DMA_TO_MEMORY, DMA_FROM_MEMORY, DMA_NONE};
	if (channel < 0 || channel > 7 || is_cascade(dma, channel))
		return DMA_NONE;
	return by_type[MODE_TYPE(channel_of(dma, channel)->mode)];
}

void dma_set_dreq(void *opaque, int channel, int level)
{
	struct dma *dma = opaque;
	if (channel < 0 || channel > 7)
		return;
	u8 bit = (u8)BIT(channel & 3);
	u8 *dreq = &dma->r.chip[channel >> 2].dreq;
	*dreq = (u8)(level ? *dreq | bit : *dreq & ~bit);
}

/* --- moving data --- */

/* Word channels drive A16..A1; the page's lowest bit is not used. */
static gpa_t address(const struct dma_channel_regs *ch, int shift)
{
	return shift ? (gpa_t)(ch->page & 0xfe) << 16 | (gpa_t)ch->addr << 1 : (gpa_t)ch->page << 16 | ch->addr;
}

static void move(struct dma *dma, enum dma_direction dir, gpa_t gpa, u8 *buf, int len)
{
	if (dir == DMA_TO_MEMORY && dma->write_mem)
		dma->write_mem(dma->mem_opaque, gpa, buf, len);
	if (dir == DMA_FROM_MEMORY && dma->read_mem)
		dma->read_mem(dma->mem_opaque, gpa, buf, len);
}

/* The count has gone below zero. */
static void terminal_count(struct dma_chip_regs *c, int n)
{
	struct dma_channel_regs *ch = &c->ch[n];
	c->status |= (u8)BIT(n);
	c->request &= (u8)~BIT(n);
	if (ch->mode & MODE_AUTOINIT) {
		ch->addr = ch->base_addr;
		ch->count = ch->base_count;
	} else {
		c->mask |= (u8)BIT(n);
	}
}

/* How many units can go in one memory access: to the count's end, to the end of the 64K page. */
static int run_length(const struct dma_channel_regs *ch, int units)
{
	int left = ch->count + 1, page = 0x10000 - ch->addr;
	if (ch->mode & MODE_DECREMENT)
		return 1;
	if (left > page)
		left = page;
	return units < left ? units : left;
}

int dma_transfer(struct dma *dma, int channel, u8 *buf, int len, bool *tc)
{
	bool ended = false;
	int done = 0;
	enum dma_direction dir = dma_direction(dma, channel);
	if (dma_ready(dma, channel) && dir != DMA_NONE) {
		struct dma_chip_regs *c = &dma->r.chip[channel >> 2];
		struct dma_channel_regs *ch = &c->ch[channel & 3];
		int shift = channel > 3;
		for (int units = len >> shift; units > 0 && !ended;) {
			int n = run_length(ch, units);
			move(dma, dir, address(ch, shift), buf + done, n << shift);
			done += n << shift;
			units -= n;
			ch->addr = (u16)(ch->mode & MODE_DECREMENT ? ch->addr - 1 : ch->addr + n);
			ended = ch->count == n - 1;
			ch->count = (u16)(ch->count - n);
		}
		if (ended)
			terminal_count(c, channel & 3);
	}
	if (tc)
		*tc = ended;
	return done;
}

/* --- registers --- */

/* Base and current registers are written together, the current one is read. */
static void write_half(struct dma_chip_regs *c, u16 *base, u16 *current, u8 v)
{
	u16 word = (u16)(c->flip_flop ? (*base & 0x00ff) | v << 8 : (*base & 0xff00) | v);
	u16 now = (u16)(c->flip_flop ? (*current & 0x00ff) | v << 8 : (*current & 0xff00) | v);
	*base = word;
	*current = now;
	c->flip_flop ^= 1;
}

static void master_clear(struct dma_chip_regs *c)
{
	c->command = c->status = c->request = c->flip_flop = 0;
	c->mask = ALL_MASKED;
}

static void set_bit(u8 *reg, u8 v)
{
	u8 bit = (u8)BIT(v & 3);
	*reg = (u8)(v & 4 ? *reg | bit : *reg & ~bit);
}

static void chip_write(struct dma *dma, int chip, u32 reg, u8 v)
{
	struct dma_chip_regs *c = &dma->r.chip[chip];
	struct dma_channel_regs *ch = &c->ch[reg >> 1 & 3];
	switch (reg) {
	case COMMAND:
		c->command = v;
		if (v & COMMAND_MEM_TO_MEM)
			log_once(dma->log, "dma", "memory-to-memory transfers are not supported");
		break;
	case REQUEST:
		set_bit(&c->request, v);
		break;
	case MASK_BIT:
		set_bit(&c->mask, v);
		break;
	case MODE:
		c->ch[v & 3].mode = v & 0xfc;
		break;
	case CLEAR_FLIP_FLOP:
		c->flip_flop = 0;
		break;
	case MASTER_CLEAR:
		master_clear(c);
		break;
	case CLEAR_MASK:
		c->mask = 0;
		break;
	case ALL_MASK:
		c->mask = v & ALL_MASKED;
		break;
	default:
		if (reg & 1)
			write_half(c, &ch->base_count, &ch->count, v);
		else
			write_half(c, &ch->base_addr, &ch->addr, v);
	}
}

static u8 chip_read(struct dma *dma, int chip, u32 reg)
{
	struct dma_chip_regs *c = &dma->r.chip[chip];
	u8 v;
	switch (reg) {
	case COMMAND: /* status */
		v = (u8)(c->status | (c->dreq | c->request) << 4);
		c->status = 0;
		return v;
	case MASTER_CLEAR: /* temporary register: only memory-to-memory transfers load it */
		return 0;
	case ALL_MASK: /* PIIX3; illegal in the 8237A */
		return c->mask | 0xf0;
	case REQUEST:
	case MASK_BIT:
	case MODE:
	case CLEAR_FLIP_FLOP:
	case CLEAR_MASK:
		return 0xff; /* illegal */
	}
	u16 word = reg & 1 ? c->ch[reg >> 1].count : c->ch[reg >> 1].addr;
	v = (u8)(c->flip_flop ? word >> 8 : word);
	c->flip_flop ^= 1;
	return v;
}

static u32 first_read(void *opaque, u32 offset, int size)
{
	(void)size;
	return chip_read(opaque, 0, offset);
}

static void first_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)size;
	chip_write(opaque, 0, offset, (u8)value);
}

/* A0 of the second controller is A1 of the bus; odd ports are the same registers. */
static u32 second_read(void *opaque, u32 offset, int size)
{
	(void)size;
	return chip_read(opaque, 1, offset >> 1);
}

static void second_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)size;
	chip_write(opaque, 1, offset >> 1, (u8)value);
}

static u32 page_read(void *opaque, u32 offset, int size)
{
	struct dma *dma = opaque;
	(void)size;
	return dma->r.page_latch[offset];
}

static void page_write(void *opaque, u32 offset, int size, u32 value)
{
	struct dma *dma = opaque;
	int channel = page_channel[offset];
	(void)size;
	dma->r.page_latch[offset] = (u8)value;
	if (channel >= 0)
		dma->r.chip[channel >> 2].ch[channel & 3].page = (u8)value;
}

static const struct io_ops first_ops = {first_read, first_write, 1};
static const struct io_ops second_ops = {second_read, second_write, 1};
static const struct io_ops page_ops = {page_read, page_write, 1};

void dma_init(struct dma *dma, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)clock;
	memset(dma, 0, sizeof *dma);
	dma->log = log;
	master_clear(&dma->r.chip[0]);
	master_clear(&dma->r.chip[1]);
	bus_add_ports(bus, 0x00, 16, &first_ops, dma);
	bus_add_ports(bus, 0xc0, 32, &second_ops, dma);
	bus_add_ports(bus, 0x80, 16, &page_ops, dma);
}

/* RESET is a master clear; addresses, counts, modes and pages keep what they hold. */
void dma_reset(struct dma *dma)
{
	master_clear(&dma->r.chip[0]);
	master_clear(&dma->r.chip[1]);
}

void dma_restore(struct dma *dma)
{
	(void)dma; /* no outputs, nothing pending */
}
