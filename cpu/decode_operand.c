/* decode_operand.c - one function per operand method of SDM 2D A.2.1; the types of
 * A.2.2 become sizes in bytes. Immediates are read here, in the operands' order.
 */
#include "cpu/decode_row.h"

static u8 size_in_bytes(const struct decoder *d, const struct insn *insn, u32 code)
{
	u8 v = insn->opsize;
	bool memory = insn->has_mem;
	switch ((enum opsize_code)code) {
	case SZ_b: return 1;
	case SZ_w: return 2;
	case SZ_d: return 4;
	case SZ_q: return 8;
	case SZ_dq: return 16;
	case SZ_t: return 10;
	case SZ_v: return v;
	case SZ_z: return v == 8 ? 4 : v;
	case SZ_y: return v == 8 ? 8 : 4;
	case SZ_p: return (u8)(v + 2);
	case SZ_a: return (u8)(v * 2);
	case SZ_s: return d->mode == DEC_64 ? 10 : 6;
	case SZ_nat: return d->mode == DEC_64 ? 8 : 4;
	case SZ_env: return v == 2 ? 14 : 28;
	case SZ_save: return v == 2 ? 94 : 108;
	case SZ_vw: return memory ? 2 : v;
	case SZ_yb: return memory ? 1 : v == 8 ? 8 : 4;
	case SZ_yw: return memory ? 2 : v == 8 ? 8 : 4;
	case SZ_db: return memory ? 1 : 4;
	case SZ_dw: return memory ? 2 : 4;
	case SZ_fx: /* 512: does not fit, has its own name */
	case SZ_0:
	case SZ_COUNT: break;
	}
	return 0;
}

/* Byte registers 4..7 are AH CH DH BH unless there is a REX prefix */
static void byte_register(const struct decoder *d, struct operand *o)
{
	if (o->kind == OPND_REG && o->size == 1 && d->rex == 0 && o->reg >= 4) {
		o->reg -= 4;
		o->high = 1;
	}
}

static void put_register(const struct decoder *d, struct operand *o, enum operand_kind kind, u32 number)
{
	o->kind = (u8)kind;
	o->reg = (u8)number;
	byte_register(d, o);
}

/* E, M, Q, W ...: memory or the register in rm */
static void put_rm(const struct decoder *d, const struct insn *insn, struct operand *o, enum operand_kind kind)
{
	u32 rex_b = (d->rex & 1) << 3;
	if (insn->has_mem)
		o->kind = OPND_MEM;
	else
		put_register(d, o, kind, (insn->modrm & 7u) | (kind == OPND_MM || kind == OPND_ST ? 0 : rex_b));
}

static enum decode_result immediate(struct decoder *d, struct operand *o, u64 *to, bool extend)
{
	u64 v = 0;
	if (!decode_fetch(d, o->size, &v))
		return DEC_MORE;
	if (extend && o->size < 8) {
		u32 sign = o->size * 8u - 1;
		v = (v ^ 1ull << sign) - (1ull << sign);
	}
	*to = v;
	return DEC_OK;
}

/* A moffs: the address itself; 64-bit ones do not fit into disp, imm has all of every one */
static enum decode_result moffs(struct decoder *d, struct insn *insn, struct operand *o)
{
	o->kind = OPND_MEM;
	insn->has_mem = 1;
	if (!decode_fetch(d, insn->addrsize, &insn->imm))
		return DEC_MORE;
	insn->disp = (s32)(u32)insn->imm;
	return DEC_OK;
}

static enum decode_result far_pointer(struct decoder *d, struct insn *insn, struct operand *o)
{
	o->kind = OPND_FAR;
	return decode_fetch(d, insn->opsize, &insn->imm) && decode_fetch(d, 2, &insn->imm2) ? DEC_OK : DEC_MORE;
}

