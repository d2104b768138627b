/* atapi.c - an ATAPI CD/DVD-ROM drive: ATA commands, the PACKET protocol, resets
 * (ATA/ATAPI-6, T13/1410D, clauses 8.8, 8.16, 8.24, 9.9 and 9.10; INF-8090, MMC-3 for the packets).
 *
 *   A0h, DRQ (12-byte packet, no INTRQ) | BSY | PIO: DRQ + INTRQ, byte count, a block ... | BSY | INTRQ, status
 *                                             | DMA: blocks through the bus master ...    |
 *
 * The sector count register is the interrupt reason: bit 0 command or data, bit 1 to
 * the host. A PIO block is as long as the byte count limit that the host set
 * allows, 8 KB at most. Data of a command are a stream: r.data is refilled from the disc
 * sector by sector, blocks are cut out of it without regard to sectors.
 *
 * Not emulated: overlap and queueing (PACKET with OVL is aborted), audio tracks and
 * multi-session discs, writing, changers, CSS, the time that a tray and a spindle take.
 */
#include "devices/atapi.h"

#include <string.h>

#include "base/bits.h"
#include "devices/atapi_internal.h"

#define COMMAND_DEVICE_RESET 0x08
#define COMMAND_READ_SECTORS 0x20
#define COMMAND_PACKET 0xa0
#define COMMAND_IDENTIFY_PACKET 0xa1
#define COMMAND_IDENTIFY 0xec

#define FEATURE_DMA 0x01
#define FEATURE_OVERLAP 0x02

static struct atapi *atapi_of(struct ata_drive *d)
{
	return d->ops_opaque;
}

static void begin(struct atapi *c, enum atapi_phase phase, u64 ns)
{
	c->r.phase = (u8)phase;
	ata_begin(c->drive, ATA_ACTION_DEVICE, ns);
}

/* --- the end of a packet command ------------------------------------------------------------ */

void atapi_good(struct atapi *c)
{
	c->r.phase = ATAPI_IDLE;
	ata_done(c->drive);
	c->drive->r->count[0] = REASON_COMMAND | REASON_TO_HOST;
}

void atapi_good_after(struct atapi *c, u64 ns)
{
	begin(c, ATAPI_STATUS, ns);
}

/* CHECK CONDITION: the sense key is in the error register, too. */
void atapi_fail(struct atapi *c, enum sense_key key, enum sense_code code)
{
	atapi_set_sense(c, key, code);
	c->r.phase = ATAPI_IDLE;
	ata_fail(c->drive, (u8)(key << 4 | (key == KEY_ILLEGAL_REQUEST ? ATA_ABRT : 0)));
	c->drive->r->count[0] = REASON_COMMAND | REASON_TO_HOST;
}

void atapi_illegal(struct atapi *c, enum sense_code code)
{
	atapi_fail(c, KEY_ILLEGAL_REQUEST, code);
}

/* --- data ------------------------------------------------------------------------------------ */

/* 8.24.4: at least one byte, even unless it is enough for everything. False: aborted. */
static bool limit_ok(struct atapi *c)
{
	if (c->r.dma || c->r.limit)
		return true;
	c->r.phase = ATAPI_IDLE;
	ata_fail(c->drive, ATA_ABRT);
	return false;
}

static u32 block_bytes(const struct atapi *c)
{
	u32 limit = c->r.dma ? ATA_BUFFER : c->r.limit;
	if (limit < c->r.left || limit == 0xffff)
		limit &= ~1u;
	if (limit == 0) /* one byte at a time cannot be: the data port is 16 bits wide */
		limit = 2;
	limit = limit < ATA_BUFFER ? limit : ATA_BUFFER;
	return limit < c->r.left ? limit : (u32)c->r.left;
}

static void next_block(struct atapi *c)
{
	u64 ns = ATA_TRACK_NS;
	if (c->r.sectors) {
		ns = c->r.lba == c->r.head ? ATA_TRACK_NS : CD_SEEK_NS;
		ns += (block_bytes(c) + CD_SECTOR - 1) / CD_SECTOR * (u64)CD_SECTOR_NS;
	}
	begin(c, ATAPI_SEEK, ns);
}

void atapi_answer(struct atapi *c, u32 len, u32 allocated)
{
	c->r.sectors = 0;
	c->r.pos = 0;
	c->r.end = len < allocated ? len : allocated;
	c->r.left = c->r.end;
	if (!c->r.left)
		atapi_good(c);
	else if (limit_ok(c))
		next_block(c);
}

void atapi_send_sectors(struct atapi *c, u32 bytes)
{
	c->r.pos = c->r.end = 0;
	c->r.left = (u64)c->r.sectors * bytes;
	if (!c->r.left)
		atapi_good(c);
	else if (limit_ok(c))
		next_block(c);
}

/* Up to `want` bytes of the stream into the drive's buffer; fewer: a sector could not be read. */
static u32 gather(struct atapi *c, u32 want)
{
	u8 *to = c->drive->r->buf;
	u32 n = 0;
	while (n < want) {
		if (c->r.pos == c->r.end && !atapi_next_sector(c))
			break;
		u32 k = c->r.end - c->r.pos;
		k = k < want - n ? k : want - n;
		memcpy(to + n, c->r.data + c->r.pos, k);
		c->r.pos += k;
		n += k;
	}
	if (n & 1)
		to[n] = 0;
	return n;
}

