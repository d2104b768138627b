/* check_pit.c - the 8254 against the timing diagrams of its data sheet (Intel 231164), and port 61h.
 *
 * A waveform is written as one item for each clock pulse: the value of the counting element,
 * with '_' behind it while OUT is low.
 */
#include "devices/pit.h"

#include <stdio.h>
#include <string.h>

#include "devices/port61.h"
#include "tests/devices/chip_bench.h"

static struct bench b;
static struct pit pit;
static struct pcspk speaker;
static struct port61 port61;
static struct probe irq0, nmi;

static void setup(void)
{
	bench_init(&b);
	pit_init(&pit, &b.bus, &b.clock, &b.log);
	pcspk_init(&speaker, &b.clock, &pit);
	port61_init(&port61, &b.bus, &b.clock, &b.log, &pit, &speaker);
	pit.irq0 = probe_line(&irq0, &b.clock);
	port61.nmi = probe_line(&nmi, &b.clock);
}

/* --- one counter, pulse by pulse --- */

static struct pit_counter c;
static char wave[256];

static void start(u8 control, int gate)
{
	memset(&c, 0, sizeof c);
	c.gate = (u8)gate;
	pit_counter_control(&c, control);
	wave[0] = 0;
}

static void pulses(int n)
{
	while (n--) {
		pit_counter_run(&c, c.tick + 1);
		size_t at = strlen(wave);
		snprintf(wave + at, sizeof wave - at, "%s%X%s", at ? " " : "", c.ce & 0xffff, c.out ? "" : "_");
	}
}

START_TEST(mode_0_raises_out_at_the_terminal_count)
{
	start(0x10, 1);
	ck_assert_int_eq(c.out, 0);
	pit_counter_write(&c, 4);
	pulses(7);
	ck_assert_str_eq(wave, "4_ 3_ 2_ 1_ 0 FFFF FFFE");
}
END_TEST

START_TEST(mode_0_stops_while_gate_is_low)
{
	start(0x10, 1);
	pit_counter_write(&c, 3);
	pulses(2);
	pit_counter_set_gate(&c, 0);
	pulses(2);
	pit_counter_set_gate(&c, 1);
	pulses(3);
	ck_assert_str_eq(wave, "3_ 2_ 2_ 2_ 1_ 0 FFFF");
}
END_TEST

START_TEST(mode_0_takes_a_new_count_with_the_next_pulse)
{
	start(0x10, 1);
	pit_counter_write(&c, 3);
	pulses(3);
	pit_counter_write(&c, 2);
	pulses(4);
	ck_assert_str_eq(wave, "3_ 2_ 1_ 2_ 1_ 0 FFFF");
	pit_counter_write(&c, 2);
	ck_assert_int_eq(c.out, 0); /* at once */
}
END_TEST

START_TEST(mode_0_halts_between_the_two_bytes)
{
	start(0x30, 1);
	pit_counter_write(&c, 5), pit_counter_write(&c, 0);
	pulses(2);
	pit_counter_write(&c, 1);
	pulses(2);
	pit_counter_write(&c, 1);
	pulses(2);
	ck_assert_str_eq(wave, "5_ 4_ 4_ 4_ 101_ 100_");
}
END_TEST

START_TEST(mode_1_is_a_retriggerable_one_shot)
{
	start(0x12, 0);
	ck_assert_int_eq(c.out, 1);
	pit_counter_write(&c, 3);
	pulses(1);
	ck_assert_int_eq(c.out, 1);
	wave[0] = 0;
	pit_counter_set_gate(&c, 1);
	pulses(3);
	pit_counter_set_gate(&c, 0);
	pit_counter_set_gate(&c, 1);
	pulses(5);
	ck_assert_str_eq(wave, "3_ 2_ 1_ 3_ 2_ 1_ 0 FFFF");
}
END_TEST

START_TEST(mode_1_uses_a_new_count_after_the_next_trigger)
{
	start(0x12, 0);
	pit_counter_write(&c, 2);
	pit_counter_set_gate(&c, 1);
	pulses(2);
	pit_counter_write(&c, 4);
	pulses(3);
	pit_counter_set_gate(&c, 0);
	pit_counter_set_gate(&c, 1);
	pulses(2);
	ck_assert_str_eq(wave, "2_ 1_ 0 FFFF FFFE 4_ 3_");
}
END_TEST

