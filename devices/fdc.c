/* fdc.c - Intel 82077AA floppy disk controller in PC AT mode (data sheet
 * 290166-007): ports, reset, outputs. The other parts: fdc_internal.h.
 *
 *            3F0h SRA  } not driven in AT mode: read FFh
 *            3F1h SRB  }
 *            3F2h DOR  motors, DMA gate, reset, drive select   --> irq 6
 *   bus ---> 3F3h TDR  bits 1..0; the others are not driven    <-> dma 2
 *            3F4h MSR / DSR                                    --> 2 drives
 *            3F5h FIFO
 *            3F7h DIR (bit 7) / CCR
 *
 * (3F6h belongs to the ATA controller.)
 *
 * Times: seek, head load and unload, rotation and transfer are those of real
 * drives, divided by config.fast; commands without them take 5 us, the end of a
 * reset 250 us, a motor 300 ms to come up to speed. In DIR the bits 6..0 are not
 * driven by a 82077AA and read as ones.
 *
 * Not emulated: PS/2 and Model 30 mode (SRA, SRB), power down (DSR bit 6 is kept
 * and has no effect), write precompensation, tape drives, drives 2 and 3.
 */
#include "devices/fdc.h"

#include <string.h>

#include "devices/fdc_internal.h"

#define RESET_NS 250000
#define SPIN_UP_NS 300000000ull

enum { PORT_SRA, PORT_SRB, PORT_DOR, PORT_TDR, PORT_MSR, PORT_FIFO, PORT_DIR = 7 };

/* --- outputs ------------------------------------------------------------- */

static void set_timer(struct fdc *f)
{
	u64 due = f->r.exec_due_ns < f->r.reset_due_ns ? f->r.exec_due_ns : f->r.reset_due_ns;
	for (int i = 0; i < FDC_SELECTS; i++)
		if (f->r.seek[i].due_ns < due)
			due = f->r.seek[i].due_ns;
	if (due == CLOCK_NEVER)
		timer_cancel(f->clock, &f->timer);
	else if (due != f->timer.due_ns)
		timer_set(f->clock, &f->timer, due);
}

void fdc_update(struct fdc *f)
{
	bool wants_host = f->r.phase == FDC_EXECUTION && f->r.request;
	bool pin = f->r.phase != FDC_IN_RESET && (f->r.intr || wants_host);
	line_set(&f->irq, pin && f->r.dor & DOR_DMAGATE);
	set_timer(f);
}

/* --- reset --------------------------------------------------------------- */

/* What DOR bit 2 and DSR bit 7 do (data sheet 3.2); LOCK protects part of CONFIGURE. */
void fdc_software_reset(struct fdc *f)
{
	f->r.phase = FDC_IN_RESET;
	f->r.intr = f->r.pending_set = f->r.request = 0;
	f->r.cmd_pos = f->r.cmd_len = 0;
	f->r.fifo_count = f->r.fifo_head = 0;
	f->r.exec_due_ns = f->r.reset_due_ns = CLOCK_NEVER;
	f->r.head_until_ns = 0;
	for (int i = 0; i < FDC_SELECTS; i++) {
		f->r.seek[i] = (struct fdc_seek_regs){.due_ns = CLOCK_NEVER};
		f->r.pcn[i] = 0;
	}
	f->r.perpendicular &= 0x3c; /* GAP and WGATE */
	if (f->r.lock) {
		f->r.configure &= CONFIGURE_EFIFO | CONFIGURE_FIFOTHR;
	} else {
		f->r.configure = CONFIGURE_EFIFO;
		f->r.pretrk = 0;
	}
}

static void reset_done(struct fdc *f)
{
	f->r.reset_due_ns = CLOCK_NEVER;
	if (!(f->r.configure & CONFIGURE_POLL)) {
		for (int i = 0; i < FDC_SELECTS; i++)
			f->r.pending[i] = (u8)(ST0_POLLING | i);
		f->r.pending_set = 0x0f;
		f->r.intr = FDC_INT_SEEK;
	}
	fdc_idle(f);
}

/* --- registers ----------------------------------------------------------- */

static void set_motor(struct fdc *f, int n, int on)
{
	struct fdc_drive_regs *d = &f->r.drive[n];
	if (!on)
		d->ready_ns = CLOCK_NEVER;
	else if (d->ready_ns == CLOCK_NEVER)
		d->ready_ns = clock_now(f->clock) + fdc_scale(f, SPIN_UP_NS);
}

