/* check_simd_paths.c - floating point of the vector unit: the portable functions against
 * the host's unit, bit by bit and flag by flag, on special and random operands under all
 * rounding modes, DAZ and FTZ; and the rules for MXCSR that need no host (SDM 1 11.5).
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/simd/simd.h"
#include "cpu/simd/soft_sse.h"

struct rig {
	struct cpu c;
	struct sysregs s;
	u64 random;
};

static struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof *r);
	ck_assert_ptr_nonnull(r);
	r->c.hw = r->c.guest = &r->s;
	r->s.cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
	r->c.simd_gate = GATE_MXCSR;
	r->c.simd.mxcsr = MXCSR_RESET;
	r->random = 1;
	return r;
}

static u64 next_random(struct rig *r)
{
	u64 z = r->random += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* ---- operands ------------------------------------------------------------------------------ */

static const u32 special32[] = {
	0, 1, 2, 0x007fffff, 0x00800000, 0x00800001, 0x00400000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fa00000, 0x7fc00000,
	0x7fffffff, 0x3f800000, 0x3f800001, 0x3f7fffff, 0x3f000000, 0x3fc00000, 0x40000000, 0x4b000000, 0x4b000001, 0x4effffff,
	0x4f000000, 0x4f000001, 0x5f000000, 0x1f800000, 0x20000000, 0x33800000, 0x34000000, 0x00ffffff, 0x3effffff,
};

static const u64 special64[] = {
	0, 1, 2, 0x000fffffffffffff, 0x0010000000000000, 0x0010000000000001, 0x0008000000000000, 0x7fefffffffffffff,
	0x7ff0000000000000, 0x7ff0000000000001, 0x7ff4000000000000, 0x7ff8000000000000, 0x7fffffffffffffff, 0x3ff0000000000000,
	0x3ff0000000000001, 0x3fefffffffffffff, 0x3fe0000000000000, 0x4330000000000000, 0x4330000000000001, 0x41dfffffffc00000,
	0x41dfffffffe00000, 0x41e0000000000000, 0x41e0000000200000, 0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000,
	0x380fffffffffffff, 0x3810000000000000, 0x36a0000000000000, 0x369fffffffffffff, 0x3690000000000000, 0x3fdfffffffffffff,
};

static u64 operand32(struct rig *r)
{
	u64 z = next_random(r);
	u32 sign = (u32)(z >> 32) & 0x80000000;
	switch (z & 3) {
	case 0: return special32[(z >> 8) % ARRAY_LEN(special32)] ^ sign;
	case 1: return (u32)(z >> 16) & 0x807fffff; /* denormal */
	case 2: return (((u32)(z >> 16) & 0x83ffffff) | 0x3c000000) ^ ((z >> 4 & 1) ? 0x007ff000 : 0);
	default: return (u32)(z >> 16);
	}
}

static u64 operand64(struct rig *r)
{
	u64 z = next_random(r), y = next_random(r);
	u64 sign = y & 1ull << 63;
	switch (z & 3) {
	case 0: return special64[(z >> 8) % ARRAY_LEN(special64)] ^ sign;
	case 1: return y & 0x800fffffffffffff;
	case 2: return (y & 0x807fffffffffffff) | 0x3f80000000000000;
	default: return z >> 2 & 1 ? y & 0xffffffffe0000000 : y;
	}
}

static vec operand(struct rig *r, bool is32)
{
	if (!is32)
		return (vec){operand64(r), operand64(r)};
	return (vec){operand32(r) | operand32(r) << 32, operand32(r) | operand32(r) << 32};
}

/* Close operands, where additions cancel and quotients are near one */
static vec neighbour(struct rig *r, vec v)
{
	u64 z = next_random(r);
	return (vec){v[0] ^ (z & 0x8000000380000003), v[1] ^ (z >> 2 & 0x8000000380000003)};
}

/* ---- one operation both ways -------------------------------------------------------------------- */

static bool takes32(u16 op)
{
	const char *name = op_name((enum op)op);
	size_t n = strlen(name);
	return strstr(name, "PS2") || strstr(name, "SS2") || (!strstr(name, "2") && name[n - 1] == 'S');
}

