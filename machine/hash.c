/* hash.c - the state hash: one number over everything a guest could see.
 *
 * Equal hashes at equal instruction counts are what the event rule promises, for
 * every block length, technique and observer (docs/architecture.md).
 */
#include "base/bits.h"
#include "machine/pc.h"

struct hash {
	u64 a, b;
};

static u64 mix(u64 x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	return x ^ x >> 29;
}

static void add(struct hash *h, const void *data, size_t len)
{
	const u8 *p = data;
	for (; len >= 8; len -= 8, p += 8) {
		h->a = mix(h->a ^ load64(p));
		h->b += h->a;
	}
	if (len)
		h->a = mix(h->a ^ load_n(p, (int)len));
	h->b = mix(h->b ^ len);
}

static void add64(struct hash *h, u64 v)
{
	add(h, &v, sizeof v);
}

static void add_segment(struct hash *h, const struct segment *s)
{
	add64(h, s->base);
	add64(h, (u64)s->limit << 32 | (u32)s->sel << 16 | s->attr);
}

static void add_msrs(struct hash *h, const struct sysregs *s)
{
	add64(h, s->apic_base), add64(h, s->pat), add64(h, s->misc_enable), add64(h, s->star), add64(h, s->lstar);
	add64(h, s->cstar), add64(h, s->fmask), add64(h, s->kernel_gs_base), add64(h, s->tsc_aux), add64(h, s->debugctl);
	add(h, s->perf_counter, sizeof s->perf_counter), add(h, s->perf_select, sizeof s->perf_select);
	add64(h, s->mtrr_def), add(h, s->mtrr_fix, sizeof s->mtrr_fix), add(h, s->mtrr_var, sizeof s->mtrr_var);
}

static void add_cpu(struct hash *h, const struct machine *m)
{
	const struct cpu *c = &m->cpu;
	const struct sysregs *s = &m->vmm.guest;
	add(h, c->r, sizeof c->r);
	add64(h, c->ip);
	add64(h, flags_get(c, s));
	add(h, &c->fpu, sizeof c->fpu);
	add(h, &c->simd, sizeof c->simd);
	add64(h, s->cr0), add64(h, s->cr2), add64(h, s->cr3), add64(h, s->cr4), add64(h, s->efer);
	add(h, s->dr, sizeof s->dr);
	for (int i = 0; i < 6; i++)
		add_segment(h, &s->seg[i]);
	add_segment(h, &s->ldtr);
	add_segment(h, &s->tr);
	add64(h, s->gdtr.base ^ s->gdtr.limit), add64(h, s->idtr.base ^ s->idtr.limit);
	add64(h, s->sysenter_cs), add64(h, s->sysenter_esp), add64(h, s->sysenter_eip);
	add64(h, s->tsc_offset);
	add_msrs(h, s);
	add(h, m->mmu.paging.pdpte, sizeof m->mmu.paging.pdpte);
	add64(h, c->dr6_pending);
	bool shadow = s->shadow != SHADOW_NONE && c->count < s->shadow_end;
	add64(h, (u64)s->cpl | (u64)(shadow ? s->shadow : 0) << 8 | (u64)s->nmi_blocked << 16 | (u64)s->activity << 24);
}

/* The registers of all functions that are plugged in. */
static void add_pci(struct hash *h, const struct pci_bus *p)
{
	add(h, &p->r, sizeof p->r);
	for (int slot = 0; slot < PCI_SLOTS; slot++)
		for (int n = 0; n < PCI_FUNCTIONS; n++)
			if (p->function[slot][n])
				add(h, &p->function[slot][n]->r, sizeof p->function[slot][n]->r);
}

static void add_chips(struct hash *h, const struct machine *m)
{
	add_pci(h, &m->pci);
	add(h, &m->isa_bridge.r, sizeof m->isa_bridge.r);
	add(h, &m->ide.r, sizeof m->ide.r);
	add(h, &m->power.r, sizeof m->power.r);
	add(h, &m->power.smbus.r, sizeof m->power.smbus.r);
	add(h, &m->lapic.r, sizeof m->lapic.r);
	add(h, &m->ioapic.r, sizeof m->ioapic.r);
	add(h, &m->hpet.r, sizeof m->hpet.r);
	add(h, &m->pic.r, sizeof m->pic.r);
	add(h, &m->pit.r, sizeof m->pit.r);
	add(h, &m->speaker.r, sizeof m->speaker.r);
	add(h, &m->port61.r, sizeof m->port61.r);
	add(h, &m->rtc.r, sizeof m->rtc.r);
	add(h, &m->dma.r, sizeof m->dma.r);
	add(h, &m->kbc.r, sizeof m->kbc.r);
	add(h, &m->keyboard.r, sizeof m->keyboard.r);
	add(h, &m->mouse.r, sizeof m->mouse.r);
	add(h, &m->port92.r, sizeof m->port92.r);
	add(h, &m->gpe.r, sizeof m->gpe.r);
	add(h, &m->ferr.r, sizeof m->ferr.r);
	add(h, &m->postcode.r, sizeof m->postcode.r);
	for (int i = 0; i < MACHINE_SERIALS; i++)
		add(h, &m->uart[i].r, sizeof m->uart[i].r);
	add(h, &m->fdc.r, sizeof m->fdc.r);
	for (int i = 0; i < 2; i++)
		add(h, &m->ata[i].r, sizeof m->ata[i].r);
	add(h, &m->cdrom.r, sizeof m->cdrom.r);
	add(h, &m->vga.r, sizeof m->vga.r);
	add(h, m->vga.mem, m->vga.r.vbe.used ? VGA_VRAM_SIZE : VGA_MEM_SIZE);
	add(h, &m->loader.r, sizeof m->loader.r);
}

static struct hash hash_registers(struct machine *m)
{
	vmm_pull(&m->vmm);
	struct hash h = {0x243f6a8885a308d3ull, 0x13198a2e03707344ull};
	add64(&h, m->cpu.count);
	add64(&h, clock_now(&m->clock));
	add_cpu(&h, m);
	add_chips(&h, m);
	return h;
}

u64 machine_hash_registers(struct machine *m)
{
	struct hash h = hash_registers(m);
	return mix(h.a ^ h.b);
}

u64 machine_hash(struct machine *m)
{
	struct hash h = hash_registers(m);
	add(&h, m->ram.ram, m->ram.ram_size);
	return mix(h.a ^ h.b);
}
