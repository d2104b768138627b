/* descriptor.c - descriptors: reading, checking, and loading segment registers.
 *
 * SDM 3A 3.4 (segments), 5.4 to 5.8 (type and privilege checks), 6.13 (error codes).
 * Reads and the write-back of accessed and busy bits are supervisor accesses.
 * Not here: 16-byte descriptors of long mode.
 */
#include "cpu/system/internal.h"

bool desc_address(const struct sysregs *s, u16 sel, lin_t *lin)
{
	const struct shadow_tables *t = &s->shadow_tables;
	u32 offset = sel & 0xfff8;
	if (sel & 4) {
		bool usable = t->on ? t->has_ldt : s->ldtr.attr != 0;
		*lin = (t->on ? t->ldt_base : s->ldtr.base) + offset;
		return usable && offset + 7 <= (t->on ? t->ldt_limit : s->ldtr.limit);
	}
	*lin = (t->on ? t->gdt_base : s->gdtr.base) + offset;
	return offset + 7 <= (t->on ? t->gdt_limit : s->gdtr.limit);
}

/* How a shadow descriptor table shows a descriptor: DPL 0 as 1, gates and TSS not at all. */
static u64 shadowed(u64 raw)
{
	bool is_segment = raw >> 40 & SEG_S;
	int type = raw_type(raw);
	if (!is_segment && type != 2 /* LDT */)
		return 0;
	return raw_dpl(raw) == 0 ? raw | 1ull << 45 : raw;
}

int desc_read(struct cpu *c, const struct sysregs *s, u16 sel, int vec, u32 ext, u64 *raw)
{
	lin_t lin;
	if (!desc_address(s, sel, &lin))
		return fail(c, vec, sel_error(sel, ext), "selector outside its descriptor table", "SDM 3A 3.5.1");
	if (sup_load(c, lin, 8, raw))
		return -1;
	if (s->shadow_tables.on)
		*raw = shadowed(*raw);
	return 0;
}

void desc_unpack(u16 sel, u64 raw, struct segment *out)
{
	out->sel = sel;
	out->base = raw_base(raw);
	out->attr = raw_attr(raw);
	out->limit = raw_limit(raw);
}

int desc_touch(struct cpu *c, const struct sysregs *s, u16 sel, u64 *raw)
{
	lin_t lin;
	if (raw_type(*raw) & SEG_A)
		return 0;
	if (!desc_address(s, sel, &lin)) /* the caller has read it: it is there */
		return 0;
	*raw |= (u64)SEG_A << 40;
	u64 rights = *raw >> 40 & 0xff;
	if (s->shadow_tables.on && sup_load(c, lin + 5, 1, &rights)) /* the guest's table keeps its own DPL */
		return -1;
	return sup_store(c, lin + 5, 1, rights | SEG_A);
}

int desc_set_busy(struct cpu *c, const struct sysregs *s, u16 sel, bool busy)
{
	u64 rights;
	lin_t lin = s->gdtr.base + (sel & 0xfff8u) + 5;
	if (sup_load(c, lin, 1, &rights))
		return -1;
	return sup_store(c, lin, 1, busy ? rights | SYS_BUSY : rights & ~(u64)SYS_BUSY);
}

/* ---- loading ------------------------------------------------------------------- */

void seg_set_null(struct segment *seg, u16 sel)
{
	*seg = (struct segment){.sel = sel};
}

void seg_load_real(struct sysregs *s, int seg, u16 sel)
{
	struct segment *r = &s->seg[seg];
	r->sel = sel;
	r->base = (u64)sel << 4;
	if (sys_v86(s)) { /* SDM 3A 20.2 */
		r->limit = 0xffff;
		r->attr = SEG_P | SEG_DPL | SEG_S | SEG_RW | SEG_A;
	} else if (r->attr == 0) { /* a null selector from protected mode: usable again */
		r->limit = 0xffff;
		r->attr = SEG_P | SEG_S | SEG_RW | SEG_A;
	}
}

