/* hot_move.c - FLD FST FSTP FILD FIST FISTP FISTTP FXCH FCHS FABS FLD1 FLDZ and the control
 * word: handlers. See hot.h.
 */
#include "cpu/fpu/hot.h"

/* ---- loads -------------------------------------------------------------------------------- */

INLINE void push(struct cpu *c, u32 top, struct f80 v)
{
	set_value(c, top, v);
	c->fpu.valid |= (u8)(1u << top);
	set_status(c, 0, top);
}

INLINE void load_m(HANDLER_ARGS, enum fpu_format format, int av)
{
	struct f80 v;
	u8 *p;
	u32 top = (top_of(c) + 7) & 7, ea = ea_of(c, u, av);
	if (unlikely(c->fpu_gate) || unlikely(is_there(c, top)))
		return fpu_general(c, u, left);
	if (format == FMT_F80) {
		if (unlikely(av == AV_16 && ea > 0xfff6) || unlikely(!hot_read(c, u, ea, 10, &p)))
			return fpu_general(c, u, left);
		v = (struct f80){load64(p), load16(p + 8), 0};
	} else if (unlikely(!hot_operand(c, u, ea, format, &v))) {
		return fpu_general(c, u, left);
	}
	push(c, top, v);
	note_operand(c, u, ea);
	return next(c, u, left);
}

static void fld_r(HANDLER_ARGS)
{
	u32 top = top_of(c), s = (top + u->dst) & 7, n = (top + 7) & 7;
	if (unlikely(c->fpu_gate) || unlikely(is_there(c, n)) || unlikely(!is_there(c, s)))
		return fpu_general(c, u, left);
	push(c, n, value_of(c, s));
	note_instruction(c, u);
	return next(c, u, left);
}

INLINE void load_constant(HANDLER_ARGS, u64 mant, u32 se)
{
	u32 top = (top_of(c) + 7) & 7;
	if (unlikely(c->fpu_gate) || unlikely(is_there(c, top)))
		return fpu_general(c, u, left);
	push(c, top, (struct f80){mant, se, 0});
	note_instruction(c, u);
	return next(c, u, left);
}
HANDLER(fldz, load_constant, 0, 0)
HANDLER(fld1, load_constant, F80_TOP, F80_BIAS)

/* ---- stores -------------------------------------------------------------------------------- */

struct narrowed {
	u64 bits;
	u32 flags;
	bool ok;
};

/* To a format of `digits` digits: normal numbers of its range, and zero */
INLINE struct narrowed narrow(struct f80 v, u32 digits, u32 bias, u32 cw)
{
	u32 sign = f80_sign(v), exp = (u32)f80_exp(v) - (F80_BIAS - bias), largest = 2 * bias + 1;
	u64 kept = v.mant >> (64 - digits), rest = v.mant << digits;
	u64 up = f80_rounds_up(sign, rest, kept & 1, cw);
	bool zero = f80_is_zero(v);
	/* a carry out of the digits makes the next power of two: the sum is right */
	u64 magnitude = zero ? 0 : ((u64)(exp - 1) << (digits - 1)) + kept + up;
	return (struct narrowed){
		.bits = (u64)sign << (digits == 24 ? 31 : 63) | magnitude,
		.flags = rest ? FSW_PE | (u32)up << 9 : 0,
		.ok = zero || (v.mant >> 63 && exp - 1 < largest - 2), /* the largest binade may round to infinity */
	};
}

INLINE void store_m(HANDLER_ARGS, enum fpu_format format, bool pop, int av)
{
	u8 *p;
	u32 top = top_of(c), ea = ea_of(c, u, av), size = format == FMT_F32 ? 4 : format == FMT_F64 ? 8 : 10;
	struct f80 v = value_of(c, top);
	struct narrowed n = {0, 0, true};
	if (format != FMT_F80)
		n = format == FMT_F32 ? narrow(v, 24, 127, c->fpu.cw) : narrow(v, 53, 1023, c->fpu.cw);
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)) || unlikely(!n.ok) ||
	    unlikely(format == FMT_F80 && av == AV_16 && ea > 0xfff6) || unlikely(!hot_write(c, u, ea, size, &p)))
		return fpu_general(c, u, left);
	if (format == FMT_F32) {
		store32(p, (u32)n.bits);
	} else if (format == FMT_F64) {
		store64(p, n.bits);
	} else {
		store64(p, v.mant);
		store16(p + 8, (u16)v.se);
	}
	if (pop)
		drop(c, top);
	set_status(c, n.flags, pop ? (top + 1) & 7 : top);
	note_operand(c, u, ea);
	return next(c, u, left);
}

