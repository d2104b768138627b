/* check_classify.c - the derived classes against what is known: Robin and Irvine (USENIX Security 2000), SDM 3A 5.9 and
 * 20.2.8, SDM 2 for each instruction; against the traits of the opcode table; and against themselves.
 *
 * The experiment runs once for all tests.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "classify/report.h"

static struct classification all;

static void classify_once(void)
{
	const struct knobs *k[64];
	for (int i = 0; i < knobs_count; i++)
		k[i] = &knobs_all[i];
	char error[CLASSIFY_ERROR];
	ck_assert(!classification_run(&all, k, knobs_count, NULL, 2, error));
}

static const struct survey *survey(const char *name)
{
	const struct survey *s = classification_find(&all, name);
	ck_assert_ptr_nonnull(s);
	return s;
}

/* ---- what is expected of all forms of an operation ------------------------------------------- */

static int count_class(const struct survey *s, u16 op, enum form_class class)
{
	int n = 0;
	for (int i = 0; i < s->n; i++)
		n += s->v[i].f->op == op && s->v[i].class == class;
	return n;
}

static int count_forms(const struct survey *s, u16 op)
{
	int n = 0;
	for (int i = 0; i < s->n; i++)
		n += s->v[i].f->op == op;
	return n;
}

static void expect_privileged(const char *k, const u16 *ops, size_t n)
{
	const struct survey *s = survey(k);
	for (size_t i = 0; i < n; i++)
		for (int j = 0; j < s->n; j++)
			ck_assert_msg(s->v[j].f->op != ops[i] || s->v[j].privileged, "%s: %s is not privileged", k, s->v[j].f->text);
}

static void expect_class(const char *k, const u16 *ops, size_t n, enum form_class class)
{
	const struct survey *s = survey(k);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_gt(count_forms(s, ops[i]), 0);
		ck_assert_msg(count_class(s, ops[i], class) == count_forms(s, ops[i]), "%s: not all of %s are %s", k,
			      op_name((enum op)ops[i]), class_name(class));
	}
}

#define PRIVILEGED(k, ...) \
	do { \
		const u16 ops[] = {__VA_ARGS__}; \
		expect_privileged(k, ops, ARRAY_LEN(ops)); \
	} while (0)
#define CLASS(k, class, ...) \
	do { \
		const u16 ops[] = {__VA_ARGS__}; \
		expect_class(k, ops, ARRAY_LEN(ops), class); \
	} while (0)

/* ---- protected mode ------------------------------------------------------------------------------ */

START_TEST(every_robin_irvine_instruction_is_critical_in_protected_mode)
{
	const struct survey *s = survey("protected");
	for (int i = 0; i < truth_robin_irvine.n; i++)
		ck_assert_msg(truth_check(s, &truth_robin_irvine.at[i]).critical > 0, "%s", truth_robin_irvine.at[i].name);
}
END_TEST

START_TEST(iret_pointer_loads_and_sysenter_are_critical_too)
{
	CLASS("protected", CLASS_CRITICAL, OP_IRET, OP_LXS, OP_SYSENTER, OP_INT3, OP_INTO, OP_INT1);
}
END_TEST

START_TEST(every_documented_cpl0_instruction_is_privileged)
{
	PRIVILEGED("protected", OP_LGDT, OP_LIDT, OP_LLDT, OP_LTR, OP_LMSW, OP_CLTS, OP_INVD, OP_WBINVD, OP_INVLPG, OP_HLT,
		   OP_RDMSR, OP_WRMSR, OP_MOV_FROM_CR, OP_MOV_TO_CR, OP_MOV_FROM_DR, OP_MOV_TO_DR, OP_SYSEXIT, OP_RDPMC);
	PRIVILEGED("protected-ring1", OP_LGDT, OP_HLT, OP_MOV_TO_CR, OP_RDMSR);
}
END_TEST

