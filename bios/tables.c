/*
 * What operating systems read in memory about the machine: room for the tables (platform.h), the PCI interrupt routing
 * table and the BIOS32 directory, and the order in which the rest is built. A machine without the 440FX gets none.
 * PCI Interrupt Routing Table Specification 1.0; Standard BIOS 32-bit Service Directory Proposal 0.4.
 */
#include "bda.h"
#include "bios.h"
#include "debug.h"
#include "pci.h"
#include "platform.h"

#define ROOM_USED 0x50                  /* word: how far the tables reach */

#define IO_APIC_SELECT IO_APIC
#define IO_APIC_WINDOW (IO_APIC + 0x10)
#define PIRQ_REGISTER 0x60              /* of PIIX3: the "link value" */
#define PCI_IRQ_CHOICE 0x0c20           /* 5, 10, 11 */
#define PCI_IRQ_ONLY (1u << PIRQ_A_IRQ | 1u << (PIRQ_A_IRQ + 1))

/* The byte at `sum_at` makes the sum of all bytes 0. */
void table_seal(u16 seg, u16 off, u32 bytes, u32 sum_at)
{
	u16 at = (u16)(off + sum_at);
	u8 sum = 0;

	for (u32 n = 0; n < bytes; n++)
		sum = (u8)(sum + far_read8(seg, (u16)(off + n)));
	far_write8(seg, at, (u8)(far_read8(seg, at) - sum));
}

/* A pointer that systems search the ROM for, from the stack to its place (shadow.S), with its sum. */
void table_point(u16 entry, const void *pointer, u32 bytes, u32 sum_at)
{
	copy_to_far(BIOS_SEG, entry, pointer, (u16)bytes);
	table_seal(BIOS_SEG, entry, bytes, sum_at);
}

/* The next free place in the tables' segment: always there, the ROM's tables take less than half. */
u16 table_room(u32 bytes, u32 align)
{
	u32 used = far_read16(TABLES_SEG, ROOM_USED), at;

	if (used == 0)
		used = TABLES_FIRST;
	at = (used + align - 1) & ~(align - 1);
	if (at + bytes > TABLES_SIZE)
		DEBUG("tables: no room\n");
	far_write16(TABLES_SEG, ROOM_USED, (u16)(at + bytes));
	return (u16)at;
}

void table_copy_rom(u16 off, const void ROM *from, u32 bytes)
{
	far_copy(TABLES_SEG, off, BIOS_SEG, (u16)(u32)from, (u16)bytes);
}

/* From 0 to the end of RAM, without the hole below 4 GB. */
u64 memory_bytes(void) { return memory_end() + ((u64)memory_above_4g_64k() << 16); }

static void bios32_build(void)
{
	struct {
		char signature[4];
		u32 entry;
		u8 revision, paragraphs, sum, reserved[5];
	} PACKED d;

	LOCAL_FROM_ROM(d, { { '_', '3', '2', '_' }, 0xf0000, 0, 1, 0, { 0 } });
	d.entry += (u32)bios32_entry;
	table_point(ENTRY_OFFSET(shadow_bios32), &d, sizeof(d), OFFSET(__typeof__(d), sum));
}

/* One entry for each device of bus 0; links and interrupts are those of the PIIX3. */
static void pir_slot(u16 at, u32 device)
{
	far_write8(BIOS_SEG, (u16)(at + 1), (u8)(device << 3));
	for (u32 pin = 1; pin <= 4; pin++) {
		u16 link = (u16)(at + 2 + (pin - 1) * 3);
		far_write8(BIOS_SEG, link, (u8)(PIRQ_REGISTER + ((device + pin - 2) & 3)));
		far_write16(BIOS_SEG, (u16)(link + 1), PCI_IRQ_CHOICE);
	}
	far_write8(BIOS_SEG, (u16)(at + 14), (u8)(device > 1 ? device - 1 : 0));        /* slot number, 0 on the board */
}

static void pir_build(void)
{
	struct {
		char signature[4];
		u16 version, size;
		u8 bus, devfn;
		u16 only;
		u32 compatible, miniport;
		u8 reserved[11], sum;
	} PACKED h;
	u16 at = ENTRY_OFFSET(shadow_pir);

	LOCAL_FROM_ROM(h, { { '$', 'P', 'I', 'R' }, 0x0100, PIR_SIZE, 0, 1 << 3, PCI_IRQ_ONLY, PIIX3_ISA, 0, { 0 }, 0 });
	copy_to_far(BIOS_SEG, at, &h, sizeof(h));
	for (u32 slot = 0; slot < PIR_SLOTS; slot++)
		pir_slot((u16)(at + sizeof(h) + slot * 16), slot + 1);
	table_seal(BIOS_SEG, at, PIR_SIZE, OFFSET(__typeof__(h), sum));
}

/* Version register of an I/O APIC (82093AA, 3.2.2): 11h or near that. Its ID must differ from the processor's. */
static void find_apics(void)
{
	u32 version;

	if (!(cpu_features() & CPU_APIC))
		return;
	phys_write32(IO_APIC_SELECT, 1);
	version = phys_read32(IO_APIC_WINDOW);
	if (version == 0xffffffff || (version & 0xff) < 0x10 || (version & 0xff) > 0x2f)
		return;
	phys_write32(IO_APIC_SELECT, 0);
	phys_write32(IO_APIC_WINDOW, (u32)IO_APIC_ID << 24);
	FINDING_SET(apic, 1);
	FINDING_SET(apic_id, cpu_apic_id());
}

static void find_hpet(void)
{
	u32 id = phys_read32(HPET);

	FINDING_SET(hpet, id != 0 && id != 0xffffffff);
}

static void find_ports(void)
{
	u8 found = 0;

	for (u32 n = 0; n < 4; n++) {
		if (BDA->com[n] == 0x3f8)
			found |= FOUND_COM1;
		if (BDA->com[n] == 0x2f8)
			found |= FOUND_COM2;
		if (n < 3 && BDA->lpt[n] == 0x378)
			found |= FOUND_LPT1;
	}
	if (floppy_count())
		found |= FOUND_FLOPPY;
	if (BDA->equipment & EQUIP_MOUSE)
		found |= FOUND_MOUSE;
	FINDING_SET(ports, found);
	far_write8(TABLES_SEG, TABLES_FOUND, found);
}

void tables_build(void)
{
	if (!findings.chipset)
		return;
	find_apics();
	find_hpet();
	find_ports();
	bios32_build();
	pir_build();
	if (findings.apic)
		mp_build();
	acpi_build();
	smbios_build();
	DEBUG("tables: %u bytes%s%s\n", far_read16(TABLES_SEG, ROOM_USED), ROMSTR(findings.apic ? ", APICs" : ""),
	      ROMSTR(findings.hpet ? ", HPET" : ""));
}
