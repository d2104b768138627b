/* ioapic.c - the 82093AA I/O APIC; see ioapic.h. Numbers in comments are sections of its data sheet (290566). */
#include "devices/ioapic.h"

#include <string.h>

#include "base/bits.h"

enum { SELECT = 0x00, WINDOW = 0x10, EOI = 0x40 }; /* offsets, 3.1 */
enum { REG_ID = 0, REG_VERSION = 1, REG_ARBITRATION = 2, REG_TABLE = 0x10 }; /* 3.2 */

#define WINDOW_BYTES 0x100
#define VERSION 0x20
#define ID_BITS 0x0f000000u

/* A redirection entry, 3.2.4 */
#define ENTRY_LOGICAL BIT(11)
#define ENTRY_REMOTE_IRR BIT(14)
#define ENTRY_LEVEL BIT(15)
#define ENTRY_MASKED BIT(16)
#define ENTRY_WRITABLE 0xff0000000001afffull /* neither delivery status nor remote IRR */

static int delivery_of(u64 entry)
{
	return entry >> 8 & 7;
}

static bool is_level(u64 entry)
{
	return (entry & ENTRY_LEVEL) && delivery_of(entry) <= APIC_LOWEST;
}

static bool send(struct ioapic *a, int pin)
{
	u64 e = a->r.entry[pin];
	struct apic_message m = {
		.vector = (u8)e,
		.delivery = (u8)delivery_of(e),
		.destination = (u8)(e >> 56),
		.logical = e & ENTRY_LOGICAL,
		.level = is_level(e),
	};
	return a->deliver && a->deliver(a->deliver_opaque, &m);
}

/* A level-triggered pin asks again until a local APIC takes it, and then not before its end of interrupt. */
static void look_at_level(struct ioapic *a, int pin)
{
	u64 *e = &a->r.entry[pin];
	if (is_level(*e) && (a->r.lines & BIT(pin)) && !(*e & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) && send(a, pin))
		*e |= ENTRY_REMOTE_IRR;
}

static void ioapic_update(struct ioapic *a)
{
	for (int pin = 0; pin < IOAPIC_PINS; pin++)
		look_at_level(a, pin);
}

void ioapic_set_pin(void *ioapic, int pin, int level)
{
	struct ioapic *a = ioapic;
	if (pin < 0 || pin >= IOAPIC_PINS)
		return;
	bool rises = level && !(a->r.lines & BIT(pin));
	if (!level) {
		a->r.lines &= ~BIT(pin);
		return;
	}
	a->r.lines |= BIT(pin);
	if (is_level(a->r.entry[pin]))
		look_at_level(a, pin);
	else if (rises && !(a->r.entry[pin] & ENTRY_MASKED))
		send(a, pin);
}

void ioapic_eoi(void *ioapic, int vector)
{
	struct ioapic *a = ioapic;
	for (int pin = 0; pin < IOAPIC_PINS; pin++) {
		u64 *e = &a->r.entry[pin];
		if ((*e & ENTRY_REMOTE_IRR) && (int)(*e & 0xff) == vector) {
			*e &= ~(u64)ENTRY_REMOTE_IRR;
			look_at_level(a, pin);
		}
	}
}

void ioapic_retry(void *ioapic, int n, int level)
{
	(void)n;
	if (level)
		ioapic_update(ioapic);
}

/* ---- registers ---------------------------------------------------------------------------------------- */

static u32 read_register(const struct ioapic *a)
{
	u32 table = a->r.select - (u32)REG_TABLE;
	if (table < 2 * IOAPIC_PINS)
		return (u32)(a->r.entry[table / 2] >> (table & 1 ? 32 : 0));
	switch (a->r.select) {
	case REG_ID: return a->r.id;
	case REG_VERSION: return VERSION | (IOAPIC_PINS - 1) << 16;
	case REG_ARBITRATION: return a->r.arbitration;
	default: return 0; /* reserved */
	}
}

static void write_entry(struct ioapic *a, u32 half, u32 value)
{
	u64 *e = &a->r.entry[half / 2], status = *e & ENTRY_REMOTE_IRR;
	u64 v = half & 1 ? (u32)*e | (u64)value << 32 : (*e & 0xffffffff00000000) | value;
	*e = v & ENTRY_WRITABLE;
	if (is_level(*e)) /* for edges remote IRR has no meaning: 3.2.4 */
		*e |= status;
	look_at_level(a, (int)(half / 2));
}

static void write_register(struct ioapic *a, u32 value)
{
	u32 table = a->r.select - (u32)REG_TABLE;
	if (table < 2 * IOAPIC_PINS)
		write_entry(a, table, value);
	else if (a->r.select == REG_ID)
		a->r.id = a->r.arbitration = value & ID_BITS; /* 3.2.3: loading the ID loads the arbitration ID */
}

static u32 ioapic_read(void *opaque, u32 offset, int size)
{
	const struct ioapic *a = opaque;
	u32 at = offset & 15, v;
	switch (offset & ~15u) {
	case SELECT: v = a->r.select; break;
	case WINDOW: v = read_register(a); break;
	default: v = 0; break; /* EOI is write-only */
	}
	return at + (u32)size > 4 ? 0 : v >> 8 * at;
}

static void ioapic_write(void *opaque, u32 offset, int size, u32 value)
{
	struct ioapic *a = opaque;
	if (offset == SELECT)
		a->r.select = (u8)value;
	else if (offset == WINDOW && size == 4)
		write_register(a, value);
	else if (offset == EOI && size == 4)
		ioapic_eoi(a, (int)(value & 0xff));
}

static const struct io_ops ioapic_ops = {ioapic_read, ioapic_write, 4};

/* ---- life ------------------------------------------------------------------------------------------------ */

static void power_on(struct ioapic *a)
{
	u32 lines = a->r.lines; /* what others drive does not change */
	memset(&a->r, 0, sizeof a->r);
	a->r.lines = lines;
	for (int i = 0; i < IOAPIC_PINS; i++)
		a->r.entry[i] = ENTRY_MASKED;
}

void ioapic_init(struct ioapic *a, struct bus *bus, struct clock *clock, struct log *log)
{
	(void)clock, (void)log;
	memset(a, 0, sizeof *a);
	power_on(a);
	bus_add_mmio(bus, IOAPIC_BASE, WINDOW_BYTES, &ioapic_ops, a);
}

void ioapic_reset(struct ioapic *a)
{
	power_on(a);
}

void ioapic_restore(struct ioapic *a)
{
	ioapic_update(a);
}
