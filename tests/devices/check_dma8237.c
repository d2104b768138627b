/* check_dma8237.c - the DMA controllers against the 8237A data sheet (Intel 231466). */
#include "devices/dma8237.h"

#include <string.h>

#include "devices/postcode.h"
#include "tests/devices/chip_bench.h"

#define MEM_SIZE (1 << 24)

static struct bench b;
static struct dma dma;
static struct postcode post;
static u8 *mem;
static int accesses;

static void read_mem(void *opaque, gpa_t gpa, void *buf, int len)
{
	(void)opaque;
	accesses++;
	ck_assert_uint_le(gpa + (u64)len, MEM_SIZE);
	memcpy(buf, mem + gpa, (size_t)len);
}

static void write_mem(void *opaque, gpa_t gpa, const void *buf, int len)
{
	(void)opaque;
	accesses++;
	ck_assert_uint_le(gpa + (u64)len, MEM_SIZE);
	memcpy(mem + gpa, buf, (size_t)len);
}

static void setup(void)
{
	bench_init(&b);
	dma_init(&dma, &b.bus, &b.clock, &b.log);
	postcode_init(&post, &b.bus, &b.clock, &b.log);
	dma.read_mem = read_mem;
	dma.write_mem = write_mem;
	mem = calloc(1, MEM_SIZE);
	accesses = 0;
	out8(&b, 0xd6, 0xc0); /* as a BIOS does: channel 4 cascades */
	out8(&b, 0xd4, 0x00);
}

static void teardown(void)
{
	free(mem);
}

static void word(u16 port, u16 v)
{
	out8(&b, port, (u8)v);
	out8(&b, port, (u8)(v >> 8));
}

static u16 get_word(u16 port)
{
	u16 lo = in8(&b, port);
	return (u16)(lo | in8(&b, port) << 8);
}

/* Channel 2, as for the floppy: page 81h. */
static void program2(u8 mode, u32 addr, u16 count)
{
	out8(&b, 0x0a, 0x06);
	out8(&b, 0x0c, 0);
	out8(&b, 0x0b, mode | 2);
	word(0x04, (u16)addr);
	word(0x05, count);
	out8(&b, 0x81, (u8)(addr >> 16));
	out8(&b, 0x0a, 0x02);
}

START_TEST(a_write_transfer_goes_to_memory)
{
	u8 buf[512];
	bool tc;
	memset(buf, 0x5a, sizeof buf);
	program2(0x44, 0x123450, 511);
	ck_assert_int_eq(dma_direction(&dma, 2), DMA_TO_MEMORY);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 100, &tc), 100);
	ck_assert(!tc);
	ck_assert_uint_eq(get_word(0x04), 0x3450 + 100);
	ck_assert_uint_eq(get_word(0x05), 411);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 1000, &tc), 412);
	ck_assert(tc);
	ck_assert_uint_eq(mem[0x12344f], 0);
	ck_assert_uint_eq(mem[0x123450], 0x5a);
	ck_assert_uint_eq(mem[0x12364f], 0x5a);
	ck_assert_uint_eq(mem[0x123650], 0);
	ck_assert_uint_eq(get_word(0x05), 0xffff);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 1, &tc), 0); /* masked by TC */
	ck_assert(!tc);
}
END_TEST

START_TEST(a_read_transfer_comes_from_memory)
{
	u8 buf[4] = {0};
	memcpy(mem + 0x2000, "\x01\x02\x03\x04", 4);
	program2(0x48, 0x2000, 3);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 4, NULL), 4);
	ck_assert_mem_eq(buf, mem + 0x2000, 4);
}
END_TEST

START_TEST(verify_counts_without_memory)
{
	u8 buf[4] = {9, 9, 9, 9};
	bool tc;
	program2(0x40, 0x2000, 3);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 4, &tc), 4);
	ck_assert(tc);
	ck_assert_int_eq(accesses, 0);
	ck_assert_uint_eq(buf[0], 9);
	ck_assert_uint_eq(get_word(0x04), 0x2004);
}
END_TEST

