/* exec_system.c - the short way of the most frequent sensitive instructions.
 *
 * Where nothing can fault and nothing but the plain case applies, PUSHF, POPF, SGDT,
 * SIDT, SMSW, SLDT and STR are done here, on guest, and counted as the exit (or the
 * direct execution) that they are. Everything else, each check included, is left to
 * h_exit or h_sys and the one full version in cpu/system/. Only where hw is guest
 * (techniques trap and bare), and not while exits are observed.
 */
#include "cpu/exec_quick.h"

#define EF_PLAIN_16 (EF_TF | EF_IOPL | EF_NT)
#define EF_PLAIN_32 (EF_PLAIN_16 | EF_AC | EF_ID)

INLINE void pushf(HANDLER_ARGS, int n, bool ss32)
{
	const struct sysregs *s = c->guest;
	u32 sp = rd32(c, 8 * RSP) - (u32)n / 8;
	u8 *p;
	if (unlikely(observed(c)) || unlikely(s->eflags & EF_VM) ||
	    !hot_ptr(c, SEG_SS << 5, stack_ea(sp, ss32), (u32)n / 8, true, &p))
		return in_full(c, u, left);
	host_set(p, n, flags_get(c, s) & ~(u32)EF_RF);
	set_sp(c, ss32, sp);
	count(c, u);
	return next(c, u, left);
}

/* CPL 0, and of the system flags only IF may change. */
INLINE void popf(HANDLER_ARGS, int n, bool ss32)
{
	struct sysregs *s = c->guest;
	u32 sp = rd32(c, 8 * RSP), value;
	u8 *p;
	if (unlikely(observed(c)) || unlikely((s->eflags & EF_VM) || s->cpl) ||
	    !hot_ptr(c, SEG_SS << 5, stack_ea(sp, ss32), (u32)n / 8, false, &p))
		return in_full(c, u, left);
	value = host_get(p, n);
	if (unlikely((value ^ s->eflags) & (n == 16 ? EF_PLAIN_16 : EF_PLAIN_32)))
		return in_full(c, u, left);
	flags_set_arith(c, value);
	c->df = value >> 10 & 1;
	bool opens = (value & ~s->eflags & EF_IF) && c->window;
	s->eflags = (s->eflags & ~(u32)EF_IF) | (value & EF_IF);
	set_sp(c, ss32, sp + (u32)n / 8);
	count(c, u);
	if (unlikely(opens)) {
		c->attention |= ATT_STOP;
		return leave_after(c, u, left);
	}
	return next(c, u, left);
}

/* UMIP binds only below ring 0. */
INLINE bool may_read(const struct cpu *c)
{
	return !c->guest->cpl || !(c->guest->cr4 & CR4_UMIP);
}

INLINE void store_dtr(HANDLER_ARGS, bool is_idt)
{
	const struct dtr *t = is_idt ? &c->guest->idtr : &c->guest->gdtr;
	u32 ea = ea_any(c, u);
	u8 *p;
	if (unlikely(observed(c)) || unlikely(!may_read(c)) || !hot_write(c, u, ea, 6, &p))
		return in_full(c, u, left);
	store16(p, t->limit);
	store32(p + 2, (u32)t->base);
	count(c, u);
	return next(c, u, left);
}

/* To a register. SLDT and STR: protected mode only. */
INLINE void store_word(HANDLER_ARGS, int op, int n)
{
	const struct sysregs *s = c->guest;
	if (unlikely(observed(c)) || unlikely(!may_read(c)) || unlikely(op != OP_SMSW && !sys_protected(s)))
		return in_full(c, u, left);
	wr_n(c, u->dst, n, op == OP_SMSW ? (u32)s->cr0 : op == OP_SLDT ? s->ldtr.sel : s->tr.sel);
	count(c, u);
	return next(c, u, left);
}

#define FLAGS_SIZES(name) \
	HANDLER(name##_16_16, name, 16, false) HANDLER(name##_16_32, name, 16, true) \
	HANDLER(name##_32_16, name, 32, false) HANDLER(name##_32_32, name, 32, true)
FLAGS_SIZES(pushf) FLAGS_SIZES(popf)
HANDLER(sgdt, store_dtr, false)
HANDLER(sidt, store_dtr, true)
HANDLER(smsw16, store_word, OP_SMSW, 16) HANDLER(smsw32, store_word, OP_SMSW, 32)
HANDLER(sldt16, store_word, OP_SLDT, 16) HANDLER(sldt32, store_word, OP_SLDT, 32)
HANDLER(str16, store_word, OP_STR, 16) HANDLER(str32, store_word, OP_STR, 32)

uop_fn exec_system(const struct insn *in, bool ss32)
{
	static const uop_fn flags_rows[2][2][2] = {
		{{pushf_16_16, pushf_16_32}, {pushf_32_16, pushf_32_32}},
		{{popf_16_16, popf_16_32}, {popf_32_16, popf_32_32}},
	};
	bool wide = in->opsize == 4;
	switch (in->op) {
	case OP_PUSHF: case OP_POPF: return flags_rows[in->op == OP_POPF][wide][ss32];
	case OP_SGDT: return in->has_mem ? sgdt : NULL;
	case OP_SIDT: return in->has_mem ? sidt : NULL;
	case OP_SMSW: return in->has_mem ? NULL : wide ? smsw32 : smsw16;
	case OP_SLDT: return in->has_mem ? NULL : wide ? sldt32 : sldt16;
	case OP_STR: return in->has_mem ? NULL : wide ? str32 : str16;
	default: return NULL;
	}
}
