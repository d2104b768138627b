/*
 * Packet devices by programmed I/O (ATA/ATAPI-6, PACKET command; MMC-3 for the packets themselves): test, sense, read. Only
 * the first CD-ROM drive that POST found is used.
 */
#include "atapi.h"

#include "bios.h"
#include "io.h"

#define ATA_CMD_PACKET 0xa0

#define PACKET_TEST_UNIT_READY 0x00
#define PACKET_REQUEST_SENSE 0x03
#define PACKET_READ_CAPACITY 0x25
#define PACKET_READ_10 0x28

#define SENSE_NOT_READY 0x02
#define SENSE_UNIT_ATTENTION 0x06
#define ASC_NO_MEDIUM 0x3a

#define READY_TICKS (8 * TICKS_PER_SECOND)      /* a disc that has just been put in spins up */

/* False if POST found none. */
int cd_get(struct drive *d)
{
	copy_from_far(d, BDA->ebda, OFFSET(struct ebda, cd), sizeof(*d));
	return d->io != 0;
}

static void drop_data(const struct drive *d, u32 words)
{
	while (words--)
		(void)inw(d->io + ATA_DATA);
}

/* The data of one DRQ: after *skip bytes what the drive offers to memory as far as there is room, the rest nowhere. */
static u32 take_data(const struct drive *d, u16 seg, u16 off, u32 *skip, u32 room)
{
	u32 offered = inb(d->io + ATA_LBA_MID) | (u32)inb(d->io + ATA_LBA_HIGH) << 8;
	u32 skipped = offered < *skip ? offered : *skip, taken;

	offered -= skipped;
	*skip -= skipped;
	taken = offered < room ? offered : room;
	drop_data(d, skipped / 2);
	port_to_far(d->io + ATA_DATA, seg, off, (u16)(taken / 2));
	drop_data(d, (offered + 1) / 2 - taken / 2);
	return taken & ~1u;
}

/* A packet that reads, from byte `skip` on, up to `bytes`; *done counts them. The status is only "failed": the sense
 * data tells why. */
static u8 packet_part(const struct drive *d, const u8 *command, u16 seg, u16 off, u32 skip, u32 bytes, u32 *done)
{
	u8 status = ata_select(d);

	*done = 0;
	if (status)
		return status;
	outb(d->io + ATA_ERROR, 0);             /* features: no DMA */
	outb(d->io + ATA_LBA_MID, (u8)CD_SECTOR);
	outb(d->io + ATA_LBA_HIGH, CD_SECTOR >> 8);
	outb(d->io + ATA_COMMAND, ATA_CMD_PACKET);
	for (int n = 0; n < 4; n++)
		(void)inb(d->control);
	status = ata_wait_data(d);
	if (status)
		return status;
	for (int n = 0; n < 12; n += 2)
		outw(d->io + ATA_DATA, (u16)(command[n] | command[n + 1] << 8));
	for (;;) {
		for (int n = 0; n < 4; n++)
			(void)inb(d->control);
		status = ata_wait_done(d);
		if (status || !(inb(d->io + ATA_STATUS) & ATA_DRQ))
			return status;
		*done += take_data(d, (u16)(seg + (*done >> 4)), (u16)(off + (*done & 15)), &skip, bytes - *done);
	}
}

static u8 packet(const struct drive *d, const u8 *command, u16 seg, u16 off, u32 bytes, u32 *done)
{
	return packet_part(d, command, seg, off, 0, bytes, done);
}

/* Sense key, with the additional sense code in the upper byte. */
static u16 sense(const struct drive *d)
{
	u8 command[12] = { PACKET_REQUEST_SENSE, 0, 0, 0, 18 };
	u8 data[18];
	u32 done;

	if (packet(d, command, stack_segment(), (u16)(u32)data, sizeof(data), &done) || done < 14)
		return SENSE_NOT_READY;
	return (u16)((data[2] & 0x0f) | data[12] << 8);
}

/* Until a disc can be read, or it is certain that there is none. */
u8 atapi_ready(const struct drive *d)
{
	u8 command[12] = { PACKET_TEST_UNIT_READY };
	struct timeout t;
	u32 done;
	int missing = 0;

	timeout_start(&t, READY_TICKS);
	do {
		u16 why;
		if (!packet(d, command, 0, 0, 0, &done))
			return DISK_OK;
		why = sense(d);
		if (why >> 8 == ASC_NO_MEDIUM && ++missing == 3)
			return DISK_NO_MEDIUM;
		delay_15us(600);
		sti_nop();
	} while (!timeout_over(&t));
	return DISK_NOT_READY;
}

static u8 status_of(u16 why)
{
	if (why >> 8 == ASC_NO_MEDIUM)
		return DISK_NO_MEDIUM;
	return (why & 0x0f) == SENSE_NOT_READY ? DISK_NOT_READY : DISK_NO_SECTOR;
}

/* Sectors of 2048 bytes; of them, from byte `skip` on, `bytes` to memory. */
static u8 read_part(const struct drive *d, u32 lba, u16 count, u16 seg, u16 off, u32 skip, u32 bytes, u32 *done)
{
	u8 command[12] = { PACKET_READ_10, 0, (u8)(lba >> 24), (u8)(lba >> 16), (u8)(lba >> 8), (u8)lba, 0,
			   (u8)(count >> 8), (u8)count };
	u16 why = 0;

	for (int tries = 0; tries < 4; tries++) {
		u8 status = packet_part(d, command, seg, off, skip, bytes, done);
		if (!status && *done == bytes)
			return DISK_OK;
		if (status == DISK_TIMEOUT)
			return status;
		why = sense(d);
		if ((why & 0x0f) != SENSE_UNIT_ATTENTION)       /* a new disc or a reset is told once */
			break;
	}
	return status_of(why);
}

/* *done in sectors of 2048 bytes. */
u8 atapi_read(const struct drive *d, u32 lba, u16 count, u16 seg, u16 off, u32 *done)
{
	u8 status = read_part(d, lba, count, seg, off, 0, (u32)count * CD_SECTOR, done);

	*done /= CD_SECTOR;
	return status;
}

/* The same in sectors of 512 bytes. */
u8 atapi_read_512(const struct drive *d, u32 lba, u16 count, u16 seg, u16 off, u32 *done)
{
	u16 sectors = (u16)(((lba & 3) + count + 3) / 4);
	u8 status = read_part(d, lba / 4, sectors, seg, off, (lba & 3) * 512, (u32)count * 512, done);

	*done /= 512;
	return status;
}

/* Sectors of 2048 bytes; 0 if not known. */
u32 atapi_capacity(const struct drive *d)
{
	u8 command[12] = { PACKET_READ_CAPACITY };
	u8 data[8];
	u32 done;

	for (int tries = 0; tries < 3; tries++) {
		if (!packet(d, command, stack_segment(), (u16)(u32)data, sizeof(data), &done) && done == 8)
			return ((u32)data[0] << 24 | (u32)data[1] << 16 | (u32)data[2] << 8 | data[3]) + 1;
		(void)sense(d);
	}
	return 0;
}
