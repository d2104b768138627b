/* check_ata_data.c - data transfers of the ATA disk: PIO, MULTIPLE, 48-bit, errors, DMA.
 *
 * Clause numbers: ATA/ATAPI-6, T13/1410D.
 */
#include "ata_rig.h"

#define DISK 20160
#define READY (DRDY | DSC)

static u16 buf[32 * 256];

static void fill(u8 v)
{
	memset(buf, v, sizeof buf);
}

/* Protocol of 9.5: for each block BSY, then DRQ and INTRQ; none after the last. */
static void read_blocks(struct rig *r, u8 cmd, int blocks, int words)
{
	fill(0xee);
	int irqs = r->irqs;
	out(r, CMD, cmd);
	for (int i = 0; i < blocks; i++) {
		ck_assert_uint_eq(in(r, ALT) & (BSY | DRQ), BSY);
		ck_assert_uint_eq(wait_ready(r), READY | DRQ);
		ck_assert_int_eq(r->irq, 1);
		ck_assert_uint_eq(in(r, STATUS), READY | DRQ);
		ck_assert_int_eq(r->irq, 0);
		read_words(r, buf + i * words, words);
	}
	ck_assert_uint_eq(in(r, ALT), READY);
	ck_assert_int_eq(r->irqs - irqs, blocks);
}

/* Protocol of 9.6: DRQ without INTRQ, then INTRQ after each block. */
static u8 write_blocks(struct rig *r, u8 cmd, int blocks, int words)
{
	int irqs = r->irqs;
	out(r, CMD, cmd);
	ck_assert_uint_eq(wait_ready(r), READY | DRQ);
	ck_assert_int_eq(r->irq, 0);
	for (int i = 0; i < blocks; i++) {
		ck_assert_uint_eq(in(r, STATUS), READY | DRQ);
		write_words(r, buf + i * words, words);
		ck_assert_uint_eq(in(r, ALT) & (BSY | DRQ), BSY);
		wait_ready(r);
		ck_assert_int_eq(r->irq, 1);
	}
	ck_assert_int_eq(r->irqs - irqs, blocks);
	return in(r, STATUS);
}

/* --- reading ------------------------------------------------------------------- */

START_TEST(read_sectors_gives_one_block_a_sector)
{
	struct rig *r = rig_new(DISK, DISK);
	address(r, 1, 1000, 3);
	read_blocks(r, 0x20, 3, 256);
	check_sectors(buf, 1000, 3);
	ck_assert_uint_eq(in(r, COUNT), 0);
	ck_assert_uint_eq(in(r, LOW) | in(r, MID) << 8, 1002);
	ck_assert_int_eq(r->disk[0]->reads, 0);
	rig_free(r);
}
END_TEST

START_TEST(chs_and_lba_reach_the_same_sector)
{
	struct rig *r = rig_new(DISK, 0);
	out(r, DEV, 0xa5); /* cylinder 7, head 5, sector 9 */
	out(r, COUNT, 2);
	out(r, LOW, 9);
	out(r, MID, 7);
	out(r, HIGH, 0);
	read_blocks(r, 0x21, 2, 256);
	check_sectors(buf, (7 * 16 + 5) * 63 + 8, 2);
	ck_assert_uint_eq(in(r, LOW), 10);
	ck_assert_uint_eq(in(r, DEV) & 15, 5);
	out(r, LOW, 63); /* over the end of a track, and of a cylinder */
	out(r, DEV, 0xaf);
	out(r, COUNT, 2);
	read_blocks(r, 0x20, 2, 256);
	check_sectors(buf, 8 * 1008 - 1, 2);
	ck_assert_uint_eq(in(r, LOW), 1);
	ck_assert_uint_eq(in(r, MID), 8);
	ck_assert_uint_eq(in(r, DEV) & 15, 0);
	rig_free(r);
}
END_TEST

