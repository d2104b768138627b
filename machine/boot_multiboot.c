/* boot_multiboot.c - a kernel by the Multiboot Specification 0.6.96 (version 1).
 *
 * ELF32 files, and others that give their addresses in the header ("a.out kludge"). The kernel gets: memory sizes and
 * map (from the option ROM), command line, modules, loader name, and, when it asks for a video mode, the EGA text screen
 * that is there. Not here: graphics modes, symbols, drives, configuration table, APM.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "machine/boot.h"

#define HEADER_SEARCH 8192
#define HEADER_MAGIC 0x1badb002u
#define ENTRY_MAGIC 0x2badb002u
#define FLAG_PAGE_ALIGN 0x1u
#define FLAG_MEMORY 0x2u
#define FLAG_VIDEO 0x4u
#define FLAG_ADDRESSES 0x10000u
#define FLAGS_KNOWN (FLAG_PAGE_ALIGN | FLAG_MEMORY | FLAG_VIDEO)

/* The information structure (3.3): offsets; the memory map, sizes and their flags are the ROM's. */
#define INFO_FLAGS 0
#define INFO_CMDLINE 16
#define INFO_MODS_COUNT 20
#define INFO_MODS_ADDR 24
#define INFO_LOADER_NAME 64
#define INFO_FB_ADDR 88
#define INFO_FB_PITCH 96
#define INFO_FB_WIDTH 100
#define INFO_FB_HEIGHT 104
#define INFO_FB_BPP 108
#define INFO_FB_TYPE 109
#define HAS_CMDLINE BIT(2)
#define HAS_MODS BIT(3)
#define HAS_LOADER_NAME BIT(9)
#define HAS_FRAMEBUFFER BIT(12)

#define INFO_SIZE 4096
#define MODS_AT 0x100
#define MODS_MAX 64
#define MOD_SIZE 16
#define TEXTS_SIZE (BOOT_LOW_END - BOOT_TEXTS)

/* A kernel may lie here below 1 MB: above the BIOS's data, below the ROM's workplace. */
#define LOW_FIRST 0x1000u

/* ELF32 (System V ABI, chapter 4) */
#define ELF_TYPE 16
#define ELF_ENTRY 24
#define ELF_PHOFF 28
#define ELF_PHENTSIZE 42
#define ELF_PHNUM 44
#define PH_SIZE 32
#define PT_LOAD 1

struct multiboot {
	struct machine *m;
	const char *path;
	const u8 *file;
	u64 size;
	const u8 *header;
	u32 top; /* first free address above everything loaded */
	u8 *info, *texts;
	u32 texts_used;
};

static const u8 *find_header(const u8 *file, u64 size)
{
	for (u64 at = 0; at + 12 <= size && at + 12 <= HEADER_SEARCH; at += 4)
		if (load32(file + at) == HEADER_MAGIC && load32(file + at) + load32(file + at + 4) + load32(file + at + 8) == 0)
			return file + at;
	return NULL;
}

bool boot_is_multiboot(const u8 *file, u64 size)
{
	return find_header(file, size) != NULL;
}

/* ---- the kernel ---------------------------------------------------------------------------------------- */

static int add_segment(struct multiboot *k, u64 offset, u64 filesz, u64 memsz, u32 address, char *error)
{
	u64 ram = (u64)k->m->config.ram_mb << 20;
	if (memsz < filesz)
		memsz = filesz;
	if (!memsz)
		return 0;
	if (filesz && (offset > k->size || filesz > k->size - offset))
		return boot_fail(error, k->path, "the kernel is cut off");
	if (address + memsz > ram)
		return boot_fail(error, k->path, "a segment at %#x ends above the %u MB of memory (-m)", address, k->m->config.ram_mb);
	if (address < LOW_FIRST || (address < 0x100000 && address + memsz > BOOT_ROM_BASE))
		return boot_fail(error, k->path, "a segment at %#x is where the BIOS has its data", address);
	u8 *copy = boot_add_copy(k->m, NULL, memsz, address, error);
	if (!copy)
		return -1;
	memcpy(copy, k->file + offset, filesz);
	if (address + memsz > k->top)
		k->top = (u32)(address + memsz);
	return 0;
}

static int load_elf(struct multiboot *k, char *error)
{
	const u8 *f = k->file;
	u32 phoff = load32(f + ELF_PHOFF), entry = load32(f + ELF_ENTRY);
	u16 phnum = load16(f + ELF_PHNUM), phentsize = load16(f + ELF_PHENTSIZE);
	if (phentsize < PH_SIZE || phoff > k->size || (u64)phnum * phentsize > k->size - phoff)
		return boot_fail(error, k->path, "the ELF program headers are damaged");
	k->m->boot->plan.entry = entry;
	for (u16 i = 0; i < phnum; i++) {
		const u8 *ph = f + phoff + (u32)i * phentsize;
		u32 vaddr = load32(ph + 8), paddr = load32(ph + 12), memsz = load32(ph + 20);
		if (load32(ph) != PT_LOAD)
			continue;
		if (entry - vaddr < memsz) /* the entry point is a virtual address */
			k->m->boot->plan.entry = entry - vaddr + paddr;
		if (add_segment(k, load32(ph + 4), load32(ph + 16), memsz, paddr, error))
			return -1;
	}
	return k->top ? 0 : boot_fail(error, k->path, "the ELF file has nothing to load");
}

