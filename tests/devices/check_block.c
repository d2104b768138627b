/* check_block.c - image files, scratch files and overlays (devices/block_*.c). */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "block_mem.h"
#include "devices/block_file.h"
#include "devices/block_overlay.h"
#include "devices/floppy_format.h"

static char dir[64], path[128], error[BLOCK_ERROR_SIZE];
static struct log messages;
static int told;
static char last_message[512];

static void count_message(void *opaque, enum log_level level, const char *text)
{
	(void)opaque;
	if (level == LOG_ERROR)
		told++;
	snprintf(last_message, sizeof last_message, "%s", text);
}

static void setup(void)
{
	snprintf(dir, sizeof dir, "/tmp/tandem-check-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/image", dir);
	log_init(&messages, LOG_DEBUG);
	messages.emit = count_message;
	told = 0;
	error[0] = 0;
}

static void teardown(void)
{
	char command[256];
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void make_file(off_t size)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

static void refused(unsigned flags, const char *reason)
{
	struct block *b = block_file_open(path, flags, &messages, error);
	ck_assert_ptr_null(b);
	ck_assert_msg(strstr(error, path) != NULL, "no file name in: %s", error);
	ck_assert_msg(strstr(error, reason) != NULL, "expected \"%s\" in: %s", reason, error);
}

START_TEST(what_was_written_is_read_back_and_reaches_the_file)
{
	u8 out[3 * SECTOR_SIZE], in[3 * SECTOR_SIZE];
	make_file(100 * SECTOR_SIZE);
	struct block *b = block_file_open(path, 0, &messages, error);
	ck_assert_msg(b != NULL, "%s", error);
	ck_assert_uint_eq(b->sectors, 100);
	ck_assert(!b->read_only);
	for (size_t i = 0; i < sizeof out; i++)
		out[i] = (u8)(i * 5);
	ck_assert_int_eq(block_write(b, 97, 3, out), 0);
	ck_assert_int_eq(block_flush(b), 0);
	ck_assert_int_eq(block_read(b, 97, 3, in), 0);
	ck_assert_mem_eq(in, out, sizeof out);
	block_close(b);
	int fd = open(path, O_RDONLY);
	ck_assert_int_eq(pread(fd, in, sizeof in, 97 * SECTOR_SIZE), sizeof in);
	close(fd);
	ck_assert_mem_eq(in, out, sizeof out);
}
END_TEST

START_TEST(a_transfer_beyond_the_end_is_refused_as_a_whole)
{
	u8 buf[2 * SECTOR_SIZE] = {0};
	make_file(10 * SECTOR_SIZE);
	struct block *b = block_file_open(path, 0, &messages, error);
	ck_assert_int_eq(block_read(b, 9, 2, buf), -EINVAL);
	ck_assert_int_eq(block_write(b, 9, 2, buf), -EINVAL);
	ck_assert_int_eq(block_read(b, ~0ull, 1, buf), -EINVAL);
	ck_assert_int_eq(block_read(b, 10, 0, buf), 0);
	block_close(b);
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	refused(0, "No such file");
}
END_TEST

START_TEST(a_directory_is_no_image)
{
	mkdir(path, 0755);
	refused(0, "it is a directory");
	refused(BLOCK_READ_ONLY, "it is a directory");
}
END_TEST

START_TEST(a_fifo_is_no_image_and_does_not_block)
{
	mkfifo(path, 0644);
	refused(0, "neither a file nor a block device");
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
	make_file(0);
	refused(0, "it is empty");
	make_file(1000);
	refused(0, "not a multiple of 512");
	make_file(1474560 + 512);
	refused(BLOCK_FLOPPY, "not that of a floppy");
	make_file(2047);
	refused(BLOCK_CDROM, "smaller than one sector");
	make_file(2352 * 10);
	refused(BLOCK_CDROM, "raw sectors of 2352");
}
END_TEST

START_TEST(every_floppy_size_is_accepted)
{
	static const int kb[] = {160, 180, 320, 360, 720, 1200, 1440, 2880};
	for (size_t i = 0; i < ARRAY_LEN(kb); i++) {
		make_file(kb[i] * 1024);
		struct block *b = block_file_open(path, BLOCK_FLOPPY, &messages, error);
		ck_assert_msg(b != NULL, "%s", error);
		const struct floppy_format *f = floppy_format_by_sectors(b->sectors);
		ck_assert_uint_eq((u32)f->cylinders * f->heads * f->sectors_per_track, f->sectors);
		block_close(b);
	}
}
END_TEST

START_TEST(a_file_that_may_not_be_written_opens_read_only)
{
	u8 buf[SECTOR_SIZE] = {0};
	make_file(10 * SECTOR_SIZE);
	chmod(path, 0444);
	struct block *b = block_file_open(path, geteuid() == 0 ? BLOCK_READ_ONLY : 0, &messages, error);
	ck_assert_msg(b != NULL, "%s", error);
	ck_assert(b->read_only);
	ck_assert_int_eq(block_write(b, 0, 1, buf), -EROFS);
	block_close(b);
}
END_TEST

START_TEST(an_unreadable_file_is_refused_with_the_reason)
{
	make_file(10 * SECTOR_SIZE);
	chmod(path, 0);
	if (geteuid() != 0)
		refused(0, "Permission denied");
}
END_TEST

START_TEST(a_second_writer_is_locked_out)
{
	make_file(10 * SECTOR_SIZE);
	struct block *b = block_file_open(path, 0, &messages, error);
	refused(0, "another machine has it in use");
	refused(BLOCK_READ_ONLY, "another machine is writing");
	pid_t child = fork();
	if (child == 0)
		_exit(block_file_open(path, 0, &messages, error) ? 1 : 0);
	int status;
	waitpid(child, &status, 0);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	block_close(b);
	b = block_file_open(path, 0, &messages, error);
	ck_assert_msg(b != NULL, "the lock outlived its owner: %s", error);
	block_close(b);
}
END_TEST

START_TEST(readers_share_an_image_and_keep_writers_out)
{
	make_file(10 * SECTOR_SIZE);
	struct block *a = block_file_open(path, BLOCK_READ_ONLY, &messages, error);
	struct block *b = block_file_open(path, BLOCK_READ_ONLY, &messages, error);
	ck_assert(a && b);
	refused(0, "another machine has it in use");
	block_close(a);
	block_close(b);
}
END_TEST

START_TEST(a_full_disk_is_an_error_and_told_once)
{
	u8 buf[4 * SECTOR_SIZE], in[SECTOR_SIZE];
	memset(buf, 0x5a, sizeof buf);
	make_file(64 * SECTOR_SIZE);
	struct block *b = block_file_open(path, 0, &messages, error);
	/* RLIMIT_FSIZE stands for the full disk: a write that crosses it is short, the next fails */
	signal(SIGXFSZ, SIG_IGN);
	struct rlimit old, limit;
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 33 * SECTOR_SIZE;
	setrlimit(RLIMIT_FSIZE, &limit);
	int crossing = block_write(b, 31, 4, buf), beyond = block_write(b, 40, 1, buf), below = block_write(b, 0, 1, buf);
	setrlimit(RLIMIT_FSIZE, &old);
	ck_assert_int_eq(crossing, -EFBIG);
	ck_assert_int_eq(beyond, -EFBIG);
	ck_assert_int_eq(below, 0);
	ck_assert_int_eq(told, 1);
	ck_assert_ptr_nonnull(strstr(last_message, path));
	ck_assert_int_eq(block_read(b, 40, 1, in), 0);
	ck_assert_int_eq(in[0], 0);
	block_close(b);
}
END_TEST

START_TEST(a_file_cut_short_behind_our_back_is_a_read_error)
{
	u8 buf[SECTOR_SIZE];
	make_file(64 * SECTOR_SIZE);
	struct block *b = block_file_open(path, 0, &messages, error);
	ck_assert_int_eq(truncate(path, 10 * SECTOR_SIZE), 0);
	ck_assert_int_eq(block_read(b, 20, 1, buf), -EIO);
	ck_assert_int_eq(block_read(b, 21, 1, buf), -EIO);
	ck_assert_int_eq(told, 1);
	block_close(b);
}
END_TEST

/* --- overlay ---------------------------------------------------------------- */

START_TEST(an_overlay_never_changes_the_image_below)
{
	u8 ones[3 * SECTOR_SIZE], buf[5 * SECTOR_SIZE];
	struct block_mem *base = block_mem_new(200);
	base->b.read_only = true;
	struct block *store = block_file_scratch(200, &messages, error);
	ck_assert_msg(store != NULL, "%s", error);
	struct block *o = block_overlay_new(&base->b, store);
	ck_assert(o && !o->read_only);
	memset(ones, 1, sizeof ones);
	ck_assert_int_eq(block_write(o, 63, 3, ones), 0);
	ck_assert_int_eq(base->writes, 0);
	ck_assert_int_eq(block_read(o, 62, 5, buf), 0);
	ck_assert_mem_eq(buf, base->data + 62 * SECTOR_SIZE, SECTOR_SIZE);
	ck_assert_mem_eq(buf + SECTOR_SIZE, ones, sizeof ones);
	ck_assert_mem_eq(buf + 4 * SECTOR_SIZE, base->data + 66 * SECTOR_SIZE, SECTOR_SIZE);
	ck_assert_uint_eq(block_overlay_next(o, 0), 63);
	ck_assert_uint_eq(block_overlay_next(o, 64), 64);
	ck_assert_uint_eq(block_overlay_next(o, 66), 200);
	ck_assert_uint_eq(block_overlay_next(o, 200), 200);
	block_overlay_revert(o);
	ck_assert_int_eq(block_read(o, 63, 1, buf), 0);
	ck_assert_mem_eq(buf, base->data + 63 * SECTOR_SIZE, SECTOR_SIZE);
	ck_assert(block_is_overlay(o) && !block_is_overlay(&base->b));
	block_close(o);
}
END_TEST

START_TEST(two_overlays_of_one_file_are_apart)
{
	u8 one[SECTOR_SIZE], buf[SECTOR_SIZE];
	make_file(8 * SECTOR_SIZE);
	struct block *o[2];
	for (int i = 0; i < 2; i++) {
		struct block *base = block_file_open(path, BLOCK_READ_ONLY, &messages, error);
		ck_assert_msg(base != NULL, "%s", error);
		o[i] = block_overlay_new(base, block_file_scratch(8, &messages, error));
		ck_assert_ptr_nonnull(o[i]);
	}
	memset(one, 0x11, sizeof one);
	ck_assert_int_eq(block_write(o[0], 3, 1, one), 0);
	ck_assert_int_eq(block_read(o[1], 3, 1, buf), 0);
	ck_assert_int_eq(buf[0], 0);
	ck_assert_int_eq(block_read(o[0], 3, 1, buf), 0);
	ck_assert_int_eq(buf[0], 0x11);
	block_close(o[0]);
	block_close(o[1]);
	int fd = open(path, O_RDONLY);
	ck_assert_int_eq(pread(fd, buf, sizeof buf, 3 * SECTOR_SIZE), sizeof buf);
	ck_assert_int_eq(buf[0], 0);
	close(fd);
}
END_TEST

START_TEST(a_failed_overlay_write_shows_the_old_sectors)
{
	u8 ones[2 * SECTOR_SIZE], buf[SECTOR_SIZE];
	struct block_mem *base = block_mem_new(20), *store = block_mem_new(20);
	store->bad_sector = 6;
	struct block *o = block_overlay_new(&base->b, &store->b);
	memset(ones, 1, sizeof ones);
	ck_assert_int_eq(block_write(o, 5, 2, ones), -ENOSPC);
	ck_assert_int_eq(block_read(o, 5, 1, buf), 0);
	ck_assert_mem_eq(buf, base->data + 5 * SECTOR_SIZE, SECTOR_SIZE);
	block_close(o);
}
END_TEST

START_TEST(an_overlay_needs_a_store_as_large_as_its_base)
{
	ck_assert_ptr_null(block_overlay_new(&block_mem_new(20)->b, &block_mem_new(19)->b));
	ck_assert_ptr_null(block_overlay_new(&block_mem_new(20)->b, NULL));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("block");
	TCase *t = tcase_create("file");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_written_is_read_back_and_reaches_the_file);
	tcase_add_test(t, a_transfer_beyond_the_end_is_refused_as_a_whole);
	tcase_add_test(t, a_missing_file_is_named);
	tcase_add_test(t, a_directory_is_no_image);
	tcase_add_test(t, a_fifo_is_no_image_and_does_not_block);
	tcase_add_test(t, impossible_sizes_are_refused);
	tcase_add_test(t, every_floppy_size_is_accepted);
	tcase_add_test(t, a_file_that_may_not_be_written_opens_read_only);
	tcase_add_test(t, an_unreadable_file_is_refused_with_the_reason);
	tcase_add_test(t, a_second_writer_is_locked_out);
	tcase_add_test(t, readers_share_an_image_and_keep_writers_out);
	tcase_add_test(t, a_full_disk_is_an_error_and_told_once);
	tcase_add_test(t, a_file_cut_short_behind_our_back_is_a_read_error);
	tcase_add_test(t, an_overlay_never_changes_the_image_below);
	tcase_add_test(t, two_overlays_of_one_file_are_apart);
	tcase_add_test(t, a_failed_overlay_write_shows_the_old_sectors);
	tcase_add_test(t, an_overlay_needs_a_store_as_large_as_its_base);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
