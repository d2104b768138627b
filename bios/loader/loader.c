/* INT 19h of the loader card: places the parts of the plan in memory and starts the kernel. */
#include "plan.h"

static struct boot_plan plan;
static struct memory memory;

static void outl(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "d"(port)); }

static u32 inl(u16 port)
{
	u32 value;
	__asm__ volatile("inl %1, %0" : "=a"(value) : "d"(port));
	return value;
}

static void print(const char *text)
{
	for (; *text; text++) {
		struct regs r = { .eax = 0x0e00 | (u8)*text, .ebx = 7 };
		bios_call(0x10, &r);
	}
}

static __attribute__((noreturn)) void stop(const char *text)
{
	print("\r\nloader: ");
	print(text);
	for (;;)
		__asm__ volatile("sti\n\thlt");
}

static void fetch(u32 part, u32 address)
{
	outl(REG_PART, part);
	outl(REG_ADDRESS, address);
	outl(REG_CONTROL, CONTROL_RUN);
	while (inl(REG_CONTROL) & CONTROL_RUN)
		__asm__ volatile("pause");
}

static u32 part_size(u32 part)
{
	outl(REG_PART, part);
	return inl(REG_SIZE);
}

static void fetch_highest(u32 part)
{
	u32 address = memory_highest(&memory, part_size(part), plan.highest);

	if (!address)
		stop("no memory for the initial RAM disk");
	fetch(part, address);
	tell_linux_initrd(plan.address[1], address);
}

static void fetch_all(void)
{
	for (u32 part = 1; part < plan.nparts; part++) {
		if (plan.address[part] == HIGHEST)
			fetch_highest(part);
		else
			fetch(part, plan.address[part]);
	}
}

__attribute__((noreturn)) void load_and_start(void)
{
	fetch(0, ROM_BASE + (u32)&plan);
	if (plan.magic != PLAN_MAGIC)
		stop("there is no plan");
	if (memory_base_kb() < LOW_END_KB)
		stop("the BIOS leaves too little memory below 640 KB");
	print("Loading ");
	print((const char *)plan.name);
	print("\r\n");
	memory_ask(&memory);
	a20_on();
	fetch_all();
	if (plan.kind == LINUX_16)
		enter_16(plan.entry);
	if (plan.kind == LINUX_32)
		tell_linux_32(plan.address[1], &memory);
	else
		tell_multiboot(plan.address[1], &memory);
	enter_32(&plan);
}
