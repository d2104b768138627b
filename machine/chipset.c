/* chipset.c - the machine's ends of the chip set: which memory answers below 1 MB, and who shares an interrupt input.
 *
 * Below 1 MB: the PAM registers of the 82441FX choose between DRAM and the PCI bus (290549). On the bus, behind the
 * PIIX3, are the VGA BIOS at C0000h, the loader card's at D0000h and the system BIOS at the top; all are ROM.
 * Interrupts: an input of the 8259As has one driver on the ISA bus, and the PIIX3 and the PIIX4 may drive it besides. What is
 * driven is ORed here.
 */
#include "cpu/block.h"
#include "machine/pc.h"

#define BIOS_LOW 0xe0000u

/* ---- memory ------------------------------------------------------------------------------------------------ */

/* The ROM that answers on the bus for a page: its kind, and where it lies (NULL: the system BIOS). */
static enum low_kind rom_at(const struct machine *m, u32 gpa, const u8 **image)
{
	*image = NULL;
	if (gpa >= BIOS_LOW)
		return (1u << 20) - gpa <= m->bios_size ? LOW_ROM : LOW_HOLE;
	if (gpa >= 0xc0000 && gpa - 0xc0000 < m->vgabios_size) {
		*image = m->vgabios + (gpa - 0xc0000);
		return LOW_ROM;
	}
	if (gpa >= PC_LOADER_ROM && gpa - PC_LOADER_ROM < m->loader_rom_size) {
		*image = m->loader_rom + (gpa - PC_LOADER_ROM);
		return LOW_ROM;
	}
	return LOW_HOLE;
}

void pc_map_low(void *opaque, u32 gpa, u32 len, enum i440fx_map how)
{
	struct machine *m = opaque;
	for (u32 page = gpa; page < gpa + len; page += PAGE_SIZE) {
		const u8 *image;
		enum low_kind bus = rom_at(m, page, &image);
		if (m->ram.attr[page / PAGE_SIZE] & PG_CODE)
			code_written(&m->cpu, page, PAGE_SIZE); /* what was decoded here came from the other memory */
		physmem_map_low(&m->ram, page, PAGE_SIZE, how & I440FX_READ ? LOW_RAM : bus, how & I440FX_WRITE ? LOW_RAM : bus,
		                image);
	}
	if (gpa == VGA_WINDOW) {
		m->smram_open = how != 0;
		pc_show_vga(m);
	}
	mmu_flush_all(&m->mmu);
}

/* ---- interrupts ----------------------------------------------------------------------------------------------- */

static void set_irq(void *opaque, int n, int level)
{
	struct machine *m = opaque;
	int input = n & 15;
	u8 bit = (u8)(1u << (n >> 4));
	m->irq_drivers[input] = (u8)(level ? m->irq_drivers[input] | bit : m->irq_drivers[input] & ~bit);
	int driven = m->irq_drivers[input] != 0;
	pic_set_irq(&m->pic, input, driven);
	ioapic_set_pin(&m->ioapic, input ? input : IOAPIC_PIN_IRQ0, driven);
}

struct line pc_irq(struct machine *m, int n, enum irq_driver driver)
{
	return (struct line){.set = set_irq, .opaque = m, .n = (int)driver << 4 | n};
}
