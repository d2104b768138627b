/*
 * chipset.S - boot sectors for the 440FX, PIIX3 and PIIX4, by -DCASE=n. Each tells what it finds on port E9h, in lines that begin with
 * a colon, and ends by isa-debug-exit (status 2 * 5 + 1) unless the case is to end otherwise. Starts are counted in CMOS register 60h.
 *
 * 1: power off through PM1a_CNT. 2: hard reset by CF9h. 3: INIT by CF9h. 4: INIT by the 8042 with shutdown code 0Ah.
 * 5: PAM: a segment's reads and writes apart. 6: PAM: code in shadow RAM and in the ROM behind it. 7: the power button's SCI.
 */
#include "start.inc"

/* PCI configuration: function 0..3 of slot 1, or 0 of slot 0 */
	.set HOST, 0x80000000
	.set ISA, 0x80000800
	.set POWER, 0x80000b00

	.macro config which, reg        /* the port of the register into DX */
	movl $(\which + (\reg & 0xfc)), %eax
	movw $0xcf8, %dx
	outl %eax, %dx
	movw $(0xcfc + (\reg & 3)), %dx
	.endm

	start
	count_starts
	putc $':'
	movb %bl, %al
	addb $'0', %al
	putc %al

	.if CASE == 1 || CASE == 7
	call power_base
	.endif

	.if CASE == 1
	cmpb $2, %bl                    /* it must not come back */
	je done
	addw $4, %dx
	movw $0x1c00, %ax               /* another type without the enable: nothing */
	outw %ax, %dx
	putc $'a'
	putc $'\n'
	movw $0x2000, %ax               /* SLP_EN, type 0 */
	outw %ax, %dx
	putc $'!'                        /* off means off */
	.endif

	.if CASE == 2 || CASE == 3
	config ISA, 0x70                /* MBIRQ0, which no BIOS touches: 80h after a reset */
	inb %dx, %al
	movb $0, %ah
	call hex
	cmpb $2, %bl
	je done
	putc $'\n'
	config ISA, 0x70
	movb $0x8b, %al
	outb %al, %dx
	movw $0xcf9, %dx
	.if CASE == 2
	movb $2, %al
	outb %al, %dx
	movb $6, %al
	.else
	movb $4, %al
	.endif
	outb %al, %dx
	putc $'!'
	.endif

	.if CASE == 4
	movw $after, 0x467              /* 40:67 */
	movw $0, 0x469
	fninit
	fldpi
	cmos_set 0x0f, $0x0a
	movb $0xa5, %al
	outb %al, $0x21
	movb $0xfe, %al
	outb %al, $0x64
	stop
after:
	real_segments
	putc $'k'
	inb $0x21, %al                  /* the 8259A has not seen it */
	movb $0, %ah
	call hex
	fldpi                           /* nor has the FPU (SDM 3A table 9-1): two equal numbers */
	fcompp
	fnstsw %ax
	andw $0x4500, %ax               /* C3, C2, C0 */
	call hex
	movb $0xfe, %al                 /* its interrupts still come: the timer's */
	outb %al, $0x21
	movl 0x46c, %ebx
	sti
	hlt
	hlt
	cli
	cmpl %ebx, 0x46c
	je done
	putc $'t'
	.endif

	.if CASE == 5
	movw $0xd000, %ax
	movw %ax, %es
	xorw %di, %di
	movb $0x02, %cl                 /* D0000-D3FFF: writes to RAM, reads from the bus */
	call pam3
	movw $0x1234, %es:(%di)
	movw %es:(%di), %ax
	call hex
	movb $0x01, %cl                 /* reads from RAM */
	call pam3
	movw %es:(%di), %ax
	call hex
	movw $0x5678, %es:(%di)         /* ... and writes to the bus */
	movw %es:(%di), %ax
	call hex
	movb $0x03, %cl
	call pam3
	movw $0x9a9a, %es:(%di)
	movw %es:(%di), %ax
	call hex
	movb $0x00, %cl
	call pam3
	movw %es:(%di), %ax
	call hex
	.endif

	.if CASE == 6
	lesw 0x70, %di                  /* INT 1Ch: an IRET in the BIOS */
	movb $0x30, %cl
	call pam0
	movl $0x00cf53b0, %es:(%di)     /* mov $'S', %al; iret */
	movb $0xcf, %es:2(%di)
	call try
	movb $0x00, %cl
	call pam0
	call try
	movb $0x10, %cl
	call pam0
	call try
	movb $0x00, %cl
	call pam0
	call try
	.endif

	.if CASE == 7
	movw %dx, %si
	movb $0xf1, %al                 /* ACPI on */
	outb %al, $0xb2
	addw $2, %dx
	movw $0x100, %ax                /* PWRBTN_EN */
	outw %ax, %dx
	movw $handler, 0x71 * 4
	movw $0, 0x71 * 4 + 2
	movw $0x4d1, %dx                /* IRQ 9: level */
	inb %dx, %al
	orb $2, %al
	outb %al, %dx
	movb $0xfd, %al
	outb %al, $0xa1
	movb $0xfb, %al
	outb %al, $0x21
	putc $'\n'
	sti
	stop
handler:
	putc $':'
	putc $'p'
	movw %si, %dx
	inw %dx, %ax
	andw $0xfffe, %ax               /* but the timer's overflow */
	call hex
	.endif

done:
	putc $'\n'
	quit_with 5
	hlt

/* PMBASE into DX, set up if no BIOS has done it */
power_base:
	config POWER, 0x40
	inw %dx, %ax
	andw $0xffc0, %ax
	movw %ax, %bp
	jnz 1f
	movw $0xb000, %bp
	movw %bp, %ax
	outw %ax, %dx
	config POWER, 0x80
	movb $1, %al
	outb %al, %dx
1:	movw %bp, %dx
	ret

	.if CASE == 5
pam3:	config HOST, 0x5c
	movb %cl, %al
	outb %al, %dx
	ret
	.endif

	.if CASE == 6
pam0:	config HOST, 0x59
	movb %cl, %al
	outb %al, %dx
	ret
try:	movb $'r', %al
	int $0x1c
	putc %al
	ret
	.endif

	hex_routine 4
	boot_signature
