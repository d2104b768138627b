/* check_waits.c - time that passes while the processor waits for the bus: what the clock, the ports and the run loop make of it.
 * Cycle times: an 8-bit I/O cycle on the ISA bus takes 6 clocks (IEEE P996 draft), 8.33 MHz each.
 */
#include <check.h>
#include <stdlib.h>

#include "bus/bus.h"
#include "bus/clock.h"

static u32 nothing_read(void *opaque, u32 offset, int size)
{
	(void)opaque, (void)offset, (void)size;
	return 0;
}

static void nothing_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)opaque, (void)offset, (void)size, (void)value;
}

static void note(void *opaque)
{
	++*(int *)opaque;
}

START_TEST(an_isa_cycle_takes_six_clocks_and_a_pci_cycle_none_to_speak_of)
{
	static const struct io_ops isa = {nothing_read, nothing_write, 1}, pci = {nothing_read, nothing_write, 4 | IO_ON_PCI};
	static struct bus bus;
	bus_init(&bus);
	bus_add_ports(&bus, 0x300, 8, &isa, NULL);
	bus_add_ports(&bus, 0xc000, 16, &pci, NULL);
	bus_out(&bus, 0x300, 1, 0);
	ck_assert_uint_eq(bus.waited_ns, 720);
	bus_in(&bus, 0x555, 1); /* nobody: subtractive decoding gives it to ISA */
	ck_assert_uint_eq(bus.waited_ns, 720);
	bus_in(&bus, 0xc000, 4);
	ck_assert_uint_eq(bus.waited_ns, 0);
}
END_TEST

START_TEST(a_wait_moves_time_on_and_every_later_event_nearer)
{
	struct clock c;
	struct timer t;
	int fired = 0;
	clock_init(&c, 100); /* 10 ns an instruction */
	timer_init(&t, note, &fired);
	c.count = 1000;
	timer_set(&c, &t, 50000);
	ck_assert_uint_eq(clock_count_at(&c, 50000), 5000);
	ck_assert_uint_eq(clock_wait(&c, 720, 32), 64); /* whole units */
	ck_assert_uint_eq(clock_now(&c), 10000 + 640);
	ck_assert_uint_eq(clock_count_at(&c, 50000), 5000 - 64);
	c.count = 5000 - 65;
	clock_run(&c);
	ck_assert_int_eq(fired, 0);
	c.count++;
	clock_run(&c);
	ck_assert_int_eq(fired, 1);
}
END_TEST

START_TEST(a_wait_is_counted_anew_when_the_speed_changes)
{
	struct clock c;
	clock_init(&c, 100);
	ck_assert_uint_eq(clock_wait(&c, 720, 32), 64);
	clock_set_rate(&c, CLOCK_SCALE); /* 1 ns an instruction */
	ck_assert_uint_eq(clock_wait(&c, 720, 32), 704);
	ck_assert_uint_eq(clock_now(&c), 640 + 704);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("waits");
	TCase *t = tcase_create("waits");
	tcase_add_test(t, an_isa_cycle_takes_six_clocks_and_a_pci_cycle_none_to_speak_of);
	tcase_add_test(t, a_wait_moves_time_on_and_every_later_event_nearer);
	tcase_add_test(t, a_wait_is_counted_anew_when_the_speed_changes);
	suite_add_tcase(suite, t);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
