/* check_translate.c - host code does what the handlers do. Random programs run on two processors at once, one without the
 * translator and one that translates every block at its first, second or third run, in slices of all lengths; after each
 * slice everything that a guest or a counter can see must be equal: registers, flags, memory with the tables' A and D,
 * exceptions, counts, the trail, x87 and segments.
 *
 * The world is 64 KB of linear addresses from 20000h, in eight kinds of code and stack. Memory operands find plain,
 * read-only, absent, device and code pages; programs write over themselves, directly and through a second address. OUT
 * writes into the code as DMA would, changes the map, or lets time pass. After an exception the program goes on
 * somewhere else. A difference prints the program's seed and the program, cut down to the instructions that matter.
 *
 * By hand: TRANSLATE_SEED=n (the first program's), TRANSLATE_PROGRAMS=n.
 */
#include "tests/cpu/random_code.h"
#include "tests/cpu/system_rig.h"

#include <stdio.h>

#include "cpu/block.h"
#include "cpu/disasm.h"
#include "cpu/trail.h"
#include "cpu/translate/translate.h"

enum { AT_WORLD = 0x20000, AT_DIR = 0x100000, AT_TABLE = 0x101000, RUN_LIMIT = 300, STEPS = 60 };
enum { P = 1, W = 2, U = 4 };
enum { SEL_LOW = SEL_FREE, SEL_WORLD = SEL_LOW + 8, SEL_RO = SEL_LOW + 16, SEL_DOWN = SEL_LOW + 24 };

/* ---- two processors -------------------------------------------------------------------------------------------- */

struct side {
	struct rig *r;
	struct cpu_model model;
	const struct random_code *p;
	struct fault fault; /* the last exception */
	bool faulted;
	u64 fault_ip, fault_next, fault_count;
	u64 port_seed;
	u64 flushes;        /* of decoded code, when last looked */
};

static void stop_at_exception(void *opaque)
{
	struct side *s = opaque;
	s->faulted = true;
	s->fault = s->r->c.fault;
	s->fault_ip = s->r->c.ip;
	s->fault_next = s->r->c.next_ip;
	s->fault_count = s->r->c.count;
	cpu_stop(&s->r->c);
}

static void map_changed(void *opaque, enum mapping_change what, lin_t lin)
{
	struct side *s = opaque;
	code_remapped(&s->r->c, what, lin);
}

/* A page of the world appears or goes. */
static void toggle_page(struct side *s, u32 page)
{
	u32 at = AT_TABLE + 4 * (AT_WORLD / PAGE_SIZE + page), entry = load32(s->r->ram + at) ^ P;
	phys_write(&s->r->pm, at, &entry, 4);
	mmu_invlpg(&s->r->m, AT_WORLD + page * PAGE_SIZE);
}

static void write_code(struct side *s, u64 *seed)
{
	u8 bytes[4];
	u32 len = 1 + random32(seed) % 4, at = s->p->org + random32(seed) % s->p->n;
	store32(bytes, random32(seed) % 3 ? 0x90909090 : random32(seed));
	phys_write(&s->r->pm, AT_WORLD + at % WORLD, bytes, len);
}

static void out_does(void *opaque, u16 port, int size, u32 value)
{
	struct side *s = opaque;
	(void)size;
	(void)value;
	switch (port) {
	case PORT_WRITE_CODE: write_code(s, &s->port_seed); break;
	case PORT_MAP: toggle_page(s, 4 + random32(&s->port_seed) % 12); break;
	case PORT_WAIT: s->r->c.wait = TRAIL_SLOTS * (random32(&s->port_seed) % 3); break;
	}
}

static u64 device_read(void *opaque, gpa_t gpa, int size)
{
	(void)opaque;
	return (gpa * 0x9e3779b97f4a7c15ull) & size_mask(size);
}

static void side_open(struct side *s)
{
	struct rig *r = rig_new_protected(0);
	*s = (struct side){.r = r, .model = cpu_model_default};
	s->model.isa = ~(1ull << ISA_UNDEF);
	r->c.model = &s->model;
	r->c.hooks.opaque = s;
	r->c.hooks.exception = stop_at_exception;
	r->c.hooks.port_in = NULL;
	r->c.hooks.port_out = out_does;
	r->m.hooks.opaque = s;
	r->m.hooks.mapping_changed = map_changed;
	r->m.hooks.io_read = device_read;
	r->pm.hooks = (struct physmem_hooks){.opaque = &r->c, .code_written = code_written};
}