START_TEST(mode_2_is_low_for_the_last_pulse_of_each_period)
{
	start(0x14, 1);
	pit_counter_write(&c, 3);
	pulses(7);
	ck_assert_str_eq(wave, "3 2 1_ 3 2 1_ 3");
}
END_TEST

START_TEST(mode_2_starts_again_when_gate_rises)
{
	start(0x14, 1);
	pit_counter_write(&c, 3);
	pulses(2);
	pit_counter_set_gate(&c, 0);
	pulses(1);
	pit_counter_set_gate(&c, 1);
	pulses(4);
	ck_assert_str_eq(wave, "3 2 2 3 2 1_ 3");
	pulses(2);
	ck_assert_int_eq(c.out, 0);
	pit_counter_set_gate(&c, 0);
	ck_assert_int_eq(c.out, 1); /* at once */
}
END_TEST

START_TEST(mode_2_takes_a_new_count_at_the_end_of_the_period)
{
	start(0x14, 1);
	pit_counter_write(&c, 4);
	pulses(2);
	pit_counter_write(&c, 5);
	pulses(5);
	ck_assert_str_eq(wave, "4 3 2 1_ 5 4 3");
}
END_TEST

START_TEST(mode_3_is_a_square_wave)
{
	start(0x16, 1);
	pit_counter_write(&c, 4);
	pulses(10);
	ck_assert_str_eq(wave, "4 2 4_ 2_ 4 2 4_ 2_ 4 2");
}
END_TEST

START_TEST(mode_3_is_high_a_pulse_longer_with_an_odd_count)
{
	start(0x16, 1);
	pit_counter_write(&c, 5);
	pulses(10);
	ck_assert_str_eq(wave, "4 2 0 4_ 2_ 4 2 0 4_ 2_");
}
END_TEST

START_TEST(mode_3_starts_again_when_gate_rises)
{
	start(0x16, 1);
	pit_counter_write(&c, 4);
	pulses(4);
	pit_counter_set_gate(&c, 0);
	pulses(2);
	pit_counter_set_gate(&c, 1);
	pulses(4);
	ck_assert_str_eq(wave, "4 2 4_ 2_ 2 2 4 2 4_ 2_");
}
END_TEST

START_TEST(mode_3_takes_a_new_count_at_the_end_of_the_half)
{
	start(0x16, 1);
	pit_counter_write(&c, 4);
	pulses(1);
	pit_counter_write(&c, 6);
	pulses(5);
	ck_assert_str_eq(wave, "4 2 6_ 4_ 2_ 6");
}
END_TEST

START_TEST(mode_4_strobes_once)
{
	start(0x18, 1);
	pit_counter_write(&c, 3);
	pulses(7);
	ck_assert_str_eq(wave, "3 2 1 0_ FFFF FFFE FFFD");
	pit_counter_run(&c, c.tick + 0xfffd);
	ck_assert_uint_eq(c.ce, 0);
	ck_assert_int_eq(c.out, 1); /* not again when it passes zero */
}
END_TEST

START_TEST(mode_4_waits_for_gate_and_takes_new_counts)
{
	start(0x18, 0);
	pit_counter_write(&c, 3);
	pulses(3);
	pit_counter_set_gate(&c, 1);
	pulses(4);
	ck_assert_str_eq(wave, "3 3 3 2 1 0_ FFFF");
	start(0x18, 1);
	pit_counter_write(&c, 3);
	pulses(3);
	pit_counter_write(&c, 2);
	pulses(4);
	ck_assert_str_eq(wave, "3 2 1 2 1 0_ FFFF");
}
END_TEST

START_TEST(mode_5_strobes_after_a_trigger)
{
	start(0x1a, 0);
	pit_counter_write(&c, 3);
	pulses(2);
	wave[0] = 0;
	pit_counter_set_gate(&c, 1);
	pulses(2);
	pit_counter_set_gate(&c, 0);
	pit_counter_set_gate(&c, 1);
	pulses(5);
	ck_assert_str_eq(wave, "3 2 3 2 1 0_ FFFF");
}
END_TEST

