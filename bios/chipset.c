/*
 * The 440FX host bridge and the PIIX functions beside it: shadow RAM, interrupt routing, I/O APIC decoding, IDE timing,
 * power management ports. Intel 82441FX (290549) 3.2.18 PAM; 82371SB PIIX3 (290550) 2.2 and 2.3; 82371AB PIIX4 (290562)
 * 7.1. Not here: DRAM timing and row boundaries, USB, system management mode (nothing needs it: ACPI is always on).
 */
#include "bda.h"
#include "bios.h"
#include "debug.h"
#include "pci.h"
#include "platform.h"

/* 440FX */
#define HOST 0
#define PAM 0x59                        /* 59h: F0000h in bits 5-4; 5Ah-5Fh: two times 16 KB each from C0000h */
#define PAM_ROM 0                       /* reads and writes go to the bus */
#define PAM_PROTECTED 1                 /* reads come from RAM */
#define PAM_RAM 3

#define BLOCKS 12                       /* of 16 KB: C0000h-EFFFFh */
#define ROM_BLOCKS 8                    /* C0000h-DFFFFh */
#define TABLES_BLOCK 11
#define SCRATCH_SEG 0x2000

/* PIIX3 */
#define PIIX3_XBCS 0x4e
#define XBCS_IO_APIC 0x100
#define XBCS_FERR 0x20
#define XBCS_MOUSE_IRQ 0x10
#define PIIX3_PIRQ 0x60
#define PIIX3_TOM 0x69
#define IDE_TIMING 0x40                 /* and 42h, secondary */
#define IDE_TIMING_PIO4 0xa333          /* decode on; sample after 3 clocks, recover 1; both drives fast, with IORDY */

/* PIIX4 power management */
#define PM_PORTS 0x40
#define PM_MISC 0x80
#define SMB_PORTS 0x90
#define SMB_HOST 0xd2
#define SMB_HOST_ON 0x09                /* SMB interrupt by IRQ 9, ports on */
#define PM1_CNT (PM_BASE + 4)
#define PM1_CNT_SCI 0x0001

#define ELCR 0x4d0

static void pam_block(u32 block, u8 mode)
{
	u32 reg = PAM + 1 + block / 2, shift = block & 1 ? 4 : 0;

	pci_write8(HOST, reg, (u8)((pci_read8(HOST, reg) & ~(0x0fu << shift)) | (u32)mode << shift));
}

static void pam_bios(u8 mode) { pci_write8(HOST, PAM, (u8)((pci_read8(HOST, PAM) & 0x0f) | mode << 4)); }

/* The ROM below 4 GB must be this one. */
static int same_rom_high(void)
{
	return phys_read32(0xfffffff0) == far_read32(BIOS_SEG, 0xfff0) && phys_read32(0xffffe000) == far_read32(BIOS_SEG, 0xe000);
}

/* After a reset of the processor alone, the chipset still has the RAM of before: begin with ROMs again. */
static void host_init(void)
{
	for (u32 block = 0; block < BLOCKS; block++)
		pam_block(block, PAM_ROM);
	if (!same_rom_high())
		return;
	shadow_bios();
	pam_block(TABLES_BLOCK, PAM_RAM);
	for (u32 n = 0; n < TABLES_SIZE; n += 4)
		far_write32(TABLES_SEG, (u16)n, 0);
	FINDING_SET(chipset, 1);
}

static void isa_bridge_init(u32 bdf)
{
	u32 level = 1u << SCI_IRQ, mb = memory_ext_kb() >> 10;

	for (u32 link = 0; link < PCI_PIRQ_LINKS; link++) {
		u8 irq = PIRQ_A_IRQ + (link & 1);
		pci_write8(bdf, PIIX3_PIRQ + link, irq);
		level |= 1u << irq;
	}
	outb(ELCR, (u8)level);
	outb(ELCR + 1, (u8)(level >> 8));
	pci_write16(bdf, PIIX3_XBCS, pci_read16(bdf, PIIX3_XBCS) | XBCS_IO_APIC | XBCS_FERR | XBCS_MOUSE_IRQ);
	pci_write8(bdf, PIIX3_TOM, (u8)((mb > 15 ? 15 : mb) << 4 | 0x02));      /* ISA masters reach memory so far */
}

static void ide_init(u32 bdf)
{
	pci_write16(bdf, IDE_TIMING, IDE_TIMING_PIO4);
	pci_write16(bdf, IDE_TIMING + 2, IDE_TIMING_PIO4);
}

