/* check_short_ways.c - the short ways of sensitive instructions (cpu/exec_segment.c, exec_system.c) end as the full versions
 * do: two processors run the same random instruction from the same random state, one of them without short ways. The full
 * versions are those that the recorded vectors and the tests of cpu/system/ check. Which way an
 * instruction takes is the processor's choice.
 */
#include "tests/cpu/system_rig.h"

#include "cpu/block.h"

enum { AT_INSN = 0x7000, AT_OPERAND = 0x30000, CASES = 6000 /* a regime */ };
enum regime { REAL, V86, RING0, RING3, REGIMES };

static u32 random32(u64 *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(*seed >> 32);
}

static void on_exception(void *opaque)
{
	struct rig *r = opaque;
	cpu_stop(&r->c);
	r->last_port = 1;
}

/* ---- one case -------------------------------------------------------------------------------------------- */

struct sample {
	u8 bytes[12];
	int n;
	u64 raw[4];  /* descriptors at SEL_FREE */
	u16 sel;     /* in BX, on the stack, behind the operand, in the instruction */
	u32 offset;
	u32 sp;
	bool size32;
	u16 ldt_limit, gdt_limit;
};

static u64 random_descriptor(u64 *seed)
{
	static const u8 rights[] = {0x92, 0x93, 0x93, 0xf3, 0xf3, 0x9b, 0x9b, 0xfb, 0xfb, 0x9f, 0x91, 0x97, 0x13, 0x99, 0xb3, 0x82, 0x8b};
	u32 attr = rights[random32(seed) % sizeof rights] | (random32(seed) & 1 ? SEG_G : 0) | (random32(seed) % 4 ? SEG_DB : 0);
	u32 limit = random32(seed) % 4 ? 0xfffff : random32(seed) & 0xfffff;
	return make_desc(random32(seed) % 4 ? 0 : random32(seed) & 0x3ffff, limit, attr);
}

static u16 random_selector(u64 *seed)
{
	u32 way = random32(seed) % 8, rpl = random32(seed) & 3;
	if (way < 4)
		return (u16)((SEL_FREE + 8 * (random32(seed) & 3)) | rpl);
	if (way < 6)
		return (u16)(SEL(random32(seed) % K_COUNT, random32(seed) & 3) | rpl);
	if (way == 6)
		return (u16)(rpl | (random32(seed) & 4 ? (random32(seed) & 0xfff8) | 4 : 0));
	return (u16)random32(seed);
}

/* MOV Sreg; PUSH, POP Sreg; LES; LFS; far JMP, CALL; RETF; PUSHF, POPF. */
static void random_instruction(struct sample *k, u64 *seed, bool is32)
{
	static const u8 segs[] = {0, 3, 4, 5, 2}, push[] = {0x06, 0x0e, 0x16, 0x1e}, pop[] = {0x07, 0x1f};
	u8 *b = k->bytes;
	int n = 0, seg = segs[random32(seed) % 5];
	k->size32 = is32;
	if (random32(seed) % 4 == 0) {
		b[n++] = 0x66;
		k->size32 = !is32;
	}
	switch (random32(seed) % 10) {
	case 0: case 1: b[n++] = 0x8e; b[n++] = (u8)(0xc3 | seg << 3); break;
	case 2: b[n++] = 0x8c; b[n++] = (u8)(0xc1 | seg << 3); break;
	case 3: b[n++] = push[random32(seed) & 3]; break;
	case 4: b[n++] = pop[random32(seed) & 1]; break;
	case 5: b[n++] = 0xc4; b[n++] = is32 ? 0x0e : 0x0c; break; /* LES CX, [SI]: 32-bit [ESI] */
	case 6: b[n++] = 0x0f; b[n++] = random32(seed) & 1 ? 0xb4 : 0xa1; if (b[n - 1] == 0xb4) b[n++] = is32 ? 0x0e : 0x0c; break;
	case 7: case 8:
		b[n++] = random32(seed) & 1 ? 0xea : 0x9a;
		if (k->size32) { store32(b + n, k->offset); n += 4; } else { store16(b + n, (u16)k->offset); n += 2; }
		store16(b + n, k->sel);
		n += 2;
		break;
	default: b[n++] = random32(seed) & 1 ? 0xcb : random32(seed) & 1 ? 0x9c : 0x9d; break;
	}
	k->n = n;
}

static struct sample random_sample(u64 *seed, enum regime regime)
{
	struct sample k = {.sel = random_selector(seed), .offset = random32(seed) % 3 ? AT_CODE : random32(seed) & 0x1ffff};
	for (int i = 0; i < 4; i++)
		k.raw[i] = random_descriptor(seed);
	k.sp = random32(seed) % 8 ? 0x9000 - (random32(seed) & 0xff) : random32(seed) & 7;
	k.ldt_limit = random32(seed) & 0xfff;
	k.gdt_limit = random32(seed) % 4 ? GDT_LIMIT : (u16)(SEL_FREE + random32(seed) % 32);
	random_instruction(&k, seed, regime >= RING0);
	return k;
}

/* ---- the two processors ---------------------------------------------------------------------------------------- */

static struct rig *processor(bool with_short_ways)
{
	static u64 counters[OP_COUNT][CPU_MODES]; /* of the tests' process; nobody reads it */
	struct rig *r = rig_new();
	r->c.hooks.exception = on_exception;
	r->c.hooks.direct = with_short_ways ? counters : NULL;
	r->pm.hooks = (struct physmem_hooks){.opaque = &r->c, .code_written = code_written};
	return r;
}

