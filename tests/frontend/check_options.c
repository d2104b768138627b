/* check_options.c - the command line: what each option means, and what is refused with which words. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frontend/options.h"

static struct options o;
static char error[OPTIONS_ERROR];

/* Splits at blanks; argv[0] is the program. */
static enum options_result parse(const char *line)
{
	static char text[1024]; /* the options point into it */
	char *argv[32], *rest = text, *word;
	int argc = 1;
	snprintf(text, sizeof text, "%s", line);
	argv[0] = "tandem";
	while ((word = strsep(&rest, " ")))
		if (*word)
			argv[argc++] = word;
	error[0] = '\0';
	return options_parse(&o, argc, argv, error);
}

static void refuses(const char *line, const char *words)
{
	ck_assert_msg(parse(line) == OPTIONS_BAD, "%s was accepted", line);
	ck_assert_msg(strstr(error, words), "%s: '%s' is not in '%s'", line, words, error);
	ck_assert_msg(!strchr(error, '\n'), "%s: more than one line", line);
}

static void make_file(const char *name, long size)
{
	FILE *f = fopen(name, "wb");
	ck_assert(f && !ftruncate(fileno(f), size) && !fclose(f));
}

START_TEST(no_arguments_boot_the_tour)
{
	ck_assert_int_eq(parse(""), OPTIONS_RUN);
	ck_assert(o.machine.builtin_tour);
	ck_assert_int_eq(o.display, DISPLAY_SDL);
	ck_assert_int_eq(o.machine.technique, MACHINE_TRAP);
	ck_assert_int_eq(o.machine.ram_mb, 64);
	ck_assert_int_eq(o.machine.debug_exit_port, -1);
	ck_assert(o.log_lo == 0 && o.log_hi == ~0ull);
}
END_TEST

START_TEST(one_dash_two_dashes_and_equals_are_the_same)
{
	static const char *const lines[] = {"-m 16", "--m 16", "-m=16", "--m=16", "-m 16M", "-m size=16"};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		ck_assert_int_eq(parse(lines[i]), OPTIONS_RUN);
		ck_assert_int_eq(o.machine.ram_mb, 16);
	}
	ck_assert_int_eq(parse("-m 2G"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.ram_mb, 2048);
}
END_TEST

START_TEST(every_drive_takes_its_image)
{
	ck_assert_int_eq(parse("-fda a -fdb b -hda c -hdb d -hdc e -hdd f"), OPTIONS_RUN);
	ck_assert_str_eq(o.machine.floppy[0], "a");
	ck_assert_str_eq(o.machine.floppy[1], "b");
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(o.machine.disk[i][0], 'c' + i);
	ck_assert(!o.machine.builtin_tour);
	refuses("-fda a -fda b", "-fda: this drive has an image already");
}
END_TEST

START_TEST(the_cdrom_is_in_the_place_of_hdc)
{
	ck_assert_int_eq(parse("-cdrom disc -hdd f"), OPTIONS_RUN);
	ck_assert_str_eq(o.machine.cdrom, "disc");
	ck_assert(!o.machine.builtin_tour);
	refuses("-cdrom disc -hdc e", "-cdrom: the drive is in the place of -hdc");
	refuses("-cdrom disc -cdrom other", "-cdrom: this drive has an image already");
}
END_TEST

START_TEST(a_bare_name_of_a_cd_image_is_a_disc)
{
	char name[] = "/tmp/tandem-options-XXXXXX.ISO";
	close(mkstemps(name, 4));
	make_file(name, 1440 * 1024);
	ck_assert_int_eq(parse(name), OPTIONS_RUN);
	ck_assert_str_eq(o.machine.cdrom, name);
	ck_assert_ptr_null(o.machine.floppy[0]);
	unlink(name);
}
END_TEST

START_TEST(a_bare_image_goes_where_its_size_belongs)
{
	char name[] = "/tmp/tandem-options-XXXXXX", line[256];
	close(mkstemp(name));
	make_file(name, 1440 * 1024);
	snprintf(line, sizeof line, "%s -fdb b", name);
	ck_assert_int_eq(parse(line), OPTIONS_RUN);
	ck_assert_str_eq(o.machine.floppy[0], name);
	make_file(name, 4096);
	ck_assert_int_eq(parse(line), OPTIONS_RUN);
	ck_assert_ptr_null(o.machine.floppy[0]);
	ck_assert_str_eq(o.machine.disk[0], name);
	unlink(name);
	refuses(line, "No such file");
}
END_TEST

