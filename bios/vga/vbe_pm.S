/*
 * vbe_pm.S - the protected-mode interface of INT 10h AX=4F0Ah: window, display start and palette for 32-bit code
 * that does not want to switch to real mode.
 *
 * VBE Core Functions Standard 3.0, 4F0Ah: a table of offsets from its beginning, then code that runs wherever a program
 * copies it. Called near, with a 32-bit code segment; AX answers as INT 10h does, all else is kept. DX:CX of the display
 * start counts units of four bytes (what a VGA's start address counts in these modes), with 4 bits a pixel bytes of a
 * plane. Not here: 4F07h BL=02h and above.
 */
	.code32
	.section .rodata
	.globl	vbe_pm, vbe_pm_end
	.balign	4
vbe_pm:
	.word	pm_window - vbe_pm
	.word	pm_start - vbe_pm
	.word	pm_palette - vbe_pm
	.word	pm_ports - vbe_pm
pm_ports:
	.word	0x1ce, 0x1cf, 0x3c8, 0x3c9, 0x3da, 0xffff
	.word	0xffff			/* no memory but the screen's */

#define BPP 3
#define ENABLE 4
#define BANK 5
#define VIRT_WIDTH 6
#define X_OFFSET 8
#define Y_OFFSET 9
#define ENABLED 0x01
#define LFB 0x40

/* EAX = register AL of the adapter. */
read:
	pushl	%edx
	movl	$0x1ce, %edx
	movzbl	%al, %eax
	outw	%ax, %dx
	incl	%edx
	inw	%dx, %ax
	popl	%edx
	ret

/* Register AL = SI; ZF: it took the value of ESI. */
write:
	pushl	%edx
	pushl	%eax
	movl	$0x1ce, %edx
	movzbl	%al, %eax
	outw	%ax, %dx
	incl	%edx
	movl	%esi, %eax
	outw	%ax, %dx
	popl	%eax
	popl	%edx
	pushl	%eax
	call	read
	cmpl	%esi, %eax
	popl	%eax
	ret

/* The beginning of the next vertical retrace, with patience for a screen that has none. */
retrace:
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	movl	$0x3da, %edx
	movl	$0xffff, %ecx
1:	inb	%dx, %al
	testb	$8, %al
	loopnz	1b
	movl	$0xffff, %ecx
2:	inb	%dx, %al
	testb	$8, %al
	loopz	2b
	popl	%edx
	popl	%ecx
	popl	%eax
	ret

/* BX = 0, DX: where the window is */
pm_window:
	pushl	%esi
	testw	%bx, %bx
	jnz	failed
	movb	$ENABLE, %al
	call	read
	andb	$ENABLED | LFB, %al
	cmpb	$ENABLED, %al
	jne	not_now
	movzwl	%dx, %esi
	movb	$BANK, %al
	call	write
	jne	failed
done:
	movl	$0x004f, %eax
	popl	%esi
	ret
failed:
	movl	$0x014f, %eax
	popl	%esi
	ret
not_now:
	movl	$0x034f, %eax
	popl	%esi
	ret

/* BL = 0, or 80h to wait for the retrace; DX:CX: the display start */
pm_start:
	pushl	%esi
	testb	$0x7f, %bl
	jnz	failed
	movb	$ENABLE, %al
	call	read
	testb	$ENABLED, %al
	jz	not_now
	testb	%bl, %bl
	jns	1f
	call	retrace
1:	pushl	%edx
	pushl	%edi
	call	divide
	jc	2f
	movl	%edx, %esi
	movl	%eax, %edi
	movb	$X_OFFSET, %al
	call	write
	jne	2f
	movl	%edi, %esi
	movb	$Y_OFFSET, %al
	call	write
	jne	2f
	popl	%edi
	popl	%edx
	jmp	done
2:	popl	%edi
	popl	%edx
	jmp	failed

/* DX:CX, a start: EDX = column, EAX = line; CF: beyond everything. ESI and EDI are lost. */
divide:
	shll	$16, %edx
	movw	%cx, %dx
	testl	$0xc0000000, %edx
	jnz	3f
	movb	$VIRT_WIDTH, %al
	call	read
	movl	%eax, %esi
	movb	$BPP, %al
	call	read
	cmpl	$4, %eax
	jne	1f
	movl	$1, %edi		/* EDI: of these units a pixel has or, with planes, of 8 pixels; ESI: a line has */
	shrl	$3, %esi
	jmp	2f
1:	leal	7(%eax), %edi
	shrl	$3, %edi
	imull	%edi, %esi
	shll	$2, %edx
2:	testl	%esi, %esi
	jz	3f
	pushl	%eax
	movl	%edx, %eax
	xorl	%edx, %edx
	divl	%esi
	movl	%eax, %esi
	movl	%edx, %eax
	xorl	%edx, %edx
	divl	%edi
	movl	%eax, %edx
	popl	%eax
	cmpl	$4, %eax
	jne	4f
	shll	$3, %edx
4:	movl	%esi, %eax
	clc
	ret
3:	stc
	ret

/* BL = 0, or 80h to wait for the retrace; CX colours from DX on, at ES:EDI: blue, green, red, none */
pm_palette:
	pushl	%esi
	testb	$0x7f, %bl
	jnz	failed
	movzwl	%cx, %eax
	movzwl	%dx, %esi
	addl	%eax, %esi
	cmpl	$256, %esi
	ja	failed
	testb	%bl, %bl
	jns	1f
	call	retrace
1:	pushl	%edi
	pushl	%edx
	movl	%eax, %esi
	movb	%dl, %al
	movl	$0x3c8, %edx
	outb	%al, %dx
	incl	%edx
	jmp	3f
2:	movb	%es:2(%edi), %al
	outb	%al, %dx
	movb	%es:1(%edi), %al
	outb	%al, %dx
	movb	%es:(%edi), %al
	outb	%al, %dx
	addl	$4, %edi
	decl	%esi
3:	testl	%esi, %esi
	jnz	2b
	popl	%edx
	popl	%edi
	jmp	done
vbe_pm_end:

	.section .note.GNU-stack, "", @progbits
