/* system_rig.h - what the tests of cpu/system/ share: a processor without a loop, its descriptor tables, and one
 * way to run a system function. Linear is physical unless a test turns paging on.
 *
 *   1000 GDT  2000 LDT  3000 IDT  4000 TSS  5000 second TSS  6000.. code  8000 + cpl * 1000 stacks
 */
#ifndef TESTS_CPU_SYSTEM_RIG_H
#define TESTS_CPU_SYSTEM_RIG_H

#include <check.h>
#include <stdlib.h>

#include "base/bits.h"
#include "cpu/block.h"
#include "cpu/cpuid.h"
#include "cpu/system.h"

enum { AT_GDT = 0x1000, AT_LDT = 0x2000, AT_IDT = 0x3000, AT_TSS = 0x4000, AT_TSS2 = 0x5000, AT_CODE = 0x6000 };
#define AT_STACK(cpl) (0x8000u + 0x1000u * (u32)(cpl)) /* grows down from the end of its page */
#define STACK_TOP(cpl) (AT_STACK(cpl) + 0x1000u)

/* GDT: six descriptors for each DPL, then system ones. All flat, 32-bit. */
enum { K_CODE, K_CONFORMING, K_DATA, K_READ_ONLY, K_EXEC_ONLY, K_CODE16, K_COUNT };
#define SEL(kind, dpl) ((u16)((1 + (dpl)*K_COUNT + (kind)) * 8))
enum { SEL_LDT = 0x100, SEL_TSS = 0x108, SEL_TSS2 = 0x110, SEL_FREE = 0x118 /* and up to GDT_LIMIT */ };
#define GDT_LIMIT 0x1ff

struct rig {
	struct cpu c;
	struct sysregs s;
	struct mmu m;
	struct physmem pm;
	u8 *ram;
	u16 last_port;
	int ins, outs, last_size;
	u32 last_out;
};

static inline u64 make_desc(u32 base, u32 limit, u32 attr)
{
	return (limit & 0xffff) | (u64)(base & 0xffffff) << 16 | (u64)(attr & 0xf0ff) << 40 |
	       (u64)(limit >> 16 & 15) << 48 | (u64)(base >> 24) << 56;
}

static inline u64 make_gate(u16 sel, u32 offset, int type, int dpl, int count)
{
	return (offset & 0xffff) | (u64)sel << 16 | (u64)count << 32 | (u64)(0x80 | dpl << 5 | type) << 40 |
	       (u64)(offset >> 16) << 48;
}

static inline void set_desc(struct rig *r, u16 sel, u64 raw)
{
	store64(r->ram + (sel & 4 ? AT_LDT : AT_GDT) + (sel & 0xfff8), raw);
}

static inline u64 get_desc(const struct rig *r, u16 sel)
{
	return load64(r->ram + (sel & 4 ? AT_LDT : AT_GDT) + (sel & 0xfff8));
}

static inline void set_idt(struct rig *r, int vec, u64 raw)
{
	store64(r->ram + AT_IDT + 8 * vec, raw);
}

static inline u32 rig_in(void *opaque, u16 port, int size)
{
	struct rig *r = opaque;
	r->ins++;
	r->last_port = port;
	r->last_size = size;
	return 0xa1b2c3d4;
}

static inline void rig_out(void *opaque, u16 port, int size, u32 value)
{
	struct rig *r = opaque;
	r->outs++;
	r->last_port = port;
	r->last_size = size;
	r->last_out = value;
}

static inline u64 rig_tsc(void *opaque)
{
	(void)opaque;
	return 0x123456789aull;
}

static inline u64 rig_io_read(void *opaque, gpa_t gpa, int size)
{
	(void)opaque;
	(void)gpa;
	(void)size;
	return ~0ull;
}

static inline void rig_io_write(void *opaque, gpa_t gpa, int size, u64 value)
{
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
}

static inline void rig_nothing(void *opaque, enum mapping_change what, lin_t lin)
{
	(void)opaque;
	(void)what;
	(void)lin;
}

static inline u32 kind_attr(int kind, int dpl)
{
	static const u8 type[K_COUNT] = {0xa, 0xe, 0x2, 0x0, 0x8, 0xa};
	return type[kind] | SEG_S | SEG_P | (u32)dpl << 5 | SEG_G | (kind == K_CODE16 ? 0 : SEG_DB);
}

