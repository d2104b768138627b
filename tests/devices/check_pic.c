/* check_pic.c - the 8259A pair against its data sheet (Intel 231468). */
#include "devices/pic.h"
#include "tests/devices/chip_bench.h"

static struct bench b;
static struct pic pic;
static struct probe intr;

static void program(u16 port, u8 icw1, u8 icw2, u8 icw3, u8 icw4)
{
	out8(&b, port, icw1);
	out8(&b, port + 1, icw2);
	out8(&b, port + 1, icw3);
	if (icw1 & 1)
		out8(&b, port + 1, icw4);
}

/* As an AT's BIOS: vectors 08h and 70h, nothing masked. */
static void setup(void)
{
	bench_init(&b);
	pic_init(&pic, &b.bus, &b.clock, &b.log);
	pic.intr = probe_line(&intr, &b.clock);
	program(0x20, 0x11, 0x08, 0x04, 0x01);
	program(0xa0, 0x11, 0x70, 0x02, 0x01);
}

static void raise(int irq)
{
	pic_set_irq(&pic, irq, 1);
}

static void drop(int irq)
{
	pic_set_irq(&pic, irq, 0);
}

static u8 isr(u16 port)
{
	out8(&b, port, 0x0b);
	return in8(&b, port);
}

static u8 irr(u16 port)
{
	out8(&b, port, 0x0a);
	return in8(&b, port);
}

START_TEST(a_rising_edge_requests_and_is_acknowledged_once)
{
	raise(3);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_uint_eq(irr(0x20), 0x08);
	ck_assert_int_eq(pic_ack(&pic), 0x0b);
	ck_assert_int_eq(intr.level, 0);
	ck_assert_uint_eq(irr(0x20), 0);
	ck_assert_uint_eq(isr(0x20), 0x08);
	out8(&b, 0x20, 0x20);
	ck_assert_uint_eq(isr(0x20), 0);
	ck_assert_int_eq(intr.level, 0); /* the line is still high: no new edge */
	drop(3);
	raise(3);
	ck_assert_int_eq(intr.level, 1);
}
END_TEST

START_TEST(irq0_comes_before_irq7_and_interrupts_it)
{
	raise(7);
	raise(0);
	ck_assert_int_eq(pic_ack(&pic), 0x08);
	ck_assert_int_eq(intr.level, 0); /* IR7 is held back by IR0 in service */
	out8(&b, 0x20, 0x20);
	ck_assert_int_eq(pic_ack(&pic), 0x0f);
	drop(0);
	raise(0);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(pic_ack(&pic), 0x08);
	ck_assert_uint_eq(isr(0x20), 0x81);
}
END_TEST

START_TEST(a_masked_input_shows_in_irr_but_does_not_request)
{
	out8(&b, 0x21, 0x10);
	raise(4);
	ck_assert_int_eq(intr.level, 0);
	ck_assert_uint_eq(irr(0x20), 0x10);
	ck_assert_uint_eq(in8(&b, 0x21), 0x10);
	out8(&b, 0x21, 0);
	ck_assert_int_eq(intr.level, 1);
}
END_TEST

START_TEST(the_slave_comes_through_ir2_of_the_master)
{
	raise(12);
	ck_assert_uint_eq(irr(0x20), 0x04);
	ck_assert_int_eq(pic_ack(&pic), 0x74);
	ck_assert_uint_eq(isr(0x20), 0x04);
	ck_assert_uint_eq(isr(0xa0), 0x10);
	out8(&b, 0xa0, 0x20);
	out8(&b, 0x20, 0x20);
	ck_assert_uint_eq(isr(0x20) | isr(0xa0), 0);
	raise(3); /* lower than IR2 */
	raise(8);
	ck_assert_int_eq(pic_ack(&pic), 0x70);
}
END_TEST

START_TEST(two_requests_of_the_slave_are_two_edges_for_the_master)
{
	raise(9);
	raise(14);
	ck_assert_int_eq(pic_ack(&pic), 0x71);
	out8(&b, 0xa0, 0x20);
	ck_assert_int_eq(intr.level, 0); /* IR2 of the master is still in service */
	out8(&b, 0x20, 0x20);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(pic_ack(&pic), 0x76);
}
END_TEST

