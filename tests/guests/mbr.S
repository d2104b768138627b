/*
 * mbr.S - a master boot record: code that starts the active partition's boot sector, and a partition table made from the
 * symbols P1_START, P1_SIZE, P1_TYPE, P1_ACTIVE and P2_... (sectors; all 0: no such entry) given to the assembler. The disk's geometry
 * for the table's CHS fields is HEADS heads and 63 sectors.
 *
 * It reads with INT 13h AH=42h where AH=41h tells of it, and else with AH=02h and the table's own CHS. The boot sector gets the
 * drive in DL and the table's entry at DS:SI, as is the custom.
 */
#include "start.inc"

#ifndef HEADS
#define HEADS 16
#endif

	start
	movw $0x7c00, %si               /* make room at 0:7C00h */
	movw $0x0600, %di
	movw $256, %cx
	rep movsw
	ljmp $0, $(moved - _start + 0x600)
moved:	sti
	movw $(table - _start + 0x600), %si
	movw $4, %cx
1:	testb $0x80, (%si)
	jnz 2f
	addw $16, %si
	loop 1b
	movw $(none - _start + 0x600), %si
	jmp stop

2:	movb %dl, drive - _start + 0x600
	movb $0x41, %ah
	movw $0x55aa, %bx
	int $0x13
	movb drive - _start + 0x600, %dl
	jc chs
	cmpw $0xaa55, %bx
	jne chs
	testb $1, %cl
	jz chs
	pushl $0                        /* the packet, from its end */
	pushl 8(%si)
	pushl $0x00007c00
	pushl $0x00010010
	movw %sp, %bx
	pushw %si
	movw %bx, %si
	movb $0x42, %ah
	int $0x13
	popw %si
	leaw 16(%bx), %sp
	jnc go
chs:	movw $0x0201, %ax
	movw $0x7c00, %bx
	movb 1(%si), %dh
	movw 2(%si), %cx
	int $0x13
	jc failed
go:	cmpw $0xaa55, 0x7dfe
	jne failed
	movb drive - _start + 0x600, %dl
	ljmp $0, $0x7c00

failed:	movw $(unread - _start + 0x600), %si
stop:	lodsb
	testb %al, %al
	jz 1f
	movw $7, %bx
	movb $0x0e, %ah
	int $0x10
	jmp stop
1:	hlt
	jmp 1b

drive:	.byte 0
none:	.asciz "no active partition"
unread:	.asciz "the partition has no boot sector"

/* sector SECTOR of the disk as head, sector + cylinder bits 8-9, cylinder; FE FF FF when the cylinder is above 1023 */
	.macro chs_of sector
	.if (\sector) / (HEADS * 63) > 1023
	.byte 0xfe, 0xff, 0xff
	.else
	.byte (\sector) / 63 % HEADS
	.byte (\sector) % 63 + 1 + ((\sector) / (HEADS * 63) >> 8 << 6)
	.byte (\sector) / (HEADS * 63) & 255
	.endif
	.endm
	.macro entry active, type, first, size
	.if \size
	.byte \active
	chs_of \first
	.byte \type
	chs_of (\first + \size - 1)
	.long \first, \size
	.else
	.space 16
	.endif
	.endm

	.org 446
table:
	entry P1_ACTIVE, P1_TYPE, P1_START, P1_SIZE
	entry P2_ACTIVE, P2_TYPE, P2_START, P2_SIZE
	.space 32
	.word 0xaa55