static inline void rig_tables(struct rig *r)
{
	for (int dpl = 0; dpl < 4; dpl++)
		for (int k = 0; k < K_COUNT; k++)
			set_desc(r, SEL(k, dpl), make_desc(0, 0xfffff, kind_attr(k, dpl)));
	set_desc(r, SEL_LDT, make_desc(AT_LDT, 0xfff, SEG_P | 2));
	set_desc(r, SEL_TSS, make_desc(AT_TSS, 0x2fff, SEG_P | 11));
	set_desc(r, SEL_TSS2, make_desc(AT_TSS2, 0x67, SEG_P | 9));
	for (int cpl = 0; cpl < 3; cpl++) {
		store32(r->ram + AT_TSS + 4 + 8 * cpl, STACK_TOP(cpl));
		store32(r->ram + AT_TSS + 8 + 8 * cpl, SEL(K_DATA, cpl) | (u32)cpl);
	}
	store16(r->ram + AT_TSS + 0x66, 0x88);
	r->s.gdtr = (struct dtr){AT_GDT, GDT_LIMIT};
	r->s.idtr = (struct dtr){AT_IDT, 0x7ff};
	r->s.ldtr = (struct segment){AT_LDT, 0xfff, SEL_LDT, SEG_P | 2};
	r->s.tr = (struct segment){AT_TSS, 0x2fff, SEL_TSS, SEG_P | 11};
}

/* In real mode at 0:100 with a stack at 0:8000. */
static inline struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof *r);
	ck_assert(r && !physmem_init(&r->pm, 2 << 20) && !mmu_init(&r->m, &r->pm));
	r->m.hooks.io_read = rig_io_read;
	r->m.hooks.io_write = rig_io_write;
	r->m.hooks.mapping_changed = rig_nothing;
	ck_assert(!cpu_init(&r->c, &r->m, &r->s, &r->s));
	cpu_reset(&r->c);
	r->ram = r->pm.ram;
	r->c.hooks.opaque = r;
	r->c.hooks.port_in = rig_in;
	r->c.hooks.port_out = rig_out;
	r->c.hooks.tsc = rig_tsc;
	r->s.seg[SEG_CS].sel = 0;
	r->s.seg[SEG_CS].base = 0;
	r->c.r[RSP] = 0x8000;
	r->c.count = 1000;
	ctx_update(&r->c);
	return r;
}

/* For programs that run in blocks: they stop at an exception, with last_port = 1, and the block cache hears of changes of the
 * mapping and of code. */
static inline void rig_stop_at_exception(void *opaque)
{
	struct rig *r = opaque;
	cpu_stop(&r->c);
	r->last_port = 1;
}

static inline void rig_remapped(void *opaque, enum mapping_change what, lin_t lin)
{
	struct rig *r = opaque;
	code_remapped(&r->c, what, lin);
}

static inline void rig_run_programs(struct rig *r)
{
	r->c.hooks.exception = rig_stop_at_exception;
	r->m.hooks.opaque = r;
	r->m.hooks.mapping_changed = rig_remapped;
	r->pm.hooks = (struct physmem_hooks){.opaque = &r->c, .code_written = code_written};
}

static inline void rig_free(struct rig *r)
{
	cpu_free(&r->c);
	mmu_free(&r->m);
	physmem_free(&r->pm);
	free(r);
}

/* Another processor model, in the caller's `m`. */
static inline void rig_model(struct rig *r, struct cpu_model *m, const char *text)
{
	char error[200];
	ck_assert_msg(!cpu_model_parse(text, m, error, sizeof error), "%s", error);
	r->c.model = m;
}

static inline void rig_load(struct rig *r, int seg, u16 sel)
{
	desc_unpack(sel, get_desc(r, sel), &r->s.seg[seg]);
}

/* Protected mode, 32-bit flat, at ring `cpl`; data segments are of the same ring. */
static inline void rig_protect(struct rig *r, int cpl)
{
	r->s.cr0 |= CR0_PE;
	r->s.cpl = (u8)cpl;
	r->s.eflags = EF_FIXED;
	mmu_set_mode(&r->m, r->s.cr0, r->s.cr4, r->s.efer);
	rig_tables(r);
	for (int i = 0; i < 6; i++)
		rig_load(r, i, (u16)(SEL(i == SEG_CS ? K_CODE : K_DATA, cpl) | cpl));
	r->c.r[RSP] = STACK_TOP(cpl) - 0x100;
	ctx_update(&r->c);
}

static inline struct rig *rig_new_protected(int cpl)
{
	struct rig *r = rig_new();
	rig_protect(r, cpl);
	return r;
}

