/* check_decode.c - the decoder, rule by rule of SDM 2A chapter 2 and the opcode map
 * (2D appendix A); tests/cpu/decode_zydis.c compares it wholesale.
 */
#include "cpu/disasm.h"
#include "cpu/insn.h"

#include <check.h>
#include <string.h>

/* Bytes as a string literal without its final zero */
#define DECODE(mode, literal, insn) decode((const u8 *)(literal), sizeof(literal) - 1, mode, insn)
#define DECODES(mode, literal) \
	ck_assert_msg(DECODE(mode, literal, &s) == DEC_OK && s.len == sizeof(literal) - 1, "result for %s, length %d", #literal, s.len)
#define UNDEFINED(mode, literal) ck_assert_int_eq(DECODE(mode, literal "\x00\x00\x00\x00\x00\x00", &s), DEC_UD)

static void check_register(const struct operand *o, int reg, int size, int high)
{
	ck_assert_int_eq(o->kind, OPND_REG);
	ck_assert_int_eq(o->reg, reg);
	ck_assert_int_eq(o->size, size);
	ck_assert_int_eq(o->high, high);
}

static void check_memory(const struct insn *s, int seg, int base, int index, int scale, s32 disp)
{
	ck_assert_int_eq(s->has_mem, 1);
	ck_assert_int_eq(s->seg, seg);
	ck_assert_int_eq(s->base, base);
	ck_assert_int_eq(s->index, index);
	ck_assert_int_eq(s->scale, scale);
	ck_assert_int_eq(s->disp, disp);
}

enum { AX, CX, DX, BX, SP, BP, SI, DI };

/* ---- sizes -------------------------------------------------------------------------------- */

START_TEST(prefix_66_toggles_the_operand_size)
{
	struct insn s;
	DECODES(DEC_16, "\x01\xc8");
	ck_assert_int_eq(s.opsize, 2);
	DECODES(DEC_16, "\x66\x01\xc8");
	ck_assert_int_eq(s.opsize, 4);
	DECODES(DEC_32, "\x01\xc8");
	ck_assert_int_eq(s.opsize, 4);
	DECODES(DEC_32, "\x66\x05\x34\x12"); /* and with it the immediate */
	ck_assert_int_eq(s.opsize, 2);
	ck_assert_uint_eq(s.imm, 0x1234);
}
END_TEST

START_TEST(rex_w_beats_66_in_long_mode)
{
	struct insn s; /* SDM 2A 2.2.1.2 */
	DECODES(DEC_64, "\x66\x48\x01\xc8");
	ck_assert_int_eq(s.opsize, 8);
	DECODES(DEC_64, "\x50"); /* d64 */
	ck_assert_int_eq(s.opsize, 8);
	DECODES(DEC_64, "\x66\x50");
	ck_assert_int_eq(s.opsize, 2);
	DECODES(DEC_64, "\x66\xe8\x00\x00\x00\x00"); /* f64: Intel ignores 66 on near branches */
	ck_assert_int_eq(s.opsize, 8);
	DECODES(DEC_64, "\x48\xb8\x08\x07\x06\x05\x04\x03\x02\x01"); /* MOV r64, imm64 */
	ck_assert_uint_eq(s.imm, 0x0102030405060708);
}
END_TEST

START_TEST(a_rex_not_right_before_the_opcode_is_ignored)
{
	struct insn s; /* SDM 2A 2.2.1 */
	DECODES(DEC_64, "\x48\x66\x01\xc8");
	ck_assert_int_eq(s.opsize, 2);
	ck_assert_int_eq(s.rex, 0);
}
END_TEST

START_TEST(immediates_extend_as_their_code_says)
{
	struct insn s;
	DECODES(DEC_32, "\x83\xc0\xff"); /* ADD Ev,Ibs */
	ck_assert_uint_eq(s.imm, ~0ull);
	DECODES(DEC_32, "\x80\xc0\xff"); /* ADD Eb,Ib */
	ck_assert_uint_eq(s.imm, 0xff);
	DECODES(DEC_32, "\xcd\xff"); /* INT Ib, RET Iw: unsigned */
	ck_assert_uint_eq(s.imm, 0xff);
	DECODES(DEC_32, "\xc2\xff\xff");
	ck_assert_uint_eq(s.imm, 0xffff);
	DECODES(DEC_64, "\x48\x05\x00\x00\x00\x80"); /* ADD RAX,Iz */
	ck_assert_uint_eq(s.imm, 0xffffffff80000000);
	DECODES(DEC_32, "\xe8\xfe\xff\xff\xff");
	ck_assert_int_eq(s.o[0].kind, OPND_REL);
	ck_assert_uint_eq(s.imm, ~1ull);
	DECODES(DEC_16, "\xc8\x34\x12\x03"); /* ENTER */
	ck_assert_uint_eq(s.imm, 0x1234);
	ck_assert_uint_eq(s.imm2, 3);
	DECODES(DEC_16, "\xea\x78\x56\x34\x12"); /* JMP far */
	ck_assert_int_eq(s.o[0].kind, OPND_FAR);
	ck_assert_uint_eq(s.imm, 0x5678);
	ck_assert_uint_eq(s.imm2, 0x1234);
}
END_TEST

/* ---- memory operands --------------------------------------------------------------------------- */

START_TEST(addresses_of_16_bits_follow_table_2_1)
{
	static const u8 base[8] = { BX, BX, BP, BP, SI, DI, BP, BX };
	static const u8 index[8] = { SI, DI, SI, DI, REG_NONE, REG_NONE, REG_NONE, REG_NONE };
	struct insn s;
	for (int rm = 0; rm < 8; rm++) {
		u8 code[] = { 0x8b, (u8)(0x40 | rm), 0xfe };
		ck_assert_int_eq(decode(code, sizeof code, DEC_16, &s), DEC_OK);
		check_memory(&s, base[rm] == BP ? SEG_SS : SEG_DS, base[rm], index[rm], 0, -2);
	}
	DECODES(DEC_16, "\x8b\x06\x34\x12");
	check_memory(&s, SEG_DS, REG_NONE, REG_NONE, 0, 0x1234);
	DECODES(DEC_32, "\x67\x8b\x86\x34\x12");
	check_memory(&s, SEG_SS, BP, REG_NONE, 0, 0x1234);
	ck_assert_int_eq(s.addrsize, 2);
}
END_TEST

START_TEST(addresses_of_32_bits_follow_tables_2_2_and_2_3)
{
	struct insn s;
	DECODES(DEC_32, "\x8b\x05\x04\x03\x02\x01");
	check_memory(&s, SEG_DS, REG_NONE, REG_NONE, 0, 0x01020304);
	DECODES(DEC_32, "\x8b\x45\x80");
	check_memory(&s, SEG_SS, BP, REG_NONE, 0, -128);
	DECODES(DEC_32, "\x8b\x04\x24"); /* index 4: none */
	check_memory(&s, SEG_SS, SP, REG_NONE, 0, 0);
	DECODES(DEC_32, "\x8b\x04\x6d\x00\x00\x00\x80"); /* base 5 with mod 0: none; EBP as index leaves DS */
	check_memory(&s, SEG_DS, REG_NONE, BP, 1, (s32)0x80000000);
	DECODES(DEC_32, "\x8b\x44\xcb\x10");
	check_memory(&s, SEG_DS, BX, CX, 3, 16);
	DECODES(DEC_64, "\x8b\x05\x04\x03\x02\x01");
	check_memory(&s, SEG_DS, REG_RIP, REG_NONE, 0, 0x01020304);
	DECODES(DEC_64, "\x43\x8b\x04\x20"); /* REX.X makes index 4 an R12 */
	check_memory(&s, SEG_DS, 8, 12, 0, 0);
}
END_TEST

START_TEST(the_last_segment_override_counts)
{
	struct insn s;
	DECODES(DEC_32, "\x26\x64\x8b\x45\x00");
	check_memory(&s, SEG_FS, BP, REG_NONE, 0, 0);
	DECODES(DEC_64, "\x64\x26\x8b\x45\x00"); /* ES is ignored in 64-bit mode */
	check_memory(&s, SEG_FS, BP, REG_NONE, 0, 0);
}
END_TEST

START_TEST(implied_segments_of_string_instructions)
{
	struct insn s; /* SDM 2B: the source may be overridden, the destination not */
	DECODES(DEC_16, "\xa4");
	ck_assert_int_eq(s.seg, SEG_DS);
	DECODES(DEC_16, "\x2e\xa5");
	ck_assert_int_eq(s.seg, SEG_CS);
	ck_assert_int_eq(s.opsize, 2);
	DECODES(DEC_16, "\x2e\xaa");
	ck_assert_int_eq(s.seg, SEG_ES);
	ck_assert_int_eq(s.opsize, 1);
	DECODES(DEC_16, "\x65\x6e");
	ck_assert_int_eq(s.seg, SEG_GS);
	DECODES(DEC_16, "\x36\x6c");
	ck_assert_int_eq(s.seg, SEG_ES);
	DECODES(DEC_16, "\x36\xd7"); /* XLAT */
	ck_assert_int_eq(s.seg, SEG_SS);
	ck_assert_int_eq(s.noperands, 0);
	DECODES(DEC_32, "\x64\xa1\x18\x00\x00\x00"); /* moffs */
	check_memory(&s, SEG_FS, REG_NONE, REG_NONE, 0, 0x18);
	ck_assert_int_eq(s.o[1].kind, OPND_MEM);
}
END_TEST

/* ---- registers ---------------------------------------------------------------------------------- */

START_TEST(byte_registers_4_to_7_are_high_without_rex)
{
	struct insn s;
	DECODES(DEC_32, "\x88\xe7"); /* MOV BH,AH */
	check_register(&s.o[0], BX, 1, 1);
	check_register(&s.o[1], AX, 1, 1);
	DECODES(DEC_64, "\x40\x88\xe7"); /* MOV DIL,SPL */
	check_register(&s.o[0], DI, 1, 0);
	check_register(&s.o[1], SP, 1, 0);
	DECODES(DEC_32, "\xb5\x07"); /* MOV CH,7 */
	check_register(&s.o[0], CX, 1, 1);
}
END_TEST

START_TEST(segment_control_and_debug_registers)
{
	struct insn s;
	DECODES(DEC_16, "\x8e\xd8");
	ck_assert_int_eq(s.op, OP_MOV_TO_SREG);
	ck_assert_int_eq(s.o[0].reg, SEG_DS);
	UNDEFINED(DEC_16, "\x8e\xc8"); /* CS */
	UNDEFINED(DEC_16, "\x8e\xf0"); /* no such register */
	UNDEFINED(DEC_16, "\x8c\xf8");
	DECODES(DEC_32, "\x0f\x22\x18"); /* mod is ignored: no SIB, no displacement */
	ck_assert_int_eq(s.o[0].kind, OPND_CR);
	ck_assert_int_eq(s.o[0].reg, 3);
	check_register(&s.o[1], AX, 4, 0);
	UNDEFINED(DEC_32, "\x0f\x20\xc8"); /* CR1 */
	UNDEFINED(DEC_32, "\x0f\x20\xe8"); /* CR5 */
	DECODES(DEC_64, "\x44\x0f\x20\xc0");
	ck_assert_int_eq(s.o[1].reg, 8); /* CR8 */
	check_register(&s.o[0], AX, 8, 0);
	DECODES(DEC_16, "\x0f\x23\xe0"); /* DR4: CR4.DE decides when it runs */
	ck_assert_int_eq(s.o[0].kind, OPND_DR);
	check_register(&s.o[1], AX, 4, 0);
}
END_TEST

/* ---- what is undefined ------------------------------------------------------------------------------- */

START_TEST(register_forms_that_need_memory_are_undefined)
{
	struct insn s;
	UNDEFINED(DEC_32, "\x8d\xc0");     /* LEA */
	UNDEFINED(DEC_32, "\x62\xc0");     /* BOUND; EVEX elsewhere */
	UNDEFINED(DEC_32, "\xc4\xc0");     /* LES; VEX elsewhere */
	UNDEFINED(DEC_32, "\xc5\xc0");     /* LDS */
	UNDEFINED(DEC_32, "\xff\xd8");     /* CALL far */
	UNDEFINED(DEC_32, "\xff\xe8");     /* JMP far */
	UNDEFINED(DEC_32, "\x0f\xc7\xc8"); /* CMPXCHG8B */
	UNDEFINED(DEC_32, "\x0f\xb2\xc0"); /* LSS */
}
END_TEST

START_TEST(digits_without_a_meaning_are_undefined)
{
	struct insn s;
	UNDEFINED(DEC_32, "\x8f\xc8");
	UNDEFINED(DEC_32, "\xc6\xc8");
	UNDEFINED(DEC_32, "\xc7\x08");
	UNDEFINED(DEC_32, "\xfe\xd0");
	UNDEFINED(DEC_32, "\xff\xf8");
	UNDEFINED(DEC_32, "\x0f\x00\xf0");
	UNDEFINED(DEC_32, "\x0f\x01\xe8");
	UNDEFINED(DEC_32, "\x0f\xba\xd8");
	DECODES(DEC_32, "\xc1\xf0\x04"); /* /6 is SHL again */
	ck_assert_int_eq(s.op, OP_SHL);
	DECODES(DEC_32, "\xf6\xc8\x04"); /* /1 is TEST again */
	ck_assert_int_eq(s.op, OP_TEST);
	DECODES(DEC_32, "\x82\xc0\x04");
	ck_assert_int_eq(s.op, OP_ADD);
}
END_TEST

START_TEST(lock_needs_a_lockable_memory_destination)
{
	struct insn s; /* SDM 2A, LOCK */
	DECODES(DEC_32, "\xf0\x01\x00");
	ck_assert(s.prefixes & PFX_LOCK);
	DECODES(DEC_32, "\xf0\x86\x00");
	DECODES(DEC_32, "\xf0\x0f\xc7\x08");
	UNDEFINED(DEC_32, "\xf0\x01\xc0");
	UNDEFINED(DEC_32, "\xf0\x03\x00"); /* the destination is a register */
	UNDEFINED(DEC_32, "\xf0\x39\x00"); /* CMP writes nothing */
	UNDEFINED(DEC_32, "\xf0\x0f\xa3\x00");
	UNDEFINED(DEC_32, "\xf0\x90");
}
END_TEST

START_TEST(long_mode_drops_old_opcodes)
{
	static const u8 gone[] = { 0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x62, 0x82, 0x9a,
		0xc4, 0xc5, 0xce, 0xd4, 0xd5, 0xd6, 0xea };
	struct insn s; /* SDM 2D A.2.5, i64 */
	for (size_t i = 0; i < sizeof gone; i++) {
		u8 code[16] = { gone[i] };
		ck_assert_int_eq(decode(code, sizeof code, DEC_64, &s), DEC_UD);
		ck_assert_int_eq(decode(code, sizeof code, DEC_32, &s), DEC_OK);
	}
	DECODES(DEC_64, "\x63\xc8");
	ck_assert_str_eq(s.row->mnemonic, "MOVSXD");
	DECODES(DEC_32, "\x63\xc8");
	ck_assert_int_eq(s.op, OP_ARPL);
	UNDEFINED(DEC_32, "\x0f\x05");
}
END_TEST

/* ---- length --------------------------------------------------------------------------------------------- */

START_TEST(fifteen_bytes_are_the_limit)
{
	struct insn s; /* SDM 2A 2.3.11; #GP(0) */
	u8 code[16];
	memset(code, 0x66, sizeof code);
	code[14] = 0x90;
	ck_assert_int_eq(decode(code, sizeof code, DEC_32, &s), DEC_OK);
	ck_assert_int_eq(s.len, 15);
	code[14] = 0x04; /* ADD AL,Ib: one too many */
	ck_assert_int_eq(decode(code, sizeof code, DEC_32, &s), DEC_TOO_LONG);
	ck_assert_int_eq(decode(code, 15, DEC_32, &s), DEC_TOO_LONG);
	ck_assert_int_eq(decode(code, 14, DEC_32, &s), DEC_MORE);
}
END_TEST

START_TEST(a_part_of_an_instruction_asks_for_more)
{
	static const u8 code[] = { 0x2e, 0x81, 0x84, 0xcb, 1, 2, 3, 4, 5, 6, 7, 8 }; /* ADD CS:[EBX+ECX*8+d32], imm32 */
	struct insn s;
	for (size_t n = 1; n < sizeof code; n++)
		ck_assert_int_eq(decode(code, n, DEC_32, &s), DEC_MORE);
	ck_assert_int_eq(decode(code, sizeof code, DEC_32, &s), DEC_OK);
	ck_assert_int_eq(s.len, sizeof code);
}
END_TEST

/* ---- prefixes that change the instruction --------------------------------------------------------------- */

START_TEST(mandatory_prefixes_choose_the_row)
{
	struct insn s;
	DECODES(DEC_32, "\xf3\x90");
	ck_assert_int_eq(s.op, OP_PAUSE);
	DECODES(DEC_64, "\x41\x90"); /* XCHG R8,RAX */
	ck_assert_int_eq(s.op, OP_XCHG);
	DECODES(DEC_32, "\xf3\x0f\xb8\xc1");
	ck_assert_int_eq(s.op, OP_POPCNT);
	UNDEFINED(DEC_32, "\x0f\xb8\xc1");
	DECODES(DEC_32, "\xf3\x0f\xbc\xc1");
	ck_assert_int_eq(s.op, OP_TZCNT);
	DECODES(DEC_32, "\x66\xf2\x0f\xbd\xc1"); /* F2 means nothing here */
	ck_assert_int_eq(s.op, OP_BSR);
	DECODES(DEC_32, "\xf2\xf3\xa6"); /* the last of F2, F3 counts */
	ck_assert_int_eq(s.prefixes & (PFX_REP | PFX_REPNE), PFX_REP);
	ck_assert(s.row->traits & T_REPZ);
}
END_TEST

START_TEST(x87_control_instructions_have_their_own_names)
{
	static const struct {
		u8 code[2];
		enum op op;
	} cases[] = { { { 0xdf, 0xe0 }, OP_FNSTSW }, { { 0xdd, 0x38 }, OP_FNSTSW }, { { 0xd9, 0x38 }, OP_FNSTCW },
		{ { 0xd9, 0x28 }, OP_FLDCW }, { { 0xdb, 0xe3 }, OP_FNINIT }, { { 0xdb, 0xe2 }, OP_FNCLEX }, { { 0xd9, 0xd0 }, OP_FNOP },
		{ { 0xd8, 0xc1 }, OP_FADD } };
	struct insn s;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(decode(cases[i].code, 2, DEC_32, &s), DEC_OK);
		ck_assert_int_eq(s.op, cases[i].op);
		ck_assert(s.row->traits & T_FPU);
	}
	UNDEFINED(DEC_32, "\xd9\xd1");
	UNDEFINED(DEC_32, "\xdb\xe5");
}
END_TEST

