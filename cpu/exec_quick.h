/* exec_quick.h - what the short ways of sensitive instructions share (exec_system.c, exec_segment.c).
 *
 * They hold only where hw is guest (techniques trap and bare) and while nobody observes exits; `observed` comes
 * first, so that what tandem classify records is the full version's alone.
 */
#ifndef CPU_EXEC_QUICK_H
#define CPU_EXEC_QUICK_H

#include "cpu/exec.h"
#include "cpu/system.h"

/* The full version. */
INLINE void in_full(HANDLER_ARGS)
{
	if (u->x.sys.flags & UF_INNOCUOUS)
		return h_sys_innocuous(c, u, left);
	if (u->x.sys.flags & UF_DIRECT)
		return h_sys(c, u, left);
	return h_exit(c, u, left);
}

INLINE bool observed(const struct cpu *c)
{
	return c->hooks.on_exit || !c->hooks.direct;
}

INLINE void count(struct cpu *c, const struct uop *u)
{
	u64(*counters)[CPU_MODES] = u->x.sys.flags & UF_DIRECT ? c->hooks.direct : c->hooks.exits;
	counters[u->x.sys.op][c->mode_index]++;
}

/* Does [ea, ea + size) stay below 64 KB, where addresses are 16 bits wide? */
INLINE bool wraps_not(u32 ea, u32 size, bool is_16bit)
{
	return !is_16bit || ea + size <= 0x10000;
}

#endif
