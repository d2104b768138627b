/*
 * vga_services.S - self-checking boot floppy for INT 10h. Each check writes a line to the debug console (port E9h):
 * "ok <sentence>" or "FAIL <sentence>: got xxxx, expected yyyy"; the last line is "done".
 *
 * Expected values: IBM PS/2 and PC BIOS Interface Technical Reference (INT 10h, BIOS data area) and the register tables of the IBM PS/2
 * Hardware Interface Technical Reference, "Video Subsystem". Port F4h ends the run under QEMU (isa-debug-exit).
 */
	.code16

	.macro	video ax, bx=0, cx=0, dx=0
	movw	$\ax, %ax
	movw	$\bx, %bx
	movw	$\cx, %cx
	movw	$\dx, %dx
	int	$0x10
	.endm

	/* AX against a value */
	.macro	expect want, text:vararg
	pushw	$\want
	call	check
	.asciz	\text
	.endm

	.macro	expect_bda8 off, want, text:vararg
	movb	0x400 + \off, %al
	movb	$0, %ah
	expect	\want, \text
	.endm

	.macro	expect_bda16 off, want, text:vararg
	movw	0x400 + \off, %ax
	expect	\want, \text
	.endm

	.macro	expect_reg port, index, want, text:vararg
	movw	$\port, %dx
	movb	$\index, %al
	outb	%al, %dx
	incw	%dx
	inb	%dx, %al
	movb	$0, %ah
	expect	\want, \text
	.endm

	.globl	_start
_start:
	ljmp	$0, $1f
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	$0x0208, %ax		/* eight sectors: the first track has nine */
	movw	$0x7e00, %bx
	movw	$0x0002, %cx
	movb	$0, %dh
	int	$0x13
	jc	.
	movw	$0x0209, %ax
	movw	$0x8e00, %bx
	movw	$0x0001, %cx
	movb	$1, %dh
	int	$0x13
	jc	.
	jmp	main
	.org	510
	.word	0xaa55

/* Stack: return offset of the text, expected value; AX the value. All registers but AX are kept. */
check:
	pushw	%bp
	movw	%sp, %bp
	pushw	%si
	pushw	%bx
	movw	%ax, %bx
	movw	2(%bp), %si
	cmpw	4(%bp), %bx
	pushw	%si
	movw	$text_ok, %si
	je	1f
	movw	$text_fail, %si
1:	call	puts
	popw	%si
	call	puts
	cmpw	4(%bp), %bx
	je	2f
	pushw	%si
	movw	$text_got, %si
	call	puts
	movw	%bx, %ax
	call	hex
	movw	$text_want, %si
	call	puts
	movw	4(%bp), %ax
	call	hex
	popw	%si
2:	movb	$10, %al
	outb	%al, $0xe9
	movw	%si, 2(%bp)
	popw	%bx
	popw	%si
	popw	%bp
	retw	$2

puts:	cld
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, $0xe9
	jmp	1b
2:	ret

hex:	pushw	%cx
	movw	$4, %cx
1:	rolw	$4, %ax
	pushw	%ax
	andb	$15, %al
	cmpb	$10, %al
	sbbb	$0x69, %al
	das
	outb	%al, $0xe9
	popw	%ax
	loop	1b
	popw	%cx
	ret

