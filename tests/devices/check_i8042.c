/* check_i8042.c - the keyboard controller's commands and outputs, with devices made of cardboard.
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller".
 */
#include "devices/i8042.h"
#include "tests/devices/chip_bench.h"

static struct bench b;
static struct i8042 kbc;
static struct probe irq1, irq12, a20, reset;

/* A device that sends what is put into `out` and remembers what it was sent. */
struct dummy {
	struct fifo in, out;
	bool deaf;
};
static struct dummy dev[2];

static bool dummy_write(void *opaque, u8 byte)
{
	struct dummy *d = opaque;
	if (d->deaf)
		return false;
	fifo_put(&d->in, byte);
	return true;
}

static bool dummy_has_data(void *opaque)
{
	return ((struct dummy *)opaque)->out.count > 0;
}

static u8 dummy_read(void *opaque)
{
	return fifo_get(&((struct dummy *)opaque)->out);
}

static void device_sends(int port, u8 byte)
{
	fifo_put(&dev[port].out, byte);
	i8042_data_ready(&kbc, port, 1);
}

static void setup(void)
{
	bench_init(&b);
	i8042_init(&kbc, &b.bus, &b.clock, &b.log);
	kbc.irq1 = probe_line(&irq1, &b.clock);
	kbc.irq12 = probe_line(&irq12, &b.clock);
	kbc.a20 = probe_line(&a20, &b.clock);
	kbc.reset = probe_line(&reset, &b.clock);
	for (int i = 0; i < 2; i++) {
		fifo_init(&dev[i].in, 16);
		fifo_init(&dev[i].out, 16);
		dev[i].deaf = false;
		i8042_attach(&kbc, i, (struct ps2_port){&dev[i], dummy_write, dummy_has_data, dummy_read});
	}
	i8042_reset(&kbc);
	out8(&b, 0x64, 0x60);
	out8(&b, 0x60, 0x47); /* both interrupts, system flag, translation */
}

static u8 status(void)
{
	return in8(&b, 0x64);
}

/* The next byte from the output buffer within 10 ms, -1 if none. */
static int get(void)
{
	for (int i = 0; i < 1000 && !(status() & 1); i++)
		bench_run(&b, 10000);
	return status() & 1 ? in8(&b, 0x60) : -1;
}

static int ask(u8 command)
{
	out8(&b, 0x64, command);
	return get();
}

START_TEST(self_tests_answer_55_and_00)
{
	ck_assert_int_eq(ask(0xaa), 0x55);
	ck_assert_int_eq(ask(0xa9), 0x00);
	ck_assert_int_eq(ask(0xab), 0x00);
	ck_assert_uint_eq(status() & 0x04, 0x04);
}
END_TEST

START_TEST(an_answer_takes_a_moment_and_the_input_buffer_shows_full)
{
	out8(&b, 0x64, 0xab);
	ck_assert_uint_eq(status() & 0x0b, 0x0a); /* command, IBF, not OBF */
	bench_run(&b, I8042_BUSY_NS);
	ck_assert_uint_eq(status() & 0x03, 0x00);
	bench_run(&b, I8042_ANSWER_NS);
	ck_assert_uint_eq(status() & 0x03, 0x01);
	ck_assert_uint_eq(status() & 0x10, 0x10); /* not inhibited */
}
END_TEST

START_TEST(the_command_byte_and_ram_read_back)
{
	ck_assert_int_eq(ask(0x20), 0x47);
	for (u8 i = 1; i < 32; i++) {
		out8(&b, 0x64, 0x60 | i);
		out8(&b, 0x60, 0xc0 | i);
	}
	for (u8 i = 1; i < 32; i++)
		ck_assert_int_eq(ask(0x20 | i), 0xc0 | i);
	ck_assert_int_eq(ask(0x20), 0x47);
}
END_TEST

START_TEST(disable_and_enable_move_bits_4_and_5)
{
	out8(&b, 0x64, 0xad);
	out8(&b, 0x64, 0xa7);
	ck_assert_int_eq(ask(0x20), 0x77);
	ck_assert_int_eq(ask(0xe0), 0x00); /* both clocks low */
	out8(&b, 0x64, 0xae);
	ck_assert_int_eq(ask(0xe0), 0x01);
	out8(&b, 0x64, 0xa8);
	ck_assert_int_eq(ask(0x20), 0x47);
	ck_assert_int_eq(ask(0xe0), 0x03);
}
END_TEST