/* ---- the table -------------------------------------------------------------------------------------------- */

START_TEST(rows_are_consistent)
{
	for (int i = 1; i < opcode_count; i++) {
		const struct opcode *o = &opcode_table[i];
		ck_assert_int_ne(o->op, OP_INVALID);
		ck_assert_int_lt(o->op, OP_COUNT);
		ck_assert_msg((o->flags_undefined & ~o->flags_written) == 0, "%s: undefined flags are written flags", o->mnemonic);
		ck_assert_msg(!(o->traits & T_REPZ) || (o->traits & T_REP), "%s", o->mnemonic);
		if (o->op < OP_TEST) /* the eight ALU operations are in the order of opcode bits 5..3 */
			ck_assert_int_eq(o->op - OP_ADD, o->digit >= 0 && o->byte >= 0x80 && o->byte < 0x84 ? o->digit : o->byte >> 3);
	}
}
END_TEST

START_TEST(conditions_are_the_low_nibble)
{
	struct insn s;
	DECODES(DEC_32, "\x75\x00");
	ck_assert_str_eq(s.row->mnemonic, "JNZ");
	ck_assert_int_eq(s.cond, 5);
	DECODES(DEC_32, "\x0f\x9c\xc0");
	ck_assert_str_eq(s.row->mnemonic, "SETL");
	ck_assert_int_eq(s.cond, 12);
	ck_assert_int_eq(s.row->flags_read, FL_SF | FL_OF);
}
END_TEST

