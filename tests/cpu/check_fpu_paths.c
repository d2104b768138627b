/* check_fpu_paths.c - the x87 unit against itself and against the host's.
 *
 * Every operation of cpu/fpu/soft80.h meets the host's x87 instruction (on an x86 host),
 * result and flags, on random and special operands, in all rounding and precision modes;
 * and every hot handler meets the general one on the same state. FPU_PATHS=N in the
 * environment: N thousand operands for each.
 */
#include <stdio.h>

#include "cpu/block.h"
#include "cpu/flags.h"
#include "cpu/fpu/internal.h"
#include "tests/cpu/system_rig.h"

static u64 seed = 88172645463325252ull;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static long rounds(void)
{
	const char *n = getenv("FPU_PATHS");
	return (n ? atol(n) : 100) * 1000;
}

/* Digits: random, few, or nearly all ones */
static u64 random_digits(void)
{
	u64 m = rnd();
	switch (rnd() & 7) {
	case 0: return 0;
	case 1: return m & ~0ull << (rnd() & 63);
	case 2: return ~(m & ~0ull >> (rnd() & 63));
	case 3: return 1ull << (m & 63);
	case 4: return m & 0xfffff80000000000ull; /* short: sums and products are exact or tie */
	default: return m;
	}
}

/* All classes; most exponents near each other */
static struct f80 random_number(void)
{
	u64 r = rnd();
	u32 sign = r & 1, exp = 0x3fff - 40 + (u32)(r >> 8 & 0xff) % 80;
	u64 m = random_digits();
	switch (r >> 1 & 31) {
	case 0: return f80_make(sign, 0, 0);
	case 1: return f80_make(sign, 0, m);
	case 2: return f80_make(sign, 0x7fff, F80_TOP | m);
	case 3: return f80_make(sign, 0x7fff, F80_TOP);
	case 4: return f80_make(sign, (u32)(r >> 32) & 0x7fff, m); /* also unnormal */
	case 5: return f80_make(sign, (u32)(r >> 32 & 0x7f), F80_TOP | m); /* near underflow */
	case 6: return f80_make(sign, 0x7ffe - (u32)(r >> 32 & 0x7f), F80_TOP | m);
	case 7: return f80_make(sign, (u32)(r >> 32) & 0x7fff, F80_TOP | m);
	case 8: return f80_make(sign, 0x3fff + (u32)(r >> 32 & 63), F80_TOP | m);
	case 9: return f80_make(sign, 0x3fff - 1023 - (u32)(r >> 32 & 63), F80_TOP | m); /* double's underflow */
	case 10: return f80_make(sign, 0x3fff - 127 - (u32)(r >> 32 & 31), F80_TOP | m); /* single's */
	case 11: return f80_make(sign, (r >> 32 & 1 ? 0x3fff + 126 : 0x3fff + 1022) + (u32)(r >> 33 & 3), F80_TOP | m);
	default: return f80_make(sign, exp, F80_TOP | m);
	}
}

static u32 random_cw(void)
{
	static const u16 pc[4] = {FCW_PC_24, FCW_PC_53, FCW_PC_64, FCW_PC_64};
	u64 r = rnd();
	return 0x7f | pc[r & 3] | (r & 4 ? 0 : (u32)(r >> 3 & 3) << 10);
}

/* ---- against the host's x87 --------------------------------------------------------------- */

#ifdef __x86_64__

struct host80 {
	u64 mant;
	u16 se, pad[3];
};

struct host_result {
	struct f80 v;
	u32 sw;
};

#define HOST2(name, insn)                                                                                              \
	static struct host_result host_##name(struct f80 a, struct f80 b, u32 cw)                                      \
	{                                                                                                              \
		struct host80 x = {a.mant, (u16)a.se, {0}}, y = {b.mant, (u16)b.se, {0}}, r;                           \
		u16 control = (u16)cw, old, sw;                                                                        \
		__asm__ volatile("fnstcw %1; fldt %5; fldt %4; fldcw %3; fnclex; " insn                                \
				 "; fnstsw %2; fstpt %0; fstp %%st(0); fnclex; fldcw %1"                               \
				 : "=m"(r), "=m"(old), "=a"(sw) : "m"(control), "m"(x), "m"(y) : "st", "st(1)", "memory"); \
		return (struct host_result){{r.mant, r.se, 0}, sw};                                                    \
	}
