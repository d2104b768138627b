/* segment.c - instructions that move or inspect selectors: MOV PUSH POP Sreg, LxS,
 * LAR LSL VERR VERW ARPL. SDM 2 (each instruction), SDM 3A 5.10.
 */
#include "cpu/system/internal.h"

enum step sys_mov_from_sreg(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	if (u->x.sys.digit > SEG_GS)
		return ud(c, "MOV from a segment register that does not exist", "SDM 2 MOV");
	/* memory always gets 16 bits; a 32-bit register gets zeros above */
	int size = u->x.sys.flags & UF_MEM ? 2 : u->x.sys.opsize;
	return uop_store_e(c, u, size, s->seg[u->x.sys.digit].sel) ? STEP_FAULT : STEP_NEXT;
}

enum step sys_mov_to_sreg(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	int seg = u->x.sys.digit;
	u64 sel;
	if (seg == SEG_CS || seg > SEG_GS)
		return ud(c, "MOV to CS or to a segment register that does not exist", "SDM 2 MOV");
	if (uop_load_e(c, u, 2, &sel) || seg_load(c, s, seg, (u16)sel))
		return STEP_FAULT;
	if (seg == SEG_SS)
		shadow_begin(c, s, SHADOW_MOV_SS);
	return STEP_NEXT;
}

/* With a 32-bit operand the slot is 4 bytes, of which only the selector's 16 bits are written: SDM 2 PUSH allows either. */
enum step sys_push_sreg(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	const struct segment *ss = &s->seg[SEG_SS];
	u64 mask = stack_mask(ss);
	u64 sp = (c->r[RSP] - u->x.sys.opsize) & mask;
	if (mem_store(c, SEG_SS, sp, 2, s->seg[u->x.sys.digit].sel))
		return STEP_FAULT;
	stack_set(c, ss, sp);
	return STEP_NEXT;
}

enum step sys_pop_sreg(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	int seg = u->x.sys.digit;
	u64 mask = stack_mask(&s->seg[SEG_SS]);
	struct segment old_ss = s->seg[SEG_SS];
	u64 sel;
	if (mem_load(c, SEG_SS, c->r[RSP] & mask, 2, &sel) || seg_load(c, s, seg, (u16)sel))
		return STEP_FAULT;
	stack_set(c, &old_ss, c->r[RSP] + u->x.sys.opsize); /* SS.B before the load */
	if (seg == SEG_SS)
		shadow_begin(c, s, SHADOW_MOV_SS);
	return STEP_NEXT;
}

enum step sys_lxs(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	int size = u->x.sys.opsize;
	u64 offset, sel, mask = u->x.sys.addrsize == 2 ? 0xffff : 0xffffffff;
	if (!(u->x.sys.flags & UF_MEM))
		return ud(c, "far pointer load from a register", "SDM 2 LDS");
	u64 ea = uop_ea(c, u);
	if (mem_load(c, uop_seg(u), ea, size, &offset) ||
	    mem_load(c, uop_seg(u), (ea + (u64)size) & mask, 2, &sel) || seg_load(c, s, u->x.sys.digit, (u16)sel))
		return STEP_FAULT;
	reg_set(c, u->src, size, offset);
	return STEP_NEXT;
}

/* ---- looking at descriptors ------------------------------------------------------ */

static enum step set_zf(struct cpu *c, bool zf)
{
	flags_set_arith(c, (flags_arith(c) & ~(u32)FL_ZF) | (zf ? FL_ZF : 0));
	return STEP_NEXT;
}

static bool not_protected(struct cpu *c, const struct sysregs *s)
{
	if (sys_protected(s))
		return false;
	ud(c, "not recognised in real and virtual-8086 mode", "SDM 3A 20.1.3");
	return true;
}

/* The visible descriptor behind the E operand. 1: *raw is it, 0: not visible (ZF = 0), -1: fault */
static int visible_descriptor(struct cpu *c, struct sysregs *s, const struct uop *u, u32 system_types, u64 *raw)
{
	u64 value;
	lin_t lin;
	if (uop_load_e(c, u, 2, &value))
		return -1;
	u16 sel = (u16)value;
	if (sel_is_null(sel) || !desc_address(s, sel, &lin))
		return 0;
	if (desc_read(c, s, sel, VEC_GP, 0, raw))
		return -1;
	if (!raw_is_segment(*raw) && !(system_types >> raw_type(*raw) & 1))
		return 0;
	if (raw_is_conforming(*raw))
		return 1;
	return s->cpl <= raw_dpl(*raw) && (sel & 3) <= raw_dpl(*raw);
}

/* SDM 2 LAR, table "Segment and Gate Types" */
#define LAR_TYPES                                                                                                      \
	(1u << SYS_TSS16 | 1u << SYS_LDT | 1u << SYS_TSS16_BUSY | 1u << SYS_CALL16 | 1u << SYS_TASK_GATE |              \
	 1u << SYS_TSS32 | 1u << SYS_TSS32_BUSY | 1u << SYS_CALL32)
#define LSL_TYPES (1u << SYS_TSS16 | 1u << SYS_LDT | 1u << SYS_TSS16_BUSY | 1u << SYS_TSS32 | 1u << SYS_TSS32_BUSY)

enum step sys_lar(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u64 raw;
	if (not_protected(c, s))
		return STEP_FAULT;
	int seen = visible_descriptor(c, s, u, LAR_TYPES, &raw);
	if (seen < 0)
		return STEP_FAULT;
	if (seen)
		reg_set(c, u->src, u->x.sys.opsize, raw >> 32 & 0xffff00);
	return set_zf(c, seen);
}

enum step sys_lsl(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u64 raw;
	struct segment seg;
	if (not_protected(c, s))
		return STEP_FAULT;
	int seen = visible_descriptor(c, s, u, LSL_TYPES, &raw);
	if (seen < 0)
		return STEP_FAULT;
	if (seen) {
		desc_unpack(0, raw, &seg);
		reg_set(c, u->src, u->x.sys.opsize, seg.limit);
	}
	return set_zf(c, seen);
}

enum step sys_verr(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u64 raw;
	if (not_protected(c, s))
		return STEP_FAULT;
	int seen = visible_descriptor(c, s, u, 0, &raw);
	if (seen < 0)
		return STEP_FAULT;
	return set_zf(c, seen && raw_is_readable(raw));
}

enum step sys_verw(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u64 raw;
	if (not_protected(c, s))
		return STEP_FAULT;
	int seen = visible_descriptor(c, s, u, 0, &raw);
	if (seen < 0)
		return STEP_FAULT;
	return set_zf(c, seen && raw_is_writable_data(raw));
}

enum step sys_arpl(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u64 dst, src = reg_get(c, u->src, 2);
	if (not_protected(c, s) || uop_load_e(c, u, 2, &dst))
		return STEP_FAULT;
	if ((dst & 3) >= (src & 3))
		return set_zf(c, false);
	if (uop_store_e(c, u, 2, (dst & ~3ull) | (src & 3)))
		return STEP_FAULT;
	return set_zf(c, true);
}
