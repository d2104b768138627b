/* io.c - IN OUT INS OUTS and the I/O permission check (SDM 1 18.5, SDM 2).
 *
 * INS and OUTS do one element a call; the loop repeats them. INS finds out that it
 * may write before it reads the port, which would be a side effect.
 */
#include "cpu/system/internal.h"

#define TSS_IOMAP_BASE 0x66 /* SDM 3A figure 7-2 */

int io_allowed(struct cpu *c, const struct sysregs *s, u16 port, int size)
{
	u64 base, bits;
	if (sys_real(s) || (!sys_v86(s) && s->cpl <= sys_iopl(s)))
		return 0;
	int type = s->tr.attr & SEG_TYPE;
	if (!(s->tr.attr & SEG_P) || (type != SYS_TSS32_BUSY && type != SYS_TSS32))
		return fail(c, VEC_GP, 0, "port access above IOPL without a 32-bit TSS", "SDM 1 18.5.2");
	if (s->tr.limit < TSS_IOMAP_BASE + 1)
		return fail(c, VEC_GP, 0, "TSS too short for an I/O map base", "SDM 1 18.5.2");
	if (sup_load(c, s->tr.base + TSS_IOMAP_BASE, 2, &base))
		return -1;
	u64 at = base + port / 8; /* always two bytes are read */
	if (at + 1 > s->tr.limit)
		return fail(c, VEC_GP, 0, "port beyond the I/O permission bitmap", "SDM 1 18.5.2");
	if (sup_load(c, s->tr.base + at, 2, &bits))
		return -1;
	if (bits >> (port & 7) & ((1u << size) - 1))
		return fail(c, VEC_GP, 0, "port denied by the I/O permission bitmap", "SDM 1 18.5.2");
	return 0;
}

static u16 port_of(const struct cpu *c, const struct uop *u)
{
	return (u16)(u->x.sys.imm2 == 1 ? u->imm & 0xff : c->r[RDX]);
}

/* DR7 with R/W = 10, when CR4.DE is set: a trap behind the instruction, or the element (SDM 3B 17.2.4, 17.3.1.2). */
static void io_breakpoints(struct cpu *c, u16 port, int size)
{
	static const u8 len_of[4] = {1, 2, 8, 4};
	const struct sysregs *s = c->guest;
	if (!(s->dr[7] & 0xff) || !(s->cr4 & CR4_DE))
		return;
	for (int i = 0; i < 4; i++) {
		u64 len = len_of[s->dr[7] >> (18 + 4 * i) & 3], at = s->dr[i] & ~(len - 1);
		if ((s->dr[7] >> (2 * i) & 3) && (s->dr[7] >> (16 + 4 * i) & 3) == 2 && port < at + len && at < port + (u64)size)
			c->dr6_pending |= 1u << i;
	}
}

static u32 port_in(struct cpu *c, u16 port, int size)
{
	simd_host_off(c);
	io_breakpoints(c, port, size);
	return c->hooks.port_in ? c->hooks.port_in(c->hooks.opaque, port, size) : 0xffffffff;
}

static void port_out(struct cpu *c, u16 port, int size, u32 value)
{
	simd_host_off(c);
	io_breakpoints(c, port, size);
	if (c->hooks.port_out)
		c->hooks.port_out(c->hooks.opaque, port, size, value);
}

enum step sys_in(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u16 port = port_of(c, u);
	int size = u->x.sys.opsize;
	if (io_allowed(c, s, port, size))
		return STEP_FAULT;
	reg_set(c, RAX * 8, size, port_in(c, port, size));
	return STEP_NEXT;
}

enum step sys_out(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u16 port = port_of(c, u);
	int size = u->x.sys.opsize;
	if (io_allowed(c, s, port, size))
		return STEP_FAULT;
	port_out(c, port, size, (u32)reg_get(c, RAX * 8, size));
	return STEP_NEXT;
}

/* ---- strings ------------------------------------------------------------------ */

static bool count_is_zero(const struct cpu *c, const struct uop *u)
{
	return (u->x.sys.flags & (UF_REP | UF_REPNE)) && reg_get(c, RCX * 8, u->x.sys.addrsize) == 0;
}

/* After an element: the index moves on, CX counts down. */
static enum step element_done(struct cpu *c, const struct uop *u, int index)
{
	int asize = u->x.sys.addrsize;
	u64 delta = u->x.sys.opsize;
	u64 at = reg_get(c, (u8)(index * 8), asize);
	reg_set(c, (u8)(index * 8), asize, c->df ? at - delta : at + delta);
	if (!(u->x.sys.flags & (UF_REP | UF_REPNE)))
		return STEP_NEXT;
	u64 left = reg_get(c, RCX * 8, asize) - 1;
	reg_set(c, RCX * 8, asize, left);
	return left ? STEP_REPEAT : STEP_NEXT;
}

enum step sys_ins(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	int size = u->x.sys.opsize;
	u16 port = (u16)c->r[RDX];
	if (io_allowed(c, s, port, size)) /* even with nothing to do */
		return STEP_FAULT;
	if (count_is_zero(c, u))
		return STEP_NEXT;
	u64 ea = reg_get(c, RDI * 8, u->x.sys.addrsize);
	if (mem_probe_store(c, SEG_ES, ea, size))
		return STEP_FAULT;
	if (mem_store(c, SEG_ES, ea, size, port_in(c, port, size)))
		return STEP_FAULT;
	return element_done(c, u, RDI);
}

enum step sys_outs(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	int size = u->x.sys.opsize;
	u16 port = (u16)c->r[RDX];
	u64 value;
	if (io_allowed(c, s, port, size)) /* even with nothing to do */
		return STEP_FAULT;
	if (count_is_zero(c, u))
		return STEP_NEXT;
	if (mem_load(c, uop_seg(u), reg_get(c, RSI * 8, u->x.sys.addrsize), size, &value))
		return STEP_FAULT;
	port_out(c, port, size, (u32)value);
	return element_done(c, u, RSI);
}
