/*
 * triple_fault.S - a boot sector that ends in a triple fault. Built with -DCASE=1: real mode, an IDT of limit 0 and INT3. 2: protected
 * mode with paging, a page fault whose gate is not present. It counts its starts in CMOS register 60h, which a reset keeps, and
 * writes the count to port E9h.
 */
	.code16
	.globl _start
_start:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %ss
	movw $0x7c00, %sp
	movb $0x60, %al                 /* how often it has been here */
	outb %al, $0x70
	inb $0x71, %al
	incb %al
	movb %al, %ah
	movb $0x60, %al
	outb %al, $0x70
	movb %ah, %al
	outb %al, $0x71
	andb $7, %al
	addb $'0', %al
	outb %al, $0xe9
	movb $'\n', %al
	outb %al, $0xe9
	cmpb $3, %ah                    /* the third time is the last */
	jne 1f
	movb $5, %al
	outb %al, $0xf4
1:
	.if CASE == 1
	lidt nothing
	movw $0x1234, %bx
	int3
	.else
	movl $0x2083, 0x1000            /* a page directory at 1000h, one table at 2000h: the first 2 MB, page 300h is absent */
	movw $0, %di
	pushw $0x200
	popw %es
	movl $3, %eax
	cld
2:	stosl
	addl $0x1000, %eax
	cmpw $0x800, %di
	jne 2b
	movl $0x2003, 0x1000
	lgdt gdtr
	lidt idtr
	movl $0x1000, %eax
	movl %eax, %cr3
	movl $0x80000001, %eax
	movl %eax, %cr0
	ljmp $8, $3f
	.code32
3:	movw $16, %ax
	movw %ax, %ds
	movw %ax, %ss
	movl $0xabcd0123, %esi
	movl %esi, 0x00345678
	.endif
	hlt

	.balign 8
nothing: .word 0
	.long 0
gdt:	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:	.word 23
	.long gdt
idtr:	.word 0x07ff                    /* at 7000h: zeros, no gate is present */
	.long 0x7000
	.org 510
	.word 0xaa55
