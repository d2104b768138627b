/* opcodes.c - the opcode table in its shapes, all made from opcodes.def by the
 * preprocessor: what consumers see (opcode_table), what the decoder matches
 * (decode_rows, parallel to it), and where the rows of a byte begin
 * (decode_index). Row 0 is nobody's, so that index 0 means "no such opcode".
 */
#include "cpu/decode_row.h"

/* ---- forms: what a row asks of the key; mask in the upper half, value in the lower ------- */

#define FORM(mask, value) ((u32)(mask) << 16 | (u32)(value))
#define any FORM(0, 0)
#define mem FORM(KEY_REG, 0)
#define reg FORM(KEY_REG, KEY_REG)
#define dig(n) FORM(0x38, (n) << 3)
#define rm(byte) FORM(0xff | KEY_REG, 0x##byte | KEY_REG) /* all of ModRM */
#define np FORM(KEY_PFX, 0)
#define p66 FORM(KEY_PFX, 1 << KEY_PFX_SHIFT)
#define pF3 FORM(KEY_PFX, 2 << KEY_PFX_SHIFT)
#define pF2 FORM(KEY_PFX, 3 << KEY_PFX_SHIFT)
#define rexb FORM(KEY_REX_B, KEY_REX_B)
#define w0 FORM(KEY_REX_W, 0)
#define w1 FORM(KEY_REX_W, KEY_REX_W)
#define FORM_MASK(form) ((form) >> 16)
#define FORM_VALUE(form) ((form) & 0xffff)

/* ---- flag sets, named as in SDM 1 appendix A ----------------------------------------------- */

enum {
	F_0 = 0,
	F_C = FL_CF, F_Z = FL_ZF, F_O = FL_OF, F_S = FL_SF, F_P = FL_PF, F_A = FL_AF,
	F_ZC = FL_ZF | FL_CF, F_OS = FL_OF | FL_SF, F_OSZ = F_OS | FL_ZF, F_OC = FL_OF | FL_CF,
	F_AC = FL_AF | FL_CF, F_OA = FL_OF | FL_AF, F_OAC = F_OA | FL_CF, F_SZP = FL_SF | FL_ZF | FL_PF,
	F_AP = FL_AF | FL_PF, F_SAP = F_AP | FL_SF,
	F_ZPC = F_ZC | FL_PF, F_OSZP = FL_OF | F_SZP, F_SZAP = F_SZP | FL_AF, F_OSAP = F_OS | FL_AF | FL_PF,
	F_OSAPC = F_OSAP | FL_CF, F_OSZAP = F_OSZP | FL_AF, F_SZAPC = F_SZAP | FL_CF, F_OSZAPC = FL_ARITH,
};

/* ---- what consumers see ------------------------------------------------------------------------ */

