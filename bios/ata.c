/*
 * ATA disks by programmed I/O (ATA/ATAPI-6, T13/1410D): task file, 28-bit and 48-bit commands, CHS for disks without
 * LBA. Polled with the device's interrupt off (nIEN), so that a transfer does not depend on who hooked INT 76h.
 * Not here: DMA, READ/WRITE MULTIPLE, packet commands.
 */
#include "ata.h"

#include "bios.h"
#include "io.h"

#define COMMAND_TICKS (31 * TICKS_PER_SECOND)   /* a disk may spin up first */
#define SELECT_TICKS (1 * TICKS_PER_SECOND)

/* IRQ 14: only programs of their own make it come. */
void handle_76(struct regs *r)
{
	struct regs post = { .eax = 0x9100 };

	(void)r;
	BDA->ata_irq = 0xff;
	eoi_both();
	call_int(0x15, &post);
}

/* INT 13h drive number to drive; false if there is none. */
int drive_get(u8 number, struct drive *d)
{
	u8 n = number & 0x7f;

	if (!(number & 0x80) || n >= BDA->disk_count || n >= MAX_DRIVES)
		return 0;
	copy_from_far(d, BDA->ebda, (u16)(OFFSET(struct ebda, drive) + n * sizeof(*d)), sizeof(*d));
	return 1;
}

static u8 alternate_status(const struct drive *d) { return inb(d->control); }

static u8 wait_not_busy(const struct drive *d, u32 ticks)
{
	struct timeout t;

	timeout_start(&t, ticks);
	for (;;) {
		if (!(alternate_status(d) & ATA_BSY))
			return DISK_OK;
		if (timeout_over(&t))
			return DISK_TIMEOUT;
		sti_nop();
	}
}

static void settle(const struct drive *d)
{
	for (int n = 0; n < 4; n++)             /* 400 ns */
		(void)alternate_status(d);
}

u8 ata_select(const struct drive *d)
{
	u8 status = wait_not_busy(d, SELECT_TICKS);

	if (status)
		return status;
	outb(d->control, 0x08 | CONTROL_NIEN);
	outb(d->io + ATA_DEVICE, d->select);
	settle(d);
	return wait_not_busy(d, SELECT_TICKS);
}

/* The error register to an INT 13h status. */
static u8 error_status(const struct drive *d, u8 status)
{
	u8 error;

	BDA->ata_status = status;
	if (status & ATA_DF)
		return DISK_WRITE_FAULT;
	error = inb(d->io + ATA_ERROR);
	BDA->ata_error = error;
	if (error & 0x40)
		return DISK_ECC;
	if (error & 0x80)
		return DISK_BAD_SECTOR;
	if (error & 0x10)
		return DISK_NO_SECTOR;
	if (error & 0x01)
		return DISK_NO_ADDRESS_MARK;
	if (error & 0x02)
		return DISK_SEEK;
	return DISK_CONTROLLER;
}

/* Until a command without (further) data is over. */
u8 ata_wait_done(const struct drive *d)
{
	u8 status = wait_not_busy(d, COMMAND_TICKS);

	if (status)
		return status;
	status = inb(d->io + ATA_STATUS);
	return status & (ATA_ERR | ATA_DF) ? error_status(d, status) : DISK_OK;
}

/* Until the drive wants or has a sector. */
u8 ata_wait_data(const struct drive *d)
{
	u8 status = ata_wait_done(d);

	if (status)
		return status;
	return inb(d->io + ATA_STATUS) & ATA_DRQ ? DISK_OK : DISK_CONTROLLER;
}

/* A command without data. */
u8 ata_simple(const struct drive *d, u8 command, u8 count, u8 head)
{
	u8 status = ata_select(d);

	if (status)
		return status;
	outb(d->io + ATA_DEVICE, (u8)(d->select | head));
	outb(d->io + ATA_COUNT, count);
	outb(d->io + ATA_COMMAND, command);
	settle(d);
	return ata_wait_done(d);
}

static void task_file_lba48(const struct drive *d, u64 lba, u32 count)
{
	outb(d->io + ATA_COUNT, (u8)(count >> 8));
	outb(d->io + ATA_LBA_LOW, (u8)(lba >> 24));
	outb(d->io + ATA_LBA_MID, (u8)(lba >> 32));
	outb(d->io + ATA_LBA_HIGH, (u8)(lba >> 40));
	outb(d->io + ATA_COUNT, (u8)count);
	outb(d->io + ATA_LBA_LOW, (u8)lba);
	outb(d->io + ATA_LBA_MID, (u8)(lba >> 8));
	outb(d->io + ATA_LBA_HIGH, (u8)(lba >> 16));
	outb(d->io + ATA_DEVICE, d->select);
}

