/* check_fdc_data.c - the floppy controller's data commands, by DMA and without.
 *
 * Section and table numbers: Intel 82077AA data sheet, 290166-007.
 */
#include "fdc_rig.h"

static void check_sector(const u8 *p, u64 lba)
{
	for (int i = 0; i < SECTOR_SIZE; i++)
		ck_assert_msg(p[i] == block_mem_pattern(lba, i), "sector %d, byte %d: %02x", (int)lba, i, p[i]);
}

static struct rig *rig_144(void)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	insert(r, 0, 2880);
	return r;
}

/* --- reading -------------------------------------------------------------------- */

static const struct {
	u16 sectors;
	u8 cyls, heads, spt;
	u8 drive, rate;
} media[] = {
	{ 320, 40, 1,  8, FLOPPY_360K,  RATE_250_K},
	{ 360, 40, 1,  9, FLOPPY_360K,  RATE_250_K},
	{ 640, 40, 2,  8, FLOPPY_360K,  RATE_250_K},
	{ 720, 40, 2,  9, FLOPPY_360K,  RATE_250_K},
	{1440, 80, 2,  9, FLOPPY_720K,  RATE_250_K},
	{2400, 80, 2, 15, FLOPPY_1200K, RATE_500},
	{2880, 80, 2, 18, FLOPPY_1440K, RATE_500},
	{5760, 80, 2, 36, FLOPPY_2880K, RATE_1M},
	{1440, 80, 2,  9, FLOPPY_1440K, RATE_250_K},
	{1440, 80, 2,  9, FLOPPY_2880K, RATE_250_K},
	{2880, 80, 2, 18, FLOPPY_2880K, RATE_500},
};

START_TEST(each_format_reads_its_first_and_last_sector)
{
	u8 spt = media[_i].spt, head = (u8)(media[_i].heads - 1), cyl = (u8)(media[_i].cyls - 1);
	struct rig *r = rig_new(media[_i].drive, FLOPPY_NONE);
	ready(r, media[_i].rate);
	insert(r, 0, media[_i].sectors);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 0, 0, 1, 2, spt, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x00, 0x00, 0x00, 0, 0, 2, 2); /* table 5-6: R+1 */
	check_sector(r->mem, 0);
	seek(r, 0, cyl);
	dma(r, 1, 512);
	command(r, 9, 0x46, head << 2, cyl, head, spt, 2, spt, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, (u8)(head << 2), 0, 0, (u8)(cyl + 1), head, 1, 2); /* table 5-6: C+1, 01 */
	check_sector(r->mem, media[_i].sectors - 1u);
	rig_free(r);
}
END_TEST

START_TEST(the_wrong_data_rate_finds_no_address_mark)
{
	struct rig *r = rig_144();
	for (u8 rate = 0; rate < 4; rate++) {
		out(r, CCR, rate);
		dma(r, 1, 512);
		command(r, 9, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
		u64 ns = wait_irq(r);
		if (rate == RATE_500) {
			EXPECT(r, 7, 0x00, 0, 0, 0, 0, 2, 2);
		} else {
			EXPECT(r, 7, 0x40, 0x01, 0, 0, 0, 1, 2);
			ck_assert_uint_ge(ns, 200 * MS); /* two index pulses of a 300 rpm disk */
			ck_assert_uint_le(ns, 910 * MS);
		}
	}
	out(r, DSR, RATE_500); /* the rate also comes through DSR */
	command(r, 2, 0x4a, 0);
	wait_irq(r);
	ck_assert_int_eq(r->irq, 1);
	rig_free(r);
}
END_TEST

START_TEST(fm_and_the_missing_side_find_no_address_mark)
{
	struct rig *r = rig_new(FLOPPY_360K, FLOPPY_NONE);
	ready(r, RATE_250_K);
	insert(r, 0, 360);
	command(r, 9, 0x06, 0, 0, 0, 1, 2, 9, 0x1b, 0xff); /* FM */
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x01, 0, 0, 0, 1, 2);
	command(r, 9, 0x46, 4, 0, 1, 1, 2, 9, 0x1b, 0xff); /* single-sided disk */
	wait_irq(r);
	EXPECT(r, 7, 0x44, 0x01, 0, 0, 1, 1, 2);
	rig_free(r);
}
END_TEST

