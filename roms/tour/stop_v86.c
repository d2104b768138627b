/*
 * stop_v86.c - stop 7: a real-mode program in virtual-8086 mode under a small monitor.
 *
 * SDM volume 3: 20.2 (virtual-8086 mode), 20.2.7 and 20.3.3 (sensitive instructions: with IOPL below 3 CLI, STI, PUSHF, POPF, INT n and
 * IRET raise #GP), 20.2.8.1 (I/O is decided by the permission bitmap alone). CR4.VME is 0.
 */
#include "tour.h"

#define V86_SEG		0x0800
#define IVT_60		((volatile u16 *)(0x60 * 4))

enum { OP_CLI, OP_STI, OP_PUSHF, OP_POPF, OP_INT, OP_IRET, OP_IN, OP_HLT, OPS };

extern const u8 v86_program[], v86_program_end[], v86_service[];

static u32 counts[OPS], virtual_if, other_exceptions, first_error;
static struct frame final;

static u8 *v86_address(u32 seg, u32 off)
{
	return (u8 *)((seg & 0xFFFF) * 16 + (off & 0xFFFF));
}

static void v86_push(struct frame *f, u32 value)
{
	f->esp = (f->esp & 0xFFFF0000) | ((f->esp - 2) & 0xFFFF);
	*(volatile u16 *)v86_address(f->ss, f->esp) = (u16)value;
}

static u16 v86_pop(struct frame *f)
{
	u16 value = *(volatile u16 *)v86_address(f->ss, f->esp);

	f->esp = (f->esp & 0xFFFF0000) | ((f->esp + 2) & 0xFFFF);
	return value;
}

/* The program's own view of its flags: the real IF stays on, the virtual one is shown. */
static u16 flags_image(const struct frame *f)
{
	return (u16)((f->eflags & ~(u32)FL_IF) | (virtual_if ? FL_IF : 0));
}

static void flags_load(struct frame *f, u16 image)
{
	virtual_if = (image & FL_IF) != 0;
	f->eflags = (f->eflags & ~0x4DD5u) | (image & 0x4DD5);
}

static void interrupt(struct frame *f, u8 vector)
{
	volatile u16 *entry = (volatile u16 *)(vector * 4u);

	v86_push(f, flags_image(f));
	v86_push(f, f->cs);
	v86_push(f, f->eip);
	virtual_if = 0;
	f->eip = entry[0];
	f->cs = entry[1];
}

static void interrupt_return(struct frame *f)
{
	f->eip = v86_pop(f);
	f->cs = v86_pop(f);
	flags_load(f, v86_pop(f));
}

/* One sensitive instruction: count it and do its work on the program's virtual state. */
static int emulate(struct frame *f)
{
	const u8 *code = v86_address(f->cs, f->eip);
	u32 op, length = 1;

	switch (code[0]) {
	case 0xFA: op = OP_CLI; virtual_if = 0; break;
	case 0xFB: op = OP_STI; virtual_if = 1; break;
	case 0x9C: op = OP_PUSHF; v86_push(f, flags_image(f)); break;
	case 0x9D: op = OP_POPF; flags_load(f, v86_pop(f)); break;
	case 0xCD:
		counts[OP_INT]++;
		f->eip += 2;
		interrupt(f, code[1]);
		return 1;
	case 0xCF:
		counts[OP_IRET]++;
		interrupt_return(f);
		return 1;
	case 0xE4:
		op = OP_IN;
		length = 2;
		f->eax = (f->eax & ~0xFFu) | inb(code[1]);
		break;
	case 0xF4:
		counts[OP_HLT]++;
		return 0;
	default: return 0;
	}
	counts[op]++;
	f->eip += length;
	return 1;
}

static int monitor(struct frame *f)
{
	if (f->vector != VEC_GP || !(f->eflags & FL_VM)) {
		other_exceptions++;
	} else {
		first_error |= f->error;
		if (emulate(f))
			return 1;
	}
	final = *f;
	user_leave();
}

static void v86_copy(const u8 *from, const u8 *end)
{
	volatile u8 *to = v86_address(V86_SEG, 0);

	while (from < end)
		*to++ = *from++;
}

static void say_count(const char *name, u32 op, const char *done)
{
	say("  ^w%s%14t%d^n%22t%s\n", name, counts[op], done);
}

void stop_v86(void)
{
	u16 saved[2] = { IVT_60[0], IVT_60[1] };
	u32 i;

	for (i = 0; i < OPS; i++)
		counts[i] = 0;
	virtual_if = 1;
	other_exceptions = first_error = 0;
	v86_copy(v86_program, v86_program_end);
	IVT_60[0] = (u16)(v86_service - v86_program);
	IVT_60[1] = V86_SEG;
	trap_set(monitor);
	v86_run(V86_SEG, 0, 0x1000, FL_IF | 2);
	IVT_60[0] = saved[0];
	IVT_60[1] = saved[1];

	say("A real-mode program runs at 0800:0000 with VM = 1, IOPL = 0, CPL = 3. What\n");
	say("could disturb others raises #GP, and the monitor does it in its place.\n\n");
	say("^y  trapped%14ttimes%22tthe monitor\n");
	say_count("CLI", OP_CLI, "cleared a virtual IF; the real one stays set");
	say_count("STI", OP_STI, "set the virtual IF");
	say_count("PUSHF", OP_PUSHF, "pushed the flags with the virtual IF");
	say_count("POPF", OP_POPF, "popped them into the virtual IF");
	say_count("INT 60h", OP_INT, "pushed a 16-bit frame, went to the vector at 0:0180");
	say_count("IRET", OP_IRET, "popped that frame");
	say_count("IN AL,21h", OP_IN, "read the port itself");
	say_count("HLT", OP_HLT, "ended the program");
	say("  error code of all: ^w%x^n   other exceptions: ^w%d\n\n", first_error, other_exceptions);
	say("^y  the program's registers at the end\n");
	say("  BP by PUSHF after CLI ^w%h^n: IF ^w%d^n     BX by PUSHF after STI ^w%h^n: IF ^w%d\n", final.ebp & 0xFFFF, final.ebp >> 9 & 1,
	    final.ebx & 0xFFFF, final.ebx >> 9 & 1);
	say("  DI = 1 + 2 + ... + 100 = ^w%d^n, run without a trap   SI: calls served ^w%d\n", final.edi & 0xFFFF, final.esi & 0xFFFF);
	say("  DX by SMSW ^w%h^n: PE is ^w%d^n, a real-mode program should see 0. Not caught.\n", final.edx & 0xFFFF, final.edx & 1);
	say("  frame: CS ^w%h^n EIP ^w%h^n SS:ESP ^w%h:%h^n VM ^w%d^n IOPL ^w%d\n", final.cs & 0xFFFF, final.eip, final.ss & 0xFFFF, final.esp & 0xFFFF,
	    final.eflags >> 17 & 1, final.eflags >> 12 & 3);
}
