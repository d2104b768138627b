/*
 * Diskette controller at 3F2h-3F7h, IRQ 6, DMA channel 2. Intel 82077AA data sheet, sections 4 (registers) and 5
 * (commands); the 8237A's registers as the AT wires them (AT Technical Reference, DMA controller).
 *
 *   3F2 DOR  bits 4-7 motors, 3 DMA and IRQ on, 2 not reset, 0-1 drive     3F4 MSR  7 RQM, 6 DIO, 4 busy
 *   3F5 FIFO                                                               3F7 read: bit 7 disk changed; write: rate
 */
#include "fdc.h"

#include "bda.h"
#include "bios.h"
#include "io.h"

#define DOR 0x3f2
#define MSR 0x3f4
#define FIFO 0x3f5
#define RATE 0x3f7

#define MSR_RQM 0x80
#define MSR_DIO 0x40

#define IRQ_HAS_COME 0x80
#define COMMAND_TICKS (2 * TICKS_PER_SECOND)
#define READY_PERIODS 70        /* 1 ms: the FIFO is ready within 250 us (82077AA, table 5-1) */

u8 fdc_param(u8 index)
{
	u32 table = vector_get(0x1e);

	return far_read8((u16)(table >> 16), (u16)(table + index));
}

/* IRQ 6: leave a note, and tell who waits in INT 15h AH=90h. */
void handle_0e(struct regs *r)
{
	struct regs post = { .eax = 0x9101 };

	(void)r;
	BDA->floppy_recal |= IRQ_HAS_COME;
	eoi_master();
	call_int(0x15, &post);
}

static void write_dor(int not_reset)
{
	u8 drive = BDA->floppy_motor >> 4 & 3;

	outb(DOR, (u8)(BDA->floppy_motor << 4 | 0x08 | (not_reset ? 0x04 : 0) | drive));
}

static int wait_msr(u8 direction)
{
	struct short_wait w;

	short_wait_start(&w);
	do {
		if ((inb(MSR) & (MSR_RQM | MSR_DIO)) == (MSR_RQM | direction))
			return 1;
	} while (!short_wait_over(&w, READY_PERIODS));
	return 0;
}

static int send(u8 byte)
{
	if (!wait_msr(0))
		return 0;
	outb(FIFO, byte);
	return 1;
}

/* Result bytes go to 40:42, as programs expect to find them. */
static int read_results(void)
{
	int n = 0;

	while (n < 7) {
		if (!wait_msr(MSR_DIO))
			return 0;
		BDA->fdc_result[n++] = inb(FIFO);
		delay_15us(1);
		if (!(inb(MSR) & 0x10))
			return n;
	}
	return n;
}

static u8 wait_irq(void)
{
	struct regs busy = { .eax = 0x9001 };
	struct timeout t;

	call_int(0x15, &busy);
	timeout_start(&t, COMMAND_TICKS);
	for (;;) {
		cli();
		if (BDA->floppy_recal & IRQ_HAS_COME)
			break;
		if (timeout_over(&t)) {
			sti();
			return FLOPPY_TIMEOUT;
		}
		timeout_nap();
	}
	BDA->floppy_recal &= (u8)~IRQ_HAS_COME;
	sti();
	return FLOPPY_OK;
}

static u8 sense_interrupt(void)
{
	if (!send(0x08) || !read_results())
		return FLOPPY_CONTROLLER;
	return FLOPPY_OK;
}

/* Reset; four polled drives report; SPECIFY from the parameter table. Heads are lost. */
u8 fdc_reset(void)
{
	u8 status;

	cli();
	BDA->floppy_recal = 0;
	write_dor(0);
	delay_15us(1);
	write_dor(1);
	sti();
	status = wait_irq();
	if (status)
		return FLOPPY_CONTROLLER;
	for (int drive = 0; drive < 4; drive++) {
		if (sense_interrupt())
			return FLOPPY_CONTROLLER;
	}
	if (!send(0x03) || !send(fdc_param(PARAM_SPECIFY1)) || !send(fdc_param(PARAM_SPECIFY2)))
		return FLOPPY_CONTROLLER;
	return FLOPPY_OK;
}

/* The motor stays on while this is FFh; fdc_motor_timer() gives it its time to stop. */
void fdc_motor_on(u8 drive, int wait)
{
	u8 motor = (u8)(1u << drive), was;

	cli();
	BDA->floppy_count = 0xff;
	was = BDA->floppy_motor;
	BDA->floppy_motor = (u8)((was & 0x8f) | drive << 4 | motor);
	write_dor(1);
	sti();
	if (wait && !(was & motor)) {           /* eighths of a second; reads try again instead of waiting */
		struct timeout t;
		timeout_start(&t, fdc_param(PARAM_MOTOR_START) * TICKS_PER_SECOND / 8u + 1);
		cli();
		while (!timeout_over(&t))
			timeout_nap();
		sti();
	}
}

void fdc_motor_timer(void) { BDA->floppy_count = fdc_param(PARAM_MOTOR_OFF); }

void fdc_set_rate(u8 drive, u8 rate)
{
	BDA->floppy_media[drive] = (u8)((BDA->floppy_media[drive] & 0x3f) | rate << 6);
	BDA->floppy_rate = (u8)((BDA->floppy_rate & 0x3f) | rate << 6);
	outb(RATE, rate);
}

