/* check_piix3.c - the PIIX3's ISA bridge. From: Intel 82371FB/82371SB data sheet (290550), 2, register description. */
#include "devices/piix3.h"
#include "tests/devices/pci_bench.h"

static struct bench b;
static struct pci_bus pci;
static struct piix3 bridge;
static struct probe irq[16], pirq[4], hard, init;

static void setup(void)
{
	bench_init(&b);
	pci_init(&pci, &b.bus);
	piix3_init(&bridge, &pci, &b.log);
	for (int i = 0; i < 16; i++)
		bridge.irq[i] = probe_line(&irq[i], &b.clock);
	for (int i = 0; i < 4; i++) {
		bridge.pirq[i] = probe_line(&pirq[i], &b.clock);
		pci.pirq[i] = (struct line){.set = piix3_set_pirq, .opaque = &bridge, .n = i};
	}
	bridge.hard_reset = probe_line(&hard, &b.clock);
	bridge.init = probe_line(&init, &b.clock);
	pci_reset(&pci);
	piix3_reset(&bridge);
}

static u32 rd(int reg, int size)
{
	return pci_read(&b, 1, 0, reg, size);
}

static void wr(int reg, int size, u32 value)
{
	pci_write(&b, 1, 0, reg, size, value);
}

START_TEST(it_is_the_isa_bridge_in_slot_1)
{
	ck_assert_uint_eq(rd(0x00, 4), 0x70008086);
	ck_assert_uint_eq(rd(0x04, 2), 0x0007);
	ck_assert_uint_eq(rd(0x06, 2), 0x0200);
	ck_assert_uint_eq(rd(0x08, 4) >> 8, 0x060100);
	ck_assert_uint_eq(rd(0x0e, 1), 0x80); /* more than one function */
}
END_TEST

START_TEST(registers_have_their_values_after_reset)
{
	static const struct {
		int reg;
		u8 value;
	} table[] = { /* the data sheet's table of registers */
		{0x4c, 0x4d}, {0x4e, 0x03}, {0x4f, 0x00}, {0x60, 0x80}, {0x61, 0x80}, {0x62, 0x80}, {0x63, 0x80}, {0x69, 0x02},
		{0x6a, 0x00}, {0x6b, 0x00}, {0x70, 0x80}, {0x76, 0x0c}, {0x77, 0x0c}, {0x78, 0x02}, {0x79, 0x00}, {0x80, 0x00},
		{0x82, 0x00}, {0xa0, 0x08}, {0xa2, 0x00}, {0xa4, 0x00}, {0xa8, 0x0f}, {0xac, 0x00}, {0xae, 0x00},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		ck_assert_msg(rd(table[i].reg, 1) == table[i].value, "register %02x: %02x", (unsigned)table[i].reg, rd(table[i].reg, 1));
}
END_TEST

START_TEST(writes_change_what_they_may)
{
	ck_assert_uint_eq(pci_writable(&b, 1, 0, 0x00, 4), 0);
	ck_assert_uint_eq(pci_writable(&b, 1, 0, 0x04, 2), 0x0108);
	ck_assert_uint_eq(pci_writable(&b, 1, 0, 0x4e, 2), 0x01f7); /* XBCS: bit 3 and 15:9 are reserved */
	for (int reg = 0x60; reg < 0x64; reg++)
		ck_assert_uint_eq(pci_writable(&b, 1, 0, reg, 1), 0x8f);
	ck_assert_uint_eq(pci_writable(&b, 1, 0, 0x64, 4), 0);
	ck_assert_uint_eq(pci_writable(&b, 1, 0, 0x3c, 4), 0); /* no interrupt of its own */
}
END_TEST

START_TEST(an_unrouted_pirq_reaches_no_irq)
{
	piix3_set_pirq(&bridge, 0, 1);
	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(irq[i].rises, 0);
	ck_assert_int_eq(pirq[0].level, 1); /* but an I/O APIC would see it */
}
END_TEST

START_TEST(each_pirq_goes_where_its_register_says)
{
	static const int routable[] = {3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15};
	for (int p = 0; p < 4; p++)
		for (size_t i = 0; i < ARRAY_LEN(routable); i++) {
			wr(0x60 + p, 1, (u32)routable[i]);
			piix3_set_pirq(&bridge, p, 1);
			for (int n = 0; n < 16; n++)
				ck_assert_int_eq(irq[n].level, n == routable[i]);
			piix3_set_pirq(&bridge, p, 0);
			ck_assert_int_eq(irq[routable[i]].level, 0);
			wr(0x60 + p, 1, 0x80);
		}
}
END_TEST

START_TEST(reserved_irqs_are_never_driven)
{
	static const int reserved[] = {0, 1, 2, 8, 13};
	piix3_set_pirq(&bridge, 1, 1);
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
		wr(0x61, 1, (u32)reserved[i]);
		ck_assert_int_eq(irq[reserved[i]].rises, 0);
	}
}
END_TEST

