/*
 * The loader card's registers and the plan that is its part 0. The machine makes the plan (machine/boot.h has the same
 * structure); this is guest code and shares no header with it.
 */
#ifndef LOADER_PLAN_H
#define LOADER_PLAN_H

#define ROM_BLOCKS 8            /* of 512 bytes */
#define ROM_BASE 0x90000        /* where the ROM copies itself */
#define STACK_TOP 0x7ff0        /* offsets from there */
#define LOW_END_KB (0x9c000 / 1024)
#define REAL_STACK 0xdff0

#define LOADER_PORT 0x5c0
#define REG_PART (LOADER_PORT + 0)
#define REG_SIZE (LOADER_PORT + 4)
#define REG_ADDRESS (LOADER_PORT + 8)
#define REG_CONTROL (LOADER_PORT + 12)
#define CONTROL_RUN 1

#define PLAN_ENTRY 12
#define PLAN_EAX 16
#define PLAN_EBX 20
#define PLAN_ESI 24

#define REGS_EAX 0
#define REGS_EBX 4
#define REGS_ECX 8
#define REGS_EDX 12
#define REGS_EDI 16
#define REGS_FLAGS 20

#ifndef __ASSEMBLER__

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define PLAN_MAGIC 0x4c444e54
#define PLAN_PARTS 128
#define HIGHEST 0xffffffff      /* an address: as high as there is memory, up to plan->highest */

enum kind { LINUX_32 = 1, LINUX_16, MULTIBOOT };

struct boot_plan {
	u32 magic, kind;
	u32 nparts;             /* this one included; part 1 is what the kernel is told */
	u32 entry;              /* linear; of LINUX_16 the segment */
	u32 eax, ebx, esi;
	u32 highest;
	u8 name[32];
	u32 address[PLAN_PARTS];
};

struct regs {
	u32 eax, ebx, ecx, edx, edi, flags;
};

/* One entry of INT 15h, AX=E820h. */
struct range {
	u64 base, length;
	u32 type;
} __attribute__((packed));

#define RANGES 64
#define RANGE_RAM 1

struct memory {
	u32 n;
	struct range range[RANGES];
};

/* entry.S */
void bios_call(u32 vector, struct regs *r);
void enter_16(u32 segment) __attribute__((noreturn));
void enter_32(const struct boot_plan *plan) __attribute__((noreturn));

/* memory.c */
void memory_ask(struct memory *mem);
u32 memory_extended_kb(void);
u32 memory_base_kb(void);
/* The highest page-aligned address below `last` where `size` bytes of memory begin; 0: there is none. */
u32 memory_highest(const struct memory *mem, u32 size, u32 last);
void a20_on(void);

/* info.c: completes part 1, which lies at `info` (linear, below 1 MB). */
void tell_linux_32(u32 info, const struct memory *mem);
void tell_linux_initrd(u32 info, u32 address);
void tell_multiboot(u32 info, const struct memory *mem);

/* Memory below 1 MB by its linear address. */
static inline void low_write8(u32 lin, u8 value)
{
	__asm__ volatile("movw %w0, %%fs\n\tmovb %2, %%fs:(%1)" : : "r"(lin >> 4), "r"(lin & 15), "q"(value) : "memory");
}

static inline void low_write16(u32 lin, u16 value)
{
	__asm__ volatile("movw %w0, %%fs\n\tmovw %2, %%fs:(%1)" : : "r"(lin >> 4), "r"(lin & 15), "r"(value) : "memory");
}

static inline void low_write32(u32 lin, u32 value)
{
	__asm__ volatile("movw %w0, %%fs\n\tmovl %2, %%fs:(%1)" : : "r"(lin >> 4), "r"(lin & 15), "r"(value) : "memory");
}

static inline u16 low_read16(u32 lin)
{
	u16 value;
	__asm__ volatile("movw %w1, %%fs\n\tmovw %%fs:(%2), %0" : "=r"(value) : "r"(lin >> 4), "r"(lin & 15) : "memory");
	return value;
}

static inline u32 low_read32(u32 lin)
{
	u32 value;
	__asm__ volatile("movw %w1, %%fs\n\tmovl %%fs:(%2), %0" : "=r"(value) : "r"(lin >> 4), "r"(lin & 15) : "memory");
	return value;
}

#endif
#endif