START_TEST(boot_order_is_letters_with_or_without_its_name)
{
	ck_assert_int_eq(parse("-boot ca"), OPTIONS_RUN);
	ck_assert_str_eq(o.machine.boot_order, "ca");
	ck_assert_int_eq(parse("-boot order=ac,menu=on"), OPTIONS_RUN);
	ck_assert_str_eq(o.machine.boot_order, "ac");
	ck_assert(o.machine.boot_menu);
	refuses("-boot n", "-boot: 'n' is not a boot order");
	refuses("-boot aa", "names a drive twice");
	refuses("-boot menu=maybe", "neither on nor off");
	refuses("-boot splash=x", "is not known");
}
END_TEST

START_TEST(serial_channels_have_qemus_forms)
{
	ck_assert_int_eq(parse("-serial file:out.txt -serial tcp:host:4000,server"), OPTIONS_RUN);
	ck_assert_int_eq(o.serial[0].kind, CHANNEL_FILE);
	ck_assert_str_eq(o.serial[0].path, "out.txt");
	ck_assert_int_eq(o.serial[1].kind, CHANNEL_TCP_SERVER);
	ck_assert_str_eq(o.serial[1].host, "host");
	ck_assert_str_eq(o.serial[1].port, "4000");
	ck_assert_int_eq(parse("-serial tcp::23,nowait"), OPTIONS_RUN);
	ck_assert_int_eq(o.serial[0].kind, CHANNEL_TCP);
	ck_assert_str_eq(o.serial[0].host, "localhost");
	ck_assert_int_eq(parse("-serial pty -serial stdio"), OPTIONS_RUN);
	refuses("-serial com1", "is not known");
	refuses("-serial tcp:host", "is not HOST:PORT");
	refuses("-serial tcp:host:0", "is not HOST:PORT");
	refuses("-serial stdio -serial stdio", "only one port can have stdio");
	refuses("-serial stdio -display term", "belongs to -display term");
	refuses("-serial none -serial none -serial none", "only two serial ports");
}
END_TEST

