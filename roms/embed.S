/* embed.S - the ROM images and the tour's floppy as constant data. */
	.section .rodata
	.macro image name, file
	.balign 4096
	.global \name, \name\()_end
\name:
	.incbin "\file"
\name\()_end:
	.endm

	image rom_bios, "bios.bin"
	image rom_vgabios, "vgabios.bin"
	image rom_loader, "loader.bin"
	image rom_tour, "tour.img"

	.section .note.GNU-stack, "", %progbits