START_TEST(a_360k_disk_in_a_high_density_drive_needs_double_steps_and_300_kbit)
{
	struct rig *r = rig_new(FLOPPY_1200K, FLOPPY_NONE);
	ready(r, RATE_300);
	insert(r, 0, 720);
	seek(r, 0, 20);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 10, 0, 1, 2, 9, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 10, 0, 2, 2);
	check_sector(r->mem, 10 * 18);
	seek(r, 0, 21); /* between the tracks */
	command(r, 2, 0x4a, 0);
	wait_irq(r);
	u8 got[7];
	result(r, 7, got);
	ck_assert_uint_eq(got[0], 0x40);
	ck_assert_uint_eq(got[1], 0x01);
	rig_free(r);
}
END_TEST

START_TEST(a_sector_that_is_not_there_is_no_data)
{
	struct rig *r = rig_144();
	command(r, 9, 0x46, 0, 0, 0, 19, 2, 20, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x04, 0, 0, 0, 19, 2);
	command(r, 9, 0x46, 0, 0, 0, 1, 3, 18, 0x1b, 0xff); /* 1024 bytes a sector */
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x04, 0, 0, 0, 1, 3);
	command(r, 9, 0x46, 0, 7, 0, 1, 2, 18, 0x1b, 0xff); /* the head is at track 0: wrong cylinder, ST2.4 */
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x04, 0x10, 7, 0, 1, 2);
	rig_free(r);
}
END_TEST

START_TEST(without_terminal_count_the_end_of_the_cylinder_is_an_error)
{
	struct rig *r = rig_144();
	dma(r, 1, 4096);
	command(r, 9, 0x46, 0, 0, 0, 17, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x80, 0, 1, 0, 1, 2);
	ck_assert_int_eq(r->dma_pos, 1024);
	check_sector(r->mem + 512, 17);
	rig_free(r);
}
END_TEST

START_TEST(multi_track_goes_on_to_side_1)
{
	struct rig *r = rig_144();
	dma(r, 1, 36 * 512);
	command(r, 9, 0xc6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	u64 ns = wait_irq(r);
	EXPECT(r, 7, 0x04, 0, 0, 1, 0, 1, 2); /* table 5-6, MT, head 1, equal to EOT: C+1, LSB */
	for (u64 i = 0; i < 36; i++)
		check_sector(r->mem + i * 512, i);
	ck_assert_uint_le(ns, 650 * MS); /* two revolutions and the wait for the first sector */
	dma(r, 1, 18 * 512);
	command(r, 9, 0xc6, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x00, 0, 0, 0, 1, 1, 2); /* MT, head 0, equal to EOT: C, LSB, 01 */
	rig_free(r);
}
END_TEST

START_TEST(terminal_count_within_a_sector_ends_the_command_normally)
{
	struct rig *r = rig_144();
	memset(r->mem, 0xee, sizeof r->mem);
	dma(r, 1, 700);
	command(r, 9, 0x46, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 0, 0, 5, 2);
	check_sector(r->mem, 2);
	ck_assert_uint_eq(r->mem[699], block_mem_pattern(3, 187));
	ck_assert_uint_eq(r->mem[700], 0xee);
	rig_free(r);
}
END_TEST

START_TEST(a_dma_controller_that_does_not_serve_is_an_overrun)
{
	struct rig *r = rig_144();
	dma(r, 1, 0);
	command(r, 9, 0x46, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x10, 0, 0, 0, 3, 2);
	command(r, 9, 0x45, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x10, 0, 0, 0, 3, 2);
	check_sector(((struct block_mem *)r->fdc.media[0])->data + 2 * 512, 2);
	rig_free(r);
}
END_TEST

START_TEST(an_error_of_the_image_is_a_data_crc_error)
{
	struct rig *r = rig_144();
	((struct block_mem *)r->fdc.media[0])->bad_sector = 4;
	dma(r, 1, 10 * 512);
	command(r, 9, 0x46, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x20, 0x20, 0, 0, 5, 2);
	ck_assert_int_eq(r->dma_pos, 1024);
	dma(r, 0, 512);
	command(r, 9, 0x45, 0, 0, 0, 5, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x20, 0x20, 0, 0, 5, 2);
	rig_free(r);
}
END_TEST

START_TEST(implied_seek_moves_the_head_first)
{
	struct rig *r = rig_144();
	command(r, 4, 0x13, 0, 0x60, 0); /* EIS */
	pass(r, 20000);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 40, 0, 1, 2, 18, 0x1b, 0xff);
	pass(r, 10 * MS);
	ck_assert_uint_eq(in(r, MSR), 0x11);
	u64 ns = wait_irq(r);
	ck_assert_uint_ge(ns, 100 * MS); /* 40 steps of 3 ms */
	EXPECT(r, 7, 0, 0, 0, 40, 0, 2, 2);
	check_sector(r->mem, 40 * 36);
	rig_free(r);
}
END_TEST

