/*
 * INT 13h for diskettes: a 1.44 MB drive with the disk that this program came from. Expected values: IBM PS/2 BIOS Interface
 * Technical Reference, INT 13h; statuses as in 40:41.
 */
#include "harness.inc"

main:
	movw $BUF, %ax
	movw %ax, %es

	test int13_00_resets
	movw $0x0000, %ax
	xorw %dx, %dx
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $0)
	endtest

	test int13_02_reads_the_boot_sector
	xorw %bx, %bx
	movw $0x0201, %ax
	movw $0x0001, %cx
	xorw %dx, %dx
	int $0x13
	CHECK_NC
	CHECK_EQ(%ax, $0x0001)
	movw $0x7c00, %si
	xorw %di, %di
	movw $0x100, %cx
	repe cmpsw
	CHECK_Z
	CHECK_EQB(0x441, $0)
	endtest

	test int13_02_reads_a_whole_cylinder_with_both_heads
	movw $BUF, %ax
	movw %ax, %es
	xorw %bx, %bx
	movw $0x0224, %ax               /* 36 sectors */
	movw $0x0001, %cx
	xorw %dx, %dx
	int $0x13
	CHECK_NC
	CHECK_EQB(%al, $36)
	movw $0x7c00, %si
	xorw %di, %di
	movw $36 * 256, %cx
1:	lodsw
	cmpw $current, %si              /* the program's own variables differ */
	je 2f
	cmpw $failed_line, %si
	jb 3f
	cmpw $failures + 4, %si
	jbe 2f
3:	cmpw %es:(%di), %ax
	.set check_line, __LINE__
	check_jump je
2:	addw $2, %di
	cmpw $18 * 512, %di
	jb 1b
	endtest

	test int13_03_writes_and_02_reads_it_back
	call fill
	movw $BUF, %ax
	movw %ax, %es
	xorw %bx, %bx
	movw $0x0304, %ax
	movw $0x4f05, %cx               /* cylinder 79, sectors 5-8, head 1 */
	movw $0x0100, %dx
	int $0x13
	CHECK_NC
	CHECK_EQ(%ax, $0x0004)
	movw $BUF2, %ax
	movw %ax, %es
	movw $0x0204, %ax
	movw $0x4f05, %cx
	movw $0x0100, %dx
	int $0x13
	CHECK_NC
	pushw %ds
	movw $BUF, %ax
	movw %ax, %ds
	xorw %si, %si
	xorw %di, %di
	movw $0x400, %cx
	repe cmpsw
	popw %ds
	CHECK_Z
	endtest

	test int13_04_verifies
	movw $0x0404, %ax
	movw $0x4f05, %cx
	movw $0x0100, %dx
	xorw %bx, %bx
	int $0x13
	CHECK_NC
	CHECK_EQ(%ax, $0x0004)
	endtest

	test int13_02_refuses_to_cross_64_kb
	movw $0x2fff, %ax
	movw %ax, %es
	movw $0x0201, %ax
	movw $0x0001, %cx
	xorw %dx, %dx
	xorw %bx, %bx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x09)
	movb $1, %ah
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x09)
	endtest

	test int13_02_misses_sector_20
	movw $BUF, %ax
	movw %ax, %es
	movw $0x0201, %ax
	movw $0x0014, %cx
	xorw %dx, %dx
	xorw %bx, %bx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x04)
	endtest

	test int13_05_formats_a_track
	movw $BUF, %ax
	movw %ax, %es
	xorw %di, %di
	movb $1, %cl
1:	movw $0x014f, %ax               /* cylinder, head */
	stosw
	movb %cl, %al
	movb $2, %ah
	stosw
	incb %cl
	cmpb $18, %cl
	jbe 1b
	movw $0x0512, %ax
	movw $0x4f01, %cx
	movw $0x0100, %dx
	xorw %bx, %bx
	int $0x13
	CHECK_NC
	movw $0x0201, %ax
	movw $0x4f06, %cx
	movw $0x0100, %dx
	movw $0x1000, %bx
	int $0x13
	CHECK_NC
	call on_qemu                    /* which formats without writing anything */
	je 2f
	CHECK_EQ(%es:0x1000, $0xf6f6)
	CHECK_EQ(%es:0x11fe, $0xf6f6)
