/*
 * INT 10h AH=4Fh on an adapter with the registers of Bochs and 16 MB. Expected: VESA BIOS Extension Core Functions Standard
 * 3.0; VBE/DDC Standard 1.1; E-EDID Standard, release A; VBE/PM Standard 1.0.
 */
#include "harness.inc"

#define INFO 0x5000             /* 512 bytes */
#define MODE 0x5200             /* 256 bytes */
#define TABLE 0x5400            /* a copy of 4F0Ah's */
#define WINDOW 0                /* in it */
#define START 2
#define PALETTE 4

	.macro vbe al, bx=0, cx=0, dx=0
	movw $0x4f00 | \al, %ax
	movw $\bx, %bx
	movw $\cx, %cx
	movw $\dx, %dx
	int $0x10
	.endm

	/* Calls what the word at `where` of the table's copy tells, in 32-bit protected mode. */
	.macro pm where, bx=0
	movw $\bx, %bx
	movw $\where, %si
	call in_protected_mode
	.endm

main:
	test 4f00_tells_about_the_controller
	movw $INFO, %di
	movl $0x32454256, INFO          /* VBE2 */
	vbe 0x00
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQL(INFO, $0x41534556)    /* VESA */
	CHECK_EQ(INFO + 4, $0x0300)
	CHECK_EQ(INFO + 18, $256)       /* 16 MB */
	testb $1, INFO + 10             /* the DAC's width can be changed */
	CHECK_NZ
	lesw INFO + 22, %di             /* the vendor has a name */
	CHECK_EQB(%es:(%di), $'T')
	pushw %ds
	popw %es
	endtest

	test the_mode_list_ends_and_has_the_modes_of_vesa
	movw $0x101, %dx
	call in_list
	CHECK_Z
	movw $0x11b, %dx
	call in_list
	CHECK_Z
	movw $0x102, %dx
	call in_list
	CHECK_Z
	movw $0x123, %dx
	call in_list
	CHECK_NZ
	endtest

	test a_caller_of_vbe_1_gets_256_bytes
	movw $INFO, %di
	movw $0x1234, INFO + 256
	movl $0, INFO
	vbe 0x00
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQ(INFO + 256, $0x1234)
	endtest

	test 4f01_describes_a_palette_mode
	movw $MODE, %di
	vbe 0x01, 0, 0x101
	CHECK_EQ(%ax, $0x004f)
	testb $0x19, MODE               /* supported, colour, graphics */
	CHECK_NZ
	CHECK_EQB(MODE + 2, $7)
	CHECK_EQ(MODE + 4, $64)
	CHECK_EQ(MODE + 8, $0xa000)
	CHECK_EQ(MODE + 16, $640)
	CHECK_EQ(MODE + 18, $640)
	CHECK_EQ(MODE + 20, $480)
	CHECK_EQB(MODE + 24, $1)
	CHECK_EQB(MODE + 25, $8)
	CHECK_EQB(MODE + 27, $4)
	CHECK_EQB(MODE + 29, $53)       /* 16 MB / 307200, less one */
	endtest

	test 4f01_describes_direct_colour
	movw $MODE, %di
	vbe 0x01, 0, 0x111
	CHECK_EQB(MODE + 27, $6)
	CHECK_EQB(MODE + 25, $16)
	CHECK_EQL(MODE + 31, $0x05060b05)       /* red 5 at 11, green 6 at 5 */
	CHECK_EQL(MODE + 35, $0x00000005)
	CHECK_EQL(MODE + 54, $0x05060b05)
	vbe 0x01, 0, 0x118
	CHECK_EQ(MODE + 16, $3072)
	CHECK_EQL(MODE + 31, $0x08081008)
	movl MODE + 40, %eax            /* the frame buffer is above the memory */
	shrl $24, %eax
	CHECK_AE(%ax, $0x80)
	testb $0x80, MODE
	CHECK_NZ
	vbe 0x01, 0, 0x102
	CHECK_EQB(MODE + 24, $4)
	CHECK_EQB(MODE + 27, $3)
	CHECK_EQ(MODE + 16, $100)
	vbe 0x01, 0, 0x123
	CHECK_EQ(%ax, $0x014f)
	endtest

	test 4f02_and_4f03_set_and_tell_a_mode
	vbe 0x02, 0x4112
	CHECK_EQ(%ax, $0x004f)
	vbe 0x03
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQ(%bx, $0x4112)
	vbe 0x02, 0x8101
	CHECK_EQ(%ax, $0x004f)
	vbe 0x03
	CHECK_EQ(%bx, $0x8101)
	vbe 0x02, 0x0123
	CHECK_EQ(%ax, $0x014f)
	vbe 0x02, 0x0003
	vbe 0x03
	CHECK_EQ(%bx, $3)
	CHECK_EQB(0x449, $3)
	endtest

	test 4f05_moves_the_window
	vbe 0x02, 0x0101
	pushw $0xa000
	popw %es
	movb $1, %es:0x10
	vbe 0x05, 0x0000, 0, 4
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQB(%es:0x10, $0)
	movb $5, %es:0x10
	vbe 0x05, 0x0100
	CHECK_EQ(%dx, $4)
	movw $MODE, %di
	pushw %es
	pushw %ds
	popw %es
	vbe 0x01, 0, 0x101
	popw %es
	movw $0x0000, %bx
	movw $0, %dx
	lcall *MODE + 12                /* WinFuncPtr */
	CHECK_EQB(%es:0x10, $1)
	vbe 0x05, 0x0001
	CHECK_EQ(%ax, $0x014f)          /* there is no window B */
	vbe 0x05, 0x0000, 0, 0x100
	CHECK_EQ(%ax, $0x014f)
	vbe 0x02, 0x4101
	vbe 0x05, 0x0000, 0, 1
	CHECK_EQ(%ax, $0x034f)
	pushw %ds
	popw %es
	endtest

	test 4f06_makes_lines_longer
	vbe 0x06, 0x0000, 800
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQ(%bx, $800)
	CHECK_EQ(%cx, $800)
	vbe 0x06, 0x0002, 1024
	CHECK_EQ(%bx, $1024)
	CHECK_EQ(%dx, $16384)
	vbe 0x06, 0x0001
	CHECK_EQ(%cx, $1024)
	vbe 0x06, 0x0003
	CHECK_EQ(%ax, $0x004f)
	CHECK_AE(%bx, $2048)
	endtest

	test 4f07_moves_the_display
	vbe 0x07, 0x0000, 100, 200
	CHECK_EQ(%ax, $0x004f)
	vbe 0x07, 0x0001
	CHECK_EQ(%cx, $100)
	CHECK_EQ(%dx, $200)
	vbe 0x07, 0x0080, 4, 5
	CHECK_EQ(%ax, $0x004f)
	movl $1024 * 7 + 16, %ecx
	movw $0x4f07, %ax
	movw $0x0002, %bx
	int $0x10
	vbe 0x07, 0x0001
	CHECK_EQ(%cx, $16)
	CHECK_EQ(%dx, $7)
	vbe 0x07, 0x0000, 0, 0xfff0
	CHECK_EQ(%ax, $0x014f)
	endtest

	test 4f08_and_4f09_know_both_widths_of_the_dac
	vbe 0x08, 0x0001
	CHECK_EQB(%bh, $6)
	vbe 0x08, 0x0800
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQB(%bh, $8)
	movw $colours, %di
	vbe 0x09, 0x0000, 2, 254
	CHECK_EQ(%ax, $0x004f)
	movw $MODE, %di
	vbe 0x09, 0x0001, 2, 254
	CHECK_EQL(MODE, $0x00f1e2d3)
	CHECK_EQL(MODE + 4, $0x00040506)
	vbe 0x09, 0x0001, 3, 254
	CHECK_EQ(%ax, $0x014f)
	vbe 0x08, 0x0600
	CHECK_EQB(%bh, $6)
	vbe 0x02, 0x4111
	vbe 0x08, 0x0800
	CHECK_EQ(%ax, $0x034f)
	endtest

	test 4f04_brings_a_mode_back
	vbe 0x04, 0, 15, 0
	CHECK_EQ(%ax, $0x004f)
	CHECK_BE(%bx, $64)
	vbe 0x02, 0x4110
	vbe 0x07, 0x0000, 0, 9
	movw $0x6000, %bx
	movw $15, %cx
	movw $1, %dx
	movw $0x4f04, %ax
	int $0x10
	CHECK_EQ(%ax, $0x004f)
	vbe 0x02, 0x0003
	movw $0x6000, %bx
	movw $15, %cx
	movw $2, %dx
	movw $0x4f04, %ax
	int $0x10
	CHECK_EQ(%ax, $0x004f)
	vbe 0x03
	CHECK_EQ(%bx, $0x4110)
	vbe 0x07, 0x0001
	CHECK_EQ(%dx, $9)
	endtest

	test 4f15_gives_the_monitors_edid
	vbe 0x15, 0x0000
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQB(%bl, $2)
	movw $MODE, %di
	vbe 0x15, 0x0001
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQL(MODE, $0xffffff00)
	CHECK_EQL(MODE + 4, $0x00ffffff)
	CHECK_EQ(MODE + 18, $0x0301)
	movw $MODE, %si
	movw $128, %cx
	xorb %ah, %ah
