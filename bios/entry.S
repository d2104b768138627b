/*
 * The fixed part of the ROM, F000:E000-FFFF: every entry point and table at the address where the IBM AT has it
 * (IBM Personal Computer AT Technical Reference, BIOS listing), from the POST entry to the model byte, and the way
 * from an INT into C and back.
 *
 * An entry pushes the offset of its C function and goes to enter_caller (runs on the caller's stack) or enter_ebda
 * (runs on the stack at the end of the EBDA: INT 13h, whose callers often have little stack).
 */
#include "version.h"

	.code16
	.section .fixed, "ax", @progbits

#define AT(address) .org (address) - 0xe000, 0xff

#define EBDA_STACK_BUSY 0x5d
#define EBDA_STACK_TOP 0x800
#define REGS_SIZE 48

	.macro entry name, handler, way=enter_caller
	.globl \name
\name:
	pushw $\handler
	jmp \way
	.endm

	AT(0xe000)
	.ascii "Tandem BIOS ", BIOS_VERSION, "\0"

/* ---------------------------------------------------------------- the table of contents */

	AT(0xe05b)                              /* POST; every reset comes here */
	.globl post
post:
	cli
	cld
	movb $CMOS_SHUTDOWN, %al
	outb %al, $0x70
	inb $0x71, %al
	movb %al, %bl
	movb $CMOS_SHUTDOWN, %al
	outb %al, $0x70
	xorb %al, %al
	outb %al, $0x71
	movw $0x40, %ax
	movw %ax, %ds
	cmpb $0x05, %bl
	je resume_05
	cmpb $0x09, %bl
	je resume_09
	cmpb $0x0a, %bl
	je resume_0a
	movw $post_main, %cx
	jmp fresh_stack

resume_05:                                      /* a program left protected mode by a reset: EOI, then go on */
	movb $0x20, %al
	outb %al, $0xa0
	outb %al, $0x20
	inb $0x60, %al
resume_0a:
	movw $1f, %si
	jmp resume_wire
1:	ljmpw *0x67

resume_09:                                      /* the block move of the 80286: 40:67 is its stack */
	movw $1f, %si
	jmp resume_wire
1:	lssw 0x67, %sp
	popw %ds
	popw %es
	popaw
	movb $0, %ah
	sti
	lretw $2

	AT(0xe2c3)                              /* INT 02h: NMI */
	entry int02, handle_02

	AT(0xe3fe)                              /* INT 13h once there is a fixed disk or CD-ROM */
	.globl int13_entry
int13_entry:
	jmp int13

/* ---------------------------------------------------------------- into C and back */

	/* Stack on entry: handler, IP, CS, flags. Builds struct regs (types.h). */
	.macro save_registers
	cli
	cld
	pushw %ds
	pushw %es
	pushw %fs
	pushw %gs
	pushal
	movzwl %sp, %esp
	.endm

	/* DS = ES = SS, FS = BDA, GS = ROM. Destroys AX. */
	.macro c_segments
	movw %ss, %ax
	movw %ax, %ds
	movw %ax, %es
	movw $0x40, %ax
	movw %ax, %fs
	movw %cs, %ax
	movw %ax, %gs
	.endm

enter_caller:
	save_registers
on_this_stack:
	c_segments
	movl %esp, %eax
	movzwl 40(%esp), %ecx
	calll *%ecx
	cli
restore_registers:
	movl 12(%esp), %eax             /* the caller's ESP, whose upper half C did not have */
	subl $32, %eax
	movl %eax, %esp
	popal
	popw %gs
	popw %fs
	popw %es
	popw %ds
	addw $2, %sp
	iretw

enter_ebda:
	save_registers
	movw $0x40, %ax
	movw %ax, %fs
	movw %fs:0x0e, %bx
	movw %ss, %dx
	cmpw %bx, %dx
	je on_this_stack
	movw %bx, %es
	cmpb $0, %es:EBDA_STACK_BUSY
	jne on_this_stack
	movb $1, %es:EBDA_STACK_BUSY

	movl %esp, %esi                 /* struct regs moves over, and below it what finds the way back */
	movw %dx, %ds
	movw $EBDA_STACK_TOP - REGS_SIZE - 8, %di
	movw $REGS_SIZE / 4, %cx
	rep movsl
	movl %esp, %ecx
	movw %bx, %ss
	movl $EBDA_STACK_TOP - REGS_SIZE - 8, %esp
	movl %ecx, REGS_SIZE(%esp)
	movl %edx, REGS_SIZE + 4(%esp)
	c_segments
	movl %esp, %eax
	movzwl 40(%esp), %ecx
	calll *%ecx
	cli
	cld
	movl %esp, %esi
	movl REGS_SIZE(%esp), %edi
	movl REGS_SIZE + 4(%esp), %edx
	movl %edi, %ebx
	movw %dx, %es
	movw $REGS_SIZE / 4, %cx
	rep movsl
	movb $0, EBDA_STACK_BUSY
	movw %dx, %ss
	movl %ebx, %esp
	jmp restore_registers

