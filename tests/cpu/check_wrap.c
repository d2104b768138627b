/* The ends of segments and of address spaces, with the processor running: 64 KB and 4 GB, effective addresses, stacks of 16 bits under
 * 32-bit code. SDM 1 3.3.7, 6.2.2 to 6.2.5; SDM 3A 5.3, 3.2.1; SDM 3B 22.31 (wrap-around). */
#include "tests/cpu/system_rig.h"

#include "cpu/block.h"

enum { AT16 = 0x20000 /* CS */, DATA16 = 0x30000, STACK16 = 0x40000, HALT = -1 };

static void stop_at_exception(void *opaque)
{
	struct rig *r = opaque;
	cpu_stop(&r->c);
	r->last_port = 1;
}

static void attach(struct rig *r)
{
	r->c.hooks.exception = stop_at_exception;
	r->m.hooks.opaque = r;
	r->pm.hooks = (struct physmem_hooks){.opaque = &r->c, .code_written = code_written};
	r->last_port = 0;
	ctx_update(&r->c);
}

/* Runs up to HLT or an exception: its vector, or HALT. */
static int run(struct rig *r, u64 ip)
{
	r->c.ip = ip;
	r->c.attention = 0;
	cpu_run(&r->c, r->c.count + 100);
	ck_assert(r->last_port == 1 || r->s.activity == ACT_HALTED);
	return r->last_port == 1 ? r->c.fault.vec : HALT;
}

static struct rig *real_mode(void)
{
	struct rig *r = rig_new();
	for (int i = 0; i < 6; i++)
		seg_load_real(&r->s, i, (i == SEG_CS ? AT16 : i == SEG_SS ? STACK16 : DATA16) >> 4);
	r->c.r[RSP] = 0x1000;
	attach(r);
	for (u32 i = 0; i < 0x10000; i++)
		r->ram[DATA16 + i] = (u8)(i * 7 + 3);
	return r;
}

static const struct real_case {
	const char *code;
	u32 n;
	u16 ax, bx, bp, sp, si, di; /* before */
	int vec;
	u16 ax_after, sp_after, si_after;
} real_cases[] = {
#define BYTE(at) ((u8)((at)*7 + 3))
#define WORD(at) (u16)(BYTE(at) | BYTE((u16)((at) + 1)) << 8)
	/* MOV AL,[FFFF]; MOV AX,[FFFE]; MOV AX,[FFFF]; MOV EAX,[FFFD]; MOV [FFFF],AX */
	{"\xa0\xff\xff\xf4", 4, 0, 0, 0, 0x1000, 0, 0, HALT, BYTE(0xffff), 0x1000, 0},
	{"\xa1\xfe\xff\xf4", 4, 0, 0, 0, 0x1000, 0, 0, HALT, WORD(0xfffe), 0x1000, 0},
	{"\xa1\xff\xff\xf4", 4, 0, 0, 0, 0x1000, 0, 0, VEC_GP, 0, 0x1000, 0},
	{"\x66\xa1\xfd\xff\xf4", 5, 0, 0, 0, 0x1000, 0, 0, VEC_GP, 0, 0x1000, 0},
	{"\xa3\xff\xff\xf4", 4, 5, 0, 0, 0x1000, 0, 0, VEC_GP, 5, 0x1000, 0},
	/* MOV AX,[BP+0] with BP = FFFF: the stack's segment */
	{"\x8b\x46\x00\xf4", 4, 0, 0, 0xffff, 0x1000, 0, 0, VEC_SS, 0, 0x1000, 0},
	/* effective addresses are 16 bits: [BX+1], [BX+SI], [BX+SI+8000] */
	{"\x8b\x47\x01\xf4", 4, 0, 0xffff, 0, 0x1000, 0, 0, HALT, WORD(0), 0x1000, 0},
	{"\x8b\x00\xf4", 3, 0, 0xfff0, 0, 0x1000, 0x30, 0, HALT, WORD(0x20), 0x1000, 0x30},
	{"\x8b\x80\x00\x80\xf4", 5, 0, 0x9000, 0, 0x1000, 0x10, 0, HALT, WORD(0x1010), 0x1000, 0x10},
	/* MOV AX,[EBX] with EBX = FFFF, and [EBX+1]: 32-bit addresses do not wrap at 64 KB */
	{"\x67\x8a\x03\xf4", 4, 0, 0xffff, 0, 0x1000, 0, 0, HALT, BYTE(0xffff), 0x1000, 0},
	{"\x67\x8a\x43\x01\xf4", 5, 0, 0xffff, 0, 0x1000, 0, 0, VEC_GP, 0, 0x1000, 0},
	/* PUSH AX: with SP 0 at FFFE, with SP 1 over the end; POP at FFFE, at FFFF; PUSHA with SP 8: four on each side */
	{"\x50\xf4", 2, 7, 0, 0, 0, 0, 0, HALT, 7, 0xfffe, 0},
	{"\x50\xf4", 2, 7, 0, 0, 1, 0, 0, VEC_SS, 7, 1, 0},
	{"\x58\xf4", 2, 7, 0, 0, 0xfffe, 0, 0, HALT, 0, 0, 0},
	{"\x58\xf4", 2, 7, 0, 0, 0xffff, 0, 0, VEC_SS, 7, 0xffff, 0},
	{"\x60\xf4", 2, 7, 0, 0, 8, 0, 0, HALT, 7, 0xfff8, 0},
	{"\x66\x50\xf4", 3, 7, 0, 0, 2, 0, 0, VEC_SS, 7, 2, 0}, /* PUSH EAX: FFFE..10001 */
	/* strings: LODSB at FFFF wraps SI, LODSW faults; LODSW with DF from 0 */
	{"\xac\xf4", 2, 0, 0, 0, 0x1000, 0xffff, 0, HALT, BYTE(0xffff), 0x1000, 0},
	{"\xad\xf4", 2, 0, 0, 0, 0x1000, 0xffff, 0, VEC_GP, 0, 0x1000, 0xffff},
	{"\xfd\xad\xf4", 3, 0, 0, 0, 0x1000, 0, 0, HALT, WORD(0), 0x1000, 0xfffe},
};

