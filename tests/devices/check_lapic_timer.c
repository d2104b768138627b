/* check_lapic_timer.c - the local APIC's timer: counting, modes, the deadline. SDM 3A 11.5.4. The bus clock is 100 MHz. */
#include "tests/devices/apic_rig.h"

#define VECTOR 0x60
#define MASKED 0x10000
#define PERIODIC 0x20000
#define DEADLINE 0x40000

static void setup(void)
{
	rig_init(true);
	turn_on();
	wr(A_DIVIDE, 0xb); /* by 1 */
}

/* The number of interrupts taken so far, each ended at once. */
static int take(void)
{
	int n = 0;
	while (intr.level) {
		ck_assert_int_eq(lapic_ack(&apic), VECTOR);
		wr(A_EOI, 0);
		n++;
	}
	return n;
}

START_TEST(the_divide_register_has_the_codes_of_figure_11_10)
{
	static const u32 code[] = {0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xa, 0xb};
	static const u32 by[] = {2, 4, 8, 16, 32, 64, 128, 1};
	for (int i = 0; i < 8; i++) {
		wr(A_DIVIDE, code[i]);
		wr(A_INITIAL, 1000000);
		bench_run(&b, 12800);
		ck_assert_uint_eq(rd(A_CURRENT), 1000000 - 1280 / by[i]);
	}
}
END_TEST

START_TEST(one_shot_counts_to_zero_and_interrupts_once)
{
	wr(A_TIMER, VECTOR);
	wr(A_INITIAL, 100);
	bench_run(&b, 990);
	ck_assert_uint_eq(rd(A_CURRENT), 1);
	ck_assert_int_eq(intr.level, 0);
	bench_run(&b, 10);
	ck_assert_uint_eq(rd(A_CURRENT), 0);
	ck_assert_int_eq(take(), 1);
	ck_assert_uint_eq(rd(A_INITIAL), 100);
	bench_run(&b, 100000);
	ck_assert_int_eq(take(), 0);
	wr(A_INITIAL, 50); /* starts again */
	bench_run(&b, 500);
	ck_assert_int_eq(take(), 1);
}
END_TEST

START_TEST(periodic_reloads_itself_without_drift)
{
	wr(A_TIMER, PERIODIC | VECTOR);
	wr(A_INITIAL, 1000);
	int n = 0;
	for (int i = 0; i < 100; i++) {
		bench_run(&b, 10000);
		n += take();
	}
	ck_assert_int_eq(n, 100);
	bench_run(&b, 5000);
	ck_assert_uint_eq(rd(A_CURRENT), 500);
	wr(A_INITIAL, 0); /* stops it */
	ck_assert_uint_eq(rd(A_CURRENT), 0);
	bench_run(&b, 100000);
	ck_assert_int_eq(take(), 0);
}
END_TEST

START_TEST(masked_it_counts_and_does_not_interrupt)
{
	wr(A_TIMER, MASKED | PERIODIC | VECTOR);
	wr(A_INITIAL, 1000);
	bench_run(&b, 123450);
	ck_assert_uint_eq(rd(A_CURRENT), 1000 - 345);
	ck_assert_int_eq(take(), 0);
	wr(A_TIMER, PERIODIC | VECTOR); /* what went by does not come back */
	ck_assert_int_eq(take(), 0);
	bench_run(&b, 6550);
	ck_assert_int_eq(take(), 1);
}
END_TEST

START_TEST(a_new_divisor_goes_on_from_the_count)
{
	wr(A_TIMER, VECTOR);
	wr(A_INITIAL, 1000);
	bench_run(&b, 4000);
	wr(A_DIVIDE, 0); /* by 2 */
	bench_run(&b, 4000);
	ck_assert_uint_eq(rd(A_CURRENT), 400);
	bench_run(&b, 8000);
	ck_assert_int_eq(take(), 1);
}
END_TEST

START_TEST(the_shortest_period_does_not_hang)
{
	wr(A_TIMER, PERIODIC | VECTOR);
	wr(A_INITIAL, 1);
	bench_run(&b, 1000);
	ck_assert_int_eq(take(), 1);
}
END_TEST

