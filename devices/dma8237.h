/* dma8237.h - the two 8237A DMA controllers of a PC/AT and their page registers.
 *
 *   first:  00h..0Fh        channels 0..3, bytes                 --HRQ--> channel 4
 *   second: C0h..DEh, even  channels 4 (cascade), 5..7, words    --HRQ--> processor
 *   pages:  87h 83h 81h 82h = channels 0..3;  8Bh 89h 8Ah = 5..7;  the rest of 80h..8Fh are latches
 *
 * Intel 8237A data sheet (231466); page registers: IBM PC/AT Technical Reference.
 * Port 80h is also the POST code: register postcode.h after this chip, it then answers there.
 * The first controller reaches memory only when channel 4 is unmasked and in cascade mode.
 * Not emulated, as in the PIIX3: memory-to-memory transfers, address hold. A software
 * request (register 9) shows in the status but moves nothing without a device. Priority does not
 * matter, because a device's transfer is one step.
 */
#ifndef DEVICES_DMA8237_H
#define DEVICES_DMA8237_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"

struct dma_channel_regs {
	u16 base_addr, base_count;
	u16 addr, count;
	u8 mode; /* bits 7..2 of the mode register */
	u8 page; /* address bits 23..16 */
};

struct dma_chip_regs {
	struct dma_channel_regs ch[4];
	u8 command, status, request, mask; /* status: bits 3..0 terminal count */
	u8 dreq;      /* level of the four request pins */
	u8 flip_flop; /* 1: the high byte comes next */
};

struct dma_regs {
	struct dma_chip_regs chip[2];
	u8 page_latch[16]; /* all page registers as written, 80h..8Fh */
};

enum dma_direction {
	DMA_VERIFY, /* counts, touches no memory */
	DMA_TO_MEMORY,
	DMA_FROM_MEMORY,
	DMA_NONE, /* cascade, or the illegal type 11 */
};

struct dma {
	struct dma_regs r;
	struct log *log;
	/* physical memory, installed by the machine */
	void (*read_mem)(void *opaque, gpa_t gpa, void *buf, int len);
	void (*write_mem)(void *opaque, gpa_t gpa, const void *buf, int len);
	void *mem_opaque;
};

void dma_init(struct dma *dma, struct bus *bus, struct clock *clock, struct log *log);
void dma_reset(struct dma *dma);
void dma_restore(struct dma *dma);

/* The request pin of channel 0..7, for the status register. Fits struct line.set. */
void dma_set_dreq(void *dma, int channel, int level);

/* Would a transfer on this channel move anything now? (enabled, unmasked, not cascade) */
bool dma_ready(const struct dma *dma, int channel);
enum dma_direction dma_direction(const struct dma *dma, int channel);

/* The device on `channel` (0..3, 5..7) hands over (DMA_TO_MEMORY) or takes (DMA_FROM_MEMORY) up to
 * `len` bytes of `buf`. Stops at the terminal count; returns the bytes that were counted (0 if not
 * dma_ready; always even on channels 5..7) and tells in *tc whether TC was pulsed. In a verify
 * transfer bytes are counted and buf stays untouched. `tc` may be NULL. */
int dma_transfer(struct dma *dma, int channel, u8 *buf, int len, bool *tc);

#endif
