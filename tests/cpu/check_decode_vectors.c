/* check_decode_vectors.c - the decoder against single instructions recorded on a real
 * Intel processor (STV vectors, $TANDEM_SHARED/vectors/README.md): an instruction
 * that executed, or raised anything but #UD, is valid and as long as recorded; one
 * of group `ud` is undefined. Skipped where the vectors are absent.
 */
#include "cpu/insn.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { EXC_NONE = 0xff, EXC_UD = 6, EXC_GP = 13, HEADER_MAX = 1 << 16 };

struct vector {
	u8 code[16], length, exception;
	const char *set; /* instruction set */
};

struct file {
	gzFile gz;
	u8 mode; /* 1 p16, 2 p32, 3 s32, 4 p64 */
	u32 count;
	char (*sets)[16];
	u8 record[65536];
};

struct tally {
	long vectors, agree, undefined, other_set, at_run_time, partial, wrong;
};

static u32 get16(const u8 *p)
{
	return p[0] | (u32)p[1] << 8;
}

static bool open_file(struct file *f, const char *path)
{
	static const u32 fixed = 112;
	u8 *h = calloc(1, HEADER_MAX);
	f->gz = gzopen(path, "rb");
	if (f->gz == NULL || h == NULL || gzread(f->gz, h, fixed) != (int)fixed || memcmp(h, "STV1", 4) != 0) {
		free(h);
		return false;
	}
	u32 length = get16(h + 6), at = fixed + 16u * h[9] + 10u * h[10], mnemonics = get16(h + 80);
	if (gzread(f->gz, h + fixed, length - fixed) != (int)(length - fixed)) {
		free(h);
		return false;
	}
	f->mode = h[8];
	f->count = get16(h + 12) | get16(h + 14) << 16;
	f->sets = calloc(mnemonics, sizeof *f->sets);
	for (u32 i = 0; i < mnemonics && f->sets != NULL; i++) {
		at += 1u + h[at];
		memcpy(f->sets[i], h + at + 1, h[at] < 15 ? h[at] : 15);
		at += 1u + h[at];
	}
	free(h);
	return f->sets != NULL;
}

/* Size of a state field (README section 3) */
static u32 field_size(u32 field, u32 mode)
{
	u32 word = mode == 4 ? 8 : 4;
	if (field <= 16 || field == 30 || field == 31)
		return word;
	if (field == 24 || field == 25)
		return 8;
	if (field == 17 || field == 32)
		return 4;
	return field >= 48 ? 16 : field >= 40 ? 10 : field == 28 ? 1 : 2;
}

static bool next_vector(struct file *f, struct vector *v)
{
	u8 size[2];
	if (gzread(f->gz, size, 2) != 2 || gzread(f->gz, f->record, get16(size)) != (int)get16(size))
		return false;
	const u8 *p = f->record + 11; /* mnemonic 2, flags 1, length 1, region 1, offset 2, seed 4 */
	v->set = f->sets[get16(f->record)];
	v->length = f->record[3];
	memcpy(v->code, p, v->length <= 16 ? v->length : 16);
	p += v->length;
	for (u32 n = *p++; n > 0; n--)
		p += 1 + field_size(*p, f->mode);
	for (u32 n = *p++; n > 0; n--)
		p += 5 + get16(p + 3);
	v->exception = *p;
	return true;
}

/* Sets without rows in the table, VEX encoded or later than it */
static bool other_set(const char *set)
{
	static const char *const others[] = { "INVPCID", "RDWRFSGS" };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strcmp(set, others[i]) == 0)
			return true;
	return false;
}

/* Valid encodings that raise #UD when they run: UD0-2 always, these at CPL 3 or outside SMM */
static bool undefined_at_run_time(const struct insn *s)
{
	return s->op == OP_UD || s->op == OP_MONITOR || s->op == OP_MWAIT || s->op == OP_RSM;
}

static void check_vector(const struct vector *v, enum decode_mode mode, struct tally *t)
{
	struct insn s;
	enum decode_result r = decode(v->code, v->length, mode, &s);
	t->vectors++;
	if (other_set(v->set)) {
		t->other_set++;
	} else if (r == DEC_MORE && v->exception != EXC_NONE && v->exception != EXC_UD) {
		t->partial++; /* the instruction runs into the end of the page or segment */
	} else if (r == DEC_TOO_LONG && v->length > 15 && v->exception == EXC_GP) {
		t->agree++;
	} else if (r == DEC_UD && v->exception == EXC_UD) {
		t->agree++;
		t->undefined++;
	} else if (r == DEC_OK && s.len == v->length && v->exception != EXC_UD) {
		t->agree++;
	} else if (r == DEC_OK && undefined_at_run_time(&s)) {
		t->at_run_time++;
	} else {
		t->wrong++;
		fprintf(stderr, "exception %d, decode %d, length %d of %d:", v->exception, r, s.len, v->length);
		for (int i = 0; i < v->length; i++)
			fprintf(stderr, " %02x", v->code[i]);
		fprintf(stderr, " (%s)\n", v->set);
	}
}

static struct tally check_set(const char *name, const char *group)
{
	char pattern[512];
	const char *shared = getenv("TANDEM_SHARED");
	struct tally t = { 0 };
	glob_t files;
	snprintf(pattern, sizeof pattern, "%s/vectors/%s/%s.stv.gz", shared ? shared : "../shared", name, group);
	if (glob(pattern, 0, NULL, &files) != 0)
		return t;
	struct file *f = calloc(1, sizeof *f);
	for (size_t i = 0; f != NULL && i < files.gl_pathc; i++) {
		static const enum decode_mode modes[] = { DEC_16, DEC_16, DEC_32, DEC_32, DEC_64 };
		struct vector v;
		ck_assert_msg(open_file(f, files.gl_pathv[i]) && f->mode <= 4, "%s", files.gl_pathv[i]);
		u32 n = 0;
		for (; next_vector(f, &v); n++)
			check_vector(&v, modes[f->mode], &t);
		ck_assert_uint_eq(n, f->count);
		gzclose(f->gz);
		free(f->sets);
	}
	free(f);
	globfree(&files);
	printf("%s/%s: %ld vectors, %ld agree (%ld undefined), %ld #UD at run time, %ld cut short, %ld of other sets, %ld wrong\n",
		name, group, t.vectors, t.agree, t.undefined, t.at_run_time, t.partial, t.other_set, t.wrong);
	return t;
}

static const char *const sets[] = { "p16", "p32", "s32", "p64" };

START_TEST(validity_and_length_are_the_processors)
{
	ck_assert_int_eq(check_set(sets[_i], "*").wrong, 0);
}
END_TEST

START_TEST(undefined_encodings_are_undefined)
{
	struct tally t = check_set(sets[_i], "ud");
	ck_assert_int_eq(t.wrong, 0);
}
END_TEST

static bool has_vectors(void)
{
	const char *shared = getenv("TANDEM_SHARED");
	char path[512];
	snprintf(path, sizeof path, "%s/vectors/p32", shared ? shared : "../shared");
	return access(path, R_OK) == 0;
}

int main(void)
{
	if (!has_vectors()) {
		puts("skipped: no vectors");
		return 77;
	}
	Suite *suite = suite_create("decode_vectors");
	TCase *tc = tcase_create("vectors");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, validity_and_length_are_the_processors, 0, ARRAY_LEN(sets));
	tcase_add_loop_test(tc, undefined_encodings_are_undefined, 0, ARRAY_LEN(sets));
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
