/*
 * stop_timer.c - stop 8: the timer interrupts ring 0, ring 3 and virtual-8086 code.
 *
 * 8254 data sheet (counter 0, mode 2), 8259A data sheet (in-service register, EOI); SDM volume 3, 6.12.1 (stack), 20.3.1 (frame from
 * virtual-8086 mode). Five ticks each; no value depends on the speed of the machine.
 */
#include "tour.h"

enum { TICKS = 5, WHERE_RING0 = 0, WHERE_RING3, WHERE_V86 };

struct count {
	u32 ticks, cs, cpl, vm, flag_if, bytes, inside;
};

extern const u8 timer_user[], timer_kernel[], timer_kernel_loop[], timer_kernel_end[], v86_spin[], v86_spin_end[];
extern volatile u32 timer_done;
extern u32 timer_esp;

static struct count counts[3];
static u32 where, mask_seen;

/* Is the interrupted address in the loop that was running? */
static u32 in_loop(const struct frame *f)
{
	switch (where) {
	case WHERE_RING0: return f->eip >= (u32)timer_kernel_loop && f->eip <= (u32)timer_kernel_end;
	case WHERE_RING3: return f->eip == (u32)timer_user;
	default: return (f->eip & 0xFFFF) == 0;
	}
}

static void tick(struct frame *f)
{
	struct count *c = counts + where;
	u32 top = where == WHERE_RING0 ? timer_esp : tss_main.esp0;

	c->ticks++;
	c->cs = f->cs & 0xFFFF;
	c->cpl = frame_cpl(f);
	c->vm = f->eflags >> 17 & 1;
	c->flag_if = f->eflags >> 9 & 1;
	c->bytes = top - (u32)&f->eip;
	c->inside += in_loop(f);
	mask_seen = inb(0x21);
	if (c->ticks < TICKS)
		return;
	irq_enable(0, 0);
	if (where == WHERE_RING0)
		timer_done = 1;
	else
		user_leave();
}

static void say_count(const char *name, const struct count *c)
{
	say("  ^w%s%18t%d%28t%h%38t%d%45t%d%51t%d%57t%d%66t%s\n", name, c->ticks, c->cs, c->cpl, c->vm, c->flag_if, c->bytes,
	    c->inside == c->ticks ? "^gyes" : "^rno");
}

void stop_timer(void)
{
	volatile u8 *spin = (volatile u8 *)0x8000;
	const u8 *from = v86_spin;
	u32 i;

	for (i = 0; i < 3; i++)
		counts[i] = (struct count){ 0 };
	while (from < v86_spin_end)
		*spin++ = *from++;
	timer_hook(tick);
	timer_rate(100);
	timer_done = 0;

	where = WHERE_RING0;
	irq_enable(0, 1);
	((void (*)(void))timer_kernel)();
	where = WHERE_RING3;
	irq_enable(0, 1);
	user_run(timer_user, 0x202);
	where = WHERE_V86;
	irq_enable(0, 1);
	v86_run(0x0800, 0, 0x1000, 0x202);
	timer_hook(0);
	timer_rate(19);

	say("Counter 0 of the 8254 has been set to 100 Hz, the 8259A sends its line 0 as\n");
	say("vector 20h. Three endless loops run until they have been interrupted five\n");
	say("times; only the interrupt can end them.\n\n");
	say("^y  interrupted%18tticks%28tCS%38tCPL%45tVM%51tIF%57tframe%66tin its\n");
	say("^y%18tcounted%57tbytes%66tloop?\n");
	say_count("ring 0", counts);
	say_count("ring 3", counts + 1);
	say_count("virtual-8086", counts + 2);
	say("\n  mask of the 8259A meanwhile: ^w%b^n (only line 0 open)\n\n", mask_seen);
	say("From ring 0 the processor stays on the stack and pushes EFLAGS, CS and EIP:\n");
	say("^w%d^n bytes. From ring 3 it takes the stack of ring 0 from the TSS and pushes\n", counts[0].bytes);
	say("SS and ESP first: ^w%d^n. From virtual-8086 mode GS, FS, DS and ES too: ^w%d^n.\n\n", counts[1].bytes, counts[2].bytes);
	say("No program asked for this and none can refuse it in ring 3: whoever owns the\n");
	say("timer owns the machine.\n");
}
