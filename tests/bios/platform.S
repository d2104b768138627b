/*
 * A machine with PCI: the PCI BIOS by INT 1Ah and by its 32-bit entry, the tables for operating systems (place, checksum,
 * links), shadow RAM, E820h. Expected values: PCI BIOS Specification 2.1; MultiProcessor Specification 1.4; ACPI 3.0
 * chapter 5; DSP0134 2.8; PCI IRQ Routing Table Specification 1.0; data sheets 82441FX, 82371SB, 82371AB.
 */
#include "harness.inc"

#define TABLE 0xe000            /* segment: 128 KB from here are where tables are */

	.macro pci function
	movw $0xb100 + \function, %ax
	int $0x1a
	.endm

main:
	/* ---------------------------------------------------------------- INT 1Ah */
	test pci_installation_check
	xorl %edx, %edx
	pci 0x01
	CHECK_NC
	CHECK_EQL(%edx, $0x20494350)
	CHECK_EQ(%bx, $0x0210)
	CHECK_EQ(%ax, $0x0011)
	CHECK_EQB(%cl, $0)
	endtest

	test pci_finds_devices_by_id
	movw $0x8086, %dx
	movw $0x1237, %cx
	xorw %si, %si
	pci 0x02
	CHECK_NC
	CHECK_EQ(%bx, $0x0000)
	CHECK_EQB(%ah, $0)
	movw $0x7000, %cx
	pci 0x02
	CHECK_EQ(%bx, $0x0008)
	movw $0x7113, %cx
	pci 0x02
	CHECK_EQ(%bx, $0x000b)
	movw $1, %si
	pci 0x02
	CHECK_CF
	CHECK_EQB(%ah, $0x86)
	movw $0xffff, %dx
	pci 0x02
	CHECK_CF
	CHECK_EQB(%ah, $0x83)
	endtest

	test pci_finds_devices_by_class
	movl $0x060000, %ecx
	xorw %si, %si
	pci 0x03
	CHECK_NC
	CHECK_EQ(%bx, $0x0000)
	movl $0x060100, %ecx
	pci 0x03
	CHECK_EQ(%bx, $0x0008)
	movl $0x123456, %ecx
	pci 0x03
	CHECK_CF
	CHECK_EQB(%ah, $0x86)
	endtest

	test pci_reads_and_writes_configuration
	movw $0x0008, %bx
	xorw %di, %di
	pci 0x0a
	CHECK_NC
	CHECK_EQL(%ecx, $0x70008086)
	movw $2, %di
	pci 0x09
	CHECK_EQ(%cx, $0x7000)
	movw $1, %di
	pci 0x08
	CHECK_EQB(%cl, $0x80)
	movw $0x0069, %di
	pci 0x08
	movb %cl, %dl
	movb $0x52, %cl
	pci 0x0b
	CHECK_NC
	pci 0x08
	CHECK_EQB(%cl, $0x52)
	movb %dl, %cl
	pci 0x0b
	endtest

	test pci_refuses_odd_registers_and_functions
	movw $0x0008, %bx
	movw $1, %di
	pci 0x09
	CHECK_CF
	CHECK_EQB(%ah, $0x87)
	movw $2, %di
	pci 0x0a
	CHECK_CF
	CHECK_EQB(%ah, $0x87)
	movw $0x100, %di
	pci 0x08
	CHECK_EQB(%ah, $0x87)
	pci 0x05
	CHECK_CF
	CHECK_EQB(%ah, $0x81)
	endtest

	test pci_functions_that_are_not_there_read_ones
	movw $0x00f8, %bx
	xorw %di, %di
	pci 0x0a
	CHECK_NC
	CHECK_EQL(%ecx, $0xffffffff)
	endtest

	test pci_special_cycle_returns
	movb $0, %bh
	xorl %edx, %edx
	pci 0x06
	CHECK_NC
	CHECK_EQB(%ah, $0)
	endtest

	test pci_routing_options
	movw $16, route_size
	movw $BUF, route_segment
	movw $0, route_offset
	xorw %ax, %ax
	movw %ax, %es
	movw $route_size, %di
	pci 0x0e
	CHECK_CF
	CHECK_EQB(%ah, $0x89)
	CHECK_EQ(route_size, $31 * 16)
	pci 0x0e
	CHECK_NC
	CHECK_EQ(%bx, $0x0c00)
	movw $BUF, %ax
	movw %ax, %es
	CHECK_EQ(%es:0, $0x0800)        /* bus 0, device 1: INTA# is PIRQA */
	CHECK_EQB(%es:2, $0x60)
	CHECK_EQB(%es:5, $0x61)
	CHECK_EQ(%es:16, $0x1000)       /* device 2 begins with PIRQB */
	CHECK_EQB(%es:18, $0x61)
	endtest

	test pci_sets_an_interrupt
	movw $0x0008, %bx               /* device 1 INTA#: PIRQA */
	movw $0x0b0a, %cx
	pci 0x0f
	CHECK_NC
	movw $0x60, %di
	pci 0x08
	CHECK_EQB(%cl, $11)
	movw $0x0a0a, %cx
	pci 0x0f
	CHECK_NC
	movw $0x000a, %cx               /* the timer's is not for PCI */
	pci 0x0f
	CHECK_CF
	CHECK_EQB(%ah, $0x88)
	endtest

	/* ---------------------------------------------------------------- what POST has set */
	test interrupts_are_routed_and_level
	movw $0x0008, %bx
	movw $0x60, %di
	pci 0x0a
	CHECK_EQL(%ecx, $0x0b0a0b0a)
	movw $0x4d1, %dx
	inb %dx, %al
	CHECK_EQB(%al, $0x0e)
	endtest

	test power_management_is_at_b000
	movw $0x000b, %bx
	movw $0x40, %di
	pci 0x0a
	CHECK_EQL(%ecx, $0x0000b001)
	movw $0xb004, %dx
	inw %dx, %ax
	andw $1, %ax
	CHECK_EQ(%ax, $1)
	movw $0xb008, %dx               /* the timer runs */
	inl %dx, %eax
	movl %eax, %ecx
	movw $1, %ax
	call wait_ticks
	movw $0xb008, %dx
	inl %dx, %eax
	cmpl %ecx, %eax
	CHECK_NZ
	endtest

	test every_base_address_is_set_and_decoded
	xorw %bx, %bx
