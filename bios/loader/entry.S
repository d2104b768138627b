/*
 * The option ROM of the loader card (D000:0000, or where a BIOS copies PCI's ROMs to): header, INT 19h, and the ways into a kernel.
 *
 * A legacy option ROM (AT Technical Reference, "ROM modules"): its initialisation takes INT 19h, so that it boots in the
 * place of every drive. Then it copies itself to 9000:0000, where it has writable data and CS = DS = ES = SS.
 */
#include "plan.h"

	.code16
	.section .header, "ax"
	.globl	rom_start
rom_start:
	.byte	0x55, 0xaa
	.byte	ROM_BLOCKS
	jmp	init
	.org	0x18
	.word	pcir
	.org	0x20
	.ascii	"Tandem loader\0"
	.balign	4
pcir:					/* PCI Firmware Specification 3.0, 5.1.2 */
	.ascii	"PCIR"
	.word	0x1234, 0x7444
	.word	0
	.word	0x18			/* length of this structure */
	.byte	0			/* revision */
	.byte	0, 0, 0xff		/* class: none */
	.word	ROM_BLOCKS
	.word	1
	.byte	0			/* x86 code */
	.byte	0x80			/* last image */
	.word	0

init:
	pushw	%ds
	pushw	%ax
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	$int19, 0x19 * 4
	movw	%cs, 0x19 * 4 + 2
	popw	%ax
	popw	%ds
	lret

int19:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movw	$(ROM_BASE >> 4), %ax
	movw	%ax, %es
	movw	%ax, %ss
	movl	$STACK_TOP, %esp
	xorl	%esi, %esi
	xorl	%edi, %edi
	movw	$(ROM_BLOCKS * 128), %cx
	rep movsl
	movw	%ax, %ds
	ljmpw	$(ROM_BASE >> 4), $moved

moved:
	sti
	calll	load_and_start
1:	hlt
	jmp	1b

	.text
/* void bios_call(u32 vector, struct regs *r): an INT with the registers of *r, which also takes the answers. EAX, EDX. */
	.globl	bios_call
bios_call:
	pushal
	movb	%al, 1f
	movl	%edx, %ebp
	pushl	%ebp
	movl	REGS_EAX(%ebp), %eax
	movl	REGS_EBX(%ebp), %ebx
	movl	REGS_ECX(%ebp), %ecx
	movl	REGS_EDX(%ebp), %edx
	movl	REGS_EDI(%ebp), %edi
	jmp	2f			/* the INT's number was just written */
2:	.byte	0xcd
1:	.byte	0
	cld
	popl	%ebp
	pushfl
	popl	REGS_FLAGS(%ebp)
	movl	%eax, REGS_EAX(%ebp)
	movl	%ebx, REGS_EBX(%ebp)
	movl	%ecx, REGS_ECX(%ebp)
	movl	%edx, REGS_EDX(%ebp)
	movl	%edi, REGS_EDI(%ebp)
	movw	%cs, %ax
	movw	%ax, %ds
	movw	%ax, %es
	popal
	retl

/* void enter_16(u32 segment): the real-mode entry of Linux: CS = segment + 20h, all others = segment. */
	.globl	enter_16
enter_16:
	cli
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movl	$REAL_STACK, %esp
	addw	$0x20, %ax
	pushw	%ax
	pushw	$0
	lretw

/* void enter_32(const struct boot_plan *): flat protected mode, paging and interrupts off, EAX, EBX, ESI from the plan. */
	.globl	enter_32
enter_32:
	cli
	movl	%eax, %edi
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$0x10, $ROM_BASE + flat
	.code32
flat:
	movw	$0x18, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	leal	ROM_BASE + STACK_TOP, %esp
	leal	ROM_BASE(%edi), %edi
	movl	PLAN_ENTRY(%edi), %ecx
	movl	PLAN_EAX(%edi), %eax
	movl	PLAN_EBX(%edi), %ebx
	movl	PLAN_ESI(%edi), %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	jmp	*%ecx
	.code16

	.balign	8
gdt:	.quad	0, 0
	.quad	0x00cf9b000000ffff	/* 10h: code, 4 GB */
	.quad	0x00cf93000000ffff	/* 18h: data, 4 GB */
gdt_pointer:
	.word	. - gdt - 1
	.long	ROM_BASE + gdt

	.section .note.GNU-stack, "", %progbits
