/* check_uart.c - the 16550A against its data sheet (National Semiconductor PC16550D). */
#include "devices/uart.h"

#include <string.h>

#include "tests/devices/chip_bench.h"

#define BASE 0x3f8
#define CHAR_NS 86805u /* 10 bits at 115200 baud: 86805.55 ns */

static struct bench b;
static struct uart u;
static struct probe irq;
static u8 out[256];
static u64 out_ns[256];
static int nout, rooms;

static void put(void *opaque, u8 byte)
{
	(void)opaque;
	out_ns[nout & 255] = clock_now(&b.clock);
	out[nout++ & 255] = byte;
}

static void room(void *opaque)
{
	(void)opaque;
	rooms++;
}

static void wr(int reg, u8 v)
{
	out8(&b, (u16)(BASE + reg), v);
}

static u8 rd(int reg)
{
	return in8(&b, (u16)(BASE + reg));
}

/* 115200 baud, 8 bits, no parity, one stop bit; OUT2, DTR, RTS. */
static void setup(void)
{
	bench_init(&b);
	uart_init(&u, &b.bus, &b.clock, &b.log, BASE);
	u.irq = probe_line(&irq, &b.clock);
	u.out = (struct char_sink){put, NULL};
	u.room = room;
	nout = rooms = 0;
	wr(3, 0x83);
	wr(0, 1), wr(1, 0);
	wr(3, 0x03);
	wr(4, 0x0b);
}

static void receive(u8 byte)
{
	ck_assert(uart_receive(&u, byte));
	bench_run(&b, CHAR_NS + 1);
}

START_TEST(master_reset_values_are_those_of_table_i)
{
	wr(1, 0x0f), wr(2, 0xc1), wr(7, 0x5a);
	uart_reset(&u);
	ck_assert_uint_eq(rd(1), 0x00);
	ck_assert_uint_eq(rd(2), 0x01);
	ck_assert_uint_eq(rd(3), 0x00);
	ck_assert_uint_eq(rd(4), 0x00);
	ck_assert_uint_eq(rd(5), 0x60);
	ck_assert_uint_eq(rd(6), 0xb0); /* our modem: CTS, DSR, DCD */
	ck_assert_uint_eq(rd(7), 0x5a);
	wr(3, 0x80);
	ck_assert_uint_eq(rd(0), 0x01);
}
END_TEST

START_TEST(registers_keep_their_writable_bits)
{
	wr(1, 0xff), wr(4, 0xff), wr(3, 0x7f), wr(7, 0xa5);
	ck_assert_uint_eq(rd(1), 0x0f);
	ck_assert_uint_eq(rd(4), 0x1f);
	ck_assert_uint_eq(rd(3), 0x7f);
	ck_assert_uint_eq(rd(7), 0xa5);
	wr(3, 0x83);
	wr(0, 0x34), wr(1, 0x12);
	ck_assert_uint_eq(rd(0), 0x34);
	ck_assert_uint_eq(rd(1), 0x12);
	wr(3, 0x03);
	ck_assert_uint_eq(rd(1), 0x0f);
}
END_TEST

START_TEST(a_byte_goes_out_after_its_bits)
{
	wr(0, 'x');
	ck_assert_uint_eq(rd(5) & 0x60, 0x00);
	bench_run(&b, 8681); /* the next bit clock */
	ck_assert_uint_eq(rd(5) & 0x60, 0x20);
	bench_run(&b, CHAR_NS - 10);
	ck_assert_int_eq(nout, 0);
	bench_run(&b, 20);
	ck_assert_int_eq(nout, 1);
	ck_assert_uint_eq(out[0], 'x');
	ck_assert_uint_eq(rd(5) & 0x60, 0x60);
}
END_TEST

