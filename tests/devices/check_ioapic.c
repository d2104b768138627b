/* check_ioapic.c - the I/O APIC alone and with the local APIC: registers (82093AA 3.1, 3.2), triggers, end of interrupt, and the whole
 * ways from a timer or an 8259A to the processor.
 */
#include "devices/pic.h"
#include "devices/pit.h"
#include "tests/devices/apic_rig.h"

#define MASK 0x10000
#define LEVEL 0x8000
#define REMOTE_IRR 0x4000
#define LOW 0x2000 /* polarity */

static void setup(void)
{
	rig_init(false);
	turn_on();
}

static u32 entry_low(int pin)
{
	return io_rd(0x10 + 2 * (u32)pin);
}

/* ---- registers --------------------------------------------------------------------------------------------- */

START_TEST(reset_masks_every_pin)
{
	ck_assert_uint_eq(io_rd(0), 0);
	ck_assert_uint_eq(io_rd(1), 0x00170020); /* 24 entries, version 20h */
	ck_assert_uint_eq(io_rd(2), 0);
	for (int pin = 0; pin < 24; pin++) {
		ck_assert_uint_eq(entry_low(pin), MASK);
		ck_assert_uint_eq(io_rd(0x11 + 2 * (u32)pin), 0);
	}
	ck_assert_uint_eq(io_rd(0x40), 0); /* behind the table */
}
END_TEST

START_TEST(only_what_is_writable_sticks)
{
	io_entry(5, 0xffffffff, 0xffffffff);
	ck_assert_uint_eq(entry_low(5), 0x1afff); /* no delivery status, no remote IRR */
	ck_assert_uint_eq(io_rd(0x11 + 10), 0xff000000);
	io_wr(0, 0xffffffff);
	ck_assert_uint_eq(io_rd(0), 0x0f000000);
	ck_assert_uint_eq(io_rd(2), 0x0f000000); /* 3.2.3 */
	io_wr(1, 0);
	io_wr(2, 0);
	ck_assert_uint_eq(io_rd(1), 0x00170020);
	ck_assert_uint_eq(io_rd(2), 0x0f000000);
}
END_TEST

START_TEST(select_reads_back_and_narrow_writes_reach_only_it)
{
	bus_write(&b.bus, IOAPIC_BASE, 1, 0x13);
	ck_assert_uint_eq(bus_read(&b.bus, IOAPIC_BASE, 4), 0x13);
	bus_write(&b.bus, IOAPIC_BASE + 0x10, 1, 0xff);
	bus_write(&b.bus, IOAPIC_BASE + 0x13, 1, 0xff);
	ck_assert_uint_eq(io_rd(0x13), 0);
	io_wr(0x13, 0x7f000000);
	ck_assert_uint_eq(bus_read(&b.bus, IOAPIC_BASE + 0x13, 1), 0x7f);
}
END_TEST

/* ---- triggers --------------------------------------------------------------------------------------------------- */

START_TEST(an_edge_sends_one_message)
{
	io_entry(4, 0x44, 0);
	ioapic_set_pin(&io, 4, 1);
	ioapic_set_pin(&io, 4, 1);
	ck_assert_int_eq(lapic_ack(&apic), 0x44);
	wr(A_EOI, 0);
	ck_assert_int_eq(intr.level, 0);
	ck_assert_uint_eq(entry_low(4), 0x44); /* no remote IRR */
	ioapic_set_pin(&io, 4, 0);
	ioapic_set_pin(&io, 4, 1);
	ck_assert_int_eq(intr.level, 1);
}
END_TEST

START_TEST(an_edge_on_a_masked_pin_is_lost)
{
	io_entry(4, MASK | 0x44, 0);
	ioapic_set_pin(&io, 4, 1);
	io_entry(4, 0x44, 0);
	ck_assert_int_eq(intr.level, 0);
	ioapic_set_pin(&io, 4, 0);
	ioapic_set_pin(&io, 4, 1);
	ck_assert_int_eq(intr.level, 1);
}
END_TEST

