/* move.c - loads, stores, constants, exchanges, signs. SDM 2A FLD, FST, FILD, FIST,
 * FISTTP, FBLD, FBSTP, FXCH, FCMOVcc, FLD1 ..., FCHS, FABS, FFREE, FINCSTP, FDECSTP.
 */
#include "cpu/fpu/internal.h"

/* Pushes v, whose flags were raised by loading it. */
static int push_or_overflow(struct cpu *c, struct f80 v)
{
	if (!fpu_is_empty(c, 7))
		v = f80_flagged(f80_invalid(), STACK_OVERFLOW);
	if (fpu_signal(c, v.flags) || v.flags == FSW_DE) /* a denormal is loaded even when DE is unmasked */
		fpu_push(c, v);
	return 0;
}

static struct f80 quieted(struct f80 v)
{
	if (f80_classify(v) == F80_SNAN) {
		v.mant |= F80_QUIET;
		v.flags = FSW_IE;
	}
	return v;
}

/* FLD FILD FBLD. An 80-bit operand is only copied. */
int fpu_fld(struct cpu *c, const struct uop *u)
{
	struct f80 v = {0};
	if (u->x.sys.digit == FMT_NONE) {
		if (fpu_is_empty(c, u->dst))
			v = f80_flagged(f80_invalid(), STACK_UNDERFLOW);
		else
			v = fpu_get(c, u->dst);
	} else if (fpu_load(c, u, &v)) {
		return -1;
	} else if (u->x.sys.digit != FMT_F80) {
		v = quieted(v);
	}
	return push_or_overflow(c, v);
}

/* The rest of a store to memory: nothing has happened if the memory faults. */
static int store(struct cpu *c, const struct uop *u, const void *bytes, int n, u32 flags, bool pop)
{
	u32 stops = flags & ~(u32)c->fpu.cw & FSW_EXCEPTIONS & ~(u32)FSW_PE;
	if (!stops && fpu_store_bytes(c, u, bytes, n, n < 8 ? n : 8))
		return -1;
	if (fpu_signal_store(c, flags) && pop)
		fpu_pop(c);
	return 0;
}

static int store_bits(struct cpu *c, const struct uop *u, struct soft80_bits b, int n, bool pop)
{
	u8 bytes[8];
	store64(bytes, b.bits);
	return store(c, u, bytes, n, b.flags, pop);
}

static int store_register(struct cpu *c, u32 i, bool pop)
{
	struct f80 v = fpu_get(c, 0);
	if (fpu_is_empty(c, 0))
		v = f80_flagged(f80_invalid(), STACK_UNDERFLOW);
	if (!fpu_signal(c, v.flags))
		return 0;
	fpu_put(c, i, v);
	if (pop)
		fpu_pop(c);
	return 0;
}

/* FST, FSTP */
int fpu_fst(struct cpu *c, const struct uop *u)
{
	bool pop = u->x.sys.op == OP_FSTP, empty = fpu_is_empty(c, 0);
	struct f80 v = empty ? f80_invalid() : fpu_get(c, 0);
	u32 cw = c->fpu.cw, flags = empty ? STACK_UNDERFLOW : 0;
	u8 bytes[10];
	struct soft80_bits b;
	switch ((enum fpu_format)u->x.sys.digit) {
	case FMT_F32:
	case FMT_F64:
		b = u->x.sys.digit == FMT_F32 ? soft80_to_f32(v, cw) : soft80_to_f64(v, cw);
		b.flags |= flags;
		return store_bits(c, u, b, u->x.sys.digit == FMT_F32 ? 4 : 8, pop);
	case FMT_F80:
		store64(bytes, v.mant);
		store16(bytes + 8, (u16)v.se);
		return store(c, u, bytes, 10, flags, pop);
	default: return store_register(c, u->dst, pop);
	}
}

/* FSTPNCE, D9 D8+i: does not complain about an empty ST(0), and then stores nothing */
int fpu_fstpnce(struct cpu *c, const struct uop *u)
{
	fpu_signal(c, 0);
	if (!fpu_is_empty(c, 0))
		fpu_put(c, u->dst, fpu_get(c, 0));
	fpu_pop(c);
	return 0;
}

/* FIST FISTP FISTTP */
int fpu_fist(struct cpu *c, const struct uop *u)
{
	int n = u->x.sys.digit == FMT_I16 ? 2 : u->x.sys.digit == FMT_I32 ? 4 : 8;
	bool chop = u->x.sys.op == OP_FISTTP, empty = fpu_is_empty(c, 0);
	u32 cw = chop ? c->fpu.cw | FCW_CHOP : c->fpu.cw;
	struct soft80_bits b = soft80_to_int(empty ? f80_invalid() : fpu_get(c, 0), n, cw);
	if (empty)
		b.flags = STACK_UNDERFLOW;
	return store_bits(c, u, b, n, u->x.sys.op != OP_FIST);
}

