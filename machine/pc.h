/* pc.h - the whole PC in one struct.
 *
 *   struct machine
 *     config, log, clock
 *     RAM (physmem), mmu, cpu, vmm            the processor and its monitor
 *     bus ── pic pit rtc dma i8042+keyboard+mouse   the motherboard
 *         ── lapic, ioapic, hpet                       the newer interrupt hardware
 *         ── pci: i440fx, piix3, piix4_pm              the chip set
 *         ── uart x2, fdc, ata x2             what is plugged in
 *         ── vga, speaker, debug ports
 */
#ifndef MACHINE_PC_H
#define MACHINE_PC_H

#include "base/log.h"
#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/pci.h"
#include "cpu/cpu.h"
#include "cpu/cpuid.h"
#include "devices/ata.h"
#include "devices/atapi.h"
#include "devices/block.h"
#include "devices/debugcon.h"
#include "devices/debugexit.h"
#include "devices/dma8237.h"
#include "devices/fdc.h"
#include "devices/ferr.h"
#include "devices/gpe.h"
#include "devices/hpet.h"
#include "devices/i440fx.h"
#include "devices/i8042.h"
#include "devices/ioapic.h"
#include "devices/lapic.h"
#include "devices/loader.h"
#include "devices/pcspk.h"
#include "devices/pic.h"
#include "devices/piix3.h"
#include "devices/piix3_ide.h"
#include "devices/piix4_pm.h"
#include "devices/pit.h"
#include "devices/port61.h"
#include "devices/port92.h"
#include "devices/postcode.h"
#include "devices/ps2_keyboard.h"
#include "devices/ps2_mouse.h"
#include "devices/rtc.h"
#include "devices/uart.h"
#include "devices/vga.h"
#include "machine/machine.h"
#include "mmu/mmu.h"
#include "vmm/vmm.h"

#define PC_LOADER_ROM 0xd0000u /* with -kernel: the option ROM of the loader card */
#define MACHINE_TRAIL TRAIL_SLOTS /* instructions that the post-mortem shows */

/* Who else wants to know: a report. Any may be NULL; called on the machine's thread, with cpu.ip and count exact. */
struct machine_observer {
	void *opaque;
	void (*exit)(void *opaque, const struct uop *u);   /* an instruction exit, before its routine */
	void (*direct)(void *opaque, const struct uop *u); /* not innocuous and runs directly, before it does */
	void (*event)(void *opaque, const struct event *ev, const struct fault *f);
	void (*mmio)(void *opaque, bool is_write);         /* a memory-mapped access, before it */
	void (*step)(void *opaque, const struct insn *in); /* before each instruction, while `stepping` (the observed loop) */
	bool stepping;
};

/* Who may drive one input of the interrupt controllers; the inputs OR them. */
enum irq_driver { IRQ_ISA, IRQ_PIRQ, IRQ_SCI };

/* INIT: of the processor alone. */
enum pc_reset { RESET_NONE, RESET_INIT, RESET_HARD };

struct machine {
	struct machine_config config;
	struct machine_sinks sinks;
	struct log log;
	struct clock clock;
	struct bus bus;
	struct physmem ram;
	struct mmu mmu;
	struct cpu cpu;
	struct cpu_model cpu_model;
	struct vmm vmm;

	struct pci_bus pci;
	struct i440fx host_bridge;
	struct piix3 isa_bridge;
	struct piix3_ide ide;
	struct piix4_pm power;
	struct lapic lapic;
	struct ioapic ioapic;
	struct hpet hpet;
	struct pic pic;
	struct pit pit;
	struct pcspk speaker;
	struct port61 port61;
	struct rtc rtc;
	struct dma dma;
	struct i8042 kbc;
	struct ps2_keyboard keyboard;
	struct ps2_mouse mouse;
	struct port92 port92;
	struct gpe gpe;
	struct ferr ferr;
	struct postcode postcode;
	struct uart uart[MACHINE_SERIALS];
	struct fdc fdc;
	struct ata ata[2];
	struct atapi cdrom; /* drive NULL: a disk is in its place */
	struct vga vga;
	int vram;        /* its memory: a window of `ram` */
	bool smram_open; /* RAM covers the VGA's window */
	bool vram_dirty; /* written by the processor since machine_picture_id */
	struct debugcon debugcon;
	struct debugexit debugexit;
	struct loader loader; /* only with -kernel */

	struct block *floppy[MACHINE_FLOPPIES], *disk[MACHINE_DISKS], *cd;
	u8 *bios, *vgabios; /* ROM images, owned */
	u64 bios_size, vgabios_size;
	struct boot_image *boot; /* what the loader card has; NULL: no card */
	u8 *loader_rom;          /* its option ROM */
	u64 loader_rom_size;
	struct timer tick;

	u8 a20_kbc, a20_port92; /* the gate is open when either says so */
	u8 irq_drivers[16];     /* who drives each input of the interrupt controllers at present: bits of enum irq_driver */
	u8 nmi_level, nmi_masked; /* port 61h asks; port 70h bit 7 stands between it and the processor */
	u8 want_reset; /* enum pc_reset */
	u8 exited, stopped;
	int exit_status;
	u32 log_items;
	u64 log_lo, log_hi;
	struct machine_observer observer;
	char title[128];
};

/* pc.c: puts every chip in its place; wiring.c: connects them. */
void pc_build(struct machine *m);
void pc_wire(struct machine *m);
void pc_reset_chips(struct machine *m);
void pc_set_cmos(struct machine *m);

/* chipset.c */
void pc_map_low(void *machine, u32 gpa, u32 len, enum i440fx_map how);
struct line pc_irq(struct machine *m, int n, enum irq_driver driver);

/* video.c */
void pc_wire_video(struct machine *m);
void pc_show_vga(struct machine *m); /* the window at A0000, after it was covered */

/* interrupts.c */
#define IOAPIC_PIN_IRQ0 2 /* MP 1.4 default configurations: the timer is on pin 2, the 8259As on pin 0 */
void pc_build_interrupts(struct machine *m);
void pc_wire_interrupts(struct machine *m);

/* roms.c: 0, or -1 with `error` */
int pc_load_roms(struct machine *m, char *error);
/* drives.c: 0, or -1 with `error` */
int pc_open_drives(struct machine *m, char *error);
void pc_close_drives(struct machine *m);

/* hash.c: machine_hash without RAM */
u64 machine_hash_registers(struct machine *m);

/* observe.c: the -d log */
void pc_update_observers(struct machine *m);
/* NULL: nobody */
void machine_observe(struct machine *m, const struct machine_observer *o);
void machine_observe_steps(struct machine *m, bool stepping); /* from inside a hook, too */
/* The instruction there, as the present mode decodes it: its length, or 0. */
int pc_instruction(const struct machine *m, u64 ip, lin_t lin, u8 bytes[15], char *text, size_t size);
/* One line: address, bytes, text. */
void pc_disassemble(const struct machine *m, u16 cs, u64 ip, lin_t lin, char *text, size_t size);
/* trail.c */
void pc_print_trail(struct machine *m, void *file);

#endif
