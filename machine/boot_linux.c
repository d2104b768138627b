/* boot_linux.c - a Linux bzImage: "The Linux/x86 Boot Protocol" (Documentation/x86/boot.rst), 2.02 and later.
 *
 * The kernel is entered at its 32-bit entry point with a boot_params page; the option ROM fills in what only the BIOS
 * knows (memory map, screen). With `vga=` on the command line the kernel's own real-mode part is entered instead, which
 * sets the mode. Not here: zImages (loaded low), EFI hand-over, the 64-bit entry point.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "machine/boot.h"

/* The setup header: offsets in the file and, from 1F1h on, in boot_params. */
#define SETUP_SECTS 0x1f1
#define VID_MODE 0x1fa
#define BOOT_FLAG 0x1fe
#define JUMP 0x200
#define HEADER 0x202
#define VERSION 0x206
#define TYPE_OF_LOADER 0x210
#define LOADFLAGS 0x211
#define CODE32_START 0x214
#define RAMDISK_IMAGE 0x218
#define RAMDISK_SIZE 0x21c
#define HEAP_END_PTR 0x224
#define CMD_LINE_PTR 0x228
#define INITRD_ADDR_MAX 0x22c
#define CMDLINE_SIZE 0x238
#define PREF_ADDRESS 0x258
#define INIT_SIZE 0x260
#define HEADER_END 0x268

#define LOADED_HIGH 0x01
#define CAN_USE_HEAP 0x80

#define BOOT_PARAMS_SIZE 4096
#define KERNEL_BASE 0x100000u
/* The real-mode part with its heap and stack, and the command line behind them. */
#define REAL_BASE 0x20000u
#define REAL_HEAP_END 0xe000u
#define REAL_CMDLINE (REAL_BASE + REAL_HEAP_END)

bool boot_is_linux(const u8 *file, u64 size)
{
	return size > HEADER_END && load16(file + BOOT_FLAG) == 0xaa55 && !memcmp(file + HEADER, "HdrS", 4);
}

struct linux_file {
	const u8 *file;
	u32 setup_size; /* boot sector and setup code */
	u32 version;
	u64 size;
};

static int check_file(struct linux_file *k, const char *path, char *error)
{
	u32 sects = k->file[SETUP_SECTS] ? k->file[SETUP_SECTS] : 4;
	k->setup_size = (sects + 1) * 512;
	k->version = load16(k->file + VERSION);
	if (k->version < 0x202)
		return boot_fail(error, path, "boot protocol %u.%02u is too old (2.02 at least)", k->version >> 8, k->version & 0xff);
	if (!(k->file[LOADFLAGS] & LOADED_HIGH))
		return boot_fail(error, path, "a zImage, not a bzImage");
	return k->size <= k->setup_size ? boot_fail(error, path, "the kernel is cut off") : 0;
}

static u32 max_cmdline(const struct linux_file *k)
{
	u32 max = k->version >= 0x206 ? load32(k->file + CMDLINE_SIZE) : 255;
	return max > 4095 ? 4095 : max;
}

/* What the kernel occupies until it knows its memory map. */
static u64 kernel_end(const struct linux_file *k)
{
	u64 end = KERNEL_BASE + (k->size - k->setup_size);
	if (k->version >= 0x20a) {
		u64 own = load64(k->file + PREF_ADDRESS) + load32(k->file + INIT_SIZE);
		end = own > end ? own : end;
	}
	return end;
}

static int add_initrd(struct machine *m, const struct linux_file *k, char *error)
{
	struct boot_image *b = m->boot;
	const char *path = m->config.initrd;
	u64 ram = (u64)m->config.ram_mb << 20, end = kernel_end(k);
	u64 top = k->version >= 0x203 ? (u64)load32(k->file + INITRD_ADDR_MAX) + 1 : 0x38000000;
	top = top < ram ? top : ram;
	if (end > ram)
		return boot_fail(error, m->config.kernel, "needs %u MB of memory (-m)", (unsigned)((end + 0xfffff) >> 20));
	if (!path)
		return 0;
	if (boot_read_file(path, &b->initrd, &b->initrd_size, error))
		return -1;
	if (b->initrd_size > top || top - b->initrd_size < end)
		return boot_fail(error, path, "%u MB do not fit into memory behind the kernel (-m)",
				 (unsigned)((b->initrd_size + 0xfffff) >> 20));
	b->plan.highest = (u32)(top - 1);
	return boot_add(m, b->initrd, b->initrd_size, BOOT_HIGHEST, error);
}