START_TEST(what_iopl_gates_is_privileged_below_it_and_critical_at_it)
{
	CLASS("protected", CLASS_BOTH, OP_CLI, OP_STI);
	CLASS("protected-iopl3", CLASS_CRITICAL, OP_CLI, OP_STI);
	CLASS("protected-pvi", CLASS_CRITICAL, OP_CLI, OP_STI);
	PRIVILEGED("protected", OP_IN, OP_OUT, OP_INS, OP_OUTS);
	CLASS("protected-iopl3", CLASS_INNOCUOUS, OP_IN, OP_OUT, OP_INS, OP_OUTS);
}
END_TEST

START_TEST(umip_makes_five_instructions_privileged)
{
	CLASS("protected", CLASS_CRITICAL, OP_SGDT, OP_SIDT, OP_SLDT, OP_STR, OP_SMSW);
	PRIVILEGED("protected-umip", OP_SGDT, OP_SIDT, OP_SLDT, OP_STR, OP_SMSW);
}
END_TEST

START_TEST(tsd_pce_and_cpuid_faulting_move_what_they_gate)
{
	CLASS("protected", CLASS_INNOCUOUS, OP_RDTSC, OP_RDTSCP, OP_CPUID);
	PRIVILEGED("protected-tsd", OP_RDTSC, OP_RDTSCP);
	PRIVILEGED("protected-cpuid-fault", OP_CPUID);
	CLASS("protected-pce", CLASS_INNOCUOUS, OP_RDPMC);
}
END_TEST

START_TEST(cpuid_and_the_clocks_are_visible_and_nothing_else_is)
{
	const struct survey *s = survey("protected-pce");
	for (int i = 0; i < s->n; i++) {
		u16 op = s->v[i].f->op;
		bool expected = op == OP_CPUID || op == OP_RDTSC || op == OP_RDTSCP || op == OP_RDPMC || op == OP_RDMSR;
		ck_assert_msg(op == OP_WRMSR || verdict_visible(&s->v[i]) == expected, "%s", s->v[i].f->text);
	}
}
END_TEST

START_TEST(plain_arithmetic_moves_and_near_branches_are_innocuous)
{
	static const char *const k[] = {"protected", "protected-ring1", "v86-iopl0", "real-deprivileged", "real"};
	for (size_t i = 0; i < ARRAY_LEN(k); i++)
		CLASS(k[i], CLASS_INNOCUOUS, OP_ADD, OP_OR, OP_ADC, OP_SBB, OP_AND, OP_SUB, OP_XOR, OP_CMP, OP_TEST, OP_INC, OP_DEC,
		      OP_NEG, OP_NOT, OP_SHL, OP_ROR, OP_MUL, OP_DIV, OP_IMUL, OP_DAA, OP_MOV, OP_XCHG, OP_LEA, OP_MOVZX, OP_XLAT,
		      OP_PUSH, OP_POP, OP_PUSHA, OP_POPA, OP_ENTER, OP_LEAVE, OP_JCC, OP_JMP, OP_CALL, OP_RET, OP_LOOP, OP_MOVS,
		      OP_CMPS, OP_STOS, OP_BT, OP_CMPXCHG, OP_SETCC, OP_NOP, OP_CLC, OP_STD, OP_LAHF, OP_SAHF);
	CLASS("protected", CLASS_INNOCUOUS, OP_ARPL, OP_FADD, OP_FLD, OP_PADDD, OP_ADDPS);
}
END_TEST

START_TEST(only_cs_and_ss_reveal_the_ring)
{
	const struct survey *s = survey("protected");
	for (int i = 0; i < s->n; i++) {
		const struct verdict *v = &s->v[i];
		if (v->f->op != OP_PUSH_SREG && v->f->op != OP_MOV_FROM_SREG)
			continue;
		bool reveals = strstr(v->f->operands, "CS") || strstr(v->f->operands, "SS");
		ck_assert_msg((v->class == CLASS_CRITICAL) == reveals, "%s", v->f->text);
	}
}
END_TEST

/* ---- virtual-8086 and real mode -------------------------------------------------------------------- */