START_TEST(real_mode_segments_end_at_64_kb)
{
	for (size_t i = 0; i < ARRAY_LEN(real_cases); i++) {
		const struct real_case *k = &real_cases[i];
		struct rig *r = real_mode();
		memcpy(r->ram + AT16 + 0x100, k->code, k->n);
		r->c.r[RAX] = k->ax;
		r->c.r[RBX] = k->bx;
		r->c.r[RBP] = k->bp;
		r->c.r[RSP] = 0xabcd0000 | k->sp; /* SP alone is the stack pointer, ESP's upper half stays */
		r->c.r[RSI] = k->si;
		r->c.r[RDI] = k->di;
		ck_assert_msg(run(r, 0x100) == k->vec, "case %zu: vector %d", i, r->last_port ? r->c.fault.vec : HALT);
		ck_assert_msg((u16)r->c.r[RAX] == k->ax_after, "case %zu: AX %x", i, (u16)r->c.r[RAX]);
		ck_assert_msg(r->c.r[RSP] == (0xabcd0000 | k->sp_after), "case %zu: ESP %llx", i, (unsigned long long)r->c.r[RSP]);
		ck_assert_msg((u16)r->c.r[RSI] == k->si_after, "case %zu: SI %x", i, (u16)r->c.r[RSI]);
		rig_free(r);
	}
}
END_TEST

START_TEST(execution_does_not_run_past_64_kb_but_jumps_wrap)
{
	static const struct {
		const char *code;
		u32 n, ip;
		int vec;
		u32 at; /* of the fault, or behind HLT */
	} cases[] = {
		{"\x90", 1, 0xffff, VEC_GP, 0x10000},        /* the next one would be at 10000 */
		{"\xb8\x34", 2, 0xfffe, VEC_GP, 0xfffe},     /* MOV AX,imm16 ends behind the segment */
		{"\xeb\x10", 2, 0xfff0, HALT, 3},            /* JMP SHORT: IP is 16 bits. FFF2 + 10 = 2 */
		{"\xe9\x08\x00", 3, 0xfff7, HALT, 3},        /* JMP: FFFA + 8 = 2 */
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig *r = real_mode();
		memcpy(r->ram + AT16 + cases[i].ip, cases[i].code, cases[i].n);
		memset(r->ram + AT16, 0xf4, 8);
		ck_assert_msg(run(r, cases[i].ip) == cases[i].vec, "case %zu", i);
		ck_assert_msg(r->c.ip == cases[i].at, "case %zu: %llx", i, (unsigned long long)r->c.ip);
		rig_free(r);
	}
}
END_TEST

