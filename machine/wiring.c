/* wiring.c - the lines between the chips, and the machine's own ends of them. */
#include "machine/pc.h"

static struct line irq(struct machine *m, int n)
{
	return pc_irq(m, n, IRQ_ISA);
}

/* Two gates, either opens A20. */
static void set_a20(void *opaque, int n, int level)
{
	struct machine *m = opaque;
	if (n == 0)
		m->a20_kbc = (u8)level;
	else
		m->a20_port92 = (u8)level;
	bool open = m->a20_kbc || m->a20_port92, was = m->ram.a20_mask == ~0ull;
	if (open != was)
		mmu_set_a20(&m->mmu, open);
}

/* The reset takes place between two instructions: the run loop does it. */
static void request_reset(void *opaque, int n, int level)
{
	struct machine *m = opaque;
	if (level) {
		m->want_reset = (u8)(n > m->want_reset ? n : m->want_reset);
		vmm_stop(&m->vmm);
	}
}

static void power_off(void *opaque, int n, int level)
{
	struct machine *m = opaque;
	(void)n;
	if (level) {
		m->exited = 1;
		m->exit_status = 0;
		vmm_stop(&m->vmm);
	}
}

/* The clock's output goes to the interrupt controllers, by way of the HPET, and to the power management. */
static void set_irq8(void *opaque, int n, int level)
{
	struct machine *m = opaque;
	hpet_set_input(&m->hpet, n, level);
	piix4_pm_set_rtc(&m->power, 0, level);
}

static void debug_exit(void *opaque, int status)
{
	struct machine *m = opaque;
	m->exited = 1;
	m->exit_status = status;
	vmm_stop(&m->vmm);
}

static void serial_out(struct machine *m, int port, u8 byte)
{
	if (m->sinks.serial)
		m->sinks.serial(m->sinks.opaque, port, byte);
}

static void serial0_out(void *opaque, u8 byte)
{
	serial_out(opaque, 0, byte);
}

static void serial1_out(void *opaque, u8 byte)
{
	serial_out(opaque, 1, byte);
}

static void serial_room(struct machine *m, int port)
{
	if (m->sinks.serial_room)
		m->sinks.serial_room(m->sinks.opaque, port);
}

static void serial0_room(void *opaque)
{
	serial_room(opaque, 0);
}

static void serial1_room(void *opaque)
{
	serial_room(opaque, 1);
}

static void debugcon_out(void *opaque, u8 byte)
{
	struct machine *m = opaque;
	if (m->sinks.debugcon)
		m->sinks.debugcon(m->sinks.opaque, byte);
}

static void dma_read_mem(void *opaque, gpa_t gpa, void *buf, int len)
{
	phys_read(opaque, gpa, buf, (u64)len);
}

static void dma_write_mem(void *opaque, gpa_t gpa, const void *buf, int len)
{
	phys_write(opaque, gpa, buf, (u64)len);
}

static bool in_ram(const struct machine *m, gpa_t gpa, int len)
{
	return gpa < m->ram.ram_size && (u64)len <= m->ram.ram_size - gpa;
}

static bool ide_read_mem(void *opaque, gpa_t gpa, void *buf, int len)
{
	struct machine *m = opaque;
	if (in_ram(m, gpa, len))
		phys_read(&m->ram, gpa, buf, (u64)len);
	return in_ram(m, gpa, len);
}

static bool ide_write_mem(void *opaque, gpa_t gpa, const void *buf, int len)
{
	struct machine *m = opaque;
	if (in_ram(m, gpa, len))
		phys_write(&m->ram, gpa, buf, (u64)len);
	return in_ram(m, gpa, len);
}

static void ide_decode(void *opaque, int channel, bool on)
{
	struct machine *m = opaque;
	ata_decode(&m->ata[channel], on);
}

static void ide_kick(void *opaque, int channel)
{
	struct machine *m = opaque;
	ata_dma_kick(&m->ata[channel]);
}

