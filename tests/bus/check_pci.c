/* check_pci.c - the PCI bus: configuration mechanism #1, base addresses, interrupt pins.
 * Section numbers: PCI Local Bus Specification 2.2. */
#include "tests/devices/pci_bench.h"

static struct bench b;
static struct pci_bus pci;
static struct pci_function card, second;
static struct probe pirq[4];

struct move {
	int bar;
	u32 base;
	bool enabled;
};
static struct move moves[16];
static int nmoves, nwritten, last_reg, last_len;

static void bar_moved(void *opaque, int bar, u32 base, bool enabled)
{
	(void)opaque;
	if (nmoves < 16)
		moves[nmoves++] = (struct move){bar, base, enabled};
}

static void written(void *opaque, int reg, int len)
{
	(void)opaque;
	nwritten++;
	last_reg = reg;
	last_len = len;
}

static const struct pci_ops ops = {bar_moved, written};

/* Slot 3: a card with memory, ports and a ROM, INTA#. Slot 4, function 2: nothing but a pin INTC#. */
static void setup(void)
{
	bench_init(&b);
	pci_init(&pci, &b.bus);
	pci_function_init(&card, 0x1234, 0x5678, 0x030000, 7, &ops, NULL);
	pci_define_bar(&card, 0, 0x100000, PCI_BAR_PREFETCH);
	pci_define_bar(&card, 1, 0x20, PCI_BAR_IO);
	pci_define_bar(&card, PCI_ROM_BAR, 0x8000, PCI_BAR_MEMORY);
	pci_define_pin(&card, 1);
	pci_define(&card, 0x40, 4, 0x11223344, 0x00ff00ff);
	pci_define(&card, PCI_STATUS, 2, 0xf280, 0);
	pci_define_clearable(&card, PCI_STATUS, 2, 0xf900);
	pci_plug(&pci, &card, 3, 0);
	pci_function_init(&second, 0x1234, 0x9999, 0xff0000, 0, NULL, NULL);
	pci_define_pin(&second, 3);
	pci_define(&second, PCI_COMMAND, 2, 0, 0x0407);
	pci_plug(&pci, &second, 4, 2);
	for (int i = 0; i < 4; i++)
		pci.pirq[i] = probe_line(&pirq[i], &b.clock);
	pci_reset(&pci);
	nmoves = nwritten = 0;
}

static u32 rd(int reg, int size)
{
	return pci_read(&b, 3, 0, reg, size);
}

static void wr(int reg, int size, u32 value)
{
	pci_write(&b, 3, 0, reg, size, value);
}

START_TEST(the_address_register_takes_doublewords_only)
{
	bus_out(&b.bus, 0xcf8, 4, 0x80001800);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 4), 0x80001800); /* 3.2.2.3.2 */
	bus_out(&b.bus, 0xcf8, 4, 0xffffffff);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 4), 0x80fffffc); /* bits 30:24 and 1:0 are read-only zeros */
	bus_out(&b.bus, 0xcf8, 1, 0x12);
	bus_out(&b.bus, 0xcfa, 2, 0x1234);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 4), 0x80fffffc);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 2), 0xffff); /* nobody is behind */
}
END_TEST

static u8 behind[4];

static u32 behind_read(void *opaque, u32 offset, int size)
{
	(void)opaque;
	ck_assert_int_eq(size, 1);
	return behind[offset];
}

static void behind_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)opaque;
	ck_assert_int_eq(size, 1);
	behind[offset] = (u8)value;
}

START_TEST(narrower_accesses_pass_through_to_who_is_behind)
{
	static const struct io_ops io = {behind_read, behind_write, 1};
	memset(behind, 0, sizeof behind);
	pci_add_behind(&pci, &io, NULL);
	bus_out(&b.bus, 0xcf8, 4, 0x80001840);
	ck_assert_uint_eq(behind[1], 0); /* a doubleword is the address register's */
	bus_out(&b.bus, 0xcf9, 1, 6);
	bus_out(&b.bus, 0xcfa, 2, 0x3412);
	ck_assert_uint_eq(behind[1], 6);
	ck_assert_uint_eq(behind[2], 0x12);
	ck_assert_uint_eq(behind[3], 0x34);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf9, 1), 6);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 2), 0x0600);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 4), 0x80001840);
}
END_TEST

START_TEST(functions_are_found_by_slot_and_function)
{
	ck_assert_uint_eq(rd(PCI_VENDOR, 4), 0x56781234);
	ck_assert_uint_eq(rd(PCI_REVISION, 4), 0x03000007);
	ck_assert_uint_eq(pci_read(&b, 4, 2, 0, 4), 0x99991234);
	ck_assert_uint_eq(pci_read(&b, 4, 0, 0, 4), 0xffffffff); /* master abort: 6.1 */
	ck_assert_uint_eq(pci_read(&b, 5, 0, 0, 2), 0xffff);
	bus_out(&b.bus, 0xcf8, 4, 0x80011800); /* bus 1 */
	ck_assert_uint_eq(bus_in(&b.bus, 0xcfc, 4), 0xffffffff);
	bus_out(&b.bus, 0xcf8, 4, 0x00001800); /* not enabled: an ordinary I/O cycle */
	ck_assert_uint_eq(bus_in(&b.bus, 0xcfc, 4), 0xffffffff);
}
END_TEST

