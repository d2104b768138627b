/* check_small_ports.c - port 92h, the POST code, the debug console and the exit port. */
#include "devices/debugcon.h"
#include "devices/debugexit.h"
#include "devices/gpe.h"
#include "devices/port92.h"
#include "devices/postcode.h"
#include "tests/devices/chip_bench.h"

static struct bench b;
static struct port92 port92;
static struct postcode post;
static struct debugcon con;
static struct debugexit quit;
static struct probe a20, reset;
static int status, nbytes;
static u8 bytes[16];

static void put(void *opaque, u8 byte)
{
	(void)opaque;
	bytes[nbytes++ & 15] = byte;
}

static void on_exit_status(void *opaque, int s)
{
	(void)opaque;
	status = s;
}

static void setup(void)
{
	bench_init(&b);
	port92_init(&port92, &b.bus, &b.clock, &b.log);
	postcode_init(&post, &b.bus, &b.clock, &b.log);
	debugcon_init(&con, &b.bus, &b.clock, &b.log, DEBUGCON_PORT);
	debugexit_init(&quit, &b.bus, &b.clock, &b.log, 0x501);
	port92.a20 = probe_line(&a20, &b.clock);
	port92.reset = probe_line(&reset, &b.clock);
	con.out = post.out = (struct char_sink){put, NULL};
	quit.exit = on_exit_status;
	status = -1;
	nbytes = 0;
}

START_TEST(general_purpose_events_are_enabled_but_never_raised)
{
	static struct gpe gpe; /* ACPI 1.0, 4.7.4.3.1: status, a write of 1 clears; then enable bits */
	gpe_init(&gpe, &b.bus, &b.clock, &b.log);
	bus_out(&b.bus, 0xafe0, 4, 0xa55affff);
	ck_assert_uint_eq(bus_in(&b.bus, 0xafe0, 4), 0xa55a0000);
	gpe_reset(&gpe);
	ck_assert_uint_eq(bus_in(&b.bus, 0xafe0, 4), 0);
}
END_TEST

START_TEST(port_92_gates_a20_and_resets_on_a_rising_bit_0)
{
	out8(&b, 0x92, 0xfe);
	ck_assert_int_eq(a20.level, 1);
	ck_assert_uint_eq(in8(&b, 0x92), 0x02); /* bits 7..2 are reserved */
	ck_assert_int_eq(reset.rises, 0);
	out8(&b, 0x92, 0x03);
	ck_assert_int_eq(reset.rises, 1);
	out8(&b, 0x92, 0x01);
	ck_assert_int_eq(reset.rises, 1);
	ck_assert_int_eq(a20.level, 0);
	out8(&b, 0x92, 0x00);
	out8(&b, 0x92, 0x01);
	ck_assert_int_eq(reset.rises, 2);
}
END_TEST

START_TEST(the_post_code_is_kept_and_told)
{
	out8(&b, 0x80, 0x12);
	out8(&b, 0x80, 0x34);
	ck_assert_uint_eq(in8(&b, 0x80), 0x34);
	ck_assert_uint_eq(post.r.writes, 2);
	ck_assert_uint_eq(bytes[1], 0x34);
}
END_TEST

START_TEST(the_debug_console_answers_e9_and_prints)
{
	ck_assert_uint_eq(in8(&b, 0xe9), 0xe9);
	out8(&b, 0xe9, 'x');
	ck_assert_int_eq(nbytes, 1);
	ck_assert_uint_eq(bytes[0], 'x');
}
END_TEST

START_TEST(the_exit_port_gives_twice_the_value_plus_one)
{
	out8(&b, 0x501, 0x10);
	ck_assert_int_eq(status, 0x21);
	bus_out(&b.bus, 0x501, 4, 0xffffffff);
	ck_assert_int_eq(status, 0x7fffffff);
	ck_assert_uint_eq(in8(&b, 0x501), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, general_purpose_events_are_enabled_but_never_raised);
	tcase_add_test(tc, port_92_gates_a20_and_resets_on_a_rising_bit_0);
	tcase_add_test(tc, the_post_code_is_kept_and_told);
	tcase_add_test(tc, the_debug_console_answers_e9_and_prints);
	tcase_add_test(tc, the_exit_port_gives_twice_the_value_plus_one);
}

int main(void)
{
	return bench_main("small ports", add);
}