/* --- writing -------------------------------------------------------------------- */

START_TEST(write_puts_sectors_on_the_disk_and_pads_the_last)
{
	struct rig *r = rig_144();
	struct block_mem *m = (struct block_mem *)r->fdc.media[0];
	memset(r->mem, 0xa5, 1024);
	dma(r, 0, 600);
	command(r, 9, 0x45, 4, 0, 1, 2, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x04, 0, 0, 0, 1, 4, 2);
	check_sector(m->data + 18 * 512, 18);
	ck_assert_uint_eq(m->data[19 * 512], 0xa5);
	ck_assert_uint_eq(m->data[20 * 512 + 87], 0xa5);
	ck_assert_uint_eq(m->data[20 * 512 + 88], 0);
	check_sector(m->data + 21 * 512, 21);
	rig_free(r);
}
END_TEST

START_TEST(a_write_protected_disk_is_not_writable)
{
	struct rig *r = rig_144();
	struct block_mem *m = (struct block_mem *)r->fdc.media[0];
	m->b.read_only = true;
	dma(r, 0, 512);
	command(r, 9, 0x45, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x02, 0, 0, 0, 1, 2);
	u8 got[7];
	command(r, 6, 0x4d, 0, 2, 18, 0x54, 0xf6);
	wait_irq(r);
	result(r, 7, got);
	ck_assert_uint_eq(got[0], 0x40);
	ck_assert_uint_eq(got[1], 0x02);
	ck_assert_int_eq(m->writes, 0);
	rig_free(r);
}
END_TEST

START_TEST(deleted_data_marks_work_as_in_tables_5_4_and_5_5)
{
	struct rig *r = rig_144();
	dma(r, 0, 512);
	command(r, 9, 0x49, 0, 0, 0, 2, 2, 18, 0x1b, 0xff); /* WRITE DELETED DATA, sector 2 */
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 0, 0, 3, 2);
	/* READ DATA, SK=0: sector read, CM, address not incremented, next sector not searched for */
	dma(r, 1, 512 * 3);
	command(r, 9, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0, 0x40, 0, 0, 2, 2);
	ck_assert_int_eq(r->dma_pos, 1024);
	/* SK=1: skipped */
	dma(r, 1, 1024);
	command(r, 9, 0x66, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x00, 0, 0x40, 0, 0, 4, 2);
	check_sector(r->mem, 0);
	check_sector(r->mem + 512, 2);
	/* READ DELETED DATA, SK=1 finds only sector 2 */
	dma(r, 1, 512);
	command(r, 9, 0x6c, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x00, 0, 0x40, 0, 0, 3, 2);
	/* an ordinary write takes the mark away */
	dma(r, 0, 512);
	command(r, 9, 0x45, 0, 0, 0, 2, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 0, 0, 3, 2);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 0, 0, 2, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 0, 0, 3, 2);
	rig_free(r);
}
END_TEST

/* --- READ ID, READ TRACK, VERIFY, SCAN, FORMAT ------------------------------------ */