/* ---- worlds --------------------------------------------------------------------------------------------------------- */

enum world { FLAT_RING_0, FLAT_RING_3, SEGMENTS_32, CUT_CODE, SEGMENTS_16, CODE_16_STACK_32, CODE_32_STACK_16, VIRTUAL_8086, WORLDS };

static bool world_is_16(enum world w)
{
	return w == SEGMENTS_16 || w == CODE_16_STACK_32 || w == VIRTUAL_8086;
}

static bool world_is_flat(enum world w)
{
	return w == FLAT_RING_0 || w == FLAT_RING_3;
}

static void set_tables(struct rig *r)
{
	for (int page = 0; page < 16; page++)
		store32(r->ram + AT_TABLE + 4 * page, page == 1 ? 0x1000 | P | W : 0); /* the GDT */
	for (u32 page = 0; page < WORLD_PAGES; page++) {
		u32 entry = (AT_WORLD + page * PAGE_SIZE) | P | W | U;
		switch (page) {
		case PAGE_ALIAS: entry = AT_WORLD | P | W | U; break;
		case 3: entry &= ~(u32)W; break;
		case 6: case 8: case 0xc: entry &= ~(u32)P; break;
		case 9: entry = 0x40000000 | P | W | U; break; /* no RAM */
		case 0xd: entry &= ~(u32)U; break;
		}
		store32(r->ram + AT_TABLE + 4 * (AT_WORLD / PAGE_SIZE + page), entry);
	}
	store32(r->ram + AT_DIR, AT_TABLE | P | W | U);
}

static void set_descriptors(struct rig *r)
{
	set_desc(r, SEL_LOW, make_desc(AT_WORLD, 0xb7ff, SEG_P | SEG_S | 3 << SEG_DPL_SHIFT | SEG_RW | SEG_A | SEG_DB));
	set_desc(r, SEL_WORLD, make_desc(AT_WORLD, 0xffff, SEG_P | SEG_S | 3 << SEG_DPL_SHIFT | SEG_RW | SEG_DB));
	set_desc(r, SEL_RO, make_desc(AT_WORLD, 0xffff, SEG_P | SEG_S | 3 << SEG_DPL_SHIFT | SEG_A));
	set_desc(r, SEL_DOWN, make_desc(AT_WORLD, 0x3fff, SEG_P | SEG_S | 3 << SEG_DPL_SHIFT | SEG_RW | SEG_EC | SEG_A | SEG_DB));
}

static const u16 ring_0_selectors[] = {SEL(K_DATA, 0), SEL_LOW, SEL_WORLD, SEL_RO, SEL_DOWN, SEL(K_DATA, 0), 0};
static const u16 ring_3_selectors[] = {SEL(K_DATA, 3) | 3, SEL_LOW | 3, SEL_WORLD | 3, SEL_RO | 3, SEL(K_DATA, 3) | 3, 0};
static const u16 v86_selectors[] = {0x2000, 0x2000, 0x2001, 0x2100, 0x1fff};

static struct segment world_segment(u16 attr, u64 base, u32 limit)
{
	return (struct segment){base, limit, SEL_WORLD, attr};
}

