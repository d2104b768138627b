/* compare.c - FCOM FUCOM FICOM FCOMI FUCOMI in all forms, FTST, FXAM. SDM 2A. */
#include "cpu/fpu/internal.h"

#define UNORDERED (FSW_C3 | FSW_C2 | FSW_C0)

/* ST(0) with y; flags: condition codes and exceptions */
static u32 compare(struct cpu *c, struct f80 y, bool quiet)
{
	struct f80 x = fpu_get(c, 0);
	u32 de = y.flags, r = soft80_compare(x, y, quiet);
	return (r & FSW_C2) ? r : r | de;
}

static bool is_quiet(u32 op)
{
	return op == OP_FUCOM || op == OP_FUCOMP || op == OP_FUCOMPP || op == OP_FUCOMI || op == OP_FUCOMIP;
}

static int pop_count(u32 op)
{
	switch (op) {
	case OP_FCOMP: case OP_FUCOMP: case OP_FICOMP: case OP_FCOMIP: case OP_FUCOMIP: return 1;
	case OP_FCOMPP: case OP_FUCOMPP: return 2;
	default: return 0;
	}
}

static void pop_times(struct cpu *c, int n)
{
	while (n-- > 0)
		fpu_pop(c);
}

int fpu_fcom(struct cpu *c, const struct uop *u)
{
	u32 op = u->x.sys.op, flags;
	bool in_memory = u->x.sys.digit != FMT_NONE;
	struct f80 y = {0};
	if (in_memory && fpu_load(c, u, &y))
		return -1;
	if (fpu_is_empty(c, 0) || (!in_memory && fpu_is_empty(c, u->dst)))
		flags = UNORDERED | STACK_UNDERFLOW;
	else
		flags = compare(c, in_memory ? y : fpu_get(c, u->dst), is_quiet(op));
	c->fpu.sw &= (u16)~FSW_CC;
	if (fpu_signal(c, flags))
		pop_times(c, pop_count(op));
	return 0;
}

/* FCOMI FCOMIP FUCOMI FUCOMIP: ZF PF CF for C3 C2 C0 */
int fpu_fcomi(struct cpu *c, const struct uop *u)
{
	u32 op = u->x.sys.op, cc;
	if (fpu_is_empty(c, 0) || fpu_is_empty(c, u->src))
		cc = UNORDERED | STACK_UNDERFLOW;
	else
		cc = compare(c, fpu_get(c, u->src), is_quiet(op));
	bool goes_on = fpu_signal(c, cc & ~(u32)FSW_CC);
	flags_set_arith(c, (cc & FSW_C3 ? FL_ZF : 0) | (cc & FSW_C2 ? FL_PF : 0) | (cc & FSW_C0 ? FL_CF : 0));
	if (goes_on)
		pop_times(c, pop_count(op));
	return 0;
}

int fpu_ftst(struct cpu *c, const struct uop *u)
{
	(void)u;
	u32 flags = fpu_is_empty(c, 0) ? UNORDERED | STACK_UNDERFLOW : compare(c, f80_make(0, 0, 0), false);
	c->fpu.sw &= (u16)~FSW_CC;
	fpu_signal(c, flags);
	return 0;
}

/* C1 is the sign, also of an empty register */
int fpu_fxam(struct cpu *c, const struct uop *u)
{
	static const u16 codes[] = {
		[F80_ZERO] = FSW_C3, [F80_NORMAL] = FSW_C2, [F80_DENORMAL] = FSW_C3 | FSW_C2,
		[F80_INFINITE] = FSW_C2 | FSW_C0, [F80_QNAN] = FSW_C0, [F80_SNAN] = FSW_C0, [F80_UNSUPPORTED] = 0,
	};
	struct f80 v = fpu_get(c, 0);
	u32 code = fpu_is_empty(c, 0) ? FSW_C3 | FSW_C0 : codes[f80_classify(v)];
	(void)u;
	c->fpu.sw = (u16)((c->fpu.sw & ~FSW_CC) | code | (f80_sign(v) ? FSW_C1 : 0));
	return 0;
}
