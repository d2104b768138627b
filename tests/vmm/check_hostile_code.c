/* check_hostile_code.c - a whole machine that executes random bytes, and programs of random accesses to its hardware: through the
 * decoder, the monitor and the MMU this time, in real mode and in flat protected mode, with paging on random tables at times. Nothing may
 * crash or hang, whatever the technique; a triple fault is an answer. Neighbour: tests/devices/check_hostile_ports.c. */
#include <string.h>

#include "tests/devices/hostile_rig.h"

enum { CODE_AT = 0x10000, CODE_SIZE = 0x8000, SLOT = 64 };
enum { IDT_AT = 0x2000, HANDLER_AT = 0x3000, NEXT_AT = 0x3100 };

/* A BIOS that goes straight to the code: in real mode (1000:0000), or flat in protected mode (10000). */
static void write_bios(const char *path, bool flat)
{
	static const u8 real[] = {0xea, 0x00, 0x00, 0x00, 0x10};
	static const u8 protected[] = {
		0xfa,                                           /* CLI */
		0x2e, 0x66, 0x0f, 0x01, 0x16, 0x40, 0x00,       /* LGDT CS:[0040] */
		0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, /* CR0.PE */
		0x66, 0xea, 0x00, 0x00, 0x01, 0x00, 0x08, 0x00, /* JMP 0008:00010000 */
	};
	static const u8 gdt[] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0, 0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0,
	};
	static const u8 gdtr[] = {sizeof gdt - 1, 0, 0x50, 0x00, 0x0f, 0x00};
	static const u8 reset[] = {0xea, 0x00, 0x00, 0x00, 0xf0}; /* JMP F000:0000 */
	u8 *image = calloc(1, 0x10000);
	if (flat)
		memcpy(image, protected, sizeof protected);
	else
		memcpy(image, real, sizeof real);
	memcpy(image + 0x40, gdtr, sizeof gdtr);
	memcpy(image + 0x50, gdt, sizeof gdt);
	memcpy(image + 0xfff0, reset, sizeof reset);
	FILE *f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(image, 1, 0x10000, f), 0x10000);
	fclose(f);
	free(image);
}

struct program {
	u8 *at, *end;
};

static void emit(struct program *p, const void *bytes, size_t n)
{
	if (p->at + n <= p->end) {
		memcpy(p->at, bytes, n);
		p->at += n;
	}
}

static void emit32(struct program *p, u8 op, u32 v)
{
	u8 b[5] = {op, (u8)v, (u8)(v >> 8), (u8)(v >> 16), (u8)(v >> 24)};
	emit(p, b, sizeof b);
}

/* In 32-bit code: one access of the kinds that leave for the monitor, at operands that hurt. */
static void emit_access(struct hostile *h, struct program *p)
{
	static const u8 io[] = {0xec, 0xed, 0xee, 0xef, 0x6c, 0x6d, 0x6e, 0x6f};
	static const u8 system[][3] = {
		{0x0f, 0x22, 0xc0}, {0x0f, 0x22, 0xd8}, {0x0f, 0x22, 0xe0}, {0x0f, 0x20, 0xc0}, {0x0f, 0x01, 0x38}, {0x0f, 0x01, 0x18},
		{0x0f, 0x01, 0x10}, {0x0f, 0x00, 0xd8}, {0x0f, 0x00, 0xd0}, {0x8e, 0xd8, 0x90}, {0x8e, 0xc0, 0x90}, {0x0f, 0x23, 0xf8},
		{0x0f, 0x30, 0x90}, {0x0f, 0x32, 0x90}, {0x0f, 0xae, 0x00}, {0x0f, 0xae, 0x08}, {0x0f, 0xc7, 0x08}, {0x0f, 0xb1, 0x01},
		{0xfb, 0xf4, 0x90}, {0xcd, 0x40, 0x90}, {0xcf, 0x90, 0x90}, {0x9d, 0x90, 0x90}, {0xf3, 0xa5, 0x90}, {0xf3, 0xab, 0x90},
	};
	emit32(p, 0xb8, h_value(h));
	emit32(p, 0xb9, h_rnd(h, 3) ? h_rnd(h, 40) : h_rnd(h, 2) ? h_rnd(h, 0x1000) : h_value(h));
	emit32(p, 0xba, h_hot_port(h));
	emit32(p, 0xbe, h_address(h) + h_rnd(h, 0x1000));
	emit32(p, 0xbf, h_address(h) + h_rnd(h, 0x1000));
	for (u32 i = 1 + h_rnd(h, 3); i--;) {
		static const u8 prefixes[] = {0x66, 0xf3, 0xf2, 0x67, 0xf0};
		u8 prefix = prefixes[h_rnd(h, ARRAY_LEN(prefixes))], memory[] = {0x89, 0x07, 0x8b, 0x06, 0x0f, 0xc1, 0x07, 0xdd, 0x37};
		if (h_rnd(h, 3) == 0)
			emit(p, &prefix, 1);
		if (h_rnd(h, 3) == 0)
			emit(p, system[h_rnd(h, ARRAY_LEN(system))], 3);
		else if (h_rnd(h, 2))
			emit(p, &io[h_rnd(h, ARRAY_LEN(io))], 1);
		else if (h_rnd(h, 4))
			emit(p, memory + (h_rnd(h, 2) ? 0 : 2), 2);
		else
			emit(p, memory + (h_rnd(h, 2) ? 4 : 6), h_rnd(h, 2) ? 3 : 2);
	}
}

