/* physmem.h - guest-physical memory: RAM, ROM, holes and the A20 gate.
 *
 *      4G ┌──────────────┐
 *         │ ROM (top)    │  the system BIOS, up to 16 MB below 4 GB
 *         ├──────────────┤
 *         │ hole         │  no RAM: the access leaves through mmu's io hooks
 *         │   ┌──────┐   │
 *         │   │window│   │  a card's memory that the processor reaches directly (a frame buffer), where its BAR says
 *         │   └──────┘   │
 *         │ hole         │
 *         ├──────────────┤  ram_size
 *         │ RAM          │
 *      1M ├──────────────┤
 *         │ low map      │  per 4 KB page: RAM, ROM or hole, reads and writes apart (PAM)
 *       0 └──────────────┘
 *
 * All 4 GB are reserved in the host's address space, and only what holds memory is accessible there: host address =
 * ram + gpa for RAM and windows alike, so that the TLB, the decoded code and `attr` know one kind of memory. A window's
 * memory is mapped once for its chip, for good, and once more at ram + BAR while the BAR decodes. What the chip
 * itself writes into it is not seen by decoded code (code that draws over itself through the VGA's planes).
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
#define PHYSMEM_TOP (1ull << 32) /* neither RAM nor windows above */
#define PHYSMEM_PAGES (PHYSMEM_TOP / PAGE_SIZE)
#define PHYSMEM_WINDOWS 4
#define PHYSMEM_WINDOW_TOP 0xfec00000u /* the bridge passes nothing to PCI above: I/O APIC, local APICs, ROM */

enum page_attr {
	PG_CODE = 1,  /* decoded code lies in this page: a write is told to hooks.code_written */
	PG_TABLE = 2, /* a guest page table that the shadow watches */
	PG_WTAG = 4,  /* the MMU's own: some TLB entry may hold a write tag for this page */
	PG_CLEAN = 8, /* a window's page not written since mmu_watch_window: the first write is told to hooks.window_written */
	PG_SLOW = PG_CODE | PG_TABLE | PG_CLEAN, /* writes must come by */
};

struct physmem_hooks {
	void *opaque;
	/* a page with PG_CODE is about to be changed in [gpa, gpa + len), len <= 4096, inside one page */
	void (*code_written)(void *opaque, gpa_t gpa, u32 len);
	/* a page with PG_TABLE was changed in [gpa, gpa + len): for observers, the MMU has its own hook */
	void (*table_written)(void *opaque, gpa_t gpa, u32 len);
	/* a page with PG_CLEAN is about to be written and has lost it */
	void *window_opaque;
	void (*window_written)(void *window_opaque, gpa_t gpa);
};

/* Memory of a card. */
struct physmem_window {
	u8 *host; /* the chip's own address of it; NULL: free slot */
	u64 size; /* a multiple of the page size */
	u64 base, len; /* what of it decodes at present: [base, base + len); len 0: nothing */
};

/* The MMU's hook, set by mmu_init, called before hooks.table_written. */
struct physmem_watch {
	void *opaque;
	void (*written)(void *opaque, gpa_t gpa, u32 len);
};

struct physmem {
	u8 *ram; /* guest-physical address x of RAM always lies at ram + x */
	u64 ram_size; /* bytes, a multiple of 1 MB, 1 MB..3 GB */
	u8 *attr;     /* enum page_attr, one byte a page of the 4 GB */
	u8 *low_read[LOW_PAGES];  /* host page, NULL: hole */
	u8 *low_write[LOW_PAGES]; /* host page, NULL: hole or ROM */
	const u8 *rom; /* the top ROM */
	u64 rom_base, rom_size;
	u64 a20_mask;
	struct physmem_hooks hooks;
	struct physmem_watch watch;
	struct physmem_window window[PHYSMEM_WINDOWS];
	int windows;
	void *space; /* the reservation; NULL: none */
};

/* Returns 0, or -1 when the host has no memory left. RAM starts zeroed, A20 enabled. */
int physmem_init(struct physmem *pm, u64 ram_size);
void physmem_free(struct physmem *pm);