/* No system management mode, so nobody to switch ACPI on later: the power button's interrupt is the SCI from now on. */
static void power_init(u32 bdf)
{
	pci_write8(bdf, PCI_LINE, SCI_IRQ);
	pci_write32(bdf, PM_PORTS, PM_BASE | 1);
	pci_write8(bdf, PM_MISC, 0x01);
	pci_write32(bdf, SMB_PORTS, SMB_BASE | 1);
	pci_write8(bdf, SMB_HOST, SMB_HOST_ON);
	pci_write16(bdf, PCI_COMMAND, pci_read16(bdf, PCI_COMMAND) | COMMAND_IO);
	outw(PM1_CNT, PM1_CNT_SCI);
}

void chipset_init(void)
{
	if (pci_read32(HOST, PCI_ID) == I440FX)
		host_init();
	for (u32 bdf = 0; bdf < PCI_FUNCTIONS; bdf++) {
		if (!pci_exists(bdf))
			continue;
		switch (pci_read32(bdf, PCI_ID)) {
		case PIIX3_ISA: isa_bridge_init(bdf); break;
		case PIIX3_IDE: ide_init(bdf); break;
		case PIIX4_PM: power_init(bdf); break;
		}
	}
}

/* Turn 16 KB into RAM that holds what was there. */
static void shadow_block(u32 block)
{
	u16 seg = (u16)(0xc000 + block * 0x400);

	far_copy(SCRATCH_SEG, 0, seg, 0, 0x4000);
	pam_block(block, PAM_RAM);
	far_copy(seg, 0, SCRATCH_SEG, 0, 0x4000);
}

/* Before the option ROMs start: those blocks that a ROM lies in become RAM. */
void shadow_option_roms(void)
{
	u32 blocks = 0, end = 0;

	if (!findings.chipset)
		return;
	for (u32 seg = 0xc000; seg < 0xe000; seg += 0x80) {
		if (seg >= end && far_read16((u16)seg, 0) == 0xaa55)
			end = seg + far_read8((u16)seg, 2) * 32u;
		if (seg < end)
			blocks |= 1u << ((seg - 0xc000) >> 10);
	}
	for (u32 block = 0; block < ROM_BLOCKS; block++) {
		if (blocks >> block & 1 && !(findings.option_roms >> block & 1))
			shadow_block(block);
	}
	FINDING_SET(option_roms, (u8)(blocks | findings.option_roms));
}

/* At the end of POST ROMs are ROMs again; the tables' RAM stays writable. */
void shadow_close(void)
{
	if (!findings.chipset)
		return;
	for (u32 block = 0; block < ROM_BLOCKS; block++) {
		if (findings.option_roms >> block & 1)
			pam_block(block, PAM_PROTECTED);
	}
	pam_bios(PAM_PROTECTED);
}

/* Read a ROM's image for a PC out of its window, into RAM at C0000h. */
static void copy_rom(u32 window)
{
	u32 bytes = (phys_read32(window) >> 16 & 0xff) * 512u;

	if ((phys_read32(window) & 0xffff) != 0xaa55 || bytes == 0 || bytes > 0x10000)
		return;
	for (u32 block = 0; block * 0x4000 < bytes; block++) {
		pam_block(block, PAM_RAM);
		FINDING_SET(option_roms, (u8)(findings.option_roms | 1u << block));
	}
	phys_copy(0xc0000, window, bytes);
	DEBUG("VGA BIOS from PCI: %u bytes\n", bytes);
}

/* A VGA adapter brings its BIOS in a PCI ROM (PCI 2.2, 6.3) when none is on the board. */
void option_rom_from_pci(void)
{
	if (!findings.chipset || far_read16(0xc000, 0) == 0xaa55)
		return;
	for (u32 bdf = 0; bdf < PCI_FUNCTIONS; bdf++) {
		u16 command;
		u32 mask;
		if (!pci_exists(bdf) || pci_read32(bdf, PCI_CLASS) >> 16 != 0x0300)
			continue;
		pci_write32(bdf, PCI_ROM, 0xfffff800);
		mask = pci_read32(bdf, PCI_ROM) & 0xfffff800;
		if (mask && mask >= (u32)-0x100000) {
			command = pci_read16(bdf, PCI_COMMAND);
			pci_write16(bdf, PCI_COMMAND, command | COMMAND_MEMORY);
			pci_write32(bdf, PCI_ROM, (PCI_SMALL_FIRST - 0x100000) | 1);
			copy_rom(PCI_SMALL_FIRST - 0x100000);
			pci_write16(bdf, PCI_COMMAND, command);
		}
		pci_write32(bdf, PCI_ROM, 0);
		return;
	}
}
