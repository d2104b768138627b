/* fdc.h - the Intel 82077AA floppy disk controller and its two drives; see fdc.c. */
#ifndef DEVICES_FDC_H
#define DEVICES_FDC_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "devices/block.h"
#include "devices/floppy_format.h"

#define FDC_DRIVES 2    /* connected; the chip itself has four select lines */
#define FDC_SELECTS 4
#define FDC_FIFO 16
#define FDC_MAX_SECTORS 5760 /* of the 2.88M format */

struct fdc_drive_regs {
	u64 ready_ns;      /* the motor is up to speed from then on; CLOCK_NEVER: it is off */
	u8 cyl;            /* where the heads are, in tracks of the drive */
	u8 changed;        /* the DSKCHG line */
	/* What a raw image cannot hold, one bit a sector, lost when the disk is ejected: */
	u8 deleted[FDC_MAX_SECTORS / 8]; /* has a deleted data address mark */
	u8 absent[FDC_MAX_SECTORS / 8];  /* a FORMAT TRACK removed its ID from the track */
};

struct fdc_seek_regs {
	u64 due_ns;   /* of the next step or of the end; CLOCK_NEVER: no seek */
	u8 kind;      /* enum fdc_seek_kind */
	u8 inward;    /* direction, 1 = to higher cylinders */
	u8 steps;     /* still to do */
};

struct fdc_regs {
	u8 dor, tdr, dsr, rate;       /* rate: the DRATE bits, written through CCR or DSR */
	u8 phase;                     /* enum fdc_phase */
	u8 stage;                     /* enum fdc_stage, in the execution phase */
	u8 intr;                      /* why INT is active: FDC_INT_RESULT, FDC_INT_SEEK */
	u8 cmd[9], cmd_len, cmd_pos;
	u8 result[10], result_len, result_pos;
	u8 specify[2], configure, pretrk, lock, perpendicular, last_eot;
	u8 pcn[FDC_SELECTS];
	u8 pending[FDC_SELECTS];      /* an unreported ST0 of a seek, or of the reset polling */
	u8 pending_set;               /* which of them are waiting, one bit each */
	u8 head_unit;                 /* the drive whose head is loaded */
	u64 head_until_ns;            /* ... and until when */
	u64 exec_due_ns;              /* the next event of the command, CLOCK_NEVER: none */
	u64 reset_due_ns;             /* the end of a reset */
	struct fdc_seek_regs seek[FDC_SELECTS];
	struct fdc_drive_regs drive[FDC_DRIVES];

	/* the data command under way */
	u8 c, h, r, n;                /* the ID searched for */
	u8 head, unit;                /* HDSEL; the drive number in the command */
	u8 st0, st1, st2;
	u8 tc;                        /* the DMA controller reached its terminal count */
	u8 last;                      /* the command ends with the present sector (its mark is of the other kind) */
	u8 slot;                      /* the sector's place on the track, from the index, counted from 0 */
	u8 steps;                     /* of an implied seek, still to do */
	u16 done;                     /* sectors finished */
	u16 pos;                      /* bytes of the present sector that went past the head */
	u32 host_left;                /* bytes a non-DMA host may still write */
	u8 request;                   /* a non-DMA host is asked to serve the FIFO */
	u8 fifo_head, fifo_count;
	u8 fifo[FDC_FIFO];
	u8 data[SECTOR_SIZE];
};

struct fdc_config {
	enum floppy_drive_type drive[FDC_DRIVES];
	int fast; /* seeks, rotation and transfers are this many times faster than real; 0 and 1: real time */
};

struct fdc {
	struct fdc_regs r;
	struct fdc_config config;
	struct block *media[FDC_DRIVES];
	const struct floppy_format *format[FDC_DRIVES];
	struct clock *clock;
	struct log *log;
	struct timer timer;
	struct line irq;
	/* Moves up to len bytes between buf and memory, in the direction of the DMA
	 * controller's mode; returns how many and sets *tc if the count ran out. NULL:
	 * no DMA controller answers. */
	int (*dma)(void *opaque, int channel, u8 *buf, int len, bool *tc);
	void *dma_opaque;
	int dma_channel; /* 2 on a PC */
};

void fdc_init(struct fdc *f, struct bus *bus, struct clock *clock, struct log *log,
              const struct fdc_config *config);
void fdc_reset(struct fdc *f);
void fdc_restore(struct fdc *f);

/* Puts a disk in; the drive must be empty. Returns false if the size is no floppy
 * format or there is no such drive. The image stays the caller's. */
bool fdc_insert(struct fdc *f, int drive, struct block *media);
/* Takes the disk out, also in the middle of a command, and gives it back (NULL: there was none). */
struct block *fdc_eject(struct fdc *f, int drive);

/* For a lamp: the drive is selected and its motor runs. */
bool fdc_drive_active(const struct fdc *f, int drive);

#endif
