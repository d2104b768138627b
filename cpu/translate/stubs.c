/* stubs.c - pieces of host code that all translated blocks share, and the way in from C. */
#include "cpu/translate/internal.h"

/* Which of the host's registers a C function may clobber hold something of ours. */
static const u8 kept_over_c[] = {H_DI, H_DX, H_GUEST, H_GUEST + 1, H_GUEST + 2, H_GUEST + 3};
static const u8 callee_saved[] = {H_BX, H_BP, 12, 13, 14, 15};

static void call_c(struct emit *e, void (*fn)(struct cpu *c))
{
	e_mov_imm64(e, H_AX, (u64)(uintptr_t)fn);
	e_call_rm(e, rm_reg(H_AX));
}

/* enter(cpu, uop, left): calls the uop's handler with a stack as a C function expects it. */
static void write_enter(struct emit *e)
{
	for (size_t i = 0; i < ARRAY_LEN(callee_saved); i++)
		e_push(e, callee_saved[i]);
	e_alu_imm(e, 8, A_SUB, rm_reg(H_SP), 8);
	e_call_rm(e, rm_at(H_SI, (s32)offsetof(struct uop, fn)));
	e_alu_imm(e, 8, A_ADD, rm_reg(H_SP), 8);
	for (size_t i = ARRAY_LEN(callee_saved); i-- > 0;)
		e_pop(e, callee_saved[i]);
	e_ret(e);
}

static void store_all(struct emit *e)
{
	for (int i = 0; i < 8; i++)
		e_store(e, 8, rm_at(H_CPU, 8 * i), guest_reg(i));
}

/* A 32-bit comparison, the most frequent kind, as cmp_flags() in cpu/exec.h does it: a in R8, b in R9. The guest's registers are
 * stored, so that all of R8..R15 are free. */
static void settle_sub(struct emit *e)
{
	enum { A = H_GUEST, B, R, NOT_A, CC };
	e_load(e, 4, A, CPU_FIELD(fl_a));
	e_load(e, 4, B, CPU_FIELD(fl_b));
	e_mov(e, 4, R, A);
	e_alu(e, 4, A_SUB, R, rm_reg(B));
	e_unary(e, 4, 2, rm_reg(A)); /* NOT */
	e_mov(e, 4, CC, A);
	e_alu(e, 4, A_AND, CC, rm_reg(B));
	e_alu(e, 4, A_OR, A, rm_reg(B));
	e_alu(e, 4, A_AND, A, rm_reg(R));
	e_alu(e, 4, A_OR, CC, rm_reg(A));
	e_movsxd(e, R, R);
	e_store(e, 8, CPU_FIELD(fl_res), R);
	e_store(e, 8, CPU_FIELD(fl_cc), CC);
}

static void settle_logic(struct emit *e)
{
	e_load(e, 4, H_GUEST, CPU_FIELD(fl_a));
	e_movsxd(e, H_GUEST, H_GUEST);
	e_store(e, 8, CPU_FIELD(fl_res), H_GUEST);
	e_store_imm(e, 8, CPU_FIELD(fl_cc), 0);
}

static void go_on_settled(struct emit *e)
{
	e_store_imm(e, 4, CPU_FIELD(fl_kind), FK_SETTLED);
	e_jmp_rm(e, rm_reg(H_AX));
}

/* Settles the flags and goes to RAX. The stack is as at a handler's entry: 8 bytes off a multiple of 16. */
static void write_leave_clean(struct emit *e)
{
	static const u8 kept[] = {H_AX, H_CX, H_SI, H_DX, H_DI};
	enum { KIND = H_GUEST };
	e_load(e, 4, KIND, CPU_FIELD(fl_kind));
	e_test(e, 4, KIND, KIND);
	u8 *settled = e_jcc(e, CC_E);
	e_alu_imm(e, 4, A_CMP, rm_reg(KIND), FLAG_WORD(FK_SUB, size_index(4), 0));
	u8 *not_sub = e_jcc(e, CC_NE);
	settle_sub(e);
	go_on_settled(e);
	e_patch(e, not_sub);
	e_alu_imm(e, 4, A_CMP, rm_reg(KIND), FLAG_WORD(FK_LOGIC, size_index(4), 0));
	u8 *not_logic = e_jcc(e, CC_NE);
	settle_logic(e);
	go_on_settled(e);
	e_patch(e, not_logic);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		e_push(e, kept[i]);
	call_c(e, flags_settle);
	for (size_t i = ARRAY_LEN(kept); i-- > 0;)
		e_pop(e, kept[i]);
	e_patch(e, settled);
	e_jmp_rm(e, rm_reg(H_AX));
}

static void write_block(struct emit *e, const void *leave)
{
	e_lea(e, 8, H_SI, rm_at(H_AX, (s32)offsetof(struct code_block, uops)));
	e_load(e, 8, H_AX, rm_at(H_SI, (s32)offsetof(struct uop, fn)));
	e_jmp(e, leave);
}

