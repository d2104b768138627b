/* fdc_exec.c - the data commands of the floppy controller, sector by sector
 * (82077AA data sheet 5.1).
 *
 *   DECODE -> STEP (implied seek) -> LOAD -> SEARCH -> SECTOR -+-> result
 *                                             ^                |
 *                                             +--- next ID ----+
 *
 * SEARCH waits until the disk has turned to the sector; SECTOR lasts as long as
 * its ID field, gap and data take at the data rate. By DMA a written sector is
 * fetched when it begins and a read one delivered when it ends. An ID that is
 * not on the track is known after two index pulses. A disk that does not turn
 * (no disk, no motor) gives no index pulses, so the command never ends: the host
 * times out and resets, as with the real chip (data sheet 8.1).
 *
 * An error of the host's file shows as a CRC error in the data field. Not
 * emulated: CRC errors otherwise, and what a write that underruns leaves in the
 * sector (here the old contents).
 */
#include <string.h>

#include "devices/fdc_internal.h"

#define FIELD_BYTES 62 /* ID field, gap 2, sync and mark before the data: sections 5.2.6, 7.1 */
#define FORMAT_BYTES 4 /* C H R N, from the host, for each sector */

bool fdc_op_takes_data(enum fdc_op op)
{
	return op == OP_WRITE || op == OP_WRITE_DELETED || op == OP_FORMAT ||
	       (op >= OP_SCAN_EQUAL && op <= OP_SCAN_HIGH);
}

bool fdc_op_gives_data(enum fdc_op op)
{
	return op == OP_READ || op == OP_READ_DELETED || op == OP_READ_TRACK;
}

static bool is_scan(enum fdc_op op)
{
	return op >= OP_SCAN_EQUAL && op <= OP_SCAN_HIGH;
}

static bool writes_disk(enum fdc_op op)
{
	return op == OP_WRITE || op == OP_WRITE_DELETED || op == OP_FORMAT;
}

static u8 eot(const struct fdc *f)
{
	return f->r.cmd[6];
}

/* To the next sector number; SCAN may take every second one. */
static int stride(const struct fdc *f)
{
	return is_scan(fdc_op(f)) && f->r.cmd[8] == 2 ? 2 : 1;
}

/* --- the end of a command ------------------------------------------------ */

/* HUT: 16 ms at 500 kbit/s; HLT: 2 ms at 500 kbit/s; 0 means the longest. */
static u64 head_time(const struct fdc *f, int n, int longest, u32 ns_at_500)
{
	static const u32 per_cent[4] = {100, 167, 200, 50};
	u64 units = (u64)(n ? n : longest);
	return fdc_scale(f, units * ns_at_500 / 100 * per_cent[f->r.rate & 3]);
}

static void results(struct fdc *f)
{
	u8 *q = f->r.result;
	q[0] = (u8)(f->r.st0 | f->r.head << 2 | f->r.unit);
	q[1] = f->r.st1;
	q[2] = f->r.st2;
	q[3] = f->r.c;
	q[4] = f->r.h;
	q[5] = f->r.r;
	q[6] = f->r.n;
	f->r.head_unit = f->r.dor & 3;
	f->r.head_until_ns = clock_now(f->clock) + head_time(f, f->r.specify[0] & 15, 16, 16000000);
	f->r.intr |= FDC_INT_RESULT;
	f->r.request = 0;
	fdc_results(f, 7);
}

/* The disk's part of the command is over; ic: 0 or ST0_ABNORMAL. */
void fdc_exec_finish(struct fdc *f, u8 ic)
{
	f->r.st0 = ic;
	if (f->r.fifo_count && fdc_op_gives_data(fdc_op(f))) {
		f->r.stage = FDC_DRAIN;
		f->r.exec_due_ns = CLOCK_NEVER;
		return;
	}
	results(f);
}

/* The ID in the result phase: that of the sector after the last one (table 5-6). */
static void advance_id(struct fdc *f)
{
	if (f->r.r != eot(f)) {
		f->r.r++;
		return;
	}
	f->r.r = 1;
	if (!(f->r.cmd[0] & CMD_MT)) {
		f->r.c++;
		return;
	}
	if (f->r.head)
		f->r.c++;
	f->r.h ^= 1;
}

