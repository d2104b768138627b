/*
 * Entries for callers of 32 bits: the BIOS32 service directory (Standard BIOS 32-bit Service Directory Proposal 0.4) and
 * the PCI BIOS (PCI BIOS Specification 2.1, 3.3). Both are called far, with CS and DS wherever the caller mapped
 * F0000h-FFFFFh and SS any stack: nothing here knows its own address.
 */
	.code32
	.section .text, "ax", @progbits

#define PCI_SERVICE 0x49435024          /* "$PCI" */
#define NO_SERVICE 0x80
#define NO_FUNCTION 0x81

	/* EAX service, BL function 0: AL status, EBX base, ECX size, EDX entry */
	.globl bios32_entry
bios32_entry:
	cmpl $PCI_SERVICE, %eax
	movb $NO_SERVICE, %al
	jne 1f
	testb %bl, %bl
	movb $NO_FUNCTION, %al
	jnz 1f
	movl $0x000f0000, %ebx
	movl $0x00010000, %ecx
	movl $pci_bios32_entry, %edx
	xorb %al, %al
1:	lretl

	/* Registers as INT 1Ah has them, but EDI points to the routing buffer with ES; carry for an error. */
	.globl pci_bios32_entry
pci_bios32_entry:
	pushfl
	cli
	cld
	pushl %ds
	pushl %es
	pushl %fs
	pushl %gs
	pushal
	movw %es, %ax
	movw %ax, %fs
	movw %cs, %ax
	movw %ax, %gs
	movw %ss, %ax
	movw %ax, %ds
	movw %ax, %es
	movl %esp, %eax
	call 1f
1:	popl %edx
	subl $1b, %edx
	addl $shadow_pir, %edx
	call pci_bios_32
	andb $0xfe, 48(%esp)            /* flags: after eight registers and four segments */
	orb %al, 48(%esp)
	popal
	popl %gs
	popl %fs
	popl %es
	popl %ds
	popfl
	lretl
