/* ata_rig.h - an ATA channel with a clock and a bus of the test's own. */
#ifndef TESTS_DEVICES_ATA_RIG_H
#define TESTS_DEVICES_ATA_RIG_H

#include <check.h>

#include "base/bits.h"
#include "block_mem.h"
#include "devices/ata.h"

enum { DATA = 0x1f0, ERR, COUNT, LOW, MID, HIGH, DEV, STATUS, CMD = STATUS, ALT = 0x3f6, CONTROL = ALT };
enum { BSY = 0x80, DRDY = 0x40, DF = 0x20, DSC = 0x10, DRQ = 0x08, ERRBIT = 0x01 };

struct rig {
	struct ata ata;
	struct bus bus;
	struct clock clock;
	struct log log;
	int irq, irqs;
	struct block_mem *disk[2];
};

static void rig_irq(void *opaque, int n, int level)
{
	struct rig *r = opaque;
	(void)n;
	r->irqs += level && !r->irq;
	r->irq = level;
}

static void rig_silent(void *opaque, enum log_level level, const char *text)
{
	(void)opaque;
	(void)level;
	(void)text;
}

static inline void pass(struct rig *r, u64 ns)
{
	u64 end = clock_now(&r->clock) + ns;
	while (r->clock.next_due_ns <= end) {
		clock_skip_to(&r->clock, r->clock.next_due_ns);
		clock_run(&r->clock);
	}
	clock_skip_to(&r->clock, end);
}

/* 0 sectors: that drive is absent. The power-on reset is over. */
static inline struct rig *rig_new(u64 sectors0, u64 sectors1)
{
	struct rig *r = calloc(1, sizeof *r);
	u64 sectors[2] = {sectors0, sectors1};
	clock_init(&r->clock, 100);
	bus_init(&r->bus);
	log_init(&r->log, LOG_DEBUG);
	r->log.emit = rig_silent;
	ata_init(&r->ata, &r->bus, &r->clock, &r->log, 0x1f0, 0x3f6);
	for (int i = 0; i < 2; i++) {
		if (!sectors[i])
			continue;
		r->disk[i] = block_mem_new(sectors[i]);
		ata_attach_disk(&r->ata, i, &r->disk[i]->b, NULL, NULL);
	}
	r->ata.irq = (struct line){rig_irq, r, 14};
	pass(r, 10000000);
	return r;
}

static inline void rig_free(struct rig *r)
{
	for (int i = 0; i < 2; i++)
		if (r->disk[i])
			block_close(&r->disk[i]->b);
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

/* Lets time pass until BSY is clear. */
static inline u8 wait_ready(struct rig *r)
{
	for (int i = 0; in(r, ALT) & BSY && i < 100000; i++) {
		ck_assert_msg(r->clock.next_due_ns != CLOCK_NEVER, "busy for ever");
		clock_skip_to(&r->clock, r->clock.next_due_ns);
		clock_run(&r->clock);
	}
	ck_assert_msg(!(in(r, ALT) & BSY), "still busy");
	return in(r, ALT);
}

static inline void address(struct rig *r, int unit, u32 lba, u8 count)
{
	out(r, DEV, (u8)(0xe0 | unit << 4 | (lba >> 24 & 15)));
	out(r, COUNT, count);
	out(r, LOW, (u8)lba);
	out(r, MID, (u8)(lba >> 8));
	out(r, HIGH, (u8)(lba >> 16));
}

static inline void address48(struct rig *r, int unit, u64 lba, u16 count)
{
	out(r, DEV, (u8)(0xe0 | unit << 4));
	out(r, COUNT, (u8)(count >> 8));
	out(r, COUNT, (u8)count);
	out(r, LOW, (u8)(lba >> 24));
	out(r, MID, (u8)(lba >> 32));
	out(r, HIGH, (u8)(lba >> 40));
	out(r, LOW, (u8)lba);
	out(r, MID, (u8)(lba >> 8));
	out(r, HIGH, (u8)(lba >> 16));
}

/* A command without data; returns status, which acknowledges the interrupt. */
static inline u8 simple(struct rig *r, u8 cmd)
{
	out(r, CMD, cmd);
	ck_assert_uint_eq(in(r, ALT) & BSY, BSY);
	ck_assert_int_eq(r->irq, 0);
	wait_ready(r);
	ck_assert_int_eq(r->irq, !(r->ata.r.control & 2));
	u8 status = in(r, STATUS);
	ck_assert_int_eq(r->irq, 0);
	return status;
}

static inline void read_words(struct rig *r, u16 *w, int n)
{
	for (int i = 0; i < n; i++)
		w[i] = (u16)bus_in(&r->bus, DATA, 2);
}

static inline void write_words(struct rig *r, const u16 *w, int n)
{
	for (int i = 0; i < n; i++)
		bus_out(&r->bus, DATA, 2, w[i]);
}

static inline void identify(struct rig *r, u16 *w)
{
	out(r, CMD, 0xec);
	ck_assert_uint_eq(wait_ready(r), DRDY | DSC | DRQ);
	in(r, STATUS);
	read_words(r, w, 256);
	ck_assert_uint_eq(in(r, ALT), DRDY | DSC);
}

static inline void check_sectors(const void *p, u64 lba, int n)
{
	const u8 *b = p;
	for (int s = 0; s < n; s++)
		for (int i = 0; i < SECTOR_SIZE; i++)
			ck_assert_msg(b[s * SECTOR_SIZE + i] == block_mem_pattern(lba + (u64)s, i),
			              "sector %d, byte %d", (int)lba + s, i);
}

#endif
