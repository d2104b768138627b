/*
 * INT 13h for fixed disks. 80h: 20 cylinders, 16 heads, 63 sectors; 81h: 400,000,000 sectors. Some sectors begin with their
 * own number (see the script that runs this). Expected values: IBM PS/2 BIOS Interface Technical Reference; BIOS Enhanced
 * Disk Drive Specification 3.0 (T13 D1386).
 */
#include "harness.inc"

main:
	test disks_are_counted
	CHECK_EQB(0x475, $2)
	endtest

	test int13_08_shows_the_small_disk_as_it_is
	movb $0x08, %ah
	movb $0x80, %dl
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $0)
	CHECK_EQ(%cx, $0x133f)
	CHECK_EQ(%dx, $0x0f02)
	endtest

	test int13_08_shows_the_large_disk_translated
	movb $0x08, %ah
	movb $0x81, %dl
	int $0x13
	CHECK_NC
	CHECK_EQ(%cx, $0xffff)          /* cylinder 1023, sector 63 */
	CHECK_EQ(%dx, $0xfe02)          /* head 254 */
	endtest

	test int13_15_counts_sectors
	movb $0x15, %ah
	movb $0x80, %dl
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $3)
	CHECK_EQ(%cx, $0)
	CHECK_EQ(%dx, $20160)
	endtest

	test int13_02_reads_by_cylinder_head_and_sector
	movw $BUF, %ax
	movw %ax, %es
	xorw %bx, %bx
	movw $0x0202, %ax
	movw $0x0001, %cx
	movw $0x0080, %dx
	int $0x13
	CHECK_NC
	CHECK_EQ(%ax, $2)
	CHECK_EQL(%es:0x200, $1)
	movw $0x0201, %ax               /* 1/0/1 */
	movw $0x0101, %cx
	movw $0x0080, %dx
	int $0x13
	CHECK_NC
	CHECK_EQL(%es:0, $1008)
	movw $0x0201, %ax               /* the last: 19/15/63 */
	movw $0x133f, %cx
	movw $0x0f80, %dx
	int $0x13
	CHECK_NC
	CHECK_EQL(%es:0, $20159)
	movw $0x0201, %ax               /* translated: 1/0/1 is 255 * 63 */
	movw $0x0101, %cx
	movw $0x0081, %dx
	int $0x13
	CHECK_NC
	CHECK_EQL(%es:0, $16065)
	movw $0x0201, %ax               /* 1023/254/63 */
	movw $0xffff, %cx
	movw $0xfe81, %dx
	int $0x13
	CHECK_NC
	CHECK_EQL(%es:0, $16450559)
	endtest

	test int13_02_refuses_places_beyond_the_disk
	movw $0x0201, %ax
	movw $0x1401, %cx
	movw $0x0080, %dx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x04)
	movw $0x0201, %ax
	movw $0x0101, %cx
	movw $0x1080, %dx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x04)
	movw $0x0201, %ax
	movw $0x0100, %cx
	movw $0x0080, %dx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x04)
	movw $0x0201, %ax               /* one too many */
	movw $0x0200, %ax
	movw $0x0001, %cx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	movb $0x01, %ah
	movb $0x80, %dl
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	endtest

	test int13_03_writes_and_02_reads_it_back
	call fill
	movw $BUF, %ax
	movw %ax, %es
	xorw %bx, %bx
	movw $0x0308, %ax
	movw $0x053c, %cx               /* over the end of a track */
	movw $0x0780, %dx
	int $0x13
	CHECK_NC
	CHECK_EQ(%ax, $8)
	movw $BUF2, %ax
	movw %ax, %es
	movw $0x0208, %ax
	int $0x13
	CHECK_NC
	call compare
	CHECK_Z
	endtest

	test int13_02_reads_128_sectors_to_an_odd_address
	movw $0x0280, %ax
	movw $0x053c, %cx
	movw $0x0780, %dx
	movw $0x4000, %bx
	movw %bx, %es
	movw $0x0ff1, %bx
	int $0x13
	CHECK_NC
	CHECK_EQB(%al, $128)
	movw $0x40ff, %ax
	movw %ax, %es
	movw $BUF, %ax
	pushw %ds
	movw %ax, %ds
	xorw %si, %si
	movw $1, %di
	movw $0x400, %cx
	repe cmpsw
	popw %ds
	CHECK_Z
	endtest

	test int13_04_05_and_0c_work
	movw $0x0410, %ax
	movw $0x0501, %cx
	movw $0x0080, %dx
	int $0x13
	CHECK_NC
	movb $0x05, %ah
	movw $0x0601, %cx
	movw $0x0380, %dx
	int $0x13
	CHECK_NC
	movb $0x0c, %ah
	movw $0x1301, %cx
	movw $0x0080, %dx
	int $0x13
	CHECK_NC
	movb $0x0c, %ah
	movw $0x1401, %cx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x40)
	endtest

	test int13_00_09_0d_10_11_14_succeed
	movw $0x0080, %dx
	.irp f, 0x00, 0x09, 0x0d, 0x10, 0x11, 0x14
	movb $\f, %ah
	int $0x13
	.set check_line, 0x1000 + \f
	check_jump jnc
	cmpb $0, %ah
	check_jump je
	.endr
	endtest

	test int13_absent_disk
	movw $0x0201, %ax
	movw $0x0001, %cx
	movw $0x0085, %dx
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	movb $0x08, %ah
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x07)
	movb $0x15, %ah
	movb $0x85, %dl
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $0)
	movb $0x41, %ah
	movw $0x55aa, %bx
	movb $0x85, %dl
	int $0x13
	CHECK_CF
	endtest

	test int13_41_has_packets
	movb $0x41, %ah
	movw $0x55aa, %bx
	movb $0x80, %dl
	int $0x13
	CHECK_NC
	CHECK_EQ(%bx, $0xaa55)
	CHECK_EQB(%ah, $0x30)
	testb $1, %cl
	CHECK_NZ
	movb $0x41, %ah
	movw $0x1234, %bx
	int $0x13
	CHECK_CF
	endtest

	test int13_42_reads_blocks
	movl $1008, packet_lba
	call read_packet
	CHECK_NC
	CHECK_EQL(%es:0, $1008)
	CHECK_EQ(packet_count, $1)
	movb $0x81, drive
	movl $268435454, packet_lba
	movw $3, packet_count           /* from 28 to 48 bits */
	call read_packet_n
	CHECK_NC
	CHECK_EQL(%es:0, $268435454)
	CHECK_EQL(%es:0x200, $268435455)
	CHECK_EQL(%es:0x400, $268435456)
	movl $300000000, packet_lba
	call read_packet
	CHECK_NC
	CHECK_EQL(%es:0, $300000000)
	movl $399999999, packet_lba
	call read_packet
	CHECK_NC
	CHECK_EQL(%es:0, $399999999)
	endtest

	test int13_42_refuses_blocks_beyond_the_disk
	movl $400000000, packet_lba
	call read_packet
	CHECK_CF
	CHECK_EQB(%ah, $0x04)
	CHECK_EQ(packet_count, $0)
	movl $399999999, packet_lba
	movw $2, packet_count
	call read_packet_n
	CHECK_CF
	movb $0x80, drive
	movl $0, packet_lba
	movl $1, packet_lba + 4
	call read_packet
	CHECK_CF
	movl $0, packet_lba + 4
	endtest

	test int13_43_44_47_work
	call fill
	movl $5000, packet_lba
	movw $8, packet_count
	movw $BUF, packet_seg
	movw $0x4302, %ax
	movw $packet, %si
	movb $0x80, %dl
	int $0x13
	CHECK_NC
	CHECK_EQB(%ah, $0)
	movw $BUF2, packet_seg
	call read_packet_n
	CHECK_NC
	call compare
	CHECK_Z
	movb $0x44, %ah
	movw $packet, %si
	int $0x13
	CHECK_NC
	movb $0x47, %ah
	int $0x13
	CHECK_NC
	movl $20160, packet_lba
	movb $0x47, %ah
	int $0x13
	CHECK_CF
	movw $BUF, packet_seg
	endtest

	test int13_48_describes_in_three_sizes
	movb $0x48, %ah
	movb $0x80, %dl
	movw $params, %si
	movw $0x19, params
	int $0x13
	CHECK_CF
	CHECK_EQB(%ah, $0x01)
	movb $0x48, %ah
	movw $0x1a, params
	movw $0x7777, params + 0x1a
	int $0x13
	CHECK_NC
	CHECK_EQ(params, $0x1a)
	CHECK_EQL(params + 4, $20)
	CHECK_EQL(params + 8, $16)
	CHECK_EQL(params + 12, $63)
	CHECK_EQL(params + 16, $20160)
	CHECK_EQL(params + 20, $0)
	CHECK_EQ(params + 24, $512)
	CHECK_EQ(params + 0x1a, $0x7777)
	movb $0x48, %ah
	movw $0x1e, params
	int $0x13
	CHECK_NC
	CHECK_EQ(params, $0x1e)
	lesw params + 0x1a, %bx
	CHECK_EQ(%es:(%bx), $0x1f0)
	CHECK_EQ(%es:2(%bx), $0x3f6)
	CHECK_EQB(%es:6(%bx), $14)
	xorb %al, %al
	movw $16, %cx
