/* Control and debug registers, MSRs, CPUID, time, ports. SDM 3A 2.5, 3B 17, SDM 2, SDM 1 18.5. */
#include "system_rig.h"

static enum step to_cr(struct rig *r, int n, u32 value)
{
	return rig_reg(r, OP_MOV_TO_CR, 4, n, value);
}

static u32 from_cr(struct rig *r, int n)
{
	ck_assert_int_eq(rig_reg(r, OP_MOV_FROM_CR, 4, n, 0), STEP_NEXT);
	return (u32)r->c.r[RBX];
}

static enum step wrmsr(struct rig *r, u32 n, u64 v)
{
	r->c.r[RCX] = n;
	r->c.r[RAX] = (u32)v;
	r->c.r[RDX] = v >> 32;
	return rig_op(r, OP_WRMSR, 4);
}

static enum step rdmsr(struct rig *r, u32 n, u64 *v)
{
	r->c.r[RCX] = n;
	enum step step = rig_op(r, OP_RDMSR, 4);
	*v = r->c.r[RAX] | r->c.r[RDX] << 32;
	return step;
}

START_TEST(cr0_refuses_impossible_combinations)
{
	struct rig *r = rig_new();
	struct before b;
	static const u32 bad[] = {CR0_PG, CR0_NW, CR0_PE | CR0_NW, CR0_PG | CR0_CD | CR0_NW}; /* SDM 2 MOV CR */
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		b = rig_before(r);
		b.reg[RBX] = bad[i];
		expect_fault(r, to_cr(r, 0, bad[i]), VEC_GP, 0);
		expect_unchanged(r, &b);
	}
	ck_assert_int_eq(to_cr(r, 0, CR0_CD | CR0_NW), STEP_NEXT);
	/* reserved bits are ignored, ET reads as 1 */
	ck_assert_int_eq(to_cr(r, 0, 0x1ffaffc0 & ~(u32)(CR0_WP | CR0_AM)), STEP_NEXT);
	ck_assert_uint_eq(from_cr(r, 0), CR0_ET);
	rig_free(r);
}
END_TEST

START_TEST(changing_pe_touches_no_segment)
{
	struct rig *r = rig_new_protected(0);
	struct segment before[6];
	memcpy(before, r->s.seg, sizeof before);
	ck_assert_int_eq(to_cr(r, 0, 0), STEP_NEXT);
	ck_assert(sys_real(&r->s));
	ck_assert(!memcmp(before, r->s.seg, sizeof before));
	ck_assert_uint_eq(r->m.cr0, CR0_ET);
	rig_free(r);
}
END_TEST

START_TEST(cr4_takes_only_the_bits_of_the_model)
{
	/* VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP, 20: SMEP SMAP. SDM 3A 2.5, SDM 2 CPUID.1 and .7 */
	static const struct {
		const char *model;
		u32 known;
	} cases[] = {{"486", 0x3},      {"pentium", 0x5f},  {"pentium3", 0x7ff}, {"atom", 0x7ff},
		     {"core2", 0x7ff}, {"max", 0x300fff}, {"pentium3,-sse,-mce", 0x3bf}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig *r = rig_new_protected(0);
		struct cpu_model m;
		rig_model(r, &m, cases[i].model);
		for (int bit = 0; bit < 32; bit++) {
			enum step step = to_cr(r, 4, 1u << bit);
			if (cases[i].known >> bit & 1) {
				ck_assert_int_eq(step, STEP_NEXT);
				ck_assert_uint_eq(from_cr(r, 4), 1u << bit);
			} else {
				expect_fault(r, step, VEC_GP, 0);
			}
		}
		rig_free(r);
	}
}
END_TEST

START_TEST(without_features_there_is_no_cr4)
{
	struct rig *r = rig_new_protected(0);
	struct cpu_model m;
	rig_model(r, &m, "486,-vme");
	expect_fault(r, to_cr(r, 4, 0), VEC_UD, 0);
	expect_fault(r, rig_reg(r, OP_MOV_FROM_CR, 4, 4, 0), VEC_UD, 0);
	rig_free(r);
}
END_TEST

