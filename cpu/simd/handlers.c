/* handlers.c - vector instructions the complete way: any operands, every fault in
 * its order; and the choice of a way. SDM 2A 2.4 (exception classes).
 *
 *   #UD, #NM, #MF ──> memory operand ──> compute ──> #XM ──> write
 *
 * MMX state (TOP, tags) begins when the operands are there: before #XM, after #PF.
 */
#include "cpu/exec.h"
#include "cpu/simd/simd.h"

/* ---- memory ------------------------------------------------------------------------------ */

/* 16 bytes: the linear address, after alignment and segment, in this order. As recorded: #GP even beyond the limit of SS,
 * and never #AC, which SDM 2A 2.4 leaves to the implementation. */
static int locate_whole(struct cpu *c, const struct uop *u, enum access acc, bool is_aligned, lin_t *lin)
{
	u64 ea = ea_any(c, u);
	if (is_aligned && ((c->xseg[uop_seg(u)].base + ea) & 15)) {
		cpu_raise(c, VEC_GP, 0, "16-byte operand not aligned", "SDM 1 10.8.3");
		return -1;
	}
	return mem_linear(c, uop_seg(u), ea, 16, acc, lin);
}

static int load_whole(struct cpu *c, const struct uop *u, bool is_aligned, vec *v)
{
	enum access acc = c->acc;
	lin_t lin;
	u64 low, high;
	if (locate_whole(c, u, ACC_READ, is_aligned, &lin))
		return -1;
	simd_host_off(c);
	if (mmu_load(c->mmu, lin, 8, acc, &low) || mmu_load(c->mmu, (lin + 8) & c->lin_mask, 8, acc, &high)) {
		cpu_raise_pf(c);
		return -1;
	}
	if (c->guest->dr[7] & 0xff)
		mem_breakpoints(c, lin, 16, false);
	*v = (vec){low, high};
	return 0;
}

static int store_whole(struct cpu *c, const struct uop *u, bool is_aligned, vec v)
{
	enum access acc = ACC_WRITE | c->acc;
	lin_t lin;
	if (locate_whole(c, u, ACC_WRITE, is_aligned, &lin))
		return -1;
	simd_host_off(c);
	if (mmu_probe(c->mmu, lin, 16, acc)) {
		cpu_raise_pf(c);
		return -1;
	}
	mmu_store(c->mmu, lin, 8, acc, v[0]);
	mmu_store(c->mmu, (lin + 8) & c->lin_mask, 8, acc, v[1]);
	if (c->guest->dr[7] & 0xff)
		mem_breakpoints(c, lin, 16, true);
	return 0;
}

int simd_load(struct cpu *c, const struct uop *u, int size, bool is_aligned, vec *v)
{
	u64 low;
	if (size == 16)
		return load_whole(c, u, is_aligned, v);
	if (mem_load(c, uop_seg(u), ea_any(c, u), size, &low))
		return -1;
	*v = simd_low(low);
	return 0;
}

int simd_store(struct cpu *c, const struct uop *u, int size, bool is_aligned, vec v)
{
	if (size == 16)
		return store_whole(c, u, is_aligned, v);
	return mem_store(c, uop_seg(u), ea_any(c, u), size, v[0]);
}

/* ---- operands -------------------------------------------------------------------------------- */

static int source(struct cpu *c, const struct uop *u, vec *b)
{
	switch ((u->imm & FORM_SRC) >> FORM_SRC_SHIFT) {
	case AT_XMM: *b = simd_get(c, u->src); return 0;
	case AT_MMX: *b = mmx_get(c, u->src >> 4); return 0;
	case AT_GPR: *b = simd_low(rd32(c, u->src)); return 0;
	case AT_IMM: *b = simd_low((u8)u->imm); return 0;
	case AT_MEM: return simd_load(c, u, (int)form_size(u->imm), u->imm & FORM_ALIGNED, b);
	default: *b = (vec){0}; return 0;
	}
}

static vec old_destination(const struct cpu *c, const struct uop *u)
{
	switch ((u->imm & FORM_DST) >> FORM_DST_SHIFT) {
	case AT_XMM: return simd_get(c, u->dst);
	case AT_MMX: return mmx_get(c, u->dst >> 4);
	default: return (vec){0};
	}
}

static int destination(struct cpu *c, const struct uop *u, vec r)
{
	switch ((u->imm & FORM_DST) >> FORM_DST_SHIFT) {
	case AT_XMM: simd_set(c, u->dst, r); return 0;
	case AT_MMX: mmx_set(c, u->dst >> 4, r); return 0;
	case AT_GPR: wr32(c, u->dst, (u32)r[0]); return 0;
	case AT_MEM: return simd_store(c, u, (int)form_size(u->imm), u->imm & FORM_ALIGNED, r);
	default: return 0;
	}
}

static int compute(struct cpu *c, const struct uop *u, vec a, vec b, vec *r)
{
	const struct simd_op *op = u->x.simd;
	if (!(u->imm & FORM_FLOAT)) {
		*r = (u->imm & FORM_MMX_FN ? op->mmx : op->fn)(a, b, (u8)u->imm, c);
		return 0;
	}
	if (op->host && simd_enter(c)) {
		*r = op->host(a, b, (u8)u->imm, c);
		return 0;
	}
	simd_host_off(c);
	c->simd_raised = 0;
	*r = op->fn(a, b, (u8)u->imm, c);
	return simd_exceptions(c);
}

