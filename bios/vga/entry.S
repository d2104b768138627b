/*
 * entry.S - header and entry points of the VGA option ROM (C000:0000, 36 KB).
 *
 * Follows the IBM PC option ROM convention (55h AAh, size in 512-byte blocks, far-called entry at offset 3, all bytes adding
 * up to 0; the checksum is placed by mkrom) and PCI Firmware Specification 3.0, 5.1.2 (the PCIR structure, so that the same
 * image serves a PCI display adapter). "IBM" at offset 1Eh is where programs look to recognise an EGA or VGA BIOS.
 */
	.code16

	.section .header, "a"
rom_start:
	.byte	0x55, 0xaa
	.byte	72			/* 36 KB in blocks of 512 bytes */
	jmp	vga_post		/* offset 3 */
	.org	0x18
	.word	pcir
	.org	0x1e
	.ascii	"IBM compatible VGA BIOS of Tandem"
	.byte	0
	.balign	4
pcir:
	.ascii	"PCIR"
	.word	0x1234, 0x1111		/* the adapter of Bochs and QEMU */
	.word	0
	.word	0x18			/* length of this structure */
	.byte	0			/* revision */
	.byte	0, 0, 3			/* class: VGA compatible display controller */
	.word	72			/* image length, blocks of 512 bytes */
	.word	1
	.byte	0			/* x86 code */
	.byte	0x80			/* last image */
	.word	0

	.text
/* Far-called by the system BIOS during POST. All registers are kept. */
	.globl	vga_post
vga_post:
	pushfw
	call	enter
	.word	vga_init
	popfw
	lret

/* INT 10h */
	.globl	vga_int10
vga_int10:
	sti
	call	enter
	.word	int10_dispatch
	iretw

/* WinFuncPtr of the VBE modes: far-called with BH, BL, DX as for INT 10h AX=4F05h. */
	.globl	vbe_window_far
vbe_window_far:
	call	enter
	.word	vbe_window_call
	lret

/*
 * Build a struct regs, switch to the C world (DS = ES = SS, DF clear, upper half of ESP clear), call the function whose
 * offset is the word after the CALL, undo everything and return behind that word. The upper half of the caller's ESP
 * survives: a 32-bit extender may be below us.
 */
enter:
	pushal
	pushw	%ds
	pushw	%es
	pushw	%fs
	pushw	%gs
	cld
	movl	%esp, %ebx		/* the original upper half */
	movzwl	%sp, %esp
	movw	%ss, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movl	%esp, %eax		/* first argument: struct regs *, regparm */
	movw	40(%esp), %si		/* return offset: after 4 * 2 + 8 * 4 bytes */
	addw	$2, 40(%esp)
	pushl	%ebx
	movzwl	%cs:(%si), %ecx
	calll	*%ecx			/* C functions return with a 32-bit RET */
	popl	%ebx
	movw	%sp, %bx
	movl	%ebx, %esp
	popw	%gs
	popw	%fs
	popw	%es
	popw	%ds
	popal
	ret

/*
 * The save pointer table of 0040:00A8 and its second part. A ROM cannot be relocated by a linker, and a VGA BIOS always
 * lies at C000h, so the segments are constants.
 */
	.section .rodata
	.globl	save_pointers, save_pointers2
	.balign	4
save_pointers:
	.word	video_params, 0xc000
	.word	0, 0			/* dynamic save area */
	.word	0, 0			/* text font override */
	.word	0, 0			/* graphics font override */
	.word	save_pointers2, 0xc000
	.word	0, 0
	.word	0, 0
save_pointers2:
	.word	26			/* length of this table */
	.word	dcc_table, 0xc000
	.word	0, 0			/* second text font override */
	.word	0, 0			/* user palette */
	.word	0, 0, 0, 0, 0, 0

	.section .note.GNU-stack, "", @progbits
