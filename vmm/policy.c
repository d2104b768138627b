/* policy.c - which instructions exit.
 *
 * Asked once per decoded instruction (docs/virtualization.md sections 2 and 3).
 * In protected mode everything sensitive exits under `trap`. Real mode runs
 * deprivileged and v86 mode with IOPL 0: there, segment loads and far transfers
 * mean the same on hw as on guest and run directly.
 */
#include "vmm/vmm.h"

#define T_GATED (T_CPL0 | T_IOPL | T_IO | T_UMIP | T_TSD | T_PCE)
#define T_SENSITIVE (T_GATED | T_READS_R | T_WRITES_R | T_READS_M | T_WRITES_M | T_SEGLOAD | T_VISIBLE)

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

bool vmm_policy_exits(enum technique t, const struct insn *in, u32 mode)
{
	bool is_protected = (mode & BM_PE) && !(mode & BM_VM);
	if (t == TECH_BARE)
		return false;
	if (!is_protected && only_segments(in->op))
		return false;
	return in->row->traits & (T_SENSITIVE | T_IOPL_V86);
}
