/* ata_taskfile.c - one ATA channel at ATA/ATAPI-6 level (T13/1410D): ports, device
 * selection, resets, interrupt.
 *
 *         base+0  data (16 or 32 bits)         control  alternate status /
 *   bus   base+1  error / features                      device control
 *    |    base+2  sector count   } two deep:
 *    +--> base+3  LBA low        } HOB shows      --> irq (INTRQ of the
 *         base+4  LBA mid        } the older          selected device)
 *         base+5  LBA high       } value
 *         base+6  device
 *         base+7  status / command
 *
 * Both devices latch what is written; the one selected by DEV answers. Clause
 * 9.16: if only device 0 is there it answers for device 1 too, with status 00h;
 * if nobody is, the lines float and the pull-down on DD7 gives 7Fh.
 *
 * A command is never finished inside the OUT that started it: every step comes
 * from the drive's timer (latencies: ata_internal.h).
 *
 * Not emulated: overlap and queueing, CompactFlash 8-bit transfers, the security,
 * SMART and removable media feature sets (all reported as absent by IDENTIFY).
 */
#include "devices/ata.h"

#include <string.h>

#include "base/bits.h"
#include "devices/ata_internal.h"

enum { REG_DATA, REG_ERROR, REG_COUNT, REG_LOW, REG_MID, REG_HIGH, REG_DEVICE, REG_STATUS };

#define FLOATING 0x7f

static bool present(const struct ata_drive *d)
{
	return d->kind != ATA_NONE;
}

static struct ata_drive *selected(struct ata *a)
{
	return &a->drive[a->r.select];
}

/* --- outputs ------------------------------------------------------------- */

void ata_update(struct ata *a)
{
	const struct ata_drive *d = selected(a);
	line_set(&a->irq, present(d) && d->r->intrq && !(a->r.control & CONTROL_NIEN));
}

/* Schedules the next step of a device; it is busy until then. */
void ata_begin(struct ata_drive *d, enum ata_action action, u64 ns)
{
	d->r->status = ATA_BSY | ATA_READY;
	d->r->transfer = ATA_TRANSFER_NONE;
	d->r->action = (u8)action;
	d->r->due_ns = clock_now(d->ata->clock) + ns;
	timer_set(d->ata->clock, &d->timer, d->r->due_ns);
}

static void stop(struct ata_drive *d)
{
	d->r->action = ATA_ACTION_NONE;
	d->r->transfer = ATA_TRANSFER_NONE;
	d->r->pos = d->r->end = d->r->left = 0;
	d->r->due_ns = CLOCK_NEVER;
	timer_cancel(d->ata->clock, &d->timer);
}

static void end_command(struct ata_drive *d, u8 status, u8 error)
{
	stop(d);
	d->r->status = status;
	d->r->error = error;
	d->r->intrq = 1;
	d->r->idle_since_ns = clock_now(d->ata->clock);
}

void ata_done(struct ata_drive *d)
{
	end_command(d, ATA_READY, 0);
}

void ata_fail(struct ata_drive *d, u8 error)
{
	end_command(d, ATA_READY | ATA_ERR, error);
}

/* The disk could not store the data: no error bit says so, device fault does. */
void ata_fault(struct ata_drive *d)
{
	end_command(d, ATA_READY | ATA_DF | ATA_ERR, ATA_ABRT);
}

/* --- reset --------------------------------------------------------------- */

/* Clause 9.12: how the host tells the kinds of device apart. */
void ata_signature(struct ata_drive *d)
{
	bool packet = d->kind == ATA_PACKET;
	d->r->count[0] = d->r->low[0] = 1;
	d->r->mid[0] = packet ? 0x14 : 0;
	d->r->high[0] = packet ? 0xeb : 0;
	d->r->count[1] = d->r->low[1] = d->r->mid[1] = d->r->high[1] = 0;
	d->r->device = 0;
	d->r->error = 0x01; /* diagnostic code: passed */
}

static void reset_settings(struct ata_drive *d, int hard)
{
	if (d->kind == ATA_DISK)
		ata_disk_defaults(d);
	if (d->ops && d->ops->reset)
		d->ops->reset(d, hard);
}

