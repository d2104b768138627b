/* moves.c - moves: what comes out depends on the operands, not on the mnemonic alone.
 *
 * SDM 2 by mnemonic. A load into a register clears what lies above it (MOVSS,
 * MOVSD, MOVQ, MOVD), a move between registers merges (MOVSS, MOVSD, MOVLPS ...).
 * Non-temporal hints have no effect here.
 */
#include "cpu/simd/simd.h"

#define MOVE(name, expression) \
	static vec name(vec a, vec b, u32 imm, struct cpu *c) \
	{ \
		(void)a, (void)imm, (void)c; \
		return (expression); \
	}

MOVE(whole, b)
MOVE(low_half, ((vec){b[0], 0}))
MOVE(high_half, ((vec){b[1], 0}))
MOVE(merge_dword, ((vec){(a[0] & ~0xffffffffull) | (u32)b[0], a[1]}))
MOVE(merge_low, ((vec){b[0], a[1]}))
MOVE(low_to_high, ((vec){a[0], b[0]}))
MOVE(high_to_low, ((vec){b[1], a[1]}))
MOVE(even_dwords, ((vec){(b[0] & 0xffffffff) * 0x100000001, (b[1] & 0xffffffff) * 0x100000001}))
MOVE(odd_dwords, ((vec){(b[0] >> 32) * 0x100000001, (b[1] >> 32) * 0x100000001}))
MOVE(low_twice, ((vec){b[0], b[0]}))
/* sign bits */
MOVE(mask_ps, simd_low((b[0] >> 31 & 1) | (b[0] >> 63) << 1 | (b[1] >> 31 & 1) << 2 | (b[1] >> 63) << 3))
MOVE(mask_pd, simd_low(b[0] >> 63 | b[1] >> 63 << 1))

static vec mask_bytes(vec a, vec b, u32 imm, struct cpu *c)
{
	u64 r = 0;
	(void)a, (void)imm, (void)c;
	for (int i = 0; i < 16; i++)
		r |= (u64)(((v16u8)b)[i] >> 7) << i;
	return simd_low(r);
}

enum { WHOLE, LOW_HALF, HIGH_HALF, MERGE_DWORD, MERGE_LOW, LOW_TO_HIGH, HIGH_TO_LOW, EVEN, ODD, TWICE, MASK_PS, MASK_PD, MASK_BYTES };

static int kind(const struct insn *in)
{
	bool to_memory = in->o[0].kind == OPND_MEM, registers = !in->has_mem;
	switch (in->op) {
	case OP_MOVUPS: case OP_MOVUPD: case OP_MOVAPS: case OP_MOVAPD: case OP_MOVDQA: case OP_MOVDQU: case OP_LDDQU:
	case OP_MOVNTPS: case OP_MOVNTPD: case OP_MOVNTQ: case OP_MOVNTDQ: case OP_MOVNTDQA: case OP_MOVD:
	case OP_MOVQ2DQ: case OP_MOVDQ2Q:
		return WHOLE;
	case OP_MOVQ: return LOW_HALF;
	case OP_MOVSS: return registers ? MERGE_DWORD : WHOLE;
	case OP_MOVSD: return registers ? MERGE_LOW : WHOLE;
	case OP_MOVLPS: case OP_MOVLPD: return to_memory ? WHOLE : MERGE_LOW;
	case OP_MOVHPS: case OP_MOVHPD: return to_memory ? HIGH_HALF : LOW_TO_HIGH;
	case OP_MOVHLPS: return HIGH_TO_LOW;
	case OP_MOVLHPS: return LOW_TO_HIGH;
	case OP_MOVSLDUP: return EVEN;
	case OP_MOVSHDUP: return ODD;
	case OP_MOVDDUP: return TWICE;
	case OP_MOVMSKPS: return MASK_PS;
	case OP_MOVMSKPD: return MASK_PD;
	case OP_PMOVMSKB: return MASK_BYTES;
	default: return -1;
	}
}

const struct simd_op *simd_move(const struct insn *in)
{
#define ROW(fn) {fn, fn, 0, 0}
	static const struct simd_op table[] = {
		ROW(whole), ROW(low_half), ROW(high_half), ROW(merge_dword), ROW(merge_low), ROW(low_to_high), ROW(high_to_low),
		ROW(even_dwords), ROW(odd_dwords), ROW(low_twice), ROW(mask_ps), ROW(mask_pd), ROW(mask_bytes),
	};
	int n = kind(in);
	return n < 0 ? NULL : &table[n];
}
