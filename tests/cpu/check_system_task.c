/* Hardware task switches: SDM 3A 7.3 (order and commit point), tables 7-1 (faults) and 7-2 (busy, NT, link). */
#include "system_rig.h"

enum { NEW_IP = 0x6543, NEW_SP = 0x9ff0 };

/* The second task: ring `cpl`, in a TSS of either size. */
static void make_task(struct rig *r, bool is32, int cpl)
{
	u8 *t = r->ram + AT_TSS2;
	u16 cs = (u16)(SEL(K_CODE, cpl) | cpl), ss = (u16)(SEL(K_DATA, cpl) | cpl);
	memset(t, 0, 0x68);
	set_desc(r, SEL_TSS2, make_desc(AT_TSS2, is32 ? 0x67 : 0x2b, SEG_P | (is32 ? 9 : 1)));
	if (is32) {
		store32(t + 0x20, NEW_IP);
		store32(t + 0x24, EF_FIXED | EF_IF | FL_CF);
		for (u32 i = 0; i < 8; i++)
			store32(t + 0x28 + 4 * i, i == RSP ? NEW_SP : 0x11110000 * (i + 1) + i);
		for (int i = 0; i < 6; i++)
			store16(t + 0x48 + 4 * i, i == SEG_CS ? cs : ss);
		store16(t + 0x60, SEL_LDT);
		return;
	}
	store16(t + 0x0e, NEW_IP);
	store16(t + 0x10, EF_FIXED | EF_IF | FL_CF);
	for (int i = 0; i < 8; i++)
		store16(t + 0x12 + 2 * i, (u16)(i == RSP ? NEW_SP : i));
	for (int i = 0; i < 4; i++)
		store16(t + 0x22 + 2 * i, i == SEG_CS ? cs : ss);
	store16(t + 0x2a, SEL_LDT);
}

static void expect_task(const struct rig *r, bool is32, int cpl)
{
	ck_assert_uint_eq(r->c.next_ip, NEW_IP);
	ck_assert_uint_eq(r->s.tr.sel, SEL_TSS2);
	ck_assert_uint_eq(r->s.tr.base, AT_TSS2);
	ck_assert_uint_eq(r->s.cpl, (unsigned)cpl);
	ck_assert_uint_eq(r->s.seg[SEG_CS].sel, SEL(K_CODE, cpl) | (u32)cpl);
	ck_assert_uint_eq(r->s.seg[SEG_DS].sel, SEL(K_DATA, cpl) | (u32)cpl);
	ck_assert_uint_eq(r->s.seg[SEG_GS].sel, is32 ? SEL(K_DATA, cpl) | (u32)cpl : 0);
	ck_assert_uint_eq((u16)r->c.r[RSP], NEW_SP);
	if (is32)
		ck_assert_uint_eq(r->c.r[RDI], 0x88880007);
	else
		ck_assert_uint_eq((u16)r->c.r[RDI], 7);
	ck_assert(r->s.cr0 & CR0_TS);
	ck_assert_uint_eq(flags_arith(&r->c) & FL_CF, FL_CF);
}

static int type_of(const struct rig *r, u16 sel)
{
	return get_desc(r, sel) >> 40 & 15;
}

static void old_state(struct rig *r)
{
	for (u32 i = 0; i < 8; i++)
		r->c.r[i] = i == RSP ? r->c.r[RSP] : 0xabc00000 + i;
	flags_set_arith(&r->c, FL_ZF);
}

/* ---- the four ways --------------------------------------------------------------- */

