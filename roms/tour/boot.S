/*
 * boot.S - boot sector of the tour floppy (360 KB, 40 cylinders, 2 heads, 9 sectors): loads the tour to 1000:0000 and jumps there.
 *
 * The layout is a DOS boot record (BIOS parameter block) whose reserved sectors hold the tour, so that DOS sees an empty,
 * valid disk. The number of sectors to load is placed at offset 1FCh by mkimage. Services used: INT 13h, and INT 10h for an error.
 */
	.code16
	.equ	SPT, 9
	.equ	HEADS, 2

	.globl	_start
_start:
	jmp	begin
	nop
	.ascii	"TANDEM  "
	.word	512
	.byte	2			/* sectors per cluster */
	.word	RESERVED		/* boot sector and the tour */
	.byte	2			/* FATs */
	.word	112			/* root directory entries */
	.word	720
	.byte	0xfd
	.word	2			/* sectors per FAT */
	.word	SPT, HEADS
	.long	0, 0
	.byte	0, 0, 0x29
	.long	0x54555221
	.ascii	"TOUR       FAT12   "

begin:
	cli
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	%ax, %ds
	sti
	cld
	movb	%dl, drive
	ljmp	$0, $1f
1:	movw	$0x1000, %ax
	movw	%ax, %es
	movw	sectors, %di		/* how many are left */
	movw	$1, %si			/* next sector, from 0 */

/* Read to the end of the track at a time, three tries each. */
next:
	movw	%si, %ax
	xorw	%dx, %dx
	movw	$SPT, %bx
	divw	%bx			/* AX track, DX sector in it */
	movw	%dx, %cx
	subw	%dx, %bx		/* sectors to the end of the track */
	cmpw	%di, %bx
	jbe	1f
	movw	%di, %bx
1:	incw	%cx			/* sectors count from 1 */
	shrw	$1, %ax			/* two heads */
	movb	%al, %ch
	movb	$0, %dh
	adcb	$0, %dh
	movb	drive, %dl
	movb	%bl, %al
	movb	$3, tries
	xorw	%bx, %bx
2:	pushw	%ax
	movb	$2, %ah
	int	$0x13
	popw	%ax
	jnc	3f
	decb	tries
	jz	failed
	pushw	%ax
	xorw	%ax, %ax		/* reset the controller */
	int	$0x13
	popw	%ax
	jmp	2b
3:	movb	$0, %ah
	addw	%ax, %si
	subw	%ax, %di
	shlw	$5, %ax			/* 512 bytes are 32 paragraphs */
	movw	%es, %cx
	addw	%ax, %cx
	movw	%cx, %es
	testw	%di, %di
	jnz	next
	ljmp	$0x1000, $0

failed:
	movw	$message, %si
1:	lodsb
	testb	%al, %al
	jz	2f
	movw	$7, %bx
	movb	$0x0e, %ah
	int	$0x10
	jmp	1b
2:	hlt
	jmp	2b

message: .asciz	"The tour cannot be read from the disk."
drive:	.byte	0
tries:	.byte	0
	.org	0x1fc
sectors: .word	0
	.word	0xaa55
