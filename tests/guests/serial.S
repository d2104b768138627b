/*
 * serial.S - a boot sector for COM1 at 9600 bit/s, 8N1, FIFOs on. First the 16550 in its loop: every byte comes back, the
 * modem lines are wired to each other (data sheet, "Modem control register"), and 16 bytes fit the receiver's FIFO, the 17th is
 * an overrun; "loop ok" or "loop FAIL n" on port E9h. Then out of the loop:
 *
 *   ROLE=1   says "ready", and by IRQ 4 sends back each byte that comes, letters in upper case; '!' ends it with status
 *            2 * 21 + 1 by isa-debug-exit
 *   ROLE=2   asks: sends "ask!" and ends with 2 * 10 + 1 when "ASK!" has come
 */
#include "start.inc"

	.set com, 0x3f8

	start
	movw $com + 3, %dx
	movb $0x80, %al                 /* DLAB: divisor 12 */
	outb %al, %dx
	movw $com, %dx
	movw $12, %ax
	outb %al, %dx
	incw %dx
	movb %ah, %al
	outb %al, %dx
	incw %dx
	incw %dx
	movb $0x03, %al
	outb %al, %dx
	decw %dx
	movb $0x07, %al                 /* FIFOs on and empty, trigger at one byte */
	outb %al, %dx

	/* ---- in the loop */
	movw $com + 4, %dx
	movb $0x1a, %al                 /* loop, RTS, OUT2 */
	outb %al, %dx
	xorw %di, %di                   /* a byte that was on the line still comes in */
1:	call status
	decw %di
	jnz 1b
	movw $com + 2, %dx
	movb $0x07, %al
	outb %al, %dx
	movw $com + 6, %dx
	inb %dx, %al
	andb $0xf0, %al
	movb $'1', %cl
	cmpb $0x90, %al                 /* DCD from OUT2, CTS from RTS */
	jne failed
	movw $com + 2, %dx
	inb %dx, %al
	movb $'2', %cl
	andb $0xc0, %al
	cmpb $0xc0, %al                 /* a 16550A tells of its FIFOs */
	jne failed
	movb $0x5a, %bl
	call send
	xorb %ah, %ah
	call receive
	movb $'3', %cl
	cmpb $0x5a, %al
	jne failed
	movb $1, %bl                    /* 17 bytes and none read */
1:	call send
	incb %bl
	cmpb $18, %bl
	jb 1b
2:	call status
	testb $0x40, %al                /* until the transmitter is empty */
	jz 2b
	movb $'4', %cl
	testb $0x02, %ah                /* OE has been seen */
	jz failed
	movb $1, %bl
3:	movb $'5', %cl
	call receive
	cmpb %bl, %al
	jne failed
	incb %bl
	cmpb $17, %bl
	jb 3b
	movb $'6', %cl
	call status
	testb $0x01, %al                /* no 17th */
	jnz failed
	say loop_ok

	/* ---- on the line */
	movw $com + 4, %dx
	movb $0x0b, %al
	outb %al, %dx
	.if ROLE == 2
	movw $ask, %si
4:	lodsb
	testb %al, %al
	jz 5f
	movb %al, %bl
	call send
	jmp 4b
5:	movw $answer, %si
6:	call receive
	cmpb (%si), %al
	jne 6b
	outb %al, $0xe9
	incw %si
	cmpb $0, (%si)
	jne 6b
	quit_with 10
	.else
	movw $irq4, 0x0c * 4
	movw %ds, 0x0c * 4 + 2
	movw $com + 1, %dx
	movb $1, %al                    /* interrupt on received data */
	outb %al, %dx
	inb $0x21, %al
	andb $0xef, %al
	outb %al, $0x21
	movw $ready, %si
7:	lodsb
	testb %al, %al
	jz 8f
	movb %al, %bl
	call send
	jmp 7b
8:	sti
	stop

irq4:	movw $com, %dx
	inb %dx, %al
	movb %al, %bl
	cmpb $'!', %al
	jne 1f
	call send
2:	call status                     /* out of the shift register */
	testb $0x40, %al
	jz 2b
	quit_with 21
1:	cmpb $'a', %bl
	jb 3f
	cmpb $'z', %bl
	ja 3f
	subb $32, %bl
3:	call send
	movb $0x20, %al
	outb %al, $0x20
	iret
	.endif

failed:	movb %cl, fail_number
	say loop_fail
	quit_with 1
	stop

	puts_routine

/* AL = LSR; AH collects its bits */
status:	movw $com + 5, %dx
	inb %dx, %al
	orb %al, %ah
	ret
send:	call status
	testb $0x20, %al
	jz send
	movw $com, %dx
	movb %bl, %al
	outb %al, %dx
	ret
receive:
	call status
	testb $0x01, %al
	jz receive
	movw $com, %dx
	inb %dx, %al
	ret

loop_ok: .asciz "loop ok\n"
loop_fail: .ascii "loop FAIL "
fail_number: .asciz "0\n"
ready:	.asciz "ready\r\n"
ask:	.asciz "ask!"
answer:	.asciz "ASK!"
	boot_signature