/* ---- the handler --------------------------------------------------------------------------------- */

static __attribute__((noinline)) enum step run(struct cpu *c, const struct uop *u)
{
	u32 form = u->imm;
	vec b, r;
	enum step step = simd_usable(c, form & FORM_XMM, form & FORM_MMX);
	if (step != STEP_NEXT)
		return step;
	if (source(c, u, &b))
		return STEP_FAULT;
	if ((form & FORM_MMX) && (form & FORM_FLOAT))
		simd_mmx_state(c);
	if (compute(c, u, old_destination(c, u), b, &r))
		return STEP_FAULT;
	if (!(form & FORM_KEEP)) {
		if (destination(c, u, r))
			return STEP_FAULT;
	} else if (form & FORM_FLOAT) {
		flags_set_arith(c, (u32)r[0]);
	}
	if (form & FORM_MMX)
		simd_mmx_state(c);
	return STEP_NEXT;
}

void simd_finish(HANDLER_ARGS, enum step step)
{
	if (unlikely(step == STEP_FAULT))
		return h_fault(c, u, left);
	if (unlikely(step == STEP_REPEAT)) /* frozen by FERR#, SDM 1 8.7.2 */
		return leave_to(c, u, left, uop_ip(c, u));
	return finish(c, u, left, TWIN_COLD);
}

void h_simd(HANDLER_ARGS)
{
	sync_state(c, u, left);
	return simd_finish(c, u, left, run(c, u));
}

/* ---- lowering -------------------------------------------------------------------------------------- */

static u32 place_of(const struct operand *o)
{
	switch (o->kind) {
	case OPND_XMM: return AT_XMM;
	case OPND_MM: return AT_MMX;
	case OPND_REG: return AT_GPR;
	case OPND_MEM: return AT_MEM;
	case OPND_IMM: return AT_IMM;
	default: return AT_NONE;
	}
}

static u8 offset_of(const struct operand *o)
{
	return (u8)(o->reg * (o->kind == OPND_REG ? 8 : 16));
}

static bool is_unaligned(u16 op)
{
	switch (op) {
	case OP_MOVUPS: case OP_MOVUPD: case OP_MOVDQU: case OP_LDDQU:
	case OP_PCMPESTRM: case OP_PCMPESTRI: case OP_PCMPISTRM: case OP_PCMPISTRI:
		return true;
	default: return false;
	}
}

/* Comparisons into EFLAGS write no register; text comparisons write theirs themselves. */
static bool has_no_destination(u16 op)
{
	switch (op) {
	case OP_COMISS: case OP_COMISD: case OP_UCOMISS: case OP_UCOMISD: case OP_PTEST:
	case OP_PCMPESTRM: case OP_PCMPESTRI: case OP_PCMPISTRM: case OP_PCMPISTRI:
		return true;
	default: return false;
	}
}

static u32 form_of(const struct insn *in, const struct simd_op *op)
{
	u32 form = (u8)in->imm;
	bool any_mmx = in->o[0].kind == OPND_MM || in->o[1].kind == OPND_MM;
	form |= FORM_DST_IS(place_of(&in->o[0])) | FORM_SRC_IS(place_of(&in->o[1]));
	const struct operand *memory = in->o[0].kind == OPND_MEM ? &in->o[0] : &in->o[1];
	if (in->has_mem)
		form |= (u32)memory->size << FORM_SIZE_SHIFT | (memory->size == 16 && !is_unaligned(in->op) ? FORM_ALIGNED : 0);
	form |= in->row->traits & T_SSE ? FORM_XMM : 0;
	form |= any_mmx ? FORM_MMX : 0;
	form |= !(in->row->traits & T_SSE) ? FORM_MMX_FN : 0;
	form |= op->is_float ? FORM_FLOAT : 0;
	return form;
}

static const struct simd_op *find_op(const struct insn *in)
{
	static const struct simd_op *(*const families[])(u16) = {
		simd_lanes, simd_across, simd_shuffle, simd_blend, simd_text, simd_crypto, simd_sha, simd_float, simd_convert,
	};
	if (in->op < SIMD_FIRST)
		return NULL;
	if (in->op == OP_INSERTPS && in->has_mem)
		return simd_insertps_memory();
	const struct simd_op *op = simd_move(in);
	for (size_t i = 0; !op && i < ARRAY_LEN(families); i++)
		op = families[i](in->op);
	return op;
}

uop_fn exec_simd(const struct form *f, struct uop *u)
{
	const struct insn *in = f->in;
	const struct simd_op *op = find_op(in);
	if (!op)
		return simd_state_handler(in, u);
	u->x.simd = op;
	u->dst = offset_of(&in->o[0]);
	u->src = offset_of(&in->o[1]);
	u->imm = form_of(in, op);
	if (has_no_destination(in->op)) /* still an operand */
		u->imm |= FORM_KEEP;
	uop_fn hot = simd_hot(in, op, u->imm);
	return hot ? hot : h_simd;
}
