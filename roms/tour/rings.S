/*
 * rings.S - the ring 3 programs of stops 1, 2, 3 and 5, and the ring 0 end of the call gate.
 *
 * INT 30h with EAX = 0 ends a program. CMP EAX,EAX before a look at EFLAGS gives the arithmetic flags a known value.
 */
	.text
	.macro	leave_ring3
	xorl	%eax, %eax
	int	$0x30
	.endm

/* ---- stop 1: one instruction each ------------------------------------------------------------------------------- */
	.globl	try_hlt, try_cli, try_cr0, try_lgdt, try_in, try_ds, try_ds_at
try_hlt:
	hlt
	leave_ring3
try_cli:
	cli
	leave_ring3
try_cr0:
	movl	%cr0, %eax
	leave_ring3
try_lgdt:
	lgdtl	sens_gdtr
	leave_ring3
try_in:
	inb	$0x21, %al
	leave_ring3
try_ds:
	movl	$0x10, %eax
try_ds_at:
	movw	%ax, %ds
	leave_ring3

/* ---- stop 2 ------------------------------------------------------------------------------------------------------- */
	.globl	sens_user, sens_kernel
sens_user:
	sgdtl	sens_gdtr
	smsw	sens_msw
	cmpl	%eax, %eax
	pushfl
	popl	sens_before
	movl	sens_before, %eax
	andl	$~0x200, %eax		/* IF off */
	orl	$0x3000, %eax		/* IOPL 3 */
	movl	%eax, sens_wanted
	pushl	%eax
	popfl
	pushfl
	popl	sens_after
	leave_ring3

/* The same POPF in ring 0. Returns with the flags it was called with. */
sens_kernel:
	pushfl
	sti
	cmpl	%eax, %eax
	pushfl
	popl	sens_before
	movl	sens_before, %eax
	andl	$~0x200, %eax
	orl	$0x3000, %eax
	movl	%eax, sens_wanted
	pushl	%eax
	popfl
	pushfl
	popl	sens_after
	popfl
	ret

/* ---- stop 3 ------------------------------------------------------------------------------------------------------- */
	.macro	record where
	movl	%cs, %ecx
	movl	%ecx, \where
	movl	%ss, %ecx
	movl	%ecx, \where + 4
	movl	%esp, \where + 8
	pushfl
	popl	\where + 12
	.endm

	.globl	call_user, call_return, call_ring0, call_ring0_at
call_user:
	cmpl	%eax, %eax
	record	call_before
	movl	$0x1234, %eax		/* which service */
	movl	$41, %ebx
	int	$0x30
call_return:
	movl	%eax, call_result
	record	call_after
	leave_ring3
call_ring0:
call_ring0_at:
	int	$0x31
	leave_ring3

/* ---- stop 5 ------------------------------------------------------------------------------------------------------- */
	.globl	gate_user, gate_return, gate_entry, gate_direct
gate_user:
	movl	%esp, gate_esp_before
	pushl	$0x22222222
	pushl	$0x11111111
	movl	%esp, gate_esp_call
	lcall	$0x3b, $0
gate_return:
	movl	%esp, gate_esp_after
	movl	%eax, gate_result
	movl	%cs, %ecx
	movl	%ecx, gate_cs_after
	leave_ring3

gate_entry:
	movl	%esp, gate_esp_in
	movl	%cs, %ecx
	movl	%ecx, gate_cs_in
	movl	%ss, %ecx
	movl	%ecx, gate_ss_in
	cld
	movl	%esp, %esi
	movl	$gate_stack, %edi
	movl	$6, %ecx
	rep movsl
	movl	8(%esp), %eax
	addl	12(%esp), %eax
	lret	$8

gate_direct:
	lcall	$0x08, $gate_entry
	leave_ring3

	.bss
	.balign	4
	.globl	sens_gdtr, sens_msw, sens_before, sens_wanted, sens_after
sens_gdtr:	.skip	8
sens_msw:	.skip	4
sens_before:	.skip	4
sens_wanted:	.skip	4
sens_after:	.skip	4
	.globl	call_before, call_after, call_result
call_before:	.skip	16
call_after:	.skip	16
call_result:	.skip	4
	.globl	gate_esp_before, gate_esp_call, gate_esp_after, gate_esp_in, gate_cs_in, gate_ss_in, gate_cs_after, gate_result, gate_stack
gate_esp_before: .skip	4
gate_esp_call:	.skip	4
gate_esp_after:	.skip	4
gate_esp_in:	.skip	4
gate_cs_in:	.skip	4
gate_ss_in:	.skip	4
gate_cs_after:	.skip	4
gate_result:	.skip	4
gate_stack:	.skip	24
	.section .note.GNU-stack, "", @progbits