int fdc_changed(void) { return inb(RATE) >> 7; }

static u8 recalibrate(u8 drive)
{
	u8 status = FLOPPY_SEEK;

	for (int n = 0; n < 2; n++) {           /* 79 steps may not be enough from cylinder 80 */
		BDA->floppy_recal &= (u8)~IRQ_HAS_COME;
		if (!send(0x07) || !send(drive))
			return FLOPPY_CONTROLLER;
		status = wait_irq();
		if (status)
			return status;
		if (sense_interrupt())
			return FLOPPY_CONTROLLER;
		status = (BDA->fdc_result[0] & 0xf0) == 0x20 ? FLOPPY_OK : FLOPPY_SEEK;
		if (status == FLOPPY_OK)
			break;
	}
	BDA->floppy_cylinder[drive] = 0;
	if (status == FLOPPY_OK)
		BDA->floppy_recal |= (u8)(1u << drive);
	return status;
}

/* To a physical cylinder, from cylinder 0 if nobody knows where the head is. */
u8 fdc_seek(u8 drive, u8 head, u8 cylinder)
{
	u8 status;

	if (!(BDA->floppy_recal & 1u << drive)) {
		status = recalibrate(drive);
		if (status)
			return status;
	}
	if (BDA->floppy_cylinder[drive] == cylinder)
		return FLOPPY_OK;
	BDA->floppy_recal &= (u8)~IRQ_HAS_COME;
	if (!send(0x0f) || !send((u8)(head << 2 | drive)) || !send(cylinder))
		return FLOPPY_CONTROLLER;
	status = wait_irq();
	if (status)
		return status;
	if (sense_interrupt())
		return FLOPPY_CONTROLLER;
	if ((BDA->fdc_result[0] & 0xe0) != 0x20 || BDA->fdc_result[1] != cylinder) {
		BDA->floppy_recal &= (u8)~(1u << drive);
		return FLOPPY_SEEK;
	}
	BDA->floppy_cylinder[drive] = cylinder;
	delay_15us(fdc_param(PARAM_SETTLE) * 66u);
	return FLOPPY_OK;
}

/* ST0-ST2 to an INT 13h status (82077AA, section 4.3). */
static u8 result_status(void)
{
	u8 st0 = BDA->fdc_result[0], st1 = BDA->fdc_result[1];

	if (!(st0 & 0xc0))
		return FLOPPY_OK;
	if ((st0 & 0xc0) != 0x40)
		return FLOPPY_CONTROLLER;
	if (st1 & 0x80)
		return FLOPPY_NO_SECTOR;
	if (st1 & 0x20)
		return FLOPPY_CRC;
	if (st1 & 0x10)
		return FLOPPY_DMA_OVERRUN;
	if (st1 & 0x04)
		return FLOPPY_NO_SECTOR;
	if (st1 & 0x02)
		return FLOPPY_WRITE_PROTECTED;
	if (st1 & 0x01)
		return FLOPPY_NO_ADDRESS_MARK;
	return FLOPPY_CONTROLLER;
}

/* A command with an execution phase and seven result bytes. */
u8 fdc_command(const u8 *bytes, u32 count)
{
	u8 status;

	BDA->floppy_recal &= (u8)~IRQ_HAS_COME;
	for (u32 n = 0; n < count; n++) {
		if (!send(bytes[n]))
			return FLOPPY_CONTROLLER;
	}
	status = wait_irq();
	if (status)
		return status;
	return read_results() == 7 ? result_status() : FLOPPY_CONTROLLER;
}

u8 fdc_read_id(u8 drive, u8 head)
{
	u8 command[2] = { FDC_READ_ID, (u8)(head << 2 | drive) };

	return fdc_command(command, sizeof(command));
}

/*
 * Channel 2, single mode. Its counter has 16 bits and its page register does not count: a transfer must not cross 64 KB.
 */
u8 dma_setup(u8 mode, u16 seg, u16 off, u32 bytes)
{
	u32 address = ((u32)seg << 4) + off, last = bytes - 1;

	if ((address & 0xffff) + last > 0xffff)
		return FLOPPY_DMA_BOUNDARY;
	cli();
	outb(0x0a, 0x06);
	outb(0x0c, 0);
	outb(0x0b, mode);
	outb(0x04, (u8)address);
	outb(0x04, (u8)(address >> 8));
	outb(0x81, (u8)(address >> 16));
	outb(0x05, (u8)last);
	outb(0x05, (u8)(last >> 8));
	outb(0x0a, 0x02);
	sti();
	return FLOPPY_OK;
}

/* 40:8F, four bits for each drive: 2 known, 1 several rates, 0 change line. */
static u8 drive_info(u8 type)
{
	static const u8 ROM info[6] = { 0, 4, 7, 5, 7, 7 };

	return info[type];
}

/* POST: reset, and see whether it is there at all. */
void fdc_init(void)
{
	BDA->floppy_motor = 0;
	BDA->floppy_count = 0;
	BDA->floppy_info = (u8)(drive_info(floppy_type(0)) | drive_info(floppy_type(1)) << 4);
	if (inb(MSR) == 0xff)
		return;
	irq_unmask(6);
	fdc_reset();
}