static void finish_after_sector(struct fdc *f, u8 ic)
{
	advance_id(f);
	fdc_exec_finish(f, ic);
}

/* Nothing more to do but to let the disk come round. */
static void wait_index(struct fdc *f, u8 st1, int pulses)
{
	f->r.st1 |= st1;
	f->r.stage = FDC_FAIL;
	f->r.exec_due_ns = fdc_next_index(f, pulses);
}

/* --- search -------------------------------------------------------------- */

static u8 format_sectors(const struct fdc *f)
{
	return f->r.cmd[3];
}

static void await_slot(struct fdc *f, int slot, int slots)
{
	f->r.slot = (u8)slot;
	f->r.exec_due_ns = fdc_next_slot(f, slot, slots);
}

/* READ ID: whichever ID comes first. */
static void search_any(struct fdc *f, const struct fdc_track *t)
{
	u64 best = CLOCK_NEVER;
	for (int r = 1; r <= t->spt; r++) {
		u64 at = fdc_next_slot(f, r - 1, t->spt);
		if (fdc_sector_exists(f, t, r) && at < best) {
			best = at;
			f->r.slot = (u8)(r - 1);
		}
	}
	f->r.exec_due_ns = best;
}

/* READ TRACK: from the index, whatever the sectors are called. */
static void search_in_order(struct fdc *f, const struct fdc_track *t)
{
	int slot = f->r.done % t->spt;
	while (!fdc_sector_exists(f, t, slot + 1))
		slot = (slot + 1) % t->spt;
	await_slot(f, slot, t->spt);
	if (f->r.done == 0)
		f->r.exec_due_ns = fdc_next_index(f, 1) + fdc_revolution_ns(f) * (u64)slot / t->spt;
}

static void search_id(struct fdc *f, const struct fdc_track *t)
{
	if (f->r.c == t->c && f->r.h == t->h && f->r.n == 2 && fdc_sector_exists(f, t, f->r.r)) {
		await_slot(f, f->r.r - 1, t->spt);
		return;
	}
	if (f->r.c != t->c)
		f->r.st2 |= ST2_WC;
	wait_index(f, ST1_ND, 2);
}

static void search(struct fdc *f)
{
	struct fdc_track t;
	enum fdc_op op = fdc_op(f);
	f->r.stage = FDC_SEARCH;
	f->r.pos = 0;
	if (!fdc_turning(f)) {
		f->r.stage = FDC_HANG;
		f->r.exec_due_ns = CLOCK_NEVER;
	} else if (f->r.drive[fdc_selected(f)].ready_ns > clock_now(f->clock)) {
		f->r.stage = FDC_LOAD;
		f->r.exec_due_ns = f->r.drive[fdc_selected(f)].ready_ns;
	} else if (op == OP_FORMAT) {
		await_slot(f, f->r.done, format_sectors(f) ? format_sectors(f) : 1);
		if (f->r.done == 0)
			f->r.exec_due_ns = fdc_next_index(f, 1);
	} else if (!fdc_track(f, &t)) {
		wait_index(f, ST1_MA, 2);
	} else if (op == OP_READ_ID) {
		search_any(f, &t);
	} else if (op == OP_READ_TRACK) {
		search_in_order(f, &t);
	} else {
		search_id(f, &t);
	}
}

/* --- after a sector ------------------------------------------------------ */

static void end_of_cylinder(struct fdc *f)
{
	enum fdc_op op = fdc_op(f);
	bool verify_all = op == OP_VERIFY && !(f->r.cmd[1] & 0x80);
	if (is_scan(op) || verify_all) {
		finish_after_sector(f, 0);
		return;
	}
	f->r.st1 |= ST1_EN;
	finish_after_sector(f, ST0_ABNORMAL);
}

static void next_read_track(struct fdc *f)
{
	if (f->r.done >= eot(f)) {
		finish_after_sector(f, f->r.st1 & ST1_DE ? ST0_ABNORMAL : 0);
		return;
	}
	f->r.r++;
	search(f);
}

