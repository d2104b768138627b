/*
 * paging.S - code of the stops about memory: accesses to one linear address from ring 3 and ring 0, and code to be patched.
 */
	.text
	.globl	touch_write, touch_read, kernel_write
touch_write:
	movl	$0xc0ffee11, 0x400000
	movl	$0xc0ffee11, touch_value
	xorl	%eax, %eax
	int	$0x30
touch_read:
	movl	0x400000, %eax
	movl	%eax, touch_value
	xorl	%eax, %eax
	int	$0x30
kernel_write:
	movl	$0xc0ffee22, 0x400000
	ret

/* u32 patch_ahead(u32 value): overwrites the immediate of the very next instruction */
	.globl	patch_ahead, patch_ahead_insn
patch_ahead:
	movl	4(%esp), %edx
	movl	%edx, patch_ahead_insn + 1
patch_ahead_insn:
	movl	$0x11111111, %eax
	ret

/* u32 patch_page(void): alone on its page */
	.balign	4096
	.globl	patch_page
patch_page:
	movl	$0x33333333, %eax
	ret
	.balign	4096

	.bss
	.balign	4
	.globl	touch_value
touch_value:	.skip	4
	.section .note.GNU-stack, "", @progbits
