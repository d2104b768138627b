/*
 * INT 11h, 12h, 14h, 15h, 17h, 1Ah, data areas and entry points. Expected values: IBM PS/2 and PC BIOS Interface Technical
 * Reference; AT Technical Reference for the addresses; ACPI 3.0 section 14 for E820h.
 */
#include "harness.inc"

	/* ---------------------------------------------------------------- ROM and data areas */
main:
	test rom_has_model_date_and_reset_jump
	movw $0xf000, %ax
	movw %ax, %es
	CHECK_EQB(%es:0xfffe, $0xfc)
	CHECK_EQB(%es:0xfff7, $'/')
	CHECK_EQB(%es:0xfffa, $'/')
	CHECK_EQB(%es:0xfff0, $0xea)
	CHECK_EQ(%es:0xfff3, $0xf000)
	endtest

	test rom_entries_are_at_the_ats_addresses
	CHECK_EQL(0x08*4, $0xf000fea5)
	CHECK_EQL(0x09*4, $0xf000e987)
	CHECK_EQL(0x0e*4, $0xf000ef57)
	CHECK_EQL(0x11*4, $0xf000f84d)
	CHECK_EQL(0x12*4, $0xf000f841)
	CHECK_EQL(0x14*4, $0xf000e739)
	CHECK_EQL(0x15*4, $0xf000f859)
	CHECK_EQL(0x16*4, $0xf000e82e)
	CHECK_EQL(0x17*4, $0xf000efd2)
	CHECK_EQL(0x19*4, $0xf000e6f2)
	CHECK_EQL(0x1a*4, $0xf000fe6e)
	CHECK_EQL(0x1e*4, $0xf000efc7)
	CHECK_EQL(0x13*4, $0xf000e3fe)
	CHECK_EQL(0x40*4, $0xf000ec59)
	endtest

	test font_has_a_space_and_a_letter
	movw $0xf000, %ax
	movw %ax, %es
	CHECK_EQL(%es:0xfa6e + 0x20*8, $0)
	cmpl $0, %es:0xfa6e + 0x41*8
	CHECK_NZ
	endtest

	test int12_is_base_memory_below_the_ebda
	int $0x12
	CHECK_EQ(%ax, 0x413)
	movw %ax, %bx
	shlw $6, %bx
	CHECK_EQ(%bx, 0x40e)
	movw %bx, %es
	movzbw %es:0, %cx
	addw %cx, %ax
	CHECK_EQ(%ax, $640)
	endtest

	test int11_is_the_equipment_word
	int $0x11
	CHECK_EQ(%ax, 0x410)
	movw %ax, %bx
	andw $0x0031, %bx
	CHECK_EQ(%bx, $0x0021)          /* diskette, 80x25 colour */
	endtest

	test int12_keeps_esp_flags_and_segments
	movl %esp, %ebx
	orl $0x12340000, %esp
	pushw $0x1234
	popw %gs
	pushw $0x5678
	popw %fs
	std
	int $0x12
	pushfw
	popw %cx
	cld
	movl %esp, %edx
	movl %ebx, %esp
	shrl $16, %edx
	CHECK_EQ(%dx, $0x1234)
	movw %gs, %dx
	CHECK_EQ(%dx, $0x1234)
	movw %fs, %dx
	CHECK_EQ(%dx, $0x5678)
	testw $0x0400, %cx
	CHECK_NZ
	endtest

	test int12_comes_back_with_interrupts_off_when_called_so
	cli
	int $0x12
	pushfw
	popw %cx
	sti
	testw $0x0200, %cx
	CHECK_Z
	endtest

	test int15_c0_points_to_the_system_table
	movb $0xc0, %ah
	int $0x15
	CHECK_NC
	CHECK_EQB(%ah, $0)
	CHECK_AE(%es:(%bx), $8)
	CHECK_EQB(%es:2(%bx), $0xfc)
	CHECK_EQ(%bx, $0xe6f5)
	endtest

	test int15_c1_is_the_ebda
	movb $0xc1, %ah
	int $0x15
	CHECK_NC
	movw %es, %ax
	CHECK_EQ(%ax, 0x40e)
	endtest

	test int15_unknown_is_86_with_carry
	movw $0xef00, %ax
	int $0x15
	CHECK_CF
	CHECK_EQB(%ah, $0x86)
	movw $0x5300, %ax
	int $0x15
	CHECK_CF
	CHECK_EQB(%ah, $0x86)
	endtest

	/* ---------------------------------------------------------------- A20 and memory */
	test int15_24_switches_a20
	movw $0x2403, %ax
	int $0x15
	CHECK_NC
	CHECK_EQ(%bx, $3)
	movw $0x2400, %ax
	int $0x15
	CHECK_NC
	movw $0x2402, %ax
	int $0x15
	CHECK_NC
	CHECK_EQ(%ax, $0)
	call a20_wraps
	CHECK_Z
	movw $0x2401, %ax
	int $0x15
	CHECK_NC
	movw $0x2402, %ax
	int $0x15
	CHECK_EQ(%ax, $1)
	call a20_wraps
	CHECK_NZ
	endtest

	test int15_87_moves_above_1_mb_and_back
	movw $0x2400, %ax
	int $0x15
	movl $0x20000, move_from
	movl $0x180000, move_to
	call fill_buffers
	call move_block
	CHECK_NC
	CHECK_EQB(%ah, $0)
	movl $0x180000, move_from
	movl $0x30000, move_to
	call move_block
	CHECK_NC
	call compare_buffers
	CHECK_Z
	movw $0x2402, %ax
	int $0x15
	CHECK_EQB(%al, $0)              /* A20 is as it was */
	endtest

	test int15_87_refuses_a_short_segment
	movw $0, descriptors + 0x10
	call move_block
	CHECK_CF
	CHECK_EQB(%ah, $2)
	endtest

	test int15_88_and_e801_agree_with_cmos
	movb $0x88, %ah
	int $0x15
	CHECK_NC
	movw %ax, %si
	movb $0x31, %al
	call cmos
	movb %al, %bh
	movb $0x30, %al
	call cmos
	movb %al, %bl
	CHECK_BE(%si, %bx)
	movw $0xe801, %ax
	int $0x15
	CHECK_NC
	CHECK_BE(%ax, $0x3c00)
	CHECK_EQ(%ax, %cx)
	CHECK_EQ(%bx, %dx)
	endtest

	test int15_e820_map_has_an_end_and_no_overlap
	xorl %ebx, %ebx
	movl %ebx, map_end
	movl %ebx, map_end + 4
	movw $16, %si
