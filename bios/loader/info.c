/*
 * What a kernel is told and only the BIOS knows: the memory map, and for Linux the screen. Offsets in Linux's
 * boot_params: Documentation/x86/zero-page.rst and struct screen_info; in the Multiboot information: Multiboot
 * Specification 0.6.96, 3.3.
 */
#include "plan.h"

#define LINUX_ORIG_X 0x00
#define LINUX_ORIG_Y 0x01
#define LINUX_EXT_MEM_K 0x02
#define LINUX_PAGE 0x04
#define LINUX_MODE 0x06
#define LINUX_COLS 0x07
#define LINUX_EGA_BX 0x0a
#define LINUX_LINES 0x0e
#define LINUX_IS_VGA 0x0f
#define LINUX_POINTS 0x10
#define LINUX_ALT_MEM_K 0x1e0
#define LINUX_E820_ENTRIES 0x1e8
#define LINUX_RAMDISK_IMAGE 0x218
#define LINUX_E820_TABLE 0x2d0

#define BDA_ROWS 0x484
#define BDA_POINTS 0x485

#define MULTIBOOT_FLAGS 0
#define MULTIBOOT_MEM_LOWER 4
#define MULTIBOOT_MEM_UPPER 8
#define MULTIBOOT_MMAP_LENGTH 44
#define MULTIBOOT_MMAP_ADDR 48
#define MULTIBOOT_MMAP_AT 0x800
#define HAS_MEMORY 0x01
#define HAS_MMAP 0x40

static void put_range(u32 lin, const struct range *range)
{
	low_write32(lin, (u32)range->base);
	low_write32(lin + 4, (u32)(range->base >> 32));
	low_write32(lin + 8, (u32)range->length);
	low_write32(lin + 12, (u32)(range->length >> 32));
	low_write32(lin + 16, range->type);
}

static void tell_screen(u32 info)
{
	struct regs mode = { .eax = 0x0f00 }, cursor = { .eax = 0x0300 }, ega = { .eax = 0x1200, .ebx = 0x10 };
	struct regs vga = { .eax = 0x1a00 };

	bios_call(0x10, &mode);
	cursor.ebx = mode.ebx & 0xff00;
	bios_call(0x10, &cursor);
	bios_call(0x10, &ega);
	bios_call(0x10, &vga);
	low_write8(info + LINUX_ORIG_X, (u8)cursor.edx);
	low_write8(info + LINUX_ORIG_Y, (u8)(cursor.edx >> 8));
	low_write16(info + LINUX_PAGE, (u8)(mode.ebx >> 8));
	low_write8(info + LINUX_MODE, (u8)mode.eax & 0x7f);
	low_write8(info + LINUX_COLS, (u8)(mode.eax >> 8));
	low_write16(info + LINUX_EGA_BX, (u16)ega.ebx);
	low_write8(info + LINUX_LINES, (u8)((low_read16(BDA_ROWS) & 0xff) + 1));
	low_write8(info + LINUX_IS_VGA, (vga.eax & 0xff) == 0x1a);
	low_write16(info + LINUX_POINTS, low_read16(BDA_POINTS));
}

void tell_linux_32(u32 info, const struct memory *mem)
{
	u32 kb = memory_extended_kb();

	tell_screen(info);
	low_write16(info + LINUX_EXT_MEM_K, (u16)(kb > 0xfc00 ? 0xfc00 : kb));
	low_write32(info + LINUX_ALT_MEM_K, kb);
	low_write8(info + LINUX_E820_ENTRIES, (u8)mem->n);
	for (u32 n = 0; n < mem->n; n++)
		put_range(info + LINUX_E820_TABLE + n * sizeof(struct range), &mem->range[n]);
}

void tell_linux_initrd(u32 info, u32 address) { low_write32(info + LINUX_RAMDISK_IMAGE, address); }

/* An entry is preceded by its size, which does not count itself. */
void tell_multiboot(u32 info, const struct memory *mem)
{
	u32 at = info + MULTIBOOT_MMAP_AT;

	for (u32 n = 0; n < mem->n; n++, at += sizeof(struct range) + 4) {
		low_write32(at, sizeof(struct range));
		put_range(at + 4, &mem->range[n]);
	}
	low_write32(info + MULTIBOOT_MMAP_ADDR, info + MULTIBOOT_MMAP_AT);
	low_write32(info + MULTIBOOT_MMAP_LENGTH, at - info - MULTIBOOT_MMAP_AT);
	low_write32(info + MULTIBOOT_MEM_LOWER, memory_base_kb());
	low_write32(info + MULTIBOOT_MEM_UPPER, memory_extended_kb());
	low_write32(info + MULTIBOOT_FLAGS, low_read32(info + MULTIBOOT_FLAGS) | HAS_MEMORY | HAS_MMAP);
}
