/* check_fpu.c - the x87 unit's surroundings: #NM, #MF, FERR#, environments, pointers, the stack; and some values.
 * Real mode, code at 0:100, operands at 0:3000, run by the loop. Sources: SDM 1 chapter 8, SDM 2A, SDM 3A 2.5.
 */
#include "cpu/block.h"
#include "cpu/flags.h"
#include "cpu/fpu/internal.h"
#include "tests/cpu/system_rig.h"

enum { DATA = 0x3000 };

struct fpu_rig {
	struct rig *r;
	struct cpu *c;
	int ferr, ferr_changes;
	bool faulted;
} g;

static void on_exception(void *opaque)
{
	(void)opaque;
	g.faulted = true;
	cpu_stop(g.c);
}

static void on_ferr(void *opaque, int level)
{
	(void)opaque;
	g.ferr = level;
	g.ferr_changes++;
}

static void setup(void)
{
	g = (struct fpu_rig){.r = rig_new()};
	g.c = &g.r->c;
	g.c->hooks.exception = on_exception;
	g.c->hooks.ferr = on_ferr;
	g.c->r[RBX] = DATA;
}

static void teardown(void)
{
	rig_free(g.r);
}

static void set_cr0(u64 bits)
{
	g.r->s.cr0 = CR0_ET | bits;
	ctx_update(g.c);
}

/* One instruction: the vector that it raises, or -1 */
static int run(const char *bytes, size_t n)
{
	memcpy(g.r->ram + 0x100, bytes, n);
	code_flush(g.c);
	g.c->ip = 0x100;
	g.c->attention = 0;
	g.faulted = false;
	cpu_run(g.c, g.c->count + 1);
	return g.faulted ? g.c->fault.vec : -1;
}
#define RUN(bytes) run(bytes, sizeof bytes - 1)
#define OK(bytes) ck_assert_int_eq(RUN(bytes), -1)

static u32 top(void)
{
	return g.c->fpu.sw >> 11 & 7;
}

static void assert_st(u32 i, u32 se, u64 mant)
{
	struct f80 v = fpu_get(g.c, i);
	ck_assert_uint_eq(v.se, se);
	ck_assert_uint_eq(v.mant, mant);
}

/* ---- #NM, #MF, FERR# ------------------------------------------------------------------------- */

/* SDM 3A table 2-2 */
START_TEST(em_and_ts_raise_nm)
{
	set_cr0(CR0_EM);
	ck_assert_int_eq(RUN("\xd9\xe8"), VEC_NM); /* FLD1 */
	ck_assert_int_eq(RUN("\xdb\xe3"), VEC_NM); /* FNINIT */
	ck_assert_int_eq(RUN("\x9b"), -1);
	set_cr0(CR0_TS);
	ck_assert_int_eq(RUN("\xd9\xe8"), VEC_NM);
	ck_assert_int_eq(RUN("\x9b"), -1);
	set_cr0(CR0_TS | CR0_MP);
	ck_assert_int_eq(RUN("\x9b"), VEC_NM);
	set_cr0(CR0_MP);
	ck_assert_int_eq(RUN("\x9b"), -1);
}
END_TEST

/* 1 / 0 with ZM clear: ES and B, nothing changed */
static void divide_by_zero(void)
{
	OK("\xdb\xe3");
	OK("\xd9\xe8"); /* FLD1 */
	OK("\xd9\xee"); /* FLDZ */
	store16(g.r->ram + DATA, 0x37b);
	OK("\xd9\x2f"); /* FLDCW [BX] */
	OK("\xd8\xf9"); /* FDIVR ST, ST(1) */
	ck_assert_uint_eq(g.c->fpu.sw & 0x80ff, 0x8084);
	assert_st(0, 0, 0);
}

/* SDM 1 8.6, 8.7 */
START_TEST(mf_comes_with_the_next_waiting_instruction)
{
	set_cr0(CR0_NE);
	divide_by_zero();
	OK("\xdf\xe0"); /* FNSTSW AX */
	ck_assert_uint_eq(g.c->r[RAX] & 0x80ff, 0x8084);
	OK("\xd9\x3f"); /* FNSTCW */
	ck_assert_int_eq(RUN("\xd9\xc9"), VEC_MF); /* FXCH */
	ck_assert_uint_eq(g.c->ip, 0x100);
	ck_assert(!g.c->fault.has_error);
	ck_assert_int_eq(RUN("\x9b"), VEC_MF);
	ck_assert_int_eq(RUN("\xd9\xd0"), VEC_MF); /* FNOP waits */
	ck_assert_int_eq(RUN("\xdb\xe0"), -1);     /* FENI does not */
	OK("\xdb\xe2");                            /* FNCLEX */
	OK("\xd9\xc9");
	ck_assert_int_eq(g.ferr_changes, 0);
}
END_TEST

