/* boot.h - what `-kernel` hands to the loader card (devices/loader.h): a plan and the parts that it speaks of.
 *
 * Part 0 is the plan, which the option ROM (bios/loader/plan.h has the same structure) reads first. It names the part
 * with the information page, the address of each other part, and how to enter the kernel.
 */
#ifndef MACHINE_BOOT_H
#define MACHINE_BOOT_H

#include "machine/pc.h"

#define BOOT_MAGIC 0x4c444e54 /* "TNDL" */
#define BOOT_HIGHEST 0xffffffffu /* as an address: as high in memory as `highest` allows */

/* Where the ROM works (bios/loader/entry.S), and what is placed above it: the page for the kernel and its texts. */
#define BOOT_ROM_BASE 0x90000
#define BOOT_INFO 0x98000
#define BOOT_TEXTS 0x99000
#define BOOT_LOW_END 0x9c000

enum boot_kind { BOOT_LINUX_32 = 1, BOOT_LINUX_16, BOOT_MULTIBOOT };

struct boot_plan {
	u32 magic, kind;
	u32 nparts;  /* this one included */
	u32 entry;   /* linear; of BOOT_LINUX_16 the segment */
	u32 eax, ebx, esi;
	u32 highest; /* last byte that a part at BOOT_HIGHEST may occupy */
	u8 name[32]; /* what is said on the screen */
	u32 address[LOADER_PARTS];
};

/* The memory behind the parts. */
struct boot_image {
	struct boot_plan plan;
	u8 *owned[LOADER_PARTS];
	u8 *kernel, *initrd; /* whole files */
	u64 kernel_size, initrd_size;
};

/* boot.c. 0, or -1 with `error`: one line with the file and the reason. */
int pc_load_kernel(struct machine *m, char *error);
void pc_free_kernel(struct machine *m);
int boot_fail(char *error, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
int boot_read_file(const char *path, u8 **out, u64 *size, char *error);
/* Adds a part. boot_add_copy: of memory of its own, zeros if `data` is NULL. */
int boot_add(struct machine *m, const u8 *data, u64 size, u32 address, char *error);
u8 *boot_add_copy(struct machine *m, const void *data, u64 size, u32 address, char *error);

bool boot_is_linux(const u8 *file, u64 size);
bool boot_is_multiboot(const u8 *file, u64 size);
int boot_linux(struct machine *m, char *error);
int boot_multiboot(struct machine *m, char *error);

#endif