START_TEST(dates_are_checked_against_the_calendar)
{
	ck_assert_int_eq(parse("-rtc base=1996-12-31T23:59:58"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.rtc_base, 852076798); /* date -u -d '1996-12-31 23:59:58' +%s */
	ck_assert_int_eq(parse("-rtc base=2000-02-29"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.rtc_base, 951782400);
	refuses("-rtc base=1999-02-29", "is not a date");
	refuses("-rtc base=1996-12-31T24:00:00", "is not a date");
	refuses("-rtc base=1996-12-31T23", "is not a date");
	refuses("-rtc clock=vm", "is not known");
}
END_TEST

START_TEST(icount_does_not_depend_on_the_hosts_date)
{
	ck_assert_int_eq(parse("-icount"), OPTIONS_RUN);
	ck_assert(o.machine.icount);
	ck_assert_int_eq(o.machine.rtc_base, 946684800); /* 2000-01-01 */
	ck_assert_int_eq(parse("-icount shift=3 -rtc base=1990-01-01"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.mips, 125); /* 8 ns each */
	ck_assert_int_eq(o.machine.rtc_base, 631152000);
	refuses("-icount shift=10", "0 to 9");
}
END_TEST

START_TEST(log_items_and_filters_are_lists_and_ranges)
{
	ck_assert_int_eq(parse("-d in_asm,io -dfilter 0x7c00..0x7dff"), OPTIONS_RUN);
	ck_assert_int_eq(o.log_items, MLOG_IN_ASM | MLOG_IO);
	ck_assert(o.log_lo == 0x7c00 && o.log_hi == 0x7dff);
	ck_assert_int_eq(parse("-d exec -dfilter 0x100+0x10"), OPTIONS_RUN);
	ck_assert(o.log_lo == 0x100 && o.log_hi == 0x10f);
	ck_assert_int_eq(parse("-d exec -dfilter 0x100-0x10"), OPTIONS_RUN);
	ck_assert(o.log_lo == 0xf0 && o.log_hi == 0x100);
	refuses("-d everything", "is not known");
	refuses("-dfilter 7", "is not a range");
	refuses("-dfilter 9..3", "ends before it begins");
	refuses("-D file", "nothing to log");
}
END_TEST

START_TEST(the_debug_console_may_have_another_port)
{
	ck_assert_int_eq(parse(""), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.debugcon_port, 0xe9);
	ck_assert_int_eq(parse("-device isa-debugcon,iobase=0x402"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.debugcon_port, 0x402);
	ck_assert_int_eq(o.machine.debug_exit_port, -1);
}
END_TEST

START_TEST(the_debug_exit_port_is_qemus_unless_given)
{
	ck_assert_int_eq(parse("-device isa-debug-exit"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.debug_exit_port, 0x501);
	ck_assert_int_eq(parse("-device isa-debug-exit,iobase=0xf4,iosize=0x04"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.debug_exit_port, 0xf4);
	refuses("-device e1000", "is not a known device");
	refuses("-device isa-debug-exit,iobase=0x10000", "is not a port number");
}
END_TEST

START_TEST(numbers_out_of_range_are_refused)
{
	refuses("-m 0", "out of range");
	refuses("-m 3073", "out of range");
	refuses("-m 4G", "out of range");
	refuses("-m -5", "is not a size");
	refuses("-m 99999999999999999999999", "is not a size");
	refuses("-block 0x", "is not a number");
	refuses("-translate often", "is not a number");
	refuses("-translate 1000001", "");
}
END_TEST

START_TEST(translation_begins_after_so_many_runs)
{
	ck_assert_int_eq(parse("-m 64"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.translate, 0); /* the core's default */
	ck_assert_int_eq(parse("-translate 0"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.translate, 1);
	ck_assert_int_eq(parse("-translate 100"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.translate, 101);
	ck_assert_int_eq(parse("-translate off"), OPTIONS_RUN);
	ck_assert_int_eq(o.machine.translate, -1);
}
END_TEST

START_TEST(a_forgotten_value_is_not_taken_from_the_next_option)
{
	refuses("-m", "-m: a value is missing");
	refuses("-fda -hda x", "-fda: a value is missing");
	refuses("-script=", "the value is empty");
	refuses("-snapshot=on", "has no value");
	refuses("-frobnicate", "-frobnicate: unknown option");
}
END_TEST

START_TEST(flags_are_flags)
{
	ck_assert_int_eq(parse("-snapshot -no-reboot -no-shutdown -S -stats -technique bare -verify mmu -display none"), OPTIONS_RUN);
	ck_assert(o.machine.snapshot && o.no_reboot && o.no_shutdown && o.paused && o.stats && o.machine.verify_mmu);
	ck_assert_int_eq(o.machine.technique, MACHINE_BARE);
	ck_assert_int_eq(o.display, DISPLAY_NONE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("options");
	tcase_add_test(t, no_arguments_boot_the_tour);
	tcase_add_test(t, one_dash_two_dashes_and_equals_are_the_same);
	tcase_add_test(t, every_drive_takes_its_image);
	tcase_add_test(t, the_cdrom_is_in_the_place_of_hdc);
	tcase_add_test(t, a_bare_name_of_a_cd_image_is_a_disc);
	tcase_add_test(t, a_bare_image_goes_where_its_size_belongs);
	tcase_add_test(t, boot_order_is_letters_with_or_without_its_name);
	tcase_add_test(t, serial_channels_have_qemus_forms);
	tcase_add_test(t, dates_are_checked_against_the_calendar);
	tcase_add_test(t, icount_does_not_depend_on_the_hosts_date);
	tcase_add_test(t, log_items_and_filters_are_lists_and_ranges);
	tcase_add_test(t, the_debug_console_may_have_another_port);
	tcase_add_test(t, the_debug_exit_port_is_qemus_unless_given);
	tcase_add_test(t, numbers_out_of_range_are_refused);
	tcase_add_test(t, translation_begins_after_so_many_runs);
	tcase_add_test(t, a_forgotten_value_is_not_taken_from_the_next_option);
	tcase_add_test(t, flags_are_flags);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
