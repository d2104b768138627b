/*
 * void block_move(u32 gdt (EAX, linear), u32 words (EDX)): the part of INT 15h AH=87h that runs in protected mode. The
 * descriptors: 10h source, 18h destination, 20h this code, 28h a data segment as real mode wants it. Interrupts are off.
 */
	.code16
	.section .text, "ax", @progbits

	.globl block_move
block_move:
	pushal
	cli
	cld
	subl $8, %esp
	sgdtl (%esp)
	pushl %eax
	pushw $0x2f
	lgdtl (%esp)
	addl $6, %esp
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpw $0x20, $1f
1:	movw $0x10, %ax
	movw %ax, %ds
	movw $0x18, %ax
	movw %ax, %es
	xorl %esi, %esi
	xorl %edi, %edi
	movl %edx, %ecx
	shrl $1, %ecx
	addr32 rep movsl
	movl %edx, %ecx
	andl $1, %ecx
	addr32 rep movsw
	movw $0x28, %ax
	movw %ax, %ds
	movw %ax, %es
	movl %cr0, %eax
	andb $0xfe, %al
	movl %eax, %cr0
	ljmpw $0xf000, $2f
2:	movw %ss, %ax
	movw %ax, %ds
	movw %ax, %es
	lgdtl (%esp)
	addl $8, %esp
	popal
	retl
