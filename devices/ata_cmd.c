/* ata_cmd.c - the command table of an ATA disk, and the commands without data
 * (ATA/ATAPI-6 clause 8; the retired codes as in ATA-1..3, which old drivers use).
 *
 * Whatever is not in the table is aborted, as are IDENTIFY PACKET DEVICE and
 * PACKET on a disk. Not implemented, and not claimed by IDENTIFY: SMART,
 * security, DOWNLOAD MICROCODE, READ/WRITE LONG, FORMAT TRACK, the SET MAX
 * passwords, advanced power management.
 */
#include "devices/ata_internal.h"

/* --- power --------------------------------------------------------------- */

static bool timer_expired(const struct ata_drive *d)
{
	const struct ata_drive_regs *r = d->r;
	return r->standby_ns && clock_now(d->ata->clock) - r->idle_since_ns >= r->standby_ns;
}

static enum ata_power power_mode(const struct ata_drive *d)
{
	return timer_expired(d) ? ATA_STANDBY : (enum ata_power)d->r->power;
}

/* The command needs the disk: how long it takes to spin up. */
u64 ata_wake(struct ata_drive *d)
{
	bool down = power_mode(d) == ATA_STANDBY;
	d->r->power = ATA_ACTIVE;
	d->r->idle_since_ns = clock_now(d->ata->clock);
	return down ? ATA_SPIN_UP_NS : 0;
}

/* Table 19: the sector count of STANDBY and IDLE. */
static u64 standby_period(u8 n)
{
	const u64 second = CLOCK_SECOND, minute = 60 * second;
	if (n <= 240)
		return n * 5 * second;
	if (n <= 251)
		return (n - 240u) * 30 * minute;
	if (n == 252)
		return 21 * minute;
	if (n == 255)
		return 21 * minute + 15 * second;
	return 8 * 60 * minute;
}

static void set_power(struct ata_drive *d, enum ata_power power)
{
	ata_done(d);
	d->r->power = (u8)power;
}

static void cmd_idle(struct ata_drive *d)
{
	d->r->standby_ns = standby_period(d->r->count[0]);
	set_power(d, ATA_IDLE);
}

static void cmd_idle_immediate(struct ata_drive *d)
{
	set_power(d, ATA_IDLE);
}

static void cmd_standby(struct ata_drive *d)
{
	d->r->standby_ns = standby_period(d->r->count[0]);
	set_power(d, ATA_STANDBY);
}

static void cmd_standby_immediate(struct ata_drive *d)
{
	set_power(d, ATA_STANDBY);
}

static void cmd_sleep(struct ata_drive *d)
{
	set_power(d, ATA_SLEEP);
}

static void cmd_check_power(struct ata_drive *d)
{
	static const u8 answer[] = {[ATA_ACTIVE] = 0xff, [ATA_IDLE] = 0x80, [ATA_STANDBY] = 0x00, [ATA_SLEEP] = 0x00};
	enum ata_power power = power_mode(d);
	u64 since = d->r->idle_since_ns;
	ata_done(d);
	d->r->idle_since_ns = since; /* asking does not keep the disk awake */
	d->r->power = (u8)power;
	d->r->count[0] = answer[power];
}

/* --- addressing ---------------------------------------------------------- */

static void cmd_recalibrate(struct ata_drive *d)
{
	d->r->head_lba = 0;
	ata_begin(d, ATA_ACTION_DONE, ata_wake(d) + ATA_SEEK_NS);
}

static void cmd_seek(struct ata_drive *d)
{
	if (!ata_start_transfer(d) || !ata_range_ok(d, 1))
		return;
	u64 ns = ata_access_ns(d, 0);
	d->r->head_lba = d->r->lba;
	ata_begin(d, ATA_ACTION_DONE, ns);
}

static void cmd_initialize_parameters(struct ata_drive *d)
{
	u32 heads = (d->r->device & DEVICE_HEAD) + 1u, spt = d->r->count[0];
	u64 cylinders = spt ? d->block->sectors / ((u64)heads * spt) : 0;
	if (!cylinders) {
		ata_fail(d, ATA_ABRT);
		return;
	}
	d->r->cur_heads = (u16)heads;
	d->r->cur_spt = (u16)spt;
	d->r->cur_cylinders = (u16)(cylinders > 65535 ? 65535 : cylinders);
	ata_done(d);
}