INLINE void store_r(HANDLER_ARGS, bool pop)
{
	u32 top = top_of(c), d = (top + u->dst) & 7;
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)))
		return fpu_general(c, u, left);
	set_value(c, d, value_of(c, top));
	c->fpu.valid |= (u8)(1u << d);
	if (pop)
		drop(c, top);
	set_status(c, 0, pop ? (top + 1) & 7 : top);
	note_instruction(c, u);
	return next(c, u, left);
}
HANDLER(fst_r, store_r, false)
HANDLER(fstp_r, store_r, true)

/* Numbers whose magnitude rounds to less than 2^(bits - 1) */
INLINE struct narrowed to_int(struct f80 v, u32 bits, u32 cw)
{
	u32 below = F80_BIAS + bits - 2 - (u32)f80_exp(v); /* 0: 2^(bits - 2) and more; huge: too large */
	if (f80_is_zero(v))
		return (struct narrowed){0, 0, true};
	if (!f80_is_normal(v) || below > 0x7fff || (bits == 64 && below == 0))
		return (struct narrowed){0, 0, false};
	u32 shift = below + 65 - bits; /* of the mantissa, to units */
	u64 kept = shift < 64 ? v.mant >> shift : 0;
	u64 rest = shift < 64 ? v.mant << (64 - shift) : shift == 64 ? v.mant : 1;
	u64 up = f80_rounds_up(f80_sign(v), rest, kept & 1, cw);
	kept += up;
	return (struct narrowed){
		.bits = f80_sign(v) ? 0 - kept : kept,
		.flags = rest ? FSW_PE | (u32)up << 9 : 0,
		.ok = kept < 1ull << (bits - 1),
	};
}

INLINE void store_int(HANDLER_ARGS, u32 bits, bool pop, bool chop, int av)
{
	u8 *p;
	u32 top = top_of(c), ea = ea_of(c, u, av);
	struct narrowed n = to_int(value_of(c, top), bits, chop ? c->fpu.cw | FCW_CHOP : c->fpu.cw);
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)) || unlikely(!n.ok) ||
	    unlikely(!hot_write(c, u, ea, bits / 8, &p)))
		return fpu_general(c, u, left);
	if (bits == 16)
		store16(p, (u16)n.bits);
	else if (bits == 32)
		store32(p, (u32)n.bits);
	else
		store64(p, n.bits);
	if (pop)
		drop(c, top);
	set_status(c, n.flags, pop ? (top + 1) & 7 : top);
	note_operand(c, u, ea);
	return next(c, u, left);
}

/* ---- between registers ----------------------------------------------------------------------- */

static void fxch(HANDLER_ARGS)
{
	u32 top = top_of(c), s = (top + u->dst) & 7;
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)) || unlikely(!is_there(c, s)))
		return fpu_general(c, u, left);
	struct f80 a = value_of(c, top), b = value_of(c, s);
	set_value(c, top, b);
	set_value(c, s, a);
	set_status(c, 0, top);
	note_instruction(c, u);
	return next(c, u, left);
}

INLINE void change_sign(HANDLER_ARGS, u32 keep, u32 flip)
{
	u32 top = top_of(c);
	if (unlikely(c->fpu_gate) || unlikely(!is_there(c, top)))
		return fpu_general(c, u, left);
	c->fpu.r[top].se = (u16)((c->fpu.r[top].se & keep) ^ flip);
	set_status(c, 0, top);
	note_instruction(c, u);
	return next(c, u, left);
}
HANDLER(fchs, change_sign, 0xffff, F80_SIGN)
HANDLER(fabs_, change_sign, 0x7fff, 0)

/* ---- control ------------------------------------------------------------------------------------ */

static void fnstsw_ax(HANDLER_ARGS)
{
	if (unlikely(c->fpu_gate & FPU_GATE_CR0))
		return fpu_general(c, u, left);
	wr16(c, 8 * RAX, c->fpu.sw);
	return next(c, u, left);
}

static void fnstcw(HANDLER_ARGS)
{
	u8 *p;
	if (unlikely(c->fpu_gate & FPU_GATE_CR0) || unlikely(!hot_write(c, u, ea_any(c, u), 2, &p)))
		return fpu_general(c, u, left);
	store16(p, c->fpu.cw);
	return next(c, u, left);
}

/* Only rounding and precision change: nothing to compute anew. */
static void fldcw(HANDLER_ARGS)
{
	u8 *p;
	if (unlikely(c->fpu_gate) || unlikely(!hot_read(c, u, ea_any(c, u), 2, &p)))
		return fpu_general(c, u, left);
	u32 cw = (load16(p) & FCW_WRITABLE) | FCW_FIXED;
	if (unlikely((cw ^ c->fpu.cw) & FSW_EXCEPTIONS))
		return fpu_general(c, u, left);
	c->fpu.cw = (u16)cw;
	return next(c, u, left);
}

