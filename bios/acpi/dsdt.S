/* The DSDT (dsdt.asl) as it lies in the ROM; POST copies it. */
	.section .rodata, "a", @progbits
	.globl acpi_dsdt, acpi_dsdt_end
acpi_dsdt:
#include "dsdt.inc"
acpi_dsdt_end:
