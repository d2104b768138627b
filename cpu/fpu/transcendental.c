/* transcendental.c - F2XM1 FYL2X FYL2XP1 FPATAN FPTAN FSIN FCOS FSINCOS: special operands,
 * stack and exceptions. SDM 2A; SDM 1 8.3.8 to 8.3.10. The functions are in wide.h.
 *
 * Results are rounded as RC says from more than 100 good bits: at most half a unit off,
 * where Intel's processors promise one. Outside of their ranges F2XM1 gives its operand
 * and FYL2XP1 x, as a recent Intel processor does.
 */
#include "cpu/fpu/internal.h"
#include "cpu/fpu/wide.h"

static bool is_special(enum f80_class k)
{
	return k >= F80_QNAN;
}

static u32 denormal_flag(enum f80_class a, enum f80_class b)
{
	return a == F80_DENORMAL || b == F80_DENORMAL ? FSW_DE : 0;
}

static struct f80 infinity(u32 sign, u32 flags)
{
	return f80_flagged(f80_make(sign, F80_INF, F80_TOP), flags);
}

static struct f80 zero(u32 sign, u32 flags)
{
	return f80_flagged(f80_make(sign, 0, 0), flags);
}

static struct f80 rounded(struct wide w, bool exact, u32 cw, u32 flags)
{
	struct f80 r = wide_round(w, exact, cw);
	r.flags |= flags;
	return r;
}

/* ---- one operand ------------------------------------------------------------------------ */

static struct f80 exp2m1(struct f80 x, u32 cw)
{
	enum f80_class k = f80_classify(x);
	if (is_special(k))
		return soft80_nan(x, x);
	if (k == F80_ZERO || (k == F80_INFINITE && !f80_sign(x)))
		return x;
	if (k == F80_INFINITE)
		return f80_make(1, F80_BIAS, F80_TOP);
	if (f80_exp(x) == F80_BIAS && x.mant == F80_TOP && f80_sign(x))
		return f80_flagged(f80_make(1, F80_BIAS - 1, F80_TOP), FSW_PE);
	if (f80_exp(x) >= F80_BIAS) /* right for 1 */
		return f80_flagged(x, FSW_PE);
	return rounded(wide_exp2m1(wide_from(x)), false, cw, denormal_flag(k, k));
}

int fpu_f2xm1(struct cpu *c, const struct uop *u)
{
	(void)u;
	struct f80 r = fpu_is_empty(c, 0) ? f80_flagged(f80_invalid(), STACK_UNDERFLOW) : exp2m1(fpu_get(c, 0), c->fpu.cw);
	if (fpu_signal(c, r.flags))
		fpu_put(c, 0, r);
	return 0;
}

/* ---- y * log2(x), y * log2(x + 1), atan(y / x): y is ST(1), x ST(0) ------------------------- */

static struct f80 y_times(struct f80 y, struct wide log, bool exact, u32 cw, u32 de)
{
	if (!log.mant) /* log2(1) = +0 */
		return zero(f80_sign(y), de);
	return rounded(wide_mul(wide_from(y), log), exact, cw, de | FSW_PE); /* PE even when exact, as recorded */
}

/* -1: log2(x) < 0; 0: x = 1; 1: log2(x) > 0. x >= 0 */
static int side_of_one(struct f80 x)
{
	if (f80_exp(x) == F80_BIAS && x.mant == F80_TOP)
		return 0;
	return f80_exp(x) >= F80_BIAS ? 1 : -1;
}

static struct f80 ylog2(struct f80 y, struct f80 x, u32 cw)
{
	enum f80_class ky = f80_classify(y), kx = f80_classify(x);
	u32 de = denormal_flag(ky, kx), sign = f80_sign(y);
	bool exact;
	if (is_special(ky) || is_special(kx))
		return soft80_nan(x, y);
	if (f80_sign(x) && kx != F80_ZERO)
		return f80_invalid();
	if (kx == F80_ZERO) {
		if (ky == F80_ZERO)
			return f80_invalid();
		return infinity(!sign, ky == F80_INFINITE ? 0 : FSW_ZE);
	}
	if (kx == F80_INFINITE)
		return ky == F80_ZERO ? f80_invalid() : infinity(sign, de);
	int side = side_of_one(x);
	if (ky == F80_INFINITE)
		return side == 0 ? f80_invalid() : infinity(sign ^ (side < 0), de);
	if (ky == F80_ZERO)
		return zero(sign ^ (side < 0), de);
	struct wide log = wide_log2(wide_from(x), &exact);
	return y_times(y, log, exact, cw, de);
}

static struct f80 ylog2p1(struct f80 y, struct f80 x, u32 cw)
{
	enum f80_class ky = f80_classify(y), kx = f80_classify(x);
	u32 de = denormal_flag(ky, kx), sign = f80_sign(y) ^ f80_sign(x);
	if (is_special(ky) || is_special(kx))
		return soft80_nan(x, y);
	if (kx == F80_ZERO)
		return ky == F80_INFINITE ? f80_invalid() : zero(sign, de);
	if (kx == F80_INFINITE && f80_sign(x))
		return f80_invalid();
	if (kx == F80_INFINITE)
		return ky == F80_ZERO ? f80_invalid() : infinity(sign, de);
	if (ky == F80_INFINITE)
		return infinity(sign, de);
	if (ky == F80_ZERO)
		return zero(sign, de);
	if (f80_sign(x) && f80_exp(x) >= F80_BIAS) /* -1 and below: out of range, answered as recorded */
		return f80_flagged(x, FSW_PE | de);
	return y_times(y, wide_log2p1(wide_from(x)), false, cw, de);
}

