/* pc.c - the chips of the PC: construction, reset, CMOS contents.
 *
 * The CMOS layout is the one that PC BIOSes agree on (and QEMU and Bochs fill in):
 * 10h floppy types, 12h disk types, 14h equipment, 15h-18h and 30h/31h memory below
 * and above 1 MB, 34h/35h memory above 16 MB, 38h/3Dh boot order.
 */
#include "machine/pc.h"

#include <string.h>

void pc_build(struct machine *m)
{
	struct bus *b = &m->bus;
	struct clock *k = &m->clock;
	struct log *l = &m->log;
	struct fdc_config fdc = {.fast = 8};
	struct rtc_config rtc = {.base_seconds = m->config.rtc_base};
	for (int i = 0; i < MACHINE_FLOPPIES; i++)
		fdc.drive[i] = m->floppy[i] ? floppy_drive_for(m->floppy[i]->sectors) : FLOPPY_NONE;
	if (fdc.drive[0] == FLOPPY_NONE)
		fdc.drive[0] = FLOPPY_1440K; /* an empty drive A, so that a disk can be put in later */
	pci_init(&m->pci, b);
	i440fx_init(&m->host_bridge, &m->pci, l);
	piix3_init(&m->isa_bridge, &m->pci, l);
	piix3_ide_init(&m->ide, &m->pci, b, l);
	piix4_pm_init(&m->power, &m->pci, b, k, l);
	pc_build_interrupts(m);
	pic_init(&m->pic, b, k, l);
	pit_init(&m->pit, b, k, l);
	pcspk_init(&m->speaker, k, &m->pit);
	port61_init(&m->port61, b, k, l, &m->pit, &m->speaker);
	rtc_init(&m->rtc, b, k, l, &rtc);
	dma_init(&m->dma, b, k, l);
	i8042_init(&m->kbc, b, k, l);
	ps2_keyboard_init(&m->keyboard, k, l);
	ps2_mouse_init(&m->mouse, k, l);
	port92_init(&m->port92, b, k, l);
	ferr_init(&m->ferr, b, k, l);
	postcode_init(&m->postcode, b, k, l);
	uart_init(&m->uart[0], b, k, l, 0x3f8);
	uart_init(&m->uart[1], b, k, l, 0x2f8);
	ata_init(&m->ata[0], b, k, l, 0x1f0, 0x3f6);
	ata_init(&m->ata[1], b, k, l, 0x170, 0x376);
	fdc_init(&m->fdc, b, k, l, &fdc);
	vga_init(&m->vga, b, k, l, m->ram.window[m->vram].host);
	vga_plug(&m->vga, &m->pci, 2, m->vgabios, (u32)m->vgabios_size);
	debugcon_init(&m->debugcon, b, k, l, (u16)m->config.debugcon_port);
	if (m->config.debug_exit_port >= 0)
		debugexit_init(&m->debugexit, b, k, l, (u16)m->config.debug_exit_port);
	if (m->config.bios)
		gpe_init(&m->gpe, b, k, l);
	if (m->boot)
		loader_init(&m->loader, b, k, l);
	if (m->boot && m->config.bios) /* ours runs the ROM at D0000h */
		loader_plug(&m->loader, &m->pci, 3, m->loader_rom, (u32)m->loader_rom_size);
	for (int i = 0; i < MACHINE_FLOPPIES; i++)
		if (m->floppy[i])
			fdc_insert(&m->fdc, i, m->floppy[i]);
	for (int i = 0; i < MACHINE_DISKS; i++)
		if (m->disk[i])
			ata_attach_disk(&m->ata[i / 2], i % 2, m->disk[i], NULL, NULL);
	if (!m->disk[2]) /* master of the second channel */
		atapi_init(&m->cdrom, &m->ata[1], 0, l);
	if (m->cd)
		atapi_insert(&m->cdrom, m->cd);
}

/* What the RESET line does; the processor is reset by its monitor. */
void pc_reset_chips(struct machine *m)
{
	pci_reset(&m->pci);
	i440fx_reset(&m->host_bridge);
	piix3_reset(&m->isa_bridge);
	piix3_ide_reset(&m->ide);
	piix4_pm_reset(&m->power);
	lapic_reset(&m->lapic);
	ioapic_reset(&m->ioapic);
	hpet_reset(&m->hpet);
	pic_reset(&m->pic);
	pit_reset(&m->pit);
	pcspk_reset(&m->speaker);
	port61_reset(&m->port61);
	rtc_reset(&m->rtc);
	dma_reset(&m->dma);
	i8042_reset(&m->kbc);
	ps2_keyboard_reset(&m->keyboard);
	ps2_mouse_reset(&m->mouse);
	port92_reset(&m->port92);
	gpe_reset(&m->gpe);
	ferr_reset(&m->ferr);
	postcode_reset(&m->postcode);
	uart_reset(&m->uart[0]);
	uart_reset(&m->uart[1]);
	fdc_reset(&m->fdc);
	ata_reset(&m->ata[0]);
	ata_reset(&m->ata[1]);
	vga_reset(&m->vga);
	loader_reset(&m->loader);
}

/* ---- CMOS --------------------------------------------------------------------------------------- */

static void set_word(struct machine *m, int at, u32 value)
{
	rtc_set_cmos(&m->rtc, at, (u8)value);
	rtc_set_cmos(&m->rtc, at + 1, (u8)(value >> 8));
}

static void set_memory(struct machine *m)
{
	u32 kb = m->config.ram_mb * 1024, extended = kb - 1024;
	set_word(m, 0x15, 640);
	set_word(m, 0x17, extended > 0xffff ? 0xffff : extended);
	set_word(m, 0x30, extended > 0xffff ? 0xffff : extended);
	set_word(m, 0x34, kb > 16384 ? (kb - 16384) / 64 : 0);
}

static void set_drives(struct machine *m)
{
	u8 types = (u8)(m->fdc.config.drive[0] << 4 | m->fdc.config.drive[1]);
	int floppies = (types >> 4 ? 1 : 0) + (types & 15 ? 1 : 0);
	u8 disks = 0;
	rtc_set_cmos(&m->rtc, 0x10, types);
	for (int i = 0; i < 2; i++)
		if (m->disk[i]) {
			disks |= i ? 0x0f : 0xf0;
			rtc_set_cmos(&m->rtc, 0x19 + i, 47);
		}
	rtc_set_cmos(&m->rtc, 0x12, disks);
	/* FPU, PS/2 mouse port, floppies */
	rtc_set_cmos(&m->rtc, 0x14, (u8)(0x06 | (floppies ? 1 | (floppies - 1) << 6 : 0)));
}

static u8 boot_code(char device)
{
	return device == 'a' ? 1 : device == 'c' ? 2 : device == 'd' ? 3 : 0;
}

void pc_set_cmos(struct machine *m)
{
	const char *order = m->config.boot_order[0] ? m->config.boot_order : "acd";
	u8 code[3] = {0};
	for (int i = 0; i < 3 && order[i]; i++)
		code[i] = boot_code(order[i]);
	set_memory(m);
	set_drives(m);
	rtc_set_cmos(&m->rtc, 0x3d, (u8)(code[1] << 4 | code[0]));
	rtc_set_cmos(&m->rtc, 0x38, (u8)(code[2] << 4));
	rtc_set_cmos(&m->rtc, 0x3f, m->config.boot_menu ? 1 : 0);
	rtc_set_cmos(&m->rtc, 0x0f, 0);
}
