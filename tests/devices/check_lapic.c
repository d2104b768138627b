/* check_lapic.c - the local APIC: registers, priorities, delivery, IPIs, errors, enabling. Sections: SDM 3A chapter 11. */
#include "tests/devices/apic_rig.h"

static void setup(void)
{
	rig_init(true);
}

/* ---- registers ------------------------------------------------------------------------------------------- */

START_TEST(reset_leaves_the_state_of_11_4_7_1)
{
	ck_assert_uint_eq(rd(A_ID), 0);
	ck_assert_uint_eq(rd(A_VERSION), 0x00050014);
	ck_assert_uint_eq(rd(A_TPR), 0);
	ck_assert_uint_eq(rd(A_PPR), 0);
	ck_assert_uint_eq(rd(A_LDR), 0);
	ck_assert_uint_eq(rd(A_DFR), 0xffffffff);
	ck_assert_uint_eq(rd(A_SVR), 0xff);
	for (u32 r = A_TIMER; r <= A_ERROR; r += 0x10)
		ck_assert_uint_eq(rd(r), 0x10000);
	for (u32 r = A_ISR; r < A_ESR; r += 0x10)
		ck_assert_uint_eq(rd(r), 0);
	ck_assert_uint_eq(rd(A_ESR), 0);
	ck_assert_uint_eq(rd(A_ICR), 0);
	ck_assert_uint_eq(rd(A_INITIAL), 0);
	ck_assert_uint_eq(rd(A_CURRENT), 0);
	ck_assert_uint_eq(rd(A_DIVIDE), 0);
}
END_TEST

START_TEST(reserved_bits_of_registers_do_not_stick)
{
	static const struct {
		u32 reg, ones;
	} t[] = {{A_ID, 0xff000000}, {A_TPR, 0xff}, {A_LDR, 0xff000000}, {A_SVR, 0x3ff}, {A_ICR_HIGH, 0xff000000}, {A_DIVIDE, 0xb},
		{A_TIMER, 0x700ff}, {A_THERMAL, 0x107ff}, {A_PERF, 0x107ff}, {A_LINT0, 0x1a7ff}, {A_LINT1, 0x1a7ff}, {A_ERROR, 0x100ff}};
	turn_on();
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		wr(t[i].reg, 0xffffffff);
		ck_assert_uint_eq(rd(t[i].reg), t[i].ones);
	}
	wr(A_DFR, 0);
	ck_assert_uint_eq(rd(A_DFR), 0x0fffffff);
}
END_TEST

START_TEST(deadline_mode_exists_only_where_announced)
{
	rig_init(false);
	turn_on();
	wr(A_TIMER, 0xffffffff);
	ck_assert_uint_eq(rd(A_TIMER), 0x300ff);
}
END_TEST

START_TEST(read_only_registers_ignore_writes)
{
	for (u32 r = A_ISR; r < A_ESR; r += 0x10) {
		wr(r, 0xffffffff);
		ck_assert_uint_eq(rd(r), 0);
	}
	wr(A_VERSION, 0);
	ck_assert_uint_eq(rd(A_VERSION), 0x00050014);
	wr(A_ESR, 0);
	ck_assert_uint_eq(rd(A_ESR), 0);
}
END_TEST

START_TEST(narrow_accesses_read_bytes_and_write_nothing)
{
	ck_assert_uint_eq(bus_read(&b.bus, LAPIC_DEFAULT_BASE + A_VERSION, 1), 0x14);
	ck_assert_uint_eq(bus_read(&b.bus, LAPIC_DEFAULT_BASE + A_VERSION + 2, 2), 0x05);
	ck_assert_uint_eq(bus_read(&b.bus, LAPIC_DEFAULT_BASE + A_VERSION + 2, 4), 0);
	ck_assert_uint_eq(bus_read(&b.bus, LAPIC_DEFAULT_BASE + A_VERSION + 8, 4), 0);
	bus_write(&b.bus, LAPIC_DEFAULT_BASE + A_TPR, 1, 0x33);
	bus_write(&b.bus, LAPIC_DEFAULT_BASE + A_TPR + 4, 4, 0x33);
	ck_assert_uint_eq(rd(A_TPR), 0);
}
END_TEST