static void read_failed(struct atapi *c)
{
	if (!atapi_ready(c)) {
		atapi_no_medium(c);
		return;
	}
	atapi_fail(c, KEY_MEDIUM_ERROR, SENSE_UNRECOVERED_READ);
	c->r.sense_valid = 1;
	c->r.sense_lba = c->r.lba;
}

/* Also after the bus master has been started at last. */
static void move(struct atapi *c)
{
	struct ata_drive_regs *r = c->drive->r;
	const struct ata_dma *dma = &c->drive->ata->dma;
	int len = (int)(r->end - r->pos);
	int n = dma->move(dma->opaque, r->buf + r->pos, len, c->r.phase == ATAPI_MOVE_IN);
	r->pos += (u32)(n < 0 ? 0 : n > len ? len : n);
	if (r->pos != r->end) {
		r->transfer = ATA_TRANSFER_DMA_WAIT;
		return;
	}
	if (c->r.phase == ATAPI_MOVE_OUT) {
		memcpy(c->r.data, r->buf, (size_t)c->r.left);
		c->r.end = (u32)c->r.left;
		c->r.left = 0;
		begin(c, ATAPI_PARAMETERS, ATA_TRACK_NS);
	} else if (c->r.left) {
		next_block(c);
	} else {
		begin(c, ATAPI_STATUS, ATA_TRACK_NS);
	}
}

static void put_byte_count(struct atapi *c, u32 n)
{
	c->drive->r->mid[0] = (u8)n;
	c->drive->r->high[0] = (u8)(n >> 8);
}

static void offer_block(struct atapi *c)
{
	struct ata_drive_regs *r = c->drive->r;
	u32 n = gather(c, block_bytes(c)), even = (n + 1) & ~1u;
	if (!n) {
		read_failed(c);
		return;
	}
	c->r.left -= n;
	if (c->r.dma) {
		r->pos = 0;
		r->end = even;
		c->r.phase = ATAPI_MOVE_IN;
		move(c);
		return;
	}
	c->r.phase = ATAPI_DATA_IN;
	r->count[0] = REASON_TO_HOST;
	put_byte_count(c, n);
	ata_data_in(c->drive, even);
}

static void ask_block(struct atapi *c)
{
	u32 n = block_bytes(c);
	c->r.phase = ATAPI_DATA_OUT;
	c->drive->r->count[0] = 0;
	put_byte_count(c, n);
	ata_data_out(c->drive, (n + 1) & ~1u, 1);
}

/* At most ATAPI_DATA bytes, so that they fit r.data and the drive's buffer. */
void atapi_receive(struct atapi *c, u32 len)
{
	struct ata_drive_regs *r = c->drive->r;
	c->r.pos = c->r.end = 0;
	c->r.left = len;
	if (!limit_ok(c))
		return;
	if (!c->r.dma) {
		ask_block(c);
		return;
	}
	r->pos = 0;
	r->end = (len + 1) & ~1u;
	c->r.phase = ATAPI_MOVE_OUT;
	move(c);
}

static void block_received(struct atapi *c)
{
	u32 n = block_bytes(c);
	memcpy(c->r.data + c->r.end, c->drive->r->buf, n);
	c->r.end += n;
	c->r.left -= n;
	if (c->r.left)
		ask_block(c);
	else
		begin(c, ATAPI_PARAMETERS, ATA_TRACK_NS);
}

/* --- IDENTIFY PACKET DEVICE (8.16) -------------------------------------------------------- */

static void identify(struct atapi *c)
{
	struct ata_drive *d = c->drive;
	u16 w[256] = {0};
	w[0] = 0x85c0; /* packet device, CD-ROM, removable, DRQ within 50 us, 12-byte packets */
	ata_identify_texts(d, w);
	ata_identify_modes(d, w);
	w[49] = 0x0a00 | (w[49] & 0x0100); /* IORDY, LBA; DMA if there is a bus master */
	w[53] = 0x0006; /* words 64-70 and 88 */
	w[80] = 0x007e;
	w[82] = 0x4210; /* NOP, DEVICE RESET, PACKET */
	w[83] = w[84] = w[87] = 0x4000;
	w[85] = 0x4210;
	memcpy(d->r->buf, w, sizeof w);
	ata_identify_checksum(d->r->buf);
	c->r.phase = ATAPI_IDENTITY;
	ata_data_in(d, SECTOR_SIZE);
}

/* --- struct ata_device_ops --------------------------------------------------------------------- */

static void packet_command(struct atapi *c)
{
	struct ata_drive *d = c->drive;
	bool dma = d->r->features[0] & FEATURE_DMA;
	if (d->r->features[0] & FEATURE_OVERLAP || (dma && !d->ata->dma.move)) {
		ata_fail(d, ATA_ABRT);
		return;
	}
	c->r.dma = dma;
	c->r.limit = (u16)(d->r->mid[0] | d->r->high[0] << 8);
	c->r.left = 0;
	c->r.phase = ATAPI_PACKET_IN;
	d->r->count[0] = REASON_COMMAND;
	ata_data_out(d, ATAPI_PACKET, 0);
}

