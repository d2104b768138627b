/* general.c - the way into an x87 instruction: #NM, #MF or the freeze that FERR# means,
 * last-instruction pointers; and the exception logic. SDM 1 8.1.8, 8.5 to 8.7; SDM 3A 2.5.
 *
 * An unmasked exception sets ES and waits; the next waiting instruction raises #MF when
 * CR0.NE is set. Else the processor drives FERR# and stands still until an interrupt
 * comes or IGNNE# says to ignore it (8.7.2): here it executes nothing, one instruction's
 * time after the other.
 */
#include "cpu/fpu/hot.h"

/* ---- exceptions ----------------------------------------------------------------------------- */

void fpu_update(struct cpu *c)
{
	struct fpu *f = &c->fpu;
	u64 cr0 = c->hw->cr0;
	bool pending = f->sw & ~f->cw & FSW_EXCEPTIONS;
	f->sw = (u16)((f->sw & ~(FSW_ES | FSW_B)) | (pending ? FSW_ES | FSW_B : 0));
	c->fpu_gate = (cr0 & (CR0_EM | CR0_TS) ? FPU_GATE_CR0 : 0) | (pending ? FPU_GATE_PENDING : 0) |
		      (f->cw & FSW_PE ? 0 : FPU_GATE_PRECISION);
	u8 ferr = pending && !(c->guest->cr0 & CR0_NE); /* a VMM makes it of hw's #MF */
	if (ferr != c->fpu_ferr) {
		c->fpu_ferr = ferr;
		if (c->hooks.ferr)
			c->hooks.ferr(c->hooks.opaque, ferr);
	}
}

void fpu_reset(struct cpu *c)
{
	c->fpu = (struct fpu){.cw = 0x40, .valid = 0xff}; /* SDM 3A table 9-1: tags 5555h, registers +0 */
	fpu_update(c);
}

static bool signal(struct cpu *c, u32 flags, u32 stops)
{
	u32 unmasked = flags & ~(u32)c->fpu.cw & FSW_EXCEPTIONS;
	bool stopped = unmasked & stops;
	if (stopped && !(flags & FSW_SF)) /* what would have come later does not */
		flags &= ~(u32)(FSW_PE | FSW_C1 | ((unmasked & stops & (FSW_IE | FSW_DE | FSW_ZE)) ? FSW_OE | FSW_UE : 0));
	c->fpu.sw = (u16)((c->fpu.sw & ~FSW_C1) | flags);
	if (unmasked)
		fpu_update(c);
	return !stopped;
}

bool fpu_signal(struct cpu *c, u32 flags)
{
	return signal(c, flags, FSW_IE | FSW_DE | FSW_ZE);
}

bool fpu_signal_store(struct cpu *c, u32 flags)
{
	return signal(c, flags, FSW_IE | FSW_DE | FSW_ZE | FSW_OE | FSW_UE);
}

/* ---- the table ---------------------------------------------------------------------------------- */

enum {
	NO_WAIT = 1, /* does not look at pending exceptions */
	CONTROL = 2, /* leaves the last-instruction pointers alone; FNOP, FFREE, FINCSTP do not, as recorded */
	IS_WAIT = 4, /* #NM by TS and MP, not EM */
};