/* A command that waited for the disk to turn looks again. */
static void retry_hanging(struct fdc *f)
{
	if (f->r.phase == FDC_EXECUTION && f->r.stage == FDC_HANG && fdc_turning(f))
		f->r.exec_due_ns = clock_now(f->clock);
}

static void write_dor(struct fdc *f, u8 v)
{
	u8 old = f->r.dor;
	f->r.dor = v;
	for (int n = 0; n < FDC_DRIVES; n++)
		set_motor(f, n, v & DOR_MOTOR(n));
	if (!(v & DOR_NRESET))
		fdc_software_reset(f);
	else if (!(old & DOR_NRESET))
		f->r.reset_due_ns = clock_now(f->clock) + RESET_NS;
	retry_hanging(f);
}

static void write_dsr(struct fdc *f, u8 v)
{
	f->r.dsr = v & (u8)~DSR_RESET;
	f->r.rate = v & 3;
	if (v & DSR_RESET && f->r.dor & DOR_NRESET) {
		fdc_software_reset(f);
		f->r.reset_due_ns = clock_now(f->clock) + RESET_NS;
	}
}

static bool host_may_write(const struct fdc *f)
{
	if (f->r.phase == FDC_COMMAND)
		return true;
	return f->r.phase == FDC_EXECUTION && f->r.request && fdc_op_takes_data(fdc_op(f));
}

static bool host_may_read(const struct fdc *f)
{
	if (f->r.phase == FDC_RESULT)
		return true;
	return f->r.phase == FDC_EXECUTION && f->r.request && fdc_op_gives_data(fdc_op(f));
}

static u8 read_msr(const struct fdc *f)
{
	u8 v = 0;
	if (f->r.phase == FDC_IN_RESET)
		return 0;
	if (host_may_read(f))
		v |= MSR_RQM | MSR_DIO;
	else if (host_may_write(f))
		v |= MSR_RQM;
	if (f->r.phase != FDC_COMMAND || f->r.cmd_pos)
		v |= MSR_CB;
	if (f->r.phase == FDC_EXECUTION && f->r.stage != FDC_DECODE && fdc_non_dma(f))
		v |= MSR_NDMA;
	for (int i = 0; i < FDC_SELECTS; i++)
		if (f->r.seek[i].kind != FDC_SEEK_NONE)
			v |= (u8)(1 << i);
	if (f->r.phase == FDC_EXECUTION && f->r.stage == FDC_STEP)
		v |= (u8)(1 << f->r.unit);
	return v;
}

static u8 read_fifo(struct fdc *f)
{
	if (!host_may_read(f))
		return 0;
	return f->r.phase == FDC_RESULT ? fdc_result_byte(f) : fdc_pio_read(f);
}

static void write_fifo(struct fdc *f, u8 v)
{
	if (!host_may_write(f))
		return;
	if (f->r.phase == FDC_COMMAND)
		fdc_command_byte(f, v);
	else
		fdc_pio_write(f, v);
}

/* The drive's change line; a 360K drive has none. */
static u8 read_dir(const struct fdc *f)
{
	int n = fdc_selected(f);
	bool changed = n >= 0 && f->config.drive[n] != FLOPPY_360K && f->r.drive[n].changed;
	return (u8)(0x7f | (changed ? DIR_DSKCHG : 0));
}

static u32 fdc_read(void *opaque, u32 port, int size)
{
	struct fdc *f = opaque;
	u8 v = 0xff;
	(void)size;
	switch (port) {
	case PORT_DOR:
		v = f->r.dor;
		break;
	case PORT_TDR:
		v = 0xfc | f->r.tdr;
		break;
	case PORT_MSR:
		v = read_msr(f);
		break;
	case PORT_FIFO:
		v = read_fifo(f);
		fdc_update(f);
		break;
	case PORT_DIR:
		v = read_dir(f);
		break;
	default:
		break;
	}
	return v;
}

