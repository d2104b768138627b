/* check_piix3_ide.c - the PIIX3's IDE function: configuration, decoding, the bus master with a disk behind it.
 *
 * Sections: Intel 82371FB/82371SB data sheet (290550), 2.3 and 2.7; SFF-8038i revision 1.0.
 */
#include "ata_rig.h"
#include "devices/piix3_ide.h"

#define DISK 20160
#define READY (DRDY | DSC)
#define RAM 0x100000
#define BM 0xc000
#define TABLE 0x8000

enum { ACTIVE = 1, ERROR = 2, INTERRUPT = 4 };
enum { START = 1, TO_MEMORY = 8 };

struct ide_rig {
	struct rig *r;
	struct pci_bus pci;
	struct piix3_ide ide;
	u8 mem[RAM];
};

static bool mem_read(void *opaque, gpa_t gpa, void *buf, int len)
{
	struct ide_rig *c = opaque;
	ck_assert_uint_eq(gpa >> 16, (gpa + (u64)len - 1) >> 16);
	if (gpa + (u64)len > RAM)
		return false;
	memcpy(buf, c->mem + gpa, (size_t)len);
	return true;
}

static bool mem_write(void *opaque, gpa_t gpa, const void *buf, int len)
{
	struct ide_rig *c = opaque;
	ck_assert_uint_eq(gpa >> 16, (gpa + (u64)len - 1) >> 16);
	if (gpa + (u64)len > RAM)
		return false;
	memcpy(c->mem + gpa, buf, (size_t)len);
	return true;
}

static void decode(void *opaque, int channel, bool on)
{
	struct ide_rig *c = opaque;
	if (channel == 0)
		ata_decode(&c->r->ata, on);
}

static void kick(void *opaque, int channel)
{
	struct ide_rig *c = opaque;
	if (channel == 0)
		ata_dma_kick(&c->r->ata);
}

static u32 config(struct ide_rig *c, int reg, int size)
{
	bus_out(&c->r->bus, 0xcf8, 4, 0x80000900u | (reg & 0xfc));
	return bus_in(&c->r->bus, (u16)(0xcfc + (reg & 3)), size);
}

static void set_config(struct ide_rig *c, int reg, int size, u32 v)
{
	bus_out(&c->r->bus, 0xcf8, 4, 0x80000900u | (reg & 0xfc));
	bus_out(&c->r->bus, (u16)(0xcfc + (reg & 3)), size, v);
}

static struct ide_rig *after_reset(void)
{
	struct ide_rig *c = calloc(1, sizeof *c);
	c->r = rig_new(DISK, 0);
	pci_init(&c->pci, &c->r->bus);
	piix3_ide_init(&c->ide, &c->pci, &c->r->bus, &c->r->log);
	c->ide.decode = decode;
	c->ide.kick = kick;
	c->ide.read_mem = mem_read;
	c->ide.write_mem = mem_write;
	c->ide.channel_opaque = c->ide.mem_opaque = c;
	c->ide.irq[0] = c->r->ata.irq;
	c->r->ata.irq = (struct line){piix3_ide_irq, &c->ide, 0};
	c->r->ata.dma = (struct ata_dma){piix3_ide_move, &c->ide.channel[0]};
	pci_reset(&c->pci);
	piix3_ide_reset(&c->ide);
	return c;
}

/* As a BIOS leaves it. */
static struct ide_rig *new_rig(void)
{
	struct ide_rig *c = after_reset();
	set_config(c, 0x20, 4, BM);
	set_config(c, 0x40, 2, 0x8000);
	set_config(c, 0x04, 2, 5);
	return c;
}

static void free_rig(struct ide_rig *c)
{
	rig_free(c->r);
	free(c);
}

static void prd(struct ide_rig *c, int n, u32 address, u32 count, bool last)
{
	store32(c->mem + TABLE + 8 * n, address);
	store32(c->mem + TABLE + 8 * n + 4, count | (last ? 0x80000000u : 0));
}

static u8 status(struct ide_rig *c)
{
	return in(c->r, BM + 2);
}

