/* piix4_smbus.h - the SMBus host controller of the 82371AB (PIIX4), on a bus with nothing on it.
 *
 *   base + 00h HSTSTS  01h SLVSTS  02h HSTCNT  03h HSTCMD  04h HSTADD  05h HSTDAT0  06h HSTDAT1  07h BLKDAT
 *        + 08h SLVCNT  09h SHDWCMD  0Ah-0Bh SLVEVT  0Ch-0Dh SLVDAT
 *   `irq`: level of the host's interrupt
 *
 * Intel 82371AB data sheet (290562), 7.3. A command takes the time of its address byte at 100 kHz; as no device answers, it ends
 * with DEV_ERR. Not emulated: devices, the slave side (nobody else is master; its registers only remember).
 */
#ifndef DEVICES_PIIX4_SMBUS_H
#define DEVICES_PIIX4_SMBUS_H

#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"

#define SMBUS_PORTS 16
#define SMBUS_BLOCK 32

struct smbus_regs {
	u64 done_ns; /* when the running command ends; CLOCK_NEVER: none */
	u8 reg[SMBUS_PORTS];
	u8 block[SMBUS_BLOCK];
	u8 index; /* of BLKDAT in `block` */
};

struct smbus {
	struct smbus_regs r;
	struct clock *clock;
	struct timer done;
	struct line irq;
};

void smbus_init(struct smbus *s, struct clock *clock);
void smbus_reset(struct smbus *s);
void smbus_restore(struct smbus *s);

extern const struct io_ops smbus_ops; /* opaque: struct smbus; SMBUS_PORTS ports */

#endif