#define O0 ""
#define O1(a) #a
#define O2(a, b) #a "," #b
#define O3(a, b, c) #a "," #b "," #c
#define DIGIT(form) ((FORM_MASK(form) & 0x38) == 0x38 ? (s8)(FORM_VALUE(form) >> 3 & 7) : (s8)-1)
#define INSN(map, byte, form, attr, name, operands, op, isa, reads, writes, undefined, traits) \
	{ #name, operands, OP_##op, map, 0x##byte, DIGIT(form), ISA_##isa, F_##reads, F_##writes, F_##undefined, traits },
#define INSN8 INSN
#define ALSO INSN

const struct opcode opcode_table[] = {
	{ "(bad)", "", OP_INVALID, 0, 0, -1, ISA_UNDEF, 0, 0, 0, 0 },
#include "cpu/opcodes.def"
};
const int opcode_count = ARRAY_LEN(opcode_table);

#undef O0
#undef O1
#undef O2
#undef O3
#undef INSN
#undef INSN8
#undef ALSO

/* ---- what the decoder matches ---------------------------------------------------------------------- */

#define i64 ATTR_I64
#define o64 ATTR_O64
#define d64 ATTR_D64
#define f64 ATTR_F64
#define z64 ATTR_Z64
#define cr ATTR_CR

/* The operand size is 8 if the first operand that has a say is a byte: not immediates, not the port DX */
#define IS_MODRM(code) (CODE_METHOD(code) != METH_NONE && CODE_METHOD(code) <= METH_LAST_MODRM)
#define HAS_SAY(code) \
	(CODE_METHOD(code) != METH_I && CODE_METHOD(code) != METH_IS && CODE_METHOD(code) != METH_I2 && \
		CODE_METHOD(code) != METH_J && (code) != C_DX)
#define IS_BYTE(code) (HAS_SAY(code) && CODE_SIZE(code) == SZ_b)
#define SHAPE(modrm, byte) ((u8)(((modrm) ? SHAPE_MODRM : 0) | ((byte) ? SHAPE_BYTE : 0)))

#define O0 { 0 }, 0
#define O1(a) { C_##a }, SHAPE(IS_MODRM(C_##a), IS_BYTE(C_##a))
#define IS(method, a, b) (CODE_METHOD(C_##a) == (method) || CODE_METHOD(C_##b) == (method))
#define O2(a, b) \
	{ C_##a, C_##b }, \
		SHAPE(IS_MODRM(C_##a) || IS_MODRM(C_##b), HAS_SAY(C_##a) ? IS_BYTE(C_##a) : IS_BYTE(C_##b)) | \
		(IS(METH_X, a, b) ? SHAPE_SOURCE : 0) | (IS(METH_Y, a, b) ? SHAPE_DESTINATION : 0)
#define O3(a, b, c) { C_##a, C_##b, C_##c }, SHAPE(IS_MODRM(C_##a) || IS_MODRM(C_##b), IS_BYTE(C_##a))

/* i64 and o64 become part of the key */
#define MODE_MASK(attr) ((attr) & (ATTR_I64 | ATTR_O64) ? KEY_LONG : 0)
#define MODE_VALUE(attr) ((attr) & ATTR_O64 ? KEY_LONG : 0)
#define KEY_OF(form, attr) (u16)(FORM_MASK(form) | MODE_MASK(attr)), (u16)(FORM_VALUE(form) | MODE_VALUE(attr))
#define ATTR_OF(form, attr) (u8)((attr) | (FORM_MASK(form) & KEY_MODRM ? ATTR_MODRM : 0))
#define INSN(map, byte, form, attr, name, operands, ...) { KEY_OF(form, attr), operands, ATTR_OF(form, attr), 1 },
#define INSN8 INSN
#define ALSO(map, byte, form, attr, name, operands, ...) { KEY_OF(form, attr), operands, ATTR_OF(form, attr), 0 },

const struct decode_row decode_rows[] = {
	{ 0, 0, { 0 }, 0, 0, 1 },
#include "cpu/opcodes.def"
	{ 0, 0, { 0 }, 0, 0, 1 }, /* ends the last byte's rows */
};

#undef INSN
#undef INSN8
#undef ALSO

/* ---- where the rows of a byte begin -------------------------------------------------------------------- */

/* Every row gets a number; the first of a byte is called by map and byte, the others by their line */
#define PASTE_(a, b, c, d) a##b##_##c##_##d
#define PASTE(a, b, c, d) PASTE_(a, b, c, d)
#define INSN(map, byte, ...) ROW_##map##_##byte,
#define INSN8 INSN
#define ALSO(map, byte, ...) PASTE(ALSO_, map, byte, __LINE__),

enum {
	ROW_NONE,
#include "cpu/opcodes.def"
};

#undef INSN
#undef INSN8
#undef ALSO
#define INSN(map, byte, ...) [map][0x##byte] = ROW_##map##_##byte,
#define INSN8(map, byte, ...) \
	[map][0x##byte + 0] = ROW_##map##_##byte, [map][0x##byte + 1] = ROW_##map##_##byte, \
	[map][0x##byte + 2] = ROW_##map##_##byte, [map][0x##byte + 3] = ROW_##map##_##byte, \
	[map][0x##byte + 4] = ROW_##map##_##byte, [map][0x##byte + 5] = ROW_##map##_##byte, \
	[map][0x##byte + 6] = ROW_##map##_##byte, [map][0x##byte + 7] = ROW_##map##_##byte,
#define ALSO(...)

const u16 decode_index[DECODE_MAPS][256] = {
#include "cpu/opcodes.def"
};

const char *op_name(enum op op)
{
	static const char *const names[] = {
		"INVALID",
#define OP(name) #name,
#include "cpu/ops.def"
#undef OP
	};
	return (unsigned)op < ARRAY_LEN(names) ? names[op] : "?";
}
