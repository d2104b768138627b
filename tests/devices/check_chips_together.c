/* check_chips_together.c - all the basic chips on one bus: no access may harm the host, and a
 * board restored from its registers goes on exactly as the original does.
 */
#include <string.h>

#include "devices/debugcon.h"
#include "devices/debugexit.h"
#include "devices/dma8237.h"
#include "devices/i8042.h"
#include "devices/pcspk.h"
#include "devices/pic.h"
#include "devices/pit.h"
#include "devices/port61.h"
#include "devices/port92.h"
#include "devices/postcode.h"
#include "devices/ps2_keyboard.h"
#include "devices/rtc.h"
#include "devices/uart.h"
#include "tests/devices/chip_bench.h"

struct board {
	struct bench b;
	struct pic pic;
	struct pit pit;
	struct pcspk speaker;
	struct port61 port61;
	struct rtc rtc;
	struct dma dma;
	struct i8042 kbc;
	struct ps2_keyboard kb;
	struct uart uart;
	struct port92 port92;
	struct postcode post;
	struct debugcon con;
	struct debugexit quit;
	u64 seed;
};

static struct board *one, *two;

static void build(struct board *m)
{
	struct bus *bus = &m->b.bus;
	struct clock *clock = &m->b.clock;
	struct log *log = &m->b.log;
	memset(m, 0, sizeof *m);
	bench_init(&m->b);
	pic_init(&m->pic, bus, clock, log);
	pit_init(&m->pit, bus, clock, log);
	pcspk_init(&m->speaker, clock, &m->pit);
	port61_init(&m->port61, bus, clock, log, &m->pit, &m->speaker);
	rtc_init(&m->rtc, bus, clock, log, &(struct rtc_config){.base_seconds = 123456789});
	dma_init(&m->dma, bus, clock, log);
	i8042_init(&m->kbc, bus, clock, log);
	ps2_keyboard_init(&m->kb, clock, log);
	uart_init(&m->uart, bus, clock, log, 0x3f8);
	port92_init(&m->port92, bus, clock, log);
	postcode_init(&m->post, bus, clock, log);
	debugcon_init(&m->con, bus, clock, log, DEBUGCON_PORT);
	debugexit_init(&m->quit, bus, clock, log, 0xf4);
	i8042_attach(&m->kbc, I8042_KEYBOARD, ps2_keyboard_port(&m->kb));
	m->kb.ready = (struct line){i8042_data_ready, &m->kbc, I8042_KEYBOARD};
	m->pit.irq0 = (struct line){pic_set_irq, &m->pic, 0};
	m->kbc.irq1 = (struct line){pic_set_irq, &m->pic, 1};
	m->uart.irq = (struct line){pic_set_irq, &m->pic, 4};
	m->rtc.irq8 = (struct line){pic_set_irq, &m->pic, 8};
	m->kbc.irq12 = (struct line){pic_set_irq, &m->pic, 12};
	m->seed = 88172645463325252ull;
}

static void setup(void)
{
	one = calloc(1, sizeof *one);
	two = calloc(1, sizeof *two);
	build(one);
	build(two);
}

static void teardown(void)
{
	free(one);
	free(two);
}

static u32 rnd(struct board *m)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 7;
	m->seed ^= m->seed << 17;
	return (u32)(m->seed >> 11);
}

static u16 random_port(struct board *m)
{
	static const u16 range[][2] = {{0x00, 16}, {0x20, 2}, {0x40, 4}, {0x60, 1}, {0x61, 1}, {0x64, 1}, {0x70, 2},
		{0x80, 16}, {0x92, 1}, {0xa0, 2}, {0xc0, 32}, {0xe9, 1}, {0xf4, 4}, {0x3f8, 8}, {0x4d0, 2}};
	u32 r = rnd(m) % ARRAY_LEN(range);
	return (u16)(range[r][0] + rnd(m) % range[r][1]);
}