START_TEST(pae_checks_the_four_pdptes)
{
	struct rig *r = rig_new_protected(0);
	struct cpu_model pae = cpu_model_default;
	pae.f1_edx |= CPUID_PAE;
	r->c.model = &pae;
	r->s.cr3 = 0x100000;
	store64(r->ram + 0x100008, 0x2 | 1); /* bit 1 is reserved: SDM 3A table 4-8 */
	ck_assert_int_eq(to_cr(r, 4, CR4_PAE), STEP_NEXT);
	expect_fault(r, to_cr(r, 0, CR0_PG | CR0_PE), VEC_GP, 0);
	store64(r->ram + 0x100008, 2); /* not present: nothing is reserved */
	ck_assert_int_eq(to_cr(r, 0, CR0_PG | CR0_PE), STEP_NEXT);
	store64(r->ram + 0x100018, 0x41);
	expect_fault(r, to_cr(r, 3, 0x100000), VEC_GP, 0);
	rig_free(r);
}
END_TEST

/* SDM 3A 4.4.1: MOV to CR0 that changes CD, NW or PG; MOV to CR4 that changes PAE, PGE, PSE or SMEP; MOV to CR3 */
START_TEST(pdptes_are_loaded_by_the_writes_that_the_manual_lists)
{
	struct rig *r = rig_new_protected(0);
	struct cpu_model m;
	static const struct {
		int cr;
		u32 toggles;
		bool loads;
	} cases[] = {
		{0, CR0_WP, false},   {0, CR0_AM, false},  {0, CR0_TS, false},  {0, CR0_CD, true},   {4, CR4_TSD, false},
		{4, CR4_PGE, true},   {4, CR4_PSE, true},  {4, CR4_SMEP, true}, {4, CR4_SMAP, false}, {4, CR4_OSFXSR, false},
		{4, CR4_UMIP, false}, {3, 0, true},        {-1, EFER_NXE, false},
	};
	rig_model(r, &m, "max");
	store64(r->ram + 0x100000, 0x101001);
	store64(r->ram + 0x101000, 0x83); /* 2 MB, identical */
	store64(r->ram + 0x100018, 1);    /* the fourth gigabyte: a directory at 0 */
	r->s.cr3 = 0x100000;
	mmu_set_cr3(&r->m, r->s.cr3);
	ck_assert_int_eq(to_cr(r, 4, CR4_PAE), STEP_NEXT);
	ck_assert_int_eq(to_cr(r, 0, CR0_PG | CR0_PE), STEP_NEXT);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum step step;
		for (u64 fresh = 0x2001; fresh <= 0x2003; fresh += 2) { /* a good value, then one with a reserved bit */
			u64 old = r->m.paging.pdpte[3];
			bool faults = cases[i].loads && (fresh & 2);
			store64(r->ram + 0x100018, fresh + 0x1000 * i);
			if (cases[i].cr < 0) {
				r->c.r[RCX] = 0xc0000080;
				r->c.r[RAX] = r->s.efer ^ cases[i].toggles;
				r->c.r[RDX] = 0;
				step = rig_op(r, OP_WRMSR, 4);
			} else {
				u64 now = cases[i].cr == 0 ? r->s.cr0 : cases[i].cr == 3 ? r->s.cr3 : r->s.cr4;
				step = to_cr(r, cases[i].cr, (u32)now ^ cases[i].toggles);
			}
			ck_assert_int_eq(step, faults ? STEP_FAULT : STEP_NEXT);
			ck_assert_uint_eq(r->m.paging.pdpte[3], cases[i].loads && !faults ? fresh + 0x1000 * i : old);
		}
	}
	rig_free(r);
}
END_TEST

START_TEST(efer_takes_only_the_bits_of_the_model)
{
	struct rig *r = rig_new_protected(0);
	struct cpu_model m;
	u64 v;
	rig_model(r, &m, "atom");
	ck_assert_int_eq(wrmsr(r, 0xc0000080, EFER_NXE), STEP_NEXT);
	ck_assert_int_eq(rdmsr(r, 0xc0000080, &v), STEP_NEXT);
	ck_assert_uint_eq(v, EFER_NXE);
	expect_fault(r, wrmsr(r, 0xc0000080, EFER_SCE), VEC_GP, 0); /* no SYSCALL outside long mode: SDM 2 */
	expect_fault(r, wrmsr(r, 0xc0000080, EFER_LME), VEC_GP, 0);
	rig_model(r, &m, "atom,-nx");
	expect_fault(r, rdmsr(r, 0xc0000080, &v), VEC_GP, 0);
	rig_free(r);
}
END_TEST

START_TEST(cr2_and_cr3_keep_what_is_written)
{
	struct rig *r = rig_new();
	ck_assert_int_eq(to_cr(r, 2, 0x12345678), STEP_NEXT);
	ck_assert_int_eq(to_cr(r, 3, 0x00123018), STEP_NEXT);
	ck_assert_uint_eq(from_cr(r, 2), 0x12345678);
	ck_assert_uint_eq(from_cr(r, 3), 0x00123018);
	ck_assert_uint_eq(r->m.cr3, 0x00123018);
	rig_free(r);
}
END_TEST

