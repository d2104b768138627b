/* exec_segment.c - the short way of segment loads and of far transfers that stay at their privilege.
 *
 * As exec_system.c: only the plain case, on guest, counted as the exit or the direct execution
 * that it is; whatever needs a closer look, each possible fault included, goes to the full version
 * (cpu/system/segment.c, far.c). Plain in protected mode: null, or an expand-up data segment that is
 * present and accessed and may be used (SDM 3A 5.6); for CS a nonconforming segment with the rights,
 * the limit and the DPL of the present one. In real and v86 mode: any, while the register is usable.
 */
#include "cpu/exec.h"
#include "cpu/exec_quick.h"

/* Access rights byte of a descriptor. Data: present, segment, accessed, neither code nor expand-down. */
#define RIGHTS_PLAIN 0x9d
#define RIGHTS_DATA 0x91

enum regime { REAL, PROTECTED }; /* v86 loads as real mode does */

/* The descriptor of `sel`, through the TLB; a supervisor access at any CPL. */
INLINE bool descriptor(struct cpu *c, const struct sysregs *s, u32 sel, u64 *raw)
{
	u32 offset = sel & 0xfff8;
	bool local = sel & 4;
	if (unlikely(local ? !s->ldtr.attr || offset + 7 > s->ldtr.limit : offset + 7 > s->gdtr.limit))
		return false;
	u32 lin = (u32)((local ? s->ldtr.base : s->gdtr.base) + offset);
	const struct tlb_entry *e = tlb_at(&c->mmu->sup, lin);
	if (unlikely(((lin + 7ull) & PAGE_MASK) != e->read))
		return false;
	*raw = load64((const u8 *)(e->addend + lin));
	return true;
}

/* Would the block mode's BM_FLAT change with this segment? */
INLINE bool unflattens(const struct cpu *c, u32 seg, bool flat)
{
	const struct xseg *x = &c->xseg[seg];
	bool was = x->base == 0 && x->wlimit > 0xffffffff;
	return flat != was && (seg == SEG_DS || seg == SEG_ES);
}

INLINE bool load_data(struct cpu *c, struct sysregs *s, u32 seg, u32 sel, enum regime regime)
{
	struct segment *r = &s->seg[seg];
	struct xseg *x = &c->xseg[seg];
	u64 raw;
	if (regime == REAL) {
		if (unlikely(!r->attr) || unlikely(c->mode & BM_FLAT))
			return false;
		r->sel = (u16)sel;
		r->base = x->base = sel << 4;
		x->sel = sel;
		return true;
	}
	if ((sel & 0xfffc) == 0) {
		if (unlikely(unflattens(c, seg, false)))
			return false;
		*r = (struct segment){.sel = (u16)sel};
		*x = (struct xseg){.sel = sel};
		return true;
	}
	if (unlikely(!descriptor(c, s, sel, &raw)))
		return false;
	u32 rpl = sel & 3, least = rpl > s->cpl ? rpl : s->cpl;
	if (unlikely((raw >> 40 & RIGHTS_PLAIN) != RIGHTS_DATA) || unlikely((raw >> 45 & 3) < least))
		return false;
	u64 size = raw_limit(raw) + 1ull;
	if (unlikely(unflattens(c, seg, raw_base(raw) == 0 && size > 0xffffffff && (raw >> 41 & 1))))
		return false;
	*r = (struct segment){.base = raw_base(raw), .limit = raw_limit(raw), .sel = (u16)sel, .attr = raw_attr(raw)};
	*x = (struct xseg){.base = raw_base(raw), .rlimit = size, .wlimit = raw >> 41 & 1 ? size : 0, .sel = sel};
	return true;
}

/* ---- MOV, PUSH, POP, LxS --------------------------------------------------------------------------------- */

INLINE void mov_sreg(HANDLER_ARGS, enum regime regime)
{
	if (unlikely(observed(c)) || unlikely(!load_data(c, c->guest, u->x.sys.digit, rd16(c, u->dst), regime)))
		return in_full(c, u, left);
	count(c, u);
	return next(c, u, left);
}

/* The slot has the operand's size, of which the selector's 16 bits are written: as sys_push_sreg. */
INLINE void push_sreg(HANDLER_ARGS, bool ss32)
{
	u32 sp = rd32(c, 8 * RSP) - u->x.sys.opsize;
	u8 *p;
	if (unlikely(observed(c)) || !hot_ptr(c, SEG_SS << 5, stack_ea(sp, ss32), 2, true, &p))
		return in_full(c, u, left);
	store16(p, c->guest->seg[u->x.sys.digit].sel);
	set_sp(c, ss32, sp);
	if (!(u->x.sys.flags & UF_INNOCUOUS))
		count(c, u);
	return next(c, u, left);
}

