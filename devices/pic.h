/* pic.h - the pair of 8259A interrupt controllers of a PC/AT, with the ELCR of the PIIX3.
 *
 *   irq 0,1,3..7 --> master 20h,21h (ELCR 4D0h) --INT--> `intr` (INTR of the processor)
 *                      ^ IR2
 *   irq 8..15 ------> slave A0h,A1h (ELCR 4D1h)
 *
 * Intel 8259A data sheet (231468); ELCR and the meaning of LTIM: 82371SB (PIIX3) 2.5.
 * Emulated: ICW1-4, OCW1-3, fully nested and special fully nested mode, special mask mode,
 * all rotations, automatic EOI, poll, edge and level inputs, the default IR7, MCS-80 mode's
 * second byte. Not emulated: LTIM (ICW1 bit 3, replaced by the ELCR as in the PIIX3) and the
 * buffered mode's pin.
 */
#ifndef DEVICES_PIC_H
#define DEVICES_PIC_H

#include "base/bits.h"
#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"

struct pic_chip_regs {
	u8 lines;    /* level of each input pin */
	u8 edge;     /* inputs that rose, are still high and were not acknowledged */
	u8 elcr;     /* 1: level-triggered input */
	u8 isr, imr;
	u8 icw1, icw2, icw3, icw4;
	u8 expect;   /* number of the ICW awaited (1: not initialised yet), 0: ready */
	u8 lowest;   /* input of lowest priority */
	u8 read_isr; /* OCW3 RIS: port A0=0 reads ISR instead of IRR */
	u8 poll;     /* the next read is a poll */
	u8 special_mask;
	u8 rotate_on_aeoi;
};

struct pic_regs {
	struct pic_chip_regs chip[2]; /* master, slave */
};

struct pic {
	struct pic_regs r;
	struct log *log;
	struct line intr;
};

void pic_init(struct pic *pic, struct bus *bus, struct clock *clock, struct log *log);
void pic_reset(struct pic *pic);
void pic_restore(struct pic *pic);

/* Input `irq` 0..15; irq 2 is the cascade and is ignored. Fits struct line.set. */
void pic_set_irq(void *pic, int irq, int level);

/* The interrupt-acknowledge cycle: the vector, base+7 when nothing is requested any more. */
int pic_ack(struct pic *pic);

/* Level of the INTR pin. */
bool pic_pending(const struct pic *pic);

#endif