START_TEST(the_line_format_decides_the_time)
{
	/* 9600 baud, 7 bits, even parity, 2 stop bits: 11 bits of 104166 ns */
	wr(3, 0x9e);
	wr(0, 12);
	wr(3, 0x1e);
	wr(2, 0x01);
	wr(0, 0xff), wr(0, 0x01);
	bench_run(&b, 4000000);
	ck_assert_int_eq(nout, 2);
	ck_assert_uint_eq(out[0], 0x7f);
	ck_assert_uint_ge(out_ns[1] - out_ns[0], 1145832);
	ck_assert_uint_le(out_ns[1] - out_ns[0], 1145834);
	wr(3, 0x04); /* 5 bits, 1.5 stop bits: 7.5 bits */
	wr(0, 0xff), wr(0, 0xff);
	bench_run(&b, 4000000);
	ck_assert_uint_eq(out[3], 0x1f);
	ck_assert_uint_ge(out_ns[3] - out_ns[2], 781249);
	ck_assert_uint_le(out_ns[3] - out_ns[2], 781251);
}
END_TEST

START_TEST(the_fifo_takes_sixteen_bytes_in_order)
{
	wr(2, 0x01);
	for (u8 i = 0; i < 18; i++)
		wr(0, i); /* the last two find it full */
	ck_assert_uint_eq(rd(5) & 0x60, 0);
	bench_run(&b, 20 * CHAR_NS);
	ck_assert_int_eq(nout, 16);
	for (u8 i = 0; i < 16; i++)
		ck_assert_uint_eq(out[i], i);
}
END_TEST

START_TEST(thre_interrupts_when_enabled_and_is_cleared_by_iir)
{
	wr(1, 0x02);
	ck_assert_int_eq(irq.level, 1); /* empty already */
	ck_assert_uint_eq(rd(2), 0x02);
	ck_assert_int_eq(irq.level, 0);
	ck_assert_uint_eq(rd(2), 0x01);
	wr(0, 'a');
	ck_assert_int_eq(irq.level, 0);
	bench_run(&b, 8681);
	ck_assert_int_eq(irq.level, 1); /* THR moved on */
	wr(0, 'b');
	ck_assert_int_eq(irq.level, 0); /* so does writing THR */
	bench_run(&b, CHAR_NS);
	ck_assert_int_eq(irq.level, 1);
	wr(1, 0x00);
	ck_assert_int_eq(irq.level, 0);
}
END_TEST

START_TEST(received_data_interrupts_without_fifo)
{
	wr(1, 0x01);
	receive('q');
	ck_assert_int_eq(irq.level, 1);
	ck_assert_uint_eq(rd(2), 0x04);
	ck_assert_uint_eq(rd(5) & 0x01, 1);
	ck_assert(!uart_receive(&u, 'r')); /* full */
	ck_assert_uint_eq(rd(0), 'q');
	ck_assert_int_eq(irq.level, 0);
	ck_assert_uint_eq(rd(5) & 0x01, 0);
	ck_assert_int_ge(rooms, 1);
	ck_assert(uart_receive(&u, 'r'));
	ck_assert(!uart_receive(&u, 's')); /* the wire is busy */
	bench_run(&b, CHAR_NS + 1);
	ck_assert_uint_eq(rd(0), 'r');
}
END_TEST

START_TEST(fifo_triggers_are_1_4_8_14)
{
	static const int levels[4] = {1, 4, 8, 14};
	wr(1, 0x01);
	for (int t = 0; t < 4; t++) {
		wr(2, (u8)(0x07 | t << 6));
		for (int i = 1; i <= levels[t]; i++) {
			ck_assert_int_eq(irq.level, 0);
			receive((u8)i);
		}
		ck_assert_int_eq(irq.level, 1);
		ck_assert_uint_eq(rd(2), 0xc4);
		rd(0);
		ck_assert_int_eq(irq.level, 0); /* below the trigger again */
	}
}
END_TEST

START_TEST(the_time_out_comes_after_four_characters)
{
	wr(1, 0x01);
	wr(2, 0x81);
	receive('a');
	receive('b');
	bench_run(&b, 4 * CHAR_NS - 100);
	ck_assert_int_eq(irq.level, 0);
	bench_run(&b, 200);
	ck_assert_int_eq(irq.level, 1);
	ck_assert_uint_eq(rd(2), 0xcc);
	rd(0);
	ck_assert_int_eq(irq.level, 0); /* the read starts it again */
	bench_run(&b, 4 * CHAR_NS + 100);
	ck_assert_int_eq(irq.level, 1);
	rd(0);
	bench_run(&b, 10 * CHAR_NS);
	ck_assert_int_eq(irq.level, 0);
}
END_TEST