START_TEST(a_level_asks_again_after_each_end_of_interrupt)
{
	io_entry(11, LEVEL | 0x5b, 0);
	ioapic_set_pin(&io, 11, 1);
	ck_assert_uint_eq(entry_low(11), LEVEL | REMOTE_IRR | 0x5b);
	ck_assert_uint_eq(rd(A_TMR + 0x20), 1u << (0x5b & 31));
	ck_assert_int_eq(lapic_ack(&apic), 0x5b);
	ioapic_set_pin(&io, 11, 0); /* two devices in turn: nothing new before the end of interrupt */
	ioapic_set_pin(&io, 11, 1);
	ck_assert(!requested(0x5b));
	wr(A_EOI, 0);
	ck_assert(requested(0x5b));
	ck_assert_int_eq(lapic_ack(&apic), 0x5b);
	ioapic_set_pin(&io, 11, 0);
	wr(A_EOI, 0);
	ck_assert(!requested(0x5b));
	ck_assert_uint_eq(entry_low(11), LEVEL | 0x5b);
}
END_TEST

START_TEST(a_level_is_seen_when_its_mask_goes)
{
	io_entry(11, MASK | LEVEL | 0x5b, 0);
	ioapic_set_pin(&io, 11, 1);
	ck_assert_int_eq(intr.level, 0);
	io_entry(11, LEVEL | 0x5b, 0);
	ck_assert_int_eq(intr.level, 1);
}
END_TEST

START_TEST(the_polarity_bit_is_kept_and_does_nothing)
{
	io_entry(11, LEVEL | LOW | 0x5b, 0);
	ck_assert_int_eq(intr.level, 0);
	ioapic_set_pin(&io, 11, 1);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_uint_eq(entry_low(11), LEVEL | LOW | REMOTE_IRR | 0x5b);
}
END_TEST

START_TEST(changing_a_level_entry_to_edge_and_back_ends_its_interrupt)
{
	/* how systems end a level interrupt where there is no EOI register */
	io_entry(11, LEVEL | 0x5b, 0);
	ioapic_set_pin(&io, 11, 1);
	ioapic_set_pin(&io, 11, 0);
	io_entry(11, MASK | 0x5b, 0);
	io_entry(11, LEVEL | 0x5b, 0);
	ck_assert_uint_eq(entry_low(11), LEVEL | 0x5b);
}
END_TEST

START_TEST(the_eoi_register_ends_interrupts_of_its_vector)
{
	io_entry(10, LEVEL | 0x50, 0);
	io_entry(11, LEVEL | 0x5b, 0);
	ioapic_set_pin(&io, 10, 1);
	ioapic_set_pin(&io, 11, 1);
	ioapic_set_pin(&io, 10, 0);
	ioapic_set_pin(&io, 11, 0);
	bus_write(&b.bus, IOAPIC_BASE + 0x40, 4, 0x5b);
	ck_assert_uint_eq(entry_low(11), LEVEL | 0x5b);
	ck_assert_uint_eq(entry_low(10), LEVEL | REMOTE_IRR | 0x50);
}
END_TEST

START_TEST(an_edge_interrupt_is_not_told_to_the_io_apic)
{
	io_entry(10, LEVEL | 0x50, 0);
	ioapic_set_pin(&io, 10, 1);
	ck_assert_int_eq(lapic_ack(&apic), 0x50);
	wr(A_ICR, 0x44060); /* a self-IPI of a higher class */
	ck_assert_int_eq(lapic_ack(&apic), 0x60);
	wr(A_EOI, 0);
	ck_assert_uint_eq(entry_low(10), LEVEL | REMOTE_IRR | 0x50);
}
END_TEST

START_TEST(a_refused_level_is_sent_again_when_the_local_apic_is_on)
{
	rig_init(false);
	io_entry(11, LEVEL | 0x5b, 0);
	ioapic_set_pin(&io, 11, 1);
	ck_assert_uint_eq(entry_low(11), LEVEL | 0x5b); /* not accepted: no remote IRR */
	turn_on();
	ck_assert_uint_eq(entry_low(11), LEVEL | REMOTE_IRR | 0x5b);
	ck_assert_int_eq(lapic_ack(&apic), 0x5b);
}
END_TEST