START_TEST(read_id_gives_the_next_id_under_the_head)
{
	struct rig *r = rig_144();
	u8 got[7], seen[19] = {0};
	seek(r, 0, 33);
	for (int i = 0; i < 60; i++) {
		command(r, 2, 0x4a, 4);
		ck_assert_uint_le(wait_irq(r), 50 * MS);
		result(r, 7, got);
		ck_assert_uint_eq(got[0], 0x04);
		ck_assert_uint_eq(got[3], 33);
		ck_assert_uint_eq(got[4], 1);
		ck_assert(got[5] >= 1 && got[5] <= 18 && got[6] == 2);
		seen[got[5]] = 1;
	}
	for (int i = 1; i <= 18; i++)
		ck_assert_msg(seen[i], "sector %d never came by", i);
	rig_free(r);
}
END_TEST

START_TEST(read_track_reads_from_the_index_on)
{
	struct rig *r = rig_144();
	dma(r, 1, 8192);
	command(r, 9, 0x42, 0, 0, 0, 1, 2, 4, 0x1b, 0xff);
	wait_irq(r);
	u8 got[7];
	result(r, 7, got);
	ck_assert_uint_eq(got[0], 0);
	ck_assert_uint_eq(got[1], 0);
	ck_assert_int_eq(r->dma_pos, 4 * 512);
	for (u64 i = 0; i < 4; i++)
		check_sector(r->mem + i * 512, i);
	dma(r, 1, 8192);
	command(r, 9, 0x42, 0, 0, 0, 7, 2, 2, 0x1b, 0xff); /* other numbers: no data, but read all the same */
	wait_irq(r);
	result(r, 7, got);
	ck_assert_uint_eq(got[1], 0x04);
	check_sector(r->mem, 0);
	rig_free(r);
}
END_TEST

START_TEST(verify_transfers_nothing_and_ends_by_count_or_at_eot)
{
	struct rig *r = rig_144();
	dma(r, 1, 8192);
	command(r, 9, 0x56, 0x80, 0, 0, 3, 2, 18, 0x1b, 4); /* EC: 4 sectors */
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 0, 0, 7, 2);
	command(r, 9, 0x56, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 1, 0, 1, 2);
	command(r, 9, 0x56, 0x80, 0, 0, 16, 2, 18, 0x1b, 9); /* more than remain: table 5-8, unsuccessful */
	wait_irq(r);
	u8 got[7];
	result(r, 7, got);
	ck_assert_uint_eq(got[0], 0x40);
	ck_assert_int_eq(r->dma_pos, 0);
	((struct block_mem *)r->fdc.media[0])->bad_sector = 5;
	command(r, 9, 0x56, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x20, 0x20, 0, 0, 6, 2);
	rig_free(r);
}
END_TEST

START_TEST(scan_compares_the_disk_with_the_host)
{
	struct rig *r = rig_144();
	struct block_mem *m = (struct block_mem *)r->fdc.media[0];
	memset(m->data, 5, 18 * 512);
	memset(m->data + 3 * 512, 7, 512);
	for (int i = 0; i < 18; i++)
		memset(r->mem + i * 512, 7, 512);
	dma(r, 0, 18 * 512);
	command(r, 9, 0x51, 0, 0, 0, 1, 2, 18, 0x1b, 1); /* equal: hit at sector 4, SH */
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0x08, 0, 0, 5, 2);
	dma(r, 0, 18 * 512);
	command(r, 9, 0x59, 0, 0, 0, 1, 2, 18, 0x1b, 1); /* low or equal: sector 1 is lower */
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0x00, 0, 0, 2, 2);
	dma(r, 0, 18 * 512);
	command(r, 9, 0x5d, 0, 0, 0, 5, 2, 18, 0x1b, 1); /* high or equal: nowhere, SN */
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0x04, 1, 0, 1, 2);
	rig_free(r);
}
END_TEST

static void format_ids(struct rig *r, u8 cyl, u8 head, int spt)
{
	for (int i = 0; i < spt; i++) {
		u8 id[4] = {cyl, head, (u8)(i + 1), 2};
		memcpy(r->mem + 4 * i, id, 4);
	}
}