START_TEST(a_long_way_in_one_step_is_the_same_as_pulse_by_pulse)
{
	static const u8 controls[] = {0x10, 0x12, 0x14, 0x16, 0x18, 0x1a, 0x11, 0x15, 0x17};
	for (size_t m = 0; m < ARRAY_LEN(controls); m++)
		for (int count = 0; count < 8; count++) {
			start(controls[m], 0);
			pit_counter_write(&c, (u8)count);
			pit_counter_set_gate(&c, 1);
			struct pit_counter step = c, jump = c;
			u64 edge = pit_counter_next_edge(&step);
			for (int i = 1; i <= 140000; i++) {
				u8 before = step.out;
				pit_counter_run(&step, (u64)i);
				if (step.out != before) {
					ck_assert_uint_eq(edge, (u64)i);
					edge = pit_counter_next_edge(&step);
				}
			}
			pit_counter_run(&jump, 140000);
			ck_assert_mem_eq(&step, &jump, sizeof step);
		}
}
END_TEST

/* --- through the ports --- */

/* Pulses from power-on to the first ns of which the timer was programmed are none. */
static u64 tick_of(int edge)
{
	return pit_ns_to_tick(irq0.edge_ns[edge]);
}

START_TEST(out0_raises_irq0_once_a_period)
{
	out8(&b, 0x43, 0x34);
	out8(&b, 0x40, 100);
	out8(&b, 0x40, 0);
	irq0.nedges = irq0.rises = 0;
	bench_run(&b, pit_tick_to_ns(1001));
	ck_assert_int_eq(irq0.rises, 10);
	ck_assert_uint_eq(tick_of(0), 100); /* loaded by pulse 1, 99 later it is 1 */
	ck_assert_uint_eq(tick_of(1), 101);
	ck_assert_uint_eq(tick_of(2), 200);
}
END_TEST

START_TEST(the_clock_does_not_drift)
{
	/* 105/88 MHz: in 88 s there are exactly 105,000,000 pulses */
	out8(&b, 0x43, 0x36);
	out8(&b, 0x40, 0);
	out8(&b, 0x40, 0);
	int before = irq0.rises;
	bench_run_to(&b, 88 * CLOCK_SECOND);
	ck_assert_int_eq(irq0.rises - before, (105000000 - 1) / 65536);
	ck_assert_uint_eq(pit_ns_to_tick(88 * CLOCK_SECOND), 105000000);
	ck_assert_uint_eq(pit_ns_to_tick(pit_tick_to_ns(123456789)), 123456789);
	ck_assert_uint_eq(pit_ns_to_tick(pit_tick_to_ns(123456789) - 1), 123456788);
}
END_TEST

START_TEST(a_slow_processor_still_gets_every_edge)
{
	clock_init(&b.clock, 1); /* an instruction takes more than a pulse */
	pit.timer.due_ns = CLOCK_NEVER;
	out8(&b, 0x43, 0x34);
	out8(&b, 0x40, 20);
	out8(&b, 0x40, 0);
	int before = irq0.rises;
	bench_run_to(&b, pit_tick_to_ns(2002));
	ck_assert_int_eq(irq0.rises - before, 100);
}
END_TEST

START_TEST(a_latched_count_stays_until_it_is_read)
{
	out8(&b, 0x43, 0x30);
	out8(&b, 0x40, 0x34);
	out8(&b, 0x40, 0x12);
	bench_run_to(&b, pit_tick_to_ns(1 + 0x10));
	out8(&b, 0x43, 0x00);
	bench_run(&b, 50000);
	out8(&b, 0x43, 0x00); /* ignored */
	ck_assert_uint_eq(in8(&b, 0x40), 0x24);
	ck_assert_uint_eq(in8(&b, 0x40), 0x12);
	ck_assert_uint_ne(in8(&b, 0x40), 0x24);
}
END_TEST

START_TEST(read_back_gives_status_then_count)
{
	out8(&b, 0x43, 0xb0); /* counter 2, both bytes, mode 0 */
	out8(&b, 0x43, 0xe8); /* status only, counter 2 */
	ck_assert_uint_eq(in8(&b, 0x42), 0x70); /* OUT low, null count, 11 000 0 */
	out8(&b, 0x61, 1);
	out8(&b, 0x42, 0x10);
	out8(&b, 0x42, 0x00);
	bench_run_to(&b, pit_tick_to_ns(4));
	out8(&b, 0x43, 0xc8); /* both */
	bench_run_to(&b, pit_tick_to_ns(400));
	ck_assert_uint_eq(in8(&b, 0x42), 0x30);
	ck_assert_uint_eq(in8(&b, 0x42), 0x0d);
	ck_assert_uint_eq(in8(&b, 0x42), 0x00);
	out8(&b, 0x43, 0xe8);
	ck_assert_uint_eq(in8(&b, 0x42), 0xb0); /* OUT high */
}
END_TEST