main:
	/* ---- mode 3 and the data area ---- */
	video	0x0003
	expect_bda8 0x49, 3, "mode 3 is stored in the data area"
	expect_bda16 0x4a, 80, "mode 3 has 80 columns"
	expect_bda16 0x4c, 0x1000, "mode 3 has pages of 4096 bytes"
	expect_bda16 0x63, 0x3d4, "mode 3 uses the colour CRTC address"
	expect_bda8 0x65, 0x29, "mode 3 stores the CGA mode register value"
	expect_bda8 0x84, 24, "mode 3 has 25 rows"
	expect_bda16 0x85, 16, "mode 3 has characters of 16 lines"
	expect_bda8 0x87, 0x60, "256 KB, colour, cursor emulation on"
	expect_bda8 0x88, 0xf9, "switches say enhanced colour display"
	expect_reg 0x3d4, 0x0a, 13, "cursor emulation turns line 6 into 13"
	expect_reg 0x3d4, 0x0b, 14, "cursor emulation turns line 7 into 14"
	video	0x0f00
	expect	0x5003, "AH=0F answers 80 columns and mode 3"
	video	0x0100, 0, 0x0007
	expect_reg 0x3d4, 0x0a, 0, "a full block begins at line 0"
	expect_reg 0x3d4, 0x0b, 15, "a full block ends at line 15"
	expect_bda16 0x60, 0x0007, "the cursor shape is kept as given"
	video	0x0100, 0, 0x2000
	expect_reg 0x3d4, 0x0a, 0x20, "bit 5 of the start line hides the cursor"
	video	0x1201, 0x34
	expect	0x1212, "AH=12 BL=34 answers 12h"
	video	0x0100, 0, 0x0607
	expect_reg 0x3d4, 0x0a, 6, "without cursor emulation line 6 is line 6"
	video	0x1200, 0x34

	/* ---- cursor, teletype, scrolling ---- */
	video	0x0200, 0, 0, 0x184f
	video	0x0300, 0
	movw	%dx, %ax
	expect	0x184f, "AH=03 reads back what AH=02 set"
	expect_reg 0x3d4, 0x0e, 0x07, "the CRTC knows the cursor position"
	video	0x0958, 0x1e, 1		/* X at the corner */
	video	0x0800
	expect	0x1e58, "AH=08 reads character and attribute"
	video	0x0e59, 7
	video	0x0300
	movw	%dx, %ax
	expect	0x1800, "teletype in the last column wraps to a new last row"
	video	0x0200, 0, 0, 0x174f
	video	0x0800
	expect	0x1e59, "teletype keeps the attribute and scrolls"
	video	0x0601, 0x2f00, 0x0000, 0x184f
	video	0x0200, 0, 0, 0x164f
	video	0x0800
	expect	0x1e59, "AH=06 moves rows up"
	video	0x0200, 0, 0, 0x1805
	video	0x0800
	expect	0x2f20, "AH=06 fills with blanks of the given attribute"
	video	0x0702, 0x4e00, 0x0502, 0x1850
	video	0x0200, 0, 0, 0x184f
	video	0x0800
	expect	0x1e59, "AH=07 moves rows down, clipped to the screen"
	video	0x0200, 0, 0, 0x0501
	video	0x0800
	expect	0x0720, "scrolling leaves columns outside the window alone"
	movw	$str_attr, %bp
	video	0x1303, 0, 3, 0x0a20
	video	0x0300
	movw	%dx, %ax
	expect	0x0a23, "AH=13 AL=3 moves the cursor behind the string"
	video	0x0200, 0, 0, 0x0a21
	video	0x0800
	expect	0x1c62, "AH=13 AL=3 takes attributes from the string"
	movw	$str_attr, %bp
	video	0x1300, 0x4f, 2, 0x0000
	video	0x0300
	movw	%dx, %ax
	expect	0x0a21, "AH=13 AL=0 leaves the cursor where it was"

	/* ---- pages ---- */
	video	0x0200, 0x0300, 0, 0x0203
	video	0x0501 + 2
	expect_bda16 0x4e, 0x3000, "page 3 begins at 3000h"
	expect_bda8 0x62, 3, "page 3 is stored"
	expect_reg 0x3d4, 0x0c, 0x18, "the CRTC shows page 3"
	expect_reg 0x3d4, 0x0f, 0xa3, "the CRTC's cursor is in page 3"
	video	0x0500

	/* ---- fonts ---- */
	video	0x1112
	expect_bda8 0x84, 49, "the 8x8 font gives 50 rows"
	expect_bda16 0x4c, 0x2000, "50 rows need pages of 8192 bytes"
	expect_reg 0x3d4, 0x09, 0x47, "the CRTC has cells of 8 lines"
	video	0x1111
	expect_bda8 0x84, 27, "the 8x14 font gives 28 rows"
	expect_reg 0x3d4, 0x12, 0x87, "28 rows of 14 lines end at line 391"
	video	0x1201, 0x30
	video	0x0003
	expect_bda16 0x85, 14, "350 lines give characters of 14 lines"
	expect_bda8 0x84, 24, "350 lines give 25 rows"
	expect_reg 0x3d4, 0x12, 0x5d, "350 lines end at line 349"
	video	0x1200, 0x30
	video	0x0003
	expect_bda16 0x85, 8, "200 lines give characters of 8 lines"
	video	0x1202, 0x30
	video	0x0003
	expect_bda16 0x85, 16, "400 lines give characters of 16 lines"
	video	0x1130, 0x0600
	movw	%es:'A' * 16 + 6(%bp), %ax
	pushw	%ax
	xorw	%ax, %ax
	movw	%ax, %es
	popw	%ax
	cmpw	$0, %ax
	setne	%al
	movb	$0, %ah
	expect	1, "AH=11 AL=30 BH=6 points to a font with an A"

	/* ---- palette and DAC ---- */
	video	0x1000, 0x2a05
	video	0x1007, 0x0005
	movw	%bx, %ax
	expect	0x2a05, "a palette register reads back"
	video	0x1003, 0
	video	0x1007, 0x0010
	movw	%bx, %ax
	expect	0x0410, "AH=10 AL=3 clears the blink bit"
	video	0x1010, 200, 0x1122, 0x3300
	video	0x1015, 200
	movw	%cx, %ax
	expect	0x1122, "a DAC colour reads back green and blue"
	movb	%dh, %al
	movb	$0, %ah
	expect	0x33, "a DAC colour reads back red"
	video	0x101b, 200, 1
	video	0x1015, 200
	movb	%cl, %al
	movb	%ch, %ah
	subb	%dh, %ah
	subb	%dh, %al
	expect	0, "gray summing makes three equal components"
	video	0x1012, 40, 2, two_colours
	video	0x1017, 40, 2, buffer
	movw	buffer + 4, %ax
	expect	0x0605, "a block of DAC colours reads back"
	video	0x1013, 0x0100
	video	0x1013, 0x0501
	video	0x101a
	movw	%bx, %ax
	expect	0x0501, "colour page 5 of sixteen is selected"
	video	0x0003

	/* ---- information ---- */
	video	0x1200, 0x10
	movw	%bx, %ax
	expect	0x0003, "AH=12 BL=10: colour, 256 KB"
	movw	%cx, %ax
	expect	0x0f09, "AH=12 BL=10: feature bits and switches"
	video	0x1a00
	expect	0x1a1a, "AH=1A is supported"
	movw	%bx, %ax
	expect	0x0008, "a VGA with a colour display, alone"
	movw	$buffer, %di
	video	0x1b00
	movb	$0, %ah
	expect	0x1b, "AH=1B is supported"
	movw	buffer + 0x22, %ax
	expect	0x1019, "AH=1B: 25 rows of 16 lines"
	movw	buffer + 0x27, %ax
	expect	16, "AH=1B: sixteen colours"
	movw	buffer + 0x29, %ax
	expect	0x0208, "AH=1B: eight pages, 400 lines"
	video	0x1c00, 0, 7
	movw	%bx, %ax
	expect	14, "AH=1C AL=0: 60 + 53 + 770 bytes are 14 blocks of 64"

	/* ---- save and restore across a mode change ---- */
	video	0x1c01, buffer, 7
	video	0x0013
	video	0x1c02, buffer, 7
	expect_bda8 0x49, 3, "AH=1C restores the data area"
	expect_reg 0x3d4, 0x09, 0x4f, "AH=1C restores the CRTC"
	video	0x1015, 63
	movw	%cx, %ax
	expect	0x3f3f, "AH=1C restores the DAC"

	/* ---- graphics modes: pixels, characters, scrolling ---- */
	movw	$graphics_modes, %si
