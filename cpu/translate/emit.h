/* emit.h - a small assembler for x86-64 hosts (AMD64 manual volume 3, SDM 2A chapter 2).
 *
 * Writes at `p`; the code will run at `p` + `to_exec` (the same memory, mapped a
 * second time). Every function that clobbers the host's flags says so in `host`,
 * where the translator keeps which of them show the guest's.
 */
#ifndef CPU_TRANSLATE_EMIT_H
#define CPU_TRANSLATE_EMIT_H

#include "base/bits.h"

enum host_reg {
	H_AX, H_CX, H_DX, H_BX, H_SP, H_BP, H_SI, H_DI, H_GUEST /* R8..R15: the guest's eight registers */, H_NONE = 0xff
};

/* Operations of the group 80/81/83 and of the opcodes op * 8 + 0..5. */
enum host_alu { A_ADD, A_OR, A_ADC, A_SBB, A_AND, A_SUB, A_XOR, A_CMP };
/* Groups C0/C1 and D2/D3, by digit. */
enum host_shift { S_ROL, S_ROR, S_RCL, S_RCR, S_SHL, S_SHR, S_SAR = 7 };
/* Conditions: low nibble of Jcc, SETcc, CMOVcc. */
enum host_cond { CC_O, CC_NO, CC_B, CC_AE, CC_E, CC_NE, CC_BE, CC_A, CC_S, CC_NS, CC_P, CC_NP, CC_L, CC_GE, CC_LE, CC_G };

struct emit {
	u8 *p, *end;
	s64 to_exec;
	u32 host; /* FL_*: flags of the host that hold the guest's */
};

/* A ModRM operand: a register, or memory by registers, or by its host address (RIP-relative). */
struct rm {
	enum { RM_REG, RM_MEM, RM_ABS } kind;
	u8 base, index, scale;
	s32 disp;
	const void *abs;
};

static inline struct rm rm_reg(int r)
{
	return (struct rm){.kind = RM_REG, .base = (u8)r};
}

static inline struct rm rm_at(int base, s32 disp)
{
	return (struct rm){.kind = RM_MEM, .base = (u8)base, .index = H_NONE, .disp = disp};
}

static inline struct rm rm_full(int base, int index, int scale, s32 disp)
{
	return (struct rm){.kind = RM_MEM, .base = (u8)base, .index = (u8)index, .scale = (u8)scale, .disp = disp};
}

static inline struct rm rm_abs(const void *p)
{
	return (struct rm){.kind = RM_ABS, .abs = p};
}

static inline bool emit_has_room(const struct emit *e, size_t n)
{
	return (size_t)(e->end - e->p) >= n;
}

static inline const void *emit_here(const struct emit *e) /* where the next byte will run */
{
	return (const void *)((u64)(uintptr_t)e->p + (u64)e->to_exec);
}

static inline void e8(struct emit *e, u32 v)
{
	*e->p++ = (u8)v;
}

static inline void e32(struct emit *e, u32 v)
{
	store32(e->p, v);
	e->p += 4;
}

static inline void e64(struct emit *e, u64 v)
{
	store64(e->p, v);
	e->p += 8;
}

static inline void e_modrm(struct emit *e, int reg, const struct rm *m, int imm_bytes)
{
	u32 r = ((u32)reg & 7) << 3, base = m->base & 7;
	if (m->kind == RM_REG) {
		e8(e, 0xc0 | r | base);
		return;
	}
	if (m->kind == RM_ABS) {
		e8(e, r | 5);
		e32(e, (u32)((s64)(uintptr_t)m->abs - (s64)(uintptr_t)emit_here(e) - 4 - imm_bytes));
		return;
	}
	if (m->base == H_NONE) { /* index * scale + disp32 */
		e8(e, r | 4);
		e8(e, (u32)m->scale << 6 | (m->index == H_NONE ? 4u : m->index & 7u) << 3 | 5);
		e32(e, (u32)m->disp);
		return;
	}
	u32 mod = m->disp == 0 && base != 5 ? 0 : m->disp == (s8)m->disp ? 0x40 : 0x80;
	if (m->index != H_NONE || base == 4) {
		e8(e, mod | r | 4);
		e8(e, (u32)m->scale << 6 | (m->index == H_NONE ? 4u : m->index & 7u) << 3 | base);
	} else {
		e8(e, mod | r | base);
	}
	if (mod == 0x40)
		e8(e, (u32)m->disp);
	else if (mod == 0x80)
		e32(e, (u32)m->disp);
}