/* Is there a word vga=...? Its value as VID_MODE takes it: a number, normal, ext or ask. */
static bool video_mode(const char *cmdline, u16 *mode)
{
	const char *at = cmdline;
	while ((at = strstr(at, "vga=")) && at != cmdline && at[-1] != ' ')
		at++;
	if (!at)
		return false;
	at += 4;
	if (!strncmp(at, "normal", 6))
		*mode = 0xffff;
	else if (!strncmp(at, "ext", 3))
		*mode = 0xfffe;
	else if (!strncmp(at, "ask", 3))
		*mode = 0xfffd;
	else
		*mode = (u16)strtoul(at, NULL, 0);
	return true;
}

static void fill_header(u8 *page, u32 cmdline)
{
	page[TYPE_OF_LOADER] = 0xff;
	store32(page + CMD_LINE_PTR, cmdline);
}

/* Part 1: boot_params; the ROM adds the initrd's place. */
static u8 *add_boot_params(struct machine *m, const struct linux_file *k, char *error)
{
	struct boot_plan *p = &m->boot->plan;
	u8 *page = boot_add_copy(m, NULL, BOOT_PARAMS_SIZE, BOOT_INFO, error);
	u32 end = HEADER + k->file[JUMP + 1];
	if (!page)
		return NULL;
	memcpy(page + SETUP_SECTS, k->file + SETUP_SECTS, (end < HEADER_END ? HEADER_END : end) - SETUP_SECTS);
	fill_header(page, BOOT_TEXTS);
	p->kind = BOOT_LINUX_32;
	p->entry = KERNEL_BASE;
	p->esi = BOOT_INFO;
	return page;
}

/* Part 1: boot sector and setup code. */
static u8 *add_setup(struct machine *m, const struct linux_file *k, u16 mode, char *error)
{
	u8 *setup = boot_add_copy(m, k->file, k->setup_size, REAL_BASE, error);
	if (!setup)
		return NULL;
	fill_header(setup, REAL_CMDLINE);
	setup[LOADFLAGS] |= CAN_USE_HEAP;
	store16(setup + HEAP_END_PTR, REAL_HEAP_END - 0x200);
	store16(setup + VID_MODE, mode);
	m->boot->plan.kind = BOOT_LINUX_16;
	m->boot->plan.entry = REAL_BASE >> 4;
	return setup;
}

int boot_linux(struct machine *m, char *error)
{
	struct boot_image *b = m->boot;
	struct linux_file k = {.file = b->kernel, .size = b->kernel_size};
	const char *cmdline = m->config.append ? m->config.append : "";
	u16 mode = 0xffff;
	if (check_file(&k, m->config.kernel, error))
		return -1;
	if (strlen(cmdline) > max_cmdline(&k))
		return boot_fail(error, "-append", "longer than the %u characters that this kernel takes", max_cmdline(&k));
	bool real = video_mode(cmdline, &mode) && k.setup_size <= REAL_HEAP_END / 2;
	u8 *header = real ? add_setup(m, &k, mode, error) : add_boot_params(m, &k, error);
	if (!header || !boot_add_copy(m, cmdline, strlen(cmdline) + 1, real ? REAL_CMDLINE : BOOT_TEXTS, error))
		return -1;
	if (boot_add(m, k.file + k.setup_size, k.size - k.setup_size, KERNEL_BASE, error) || add_initrd(m, &k, error))
		return -1;
	store32(header + RAMDISK_SIZE, (u32)b->initrd_size);
	return 0;
}
