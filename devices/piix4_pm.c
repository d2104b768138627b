/* piix4_pm.c - the PIIX4's power management; see piix4_pm.h. Section numbers are the data sheet's (290562). */
#include "devices/piix4_pm.h"

#include <string.h>

#include "base/bits.h"

#define SLOT 1
#define FUNCTION 3
#define REVISION 3

#define TIMER_HZ 3579545ull
#define TIMER_HALF (1u << 23)

/* Registers of configuration space (7.1). */
enum { PMBA = 0x40, PMREGMISC = 0x80, SMBBA = 0x90, SMBHSTCFG = 0xd2 };
enum { PMIOSE = 0x01, SMB_HST_EN = 0x01, SMB_INTRSEL = 0x0e, SMB_IRQ9 = 0x08 };

/* Registers of I/O space (7.2). */
enum {
	PMSTS = 0x00, PMEN = 0x02, PMCNTRL = 0x04, PMTMR = 0x08, GPSTS = 0x0c, GPEN = 0x0e, PCNTRL = 0x10,
	GLBSTS = 0x18, DEVSTS = 0x1c, GLBEN = 0x20, GLBCTL = 0x28, DEVCTL = 0x2c, GPIREG = 0x30, GPOREG = 0x34,
};

enum { TMROF = 0x0001, GBL = 0x0020, PWRBTN = 0x0100, RTC = 0x0400, RSM = 0x8000 }; /* PMSTS, and PMEN but RSM */
enum { SCI_EN = 0x01, GBL_RLS = 0x04 };         /* PMCNTRL, first byte */
enum { SUS_TYP = 0x1c, SUS_EN = 0x20 };         /* second byte */
enum { TYPE_SOFF = 0, TYPE_STR = 1, TYPE_POSCL = 2, TYPE_POS = 4 };
enum { BIOS_STS = 0x01, PM1_STS = 0x40, GP_STS = 0x80 }; /* GLBSTS, first byte */
enum { BIOS_RLS = 0x02 };                       /* GLBCTL */

enum { APM_ACPI_ENABLE = 0xf1, APM_ACPI_DISABLE = 0xf0 };

struct pm_register {
	u8 reg, size;
	u32 reset, writable, clearable;
};

static const struct pm_register io_registers[] = {
	{PMSTS, 2, 0, 0, RSM | RTC | PWRBTN | GBL | TMROF},
	{PMEN, 2, 0, RTC | PWRBTN | GBL | TMROF, 0},
	{PMCNTRL, 2, 0, 0x1c03, 0},
	{GPSTS, 2, 0, 0, 0x0f01}, /* LID, RI, GPI, USB; THRM */
	{GPEN, 2, 0, 0x0f01, 0},
	{PCNTRL, 4, 0, 0x00023e1e, 0},
	{GLBSTS, 2, 0, 0, 0x0d27},
	{DEVSTS, 4, 0, 0, 0x3fff0fff},
	{GLBEN, 2, 0, 0x8d1f, 0},
	{GLBCTL, 4, 0, 0x0701ff07, 0},
	{DEVCTL, 4, 0, 0x0fffffff, 0},
	{GPIREG, 3, 0x3fffff, 0, 0}, /* nothing pulls the inputs down */
	{GPOREG, 4, 0x7fffbfff, 0x7fffffff, 0},
};

static const struct pm_register config_registers[] = {
	{PCI_COMMAND, 2, 0, 0x0009, 0}, /* I/O space (the SMBus's), special cycles */
	{PCI_STATUS, 2, 0x0280, 0, 0x0800},
	{PMBA, 4, 1, 0xffc0, 0},
	{0x44, 4, 0, 0xffffffff, 0}, {0x48, 4, 0, 0xffffffff, 0}, /* CNTA, CNTB */
	{0x4c, 4, 0, 0xffffffff, 0},                              /* GPICTL */
	{0x50, 3, 0, 0xffffff, 0},                                /* DEVRESD */
	{0x54, 4, 0, 0xffffffff, 0}, {0x58, 4, 0, 0xffffffff, 0}, /* DEVACTA, DEVACTB */
	{0x5c, 4, 0, 0xffffffff, 0}, {0x60, 4, 0, 0xffffffff, 0}, {0x64, 4, 0, 0xffffffff, 0}, /* DEVRESA-C */
	{0x68, 3, 0, 0xffffff, 0}, {0x6c, 4, 0, 0xffffffff, 0}, {0x70, 3, 0, 0xffffff, 0},     /* DEVRESE-G */
	{0x74, 4, 0, 0xffffffff, 0}, {0x78, 4, 0, 0xffffffff, 0}, {0x7c, 4, 0, 0xffffffff, 0}, /* DEVRESH-J */
	{PMREGMISC, 1, 0, PMIOSE, 0},
	{SMBBA, 4, 1, 0xfff0, 0},
	{SMBHSTCFG, 1, 0, SMB_HST_EN | SMB_INTRSEL, 0},
	{0xd3, 1, 0, 0xff, 0}, {0xd4, 1, 0, 0xff, 0}, {0xd5, 1, 0, 0xff, 0}, /* SMBSLVC, SMBSHDW1, 2 */
};