/* Every event leads to the next slot, with what the last one may have broken put right. The exit from a broken table is a triple fault. */
static void put_handler(struct hostile *h)
{
	static const u8 handler[] = {
		0xb8, 0x01, 0x00, 0x00, 0x00, 0x0f, 0x22, 0xc0,             /* MOV EAX,1; MOV CR0,EAX: paging off */
		0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* DS, ES, SS */
		0xbc, 0x00, 0x90, 0x00, 0x00,                               /* MOV ESP,9000 */
		0xb0, 0x20, 0xe6, 0xa0, 0xe6, 0x20,                         /* EOI to both */
		0x0f, 0x01, 0x1d, 0x20, 0x31, 0x00, 0x00,                   /* LIDT [3120] */
		0xa1, 0x00, 0x31, 0x00, 0x00, 0x83, 0xc0, SLOT,             /* MOV EAX,[3100]; ADD EAX,64 */
		0x25, 0xff, 0x7f, 0x01, 0x00, 0xa3, 0x00, 0x31, 0x00, 0x00, /* AND EAX,17FFF; MOV [3100],EAX */
		0xff, 0xe0,                                                 /* JMP EAX */
	};
	static const u8 idtr[] = {0xff, 0x07, IDT_AT & 0xff, IDT_AT >> 8, 0, 0};
	static const u8 gate[8] = {HANDLER_AT & 0xff, HANDLER_AT >> 8, 0x08, 0, 0, 0xee, 0, 0};
	static const u8 next[] = {0, 0, 1, 0};
	for (u32 n = 0; n < 256; n++)
		phys_write(&h->m->ram, IDT_AT + 8 * n, gate, sizeof gate);
	phys_write(&h->m->ram, HANDLER_AT, handler, sizeof handler);
	phys_write(&h->m->ram, NEXT_AT, next, sizeof next);
	phys_write(&h->m->ram, NEXT_AT + 0x20, idtr, sizeof idtr);
}

static void emit_slots(struct hostile *h, u8 *code)
{
	static const u8 begin[] = {0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x0f, 0x01, 0x1d, 0x20, 0x31, 0x00, 0x00, 0xcd, 0x80};
	memcpy(code, begin, sizeof begin);
	for (u32 at = SLOT; at < CODE_SIZE; at += SLOT) {
		struct program p = {code + at, code + at + SLOT - 2};
		emit_access(h, &p);
		if (h_rnd(h, 4))
			memcpy(p.at, "\xcd\x80", 2);
	}
}

static void fill(struct hostile *h, bool flat)
{
	u8 code[CODE_SIZE];
	for (size_t i = 0; i < sizeof code; i++)
		code[i] = (u8)h_random(h);
	/* vectors, page tables, stacks: something at 0-FFFF that points to something */
	for (u32 at = 0; at < 0x10000; at += 4) {
		u32 v = h_rnd(h, 3) ? h_rnd(h, 0x20) << 12 | (h_random(h) & 0xfff) : h_random(h);
		phys_write(&h->m->ram, at, &v, 4);
	}
	if (flat) {
		emit_slots(h, code);
		put_handler(h);
	}
	phys_write(&h->m->ram, CODE_AT, code, sizeof code);
}

static void run(struct hostile *h)
{
	u64 budget = 20000;
	while (budget) {
		u64 n = budget < 2000 ? budget : 2000;
		enum machine_state state = machine_run(h->m, n);
		budget -= n;
		if (state == MACHINE_IDLE) {
			u64 next = machine_next_event_ns(h->m);
			if (next == CLOCK_NEVER)
				return;
			machine_skip_to(h->m, next);
		} else if (state != MACHINE_RUNNING) {
			return;
		}
		if (!h_rnd(h, 30))
			machine_key(h->m, (u8)h_random(h), h_rnd(h, 2));
	}
}

static void execute(bool flat, enum machine_technique technique, u64 seed, int rounds)
{
	char bios[32];
	h_file(bios, 0);
	write_bios(bios, flat);
	struct hostile *h = hostile_new(seed, bios, technique);
	for (int i = 0; i < rounds * hostile_rounds(); i++) {
		h->m->exited = 0;
		machine_reset(h->m);
		fill(h, flat);
		run(h);
		if (i % 16 == 0)
			machine_hash(h->m);
	}
	hostile_free(h);
	unlink(bios);
}

static const enum machine_technique techniques[] = {MACHINE_TRAP, MACHINE_BARE, MACHINE_CLASSIC};

START_TEST(random_bytes_in_real_mode_harm_nobody)
{
	execute(false, techniques[_i], 10 + (u64)_i, 150);
}
END_TEST

START_TEST(random_accesses_in_protected_mode_harm_nobody)
{
	execute(true, techniques[_i], 20 + (u64)_i, 300);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, random_bytes_in_real_mode_harm_nobody, 0, ARRAY_LEN(techniques));
	tcase_add_loop_test(tc, random_accesses_in_protected_mode_harm_nobody, 0, ARRAY_LEN(techniques));
}

int main(void)
{
	return bench_main("hostile code", add);
}