1:	pushw %si
	pushw $0
	popw %es
	movw $map_buffer, %di
	movl $0xe820, %eax
	movl $0x534d4150, %edx
	movl $20, %ecx
	int $0x15
	popw %si
	CHECK_NC
	CHECK_EQL(%eax, $0x534d4150)
	CHECK_EQL(%ecx, $20)
	movl map_buffer + 4, %eax
	cmpl map_end + 4, %eax
	ja 2f
	movl map_buffer, %eax
	cmpl map_end, %eax
	.set check_line, __LINE__
	check_jump jae
2:	movl map_buffer, %eax
	movl map_buffer + 4, %edx
	addl map_buffer + 8, %eax
	adcl map_buffer + 12, %edx
	movl %eax, map_end
	movl %edx, map_end + 4
	decw %si
	CHECK_NZ
	jz 3f
	testl %ebx, %ebx
	jnz 1b
3:	endtest

	test int15_e820_wants_its_signature
	movl $0xe820, %eax
	xorl %edx, %edx
	xorl %ebx, %ebx
	movl $20, %ecx
	int $0x15
	CHECK_CF
	CHECK_EQB(%ah, $0x86)
	endtest

	/* ---------------------------------------------------------------- time */
	test int1a_00_counts_with_int_08
	movw $2, %ax
	call wait_ticks
	movb $0, %ah
	int $0x1a
	movw %dx, %si
	movw $3, %ax
	call wait_ticks
	movb $0, %ah
	int $0x1a
	subw %si, %dx
	CHECK_AE(%dx, $3)
	CHECK_BE(%dx, $8)
	endtest

	test int08_calls_int_1c_with_ds_40
	movb $0x1c, %al
	movw $count_1c, %bx
	call hook
	movw $0, calls
	movw $2, %ax
	call wait_ticks
	movb $0x1c, %al
	call unhook
	CHECK_AE(calls, $1)
	CHECK_EQ(seen_ds, $0x40)
	endtest

	test int1a_00_tells_midnight_once
	movb $1, %ah
	movw $0x0018, %cx
	movw $0x00af, %dx
	int $0x1a
	movw $1, %ax
	call wait_ticks
	movb $0, %ah
	int $0x1a
	CHECK_EQB(%al, $1)
	CHECK_EQ(%cx, $0)
	CHECK_BE(%dx, $1)
	movb $0, %ah
	int $0x1a
	CHECK_EQB(%al, $0)
	endtest

	test int1a_03_and_05_set_the_clock
	movw $0x0300, %ax
	movw $0x1234, %cx
	movw $0x5600, %dx
	int $0x1a
	CHECK_NC
	movb $2, %ah
	int $0x1a
	CHECK_NC
	CHECK_EQ(%cx, $0x1234)
	andb $0xfe, %dh
	CHECK_EQB(%dh, $0x56)
	movb $5, %ah
	movw $0x2031, %cx
	movw $0x1224, %dx
	int $0x1a
	CHECK_NC
	movb $4, %ah
	int $0x1a
	CHECK_NC
	CHECK_EQ(%cx, $0x2031)
	CHECK_EQ(%dx, $0x1224)
	movb $0x06, %al
	call cmos
	CHECK_EQB(%al, $4)              /* 2031-12-24 is a Wednesday */
	endtest

	test int1a_06_alarm_calls_int_4a
	movb $0x4a, %al
	movw $count_1c, %bx
	call hook
	pushl %edx
	movw $0, calls
	movb $3, %ah
	movw $0x0708, %cx
	movw $0x1000, %dx
	int $0x1a
	movb $6, %ah
	movw $0x0708, %cx
	movb $0x12, %dh
	int $0x1a
	CHECK_NC
	movb $6, %ah
	int $0x1a
	CHECK_CF
	movw $55, %si
