/*
 * features.S - a boot sector and seven more that try what a 32-bit operating system turns on: MSRs, PAE with latched PDPTEs, NX, SMEP,
 * SMAP, UMIP, RDTSCP, SYSENTER. Each line on port E9h is a name and what came of it: "ok", a value, or vector and error code.
 *
 *   9000 PDPT  a000 PD  b000 PT of the first 2 MB  c000 a user page, NX  d000 a supervisor page, NX  e000 a user page
 */
#define AT_USER 0xc000
#define AT_NX 0xd000
#define AT_USER_CODE 0xe000
#define idt 0x4000
#define tss 0x4200
#define resume 0x4300
#define STACK0 0x7000
#define STACK3 0x6000

#include "start.inc"

	start
	load 7
	protect 0x11
	jmp protected
	descriptors
	.quad 0x00cffb000000ffff, 0x00cff3000000ffff
tss_desc:
	.quad 0
	descriptors_pointer
idtr:
	.word 32 * 8 - 1
	.long idt
	boot_signature

/* ---- printing ---- */
	puts_routine
	hex_routine 8
number:                                 /* EAX and a blank; destroys AL */
	call hex
	putc $' '
	ret
newline:
	putc $'\n'
	ret

	.macro NAME text
	say 7f
	.section .text.rodata, "ax"
7:	.asciz "\text "
	.text
	.endm
	/* What comes now may fault: the line then ends with vector and error, and the program goes on at ENDTRY. */
	.macro TRY text
	NAME "\text"
	movl $9f, resume
	.endm
	.macro ENDTRY
	putc $'o'
	putc $'k'
9:	call newline
	.endm

/* ---- exceptions: print, go on at `resume` in ring 0 ---- */
	.altmacro
	.macro ENTRIES
	.set n, 0
	.rept 32
	ENTRYN %n
	.set n, n + 1
	.endr
	.endm
	.macro ENTRYN n
entry\n:
	.if (\n == 8) || ((\n >= 10) && (\n <= 14)) || (\n == 17)
	.else
	pushl $0
	.endif
	pushl $\n
	jmp common
	.balign 16
	.endm
	.balign 16
entries:
	ENTRIES
	.noaltmacro
common:
	movl $0x10, %eax
	movw %ax, %ds
	movw %ax, %es
	movl %ss:(%esp), %eax
	movl %ss:4(%esp), %ebx
	call number
	movl %ebx, %eax
	call number
	movl $STACK0, %esp
	jmp *resume

/* ---- the program ---- */
protected:
	movl $STACK0, %esp
	movl $idt, %edi                 /* 32 interrupt gates */
	movl $entries, %eax
	movl $32, %ecx
1:	movw %ax, (%edi)
	movw $8, 2(%edi)
	movw $0x8e00, 4(%edi)
	movw $0, 6(%edi)
	addl $16, %eax
	addl $8, %edi
	loop 1b
	lidt idtr
	movl $tss, %eax                 /* a TSS for ring 0's stack */
	movw $103, tss_desc
	movw %ax, tss_desc + 2
	movb $0x89, tss_desc + 5
	movl $STACK0, tss + 4
	movl $0x10, tss + 8
	movw $0x28, %ax
	ltr %ax

/* model-specific registers */
	movl $msrs, %ebp
msr_loop:
	movl (%ebp), %ecx
	cmpl $-1, %ecx
	je msr_done
	TRY "rdmsr"
	movl (%ebp), %eax
	call number
	movl (%ebp), %ecx
	rdmsr
	movl %eax, %ebx
	movl %edx, %eax
	call number
	movl %ebx, %eax
	call number
	ENDTRY
	addl $4, %ebp
	jmp msr_loop
msr_done:
	movl $bad_msrs, %ebp
bad_loop:
	movl (%ebp), %ecx
	cmpl $-1, %ecx
	je bad_done
	TRY "wrmsr"
	movl (%ebp), %ecx
	movl 4(%ebp), %eax
	movl 8(%ebp), %edx
	wrmsr
	ENDTRY
	addl $12, %ebp
	jmp bad_loop
bad_done:
	movl $0xc0000103, %ecx          /* TSC_AUX */
	movl $0x1234, %eax
	xorl %edx, %edx
	wrmsr
	NAME "rdtscp"
	rdtscp
	movl %ecx, %eax
	call number
	call newline

/* PAE, NX and the rest */
	movl $0x9000, %edi
	xorl %eax, %eax
	movl $0xc00, %ecx
	rep stosl
	movl $0xa001, 0x9000
	movl $0xb007, 0xa000
	movl $0xb000, %edi
	movl $3, %eax
	movl $512, %ecx
