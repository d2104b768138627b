/* world.c - memory, tables and registers of the experiments. SDM 3A 3.4 (descriptors), 4.3 (page tables), 6.11
 * (gates), 7.2 (TSS), 20.3.3 (redirection bitmap), SDM 1 18.5.2 (I/O bitmap).
 */
#include "classify/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/block.h"
#include "cpu/system.h"

/* ---- hooks ------------------------------------------------------------------------------ */

static void mapping_changed(void *opaque, enum mapping_change what, lin_t lin)
{
	struct world *w = opaque;
	code_remapped(&w->c, what, lin);
}

static u64 hole_read(void *opaque, gpa_t gpa, int size)
{
	(void)opaque, (void)gpa, (void)size;
	return ~0ull;
}

static void hole_write(void *opaque, gpa_t gpa, int size, u64 value)
{
	(void)opaque, (void)gpa, (void)size, (void)value;
}

static void note_port(struct world *w, u32 what)
{
	w->ports.n++;
	w->ports.hash = (w->ports.hash ^ what) * 0x9e3779b1u;
}

static u32 port_in(void *opaque, u16 port, int size)
{
	struct world *w = opaque;
	note_port(w, (u32)port << 4 | (u32)size);
	return w->around.port_value & (~0u >> (32 - 8 * size));
}

static void port_out(void *opaque, u16 port, int size, u32 value)
{
	note_port(opaque, (u32)port << 4 | 8 | (u32)size);
	note_port(opaque, value);
}

static u64 tsc(void *opaque)
{
	return ((struct world *)opaque)->around.tsc;
}

static void exception(void *opaque)
{
	((struct world *)opaque)->faulted = true;
}

struct cpu_model world_everything(void)
{
	struct cpu_model m = cpu_model_default;
	m.name = "everything";
	m.isa = ~(1ull << ISA_UNDEF);
	m.max_leaf = 7;
	m.f1_edx |= CPUID_FXSR | CPUID_SSE | CPUID_SSE2 | CPUID_MMX | CPUID_SEP | CPUID_MCE | CPUID_PGE | CPUID_MTRR |
		    CPUID_PAT | CPUID_APIC;
	m.f7_ebx |= CPUID7_SMEP | CPUID7_SMAP;
	m.f7_ecx |= CPUID7_UMIP;
	m.e1_edx |= CPUIDE_SYSCALL | CPUIDE_NX;
	return m;
}

int world_init(struct world *w)
{
	memset(w, 0, sizeof *w);
	if (physmem_init(&w->pm, 2 << 20))
		return -1;
	if (mmu_init(&w->m, &w->pm)) {
		physmem_free(&w->pm);
		return -1;
	}
	w->m.hooks = (struct mmu_hooks){w, hole_read, hole_write, mapping_changed};
	if (cpu_init(&w->c, &w->m, &w->s, &w->s)) {
		mmu_free(&w->m);
		physmem_free(&w->pm);
		return -1;
	}
	w->pm.hooks.opaque = &w->c;
	w->pm.hooks.code_written = code_written;
	w->model = world_everything();
	w->c.model = &w->model;
	w->c.hooks = (struct cpu_hooks){
		.opaque = w, .exception = exception, .port_in = port_in, .port_out = port_out, .tsc = tsc};
	cpu_reset(&w->c);
	w->c.fpu.cw = 0x37f; /* as after FNINIT, with four registers in use */
	w->c.fpu.sw = 4 << 11;
	w->c.fpu.valid = 0xf0;
	for (int i = 0; i < 8; i++) {
		w->c.fpu.r[i].mant = 0xc000000000000000ull;
		w->c.fpu.r[i].se = (u16)(0x3fff + i);
	}
	w->fpu = w->c.fpu;
	w->simd = w->c.simd;
	w->simd.mxcsr = 0x1f80;
	for (int i = 0; i < 8; i++)
		w->simd.xmm[i].q[0] = 0x3f800000ull * (u64)(i + 1);
	field_map_make(&w->map);
	return 0;
}

void world_free(struct world *w)
{
	cpu_free(&w->c);
	mmu_free(&w->m);
	physmem_free(&w->pm);
}

/* ---- tables --------------------------------------------------------------------------------- */

static u64 descriptor(u32 base, u32 limit, u32 attr) /* limit and attr as in the descriptor */
{
	return (limit & 0xffff) | (u64)(base & 0xffffff) << 16 | (u64)(attr & 0xf0ff) << 40 |
	       (u64)(limit >> 16 & 15) << 48 | (u64)(base >> 24) << 56;
}

static u64 gate(u32 sel, u32 offset, u32 type, u32 dpl)
{
	return (offset & 0xffff) | (u64)sel << 16 | (u64)(0x80 | dpl << 5 | type) << 40 | (u64)(offset >> 16) << 48;
}