/* ---- priorities -------------------------------------------------------------------------------------------- */

START_TEST(the_highest_vector_is_given_and_serviced_first)
{
	turn_on();
	message(APIC_FIXED, 0x31, 0, false);
	message(APIC_FIXED, 0x52, 0, false);
	message(APIC_FIXED, 0x58, 0, false);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(lapic_ack(&apic), 0x58);
	ck_assert(in_service(0x58) && !requested(0x58));
	ck_assert_uint_eq(rd(A_PPR), 0x50);
	ck_assert_int_eq(intr.level, 0); /* 0x52 is of the same class: 11.8.3.1 */
	wr(A_EOI, 0);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(lapic_ack(&apic), 0x52);
	message(APIC_FIXED, 0x60, 0, false); /* a higher class nests */
	ck_assert_int_eq(lapic_ack(&apic), 0x60);
	wr(A_EOI, 0);
	ck_assert(!in_service(0x60) && in_service(0x52));
	wr(A_EOI, 0);
	ck_assert_int_eq(lapic_ack(&apic), 0x31);
}
END_TEST

START_TEST(ppr_follows_the_table)
{
	/* 11.8.3.1: TPR class >= ISRV class: TPR; otherwise ISRV's class and zero */
	static const struct {
		int isrv;
		u32 tpr, ppr;
	} t[] = {{0, 0x00, 0x00}, {0, 0x37, 0x37}, {0x45, 0x37, 0x40}, {0x45, 0x42, 0x42}, {0x45, 0x40, 0x40}, {0xfe, 0x0f, 0xf0}};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		rig_init(true);
		turn_on();
		if (t[i].isrv) {
			message(APIC_FIXED, t[i].isrv, 0, false);
			ck_assert_int_eq(lapic_ack(&apic), t[i].isrv);
		}
		wr(A_TPR, t[i].tpr);
		ck_assert_uint_eq(rd(A_PPR), t[i].ppr);
	}
}
END_TEST

START_TEST(the_task_priority_holds_its_class_and_lower_ones_back)
{
	turn_on();
	wr(A_TPR, 0x40);
	message(APIC_FIXED, 0x4f, 0, false);
	ck_assert_int_eq(intr.level, 0);
	wr(A_TPR, 0x3f);
	ck_assert_int_eq(intr.level, 1);
	lapic_set_cr8(&apic, 4); /* 11.8.6.1 */
	ck_assert_uint_eq(rd(A_TPR), 0x40);
	ck_assert_uint_eq(lapic_cr8(&apic), 4);
	ck_assert_int_eq(intr.level, 0);
	ck_assert_int_eq(lapic_ack(&apic), 0xff); /* 11.9: asked all the same: the spurious vector */
	ck_assert(requested(0x4f) && !in_service(0xff));
}
END_TEST

START_TEST(an_eoi_with_nothing_in_service_does_nothing)
{
	turn_on();
	message(APIC_FIXED, 0x40, 0, false);
	wr(A_EOI, 0);
	ck_assert(requested(0x40));
}
END_TEST

/* ---- pins --------------------------------------------------------------------------------------------------- */

START_TEST(lint0_as_extint_asks_for_an_inta_cycle_whatever_the_priority)
{
	turn_on();
	wr(A_LINT0, 0x700);
	wr(A_TPR, 0xff);
	message(APIC_FIXED, 0x50, 0, false);
	lapic_set_lint(&apic, 0, 1);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(lapic_ack(&apic), EXTINT);
	for (u32 r = A_ISR; r < A_TMR; r += 0x10)
		ck_assert_uint_eq(rd(r), 0);
	lapic_set_lint(&apic, 0, 0);
	ck_assert_int_eq(intr.level, 0);
	wr(A_LINT0, 0x10700);
	lapic_set_lint(&apic, 0, 1);
	ck_assert_int_eq(intr.level, 0);
	wr(A_LINT0, 0x700);
	ck_assert_int_eq(intr.level, 1);
}
END_TEST