START_TEST(other_control_registers_do_not_exist)
{
	static const int none[] = {1, 5, 6, 7};
	struct rig *r = rig_new(), *ring3 = rig_new_protected(3);
	for (int i = 0; i < 4; i++) {
		expect_fault(r, to_cr(r, none[i], 0), VEC_UD, 0);
		expect_fault(ring3, rig_reg(ring3, OP_MOV_FROM_CR, 4, none[i], 0), VEC_UD, 0);
	}
	rig_free(r);
	rig_free(ring3);
}
END_TEST

START_TEST(privileged_instructions_need_cpl_0)
{
	static const enum op ops[] = {OP_MOV_TO_CR, OP_MOV_FROM_CR, OP_MOV_TO_DR, OP_MOV_FROM_DR, OP_LMSW, OP_CLTS, OP_HLT,
				      OP_INVD, OP_WBINVD, OP_RDMSR, OP_WRMSR, OP_LLDT, OP_LTR};
	for (int cpl = 1; cpl < 4; cpl++) {
		struct rig *r = rig_new_protected(cpl);
		r->s.eflags |= EF_IOPL; /* does not help */
		for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
			r->c.r[RCX] = 0x10;
			expect_fault(r, rig_reg(r, ops[i], 2, 0, 0), VEC_GP, 0);
		}
		expect_fault(r, rig_mem(r, OP_INVLPG, 4, 0, 0), VEC_GP, 0);
		rig_free(r);
	}
}
END_TEST

START_TEST(lmsw_sets_pe_but_does_not_clear_it)
{
	struct rig *r = rig_new_protected(0);
	r->s.cr0 |= CR0_WP;
	ck_assert_int_eq(rig_reg(r, OP_LMSW, 2, 0, 0xffff), STEP_NEXT);
	ck_assert_uint_eq(r->s.cr0 & 0xffff, 0x1f);
	ck_assert_int_eq(rig_reg(r, OP_LMSW, 2, 0, 0), STEP_NEXT);
	ck_assert_uint_eq(r->s.cr0 & 0xffff, CR0_PE | CR0_ET);
	ck_assert(r->s.cr0 & CR0_WP);
	ck_assert_int_eq(rig_reg(r, OP_SMSW, 2, 0, 0xaaaabbbb), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RBX], 0xaaaa0000 | CR0_PE | CR0_ET);
	r->s.cr0 |= CR0_TS;
	ck_assert_int_eq(rig_op(r, OP_CLTS, 2), STEP_NEXT);
	ck_assert(!(r->s.cr0 & CR0_TS));
	rig_free(r);
}
END_TEST

START_TEST(debug_registers_have_their_fixed_bits)
{
	struct rig *r = rig_new();
	static const struct {
		int n;
		u32 written, read;
	} cases[] = {
		/* SDM 3B figure 17-1 */
		{0, 0x12345678, 0x12345678}, {3, 0xffffffff, 0xffffffff}, {6, 0, 0xffff0ff0}, {6, 0xffffffff, 0xffffefff},
		{7, 0, 0x400},               {7, 0xffffdfff, 0xffff07ff},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(rig_reg(r, OP_MOV_TO_DR, 4, cases[i].n, cases[i].written), STEP_NEXT);
		ck_assert_int_eq(rig_reg(r, OP_MOV_FROM_DR, 4, cases[i].n, 0), STEP_NEXT);
		ck_assert_uint_eq(r->c.r[RBX], cases[i].read);
	}
	rig_free(r);
}
END_TEST

START_TEST(dr4_and_dr5_are_dr6_and_dr7_unless_de)
{
	struct rig *r = rig_new();
	ck_assert_int_eq(rig_reg(r, OP_MOV_TO_DR, 4, 5, 0x0000003f), STEP_NEXT);
	ck_assert_uint_eq(r->s.dr[7], 0x43f);
	ck_assert_int_eq(rig_reg(r, OP_MOV_FROM_DR, 4, 4, 0), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RBX], 0xffff0ff0);
	r->s.cr4 |= CR4_DE;
	expect_fault(r, rig_reg(r, OP_MOV_FROM_DR, 4, 4, 0), VEC_UD, 0);
	expect_fault(r, rig_reg(r, OP_MOV_TO_DR, 4, 5, 0), VEC_UD, 0);
	rig_free(r);
}
END_TEST

