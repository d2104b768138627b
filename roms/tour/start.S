/*
 * start.S - first instructions of the tour: text mode, address line 20, protected mode, then tour_main(). Also the reboot.
 *
 * Loaded at 1000:0000 and linked at 10000h. SDM volume 3, 9.9.1 (switching to protected mode). From here on no BIOS service
 * is used.
 */
	.section .start, "ax"
	.code16
	.globl	_start
_start:
	cli
	movw	%cs, %ax
	movw	%ax, %ds
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	$0x0003, %ax		/* 80 x 25 colour text */
	int	$0x10
	cli

	/* A20: port 92h where there is one, and the keyboard controller's output port */
	inb	$0x92, %al
	orb	$2, %al
	andb	$0xfe, %al
	outb	%al, $0x92
	call	kbc_wait
	movb	$0xd1, %al
	outb	%al, $0x64
	call	kbc_wait
	movb	$0xdf, %al
	outb	%al, $0x60
	call	kbc_wait

	lgdtl	boot_gdtr - _start
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$0x08, $protected

kbc_wait:
	movw	$0xffff, %cx
1:	inb	$0x64, %al
	testb	$2, %al
	loopnz	1b
	ret

	.balign	8
boot_gdt:
	.quad	0
	.quad	0x00cf9a000000ffff
	.quad	0x00cf92000000ffff
boot_gdtr:
	.word	boot_gdtr - boot_gdt - 1
	.long	boot_gdt

	.code32
protected:
	movw	$0x10, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movl	$kernel_stack_top, %esp
	movl	$bss_start, %edi
	movl	$bss_end, %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	cld
	rep stosb
	pushl	$0
	popfl
	call	tour_main

/* Reset: the keyboard controller's pulse, then a triple fault for machines without one. */
	.globl	reboot
reboot:
	cli
	movw	$0x1234, 0x472		/* warm boot: no memory test */
	movb	$0xfe, %al
	outb	%al, $0x64
	movl	$0x100000, %ecx
1:	loop	1b
	lidtl	no_idt
	int3
2:	hlt
	jmp	2b
no_idt:	.word	0
	.long	0

	.bss
	.balign	16
	.skip	8192
	.globl	kernel_stack_top
kernel_stack_top:
	.section .note.GNU-stack, "", @progbits