/* ---- the timer (11.6.2) -------------------------------------------------------------------------------------- */

static u64 ticks_at(u64 ns)
{
	return ns / CLOCK_SECOND * TIMER_HZ + ns % CLOCK_SECOND * TIMER_HZ / CLOCK_SECOND;
}

/* The first nanosecond at which ticks_at() is `ticks`. */
static u64 ns_of(u64 ticks)
{
	return ticks / TIMER_HZ * CLOCK_SECOND + (ticks % TIMER_HZ * CLOCK_SECOND + TIMER_HZ - 1) / TIMER_HZ;
}

u32 piix4_pm_timer(u64 ns)
{
	return ticks_at(ns) & 0xffffff;
}

/* ---- outputs --------------------------------------------------------------------------------------------------- */

static u16 word(const struct piix4_pm *p, int reg)
{
	return load16(&p->r.io[reg]);
}

static bool pm1_event(const struct piix4_pm *p)
{
	return word(p, PMSTS) & word(p, PMEN);
}

static bool gp_event(const struct piix4_pm *p)
{
	return word(p, GPSTS) & word(p, GPEN);
}

/* The change of bit 23 matters only until TMROF_STS is set. */
static void update_timer(struct piix4_pm *p)
{
	u64 ticks = ticks_at(clock_now(p->clock));
	if (p->r.io[PMSTS] & TMROF)
		timer_cancel(p->clock, &p->overflow);
	else if (!timer_is_set(&p->overflow))
		timer_set(p->clock, &p->overflow, ns_of((ticks / TIMER_HALF + 1) * TIMER_HALF));
}

static void piix4_pm_update(struct piix4_pm *p)
{
	bool sci = p->r.io[PMCNTRL] & SCI_EN && (pm1_event(p) || gp_event(p));
	bool smb = p->smb_irq && (p->pci.r.config[SMBHSTCFG] & SMB_INTRSEL) == SMB_IRQ9;
	update_timer(p);
	line_set(&p->irq9, sci || smb);
}

static void set_status(struct piix4_pm *p, u16 bits)
{
	store16(&p->r.io[PMSTS], word(p, PMSTS) | bits);
	piix4_pm_update(p);
}

static void timer_overflow(void *opaque)
{
	set_status(opaque, TMROF);
}

static void set_smbus_irq(void *opaque, int n, int level)
{
	struct piix4_pm *p = opaque;
	(void)n;
	p->smb_irq = level != 0;
	piix4_pm_update(p);
}

void piix4_pm_power_button(struct piix4_pm *p)
{
	set_status(p, PWRBTN);
}

void piix4_pm_set_rtc(void *opaque, int n, int level)
{
	struct piix4_pm *p = opaque;
	bool rises = level && !p->r.rtc;
	(void)n;
	p->r.rtc = level != 0;
	if (rises)
		set_status(p, RTC);
}

/* ---- I/O space ---------------------------------------------------------------------------------------------------- */

/* The masks of one byte; NULL: reserved. */
static const struct pm_register *register_of(u32 offset, int *shift)
{
	for (size_t i = 0; i < ARRAY_LEN(io_registers); i++) {
		const struct pm_register *g = &io_registers[i];
		if (offset - g->reg < g->size) {
			*shift = 8 * (int)(offset - g->reg);
			return g;
		}
	}
	return NULL;
}

static u8 read_byte(const struct piix4_pm *p, u32 offset)
{
	if (offset - PMTMR < 4)
		return (u8)(piix4_pm_timer(clock_now(p->clock)) >> (8 * (offset - PMTMR)));
	if (offset == GLBSTS)
		return p->r.io[GLBSTS] | (pm1_event(p) ? PM1_STS : 0) | (gp_event(p) ? GP_STS : 0);
	return p->r.io[offset];
}

/* PMCNTRL's second byte with SUS_EN set. */
static void suspend(struct piix4_pm *p, int type)
{
	switch (type) {
	case TYPE_SOFF:
		line_set(&p->power_off, 1);
		line_set(&p->power_off, 0);
		break;
	case TYPE_STR:
		log_once(p->log, "piix4_pm", "suspend to RAM is not emulated");
		break;
	default:
		if (type >= TYPE_POSCL && type <= TYPE_POS) /* and awake again */
			set_status(p, RSM);
		break;
	}
}

static void write_byte(struct piix4_pm *p, u32 offset, u8 value)
{
	int shift = 0;
	const struct pm_register *g = register_of(offset, &shift);
	if (!g)
		return;
	u8 writable = (u8)(g->writable >> shift), clear = (u8)(g->clearable >> shift) & value;
	p->r.io[offset] = (u8)((p->r.io[offset] & ~writable & ~clear) | (value & writable));
	if (offset == PMSTS && clear & GBL) /* the other side has seen it */
		p->r.io[GLBCTL] &= (u8)~BIOS_RLS;
	else if (offset == PMCNTRL && value & GBL_RLS)
		p->r.io[GLBSTS] |= BIOS_STS;
	else if (offset == GLBCTL && value & BIOS_RLS)
		p->r.io[PMSTS] |= GBL;
	else if (offset == PMCNTRL + 1 && value & SUS_EN)
		suspend(p, (value & SUS_TYP) >> 2);
}

