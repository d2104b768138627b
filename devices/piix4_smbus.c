/* piix4_smbus.c - the PIIX4's SMBus host controller; see piix4_smbus.h. */
#include "devices/piix4_smbus.h"

#include <string.h>

enum { HSTSTS = 0, SLVSTS = 1, HSTCNT = 2, HSTADD = 4, BLKDAT = 7, SLVCNT = 8, SLVEVT = 10, SLVDAT = 12 };
enum { STS_BUSY = 0x01, STS_INTER = 0x02, STS_DEV_ERR = 0x04, STS_BUS_ERR = 0x08, STS_FAILED = 0x10 };
enum { CNT_INTEREN = 0x01, CNT_KILL = 0x02, CNT_START = 0x40 };

#define STS_CLEARABLE (STS_INTER | STS_DEV_ERR | STS_BUS_ERR | STS_FAILED)
#define COMMAND_NS 110000 /* start, eight bits, the missing acknowledge, stop: 11 periods of 10 us */

/* 7.3: what a write keeps. */
static const u8 writable[SMBUS_PORTS] = {
	0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0, 0x0f, 0xff, 0xff, 0xff, 0, 0, 0, 0,
};

static void smbus_update(struct smbus *s)
{
	if (s->r.done_ns == CLOCK_NEVER)
		timer_cancel(s->clock, &s->done);
	else if (!timer_is_set(&s->done))
		timer_set(s->clock, &s->done, s->r.done_ns);
	line_set(&s->irq, s->r.reg[HSTCNT] & CNT_INTEREN && s->r.reg[HSTSTS] & STS_CLEARABLE);
}

static void end_command(struct smbus *s, u8 status)
{
	s->r.done_ns = CLOCK_NEVER;
	s->r.reg[HSTSTS] = (u8)((s->r.reg[HSTSTS] & ~STS_BUSY) | status);
}

/* Nobody has acknowledged the address: an unclaimed cycle. */
static void command_done(void *opaque)
{
	struct smbus *s = opaque;
	end_command(s, STS_DEV_ERR);
	smbus_update(s);
}

static void write_control(struct smbus *s, u8 value)
{
	bool busy = s->r.reg[HSTSTS] & STS_BUSY;
	if (busy && value & CNT_KILL) {
		end_command(s, STS_FAILED);
	} else if (!busy && value & CNT_START && !(value & CNT_KILL)) {
		s->r.reg[HSTSTS] |= STS_BUSY;
		s->r.done_ns = clock_now(s->clock) + COMMAND_NS;
	}
}

static u32 smbus_read(void *opaque, u32 offset, int size)
{
	struct smbus *s = opaque;
	(void)size;
	if (offset == HSTCNT) /* points BLKDAT at the first byte */
		s->r.index = 0;
	if (offset != BLKDAT)
		return s->r.reg[offset];
	u8 value = s->r.block[s->r.index];
	s->r.index = (s->r.index + 1) % SMBUS_BLOCK;
	return value;
}

static void smbus_write(void *opaque, u32 offset, int size, u32 value)
{
	struct smbus *s = opaque;
	(void)size;
	if (offset == BLKDAT) {
		s->r.block[s->r.index] = (u8)value;
		s->r.index = (s->r.index + 1) % SMBUS_BLOCK;
		return;
	}
	s->r.reg[offset] = (u8)((s->r.reg[offset] & ~writable[offset]) | (value & writable[offset]));
	if (offset == HSTSTS)
		s->r.reg[HSTSTS] &= (u8)~(value & STS_CLEARABLE);
	else if (offset == HSTCNT)
		write_control(s, (u8)value);
	smbus_update(s);
}

const struct io_ops smbus_ops = {smbus_read, smbus_write, 1 | IO_ON_PCI};

void smbus_init(struct smbus *s, struct clock *clock)
{
	memset(s, 0, sizeof *s);
	s->clock = clock;
	s->r.done_ns = CLOCK_NEVER;
	timer_init(&s->done, command_done, s);
}

void smbus_reset(struct smbus *s)
{
	memset(&s->r, 0, sizeof s->r);
	s->r.done_ns = CLOCK_NEVER;
	smbus_update(s);
}

void smbus_restore(struct smbus *s)
{
	timer_cancel(s->clock, &s->done);
	smbus_update(s);
}