1:	incw %bx
	cmpw $0x100, %bx
	je 9f
	movw $0x0e, %di
	pci 0x08
	testb $0x7f, %cl                /* there, and no bridge to another bus */
	jnz 1b
	movw $0x10, %di
2:	pci 0x0a
	movl %ecx, %esi
	testl %ecx, %ecx
	jz 4f
	pushw %di
	movw $4, %di
	pci 0x08
	popw %di
	testl $1, %esi
	jz 3f
	CHECK_AE(%si, $0xc000)
	andb $1, %cl
	CHECK_EQB(%cl, $1)
	jmp 4f
3:	andb $2, %cl
	CHECK_EQB(%cl, $2)
	cmpl $0xe0000000, %esi
	.set check_line, __LINE__
	check_jump jae
4:	addw $4, %di
	cmpw $0x24, %di
	jbe 2b
	jmp 1b
9:	endtest

	test roms_are_copies_that_cannot_be_written
	movw $0xf000, %ax
	movw %ax, %es
	movl %es:0xe000, %ecx
	notl %es:0xe000
	CHECK_EQL(%es:0xe000, %ecx)
	xorw %bx, %bx
	movw $0x59, %di
	pci 0x08
	CHECK_EQB(%cl, $0x10)
	endtest

	/* ---------------------------------------------------------------- tables */
	test pir_table
	movl $0x52495024, %eax          /* "$PIR" */
	movw $0xf000, %dx
	movw $32 + 31 * 16, %bx
	call find_table
	CHECK_Z
	CHECK_EQ(%es:6, $32 + 31 * 16)
	CHECK_EQ(%es:8, $0x0800)
	endtest

	test mp_table
	call has_apic
	jz 9f
	movl $0x5f504d5f, %eax          /* "_MP_" */
	movw $0xf000, %dx
	movw $16, %bx
	call find_table
	CHECK_Z
	CHECK_EQB(%es:9, $4)
	movl %es:4, %eax
	call go_to
	CHECK_EQL(%es:0, $0x504d4350)   /* "PCMP" */
	movzwl %es:4, %ecx
	call sum
	CHECK_EQB(%al, $0)
	CHECK_EQL(%es:36, $0xfee00000)
	movw $44, %si                   /* as many entries as the header says end where it says */
	movw %es:34, %cx
