/*
 * mkfont.c - build-time host tool: turns the drawn fonts (font_8x16.txt, font_8x8.txt) into assembler source for the ROM.
 *
 *   mkfont font_8x16.txt font_8x8.txt > fonts.S
 *
 * The format is described at the head of the font files. The 8x14 font is the 8x16 one without its first and last scan line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GLYPHS = 256, BAND = 8, MAX_HEIGHT = 16 };

struct font {
	const char *path;
	int height;
	unsigned char rows[GLYPHS][MAX_HEIGHT];
	int drawn[GLYPHS / BAND];
};

static void fail(const struct font *f, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", f->path, line, what);
	exit(1);
}

/* Eight groups of eight # or . characters, one blank between groups. */
static void parse_scan_line(struct font *f, int number, const char *text, int first, int y)
{
	for (int glyph = 0; glyph < BAND; glyph++) {
		unsigned bits = 0;

		for (int x = 0; x < 8; x++) {
			char c = *text++;

			if (c != '#' && c != '.')
				fail(f, number, "expected # or .");
			bits = bits << 1 | (c == '#');
		}
		f->rows[first + glyph][y] = (unsigned char)bits;
		if (*text != (glyph < BAND - 1 ? ' ' : '\0'))
			fail(f, number, "expected eight glyphs of eight dots");
		text++;
	}
}

static int parse_code(const struct font *f, int number, const char *text)
{
	char *end;
	long code = strtol(text, &end, 16);

	if (*end || end == text || code < 0 || code >= GLYPHS || code % BAND)
		fail(f, number, "expected the code of a band's first glyph");
	return (int)code;
}

static void font_read(struct font *f)
{
	char line[256];
	int number = 0, first = 0, y = -1;	/* y = -1: between bands */
	FILE *in = fopen(f->path, "r");

	if (!in) {
		perror(f->path);
		exit(1);
	}
	while (fgets(line, sizeof line, in)) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == ';' || line[0] == '\0')
			continue;
		if (y < 0) {
			first = parse_code(f, number, line);
			y = 0;
			continue;
		}
		parse_scan_line(f, number, line, first, y);
		if (++y == f->height) {
			f->drawn[first / BAND] = 1;
			y = -1;
		}
	}
	fclose(in);
	for (int band = 0; band < GLYPHS / BAND; band++)
		if (!f->drawn[band])
			fail(f, number, "a band is missing or incomplete");
}

static void font_print(const struct font *f, const char *label, int from, int height)
{
	printf("\n\t.globl\t%s\n%s:\n", label, label);
	for (int code = 0; code < GLYPHS; code++) {
		for (int y = 0; y < height; y++)
			printf("%s0x%02x", y ? ", " : "\t.byte\t", f->rows[code][from + y]);
		printf("\t/* %02X */\n", code);
	}
}

int main(int argc, char **argv)
{
	static struct font tall = { .height = 16 }, small = { .height = 8 };

	if (argc != 3) {
		fprintf(stderr, "usage: mkfont FONT_8X16 FONT_8X8\n");
		return 2;
	}
	tall.path = argv[1];
	small.path = argv[2];
	font_read(&tall);
	font_read(&small);
	printf("\t.section .rodata.fonts, \"a\"\n");
	font_print(&tall, "font_8x16", 0, 16);
	font_print(&tall, "font_8x14", 1, 14);
	font_print(&small, "font_8x8", 0, 8);
	printf("\n\t.globl\tfont_no_alternates\nfont_no_alternates:\n\t.byte\t0\n");
	printf("\t.section .note.GNU-stack, \"\", @progbits\n");
	return 0;
}