/* SDM 1 8.1.5: unmasking an exception whose flag is set makes it pending */
START_TEST(fldcw_unmasks_a_recorded_exception)
{
	set_cr0(CR0_NE);
	OK("\xdb\xe3");
	OK("\xd9\xe8");
	OK("\xd9\xee");
	OK("\xd8\xf9");
	ck_assert_uint_eq(g.c->fpu.sw & 0x80ff, 4);
	store16(g.r->ram + DATA, 0x37b);
	OK("\xd9\x2f");
	ck_assert_uint_eq(g.c->fpu.sw & 0x80ff, 0x8084);
	ck_assert_int_eq(RUN("\x9b"), VEC_MF);
}
END_TEST

/* SDM 1 8.7.2, D.2 */
START_TEST(without_ne_the_processor_stands_still_until_ignne)
{
	set_cr0(0);
	divide_by_zero();
	ck_assert_int_eq(g.ferr, 1);
	u64 count = g.c->count;
	OK("\xd9\xe8"); /* FLD1 does not happen, time passes */
	ck_assert_uint_eq(g.c->ip, 0x100);
	ck_assert_uint_eq(g.c->count, count + 1);
	ck_assert_uint_eq(top(), 6);
	g.c->fpu_ignne = 1;
	OK("\xd9\xe8");
	ck_assert_uint_eq(top(), 5);
	ck_assert_int_eq(g.ferr, 1);
	OK("\xdb\xe2"); /* FNCLEX */
	ck_assert_int_eq(g.ferr, 0);
	ck_assert_int_eq(g.ferr_changes, 2);
}
END_TEST

/* ---- the register stack --------------------------------------------------------------------------- */

/* SDM 1 8.5.1.1 */
START_TEST(stack_faults_set_sf_and_c1)
{
	OK("\xdb\xe3");
	OK("\xd9\xe1"); /* FABS of an empty register */
	ck_assert_uint_eq(g.c->fpu.sw & 0x2ff, 0x41);
	assert_st(0, 0xffff, 0xc000000000000000);
	OK("\xdb\xe3");
	for (int i = 0; i < 8; i++)
		OK("\xd9\xe8");
	ck_assert_uint_eq(g.c->fpu.sw, 0);
	OK("\xd9\xe8");
	ck_assert_uint_eq(g.c->fpu.sw & 0x2ff, 0x241);
	ck_assert_uint_eq(top(), 7);
	assert_st(0, 0xffff, 0xc000000000000000);
}
END_TEST

/* SDM 3A table 9-1 */
START_TEST(reset_leaves_zeros_in_full_registers)
{
	ck_assert_uint_eq(g.c->fpu.cw, 0x40);
	ck_assert_uint_eq(g.c->fpu.sw, 0);
	ck_assert_uint_eq(g.c->fpu.valid, 0xff);
	assert_st(3, 0, 0);
}
END_TEST

/* ---- environments: SDM 1 figures 8-9 to 8-12 --------------------------------------------------------- */

static void prepare_environment(void)
{
	OK("\xdb\xe3");
	OK("\xd9\xe8");
	OK("\xd9\xee");
	OK("\xd8\x07"); /* FADD dword [BX] of 0: FOP 007, FDP 3000 */
}

START_TEST(the_16_bit_real_environment_has_linear_pointers)
{
	store32(g.r->ram + DATA, 0);
	seg_load_real(&g.r->s, SEG_DS, 0x1200);
	memset(g.r->ram + 0x12000 + DATA, 0, 64);
	ctx_update(g.c);
	prepare_environment();
	OK("\xd9\x37"); /* FNSTENV [BX] */
	const u8 *m = g.r->ram + 0x12000 + DATA;
	static const u16 want[7] = {0x37f, 0x3000, 0x1fff, 0x0100, 0x0007, 0x5000, 0x1000}; /* R7 1: valid, R6 0: zero */
	for (int i = 0; i < 7; i++)
		ck_assert_uint_eq(load16(m + 2 * i), want[i]);
	ck_assert_uint_eq(g.c->fpu.cw, 0x37f);
}
END_TEST