/* IDENTIFY DEVICE and READ SECTORS are aborted and show what is here (9.12). */
static void refuse(struct ata_drive *d)
{
	u8 device = d->r->device;
	ata_signature(d);
	d->r->device = device;
	ata_fail(d, ATA_ABRT);
}

/* 8.8: the signature as after a reset, but DEV stays; no interrupt. */
static void device_reset(struct atapi *c)
{
	struct ata_drive *d = c->drive;
	u8 device = d->r->device & DEVICE_DEV;
	c->r.attention |= ATTENTION_RESET;
	ata_signature(d);
	d->r->device = device;
	d->r->status = 0;
	d->r->intrq = 0;
}

static bool command(struct ata_drive *d)
{
	struct atapi *c = atapi_of(d);
	c->r.phase = ATAPI_IDLE;
	switch (d->r->command) {
	case COMMAND_PACKET:
		packet_command(c);
		return true;
	case COMMAND_IDENTIFY_PACKET:
		identify(c);
		return true;
	case COMMAND_DEVICE_RESET:
		device_reset(c);
		return true;
	case COMMAND_IDENTIFY:
	case COMMAND_READ_SECTORS:
		refuse(d);
		return true;
	default:
		return false;
	}
}

static void data_done(struct ata_drive *d)
{
	struct atapi *c = atapi_of(d);
	switch (c->r.phase) {
	case ATAPI_PACKET_IN:
		memcpy(c->r.packet, d->r->buf, ATAPI_PACKET);
		begin(c, ATAPI_EXECUTE, ATA_COMMAND_NS);
		break;
	case ATAPI_DATA_IN:
		if (c->r.left)
			next_block(c);
		else
			begin(c, ATAPI_STATUS, ATA_TRACK_NS);
		break;
	case ATAPI_DATA_OUT:
		block_received(c);
		break;
	default: /* the identity */
		c->r.phase = ATAPI_IDLE;
		d->r->status = ATA_READY;
		break;
	}
}

static void action(struct ata_drive *d)
{
	struct atapi *c = atapi_of(d);
	switch (c->r.phase) {
	case ATAPI_EXECUTE:
		atapi_execute(c);
		break;
	case ATAPI_SEEK:
		offer_block(c);
		break;
	case ATAPI_MOVE_IN:
	case ATAPI_MOVE_OUT:
		move(c);
		break;
	case ATAPI_PARAMETERS:
		atapi_parameters(c);
		break;
	default:
		atapi_good(c);
		break;
	}
}

/* SRST only ends what is going on (INF-8090: not a reset of the drive). */
static void reset(struct ata_drive *d, int hard)
{
	struct atapi *c = atapi_of(d);
	c->r.phase = ATAPI_IDLE;
	d->r->pio_mode = 0x0c; /* flow control, mode 4 */
	if (!hard)
		return;
	d->r->dma_mode = 0x22; /* multiword mode 2 */
	c->r.attention = ATTENTION_RESET;
	c->r.prevent = 0;
	c->r.key = c->r.asc = c->r.ascq = c->r.sense_valid = 0;
	c->r.speed = CD_SPEED;
	c->r.left = c->r.sectors = c->r.pos = c->r.end = 0;
	atapi_mode_defaults(c);
}

static const struct ata_device_ops atapi_ops = {command, data_done, action, reset};

/* --- life ---------------------------------------------------------------------------------------- */

void atapi_init(struct atapi *c, struct ata *ata, int unit, struct log *log)
{
	struct ata_drive *d = &ata->drive[unit];
	memset(c, 0, sizeof *c);
	c->drive = d;
	c->log = log;
	ata_set_names(d, "TANDEM DVD-ROM", unit ? "TD-CD-1" : "TD-CD-0", "1.0");
	ata_attach_device(ata, unit, &atapi_ops, c);
}

void atapi_restore(struct atapi *c)
{
	if (!c->disc) /* the disc that was in is gone */
		c->r.medium = 0;
}

bool atapi_ready(const struct atapi *c)
{
	return c->r.medium && !c->r.tray_open;
}

void atapi_insert(struct atapi *c, struct block *disc)
{
	c->disc = disc;
	c->r.medium = 1;
	c->r.tray_open = 0;
	c->r.head = 0;
	c->r.attention |= ATTENTION_MEDIUM;
	c->r.events = (u8)((c->r.events & ~EVENT_REMOVED) | EVENT_NEW);
}

bool atapi_eject(struct atapi *c, bool force)
{
	if (c->r.prevent && !force) {
		c->r.events |= EVENT_EJECT_BUTTON;
		return false;
	}
	if (c->r.medium)
		c->r.events = (u8)((c->r.events & ~EVENT_NEW) | EVENT_REMOVED);
	c->disc = NULL;
	c->r.medium = 0;
	c->r.tray_open = 1;
	c->r.attention &= (u8)~ATTENTION_MEDIUM;
	return true;
}