/* The system state in which a program begins. `base` of pointers: 20000h where segments are flat, else 0. */
static struct sysregs make_world(const struct rig *r, enum world w, struct random_code *p)
{
	struct sysregs s = r->s;
	u16 data = SEG_P | SEG_S | SEG_RW | SEG_A | SEG_DB, code = data | SEG_CODE;
	u32 limit = pick(p, 2) ? 0xffff : 0xb000 + pick(p, 0x4000);
	s.cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG | (w == FLAT_RING_3 ? CR0_AM : 0);
	s.cr3 = AT_DIR;
	s.cr4 = CR4_OSFXSR;
	s.cpl = w == FLAT_RING_3 || w == VIRTUAL_8086 ? 3 : 0;
	s.eflags = EF_FIXED | EF_IOPL;
	for (int i = 0; i < 6; i++)
		s.seg[i] = world_segment(i == SEG_CS ? code : data, AT_WORLD, 0xffff);
	if (world_is_flat(w)) {
		u16 dpl = (u16)(s.cpl << SEG_DPL_SHIFT);
		for (int i = 0; i < 6; i++)
			s.seg[i] = world_segment((i == SEG_CS ? code : data) | dpl, 0, 0xffffffff);
		s.seg[SEG_GS].base = 0x10;
		s.eflags |= w == FLAT_RING_3 && one_in(p, 4) ? EF_AC : 0;
		s.seg[SEG_CS].limit = one_in(p, 8) ? 0xfffffffe : 0xffffffff; /* nearly flat */
	} else if (w == SEGMENTS_32) {
		s.seg[SEG_DS].limit = limit;
		s.seg[SEG_ES] = world_segment(data & ~SEG_RW, AT_WORLD, 0xffff);
		s.seg[SEG_FS] = world_segment(data, AT_WORLD + 0x10, 0xffef);
		s.seg[SEG_GS] = (struct segment){0};
		if (one_in(p, 4))
			s.seg[SEG_SS] = world_segment(data | SEG_EC, AT_WORLD, 0x8fff);
		if (one_in(p, 4))
			s.seg[SEG_CS].attr &= (u16)~SEG_RW;
	} else if (w == CUT_CODE) {
		s.seg[SEG_CS].limit = p->org + pick(p, 100);
	} else if (w == CODE_32_STACK_16) {
		s.seg[SEG_SS].attr &= (u16)~SEG_DB;
	} else if (w == VIRTUAL_8086) {
		s.eflags |= EF_VM;
		for (int i = 0; i < 6; i++)
			s.seg[i] = (struct segment){AT_WORLD, 0xffff, AT_WORLD >> 4, SEG_P | SEG_S | SEG_RW | SEG_A | 3 << SEG_DPL_SHIFT};
	} else {
		s.seg[SEG_DS].limit = limit;
		s.seg[SEG_CS].attr &= (u16)~SEG_DB;
		if (w == SEGMENTS_16)
			s.seg[SEG_SS].attr &= (u16)~SEG_DB;
	}
	return s;
}

/* ---- one program ------------------------------------------------------------------------------------------------------- */

struct trial {
	u64 seed;
	enum world world;
	u32 hot, slice;  /* runs before translation; 0: all at once, else at most so many instructions at a time */
	struct sysregs fresh;
	struct random_code p;
	const u8 *image; /* of the world */
	u64 draw;        /* for what happens between slices */
	bool left_out[CODE_MAX]; /* instructions that became NOPs in the search for the guilty ones */
};

static void make_trial(struct trial *t, const struct rig *r, const u8 *image, u64 seed)
{
	struct random_code *p = &t->p;
	*t = (struct trial){.seed = seed, .image = image};
	p->seed = seed;
	t->world = (enum world)pick(p, WORLDS);
	t->hot = pick(p, 3) ? 0 : 1 + pick(p, 3);
	t->slice = pick(p, 3) ? 0 : 1 + pick(p, 20);
	p->is16 = world_is_16(t->world);
	p->base = world_is_flat(t->world) ? AT_WORLD : 0;
	p->org = one_in(p, 3) ? PAGE_SIZE - pick(p, 200) : pick(p, PAGE_SIZE - 256);
	p->selectors = t->world == FLAT_RING_0 || t->world == SEGMENTS_32 ? ring_0_selectors : ring_3_selectors;
	p->nselectors = t->world == FLAT_RING_3 ? ARRAY_LEN(ring_3_selectors) : ARRAY_LEN(ring_0_selectors);
	if (t->world == VIRTUAL_8086) {
		p->selectors = v86_selectors;
		p->nselectors = ARRAY_LEN(v86_selectors);
	}
	if (t->world == CUT_CODE || t->world == SEGMENTS_16 || t->world == CODE_16_STACK_32 || t->world == CODE_32_STACK_16) {
		p->selectors = ring_0_selectors;
		p->nselectors = ARRAY_LEN(ring_0_selectors);
	}
	t->fresh = make_world(r, t->world, p);
	random_program(p);
	t->draw = p->seed;
}

