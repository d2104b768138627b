/* What the BIOS says about memory: INT 12h, INT 15h AH=88h, AX=E801h and E820h (ACPI 3.0, section 14); the A20 gate. */
#include "plan.h"

#define SMAP 0x534d4150
#define FLAG_CF 1

u32 memory_base_kb(void)
{
	struct regs r = { 0 };

	bios_call(0x12, &r);
	return r.eax & 0xffff;
}

/* KB from 1 MB up to the first hole. */
u32 memory_extended_kb(void)
{
	struct regs r = { .eax = 0xe801 };

	bios_call(0x15, &r);
	if (!(r.flags & FLAG_CF)) {
		u32 low = r.eax & 0xffff, high = r.ebx & 0xffff;
		return low == 0x3c00 ? low + high * 64 : low;
	}
	r = (struct regs){ .eax = 0x8800 };
	bios_call(0x15, &r);
	return r.flags & FLAG_CF ? 0 : r.eax & 0xffff;
}

/* A BIOS without E820h has two ranges. */
static void without_map(struct memory *mem)
{
	mem->range[0] = (struct range){ 0, (u64)memory_base_kb() << 10, RANGE_RAM };
	mem->range[1] = (struct range){ 0x100000, (u64)memory_extended_kb() << 10, RANGE_RAM };
	mem->n = 2;
}

void memory_ask(struct memory *mem)
{
	u32 next = 0;

	mem->n = 0;
	do {
		struct regs r = { .eax = 0xe820, .ebx = next, .ecx = sizeof(struct range), .edx = SMAP };
		r.edi = (u32)&mem->range[mem->n];
		bios_call(0x15, &r);
		if ((r.flags & FLAG_CF) || r.eax != SMAP)
			break;
		if (mem->range[mem->n].length)
			mem->n++;
		next = r.ebx;
	} while (next && mem->n < RANGES);
	if (!mem->n)
		without_map(mem);
}

u32 memory_highest(const struct memory *mem, u32 size, u32 last)
{
	u32 best = 0;

	for (u32 n = 0; n < mem->n; n++) {
		const struct range *range = &mem->range[n];
		u64 end = range->base + range->length, top = (u64)last + 1;
		if (range->type != RANGE_RAM || range->base < 0x100000)
			continue;
		if (end < top)
			top = end;
		if (top < range->base + size)
			continue;
		u32 at = (u32)(top - size) & ~0xfffu;
		if (at >= range->base && at > best)
			best = at;
	}
	return best;
}

void a20_on(void)
{
	struct regs r = { .eax = 0x2401 };

	bios_call(0x15, &r);
	if (r.flags & FLAG_CF) {                /* then port 92h */
		u8 value;
		__asm__ volatile("inb $0x92, %0" : "=a"(value));
		value = (u8)((value | 2) & ~1u);
		__asm__ volatile("outb %0, $0x92" : : "a"(value));
	}
}
