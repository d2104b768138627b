/* fdc_pio.c - the FIFO of non-DMA transfers (82077AA data sheet 4.2).
 *
 * The disk side moves one byte per byte time of the selected data rate, never
 * scaled by the `fast` factor: the host must have the time a real disk leaves it.
 * RQM and INT ask the host
 *     reading: from (16 - threshold) bytes, or the end of a sector, until empty;
 *     writing: from the start and at <threshold> bytes left, until full.
 * With EFIFO set the FIFO is one byte deep, as in the 8272A. A FIFO found full
 * (reading) or empty (writing) by the disk side is an overrun and ends the command.
 *
 * DMA transfers do not pass through here: they move a sector at a time
 * (fdc_exec.c), since nothing but the DMA controller's count could tell.
 */
#include "devices/fdc_internal.h"

/* From the last data byte taken by the host to the result phase. */
#define DRAINED_NS 5000

bool fdc_non_dma(const struct fdc *f)
{
	return f->r.specify[1] & 1;
}

static int capacity(const struct fdc *f)
{
	return f->r.configure & CONFIGURE_EFIFO ? 1 : FDC_FIFO;
}

static int threshold(const struct fdc *f)
{
	return f->r.configure & CONFIGURE_EFIFO ? 1 : (f->r.configure & CONFIGURE_FIFOTHR) + 1;
}

static void put(struct fdc *f, u8 v)
{
	f->r.fifo[(f->r.fifo_head + f->r.fifo_count++) % FDC_FIFO] = v;
}

static u8 get(struct fdc *f)
{
	u8 v = f->r.fifo[f->r.fifo_head];
	f->r.fifo_head = (u8)((f->r.fifo_head + 1) % FDC_FIFO);
	f->r.fifo_count--;
	return v;
}

static void request_read(struct fdc *f, int sector_end)
{
	int level = capacity(f) - threshold(f);
	if (f->r.fifo_count == 0)
		f->r.request = 0;
	else if (f->r.fifo_count >= level || sector_end)
		f->r.request = 1;
}

static void request_write(struct fdc *f)
{
	if (f->r.fifo_count >= capacity(f) || f->r.host_left == 0)
		f->r.request = 0;
	else if (f->r.fifo_count <= threshold(f))
		f->r.request = 1;
}

/* The execution phase begins. host_bytes: what the host will write up to the end of the cylinder. */
void fdc_pio_start(struct fdc *f, u32 host_bytes)
{
	f->r.host_left = host_bytes;
	if (fdc_non_dma(f) && fdc_op_takes_data(fdc_op(f)))
		request_write(f);
}

static void overrun(struct fdc *f)
{
	f->r.st1 |= ST1_OR;
	f->r.fifo_count = 0;
	fdc_exec_finish(f, ST0_ABNORMAL);
}

/* One byte of the sector, unit_len bytes long, passes the head. */
void fdc_pio_disk_byte(struct fdc *f, int unit_len)
{
	if (fdc_op_gives_data(fdc_op(f))) {
		if (f->r.fifo_count == capacity(f)) {
			overrun(f);
			return;
		}
		put(f, f->r.data[f->r.pos++]);
		request_read(f, f->r.pos == unit_len);
	} else {
		if (f->r.fifo_count == 0) {
			overrun(f);
			return;
		}
		f->r.data[f->r.pos++] = get(f);
		request_write(f);
	}
	if (f->r.pos == unit_len)
		fdc_sector_done(f);
	else
		f->r.exec_due_ns = clock_now(f->clock) + fdc_byte_ns(f);
}

void fdc_pio_write(struct fdc *f, u8 v)
{
	if (f->r.fifo_count >= capacity(f) || f->r.host_left == 0)
		return;
	put(f, v);
	f->r.host_left--;
	request_write(f);
}

u8 fdc_pio_read(struct fdc *f)
{
	if (f->r.fifo_count == 0)
		return 0;
	u8 v = get(f);
	request_read(f, 0);
	if (f->r.stage == FDC_DRAIN && f->r.fifo_count == 0)
		f->r.exec_due_ns = clock_now(f->clock) + DRAINED_NS;
	else if (f->r.fifo_count)
		f->r.request = 1; /* once asked, asked until it is empty */
	return v;
}