START_TEST(the_32_bit_real_environment_pads_with_ones)
{
	store32(g.r->ram + DATA, 0);
	prepare_environment();
	OK("\x66\xd9\x37");
	static const u32 want[7] = {0xffff037f, 0xffff3000, 0xffff1fff, 0xffff0100, 0x00000007, 0xffff3000, 0};
	for (int i = 0; i < 7; i++)
		ck_assert_uint_eq(load32(g.r->ram + DATA + 4 * i), want[i]);
}
END_TEST

START_TEST(protected_environments_have_selectors)
{
	rig_free(g.r);
	g.r = rig_new_protected(0);
	g.c = &g.r->c;
	g.c->hooks.exception = on_exception;
	g.c->r[RBX] = DATA;
	g.c->r[RDI] = DATA;
	store32(g.r->ram + DATA, 0);
	OK("\xdb\xe3");
	OK("\xd9\xe8");
	OK("\xd8\x03"); /* FADD dword [EBX] */
	u16 cs = g.r->s.seg[SEG_CS].sel, ds = g.r->s.seg[SEG_DS].sel;
	OK("\xd9\x33"); /* FNSTENV [EBX] */
	const u8 *m = g.r->ram + DATA;
	ck_assert_uint_eq(load32(m + 12), 0x100);
	ck_assert_uint_eq(load32(m + 16), 0x00030000u | cs);
	ck_assert_uint_eq(load32(m + 20), DATA);
	ck_assert_uint_eq(load32(m + 24), 0xffff0000u | ds);
	OK("\x66\xd9\x33");
	ck_assert_uint_eq(load16(m + 8), cs);
	ck_assert_uint_eq(load16(m + 10), DATA);
	ck_assert_uint_eq(load16(m + 12), ds);
}
END_TEST

START_TEST(frstor_brings_back_what_fnsave_stored)
{
	prepare_environment();
	OK("\xd9\xeb"); /* FLDPI */
	struct fpu before = g.c->fpu;
	OK("\xdd\x37"); /* FNSAVE [BX] */
	ck_assert_uint_eq(g.c->fpu.cw, 0x37f);
	ck_assert_uint_eq(g.c->fpu.valid, 0);
	OK("\xdd\x27"); /* FRSTOR [BX] */
	ck_assert_mem_eq(g.c->fpu.r, before.r, sizeof before.r);
	ck_assert_uint_eq(g.c->fpu.sw, before.sw);
	ck_assert_uint_eq(g.c->fpu.valid, before.valid);
	ck_assert_uint_eq(g.c->fpu.fip, before.fip);
	ck_assert_uint_eq(g.c->fpu.fop, before.fop);
}
END_TEST

/* A store that cannot be finished changes neither memory nor the unit. */
START_TEST(fnsave_over_the_limit_stores_nothing)
{
	prepare_environment();
	struct fpu before = g.c->fpu;
	memset(g.r->ram + 0xffc0, 0xaa, 0x40);
	g.c->r[RBX] = 0xffc0;
	g.r->s.seg[SEG_DS].limit = 0xffdf;
	ctx_update(g.c);
	ck_assert_int_eq(RUN("\xdd\x37"), VEC_GP);
	ck_assert_uint_eq(g.r->ram[0xffc0], 0xaa);
	ck_assert_mem_eq(&g.c->fpu, &before, sizeof before);
}
END_TEST

/* ---- values -------------------------------------------------------------------------------------------- */

static void load(u32 se, u64 mant)
{
	store64(g.r->ram + DATA, mant);
	store16(g.r->ram + DATA + 8, (u16)se);
	OK("\xdb\x2f"); /* FLD tword [BX] */
}

/* SDM 2A FLDPI ...: rounded as RC says */
START_TEST(constants_follow_the_rounding_mode)
{
	OK("\xdb\xe3");
	OK("\xd9\xeb");
	assert_st(0, 0x4000, 0xc90fdaa22168c235);
	g.c->fpu.cw = 0x77f; /* down */
	OK("\xd9\xeb");
	assert_st(0, 0x4000, 0xc90fdaa22168c234);
	g.c->fpu.cw = 0xb7f; /* up */
	OK("\xd9\xe9");
	assert_st(0, 0x4000, 0xd49a784bcd1b8aff); /* FLDL2T */
}
END_TEST

