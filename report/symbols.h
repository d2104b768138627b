/* symbols.h - names for addresses, from a file that a linker left. */
#ifndef REPORT_SYMBOLS_H
#define REPORT_SYMBOLS_H

#include "base/types.h"

struct symbols;

/* Reads System.map (or nm's output), an ELF file's symbol table, or a linker's map; see symbols.c. `spec` is FILE or
 * FILE@BASE: BASE is added to each address. NULL with "file: reason" in `error` (512 bytes). */
struct symbols *symbols_load(const char *spec, char *error);
/* The same from memory. */
struct symbols *symbols_parse(const u8 *data, size_t size, u64 base, const char *name, char *error);
void symbols_free(struct symbols *s);

int symbols_count(const struct symbols *s);
/* "name" or "name+1f" of the nearest symbol at or below (within 1 MB); "" when there is none, or s is NULL. */
const char *symbols_name(const struct symbols *s, u64 address, char *buf, size_t size);

#endif