/* Places a ROM image: `rom_size` bytes (a multiple of 4 KB, up to 16 MB) end at 4 GB; its last 64..128 KB
 * also appear below 1 MB (F0000 or E0000). The image is not copied: it must stay. */
void physmem_set_rom(struct physmem *pm, const u8 *image, u64 size);

/* New zeroed memory for a card. Returns its number, or -1 when the host has no memory left; host: physmem.window[n].host. It
 * decodes nowhere yet. */
int physmem_add_window(struct physmem *pm, u64 size);
/* The window decodes at `base` (page aligned), or with size 0 nowhere. RAM, other windows and what lies above
 * PHYSMEM_WINDOW_TOP go first: only the rest of it is seen. Afterwards call mmu_flush_all. */
void physmem_move_window(struct physmem *pm, int n, u64 base, u64 size);

/* Maps [gpa, gpa+len), below 1 MB and page aligned, for reads and writes: what PAM registers do.
 * `rom_image` holds the bytes of the range when reads is LOW_ROM; NULL: the image of physmem_set_rom that lies there.
 * physmem_init leaves RAM below A0000 and holes above. Afterwards call mmu_flush_all. */
enum low_kind { LOW_HOLE, LOW_RAM, LOW_ROM };
void physmem_map_low(struct physmem *pm, u32 gpa, u32 len, enum low_kind reads, enum low_kind writes,
		     const u8 *rom_image);

/* Lets [gpa, gpa+len), below 1 MB, show a part of a window: bank-switched memory. `at`: where in guest-physical memory that
 * part decodes just now; it must be taken back before the window moves. Afterwards call mmu_flush_pages. */
void physmem_map_bank(struct physmem *pm, u32 gpa, u32 len, gpa_t at);

static inline u8 *physmem_window_ptr(const struct physmem *pm, gpa_t gpa)
{
	for (int i = 0; i < pm->windows; i++)
		if (gpa - pm->window[i].base < pm->window[i].len)
			return pm->ram + gpa;
	return NULL;
}

/* The host address of a guest-physical page for reading (RAM, windows, ROM) or for writing (not ROM); NULL: a hole,
 * or for writing a ROM. `gpa` need not be aligned: the pointer is to that byte. */
static inline const u8 *physmem_read_ptr(const struct physmem *pm, gpa_t gpa)
{
	if (gpa < LOW_PAGES * PAGE_SIZE) {
		const u8 *page = pm->low_read[gpa / PAGE_SIZE];
		return page ? page + (gpa & ~PAGE_MASK) : NULL;
	}
	if (gpa < pm->ram_size)
		return pm->ram + gpa;
	return gpa - pm->rom_base < pm->rom_size ? pm->rom + (gpa - pm->rom_base) : physmem_window_ptr(pm, gpa);
}

static inline u8 *physmem_write_ptr(const struct physmem *pm, gpa_t gpa)
{
	if (gpa < LOW_PAGES * PAGE_SIZE) {
		u8 *page = pm->low_write[gpa / PAGE_SIZE];
		return page ? page + (gpa & ~PAGE_MASK) : NULL;
	}
	return gpa < pm->ram_size ? pm->ram + gpa : physmem_window_ptr(pm, gpa);
}

/* Where memory at `host` is at home: what `attr` and decoded code are told. PHYSMEM_TOP or more: a ROM. */
static inline gpa_t physmem_home(const struct physmem *pm, const u8 *host)
{
	return (u64)(uintptr_t)host - (u64)(uintptr_t)pm->ram;
}

/* Is a write to this address silently dropped (ROM), as opposed to a hole? */
bool physmem_is_rom(const struct physmem *pm, gpa_t gpa);

/* A page with PG_CLEAN is about to be written. */
void physmem_note_window(struct physmem *pm, gpa_t home);

/* Writes inside one page of memory (physmem_write_ptr is not NULL), telling the hooks. */
void physmem_write_ram(struct physmem *pm, gpa_t gpa, const void *buf, u32 len);

/* Copies, page by page; holes read as all ones, writes to holes and ROM go nowhere. Never calls a device. */
void phys_read(const struct physmem *pm, gpa_t gpa, void *buf, u64 len);
void phys_write(struct physmem *pm, gpa_t gpa, const void *buf, u64 len);

#endif
