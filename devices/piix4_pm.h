/* piix4_pm.h - power management of the 82371AB (PIIX4), function 3 of slot 1, beside a PIIX3 as in QEMU's PC.
 *
 *   PMBA + 00h PMSTS  02h PMEN  04h PMCNTRL  08h PMTMR  0Ch GPSTS  0Eh GPEN  10h PCNTRL  14h PLVL2  15h PLVL3
 *        + 18h GLBSTS  1Ch DEVSTS  20h GLBEN  28h GLBCTL  2Ch DEVCTL  30h GPIREG  34h GPOREG
 *   B2h APMC, B3h APMS: what would raise SMI#
 *   SMBBA: devices/piix4_smbus.[ch]
 *   `irq9`: SCI and the SMBus, level       `power_off`: PMCNTRL asks for soft off
 *
 * Intel 82371AB data sheet (290562), 7.1-7.3 and 11; ACPI 1.0, 4.7. PMBA needs PMREGMISC bit 0 (80h), SMBBA bit 0 of SMBHSTCFG
 * (D2h) and I/O space in the command register. For ACPI's tables: GPE0_BLK is PMBA + 0Ch, 4 bytes; the sleep types are 0
 * soft off (S5), 1 suspend to RAM, 2-4 powered on suspend, 5 working.
 * There is no system management mode: nothing raises SMI#, and a write of F1h (F0h) to APMC does at once what the handler that
 * ACPI's tables promise would do: set (clear) SCI_EN. Powered on suspend (S1) wakes at once; suspend to RAM is not there: nothing
 * happens. Not emulated besides: clock control (PLVL2 and PLVL3 read 0 and that is all), throttling, device monitors, idle and standby timers,
 * general purpose pins, the power button held for four seconds; their registers only remember. A reset clears the resume well too.
 */
#ifndef DEVICES_PIIX4_PM_H
#define DEVICES_PIIX4_PM_H

#include "base/log.h"
#include "bus/clock.h"
#include "bus/pci.h"
#include "devices/piix4_smbus.h"

#define PIIX4_PM_PORTS 64

struct piix4_pm_regs {
	u8 io[PIIX4_PM_PORTS]; /* little-endian; without PMTMR and what is summed up in GLBSTS */
	u8 apmc, apms;
	u8 rtc; /* level of IRQ8# */
};

struct piix4_pm {
	struct piix4_pm_regs r;
	struct pci_function pci;
	struct smbus smbus;
	struct bus *bus;
	struct clock *clock;
	struct log *log;
	struct timer overflow; /* bit 23 of the timer changes */
	u32 pm_base, smb_base; /* where they decode at present, 0: nowhere */
	u8 smb_irq;
	struct line irq9, power_off;
};

void piix4_pm_init(struct piix4_pm *p, struct pci_bus *pci, struct bus *bus, struct clock *clock, struct log *log);
void piix4_pm_reset(struct piix4_pm *p); /* after pci_reset */
void piix4_pm_restore(struct piix4_pm *p);

void piix4_pm_power_button(struct piix4_pm *p); /* pressed, and let go within four seconds */
void piix4_pm_set_rtc(void *piix4_pm, int n, int level); /* IRQ8; fits struct line.set */

/* PMTMR's count at a time: 24 bits at 3.579545 MHz. */
u32 piix4_pm_timer(u64 ns);

#endif
