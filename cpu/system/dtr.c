/* dtr.c - the descriptor-table registers: SGDT SIDT SLDT STR, LGDT LIDT LLDT LTR.
 *
 * SDM 2 (each instruction), SDM 3A 2.4. The 16-bit forms of SGDT and SIDT store all 32
 * bits of the base, as processors since the 386 do; those of LGDT and LIDT load 24.
 */
#include "cpu/system/internal.h"

static bool umip_forbids(struct cpu *c, const struct sysregs *s)
{
	if (!(s->cr4 & CR4_UMIP) || s->cpl == 0)
		return false;
	gp(c, 0, "system register read with CR4.UMIP set and CPL > 0", "SDM 3A 2.5");
	return true;
}

static u64 ea_after(const struct uop *u, u64 ea, u64 n)
{
	return (ea + n) & (u->x.sys.addrsize == 2 ? 0xffff : 0xffffffff);
}

static enum step store_dtr(struct cpu *c, const struct sysregs *s, const struct uop *u, const struct dtr *t)
{
	if (!(u->x.sys.flags & UF_MEM))
		return ud(c, "SGDT or SIDT with a register operand", "SDM 2 SGDT");
	if (umip_forbids(c, s))
		return STEP_FAULT;
	int seg = uop_seg(u);
	u64 ea = uop_ea(c, u), ea2 = ea_after(u, ea, 2);
	u8 *p = seg_short_way(c, seg, ea, 6, true);
	if (p) {
		store16(p, t->limit);
		store32(p + 2, (u32)t->base);
		return STEP_NEXT;
	}
	if (mem_probe_store(c, seg, ea, 2) || mem_probe_store(c, seg, ea2, 4) || mem_store(c, seg, ea, 2, t->limit) ||
	    mem_store(c, seg, ea2, 4, (u32)t->base))
		return STEP_FAULT;
	return STEP_NEXT;
}

enum step sys_sgdt(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return store_dtr(c, s, u, &s->gdtr);
}

enum step sys_sidt(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return store_dtr(c, s, u, &s->idtr);
}

static enum step load_dtr(struct cpu *c, const struct sysregs *s, const struct uop *u, struct dtr *t)
{
	u64 limit, base;
	if (!(u->x.sys.flags & UF_MEM))
		return ud(c, "LGDT or LIDT with a register operand", "SDM 2 LGDT");
	if (s->cpl != 0)
		return gp(c, 0, "LGDT or LIDT with CPL > 0", "SDM 2 LGDT");
	u64 ea = uop_ea(c, u);
	if (mem_load(c, uop_seg(u), ea, 2, &limit) || mem_load(c, uop_seg(u), ea_after(u, ea, 2), 4, &base))
		return STEP_FAULT;
	t->limit = (u16)limit;
	t->base = u->x.sys.opsize == 2 ? base & 0xffffff : base;
	return STEP_NEXT;
}

enum step sys_lgdt(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return load_dtr(c, s, u, &s->gdtr);
}

enum step sys_lidt(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return load_dtr(c, s, u, &s->idtr);
}

/* ---- selectors -------------------------------------------------------------------- */

static enum step store_selector(struct cpu *c, const struct sysregs *s, const struct uop *u, u16 sel)
{
	if (!sys_protected(s))
		return ud(c, "SLDT or STR in real or virtual-8086 mode", "SDM 2 SLDT");
	if (umip_forbids(c, s))
		return STEP_FAULT;
	int size = u->x.sys.flags & UF_MEM ? 2 : u->x.sys.opsize;
	return uop_store_e(c, u, size, sel) ? STEP_FAULT : STEP_NEXT;
}

enum step sys_sldt(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return store_selector(c, s, u, s->ldtr.sel);
}

enum step sys_str(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	return store_selector(c, s, u, s->tr.sel);
}

/* The common beginning of LLDT and LTR. 0 or -1 */
static int load_selector(struct cpu *c, const struct sysregs *s, const struct uop *u, u16 *sel)
{
	u64 value;
	if (!sys_protected(s)) {
		ud(c, "LLDT or LTR in real or virtual-8086 mode", "SDM 2 LLDT");
		return -1;
	}
	if (s->cpl != 0)
		return fail(c, VEC_GP, 0, "LLDT or LTR with CPL > 0", "SDM 2 LLDT");
	if (uop_load_e(c, u, 2, &value))
		return -1;
	*sel = (u16)value;
	return 0;
}

enum step sys_lldt(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u16 sel;
	u64 raw;
	if (load_selector(c, s, u, &sel))
		return STEP_FAULT;
	if (sel_is_null(sel)) {
		seg_set_null(&s->ldtr, sel);
		return STEP_NEXT;
	}
	if (sel & 4)
		return gp(c, sel_error(sel, 0), "LLDT with a selector into the LDT", "SDM 2 LLDT");
	if (desc_read(c, s, sel, VEC_GP, 0, &raw))
		return STEP_FAULT;
	if (raw_is_segment(raw) || raw_type(raw) != SYS_LDT)
		return gp(c, sel_error(sel, 0), "LLDT of a descriptor that is not an LDT", "SDM 2 LLDT");
	if (!raw_present(raw))
		return cpu_raise(c, VEC_NP, sel_error(sel, 0), "LDT not present", "SDM 2 LLDT");
	desc_unpack(sel, raw, &s->ldtr);
	return STEP_NEXT;
}

enum step sys_ltr(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u16 sel;
	u64 raw;
	if (load_selector(c, s, u, &sel))
		return STEP_FAULT;
	if (sel_is_null(sel))
		return gp(c, 0, "LTR with a null selector", "SDM 2 LTR");
	if (sel & 4)
		return gp(c, sel_error(sel, 0), "LTR with a selector into the LDT", "SDM 2 LTR");
	if (desc_read(c, s, sel, VEC_GP, 0, &raw))
		return STEP_FAULT;
	if (raw_is_segment(raw) || (raw_type(raw) != SYS_TSS16 && raw_type(raw) != SYS_TSS32))
		return gp(c, sel_error(sel, 0), "LTR of a descriptor that is not an available TSS", "SDM 2 LTR");
	if (!raw_present(raw))
		return cpu_raise(c, VEC_NP, sel_error(sel, 0), "TSS not present", "SDM 2 LTR");
	if (desc_set_busy(c, s, sel, true))
		return STEP_FAULT;
	desc_unpack(sel, raw | (u64)SYS_BUSY << 40, &s->tr);
	return STEP_NEXT;
}
