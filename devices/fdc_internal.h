/* fdc_internal.h - what the files of the floppy controller share.
 *
 *   fdc.c        ports, reset, timer, outputs
 *   fdc_cmd.c    command and result phase, the commands without data
 *   fdc_seek.c   head movement, SENSE INTERRUPT STATUS
 *   fdc_exec.c   the data commands, sector by sector
 *   fdc_pio.c    the FIFO of non-DMA transfers
 *   fdc_drive.c  the drives: rotation, media, tracks
 */
#ifndef DEVICES_FDC_INTERNAL_H
#define DEVICES_FDC_INTERNAL_H

#include "devices/fdc.h"

#define DOR_NRESET 0x04
#define DOR_DMAGATE 0x08
#define DOR_MOTOR(n) (0x10 << (n))

#define MSR_RQM 0x80
#define MSR_DIO 0x40
#define MSR_NDMA 0x20
#define MSR_CB 0x10

#define DSR_RESET 0x80
#define DIR_DSKCHG 0x80
#define RATE_250 2 /* DRATE after a hardware reset */

#define CONFIGURE_EIS 0x40
#define CONFIGURE_EFIFO 0x20 /* 1: the FIFO is off */
#define CONFIGURE_POLL 0x10  /* 1: no polling */
#define CONFIGURE_FIFOTHR 0x0f

#define ST0_ABNORMAL 0x40
#define ST0_INVALID 0x80
#define ST0_POLLING 0xc0
#define ST0_SE 0x20
#define ST0_EC 0x10

#define ST1_EN 0x80
#define ST1_DE 0x20
#define ST1_OR 0x10
#define ST1_ND 0x04
#define ST1_NW 0x02
#define ST1_MA 0x01

#define ST2_CM 0x40
#define ST2_DD 0x20
#define ST2_WC 0x10
#define ST2_SH 0x08
#define ST2_SN 0x04
#define ST2_BC 0x02

#define CMD_MT 0x80
#define CMD_MFM 0x40
#define CMD_SK 0x20

enum fdc_phase { FDC_COMMAND, FDC_EXECUTION, FDC_RESULT, FDC_IN_RESET };

enum fdc_stage {
	FDC_DECODE, /* the command is complete; it starts soon */
	FDC_STEP,   /* implied seek */
	FDC_LOAD,   /* head settles, motor comes up to speed */
	FDC_SEARCH, /* waits for the sector to come by */
	FDC_SECTOR, /* the sector is under the head */
	FDC_FAIL,   /* no such sector; known after the second index pulse */
	FDC_HANG,   /* the disk does not turn: no index pulse, no end (data sheet 8.1) */
	FDC_DRAIN,  /* non-DMA: the disk is done, the host still has to read the FIFO */
};

enum fdc_seek_kind { FDC_SEEK_NONE, FDC_SEEK, FDC_RECALIBRATE, FDC_RELATIVE };

#define FDC_INT_RESULT 1
#define FDC_INT_SEEK 2

enum fdc_op {
	OP_INVALID,
	OP_READ,
	OP_READ_DELETED,
	OP_WRITE,
	OP_WRITE_DELETED,
	OP_READ_TRACK,
	OP_VERIFY,
	OP_SCAN_EQUAL,
	OP_SCAN_LOW,
	OP_SCAN_HIGH,
	OP_FORMAT,
	OP_READ_ID,
	OP_RECALIBRATE,
	OP_SENSE_INTERRUPT,
	OP_SPECIFY,
	OP_SENSE_DRIVE,
	OP_SEEK,
	OP_RELATIVE_SEEK,
	OP_DUMPREG,
	OP_VERSION,
	OP_PERPENDICULAR,
	OP_CONFIGURE,
	OP_LOCK,
};

/* What lies under the head of the selected drive. */
struct fdc_track {
	u32 first; /* sector number in the image */
	u8 c, h;   /* as in the IDs */
	u8 spt;
};

/* fdc.c */
void fdc_update(struct fdc *f);
void fdc_software_reset(struct fdc *f);

/* fdc_cmd.c */
enum fdc_op fdc_op(const struct fdc *f);
void fdc_command_byte(struct fdc *f, u8 v);
u8 fdc_result_byte(struct fdc *f);
void fdc_decode(struct fdc *f);
void fdc_results(struct fdc *f, int n);
void fdc_idle(struct fdc *f);

/* fdc_seek.c */
void fdc_seek_command(struct fdc *f);
void fdc_seek_event(struct fdc *f, int unit);
void fdc_sense_interrupt(struct fdc *f);
void fdc_step(struct fdc *f, int inward);
u64 fdc_step_ns(const struct fdc *f);

/* fdc_exec.c */
void fdc_exec_start(struct fdc *f);
void fdc_exec_event(struct fdc *f);
void fdc_exec_finish(struct fdc *f, u8 ic);
void fdc_sector_done(struct fdc *f);
bool fdc_op_takes_data(enum fdc_op op);
bool fdc_op_gives_data(enum fdc_op op);

/* fdc_pio.c */
bool fdc_non_dma(const struct fdc *f);
void fdc_pio_start(struct fdc *f, u32 host_bytes);
void fdc_pio_disk_byte(struct fdc *f, int unit_len);
void fdc_pio_write(struct fdc *f, u8 v);
u8 fdc_pio_read(struct fdc *f);

/* fdc_drive.c */
int fdc_selected(const struct fdc *f); /* drive number, -1: none is there */
struct block *fdc_media(const struct fdc *f);
bool fdc_turning(const struct fdc *f);
bool fdc_write_protected(const struct fdc *f);
bool fdc_track0(const struct fdc *f);
int fdc_max_cyl(enum floppy_drive_type type);
bool fdc_can_read(enum floppy_drive_type type, const struct floppy_format *format);
bool fdc_density_ok(const struct fdc *f);
bool fdc_track(const struct fdc *f, struct fdc_track *t); /* false: the track holds no IDs that can be read now */
bool fdc_track_place(const struct fdc *f, struct fdc_track *t); /* where it lies in the image, readable or not */
bool fdc_sector_exists(const struct fdc *f, const struct fdc_track *t, int r);
bool fdc_sector_deleted(const struct fdc *f, u32 sector);
void fdc_mark_deleted(struct fdc *f, u32 sector, int on);
void fdc_mark_absent(struct fdc *f, u32 sector, int on);
u64 fdc_scale(const struct fdc *f, u64 ns);
u64 fdc_revolution_ns(const struct fdc *f);
u64 fdc_next_index(const struct fdc *f, int pulses);
u64 fdc_next_slot(const struct fdc *f, int slot, int slots);
u64 fdc_byte_ns(const struct fdc *f);

#endif
