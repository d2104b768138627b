/*
 * POST after each kind of reset, which leave the chipset's shadow RAM in different states: the PIIX3's reset register
 * (82371SB, CF9h), the keyboard controller's pulse, port 92h, a triple fault. Where it is survives in CMOS 7Eh and 7Fh.
 */
#include "harness.inc"

#define CMOS_MAGIC 0x7e
#define CMOS_COUNT 0x7f
#define MAGIC 0xa5
#define KINDS 4

main:
	movb $CMOS_MAGIC, %al
	call cmos_get
	cmpb $MAGIC, %al
	je 1f
	movb $CMOS_MAGIC, %al
	movb $MAGIC, %ah
	call cmos_put
	movb $CMOS_COUNT, %al
	movb $0, %ah
	call cmos_put
1:	movb $CMOS_COUNT, %al
	call cmos_get
	movb %al, count
	cmpb $KINDS, %al
	ja finish

	test tables_are_there_after_each_reset
	movw $0xb101, %ax
	int $0x1a
	CHECK_NC
	CHECK_EQL(%edx, $0x20494350)
	movw $0xec00, %ax               /* FACS; whoever ran before the reset spoiled it */
	movw %ax, %es
	CHECK_EQL(%es:0, $0x53434146)
	movl $0x5a5a5a5a, %es:0
	movw $0xf000, %ax
	movw %ax, %es
	CHECK_EQL(%es:0xfff0, $0x00e05bea)
	xorw %bx, %bx                   /* F0000h: reads from RAM, no writes */
	movw $0x59, %di
	movw $0xb108, %ax
	int $0x1a
	CHECK_EQB(%cl, $0x10)
	endtest
	cmpw $0, failures
	jne finish

	cmpb $KINDS, count
	jb 2f
	movb $CMOS_MAGIC, %al           /* over: the next boot begins again */
	movb $0, %ah
	call cmos_put
	jmp finish
2:	movb count, %ah
	incb %ah
	movb $CMOS_COUNT, %al
	call cmos_put
	cli
	movb count, %al
	cmpb $1, %al
	je by_keyboard
	cmpb $2, %al
	je by_port_92
	cmpb $3, %al
	je by_triple_fault
	movw $0xcf9, %dx
	movb $0x02, %al
	outb %al, %dx
	movb $0x06, %al
	outb %al, %dx
	jmp .

by_keyboard:
	inb $0x64, %al
	testb $2, %al
	jnz by_keyboard
	movb $0xfe, %al
	outb %al, $0x64
	jmp .

by_port_92:
	inb $0x92, %al
	andb $0xfe, %al
	outb %al, $0x92
	orb $1, %al
	outb %al, $0x92
	jmp .

by_triple_fault:
	lidtl no_idt
	int3
	jmp .

	/* AL: register; the value in AL, or from AH */
cmos_get:
	outb %al, $0x70
	inb $0x71, %al
	ret
cmos_put:
	outb %al, $0x70
	movb %ah, %al
	outb %al, $0x71
	ret

count:
	.byte 0
no_idt:
	.word 0
	.long 0
	.org SECTORS * 512