static void reset_end(struct ata_drive *d)
{
	stop(d);
	ata_signature(d);
	d->r->status = d->kind == ATA_PACKET ? 0 : ATA_READY;
}

static void hold_in_reset(struct ata_drive *d)
{
	stop(d);
	d->r->intrq = 0;
	d->r->power = ATA_ACTIVE;
	d->r->status = ATA_BSY;
}

static void leave_reset(struct ata_drive *d)
{
	ata_begin(d, ATA_ACTION_RESET, ATA_RESET_NS);
	d->r->status = ATA_BSY;
}

static void power_on(struct ata_drive *d)
{
	memset(d->r, 0, sizeof *d->r);
	d->r->due_ns = CLOCK_NEVER;
	if (!present(d))
		return;
	reset_settings(d, 1);
	leave_reset(d);
}

static void write_control(struct ata *a, u8 v)
{
	u8 old = a->r.control;
	a->r.control = v & (CONTROL_HOB | CONTROL_SRST | CONTROL_NIEN);
	if (!((old ^ v) & CONTROL_SRST))
		return;
	for (int i = 0; i < 2; i++) {
		struct ata_drive *d = &a->drive[i];
		if (!present(d))
			continue;
		if (v & CONTROL_SRST) {
			hold_in_reset(d);
			if (!d->r->keep_settings || d->ops)
				reset_settings(d, 0);
		} else {
			leave_reset(d);
		}
	}
	a->r.select = 0;
}

/* --- commands ------------------------------------------------------------ */

#define COMMAND_DEVICE_RESET 0x08
#define COMMAND_DIAGNOSTIC 0x90

/* Goes to both devices, whichever is selected. */
static void start_diagnostic(struct ata *a)
{
	for (int i = 0; i < 2; i++) {
		struct ata_drive *d = &a->drive[i];
		if (!present(d) || d->r->power == ATA_SLEEP)
			continue;
		stop(d);
		d->r->intrq = 0;
		d->r->command = COMMAND_DIAGNOSTIC;
		ata_begin(d, ATA_ACTION_DIAGNOSTIC, ATA_RESET_NS);
	}
}

static void diagnostic_end(struct ata_drive *d)
{
	struct ata *a = d->ata;
	reset_end(d);
	a->r.select = 0;
	if (d->unit == 0 || !present(&a->drive[0]))
		d->r->intrq = 1;
}

static void write_command(struct ata *a, u8 v)
{
	struct ata_drive *d = selected(a);
	bool always = v == COMMAND_DEVICE_RESET && d->kind == ATA_PACKET; /* 8.8: even while busy or asleep */
	if (v == COMMAND_DIAGNOSTIC && !(a->r.control & CONTROL_SRST)) {
		start_diagnostic(a);
		return;
	}
	if (!present(d) || a->r.control & CONTROL_SRST)
		return;
	if ((d->r->power == ATA_SLEEP || d->r->status & ATA_BSY) && !always)
		return;
	stop(d);
	if (always)
		d->r->power = ATA_ACTIVE;
	d->r->command = v;
	d->r->intrq = 0;
	d->r->error = 0;
	ata_begin(d, ATA_ACTION_COMMAND, ATA_COMMAND_NS);
}

static void fire(void *opaque)
{
	struct ata_drive *d = opaque;
	enum ata_action action = (enum ata_action)d->r->action;
	d->r->action = ATA_ACTION_NONE;
	d->r->due_ns = CLOCK_NEVER;
	switch (action) {
	case ATA_ACTION_NONE:
		break;
	case ATA_ACTION_COMMAND:
		ata_command_begin(d);
		break;
	case ATA_ACTION_RESET:
		reset_end(d);
		break;
	case ATA_ACTION_DIAGNOSTIC:
		diagnostic_end(d);
		break;
	case ATA_ACTION_LOAD:
		ata_load(d);
		break;
	case ATA_ACTION_STORE:
		ata_store(d);
		break;
	case ATA_ACTION_VERIFY:
		ata_verify_some(d);
		break;
	case ATA_ACTION_DMA:
		ata_dma_some(d);
		break;
	case ATA_ACTION_FLUSH:
		if (block_flush(d->block))
			ata_fault(d);
		else
			ata_done(d);
		break;
	case ATA_ACTION_DONE:
		ata_done(d);
		break;
	case ATA_ACTION_DEVICE:
		d->ops->action(d);
		break;
	}
	ata_update(d->ata);
}

