/* decode_row.h - what the decoder knows about a row of the opcode table beyond
 * struct opcode: how to recognise it and how to read its operands. Private to
 * cpu/decode*.c and cpu/opcodes.c.
 *
 * A row is recognised by a key made from what follows the opcode byte:
 *
 *   bit  13    12    11   10..9        8     7..6  5..3  2..0
 *        W64   REX.B long mand.prefix  mod=3 mod   reg   rm
 *
 * A row matches if (key & mask) == value; the first match of a byte wins.
 * Operand codes: SDM 2D appendix A.2.1 (methods) and A.2.2 (types).
 */
#ifndef CPU_DECODE_ROW_H
#define CPU_DECODE_ROW_H

#include "cpu/insn.h"

/* ---- the key ------------------------------------------------------------------------- */

enum {
	KEY_REG = 1 << 8,      /* mod = 3 */
	KEY_PFX_SHIFT = 9,     /* 0 none, 1: 66, 2: F3, 3: F2 */
	KEY_PFX = 3 << KEY_PFX_SHIFT,
	KEY_LONG = 1 << 11,    /* 64-bit mode */
	KEY_REX_B = 1 << 12,
	KEY_REX_W = 1 << 13,
	KEY_MODRM = 0x1ff,     /* all that comes from the ModRM byte */
};

/* The superscripts of SDM 2D A.2.5, and two of our own */
enum {
	ATTR_I64 = 1,    /* invalid in 64-bit mode */
	ATTR_O64 = 2,    /* only in 64-bit mode */
	ATTR_D64 = 4,    /* operand size 64 by default, 66 makes it 16 */
	ATTR_F64 = 8,    /* operand size 64, no way to change it */
	ATTR_CR = 16,    /* operand size 32, or 64 in 64-bit mode; ModRM always means a register */
	ATTR_Z64 = 32,   /* REX.W does not widen it beyond 32 */
	ATTR_MODRM = 64, /* the form asks for ModRM bits */
};

/* Derived from the operand codes */
enum {
	SHAPE_MODRM = 1, /* has a ModRM byte */
	SHAPE_BYTE = 2,  /* operand size 8 */
	SHAPE_SOURCE = 4, SHAPE_DESTINATION = 8, /* string instruction: operand X, operand Y */
};

/* ---- operand codes --------------------------------------------------------------------- */

enum method {
	METH_NONE,
	METH_E, METH_G, METH_M, METH_RM /* R: the register of rm */, METH_S, METH_C, METH_D,
	METH_P, METH_Q, METH_N, METH_V, METH_W, METH_U, METH_STI,
	METH_LAST_MODRM = METH_STI,
	METH_Z, /* register in the opcode's low three bits */
	METH_O, METH_I, METH_IS /* sign-extended */, METH_I2, METH_J, METH_A, METH_X, METH_Y,
	METH_FIX, METH_FIX_S, METH_FIX_ST, METH_FIX_V, METH_ONE,
	METH_B, /* the register of VEX.vvvv */
};

enum opsize_code {
	SZ_0, SZ_b, SZ_w, SZ_d, SZ_q, SZ_dq, SZ_t, /* constants: SZ_t is ten bytes */
	SZ_v,    /* operand size: 2 4 8 */
	SZ_z,    /* 2 4 4 */
	SZ_y,    /* 4 4 8 */
	SZ_p,    /* far pointer: operand size + 2 */
	SZ_a,    /* BOUND: two of operand size */
	SZ_s,    /* pseudo-descriptor: 6 or 10 */
	SZ_nat,  /* 4 or 8 by mode */
	SZ_env,  /* x87 environment: 14 or 28 */
	SZ_save, /* x87 state: 94 or 108 */
	SZ_fx,   /* FXSAVE image: 512 */
	SZ_vw,   /* register: operand size, memory: 2 */
	SZ_yb, SZ_yw, SZ_db, SZ_dw, /* register: y or d, memory: 1 or 2 */
	SZ_COUNT
};

#define CODE(method, size, r) ((u16)((METH_##method) | (SZ_##size) << 5 | (r) << 10))
#define CODE_METHOD(code) ((code)&31)
#define CODE_SIZE(code) ((code) >> 5 & 31)
#define CODE_REG(code) ((code) >> 10)

