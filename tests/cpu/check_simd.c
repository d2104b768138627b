/* check_simd.c - vector and BMI instructions where recorded vectors of user code do not reach: CR0 and CR4, models,
 * real mode, FXSAVE without OSFXSR, breakpoints (SDM 3A chapter 13, SDM 2 by mnemonic). And "-cpu" itself.
 */
#include <stdio.h>

#include "cpu/block.h"
#include "cpu/lower.h"
#include "tests/cpu/system_rig.h"

static void stop_at_exception(void *opaque)
{
	struct rig *r = opaque;
	cpu_stop(&r->c);
}

/* Protected mode at ring 0, everything there, CR4.OSFXSR and OSXMMEXCPT set; code at 6000. */
static struct rig *rig_simd(const char *model_text, struct cpu_model *model)
{
	char error[200] = "";
	struct rig *r = rig_new_protected(0);
	ck_assert_msg(cpu_model_parse(model_text, model, error, sizeof error) == 0, "%s", error);
	r->c.model = model;
	r->c.hooks.exception = stop_at_exception;
	r->s.cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
	ctx_update(&r->c);
	return r;
}

/* Runs one instruction; returns the vector of its exception, or -1. */
static int run_bytes(struct rig *r, const char *bytes, size_t n)
{
	code_flush(&r->c);
	memcpy(r->ram + AT_CODE, bytes, n);
	r->c.ip = AT_CODE;
	r->c.attention = 0;
	r->c.faulted = 0;
	memset(&r->c.fault, 0, sizeof r->c.fault);
	ctx_update(&r->c);
	cpu_run(&r->c, r->c.count + 1);
	if (!r->c.fault.why)
		ck_assert_uint_eq(r->c.ip, AT_CODE + n);
	return r->c.fault.why ? r->c.fault.vec : -1;
}
#define RUN(r, bytes) run_bytes(r, bytes, sizeof bytes - 1)

#define PADDB_MM "\x0f\xfc\xc1"          /* PADDB MM0, MM1 */
#define PADDB_XMM "\x66\x0f\xfc\xc1"     /* PADDB XMM0, XMM1 */
#define ADDPS "\x0f\x58\xc1"             /* ADDPS XMM0, XMM1 */
#define MOVUPS_STORE "\x0f\x11\x07"      /* MOVUPS [EDI], XMM0 */
#define MOVAPS_STORE "\x0f\x29\x07"      /* MOVAPS [EDI], XMM0 */
#define FXSAVE "\x0f\xae\x07"            /* FXSAVE [EDI] */
#define FXRSTOR "\x0f\xae\x0f"           /* FXRSTOR [EDI] */
#define LDMXCSR "\x0f\xae\x17"           /* LDMXCSR [EDI] */
#define STMXCSR "\x0f\xae\x1f"           /* STMXCSR [EDI] */
#define EMMS "\x0f\x77"
#define ANDN "\xc4\xe2\x70\xf2\xc2"      /* ANDN EAX, ECX, EDX */

/* ---- CR0, CR4: SDM 3A table 13-1 and 2.5, 12.1 ---------------------------------------------------- */

START_TEST(cr0_em_makes_vector_instructions_undefined)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->s.cr0 |= CR0_EM | CR0_TS;
	ck_assert_int_eq(RUN(r, PADDB_MM), VEC_UD);
	ck_assert_int_eq(RUN(r, PADDB_XMM), VEC_UD);
	ck_assert_int_eq(RUN(r, ADDPS), VEC_UD);
	ck_assert_int_eq(RUN(r, EMMS), VEC_UD);
	ck_assert_int_eq(RUN(r, STMXCSR), VEC_UD);
	r->c.r[RDI] = 0x8000;
	ck_assert_int_eq(RUN(r, FXSAVE), VEC_NM); /* SDM 2A FXSAVE: #NM by EM, too */
	ck_assert_int_eq(RUN(r, ANDN), -1);       /* no vector state */
	rig_free(r);
}
END_TEST