HOST2(add, "fadd %%st(1), %%st")
HOST2(sub, "fsub %%st(1), %%st")
HOST2(mul, "fmul %%st(1), %%st")
HOST2(div, "fdiv %%st(1), %%st")
HOST2(sqrt, "fsqrt")
HOST2(rint, "frndint")
HOST2(scale, "fscale")
HOST2(prem, "fprem")
HOST2(prem1, "fprem1")
HOST2(compare, "fcom")
HOST2(ucompare, "fucom")

/* Through a memory format: `store` then sees ST(0) = a */
#define HOST_STORE(name, insn, type)                                                                                   \
	static struct soft80_bits host_##name(struct f80 a, u32 cw)                                                    \
	{                                                                                                              \
		struct host80 x = {a.mant, (u16)a.se, {0}};                                                            \
		u16 control = (u16)cw, old, sw;                                                                        \
		type r;                                                                                                \
		__asm__ volatile("fnstcw %1; fldt %4; fldcw %3; fnclex; " insn " %0; fnstsw %2; fnclex; fldcw %1"      \
				 : "=m"(r), "=m"(old), "=a"(sw) : "m"(control), "m"(x) : "st", "memory");              \
		return (struct soft80_bits){(u64)r, sw};                                                               \
	}
HOST_STORE(to_f32, "fstps", u32)
HOST_STORE(to_f64, "fstpl", u64)
HOST_STORE(to_i16, "fistps", u16)
HOST_STORE(to_i32, "fistpl", u32)
HOST_STORE(to_i64, "fistpll", u64)

static struct soft80_bits soft_to_i16(struct f80 a, u32 cw)
{
	struct soft80_bits b = soft80_to_int(a, 2, cw);
	b.bits &= 0xffff;
	return b;
}

static struct soft80_bits soft_to_i32(struct f80 a, u32 cw)
{
	struct soft80_bits b = soft80_to_int(a, 4, cw);
	b.bits &= 0xffffffff;
	return b;
}

static struct soft80_bits soft_to_i64(struct f80 a, u32 cw)
{
	return soft80_to_int(a, 8, cw);
}

static struct f80 soft_sqrt(struct f80 a, struct f80 b, u32 cw)
{
	(void)b;
	return soft80_sqrt(a, cw);
}

static struct f80 soft_rint(struct f80 a, struct f80 b, u32 cw)
{
	(void)b;
	return soft80_rint(a, cw);
}

static struct f80 soft_prem(struct f80 a, struct f80 b, u32 cw)
{
	return soft80_rem(a, b, F80_REM_CHOP, cw);
}

static struct f80 soft_prem1(struct f80 a, struct f80 b, u32 cw)
{
	return soft80_rem(a, b, F80_REM_NEAREST, cw);
}

static struct f80 soft_compare(struct f80 a, struct f80 b, u32 cw)
{
	(void)cw;
	return f80_flagged(a, soft80_compare(a, b, false));
}

static struct f80 soft_ucompare(struct f80 a, struct f80 b, u32 cw)
{
	(void)cw;
	return f80_flagged(a, soft80_compare(a, b, true));
}

static const struct operation {
	const char *name;
	struct f80 (*soft)(struct f80 a, struct f80 b, u32 cw);
	struct host_result (*host)(struct f80 a, struct f80 b, u32 cw);
	u32 flags; /* compared */
} operations[] = {
	{"add", soft80_add, host_add, FSW_EXCEPTIONS | FSW_C1},
	{"sub", soft80_sub, host_sub, FSW_EXCEPTIONS | FSW_C1},
	{"mul", soft80_mul, host_mul, FSW_EXCEPTIONS | FSW_C1},
	{"div", soft80_div, host_div, FSW_EXCEPTIONS | FSW_C1},
	{"sqrt", soft_sqrt, host_sqrt, FSW_EXCEPTIONS | FSW_C1},
	{"rint", soft_rint, host_rint, FSW_EXCEPTIONS | FSW_C1},
	{"scale", soft80_scale, host_scale, FSW_EXCEPTIONS | FSW_C1},
	{"prem", soft_prem, host_prem, FSW_EXCEPTIONS | FSW_C2},
	{"prem1", soft_prem1, host_prem1, FSW_EXCEPTIONS | FSW_C2},
	{"compare", soft_compare, host_compare, FSW_EXCEPTIONS | FSW_CC},
	{"ucompare", soft_ucompare, host_ucompare, FSW_EXCEPTIONS | FSW_CC},
};

