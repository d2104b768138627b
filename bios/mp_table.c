/*
 * The MultiProcessor table, for systems that know no ACPI: one processor, the I/O APIC, its interrupts (Intel
 * MultiProcessor Specification 1.4, chapter 4). Virtual wire mode (the local APIC's LINT0), no IMCR.
 */
#include "bios.h"
#include "farmem.h"
#include "pci.h"
#include "platform.h"

#define ENTRY_PROCESSOR 0
#define ENTRY_BUS 1
#define ENTRY_IO_APIC 2
#define ENTRY_INTERRUPT 3
#define ENTRY_LOCAL 4

#define BUS_PCI 0
#define BUS_ISA 1

#define TYPE_INT 0
#define TYPE_NMI 1
#define TYPE_EXTINT 3
#define FLAGS_BUS 0x0000
#define FLAGS_LEVEL_HIGH 0x000d         /* what the PIIX3 makes of PIRQs and SCI */
#define ALL_APICS 0xff

#define HEADER_SIZE 44
#define SUM_AT 7

/* Where the next entry goes, and how many there are. */
struct mp {
	u16 start, at, count;
};

static void put(struct mp *t, const void *entry, u16 bytes)
{
	t->at = table_room(bytes, 1);
	copy_to_far(TABLES_SEG, t->at, entry, bytes);
	t->at = (u16)(t->at + bytes);
	t->count++;
}

static void put_bus(struct mp *t, u8 id, const char ROM *name)
{
	u8 e[8] = { ENTRY_BUS, id };

	for (u32 n = 0; n < 6; n++)
		e[2 + n] = (u8)name[n];
	put(t, e, sizeof(e));
}

/* entry: ENTRY_INTERRUPT or ENTRY_LOCAL; source: bus in the high byte, interrupt in the low; target: APIC, pin. */
static void put_interrupt(struct mp *t, u8 entry, u8 type, u16 flags, u16 source, u16 target)
{
	u8 e[8] = { entry, type, (u8)flags, (u8)(flags >> 8), (u8)(source >> 8), (u8)source, (u8)(target >> 8), (u8)target };

	put(t, e, sizeof(e));
}

static void put_processor(struct mp *t)
{
	struct {
		u8 type, apic_id, apic_version, flags;
		u32 signature, features, reserved[2];
	} PACKED e;

	LOCAL_FROM_ROM(e, { ENTRY_PROCESSOR, 0, 0, 3, 0, 0, { 0, 0 } });        /* enabled, the one that boots */
	e.apic_id = findings.apic_id;
	e.apic_version = (u8)phys_read32(LOCAL_APIC + 0x30);
	e.signature = cpu_signature();
	e.features = cpu_features();
	put(t, &e, sizeof(e));
}

static void put_io_apic(struct mp *t)
{
	struct {
		u8 type, id, version, flags;
		u32 address;
	} PACKED e;

	LOCAL_FROM_ROM(e, { ENTRY_IO_APIC, IO_APIC_ID, 0, 1, IO_APIC });
	phys_write32(IO_APIC, 1);
	e.version = (u8)phys_read32(IO_APIC + 0x10);
	put(t, &e, sizeof(e));
}

/* ISA: IRQ 0 comes by pin 2, the others by their own; PCI's and the SCI are levels. */
static void put_isa(struct mp *t)
{
	for (u32 irq = 0; irq < 16; irq++) {
		int pci = irq == PIRQ_A_IRQ || irq == PIRQ_A_IRQ + 1;
		if (irq == 2 || pci)
			continue;
		put_interrupt(t, ENTRY_INTERRUPT, TYPE_INT, irq == SCI_IRQ ? FLAGS_LEVEL_HIGH : FLAGS_BUS,
			      (u16)(BUS_ISA << 8 | irq), (u16)(IO_APIC_ID << 8 | (irq ? irq : 2)));
	}
}

static void put_pci(struct mp *t)
{
	for (u32 bdf = 0; bdf < PCI_FUNCTIONS; bdf++) {
		u8 pin;
		u32 id;
		if (!pci_exists(bdf))
			continue;
		pin = pci_read8(bdf, PCI_PIN);
		id = pci_read32(bdf, PCI_ID);
		if (pin == 0 || pin > 4)
			continue;
		put_interrupt(t, ENTRY_INTERRUPT, TYPE_INT, FLAGS_LEVEL_HIGH, (u16)(BUS_PCI << 8 | (bdf >> 3 & 31) << 2 | (pin - 1u)),
			      (u16)(IO_APIC_ID << 8 | (id == PIIX4_PM ? SCI_IRQ : pci_irq_of(bdf >> 3, pin))));
	}
}

static void pointer_build(u16 table)
{
	struct {
		char signature[4];
		u32 address;
		u8 paragraphs, revision, sum, features[5];
	} PACKED p;

	LOCAL_FROM_ROM(p, { { '_', 'M', 'P', '_' }, TABLES_BASE, 1, 4, 0, { 0 } });
	p.address += table;
	table_point(ENTRY_OFFSET(shadow_mp), &p, sizeof(p), OFFSET(__typeof__(p), sum));
}

void mp_build(void)
{
	static const char ROM header[] = "PCMP\0\0\4\0" "TANDEM  " "PC          ";
	struct mp t = { table_room(HEADER_SIZE, 16), 0, 0 };

	table_copy_rom(t.start, header, 28);
	put_processor(&t);
	put_bus(&t, BUS_PCI, ROMSTR("PCI   "));
	put_bus(&t, BUS_ISA, ROMSTR("ISA   "));
	put_io_apic(&t);
	put_isa(&t);
	put_pci(&t);
	put_interrupt(&t, ENTRY_LOCAL, TYPE_EXTINT, FLAGS_BUS, BUS_ISA << 8, ALL_APICS << 8 | 0);
	put_interrupt(&t, ENTRY_LOCAL, TYPE_NMI, FLAGS_BUS, BUS_ISA << 8, ALL_APICS << 8 | 1);
	far_write16(TABLES_SEG, (u16)(t.start + 4), (u16)(t.at - t.start));
	far_write16(TABLES_SEG, (u16)(t.start + 34), t.count);
	far_write32(TABLES_SEG, (u16)(t.start + 36), LOCAL_APIC);
	table_seal(TABLES_SEG, t.start, (u16)(t.at - t.start), SUM_AT);
	pointer_build(t.start);
}