static void set_system(struct rig *r, const struct sysregs *fresh)
{
	r->s = *fresh;
	mmu_set_cr3(&r->m, r->s.cr3);
	mmu_set_mode(&r->m, r->s.cr0, r->s.cr4, r->s.efer);
	r->c.attention = 0;
	r->c.wait = 0;
	ctx_update(&r->c);
}

static u32 random_ip(struct random_code *p)
{
	return p->base + p->org + p->start[pick(p, (u32)p->count)];
}

/* Registers that mean something to the program; `all`, or some. */
static void set_registers(struct rig *r, struct random_code *p, bool all)
{
	for (int i = 0; i < 8; i++)
		if (all || pick(p, 2))
			r->c.r[i] = random_value(p);
	if (all || pick(p, 2))
		r->c.r[RSP] = p->base + 0xb000 + (pick(p, 2) ? pick(p, 0x800) & ~3u : (u32)(s32)(s8)pick(p, 20) - 10);
	if (p->is16)
		r->c.r[RSP] |= random32(&p->seed) << (pick(p, 2) ? 16 : 31) << 1 >> 1 & 0xffff0000;
	flags_set_arith(&r->c, random32(&p->seed) & FL_ARITH);
}

static void load(struct side *s, const struct trial *t, bool translated)
{
	struct rig *r = s->r;
	struct random_code draw = t->p;
	s->p = &t->p;
	s->port_seed = t->seed;
	s->faulted = false;
	translator_set_hot(r->c.code->translator, translated ? t->hot : TRANSLATE_NEVER);
	phys_write(&r->pm, AT_WORLD, t->image, WORLD);
	phys_write(&r->pm, AT_WORLD + t->p.org, t->p.bytes, t->p.n);
	rig_tables(r);
	set_descriptors(r);
	set_tables(r);
	set_system(r, &t->fresh);
	mmu_flush_all(&r->m);
	fpu_reset(&r->c);
	fpu_update(&r->c);
	memset(r->c.r, 0, sizeof r->c.r);
	set_registers(r, &draw, true);
	r->c.df = 0;
	r->c.mid_rep = 0;
	r->c.dr6_pending = 0;
	r->c.ip = t->p.base + t->p.org;
	trail_clear(&r->c);
	s->flushes = r->c.code->stats.flushes;
}

/* An exception ended the run, or something happens from outside: on it goes somewhere. */
static void go_elsewhere(struct side *s, const struct trial *t, u64 seed)
{
	struct random_code draw = t->p;
	draw.seed = seed;
	struct sysregs fresh = t->fresh;
	if (pick(&draw, 2) && s->r->s.seg[SEG_CS].limit == fresh.seg[SEG_CS].limit)
		memcpy(fresh.seg, s->r->s.seg, sizeof fresh.seg); /* segments as they are, also null ones */
	set_system(s->r, &fresh);
	set_registers(s->r, &draw, false);
	s->r->c.ip = random_ip(&draw);
	s->faulted = false;
}

static void something_happens(struct side *s, const struct trial *t, u32 what, u64 seed)
{
	if (s->faulted || (s->r->c.attention & ATT_STOP) || what == 0)
		go_elsewhere(s, t, seed);
	else if (what == 1)
		write_code(s, &seed);
	else if (what == 2)
		toggle_page(s, random32(&seed) % WORLD_PAGES);
}

/* ---- comparing ----------------------------------------------------------------------------------------------------------- */

static bool same_fault(const struct side *a, const struct side *b)
{
	const struct fault *x = &a->fault, *y = &b->fault;
	if (!a->faulted && !b->faulted)
		return true;
	return a->faulted == b->faulted && x->vec == y->vec && x->has_error == y->has_error && x->error == y->error &&
	       x->is_trap == y->is_trap && x->cr2 == y->cr2 && x->why == y->why && a->fault_ip == b->fault_ip &&
	       a->fault_next == b->fault_next && a->fault_count == b->fault_count;
}

static bool same_trail(const struct cpu *a, const struct cpu *b)
{
	struct trail_insn x[TRAIL_SLOTS], y[TRAIL_SLOTS];
	int n = trail_get(a, x, TRAIL_SLOTS), m = trail_get(b, y, TRAIL_SLOTS);
	if (n != m)
		return false;
	for (int i = 0; i < n; i++)
		if (x[i].ip != y[i].ip || x[i].gpa != y[i].gpa || x[i].len != y[i].len || x[i].is32 != y[i].is32)
			return false;
	return true;
}