START_TEST(format_fills_the_sectors_of_a_track)
{
	struct rig *r = rig_144();
	struct block_mem *m = (struct block_mem *)r->fdc.media[0];
	u8 got[7];
	seek(r, 0, 2);
	format_ids(r, 2, 1, 18);
	dma(r, 0, 18 * 4);
	command(r, 6, 0x4d, 4, 2, 18, 0x54, 0xf6);
	u64 ns = wait_irq(r);
	result(r, 7, got);
	ck_assert_uint_eq(got[0], 0x04);
	ck_assert_uint_eq(got[1], 0);
	ck_assert_uint_ge(ns, 190 * MS); /* index to index */
	ck_assert_uint_le(ns, 410 * MS);
	check_sector(m->data + 89 * 512, 89);
	for (int i = 0; i < 18 * 512; i++)
		ck_assert_uint_eq(m->data[90 * 512 + i], 0xf6);
	check_sector(m->data + 108 * 512, 108);
	rig_free(r);
}
END_TEST

START_TEST(ids_that_the_image_cannot_hold_are_missing_afterwards)
{
	struct rig *r = rig_144();
	u8 got[7];
	format_ids(r, 0, 0, 9);
	dma(r, 0, 9 * 4);
	command(r, 6, 0x4d, 0, 2, 9, 0x50, 0xf6); /* only 9 sectors */
	wait_irq(r);
	result(r, 7, got);
	ck_assert_uint_eq(got[0], 0);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 0, 0, 10, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x04, 0, 0, 0, 10, 2);
	out(r, CCR, RATE_250_K); /* as a 720K disk: at this rate the track is unreadable for us */
	dma(r, 0, 9 * 4);
	command(r, 6, 0x4d, 0, 2, 9, 0x50, 0xf6);
	wait_irq(r);
	result(r, 7, got);
	out(r, CCR, RATE_500);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x01, 0, 0, 0, 1, 2);
	format_ids(r, 0, 0, 18); /* and formatted properly it is whole again */
	dma(r, 0, 18 * 4);
	command(r, 6, 0x4d, 0, 2, 18, 0x54, 0xf6);
	wait_irq(r);
	result(r, 7, got);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 0, 0, 18, 2, 18, 0x1b, 0xff);
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 1, 0, 1, 2);
	rig_free(r);
}
END_TEST

/* --- non-DMA transfers (4.2) ------------------------------------------------------- */

static void non_dma(struct rig *r, u8 configure)
{
	command(r, 3, 0x03, 0xdf, 0x03);
	pass(r, 20000);
	command(r, 4, 0x13, 0, configure, 0);
	pass(r, 20000);
}

START_TEST(non_dma_read_asks_at_the_threshold)
{
	struct rig *r = rig_144();
	int n = 0;
	non_dma(r, 0x07); /* threshold 8: asks when 16 - 8 bytes are there */
	command(r, 9, 0x46, 0, 0, 0, 18, 2, 18, 0x1b, 0xff);
	pass(r, 20000);
	while (n < 512) {
		wait_irq(r);
		ck_assert_uint_eq(in(r, MSR), 0xf0); /* RQM, DIO, NON DMA, CB */
		ck_assert_uint_eq(r->fdc.r.fifo_count, 8);
		while (in(r, MSR) & 0x80)
			r->mem[n++] = in(r, FIFO);
		ck_assert_int_eq(r->irq, 0);
		ck_assert_int_eq(n % 8, 0);
	}
	check_sector(r->mem, 17);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x80, 0, 1, 0, 1, 2); /* no TC without DMA */
	rig_free(r);
}
END_TEST

START_TEST(non_dma_without_fifo_goes_byte_by_byte)
{
	struct rig *r = rig_144();
	non_dma(r, 0x20);
	command(r, 9, 0x46, 0, 0, 0, 18, 2, 18, 0x1b, 0xff);
	u64 last = 0;
	for (int n = 0; n < 512; n++) {
		wait_irq(r);
		u64 now = clock_now(&r->clock);
		if (n)
			ck_assert_uint_eq(now - last, 16000); /* a byte at 500 kbit/s */
		last = now;
		r->mem[n] = in(r, FIFO);
		ck_assert_int_eq(r->irq, 0);
	}
	check_sector(r->mem, 17);
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x80, 0, 1, 0, 1, 2);
	rig_free(r);
}
END_TEST