/* 28-bit LBA, or the drive's own cylinders and heads. */
static void task_file(const struct drive *d, u32 lba, u32 count)
{
	u32 low = lba, mid_high = lba >> 8, head = lba >> 24 & 0x0f;

	if (!(d->flags & DRIVE_LBA)) {
		low = lba % d->sectors + 1;
		head = lba / d->sectors % d->heads;
		mid_high = lba / d->sectors / d->heads;
	}
	outb(d->io + ATA_COUNT, (u8)count);
	outb(d->io + ATA_LBA_LOW, (u8)low);
	outb(d->io + ATA_LBA_MID, (u8)mid_high);
	outb(d->io + ATA_LBA_HIGH, (u8)(mid_high >> 8));
	outb(d->io + ATA_DEVICE, (u8)(d->select | head));
}

struct op_commands {
	u8 short_form, ext_form;
};

static const struct op_commands ROM op_commands[] = {
	[DISK_READ] = { ATA_CMD_READ, ATA_CMD_READ_EXT },
	[DISK_WRITE] = { ATA_CMD_WRITE, ATA_CMD_WRITE_EXT },
	[DISK_VERIFY] = { ATA_CMD_VERIFY, ATA_CMD_VERIFY_EXT },
	[DISK_ZERO] = { ATA_CMD_WRITE, ATA_CMD_WRITE_EXT },
};

static void begin(const struct drive *d, enum disk_op op, u64 lba, u32 count)
{
	int ext = (d->flags & DRIVE_LBA48) && lba + count > 0x0fffffff;

	if (ext)
		task_file_lba48(d, lba, count);
	else
		task_file(d, (u32)lba, count);
	outb(d->io + ATA_COMMAND, ext ? op_commands[op].ext_form : op_commands[op].short_form);
	settle(d);
}

static void zero_sector(const struct drive *d)
{
	for (int n = 0; n < 256; n++)
		outw(d->io + ATA_DATA, 0);
}

/* Up to 256 sectors in one command. *done counts those that went over. */
static u8 transfer_part(const struct drive *d, enum disk_op op, u64 lba, u32 count, u16 seg, u16 off, u32 *done)
{
	begin(d, op, lba, count);
	if (op == DISK_VERIFY) {
		u8 status = ata_wait_done(d);
		if (!status)
			*done += count;
		return status;
	}
	for (u32 n = 0; n < count; n++) {
		u8 status = ata_wait_data(d);
		if (status)
			return status;
		if (op == DISK_READ)
			port_to_far(d->io + ATA_DATA, seg, off, 256);
		else if (op == DISK_WRITE)
			far_to_port(d->io + ATA_DATA, seg, off, 256);
		else
			zero_sector(d);
		settle(d);
		seg = (u16)(seg + 0x20);
		++*done;
	}
	return ata_wait_done(d);
}

u8 ata_transfer(const struct drive *d, enum disk_op op, u64 lba, u32 count, u16 seg, u16 off, u32 *done)
{
	u8 status = ata_select(d);

	*done = 0;
	while (!status && count) {
		u32 part = count > 256 ? 256 : count;
		status = transfer_part(d, op, lba, part, seg, off, done);
		seg = (u16)(seg + part * 0x20);
		lba += part;
		count -= part;
	}
	return status;
}

/* READ LONG and WRITE LONG: one sector and its four ECC bytes, which go by bytes. Gone since ATA-4; then the drive aborts. */
u8 ata_long(const struct drive *d, int write, u32 lba, u16 seg, u16 off)
{
	u8 status = ata_select(d);

	if (status)
		return status;
	task_file(d, lba, 1);
	outb(d->io + ATA_COMMAND, write ? ATA_CMD_WRITE_LONG : ATA_CMD_READ_LONG);
	settle(d);
	status = ata_wait_data(d);
	if (status)
		return status;
	if (write)
		far_to_port(d->io + ATA_DATA, seg, off, 256);
	else
		port_to_far(d->io + ATA_DATA, seg, off, 256);
	status = ata_wait_data(d);
	for (u16 n = 0; !status && n < 4; n++) {
		if (write)
			outb(d->io + ATA_DATA, far_read8((u16)(seg + 0x20), (u16)(off + n)));
		else
			far_write8((u16)(seg + 0x20), (u16)(off + n), inb(d->io + ATA_DATA));
	}
	return status ? status : ata_wait_done(d);
}

/* SRST is held for 5 us; both devices of the channel start anew. */
u8 ata_reset_channel(const struct drive *d)
{
	outb(d->control, 0x08 | CONTROL_NIEN | CONTROL_SRST);
	delay_15us(1);
	outb(d->control, 0x08 | CONTROL_NIEN);
	delay_15us(140);
	if (wait_not_busy(d, COMMAND_TICKS))
		return DISK_RESET_FAILED;
	return ata_select(d) ? DISK_RESET_FAILED : DISK_OK;
}