/* virtual-8086 mode with the given IOPL: CS 600, SS 800, others 700 */
static inline struct rig *rig_new_v86(int iopl)
{
	struct rig *r = rig_new_protected(0);
	r->s.eflags = EF_FIXED | EF_VM | (u32)iopl << EF_IOPL_SHIFT;
	r->s.cpl = 3;
	for (int i = 0; i < 6; i++)
		seg_load_real(&r->s, i, i == SEG_CS ? 0x600 : i == SEG_SS ? 0x800 : 0x700);
	r->c.r[RSP] = 0x1000;
	ctx_update(&r->c);
	return r;
}

/* Runs one instruction that stands at IP 100 and is 2 bytes long. */
static inline enum step rig_run(struct rig *r, enum op op, struct uop *u)
{
	u->x.sys.op = (u16)op;
	if (!u->x.sys.opsize)
		u->x.sys.opsize = 4;
	if (!u->x.sys.addrsize)
		u->x.sys.addrsize = 4;
	if (!u->base)
		u->base = CPU_ZERO;
	if (!u->index)
		u->index = CPU_ZERO;
	r->c.ip = 0x100;
	r->c.next_ip = 0x102;
	memset(&r->c.fault, 0, sizeof r->c.fault);
	enum step step = sys_table[op](&r->c, &r->s, u);
	if (step == STEP_FAULT)
		ck_assert_ptr_nonnull(r->c.fault.why);
	if (r->c.ctx_dirty)
		ctx_update(&r->c);
	return step;
}

static inline enum step rig_op(struct rig *r, enum op op, int opsize)
{
	struct uop u = {.x.sys.opsize = (u8)opsize};
	return rig_run(r, op, &u);
}

/* Far JMP or CALL to a direct pointer. */
static inline enum step rig_far(struct rig *r, enum op op, int opsize, u16 sel, u32 offset)
{
	struct uop u = {.imm = offset, .x.sys = {.opsize = (u8)opsize, .imm2 = sel}};
	return rig_run(r, op, &u);
}

/* An operation on a register operand (BX), with G = DX. */
static inline enum step rig_reg(struct rig *r, enum op op, int opsize, int digit, u64 ebx)
{
	struct uop u = {.dst = RBX * 8, .src = RDX * 8, .x.sys = {.opsize = (u8)opsize, .digit = (u8)digit}};
	r->c.r[RBX] = ebx;
	return rig_run(r, op, &u);
}

/* An operation on memory at DS:ea. */
static inline enum step rig_mem(struct rig *r, enum op op, int opsize, int digit, u32 ea)
{
	struct uop u = {.disp = (s32)ea, .src = RDX * 8, .seg_scale = SEG_DS << 5,
			.x.sys = {.opsize = (u8)opsize, .digit = (u8)digit, .flags = UF_MEM}};
	return rig_run(r, op, &u);
}

static inline u32 stack32(const struct rig *r, int n)
{
	return load32(r->ram + r->s.seg[SEG_SS].base + (u32)r->c.r[RSP] + 4 * n);
}

static inline u16 stack16(const struct rig *r, int n)
{
	return load16(r->ram + r->s.seg[SEG_SS].base + (u16)r->c.r[RSP] + 2 * n);
}

static inline void push32(struct rig *r, u32 v)
{
	r->c.r[RSP] -= 4;
	store32(r->ram + r->s.seg[SEG_SS].base + (u32)r->c.r[RSP], v);
}

static inline void push16(struct rig *r, u16 v)
{
	r->c.r[RSP] -= 2;
	store16(r->ram + r->s.seg[SEG_SS].base + (u16)r->c.r[RSP], v);
}

static inline void push_n(struct rig *r, int size, u32 v)
{
	if (size == 4)
		push32(r, v);
	else
		push16(r, (u16)v);
}

#define expect_fault(r, step, v, e)                                                                                    \
	do {                                                                                                           \
		ck_assert_int_eq(step, STEP_FAULT);                                                                    \
		ck_assert_msg((r)->c.fault.vec == (v) && (r)->c.fault.error == (u32)(e), "vector %d(%x), expected %d(%x): %s", \
			      (r)->c.fault.vec, (r)->c.fault.error, (v), (u32)(e), (r)->c.fault.why);                  \
	} while (0)

/* Registers and system state that a fault must not touch. */
struct before {
	u64 reg[16];
	struct sysregs s;
};

static inline struct before rig_before(const struct rig *r)
{
	struct before b;
	memset(&b, 0, sizeof b);
	memcpy(b.reg, r->c.r, sizeof b.reg);
	memcpy(&b.s, &r->s, sizeof b.s);
	return b;
}

static inline void expect_unchanged(const struct rig *r, const struct before *b)
{
	ck_assert(!memcmp(b->reg, r->c.r, sizeof b->reg));
	ck_assert(!memcmp(&b->s, &r->s, sizeof b->s));
}

static inline int rig_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