INLINE void mov_from_sreg(HANDLER_ARGS, int n)
{
	if (unlikely(observed(c)))
		return in_full(c, u, left);
	wr_n(c, u->dst, n, c->guest->seg[u->x.sys.digit].sel);
	if (!(u->x.sys.flags & UF_INNOCUOUS))
		count(c, u);
	return next(c, u, left);
}

INLINE void pop_sreg(HANDLER_ARGS, bool ss32, enum regime regime)
{
	u32 sp = rd32(c, 8 * RSP);
	u8 *p;
	if (unlikely(observed(c)) || !hot_ptr(c, SEG_SS << 5, stack_ea(sp, ss32), 2, false, &p) ||
	    unlikely(!load_data(c, c->guest, u->x.sys.digit, load16(p), regime)))
		return in_full(c, u, left);
	set_sp(c, ss32, sp + u->x.sys.opsize);
	count(c, u);
	return next(c, u, left);
}

INLINE void lxs(HANDLER_ARGS, int n, enum regime regime)
{
	u32 ea = ea_any(c, u), bytes = (u32)n / 8;
	u8 *p;
	if (unlikely(observed(c)) || unlikely(!wraps_not(ea, bytes + 2, u->seg_scale & UOP_ADDR16)) ||
	    !hot_read(c, u, ea, bytes + 2, &p))
		return in_full(c, u, left);
	u32 offset = host_get(p, n);
	if (unlikely(!load_data(c, c->guest, u->x.sys.digit, load16(p + bytes), regime)))
		return in_full(c, u, left);
	wr_n(c, u->src, n, offset);
	count(c, u);
	return next(c, u, left);
}

/* ---- far JMP, CALL, RET ------------------------------------------------------------------------------------ */

/* Loads CS where only its base and selector change, and `ip` lies within the limit. */
INLINE bool load_code(struct cpu *c, struct sysregs *s, u32 sel, u32 ip, bool is_return, enum regime regime)
{
	struct segment *r = &s->seg[SEG_CS];
	u64 raw, base = sel << 4;
	if (unlikely(ip > r->limit))
		return false;
	if (regime == PROTECTED) {
		u32 rpl = sel & 3;
		if (unlikely((sel & 0xfffc) == 0) || unlikely(is_return ? rpl != s->cpl : rpl > s->cpl) ||
		    unlikely(!descriptor(c, s, sel, &raw)))
			return false;
		bool same = raw_attr(raw) == r->attr && raw_limit(raw) == r->limit;
		bool is_plain = (r->attr & (SEG_P | SEG_S | SEG_CODE | SEG_EC | SEG_A)) == (SEG_P | SEG_S | SEG_CODE | SEG_A);
		if (unlikely(!same) || unlikely(!is_plain) || unlikely((raw >> 45 & 3) != s->cpl))
			return false;
		base = raw_base(raw);
		sel = (sel & 0xfffc) | s->cpl;
	} else if (unlikely(!r->attr)) {
		return false;
	}
	if (unlikely((c->mode & BM_FLAT) && base))
		return false;
	r->sel = (u16)sel;
	r->base = c->xseg[SEG_CS].base = base;
	c->xseg[SEG_CS].sel = sel;
	return true;
}

INLINE void jmp_far(HANDLER_ARGS, enum regime regime)
{
	u32 ip = u->x.sys.opsize == 2 ? (u16)u->imm : u->imm;
	if (unlikely(observed(c)) || unlikely(!load_code(c, c->guest, u->x.sys.imm2, ip, false, regime)))
		return in_full(c, u, left);
	count(c, u);
	return jump_to(c, u, left, ip);
}

INLINE void call_far(HANDLER_ARGS, int n, bool ss32, enum regime regime)
{
	u32 bytes = (u32)n / 8, sp = rd32(c, 8 * RSP) - 2 * bytes, at = stack_ea(sp, ss32);
	u32 ip = n == 16 ? (u16)u->imm : u->imm, back = (u32)(uop_ip(c, u) + (u64)uop_len(u));
	u32 cs = c->guest->seg[SEG_CS].sel;
	u8 *p;
	if (unlikely(observed(c)) || unlikely(!wraps_not(at, 2 * bytes, !ss32)) ||
	    !hot_ptr(c, SEG_SS << 5, at, 2 * bytes, true, &p) ||
	    unlikely(!load_code(c, c->guest, u->x.sys.imm2, ip, false, regime)))
		return in_full(c, u, left);
	host_set(p, n, back);
	host_set(p + bytes, n, cs);
	set_sp(c, ss32, sp);
	count(c, u);
	return jump_to(c, u, left, ip);
}

INLINE void retf(HANDLER_ARGS, int n, bool ss32, enum regime regime)
{
	u32 bytes = (u32)n / 8, sp = rd32(c, 8 * RSP), at = stack_ea(sp, ss32);
	u8 *p;
	if (unlikely(observed(c)) || unlikely(!wraps_not(at, 2 * bytes, !ss32)) ||
	    !hot_ptr(c, SEG_SS << 5, at, 2 * bytes, false, &p))
		return in_full(c, u, left);
	u32 ip = host_get(p, n);
	if (unlikely(!load_code(c, c->guest, load16(p + bytes), ip, true, regime)))
		return in_full(c, u, left);
	set_sp(c, ss32, sp + 2 * bytes + u->imm);
	count(c, u);
	return jump_to(c, u, left, ip);
}