int fpu_fbstp(struct cpu *c, const struct uop *u)
{
	u8 bytes[10];
	u16 high;
	bool empty = fpu_is_empty(c, 0);
	struct soft80_bits b = soft80_to_bcd(empty ? f80_invalid() : fpu_get(c, 0), c->fpu.cw, &high);
	store64(bytes, b.bits);
	store16(bytes + 8, high);
	return store(c, u, bytes, 10, empty ? STACK_UNDERFLOW : b.flags, true);
}

/* ---- between registers ---------------------------------------------------------------------- */

int fpu_fxch(struct cpu *c, const struct uop *u)
{
	bool gap = fpu_is_empty(c, 0) || fpu_is_empty(c, u->dst);
	if (!fpu_signal(c, gap ? STACK_UNDERFLOW : 0))
		return 0;
	struct f80 a = fpu_is_empty(c, 0) ? f80_invalid() : fpu_get(c, 0);
	struct f80 b = fpu_is_empty(c, u->dst) ? f80_invalid() : fpu_get(c, u->dst);
	fpu_put(c, 0, b);
	fpu_put(c, u->dst, a);
	return 0;
}

static bool condition(u32 op, u32 eflags)
{
	switch (op) {
	case OP_FCMOVB: return eflags & FL_CF;
	case OP_FCMOVE: return eflags & FL_ZF;
	case OP_FCMOVBE: return eflags & (FL_CF | FL_ZF);
	case OP_FCMOVU: return eflags & FL_PF;
	case OP_FCMOVNB: return !(eflags & FL_CF);
	case OP_FCMOVNE: return !(eflags & FL_ZF);
	case OP_FCMOVNBE: return !(eflags & (FL_CF | FL_ZF));
	default: return !(eflags & FL_PF);
	}
}

/* C1 stays, unless a register is empty */
int fpu_fcmov(struct cpu *c, const struct uop *u)
{
	if (fpu_is_empty(c, 0) || fpu_is_empty(c, u->src)) {
		if (fpu_signal(c, STACK_UNDERFLOW))
			fpu_put(c, 0, f80_invalid());
		return 0;
	}
	if (condition(u->x.sys.op, flags_arith(c)))
		fpu_put(c, 0, fpu_get(c, u->src));
	return 0;
}

/* FCHS FABS: no exception but an empty register */
int fpu_sign(struct cpu *c, const struct uop *u)
{
	struct f80 v = fpu_get(c, 0);
	if (fpu_is_empty(c, 0))
		v = f80_flagged(f80_invalid(), STACK_UNDERFLOW);
	else
		v.se = u->x.sys.op == OP_FCHS ? v.se ^ F80_SIGN : v.se & 0x7fff;
	if (fpu_signal(c, v.flags))
		fpu_put(c, 0, v);
	return 0;
}

/* FFREE, and FFREEP, which also pops. C1, undefined, is cleared as recorded. */
int fpu_ffree(struct cpu *c, const struct uop *u)
{
	fpu_signal(c, 0);
	fpu_free(c, u->dst);
	if (u->x.sys.op == OP_FFREEP)
		fpu_pop(c);
	return 0;
}

int fpu_turn(struct cpu *c, const struct uop *u)
{
	fpu_signal(c, 0); /* C1 = 0 */
	fpu_rotate(c, u->x.sys.op == OP_FINCSTP ? 1 : 7);
	return 0;
}

/* ---- constants -------------------------------------------------------------------------------- */

/* Rounded as RC says (SDM 2A FLD1 ...): 66 bits are known, `rest` is how those beyond 64 compare with half. */
struct constant {
	u64 mant;
	u16 exp;
	s8 rest; /* mant is below (1) or above (-1) the true value; 0: exact */
};

static struct constant constant_of(u32 op)
{
	switch (op) {
	case OP_FLD1: return (struct constant){F80_TOP, 0x3fff, 0};
	case OP_FLDL2T: return (struct constant){0xd49a784bcd1b8afe, 0x4000, 1};
	case OP_FLDL2E: return (struct constant){0xb8aa3b295c17f0bc, 0x3fff, -1};
	case OP_FLDPI: return (struct constant){0xc90fdaa22168c235, 0x4000, -1};
	case OP_FLDLG2: return (struct constant){0x9a209a84fbcff799, 0x3ffd, -1};
	case OP_FLDLN2: return (struct constant){0xb17217f7d1cf79ac, 0x3ffe, -1};
	default: return (struct constant){0, 0, 0};
	}
}

int fpu_constant(struct cpu *c, const struct uop *u)
{
	struct constant k = constant_of(u->x.sys.op);
	u32 rc = c->fpu.cw & FCW_RC;
	if (k.rest > 0 && rc == FCW_UP)
		k.mant++;
	if (k.rest < 0 && (rc == FCW_DOWN || rc == FCW_CHOP))
		k.mant--;
	return push_or_overflow(c, (struct f80){k.mant, k.exp, 0});
}