/* To the next sector of the command, or its end. */
static void next_sector(struct fdc *f)
{
	enum fdc_op op = fdc_op(f);
	int step = stride(f);
	if (f->r.last)
		fdc_exec_finish(f, f->r.tc ? 0 : ST0_ABNORMAL); /* address not incremented: table 5-4 */
	else if (f->r.tc)
		finish_after_sector(f, 0);
	else if (op == OP_READ_TRACK)
		next_read_track(f);
	else if (op == OP_VERIFY && f->r.cmd[1] & 0x80 && f->r.done == (f->r.cmd[8] ? f->r.cmd[8] : 256))
		finish_after_sector(f, 0);
	else if (f->r.r != eot(f) && !(step == 2 && f->r.r + step > eot(f))) {
		f->r.r = (u8)(f->r.r + step);
		search(f);
	} else if (f->r.cmd[0] & CMD_MT && f->r.head == 0) {
		f->r.head = 1;
		f->r.h ^= 1;
		f->r.r = 1;
		search(f);
	} else {
		end_of_cylinder(f);
	}
}

/* Moves bytes by DMA; false: the controller did not take part, an overrun. */
static bool dma(struct fdc *f, int len)
{
	bool tc = false;
	int n = 0;
	if (f->dma && f->r.dor & DOR_DMAGATE)
		n = f->dma(f->dma_opaque, f->dma_channel, f->r.data, len, &tc);
	if (n < 0 || n > len)
		n = 0;
	f->r.tc = tc;
	if (n < len && fdc_op_takes_data(fdc_op(f)))
		memset(f->r.data + n, is_scan(fdc_op(f)) ? 0xff : 0, (size_t)(len - n));
	if (n == len || tc)
		return true;
	f->r.st1 |= ST1_OR;
	fdc_exec_finish(f, ST0_ABNORMAL);
	return false;
}

static bool data_error(struct fdc *f)
{
	f->r.st1 |= ST1_DE;
	f->r.st2 |= ST2_DD;
	return fdc_op(f) != OP_READ_TRACK;
}

/* Byte by byte; FFh on either side fits anything (8272A, SCAN). True: the condition holds. */
static bool scan_compare(struct fdc *f, u32 lba)
{
	u8 disk[SECTOR_SIZE];
	bool equal = true, below = true, above = true;
	if (block_read(fdc_media(f), lba, 1, disk))
		memset(disk, 0, sizeof disk);
	for (int i = 0; i < SECTOR_SIZE; i++) {
		int d = disk[i], h = f->r.data[i];
		if (d == h || d == 0xff || h == 0xff)
			continue;
		equal = false;
		below = below && d < h;
		above = above && d > h;
	}
	bool met = equal || (fdc_op(f) == OP_SCAN_LOW && below) || (fdc_op(f) == OP_SCAN_HIGH && above);
	if (equal)
		f->r.st2 |= ST2_SH;
	if (!met)
		f->r.st2 |= ST2_SN;
	return met;
}

/* One sector's ID of FORMAT TRACK is in the data buffer. */
static void format_sector(struct fdc *f)
{
	struct fdc_track t;
	const u8 *id = f->r.data;
	u8 fill[SECTOR_SIZE];
	bool place = fdc_track_place(f, &t);
	bool fits = place && fdc_density_ok(f) && id[0] == t.c && id[1] == t.h && id[3] == 2 && id[2] >= 1 &&
	            id[2] <= t.spt;
	if (place && f->r.done == 0) /* all old IDs go */
		for (u32 i = 0; i < t.spt; i++)
			fdc_mark_absent(f, t.first + i, 1);
	if (!fits) {
		log_once(f->log, "fdc", "a sector was formatted that a raw image of this size cannot hold");
		return;
	}
	u32 lba = t.first + id[2] - 1u;
	memset(fill, f->r.cmd[5], sizeof fill);
	if (block_write(fdc_media(f), lba, 1, fill))
		data_error(f);
	fdc_mark_absent(f, lba, 0);
	fdc_mark_deleted(f, lba, 0);
}

