/* roms.c - the BIOS images: built in, or from files the user names.
 *
 * The system BIOS ends at 4 GB and its last part also at 1 MB; the VGA BIOS lies at
 * C0000. Both are read-only to the guest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/pc.h"
#include "roms/roms.h"

#define VGABIOS_MAX 0x10000u
#define BIOS_MAX (16u << 20)

static int fail(char *error, const char *path, const char *why)
{
	snprintf(error, MACHINE_ERROR, "%s: %s", path, why);
	return -1;
}

/* Reads a whole file, sizes in bytes. 0 or -1. */
static int read_file(const char *path, u64 max, u8 **out, u64 *size, char *error)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return fail(error, path, strerror(errno));
	u8 *buf = malloc(max + 1);
	size_t n = buf ? fread(buf, 1, max + 1, f) : 0;
	int broken = ferror(f) ? errno : 0; /* EISDIR, or a bad disk */
	fclose(f);
	if (!buf || broken || n == 0 || n > max) {
		free(buf);
		if (!buf)
			return fail(error, path, "not enough memory");
		return fail(error, path, broken ? strerror(broken) : n ? "too large for a ROM image" : "empty ROM image");
	}
	*out = buf;
	*size = n;
	return 0;
}

static int copy_builtin(const u8 *from, const u8 *end, u8 **out, u64 *size, char *error)
{
	*size = (u64)(end - from);
	*out = malloc(*size);
	if (!*out)
		return fail(error, "built-in ROM", "not enough memory");
	memcpy(*out, from, *size);
	return 0;
}

static int load_bios(struct machine *m, char *error)
{
	const char *path = m->config.bios;
	if (!path)
		return copy_builtin(rom_bios, rom_bios_end, &m->bios, &m->bios_size, error);
	if (read_file(path, BIOS_MAX, &m->bios, &m->bios_size, error))
		return -1;
	if (m->bios_size % PAGE_SIZE || m->bios_size < 16)
		return fail(error, path, "a BIOS image must be a multiple of 4 KB");
	return 0;
}

static int load_vgabios(struct machine *m, char *error)
{
	const char *path = m->config.vgabios;
	u8 *image;
	u64 size;
	if (!path ? copy_builtin(rom_vgabios, rom_vgabios_end, &image, &size, error)
		  : read_file(path, VGABIOS_MAX, &image, &size, error))
		return -1;
	if (size < 3 || image[0] != 0x55 || image[1] != 0xaa) {
		free(image);
		return fail(error, path ? path : "built-in VGA BIOS", "not an option ROM (does not begin with 55 AA)");
	}
	/* Pages of their own, so that the rest of the last one reads as an empty socket. */
	m->vgabios_size = (size + PAGE_SIZE - 1) & PAGE_MASK;
	m->vgabios = malloc(m->vgabios_size);
	if (m->vgabios) {
		memset(m->vgabios, 0xff, m->vgabios_size);
		memcpy(m->vgabios, image, size);
	}
	free(image);
	return m->vgabios ? 0 : fail(error, "VGA BIOS", "not enough memory");
}

int pc_load_roms(struct machine *m, char *error)
{
	if (load_bios(m, error) || load_vgabios(m, error))
		return -1;
	physmem_map_low(&m->ram, 0xa0000, 0x20000, LOW_HOLE, LOW_HOLE, NULL);
	physmem_map_low(&m->ram, 0xc0000, 0x40000, LOW_HOLE, LOW_HOLE, NULL);
	physmem_set_rom(&m->ram, m->bios, m->bios_size);
	physmem_map_low(&m->ram, 0xc0000, (u32)m->vgabios_size, LOW_ROM, LOW_ROM, m->vgabios);
	return 0;
}
