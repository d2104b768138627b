/* decode_zydis.c - our decoder against Zydis, an independent one: validity, length,
 * mnemonic, sizes and operands of structured byte strings (every opcode x ModRM x
 * prefixes) and random ones, in the three modes.
 *
 *   decode_zydis [-n RANDOM_STRINGS_PER_MODE] [-s SEED] [-m 16|32|64] [-k SHOWN] [-v]
 *
 * Where the two differ for a reason, a narrow predicate below says which
 * (docs/decoder.md explains each); anything else is a failure.
 */
#include "cpu/insn.h"

#include <Zydis/Zydis.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRING_LEN = 16, NAME_MAX_LEN = 24 };

struct zinsn {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
};

struct reason;

struct check {
	ZydisDecoder decoder[3];
	char (*name)[NAME_MAX_LEN]; /* by ZydisMnemonic: upper case, mapped to our names */
	u64 random;
	u64 strings, both_valid, both_invalid, explained, failures;
	u64 by_reason[64];
	int shown, show;
	bool verbose;
};

/* ---- names ------------------------------------------------------------------------------- */

/* Where Zydis has a name per operand or address size, we have one per operation */
static const char *const names[][2] = {
	{ "MOVSB", "MOVS" }, { "MOVSW", "MOVS" }, { "MOVSD", "MOVS" }, { "MOVSQ", "MOVS" },
	{ "CMPSB", "CMPS" }, { "CMPSW", "CMPS" }, { "CMPSD", "CMPS" }, { "CMPSQ", "CMPS" },
	{ "STOSB", "STOS" }, { "STOSW", "STOS" }, { "STOSD", "STOS" }, { "STOSQ", "STOS" },
	{ "LODSB", "LODS" }, { "LODSW", "LODS" }, { "LODSD", "LODS" }, { "LODSQ", "LODS" },
	{ "SCASB", "SCAS" }, { "SCASW", "SCAS" }, { "SCASD", "SCAS" }, { "SCASQ", "SCAS" },
	{ "INSB", "INS" }, { "INSW", "INS" }, { "INSD", "INS" },
	{ "OUTSB", "OUTS" }, { "OUTSW", "OUTS" }, { "OUTSD", "OUTS" },
	{ "PUSHAD", "PUSHA" }, { "POPAD", "POPA" },
	{ "PUSHFD", "PUSHF" }, { "PUSHFQ", "PUSHF" }, { "POPFD", "POPF" }, { "POPFQ", "POPF" },
	{ "IRETD", "IRET" }, { "IRETQ", "IRET" },
	{ "CWDE", "CBW" }, { "CDQE", "CBW" }, { "CDQ", "CWD" }, { "CQO", "CWD" },
	{ "JECXZ", "JCXZ" }, { "JRCXZ", "JCXZ" },
	{ "FENI8087_NOP", "FENI" }, { "FDISI8087_NOP", "FDISI" }, { "FSETPM287_NOP", "FSETPM" }, { "FSTPNCE", "FSTP" },
	{ "FXSAVE64", "FXSAVE" }, { "FXRSTOR64", "FXRSTOR" },
};

static void make_names(struct check *c)
{
	for (int m = 0; m <= ZYDIS_MNEMONIC_MAX_VALUE; m++) {
		const char *s = ZydisMnemonicGetString((ZydisMnemonic)m);
		char *to = c->name[m];
		for (size_t i = 0; s != NULL && s[i] != 0 && i + 1 < NAME_MAX_LEN; i++)
			to[i] = (char)toupper((unsigned char)s[i]);
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (strcmp(to, names[i][0]) == 0)
				strcpy(to, names[i][1]);
	}
}

/* ---- known differences ------------------------------------------------------------------------ */

/* One case: the bytes, what we and what Zydis say */
struct pair {
	const u8 *bytes;
	enum decode_mode mode;
	enum decode_result result;
	const struct insn *ours;
	bool z_valid;
	ZyanStatus z_status;
	const struct zinsn *z;
};