static void settle_in_c(struct emit *e)
{
	for (size_t i = 0; i < ARRAY_LEN(kept_over_c); i++)
		e_push(e, kept_over_c[i]);
	call_c(e, flags_settle);
	for (size_t i = ARRAY_LEN(kept_over_c); i-- > 0;)
		e_pop(e, kept_over_c[i]);
}

static void write_settle(struct emit *e)
{
	e_alu_imm(e, 4, A_CMP, CPU_FIELD(fl_kind), 0);
	u8 *more = e_jcc(e, CC_NE);
	e_ret(e);
	e_patch(e, more);
	settle_in_c(e);
	e_ret(e);
}

/* From fl_res in RAX and fl_cc in RCX (cpu.h) to the host's flags: ZF, SF and PF of the result, those that fl_cc flips, CF; OF.
 * Clobbers RSI. */
static void host_flags_from_settled(struct emit *e)
{
	e_load(e, 8, H_AX, CPU_FIELD(fl_res));
	e_load(e, 8, H_CX, CPU_FIELD(fl_cc));
	e_test(e, 8, H_AX, H_AX); /* ZF and PF; SF = bit 63; CF = 0 */
	e_lahf(e);
	e8(e, 0x0f), e8(e, 0xb6), e8(e, 0xc4); /* movzx eax, ah */
	e_mov(e, 8, H_SI, H_CX);
	e_shift(e, 8, S_SHR, rm_reg(H_SI), 63);
	e_shift(e, 4, S_SHL, rm_reg(H_SI), 7);
	e_alu(e, 4, A_XOR, H_AX, rm_reg(H_SI)); /* SF */
	e_mov(e, 8, H_SI, H_CX);
	e_shift(e, 8, S_SHR, rm_reg(H_SI), 32);
	e_alu_imm(e, 4, A_AND, rm_reg(H_SI), 1);
	e_shift(e, 4, S_SHL, rm_reg(H_SI), 2);
	e_alu(e, 4, A_XOR, H_AX, rm_reg(H_SI)); /* PF */
	e_mov(e, 4, H_SI, H_CX);
	e_shift(e, 4, S_SHR, rm_reg(H_SI), 31);
	e_alu(e, 4, A_OR, H_AX, rm_reg(H_SI)); /* CF */
	e_shift(e, 4, S_SHL, rm_reg(H_AX), 8);
	e_lea(e, 4, H_SI, rm_full(H_CX, H_CX, 0, 0)); /* bit 31: CF ^ OF */
	e_alu(e, 4, A_XOR, H_SI, rm_reg(H_CX));
	e_shift(e, 4, S_SHR, rm_reg(H_SI), 31);
	e_alu(e, 4, A_OR, H_AX, rm_reg(H_SI));
	e_flags_from_ax(e);
}

/* A table of entries by the low byte of fl_kind. */
static void write_host_flags(struct translator *x, struct emit *e)
{
	struct tr t = {.e = *e, .x = x};
	const void *entry[FK_COUNT * 3];
	for (int kind = 0; kind < FK_COUNT; kind++)
		for (int size = 0; size < 3; size++) {
			entry[kind * 3 + size] = emit_here(&t.e);
			if (kind == FK_SETTLED || !flags_from_memory(&t, kind, size)) {
				if (kind != FK_SETTLED)
					settle_in_c(&t.e);
				host_flags_from_settled(&t.e);
			}
			e_ret(&t.e);
		}
	while ((uintptr_t)t.e.p % 8)
		e_ret(&t.e);
	const void *table = emit_here(&t.e);
	for (size_t i = 0; i < ARRAY_LEN(entry); i++)
		e64(&t.e, (u64)(uintptr_t)entry[i]);
	x->stubs.host_flags = emit_here(&t.e);
	e_movzx(&t.e, H_AX, CPU_FIELD(fl_kind), 1);
	e_lea(&t.e, 8, H_CX, rm_abs(table));
	e_jmp_rm(&t.e, rm_full(H_CX, H_AX, 3, 0));
	*e = t.e;
}

bool stubs_write(struct translator *x)
{
	struct emit e = {.p = x->write, .end = x->write + x->size, .to_exec = x->run - x->write};
	const void *enter = emit_here(&e);
	write_enter(&e);
	memcpy(&x->stubs.enter, &enter, sizeof enter);
	x->stubs.leave = emit_here(&e);
	store_all(&e);
	x->stubs.leave_clean = emit_here(&e);
	write_leave_clean(&e);
	x->stubs.block = emit_here(&e);
	write_block(&e, x->stubs.leave);
	x->stubs.settle = emit_here(&e);
	write_settle(&e);
	write_host_flags(x, &e);
	x->stubs_end = (size_t)(e.p - x->write);
	return emit_has_room(&e, 1);
}