1:	addb %es:(%bx), %al
	incw %bx
	loop 1b
	CHECK_EQB(%al, $0)
	movb $0x48, %ah
	movb $0x81, %dl
	movw $0xffff, params
	int $0x13
	CHECK_NC
	CHECK_EQ(params, $0x42)
	CHECK_EQL(params + 16, $400000000)
	CHECK_EQ(params + 0x1e, $0xbedd)
	xorb %al, %al
	movw $params + 0x1e, %bx
	movw $36, %cx
2:	addb (%bx), %al
	incw %bx
	loop 2b
	CHECK_EQB(%al, $0)
	endtest

	test int41_and_46_point_to_the_disk_tables
	lesw 0x41 * 4, %bx
	CHECK_EQ(%es:(%bx), $20)
	CHECK_EQB(%es:2(%bx), $16)
	CHECK_EQB(%es:14(%bx), $63)
	lesw 0x46 * 4, %bx
	CHECK_EQ(%es:(%bx), $1024)
	CHECK_EQB(%es:2(%bx), $255)
	CHECK_EQB(%es:3(%bx), $0xa0)
	endtest

	test diskettes_are_reached_through_int_40
	movb $0x40, %al
	movw $count, %bx
	call hook
	movl %edx, old
	movw $0, calls
	movb $0x15, %ah
	xorw %dx, %dx
	int $0x13
	CHECK_EQB(%ah, $2)
	movl old, %edx
	movb $0x40, %al
	call unhook
	CHECK_EQ(calls, $1)
	endtest

	jmp finish

	/* One block to packet_seg:0; ES is that segment. */
read_packet:
	movw $1, packet_count
read_packet_n:
	movw $packet, %si
	movb $0x42, %ah
	movb drive, %dl
	int $0x13
	movw packet_seg, %es
	ret

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

	/* ZF if eight sectors are equal. */
compare:
	pushw %ds
	pushw $BUF2
	popw %es
	pushw $BUF
	popw %ds
	xorw %si, %si
	xorw %di, %di
	movw $0x800, %cx
	repe cmpsw
	popw %ds
	ret

count:
	incw %cs:calls
	ljmp *%cs:old

	.balign 4
packet:
	.byte 16, 0
packet_count:
	.word 1
	.word 0
packet_seg:
	.word BUF
packet_lba:
	.quad 0
old:
	.long 0
calls:
	.word 0
drive:
	.byte 0x80
	.balign 2
params:
	.fill 0x60, 1, 0
	.org 512 * (SECTORS + 1)
