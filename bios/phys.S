/*
 * u32 phys_read32(u32 address (EAX)), void phys_write32(u32 address (EAX), u32 value (EDX)): device memory above 1 MB, by
 * a moment of protected mode with ES flat. For POST only: GDTR is not kept. phys_copy: the same for a whole range.
 */
	.code16
	.section .text, "ax", @progbits

#define CODE 0x08
#define FLAT 0x10
#define REAL 0x18

	.balign 8
gdt:
	.quad 0
	.quad 0x00009b0f0000ffff        /* this ROM */
	.quad 0x00cf93000000ffff        /* everything */
	.quad 0x000093000000ffff        /* as in real mode */
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt + 0xf0000

	/* ES flat, still in protected mode; EBX is lost. */
	.macro flat_begin
	cli
	lgdtl %cs:gdt_pointer
	movl %cr0, %ebx
	orb $1, %bl
	movl %ebx, %cr0
	ljmpw $CODE, $1f
1:	movw $FLAT, %bx
	movw %bx, %es
	.endm

	.macro flat_end
	movw $REAL, %bx
	movw %bx, %es
	movl %cr0, %ebx
	andb $0xfe, %bl
	movl %ebx, %cr0
	ljmpw $0xf000, $1f
1:	movw %ss, %bx
	movw %bx, %es
	.endm

/*
 * INIT has masked the local APIC's LINT0 (SDM 3A 10.4.7.3): virtual wire again, for a program that goes on behind a shutdown code.
 * Without a stack: goes on at SI; EAX, EBX and ES are lost.
 */
	.globl resume_wire
resume_wire:
	cmpb $0, %cs:findings + 2       /* findings.apic */
	je 2f
	flat_begin
	movl $0xfee000f0, %eax          /* SVR: enabled, spurious vector FFh */
	movl $0x1ff, %es:(%eax)
	movl $0xfee00350, %eax          /* LINT0: ExtINT */
	movl $0x700, %es:(%eax)
	movl $0xfee00360, %eax          /* LINT1: NMI */
	movl $0x400, %es:(%eax)
	flat_end
2:	jmpw *%si

	.globl phys_read32
phys_read32:
	pushl %ebx
	flat_begin
	movl %es:(%eax), %eax
	flat_end
	popl %ebx
	retl

	.globl phys_write32
phys_write32:
	pushl %ebx
	flat_begin
	movl %edx, %es:(%eax)
	flat_end
	popl %ebx
	retl

/* void phys_copy(u32 to (EAX), u32 from (EDX), u32 bytes (ECX), a multiple of 4) */
	.globl phys_copy
phys_copy:
	pushal
	movl %eax, %edi
	movl %edx, %esi
	flat_begin
	movw %bx, %ds
	shrl $2, %ecx
	cld
	addr32 rep movsl
	movw $REAL, %bx
	movw %bx, %ds
	flat_end
	movw %ss, %bx
	movw %bx, %ds
	popal
	retl
