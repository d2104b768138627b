/* check_ferr.c - coprocessor errors: FERR#, IRQ13, IGNNE#. Source: SDM 1 8.7.2 and appendix D.2; PIIX3 2.5.8. */
#include "devices/ferr.h"
#include "tests/devices/chip_bench.h"

static struct bench b;
static struct ferr ferr;
static struct probe irq13, ignne;

static void setup(void)
{
	bench_init(&b);
	ferr_init(&ferr, &b.bus, &b.clock, &b.log);
	ferr.irq13 = probe_line(&irq13, &b.clock);
	ferr.ignne = probe_line(&ignne, &b.clock);
}

START_TEST(ferr_raises_irq13_until_port_f0_is_written)
{
	ferr_set(&ferr, 0, 1);
	ck_assert_int_eq(irq13.level, 1);
	ferr_set(&ferr, 0, 0); /* latched */
	ck_assert_int_eq(irq13.level, 1);
	out8(&b, 0xf0, 0);
	ck_assert_int_eq(irq13.level, 0);
	ck_assert_int_eq(ignne.rises, 0);
}
END_TEST

START_TEST(port_f0_drives_ignne_as_long_as_ferr_is_active)
{
	ferr_set(&ferr, 0, 1);
	ck_assert_int_eq(ignne.level, 0);
	out8(&b, 0xf0, 0xff);
	ck_assert_int_eq(ignne.level, 1);
	ck_assert_int_eq(irq13.level, 0);
	ferr_set(&ferr, 0, 0);
	ck_assert_int_eq(ignne.level, 0);
	ferr_set(&ferr, 0, 1);
	ck_assert_int_eq(irq13.rises, 2);
	ck_assert_int_eq(ignne.level, 0);
}
END_TEST

START_TEST(reset_releases_both_lines)
{
	ferr_set(&ferr, 0, 1);
	out8(&b, 0xf1, 0);
	ferr_reset(&ferr);
	ck_assert_int_eq(irq13.level, 0);
	ck_assert_int_eq(ignne.level, 0);
	ck_assert_uint_eq(in8(&b, 0xf0), 0xff);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ferr");
	TCase *t = tcase_create("ferr");
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, ferr_raises_irq13_until_port_f0_is_written);
	tcase_add_test(t, port_f0_drives_ignne_as_long_as_ferr_is_active);
	tcase_add_test(t, reset_releases_both_lines);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