/* 3.1.3, the address fields */
static int load_by_addresses(struct multiboot *k, char *error)
{
	if (k->header + 32 > k->file + k->size)
		return boot_fail(error, k->path, "the kernel is cut off");
	u32 header = load32(k->header + 12), load = load32(k->header + 16), load_end = load32(k->header + 20);
	u32 bss_end = load32(k->header + 24), at = (u32)(k->header - k->file);
	if (load > header || header - load > at)
		return boot_fail(error, k->path, "the load address in the Multiboot header is wrong");
	u32 offset = at - (header - load);
	u64 filesz = load_end ? (u64)load_end - load : k->size - offset;
	if ((load_end && load_end < load) || (bss_end && bss_end < load))
		return boot_fail(error, k->path, "the addresses in the Multiboot header are wrong");
	k->m->boot->plan.entry = load32(k->header + 28);
	return add_segment(k, offset, filesz, bss_end ? (u64)bss_end - load : 0, load, error);
}

static int load_kernel(struct multiboot *k, char *error)
{
	u32 flags = load32(k->header + 4);
	if (flags & 0xffff & ~FLAGS_KNOWN)
		return boot_fail(error, k->path, "needs Multiboot features that are not there (flags %#x)", flags);
	if (flags & FLAG_ADDRESSES)
		return load_by_addresses(k, error);
	if (k->size < 52 || memcmp(k->file, "\177ELF\1\1", 6) || load16(k->file + 18) != 3)
		return boot_fail(error, k->path, "a Multiboot kernel that is neither ELF32 for the 80386 nor has load addresses");
	return load_elf(k, error);
}

/* ---- what it is told -------------------------------------------------------------------------------------- */

/* Address of a copy of the text, 0 with `error`. */
static u32 put_text(struct multiboot *k, const char *text, size_t len, char *error)
{
	u32 at = k->texts_used;
	if (len >= TEXTS_SIZE - at) {
		boot_fail(error, k->path, "command lines are too long (%d characters at most)", TEXTS_SIZE);
		return 0;
	}
	memcpy(k->texts + at, text, len);
	k->texts_used += (u32)len + 1;
	return BOOT_TEXTS + at;
}

static int put_cmdline(struct multiboot *k, char *error)
{
	const char *append = k->m->config.append;
	char text[TEXTS_SIZE];
	int n = snprintf(text, sizeof text, "%s%s%s", k->path, append ? " " : "", append ? append : "");
	u32 at = put_text(k, text, (size_t)n, error);
	store32(k->info + INFO_CMDLINE, at);
	return at ? 0 : -1;
}

/* One "file arguments" of -initrd, of `len` characters. */
static int add_module(struct multiboot *k, const char *text, size_t len, u32 n, char *error)
{
	char path[1024];
	u8 *data, *copy, *entry = k->info + MODS_AT + n * MOD_SIZE;
	u64 size;
	size_t name = strcspn(text, " ");
	snprintf(path, sizeof path, "%.*s", (int)(name < len ? name : len), text);
	if (n == MODS_MAX)
		return boot_fail(error, path, "too many modules (%d at most)", MODS_MAX);
	if (boot_read_file(path, &data, &size, error))
		return -1;
	u32 start = (k->top + 0xfff) & ~0xfffu;
	bool fits = start + size <= (u64)k->m->config.ram_mb << 20;
	copy = fits ? boot_add_copy(k->m, data, size, start, error) : NULL;
	free(data);
	if (!fits)
		return boot_fail(error, path, "does not fit into memory behind the kernel (-m)");
	k->top = start + (u32)size;
	store32(entry, start);
	store32(entry + 4, k->top);
	store32(entry + 8, put_text(k, text, len, error));
	store32(k->info + INFO_MODS_COUNT, n + 1);
	return copy && load32(entry + 8) ? 0 : -1;
}

static int add_modules(struct multiboot *k, char *error)
{
	const char *text = k->m->config.initrd;
	if (k->top < 0x100000)
		k->top = 0x100000;
	store32(k->info + INFO_MODS_ADDR, BOOT_INFO + MODS_AT);
	for (u32 n = 0; text; n++) {
		size_t len = strcspn(text, ",");
		if (add_module(k, text, len, n, error))
			return -1;
		text = text[len] ? text + len + 1 : NULL;
	}
	return 0;
}

static void put_screen(u8 *info)
{
	store64(info + INFO_FB_ADDR, 0xb8000);
	store32(info + INFO_FB_PITCH, 160);
	store32(info + INFO_FB_WIDTH, 80);
	store32(info + INFO_FB_HEIGHT, 25);
	info[INFO_FB_BPP] = 16;
	info[INFO_FB_TYPE] = 2; /* EGA text */
}

static int put_info(struct multiboot *k, char *error)
{
	u32 flags = HAS_CMDLINE | HAS_MODS | HAS_LOADER_NAME;
	k->texts_used = 0;
	u32 name = put_text(k, "Tandem", 6, error);
	store32(k->info + INFO_LOADER_NAME, name);
	if (load32(k->header + 4) & FLAG_VIDEO) {
		put_screen(k->info);
		flags |= HAS_FRAMEBUFFER;
	}
	store32(k->info + INFO_FLAGS, flags);
	return put_cmdline(k, error) || add_modules(k, error) ? -1 : 0;
}

int boot_multiboot(struct machine *m, char *error)
{
	struct boot_image *b = m->boot;
	struct multiboot k = {.m = m, .path = m->config.kernel, .file = b->kernel, .size = b->kernel_size};
	k.header = find_header(k.file, k.size);
	b->plan.kind = BOOT_MULTIBOOT;
	b->plan.eax = ENTRY_MAGIC;
	b->plan.ebx = BOOT_INFO;
	k.info = boot_add_copy(m, NULL, INFO_SIZE, BOOT_INFO, error); /* part 1 */
	k.texts = k.info ? boot_add_copy(m, NULL, TEXTS_SIZE, BOOT_TEXTS, error) : NULL;
	if (!k.texts || load_kernel(&k, error))
		return -1;
	return put_info(&k, error);
}