START_TEST(the_system_flag_follows_the_command_byte)
{
	out8(&b, 0x64, 0x60);
	out8(&b, 0x60, 0x00);
	ck_assert_uint_eq(status() & 0x04, 0);
	out8(&b, 0x64, 0x60);
	out8(&b, 0x60, 0x04);
	ck_assert_uint_eq(status() & 0x04, 0x04);
}
END_TEST

START_TEST(keyboard_bytes_are_translated_and_raise_irq1)
{
	device_sends(0, 0x1c); /* A in set 2 */
	bench_run(&b, PS2_BYTE_NS - 1);
	ck_assert_uint_eq(status() & 1, 0);
	bench_run(&b, 1);
	ck_assert_uint_eq(status() & 0x21, 0x01);
	ck_assert_int_eq(irq1.level, 1);
	ck_assert_uint_eq(in8(&b, 0x60), 0x1e); /* A in set 1 */
	ck_assert_int_eq(irq1.level, 0);
	ck_assert_uint_eq(in8(&b, 0x60), 0x1e); /* the buffer keeps its last byte */
	device_sends(0, 0xf0);
	device_sends(0, 0x1c);
	ck_assert_int_eq(get(), 0x9e);
	device_sends(0, 0xe0);
	device_sends(0, 0xf0);
	device_sends(0, 0x75);
	ck_assert_int_eq(get(), 0xe0);
	ck_assert_int_eq(get(), 0xc8);
	device_sends(0, 0xfa);
	ck_assert_int_eq(get(), 0xfa);
	ck_assert_int_eq(get(), -1);
	ck_assert_int_eq(irq1.rises, 5);
}
END_TEST

START_TEST(without_translation_bytes_pass_as_they_are)
{
	out8(&b, 0x64, 0x60);
	out8(&b, 0x60, 0x05);
	device_sends(0, 0xf0);
	device_sends(0, 0x1c);
	ck_assert_int_eq(get(), 0xf0);
	ck_assert_int_eq(get(), 0x1c);
}
END_TEST

START_TEST(mouse_bytes_set_auxb_and_raise_irq12)
{
	device_sends(1, 0xf0);
	bench_run(&b, PS2_BYTE_NS);
	ck_assert_uint_eq(status() & 0x21, 0x21);
	ck_assert_int_eq(irq12.level, 1);
	ck_assert_int_eq(irq1.level, 0);
	ck_assert_int_eq(get(), 0xf0);
	ck_assert_uint_eq(status() & 0x21, 0);
	ck_assert_int_eq(irq12.level, 0);
}
END_TEST

START_TEST(keyboard_and_mouse_take_turns)
{
	for (u8 i = 1; i <= 2; i++) {
		device_sends(0, 0x80 + i);
		device_sends(1, 0x90 + i);
	}
	ck_assert_int_eq(get(), 0x81);
	ck_assert_int_eq(get(), 0x91);
	ck_assert_int_eq(get(), 0x82);
	ck_assert_int_eq(get(), 0x92);
}
END_TEST

START_TEST(a_disabled_interface_sends_nothing_until_enabled)
{
	out8(&b, 0x64, 0xad);
	device_sends(0, 0x1c);
	ck_assert_int_eq(get(), -1);
	out8(&b, 0x64, 0xae);
	ck_assert_int_eq(get(), 0x1e);
	device_sends(0, 0x1c);
	bench_run(&b, PS2_BYTE_NS / 2);
	out8(&b, 0x64, 0xad); /* stops it in mid-byte */
	bench_run(&b, PS2_BYTE_NS);
	ck_assert_uint_eq(status() & 1, 0);
}
END_TEST

START_TEST(the_controllers_answer_goes_before_a_device_byte)
{
	device_sends(0, 0x1c);
	bench_run(&b, PS2_BYTE_NS / 2);
	ck_assert_int_eq(ask(0x20), 0x47);
	ck_assert_int_eq(get(), 0x1e);
}
END_TEST

START_TEST(data_goes_to_the_keyboard_and_enables_it)
{
	out8(&b, 0x64, 0xad);
	out8(&b, 0x60, 0xed);
	ck_assert_uint_eq(status() & 0x08, 0);
	ck_assert_uint_eq(fifo_get(&dev[0].in), 0xed);
	ck_assert_int_eq(ask(0x20), 0x47);
	out8(&b, 0x64, 0xd4);
	out8(&b, 0x60, 0xf4);
	ck_assert_uint_eq(fifo_get(&dev[1].in), 0xf4);
	ck_assert_uint_eq(dev[0].in.count, 0);
}
END_TEST

