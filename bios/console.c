/*
 * Text out: the screen through INT 10h AH=0Eh, and the debug port, E9h (Bochs) or 402h (QEMU's debugcon), whichever
 * answers E9h when read. Without either, nothing is written.
 */
#include "debug.h"

#include "io.h"

#define TO_SCREEN 1

static void debug_char(char c)
{
	if (inb(0xe9) == 0xe9)
		outb(0xe9, (u8)c);
	else if (inb(0x402) == 0xe9)
		outb(0x402, (u8)c);
}

static void screen_char(char c)
{
	struct regs r = { .eax = 0x0e00 | (u8)c, .ebx = 7 };

	call_int(0x10, &r);
}

static void put(int where, char c)
{
	debug_char(c);
	if (where != TO_SCREEN)
		return;
	if (c == '\n')
		screen_char('\r');
	screen_char(c);
}

static void put_number(int where, u32 value, u32 base)
{
	char digits[10];
	int n = 0;

	do {
		u32 digit = value % base;
		digits[n++] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
		value /= base;
	} while (value);
	while (n)
		put(where, digits[--n]);
}

static void print(int where, const char ROM *f, __builtin_va_list args)
{
	for (; *f; f++) {
		if (*f != '%') {
			put(where, *f);
			continue;
		}
		switch (*++f) {
		case 's':
			for (const char ROM *s = __builtin_va_arg(args, const char ROM *); *s; s++)
				put(where, *s);
			break;
		case 'S':
			for (const char *s = __builtin_va_arg(args, const char *); *s; s++)
				put(where, *s);
			break;
		case 'u':
			put_number(where, __builtin_va_arg(args, u32), 10);
			break;
		case 'x':
			put_number(where, __builtin_va_arg(args, u32), 16);
			break;
		case 'c':
			put(where, (char)__builtin_va_arg(args, int));
			break;
		}
	}
}

void screen_print(const char ROM *format, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, format);
	print(TO_SCREEN, format, args);
	__builtin_va_end(args);
}

void debug_print(const char ROM *format, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, format);
	print(0, format, args);
	__builtin_va_end(args);
}