1:	movb %es:(%si), %al
	addw $8, %si
	cmpb $0, %al
	jne 2f
	addw $12, %si
2:	loop 1b
	CHECK_EQ(%es:4, %si)
9:	endtest

	test acpi_tables
	movl $0x20445352, %eax          /* "RSD " */
	movw $0xe000, %dx
	movw $20, %bx
	call find_table
	CHECK_Z
	CHECK_EQL(%es:4, $0x20525450)
	movl %es:16, %eax
	call go_to
	CHECK_EQL(%es:0, $0x54445352)   /* "RSDT" */
	call sum_table
	CHECK_EQB(%al, $0)
	movw %es:4, %cx
	subw $36, %cx
	shrw $2, %cx
	CHECK_AE(%cx, $1)
	movw $36, %si
1:	movl %es:(%si), %eax
	addw $4, %si
	pushw %es
	pushw %cx
	call go_to
	call sum_table
	CHECK_EQB(%al, $0)
	cmpl $0x50434146, %es:0         /* "FACP" */
	jne 2f
	pushw %es
	call check_fadt
	popw %es
2:	popw %cx
	popw %es
	loop 1b
	endtest

	test smbios
	movl $0x5f4d535f, %eax          /* "_SM_" */
	movw $0xf000, %dx
	movw $31, %bx
	call find_table
	CHECK_Z
	CHECK_EQB(%es:5, $31)
	movw %es:0x1c, %cx              /* structures */
	movw %es:0x16, %dx              /* bytes */
	movl %es:0x18, %eax
	call go_to
	xorw %si, %si
1:	movzbw %es:1(%si), %ax
	movb %es:(%si), %bl
	addw %ax, %si
2:	incw %si                        /* strings end in two zeros */
	cmpw $0, %es:-1(%si)
	jne 2b
	incw %si
	loop 1b
	CHECK_EQB(%bl, $127)
	CHECK_EQ(%si, %dx)
	endtest

	test e820_tells_of_the_tables
	xorl %ebx, %ebx
	xorw %di, %di                   /* 1: tables seen, 2: ROM seen */
1:	pushw %di
	xorw %ax, %ax
	movw %ax, %es
	movw $map_entry, %di
	movl $0xe820, %eax
	movl $0x534d4150, %edx
	movl $20, %ecx
	int $0x15
	popw %di
	CHECK_NC
	cmpl $0xec000, map_entry
	jne 2f
	orw $1, %di
	CHECK_EQL(map_entry + 8, $0x4000)
	CHECK_EQL(map_entry + 16, $4)
2:	cmpl $0xf0000, map_entry
	jne 3f
	orw $2, %di
	CHECK_EQL(map_entry + 16, $2)
3:	testl %ebx, %ebx
	jnz 1b
	CHECK_EQ(%di, $3)
	endtest

	/* ---------------------------------------------------------------- 32 bits */
	test bios32_directory_and_pci_entry
	movl $0x5f32335f, %eax          /* "_32_" */
	movw $0xe000, %dx
	movw $16, %bx
	call find_table
	CHECK_Z
	CHECK_EQB(%es:9, $1)
	movl %es:4, %eax
	movl %eax, entry32
	call in_32_bits
	CHECK_EQB(answers + 0, $0x80)           /* no service of that name */
	CHECK_EQB(answers + 4, $0)              /* "$PCI" */
	CHECK_EQL(answers + 8, $0x000f0000)
	CHECK_EQL(answers + 12, $0x20494350)
	CHECK_EQ(answers + 16, $0x0210)
	CHECK_EQL(answers + 20, $0x70008086)
	CHECK_EQB(answers + 24, $0x87)          /* status and carry of a register that is odd */
	CHECK_EQB(answers + 28, $1)
	CHECK_EQ(answers + 32, $31 * 16)
	movw $BUF2, %ax
	movw %ax, %es
	CHECK_EQ(%es:0, $0x0800)
	CHECK_EQB(%es:2, $0x60)
	endtest
	jmp finish

	/* ---------------------------------------------------------------- helpers */

	/* ES: segment of the first paragraph from DX up that begins with EAX and whose BX bytes have the sum 0; ZF if so. */