START_TEST(cr0_ts_raises_nm)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->c.r[RDI] = 0x8000;
	ck_assert_int_eq(RUN(r, ADDPS), -1);
	r->s.cr0 |= CR0_TS;
	ck_assert_int_eq(RUN(r, PADDB_MM), VEC_NM);
	ck_assert_int_eq(RUN(r, ADDPS), VEC_NM); /* also from a handler that ran before */
	ck_assert_int_eq(RUN(r, MOVUPS_STORE), VEC_NM);
	ck_assert_int_eq(RUN(r, FXRSTOR), VEC_NM);
	ck_assert_int_eq(RUN(r, LDMXCSR), VEC_NM);
	rig_free(r);
}
END_TEST

START_TEST(without_osfxsr_only_mmx_runs)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->s.cr4 &= ~(u64)CR4_OSFXSR;
	ck_assert_int_eq(RUN(r, PADDB_XMM), VEC_UD);
	ck_assert_int_eq(RUN(r, ADDPS), VEC_UD);
	ck_assert_int_eq(RUN(r, STMXCSR), VEC_UD);
	ck_assert_int_eq(RUN(r, PADDB_MM), -1);
	ck_assert_uint_eq(r->c.fpu.valid, 0xff);
	ck_assert_int_eq(RUN(r, EMMS), -1);
	ck_assert_uint_eq(r->c.fpu.valid, 0);
	rig_free(r);
}
END_TEST

/* SDM 1 9.3.5: an MMX instruction takes over a pending x87 exception */
START_TEST(mmx_raises_a_pending_x87_exception)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->s.cr0 |= CR0_NE;
	r->c.fpu.cw = 0x37e;
	r->c.fpu.sw = 0x8081; /* IE, unmasked */
	ck_assert_int_eq(RUN(r, PADDB_MM), VEC_MF);
	ck_assert_int_eq(RUN(r, EMMS), VEC_MF);
	ck_assert_int_eq(RUN(r, PADDB_XMM), -1);
	rig_free(r);
}
END_TEST

/* SDM 3A 13.1.3 */
START_TEST(without_osxmmexcpt_a_simd_exception_is_undefined)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->c.simd.mxcsr = 0x1f00; /* IM clear */
	for (int i = 0; i < 4; i++)
		r->c.simd.xmm[1].d[i] = 0x7f800001; /* signalling */
	ck_assert_int_eq(RUN(r, ADDPS), VEC_XM);
	ck_assert_uint_eq(r->c.simd.mxcsr, 0x1f01);
	r->s.cr4 &= ~(u64)CR4_OSXMMEXCPT;
	ck_assert_int_eq(RUN(r, ADDPS), VEC_UD);
	rig_free(r);
}
END_TEST

/* ---- state ---------------------------------------------------------------------------------------------- */

/* SDM 1 10.5.1, 10.5.2 */
START_TEST(fxsave_leaves_the_rest_of_its_image_and_fxrstor_reads_it)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	memset(r->ram + 0x8000, 0xcc, 512);
	r->c.r[RDI] = 0x8000;
	r->c.fpu.cw = 0x37f;
	r->c.fpu.sw = 3 << 11;
	r->c.fpu.valid = 0x18;
	r->c.fpu.r[3].mant = 0x8123456789abcdef; /* ST(0) */
	r->c.fpu.r[3].se = 0xc001;
	r->c.simd.mxcsr = 0x1fa0;
	r->c.simd.xmm[7].q[1] = 0x1122334455667788;
	ck_assert_int_eq(RUN(r, FXSAVE), -1);
	ck_assert_uint_eq(load16(r->ram + 0x8000), 0x37f);
	ck_assert_uint_eq(r->ram[0x8004], 0x18);
	ck_assert_uint_eq(load32(r->ram + 0x8018), 0x1fa0);
	ck_assert_uint_eq(load32(r->ram + 0x801c), 0xffff);
	ck_assert_uint_eq(load64(r->ram + 0x8020), 0x8123456789abcdef);
	ck_assert_uint_eq(load16(r->ram + 0x8028), 0xc001);
	ck_assert_uint_eq(load64(r->ram + 0x8118), 0x1122334455667788);
	ck_assert_uint_eq(load64(r->ram + 0x8120), 0xcccccccccccccccc);
	memset(&r->c.simd, 0, sizeof r->c.simd);
	memset(&r->c.fpu, 0, sizeof r->c.fpu);
	ck_assert_int_eq(RUN(r, FXRSTOR), -1);
	ck_assert_uint_eq(r->c.fpu.r[3].se, 0xc001);
	ck_assert_uint_eq(r->c.fpu.valid, 0x18);
	ck_assert_uint_eq(r->c.simd.mxcsr, 0x1fa0);
	ck_assert_uint_eq(r->c.simd.xmm[7].q[1], 0x1122334455667788);
	rig_free(r);
}
END_TEST

