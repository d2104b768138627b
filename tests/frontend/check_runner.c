/* check_runner.c - the runner's thread around a machine that only remembers: time, calls, keys, ends. */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "machine/runner.h"
#include "tests/frontend/fake_machine.h"

static struct machine m;
static int ended;
static enum runner_end ended_why;

static void on_end(void *opaque, enum runner_end why)
{
	(void)opaque;
	ended++;
	ended_why = why;
}

static void count_fault(void *opaque, struct machine *machine)
{
	(void)machine;
	++*(int *)opaque;
}

static u64 host_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

static struct runner *start(struct runner_config c)
{
	ended = 0;
	c.ended = on_end;
	struct runner *r = runner_start(&m, &c);
	ck_assert_ptr_nonnull(r);
	return r;
}

static void let_run(int ms)
{
	fake_sleep((u64)ms * 1000000);
}

START_TEST(virtual_time_keeps_pace_with_the_hosts)
{
	fake_init(&m);
	u64 before = host_ms();
	struct runner *r = start((struct runner_config){0});
	let_run(300);
	ck_assert_int_eq(runner_join(r), RUNNER_QUIT);
	u64 took = host_ms() - before;
	ck_assert_msg(m.ns / 1000000 + 120 >= took && m.ns / 1000000 <= took + 10, "%d ms of %d", (int)(m.ns / 1000000), (int)took);
	ck_assert_int_eq(ended, 1);
}
END_TEST

START_TEST(a_slow_processor_gets_longer_instructions)
{
	fake_init(&m);
	m.host_ns_per_run = 9000000; /* for what should take 3 ms */
	struct runner *r = start((struct runner_config){0});
	let_run(600);
	runner_join(r);
	ck_assert_msg(m.rate > 65536 * 10, "the rate stayed at %u", (unsigned)m.rate);
}
END_TEST

START_TEST(icount_is_not_paced_and_keeps_its_rate)
{
	fake_init(&m);
	m.host_ns_per_run = 1000000;
	struct runner *r = start((struct runner_config){.icount = true});
	let_run(200);
	runner_join(r);
	ck_assert_int_eq(m.rate, 0);
	ck_assert_msg(m.count > 200000000, "only %d", (int)m.count); /* 20 million would be in step */
}
END_TEST

START_TEST(an_idle_guest_sleeps_to_its_next_event)
{
	fake_init(&m);
	m.state = MACHINE_IDLE;
	m.next_event_ns = 10000000;
	struct runner *r = start((struct runner_config){0});
	let_run(200);
	runner_join(r);
	ck_assert_msg(m.ns >= 80000000 && m.ns <= 400000000, "%d ms", (int)(m.ns / 1000000));
}
END_TEST

static void note_thread(struct machine *machine, void *arg)
{
	(void)machine;
	*(pthread_t *)arg = pthread_self();
}

START_TEST(calls_run_on_the_machines_thread_and_keys_arrive)
{
	pthread_t a, b;
	fake_init(&m);
	m.state = MACHINE_IDLE; /* without an event: only a post can wake it */
	struct runner *r = start((struct runner_config){0});
	runner_key(r, 4, true);
	runner_key(r, 4, false);
	runner_call(r, note_thread, &a);
	runner_call(r, note_thread, &b);
	ck_assert(pthread_equal(a, b) && !pthread_equal(a, pthread_self()));
	runner_join(r);
	ck_assert_int_eq(m.nkeys, 2);
	ck_assert(m.keys[0].down && !m.keys[1].down);
}
END_TEST

START_TEST(mouse_movements_are_added_up_but_no_click_is_lost)
{
	pthread_t a;
	fake_init(&m);
	m.state = MACHINE_IDLE;
	struct runner *r = start((struct runner_config){.paused = true});
	for (int i = 0; i < 1000; i++)
		runner_mouse(r, 1, -1, 0, 0);
	runner_mouse(r, 0, 0, 2, MACHINE_LEFT);
	runner_mouse(r, 0, 0, 0, 0);
	runner_call(r, note_thread, &a);
	runner_join(r);
	ck_assert_int_eq(m.mouse_x, 1000);
	ck_assert_int_eq(m.mouse_y, -1000);
	ck_assert_int_eq(m.mouse_z, 2);
	ck_assert_int_ge(m.mouse_calls, 3);
	ck_assert_uint_eq(m.mouse_buttons, 0);
}
END_TEST

START_TEST(calls_after_the_end_still_run)
{
	pthread_t a;
	fake_init(&m);
	struct runner *r = start((struct runner_config){0});
	runner_quit(r);
	runner_wait(r);
	runner_call(r, note_thread, &a);
	ck_assert(pthread_equal(a, pthread_self()));
	runner_join(r);
}
END_TEST

static void get_ns(struct machine *machine, void *arg)
{
	*(u64 *)arg = machine->ns;
}

