/* hot.c - vector instructions in line: the short way to memory, one test of the gate.
 *
 * Anything else (a gate, a TLB miss, misalignment, the host's unit not on loan) goes to
 * h_simd, which does the whole instruction. Generic handlers call the operation's
 * function; the most frequent operations have it in line.
 */
#include "cpu/exec.h"
#include "cpu/simd/host.h"

/* ---- operands ------------------------------------------------------------------------------- */

/* `bytes` of memory with zeros above; false: not by the short way */
INLINE bool hot_load(struct cpu *c, const struct uop *u, u32 bytes, vec *v)
{
	u8 *p;
	if (unlikely(!hot_read(c, u, ea_any(c, u), bytes, &p)))
		return false;
	if (bytes < 16) {
		*v = simd_low(bytes == 8 ? load64(p) : load32(p));
		return true;
	}
	if (unlikely(((uintptr_t)p & 15) && (u->imm & FORM_ALIGNED))) /* pages are aligned for the host, too */
		return false;
	memcpy(v, p, 16);
	return true;
}

INLINE bool hot_store(struct cpu *c, const struct uop *u, u32 bytes, vec v)
{
	u8 *p;
	if (unlikely(!hot_write(c, u, ea_any(c, u), bytes, &p)))
		return false;
	if (unlikely(bytes == 16 && ((uintptr_t)p & 15) && (u->imm & FORM_ALIGNED)))
		return false;
	if (bytes == 16)
		memcpy(p, &v, 16);
	else if (bytes == 8)
		store64(p, v[0]);
	else
		store32(p, (u32)v[0]);
	return true;
}

enum { FROM_XMM, FROM_GPR, FROM_IMM, FROM_MMX, FROM_4 = 4, FROM_8 = 8, FROM_16 = 16 };

INLINE bool hot_source(struct cpu *c, const struct uop *u, u32 from, vec *b)
{
	if (from >= FROM_4)
		return hot_load(c, u, from, b);
	switch (from) {
	case FROM_XMM: *b = simd_get(c, u->src); break;
	case FROM_GPR: *b = simd_low(rd32(c, u->src)); break;
	case FROM_IMM: *b = simd_low((u8)u->imm); break;
	default: *b = mmx_get(c, u->src >> 4); break;
	}
	return true;
}

/* ---- the forms: into an XMM register, a general register, EFLAGS, memory -------------------------- */

enum { PURE = GATE_SSE, FLOAT = GATE_SSE | GATE_MXCSR }; /* what the gate must let through */

INLINE void to_xmm(HANDLER_ARGS, u32 gate, u32 from, simd_fn fn)
{
	vec b;
	if (unlikely(c->simd_gate & gate) || unlikely(!hot_source(c, u, from, &b)))
		return h_simd(c, u, left);
	simd_set(c, u->dst, fn(simd_get(c, u->dst), b, (u8)u->imm, c));
	return next(c, u, left);
}

INLINE void to_gpr(HANDLER_ARGS, u32 gate, u32 from, simd_fn fn)
{
	vec b;
	if (unlikely(c->simd_gate & gate) || unlikely(!hot_source(c, u, from, &b)))
		return h_simd(c, u, left);
	wr32(c, u->dst, (u32)fn((vec){0}, b, (u8)u->imm, c)[0]);
	return next(c, u, left);
}

#if SIMD_HOST_FPU
INLINE void to_flags(HANDLER_ARGS, u32 from)
{
	vec b;
	if (unlikely(c->simd_gate & FLOAT) || unlikely(!hot_source(c, u, from, &b)))
		return h_simd(c, u, left);
	flags_set_arith(c, (u32)u->x.simd->host(simd_get(c, u->dst), b, 0, c)[0]);
	return next(c, u, left);
}
#endif

/* MMX: the x87 state becomes an MMX state. A pending x87 exception is not for here. */
INLINE void to_mmx(HANDLER_ARGS, u32 from)
{
	vec b;
	if (unlikely(c->simd_gate & GATE_MMX) || unlikely(c->fpu.sw & 0x80) || unlikely(!hot_source(c, u, from, &b)))
		return h_simd(c, u, left);
	mmx_set(c, u->dst >> 4, u->x.simd->mmx(mmx_get(c, u->dst >> 4), b, (u8)u->imm, c));
	simd_mmx_state(c);
	return next(c, u, left);
}

INLINE void mmx_to_memory(HANDLER_ARGS, u32 bytes)
{
	if (unlikely(c->simd_gate & GATE_MMX) || unlikely(c->fpu.sw & 0x80) ||
	    unlikely(!hot_store(c, u, bytes, mmx_get(c, u->src >> 4))))
		return h_simd(c, u, left);
	simd_mmx_state(c);
	return next(c, u, left);
}

INLINE void to_memory(HANDLER_ARGS, u32 bytes)
{
	if (unlikely(c->simd_gate & GATE_SSE) || unlikely(!hot_store(c, u, bytes, simd_get(c, u->src))))
		return h_simd(c, u, left);
	return next(c, u, left);
}