static void wire_ide(struct machine *m)
{
	m->ide.decode = ide_decode;
	m->ide.kick = ide_kick;
	m->ide.read_mem = ide_read_mem;
	m->ide.write_mem = ide_write_mem;
	m->ide.channel_opaque = m->ide.mem_opaque = m;
	for (int i = 0; i < PIIX3_IDE_CHANNELS; i++) {
		m->ata[i].irq = (struct line){.set = piix3_ide_irq, .opaque = &m->ide, .n = i};
		m->ata[i].dma = (struct ata_dma){.move = piix3_ide_move, .opaque = &m->ide.channel[i]};
		m->ide.irq[i] = irq(m, 14 + i);
	}
}

static int floppy_dma(void *opaque, int channel, u8 *buf, int len, bool *tc)
{
	return dma_transfer(opaque, channel, buf, len, tc);
}

static void wire_serial(struct machine *m)
{
	m->uart[0].irq = irq(m, 4);
	m->uart[1].irq = irq(m, 3);
	m->uart[0].out = (struct char_sink){serial0_out, m};
	m->uart[1].out = (struct char_sink){serial1_out, m};
	m->uart[0].room = serial0_room;
	m->uart[1].room = serial1_room;
	m->uart[0].room_opaque = m->uart[1].room_opaque = m;
}

static void wire_pci(struct machine *m)
{
	m->host_bridge.map = pc_map_low;
	m->host_bridge.map_opaque = m;
	m->host_bridge.hard_reset = m->isa_bridge.hard_reset = (struct line){.set = request_reset, .opaque = m, .n = RESET_HARD};
	m->host_bridge.init = m->isa_bridge.init = (struct line){.set = request_reset, .opaque = m, .n = RESET_INIT};
	for (int i = 0; i < 4; i++)
		m->pci.pirq[i] = (struct line){.set = piix3_set_pirq, .opaque = &m->isa_bridge, .n = i};
	for (int n = 0; n < 16; n++)
		m->isa_bridge.irq[n] = pc_irq(m, n, IRQ_PIRQ);
	m->power.irq9 = pc_irq(m, 9, IRQ_SCI);
	m->power.power_off = (struct line){.set = power_off, .opaque = m};
}

void pc_wire(struct machine *m)
{
	wire_pci(m);
	pc_wire_interrupts(m);
	m->lapic.init = (struct line){.set = request_reset, .opaque = m, .n = RESET_INIT};
	m->rtc.irq8 = (struct line){.set = set_irq8, .opaque = m, .n = HPET_IN_RTC};
	m->kbc.irq1 = irq(m, 1);
	m->kbc.irq12 = irq(m, 12);
	m->kbc.a20 = (struct line){.set = set_a20, .opaque = m, .n = 0};
	m->kbc.reset = (struct line){.set = request_reset, .opaque = m, .n = RESET_INIT}; /* RCIN#: the PIIX3 makes it INIT */
	i8042_attach(&m->kbc, I8042_KEYBOARD, ps2_keyboard_port(&m->keyboard));
	m->keyboard.ready = (struct line){.set = i8042_data_ready, .opaque = &m->kbc, .n = I8042_KEYBOARD};
	i8042_attach(&m->kbc, I8042_MOUSE, ps2_mouse_port(&m->mouse));
	m->mouse.ready = (struct line){.set = i8042_data_ready, .opaque = &m->kbc, .n = I8042_MOUSE};
	m->port92.a20 = (struct line){.set = set_a20, .opaque = m, .n = 1};
	m->port92.reset = (struct line){.set = request_reset, .opaque = m, .n = RESET_INIT};
	m->vmm.ferr = (struct line){.set = ferr_set, .opaque = &m->ferr};
	m->ferr.irq13 = irq(m, 13);
	m->ferr.ignne = (struct line){.set = vmm_set_ignne, .opaque = &m->vmm};
	m->dma.read_mem = dma_read_mem;
	m->dma.write_mem = dma_write_mem;
	m->dma.mem_opaque = &m->ram;
	m->fdc.irq = irq(m, 6);
	m->fdc.dma = floppy_dma;
	m->fdc.dma_opaque = &m->dma;
	m->fdc.dma_channel = 2;
	wire_ide(m);
	m->vga.irq = irq(m, 9);
	pc_wire_video(m);
	m->debugcon.out = (struct char_sink){debugcon_out, m};
	m->debugexit.exit = debug_exit;
	m->debugexit.opaque = m;
	m->loader.write_mem = dma_write_mem;
	m->loader.mem_opaque = &m->ram;
	wire_serial(m);
}
