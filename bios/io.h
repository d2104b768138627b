/* Ports and the few processor instructions that C has no words for. */
#ifndef BIOS_IO_H
#define BIOS_IO_H

#include "types.h"

static inline u8 inb(u16 port)
{
	u8 value;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outb(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

static inline u16 inw(u16 port)
{
	u16 value;
	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outw(u16 port, u16 value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }

static inline u32 inl(u16 port)
{
	u32 value;
	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outl(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }

static inline void cli(void) { __asm__ volatile("cli" : : : "memory"); }
static inline void sti(void) { __asm__ volatile("sti" : : : "memory"); }

/* STI holds interrupts off for one instruction, so none can slip in between the caller's test and the HLT. */
static inline void sti_hlt(void) { __asm__ volatile("sti\n\thlt" : : : "memory"); }

/* Is an interrupt that is due let through now? A while that waits with interrupts on must let one in. */
static inline void sti_nop(void) { __asm__ volatile("sti\n\tnop" : : : "memory"); }

/* The machine's port 80h display shows how far POST has come. */
static inline void post_code(u8 code) { outb(0x80, code); }

/* CMOS RAM and RTC (MC146818): index 70h, data 71h; bit 7 of the index, NMI off, stays 0. */
#define CMOS_RTC_A 0x0a
#define CMOS_RTC_B 0x0b
#define CMOS_RTC_C 0x0c
#define CMOS_RTC_D 0x0d
#define CMOS_SHUTDOWN 0x0f
#define CMOS_FLOPPY_TYPES 0x10
#define CMOS_DISK_TYPES 0x12
#define CMOS_EQUIPMENT 0x14
#define CMOS_BASE_KB 0x15
#define CMOS_EXT_KB 0x17
#define CMOS_EXT_KB_FOUND 0x30
#define CMOS_CENTURY 0x32
#define CMOS_EXT_64K 0x34       /* memory above 16 MB, in 64 KB */
#define CMOS_BOOT_THIRD 0x38    /* high nibble: third device; bit 0: no signature check on diskettes */
#define CMOS_BOOT_ORDER 0x3d    /* low nibble: first device; high nibble: second */
#define CMOS_MENU 0x3f          /* bit 0: show the boot menu prompt and wait */
#define CMOS_HIGH_64K 0x5b      /* memory above 4 GB, in 64 KB, three bytes */

static inline u8 cmos_read(u8 index)
{
	outb(0x70, index);
	return inb(0x71);
}

static inline u16 cmos_read16(u8 index) { return (u16)(cmos_read(index) | cmos_read((u8)(index + 1)) << 8); }

static inline void cmos_write(u8 index, u8 value)
{
	outb(0x70, index);
	outb(0x71, value);
}

/* Interrupt controllers (8259A): master 20h/21h, slave A0h/A1h. */
static inline void eoi_master(void) { outb(0x20, 0x20); }

static inline void eoi_both(void)
{
	outb(0xa0, 0x20);
	outb(0x20, 0x20);
}

static inline void irq_unmask(u8 irq)
{
	if (irq >= 8) {
		outb(0xa1, (u8)(inb(0xa1) & ~(1u << (irq - 8))));
		irq = 2;
	}
	outb(0x21, (u8)(inb(0x21) & ~(1u << irq)));
}

#endif
