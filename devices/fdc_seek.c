/* fdc_seek.c - head movement: SEEK, RELATIVE SEEK, RECALIBRATE, and the command
 * that reports their end, SENSE INTERRUPT STATUS (82077AA data sheet 5.2.2-5.2.4
 * and 5.2.12).
 *
 * Each step takes the step rate of SPECIFY at the selected data rate. The four
 * units seek independently, and the controller takes other commands meanwhile;
 * but the step pulses reach the drive that DOR selects at that moment, as on any
 * PC board.
 */
#include "devices/fdc_internal.h"

/* Without any step the end comes after this time, a few instructions of the chip. */
#define SEEK_NOTHING_NS 20000
#define RECALIBRATE_PULSES 79

/* SRT: 16 - n times 1 ms at 500 kbit/s, in proportion at the other rates. */
u64 fdc_step_ns(const struct fdc *f)
{
	static const u32 unit_ns[4] = {1000000, 1666667, 2000000, 500000};
	return fdc_scale(f, (16u - (f->r.specify[0] >> 4)) * (u64)unit_ns[f->r.rate & 3]);
}

/* One step pulse. With a disk in the drive it also clears the disk change line. */
void fdc_step(struct fdc *f, int inward)
{
	int n = fdc_selected(f);
	if (n < 0)
		return;
	struct fdc_drive_regs *d = &f->r.drive[n];
	if (inward && d->cyl < fdc_max_cyl(f->config.drive[n]))
		d->cyl++;
	else if (!inward && d->cyl > 0)
		d->cyl--;
	if (f->media[n])
		d->changed = 0;
}

static void seek_end(struct fdc *f, int unit, u8 ic)
{
	f->r.seek[unit].kind = FDC_SEEK_NONE;
	f->r.seek[unit].due_ns = CLOCK_NEVER;
	/* the head bit is always 0 here (data sheet 5.2.4) */
	f->r.pending[unit] = (u8)(ic | ST0_SE | unit);
	f->r.pending_set |= (u8)(1 << unit);
	if (f->r.phase == FDC_COMMAND)
		f->r.intr |= FDC_INT_SEEK;
}

static bool at_end(const struct fdc *f, const struct fdc_seek_regs *s)
{
	if (s->kind == FDC_RECALIBRATE && fdc_track0(f))
		return true;
	return s->steps == 0;
}

/* The next step pulse is due, or there was none to do. */
void fdc_seek_event(struct fdc *f, int unit)
{
	struct fdc_seek_regs *s = &f->r.seek[unit];
	if (!at_end(f, s)) {
		if (s->kind == FDC_RELATIVE && !s->inward && fdc_track0(f)) {
			seek_end(f, unit, ST0_ABNORMAL | ST0_EC); /* outward beyond track 0 */
			return;
		}
		fdc_step(f, s->inward);
		s->steps--;
		if (s->kind != FDC_RECALIBRATE)
			f->r.pcn[unit] = (u8)(s->inward ? f->r.pcn[unit] + 1 : f->r.pcn[unit] - 1);
	}
	if (!at_end(f, s))
		s->due_ns = clock_now(f->clock) + fdc_step_ns(f);
	else if (s->kind == FDC_RECALIBRATE && !fdc_track0(f))
		seek_end(f, unit, ST0_ABNORMAL | ST0_EC);
	else
		seek_end(f, unit, 0);
}

/* The command is complete; it has no result phase. */
void fdc_seek_command(struct fdc *f)
{
	enum fdc_op op = fdc_op(f);
	int unit = f->r.cmd[1] & 3;
	struct fdc_seek_regs *s = &f->r.seek[unit];
	int distance;
	switch (op) {
	case OP_RECALIBRATE:
		*s = (struct fdc_seek_regs){.kind = FDC_RECALIBRATE, .steps = RECALIBRATE_PULSES};
		f->r.pcn[unit] = 0;
		break;
	case OP_SEEK:
		distance = f->r.cmd[2] - f->r.pcn[unit];
		*s = (struct fdc_seek_regs){.kind = FDC_SEEK, .inward = distance > 0};
		s->steps = (u8)(distance < 0 ? -distance : distance);
		break;
	default:
		*s = (struct fdc_seek_regs){.kind = FDC_RELATIVE, .steps = f->r.cmd[2]};
		s->inward = f->r.cmd[0] >> 6 & 1;
		break;
	}
	s->due_ns = clock_now(f->clock) + (at_end(f, s) ? SEEK_NOTHING_NS : fdc_step_ns(f));
	f->r.pending_set &= (u8)~(1 << unit);
	fdc_idle(f);
}

void fdc_sense_interrupt(struct fdc *f)
{
	f->r.intr &= (u8)~FDC_INT_SEEK;
	for (int unit = 0; unit < FDC_SELECTS; unit++) {
		if (!(f->r.pending_set >> unit & 1))
			continue;
		f->r.pending_set &= (u8)~(1 << unit);
		f->r.result[0] = f->r.pending[unit];
		f->r.result[1] = f->r.pcn[unit];
		fdc_results(f, 2);
		return;
	}
	f->r.result[0] = ST0_INVALID;
	fdc_results(f, 1);
}