START_TEST(any_bytes_of_a_register_can_be_accessed)
{
	ck_assert_uint_eq(rd(0x41, 1), 0x33);
	ck_assert_uint_eq(rd(0x42, 2), 0x1122);
	ck_assert_uint_eq(rd(0x41, 2), 0x2233);
	wr(0x42, 1, 0xee);
	ck_assert_uint_eq(rd(0x40, 4), 0x11ee3344);
	ck_assert_int_eq(last_reg, 0x42);
	ck_assert_int_eq(last_len, 1);
	wr(0x40, 4, 0xffffffff);
	ck_assert_uint_eq(rd(0x40, 4), 0x11ff33ff);
	wr(0x40, 4, 0);
	ck_assert_uint_eq(rd(0x40, 4), 0x11003300);
}
END_TEST

START_TEST(identification_is_read_only_and_the_interrupt_line_is_memory)
{
	ck_assert_uint_eq(pci_writable(&b, 3, 0, PCI_VENDOR, 4), 0);
	ck_assert_uint_eq(pci_writable(&b, 3, 0, PCI_REVISION, 4), 0);
	ck_assert_uint_eq(pci_writable(&b, 3, 0, PCI_INTERRUPT_LINE, 4), 0xff); /* 6.2.4 */
	ck_assert_uint_eq(pci_writable(&b, 3, 0, PCI_COMMAND, 2), 7);
	ck_assert_uint_eq(pci_writable(&b, 3, 0, 0x18, 4), 0); /* a BAR that is not there: 6.2.5 */
}
END_TEST

START_TEST(status_bits_are_cleared_by_writing_ones)
{
	ck_assert_uint_eq(rd(PCI_STATUS, 2), 0xf280);
	wr(PCI_STATUS, 2, 0x2000); /* 6.2.3 */
	ck_assert_uint_eq(rd(PCI_STATUS, 2), 0xd280);
	wr(PCI_STATUS, 2, 0xffff);
	ck_assert_uint_eq(rd(PCI_STATUS, 2), 0x0280);
}
END_TEST

START_TEST(a_bar_tells_its_size_and_kind)
{
	wr(PCI_BAR0, 4, 0xffffffff); /* 6.2.5.1 */
	wr(PCI_BAR0 + 4, 4, 0xffffffff);
	wr(PCI_ROM, 4, 0xfffffffe);
	ck_assert_uint_eq(rd(PCI_BAR0, 4), 0xfff00008);
	ck_assert_uint_eq(rd(PCI_BAR0 + 4, 4), 0xffffffe1);
	ck_assert_uint_eq(rd(PCI_ROM, 4), 0xffff8000);
	ck_assert_int_eq(nmoves, 0);
}
END_TEST