2:	endtest

	test int13_08_describes_the_drive
	movb $0x08, %ah
	xorw %dx, %dx
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $0)
	CHECK_EQB(%bl, $4)              /* 1.44 MB */
	CHECK_EQ(%cx, $0x4f12)
	CHECK_EQB(%dh, $1)
	CHECK_EQB(%es:4(%di), $18)
	CHECK_EQB(%es:3(%di), $2)
	endtest

	test int13_15_has_a_change_line
	movb $0x15, %ah
	xorw %dx, %dx
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $2)
	movb $0x15, %ah
	movb $7, %dl
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $0)
	endtest

	test int13_16_says_unchanged
	movb $0x16, %ah
	xorw %dx, %dx
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $0)
	endtest

	test int13_17_and_18_know_the_formats
	movb $0x18, %ah
	movw $0x4f12, %cx
	xorw %dx, %dx
	int $0x13
	CHECK_NC
	CHECK_EQB(%es:4(%di), $18)
	movb $0x18, %ah
	movw $0x4f24, %cx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x0c)
	movw $0x1704, %ax
	int $0x13
	CHECK_NC
	movw $0x1709, %ax
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	movb $0x18, %ah
	movw $0x4f12, %cx
	int $0x13
	endtest

	test int13_unknown_function_and_drive
	movw $0x6a00, %ax
	xorw %dx, %dx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	movw $0x0201, %ax
	movw $0x0005, %dx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	endtest

	test int40_is_the_same_service
	movb $0x15, %ah
	xorw %dx, %dx
	int $0x40
	CHECK_NC
	CHECK_EQB(%ah, $2)
	endtest

	test int0e_is_used_for_each_transfer
	movb $0x0e, %al
	movw $count, %bx
	call hook
	movl %edx, old
	movw $0, calls
	movw $BUF, %ax
	movw %ax, %es
	movw $0x0201, %ax
	movw $0x2001, %cx
	xorw %dx, %dx
	xorw %bx, %bx
	int $0x13
	CHECK_NC
	movl old, %edx
	movb $0x0e, %al
	call unhook
	CHECK_AE(calls, $2)             /* seek and read */
	endtest

	test int13_keeps_esp_segments_and_the_other_registers
	movl %esp, %eax
	movl %eax, old
	orl $0x43210000, %esp
	movl $0x11110201, %eax
	movl $0x22220000, %ebx
	movl $0x33330001, %ecx
	movl $0x44440000, %edx
	movl $0x55556666, %esi
	movl $0x77778888, %edi
	movl $0x9999aaaa, %ebp
	pushw $0xbbbb
	popw %fs
	int $0x13
	CHECK_NC
	CHECK_EQL(%eax, $0x11110001)
	CHECK_EQL(%ebx, $0x22220000)
	CHECK_EQL(%ecx, $0x33330001)
	CHECK_EQL(%edx, $0x44440000)
	CHECK_EQL(%esi, $0x55556666)
	CHECK_EQL(%edi, $0x77778888)
	CHECK_EQL(%ebp, $0x9999aaaa)
	movw %fs, %ax
	CHECK_EQ(%ax, $0xbbbb)
	movl %esp, %eax
	movl old, %esp
	shrl $16, %eax
	CHECK_EQ(%ax, $0x4321)
	endtest

	test int13_needs_little_stack
	pushw $0x1000
	popw %es
	xorw %di, %di
	movw $0x5555, %ax
	movw $0x200, %cx
	rep stosw
	movw $BUF, %ax
	movw %ax, %es
	movw %sp, %bp
	movw $0x1000, %ax
	movw %ax, %ss
	movw $0x0400, %sp
	movw $0x0201, %ax
	movw $0x1001, %cx
	xorw %dx, %dx
	xorw %bx, %bx
	int $0x13
	pushfw
	popw %bx
	xorw %ax, %ax
	movw %ax, %ss
	movw %bp, %sp
	testb $1, %bl
	CHECK_Z
	pushw $0x1000
	popw %es
	CHECK_EQ(%es:0x0380, $0x5555)   /* less than 128 bytes of the caller's */
	endtest

	test motor_stops_by_itself
	testb $0x01, 0x43f
	CHECK_NZ
	movw $45, %ax
	call wait_ticks
	testb $0x0f, 0x43f
	CHECK_Z
	endtest

	jmp finish

fill:
	pushw $BUF
	popw %es
	xorw %di, %di
	movw $0x800, %cx
1:	movw %cx, %ax
	imulw $40503, %ax, %ax
	stosw
	loop 1b
	ret

count:
	incw %cs:calls
	ljmp *%cs:old

	.balign 4
old:
	.long 0
calls:
	.word 0
	.org 512 * (SECTORS + 1)
