/* fdc_rig.h - a floppy controller with a clock, a bus and a DMA controller of the test's own. */
#ifndef TESTS_DEVICES_FDC_RIG_H
#define TESTS_DEVICES_FDC_RIG_H

#include <check.h>
#include <stdarg.h>

#include "block_mem.h"
#include "devices/fdc.h"

enum { DOR = 0x3f2, TDR = 0x3f3, MSR = 0x3f4, DSR = 0x3f4, FIFO = 0x3f5, DIR = 0x3f7, CCR = 0x3f7 };
enum { RATE_500, RATE_300, RATE_250_K, RATE_1M };

#define MS 1000000ull

struct rig {
	struct fdc fdc;
	struct bus bus;
	struct clock clock;
	struct log log;
	int irq, irqs; /* level, rising edges */
	u8 mem[65536];
	int dma_pos, dma_len; /* of the DMA channel's programming */
	int to_memory;
};

static void rig_irq(void *opaque, int n, int level)
{
	struct rig *r = opaque;
	(void)n;
	r->irqs += level && !r->irq;
	r->irq = level;
}

static int rig_dma(void *opaque, int channel, u8 *buf, int len, bool *tc)
{
	struct rig *r = opaque;
	ck_assert_int_eq(channel, 2);
	int n = r->dma_len - r->dma_pos;
	if (n > len)
		n = len;
	if (r->to_memory)
		memcpy(r->mem + r->dma_pos, buf, (size_t)n);
	else
		memcpy(buf, r->mem + r->dma_pos, (size_t)n);
	r->dma_pos += n;
	*tc = n && r->dma_pos == r->dma_len;
	return n;
}

static void rig_silent(void *opaque, enum log_level level, const char *text)
{
	(void)opaque;
	(void)level;
	(void)text;
}

static inline void rig_wire(struct rig *r)
{
	r->fdc.irq = (struct line){rig_irq, r, 6};
	r->fdc.dma = rig_dma;
	r->fdc.dma_opaque = r;
}

static inline struct rig *rig_new(enum floppy_drive_type a, enum floppy_drive_type b)
{
	struct rig *r = calloc(1, sizeof *r);
	struct fdc_config config = {.drive = {a, b}, .fast = 1};
	clock_init(&r->clock, 100);
	bus_init(&r->bus);
	log_init(&r->log, LOG_DEBUG);
	r->log.emit = rig_silent;
	fdc_init(&r->fdc, &r->bus, &r->clock, &r->log, &config);
	rig_wire(r);
	return r;
}

static inline void rig_free(struct rig *r)
{
	for (int i = 0; i < FDC_DRIVES; i++)
		block_close(fdc_eject(&r->fdc, i));
	free(r);
}

static inline void out(struct rig *r, u16 port, u8 v)
{
	bus_out(&r->bus, port, 1, v);
}

static inline u8 in(struct rig *r, u16 port)
{
	return (u8)bus_in(&r->bus, port, 1);
}

/* Lets virtual time pass. */
static inline void pass(struct rig *r, u64 ns)
{
	u64 end = clock_now(&r->clock) + ns;
	while (r->clock.next_due_ns <= end) {
		clock_skip_to(&r->clock, r->clock.next_due_ns);
		clock_run(&r->clock);
	}
	clock_skip_to(&r->clock, end);
}

/* Lets it pass until irq 6 is up; returns how long that took. Ends after 5 s. */
static inline u64 wait_irq(struct rig *r)
{
	u64 start = clock_now(&r->clock);
	while (!r->irq && r->clock.next_due_ns != CLOCK_NEVER && clock_now(&r->clock) - start < 5000 * MS) {
		clock_skip_to(&r->clock, r->clock.next_due_ns);
		clock_run(&r->clock);
	}
	return clock_now(&r->clock) - start;
}

/* Sends a command, byte by byte, each accepted by RQM=1, DIO=0. */
static inline void command(struct rig *r, int n, ...)
{
	va_list ap;
	va_start(ap, n);
	for (int i = 0; i < n; i++) {
		ck_assert_msg((in(r, MSR) & 0xc0) == 0x80, "byte %d of the command: MSR %02x", i, in(r, MSR));
		out(r, FIFO, (u8)va_arg(ap, int));
	}
	va_end(ap);
}

/* Reads the result phase and checks its length. */
static inline void result(struct rig *r, int n, u8 *to)
{
	pass(r, 20000);
	for (int i = 0; i < n; i++) {
		ck_assert_msg((in(r, MSR) & 0xd0) == 0xd0, "byte %d of %d: MSR %02x", i, n, in(r, MSR));
		to[i] = in(r, FIFO);
	}
	ck_assert_msg((in(r, MSR) & 0xd0) == 0x80, "more than %d result bytes: MSR %02x", n, in(r, MSR));
}

#define EXPECT(r, n, ...) \
	do { \
		u8 want_[] = {__VA_ARGS__}, got_[10]; \
		result(r, n, got_); \
		for (int i_ = 0; i_ < n; i_++) \
			ck_assert_msg(got_[i_] == want_[i_], "result byte %d: %02x, expected %02x", i_, got_[i_], want_[i_]); \
	} while (0)

/* Out of reset, motor 0 running and up to speed, the polling interrupt served. */
static inline void ready(struct rig *r, u8 rate)
{
	u8 got[2];
	out(r, DOR, 0x1c);
	out(r, CCR, rate);
	wait_irq(r);
	for (int i = 0; i < 4; i++) {
		command(r, 1, 0x08);
		result(r, 2, got);
	}
	command(r, 3, 0x03, 0xdf, 0x02); /* SPECIFY: 3 ms steps, HUT 240 ms, HLT 2 ms, DMA */
	pass(r, 400 * MS);
}

static inline void seek(struct rig *r, int unit, int cyl)
{
	u8 got[2];
	command(r, 3, 0x0f, unit, cyl);
	wait_irq(r);
	command(r, 1, 0x08);
	result(r, 2, got);
	ck_assert_uint_eq(got[0], 0x20u | (u8)unit);
	ck_assert_uint_eq(got[1], cyl);
}

static inline void dma(struct rig *r, int to_memory, int len)
{
	r->to_memory = to_memory;
	r->dma_pos = 0;
	r->dma_len = len;
}

static inline struct block_mem *insert(struct rig *r, int drive, u64 sectors)
{
	struct block_mem *m = block_mem_new(sectors);
	ck_assert(fdc_insert(&r->fdc, drive, &m->b));
	return m;
}

#endif
