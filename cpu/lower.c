/* lower.c - from decoded instructions to uops; the policy is asked here, once. */
#include "cpu/lower.h"

#include <string.h>

#include "cpu/cpuid.h"
#include "cpu/system.h"

bool is_near_branch(const struct insn *in)
{
	switch (in->op) {
	case OP_JCC: case OP_JMP: case OP_CALL: case OP_RET: case OP_LOOP: case OP_LOOPE: case OP_LOOPNE: case OP_JCXZ:
		return true;
	default: return false;
	}
}

bool ends_block(const struct insn *in)
{
	if (is_near_branch(in))
		return true;
	switch (in->op) {
	case OP_JMP_FAR: case OP_CALL_FAR: case OP_RETF: case OP_SYSENTER: case OP_SYSEXIT: case OP_SYSCALL:
	case OP_SYSRET: case OP_INT: case OP_INT3: case OP_INT1: case OP_INTO: case OP_IRET: case OP_HLT: case OP_UD:
	case OP_MOV_TO_CR: case OP_LMSW: case OP_INVLPG: case OP_WRMSR: case OP_RSM: case OP_MOV_TO_DR:
		return true;
	default: return false;
	}
}

static u8 reg_offset(const struct operand *o)
{
	return (u8)(o->reg * 8 + (o->high ? 1 : 0));
}

static u8 index_offset(u8 reg)
{
	return reg == REG_NONE ? CPU_ZERO : (u8)(reg * 8);
}

/* The parts that every uop has. */
static void common(const struct insn *in, u32 off, struct uop *u)
{
	memset(u, 0, sizeof *u);
	u->loc = (u16)(off << 4 | in->len);
	u->base = u->index = CPU_ZERO;
	if (in->has_mem) {
		u->base = index_offset(in->base);
		u->index = index_offset(in->index);
		u->disp = in->disp;
	}
	u8 seg = in->seg > SEG_NONE ? SEG_NONE : in->seg;
	u->seg_scale = (u8)(seg << 5 | (in->addrsize == 2 ? UOP_ADDR16 : 0) | (in->has_mem ? in->scale : 0));
	u->imm = (u32)in->imm;
}

/* ---- sensitive instructions ----------------------------------------------------------------------- */

static u8 segment_number(const struct insn *in)
{
	if (in->op == OP_LXS) {
		switch (in->row->byte) {
		case 0xc4: return SEG_ES;
		case 0xc5: return SEG_DS;
		case 0xb2: return SEG_SS;
		case 0xb4: return SEG_FS;
		default: return SEG_GS;
		}
	}
	return in->o[0].reg; /* PUSH Sreg, POP Sreg */
}

static uop_fn direct_handler(struct cpu *c, const struct insn *in, u32 mode)
{
	if (!(in->row->traits & T_SENSITIVE))
		return h_sys_innocuous;
	return c->hooks.tells && c->hooks.tells(c->hooks.opaque, in, mode) ? h_sys_told : h_sys;
}

/* Where the full version is called without ceremony, the plain case need not come that far. */
static void use_short_way(struct cpu *c, const struct insn *in, u32 mode, struct uop *u)
{
	if (c->hw != c->guest || (u->fn != h_exit && u->fn != h_sys && u->fn != h_sys_innocuous))
		return;
	uop_fn quick = exec_system(in, mode & BM_SS32);
	quick = quick ? quick : exec_segment(in, u->x.sys.digit, mode);
	if (quick)
		u->fn = quick;
}