START_TEST(chs_outside_of_the_translation_is_not_found)
{
	static const u8 bad[][3] = {{0, 0, 0}, {0, 0, 64}, {20, 0, 1}}; /* cylinder, head, sector */
	struct rig *r = rig_new(DISK, 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		out(r, DEV, (u8)(0xa0 | bad[i][1]));
		out(r, COUNT, 1);
		out(r, LOW, bad[i][2]);
		out(r, MID, bad[i][0]);
		out(r, HIGH, 0);
		ck_assert_uint_eq(simple(r, 0x20), READY | ERRBIT);
		ck_assert_uint_eq(in(r, ERR), 0x10);
	}
	rig_free(r);
}
END_TEST

START_TEST(a_count_of_0_is_256_sectors)
{
	struct rig *r = rig_new(DISK, 0);
	address(r, 0, 100, 0);
	out(r, CMD, 0x20);
	for (u64 i = 0; i < 256; i++) {
		ck_assert_uint_eq(wait_ready(r), READY | DRQ);
		read_words(r, buf, 256);
		check_sectors(buf, 100 + i, 1);
	}
	ck_assert_uint_eq(in(r, STATUS), READY);
	rig_free(r);
}
END_TEST

START_TEST(read_multiple_gives_full_blocks_and_a_short_last_one)
{
	struct rig *r = rig_new(DISK, 0);
	address(r, 0, 50, 10);
	ck_assert_uint_eq(simple(r, 0xc4), READY | ERRBIT); /* not without SET MULTIPLE */
	ck_assert_uint_eq(in(r, ERR), 0x04);
	out(r, COUNT, 4);
	simple(r, 0xc6);
	address(r, 0, 50, 8);
	read_blocks(r, 0xc4, 2, 1024);
	check_sectors(buf, 50, 8);
	address(r, 0, 50, 10);
	out(r, CMD, 0xc4);
	for (int left = 10, at = 0; left > 0; left -= 4, at += 4) {
		int n = left < 4 ? left : 4;
		ck_assert_uint_eq(wait_ready(r), READY | DRQ);
		read_words(r, buf + at * 256, n * 256);
	}
	ck_assert_uint_eq(in(r, STATUS), READY);
	check_sectors(buf, 50, 10);
	rig_free(r);
}
END_TEST

START_TEST(the_ext_commands_take_48_bits)
{
	struct rig *r = rig_new(DISK, 0);
	address48(r, 0, 20000, 2);
	read_blocks(r, 0x24, 2, 256);
	check_sectors(buf, 20000, 2);
	out(r, COUNT, 16);
	simple(r, 0xc6);
	address48(r, 0, 300, 32);
	read_blocks(r, 0x29, 2, 16 * 256);
	check_sectors(buf, 300, 32);
	address48(r, 0, 0x010000000000, 1); /* bit 40 counts */
	ck_assert_uint_eq(simple(r, 0x24), READY | ERRBIT);
	ck_assert_uint_eq(in(r, ERR), 0x10);
	out(r, CONTROL, 0x80);
	ck_assert_uint_eq(in(r, HIGH), 0x01);
	address48(r, 0, 100, 0); /* 65536 sectors are more than there are */
	ck_assert_uint_eq(simple(r, 0x42), READY | ERRBIT);
	ck_assert_uint_eq(in(r, ERR), 0x10);
	address48(r, 0, 0, 20000);
	ck_assert_uint_eq(simple(r, 0x42), READY);
	rig_free(r);
}
END_TEST