START_TEST(jmp_call_and_int_follow_table_7_2)
{
	for (int i = 0; i < 3 * 2 * 2 * 4; i++) {
		int way = i % 3, cpl = i / 12 & 3; /* JMP, CALL, INT */
		bool is32 = i / 3 & 1, gate = i / 6 & 1;
		struct rig *r = rig_new_protected(0);
		make_task(r, is32, cpl);
		old_state(r);
		r->s.dr[7] = 0x4ff;
		u16 sel = SEL_TSS2;
		if (gate) {
			set_desc(r, SEL_FREE, make_gate(SEL_TSS2, 0, 5, 0, 0));
			sel = SEL_FREE;
		}
		enum step step;
		if (way == 2) {
			set_idt(r, 0x30, make_gate(SEL_TSS2, 0, 5, 0, 0));
			struct uop u = {.imm = 0x30};
			step = rig_run(r, OP_INT, &u);
		} else {
			step = rig_far(r, way ? OP_CALL_FAR : OP_JMP_FAR, 4, sel, 0xdead);
		}
		ck_assert_int_eq(step, STEP_IP);
		expect_task(r, is32, cpl);
		/* table 7-2: busy, NT, link */
		ck_assert_int_eq(type_of(r, SEL_TSS), way == 0 ? 9 : 11);
		ck_assert_int_eq(type_of(r, SEL_TSS2), is32 ? 11 : 3);
		ck_assert_uint_eq(r->s.eflags & EF_NT, way == 0 ? 0 : EF_NT);
		ck_assert_uint_eq(load16(r->ram + AT_TSS2), way == 0 ? 0 : SEL_TSS);
		/* the old task */
		const u8 *t = r->ram + AT_TSS;
		ck_assert_uint_eq(load32(t + 0x20), 0x102);
		ck_assert_uint_eq(load32(t + 0x24), EF_FIXED | FL_ZF);
		ck_assert_uint_eq(load32(t + 0x28), 0xabc00000);
		ck_assert_uint_eq(load32(t + 0x44), 0xabc00007);
		ck_assert_uint_eq(load16(t + 0x4c), SEL(K_CODE, 0));
		ck_assert_uint_eq(load16(t + 0x5c), SEL(K_DATA, 0));
		ck_assert_uint_eq(r->s.dr[7], 0x4aa); /* local breakpoints off: SDM 3B 17.2.4 */
		rig_free(r);
	}
}
END_TEST

START_TEST(iret_with_nt_returns_to_the_back_link)
{
	for (int is32 = 0; is32 < 2; is32++) {
		struct rig *r = rig_new_protected(0);
		make_task(r, is32, 3);
		set_desc(r, SEL_TSS2, get_desc(r, SEL_TSS2) | 2ull << 40); /* busy */
		store16(r->ram + AT_TSS, SEL_TSS2);
		r->s.eflags |= EF_NT;
		r->s.nmi_blocked = 1;
		flags_set_arith(&r->c, 0);
		ck_assert_int_eq(rig_op(r, OP_IRET, 4), STEP_IP);
		expect_task(r, is32, 3);
		ck_assert_int_eq(type_of(r, SEL_TSS), 9);              /* not busy any more */
		ck_assert_int_eq(type_of(r, SEL_TSS2), is32 ? 11 : 3); /* still busy */
		ck_assert_uint_eq(load32(r->ram + AT_TSS + 0x24), EF_FIXED); /* NT cleared in the saved image */
		ck_assert_uint_eq(r->s.eflags & EF_NT, 0);
		ck_assert_int_eq(r->s.nmi_blocked, 0);
		rig_free(r);
	}
}
END_TEST

START_TEST(an_error_code_goes_to_the_new_tasks_stack)
{
	for (int is32 = 0; is32 < 2; is32++) {
		struct rig *r = rig_new_protected(0);
		make_task(r, is32, 3);
		set_idt(r, 10, make_gate(SEL_TSS2, 0, 5, 0, 0));
		struct event ev = {.kind = EV_EXCEPTION, .vec = 10, .has_error = true, .error = 0x1234, .return_ip = 0x100};
		ck_assert_int_eq(sys_deliver(&r->c, &r->s, &ev), STEP_IP);
		int size = is32 ? 4 : 2;
		ck_assert_uint_eq((u16)r->c.r[RSP], NEW_SP - (unsigned)size);
		ck_assert_uint_eq(load_n(r->ram + NEW_SP - size, size), 0x1234);
		ck_assert_uint_eq(load32(r->ram + AT_TSS + 0x20), 0x100);
		ck_assert_uint_eq(load32(r->ram + AT_TSS + 0x24) & EF_RF, EF_RF); /* a fault: SDM 3B 17.3.1.1 */
		rig_free(r);
	}
}
END_TEST