static void fwait(HANDLER_ARGS)
{
	if (unlikely(c->fpu_gate))
		return fpu_general(c, u, left);
	return next(c, u, left);
}

/* ---- the tables ------------------------------------------------------------------------------------ */

#define LOAD(format) \
	HANDLER(load_##format##_AV_BD, load_m, FMT_##format, AV_BD) \
	HANDLER(load_##format##_AV_FULL, load_m, FMT_##format, AV_FULL) \
	HANDLER(load_##format##_AV_16, load_m, FMT_##format, AV_16)
LOAD(F32) LOAD(F64) LOAD(F80) LOAD(I16) LOAD(I32) LOAD(I64)

#define STORE(format, name, pop) \
	HANDLER(name##_##format##_AV_BD, store_m, FMT_##format, pop, AV_BD) \
	HANDLER(name##_##format##_AV_FULL, store_m, FMT_##format, pop, AV_FULL) \
	HANDLER(name##_##format##_AV_16, store_m, FMT_##format, pop, AV_16)
STORE(F32, fst, false) STORE(F64, fst, false) STORE(F32, fstp, true) STORE(F64, fstp, true) STORE(F80, fstp, true)

#define STORE_INT(bits, name, pop, chop) \
	HANDLER(name##bits##_AV_BD, store_int, bits, pop, chop, AV_BD) \
	HANDLER(name##bits##_AV_FULL, store_int, bits, pop, chop, AV_FULL) \
	HANDLER(name##bits##_AV_16, store_int, bits, pop, chop, AV_16)
STORE_INT(16, fist, false, false) STORE_INT(32, fist, false, false)
STORE_INT(16, fistp, true, false) STORE_INT(32, fistp, true, false) STORE_INT(64, fistp, true, false)
STORE_INT(16, fisttp, true, true) STORE_INT(32, fisttp, true, true) STORE_INT(64, fisttp, true, true)

static const struct {
	uop_fn f32[AV_COUNT], f64[AV_COUNT], f80[AV_COUNT];
} float_rows[3] = {
	{ROW_AV(load_F32), ROW_AV(load_F64), ROW_AV(load_F80)},
	{ROW_AV(fst_F32), ROW_AV(fst_F64), {0}},
	{ROW_AV(fstp_F32), ROW_AV(fstp_F64), ROW_AV(fstp_F80)},
};

static const struct {
	uop_fn i16[AV_COUNT], i32[AV_COUNT], i64[AV_COUNT];
} int_rows[4] = {
	{ROW_AV(load_I16), ROW_AV(load_I32), ROW_AV(load_I64)},
	{ROW_AV(fist16), ROW_AV(fist32), {0}},
	{ROW_AV(fistp16), ROW_AV(fistp32), ROW_AV(fistp64)},
	{ROW_AV(fisttp16), ROW_AV(fisttp32), ROW_AV(fisttp64)},
};

static uop_fn float_row(const struct form *f, int row)
{
	u32 size = f->in->o[0].size;
	return size == 4 ? float_rows[row].f32[f->av] : size == 8 ? float_rows[row].f64[f->av] : float_rows[row].f80[f->av];
}

static uop_fn int_row(const struct form *f, int row)
{
	u32 size = f->in->o[0].size;
	return size == 2 ? int_rows[row].i16[f->av] : size == 4 ? int_rows[row].i32[f->av] : int_rows[row].i64[f->av];
}

uop_fn fpu_hot_move(const struct form *f)
{
	bool mem = f->in->has_mem;
	switch (f->in->op) {
	case OP_FLD: return mem ? float_row(f, 0) : fld_r;
	case OP_FST: return mem ? float_row(f, 1) : fst_r;
	case OP_FSTP: return mem ? float_row(f, 2) : fstp_r;
	case OP_FILD: return int_row(f, 0);
	case OP_FIST: return int_row(f, 1);
	case OP_FISTP: return int_row(f, 2);
	case OP_FISTTP: return int_row(f, 3);
	case OP_FXCH: return fxch;
	case OP_FCHS: return fchs;
	case OP_FABS: return fabs_;
	case OP_FLDZ: return fldz;
	case OP_FLD1: return fld1;
	case OP_FNSTSW: return mem ? NULL : fnstsw_ax;
	case OP_FNSTCW: return fnstcw;
	case OP_FLDCW: return fldcw;
	case OP_FWAIT: return fwait;
	default: return NULL;
	}
}