START_TEST(the_data_port_takes_32_bits_and_bytes)
{
	struct rig *r = rig_new(DISK, 0);
	u32 d[128];
	address(r, 0, 77, 2);
	out(r, CMD, 0x20);
	wait_ready(r);
	for (int i = 0; i < 128; i++)
		d[i] = bus_in(&r->bus, DATA, 4);
	check_sectors(d, 77, 1);
	ck_assert_uint_eq(wait_ready(r), READY | DRQ);
	ck_assert_uint_eq(bus_in(&r->bus, DATA, 1), block_mem_pattern(78, 0)); /* an 8-bit cycle takes a word */
	ck_assert_uint_eq(bus_in(&r->bus, DATA, 2) & 0xff, block_mem_pattern(78, 2));
	ck_assert_uint_eq(bus_in(&r->bus, DATA, 2) & 0xff, block_mem_pattern(78, 4));
	for (int i = 3; i < 255; i++)
		bus_in(&r->bus, DATA, 2);
	bus_in(&r->bus, DATA, 4); /* only one word is left */
	ck_assert_uint_eq(in(r, STATUS), READY);
	bus_in(&r->bus, DATA, 2); /* nothing to read: harmless */
	bus_out(&r->bus, DATA, 4, 0x12345678);
	ck_assert_uint_eq(in(r, STATUS), READY);
	rig_free(r);
}
END_TEST

START_TEST(reading_past_the_end_gives_what_is_there_and_then_an_error)
{
	struct rig *r = rig_new(DISK, 0);
	address(r, 0, DISK - 1, 2);
	out(r, CMD, 0x20);
	ck_assert_uint_eq(wait_ready(r), READY | DRQ);
	in(r, STATUS);
	read_words(r, buf, 256);
	check_sectors(buf, DISK - 1, 1);
	ck_assert_uint_eq(wait_ready(r), READY | ERRBIT);
	ck_assert_int_eq(r->irq, 1);
	ck_assert_uint_eq(in(r, ERR), 0x10);
	ck_assert_uint_eq(in(r, LOW) | in(r, MID) << 8, DISK);
	rig_free(r);
}
END_TEST

START_TEST(an_unreadable_sector_is_an_uncorrectable_error_with_its_address)
{
	struct rig *r = rig_new(DISK, 0);
	r->disk[0]->bad_sector = 501;
	address(r, 0, 500, 4);
	out(r, CMD, 0x20);
	wait_ready(r);
	in(r, STATUS);
	read_words(r, buf, 256);
	ck_assert_uint_eq(wait_ready(r), READY | ERRBIT);
	ck_assert_uint_eq(in(r, ERR), 0x40);
	ck_assert_uint_eq(in(r, LOW) | in(r, MID) << 8, 501);
	address(r, 0, 490, 20);
	ck_assert_uint_eq(simple(r, 0x40), READY | ERRBIT);
	ck_assert_uint_eq(in(r, ERR), 0x40);
	rig_free(r);
}
END_TEST

/* --- writing ------------------------------------------------------------------- */

START_TEST(write_sectors_stores_each_block)
{
	struct rig *r = rig_new(DISK, 0);
	for (int i = 0; i < 3 * 256; i++)
		buf[i] = (u16)(i * 11);
	address(r, 0, 200, 3);
	ck_assert_uint_eq(write_blocks(r, 0x30, 3, 256), READY);
	ck_assert_mem_eq(r->disk[0]->data + 200 * 512, buf, 3 * 512);
	check_sectors(r->disk[0]->data + 199 * 512, 199, 1);
	check_sectors(r->disk[0]->data + 203 * 512, 203, 1);
	rig_free(r);
}
END_TEST

START_TEST(write_multiple_and_the_ext_forms_store_their_blocks)
{
	static const struct {
		u8 cmd;
		u8 ext, blocks, sectors;
	} c[] = {{0xc5, 0, 2, 8}, {0x39, 1, 2, 8}, {0x34, 1, 4, 1}, {0x31, 0, 4, 1}};
	struct rig *r = rig_new(DISK, 0);
	out(r, COUNT, 8);
	simple(r, 0xc6);
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		int n = c[i].blocks * c[i].sectors;
		fill((u8)(0x40 + i));
		if (c[i].ext)
			address48(r, 0, 1000 * (i + 1), (u16)n);
		else
			address(r, 0, (u32)(1000 * (i + 1)), (u8)n);
		ck_assert_uint_eq(write_blocks(r, c[i].cmd, c[i].blocks, c[i].sectors * 256), READY);
		ck_assert_mem_eq(r->disk[0]->data + 1000 * (i + 1) * 512, buf, (size_t)n * 512);
		check_sectors(r->disk[0]->data + (1000 * (i + 1) + (size_t)n) * 512, 1000 * (i + 1) + (u64)n, 1);
	}
	rig_free(r);
}
END_TEST

