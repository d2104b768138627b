/*
 * files.S - a DOS program (.COM) that writes a file through handles, reads it back from the middle, renames it, and tells
 * what it found: INT 21h 09h, 3Ch, 3Dh, 3Eh, 3Fh, 40h, 42h, 56h, 4Ch. Exit code 5 when all is well, else 1.
 */
	.code16
	.globl _start
_start:
	movw $hello, %dx
	movb $0x09, %ah
	int $0x21

	movb $0x3c, %ah                 /* create */
	xorw %cx, %cx
	movw $old_name, %dx
	int $0x21
	jc failed
	movw %ax, %bx

	movw $200, %si                  /* 200 lines of 16 bytes: more than a cluster, less than two tracks */
1:	pushw %si
	movw %si, %ax
	movw $line_number, %di
	call decimal
	movb $0x40, %ah                 /* write */
	movw $16, %cx
	movw $line, %dx
	int $0x21
	popw %si
	jc failed
	cmpw $16, %ax
	jne failed
	decw %si
	jnz 1b

	movb $0x3e, %ah                 /* close */
	int $0x21
	jc failed
	movw $0x3d00, %ax               /* open to read */
	movw $old_name, %dx
	int $0x21
	jc failed
	movw %ax, %bx
	movw $0x4202, %ax               /* its length */
	xorw %cx, %cx
	xorw %dx, %dx
	int $0x21
	jc failed
	cmpw $3200, %ax
	jne failed
	movw $0x4200, %ax               /* line 73 */
	xorw %cx, %cx
	movw $((200 - 73) * 16), %dx
	int $0x21
	jc failed
	movb $0x3f, %ah                 /* read */
	movw $16, %cx
	movw $buffer, %dx
	int $0x21
	jc failed
	cmpw $16, %ax
	jne failed
	movb $'$', buffer + 14
	movw $found, %dx
	movb $0x09, %ah
	int $0x21
	movw $buffer, %dx
	movb $0x09, %ah
	int $0x21
	movw $crlf, %dx
	movb $0x09, %ah
	int $0x21
	movb $0x3e, %ah
	int $0x21
	jc failed

	movb $0x56, %ah                 /* rename; ES is the PSP's segment, as DS */
	movw $old_name, %dx
	movw $new_name, %di
	int $0x21
	jc failed
	movw $0x4c05, %ax
	int $0x21

failed:	movw $wrong, %dx
	movb $0x09, %ah
	int $0x21
	movw $0x4c01, %ax
	int $0x21

/* AX as three digits at DI */
decimal:
	movw $3, %cx
	addw %cx, %di
	movw $10, %si
1:	xorw %dx, %dx
	divw %si
	addb $'0', %dl
	decw %di
	movb %dl, (%di)
	loop 1b
	ret

hello:	.ascii "a program speaks\r\n$"
found:	.ascii "read back: $"
wrong:	.ascii "a function of INT 21h failed"
crlf:	.ascii "\r\n$"
old_name: .asciz "FIRST.TMP"
new_name: .asciz "LINES.TXT"
line:	.ascii "this is no "
line_number: .ascii "000\r\n"
buffer:	.space 16
