/* flags.c - the lazy arithmetic flags as an EFLAGS image and back.
 *
 * The representation is described at struct cpu.fl_res; docs/engine.md section 4
 * says why.
 */
#include "cpu/cpu.h"

u32 flags_arith(const struct cpu *c)
{
	u32 cc = (u32)c->fl_cc;
	u32 f = 0;
	f |= cc >> 31 ? FL_CF : 0;
	f |= (cc >> 31 ^ cc >> 30) & 1 ? FL_OF : 0;
	f |= cc & 8 ? FL_AF : 0;
	f |= c->fl_res == 0 ? FL_ZF : 0;
	f |= (c->fl_res ^ c->fl_cc) >> 63 ? FL_SF : 0;
	f |= (__builtin_parity((u8)c->fl_res) ^ 1) ^ (c->fl_cc >> 32 & 1) ? FL_PF : 0;
	return f;
}

void flags_set_arith(struct cpu *c, u32 eflags)
{
	u64 cf = eflags & FL_CF ? 1 : 0, of = eflags & FL_OF ? 1 : 0;
	u64 sf = eflags & FL_SF ? 1 : 0, pf = eflags & FL_PF ? 1 : 0;
	u64 cc = cf << 31 | (of ^ cf) << 30 | (eflags & FL_AF ? 8 : 0);
	if (eflags & FL_ZF) { /* result 0 shows SF = 0, PF = 1: flip what differs */
		c->fl_res = 0;
		c->fl_cc = cc | sf << 63 | (pf ^ 1) << 32;
	} else {
		c->fl_res = sf << 63 | 0x100 | (pf ^ 1);
		c->fl_cc = cc;
	}
}

u32 flags_get(const struct cpu *c, const struct sysregs *s)
{
	return s->eflags | flags_arith(c) | (c->df ? EF_DF : 0);
}