START_TEST(write_takes_32_bit_accesses)
{
	struct rig *r = rig_new(DISK, 0);
	address(r, 0, 7, 1);
	out(r, CMD, 0x30);
	wait_ready(r);
	for (u32 i = 0; i < 128; i++)
		bus_out(&r->bus, DATA, 4, i * 0x01010101);
	ck_assert_uint_eq(wait_ready(r), READY);
	ck_assert_uint_eq(load32(r->disk[0]->data + 7 * 512 + 4 * 100), 100 * 0x01010101);
	rig_free(r);
}
END_TEST

START_TEST(a_write_that_the_host_refuses_is_a_device_fault)
{
	struct rig *r = rig_new(DISK, 0);
	r->disk[0]->bad_sector = 61;
	fill(1);
	address(r, 0, 60, 3);
	out(r, CMD, 0x30);
	wait_ready(r);
	write_words(r, buf, 256);
	ck_assert_uint_eq(wait_ready(r), READY | DRQ);
	in(r, STATUS);
	write_words(r, buf, 256);
	ck_assert_uint_eq(wait_ready(r), READY | DF | ERRBIT);
	ck_assert_int_eq(r->irq, 1);
	ck_assert_uint_eq(in(r, LOW), 61);
	r->disk[0]->b.read_only = true;
	address(r, 0, 5, 1);
	ck_assert_uint_eq(write_blocks(r, 0x30, 1, 256), READY | DF | ERRBIT);
	ck_assert_uint_eq(simple(r, 0xe5), READY);
	rig_free(r);
}
END_TEST

START_TEST(writing_past_the_end_is_refused_before_the_data)
{
	struct rig *r = rig_new(DISK, 0);
	address(r, 0, DISK, 1);
	ck_assert_uint_eq(simple(r, 0x30), READY | ERRBIT);
	ck_assert_uint_eq(in(r, ERR), 0x10);
	ck_assert_int_eq(r->disk[0]->writes, 0);
	rig_free(r);
}
END_TEST

START_TEST(without_write_cache_each_block_is_flushed)
{
	struct rig *r = rig_new(DISK, 0);
	out(r, ERR, 0x82);
	simple(r, 0xef);
	int flushes = r->disk[0]->flushes;
	address(r, 0, 5, 2);
	write_blocks(r, 0x30, 2, 256);
	ck_assert_int_eq(r->disk[0]->flushes - flushes, 2);
	rig_free(r);
}
END_TEST

START_TEST(write_buffer_and_read_buffer_are_inverse)
{
	struct rig *r = rig_new(DISK, 0);
	for (int i = 0; i < 256; i++)
		buf[i] = (u16)(i * 257 + 3);
	ck_assert_uint_eq(write_blocks(r, 0xe8, 1, 256), READY);
	read_blocks(r, 0xe4, 1, 256);
	for (int i = 0; i < 256; i++)
		ck_assert_uint_eq(buf[i], (u16)(i * 257 + 3));
	ck_assert_int_eq(r->disk[0]->reads + r->disk[0]->writes, 0);
	rig_free(r);
}
END_TEST

START_TEST(a_new_command_abandons_a_transfer)
{
	struct rig *r = rig_new(DISK, 0);
	address(r, 0, 5, 2);
	out(r, CMD, 0x30);
	wait_ready(r);
	write_words(r, buf, 100);
	ck_assert_uint_eq(simple(r, 0xe5), READY);
	write_words(r, buf, 200);
	ck_assert_uint_eq(in(r, STATUS), READY);
	ck_assert_int_eq(r->disk[0]->writes, 0);
	rig_free(r);
}
END_TEST