START_TEST(time_stamp_reads_obey_tsd)
{
	struct rig *r = rig_new_protected(3);
	r->s.tsc_offset = 0x10;
	ck_assert_int_eq(rig_op(r, OP_RDTSC, 4), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RAX], 0x345678aa);
	ck_assert_uint_eq(r->c.r[RDX], 0x12);
	r->s.cr4 |= CR4_TSD;
	expect_fault(r, rig_op(r, OP_RDTSC, 4), VEC_GP, 0);
	expect_fault(r, rig_op(r, OP_RDPMC, 4), VEC_GP, 0);
	r->s.cr4 |= CR4_PCE;
	r->c.r[RCX] = 1;
	ck_assert_int_eq(rig_op(r, OP_RDPMC, 4), STEP_NEXT);
	r->c.r[RCX] = 2;
	expect_fault(r, rig_op(r, OP_RDPMC, 4), VEC_GP, 0);
	rig_free(r);
}
END_TEST

START_TEST(msrs_exist_with_their_features)
{
	struct rig *r = rig_new();
	struct cpu_model full, few;
	u64 v;
	static const u32 absent[] = {0x1b, 0xfe, 0x200, 0x250, 0x277, 0x2ff, 0x179, 0x1a0, 0xc0000080, 0x12345,
				     0x3a /* FEATURE_CONTROL */, 0x48 /* SPEC_CTRL */, 0x49 /* PRED_CMD */, 0x10a, 0xc1f, 0xce};
	rig_model(r, &few, "pentium3,-mtrr,-pat,-mca,-mce");
	few.f1_edx &= ~(u32)CPUID_APIC;
	for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
		expect_fault(r, rdmsr(r, absent[i], &v), VEC_GP, 0);
		expect_fault(r, wrmsr(r, absent[i], 0), VEC_GP, 0);
	}
	static const u32 present[] = {0x10, 0x174, 0x175, 0x176, 0x8b, 0x17, 0x2a, 0xc1, 0x186, 0x1d9};
	for (size_t i = 0; i < ARRAY_LEN(present); i++)
		ck_assert_int_eq(rdmsr(r, present[i], &v), STEP_NEXT);
	full = few;
	full.f1_edx |= CPUID_MTRR | CPUID_PAT | CPUID_APIC | CPUID_MCA | CPUID_MCE;
	r->c.model = &full;
	for (size_t i = 0; i < 7; i++)
		ck_assert_int_eq(rdmsr(r, absent[i], &v), STEP_NEXT);
	rig_model(r, &full, "max");
	ck_assert_int_eq(rdmsr(r, 0x10a, &v), STEP_NEXT); /* ARCH_CAPABILITIES: RDCL_NO, MDS_NO ... no RSBA (2) */
	ck_assert_uint_eq(v & 0x17f, 0x179);
	expect_fault(r, wrmsr(r, 0x10a, v), VEC_GP, 0); /* read-only */
	ck_assert_int_eq(rdmsr(r, 0x8b, &v), STEP_NEXT);
	ck_assert_uint_eq(v, 0x10700000000); /* the revision is in the upper half: SDM 3A 9.11.7 */
	rig_free(r);
}
END_TEST

static void note_base(void *opaque, u64 v)
{
	struct rig *r = opaque;
	r->c.r[RBP] = v;
}

static void note_deadline(void *opaque, u64 v)
{
	struct rig *r = opaque;
	r->c.r[RSI] = v;
}

static u64 give_deadline(void *opaque)
{
	(void)opaque;
	return 0x123456789ab;
}

START_TEST(the_local_apics_registers_are_reached_where_announced)
{
	struct rig *r = rig_new();
	struct cpu_model m;
	u64 v;
	r->c.hooks.apic_base = note_base;
	r->c.hooks.set_tsc_deadline = note_deadline;
	r->c.hooks.tsc_deadline = give_deadline;
	rig_model(r, &m, "max,-tsc-deadline");
	expect_fault(r, rdmsr(r, 0x6e0, &v), VEC_GP, 0);
	expect_fault(r, wrmsr(r, 0x6e0, 1), VEC_GP, 0);
	rig_model(r, &m, "max");
	ck_assert_int_eq(wrmsr(r, 0x6e0, 0xabcdef0123), STEP_NEXT);
	ck_assert_uint_eq(r->c.r[RSI], 0xabcdef0123);
	ck_assert_int_eq(rdmsr(r, 0x6e0, &v), STEP_NEXT);
	ck_assert_uint_eq(v, 0x123456789ab);
	r->s.apic_base = 0xfee00900;
	ck_assert_uint_eq(cpuid(&m, &r->s, 1, 0).edx >> 9 & 1, 1);
	ck_assert_int_eq(wrmsr(r, 0x1b, 0xfee00100), STEP_NEXT); /* disabled: SDM 3A 11.4.3 */
	ck_assert_uint_eq(r->c.r[RBP], 0xfee00100);
	ck_assert_uint_eq(cpuid(&m, &r->s, 1, 0).edx >> 9 & 1, 0);
	expect_fault(r, wrmsr(r, 0x1b, 0xfee00d00), VEC_GP, 0); /* x2APIC is not announced */
	rig_free(r);
}
END_TEST

