/*
 * vbe_modes.S - a floppy that sets one VBE mode after the other by INT 10h AX=4F02h, draws into each, and waits for a key. Where
 * the frame buffer is and how long a line is comes from AX=4F01h, the pixels from the formats of the VBE standard. Drawn are
 *
 *   (0, 0) red   (1, 0) green   (2, 0) white   (w/2, h/2) green   (w-1, h-1) blue
 *
 * in linear modes through the flat segment FS ("unreal" mode), in others through the window at A0000 and AX=4F05h. Then a mode with
 * a wider virtual screen, moved by AX=4F07h. It ends with "done" on port E9h and in mode 3.
 */
#include "start.inc"

	start
	sti
	load 3
	jmp main
	boot_signature

#define INFO 0x9000
#define PITCH 16
#define WIDTH 18
#define HEIGHT 20
#define BPP 25
#define PLACE 40

modes:	.word 0x4101, 0x4110, 0x4111, 0x4112, 0x4142, 0x410d, 0x4103, 0x4144, 0x411b, 0x4192, 0x4189, 0x418c
	.word 0x0105, 0x0117, 0x0118, 0

main:	movw $modes, %si
1:	lodsw
	testw %ax, %ax
	jz 2f
	pushw %si
	movw %ax, mode
	call draw
	popw %si
	xorb %ah, %ah
	int $0x16
	jmp 1b
2:	movw $0x4111, mode
	call set
	movw $0x4f06, %ax               /* 800 pixels a line */
	movw $0, %bx
	movw $800, %cx
	int $0x10
	movw %bx, INFO + PITCH
	movw $30, %cx
	movw $40, %dx
	movl $0xffff, %eax
	call pixel
	movw $0x4f07, %ax
	movw $0x0080, %bx
	movw $10, %cx
	movw $15, %dx
	int $0x10
	xorb %ah, %ah
	int $0x16
	movw $3, %ax
	int $0x10
	say done
	stop
	puts_routine

	/* Sets `mode` and fetches what there is to know. */
set:	movw $0x4f02, %ax
	movw mode, %bx
	int $0x10
	movw $0x4f01, %ax
	movw mode, %cx
	andw $0x1ff, %cx
	movw $INFO, %di
	int $0x10
	movw $0x4f09, %ax               /* colours 1 to 4, for what has a palette */
	xorw %bx, %bx
	movw $4, %cx
	movw $1, %dx
	movw $palette, %di
	int $0x10
	movw $0xffff, bank
	ret

draw:	call set
	movzbw INFO + BPP, %bx
	movw $formats, %si
1:	cmpw %bx, (%si)
	je 2f
	addw $18, %si
	jmp 1b
2:	xorw %cx, %cx
	xorw %dx, %dx
	movl 2(%si), %eax
	call pixel
	incw %cx
	movl 6(%si), %eax
	call pixel
	incw %cx
	movl 14(%si), %eax
	call pixel
	movw INFO + WIDTH, %cx
	shrw $1, %cx
	movw INFO + HEIGHT, %dx
	shrw $1, %dx
	movl 6(%si), %eax
	call pixel
	movw INFO + WIDTH, %cx
	decw %cx
	movw INFO + HEIGHT, %dx
	decw %dx
	movl 10(%si), %eax
	/* fall through */

	/* EAX at column CX, line DX */
pixel:	pushal
	movl %eax, %ebp
	movzbl INFO + BPP, %ebx
	addl $7, %ebx
	shrl $3, %ebx                   /* bytes */
	movzwl %dx, %edi
	movzwl INFO + PITCH, %eax
	imull %eax, %edi
	movzwl %cx, %eax
	imull %ebx, %eax
	addl %eax, %edi
1:	testw $0x4000, mode
	jz 2f
	call flat_fs
	movl INFO + PLACE, %eax
	addl %edi, %eax
	movl %ebp, %edx
	movb %dl, %fs:(%eax)
	jmp 4f
2:	movl %edi, %edx
	shrl $16, %edx
	cmpw %dx, bank
	je 3f
	movw %dx, bank
	pushw %bx
	xorw %bx, %bx
	movw $0x4f05, %ax
	int $0x10
	popw %bx
3:	pushw $0xa000
	popw %es
	movl %ebp, %edx
	movb %dl, %es:(%di)
	pushw %ds
	popw %es
4:	incl %edi
	shrl $8, %ebp
	decw %bx
	jnz 1b
	popal
	ret

	flat_fs_routine

	descriptors
	descriptors_pointer
mode:	.word 0
bank:	.word 0
palette:
	.byte 0, 0, 63, 0,  0, 63, 0, 0,  63, 0, 0, 0,  63, 63, 63, 0
	/* bits, red, green, blue, white */
	.macro format bits, r, g, b, w
	.word \bits
	.long \r, \g, \b, \w
	.endm
formats:
	format 8, 1, 2, 3, 4
	format 15, 0x7c00, 0x03e0, 0x001f, 0x7fff
	format 16, 0xf800, 0x07e0, 0x001f, 0xffff
	format 24, 0xff0000, 0x00ff00, 0x0000ff, 0xffffff
	format 32, 0xff0000, 0x00ff00, 0x0000ff, 0xffffff
done:	.asciz "done\n"
	.org 512 * 4