static void enter_regime(struct rig *r, enum regime regime)
{
	memset(r->ram, 0, r->pm.ram_size);
	rig_tables(r);
	r->s.cr0 = (r->s.cr0 & ~(u64)CR0_PE) | (regime == REAL ? 0 : CR0_PE);
	r->s.eflags = 2 | (regime == V86 ? EF_VM | EF_IOPL : 0);
	r->s.cpl = regime == V86 || regime == RING3 ? 3 : 0;
	mmu_set_mode(&r->m, r->s.cr0, r->s.cr4, r->s.efer);
	for (int i = 0; i < 6; i++) {
		u16 sel = regime < RING0 ? 0 : (u16)(SEL(i == SEG_CS ? K_CODE : K_DATA, r->s.cpl) | r->s.cpl);
		if (regime < RING0) {
			r->s.seg[i] = (struct segment){0};
			seg_load_real(&r->s, i, sel);
		} else {
			desc_unpack(sel, get_desc(r, sel) | (u64)SEG_A << 40, &r->s.seg[i]);
		}
	}
	ctx_changed(&r->c);
}

static void run_sample(struct rig *r, const struct sample *k, enum regime regime)
{
	enter_regime(r, regime);
	for (int i = 0; i < 4; i++)
		set_desc(r, (u16)(SEL_FREE + 8 * i), k->raw[i]);
	r->s.ldtr.limit = k->ldt_limit;
	r->s.gdtr.limit = k->gdt_limit;
	store64(r->ram + AT_LDT, k->raw[0]);
	code_flush(&r->c);
	memcpy(r->ram + AT_INSN, k->bytes, sizeof k->bytes);
	store32(r->ram + AT_OPERAND / 4, k->offset); /* SI = C000 */
	store16(r->ram + AT_OPERAND / 4 + (k->size32 ? 4 : 2), k->sel);
	int item = k->size32 ? 4 : 2;
	if (k->bytes[k->n - 1] == 0xcb) {
		store32(r->ram + k->sp, k->offset);
		store16(r->ram + k->sp + item, k->sel);
	} else {
		store32(r->ram + k->sp, k->sel);
	}
	for (int i = 0; i < 8; i++)
		r->c.r[i] = 0x11223344u * (u32)(i + 1);
	r->c.r[RBX] = 0x77770000u | k->sel;
	r->c.r[RSI] = AT_OPERAND / 4;
	r->c.r[RSP] = k->sp;
	flags_set_arith(&r->c, 0);
	r->c.ip = AT_INSN;
	r->c.attention = 0;
	r->c.fault = (struct fault){0};
	r->last_port = 0;
	/* first with everything in the TLB that the instruction may touch */
	u64 value;
	for (u32 page = 0; page < 0x20000; page += PAGE_SIZE) {
		mmu_load(&r->m, page, 1, ACC_READ, &value);
		if (page != (AT_INSN & PAGE_MASK))
			mmu_store(&r->m, page + 0xffc, 1, regime == V86 || regime == RING3 ? ACC_WRITE | ACC_USER : ACC_WRITE, 0);
	}
	cpu_run(&r->c, r->c.count + 1);
}

static const char *difference(const struct rig *a, const struct rig *b)
{
	if (a->last_port != b->last_port)
		return "exception";
	if (a->last_port && (a->c.fault.vec != b->c.fault.vec || a->c.fault.error != b->c.fault.error))
		return "kind of exception";
	if (memcmp(a->c.r, b->c.r, sizeof a->c.r))
		return "register";
	if (a->c.ip != b->c.ip || a->c.count != b->c.count)
		return "IP or count";
	if (flags_get(&a->c, &a->s) != flags_get(&b->c, &b->s))
		return "flags";
	if (memcmp(a->s.seg, b->s.seg, sizeof a->s.seg) || a->s.cpl != b->s.cpl)
		return "segment";
	if (memcmp(a->c.xseg, b->c.xseg, sizeof a->c.xseg) || a->c.mode != b->c.mode || a->c.cs_limit != b->c.cs_limit)
		return "execution context";
	return memcmp(a->ram, b->ram, 0x80000) ? "memory" : NULL;
}

static void compare_in(enum regime regime)
{
	struct rig *quick = processor(true), *full = processor(false);
	u64 seed = 7 + (u64)regime;
	int faults = 0, done = 0;
	for (int i = 0; i < CASES; i++) {
		struct sample k = random_sample(&seed, regime);
		run_sample(quick, &k, regime);
		run_sample(full, &k, regime);
		const char *what = difference(quick, full);
		ck_assert_msg(!what, "regime %d, case %d (%02x %02x %02x %02x, selector %04x): %s", regime, i, k.bytes[0], k.bytes[1],
			      k.bytes[2], k.bytes[3], k.sel, what);
		faults += quick->last_port;
		done += !quick->last_port;
	}
	ck_assert_msg(done > 100, "only %d of the instructions went through", done);
	ck_assert_msg(regime < RING0 || faults > 50, "only %d faults", faults);
	rig_free(quick);
	rig_free(full);
}

START_TEST(segment_loads_and_far_transfers_by_the_short_way_end_as_by_the_full_one)
{
	compare_in((enum regime)_i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("short_ways");
	TCase *t = tcase_create("short_ways");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, segment_loads_and_far_transfers_by_the_short_way_end_as_by_the_full_one, 0, REGIMES);
	suite_add_tcase(suite, t);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