START_TEST(traits_of_the_famous_17)
{
	/* Robin and Irvine 2000: sensitive and not privileged; each must have a trait that says so */
	static const enum op ops[] = { OP_SGDT, OP_SIDT, OP_SLDT, OP_SMSW, OP_PUSHF, OP_POPF, OP_LAR, OP_LSL, OP_VERR, OP_VERW, OP_INT,
		OP_STR, OP_CALL_FAR, OP_JMP_FAR, OP_RETF, OP_IRET };
	for (int i = 1; i < opcode_count; i++) {
		const struct opcode *o = &opcode_table[i];
		for (size_t k = 0; k < ARRAY_LEN(ops); k++) {
			if (o->op != ops[k])
				continue;
			ck_assert(o->traits & (T_READS_R | T_WRITES_R | T_READS_M | T_WRITES_M));
			ck_assert(!(o->traits & T_CPL0));
		}
	}
}
END_TEST

START_TEST(disassembly_is_intel_syntax)
{
	char text[64];
	ck_assert_int_eq(disasm_text((const u8 *)"\x26\x8b\x46\xfe", 4, DEC_16, 0, text, sizeof text), 4);
	ck_assert_str_eq(text, "mov ax, es:[bp-0x02]");
	ck_assert_int_eq(disasm_text((const u8 *)"\xeb\xfe", 2, DEC_32, 0x1000, text, sizeof text), 2);
	ck_assert_str_eq(text, "jmp 0x00001000");
	ck_assert_int_eq(disasm_text((const u8 *)"\xc6\xc8\x00", 3, DEC_32, 0, text, sizeof text), 0);
	ck_assert_str_eq(text, "(bad)");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decode");
	TCase *tc = tcase_create("decode");
	tcase_add_test(tc, prefix_66_toggles_the_operand_size);
	tcase_add_test(tc, rex_w_beats_66_in_long_mode);
	tcase_add_test(tc, a_rex_not_right_before_the_opcode_is_ignored);
	tcase_add_test(tc, immediates_extend_as_their_code_says);
	tcase_add_test(tc, addresses_of_16_bits_follow_table_2_1);
	tcase_add_test(tc, addresses_of_32_bits_follow_tables_2_2_and_2_3);
	tcase_add_test(tc, the_last_segment_override_counts);
	tcase_add_test(tc, implied_segments_of_string_instructions);
	tcase_add_test(tc, byte_registers_4_to_7_are_high_without_rex);
	tcase_add_test(tc, segment_control_and_debug_registers);
	tcase_add_test(tc, register_forms_that_need_memory_are_undefined);
	tcase_add_test(tc, digits_without_a_meaning_are_undefined);
	tcase_add_test(tc, lock_needs_a_lockable_memory_destination);
	tcase_add_test(tc, long_mode_drops_old_opcodes);
	tcase_add_test(tc, fifteen_bytes_are_the_limit);
	tcase_add_test(tc, a_part_of_an_instruction_asks_for_more);
	tcase_add_test(tc, mandatory_prefixes_choose_the_row);
	tcase_add_test(tc, x87_control_instructions_have_their_own_names);
	tcase_add_test(tc, rows_are_consistent);
	tcase_add_test(tc, conditions_are_the_low_nibble);
	tcase_add_test(tc, traits_of_the_famous_17);
	tcase_add_test(tc, disassembly_is_intel_syntax);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