START_TEST(a_16_bit_old_tss_is_saved_in_words)
{
	struct rig *r = rig_new_protected(0);
	r->s.tr = (struct segment){AT_TSS, 0x2b, SEL_TSS, SEG_P | 3};
	set_desc(r, SEL_TSS, make_desc(AT_TSS, 0x2b, SEG_P | 3));
	make_task(r, true, 0);
	old_state(r);
	ck_assert_int_eq(rig_far(r, OP_JMP_FAR, 4, SEL_TSS2, 0), STEP_IP);
	const u8 *t = r->ram + AT_TSS;
	ck_assert_uint_eq(load16(t + 0x0e), 0x102);
	ck_assert_uint_eq(load16(t + 0x10), EF_FIXED | FL_ZF);
	ck_assert_uint_eq(load16(t + 0x20), 7);
	ck_assert_uint_eq(load16(t + 0x24), SEL(K_CODE, 0));
	ck_assert_uint_eq(load16(t + 0x28), SEL(K_DATA, 0));
	ck_assert_int_eq(type_of(r, SEL_TSS), 1);
	rig_free(r);
}
END_TEST

START_TEST(a_task_can_be_in_virtual_8086_mode)
{
	struct rig *r = rig_new_protected(0);
	make_task(r, true, 0);
	store32(r->ram + AT_TSS2 + 0x24, EF_FIXED | EF_VM);
	for (int i = 0; i < 6; i++)
		store16(r->ram + AT_TSS2 + 0x48 + 4 * i, (u16)(0x600 + i));
	ck_assert_int_eq(rig_far(r, OP_JMP_FAR, 4, SEL_TSS2, 0), STEP_IP);
	ck_assert_int_eq(r->s.cpl, 3);
	for (int i = 0; i < 6; i++) {
		ck_assert_uint_eq(r->s.seg[i].base, (unsigned)(0x6000 + 16 * i));
		ck_assert_uint_eq(r->s.seg[i].attr, 0xf3);
	}
	rig_free(r);
}
END_TEST

START_TEST(the_t_bit_traps_before_the_first_instruction)
{
	struct rig *r = rig_new_protected(0);
	make_task(r, true, 0);
	store16(r->ram + AT_TSS2 + 0x64, 1);
	expect_fault(r, rig_far(r, OP_JMP_FAR, 4, SEL_TSS2, 0), VEC_DB, 0);
	ck_assert_uint_eq(r->c.fault.dr6, 1 << 15); /* BT */
	ck_assert(r->c.fault.is_trap && r->c.fault.new_context && !r->c.fault.has_error);
	ck_assert_uint_eq(r->c.ip, NEW_IP);
	expect_task(r, true, 0);
	rig_free(r);
}
END_TEST

/* ---- before the commit point: in the old task, nothing changed -------------------------------- */

START_TEST(privilege_of_tss_and_task_gate)
{
	for (int i = 0; i < 64; i++) {
		int cpl = i & 3, rpl = i >> 2 & 3, dpl = i >> 4;
		bool ok = dpl >= cpl && dpl >= rpl; /* SDM 3A 7.2.5, 7.3 */
		struct rig *r = rig_new_protected(cpl);
		make_task(r, true, 3);
		set_desc(r, SEL_TSS2, get_desc(r, SEL_TSS2) | (u64)dpl << 45);
		struct before b = rig_before(r);
		enum step step = rig_far(r, OP_CALL_FAR, 4, (u16)(SEL_TSS2 | rpl), 0);
		if (ok) {
			ck_assert_int_eq(step, STEP_IP);
		} else {
			expect_fault(r, step, VEC_GP, SEL_TSS2);
			expect_unchanged(r, &b);
		}
		rig_free(r);
		r = rig_new_protected(cpl);
		make_task(r, true, 3); /* DPL 0: a gate hides it */
		set_desc(r, SEL_FREE, make_gate(SEL_TSS2, 0, 5, dpl, 0));
		step = rig_far(r, OP_CALL_FAR, 4, (u16)(SEL_FREE | rpl), 0);
		if (ok)
			ck_assert_int_eq(step, STEP_IP);
		else
			expect_fault(r, step, VEC_GP, SEL_FREE);
		rig_free(r);
	}
}
END_TEST

