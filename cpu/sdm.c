/* sdm.c - instructions as the SDM writes them: mnemonics of volume 2's headings, operands of SDM 2A 3.1.1.3 (r32, r/m16, imm8,
 * ptr16:32, m16&32, moffs32, m64fp ...), made from the table's operand codes and the decoded sizes.
 *
 * Not here: what a particular instruction's operands are (disasm.h).
 */
#include "cpu/sdm.h"

#include <stdio.h>
#include <string.h>

const char *sdm_op(enum op op)
{
	switch (op) {
	case OP_MOV_FROM_SREG: return "MOV r/m16, Sreg";
	case OP_MOV_TO_SREG: return "MOV Sreg, r/m16";
	case OP_PUSH_SREG: return "PUSH Sreg";
	case OP_POP_SREG: return "POP Sreg";
	case OP_LXS: return "LDS/LES/LFS/LGS/LSS";
	case OP_MOV_FROM_CR: return "MOV r32, CRn";
	case OP_MOV_TO_CR: return "MOV CRn, r32";
	case OP_MOV_FROM_DR: return "MOV r32, DRn";
	case OP_MOV_TO_DR: return "MOV DRn, r32";
	case OP_MOV_FROM_TR: return "MOV r32, TRn";
	case OP_MOV_TO_TR: return "MOV TRn, r32";
	case OP_CALL_FAR: return "CALL far";
	case OP_JMP_FAR: return "JMP far";
	case OP_RETF: return "RET far";
	case OP_INT: return "INT n";
	case OP_SGDT: return "SGDT m";
	case OP_SIDT: return "SIDT m";
	case OP_LGDT: return "LGDT m16&32";
	case OP_LIDT: return "LIDT m16&32";
	case OP_SLDT: return "SLDT r/m16";
	case OP_STR: return "STR r/m16";
	case OP_SMSW: return "SMSW r/m16";
	case OP_LLDT: return "LLDT r/m16";
	case OP_LTR: return "LTR r/m16";
	case OP_LMSW: return "LMSW r/m16";
	case OP_VERR: return "VERR r/m16";
	case OP_VERW: return "VERW r/m16";
	case OP_INVLPG: return "INVLPG m";
	case OP_JCC: return "Jcc";
	case OP_SETCC: return "SETcc";
	case OP_CMOVCC: return "CMOVcc";
	case OP_IMUL1: return "IMUL";
	case OP_CBW: return "CBW/CWDE";
	case OP_CWD: return "CWD/CDQ";
	case OP_JCXZ: return "JCXZ/JECXZ";
	case OP_LOOPE: return "LOOPE/LOOPZ";
	case OP_LOOPNE: return "LOOPNE/LOOPNZ";
	default: return op_name(op);
	}
}

/* The manual has no RETF: a far return is an opcode of RET. */
static const char *mnemonic_of(const struct opcode *row)
{
	return row->op == OP_RETF ? "RET far" : row->mnemonic;
}

const char *sdm_row(const struct opcode *row)
{
	const char *name = mnemonic_of(row), *op = sdm_op((enum op)row->op);
	size_t n = strlen(name);
	return !strncmp(op, name, n) && (op[n] == ' ' || !op[n]) ? op : name;
}

/* ---- operands ------------------------------------------------------------------------------------- */

/* How x87's memory operands are called: by what is in them. */
static const char *x87_type(const struct insn *in)
{
	const char *m = in->row->mnemonic;
	switch (in->op) {
	case OP_FLDCW: case OP_FNSTCW: case OP_FNSTSW: case OP_FLDENV: case OP_FNSTENV: case OP_FRSTOR: case OP_FNSAVE: return "byte";
	case OP_FBLD: case OP_FBSTP: return "bcd";
	default: return m[0] == 'F' && m[1] == 'I' ? "int" : "fp";
	}
}

static void name_memory(const struct insn *in, const char *code, u32 bytes, char *out, size_t size)
{
	bool is_x87 = in->row->map == 0 && in->row->byte >= 0xd8 && in->row->byte <= 0xdf;
	u32 bits = bytes * 8;
	if (!strcmp(code, "Mp")) /* far pointer */
		snprintf(out, size, "m16:%u", bits - 16);
	else if (!strcmp(code, "Ma")) /* bounds */
		snprintf(out, size, "m%u&%u", bits / 2, bits / 2);
	else if (!strcmp(code, "Ms"))
		snprintf(out, size, "%s", in->op == OP_LGDT || in->op == OP_LIDT ? "m16&32" : "m");
	else if (!strcmp(code, "Mfx"))
		snprintf(out, size, "m512byte");
	else if (is_x87)
		snprintf(out, size, "m%u%s", !strcmp(x87_type(in), "byte") ? bytes : bits, x87_type(in));
	else if (bits)
		snprintf(out, size, "m%u", bits);
	else
		snprintf(out, size, "m");
}