/* SDM 1 8.3.8: arguments of 2^63 and more are left to software */
START_TEST(trigonometry_refuses_large_arguments)
{
	OK("\xdb\xe3");
	load(0x3fff + 63, F80_TOP);
	OK("\xd9\xfe"); /* FSIN */
	ck_assert_uint_eq(g.c->fpu.sw & FSW_C2, FSW_C2);
	assert_st(0, 0x3fff + 63, F80_TOP);
	OK("\xd9\xf2"); /* FPTAN pushes nothing */
	ck_assert_uint_eq(top(), 7);
}
END_TEST

/* Rounded to nearest from a computation with 320 bits */
START_TEST(transcendental_functions_are_correctly_rounded)
{
	OK("\xdb\xe3");
	load(0x3fff, F80_TOP);
	OK("\xd9\xfb"); /* FSINCOS of 1 */
	assert_st(0, 0x3ffe, 0x8a51407da8345c92);
	assert_st(1, 0x3ffe, 0xd76aa47848677021);
	OK("\xdb\xe3");
	OK("\xd9\xe8");
	load(0x4000, 0xc000000000000000);
	OK("\xd9\xf1"); /* FYL2X: log2(3) */
	assert_st(0, 0x3fff, 0xcae00d1cfdeb43d0);
	OK("\xdb\xe3");
	OK("\xd9\xe8");
	load(0x4000, 0xc000000000000000);
	OK("\xd9\xf3"); /* FPATAN: atan(1/3) */
	assert_st(0, 0x3ffd, 0xa4bc7d1934f70924);
	OK("\xdb\xe3");
	load(0x3ffe, F80_TOP);
	OK("\xd9\xf0"); /* F2XM1: 2^(1/2) - 1 */
	assert_st(0, 0x3ffd, 0xd413cccfe7799211);
	OK("\xdb\xe3");
	OK("\xd9\xe8");
	load(0x3ff5, F80_TOP);
	OK("\xd9\xf9"); /* FYL2XP1: log2(1 + 2^-10) */
	assert_st(0, 0x3ff5, 0xb89329ba1fa2a0fd);
}
END_TEST

/* SDM 2A FIST: with RC, the indefinite when out of range */
START_TEST(fistp_rounds_and_saturates_to_the_indefinite)
{
	OK("\xdb\xe3");
	load(0x4000, 0xa000000000000000); /* 2.5 */
	OK("\xdf\x1f");                   /* FISTP word [BX]: to even */
	ck_assert_uint_eq(load16(g.r->ram + DATA), 2);
	load(0x3fff + 15, F80_TOP); /* 32768 */
	OK("\xdf\x1f");
	ck_assert_uint_eq(load16(g.r->ram + DATA), 0x8000);
	ck_assert_uint_eq(g.c->fpu.sw & 0x3f, FSW_IE | FSW_PE);
	load(0xbfff + 15, F80_TOP); /* -32768 */
	OK("\xdb\xe2");
	OK("\xdf\x1f");
	ck_assert_uint_eq(load16(g.r->ram + DATA), 0x8000);
	ck_assert_uint_eq(g.c->fpu.sw & 0x3f, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fpu");
	TCase *t = tcase_create("fpu");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, em_and_ts_raise_nm);
	tcase_add_test(t, mf_comes_with_the_next_waiting_instruction);
	tcase_add_test(t, fldcw_unmasks_a_recorded_exception);
	tcase_add_test(t, without_ne_the_processor_stands_still_until_ignne);
	tcase_add_test(t, stack_faults_set_sf_and_c1);
	tcase_add_test(t, reset_leaves_zeros_in_full_registers);
	tcase_add_test(t, the_16_bit_real_environment_has_linear_pointers);
	tcase_add_test(t, the_32_bit_real_environment_pads_with_ones);
	tcase_add_test(t, protected_environments_have_selectors);
	tcase_add_test(t, frstor_brings_back_what_fnsave_stored);
	tcase_add_test(t, fnsave_over_the_limit_stores_nothing);
	tcase_add_test(t, constants_follow_the_rounding_mode);
	tcase_add_test(t, trigonometry_refuses_large_arguments);
	tcase_add_test(t, transcendental_functions_are_correctly_rounded);
	tcase_add_test(t, fistp_rounds_and_saturates_to_the_indefinite);
	suite_add_tcase(s, t);
	return rig_main(s);
}