START_TEST(v86_with_iopl_0_traps_the_iopl_sensitive_instructions)
{
	PRIVILEGED("v86-iopl0", OP_CLI, OP_STI, OP_PUSHF, OP_POPF, OP_INT, OP_IRET);
	CLASS("v86-iopl0", CLASS_CRITICAL, OP_INT3, OP_INTO, OP_SGDT, OP_SIDT, OP_SMSW);
	CLASS("v86-iopl3", CLASS_CRITICAL, OP_CLI, OP_STI, OP_PUSHF, OP_POPF, OP_INT, OP_IRET);
}
END_TEST

START_TEST(vme_lets_16_bit_forms_run_and_not_32_bit_ones)
{
	const struct survey *s = survey("v86-iopl0-vme");
	for (int i = 0; i < s->n; i++) {
		const struct verdict *v = &s->v[i];
		if (v->f->op == OP_PUSHF || v->f->op == OP_POPF || v->f->op == OP_IRET) /* SDM 2 PUSHF, POPF, IRET */
			ck_assert_msg(v->privileged == (v->f->opsize == 4), "%s", v->f->text);
	}
}
END_TEST

START_TEST(real_mode_has_no_privileged_instruction)
{
	const struct survey *s = survey("real");
	for (int i = 0; i < s->n; i++)
		ck_assert(!s->v[i].privileged);
	CLASS("real", CLASS_CRITICAL, OP_CLI, OP_LGDT, OP_MOV_TO_CR);
}
END_TEST

START_TEST(deprivileged_real_mode_traps_what_v86_traps)
{
	PRIVILEGED("real-deprivileged", OP_CLI, OP_STI, OP_PUSHF, OP_POPF, OP_INT, OP_IRET, OP_IN, OP_OUT, OP_HLT, OP_LGDT);
	CLASS("real-deprivileged", CLASS_INNOCUOUS, OP_MOV_FROM_SREG, OP_PUSH_SREG, OP_JMP_FAR, OP_RETF);
}
END_TEST

/* ---- theorems --------------------------------------------------------------------------------------------- */

START_TEST(theorem_1_fails_on_every_documented_processor_and_holds_on_the_imaginary_one)
{
	for (int i = 0; i < all.n; i++)
		ck_assert_msg(theorem_holds(&all.at[i], 1) == all.at[i].k->critical_trap, "%s", all.at[i].k->name);
	for (int n = 2; n <= 3; n++)
		ck_assert(theorem_holds(survey("protected-critical-trap"), n) && !theorem_holds(survey("protected-strictest"), n));
}
END_TEST

/* docs/virtualization.md 3: -cpu ...,critical=trap is what cpu/critical.c lists. */
START_TEST(on_the_imaginary_processor_theorem_1_holds_under_every_knob)
{
	static const char *const names[] = {"protected", "protected-ring1", "protected-iopl3", "protected-pvi", "v86-iopl0", "v86-iopl3-vme",
					    "real-deprivileged"};
	const struct knobs *k[ARRAY_LEN(names)];
	struct classification c;
	char error[CLASSIFY_ERROR];
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		k[i] = knobs_find(names[i]);
	ck_assert_msg(!classification_run(&c, k, ARRAY_LEN(names), "max,critical=trap", 2, error), "%s", error);
	for (int i = 0; i < c.n; i++)
		for (int n = 1; n <= 3; n++)
			ck_assert_msg(theorem_holds(&c.at[i], n), "%s: theorem %d", c.at[i].k->name, n);
	classification_free(&c);
}
END_TEST

