/* check_blocks.c - blocks, chaining and dead flags change nothing: random programs run in blocks of one instruction at
 * once, and in full blocks by odd slices, must end in the same state at the same count (docs/engine.md section 3). The
 * programs jump into themselves, write over themselves and run into exceptions.
 */
#include "tests/cpu/system_rig.h"

#include "cpu/block.h"

enum { AT_PROGRAM = 0x20000, AT_DATA = 0x10000, PROGRAM_BYTES = 512, DATA_BYTES = 0x8000 };

/* ---- random programs ---------------------------------------------------------------------- */

static u32 random32(u64 *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(*seed >> 32);
}

struct program {
	u8 bytes[PROGRAM_BYTES + 16];
	u32 n;
	u64 seed;
	bool is16;
};

static u32 pick(struct program *p, u32 n)
{
	return random32(&p->seed) % n;
}

static void put(struct program *p, u32 byte)
{
	p->bytes[p->n++] = (u8)byte;
}

static void put_n(struct program *p, u32 v, int n)
{
	while (n--) {
		put(p, v);
		v >>= 8;
	}
}

/* ModRM with /g: a register, a place in the data area, or now and then wherever a register points. */
static void modrm(struct program *p, u32 g)
{
	u32 way = pick(p, 10);
	if (way < 6) {
		put(p, 0xc0 | g << 3 | pick(p, 8));
	} else if (way < 9) {
		put(p, g << 3 | (p->is16 ? 6 : 5));
		put_n(p, (p->is16 ? 0 : AT_DATA) + pick(p, DATA_BYTES), p->is16 ? 2 : 4);
	} else {
		u32 rm = pick(p, 8);
		put(p, 0x40 | g << 3 | rm);
		if (rm == 4 && !p->is16)
			put(p, pick(p, 256));
		put(p, pick(p, 256));
	}
}

static void immediate(struct program *p, bool is_byte, bool has_66)
{
	put_n(p, random32(&p->seed), is_byte ? 1 : p->is16 != has_66 ? 2 : 4);
}

static void arithmetic(struct program *p, bool has_66)
{
	u32 form = pick(p, 8), op = pick(p, 8) << 3;
	if (form < 4) {
		put(p, op | form);
		modrm(p, pick(p, 8));
	} else if (form < 6) {
		put(p, op | form);
		immediate(p, form == 4, has_66);
	} else {
		put(p, form == 6 ? 0x81 : 0x83);
		modrm(p, op >> 3);
		immediate(p, form == 7, has_66);
	}
}

static void shift(struct program *p)
{
	static const u8 codes[] = {0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3};
	u32 i = pick(p, sizeof codes);
	put(p, codes[i]);
	modrm(p, pick(p, 8));
	if (i < 2)
		put(p, pick(p, 40));
}

static void one_byte(struct program *p)
{
	static const u8 codes[] = {
		0x27, 0x2f, 0x37, 0x3f, 0x90, 0x91, 0x98, 0x99, 0x9e, 0x9f, 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad,
		0xae, 0xaf, 0xc3, 0xc9, 0xd6, 0xd7, 0xf5, 0xf8, 0xf9, 0xfc, 0xfd, 0x60, 0x61, 0x9c,
	};
	if (pick(p, 2))
		put(p, 0x40 + pick(p, 32)); /* INC DEC PUSH POP */
	else
		put(p, codes[pick(p, sizeof codes)]);
}

static void two_byte(struct program *p)
{
	static const u8 codes[] = {0xa3, 0xab, 0xb3, 0xbb, 0xa5, 0xad, 0xaf, 0xb0, 0xb1, 0xb6, 0xb7, 0xbc, 0xbd, 0xbe, 0xbf, 0xc0, 0xc1};
	u32 kind = pick(p, 4);
	put(p, 0x0f);
	if (kind == 0)
		put(p, 0x90 + pick(p, 16)); /* SETcc */
	else if (kind == 1)
		put(p, 0x40 + pick(p, 16)); /* CMOVcc */
	else
		put(p, codes[pick(p, sizeof codes)]);
	modrm(p, pick(p, 8));
}

static void unary(struct program *p, bool has_66)
{
	u32 code = 0xf6 + pick(p, 2), digit = pick(p, pick(p, 8) ? 6 : 8);
	put(p, code);
	modrm(p, digit);
	if (digit < 2)
		immediate(p, code == 0xf6, has_66);
}

static void branch(struct program *p)
{
	static const u8 codes[] = {0xeb, 0xe0, 0xe1, 0xe2, 0xe3};
	put(p, pick(p, 3) ? 0x70 + pick(p, 16) : codes[pick(p, sizeof codes)]);
	put(p, pick(p, 8) ? pick(p, 24) : 0u - pick(p, 64));
}

static void moves(struct program *p)
{
	static const u8 codes[] = {0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d, 0xfe};
	u32 code = codes[pick(p, sizeof codes)];
	put(p, code);
	modrm(p, code == 0xfe ? pick(p, 2) : pick(p, 8));
}

static void instruction(struct program *p)
{
	bool has_66 = pick(p, 5) == 0;
	if (has_66)
		put(p, 0x66);
	u32 kind = pick(p, 16);
	if (kind < 5)
		arithmetic(p, has_66);
	else if (kind < 7)
		shift(p);
	else if (kind < 9)
		one_byte(p);
	else if (kind < 11)
		two_byte(p);
	else if (kind < 12)
		unary(p, has_66);
	else if (kind < 13)
		branch(p);
	else if (kind < 15)
		moves(p);
	else { /* REP MOVS STOS SCAS ... */
		static const u8 strings[] = {0xa4, 0xa5, 0xa6, 0xaa, 0xab, 0xad, 0xae, 0xaf};
		put(p, 0xf2 + pick(p, 2));
		put(p, strings[pick(p, sizeof strings)]);
	}
}

