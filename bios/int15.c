/*
 * INT 15h: system services. This file has the switch and the small ones; int15_memory.c, int15_wait.c and int15_mouse.c the others.
 * PS/2 BIOS Interface Technical Reference. Not here: joystick (84h), APM (53h): CF, AH=86h.
 */
#include "int15.h"

#include "bda.h"
#include "bios.h"

static void done(struct regs *r)
{
	r->ah = 0;
	clear_cf(r);
}

/* AH=4Fh: the keyboard's code in AL stays as it is and goes on to INT 09h. */
static void handle_154f(struct regs *r) { set_cf(r); }

/* AH=C0h: ES:BX is the system description. */
static void handle_15c0(struct regs *r)
{
	r->es = BIOS_SEG;
	r->bx = ENTRY_OFFSET(system_table);
	done(r);
}

/* AH=C1h */
static void handle_15c1(struct regs *r)
{
	r->es = BDA->ebda;
	clear_cf(r);
}

static void unsupported(struct regs *r)
{
	r->ah = INT15_UNSUPPORTED;
	set_cf(r);
}

static void handle_15e8(struct regs *r)
{
	if (r->al == 0x01)
		handle_15e801(r);
	else if (r->al == 0x20)
		handle_15e820(r);
	else
		unsupported(r);
}

void handle_15(struct regs *r)
{
	switch (r->ah) {
	case 0x24: handle_1524(r); break;
	case 0x4f: handle_154f(r); break;
	case 0x80: /* device open */
	case 0x81: /* device close */
	case 0x82: /* program end */
	case 0x85: /* SysRq */
	case 0x90: /* device busy */
	case 0x91: /* device done */
		done(r);
		break;
	case 0x83: handle_1583(r); break;
	case 0x86: handle_1586(r); break;
	case 0x87: handle_1587(r); break;
	case 0x88: handle_1588(r); break;
	case 0xc0: handle_15c0(r); break;
	case 0xc1: handle_15c1(r); break;
	case 0xc2: handle_15c2(r); break;
	case 0xe8: handle_15e8(r); break;
	default: unsupported(r); break;
	}
}