START_TEST(the_high_memory_area_is_above_1_mb)
{
	struct rig *r = real_mode();
	seg_load_real(&r->s, SEG_DS, 0xffff);
	ctx_update(&r->c);
	store16(r->ram + 0x100010, 0x1234);
	store16(r->ram + 0x10, 0x5678);
	memcpy(r->ram + AT16, "\xa1\x20\x00\xf4", 4); /* MOV AX,[20]: FFFF0 + 20 */
	ck_assert_int_eq(run(r, 0), HALT);
	ck_assert_uint_eq(r->c.r[RAX], 0x1234);
	rig_free(r);
}
END_TEST

/* ---- 4 GB ------------------------------------------------------------------------------------------------------ */

/* Paging on; the last page of the linear space is at 80000, all else up to 4 MB identical. */
static struct rig *paged(void)
{
	struct rig *r = rig_new_protected(0);
	attach(r);
	store32(r->ram + 0x100000, 0x101007);
	store32(r->ram + 0x100ffc, 0x102007);
	for (u32 i = 0; i < 512; i++)
		store32(r->ram + 0x101000 + 4 * i, i << 12 | 7);
	store32(r->ram + 0x102ffc, 0x80007);
	r->s.cr3 = 0x100000;
	mmu_set_cr3(&r->m, r->s.cr3);
	ck_assert_int_eq(sys_set_cr0(&r->c, &r->s, r->s.cr0 | CR0_PG), STEP_NEXT);
	ctx_update(&r->c);
	return r;
}

START_TEST(linear_addresses_wrap_at_4_gb)
{
	struct rig *r = paged();
	struct segment *ds = &r->s.seg[SEG_DS];
	memcpy(r->ram + AT_CODE, "\x8b\x03\x89\x01\xf4", 5); /* MOV EAX,[EBX]; MOV [ECX],EAX; HLT */
	store32(r->ram + 0x80ffc, 0x44332211);
	store32(r->ram + 0, 0x88776655);
	r->c.r[RBX] = 0xfffffffe; /* two bytes at the end, two at 0: SDM 3A 5.3 leaves it to the implementation with 4 GB */
	r->c.r[RCX] = 0x30000;
	ck_assert_int_eq(run(r, AT_CODE), HALT);
	ck_assert_uint_eq(load32(r->ram + 0x30000), 0x66554433);
	r->s.activity = ACT_ACTIVE;
	ds->base = 0xfffff000; /* base + offset wraps */
	ctx_update(&r->c);
	store32(r->ram + 0x1234, 0xcafe);
	r->c.r[RBX] = 0x2234;
	r->c.r[RCX] = 0xffc;
	ck_assert_int_eq(run(r, AT_CODE), HALT);
	ck_assert_uint_eq(load32(r->ram + 0x80ffc), 0xcafe);
	rig_free(r);
}
END_TEST

START_TEST(execution_wraps_at_4_gb_in_a_flat_segment)
{
	struct rig *r = paged();
	memcpy(r->ram + 0x80ffc, "\x43\x43\x43\x43", 4); /* INC EBX four times */
	memcpy(r->ram, "\x43\xf4", 2);            /* and once more at 0; HLT */
	ck_assert_int_eq(run(r, 0xfffffffc), HALT);
	ck_assert_uint_eq(r->c.r[RBX], 5);
	ck_assert_uint_eq(r->c.ip, 2);
	rig_free(r);
}
END_TEST

START_TEST(expand_down_segments_begin_behind_their_limit)
{
	static const struct {
		bool big;
		u32 at;
		int size;
		bool ok;
	} cases[] = {
		{true, 0xfff, 1, false}, {true, 0x1000, 1, true},   {true, 0xffd, 4, false}, {true, 0xfffffffc, 4, true},
		{true, 0xfffffffd, 4, false}, {false, 0xfff, 1, false}, {false, 0x1000, 4, true}, {false, 0xffff, 1, true},
		{false, 0xffff, 2, false}, {false, 0x10000, 1, false},
	};
	struct rig *r = paged();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		u64 v;
		r->s.seg[SEG_DS] = (struct segment){.base = 0x20000, .limit = 0xfff, .sel = SEL(K_DATA, 0),
			.attr = (u16)(SEG_P | SEG_S | SEG_EC | SEG_RW | SEG_A | (cases[i].big ? SEG_DB : 0))};
		ctx_update(&r->c);
		ck_assert_msg((mem_load(&r->c, SEG_DS, cases[i].at, cases[i].size, &v) == 0) == cases[i].ok, "case %zu", i);
		if (!cases[i].ok)
			ck_assert_uint_eq(r->c.fault.vec, VEC_GP);
	}
	rig_free(r);
}
END_TEST

