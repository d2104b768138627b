/*
 * vga_modes.S - a floppy that sets one video mode after the other, draws a few things into each, and waits for a key:
 *
 *   text        cell (row 5, column 7): a full block, yellow on blue (attribute 1Eh), by INT 10h AH=09h
 *   graphics    pixels (16 + c, 20) in colour c = 0-15 (as far as the mode has them), by INT 10h AH=0Ch; and by memory, in the way
 *               that the adapter's manual gives for the mode, the pixels (0, 0) and the last one of the picture
 *
 * then the standard tricks: mode X (320x240, unchained), a split screen in mode 13h, panning in mode 0Dh. It ends with "done" on
 * port E9h and in mode 3.
 */
#include "start.inc"

	start
	sti
	load 3
	jmp main
	boot_signature

	/* an entry of the table: mode, routine */
	.macro entry mode, routine
	.byte \mode
	.word \routine
	.endm
modes:	entry 0x00, text
	entry 0x01, text
	entry 0x02, text
	entry 0x03, text
	entry 0x07, text
	entry 0x04, cga4
	entry 0x05, cga4
	entry 0x06, cga2
	entry 0x0d, planar
	entry 0x0e, planar
	entry 0x0f, mono
	entry 0x10, planar
	entry 0x11, mcga
	entry 0x12, planar
	entry 0x13, chained
	entry 0x13, mode_x
	entry 0x13, split
	entry 0x0d, panned
	.byte 0xff

main:	movw $modes, %si
1:	lodsb
	cmpb $0xff, %al
	je 2f
	pushw %ax
	xorb %ah, %ah
	int $0x10
	popw %ax
	lodsw
	pushw %si
	pushw $0xa000
	popw %es
	call *%ax
	popw %si
	xorb %ah, %ah
	int $0x16
	jmp 1b
2:	movw $3, %ax
	int $0x10
	say done
	stop
	puts_routine
done:	.asciz "done\n"

text:	movb $2, %ah
	xorb %bh, %bh
	movw $0x0507, %dx
	int $0x10
	movw $0x09db, %ax
	movw $0x001e, %bx
	movw $1, %cx
	int $0x10
	ret

/* pixels (16 + c, 20) of colour c, c below BP */
row_of_colours:
	xorw %bx, %bx
1:	movb $0x0c, %ah
	movb %bl, %al
	movw %bx, %cx
	addw $16, %cx
	movw $20, %dx
	pushw %bx
	xorb %bh, %bh
	int $0x10
	popw %bx
	incw %bx
	cmpw %bp, %bx
	jb 1b
	ret

/* two bits a pixel, even rows at B8000, odd ones at BA000 */
cga4:	movw $4, %bp
	call row_of_colours
	pushw $0xb800
	popw %es
	movb $0x80, %es:0               /* colour 2 at (0, 0) */
	movb $0x01, %es:0x2000 + 99 * 80 + 79
	ret
cga2:	movw $2, %bp
	call row_of_colours
	pushw $0xb800
	popw %es
	movb $0x80, %es:0
	movb $0x01, %es:0x2000 + 99 * 80 + 79
	ret

map_mask:                               /* AL: the planes to write */
	movb %al, %ah
	movb $0x02, %al
	movw $0x3c4, %dx
	outw %ax, %dx
	ret

/* Colour 4 at (0, 0), colour 9 at the end, which the BIOS data area tells: width in characters, rows - 1, height of one. */
planar:	movw $16, %bp
	call row_of_colours
	movb $0x04, %al
	call map_mask
	movb $0x80, %es:0
	movw 0x44a, %ax
	movzbw 0x484, %bx
	incw %bx
	mulw %bx
	mulw 0x485
	decw %ax
	movw %ax, %di
	movb $0x09, %al
	call map_mask
	movb $0x01, %es:(%di)
	movb $0x0f, %al
	jmp map_mask

mono:	movw $2, %bp
	call row_of_colours
	movb $0x01, %al
	call map_mask
	movb $0x80, %es:0
	movb $0x01, %es:349 * 80 + 79
	ret

mcga:	movw $2, %bp
	call row_of_colours
	movb $0x80, %es:0
	movb $0x01, %es:479 * 80 + 79
	ret

chained:
	movw $16, %bp
	call row_of_colours
	movb $32, %es:0                 /* pure blue of the colour wheel */
	movb $40, %es:199 * 320 + 319   /* pure red */
	ret

	.macro crtc reg, value
	.byte \reg, \value
	.endm
x_regs:	crtc 0x06, 0x0d
	crtc 0x07, 0x3e
	crtc 0x09, 0x41
	crtc 0x10, 0xea
	crtc 0x11, 0xac
	crtc 0x12, 0xdf
	crtc 0x14, 0x00
	crtc 0x15, 0xe7
	crtc 0x16, 0x06
	crtc 0x17, 0xe3
x_end:

write_crtc:                             /* SI: pairs, BX: their end */
	movw $0x3d4, %dx
1:	lodsw
	outw %ax, %dx
	cmpw %bx, %si
	jb 1b
	ret

/* 320x240: address y * 80 + x / 4, plane x & 3 */
mode_x:	movw $0x3c4, %dx
	movw $0x0604, %ax               /* chain 4 off */
	outw %ax, %dx
	movw $0x0100, %ax               /* reset while the clock changes */
	outw %ax, %dx
	movw $0x3c2, %dx
	movb $0xe3, %al
	outb %al, %dx
	movw $0x3c4, %dx
	movw $0x0300, %ax
	outw %ax, %dx
	movw $0x3d4, %dx
	movw $0x2c11, %ax               /* registers 0-7 may be written */
	outw %ax, %dx
	movw $x_regs, %si
	movw $x_end, %bx
	call write_crtc
	movb $0x0f, %al
	call map_mask
	xorw %di, %di
	xorw %ax, %ax
	movw $80 * 240 / 2, %cx
	rep stosw
	movb $0x02, %al                 /* (1, 0) */
	call map_mask
	movb $44, %es:0
	movb $0x04, %al                 /* (162, 120) */
	call map_mask
	movb $40, %es:120 * 80 + 40
	movb $0x08, %al                 /* (319, 239) */
	call map_mask
	movb $32, %es:239 * 80 + 79
	ret

/* Above line 200 (row 100) of the picture memory from row 50 on, below it from row 0 on. */
split:	movb $40, %es:50 * 320 + 5
	movb $32, %es:5
	movb $44, %es:149 * 320 + 9
	movb $48, %es:99 * 320 + 7
	movw $0x3d4, %dx
	movw $0x000c + ((50 * 80) & 0xff00), %ax
	outw %ax, %dx
	movw $0x000d + ((50 * 80) << 8 & 0xff00), %ax
	outw %ax, %dx
	movw $0x0018 + (199 << 8), %ax  /* line compare 199: bits 8 and 9 cleared */
	outw %ax, %dx
	movb $0x07, %al
	outb %al, %dx
	incw %dx
	inb %dx, %al
	andb $0xef, %al
	outb %al, %dx
	decw %dx
	movb $0x09, %al
	outb %al, %dx
	incw %dx
	inb %dx, %al
	andb $0xbf, %al
	outb %al, %dx
	ret

/* Three pixels to the left: what is at (11, 20) in memory is seen at (8, 20). */
panned:	movw $16, %bp
	call row_of_colours
	movw $0x3da, %dx
	inb %dx, %al
	movw $0x3c0, %dx
	movb $0x33, %al
	outb %al, %dx
	movb $3, %al
	outb %al, %dx
	ret