static void compare(struct rig *r, u16 op, const struct simd_op *o, u32 mxcsr, u32 imm, vec a, vec b)
{
	struct cpu *c = &r->c;
	c->simd.mxcsr = mxcsr;
	c->simd_raised = 0;
	vec soft = o->fn(a, b, imm, c);
	u32 soft_flags = c->simd_raised;
	bool entered = simd_enter(c);
	vec host = o->host(a, b, imm, c);
	simd_host_off(c);
	u32 host_flags = c->simd.mxcsr & MXCSR_FLAGS;
	if (entered && soft[0] == host[0] && soft[1] == host[1] && soft_flags == host_flags)
		return; /* Check takes its time over each assertion */
	ck_abort_msg("%s imm %x mxcsr %x a %016llx.%016llx b %016llx.%016llx: portable %016llx.%016llx flags %x, host %016llx.%016llx flags %x",
		op_name((enum op)op), imm, mxcsr, (unsigned long long)a[1], (unsigned long long)a[0], (unsigned long long)b[1],
		(unsigned long long)b[0], (unsigned long long)soft[1], (unsigned long long)soft[0], soft_flags,
		(unsigned long long)host[1], (unsigned long long)host[0], host_flags);
}

static void compare_many(struct rig *r, u16 op, const struct simd_op *o, int rounds)
{
	bool is32 = takes32(op), is_compare = strncmp(op_name((enum op)op), "CMP", 3) == 0;
	for (int i = 0; i < rounds; i++) {
		u64 z = next_random(r);
		u32 mxcsr = MXCSR_MASKS | (u32)(z & (MXCSR_RC | MXCSR_DAZ | MXCSR_FTZ));
		vec a = operand(r, is32), b = z >> 20 & 1 ? operand(r, is32) : neighbour(r, a);
		compare(r, op, o, mxcsr, is_compare ? (u32)(z >> 24) & 7 : 0, a, b);
	}
}

START_TEST(both_ways_give_the_same_bits_and_flags)
{
	struct rig *r = rig_new();
	int n = 0;
	if (!SIMD_HOST_FPU) {
		free(r);
		return;
	}
	for (u16 op = SIMD_FIRST; op < OP_COUNT; op++) {
		const struct simd_op *o = simd_float(op);
		o = o ? o : simd_convert(op);
		if (!o || !o->host)
			continue;
		compare_many(r, op, o, 40000);
		n++;
	}
	ck_assert_int_ge(n, 50);
	free(r);
}
END_TEST

/* All pairs of special values under all sixteen modes */
START_TEST(special_values_meet_in_all_pairs)
{
	static const u16 ops[] = {OP_ADDSD, OP_SUBSD, OP_MULSD, OP_DIVSD, OP_MINSD, OP_MAXSD, OP_UCOMISD, OP_COMISD,
		OP_ADDSS, OP_SUBSS, OP_MULSS, OP_DIVSS, OP_MINSS, OP_MAXSS, OP_UCOMISS, OP_COMISS};
	struct rig *r = rig_new();
	for (u32 i = 0; SIMD_HOST_FPU && i < ARRAY_LEN(ops) * 16; i++) {
		u16 op = ops[i / 16];
		bool is32 = takes32(op);
		u32 mode = i & 15, n = is32 ? ARRAY_LEN(special32) : ARRAY_LEN(special64);
		u32 mxcsr = MXCSR_MASKS | (mode & 3) << MXCSR_RC_SHIFT | (mode & 4 ? MXCSR_DAZ : 0) | (mode & 8 ? MXCSR_FTZ : 0);
		for (u32 k = 0; k < 4 * n * n; k++) {
			u32 x = k / 4 % n, y = k / 4 / n;
			u64 a = is32 ? special32[x] | (k & 1 ? 1u << 31 : 0) : special64[x] | (u64)(k & 1) << 63;
			u64 b = is32 ? special32[y] | (k & 2 ? 1u << 31 : 0) : special64[y] | (u64)(k >> 1 & 1) << 63;
			compare(r, op, simd_float(op), mxcsr, 0, simd_low(a), simd_low(b));
		}
	}
	free(r);
}
END_TEST

/* ---- MXCSR -------------------------------------------------------------------------------------------- */

/* The loan ends with the host's MXCSR as it was, and the guest's flags gathered. */
START_TEST(the_host_unit_comes_back_as_it_was)
{
	struct rig *r = rig_new();
	struct cpu *c = &r->c;
	if (SIMD_HOST_FPU) {
		double third = 1.0 / 3.0;
		c->simd.mxcsr = MXCSR_MASKS | MXCSR_RC;
		ck_assert(simd_enter(c));
		simd_float(OP_DIVSD)->host(simd_low(0x3ff0000000000000), simd_low(0x4008000000000000), 0, c);
		simd_host_off(c);
		ck_assert_uint_eq(c->simd.mxcsr, (MXCSR_MASKS | MXCSR_RC) | MXCSR_PE);
		volatile double one = 1.0, three = 3.0;
		ck_assert(one / three == third); /* to nearest again */
	}
	free(r);
}
END_TEST