START_TEST(a_transfer_takes_virtual_time)
{
	struct rig *r = rig_new(DISK, 0);
	address(r, 0, 10000, 1);
	u64 start = clock_now(&r->clock);
	read_blocks(r, 0x20, 1, 256);
	u64 first = clock_now(&r->clock) - start;
	ck_assert_uint_ge(first, 100000);
	address(r, 0, 10001, 1);
	start = clock_now(&r->clock);
	read_blocks(r, 0x20, 1, 256);
	ck_assert_uint_lt(clock_now(&r->clock) - start, first);
	rig_free(r);
}
END_TEST

/* --- DMA ------------------------------------------------------------------------ */

struct master {
	u8 mem[64 * 512];
	int pos, room; /* room: what the descriptor table still has */
	int started;
};

static int move(void *opaque, u8 *p, int len, int to_memory)
{
	struct master *m = opaque;
	int n = !m->started ? 0 : len < m->room ? len : m->room;
	if (to_memory)
		memcpy(m->mem + m->pos, p, (size_t)n);
	else
		memcpy(p, m->mem + m->pos, (size_t)n);
	m->pos += n;
	m->room -= n;
	return n;
}

START_TEST(read_dma_waits_for_the_bus_master)
{
	struct rig *r = rig_new(DISK, 0);
	struct master m = {.room = 40 * 512};
	u16 w[256];
	r->ata.dma = (struct ata_dma){move, &m};
	identify(r, w);
	ck_assert_uint_eq(w[49] & 0x100, 0x100);
	ck_assert_uint_eq(w[88] & 0xff, 0x3f);
	out(r, ERR, 0x03);
	out(r, COUNT, 0x45);
	ck_assert_uint_eq(simple(r, 0xef), READY);
	identify(r, w);
	ck_assert_uint_eq(w[88] >> 8, 0x20);
	ck_assert_uint_eq(w[63] >> 8, 0);
	address(r, 0, 600, 40);
	out(r, CMD, 0xc8);
	pass(r, 100000000);
	ck_assert_uint_eq(in(r, ALT) & BSY, BSY);
	ck_assert_int_eq(r->irq, 0);
	m.started = 1;
	ata_dma_kick(&r->ata);
	ck_assert_uint_eq(wait_ready(r), READY);
	ck_assert_int_eq(r->irq, 1);
	check_sectors(m.mem, 600, 40);
	rig_free(r);
}
END_TEST

START_TEST(write_dma_stores_and_an_early_end_of_the_table_hangs_until_reset)
{
	struct rig *r = rig_new(DISK, 0);
	struct master m = {.room = 20 * 512, .started = 1};
	r->ata.dma = (struct ata_dma){move, &m};
	memset(m.mem, 0x77, sizeof m.mem);
	address48(r, 0, 900, 20);
	ck_assert_uint_eq(simple(r, 0x35), READY);
	ck_assert_mem_eq(r->disk[0]->data + 900 * 512, m.mem, 20 * 512);
	check_sectors(r->disk[0]->data + 920 * 512, 920, 1);
	m.pos = 0;
	m.room = 1000;
	address(r, 0, 2000, 4);
	out(r, CMD, 0xca);
	pass(r, 1000000000);
	ck_assert_uint_eq(in(r, ALT) & BSY, BSY);
	check_sectors(r->disk[0]->data + 2000 * 512, 2000, 4);
	out(r, CONTROL, 4);
	out(r, CONTROL, 0);
	ck_assert_uint_eq(wait_ready(r), READY);
	rig_free(r);
}
END_TEST

/* --- snapshots and robustness ------------------------------------------------------ */