START_TEST(critical_trap_lists_what_is_critical_in_some_configuration_and_no_more)
{
	static bool derived[2][OP_COUNT]; /* v86 and deprivileged real mode, protected mode */
	struct cpu_model m = cpu_model_default;
	cpu_trap_all_critical(&m);
	for (int i = 0; i < all.n; i++)
		for (int j = 0; j < all.at[i].n && knobs_has_user(all.at[i].k); j++)
			derived[all.at[i].k->mode == KM_PROTECTED][all.at[i].v[j].f->op] |= all.at[i].v[j].class == CLASS_CRITICAL;
	for (u16 op = 0; op < OP_COUNT; op++)
		for (int is_protected = 0; is_protected < 2; is_protected++)
			ck_assert_msg(cpu_traps_critical(&m, op, is_protected) == derived[is_protected][op], "%s", op_name((enum op)op));
}
END_TEST

START_TEST(an_x87_environment_does_not_stand_in_the_way_of_theorem_3)
{
	const struct survey *s = survey("protected"); /* it differs between the modes, not within one */
	for (int i = 0; i < s->n; i++)
		if (s->v[i].f->op == OP_FNSTENV)
			ck_assert(s->v[i].mode && !theorem_decided_by(3, &s->v[i]));
}
END_TEST

/* ---- witnesses ------------------------------------------------------------------------------------------------ */

static void expect_replay(const char *id, const char *needle)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(out);
	ck_assert_msg(replay_id(&all, id, out) == 0, "%s", id);
	fclose(out);
	ck_assert_msg(strstr(text, needle) != NULL, "%s: no \"%s\" in\n%s", id, needle, text);
	free(text);
}

START_TEST(every_critical_and_privileged_form_has_a_witness_that_replays)
{
	static const char *const proofs[KIND_COUNT] = {": privileged.", "Control sensitive.", "Location sensitive.",
						       "Behaviour sensitive.", "Mode sensitive."};
	const struct survey *s = survey("protected");
	for (int i = 0; i < s->n; i++) {
		const struct verdict *v = &s->v[i];
		char id[128];
		enum kind kind = verdict_main_kind(v);
		if (v->class != CLASS_CRITICAL && !v->privileged)
			continue;
		witness_id(&s->names, v, kind, id, sizeof id);
		expect_replay(id, proofs[kind]);
	}
}
END_TEST

START_TEST(an_innocuous_form_shows_a_pair_that_agrees)
{
	const struct survey *s = survey("protected");
	for (int i = 0; i < s->n; i += 50) {
		char id[128];
		if (s->v[i].class != CLASS_INNOCUOUS || verdict_main_kind(&s->v[i]) != KIND_INNOCUOUS)
			continue;
		witness_id(&s->names, &s->v[i], KIND_INNOCUOUS, id, sizeof id);
		expect_replay(id, "Difference in the results: none.");
	}
}
END_TEST

START_TEST(an_unknown_witness_is_refused)
{
	static const char *const ids[] = {"", "protected", "protected:9D.32:control:flags-set", "protected:9D.32:nothing:null:user",
					  "protected:ZZ:mode:null:user", "nowhere:9D.32:control:null:user"};
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		ck_assert_int_eq(replay_id(&all, ids[i], stdout), -1);
}
END_TEST

START_TEST(nothing_depends_on_what_the_watch_has_not_seen)
{
	for (int i = 0; i < all.n; i++)
		for (int j = 0; j < all.at[i].n; j++)
			ck_assert_msg(all.at[i].v[j].witness[KIND_RESOURCE].change != CHANGE_ALL, "%s: %s", all.at[i].k->name,
				      all.at[i].v[j].f->text);
}
END_TEST

/* ---- forms ---------------------------------------------------------------------------------------------------------- */

START_TEST(form_names_are_unique_and_every_row_has_a_form)
{
	const struct forms *f = &all.forms[DEC_32];
	int rows = 0;
	for (int i = 0; i < f->n; i++) {
		ck_assert_ptr_eq(forms_find(f, f->at[i].key), &f->at[i]);
		rows += i == 0 || f->at[i].row != f->at[i - 1].row;
	}
	/* rows of 64-bit mode have none */
	ck_assert_int_eq(rows + f->skipped_long, opcode_count - 1);
	ck_assert_int_lt(f->skipped_long, 20);
}
END_TEST