/* --- data port ----------------------------------------------------------- */

/* A byte access takes a word all the same. */
static u32 read_word(struct ata *a)
{
	struct ata_drive_regs *r = selected(a)->r;
	if (r->transfer != ATA_TRANSFER_IN)
		return 0;
	u32 v = load16(r->buf + r->pos);
	r->pos += 2;
	if (r->pos == r->end) {
		ata_block_done(selected(a));
		ata_update(a);
	}
	return v;
}

static u32 read_data_slowly(struct ata *a, int size)
{
	if (!present(&a->drive[0]) && !present(&a->drive[1]))
		return 0xff00ff00u | FLOATING << 16 | FLOATING;
	u32 v = read_word(a);
	if (size == 4)
		v |= read_word(a) << 16;
	return size == 1 ? v & 0xff : v;
}

/* REP INSW comes here 256 times a sector; the last word of a block goes the slow way. */
static inline u32 read_data(struct ata *a, int size)
{
	struct ata_drive_regs *r = selected(a)->r;
	u32 pos = r->pos;
	if (r->transfer != ATA_TRANSFER_IN || size == 1 || r->end - pos <= (u32)size)
		return read_data_slowly(a, size);
	r->pos = pos + (u32)size;
	return size == 2 ? load16(r->buf + pos) : load32(r->buf + pos);
}

static void write_word(struct ata *a, u16 v)
{
	struct ata_drive_regs *r = selected(a)->r;
	if (r->transfer != ATA_TRANSFER_OUT)
		return;
	store16(r->buf + r->pos, v);
	r->pos += 2;
	if (r->pos == r->end) {
		ata_block_done(selected(a));
		ata_update(a);
	}
}

static void write_data(struct ata *a, int size, u32 v)
{
	write_word(a, (u16)v);
	if (size == 4)
		write_word(a, (u16)(v >> 16));
}

/* --- command block registers --------------------------------------------- */

/* Who answers for the selected device; NULL: nobody. */
static const struct ata_drive *answering(const struct ata *a)
{
	const struct ata_drive *d = &a->drive[a->r.select];
	if (present(d))
		return d;
	return a->r.select == 1 && present(&a->drive[0]) ? &a->drive[0] : NULL;
}

static u8 read_status(const struct ata *a)
{
	const struct ata_drive *d = answering(a);
	if (!d)
		return FLOATING;
	return d->unit == a->r.select ? d->r->status : 0;
}

static u8 read_register(struct ata *a, u32 reg)
{
	const struct ata_drive *d = answering(a);
	int hob = a->r.control & CONTROL_HOB ? 1 : 0;
	if (!d)
		return FLOATING;
	switch (reg) {
	case REG_ERROR:
		return d->r->error;
	case REG_COUNT:
		return d->r->count[hob];
	case REG_LOW:
		return d->r->low[hob];
	case REG_MID:
		return d->r->mid[hob];
	case REG_HIGH:
		return d->r->high[hob];
	case REG_DEVICE:
		return d->r->device;
	default: /* status: acknowledges the interrupt */
		if (d->unit == a->r.select) {
			selected(a)->r->intrq = 0;
			ata_update(a);
		}
		return read_status(a);
	}
}

static void push(u8 *two_deep, u8 v)
{
	two_deep[1] = two_deep[0];
	two_deep[0] = v;
}

static void latch(struct ata_drive_regs *r, u32 reg, u8 v)
{
	switch (reg) {
	case REG_ERROR:
		push(r->features, v);
		break;
	case REG_COUNT:
		push(r->count, v);
		break;
	case REG_LOW:
		push(r->low, v);
		break;
	case REG_MID:
		push(r->mid, v);
		break;
	case REG_HIGH:
		push(r->high, v);
		break;
	default:
		r->device = v;
		break;
	}
}

