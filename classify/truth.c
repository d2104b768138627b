/* truth.c - the lists of Robin and Irvine and of the SDM, and why the derived classes differ from them where they do.
 *
 * J. S. Robin, C. E. Irvine: Analysis of the Intel Pentium's Ability to Support a Secure Virtual Machine Monitor.
 * 9th USENIX Security Symposium, 2000, sections 3.1 and 3.2: by hand, for the Pentium in protected mode, ring 3 as user
 * mode. Intel SDM volume 3A, section 5.9 (privileged instructions), volume 2 (each instruction).
 */
#include "classify/truth.h"

#define ENTRIES(list) list, (int)ARRAY_LEN(list)

static const struct truth_entry robin_irvine[] = {
	{"SGDT", {OP_SGDT}}, {"SIDT", {OP_SIDT}}, {"SLDT", {OP_SLDT}}, {"SMSW", {OP_SMSW}}, {"PUSHF", {OP_PUSHF}},
	{"POPF", {OP_POPF}}, {"LAR", {OP_LAR}}, {"LSL", {OP_LSL}}, {"VERR", {OP_VERR}}, {"VERW", {OP_VERW}},
	{"POP (segment register)", {OP_POP_SREG}}, {"PUSH (segment register)", {OP_PUSH_SREG}}, {"CALL (far)", {OP_CALL_FAR}},
	{"JMP (far)", {OP_JMP_FAR}}, {"INT n", {OP_INT}}, {"RET (far)", {OP_RETF}}, {"STR", {OP_STR}},
	{"MOV (segment register)", {OP_MOV_FROM_SREG, OP_MOV_TO_SREG}},
};

const struct truth_list truth_robin_irvine = {
	"Robin and Irvine: sensitive and unprivileged", "USENIX Security 2000, Pentium, section 3.2", ENTRIES(robin_irvine)};

static const struct truth_entry sdm_cpl0[] = {
	{"LGDT", {OP_LGDT}}, {"LIDT", {OP_LIDT}}, {"LLDT", {OP_LLDT}}, {"LTR", {OP_LTR}},
	{"MOV CRn", {OP_MOV_FROM_CR, OP_MOV_TO_CR}}, {"MOV DRn", {OP_MOV_FROM_DR, OP_MOV_TO_DR}}, {"LMSW", {OP_LMSW}},
	{"CLTS", {OP_CLTS}}, {"INVD", {OP_INVD}}, {"WBINVD", {OP_WBINVD}}, {"INVLPG", {OP_INVLPG}}, {"HLT", {OP_HLT}},
	{"RDMSR", {OP_RDMSR}}, {"WRMSR", {OP_WRMSR}}, {"RDPMC", {OP_RDPMC}}, {"RDTSC", {OP_RDTSC, OP_RDTSCP}},
	{"SYSEXIT", {OP_SYSEXIT}}, {"SGDT, SIDT, SLDT, STR, SMSW", {OP_SGDT, OP_SIDT, OP_SLDT, OP_STR, OP_SMSW}},
};

const struct truth_list truth_sdm_cpl0 = {
	"SDM: only at CPL 0", "Intel SDM 3A 5.9, SDM 2 for each instruction", ENTRIES(sdm_cpl0)};

static bool means(const struct truth_entry *e, u16 op)
{
	for (size_t i = 0; i < ARRAY_LEN(e->ops) && e->ops[i] != OP_INVALID; i++)
		if (e->ops[i] == op)
			return true;
	return false;
}

bool truth_names(const struct truth_list *l, u16 op)
{
	for (int i = 0; i < l->n; i++)
		if (means(&l->at[i], op))
			return true;
	return false;
}

struct truth_result truth_check(const struct survey *s, const struct truth_entry *e)
{
	struct truth_result r = {0};
	for (int i = 0; i < s->n; i++) {
		const struct verdict *v = &s->v[i];
		if (!means(e, v->f->op))
			continue;
		r.forms++;
		r.critical += v->class == CLASS_CRITICAL;
		r.privileged += v->privileged;
		r.undefined += v->class == CLASS_UNDEFINED;
		r.unclassified += v->class == CLASS_UNCLASSIFIED;
		if (v->class == CLASS_CRITICAL ? !r.witness || r.witness->class != CLASS_CRITICAL : v->privileged && !r.witness)
			r.witness = v;
	}
	return r;
}