static bool same_code(struct side *a, struct side *b)
{
	const struct code_stats *x = &a->r->c.code->stats, *y = &b->r->c.code->stats;
	bool flushed = x->flushes != a->flushes || y->flushes != b->flushes;
	a->flushes = x->flushes;
	b->flushes = y->flushes;
	return flushed || same_trail(&a->r->c, &b->r->c);
}

static const char *difference(struct side *x, struct side *y)
{
	static const char *const registers[] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
	const struct cpu *a = &x->r->c, *b = &y->r->c;
	for (int i = 0; i < 8; i++)
		if (a->r[i] != b->r[i])
			return registers[i];
	if (a->ip != b->ip)
		return "IP";
	if (a->count != b->count)
		return "count";
	if (!same_fault(x, y))
		return "exception";
	if (flags_get(a, &x->r->s) != flags_get(b, &y->r->s))
		return "flags";
	if (a->fl_kind || b->fl_kind)
		return "flags not settled";
	if (a->zero || b->zero || a->mid_rep != b->mid_rep || a->mode != b->mode || a->wait != b->wait)
		return "state";
	if (memcmp(&a->fpu, &b->fpu, sizeof a->fpu))
		return "x87";
	if (memcmp(x->r->s.seg, y->r->s.seg, sizeof x->r->s.seg))
		return "segments";
	if (memcmp(x->r->ram + AT_WORLD, y->r->ram + AT_WORLD, WORLD))
		return "memory";
	if (memcmp(x->r->ram + AT_TABLE, y->r->ram + AT_TABLE, 4 * (AT_WORLD / PAGE_SIZE + WORLD_PAGES)) ||
	    memcmp(x->r->ram + AT_GDT, y->r->ram + AT_GDT, GDT_LIMIT + 1))
		return "tables";
	return same_code(x, y) ? NULL : "trail";
}

/* NULL: no difference, else in what. Adds to *executed. */
static const char *run_both(struct side *plain, struct side *host, const struct trial *t, u64 *executed)
{
	u64 draw = t->draw, start = plain->r->c.count;
	load(plain, t, false);
	load(host, t, true);
	for (int step = 0; step < STEPS && plain->r->c.count - start < RUN_LIMIT; step++) {
		u64 n = t->slice ? 1 + random32(&draw) % t->slice : RUN_LIMIT;
		u32 what = random32(&draw) % 16;
		u64 seed = (u64)random32(&draw) << 32 | random32(&draw);
		cpu_run(&plain->r->c, plain->r->c.count + n);
		cpu_run(&host->r->c, host->r->c.count + n);
		const char *d = difference(plain, host);
		if (d)
			return d;
		something_happens(plain, t, what, seed);
		something_happens(host, t, what, seed);
	}
	*executed += plain->r->c.count - start;
	return NULL;
}

/* ---- a difference ------------------------------------------------------------------------------------------------------- */

/* Both are as new, so that only the program counts. */
static const char *run_alone(const struct trial *t)
{
	struct side plain, host;
	u64 executed = 0;
	side_open(&plain);
	side_open(&host);
	const char *d = run_both(&plain, &host, t, &executed);
	rig_free(plain.r);
	rig_free(host.r);
	return d;
}

static void leave_out(struct trial *t, int i)
{
	struct random_code *p = &t->p;
	memset(p->bytes + p->start[i], 0x90, p->start[i + 1] - p->start[i]);
	t->left_out[i] = true;
}

/* What can become NOPs without the difference going away does. */
static void reduce(struct trial *t)
{
	for (int i = t->p.count; i-- > 0;) {
		struct trial fewer = *t;
		leave_out(&fewer, i);
		if (run_alone(&fewer))
			*t = fewer;
	}
}

static void print_instruction(const struct random_code *p, int i)
{
	const u8 *at = p->bytes + p->start[i];
	u32 len = p->start[i + 1] - p->start[i], ip = p->base + p->org + p->start[i];
	char text[80];
	disasm_text(at, len + 8, p->is16 ? DEC_16 : DEC_32, ip, text, sizeof text);
	printf("  %05x  ", ip);
	for (u32 k = 0; k < len; k++)
		printf("%02x ", at[k]);
	printf("  %s\n", text);
}