int stack_segment_read(struct cpu *c, const struct sysregs *s, u16 sel, int cpl, int vec, u32 ext, u64 *raw)
{
	if (sel_is_null(sel))
		return fail(c, vec, ext, "null selector for SS", "SDM 3A 5.7");
	if (desc_read(c, s, sel, vec, ext, raw))
		return -1;
	if ((sel & 3) != cpl)
		return fail(c, vec, sel_error(sel, ext), "SS.RPL != CPL", "SDM 3A 5.7");
	if (!raw_is_writable_data(*raw))
		return fail(c, vec, sel_error(sel, ext), "SS is not a writable data segment", "SDM 3A 5.7");
	if (raw_dpl(*raw) != cpl)
		return fail(c, vec, sel_error(sel, ext), "SS.DPL != CPL", "SDM 3A 5.7");
	if (!raw_present(*raw))
		return fail(c, VEC_SS, sel_error(sel, ext), "stack segment not present", "SDM 3A 6.15");
	return 0;
}

static int load_ss(struct cpu *c, struct sysregs *s, u16 sel)
{
	u64 raw;
	if (stack_segment_read(c, s, sel, s->cpl, VEC_GP, 0, &raw) || desc_touch(c, s, sel, &raw))
		return -1;
	desc_unpack(sel, raw, &s->seg[SEG_SS]);
	ctx_changed(c);
	return 0;
}

static int load_data(struct cpu *c, struct sysregs *s, int seg, u16 sel)
{
	u64 raw;
	int rpl = sel & 3;
	if (sel_is_null(sel)) {
		seg_set_null(&s->seg[seg], sel);
		ctx_segment(c, seg);
		return 0;
	}
	if (desc_read(c, s, sel, VEC_GP, 0, &raw))
		return -1;
	if (!raw_is_readable(raw))
		return fail(c, VEC_GP, sel_error(sel, 0), "not a data or readable code segment", "SDM 3A 5.5");
	if (!raw_is_conforming(raw) && (rpl > raw_dpl(raw) || s->cpl > raw_dpl(raw)))
		return fail(c, VEC_GP, sel_error(sel, 0), "RPL or CPL above the segment's DPL", "SDM 3A 5.6");
	if (!raw_present(raw))
		return fail(c, VEC_NP, sel_error(sel, 0), "segment not present", "SDM 3A 6.15");
	if (desc_touch(c, s, sel, &raw))
		return -1;
	desc_unpack(sel, raw, &s->seg[seg]);
	ctx_segment(c, seg);
	return 0;
}

int seg_load(struct cpu *c, struct sysregs *s, int seg, u16 sel)
{
	if (sys_protected(s))
		return seg == SEG_SS ? load_ss(c, s, sel) : load_data(c, s, seg, sel);
	seg_load_real(s, seg, sel);
	if (seg == SEG_SS)
		ctx_changed(c);
	else
		ctx_segment(c, seg);
	return 0;
}

void seg_drop_inner(struct cpu *c, struct sysregs *s)
{
	static const u8 data[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
	for (size_t i = 0; i < ARRAY_LEN(data); i++) {
		struct segment *g = &s->seg[data[i]];
		bool is_conforming = (g->attr & SEG_CODE) && (g->attr & SEG_EC);
		if (g->attr && !is_conforming && seg_dpl(g) < s->cpl)
			seg_set_null(g, 0);
	}
	ctx_changed(c);
}

void cs_commit(struct cpu *c, struct sysregs *s, u16 sel, u64 raw, int cpl)
{
	desc_unpack((u16)((sel & 0xfffc) | cpl), raw, &s->seg[SEG_CS]);
	s->cpl = (u8)cpl;
	ctx_changed(c);
}

void cs_commit_real(struct cpu *c, struct sysregs *s, u16 sel)
{
	seg_load_real(s, SEG_CS, sel);
	ctx_changed(c);
}