START_TEST(pirqs_share_an_irq)
{
	wr(0x60, 4, 0x800b0b80); /* B and C to IRQ 11 */
	piix3_set_pirq(&bridge, 1, 1);
	piix3_set_pirq(&bridge, 2, 1);
	ck_assert_int_eq(irq[11].rises, 1);
	piix3_set_pirq(&bridge, 1, 0);
	ck_assert_int_eq(irq[11].level, 1);
	piix3_set_pirq(&bridge, 2, 0);
	ck_assert_int_eq(irq[11].level, 0);
}
END_TEST

START_TEST(a_new_route_moves_an_active_interrupt)
{
	wr(0x60, 1, 10);
	piix3_set_pirq(&bridge, 0, 1);
	ck_assert_int_eq(irq[10].level, 1);
	wr(0x60, 1, 5);
	ck_assert_int_eq(irq[10].level, 0);
	ck_assert_int_eq(irq[5].level, 1);
	wr(0x60, 1, 0x85); /* routing off */
	ck_assert_int_eq(irq[5].level, 0);
}
END_TEST

START_TEST(a_function_s_pin_comes_through)
{
	static struct pci_function card;
	pci_function_init(&card, 0x1234, 1, 0xff0000, 0, NULL, NULL);
	pci_define_pin(&card, 1);
	pci_plug(&pci, &card, 4, 0); /* PIRQD# */
	pci_reset(&pci);
	wr(0x63, 1, 9);
	pci_set_intx(&card, 1);
	ck_assert_int_eq(irq[9].level, 1);
	pci_reset(&pci);
	piix3_reset(&bridge);
	ck_assert_int_eq(irq[9].level, 0);
	ck_assert_uint_eq(rd(0x63, 1), 0x80);
}
END_TEST

START_TEST(reset_control_hard_resets_with_srst)
{
	ck_assert_uint_eq(in8(&b, 0xcf9), 0x00);
	out8(&b, 0xcf9, 0x02); /* RC: first the kind, */
	ck_assert_int_eq(hard.rises + init.rises, 0);
	out8(&b, 0xcf9, 0x06); /* then RCPU */
	ck_assert_int_eq(hard.rises, 1);
	ck_assert_int_eq(init.rises, 0);
	piix3_reset(&bridge);
	ck_assert_uint_eq(in8(&b, 0xcf9), 0x00);
	out8(&b, 0xcf9, 0x06); /* both at once */
	ck_assert_int_eq(hard.rises, 2);
}
END_TEST

START_TEST(reset_control_resets_the_processor_without_srst)
{
	out8(&b, 0xcf9, 0x04);
	ck_assert_int_eq(hard.rises, 0);
	ck_assert_int_eq(init.rises, 1);
	out8(&b, 0xcf9, 0xfc); /* RCPU stays: no edge */
	ck_assert_int_eq(init.rises, 1);
	ck_assert_uint_eq(in8(&b, 0xcf9), 0x04); /* other bits are reserved */
}
END_TEST

START_TEST(reset_control_and_the_address_register_share_ports)
{
	bus_out(&b.bus, 0xcf8, 4, 0x80000600); /* bits 10 and 9 are in the byte at CF9h */
	ck_assert_int_eq(hard.rises + init.rises, 0);
	out8(&b, 0xcf9, 0x02);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 4), 0x80000600);
	ck_assert_uint_eq(in8(&b, 0xcf9), 0x02);
	ck_assert_uint_eq(in8(&b, 0xcf8), 0xff);
	bus_out(&b.bus, 0xcf8, 2, 0x0600); /* a word reaches its two bytes */
	ck_assert_int_eq(hard.rises, 1);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, it_is_the_isa_bridge_in_slot_1);
	tcase_add_test(t, registers_have_their_values_after_reset);
	tcase_add_test(t, writes_change_what_they_may);
	tcase_add_test(t, an_unrouted_pirq_reaches_no_irq);
	tcase_add_test(t, each_pirq_goes_where_its_register_says);
	tcase_add_test(t, reserved_irqs_are_never_driven);
	tcase_add_test(t, pirqs_share_an_irq);
	tcase_add_test(t, a_new_route_moves_an_active_interrupt);
	tcase_add_test(t, a_function_s_pin_comes_through);
	tcase_add_test(t, reset_control_hard_resets_with_srst);
	tcase_add_test(t, reset_control_resets_the_processor_without_srst);
	tcase_add_test(t, reset_control_and_the_address_register_share_ports);
}

int main(void)
{
	return bench_main("piix3", add);
}
