/*
 * mouse.S - a floppy that uses the pointing device through INT 15h AH=C2h: its function adds up the packets. With the right button
 * down it writes "x X y Y", the sums as four hexadecimal digits, to port E9h, and begins anew; with the middle one "done", and ends.
 */
#include "start.inc"

	start
	sti
	movw $0xc205, %ax               /* packets of three bytes */
	movb $3, %bh
	int $0x15
	movw $0xc207, %ax
	movw $packet, %bx
	int $0x15
	movw $0xc200, %ax
	movb $1, %bh
	int $0x15
	jc failed
	say ready
1:	hlt
	testb $4, status
	jnz 2f
	testb $2, status
	jz 1b
	say text_x
	movw sum_x, %ax
	call hex
	say text_y
	movw sum_y, %ax
	call hex
	putc $'\n'
	movl $0, sum_x
	movb $0, status
	jmp 1b
2:	say text_done
failed:	stop

	puts_routine
	hex_routine 4

	/* Far, with status, X, Y, 0 on the stack, the first deepest. */
packet:	pushw %bp
	movw %sp, %bp
	pushaw
	movw 12(%bp), %ax
	movb %al, %cs:status
	movzbw 10(%bp), %dx             /* bit 4 of the status is its sign */
	testb $0x10, %al
	jz 1f
	subw $256, %dx
1:	addw %dx, %cs:sum_x
	movzbw 8(%bp), %dx
	testb $0x20, %al
	jz 2f
	subw $256, %dx
2:	addw %dx, %cs:sum_y
	popaw
	popw %bp
	lret

sum_x:	.word 0
sum_y:	.word 0
status:	.byte 0
ready:	.asciz "ready\n"
text_x:	.asciz "x "
text_y:	.asciz " y "
text_done:
	.asciz "done\n"
	boot_signature