START_TEST(bcd_counts_from_9999)
{
	out8(&b, 0x43, 0x31);
	out8(&b, 0x40, 0x00);
	out8(&b, 0x40, 0x10); /* 1000 */
	bench_run_to(&b, pit_tick_to_ns(2));
	out8(&b, 0x43, 0x00);
	ck_assert_uint_eq(in8(&b, 0x40), 0x99);
	ck_assert_uint_eq(in8(&b, 0x40), 0x09);
	bench_run_to(&b, pit_tick_to_ns(1 + 1000 + 1));
	ck_assert_int_eq(irq0.level, 1);
	out8(&b, 0x43, 0x00);
	ck_assert_uint_eq(in8(&b, 0x40), 0x99);
	ck_assert_uint_eq(in8(&b, 0x40), 0x99);
}
END_TEST

START_TEST(single_byte_formats_leave_the_other_byte_zero)
{
	out8(&b, 0x43, 0x20); /* MSB only */
	out8(&b, 0x40, 0x02);
	bench_run_to(&b, pit_tick_to_ns(1));
	ck_assert_uint_eq(pit.r.counter[0].cr, 0x200);
	ck_assert_uint_eq(in8(&b, 0x40), 0x02);
	bench_run_to(&b, pit_tick_to_ns(2));
	ck_assert_uint_eq(in8(&b, 0x40), 0x01);
}
END_TEST

START_TEST(port_61_shows_gate_refresh_and_out2)
{
	out8(&b, 0x61, 0xff);
	ck_assert_uint_eq(in8(&b, 0x61) & 0xcf, 0x0f);
	u8 before = in8(&b, 0x61) & 0x10;
	bench_run_to(&b, pit_tick_to_ns(1 + 18));
	ck_assert_uint_ne(in8(&b, 0x61) & 0x10, before);
	out8(&b, 0x43, 0xb0);
	ck_assert_uint_eq(in8(&b, 0x61) & 0x20, 0);
	out8(&b, 0x42, 10), out8(&b, 0x42, 0);
	bench_run(&b, 11000);
	ck_assert_uint_eq(in8(&b, 0x61) & 0x20, 0x20);
}
END_TEST

START_TEST(port_61_latches_errors_until_they_are_disabled)
{
	port61_set_error(&port61, PORT61_IOCHK, 1);
	port61_set_error(&port61, PORT61_IOCHK, 0);
	ck_assert_int_eq(nmi.level, 1);
	ck_assert_uint_eq(in8(&b, 0x61) & 0xc0, 0x40);
	out8(&b, 0x61, 0x08);
	ck_assert_int_eq(nmi.level, 0);
	port61_set_error(&port61, PORT61_IOCHK, 1);
	ck_assert_int_eq(nmi.level, 0);
	port61_set_error(&port61, PORT61_SERR, 1);
	ck_assert_uint_eq(in8(&b, 0x61) & 0xc0, 0x80);
}
END_TEST

/* --- the speaker --- */

START_TEST(the_speaker_plays_what_counter_2_is_programmed_to)
{
	static s16 samples[48000];
	out8(&b, 0x43, 0xb6);
	out8(&b, 0x42, 1193 & 0xff), out8(&b, 0x42, 1193 >> 8); /* 1000.15 Hz */
	out8(&b, 0x61, 3);
	bench_run_to(&b, CLOCK_SECOND);
	ck_assert_int_eq(pcspk_render(&speaker, samples, 48000, 48000), 48000);
	int crossings = 0;
	for (int i = 1; i < 48000; i++)
		crossings += samples[i - 1] < 0 && samples[i] >= 0;
	ck_assert_int_ge(crossings, 998);
	ck_assert_int_le(crossings, 1001);
	ck_assert_int_eq(pcspk_render(&speaker, samples, 48000, 48000), 0); /* not beyond now */
}
END_TEST

START_TEST(the_speaker_is_silent_without_the_data_bit)
{
	static s16 samples[4800];
	out8(&b, 0x43, 0xb6);
	out8(&b, 0x42, 0), out8(&b, 0x42, 4);
	out8(&b, 0x61, 1);
	bench_run(&b, CLOCK_SECOND / 10);
	ck_assert_int_eq(pcspk_render(&speaker, samples, 4800, 48000), 4800);
	for (int i = 0; i < 4800; i++)
		ck_assert_int_eq(samples[i], 0);
}
END_TEST