START_TEST(a_request_that_went_away_is_ir7_without_in_service)
{
	/* "Edge and level triggered modes": the default IR7 */
	ck_assert_int_eq(pic_ack(&pic), 0x0f);
	ck_assert_uint_eq(isr(0x20), 0);
	raise(1);
	drop(1);
	ck_assert_int_eq(intr.level, 0);
	ck_assert_uint_eq(irr(0x20), 0);
	ck_assert_int_eq(pic_ack(&pic), 0x0f);
	ck_assert_uint_eq(isr(0x20), 0);
}
END_TEST

START_TEST(a_request_that_left_the_slave_alone_is_irq15_with_ir2_in_service)
{
	/* The slave's INT is held by its level input until the mask takes it away under the
	 * master's feet: modelled by programming the slave so that nothing is left. */
	pic_set_irq(&pic, 10, 1);
	pic.r.chip[1].edge = 0; /* between the two INTA pulses */
	ck_assert_int_eq(pic_ack(&pic), 0x77);
	ck_assert_uint_eq(isr(0xa0), 0);
	ck_assert_uint_eq(isr(0x20), 0x04);
}
END_TEST

START_TEST(specific_eoi_clears_the_named_level)
{
	raise(5);
	pic_ack(&pic);
	raise(1);
	pic_ack(&pic);
	ck_assert_uint_eq(isr(0x20), 0x22);
	out8(&b, 0x20, 0x65);
	ck_assert_uint_eq(isr(0x20), 0x02);
	out8(&b, 0x20, 0x40); /* no operation ("OCW2") */
	ck_assert_uint_eq(isr(0x20), 0x02);
}
END_TEST

START_TEST(rotate_on_nonspecific_eoi_makes_the_served_one_lowest)
{
	/* the example of "Automatic rotation": IR4 served, then IR6 is highest of those waiting */
	raise(4);
	pic_ack(&pic);
	raise(6);
	out8(&b, 0x20, 0xa0);
	drop(4);
	raise(4);
	ck_assert_int_eq(pic_ack(&pic), 0x0e);
	ck_assert_int_eq(intr.level, 0);
	out8(&b, 0x20, 0x20);
	ck_assert_int_eq(pic_ack(&pic), 0x0c);
}
END_TEST

START_TEST(set_priority_makes_a_level_the_lowest)
{
	/* "Specific rotation": IR5 lowest, then IR6 highest */
	out8(&b, 0x20, 0xc5);
	raise(0);
	raise(5);
	raise(6);
	ck_assert_int_eq(pic_ack(&pic), 0x0e);
	out8(&b, 0x20, 0x20);
	ck_assert_int_eq(pic_ack(&pic), 0x08);
	out8(&b, 0x20, 0xe0); /* rotate on specific EOI of 0: now IR1 is highest, IR0 lowest */
	ck_assert_uint_eq(isr(0x20), 0);
	drop(0);
	raise(0);
	ck_assert_int_eq(pic_ack(&pic), 0x0d);
}
END_TEST

START_TEST(automatic_eoi_leaves_nothing_in_service)
{
	program(0x20, 0x11, 0x08, 0x04, 0x03);
	raise(3);
	raise(6);
	ck_assert_int_eq(pic_ack(&pic), 0x0b);
	ck_assert_uint_eq(isr(0x20), 0);
	ck_assert_int_eq(pic_ack(&pic), 0x0e);
}
END_TEST

START_TEST(automatic_eoi_rotates_when_told_to)
{
	program(0x20, 0x11, 0x08, 0x04, 0x03);
	out8(&b, 0x20, 0x80);
	raise(3);
	ck_assert_int_eq(pic_ack(&pic), 0x0b);
	drop(3);
	raise(3);
	raise(7);
	ck_assert_int_eq(pic_ack(&pic), 0x0f);
	ck_assert_int_eq(pic_ack(&pic), 0x0b);
	out8(&b, 0x20, 0x00); /* rotation off: lowest stays IR3 */
	drop(5);
	raise(5);
	pic_ack(&pic);
	drop(4), drop(5);
	raise(4), raise(5);
	ck_assert_int_eq(pic_ack(&pic), 0x0c);
}
END_TEST