/*
 * void call_int(u32 vector (EAX), struct regs *r (EDX)): a software interrupt as the INT instruction does it, but with
 * the vector as a value. Trusts the service with nothing but SS:SP.
 */
	.globl call_int
call_int:
	pushal
	pushl %edx
	xorw %cx, %cx
	movw %cx, %es
	movw 46(%edx), %cx              /* CF goes in as the caller has it: INT 15h AH=4Fh answers with it */
	andw $1, %cx
	pushfw
	andb $0xfe, (%esp)
	orw %cx, (%esp)
	pushw %cs
	pushw $1f
	pushl %es:(, %eax, 4)
	movl %edx, %ebp
	movw 36(%ebp), %es
	movw 38(%ebp), %ds
	movl 0(%ebp), %edi
	movl 4(%ebp), %esi
	movl 16(%ebp), %ebx
	movl 20(%ebp), %edx
	movl 24(%ebp), %ecx
	cli
	pushw 46(%ebp)
	movl 28(%ebp), %eax
	movl 8(%ebp), %ebp
	shrw $1, %ss:(%esp)
	leal 2(%esp), %esp
	lretw
1:	pushfw
	movzwl %sp, %esp
	pushl %ebp
	movl 6(%esp), %ebp
	movl %edi, 0(%ebp)
	movl %esi, 4(%ebp)
	popl 8(%ebp)
	movl %ebx, 16(%ebp)
	movl %edx, 20(%ebp)
	movl %ecx, 24(%ebp)
	movl %eax, 28(%ebp)
	popw 46(%ebp)
	movw %es, 36(%ebp)
	movw %ds, 38(%ebp)
	cld
	c_segments
	popl %edx
	popal
	retl

/*
 * INT 13h: the diskettes' half is INT 40h (a program that hooked INT 40h must see it), with the caller's stack as the
 * INT left it.
 */
int13:
	cmpb $0x80, %dl
	jae int13_disk
	subw $4, %sp
	pushw %bp
	movw %sp, %bp
	pushw %ds
	pushl %eax
	xorw %ax, %ax
	movw %ax, %ds
	movl 0x40 * 4, %eax
	movl %eax, 2(%bp)
	popl %eax
	popw %ds
	popw %bp
	lretw
	entry int13_disk, handle_13, enter_ebda

	.globl int13_emulation
	entry int13_emulation, handle_13_emulation, enter_ebda

/* void boot_jump(u32 drive (EAX), u32 address (EDX), segment and offset): start what has been loaded. */
	.globl boot_jump
boot_jump:
	cli
	movl %edx, %ecx
	movl %eax, %edx
	xorl %eax, %eax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	movw %ax, %gs
	movw %ax, %ss
	movl $0x7c00, %esp
	pushl %ecx
	xorl %ebx, %ebx
	xorl %ecx, %ecx
	xorl %esi, %esi
	xorl %edi, %edi
	xorl %ebp, %ebp
	sti
	lretw

/* void far_call(u16 segment (EAX), u16 offset (EDX), u16 ax (ECX)): a far call to an option ROM. */
	.globl far_call
far_call:
	pushal
	pushw %cs
	pushw $1f
	pushw %ax
	pushw %dx
	movl %ecx, %eax
	lretw
1:	movzwl %sp, %esp
	cld
	c_segments
	popal
	retl

/* void mouse_call(u32 function (EAX), const u16 *words (EDX)): a far call with four words on the stack. */
	.globl mouse_call
mouse_call:
	pushal
	pushw 0(%edx)
	pushw 2(%edx)
	pushw 4(%edx)
	pushw 6(%edx)
	pushw %cs
	pushw $1f
	pushl %eax
	lretw
1:	movzwl %sp, %esp
	addw $8, %sp
	cld
	c_segments
	popal
	retl

/* Start again on a stack of our own at 0000:7C00; the C function in CX does not come back. */
fresh_stack:
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ss
	movl $0x7c00, %esp
	c_segments
	movzwl %cx, %ecx
	calll *%ecx
1:	hlt
	jmp 1b

/* ---------------------------------------------------------------- the table of contents goes on */

	AT(0xe6f2)                              /* INT 19h */
	.globl int19