const char *truth_note_robin_irvine(u16 op)
{
	switch (op) {
	case OP_IRET:
		return "Not in the list. It pops EFLAGS and CS: above ring 0 it leaves IOPL (and IF, if CPL > IOPL) silently as they are, "
		       "as POPF does, and it changes CPL and CS as RET does.";
	case OP_LXS:
		return "Not in the list. They load a segment register exactly as MOV to a segment register does, which is in it.";
	case OP_SYSENTER:
		return "Not in the list: it came with the Pentium II, after the processor they examined. It goes from ring 3 to ring 0 "
		       "without a trap.";
	case OP_INT3:
	case OP_INTO:
	case OP_INT1:
		return "The list has INT n; these are the same transfer through the IDT with a vector of their own. In virtual-8086 mode "
		       "they are not gated by IOPL, so that they stay critical where INT n traps.";
	case OP_CLI:
	case OP_STI:
		return "Privileged where CPL > IOPL and nothing softens the check. With IOPL >= CPL they change IF, with PVI or VME they "
		       "change VIF, without a trap.";
	case OP_FNSTENV:
	case OP_FNSAVE:
	case OP_FXSAVE:
		return "Not in the list. They store the selector of the last x87 instruction's code segment, with its RPL, on processors "
		       "that still keep it: a reading of \"results\" (visible selectors, RPL included).";
	case OP_PUSHF:
	case OP_POPF:
	case OP_INT:
		return NULL;
	case OP_LGDT: case OP_LIDT: case OP_LLDT: case OP_LTR: case OP_LMSW: case OP_CLTS: case OP_RDMSR: case OP_WRMSR:
	case OP_MOV_FROM_CR: case OP_MOV_TO_CR: case OP_MOV_FROM_DR: case OP_MOV_TO_DR:
		return "Privileged wherever there is a user mode; real mode has none.";
	default: return NULL;
	}
}

const char *truth_note_sdm(u16 op)
{
	switch (op) {
	case OP_CLI:
	case OP_STI:
		return "The SDM calls them IOPL-sensitive, not privileged: they trap when CPL > IOPL, which K has.";
	case OP_CLAC:
	case OP_STAC:
		return "Later than the list. Above CPL 0 they raise #UD (SDM 2A, 2B); they write EFLAGS.AC, which belongs to K: not sensitive.";
	case OP_IN:
	case OP_OUT:
	case OP_INS:
	case OP_OUTS:
		return "The SDM calls them IOPL-sensitive: they trap when CPL > IOPL and the I/O bitmap denies the port.";
	case OP_RDTSC:
	case OP_RDTSCP: return "Needs CPL 0 only with CR4.TSD set.";
	case OP_RDPMC: return "Needs CPL 0 only with CR4.PCE clear.";
	case OP_SGDT: case OP_SIDT: case OP_SLDT: case OP_STR: case OP_SMSW: return "Need CPL 0 only with CR4.UMIP set.";
	case OP_CPUID: return "Faults above ring 0 only with CPUID faulting, a feature of later processors.";
	case OP_PUSHF: case OP_POPF: case OP_INT: case OP_IRET:
		return "In virtual-8086 mode they are IOPL-sensitive (SDM 3A 20.2.8): they trap when IOPL < 3.";
	case OP_SYSENTER:
		return "It may run at any CPL.";
	default: return NULL;
	}
}

const char *truth_difference(const struct truth_list *l, const struct truth_entry *e, const struct truth_result *r)
{
	bool is_sdm = l == &truth_sdm_cpl0;
	if (is_sdm ? r->privileged == r->forms : r->critical > 0)
		return NULL;
	if (r->undefined == r->forms)
		return "There is no such instruction in this mode.";
	if (!is_sdm)
		return r->privileged ? "K makes it trap."
				     : "Outside of protected mode the segment register is the program's own: base = selector * 16.";
	const char *note = truth_note_sdm(e->ops[0]);
	return note ? note : "There is no user mode that could be denied it, or no supervisor state in which it completes.";
}

const struct verdict *truth_beyond(const struct truth_list *l, const struct group *g, bool critical, const char **note)
{
	const struct verdict *privileged = g->first[CLASS_BOTH] ? g->first[CLASS_BOTH] : g->first[CLASS_PRIVILEGED];
	*note = critical ? truth_note_robin_irvine(g->op) : truth_note_sdm(g->op);
	return truth_names(l, g->op) ? NULL : critical ? g->first[CLASS_CRITICAL] : privileged;
}