static void write_register(struct ata *a, u32 reg, u8 v)
{
	a->r.control &= (u8)~CONTROL_HOB;
	if (reg == REG_STATUS) {
		write_command(a, v);
		return;
	}
	if (a->r.control & CONTROL_SRST)
		return;
	for (int i = 0; i < 2; i++)
		if (present(&a->drive[i]) && !(a->r.drive[i].status & ATA_BSY))
			latch(&a->r.drive[i], reg, v);
	if (reg == REG_DEVICE)
		a->r.select = v & DEVICE_DEV ? 1 : 0;
}

static u32 ata_read(void *opaque, u32 offset, int size)
{
	struct ata *a = opaque;
	u32 v = 0;
	if (offset == REG_DATA)
		return read_data(a, size);
	for (int i = 0; i < size; i++)
		v |= (u32)read_register(a, (offset + (u32)i) & 7) << (8 * i);
	return v;
}

static void ata_write(void *opaque, u32 offset, int size, u32 value)
{
	struct ata *a = opaque;
	if (offset == REG_DATA) {
		write_data(a, size, value);
		return;
	}
	for (int i = 0; i < size; i++)
		write_register(a, (offset + (u32)i) & 7, (u8)(value >> (8 * i)));
	ata_update(a);
}

static u32 control_read(void *opaque, u32 offset, int size)
{
	(void)offset;
	(void)size;
	return read_status(opaque);
}

static void control_write(void *opaque, u32 offset, int size, u32 value)
{
	(void)offset;
	(void)size;
	write_control(opaque, (u8)value);
	ata_update(opaque);
}

static const struct io_ops command_ops = {ata_read, ata_write, 4 | IO_ON_PCI};
static const struct io_ops control_ops = {control_read, control_write, 1 | IO_ON_PCI};

/* --- life ---------------------------------------------------------------- */

void ata_init(struct ata *a, struct bus *bus, struct clock *clock, struct log *log, u16 command_base,
              u16 control_base)
{
	memset(a, 0, sizeof *a);
	a->clock = clock;
	a->log = log;
	for (int i = 0; i < 2; i++) {
		struct ata_drive *d = &a->drive[i];
		d->ata = a;
		d->r = &a->r.drive[i];
		d->unit = i;
		timer_init(&d->timer, fire, d);
		power_on(d);
	}
	a->bus = bus;
	a->command_base = command_base;
	a->control_base = control_base;
	ata_decode(a, true);
}

void ata_decode(struct ata *a, bool on)
{
	if (on == a->decoded)
		return;
	a->decoded = on;
	if (on) {
		bus_add_ports(a->bus, a->command_base, 8, &command_ops, a);
		bus_add_ports(a->bus, a->control_base, 1, &control_ops, a);
	} else {
		bus_remove_ports(a->bus, a->command_base, a);
		bus_remove_ports(a->bus, a->control_base, a);
	}
}

void ata_attach(struct ata *a, int unit, enum ata_kind kind)
{
	a->drive[unit].kind = kind;
	power_on(&a->drive[unit]);
}

void ata_attach_device(struct ata *a, int unit, const struct ata_device_ops *ops, void *opaque)
{
	a->drive[unit].ops = ops;
	a->drive[unit].ops_opaque = opaque;
	ata_attach(a, unit, ATA_PACKET);
}

void ata_reset(struct ata *a)
{
	a->r.control = 0;
	a->r.select = 0;
	for (int i = 0; i < 2; i++) {
		struct ata_drive *d = &a->drive[i];
		if (!present(d))
			continue;
		u64 max = d->r->max;
		u8 kept = d->r->max_kept;
		hold_in_reset(d);
		power_on(d);
		if (kept) {
			d->r->max = max;
			d->r->max_kept = 1;
		}
	}
	ata_update(a);
}

void ata_restore(struct ata *a)
{
	for (int i = 0; i < 2; i++) {
		timer_cancel(a->clock, &a->drive[i].timer);
		if (a->r.drive[i].due_ns != CLOCK_NEVER)
			timer_set(a->clock, &a->drive[i].timer, a->r.drive[i].due_ns);
	}
	ata_update(a);
}

bool ata_busy(const struct ata *a)
{
	for (int i = 0; i < 2; i++)
		if (present(&a->drive[i]) && a->r.drive[i].status & (ATA_BSY | ATA_DRQ))
			return true;
	return false;
}
