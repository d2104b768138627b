/*
 * SMBIOS 2.8 (System Management BIOS Reference Specification, DMTF DSP0134): BIOS, system, enclosure, processor, memory,
 * and that it is a virtual machine's. Not here: slots, ports, cooling; the serial numbers nobody has given.
 */
#include "bda.h"
#include "bios.h"
#include "platform.h"
#include "version.h"

/* The structures being built; each is a formatted part and then its strings, ended by one more 0. */
struct smbios {
	u16 start, end, count, largest;
};

struct head {
	u8 type, size;
	u16 handle;
} PACKED;

#define HANDLE_ARRAY 0x1000
#define HANDLE_DEVICE 0x1100

#define VENDOR "Tandem"

/* strings: each ends in 0, and the constant's own 0 is the end of all; where there are none, two. */
static void put(struct smbios *s, const void *part, u8 bytes, const char ROM *strings, u16 string_bytes)
{
	u16 at = table_room(bytes + string_bytes, 1);

	copy_to_far(TABLES_SEG, at, part, bytes);
	table_copy_rom((u16)(at + bytes), strings, string_bytes);
	s->end = (u16)(at + bytes + string_bytes);
	s->count++;
	if (bytes + string_bytes > s->largest)
		s->largest = (u16)(bytes + string_bytes);
}

#define PUT(s, part, strings) put((s), &(part), sizeof(part), ROMSTR(strings), sizeof(strings))

static void put_bios(struct smbios *s)
{
	struct {
		struct head h;
		u8 vendor, version;
		u16 segment;
		u8 date, blocks;
		u32 features[2];
		u8 extension[2], major, minor, ec_major, ec_minor;
	} PACKED p;

	LOCAL_FROM_ROM(p, {
		{ 0, sizeof(p), 0 }, 1, 2, BIOS_SEG, 3, 0,      /* 64 KB */
		{ 1u << 7 | 1u << 12 | 1u << 15 | 1u << 16 | 1u << 19, 0 },     /* PCI, shadowing, CD-ROM, boot order, EDD */
		{ 0x01, 0x10 | 0x04 }, 0, 1, 0xff, 0xff,        /* ACPI; a virtual machine */
	});
	PUT(s, p, VENDOR "\0" BIOS_VERSION "\0" "11/25/2026" "\0");
}

static void put_system(struct smbios *s)
{
	struct {
		struct head h;
		u8 maker, product, version, serial, uuid[16], wake, sku, family;
	} PACKED p;

	LOCAL_FROM_ROM(p, { { 1, sizeof(p), 0x0100 }, 1, 2, 3, 0, { 0 }, 6, 0, 0 });      /* UUID: none; woken by the power switch */

	PUT(s, p, VENDOR "\0" "PC (440FX, PIIX3)" "\0" BIOS_VERSION "\0");
}

static void put_enclosure(struct smbios *s)
{
	struct {
		struct head h;
		u8 maker, type, version, serial, tag, boot_state, power_state, thermal_state, security;
		u32 oem;
		u8 height, cords, elements, element_size;
	} PACKED p;

	LOCAL_FROM_ROM(p, { { 3, sizeof(p), 0x0300 }, 1, 1, 0, 0, 0, 3, 3, 3, 2, 0, 0, 0, 0, 0 });
	PUT(s, p, VENDOR "\0");
}

static void put_processor(struct smbios *s)
{
	struct {
		struct head h;
		u8 socket, type, family, maker;
		u32 signature, features;
		u8 version, voltage;
		u16 clock, max_speed, speed;
		u8 status, upgrade;
		u16 l1, l2, l3;
		u8 serial, tag, part, cores, enabled, threads;
		u16 features2, family2;
	} PACKED p;

	LOCAL_FROM_ROM(p, {
		{ 4, sizeof(p), 0x0400 }, 1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		0x41, 1, 0xffff, 0xffff, 0xffff, 0, 0, 0, 1, 1, 1, 2, 1,       /* populated and enabled; speeds not known */
	});
	p.signature = cpu_signature();
	p.features = cpu_features();
	PUT(s, p, "CPU 0" "\0");
}

