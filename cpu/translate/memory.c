/* memory.c - effective addresses, and the TLB in host code.
 *
 * The same one compare as in cpu/exec.h: page, permission and crossing. RAX RCX RSI are clobbered.
 */
#include "cpu/translate/internal.h"

_Static_assert(sizeof(struct tlb_entry) == 32, "an index is the page number times 32");

static int host_of(u8 reg)
{
	return reg == REG_NONE ? H_NONE : guest_reg(reg);
}

void emit_ea_to(struct tr *t, int h)
{
	const struct insn *in = t->in;
	int base = host_of(in->base), index = host_of(in->index);
	if (base == H_NONE && index == H_NONE) {
		e_mov_imm(&t->e, h, in->addrsize == 2 ? (u16)in->disp : (u32)in->disp);
		return;
	}
	e_lea(&t->e, 4, h, rm_full(base, index, in->scale, in->disp));
	if (in->addrsize == 2)
		e_movzx(&t->e, h, rm_reg(h), 2);
}

/* Base and limit of a segment that may not be flat: the effective address in RAX becomes linear. */
static void segment_check(struct tr *t, int seg, int size, bool write)
{
	s32 x = (s32)(offsetof(struct cpu, xseg) + (size_t)seg * sizeof(struct xseg));
	e_lea(&t->e, 8, H_CX, rm_at(H_AX, size));
	e_alu(&t->e, 8, A_CMP, H_CX,
	      rm_at(H_CPU, x + (s32)(write ? offsetof(struct xseg, wlimit) : offsetof(struct xseg, rlimit))));
	leave_if(t, e_jcc(&t->e, CC_A));
	e_alu(&t->e, 4, A_ADD, H_AX, rm_at(H_CPU, x + (s32)offsetof(struct xseg, base)));
}

bool is_flat_segment(const struct tr *t, int seg)
{
	return seg == SEG_NONE || (t->flat && seg != SEG_CS && seg != SEG_FS && seg != SEG_GS);
}

u8 *emit_look_up(struct tr *t, int bytes, bool write, struct rm *addend)
{
	struct emit *e = &t->e;
	s32 tag = (s32)(write ? offsetof(struct tlb_entry, write) : offsetof(struct tlb_entry, read));
	e_mov(e, 4, H_CX, H_AX);
	e_lea(e, 8, H_SI, rm_at(H_AX, bytes - 1));
	e_shift(e, 4, S_SHR, rm_reg(H_CX), 12 - 5);
	e_alu_imm(e, 8, A_AND, rm_reg(H_SI), (u32)PAGE_MASK);
	e_alu_imm(e, 4, A_AND, rm_reg(H_CX), (TLB_SIZE - 1) << 5);
	e_alu(e, 8, A_CMP, H_SI, rm_full(H_TLB, H_CX, 0, tag));
	*addend = rm_full(H_TLB, H_CX, 0, (s32)offsetof(struct tlb_entry, addend));
	return e_jcc(e, CC_NE);
}

void emit_probe(struct tr *t, int seg, int size, bool write)
{
	if (!is_flat_segment(t, seg))
		segment_check(t, seg, size, write);
	struct rm addend;
	u8 *miss = emit_look_up(t, size, write, &addend);
	leave_if(t, miss);
	e_alu(&t->e, 8, A_ADD, H_AX, addend);
}

struct rm emit_operand(struct tr *t, int size, bool write)
{
	struct rm m = rm_at(H_AX, 0);
	if (guard_operand(t, size, write, &m))
		return m;
	emit_ea_to(t, H_AX);
	emit_probe(t, t->in->seg, size, write);
	return m;
}

/* ---- register operands ----------------------------------------------------------------------------- */

int operand_reg(struct tr *t, const struct operand *o, int temp)
{
	if (!is_high(o))
		return guest_reg(o->reg);
	e_mov(&t->e, 4, temp, guest_reg(o->reg));
	e_shift(&t->e, 4, S_SHR, rm_reg(temp), 8);
	return temp;
}

void write_operand(struct tr *t, const struct operand *o, int size, int h)
{
	int g = guest_reg(o->reg);
	if (is_high(o)) {
		if (h == g) { /* MOV AH, AL: AL is about to move */
			e_mov(&t->e, 4, H_CX, h);
			h = H_CX;
		}
		e_shift(&t->e, 4, S_ROR, rm_reg(g), 8);
		e_mov(&t->e, 1, g, h);
		e_shift(&t->e, 4, S_ROL, rm_reg(g), 8);
	} else {
		e_mov(&t->e, size, g, h);
	}
}