START_TEST(automatic_eoi_in_the_slave_asks_the_master_again)
{
	program(0x20, 0x11, 0x08, 0x04, 0x03);
	program(0xa0, 0x11, 0x70, 0x02, 0x03);
	raise(8);
	raise(9);
	ck_assert_int_eq(pic_ack(&pic), 0x70);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(pic_ack(&pic), 0x71);
	ck_assert_int_eq(intr.level, 0);
}
END_TEST

START_TEST(special_mask_mode_lets_lower_levels_through)
{
	raise(1);
	pic_ack(&pic);
	raise(6);
	ck_assert_int_eq(intr.level, 0);
	out8(&b, 0x20, 0x68); /* ESMM, SMM */
	ck_assert_int_eq(intr.level, 0); /* IR1 in service is not masked yet */
	out8(&b, 0x21, 0x02);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(pic_ack(&pic), 0x0e);
	out8(&b, 0x20, 0x20); /* clears 6, not the masked 1 ("Special mask mode") */
	ck_assert_uint_eq(isr(0x20), 0x02);
	out8(&b, 0x20, 0x20);
	ck_assert_uint_eq(isr(0x20), 0x02);
	out8(&b, 0x20, 0x08); /* ESMM 0: SMM has no effect */
	ck_assert_uint_eq(pic.r.chip[0].special_mask, 1);
	out8(&b, 0x20, 0x48);
	out8(&b, 0x20, 0x20);
	ck_assert_uint_eq(isr(0x20), 0);
}
END_TEST

START_TEST(special_fully_nested_mode_takes_a_second_slave_request)
{
	program(0x20, 0x11, 0x08, 0x04, 0x11);
	raise(12);
	ck_assert_int_eq(pic_ack(&pic), 0x74);
	raise(8); /* higher within the slave */
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(pic_ack(&pic), 0x70);
	raise(3);
	ck_assert_int_eq(intr.level, 0); /* lower than IR2 of the master */
}
END_TEST

START_TEST(without_special_fully_nested_mode_the_slave_waits)
{
	raise(12);
	pic_ack(&pic);
	raise(8);
	ck_assert_int_eq(intr.level, 0);
	raise(1);
	ck_assert_int_eq(pic_ack(&pic), 0x09);
}
END_TEST

START_TEST(poll_reads_the_level_and_acknowledges)
{
	out8(&b, 0x20, 0x0c);
	ck_assert_uint_eq(in8(&b, 0x20) & 0x80, 0);
	raise(5);
	out8(&b, 0x20, 0x0c);
	ck_assert_uint_eq(in8(&b, 0x20), 0x85);
	ck_assert_int_eq(intr.level, 0);
	ck_assert_uint_eq(isr(0x20), 0x20);
	raise(11);
	out8(&b, 0x20, 0x0c);
	ck_assert_uint_eq(in8(&b, 0x21), 0x82); /* any read of the chip */
	out8(&b, 0xa0, 0x0c);
	ck_assert_uint_eq(in8(&b, 0xa0), 0x83);
	ck_assert_uint_eq(in8(&b, 0x21), 0); /* the next read is a read again */
}
END_TEST

START_TEST(a_level_input_requests_until_it_falls)
{
	out8(&b, 0x4d1, 0x08);
	ck_assert_uint_eq(in8(&b, 0x4d1), 0x08);
	raise(11);
	ck_assert_int_eq(pic_ack(&pic), 0x73);
	ck_assert_uint_eq(irr(0xa0), 0x08);
	out8(&b, 0xa0, 0x20);
	out8(&b, 0x20, 0x20);
	ck_assert_int_eq(intr.level, 1);
	drop(11);
	ck_assert_int_eq(intr.level, 0);
}
END_TEST

START_TEST(elcr_bits_of_the_system_interrupts_stay_zero)
{
	/* 82371SB 2.5.5: IRQ 0, 1, 2, 8 and 13 are always edge-triggered */
	out8(&b, 0x4d0, 0xff);
	out8(&b, 0x4d1, 0xff);
	ck_assert_uint_eq(in8(&b, 0x4d0), 0xf8);
	ck_assert_uint_eq(in8(&b, 0x4d1), 0xde);
}
END_TEST