/* size: 1, 2, 4, 8 bytes. opcode: one byte, or 0x0fXX. A REX prefix with every byte operand, so that 4..7 are SPL..DIL. */
static inline void e_op(struct emit *e, int size, u32 opcode, int reg, struct rm m, int imm_bytes)
{
	u32 rex = 0x40 | (size == 8 ? 8u : 0u) | ((u32)reg >> 3 & 1) << 2;
	bool bytes = size == 1 || opcode == 0x0fb6 || opcode == 0x0fbe;
	if (m.kind != RM_ABS && m.base != H_NONE)
		rex |= (u32)m.base >> 3 & 1;
	if (m.kind == RM_MEM && m.index != H_NONE)
		rex |= ((u32)m.index >> 3 & 1) << 1;
	if (size == 2)
		e8(e, 0x66);
	if (rex != 0x40 || bytes)
		e8(e, rex);
	if (opcode > 0xff)
		e8(e, opcode >> 8);
	e8(e, opcode);
	e_modrm(e, reg, &m, imm_bytes);
}

/* ---- moves: no flags ----------------------------------------------------------------------- */

static inline void e_load(struct emit *e, int size, int dst, struct rm m)
{
	e_op(e, size, size == 1 ? 0x8a : 0x8b, dst, m, 0);
}

static inline void e_store(struct emit *e, int size, struct rm m, int src)
{
	e_op(e, size, size == 1 ? 0x88 : 0x89, src, m, 0);
}

static inline void e_imm(struct emit *e, int size, u32 v)
{
	if (size == 1)
		e8(e, v);
	else if (size == 2) {
		store16(e->p, (u16)v);
		e->p += 2;
	} else
		e32(e, v);
}

static inline int imm_size(int size)
{
	return size == 8 ? 4 : size;
}

static inline void e_store_imm(struct emit *e, int size, struct rm m, u32 v)
{
	e_op(e, size, size == 1 ? 0xc6 : 0xc7, 0, m, imm_size(size));
	e_imm(e, size, v);
}

static inline void e_mov(struct emit *e, int size, int dst, int src)
{
	e_load(e, size, dst, rm_reg(src));
}

static inline void e_mov_imm(struct emit *e, int dst, u32 v) /* 32 bits, the rest becomes 0 */
{
	if (dst >= 8)
		e8(e, 0x41);
	e8(e, 0xb8 | ((u32)dst & 7));
	e32(e, v);
}

static inline void e_mov_imm64(struct emit *e, int dst, u64 v)
{
	e8(e, dst >= 8 ? 0x49 : 0x48);
	e8(e, 0xb8 | ((u32)dst & 7));
	e64(e, v);
}

/* from: 1 or 2 bytes, extended to 32 bits (and zeros above) */
static inline void e_movzx(struct emit *e, int dst, struct rm m, int from)
{
	e_op(e, 4, from == 1 ? 0x0fb6 : 0x0fb7, dst, m, 0);
}

static inline void e_movsx(struct emit *e, int dst, struct rm m, int from)
{
	e_op(e, 4, from == 1 ? 0x0fbe : 0x0fbf, dst, m, 0);
}

static inline void e_movsxd(struct emit *e, int dst, int src)
{
	e_op(e, 8, 0x63, dst, rm_reg(src), 0);
}

static inline void e_lea(struct emit *e, int size, int dst, struct rm m)
{
	e_op(e, size, 0x8d, dst, m, 0);
}

static inline void e_setcc(struct emit *e, int cond, int dst)
{
	e_op(e, 1, 0x0f90 | (u32)cond, 0, rm_reg(dst), 0);
}

static inline void e_cmov(struct emit *e, int size, int cond, int dst, int src)
{
	e_op(e, size, 0x0f40 | (u32)cond, dst, rm_reg(src), 0);
}

static inline void e_bswap(struct emit *e, int r)
{
	if (r >= 8)
		e8(e, 0x41);
	e8(e, 0x0f);
	e8(e, 0xc8 | ((u32)r & 7));
}