static void print_sides(const struct side *s, const char *name)
{
	const struct cpu *c = &s->r->c;
	printf("%s ip %llx count %llu flags %x vec %d error %x cr2 %llx ip %llx", name, (unsigned long long)c->ip,
	       (unsigned long long)c->count, flags_get(c, &s->r->s), s->faulted ? s->fault.vec : -1, s->fault.error,
	       (unsigned long long)s->fault.cr2, (unsigned long long)s->fault_ip);
	for (int i = 0; i < 8; i++)
		printf(" %llx", (unsigned long long)c->r[i]);
	putchar('\n');
}

static void explain(const struct trial *t)
{
	struct side plain, host;
	u64 executed = 0;
	side_open(&plain);
	side_open(&host);
	const char *d = run_both(&plain, &host, t, &executed);
	printf("seed %llu, world %d, hot %u, slices %u: %s\n", (unsigned long long)t->seed, t->world, t->hot, t->slice,
	       d ? d : "only after other programs");
	for (int i = 0; i < t->p.count; i++)
		if (!t->left_out[i])
			print_instruction(&t->p, i);
	print_sides(&plain, "handlers:");
	print_sides(&host, "host code:");
	rig_free(plain.r);
	rig_free(host.r);
}

/* ---- many programs --------------------------------------------------------------------------------------------------------- */

static u64 from_environment(const char *name, u64 otherwise)
{
	const char *v = getenv(name);
	return v ? strtoull(v, NULL, 0) : otherwise;
}

/* Memory full of values that mean something. */
static void fill_image(u8 *image, u64 seed)
{
	struct random_code p = {.seed = seed, .base = AT_WORLD};
	for (u32 at = 0; at < WORLD; at += 4) {
		p.base = pick(&p, 2) ? AT_WORLD : 0;
		store32(image + at, random_value(&p));
	}
}

static void compare_programs(u64 seed, u64 programs)
{
	static const u64 per_image = 64;
	struct side plain, host;
	struct trial t;
	u8 *image = malloc(WORLD);
	u64 executed = 0;
	ck_assert_ptr_nonnull(image);
	side_open(&plain);
	side_open(&host);
	for (u64 i = 0; i < programs; i++) {
		u64 number = seed + i;
		if (i == 0 || number % per_image == 0)
			fill_image(image, number / per_image);
		make_trial(&t, plain.r, image, number);
		const char *d = run_both(&plain, &host, &t, &executed);
		if (d) {
			if (run_alone(&t))
				reduce(&t);
			explain(&t);
			ck_abort_msg("program %llu: %s", (unsigned long long)number, d);
		}
	}
	const struct translate_stats *s = translator_stats(host.r->c.code->translator);
	printf("%llu programs, %llu instructions; %llu blocks with %llu instructions translated, %llu left to handlers\n",
	       (unsigned long long)programs, (unsigned long long)executed, (unsigned long long)s->blocks,
	       (unsigned long long)s->insns, (unsigned long long)s->handlers);
	ck_assert_uint_gt(executed, programs * 20); /* they do run for a while, */
	ck_assert_uint_gt(s->insns, programs * 10); /* in host code */
	ck_assert_uint_eq(translator_stats(plain.r->c.code->translator)->blocks, 0);
	rig_free(plain.r);
	rig_free(host.r);
	free(image);
}

START_TEST(host_code_does_what_handlers_do)
{
	compare_programs(from_environment("TRANSLATE_SEED", 1), from_environment("TRANSLATE_PROGRAMS", 20000));
}
END_TEST

/* Not on this host: nothing to test. */
static bool has_translator(void)
{
	u8 *arena;
	struct translator *x = translator_new(1 << 20, &arena);
	translator_free(x);
	return x;
}

int main(void)
{
	Suite *s = suite_create("translate");
	TCase *t = tcase_create("translate");
	if (!has_translator())
		return 77;
	tcase_set_timeout(t, getenv("TRANSLATE_PROGRAMS") ? 0 : 60);
	tcase_add_test(t, host_code_does_what_handlers_do);
	suite_add_tcase(s, t);
	return rig_main(s);
}