1:	movl %eax, (%edi)
	addl $0x1000, %eax
	addl $8, %edi
	loop 1b
	orl $4, 0xb000 + (AT_USER >> 12) * 8
	orl $4, 0xb000 + (AT_USER_CODE >> 12) * 8
	orl $4, 0xb000 + ((STACK3 - 0x1000) >> 12) * 8
	orl $0x80000000, 0xb004 + (AT_USER >> 12) * 8
	orl $0x80000000, 0xb004 + (AT_NX >> 12) * 8
	movb $0xc3, AT_USER             /* RET */
	movb $0xc3, AT_NX
	movb $0xc3, AT_USER_CODE
	movl $0x1111, AT_USER + 16
	movl $0x9000, %eax
	movl %eax, %cr3
	TRY "nx without nxe: bit 63 is reserved"
	movl $0x20, %eax
	movl %eax, %cr4
	movl %cr0, %eax
	orl $0x80010000, %eax
	movl %eax, %cr0
	movl AT_USER, %eax
	ENDTRY
	TRY "nxe"
	movl $0xc0000080, %ecx
	movl $0x800, %eax
	xorl %edx, %edx
	wrmsr
	movl AT_USER, %eax
	ENDTRY
	TRY "nx fetch"
	movl $AT_NX, %eax
	call *%eax
	ENDTRY
	TRY "fetch from a user page"
	movl $AT_USER_CODE, %eax
	call *%eax
	ENDTRY
	movl $0x300820, %eax            /* SMAP SMEP UMIP PAE */
	movl %eax, %cr4
	TRY "smep"
	movl $AT_USER_CODE, %eax
	call *%eax
	ENDTRY
	TRY "smap read"
	movl AT_USER + 16, %eax
	ENDTRY
	TRY "smap write"
	incl AT_USER + 16
	ENDTRY
	TRY "stac"
	stac
	incl AT_USER + 16
	movl $AT_USER + 16, %esi
	movl $AT_USER + 20, %edi
	movl $3, %ecx
	rep movsl
	movl AT_USER + 28, %eax
	clac
	call number
	ENDTRY
	TRY "clac"
	movl AT_USER + 16, %eax
	ENDTRY

/* latched PDPTEs: 40000000 is where the second one leads */
	movl $0xa001, 0x9008
	TRY "not latched yet"
	invlpg 0x40009000
	movl 0x40009000, %eax
	ENDTRY
	TRY "latched by cr3"
	movl %cr3, %eax
	movl %eax, %cr3
	movl 0x40009000, %eax
	call number
	ENDTRY
	movl $0, 0x9008
	TRY "still there"
	invlpg 0x40009000
	movl 0x40009000, %eax
	call number
	ENDTRY
	movl $0xa003, 0x9008
	TRY "reserved bit, by cr3"
	movl %cr3, %eax
	movl %eax, %cr3
	ENDTRY
	TRY "reserved bit, by cr4.pge"
	movl %cr4, %eax
	orl $0x80, %eax
	movl %eax, %cr4
	ENDTRY
	TRY "reserved bit, not by cr0.wp"
	movl %cr0, %eax
	andl $~0x10000, %eax
	movl %eax, %cr0
	ENDTRY
	movl $0, 0x9008
	TRY "cr4 reserved"
	movl %cr4, %eax
	orl $0x8000, %eax
	movl %eax, %cr4
	ENDTRY

/* ring 3, by SYSEXIT and by IRET */
	movl $0x000824, %eax            /* UMIP, PAE, TSD; without SMEP and SMAP: ring 3 runs in pages of ours */
	movl %eax, %cr4
	orl $4, 0xb000 + 7 * 8
	orl $4, 0xb000 + 8 * 8
	orl $4, 0xb000 + 9 * 8
	movl %cr3, %eax
	movl %eax, %cr3
	movl $ring3_tests, %ebp
ring3_loop:
	movl (%ebp), %eax
	testl %eax, %eax
	jz ring3_done
	movl 4(%ebp), %esi
	call puts
	movl $8f, resume
	pushl $0x23
	pushl $STACK3 - 16
	pushl $2
	pushl $0x1b
	pushl (%ebp)
	iret
8:	call newline
	addl $8, %ebp
	jmp ring3_loop
ring3_done:
	movl $0x174, %ecx
	movl $8, %eax
	xorl %edx, %edx
	wrmsr
	movl $0x175, %ecx
	movl $STACK0, %eax
	wrmsr
	movl $0x176, %ecx
	movl $entered, %eax
	wrmsr
	NAME "sysexit, sysenter"
	movl $exited, %edx
	movl $STACK3 - 16, %ecx
	sysexit
exited:
	movl %cs, %ebx
	sysenter
entered:
	movl %ebx, %eax
	call number
	movl %cs, %eax
	call number
	call newline
	quit_with 5
	hlt

user_sgdt:
	sgdt %ss:STACK3 - 64
	int3
user_smsw:
	smsw %eax
	int3
user_stac:
	stac
	int3
user_rdtsc:
	rdtsc
	int3
user_rdtscp:
	rdtscp
	int3
user_rdmsr:
	rdmsr
	int3
user_cpuid:
	xorl %eax, %eax
	cpuid
	ud2

	.section .text.rodata, "ax"
ring3_tests:
	.long user_sgdt, 1f, user_smsw, 2f, user_stac, 3f, user_rdtsc, 4f, user_rdtscp, 5f, user_rdmsr, 6f, user_cpuid, 7f, 0
1:	.asciz "ring 3 sgdt "
2:	.asciz "ring 3 smsw "
3:	.asciz "ring 3 stac "
4:	.asciz "ring 3 rdtsc "
5:	.asciz "ring 3 rdtscp "
6:	.asciz "ring 3 rdmsr "
7:	.asciz "ring 3 cpuid "
msrs:
	.long 0x17, 0x3a, 0x48, 0x8b, 0xfe, 0x10a, 0x179, 0x1a0, 0x277, 0xc0000080, 0x12345678, -1
bad_msrs: /* number, low, high; SDM 3A tables 11-8 and 11-10, figure 11-7 */
	.long 0x250, 0x06060602, 0, 0x200, 0xff000, 0x10, 0x201, 0xff000, 0, 0x277, 0x03, 0, 0xc0000080, 0x100, 0, 0x10a, 0, 0, 0x174, 8, 0, 0x2ff, 0xc06, 0, -1