static const struct wide pi = {W(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1), 1, 0};

/* A multiple of pi/4 with a sign */
static struct f80 quarters(u32 sign, int n, u32 cw, u32 de)
{
	struct wide v = pi;
	if (n == 3)
		v = wide_make(0, -1, pi.mant / 4 * 3);
	v.exp = n == 4 ? 1 : n == 3 ? 1 : n == 2 ? 0 : -1;
	v.sign = sign;
	return rounded(v, false, cw, de);
}

static struct f80 arctan(struct f80 y, struct f80 x, u32 cw)
{
	enum f80_class ky = f80_classify(y), kx = f80_classify(x);
	u32 de = denormal_flag(ky, kx), sign = f80_sign(y);
	if (is_special(ky) || is_special(kx))
		return soft80_nan(x, y);
	if (ky == F80_INFINITE)
		return quarters(sign, kx != F80_INFINITE ? 2 : f80_sign(x) ? 3 : 1, cw, de);
	if (kx == F80_INFINITE || ky == F80_ZERO)
		return f80_sign(x) ? quarters(sign, 4, cw, de) : zero(sign, de);
	if (kx == F80_ZERO)
		return quarters(sign, 2, cw, de);
	return rounded(wide_atan2(wide_from(y), wide_from(x)), false, cw, de);
}

static int two_operands(struct cpu *c, struct f80 (*f)(struct f80 y, struct f80 x, u32 cw))
{
	struct f80 r;
	if (fpu_is_empty(c, 0) || fpu_is_empty(c, 1))
		r = f80_flagged(f80_invalid(), STACK_UNDERFLOW);
	else
		r = f(fpu_get(c, 1), fpu_get(c, 0), c->fpu.cw);
	if (fpu_signal(c, r.flags)) {
		fpu_put(c, 1, r);
		fpu_pop(c);
	}
	return 0;
}

int fpu_fyl2x(struct cpu *c, const struct uop *u)
{
	return two_operands(c, u->x.sys.op == OP_FYL2X ? ylog2 : ylog2p1);
}

int fpu_fpatan(struct cpu *c, const struct uop *u)
{
	(void)u;
	return two_operands(c, arctan);
}

/* ---- FSIN FCOS FSINCOS FPTAN ------------------------------------------------------------------- */

/* The result for ST(0), and the one that FSINCOS and FPTAN push */
struct pair {
	struct f80 first, second;
};

static struct pair both(struct f80 v)
{
	return (struct pair){v, v};
}

static struct pair trig(u32 op, struct f80 x, u32 cw)
{
	enum f80_class k = f80_classify(x);
	struct f80 one = f80_make(0, F80_BIAS, F80_TOP);
	u32 de = denormal_flag(k, k);
	if (is_special(k))
		return both(soft80_nan(x, x));
	if (k == F80_INFINITE)
		return both(f80_invalid());
	if (k == F80_ZERO)
		return op == OP_FCOS ? both(one) : (struct pair){x, one};
	struct sincos s = wide_sincos(wide_from(x));
	if (op == OP_FPTAN)
		return (struct pair){rounded(wide_div(s.sin, s.cos), false, cw, de), one};
	struct f80 cosine = rounded(s.cos, false, cw, de);
	if (op == OP_FCOS)
		return both(cosine);
	return (struct pair){rounded(s.sin, false, cw, de), cosine};
}

static int trig_result(struct cpu *c, struct pair p, bool pushes)
{
	u32 flags = p.first.flags;
	if (pushes) /* C1 is the last result's */
		flags = (flags & ~(u32)FSW_C1) | p.second.flags;
	if (!fpu_signal(c, flags))
		return 0;
	fpu_put(c, 0, p.first);
	if (pushes)
		fpu_push(c, p.second);
	return 0;
}

int fpu_trig(struct cpu *c, const struct uop *u)
{
	u32 op = u->x.sys.op;
	bool pushes = op == OP_FSINCOS || op == OP_FPTAN;
	c->fpu.sw &= (u16)~FSW_C2;
	if (fpu_is_empty(c, 0))
		return trig_result(c, both(f80_flagged(f80_invalid(), STACK_UNDERFLOW)), pushes);
	if (pushes && !fpu_is_empty(c, 7))
		return trig_result(c, both(f80_flagged(f80_invalid(), STACK_OVERFLOW)), pushes);
	struct f80 x = fpu_get(c, 0);
	if (f80_is_normal(x) && f80_exp(x) >= F80_BIAS + 63) { /* too large: nothing but C2 */
		fpu_signal(c, FSW_C2);
		return 0;
	}
	return trig_result(c, trig(op, x, c->fpu.cw), pushes);
}
