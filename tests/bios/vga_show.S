/*
 * vga_show.S - boot floppy that shows each standard video mode through INT 10h, one per key: for looking at screens.
 *
 * Every screen: the mode's number, all 256 characters in sixteen rows, coloured text, and in graphics modes lines of pixels,
 * a colour bar made by INT 10h AH=0Ch and a window scrolled by AH=06h.
 */
	.code16
	.globl	_start
_start:
	ljmp	$0, $1f
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	$0x0204, %ax		/* four sectors */
	movw	$0x7e00, %bx
	movw	$0x0002, %cx
	movb	$0, %dh
	int	$0x13
	jc	.
	jmp	main
	.org	510
	.word	0xaa55

main:
	movw	$modes, %si
next_mode:
	lodsb
	cmpb	$0xff, %al
	je	main
	movb	%al, mode
	xorb	%ah, %ah
	int	$0x10
	/* title: teletype */
	movw	$title, %di
	call	print
	movb	mode, %al
	call	print_hex
	/* all characters: sixteen rows of sixteen */
	xorw	%cx, %cx
1:	movb	%cl, %al
	movb	%cl, %dh
	shrb	$4, %dh
	addb	$2, %dh
	movb	%cl, %dl
	andb	$15, %dl
	movb	$0, %bh
	movb	$2, %ah
	int	$0x10
	movb	$15, %bl
	cmpb	$0x13, mode
	jae	2f
	movb	$7, %bl
2:	pushw	%cx
	movw	$1, %cx
	movb	$9, %ah
	int	$0x10
	popw	%cx
	incb	%cl
	jnz	1b
	/* sixteen colours of text, AH=13h */
	movw	$0, %cx
3:	movb	%cl, %dh
	addb	$2, %dh
	movb	$18, %dl
	movw	%cx, %bx
	movb	$0, %bh
	pushw	%cx
	movw	$sample, %bp
	movw	$sample_end - sample, %cx
	movw	$0x1300, %ax
	int	$0x10
	popw	%cx
	incw	%cx
	cmpw	$16, %cx
	jb	3b
	/* a scrolled window at the bottom */
	movw	$0x0602, %ax		/* two rows up, then cleared with attribute 1Eh */
	movb	$0x1e, %bh
	movw	$0x1300, %cx
	movw	$0x160f, %dx
	int	$0x10
	cmpb	$4, mode
	jb	wait
	cmpb	$7, mode
	je	wait
	/* pixels: a bar of colours and a diagonal */
	xorw	%dx, %dx
4:	movw	$0, %cx
5:	movw	%cx, %ax
	shrw	$2, %ax
	movw	%dx, %bx
	pushw	%cx
	pushw	%dx
	addw	$160, %cx
	addw	$160, %dx
	movb	$0, %bh
	movb	$0x0c, %ah
	int	$0x10
	popw	%dx
	popw	%cx
	incw	%cx
	cmpw	$128, %cx
	jb	5b
	incw	%dx
	cmpw	$20, %dx
	jb	4b
	movw	$0, %cx
6:	movw	%cx, %dx
	movw	$0x0c8f, %ax		/* XOR (mode 13h: colour 8Fh) */
	movb	$0, %bh
	int	$0x10
	incw	%cx
	cmpw	$190, %cx
	jb	6b
wait:
	xorb	%ah, %ah
	int	$0x16
	jmp	next_mode

print:	movb	(%di), %al
	incw	%di
	testb	%al, %al
	jz	1f
	movb	$0x0e, %ah
	movw	$15, %bx
	int	$0x10
	jmp	print
1:	ret
print_hex:
	pushw	%ax
	shrb	$4, %al
	call	1f
	popw	%ax
1:	andb	$15, %al
	addb	$'0', %al
	cmpb	$'9', %al
	jbe	2f
	addb	$7, %al
2:	movb	$0x0e, %ah
	movw	$15, %bx
	int	$0x10
	ret

modes:	.byte	0x03, 0x01, 0x04, 0x05, 0x06, 0x07, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0xff
title:	.asciz	"Video mode "
sample:	.ascii	"The quick brown fox"
sample_end:
mode:	.byte	0
	.org	512 * 5
