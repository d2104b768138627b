/* registers.c - the registers of a machine, for comparing two runs instruction by instruction. x87 and vectors are not looked at. */
#include "report/registers.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "machine/pc.h"

static const char *const names[REGISTERS] = {
	"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI", "EIP", "EFLAGS", "CPL", "ES", "CS", "SS", "DS", "FS", "GS",
	"ES base", "CS base", "SS base", "DS base", "FS base", "GS base", "CR0", "CR2", "CR3", "CR4", "GDT base", "GDT limit",
	"IDT base", "IDT limit", "LDTR", "TR", "top of stack",
};

/* Four bytes at SS:ESP; 0 where they cannot be looked at. */
static u32 stack_top(const struct machine *m)
{
	const struct segment *ss = &m->vmm.guest.seg[SEG_SS];
	u64 sp = ss->attr & SEG_DB ? (u32)m->cpu.r[RSP] : (u16)m->cpu.r[RSP];
	lin_t lin = (u32)(ss->base + sp);
	gpa_t gpa;
	const u8 *p;
	if ((lin & 0xfff) > 0xffc || mmu_peek_gpa(&m->mmu, lin, &gpa) || !(p = physmem_read_ptr(&m->ram, gpa)))
		return 0;
	return load32(p);
}

void registers_get(struct machine *m, struct registers *r)
{
	const struct sysregs *s = &m->vmm.guest;
	u64 *v = r->v;
	vmm_pull(&m->vmm);
	for (int i = 0; i < 8; i++)
		*v++ = (u32)m->cpu.r[i];
	*v++ = m->cpu.ip;
	*v++ = flags_get(&m->cpu, s);
	*v++ = s->cpl;
	for (int i = 0; i < 6; i++)
		*v++ = s->seg[i].sel;
	for (int i = 0; i < 6; i++)
		*v++ = s->seg[i].base;
	*v++ = s->cr0, *v++ = s->cr2, *v++ = s->cr3, *v++ = s->cr4;
	*v++ = s->gdtr.base, *v++ = s->gdtr.limit, *v++ = s->idtr.base, *v++ = s->idtr.limit;
	*v++ = s->ldtr.sel, *v++ = s->tr.sel;
	*v = stack_top(m);
}

u64 registers_hash(const struct registers *r)
{
	u64 h = 0x243f6a8885a308d3ull;
	for (int i = 0; i < REGISTERS; i++) {
		h = (h ^ r->v[i]) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 29;
	}
	return h;
}

void registers_difference(const struct registers *a, const struct registers *b, char *text, size_t size)
{
	size_t n = 0;
	text[0] = '\0';
	for (int i = 0; i < REGISTERS && n < size; i++)
		if (a->v[i] != b->v[i])
			n += (size_t)snprintf(text + n, size - n, "%s%s %llx / %llx", n ? ", " : "", names[i], (unsigned long long)a->v[i],
					      (unsigned long long)b->v[i]);
}

void registers_place(struct machine *m, char *place, size_t place_size, char *code, size_t code_size)
{
	const struct segment *cs = &m->vmm.guest.seg[SEG_CS];
	u8 bytes[15];
	vmm_pull(&m->vmm);
	snprintf(place, place_size, m->cpu.ip > 0xffff ? "%04x:%08llx" : "%04x:%04llx", cs->sel, (unsigned long long)m->cpu.ip);
	pc_instruction(m, m->cpu.ip, (u32)(cs->base + m->cpu.ip), bytes, code, code_size);
}