/* Instruction sets that the table does not have (yet), or that only other makers' processors have */
static bool other_set(const struct pair *p)
{
	static const u8 known[] = {
		ZYDIS_ISA_SET_CLFSH, ZYDIS_ISA_SET_CMOV, ZYDIS_ISA_SET_CMPXCHG16B, ZYDIS_ISA_SET_FAT_NOP, ZYDIS_ISA_SET_FCMOV,
		ZYDIS_ISA_SET_FXSAVE, ZYDIS_ISA_SET_FXSAVE64, ZYDIS_ISA_SET_I186, ZYDIS_ISA_SET_I286PROTECTED,
		ZYDIS_ISA_SET_I286REAL, ZYDIS_ISA_SET_I386, ZYDIS_ISA_SET_I486, ZYDIS_ISA_SET_I486REAL, ZYDIS_ISA_SET_I86,
		ZYDIS_ISA_SET_LAHF, ZYDIS_ISA_SET_LONGMODE, ZYDIS_ISA_SET_LZCNT, ZYDIS_ISA_SET_MONITOR, ZYDIS_ISA_SET_PAUSE,
		ZYDIS_ISA_SET_PENTIUMREAL, ZYDIS_ISA_SET_POPCNT, ZYDIS_ISA_SET_PPRO, ZYDIS_ISA_SET_PREFETCH_NOP,
		ZYDIS_ISA_SET_RDPMC, ZYDIS_ISA_SET_RDTSCP, ZYDIS_ISA_SET_SMAP, ZYDIS_ISA_SET_SSEMXCSR,
		ZYDIS_ISA_SET_SSE_PREFETCH, ZYDIS_ISA_SET_SSE3X87, ZYDIS_ISA_SET_X87, ZYDIS_ISA_SET_PENTIUMMMX, ZYDIS_ISA_SET_SSE,
		ZYDIS_ISA_SET_SSE2, ZYDIS_ISA_SET_SSE2MMX, ZYDIS_ISA_SET_SSE3, ZYDIS_ISA_SET_SSSE3, ZYDIS_ISA_SET_SSSE3MMX,
		ZYDIS_ISA_SET_SSE4, ZYDIS_ISA_SET_SSE42, ZYDIS_ISA_SET_AES, ZYDIS_ISA_SET_PCLMULQDQ, ZYDIS_ISA_SET_SHA,
		ZYDIS_ISA_SET_MOVBE, ZYDIS_ISA_SET_ADOX_ADCX,
	};
	if (p->result == DEC_UD && p->z_status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG)
		return p->ours->row == NULL; /* undefined for us before the 16th byte */
	if (p->result != DEC_UD || !p->z_valid)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (p->z->insn.meta.isa_set == known[i])
			return false;
	return true;
}

/* 0F 0D: other digits than PREFETCHW are prefetches at AMD's; with SDM 2D table A-3 they do nothing */
static bool prefetch_0f0d(const struct pair *p)
{
	return p->z_valid && p->result == DEC_OK && p->ours->op == OP_NOP && p->ours->row->map == 1 && p->ours->row->byte == 0x0d;
}

/* 66 MOVSXD reads 16 bits (SDM 2B, r16 r/m16); Zydis says 32 */
static bool movsxd_16(const struct pair *p)
{
	return p->z_valid && p->result == DEC_OK && p->z->insn.mnemonic == ZYDIS_MNEMONIC_MOVSXD && p->ours->opsize == 2;
}

/* SIB base 5 with mod 0 is no base whatever REX.B (SDM 2A table 2-5); Zydis shows R13D under a 67 prefix */
static bool r13d_base(const struct pair *p)
{
	return p->z_valid && p->result == DEC_OK && p->mode == DEC_64 && p->ours->addrsize == 4 && (p->ours->rex & 1) &&
		p->ours->base == REG_NONE && p->ours->modrm < 0x40 && (p->ours->modrm & 7) == 4;
}

static const struct reason {
	const char *text;
	bool (*applies)(const struct pair *p);
} reasons[] = {
	{ "instruction set not in the table", other_set },
	{ "0F 0D other than PREFETCHW", prefetch_0f0d },
	{ "MOVSXD with 66 reads 16 bits", movsxd_16 },
	{ "SIB base 5, mod 0, REX.B, 67: no base", r13d_base },
};