START_TEST(a_snapshot_in_the_middle_of_a_block_goes_on_in_another_machine)
{
	struct rig *a = rig_new(DISK, 0), *b = rig_new(DISK, 0);
	address(a, 0, 321, 3);
	out(a, CMD, 0x20);
	wait_ready(a);
	read_words(a, buf, 256);
	clock_skip_to(&b->clock, clock_now(&a->clock));
	memcpy(&b->ata.r, &a->ata.r, sizeof a->ata.r);
	ata_restore(&b->ata);
	ck_assert_uint_eq(wait_ready(b), READY | DRQ);
	ck_assert_int_eq(b->irq, 1);
	read_words(b, buf + 256, 100);
	memcpy(&a->ata.r, &b->ata.r, sizeof a->ata.r);
	ata_restore(&a->ata);
	read_words(a, buf + 356, 156);
	wait_ready(a);
	read_words(a, buf + 512, 256);
	check_sectors(buf, 321, 3);
	rig_free(a);
	rig_free(b);
}
END_TEST

START_TEST(no_sequence_of_port_accesses_does_harm)
{
	u32 seed = 99 + (u32)_i;
	struct rig *r = rig_new(DISK, _i & 1 ? 100 : 0);
	struct master m = {.room = 64 * 512, .started = 1};
	if (_i & 2)
		r->ata.dma = (struct ata_dma){move, &m};
	for (int i = 0; i < 100000; i++) {
		seed = seed * 1664525 + 1013904223;
		u32 v = seed >> 8, what = v & 7;
		u16 port = (u16)(0x1f0 + (v >> 3 & 7));
		int size = 1 << (v >> 6) % 3;
		m.pos = 0;
		m.room = 32 * 512;
		if (what < 3)
			bus_out(&r->bus, port, size, v * 2654435761u);
		else if (what < 5)
			bus_in(&r->bus, port, size);
		else if (what == 5)
			pass(r, v % 400000);
		else if (what == 6 && (v >> 3) % 200 == 0)
			out(r, CONTROL, (u8)(v >> 12));
		else
			for (int n = 0; n < 300; n++)
				v & 8 ? (void)bus_in(&r->bus, DATA, 2) : bus_out(&r->bus, DATA, 2, v);
	}
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ata data");
	TCase *t = tcase_create("transfers");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, read_sectors_gives_one_block_a_sector);
	tcase_add_test(t, chs_and_lba_reach_the_same_sector);
	tcase_add_test(t, chs_outside_of_the_translation_is_not_found);
	tcase_add_test(t, a_count_of_0_is_256_sectors);
	tcase_add_test(t, read_multiple_gives_full_blocks_and_a_short_last_one);
	tcase_add_test(t, the_ext_commands_take_48_bits);
	tcase_add_test(t, the_data_port_takes_32_bits_and_bytes);
	tcase_add_test(t, reading_past_the_end_gives_what_is_there_and_then_an_error);
	tcase_add_test(t, an_unreadable_sector_is_an_uncorrectable_error_with_its_address);
	tcase_add_test(t, write_sectors_stores_each_block);
	tcase_add_test(t, write_multiple_and_the_ext_forms_store_their_blocks);
	tcase_add_test(t, write_takes_32_bit_accesses);
	tcase_add_test(t, a_write_that_the_host_refuses_is_a_device_fault);
	tcase_add_test(t, writing_past_the_end_is_refused_before_the_data);
	tcase_add_test(t, without_write_cache_each_block_is_flushed);
	tcase_add_test(t, write_buffer_and_read_buffer_are_inverse);
	tcase_add_test(t, a_new_command_abandons_a_transfer);
	tcase_add_test(t, a_transfer_takes_virtual_time);
	tcase_add_test(t, read_dma_waits_for_the_bus_master);
	tcase_add_test(t, write_dma_stores_and_an_early_end_of_the_table_hangs_until_reset);
	tcase_add_test(t, a_snapshot_in_the_middle_of_a_block_goes_on_in_another_machine);
	tcase_add_loop_test(t, no_sequence_of_port_accesses_does_harm, 0, 4);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
