/* fdc_drive.c - the two floppy drives as the controller sees them: rotation,
 * tracks, marks.
 *
 * A disk turns as long as the motor runs, and its angle is virtual time modulo
 * one revolution (200 ms; 166.7 ms in a 1.2M drive). The index pulse is at angle
 * 0 and the sectors lie behind it in equal slots, 1:1. A track can be read if its
 * data rate is the one selected by CCR/DSR:
 *
 *     500 kbit/s    1.2M and 1.44M
 *     300 kbit/s    double density in a 1.2M drive, which turns faster
 *     250 kbit/s    double density elsewhere
 *     1 Mbit/s      2.88M
 *
 * The physical drive is the one that DOR selects: the unit in a command only
 * names registers of the controller (82077AA table 5-1, note).
 *
 * A 40-track 5.25" disk in a 1.2M drive has its tracks under every other head
 * position. Not emulated: FM and sector sizes other than 512 (no raw image has
 * them), gaps and CRC bytes, the coasting of a motor switched off, and, for
 * 2.88M, that reading works only after PERPENDICULAR MODE.
 */
#include "devices/fdc_internal.h"

static const struct {
	u8 max_cyl; /* where the head carriage stops */
	u16 max_kbit;
	u32 revolution_us;
} drive_types[] = {
	[FLOPPY_NONE]  = { 0,    0,      0},
	[FLOPPY_360K]  = {41,  250, 200000},
	[FLOPPY_1200K] = {83,  500, 166667},
	[FLOPPY_720K]  = {83,  250, 200000},
	[FLOPPY_1440K] = {83,  500, 200000},
	[FLOPPY_2880K] = {83, 1000, 200000},
};

static const u16 rate_kbit[4] = {500, 300, 250, 1000}; /* DRATE */

int fdc_selected(const struct fdc *f)
{
	int n = f->r.dor & 3;
	return n < FDC_DRIVES && f->config.drive[n] != FLOPPY_NONE ? n : -1;
}

struct block *fdc_media(const struct fdc *f)
{
	int n = fdc_selected(f);
	return n < 0 ? NULL : f->media[n];
}

bool fdc_turning(const struct fdc *f)
{
	int n = fdc_selected(f);
	return n >= 0 && f->media[n] && f->r.drive[n].ready_ns != CLOCK_NEVER;
}

bool fdc_write_protected(const struct fdc *f)
{
	const struct block *b = fdc_media(f);
	return b && b->read_only;
}

bool fdc_track0(const struct fdc *f)
{
	int n = fdc_selected(f);
	return n >= 0 && f->r.drive[n].cyl == 0;
}

int fdc_max_cyl(enum floppy_drive_type type)
{
	return drive_types[type].max_cyl;
}

bool fdc_can_read(enum floppy_drive_type type, const struct floppy_format *format)
{
	return format->kbit <= drive_types[type].max_kbit;
}

static int rate_of(enum floppy_drive_type type, const struct floppy_format *m)
{
	return type == FLOPPY_1200K && m->kbit == 250 ? 300 : m->kbit;
}

bool fdc_track_place(const struct fdc *f, struct fdc_track *t)
{
	int n = fdc_selected(f);
	if (n < 0 || !f->media[n])
		return false;
	const struct floppy_format *m = f->format[n];
	int cyl = f->r.drive[n].cyl;
	if (m->inch525 && m->cylinders == 40 && f->config.drive[n] == FLOPPY_1200K) {
		if (cyl & 1)
			return false;
		cyl /= 2;
	}
	if (cyl >= m->cylinders || f->r.head >= m->heads)
		return false;
	t->c = (u8)cyl;
	t->h = f->r.head;
	t->spt = m->sectors_per_track;
	t->first = (u32)(cyl * m->heads + f->r.head) * m->sectors_per_track;
	return true;
}

/* The drive, the selected rate and the command's MFM bit are those of the disk's format. */
bool fdc_density_ok(const struct fdc *f)
{
	int n = fdc_selected(f);
	if (n < 0 || !f->media[n] || !(f->r.cmd[0] & CMD_MFM))
		return false;
	enum floppy_drive_type type = f->config.drive[n];
	return fdc_can_read(type, f->format[n]) && rate_kbit[f->r.rate & 3] == rate_of(type, f->format[n]);
}

bool fdc_track(const struct fdc *f, struct fdc_track *t)
{
	if (!fdc_density_ok(f) || !fdc_track_place(f, t))
		return false;
	for (int r = 1; r <= t->spt; r++)
		if (fdc_sector_exists(f, t, r))
			return true;
	return false;
}

static bool bit_of(const u8 *map, u32 sector)
{
	return map[sector / 8] >> (sector % 8) & 1;
}

static void set_bit(u8 *map, u32 sector, int on)
{
	u8 mask = (u8)(1u << (sector % 8));
	map[sector / 8] = (u8)(on ? map[sector / 8] | mask : map[sector / 8] & ~mask);
}

bool fdc_sector_exists(const struct fdc *f, const struct fdc_track *t, int r)
{
	return r >= 1 && r <= t->spt && !bit_of(f->r.drive[fdc_selected(f)].absent, t->first + (u32)r - 1);
}

bool fdc_sector_deleted(const struct fdc *f, u32 sector)
{
	return bit_of(f->r.drive[fdc_selected(f)].deleted, sector);
}

void fdc_mark_deleted(struct fdc *f, u32 sector, int on)
{
	set_bit(f->r.drive[fdc_selected(f)].deleted, sector, on);
}

void fdc_mark_absent(struct fdc *f, u32 sector, int on)
{
	set_bit(f->r.drive[fdc_selected(f)].absent, sector, on);
}

u64 fdc_scale(const struct fdc *f, u64 ns)
{
	return f->config.fast > 1 ? ns / (u64)f->config.fast : ns;
}

u64 fdc_revolution_ns(const struct fdc *f)
{
	int n = fdc_selected(f);
	u32 us = drive_types[n < 0 ? FLOPPY_1440K : f->config.drive[n]].revolution_us;
	u64 ns = fdc_scale(f, us * 1000ull);
	return ns ? ns : 1;
}

/* When the pulses-th index pulse from now comes by. */
u64 fdc_next_index(const struct fdc *f, int pulses)
{
	u64 now = clock_now(f->clock), rev = fdc_revolution_ns(f);
	return now - now % rev + (u64)pulses * rev;
}

/* When the given one of `slots` equal slots begins next; now, if it begins now. */
u64 fdc_next_slot(const struct fdc *f, int slot, int slots)
{
	u64 now = clock_now(f->clock), rev = fdc_revolution_ns(f);
	u64 at = now - now % rev + rev * (u64)slot / (u64)slots;
	return at < now ? at + rev : at;
}

/* Of MFM at the selected rate; FM has half the rate. */
u64 fdc_byte_ns(const struct fdc *f)
{
	u64 ns = 8000000u / rate_kbit[f->r.rate & 3];
	return f->r.cmd[0] & CMD_MFM ? ns : 2 * ns;
}