/* ---- comparison ------------------------------------------------------------------------------------ */

/* Our number of a Zydis register; *high for AH CH DH BH */
static int register_number(ZydisRegister r, u8 *high)
{
	*high = 0;
	if (r == ZYDIS_REGISTER_NONE)
		return REG_NONE;
	if (r == ZYDIS_REGISTER_RIP || r == ZYDIS_REGISTER_EIP)
		return REG_RIP;
	if (r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH) {
		*high = 1;
		return r - ZYDIS_REGISTER_AH;
	}
	if (r >= ZYDIS_REGISTER_SPL && r <= ZYDIS_REGISTER_R15B)
		return r - ZYDIS_REGISTER_SPL + 4;
	return ZydisRegisterGetId(r);
}

static int segment_number(ZydisRegister r)
{
	return r >= ZYDIS_REGISTER_ES && r <= ZYDIS_REGISTER_GS ? r - ZYDIS_REGISTER_ES : SEG_NONE;
}

static int kind_of(ZydisRegister r)
{
	switch (ZydisRegisterGetClass(r)) {
	case ZYDIS_REGCLASS_GPR8:
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64: return OPND_REG;
	case ZYDIS_REGCLASS_X87: return OPND_ST;
	case ZYDIS_REGCLASS_MMX: return OPND_MM;
	case ZYDIS_REGCLASS_XMM: return OPND_XMM;
	case ZYDIS_REGCLASS_SEGMENT: return OPND_SREG;
	case ZYDIS_REGCLASS_CONTROL: return OPND_CR;
	case ZYDIS_REGCLASS_DEBUG: return OPND_DR;
	default: return OPND_NONE;
	}
}

static const char *compare_memory(const struct pair *p, const ZydisDecodedOperand *z)
{
	const struct insn *s = p->ours;
	u8 high;
	if (register_number(z->mem.base, &high) != s->base)
		return "base";
	if (register_number(z->mem.index, &high) != s->index)
		return "index";
	if (s->index != REG_NONE && z->mem.scale != 1 << s->scale)
		return "scale";
	bool absolute = s->base == REG_NONE && s->index == REG_NONE;
	s64 disp = s->addrsize == 8 && s->row->map == 0 && (s->row->byte & 0xfc) == 0xa0 ? (s64)s->imm : s->disp;
	u64 mask = !absolute || s->addrsize == 8 ? ~0ull : s->addrsize == 4 ? 0xffffffff : 0xffff;
	if (((u64)z->mem.disp.value & mask) != ((u64)disp & mask))
		return "displacement";
	if (z->type == ZYDIS_OPERAND_TYPE_MEMORY && z->mem.type == ZYDIS_MEMOP_TYPE_MEM && segment_number(z->mem.segment) != s->seg)
		return "segment";
	return NULL;
}

static u64 low_bytes(u64 v, u32 size)
{
	return size >= 8 ? v : v & ((1ull << 8 * size) - 1);
}

static const char *compare_immediate(const struct insn *s, const struct operand *o, const ZydisDecodedOperand *z)
{
	u64 ours = o->kind == OPND_IMM2 ? s->imm2 : s->imm;
	if (z->type != ZYDIS_OPERAND_TYPE_IMMEDIATE)
		return "kind: immediate";
	if (o->kind == OPND_REL)
		return z->imm.is_relative && z->imm.value.u == ours ? NULL : "branch displacement";
	u32 size = z->imm.is_signed && s->opsize > o->size ? s->opsize : o->size;
	return low_bytes(z->imm.value.u, size) == low_bytes(ours, size) ? NULL : "immediate";
}

