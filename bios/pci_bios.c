/*
 * The PCI BIOS, revision 2.1 (PCI BIOS Specification, 26 August 1994): INT 1Ah AH=B1h, and once more compiled for 32 bits
 * (PCI_BIOS_32), where pci_bios32.S calls it. It uses its arguments and ports only, and the segments of the caller for the
 * routing table. Not here: bus numbers above 0 (POST opens no bridges).
 */
#include "pci.h"

#ifdef PCI_BIOS_32
struct regs32 {                 /* as PUSHAD leaves them; then the bits that C may not touch */
	u32 edi, esi, ebp, esp;
	union { u32 ebx; u16 bx; struct { u8 bl, bh; }; };
	union { u32 edx; u16 dx; struct { u8 dl, dh; }; };
	union { u32 ecx; u16 cx; struct { u8 cl, ch; }; };
	union { u32 eax; u16 ax; struct { u8 al, ah; }; };
};
typedef struct regs32 pci_regs;
#define SI(r) ((u16)(r)->esi)
#define DI(r) ((u16)(r)->edi)
#else
#include "bios.h"
#include "farmem.h"
#include "platform.h"
typedef struct regs pci_regs;
#define SI(r) ((r)->si)
#define DI(r) ((r)->di)
#endif

#define SUCCESSFUL 0x00
#define UNSUPPORTED 0x81
#define BAD_VENDOR 0x83
#define NOT_FOUND 0x86
#define BAD_REGISTER 0x87
#define SET_FAILED 0x88
#define BUFFER_TOO_SMALL 0x89

#define SIGNATURE 0x20494350    /* "PCI " */
#define MECHANISM_1 0x11        /* configuration and special cycles */
#define REVISION 0x0210

static u8 install_check(pci_regs *r)
{
	r->edx = SIGNATURE;
	r->al = MECHANISM_1;
	r->bx = REVISION;
	r->cl = 0;              /* the last bus */
	return SUCCESSFUL;
}

/* The SI-th function whose register, without the low bits, is the value. */
static u8 find(pci_regs *r, u32 reg, u32 shift, u32 value)
{
	u32 index = SI(r);

	for (u32 bdf = 0; bdf < PCI_FUNCTIONS; bdf++) {
		if (!pci_exists(bdf) || pci_read32(bdf, reg) >> shift != value)
			continue;
		if (index-- == 0) {
			r->bx = (u16)bdf;
			return SUCCESSFUL;
		}
	}
	return NOT_FOUND;
}

static u8 find_device(pci_regs *r)
{
	if (r->dx == 0xffff)
		return BAD_VENDOR;
	return find(r, PCI_ID, 0, (u32)r->cx << 16 | r->dx);
}

static u8 special_cycle(pci_regs *r)
{
	pci_write32((u32)r->bh << 8 | 0xff, 0, r->edx);
	return SUCCESSFUL;
}

/* Function: 0-2 read byte, word, dword, 3-5 write. */
static u8 access(pci_regs *r, u8 function)
{
	u32 bdf = r->bx, reg = DI(r), size = function % 3u;

	if (reg > 0xff || reg & ((1u << size) - 1))
		return BAD_REGISTER;
	switch (function) {
	case 0: r->cl = pci_read8(bdf, reg); break;
	case 1: r->cx = pci_read16(bdf, reg); break;
	case 2: r->ecx = pci_read32(bdf, reg); break;
	case 3: pci_write8(bdf, reg, r->cl); break;
	case 4: pci_write16(bdf, reg, r->cx); break;
	case 5: pci_write32(bdf, reg, r->ecx); break;
	}
	return SUCCESSFUL;
}

static u32 isa_bridge(void)
{
	for (u32 bdf = 0; bdf < PCI_FUNCTIONS; bdf++) {
		if (pci_exists(bdf) && pci_read32(bdf, PCI_ID) == PIIX3_ISA)
			return bdf;
	}
	return 0;
}