static const struct conversion {
	const char *name;
	struct soft80_bits (*soft)(struct f80 a, u32 cw);
	struct soft80_bits (*host)(struct f80 a, u32 cw);
} conversions[] = {
	{"to single", soft80_to_f32, host_to_f32}, {"to double", soft80_to_f64, host_to_f64},
	{"to 16 bits", soft_to_i16, host_to_i16}, {"to 32 bits", soft_to_i32, host_to_i32},
	{"to 64 bits", soft_to_i64, host_to_i64},
};

static void check_operation(const struct operation *op)
{
	long n = rounds(), differ = 0;
	bool is_rem = op->host == host_prem || op->host == host_prem1;
	for (long i = 0; i < n; i++) {
		struct f80 a = random_number(), b = random_number();
		u32 cw = random_cw(), flags = op->flags;
		struct f80 s = op->soft(a, b, cw);
		struct host_result h = op->host(a, b, cw);
		if (is_rem && (h.sw & FSW_C2)) /* how much is taken off at a time differs between makers */
			continue;
		if (is_rem && !(h.sw & FSW_IE) && f80_classify(s) < F80_QNAN)
			flags |= FSW_CC;
		if (s.mant == h.v.mant && s.se == h.v.se && !((s.flags ^ h.sw) & flags))
			continue;
		if (differ++ < 5)
			printf("%s cw %03x: %04x:%016llx, %04x:%016llx: %04x:%016llx %x, host %04x:%016llx %x\n", op->name, cw,
			       a.se, (unsigned long long)a.mant, b.se, (unsigned long long)b.mant, s.se,
			       (unsigned long long)s.mant, s.flags & flags, h.v.se, (unsigned long long)h.v.mant, h.sw & flags);
	}
	printf("%s: %ld of %ld equal the host's\n", op->name, n - differ, n);
	ck_assert_int_eq(differ, 0);
}

START_TEST(arithmetic_equals_the_hosts)
{
	check_operation(&operations[_i]);
}
END_TEST

START_TEST(conversions_equal_the_hosts)
{
	const struct conversion *k = &conversions[_i];
	long n = rounds(), differ = 0;
	for (long i = 0; i < n; i++) {
		struct f80 a = random_number();
		u32 cw = random_cw();
		struct soft80_bits s = k->soft(a, cw), h = k->host(a, cw);
		if (s.bits == h.bits && !((s.flags ^ h.flags) & (FSW_EXCEPTIONS | FSW_C1)))
			continue;
		if (differ++ < 5)
			printf("%s cw %03x: %04x:%016llx: %llx %x, host %llx %x\n", k->name, cw, a.se, (unsigned long long)a.mant,
			       (unsigned long long)s.bits, s.flags, (unsigned long long)h.bits, h.flags);
	}
	printf("%s: %ld of %ld equal the host's\n", k->name, n - differ, n);
	ck_assert_int_eq(differ, 0);
}
END_TEST

static void add_host_tests(TCase *t)
{
	tcase_add_loop_test(t, arithmetic_equals_the_hosts, 0, ARRAY_LEN(operations));
	tcase_add_loop_test(t, conversions_equal_the_hosts, 0, ARRAY_LEN(conversions));
}

#else

static void add_host_tests(TCase *t)
{
	(void)t;
}

#endif

/* ---- hot handlers against the general one -------------------------------------------------- */

enum { OPERAND = 0x3000 };
#define CLOSED 0x80 /* a gate bit of nobody's: everything takes the general way */

/* D8..DF with any ModRM that is not an environment, and WAIT; memory operands at [BX] */
static int random_code(u8 code[4])
{
	for (;;) {
		u64 r = rnd();
		u8 byte = 0xd8 | (r & 7), modrm = (u8)(r >> 8), digit = modrm >> 3 & 7;
		if (modrm < 0xc0)
			modrm = (u8)(digit << 3 | 7);
		bool whole_state = modrm < 0xc0 && ((byte == 0xdd && (digit == 4 || digit == 6)) ||
						    (byte == 0xd9 && (digit == 4 || digit == 6)));
		if (whole_state)
			continue;
		code[0] = byte;
		code[1] = modrm;
		return 2;
	}
}