/* ---- generic handlers: the function from the uop ---------------------------------------------------- */

#define GENERIC(name, form, gate, from, way) \
	static void name(HANDLER_ARGS) { return form(c, u, left, gate, from, u->x.simd->way); }
GENERIC(xmm_xmm, to_xmm, PURE, FROM_XMM, fn) GENERIC(xmm_gpr, to_xmm, PURE, FROM_GPR, fn)
GENERIC(xmm_imm, to_xmm, PURE, FROM_IMM, fn) GENERIC(xmm_4, to_xmm, PURE, FROM_4, fn) GENERIC(xmm_8, to_xmm, PURE, FROM_8, fn)
GENERIC(xmm_16, to_xmm, PURE, FROM_16, fn) GENERIC(gpr_xmm, to_gpr, PURE, FROM_XMM, fn)
#if SIMD_HOST_FPU
GENERIC(float_xmm, to_xmm, FLOAT, FROM_XMM, host) GENERIC(float_gpr, to_xmm, FLOAT, FROM_GPR, host)
GENERIC(float_4, to_xmm, FLOAT, FROM_4, host) GENERIC(float_8, to_xmm, FLOAT, FROM_8, host)
GENERIC(float_16, to_xmm, FLOAT, FROM_16, host) GENERIC(int_xmm, to_gpr, FLOAT, FROM_XMM, host)
GENERIC(int_4, to_gpr, FLOAT, FROM_4, host) GENERIC(int_8, to_gpr, FLOAT, FROM_8, host)
HANDLER(flags_xmm, to_flags, FROM_XMM) HANDLER(flags_4, to_flags, FROM_4) HANDLER(flags_8, to_flags, FROM_8)
#endif
HANDLER(mmx_mmx, to_mmx, FROM_MMX) HANDLER(mmx_imm, to_mmx, FROM_IMM) HANDLER(mmx_4, to_mmx, FROM_4) HANDLER(mmx_8, to_mmx, FROM_8)
HANDLER(mmx_store_4, mmx_to_memory, FROM_4) HANDLER(mmx_store_8, mmx_to_memory, FROM_8)
HANDLER(store_4, to_memory, FROM_4) HANDLER(store_8, to_memory, FROM_8) HANDLER(store_16, to_memory, FROM_16)

/* ---- in line ------------------------------------------------------------------------------------------ */

#define EXPRESSION(name, T, expression) \
	INLINE vec name(vec va, vec vb, u32 imm, struct cpu *c) \
	{ \
		T a = (T)va, b = (T)vb; \
		(void)imm, (void)c, (void)a; \
		return (vec)(expression); \
	}
EXPRESSION(copy, vec, b) EXPRESSION(xor_, vec, a ^ b) EXPRESSION(and_, vec, a & b) EXPRESSION(or_, vec, a | b)
EXPRESSION(andn, vec, ~a & b) EXPRESSION(addb, v16u8, a + b) EXPRESSION(addw, v8u16, a + b) EXPRESSION(addd, v4u32, a + b)
EXPRESSION(addq, vec, a + b) EXPRESSION(subb, v16u8, a - b) EXPRESSION(subw, v8u16, a - b) EXPRESSION(subd, v4u32, a - b)
EXPRESSION(mullw, v8u16, a * b) EXPRESSION(eqb, v16u8, a == b) EXPRESSION(eqd, v4u32, a == b)