/* Steer the PIRQ that pin CL-0Ah of a device reaches to interrupt CH, and tell the functions that are on the same one. */
static u8 set_interrupt(pci_regs *r)
{
	u32 router = isa_bridge(), pin = r->cl - 0x0au, irq = r->ch, link = ((r->bl >> 3) + pin - 1) & 3, port;

	if (pin > 3 || r->bh || !pci_exists(r->bl) || !router || irq > 15 || !(0xdef8 >> irq & 1))
		return SET_FAILED;
	pci_write8(router, 0x60 + link, (u8)irq);
	port = 0x4d0 + (irq >> 3);
	outb((u16)port, (u8)(inb((u16)port) | 1u << (irq & 7)));
	for (u32 bdf = 8; bdf < PCI_FUNCTIONS; bdf++) {
		u8 other;
		if (!pci_exists(bdf) || pci_read32(bdf, PCI_ID) == PIIX4_PM)
			continue;
		other = pci_read8(bdf, PCI_PIN);
		if (other && (((bdf >> 3) + other - 2) & 3) == link)
			pci_write8(bdf, PCI_LINE, (u8)irq);
	}
	return SUCCESSFUL;
}

#ifdef PCI_BIOS_32
/* Where the caller's descriptor of its buffer is: through FS, his ES; the table through GS, his CS. */
#define CALLER __seg_fs
#define TABLE __seg_gs

struct routing_buffer {
	u16 size;
	u32 offset;
	u16 selector;
} __attribute__((packed));

static u8 get_routing(pci_regs *r, u32 table)
{
	struct routing_buffer CALLER *buffer = (struct routing_buffer CALLER *)r->edi;
	const u8 TABLE *from = (const u8 TABLE *)table;
	u32 size = (*(const u16 TABLE *)(from + 6)) - 32u, to = buffer->offset;
	u16 room = buffer->size, selector = buffer->selector;

	buffer->size = (u16)size;
	r->bx = *(const u16 TABLE *)(from + 10);
	if (room < size)
		return BUFFER_TOO_SMALL;
	__asm__ volatile("movw %w0, %%fs" : : "r"((u32)selector) : "memory");
	for (u32 n = 0; n < size; n++)
		((u8 CALLER *)to)[n] = from[32 + n];
	return SUCCESSFUL;
}
#else
static u8 get_routing(pci_regs *r, u32 table)
{
	u16 room = far_read16(r->es, r->di), off = far_read16(r->es, (u16)(r->di + 2)), seg = far_read16(r->es, (u16)(r->di + 4));
	u16 size = (u16)(far_read16(BIOS_SEG, (u16)(table + 6)) - 32);

	far_write16(r->es, r->di, size);
	r->bx = far_read16(BIOS_SEG, (u16)(table + 10));
	if (room < size)
		return BUFFER_TOO_SMALL;
	far_copy((u16)(seg + (off >> 4)), off & 15, BIOS_SEG, (u16)(table + 32), size);
	return SUCCESSFUL;
}
#endif

static u8 dispatch(pci_regs *r, u32 table)
{
	switch (r->al & 0x7f) {
	case 0x01: return install_check(r);
	case 0x02: return find_device(r);
	case 0x03: return find(r, PCI_CLASS, 8, r->ecx & 0xffffff);
	case 0x06: return special_cycle(r);
	case 0x08: case 0x09: case 0x0a: case 0x0b: case 0x0c: case 0x0d: return access(r, (u8)((r->al & 0x7f) - 0x08));
	case 0x0e: return table ? get_routing(r, table) : UNSUPPORTED;
	case 0x0f: return set_interrupt(r);
	}
	return UNSUPPORTED;
}

#ifdef PCI_BIOS_32
/* Returns the carry flag. table: of interrupt routing, an offset in GS. */
u32 pci_bios_32(pci_regs *r, u32 table);
u32 pci_bios_32(pci_regs *r, u32 table)
{
	r->ah = dispatch(r, table);
	return r->ah != SUCCESSFUL;
}
#else
void handle_1ab1(struct regs *r)
{
	if (!pci_present()) {
		set_cf(r);
		return;
	}
	clear_cf(r);
	r->ah = dispatch(r, findings.chipset ? (u32)shadow_pir : 0);
	if (r->ah != SUCCESSFUL)
		set_cf(r);
}
#endif
