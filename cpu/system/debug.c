/* debug.c - the debug registers: MOV DRn. SDM 3B 17.2.
 *
 * DR4 and DR5 are other names of DR6 and DR7 unless CR4.DE is set (17.2.2). What the
 * breakpoints do is the engine's; the observed loop runs while any is enabled.
 */
#include "cpu/system/internal.h"

#define DR6_FIXED 0xffff0ff0u
#define DR6_WRITABLE 0x0000e00fu /* B0..B3 BD BS BT */
#define DR7_FIXED 0x00000400u
#define DR7_WRITABLE 0xffff23ffu
#define DR7_GD (1u << 13)
#define DR6_BD (1u << 13)

/* The checks of both directions: the register's number (0..3, 6, 7), or -1. */
static int dr_number(struct cpu *c, const struct sysregs *s, int n)
{
	if (s->cpl != 0) /* goes before the #UD of DR4 and DR5, as recorded */
		return fail(c, VEC_GP, 0, "MOV of a debug register with CPL > 0", "SDM 2 MOV DR");
	if (n == 4 || n == 5) {
		if (s->cr4 & CR4_DE) {
			ud(c, "DR4 or DR5 with CR4.DE set", "SDM 3B 17.2.2");
			return -1;
		}
		n += 2;
	}
	if (s->dr[7] & DR7_GD) {
		cpu_raise_plain(c, VEC_DB, "debug register touched with DR7.GD set", "SDM 3B 17.2.4");
		c->fault.dr6 = DR6_BD;
		return -1;
	}
	return n;
}

enum step sys_mov_from_dr(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	int n = dr_number(c, s, u->x.sys.digit);
	if (n < 0)
		return STEP_FAULT;
	u64 value = s->dr[n];
	if (n == 6)
		value = (value & DR6_WRITABLE) | DR6_FIXED;
	else if (n == 7)
		value = (value & DR7_WRITABLE) | DR7_FIXED;
	reg_set(c, u->dst, 4, value);
	return STEP_NEXT;
}

enum step sys_mov_to_dr(struct cpu *c, struct sysregs *s, const struct uop *u)
{
	u64 value = reg_get(c, u->dst, 4);
	int n = dr_number(c, s, u->x.sys.digit);
	if (n < 0)
		return STEP_FAULT;
	if (n == 6)
		value = (value & DR6_WRITABLE) | DR6_FIXED;
	else if (n == 7)
		value = (value & DR7_WRITABLE) | DR7_FIXED;
	s->dr[n] = value;
	ctx_changed(c);
	return STEP_NEXT;
}
