/* fields.c - the fields of M and R: names, places, changes, values. SDM 3A chapter 2, SDM 4 chapter 2. */
#include "classify/fields.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS "takes part in forming an address; relocation moved it together with the storage, and nothing differed"
#define MODE_BIT "read to learn the mode, which K fixes; the bits that belong to R were changed, and nothing differed"
#define UNUSED "changed in the experiment, and nothing differed"

static const struct {
	const char *name;
	u8 kind;
	const char *excuse;
} names[F_COUNT] = {
	[F_CR0] = {"CR0", FK_R, MODE_BIT},
	[F_CR2] = {"CR2", FK_R, UNUSED},
	[F_CR3] = {"CR3", FK_R, ADDRESS},
	[F_CR4] = {"CR4", FK_R, MODE_BIT},
	[F_EFER] = {"EFER", FK_R, MODE_BIT},
	[F_DR0_3] = {"DR0-DR3", FK_R, UNUSED},
	[F_DR6] = {"DR6", FK_R, UNUSED},
	[F_DR7] = {"DR7", FK_R, "read to see whether breakpoints are set: they trap behind the instruction, whatever it is"},
#define SEGMENT(name) \
	[F_##name##_SEL] = {#name ".selector", FK_R, "a register that the program sees and loads; equal in both states"}, \
	[F_##name##_HIDDEN] = {#name ".hidden", FK_R, ADDRESS}, [F_WIN_##name] = {#name " window", FK_DERIVED, ADDRESS}
	SEGMENT(ES), SEGMENT(CS), SEGMENT(SS), SEGMENT(DS), SEGMENT(FS), SEGMENT(GS),
#undef SEGMENT
	[F_LDTR_SEL] = {"LDTR.selector", FK_R, UNUSED},
	[F_LDTR_HIDDEN] = {"LDTR.hidden", FK_R, ADDRESS},
	[F_TR_SEL] = {"TR.selector", FK_R, UNUSED},
	[F_TR_HIDDEN] = {"TR.hidden", FK_R, ADDRESS},
	[F_GDTR] = {"GDTR", FK_R, ADDRESS},
	[F_IDTR] = {"IDTR", FK_R, ADDRESS},
	[F_SYSENTER_CS] = {"SYSENTER_CS", FK_R, UNUSED},
	[F_SYSENTER_ESP] = {"SYSENTER_ESP", FK_R, UNUSED},
	[F_SYSENTER_EIP] = {"SYSENTER_EIP", FK_R, UNUSED},
	[F_TSC_OFFSET] = {"TSC", FK_TIME, UNUSED},
	[F_APIC_BASE] = {"APIC_BASE", FK_R, UNUSED},
	[F_PAT] = {"PAT", FK_R, UNUSED},
	[F_MISC_ENABLE] = {"MISC_ENABLE", FK_R, UNUSED},
	[F_SYSCALL] = {"SYSCALL MSRs", FK_R, UNUSED},
	[F_DEBUGCTL] = {"DEBUGCTL", FK_R, UNUSED},
	[F_PERF] = {"performance counters", FK_TIME, UNUSED},
	[F_MTRR] = {"MTRRs", FK_R, UNUSED},
	[F_EFLAGS] = {"EFLAGS.system", FK_R, MODE_BIT},
	[F_CPL] = {"CPL", FK_M, "read for a check that both states pass or both fail"},
	[F_SHADOW] = {"interrupt shadow", FK_INTERRUPT, UNUSED},
	[F_NMI] = {"NMI blocking", FK_INTERRUPT, UNUSED},
	[F_ACTIVITY] = {"activity", FK_PROCESSOR, UNUSED},
	[F_IDENTITY] = {"processor identity", FK_PROCESSOR, UNUSED},
	[F_PAGE_CPL] = {"page privilege", FK_DERIVED,
		"decides only whether a page may be touched: a memory trap, which the definitions exclude"},
	[F_GATE] = {"x87 gate", FK_DERIVED,
		"decides only whether x87 instructions trap (CR0.EM, CR0.TS): enable bits belong to K"},
	[F_ALIGN] = {"alignment check", FK_DERIVED, "decides only whether #AC is raised; AM and AC belong to K"},
};

const char *field_name(int field)
{
	return names[field].name;
}

enum field_kind field_kind(int field)
{
	return names[field].kind;
}

const char *field_excuse(int field)
{
	return names[field].excuse;
}

field_set fields_of_kind(enum field_kind kind)
{
	field_set set = 0;
	for (int i = 0; i < F_COUNT; i++)
		set |= names[i].kind == kind ? 1ull << i : 0;
	return set;
}

/* ---- places -------------------------------------------------------------------------------- */

static void put(u8 *map, size_t at, size_t size, int field)
{
	memset(map + at, field + 1, size);
}

#define PUT(map, type, member, field) put(map, offsetof(type, member), sizeof(((type *)0)->member), field)
#define PUT_SYS(member, field) PUT(map->sys, struct sysregs, member, field)
#define PUT_CPU(member, field) PUT(map->cpu, struct cpu, member, field)

static void put_segment(u8 *map, size_t at, int selector, int hidden)
{
	put(map, at, sizeof(struct segment), hidden);
	put(map, at + offsetof(struct segment, sel), sizeof(u16), selector);
}

void field_map_make(struct field_map *map)
{
	memset(map, 0, sizeof *map);
	PUT_SYS(cr0, F_CR0), PUT_SYS(cr2, F_CR2), PUT_SYS(cr3, F_CR3), PUT_SYS(cr4, F_CR4), PUT_SYS(efer, F_EFER);
	put(map->sys, offsetof(struct sysregs, dr), 4 * sizeof(u64), F_DR0_3);
	PUT_SYS(dr[6], F_DR6), PUT_SYS(dr[7], F_DR7);
	for (int i = 0; i < 6; i++)
		put_segment(map->sys, offsetof(struct sysregs, seg) + (size_t)i * sizeof(struct segment), F_ES_SEL + i,
			    F_ES_HIDDEN + i);
	put_segment(map->sys, offsetof(struct sysregs, ldtr), F_LDTR_SEL, F_LDTR_HIDDEN);
	put_segment(map->sys, offsetof(struct sysregs, tr), F_TR_SEL, F_TR_HIDDEN);
	PUT_SYS(gdtr, F_GDTR), PUT_SYS(idtr, F_IDTR);
	PUT_SYS(sysenter_cs, F_SYSENTER_CS), PUT_SYS(sysenter_esp, F_SYSENTER_ESP), PUT_SYS(sysenter_eip, F_SYSENTER_EIP);
	PUT_SYS(tsc_offset, F_TSC_OFFSET), PUT_SYS(apic_base, F_APIC_BASE), PUT_SYS(pat, F_PAT);
	PUT_SYS(misc_enable, F_MISC_ENABLE), PUT_SYS(debugctl, F_DEBUGCTL);
	PUT_SYS(star, F_SYSCALL), PUT_SYS(lstar, F_SYSCALL), PUT_SYS(cstar, F_SYSCALL), PUT_SYS(fmask, F_SYSCALL);
	PUT_SYS(kernel_gs_base, F_SYSCALL), PUT_SYS(tsc_aux, F_SYSCALL);
	PUT_SYS(perf_counter, F_PERF), PUT_SYS(perf_select, F_PERF);
	PUT_SYS(mtrr_def, F_MTRR), PUT_SYS(mtrr_fix, F_MTRR), PUT_SYS(mtrr_var, F_MTRR);
	PUT_SYS(eflags, F_EFLAGS), PUT_SYS(cpl, F_CPL), PUT_SYS(shadow, F_SHADOW), PUT_SYS(shadow_end, F_SHADOW);
	PUT_SYS(nmi_blocked, F_NMI), PUT_SYS(activity, F_ACTIVITY);
	for (int i = 0; i < 6; i++)
		PUT_CPU(xseg[i], F_WIN_ES + i);
	PUT_CPU(cs_limit, F_WIN_CS);
	PUT_CPU(tlb, F_PAGE_CPL), PUT_CPU(user, F_PAGE_CPL), PUT_CPU(align, F_ALIGN);
	PUT_CPU(fpu_gate, F_GATE); /* not simd_gate: looked at wherever the host's vector unit is given back */
}

/* ---- changes ----------------------------------------------------------------------------------- */

enum {
	CH_CR0_TS, CH_CR0_CD, CH_CR2, CH_CR4, CH_EFER, CH_DR0, CH_DR6, CH_DR7, CH_FS_HIDDEN, CH_GS_HIDDEN, CH_LDTR_SEL,
	CH_LDTR_LIMIT, CH_TR_SEL, CH_TR_LIMIT, CH_GDTR_LIMIT, CH_IDTR_LIMIT, CH_SYSENTER_CS, CH_SYSENTER_ESP,
	CH_SYSENTER_EIP, CH_IF, CH_NT, CH_VIF, CH_VIP, CH_APIC_BASE, CH_PAT, CH_MISC_ENABLE, CH_SYSCALL, CH_DEBUGCTL, CH_MTRR,
	CH_PERF, CH_TSC, CH_SHADOW, CH_NMI, CH_CPUID, CH_PORT,
	CH_COUNT
};

#define S DOM_STRICT
const struct change changes[] = {
	[CH_CR0_TS] = {"CR0.TS", F_CR0, S, false},
	[CH_CR0_CD] = {"CR0.CD", F_CR0, S, true},
	[CH_CR2] = {"CR2", F_CR2, S, true},
	[CH_CR4] = {"CR4.MCE", F_CR4, S, true},
	[CH_EFER] = {"EFER.SCE", F_EFER, S, true},
	[CH_DR0] = {"DR0-DR3", F_DR0_3, S, true},
	[CH_DR6] = {"DR6", F_DR6, S, true},
	[CH_DR7] = {"DR7.RW0", F_DR7, S, true},
	[CH_FS_HIDDEN] = {"FS.base", F_FS_HIDDEN, S, true},
	[CH_GS_HIDDEN] = {"GS.DPL", F_GS_HIDDEN, S, true},
	[CH_LDTR_SEL] = {"LDTR.selector", F_LDTR_SEL, S, true},
	[CH_LDTR_LIMIT] = {"LDTR.limit", F_LDTR_HIDDEN, S, false},
	[CH_TR_SEL] = {"TR.selector", F_TR_SEL, S, true},
	[CH_TR_LIMIT] = {"TR.limit", F_TR_HIDDEN, S, false},
	[CH_GDTR_LIMIT] = {"GDTR.limit", F_GDTR, S, false},
	[CH_IDTR_LIMIT] = {"IDTR.limit", F_IDTR, S, true},
	[CH_SYSENTER_CS] = {"SYSENTER_CS", F_SYSENTER_CS, S, true},
	[CH_SYSENTER_ESP] = {"SYSENTER_ESP", F_SYSENTER_ESP, S, true},
	[CH_SYSENTER_EIP] = {"SYSENTER_EIP", F_SYSENTER_EIP, S, true},
	[CH_IF] = {"IF", F_EFLAGS, S, true},
	[CH_NT] = {"NT", F_EFLAGS, S, false},
	[CH_VIF] = {"VIF", F_EFLAGS, S, true},
	[CH_VIP] = {"VIP", F_EFLAGS, S, false},
	[CH_APIC_BASE] = {"APIC_BASE", F_APIC_BASE, S, true},
	[CH_PAT] = {"PAT", F_PAT, S, true},
	[CH_MISC_ENABLE] = {"MISC_ENABLE", F_MISC_ENABLE, S, true},
	[CH_SYSCALL] = {"STAR", F_SYSCALL, S, true},
	[CH_DEBUGCTL] = {"DEBUGCTL", F_DEBUGCTL, S, true},
	[CH_MTRR] = {"MTRR", F_MTRR, S, true},
	[CH_PERF] = {"performance counters", F_PERF, DOM_TIME, false},
	[CH_TSC] = {"TSC", F_TSC_OFFSET, DOM_TIME, false},
	[CH_SHADOW] = {"interrupt shadow", F_SHADOW, DOM_INTERRUPT, false},
	[CH_NMI] = {"NMI blocking", F_NMI, DOM_INTERRUPT, false},
	[CH_CPUID] = {"processor", F_IDENTITY, DOM_PROCESSOR, false},
	[CH_PORT] = {"port", F_COUNT, DOM_IO, false},
};
#undef S
const int changes_count = ARRAY_LEN(changes);
_Static_assert(ARRAY_LEN(changes) == CH_COUNT, "every change has a line");

int change_find(const char *name)
{
	for (int i = 0; i < changes_count; i++)
		if (!strcmp(changes[i].name, name))
			return i;
	return CHANGE_NONE;
}

static void apply_register(int index, struct sysregs *s)
{
	switch (index) {
	case CH_CR0_TS: s->cr0 ^= CR0_TS; break;
	case CH_CR0_CD: s->cr0 ^= CR0_CD; break;
	case CH_CR2: s->cr2 ^= 0x5000; break;
	case CH_CR4: s->cr4 ^= CR4_MCE; break;
	case CH_EFER: s->efer ^= EFER_SCE; break;
	case CH_DR0:
		for (int i = 0; i < 4; i++)
			s->dr[i] ^= 0x5000;
		break;
	case CH_DR6: s->dr[6] ^= 3; break;
	case CH_DR7: s->dr[7] ^= 1u << 16; break;
	case CH_FS_HIDDEN: s->seg[SEG_FS].base += 0x100; break;
	case CH_GS_HIDDEN: s->seg[SEG_GS].attr &= (u16)~SEG_DPL; break;
	case CH_LDTR_SEL: s->ldtr.sel ^= 0x100; break;
	case CH_LDTR_LIMIT: s->ldtr.limit = 7; break;
	case CH_TR_SEL: s->tr.sel ^= 0x100; break;
	case CH_TR_LIMIT: s->tr.limit = 0x67; break;
	case CH_GDTR_LIMIT: s->gdtr.limit -= 16; break; /* the last two descriptors */
	case CH_IDTR_LIMIT: s->idtr.limit -= 8; break;
	case CH_MTRR: s->mtrr_def ^= 6; break;
	default: break;
	}
}

static void apply_other(int index, struct sysregs *s, struct surroundings *w)
{
	switch (index) {
	case CH_SYSENTER_CS: s->sysenter_cs += 0x40; break;
	case CH_SYSENTER_ESP: s->sysenter_esp += 0x40; break;
	case CH_SYSENTER_EIP: s->sysenter_eip += 0x40; break;
	case CH_IF: s->eflags ^= EF_IF; break;
	case CH_NT: s->eflags ^= EF_NT; break;
	case CH_VIF: s->eflags ^= EF_VIF; break;
	case CH_VIP: s->eflags ^= EF_VIP; break;
	case CH_APIC_BASE: s->apic_base ^= 0x1000; break;
	case CH_PAT: s->pat ^= 6; break;
	case CH_MISC_ENABLE: s->misc_enable ^= 1; break;
	case CH_SYSCALL: s->star ^= 0x100; break;
	case CH_DEBUGCTL: s->debugctl ^= 1; break;
	case CH_PERF: s->perf_counter[0] ^= 0x55, s->perf_counter[1] ^= 0x55; break;
	case CH_TSC: w->tsc += 1000; break;
	case CH_SHADOW: s->shadow = s->shadow ? SHADOW_NONE : SHADOW_MOV_SS, s->shadow_end ^= 1; break;
	case CH_NMI: s->nmi_blocked ^= 1; break;
	case CH_CPUID: w->signature ^= 0x10; break;
	case CH_PORT: w->port_value = ~w->port_value; break;
	default: break;
	}
}

void change_apply(int index, struct sysregs *s, struct surroundings *w)
{
	for (int i = 0; i < changes_count; i++)
		if (i == index || (index == CHANGE_ALL && changes[i].bundled)) {
			apply_register(i, s);
			apply_other(i, s, w);
		}
}

/* ---- differences ------------------------------------------------------------------------------- */

static bool hidden_differs(const struct segment *a, const struct segment *b)
{
	return a->base != b->base || a->limit != b->limit || a->attr != b->attr;
}

static field_set segment_differs(const struct segment *a, const struct segment *b, int selector, int hidden)
{
	return (u64)(a->sel != b->sel) << selector | (u64)hidden_differs(a, b) << hidden;
}

static bool dtr_differs(const struct dtr *a, const struct dtr *b)
{
	return a->base != b->base || a->limit != b->limit;
}

static field_set msrs_differ(const struct sysregs *a, const struct sysregs *b)
{
	field_set d = 0;
#define CHECK(member, field) d |= (u64)(memcmp(&a->member, &b->member, sizeof a->member) != 0) << (field)
	CHECK(sysenter_cs, F_SYSENTER_CS);
	CHECK(sysenter_esp, F_SYSENTER_ESP);
	CHECK(sysenter_eip, F_SYSENTER_EIP);
	CHECK(tsc_offset, F_TSC_OFFSET);
	CHECK(apic_base, F_APIC_BASE);
	CHECK(pat, F_PAT);
	CHECK(misc_enable, F_MISC_ENABLE);
	CHECK(star, F_SYSCALL);
	CHECK(lstar, F_SYSCALL);
	CHECK(cstar, F_SYSCALL);
	CHECK(fmask, F_SYSCALL);
	CHECK(kernel_gs_base, F_SYSCALL);
	CHECK(tsc_aux, F_SYSCALL);
	CHECK(debugctl, F_DEBUGCTL);
	CHECK(perf_counter, F_PERF);
	CHECK(perf_select, F_PERF);
	CHECK(mtrr_def, F_MTRR);
	CHECK(mtrr_fix, F_MTRR);
	CHECK(mtrr_var, F_MTRR);
#undef CHECK
	return d;
}

field_set fields_differ(const struct sysregs *a, const struct sysregs *b)
{
	field_set d = msrs_differ(a, b);
	d |= (u64)(a->cr0 != b->cr0) << F_CR0 | (u64)(a->cr2 != b->cr2) << F_CR2 | (u64)(a->cr3 != b->cr3) << F_CR3;
	d |= (u64)(a->cr4 != b->cr4) << F_CR4 | (u64)(a->efer != b->efer) << F_EFER;
	d |= (u64)(memcmp(a->dr, b->dr, 4 * sizeof a->dr[0]) != 0) << F_DR0_3;
	d |= (u64)(a->dr[6] != b->dr[6]) << F_DR6 | (u64)(a->dr[7] != b->dr[7]) << F_DR7;
	for (int i = 0; i < 6; i++)
		d |= segment_differs(&a->seg[i], &b->seg[i], F_ES_SEL + i, F_ES_HIDDEN + i);
	d |= segment_differs(&a->ldtr, &b->ldtr, F_LDTR_SEL, F_LDTR_HIDDEN);
	d |= segment_differs(&a->tr, &b->tr, F_TR_SEL, F_TR_HIDDEN);
	d |= (u64)dtr_differs(&a->gdtr, &b->gdtr) << F_GDTR | (u64)dtr_differs(&a->idtr, &b->idtr) << F_IDTR;
	d |= (u64)(((a->eflags ^ b->eflags) & EF_RESOURCE) != 0) << F_EFLAGS | (u64)(a->cpl != b->cpl) << F_CPL;
	d |= (u64)(a->shadow != b->shadow) << F_SHADOW | (u64)(a->nmi_blocked != b->nmi_blocked) << F_NMI;
	return d | (u64)(a->activity != b->activity) << F_ACTIVITY;
}

/* ---- in words ------------------------------------------------------------------------------------ */

void fields_text(field_set set, char *out, size_t size)
{
	size_t n = 0;
	out[0] = 0;
	for (int i = 0; i < F_COUNT; i++) {
		bool is_hidden = i >= F_ES_HIDDEN && i <= F_GS_HIDDEN;
		if (!fields_have(set, i) || (is_hidden && fields_have(set, i - F_ES_HIDDEN + F_ES_SEL)))
			continue;
		int k = snprintf(out + n, size - n, "%s%s", n ? ", " : "", names[i].name);
		if (k < 0 || (size_t)k >= size - n) {
			out[n] = 0;
			return;
		}
		n += (size_t)k;
	}
}

static void eflags_value(u32 e, char *out, size_t size)
{
	snprintf(out, size, "IF %u, IOPL %u, NT %u, VM %u, VIF %u, VIP %u", e >> 9 & 1, e >> 12 & 3, e >> 14 & 1, e >> 17 & 1,
		 e >> 19 & 1, e >> 20 & 1);
}

static const struct segment *segment_of(const struct sysregs *s, int field)
{
	if (field >= F_ES_SEL && field <= F_GS_HIDDEN)
		return &s->seg[(field - F_ES_SEL) % 6];
	if (field == F_LDTR_SEL || field == F_LDTR_HIDDEN)
		return &s->ldtr;
	return field == F_TR_SEL || field == F_TR_HIDDEN ? &s->tr : NULL;
}

static const u64 *word_of(const struct sysregs *s, int field)
{
	switch (field) {
	case F_CR0: return &s->cr0;
	case F_CR2: return &s->cr2;
	case F_CR3: return &s->cr3;
	case F_CR4: return &s->cr4;
	case F_EFER: return &s->efer;
	case F_DR0_3: return &s->dr[0];
	case F_DR6: return &s->dr[6];
	case F_DR7: return &s->dr[7];
	case F_SYSENTER_CS: return &s->sysenter_cs;
	case F_SYSENTER_ESP: return &s->sysenter_esp;
	case F_SYSENTER_EIP: return &s->sysenter_eip;
	case F_TSC_OFFSET: return &s->tsc_offset;
	case F_APIC_BASE: return &s->apic_base;
	case F_PAT: return &s->pat;
	case F_MISC_ENABLE: return &s->misc_enable;
	case F_SYSCALL: return &s->star;
	case F_DEBUGCTL: return &s->debugctl;
	case F_PERF: return &s->perf_counter[0];
	case F_MTRR: return &s->mtrr_def;
	default: return NULL;
	}
}

void field_value(const struct sysregs *s, int field, char *out, size_t size)
{
	const struct segment *seg = segment_of(s, field);
	const u64 *word = word_of(s, field);
	if (seg)
		snprintf(out, size, "%04X (base %llX, limit %X, rights %04X)", seg->sel, (unsigned long long)seg->base, seg->limit,
			 seg->attr);
	else if (word)
		snprintf(out, size, "%llX", (unsigned long long)*word);
	else if (field == F_GDTR || field == F_IDTR)
		snprintf(out, size, "base %llX, limit %X", (unsigned long long)(field == F_GDTR ? &s->gdtr : &s->idtr)->base,
			 (field == F_GDTR ? &s->gdtr : &s->idtr)->limit);
	else if (field == F_EFLAGS)
		eflags_value(s->eflags, out, size);
	else if (field == F_IDENTITY)
		snprintf(out, size, "CPUID");
	else
		snprintf(out, size, "%u", field == F_CPL ? s->cpl : field == F_SHADOW ? s->shadow : field == F_NMI ? s->nmi_blocked
										    : s->activity);
}