START_TEST(an_unmasked_exception_keeps_the_portable_way)
{
	struct rig *r = rig_new();
	r->c.simd.mxcsr = MXCSR_RESET & ~(u32)(MXCSR_ZE << MXCSR_MASKS_SHIFT);
	ck_assert(!simd_enter(&r->c));
	free(r);
}
END_TEST

static int raise_flags(struct rig *r, u32 raised, u32 unmasked)
{
	r->c.simd.mxcsr = MXCSR_RESET & ~(unmasked << MXCSR_MASKS_SHIFT);
	r->c.simd_raised = raised;
	return simd_exceptions(&r->c);
}

/* SDM 1 11.5.1, 11.5.4; #UD: SDM 3A 13.1.3 */
START_TEST(unmasked_exceptions_fault_and_set_their_flags)
{
	struct rig *r = rig_new();
	ck_assert_int_eq(raise_flags(r, MXCSR_PE | MXCSR_IE, 0), 0);
	ck_assert_uint_eq(r->c.simd.mxcsr & MXCSR_FLAGS, MXCSR_PE | MXCSR_IE);
	ck_assert_int_eq(raise_flags(r, MXCSR_PE, MXCSR_PE), -1);
	ck_assert_int_eq(r->c.fault.vec, VEC_XM);
	ck_assert_int_eq(raise_flags(r, MXCSR_DE | MXCSR_PE | MXCSR_UE, MXCSR_DE), -1);
	ck_assert_uint_eq(r->c.simd.mxcsr & MXCSR_FLAGS, MXCSR_DE); /* found before computing: the others are not seen */
	r->s.cr4 &= ~(u64)CR4_OSXMMEXCPT;
	ck_assert_int_eq(raise_flags(r, MXCSR_ZE, MXCSR_ZE), -1);
	ck_assert_int_eq(r->c.fault.vec, VEC_UD);
	free(r);
}
END_TEST

/* ---- approximations -------------------------------------------------------------------------------------- */

static double as_double(u32 bits)
{
	float f;
	memcpy(&f, &bits, sizeof f);
	return f;
}

/* SDM 2B RCPPS, RSQRTPS: the relative error is at most 1.5 * 2^-12 */
START_TEST(approximations_are_as_close_as_promised)
{
	struct rig *r = rig_new();
	for (int i = 0; i < 200000; i++) {
		u32 b = (u32)next_random(r) & 0x7fffffff;
		if (b < 0x00800000 || b >= 0x7e800000)
			continue;
		double x = as_double(b), rcp = as_double(soft_rcp(b)) * x - 1, root = as_double(soft_rsqrt(b));
		double square = root * root * x - 1; /* twice the relative error */
		if (rcp > 1.5 / 4096 || rcp < -1.5 / 4096 || square > 3.0 / 4096 || square < -3.0 / 4096)
			ck_abort_msg("operand %08x", b);
	}
	ck_assert_uint_eq(soft_rcp(0x80000000), 0xff800000);
	ck_assert_uint_eq(soft_rcp(0x00000001), 0x7f800000); /* a denormal is a zero */
	ck_assert_uint_eq(soft_rcp(0xff800000), 0x80000000);
	ck_assert_uint_eq(soft_rsqrt(0x80000000), 0xff800000);
	ck_assert_uint_eq(soft_rsqrt(0xbf800000), 0xffc00000); /* negative: the indefinite */
	ck_assert_uint_eq(soft_rsqrt(0x7f800001), 0x7fc00001);
	free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("simd_paths");
	TCase *t = tcase_create("float");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, both_ways_give_the_same_bits_and_flags);
	tcase_add_test(t, special_values_meet_in_all_pairs);
	tcase_add_test(t, the_host_unit_comes_back_as_it_was);
	tcase_add_test(t, an_unmasked_exception_keeps_the_portable_way);
	tcase_add_test(t, unmasked_exceptions_fault_and_set_their_flags);
	tcase_add_test(t, approximations_are_as_close_as_promised);
	suite_add_tcase(s, t);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