1:	movw $1, %ax
	call wait_ticks
	cmpw $0, calls
	jne 2f
	decw %si
	jnz 1b
2:	CHECK_EQ(calls, $1)
	movb $7, %ah
	int $0x1a
	movb $6, %ah
	movb $0x50, %dh
	int $0x1a
	CHECK_NC
	movb $7, %ah
	int $0x1a
	popl %edx
	movb $0x4a, %al
	call unhook
	endtest

	test int1a_unknown_is_carry
	movw $0x0800, %ax
	clc
	int $0x1a
	CHECK_CF
	endtest

	test int15_86_waits
	movw $1, %ax
	call wait_ticks
	movw 0x46c, %si
	movb $0x86, %ah
	movw $0x0003, %cx               /* 200 ms: 3.6 ticks */
	movw $0x0d40, %dx
	int $0x15
	CHECK_NC
	movw 0x46c, %ax
	subw %si, %ax
	CHECK_AE(%ax, $3)
	CHECK_BE(%ax, $12)
	endtest

	test int15_83_sets_a_bit_later
	movw $0, calls
	pushw $0
	popw %es
	movw $calls, %bx
	movw $0x8300, %ax
	movw $0x0001, %cx               /* 100 ms */
	movw $0x86a0, %dx
	int $0x15
	CHECK_NC
	CHECK_EQB(calls, $0)
	movw $0x8300, %ax
	int $0x15
	CHECK_CF
	movw $6, %ax
	call wait_ticks
	CHECK_EQB(calls, $0x80)
	endtest

	test int15_83_can_be_cancelled
	movw $0, calls
	pushw $0
	popw %es
	movw $calls, %bx
	movw $0x8300, %ax
	movw $0x0001, %cx
	movw $0x86a0, %dx
	int $0x15
	movw $0x8301, %ax
	int $0x15
	CHECK_NC
	movw $4, %ax
	call wait_ticks
	CHECK_EQB(calls, $0)
	endtest

	/* ---------------------------------------------------------------- ports */
	test int14_loops_a_byte_back
	cmpw $0, 0x400
	je 1f
	xorw %dx, %dx
	movw $0x00e3, %ax               /* 9600 8N1 */
	int $0x14
	testb $0x60, %ah
	CHECK_NZ
	movw $0x0501, %ax
	movb $0x13, %bl                 /* loop back, RTS, DTR */
	int $0x14
	movw $0x015a, %ax
	int $0x14
	CHECK_EQB(%al, $0x5a)
	testb $0x80, %ah
	CHECK_Z
	movw $0x0200, %ax
	int $0x14
	CHECK_EQ(%ax, $0x005a)
	movb $3, %ah
	int $0x14
	testb $0x01, %ah
	CHECK_Z
	movw $0x0501, %ax
	movb $0x03, %bl
	int $0x14
