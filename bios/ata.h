/* ATA disks by programmed I/O: ata.c. Functions return an INT 13h status, 0 for success. */
#ifndef BIOS_ATA_H
#define BIOS_ATA_H

#include "bda.h"
#include "types.h"

/* INT 13h statuses of fixed disks. */
#define DISK_OK 0x00
#define DISK_BAD_FUNCTION 0x01
#define DISK_NO_ADDRESS_MARK 0x02
#define DISK_NO_SECTOR 0x04
#define DISK_RESET_FAILED 0x05
#define DISK_BAD_PARAMETERS 0x07
#define DISK_DMA_BOUNDARY 0x09
#define DISK_BAD_SECTOR 0x0a
#define DISK_ECC 0x10
#define DISK_CONTROLLER 0x20
#define DISK_SEEK 0x40
#define DISK_TIMEOUT 0x80
#define DISK_NOT_READY 0xaa
#define DISK_UNDEFINED 0xbb
#define DISK_WRITE_FAULT 0xcc

/* Registers of the command block. */
#define ATA_DATA 0
#define ATA_ERROR 1
#define ATA_COUNT 2
#define ATA_LBA_LOW 3
#define ATA_LBA_MID 4
#define ATA_LBA_HIGH 5
#define ATA_DEVICE 6
#define ATA_STATUS 7
#define ATA_COMMAND 7

#define ATA_BSY 0x80
#define ATA_DRDY 0x40
#define ATA_DF 0x20
#define ATA_DRQ 0x08
#define ATA_ERR 0x01

#define CONTROL_NIEN 0x02
#define CONTROL_SRST 0x04

#define ATA_CMD_RECALIBRATE 0x10
#define ATA_CMD_READ 0x20
#define ATA_CMD_READ_LONG 0x22
#define ATA_CMD_READ_EXT 0x24
#define ATA_CMD_WRITE 0x30
#define ATA_CMD_WRITE_LONG 0x32
#define ATA_CMD_WRITE_EXT 0x34
#define ATA_CMD_VERIFY 0x40
#define ATA_CMD_VERIFY_EXT 0x42
#define ATA_CMD_SEEK 0x70
#define ATA_CMD_DIAGNOSTIC 0x90
#define ATA_CMD_SET_PARAMETERS 0x91
#define ATA_CMD_IDENTIFY_PACKET 0xa1
#define ATA_CMD_IDENTIFY 0xec

enum disk_op { DISK_READ, DISK_WRITE, DISK_VERIFY, DISK_ZERO };

int drive_get(u8 number, struct drive *d);
u8 ata_select(const struct drive *d);
u8 ata_wait_done(const struct drive *d);
u8 ata_wait_data(const struct drive *d);
u8 ata_simple(const struct drive *d, u8 command, u8 count, u8 head);
u8 ata_transfer(const struct drive *d, enum disk_op op, u64 lba, u32 count, u16 seg, u16 off, u32 *done);
u8 ata_long(const struct drive *d, int write, u32 lba, u16 seg, u16 off);
u8 ata_reset_channel(const struct drive *d);

/* Status to AH, CF and 40:74: int13_disk.c */
void disk_finish(struct regs *r, u8 status);

#endif