static const char *compare_operand(const struct pair *p, const struct operand *o, const ZydisDecodedOperand *z)
{
	const struct insn *s = p->ours;
	u8 high;
	switch (o->kind) {
	case OPND_REG: case OPND_SREG: case OPND_CR: case OPND_DR: case OPND_ST: case OPND_MM: case OPND_XMM:
		if (z->type != ZYDIS_OPERAND_TYPE_REGISTER || kind_of(z->reg.value) != o->kind)
			return "kind: register";
		if (register_number(z->reg.value, &high) != o->reg || high != o->high)
			return "register";
		if ((s->op == OP_LAR || s->op == OP_LSL) && o == &s->o[1])
			return NULL; /* Ew in the SDM's map, Zydis: a register of operand size of which 16 bits count */
		if (o->kind == OPND_REG && ZydisRegisterGetWidth(p->z->insn.machine_mode, z->reg.value) != o->size * 8)
			return "register size";
		return NULL;
	case OPND_MEM:
		if (z->type != ZYDIS_OPERAND_TYPE_MEMORY)
			return "kind: memory";
		if (o->size != 0 && z->size != o->size * 8)
			return "memory size";
		return compare_memory(p, z);
	case OPND_ONE:
		return z->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && z->imm.value.u == 1 ? NULL : "constant one";
	case OPND_FAR:
		return z->type == ZYDIS_OPERAND_TYPE_POINTER && z->ptr.segment == s->imm2 && z->ptr.offset == s->imm ? NULL : "far pointer";
	default: return compare_immediate(s, o, z);
	}
}

/* Strings, XLAT and MASKMOV: memory that is not listed; its segment must be right */
static const char *compare_implied(const struct pair *p, const ZydisDecodedOperand *z)
{
	bool destination = z->mem.base == ZYDIS_REGISTER_DI || z->mem.base == ZYDIS_REGISTER_EDI || z->mem.base == ZYDIS_REGISTER_RDI;
	bool both = p->ours->op == OP_MOVS || p->ours->op == OP_CMPS;
	if (both && destination)
		return segment_number(z->mem.segment) == SEG_ES ? NULL : "destination segment";
	return segment_number(z->mem.segment) == p->ours->seg ? NULL : "implied segment";
}