static const u8 *memory_copy(const struct rig *r)
{
	u8 *copy = malloc(0x10000);
	memcpy(copy, r->ram, 0x10000);
	return copy;
}

START_TEST(faults_before_the_commit_point_change_nothing)
{
	static const struct {
		u64 and, or ; /* on the new TSS's descriptor */
		u8 jmp_vec, iret_vec;
	} cases[] = {
		/* table 7-1, rows 2 to 5 */
		{~(1ull << 47), 0, VEC_NP, VEC_NP},
		{~0xffffull, 0x66, VEC_TS, VEC_TS},      /* limit 66 */
		{~(15ull << 40), 2ull << 40, VEC_GP, VEC_TS}, /* an LDT */
		{~(31ull << 40), 0x12ull << 40, VEC_GP, VEC_TS}, /* data */
	};
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		bool iret = i & 1;
		struct rig *r = rig_new_protected(0);
		make_task(r, true, 0);
		u64 raw = get_desc(r, SEL_TSS2) | (iret ? 2ull << 40 : 0);
		set_desc(r, SEL_TSS2, (raw & cases[i / 2].and) | cases[i / 2].or);
		store16(r->ram + AT_TSS, SEL_TSS2);
		r->s.eflags |= iret ? EF_NT : 0;
		struct before b = rig_before(r);
		const u8 *memory = memory_copy(r);
		enum step step = iret ? rig_op(r, OP_IRET, 4) : rig_far(r, OP_JMP_FAR, 4, SEL_TSS2, 0);
		expect_fault(r, step, iret ? cases[i / 2].iret_vec : cases[i / 2].jmp_vec, SEL_TSS2);
		expect_unchanged(r, &b);
		ck_assert(!r->c.fault.new_context);
		ck_assert_uint_eq(r->c.ip, 0x100);
		ck_assert(!memcmp(memory, r->ram, 0x10000));
		free((void *)memory);
		rig_free(r);
	}
}
END_TEST

START_TEST(busy_and_local_tss_selectors_are_refused)
{
	struct rig *r = rig_new_protected(0);
	expect_fault(r, rig_far(r, OP_JMP_FAR, 4, SEL_TSS, 0), VEC_GP, SEL_TSS); /* busy: ourselves */
	expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_TSS, 0), VEC_GP, SEL_TSS);
	set_desc(r, SEL_FREE, make_gate(SEL_TSS2 | 4, 0, 5, 0, 0));
	expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), VEC_GP, SEL_TSS2 | 4);
	set_desc(r, SEL_FREE, make_gate(0x1000, 0, 5, 0, 0));
	expect_fault(r, rig_far(r, OP_CALL_FAR, 4, SEL_FREE, 0), VEC_GP, 0x1000);
	/* IRET: #TS, and the link must be busy */
	r->s.eflags |= EF_NT;
	store16(r->ram + AT_TSS, SEL_TSS2);
	expect_fault(r, rig_op(r, OP_IRET, 4), VEC_TS, SEL_TSS2);
	store16(r->ram + AT_TSS, SEL_TSS2 | 4);
	expect_fault(r, rig_op(r, OP_IRET, 4), VEC_TS, SEL_TSS2 | 4);
	rig_free(r);
}
END_TEST

/* Identity map with one page missing or read-only; CR3 100000 */
static void turn_paging_on(struct rig *r, u32 page, u32 entry_flags)
{
	store32(r->ram + 0x100000, 0x101007);
	for (u32 i = 0; i < 512; i++)
		store32(r->ram + 0x101000 + 4 * i, i << 12 | (i << 12 == page ? entry_flags : 7));
	r->s.cr3 = 0x100000;
	mmu_set_cr3(&r->m, r->s.cr3);
	r->s.cr0 |= CR0_PG | CR0_WP;
	mmu_set_mode(&r->m, r->s.cr0, r->s.cr4, r->s.efer);
	store32(r->ram + AT_TSS2 + 0x1c, r->s.cr3);
	ctx_update(&r->c);
}

