/* insn.h - a decoded instruction, and the row of the opcode table it came from.
 *
 *   bytes --decode()--> struct insn --lower()--> struct uop (cpu/uop.h) --> handler
 *
 * The one opcode table is cpu/opcodes.def. It feeds the decoder, the cross-check
 * against the disassembler, the VMM's policy (traits), the tests and
 * docs/opcodes.md. Operand codes are those of SDM 2D appendix A.
 */
#ifndef CPU_INSN_H
#define CPU_INSN_H

#include "base/types.h"

/* ---- what an instruction does ------------------------------------------------------ */

/* One semantic operation, whatever its operands: OP_ADD, OP_JCC, OP_MOV_CR ... (X-macro list cpu/ops.def: OP(ADD) ...) */
enum op {
	OP_INVALID,
#define OP(name) OP_##name,
#include "cpu/ops.def"
#undef OP
	OP_COUNT
};

/* Traits: what a row has to do with M and R (docs/virtualization.md). Facts about the instruction, not verdicts. */
enum trait {
	T_CPL0 = 1u << 0,        /* #GP unless CPL = 0 */
	T_IOPL = 1u << 1,        /* gated by IOPL in protected mode: CLI, STI */
	T_IOPL_V86 = 1u << 2,    /* gated by IOPL in virtual-8086 mode: also PUSHF POPF INT n IRET */
	T_IO = 1u << 3,          /* gated by IOPL or the I/O permission bitmap */
	T_UMIP = 1u << 4,        /* gated by CR4.UMIP */
	T_TSD = 1u << 5,         /* gated by CR4.TSD */
	T_PCE = 1u << 6,         /* gated by CR4.PCE */
	T_READS_R = 1u << 7,     /* result depends on resource state: GDTR, CR0, IF, IOPL ... */
	T_WRITES_R = 1u << 8,    /* changes resource state */
	T_READS_M = 1u << 9,     /* result depends on the privilege level: selectors' RPL, LAR, VERR ... */
	T_WRITES_M = 1u << 10,   /* changes the privilege level or the mode: far transfers, INT, IRET */
	T_SEGLOAD = 1u << 11,    /* loads a segment register (touches descriptor tables in protected mode) */
	T_VISIBLE = 1u << 12,    /* reveals the processor or time: CPUID, RDTSC */
	T_NOT_V86 = 1u << 13,    /* #UD in real and virtual-8086 mode: LLDT, LTR, LAR, ARPL ... */
	T_PROT_ONLY_READS = 1u << 14, /* READS_M/READS_R hold in protected mode only: MOV r,Sreg PUSH Sreg */
	T_FPU = 1u << 15,        /* x87: CR0.EM/TS give #NM */
	T_LOCKABLE = 1u << 16,   /* LOCK allowed with a memory destination */
	T_BRANCH = 1u << 17,     /* may set IP: ends a block */
	T_REP = 1u << 18,        /* REP repeats it (string instructions) */
	T_REPZ = 1u << 19,       /* REPE/REPNE test ZF: CMPS, SCAS */
	T_MMX = 1u << 20,
	T_SSE = 1u << 21,        /* CR0.EM / CR4.OSFXSR give #UD, CR0.TS #NM */
};

/* Rows with none of these are innocuous in every mode. */
#define T_GATED (T_CPL0 | T_IOPL | T_IOPL_V86 | T_IO | T_UMIP | T_TSD | T_PCE)
#define T_SENSITIVE (T_GATED | T_READS_R | T_WRITES_R | T_READS_M | T_WRITES_M | T_SEGLOAD | T_VISIBLE)

/* ISA groups, by the processor or CPUID feature that brought a row */
enum isa {
	ISA_86, ISA_186, ISA_286, ISA_386, ISA_486, ISA_P5, ISA_P6, ISA_FPU, ISA_MMX, ISA_SSE, ISA_SSE2, ISA_SSE3,
	ISA_SSSE3, ISA_SSE41, ISA_SSE42, ISA_POPCNT, ISA_LZCNT, ISA_MOVBE, ISA_BMI1, ISA_BMI2, ISA_ADX, ISA_AES,
	ISA_PCLMUL, ISA_SHA, ISA_SEP, ISA_FXSR, ISA_TSC, ISA_MSR, ISA_CX8, ISA_CX16, ISA_RDTSCP, ISA_FSGSBASE,
	ISA_SMAP, ISA_XSAVE, ISA_LM, ISA_VMX, ISA_PREFETCHW, ISA_UNDEF /* reserved: always #UD */,
	ISA_COUNT
};

