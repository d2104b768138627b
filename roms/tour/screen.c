/*
 * screen.c - the tour's screens: 80 x 25 text, a title bar, one framed panel, a bar of keys; mirrored as text to port E9h.
 *
 * Text may change colour: ^n normal, ^w value, ^y heading, ^g good, ^r bad, ^c quiet. Formats: %x %h %b hexadecimal of 8, 4, 2 digits, %d
 * decimal, %s string, %NNt move to column NN of the panel.
 */
#include "tour.h"

enum { COLS = 80, ROWS = 25, TOP = 2, BOTTOM = 23, LEFT = 2, RIGHT = 78 };
enum { BAR = 0x70, BAR_KEY = 0x74, FRAME = 0x1B, TITLE = 0x1F, NORMAL = 0x17, VALUE = 0x1F, HEADING = 0x1E, GOOD = 0x1A, BAD = 0x1C, QUIET = 0x13 };

static u8 row, column, colour;
static u32 clipped;	/* characters that found no room: the log says so */
static char processor[49];

static volatile u16 *cell(u32 r, u32 c)
{
	return (volatile u16 *)0xB8000 + r * COLS + c;
}

static void put(u32 r, u32 c, u8 ch, u8 attribute)
{
	*cell(r, c) = (u16)(ch | attribute << 8);
}

static void fill(u32 r, u32 first, u32 last, u8 ch, u8 attribute)
{
	for (; first <= last; first++)
		put(r, first, ch, attribute);
}

static u32 length(const char *s)
{
	u32 n = 0;

	while (s[n])
		n++;
	return n;
}

/* Text in a bar: what stands between < and > is a key. */
static void bar_text(u32 r, u32 c, const char *s)
{
	u8 attribute = BAR;

	for (; *s; s++) {
		if (*s == '<')
			attribute = BAR_KEY;
		else if (*s == '>')
			attribute = BAR;
		else
			put(r, c++, (u8)*s, attribute);
	}
}

/* Keeps a tidy copy: no leading, trailing or double blanks. */
void screen_processor(const char *name)
{
	u32 n = 0;

	for (; *name && n < sizeof processor - 1; name++) {
		if (*name == ' ' && (n == 0 || processor[n - 1] == ' '))
			continue;
		processor[n++] = *name;
	}
	while (n && processor[n - 1] == ' ')
		n--;
	processor[n] = '\0';
}

static void frame_draw(const char *title)
{
	u32 r, n = length(title);

	for (r = TOP; r <= BOTTOM; r++) {
		fill(r, 1, 78, ' ', NORMAL);
		put(r, 0, 0xBA, FRAME);
		put(r, 79, 0xBA, FRAME);
	}
	fill(TOP, 1, 78, 0xCD, FRAME);
	fill(BOTTOM, 1, 78, 0xCD, FRAME);
	put(TOP, 0, 0xC9, FRAME);
	put(TOP, 79, 0xBB, FRAME);
	put(BOTTOM, 0, 0xC8, FRAME);
	put(BOTTOM, 79, 0xBC, FRAME);
	put(TOP, 2, 0xB5, FRAME);
	put(TOP, 3, ' ', TITLE);
	for (r = 0; r < n; r++)
		put(TOP, 4 + r, (u8)title[r], TITLE);
	put(TOP, 4 + n, ' ', TITLE);
	put(TOP, 5 + n, 0xC6, FRAME);
}

static void cursor_hide(void)
{
	outb(0x3D4, 0x0A);
	outb(0x3D5, 0x20);
}

static void log_text(const char *s)
{
	while (*s)
		outb(0xE9, (u8)*s++);
}

void screen_begin(const char *title, const char *footer)
{
	u32 r;

	cursor_hide();
	fill(0, 0, COLS - 1, ' ', BAR);
	bar_text(0, 2, "Tandem - a tour of the processor");
	bar_text(0, COLS - 2 - length(processor), processor);
	for (r = 1; r < ROWS - 1; r++)
		fill(r, 0, COLS - 1, ' ', NORMAL);
	frame_draw(title);
	fill(ROWS - 1, 0, COLS - 1, ' ', BAR);
	bar_text(ROWS - 1, 2, footer);
	row = TOP + 1;
	clipped = 0;
	column = LEFT;
	colour = NORMAL;
	log_text("\n== ");
	log_text(title);
	log_text("\n");
}

/* ---- say() -------------------------------------------------------------------------------------------------------- */
static void say_char(u8 ch)
{
	if (ch == '\n') {
		row++;
		column = LEFT;
		return;
	}
	if (column < RIGHT && row < BOTTOM)
		put(row, column++, ch, colour);
	else
		clipped++;
}

static u8 colour_of(char letter)
{
	switch (letter) {
	case 'w': return VALUE;
	case 'y': return HEADING;
	case 'g': return GOOD;
	case 'r': return BAD;
	case 'c': return QUIET;
	default: return NORMAL;
	}
}

/* Text with colour changes, no formats. */
static void say_string(const char *s)
{
	for (; *s; s++) {
		if (*s == '^')
			colour = colour_of(*++s);
		else
			say_char((u8)*s);
	}
}

static void say_hex(u32 value, u32 digits)
{
	while (digits--)
		say_char((u8)"0123456789ABCDEF"[value >> (4 * digits) & 15]);
}

static void say_decimal(u32 value)
{
	char digits[11];
	u32 n = sizeof digits - 1;

	digits[n] = '\0';
	do
		digits[--n] = (char)('0' + value % 10);
	while (value /= 10);
	say_string(digits + n);
}

void say(const char *format, ...)
{
	__builtin_va_list args;
	u32 number;

	__builtin_va_start(args, format);
	for (; *format; format++) {
		if (*format == '^') {
			colour = colour_of(*++format);
			continue;
		}
		if (*format != '%') {
			say_char((u8)*format);
			continue;
		}
		for (number = 0, format++; *format >= '0' && *format <= '9'; format++)
			number = number * 10 + (u32)(*format - '0');
		switch (*format) {
		case 'x': say_hex(__builtin_va_arg(args, u32), 8); break;
		case 'h': say_hex(__builtin_va_arg(args, u32), 4); break;
		case 'b': say_hex(__builtin_va_arg(args, u32), 2); break;
		case 'd': say_decimal(__builtin_va_arg(args, u32)); break;
		case 's': say_string(__builtin_va_arg(args, const char *)); break;
		case 't': column = (u8)(LEFT + number); break;
		default: say_char((u8)*format);
		}
	}
	__builtin_va_end(args);
	colour = NORMAL;
}

/* The panel's lines to the debug console, without the frame and trailing blanks. */
void screen_end(void)
{
	u32 r, c, end;

	for (r = TOP + 1; r < BOTTOM; r++) {
		for (end = RIGHT; end > LEFT && (*cell(r, end - 1) & 0xFF) == ' '; end--)
			;
		if (end == LEFT)
			continue;
		for (c = LEFT; c < end; c++)
			outb(0xE9, (u8)*cell(r, c));
		outb(0xE9, '\n');
	}
	if (clipped)
		log_text("(some of the text found no room on this screen)\n");
}

/* An exception that no stop expects: show it and stay. */
void panic(const struct frame *f)
{
	screen_begin("An exception that nobody asked for", "The tour has stopped.");
	say("\n^rvector %b (%s)^n  error code ^w%x^n\n", f->vector, vector_name(f->vector), f->error);
	say("CS:EIP ^w%h:%x^n  EFLAGS ^w%x\n", f->cs & 0xFFFF, f->eip, f->eflags);
	screen_end();
	for (;;)
		__asm__ volatile("cli\n\thlt");
}