START_TEST(a_host_that_does_not_read_in_time_is_overrun)
{
	struct rig *r = rig_144();
	non_dma(r, 0x0f);
	command(r, 9, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	pass(r, 400 * MS);
	EXPECT(r, 7, 0x40, 0x10, 0, 0, 0, 1, 2);
	rig_free(r);
}
END_TEST

START_TEST(non_dma_write_fills_the_fifo_ahead)
{
	struct rig *r = rig_144();
	struct block_mem *m = (struct block_mem *)r->fdc.media[0];
	int n = 0;
	non_dma(r, 0x07);
	command(r, 9, 0x45, 0, 0, 0, 18, 2, 18, 0x1b, 0xff);
	pass(r, 20000);
	ck_assert_uint_eq(in(r, MSR), 0xb0); /* asks at once: 4.2.2 */
	while (n < 512) {
		wait_irq(r);
		while (in(r, MSR) & 0x80)
			out(r, FIFO, (u8)(n++ * 3));
		if (n == 16)
			ck_assert_uint_eq(r->fdc.r.fifo_count, 16);
		ck_assert_int_eq(r->irq, 0);
		ck_assert_int_le(n, 512);
	}
	wait_irq(r);
	EXPECT(r, 7, 0x40, 0x80, 0, 1, 0, 1, 2);
	for (int i = 0; i < 512; i++)
		ck_assert_uint_eq(m->data[17 * 512 + i], (u8)(i * 3));
	command(r, 9, 0x45, 0, 0, 0, 18, 2, 18, 0x1b, 0xff); /* and now nothing is written */
	pass(r, 400 * MS);
	EXPECT(r, 7, 0x40, 0x10, 0, 0, 0, 18, 2);
	rig_free(r);
}
END_TEST

/* --- disks that come and go ---------------------------------------------------------- */

START_TEST(without_a_disk_a_read_waits_for_one)
{
	struct rig *r = rig_new(FLOPPY_1440K, FLOPPY_NONE);
	ready(r, RATE_500);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	pass(r, 3000 * MS);
	ck_assert_int_eq(r->irq, 0); /* no index pulses, no end: 8.1 */
	ck_assert_uint_eq(in(r, MSR), 0x10);
	insert(r, 0, 2880);
	wait_irq(r);
	EXPECT(r, 7, 0, 0, 0, 0, 0, 2, 2);
	rig_free(r);
}
END_TEST

START_TEST(a_disk_taken_out_in_the_middle_stops_the_transfer)
{
	struct rig *r = rig_144();
	dma(r, 1, 18 * 512);
	command(r, 9, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	while (r->dma_pos < 512)
		pass(r, 1 * MS);
	block_close(fdc_eject(&r->fdc, 0));
	int pos = r->dma_pos;
	pass(r, 2000 * MS);
	ck_assert_int_eq(r->irq, 0);
	ck_assert_int_eq(r->dma_pos, pos);
	out(r, DOR, 0x18);
	out(r, DOR, 0x1c);
	wait_irq(r);
	command(r, 1, 0x08);
	EXPECT(r, 2, 0xc0, 0);
	rig_free(r);
}
END_TEST

START_TEST(the_motor_must_run_and_be_up_to_speed)
{
	struct rig *r = rig_144();
	out(r, DOR, 0x0c);
	dma(r, 1, 512);
	command(r, 9, 0x46, 0, 0, 0, 1, 2, 18, 0x1b, 0xff);
	pass(r, 1000 * MS);
	ck_assert_int_eq(r->irq, 0);
	out(r, DOR, 0x1c);
	ck_assert_uint_ge(wait_irq(r), 300 * MS);
	EXPECT(r, 7, 0, 0, 0, 0, 0, 2, 2);
	rig_free(r);
}
END_TEST

/* --- snapshots and speed ---------------------------------------------------------------- */

START_TEST(a_snapshot_in_the_middle_of_a_read_goes_on_in_another_machine)
{
	struct rig *a = rig_144();
	dma(a, 1, 8 * 512);
	command(a, 9, 0x46, 0, 0, 0, 5, 2, 18, 0x1b, 0xff);
	while (a->dma_pos < 3 * 512)
		pass(a, 1 * MS);
	struct rig *b = rig_144();
	clock_skip_to(&b->clock, clock_now(&a->clock));
	memcpy(&b->fdc.r, &a->fdc.r, sizeof a->fdc.r);
	memcpy(b->mem, a->mem, sizeof a->mem);
	dma(b, 1, 8 * 512);
	b->dma_pos = a->dma_pos;
	fdc_restore(&b->fdc);
	ck_assert_uint_eq(wait_irq(a), wait_irq(b));
	ck_assert_mem_eq(a->mem, b->mem, sizeof a->mem);
	ck_assert_mem_eq(&a->fdc.r, &b->fdc.r, sizeof a->fdc.r);
	EXPECT(b, 7, 0, 0, 0, 0, 0, 13, 2);
	rig_free(a);
	rig_free(b);
}
END_TEST

START_TEST(a_fast_drive_reads_the_same_in_less_time)
{
	u64 ns[2];
	for (int i = 0; i < 2; i++) {
		struct rig *r = rig_144();
		r->fdc.config.fast = i ? 20 : 1;
		seek(r, 0, 79);
		u64 start = clock_now(&r->clock);
		dma(r, 1, 36 * 512);
		command(r, 9, 0xc6, 0, 79, 0, 1, 2, 18, 0x1b, 0xff);
		wait_irq(r);
		EXPECT(r, 7, 0x04, 0, 0, 80, 0, 1, 2);
		check_sector(r->mem + 35 * 512, 2879);
		ns[i] = clock_now(&r->clock) - start;
		rig_free(r);
	}
	ck_assert_uint_lt(ns[1] * 10, ns[0]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fdc data");
	TCase *t = tcase_create("transfers");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, each_format_reads_its_first_and_last_sector, 0, (int)ARRAY_LEN(media));
	tcase_add_test(t, the_wrong_data_rate_finds_no_address_mark);
	tcase_add_test(t, fm_and_the_missing_side_find_no_address_mark);
	tcase_add_test(t, a_360k_disk_in_a_high_density_drive_needs_double_steps_and_300_kbit);
	tcase_add_test(t, a_sector_that_is_not_there_is_no_data);
	tcase_add_test(t, without_terminal_count_the_end_of_the_cylinder_is_an_error);
	tcase_add_test(t, multi_track_goes_on_to_side_1);
	tcase_add_test(t, terminal_count_within_a_sector_ends_the_command_normally);
	tcase_add_test(t, a_dma_controller_that_does_not_serve_is_an_overrun);
	tcase_add_test(t, an_error_of_the_image_is_a_data_crc_error);
	tcase_add_test(t, implied_seek_moves_the_head_first);
	tcase_add_test(t, write_puts_sectors_on_the_disk_and_pads_the_last);
	tcase_add_test(t, a_write_protected_disk_is_not_writable);
	tcase_add_test(t, deleted_data_marks_work_as_in_tables_5_4_and_5_5);
	tcase_add_test(t, read_id_gives_the_next_id_under_the_head);
	tcase_add_test(t, read_track_reads_from_the_index_on);
	tcase_add_test(t, verify_transfers_nothing_and_ends_by_count_or_at_eot);
	tcase_add_test(t, scan_compares_the_disk_with_the_host);
	tcase_add_test(t, format_fills_the_sectors_of_a_track);
	tcase_add_test(t, ids_that_the_image_cannot_hold_are_missing_afterwards);
	tcase_add_test(t, non_dma_read_asks_at_the_threshold);
	tcase_add_test(t, non_dma_without_fifo_goes_byte_by_byte);
	tcase_add_test(t, a_host_that_does_not_read_in_time_is_overrun);
	tcase_add_test(t, non_dma_write_fills_the_fifo_ahead);
	tcase_add_test(t, without_a_disk_a_read_waits_for_one);
	tcase_add_test(t, a_disk_taken_out_in_the_middle_stops_the_transfer);
	tcase_add_test(t, the_motor_must_run_and_be_up_to_speed);
	tcase_add_test(t, a_snapshot_in_the_middle_of_a_read_goes_on_in_another_machine);
	tcase_add_test(t, a_fast_drive_reads_the_same_in_less_time);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