/* ---- two processors -------------------------------------------------------------------------- */

static struct rig *runner_new(bool is16, u32 block_max)
{
	struct rig *r = is16 ? rig_new() : rig_new_protected(0);
	r->c.hooks.port_in = NULL; /* nothing there; last_port is free for us */
	r->c.hooks.port_out = NULL;
	rig_run_programs(r);
	r->c.code->block_max = block_max;
	if (is16) {
		seg_load_real(&r->s, SEG_CS, AT_PROGRAM >> 4);
		for (int i = 0; i < 6; i++)
			if (i != SEG_CS)
				seg_load_real(&r->s, i, AT_DATA >> 4);
		ctx_update(&r->c);
	}
	return r;
}

/* Whatever the last program did to the system registers is undone. */
static void load(struct rig *r, const struct sysregs *fresh, const struct program *p)
{
	r->s = *fresh;
	mmu_set_mode(&r->m, r->s.cr0, r->s.cr4, r->s.efer);
	mmu_set_cr3(&r->m, r->s.cr3);
	ctx_update(&r->c);
	u64 seed = p->seed;
	phys_write(&r->pm, AT_PROGRAM, p->bytes, p->n);
	for (int i = 0; i < 8; i++) {
		u32 shift = random32(&seed) & 31;
		r->c.r[i] = random32(&seed) >> shift;
	}
	r->c.r[RSP] = p->is16 ? 0x7000 : AT_DATA + 0x7000;
	flags_set_arith(&r->c, random32(&seed) & FL_ARITH);
	r->c.df = 0;
	r->c.ip = p->is16 ? 0 : AT_PROGRAM;
	r->c.attention = 0;
	r->c.fault = (struct fault){0};
	r->last_port = 0;
}

/* In slices of at most `slice` instructions, 0: at once. */
static void run(struct rig *r, u64 limit, u32 slice, u64 seed)
{
	while (r->c.count < limit && !(r->c.attention & ATT_STOP)) { /* an exception, or HLT */
		u64 to = slice ? r->c.count + 1 + random32(&seed) % slice : limit;
		cpu_run(&r->c, to < limit ? to : limit);
	}
}

static void expect_same(const struct rig *a, const struct rig *b, u64 number)
{
	for (int i = 0; i < 8; i++)
		ck_assert_msg(a->c.r[i] == b->c.r[i], "program %llu: register %d", (unsigned long long)number, i);
	ck_assert_msg(a->c.ip == b->c.ip && a->c.count == b->c.count, "program %llu: IP %llx at %llu, %llx at %llu",
		      (unsigned long long)number, (unsigned long long)a->c.ip, (unsigned long long)a->c.count,
		      (unsigned long long)b->c.ip, (unsigned long long)b->c.count);
	ck_assert_msg(flags_get(&a->c, &a->s) == flags_get(&b->c, &b->s), "program %llu: flags %x, %x",
		      (unsigned long long)number, flags_get(&a->c, &a->s), flags_get(&b->c, &b->s));
	ck_assert_msg(a->last_port == b->last_port && (!a->last_port || (a->c.fault.vec == b->c.fault.vec &&
									  a->c.fault.error == b->c.fault.error)),
		      "program %llu: exception", (unsigned long long)number);
	ck_assert_msg(!memcmp(a->ram, b->ram, a->pm.ram_size), "program %llu: memory", (unsigned long long)number);
}

static void compare_programs(bool is16, u32 slice, int programs)
{
	struct rig *one = runner_new(is16, 1), *full = runner_new(is16, BLOCK_MAX);
	struct sysregs fresh = one->s;
	u64 executed = 0;
	for (int i = 0; i < programs; i++) {
		struct program p = {.seed = (u64)i * 7 + 1 + is16, .is16 = is16};
		while (p.n < PROGRAM_BYTES - 16)
			instruction(&p);
		load(one, &fresh, &p);
		load(full, &fresh, &p);
		u64 start = one->c.count;
		run(one, start + 300, 0, 0);
		run(full, start + 300, slice, p.seed);
		executed += one->c.count - start;
		expect_same(one, full, (u64)i);
	}
	ck_assert_uint_gt(executed, (u64)programs * 100); /* they do run for a while */
	rig_free(one);
	rig_free(full);
}

START_TEST(blocks_of_32_bit_code_are_invisible)
{
	compare_programs(false, 0, 1500);
}
END_TEST

START_TEST(blocks_of_16_bit_code_are_invisible)
{
	compare_programs(true, 0, 1500);
}
END_TEST

START_TEST(slices_of_32_bit_code_are_invisible)
{
	compare_programs(false, 7, 1500);
}
END_TEST

START_TEST(slices_of_16_bit_code_are_invisible)
{
	compare_programs(true, 7, 1500);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("blocks");
	TCase *t = tcase_create("blocks");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, blocks_of_32_bit_code_are_invisible);
	tcase_add_test(t, blocks_of_16_bit_code_are_invisible);
	tcase_add_test(t, slices_of_32_bit_code_are_invisible);
	tcase_add_test(t, slices_of_16_bit_code_are_invisible);
	suite_add_tcase(s, t);
	return rig_main(s);
}
