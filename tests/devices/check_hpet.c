/* check_hpet.c - the high precision event timers. Numbers in names and comments: IA-PC HPET specification 1.0a. 100 MHz: 10 ns a count. */
#include "devices/hpet.h"
#include "tests/devices/chip_bench.h"

enum { CAP = 0x00, CONF = 0x10, STATUS = 0x20, COUNTER = 0xf0 };
enum { LEVEL = 1 << 1, ENABLE = 1 << 2, PERIODIC = 1 << 3, VAL_SET = 1 << 6, BITS32 = 1 << 8 };
#define PIN(n) ((u32)(n) << 9)

static struct bench b;
static struct hpet h;
static struct probe irq0, irq8, pins[32];

static u32 conf(int n)
{
	return 0x100 + 0x20 * (u32)n;
}

static u32 cmp(int n)
{
	return conf(n) + 8;
}

static void pin(void *opaque, int n, int level)
{
	(void)opaque;
	ck_assert(n >= 20 && n < 24);
	probe_set(&pins[n], 0, level);
}

static void setup(void)
{
	bench_init(&b);
	hpet_init(&h, &b.bus, &b.clock, &b.log);
	h.irq0 = probe_line(&irq0, &b.clock);
	h.irq8 = probe_line(&irq8, &b.clock);
	for (int i = 20; i < 24; i++)
		pins[i] = (struct probe){.clock = &b.clock};
	h.pin = (struct line){pin, NULL, 0};
	hpet_reset(&h);
}

static u32 rd(u32 reg)
{
	return bus_read(&b.bus, HPET_BASE + reg, 4);
}

static u64 rd64(u32 reg)
{
	return rd(reg) | (u64)rd(reg + 4) << 32;
}

static void wr(u32 reg, u32 value)
{
	bus_write(&b.bus, HPET_BASE + reg, 4, value);
}

static void wr64(u32 reg, u64 value)
{
	wr(reg, (u32)value);
	wr(reg + 4, (u32)(value >> 32));
}

/* ---- registers ------------------------------------------------------------------------------------------- */

START_TEST(reset_values_are_those_of_2_3)
{
	ck_assert_uint_eq(rd(CAP), 0x8086a201);       /* three timers, 64 bits, legacy replacement, revision 1 */
	ck_assert_uint_eq(rd(CAP + 4), 10000000);     /* femtoseconds */
	ck_assert_uint_eq(rd64(CONF), 0);
	ck_assert_uint_eq(rd64(STATUS), 0);
	ck_assert_uint_eq(rd64(COUNTER), 0);
	for (int n = 0; n < 3; n++) {
		ck_assert_uint_eq(rd(conf(n)), 0x30); /* periodic, 64 bits */
		ck_assert_uint_eq(rd(conf(n) + 4), 0x00f00000);
		ck_assert_uint_eq(rd64(cmp(n)), ~0ull);
		ck_assert_uint_eq(rd64(conf(n) + 0x10), 0);
	}
	ck_assert_uint_eq(rd64(conf(3)), 0);
	ck_assert_uint_eq(rd(0x3fc), 0);
}
END_TEST

START_TEST(only_what_is_writable_sticks)
{
	wr64(CAP, 0);
	wr64(CONF, ~0ull);
	ck_assert_uint_eq(rd64(CONF), 3);
	wr64(CONF, 0);
	for (int n = 0; n < 3; n++) {
		wr64(conf(n), ~0ull);
		ck_assert_uint_eq(rd(conf(n)), 0x13e); /* VAL_SET reads 0; route 31, FSB: cannot */
		ck_assert_uint_eq(rd(conf(n) + 4), 0x00f00000);
		wr(conf(n), PIN(22));
		ck_assert_uint_eq(rd(conf(n)), 0x30 | PIN(22));
		wr(conf(n), PIN(5)); /* not among its routes */
		ck_assert_uint_eq(rd(conf(n)), 0x30 | PIN(22));
	}
	ck_assert_uint_eq(rd(CAP), 0x8086a201);
}
END_TEST

START_TEST(narrow_reads_give_bytes_and_narrow_writes_nothing)
{
	ck_assert_uint_eq(bus_read(&b.bus, HPET_BASE + 2, 2), 0x8086);
	ck_assert_uint_eq(bus_read(&b.bus, HPET_BASE + 1, 1), 0xa2);
	ck_assert_uint_eq(bus_read(&b.bus, HPET_BASE + 2, 4), 0x96808086); /* into the period's half */
	bus_write(&b.bus, HPET_BASE + CONF, 1, 1);
	bus_write(&b.bus, HPET_BASE + CONF + 2, 4, 0xffffffff);
	ck_assert_uint_eq(rd(CONF), 0);
}
END_TEST