START_TEST(the_fifo_holds_sixteen_and_then_asks_to_wait)
{
	wr(2, 0x01);
	for (u8 i = 0; i < 16; i++)
		receive(i);
	ck_assert(!uart_can_receive(&u));
	rooms = 0;
	ck_assert_uint_eq(rd(0), 0);
	ck_assert_int_eq(rooms, 1);
	for (u8 i = 1; i < 16; i++)
		ck_assert_uint_eq(rd(0), i);
}
END_TEST

START_TEST(a_break_is_a_line_status_interrupt)
{
	wr(1, 0x05);
	wr(2, 0x01);
	receive('a');
	ck_assert(uart_receive_break(&u));
	bench_run(&b, CHAR_NS + 1);
	ck_assert_uint_eq(rd(5), 0xe1); /* an error somewhere in the FIFO, not at its top */
	rd(0);
	ck_assert_uint_eq(rd(2), 0xc6);
	ck_assert_uint_eq(rd(5), 0xf9); /* BI and FE at the top */
	ck_assert_uint_eq(rd(5), 0x61);
	ck_assert_uint_eq(rd(2), 0xc4);
	ck_assert_uint_eq(rd(0), 0);
}
END_TEST

START_TEST(interrupts_come_in_the_order_of_the_table)
{
	wr(1, 0x0f);
	receive('a');
	wr(4, 0x1b); /* loop */
	wr(0, 'b');
	bench_run(&b, 2 * CHAR_NS); /* overruns RBR */
	wr(4, 0x19);                /* RTS falls: CTS changes */
	ck_assert_uint_eq(rd(2), 0x06);
	ck_assert_uint_eq(rd(5) & 0x02, 0x02);
	ck_assert_uint_eq(rd(2), 0x04);
	ck_assert_uint_eq(rd(0), 'b');
	ck_assert_uint_eq(rd(2), 0x02);
	ck_assert_uint_eq(rd(2), 0x00);
	ck_assert_uint_eq(rd(6) & 0x01, 0x01);
	ck_assert_uint_eq(rd(2), 0x01);
	ck_assert_int_eq(irq.level, 0);
}
END_TEST

START_TEST(loopback_returns_bytes_and_modem_lines)
{
	wr(4, 0x10);
	rd(6);
	ck_assert_uint_eq(rd(6), 0x00);
	wr(4, 0x12); /* RTS -> CTS */
	ck_assert_uint_eq(rd(6), 0x11);
	wr(4, 0x11); /* DTR -> DSR */
	ck_assert_uint_eq(rd(6), 0x23);
	wr(4, 0x14); /* OUT1 -> RI: no delta when it starts */
	ck_assert_uint_eq(rd(6), 0x42);
	wr(4, 0x18); /* OUT2 -> DCD; RI ends: TERI */
	ck_assert_uint_eq(rd(6), 0x8c);
	ck_assert_uint_eq(rd(6), 0x80);
	ck_assert(!uart_receive(&u, 'x'));
	wr(2, 0x01);
	wr(0, 'l'), wr(0, 'o');
	bench_run(&b, 4 * CHAR_NS);
	ck_assert_int_eq(nout, 0);
	ck_assert_uint_eq(rd(0), 'l');
	ck_assert_uint_eq(rd(0), 'o');
	wr(3, 0x43); /* break */
	bench_run(&b, 2 * CHAR_NS);
	ck_assert_uint_eq(rd(5) & 0x19, 0x19);
}
END_TEST

START_TEST(an_overrun_in_the_fifo_keeps_the_old_bytes)
{
	wr(4, 0x18);
	wr(2, 0x01);
	for (u8 i = 0; i < 16; i++)
		wr(0, i);
	bench_run(&b, 20 * CHAR_NS);
	wr(0, 99);
	bench_run(&b, 2 * CHAR_NS);
	ck_assert_uint_eq(rd(5) & 0x02, 0x02);
	for (u8 i = 0; i < 16; i++)
		ck_assert_uint_eq(rd(0), i);
	ck_assert_uint_eq(rd(5) & 0x01, 0);
}
END_TEST