START_TEST(msr_values_are_checked)
{
	struct rig *r = rig_new();
	struct cpu_model full = cpu_model_default;
	u64 v;
	full.f1_edx |= CPUID_MTRR | CPUID_PAT | CPUID_APIC;
	r->c.model = &full;
	static const struct {
		u32 n;
		u64 good, bad;
	} cases[] = {
		{0x200, 0xf00000006, 0xf00000002},                   /* MTRR type: SDM 3A table 11-8 */
		{0x201, 0xfff000800, 0x1000000800},                  /* 36 bits: figure 11-7 */
		{0x268, 0x0606060605040100, 0x0606060605040103},     /* fixed range: eight types */
		{0x2ff, 0xc06, 0x1006},                              /* E FE type: figure 11-5 */
		{0x277, 0x0007040600070406, 0x0007040600070402},     /* PAT: table 11-10 */
		{0x1b, 0xfee00900, 0xfee00901},                      /* APIC_BASE: figure 10-5 */
		{0x174, 0xffffffff, 0x100000000},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(wrmsr(r, cases[i].n, cases[i].good), STEP_NEXT);
		expect_fault(r, wrmsr(r, cases[i].n, cases[i].bad), VEC_GP, 0);
		ck_assert_int_eq(rdmsr(r, cases[i].n, &v), STEP_NEXT);
		ck_assert_uint_eq(v, cases[i].good);
	}
	rig_free(r);
}
END_TEST

START_TEST(misc_enable_changes_only_its_switches)
{
	struct rig *r = rig_new();
	struct cpu_model m;
	u64 v;
	rig_model(r, &m, "core2");
	ck_assert_int_eq(rdmsr(r, 0x1a0, &v), STEP_NEXT);
	ck_assert_uint_eq(v, 0x1801); /* fast strings, BTS and PEBS unavailable: SDM 4 table 2-2 */
	ck_assert_int_eq(wrmsr(r, 0x1a0, 0x400450088 /* XD disable, CPUID limit, MONITOR, perfmon */), STEP_NEXT);
	ck_assert_int_eq(rdmsr(r, 0x1a0, &v), STEP_NEXT);
	ck_assert_uint_eq(v, 0x1800);
	rig_free(r);
}
END_TEST

START_TEST(a_p6_writes_only_the_low_half_of_the_tsc)
{
	struct rig *r = rig_new();
	struct cpu_model m;
	u64 v;
	rig_model(r, &m, "pentium3");
	ck_assert_int_eq(wrmsr(r, 0x10, 0x500000042), STEP_NEXT);
	ck_assert_int_eq(rdmsr(r, 0x10, &v), STEP_NEXT);
	ck_assert_uint_eq(v, 0x42); /* SDM 3B 17.17.3 */
	rig_model(r, &m, "core2");
	ck_assert_int_eq(wrmsr(r, 0x10, 0x500000042), STEP_NEXT);
	ck_assert_int_eq(rdmsr(r, 0x10, &v), STEP_NEXT);
	ck_assert_uint_eq(v, 0x500000042);
	rig_free(r);
}
END_TEST