START_TEST(delivery_modes_reach_the_processor)
{
	io_entry(3, 0x400, 0); /* NMI */
	io_entry(5, 0x500, 0); /* INIT */
	io_entry(6, 0x200, 0); /* SMI */
	io_entry(7, 0x161, 0xff000000); /* lowest priority, everybody */
	for (int pin = 3; pin < 8; pin++)
		ioapic_set_pin(&io, pin, 1);
	ck_assert_int_eq(nmi.rises, 1);
	ck_assert_int_eq(init.rises, 1);
	ck_assert_int_eq(lapic_ack(&apic), 0x61);
	ck_assert_int_eq(intr.level, 0);
}
END_TEST

START_TEST(logical_destinations_select_the_processor)
{
	wr(A_LDR, 0x01000000);
	io_entry(4, 0x844, 0x02000000); /* somebody else */
	ioapic_set_pin(&io, 4, 1);
	ck_assert_int_eq(intr.level, 0);
	ioapic_set_pin(&io, 4, 0);
	io_entry(4, 0x844, 0x03000000);
	ioapic_set_pin(&io, 4, 1);
	ck_assert_int_eq(lapic_ack(&apic), 0x44);
}
END_TEST

/* ---- whole ways ------------------------------------------------------------------------------------------------------ */

static struct pit pit;
static struct pic pic;

static void pic_intr(void *opaque, int n, int level)
{
	(void)opaque, (void)n;
	lapic_set_lint(&apic, 0, level);
	ioapic_set_pin(&io, 0, level);
}

static void irq0(void *opaque, int n, int level)
{
	(void)opaque, (void)n;
	pic_set_irq(&pic, 0, level);
	ioapic_set_pin(&io, 2, level);
}

static int inta(void)
{
	int v = lapic_ack(&apic);
	if (v == EXTINT) {
		v = pic_ack(&pic);
		ioapic_set_pin(&io, 0, 0);
		ioapic_set_pin(&io, 0, pic_pending(&pic));
	}
	return v;
}

static void board(void)
{
	static const u8 master[] = {0x11, 0x08, 0x04, 0x01}, slave[] = {0x11, 0x70, 0x02, 0x01};
	rig_init(false);
	pic_init(&pic, &b.bus, &b.clock, &b.log);
	pit_init(&pit, &b.bus, &b.clock, &b.log);
	pic.intr = (struct line){pic_intr, NULL, 0};
	pit.irq0 = (struct line){irq0, NULL, 0};
	for (int i = 0; i < 4; i++) {
		out8(&b, i ? 0x21 : 0x20, master[i]);
		out8(&b, i ? 0xa1 : 0xa0, slave[i]);
	}
	turn_on();
	out8(&b, 0x43, 0x34); /* counter 0: mode 2, 1000 Hz */
	out8(&b, 0x40, 1193 & 0xff);
	out8(&b, 0x40, 1193 >> 8);
}

START_TEST(the_pit_comes_by_the_io_apic)
{
	board();
	out8(&b, 0x21, 0xff);
	io_entry(2, 0x30, 0);
	int n = 0;
	for (int i = 0; i < 1000; i++) {
		bench_run(&b, 100000);
		if (intr.level) {
			ck_assert_int_eq(inta(), 0x30);
			wr(A_EOI, 0);
			n++;
		}
	}
	ck_assert_int_ge(n, 99);
	ck_assert_int_le(n, 100);
}
END_TEST

START_TEST(the_pit_comes_by_the_8259_and_lint0)
{
	board();
	wr(A_LINT0, 0x700); /* virtual wire */
	int n = 0;
	for (int i = 0; i < 1000; i++) {
		bench_run(&b, 100000);
		if (intr.level) {
			ck_assert_int_eq(inta(), 8);
			out8(&b, 0x20, 0x20);
			n++;
		}
	}
	ck_assert_int_ge(n, 99);
	ck_assert_int_le(n, 101);
}
END_TEST