static void random_state(struct rig *r)
{
	struct fpu *f = &r->c.fpu;
	memset(f, 0, sizeof *f);
	f->cw = (u16)random_cw();
	if ((rnd() & 7) == 0)
		f->cw &= (u16)~(rnd() & 63);
	f->sw = (u16)(rnd() & (FSW_TOP | FSW_CC));
	f->valid = rnd() & 3 ? (u8)rnd() | (u8)rnd() : 0xff;
	for (int i = 0; i < 8; i++) {
		struct f80 v = random_number();
		f->r[i] = (struct x87_reg){v.mant, (u16)v.se, {0}};
	}
	struct f80 v = random_number();
	store64(r->ram + OPERAND, rnd() & 1 ? v.mant : soft80_to_f64(v, 0x37f).bits);
	if (rnd() & 1)
		store32(r->ram + OPERAND, (u32)soft80_to_f32(v, 0x37f).bits);
	store16(r->ram + OPERAND + 8, (u16)v.se);
	fpu_update(&r->c);
}

struct outcome {
	struct fpu fpu;
	u8 memory[16];
	u64 rax, ip;
	u32 flags;
	bool faulted;
};

static void run(struct rig *r, const struct fpu *before, const u8 *memory, u8 gate, struct outcome *o)
{
	struct cpu *c = &r->c;
	c->fpu = *before;
	memcpy(r->ram + OPERAND, memory, 16);
	c->ip = 0x100;
	c->r[RAX] = 0x1234;
	c->r[RBX] = OPERAND;
	flags_set_arith(c, 0);
	fpu_update(c);
	c->fpu_gate |= gate;
	c->fault.vec = 0xff;
	c->attention = 0;
	cpu_run(c, c->count + 1);
	*o = (struct outcome){.fpu = c->fpu, .rax = c->r[RAX], .ip = c->ip, .flags = flags_arith(c)};
	o->faulted = c->fault.vec != 0xff;
	memcpy(o->memory, r->ram + OPERAND, 16);
}

static bool equal(const struct outcome *a, const struct outcome *b)
{
	return !memcmp(&a->fpu, &b->fpu, sizeof a->fpu) && !memcmp(a->memory, b->memory, 16) && a->rax == b->rax &&
	       a->ip == b->ip && a->flags == b->flags && a->faulted == b->faulted;
}

static void on_exception(void *opaque)
{
	struct rig *r = opaque;
	cpu_stop(&r->c);
}

START_TEST(hot_handlers_equal_the_general_one)
{
	struct rig *r = rig_new();
	struct cpu_model model = cpu_model_default;
	long n = rounds() * 5, differ = 0;
	u8 code[4], memory[16];
	model.isa = ~(1ull << ISA_UNDEF); /* FISTTP, too */
	r->c.model = &model;
	r->c.hooks.exception = on_exception;
	for (long i = 0; i < n; i++) {
		if (i % 64 == 0) {
			random_code(code);
			memcpy(r->ram + 0x100, code, 2);
			code_flush(&r->c);
		}
		random_state(r);
		struct fpu before = r->c.fpu;
		struct outcome hot, general;
		memcpy(memory, r->ram + OPERAND, 16);
		run(r, &before, memory, 0, &hot);
		run(r, &before, memory, CLOSED, &general);
		if (equal(&hot, &general))
			continue;
		if (differ++ < 5)
			printf("%02x %02x cw %03x sw %04x: sw %04x and %04x, valid %02x and %02x, flags %x and %x\n", code[0], code[1],
			       before.cw, before.sw, hot.fpu.sw, general.fpu.sw, hot.fpu.valid, general.fpu.valid, hot.flags,
			       general.flags);
	}
	printf("hot handlers: %ld of %ld equal the general one's\n", n - differ, n);
	ck_assert_int_eq(differ, 0);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fpu_paths");
	TCase *t = tcase_create("fpu_paths");
	tcase_set_timeout(t, 600);
	add_host_tests(t);
	tcase_add_test(t, hot_handlers_equal_the_general_one);
	suite_add_tcase(s, t);
	return rig_main(s);
}
