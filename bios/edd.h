/* The structures of the enhanced disk drive extensions (EDD 3.0, T13 D1386). */
#ifndef BIOS_EDD_H
#define BIOS_EDD_H

#include "types.h"

struct edd_packet {
	u8 size;
	u8 reserved1;
	u16 count;
	u16 off, seg;
	u64 lba;
} PACKED;

struct edd_parameters {
	u16 size;
	u16 flags;
	u32 cylinders, heads, sectors;
	u64 total;
	u16 bytes;
	u16 config_off, config_seg;     /* from 1Eh bytes on */
	u16 path_key;                   /* from 42h bytes on */
	u8 path_size;
	u8 reserved[3];
	char bus[4];
	char interface[8];
	u8 interface_path[8];
	u8 device_path[8];
	u8 reserved2;
	u8 checksum;
} PACKED;

_Static_assert(OFFSET(struct edd_parameters, config_off) == 0x1a, "EDD 1.1");
_Static_assert(sizeof(struct edd_parameters) == 0x42, "EDD 3.0");

#define EDD_PARAMETERS_V1 0x1a
#define EDD_PARAMETERS_V2 0x1e
#define EDD_PARAMETERS_V3 0x42

#define EDD_NO_DMA_ERRORS 0x0001
#define EDD_GEOMETRY_VALID 0x0002
#define EDD_REMOVABLE 0x0004

/* AH=41h */
void edd_installed(struct regs *r);

#endif
