/*
 * ACPI tables: RSDP, RSDT, FADT, FACS, DSDT, and MADT and HPET where the chips are (Advanced Configuration and Power
 * Interface 3.0, chapter 5; IA-PC HPET Specification 1.0a, 3.2.4). The FADT is of revision 3 for its reset register; there
 * is no XSDT, for nothing lies above 4 GB. ACPI mode is always on (SMI_CMD 0): there is no system management mode.
 */
#include "bios.h"
#include "farmem.h"
#include "platform.h"

struct header {
	char signature[4];
	u32 length;
	u8 revision, sum;
	char oem[6], oem_table[8];
	u32 oem_revision;
	char creator[4];
	u32 creator_revision;
} PACKED;

#define HEADER(a, b, c, d, bytes, rev) { { a, b, c, d }, (bytes), (rev), 0, { 'T', 'A', 'N', 'D', 'E', 'M' }, \
	{ 'T', 'A', 'N', 'D', 'E', 'M', 'P', 'C' }, 1, { 'T', 'N', 'D', 'M' }, 1 }

struct address {
	u8 space, bits, offset, size;
	u32 low, high;
} PACKED;

#define SPACE_IO 1
#define IO_ADDRESS(bits, port) { SPACE_IO, (bits), 0, 0, (port), 0 }

struct fadt {
	struct header h;
	u32 facs, dsdt;
	u8 model, profile;
	u16 sci;
	u32 smi_command;
	u8 acpi_enable, acpi_disable, s4bios, pstate;
	u32 pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
	u8 pm1_event_size, pm1_control_size, pm2_control_size, pm_timer_size, gpe0_size, gpe1_size, gpe1_base, cstate;
	u16 c2_latency, c3_latency, flush_size, flush_stride;
	u8 duty_offset, duty_width, day_alarm, month_alarm, century;
	u16 boot_flags;
	u8 reserved;
	u32 flags;
	struct address reset;
	u8 reset_value, reserved2[3];
	u32 x_facs[2], x_dsdt[2];       /* x_facs 0: as facs says */
	struct address x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control, x_pm2_control, x_pm_timer, x_gpe0, x_gpe1;
} PACKED;

_Static_assert(sizeof(struct fadt) == 244, "FADT of revision 3");

#define FLAG_WBINVD 0x001
#define FLAG_C1 0x004
#define FLAG_NO_SLEEP_BUTTON 0x020
#define FLAG_RESET 0x400
#define BOOT_LEGACY 0x1
#define BOOT_8042 0x2
#define NO_CSTATE 0xfff

static const struct fadt ROM fadt_rom = {
	.h = HEADER('F', 'A', 'C', 'P', sizeof(struct fadt), 3),
	.profile = 1,                   /* desktop */
	.sci = SCI_IRQ,
	.pm1a_event = PM_BASE, .pm1a_control = PM_BASE + 4, .pm_timer = PM_BASE + 8,
	.pm1_event_size = 4, .pm1_control_size = 2, .pm_timer_size = 4,
	.c2_latency = NO_CSTATE, .c3_latency = NO_CSTATE,
	.century = 0x32,
	.boot_flags = BOOT_LEGACY | BOOT_8042,
	.flags = FLAG_WBINVD | FLAG_C1 | FLAG_NO_SLEEP_BUTTON | FLAG_RESET,     /* a power button; the timer has 24 bits */
	.reset = IO_ADDRESS(8, 0xcf9), .reset_value = 6,
	.x_pm1a_event = IO_ADDRESS(32, PM_BASE), .x_pm1a_control = IO_ADDRESS(16, PM_BASE + 4),
	.x_pm_timer = IO_ADDRESS(32, PM_BASE + 8),
};

struct madt {
	struct header h;
	u32 local_apic, flags;
	struct { u8 type, size, processor, apic; u32 flags; } PACKED cpu;
	struct { u8 type, size, id, reserved; u32 address, first; } PACKED io;
	struct { u8 type, size, bus, irq; u32 gsi; u16 flags; } PACKED override[4];
	struct { u8 type, size, processor; u16 flags; u8 pin; } PACKED nmi;
} PACKED;

#define LEVEL_HIGH 0x000d

