/* check_symbols.c - names from System.map, ELF files and linkers' maps. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "report/symbols.h"

static struct symbols *parse(const char *text, u64 base)
{
	char error[512] = "";
	struct symbols *s = symbols_parse((const u8 *)text, strlen(text), base, "test", error);
	ck_assert_msg(s != NULL, "%s", error);
	return s;
}

static void names(const struct symbols *s, u64 address, const char *want)
{
	char buf[64];
	ck_assert_str_eq(symbols_name(s, address, buf, sizeof buf), want);
}

START_TEST(a_system_map_gives_the_nearest_name_below)
{
	struct symbols *s = parse("c0100000 T startup_32\nc0100040 t is386\nc0100040 t alias\n         U printk\nc0100100 A _end\n", 0);
	ck_assert_int_eq(symbols_count(s), 4);
	names(s, 0xc00fffff, "");
	names(s, 0xc0100000, "startup_32");
	names(s, 0xc010003f, "startup_32+3f");
	names(s, 0xc0100044, "is386+4");
	names(s, 0xc0100100, "_end");
	names(s, 0xc0300000, ""); /* more than 1 MB behind: another thing */
	symbols_free(s);
}
END_TEST

START_TEST(a_gnu_ld_map_gives_its_symbols_and_not_its_sections)
{
	struct symbols *s = parse("Linker script and memory map\n\n"
				  " .text          0x00007c00       0x52 boot.o\n"
				  "                0x00007c00                start\n"
				  "                0x00007c2e                print\n"
				  "                0x00007e00                . = ALIGN (0x200)\n"
				  "LOAD boot.o\n", 0);
	ck_assert_int_eq(symbols_count(s), 2);
	names(s, 0x7c30, "print+2");
	symbols_free(s);
}
END_TEST

START_TEST(a_segmented_map_takes_the_address_or_segment_times_16)
{
	struct symbols *s = parse(" 0001:00000010       _main                      00401010 f   main.obj\n"
				  " 0070:018a       strategy\n", 0);
	names(s, 0x401010, "_main");
	names(s, 0x70 * 16 + 0x18a, "strategy");
	symbols_free(s);
}
END_TEST

START_TEST(a_base_is_added)
{
	struct symbols *s = parse("0100 T start\n", 0x12340);
	names(s, 0x12440, "start");
	symbols_free(s);
}
END_TEST

/* ---- ELF, gABI chapter 4: header, .strtab, .symtab, section table ------------------------------------ */

#define SYM32 16
#define AT_NAMES 0x40
#define AT_SYMBOLS 0x60
#define AT_SECTIONS 0xc0

static void symbol32(u8 *file, int n, u32 name, u32 value, u8 info, u16 section)
{
	u8 *p = file + AT_SYMBOLS + n * SYM32;
	store32(p, name);
	store32(p + 4, value);
	p[12] = info;
	store16(p + 14, section);
}

static void section32(u8 *file, int n, u32 type, u32 offset, u32 size, u32 link)
{
	u8 *p = file + AT_SECTIONS + n * 40;
	store32(p + 4, type);
	store32(p + 16, offset);
	store32(p + 20, size);
	store32(p + 24, link);
}

static size_t make_elf32(u8 file[512])
{
	static const char text[] = "\0_start\0buffer\0file.c\0undef";
	memset(file, 0, 512);
	memcpy(file, "\177ELF\1\1\1", 7);
	store32(file + 0x20, AT_SECTIONS);
	store16(file + 0x2e, 40);
	store16(file + 0x30, 3);
	memcpy(file + AT_NAMES, text, sizeof text);
	symbol32(file, 1, 1, 0x100000, 0x12, 1);  /* function */
	symbol32(file, 2, 8, 0x100400, 0x11, 1);  /* object */
	symbol32(file, 3, 15, 0, 0x04, 0xfff1);   /* file */
	symbol32(file, 4, 22, 0x999, 0x10, 0);    /* undefined */
	section32(file, 1, 2, AT_SYMBOLS, 5 * SYM32, 2);
	section32(file, 2, 3, AT_NAMES, sizeof text, 0);
	return AT_SECTIONS + 3 * 40;
}

START_TEST(an_elf_file_gives_functions_and_objects_only)
{
	u8 file[512];
	char error[512] = "";
	size_t size = make_elf32(file);
	struct symbols *s = symbols_parse(file, size, 0, "test", error);
	ck_assert_msg(s != NULL, "%s", error);
	ck_assert_int_eq(symbols_count(s), 2);
	names(s, 0x100010, "_start+10");
	names(s, 0x100400, "buffer");
	symbols_free(s);
}
END_TEST

START_TEST(a_damaged_elf_file_is_refused_wherever_it_is_cut_or_changed)
{
	u8 file[512], copy[512];
	char error[512];
	size_t size = make_elf32(file);
	for (size_t n = 0; n < size; n++)
		symbols_free(symbols_parse(file, n, 0, "test", error)); /* must not read behind the end: for the sanitizer */
	for (size_t i = 4; i < size; i++) {
		memcpy(copy, file, sizeof copy);
		copy[i] ^= 0xff;
		u8 *exact = malloc(size);
		memcpy(exact, copy, size);
		symbols_free(symbols_parse(exact, size, 0, "test", error));
		free(exact);
	}
	memcpy(copy, file, sizeof copy);
	store32(copy + AT_SECTIONS + 40 + 16, 0xfffffff0); /* the symbol table lies elsewhere */
	ck_assert_ptr_null(symbols_parse(copy, size, 0, "test", error));
	ck_assert_str_eq(error, "test: the section table is damaged");
}
END_TEST

START_TEST(a_file_without_symbols_says_so)
{
	char error[512];
	ck_assert_ptr_null(symbols_parse((const u8 *)"hello world\n", 12, 0, "x.txt", error));
	ck_assert_str_eq(error, "x.txt: no symbols in it (System.map, ELF or a linker's map)");
	ck_assert_ptr_null(symbols_load("/nonexistent/System.map", error));
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
}
END_TEST

START_TEST(no_symbols_give_no_name)
{
	char buf[8];
	ck_assert_str_eq(symbols_name(NULL, 0x1000, buf, sizeof buf), "");
	struct symbols *s = parse("1000 T a_long_name_that_does_not_fit\n", 0);
	ck_assert_str_eq(symbols_name(s, 0x1000, buf, sizeof buf), "a_long_");
	symbols_free(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbols");
	TCase *t = tcase_create("symbols");
	tcase_add_test(t, a_system_map_gives_the_nearest_name_below);
	tcase_add_test(t, a_gnu_ld_map_gives_its_symbols_and_not_its_sections);
	tcase_add_test(t, a_segmented_map_takes_the_address_or_segment_times_16);
	tcase_add_test(t, a_base_is_added);
	tcase_add_test(t, an_elf_file_gives_functions_and_objects_only);
	tcase_add_test(t, a_damaged_elf_file_is_refused_wherever_it_is_cut_or_changed);
	tcase_add_test(t, a_file_without_symbols_says_so);
	tcase_add_test(t, no_symbols_give_no_name);
	suite_add_tcase(suite, t);
	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