static void cmd_read_native_max(struct ata_drive *d)
{
	int ext = ata_command_flags(d) & ATA_EXT;
	u64 last = d->block->sectors - 1;
	ata_put_address(d, ext, !ext && last > 0x0fffffff ? 0x0fffffff : last);
	d->r->native_max_read = 2; /* one survives the command itself, see ata_command_begin */
	ata_done(d);
}

/* Clause 8.47: only right after READ NATIVE MAX ADDRESS; count bit 0 makes it last. */
static void cmd_set_max(struct ata_drive *d)
{
	int ext = ata_command_flags(d) & ATA_EXT;
	u64 lba;
	bool inside = ata_get_address(d, ext, &lba) && lba < d->block->sectors;
	if (!d->r->native_max_read || (!ext && d->r->features[0])) {
		ata_fail(d, ATA_ABRT);
		return;
	}
	if (!inside) {
		ata_fail(d, ATA_IDNF);
		return;
	}
	d->r->max = lba + 1;
	d->r->max_kept = d->r->count[0] & 1;
	ata_done(d);
}

/* --- settings ------------------------------------------------------------ */

static void cmd_set_multiple(struct ata_drive *d)
{
	u8 n = d->r->count[0];
	if (n > ATA_BUFFER_SECTORS || n & (n - 1)) {
		d->r->multiple = 0;
		ata_fail(d, ATA_ABRT);
		return;
	}
	d->r->multiple = n;
	ata_done(d);
}

/* Table 44: kind of transfer in bits 7..3, mode in bits 2..0. */
static bool set_transfer_mode(struct ata_drive *d, u8 v)
{
	int mode = v & 7;
	bool dma = d->ata->dma.move != NULL;
	switch (v >> 3) {
	case 0: /* default PIO, 01h: without IORDY */
		if (mode > 1)
			return false;
		d->r->pio_mode = v;
		return true;
	case 1:
		if (mode > 4)
			return false;
		d->r->pio_mode = v;
		return true;
	case 4: /* multiword DMA */
		if (!dma || mode > 2)
			return false;
		d->r->dma_mode = v;
		return true;
	case 8: /* Ultra DMA */
		if (!dma || mode > 5)
			return false;
		d->r->dma_mode = v;
		return true;
	default:
		return false;
	}
}

static void cmd_set_features(struct ata_drive *d)
{
	bool known = true;
	switch (d->r->features[0]) {
	case 0x02:
	case 0x82:
		known = !d->ops; /* here and below: a disk's */
		d->r->write_cache = d->r->features[0] == 0x02;
		break;
	case 0x03:
		known = set_transfer_mode(d, d->r->count[0]);
		break;
	case 0x55:
	case 0xaa:
		known = !d->ops;
		d->r->look_ahead = d->r->features[0] == 0xaa;
		break;
	case 0x66:
	case 0xcc: /* reverting to power-on defaults off, on */
		d->r->keep_settings = d->r->features[0] == 0x66;
		break;
	default:
		known = false;
	}
	if (!known)
		ata_fail(d, ATA_ABRT);
	else if (d->r->features[0] == 0x82) /* what the cache holds is written first */
		ata_begin(d, ATA_ACTION_FLUSH, ATA_FLUSH_NS);
	else
		ata_done(d);
}

static void cmd_flush(struct ata_drive *d)
{
	ata_begin(d, ATA_ACTION_FLUSH, ata_wake(d) + ATA_FLUSH_NS);
}

/* NOP is there to be aborted (clause 8.23). */
static void cmd_abort(struct ata_drive *d)
{
	ata_fail(d, ATA_ABRT);
}

/* --- the table ----------------------------------------------------------- */

#define SIXTEEN(first, fn) \
	[first + 0x0] = {fn, 0}, [first + 0x1] = {fn, 0}, [first + 0x2] = {fn, 0}, [first + 0x3] = {fn, 0}, \
	[first + 0x4] = {fn, 0}, [first + 0x5] = {fn, 0}, [first + 0x6] = {fn, 0}, [first + 0x7] = {fn, 0}, \
	[first + 0x8] = {fn, 0}, [first + 0x9] = {fn, 0}, [first + 0xa] = {fn, 0}, [first + 0xb] = {fn, 0}, \
	[first + 0xc] = {fn, 0}, [first + 0xd] = {fn, 0}, [first + 0xe] = {fn, 0}, [first + 0xf] = {fn, 0}