START_TEST(only_what_no_processor_model_has_is_unclassified)
{
	static const u16 allowed[] = {OP_MONITOR, OP_MWAIT, OP_XGETBV, OP_XSETBV, OP_RSM};
	const struct survey *s = survey("protected");
	for (int i = 0; i < s->n; i++) {
		bool is_allowed = s->v[i].class != CLASS_UNCLASSIFIED;
		for (size_t j = 0; j < ARRAY_LEN(allowed); j++)
			is_allowed |= s->v[i].f->op == allowed[j];
		ck_assert_msg(is_allowed, "%s", s->v[i].f->text);
	}
}
END_TEST

/* ---- the traits of the opcode table, which the experiment does not look at -------------------------------------------- */

#define T_MR (T_READS_R | T_WRITES_R | T_READS_M | T_WRITES_M | T_SEGLOAD)

static u32 traits_of(const struct verdict *v)
{
	return v->f->row->traits;
}

static void expect_trait_privileged(const char *k, u32 trait)
{
	const struct survey *s = survey(k);
	for (int i = 0; i < s->n; i++) /* SYSEXIT traps in real mode, too: nothing completes that could be denied */
		if ((traits_of(&s->v[i]) & trait) && s->v[i].completed[SUPER])
			ck_assert_msg(s->v[i].privileged, "%s: %s", k, s->v[i].f->text);
}

START_TEST(traits_of_privilege_agree_with_the_experiment)
{
	expect_trait_privileged("protected", T_CPL0 | T_IOPL | T_IO | T_PCE);
	expect_trait_privileged("protected-umip", T_CPL0 | T_UMIP);
	expect_trait_privileged("protected-tsd", T_CPL0 | T_TSD);
	expect_trait_privileged("v86-iopl0", T_CPL0 | T_IOPL_V86 | T_IO);
}
END_TEST

START_TEST(what_is_privileged_has_a_trait_that_says_so)
{
	const struct survey *s = survey("protected-strictest");
	for (int i = 0; i < s->n; i++)
		if (s->v[i].privileged && s->v[i].f->op != OP_CPUID)
			ck_assert_msg(traits_of(&s->v[i]) & (T_CPL0 | T_IOPL | T_IO | T_UMIP | T_TSD | T_PCE), "%s", s->v[i].f->text);
}
END_TEST

/* The last x87 code selector is kept in the unit and stored by these: a reading that the table does not share. */
static bool stores_x87_selector(u16 op)
{
	return op == OP_FNSTENV || op == OP_FNSAVE || op == OP_FXSAVE;
}

START_TEST(traits_of_sensitivity_agree_with_the_experiment)
{
	const struct survey *s = survey("protected");
	for (int i = 0; i < s->n; i++) {
		const struct verdict *v = &s->v[i];
		if (v->class == CLASS_UNCLASSIFIED || v->class == CLASS_UNDEFINED || stores_x87_selector(v->f->op))
			continue;
		if (v->f->op == OP_RDTSCP) /* reads TSC_AUX, an MSR that means time and processor */
			continue;
		ck_assert_msg(verdict_sensitive(v) == ((traits_of(v) & T_MR) != 0), "%s", v->f->text);
	}
}
END_TEST

START_TEST(traits_of_visibility_and_mode_agree_with_the_experiment)
{
	const struct survey *s = survey("protected-pce"), *v86 = survey("v86-iopl0");
	for (int i = 0; i < s->n; i++)
		if (s->v[i].class != CLASS_UNCLASSIFIED)
			ck_assert_msg(!s->v[i].privileged && !verdict_sensitive(&s->v[i]) && verdict_visible(&s->v[i]) ?
					      (traits_of(&s->v[i]) & T_VISIBLE) != 0 :
					      true, "%s", s->v[i].f->text);
	for (int i = 0; i < v86->n; i++)
		if (v86->v[i].class != CLASS_UNCLASSIFIED && v86->v[i].f->op != OP_UD)
			ck_assert_msg((v86->v[i].class == CLASS_UNDEFINED) == ((traits_of(&v86->v[i]) & T_NOT_V86) != 0), "%s",
				      v86->v[i].f->text);
}
END_TEST