/* SDM 3A 2.5, CR4.OSFXSR */
START_TEST(without_osfxsr_fxsave_leaves_mxcsr_and_xmm_out)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->s.cr4 &= ~(u64)CR4_OSFXSR;
	memset(r->ram + 0x8000, 0xcc, 512);
	r->c.r[RDI] = 0x8000;
	ck_assert_int_eq(RUN(r, FXSAVE), -1);
	ck_assert_uint_eq(load64(r->ram + 0x8018), 0xcccccccccccccccc);
	ck_assert_uint_eq(load64(r->ram + 0x80a0), 0xcccccccccccccccc);
	r->c.simd.mxcsr = 0x1f80;
	ck_assert_int_eq(RUN(r, FXRSTOR), -1); /* the reserved bits there do not count */
	ck_assert_uint_eq(r->c.simd.mxcsr, 0x1f80);
	rig_free(r);
}
END_TEST

START_TEST(reserved_bits_of_mxcsr_raise_gp)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->c.r[RDI] = 0x8000;
	store32(r->ram + 0x8000, 0x11f80);
	ck_assert_int_eq(RUN(r, LDMXCSR), VEC_GP);
	ck_assert_uint_eq(r->c.simd.mxcsr, 0x1f80);
	memset(r->ram + 0x8000, 0, 512);
	store32(r->ram + 0x8018, 0x80000000);
	r->c.fpu.cw = 0x37f;
	ck_assert_int_eq(RUN(r, FXRSTOR), VEC_GP);
	ck_assert_uint_eq(r->c.fpu.cw, 0x37f); /* nothing has changed */
	rig_free(r);
}
END_TEST

/* The host's unit holds the flags until somebody looks. */
START_TEST(stmxcsr_shows_the_flags_of_what_ran_before)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	static const char program[] = "\x0f\x5e\xc1" "\x0f\xae\x1f"; /* DIVPS XMM0, XMM1; STMXCSR [EDI] */
	r->c.r[RDI] = 0x8000;
	for (int i = 0; i < 4; i++) {
		r->c.simd.xmm[0].d[i] = 0x3f800000;
		r->c.simd.xmm[1].d[i] = i == 2 ? 0 : 0x40400000; /* 3, and a zero */
	}
	memcpy(r->ram + AT_CODE, program, sizeof program - 1);
	r->c.ip = AT_CODE;
	cpu_run(&r->c, r->c.count + 2);
	ck_assert_uint_eq(load32(r->ram + 0x8000), 0x1fa4); /* PE, ZE */
	ck_assert_uint_eq(r->c.simd.mxcsr, 0x1fa4);
	ck_assert_uint_eq(r->c.simd.xmm[0].d[0], 0x3eaaaaab);
	ck_assert_uint_eq(r->c.simd.xmm[0].d[2], 0x7f800000);
	rig_free(r);
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------- */