static void format_done(struct fdc *f)
{
	format_sector(f);
	f->r.done++;
	if (f->r.tc || f->r.done >= format_sectors(f))
		wait_index(f, 0, 1);
	else
		search(f);
}

/* The sector has passed the head completely. */
void fdc_sector_done(struct fdc *f)
{
	struct fdc_track t;
	enum fdc_op op = fdc_op(f);
	if (!fdc_turning(f) || !fdc_track_place(f, &t)) { /* taken out, or switched off, meanwhile */
		search(f);
		return;
	}
	if (op == OP_FORMAT) {
		format_done(f);
		return;
	}
	u32 lba = t.first + f->r.slot;
	f->r.done++;
	if (fdc_op_gives_data(op) && !fdc_non_dma(f) && !dma(f, SECTOR_SIZE))
		return;
	if (op == OP_WRITE || op == OP_WRITE_DELETED) {
		if (block_write(fdc_media(f), lba, 1, f->r.data) && data_error(f)) {
			fdc_exec_finish(f, ST0_ABNORMAL);
			return;
		}
		fdc_mark_deleted(f, lba, op == OP_WRITE_DELETED);
	}
	if (is_scan(op) && scan_compare(f, lba)) {
		finish_after_sector(f, 0);
		return;
	}
	next_sector(f);
}

/* --- a sector begins ----------------------------------------------------- */

/* Looks at the data address mark. True: the sector is to be skipped. */
static bool wrong_mark(struct fdc *f, u32 lba)
{
	enum fdc_op op = fdc_op(f);
	if (writes_disk(op) || op == OP_READ_TRACK)
		return false;
	if (fdc_sector_deleted(f, lba) == (op == OP_READ_DELETED))
		return false;
	f->r.st2 |= ST2_CM;
	f->r.last = !(f->r.cmd[0] & CMD_SK);
	return !f->r.last;
}

static void begin_transfer(struct fdc *f, int len, u64 before_ns)
{
	enum fdc_op op = fdc_op(f);
	u64 now = clock_now(f->clock);
	bool pio = fdc_non_dma(f) && op != OP_VERIFY;
	f->r.stage = FDC_SECTOR;
	f->r.pos = 0;
	if (pio) {
		f->r.exec_due_ns = now + before_ns + fdc_byte_ns(f);
		return;
	}
	if (fdc_op_takes_data(op) && !dma(f, len))
		return;
	f->r.exec_due_ns = now + fdc_scale(f, before_ns + (u64)len * fdc_byte_ns(f));
}

static void begin_sector(struct fdc *f)
{
	struct fdc_track t;
	enum fdc_op op = fdc_op(f);
	if (!fdc_turning(f) || (op != OP_FORMAT && !fdc_track(f, &t))) {
		search(f);
		return;
	}
	if (op == OP_FORMAT) {
		if (format_sectors(f))
			begin_transfer(f, FORMAT_BYTES, 0);
		else
			wait_index(f, 0, 1);
		return;
	}
	if (op == OP_READ_ID) {
		f->r.c = t.c;
		f->r.h = t.h;
		f->r.r = (u8)(f->r.slot + 1);
		f->r.n = 2;
		fdc_exec_finish(f, 0);
		return;
	}
	if (op == OP_READ_TRACK && (f->r.c != t.c || f->r.h != t.h || f->r.r != f->r.slot + 1 || f->r.n != 2))
		f->r.st1 |= ST1_ND;
	u32 lba = t.first + f->r.slot;
	f->r.st2 &= (u8)~(ST2_SH | ST2_SN);
	if (wrong_mark(f, lba)) {
		next_sector(f);
		return;
	}
	if ((fdc_op_gives_data(op) || op == OP_VERIFY) && block_read(fdc_media(f), lba, 1, f->r.data)) {
		memset(f->r.data, 0, sizeof f->r.data);
		if (data_error(f)) {
			fdc_exec_finish(f, ST0_ABNORMAL);
			return;
		}
	}
	begin_transfer(f, SECTOR_SIZE, FIELD_BYTES * fdc_byte_ns(f));
}

/* --- the start of a command ---------------------------------------------- */

