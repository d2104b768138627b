/* check_model.c - one model, four formats: the same values in each, and each well-formed. */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/model.h"
#include "report/sites.h"

/* ---- a small JSON checker: RFC 8259's grammar, nothing kept ------------------------------------------ */

static const char *blank(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *json(const char *p);

static const char *json_string(const char *p)
{
	for (p++; *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p == '\\' && !strchr("\"\\/bfnrtu", *++p))
			return NULL;
	}
	return p + 1;
}

static const char *json_members(const char *p, char close)
{
	p = blank(p + 1);
	if (*p == close)
		return p + 1;
	for (;;) {
		if (close == '}') {
			if (*p != '"' || !(p = json_string(p)))
				return NULL;
			p = blank(p);
			if (*p++ != ':')
				return NULL;
		}
		p = json(p);
		if (!p)
			return NULL;
		p = blank(p);
		if (*p == close)
			return p + 1;
		if (*p++ != ',')
			return NULL;
		p = blank(p);
	}
}

static const char *json(const char *p)
{
	static const char *const words[] = {"null", "true", "false"};
	p = blank(p);
	if (*p == '{' || *p == '[')
		return json_members(p, *p == '{' ? '}' : ']');
	if (*p == '"')
		return json_string(p);
	for (int i = 0; i < 3; i++)
		if (!strncmp(p, words[i], strlen(words[i])))
			return p + strlen(words[i]);
	char *end;
	strtod(p, &end);
	return end != p && (*p == '-' || isdigit((unsigned char)*p)) ? end : NULL;
}

/* ---- a report ----------------------------------------------------------------------------------------- */

static const struct report_column columns[] = {{"name", "name", 0}, {"count", "count", COLUMN_BAR}, {"ratio", "ratio", 0},
	{"empty", "empty", COLUMN_OPTIONAL}};

static void make(struct report *r)
{
	report_init(r, "a <guest> & \"co\", under trap");
	cell_count(report_fact(r, "instructions", "instructions"), 12345678901234567ull);
	r->fact[0].head = true;
	struct report_table *t = report_table(r, "things", "Things", "a note", 4, columns);
	for (int i = 0; i < 40; i++) {
		struct report_cell *row = report_row(r, t);
		cell_text(r, &row[0], i ? "row %d" : "a \"quoted\", <odd>\tname %d", i);
		cell_count(&row[1], (u64)i * 1000003);
		cell_real(&row[2], i / 3.0, 2);
		cell_text(r, &row[3], "%s", "");
	}
	r->has_flows = true;
	struct flow *w = &r->flow[FLOW_SYSCALL];
	w->any = true;
	w->nsteps = 3;
	w->step[0] = (struct flow_step){LANE_PROGRAM, LANE_VMM, 3, 3, 7, "001b:00001000", "INT 30h", "A \"call\".", "int 0x30"};
	w->step[1] = (struct flow_step){LANE_VMM, LANE_HANDLER, 0, 1, 8, "0008:00002000", "vector 30h", "In.", "push 0"};
	w->step[2] = (struct flow_step){LANE_HANDLER, LANE_PROGRAM, 3, 3, 9, "001b:00001002", "return", "Back.", "nop"};
	report_set_divergence(r, "First: ", "nothing <at> all");
}

static char *written(enum report_format format)
{
	struct report *r = malloc(sizeof *r);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	make(r);
	report_write(r, format, f);
	fclose(f);
	ck_assert(!r->no_memory);
	report_free(r);
	free(r);
	return text;
}

START_TEST(json_follows_the_grammar)
{
	char *text = written(REPORT_JSON);
	const char *end = json(text);
	ck_assert_ptr_nonnull(end);
	ck_assert_str_eq(blank(end), "");
	free(text);
}
END_TEST

