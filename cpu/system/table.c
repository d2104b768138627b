/* table.c - the sensitive instructions by operation. NULL: innocuous, has a handler.
 *
 * SYSCALL and SYSRET are undefined outside long mode on Intel processors (SDM 2); RSM
 * outside SMM; the 386's test registers on everything since the Pentium.
 */
#include "cpu/system/internal.h"

const sys_fn sys_table[OP_COUNT] = {
	/* flags */
	[OP_PUSHF] = sys_pushf, [OP_POPF] = sys_popf, [OP_CLI] = sys_cli, [OP_STI] = sys_sti,
	[OP_CLAC] = sys_clac, [OP_STAC] = sys_stac,
	/* interrupts */
	[OP_INT] = sys_int, [OP_INT3] = sys_int3, [OP_INT1] = sys_int1, [OP_INTO] = sys_into, [OP_IRET] = sys_iret,
	/* far transfers */
	[OP_JMP_FAR] = sys_jmp_far, [OP_CALL_FAR] = sys_call_far, [OP_RETF] = sys_retf,
	[OP_SYSENTER] = sys_sysenter, [OP_SYSEXIT] = sys_sysexit,
	/* segment registers */
	[OP_MOV_FROM_SREG] = sys_mov_from_sreg, [OP_MOV_TO_SREG] = sys_mov_to_sreg, [OP_PUSH_SREG] = sys_push_sreg,
	[OP_POP_SREG] = sys_pop_sreg, [OP_LXS] = sys_lxs,
	/* looking at descriptors */
	[OP_LAR] = sys_lar, [OP_LSL] = sys_lsl, [OP_VERR] = sys_verr, [OP_VERW] = sys_verw, [OP_ARPL] = sys_arpl,
	/* descriptor-table registers */
	[OP_SGDT] = sys_sgdt, [OP_SIDT] = sys_sidt, [OP_SLDT] = sys_sldt, [OP_STR] = sys_str,
	[OP_LGDT] = sys_lgdt, [OP_LIDT] = sys_lidt, [OP_LLDT] = sys_lldt, [OP_LTR] = sys_ltr,
	/* control and debug registers */
	[OP_SMSW] = sys_smsw, [OP_LMSW] = sys_lmsw, [OP_CLTS] = sys_clts,
	[OP_MOV_FROM_CR] = sys_mov_from_cr, [OP_MOV_TO_CR] = sys_mov_to_cr,
	[OP_MOV_FROM_DR] = sys_mov_from_dr, [OP_MOV_TO_DR] = sys_mov_to_dr,
	[OP_INVD] = sys_invd, [OP_WBINVD] = sys_invd, [OP_INVLPG] = sys_invlpg,
	/* processor and time */
	[OP_RDMSR] = sys_rdmsr, [OP_WRMSR] = sys_wrmsr, [OP_RDTSC] = sys_rdtsc, [OP_RDPMC] = sys_rdpmc,
	[OP_RDTSCP] = sys_rdtscp, [OP_CPUID] = sys_cpuid, [OP_HLT] = sys_hlt,
	/* ports */
	[OP_IN] = sys_in, [OP_OUT] = sys_out, [OP_INS] = sys_ins, [OP_OUTS] = sys_outs,
	/* on no model so far */
	[OP_SYSCALL] = sys_undefined, [OP_SYSRET] = sys_undefined, [OP_MOV_FROM_TR] = sys_undefined,
	[OP_MOV_TO_TR] = sys_undefined, [OP_RSM] = sys_undefined, [OP_SWAPGS] = sys_undefined, [OP_XGETBV] = sys_undefined,
	[OP_XSETBV] = sys_undefined, [OP_MONITOR] = sys_undefined, [OP_MWAIT] = sys_undefined,
};