static void start(struct ide_rig *c, u8 command)
{
	bus_out(&c->r->bus, BM + 4, 4, TABLE);
	out(c->r, BM, command);
	out(c->r, BM, command | START);
}

static void command(struct ide_rig *c, u8 cmd, u32 lba, u8 count)
{
	address(c->r, 0, lba, count);
	out(c->r, CMD, cmd);
}

/* --- configuration ----------------------------------------------------------------- */

START_TEST(the_header_is_the_data_sheets)
{
	struct ide_rig *c = after_reset();
	ck_assert_uint_eq(config(c, 0x00, 4), 0x70108086);
	ck_assert_uint_eq(config(c, 0x04, 2), 0);
	ck_assert_uint_eq(config(c, 0x06, 2), 0x0280);
	ck_assert_uint_eq(config(c, 0x08, 4) >> 8, 0x010180);
	ck_assert_uint_eq(config(c, 0x20, 4), 1);
	ck_assert_uint_eq(config(c, 0x3c, 2), 0);
	ck_assert_uint_eq(config(c, 0x40, 4), 0);
	set_config(c, 0x04, 2, 0xffff);
	ck_assert_uint_eq(config(c, 0x04, 2), 5); /* IOSE, BME */
	set_config(c, 0x20, 4, 0xffffffff);
	ck_assert_uint_eq(config(c, 0x20, 4), 0xfffffff1); /* 16 ports, in 32 bits */
	set_config(c, 0x20, 4, 0x10000 | BM);
	ck_assert_uint_eq(in(c->r, BM + 2), 0xff); /* not at the port with the same low bits */
	set_config(c, 0x40, 4, 0xa3070000 | 0xe377);
	ck_assert_uint_eq(config(c, 0x40, 4), 0xa307e377);
	set_config(c, 0x44, 1, 0x0b);
	ck_assert_uint_eq(config(c, 0x44, 1), 0x0b);
	free_rig(c);
}
END_TEST

START_TEST(ports_are_decoded_if_both_enables_say_so)
{
	struct ide_rig *c = after_reset();
	ck_assert_uint_eq(in(c->r, STATUS), 0xff);
	ck_assert_uint_eq(in(c->r, ALT), 0xff);
	set_config(c, 0x41, 1, 0x80);
	ck_assert_uint_eq(in(c->r, STATUS), 0xff);
	set_config(c, 0x04, 2, 1);
	ck_assert_uint_eq(in(c->r, STATUS), READY);
	ck_assert_uint_eq(in(c->r, ALT), READY);
	set_config(c, 0x41, 1, 0);
	ck_assert_uint_eq(in(c->r, STATUS), 0xff);
	set_config(c, 0x41, 1, 0x80);
	set_config(c, 0x04, 2, 0);
	ck_assert_uint_eq(in(c->r, STATUS), 0xff);
	free_rig(c);
}
END_TEST

START_TEST(bus_master_registers_keep_what_they_may)
{
	struct ide_rig *c = new_rig();
	for (u16 base = BM; base <= BM + 8; base += 8) {
		bus_out(&c->r->bus, (u16)(base + 4), 4, 0xffffffff);
		ck_assert_uint_eq(bus_in(&c->r->bus, (u16)(base + 4), 4), 0xfffffffc);
		bus_out(&c->r->bus, (u16)(base + 5), 1, 0x12);
		ck_assert_uint_eq(bus_in(&c->r->bus, (u16)(base + 4), 4), 0xffff12fc);
		out(c->r, base, 0xfe);
		ck_assert_uint_eq(in(c->r, base), 8);
		out(c->r, base + 2, 0xff);
		ck_assert_uint_eq(in(c->r, base + 2), 0x60); /* drive capable bits; both channels work at once */
		out(c->r, base + 1, 0xff);
		ck_assert_uint_eq(in(c->r, base + 1), 0);
	}
	set_config(c, 0x04, 2, 4); /* no I/O space */
	ck_assert_uint_eq(in(c->r, BM), 0xff);
	free_rig(c);
}
END_TEST