/* Is the register the row's own (AL, DX, EAX), not one of the encoding's? */
static bool is_fixed(const char *code)
{
	return !strcmp(code, "AL") || !strcmp(code, "CL") || !strcmp(code, "AX") || !strcmp(code, "DX") || !strcmp(code, "eAX") || !strcmp(code, "rAX");
}

static void name_register(const char *code, const struct operand *o, char *out, size_t size)
{
	if (!is_fixed(code))
		snprintf(out, size, "r%d", o->size * 8);
	else if (code[0] == 'e' || code[0] == 'r')
		snprintf(out, size, "%s", o->size == 2 ? "AX" : o->size == 4 ? "EAX" : "RAX");
	else
		snprintf(out, size, "%s", code);
}

/* "xmm1", "xmm2" where there are two. */
static void name_vector(const struct insn *in, int at, const char *kind, char *out, size_t size)
{
	int before = 0, all = 0;
	for (int i = 0; i < in->noperands; i++)
		if (in->o[i].kind == in->o[at].kind) {
			all++;
			before += i < at;
		}
	if (all > 1)
		snprintf(out, size, "%s%d", kind, before + 1);
	else
		snprintf(out, size, "%s", kind);
}

static void name_operand(const struct insn *in, int at, const char *code, char *out, size_t size)
{
	static const char *const segments[] = {"ES", "CS", "SS", "DS", "FS", "GS", "Sreg", "Sreg"};
	const struct operand *o = &in->o[at];
	switch (o->kind) {
	case OPND_REG: name_register(code, o, out, size); break;
	case OPND_MEM:
		if (code[0] == 'O')
			snprintf(out, size, "moffs%d", o->size * 8);
		else
			name_memory(in, code, o->size, out, size);
		break;
	case OPND_SREG: snprintf(out, size, "%s", segments[o->reg & 7]); break;
	case OPND_CR: snprintf(out, size, "CR%d", o->reg); break;
	case OPND_DR: snprintf(out, size, "DR%d", o->reg); break;
	case OPND_MM: name_vector(in, at, "mm", out, size); break;
	case OPND_XMM:
		if (!strcmp(code, "XMM0"))
			snprintf(out, size, "<XMM0>"); /* implied, as the manual puts it */
		else
			name_vector(in, at, "xmm", out, size);
		break;
	case OPND_ST: snprintf(out, size, "%s", strcmp(code, "ST") ? "ST(i)" : "ST(0)"); break;
	case OPND_IMM:
	case OPND_IMM2: snprintf(out, size, "imm%d", o->size * 8); break;
	case OPND_ONE: snprintf(out, size, "1"); break;
	case OPND_REL: snprintf(out, size, "rel%d", o->size * 8); break;
	case OPND_FAR: snprintf(out, size, "ptr16:%d", (o->size - 2) * 8); break;
	default: snprintf(out, size, "%s", code); break;
	}
}

/* String instructions: the decoder lists no operands. Xb, Yv ... are memory, by type. */
static void name_string_operand(const struct insn *in, const char *code, char *out, size_t size)
{
	if (code[0] == 'X' || code[0] == 'Y')
		snprintf(out, size, "m%d", (code[1] == 'b' ? 1 : code[1] == 'z' && in->opsize == 8 ? 4 : in->opsize) * 8);
	else if (!strcmp(code, "rAX"))
		snprintf(out, size, "%s", in->opsize == 2 ? "AX" : in->opsize == 4 ? "EAX" : "RAX");
	else
		snprintf(out, size, "%s", code);
}

/* ---- the whole ------------------------------------------------------------------------------------- */

/* Mnemonics that say the operand size. */
static const char *sized_mnemonic(const struct insn *in)
{
	bool wide = in->opsize == 4;
	switch (in->op) {
	case OP_PUSHF: return wide ? "PUSHFD" : "PUSHF";
	case OP_POPF: return wide ? "POPFD" : "POPF";
	case OP_PUSHA: return wide ? "PUSHAD" : "PUSHA";
	case OP_POPA: return wide ? "POPAD" : "POPA";
	case OP_IRET: return wide ? "IRETD" : "IRET";
	case OP_CBW: return wide ? "CWDE" : "CBW";
	case OP_CWD: return wide ? "CDQ" : "CWD";
	case OP_JCXZ: return in->addrsize == 4 ? "JECXZ" : "JCXZ";
	default: return mnemonic_of(in->row);
	}
}

void sdm_form(const struct insn *in, char *out, size_t size)
{
	const char *list = in->row->operands;
	size_t used = (size_t)snprintf(out, size, "%s", sized_mnemonic(in));
	for (int i = 0; *list && used < size; i++) {
		char code[16], name[24];
		int n = (int)strcspn(list, ",");
		snprintf(code, sizeof code, "%.*s", n, list);
		list += n + (list[n] == ',');
		if (i < in->noperands)
			name_operand(in, i, code, name, sizeof name);
		else
			name_string_operand(in, code, name, sizeof name);
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : " ", name);
	}
}
