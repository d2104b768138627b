/* check_i440fx.c - the 82441FX host bridge. From: Intel 440FX PCIset data sheet (290549), 3, register description. */
#include "devices/i440fx.h"
#include "tests/devices/pci_bench.h"

static struct bench b;
static struct pci_bus pci;
static struct i440fx pmc;
static struct probe hard, init;
static u8 attribute[0x60]; /* by 4 KB page from A0000 */
static int ntold;

static void map(void *opaque, u32 gpa, u32 len, enum i440fx_map how)
{
	(void)opaque;
	ck_assert_uint_ge(gpa, 0xa0000);
	ck_assert_uint_le(gpa + len, 0x100000);
	ck_assert_uint_eq((gpa | len) & 0xfff, 0);
	for (u32 at = gpa; at < gpa + len; at += 0x1000)
		attribute[(at - 0xa0000) >> 12] = (u8)how;
	ntold++;
}

static void setup(void)
{
	bench_init(&b);
	pci_init(&pci, &b.bus);
	i440fx_init(&pmc, &pci, &b.log);
	pmc.map = map;
	pmc.hard_reset = probe_line(&hard, &b.clock);
	pmc.init = probe_line(&init, &b.clock);
	memset(attribute, 0xee, sizeof attribute);
	pci_reset(&pci);
	i440fx_reset(&pmc);
	ntold = 0;
}

static u32 rd(int reg, int size)
{
	return pci_read(&b, 0, 0, reg, size);
}

static void wr(int reg, int size, u32 value)
{
	pci_write(&b, 0, 0, reg, size, value);
}

static u8 at(u32 gpa)
{
	return attribute[(gpa - 0xa0000) >> 12];
}

START_TEST(it_is_the_host_bridge_in_slot_0)
{
	ck_assert_uint_eq(rd(0x00, 4), 0x12378086);
	ck_assert_uint_eq(rd(0x04, 2), 0x0006);
	ck_assert_uint_eq(rd(0x06, 2), 0x0280);
	ck_assert_uint_eq(rd(0x08, 4), 0x06000002);
	ck_assert_uint_eq(rd(0x0c, 4), 0);
}
END_TEST