START_TEST(missing_and_read_only_tss_pages_fault_before_the_commit_point)
{
	static const struct {
		u32 page, flags;
	} cases[] = {
		{AT_TSS, 0}, {AT_TSS, 5}, {AT_TSS2, 0}, {AT_TSS2, 5}, {AT_GDT, 5},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig *r = rig_new_protected(0);
		make_task(r, true, 0);
		turn_paging_on(r, cases[i].page, cases[i].flags);
		struct before b = rig_before(r);
		const u8 *memory = memory_copy(r);
		ck_assert_int_eq(rig_far(r, OP_CALL_FAR, 4, SEL_TSS2, 0), STEP_FAULT);
		ck_assert_uint_eq(r->c.fault.vec, VEC_PF);
		ck_assert_uint_eq(r->c.fault.cr2 & ~0xfffull, cases[i].page);
		ck_assert(!r->c.fault.new_context);
		expect_unchanged(r, &b);
		ck_assert(!memcmp(memory, r->ram, 0x10000));
		free((void *)memory);
		rig_free(r);
	}
}
END_TEST

START_TEST(cr3_is_loaded_from_a_32_bit_tss)
{
	struct rig *r = rig_new_protected(0);
	make_task(r, true, 0);
	turn_paging_on(r, ~0u, 0);
	/* a second space, in which page 6000 is not there */
	memcpy(r->ram + 0x102000, r->ram + 0x100000, 0x1000);
	store32(r->ram + AT_TSS2 + 0x1c, 0x102000);
	ck_assert_int_eq(rig_far(r, OP_JMP_FAR, 4, SEL_TSS2, 0), STEP_IP);
	ck_assert_uint_eq(r->s.cr3, 0x102000);
	ck_assert_uint_eq(r->m.cr3, 0x102000);
	rig_free(r);
}
END_TEST

/* ---- after the commit point: in the new task --------------------------------------------------- */

enum way { BY_JMP, BY_CALL, BY_INT_N, BY_INTERRUPT, BY_IRET, WAYS };

static enum step switch_by(struct rig *r, enum way way)
{
	struct event ev = {.kind = way == BY_INT_N ? EV_INT_N : EV_EXTERNAL, .vec = 0x30, .return_ip = 0x102};
	switch (way) {
	case BY_JMP: return rig_far(r, OP_JMP_FAR, 4, SEL_TSS2, 0);
	case BY_CALL: return rig_far(r, OP_CALL_FAR, 4, SEL_TSS2, 0);
	case BY_IRET:
		set_desc(r, SEL_TSS2, get_desc(r, SEL_TSS2) | 2ull << 40);
		store16(r->ram + AT_TSS, SEL_TSS2);
		r->s.eflags |= EF_NT;
		return rig_op(r, OP_IRET, 4);
	default:
		set_idt(r, 0x30, make_gate(SEL_TSS2, 0, 5, 0, 0));
		return sys_deliver(&r->c, &r->s, &ev);
	}
}

/* Table 7-2 holds for a switch that faults in the new task, too: busy bits, link, NT, and what was saved. */
static void expect_committed(const struct rig *r, enum way way)
{
	bool nests = way == BY_CALL || way == BY_INT_N || way == BY_INTERRUPT;
	ck_assert_int_eq(type_of(r, SEL_TSS2), 11);
	ck_assert_int_eq(type_of(r, SEL_TSS), nests ? 11 : 9);
	ck_assert_uint_eq(load16(r->ram + AT_TSS2), nests ? SEL_TSS : 0);
	ck_assert_uint_eq(r->s.eflags & EF_NT, nests ? EF_NT : 0);
	ck_assert_uint_eq(load32(r->ram + AT_TSS + 0x20), 0x102);
	ck_assert_uint_eq(load32(r->ram + AT_TSS + 0x24) & EF_NT, 0); /* IRET clears it in what is saved */
	ck_assert(r->s.cr0 & CR0_TS);
}

