/*
 * tour.h - shared declarations of the tour of the processor: a bootable demonstration that runs alone on the machine.
 *
 * 32-bit protected mode, flat segments at ring 0 and ring 3, no BIOS after the start. Descriptor, gate, TSS and frame layouts:
 * SDM volume 3, 3.4.5, 5.8.3, 6.12, 7.2.
 */
#ifndef TOUR_H
#define TOUR_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

/* ---- Selectors ------------------------------------------------------------------------------------------------ */
#define SEL_CODE0	0x08
#define SEL_DATA0	0x10
#define SEL_CODE3	0x1B
#define SEL_DATA3	0x23
#define SEL_TSS		0x28
#define SEL_TSS_B	0x30
#define SEL_GATE	0x38		/* call gate, used from ring 3 as 3Bh */

/* ---- EFLAGS, CR0, page table entries ---------------------------------------------------------------------------- */
#define FL_TF		0x00000100
#define FL_IF		0x00000200
#define FL_IOPL		0x00003000
#define FL_NT		0x00004000
#define FL_VM		0x00020000
#define CR0_TS		0x00000008
#define CR0_WP		0x00010000
#define CR0_PG		0x80000000
#define PTE_P		0x01
#define PTE_W		0x02
#define PTE_U		0x04
#define PTE_A		0x20
#define PTE_D		0x40

/* ---- Vectors ---------------------------------------------------------------------------------------------------- */
#define VEC_GP		0x0D
#define VEC_PF		0x0E
#define VEC_TIMER	0x20
#define VEC_KEYBOARD	0x21
#define VEC_SYSCALL	0x30		/* gate with DPL 3 */
#define VEC_RING0	0x31		/* gate with DPL 0 */

/* What trap.S leaves on the stack: lowest address first. ESP and SS only from ring 3 and v86, the last four only from v86. */
struct frame {
	u32 gs, fs, es, ds;
	u32 edi, esi, ebp, esp_at_pushal, ebx, edx, ecx, eax;
	u32 vector, error;
	u32 eip, cs, eflags, esp, ss;
	u32 v86_es, v86_ds, v86_fs, v86_gs;
};

struct tss {
	u16 link, r0;
	u32 esp0; u16 ss0, r1;
	u32 esp1; u16 ss1, r2;
	u32 esp2; u16 ss2, r3;
	u32 cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u16 es, r4, cs, r5, ss, r6, ds, r7, fs, r8, gs, r9, ldt, r10, trap, iomap;
};

struct table_register { u16 limit; u32 base; } __attribute__((packed));

/* ---- Machine access --------------------------------------------------------------------------------------------- */
static inline u8 inb(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outb(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

#define READ_CR(n, value)	__asm__ volatile("movl %%cr" #n ", %0" : "=r"(value) : : "memory")
#define WRITE_CR(n, value)	__asm__ volatile("movl %0, %%cr" #n : : "r"(value) : "memory")

static inline u16 read_cs(void)
{
	u32 value;

	__asm__ volatile("movl %%cs, %0" : "=r"(value));
	return (u16)value;
}

static inline u16 read_tr(void)
{
	u32 value = 0;

	__asm__ volatile("strw %w0" : "+r"(value));
	return (u16)value;
}

/* ---- trap.S ------------------------------------------------------------------------------------------------------- */
void user_run(const void *entry, u32 eflags);		/* returns after user_leave() */
void v86_run(u16 seg, u16 ip, u16 sp, u32 eflags);	/* likewise */
void user_leave(void) __attribute__((noreturn));
extern u8 user_stack_top[];
extern const u32 trap_entries[];			/* 32 exceptions, 16 interrupts, 30h, 31h */

/* ---- system.c ----------------------------------------------------------------------------------------------------- */
typedef int trap_hook(struct frame *f);	/* non-zero: handled, resume */

extern struct tss tss_main, tss_b;
extern u8 gdt[];

void system_init(void);
void trap_set(trap_hook *hook);
u8 descriptor_access(u16 selector);
const char *vector_name(u32 vector);
u32 frame_cpl(const struct frame *f);

/* ---- interrupts.c ------------------------------------------------------------------------------------------------- */
void pic_init(void);
void irq_enable(u8 irq, u8 on);
void irq_handle(struct frame *f);
void timer_hook(void (*hook)(struct frame *f));
void timer_rate(u32 hertz);
u8 key_wait(void);			/* scan code (set 1) of the next key pressed */

/* ---- screen.c ----------------------------------------------------------------------------------------------------- */
void screen_begin(const char *title, const char *footer);
void say(const char *format, ...);
void screen_end(void);
void screen_processor(const char *name);
void panic(const struct frame *f) __attribute__((noreturn));
void reboot(void) __attribute__((noreturn));

/* ---- paging.c ----------------------------------------------------------------------------------------------------- */
#define WINDOW		0x00400000	/* linear addresses whose page table the stops fill in */

extern u32 window_table[1024];

void paging_on(void);
void paging_off(void);
void page_map(u32 linear, u32 entry);
u32 page_entry(u32 linear);

/* ---- the stops of the tour ------------------------------------------------------------------------------------------ */
void stop_privileged(void);
void stop_sensitive(void);
void stop_syscall(void);
void stop_page_fault(void);
void stop_call_gate(void);
void stop_task_switch(void);
void stop_v86(void);
void stop_timer(void);
void stop_self_modify(void);

#endif