START_TEST(a_constant_level_fades_to_silence)
{
	static s16 samples[48000];
	out8(&b, 0x43, 0xb6); /* mode 3 without a count: OUT high */
	out8(&b, 0x61, 2);
	bench_run(&b, CLOCK_SECOND);
	pcspk_render(&speaker, samples, 48000, 48000);
	ck_assert_int_gt(samples[1], PCSPK_AMPLITUDE * 9 / 10);
	ck_assert_int_eq(samples[47999], 0);
}
END_TEST

START_TEST(a_full_queue_keeps_the_last_state)
{
	static s16 samples[4800];
	for (int i = 0; i < 3 * PCSPK_QUEUE; i++) {
		out8(&b, 0x61, i & 1 ? 0 : 2);
		bench_run(&b, 10);
	}
	out8(&b, 0x61, 0);
	pcspk_catch_up(&speaker);
	ck_assert_uint_eq(speaker.now.data, 0);
	bench_run(&b, CLOCK_SECOND / 10);
	ck_assert_int_eq(pcspk_render(&speaker, samples, 4800, 48000), 4800);
	ck_assert_int_eq(samples[4799], 0);
}
END_TEST

START_TEST(a_restored_timer_goes_on)
{
	out8(&b, 0x43, 0x34);
	out8(&b, 0x40, 100), out8(&b, 0x40, 0);
	bench_run_to(&b, pit_tick_to_ns(50));
	struct pit_regs saved = pit.r;
	bench_run_to(&b, pit_tick_to_ns(60));
	out8(&b, 0x43, 0x30);
	pit.r = saved;
	pit_restore(&pit);
	irq0.nedges = 0;
	bench_run_to(&b, pit_tick_to_ns(150));
	ck_assert_uint_eq(tick_of(0), 100);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, mode_0_raises_out_at_the_terminal_count);
	tcase_add_test(tc, mode_0_stops_while_gate_is_low);
	tcase_add_test(tc, mode_0_takes_a_new_count_with_the_next_pulse);
	tcase_add_test(tc, mode_0_halts_between_the_two_bytes);
	tcase_add_test(tc, mode_1_is_a_retriggerable_one_shot);
	tcase_add_test(tc, mode_1_uses_a_new_count_after_the_next_trigger);
	tcase_add_test(tc, mode_2_is_low_for_the_last_pulse_of_each_period);
	tcase_add_test(tc, mode_2_starts_again_when_gate_rises);
	tcase_add_test(tc, mode_2_takes_a_new_count_at_the_end_of_the_period);
	tcase_add_test(tc, mode_3_is_a_square_wave);
	tcase_add_test(tc, mode_3_is_high_a_pulse_longer_with_an_odd_count);
	tcase_add_test(tc, mode_3_starts_again_when_gate_rises);
	tcase_add_test(tc, mode_3_takes_a_new_count_at_the_end_of_the_half);
	tcase_add_test(tc, mode_4_strobes_once);
	tcase_add_test(tc, mode_4_waits_for_gate_and_takes_new_counts);
	tcase_add_test(tc, mode_5_strobes_after_a_trigger);
	tcase_add_test(tc, a_long_way_in_one_step_is_the_same_as_pulse_by_pulse);
	tcase_add_test(tc, out0_raises_irq0_once_a_period);
	tcase_add_test(tc, the_clock_does_not_drift);
	tcase_add_test(tc, a_slow_processor_still_gets_every_edge);
	tcase_add_test(tc, a_latched_count_stays_until_it_is_read);
	tcase_add_test(tc, read_back_gives_status_then_count);
	tcase_add_test(tc, bcd_counts_from_9999);
	tcase_add_test(tc, single_byte_formats_leave_the_other_byte_zero);
	tcase_add_test(tc, port_61_shows_gate_refresh_and_out2);
	tcase_add_test(tc, port_61_latches_errors_until_they_are_disabled);
	tcase_add_test(tc, the_speaker_plays_what_counter_2_is_programmed_to);
	tcase_add_test(tc, the_speaker_is_silent_without_the_data_bit);
	tcase_add_test(tc, a_constant_level_fades_to_silence);
	tcase_add_test(tc, a_full_queue_keeps_the_last_state);
	tcase_add_test(tc, a_restored_timer_goes_on);
}

int main(void)
{
	return bench_main("pit", add);
}
