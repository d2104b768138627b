/* boot.c - `-kernel`: reads the files, lets the format's loader lay them out, and plugs in the loader card.
 *
 * Everything that can be wrong with the files is found here, before the machine runs.
 */
#include "machine/boot.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "roms/roms.h"

#define FILE_MAX (1u << 30)

int boot_fail(char *error, const char *path, const char *format, ...)
{
	va_list args;
	int n = snprintf(error, MACHINE_ERROR, "%.300s: ", path);
	va_start(args, format);
	vsnprintf(error + n, (size_t)(MACHINE_ERROR - n), format, args);
	va_end(args);
	return -1;
}

static int read_all(FILE *f, u8 **out, u64 *size)
{
	u64 room = 1 << 20, n = 0;
	u8 *buf = malloc(room);
	while (buf) {
		size_t got = fread(buf + n, 1, room - n, f);
		n += got;
		if (n < room || n > FILE_MAX)
			break;
		u8 *more = realloc(buf, room *= 2);
		if (!more)
			free(buf);
		buf = more;
	}
	*out = buf;
	*size = n;
	return buf ? 0 : -1;
}

int boot_read_file(const char *path, u8 **out, u64 *size, char *error)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return boot_fail(error, path, "%s", strerror(errno));
	int no_memory = read_all(f, out, size), broken = ferror(f) ? errno : 0; /* EISDIR, or a bad disk */
	fclose(f);
	if (no_memory)
		return boot_fail(error, path, "not enough memory");
	if (broken)
		return boot_fail(error, path, "%s", strerror(broken));
	if (!*size)
		return boot_fail(error, path, "the file is empty");
	return *size > FILE_MAX ? boot_fail(error, path, "larger than 1 GB") : 0;
}

int boot_add(struct machine *m, const u8 *data, u64 size, u32 address, char *error)
{
	struct boot_plan *p = &m->boot->plan;
	if (p->nparts == LOADER_PARTS)
		return boot_fail(error, m->config.kernel, "too many segments and modules (%d at most)", LOADER_PARTS - 1);
	m->loader.parts[p->nparts] = (struct loader_part){data, (u32)size};
	p->address[p->nparts++] = address;
	return 0;
}

u8 *boot_add_copy(struct machine *m, const void *data, u64 size, u32 address, char *error)
{
	u32 n = m->boot->plan.nparts;
	u8 *copy = calloc(1, size ? size : 1);
	if (!copy)
		boot_fail(error, m->config.kernel, "not enough memory");
	if (!copy || boot_add(m, copy, size, address, error)) {
		free(copy);
		return NULL;
	}
	if (data)
		memcpy(copy, data, size);
	m->boot->owned[n] = copy;
	return copy;
}

/* The ROM's socket is at D0000. */
static void plug_in(struct machine *m)
{
	u64 size = (u64)(rom_loader_end - rom_loader);
	m->loader_rom_size = (size + PAGE_SIZE - 1) & PAGE_MASK;
	m->loader_rom = m->boot->owned[0];
	memset(m->loader_rom, 0xff, m->loader_rom_size);
	memcpy(m->loader_rom, rom_loader, size);
}

static void name_it(struct boot_plan *p, const char *path)
{
	const char *slash = strrchr(path, '/');
	snprintf((char *)p->name, sizeof p->name, "%s", slash ? slash + 1 : path);
}

static int lay_out(struct machine *m, char *error)
{
	struct boot_image *b = m->boot;
	if (boot_read_file(m->config.kernel, &b->kernel, &b->kernel_size, error))
		return -1;
	name_it(&b->plan, m->config.kernel);
	if (boot_is_linux(b->kernel, b->kernel_size))
		return boot_linux(m, error);
	if (boot_is_multiboot(b->kernel, b->kernel_size))
		return boot_multiboot(m, error);
	return boot_fail(error, m->config.kernel, "neither a Linux bzImage nor a Multiboot kernel");
}

int pc_load_kernel(struct machine *m, char *error)
{
	if (!m->config.kernel)
		return 0;
	m->boot = calloc(1, sizeof *m->boot);
	if (m->boot)
		m->boot->owned[0] = malloc(0x10000);
	if (!m->boot || !m->boot->owned[0])
		return boot_fail(error, m->config.kernel, "not enough memory");
	m->boot->plan = (struct boot_plan){.magic = BOOT_MAGIC, .nparts = 1};
	if (lay_out(m, error))
		return -1;
	m->loader.parts[0] = (struct loader_part){(const u8 *)&m->boot->plan, sizeof m->boot->plan};
	plug_in(m);
	return 0;
}

void pc_free_kernel(struct machine *m)
{
	if (!m->boot)
		return;
	for (int i = 0; i < LOADER_PARTS; i++)
		free(m->boot->owned[i]);
	free(m->boot->kernel);
	free(m->boot->initrd);
	free(m->boot);
}
