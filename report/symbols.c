/* symbols.c - names for addresses.
 *
 *   ELF            the symbol table (gABI chapter 4), 32 or 64 bits, little-endian; sections, files and undefined
 *                  symbols are left out
 *   System.map, nm "c0100000 T startup_32"
 *   GNU ld map     "                0x00007c00                start"
 *   link, wlink    "0001:00000010  _main  00401010 f": the address at the end, or else segment * 16 + offset
 *
 * Not here: debug information, relocatable objects (their addresses mean nothing), compressed files.
 */
#include "report/symbols.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define FARTHEST (1u << 20)
#define FILE_MAX (256u << 20)
#define NAME_MAX_LEN 128

struct symbol {
	u64 address;
	u32 name; /* offset in names */
	u32 order;
};

struct symbols {
	struct symbol *list;
	int n, room;
	char *names;
	size_t names_size, names_room;
	u64 base;
	bool no_memory;
};

static void add(struct symbols *s, u64 address, const char *name, size_t len)
{
	len = len < NAME_MAX_LEN ? len : NAME_MAX_LEN;
	if (s->n == s->room) {
		int room = s->room ? 2 * s->room : 256;
		struct symbol *list = realloc(s->list, (size_t)room * sizeof *list);
		if (!list) {
			s->no_memory = true;
			return;
		}
		s->list = list;
		s->room = room;
	}
	if (s->names_size + len + 1 > s->names_room) {
		size_t room = 2 * s->names_room + len + 4096;
		char *names = realloc(s->names, room);
		if (!names) {
			s->no_memory = true;
			return;
		}
		s->names = names;
		s->names_room = room;
	}
	s->list[s->n] = (struct symbol){address + s->base, (u32)s->names_size, (u32)s->n};
	s->n++;
	memcpy(s->names + s->names_size, name, len);
	s->names[s->names_size + len] = '\0';
	s->names_size += len + 1;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* ---- ELF ------------------------------------------------------------------------------------------------ */

enum { SHT_SYMTAB = 2, STT_SECTION = 3, STT_FILE = 4 };

struct image {
	const u8 *data;
	size_t size;
	bool is64;
};

struct section {
	u32 type, link;
	u64 offset, size;
};

/* Bytes [at, at + len) lie in the file. */
static bool inside(const struct image *e, u64 at, u64 len)
{
	return at <= e->size && len <= e->size - at;
}

static bool section(const struct image *e, u32 n, struct section *out)
{
	u64 table = e->is64 ? load64(e->data + 0x28) : load32(e->data + 0x20);
	u32 count = load16(e->data + (e->is64 ? 0x3c : 0x30));
	u64 each = e->is64 ? 64 : 40;
	if (n >= count || !inside(e, table, (u64)count * each))
		return false;
	const u8 *p = e->data + table + n * each;
	out->type = load32(p + 4);
	out->offset = e->is64 ? load64(p + 24) : load32(p + 16);
	out->size = e->is64 ? load64(p + 32) : load32(p + 20);
	out->link = load32(p + (e->is64 ? 40 : 24));
	return out->type != SHT_SYMTAB || inside(e, out->offset, out->size);
}

static void elf_symbol(struct symbols *s, const struct image *e, const struct section *names, const u8 *p)
{
	u32 name = load32(p);
	u64 value = e->is64 ? load64(p + 8) : load32(p + 4);
	int type = p[e->is64 ? 4 : 12] & 15;
	u16 where = load16(p + (e->is64 ? 6 : 14));
	if (where == 0 || type == STT_SECTION || type == STT_FILE || name >= names->size)
		return;
	const char *text = (const char *)e->data + names->offset + name;
	size_t len = strnlen(text, names->size - name);
	if (len && text[0] != '$')
		add(s, value, text, len);
}

static const char *read_elf(struct symbols *s, const u8 *data, size_t size)
{
	struct image e = {data, size, size > 4 && data[4] == 2};
	if (size < (e.is64 ? 64u : 52u) || data[5] != 1)
		return "not a little-endian ELF file";
	u32 count = load16(data + (e.is64 ? 0x3c : 0x30));
	for (u32 i = 0; i < count; i++) {
		struct section table, names;
		if (!section(&e, i, &table))
			return "the section table is damaged";
		if (table.type != SHT_SYMTAB)
			continue;
		if (!section(&e, table.link, &names) || !inside(&e, names.offset, names.size))
			return "the symbol table is damaged";
		u64 each = e.is64 ? 24 : 16;
		for (u64 at = 0; at + each <= table.size; at += each)
			elf_symbol(s, &e, &names, data + table.offset + at);
	}
	return NULL;
}

/* ---- lines of text --------------------------------------------------------------------------------------- */

#define WORDS 6

struct words {
	int n;
	const char *at[WORDS];
	size_t len[WORDS];
};

static void split(const char *line, size_t len, struct words *w)
{
	size_t i = 0;
	w->n = 0;
	while (w->n < WORDS) {
		while (i < len && isspace((unsigned char)line[i]))
			i++;
		if (i == len)
			return;
		w->at[w->n] = line + i;
		while (i < len && !isspace((unsigned char)line[i]))
			i++;
		w->len[w->n] = (size_t)(line + i - w->at[w->n]);
		w->n++;
	}
}

/* The whole word is hexadecimal, of `min` digits or more; 0x in front is allowed where `min` is 1. */
static bool hex(const char *word, size_t len, size_t min, u64 *out)
{
	u64 v = 0;
	if (min == 1 && len > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
		word += 2;
		len -= 2;
	}
	if (len < min || len > 16)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];
		if (!isxdigit(c))
			return false;
		v = v << 4 | (u64)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
	}
	*out = v;
	return true;
}