static u32 pm_read(void *opaque, u32 offset, int size)
{
	u32 v = 0;
	for (int i = 0; i < size; i++)
		v |= (u32)read_byte(opaque, offset + (u32)i) << (8 * i);
	return v;
}

static void pm_write(void *opaque, u32 offset, int size, u32 value)
{
	for (int i = 0; i < size; i++)
		write_byte(opaque, offset + (u32)i, (u8)(value >> (8 * i)));
	piix4_pm_update(opaque);
}

/* ---- B2h, B3h ------------------------------------------------------------------------------------------------------- */

static u32 apm_read(void *opaque, u32 offset, int size)
{
	const struct piix4_pm *p = opaque;
	(void)size;
	return offset ? p->r.apms : p->r.apmc;
}

static void apm_write(void *opaque, u32 offset, int size, u32 value)
{
	struct piix4_pm *p = opaque;
	(void)size;
	if (offset) {
		p->r.apms = (u8)value;
		return;
	}
	p->r.apmc = (u8)value;
	if (value == APM_ACPI_ENABLE)
		p->r.io[PMCNTRL] |= SCI_EN;
	else if (value == APM_ACPI_DISABLE)
		p->r.io[PMCNTRL] &= (u8)~SCI_EN;
	piix4_pm_update(p);
}

/* ---- configuration --------------------------------------------------------------------------------------------------- */

static const struct io_ops pm_ops = {pm_read, pm_write, 4 | IO_ON_PCI};

static void move_window(struct piix4_pm *p, u32 *base, u32 target, int ports, const struct io_ops *ops, void *opaque)
{
	if (*base == target)
		return;
	if (*base)
		bus_remove_ports(p->bus, (u16)*base, opaque);
	*base = target;
	if (target)
		bus_add_ports(p->bus, (u16)target, ports, ops, opaque);
}

static void config_written(void *opaque, int reg, int len)
{
	struct piix4_pm *p = opaque;
	const u8 *config = p->pci.r.config;
	bool smb = config[SMBHSTCFG] & SMB_HST_EN && config[PCI_COMMAND] & PCI_COMMAND_IO;
	(void)reg, (void)len;
	move_window(p, &p->pm_base, config[PMREGMISC] & PMIOSE ? pci_get(&p->pci, PMBA, 2) & 0xffc0 : 0, PIIX4_PM_PORTS, &pm_ops, p);
	move_window(p, &p->smb_base, smb ? pci_get(&p->pci, SMBBA, 2) & 0xfff0 : 0, SMBUS_PORTS, &smbus_ops, &p->smbus);
	piix4_pm_update(p);
}

static void power_on(struct piix4_pm *p)
{
	u8 rtc = p->r.rtc;
	p->r = (struct piix4_pm_regs){.rtc = rtc};
	for (size_t i = 0; i < ARRAY_LEN(io_registers); i++)
		for (int b = 0; b < io_registers[i].size; b++)
			p->r.io[io_registers[i].reg + b] = (u8)(io_registers[i].reset >> (8 * b));
}

static void init_config(struct piix4_pm *p)
{
	static const struct pci_ops ops = {.written = config_written};
	pci_function_init(&p->pci, 0x8086, 0x7113, 0x068000, REVISION, &ops, p);
	for (size_t i = 0; i < ARRAY_LEN(config_registers); i++) {
		const struct pm_register *g = &config_registers[i];
		pci_define(&p->pci, g->reg, g->size, g->reset, g->writable);
		pci_define_clearable(&p->pci, g->reg, g->size, g->clearable);
	}
	pci_define_pin(&p->pci, 1);
}

void piix4_pm_init(struct piix4_pm *p, struct pci_bus *pci, struct bus *bus, struct clock *clock, struct log *log)
{
	static const struct io_ops apm_ops = {apm_read, apm_write, 1 | IO_ON_PCI};
	memset(p, 0, sizeof *p);
	p->bus = bus;
	p->clock = clock;
	p->log = log;
	timer_init(&p->overflow, timer_overflow, p);
	smbus_init(&p->smbus, clock);
	p->smbus.irq = (struct line){.set = set_smbus_irq, .opaque = p};
	power_on(p);
	init_config(p);
	pci_plug(pci, &p->pci, SLOT, FUNCTION);
	bus_add_ports(bus, 0xb2, 2, &apm_ops, p);
}

void piix4_pm_reset(struct piix4_pm *p)
{
	power_on(p);
	smbus_reset(&p->smbus);
	piix4_pm_update(p);
}

void piix4_pm_restore(struct piix4_pm *p)
{
	timer_cancel(p->clock, &p->overflow);
	smbus_restore(&p->smbus);
	piix4_pm_update(p);
}
