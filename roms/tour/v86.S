/*
 * v86.S - the real-mode program of stop 7 and the loops of stop 8. Copied to 0800:0000 before it runs.
 */
	.code16
	.section .rodata
	.globl	v86_program, v86_program_end
v86_program:
	cli
	pushfw
	popw	%bp			/* BP: flags with interrupts off */
	sti
	pushfw
	popw	%bx			/* BX: flags with interrupts on */
	xorw	%di, %di
	movw	$100, %cx
1:	addw	%cx, %di		/* DI: 1 + 2 + ... + 100, no trap in here */
	loop	1b
	xorw	%si, %si
	int	$0x60			/* SI counts the calls */
	int	$0x60
	pushw	%bx
	popfw
	inb	$0x21, %al
	smsw	%dx			/* DX: what is not caught */
	hlt
	.globl	v86_service
v86_service:
	incw	%si
	iretw
v86_program_end:

	.globl	v86_spin, v86_spin_end
v86_spin:
	jmp	v86_spin
v86_spin_end:

	.code32
	.text
/* Ring 3 and ring 0 loops for the timer */
	.globl	timer_user, timer_kernel, timer_kernel_loop, timer_kernel_end
timer_user:
	jmp	timer_user
timer_kernel:
	movl	%esp, timer_esp
	sti
timer_kernel_loop:
	cmpl	$0, timer_done
	je	timer_kernel_loop
timer_kernel_end:
	cli
	ret

	.bss
	.balign	4
	.globl	timer_done, timer_esp
timer_done:	.skip	4
timer_esp:	.skip	4
	.section .note.GNU-stack, "", @progbits