/* ---- the counter --------------------------------------------------------------------------------------------- */

START_TEST(the_counter_runs_while_enabled_and_is_written_while_halted)
{
	bench_run(&b, 1000);
	ck_assert_uint_eq(rd64(COUNTER), 0);
	wr64(COUNTER, 0xfffffff0);
	wr(CONF, 1);
	bench_run(&b, 320);
	ck_assert_uint_eq(rd64(COUNTER), 0x100000010);
	wr(CONF, 0);
	bench_run(&b, 1000);
	ck_assert_uint_eq(rd64(COUNTER), 0x100000010);
	wr(CONF, 1);
	bench_run(&b, 15);
	wr(CONF, 3); /* the legacy bit does not disturb it */
	bench_run(&b, 15);
	ck_assert_uint_eq(rd64(COUNTER), 0x100000013);
}
END_TEST

/* ---- one-shot ------------------------------------------------------------------------------------------------- */

START_TEST(a_one_shot_edge_rises_at_its_match_once)
{
	wr(CONF, 1);
	wr(conf(0), ENABLE | PIN(20));
	wr64(cmp(0), 100);
	bench_run(&b, 999);
	ck_assert_int_eq(pins[20].rises, 0);
	bench_run(&b, 1);
	ck_assert_int_eq(pins[20].rises, 1);
	ck_assert_uint_eq(rd(STATUS), 0); /* edges have no status: 2.3.6 */
	bench_run(&b, 1000000);
	ck_assert_int_eq(pins[20].rises, 1);
	wr64(cmp(0), rd64(COUNTER) + 50);
	bench_run(&b, 500);
	ck_assert_int_eq(pins[20].rises, 2);
}
END_TEST

START_TEST(a_comparator_in_the_past_does_not_match)
{
	wr64(COUNTER, 1000);
	wr(CONF, 1);
	wr(conf(0), ENABLE | PIN(20));
	wr64(cmp(0), 999);
	bench_run(&b, 1000000);
	ck_assert_int_eq(pins[20].rises, 0);
}
END_TEST

START_TEST(a_32_bit_timer_matches_again_when_its_half_wraps)
{
	wr(conf(1), ENABLE | BITS32 | PIN(21));
	ck_assert_uint_eq(rd64(cmp(1)), 0xffffffff);
	wr(cmp(1), 100);
	wr64(COUNTER, 0x7fffffff00000000);
	wr(CONF, 1);
	bench_run(&b, 1000);
	ck_assert_int_eq(pins[21].rises, 1);
	bench_run(&b, 42949672960ull - 10);
	ck_assert_int_eq(pins[21].rises, 1);
	bench_run(&b, 10);
	ck_assert_int_eq(pins[21].rises, 2);
}
END_TEST

START_TEST(a_level_holds_until_its_status_bit_is_cleared)
{
	wr(CONF, 1);
	wr(conf(2), LEVEL | ENABLE | PIN(23));
	wr64(cmp(2), 100);
	bench_run(&b, 5000);
	ck_assert_uint_eq(rd(STATUS), 4);
	ck_assert_int_eq(pins[23].level, 1);
	wr(STATUS, 3);
	ck_assert_int_eq(pins[23].level, 1);
	wr(STATUS, 4);
	ck_assert_uint_eq(rd(STATUS), 0);
	ck_assert_int_eq(pins[23].level, 0);
}
END_TEST

START_TEST(without_int_enb_a_level_timer_sets_only_its_status)
{
	wr(CONF, 1);
	wr(conf(2), LEVEL | PIN(23));
	wr64(cmp(2), 100);
	bench_run(&b, 5000);
	ck_assert_uint_eq(rd(STATUS), 4);
	ck_assert_int_eq(pins[23].level, 0);
	wr(conf(2), LEVEL | ENABLE | PIN(23));
	ck_assert_int_eq(pins[23].level, 1);
	wr(CONF, 0); /* the overall enable: 2.3.5 */
	ck_assert_int_eq(pins[23].level, 0);
}
END_TEST

START_TEST(timers_on_one_pin_are_ored)
{
	wr(CONF, 1);
	for (int n = 0; n < 2; n++) {
		wr(conf(n), LEVEL | ENABLE | PIN(20));
		wr64(cmp(n), 100 + (u64)n);
	}
	bench_run(&b, 5000);
	wr(STATUS, 1);
	ck_assert_int_eq(pins[20].level, 1);
	wr(STATUS, 2);
	ck_assert_int_eq(pins[20].level, 0);
}
END_TEST