static inline void e_lahf(struct emit *e)
{
	e8(e, 0x9f);
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static inline void e_alu(struct emit *e, int size, enum host_alu op, int dst, struct rm m)
{
	e_op(e, size, (u32)op << 3 | (size == 1 ? 2 : 3), dst, m, 0);
	e->host = 0;
}

static inline void e_alu_mr(struct emit *e, int size, enum host_alu op, struct rm m, int src)
{
	e_op(e, size, (u32)op << 3 | (size == 1 ? 0 : 1), src, m, 0);
	e->host = 0;
}

static inline void e_alu_imm(struct emit *e, int size, enum host_alu op, struct rm m, u32 v)
{
	bool is_short = size > 1 && (size == 2 ? (s16)v == (s8)v : (s32)v == (s8)v);
	e_op(e, size, size == 1 ? 0x80 : is_short ? 0x83 : 0x81, op, m, is_short ? 1 : imm_size(size));
	e_imm(e, is_short ? 1 : size, v);
	e->host = 0;
}

static inline void e_test(struct emit *e, int size, int a, int b)
{
	e_op(e, size, size == 1 ? 0x84 : 0x85, a, rm_reg(b), 0);
	e->host = 0;
}

static inline void e_test_imm(struct emit *e, int size, struct rm m, u32 v)
{
	e_op(e, size, size == 1 ? 0xf6 : 0xf7, 0, m, imm_size(size));
	e_imm(e, size, v);
	e->host = 0;
}

static inline void e_shift(struct emit *e, int size, enum host_shift op, struct rm m, u32 count)
{
	e_op(e, size, count == 1 ? (size == 1 ? 0xd0 : 0xd1) : (size == 1 ? 0xc0 : 0xc1), op, m, count == 1 ? 0 : 1);
	if (count != 1)
		e8(e, count);
	e->host = 0;
}

static inline void e_shift_cl(struct emit *e, int size, enum host_shift op, struct rm m)
{
	e_op(e, size, size == 1 ? 0xd2 : 0xd3, op, m, 0);
	e->host = 0;
}

/* INC 0, DEC 1. They keep CF: the caller says what is valid. */
static inline void e_incdec(struct emit *e, int size, int digit, struct rm m)
{
	e_op(e, size, size == 1 ? 0xfe : 0xff, digit, m, 0);
	e->host &= 1;
}

/* NOT 2 (no flags), NEG 3, MUL 4, IMUL 5, DIV 6, IDIV 7 */
static inline void e_unary(struct emit *e, int size, int digit, struct rm m)
{
	e_op(e, size, size == 1 ? 0xf6 : 0xf7, digit, m, 0);
	if (digit != 2)
		e->host = 0;
}

static inline void e_imul(struct emit *e, int size, int dst, struct rm m)
{
	e_op(e, size, 0x0faf, dst, m, 0);
	e->host = 0;
}

static inline void e_imul_imm(struct emit *e, int size, int dst, struct rm m, u32 v)
{
	e_op(e, size, 0x69, dst, m, imm_size(size));
	e_imm(e, size, v);
	e->host = 0;
}

/* CF = bit `bit` of the 32-bit operand */
static inline void e_bt(struct emit *e, struct rm m, u32 bit)
{
	e_op(e, 4, 0x0fba, 4, m, 1);
	e8(e, bit);
	e->host = 0;
}

/* The flags in AH (SF ZF AF PF CF) and OF in bit 0 of AL, both as e_lahf and e_setcc left them, go back to the flags. */
static inline void e_flags_from_ax(struct emit *e)
{
	e8(e, 0x04); /* add al, 0x7f */
	e8(e, 0x7f);
	e8(e, 0x9e); /* sahf */
	e->host = 0;
}

/* ---- control ------------------------------------------------------------------------------------ */

static inline void e_rel32(struct emit *e, const void *target)
{
	e32(e, (u32)((s64)(uintptr_t)target - (s64)(uintptr_t)emit_here(e) - 4));
}

/* Jumps whose target comes later return the place to patch. */
static inline u8 *e_jcc(struct emit *e, int cond)
{
	e8(e, 0x0f);
	e8(e, 0x80 | (u32)cond);
	e32(e, 0);
	return e->p - 4;
}

static inline void e_patch(struct emit *e, u8 *rel32) /* the jump comes here */
{
	store32(rel32, (u32)(e->p - rel32 - 4));
}

static inline void e_jmp(struct emit *e, const void *target)
{
	e8(e, 0xe9);
	e_rel32(e, target);
}

static inline void e_jmp_rm(struct emit *e, struct rm m)
{
	e_op(e, 4, 0xff, 4, m, 0);
}

static inline void e_call(struct emit *e, const void *target)
{
	e8(e, 0xe8);
	e_rel32(e, target);
	e->host = 0;
}

static inline void e_call_rm(struct emit *e, struct rm m)
{
	e_op(e, 4, 0xff, 2, m, 0);
	e->host = 0;
}

static inline void e_push(struct emit *e, int r)
{
	if (r >= 8)
		e8(e, 0x41);
	e8(e, 0x50 | ((u32)r & 7));
}

static inline void e_pop(struct emit *e, int r)
{
	if (r >= 8)
		e8(e, 0x41);
	e8(e, 0x58 | ((u32)r & 7));
}

static inline void e_ret(struct emit *e)
{
	e8(e, 0xc3);
}

#endif