find_table:
	movw %dx, %es
	cmpl %eax, %es:0
	jne 1f
	pushl %eax
	movzwl %bx, %ecx
	call sum
	testb %al, %al
	popl %eax
	je 2f
1:	incw %dx
	jnz find_table
	orw $1, %dx
2:	ret

	/* ES: segment of a table at the linear address EAX. */
go_to:
	shrl $4, %eax
	movw %ax, %es
	ret

	/* AL: sum of ECX bytes at ES:0. */
sum:
	pushw %si
	xorw %si, %si
	movb $0, %al
1:	addb %es:(%si), %al
	incw %si
	addr32 loop 1b
	popw %si
	ret

	/* The same by the length in an ACPI header. */
sum_table:
	movl %es:4, %ecx
	jmp sum

	/* ZF if there is no local APIC. */
has_apic:
	movl $1, %eax
	cpuid
	testl $0x200, %edx
	ret

	/* ES: FADT */
check_fadt:
	CHECK_EQ(%es:46, $9)            /* SCI */
	CHECK_EQL(%es:56, $0xb000)
	CHECK_EQL(%es:76, $0xb008)
	CHECK_EQL(%es:120, $0xcf9)      /* reset register */
	CHECK_EQB(%es:128, $6)
	movl %es:36, %eax
	movl %es:40, %edx
	call go_to
	CHECK_EQL(%es:0, $0x53434146)   /* "FACS" */
	notl %es:16                     /* its lock must be RAM */
	CHECK_EQL(%es:16, $0xffffffff)
	notl %es:16
	movl %edx, %eax
	call go_to
	CHECK_EQL(%es:0, $0x54445344)   /* "DSDT" */
	call sum_table
	CHECK_EQB(%al, $0)
	ret

	/* Calls the BIOS32 directory and the PCI BIOS from flat 32-bit code. */
in_32_bits:
	pushal
	cli
	lgdtl gdt_pointer
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpl $0x08, $1f
	.code32
1:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movzwl %sp, %esp
	movl entry32, %esi
	movl $0x21212121, %eax
	xorl %ebx, %ebx
	call far_entry
	movl %eax, answers
	movl $0x49435024, %eax
	xorl %ebx, %ebx
	call far_entry
	movl %eax, answers + 4
	movl %ebx, answers + 8
	addl %ebx, %edx
	movl %edx, %esi
	movl $0xb101, %eax
	call far_entry
	movl %edx, answers + 12
	movl %ebx, answers + 16
	movl $0xb10a, %eax
	movl $0x0008, %ebx
	xorl %edi, %edi
	call far_entry
	movl %ecx, answers + 20
	movl $0xb10a, %eax
	movl $3, %edi
	call far_entry
	setc answers + 28
	movzbl %ah, %eax
	movl %eax, answers + 24
	movl $0xb10e, %eax
	movl $buffer32, %edi
	call far_entry
	movzwl buffer32, %eax
	movl %eax, answers + 32
	movl $0x20, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	ljmpl $0x18, $2f
	.code16
2:	movl %cr0, %eax
	andb $0xfe, %al
	movl %eax, %cr0
	ljmpw $0, $3f
3:	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	popal
	ret

	.code32
far_entry:
	movl %esi, far_pointer
	lcall *far_pointer
	ret
	.code16

	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9b000000ffff        /* 08: flat code */
	.quad 0x00cf93000000ffff        /* 10: flat data */
	.quad 0x00009b000000ffff        /* 18, 20: as real mode wants them */
	.quad 0x000093000000ffff
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt
far_pointer:
	.long 0
	.word 0x08
entry32:
	.long 0
answers:
	.space 36
buffer32:
	.word 1024
	.long BUF2 * 16
	.word 0x10
route_size:
	.word 0
route_offset:
	.word 0
route_segment:
	.word 0
map_entry:
	.space 20
	.org SECTORS * 512