/* ---- a stack of 16 bits under 32-bit code ------------------------------------------------------------------------ */

START_TEST(sp_alone_moves_on_a_stack_of_16_bits)
{
	static const struct {
		const char *code;
		u32 n, esp, after;
		int vec;
	} cases[] = {
		{"\x50\xf4", 2, 0xabcd0000, 0xabcdfffc, HALT},                 /* PUSH EAX */
		{"\x66\x50\xf4", 3, 0xabcd0000, 0xabcdfffe, HALT},             /* PUSH AX */
		{"\x58\xf4", 2, 0xabcdfffc, 0xabcd0000, HALT},                 /* POP EAX */
		{"\x8f\x05\x00\x00\x03\x00\xf4", 7, 0xabcdfffc, 0xabcd0000, HALT}, /* POP [30000] */
		{"\x9c\x9d\x60\x61\xf4", 5, 0xabcd0004, 0xabcd0004, HALT},     /* PUSHF POPF PUSHA POPA */
		{"\xe8\x00\x00\x00\x00\xf4", 6, 0xabcd0000, 0xabcdfffc, HALT}, /* CALL */
		{"\xe8\x01\x00\x00\x00\xf4\xc3", 7, 0xabcd0000, 0xabcd0000, HALT}, /* CALL, RET */
		{"\xe8\x01\x00\x00\x00\xf4\xc2\x10\x00", 9, 0xabcd0000, 0xabcd0010, HALT}, /* RET 10 */
		{"\x1e\x1f\xf4", 3, 0xabcd0000, 0xabcd0000, HALT},             /* PUSH DS, POP DS */
		{"\x50\xf4", 2, 0xabcd0002, 0xabcd0002, VEC_SS},               /* PUSH EAX over the end */
		{"\x83\xc4\x10\xf4", 4, 0xabcdfff8, 0xabce0008, HALT},         /* ADD ESP is arithmetic: all 32 bits */
		{"\xc9\xf4", 2, 0xabcd0000, 0xabcd2004, HALT},                 /* LEAVE: SP from BP */
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig *r = rig_new_protected(0);
		attach(r);
		r->s.seg[SEG_SS] = (struct segment){.base = STACK16, .limit = 0xffff, .sel = SEL(K_DATA, 0), .attr = SEG_P | SEG_S | SEG_RW | SEG_A};
		ctx_update(&r->c);
		memcpy(r->ram + AT_CODE, cases[i].code, cases[i].n);
		r->c.r[RSP] = cases[i].esp;
		r->c.r[RBP] = 0x12342000;
		ck_assert_msg(run(r, AT_CODE) == cases[i].vec, "case %zu", i);
		ck_assert_msg(r->c.r[RSP] == cases[i].after, "case %zu: ESP %llx", i, (unsigned long long)r->c.r[RSP]);
		rig_free(r);
	}
}
END_TEST

/* LEA, MOV and friends see ESP whole; [ESP] in an address is 32 bits whatever SS.B says. */
START_TEST(esp_in_an_address_is_whole)
{
	struct rig *r = rig_new_protected(0);
	attach(r);
	r->s.seg[SEG_SS] = (struct segment){.base = STACK16, .limit = 0xffff, .sel = SEL(K_DATA, 0), .attr = SEG_P | SEG_S | SEG_RW | SEG_A};
	ctx_update(&r->c);
	memcpy(r->ram + AT_CODE, "\x8b\x04\x24\xf4", 4); /* MOV EAX,[ESP] */
	r->c.r[RSP] = 0x00010000;
	ck_assert_int_eq(run(r, AT_CODE), VEC_SS);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ends of segments");
	TCase *t = tcase_create("wrap");
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	tcase_add_test(t, real_mode_segments_end_at_64_kb);
	tcase_add_test(t, execution_does_not_run_past_64_kb_but_jumps_wrap);
	tcase_add_test(t, the_high_memory_area_is_above_1_mb);
	tcase_add_test(t, linear_addresses_wrap_at_4_gb);
	tcase_add_test(t, execution_wraps_at_4_gb_in_a_flat_segment);
	tcase_add_test(t, expand_down_segments_begin_behind_their_limit);
	tcase_add_test(t, sp_alone_moves_on_a_stack_of_16_bits);
	tcase_add_test(t, esp_in_an_address_is_whole);
	return rig_main(s);
}