START_TEST(a_deaf_device_is_a_time_out)
{
	dev[1].deaf = true;
	out8(&b, 0x64, 0xd4);
	out8(&b, 0x60, 0xf4);
	bench_run(&b, I8042_ANSWER_NS);
	ck_assert_uint_eq(status() & 0x61, 0x61);
	ck_assert_int_eq(get(), 0xfe);
	ck_assert_uint_eq(status() & 0x60, 0);
	i8042_attach(&kbc, 0, (struct ps2_port){0});
	out8(&b, 0x60, 0xf4);
	bench_run(&b, I8042_ANSWER_NS);
	ck_assert_uint_eq(status() & 0x61, 0x41);
}
END_TEST

START_TEST(d2_and_d3_fill_the_output_buffer)
{
	out8(&b, 0x64, 0xd2);
	out8(&b, 0x60, 0x1c);
	bench_run(&b, I8042_ANSWER_NS);
	ck_assert_int_eq(irq1.level, 1);
	ck_assert_int_eq(get(), 0x1c); /* not translated */
	out8(&b, 0x64, 0xd3);
	out8(&b, 0x60, 0x55);
	bench_run(&b, I8042_ANSWER_NS);
	ck_assert_uint_eq(status() & 0x21, 0x21);
	ck_assert_int_eq(irq12.level, 1);
	ck_assert_int_eq(get(), 0x55);
}
END_TEST

START_TEST(d1_drives_a20_and_reset_and_d0_reads_them)
{
	ck_assert_int_eq(a20.level, 1); /* open at power-on */
	out8(&b, 0x64, 0xd1);
	out8(&b, 0x60, 0xdd);
	ck_assert_int_eq(a20.level, 0);
	ck_assert_int_eq(ask(0xd0) & 0x03, 0x01);
	out8(&b, 0x64, 0xd1);
	out8(&b, 0x60, 0xdf);
	ck_assert_int_eq(a20.level, 1);
	ck_assert_int_eq(ask(0xd0) & 0x03, 0x03);
	ck_assert_int_eq(reset.rises, 0);
	out8(&b, 0x64, 0xd1);
	out8(&b, 0x60, 0xde);
	ck_assert_int_eq(reset.level, 1);
}
END_TEST

START_TEST(d0_shows_the_interrupt_lines)
{
	device_sends(0, 0x1c);
	bench_run(&b, PS2_BYTE_NS);
	out8(&b, 0x64, 0xd0);
	bench_run(&b, 100000);
	ck_assert_uint_eq(in8(&b, 0x60), 0x1e);
	ck_assert_int_eq(get() & 0x30, 0x10); /* as it was when the command came */
	ck_assert_int_eq(ask(0xd0) & 0x30, 0);
}
END_TEST

START_TEST(fe_pulses_reset_for_six_microseconds)
{
	out8(&b, 0x64, 0xff); /* no bit */
	ck_assert_int_eq(reset.rises, 0);
	out8(&b, 0x64, 0xfe);
	ck_assert_int_eq(reset.level, 1);
	bench_run(&b, I8042_PULSE_NS);
	ck_assert_int_eq(reset.level, 0);
	out8(&b, 0x64, 0xfd); /* bit 1 */
	ck_assert_int_eq(a20.level, 0);
	ck_assert_int_eq(reset.rises, 1);
	bench_run(&b, I8042_PULSE_NS);
	ck_assert_int_eq(a20.level, 1);
}
END_TEST

START_TEST(c1_and_c2_show_the_input_port_in_the_status)
{
	int in = ask(0xc0);
	ck_assert_int_eq(in & 0xa0, 0xa0); /* not locked, manufacturing jumper off */
	out8(&b, 0x64, 0xc1);
	ck_assert_uint_eq(status() >> 4, in & 15);
	out8(&b, 0x64, 0xc2);
	ck_assert_uint_eq(status() >> 4, in >> 4);
	out8(&b, 0x64, 0xae);
	ck_assert_uint_eq(status() >> 4, 1);
}
END_TEST

START_TEST(interrupts_can_be_disabled)
{
	out8(&b, 0x64, 0x60);
	out8(&b, 0x60, 0x44);
	device_sends(0, 0x1c);
	bench_run(&b, PS2_BYTE_NS);
	ck_assert_uint_eq(status() & 1, 1);
	ck_assert_int_eq(irq1.level, 0);
	out8(&b, 0x64, 0x60);
	out8(&b, 0x60, 0x45);
	ck_assert_int_eq(irq1.level, 1);
}
END_TEST

