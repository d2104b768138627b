/* piix3_ide.h - the 82371SB (PIIX3), function 1: the IDE interface and its bus master, slot 1 of the PCI bus.
 *
 *   PCICMD, IDETIM 40h/42h ──> `decode`: whether 1F0h/3F6h and 170h/376h are the channel's
 *   INTRQ of a channel ── piix3_ide_irq ──> BMISx bit 2, `irq` (14, 15)
 *   BMIBA + 0 / + 8  BMICx, BMISx, BMIDTPx ── start ──> `kick`
 *   struct ata_dma ── piix3_ide_move ──> PRD table ──> `read_mem`, `write_mem`
 *
 * Intel 82371FB/82371SB (PIIX/PIIX3) data sheet (290550), 2.3 (configuration) and 2.7 (bus master); Programming Interface for Bus
 * Master IDE Controller, revision 1.0 (SFF-8038i). A region may not cross a 64 KB boundary, nor may the table; as
 * the counters have 16 bits, what crosses goes on at the beginning of the same 64 KB. Memory that does not
 * answer ends the transfer with the error bit, and master abort in PCISTS.
 *
 * Unlike the data sheet's, BMIBA has all its bits 31:4: SeaBIOS sizes I/O ranges by 32 bits, and stops at the zeros of a 16-bit
 * register (which PCI 2.2, 6.2.5.1 allows). An address above FFFFh decodes nothing.
 *
 * Not emulated: what the timing registers time (they only remember; a drive takes its own time), the FIFO, target abort.
 */
#ifndef DEVICES_PIIX3_IDE_H
#define DEVICES_PIIX3_IDE_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/pci.h"

#define PIIX3_IDE_CHANNELS 2

struct piix3_ide_channel_regs {
	u8 command; /* BMICx */
	u8 status;  /* BMISx */
	u8 last;    /* the region at hand is the table's last */
	u32 table;  /* BMIDTPx */
	u32 next;   /* descriptor to fetch */
	u32 address, left; /* of the region at hand; left 0: fetch */
};

struct piix3_ide_regs {
	struct piix3_ide_channel_regs channel[PIIX3_IDE_CHANNELS];
	u8 intrq[PIIX3_IDE_CHANNELS];
};

struct piix3_ide;

/* The struct ata_dma.opaque of a channel. */
struct piix3_ide_channel {
	struct piix3_ide *ide;
	int n;
};

struct piix3_ide {
	struct piix3_ide_regs r;
	struct pci_function pci;
	struct bus *bus;
	struct piix3_ide_channel channel[PIIX3_IDE_CHANNELS];
	struct line irq[PIIX3_IDE_CHANNELS];
	void (*decode)(void *opaque, int channel, bool on);
	void (*kick)(void *opaque, int channel); /* the bus master has been started */
	void *channel_opaque;
	/* False: nobody answers there. Never crosses a 64 KB boundary. */
	bool (*read_mem)(void *opaque, gpa_t gpa, void *buf, int len);
	bool (*write_mem)(void *opaque, gpa_t gpa, const void *buf, int len);
	void *mem_opaque;
};

void piix3_ide_init(struct piix3_ide *p, struct pci_bus *pci, struct bus *bus, struct log *log);
void piix3_ide_reset(struct piix3_ide *p); /* after pci_reset */
void piix3_ide_restore(struct piix3_ide *p);

/* INTRQ of a channel; fits struct line.set. */
void piix3_ide_irq(void *piix3_ide, int channel, int level);
/* Fits struct ata_dma.move; opaque is a struct piix3_ide_channel. */
int piix3_ide_move(void *channel, u8 *buf, int len, int to_memory);

#endif