/* Sizes in MB, or in KB with bit 15. */
static void put_memory(struct smbios *s, u32 kb)
{
	struct {
		struct head h;
		u8 location, use, correction;
		u32 max_kb;
		u16 error, devices;
		u32 max_low, max_high;
	} PACKED array;
	struct {
		struct head h;
		u16 array, error, total_width, data_width, size;
		u8 form, set, locator, bank, type;
		u16 detail, speed;
		u8 maker, serial, tag, part, attributes;
		u32 size_mb;
		u16 clock, volts_min, volts_max, volts;
	} PACKED device;

	LOCAL_FROM_ROM(array, { { 16, sizeof(array), HANDLE_ARRAY }, 3, 3, 3, 0, 0xfffe, 1, 0, 0 });
	LOCAL_FROM_ROM(device, { { 17, sizeof(device), HANDLE_DEVICE }, HANDLE_ARRAY, 0xfffe, 64, 64, 0, 9, 0, 1, 0, 7, 0x0002, 0,
				 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 });        /* a DIMM of RAM */
	array.max_kb = kb;
	device.size = kb < 0x8000 ? (u16)(kb | 0x8000) : kb >> 10 < 0x7fff ? (u16)(kb >> 10) : 0x7fff;
	if (device.size == 0x7fff)
		device.size_mb = kb >> 10;
	PUT(s, array, "\0");
	PUT(s, device, "DIMM 0" "\0");
}

/* From and to in KB. */
static void put_range(struct smbios *s, u16 handle, u32 from, u32 to)
{
	struct {
		struct head h;
		u32 first, last;
		u16 array;
		u8 width;
		u32 wide[4];
	} PACKED p;

	LOCAL_FROM_ROM(p, { { 19, sizeof(p), 0 }, 0, 0, HANDLE_ARRAY, 1, { 0, 0, 0, 0 } });
	p.h.handle = handle;
	p.first = from;
	p.last = to - 1;
	PUT(s, p, "\0");
}

static void put_boot(struct smbios *s)
{
	struct {
		struct head h;
		u8 reserved[6], status;
	} PACKED p;

	LOCAL_FROM_ROM(p, { { 32, sizeof(p), 0x2000 }, { 0 }, 0 });
	PUT(s, p, "\0");
}

static void put_end(struct smbios *s)
{
	struct head p = { 127, sizeof(p), 0x7f00 };

	PUT(s, p, "\0");
}

static void entry_build(const struct smbios *s)
{
	struct {
		char anchor[4];
		u8 sum, size, major, minor;
		u16 largest;
		u8 revision, formatted[5];
		char anchor2[5];
		u8 sum2;
		u16 bytes;
		u32 address;
		u16 count;
		u8 bcd;
	} PACKED e;
	u16 at = ENTRY_OFFSET(shadow_smbios);

	_Static_assert(sizeof(e) == SMBIOS_ENTRY_SIZE, "DSP0134, 5.2.1");
	LOCAL_FROM_ROM(e, { { '_', 'S', 'M', '_' }, 0, SMBIOS_ENTRY_SIZE, 2, 8, 0, 0, { 0 }, { '_', 'D', 'M', 'I', '_' }, 0,
			    0, TABLES_BASE, 0, 0x28 });
	e.largest = s->largest;
	e.bytes = (u16)(s->end - s->start);
	e.address += s->start;
	e.count = s->count;
	copy_to_far(BIOS_SEG, at, &e, sizeof(e));
	table_seal(BIOS_SEG, (u16)(at + 16), 15, OFFSET(__typeof__(e), sum2) - 16);
	table_seal(BIOS_SEG, at, SMBIOS_ENTRY_SIZE, OFFSET(__typeof__(e), sum));
}

void smbios_build(void)
{
	u32 low_kb = memory_end() >> 10, high_kb = memory_above_4g_64k() << 6;
	struct smbios s = { table_room(0, 16), 0, 0, 0 };

	put_bios(&s);
	put_system(&s);
	put_enclosure(&s);
	put_processor(&s);
	put_memory(&s, low_kb + high_kb);
	put_range(&s, 0x1300, 0, low_kb);
	if (high_kb)
		put_range(&s, 0x1301, 0x400000, 0x400000 + high_kb);
	put_boot(&s);
	put_end(&s);
	entry_build(&s);
}
