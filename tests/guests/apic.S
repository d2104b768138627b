/*
 * apic.S - programs of two sectors for the interrupt hardware beyond the 8259A, by -DCASE=n. Each tells what it finds on port E9h, in one line
 * that begins with a colon, and ends by isa-debug-exit (status 2 * 5 + 1).
 *
 * 1: after an INIT with shutdown code 0Ah the timer's interrupts still arrive. 2: the PIT by the I/O APIC, the local APIC's timer, an
 * IPI, a TSC deadline (-DDEADLINE), the HPET in the PIT's place. 3: IA32_APIC_BASE: off, CPUID, 8259A straight; on again, moved.
 */
#include "start.inc"

	.set APIC, 0xfee00000
	.set IOAPIC, 0xfec00000
	.set HPET, 0xfed00000

	.macro put address, value       /* FS is flat; several may follow a call of poke */
	.long \address, \value
	.endm

	.macro redirect pin, low
	put IOAPIC, (0x11+2*\pin)
	put IOAPIC+0x10, 0
	put IOAPIC, (0x10+2*\pin)
	put IOAPIC+0x10, \low
	.endm

	.macro await count              /* interrupts */
	movw $0, seen
1:	sti
	hlt
	cli
	cmpw $\count, seen
	jb 1b
	.endm

	start
	load 1
	putc $':'
	call flat_fs
	movw $handler, 0x60 * 4
	movw $0, 0x60 * 4 + 2

	.if CASE == 1
	movw $after, 0x467
	movw $0, 0x469
	movb $0x0f, %al
	outb %al, $0x70
	movb $0x0a, %al
	outb %al, $0x71
	movb $0xfe, %al
	outb %al, $0x64
	stop
after:
	real_segments
	movl 0x46c, %ebx
1:	sti
	hlt
	cli
	movl 0x46c, %eax
	subl %ebx, %eax
	cmpl $2, %eax
	jb 1b
	putc $'t'
	.endif

	.if CASE == 2
	movb $0xff, %al                 /* nothing by the 8259A */
	outb %al, $0x21
	call poke
	redirect 2, 0x60
	.long 0
	await 3
	putc $'p'
	call poke
	redirect 2, 0x10060
	put APIC+0x3e0, 0xb
	put APIC+0x320, 0x20060       /* periodic, 1 ms */
	put APIC+0x380, 100000
	.long 0
	await 3
	putc $'l'
	call poke
	put APIC+0x320, 0x10060
	put APIC+0x300, 0x44060       /* to itself */
	.long 0
	await 1
	putc $'i'
#ifdef DEADLINE
	call poke
	put APIC+0x320, 0x40060
	.long 0
	rdtsc
	addl $1000000, %eax
	adcl $0, %edx
	movl $0x6e0, %ecx
	wrmsr
	await 1
	rdmsr
	orl %edx, %eax                  /* disarmed */
	jnz bad
	putc $'d'
#endif
	call poke
	put HPET+0x10, 0
	put HPET+0xf0, 0
	put HPET+0xf4, 0
	put HPET+0x100, 0x14c         /* 32 bits, VAL_SET, periodic, enabled */
	put HPET+0x108, 100000
	put HPET+0x10, 3
	redirect 2, 0x60
	.long 0
	await 3
	putc $'h'
	.endif

	.if CASE == 3
	call has_apic
	movl $0x1b, %ecx
	rdmsr
	movl %eax, %ebx
	andb $0xf7, %ah                 /* off */
	wrmsr
	call has_apic
	movl 0x46c, %edi                /* INTR is the 8259A's own again */
1:	sti
	hlt
	cli
	movl 0x46c, %eax
	subl %edi, %eax
	cmpl $2, %eax
	jb 1b
	putc $'t'
	movl $0x1b, %ecx
	movl %ebx, %eax
	andl $0xfff, %eax
	orl $0x50000000, %eax           /* on, elsewhere */
	xorl %edx, %edx
	wrmsr
	call has_apic
	call flat_fs                       /* the BIOS has loaded FS meanwhile */
	movl $0x500000f0, %eax          /* as after a reset */
	cmpl $0xff, %fs:(%eax)
	jne bad
	movl $APIC+0xf0, %eax
	cmpl $0xffffffff, %fs:(%eax)
	jne bad
	putc $'m'
	.endif

done:
	putc $'\n'
	quit_with 5
bad:
	putc $'!'
	jmp done

	boot_signature

	flat_fs_routine

handler:
	pushl %eax
	incw %cs:seen
	movl $(APIC+0xb0), %eax
	movl $0, %fs:(%eax)
	popl %eax
	iret

poke:	popw %si                        /* pairs of address and value behind the call, then 0 */
1:	lodsl
	xchgl %eax, %ebx
	testl %ebx, %ebx
	jz 2f
	lodsl
	movl %eax, %fs:(%ebx)
	jmp 1b
2:	jmp *%si

	.if CASE == 3
has_apic:
	pushl %ebx
	movl $1, %eax
	cpuid
	shrl $9, %edx
	andb $1, %dl
	addb $'0', %dl
	putc %dl
	popl %ebx
	ret
	.endif

seen:	.word 0
	descriptors
	descriptors_pointer
	.org 1024
