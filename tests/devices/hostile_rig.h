/* hostile_rig.h - a whole machine for a guest that means harm: random numbers that like the edges, drives from files of zeros, and
 * time that passes. A failing step prints nothing: the sanitizer or Check's time limit (a hang) tells. */
#ifndef TESTS_DEVICES_HOSTILE_RIG_H
#define TESTS_DEVICES_HOSTILE_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "machine/pc.h"
#include "tests/devices/chip_bench.h"

#define HOSTILE_BMIBA 0xc000
#define HOSTILE_PMBA 0xb000
#define HOSTILE_SMBBA 0xb100
#define HOSTILE_TIMERS 20000 /* that may fire in one h_pass: the rest of the time is skipped */

struct hostile {
	struct machine *m;
	u64 seed;
	struct frame frame;
	struct machine_text text;
	char utf8[4096];
	char disk[32], cd[32], floppy[32];
};

/* xorshift64 */
static inline u64 h_wide(struct hostile *h)
{
	h->seed ^= h->seed << 13;
	h->seed ^= h->seed >> 7;
	h->seed ^= h->seed << 17;
	return h->seed;
}

static inline u32 h_random(struct hostile *h)
{
	return (u32)(h_wide(h) >> 16);
}

/* 0 .. n - 1 */
static inline u32 h_rnd(struct hostile *h, u64 n)
{
	return (u32)(h_random(h) % n);
}

static inline u32 h_value(struct hostile *h)
{
	static const u32 edges[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};
	u32 v = h_random(h);
	switch (h_rnd(h, 4)) {
	case 0:
		return edges[h_rnd(h, ARRAY_LEN(edges))];
	case 1:
		return v & 0xff;
	case 2:
		return 1u << (v & 31);
	default:
		return v;
	}
}

static inline u16 h_hot_port(struct hostile *h)
{
	static const u16 range[][2] = {{0x00, 16}, {0x20, 2}, {0x40, 4}, {0x60, 6}, {0x70, 4}, {0x80, 16}, {0x92, 1}, {0xa0, 2}, {0xb2, 2},
		{0xc0, 32}, {0xe9, 1}, {0xf0, 2}, {0xf4, 4}, {0x102, 1}, {0x170, 8}, {0x1ce, 3}, {0x1f0, 8}, {0x2f8, 8}, {0x376, 2},
		{0x3b0, 48}, {0x3f0, 16}, {0x402, 1}, {0x46e8, 2}, {0x4d0, 2}, {0x510, 12}, {0xcf8, 8}, {HOSTILE_BMIBA, 16}, {HOSTILE_PMBA, 64},
		{HOSTILE_SMBBA, 16}, {0xfffc, 4}};
	u32 r = h_rnd(h, ARRAY_LEN(range));
	return (u16)(range[r][0] + h_rnd(h, range[r][1]));
}

/* Where something is, or its border. */
static inline u32 h_address(struct hostile *h)
{
	static const u32 places[] = {0, 0x1000, 0x9f000, 0xa0000, 0xb8000, 0xbf000, 0xc0000, 0xe0000, 0xff000, 0x100000, 0xff0000, 0xfff000,
		0x1000000, 0x7fff0000, 0xe0000000, 0xe0fff000, 0xfebf0000, 0xfec00000, 0xfed00000, 0xfee00000, 0xfff80000, 0xfffff000};
	return h_rnd(h, 4) ? places[h_rnd(h, ARRAY_LEN(places))] : h_random(h) & ~0xfffu;
}

/* Lets time pass without the processor. Timers as quick as a guest can make them are not all waited for. */
static inline void h_pass(struct hostile *h, u64 ns)
{
	struct clock *c = &h->m->clock;
	u64 end = clock_now(c) + ns;
	for (int i = 0; i < HOSTILE_TIMERS && c->next_due_ns <= end; i++) {
		clock_skip_to(c, c->next_due_ns);
		clock_run(c);
	}
	clock_skip_to(c, end);
	clock_run(c);
}

/* After power off, a triple fault or a reset the guest gets another life. */
static inline void h_survive(struct hostile *h)
{
	struct machine *m = h->m;
	if (m->exited || m->stopped || m->want_reset)
		machine_reset(m);
	m->exited = 0;
	m->vmm.stop = 0;
}

static inline void h_file(char name[32], long size)
{
	snprintf(name, 32, "/tmp/hostile-XXXXXX");
	int fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

static inline struct hostile *hostile_new(u64 seed, const char *bios, enum machine_technique technique)
{
	struct hostile *h = calloc(1, sizeof *h);
	const char *start = getenv("HOSTILE_SEED");
	h->seed = (seed + (start ? strtoull(start, NULL, 0) : 0)) * 0x9e3779b97f4a7c15ull | 1;
	h_file(h->disk, 8 << 20);
	h_file(h->cd, 1 << 20);
	h_file(h->floppy, 1440 << 10);
	struct machine_config config;
	machine_config_init(&config);
	config.ram_mb = 16;
	config.bios = bios;
	config.disk[0] = h->disk;
	config.cdrom = h->cd;
	config.floppy[0] = h->floppy;
	config.snapshot = true;
	config.technique = technique;
	config.debug_exit_port = 0xf4;
	config.log_level = LOG_ERROR;
	struct machine_sinks none = {0};
	char error[MACHINE_ERROR] = "";
	h->m = machine_new(&config, &none, error);
	ck_assert_msg(h->m != NULL, "%s", error);
	h->frame = (struct frame){.stride_pixels = 640, .max_width = 640, .max_height = 480};
	h->frame.pixels = calloc(640 * 480, sizeof *h->frame.pixels);
	return h;
}

static inline void hostile_free(struct hostile *h)
{
	machine_free(h->m);
	unlink(h->disk);
	unlink(h->cd);
	unlink(h->floppy);
	free(h->frame.pixels);
	free(h);
}

static inline int hostile_rounds(void)
{
	const char *rounds = getenv("HOSTILE_ROUNDS");
	return rounds && atoi(rounds) > 0 ? atoi(rounds) : 1;
}

#endif