int19:
	jmp int19_body

	AT(0xe6f5)                              /* INT 15h AH=C0h */
	.globl system_table
system_table:
	.word 8                                 /* bytes that follow */
	.byte 0xfc, 0x01, 0x00                  /* model AT, submodel, revision */
	.byte 0x74                              /* second 8259A, RTC, INT 15h AH=4Fh, EBDA */
	.byte 0, 0, 0, 0

	AT(0xe729)                              /* INT 14h: divisors of 110 to 9600 baud */
	.globl baud_table
baud_table:
	.word 1047, 768, 384, 192, 96, 48, 24, 12

	AT(0xe739)
	entry int14, handle_14

	AT(0xe82e)
	entry int16, handle_16

	AT(0xe987)                              /* IRQ 1: keyboard */
	entry int09, handle_09

	AT(0xec59)                              /* INT 13h without a fixed disk, INT 40h with one */
	entry int40, handle_40, enter_ebda

	AT(0xef57)                              /* IRQ 6: diskette */
	entry int0e, handle_0e

	AT(0xefc7)                              /* INT 1Eh: diskette parameters, 1.44 MB */
	.globl floppy_table
floppy_table:
	.byte 0xaf, 0x02, 0x25, 0x02, 18, 0x1b, 0xff, 0x6c, 0xf6, 0x0f, 0x08

	AT(0xefd2)
	entry int17, handle_17

	AT(0xf065)                              /* INT 10h: the VGA BIOS takes this over; without one, nothing happens */
	.globl int10
int10:
	iretw

	AT(0xf0a4)                              /* INT 1Dh: CRT controller (6845) parameters */
	.globl video_table
video_table:
	.byte 0x38, 0x28, 0x2d, 0x0a, 0x1f, 0x06, 0x19, 0x1c, 0x02, 0x07, 0x06, 0x07, 0, 0, 0, 0   /* 40 columns */
	.byte 0x71, 0x50, 0x5a, 0x0a, 0x1f, 0x06, 0x19, 0x1c, 0x02, 0x07, 0x06, 0x07, 0, 0, 0, 0   /* 80 columns */
	.byte 0x38, 0x28, 0x2d, 0x0a, 0x7f, 0x06, 0x64, 0x70, 0x02, 0x01, 0x06, 0x07, 0, 0, 0, 0   /* graphics */
	.byte 0x61, 0x50, 0x52, 0x0f, 0x19, 0x06, 0x19, 0x19, 0x02, 0x0d, 0x0b, 0x0c, 0, 0, 0, 0   /* monochrome */
	.word 2048, 4096, 16384, 16384                          /* bytes of a screen */
	.byte 40, 40, 80, 80, 40, 40, 80, 80                    /* columns of modes 0-7 */
	.byte 0x2c, 0x28, 0x2d, 0x29, 0x2a, 0x2e, 0x1e, 0x29    /* mode control register */

	/* Entries whose address nobody knows. */
int19_body:
	movw $boot_from_start, %cx
	jmp fresh_stack
	.globl int18
int18:
	movw $boot_from_next, %cx
	jmp fresh_stack
	entry int70, handle_70
	entry int71, handle_71
	entry int74, handle_74
	entry int75, handle_75
	entry int76, handle_76
	entry int_irq, handle_irq

	AT(0xf841)
	entry int12, handle_12

	AT(0xf84d)
	entry int11, handle_11

	AT(0xf859)
	entry int15, handle_15

	AT(0xfa6e)                              /* 8x8 font, characters 0-127 */
	.globl font8x8
font8x8:
#include "font8x8.inc"

	AT(0xfe6e)
	entry int1a, handle_1a

	AT(0xfea5)                              /* IRQ 0: timer */
	entry int08, handle_08

	AT(0xfef3)                              /* offsets of INT 08h-1Fh, as POST installs them */
	.globl vector_table
vector_table:
	.word int08, int09, int_irq, int_irq, int_irq, int_irq, int0e, int_irq
	.word int10, int11, int12, int40, int14, int15, int16, int17
	.word int18, int19, int1a, dummy_iret, dummy_iret, video_table, floppy_table, 0

	AT(0xff53)
	.globl dummy_iret
dummy_iret:
	iretw

	AT(0xff54)                              /* INT 05h: print the screen */
	entry int05, handle_05

	AT(0xfff0)
	.globl reset_vector
reset_vector:
	ljmpw $0xf000, $post
	AT(0xfff5)
	.ascii BIOS_DATE
	AT(0xfffe)
	.byte 0xfc                              /* model: AT */
	.byte 0x00