static const struct fpu_row {
	fpu_fn fn;
	u8 kind;
} rows[OP_COUNT] = {
	[OP_FWAIT] = {fpu_nothing, CONTROL | IS_WAIT}, [OP_FNOP] = {fpu_nothing, 0},
	[OP_FENI] = {fpu_nothing, CONTROL | NO_WAIT},
	[OP_FNINIT] = {fpu_fninit, CONTROL | NO_WAIT}, [OP_FNCLEX] = {fpu_fnclex, CONTROL | NO_WAIT},
	[OP_FNSTSW] = {fpu_fnstsw, CONTROL | NO_WAIT}, [OP_FNSTCW] = {fpu_fnstcw, CONTROL | NO_WAIT},
	[OP_FLDCW] = {fpu_fldcw, CONTROL}, [OP_FLDENV] = {fpu_fldenv, CONTROL}, [OP_FRSTOR] = {fpu_frstor, CONTROL},
	[OP_FNSTENV] = {fpu_fnstenv, CONTROL | NO_WAIT}, [OP_FNSAVE] = {fpu_fnsave, CONTROL | NO_WAIT},
	[OP_FFREE] = {fpu_ffree, 0}, [OP_FFREEP] = {fpu_ffree, 0},
	[OP_FINCSTP] = {fpu_turn, 0}, [OP_FDECSTP] = {fpu_turn, 0},
	[OP_FADD] = {fpu_arith, 0}, [OP_FADDP] = {fpu_arith, 0}, [OP_FIADD] = {fpu_arith, 0},
	[OP_FMUL] = {fpu_arith, 0}, [OP_FMULP] = {fpu_arith, 0}, [OP_FIMUL] = {fpu_arith, 0},
	[OP_FSUB] = {fpu_arith, 0}, [OP_FSUBP] = {fpu_arith, 0}, [OP_FISUB] = {fpu_arith, 0},
	[OP_FSUBR] = {fpu_arith, 0}, [OP_FSUBRP] = {fpu_arith, 0}, [OP_FISUBR] = {fpu_arith, 0},
	[OP_FDIV] = {fpu_arith, 0}, [OP_FDIVP] = {fpu_arith, 0}, [OP_FIDIV] = {fpu_arith, 0},
	[OP_FDIVR] = {fpu_arith, 0}, [OP_FDIVRP] = {fpu_arith, 0}, [OP_FIDIVR] = {fpu_arith, 0},
	[OP_FSQRT] = {fpu_fsqrt, 0}, [OP_FRNDINT] = {fpu_frndint, 0}, [OP_FSCALE] = {fpu_fscale, 0},
	[OP_FPREM] = {fpu_fprem, 0}, [OP_FPREM1] = {fpu_fprem, 0}, [OP_FXTRACT] = {fpu_fxtract, 0},
	[OP_FLD] = {fpu_fld, 0}, [OP_FILD] = {fpu_fld, 0}, [OP_FBLD] = {fpu_fld, 0},
	[OP_FST] = {fpu_fst, 0}, [OP_FSTP] = {fpu_fst, 0}, [OP_FSTPNCE] = {fpu_fstpnce, 0}, [OP_FIST] = {fpu_fist, 0}, [OP_FISTP] = {fpu_fist, 0},
	[OP_FISTTP] = {fpu_fist, 0}, [OP_FBSTP] = {fpu_fbstp, 0},
	[OP_FXCH] = {fpu_fxch, 0}, [OP_FCHS] = {fpu_sign, 0}, [OP_FABS] = {fpu_sign, 0},
	[OP_FCMOVB] = {fpu_fcmov, 0}, [OP_FCMOVE] = {fpu_fcmov, 0}, [OP_FCMOVBE] = {fpu_fcmov, 0},
	[OP_FCMOVU] = {fpu_fcmov, 0}, [OP_FCMOVNB] = {fpu_fcmov, 0}, [OP_FCMOVNE] = {fpu_fcmov, 0},
	[OP_FCMOVNBE] = {fpu_fcmov, 0}, [OP_FCMOVNU] = {fpu_fcmov, 0},
	[OP_FLD1] = {fpu_constant, 0}, [OP_FLDL2T] = {fpu_constant, 0}, [OP_FLDL2E] = {fpu_constant, 0},
	[OP_FLDPI] = {fpu_constant, 0}, [OP_FLDLG2] = {fpu_constant, 0}, [OP_FLDLN2] = {fpu_constant, 0},
	[OP_FLDZ] = {fpu_constant, 0},
	[OP_FCOM] = {fpu_fcom, 0}, [OP_FCOMP] = {fpu_fcom, 0}, [OP_FCOMPP] = {fpu_fcom, 0}, [OP_FUCOM] = {fpu_fcom, 0},
	[OP_FUCOMP] = {fpu_fcom, 0}, [OP_FUCOMPP] = {fpu_fcom, 0}, [OP_FICOM] = {fpu_fcom, 0}, [OP_FICOMP] = {fpu_fcom, 0},
	[OP_FCOMI] = {fpu_fcomi, 0}, [OP_FCOMIP] = {fpu_fcomi, 0}, [OP_FUCOMI] = {fpu_fcomi, 0},
	[OP_FUCOMIP] = {fpu_fcomi, 0}, [OP_FTST] = {fpu_ftst, 0}, [OP_FXAM] = {fpu_fxam, 0},
	[OP_F2XM1] = {fpu_f2xm1, 0}, [OP_FYL2X] = {fpu_fyl2x, 0}, [OP_FYL2XP1] = {fpu_fyl2x, 0},
	[OP_FPATAN] = {fpu_fpatan, 0}, [OP_FPTAN] = {fpu_trig, 0}, [OP_FSIN] = {fpu_trig, 0}, [OP_FCOS] = {fpu_trig, 0},
	[OP_FSINCOS] = {fpu_trig, 0},
};

/* ---- the way in -------------------------------------------------------------------------------------- */