START_TEST(faults_after_the_commit_point_belong_to_the_new_task)
{
	static const struct {
		u8 offset; /* field of the new TSS */
		u16 value;
		u8 vec;
		u16 error;
	} cases[] = {
		/* table 7-1, rows 7 to 19; offsets of SDM 3A figure 7-2 */
		{0x60, 0x1000, VEC_TS, 0x1000},                       /* LDT outside the GDT */
		{0x60, SEL_LDT | 4, VEC_TS, SEL_LDT | 4},             /* LDT in the LDT */
		{0x60, SEL_TSS, VEC_TS, SEL_TSS},                     /* not an LDT */
		{0x60, SEL_FREE + 8, VEC_TS, SEL_FREE + 8},           /* LDT not present */
		{0x4c, 0, VEC_TS, 0},                                 /* CS null */
		{0x4c, SEL(K_DATA, 0), VEC_TS, SEL(K_DATA, 0)},       /* CS not code */
		{0x4c, SEL(K_CODE, 1), VEC_TS, SEL(K_CODE, 1)},       /* CS.DPL != RPL */
		{0x4c, SEL(K_CONFORMING, 1), VEC_TS, SEL(K_CONFORMING, 1)},
		{0x4c, SEL_FREE, VEC_NP, SEL_FREE},                   /* CS not present */
		{0x50, 0, VEC_TS, 0},                                 /* SS null */
		{0x50, SEL(K_DATA, 1) | 1, VEC_TS, SEL(K_DATA, 1)},   /* SS.DPL != CPL */
		{0x50, SEL(K_READ_ONLY, 0), VEC_TS, SEL(K_READ_ONLY, 0)},
		{0x50, SEL_FREE + 16, VEC_SS, SEL_FREE + 16},         /* SS not present */
		{0x54, 0x1000, VEC_TS, 0x1000},                       /* DS */
		{0x54, SEL(K_EXEC_ONLY, 0), VEC_TS, SEL(K_EXEC_ONLY, 0)},
		{0x48, SEL_FREE + 16, VEC_NP, SEL_FREE + 16},         /* ES not present */
		{0x58, SEL(K_DATA, 0) | 3, VEC_TS, SEL(K_DATA, 0)},   /* FS.RPL > DPL */
		{0x5c, SEL_TSS, VEC_TS, SEL_TSS},                     /* GS not a segment */
	};
	for (size_t i = 0; i < WAYS * ARRAY_LEN(cases); i++) {
		enum way way = i % WAYS;
		size_t k = i / WAYS;
		struct rig *r = rig_new_protected(0);
		make_task(r, true, 0);
		set_desc(r, SEL_FREE, make_desc(0, 0xfffff, kind_attr(K_CODE, 0) & ~SEG_P));
		set_desc(r, SEL_FREE + 8, make_desc(AT_LDT, 0xfff, 2));
		set_desc(r, SEL_FREE + 16, make_desc(0, 0xfffff, kind_attr(K_DATA, 0) & ~SEG_P));
		store16(r->ram + AT_TSS2 + cases[k].offset, cases[k].value);
		expect_fault(r, switch_by(r, way), cases[k].vec, cases[k].error | (way == BY_INTERRUPT)); /* EXT: 6.13 */
		ck_assert(r->c.fault.new_context);
		ck_assert_uint_eq(r->c.ip, NEW_IP);
		ck_assert_uint_eq(r->s.tr.sel, SEL_TSS2);
		ck_assert_uint_eq(r->c.r[RDI], 0x88880007);
		/* the selectors are the new ones even where their segments were not qualified */
		ck_assert_uint_eq(r->s.seg[SEG_GS].sel, load16(r->ram + AT_TSS2 + 0x5c));
		expect_committed(r, way);
		rig_free(r);
	}
}
END_TEST

