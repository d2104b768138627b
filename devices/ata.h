/* ata.h - one ATA channel with up to two devices; see ata_taskfile.c.
 *
 * A PC has two of them: ports 1F0h/3F6h irq 14, and 170h/376h irq 15. The struct
 * points into itself: it must not move after ata_init.
 */
#ifndef DEVICES_ATA_H
#define DEVICES_ATA_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "devices/block.h"

#define ATA_BUFFER_SECTORS 16 /* the largest DRQ block of READ/WRITE MULTIPLE */
#define ATA_BUFFER (ATA_BUFFER_SECTORS * SECTOR_SIZE)

/* Command block registers as written: [0] the last write, [1] the one before (HOB). */
struct ata_drive_regs {
	u8 features[2], count[2], low[2], mid[2], high[2], device;
	u8 status, error;
	u8 command;
	u8 action;          /* enum ata_action: what happens at due_ns */
	u8 transfer;        /* enum ata_transfer: what the data port moves */
	u8 intrq;           /* interrupt pending */
	u8 multiple;        /* sectors per DRQ block, 0: MULTIPLE commands are off */
	u8 pio_mode, dma_mode; /* as last set by SET FEATURES 03h */
	u8 power;           /* enum ata_power */
	u8 write_cache, look_ahead, keep_settings; /* SET FEATURES; keep: over a software reset */
	u8 native_max_read; /* the last command was READ NATIVE MAX ADDRESS: SET MAX may follow */
	u8 max_kept;        /* the present maximum survives a hardware reset */
	u16 cur_cylinders, cur_heads, cur_spt; /* translation in use, INITIALIZE DEVICE PARAMETERS */
	u32 pos, end;       /* of the buffer, while DRQ is set */
	u32 left;           /* sectors still to transfer */
	u32 block;          /* sectors in the buffer */
	u64 lba;            /* of the next sector */
	u64 head_lba;       /* just behind the last sector accessed */
	u64 max;            /* sectors the host may see (SET MAX) */
	u64 due_ns;         /* CLOCK_NEVER: nothing is pending */
	u64 standby_ns;     /* standby timer period, 0: off */
	u64 idle_since_ns;
	u8 buf[ATA_BUFFER];
};

struct ata_regs {
	u8 control; /* device control: HOB, SRST, nIEN */
	u8 select;  /* DEV bit of the device register: whose registers are read */
	struct ata_drive_regs drive[2];
};

enum ata_kind { ATA_NONE, ATA_DISK, ATA_PACKET };

struct ata;
struct ata_drive;

/* What a device of another kind (ATAPI) puts in the place of the disk's commands. */
struct ata_device_ops {
	/* At the end of the command's latency; false: one for the commands that all devices share, or ABRT. */
	bool (*command)(struct ata_drive *d);
	/* The host has read, or written, the whole DRQ block. */
	void (*data_done)(struct ata_drive *d);
	/* due_ns of an action of its own (ATA_ACTION_DEVICE) has come. */
	void (*action)(struct ata_drive *d);
	/* At a reset, before the signature is put in the registers; hard: power-on or RESET-, else SRST. */
	void (*reset)(struct ata_drive *d, int hard);
};

struct ata_drive {
	struct ata *ata;
	struct ata_drive_regs *r; /* this drive's, in ata->r */
	int unit;
	enum ata_kind kind;
	struct block *block;
	u16 cylinders, heads, spt; /* default translation */
	char model[41], serial[21], firmware[9];
	struct timer timer;
	const struct ata_device_ops *ops; /* NULL for a disk */
	void *ops_opaque;
};

/* The bus master, if there is one (PCI IDE): DMA commands are refused without. */
struct ata_dma {
	/* Moves len bytes to or from memory; returns how many it could. Fewer than
	 * len: the engine is not started (ata_dma_kick will come) or its table has ended. */
	int (*move)(void *opaque, u8 *buf, int len, int to_memory);
	void *opaque;
};

struct ata {
	struct ata_regs r;
	struct ata_drive drive[2];
	struct clock *clock;
	struct log *log;
	struct bus *bus;
	u16 command_base, control_base;
	bool decoded; /* the ports are the channel's */
	struct line irq;
	struct ata_dma dma;
};

void ata_init(struct ata *a, struct bus *bus, struct clock *clock, struct log *log, u16 command_base,
              u16 control_base);
void ata_reset(struct ata *a);
/* Whether the channel's ports are decoded: from the beginning, until somebody (PCI IDE) turns it off. */
void ata_decode(struct ata *a, bool on);
void ata_restore(struct ata *a);

/* Before the machine starts. The image stays the caller's. model NULL: "TANDEM HARDDISK";
 * serial NULL: one made from the position. */
void ata_attach_disk(struct ata *a, int unit, struct block *block, const char *model, const char *serial);
/* A device with commands of its own; ops and opaque stay the caller's. */
void ata_attach_device(struct ata *a, int unit, const struct ata_device_ops *ops, void *opaque);

/* The bus master was started: go on with a DMA command that waits for it. */
void ata_dma_kick(struct ata *a);

/* For a lamp. */
bool ata_busy(const struct ata *a);

#endif