/* Only CR0 2 3 4 8 exist (the rows choose the digit, REX.R makes 0 to 8); a REX.R debug register does not */
static enum decode_result system_register(const struct decoder *d, struct operand *o, enum operand_kind kind, u32 number)
{
	o->kind = (u8)kind;
	o->reg = (u8)number;
	return !(d->rex & 4) || (kind == OPND_CR && number == 8) ? DEC_OK : DEC_UD;
}

static enum decode_result decode_operand(struct decoder *d, struct insn *insn, struct operand *o, u32 code)
{
	u32 digit = insn->modrm >> 3 & 7, r = digit | (d->rex & 4) << 1, rex_b = (d->rex & 1) << 3;
	o->size = size_in_bytes(d, insn, CODE_SIZE(code));
	switch ((enum method)CODE_METHOD(code)) {
	case METH_E: put_rm(d, insn, o, OPND_REG); break;
	case METH_RM: put_register(d, o, OPND_REG, (insn->modrm & 7u) | rex_b); break;
	case METH_G: put_register(d, o, OPND_REG, r); break;
	case METH_M:
		if (!insn->has_mem)
			return DEC_UD;
		o->kind = OPND_MEM;
		break;
	case METH_S: put_register(d, o, OPND_SREG, digit); break;
	case METH_C: return system_register(d, o, OPND_CR, r);
	case METH_D: return system_register(d, o, OPND_DR, r);
	case METH_P: put_register(d, o, OPND_MM, digit); break;
	case METH_Q: put_rm(d, insn, o, OPND_MM); break;
	case METH_N:
	case METH_U:
		if (insn->has_mem)
			return DEC_UD;
		put_rm(d, insn, o, CODE_METHOD(code) == METH_N ? OPND_MM : OPND_XMM);
		break;
	case METH_V: put_register(d, o, OPND_XMM, r); break;
	case METH_W: put_rm(d, insn, o, OPND_XMM); break;
	case METH_STI: put_rm(d, insn, o, OPND_ST); break;
	case METH_Z: put_register(d, o, OPND_REG, (d->byte & 7) | rex_b); break;
	case METH_O: return moffs(d, insn, o);
	case METH_I: o->kind = OPND_IMM; return immediate(d, o, &insn->imm, false);
	case METH_IS: o->kind = OPND_IMM; return immediate(d, o, &insn->imm, true);
	case METH_I2: o->kind = OPND_IMM2; return immediate(d, o, &insn->imm2, false);
	case METH_J: o->kind = OPND_REL; return immediate(d, o, &insn->imm, true);
	case METH_A: return far_pointer(d, insn, o);
	case METH_FIX: put_register(d, o, OPND_REG, CODE_REG(code)); break;
	case METH_FIX_S: put_register(d, o, OPND_SREG, CODE_REG(code)); break;
	case METH_FIX_ST: put_register(d, o, OPND_ST, 0); break;
	case METH_FIX_V: put_register(d, o, OPND_XMM, 0); break;
	case METH_B: put_register(d, o, OPND_REG, (~d->vex & VEX_VVVV) >> 3 & (d->mode == DEC_64 ? 15 : 7)); break;
	case METH_ONE: o->kind = OPND_ONE; insn->imm = 1; break;
	case METH_NONE:
	case METH_X:
	case METH_Y: break;
	}
	return DEC_OK;
}

/* All operands of a row; DEC_MORE: the bytes ran out. String instructions imply theirs: none is listed. */
enum decode_result decode_operands(struct decoder *d, const struct decode_row *row, struct insn *insn)
{
	if (row->shape & (SHAPE_SOURCE | SHAPE_DESTINATION))
		return DEC_OK;
	for (u32 i = 0; i < ARRAY_LEN(row->operand) && row->operand[i] != 0; i++) {
		enum decode_result result = decode_operand(d, insn, &insn->o[insn->noperands++], row->operand[i]);
		if (result != DEC_OK)
			return result;
	}
	return DEC_OK;
}