/* ---- formats ------------------------------------------------------------------------------------------------------------- */

static char *print(void (*report)(const struct classification *, FILE *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	report(&all, out);
	fclose(out);
	return text;
}

static int count_text(const char *text, const char *needle)
{
	int n = 0;
	for (const char *p = text; (p = strstr(p, needle)); p += strlen(needle))
		n++;
	return n;
}

START_TEST(formats_agree_on_the_numbers)
{
	char *json = print(report_json), *csv = print(report_csv);
	int critical = 0, forms = 0;
	for (int i = 0; i < all.n; i++) {
		critical += survey_circles(&all.at[i]).critical;
		forms += all.at[i].n;
	}
	ck_assert_int_eq(count_text(json, "\"critical\": true"), critical);
	ck_assert_int_eq(count_text(json, "{\"form\": "), forms);
	ck_assert_int_eq(count_text(json, "{\"name\": "), all.n);
	ck_assert_int_eq(count_text(csv, ",\"critical\","), critical);
	ck_assert_int_eq(count_text(csv, "\n"), forms + 1);
	free(json);
	free(csv);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("classify");
	Suite *suite = suite_create("classify");
	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, classify_once, NULL);
	tcase_add_test(tc, every_robin_irvine_instruction_is_critical_in_protected_mode);
	tcase_add_test(tc, iret_pointer_loads_and_sysenter_are_critical_too);
	tcase_add_test(tc, every_documented_cpl0_instruction_is_privileged);
	tcase_add_test(tc, what_iopl_gates_is_privileged_below_it_and_critical_at_it);
	tcase_add_test(tc, umip_makes_five_instructions_privileged);
	tcase_add_test(tc, tsd_pce_and_cpuid_faulting_move_what_they_gate);
	tcase_add_test(tc, cpuid_and_the_clocks_are_visible_and_nothing_else_is);
	tcase_add_test(tc, plain_arithmetic_moves_and_near_branches_are_innocuous);
	tcase_add_test(tc, only_cs_and_ss_reveal_the_ring);
	tcase_add_test(tc, v86_with_iopl_0_traps_the_iopl_sensitive_instructions);
	tcase_add_test(tc, vme_lets_16_bit_forms_run_and_not_32_bit_ones);
	tcase_add_test(tc, real_mode_has_no_privileged_instruction);
	tcase_add_test(tc, deprivileged_real_mode_traps_what_v86_traps);
	tcase_add_test(tc, theorem_1_fails_on_every_documented_processor_and_holds_on_the_imaginary_one);
	tcase_add_test(tc, on_the_imaginary_processor_theorem_1_holds_under_every_knob);
	tcase_add_test(tc, critical_trap_lists_what_is_critical_in_some_configuration_and_no_more);
	tcase_add_test(tc, an_x87_environment_does_not_stand_in_the_way_of_theorem_3);
	tcase_add_test(tc, every_critical_and_privileged_form_has_a_witness_that_replays);
	tcase_add_test(tc, an_innocuous_form_shows_a_pair_that_agrees);
	tcase_add_test(tc, an_unknown_witness_is_refused);
	tcase_add_test(tc, nothing_depends_on_what_the_watch_has_not_seen);
	tcase_add_test(tc, form_names_are_unique_and_every_row_has_a_form);
	tcase_add_test(tc, only_what_no_processor_model_has_is_unclassified);
	tcase_add_test(tc, traits_of_privilege_agree_with_the_experiment);
	tcase_add_test(tc, what_is_privileged_has_a_trait_that_says_so);
	tcase_add_test(tc, traits_of_sensitivity_agree_with_the_experiment);
	tcase_add_test(tc, traits_of_visibility_and_mode_agree_with_the_experiment);
	tcase_add_test(tc, formats_agree_on_the_numbers);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
