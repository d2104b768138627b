/*
 * stop_calls.c - stops 3 and 5: two ways from ring 3 to ring 0, the software interrupt and the call gate.
 *
 * SDM volume 3: 6.12.1 and figure 6-4 (stack of an interrupt with a change of privilege), 5.8.3 to 5.8.6 (call gates, stack
 * switch, return), 6.12.1.2 (DPL of a gate against CPL).
 */
#include "tour.h"

struct registers { u32 cs, ss, esp, eflags; };

extern const u8 call_user[], call_return[], call_ring0[], gate_user[], gate_return[], gate_direct[];
extern struct registers call_before, call_after;
extern u32 call_result;
extern u32 gate_esp_before, gate_esp_call, gate_esp_after, gate_esp_in, gate_cs_in, gate_ss_in, gate_cs_after, gate_result, gate_stack[6];

static struct registers inside;
static u32 stack_at_entry[5];
static struct frame last;

static u32 ss_now(void)
{
	u32 value;

	__asm__ volatile("movl %%ss, %0" : "=r"(value));
	return value & 0xFFFF;
}

static u32 flags_now(void)
{
	u32 value;

	__asm__ volatile("pushfl\n\tpopl %0" : "=r"(value));
	return value;
}

/* Service 1234h adds one to EBX; anything else ends the program. */
static int serve(struct frame *f)
{
	u32 i;

	if (f->vector != VEC_SYSCALL || f->eax != 0x1234) {
		last = *f;
		user_leave();
	}
	inside.cs = read_cs();
	inside.ss = ss_now();
	inside.esp = (u32)&f->eip;
	inside.eflags = flags_now();
	for (i = 0; i < 5; i++)
		stack_at_entry[i] = (&f->eip)[i];
	f->eax = f->ebx + 1;
	return 1;
}

static void say_three(const char *name, u32 a, u32 b, u32 c)
{
	say("  %s%14t^w%x%28t%x%42t%x\n", name, a, b, c);
}

static void say_three_small(const char *name, u32 a, u32 b, u32 c)
{
	say("  %s%14t^w%d%28t%d%42t%d\n", name, a, b, c);
}

static void say_slot(u32 address, u32 value, const char *meaning)
{
	say("  ^w%x%14t%x%28t^n%s\n", address, value, meaning);
}

void stop_syscall(void)
{
	static const char *const names[5] = { "EIP: the instruction behind the INT", "CS", "EFLAGS", "ESP of ring 3", "SS of ring 3" };
	u32 i;

	trap_set(serve);
	user_run(call_user, 0x202);
	say("A program in ring 3 executes INT 30h. The gate in the IDT says where ring 0\n");
	say("begins, the task state segment which stack it gets.\n\n");
	say("^y%14tbefore%28tin handler%42tafter IRET\n");
	say_three("CS", call_before.cs, inside.cs, call_after.cs);
	say_three_small("CPL", call_before.cs & 3, inside.cs & 3, call_after.cs & 3);
	say_three("SS", call_before.ss, inside.ss, call_after.ss);
	say_three("ESP", call_before.esp, inside.esp, call_after.esp);
	say_three_small("EFLAGS.IF", call_before.eflags >> 9 & 1, inside.eflags >> 9 & 1, call_after.eflags >> 9 & 1);
	say("  TSS.ESP0%14t^w%x^n, and five doublewords below it the handler begins\n\n", inside.esp + 20 == tss_main.esp0 ? tss_main.esp0 : 0);
	say("^y  address%14tvalue%28tpushed by the processor\n");
	for (i = 5; i-- > 0;)
		say_slot(inside.esp + 4 * i, stack_at_entry[i], names[i]);
	say("  asked with EBX = ^w41^n, answered EAX = ^w%d^n; EIP %s\n", call_result,
	    stack_at_entry[0] == (u32)call_return ? "^gwas behind the INT" : "^rwas elsewhere");
	user_run(call_ring0, 0x202);
	say("  INT 31h, whose gate has DPL 0: vector ^w%b^n %s, error code ^w%x^n\n", last.vector, vector_name(last.vector), last.error);
	say("  (^w%b^n * 8 + 2: entry of the IDT). Ring 3 cannot fake such an interrupt.\n", last.error >> 3);
}

void stop_call_gate(void)
{
	static const char *const names[6] = {
		"EIP: the instruction behind the CALL", "CS of ring 3", "second push, copied", "first push, copied", "ESP of ring 3", "SS of ring 3",
	};
	u32 i;

	trap_set(serve);
	user_run(gate_user, 0x202);
	say("A call gate in the GDT is a door to a fixed address in ring 0. CALL FAR 003B\n");
	say("from ring 3 changes the stack and copies two parameters, as the gate says.\n\n");
	say("^y%24tcaller%36tin ring 0%48tafter RETF 8\n");
	say("  CS%24t^w%h%36t%h%48t%h\n", SEL_CODE3, gate_cs_in & 0xFFFF, gate_cs_after & 0xFFFF);
	say("  CPL%24t^w%d%36t%d%48t%d\n", SEL_CODE3 & 3, gate_cs_in & 3, gate_cs_after & 3);
	say("  ESP%24t^w%x%36t%x%48t%x\n", gate_esp_call, gate_esp_in, gate_esp_after);
	say("  before the two pushes%24t^w%x%48t%s\n\n", gate_esp_before, gate_esp_before == gate_esp_after ? "^gthe same" : "^rdifferent");
	say("^y  address%14tvalue%28ton the stack of ring 0\n");
	for (i = 6; i-- > 0;)
		say_slot(gate_esp_in + 4 * i, gate_stack[i], names[i]);
	say("\n  ring 0 added the parameters: ^w%x^n\n", gate_result);
	user_run(gate_direct, 0x202);
	say("  CALL FAR to 0008 without the gate: vector ^w%b^n %s, error code ^w%x\n", last.vector, vector_name(last.vector), last.error);
	say("  (the selector). There is no way in but the door.\n");
}
