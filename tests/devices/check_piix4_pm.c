/* check_piix4_pm.c - the PIIX4's power management and SMBus host. Section numbers: Intel 82371AB data sheet (290562). */
#include "devices/piix4_pm.h"
#include "tests/devices/pci_bench.h"

#define PM 0xb000
#define SMB 0xb100

static struct bench b;
static struct pci_bus pci;
static struct piix4_pm pm;
static struct probe irq9, off;

static u32 rd(int reg, int size)
{
	return pci_read(&b, 1, 3, reg, size);
}

static void wr(int reg, int size, u32 value)
{
	pci_write(&b, 1, 3, reg, size, value);
}

static u32 pmin(int reg, int size)
{
	return bus_in(&b.bus, (u16)(PM + reg), size);
}

static void pmout(int reg, int size, u32 value)
{
	bus_out(&b.bus, (u16)(PM + reg), size, value);
}

static void bare(void)
{
	bench_init(&b);
	pci_init(&pci, &b.bus);
	piix4_pm_init(&pm, &pci, &b.bus, &b.clock, &b.log);
	pm.irq9 = probe_line(&irq9, &b.clock);
	pm.power_off = probe_line(&off, &b.clock);
	pci_reset(&pci);
	piix4_pm_reset(&pm);
}

/* As a BIOS leaves it. */
static void setup(void)
{
	bare();
	wr(0x40, 4, PM | 1);
	wr(0x80, 1, 1);
	wr(0x90, 4, SMB | 1);
	wr(0xd2, 1, 0x09);
	wr(0x04, 2, 1);
}

START_TEST(it_is_function_3_of_slot_1)
{
	bare();
	ck_assert_uint_eq(rd(0x00, 4), 0x71138086);
	ck_assert_uint_eq(rd(0x04, 4), 0x02800000);
	ck_assert_uint_eq(rd(0x08, 4) >> 8, 0x068000);
	ck_assert_uint_eq(rd(0x3c, 4), 0x0100); /* INTA# */
	ck_assert_uint_eq(rd(0x40, 4), 1);
	ck_assert_uint_eq(rd(0x90, 4), 1);
	ck_assert_uint_eq(rd(0x80, 1), 0);
	ck_assert_uint_eq(rd(0xd2, 1), 0);
	ck_assert_uint_eq(pci_writable(&b, 1, 3, 0x40, 4), 0xffc0); /* 7.1: PMBA bits 15:6 */
	ck_assert_uint_eq(pci_writable(&b, 1, 3, 0x90, 4), 0xfff0);
	ck_assert_uint_eq(pci_writable(&b, 1, 3, 0x04, 2), 0x0009);
}
END_TEST

START_TEST(the_windows_open_only_when_enabled)
{
	bare();
	wr(0x40, 4, PM);
	ck_assert_uint_eq(pmin(0, 2), 0xffff);
	wr(0x80, 1, 1);
	ck_assert_uint_eq(pmin(0, 2), 0);
	wr(0x40, 4, 0x4000); /* moves at once */
	ck_assert_uint_eq(pmin(0, 2), 0xffff);
	ck_assert_uint_eq(bus_in(&b.bus, 0x4000, 2), 0);
	wr(0x80, 1, 0);
	ck_assert_uint_eq(bus_in(&b.bus, 0x4000, 2), 0xffff);
	wr(0x90, 4, SMB);
	wr(0xd2, 1, 1);
	ck_assert_uint_eq(in8(&b, SMB), 0xff);
	wr(0x04, 2, 1); /* the SMBus needs I/O space too */
	ck_assert_uint_eq(in8(&b, SMB), 0);
	pci_reset(&pci);
	ck_assert_uint_eq(in8(&b, SMB), 0xff);
}
END_TEST

