/* ata_internal.h - what the files of the ATA controller share.
 *
 *   ata_taskfile.c  ports, selection, reset, outputs
 *   ata_cmd.c       command table, the commands without data
 *   ata_pio.c       DRQ blocks, READ/WRITE SECTORS and MULTIPLE, VERIFY, buffer
 *   ata_dma.c       READ/WRITE DMA through the bus master
 *   ata_disk.c      a disk: geometry, addresses, access to the image
 *   ata_identify.c  IDENTIFY DEVICE
 *   (ATAPI devices come in through struct ata_device_ops)
 */
#ifndef DEVICES_ATA_INTERNAL_H
#define DEVICES_ATA_INTERNAL_H

#include "devices/ata.h"

#define ATA_BSY 0x80
#define ATA_DRDY 0x40
#define ATA_DF 0x20
#define ATA_DSC 0x10
#define ATA_DRQ 0x08
#define ATA_ERR 0x01
#define ATA_READY (ATA_DRDY | ATA_DSC)

#define ATA_UNC 0x40
#define ATA_IDNF 0x10
#define ATA_ABRT 0x04

#define CONTROL_HOB 0x80
#define CONTROL_SRST 0x04
#define CONTROL_NIEN 0x02

#define DEVICE_LBA 0x40
#define DEVICE_DEV 0x10
#define DEVICE_HEAD 0x0f

/* Virtual times. A drive that finds everything in its cache, not a mechanism:
 * waits that a guest would only sit out are kept short, but never zero. */
#define ATA_COMMAND_NS 10000    /* command written -> it begins */
#define ATA_SEEK_NS 150000      /* to a sector that does not follow the last one */
#define ATA_TRACK_NS 10000      /* to one that does */
#define ATA_SECTOR_NS 5000      /* each, 100 MB/s */
#define ATA_FLUSH_NS 500000
#define ATA_RESET_NS 2000000    /* SRST, RESET-, EXECUTE DEVICE DIAGNOSTIC */
#define ATA_SPIN_UP_NS 500000000 /* out of standby */

enum ata_action {
	ATA_ACTION_NONE,
	ATA_ACTION_COMMAND,    /* begin the command in r->command */
	ATA_ACTION_RESET,      /* a reset ends */
	ATA_ACTION_DIAGNOSTIC, /* EXECUTE DEVICE DIAGNOSTIC ends */
	ATA_ACTION_LOAD,       /* the next block has been read: offer it to the host */
	ATA_ACTION_STORE,      /* the host's block goes to the disk */
	ATA_ACTION_VERIFY,
	ATA_ACTION_DMA,
	ATA_ACTION_FLUSH,
	ATA_ACTION_DONE,       /* the command ends well */
	ATA_ACTION_DEVICE,     /* ata_device_ops.action */
};

enum ata_transfer {
	ATA_TRANSFER_NONE,
	ATA_TRANSFER_IN,
	ATA_TRANSFER_OUT,
	ATA_TRANSFER_DMA_WAIT, /* DMARQ is up and the bus master does not answer */
};

enum ata_power { ATA_ACTIVE, ATA_IDLE, ATA_STANDBY, ATA_SLEEP };

enum ata_command_flags {
	ATA_EXT = 1,   /* 48-bit address, 16-bit count */
	ATA_MULTI = 2, /* DRQ blocks of r->multiple sectors */
	ATA_OUT = 4,   /* host to disk */
};

struct ata_command {
	void (*run)(struct ata_drive *d);
	u8 flags;
};

/* ata_taskfile.c */
void ata_update(struct ata *a);
void ata_begin(struct ata_drive *d, enum ata_action action, u64 ns);
void ata_done(struct ata_drive *d);
void ata_fail(struct ata_drive *d, u8 error);
void ata_fault(struct ata_drive *d);
void ata_signature(struct ata_drive *d);
void ata_attach(struct ata *a, int unit, enum ata_kind kind);

/* ata_cmd.c */
void ata_command_begin(struct ata_drive *d);
int ata_command_flags(const struct ata_drive *d);
u64 ata_wake(struct ata_drive *d);

/* ata_pio.c: one DRQ block of `bytes` (even) in r->buf; the IN one raises INTRQ, the OUT one only if `intrq` */
void ata_data_in(struct ata_drive *d, u32 bytes);
void ata_data_out(struct ata_drive *d, u32 bytes, int intrq);
void ata_block_done(struct ata_drive *d);
void ata_load(struct ata_drive *d);
void ata_store(struct ata_drive *d);
void ata_verify_some(struct ata_drive *d);
void ata_cmd_read(struct ata_drive *d);
void ata_cmd_write(struct ata_drive *d);
void ata_cmd_verify(struct ata_drive *d);
void ata_cmd_read_buffer(struct ata_drive *d);
void ata_cmd_write_buffer(struct ata_drive *d);

/* ata_dma.c */
void ata_cmd_dma(struct ata_drive *d);
void ata_dma_some(struct ata_drive *d);

/* ata_disk.c */
void ata_set_names(struct ata_drive *d, const char *model, const char *serial, const char *firmware);
void ata_disk_defaults(struct ata_drive *d);
bool ata_get_address(const struct ata_drive *d, int ext, u64 *lba);
void ata_put_address(struct ata_drive *d, int ext, u64 lba);
u32 ata_get_count(const struct ata_drive *d, int ext);
void ata_put_count(struct ata_drive *d, int ext, u32 count);
bool ata_start_transfer(struct ata_drive *d);
bool ata_range_ok(struct ata_drive *d, u32 sectors);
bool ata_disk_read(struct ata_drive *d, u32 sectors);
bool ata_disk_write(struct ata_drive *d, u32 sectors);
void ata_disk_advance(struct ata_drive *d, u32 sectors);
u64 ata_access_ns(struct ata_drive *d, u32 sectors);

/* ata_identify.c */
void ata_cmd_identify(struct ata_drive *d);
void ata_identify_texts(const struct ata_drive *d, u16 *w);
void ata_identify_modes(const struct ata_drive *d, u16 *w);
void ata_identify_checksum(u8 *buf);

#endif
