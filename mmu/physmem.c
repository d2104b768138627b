/* physmem.c - guest-physical memory: RAM, ROM, the low map, and writes that tell. See physmem.h.
 *
 * Follows the memory map of a PC with a 440FX/Q35-like host bridge: the low megabyte is
 * steered page by page (PAM), a system ROM ends at 4 GB. Not emulated: SMRAM, RAM above 4 GB.
 */
#include "mmu/physmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MB (1ull << 20)
#define HUGE_PAGE (2 * MB)
#define TOP_4G (1ull << 32)

int physmem_init(struct physmem *pm, u64 ram_size)
{
	uintptr_t at;

	*pm = (struct physmem){.ram_size = ram_size, .a20_mask = ~0ull};
	pm->attr = calloc(ram_size / PAGE_SIZE, 1);
	pm->ram_block = calloc(1, ram_size + HUGE_PAGE);
	if (!pm->attr || !pm->ram_block) {
		physmem_free(pm);
		return -1;
	}
	/* aligned for the host's large pages: a guest's working set is wider than the host's TLB */
	at = (uintptr_t)pm->ram_block;
	pm->ram = (u8 *)pm->ram_block + (-at & (HUGE_PAGE - 1));
	madvise(pm->ram, ram_size, MADV_HUGEPAGE);
	physmem_map_low(pm, 0, 0xa0000, LOW_RAM, LOW_RAM, NULL);
	return 0;
}

void physmem_free(struct physmem *pm)
{
	free(pm->attr);
	free(pm->ram_block);
	pm->attr = NULL;
	pm->ram = pm->ram_block = NULL;
	pm->ram_size = 0;
}

void physmem_set_rom(struct physmem *pm, const u8 *image, u64 size)
{
	u32 low = size >= 0x20000 ? 0x20000 : size >= 0x10000 ? 0x10000 : (u32)size;

	pm->rom = image;
	pm->rom_size = size;
	pm->rom_base = TOP_4G - size;
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
	const u8 *attr = &pm->attr[gpa / PAGE_SIZE];

	if (*attr & PG_CODE && pm->hooks.code_written)
		pm->hooks.code_written(pm->hooks.opaque, gpa, len);
	memcpy(pm->ram + gpa, buf, len);
	if (!(*attr & PG_TABLE))
		return;
	if (pm->watch.written)
		pm->watch.written(pm->watch.opaque, gpa, len);
	if (pm->hooks.table_written)
		pm->hooks.table_written(pm->hooks.opaque, gpa, len);
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
