/*
 * INT 15h, memory: AH=24h (A20), 87h (block move), 88h, AX=E801h and E820h (sizes). PS/2 BIOS Interface Technical
 * Reference for 87h and 88h; ACPI 3.0 section 14 for E820h and E801h.
 */
#include "bda.h"
#include "bios.h"
#include "int15.h"
#include "io.h"
#include "platform.h"

void block_move(u32 gdt, u32 words);

#define SMAP 0x534d4150

#define MAP_RAM 1
#define MAP_RESERVED 2
#define MAP_ACPI_NVS 4

struct map_entry {
	u64 base, length;
	u32 type;
} PACKED;

/* AX=2400h-2403h */
void handle_1524(struct regs *r)
{
	switch (r->al) {
	case 0x00:
		a20_set(0);
		break;
	case 0x01:
		a20_set(1);
		break;
	case 0x02:
		r->al = (u8)a20_get();
		break;
	case 0x03:
		r->bx = 3;      /* keyboard controller and port 92h */
		break;
	default:
		r->ah = INT15_UNSUPPORTED;
		set_cf(r);
		return;
	}
	r->ah = 0;
	clear_cf(r);
}

/* A descriptor of 64 KB at a base below 16 MB. */
static void put_descriptor(u16 seg, u16 off, u32 base, u16 access)
{
	far_write16(seg, off, 0xffff);
	far_write32(seg, (u16)(off + 2), (base & 0xffffff) | (u32)access << 24);
	far_write16(seg, (u16)(off + 6), 0);
}

/* Present, writable (the destination) data segment with room for the transfer? */
static int descriptor_allows(u16 seg, u16 off, u32 bytes, int write)
{
	u8 access = far_read8(seg, (u16)(off + 5)), high = far_read8(seg, (u16)(off + 6));
	u32 limit = far_read16(seg, off) | (u32)(high & 0x0f) << 16;

	if (high & 0x80)
		limit = limit << 12 | 0xfff;
	if ((access & 0x98) != 0x90 || (access & 0x04) || (write && !(access & 0x02)))
		return 0;
	return bytes - 1 <= limit;
}

static u32 machine_status(void)
{
	u32 msw;
	__asm__("smsw %0" : "=r"(msw));
	return msw;
}

/* AH=87h: ES:SI is a table of six descriptors; CX words. A bad descriptor is "exception interrupt error" (02h). */
void handle_1587(struct regs *r)
{
	u16 words = r->cx;
	int a20;

	if ((machine_status() & 1) || words > 0x8000) {
		r->ah = machine_status() & 1 ? 0x03 : 0x02;
		set_cf(r);
		return;
	}
	if (words && (!descriptor_allows(r->es, (u16)(r->si + 0x10), words * 2u, 0) ||
		      !descriptor_allows(r->es, (u16)(r->si + 0x18), words * 2u, 1))) {
		r->ah = 0x02;
		set_cf(r);
		return;
	}
	put_descriptor(r->es, (u16)(r->si + 0x08), ((u32)r->es << 4) + r->si, 0x93);
	put_descriptor(r->es, (u16)(r->si + 0x20), 0xf0000, 0x9b);
	put_descriptor(r->es, (u16)(r->si + 0x28), 0, 0x93);
	cli();
	a20 = a20_get();
	a20_set(1);
	block_move(((u32)r->es << 4) + r->si, words);
	a20_set(a20);
	r->ah = 0;
	r->flags |= FLAG_ZF;
	clear_cf(r);
}

/* AH=88h: KB from 1 MB; with more than 63 MB programs have to ask in another way. */
void handle_1588(struct regs *r)
{
	u16 kb = memory_ext_kb();

	r->ax = kb > 0xfc00 ? 0xfc00 : kb;
	clear_cf(r);
}

/* AX=E801h: AX = CX: KB from 1 to 16 MB, BX = DX: 64 KB above that. */
void handle_15e801(struct regs *r)
{
	u16 kb = memory_ext_kb();

	r->ax = r->cx = kb > 0x3c00 ? 0x3c00 : kb;
	r->bx = r->dx = (u16)memory_above_16m_64k();
	clear_cf(r);
}

/* The n-th entry of the map, in ascending order; false after the last. Length 0: there is no such memory here. */
static int map_entry(u32 n, struct map_entry *e)
{
	u32 base_end = (u32)BDA->base_kb << 10;

	e->type = MAP_RESERVED;
	switch (n) {
	case 0:
		e->base = 0;
		e->length = base_end;
		e->type = MAP_RAM;
		return 1;
	case 1:                         /* EBDA */
		e->base = base_end;
		e->length = 0xa0000 - base_end;
		return 1;
	case 2:
		e->base = TABLES_BASE;
		e->length = findings.chipset ? TABLES_SIZE : 0;
		e->type = MAP_ACPI_NVS;
		return 1;
	case 3:                         /* this ROM */
		e->base = 0xf0000;
		e->length = 0x10000;
		return 1;
	case 4:
		e->base = 0x100000;
		e->length = memory_end() - 0x100000;
		e->type = MAP_RAM;
		return 1;
	case 5:
		e->base = IO_APIC;
		e->length = findings.apic ? 0x1000 : 0;
		return 1;
	case 6:
		e->base = LOCAL_APIC;
		e->length = findings.apic ? 0x1000 : 0;
		return 1;
	case 7:                         /* the ROM where the processor starts */
		e->base = 0xfffc0000;
		e->length = 0x40000;
		return 1;
	case 8:
		e->base = 0x100000000ull;
		e->length = (u64)memory_above_4g_64k() << 16;
		e->type = MAP_RAM;
		return e->length != 0;
	}
	return 0;
}

/* The n-th or the first after it that is not empty; its number, or -1. */
static int map_next(u32 n, struct map_entry *e)
{
	for (; map_entry(n, e); n++) {
		if (e->length)
			return (int)n;
	}
	return -1;
}

/* AX=E820h: EDX = "SMAP", EBX = 0 or what the last call left, ES:DI with ECX >= 20 bytes. */
void handle_15e820(struct regs *r)
{
	struct map_entry e, next;
	int n = r->edx == SMAP && r->ecx >= sizeof(e) ? map_next(r->ebx, &e) : -1;

	if (n < 0) {
		r->ah = INT15_UNSUPPORTED;
		set_cf(r);
		return;
	}
	copy_to_far(r->es, r->di, &e, sizeof(e));
	r->eax = SMAP;
	r->ecx = sizeof(e);
	n = map_next((u32)n + 1, &next);
	r->ebx = n < 0 ? 0 : (u32)n;
	clear_cf(r);
}