static bool is_name(const char *word, size_t len)
{
	return len > 0 && (isalpha((unsigned char)word[0]) || strchr("_.?@$", word[0])) && !memchr(word, '=', len) &&
	       !(len > 1 && word[0] == '.' && word[len - 1] == '.');
}

/* "SSSS:OOOO name [address ...]" */
static bool segmented(struct symbols *s, const struct words *w)
{
	const char *colon = memchr(w->at[0], ':', w->len[0]);
	u64 seg, off, address;
	if (!colon || w->n < 2)
		return false;
	size_t n = (size_t)(colon - w->at[0]);
	if (!hex(w->at[0], n, 4, &seg) || !hex(colon + 1, strspn(colon + 1, "0123456789abcdefABCDEF"), 4, &off) || !is_name(w->at[1], w->len[1]))
		return false;
	address = seg * 16 + off;
	if (w->n > 2)
		hex(w->at[2], w->len[2], 8, &address);
	add(s, address, w->at[1], w->len[1]);
	return true;
}

static void text_line(struct symbols *s, const char *line, size_t len)
{
	struct words w;
	u64 address;
	split(line, len, &w);
	if (w.n < 2 || segmented(s, &w))
		return;
	bool is_ld = w.len[0] > 2 && w.at[0][1] == 'x';
	if (!hex(w.at[0], w.len[0], is_ld ? 1 : 4, &address))
		return;
	if (is_ld) { /* "0x7c00 start"; "0x10 file.o" is a size, "0x7c00 . = ..." an assignment */
		if (w.n == 2 && is_name(w.at[1], w.len[1]) && !memchr(w.at[1], '/', w.len[1]) && line[0] == ' ')
			add(s, address, w.at[1], w.len[1]);
	} else if (w.n >= 3 && w.len[1] == 1 && isalpha((unsigned char)w.at[1][0])) {
		if (!strchr("UuN", w.at[1][0]))
			add(s, address, w.at[2], w.len[2]);
	} else if (w.n == 2 && is_name(w.at[1], w.len[1])) {
		add(s, address, w.at[1], w.len[1]);
	}
}

static void read_text(struct symbols *s, const char *text, size_t size)
{
	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;
		text_line(s, text, len);
		size -= end ? len + 1 : len;
		text += end ? len + 1 : len;
	}
}

/* ---- loading ------------------------------------------------------------------------------------------------ */

static struct symbols *give_up(struct symbols *s, const char *name, const char *why, char *error)
{
	snprintf(error, 512, "%.300s: %s", name, why);
	symbols_free(s);
	return NULL;
}

struct symbols *symbols_parse(const u8 *data, size_t size, u64 base, const char *name, char *error)
{
	struct symbols *s = calloc(1, sizeof *s);
	const char *why = NULL;
	if (!s)
		return give_up(s, name, "not enough memory", error);
	s->base = base;
	if (size > 4 && !memcmp(data, "\177ELF", 4))
		why = read_elf(s, data, size);
	else
		read_text(s, (const char *)data, size);
	if (s->no_memory)
		why = "not enough memory";
	if (!why && !s->n)
		why = "no symbols in it (System.map, ELF or a linker's map)";
	if (why)
		return give_up(s, name, why, error);
	qsort(s->list, (size_t)s->n, sizeof *s->list, by_address);
	return s;
}

static u8 *read_file(const char *path, size_t *size, const char **why)
{
	FILE *f = fopen(path, "re");
	u8 *data = NULL;
	size_t room = 0, n = 0;
	*why = NULL;
	if (!f) {
		*why = strerror(errno);
		return NULL;
	}
	do {
		room = room ? 2 * room : 65536;
		u8 *more = room > FILE_MAX ? NULL : realloc(data, room);
		if (!more) {
			*why = "too large";
			break;
		}
		data = more;
		n += fread(data + n, 1, room - n, f);
	} while (n == room);
	if (ferror(f))
		*why = errno ? strerror(errno) : "cannot be read";
	fclose(f);
	if (*why) {
		free(data);
		return NULL;
	}
	*size = n;
	return data;
}

struct symbols *symbols_load(const char *spec, char *error)
{
	char path[512];
	const char *why = NULL, *at = strrchr(spec, '@');
	u64 base = 0;
	size_t size = 0, n = strlen(spec);
	if (at && hex(at + 1, strlen(at + 1), 1, &base))
		n = (size_t)(at - spec);
	if (n >= sizeof path)
		return give_up(NULL, spec, "the name is too long", error);
	snprintf(path, sizeof path, "%.*s", (int)n, spec);
	u8 *data = read_file(path, &size, &why);
	if (!data)
		return give_up(NULL, path, why, error);
	struct symbols *s = symbols_parse(data, size, base, path, error);
	free(data);
	return s;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	free(s->list);
	free(s->names);
	free(s);
}

int symbols_count(const struct symbols *s)
{
	return s ? s->n : 0;
}

const char *symbols_name(const struct symbols *s, u64 address, char *buf, size_t size)
{
	int lo = 0, hi = symbols_count(s); /* list[lo - 1] is the last at or below */
	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;
		if (s->list[mid].address <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	buf[0] = '\0';
	if (!lo || address - s->list[lo - 1].address >= FARTHEST)
		return buf;
	u64 at = s->list[lo - 1].address;
	while (lo > 1 && s->list[lo - 2].address == at) /* of several names the first */
		lo--;
	const char *name = s->names + s->list[lo - 1].name;
	if (address == at)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%s+%llx", name, (unsigned long long)(address - at));
	return buf;
}