START_TEST(lint1_as_nmi_acts_on_its_rising_edge)
{
	lapic_set_lint(&apic, 1, 1); /* still masked */
	lapic_set_lint(&apic, 1, 0);
	ck_assert_int_eq(nmi.rises, 0);
	turn_on();
	wr(A_LINT1, 0x400);
	lapic_set_lint(&apic, 1, 1);
	lapic_set_lint(&apic, 1, 1);
	ck_assert_int_eq(nmi.rises, 1);
	lapic_set_lint(&apic, 1, 0);
	lapic_set_lint(&apic, 1, 1);
	ck_assert_int_eq(nmi.rises, 2);
}
END_TEST

START_TEST(lint0_fixed_and_level_triggered_waits_for_its_eoi)
{
	turn_on();
	wr(A_LINT0, 0x8041); /* level, fixed, vector 41h */
	lapic_set_lint(&apic, 0, 1);
	ck_assert_uint_eq(rd(A_LINT0), 0xc041); /* remote IRR */
	ck_assert_int_eq(lapic_ack(&apic), 0x41);
	ck_assert(!requested(0x41));
	wr(A_EOI, 0);
	ck_assert(requested(0x41)); /* the line is still high */
	ck_assert_int_eq(lapic_ack(&apic), 0x41);
	lapic_set_lint(&apic, 0, 0);
	wr(A_EOI, 0);
	ck_assert(!requested(0x41));
	ck_assert_uint_eq(rd(A_LINT0), 0x8041);
}
END_TEST

START_TEST(lint0_fixed_and_edge_triggered_asks_once)
{
	turn_on();
	wr(A_LINT0, 0x41);
	lapic_set_lint(&apic, 0, 1);
	lapic_set_lint(&apic, 0, 0);
	ck_assert_int_eq(lapic_ack(&apic), 0x41);
	wr(A_EOI, 0);
	ck_assert_int_eq(intr.level, 0);
}
END_TEST

/* ---- destinations ----------------------------------------------------------------------------------------------- */

START_TEST(physical_and_logical_destinations_match_as_in_11_6_2)
{
	static const struct {
		u32 dfr, ldr;
		u8 destination;
		bool logical, mine;
	} t[] = {
		{0xffffffff, 0, 3, false, true}, /* the ID is 3 */
		{0xffffffff, 0, 2, false, false},
		{0xffffffff, 0, 0xff, false, true},
		{0xffffffff, 0x04000000, 0x04, true, true}, /* flat */
		{0xffffffff, 0x04000000, 0x0c, true, true},
		{0xffffffff, 0x04000000, 0x08, true, false},
		{0x0fffffff, 0x21000000, 0x21, true, true}, /* cluster 2, APIC bit 0 */
		{0x0fffffff, 0x21000000, 0x23, true, true},
		{0x0fffffff, 0x21000000, 0x22, true, false},
		{0x0fffffff, 0x21000000, 0x31, true, false},
		{0x0fffffff, 0x21000000, 0xf1, true, true}, /* all clusters */
		{0x0fffffff, 0x21000000, 0xff, true, true},
	};
	turn_on();
	wr(A_ID, 3u << 24);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		wr(A_DFR, t[i].dfr);
		wr(A_LDR, t[i].ldr);
		ck_assert_int_eq(message(APIC_LOWEST, 0x40, t[i].destination, t[i].logical), t[i].mine);
	}
}
END_TEST

/* ---- IPIs ----------------------------------------------------------------------------------------------------------- */

START_TEST(ipis_reach_the_one_processor_as_tables_11_3_and_11_4_say)
{
	static const struct {
		u32 icr;
		bool arrives;
	} t[] = {
		{0x04040, true},  /* to destination 0, assert */
		{0x44040, true},  /* self */
		{0x84040, true},  /* all including self */
		{0xc4040, false}, /* all others: there are none */
		{0x44140, false}, /* self, lowest priority: invalid */
		{0x04140, true},  /* lowest priority, destination */
		{0x0c040, true},  /* level, assert: treated as an edge */
		{0x08040, false}, /* level, de-assert */
		{0x04840, false}, /* logical destination 0 */
	};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		rig_init(true);
		turn_on();
		wr(A_ICR_HIGH, 0);
		wr(A_ICR, t[i].icr);
		ck_assert_msg(requested(0x40) == t[i].arrives, "ICR %05x", t[i].icr);
		ck_assert_uint_eq(rd(A_ICR), t[i].icr);
		ck_assert_uint_eq(rd(A_TMR + 0x20), 0);
	}
}
END_TEST