START_TEST(a_paused_guest_stands_still_and_loses_no_time)
{
	u64 a, b;
	fake_init(&m);
	struct runner *r = start((struct runner_config){.paused = true});
	let_run(50);
	runner_call(r, get_ns, &a);
	ck_assert_int_eq(a, 0);
	ck_assert(runner_paused(r));
	runner_pause(r, false);
	let_run(50);
	runner_pause(r, true);
	runner_call(r, get_ns, &a);
	ck_assert_int_gt(a, 0);
	let_run(100);
	runner_call(r, get_ns, &b);
	ck_assert_int_eq(a, b);
	runner_pause(r, false);
	let_run(20);
	runner_join(r);
	ck_assert_msg(m.ns < b + 100000000, "the pause was caught up");
}
END_TEST

START_TEST(a_picture_is_given_once_until_it_changes)
{
	u32 pixels[64] = {0};
	struct frame f = {.pixels = pixels, .stride_pixels = 8, .max_width = 8, .max_height = 8};
	u64 id = 0;
	fake_init(&m);
	struct runner *r = start((struct runner_config){.paused = true});
	for (int i = 0; i < 100 && !runner_picture(r, &f, &id); i++)
		let_run(2);
	ck_assert_int_eq(f.width, 4);
	ck_assert_int_eq(pixels[8 + 3], 0x100033);
	for (int i = 0; i < 5; i++) {
		ck_assert(!runner_picture(r, &f, &id));
		let_run(5);
	}
	runner_join(r);
	ck_assert_int_eq(m.renders, 1);
}
END_TEST

START_TEST(sound_is_silence_until_there_is_some)
{
	s16 samples[64];
	fake_init(&m);
	struct runner *r = start((struct runner_config){0});
	runner_audio(r, samples, 64, 48000);
	ck_assert_int_eq(samples[0], 0);
	let_run(100);
	runner_audio(r, samples, 64, 48000);
	ck_assert_int_eq(samples[63], 1000);
	runner_join(r);
}
END_TEST

START_TEST(the_guests_end_ends_the_run)
{
	fake_init(&m);
	m.state = MACHINE_EXITED;
	struct runner *r = start((struct runner_config){0});
	ck_assert_int_eq(runner_wait(r), RUNNER_GUEST_EXIT);
	ck_assert_int_eq(runner_join(r), RUNNER_GUEST_EXIT);
	ck_assert_int_eq(ended_why, RUNNER_GUEST_EXIT);
}
END_TEST

START_TEST(a_triple_fault_resets_or_ends)
{
	int faults = 0;
	fake_init(&m);
	m.state = MACHINE_STOPPED;
	struct runner *r = start((struct runner_config){.triple_fault = count_fault, .opaque = &faults});
	let_run(50);
	ck_assert_int_eq(runner_join(r), RUNNER_QUIT);
	ck_assert_int_eq(m.resets, 1);
	ck_assert_int_eq(faults, 1);
	m.state = MACHINE_STOPPED;
	r = start((struct runner_config){.no_reboot = true});
	ck_assert_int_eq(runner_wait(r), RUNNER_TRIPLE_FAULT);
	ck_assert_int_eq(runner_join(r), RUNNER_TRIPLE_FAULT);
}
END_TEST

START_TEST(no_shutdown_stays_to_be_looked_at)
{
	fake_init(&m);
	m.state = MACHINE_EXITED;
	struct runner *r = start((struct runner_config){.no_shutdown = true});
	let_run(50);
	ck_assert_int_eq(ended, 0);
	ck_assert(runner_paused(r));
	ck_assert_int_eq(runner_join(r), RUNNER_QUIT);
}
END_TEST

START_TEST(no_reboot_ends_at_a_reset)
{
	fake_init(&m);
	m.state = MACHINE_RESET;
	struct runner *r = start((struct runner_config){.no_reboot = true});
	ck_assert_int_eq(runner_wait(r), RUNNER_GUEST_EXIT);
	runner_join(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("runner");
	TCase *t = tcase_create("runner");
	tcase_set_timeout(t, 20);
	tcase_add_test(t, virtual_time_keeps_pace_with_the_hosts);
	tcase_add_test(t, a_slow_processor_gets_longer_instructions);
	tcase_add_test(t, icount_is_not_paced_and_keeps_its_rate);
	tcase_add_test(t, an_idle_guest_sleeps_to_its_next_event);
	tcase_add_test(t, calls_run_on_the_machines_thread_and_keys_arrive);
	tcase_add_test(t, mouse_movements_are_added_up_but_no_click_is_lost);
	tcase_add_test(t, calls_after_the_end_still_run);
	tcase_add_test(t, a_paused_guest_stands_still_and_loses_no_time);
	tcase_add_test(t, a_picture_is_given_once_until_it_changes);
	tcase_add_test(t, sound_is_silence_until_there_is_some);
	tcase_add_test(t, the_guests_end_ends_the_run);
	tcase_add_test(t, a_triple_fault_resets_or_ends);
	tcase_add_test(t, no_shutdown_stays_to_be_looked_at);
	tcase_add_test(t, no_reboot_ends_at_a_reset);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
