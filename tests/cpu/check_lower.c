/* check_lower.c - which handler an instruction gets, where that depends on more than its row.
 * Real mode, one instruction at 0:100, run by the loop.
 */
#include "tests/cpu/system_rig.h"

static void run_bytes(struct rig *r, const char *bytes, size_t n)
{
	memcpy(r->ram + 0x100, bytes, n);
	r->c.ip = 0x100;
	cpu_run(&r->c, r->c.count + 1);
	ck_assert_uint_eq(r->c.ip, 0x100 + n);
}

/* SDM 2B TZCNT, LZCNT: without them the encodings execute as BSF and BSR */
START_TEST(tzcnt_and_lzcnt_are_bsf_and_bsr_where_they_do_not_exist)
{
	struct rig *r = rig_new();
	r->c.r[RCX] = 0x0ff0;
	run_bytes(r, "\xf3\x0f\xbc\xc1", 4); /* TZCNT AX, CX */
	ck_assert_uint_eq(r->c.r[RAX], 4);
	rig_free(r);
	r = rig_new();
	r->c.r[RCX] = 0x0ff0;
	run_bytes(r, "\xf3\x0f\xbd\xd1", 4); /* LZCNT DX, CX: would be 4 */
	ck_assert_uint_eq((u16)r->c.r[RDX], 11);
	rig_free(r);
}
END_TEST

/* SDM 2A ADC: a sign-extended immediate takes part with the operand's width only */
START_TEST(adc_with_a_negative_imm16_carries_from_bit_15)
{
	struct rig *r = rig_new();
	r->c.r[RAX] = 2;
	flags_set_arith(&r->c, FL_CF);
	run_bytes(r, "\x15\xf8\xff", 3); /* ADC AX, -8 */
	ck_assert_uint_eq(r->c.r[RAX], 0xfffb);
	ck_assert_uint_eq(flags_arith(&r->c), FL_SF);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lower");
	TCase *t = tcase_create("lower");
	tcase_add_test(t, tzcnt_and_lzcnt_are_bsf_and_bsr_where_they_do_not_exist);
	tcase_add_test(t, adc_with_a_negative_imm16_carries_from_bit_15);
	suite_add_tcase(s, t);
	return rig_main(s);
}