static void lower_system(struct cpu *c, const struct insn *in, u32 mode, struct uop *u)
{
	struct uop_sys *s = &u->x.sys;
	bool exits = c->hooks.policy && c->hooks.policy(c->hooks.opaque, in, mode);
	u->fn = exits ? h_exit : direct_handler(c, in, mode);
	s->op = in->op;
	s->opsize = in->opsize;
	s->addrsize = in->addrsize;
	s->imm2 = (u16)in->imm2;
	s->flags = (u8)((in->has_mem ? UF_MEM : 0) | (in->prefixes & PFX_LOCK ? UF_LOCK : 0) |
			(in->prefixes & PFX_REP ? UF_REP : 0) | (in->prefixes & PFX_REPNE ? UF_REPNE : 0) |
			(exits ? 0 : UF_DIRECT) | (u->fn == h_sys_innocuous ? UF_INNOCUOUS : 0));
	if (in->has_modrm) {
		u->dst = (u8)((in->modrm & 7) * 8);
		u->src = (u8)((in->modrm >> 3 & 7) * 8);
		s->digit = in->modrm >> 3 & 7;
	}
	if (in->op == OP_PUSH_SREG || in->op == OP_POP_SREG || in->op == OP_LXS)
		s->digit = segment_number(in);
	use_short_way(c, in, mode, u);
	if (in->op == OP_IN || in->op == OP_OUT)
		s->imm2 = in->o[in->op == OP_IN].kind == OPND_IMM;
	if (in->op == OP_INS || in->op == OP_OUTS) /* either prefix repeats */
		s->flags |= s->flags & UF_REPNE ? UF_REP : 0;
}

/* ---- branches ------------------------------------------------------------------------------------------ */

static void link_slot(struct uop *slot, u32 target, int opsize, u8 flags)
{
	memset(slot, 0, sizeof *slot);
	slot->imm = target;
	slot->src = (u8)opsize;
	slot->dst = flags;
}

void lower_fall_through(u32 off, u32 mode, struct uop *u)
{
	link_slot(u, off, 4, mode & (BM_ONE | BM_CAREFUL) ? SLOT_NO_LINK : 0);
	u->fn = h_fall_through;
	u->rem = 1;
}

/* Link slots behind a direct branch: the target, and the way on where there is one. */
static int add_slots(const struct insn *in, u32 off, u32 mode, struct uop *u)
{
	u8 flags = mode & (BM_ONE | BM_CAREFUL) ? SLOT_NO_LINK : 0;
	u32 behind = off + in->len;
	if (in->noperands == 0 || in->o[in->noperands - 1].kind != OPND_REL)
		return 1;
	link_slot(u + 1, behind + (u32)in->imm, in->opsize, flags | SLOT_TAKEN);
	if (in->op == OP_JMP || in->op == OP_CALL)
		return 2;
	link_slot(u + 2, behind, 4, flags);
	return 3;
}

/* ---- all the rest ------------------------------------------------------------------------------------------ */

static void operands(const struct insn *in, struct uop *u)
{
	if (in->o[0].kind == OPND_REG)
		u->dst = reg_offset(&in->o[0]);
	if (in->o[1].kind == OPND_REG)
		u->src = reg_offset(&in->o[1]);
	if (in->o[0].kind == OPND_MEM && in->o[1].kind == OPND_REG)
		u->dst = u->src;
	if (in->op == OP_SETCC || in->op == OP_CMOVCC)
		u->imm = in->cond;
	if (in->op == OP_ENTER)
		u->src = (u8)in->imm2;
	if (in->row->traits & T_REP)
		u->src = in->prefixes & (PFX_REP | PFX_REPNE);
	if (in->op >= OP_ADD && in->op <= OP_TEST) /* the carry formulas want zero-extended operands */
		u->imm &= ~0u >> (32 - 8 * (in->opsize & 7));
	if (in->op >= OP_ROL && in->op <= OP_SAR)
		u->imm = in->o[1].kind == OPND_ONE ? 1 : (u32)in->imm & 31;
}

static uop_fn choose(const struct form *f, struct uop *u)
{
	static uop_fn (*const families[])(const struct form *) = {
		exec_mov, exec_stack, exec_branch, exec_shift, exec_muldiv, exec_bits, exec_bcd, exec_string,
		exec_misc, exec_fpu,
	};
	if (f->in->op >= OP_ADD && f->in->op <= OP_NOT)
		return exec_alu(f);
	if (f->in->op >= OP_EMMS) /* the vector operations are the last ones */
		return exec_simd(f, u);
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		uop_fn fn = families[i](f);
		if (fn)
			return fn;
	}
	return exec_bmi(f, u);
}

