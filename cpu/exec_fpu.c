/* exec_fpu.c - x87 presence: FNINIT FNCLEX FNSTSW FNSTCW FLDCW FNOP WAIT.
 *
 * SDM 1 chapter 8. Enough for software to find an FPU and set its control word.
 * Not here yet: registers and arithmetic; those instructions raise #UD.
 * CR0.EM and CR0.TS (with MP for WAIT) raise #NM first.
 */
#include "cpu/exec.h"

/* false: #NM was raised */
INLINE bool fpu_ready(HANDLER_ARGS, bool is_wait)
{
	u64 cr0 = c->hw->cr0;
	bool trapped = is_wait ? (cr0 & CR0_MP) && (cr0 & CR0_TS) : cr0 & (CR0_EM | CR0_TS);
	if (likely(!trapped))
		return true;
	sync_state(c, u, left);
	cpu_raise_plain(c, VEC_NM, is_wait ? "WAIT with CR0.TS and MP set" : "x87 instruction with CR0.EM or TS set",
			"SDM 3A 2.5");
	return false;
}

static void fninit(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, false))
		return h_fault(c, u, left);
	c->fpu.cw = 0x37f;
	c->fpu.sw = 0;
	return next(c, u, left);
}

static void fnclex(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, false))
		return h_fault(c, u, left);
	c->fpu.sw &= 0x7f00;
	return next(c, u, left);
}

static void fpu_nop(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, false))
		return h_fault(c, u, left);
	return next(c, u, left);
}

static void fwait(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, true))
		return h_fault(c, u, left);
	return next(c, u, left);
}

INLINE void store_word(HANDLER_ARGS, u16 word)
{
	sync_state(c, u, left);
	if (mem_store(c, uop_seg(u), ea_any(c, u), 2, word))
		return h_fault(c, u, left);
	return finish(c, u, left, TWIN_COLD);
}

static void fnstsw_ax(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, false))
		return h_fault(c, u, left);
	wr16(c, 8 * RAX, c->fpu.sw);
	return next(c, u, left);
}

static void fnstsw_m(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, false))
		return h_fault(c, u, left);
	return store_word(c, u, left, c->fpu.sw);
}

static void fnstcw(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, false))
		return h_fault(c, u, left);
	return store_word(c, u, left, c->fpu.cw);
}

static __attribute__((noinline)) int load_control_word(struct cpu *c, const struct uop *u)
{
	u64 v;
	if (mem_load(c, uop_seg(u), ea_any(c, u), 2, &v))
		return -1;
	c->fpu.cw = (u16)((v & 0x1f3f) | 0x40);
	return 0;
}

static void fldcw(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, false))
		return h_fault(c, u, left);
	sync_state(c, u, left);
	if (load_control_word(c, u))
		return h_fault(c, u, left);
	return next(c, u, left);
}

/* An instruction that is not built yet: #NM where the guest asked for it (emulators), else #UD. */
static void not_built(HANDLER_ARGS)
{
	if (!fpu_ready(c, u, left, false))
		return h_fault(c, u, left);
	return h_ud(c, u, left);
}

uop_fn exec_fpu(const struct form *f)
{
	const struct insn *in = f->in;
	switch (in->op) {
	case OP_FNINIT: return fninit;
	case OP_FNCLEX: return fnclex;
	case OP_FNOP: return fpu_nop;
	case OP_FWAIT: return fwait;
	case OP_FNSTSW: return in->has_mem ? fnstsw_m : fnstsw_ax;
	case OP_FNSTCW: return fnstcw;
	case OP_FLDCW: return fldcw;
	case OP_FPU: return not_built;
	default: return NULL;
	}
}