START_TEST(nmi_and_init_arrive_and_startup_and_smi_do_not)
{
	turn_on();
	wr(A_ICR, 0x4400);
	ck_assert_int_eq(nmi.rises, 1);
	wr(A_ICR, 0x4610);
	wr(A_ICR, 0x4200);
	wr(A_ICR, 0x8500); /* INIT level de-assert */
	ck_assert_int_eq(init.rises, 0);
	wr(A_ICR, 0x4500);
	ck_assert_int_eq(init.rises, 1);
	ck_assert_int_eq(nmi.rises, 1);
	ck_assert_int_eq(intr.level, 0);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------------------------------------ */

START_TEST(errors_show_after_a_write_and_interrupt_once)
{
	turn_on();
	wr(A_ERROR, 0x45);
	wr(A_ICR, 0x4405 & ~0x400u); /* vector 5 */
	ck_assert(requested(0x45));
	ck_assert_uint_eq(rd(A_ESR), 0); /* 11.5.3 */
	ck_assert_int_eq(lapic_ack(&apic), 0x45);
	wr(A_EOI, 0);
	message(APIC_FIXED, 7, 0, false);
	ck_assert(!requested(0x45)); /* not armed again */
	wr(A_ESR, 0);
	ck_assert_uint_eq(rd(A_ESR), 0x60); /* send and receive illegal vector */
	wr(A_ESR, 0);
	ck_assert_uint_eq(rd(A_ESR), 0);
	message(APIC_FIXED, 7, 0, false);
	ck_assert(requested(0x45));
}
END_TEST

START_TEST(an_access_to_a_reserved_register_is_an_error)
{
	(void)rd(0x40);
	wr(A_ESR, 0);
	ck_assert_uint_eq(rd(A_ESR), 0x80);
	wr(0x3f0, 1);
	wr(A_ESR, 0);
	ck_assert_uint_eq(rd(A_ESR), 0x80);
}
END_TEST

START_TEST(an_error_vector_that_is_illegal_itself_ends_there)
{
	turn_on();
	wr(A_ERROR, 3);
	(void)rd(0x40);
	wr(A_ESR, 0);
	ck_assert_uint_eq(rd(A_ESR), 0xc0);
}
END_TEST

/* ---- enabling -------------------------------------------------------------------------------------------------------------- */

START_TEST(software_disabled_it_masks_the_lvt_and_accepts_only_nmi_and_init)
{
	turn_on();
	wr(A_LINT0, 0x700);
	message(APIC_FIXED, 0x50, 0, false);
	wr(A_SVR, 0xff);
	ck_assert_uint_eq(rd(A_LINT0), 0x10700);
	wr(A_LINT0, 0x700); /* 11.4.7.2: the mask cannot be cleared */
	ck_assert_uint_eq(rd(A_LINT0), 0x10700);
	ck_assert(!message(APIC_FIXED, 0x60, 0, false));
	ck_assert(message(APIC_NMI, 0, 0, false));
	ck_assert_int_eq(nmi.rises, 1);
	ck_assert(requested(0x50)); /* what was there is held */
	ck_assert_int_eq(lapic_ack(&apic), 0x50);
	turn_on();
	ck_assert_uint_eq(rd(A_LINT0), 0x10700);
}
END_TEST

START_TEST(globally_disabled_the_pins_are_intr_and_nmi)
{
	turn_on();
	wr(A_TPR, 0x20);
	message(APIC_FIXED, 0x50, 0, false);
	lapic_set_base(&apic, LAPIC_DEFAULT_BASE | LAPIC_BASE_BSP);
	ck_assert_int_eq(intr.level, 0);
	ck_assert_uint_eq(rd(A_VERSION), 0xffffffff); /* nobody there */
	ck_assert(!message(APIC_FIXED, 0x60, 0, false));
	lapic_set_lint(&apic, 0, 1);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(lapic_ack(&apic), EXTINT);
	lapic_set_lint(&apic, 1, 1);
	ck_assert_int_eq(nmi.rises, 1);
	/* and back: the state of a reset (11.4.3) */
	lapic_set_base(&apic, LAPIC_DEFAULT_BASE | LAPIC_BASE_BSP | LAPIC_BASE_ENABLE);
	ck_assert_uint_eq(rd(A_SVR), 0xff);
	ck_assert_uint_eq(rd(A_TPR), 0);
	ck_assert_int_eq(intr.level, 0); /* LINT0 is masked */
}
END_TEST

START_TEST(the_page_moves_with_apic_base)
{
	lapic_set_base(&apic, 0xd0000000u | LAPIC_BASE_ENABLE);
	ck_assert_uint_eq(rd(A_VERSION), 0xffffffff);
	ck_assert_uint_eq(bus_read(&b.bus, 0xd0000030, 4), 0x00050014);
	lapic_reset(&apic);
	ck_assert_uint_eq(rd(A_VERSION), 0x00050014);
	ck_assert_uint_eq(bus_read(&b.bus, 0xd0000030, 4), 0xffffffff);
}
END_TEST

START_TEST(a_processor_without_apic_has_wires)
{
	bench_init(&b);
	lapic_init(&apic, &b.bus, &b.clock, &b.log, &(struct lapic_config){.present = false});
	apic.intr = probe_line(&intr, &b.clock);
	apic.nmi = probe_line(&nmi, &b.clock);
	lapic_reset(&apic);
	ck_assert_uint_eq(rd(A_VERSION), 0xffffffff);
	lapic_set_lint(&apic, 0, 1);
	ck_assert_int_eq(intr.level, 1);
	ck_assert_int_eq(lapic_ack(&apic), EXTINT);
	lapic_set_lint(&apic, 0, 0);
	ck_assert_int_eq(intr.level, 0);
	lapic_set_lint(&apic, 1, 1);
	ck_assert_int_eq(nmi.rises, 1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, reset_leaves_the_state_of_11_4_7_1);
	tcase_add_test(tc, reserved_bits_of_registers_do_not_stick);
	tcase_add_test(tc, deadline_mode_exists_only_where_announced);
	tcase_add_test(tc, read_only_registers_ignore_writes);
	tcase_add_test(tc, narrow_accesses_read_bytes_and_write_nothing);
	tcase_add_test(tc, the_highest_vector_is_given_and_serviced_first);
	tcase_add_test(tc, ppr_follows_the_table);
	tcase_add_test(tc, the_task_priority_holds_its_class_and_lower_ones_back);
	tcase_add_test(tc, an_eoi_with_nothing_in_service_does_nothing);
	tcase_add_test(tc, lint0_as_extint_asks_for_an_inta_cycle_whatever_the_priority);
	tcase_add_test(tc, lint1_as_nmi_acts_on_its_rising_edge);
	tcase_add_test(tc, lint0_fixed_and_level_triggered_waits_for_its_eoi);
	tcase_add_test(tc, lint0_fixed_and_edge_triggered_asks_once);
	tcase_add_test(tc, physical_and_logical_destinations_match_as_in_11_6_2);
	tcase_add_test(tc, ipis_reach_the_one_processor_as_tables_11_3_and_11_4_say);
	tcase_add_test(tc, nmi_and_init_arrive_and_startup_and_smi_do_not);
	tcase_add_test(tc, errors_show_after_a_write_and_interrupt_once);
	tcase_add_test(tc, an_access_to_a_reserved_register_is_an_error);
	tcase_add_test(tc, an_error_vector_that_is_illegal_itself_ends_there);
	tcase_add_test(tc, software_disabled_it_masks_the_lvt_and_accepts_only_nmi_and_init);
	tcase_add_test(tc, globally_disabled_the_pins_are_intr_and_nmi);
	tcase_add_test(tc, the_page_moves_with_apic_base);
	tcase_add_test(tc, a_processor_without_apic_has_wires);
}

int main(void)
{
	return bench_main("lapic", add);
}
