/*
 * paging.c - page tables for the stops that need them: the first 4 MB mapped one to one for ring 3 too, and a window of 4 MB
 * above that begins empty.
 *
 * SDM volume 3, 4.3 (32-bit paging).
 */
#include "tour.h"

static u32 directory[1024] __attribute__((aligned(4096)));
static u32 low_table[1024] __attribute__((aligned(4096)));
u32 window_table[1024] __attribute__((aligned(4096)));

static void flush(void)
{
	u32 cr3;

	READ_CR(3, cr3);
	WRITE_CR(3, cr3);
}

void page_map(u32 linear, u32 entry)
{
	*(volatile u32 *)&window_table[linear >> 12 & 1023] = entry;
	flush();
}

u32 page_entry(u32 linear)
{
	return *(volatile u32 *)&window_table[linear >> 12 & 1023];
}

void paging_on(void)
{
	u32 i, cr0;

	for (i = 0; i < 1024; i++) {
		low_table[i] = i << 12 | PTE_P | PTE_W | PTE_U;
		window_table[i] = 0;
	}
	directory[0] = (u32)low_table | PTE_P | PTE_W | PTE_U;
	directory[WINDOW >> 22] = (u32)window_table | PTE_P | PTE_W | PTE_U;
	WRITE_CR(3, (u32)directory);
	READ_CR(0, cr0);
	WRITE_CR(0, cr0 | CR0_PG);
	__asm__ volatile("jmp 1f\n1:" : : : "memory");
}

void paging_off(void)
{
	u32 cr0;

	READ_CR(0, cr0);
	WRITE_CR(0, cr0 & ~(CR0_PG | CR0_WP));
	__asm__ volatile("jmp 1f\n1:" : : : "memory");
	WRITE_CR(3, 0);
}