START_TEST(the_deadline_fires_once_when_the_tsc_reaches_it)
{
	wr(A_TIMER, DEADLINE | VECTOR);
	lapic_set_tsc_offset(&apic, 1000000);
	u64 tsc = clock_now(&b.clock) + 1000000;
	lapic_set_deadline(&apic, tsc + 777);
	ck_assert_uint_eq(lapic_deadline(&apic), tsc + 777);
	bench_run(&b, 776);
	ck_assert_int_eq(intr.level, 0);
	bench_run(&b, 1);
	ck_assert_int_eq(take(), 1);
	ck_assert_uint_eq(lapic_deadline(&apic), 0); /* disarmed */
	lapic_set_deadline(&apic, 5); /* long past */
	bench_run(&b, 1);
	ck_assert_int_eq(take(), 1);
	lapic_set_deadline(&apic, ~0ull);
	lapic_set_deadline(&apic, 0); /* disarms */
	bench_run(&b, 100000);
	ck_assert_int_eq(take(), 0);
}
END_TEST

START_TEST(the_deadline_follows_a_write_of_the_tsc)
{
	wr(A_TIMER, DEADLINE | VECTOR);
	lapic_set_deadline(&apic, clock_now(&b.clock) + 1000000);
	lapic_set_tsc_offset(&apic, 999990);
	bench_run(&b, 10);
	ck_assert_int_eq(take(), 1);
}
END_TEST

START_TEST(deadline_and_count_do_not_mix)
{
	lapic_set_deadline(&apic, 1); /* ignored in the other modes */
	ck_assert_uint_eq(lapic_deadline(&apic), 0);
	wr(A_TIMER, VECTOR);
	wr(A_INITIAL, 100);
	wr(A_TIMER, DEADLINE | VECTOR); /* disarms the count */
	ck_assert_uint_eq(rd(A_CURRENT), 0);
	wr(A_INITIAL, 100); /* ignored */
	bench_run(&b, 100000);
	ck_assert_int_eq(take(), 0);
	lapic_set_deadline(&apic, clock_now(&b.clock) + 50);
	wr(A_TIMER, VECTOR); /* disarms the deadline */
	bench_run(&b, 100000);
	ck_assert_int_eq(take(), 0);
}
END_TEST

START_TEST(disabling_the_apic_stops_the_timer)
{
	wr(A_TIMER, PERIODIC | VECTOR);
	wr(A_INITIAL, 100);
	lapic_set_base(&apic, LAPIC_DEFAULT_BASE);
	ck_assert(!timer_is_set(&apic.timer));
	lapic_set_base(&apic, LAPIC_DEFAULT_BASE | LAPIC_BASE_ENABLE);
	ck_assert_uint_eq(rd(A_CURRENT), 0);
}
END_TEST

START_TEST(restored_from_its_registers_it_goes_on)
{
	wr(A_TIMER, PERIODIC | VECTOR);
	wr(A_INITIAL, 1000);
	bench_run(&b, 12500);
	ck_assert_int_eq(take(), 1);
	struct lapic_regs saved = apic.r;
	lapic_reset(&apic);
	ck_assert(!timer_is_set(&apic.timer));
	apic.r = saved;
	lapic_restore(&apic);
	ck_assert_uint_eq(rd(A_CURRENT), 750);
	bench_run(&b, 7500);
	ck_assert_int_eq(take(), 1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, the_divide_register_has_the_codes_of_figure_11_10);
	tcase_add_test(tc, one_shot_counts_to_zero_and_interrupts_once);
	tcase_add_test(tc, periodic_reloads_itself_without_drift);
	tcase_add_test(tc, masked_it_counts_and_does_not_interrupt);
	tcase_add_test(tc, a_new_divisor_goes_on_from_the_count);
	tcase_add_test(tc, the_shortest_period_does_not_hang);
	tcase_add_test(tc, the_deadline_fires_once_when_the_tsc_reaches_it);
	tcase_add_test(tc, the_deadline_follows_a_write_of_the_tsc);
	tcase_add_test(tc, deadline_and_count_do_not_mix);
	tcase_add_test(tc, disabling_the_apic_stops_the_timer);
	tcase_add_test(tc, restored_from_its_registers_it_goes_on);
}

int main(void)
{
	return bench_main("lapic_timer", add);
}
