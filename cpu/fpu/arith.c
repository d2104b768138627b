/* arith.c - FADD FMUL FSUB FSUBR FDIV FDIVR in all forms; FSQRT FRNDINT FSCALE FPREM
 * FPREM1 FXTRACT. SDM 2A; exceptions: SDM 1 8.5.
 */
#include "cpu/fpu/internal.h"

/* Memory numbers: their denormals were made normal, so DE comes from the load, unless a NaN goes first. */
static struct f80 compute(u32 op, struct f80 x, struct f80 y, u32 cw)
{
	switch (op) {
	case OP_FADD: case OP_FADDP: case OP_FIADD: return soft80_add(x, y, cw);
	case OP_FMUL: case OP_FMULP: case OP_FIMUL: return soft80_mul(x, y, cw);
	case OP_FSUB: case OP_FSUBP: case OP_FISUB: return soft80_sub(x, y, cw);
	case OP_FSUBR: case OP_FSUBRP: case OP_FISUBR: return soft80_sub(y, x, cw);
	case OP_FDIV: case OP_FDIVP: case OP_FIDIV: return soft80_div(x, y, cw);
	default: return soft80_div(y, x, cw); /* FDIVR FDIVRP FIDIVR */
	}
}

static bool pops(u32 op)
{
	return op == OP_FADDP || op == OP_FMULP || op == OP_FSUBP || op == OP_FSUBRP || op == OP_FDIVP || op == OP_FDIVRP;
}

/* Ends an operation: result to ST(d), unless an exception stops it. */
static int finish(struct cpu *c, u32 d, struct f80 r, bool pop)
{
	if (!fpu_signal(c, r.flags))
		return 0;
	fpu_put(c, d, r);
	if (pop)
		fpu_pop(c);
	return 0;
}

static int missing(struct cpu *c, u32 d, bool pop)
{
	return finish(c, d, f80_flagged(f80_invalid(), STACK_UNDERFLOW), pop);
}

int fpu_arith(struct cpu *c, const struct uop *u)
{
	u32 op = u->x.sys.op, d = u->dst;
	bool in_memory = u->x.sys.digit != FMT_NONE;
	struct f80 y = {0};
	if (in_memory && fpu_load(c, u, &y))
		return -1;
	if (fpu_is_empty(c, d) || (!in_memory && fpu_is_empty(c, u->src)))
		return missing(c, d, pops(op));
	if (!in_memory)
		y = fpu_get(c, u->src);
	u32 de = y.flags;
	y.flags = 0;
	struct f80 x = fpu_get(c, d), r = compute(op, x, y, c->fpu.cw);
	if (f80_classify(x) < F80_QNAN && !(r.flags & FSW_ZE)) /* those go first */
		r.flags |= de;
	return finish(c, d, r, pops(op));
}

int fpu_fsqrt(struct cpu *c, const struct uop *u)
{
	(void)u;
	if (fpu_is_empty(c, 0))
		return missing(c, 0, false);
	return finish(c, 0, soft80_sqrt(fpu_get(c, 0), c->fpu.cw), false);
}

int fpu_frndint(struct cpu *c, const struct uop *u)
{
	(void)u;
	if (fpu_is_empty(c, 0))
		return missing(c, 0, false);
	return finish(c, 0, soft80_rint(fpu_get(c, 0), c->fpu.cw), false);
}

int fpu_fscale(struct cpu *c, const struct uop *u)
{
	(void)u;
	if (fpu_is_empty(c, 0) || fpu_is_empty(c, 1))
		return missing(c, 0, false);
	return finish(c, 0, soft80_scale(fpu_get(c, 0), fpu_get(c, 1), c->fpu.cw), false);
}

int fpu_fprem(struct cpu *c, const struct uop *u)
{
	enum f80_rem kind = u->x.sys.op == OP_FPREM1 ? F80_REM_NEAREST : F80_REM_CHOP;
	if (fpu_is_empty(c, 0) || fpu_is_empty(c, 1)) {
		c->fpu.sw &= (u16)~FSW_C2;
		return missing(c, 0, false);
	}
	struct f80 r = soft80_rem(fpu_get(c, 0), fpu_get(c, 1), kind, c->fpu.cw);
	bool computed = !(r.flags & FSW_IE) && f80_classify(r) < F80_QNAN;
	if (r.flags & ~(u32)c->fpu.cw & (FSW_IE | FSW_DE)) {
		computed = false;
		r.flags &= FSW_EXCEPTIONS;
	}
	c->fpu.sw &= (u16)~(computed ? FSW_CC : FSW_C2);
	return finish(c, 0, r, false);
}

int fpu_fxtract(struct cpu *c, const struct uop *u)
{
	(void)u;
	bool underflow = fpu_is_empty(c, 0);
	if (underflow || !fpu_is_empty(c, 7)) {
		if (!fpu_signal(c, underflow ? STACK_UNDERFLOW : STACK_OVERFLOW))
			return 0;
		fpu_put(c, 0, f80_invalid());
		fpu_push(c, f80_invalid());
		return 0;
	}
	struct f80 a = fpu_get(c, 0), exponent = soft80_exponent(a);
	if (!fpu_signal(c, exponent.flags))
		return 0;
	fpu_put(c, 0, exponent);
	fpu_push(c, soft80_significand(a));
	return 0;
}