START_TEST(registers_keep_their_bits)
{
	static const struct {
		int reg, size;
		u32 reset, writable;
	} table[] = { /* 7.2 */
		{0x02, 2, 0, 0x0521}, {0x0e, 2, 0, 0x0f01}, {0x10, 4, 0, 0x00023e1e}, {0x20, 2, 0, 0x8d1f},
		{0x2c, 4, 0, 0x0fffffff}, {0x34, 4, 0x7fffbfff, 0x7fffffff}, {0x06, 2, 0, 0}, {0x16, 2, 0, 0}, {0x38, 4, 0, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ck_assert_uint_eq(pmin(table[i].reg, table[i].size), table[i].reset);
		pmout(table[i].reg, table[i].size, ~0u);
		ck_assert_uint_eq(pmin(table[i].reg, table[i].size), table[i].writable);
		pmout(table[i].reg, table[i].size, 0);
		ck_assert_uint_eq(pmin(table[i].reg, table[i].size), 0);
	}
	ck_assert_int_eq(off.rises, 0);
}
END_TEST

START_TEST(the_timer_counts_at_3_579545_mhz)
{
	ck_assert_uint_eq(piix4_pm_timer(0), 0);
	ck_assert_uint_eq(piix4_pm_timer(CLOCK_SECOND), 3579545);
	ck_assert_uint_eq(piix4_pm_timer(1000 * CLOCK_SECOND), 3579545000u & 0xffffff);
	ck_assert_uint_eq(piix4_pm_timer(100000000 * CLOCK_SECOND), 357954500000000ull & 0xffffff); /* three years: no overflow */
	bench_run_to(&b, 1000000);
	ck_assert_uint_eq(pmin(8, 4), 3579);
	ck_assert_uint_eq(pmin(9, 1), 3579 >> 8);
	pmout(8, 4, 0); /* read only */
	ck_assert_uint_eq(pmin(8, 4), 3579);
	bench_run_to(&b, 5 * CLOCK_SECOND);
	ck_assert_uint_eq(pmin(8, 4), 17897725 & 0xffffff); /* bits 31:24 are zero */
}
END_TEST

START_TEST(a_change_of_bit_23_is_an_overflow)
{
	pmout(0x02, 2, 1);
	pmout(0x04, 2, 1);
	bench_run_to(&b, 2343484300); /* 2^23 / 3.579545 MHz = 2.343484437 s: 11.6.2 */
	ck_assert_uint_eq(pmin(0, 2), 0);
	ck_assert_int_eq(irq9.level, 0);
	bench_run_to(&b, 2343484600);
	ck_assert_uint_eq(pmin(8, 4), 0x800000);
	ck_assert_uint_eq(pmin(0, 2), 1);
	ck_assert_int_eq(irq9.level, 1);
	pmout(0, 2, 1);
	ck_assert_uint_eq(pmin(0, 2), 0);
	ck_assert_int_eq(irq9.level, 0);
	bench_run_to(&b, 4686968700);
	ck_assert_uint_eq(pmin(0, 2), 0);
	bench_run_to(&b, 4686969000); /* high to low, too */
	ck_assert_int_eq(irq9.level, 1);
}
END_TEST

START_TEST(the_power_button_raises_sci_when_enabled)
{
	piix4_pm_power_button(&pm);
	ck_assert_uint_eq(pmin(0, 2), 0x100);
	ck_assert_int_eq(irq9.level, 0);
	pmout(0x02, 2, 0x100);
	ck_assert_int_eq(irq9.level, 0); /* SCI_EN is 0: it would be SMI# */
	ck_assert_uint_eq(pmin(0x18, 2), 0x40); /* GLBSTS: PM1_STS */
	pmout(0x04, 2, 1);
	ck_assert_int_eq(irq9.level, 1);
	pmout(0, 2, 0x20); /* others stay */
	ck_assert_int_eq(irq9.level, 1);
	pmout(1, 1, 0x01);
	ck_assert_uint_eq(pmin(0, 2), 0);
	ck_assert_int_eq(irq9.level, 0);
	ck_assert_uint_eq(pmin(0x18, 2), 0);
}
END_TEST

START_TEST(the_clock_s_alarm_is_an_event)
{
	piix4_pm_set_rtc(&pm, 0, 1);
	ck_assert_uint_eq(pmin(0, 2), 0x400);
	pmout(0, 2, 0x400);
	piix4_pm_set_rtc(&pm, 0, 1); /* no edge */
	ck_assert_uint_eq(pmin(0, 2), 0);
	piix4_pm_set_rtc(&pm, 0, 0);
	piix4_pm_set_rtc(&pm, 0, 1);
	ck_assert_uint_eq(pmin(0, 2), 0x400);
}
END_TEST

START_TEST(the_global_lock_s_two_sides_call_each_other)
{
	pmout(0x02, 2, 0x20);
	pmout(0x04, 2, 1);
	pmout(0x28, 1, 0x02); /* BIOS_RLS: 11.6 */
	ck_assert_uint_eq(pmin(0, 2), 0x20);
	ck_assert_int_eq(irq9.level, 1);
	pmout(0, 2, 0x20);
	ck_assert_int_eq(irq9.level, 0);
	ck_assert_uint_eq(pmin(0x28, 1), 0);
	pmout(0x04, 2, 0x05); /* GBL_RLS */
	ck_assert_uint_eq(pmin(0x04, 2), 1); /* write only */
	ck_assert_uint_eq(pmin(0x18, 2), 1); /* BIOS_STS */
	pmout(0x18, 2, 1);
	ck_assert_uint_eq(pmin(0x18, 2), 0);
}
END_TEST

START_TEST(apmc_switches_acpi_on_and_off)
{
	out8(&b, 0xb3, 0x5a);
	out8(&b, 0xb2, 0xf1);
	ck_assert_uint_eq(pmin(0x04, 2), 1);
	ck_assert_uint_eq(in8(&b, 0xb2), 0xf1);
	ck_assert_uint_eq(in8(&b, 0xb3), 0x5a);
	out8(&b, 0xb2, 0x12);
	ck_assert_uint_eq(pmin(0x04, 2), 1);
	out8(&b, 0xb2, 0xf0);
	ck_assert_uint_eq(pmin(0x04, 2), 0);
}
END_TEST

START_TEST(soft_off_needs_the_type_and_the_enable)
{
	pmout(0x04, 2, 0x0000);
	pmout(0x04, 2, 0x1401); /* working, not enabled */
	ck_assert_uint_eq(pmin(0x04, 2), 0x1401);
	ck_assert_int_eq(off.rises, 0);
	pmout(0x04, 2, 0x3401); /* SUS_EN: write only */
	ck_assert_uint_eq(pmin(0x04, 2), 0x1401);
	ck_assert_int_eq(off.rises, 0);
	pmout(0x04, 2, 0x2401); /* suspend to RAM: refused */
	ck_assert_int_eq(off.rises, 0);
	ck_assert_uint_eq(pmin(0, 2), 0);
	pmout(0x04, 2, 0x3001); /* powered on suspend wakes at once */
	ck_assert_uint_eq(pmin(0, 2), 0x8000);
	pmout(0x04, 2, 0x2001);
	ck_assert_int_eq(off.rises, 1);
	pmout(0x05, 1, 0x20); /* the second byte alone does it */
	ck_assert_int_eq(off.rises, 2);
}
END_TEST

START_TEST(an_empty_smbus_answers_with_a_device_error)
{
	ck_assert_uint_eq(in8(&b, SMB + 0), 0);
	out8(&b, SMB + 4, 0xa1);
	out8(&b, SMB + 2, 0x48); /* 7.3: START, byte data */
	ck_assert_uint_eq(in8(&b, SMB + 2), 0x08); /* START is write only */
	ck_assert_uint_eq(in8(&b, SMB + 0), 0x01); /* HOST_BUSY */
	bench_run(&b, 100000);
	ck_assert_uint_eq(in8(&b, SMB + 0), 0x01);
	bench_run(&b, 20000);
	ck_assert_uint_eq(in8(&b, SMB + 0), 0x04); /* DEV_ERR */
	ck_assert_int_eq(irq9.level, 0);
	out8(&b, SMB + 0, 0x04);
	ck_assert_uint_eq(in8(&b, SMB + 0), 0);
}
END_TEST

START_TEST(the_smbus_interrupts_on_irq_9_when_told_to)
{
	out8(&b, SMB + 2, 0x41); /* INTEREN, START */
	bench_run(&b, 120000);
	ck_assert_int_eq(irq9.level, 1);
	out8(&b, SMB + 0, 0x1e);
	ck_assert_int_eq(irq9.level, 0);
	wr(0xd2, 1, 0x01); /* SMI# instead */
	out8(&b, SMB + 2, 0x41);
	bench_run(&b, 120000);
	ck_assert_int_eq(irq9.level, 0);
	wr(0xd2, 1, 0x09);
	ck_assert_int_eq(irq9.level, 1);
}
END_TEST

START_TEST(a_running_smbus_command_can_be_killed)
{
	out8(&b, SMB + 2, 0x40);
	out8(&b, SMB + 2, 0x02);
	ck_assert_uint_eq(in8(&b, SMB + 0), 0x10); /* FAILED */
	bench_run(&b, 1000000);
	ck_assert_uint_eq(in8(&b, SMB + 0), 0x10);
}
END_TEST

START_TEST(block_data_is_read_in_order)
{
	in8(&b, SMB + 2); /* points at the first byte */
	for (int i = 0; i < 32; i++)
		out8(&b, SMB + 7, (u8)(i * 7));
	in8(&b, SMB + 7);
	in8(&b, SMB + 2);
	for (int i = 0; i < 40; i++) /* and around */
		ck_assert_uint_eq(in8(&b, SMB + 7), (u8)(i % 32 * 7));
}
END_TEST

START_TEST(a_reset_closes_everything)
{
	pmout(0x02, 2, 0x100);
	pmout(0x04, 2, 1);
	piix4_pm_power_button(&pm);
	out8(&b, SMB + 2, 0x41);
	ck_assert_int_eq(irq9.level, 1);
	pci_reset(&pci);
	piix4_pm_reset(&pm);
	ck_assert_int_eq(irq9.level, 0);
	ck_assert_uint_eq(pmin(0, 4), 0xffffffff);
	bench_run(&b, CLOCK_SECOND);
	ck_assert_int_eq(irq9.level, 0);
}
END_TEST

START_TEST(random_writes_do_no_harm)
{
	u32 x = 4711;
	for (int i = 0; i < 100000; i++) {
		x = x * 1664525 + 1013904223;
		u32 value = x * 2654435761u;
		int size = 1 << (x >> 9) % 3;
		if (x & 0x100)
			wr((int)(x >> 16 & 0xff & (u32)-size), size, value);
		else if (x & 0x800)
			bus_out(&b.bus, (u16)(x >> 16), size, value);
		else
			bus_in(&b.bus, (u16)((value & 1 ? PM : SMB) + (x >> 20) % 64), size);
		bench_run(&b, x & 0xffff);
	}
	ck_assert_uint_eq(rd(0, 4), 0x71138086);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, it_is_function_3_of_slot_1);
	tcase_add_test(t, the_windows_open_only_when_enabled);
	tcase_add_test(t, registers_keep_their_bits);
	tcase_add_test(t, the_timer_counts_at_3_579545_mhz);
	tcase_add_test(t, a_change_of_bit_23_is_an_overflow);
	tcase_add_test(t, the_power_button_raises_sci_when_enabled);
	tcase_add_test(t, the_clock_s_alarm_is_an_event);
	tcase_add_test(t, the_global_lock_s_two_sides_call_each_other);
	tcase_add_test(t, apmc_switches_acpi_on_and_off);
	tcase_add_test(t, soft_off_needs_the_type_and_the_enable);
	tcase_add_test(t, an_empty_smbus_answers_with_a_device_error);
	tcase_add_test(t, the_smbus_interrupts_on_irq_9_when_told_to);
	tcase_add_test(t, a_running_smbus_command_can_be_killed);
	tcase_add_test(t, block_data_is_read_in_order);
	tcase_add_test(t, a_reset_closes_everything);
	tcase_add_test(t, random_writes_do_no_harm);
}

int main(void)
{
	return bench_main("piix4_pm", add);
}
