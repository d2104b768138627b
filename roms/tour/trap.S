/*
 * trap.S - entries of all exceptions and interrupts, and the way into ring 3 or virtual-8086 mode and back.
 *
 * SDM volume 3, 6.12.1 (stack of a handler), 6.13 (error codes), 20.2.1 (entering virtual-8086 mode by IRET).
 */
	.text
	.macro	entry vector, has_error=0
	.balign	16
	.if	\has_error == 0
	pushl	$0
	.endif
	pushl	$\vector
	jmp	trap_common
	.endm

	.balign	16
entries:
	.set	v, 0
	.rept	32
	.if	v == 8 || (v >= 10 && v <= 14) || v == 17 || v == 21 || v == 29 || v == 30
	entry	v, 1
	.else
	entry	v
	.endif
	.set	v, v + 1
	.endr
	.rept	18
	entry	v
	.set	v, v + 1
	.endr

trap_common:
	pushal
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	movl	$0x10, %eax
	movw	%ax, %ds
	movw	%ax, %es
	cld
	pushl	%esp
	call	trap
	addl	$4, %esp
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popal
	addl	$8, %esp
	iret

/* void user_run(const void *entry, u32 eflags) */
	.globl	user_run
user_run:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	%esp, saved_esp
	movl	%esp, tss_main + 4	/* ESP0: ring 3 traps to just below this */
	movl	20(%esp), %eax
	movl	24(%esp), %edx
	movl	$0x23, %ecx
	movw	%cx, %ds
	movw	%cx, %es
	movw	%cx, %fs
	movw	%cx, %gs
	pushl	%ecx
	pushl	$user_stack_top
	pushl	%edx
	pushl	$0x1b
	pushl	%eax
	iret

/* void v86_run(u16 seg, u16 ip, u16 sp, u32 eflags): all segment registers are seg */
	.globl	v86_run
v86_run:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	%esp, saved_esp
	movl	%esp, tss_main + 4
	movzwl	20(%esp), %eax
	movzwl	24(%esp), %ebx
	movzwl	28(%esp), %ecx
	movl	32(%esp), %edx
	orl	$0x20000, %edx		/* VM */
	pushl	%eax			/* GS FS DS ES */
	pushl	%eax
	pushl	%eax
	pushl	%eax
	pushl	%eax			/* SS */
	pushl	%ecx
	pushl	%edx
	pushl	%eax			/* CS */
	pushl	%ebx
	iret

/* void user_leave(void): back to the caller of user_run() or v86_run(), interrupts off */
	.globl	user_leave
user_leave:
	cli
	movl	$0x10, %eax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movl	saved_esp, %esp
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

	.section .rodata
	.globl	trap_entries
	.balign	4
trap_entries:
	.set	v, 0
	.rept	50
	.long	entries + 16 * v
	.set	v, v + 1
	.endr

	.bss
	.balign	16
saved_esp:
	.skip	4
	.balign	16
	.skip	4096
	.globl	user_stack_top
user_stack_top:
	.skip	16
	.section .note.GNU-stack, "", @progbits
