/*
 * What POST finds out about a machine with PCI, and the memory that it fills for operating systems: pci_post.c, chipset.c,
 * cpu_setup.c, shadow.S, and the tables.
 */
#ifndef BIOS_PLATFORM_H
#define BIOS_PLATFORM_H

#include "types.h"

/* Where the chips go. */
#define PCI_IO_FIRST 0xc000
#define PCI_PREFETCH_FIRST 0xe0000000   /* RAM ends below */
#define PCI_MEMORY_FIRST 0xf0000000
#define PCI_SMALL_FIRST 0xfeb00000
#define PCI_SMALL_END 0xfec00000
#define IO_APIC 0xfec00000
#define HPET 0xfed00000
#define LOCAL_APIC 0xfee00000
#define PM_BASE 0xb000
#define SMB_BASE 0xb100
#define SCI_IRQ 9
#define PIRQ_A_IRQ 10                   /* PIRQA and C; B and D have the next */
#define IO_APIC_ID 1

/*
 * Found by POST, in the shadowed ROM (shadow.S): all zero in the ROM itself, so that a machine without PCI or whose ROM
 * cannot be shadowed has none of it.
 */
struct findings {
	u8 pci;                 /* configuration mechanism #1 and a host bridge */
	u8 chipset;             /* it is the 440FX, and this segment is RAM now */
	u8 apic;                /* local and I/O APIC are there */
	u8 apic_id;             /* of this processor */
	u8 hpet;
	u8 ports;               /* bits as in TABLE_FOUND below */
	u16 option_roms;        /* bit n: the 16 KB at C0000h + n * 4000h are a copy of a ROM */
} PACKED;

extern struct findings ROM findings;
#define FINDING_SET(member, value) \
	far_write8(BIOS_SEG, (u16)((u32)&findings + OFFSET(struct findings, member)), (value))

/*
 * The tables lie in RAM at EC000h-EFFFFh, which stays writable (FACS): one map for 1 MB of memory and for 3 GB, and DOS
 * keeps the rest of segment E000h.
 */
#define TABLES_SEG 0xec00
#define TABLES_BASE 0xec000
#define TABLES_SIZE 0x4000
#define TABLES_FACS 0x00
#define TABLES_FOUND 0x40               /* what dsdt.asl asks about: bits 0, 1 COM1, COM2; 2 LPT1; 3 diskettes; 4 mouse */
#define TABLES_FIRST 0x80

#define FOUND_COM1 0x01
#define FOUND_COM2 0x02
#define FOUND_LPT1 0x04
#define FOUND_FLOPPY 0x08
#define FOUND_MOUSE 0x10

/* Entry points in the shadowed ROM. */
#define RSDP_SIZE 20
#define BIOS32_SIZE 16
#define MP_POINTER_SIZE 16
#define SMBIOS_ENTRY_SIZE 31
#define PIR_SLOTS 31
#define PIR_SIZE (32 + 16 * PIR_SLOTS)
extern u8 ROM shadow_rsdp[], shadow_bios32[], shadow_mp[], shadow_smbios[], shadow_pir[];
extern const u8 ROM bios32_entry[], pci_bios32_entry[];

/* pci_post.c */
int pci_present(void);
void pci_init(void);
u8 pci_irq_of(u32 device, u32 pin);

/* chipset.c */
void chipset_init(void);
void shadow_close(void);
void shadow_option_roms(void);
void option_rom_from_pci(void);

/* shadow.S, phys.S */
void shadow_bios(void);
void phys_copy(u32 to, u32 from, u32 bytes);
u32 phys_read32(u32 address);
void phys_write32(u32 address, u32 value);

/* cpu_setup.c */
u32 cpu_features(void);
u32 cpu_signature(void);
u8 cpu_apic_id(void);
void mtrr_init(void);

#define CPU_MSR (1u << 5)
#define CPU_APIC (1u << 9)
#define CPU_MTRR (1u << 12)

/* tables.c and a file for each family */
void tables_build(void);
void table_seal(u16 seg, u16 off, u32 bytes, u32 sum_at);
void table_point(u16 entry, const void *pointer, u32 bytes, u32 sum_at);
u16 table_room(u32 bytes, u32 align);
void table_copy_rom(u16 off, const void ROM *from, u32 bytes);
void mp_build(void);
void acpi_build(void);
void smbios_build(void);
u64 memory_bytes(void);

#endif
