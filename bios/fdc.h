/*
 * The diskette controller (8272A core in an 82077AA) as the BIOS drives it: fdc.c. Functions return an INT 13h status,
 * 0 for success.
 */
#ifndef BIOS_FDC_H
#define BIOS_FDC_H

#include "types.h"

/* INT 13h statuses of diskettes. */
#define FLOPPY_OK 0x00
#define FLOPPY_BAD_FUNCTION 0x01
#define FLOPPY_NO_ADDRESS_MARK 0x02
#define FLOPPY_WRITE_PROTECTED 0x03
#define FLOPPY_NO_SECTOR 0x04
#define FLOPPY_CHANGED 0x06
#define FLOPPY_DMA_OVERRUN 0x08
#define FLOPPY_DMA_BOUNDARY 0x09
#define FLOPPY_UNKNOWN_MEDIA 0x0c
#define FLOPPY_CRC 0x10
#define FLOPPY_CONTROLLER 0x20
#define FLOPPY_SEEK 0x40
#define FLOPPY_TIMEOUT 0x80

/* Commands, with MT, MFM and skip as INT 13h uses them. */
#define FDC_READ 0xe6
#define FDC_WRITE 0xc5
#define FDC_FORMAT 0x4d
#define FDC_READ_ID 0x4a

/* Data rates as in port 3F7h and bits 7-6 of 40:90. */
#define RATE_500K 0
#define RATE_300K 1
#define RATE_250K 2
#define RATE_1M 3

/* Offsets in the diskette parameter table that INT 1Eh points to. */
#define PARAM_SPECIFY1 0
#define PARAM_SPECIFY2 1
#define PARAM_MOTOR_OFF 2
#define PARAM_SIZE_CODE 3
#define PARAM_LAST_SECTOR 4
#define PARAM_GAP 5
#define PARAM_DATA_LENGTH 6
#define PARAM_FORMAT_GAP 7
#define PARAM_FILL 8
#define PARAM_SETTLE 9
#define PARAM_MOTOR_START 10

u8 fdc_param(u8 index);
u8 fdc_reset(void);
void fdc_motor_on(u8 drive, int wait);
void fdc_motor_timer(void);
void fdc_set_rate(u8 drive, u8 rate);
int fdc_changed(void);
u8 fdc_seek(u8 drive, u8 head, u8 cylinder);
u8 fdc_command(const u8 *bytes, u32 count);
u8 fdc_read_id(u8 drive, u8 head);

#define DMA_VERIFY 0x42
#define DMA_TO_MEMORY 0x46
#define DMA_FROM_MEMORY 0x4a

u8 dma_setup(u8 mode, u16 seg, u16 off, u32 bytes);

#endif
