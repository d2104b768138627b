/* decode_memory.c - the memory operand of a ModRM byte: SDM 2A tables 2-1 (16-bit
 * addresses), 2-2 and 2-3 (32-bit, with SIB), 2-7 (RIP-relative).
 */
#include "cpu/decode_row.h"

enum { AX, CX, DX, BX, SP, BP, SI, DI };

static bool displacement(struct decoder *d, struct insn *insn, u32 size)
{
	u64 v = 0;
	if (!decode_fetch(d, size, &v))
		return false;
	switch (size) {
	case 1: insn->disp = (s8)v; break;
	case 2: insn->disp = (s16)v; break;
	default: insn->disp = (s32)v; break;
	}
	return true;
}

static bool memory16(struct decoder *d, struct insn *insn, u32 mod, u32 rm)
{
	static const u8 base[8] = { BX, BX, BP, BP, SI, DI, BP, BX };
	static const u8 index[8] = { SI, DI, SI, DI, REG_NONE, REG_NONE, REG_NONE, REG_NONE };
	if (mod == 0 && rm == 6)
		return displacement(d, insn, 2);
	insn->base = base[rm];
	insn->index = index[rm];
	return displacement(d, insn, mod);
}

static bool memory32(struct decoder *d, struct insn *insn, u32 mod, u32 rm)
{
	static const u8 disp_size[3] = { 0, 1, 4 };
	u32 rex_b = (d->rex & 1) << 3, rex_x = (d->rex & 2) << 2;
	if (rm != 4) {
		if (mod == 0 && rm == 5) {
			insn->base = d->mode == DEC_64 ? REG_RIP : REG_NONE;
			return displacement(d, insn, 4);
		}
		insn->base = (u8)(rm | rex_b);
		return displacement(d, insn, disp_size[mod]);
	}
	u64 sib = 0;
	if (!decode_fetch(d, 1, &sib))
		return false;
	u32 index = (u32)(sib >> 3 & 7) | rex_x, base = sib & 7;
	if (index != SP) {
		insn->index = (u8)index;
		insn->scale = (u8)(sib >> 6);
	}
	if (mod == 0 && base == BP)
		return displacement(d, insn, 4);
	insn->base = (u8)(base | rex_b);
	return displacement(d, insn, disp_size[mod]);
}

/* Fills seg, base, index, scale, disp; false when the bytes run out */
bool decode_memory(struct decoder *d, struct insn *insn)
{
	u32 mod = insn->modrm >> 6, rm = insn->modrm & 7;
	insn->has_mem = 1;
	if (!(insn->addrsize == 2 ? memory16(d, insn, mod, rm) : memory32(d, insn, mod, rm)))
		return false;
	if (d->override != SEG_NONE)
		insn->seg = (u8)d->override;
	else
		insn->seg = insn->base == BP || insn->base == SP ? SEG_SS : SEG_DS;
	return true;
}