#define BOTH_SOURCES(fn, gate, size) \
	HANDLER(fn##_x, to_xmm, gate, FROM_XMM, fn) HANDLER(fn##_m, to_xmm, gate, size, fn)
#define PURE_HANDLERS(fn) BOTH_SOURCES(fn, PURE, FROM_16)
PURE_HANDLERS(copy) PURE_HANDLERS(xor_) PURE_HANDLERS(and_) PURE_HANDLERS(or_) PURE_HANDLERS(andn)
PURE_HANDLERS(addb) PURE_HANDLERS(addw) PURE_HANDLERS(addd) PURE_HANDLERS(addq)
PURE_HANDLERS(subb) PURE_HANDLERS(subw) PURE_HANDLERS(subd) PURE_HANDLERS(mullw) PURE_HANDLERS(eqb) PURE_HANDLERS(eqd)
HANDLER(copy_4, to_xmm, PURE, FROM_4, copy) HANDLER(copy_8, to_xmm, PURE, FROM_8, copy)
#if SIMD_HOST_FPU
#define FLOAT_HANDLERS(name) \
	BOTH_SOURCES(host_##name##ps, FLOAT, FROM_16) BOTH_SOURCES(host_##name##pd, FLOAT, FROM_16) \
	BOTH_SOURCES(host_##name##ss, FLOAT, FROM_4) BOTH_SOURCES(host_##name##sd, FLOAT, FROM_8)
FLOAT_HANDLERS(add) FLOAT_HANDLERS(sub) FLOAT_HANDLERS(mul) FLOAT_HANDLERS(div)
#endif

static uop_fn in_line(const struct insn *in)
{
#define ROW(NAME, fn) {OP_##NAME, {fn##_x, fn##_m}}
#define FLOAT_ROWS(NAME, name) \
	ROW(NAME##PS, host_##name##ps), ROW(NAME##PD, host_##name##pd), ROW(NAME##SS, host_##name##ss), ROW(NAME##SD, host_##name##sd)
	static const struct {
		u16 op;
		uop_fn fn[2]; /* register, memory */
	} rows[] = {
		ROW(MOVAPS, copy), ROW(MOVAPD, copy), ROW(MOVUPS, copy), ROW(MOVUPD, copy), ROW(MOVDQA, copy), ROW(MOVDQU, copy),
		ROW(LDDQU, copy), ROW(PXOR, xor_), ROW(XORPS, xor_), ROW(XORPD, xor_), ROW(PAND, and_), ROW(ANDPS, and_),
		ROW(ANDPD, and_), ROW(POR, or_), ROW(ORPS, or_), ROW(ORPD, or_), ROW(PANDN, andn), ROW(ANDNPS, andn),
		ROW(ANDNPD, andn), ROW(PADDB, addb), ROW(PADDW, addw), ROW(PADDD, addd), ROW(PADDQ, addq),
		ROW(PSUBB, subb), ROW(PSUBW, subw), ROW(PSUBD, subd), ROW(PMULLW, mullw), ROW(PCMPEQB, eqb), ROW(PCMPEQD, eqd),
#if SIMD_HOST_FPU
		FLOAT_ROWS(ADD, add), FLOAT_ROWS(SUB, sub), FLOAT_ROWS(MUL, mul), FLOAT_ROWS(DIV, div),
#endif
	};
	if (in->has_mem && (in->op == OP_MOVSS || in->op == OP_MOVSD || in->op == OP_MOVQ || in->op == OP_MOVD))
		return in->o[1].size == 8 ? copy_8 : copy_4;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].op == in->op)
			return rows[i].fn[in->has_mem];
	return NULL;
}

/* ---- the choice ------------------------------------------------------------------------------------------ */

static uop_fn by_size(u32 size, uop_fn four, uop_fn eight, uop_fn sixteen)
{
	return size == 4 ? four : size == 8 ? eight : size == 16 ? sixteen : NULL;
}

static uop_fn store_handler(const struct insn *in)
{
	if (in->op == OP_MOVHPS || in->op == OP_MOVHPD || in->o[1].kind != OPND_XMM || in->noperands != 2)
		return NULL;
	return by_size(in->o[0].size, store_4, store_8, store_16);
}

static uop_fn pure_handler(const struct insn *in, u32 size)
{
	u8 to = in->o[0].kind, from = in->o[1].kind;
	if (to == OPND_XMM) {
		uop_fn fn = in_line(in);
		if (fn)
			return fn;
		switch (from) {
		case OPND_XMM: return xmm_xmm;
		case OPND_REG: return xmm_gpr;
		case OPND_IMM: return xmm_imm;
		case OPND_MEM: return by_size(size, xmm_4, xmm_8, xmm_16);
		default: return NULL;
		}
	}
	return to == OPND_REG && from == OPND_XMM ? gpr_xmm : NULL;
}

static uop_fn float_handler(const struct insn *in, u32 form)
{
#if SIMD_HOST_FPU
	u8 to = in->o[0].kind, from = in->o[1].kind;
	u32 size = form_size(form);
	if (form & FORM_KEEP)
		return from == OPND_XMM ? flags_xmm : by_size(size, flags_4, flags_8, NULL);
	if (to == OPND_XMM) {
		uop_fn fn = in_line(in);
		if (fn)
			return fn;
		return from == OPND_XMM ? float_xmm : from == OPND_REG ? float_gpr : by_size(size, float_4, float_8, float_16);
	}
	if (to == OPND_REG)
		return from == OPND_XMM ? int_xmm : by_size(size, int_4, int_8, NULL);
#endif
	(void)in, (void)form;
	return NULL;
}

static uop_fn mmx_handler(const struct insn *in, u32 form)
{
	u8 to = in->o[0].kind, from = in->o[1].kind;
	if (!(form & FORM_MMX_FN))
		return NULL;
	if (to == OPND_MEM)
		return in->noperands == 2 ? by_size(form_size(form), mmx_store_4, mmx_store_8, NULL) : NULL;
	if (to != OPND_MM)
		return NULL;
	if (from == OPND_IMM)
		return mmx_imm;
	return from == OPND_MM ? mmx_mmx : from == OPND_MEM ? by_size(form_size(form), mmx_4, mmx_8, NULL) : NULL;
}

uop_fn simd_hot(const struct insn *in, const struct simd_op *op, u32 form)
{
	if (form & FORM_MMX)
		return mmx_handler(in, form);
	if (in->o[0].kind == OPND_MEM)
		return store_handler(in);
	if (form & FORM_FLOAT)
		return op->host ? float_handler(in, form) : NULL;
	return form & FORM_KEEP ? NULL : pure_handler(in, form_size(form));
}
