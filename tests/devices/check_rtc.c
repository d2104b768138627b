/* check_rtc.c - the MC146818A against its data sheet. */
#include "devices/rtc.h"
#include "tests/devices/chip_bench.h"

#define MS 1000000ull

static struct bench b;
static struct rtc rtc;
static struct probe irq8, nmi_mask;

static void start(s64 base_seconds)
{
	bench_init(&b);
	rtc_init(&rtc, &b.bus, &b.clock, &b.log, &(struct rtc_config){.base_seconds = base_seconds});
	rtc.irq8 = probe_line(&irq8, &b.clock);
	rtc.nmi_mask = probe_line(&nmi_mask, &b.clock);
}

static void setup(void)
{
	start(1000000000); /* 2001-09-09 01:46:40, a Sunday */
}

static u8 get(u8 index)
{
	out8(&b, 0x70, index);
	return in8(&b, 0x71);
}

static void put(u8 index, u8 value)
{
	out8(&b, 0x70, index);
	out8(&b, 0x71, value);
}

static void put_time(const u8 hms[3], const u8 wdmy[4])
{
	for (int i = 0; i < 3; i++)
		put((u8)(4 - 2 * i), hms[i]);
	for (int i = 0; i < 4; i++)
		put((u8)(6 + i), wdmy[i]);
}

static void expect_time(const u8 hms[3], const u8 wdmy[4])
{
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(get((u8)(4 - 2 * i)), hms[i]);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(get((u8)(6 + i)), wdmy[i]);
}

START_TEST(the_date_comes_from_the_base_in_bcd)
{
	/* `date -u -d @1000000000` */
	expect_time((u8[]){0x01, 0x46, 0x40}, (u8[]){1, 0x09, 0x09, 0x01});
	ck_assert_uint_eq(get(0x32), 0x20);
	start(951782400); /* 2000-02-29 00:00:00, a Tuesday */
	expect_time((u8[]){0, 0, 0}, (u8[]){3, 0x29, 0x02, 0x00});
	start(0);
	expect_time((u8[]){0, 0, 0}, (u8[]){5, 0x01, 0x01, 0x70});
	ck_assert_uint_eq(get(0x32), 0x19);
	start(4102444799); /* 2099-12-31 23:59:59, a Thursday */
	expect_time((u8[]){0x23, 0x59, 0x59}, (u8[]){5, 0x31, 0x12, 0x99});
}
END_TEST

START_TEST(time_passes_by_the_second)
{
	bench_run_to(&b, 999 * MS);
	ck_assert_uint_eq(get(0), 0x40);
	bench_run_to(&b, 1000 * MS);
	ck_assert_uint_eq(get(0), 0x41);
	bench_run_to(&b, 3600 * CLOCK_SECOND);
	expect_time((u8[]){0x02, 0x46, 0x40}, (u8[]){1, 0x09, 0x09, 0x01});
}
END_TEST

START_TEST(everything_carries_at_the_end_of_a_year)
{
	put_time((u8[]){0x23, 0x59, 0x59}, (u8[]){7, 0x31, 0x12, 0x99});
	bench_run(&b, CLOCK_SECOND);
	expect_time((u8[]){0, 0, 0}, (u8[]){1, 0x01, 0x01, 0x00});
}
END_TEST

START_TEST(february_has_29_days_every_fourth_year)
{
	put_time((u8[]){0x23, 0x59, 0x59}, (u8[]){1, 0x28, 0x02, 0x04});
	bench_run(&b, CLOCK_SECOND);
	ck_assert_uint_eq(get(7), 0x29);
	put_time((u8[]){0x23, 0x59, 0x59}, (u8[]){1, 0x28, 0x02, 0x05});
	bench_run(&b, CLOCK_SECOND);
	ck_assert_uint_eq(get(7), 0x01);
	ck_assert_uint_eq(get(8), 0x03);
}
END_TEST

START_TEST(the_12_hour_format_counts_am_and_pm)
{
	put(0x0b, 0x04); /* binary, 12 hours */
	put_time((u8[]){11, 59, 59}, (u8[]){1, 1, 1, 1});
	bench_run(&b, CLOCK_SECOND);
	expect_time((u8[]){0x80 | 12, 0, 0}, (u8[]){1, 1, 1, 1});
	bench_run(&b, 3600 * CLOCK_SECOND);
	ck_assert_uint_eq(get(4), 0x81);
	put_time((u8[]){0x80 | 11, 59, 59}, (u8[]){1, 1, 1, 1});
	bench_run(&b, CLOCK_SECOND);
	expect_time((u8[]){12, 0, 0}, (u8[]){2, 2, 1, 1});
}
END_TEST