enum { CODE = SEG_P | SEG_S | SEG_CODE | SEG_RW | SEG_A, DATA = SEG_P | SEG_S | SEG_RW | SEG_A, FLAT = SEG_G | SEG_DB };

static void make_gdt(u8 *block, u32 base)
{
	const struct {
		u16 sel;
		u32 base, limit, attr;
	} rows[] = {
		{SEL_CODE0, base, 0xfffff, CODE | FLAT},
		{SEL_DATA0, base, 0xfffff, DATA | FLAT},
		{SEL_CODE1, base, 0xfffff, CODE | FLAT | 1 << 5},
		{SEL_DATA1, base, 0xfffff, DATA | FLAT | 1 << 5},
		{SEL_CODE3, base, 0xfffff, CODE | FLAT | 3 << 5},
		{SEL_DATA3, base, 0xfffff, DATA | FLAT | 3 << 5},
		{SEL_ALIAS0, base, 0xffff, CODE | SEG_DB},
		{SEL_ALIAS1, base, 0xffff, CODE | SEG_DB | 1 << 5},
		{SEL_ALIAS3, base, 0xffff, CODE | SEG_DB | 3 << 5},
		{SEL_CONFORMING, base, 0xffff, CODE | SEG_DB | SEG_EC},
		{SEL_OTHER3, base, 0x7fff, (DATA & ~SEG_A) | SEG_DB | 3 << 5},
		{SEL_OTHER0, base, 0x7fff, DATA | SEG_DB},
		{SEL_TSS, base + AT_TSS, 0x187, SEG_P | 11},
		{SEL_TSS2, base + AT_TSS2, 0x67, SEG_P | 9 | 3 << 5},
		{SEL_LDT, base + AT_LDT, LDT_LIMIT, SEG_P | 2},
		{SEL_LAST, base, 0x7fff, DATA | SEG_DB | 3 << 5},
		{SEL_TSS3, base + AT_TSS3, 0x67, SEG_P | 11},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		store64(block + AT_GDT + rows[i].sel, descriptor(rows[i].base, rows[i].limit, rows[i].attr));
	store64(block + AT_GDT + SEL_GATE3, gate(SEL_CODE0, AT_FAR, 12, 3));
	store64(block + AT_GDT + SEL_GATE0, gate(SEL_CODE0, AT_FAR, 12, 0));
	store64(block + AT_GDT + SEL_TASK_GATE, gate(SEL_TSS2, 0, 5, 3));
	store64(block + AT_LDT + (SEL_IN_LDT & 0xfff8), descriptor(base, 0x7fff, DATA | SEG_DB | 3 << 5));
}

/* Vectors below 10h: interrupt gates for everybody; above: all kinds in turn. IVT entries lead into the block. */
static void make_vectors(u8 *block)
{
	for (u32 v = 0; v < 256; v++) {
		u64 g = gate(SEL_CODE0, AT_FAR + v, 14, 3);
		if (v >= 0x10 && (v & 3) == 0)
			g = gate(SEL_CODE0, AT_FAR + v, 14, 0);
		else if (v >= 0x10 && (v & 3) == 1)
			g = gate(SEL_CODE0, AT_FAR + v, 15, 3);
		else if (v >= 0x10 && (v & 3) == 2)
			g = gate(SEL_TSS2, 0, 5, 3);
		store64(block + AT_IDT + 8 * v, g);
		store32(block + AT_IVT + 4 * v, REAL_SEGMENT << 16 | (AT_FAR + v));
	}
}

static void make_tss_image(u8 *tss, u32 cr3)
{
	static const u16 segments[6] = {SEL_DATA0, SEL_CODE0, SEL_DATA0, SEL_DATA0, 0, 0};
	store32(tss + 0x1c, cr3);
	store32(tss + 0x20, AT_FAR);
	store32(tss + 0x24, EF_FIXED);
	store32(tss + 0x38, AT_INNER + 0x300); /* ESP */
	for (u32 i = 0; i < 6; i++)
		store32(tss + 0x48 + 4 * i, segments[i]);
	store32(tss + 0x60, SEL_LDT);
	store16(tss + 0x66, 0x68);
}

/* The present TSS: inner stacks, the redirection bitmap (even vectors to the 8086 program), the I/O bitmap. */
static void make_tss(u8 *block, const struct knobs *k, u32 cr3)
{
	u8 *tss = block + AT_TSS;
	make_tss_image(tss, cr3);
	store16(tss, SEL_TSS3); /* back link */
	store32(tss + 4, AT_INNER + 0x400), store32(tss + 8, SEL_DATA0);
	store32(tss + 12, AT_INNER + 0x800), store32(tss + 16, SEL_DATA1 | 1);
	store16(tss + 0x66, 0x88);
	memset(tss + 0x68, 0xaa, 32);
	memset(tss + 0x88, k->io_map == IO_EVEN ? 0xaa : 0xff, 256);
	make_tss_image(block + AT_TSS2, cr3);
	make_tss_image(block + AT_TSS3, cr3);
}

/* Present, writable, user, accessed, dirty: a walk changes nothing. */
#define PTE_BITS 0x67u

static void make_page_tables(u8 *ram, u32 directory, u32 physical)
{
	u8 *table = ram + directory + PAGE_SIZE;
	memset(ram + directory, 0, 2 * PAGE_SIZE);
	store32(ram + directory, (directory + PAGE_SIZE) | PTE_BITS);
	for (u32 page = 0; page < BLOCK_SIZE / PAGE_SIZE; page++) { /* nothing else is mapped: no run leaves its block */
		store32(table + 4 * (BLOCK_BASE / PAGE_SIZE + page), (physical + page * PAGE_SIZE) | PTE_BITS);
		store32(table + 4 * (MOVED_BASE / PAGE_SIZE + page), (MOVED_BASE + page * PAGE_SIZE) | PTE_BITS);
	}
	store32(table, physical | PTE_BITS); /* linear 0: the IVT */
}

static u32 directory_of(bool moved)
{
	return PAGE_DIRECTORY + (moved ? 2 * PAGE_SIZE : 0);
}

void world_configure(struct world *w, const struct knobs *k, const struct cpu_model *model)
{
	w->model = *model;
	code_flush(&w->c);
	for (int moved = 0; moved < 2; moved++) {
		u8 *block = w->base[moved];
		memset(block, 0, BLOCK_SIZE);
		make_gdt(block, moved ? MOVED_BASE : BLOCK_BASE);
		make_vectors(block);
		make_tss(block, k, directory_of(moved));
		for (u32 i = 0; i < 0x200; i++) /* what string instructions read */
			block[AT_SOURCE + i] = block[AT_DESTINATION + i] = (u8)(i * 7);
		memcpy(w->pm.ram + world_physical(moved), block, BLOCK_SIZE);
		make_page_tables(w->pm.ram, directory_of(moved), world_physical(moved));
	}
	mmu_reset(&w->m);
	w->code_key = 0;
}

void world_poke(struct world *w, u32 at, const void *bytes, u32 len)
{
	for (int moved = 0; moved < 2; moved++) {
		u32 gpa = world_physical(moved) + at;
		if (w->pm.attr[gpa / PAGE_SIZE] & PG_CODE)
			code_written(&w->c, gpa, len);
		memcpy(w->base[moved] + at, bytes, len);
		memcpy(w->pm.ram + gpa, bytes, len);
	}
}

/* ---- registers ---------------------------------------------------------------------------------- */

static struct segment segment_at(u32 base, u16 sel, u32 attr)
{
	return (struct segment){.base = base, .limit = 0xffffffff, .sel = sel, .attr = (u16)attr};
}

static void real_segments(struct sysregs *s, bool v86)
{
	for (int i = 0; i < 6; i++) {
		s->seg[i] = segment_at(BLOCK_BASE, REAL_SEGMENT, DATA | (v86 ? SEG_DPL : 0));
		s->seg[i].limit = v86 || i == SEG_CS ? 0xffff : BLOCK_SIZE - 1; /* without paging the limit keeps a run in its block */
	}
}

static void protected_segments(struct sysregs *s, int cpl, u32 base)
{
	static const u16 code[4] = {SEL_CODE0, SEL_CODE1, 0, SEL_CODE3}, data[4] = {SEL_DATA0, SEL_DATA1, 0, SEL_DATA3};
	u32 dpl = (u32)cpl << SEG_DPL_SHIFT;
	for (int i = 0; i < 6; i++) /* the same for both states: what ring 3 may hold */
		s->seg[i] = segment_at(base, SEL_DATA3 | 3, DATA | FLAT | SEG_DPL);
	s->seg[SEG_CS] = segment_at(base, (u16)(code[cpl] | cpl), CODE | FLAT | dpl);
	s->seg[SEG_SS] = segment_at(base, (u16)(data[cpl] | cpl), DATA | FLAT | dpl);
}

static u64 cr4_of(const struct knobs *k)
{
	return (k->vme ? CR4_VME : 0) | (k->pvi ? CR4_PVI : 0) | (k->tsd ? CR4_TSD : 0) | (k->pce ? CR4_PCE : 0) |
	       (k->umip ? CR4_UMIP : 0) | CR4_OSFXSR | CR4_OSXMMEXCPT;
}

struct sysregs world_sysregs(const struct knobs *k, enum machine_mode mode, int cpl, bool moved)
{
	u32 base = moved ? MOVED_BASE : BLOCK_BASE;
	bool own_ivt = k->mode == KM_REAL; /* with a user mode beside it, R is the same in both: IDTR leads to the IDT */
	struct sysregs s = {
		.cr0 = CR0_ET | CR0_NE | CR0_MP, .cr2 = 0x1234, .cr3 = directory_of(moved), .cr4 = cr4_of(k),
		.gdtr = {base + AT_GDT, GDT_LIMIT}, .idtr = {base + (own_ivt ? AT_IVT : AT_IDT), own_ivt ? 0x3ff : 0x7ff},
		.ldtr = {base + AT_LDT, LDT_LIMIT, SEL_LDT, SEG_P | 2}, .tr = {base + AT_TSS, 0x187, SEL_TSS, SEG_P | 11},
		.sysenter_cs = SEL_CODE0, .sysenter_esp = AT_INNER + 0x200, .sysenter_eip = AT_FAR,
		.apic_base = 0xfee00900, .pat = 0x0007040600070406, .perf_counter = {0x111, 0x222},
		.eflags = EF_FIXED | EF_IF | (u32)k->iopl << EF_IOPL_SHIFT, .cpl = (u8)cpl,
	};
	s.dr[6] = 0xffff0ff0;
	s.dr[7] = 0x400;
	if (mode == MM_PROTECTED) {
		s.cr0 |= CR0_PE | CR0_PG;
		protected_segments(&s, cpl, base);
		return s;
	}
	if (mode == MM_V86) {
		s.cr0 |= CR0_PE | CR0_PG;
		s.eflags |= EF_VM;
		s.cpl = 3;
	}
	real_segments(&s, mode == MM_V86);
	return s;
}

/* ---- after a run ----------------------------------------------------------------------------------- */

static u64 mix(u64 v)
{
	v *= 0x9e3779b97f4a7c15ull;
	v ^= v >> 32;
	return v * 0xd6e8feb86659fd93ull;
}

static u64 page_hash(const u8 *now, const u8 *old, u32 at)
{
	u64 hash = 0;
	for (u32 word = 0; word < PAGE_SIZE; word += 8) {
		if (load64(now + word) == load64(old + word))
			continue;
		for (u32 i = word; i < word + 8; i++)
			if (now[i] != old[i])
				hash += mix((u64)(at + i) << 8 | (now[i] ^ old[i]));
	}
	return hash;
}

u64 world_restore(struct world *w, bool moved)
{
	u64 hash = 0;
	for (u32 at = 0; at < BLOCK_SIZE; at += PAGE_SIZE) {
		u32 gpa = world_physical(moved) + at;
		u8 *now = w->pm.ram + gpa;
		const u8 *old = w->base[moved] + at;
		if (!memcmp(now, old, PAGE_SIZE))
			continue;
		hash += page_hash(now, old, at);
		if (w->pm.attr[gpa / PAGE_SIZE] & PG_CODE)
			code_written(&w->c, gpa, PAGE_SIZE);
		memcpy(now, old, PAGE_SIZE);
	}
	return hash;
}

int world_changes(const struct world *w, bool moved, struct stored *out, int max)
{
	const u8 *now = w->pm.ram + world_physical(moved), *old = w->base[moved];
	int n = 0;
	for (u32 i = 0; i < BLOCK_SIZE; i++) {
		if (now[i] == old[i])
			continue;
		u32 end = i + 1; /* bytes that stay the same between two changes belong to one store */
		for (u32 j = end; j < BLOCK_SIZE && j < end + 4; j++)
			if (now[j] != old[j])
				end = j + 1;
		if (n < max) {
			struct stored *s = &out[n];
			*s = (struct stored){.at = i, .len = end - i};
			for (u32 j = 0; j < s->len && j < sizeof s->old; j++)
				s->old[j] = old[i + j], s->now[j] = now[i + j];
		}
		n++;
		i = end;
	}
	return n;
}

const char *world_place(u32 at)
{
	static const struct {
		u32 from;
		const char *name;
	} places[] = {{AT_STACK & ~0xfffu, "stack"}, {AT_DATA & ~0xfffu, "data"}, {AT_CODE, "code"}, {AT_INNER, "inner stack"},
		      {AT_TSS, "TSS"}, {AT_LDT, "LDT"}, {AT_GDT, "GDT"}, {AT_IDT, "IDT"}, {AT_IVT, "IVT"}};
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (at >= places[i].from)
			return places[i].name;
	return "?";
}