START_TEST(a_password_locks_until_it_is_typed)
{
	ck_assert_int_eq(ask(0xa4), 0xf1);
	out8(&b, 0x64, 0xa5);
	out8(&b, 0x60, 0x1e); /* A */
	out8(&b, 0x60, 0x30); /* B */
	out8(&b, 0x60, 0x00);
	ck_assert_int_eq(ask(0xa4), 0xfa);
	out8(&b, 0x64, 0xa6);
	static const u8 typed[] = {0x32, 0x1c, 0xf0, 0x1c, 0x1c, 0x32}; /* B, A, A released, A, B */
	for (size_t i = 0; i < ARRAY_LEN(typed); i++)
		device_sends(0, typed[i]);
	ck_assert_int_eq(get(), -1);
	device_sends(0, 0x21);
	ck_assert_int_eq(get(), 0x2e);
}
END_TEST

START_TEST(a_full_buffer_holds_the_device_back)
{
	device_sends(0, 0x1c);
	device_sends(0, 0x32);
	bench_run(&b, 10 * PS2_BYTE_NS);
	ck_assert_uint_eq(dev[0].out.count, 1);
	ck_assert_uint_eq(in8(&b, 0x60), 0x1e);
	ck_assert_uint_eq(status() & 1, 0);
	bench_run(&b, PS2_BYTE_NS);
	ck_assert_uint_eq(in8(&b, 0x60), 0x30);
}
END_TEST

START_TEST(a_restored_controller_goes_on)
{
	device_sends(0, 0x1c);
	bench_run(&b, PS2_BYTE_NS / 4);
	struct i8042_regs saved = kbc.r;
	i8042_reset(&kbc);
	ck_assert_int_eq(irq1.level, 0);
	kbc.r = saved;
	i8042_restore(&kbc);
	bench_run(&b, PS2_BYTE_NS * 3 / 4);
	ck_assert_uint_eq(status() & 1, 1);
	ck_assert_int_eq(irq1.level, 1);
}
END_TEST

START_TEST(no_command_hangs_the_controller)
{
	for (int v = 0; v < 256; v++) {
		out8(&b, 0x64, (u8)v);
		out8(&b, 0x60, (u8)v);
		bench_run(&b, 100000);
	}
	setup();
	ck_assert_int_eq(ask(0xaa), 0x55);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, self_tests_answer_55_and_00);
	tcase_add_test(tc, an_answer_takes_a_moment_and_the_input_buffer_shows_full);
	tcase_add_test(tc, the_command_byte_and_ram_read_back);
	tcase_add_test(tc, disable_and_enable_move_bits_4_and_5);
	tcase_add_test(tc, the_system_flag_follows_the_command_byte);
	tcase_add_test(tc, keyboard_bytes_are_translated_and_raise_irq1);
	tcase_add_test(tc, without_translation_bytes_pass_as_they_are);
	tcase_add_test(tc, mouse_bytes_set_auxb_and_raise_irq12);
	tcase_add_test(tc, keyboard_and_mouse_take_turns);
	tcase_add_test(tc, a_disabled_interface_sends_nothing_until_enabled);
	tcase_add_test(tc, the_controllers_answer_goes_before_a_device_byte);
	tcase_add_test(tc, data_goes_to_the_keyboard_and_enables_it);
	tcase_add_test(tc, a_deaf_device_is_a_time_out);
	tcase_add_test(tc, d2_and_d3_fill_the_output_buffer);
	tcase_add_test(tc, d1_drives_a20_and_reset_and_d0_reads_them);
	tcase_add_test(tc, d0_shows_the_interrupt_lines);
	tcase_add_test(tc, fe_pulses_reset_for_six_microseconds);
	tcase_add_test(tc, c1_and_c2_show_the_input_port_in_the_status);
	tcase_add_test(tc, interrupts_can_be_disabled);
	tcase_add_test(tc, a_password_locks_until_it_is_typed);
	tcase_add_test(tc, a_full_buffer_holds_the_device_back);
	tcase_add_test(tc, a_restored_controller_goes_on);
	tcase_add_test(tc, no_command_hangs_the_controller);
}

int main(void)
{
	return bench_main("i8042", add);
}
