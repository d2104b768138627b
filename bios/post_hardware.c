/*
 * POST's dealings with the chips: interrupt controllers (8259A), timer (8254), DMA (8237A), clock (MC146818), coprocessor,
 * serial and parallel ports, and the vectors. AT Technical Reference, system board and BIOS listing.
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

static void pic_init(void)
{
	outb(0x20, 0x11);       /* ICW1: edges, cascade, ICW4 follows */
	outb(0xa0, 0x11);
	outb(0x21, 0x08);       /* ICW2: INT 08h-0Fh and 70h-77h */
	outb(0xa1, 0x70);
	outb(0x21, 0x04);       /* ICW3: slave at IR2 */
	outb(0xa1, 0x02);
	outb(0x21, 0x01);       /* ICW4: 8086 */
	outb(0xa1, 0x01);
	outb(0x21, 0xfa);       /* timer and cascade; the others when they are ready */
	outb(0xa1, 0xff);
}

static void pit_init(void)
{
	outb(0x43, 0x36);       /* channel 0: mode 3, 65536: 18.2 Hz */
	outb(0x40, 0);
	outb(0x40, 0);
	outb(0x43, 0x54);       /* channel 1: mode 2, 18: refresh each 15 us */
	outb(0x41, 18);
	outb(0x43, 0xb6);       /* channel 2: mode 3, 896 Hz, not joined to the speaker */
	outb(0x42, 0x33);
	outb(0x42, 0x05);
	outb(0x61, inb(0x61) & 0xfc);
}

static void dma_init(void)
{
	outb(0x0d, 0);          /* master clear; all channels masked */
	outb(0xda, 0);
	outb(0x08, 0);
	outb(0xd0, 0);
	for (u8 channel = 0; channel < 4; channel++) {
		outb(0x0b, 0x40 | channel);
		outb(0xd6, channel ? 0x40 | channel : 0xc0);
	}
	outb(0xd4, 0);          /* channel 4 is the way of 0-3 */
}

static void rtc_init(void)
{
	cmos_write(CMOS_RTC_A, 0x26);                                   /* 32768 Hz, 1024 Hz periodic */
	cmos_write(CMOS_RTC_B, (cmos_read(CMOS_RTC_B) & 0x01) | 0x02);  /* 24 hours, BCD, no interrupts */
	(void)cmos_read(CMOS_RTC_C);
	(void)cmos_read(CMOS_RTC_D);
}

/* Ticks since midnight from the clock: 1193182 / 65536 in a second. */
static void ticks_from_rtc(void)
{
	struct regs r = { .eax = 0x0200 };
	u32 seconds;

	handle_1a(&r);
	if (r.flags & FLAG_CF)
		return;
	seconds = (bcd_to_binary(r.ch) * 60u + bcd_to_binary(r.cl)) * 60u + bcd_to_binary(r.dh);
	BDA->ticks = (u32)((u64)seconds * 1193182u >> 16);
}

/*
 * A coprocessor answers FNSTSW with 0 after FNINIT. CD and NW, set by the reset of a 486 and later (SDM 3A, 9.1.1), are
 * cleared on the way: the caches may work. On a 386 they are 0 already.
 */
static void fpu_init(void)
{
	u16 word = 0x5a5a;
	u32 cr0;

	__asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
	cr0 &= ~0x6000002eu;            /* CD, NW, NE, TS, EM, MP */
	__asm__ volatile("movl %0, %%cr0" : : "r"(cr0));
	__asm__ volatile("fninit\n\tfnstsw %0" : "+m"(word));
	if (word == 0) {
		BDA->equipment |= EQUIP_FPU;
		cr0 |= 0x02;
		irq_unmask(13);
	} else {
		cr0 |= 0x04;
	}
	__asm__ volatile("movl %0, %%cr0" : : "r"(cr0));
}

void hardware_init(void)
{
	pic_init();
	pit_init();
	dma_init();
	rtc_init();
	ticks_from_rtc();
	fpu_init();
	local_apic_init();
}

/* INT 00h-1Fh, the hardware's 70h-77h; the rest points to an IRET except for the users' own. */
void vectors_init(void)
{
	for (u32 v = 0; v < 256; v++) {
		int users = (v >= 0x60 && v < 0x68) || v >= 0xf1;
		vector_set((u8)v, users ? 0 : BIOS_SEG, users ? 0 : ENTRY_OFFSET(dummy_iret));
	}
	for (u32 v = 0x08; v < 0x20; v++)
		vector_set((u8)v, BIOS_SEG, vector_table[v - 0x08]);
	for (u32 v = 0x70; v < 0x78; v++)
		vector_set((u8)v, BIOS_SEG, ENTRY_OFFSET(int_irq));
	vector_set(0x1f, 0, 0);
	vector_set(0x02, BIOS_SEG, ENTRY_OFFSET(int02));
	vector_set(0x05, BIOS_SEG, ENTRY_OFFSET(int05));
	vector_set(0x70, BIOS_SEG, ENTRY_OFFSET(int70));
	vector_set(0x71, BIOS_SEG, ENTRY_OFFSET(int71));
	vector_set(0x74, BIOS_SEG, ENTRY_OFFSET(int74));
	vector_set(0x75, BIOS_SEG, ENTRY_OFFSET(int75));
	vector_set(0x76, BIOS_SEG, ENTRY_OFFSET(int76));
	vector_set(0x77, BIOS_SEG, ENTRY_OFFSET(int76));
}

/* IER keeps its low half, and the high halves of IER and MCR read 0. */
static int is_uart(u16 port)
{
	outb(port + 3, 0x03);
	outb(port + 1, 0x05);
	if (inb(port + 1) != 0x05)
		return 0;
	outb(port + 1, 0);
	return inb(port + 1) == 0 && (inb(port + 4) & 0xe0) == 0;
}

static int is_parallel(u16 port)
{
	outb(port + 2, 0x0c);
	outb(port, 0x55);
	if (inb(port) != 0x55)
		return 0;
	outb(port, 0xaa);
	return inb(port) == 0xaa;
}

/* Fill 40:00 and 40:08 without gaps; the counts go into the equipment word. */
void ports_init(void)
{
	static const u16 ROM uarts[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
	static const u16 ROM parallels[] = { 0x378, 0x278, 0x3bc };
	u32 coms = 0, lpts = 0;

	for (u32 n = 0; n < COUNT(uarts); n++) {
		if (is_uart(uarts[n])) {
			BDA->com_timeout[coms] = 1;
			BDA->com[coms++] = uarts[n];
		}
	}
	for (u32 n = 0; n < COUNT(parallels); n++) {
		if (is_parallel(parallels[n])) {
			BDA->lpt_timeout[lpts] = 20;
			BDA->lpt[lpts++] = parallels[n];
		}
	}
	BDA->equipment |= (u16)(coms << 9 | lpts << 14);
}