/* ---- tables -------------------------------------------------------------------------------------------------- */

HANDLER(mov_sreg_real, mov_sreg, REAL) HANDLER(mov_sreg_prot, mov_sreg, PROTECTED)
HANDLER(mov_from_sreg_16, mov_from_sreg, 16) HANDLER(mov_from_sreg_32, mov_from_sreg, 32)
HANDLER(push_sreg_ss16, push_sreg, false) HANDLER(push_sreg_ss32, push_sreg, true)
HANDLER(pop_sreg_ss16_real, pop_sreg, false, REAL) HANDLER(pop_sreg_ss32_real, pop_sreg, true, REAL)
HANDLER(pop_sreg_ss16_prot, pop_sreg, false, PROTECTED) HANDLER(pop_sreg_ss32_prot, pop_sreg, true, PROTECTED)
HANDLER(lxs_16_real, lxs, 16, REAL) HANDLER(lxs_32_real, lxs, 32, REAL)
HANDLER(lxs_16_prot, lxs, 16, PROTECTED) HANDLER(lxs_32_prot, lxs, 32, PROTECTED)
HANDLER(jmp_far_real, jmp_far, REAL) HANDLER(jmp_far_prot, jmp_far, PROTECTED)

#define FAR_SIZES(name) \
	HANDLER(name##_16_16_real, name, 16, false, REAL) HANDLER(name##_16_32_real, name, 16, true, REAL) \
	HANDLER(name##_32_16_real, name, 32, false, REAL) HANDLER(name##_32_32_real, name, 32, true, REAL) \
	HANDLER(name##_16_16_prot, name, 16, false, PROTECTED) HANDLER(name##_16_32_prot, name, 16, true, PROTECTED) \
	HANDLER(name##_32_16_prot, name, 32, false, PROTECTED) HANDLER(name##_32_32_prot, name, 32, true, PROTECTED)
FAR_SIZES(call_far) FAR_SIZES(retf)
#define FAR_TABLE(name) \
	{{{name##_16_16_real, name##_16_16_prot}, {name##_16_32_real, name##_16_32_prot}}, \
	 {{name##_32_16_real, name##_32_16_prot}, {name##_32_32_real, name##_32_32_prot}}}

/* SS has rules of its own: the full version's. */
static uop_fn segment_load(enum op op, int size, u32 seg, bool ss32, bool prot)
{
	static const uop_fn mov_row[2] = {mov_sreg_real, mov_sreg_prot};
	static const uop_fn pop_rows[2][2] = {{pop_sreg_ss16_real, pop_sreg_ss16_prot}, {pop_sreg_ss32_real, pop_sreg_ss32_prot}};
	static const uop_fn lxs_rows[2][2] = {{lxs_16_real, lxs_16_prot}, {lxs_32_real, lxs_32_prot}};
	if (seg == SEG_CS || seg == SEG_SS || seg > SEG_GS)
		return NULL;
	return op == OP_POP_SREG ? pop_rows[ss32][prot] : op == OP_LXS ? lxs_rows[size == 4][prot] : mov_row[prot];
}

uop_fn exec_segment(const struct insn *in, u32 seg, u32 mode)
{
	static const uop_fn call_rows[2][2][2] = FAR_TABLE(call_far), ret_rows[2][2][2] = FAR_TABLE(retf);
	bool ss32 = mode & BM_SS32, prot = (mode & BM_PE) && !(mode & BM_VM), wide = in->opsize == 4;
	if (in->opsize > 4)
		return NULL;
	switch (in->op) {
	case OP_MOV_TO_SREG: return in->has_mem ? NULL : segment_load(OP_MOV_TO_SREG, 2, seg, ss32, prot);
	case OP_MOV_FROM_SREG: return in->has_mem || seg > SEG_GS ? NULL : wide ? mov_from_sreg_32 : mov_from_sreg_16;
	case OP_POP_SREG: return segment_load(OP_POP_SREG, in->opsize, seg, ss32, prot);
	case OP_LXS: return in->has_mem ? segment_load(OP_LXS, in->opsize, seg, ss32, prot) : NULL;
	case OP_PUSH_SREG: return ss32 ? push_sreg_ss32 : push_sreg_ss16;
	case OP_JMP_FAR: return in->has_mem ? NULL : prot ? jmp_far_prot : jmp_far_real;
	case OP_CALL_FAR: return in->has_mem ? NULL : call_rows[wide][ss32][prot];
	case OP_RETF: return ret_rows[wide][ss32][prot];
	default: return NULL;
	}
}
