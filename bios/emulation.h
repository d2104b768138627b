/* A boot image on CD-ROM that INT 13h shows as a diskette or a disk: int13_emulation.c. */
#ifndef BIOS_EMULATION_H
#define BIOS_EMULATION_H

#include "atapi.h"

/* Boot media types, in bits 3-0. */
#define MEDIA_NONE 0
#define MEDIA_1200K 1
#define MEDIA_1440K 2
#define MEDIA_2880K 3
#define MEDIA_DISK 4

/* The specification packet of INT 13h AH=4Ah-4Ch ("El Torito" 1.0, figure 5). */
struct cd_packet {
	u8 size;                /* 13h */
	u8 media;
	u8 drive;               /* 00h, 80h, or that of the CD-ROM */
	u8 controller;
	u32 image;              /* sector of 2048 bytes */
	u16 device;             /* IDE: 0 master, 1 slave */
	u16 buffer_seg;
	u16 load_seg;           /* 0: 07C0h */
	u16 count;              /* sectors of 512 bytes to load */
	u8 cylinders;           /* as AH=08h has them in CH, CL, DH */
	u8 sectors;
	u8 heads;
} PACKED;

_Static_assert(sizeof(struct cd_packet) == 0x13, "the packet's length");

/* What is booted, in the EBDA. */
struct emulation {
	struct cd_packet packet;
	u8 active;              /* INT 13h shows it */
	u16 cylinders, heads, sectors;
	u32 total;              /* sectors of 512 bytes */
	u32 catalog;            /* sector of 2048 bytes */
	u32 old_int13;
	u16 old_equipment;
} PACKED;

_Static_assert(sizeof(struct emulation) <= sizeof(((struct ebda *)0)->emulation), "its place in the EBDA");

void emulation_get(struct emulation *e);
void emulation_put(const struct emulation *e);
u8 emulation_start(const struct drive *cd, struct emulation *e);
void emulation_end(void);
void emulation_describe(const struct drive *cd, struct emulation *e);
int emulation_call(struct regs *r, const struct drive *cd);

#endif