START_TEST(decrement_stores_backwards)
{
	u8 buf[4] = {1, 2, 3, 4};
	program2(0x64, 0x10003, 3);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 4, NULL), 4);
	ck_assert_mem_eq(mem + 0x10000, "\x04\x03\x02\x01", 4);
	ck_assert_uint_eq(get_word(0x04), 0xffff);
}
END_TEST

START_TEST(the_address_wraps_within_its_64k)
{
	u8 buf[4] = {1, 2, 3, 4};
	program2(0x44, 0x3fffe, 3);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 4, NULL), 4);
	ck_assert_mem_eq(mem + 0x3fffe, "\x01\x02", 2);
	ck_assert_mem_eq(mem + 0x30000, "\x03\x04", 2);
	ck_assert_uint_eq(mem[0x40000], 0);
}
END_TEST

START_TEST(autoinit_starts_again_and_stays_unmasked)
{
	u8 buf[4] = {1, 2, 3, 4};
	bool tc;
	program2(0x54, 0x5000, 1);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 4, &tc), 2);
	ck_assert(tc);
	ck_assert_uint_eq(get_word(0x04), 0x5000);
	ck_assert_uint_eq(get_word(0x05), 1);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf + 2, 2, &tc), 2);
	ck_assert_mem_eq(mem + 0x5000, "\x03\x04", 2);
}
END_TEST

START_TEST(status_tells_tc_once_and_requests_live)
{
	u8 buf[2];
	program2(0x44, 0x5000, 1);
	dma_set_dreq(&dma, 2, 1);
	ck_assert_uint_eq(in8(&b, 0x08), 0x40);
	dma_transfer(&dma, 2, buf, 2, NULL);
	ck_assert_uint_eq(in8(&b, 0x08), 0x44);
	dma_set_dreq(&dma, 2, 0);
	ck_assert_uint_eq(in8(&b, 0x08), 0x00);
	out8(&b, 0x09, 0x05); /* software request, channel 1 */
	ck_assert_uint_eq(in8(&b, 0x08), 0x20);
}
END_TEST

START_TEST(word_channels_count_words_on_128k_pages)
{
	u8 buf[6] = {1, 2, 3, 4, 5, 6};
	bool tc;
	out8(&b, 0xd8, 0);
	out8(&b, 0xd6, 0x45); /* channel 5, single, to memory */
	word(0xc4, 0x8000);   /* A16..A1 */
	word(0xc6, 1);
	out8(&b, 0x8b, 0x13); /* bit 0 is not used */
	out8(&b, 0xd4, 0x01);
	ck_assert_int_eq(dma_transfer(&dma, 5, buf, 3, &tc), 2);
	ck_assert(!tc);
	ck_assert_int_eq(dma_transfer(&dma, 5, buf + 2, 4, &tc), 2);
	ck_assert(tc);
	ck_assert_mem_eq(mem + 0x130000, "\x01\x02\x03\x04\x00", 5);
	ck_assert_uint_eq(in8(&b, 0xd0), 0x02);
}
END_TEST

START_TEST(a_masked_disabled_or_uncascaded_channel_moves_nothing)
{
	u8 buf[1] = {7};
	program2(0x44, 0x5000, 9);
	ck_assert(dma_ready(&dma, 2));
	out8(&b, 0x0a, 0x06);
	ck_assert(!dma_ready(&dma, 2));
	out8(&b, 0x0e, 0); /* clear mask */
	ck_assert(dma_ready(&dma, 2));
	out8(&b, 0x08, 0x04);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 1, NULL), 0);
	out8(&b, 0x08, 0x00);
	out8(&b, 0xd4, 0x04); /* channel 4 masked */
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 1, NULL), 0);
	out8(&b, 0xd4, 0x00);
	out8(&b, 0xd6, 0x40); /* channel 4 not in cascade mode */
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 1, NULL), 0);
	out8(&b, 0xd6, 0xc0);
	ck_assert_int_eq(dma_transfer(&dma, 4, buf, 1, NULL), 0);
	ck_assert_int_eq(dma_transfer(&dma, 2, buf, 1, NULL), 1);
	ck_assert_int_eq(dma_transfer(&dma, 99, buf, 1, NULL), 0);
}
END_TEST

