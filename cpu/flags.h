/* flags.h - the lazy arithmetic flags as an EFLAGS image and back.
 *
 * The representation is described at struct cpu.fl_res; docs/engine.md section 4
 * says why. Inline: PUSHF and POPF are among the most frequent exits.
 */
#ifndef CPU_FLAGS_H
#define CPU_FLAGS_H

#include "cpu/cpu.h"

/* CF PF AF ZF SF OF in their EFLAGS places */
static inline u32 flags_arith(const struct cpu *c)
{
	u32 cc = (u32)c->fl_cc;
	u32 pf = (u32)__builtin_parity((u8)c->fl_res) ^ 1 ^ (u32)(c->fl_cc >> 32 & 1);
	return cc >> 31 | pf << 2 | (cc & 8) << 1 | (u32)(c->fl_res == 0) << 6 | (u32)((c->fl_res ^ c->fl_cc) >> 63) << 7 |
	       (cc >> 31 ^ (cc >> 30 & 1)) << 11;
}

static inline void flags_set_arith(struct cpu *c, u32 eflags)
{
	u64 cf = eflags & 1, pf = eflags >> 2 & 1, sf = eflags >> 7 & 1, of = eflags >> 11 & 1;
	u64 zf = eflags >> 6 & 1, keep = zf - 1; /* keep: all ones unless ZF */
	u64 cc = cf << 31 | (of ^ cf) << 30 | (eflags & FL_AF) >> 1;
	/* A result of 0 shows SF = 0, PF = 1: what differs is flipped. Any other can show what it should. */
	c->fl_res = (sf << 63 | 0x100 | (pf ^ 1)) & keep;
	c->fl_cc = cc | ((sf << 63 | (pf ^ 1) << 32) & ~keep);
}

/* The whole EFLAGS image: arithmetic flags, DF, and the rest from `s`. */
static inline u32 flags_get(const struct cpu *c, const struct sysregs *s)
{
	return s->eflags | flags_arith(c) | (c->df ? EF_DF : 0);
}

#endif
