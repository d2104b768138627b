/* check_loader.c - the loader card's registers and its transfers, and its PCI side.
 *
 * Expected: devices/loader.h, for there is no such chip; PCI Local Bus Specification 2.2, 6.2.5.2 (expansion ROM).
 */
#include "devices/loader.h"

#include "tests/devices/pci_bench.h"

enum { PART = 0x5c0, SIZE = 0x5c4, ADDRESS = 0x5c8, CONTROL = 0x5cc };

static struct card {
	struct bench b;
	struct pci_bus pci;
	struct loader l;
	u8 memory[256], rom[1000];
} * c;

static void write_mem(void *opaque, gpa_t gpa, const void *buf, int len)
{
	(void)opaque;
	ck_assert_uint_le(gpa + (gpa_t)len, sizeof c->memory);
	memcpy(c->memory + gpa, buf, (size_t)len);
}

static u32 get(u16 port)
{
	return bus_in(&c->b.bus, port, 4);
}

static void set(u16 port, u32 value)
{
	bus_out(&c->b.bus, port, 4, value);
}

static void setup(void)
{
	static const u8 text[] = "0123456789";
	c = calloc(1, sizeof *c);
	bench_init(&c->b);
	pci_init(&c->pci, &c->b.bus);
	loader_init(&c->l, &c->b.bus, &c->b.clock, &c->b.log);
	memset(c->rom, 0x5a, sizeof c->rom);
	loader_plug(&c->l, &c->pci, 3, c->rom, sizeof c->rom);
	c->l.write_mem = write_mem;
	c->l.parts[1] = (struct loader_part){text, 10};
}

static void teardown(void)
{
	free(c);
}

START_TEST(a_transfer_takes_its_time_and_is_there_as_a_whole)
{
	set(PART, 1), set(ADDRESS, 32);
	ck_assert_uint_eq(get(SIZE), 10);
	set(CONTROL, 0);
	ck_assert_uint_eq(get(CONTROL), 0);
	set(CONTROL, 1);
	bench_run(&c->b, 1009);
	ck_assert_uint_eq(get(CONTROL), 1);
	ck_assert_uint_eq(c->memory[32], 0);
	bench_run(&c->b, 1);
	ck_assert_uint_eq(get(CONTROL), 0);
	ck_assert_mem_eq(c->memory + 32, "0123456789", 11);
}
END_TEST

START_TEST(nothing_changes_while_a_transfer_runs)
{
	set(PART, 1), set(ADDRESS, 32), set(CONTROL, 1);
	set(PART, 2), set(ADDRESS, 64);
	ck_assert_uint_eq(get(PART), 1);
	ck_assert_uint_eq(get(ADDRESS), 32);
	bench_run(&c->b, 1010);
	ck_assert_uint_eq(c->memory[32], '0');
}
END_TEST

START_TEST(parts_that_are_not_there_have_no_bytes)
{
	static const u32 none[] = {0, 2, LOADER_PARTS, ~0u};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		set(PART, none[i]), set(ADDRESS, 0xffffffff);
		ck_assert_uint_eq(get(SIZE), 0);
		set(CONTROL, 1);
		bench_run(&c->b, 1000);
		ck_assert_uint_eq(get(CONTROL), 0);
	}
}
END_TEST

START_TEST(only_doublewords_reach_the_registers)
{
	set(PART, 1);
	bus_out(&c->b.bus, PART, 1, 7);
	bus_out(&c->b.bus, PART, 2, 7);
	ck_assert_uint_eq(get(PART), 1);
	ck_assert_uint_eq(bus_in(&c->b.bus, PART, 1), 0xff);
	ck_assert_uint_eq(bus_in(&c->b.bus, SIZE, 2), 0xffff);
}
END_TEST

START_TEST(a_reset_ends_a_transfer_and_keeps_the_parts)
{
	set(PART, 1), set(CONTROL, 1);
	loader_reset(&c->l);
	ck_assert_uint_eq(get(CONTROL), 0);
	bench_run(&c->b, 5000);
	ck_assert_uint_eq(c->memory[0], 0);
	set(PART, 1);
	ck_assert_uint_eq(get(SIZE), 10);
}
END_TEST

START_TEST(the_rom_is_behind_pci_register_30h)
{
	struct bench *b = &c->b;
	ck_assert_uint_eq(pci_read(b, 3, 0, 0, 4), 0x74441234);
	ck_assert_uint_eq(pci_writable(b, 3, 0, 0x30, 4), 0xfffff801); /* 2 KB */
	pci_write(b, 3, 0, 0x30, 4, 0xfeb00001);
	ck_assert_uint_eq(bus_read(&b->bus, 0xfeb00000, 4), ~0u);
	pci_write(b, 3, 0, 4, 2, PCI_COMMAND_MEMORY);
	ck_assert_uint_eq(bus_read(&b->bus, 0xfeb00000, 4), 0x5a5a5a5a);
	bus_write(&b->bus, 0xfeb00000, 4, 0);
	ck_assert_uint_eq(bus_read(&b->bus, 0xfeb00000 + 996, 4), 0x5a5a5a5a);
	ck_assert_uint_eq(bus_read(&b->bus, 0xfeb00000 + 1000, 4), ~0u);
	ck_assert_uint_eq(bus_read(&b->bus, 0xfeb00000 + 2044, 4), ~0u);
	pci_write(b, 3, 0, 0x30, 4, 0xfeb00000);
	ck_assert_uint_eq(bus_read(&b->bus, 0xfeb00000, 4), ~0u);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_transfer_takes_its_time_and_is_there_as_a_whole);
	tcase_add_test(t, nothing_changes_while_a_transfer_runs);
	tcase_add_test(t, parts_that_are_not_there_have_no_bytes);
	tcase_add_test(t, only_doublewords_reach_the_registers);
	tcase_add_test(t, a_reset_ends_a_transfer_and_keeps_the_parts);
	tcase_add_test(t, the_rom_is_behind_pci_register_30h);
}

int main(void)
{
	return bench_main("loader card", add);
}