/* --- transfers ------------------------------------------------------------------------ */

START_TEST(read_dma_fills_the_regions_in_order)
{
	struct ide_rig *c = new_rig();
	prd(c, 0, 0x20000, 512, false);
	prd(c, 1, 0x30002, 3 * 512 - 100, false);
	prd(c, 2, 0x40000, 100, true);
	start(c, TO_MEMORY);
	ck_assert_uint_eq(status(c), ACTIVE);
	command(c, 0xc8, 77, 4);
	wait_ready(c->r);
	/* SFF-8038i: interrupt and not active: the table was as long as the transfer */
	ck_assert_uint_eq(status(c), INTERRUPT);
	ck_assert_int_eq(c->r->irq, 1);
	ck_assert_uint_eq(in(c->r, STATUS), READY);
	ck_assert_int_eq(c->r->irq, 0);
	ck_assert_uint_eq(status(c), INTERRUPT); /* until it is cleared */
	out(c->r, BM, TO_MEMORY);
	out(c->r, BM + 2, INTERRUPT);
	ck_assert_uint_eq(status(c), 0);
	check_sectors(c->mem + 0x20000, 77, 1);
	memmove(c->mem + 0x30002 + 3 * 512 - 100, c->mem + 0x40000, 100);
	check_sectors(c->mem + 0x30002, 78, 3);
	free_rig(c);
}
END_TEST

START_TEST(write_dma_reads_memory)
{
	struct ide_rig *c = new_rig();
	memset(c->mem + 0x20000, 0x5a, 1024);
	prd(c, 0, 0x20000, 1024, true);
	command(c, 0xca, 5, 2); /* the device waits for its master */
	pass(c->r, 10000000);
	ck_assert_uint_eq(in(c->r, ALT) & BSY, BSY);
	start(c, 0);
	wait_ready(c->r);
	ck_assert_uint_eq(status(c), INTERRUPT);
	ck_assert_uint_eq(in(c->r, STATUS), READY);
	for (int i = 0; i < 1024; i++)
		ck_assert_uint_eq(c->r->disk[0]->data[5 * 512 + i], 0x5a);
	ck_assert_uint_eq(c->r->disk[0]->data[7 * 512], block_mem_pattern(7, 0));
	free_rig(c);
}
END_TEST

START_TEST(a_count_of_zero_is_64_kb)
{
	struct ide_rig *c = new_rig();
	prd(c, 0, 0x20000, 0, false);
	prd(c, 1, 0x40000, 0, true);
	start(c, TO_MEMORY);
	command(c, 0xc8, 300, 0); /* 256 sectors */
	wait_ready(c->r);
	ck_assert_uint_eq(status(c), INTERRUPT);
	check_sectors(c->mem + 0x20000, 300, 128);
	check_sectors(c->mem + 0x40000, 428, 128);
	free_rig(c);
}
END_TEST

START_TEST(a_region_wraps_in_its_64_kb)
{
	struct ide_rig *c = new_rig();
	prd(c, 0, 0x2fe00, 1024, true);
	memset(c->mem + 0x30000, 0xee, 512);
	start(c, TO_MEMORY);
	command(c, 0xc8, 9, 2);
	wait_ready(c->r);
	check_sectors(c->mem + 0x2fe00, 9, 1);
	check_sectors(c->mem + 0x20000, 10, 1);
	ck_assert_uint_eq(c->mem[0x30000], 0xee);
	free_rig(c);
}
END_TEST

START_TEST(a_table_that_is_too_long_stays_active)
{
	struct ide_rig *c = new_rig();
	prd(c, 0, 0x20000, 4096, true);
	start(c, TO_MEMORY);
	command(c, 0xc8, 1, 1);
	wait_ready(c->r);
	ck_assert_uint_eq(status(c), ACTIVE | INTERRUPT);
	out(c->r, BM, 0);
	ck_assert_uint_eq(status(c), INTERRUPT);
	free_rig(c);
}
END_TEST

