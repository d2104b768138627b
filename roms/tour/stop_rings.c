/*
 * stop_rings.c - stops 1 and 2: instructions in ring 3 that are caught, and instructions that are not.
 *
 * SDM volume 3: 5.9 (privileged instructions), 6.15 (#GP), 2.4.1 (GDTR); volume 2: POPF, SMSW, SGDT.
 */
#include "tour.h"

extern const u8 try_hlt[], try_cli[], try_cr0[], try_lgdt[], try_in[], try_ds[], try_ds_at[];
extern const u8 sens_user[], sens_kernel[];
extern struct table_register sens_gdtr;
extern u16 sens_msw;
extern u32 sens_before, sens_wanted, sens_after;

struct attempt {
	const char *name;
	const u8 *entry, *at;	/* where the program begins, where the instruction is */
	u8 bytes;
};

static struct frame seen;
static u32 seen_cpl;

/* Whatever comes first ends the program: an exception, or its last INT 30h. */
static int record_and_leave(struct frame *f)
{
	seen = *f;
	seen_cpl = read_cs() & 3u;
	user_leave();
}

static void attempt(const u8 *entry)
{
	trap_set(record_and_leave);
	user_run(entry, 0x202);
}

static void say_attempt(const struct attempt *a)
{
	u32 i;

	attempt(a->entry);
	say("  ^w%s%16t", a->name);
	if (seen.vector == VEC_SYSCALL) {
		say("^rno exception\n");
		return;
	}
	say("^w%b^n %s%26t^w%x%38t%x%50t", seen.vector, vector_name(seen.vector), seen.error, seen.eip);
	for (i = 0; i < a->bytes; i++)
		say("^c%b ", a->at[i]);
	say("%62t%s", seen.eip == (u32)a->at ? "^gyes" : "^rno");
	say("\n");
}

void stop_privileged(void)
{
	static const struct attempt attempts[] = {
		{ "HLT", try_hlt, try_hlt, 1 },
		{ "CLI", try_cli, try_cli, 1 },
		{ "MOV EAX,CR0", try_cr0, try_cr0, 3 },
		{ "LGDT", try_lgdt, try_lgdt, 3 },
		{ "IN AL,21h", try_in, try_in, 2 },
		{ "MOV DS,0010h", try_ds, try_ds_at, 2 },
	};
	u32 i;

	say("Some instructions belong to ring 0. A program in ring 3 now tries them; the\n");
	say("processor does not execute them but calls the handler of an exception.\n\n");
	attempt(try_hlt);
	say("^yHLT in ring 3, as the handler found it\n");
	say("  vector%16t^w%b^n  %s, general protection\n", seen.vector, vector_name(seen.vector));
	say("  error code%16t^w%x^n  0 unless a segment selector is to blame\n", seen.error);
	say("  CS:EIP%16t^w%h:%x^n  the byte there is ^w%b^n%s\n", seen.cs & 0xFFFF, seen.eip, *(u8 *)seen.eip,
	    *(u8 *)seen.eip == 0xF4 ? ", the HLT itself" : "");
	say("  CPL%16t^w%d^n in the program, ^w%d^n in the handler\n\n", frame_cpl(&seen), seen_cpl);
	say("^y  instruction%16tvector%26terror%38tEIP%50tbytes%62tat it?\n");
	for (i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
		say_attempt(attempts + i);
	say("\nA fault leaves EIP on the instruction: the handler may punish, repair and\n");
	say("retry, or do the instruction's work itself. A virtual machine monitor runs a\n");
	say("guest's kernel in a weaker ring and lives on exactly this.\n");
}

static void say_flags(const char *what, u32 flags)
{
	say("  %s%24t^w%x^n  IF ^w%d^n  IOPL ^w%d\n", what, flags, flags >> 9 & 1, flags >> 12 & 3);
}

void stop_sensitive(void)
{
	struct table_register own;
	u32 cr0;

	say("These four touch or show the state of the system, but need no privilege.\n");
	say("In ring 3 nothing stops them: a monitor that relies on traps never knows.\n\n");
	attempt(sens_user);
	__asm__ volatile("sgdtl %0" : "=m"(own));
	READ_CR(0, cr0);
	say("^y  ring 3 ran%24tand got%60tring 0 reads\n");
	say("  SGDT%24t^w%x^n  limit ^w%h%60t%x %s\n", sens_gdtr.base, sens_gdtr.limit, own.base,
	    own.base == sens_gdtr.base && own.limit == sens_gdtr.limit ? "^gsame" : "^rother");
	say("  SMSW%24t^w%h^n  PE ^w%d^n  MP ^w%d^n  EM ^w%d^n  TS ^w%d%60t%x %s\n", sens_msw, sens_msw & 1, sens_msw >> 1 & 1,
	    sens_msw >> 2 & 1, sens_msw >> 3 & 1, cr0, (cr0 & 0xFFFF) == sens_msw ? "^gsame" : "^rother");
	say_flags("PUSHF", sens_before);
	say_flags("POPF tried to load", sens_wanted);
	say_flags("PUSHF after that", sens_after);
	say("  exceptions%24t^w%d^n  (the program ended by its own INT ^w%b^n)\n\n", seen.vector != VEC_SYSCALL, seen.vector);

	((void (*)(void))sens_kernel)();
	say("^y  the same POPF in ring 0\n");
	say_flags("PUSHF", sens_before);
	say_flags("POPF tried to load", sens_wanted);
	say_flags("PUSHF after that", sens_after);
	attempt(try_cli);
	say("\n  CLI in ring 3%24tvector ^w%b^n %s: the honest way to refuse\n", seen.vector, vector_name(seen.vector));
	say("\nPOPF in ring 3 left IF and IOPL alone and did not say so: a guest kernel\n");
	say("that runs there believes that interrupts are off. The classic hole.\n");
}
