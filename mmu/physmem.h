/* physmem.h - guest-physical memory: RAM, ROM, holes and the A20 gate.
 *
 *      4G ┌──────────────┐
 *         │ ROM (top)    │  the system BIOS, up to 16 MB below 4 GB
 *         ├──────────────┤
 *         │ hole         │  no RAM: the access leaves through mmu's io hooks
 *         ├──────────────┤  ram_size
 *         │ RAM          │
 *      1M ├──────────────┤
 *         │ low map      │  per 4 KB page: RAM, ROM or hole, reads and writes apart (PAM)
 *       0 └──────────────┘
 *
 * Everything here takes addresses after A20. Devices, injection, page walks' A/D
 * writes, task switches and the debugger write through phys_write and nothing
 * else, so that decoded code and shadowed tables hear of it.
 */
#ifndef MMU_PHYSMEM_H
#define MMU_PHYSMEM_H

#include "base/types.h"

#define PAGE_SIZE 4096u
#define PAGE_MASK (~(u64)0xfff)
#define LOW_PAGES 256 /* the first megabyte */

enum page_attr {
	PG_CODE = 1,  /* decoded code lies in this page: a write is told to hooks.code_written */
	PG_TABLE = 2, /* a guest page table that the shadow watches */
	PG_WTAG = 4,  /* the MMU's own: some TLB entry may hold a write tag for this page */
};

struct physmem_hooks {
	void *opaque;
	/* a page with PG_CODE is about to be changed in [gpa, gpa + len), len <= 4096, inside one page */
	void (*code_written)(void *opaque, gpa_t gpa, u32 len);
	/* a page with PG_TABLE was changed in [gpa, gpa + len): for observers, the MMU has its own hook */
	void (*table_written)(void *opaque, gpa_t gpa, u32 len);
};

/* The MMU's hook, set by mmu_init, called before hooks.table_written. */
struct physmem_watch {
	void *opaque;
	void (*written)(void *opaque, gpa_t gpa, u32 len);
};

struct physmem {
	u8 *ram; /* guest-physical address x of RAM always lies at ram + x */
	u64 ram_size; /* bytes, a multiple of 1 MB, 1 MB..3 GB */
	u8 *attr;     /* enum page_attr, one byte a RAM page */
	u8 *low_read[LOW_PAGES];  /* host page, NULL: hole */
	u8 *low_write[LOW_PAGES]; /* host page, NULL: hole or ROM */
	const u8 *rom; /* the top ROM */
	u64 rom_base, rom_size;
	u64 a20_mask;
	struct physmem_hooks hooks;
	struct physmem_watch watch;
	void *ram_block; /* what free() takes */
};

/* Returns 0, or -1 when the host has no memory left. RAM starts zeroed (calloc), A20 enabled. */
int physmem_init(struct physmem *pm, u64 ram_size);
void physmem_free(struct physmem *pm);

/* Places a ROM image: `rom_size` bytes (a multiple of 4 KB, up to 16 MB) end at 4 GB; its last 64..128 KB
 * also appear below 1 MB (F0000 or E0000). The image is not copied: it must stay. */
void physmem_set_rom(struct physmem *pm, const u8 *image, u64 size);

/* Maps [gpa, gpa+len), below 1 MB and page aligned, for reads and writes: what PAM registers do.
 * `rom_image` holds the bytes of the range when reads is LOW_ROM; NULL: the image of physmem_set_rom that lies there.
 * physmem_init leaves RAM below A0000 and holes above. Afterwards call mmu_flush_all. */
enum low_kind { LOW_HOLE, LOW_RAM, LOW_ROM };
void physmem_map_low(struct physmem *pm, u32 gpa, u32 len, enum low_kind reads, enum low_kind writes,
		     const u8 *rom_image);

/* The host address of a guest-physical page for reading (RAM or ROM) or for writing (RAM only); NULL: a hole,
 * or for writing a ROM. `gpa` need not be aligned: the pointer is to that byte. */
static inline const u8 *physmem_read_ptr(const struct physmem *pm, gpa_t gpa)
{
	if (gpa < LOW_PAGES * PAGE_SIZE) {
		const u8 *page = pm->low_read[gpa / PAGE_SIZE];
		return page ? page + (gpa & ~PAGE_MASK) : NULL;
	}
	if (gpa < pm->ram_size)
		return pm->ram + gpa;
	return gpa - pm->rom_base < pm->rom_size ? pm->rom + (gpa - pm->rom_base) : NULL;
}

static inline u8 *physmem_write_ptr(const struct physmem *pm, gpa_t gpa)
{
	if (gpa < LOW_PAGES * PAGE_SIZE) {
		u8 *page = pm->low_write[gpa / PAGE_SIZE];
		return page ? page + (gpa & ~PAGE_MASK) : NULL;
	}
	return gpa < pm->ram_size ? pm->ram + gpa : NULL;
}

/* Is a write to this address silently dropped (ROM), as opposed to a hole? */
bool physmem_is_rom(const struct physmem *pm, gpa_t gpa);

/* Writes inside one page of RAM (physmem_write_ptr is not NULL), telling the hooks. */
void physmem_write_ram(struct physmem *pm, gpa_t gpa, const void *buf, u32 len);

/* Copies, page by page; holes read as all ones, writes to holes and ROM go nowhere. Never calls a device. */
void phys_read(const struct physmem *pm, gpa_t gpa, void *buf, u64 len);
void phys_write(struct physmem *pm, gpa_t gpa, const void *buf, u64 len);

#endif