START_TEST(the_flip_flop_is_shared_and_cleared_by_its_command)
{
	out8(&b, 0x0c, 0);
	out8(&b, 0x00, 0x34);
	out8(&b, 0x0c, 0xff);
	word(0x00, 0x1278);
	ck_assert_uint_eq(in8(&b, 0x00), 0x78);
	ck_assert_uint_eq(in8(&b, 0x00), 0x12);
	in8(&b, 0x00);
	word(0x03, 0xaabb); /* starts with the high byte now */
	in8(&b, 0x02);
	ck_assert_uint_eq(get_word(0x03), 0xbbaa);
}
END_TEST

START_TEST(master_clear_masks_and_clears)
{
	out8(&b, 0x0f, 0x05);
	ck_assert_uint_eq(in8(&b, 0x0f), 0xf5);
	out8(&b, 0x00, 1);
	out8(&b, 0x08, 0x10);
	out8(&b, 0x0d, 0);
	ck_assert_uint_eq(in8(&b, 0x0f), 0xff);
	ck_assert_uint_eq(dma.r.chip[0].command, 0);
	ck_assert_uint_eq(dma.r.chip[0].flip_flop, 0);
	ck_assert_uint_eq(in8(&b, 0x0d), 0);
}
END_TEST

START_TEST(page_registers_read_back_and_port_80_is_the_post_code)
{
	for (u16 port = 0x81; port < 0x90; port++)
		out8(&b, port, (u8)(port ^ 0x55));
	for (u16 port = 0x81; port < 0x90; port++)
		ck_assert_uint_eq(in8(&b, port), (port ^ 0x55) & 0xff);
	/* IBM PC/AT: 87h 83h 81h 82h for channels 0..3, 8Bh 89h 8Ah for 5..7 */
	ck_assert_uint_eq(dma.r.chip[0].ch[0].page, 0x87 ^ 0x55);
	ck_assert_uint_eq(dma.r.chip[0].ch[1].page, 0x83 ^ 0x55);
	ck_assert_uint_eq(dma.r.chip[0].ch[2].page, 0x81 ^ 0x55);
	ck_assert_uint_eq(dma.r.chip[0].ch[3].page, 0x82 ^ 0x55);
	ck_assert_uint_eq(dma.r.chip[1].ch[1].page, 0x8b ^ 0x55);
	ck_assert_uint_eq(dma.r.chip[1].ch[2].page, 0x89 ^ 0x55);
	ck_assert_uint_eq(dma.r.chip[1].ch[3].page, 0x8a ^ 0x55);
	out8(&b, 0x80, 0x42);
	ck_assert_uint_eq(in8(&b, 0x80), 0x42);
	ck_assert_uint_eq(postcode_last(&post), 0x42);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_write_transfer_goes_to_memory);
	tcase_add_test(tc, a_read_transfer_comes_from_memory);
	tcase_add_test(tc, verify_counts_without_memory);
	tcase_add_test(tc, decrement_stores_backwards);
	tcase_add_test(tc, the_address_wraps_within_its_64k);
	tcase_add_test(tc, autoinit_starts_again_and_stays_unmasked);
	tcase_add_test(tc, status_tells_tc_once_and_requests_live);
	tcase_add_test(tc, word_channels_count_words_on_128k_pages);
	tcase_add_test(tc, a_masked_disabled_or_uncascaded_channel_moves_nothing);
	tcase_add_test(tc, the_flip_flop_is_shared_and_cleared_by_its_command);
	tcase_add_test(tc, master_clear_masks_and_clears);
	tcase_add_test(tc, page_registers_read_back_and_port_80_is_the_post_code);
}

int main(void)
{
	return bench_main("dma8237", add);
}
