/* fdc_cmd.c - command and result phase of the floppy controller, and the commands
 * that move neither head nor data (82077AA data sheet, table 5-1 and 5.2).
 *
 * The SCAN commands are those of the 8272A, whose command set the 82077AA
 * continues. PART ID (18h) and the other additions of the 82078 are invalid here,
 * which is how drivers tell a 82077AA: VERSION gives 90h, LOCK works, 18h gives 80h.
 */
#include "devices/fdc_internal.h"

/* From the last command byte to the start of the command. */
#define DECODE_NS 5000

static const struct fdc_command {
	u8 mask, value; /* of the first byte */
	u8 op, length;
} commands[] = {
	/* The MT, MFM and SK bits are free where they are ignored. */
	{0x1f, 0x06, OP_READ, 9},
	{0x1f, 0x0c, OP_READ_DELETED, 9},
	{0x1f, 0x05, OP_WRITE, 9},
	{0x1f, 0x09, OP_WRITE_DELETED, 9},
	{0x1f, 0x02, OP_READ_TRACK, 9},
	{0x1f, 0x16, OP_VERIFY, 9},
	{0x1f, 0x11, OP_SCAN_EQUAL, 9},
	{0x1f, 0x19, OP_SCAN_LOW, 9},
	{0x1f, 0x1d, OP_SCAN_HIGH, 9},
	{0x1f, 0x0d, OP_FORMAT, 6},
	{0x1f, 0x0a, OP_READ_ID, 2},
	{0xff, 0x07, OP_RECALIBRATE, 2},
	{0xff, 0x08, OP_SENSE_INTERRUPT, 1},
	{0xff, 0x03, OP_SPECIFY, 3},
	{0xff, 0x04, OP_SENSE_DRIVE, 2},
	{0xff, 0x0f, OP_SEEK, 3},
	{0xbf, 0x8f, OP_RELATIVE_SEEK, 3},
	{0xff, 0x0e, OP_DUMPREG, 1},
	{0xff, 0x10, OP_VERSION, 1},
	{0xff, 0x12, OP_PERPENDICULAR, 2},
	{0xff, 0x13, OP_CONFIGURE, 4},
	{0x7f, 0x14, OP_LOCK, 1},
};

static const struct fdc_command invalid = {0, 0, OP_INVALID, 1};

static const struct fdc_command *find(u8 first)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if ((first & commands[i].mask) == commands[i].value)
			return &commands[i];
	return &invalid;
}

enum fdc_op fdc_op(const struct fdc *f)
{
	return (enum fdc_op)find(f->r.cmd[0])->op;
}

void fdc_command_byte(struct fdc *f, u8 v)
{
	if (f->r.cmd_pos == 0)
		f->r.cmd_len = find(v)->length;
	f->r.cmd[f->r.cmd_pos++] = v;
	if (f->r.cmd_pos < f->r.cmd_len)
		return;
	f->r.phase = FDC_EXECUTION;
	f->r.stage = FDC_DECODE;
	f->r.exec_due_ns = clock_now(f->clock) + DECODE_NS;
}

/* Ready for a command. A seek that ended meanwhile is reported now. */
void fdc_idle(struct fdc *f)
{
	f->r.phase = FDC_COMMAND;
	f->r.cmd_pos = f->r.cmd_len = 0;
	f->r.exec_due_ns = CLOCK_NEVER;
	for (int unit = 0; unit < FDC_SELECTS; unit++)
		if (f->r.pending_set >> unit & 1 && f->r.pending[unit] & ST0_SE)
			f->r.intr |= FDC_INT_SEEK;
}

void fdc_results(struct fdc *f, int n)
{
	f->r.phase = FDC_RESULT;
	f->r.result_len = (u8)n;
	f->r.result_pos = 0;
	f->r.exec_due_ns = CLOCK_NEVER;
}

u8 fdc_result_byte(struct fdc *f)
{
	u8 v = f->r.result[f->r.result_pos++];
	f->r.intr &= (u8)~FDC_INT_RESULT;
	if (f->r.result_pos == f->r.result_len)
		fdc_idle(f);
	return v;
}

static void result_one(struct fdc *f, u8 v)
{
	f->r.result[0] = v;
	fdc_results(f, 1);
}

/* ST3: the drive's lines (data sheet 6.4). */
static void sense_drive(struct fdc *f)
{
	f->r.head = f->r.cmd[1] >> 2 & 1;
	u8 st3 = (u8)(0x28 | (f->r.cmd[1] & 7));
	if (fdc_write_protected(f))
		st3 |= 0x40;
	if (fdc_track0(f))
		st3 |= 0x10;
	result_one(f, st3);
}

static void dumpreg(struct fdc *f)
{
	u8 *q = f->r.result;
	for (int i = 0; i < FDC_SELECTS; i++)
		*q++ = f->r.pcn[i];
	*q++ = f->r.specify[0];
	*q++ = f->r.specify[1];
	*q++ = f->r.last_eot;
	*q++ = (u8)(f->r.lock << 7 | f->r.perpendicular);
	*q++ = f->r.configure;
	*q++ = f->r.pretrk;
	fdc_results(f, 10);
}

/* Bits 5..2 (D3..D0) change only with OW set (data sheet 5.2.11). */
static void perpendicular(struct fdc *f)
{
	u8 v = f->r.cmd[1];
	u8 keep = v & 0x80 ? 0 : f->r.perpendicular & 0x3c;
	f->r.perpendicular = (u8)(keep | (v & (v & 0x80 ? 0x3f : 0x03)));
	fdc_idle(f);
}

static void specify(struct fdc *f)
{
	f->r.specify[0] = f->r.cmd[1];
	f->r.specify[1] = f->r.cmd[2];
	fdc_idle(f);
}

static void configure(struct fdc *f)
{
	f->r.configure = f->r.cmd[2] & 0x7f;
	f->r.pretrk = f->r.cmd[3];
	fdc_idle(f);
}

/* The latency of the last command byte is over. */
void fdc_decode(struct fdc *f)
{
	switch (fdc_op(f)) {
	case OP_INVALID:
		log_msg(f->log, LOG_INFO, "fdc", "command %02xh is unknown to a 82077AA", f->r.cmd[0]); /* drivers probe for newer ones */
		result_one(f, ST0_INVALID);
		break;
	case OP_SENSE_INTERRUPT:
		fdc_sense_interrupt(f);
		break;
	case OP_SPECIFY:
		specify(f);
		break;
	case OP_SENSE_DRIVE:
		sense_drive(f);
		break;
	case OP_RECALIBRATE:
	case OP_SEEK:
	case OP_RELATIVE_SEEK:
		fdc_seek_command(f);
		break;
	case OP_DUMPREG:
		dumpreg(f);
		break;
	case OP_VERSION:
		result_one(f, 0x90);
		break;
	case OP_PERPENDICULAR:
		perpendicular(f);
		break;
	case OP_CONFIGURE:
		configure(f);
		break;
	case OP_LOCK:
		f->r.lock = f->r.cmd[0] >> 7;
		result_one(f, (u8)(f->r.lock << 4));
		break;
	default:
		fdc_exec_start(f);
	}
}
