/* physmem.c - guest-physical memory: RAM, ROM, windows, the low map, and writes that tell. See physmem.h.
 *
 * Follows the memory map of a PC with a 440FX/Q35-like host bridge: the low megabyte is
 * steered page by page (PAM), a system ROM ends at 4 GB, the space between RAM and FEC00000
 * is PCI's. Not emulated: SMRAM, RAM above 4 GB.
 */
#define _GNU_SOURCE /* mremap */
#include "mmu/physmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MB (1ull << 20)
#define HUGE_PAGE (2 * MB)
#define SPACE (PHYSMEM_TOP + HUGE_PAGE)

int physmem_init(struct physmem *pm, u64 ram_size)
{
	void *space = mmap(NULL, SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uintptr_t at;

	*pm = (struct physmem){.ram_size = ram_size, .a20_mask = ~0ull, .space = space == MAP_FAILED ? NULL : space};
	pm->attr = calloc(PHYSMEM_PAGES, 1);
	if (!pm->attr || !pm->space) {
		physmem_free(pm);
		return -1;
	}
	/* aligned for the host's large pages: a guest's working set is wider than the host's TLB */
	at = (uintptr_t)pm->space;
	pm->ram = (u8 *)pm->space + (-at & (HUGE_PAGE - 1));
	if (mprotect(pm->ram, ram_size, PROT_READ | PROT_WRITE) < 0) {
		physmem_free(pm);
		return -1;
	}
	madvise(pm->ram, ram_size, MADV_HUGEPAGE);
	physmem_map_low(pm, 0, 0xa0000, LOW_RAM, LOW_RAM, NULL);
	return 0;
}

void physmem_free(struct physmem *pm)
{
	for (int i = 0; i < pm->windows; i++)
		munmap(pm->window[i].host, pm->window[i].size);
	if (pm->space)
		munmap(pm->space, SPACE);
	free(pm->attr);
	pm->attr = NULL;
	pm->ram = pm->space = NULL;
	pm->ram_size = 0;
	pm->windows = 0;
}

/* ---- windows ------------------------------------------------------------------------------ */

int physmem_add_window(struct physmem *pm, u64 size)
{
	struct physmem_window *w = &pm->window[pm->windows];
	void *host = MAP_FAILED;

	if (pm->windows == PHYSMEM_WINDOWS)
		return -1;
	/* no file: a limit on file sizes does not count */
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (host == MAP_FAILED)
		return -1;
	*w = (struct physmem_window){.size = size, .host = host};
	return pm->windows++;
}

/* What of [base, base + size) is free for window n: one piece, the first. */
static void clip_window(const struct physmem *pm, int n, u64 *base, u64 *end)
{
	if (*base < pm->ram_size)
		*base = pm->ram_size;
	if (*base < MB)
		*base = MB;
	if (*end > PHYSMEM_WINDOW_TOP)
		*end = PHYSMEM_WINDOW_TOP;
	for (int i = 0; i < pm->windows; i++) {
		const struct physmem_window *w = &pm->window[i];

		if (i == n || !w->len || *end <= w->base || *base >= w->base + w->len)
			continue;
		if (*base < w->base)
			*end = w->base;
		else
			*base = w->base + w->len;
	}
}

void physmem_move_window(struct physmem *pm, int n, u64 base, u64 size)
{
	struct physmem_window *w = &pm->window[n];
	u64 from = base, end = base + (size < w->size ? size : w->size);

	if (w->len) {
		mmap(pm->ram + w->base, w->len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
		for (u64 page = w->base / PAGE_SIZE; page < (w->base + w->len) / PAGE_SIZE; page++)
			pm->attr[page] &= (u8)~PG_CLEAN;
	}
	w->base = w->len = 0;
	clip_window(pm, n, &from, &end);
	if (!size || from >= end)
		return;
	/* an old size of 0: the same pages a second time */
	if (mremap(w->host + (from - base), 0, end - from, MREMAP_MAYMOVE | MREMAP_FIXED, pm->ram + from) == MAP_FAILED)
		return;
	w->base = from;
	w->len = end - from;
	for (u64 page = from / PAGE_SIZE; page < end / PAGE_SIZE; page++)
		pm->attr[page] |= PG_CLEAN;
}

void physmem_map_bank(struct physmem *pm, u32 gpa, u32 len, gpa_t at)
{
	for (u32 off = 0; off < len && gpa + off < MB; off += PAGE_SIZE)
		pm->low_read[(gpa + off) / PAGE_SIZE] = pm->low_write[(gpa + off) / PAGE_SIZE] =
			physmem_window_ptr(pm, at + off);
}

void physmem_note_window(struct physmem *pm, gpa_t home)
{
	pm->attr[home / PAGE_SIZE] &= (u8)~PG_CLEAN;
	if (pm->hooks.window_written)
		pm->hooks.window_written(pm->hooks.window_opaque, home);
}

/* ---- the low map and the ROM ---------------------------------------------------------------- */

void physmem_set_rom(struct physmem *pm, const u8 *image, u64 size)
{
	u32 low = size >= 0x20000 ? 0x20000 : size >= 0x10000 ? 0x10000 : (u32)size;

	pm->rom = image;
	pm->rom_size = size;
	pm->rom_base = PHYSMEM_TOP - size;
	physmem_map_low(pm, (u32)MB - low, low, LOW_ROM, LOW_ROM, image + size - low);
}

/* The part of the top ROM that would appear at `gpa` below 1 MB, or NULL. */
static const u8 *rom_alias(const struct physmem *pm, u32 gpa)
{
	u64 below_top = MB - gpa;

	return pm->rom && below_top <= pm->rom_size ? pm->rom + pm->rom_size - below_top : NULL;
}

void physmem_map_low(struct physmem *pm, u32 gpa, u32 len, enum low_kind reads, enum low_kind writes,
		     const u8 *rom_image)
{
	for (u32 off = 0; off < len && gpa + off < MB; off += PAGE_SIZE) {
		u32 page = (gpa + off) / PAGE_SIZE;
		u8 *ram = pm->ram + (u64)page * PAGE_SIZE;
		const u8 *rom = rom_image ? rom_image + off : rom_alias(pm, gpa + off);

		pm->low_read[page] = reads == LOW_RAM ? ram : reads == LOW_ROM ? (u8 *)(uintptr_t)rom : NULL;
		pm->low_write[page] = writes == LOW_RAM ? ram : NULL;
	}
}

bool physmem_is_rom(const struct physmem *pm, gpa_t gpa)
{
	if (gpa < MB)
		return !pm->low_write[gpa / PAGE_SIZE] && pm->low_read[gpa / PAGE_SIZE];
	return gpa >= pm->ram_size && gpa - pm->rom_base < pm->rom_size;
}

void physmem_write_ram(struct physmem *pm, gpa_t gpa, const void *buf, u32 len)
{
	u8 *to = physmem_write_ptr(pm, gpa);
	gpa_t home = physmem_home(pm, to);
	const u8 *attr = &pm->attr[home / PAGE_SIZE];

	if (*attr & PG_CLEAN)
		physmem_note_window(pm, home);
	if (*attr & PG_CODE && pm->hooks.code_written)
		pm->hooks.code_written(pm->hooks.opaque, home, len);
	memcpy(to, buf, len);
	if (!(*attr & PG_TABLE))
		return;
	if (pm->watch.written)
		pm->watch.written(pm->watch.opaque, home, len);
	if (pm->hooks.table_written)
		pm->hooks.table_written(pm->hooks.opaque, home, len);
}

static u32 rest_of_page(gpa_t gpa, u64 len)
{
	u64 room = PAGE_SIZE - (gpa & ~PAGE_MASK);

	return (u32)(len < room ? len : room);
}

void phys_read(const struct physmem *pm, gpa_t gpa, void *buf, u64 len)
{
	u8 *to = buf;

	while (len) {
		u32 n = rest_of_page(gpa, len);
		const u8 *from = physmem_read_ptr(pm, gpa);

		if (from)
			memcpy(to, from, n);
		else
			memset(to, 0xff, n);
		gpa += n;
		to += n;
		len -= n;
	}
}

void phys_write(struct physmem *pm, gpa_t gpa, const void *buf, u64 len)
{
	const u8 *from = buf;

	while (len) {
		u32 n = rest_of_page(gpa, len);

		if (physmem_write_ptr(pm, gpa))
			physmem_write_ram(pm, gpa, from, n);
		gpa += n;
		from += n;
		len -= n;
	}
}