static void load_head(struct fdc *f)
{
	u64 now = clock_now(f->clock);
	bool loaded = f->r.head_unit == (f->r.dor & 3) && now < f->r.head_until_ns;
	f->r.stage = FDC_LOAD;
	f->r.exec_due_ns = now + (loaded ? 0 : head_time(f, f->r.specify[1] >> 1, 128, 2000000));
}

/* What a non-DMA host has to write until the end of the cylinder. */
static u32 host_bytes(const struct fdc *f)
{
	u32 step = (u32)stride(f);
	if (fdc_op(f) == OP_FORMAT)
		return format_sectors(f) * (u32)FORMAT_BYTES;
	u32 sectors = eot(f) >= f->r.r ? (u32)(eot(f) - f->r.r) / step + 1 : 256;
	if (f->r.cmd[0] & CMD_MT && f->r.head == 0 && eot(f))
		sectors += (u32)(eot(f) - 1) / step + 1;
	return sectors * SECTOR_SIZE;
}

/* EIS: the command first moves the head to its C (data sheet 5.2.6). */
static bool implied_seek(struct fdc *f)
{
	enum fdc_op op = fdc_op(f);
	int distance = f->r.c - f->r.pcn[f->r.unit];
	if (!(f->r.configure & CONFIGURE_EIS) || op == OP_READ_ID || op == OP_FORMAT || distance == 0)
		return false;
	f->r.steps = (u8)(distance < 0 ? -distance : distance);
	f->r.stage = FDC_STEP;
	f->r.exec_due_ns = clock_now(f->clock) + fdc_step_ns(f);
	return true;
}

static void implied_step(struct fdc *f)
{
	int inward = f->r.c > f->r.pcn[f->r.unit];
	fdc_step(f, inward);
	f->r.pcn[f->r.unit] = (u8)(inward ? f->r.pcn[f->r.unit] + 1 : f->r.pcn[f->r.unit] - 1);
	if (--f->r.steps)
		f->r.exec_due_ns = clock_now(f->clock) + fdc_step_ns(f);
	else
		load_head(f);
}

void fdc_exec_start(struct fdc *f)
{
	enum fdc_op op = fdc_op(f);
	f->r.unit = f->r.cmd[1] & 3;
	f->r.head = f->r.cmd[1] >> 2 & 1;
	f->r.st0 = f->r.st1 = f->r.st2 = 0;
	f->r.tc = f->r.last = f->r.request = f->r.fifo_count = f->r.fifo_head = 0;
	f->r.done = f->r.pos = 0;
	if (op == OP_FORMAT) {
		f->r.n = f->r.cmd[2];
		f->r.last_eot = format_sectors(f);
	} else if (op != OP_READ_ID) {
		f->r.c = f->r.cmd[2];
		f->r.h = f->r.cmd[3];
		f->r.r = f->r.cmd[4];
		f->r.n = f->r.cmd[5];
		f->r.last_eot = eot(f);
	}
	if (writes_disk(op) && fdc_write_protected(f)) {
		f->r.st1 = ST1_NW;
		fdc_exec_finish(f, ST0_ABNORMAL);
		return;
	}
	fdc_pio_start(f, host_bytes(f));
	if (!implied_seek(f))
		load_head(f);
}

void fdc_exec_event(struct fdc *f)
{
	f->r.exec_due_ns = CLOCK_NEVER;
	switch ((enum fdc_stage)f->r.stage) {
	case FDC_DECODE:
		fdc_decode(f);
		break;
	case FDC_STEP:
		implied_step(f);
		break;
	case FDC_LOAD:
	case FDC_HANG:
		search(f);
		break;
	case FDC_SEARCH:
		begin_sector(f);
		break;
	case FDC_SECTOR:
		if (fdc_non_dma(f) && fdc_op(f) != OP_VERIFY)
			fdc_pio_disk_byte(f, fdc_op(f) == OP_FORMAT ? FORMAT_BYTES : SECTOR_SIZE);
		else
			fdc_sector_done(f);
		break;
	case FDC_FAIL:
		fdc_exec_finish(f, f->r.st1 ? ST0_ABNORMAL : 0);
		break;
	case FDC_DRAIN:
		results(f);
		break;
	}
}