static void fdc_write(void *opaque, u32 port, int size, u32 value)
{
	struct fdc *f = opaque;
	u8 v = (u8)value;
	(void)size;
	switch (port) {
	case PORT_DOR:
		write_dor(f, v);
		break;
	case PORT_TDR:
		f->r.tdr = v & 3;
		break;
	case PORT_MSR:
		write_dsr(f, v);
		break;
	case PORT_FIFO:
		write_fifo(f, v);
		break;
	case PORT_DIR: /* CCR */
		f->r.rate = v & 3;
		break;
	default:
		break;
	}
	fdc_update(f);
}

static u32 fdc_read_3f7(void *opaque, u32 offset, int size)
{
	return fdc_read(opaque, PORT_DIR + offset, size);
}

static void fdc_write_3f7(void *opaque, u32 offset, int size, u32 value)
{
	fdc_write(opaque, PORT_DIR + offset, size, value);
}

static const struct io_ops fdc_ops = {fdc_read, fdc_write, 1};
static const struct io_ops fdc_ops_3f7 = {fdc_read_3f7, fdc_write_3f7, 1};

/* --- life ---------------------------------------------------------------- */

static void fire(void *opaque)
{
	struct fdc *f = opaque;
	u64 now = clock_now(f->clock);
	if (f->r.reset_due_ns <= now)
		reset_done(f);
	for (int i = 0; i < FDC_SELECTS; i++)
		if (f->r.seek[i].due_ns <= now)
			fdc_seek_event(f, i);
	if (f->r.exec_due_ns <= now)
		fdc_exec_event(f);
	fdc_update(f);
}

static void power_on(struct fdc *f)
{
	memset(&f->r, 0, sizeof f->r);
	for (int n = 0; n < FDC_DRIVES; n++) {
		f->r.drive[n].changed = 1;
		f->r.drive[n].ready_ns = CLOCK_NEVER;
	}
}

/* DOR is 0 after it: the chip stays in reset until the BIOS writes DOR. */
static void hardware_reset(struct fdc *f)
{
	f->r.dor = f->r.tdr = f->r.lock = f->r.perpendicular = 0;
	f->r.specify[0] = f->r.specify[1] = f->r.last_eot = 0;
	f->r.dsr = f->r.rate = RATE_250;
	for (int n = 0; n < FDC_DRIVES; n++)
		set_motor(f, n, 0);
	fdc_software_reset(f);
}

void fdc_reset(struct fdc *f)
{
	hardware_reset(f);
	fdc_update(f);
}

void fdc_restore(struct fdc *f)
{
	timer_cancel(f->clock, &f->timer);
	fdc_update(f);
}

void fdc_init(struct fdc *f, struct bus *bus, struct clock *clock, struct log *log,
              const struct fdc_config *config)
{
	memset(f, 0, sizeof *f);
	f->config = *config;
	f->clock = clock;
	f->log = log;
	f->dma_channel = 2;
	timer_init(&f->timer, fire, f);
	power_on(f);
	hardware_reset(f);
	bus_add_ports(bus, 0x3f0, 6, &fdc_ops, f);
	bus_add_ports(bus, 0x3f7, 1, &fdc_ops_3f7, f);
}

bool fdc_insert(struct fdc *f, int drive, struct block *media)
{
	const struct floppy_format *format = floppy_format_by_sectors(media->sectors);
	if (drive < 0 || drive >= FDC_DRIVES || f->config.drive[drive] == FLOPPY_NONE || f->media[drive] || !format)
		return false;
	if (!fdc_can_read(f->config.drive[drive], format))
		log_msg(f->log, LOG_WARN, "fdc", "drive %c cannot read the density of a %s disk", 'A' + drive,
		        format->name);
	f->media[drive] = media;
	f->format[drive] = format;
	f->r.drive[drive].changed = 1;
	retry_hanging(f);
	fdc_update(f);
	return true;
}

struct block *fdc_eject(struct fdc *f, int drive)
{
	if (drive < 0 || drive >= FDC_DRIVES)
		return NULL;
	struct block *media = f->media[drive];
	struct fdc_drive_regs *d = &f->r.drive[drive];
	f->media[drive] = NULL;
	f->format[drive] = NULL;
	d->changed = 1;
	memset(d->deleted, 0, sizeof d->deleted);
	memset(d->absent, 0, sizeof d->absent);
	return media;
}

bool fdc_drive_active(const struct fdc *f, int drive)
{
	return (f->r.dor & 3) == drive && f->r.dor & DOR_MOTOR(drive);
}