/* TZCNT and LZCNT are BSF and BSR to processors without them, which ignore the F3: SDM 2B TZCNT. */
static bool is_ignored_rep(const struct cpu *c, const struct insn *in)
{
	return (in->op == OP_TZCNT || in->op == OP_LZCNT) && !(c->model->isa >> in->row->isa & 1);
}

/* critical=trap: does the processor refuse it here? Where hw is not guest the VMM decides (hooks.policy). */
static bool is_refused(const struct cpu *c, const struct insn *in, u32 mode)
{
	bool user = (mode & BM_PE) && (mode & (BM_VM | BM_CPL));
	return user && c->hw == c->guest && cpu_traps_critical(c->model, in->op, !(mode & BM_VM));
}

/* Not in cpu/system/, but critical: they store the x87 unit's code selector. */
static bool stores_selectors(enum op op)
{
	return op == OP_FNSTENV || op == OP_FNSAVE || op == OP_FXSAVE;
}

static void let_exit(struct cpu *c, const struct insn *in, u32 mode, struct uop *u)
{
	if (!c->hooks.policy || !c->hooks.policy(c->hooks.opaque, in, mode))
		return;
	u->x.sys.op = in->op; /* FXSAVE's handler uses nothing of x */
	u->fn = in->op == OP_FXSAVE ? h_exit_fxsave : h_exit_x87;
}

int lower(struct cpu *c, const struct insn *in, u32 off, u32 mode, u32 live, struct uop *u)
{
	if (is_ignored_rep(c, in)) {
		struct insn scan = *in;
		scan.op = in->op == OP_TZCNT ? OP_BSF : OP_BSR;
		scan.row = in->row + 1; /* the row without a prefix follows */
		return lower(c, &scan, off, mode, live, u);
	}
	common(in, off, u);
	if (!(c->model->isa >> in->row->isa & 1) || ((in->row->traits & T_NOT_V86) && (!(mode & BM_PE) || (mode & BM_VM)))) {
		u->fn = h_ud;
		return 1;
	}
	if (is_refused(c, in, mode)) {
		u->fn = h_critical;
		return 1;
	}
	if (sys_table[in->op]) {
		lower_system(c, in, mode, u);
		return 1;
	}
	struct form f = {
		.in = in,
		.av = in->addrsize == 2 ? AV_16 : in->has_mem && in->index == REG_NONE ? AV_BD : AV_FULL,
		.flags = live & FL_ARITH,
		.ss32 = mode & BM_SS32,
	};
	operands(in, u);
	if (in->row->traits & T_FPU)
		fpu_operands(in, u);
	u->fn = choose(&f, u);
	if (!u->fn)
		u->fn = h_ud;
	else if (stores_selectors((enum op)in->op))
		let_exit(c, in, mode, u);
	return add_slots(in, off, mode, u);
}

void lower_invalid(enum decode_result why, u32 off, int len, struct uop *u)
{
	memset(u, 0, sizeof *u);
	u->loc = (u16)(off << 4 | (len & 15));
	u->fn = why == DEC_TOO_LONG ? h_too_long : h_ud;
}

/* ---- dead flags --------------------------------------------------------------------------------------------- */

/* Anything that may fault, exit or leave the block shows all flags: a barrier. */
u32 flags_live(const struct insn *in, u32 live)
{
	if (in->has_mem && in->op != OP_LEA)
		return FL_ARITH;
	switch (in->op) {
	case OP_MOV: case OP_MOVZX: case OP_MOVSX: case OP_LEA: case OP_XCHG: case OP_BSWAP: case OP_CBW: case OP_CWD:
	case OP_NOT: case OP_NOP:
		return live;
	case OP_ADD: case OP_OR: case OP_AND: case OP_SUB: case OP_XOR: case OP_CMP: case OP_TEST: case OP_NEG:
		return 0;
	case OP_ADC: case OP_SBB:
		return FL_CF;
	case OP_INC: case OP_DEC:
		return live & FL_CF;
	case OP_SHL: case OP_SHR: case OP_SAR:
		return (in->o[1].kind == OPND_IMM && (in->imm & 31)) || in->o[1].kind == OPND_ONE ? 0 : FL_ARITH;
	default: return FL_ARITH;
	}
}
