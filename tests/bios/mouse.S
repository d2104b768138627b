/*
 * INT 15h AH=C2h and INT 74h. Bytes "from the device" are put into the controller with command D3h ("write auxiliary device
 * output buffer"; PS/2 Technical Reference). Expected: IBM PS/2 BIOS Interface Technical Reference, INT 15h.
 */
#include "harness.inc"

main:
	test int11_says_there_is_a_pointing_device
	int $0x11
	testb $0x04, %al
	CHECK_NZ
	endtest

	test int15_c200_needs_a_function
	movw $0xc200, %ax
	movb $1, %bh
	int $0x15
	CHECK_CF
	CHECK_EQB(%ah, $0x05)
	endtest

	test int15_c205_resets_the_device
	movw $0xc205, %ax
	movw $0x0300, %bx
	int $0x15
	CHECK_NC
	CHECK_EQB(%ah, $0)
	CHECK_EQ(%bx, $0x00aa)
	movw $0xc205, %ax
	movw $0x0900, %bx
	int $0x15
	CHECK_CF
	CHECK_EQB(%ah, $0x02)
	endtest

	test int15_c204_tells_the_id
	movw $0xc204, %ax
	movb $0x55, %bh
	int $0x15
	CHECK_NC
	CHECK_EQB(%bh, $0)
	endtest

	test int15_c202_c203_c206_set_and_tell
	movw $0xc202, %ax
	movb $4, %bh
	int $0x15
	CHECK_NC
	movw $0xc203, %ax
	movb $1, %bh
	int $0x15
	CHECK_NC
	movw $0xc206, %ax
	movb $2, %bh
	int $0x15
	CHECK_NC
	movw $0xc206, %ax
	movb $0, %bh
	int $0x15
	CHECK_NC
	CHECK_EQB(%bl, $0x10)           /* scaling 2:1, off, no button */
	CHECK_EQB(%cl, $1)
	CHECK_EQB(%dl, $80)
	movw $0xc202, %ax
	movb $7, %bh
	int $0x15
	CHECK_CF
	CHECK_EQB(%ah, $0x02)
	endtest

	test int74_calls_the_function_with_a_packet
	pushw $0
	popw %es
	movw $0xc207, %ax
	movw $function, %bx
	int $0x15
	CHECK_NC
	movw $0xc200, %ax
	movb $1, %bh
	int $0x15
	CHECK_NC
	movb $0x29, %al
	call send_byte
	movb $0x05, %al
	call send_byte
	CHECK_EQ(calls, $0)
	movb $0xfb, %al
	call send_byte
	CHECK_EQ(calls, $1)
	CHECK_EQ(seen, $0x0029)
	CHECK_EQ(seen + 2, $0x0005)
	CHECK_EQ(seen + 4, $0x00fb)
	CHECK_EQ(seen + 6, $0x0000)
	endtest

	test int74_finds_the_beginning_of_a_packet
	movb $0x01, %al
	call send_byte
	movb $0x08, %al
	call send_byte
	movb $0x02, %al
	call send_byte
	movb $0x03, %al
	call send_byte
	CHECK_EQ(calls, $2)
	CHECK_EQ(seen + 2, $0x0002)
	endtest

	test keyboard_works_beside_it
	movb $0xd2, %ah
	movb $0x1e, %al
	call send_from
	movb $0x01, %ah
	int $0x16
	CHECK_NZ
	movb $0x00, %ah
	int $0x16
	CHECK_EQ(%ax, $0x1e61)
	endtest

	test int15_c200_and_c207_end_it
	movw $0xc200, %ax
	movb $0, %bh
	int $0x15
	CHECK_NC
	pushw $0
	popw %es
	xorw %bx, %bx
	movw $0xc207, %ax
	int $0x15
	CHECK_NC
	movw $0xc208, %ax
	int $0x15
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	endtest

	jmp finish

	/* AL as if the device had sent it. */
send_byte:
	movb $0xd3, %ah
	/* AL through controller command AH */
send_from:
	pushw %cx
	movb %al, %cl
1:	inb $0x64, %al
	testb $0x03, %al
	jnz 1b
	movb %ah, %al
	outb %al, $0x64
2:	inb $0x64, %al
	testb $0x02, %al
	jnz 2b
	movb %cl, %al
	outb %al, $0x60
	movw $1000, %cx
3:	inb $0x64, %al
	loop 3b
	popw %cx
	ret

	/* Far, with status, X, Y, Z on the stack; the first is the deepest. */
function:
	pushw %bp
	movw %sp, %bp
	incw %cs:calls
	pushw %ax
	movw 12(%bp), %ax
	movw %ax, %cs:seen
	movw 10(%bp), %ax
	movw %ax, %cs:seen + 2
	movw 8(%bp), %ax
	movw %ax, %cs:seen + 4
	movw 6(%bp), %ax
	movw %ax, %cs:seen + 6
	popw %ax
	popw %bp
	lret

	.balign 2
calls:
	.word 0
seen:
	.word 0, 0, 0, 0
	.org 512 * (SECTORS + 1)
