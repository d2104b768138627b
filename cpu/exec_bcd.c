/* exec_bcd.c - AAA AAS AAM AAD DAA DAS. SDM 2A.
 *
 * Undefined flags follow recorded processors: SF ZF PF from the result in AL, OF
 * clear; AAD sets them all as its addition does.
 */
#include "cpu/exec.h"

static void set_result(struct cpu *c, u32 al, u32 cf, u32 af)
{
	c->fl_res = sext(al & 0xff, 8);
	c->fl_cc = cc_make(cf, 0) | (af ? 8 : 0);
}

INLINE bool af_get(const struct cpu *c)
{
	return c->fl_cc >> 3 & 1;
}

INLINE void ascii_adjust(HANDLER_ARGS, bool subtract)
{
	u32 ax = rd16(c, 8 * RAX);
	bool adjust = (ax & 15) > 9 || af_get(c);
	if (adjust)
		ax = subtract ? ax - 0x106 : ax + 0x106;
	wr16(c, 8 * RAX, ax & 0xff0f);
	set_result(c, ax & 0x0f, adjust, adjust);
	return next(c, u, left);
}
HANDLER(aaa, ascii_adjust, false)
HANDLER(aas, ascii_adjust, true)

INLINE void decimal_adjust(HANDLER_ARGS, bool subtract)
{
	u32 old = rd8(c, 8 * RAX), al = old, cf = cf_get(c), carry = 0, af = 0;
	if ((al & 15) > 9 || af_get(c)) {
		carry = subtract ? cf | (al < 6) : cf | (al > 0xf9);
		al = subtract ? al - 6 : al + 6;
		af = 1;
	}
	if (old > 0x99 || cf) {
		al = subtract ? al - 0x60 : al + 0x60;
		carry = 1;
	}
	wr8(c, 8 * RAX, al);
	set_result(c, al, carry, af);
	return next(c, u, left);
}
HANDLER(daa, decimal_adjust, false)
HANDLER(das, decimal_adjust, true)

static void aam(HANDLER_ARGS)
{
	u32 base = u->imm & 0xff, al = rd8(c, 8 * RAX);
	if (!base) {
		cpu_raise_plain(c, VEC_DE, "AAM with base 0", "SDM 2A AAM");
		return h_fault(c, u, left);
	}
	wr16(c, 8 * RAX, al / base << 8 | al % base);
	set_result(c, al % base, 0, 0);
	return next(c, u, left);
}

static void aad(HANDLER_ARGS)
{
	u32 ax = rd16(c, 8 * RAX), a = ax & 0xff, b = (ax >> 8) * (u->imm & 0xff) & 0xff;
	wr16(c, 8 * RAX, (a + b) & 0xff);
	add_flags(c, 8, a, b);
	return next(c, u, left);
}

uop_fn exec_bcd(const struct form *f)
{
	switch (f->in->op) {
	case OP_AAA: return aaa;
	case OP_AAS: return aas;
	case OP_AAM: return aam;
	case OP_AAD: return aad;
	case OP_DAA: return daa;
	case OP_DAS: return das;
	default: return NULL;
	}
}