START_TEST(a_misaligned_16_byte_operand_raises_gp)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->c.r[RDI] = 0x8008;
	r->c.simd.xmm[0].q[0] = 0x0102030405060708;
	ck_assert_int_eq(RUN(r, MOVAPS_STORE), VEC_GP);
	ck_assert_uint_eq(load64(r->ram + 0x8008), 0);
	ck_assert_int_eq(RUN(r, MOVUPS_STORE), -1);
	ck_assert_uint_eq(load64(r->ram + 0x8008), 0x0102030405060708);
	ck_assert_int_eq(RUN(r, FXSAVE), VEC_GP);
	rig_free(r);
}
END_TEST

/* SDM 3B 17.2.5: a breakpoint lies anywhere in the operand */
START_TEST(a_data_breakpoint_sees_all_16_bytes)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->c.r[RDI] = 0x8000;
	r->s.dr[0] = 0x800c;
	r->s.dr[7] = 0x400 | 1 | 0xdu << 16; /* write, 4 bytes */
	ck_assert_int_eq(RUN(r, MOVAPS_STORE), VEC_DB);
	ck_assert_uint_eq(r->c.fault.dr6, 1);
	r->s.dr[0] = 0x8010;
	ck_assert_int_eq(RUN(r, MOVAPS_STORE), -1);
	rig_free(r);
}
END_TEST

/* ---- VEX, models ------------------------------------------------------------------------------------------- */

/* SDM 2A 2.3.9, ANDN: no VEX in real and virtual-8086 mode */
START_TEST(vex_exists_in_protected_mode_only)
{
	struct cpu_model m;
	struct rig *r = rig_simd("max", &m);
	r->c.r[RCX] = 0xf0;
	r->c.r[RDX] = 0xff;
	ck_assert_int_eq(RUN(r, ANDN), -1);
	ck_assert_uint_eq(r->c.r[RAX], 0x0f);
	rig_free(r);
	r = rig_new();
	r->c.model = &m;
	r->c.hooks.exception = stop_at_exception;
	ck_assert_int_eq(RUN(r, ANDN), VEC_UD);
	r->c.r[RSI] = 0x500;
	store16(r->ram + 0x500, 0x1234);
	ck_assert_int_eq(RUN(r, "\xc4\x04"), -1); /* LES AX, [SI] */
	ck_assert_uint_eq((u16)r->c.r[RAX], 0x1234);
	rig_free(r);
}
END_TEST

START_TEST(what_a_model_does_not_announce_is_undefined)
{
	static const struct {
		const char *model, *bytes;
		size_t n;
		int vec;
	} rows[] = {
		{"486", "\x0f\xfc\xc1", 3, VEC_UD},          {"pentiummmx", "\x0f\xfc\xc1", 3, -1},
		{"pentiummmx", "\x0f\x58\xc1", 3, VEC_UD},   {"pentium3", "\x0f\x58\xc1", 3, -1},
		{"pentium3", "\x66\x0f\xfc\xc1", 4, VEC_UD}, {"core2", "\x66\x0f\xfc\xc1", 4, -1},
		{"core2", "\x66\x0f\x38\x17\xc1", 5, VEC_UD} /* PTEST */,
		{"max", "\x66\x0f\x38\x17\xc1", 5, -1},      {"max,-sse4.1", "\x66\x0f\x38\x17\xc1", 5, VEC_UD},
		{"core2,+aes", "\x66\x0f\x38\xdc\xc1", 5, -1}, {"max,-aes", "\x66\x0f\x38\xdc\xc1", 5, VEC_UD},
		{"max", ANDN, 5, -1},                        {"max,-bmi1", ANDN, 5, VEC_UD},
		{"max", "\x0f\x38\xc8\xc1", 4, -1},          {"max,-sse2", "\x0f\x38\xc8\xc1", 4, VEC_UD}, /* SHA1NEXTE */
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cpu_model m;
		struct rig *r = rig_simd(rows[i].model, &m);
		ck_assert_msg(run_bytes(r, rows[i].bytes, rows[i].n) == rows[i].vec, "row %zu", i);
		rig_free(r);
	}
}
END_TEST