START_TEST(set_holds_the_time_and_clears_uie)
{
	put(0x0b, 0x12);
	put(0x0b, 0x92);
	ck_assert_uint_eq(get(0x0b), 0x82);
	bench_run(&b, 5 * CLOCK_SECOND);
	ck_assert_uint_eq(get(0), 0x40);
	ck_assert_uint_eq(get(0x0c) & 0x10, 0);
	put(0x0b, 0x02);
	bench_run(&b, CLOCK_SECOND);
	ck_assert_uint_eq(get(0), 0x41);
}
END_TEST

START_TEST(uip_is_high_for_2228_us_before_the_update)
{
	/* "Update cycle": UIP rises at least 244 us before, and the cycle takes 1984 us */
	bench_run_to(&b, CLOCK_SECOND - 2229000);
	ck_assert_uint_eq(get(0x0a), 0x26);
	bench_run_to(&b, CLOCK_SECOND - 2228000);
	ck_assert_uint_eq(get(0x0a), 0xa6);
	bench_run_to(&b, CLOCK_SECOND - 1);
	ck_assert_uint_eq(get(0x0a), 0xa6);
	put(0x0b, 0x82);
	ck_assert_uint_eq(get(0x0a), 0x26);
	put(0x0b, 0x02);
	bench_run_to(&b, CLOCK_SECOND);
	ck_assert_uint_eq(get(0x0a), 0x26);
}
END_TEST

START_TEST(update_ended_interrupts_once_a_second)
{
	put(0x0b, 0x12);
	bench_run_to(&b, CLOCK_SECOND);
	ck_assert_int_eq(irq8.level, 1);
	ck_assert_uint_eq(irq8.edge_ns[0], CLOCK_SECOND);
	ck_assert_uint_eq(get(0x0c) & 0xb0, 0x90);
	ck_assert_int_eq(irq8.level, 0);
	ck_assert_uint_eq(get(0x0c), 0);
	bench_run_to(&b, 2 * CLOCK_SECOND);
	ck_assert_int_eq(irq8.rises, 2);
}
END_TEST

START_TEST(the_alarm_matches_all_three_or_any)
{
	put(1, 0x45), put(3, 0x46), put(5, 0x01);
	put(0x0b, 0x22);
	bench_run_to(&b, 4900 * MS);
	ck_assert_int_eq(irq8.level, 0);
	bench_run_to(&b, 5000 * MS);
	ck_assert_int_eq(irq8.level, 1);
	ck_assert_uint_eq(get(0x0c) & 0xa0, 0xa0);
	put(1, 0xc0), put(3, 0xff), put(5, 0xc5); /* every second */
	int before = irq8.rises;
	for (int i = 0; i < 3; i++) {
		bench_run(&b, CLOCK_SECOND);
		get(0x0c);
	}
	ck_assert_int_eq(irq8.rises - before, 3);
	put(1, 0x10), put(3, 0xc0), put(5, 0xc0); /* once a minute */
	before = irq8.rises;
	bench_run(&b, 60 * CLOCK_SECOND);
	ck_assert_int_eq(irq8.rises - before, 1);
}
END_TEST

START_TEST(periodic_rates_are_those_of_the_table)
{
	/* "Rate selection", 32.768 kHz column, in whole ns */
	static const u64 rate_ns[16] = {0, 3906250, 7812500, 122070, 244140, 488281, 976562, 1953125,
		3906250, 7812500, 15625000, 31250000, 62500000, 125000000, 250000000, 500000000};
	for (u8 rs = 1; rs < 16; rs++) {
		setup();
		put(0x0a, 0x20 | rs);
		put(0x0b, 0x42);
		for (int i = 0; i < 8; i++) {
			int before = irq8.rises;
			while (irq8.rises == before)
				bench_run_to(&b, b.clock.next_due_ns);
			ck_assert_uint_eq(get(0x0c) & 0xc0, 0xc0);
		}
		u64 eight = irq8.edge_ns[14]; /* rises and falls alternate; power-on was time 0 */
		ck_assert_uint_ge(eight, 8 * rate_ns[rs]);
		ck_assert_uint_le(eight, 8 * (rate_ns[rs] + 1));
	}
}
END_TEST