static const char *compare_operands(const struct pair *p)
{
	const struct insn *s = p->ours;
	const ZydisDecodedInstruction *zi = &p->z->insn;
	int n = 0;
	for (int i = 0; i < zi->operand_count; i++) {
		const ZydisDecodedOperand *z = &p->z->operand[i];
		const char *why;
		if (z->type == ZYDIS_OPERAND_TYPE_MEMORY && !s->has_mem) {
			if (z->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN && s->op != OP_XLAT)
				continue; /* the stack */
			if ((why = compare_implied(p, z)) != NULL)
				return why;
			continue;
		}
		if (z->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
			continue;
		if (zi->mnemonic == ZYDIS_MNEMONIC_FUCOMP && i == 0)
			continue; /* of FCOM, FCOMP, FUCOM, FUCOMP Zydis writes ST(0) for this one only */
		if (s->op == OP_NOP && z->type == ZYDIS_OPERAND_TYPE_REGISTER)
			continue; /* hint NOPs: which registers they name is a matter of taste */
		if (n == s->noperands)
			return "number of operands: fewer";
		if ((why = compare_operand(p, &s->o[n++], z)) != NULL)
			return why;
	}
	if (n + 1 == s->noperands && strstr(s->row->operands, "XMM0") != NULL)
		return NULL; /* hidden for Zydis */
	return n == s->noperands || s->op == OP_NOP ? NULL : "number of operands: more";
}

/* The flag columns; where the two differ on purpose Zydis's are corrected first */
static const char *compare_flags(const struct pair *p)
{
	const struct opcode *row = p->ours->row;
	const ZydisAccessedFlags *f = p->z->insn.cpu_flags;
	u32 read = 0, written = 0, undefined = 0;
	if (f != NULL) {
		read = f->tested & FL_ARITH;
		undefined = f->undefined & FL_ARITH;
		written = (f->modified | f->set_0 | f->set_1 | f->undefined) & FL_ARITH;
	}
	switch (p->ours->op) {
	case OP_INT: case OP_INT1: case OP_INT3: case OP_INTO: /* push EFLAGS */
	case OP_CALL_FAR: case OP_JMP_FAR: /* store it, if they switch tasks */
	case OP_SYSCALL: /* copies it to R11 */
		read = FL_ARITH;
		break;
	case OP_CMPS: case OP_SCAS: read &= ~(u32)FL_ZF; break; /* REPE tests the ZF that it made itself */
	case OP_BEXTR: undefined = FL_SF | FL_AF | FL_PF; break; /* SDM 2A BEXTR: OF and CF are cleared */
	case OP_SBB: undefined &= ~(u32)FL_AF; break; /* defined: SDM 1 appendix A */
	case OP_ROL: case OP_ROR: case OP_RCL: case OP_RCR: case OP_SHL: case OP_SHR: case OP_SAR:
		if (p->ours->o[1].kind == OPND_ONE)
			undefined &= ~(u32)FL_OF; /* defined for a count of one */
		break;
	default: break;
	}
	if (read != row->flags_read)
		return "flags read";
	if (written != row->flags_written)
		return "flags written";
	return undefined == row->flags_undefined ? NULL : "flags undefined";
}

/* RETF is a far RET for Zydis; MOVSD and CMPSD of SSE2 went the way of the string instructions in make_names */
static const char *our_name(const struct pair *p)
{
	const char *name = p->ours->row->mnemonic;
	if (p->ours->op == OP_RETF && p->z->insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
		return "RET";
	if (p->ours->row->isa == ISA_SSE2 && p->z->insn.meta.isa_set == ZYDIS_ISA_SET_SSE2)
		return strcmp(name, "MOVSD") == 0 ? "MOVS" : strcmp(name, "CMPSD") == 0 ? "CMPS" : name;
	return name;
}

/* What Zydis says, in bytes; 0 where an operand size means nothing and the two need not agree on one */
static u32 operand_size(const struct pair *p)
{
	const struct insn *s = p->ours;
	u32 size = p->z->insn.operand_width / 8;
	if (s->row->map > 1 || (s->row->traits & (T_MMX | T_SSE)))
		return 0;
	switch (s->op) {
	case OP_NOP: case OP_CMPXCHG8B: case OP_INVLPG: case OP_SYSCALL: return 0;
	case OP_INS: case OP_OUTS: return size == 8 ? 4 : size; /* there are no 64-bit ports */
	default: return size;
	}
}

static const char *compare(const struct check *c, const struct pair *p)
{
	if (p->result == DEC_TOO_LONG || p->z_status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG)
		return p->result == DEC_TOO_LONG && p->z_status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG ? NULL : "15-byte limit";
	if (p->result == DEC_UD || !p->z_valid)
		return p->result == DEC_UD && !p->z_valid ? NULL : p->z_valid ? "valid for Zydis only" : "valid for us only";
	if (p->ours->len != p->z->insn.length)
		return "length";
	if (strcmp(our_name(p), c->name[p->z->insn.mnemonic]) != 0)
		return "mnemonic";
	if (p->ours->addrsize * 8 != p->z->insn.address_width)
		return "address size";
	if (operand_size(p) != 0 && operand_size(p) != p->ours->opsize)
		return "operand size";
	const char *why = compare_operands(p);
	return why != NULL ? why : compare_flags(p);
}

/* ---- one string --------------------------------------------------------------------------------------- */

static void show(struct check *c, const struct pair *p, const char *why)
{
	char text[128] = "(bad)";
	if (c->shown++ >= c->show)
		return;
	static const char *const mode_name[] = { "16", "32", "64" };
	ZydisFormatter f;
	if (p->z_valid && ZYAN_SUCCESS(ZydisFormatterInit(&f, ZYDIS_FORMATTER_STYLE_INTEL)))
		ZydisFormatterFormatInstruction(&f, &p->z->insn, p->z->operand, p->z->insn.operand_count_visible, text, sizeof text, 0, NULL);
	printf("%s-bit", mode_name[p->mode]);
	for (int i = 0; i < STRING_LEN; i++)
		printf(" %02x", p->bytes[i]);
	printf(": %s\n    Zydis %d %s %s | ours %d %d %s %s\n", why, p->z_valid ? p->z->insn.length : 0, text,
		p->z_valid ? ZydisISASetGetString(p->z->insn.meta.isa_set) : "", p->result, p->ours->len,
		p->ours->row ? p->ours->row->mnemonic : "-", p->ours->row ? p->ours->row->operands : "");
}

/* With fewer bytes than the instruction has, the answer is DEC_MORE; with exactly its bytes it is the same */
static const char *check_truncation(const struct pair *p)
{
	struct insn part;
	u8 exact[STRING_LEN];
	if (p->result != DEC_OK)
		return NULL;
	memcpy(exact, p->bytes, p->ours->len);
	memset(exact + p->ours->len, 0x5a, sizeof exact - p->ours->len);
	if (decode(exact, p->ours->len, p->mode, &part) != DEC_OK || memcmp(&part, p->ours, sizeof part) != 0)
		return "depends on bytes beyond the instruction";
	for (size_t n = 1; n < p->ours->len; n++)
		if (decode(p->bytes, n, p->mode, &part) != DEC_MORE)
			return "a part is not DEC_MORE";
	return NULL;
}

static void check_string(struct check *c, const u8 *bytes, enum decode_mode mode)
{
	struct insn ours;
	struct zinsn z;
	struct pair p = { .bytes = bytes, .mode = mode, .ours = &ours, .z = &z };
	p.result = decode(bytes, STRING_LEN, mode, &ours);
	p.z_status = ZydisDecoderDecodeFull(&c->decoder[mode], bytes, STRING_LEN, &z.insn, z.operand);
	p.z_valid = ZYAN_SUCCESS(p.z_status);
	const char *why = compare(c, &p);
	if (why == NULL && (c->strings & 7) == 0)
		why = check_truncation(&p);
	c->strings++;
	c->both_valid += p.result == DEC_OK && p.z_valid;
	c->both_invalid += p.result != DEC_OK && !p.z_valid;
	if (why == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].applies(&p)) {
			c->by_reason[i]++;
			c->explained++;
			return;
		}
	}
	c->failures++;
	show(c, &p, why);
}

