/*
 * A Multiboot kernel (Multiboot Specification 0.6.96) that says on port E9h what it was given, a line each, and ends by
 * isa-debug-exit (F4h). With ADDRESSES it carries load addresses ("a.out kludge") and is linked as a flat binary.
 */
#include "start.inc"

	code32
	.text
	.globl	_start
#ifdef ADDRESSES
#define FLAGS 0x10003
#else
#define FLAGS 0x7
#endif
	.balign	4
header:
	.long	0x1badb002, FLAGS, -(0x1badb002 + FLAGS)
	.long	header, load_start, load_end, bss_end, _start	/* 3.1.3 */
	.long	1, 80, 25, 0					/* EGA text */

	.macro	number what
	movl	\what, %eax
	call	spaced
	.endm

_start:
	movl	$stack_top, %esp
	movl	%eax, %ecx
	say	1f
	number	%ecx
	/* 3.2: protected mode on, paging off; interrupts off */
	movl	%cr0, %eax
	andl	$0x80000001, %eax
	call	spaced
	pushfl
	popl	%eax
	andl	$0x20200, %eax
	call	spaced
	movl	zeroed, %eax
	call	spaced
	say	2f
	movl	16(%ebx), %esi
	call	puts
	say	3f
	number	(%ebx)
	number	4(%ebx)
	number	8(%ebx)
	say	4f
	movl	64(%ebx), %esi
	call	puts
	say	7f
	number	88(%ebx)
	number	100(%ebx)
	number	104(%ebx)
	movzbl	109(%ebx), %eax
	call	spaced
	/* 3.3: modules */
	movl	20(%ebx), %ebp
	movl	24(%ebx), %edi
5:	testl	%ebp, %ebp
	jz	6f
	say	8f
	movl	8(%edi), %esi
	call	puts
	say	9f
	number	(%edi)
	movl	4(%edi), %eax
	subl	(%edi), %eax
	call	spaced
	movl	(%edi), %esi
	movl	(%esi), %eax
	call	spaced
	addl	$16, %edi
	decl	%ebp
	jmp	5b
6:	/* the memory map */
	movl	48(%ebx), %edi
	movl	44(%ebx), %ebp
	addl	%edi, %ebp
10:	cmpl	%ebp, %edi
	jae	11f
	say	12f
	number	8(%edi)
	number	4(%edi)
	number	16(%edi)
	number	12(%edi)
	number	20(%edi)
	addl	(%edi), %edi
	addl	$4, %edi
	jmp	10b
11:	putc	$'\n'
	movl	$21, %eax
	outl	%eax, $0xf4
	hlt

1:	.asciz "entry"
2:	.asciz "\ncommand line "
3:	.asciz "\nflags, memory"
4:	.asciz "\nloader "
7:	.asciz "\nscreen"
8:	.asciz "\nmodule "
9:	.asciz "\nat, bytes, first"
12:	.asciz "\nrange"
	.balign	4

	puts_routine
	hex_routine 8
spaced:	/* EAX, after a space */
	pushl	%eax
	putc	$' '
	popl	%eax
	jmp	hex

	.bss
zeroed:	.skip	64
	.balign	16
	.skip	4096
stack_top:
	.section .note.GNU-stack, "", %progbits
