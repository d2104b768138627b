/* i440fx.c - the 82441FX host bridge; see i440fx.h. Names of registers are the data sheet's (290549). */
#include "devices/i440fx.h"

#include <string.h>

#include "base/bits.h"

#define SLOT 0
#define REVISION 2

#define PCICMD_MEMORY_AND_MASTER 0x0006 /* hardwired */
#define PCICMD_WRITABLE 0x0140          /* SERR# enable, parity error enable */
#define PCISTS_RESET 0x0280             /* medium DEVSEL# timing, fast back-to-back */
#define PCISTS_CLEARABLE 0xf900

enum {
	PAM0 = 0x59, /* bits 5:4: F0000-FFFFF; PAM1-6: two segments of 16 KB each from C0000 */
	SMRAM = 0x72,
	TRC = 0x93,
};

enum { SMRAM_DOPEN = 0x40, SMRAM_DCLS = 0x20, SMRAM_DLCK = 0x10, SMRAM_SMRAME = 0x08 };
enum { TRC_RCPU = 0x04, TRC_SHRE = 0x02 };

/* Registers beyond the header: value at reset, and what a write changes. */
struct pmc_register {
	u8 reg, size;
	u16 reset, writable;
};

static const struct pmc_register registers[] = {
	{0x0d, 1, 0x00, 0xf8},     /* MLT */
	{0x50, 2, 0x0000, 0xc370}, /* PMCCFG; bit 2, the in-order queue's depth, is a strap */
	{0x52, 1, 0x00, 0xff},     /* DETURBO */
	{0x53, 1, 0x80, 0xff},     /* DBC */
	{0x54, 1, 0x00, 0xff},     /* AXC */
	{0x55, 2, 0x0000, 0xffff}, /* DRT */
	{0x57, 1, 0x01, 0xff},     /* DRAMC */
	{0x58, 1, 0x10, 0xff},     /* DRAMT */
	{PAM0, 1, 0x00, 0x30},
	{PAM0 + 1, 1, 0x00, 0x33}, {PAM0 + 2, 1, 0x00, 0x33}, {PAM0 + 3, 1, 0x00, 0x33},
	{PAM0 + 4, 1, 0x00, 0x33}, {PAM0 + 5, 1, 0x00, 0x33}, {PAM0 + 6, 1, 0x00, 0x33},
	{0x60, 1, 0x01, 0xff}, {0x61, 1, 0x01, 0xff}, {0x62, 1, 0x01, 0xff}, {0x63, 1, 0x01, 0xff}, /* DRB0-7 */
	{0x64, 1, 0x01, 0xff}, {0x65, 1, 0x01, 0xff}, {0x66, 1, 0x01, 0xff}, {0x67, 1, 0x01, 0xff},
	{0x68, 1, 0x00, 0xc0},     /* FDHC */
	{0x70, 1, 0x20, 0xf8},     /* MTT */
	{0x71, 1, 0x10, 0x1f},     /* CLT */
	{SMRAM, 1, 0x02, 0x78},    /* bits 2:0: the segment A0000, hardwired */
	{0x90, 1, 0x00, 0xff},     /* ERRCMD */
	{TRC, 1, 0x00, 0x0f},
};

/* ---- where the upper memory area leads ----------------------------------------------------------------------- */

#define SEGMENTS 14
#define SEGMENT_SMRAM 13

/* Segment 0: F0000, 64 KB. 1..12: from C0000, 16 KB each. 13: SMRAM. */
static u8 segment_attributes(const struct i440fx *f, int segment)
{
	const u8 *config = f->pci.r.config;
	if (segment == SEGMENT_SMRAM) {
		u8 open = config[SMRAM] & (SMRAM_SMRAME | SMRAM_DOPEN | SMRAM_DCLS);
		return open == (SMRAM_SMRAME | SMRAM_DOPEN) ? I440FX_READ | I440FX_WRITE : 0;
	}
	if (segment == 0)
		return config[PAM0] >> 4 & 3;
	return config[PAM0 + 1 + (segment - 1) / 2] >> ((segment - 1) % 2 * 4) & 3;
}

static void map_segment(const struct i440fx *f, int segment, u8 attributes)
{
	u32 gpa = segment == SEGMENT_SMRAM ? 0xa0000 : segment == 0 ? 0xf0000 : 0xc0000 + (u32)(segment - 1) * 0x4000;
	u32 len = segment == SEGMENT_SMRAM ? 0x20000 : segment == 0 ? 0x10000 : 0x4000;
	if (f->map)
		f->map(f->map_opaque, gpa, len, attributes);
}

static void i440fx_update(struct i440fx *f)
{
	for (int i = 0; i < SEGMENTS; i++) {
		u8 attributes = segment_attributes(f, i);
		if (f->told && attributes == f->attributes[i])
			continue;
		f->attributes[i] = attributes;
		map_segment(f, i, attributes);
	}
	f->told = 1;
}

/* ---- registers -------------------------------------------------------------------------------------------------- */

/* SMRAM: once DLCK is set, DOPEN is clear and all stay as they are until a reset. */
static void update_lock(struct i440fx *f)
{
	u8 *smram = &f->pci.r.config[SMRAM];
	if (*smram & SMRAM_DLCK)
		*smram &= (u8)~SMRAM_DOPEN;
	f->pci.writable[SMRAM] = *smram & SMRAM_DLCK ? 0 : 0x78;
}

/* TRC: the reset begins when RCPU rises, and SHRE says which one. */
static void update_reset(struct i440fx *f)
{
	u8 trc = f->pci.r.config[TRC], rose = trc & (u8)~f->trc;
	f->trc = trc;
	if (rose & TRC_RCPU) {
		const struct line *line = trc & TRC_SHRE ? &f->hard_reset : &f->init;
		line_set(line, 1);
		line_set(line, 0);
	}
}

static void written(void *opaque, int reg, int len)
{
	struct i440fx *f = opaque;
	if (len == 256) /* a reset: no edge */
		f->trc = f->pci.r.config[TRC];
	update_lock(f);
	update_reset(f);
	if (reg <= SMRAM && reg + len > PAM0)
		i440fx_update(f);
}

void i440fx_init(struct i440fx *f, struct pci_bus *bus, struct log *log)
{
	static const struct pci_ops ops = {.written = written};
	(void)log;
	memset(f, 0, sizeof *f);
	pci_function_init(&f->pci, 0x8086, 0x1237, 0x060000, REVISION, &ops, f);
	pci_define(&f->pci, PCI_COMMAND, 2, PCICMD_MEMORY_AND_MASTER, PCICMD_WRITABLE);
	pci_define(&f->pci, PCI_STATUS, 2, PCISTS_RESET, 0);
	pci_define_clearable(&f->pci, PCI_STATUS, 2, PCISTS_CLEARABLE);
	pci_define(&f->pci, PCI_INTERRUPT_LINE, 1, 0, 0); /* the PMC has none */
	for (size_t i = 0; i < ARRAY_LEN(registers); i++)
		pci_define(&f->pci, registers[i].reg, registers[i].size, registers[i].reset, registers[i].writable);
	pci_define_clearable(&f->pci, 0x91, 1, 0x13); /* ERRSTS */
	pci_plug(bus, &f->pci, SLOT, 0);
}

void i440fx_reset(struct i440fx *f)
{
	written(f, 0, 256);
}

void i440fx_restore(struct i440fx *f)
{
	f->told = 0;
	written(f, 0, 256);
}