/* Arithmetic flags, in their EFLAGS places */
enum {
	FL_CF = 1 << 0, FL_PF = 1 << 2, FL_AF = 1 << 4, FL_ZF = 1 << 6, FL_SF = 1 << 7, FL_OF = 1 << 11,
	FL_ARITH = FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_OF,
};

struct opcode {
	const char *mnemonic; /* as in the SDM, upper case: "ADD"; conditional ones carry the condition: "JNZ" */
	const char *operands; /* "Eb,Gb" in the codes of SDM 2D appendix A */
	u16 op;               /* enum op */
	u8 map;               /* 0: one byte, 1: 0F, 2: 0F38, 3: 0F3A, 4: VEX.0F38, 5: VEX.0F3A */
	u8 byte;              /* opcode byte */
	s8 digit;             /* /digit of ModRM.reg, -1: none */
	u8 isa;               /* enum isa */
	u16 flags_read, flags_written, flags_undefined; /* FL_*; written includes undefined ones */
	u32 traits;           /* enum trait */
};

extern const struct opcode opcode_table[];
extern const int opcode_count;

/* ---- a decoded instruction ---------------------------------------------------------- */

enum operand_kind {
	OPND_NONE,
	OPND_REG,  /* general register; reg 0..15; with size 1 and `high`, AH CH DH BH are reg 0..3 */
	OPND_MEM,  /* insn.mem */
	OPND_IMM,  /* insn.imm (sign- or zero-extended to 64 bits as the instruction defines) */
	OPND_IMM2, /* insn.imm2: ENTER's second operand, far pointers' selector */
	OPND_REL,  /* branch displacement, insn.imm, relative to the next instruction */
	OPND_FAR,  /* direct far pointer: offset insn.imm, selector insn.imm2 */
	OPND_SREG, /* ES CS SS DS FS GS = 0..5 */
	OPND_CR, OPND_DR,
	OPND_ST,   /* x87 stack register */
	OPND_MM, OPND_XMM,
	OPND_ONE,  /* the constant 1 of the D0/D1 shifts */
};

struct operand {
	u8 kind;
	u8 size; /* bytes; 0 where it has none (LEA's memory, far pointers: operand size + 2) */
	u8 reg;
	u8 high; /* AH..BH */
};

enum seg_reg { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_NONE };

#define REG_NONE 16 /* no base / no index: the always-zero register */
#define REG_RIP 17  /* RIP-relative, long mode only */

enum insn_prefix {
	PFX_LOCK = 1, PFX_REP = 2 /* F3 */, PFX_REPNE = 4 /* F2 */, PFX_OPSIZE = 8, PFX_ADDRSIZE = 16, PFX_SEG = 32,
	PFX_REX = 64, PFX_REX_W = 128,
};

struct insn {
	const struct opcode *row;
	u16 op;       /* enum op: row->op */
	u8 len;       /* bytes, 1..15 */
	u8 opsize;    /* 1 for byte forms, else 2, 4, 8: the effective operand size */
	u8 addrsize;  /* 2, 4, 8 */
	u8 prefixes;  /* enum insn_prefix */
	u8 cond;      /* Jcc SETcc CMOVcc: low nibble of the opcode */
	u8 noperands;
	struct operand o[4];
	/* the memory operand (there is at most one; string instructions and XLAT imply theirs: seg is still set) */
	u8 seg;       /* effective segment, after overrides and the BP/SP default */
	u8 base, index, scale; /* registers or REG_NONE; scale is a shift count 0..3 */
	s32 disp;
	u64 imm, imm2;
	u8 modrm;     /* 0 if none */
	u8 has_modrm, has_mem;
	u8 rex;
};

enum decode_mode { DEC_16, DEC_32, DEC_64 };

enum decode_result {
	DEC_OK,
	DEC_UD,       /* no such instruction: #UD. len says how many bytes were looked at */
	DEC_TOO_LONG, /* more than 15 bytes: #GP(0) */
	DEC_MORE,     /* the instruction goes on behind `avail` bytes */
};

/* Decodes one instruction at `bytes`, of which `avail` (1..) may be read. Pure: no state, no CPU model; a LOCK prefix on a
 * form that does not allow it is DEC_UD. Bytes beyond the instruction never influence the result. */
enum decode_result decode(const u8 *bytes, size_t avail, enum decode_mode mode, struct insn *out);

/* Reason of the last #UD in words is derived from the row and prefixes by the caller; decode keeps no text. */

const char *op_name(enum op op);

#endif