/* Anything a guest or the outside can do. */
static void step(struct board *m)
{
	u8 buf[64];
	u16 port = random_port(m);
	int size = 1 << rnd(m) % 3;
	switch (rnd(m) % 16) {
	case 0:
		if (pic_pending(&m->pic))
			pic_ack(&m->pic);
		break;
	case 1:
		ps2_keyboard_key(&m->kb, (u8)rnd(m), rnd(m) & 1);
		break;
	case 2:
		uart_receive(&m->uart, (u8)rnd(m));
		break;
	case 3:
		memset(buf, 0, sizeof buf);
		dma_transfer(&m->dma, (int)(rnd(m) % 8), buf, (int)(rnd(m) % sizeof buf), NULL);
		break;
	case 4:
		bench_run(&m->b, rnd(m) % 3000000);
		break;
	case 5:
		bench_run(&m->b, rnd(m) % 1000);
		break;
	case 6:
		uart_set_modem(&m->uart, (u8)rnd(m));
		break;
	case 7:
	case 8:
	case 9:
	case 10:
		bus_in(&m->b.bus, port, size);
		break;
	default:
		bus_out(&m->b.bus, port, size, rnd(m));
	}
}

START_TEST(a_hundred_thousand_random_accesses_harm_nobody)
{
	static s16 samples[4800];
	for (int i = 0; i < 100000; i++) {
		step(one);
		if (i % 1000 == 0)
			while (pcspk_render(&one->speaker, samples, ARRAY_LEN(samples), 48000) == ARRAY_LEN(samples))
				;
	}
}
END_TEST

static void copy_registers(struct board *to, const struct board *from)
{
	to->pic.r = from->pic.r;
	to->pit.r = from->pit.r;
	to->speaker.r = from->speaker.r;
	to->port61.r = from->port61.r;
	to->rtc.r = from->rtc.r;
	to->dma.r = from->dma.r;
	to->kbc.r = from->kbc.r;
	to->kb.r = from->kb.r;
	to->uart.r = from->uart.r;
	to->port92.r = from->port92.r;
	to->post.r = from->post.r;
	to->seed = from->seed;
}

static void restore(struct board *m)
{
	pit_restore(&m->pit);
	pcspk_restore(&m->speaker);
	port61_restore(&m->port61);
	rtc_restore(&m->rtc);
	dma_restore(&m->dma);
	i8042_restore(&m->kbc);
	ps2_keyboard_restore(&m->kb);
	uart_restore(&m->uart);
	port92_restore(&m->port92);
	postcode_restore(&m->post);
	pic_restore(&m->pic);
}

static void expect_equal(const struct board *p, const struct board *q)
{
	ck_assert_mem_eq(&p->pic.r, &q->pic.r, sizeof p->pic.r);
	ck_assert_mem_eq(&p->pit.r, &q->pit.r, sizeof p->pit.r);
	ck_assert_mem_eq(&p->port61.r, &q->port61.r, sizeof p->port61.r);
	ck_assert_mem_eq(&p->rtc.r, &q->rtc.r, sizeof p->rtc.r);
	ck_assert_mem_eq(&p->dma.r, &q->dma.r, sizeof p->dma.r);
	ck_assert_mem_eq(&p->kbc.r, &q->kbc.r, sizeof p->kbc.r);
	ck_assert_mem_eq(&p->kb.r, &q->kb.r, sizeof p->kb.r);
	ck_assert_mem_eq(&p->uart.r, &q->uart.r, sizeof p->uart.r);
	ck_assert_mem_eq(&p->port92.r, &q->port92.r, sizeof p->port92.r);
}

START_TEST(a_restored_board_goes_on_like_the_original)
{
	for (int round = 0; round < 40; round++) {
		for (int i = 0; i < 200; i++)
			step(one);
		/* the clock is not a chip's: bring the other board's to the same time */
		clock_skip_to(&two->b.clock, clock_now(&one->b.clock));
		copy_registers(two, one);
		restore(two);
		expect_equal(one, two);
		for (int i = 0; i < 200; i++) {
			step(one);
			step(two);
		}
		ck_assert_uint_eq(clock_now(&one->b.clock), clock_now(&two->b.clock));
		expect_equal(one, two);
	}
}
END_TEST