/* ---- periodic --------------------------------------------------------------------------------------------------- */

START_TEST(a_periodic_timer_adds_its_period)
{
	wr(CONF, 1);
	bench_run(&b, 12340);
	u64 first = rd64(COUNTER) + 500;
	wr(conf(0), ENABLE | PERIODIC | VAL_SET | BITS32 | PIN(20)); /* the way Linux does it */
	wr(cmp(0), (u32)first);
	bench_run(&b, 1000);
	wr(cmp(0), 1000);
	ck_assert_uint_eq(rd(cmp(0)), first); /* only the period was written */
	bench_run(&b, 4000);
	ck_assert_int_eq(pins[20].rises, 1);
	ck_assert_uint_eq(rd(cmp(0)), first + 1000);
	for (int i = 0; i < 100; i++)
		bench_run(&b, 10000);
	ck_assert_int_eq(pins[20].rises, 101);
	ck_assert_uint_eq(rd(cmp(0)), first + 101000);
}
END_TEST

START_TEST(a_periodic_timer_without_int_enb_moves_its_comparator_and_needs_no_event)
{
	wr(conf(0), PERIODIC | VAL_SET);
	wr64(cmp(0), 1000);
	wr(CONF, 1);
	ck_assert_uint_eq(b.clock.next_due_ns, CLOCK_NEVER);
	bench_run(&b, 9999);
	ck_assert_uint_eq(rd64(cmp(0)), 1000);
	bench_run(&b, 1);
	ck_assert_uint_eq(rd64(cmp(0)), 2000);
	bench_run(&b, 10000000005);
	ck_assert_uint_eq(rd64(cmp(0)), 1000002000);
	wr(CONF, 0); /* halted, it keeps its place */
	bench_run(&b, 12345);
	ck_assert_uint_eq(rd64(cmp(0)), 1000002000);
	wr(CONF, 1);
	wr(conf(0), PERIODIC | ENABLE | PIN(20));
	bench_run(&b, 9990);
	ck_assert_int_eq(pins[20].rises, 0);
	bench_run(&b, 10);
	ck_assert_int_eq(pins[20].rises, 1);
}
END_TEST

START_TEST(val_set_covers_both_halves_of_one_write)
{
	wr(conf(0), ENABLE | PERIODIC | VAL_SET | PIN(20));
	wr64(cmp(0), 1000); /* accumulator and period: 2.3.9.2.2 */
	ck_assert_uint_eq(rd64(cmp(0)), 1000);
	wr64(cmp(0), 3000); /* the period alone */
	ck_assert_uint_eq(rd64(cmp(0)), 1000);
	wr(CONF, 1);
	bench_run(&b, 10000);
	ck_assert_int_eq(pins[20].rises, 1);
	ck_assert_uint_eq(rd64(cmp(0)), 4000);
}
END_TEST

START_TEST(the_shortest_period_does_not_hang)
{
	wr(conf(0), ENABLE | PERIODIC | VAL_SET | PIN(20));
	wr64(cmp(0), 1);
	wr(CONF, 1);
	bench_run(&b, 1000);
	ck_assert_int_eq(pins[20].rises, 100);
	wr(conf(1), ENABLE | PERIODIC | VAL_SET | PIN(21)); /* and no period at all */
	wr64(cmp(1), 0);
	bench_run(&b, 1000);
	ck_assert_int_le(pins[21].rises, 1);
}
END_TEST

/* ---- legacy replacement --------------------------------------------------------------------------------------------- */

START_TEST(pit_and_rtc_pass_until_legacy_replacement)
{
	hpet_set_input(&h, HPET_IN_PIT, 1);
	hpet_set_input(&h, HPET_IN_RTC, 1);
	ck_assert(irq0.level && irq8.level);
	wr(CONF, 3);
	ck_assert(!irq0.level && !irq8.level);
	hpet_set_input(&h, HPET_IN_PIT, 0);
	hpet_set_input(&h, HPET_IN_PIT, 1);
	ck_assert_int_eq(irq0.rises, 1);
	wr(conf(0), ENABLE | PIN(20)); /* the route does not matter now */
	wr(conf(1), ENABLE | PIN(21));
	wr(conf(2), ENABLE | PIN(22));
	for (int n = 0; n < 3; n++)
		wr64(cmp(n), 100);
	bench_run(&b, 5000);
	ck_assert_int_eq(irq0.rises, 2);
	ck_assert_int_eq(irq8.rises, 2);
	ck_assert_int_eq(pins[20].rises + pins[21].rises, 0);
	ck_assert_int_eq(pins[22].rises, 1);
	wr(CONF, 1);
	ck_assert(irq0.level && irq8.level); /* theirs again */
}
END_TEST