START_TEST(modem_pins_set_deltas_and_interrupt)
{
	rd(6);
	wr(1, 0x08);
	uart_set_modem(&u, UART_DSR | UART_DCD | UART_RI);
	ck_assert_int_eq(irq.level, 1);
	ck_assert_uint_eq(rd(6), 0xe1); /* CTS changed; RI started ringing */
	ck_assert_int_eq(irq.level, 0);
	uart_set_modem(&u, UART_DSR | UART_DCD);
	ck_assert_uint_eq(rd(6), 0xa4); /* TERI */
}
END_TEST

START_TEST(out2_gates_the_interrupt)
{
	wr(4, 0x03);
	wr(1, 0x02);
	ck_assert_int_eq(irq.level, 0);
	wr(4, 0x0b);
	ck_assert_int_eq(irq.level, 1);
}
END_TEST

START_TEST(fcr_clears_the_fifos)
{
	wr(2, 0x01);
	ck_assert_uint_eq(rd(2), 0xc1);
	receive('a');
	for (int i = 0; i < 8; i++)
		wr(0, 'x');
	wr(2, 0x03);
	ck_assert_uint_eq(rd(5) & 0x61, 0x00);
	wr(2, 0x05);
	ck_assert_uint_eq(rd(5) & 0x20, 0x20);
	bench_run(&b, 4 * CHAR_NS);
	ck_assert_int_eq(nout, 0);
	ck_assert_uint_eq(rd(5), 0x60);
	wr(2, 0xc0); /* without bit 0 nothing counts */
	ck_assert_uint_eq(rd(2), 0x01);
}
END_TEST

START_TEST(a_restored_uart_goes_on_sending)
{
	wr(0, 'z');
	bench_run(&b, CHAR_NS / 2);
	struct uart_regs saved = u.r;
	uart_reset(&u);
	u.r = saved;
	uart_restore(&u);
	bench_run(&b, CHAR_NS);
	ck_assert_int_eq(nout, 1);
	ck_assert_uint_eq(out[0], 'z');
}
END_TEST

START_TEST(a_zero_divisor_harms_nobody)
{
	wr(3, 0x80);
	wr(0, 0), wr(1, 0);
	wr(3, 0x03);
	wr(0, 'x');
	bench_run(&b, CLOCK_SECOND);
	ck_assert_int_eq(nout, 0);
	bench_run(&b, 10 * CLOCK_SECOND);
	ck_assert_int_eq(nout, 1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, master_reset_values_are_those_of_table_i);
	tcase_add_test(tc, registers_keep_their_writable_bits);
	tcase_add_test(tc, a_byte_goes_out_after_its_bits);
	tcase_add_test(tc, the_line_format_decides_the_time);
	tcase_add_test(tc, the_fifo_takes_sixteen_bytes_in_order);
	tcase_add_test(tc, thre_interrupts_when_enabled_and_is_cleared_by_iir);
	tcase_add_test(tc, received_data_interrupts_without_fifo);
	tcase_add_test(tc, fifo_triggers_are_1_4_8_14);
	tcase_add_test(tc, the_time_out_comes_after_four_characters);
	tcase_add_test(tc, the_fifo_holds_sixteen_and_then_asks_to_wait);
	tcase_add_test(tc, a_break_is_a_line_status_interrupt);
	tcase_add_test(tc, interrupts_come_in_the_order_of_the_table);
	tcase_add_test(tc, loopback_returns_bytes_and_modem_lines);
	tcase_add_test(tc, an_overrun_in_the_fifo_keeps_the_old_bytes);
	tcase_add_test(tc, modem_pins_set_deltas_and_interrupt);
	tcase_add_test(tc, out2_gates_the_interrupt);
	tcase_add_test(tc, fcr_clears_the_fifos);
	tcase_add_test(tc, a_restored_uart_goes_on_sending);
	tcase_add_test(tc, a_zero_divisor_harms_nobody);
}

int main(void)
{
	return bench_main("uart", add);
}