START_TEST(every_value_is_in_every_format)
{
	static const char *const values[] = {"12345678901234567", "39000117", "13.00", "row 39", "12.67"};
	for (int format = REPORT_TEXT; format <= REPORT_HTML; format++) {
		char *text = written((enum report_format)format);
		for (size_t i = format == REPORT_HTML ? 1 : 0; i < ARRAY_LEN(values); i++) /* the title's digits are grouped there */
			ck_assert_msg(strstr(text, values[i]) != NULL, "%s is not in format %d", values[i], format);
		ck_assert_ptr_nonnull(strstr(text, "001b:00001002"));
		free(text);
	}
}
END_TEST

START_TEST(html_escapes_what_a_guest_could_have_written)
{
	char *text = written(REPORT_HTML);
	ck_assert_ptr_null(strstr(text, "<guest>"));
	ck_assert_ptr_null(strstr(text, "<odd>"));
	ck_assert_ptr_null(strstr(text, "<at>"));
	ck_assert_ptr_nonnull(strstr(text, "a &lt;guest&gt; &amp; &quot;co&quot;"));
	ck_assert_ptr_null(strstr(text, "http")); /* self-contained */
	ck_assert_ptr_null(strstr(text, "<th>empty")); /* an optional column with nothing in it */
	free(text);
}
END_TEST

START_TEST(csv_quotes_commas_and_quotes)
{
	char *text = written(REPORT_CSV);
	ck_assert_ptr_nonnull(strstr(text, "things,\"a \"\"quoted\"\", <odd>\tname 0\",0,0.00,\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "section,name,count,ratio,empty\r\n"));
	free(text);
}
END_TEST

START_TEST(the_format_is_the_end_of_the_name)
{
	ck_assert_int_eq(report_format_of("a.html"), REPORT_HTML);
	ck_assert_int_eq(report_format_of("x/a.b.json"), REPORT_JSON);
	ck_assert_int_eq(report_format_of("a.csv"), REPORT_CSV);
	ck_assert_int_eq(report_format_of("a.txt"), REPORT_TEXT);
	ck_assert_int_eq(report_format_of("a"), -1);
	ck_assert_int_eq(report_format_of("a.htmlx"), -1);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_an_error)
{
	char error[REPORT_ERROR];
	struct report *r = malloc(sizeof *r);
	make(r);
	ck_assert_int_eq(report_save(r, "/nonexistent/a.txt", error), -1);
	ck_assert_str_eq(error, "/nonexistent/a.txt: No such file or directory");
	report_free(r);
	free(r);
}
END_TEST

START_TEST(sites_count_and_grow)
{
	struct sites s;
	int n;
	ck_assert_int_eq(sites_init(&s), 0);
	for (u64 round = 0; round < 3; round++)
		for (u64 i = 0; i < 20000; i++)
			sites_count(&s, site_key(i * 4096, (u32)(i % 300), (u32)(i % 6)), 8, i);
	sites_count(&s, site_key(0xffffffff, SITE_VECTOR + 255, 5), 8, 0);
	struct site *list = sites_sorted(&s, &n);
	ck_assert_int_eq(n, 20001);
	for (int i = 0; i < 20000; i++) {
		u64 k = site_lin(&list[i]) / 4096;
		ck_assert_uint_eq(list[i].count, 3);
		ck_assert_uint_eq(site_what(&list[i]), k % 300);
		ck_assert_uint_eq(site_mode(&list[i]), k % 6);
	}
	ck_assert_uint_eq(site_lin(&list[20000]), 0xffffffff);
	ck_assert_uint_eq(site_what(&list[20000]), SITE_VECTOR + 255);
	free(list);
	sites_free(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model");
	TCase *t = tcase_create("model");
	tcase_add_test(t, json_follows_the_grammar);
	tcase_add_test(t, every_value_is_in_every_format);
	tcase_add_test(t, html_escapes_what_a_guest_could_have_written);
	tcase_add_test(t, csv_quotes_commas_and_quotes);
	tcase_add_test(t, the_format_is_the_end_of_the_name);
	tcase_add_test(t, a_file_that_cannot_be_written_is_an_error);
	tcase_add_test(t, sites_count_and_grow);
	suite_add_tcase(suite, t);
	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