1:	endtest

	test int14_absent_port_times_out
	movw $0x0300, %ax
	movw $7, %dx
	int $0x14
	testb $0x80, %ah
	CHECK_NZ
	endtest

	test int17_absent_printer_times_out
	movw $0x0200, %ax
	movw $7, %dx
	int $0x17
	testb $0x01, %ah
	CHECK_NZ
	endtest

	test int11_counts_the_ports_of_the_data_area
	xorw %cx, %cx
	movw $0x400, %si
1:	lodsw
	cmpw $1, %ax
	sbbw $-1, %cx
	cmpw $0x408, %si
	jb 1b
	int $0x11
	shrw $9, %ax
	andw $7, %ax
	CHECK_EQ(%ax, %cx)
	endtest

	/* ---------------------------------------------------------------- interrupts nobody waits for */
	test spurious_interrupt_is_noted
	movb $0, 0x46b
	int $0x0f
	CHECK_EQB(0x46b, $0xff)
	endtest

	/* Not on QEMU: 7.2 with TCG stops with an assertion when FERR# is raised. */
	test ferr_becomes_int_02
	call on_qemu
	je 1f
	testw $0x0002, 0x410
	jz 1f
	fninit
	movb $0x02, %al
	movw $count_ferr, %bx
	call hook
	pushl %edx
	movw $0, calls
	fldcw ferr_cw
	fld1
	fldz
	fdivrp %st, %st(1)
	nop
	fnop
	sti
	movw $2, %ax
	call wait_ticks
	CHECK_EQ(calls, $1)
	fninit
	popl %edx
	movb $0x02, %al
	call unhook
1:	endtest

	/* ---------------------------------------------------------------- a reset that comes back */
	test reset_with_shutdown_code_0a_goes_on_at_40_67
	cli
	movw $resumed, 0x467
	movw $0, 0x469
	movb $0x0f, %al
	outb %al, $0x70
	movb $0x0a, %al
	outb %al, $0x71
	call on_qemu                    /* QEMU's reset clears the shutdown byte, so only the BIOS's part is tested there */
	je 2f
	movb $0xfe, %al
	outb %al, $0x64
1:	hlt
	jmp 1b
2:	ljmp $0xf000, $0xfff0
resumed:
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7c00, %sp
	movb $0x0f, %al
	call cmos
	CHECK_EQB(%al, $0)
	endtest
	cli
	jmp finish

	/* ---------------------------------------------------------------- parts */

	/* ZF if 0000:0600 and FFFF:0610 are the same memory. */
a20_wraps:
	pushw %es
	pushw $0xffff
	popw %es
	movw $0x1234, 0x600
	movw $0x4321, %es:0x610
	cmpw $0x4321, 0x600
	popw %es
	ret

fill_buffers:
	pushw $BUF
	popw %es
	xorw %di, %di
	movw $0x1001, %cx
1:	movw %cx, %ax
	imulw $40503, %ax, %ax
	stosw
	loop 1b
	pushw $BUF2
	popw %es
	xorw %di, %di
	xorw %ax, %ax
	movw $0x1001, %cx
	rep stosw
	ret

	/* ZF if 1001h words are equal. */
compare_buffers:
	pushw %ds
	pushw $BUF
	popw %ds
	pushw $BUF2
	popw %es
	xorw %si, %si
	xorw %di, %di
	movw $0x1001, %cx
	repe cmpsw
	popw %ds
	ret

move_block:
	movl move_from, %eax
	orl $0x93000000, %eax
	movl %eax, descriptors + 0x12
	movl move_to, %eax
	orl $0x93000000, %eax
	movl %eax, descriptors + 0x1a
	pushw $0
	popw %es
	movw $descriptors, %si
	movw $0x1001, %cx
	movb $0x87, %ah
	int $0x15
	ret

	/* CMOS byte AL to AL */
cmos:
	outb %al, $0x70
	inb $0x71, %al
	ret

count_1c:
	incw %cs:calls
	movw %ds, %cs:seen_ds
	iretw

count_ferr:
	incw %cs:calls
	fnclex
	iretw

	.balign 4
descriptors:
	.fill 16, 1, 0
	.word 0x2001, 0, 0x9300, 0
	.word 0xffff, 0, 0x9300, 0
	.fill 16, 1, 0
move_from:
	.long 0
move_to:
	.long 0
map_end:
	.long 0, 0
map_buffer:
	.fill 20, 1, 0
calls:
	.word 0
seen_ds:
	.word 0
ferr_cw:
	.word 0x037b                    /* zero divide is not masked */
	.org 512 * (SECTORS + 1)
