/* Text for people: console.c. */
#ifndef BIOS_DEBUG_H
#define BIOS_DEBUG_H

#include "types.h"

/*
 * Both know %s (a ROM string), %S (a string on the stack), %u, %x (32 bits), %c and nothing else. screen_print goes to the
 * screen by INT 10h and to the debug port, debug_print to the debug port only.
 */
void screen_print(const char ROM *format, ...);
void debug_print(const char ROM *format, ...);

#define SCREEN(text, ...) screen_print(ROMSTR(text), ##__VA_ARGS__)
#define DEBUG(text, ...) debug_print(ROMSTR(text), ##__VA_ARGS__)

#endif
