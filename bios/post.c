/*
 * POST: from the reset vector (entry.S) to INT 19h. Each step has a code on port 80h.
 */
#include "bda.h"
#include "bios.h"
#include "debug.h"
#include "io.h"
#include "platform.h"
#include "version.h"

static void clear_paragraphs(u32 seg, u32 count)
{
	for (u32 n = 0; n < count * 4; n++)
		far_write32((u16)(seg + (n >> 2)), (u16)(n & 3) * 4, 0);
}

/* BDA with all but the warm start flag zero, EBDA at the end of base memory. */
static void data_areas_init(void)
{
	u16 warm = BDA->reset_flag, base_kb = cmos_read16(CMOS_BASE_KB);

	if (base_kb < 64 || base_kb > 640)
		base_kb = 640;
	clear_paragraphs(BDA_SEG, 16);
	clear_paragraphs(0x50, 1);
	BDA->reset_flag = warm == 0x1234 ? warm : 0;
	BDA->base_kb = base_kb - EBDA_KB;
	BDA->ebda = (u16)(BDA->base_kb << 6);
	clear_paragraphs(BDA->ebda, EBDA_KB * 64);
	EBDA_WRITE8(size_kb, EBDA_KB);
	BDA->key_start = OFFSET(struct bda, key_buffer);
	BDA->key_end = OFFSET(struct bda, key_buffer) + 32;
	key_buffer_clear();
}

/* What INT 11h says before the ports are counted. */
static void equipment_init(void)
{
	u8 floppies = floppy_count();

	BDA->equipment |= EQUIP_VIDEO_80X25;
	if (floppies)
		BDA->equipment |= (u16)(EQUIP_FLOPPY | (floppies - 1) << 6);
}

static void banner(void)
{
	u32 above = memory_above_16m_64k();
	u32 ext_kb = above ? (above << 6) + 15 * 1024 : memory_ext_kb();

	SCREEN("Tandem BIOS %s\n", ROMSTR(BIOS_VERSION));
	SCREEN("Memory: %u KB base, %u KB extended\n", BDA->base_kb + EBDA_KB, ext_kb);
}

static void print_floppies(void)
{
	static const char ROM names[6][8] = { "", "360 KB", "1.2 MB", "720 KB", "1.44 MB", "2.88 MB" };

	for (u8 drive = 0; drive < 2; drive++) {
		u8 type = floppy_type(drive);
		if (type)
			SCREEN("Diskette %c: %s\n", 'A' + drive, names[type]);
	}
}

/* The PCI bus and the chipset; A20 is open meanwhile, for chips lie at odd megabytes. */
static void buses_init(void)
{
	int a20 = a20_get();

	if (!pci_present())
		return;
	a20_set(1);
	pci_init();
	chipset_init();
	FINDING_SET(pci, 1);
	option_rom_from_pci();
	shadow_option_roms();
	a20_set(a20);
}

static void platform_init(void)
{
	int a20 = a20_get();

	if (!findings.chipset)
		return;
	a20_set(1);
	mtrr_init();
	tables_build();
	a20_set(a20);
}

/* By the vector: an option ROM may have taken it (AT Technical Reference, "ROM modules"). */
static NORETURN void boot(void)
{
	struct regs r = { 0 };

	call_int(0x19, &r);
	boot_from_start();
}

void post_main(void)
{
	post_code(0x01);
	data_areas_init();
	post_code(0x02);
	vectors_init();
	post_code(0x03);
	hardware_init();
	equipment_init();
	post_code(0x04);
	kbd_controller_init();
	if (mouse_present())
		BDA->equipment |= EQUIP_MOUSE;
	post_code(0x05);
	ports_init();
	post_code(0x0c);
	buses_init();
	post_code(0x06);
	sti();
	option_roms_scan();
	sti();
	post_code(0x07);
	banner();
	fdc_init();
	print_floppies();
	post_code(0x08);
	disks_probe();
	post_code(0x0d);
	platform_init();
	post_code(0x09);
	boot_order_init();
	boot_menu();
	shadow_close();
	post_code(0x0a);
	boot();
}