/* The new task's CR3 comes before its descriptors are read: a page that only its space lacks faults in it. */
START_TEST(pages_missing_in_the_new_space_fault_in_the_new_task)
{
	static const struct {
		u32 page;
		u16 ldt;
	} cases[] = {{AT_GDT, SEL_LDT}, {AT_LDT, SEL_LDT}};
	for (size_t i = 0; i < WAYS * ARRAY_LEN(cases); i++) {
		enum way way = i % WAYS;
		u32 page = cases[i / WAYS].page;
		struct rig *r = rig_new_protected(0);
		make_task(r, true, 0);
		turn_paging_on(r, ~0u, 0);
		if (page == AT_LDT) { /* DS is in the LDT */
			set_desc(r, 4, make_desc(0, 0xfffff, kind_attr(K_DATA, 0)));
			store16(r->ram + AT_TSS2 + 0x54, 4);
		}
		store32(r->ram + 0x102000, 0x103007); /* the new space */
		memcpy(r->ram + 0x103000, r->ram + 0x101000, 0x1000);
		store32(r->ram + 0x103000 + 4 * (page >> 12), page);
		store32(r->ram + AT_TSS2 + 0x1c, 0x102000);
		ck_assert_int_eq(switch_by(r, way), STEP_FAULT);
		ck_assert_uint_eq(r->c.fault.vec, VEC_PF);
		ck_assert_uint_eq(r->c.fault.cr2 & ~0xfffull, page);
		ck_assert(r->c.fault.new_context);
		ck_assert_uint_eq(r->s.cr3, 0x102000);
		ck_assert_uint_eq(r->c.ip, NEW_IP);
		expect_committed(r, way);
		rig_free(r);
	}
}
END_TEST

/* Under PAE the switch loads the PDPTEs, and a reserved bit there is the new task's #GP(0): SDM 3A 4.4.1. */
START_TEST(a_switch_under_pae_loads_and_checks_the_pdptes)
{
	for (int bad = 0; bad < 2; bad++) {
		struct rig *r = rig_new_protected(0);
		make_task(r, true, 0);
		store64(r->ram + 0x100000, 0x101001);
		store64(r->ram + 0x101000, 0x83); /* 2 MB, identical */
		store64(r->ram + 0x100020, 0x101001);
		store64(r->ram + 0x100028, bad ? 0x103 : 0x101001);
		r->s.cr3 = 0x100000;
		mmu_set_cr3(&r->m, r->s.cr3);
		r->s.cr4 |= CR4_PAE;
		ck_assert_int_eq(sys_set_cr0(&r->c, &r->s, r->s.cr0 | CR0_PG), STEP_NEXT);
		ctx_update(&r->c);
		store32(r->ram + AT_TSS2 + 0x1c, 0x100020);
		enum step step = rig_far(r, OP_JMP_FAR, 4, SEL_TSS2, 0);
		if (bad) {
			expect_fault(r, step, VEC_GP, 0);
			ck_assert(r->c.fault.new_context);
		} else {
			ck_assert_int_eq(step, STEP_IP);
			ck_assert_uint_eq(r->m.paging.pdpte[1], 0x101001);
		}
		expect_committed(r, BY_JMP);
		rig_free(r);
	}
}
END_TEST

/* An error code that does not fit on the new task's stack: #SS there. */
START_TEST(an_error_code_without_room_faults_in_the_new_task)
{
	struct rig *r = rig_new_protected(0);
	make_task(r, true, 0);
	set_desc(r, SEL_FREE, make_desc(0, 0xfff, kind_attr(K_DATA, 0) & ~SEG_G));
	store16(r->ram + AT_TSS2 + 0x50, SEL_FREE); /* SS, and ESP beyond it */
	set_idt(r, VEC_GP, make_gate(SEL_TSS2, 0, 5, 0, 0));
	struct event ev = {.kind = EV_EXCEPTION, .vec = VEC_GP, .has_error = true, .error = 0x18, .return_ip = 0x100};
	expect_fault(r, sys_deliver(&r->c, &r->s, &ev), VEC_SS, 1);
	ck_assert(r->c.fault.new_context);
	ck_assert_uint_eq(r->c.r[RSP], NEW_SP);
	rig_free(r);
}
END_TEST