/* ---- the strings ------------------------------------------------------------------------------------------ */

static u64 next_random(struct check *c)
{
	u64 z = c->random += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void fill_random(struct check *c, u8 *bytes)
{
	u64 a = next_random(c), b = next_random(c);
	memcpy(bytes, &a, 8);
	memcpy(bytes + 8, &b, 8);
}

/* Every opcode of the maps x every ModRM byte x these prefixes; SIB, displacement, immediate are random */
static void structured(struct check *c, enum decode_mode mode)
{
	static const char *const prefixes[] = { "", "\x66", "\x67", "\x66\x67", "\xf2", "\xf3", "\x66\xf3", "\xf2\x66", "\xf0",
		"\xf0\x66", "\x2e", "\x36", "\x64", "\x65\x67", "\xf3\xf2", "\x26\x3e", "\x48", "\x4f", "\x66\x41", "\xf3\x44",
		"\x64\x2e\x42" };
	static const char *const maps[] = { "", "\x0f", "\x0f\x38", "\x0f\x3a" };
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		for (size_t map = 0; map < 4; map++) {
			for (unsigned v = 0; v < 65536; v++) {
				u8 bytes[STRING_LEN];
				size_t n = strlen(prefixes[i]), m = strlen(maps[map]);
				fill_random(c, bytes);
				memcpy(bytes, prefixes[i], n);
				memcpy(bytes + n, maps[map], m);
				bytes[n + m] = (u8)(v >> 8);
				bytes[n + m + 1] = (u8)v;
				check_string(c, bytes, mode);
			}
		}
	}
}

/* Every VEX prefix of the maps that have rows (R, X, B, vvvv at random) x every opcode x every ModRM byte */
static void vex_strings(struct check *c, enum decode_mode mode)
{
	for (u32 form = 0; form < 32; form++) { /* W, L, pp, map */
		for (u32 v = 0; v < 65536; v++) {
			u8 bytes[STRING_LEN];
			fill_random(c, bytes);
			bool is_plain = bytes[4] & 1; /* the usual R X B and no vvvv operand */
			bytes[0] = form == 31 ? 0xc5 : 0xc4;
			bytes[1] = (u8)((is_plain ? 0xe0 : (bytes[1] & 0xe0) | (mode == DEC_64 ? 0 : 0xc0)) | (2 + (form & 1)));
			bytes[2] = (u8)((form >> 4) << 7 | (is_plain ? 0x78 : bytes[2] & 0x78) | (form >> 1 & 7));
			bytes[3] = (u8)(v >> 8);
			bytes[4] = (u8)v;
			check_string(c, bytes, mode);
		}
	}
}

