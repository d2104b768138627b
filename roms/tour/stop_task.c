/*
 * stop_task.c - stop 6: hardware task switches by CALL, IRET and JMP.
 *
 * SDM volume 3: 7.2 (TSS, busy type), 7.3 (task switching), 7.4 and table 7-2 (busy flag, NT, link field, CR0.TS).
 */
#include "tour.h"

struct snapshot { u32 tr, type_a, type_b, link, nt, ts, esp; };

static struct snapshot shots[5];
static u8 stack_b[1024] __attribute__((aligned(16)));
static u32 entries_b;

void task_b_main(void);

/* The argument comes in a register, so that the stack is the caller's. */
static __attribute__((noinline, regparm(1))) void snap(struct snapshot *s)
{
	u32 flags, cr0, esp;

	__asm__ volatile("pushfl\n\tpopl %0\n\tmovl %%esp, %1" : "=r"(flags), "=r"(esp));
	READ_CR(0, cr0);
	s->tr = read_tr();
	s->type_a = descriptor_access(SEL_TSS);
	s->type_b = descriptor_access(SEL_TSS_B);
	s->link = *(volatile u16 *)&tss_b.link;
	s->nt = (flags & FL_NT) != 0;
	s->ts = (cr0 & CR0_TS) != 0;
	s->esp = esp;
	__asm__ volatile("clts");
}

/* Task B's whole life: look, return by IRET, look again, return by JMP, and so on. */
void task_b_main(void)
{
	for (;;) {
		entries_b++;
		snap(shots + 1);
		__asm__ volatile("iret" : : : "memory");
		entries_b++;
		snap(shots + 3);
		__asm__ volatile("ljmp $0x28, $0" : : : "memory");
	}
}

static void task_b_prepare(void)
{
	u32 i;

	for (i = 0; i < sizeof tss_b; i++)
		((volatile u8 *)&tss_b)[i] = 0;
	tss_b.eip = (u32)task_b_main;
	tss_b.esp = (u32)stack_b + sizeof stack_b - 16;
	tss_b.eflags = 2;
	tss_b.cs = SEL_CODE0;
	tss_b.ds = tss_b.es = tss_b.ss = tss_b.fs = tss_b.gs = SEL_DATA0;
	tss_b.iomap = sizeof tss_b;
	READ_CR(3, tss_b.cr3);
	READ_CR(3, tss_main.cr3);
	entries_b = 0;
}

static void say_row(const char *name, const u32 *values, u32 digits)
{
	u32 i;

	say("  %s", name);
	for (i = 0; i < 5; i++) {
		static const char *const columns[5] = { "%22t", "%33t", "%44t", "%55t", "%66t" };

		say(columns[i]);
		say(digits == 1 ? "^w%d" : digits == 2 ? "^w%b" : digits == 4 ? "^w%h" : "^w%x", values[i]);
	}
	say("\n");
}

static void say_field(const char *name, u32 offset, u32 digits)
{
	u32 values[5], i;

	for (i = 0; i < 5; i++)
		values[i] = *(const u32 *)((const u8 *)(shots + i) + offset);
	say_row(name, values, digits);
}

void stop_task_switch(void)
{
	u32 i, marker;

	task_b_prepare();
	snap(shots);
	marker = 0x5A5A5A5A;
	__asm__ volatile("lcall $0x30, $0" : "+S"(marker) : : "memory", "cc");
	snap(shots + 2);
	__asm__ volatile("ljmp $0x30, $0" : "+S"(marker) : : "memory", "cc");
	snap(shots + 4);

	say("A far CALL or JMP to a task state segment exchanges the whole register set.\n");
	say("Task A is the tour itself (TSS 0028), task B has TSS 0030 and its own stack.\n\n");
	say("^y%22tin A,%33tin B,%44tin A,%55tin B,%66tin A,\n");
	say("^y%22tat first%33tby CALL%44tby IRET%55tby JMP%66tby JMP\n");
	say_field("task register", __builtin_offsetof(struct snapshot, tr), 4);
	say_field("access byte of A", __builtin_offsetof(struct snapshot, type_a), 2);
	say_field("access byte of B", __builtin_offsetof(struct snapshot, type_b), 2);
	say_field("back link in B", __builtin_offsetof(struct snapshot, link), 4);
	say_field("EFLAGS.NT", __builtin_offsetof(struct snapshot, nt), 1);
	say_field("CR0.TS", __builtin_offsetof(struct snapshot, ts), 1);
	say_field("ESP", __builtin_offsetof(struct snapshot, esp), 8);
	say("\n  ^w8B^n is a busy TSS, ^w89^n an available one. CALL leaves A busy, links B to it\n");
	say("  and sets NT, so that IRET finds the way back; JMP does neither. Every\n");
	say("  switch sets TS, so that the FPU's registers can follow lazily.\n\n");
	for (i = 0; i < 8; i++) {
		__asm__ volatile("lcall $0x30, $0" : "+S"(marker) : : "memory", "cc");
		__asm__ volatile("ljmp $0x30, $0" : "+S"(marker) : : "memory", "cc");
	}
	__asm__ volatile("clts");
	say("  eight more rounds; B has been entered ^w%d^n times, A's ESI is still ^w%x\n", entries_b, marker);
}