next:	lodsb
	cmpb	$0xff, %al
	je	finish
	movb	$0, %ah
	int	$0x10
	expect_bda8 0x62, 0, "the mode begins with page 0"
	video	0x0c01, 0, 123, 77
	video	0x0d00, 0, 123, 77
	movb	$0, %ah
	expect	1, "a pixel reads back"
	cmpb	$0x13, 0x449
	je	1f
	video	0x0c81, 0, 123, 77
	video	0x0d00, 0, 123, 77
	movb	$0, %ah
	expect	0, "bit 7 of the colour means XOR"
1:	video	0x0200, 0, 0, 0x0507
	video	0x09e4, 1, 2
	video	0x0200, 0, 0, 0x0508
	video	0x0800
	movb	$0, %ah
	expect	0xe4, "a character is recognised"
	video	0x0603, 0, 0x0000, 0x1827
	video	0x0200, 0, 0, 0x0207
	video	0x0800
	movb	$0, %ah
	expect	0xe4, "scrolling moves characters"
	video	0x0200, 0, 0, 0x0507
	video	0x0800
	movb	$0, %ah
	expect	0, "the place scrolled from is empty"
	movb	0x449, %al
	orb	$0x80, %al
	movb	$0, %ah
	int	$0x10
	video	0x0200, 0, 0, 0x0207
	video	0x0800
	movb	$0, %ah
	expect	0xe4, "bit 7 of the mode keeps the memory"
	movb	0x487, %al
	andw	$0x80, %ax
	expect	0x80, "bit 7 of 0040:0087 remembers it"
	jmp	next

finish:
	video	0x0003
	movw	$text_done, %si
	call	puts
	movb	$0, %al
	outb	%al, $0xf4
	hlt
	jmp	.

text_ok:	.asciz	"ok "
text_fail:	.asciz	"FAIL "
text_got:	.asciz	": got "
text_want:	.asciz	", expected "
text_done:	.asciz	"done\n"
str_attr:	.byte	'a', 0x1b, 'b', 0x1c, 'c', 0x1d
two_colours:	.byte	1, 2, 3, 4, 5, 6
graphics_modes:	.byte	4, 5, 6, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0xff
	.set	buffer, 0x3000
	.org	512 * 18