START_TEST(cpuid_announces_the_model)
{
	struct rig *r = rig_new();
	struct cpu_model m;
	rig_model(r, &m, "pentium3");
	r->c.r[RAX] = 0;
	rig_op(r, OP_CPUID, 4);
	ck_assert_uint_eq(r->c.r[RAX], 2);
	ck_assert_uint_eq(r->c.r[RBX], 0x756e6547); /* Genu ineI ntel: SDM 2 CPUID */
	ck_assert_uint_eq(r->c.r[RDX], 0x49656e69);
	ck_assert_uint_eq(r->c.r[RCX], 0x6c65746e);
	r->c.r[RAX] = 1;
	rig_op(r, OP_CPUID, 4);
	ck_assert_uint_eq(r->c.r[RAX], 0x68a);
	/* FPU VME DE PSE TSC MSR PAE MCE CX8 (APIC) SEP MTRR PGE MCA CMOV PAT PSE36 MMX FXSR SSE */
	ck_assert_uint_eq(r->c.r[RDX] & ~(u32)CPUID_APIC, 0x383f9ff);
	/* beyond the last leaf: the last leaf */
	struct cpuid_result last = cpuid(r->c.model, 0, 2, 0), beyond = cpuid(r->c.model, 0, 0x80000000, 0);
	ck_assert(!memcmp(&last, &beyond, sizeof last));
	ck_assert_ptr_null(cpu_model_find("pentium9"));
	ck_assert_str_eq(cpu_model_find("pentium")->name, "pentium");
	rig_free(r);
}
END_TEST

/* What an operating system of 32 bits looks for, and what the core cannot do is not there (docs/cpu-models.md). */
START_TEST(the_default_model_is_a_complete_32_bit_processor)
{
	const struct cpu_model *m = &cpu_model_default;
	struct cpuid_result r = cpuid(m, 0, 1, 0);
	ck_assert_str_eq(m->name, "atom");
	ck_assert_uint_eq(r.edx & ~(u32)CPUID_APIC, 0x789f9ff);
	ck_assert_uint_eq(r.ecx, 0x400201); /* SSE3 SSSE3 MOVBE; no MONITOR, CX16, XSAVE */
	r = cpuid(m, 0, 0x80000001, 0);
	ck_assert_uint_eq(r.edx, 1 << 20); /* NX; no SYSCALL, RDTSCP, LM */
	ck_assert_uint_eq(cpuid(m, 0, 0x80000000, 0).eax, 0x80000008);
	ck_assert_uint_eq(cpuid(m, 0, 0x80000006, 0).ecx, 0x02006040); /* 512K, 8 ways, lines of 64: SDM 2 CPUID */
	ck_assert_uint_eq(cpuid(m, 0, 0x80000008, 0).eax, 0x2024);
	for (u32 i = 0; i < 3; i++) { /* the sizes that leaf 4 gives: ways * partitions * line * sets */
		static const u32 sizes[] = {24 << 10, 32 << 10, 512 << 10};
		r = cpuid(m, 0, 4, i);
		ck_assert_uint_eq(((r.ebx >> 22) + 1) * ((r.ebx & 0xfff) + 1) * (r.ecx + 1), sizes[i]);
	}
	ck_assert_uint_eq(cpuid(m, 0, 4, 3).eax & 31, 0);
	ck_assert_uint_eq(cpuid(m, 0, 10, 0).eax & 0xff, 0); /* no architectural performance monitoring */
}
END_TEST

START_TEST(the_brand_string_spans_three_leaves)
{
	struct cpu_model m = cpu_model_default;
	char text[49] = {0};
	m.max_extended = 0x80000008;
	for (u32 i = 0; i < 3; i++) {
		struct cpuid_result c = cpuid(&m, 0, 0x80000002 + i, 0);
		memcpy(text + 16 * i, &c, 16);
	}
	ck_assert_str_eq(text, "Tandem virtual CPU");
}
END_TEST

/* ---- ports ------------------------------------------------------------------------- */

static enum step in_dx(struct rig *r, int size, u16 port)
{
	r->c.r[RDX] = port;
	return rig_op(r, OP_IN, size);
}

START_TEST(in_and_out_use_al_ax_or_eax)
{
	struct rig *r = rig_new();
	static const u64 expected[5] = {0, 0xffffffffffffffd4, 0xffffffffffffc3d4, 0, 0xa1b2c3d4};
	for (int size = 1; size <= 4; size *= 2) {
		r->c.r[RAX] = ~0ull;
		ck_assert_int_eq(in_dx(r, size, 0x1234), STEP_NEXT);
		ck_assert_uint_eq(r->c.r[RAX], expected[size]);
		ck_assert_uint_eq(r->last_port, 0x1234);
		r->c.r[RAX] = 0x55667788;
		struct uop u = {.imm = 0x70, .x.sys = {.opsize = (u8)size, .imm2 = 1}};
		ck_assert_int_eq(rig_run(r, OP_OUT, &u), STEP_NEXT);
		ck_assert_uint_eq(r->last_port, 0x70);
		ck_assert_uint_eq(r->last_out, 0x55667788 & (u32)size_mask(size));
	}
	rig_free(r);
}
END_TEST

