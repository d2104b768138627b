/*
 * triple_fault.S - a boot sector that ends in a triple fault. Built with -DCASE=1: real mode, an IDT of limit 0 and INT3. 2: protected
 * mode with paging, a page fault whose gate is not present. It counts its starts in CMOS register 60h, which a reset keeps, and
 * writes the count to port E9h.
 */
#include "start.inc"

	start
	count_starts
	movb %bl, %al
	andb $7, %al
	addb $'0', %al
	outb %al, $0xe9
	putc $'\n'
	cmpb $3, %bl                    /* the third time is the last */
	jne 1f
	quit_with 5
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
2:	stosl
	addl $0x1000, %eax
	cmpw $0x800, %di
	jne 2b
	movl $0x2003, 0x1000
	lidt idtr
	movl $0x1000, %eax
	movl %eax, %cr3
	protect 0x80000001
	movl $0xabcd0123, %esi
	movl %esi, 0x00345678
	.endif
	hlt

	descriptors
	descriptors_pointer
nothing: .word 0
	.long 0
idtr:	.word 0x07ff                    /* at 7000h: zeros, no gate is present */
	.long 0x7000
	boot_signature