START_TEST(pf_is_set_without_pie_and_rate_0_is_none)
{
	put(0x0a, 0x26);
	bench_run(&b, 2 * MS);
	ck_assert_uint_eq(get(0x0c), 0x40);
	ck_assert_uint_eq(get(0x0c), 0);
	put(0x0a, 0x20);
	bench_run(&b, 100 * MS);
	ck_assert_uint_eq(get(0x0c), 0);
}
END_TEST

START_TEST(enabling_an_interrupt_whose_flag_is_set_raises_it)
{
	bench_run(&b, CLOCK_SECOND);
	ck_assert_int_eq(irq8.level, 0);
	put(0x0b, 0x12);
	ck_assert_int_eq(irq8.level, 1);
	put(0x0b, 0x02);
	ck_assert_int_eq(irq8.level, 0);
}
END_TEST

START_TEST(the_first_update_is_half_a_second_after_divider_reset)
{
	put(0x0a, 0x70);
	bench_run(&b, 3 * CLOCK_SECOND);
	ck_assert_uint_eq(get(0), 0x40);
	put(0x0a, 0x26);
	bench_run(&b, 499 * MS);
	ck_assert_uint_eq(get(0), 0x40);
	bench_run(&b, 1 * MS);
	ck_assert_uint_eq(get(0), 0x41);
}
END_TEST

START_TEST(registers_c_and_d_are_read_only)
{
	put(0x0c, 0xff), put(0x0d, 0x00);
	ck_assert_uint_eq(get(0x0c), 0);
	ck_assert_uint_eq(get(0x0d), 0x80);
	put(0x0a, 0xa6);
	ck_assert_uint_eq(get(0x0a), 0x26);
	put(0x0b, 0x03); /* daylight saving is stored */
	ck_assert_uint_eq(get(0x0b), 0x03);
}
END_TEST

START_TEST(cmos_keeps_114_bytes_and_a_reset_leaves_them)
{
	for (int i = 14; i < 128; i++)
		put((u8)i, (u8)(i ^ 0x5a));
	put(0x0b, 0x7a);
	rtc_reset(&rtc);
	ck_assert_uint_eq(get(0x0b), 0x02);
	for (int i = 14; i < 128; i++)
		ck_assert_uint_eq(get((u8)i), (u8)(i ^ 0x5a));
	rtc_set_cmos(&rtc, 0x10, 0x40);
	ck_assert_uint_eq(get(0x10), 0x40);
}
END_TEST

START_TEST(bit_7_of_the_index_masks_nmi)
{
	ck_assert_uint_eq(get(0x8b), 0x02);
	ck_assert_int_eq(nmi_mask.level, 1);
	ck_assert(rtc_nmi_masked(&rtc));
	out8(&b, 0x70, 0x0d);
	ck_assert_int_eq(nmi_mask.level, 0);
}
END_TEST

START_TEST(a_restored_clock_goes_on)
{
	put(0x0b, 0x12);
	bench_run(&b, 300 * MS);
	struct rtc_regs saved = rtc.r;
	put(0x0a, 0x70);
	rtc.r = saved;
	rtc_restore(&rtc);
	bench_run_to(&b, CLOCK_SECOND);
	ck_assert_int_eq(irq8.level, 1);
	ck_assert_uint_eq(get(0), 0x41);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, the_date_comes_from_the_base_in_bcd);
	tcase_add_test(tc, time_passes_by_the_second);
	tcase_add_test(tc, everything_carries_at_the_end_of_a_year);
	tcase_add_test(tc, february_has_29_days_every_fourth_year);
	tcase_add_test(tc, the_12_hour_format_counts_am_and_pm);
	tcase_add_test(tc, set_holds_the_time_and_clears_uie);
	tcase_add_test(tc, uip_is_high_for_2228_us_before_the_update);
	tcase_add_test(tc, update_ended_interrupts_once_a_second);
	tcase_add_test(tc, the_alarm_matches_all_three_or_any);
	tcase_add_test(tc, periodic_rates_are_those_of_the_table);
	tcase_add_test(tc, pf_is_set_without_pie_and_rate_0_is_none);
	tcase_add_test(tc, enabling_an_interrupt_whose_flag_is_set_raises_it);
	tcase_add_test(tc, the_first_update_is_half_a_second_after_divider_reset);
	tcase_add_test(tc, registers_c_and_d_are_read_only);
	tcase_add_test(tc, cmos_keeps_114_bytes_and_a_reset_leaves_them);
	tcase_add_test(tc, bit_7_of_the_index_masks_nmi);
	tcase_add_test(tc, a_restored_clock_goes_on);
}

int main(void)
{
	return bench_main("rtc", add);
}