START_TEST(a_feature_brings_what_it_needs_and_takes_what_needs_it)
{
	struct cpu_model m;
	char error[200];
	ck_assert_int_eq(cpu_model_parse("pentium,+sse2", &m, error, sizeof error), 0);
	ck_assert_uint_eq(m.f1_edx & (7u << 24 | CPUID_MMX), 7u << 24 | CPUID_MMX); /* FXSR SSE SSE2 */
	ck_assert_int_eq(cpu_model_parse("max,-sse", &m, error, sizeof error), 0);
	ck_assert_uint_eq(m.f1_edx & (CPUID_SSE | CPUID_SSE2), 0);
	ck_assert_uint_eq(m.f1_ecx & ~(u32)(CPUID1_MOVBE | CPUID1_POPCNT | CPUID1_TSC_DEADLINE), 0);
	ck_assert_uint_eq(m.f7_ebx & CPUID7_SHA, 0);
	ck_assert(m.isa >> ISA_MMX & 1 && !(m.isa >> ISA_AES & 1));
	ck_assert_int_eq(cpu_model_parse("486,+bmi2,+nx", &m, error, sizeof error), 0);
	ck_assert_uint_eq(cpuid(&m, 0, 0, 0).eax, 7);
	ck_assert_uint_eq(cpuid(&m, 0, 7, 0).ebx, CPUID7_BMI2);
	ck_assert_uint_eq(cpuid(&m, 0, 0x80000001, 0).edx, CPUIDE_NX);
}
END_TEST

START_TEST(wrong_models_and_features_are_reported)
{
	struct cpu_model m;
	char error[200];
	ck_assert_int_eq(cpu_model_parse("i7", &m, error, sizeof error), -1);
	ck_assert_str_eq(error, "no processor model 'i7'; there are 486, pentium, pentiummmx, pentium3, atom, core2, max");
	ck_assert_int_eq(cpu_model_parse("max,+avx", &m, error, sizeof error), -1);
	ck_assert_str_eq(error, "'+avx' is not + or - and a processor feature");
	ck_assert_int_eq(cpu_model_parse("max,", &m, error, sizeof error), -1);
	ck_assert_int_eq(cpu_model_parse("max,sse", &m, error, sizeof error), -1);
	ck_assert_int_eq(cpu_model_parse("", &m, error, sizeof error), -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("simd");
	TCase *t = tcase_create("simd");
	tcase_add_test(t, cr0_em_makes_vector_instructions_undefined);
	tcase_add_test(t, cr0_ts_raises_nm);
	tcase_add_test(t, without_osfxsr_only_mmx_runs);
	tcase_add_test(t, mmx_raises_a_pending_x87_exception);
	tcase_add_test(t, without_osxmmexcpt_a_simd_exception_is_undefined);
	tcase_add_test(t, fxsave_leaves_the_rest_of_its_image_and_fxrstor_reads_it);
	tcase_add_test(t, without_osfxsr_fxsave_leaves_mxcsr_and_xmm_out);
	tcase_add_test(t, reserved_bits_of_mxcsr_raise_gp);
	tcase_add_test(t, stmxcsr_shows_the_flags_of_what_ran_before);
	tcase_add_test(t, a_misaligned_16_byte_operand_raises_gp);
	tcase_add_test(t, a_data_breakpoint_sees_all_16_bytes);
	tcase_add_test(t, vex_exists_in_protected_mode_only);
	tcase_add_test(t, what_a_model_does_not_announce_is_undefined);
	tcase_add_test(t, a_feature_brings_what_it_needs_and_takes_what_needs_it);
	tcase_add_test(t, wrong_models_and_features_are_reported);
	suite_add_tcase(s, t);
	return rig_main(s);
}