/* Random bytes behind a random choice of up to 15 prefixes (mostly few) and an escape byte or none */
static void random_strings(struct check *c, enum decode_mode mode, u64 count)
{
	static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x66, 0x67, 0x67, 0xf0, 0xf2, 0xf3, 0x41, 0x48, 0x4e };
	for (u64 i = 0; i < count; i++) {
		u8 bytes[STRING_LEN];
		u64 r = next_random(c);
		size_t n = r & 7 ? r >> 3 & 3 : r >> 3 & 15;
		fill_random(c, bytes);
		for (size_t k = 0; k < n; k++)
			bytes[k] = prefixes[next_random(c) & 15];
		if (r & 0x100 && n < STRING_LEN)
			bytes[n] = 0x0f;
		check_string(c, bytes, mode);
	}
}

static bool start(struct check *c)
{
	static const ZydisMachineMode machine[] = { ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_MACHINE_MODE_LONG_64 };
	static const ZydisStackWidth stack[] = { ZYDIS_STACK_WIDTH_16, ZYDIS_STACK_WIDTH_32, ZYDIS_STACK_WIDTH_64 };
	/* Not on the processors that we model: their opcodes are hint NOPs */
	static const ZydisDecoderMode off[] = { ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET, ZYDIS_DECODER_MODE_CLDEMOTE,
		ZYDIS_DECODER_MODE_WBNOINVD, ZYDIS_DECODER_MODE_KNC };
	c->name = calloc(ZYDIS_MNEMONIC_MAX_VALUE + 1, sizeof *c->name);
	if (c->name == NULL)
		return false;
	make_names(c);
	for (int mode = 0; mode < 3; mode++) {
		if (!ZYAN_SUCCESS(ZydisDecoderInit(&c->decoder[mode], machine[mode], stack[mode])))
			return false;
		for (size_t i = 0; i < ARRAY_LEN(off); i++)
			ZydisDecoderEnableMode(&c->decoder[mode], off[i], ZYAN_FALSE);
	}
	return true;
}

static void report(const struct check *c)
{
	printf("%llu strings: %llu valid for both, %llu for neither, %llu explained differences, %llu unexplained\n",
		(unsigned long long)c->strings, (unsigned long long)c->both_valid, (unsigned long long)c->both_invalid,
		(unsigned long long)c->explained, (unsigned long long)c->failures);
	for (size_t i = 0; c->verbose && i < ARRAY_LEN(reasons); i++)
		printf("%12llu  %s\n", (unsigned long long)c->by_reason[i], reasons[i].text);
}

int main(int argc, char **argv)
{
	struct check c = { .random = 1, .show = 20 };
	u64 count = 1000000;
	int only = 0;
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "0";
		if (strcmp(argv[i], "-v") == 0)
			c.verbose = true;
		else if (strcmp(argv[i], "-n") == 0)
			count = strtoull(value, NULL, 0), i++;
		else if (strcmp(argv[i], "-s") == 0)
			c.random = strtoull(value, NULL, 0), i++;
		else if (strcmp(argv[i], "-m") == 0)
			only = atoi(value), i++;
		else if (strcmp(argv[i], "-k") == 0)
			c.show = atoi(value), i++;
	}
	if (!start(&c))
		return 1;
	for (int mode = DEC_16; mode <= DEC_64; mode++) {
		if (only != 0 && only != 16 << mode)
			continue;
		structured(&c, (enum decode_mode)mode);
		vex_strings(&c, (enum decode_mode)mode);
		random_strings(&c, (enum decode_mode)mode, count);
	}
	report(&c);
	free(c.name);
	return c.failures != 0;
}