static const struct ata_command commands[256] = {
	[0x00] = {cmd_abort, 0},                                   /* NOP */
	SIXTEEN(0x10, cmd_recalibrate),
	[0x20] = {ata_cmd_read, 0},                                /* READ SECTORS */
	[0x21] = {ata_cmd_read, 0},                                /*   without retry */
	[0x24] = {ata_cmd_read, ATA_EXT},
	[0x25] = {ata_cmd_dma, ATA_EXT},                           /* READ DMA EXT */
	[0x27] = {cmd_read_native_max, ATA_EXT},
	[0x29] = {ata_cmd_read, ATA_EXT | ATA_MULTI},              /* READ MULTIPLE EXT */
	[0x30] = {ata_cmd_write, ATA_OUT},                         /* WRITE SECTORS */
	[0x31] = {ata_cmd_write, ATA_OUT},
	[0x34] = {ata_cmd_write, ATA_OUT | ATA_EXT},
	[0x35] = {ata_cmd_dma, ATA_OUT | ATA_EXT},                 /* WRITE DMA EXT */
	[0x37] = {cmd_set_max, ATA_EXT},
	[0x39] = {ata_cmd_write, ATA_OUT | ATA_EXT | ATA_MULTI},
	[0x40] = {ata_cmd_verify, 0},                              /* READ VERIFY SECTORS */
	[0x41] = {ata_cmd_verify, 0},
	[0x42] = {ata_cmd_verify, ATA_EXT},
	SIXTEEN(0x70, cmd_seek),
	[0x91] = {cmd_initialize_parameters, 0},
	[0x94] = {cmd_standby_immediate, 0},
	[0x95] = {cmd_idle_immediate, 0},
	[0x96] = {cmd_standby, 0},
	[0x97] = {cmd_idle, 0},
	[0x98] = {cmd_check_power, 0},
	[0x99] = {cmd_sleep, 0},
	[0xc4] = {ata_cmd_read, ATA_MULTI},
	[0xc5] = {ata_cmd_write, ATA_OUT | ATA_MULTI},
	[0xc6] = {cmd_set_multiple, 0},
	[0xc8] = {ata_cmd_dma, 0},                                 /* READ DMA */
	[0xc9] = {ata_cmd_dma, 0},
	[0xca] = {ata_cmd_dma, ATA_OUT},                           /* WRITE DMA */
	[0xcb] = {ata_cmd_dma, ATA_OUT},
	[0xe0] = {cmd_standby_immediate, 0},
	[0xe1] = {cmd_idle_immediate, 0},
	[0xe2] = {cmd_standby, 0},
	[0xe3] = {cmd_idle, 0},
	[0xe4] = {ata_cmd_read_buffer, 0},
	[0xe5] = {cmd_check_power, 0},
	[0xe6] = {cmd_sleep, 0},
	[0xe7] = {cmd_flush, 0},
	[0xe8] = {ata_cmd_write_buffer, 0},
	[0xea] = {cmd_flush, ATA_EXT},
	[0xec] = {ata_cmd_identify, 0},
	[0xef] = {cmd_set_features, 0},
	[0xf8] = {cmd_read_native_max, 0},
	[0xf9] = {cmd_set_max, 0},
};

int ata_command_flags(const struct ata_drive *d)
{
	return commands[d->r->command].flags;
}

/* The commands of the table that packet devices have too (table 10). */
static bool for_packet_devices(u8 command)
{
	switch (command) {
	case 0x00: case 0xe0: case 0xe1: case 0xe5: case 0xe6: case 0xef:
		return true;
	default:
		return false;
	}
}

/* The latency of the command register is over. */
void ata_command_begin(struct ata_drive *d)
{
	const struct ata_command *c = &commands[d->r->command];
	if (d->ops && d->ops->command(d))
		return;
	if (c->run && (!d->ops || for_packet_devices(d->r->command)))
		c->run(d);
	else
		ata_fail(d, ATA_ABRT);
	if (d->r->native_max_read)
		d->r->native_max_read--;
}