START_TEST(registers_have_their_values_after_reset)
{
	static const struct {
		int reg;
		u8 value;
	} table[] = { /* the data sheet's table of registers */
		{0x50, 0x00}, {0x51, 0x00}, {0x52, 0x00}, {0x53, 0x80}, {0x54, 0x00}, {0x55, 0x00}, {0x56, 0x00}, {0x57, 0x01},
		{0x58, 0x10}, {0x59, 0x00}, {0x5f, 0x00}, {0x60, 0x01}, {0x67, 0x01}, {0x68, 0x00}, {0x70, 0x20}, {0x71, 0x10},
		{0x72, 0x02}, {0x90, 0x00}, {0x91, 0x00}, {0x93, 0x00},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		ck_assert_msg(rd(table[i].reg, 1) == table[i].value, "register %02x: %02x", (unsigned)table[i].reg, rd(table[i].reg, 1));
}
END_TEST

START_TEST(writes_change_what_they_may)
{
	ck_assert_uint_eq(pci_writable(&b, 0, 0, 0x00, 4), 0);
	ck_assert_uint_eq(pci_writable(&b, 0, 0, 0x04, 2), 0x0140); /* SERR# and parity error enable */
	ck_assert_uint_eq(pci_writable(&b, 0, 0, 0x0c, 4), 0xf800); /* MLT */
	ck_assert_uint_eq(pci_writable(&b, 0, 0, 0x10, 4), 0);
	ck_assert_uint_eq(pci_writable(&b, 0, 0, 0x3c, 4), 0);
	ck_assert_uint_eq(pci_writable(&b, 0, 0, 0x59, 1), 0x30);
	for (int reg = 0x5a; reg <= 0x5f; reg++)
		ck_assert_uint_eq(pci_writable(&b, 0, 0, reg, 1), 0x33);
	for (int reg = 0x60; reg <= 0x67; reg++)
		ck_assert_uint_eq(pci_writable(&b, 0, 0, reg, 1), 0xff);
	ck_assert_uint_eq(pci_writable(&b, 0, 0, 0xa0, 4), 0); /* reserved */
}
END_TEST

START_TEST(after_reset_the_bus_answers_everywhere)
{
	for (u32 gpa = 0xa0000; gpa < 0x100000; gpa += 0x1000)
		ck_assert_uint_eq(at(gpa), 0);
}
END_TEST

START_TEST(pam0_steers_the_system_bios)
{
	wr(0x59, 1, 0x20); /* WE alone: a shadow is being written */
	ck_assert_uint_eq(at(0xf0000), I440FX_WRITE);
	ck_assert_uint_eq(at(0xff000), I440FX_WRITE);
	ck_assert_uint_eq(at(0xef000), 0);
	wr(0x59, 1, 0x10);
	ck_assert_uint_eq(at(0xf0000), I440FX_READ);
	wr(0x59, 1, 0x30);
	ck_assert_uint_eq(at(0xf0000), I440FX_READ | I440FX_WRITE);
	ck_assert_int_eq(ntold, 3);
	wr(0x59, 1, 0x3f); /* the low nibble is reserved */
	ck_assert_uint_eq(rd(0x59, 1), 0x30);
	ck_assert_int_eq(ntold, 3); /* told of changes only */
}
END_TEST

START_TEST(pam1_to_pam6_steer_sixteen_kilobytes_a_nibble)
{
	for (int i = 0; i < 12; i++) {
		u32 gpa = 0xc0000 + (u32)i * 0x4000;
		int reg = 0x5a + i / 2;
		wr(reg, 1, i % 2 ? 0x30 : 0x03);
		for (u32 page = 0xc0000; page < 0x100000; page += 0x1000)
			ck_assert_uint_eq(at(page), page - gpa < 0x4000 ? 3 : 0);
		wr(reg, 1, 0);
	}
}
END_TEST

START_TEST(one_doubleword_sets_four_registers)
{
	wr(0x5c, 4, 0x33333333);
	ck_assert_uint_eq(at(0xd0000), 3);
	ck_assert_uint_eq(at(0xef000), 3);
	ck_assert_uint_eq(at(0xcc000), 0);
	ck_assert_uint_eq(at(0xf0000), 0);
}
END_TEST

START_TEST(smram_can_be_opened_for_everybody)
{
	wr(0x72, 1, 0x40); /* DOPEN without SMRAME */
	ck_assert_uint_eq(at(0xa0000), 0);
	wr(0x72, 1, 0x48);
	ck_assert_uint_eq(rd(0x72, 1), 0x4a); /* the segment is hardwired */
	ck_assert_uint_eq(at(0xa0000), 3);
	ck_assert_uint_eq(at(0xbf000), 3);
	ck_assert_uint_eq(at(0xc0000), 0);
	wr(0x72, 1, 0x68); /* closed for data */
	ck_assert_uint_eq(at(0xa0000), 0);
	wr(0x72, 1, 0x08);
	ck_assert_uint_eq(at(0xa0000), 0);
}
END_TEST

START_TEST(smram_stays_locked_until_a_reset)
{
	wr(0x72, 1, 0x58);
	ck_assert_uint_eq(rd(0x72, 1), 0x1a); /* DLCK clears DOPEN */
	ck_assert_uint_eq(at(0xa0000), 0);
	wr(0x72, 1, 0x48);
	wr(0x70, 4, 0);
	ck_assert_uint_eq(rd(0x72, 1), 0x1a);
	pci_reset(&pci);
	i440fx_reset(&pmc);
	ck_assert_uint_eq(rd(0x72, 1), 0x02);
	wr(0x72, 1, 0x48);
	ck_assert_uint_eq(at(0xa0000), 3);
}
END_TEST

START_TEST(the_turbo_reset_register_resets_when_rcpu_rises)
{
	wr(0x93, 1, 0x02); /* SHRE alone does nothing */
	ck_assert_int_eq(hard.rises + init.rises, 0);
	wr(0x93, 1, 0x06);
	ck_assert_int_eq(hard.rises, 1);
	wr(0x93, 1, 0x06);
	ck_assert_int_eq(hard.rises, 1);
	wr(0x93, 1, 0x00);
	wr(0x93, 1, 0x04);
	ck_assert_int_eq(hard.rises, 1);
	ck_assert_int_eq(init.rises, 1);
	wr(0x59, 1, 0x30);
	ck_assert_int_eq(init.rises, 1);
}
END_TEST

START_TEST(a_reset_closes_the_shadow_memory)
{
	wr(0x5c, 4, 0x33333333);
	wr(0x59, 1, 0x30);
	pci_reset(&pci);
	i440fx_reset(&pmc);
	for (u32 gpa = 0xa0000; gpa < 0x100000; gpa += 0x1000)
		ck_assert_uint_eq(at(gpa), 0);
	ck_assert_int_eq(hard.rises + init.rises, 0);
}
END_TEST

START_TEST(a_restored_bridge_tells_the_whole_map)
{
	wr(0x5c, 4, 0x33333333);
	struct pci_function_regs saved = pmc.pci.r;
	wr(0x5c, 4, 0);
	pmc.pci.r = saved;
	memset(attribute, 0xee, sizeof attribute);
	pci_restore(&pci);
	i440fx_restore(&pmc);
	ck_assert_uint_eq(at(0xd4000), 3);
	ck_assert_uint_eq(at(0xec000), 3);
	ck_assert_uint_eq(at(0xcc000), 0);
	ck_assert_uint_eq(at(0xf0000), 0);
	ck_assert_uint_eq(at(0xa0000), 0);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, it_is_the_host_bridge_in_slot_0);
	tcase_add_test(t, registers_have_their_values_after_reset);
	tcase_add_test(t, writes_change_what_they_may);
	tcase_add_test(t, after_reset_the_bus_answers_everywhere);
	tcase_add_test(t, pam0_steers_the_system_bios);
	tcase_add_test(t, pam1_to_pam6_steer_sixteen_kilobytes_a_nibble);
	tcase_add_test(t, one_doubleword_sets_four_registers);
	tcase_add_test(t, smram_can_be_opened_for_everybody);
	tcase_add_test(t, smram_stays_locked_until_a_reset);
	tcase_add_test(t, the_turbo_reset_register_resets_when_rcpu_rises);
	tcase_add_test(t, a_reset_closes_the_shadow_memory);
	tcase_add_test(t, a_restored_bridge_tells_the_whole_map);
}

int main(void)
{
	return bench_main("i440fx", add);
}