static enum step check_available(struct cpu *c, u8 kind)
{
	u64 cr0 = c->hw->cr0;
	if (kind & IS_WAIT) {
		if ((cr0 & CR0_MP) && (cr0 & CR0_TS))
			return cpu_raise_plain(c, VEC_NM, "WAIT with CR0.TS and MP set", "SDM 3A 2.5");
	} else if (cr0 & CR0_EM) {
		return cpu_raise_plain(c, VEC_NM, "x87 instruction with CR0.EM set", "SDM 3A 2.5");
	} else if (cr0 & CR0_TS) {
		return cpu_raise_plain(c, VEC_NM, "x87 instruction with CR0.TS set", "SDM 3A 2.5");
	}
	return STEP_NEXT;
}

enum step fpu_check_pending(struct cpu *c)
{
	if (!(c->fpu.sw & FSW_ES))
		return STEP_NEXT;
	if (c->guest->cr0 & CR0_NE)
		return cpu_raise_plain(c, VEC_MF, "an unmasked x87 exception was pending", "SDM 3A 6.15 #MF");
	return c->fpu_ignne ? STEP_NEXT : STEP_REPEAT;
}

/* Where guest_pointers is set, ctx.c has turned hw's selector into the guest's. */
static u16 selector(const struct cpu *c, int seg)
{
	return c->guest_pointers ? (u16)c->xseg[seg].sel : c->hw->seg[seg].sel;
}

static void note_pointers(struct cpu *c, const struct uop *u)
{
	struct fpu *f = &c->fpu;
	f->fop = (u16)u->imm;
	f->fip = c->ip;
	f->fcs = selector(c, SEG_CS);
	if (u->x.sys.flags & UF_MEM) {
		f->fdp = uop_ea(c, u);
		f->fds = uop_seg(u) == SEG_NONE ? 0 : selector(c, uop_seg(u));
	}
}

static COLD enum step execute(struct cpu *c, const struct uop *u)
{
	const struct fpu_row *row = &rows[u->x.sys.op];
	enum step step = check_available(c, row->kind);
	if (step == STEP_NEXT && !(row->kind & NO_WAIT))
		step = fpu_check_pending(c);
	if (step != STEP_NEXT)
		return step;
	if (row->fn(c, u))
		return STEP_FAULT;
	if (!(row->kind & CONTROL))
		note_pointers(c, u);
	return STEP_NEXT;
}

void fpu_general(HANDLER_ARGS)
{
	sync_state(c, u, left);
	enum step step = execute(c, u);
	if (unlikely(step == STEP_FAULT))
		return h_fault(c, u, left);
	if (unlikely(step == STEP_REPEAT))
		return leave_to(c, u, left, uop_ip(c, u));
	return finish(c, u, left, TWIN_COLD);
}

/* ---- lowering -------------------------------------------------------------------------------------------- */

static enum fpu_format format_of(const struct insn *in)
{
	switch (in->op) {
	case OP_FBLD: case OP_FBSTP: return FMT_BCD;
	case OP_FILD: case OP_FIST: case OP_FISTP: case OP_FISTTP: case OP_FIADD: case OP_FIMUL: case OP_FICOM:
	case OP_FICOMP: case OP_FISUB: case OP_FISUBR: case OP_FIDIV: case OP_FIDIVR:
		return in->o[0].size == 2 ? FMT_I16 : in->o[0].size == 4 ? FMT_I32 : FMT_I64;
	default: return in->o[0].size == 4 ? FMT_F32 : in->o[0].size == 8 ? FMT_F64 : FMT_F80;
	}
}

void fpu_operands(const struct insn *in, struct uop *u)
{
	struct uop_sys *s = &u->x.sys;
	u->imm = (in->row->byte & 7u) << 8 | in->modrm;
	u->dst = in->o[0].kind == OPND_ST ? in->o[0].reg : 0;
	u->src = in->o[1].kind == OPND_ST ? in->o[1].reg : 0;
	if (in->op == OP_FCOMPP || in->op == OP_FUCOMPP)
		u->dst = 1;
	s->op = in->op;
	s->opsize = in->opsize;
	s->flags = in->has_mem ? UF_MEM : 0;
	s->digit = (u8)(in->has_mem ? format_of(in) : FMT_NONE);
}

uop_fn exec_fpu(const struct form *f)
{
	static uop_fn (*const families[])(const struct form *) = {fpu_hot_arith, fpu_hot_move, fpu_hot_compare};
	if (!rows[f->in->op].fn)
		return NULL;
#ifdef TANDEM_SOFT_FPU
	return fpu_general;
#endif
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		uop_fn fn = families[i](f);
		if (fn)
			return fn;
	}
	return fpu_general;
}