static const struct madt ROM madt_rom = {
	.h = HEADER('A', 'P', 'I', 'C', sizeof(struct madt), 1),
	.local_apic = LOCAL_APIC,
	.flags = 1,                     /* there are 8259As too */
	.cpu = { 0, 8, 0, 0, 1 },
	.io = { 1, 12, IO_APIC_ID, 0, IO_APIC, 0 },
	.override = {
		{ 2, 10, 0, 0, 2, 0 },  /* the timer is at pin 2 */
		{ 2, 10, 0, SCI_IRQ, SCI_IRQ, LEVEL_HIGH },
		{ 2, 10, 0, PIRQ_A_IRQ, PIRQ_A_IRQ, LEVEL_HIGH },
		{ 2, 10, 0, PIRQ_A_IRQ + 1, PIRQ_A_IRQ + 1, LEVEL_HIGH },
	},
	.nmi = { 4, 6, 0xff, 0, 1 },
};

struct hpet {
	struct header h;
	u32 id;
	struct address where;
	u8 number;
	u16 min_tick;
	u8 protection;
} PACKED;

static const struct hpet ROM hpet_rom = {
	.h = HEADER('H', 'P', 'E', 'T', sizeof(struct hpet), 1),
	.where = { 0, 64, 0, 0, HPET, 0 },
	.min_tick = 0x80,
};

struct facs {
	char signature[4];
	u32 length, hardware, waking, lock, flags, x_waking[2];
	u8 version, reserved[31];
} PACKED;

static const struct facs ROM facs_rom = { { 'F', 'A', 'C', 'S' }, 64, 0, 0, 0, 0, { 0, 0 }, 1, { 0 } };

struct rsdt {
	struct header h;
	u32 table[3];
} PACKED;

extern const u8 ROM acpi_dsdt[], acpi_dsdt_end[];

static u32 place(u16 off) { return TABLES_BASE + off; }

static void seal(u16 table)
{
	table_seal(TABLES_SEG, table, far_read32(TABLES_SEG, (u16)(table + 4)), OFFSET(struct header, sum));
}

static u16 copy_table(const void ROM *from, u32 bytes)
{
	u16 at = table_room(bytes, 16);

	table_copy_rom(at, from, bytes);
	return at;
}

static u32 fadt_build(u32 dsdt)
{
	u16 at = copy_table(&fadt_rom, sizeof(struct fadt));
	u32 facs = TABLES_BASE + TABLES_FACS;

	table_copy_rom(TABLES_FACS, &facs_rom, sizeof(struct facs));
	far_write32(TABLES_SEG, (u16)(at + OFFSET(struct fadt, facs)), facs);
	far_write32(TABLES_SEG, (u16)(at + OFFSET(struct fadt, dsdt)), dsdt);
	far_write32(TABLES_SEG, (u16)(at + OFFSET(struct fadt, x_dsdt)), dsdt);
	seal(at);
	return place(at);
}

static u32 madt_build(void)
{
	u16 at = copy_table(&madt_rom, sizeof(struct madt));

	far_write8(TABLES_SEG, (u16)(at + OFFSET(struct madt, cpu.apic)), findings.apic_id);
	seal(at);
	return place(at);
}

static u32 hpet_build(void)
{
	u16 at = copy_table(&hpet_rom, sizeof(struct hpet));

	far_write32(TABLES_SEG, (u16)(at + OFFSET(struct hpet, id)), phys_read32(HPET));
	seal(at);
	return place(at);
}

static void rsdp_build(u32 rsdt)
{
	struct {
		char signature[8];
		u8 sum;
		char oem[6];
		u8 revision;
		u32 rsdt;
	} PACKED p;

	LOCAL_FROM_ROM(p, { { 'R', 'S', 'D', ' ', 'P', 'T', 'R', ' ' }, 0, { 'T', 'A', 'N', 'D', 'E', 'M' }, 0, 0 });
	p.rsdt = rsdt;
	table_point(ENTRY_OFFSET(shadow_rsdp), &p, RSDP_SIZE, OFFSET(__typeof__(p), sum));
}

void acpi_build(void)
{
	struct rsdt r;
	u16 dsdt = copy_table(acpi_dsdt, (u32)(acpi_dsdt_end - acpi_dsdt)), at;
	u32 count = 0;

	LOCAL_FROM_ROM(r, { HEADER('R', 'S', 'D', 'T', 0, 1), { 0 } });
	seal(dsdt);
	r.table[count++] = fadt_build(place(dsdt));
	if (findings.apic)
		r.table[count++] = madt_build();
	if (findings.hpet)
		r.table[count++] = hpet_build();
	r.h.length = sizeof(struct header) + count * 4;
	at = table_room(r.h.length, 16);
	copy_to_far(TABLES_SEG, at, &r, (u16)r.h.length);
	seal(at);
	rsdp_build(place(at));
}