START_TEST(a_table_that_is_too_short_ends_without_an_interrupt)
{
	struct ide_rig *c = new_rig();
	prd(c, 0, 0x20000, 512, true);
	start(c, TO_MEMORY);
	command(c, 0xc8, 1, 2);
	pass(c->r, 100000000);
	ck_assert_uint_eq(status(c), 0);
	ck_assert_int_eq(c->r->irq, 0);
	ck_assert_uint_eq(in(c->r, ALT) & BSY, BSY);
	prd(c, 0, 0x30000, 512, true); /* and goes on when the master does */
	start(c, TO_MEMORY);
	wait_ready(c->r);
	ck_assert_uint_eq(status(c), INTERRUPT);
	check_sectors(c->mem + 0x20000, 1, 1);
	check_sectors(c->mem + 0x30000, 2, 1);
	free_rig(c);
}
END_TEST

START_TEST(memory_that_is_not_there_is_an_error)
{
	struct ide_rig *c = new_rig();
	prd(c, 0, 0xfff00000, 512, true);
	start(c, TO_MEMORY);
	command(c, 0xc8, 1, 1);
	pass(c->r, 100000000);
	ck_assert_uint_eq(status(c), ERROR);
	ck_assert_uint_eq(config(c, 0x06, 2), 0x2280); /* master abort */
	out(c->r, BM + 2, ERROR);
	ck_assert_uint_eq(status(c), 0);
	set_config(c, 0x06, 2, 0x2000);
	ck_assert_uint_eq(config(c, 0x06, 2), 0x0280);
	free_rig(c);
}
END_TEST

START_TEST(nothing_moves_before_bus_mastering_is_enabled)
{
	struct ide_rig *c = new_rig();
	set_config(c, 0x04, 2, 1);
	prd(c, 0, 0x20000, 512, true);
	start(c, TO_MEMORY);
	command(c, 0xc8, 1, 1);
	pass(c->r, 100000000);
	ck_assert_uint_eq(status(c), ACTIVE);
	set_config(c, 0x04, 2, 5);
	wait_ready(c->r);
	ck_assert_uint_eq(status(c), INTERRUPT);
	check_sectors(c->mem + 0x20000, 1, 1);
	free_rig(c);
}
END_TEST

START_TEST(an_interrupt_without_dma_shows_in_the_status_too)
{
	struct ide_rig *c = new_rig();
	command(c, 0x20, 1, 1);
	ck_assert_uint_eq(status(c), 0);
	wait_ready(c->r);
	ck_assert_uint_eq(status(c), INTERRUPT);
	ck_assert_int_eq(c->r->irq, 1);
	free_rig(c);
}
END_TEST

START_TEST(identify_announces_dma)
{
	struct ide_rig *c = new_rig();
	u16 w[256];
	identify(c->r, w);
	ck_assert_uint_eq(w[49] & 0x0100, 0x0100);
	ck_assert_uint_eq(w[63], 0x0407); /* multiword 0-2, 2 selected */
	ck_assert_uint_eq(w[88] & 0xff, 0x3f);
	free_rig(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("piix3_ide");
	TCase *t = tcase_create("piix3_ide");
	tcase_add_test(t, the_header_is_the_data_sheets);
	tcase_add_test(t, ports_are_decoded_if_both_enables_say_so);
	tcase_add_test(t, bus_master_registers_keep_what_they_may);
	tcase_add_test(t, read_dma_fills_the_regions_in_order);
	tcase_add_test(t, write_dma_reads_memory);
	tcase_add_test(t, a_count_of_zero_is_64_kb);
	tcase_add_test(t, a_region_wraps_in_its_64_kb);
	tcase_add_test(t, a_table_that_is_too_long_stays_active);
	tcase_add_test(t, a_table_that_is_too_short_ends_without_an_interrupt);
	tcase_add_test(t, memory_that_is_not_there_is_an_error);
	tcase_add_test(t, nothing_moves_before_bus_mastering_is_enabled);
	tcase_add_test(t, an_interrupt_without_dma_shows_in_the_status_too);
	tcase_add_test(t, identify_announces_dma);
	suite_add_tcase(s, t);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