START_TEST(an_event_through_a_task_gate_sets_ext_in_its_faults)
{
	struct rig *r = rig_new_protected(0);
	make_task(r, true, 0);
	store16(r->ram + AT_TSS2 + 0x54, 0x1000);
	set_idt(r, 0x30, make_gate(SEL_TSS2, 0, 5, 0, 0));
	struct event ev = {.kind = EV_EXTERNAL, .vec = 0x30, .return_ip = 0x100};
	expect_fault(r, sys_deliver(&r->c, &r->s, &ev), VEC_TS, 0x1001);
	rig_free(r);
}
END_TEST

START_TEST(eip_beyond_the_new_code_segment_faults_in_the_new_task)
{
	struct rig *r = rig_new_protected(0);
	make_task(r, true, 0);
	set_desc(r, SEL_FREE, make_desc(0, 0xfff, kind_attr(K_CODE, 0) & ~SEG_G));
	store16(r->ram + AT_TSS2 + 0x4c, SEL_FREE);
	expect_fault(r, rig_far(r, OP_JMP_FAR, 4, SEL_TSS2, 0), VEC_GP, 0);
	ck_assert(r->c.fault.new_context);
	rig_free(r);
}
END_TEST

START_TEST(a_call_and_its_iret_come_back_to_the_same_state)
{
	struct rig *r = rig_new_protected(0);
	make_task(r, true, 3);
	old_state(r);
	store16(r->ram + AT_TSS + 0x60, SEL_LDT);
	struct before b = rig_before(r);
	u64 gdt = get_desc(r, SEL_TSS);
	ck_assert_int_eq(rig_far(r, OP_CALL_FAR, 4, SEL_TSS2, 0), STEP_IP);
	ck_assert_int_eq(rig_op(r, OP_IRET, 4), STEP_IP);
	ck_assert(!memcmp(b.reg, r->c.r, sizeof b.reg));
	ck_assert_uint_eq(r->s.eflags, b.s.eflags);
	ck_assert_uint_eq(r->s.cpl, 0);
	ck_assert_uint_eq(r->c.next_ip, 0x102);
	ck_assert_uint_eq(r->s.ldtr.base, AT_LDT);
	ck_assert_uint_eq(get_desc(r, SEL_TSS), gdt);
	ck_assert_int_eq(type_of(r, SEL_TSS2), 9);
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpu/system task");
	TCase *t = tcase_create("task");
	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, jmp_call_and_int_follow_table_7_2);
	tcase_add_test(t, iret_with_nt_returns_to_the_back_link);
	tcase_add_test(t, an_error_code_goes_to_the_new_tasks_stack);
	tcase_add_test(t, a_16_bit_old_tss_is_saved_in_words);
	tcase_add_test(t, a_task_can_be_in_virtual_8086_mode);
	tcase_add_test(t, the_t_bit_traps_before_the_first_instruction);
	tcase_add_test(t, privilege_of_tss_and_task_gate);
	tcase_add_test(t, faults_before_the_commit_point_change_nothing);
	tcase_add_test(t, busy_and_local_tss_selectors_are_refused);
	tcase_add_test(t, missing_and_read_only_tss_pages_fault_before_the_commit_point);
	tcase_add_test(t, cr3_is_loaded_from_a_32_bit_tss);
	tcase_add_test(t, faults_after_the_commit_point_belong_to_the_new_task);
	tcase_add_test(t, pages_missing_in_the_new_space_fault_in_the_new_task);
	tcase_add_test(t, a_switch_under_pae_loads_and_checks_the_pdptes);
	tcase_add_test(t, an_error_code_without_room_faults_in_the_new_task);
	tcase_add_test(t, an_event_through_a_task_gate_sets_ext_in_its_faults);
	tcase_add_test(t, eip_beyond_the_new_code_segment_faults_in_the_new_task);
	tcase_add_test(t, a_call_and_its_iret_come_back_to_the_same_state);
	return rig_main(suite);
}
