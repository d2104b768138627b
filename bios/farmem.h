/*
 * Memory outside the BIOS's three address spaces: segment and offset are named with each access. ES is borrowed and
 * set back to SS; an interrupt in between saves and restores it.
 */
#ifndef BIOS_FARMEM_H
#define BIOS_FARMEM_H

#include "types.h"

static inline u8 far_read8(u16 seg, u16 off)
{
	u8 value;
	__asm__ volatile("movw %w1, %%es\n\tmovb %%es:(%2), %0\n\tpushw %%ss\n\tpopw %%es"
			 : "=&q"(value) : "r"((u32)seg), "r"((u32)off) : "memory");
	return value;
}

static inline u16 far_read16(u16 seg, u16 off)
{
	u16 value;
	__asm__ volatile("movw %w1, %%es\n\tmovw %%es:(%2), %0\n\tpushw %%ss\n\tpopw %%es"
			 : "=&r"(value) : "r"((u32)seg), "r"((u32)off) : "memory");
	return value;
}

static inline u32 far_read32(u16 seg, u16 off)
{
	u32 value;
	__asm__ volatile("movw %w1, %%es\n\tmovl %%es:(%2), %0\n\tpushw %%ss\n\tpopw %%es"
			 : "=&r"(value) : "r"((u32)seg), "r"((u32)off) : "memory");
	return value;
}

static inline void far_write8(u16 seg, u16 off, u8 value)
{
	__asm__ volatile("movw %w0, %%es\n\tmovb %2, %%es:(%1)\n\tpushw %%ss\n\tpopw %%es"
			 : : "r"((u32)seg), "r"((u32)off), "q"(value) : "memory");
}

static inline void far_write16(u16 seg, u16 off, u16 value)
{
	__asm__ volatile("movw %w0, %%es\n\tmovw %2, %%es:(%1)\n\tpushw %%ss\n\tpopw %%es"
			 : : "r"((u32)seg), "r"((u32)off), "r"(value) : "memory");
}

static inline void far_write32(u16 seg, u16 off, u32 value)
{
	__asm__ volatile("movw %w0, %%es\n\tmovl %2, %%es:(%1)\n\tpushw %%ss\n\tpopw %%es"
			 : : "r"((u32)seg), "r"((u32)off), "r"(value) : "memory");
}

/* Copy between any two places; neither may run over the end of its segment. */
static inline void far_copy(u16 dst_seg, u16 dst, u16 src_seg, u16 src, u16 bytes)
{
	u32 di = dst, si = src, cx = bytes;

	__asm__ volatile("movw %w3, %%es\n\tmovw %w4, %%ds\n\trep movsb\n\t"
			 "pushw %%ss\n\tpopw %%es\n\tpushw %%ss\n\tpopw %%ds"
			 : "+D"(di), "+S"(si), "+c"(cx) : "r"((u32)dst_seg), "r"((u32)src_seg) : "memory");
}

static inline u16 stack_segment(void)
{
	u16 seg;
	__asm__("movw %%ss, %0" : "=r"(seg));
	return seg;
}

/* Locals live in the stack segment. */
static inline void copy_to_far(u16 seg, u16 off, const void *src, u16 bytes)
{
	far_copy(seg, off, stack_segment(), (u16)(u32)src, bytes);
}

static inline void copy_from_far(void *dst, u16 seg, u16 off, u16 bytes)
{
	far_copy(stack_segment(), (u16)(u32)dst, seg, off, bytes);
}

/*
 * A local with constants in it. Plain initializers of more than a few words do not do: the compiler copies them from the
 * ROM by DS, which is the stack here.
 */
#define LOCAL_FROM_ROM(variable, ...) \
	static const __typeof__(variable) ROM variable##_rom = __VA_ARGS__; \
	copy_from_far(&(variable), 0xf000, (u16)(u32)&variable##_rom, sizeof(variable))

/* One sector or less between a port and memory; the offset is first made small so that it cannot wrap. */
static inline void port_to_far(u16 port, u16 seg, u16 off, u16 words)
{
	u32 di = off & 15, cx = words;

	seg = (u16)(seg + (off >> 4));
	__asm__ volatile("movw %w2, %%es\n\trep insw\n\tpushw %%ss\n\tpopw %%es"
			 : "+D"(di), "+c"(cx) : "r"((u32)seg), "d"(port) : "memory");
}

static inline void far_to_port(u16 port, u16 seg, u16 off, u16 words)
{
	u32 si = off & 15, cx = words;

	seg = (u16)(seg + (off >> 4));
	__asm__ volatile("movw %w2, %%ds\n\trep outsw\n\tpushw %%ss\n\tpopw %%ds"
			 : "+S"(si), "+c"(cx) : "r"((u32)seg), "d"(port) : "memory");
}

/* Interrupt vectors: 0000:vector*4. */
static inline u32 vector_get(u8 vector) { return far_read32(0, (u16)(vector * 4)); }
static inline void vector_set(u8 vector, u16 seg, u16 off) { far_write32(0, (u16)(vector * 4), (u32)seg << 16 | off); }

#endif