enum operand_code {
	C_Eb = CODE(E, b, 0), C_Ew = CODE(E, w, 0), C_Ed = CODE(E, d, 0), C_Eq = CODE(E, q, 0), C_Ev = CODE(E, v, 0),
	C_Ey = CODE(E, y, 0), C_Ez = CODE(E, z, 0), C_RvMw = CODE(E, vw, 0), C_RyMb = CODE(E, yb, 0), C_RyMw = CODE(E, yw, 0),
	C_RdMb = CODE(E, db, 0), C_RdMw = CODE(E, dw, 0),
	C_Gb = CODE(G, b, 0), C_Gw = CODE(G, w, 0), C_Gd = CODE(G, d, 0), C_Gv = CODE(G, v, 0), C_Gy = CODE(G, y, 0),
	C_Gz = CODE(G, z, 0), C_By = CODE(B, y, 0),
	C_M = CODE(M, 0, 0), C_Mb = CODE(M, b, 0), C_Mw = CODE(M, w, 0), C_Md = CODE(M, d, 0), C_Mq = CODE(M, q, 0),
	C_Mdq = CODE(M, dq, 0), C_Mt = CODE(M, t, 0), C_Mv = CODE(M, v, 0), C_My = CODE(M, y, 0), C_Mp = CODE(M, p, 0),
	C_Ma = CODE(M, a, 0), C_Ms = CODE(M, s, 0), C_Menv = CODE(M, env, 0), C_Msave = CODE(M, save, 0),
	C_Mfx = CODE(M, fx, 0),
	C_Rd = CODE(RM, nat, 0), C_Rv = CODE(RM, v, 0), C_Ry = CODE(RM, y, 0),
	C_Sw = CODE(S, w, 0), C_Cd = CODE(C, nat, 0), C_Dd = CODE(D, nat, 0),
	C_Pq = CODE(P, q, 0), C_Pd = CODE(P, d, 0), C_Qq = CODE(Q, q, 0), C_Qd = CODE(Q, d, 0), C_Nq = CODE(N, q, 0),
	C_Vx = CODE(V, dq, 0), C_Vq = CODE(V, q, 0), C_Vd = CODE(V, d, 0),
	C_Wx = CODE(W, dq, 0), C_Wq = CODE(W, q, 0), C_Wd = CODE(W, d, 0), C_Ww = CODE(W, w, 0),
	C_Ux = CODE(U, dq, 0), C_Uq = CODE(U, q, 0),
	C_STi = CODE(STI, t, 0), C_ST = CODE(FIX_ST, t, 0),
	C_Zb = CODE(Z, b, 0), C_Zv = CODE(Z, v, 0), C_Zy = CODE(Z, y, 0),
	C_Ob = CODE(O, b, 0), C_Ov = CODE(O, v, 0),
	C_Ib = CODE(I, b, 0), C_Ibs = CODE(IS, b, 0), C_Iw = CODE(I, w, 0), C_Iz = CODE(IS, z, 0), C_Iv = CODE(I, v, 0),
	C_I2b = CODE(I2, b, 0),
	C_Jb = CODE(J, b, 0), C_Jz = CODE(J, z, 0), C_Ap = CODE(A, p, 0),
	C_Xb = CODE(X, b, 0), C_Xv = CODE(X, v, 0), C_Xz = CODE(X, z, 0),
	C_Yb = CODE(Y, b, 0), C_Yv = CODE(Y, v, 0), C_Yz = CODE(Y, z, 0),
	C_AL = CODE(FIX, b, 0), C_CL = CODE(FIX, b, 1), C_AX = CODE(FIX, w, 0), C_DX = CODE(FIX, w, 2),
	C_eAX = CODE(FIX, z, 0), C_rAX = CODE(FIX, v, 0),
	C_ES = CODE(FIX_S, w, 0), C_CS = CODE(FIX_S, w, 1), C_SS = CODE(FIX_S, w, 2), C_DS = CODE(FIX_S, w, 3),
	C_FS = CODE(FIX_S, w, 4), C_GS = CODE(FIX_S, w, 5),
	C_XMM0 = CODE(FIX_V, dq, 0), C_1 = CODE(ONE, b, 0),
};

/* ---- the rows ------------------------------------------------------------------------------ */

struct decode_row {
	u16 mask, value;
	u16 operand[4]; /* enum operand_code, 0 at the end */
	u8 shape;       /* SHAPE_* */
	u8 attr;        /* ATTR_* */
	u8 first;       /* first row of its opcode byte */
};

extern const struct decode_row decode_rows[]; /* parallel to opcode_table */
enum { MAP_VEX_0F38 = 4, MAP_VEX_0F3A, DECODE_MAPS };
extern const u16 decode_index[DECODE_MAPS][256]; /* [map][byte]: first row, or 0 */

/* ---- the parts of the decoder ----------------------------------------------------------------- */

struct decoder {
	const u8 *bytes;
	u32 pos, limit; /* limit: bytes that may be looked at, at most 15 */
	u32 mode;       /* enum decode_mode */
	u32 rex;
	u32 override;   /* enum seg_reg */
	u32 byte;       /* the opcode byte */
	u32 vex;        /* VEX_*, 0: no VEX prefix */
};

/* Of a VEX prefix: its last byte (W vvvv L pp, vvvv inverted), and */
enum { VEX_PP = 3, VEX_L = 4, VEX_VVVV = 15 << 3, VEX_W = 128, VEX_SEEN = 256 };

enum { INSN_MAX = 15 };

bool decode_fetch(struct decoder *d, u32 size, u64 *value);
bool decode_memory(struct decoder *d, struct insn *insn);
enum decode_result decode_operands(struct decoder *d, const struct decode_row *row, struct insn *insn);

#endif