START_TEST(bars_decode_when_the_command_register_says_so)
{
	wr(PCI_BAR0, 4, 0xe0000000);
	wr(PCI_BAR0 + 4, 4, 0xc000);
	ck_assert_int_eq(nmoves, 0);
	wr(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	ck_assert_int_eq(nmoves, 1);
	ck_assert(moves[0].bar == 0 && moves[0].base == 0xe0000000 && moves[0].enabled);
	wr(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
	ck_assert_int_eq(nmoves, 2);
	ck_assert(moves[1].bar == 1 && moves[1].base == 0xc000 && moves[1].enabled);
	wr(PCI_BAR0 + 4, 4, 0xd020); /* away from the old place, then to the new one */
	ck_assert_int_eq(nmoves, 4);
	ck_assert(moves[2].bar == 1 && moves[2].base == 0xc000 && !moves[2].enabled);
	ck_assert(moves[3].bar == 1 && moves[3].base == 0xd020 && moves[3].enabled);
	wr(PCI_BAR0 + 4, 4, 0xffffffff); /* sizing while enabled */
	ck_assert_int_eq(nmoves, 5);
	ck_assert(!moves[4].enabled);
	wr(PCI_COMMAND, 2, 0);
	ck_assert_int_eq(nmoves, 6);
	ck_assert(moves[5].bar == 0 && !moves[5].enabled);
}
END_TEST

START_TEST(the_rom_has_an_enable_of_its_own)
{
	wr(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	wr(PCI_ROM, 4, 0xd0000);
	ck_assert_int_eq(nmoves, 0);
	wr(PCI_ROM, 4, 0xd0001); /* 6.2.5.2 */
	ck_assert_int_eq(nmoves, 1);
	ck_assert(moves[0].bar == PCI_ROM_BAR && moves[0].base == 0xd0000 && moves[0].enabled);
}
END_TEST

START_TEST(pins_are_swizzled_and_shared)
{
	/* slot 1 INTA# is PIRQA#, each further slot and pin is one further: 440FX boards and QEMU's PC */
	ck_assert_int_eq(pci_pirq_of(1, 1), 0);
	ck_assert_int_eq(pci_pirq_of(1, 4), 3);
	ck_assert_int_eq(pci_pirq_of(2, 1), 1);
	ck_assert_int_eq(pci_pirq_of(3, 1), 2);
	ck_assert_int_eq(pci_pirq_of(4, 3), 1);
	ck_assert_int_eq(pci_pirq_of(0, 1), 3);
	pci_set_intx(&card, 1);
	ck_assert_int_eq(pirq[2].level, 1);
	pci_set_intx(&second, 1);
	ck_assert_int_eq(pirq[1].level, 1);
	pci_set_intx(&card, 0);
	ck_assert_int_eq(pirq[2].level, 0);
	ck_assert_int_eq(pirq[1].level, 1);
}
END_TEST

START_TEST(a_shared_line_stays_until_the_last_one_lets_go)
{
	static struct pci_function third;
	pci_function_init(&third, 0x1234, 1, 0xff0000, 0, NULL, NULL);
	pci_define_pin(&third, 1);
	pci_plug(&pci, &third, 7, 0); /* INTA# of slot 7: PIRQC#, as slot 3's */
	pci_set_intx(&card, 1);
	pci_set_intx(&third, 1);
	pci_set_intx(&card, 0);
	ck_assert_int_eq(pirq[2].level, 1);
	pci_set_intx(&third, 0);
	ck_assert_int_eq(pirq[2].level, 0);
	ck_assert_int_eq(pirq[2].rises, 1);
}
END_TEST

START_TEST(interrupt_disable_counts_where_it_is_writable)
{
	pci_set_intx(&second, 1);
	ck_assert_int_eq(pirq[1].level, 1);
	pci_write(&b, 4, 2, PCI_COMMAND, 2, PCI_COMMAND_INTX_OFF); /* PCI 2.3, 6.2.2 */
	ck_assert_int_eq(pirq[1].level, 0);
	pci_write(&b, 4, 2, PCI_COMMAND, 2, 0);
	ck_assert_int_eq(pirq[1].level, 1);
	pci_set_intx(&card, 1);
	wr(PCI_COMMAND, 2, PCI_COMMAND_INTX_OFF);
	ck_assert_int_eq(pirq[2].level, 1);
}
END_TEST

START_TEST(a_reset_takes_everything_back)
{
	wr(PCI_BAR0, 4, 0xe0000000);
	wr(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	wr(PCI_INTERRUPT_LINE, 1, 11);
	pci_set_intx(&card, 1);
	nmoves = nwritten = 0;
	pci_reset(&pci);
	ck_assert_int_eq(nmoves, 1);
	ck_assert(!moves[0].enabled);
	ck_assert_int_eq(nwritten, 1);
	ck_assert_int_eq(last_len, 256);
	ck_assert_int_eq(pirq[2].level, 0);
	ck_assert_uint_eq(bus_in(&b.bus, 0xcf8, 4), 0);
	ck_assert_uint_eq(rd(PCI_COMMAND, 2), 0);
	ck_assert_uint_eq(rd(PCI_BAR0, 4), 8);
	ck_assert_uint_eq(rd(PCI_INTERRUPT_LINE, 2), 0x0100);
}
END_TEST

START_TEST(random_configuration_cycles_do_no_harm)
{
	u32 x = 12345;
	for (int i = 0; i < 200000; i++) {
		x = x * 1664525 + 1013904223;
		u16 port = (u16)(0xcf8 + (x >> 8) % 8);
		int size = 1 << (x >> 12) % 3;
		if (x >> 30 == 0)
			bus_out(&b.bus, 0xcf8, 4, 0x80000000 | (x & 0x3fff) << 2);
		else if (x & 0x80)
			bus_out(&b.bus, port, size, x * 2654435761u);
		else
			bus_in(&b.bus, port, size);
		nmoves = 0;
	}
	ck_assert_uint_eq(rd(PCI_VENDOR, 4), 0x56781234);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, the_address_register_takes_doublewords_only);
	tcase_add_test(t, narrower_accesses_pass_through_to_who_is_behind);
	tcase_add_test(t, functions_are_found_by_slot_and_function);
	tcase_add_test(t, any_bytes_of_a_register_can_be_accessed);
	tcase_add_test(t, identification_is_read_only_and_the_interrupt_line_is_memory);
	tcase_add_test(t, status_bits_are_cleared_by_writing_ones);
	tcase_add_test(t, a_bar_tells_its_size_and_kind);
	tcase_add_test(t, bars_decode_when_the_command_register_says_so);
	tcase_add_test(t, the_rom_has_an_enable_of_its_own);
	tcase_add_test(t, pins_are_swizzled_and_shared);
	tcase_add_test(t, a_shared_line_stays_until_the_last_one_lets_go);
	tcase_add_test(t, interrupt_disable_counts_where_it_is_writable);
	tcase_add_test(t, a_reset_takes_everything_back);
	tcase_add_test(t, random_configuration_cycles_do_no_harm);
}

int main(void)
{
	return bench_main("pci", add);
}
