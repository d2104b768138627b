/*
 * The part of the ROM that POST fills once the segment is RAM (F000:D800-DFFF), and the copying that makes it RAM.
 * Intel 82441FX data sheet (290549), 3.2.18 "PAM": register 59h bits 5-4: read, write from/to DRAM at F0000h-FFFFFh.
 */
	.code16
	.section .shadow, "aw", @progbits

	.globl findings
findings:
	.space 16

	/* Operating systems look for these at multiples of 16. */
	.globl shadow_rsdp, shadow_bios32, shadow_mp, shadow_smbios, shadow_pir
shadow_rsdp:
	.space 32
shadow_bios32:
	.space 16
shadow_mp:
	.space 16
shadow_smbios:
	.space 32
shadow_pir:
	.space 32 + 16 * 31
	.org 0x800

#define PAM0 0x80000058
#define PAM0_DATA 0xcfd         /* 59h */
#define PAM_RAM 0x30

#define HIGH_CODE 0x08
#define FLAT 0x10
#define REAL 0x18
#define CODE 0x20

	.section .text, "ax", @progbits
	.balign 8
gdt:
	.quad 0
	.quad 0xff009bff0000ffff        /* this ROM where it ends at 4 GB */
	.quad 0x00cf93000000ffff        /* everything */
	.quad 0x000093000000ffff        /* as in real mode */
	.quad 0x00009b0f0000ffff        /* this ROM below 1 MB */
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt + 0xffff0000

/*
 * void shadow_bios(void): runs from the ROM below 4 GB while the one below 1 MB turns into RAM, and fills that. A20 must
 * be on.
 */
	.globl shadow_bios
shadow_bios:
	pushal
	cli
	cld
	lgdtl %cs:gdt_pointer
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpw $HIGH_CODE, $1f
1:	movw $FLAT, %ax
	movw %ax, %ds
	movw %ax, %es
	movl $PAM0, %eax
	movw $0xcf8, %dx
	outl %eax, %dx
	movw $PAM0_DATA, %dx
	inb %dx, %al
	orb $PAM_RAM, %al
	outb %al, %dx
	movl $0xffff0000, %esi
	movl $0x000f0000, %edi
	movl $0x4000, %ecx
	addr32 rep movsl
	movw $REAL, %ax
	movw %ax, %ds
	movw %ax, %es
	ljmpw $CODE, $2f                /* the same code, now from RAM */
2:	movl %cr0, %eax
	andb $0xfe, %al
	movl %eax, %cr0
	ljmpw $0xf000, $3f
3:	movw %ss, %ax
	movw %ax, %ds
	movw %ax, %es
	popal
	retl