START_TEST(ports_open_by_iopl_or_bitmap)
{
	for (int i = 0; i < 16 * 2; i++) {
		int cpl = i & 3, iopl = i >> 2 & 3;
		bool bit = i & 16;
		struct rig *r = rig_new_protected(cpl);
		r->s.eflags |= (u32)iopl << 12;
		r->ram[AT_TSS + 0x88 + 0x60 / 8] = bit ? 0x10 : 0xef; /* port 64 */
		enum step step = in_dx(r, 1, 0x64);
		if (cpl <= iopl || !bit)
			ck_assert_int_eq(step, STEP_NEXT);
		else
			expect_fault(r, step, VEC_GP, 0);
		rig_free(r);
	}
	for (int iopl = 0; iopl < 4; iopl++) { /* v86: only the bitmap counts, SDM 3A 20.2.8.1 */
		struct rig *r = rig_new_v86(iopl);
		ck_assert_int_eq(in_dx(r, 1, 0x64), STEP_NEXT);
		r->ram[AT_TSS + 0x88 + 0x60 / 8] = 0x10;
		expect_fault(r, in_dx(r, 1, 0x64), VEC_GP, 0);
		rig_free(r);
	}
}
END_TEST

START_TEST(wide_ports_need_all_their_bits)
{
	struct rig *r = rig_new_protected(3);
	for (int bit = 0; bit < 16; bit++) {
		store16(r->ram + AT_TSS + 0x88, (u16)(1 << bit));
		for (int port = 0; port < 8; port++) {
			for (int size = 1; size <= 4; size *= 2) {
				enum step step = in_dx(r, size, (u16)port);
				ck_assert_int_eq(step, bit >= port && bit < port + size ? STEP_FAULT : STEP_NEXT);
			}
		}
	}
	rig_free(r);
}
END_TEST

START_TEST(the_bitmap_must_lie_inside_a_32_bit_tss)
{
	struct rig *r = rig_new_protected(3);
	r->s.tr.limit = 0x88 + 0x3f8 / 8; /* the second of the two bytes is outside: SDM 1 18.5.2 */
	expect_fault(r, in_dx(r, 1, 0x3f8), VEC_GP, 0);
	r->s.tr.limit++;
	ck_assert_int_eq(in_dx(r, 1, 0x3f8), STEP_NEXT);
	r->s.tr.limit = 0x66;
	expect_fault(r, in_dx(r, 1, 0), VEC_GP, 0);
	r->s.tr.limit = 0x2fff;
	r->s.tr.attr = SEG_P | 3; /* 16-bit */
	expect_fault(r, in_dx(r, 1, 0), VEC_GP, 0);
	rig_free(r);
}
END_TEST

START_TEST(rep_ins_moves_one_element_a_call)
{
	struct rig *r = rig_new_protected(0);
	struct uop u = {.x.sys = {.opsize = 2, .flags = UF_REP}};
	r->c.r[RDX] = 0x1f0;
	r->c.r[RCX] = 2;
	r->c.r[RDI] = 0x700;
	ck_assert_int_eq(rig_run(r, OP_INS, &u), STEP_REPEAT);
	ck_assert_int_eq(rig_run(r, OP_INS, &u), STEP_NEXT);
	ck_assert_uint_eq(load32(r->ram + 0x700), 0xc3d4c3d4);
	ck_assert_uint_eq(r->c.r[RDI], 0x704);
	ck_assert_uint_eq(r->c.r[RCX], 0);
	ck_assert_int_eq(rig_run(r, OP_INS, &u), STEP_NEXT); /* ECX = 0: nothing */
	ck_assert_int_eq(r->ins, 2);
	/* a destination that cannot be written: the port is not read */
	rig_load(r, SEG_ES, SEL(K_READ_ONLY, 0));
	ctx_update(&r->c);
	r->c.r[RCX] = 1;
	expect_fault(r, rig_run(r, OP_INS, &u), VEC_GP, 0);
	ck_assert_int_eq(r->ins, 2);
	ck_assert_uint_eq(r->c.r[RCX], 1);
	rig_free(r);
}
END_TEST