1:	lodsb
	addb %al, %ah
	loop 1b
	CHECK_EQB(%ah, $0)
	vbe 0x15, 0x0001, 0, 1
	CHECK_EQ(%ax, $0x014f)
	endtest

	test 4f15_knows_one_controller_and_no_vdif
	vbe 0x15, 0x0000, 1
	CHECK_EQ(%ax, $0x014f)
	vbe 0x15, 0x0002
	CHECK_EQ(%ax, $0x014f)
	endtest

	test 4f0a_has_a_table_of_code_and_ports
	vbe 0x0a, 0x0001
	CHECK_EQ(%ax, $0x014f)
	vbe 0x0a, 0x0000
	CHECK_EQ(%ax, $0x004f)
	movw %es, %ax
	CHECK_EQ(%ax, $0xc000)
	CHECK_AE(%cx, $16)
	CHECK_BE(%cx, $0x400)
	movw %cx, %dx
	movw %di, %si
	xorw %ax, %ax
	movw %es, %bx
	movw %ax, %es
	movw $TABLE, %di
	movw %bx, %ds
	rep movsb
	movw %ax, %ds
	CHECK_BE(TABLE + WINDOW, %dx)
	CHECK_BE(TABLE + START, %dx)
	CHECK_BE(TABLE + PALETTE, %dx)
	CHECK_BE(TABLE + 6, %dx)
	movw TABLE + 6, %si
	CHECK_EQ(TABLE(%si), $0x1ce)
	endtest

	test 4f0a_code_moves_the_window
	vbe 0x02, 0x0101
	movw $3, %dx
	pm WINDOW
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQ(%dx, $3)
	vbe 0x05, 0x0100
	CHECK_EQ(%dx, $3)
	movw $0x100, %dx
	pm WINDOW
	CHECK_EQ(%ax, $0x014f)
	vbe 0x02, 0x4101
	movw $1, %dx
	pm WINDOW
	CHECK_EQ(%ax, $0x034f)
	endtest

	test 4f0a_code_moves_the_display
	vbe 0x02, 0x4111                /* 16 bits */
	vbe 0x06, 0x0000, 800
	movw $(1600 * 7 + 2 * 30) / 4, %cx
	movw $0, %dx
	pm START
	CHECK_EQ(%ax, $0x004f)
	vbe 0x07, 0x0001
	CHECK_EQ(%cx, $30)
	CHECK_EQ(%dx, $7)
	movw $(1600 * 300 / 4) & 0xffff, %cx
	movw $(1600 * 300 / 4) >> 16, %dx
	pm START, 0x80
	CHECK_EQ(%ax, $0x004f)
	vbe 0x07, 0x0001
	CHECK_EQ(%cx, $0)
	CHECK_EQ(%dx, $300)
	movw $0xffff, %dx               /* beyond the memory */
	pm START
	CHECK_EQ(%ax, $0x014f)
	vbe 0x02, 0x0102                /* planes: bytes of one */
	vbe 0x06, 0x0000, 1024
	movw $128 * 3 + 2, %cx
	movw $0, %dx
	pm START
	CHECK_EQ(%ax, $0x004f)
	vbe 0x07, 0x0001
	CHECK_EQ(%cx, $16)
	CHECK_EQ(%dx, $3)
	vbe 0x02, 0x0003
	pm START
	CHECK_EQ(%ax, $0x034f)
	endtest

	test 4f0a_code_sets_colours
	vbe 0x02, 0x4101
	movl $six_bits, %edi
	movw $2, %cx
	movw $254, %dx
	pm PALETTE, 0x80
	CHECK_EQ(%ax, $0x004f)
	movw $MODE, %di
	vbe 0x09, 0x0001, 2, 254
	CHECK_EQL(MODE, $0x00312213)
	CHECK_EQL(MODE + 4, $0x00040506)
	movw $3, %cx
	pm PALETTE
	CHECK_EQ(%ax, $0x014f)
	pm PALETTE, 2
	CHECK_EQ(%ax, $0x014f)
	endtest

	test 4f10_switches_the_monitor_off_and_on
	vbe 0x02, 0x0003
	vbe 0x10, 0x0000
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQ(%bx, $0x0410)          /* off, version 1.0 */
	vbe 0x10, 0x0002
	CHECK_EQ(%ax, $0x004f)
	CHECK_EQB(%bh, $0)
	vbe 0x10, 0x0401
	CHECK_EQ(%ax, $0x004f)
	vbe 0x10, 0x0002
	CHECK_EQB(%bh, $4)
	movw $0x3d4, %dx                /* no sync */
	movb $0x17, %al
	outb %al, %dx
	incw %dx
	inb %dx, %al
	testb $0x80, %al
	CHECK_Z
	vbe 0x10, 0x0101                /* standby is not there, and changes nothing */
	CHECK_EQ(%ax, $0x014f)
	vbe 0x10, 0x0002
	CHECK_EQB(%bh, $4)
	vbe 0x10, 0x0001
	CHECK_EQ(%ax, $0x004f)
	vbe 0x10, 0x0002
	CHECK_EQB(%bh, $0)
	vbe 0x10, 0x0401
	vbe 0x02, 0x4111                /* a mode switches on */
	vbe 0x10, 0x0002
	CHECK_EQB(%bh, $0)
	vbe 0x10, 0x0003
	CHECK_EQ(%ax, $0x014f)
	endtest

	test other_functions_are_not_there
	vbe 0x77
	CHECK_EQ(%ax, $0x4f77)
	endtest

	movw $3, %ax
	int $0x10
	jmp finish

	/* AX: the answer; other registers as the code leaves them. */