START_TEST(an_edge_stays_until_just_before_the_next)
{
	/* an 8259A forgets a request that falls before it is acknowledged */
	wr(CONF, 3);
	wr(conf(0), ENABLE | PERIODIC | VAL_SET);
	wr64(cmp(0), 1000);
	bench_run(&b, 15000);
	ck_assert_int_eq(irq0.level, 1);
	bench_run(&b, 10000);
	ck_assert_int_eq(irq0.level, 1);
	ck_assert_int_eq(irq0.rises, 2);
	ck_assert_int_eq(irq0.falls, 1);
}
END_TEST

START_TEST(disabling_takes_an_edge_back_and_enabling_makes_none)
{
	wr(CONF, 3);
	wr(conf(0), ENABLE);
	wr64(cmp(0), 100);
	bench_run(&b, 5000);
	ck_assert_int_eq(irq0.rises, 1);
	wr(CONF, 2);
	ck_assert_int_eq(irq0.level, 0);
	wr(CONF, 3);
	ck_assert_int_eq(irq0.rises, 1);
}
END_TEST

/* ---- robustness --------------------------------------------------------------------------------------------------------- */

START_TEST(restored_from_its_registers_it_goes_on)
{
	wr(CONF, 1);
	wr(conf(0), ENABLE | PERIODIC | VAL_SET | PIN(20));
	wr64(cmp(0), 1000);
	bench_run(&b, 15000);
	struct hpet_regs saved = h.r;
	hpet_reset(&h);
	ck_assert(!timer_is_set(&h.timer));
	h.r = saved;
	int rises = pins[20].rises;
	hpet_restore(&h);
	bench_run(&b, 4990);
	u64 left = 2000 - rd64(COUNTER);
	ck_assert_uint_eq(left, 1);
	bench_run(&b, 10);
	ck_assert_int_eq(pins[20].rises, rises + 2); /* the line's level came back, and the next match */
}
END_TEST

START_TEST(no_access_harms_the_host)
{
	u64 seed = 88172645463325252ull;
	for (int i = 0; i < 300000; i++) {
		seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
		u32 r = (u32)(seed >> 8);
		u64 at = HPET_BASE + (r & 16 ? r >> 8 & 0x1ff & ~3u : r >> 8 & 0x3ff);
		int size = (r & 3) == 0 ? 1 : (r & 3) == 1 ? 2 : 4;
		if (r >> 28 == 0)
			bench_run(&b, r & 0x3ff);
		else if (r >> 28 < 4)
			bus_read(&b.bus, at, size);
		else
			bus_write(&b.bus, at, size, r & 32 ? (u32)(seed >> 40) & 0xff : (u32)(seed >> 32));
		if (r >> 20 == 7)
			hpet_set_input(&h, r & 1, r >> 1 & 1);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, reset_values_are_those_of_2_3);
	tcase_add_test(tc, only_what_is_writable_sticks);
	tcase_add_test(tc, narrow_reads_give_bytes_and_narrow_writes_nothing);
	tcase_add_test(tc, the_counter_runs_while_enabled_and_is_written_while_halted);
	tcase_add_test(tc, a_one_shot_edge_rises_at_its_match_once);
	tcase_add_test(tc, a_comparator_in_the_past_does_not_match);
	tcase_add_test(tc, a_32_bit_timer_matches_again_when_its_half_wraps);
	tcase_add_test(tc, a_level_holds_until_its_status_bit_is_cleared);
	tcase_add_test(tc, without_int_enb_a_level_timer_sets_only_its_status);
	tcase_add_test(tc, timers_on_one_pin_are_ored);
	tcase_add_test(tc, a_periodic_timer_adds_its_period);
	tcase_add_test(tc, a_periodic_timer_without_int_enb_moves_its_comparator_and_needs_no_event);
	tcase_add_test(tc, val_set_covers_both_halves_of_one_write);
	tcase_add_test(tc, the_shortest_period_does_not_hang);
	tcase_add_test(tc, pit_and_rtc_pass_until_legacy_replacement);
	tcase_add_test(tc, an_edge_stays_until_just_before_the_next);
	tcase_add_test(tc, disabling_takes_an_edge_back_and_enabling_makes_none);
	tcase_add_test(tc, restored_from_its_registers_it_goes_on);
	tcase_add_test(tc, no_access_harms_the_host);
}

int main(void)
{
	return bench_main("hpet", add);
}
