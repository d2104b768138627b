/* check_critical.c - -cpu ...,critical=trap: docs/virtualization.md 3. An instruction that it names raises #GP(0) above
 * ring 0 of protected mode and in virtual-8086 mode, whatever IOPL says, and before its operand is looked at.
 */
#include "cpu/block.h"
#include "tests/cpu/system_rig.h"

static struct fault seen;
static int nseen;

static void on_exception(void *opaque)
{
	struct rig *r = opaque;
	seen = r->c.fault;
	nseen++;
}

/* Runs one instruction; the exception, or -1. */
static int run(struct rig *r, const struct cpu_model *m, const char *bytes, size_t n)
{
	u64 lin = r->s.seg[SEG_CS].base + 0x100;
	memset(r->ram + lin, 0x90, 32);
	memcpy(r->ram + lin, bytes, n);
	r->c.model = m;
	r->c.hooks.exception = on_exception;
	r->c.ip = 0x100;
	code_flush(&r->c);
	nseen = 0;
	cpu_run(&r->c, r->c.count + 1);
	return nseen ? seen.vec : -1;
}

static struct cpu_model model(const char *text)
{
	struct cpu_model m;
	char error[512];
	ck_assert_msg(!cpu_model_parse(text, &m, error, sizeof error), "%s", error);
	return m;
}

static bool is_critical_fault(void)
{
	return seen.vec == VEC_GP && seen.has_error && seen.error == 0 && strstr(seen.why, "critical");
}

static const struct {
	const char *bytes;
	size_t n;
} critical[] = {
	{"\x9d", 1} /* POPF */, {"\x9c", 1} /* PUSHF */, {"\x0f\x01\x05\x00\x00\x00\x00", 7} /* SGDT [0] */,
	{"\x0f\x00\xc8", 3} /* STR EAX */, {"\x8c\xc8", 2} /* MOV EAX, CS */, {"\x8e\xd8", 2} /* MOV DS, EAX */, {"\x1e", 1} /* PUSH DS */,
	{"\xcf", 1} /* IRET */, {"\xcb", 1} /* RETF */, {"\xcd\x30", 2} /* INT 30h */, {"\xcc", 1} /* INT3 */,
	{"\x0f\x02\xc1", 3} /* LAR EAX, ECX */, {"\xd9\x35\x00\x00\x00\x00", 6} /* FNSTENV [0] */,
	{"\x0f\xae\x05\x04\x00\x00\x00", 7} /* FXSAVE [4]: its alignment is not looked at */, {"\xfa", 1} /* CLI */,
};

START_TEST(critical_instructions_fault_above_ring_0)
{
	struct cpu_model m = model("max,critical=trap");
	for (int cpl = 1; cpl <= 3; cpl++)
		for (size_t i = 0; i < ARRAY_LEN(critical); i++) {
			struct rig *r = rig_new_protected(cpl);
			r->s.eflags |= EF_IOPL;
			run(r, &m, critical[i].bytes, critical[i].n);
			ck_assert_msg(is_critical_fault(), "number %zu in ring %d: %s", i, cpl, seen.why);
			ck_assert_uint_eq(r->c.ip, 0x100);
			rig_free(r);
		}
}
END_TEST

START_TEST(ring_0_and_real_mode_know_nothing_of_it)
{
	struct cpu_model m = model("max,critical=trap");
	struct rig *r = rig_new_protected(0);
	ck_assert_int_eq(run(r, &m, "\x9c", 1), -1);
	ck_assert_int_eq(run(r, &m, "\x8c\xc8", 2), -1);
	ck_assert_int_eq(run(r, &m, "\xd9\x35\x00\x00\x01\x00", 6), -1);
	rig_free(r);
	r = rig_new();
	ck_assert_int_eq(run(r, &m, "\x9c", 1), -1);
	ck_assert_int_eq(run(r, &m, "\x1e", 1), -1);
	rig_free(r);
}
END_TEST

START_TEST(without_the_option_nothing_faults)
{
	struct cpu_model m = model("max");
	struct rig *r = rig_new_protected(3);
	ck_assert_int_eq(run(r, &m, "\x9c", 1), -1);
	ck_assert_int_eq(run(r, &m, "\x8c\xc8", 2), -1);
	rig_free(r);
}
END_TEST

START_TEST(in_v86_mode_they_fault_with_iopl_3_and_segments_do_not)
{
	struct cpu_model m = model("max,critical=trap");
	struct rig *r = rig_new_v86(3);
	static const char *const faulting[] = {"\x9c", "\x9d", "\xfa", "\xfb", "\xcf", "\xcc", "\xcd\x30"};
	for (size_t i = 0; i < ARRAY_LEN(faulting); i++) {
		run(r, &m, faulting[i], strlen(faulting[i]));
		ck_assert_msg(is_critical_fault(), "number %zu", i);
	}
	ck_assert_int_eq(run(r, &m, "\x1e", 1), -1);     /* PUSH DS */
	ck_assert_int_eq(run(r, &m, "\x8e\xd8", 2), -1); /* MOV DS, AX */
	ck_assert_int_eq(run(r, &m, "\x0f\x02\xc1", 3), VEC_UD); /* LAR: not recognised, SDM 3A 20.1.3 */
	rig_free(r);
}
END_TEST

START_TEST(only_what_is_named_faults)
{
	struct cpu_model m = model("pentium,critical=trap:popf,IRETD,+mmx,critical=trap:LSS");
	struct rig *r = rig_new_protected(3);
	ck_assert_int_eq(run(r, &m, "\x9d", 1), VEC_GP);
	ck_assert(is_critical_fault());
	run(r, &m, "\xcf", 1);
	ck_assert(is_critical_fault());
	run(r, &m, "\x0f\xb2\x05\x00\x00\x01\x00", 7); /* LSS EAX, [10000h] */
	ck_assert(is_critical_fault());
	ck_assert_int_eq(run(r, &m, "\x9c", 1), -1);
	ck_assert(m.isa >> ISA_MMX & 1);
	rig_free(r);
}
END_TEST

START_TEST(an_add_is_no_critical_instruction)
{
	struct cpu_model m;
	char error[512];
	ck_assert_int_eq(cpu_model_parse("max,critical=trap:POPF,ADD", &m, error, sizeof error), -1);
	ck_assert_ptr_nonnull(strstr(error, "'ADD' is not a critical instruction"));
	ck_assert_int_eq(cpu_model_parse("max,critical=maybe", &m, error, sizeof error), -1);
	ck_assert_int_eq(cpu_model_parse("max,critical=trap:", &m, error, sizeof error), -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("critical");
	TCase *t = tcase_create("critical");
	tcase_add_test(t, critical_instructions_fault_above_ring_0);
	tcase_add_test(t, ring_0_and_real_mode_know_nothing_of_it);
	tcase_add_test(t, without_the_option_nothing_faults);
	tcase_add_test(t, in_v86_mode_they_fault_with_iopl_3_and_segments_do_not);
	tcase_add_test(t, only_what_is_named_faults);
	tcase_add_test(t, an_add_is_no_critical_instruction);
	suite_add_tcase(s, t);
	return rig_main(s);
}