START_TEST(outs_counts_down_with_16_bit_registers)
{
	struct rig *r = rig_new();
	struct uop u = {.seg_scale = SEG_FS << 5, .x.sys = {.opsize = 1, .addrsize = 2, .flags = UF_REP}};
	seg_load_real(&r->s, SEG_FS, 0x70);
	ctx_update(&r->c);
	r->ram[0x700] = 0x42;
	r->c.df = 1;
	r->c.r[RCX] = 0xabcd0001;
	r->c.r[RSI] = 0xabcd0000;
	ck_assert_int_eq(rig_run(r, OP_OUTS, &u), STEP_NEXT);
	ck_assert_uint_eq(r->last_out, 0x42);
	ck_assert_uint_eq(r->c.r[RCX], 0xabcd0000);
	ck_assert_uint_eq(r->c.r[RSI], 0xabcdffff);
	rig_free(r);
}
END_TEST

START_TEST(every_sensitive_operation_has_a_function)
{
	static const enum op sensitive[] = {
		OP_INS, OP_OUTS, OP_IN, OP_OUT, OP_INT, OP_INT3, OP_INT1, OP_INTO, OP_IRET, OP_JMP_FAR, OP_CALL_FAR, OP_RETF,
		OP_SYSENTER, OP_SYSEXIT, OP_SYSCALL, OP_SYSRET, OP_PUSHF, OP_POPF, OP_CLI, OP_STI, OP_MOV_FROM_SREG,
		OP_MOV_TO_SREG, OP_PUSH_SREG, OP_POP_SREG, OP_LXS, OP_LAR, OP_LSL, OP_VERR, OP_VERW, OP_ARPL, OP_SGDT, OP_SIDT,
		OP_SLDT, OP_STR, OP_SMSW, OP_LGDT, OP_LIDT, OP_LLDT, OP_LTR, OP_LMSW, OP_CLTS, OP_MOV_FROM_CR, OP_MOV_TO_CR,
		OP_MOV_FROM_DR, OP_MOV_TO_DR, OP_MOV_FROM_TR, OP_MOV_TO_TR, OP_INVD, OP_WBINVD, OP_INVLPG, OP_RDMSR, OP_WRMSR,
		OP_RDTSC, OP_RDPMC, OP_RDTSCP, OP_CPUID, OP_HLT, OP_RSM, OP_CLAC, OP_STAC, OP_SWAPGS, OP_XGETBV, OP_XSETBV,
		OP_MONITOR, OP_MWAIT,
	};
	for (size_t i = 0; i < ARRAY_LEN(sensitive); i++)
		ck_assert_msg(sys_table[sensitive[i]] != NULL, "operation %d", sensitive[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpu/system control");
	TCase *t = tcase_create("control");
	suite_add_tcase(suite, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, cr0_refuses_impossible_combinations);
	tcase_add_test(t, changing_pe_touches_no_segment);
	tcase_add_test(t, cr4_takes_only_the_bits_of_the_model);
	tcase_add_test(t, without_features_there_is_no_cr4);
	tcase_add_test(t, pae_checks_the_four_pdptes);
	tcase_add_test(t, pdptes_are_loaded_by_the_writes_that_the_manual_lists);
	tcase_add_test(t, efer_takes_only_the_bits_of_the_model);
	tcase_add_test(t, cr2_and_cr3_keep_what_is_written);
	tcase_add_test(t, other_control_registers_do_not_exist);
	tcase_add_test(t, privileged_instructions_need_cpl_0);
	tcase_add_test(t, lmsw_sets_pe_but_does_not_clear_it);
	tcase_add_test(t, debug_registers_have_their_fixed_bits);
	tcase_add_test(t, dr4_and_dr5_are_dr6_and_dr7_unless_de);
	tcase_add_test(t, time_stamp_reads_obey_tsd);
	tcase_add_test(t, msrs_exist_with_their_features);
	tcase_add_test(t, the_local_apics_registers_are_reached_where_announced);
	tcase_add_test(t, msr_values_are_checked);
	tcase_add_test(t, misc_enable_changes_only_its_switches);
	tcase_add_test(t, a_p6_writes_only_the_low_half_of_the_tsc);
	tcase_add_test(t, cpuid_announces_the_model);
	tcase_add_test(t, the_default_model_is_a_complete_32_bit_processor);
	tcase_add_test(t, the_brand_string_spans_three_leaves);
	tcase_add_test(t, in_and_out_use_al_ax_or_eax);
	tcase_add_test(t, ports_open_by_iopl_or_bitmap);
	tcase_add_test(t, wide_ports_need_all_their_bits);
	tcase_add_test(t, the_bitmap_must_lie_inside_a_32_bit_tss);
	tcase_add_test(t, rep_ins_moves_one_element_a_call);
	tcase_add_test(t, outs_counts_down_with_16_bit_registers);
	tcase_add_test(t, every_sensitive_operation_has_a_function);
	return rig_main(suite);
}
