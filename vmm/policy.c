/* policy.c - which instructions exit.
 *
 * Asked once per decoded instruction (docs/virtualization.md sections 2 and 3).
 * In protected mode everything sensitive exits under `trap`. Real mode runs
 * deprivileged and v86 mode with IOPL 0: there, segment loads and far transfers
 * mean the same on hw as on guest and run directly.
 */
#include "vmm/vmm.h"

/* Far transfers and segment register moves: their real-mode form touches nothing but the segment itself. */
static bool only_segments(enum op op)
{
	switch (op) {
	case OP_JMP_FAR: case OP_CALL_FAR: case OP_RETF: case OP_MOV_FROM_SREG: case OP_MOV_TO_SREG: case OP_PUSH_SREG:
	case OP_POP_SREG: case OP_LXS:
		return true;
	default: return false;
	}
}

/* What faults on hw at CPL 1 or 3 with IOPL 0, what arrives through hw's IDT or MSRs, and what critical=trap makes fault. */
static bool faults_on_hw(const struct cpu_model *model, const struct insn *in, bool is_protected)
{
	u32 traits = in->row->traits;
	switch (in->op) {
	case OP_INT: case OP_INT3: case OP_INTO: case OP_INT1: case OP_SYSENTER: return true;
	default: break;
	}
	if (traits & (T_CPL0 | T_IO | T_IOPL))
		return true;
	if (cpu_traps_critical(model, in->op, is_protected)) /* deprivileged real mode has v86's privilege */
		return true;
	return !is_protected && (traits & T_IOPL_V86);
}

const char *vmm_technique_name(enum technique t)
{
	static const char *const names[] = {[TECH_BARE] = "bare", [TECH_TRAP] = "trap", [TECH_CLASSIC] = "classic"};
	return names[t];
}

bool vmm_policy_exits(enum technique t, const struct cpu_model *model, const struct insn *in, u32 mode)
{
	bool is_protected = (mode & BM_PE) && !(mode & BM_VM);
	if (t == TECH_BARE)
		return false;
	if (t == TECH_CLASSIC)
		return faults_on_hw(model, in, is_protected);
	if (!is_protected && only_segments(in->op))
		return false;
	return in->row->traits & T_SENSITIVE;
}

/* K: ring compression, so IOPL is 0, the I/O bitmap all ones and CR4's knobs are off; real mode has v86's privilege. */
enum insn_class vmm_class(const struct vmm *v, enum op op, enum cpu_mode_index mode)
{
	u32 traits = v->op_traits[op];
	bool is_protected = mode >= CPU_MODE_RING0;
	if (cpu_traps_critical(v->cpu->model, op, is_protected))
		return CLASS_PRIVILEGED;
	if (!(traits & T_SENSITIVE) || (!is_protected && only_segments(op)))
		return CLASS_INNOCUOUS;
	if (traits & (T_CPL0 | T_IO | T_IOPL | T_PCE | (is_protected ? 0 : T_IOPL_V86)))
		return CLASS_PRIVILEGED;
	if (traits & (T_SENSITIVE & ~(T_GATED | T_VISIBLE)))
		return CLASS_CRITICAL;
	return traits & T_VISIBLE ? CLASS_VISIBILITY : CLASS_INNOCUOUS;
}
