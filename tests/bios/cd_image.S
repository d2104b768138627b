/*
 * A CD-ROM just large enough to boot from: ISO 9660 volume descriptors (ECMA-119 8.2-8.4), an El Torito boot catalog in
 * sector 19 and CD_PROGRAM from sector 20 on, to be loaded whole.
 */
	.text
#define SECTOR(n) .org (n) * 2048

	SECTOR(16)
	.byte 1
	.ascii "CD001\001"
	SECTOR(17)
	.byte 0
	.ascii "CD001\001EL TORITO SPECIFICATION"
	.org 17 * 2048 + 0x47
	.long 19
	SECTOR(18)
	.byte 255
	.ascii "CD001\001"
	SECTOR(19)
	.word 0x0001, 0                 /* validation entry; the sum of its words is 0 */
	.fill 24, 1, 0
	.word 0x55aa, 0xaa55
	.byte 0x88, 0                   /* bootable, no emulation */
	.word 0                         /* segment 7C0h */
	.byte 0, 0
	.word CD_COUNT
	.long 20
	SECTOR(20)
	.incbin CD_PROGRAM
	.balign 2048