/* Something pending in every chip that has a timer, and every output at its unusual level. */
static void set_everything_going(struct board *m)
{
	static const u8 writes[][2] = {
		{0x20, 0x11}, {0x21, 0x08}, {0x21, 0x04}, {0x21, 0x01}, {0xa0, 0x11}, {0xa1, 0x70}, {0xa1, 0x02}, {0xa1, 0x01},
		{0x43, 0x34}, {0x40, 0x00}, {0x40, 0x10},               /* 291 Hz */
		{0x70, 0x8b}, {0x71, 0x72},                             /* periodic, alarm, update; NMI masked */
		{0x64, 0x60}, {0x60, 0x47}, {0x92, 0x02}, {0x61, 0x03}, /* keyboard on, A20, speaker */
		{0x64, 0xfe},                                           /* reset pulse */
	};
	for (size_t i = 0; i < ARRAY_LEN(writes); i++)
		out8(&m->b, writes[i][0], writes[i][1]);
	out8(&m->b, 0x3fb, 0x03);
	out8(&m->b, 0x3fa, 0x81);
	out8(&m->b, 0x3fc, 0x0b);
	out8(&m->b, 0x3f9, 0x01);
	for (int i = 0; i < 5; i++)
		out8(&m->b, 0x3f8, (u8)i);
	uart_receive(&m->uart, 'r');
	ps2_keyboard_key(&m->kb, 0x04, true);
}

/* Which levels the chips drive, as the far ends see them. */
struct levels {
	struct probe a20, alt_a20, reset, nmi, nmi_mask, intr, irq[4];
};

static void watch(struct board *m, struct levels *l)
{
	memset(l, 0, sizeof *l);
	m->kbc.a20 = probe_line(&l->a20, NULL);
	m->kbc.reset = probe_line(&l->reset, NULL);
	m->port92.a20 = probe_line(&l->alt_a20, NULL);
	m->port61.nmi = probe_line(&l->nmi, NULL);
	m->rtc.nmi_mask = probe_line(&l->nmi_mask, NULL);
	m->pic.intr = probe_line(&l->intr, NULL);
	m->pit.irq0 = probe_line(&l->irq[0], NULL);
	m->kbc.irq1 = probe_line(&l->irq[1], NULL);
	m->uart.irq = probe_line(&l->irq[2], NULL);
	m->rtc.irq8 = probe_line(&l->irq[3], NULL);
}

static int level_bits(const struct levels *l)
{
	int v = l->a20.level | l->alt_a20.level << 1 | l->reset.level << 2 | l->nmi.level << 3 |
	        l->nmi_mask.level << 4 | l->intr.level << 5;
	for (int i = 0; i < 4; i++)
		v |= l->irq[i].level << (6 + i);
	return v;
}

/* Nobody touches the two boards after the restore, so only the timers that it set can act.
 * The moment of the snapshot varies, because each chip is busy at another time. */
START_TEST(a_restore_sets_every_timer_and_every_output)
{
	static const u64 at[] = {3000, 700000, 2500000, 4000000, 12000000, 600000000, 1500000000};
	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		struct levels l1, l2;
		build(one);
		build(two);
		watch(one, &l1);
		watch(two, &l2);
		port61_set_error(&one->port61, PORT61_IOCHK, 1);
		set_everything_going(one);
		if (i & 1)
			pic_set_irq(&one->pic, 3, 1);
		bench_run_to(&one->b, at[i]);
		clock_skip_to(&two->b.clock, at[i]);
		copy_registers(two, one);
		restore(two);
		ck_assert_int_eq(level_bits(&l1), level_bits(&l2));
		for (int ms = 1; ms <= 1200; ms++) {
			bench_run_to(&one->b, at[i] + (u64)ms * 1000000);
			bench_run_to(&two->b, at[i] + (u64)ms * 1000000);
			expect_equal(one, two);
			ck_assert_int_eq(level_bits(&l1), level_bits(&l2));
		}
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_hundred_thousand_random_accesses_harm_nobody);
	tcase_add_test(tc, a_restored_board_goes_on_like_the_original);
	tcase_add_test(tc, a_restore_sets_every_timer_and_every_output);
}

int main(void)
{
	return bench_main("chips together", add);
}