START_TEST(icw1_sets_back_masks_priorities_and_edges)
{
	out8(&b, 0x21, 0x55);
	out8(&b, 0x20, 0xc3);
	raise(4);
	out8(&b, 0x20, 0x0b);
	program(0x20, 0x11, 0x20, 0x04, 0x01);
	ck_assert_uint_eq(in8(&b, 0x21), 0);
	ck_assert_uint_eq(in8(&b, 0x20), 0); /* IRR again; the edge of IR4 is forgotten */
	ck_assert_int_eq(intr.level, 0);
	drop(4), raise(4), raise(3);
	ck_assert_int_eq(pic_ack(&pic), 0x23);
}
END_TEST

START_TEST(a_single_controller_takes_no_icw3_and_may_take_no_icw4)
{
	out8(&b, 0x20, 0x12); /* SNGL, no ICW4: MCS-80 mode, interval 8 */
	out8(&b, 0x21, 0x40);
	out8(&b, 0x21, 0xfe); /* OCW1 already */
	ck_assert_uint_eq(in8(&b, 0x21), 0xfe);
	raise(0);
	ck_assert_int_eq(intr.level, 1);
}
END_TEST

START_TEST(nothing_is_requested_before_the_initialisation)
{
	pic_reset(&pic);
	raise(1);
	ck_assert_int_eq(intr.level, 0);
	out8(&b, 0x20, 0x11);
	out8(&b, 0x21, 0x08);
	drop(1), raise(1);
	ck_assert_int_eq(intr.level, 0);
	out8(&b, 0x21, 0x04);
	out8(&b, 0x21, 0x01);
	ck_assert_int_eq(intr.level, 1);
}
END_TEST

START_TEST(a_slave_with_another_number_does_not_answer)
{
	program(0xa0, 0x11, 0x70, 0x03, 0x01);
	raise(8);
	ck_assert_int_eq(pic_ack(&pic), 0xff);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_rising_edge_requests_and_is_acknowledged_once);
	tcase_add_test(tc, irq0_comes_before_irq7_and_interrupts_it);
	tcase_add_test(tc, a_masked_input_shows_in_irr_but_does_not_request);
	tcase_add_test(tc, the_slave_comes_through_ir2_of_the_master);
	tcase_add_test(tc, two_requests_of_the_slave_are_two_edges_for_the_master);
	tcase_add_test(tc, a_request_that_went_away_is_ir7_without_in_service);
	tcase_add_test(tc, a_request_that_left_the_slave_alone_is_irq15_with_ir2_in_service);
	tcase_add_test(tc, specific_eoi_clears_the_named_level);
	tcase_add_test(tc, rotate_on_nonspecific_eoi_makes_the_served_one_lowest);
	tcase_add_test(tc, set_priority_makes_a_level_the_lowest);
	tcase_add_test(tc, automatic_eoi_leaves_nothing_in_service);
	tcase_add_test(tc, automatic_eoi_rotates_when_told_to);
	tcase_add_test(tc, automatic_eoi_in_the_slave_asks_the_master_again);
	tcase_add_test(tc, special_mask_mode_lets_lower_levels_through);
	tcase_add_test(tc, special_fully_nested_mode_takes_a_second_slave_request);
	tcase_add_test(tc, without_special_fully_nested_mode_the_slave_waits);
	tcase_add_test(tc, poll_reads_the_level_and_acknowledges);
	tcase_add_test(tc, a_level_input_requests_until_it_falls);
	tcase_add_test(tc, elcr_bits_of_the_system_interrupts_stay_zero);
	tcase_add_test(tc, icw1_sets_back_masks_priorities_and_edges);
	tcase_add_test(tc, a_single_controller_takes_no_icw3_and_may_take_no_icw4);
	tcase_add_test(tc, nothing_is_requested_before_the_initialisation);
	tcase_add_test(tc, a_slave_with_another_number_does_not_answer);
}

int main(void)
{
	return bench_main("pic", add);
}
