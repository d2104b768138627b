/* cond.h - the lazy flags one by one, and the sixteen conditions (SDM 1 appendix B) on them. */
#ifndef CPU_COND_H
#define CPU_COND_H

#include "cpu/exec.h"

INLINE bool flag_cf(const struct cpu *c)
{
	return c->fl_cc >> 31 & 1;
}

INLINE bool flag_of(const struct cpu *c)
{
	return (c->fl_cc >> 31 ^ c->fl_cc >> 30) & 1;
}

INLINE bool flag_zf(const struct cpu *c)
{
	return c->fl_res == 0;
}

INLINE bool flag_sf(const struct cpu *c)
{
	return (c->fl_res ^ c->fl_cc) >> 63;
}

INLINE bool flag_pf(const struct cpu *c)
{
	return !((u32)__builtin_parity((u8)c->fl_res) ^ (c->fl_cc >> 32 & 1));
}

INLINE bool flag_lt(const struct cpu *c) /* SF != OF */
{
	return (c->fl_res >> 63 ^ c->fl_cc >> 63 ^ c->fl_cc >> 31 ^ c->fl_cc >> 30) & 1;
}

INLINE u32 of_get(const struct cpu *c) /* a number to compute with, as cf_get: better code than from a bool */
{
	return (u32)(c->fl_cc >> 31 ^ c->fl_cc >> 30) & 1;
}

/* CF and OF anew, from bit 0 each; SF, ZF, AF, PF stay. */
INLINE void set_cf_of(struct cpu *c, u32 cf, u32 of)
{
	c->fl_cc = (c->fl_cc & ~(u64)0xc0000000) | cc_make(cf & 1, of & 1);
}

/* CF anew, from bit 0; the others stay. */
INLINE void set_cf(struct cpu *c, u32 cf)
{
	set_cf_of(c, cf, of_get(c));
}

/* cond: low nibble of the opcode; a constant where speed matters */
INLINE bool cond_holds(const struct cpu *c, u32 cond)
{
	bool v;
	switch (cond >> 1) {
	case 0: v = flag_of(c); break;
	case 1: v = flag_cf(c); break;
	case 2: v = flag_zf(c); break;
	case 3: v = (int)flag_cf(c) | flag_zf(c); break;
	case 4: v = flag_sf(c); break;
	case 5: v = flag_pf(c); break;
	case 6: v = flag_lt(c); break;
	default: v = (int)flag_zf(c) | flag_lt(c); break;
	}
	return v ^ (cond & 1);
}

#endif