START_TEST(the_8259_comes_by_pin_0_of_the_io_apic)
{
	board();
	bench_run(&b, 10000000);
	while (pic_pending(&pic)) /* the timer is not the subject */
		pic_ack(&pic);
	out8(&b, 0x20, 0x20);
	out8(&b, 0x21, 0x01);
	io_entry(0, 0x700, 0);
	pic_set_irq(&pic, 4, 1);
	pic_set_irq(&pic, 3, 1);
	ck_assert_int_eq(inta(), 8 + 3);
	ck_assert_int_eq(intr.level, 0); /* irq 4 is held back by irq 3 in service */
	out8(&b, 0x20, 0x20);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(inta(), 8 + 4);
	out8(&b, 0x20, 0x20);
	ck_assert_int_eq(intr.level, 0);
}
END_TEST

START_TEST(disabling_the_local_apic_and_enabling_it_again)
{
	board();
	io_entry(2, 0x30, 0);
	wr(A_LINT0, 0x700);
	lapic_set_base(&apic, LAPIC_DEFAULT_BASE); /* INTR is LINT0 now, the I/O APIC speaks to nobody */
	bench_run(&b, 2500000);
	ck_assert_int_eq(inta(), 8);
	out8(&b, 0x20, 0x20);
	out8(&b, 0x21, 0xff);
	bench_run(&b, 2500000);
	ck_assert_int_eq(intr.level, 0);
	lapic_set_base(&apic, LAPIC_DEFAULT_BASE | LAPIC_BASE_ENABLE);
	bench_run(&b, 2500000);
	ck_assert_int_eq(intr.level, 0); /* still disabled by software */
	turn_on();
	bench_run(&b, 2500000);
	ck_assert_int_eq(inta(), 0x30);
}
END_TEST

/* ---- robustness ---------------------------------------------------------------------------------------------------------- */

START_TEST(no_access_harms_the_host)
{
	u64 seed = 88172645463325252ull;
	for (int i = 0; i < 300000; i++) {
		seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
		u32 r = (u32)(seed >> 8);
		u64 at = (r & 1 ? LAPIC_DEFAULT_BASE + (r >> 8 & 0xfff) : IOAPIC_BASE + (r >> 8 & 0xff));
		int size = 1 << (r >> 1 & 3) & 7;
		size = size ? size : 4;
		if (r & 0x20)
			at &= ~15ull;
		switch (r >> 28) {
		case 0: ioapic_set_pin(&io, (int)(r >> 8 & 31) - 2, r >> 4 & 1); break;
		case 1: lapic_set_lint(&apic, r >> 8 & 1, r >> 4 & 1); break;
		case 2: bench_run(&b, r & 0xfff); break;
		case 3:
			if (intr.level)
				ck_assert_int_ge(lapic_ack(&apic), -1);
			break;
		case 4: bus_read(&b.bus, at, size); break;
		default: bus_write(&b.bus, at, size, (u32)(seed >> 32) >> (r >> 3 & 24)); break;
		}
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, reset_masks_every_pin);
	tcase_add_test(tc, only_what_is_writable_sticks);
	tcase_add_test(tc, select_reads_back_and_narrow_writes_reach_only_it);
	tcase_add_test(tc, an_edge_sends_one_message);
	tcase_add_test(tc, an_edge_on_a_masked_pin_is_lost);
	tcase_add_test(tc, a_level_asks_again_after_each_end_of_interrupt);
	tcase_add_test(tc, a_level_is_seen_when_its_mask_goes);
	tcase_add_test(tc, the_polarity_bit_is_kept_and_does_nothing);
	tcase_add_test(tc, changing_a_level_entry_to_edge_and_back_ends_its_interrupt);
	tcase_add_test(tc, the_eoi_register_ends_interrupts_of_its_vector);
	tcase_add_test(tc, an_edge_interrupt_is_not_told_to_the_io_apic);
	tcase_add_test(tc, a_refused_level_is_sent_again_when_the_local_apic_is_on);
	tcase_add_test(tc, delivery_modes_reach_the_processor);
	tcase_add_test(tc, logical_destinations_select_the_processor);
	tcase_add_test(tc, the_pit_comes_by_the_io_apic);
	tcase_add_test(tc, the_pit_comes_by_the_8259_and_lint0);
	tcase_add_test(tc, the_8259_comes_by_pin_0_of_the_io_apic);
	tcase_add_test(tc, disabling_the_local_apic_and_enabling_it_again);
	tcase_add_test(tc, no_access_harms_the_host);
}

int main(void)
{
	return bench_main("ioapic", add);
}
