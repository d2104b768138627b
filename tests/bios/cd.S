/*
 * INT 13h for the CD-ROM this was booted from: sector 19 is the boot catalog, 20 the program. Expected values: "El Torito"
 * Bootable CD-ROM Format Specification 1.0; EDD 3.0.
 */
#include "harness.inc"

main:
	test boot_drive_is_e0
	CHECK_EQB(boot_drive, $0xe0)
	endtest

	test int13_41_has_packets_for_the_cd
	movb $0x41, %ah
	movw $0x55aa, %bx
	movb $0xe0, %dl
	int $0x13
	CHECK_NC
	CHECK_EQ(%bx, $0xaa55)
	endtest

	test int13_42_reads_2048_bytes
	pushw $BUF
	popw %es
	movb $0xcc, %es:4096
	movb $0x42, %ah
	movb $0xe0, %dl
	movw $packet, %si
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $0)
	CHECK_EQ(packet + 2, $2)
	CHECK_EQ(%es:0, $1)
	CHECK_EQ(%es:0x1e, $0xaa55)
	CHECK_EQ(%es:2048 + 510, $0xaa55)
	CHECK_EQB(%es:4096, $0xcc)
	endtest

	test int13_42_refuses_sectors_beyond_the_disc
	movl $0x100000, packet + 8
	movb $0x42, %ah
	movw $packet, %si
	int $0x13
	CHECK_CF
	CHECK_EQ(packet + 2, $0)
	endtest

	test int13_48_tells_the_sector_size
	movb $0x48, %ah
	movw $params, %si
	movw $0x1a, params
	int $0x13
	CHECK_NC
	CHECK_EQ(params + 24, $2048)
	testb $0x04, params + 2
	CHECK_NZ
	cmpl $36, params + 16
	.set check_line, __LINE__
	check_jump jae
	endtest

	test int13_4b_tells_what_was_booted
	movw $0x4b01, %ax
	movw $params, %si
	movb $0xe0, %dl
	int $0x13
	CHECK_NC
	CHECK_EQB(params, $0x13)
	CHECK_EQB(params + 1, $0)
	CHECK_EQB(params + 2, $0xe0)
	CHECK_EQL(params + 4, $20)
	CHECK_EQ(params + 0x0c, $0x07c0)
	CHECK_EQ(params + 0x0e, $SECTORS + 1)
	endtest

	test int13_writes_nothing
	movw $0x4300, %ax
	movw $packet, %si
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	movw $0x0201, %ax
	movw $0x0001, %cx
	int $0x13
	CHECK_CF
	endtest

	jmp finish

	.balign 4
packet:
	.byte 16, 0
	.word 2, 0, BUF
	.quad 19
params:
	.fill 0x20, 1, 0
	.org 512 * (SECTORS + 1)
