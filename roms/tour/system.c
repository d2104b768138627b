/*
 * system.c - descriptor tables, task state segments and the common exception handler of the tour.
 *
 * SDM volume 3: 3.4.5 segment descriptors, 5.8.3 call gates, 6.11 IDT descriptors, 7.2.1 TSS, 2.5 control registers.
 */
#include "tour.h"

u8 gdt[64] __attribute__((aligned(8)));
static u8 idt[0x32 * 8] __attribute__((aligned(8)));
struct tss tss_main, tss_b;
static trap_hook *current_hook;

void trap(struct frame *f);
extern const u8 gate_entry[];

static void put32(u8 *at, u32 value)
{
	*(volatile u32 *)at = value;
}

static void descriptor_set(u16 selector, u32 base, u32 limit, u8 access, u8 flags)
{
	u8 *d = gdt + (selector & ~7u);

	put32(d, (base << 16) | (limit & 0xFFFF));
	put32(d + 4, (base & 0xFF000000) | (u32)flags << 20 | (limit & 0xF0000) | (u32)access << 8 | (base >> 16 & 0xFF));
}

static void gate_set(u8 *d, u32 offset, u8 access, u8 parameters)
{
	put32(d, (u32)SEL_CODE0 << 16 | (offset & 0xFFFF));
	put32(d + 4, (offset & 0xFFFF0000) | (u32)access << 8 | parameters);
}

u8 descriptor_access(u16 selector)
{
	return *(volatile u8 *)(gdt + (selector & ~7u) + 5);
}

static void gdt_init(void)
{
	struct table_register r = { sizeof gdt - 1, (u32)gdt };

	descriptor_set(SEL_CODE0, 0, 0xFFFFF, 0x9A, 0xC);
	descriptor_set(SEL_DATA0, 0, 0xFFFFF, 0x92, 0xC);
	descriptor_set(SEL_CODE3, 0, 0xFFFFF, 0xFA, 0xC);
	descriptor_set(SEL_DATA3, 0, 0xFFFFF, 0xF2, 0xC);
	descriptor_set(SEL_TSS, (u32)&tss_main, sizeof tss_main - 1, 0x89, 0);
	descriptor_set(SEL_TSS_B, (u32)&tss_b, sizeof tss_b - 1, 0x89, 0);
	gate_set(gdt + SEL_GATE, (u32)gate_entry, 0xEC, 2);
	__asm__ volatile("lgdtl %0\n\tljmp $0x08, $1f\n1:\tmovw %1, %%ds\n\tmovw %1, %%es\n\tmovw %1, %%ss\n\tmovw %1, %%fs\n\tmovw %1, %%gs"
			 : : "m"(r), "r"((u16)SEL_DATA0) : "memory");
}

static void idt_init(void)
{
	struct table_register r = { sizeof idt - 1, (u32)idt };
	u32 v;

	for (v = 0; v < 0x32; v++)
		gate_set(idt + v * 8, trap_entries[v], v == VEC_SYSCALL ? 0xEE : 0x8E, 0);
	__asm__ volatile("lidtl %0" : : "m"(r) : "memory");
}

static int has_cpuid(void)
{
	u32 before, after;

	__asm__ volatile("pushfl\n\tpopl %0\n\tmovl %0, %1\n\txorl $0x200000, %1\n\tpushl %1\n\tpopfl\n\tpushfl\n\tpopl %1\n\tpushl %0\n\tpopfl"
			 : "=&r"(before), "=&r"(after));
	return ((before ^ after) & 0x200000) != 0;
}

static void cpuid(u32 leaf, u32 *out)
{
	__asm__ volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "a"(leaf), "c"(0));
}

/* Brand string where there is one, else the vendor. */
static void processor_name(void)
{
	u32 text[13] = { 0 }, r[4], i;

	if (!has_cpuid()) {
		screen_processor("a 386 or 486 without CPUID");
		return;
	}
	cpuid(0x80000000, r);
	if (r[0] >= 0x80000004 && r[0] < 0x80010000) {
		for (i = 0; i < 3; i++)
			cpuid(0x80000002 + i, text + 4 * i);
	} else {
		cpuid(0, r);
		text[0] = r[1];
		text[1] = r[3];
		text[2] = r[2];
	}
	screen_processor((const char *)text);
}

/* CR4 came with the features that have a bit there (volume 3, 2.5): VME DE PSE TSC, PAE MCE,
 * PGE, FXSR SSE. A 486 may have CPUID and none of them. */
#define FEATURES_IN_CR4 0x030020DE

static int has_cr4(void)
{
	u32 r[4];

	if (!has_cpuid())
		return 0;
	cpuid(1, r);
	return (r[3] & FEATURES_IN_CR4) != 0;
}

/* CR0 and CR4 to a state that is the same on every machine: PE, ET and NE only; no extensions. */
static void control_init(void)
{
	u32 cr0;

	READ_CR(0, cr0);
	WRITE_CR(0, (cr0 & ~0x8005000Eu) | 0x21);
	if (has_cr4())
		WRITE_CR(4, 0);
}

void system_init(void)
{
	gdt_init();
	idt_init();
	tss_main.ss0 = SEL_DATA0;
	tss_main.iomap = sizeof tss_main;
	tss_b.iomap = sizeof tss_b;
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
	control_init();
	processor_name();
	pic_init();
}

void trap_set(trap_hook *hook)
{
	current_hook = hook;
}

u32 frame_cpl(const struct frame *f)
{
	return f->eflags & FL_VM ? 3 : f->cs & 3;
}

const char *vector_name(u32 vector)
{
	static const char *const names[] = {
		"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "--", "#TS", "#NP", "#SS", "#GP", "#PF", "--", "#MF", "#AC",
	};

	return vector < sizeof names / sizeof names[0] ? names[vector] : "INT";
}

/* Called by trap.S for every exception and interrupt. */
void trap(struct frame *f)
{
	if (f->vector >= 0x20 && f->vector < 0x30) {
		irq_handle(f);
		return;
	}
	if (!current_hook || !current_hook(f))
		panic(f);
}