in_protected_mode:
	cli
	lgdt gdtr
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmp $0x08, $1f
	.code32
1:	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movzwl %sp, %esp
	movzwl %si, %eax
	movzwl TABLE(%eax), %eax
	addl $TABLE, %eax
	call *%eax
	ljmp $0x18, $2f
	.code16
2:	movl %eax, %ebp
	movw $0x20, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl %cr0, %eax
	andb $0xfe, %al
	movl %eax, %cr0
	ljmp $0, $3f
3:	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl %ebp, %eax
	sti
	ret

	.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff        /* 08h: 32-bit code */
	.quad 0x00cf93000000ffff        /* 10h: data */
	.quad 0x00009b000000ffff        /* 18h, 20h: for the way back */
	.quad 0x000093000000ffff
gdtr:	.word . - gdt - 1
	.long gdt

	/* ZF: the list has DX. */
in_list:
	lfsw INFO + 14, %si
1:	movw %fs:(%si), %ax
	addw $2, %si
	cmpw %dx, %ax
	je 2f
	cmpw $0xffff, %ax
	jne 1b
	testw %ax, %ax
2:	ret

six_bits:
	.byte 0x13, 0x22, 0x31, 0, 6, 5, 4, 0
colours:
	.byte 0xd3, 0xe2, 0xf1, 0, 6, 5, 4, 0
	.org 512 * (SECTORS + 1)
